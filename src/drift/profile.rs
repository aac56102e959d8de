//! What a load was like as a whole, small enough to be kept for ever: headers, formats, counts and sums.
//!
//! It is made while records are assembled, of the rows that the filters let through, in one look at each mapped
//! cell. It never holds a value of a debtor: a median is rounded to its first two digits.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::bytewise::{has_ascii_letter, is_digits};
use crate::mapping::bind::BoundField;
use crate::mapping::convert::is_nothing;
use crate::mapping::short_way::Seen;
use crate::portfolio::{Assembler, OpenTable};
use crate::problem::{Place, RowId};
use crate::source::Row;
use crate::survey::amounts::{Small, Sum, decimal_of};
use crate::survey::{Format, Verdict};
use crate::target::FieldKind;

/// What a load was like.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Profile {
    /// Its tables, in their order.
    pub tables: Vec<TableProfile>,
    /// Rows of data that the filters let through, in all tables.
    pub rows: u64,
    /// Records that they make, the invalid ones too.
    pub records: u64,
}

/// What a table was like.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TableProfile {
    /// Its file.
    pub file: String,
    /// Its sheet.
    pub sheet: Option<String>,
    /// Its encoding, or its workbook's kind.
    pub encoding: String,
    /// All its column names.
    pub header: Vec<String>,
    /// The columns that feed a field.
    pub columns: Vec<ColumnProfile>,
}

/// What a column was like.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ColumnProfile {
    /// Its name.
    pub name: String,
    /// Its place in the header, from 0.
    pub at: usize,
    /// The fields that it feeds.
    pub fields: Vec<String>,
    /// Whether it holds identifications, whose width matters.
    pub is_id: bool,
    /// The order of its dates or its decimal sign, where a value proved one.
    pub format: Option<Format>,
    /// Cells.
    pub cells: u64,
    /// Cells that are blank.
    pub blanks: u64,
    /// Values with a letter.
    pub words: u64,
    /// Where it holds identifications, values of digits alone, by their number of digits, as far as there are any; the
    /// 32nd place is for all longer ones.
    pub widths: Vec<u64>,
    /// What it adds up to, where it holds amounts.
    pub amounts: Option<Amounts>,
}

/// What a column of amounts comes to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Amounts {
    /// Its sum.
    pub sum: Decimal,
    /// Amounts other than zero.
    pub count: u64,
    /// Their median without its sign, to two digits.
    pub median: Decimal,
}

impl TableProfile {
    /// Where a column of it is.
    pub fn place(&self, column: Option<&str>) -> String {
        let column = column.map(str::to_owned);
        Place { file: self.file.clone(), sheet: self.sheet.clone(), row: None, column }.to_string()
    }
}

impl ColumnProfile {
    /// Cells that are not blank.
    pub fn filled(&self) -> u64 {
        self.cells - self.blanks
    }
}

/// Widest number whose width is counted.
const WIDTHS: usize = 32;
/// Powers of ten that medians are told apart by: from the fourth decimal place to the 27th digit.
const POWERS: usize = 32;
const SMALLEST_POWER: i32 = -4;
/// Two leading digits, 10 to 99, in each power of ten.
const STEPS: usize = 90;

/// Watches the rows of a load.
#[derive(Debug)]
pub struct Profiler<'t> {
    tables: Vec<TableWatch<'t>>,
    profile: Profile,
    in_record: bool,
}

/// A table under watch.
#[derive(Debug)]
struct TableWatch<'t> {
    /// Rows, so cells of each column.
    rows: u64,
    columns: Vec<Watched<'t>>,
}

/// A column under watch.
#[derive(Debug)]
struct Watched<'t> {
    column: usize,
    blank_values: &'t [String],
    profile: ColumnProfile,
    amounts: Option<AmountWatch>,
    /// How many cells were seen to be blank or words, or neither.
    seen: [u64; 3],
}

/// The places of the counts of [`Watched::seen`].
const BLANK: usize = 0;
const WORDS: usize = 1;
const NEITHER: usize = 2;

#[derive(Debug)]
struct AmountWatch {
    sum: Sum,
    steps: Vec<u64>,
}

impl AmountWatch {
    fn new() -> AmountWatch {
        AmountWatch { sum: Sum::default(), steps: vec![0; POWERS * STEPS] }
    }

    /// Adds an amount, given as plain digits, and as a number where it is a small one.
    fn add(&mut self, plain: &str, small: Option<Small>) {
        if !self.sum.add(small, || decimal_of(plain)) {
            return;
        }
        if let Some(step) = step_of(plain) {
            self.steps[step] += 1;
        }
    }

    fn absorb(&mut self, other: &AmountWatch) {
        self.sum.absorb(&other.sum);
        self.steps.iter_mut().zip(&other.steps).for_each(|(own, other)| *own += other);
    }
}

impl<'t> Profiler<'t> {
    /// Nothing seen yet; the formats of the tables are decided.
    pub fn new(tables: &'t [OpenTable<'t>], verdicts: &[Verdict]) -> Profiler<'t> {
        let profile = |open: &OpenTable<'_>| TableProfile {
            file: open.place.file.clone(),
            sheet: open.place.sheet.clone(),
            encoding: open.table.encoding.to_owned(),
            header: open.header.names.clone(),
            columns: Vec::new(),
        };
        let watched = |open| {
            let columns: BTreeSet<usize> =
                mapped(open).flat_map(|field| field.columns.iter().copied()).collect();
            let columns = columns.into_iter().map(|column| Watched::new(open, column, verdicts));
            TableWatch { rows: 0, columns: columns.collect() }
        };
        Profiler {
            tables: tables.iter().map(watched).collect(),
            profile: Profile { tables: tables.iter().map(profile).collect(), ..Profile::default() },
            in_record: false,
        }
    }

    /// The next rows are another record's.
    pub fn begin_record(&mut self) {
        self.in_record = false;
    }

    /// Takes a row of data into account that the filters let through and that was just taken: what its cells were seen
    /// to be on their way to their values needs no second look.
    pub fn keep(&mut self, row: Row<'_>, id: RowId, taken: &Assembler) {
        self.profile.rows += 1;
        self.profile.records += u64::from(!std::mem::replace(&mut self.in_record, true));
        if row.flaw().is_some() {
            // Its cells may stand under other columns' names.
            return;
        }
        let table = &mut self.tables[usize::from(id.table)];
        table.rows += 1;
        for watched in &mut table.columns {
            watched.see(row, taken);
        }
    }

    /// Adds what another one has seen, of other records of the same tables.
    pub fn absorb(&mut self, other: Profiler<'_>) {
        self.profile.rows += other.profile.rows;
        self.profile.records += other.profile.records;
        for (own, other) in self.tables.iter_mut().zip(other.tables) {
            own.rows += other.rows;
            own.columns.iter_mut().zip(other.columns).for_each(|(own, other)| own.absorb(other));
        }
    }

    /// What the load is like.
    pub fn finish(mut self) -> Profile {
        for (table, watched) in self.profile.tables.iter_mut().zip(self.tables) {
            let rows = watched.rows;
            table.columns = watched.columns.into_iter().map(|column| column.finish(rows)).collect();
        }
        self.profile
    }
}

/// The fields that a table feeds.
fn mapped<'t>(open: &'t OpenTable<'t>) -> impl Iterator<Item = &'t BoundField<'t>> {
    open.bound.all()
}

impl<'t> Watched<'t> {
    fn new(open: &'t OpenTable<'t>, column: usize, verdicts: &[Verdict]) -> Watched<'t> {
        let feeds: Vec<&BoundField<'t>> =
            mapped(open).filter(|field| field.columns.contains(&column)).collect();
        let is_kind = |kind: FieldKind| feeds.iter().copied().find(|field| field.rule.cell_kind() == kind);
        let name = &open.header.names[column];
        let format = verdicts
            .iter()
            .filter(|verdict| verdict.table == open.table.name && verdict.column == *name)
            .map(|verdict| verdict.format)
            .find(|format| !matches!(format, Format::Ids(_)));
        // Of several columns that make one amount, the first one stands for it.
        let amount = is_kind(FieldKind::Amount).filter(|field| field.columns.first() == Some(&column));
        Watched {
            column,
            blank_values: feeds.first().map_or(&[], |field| field.blank_values),
            profile: ColumnProfile {
                name: name.clone(),
                at: column,
                fields: feeds.iter().map(|field| field.rule.name.clone()).collect(),
                is_id: is_kind(FieldKind::Id).is_some(),
                format,
                widths: vec![0; WIDTHS],
                ..ColumnProfile::default()
            },
            amounts: amount.map(|_field| AmountWatch::new()),
            seen: [0; 3],
        }
    }

    fn see(&mut self, row: Row<'_>, taken: &Assembler) {
        let kind = match taken.seen_in(self.column) {
            Seen::Blank => BLANK,
            Seen::Words => WORDS,
            Seen::Signs => NEITHER,
            Seen::NoLetter | Seen::Digits(_) if !self.profile.is_id => NEITHER,
            Seen::Digits(count) => self.count_digits(usize::from(count)),
            Seen::NoLetter | Seen::Unknown => self.look(row),
        };
        self.seen[kind] += 1;
        if let Some(amounts) = &mut self.amounts
            && let Some((plain, small)) = taken.amount_in(self.column)
        {
            amounts.add(plain, small);
        }
    }

    /// Looks at the cell itself.
    fn look(&mut self, row: Row<'_>) -> usize {
        let cell = row.cell(self.column);
        let text = cell.trimmed();
        if is_nothing(cell.kind, text, self.blank_values) {
            BLANK
        } else if is_digits(text.as_bytes()) {
            self.count_digits(text.len())
        } else if has_letter(text) {
            WORDS
        } else {
            NEITHER
        }
    }

    fn count_digits(&mut self, count: usize) -> usize {
        if self.profile.is_id {
            self.profile.widths[count.min(WIDTHS - 1)] += 1;
        }
        NEITHER
    }

    fn absorb(&mut self, other: Watched<'_>) {
        let (own, others) = (&mut self.profile, &other.profile);
        own.widths.iter_mut().zip(&others.widths).for_each(|(own, other)| *own += other);
        self.seen.iter_mut().zip(other.seen).for_each(|(own, other)| *own += other);
        if let Some((own, other)) = self.amounts.as_mut().zip(other.amounts) {
            own.absorb(&other);
        }
    }

    fn finish(mut self, rows: u64) -> ColumnProfile {
        self.profile.cells = rows;
        [self.profile.blanks, self.profile.words, _] = self.seen;
        let widths = &mut self.profile.widths;
        widths.truncate(widths.iter().rposition(|count| *count > 0).map_or(0, |last| last + 1));
        self.profile.amounts = self.amounts.map(|watch| {
            let count = watch.steps.iter().sum();
            Amounts { sum: watch.sum.total(), count, median: median(&watch.steps, count) }
        });
        self.profile
    }
}

/// Whether a value has a letter; most that have one begin with it.
fn has_letter(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphabetic)
        || has_ascii_letter(bytes)
        || (!text.is_ascii() && text.chars().any(char::is_alphabetic))
}

/// Which step an amount's plain digits (`-1234.56`) fall into: its power of ten and its first two digits. None for zero.
fn step_of(plain: &str) -> Option<usize> {
    step_of_large(plain.as_bytes()).or_else(|| step_of_any(plain))
}

/// As [`step_of`], of an amount above ten, as most are; none for another one.
fn step_of_large(plain: &[u8]) -> Option<usize> {
    let [first @ b'1'..=b'9', second @ b'0'..=b'9', ..] = plain else { return None };
    let whole = match plain {
        [whole @ .., b'.', _, _] => whole.len(),
        _ => plain.iter().position(|byte| *byte == b'.').unwrap_or(plain.len()),
    };
    let power = (whole - 1 + SMALLEST_POWER.unsigned_abs() as usize).min(POWERS - 1);
    Some(power * STEPS + usize::from(first - b'0') * 10 + usize::from(second - b'0') - 10)
}

fn step_of_any(plain: &str) -> Option<usize> {
    let plain = plain.trim_start_matches('-');
    let whole = plain.split('.').next().unwrap_or_default().len();
    let mut digits = plain.bytes().filter(u8::is_ascii_digit);
    let zeros = digits.by_ref().position(|digit| digit != b'0')?;
    let first = plain.bytes().filter(u8::is_ascii_digit).nth(zeros)? - b'0';
    let second = digits.next().map_or(0, |digit| digit - b'0');
    let power = i32::try_from(whole).ok()? - 1 - i32::try_from(zeros).ok()?;
    let power = usize::try_from(power - SMALLEST_POWER).unwrap_or(0).min(POWERS - 1);
    Some(power * STEPS + usize::from(first) * 10 + usize::from(second) - 10)
}

/// The lowest amount of the step that the middle one of all falls into.
fn median(steps: &[u64], count: u64) -> Decimal {
    let mut below = 0;
    let middle = steps.iter().position(|amounts| {
        below += amounts;
        below > count / 2
    });
    let Some(step) = middle else { return Decimal::ZERO };
    let leading = Decimal::from(step % STEPS + 10);
    let power = i32::try_from(step / STEPS).unwrap_or(0) + SMALLEST_POWER - 1;
    let ten = Decimal::TEN;
    (0..power.unsigned_abs())
        .fold(leading, |amount, _| if power > 0 { amount * ten } else { amount / ten })
        .normalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survey::amounts::small_number;
    use proptest::prelude::*;

    proptest! {
        /// Amounts are added up, and fall into their steps, whichever way they are read.
        #[test]
        fn amounts_are_summed_exactly(amounts in proptest::collection::vec("-?(0|[1-9][0-9]{0,14})([.][0-9]{1,9})?", 0..20), cut in 0usize..20) {
            let (mut watch, mut other) = (AmountWatch::new(), AmountWatch::new());
            for (at, plain) in amounts.iter().enumerate() {
                let watch = if at < cut { &mut watch } else { &mut other };
                watch.add(plain, small_number(plain));
            }
            watch.absorb(&other);
            prop_assert_eq!(watch.steps.iter().sum::<u64>(), amounts.iter().filter(|plain| step_of(plain).is_some()).count() as u64);
            let sum: Decimal = amounts.iter().map(|plain| plain.parse::<Decimal>().unwrap()).sum();
            prop_assert_eq!(watch.sum.total(), sum);
            for plain in &amounts {
                prop_assert_eq!(step_of(plain), step_of_any(plain), "{}", plain);
            }
        }
    }

    #[test]
    fn what_another_one_has_seen_is_added() {
        let of = |cells, words, widths: &[u64], amounts: &[&str]| {
            let mut watch = AmountWatch::new();
            for plain in amounts {
                watch.add(plain, small_number(plain));
            }
            let profile = ColumnProfile { widths: widths.to_vec(), ..ColumnProfile::default() };
            let seen = [1, words, 0];
            let watched = Watched { column: 0, blank_values: &[], profile, amounts: Some(watch), seen };
            let profile = Profile { rows: cells, records: words, ..Profile::default() };
            let profile = Profile { tables: vec![TableProfile::default()], ..profile };
            let tables = vec![TableWatch { rows: cells, columns: vec![watched] }];
            Profiler { tables, profile, in_record: true }
        };
        let mut profiler = of(5, 2, &[0, 1, 1], &["1.5", "2"]);
        profiler.absorb(of(7, 3, &[1, 0, 4], &["-0.25"]));
        let profile = profiler.finish();
        assert_eq!((profile.rows, profile.records), (12, 5));
        let column = &profile.tables[0].columns[0];
        assert_eq!((column.cells, column.blanks, column.words), (12, 2, 5));
        assert_eq!(column.widths, [1, 1, 5]);
        let amounts = column.amounts.as_ref().unwrap();
        assert_eq!(
            (amounts.sum.to_string(), amounts.count, amounts.median.to_string()),
            ("3.25".into(), 3, "1.5".into())
        );
    }

    #[test]
    fn medians_are_known_to_two_digits() {
        let of = |amounts: &[&str]| {
            let mut watch = AmountWatch::new();
            for plain in amounts {
                watch.add(plain, small_number(plain));
            }
            let count = watch.steps.iter().sum();
            (median(&watch.steps, count).to_string(), count)
        };
        assert_eq!(of(&["1000.25"]), ("1000".into(), 1));
        assert_eq!(of(&["1", "-1299.5", "50000000"]), ("1200".into(), 3));
        assert_eq!(of(&["0.0567"]), ("0.056".into(), 1));
        assert_eq!(of(&["0", "0.00"]), ("0".into(), 0));
        assert_eq!(of(&["99"]), ("99".into(), 1));
    }
}
