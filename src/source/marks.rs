//! Which bytes of a text may end a cell, for 64 bytes at a time.
//!
//! A row of a portfolio is cut into a dozen cells of a few bytes each, and is cut twice; a search that begins anew at
//! every cell costs more than all that is done with the cell. Here sixteen bytes at once are compared with the few
//! that matter, by the vector instructions that every processor of its kind has. Nothing here knows what a quote or
//! an escape means.

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
    Marks { delimiters: any_of_at([delimiter], text, at), others: any_of_at([b'"', b'\n', b'\r'], text, at) }
}

/// For the bytes of a text from an offset on, up to a block of them: a bit for each that is one of some, the first
/// byte's lowest.
#[inline]
pub(super) fn any_of_at<const N: usize>(wanted: [u8; N], text: &[u8], at: usize) -> u64 {
    let rest = &text[at..];
    if let Some(block) = rest.first_chunk::<BLOCK>() {
        return any_of(wanted, block);
    }
    let mut block = [0; BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    // The filling is no text, though a delimiter may be zero.
    any_of(wanted, &block) & ((1 << rest.len()) - 1)
}

#[inline]
fn any_of<const N: usize>(wanted: [u8; N], block: &[u8; BLOCK]) -> u64 {
    let (sixteens, _) = block.as_chunks::<16>();
    let mut marks = 0;
    for (at, sixteen) in (0..).zip(sixteens) {
        let bytes = u8x16::new(*sixteen);
        let of_one = |byte| bytes.simd_eq(u8x16::splat(byte));
        let found = wanted.into_iter().fold(u8x16::splat(0), |found, byte| found | of_one(byte));
        marks |= u64::from(found.to_bitmask()) << (16 * at);
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
