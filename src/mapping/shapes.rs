//! What a value must look like: the shapes of e-mails, phones, numbers and identifications, and their damage.
//!
//! Pure judgements on one value; what becomes of it is decided in [`super::convert`].

use super::{FieldRule, conversion, names};
use crate::bytewise::{is_digits, is_surely_clean};
use crate::source::{Cell, Kind};
use crate::survey::ids;
use crate::target::FieldKind;

/// Control characters that no text has; tabs and line breaks occur inside cells.
pub(super) fn is_control(byte: u8) -> bool {
    (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || byte == 0x7F
}

/// Whether a text holds nothing that no text has: a control character, or what was no character in its encoding.
pub(super) fn is_clean(text: &str) -> bool {
    is_surely_clean(text.as_bytes()) || !(text.contains('\u{FFFD}') || text.bytes().any(is_control))
}

pub(super) fn push_iso(date: jiff::civil::Date, out: &mut String) {
    let mut digits = |number: i16, divisor: i16| {
        let digit = u8::try_from(number / divisor % 10).expect("a digit is below ten");
        out.push(char::from(b'0' + digit));
    };
    for divisor in [1000, 100, 10, 1] {
        digits(date.year(), divisor);
    }
    for part in [date.month(), date.day()] {
        out.push('-');
        out.push(char::from(b'0' + part.unsigned_abs() / 10));
        out.push(char::from(b'0' + part.unsigned_abs() % 10));
    }
}

/// A number in scientific notation, or one with more digits than a spreadsheet keeps, has lost digits.
pub(super) fn is_damaged(cell: Cell<'_>, text: &str) -> bool {
    match cell.kind {
        Kind::Number => text.trim_start_matches('0').len() > ids::EXACT_DIGITS || !is_digits(text.as_bytes()),
        // Three zeros behind the fifteenth digit are no chance; fewer are judged by the whole column.
        _ => ids::is_scientific(text) || (text.len() >= ids::EXACT_DIGITS + 3 && ids::has_zero_tail(text)),
    }
}

/// What people write where an identification is not known. Nobody's document is all zeros; a number of an obligation
/// may be.
pub(super) fn is_no_identification(rule: &FieldRule, text: &str) -> bool {
    const NONE: [&str; 9] = ["-", "--", ".", "0", "n/a", "na", "nan", "null", "#n/a"];
    let all_zeros = || rule.names_person() && text.bytes().all(|byte| byte == b'0');
    let is_word = || text.len() <= 4 && NONE.iter().any(|none| text.eq_ignore_ascii_case(none));
    rule.kind == FieldKind::Id && (is_word() || all_zeros())
}

/// Yes or no, as people write it.
pub(super) fn boolean(text: &str) -> Option<&'static str> {
    match names::normal(text).as_str() {
        "si" | "s" | "yes" | "y" | "true" | "verdadero" | "1" | "x" => Some("true"),
        "no" | "n" | "false" | "falso" | "0" => Some("false"),
        _ => None,
    }
}

/// One @ with something before it and a dotted name behind it, and no white space.
pub(super) fn is_email(text: &str) -> bool {
    is_plain_email(text.as_bytes()) || is_any_email(text)
}

/// As [`is_email`], in one look, of an address as nearly all are: letters and digits of ASCII with the signs that go
/// with them. Another one may be right as well.
fn is_plain_email(text: &[u8]) -> bool {
    let (mut ats, mut dots_behind, mut before) = (0, 0, b'@');
    for &byte in text {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'A'..=b'Z' | b'_' | b'-' | b'+' => {}
            b'.' if ats == 0 => {}
            b'.' if !matches!(before, b'@' | b'.') => dots_behind += 1,
            b'@' if before != b'@' => ats += 1,
            _ => return false,
        }
        before = byte;
    }
    ats == 1 && dots_behind > 0 && before != b'.'
}

fn is_any_email(text: &str) -> bool {
    let Some((name, domain)) = text.split_once('@') else { return false };
    let dotted = domain.contains('.') && domain.split('.').all(|part| !part.is_empty());
    let is_foreign = |c: char| !c.is_whitespace() && !c.is_control();
    !name.is_empty()
        && dotted
        && !domain.contains('@')
        && !text.contains([',', ';', '<', '>'])
        && (text.bytes().all(|byte| byte.is_ascii_graphic()) || text.chars().all(is_foreign))
}

/// 7 to 15 digits, with the signs that people put between them.
pub(super) fn is_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (7..=15).contains(&digits) && conversion::is_phone_text(text)
}

pub(super) fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    (1..=9).contains(&digits.len()) && is_digits(digits.as_bytes())
}

/// The value found, cut to a length that a message can bear.
pub(super) fn shown(text: &str) -> String {
    const SHOWN_CHARS: usize = 60;
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_plain_email_is_one_in_the_long_way_too(text in "[a-zA-Z0-9_+.-]{0,6}@?[a-z.-]{0,8}[@ñ;]?[a-z.]{0,4}") {
            prop_assert!(!is_plain_email(text.as_bytes()) || is_any_email(&text), "{}", text);
            let is_usual = text.split_once('@').is_some_and(|(name, domain)| {
                name.chars().all(|c| c.is_ascii_alphanumeric()) && domain.chars().all(|c| c.is_ascii_lowercase() || c == '.')
            });
            prop_assert!(!is_usual || is_plain_email(text.as_bytes()) == is_any_email(&text), "{}", text);
        }
    }
}
