//! Where a text surely holds nothing odd, so that its cells need not be asked one by one.
//!
//! Odd is what JSON has to escape, what no text has, and what broken text is full of: a quote, a backslash, a control
//! character, U+FFFD, `Ã`, `Ä` and `Å`. Hardly any portfolio has one of them but for the signs that part its cells. So
//! the text is looked at once, in stretches, and a row in stretches without any is tame. Of another row nothing is
//! said: what is asked of its cells is asked elsewhere.

use std::ops::Range;

use wide::u8x16;

use super::row::Form;
use crate::crew;

/// Bytes of a stretch.
const STRETCH: usize = 4096;
/// Bytes of as many stretches as a word has bits.
const GROUP: usize = STRETCH * 64;
/// Bytes of a text of which a half is worth a thread of its own.
const LARGE: usize = 4 << 20;
/// The first byte of U+FFFD, and of hardly any other character that a portfolio has.
const REPLACEMENT_LEAD: u8 = 0xEF;
/// The first and the last of the bytes with which the three letters end that broken text is full of.
const BROKEN_ENDS: (u8, u8) = (0x83, 0x85);

/// The stretches of a text that hold something odd, a bit each.
#[derive(Debug, Default)]
pub struct Stretches {
    odd: Vec<u64>,
}

impl Stretches {
    /// Looks at a text whose rows are written in a form.
    pub fn of(text: &str, form: Form) -> Stretches {
        let (signs, text) = (Signs::of(form), text.as_bytes());
        let hands = if text.len() < LARGE { 1 } else { crew::hands() };
        let (first, second) = text.split_at(text.len() / 2 / GROUP * GROUP);
        let (second, mut odd) =
            crew::both(hands, || signs.odd_stretches(second), || signs.odd_stretches(first));
        odd.extend(second);
        Stretches { odd }
    }

    /// Whether nothing odd stands anywhere near a part of the text.
    #[inline]
    pub(super) fn are_tame(&self, part: Range<usize>) -> bool {
        let (first, last) = (part.start / STRETCH, part.end.saturating_sub(1).max(part.start) / STRETCH);
        (first..=last).all(|at| self.odd.get(at / 64).is_some_and(|bits| bits >> (at % 64) & 1 == 0))
    }
}

/// Which bytes part the cells of a text, and may not be odd therefore.
struct Signs {
    /// Control characters that are none of a cell.
    parting: [u8; 3],
    /// Whether a quote is none of the text's own signs.
    has_odd_quotes: bool,
}

impl Signs {
    fn of(form: Form) -> Signs {
        match form {
            Form::Csv { delimiter } => Signs { parting: [b'\n', b'\r', delimiter], has_odd_quotes: false },
            Form::Packed => Signs { parting: [0x1E, 0x1F, 0x1F], has_odd_quotes: true },
        }
    }

    /// Which stretches of a text hold something odd, a bit each.
    fn odd_stretches(&self, text: &[u8]) -> Vec<u64> {
        let bits = |group: &[u8]| {
            let stretches = group.chunks(STRETCH).enumerate();
            stretches.fold(0, |bits, (at, stretch)| bits | u64::from(self.has_odd(stretch)) << at)
        };
        text.chunks(GROUP).map(bits).collect()
    }

    fn has_odd(&self, stretch: &[u8]) -> bool {
        // What a quote is, and whether the delimiter is a control character, is settled before the first byte is seen.
        let is_sign = self.parting[2] < b' ';
        match (self.has_odd_quotes, is_sign) {
            (false, false) => self.any_odd::<false, false>(stretch),
            (false, true) => self.any_odd::<false, true>(stretch),
            (true, _) => self.any_odd::<true, true>(stretch),
        }
    }

    fn any_odd<const QUOTE: bool, const SIGN: bool>(&self, stretch: &[u8]) -> bool {
        let (sixteens, rest) = stretch.as_chunks::<16>();
        let mut last = [b' '; 16];
        last[..rest.len()].copy_from_slice(rest);
        let odd = |sixteen: &[u8; 16]| self.odd::<QUOTE, SIGN>(*sixteen);
        sixteens.iter().fold(odd(&last), |found, sixteen| found | odd(sixteen)).to_bitmask() != 0
    }

    #[inline]
    fn odd<const QUOTE: bool, const SIGN: bool>(&self, sixteen: [u8; 16]) -> u8x16 {
        let (bytes, all) = (u8x16::new(sixteen), u8x16::splat);
        let is = |byte: u8| bytes.simd_eq(all(byte));
        let [one, two, three] = self.parting;
        let parts = if SIGN { is(one) | is(two) | is(three) } else { is(one) | is(two) };
        // Of two bytes the lower one is the first where that is at most the second.
        let is_control = bytes.min(all(0x1F)).simd_eq(bytes) & !parts;
        let behind = bytes - all(BROKEN_ENDS.0);
        let is_broken_end = behind.min(all(BROKEN_ENDS.1 - BROKEN_ENDS.0)).simd_eq(behind);
        let odd = is_control | is_broken_end | is(b'\\') | is(0x7F) | is(REPLACEMENT_LEAD);
        if QUOTE { odd | is(b'"') } else { odd }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_odd_byte_is_found_and_nothing_else(
            text in "[a-z \u{e1}\u{d1};\n\r\t\u{1e}\u{1f}]{0,60}[\"\\\\\u{1}\u{1d}\u{7f}\u{fffd}\u{c3}\u{c5}\u{4e2d}]?[a-z\u{f1};\n\t]{0,60}",
            form in prop_oneof![Just(Form::Csv { delimiter: b';' }), Just(Form::Csv { delimiter: b'\t' }), Just(Form::Packed)],
        ) {
            let parting = match form {
                Form::Csv { delimiter } => [b'\n', b'\r', delimiter],
                Form::Packed => [0x1E, 0x1F, 0x1F],
            };
            let is_odd = |byte: u8| match byte {
                0..0x20 => !parting.contains(&byte),
                b'"' => form == Form::Packed,
                _ => matches!(byte, b'\\' | 0x7F | 0xEF | 0x83..=0x85),
            };
            prop_assert_eq!(Signs::of(form).has_odd(text.as_bytes()), text.bytes().any(is_odd));
        }

        #[test]
        fn what_is_odd_is_found_in_either_half_of_a_text(at in 0..3 * GROUP + 5) {
            let mut text = vec![b'a'; 3 * GROUP + 5];
            text[at] = b'\\';
            let odd = Stretches::of(std::str::from_utf8(&text).unwrap(), Form::Packed).odd;
            let words: Vec<u64> = (0..4).map(|group| u64::from(at / GROUP == group) << (at % GROUP / STRETCH)).collect();
            prop_assert_eq!(odd, words);
        }

        #[test]
        fn a_part_is_tame_where_no_stretch_that_it_touches_is_odd(odd in proptest::collection::vec(0usize..40_000, 0..4), start in 0usize..40_000, length in 0usize..9_000) {
            let mut text = vec![b'a'; 40_000];
            for at in &odd {
                text[*at] = b'\\';
            }
            let stretches = Stretches::of(std::str::from_utf8(&text).unwrap(), Form::Packed);
            let end = (start + length).min(text.len());
            let touched = start / STRETCH * STRETCH..(end.max(start + 1).div_ceil(STRETCH) * STRETCH).min(text.len());
            prop_assert_eq!(stretches.are_tame(start..end), !text[touched].contains(&b'\\'));
        }
    }
}
