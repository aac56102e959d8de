//! Which rows of a file are loaded: simple conditions on columns, all of which must hold.
//!
//! A row that does not meet one is skipped, and counted with the line of the mapping that leaves it out. A cell
//! that a condition cannot read is a problem of its row: neither loaded nor left out in silence. Amounts and dates
//! are read by the verdict on their whole column.

use rust_decimal::Decimal;

use super::bind::BoundField;
use super::convert::{Converted, convert};
use super::{FieldRule, names};
use crate::problem::{Problem, RowId};
use crate::source::Row;

/// One column's condition.
#[derive(Debug, Clone)]
pub struct Filter {
    /// The column, read as what the condition compares.
    pub rule: FieldRule,
    /// What its value must be.
    pub condition: Condition,
    /// Where the mapping says so: `m.toml:12 «Estado»`.
    pub place: String,
}

/// What a value must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// One of these texts, compared without case and accents.
    In(Vec<String>),
    /// None of these texts.
    NotIn(Vec<String>),
    /// Blank, or not blank.
    Blank(bool),
    /// An amount within these bounds.
    Amount(Vec<(Bound, Decimal)>),
    /// A date between these, both included, as `YYYY-MM-DD`.
    Date(Option<String>, Option<String>),
}

/// How an amount is bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// More than.
    Above,
    /// Less than.
    Below,
    /// As much, or more.
    AtLeast,
    /// As much, or less.
    AtMost,
}

impl Bound {
    fn holds(self, value: Decimal, bound: Decimal) -> bool {
        match self {
            Bound::Above => value > bound,
            Bound::Below => value < bound,
            Bound::AtLeast => value >= bound,
            Bound::AtMost => value <= bound,
        }
    }
}

impl Condition {
    /// Whether a value meets it; a blank is within no bounds.
    fn holds(&self, value: &str) -> bool {
        let is_in = |texts: &[String]| texts.iter().any(|text| names::folded(text) == names::folded(value));
        match self {
            Condition::In(texts) => !value.is_empty() && is_in(texts),
            Condition::NotIn(texts) => !is_in(texts),
            Condition::Blank(blank) => value.is_empty() == *blank,
            Condition::Amount(bounds) => value
                .parse()
                .is_ok_and(|value: Decimal| bounds.iter().all(|(bound, limit)| bound.holds(value, *limit))),
            // Dates of this form are in the order of their texts.
            Condition::Date(from, to) => {
                !value.is_empty()
                    && from.as_deref().is_none_or(|from| value >= from)
                    && to.as_deref().is_none_or(|to| value <= to)
            }
        }
    }
}

/// What the filters say of a row.
#[derive(Debug)]
pub enum Sifted<'f> {
    /// It is loaded.
    Kept,
    /// This filter leaves it out.
    Out(&'f Filter),
    /// A filter's cell cannot be read.
    Unreadable(Box<Problem>),
}

/// A filter whose column is found.
#[derive(Debug, Clone)]
pub struct BoundFilter<'m> {
    /// The filter.
    pub filter: &'m Filter,
    /// Its column.
    pub field: BoundField<'m>,
}

/// Asks the filters about a row. A row of the wrong shape is kept: its cells may stand in other columns, and its
/// shape is a problem of its own.
pub fn sift<'m>(filters: &[BoundFilter<'m>], row: Row<'_>, id: RowId) -> Sifted<'m> {
    if filters.is_empty() || row.flaw().is_some() {
        return Sifted::Kept;
    }
    let mut value = String::new();
    let mut unreadable = None;
    for bound in filters {
        value.clear();
        match convert(&bound.field, row, id, &mut value) {
            Ok(Converted::Omitted) => value.clear(),
            Ok(_) => {}
            Err(problem) => {
                unreadable = unreadable.or(Some(problem));
                continue;
            }
        }
        if !bound.filter.condition.holds(&value) {
            return Sifted::Out(bound.filter);
        }
    }
    unreadable.map_or(Sifted::Kept, Sifted::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_hold_or_not() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let amount = |bounds: &[(Bound, i64)]| {
            Condition::Amount(bounds.iter().map(|(bound, limit)| (*bound, Decimal::from(*limit))).collect())
        };
        let date = |from: &str, to: &str| {
            let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            Condition::Date(text(from), text(to))
        };
        for (condition, value, holds) in [
            (Condition::In(texts(&["ACTIVO", "Al día"])), "activo", true),
            (Condition::In(texts(&["ACTIVO", "Al día"])), "AL DIA", true),
            (Condition::In(texts(&["ACTIVO"])), "INACTIVO", false),
            (Condition::In(texts(&["+"])), "-", false),
            (Condition::In(texts(&["ACTIVO"])), "", false),
            (Condition::NotIn(texts(&["ACTIVO"])), "activo", false),
            (Condition::NotIn(texts(&["ACTIVO"])), "", true),
            (Condition::Blank(true), "", true),
            (Condition::Blank(false), "x", true),
            (Condition::Blank(false), "", false),
            (amount(&[(Bound::Above, 0)]), "0.00", false),
            (amount(&[(Bound::Above, 0)]), "0.01", true),
            (amount(&[(Bound::AtLeast, 10), (Bound::Below, 20)]), "10.0", true),
            (amount(&[(Bound::AtLeast, 10), (Bound::Below, 20)]), "20", false),
            (amount(&[(Bound::AtMost, 10)]), "10", true),
            (amount(&[(Bound::AtMost, 10)]), "", false),
            (date("2026-01-01", "2026-01-31"), "2026-01-31", true),
            (date("2026-01-01", ""), "2025-12-31", false),
            (date("", "2026-01-31"), "2026-02-01", false),
            (date("2026-01-01", ""), "", false),
        ] {
            assert_eq!(condition.holds(value), holds, "{condition:?} of {value:?}");
        }
    }
}
