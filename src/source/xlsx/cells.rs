//! Values of cells: numbers and dates as text.
//!
//! A number is written as Excel means it: its 15 significant digits, without an exponent, so that an
//! identification typed as a number keeps every digit. A number that a format shows as a date becomes that
//! date, unless no calendar has it: then it stays the number it is, and a later stage says so.

use jiff::Unit;
use jiff::civil::DateTime;

use super::styles::Style;
use crate::bytewise::{is_digits, small_number};
use crate::source::row::Kind;

/// Digits that a number of Excel keeps.
const EXACT_DIGITS: usize = 15;
const DAY_SECONDS: f64 = 86_400.0;

/// Appends a numeric cell's text; gives its kind.
pub(super) fn push_number(out: &mut Vec<u8>, text: &[u8], style: Style, from_1904: bool) -> Kind {
    let text = text.trim_ascii();
    if style != Style::Date {
        // Some programs write a whole number as `7.0`.
        let whole = text.strip_suffix(b".0").filter(|whole| !whole.contains(&b'.')).unwrap_or(text);
        if is_plain(whole) {
            push_padded(out, whole, style);
            return Kind::Number;
        }
    }
    if style == Style::Date
        && let Some(day) = whole_day(text)
        && push_day(out, day, from_1904)
    {
        return Kind::Date;
    }
    // Rust reads `inf` and `nan` as numbers, which no cell holds.
    let number = std::str::from_utf8(text).ok().and_then(|text| text.parse::<f64>().ok());
    let Some(number) = number.filter(|number| number.is_finite()) else {
        out.extend_from_slice(text);
        return Kind::Text;
    };
    if style == Style::Date
        && let Some(kind) = push_date(out, number, from_1904)
    {
        return kind;
    }
    push_padded(out, number_text(number).as_bytes(), style);
    Kind::Number
}

/// Appends a number, with the zeros in front or the percent sign that its format shows.
fn push_padded(out: &mut Vec<u8>, text: &[u8], style: Style) {
    if style == Style::Percent && !text.contains(&b'e') {
        push_hundredfold(out, text);
        out.push(b'%');
        return;
    }
    if let Style::Padded(zeros) = style {
        let digits = text.strip_prefix(b"-").unwrap_or(text);
        // A fraction would be rounded away, and a number of 16 digits is not what it was.
        if digits.len() <= EXACT_DIGITS && is_digits(digits) {
            out.extend_from_slice(&text[..text.len() - digits.len()]);
            (digits.len()..usize::from(zeros)).for_each(|_| out.push(b'0'));
            out.extend_from_slice(digits);
            return;
        }
    }
    out.extend_from_slice(text);
}

/// Appends a plain number with its point moved by two places.
fn push_hundredfold(out: &mut Vec<u8>, text: &[u8]) {
    let point = memchr::memchr(b'.', text).unwrap_or(text.len());
    let (whole, fraction) = (&text[..point], text.get(point + 1..).unwrap_or_default());
    let (moved, rest) = fraction.split_at(fraction.len().min(2));
    let digits = whole.strip_prefix(b"-").unwrap_or(whole);
    out.extend_from_slice(&whole[..whole.len() - digits.len()]);
    let digits: Vec<u8> = [digits, moved, &b"00"[moved.len()..]].concat();
    let zeros = digits.iter().take(digits.len() - 1).take_while(|digit| **digit == b'0').count();
    out.extend_from_slice(&digits[zeros..]);
    if !rest.is_empty() {
        out.push(b'.');
        out.extend_from_slice(rest);
    }
}

/// Whether a number is already written as [`number_text`] would write it, which holds for most of them.
fn is_plain(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let starts_well = match digits.first() {
        Some(b'0') => whole == 1,
        Some(_) => whole > 0,
        None => false,
    };
    if !starts_well || digits.len() > EXACT_DIGITS + 1 {
        return false;
    }
    match &digits[whole..] {
        [] => whole <= EXACT_DIGITS && (digits != b"0" || digits.len() == text.len()),
        [b'.', fraction @ .., last] => {
            *last != b'0' && last.is_ascii_digit() && fraction.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    }
}

/// The date that a serial number means, or the number that it stays when no calendar has the date.
pub(in crate::source) fn date_text(serial: f64, from_1904: bool) -> (Kind, String) {
    let mut text = Vec::new();
    match push_date(&mut text, serial, from_1904) {
        Some(kind) => (kind, String::from_utf8(text).expect("a date is ASCII")),
        None => (Kind::Number, number_text(serial)),
    }
}

/// Appends the date that a serial number means, when a calendar has it.
fn push_date(out: &mut Vec<u8>, serial: f64, from_1904: bool) -> Option<Kind> {
    // A serial below 1 is a time of day and no date.
    if !(1.0..2_958_466.0).contains(&serial) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked above")]
    let seconds = (serial * DAY_SECONDS).round() as i64;
    let (day, second) = (seconds / 86_400, seconds % 86_400);
    if !push_day(out, day, from_1904) {
        return None;
    }
    if second == 0 {
        return Some(Kind::Date);
    }
    for (mark, unit) in [(b'T', second / 3600), (b':', second / 60 % 60), (b':', second % 60)] {
        out.push(mark);
        push_digits(out, unit, 2);
    }
    Some(Kind::Moment)
}

/// The serial number of a whole day, written in digits as most are.
fn whole_day(text: &[u8]) -> Option<i64> {
    let day = (text.len() <= 7).then(|| small_number(text)).flatten()?;
    Some(day.cast_signed())
}

/// Appends the date of a day, when a calendar has it.
fn push_day(out: &mut Vec<u8>, day: i64, from_1904: bool) -> bool {
    // Days are counted from the first of January of 1970 (serial 25,569).
    let days = match day {
        ..1 | 2_958_467.. => return false,
        _ if from_1904 => day + 1_462 - 25_569,
        // Excel believes in the 29th of February of 1900; so the days before it lie one later.
        60 => return false,
        1..60 => day + 1 - 25_569,
        _ => day - 25_569,
    };
    let (year, month, day) = civil(days);
    if year > 9999 {
        return false;
    }
    let digit = |number: i64| u8::try_from(number % 10).map_or(b'0', |digit| b'0' + digit);
    let [years, months, days] = [year, month, day].map(|number| [digit(number / 10), digit(number)]);
    let date = [[digit(year / 1000), digit(year / 100)], years, [b'-', months[0]], [months[1], b'-'], days];
    out.extend_from_slice(date.as_flattened());
    true
}

/// Year, month and day of a day counted from the first of January of 1970 (the Gregorian calendar).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn push_digits(out: &mut Vec<u8>, number: i64, width: u32) {
    for place in (0..width).rev() {
        let digit = u8::try_from(number / 10i64.pow(place) % 10).unwrap_or(0);
        out.push(b'0' + digit);
    }
}

/// Appends a date that is written in ISO form (`t="d"`); text when it is none.
pub(super) fn push_iso(out: &mut Vec<u8>, text: &[u8]) -> Kind {
    let text = text.trim_ascii();
    let parsed = std::str::from_utf8(text.strip_suffix(b"Z").unwrap_or(text)).ok();
    let parsed = parsed.and_then(|text| text.parse::<DateTime>().ok());
    let rounded = parsed.and_then(|moment| moment.round(Unit::Second).ok());
    let Some(moment) = rounded.filter(|moment| moment.year() >= 0) else {
        out.extend_from_slice(text);
        return Kind::Text;
    };
    let date = moment.date().to_string();
    out.extend_from_slice(date.as_bytes());
    if moment.time() == jiff::civil::Time::midnight() {
        return Kind::Date;
    }
    for (mark, unit) in [(b'T', moment.hour()), (b':', moment.minute()), (b':', moment.second())] {
        out.push(mark);
        push_digits(out, i64::from(unit), 2);
    }
    Kind::Moment
}

/// A number as Excel means it: 15 significant digits, no exponent, no trailing zeros behind the point.
pub(in crate::source) fn number_text(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    if number.fract() == 0.0 && number.abs() < 1e15 {
        return format!("{number:.0}");
    }
    let scientific = format!("{number:.14e}");
    let (mantissa, exponent) = scientific.split_once('e').expect("the e format always has an exponent");
    let exponent: i32 = exponent.parse().expect("the e format writes a whole exponent");
    if !(-20..=40).contains(&exponent) {
        return format!("{number:e}");
    }
    let negative = mantissa.starts_with('-');
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    plain_digits(&digits, exponent, negative)
}

/// Writes `d.ddd × 10^exponent` without an exponent.
fn plain_digits(digits: &str, exponent: i32, negative: bool) -> String {
    let digits = digits.trim_end_matches('0');
    let sign = if negative { "-" } else { "" };
    let whole_length = usize::try_from(exponent + 1).unwrap_or(0);
    if exponent < 0 {
        let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
        format!("{sign}0.{zeros}{digits}")
    } else if whole_length >= digits.len() {
        format!("{sign}{digits}{}", "0".repeat(whole_length - digits.len()))
    } else {
        format!("{sign}{}.{}", &digits[..whole_length], &digits[whole_length..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(text: &str, style: Style, from_1904: bool) -> (Kind, String) {
        let mut out = Vec::new();
        let kind = push_number(&mut out, text.as_bytes(), style, from_1904);
        (kind, String::from_utf8(out).unwrap())
    }

    #[test]
    fn numbers_are_written_as_excel_means_them() {
        for (number, text) in [
            (1_030_555_123.0, "1030555123"),
            (0.1 + 0.2, "0.3"),
            (1234.56, "1234.56"),
            (-0.5, "-0.5"),
            (1e15, "1000000000000000"),
            (123_456_789_012_345_678.0, "123456789012346000"),
            (0.000_012_5, "0.0000125"),
            (8_450_330_120.55, "8450330120.55"),
            (1e300, "1e300"),
        ] {
            assert_eq!(number_text(number), text);
        }
    }

    #[test]
    fn a_percentage_is_what_a_person_reads() {
        for (text, expected) in [
            ("0.125", "12.5%"),
            ("7.0000000000000007E-2", "7%"),
            ("1", "100%"),
            ("-0.5", "-50%"),
            ("0.0005", "0.05%"),
            ("0", "0%"),
            ("12.3", "1230%"),
        ] {
            assert_eq!(number(text, Style::Percent, false), (Kind::Number, expected.to_owned()));
        }
    }

    #[test]
    fn zeros_in_front_are_shown_as_the_format_shows_them() {
        for (text, zeros, expected) in [
            ("12345", 10, "0000012345"),
            ("1.2345E4", 10, "0000012345"),
            ("-7", 3, "-007"),
            ("12345", 3, "12345"),
            ("0", 2, "00"),
            ("1.5", 4, "1.5"),
            ("123456789012345678", 20, "123456789012346000"),
        ] {
            assert_eq!(
                number(text, Style::Padded(zeros), false),
                (Kind::Number, expected.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn serials_become_dates_or_stay_numbers() {
        use Kind::{Date, Moment, Number, Text};
        for (text, from_1904, kind, expected) in [
            ("46053", false, Date, "2026-01-31"),
            ("44591", true, Date, "2026-01-31"),
            ("1", false, Date, "1900-01-01"),
            ("59", false, Date, "1900-02-28"),
            ("60", false, Number, "60"),
            ("59.9999999", false, Number, "59.9999999"),
            ("61", false, Date, "1900-03-01"),
            ("60", true, Date, "1904-03-01"),
            ("0", false, Number, "0"),
            ("0.5", false, Number, "0.5"),
            ("-3", false, Number, "-3"),
            ("2958465", false, Date, "9999-12-31"),
            ("2958465.9999999", false, Number, "2958465.9999999"),
            ("2958466", false, Number, "2958466"),
            ("2957004", true, Number, "2957004"),
            ("45943.5", false, Moment, "2025-10-13T12:00:00"),
            ("45943.541", false, Moment, "2025-10-13T12:59:02"),
            ("45943.9999999", false, Date, "2025-10-14"),
            ("nan", false, Text, "nan"),
            ("31/01/2026", false, Text, "31/01/2026"),
        ] {
            assert_eq!(number(text, Style::Date, from_1904), (kind, expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn iso_dates_are_dates() {
        for (text, kind, expected) in [
            ("2026-01-31", Kind::Date, "2026-01-31"),
            ("2026-01-31T00:00:00Z", Kind::Date, "2026-01-31"),
            ("2026-01-31T10:20:30.6", Kind::Moment, "2026-01-31T10:20:31"),
            ("2026-02-30", Kind::Text, "2026-02-30"),
        ] {
            let mut out = Vec::new();
            assert_eq!((push_iso(&mut out, text.as_bytes()), out.as_slice()), (kind, expected.as_bytes()));
        }
    }

    proptest! {
        #[test]
        fn the_fast_way_writes_what_the_slow_one_does(text in "-?[0-9]{1,17}(\\.0|\\.[0-9]{1,8})?([eE][-+]?[0-9]{1,2})?") {
            let slow = number_text(text.parse().unwrap());
            prop_assert_eq!(number(&text, Style::Plain, false), (Kind::Number, slow));
        }

        #[test]
        fn a_day_in_digits_is_the_day_of_the_same_serial(day in "0{0,2}[0-9]{1,7}", from_1904 in any::<bool>()) {
            let written = number(&day, Style::Date, from_1904);
            prop_assert_eq!(written, number(&format!("{day}.0"), Style::Date, from_1904));
        }

        #[test]
        fn every_day_is_the_calendars_own(days in 61i64..2_958_466) {
            let first = jiff::civil::Date::constant(1899, 12, 30);
            let expected = first.checked_add(jiff::Span::new().days(days)).unwrap().to_string();
            prop_assert_eq!(number(&days.to_string(), Style::Date, false), (Kind::Date, expected));
        }
    }
}
