//! Which bytes of a text may end a cell, for 64 bytes at a time.
//!
//! A row of a portfolio is cut into a dozen cells of a few bytes each, and is cut twice; a search that begins anew at
//! every cell costs more than all that is done with the cell. Here sixteen bytes at once are compared with the four
//! that matter, by the vector instructions that every processor of its kind has. Nothing here knows what a quote means.

use wide::u8x16;

/// Bytes looked at together.
pub(super) const BLOCK: usize = 64;

/// What stands in the bytes of a text from an offset on, up to a block of them: a bit for each, the first byte's lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks {
    /// The delimiter.
    pub(super) delimiters: u64,
    /// A quote or a line end.
    pub(super) others: u64,
}

/// The marks of a text from an offset on.
#[inline]
pub(super) fn marks_at(text: &[u8], at: usize, delimiter: u8) -> Marks {
    let rest = &text[at..];
    if let Some(block) = rest.first_chunk::<BLOCK>() {
        return marks(block, delimiter);
    }
    let mut block = [0; BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    // The filling is no text, though a delimiter may be zero.
    let text = (1 << rest.len()) - 1;
    let Marks { delimiters, others } = marks(&block, delimiter);
    Marks { delimiters: delimiters & text, others: others & text }
}

#[inline]
fn marks(block: &[u8; BLOCK], delimiter: u8) -> Marks {
    let all = u8x16::splat;
    let mut marks = Marks { delimiters: 0, others: 0 };
    let (sixteens, _) = block.as_chunks::<16>();
    for (at, sixteen) in (0..).zip(sixteens) {
        let bytes = u8x16::new(*sixteen);
        let is = |byte: u8| bytes.simd_eq(all(byte));
        let bits = |found: u8x16| u64::from(found.to_bitmask()) << (16 * at);
        marks.delimiters |= bits(is(delimiter));
        marks.others |= bits(is(b'"') | is(b'\n') | is(b'\r'));
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_mark_is_found_and_nothing_else(text in "[a,;\"\n\r\0é]{0,90}", at in 0usize..90, delimiter in "[,;\0]") {
            let (bytes, delimiter) = (text.as_bytes(), delimiter.as_bytes()[0]);
            let at = at.min(bytes.len());
            let one_by_one = |is: &dyn Fn(u8) -> bool| {
                let block = bytes[at..].iter().take(BLOCK).enumerate();
                block.fold(0u64, |marks, (bit, byte)| marks | u64::from(is(*byte)) << bit)
            };
            let expected = Marks {
                delimiters: one_by_one(&|byte| byte == delimiter),
                others: one_by_one(&|byte| matches!(byte, b'"' | b'\n' | b'\r')),
            };
            prop_assert_eq!(marks_at(bytes, at, delimiter), expected);
        }
    }
}
