//! What a file must come to: how many rows, and what its columns add up to.
//!
//! Said by the mapping's `[expect]` or by flags, which win. Nothing is compared here; [`crate::portfolio::control`]
//! does that with what was read.

use rust_decimal::Decimal;

use super::bind::Role;
use super::{Blank, ColumnName, FieldRule};
use crate::survey::DecimalSign;
use crate::survey::amounts::write_plain;
use crate::target::FieldKind;

/// The control totals of a load.
#[derive(Debug, Clone, Default)]
pub struct Expect {
    /// Rows of data that pass the filters, with the line of the mapping that says so; 0 where a flag does.
    pub rows: Option<(u64, usize)>,
    /// What columns add up to.
    pub totals: Vec<ExpectedTotal>,
    /// What becomes of a file whose own row of totals says something else.
    pub totals_row: TotalsRow,
}

/// What one column must add up to.
#[derive(Debug, Clone)]
pub struct ExpectedTotal {
    /// The field or the column, as it was named.
    pub name: String,
    /// The sum.
    pub amount: Decimal,
    /// Line of the mapping that says so; 0 where a flag does.
    pub line: usize,
    /// The field, or the column read as an amount.
    pub rule: FieldRule,
}

impl ExpectedTotal {
    /// The sum of a field of the mapping, or else of a column of this name; `line` as in [`ColumnName`].
    pub fn new(fields: &[FieldRule], name: &str, amount: Decimal, line: usize) -> ExpectedTotal {
        let is_field = |rule: &&FieldRule| rule.name == name && rule.kind == FieldKind::Amount;
        let rule = match fields.iter().find(is_field) {
            // A blank adds nothing, whatever would be sent for it.
            Some(field) => {
                let table = field.table.or(Some(Role::of_level(field.level)));
                FieldRule { blank: Blank::Omit, table, ..field.clone() }
            }
            None => FieldRule::of_column(ColumnName { name: name.to_owned(), line }, FieldKind::Amount),
        };
        ExpectedTotal { name: name.to_owned(), amount, line, rule }
    }
}

/// What becomes of a file whose own row of totals disagrees with its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TotalsRow {
    /// Nothing is sent.
    #[default]
    Check,
    /// It is a warning.
    Ignore,
}

/// Reads an amount that a person has typed, in plain digits or in groups. None where it is no amount, or where the
/// comma and the point could both be its decimal sign and mean different amounts: `1.234`.
pub fn read_amount(text: &str) -> Option<Decimal> {
    let read = |sign| {
        let mut plain = String::new();
        write_plain(text, sign, &mut plain).then(|| plain.parse::<Decimal>().ok()).flatten()
    };
    match (read(DecimalSign::Comma), read(DecimalSign::Point)) {
        (Some(comma), Some(point)) => (comma == point).then_some(comma),
        (comma, point) => comma.or(point),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_or_refused_as_ambiguous() {
        for (text, expected) in [
            ("8450330120.55", Some("8450330120.55")),
            ("8450330120,55", Some("8450330120.55")),
            ("8.450.330.120,55", Some("8450330120.55")),
            ("$ 8,450,330,120.55", Some("8450330120.55")),
            ("8450330120", Some("8450330120")),
            ("0", Some("0")),
            ("8.450", None),
            ("8,450", None),
            ("mil", None),
            ("", None),
        ] {
            assert_eq!(read_amount(text).map(|amount| amount.to_string()).as_deref(), expected, "{text}");
        }
    }
}
