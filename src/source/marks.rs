//! Which bytes of a text may end a cell, for 64 bytes at a time.
//!
//! A row of a portfolio is cut into a dozen cells of a few bytes each, and is cut twice; a search that begins anew at
//! every cell costs more than all that is done with the cell. Here sixteen bytes at once are compared with the four
//! that matter, by the vector instructions that every processor of its kind has. Nothing here knows what a quote means.

use wide::u8x16;

/// The first byte of U+FFFD, and of hardly any other character that a portfolio has.
const REPLACEMENT_LEAD: u8 = 0xEF;
/// The first and the last of the bytes with which the three letters end that broken text is full of.
const BROKEN_ENDS: (u8, u8) = (0x83, 0x85);
/// Bytes looked at together.
pub(super) const BLOCK: usize = 64;

/// What stands in the bytes of a text from an offset on, up to a block of them: a bit for each, the first byte's lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks {
    /// The delimiter.
    pub(super) delimiters: u64,
    /// A quote or a line end.
    pub(super) others: u64,
    /// Whether anywhere in the block there is what JSON has to escape or may be no text at all: a backslash, a control
    /// character other than those above, a byte that U+FFFD begins with, or one that `Ã`, `Ä` and `Å` end with, the
    /// marks of broken text.
    pub(super) has_odd: bool,
}

/// The marks of a text from an offset on.
#[inline]
pub(super) fn marks_at(text: &[u8], at: usize, delimiter: u8) -> Marks {
    let rest = &text[at..];
    if let Some(block) = rest.first_chunk::<BLOCK>() {
        return marks(block, delimiter);
    }
    // The filling is text in which nothing is marked, unless the delimiter is it.
    let mut block = [b' '; BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    let text = (1 << rest.len()) - 1;
    let Marks { delimiters, others, has_odd } = marks(&block, delimiter);
    Marks { delimiters: delimiters & text, others: others & text, has_odd }
}

#[inline]
fn marks(block: &[u8; BLOCK], delimiter: u8) -> Marks {
    let all = u8x16::splat;
    let (mut delimiters, mut others, mut odd) = (0, 0, all(0));
    let (sixteens, _) = block.as_chunks::<16>();
    for (at, sixteen) in (0..).zip(sixteens) {
        let bytes = u8x16::new(*sixteen);
        let is = |byte: u8| bytes.simd_eq(all(byte));
        let bits = |found: u8x16| u64::from(found.to_bitmask()) << (16 * at);
        let (parts, ends) = (is(delimiter), is(b'\n') | is(b'\r'));
        delimiters |= bits(parts);
        others |= bits(is(b'"') | ends);
        // Of two bytes the lower one is the first where that is at most the second.
        let is_control = bytes.min(all(0x1F)).simd_eq(bytes);
        let behind = bytes - all(BROKEN_ENDS.0);
        let is_broken_end = behind.min(all(BROKEN_ENDS.1 - BROKEN_ENDS.0)).simd_eq(behind);
        odd |= is_control & !(parts | ends);
        odd |= is_broken_end | is(b'\\') | is(0x7F) | is(REPLACEMENT_LEAD);
    }
    Marks { delimiters, others, has_odd: odd.to_bitmask() != 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_mark_is_found_and_nothing_else(text in "[a,;\"\n\r\0\té\\\\\u{7f}\u{fffd}ÃÅĄ]{0,90}", at in 0usize..90, delimiter in "[,;\t]") {
            let (bytes, delimiter) = (text.as_bytes(), delimiter.as_bytes()[0]);
            let at = at.min(bytes.len());
            let one_by_one = |is: &dyn Fn(u8) -> bool| {
                let block = bytes[at..].iter().take(BLOCK).enumerate();
                block.fold(0u64, |marks, (bit, byte)| marks | u64::from(is(*byte)) << bit)
            };
            let expected = Marks {
                delimiters: one_by_one(&|byte| byte == delimiter),
                others: one_by_one(&|byte| matches!(byte, b'"' | b'\n' | b'\r')),
                has_odd: 0 != one_by_one(&|byte| match byte {
                    b'\n' | b'\r' => false,
                    0..0x20 => byte != delimiter,
                    byte => matches!(byte, b'\\' | 0x7F | 0xEF | 0x83..=0x85),
                }),
            };
            prop_assert_eq!(marks_at(bytes, at, delimiter), expected);
        }
    }
}
