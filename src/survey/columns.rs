//! What a column holds, judged from all of its values: its kind, its format with proof, how full it is, damage.
//!
//! Made for `inspect` and for guessing a mapping; a load decides the formats of its mapped columns with the same
//! probes. Memory is bounded: distinct values are counted up to a limit, three samples are kept.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde::Serialize;

use super::amounts::AmountProbe;
use super::dates::{self, DateOrder, DateProbe};
use super::ids::{IdProbe, is_scientific};
use super::{DecimalSign, Decision, Format, Proof, amounts};
use crate::bytewise::is_digits;
use crate::source::{Cell, Kind, is_broken};

/// Distinct values that are counted of a column; beyond them the share is a lower bound.
const DISTINCT_MAX: usize = 100_000;
/// Distinct values that are counted of all columns of a table, however many it has.
const DISTINCT_IN_ALL: usize = 8_000_000;
/// Samples that are kept of a column.
const SAMPLES: usize = 3;
/// Share of a column's filled cells that must be of a kind, in percent.
const SHARE_MIN: u64 = 80;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnKind {
    /// Nothing.
    Blank,
    /// Dates.
    Date,
    /// Amounts with decimals or groups.
    Amount,
    /// Percentages.
    Percent,
    /// Whole numbers.
    Integer,
    /// E-mail addresses.
    Email,
    /// Numbers that name something: long, or with leading zeros.
    Id,
    /// Anything else.
    Text,
}

/// What is broken in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Damage {
    /// Cells with an error of Excel.
    pub error_cells: u64,
    /// Cells with bytes that could not be decoded.
    pub undecodable: u64,
    /// Numbers in scientific notation.
    pub scientific: u64,
    /// Numbers that lost their zeros or their last digits.
    pub digits_lost: u64,
    /// Text whose accents somebody else has broken.
    pub broken_text: u64,
    /// Formulas without a stored value.
    pub uncalculated: u64,
}

/// The verdict on a column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnVerdict {
    /// What it holds.
    pub kind: ColumnKind,
    /// The format of dates, amounts or padded numbers, with what proves it.
    pub format: Option<(Format, Option<Proof>)>,
    /// Whether the format is open: nothing proves it, or values contradict each other.
    pub open: bool,
    /// Filled cells.
    pub filled: u64,
    /// Cells in all.
    pub rows: u64,
    /// Different values among the filled cells, counted up to 100,000; fewer where a table has many columns.
    pub distinct: u64,
    /// The first different values.
    pub samples: Vec<String>,
    /// What is broken.
    pub damage: Damage,
}

/// Watches one column.
#[derive(Debug, Clone, Default)]
pub struct ColumnProbe {
    rows: u64,
    filled: u64,
    dates: DateProbe,
    amounts: AmountProbe,
    ids: IdProbe,
    of_kind: [u64; 5],
    longest_number: usize,
    leading_zeros: u64,
    short_numbers: Vec<u64>,
    long_zeros: u64,
    distinct: HashSet<u64>,
    /// Columns that are watched beside this one.
    others: usize,
    samples: Vec<String>,
    damage: Damage,
}

/// Places in `of_kind`.
const DATES: usize = 0;
const AMOUNTS: usize = 1;
const INTEGERS: usize = 2;
const EMAILS: usize = 3;
const PERCENTS: usize = 4;

impl ColumnProbe {
    /// A probe for one of so many columns.
    pub fn one_of(columns: usize) -> ColumnProbe {
        ColumnProbe { others: columns.saturating_sub(1), ..ColumnProbe::default() }
    }

    /// Takes the column's next value into account.
    pub fn see(&mut self, row: u32, cell: Cell<'_>) {
        self.rows += 1;
        let text = cell.trimmed();
        self.damage.uncalculated += u64::from(cell.kind == Kind::Uncalculated);
        if text.is_empty() {
            return;
        }
        self.filled += 1;
        self.remember(text);
        self.dates.see(row, cell);
        self.amounts.see(row, cell);
        self.ids.see(row, cell);
        self.damage.error_cells += u64::from(cell.is_error());
        self.damage.undecodable += u64::from(text.contains('\u{FFFD}'));
        self.damage.scientific += u64::from(is_scientific(text));
        self.damage.broken_text += u64::from(is_broken(text));
        self.count_kinds(cell, text);
    }

    fn remember(&mut self, text: &str) {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        if self.distinct.len() < DISTINCT_MAX.min(DISTINCT_IN_ALL / (self.others + 1))
            && self.distinct.insert(hasher.finish())
            && self.samples.len() < SAMPLES
        {
            self.samples.push(text.to_owned());
        }
    }

    fn count_kinds(&mut self, cell: Cell<'_>, text: &str) {
        let is_real_date = matches!(cell.kind, Kind::Date | Kind::Moment);
        let orders = [DateOrder::DayMonthYear, DateOrder::MonthDayYear, DateOrder::YearMonthDay];
        if is_real_date || orders.iter().any(|order| dates::parse(text, *order).is_some()) {
            self.of_kind[DATES] += 1;
            return;
        }
        if is_digits(text.as_bytes()) {
            self.of_kind[INTEGERS] += 1;
            self.longest_number = self.longest_number.max(text.len());
            self.leading_zeros += u64::from(text.len() > 1 && text.starts_with('0'));
            self.long_zeros += u64::from(super::ids::has_zero_tail(text));
            self.short_numbers.resize(self.short_numbers.len().max(text.len() + 1).min(64), 0);
            if let Some(count) = self.short_numbers.get_mut(text.len()) {
                *count += 1;
            }
            return;
        }
        let mut scratch = String::new();
        let percent = amounts::percent(text);
        let number = percent.unwrap_or(text);
        if amounts::write_plain(number, DecimalSign::Comma, &mut scratch)
            || amounts::write_plain(number, DecimalSign::Point, &mut scratch)
        {
            self.of_kind[if percent.is_some() { PERCENTS } else { AMOUNTS }] += 1;
        } else if text.contains('@') && !text.contains(' ') {
            self.of_kind[EMAILS] += 1;
        }
    }

    /// Judges the column.
    pub fn decide(mut self) -> ColumnVerdict {
        let kind = self.kind();
        let (mut format, mut open) = (None, false);
        match kind {
            ColumnKind::Date => (format, open) = settle(self.dates.decide(), Format::Dates),
            ColumnKind::Amount | ColumnKind::Percent => {
                (format, open) = settle(self.amounts.decide(), Format::Decimal);
            }
            ColumnKind::Id | ColumnKind::Integer => {
                let (shape, proof) = self.ids.decide();
                let width = shape.width.map_or(0, usize::from);
                let narrower: u64 = self.short_numbers.iter().take(width).sum();
                self.damage.digits_lost = narrower + if shape.long_zeros { self.long_zeros } else { 0 };
                format = proof.map(|proof| (Format::Ids(shape), Some(proof)));
            }
            ColumnKind::Blank | ColumnKind::Email | ColumnKind::Text => {}
        }
        ColumnVerdict {
            kind,
            format,
            open,
            filled: self.filled,
            rows: self.rows,
            distinct: self.distinct.len() as u64,
            samples: self.samples,
            damage: self.damage,
        }
    }

    fn kind(&self) -> ColumnKind {
        /// Longer whole numbers name something: a debtor, an obligation, a phone.
        const LONG_NUMBER: usize = 6;
        if self.filled == 0 {
            return ColumnKind::Blank;
        }
        let most = |count: u64| count * 100 >= self.filled * SHARE_MIN;
        let whole = self.of_kind[INTEGERS];
        if most(self.of_kind[DATES]) {
            ColumnKind::Date
        } else if most(whole + self.damage.scientific) {
            let names = self.leading_zeros > 0 || self.longest_number >= LONG_NUMBER;
            if names { ColumnKind::Id } else { ColumnKind::Integer }
        } else if most(whole + self.of_kind[AMOUNTS]) {
            ColumnKind::Amount
        } else if most(self.of_kind[PERCENTS]) {
            ColumnKind::Percent
        } else if most(self.of_kind[EMAILS]) {
            ColumnKind::Email
        } else {
            ColumnKind::Text
        }
    }
}

/// A decision as a format with its proof, and whether it is still open.
fn settle<F>(decision: Decision<F>, wrap: impl Fn(F) -> Format) -> (Option<(Format, Option<Proof>)>, bool) {
    match decision {
        Decision::Proved(format, proof) => (Some((wrap(format), Some(proof))), false),
        Decision::Free(_) => (None, false),
        Decision::Unproved(_) | Decision::Contradicted(..) => (None, true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(values: &[&str]) -> ColumnVerdict {
        let mut probe = ColumnProbe::default();
        for (row, text) in (2..).zip(values) {
            let kind = if text.is_empty() { Kind::Blank } else { Kind::Text };
            probe.see(row, Cell { kind, text });
        }
        probe.decide()
    }

    #[test]
    fn a_column_is_what_most_of_its_values_are() {
        for (values, kind, format) in [
            (vec!["31/01/2026", "01/02/2026"], ColumnKind::Date, Some("DD/MM/YYYY")),
            (vec!["1.234,50", "7"], ColumnKind::Amount, Some("1.234,56")),
            (vec!["12", "90", "3"], ColumnKind::Integer, None),
            (vec!["0012", "0090"], ColumnKind::Id, None),
            (vec!["1030555001", "1,03E+09"], ColumnKind::Id, None),
            (vec!["a@x.co", "", "b@x.co"], ColumnKind::Email, None),
            (vec!["12,5 %", "3%"], ColumnKind::Percent, Some("1.234,56")),
            (vec!["Ana", "12"], ColumnKind::Text, None),
            (vec!["", " "], ColumnKind::Blank, None),
        ] {
            let verdict = judge(&values);
            let found = verdict.format.as_ref().map(|(format, _)| format.to_string());
            assert_eq!((verdict.kind, found.as_deref()), (kind, format), "{values:?}");
        }
    }

    #[test]
    fn fill_distinct_samples_and_damage_are_counted() {
        let verdict = judge(&["x", "x", "", "y", "z", "w", "Pe\u{FFFD}a", "3,00E+09", "PeÃ±a"]);
        assert_eq!((verdict.rows, verdict.filled, verdict.distinct), (9, 8, 7));
        assert_eq!(verdict.samples, ["x", "y", "z"]);
        let damage = verdict.damage;
        assert_eq!((damage.undecodable, damage.scientific, damage.broken_text), (1, 1, 1));
        let open = judge(&["01/02/2026", "03/04/2026"]);
        assert!(open.open && open.format.is_none());
    }
}
