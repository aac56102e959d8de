//! What all bytes of a text have in common, judged eight at a time.
//!
//! These questions are asked of every cell of a portfolio, tens of millions of times, and the answer is nearly always
//! yes. A word of eight bytes is asked at once; the twin of each answer, one byte after the other, stands in the
//! property at the end. Nothing here knows what the text is for.

const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);

/// Whether a text is printable ASCII alone, as most are.
#[inline]
pub(crate) fn is_printable_ascii(bytes: &[u8]) -> bool {
    // A byte below 0x20 borrows into its high bit; one of 0x7F carries into it; others above have it.
    !any(bytes, |word| word.wrapping_sub(ONES * 0x20) | word.wrapping_add(ONES) | word)
}

/// Whether there is nothing but ASCII digits; true of nothing at all.
#[inline]
pub(crate) fn is_digits(bytes: &[u8]) -> bool {
    // A byte below 0x30 borrows into its high bit; one above 0x39 carries into it.
    !any(bytes, |word| word.wrapping_sub(ONES * 0x30) | word.wrapping_add(ONES * 0x46) | word)
}

/// The number that up to sixteen ASCII digits say, eight at a time; nothing for anything else.
#[inline]
pub(crate) fn small_number(digits: &[u8]) -> Option<u64> {
    match digits.len() {
        0..=8 => eight_digits(as_eight(digits)).map(u64::from),
        9..=16 => {
            let (head, last) = digits.split_at(digits.len() - 8);
            let (head, last) = (eight_digits(as_eight(head))?, eight_digits(as_eight(last))?);
            Some(u64::from(head) * 100_000_000 + u64::from(last))
        }
        _ => None,
    }
}

/// The number that eight ASCII digits say, the first one in the lowest byte; nothing where a byte is none.
#[inline]
pub(crate) fn eight_digits(digits: u64) -> Option<u32> {
    let is_other = (digits.wrapping_sub(ONES * 0x30) | digits.wrapping_add(ONES * 0x46) | digits) & HIGH != 0;
    if is_other { None } else { u32::try_from(of_eight(digits)).ok() }
}

/// The number that eight digits say.
#[inline]
fn of_eight(digits: u64) -> u64 {
    together(digits - ONES * 0x30)
}

/// The number that eight digits make, each given as what it means, the first one in the lowest byte.
#[inline]
pub(crate) fn together(digits: u64) -> u64 {
    // Neighbours become pairs, pairs become fours, fours become the number.
    let pairs = (digits * 10 + (digits >> 8)) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_FFFF_0000_FFFF;
    (fours * 10_000 + (fours >> 32)) & 0xFFFF_FFFF
}

/// Up to eight bytes as eight, the first one in the lowest, with zeros as digits before them.
#[inline]
fn as_eight(digits: &[u8]) -> u64 {
    let word = match *digits {
        [] => return ONES * 0x30,
        [only] => u64::from(only),
        [first, .., last] if digits.len() < 4 => {
            let middle = digits[digits.len() / 2];
            u64::from(first)
                | u64::from(middle) << (8 * (digits.len() / 2))
                | u64::from(last) << (8 * (digits.len() - 1))
        }
        _ => {
            if let Some(eight) = digits.first_chunk::<8>() {
                return u64::from_le_bytes(*eight);
            }
            let four = |four: Option<&[u8; 4]>| u64::from(four.map_or(0, |four| u32::from_le_bytes(*four)));
            // The two halves overlap, where they are the same.
            four(digits.first_chunk()) | four(digits.last_chunk()) << (8 * (digits.len() - 4))
        }
    };
    let behind = 8 * (8 - digits.len());
    word << behind | ((ONES * 0x30) & ((1 << behind) - 1))
}

/// Whether a text surely holds no control character and no U+FFFD; no answer where it is false.
#[inline]
pub(crate) fn is_surely_clean(bytes: &[u8]) -> bool {
    // U+FFFD begins with 0xEF in UTF-8, as hardly any other character does.
    !any(bytes, |word| (word.wrapping_sub(ONES * 0x20) & !word) | has(word, 0x7F) | has(word, 0xEF))
}

/// Whether a text has a letter of ASCII.
#[inline]
pub(crate) fn has_ascii_letter(bytes: &[u8]) -> bool {
    // Added so much, what is not below `a` has its high bit set, and so has what is above `z`.
    let in_range = |low: u64| low.wrapping_add(ONES * (0x80 - 0x61)) ^ low.wrapping_add(ONES * (0x80 - 0x7B));
    any(bytes, |word| in_range((word | (ONES * 0x20)) & !HIGH) & !word)
}

/// Whether a text stands in JSON as it is: no quote, no backslash, no control character.
#[inline]
pub(crate) fn is_verbatim_in_json(bytes: &[u8]) -> bool {
    !any(bytes, |word| (word.wrapping_sub(ONES * 0x20) & !word) | has(word, b'"') | has(word, b'\\'))
}

/// Sets the high bit of a byte that is this one; where there is none, of no byte.
#[inline]
fn has(word: u64, byte: u8) -> u64 {
    let differs = word ^ (ONES * u64::from(byte));
    differs.wrapping_sub(ONES) & !differs
}

/// Whether the high bit of any byte is set in what is made of the words of a text. Bytes may be seen twice.
#[inline]
fn any(bytes: &[u8], marks: impl Fn(u64) -> u64) -> bool {
    if let Some(last) = bytes.last_chunk::<8>() {
        let (eights, _) = bytes.as_chunks::<8>();
        let word = |eight: &[u8; 8]| marks(u64::from_ne_bytes(*eight));
        return eights.iter().fold(word(last), |found, eight| found | word(eight)) & HIGH != 0;
    }
    let word = match *bytes {
        [] => return false,
        [only] => ONES * u64::from(only),
        [first, .., last] if bytes.len() < 4 => {
            let middle = bytes[bytes.len() / 2];
            u64::from_le_bytes([first, middle, last, first, first, first, first, first])
        }
        _ => {
            let four = |four: Option<&[u8; 4]>| u64::from(four.map_or(0, |four| u32::from_ne_bytes(*four)));
            four(bytes.first_chunk()) | four(bytes.last_chunk()) << 32
        }
    };
    marks(word) & HIGH != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn eight_at_a_time_is_as_one_by_one(text in "[ -~]{0,20}[\0-\u{ff}\u{fffd}]{0,2}[ -~]{0,20}", number in "[0-9]{0,20}[ -Ñ]?[0-9]{0,9}") {
            for text in [text.as_bytes(), number.as_bytes()] {
                let all = |is: fn(u8) -> bool| text.iter().all(|byte| is(*byte));
                prop_assert_eq!(is_printable_ascii(text), all(|byte| (0x20..0x7F).contains(&byte)));
                prop_assert_eq!(is_digits(text), all(|byte| byte.is_ascii_digit()));
                let said = std::str::from_utf8(text).ok().filter(|_| text.len() <= 16 && is_digits(text));
                let said = said.map(|text| if text.is_empty() { 0 } else { text.parse::<u64>().unwrap() });
                prop_assert_eq!(small_number(text), said);
                if let Some(eight) = text.first_chunk::<8>() {
                    let said = small_number(eight).map(|number| u32::try_from(number).unwrap());
                    prop_assert_eq!(eight_digits(u64::from_le_bytes(*eight)), said);
                }
                prop_assert!(!is_surely_clean(text) || all(|byte| byte >= 0x20 && byte != 0x7F && byte != 0xEF));
                prop_assert!(is_surely_clean(text) || !all(|byte| byte >= 0x20 && byte != 0x7F && byte != 0xEF));
                prop_assert_eq!(has_ascii_letter(text), !all(|byte| !byte.is_ascii_alphabetic()));
                prop_assert_eq!(is_verbatim_in_json(text), all(|byte| byte >= 0x20 && !matches!(byte, b'"' | b'\\')));
            }
        }
    }
}
