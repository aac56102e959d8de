//! Broken accents in a column (`MarÃ­a`): counted, with one example and the first rows, so that a thousand cells of
//! the same cause are one line to read.
//!
//! What can be proved is repaired elsewhere and only where the mapping asks for it; here it is counted either way.

use crate::lang::Code;
use crate::problem::{Problem, RowId, Severity};
use crate::source::{Cell, is_broken, mojibake};

/// Rows that are named one by one.
const ROWS_NAMED: usize = 5;

/// Watches one column.
#[derive(Debug, Clone, Default)]
pub struct BrokenText {
    provable: Cells,
    others: Cells,
}

#[derive(Debug, Clone, Default)]
struct Cells {
    count: u64,
    rows: Vec<u32>,
    example: String,
    repaired: String,
}

impl BrokenText {
    /// Takes the column's next value into account.
    pub fn see(&mut self, row: u32, cell: Cell<'_>) {
        if !is_broken(cell.text) {
            return;
        }
        let repaired = mojibake(cell.trimmed());
        let cells = if repaired.is_some() { &mut self.provable } else { &mut self.others };
        if cells.count == 0 {
            cell.trimmed().clone_into(&mut cells.example);
            cells.repaired = repaired.unwrap_or_default();
        }
        cells.count += 1;
        if cells.rows.len() < ROWS_NAMED {
            cells.rows.push(row);
        }
    }

    /// Adds what was seen in later rows.
    pub fn absorb(&mut self, later: BrokenText) {
        for (own, later) in [(&mut self.provable, later.provable), (&mut self.others, later.others)] {
            if own.count == 0 {
                *own = later;
                continue;
            }
            own.count += later.count;
            let room = ROWS_NAMED - own.rows.len();
            own.rows.extend(later.rows.into_iter().take(room));
        }
    }

    /// How many cells are broken.
    pub fn count(&self) -> u64 {
        self.provable.count + self.others.count
    }

    /// One warning for what can be repaired, one for what cannot; `repairs` says whether the former was.
    pub fn problems(&self, table: u16, column: usize, (field, repairs): (&str, bool)) -> Vec<Problem> {
        let provable = if repairs { Code::TextRepaired } else { Code::BrokenText };
        [(&self.provable, provable), (&self.others, Code::TextBeyondRepair)]
            .into_iter()
            .filter_map(|(cells, code)| {
                let number = *cells.rows.first()?;
                let value = match code {
                    Code::TextRepaired => format!("«{}» → «{}»", cells.example, cells.repaired),
                    _ => cells.example.clone(),
                };
                Some(Problem {
                    column: u16::try_from(column).ok(),
                    severity: Severity::Warning,
                    field: field.to_owned(),
                    value,
                    expected: format!("{} ({})", cells.count, listed(&cells.rows, cells.count)),
                    ..Problem::error(RowId { table, number }, code)
                })
            })
            .collect()
    }
}

/// Row numbers as a message lists them, and a sign that there are more.
pub fn listed(rows: &[u32], all: u64) -> String {
    let mut list: Vec<String> = rows.iter().map(ToString::to_string).collect();
    if all > rows.len() as u64 {
        list.push("…".to_owned());
    }
    list.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Kind;

    #[test]
    fn a_column_of_broken_text_is_one_line() {
        let mut broken = BrokenText::default();
        let values = ["Ana", "PeÃ±a", "Ríos", "MarÃ\u{ad}a y Peña"];
        for (row, text) in (2..30).zip(values.iter().cycle()) {
            broken.see(row, Cell { kind: Kind::Text, text });
        }
        assert_eq!(broken.count(), 14);
        let said = |repairs| -> Vec<(Code, u32, String, String)> {
            let problems = broken.problems(0, 3, ("Name", repairs));
            problems
                .into_iter()
                .map(|found| (found.code, found.row.number, found.value, found.expected))
                .collect()
        };
        let expected = "7 (3, 7, 11, 15, 19, …)".to_owned();
        assert_eq!(said(false)[0], (Code::BrokenText, 3, "PeÃ±a".to_owned(), expected.clone()));
        assert_eq!(said(true)[0], (Code::TextRepaired, 3, "«PeÃ±a» → «Peña»".to_owned(), expected));
        assert_eq!((said(true)[1].0, said(true)[1].1), (Code::TextBeyondRepair, 5));
        assert!(BrokenText::default().problems(0, 0, ("F", true)).is_empty());
    }
}
