//! Which bytes of a text may end a cell, for 64 bytes at a time.
//!
//! A row of a portfolio is cut into a dozen cells of a few bytes each, and is cut twice; a search that begins anew at
//! every cell costs more than all that is done with the cell. Here sixteen bytes at once are compared with the four
//! that matter, by the vector instructions that every processor of its kind has. Nothing here knows what a quote means.

use wide::u8x16;

/// Bytes looked at together.
pub(super) const BLOCK: usize = 64;

/// For the bytes of a text from an offset on, up to a block of them: a bit for each that is the delimiter, a quote or
/// a line end, the first byte's lowest.
#[inline]
pub(super) fn marks_at(text: &[u8], at: usize, delimiter: u8) -> u64 {
    let rest = &text[at..];
    if let Some(block) = rest.first_chunk::<BLOCK>() {
        return marks(block, delimiter);
    }
    let mut block = [0; BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    // The filling is no text, though a delimiter may be zero.
    marks(&block, delimiter) & ((1 << rest.len()) - 1)
}

#[inline]
fn marks(block: &[u8; BLOCK], delimiter: u8) -> u64 {
    let delimiters = u8x16::splat(delimiter);
    let (quotes, feeds, returns) = (u8x16::splat(b'"'), u8x16::splat(b'\n'), u8x16::splat(b'\r'));
    let (sixteens, _) = block.as_chunks::<16>();
    let mut marks = 0;
    for (at, sixteen) in (0..).zip(sixteens) {
        let bytes = u8x16::new(*sixteen);
        let found =
            bytes.simd_eq(delimiters) | bytes.simd_eq(quotes) | bytes.simd_eq(feeds) | bytes.simd_eq(returns);
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
            let is_mark = |byte: u8| byte == delimiter || matches!(byte, b'"' | b'\n' | b'\r');
            let one_by_one = bytes[at..].iter().take(BLOCK).enumerate();
            let expected = one_by_one.fold(0u64, |marks, (bit, byte)| marks | u64::from(is_mark(*byte)) << bit);
            prop_assert_eq!(marks_at(bytes, at, delimiter), expected);
        }
    }
}
