//! Dates written as text: which of day, month and year comes first, decided by the whole column.
//!
//! A day above 12 in the first or second position proves the order; a four-digit year in front proves year
//! first. Real dates of a workbook need no verdict. Nothing here accepts a date that does not exist.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Decision, Proof, keep_first, remember};
use crate::bytewise::{self, is_digits};
use crate::source::{Cell, Kind};

/// The order in which a text date writes its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DateOrder {
    /// `31/01/2026`
    #[serde(rename = "DD/MM/YYYY")]
    DayMonthYear,
    /// `01/31/2026`
    #[serde(rename = "MM/DD/YYYY")]
    MonthDayYear,
    /// `2026-01-31`
    #[serde(rename = "YYYY-MM-DD")]
    YearMonthDay,
    /// `20260131`
    #[serde(rename = "YYYYMMDD")]
    Compact,
    /// `31 ene 2026`: the month is a word, in Spanish, Portuguese or English.
    #[serde(rename = "DD MMM YYYY")]
    Named,
    /// `46053`: the days that Excel counts from 1900, left as a number in text.
    #[serde(rename = "SERIAL")]
    Serial,
}

impl DateOrder {
    /// All orders, as a mapping may name them.
    pub const ALL: [DateOrder; 6] = [
        DateOrder::DayMonthYear,
        DateOrder::MonthDayYear,
        DateOrder::YearMonthDay,
        DateOrder::Compact,
        DateOrder::Named,
        DateOrder::Serial,
    ];

    /// The name of the order in a mapping and in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            DateOrder::DayMonthYear => "DD/MM/YYYY",
            DateOrder::MonthDayYear => "MM/DD/YYYY",
            DateOrder::YearMonthDay => "YYYY-MM-DD",
            DateOrder::Compact => "YYYYMMDD",
            DateOrder::Named => "DD MMM YYYY",
            DateOrder::Serial => "SERIAL",
        }
    }

    /// Reads the name of an order; separators and case do not matter, `DD/MM/YY` reads as `DD/MM/YYYY`.
    pub fn of_name(name: &str) -> Option<DateOrder> {
        let letters: String =
            name.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_uppercase()).collect();
        match letters.replace("AAAA", "YYYY").replace("AA", "YY").as_str() {
            "DDMMYYYY" | "DDMMYY" => Some(DateOrder::DayMonthYear),
            "MMDDYYYY" | "MMDDYY" => Some(DateOrder::MonthDayYear),
            "YYYYMMDD" if name.len() == 8 => Some(DateOrder::Compact),
            "YYYYMMDD" => Some(DateOrder::YearMonthDay),
            "DDMMMYYYY" => Some(DateOrder::Named),
            "SERIAL" => Some(DateOrder::Serial),
            _ => None,
        }
    }
}

impl std::fmt::Display for DateOrder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Reads a text date of the given order. A time of day behind it is ignored; two-digit years are 1970 to 2069; a
/// month written as a word needs no order.
pub fn parse(text: &str, order: DateOrder) -> Option<Date> {
    match evident(text) {
        Some((a, b, year)) => match order {
            DateOrder::DayMonthYear => Date::new(year, b, a).ok(),
            DateOrder::MonthDayYear => Date::new(year, a, b).ok(),
            _ => None,
        },
        None => parse_any(text, order),
    }
}

/// Writes `YYYY-MM-DD` for a date as most are written, in two digits, two digits and four; false, and nothing written,
/// for another one and for none.
#[inline]
pub fn write_evident(text: &str, order: DateOrder, out: &mut String) -> bool {
    let Some((a, b, year)) = evident(text) else { return false };
    let (day, month, swapped) = match order {
        DateOrder::DayMonthYear => (a, b, false),
        DateOrder::MonthDayYear => (b, a, true),
        _ => return false,
    };
    // Every month has a 28th.
    let exists = matches!((day, month), (1..=28, 1..=12)) || Date::new(year, month, day).is_ok();
    if !exists || year <= 0 {
        return false;
    }
    let (first, second) = (&text[..2], &text[3..5]);
    let (day, month) = if swapped { (second, first) } else { (first, second) };
    // Pieces of a known length, one after the other, cost less than what proves that ten bytes together are a text.
    for piece in [&text[6..10], "-", month, "-", day] {
        out.push_str(piece);
    }
    true
}

/// The three numbers of a date such as `31/01/2026`, as most are written: two digits, two digits, four digits.
#[inline]
fn evident(text: &str) -> Option<(i8, i8, i16)> {
    let bytes = <&[u8; 10]>::try_from(text.as_bytes()).ok()?;
    let is_cut = bytes[2] == bytes[5] && matches!(bytes[2], b'/' | b'-' | b'.');
    // The signs are taken from between the digits, which are `ddmmyyyy` then.
    let ([first, ..], [.., last]) = (bytes.as_chunks::<8>().0, bytes.as_chunks::<2>().0) else { return None };
    let (first, last) = (u64::from_le_bytes(*first), u64::from(u16::from_le_bytes(*last)));
    let digits =
        (first & 0xFFFF) | (first >> 8 & 0xFFFF_0000) | (first >> 16 & 0xFFFF_0000_0000) | last << 48;
    let number = bytewise::eight_digits(digits).filter(|_| is_cut)?;
    let two = |number: u32| i8::try_from(number).unwrap_or(i8::MAX);
    let year = i16::try_from(number % 10_000).unwrap_or(i16::MAX);
    Some((two(number / 1_000_000), two(number / 10_000 % 100), year))
}

/// As [`parse`], however the date is written.
fn parse_any(text: &str, order: DateOrder) -> Option<Date> {
    let text = without_time(text);
    if text.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        return named(text);
    }
    if order == DateOrder::Serial {
        return serial(text);
    }
    if order == DateOrder::Compact {
        let digits = (text.len() == 8 && is_digits(text.as_bytes())).then_some(text)?;
        return date(&digits[..4], &digits[4..6], &digits[6..]);
    }
    let [a, b, c] = parts(text)?;
    match order {
        DateOrder::DayMonthYear if a.len() <= 2 => date(c, b, a),
        DateOrder::MonthDayYear if a.len() <= 2 => date(c, a, b),
        DateOrder::YearMonthDay if a.len() == 4 => date(a, b, c),
        _ => None,
    }
}

/// Cuts `31/01/2026 00:00:00` or `2026-01-31T00:00` to its date.
fn without_time(text: &str) -> &str {
    let time_at = text.find(':').and_then(|colon| text[..colon].rfind([' ', 'T']));
    time_at.map_or(text, |at| text[..at].trim_end())
}

/// The time of day behind a date as `HH:MM:SS`: midnight where there is none, nothing where it is no time.
pub fn time_of_day(text: &str) -> Option<String> {
    let date = without_time(text);
    let rest = text[date.len()..].trim_start_matches(['T', ' ']).trim().to_lowercase();
    let rest: String = rest.chars().filter(|c| !c.is_whitespace() && *c != '.').collect();
    if rest.is_empty() {
        return Some("00:00:00".to_owned());
    }
    let (clock, half) = match (rest.strip_suffix("am"), rest.strip_suffix("pm")) {
        (Some(clock), _) => (clock, Some(0)),
        (_, Some(clock)) => (clock, Some(12)),
        (None, None) => (rest.as_str(), None),
    };
    let mut parts = clock.splitn(3, ':').map(|part| part.parse::<u8>().ok().filter(|_| part.len() <= 2));
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    let hour = match half {
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(half) => hour % 12 + half,
        None => hour,
    };
    (hour < 24 && minute < 60 && second < 60).then(|| format!("{hour:02}:{minute:02}:{second:02}"))
}

/// Months by their names in Spanish, Portuguese and English; an abbreviation is a beginning of one of them.
const MONTHS: [&[&str]; 12] = [
    &["enero", "janeiro", "january"],
    &["febrero", "fevereiro", "february"],
    &["marzo", "março", "march"],
    &["abril", "april"],
    &["mayo", "maio", "may"],
    &["junio", "junho", "june"],
    &["julio", "julho", "july"],
    &["agosto", "august"],
    &["septiembre", "setiembre", "setembro", "september"],
    &["octubre", "outubro", "october"],
    &["noviembre", "novembro", "november"],
    &["diciembre", "dezembro", "december"],
];

/// Reads `31 de enero de 2026`, `31-ene-26`, `ene 31, 2026`.
fn named(text: &str) -> Option<Date> {
    let mut words =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !matches!(*word, "" | "de" | "del"));
    let (a, b, c) = (words.next()?, words.next()?, words.next()?);
    // Most texts with letters are no dates, and are looked at often: a date has a day and a year besides its month.
    let is_number = |word: &&str| is_digits(word.as_bytes());
    if words.next().is_some() || [a, b, c].iter().filter(|word| is_number(word)).count() != 2 {
        return None;
    }
    let month = |word: &str| {
        let word = word.to_lowercase();
        let begins = |names: &[&str]| names.iter().any(|name| name.starts_with(&word));
        let found = MONTHS.iter().position(|names| begins(names)).filter(|_| word.chars().count() >= 3)?;
        Some((found + 1).to_string())
    };
    match (month(a), month(b)) {
        (Some(month), None) => date(c, &month, b),
        (None, Some(month)) if a.len() == 4 => date(a, &month, c),
        (None, Some(month)) => date(c, &month, a),
        _ => None,
    }
}

/// Reads a day number of Excel's 1900 system, for the years that a portfolio can be about.
fn serial(text: &str) -> Option<Date> {
    const DAYS: std::ops::RangeInclusive<i64> = 20_000..=80_000;
    let days: i64 = text.parse().ok()?;
    DAYS.contains(&days).then(|| Date::constant(1899, 12, 30).saturating_add(jiff::Span::new().days(days)))
}

/// Cuts a date at its two separators, which must be the same; each part is digits alone.
fn parts(text: &str) -> Option<[&str; 3]> {
    let separator = text.chars().find(|c| !c.is_ascii_digit())?;
    if !matches!(separator, '/' | '-' | '.') {
        return None;
    }
    let mut cut = text.split(separator);
    let parts = [cut.next()?, cut.next()?, cut.next()?];
    let digits = |part: &str| (1..=4).contains(&part.len()) && is_digits(part.as_bytes());
    (cut.next().is_none() && parts.iter().all(|part| digits(part))).then_some(parts)
}

fn date(year: &str, month: &str, day: &str) -> Option<Date> {
    if month.len() > 2 || day.len() > 2 {
        return None;
    }
    let short: i16 = year.parse().ok()?;
    let year = match year.len() {
        4 => short,
        2 if short < 70 => 2000 + short,
        2 => 1900 + short,
        _ => return None,
    };
    Date::new(year, month.parse().ok()?, day.parse().ok()?).ok()
}

/// Watches a column of dates.
#[derive(Debug, Clone, Default)]
pub struct DateProbe {
    day_first: Option<Proof>,
    month_first: Option<Proof>,
    year_first: Option<Proof>,
    compact: Option<Proof>,
    named: Option<Proof>,
    serial: Option<Proof>,
    either: Option<Proof>,
    separated: u64,
    leading_years: u64,
    compacts: u64,
    serials: u64,
}

impl DateProbe {
    pub(super) fn see(&mut self, row: u32, cell: Cell<'_>) {
        if cell.kind != Kind::Text {
            return;
        }
        let text = cell.trimmed();
        if self.is_known(text) {
            self.separated += 1;
            return;
        }
        let has_letters = text.bytes().any(|byte| byte.is_ascii_alphabetic());
        if has_letters && named(without_time(text)).is_some() {
            return remember(&mut self.named, row, text);
        }
        if serial(text).is_some() {
            self.serials += 1;
            return remember(&mut self.serial, row, text);
        }
        let day_first = parse(text, DateOrder::DayMonthYear).is_some();
        let month_first = parse(text, DateOrder::MonthDayYear).is_some();
        let slot = match (day_first, month_first) {
            (true, true) => &mut self.either,
            (true, false) => &mut self.day_first,
            (false, true) => &mut self.month_first,
            (false, false) if parse(text, DateOrder::YearMonthDay).is_some() => {
                self.leading_years += 1;
                return remember(&mut self.year_first, row, text);
            }
            (false, false) if parse(text, DateOrder::Compact).is_some() => {
                self.compacts += 1;
                return remember(&mut self.compact, row, text);
            }
            (false, false) => return,
        };
        self.separated += 1;
        remember(slot, row, text);
    }

    /// Whether a date says no more than earlier ones have said.
    fn is_known(&self, text: &str) -> bool {
        let Some((a, b, _)) = evident(text) else { return false };
        // Every month has this day.
        let day = |day: i8| (1..=28).contains(&day);
        match (a, b) {
            (13.., 1..=12) => day(a) && self.day_first.is_some(),
            (1..=12, 13..) => day(b) && self.month_first.is_some(),
            (1..=12, 1..=12) => self.either.is_some(),
            _ => false,
        }
    }

    pub(super) fn absorb(&mut self, later: DateProbe) {
        let DateProbe { day_first, month_first, year_first, compact, named, serial, either, .. } = later;
        let own = [
            &mut self.day_first,
            &mut self.month_first,
            &mut self.year_first,
            &mut self.compact,
            &mut self.named,
            &mut self.serial,
            &mut self.either,
        ];
        keep_first(own, [day_first, month_first, year_first, compact, named, serial, either]);
        self.separated += later.separated;
        self.leading_years += later.leading_years;
        self.compacts += later.compacts;
        self.serials += later.serials;
    }

    pub(super) fn decide(&self) -> Decision<DateOrder> {
        // A few dates of another family in a column are mistakes of their rows; the larger family decides.
        let others = self.separated.max(self.leading_years).max(self.compacts);
        if let Some(proof) = self.serial.as_ref().filter(|_| self.serials > others) {
            return Decision::Proved(DateOrder::Serial, proof.clone());
        }
        if self.separated < self.leading_years.max(self.compacts) {
            return match (&self.year_first, &self.compact) {
                (_, Some(proof)) if self.compacts > self.leading_years => {
                    Decision::Proved(DateOrder::Compact, proof.clone())
                }
                (Some(proof), _) => Decision::Proved(DateOrder::YearMonthDay, proof.clone()),
                _ => Decision::Free(DateOrder::YearMonthDay),
            };
        }
        match (&self.day_first, &self.month_first, &self.either) {
            (Some(a), Some(b), _) => Decision::Contradicted(a.clone(), b.clone()),
            (Some(proof), None, _) => Decision::Proved(DateOrder::DayMonthYear, proof.clone()),
            (None, Some(proof), _) => Decision::Proved(DateOrder::MonthDayYear, proof.clone()),
            (None, None, Some(proof)) => Decision::Unproved(proof.clone()),
            (None, None, None) => match &self.named {
                Some(proof) => Decision::Proved(DateOrder::Named, proof.clone()),
                None => Decision::Free(DateOrder::YearMonthDay),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_time_of_day_is_read_behind_its_date() {
        for (text, time) in [
            ("31/01/2026", Some("00:00:00")),
            ("31/01/2026 14:30", Some("14:30:00")),
            ("2026-01-31T14:30:05", Some("14:30:05")),
            ("31/01/2026 2:05 p. m.", Some("14:05:00")),
            ("31/01/2026 12:00 AM", Some("00:00:00")),
            ("31 de enero de 2026 9:15", Some("09:15:00")),
            ("31/01/2026 24:00", None),
            ("31/01/2026 13:00 pm", None),
            ("31/01/2026 7:5x", None),
        ] {
            assert_eq!(super::time_of_day(text).as_deref(), time, "{text}");
        }
    }

    use super::*;
    use proptest::prelude::*;

    fn decide(values: &[&str]) -> String {
        let mut probe = DateProbe::default();
        for (row, text) in (2..).zip(values) {
            probe.see(row, Cell { kind: Kind::Text, text });
        }
        match probe.decide() {
            Decision::Proved(order, proof) => format!("{order} by row {}", proof.row),
            Decision::Free(_) => "free".to_owned(),
            Decision::Unproved(proof) => format!("unproved at row {}", proof.row),
            Decision::Contradicted(a, b) => format!("row {} against row {}", a.row, b.row),
        }
    }

    #[test]
    fn the_column_decides() {
        for (values, verdict) in [
            (vec!["01/02/2026", "31/01/2026"], "DD/MM/YYYY by row 3"),
            (vec!["01/02/2026", "01/31/2026"], "MM/DD/YYYY by row 3"),
            (vec!["01/02/2026", "03/04/2026"], "unproved at row 2"),
            (vec!["31/01/2026", "01/31/2026"], "row 2 against row 3"),
            (vec!["2026-01-02"], "YYYY-MM-DD by row 2"),
            (vec!["20260102", "20260103"], "YYYYMMDD by row 2"),
            (vec!["31/01/2026", "31/01/2026", "2026-01-05"], "DD/MM/YYYY by row 2"),
            (vec!["", "pendiente", "31/02/2026"], "free"),
            (vec!["", "31 ene 2026"], "DD MMM YYYY by row 3"),
            (vec!["46053", "46054"], "SERIAL by row 2"),
            (vec!["31/01/2026", "46054", "01/02/2026"], "DD/MM/YYYY by row 2"),
        ] {
            assert_eq!(decide(&values), verdict, "{values:?}");
        }
    }

    #[test]
    fn only_real_dates_are_read() {
        for (text, order, iso) in [
            ("31/01/2026", DateOrder::DayMonthYear, Some("2026-01-31")),
            ("1-2-26", DateOrder::DayMonthYear, Some("2026-02-01")),
            ("31.12.1999 23:59", DateOrder::DayMonthYear, Some("1999-12-31")),
            ("31/02/2026", DateOrder::DayMonthYear, None),
            ("2026-01-31T00:00:00", DateOrder::YearMonthDay, Some("2026-01-31")),
            ("31/01-2026", DateOrder::DayMonthYear, None),
            ("31/01/026", DateOrder::DayMonthYear, None),
            ("20260131", DateOrder::Compact, Some("2026-01-31")),
            ("2026-01-31", DateOrder::DayMonthYear, None),
            ("31 de enero de 2026", DateOrder::DayMonthYear, Some("2026-01-31")),
            ("31-Ene-26 10:30", DateOrder::MonthDayYear, Some("2026-01-31")),
            ("Ene. 31, 2026", DateOrder::Named, Some("2026-01-31")),
            ("2 de março de 2026", DateOrder::Named, Some("2026-03-02")),
            ("5 set 2025", DateOrder::Named, Some("2025-09-05")),
            ("31 ju 2026", DateOrder::Named, None),
            ("la semana pasada", DateOrder::Named, None),
            ("46053", DateOrder::Serial, Some("2026-01-31")),
            ("46053", DateOrder::DayMonthYear, None),
            ("12", DateOrder::Serial, None),
        ] {
            assert_eq!(parse(text, order).map(|date| date.to_string()).as_deref(), iso, "{text}");
        }
    }

    #[test]
    fn orders_have_names() {
        for order in DateOrder::ALL {
            assert_eq!(DateOrder::of_name(order.as_str()), Some(order));
        }
        assert_eq!(DateOrder::of_name("dd-mm-aaaa"), Some(DateOrder::DayMonthYear));
        assert_eq!(DateOrder::of_name("D/M"), None);
    }

    proptest! {
        #[test]
        fn the_short_way_reads_dates_as_the_long_way_does(text in "[0-9]{1,4}[/.-][0-9]{1,2}[/.-][0-9]{2,4}( 00:00)?") {
            for order in DateOrder::ALL {
                prop_assert_eq!(parse(&text, order), parse_any(&text, order), "{} {}", text, order);
            }
        }

        #[test]
        fn what_is_known_of_a_column_changes_no_verdict(texts in proptest::collection::vec("[0-3][0-9]/[0-3][0-9]/20[0-9]{2}", 1..12)) {
            let (mut probe, mut slots, mut separated) = (DateProbe::default(), [None, None, None], 0);
            for (row, text) in (2u32..).zip(&texts) {
                probe.see(row, Cell { kind: Kind::Text, text });
                let reads = |order| parse_any(text, order).is_some();
                let slot = match (reads(DateOrder::DayMonthYear), reads(DateOrder::MonthDayYear)) {
                    (true, false) => 0,
                    (false, true) => 1,
                    (true, true) => 2,
                    (false, false) => continue,
                };
                separated += 1;
                slots[slot].get_or_insert(row);
            }
            let seen = [&probe.day_first, &probe.month_first, &probe.either];
            prop_assert_eq!(seen.map(|proof| proof.as_ref().map(|proof| proof.row)), slots);
            prop_assert_eq!(probe.separated, separated);
        }
    }
}
