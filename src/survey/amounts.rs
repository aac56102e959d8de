//! Amounts written as text: whether the comma or the point is the decimal sign, decided by the whole column.
//!
//! `1.234,56` proves a decimal comma, `1,234.56` a point; `1.234` proves nothing. Amounts stay exact
//! decimals in text from the cell to the wire; no binary float is ever made of them.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Decision, Proof, keep_first, remember};
use crate::bytewise::{self, is_digits};
use crate::source::{Cell, Kind};

/// Digits that an exact decimal holds.
const DIGITS_MAX: usize = 28;

/// The sign between units and cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DecimalSign {
    /// `1.234,56`
    #[serde(rename = ",")]
    Comma,
    /// `1,234.56`
    #[serde(rename = ".")]
    Point,
}

impl DecimalSign {
    /// An amount as the sign writes it, for messages.
    pub fn as_str(self) -> &'static str {
        match self {
            DecimalSign::Comma => "1.234,56",
            DecimalSign::Point => "1,234.56",
        }
    }

    /// Reads the setting of a mapping.
    pub fn of_name(name: &str) -> Option<DecimalSign> {
        let [byte] = name.as_bytes() else { return None };
        DecimalSign::of_byte(*byte)
    }

    fn byte(self) -> u8 {
        match self {
            DecimalSign::Comma => b',',
            DecimalSign::Point => b'.',
        }
    }

    fn of_byte(byte: u8) -> Option<DecimalSign> {
        match byte {
            b',' => Some(DecimalSign::Comma),
            b'.' => Some(DecimalSign::Point),
            _ => None,
        }
    }

    fn other(self) -> DecimalSign {
        match self {
            DecimalSign::Comma => DecimalSign::Point,
            DecimalSign::Point => DecimalSign::Comma,
        }
    }
}

impl std::fmt::Display for DecimalSign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Writes an amount as plain digits with a decimal point (`-1234.56`) behind what `out` holds; false, with
/// `out` as it was, when it is not an amount under this decimal sign.
pub fn write_plain(text: &str, sign: DecimalSign, out: &mut String) -> bool {
    write_evident(text, sign, out).is_some() || write_any(text, sign, out)
}

/// As [`write_plain`], of an amount as most are written: a small number in digits, and the decimal sign at most. Gives
/// the number; nothing, and nothing written, for another amount.
#[inline]
pub fn write_evident(text: &str, sign: DecimalSign, out: &mut String) -> Option<Small> {
    if let Some(hundredths) = with_cents(text.as_bytes(), sign.byte()) {
        push_pointed(text, text.len() - 3, sign, out);
        return Some((hundredths, 2));
    }
    write_small(text, sign, out)
}

/// The hundredths of an amount with cents as most have them.
#[inline]
fn with_cents(text: &[u8], sign: u8) -> Option<i64> {
    let (whole, found, cents) = cut_at_cents(text)?;
    let units = bytewise::small_number(whole).filter(|_| found == sign)?;
    Some((units * 100 + u64::from(cents)).cast_signed())
}

/// Where the sign stands in an amount with cents as most have them; and which it is.
#[inline]
fn before_cents(text: &[u8]) -> Option<(usize, DecimalSign)> {
    let (whole, found, _) = cut_at_cents(text)?;
    Some((whole.len(), DecimalSign::of_byte(found).filter(|_| is_digits(whole))?))
}

/// Cuts an amount before a sign and two digits: what stands before them, up to fifteen bytes that do not begin with a
/// needless zero, the sign, and the cents.
#[inline]
fn cut_at_cents(text: &[u8]) -> Option<(&[u8], u8, u8)> {
    let [whole @ .., sign, tens, ones] = text else { return None };
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    let is_cut_so =
        tens < 10 && ones < 10 && (1..=15).contains(&whole.len()) && (whole.len() == 1 || whole[0] != b'0');
    is_cut_so.then(|| (whole, *sign, tens * 10 + ones))
}

/// Appends digits with their sign at a place as plain digits with a point.
#[inline]
fn push_pointed(text: &str, at: usize, sign: DecimalSign, out: &mut String) {
    if sign == DecimalSign::Point {
        return out.push_str(text);
    }
    out.push_str(&text[..at]);
    out.push('.');
    out.push_str(&text[at + 1..]);
}

/// As [`write_evident`], of amounts in groups too, and of any number of decimal places.
fn write_small(text: &str, sign: DecimalSign, out: &mut String) -> Option<Small> {
    if let Some(small) = write_grouped(text, sign, out) {
        return Some(small);
    }
    let start = out.len();
    match Digits::of(text) {
        Digits::Whole => out.push_str(text),
        Digits::Cut(at, decimal) if decimal == sign => push_pointed(text, at, sign, out),
        _ => return None,
    }
    let small = small_number(&out[start..]);
    if small.is_none() {
        out.truncate(start);
    }
    small
}

/// As [`write_evident`], of digits in groups of three, with or without a fraction; nothing for anything else.
fn write_grouped(text: &str, sign: DecimalSign, out: &mut String) -> Option<Small> {
    /// Of the digits and their point; far more than amounts have, and far less than 64 bits hold.
    const LENGTH_MAX: usize = 16;
    let mut plain = [0; LENGTH_MAX];
    let (mut length, mut group, mut groups, mut in_fraction, mut number) = (0, 0, 0, false, 0i64);
    for &byte in text.as_bytes() {
        let digit = byte.wrapping_sub(b'0');
        if digit >= 10 {
            let is_whole_group = if groups == 0 { (1..=3).contains(&group) } else { group == 3 };
            if in_fraction || !is_whole_group {
                return None;
            }
            (group, groups) = (0, groups + 1);
            if byte == sign.other().byte() {
                continue;
            }
            if byte != sign.byte() {
                return None;
            }
            in_fraction = true;
        }
        if length == LENGTH_MAX {
            return None;
        }
        plain[length] = if digit < 10 { byte } else { b'.' };
        number = if digit < 10 { number * 10 + i64::from(digit) } else { number };
        length += 1;
        group += u32::from(digit < 10);
    }
    let ends_well = if in_fraction { group > 0 } else { group == 3 };
    if !ends_well || plain[0] == b'0' {
        return None;
    }
    out.push_str(std::str::from_utf8(&plain[..length]).ok()?);
    Some((number, if in_fraction { group } else { 0 }))
}

/// The number that plain digits (`-1234.56`) say, with as many decimal places as they have.
pub fn decimal_of(plain: &str) -> Option<Decimal> {
    match small_number(plain) {
        Some((number, scale)) => Some(Decimal::new(number, scale)),
        None => plain.parse().ok(),
    }
}

/// A number of at most 18 digits without its point, and how many of them stand behind it.
pub type Small = (i64, u32);

/// The number that plain digits say; nothing for one of more digits than 64 bits surely hold.
pub fn small_number(plain: &str) -> Option<Small> {
    const SHORT: usize = 18;
    let digits = plain.as_bytes();
    let (is_negative, digits) = match digits {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, digits),
    };
    if digits.is_empty() || digits.len() > SHORT {
        return None;
    }
    // Nearly all have cents, or no fraction at all.
    let (whole, fraction) = if let [whole @ .., b'.', _, _] = digits {
        (whole, &digits[whole.len() + 1..])
    } else {
        let point = digits.iter().position(|byte| *byte == b'.');
        point.map_or((digits, &[][..]), |at| (&digits[..at], &digits[at + 1..]))
    };
    if fraction.is_empty() && whole.len() < digits.len() {
        return None;
    }
    let places = u32::try_from(fraction.len()).unwrap_or_default();
    let number = match bytewise::small_number(whole)? {
        0 => bytewise::small_number(fraction)?,
        whole => whole * 10u64.pow(places) + bytewise::small_number(fraction)?,
    };
    let number = number.cast_signed();
    Some((if is_negative { -number } else { number }, places))
}

/// Decimal places that hardly any amount goes beyond.
const PLACES: usize = 8;

/// An exact sum of many amounts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sum {
    /// The sum of the small numbers of so many decimal places each, without their point.
    small: [i128; PLACES],
    /// The sum of all others.
    rest: Decimal,
}

impl Sum {
    /// Adds an amount, as a number where it is a small one; false where it is none.
    pub fn add(&mut self, small: Option<Small>, exact: impl FnOnce() -> Option<Decimal>) -> bool {
        match small {
            Some((number, places)) if (places as usize) < PLACES => {
                self.small[places as usize] += i128::from(number);
            }
            _ => {
                let Some(amount) = exact() else { return false };
                self.rest = self.rest.saturating_add(amount);
            }
        }
        true
    }

    /// Adds what another one has summed up.
    pub fn absorb(&mut self, other: &Sum) {
        self.small.iter_mut().zip(other.small).for_each(|(own, other)| *own += other);
        self.rest = self.rest.saturating_add(other.rest);
    }

    /// What they add up to.
    pub fn total(&self) -> Decimal {
        let of_places = |(places, sum): (u32, &i128)| {
            let limit = if *sum < 0 { Decimal::MIN } else { Decimal::MAX };
            Decimal::try_from_i128_with_scale(*sum, places).unwrap_or(limit)
        };
        // What nothing was added to has no say in how many places the sum has.
        let summed = (0..).zip(&self.small).filter(|(_, sum)| **sum != 0);
        summed.map(of_places).fold(self.rest, Decimal::saturating_add)
    }
}

/// How an amount is written, at a glance.
enum Digits {
    /// Digits alone.
    Whole,
    /// Digits with this one sign among them, at this place.
    Cut(usize, DecimalSign),
    /// Digits with several signs among them; if it is an amount, this is its decimal sign.
    Several(DecimalSign),
    /// In any other way, or with leading zeros, which have to go.
    Otherwise,
}

impl Digits {
    #[inline]
    fn of(text: &str) -> Digits {
        let bytes = text.as_bytes();
        // Most amounts are digits with cents, or digits alone.
        if let Some((at, sign)) = before_cents(bytes) {
            return Digits::Cut(at, sign);
        }
        let no_zeros = bytes.len() == 1 || bytes.first().is_some_and(|digit| *digit != b'0');
        if bytes.len() <= DIGITS_MAX && no_zeros && is_digits(bytes) {
            return Digits::Whole;
        }
        Digits::of_any(text)
    }

    fn of_any(text: &str) -> Digits {
        let (mut found, mut several) = (None, None);
        for (at, &byte) in text.as_bytes().iter().enumerate() {
            if byte.wrapping_sub(b'0') < 10 {
                continue;
            }
            let Some(sign) = DecimalSign::of_byte(byte) else { return Digits::Otherwise };
            match found {
                None => found = Some((at, sign)),
                // Of two different signs the last one is decimal; one that comes again parts groups.
                Some((_, first)) => several = Some(if first == sign { sign.other() } else { sign }),
            }
        }
        if let Some(decimal) = several {
            return Digits::Several(decimal);
        }
        let whole = found.map_or(text.len(), |(at, _)| at);
        let well_formed = (1..=DIGITS_MAX).contains(&text.len()) && whole > 0 && whole + 1 != text.len();
        let no_zeros = whole == 1 || !text.starts_with('0');
        match found {
            _ if !well_formed || !no_zeros => Digits::Otherwise,
            Some((at, sign)) => Digits::Cut(at, sign),
            None => Digits::Whole,
        }
    }
}

/// As [`write_plain`], however the amount is written.
fn write_any(text: &str, sign: DecimalSign, out: &mut String) -> bool {
    let (negative, body) = unsigned(text);
    let (whole, fraction) = match body.bytes().rposition(|b| b == sign.byte()) {
        Some(at) => (&body[..at], Some(&body[at + 1..])),
        None => (body, None),
    };
    let Some(groups) = grouped(whole, sign.other().byte()) else { return false };
    if fraction.is_some_and(|digits| !all_digits(digits)) || digit_count(whole, fraction) > DIGITS_MAX {
        return false;
    }
    let start = out.len();
    if negative {
        out.push('-');
    }
    let digits = out.len();
    out.extend(groups.bytes().filter(u8::is_ascii_digit).map(char::from).skip_while(|c| *c == '0'));
    if out.len() == digits {
        out.push('0');
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    if negative && out[start..].bytes().all(|b| matches!(b, b'-' | b'0' | b'.')) {
        out.remove(start);
    }
    true
}

/// The number before a percent sign, when there is one.
pub fn percent(text: &str) -> Option<&str> {
    text.strip_suffix('%').map(|number| number.trim_end_matches(|c: char| c.is_whitespace()))
}

fn digit_count(whole: &str, fraction: Option<&str>) -> usize {
    whole.bytes().filter(u8::is_ascii_digit).count() + fraction.map_or(0, str::len)
}

/// Takes the sign away, which may stand in front, behind, or as parentheses; and currencies and spaces on both
/// sides of it.
fn unsigned(text: &str) -> (bool, &str) {
    const MINUS: [char; 2] = ['-', '−'];
    let text = bare(text);
    if let Some(inner) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
        return (true, bare(inner));
    }
    match text.strip_prefix(MINUS).or_else(|| text.strip_suffix(MINUS)) {
        Some(inner) => (true, bare(inner)),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// A text without the currencies and spaces around it.
fn bare(text: &str) -> &str {
    const CURRENCIES: [&str; 15] = [
        "COP", "MXN", "PEN", "CLP", "ARS", "USD", "BRL", "EUR", "US$", "U$S", "R$", "S/.", "S/", "B/.", "Bs",
    ];
    let blank = |c: char| c.is_whitespace() || matches!(c, '$' | '€' | '₡' | '₲');
    let text = text.trim_matches(blank);
    let text = CURRENCIES.iter().find_map(|name| text.strip_prefix(name)).unwrap_or(text);
    // «US» is what is left of «US$» behind an amount.
    let suffixes = CURRENCIES.iter().copied().chain(["US"]);
    let text = { suffixes }.find_map(|name| text.strip_suffix(name)).unwrap_or(text);
    text.trim_matches(blank)
}

/// The whole part, when it is digits alone or digits in groups of three. Groups may always be apart by spaces or
/// by apostrophes, which no decimal sign can be taken for.
fn grouped(whole: &str, separator: u8) -> Option<&str> {
    let other = |c: &char| matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'');
    let separator = whole.chars().find(other).unwrap_or(char::from(separator));
    if !whole.contains(separator) {
        return all_digits(whole).then_some(whole);
    }
    let mut groups = whole.split(separator);
    let first = groups.next()?;
    let well_formed = (1..=3).contains(&first.len())
        && !first.starts_with('0')
        && all_digits(first)
        && groups.all(|g| g.len() == 3 && all_digits(g));
    well_formed.then_some(whole)
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && is_digits(text.as_bytes())
}

/// Watches a column of amounts.
#[derive(Debug, Clone, Default)]
pub struct AmountProbe {
    comma: Option<Proof>,
    point: Option<Proof>,
    either: Option<Proof>,
}

impl AmountProbe {
    pub(super) fn see(&mut self, row: u32, cell: Cell<'_>) {
        if cell.kind != Kind::Text {
            return;
        }
        let text = cell.trimmed();
        if self.says_nothing_new(text) {
            return;
        }
        let text = percent(text).unwrap_or(text);
        if !text.bytes().any(|b| matches!(b, b',' | b'.')) {
            return;
        }
        let mut scratch = String::new();
        let comma = write_plain(text, DecimalSign::Comma, &mut scratch);
        let point = write_plain(text, DecimalSign::Point, &mut scratch);
        let slot = match (comma, point) {
            (true, true) => &mut self.either,
            (true, false) => &mut self.comma,
            (false, true) => &mut self.point,
            (false, false) => return,
        };
        remember(slot, row, text);
    }

    /// Whether an amount has no sign, or proves what an earlier one has proved: with any number of digits but three
    /// behind it, its only sign is the decimal sign. What has several signs can prove nothing but its last one, or that
    /// its only one is not decimal.
    fn says_nothing_new(&self, text: &str) -> bool {
        let (at, proved) = match Digits::of(text) {
            Digits::Whole => return true,
            Digits::Cut(at, DecimalSign::Comma) => (at, &self.comma),
            Digits::Cut(at, DecimalSign::Point) => (at, &self.point),
            Digits::Several(DecimalSign::Comma) => return self.comma.is_some(),
            Digits::Several(DecimalSign::Point) => return self.point.is_some(),
            Digits::Otherwise => return false,
        };
        text.len() - at != 4 && proved.is_some()
    }

    pub(super) fn absorb(&mut self, later: AmountProbe) {
        let AmountProbe { comma, point, either } = later;
        keep_first([&mut self.comma, &mut self.point, &mut self.either], [comma, point, either]);
    }

    pub(super) fn decide(&self) -> Decision<DecimalSign> {
        match (&self.comma, &self.point, &self.either) {
            (Some(a), Some(b), _) => Decision::Contradicted(a.clone(), b.clone()),
            (Some(proof), None, _) => Decision::Proved(DecimalSign::Comma, proof.clone()),
            (None, Some(proof), _) => Decision::Proved(DecimalSign::Point, proof.clone()),
            (None, None, Some(proof)) => Decision::Unproved(proof.clone()),
            (None, None, None) => Decision::Free(DecimalSign::Point),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(text: &str, sign: DecimalSign) -> Option<String> {
        let mut out = String::new();
        write_plain(text, sign, &mut out).then_some(out)
    }

    #[test]
    fn amounts_become_plain_digits() {
        use DecimalSign::{Comma, Point};
        for (text, sign, expected) in [
            ("1.234,56", Comma, Some("1234.56")),
            ("1.234,56", Point, None),
            ("$ 1,234.50", Point, Some("1234.50")),
            ("(1.000)", Comma, Some("-1000")),
            ("1000-", Point, Some("-1000")),
            ("-0,00", Comma, Some("0.00")),
            ("00012", Point, Some("12")),
            ("COP 12.000", Comma, Some("12000")),
            ("1.234,56,7", Comma, None),
            ("12.34", Comma, None),
            ("1.23.456", Comma, None),
            ("12.000 pesos aprox", Comma, None),
            (",5", Comma, None),
            ("5,", Comma, None),
            ("", Comma, None),
            ("1e5", Point, None),
            ("12,5 %", Comma, None),
            ("\u{a0}1.234\u{a0}", Comma, Some("1234")),
            ("$\u{a0}1.234,50", Comma, Some("1234.50")),
            ("1.234,50\u{a0}€", Comma, Some("1234.50")),
            ("R$ 1.234,50", Comma, Some("1234.50")),
            ("S/ 1,234.50", Point, Some("1234.50")),
            ("S/. 1,234.50", Point, Some("1234.50")),
            ("US$ 1,234.50", Point, Some("1234.50")),
            ("1,234.50 USD", Point, Some("1234.50")),
            ("- 1.234,50", Comma, Some("-1234.50")),
            ("-$ 1.234,50", Comma, Some("-1234.50")),
            ("$ -1.234,50", Comma, Some("-1234.50")),
            ("$(1.234,50)", Comma, Some("-1234.50")),
            ("($ 1.234,50)", Comma, Some("-1234.50")),
            ("1.234,50 -", Comma, Some("-1234.50")),
            ("−1.234,50", Comma, Some("-1234.50")),
            ("1 234 567,89", Comma, Some("1234567.89")),
            ("1\u{a0}234,50", Comma, Some("1234.50")),
            ("1\u{202f}234,50", Comma, Some("1234.50")),
            ("1'234.50", Point, Some("1234.50")),
            ("12 34,50", Comma, None),
            ("1 234 56", Comma, None),
            ("+1.234", Comma, Some("1234")),
            ("NaN", Comma, None),
            ("inf", Point, None),
            ("1e400", Point, None),
            ("123456789012345678901234567890", Comma, None),
            ("--5", Comma, None),
            ("(5", Comma, None),
            ("(-5)", Comma, None),
            ("-5-", Comma, None),
            ("$", Comma, None),
            ("1.234.567,89 COP", Comma, Some("1234567.89")),
        ] {
            assert_eq!(plain(text, sign).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn the_column_decides() {
        let decide = |values: &[&str]| {
            let mut probe = AmountProbe::default();
            for (row, text) in (2..).zip(values) {
                probe.see(row, Cell { kind: Kind::Text, text });
            }
            probe.decide()
        };
        let proof = |row, value: &str| Proof { row, value: value.to_owned() };
        for (values, decision) in [
            (vec!["1.234", "1.234,5"], Decision::Proved(DecimalSign::Comma, proof(3, "1.234,5"))),
            (vec!["1.234", "0.5"], Decision::Proved(DecimalSign::Point, proof(3, "0.5"))),
            (vec!["1.234.567"], Decision::Proved(DecimalSign::Comma, proof(2, "1.234.567"))),
            (vec!["1234", "x", ""], Decision::Free(DecimalSign::Point)),
            (vec!["1.234"], Decision::Unproved(proof(2, "1.234"))),
            (vec!["1,5", "1.5"], Decision::Contradicted(proof(2, "1,5"), proof(3, "1.5"))),
        ] {
            assert_eq!(decide(&values), decision, "{values:?}");
        }
    }

    proptest! {
        #[test]
        fn the_short_way_reads_amounts_as_the_long_way_does(text in "-?[0-9]{0,4}[.,]?[0-9]{0,4}[.,]?[0-9]{0,25}|[0-9]{1,3}(([.][0-9]{3}){1,9}(,[0-9]{0,9})?|(,[0-9]{3}){1,9}([.][0-9]{0,9})?)|[0-9]{1,4}([.,][0-9]{2,4}){1,3}", comma in any::<bool>()) {
            let sign = if comma { DecimalSign::Comma } else { DecimalSign::Point };
            let mut long = String::new();
            let expected = write_any(&text, sign, &mut long).then_some(long);
            prop_assert_eq!(plain(&text, sign), expected);
        }

        #[test]
        fn plain_digits_are_read_as_the_library_reads_them(text in "-?[0-9]{0,12}[.]?[0-9]{0,9}") {
            if let Ok(expected) = text.parse::<Decimal>() {
                let read = decimal_of(&text).unwrap();
                prop_assert_eq!((read, read.scale()), (expected, expected.scale()));
            }
        }

        #[test]
        fn what_is_known_of_a_column_changes_no_verdict(texts in proptest::collection::vec("[0-9]{1,4}[.,][0-9]{1,4}|[0-9]{1,3}([.,][0-9]{3}){1,3}([.,][0-9]{1,2})?", 1..8)) {
            let (mut probe, mut slots) = (AmountProbe::default(), [None, None, None]);
            for (row, text) in (2u32..).zip(&texts) {
                probe.see(row, Cell { kind: Kind::Text, text });
                let mut scratch = String::new();
                let reads = |sign, out: &mut String| write_any(text, sign, out);
                let slot = match (reads(DecimalSign::Comma, &mut scratch), reads(DecimalSign::Point, &mut scratch)) {
                    (true, false) => 0,
                    (false, true) => 1,
                    (true, true) => 2,
                    (false, false) => continue,
                };
                slots[slot].get_or_insert(row);
            }
            let seen = [&probe.comma, &probe.point, &probe.either].map(|proof| proof.as_ref().map(|proof| proof.row));
            prop_assert_eq!(seen, slots);
        }

        #[test]
        fn both_conventions_mean_the_same_amount(cents in -10_000_000_000i64..10_000_000_000) {
            let amount = Decimal::new(cents, 2);
            for (lang, sign) in [(crate::lang::Lang::Es, DecimalSign::Comma), (crate::lang::Lang::En, DecimalSign::Point)] {
                let read: Decimal = plain(&lang.money(amount), sign).unwrap().parse().unwrap();
                prop_assert_eq!(read, amount);
            }
        }
    }
}
