//! What the values of a table say: what most cells of a column look like, and which columns vary within a debtor.
//!
//! Two readings of the table, the second one with a debtor's column known. Memory is bounded: shapes are counts,
//! and of the first twenty thousand debtors one hash per column is kept. No value is kept but the survey's samples.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

use crate::bytewise::is_digits;
use crate::mapping::{names, shapes};
use crate::source::{Cell, Cursor, Form, Kind, Row, RowBuffer, Table};
use crate::survey::columns::{ColumnProbe, ColumnVerdict};
use crate::survey::rows::RowKinds;
use crate::survey::{DateOrder, DecimalSign, Header, amounts, dates};

/// Debtors whose rows are compared.
const DEBTORS_MAX: usize = 20_000;
/// Their cells that are remembered, however many columns the table has.
const CELLS_MAX: usize = 4_000_000;

/// What one column holds.
#[derive(Debug)]
pub struct ColumnSeen {
    /// The survey's verdict.
    pub verdict: ColumnVerdict,
    /// What its filled cells look like.
    pub shapes: Shapes,
}

/// How many filled cells look like something; a cell may look like several things.
#[derive(Debug, Clone, Default)]
pub struct Shapes {
    filled: u64,
    counts: [u64; 13],
}

/// Something that a cell may look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A number of an identity or tax document.
    Document,
    /// A number or code that names an obligation.
    Code,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A date.
    Date,
    /// An amount of money.
    Amount,
    /// A whole number of up to five digits.
    Small,
    /// Words without a digit.
    Words,
    /// Any text with letters that is nothing of the above.
    Text,
    /// A whole number up to ninety-nine.
    Few,
    /// A date before 1990: somebody's birth.
    LongAgo,
    /// Yes or no.
    YesNo,
    /// A time of day.
    Clock,
}

impl Shapes {
    /// Counts a cell.
    pub fn see(&mut self, cell: Cell<'_>) {
        let text = cell.trimmed();
        if text.is_empty() {
            return;
        }
        self.filled += 1;
        let is_date = matches!(cell.kind, Kind::Date | Kind::Moment) || is_text_date(text);
        let email = text.contains('@');
        let letters = text.chars().any(char::is_alphabetic);
        let digits = text.bytes().any(|byte| byte.is_ascii_digit());
        let decimal = cell.kind == Kind::Number && text.contains('.');
        let mut count = |shape: Shape, is: bool| self.counts[shape as usize] += u64::from(is);
        count(Shape::Email, email && !text.contains(' '));
        count(Shape::YesNo, letters && shapes::boolean(text).is_some());
        count(Shape::Clock, is_clock(text));
        count(Shape::Date, is_date || is_compact_date(text));
        count(Shape::LongAgo, is_date && is_long_ago(text));
        if is_date || email {
            return;
        }
        count(Shape::Document, !decimal && is_document(text));
        count(Shape::Code, !decimal && is_code(text));
        count(Shape::Phone, !decimal && is_phone(text));
        count(Shape::Amount, is_amount(text));
        count(Shape::Small, is_small(text));
        count(Shape::Few, is_small(text) && text.parse().is_ok_and(|number: u8| number <= 99));
        count(Shape::Words, letters && !digits);
        count(Shape::Text, letters);
    }

    /// Share of the filled cells that look like something, in percent.
    pub fn share(&self, shape: Shape) -> u64 {
        (self.counts[shape as usize] * 100).checked_div(self.filled).unwrap_or(0)
    }

    /// Whether there is a value at all.
    pub fn any(&self) -> bool {
        self.filled > 0
    }
}

const ORDERS: [DateOrder; 3] = [DateOrder::DayMonthYear, DateOrder::MonthDayYear, DateOrder::YearMonthDay];

fn is_text_date(text: &str) -> bool {
    ORDERS.iter().any(|order| dates::parse(text, *order).is_some())
}

fn is_long_ago(text: &str) -> bool {
    const SINCE: i16 = 1990;
    ORDERS.iter().find_map(|order| dates::parse(text, *order)).is_some_and(|date| date.year() < SINCE)
}

fn is_compact_date(text: &str) -> bool {
    const YEARS: std::ops::RangeInclusive<i16> = 1930..=2069;
    dates::parse(text, DateOrder::Compact).is_some_and(|date| YEARS.contains(&date.year()))
}

/// Numbers of documents from Mexico to Argentina: 6 to 15 digits, with points, hyphens and a check letter, the
/// letters of Mexico's RFC and CURP, of Venezuela's kinds of persons, of passports.
fn is_document(text: &str) -> bool {
    let tail = text.rfind(['.', ',']).map(|at| &text[at + 1..]);
    let cents = tail.is_some_and(|tail| tail.len() != 3 && is_digits(tail.as_bytes()));
    if cents || text.contains(' ') {
        return false;
    }
    let plain: String =
        text.chars().filter(|c| !matches!(c, '.' | '-' | '/')).flat_map(char::to_uppercase).collect();
    let digits = plain.bytes().filter(u8::is_ascii_digit).count();
    let head = plain.chars().take_while(|c| c.is_alphabetic()).count();
    let letters = plain.chars().count() - digits;
    let behind: Vec<char> = plain.chars().skip(head).collect();
    let dated = behind.len() >= 8 && behind[..6].iter().all(char::is_ascii_digit);
    match head {
        0 if letters == 0 => (6..=15).contains(&digits),
        0 => letters == 1 && plain.ends_with('K') && (7..=8).contains(&digits),
        1 if letters == 1 => (6..=9).contains(&digits),
        2 if letters == 2 => (6..=9).contains(&digits) && text.chars().nth(2) != Some('-'),
        3 | 4 => dated && matches!(behind.len(), 8 | 9 | 14),
        _ => false,
    }
}

/// Short, of letters, digits and a few signs, at least one digit, and no amount with cents.
fn is_code(text: &str) -> bool {
    let sign = |c: char| matches!(c, '-' | '/' | '_' | '.' | '#' | ' ');
    let words = text.split(' ').count();
    let cents = text.rsplit_once(['.', ',']).is_some_and(|(head, tail)| {
        tail.len() < 3 && head.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','))
    });
    let digits = text.bytes().any(|byte| byte.is_ascii_digit());
    digits && !cents && words <= 3 && text.len() <= 40 && text.chars().all(|c| c.is_alphanumeric() || sign(c))
}

/// 7 to 13 digits, without letters: a Colombian landline to an Argentinian mobile with its country.
fn is_phone(text: &str) -> bool {
    let sign = |c: char| matches!(c, '+' | '-' | '(' | ')' | ' ' | '.' | '/');
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (7..=13).contains(&digits) && text.chars().all(|c| c.is_ascii_digit() || sign(c))
}

fn is_amount(text: &str) -> bool {
    let padded = text.len() > 1 && text.starts_with('0') && is_digits(text.as_bytes());
    let long = text.len() > 12 && is_digits(text.as_bytes());
    let mut scratch = String::new();
    let plain = amounts::write_plain(text, DecimalSign::Comma, &mut scratch)
        || amounts::write_plain(text, DecimalSign::Point, &mut scratch);
    plain && !padded && !long
}

/// `8:15`, `08:15:30`, `8:15 p. m.`
fn is_clock(text: &str) -> bool {
    let (clock, half) = text.split_once(' ').unwrap_or((text, ""));
    let half_is_one =
        half.chars().all(|c| matches!(c, 'a' | 'p' | 'm' | 'A' | 'P' | 'M' | '.' | ' ' | '\u{a0}'));
    let parts: Vec<&str> = clock.split(':').collect();
    let is_part = |part: &&str| (1..=2).contains(&part.len()) && is_digits(part.as_bytes());
    half_is_one && (2..=3).contains(&parts.len()) && parts.iter().all(is_part)
}

fn is_small(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let padded = digits.len() > 1 && digits.starts_with('0');
    (1..=5).contains(&digits.len()) && !padded && is_digits(digits.as_bytes())
}

/// Reads the rows that are data and whole, one after the other.
pub fn each_row(table: &Table, header: &Header, mut see: impl FnMut(Row<'_>)) {
    let kinds = RowKinds::new(header, Vec::new());
    let mut cursor = Cursor::at(&table.text, table.form, header.data_offset, header.data_row);
    let mut buffer = RowBuffer::default();
    while cursor.read(&mut buffer) {
        if matches!(table.form, Form::Csv { .. }) {
            buffer.check_width(&table.text, header.names.len());
        }
        let row = Row::of(&table.text, &buffer);
        if !row.is_blank() && row.flaw().is_none() && kinds.classify(row).is_none() {
            see(row);
        }
    }
}

/// Looks at every column of a table.
pub fn columns(table: &Table, header: &Header) -> Vec<ColumnSeen> {
    let probe = |_| (ColumnProbe::one_of(header.names.len()), Shapes::default());
    let mut watched: Vec<(ColumnProbe, Shapes)> = header.names.iter().map(probe).collect();
    each_row(table, header, |row| {
        for (column, (probe, shapes)) in watched.iter_mut().enumerate() {
            probe.see(row.number(), row.cell(column));
            shapes.see(row.cell(column));
        }
    });
    watched.into_iter().map(|(probe, shapes)| ColumnSeen { verdict: probe.decide(), shapes }).collect()
}

/// Looks at groups of columns, each as if it were one column.
pub fn together(table: &Table, header: &Header, groups: &[Vec<usize>]) -> Vec<ColumnSeen> {
    let probe = |_| (ColumnProbe::one_of(groups.len()), Shapes::default());
    let mut watched: Vec<(ColumnProbe, Shapes)> = groups.iter().map(probe).collect();
    each_row(table, header, |row| {
        for ((probe, shapes), columns) in watched.iter_mut().zip(groups) {
            for column in columns {
                probe.see(row.number(), row.cell(*column));
                shapes.see(row.cell(*column));
            }
        }
    });
    watched.into_iter().map(|(probe, shapes)| ColumnSeen { verdict: probe.decide(), shapes }).collect()
}

/// Which columns vary within a debtor.
#[derive(Debug, Default)]
pub struct Spread {
    /// Debtors with more than one row.
    pub repeated: u64,
    /// For each column, how many of them have different values in it.
    pub varying: Vec<u64>,
}

impl Spread {
    /// Fewer debtors than these show nothing.
    const REPEATED_MIN: u64 = 5;

    /// Share of the debtors with several rows whose rows differ in a column, in percent; nothing where too few
    /// debtors have several rows.
    pub fn share(&self, column: usize) -> Option<u64> {
        (self.repeated >= Self::REPEATED_MIN).then(|| self.varying[column] * 100 / self.repeated)
    }
}

/// Compares the rows of each debtor; `key` is the column that names the debtor.
pub fn spread(table: &Table, header: &Header, key: usize) -> Spread {
    let hasher: BuildHasherDefault<DefaultHasher> = BuildHasherDefault::default();
    let mut debtors: HashMap<u64, Debtor> = HashMap::new();
    let most = DEBTORS_MAX.min(CELLS_MAX / header.names.len().max(1));
    each_row(table, header, |row| {
        let name = row.cell(key).trimmed();
        let full = debtors.len() >= most;
        let name_hash = hasher.hash_one(name);
        if name.is_empty() || (full && !debtors.contains_key(&name_hash)) {
            return;
        }
        let debtor = debtors.entry(name_hash).or_insert_with(|| Debtor::new(header.names.len()));
        debtor.rows += 1;
        for (column, first) in debtor.firsts.iter_mut().enumerate() {
            let text = row.cell(column).trimmed();
            if text.is_empty() {
                continue;
            }
            match *first {
                None => *first = Some(hasher.hash_one(text)),
                Some(known) => debtor.varies[column] |= known != hasher.hash_one(text),
            }
        }
    });
    let mut spread = Spread { repeated: 0, varying: vec![0; header.names.len()] };
    for debtor in debtors.values().filter(|debtor| debtor.rows > 1) {
        spread.repeated += 1;
        for (count, varies) in spread.varying.iter_mut().zip(&debtor.varies) {
            *count += u64::from(*varies);
        }
    }
    spread
}

/// What the rows of a debtor have held so far.
struct Debtor {
    rows: u64,
    firsts: Vec<Option<u64>>,
    varies: Vec<bool>,
}

impl Debtor {
    fn new(columns: usize) -> Debtor {
        Debtor { rows: 0, firsts: vec![None; columns], varies: vec![false; columns] }
    }
}

/// How many rows have a blank in every one of some columns, of how many.
pub fn blanks(table: &Table, header: &Header, columns: &[usize]) -> (u64, u64) {
    let (mut blank, mut rows) = (0, 0);
    each_row(table, header, |row| {
        rows += 1;
        blank += u64::from(columns.iter().all(|column| row.cell(*column).is_blank()));
    });
    (blank, rows)
}

/// How many lines have a blank in one of their columns, of how many; a line is the columns of one number, given with
/// the one that is asked about, and is there where any of them is filled.
pub fn blanks_in_lines(table: &Table, header: &Header, lines: &[(Vec<usize>, usize)]) -> (u64, u64) {
    let (mut blank, mut filled) = (0, 0);
    each_row(table, header, |row| {
        for (columns, asked) in lines {
            let is_there = columns.iter().any(|column| !row.cell(*column).is_blank());
            filled += u64::from(is_there);
            blank += u64::from(is_there && row.cell(*asked).is_blank());
        }
    });
    (blank, filled)
}

/// The different texts of a column, as a value map tells them apart, if they are no more than so many.
pub fn few_texts(table: &Table, header: &Header, column: usize, most: usize) -> Option<Vec<String>> {
    let mut texts: Vec<(String, String)> = Vec::new();
    each_row(table, header, |row| {
        let text = row.cell(column).trimmed();
        if !text.is_empty() && texts.len() <= most && !texts.iter().any(|(known, _)| known == text) {
            let folded = names::folded(text);
            if !texts.iter().any(|(_, known)| *known == folded) {
                texts.push((text.to_owned(), folded));
            }
        }
    });
    (texts.len() <= most).then(|| texts.into_iter().map(|(text, _)| text).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_look_like_what_they_are() {
        use Shape::{
            Amount, Clock, Code, Date, Document, Email, Few, LongAgo, Phone, Small, Text, Words, YesNo,
        };
        for (text, shapes) in [
            ("1900345678", vec![Document, Code, Phone, Amount]),
            ("1.900.345.678", vec![Document, Code, Phone, Amount]),
            ("900.123.456-7", vec![Document, Code, Phone]),
            ("19.223.344-K", vec![Document, Code, Text]),
            ("PARA800101AB1", vec![Document, Code, Text]),
            ("PARA800101MDFZZN01", vec![Document, Code, Text]),
            ("V12345678", vec![Document, Code, Text]),
            ("123.456.789-09", vec![Document, Code, Phone]),
            ("FV-1-1201", vec![Code, Text]),
            ("CR-00123", vec![Code, Text]),
            ("0004512001", vec![Document, Code, Phone]),
            ("20260531", vec![Date, Document, Code, Phone, Amount]),
            ("31/05/2026", vec![Date]),
            ("1512.50", vec![Amount]),
            ("1.512.500,50", vec![Amount]),
            ("35", vec![Code, Amount, Small, Few]),
            ("135", vec![Code, Amount, Small]),
            ("31/05/1984", vec![Date, LongAgo]),
            ("1-30", vec![Code]),
            ("Ana Paz Ruiz", vec![Words, Text]),
            ("Calle 12 # 4-58", vec![Text]),
            ("ana@example.com", vec![Email]),
            ("+593 95 555 0123", vec![Phone]),
            ("Sí", vec![Words, Text, YesNo]),
            ("08:15", vec![Clock]),
            ("8:15 p. m.", vec![Clock, Text]),
        ] {
            let mut seen = Shapes::default();
            seen.see(Cell { kind: Kind::Text, text });
            let all =
                [Document, Code, Email, Phone, Date, Amount, Small, Words, Text, Few, LongAgo, YesNo, Clock];
            let found: Vec<Shape> = all.into_iter().filter(|shape| seen.share(*shape) == 100).collect();
            let expected: Vec<Shape> = all.into_iter().filter(|shape| shapes.contains(shape)).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
