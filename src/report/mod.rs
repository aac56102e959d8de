//! The error report: the rows that did not go in, given back so that a person can correct them and load them.
//!
//! One workbook for people and one CSV a table for those who have no Excel, with the same columns: the
//! source's own, unchanged and in order, then the eight of [`COLUMNS`], which say what is wrong and where the
//! row came from. Nothing here decides where that is written or what is wrong with a row, and no value of a source is ever
//! corrected, trimmed or turned into a formula.

pub mod causes;
mod cells;
pub mod diff_workbook;
pub mod explain;
pub mod explain_page;
pub mod front_sheet;
pub mod gone;
pub mod html;
mod mapping_line;
mod marks;
pub mod mask;
pub mod measures;
mod names;
pub mod rows_csv;
pub mod said;
mod sheet;
pub mod summary;
pub mod terminal;
pub mod workbook;

#[cfg(test)]
mod causes_tests;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

use crate::lang::{Code, Lang, fill};
use crate::ledger::{FailedRow, SourceTable};
use crate::problem::{Problem, Severity};
use crate::source::origin::{COLUMNS, RUN_COLUMN, own_columns};
use crate::source::{Form, Kind};

/// Where `cartera_error` stands in [`COLUMNS`].
const ERROR: usize = 2;
/// Where `cartera_file`, `cartera_sheet` and `cartera_row` stand in [`COLUMNS`].
const PLACE: [usize; 3] = [4, 5, 6];
/// Where `cartera_run` stands in [`COLUMNS`].
const RUN: usize = 7;

/// What the report of one table has in common for all of its rows.
#[derive(Debug)]
pub struct Frame<'a> {
    table: &'a SourceTable,
    own: usize,
    /// The columns of the former place, when the table is itself a report that was corrected.
    former: Option<[Option<usize>; 3]>,
    run: i64,
    lang: Lang,
}

impl<'a> Frame<'a> {
    /// The frame of a table in the report of a run.
    pub fn new(table: &'a SourceTable, run: i64, lang: Lang) -> Frame<'a> {
        let position = |name: &str| table.header.iter().position(|header| header == name);
        let former = position(RUN_COLUMN).map(|_| PLACE.map(|at| position(COLUMNS[at])));
        Frame { table, own: own_columns(&table.header), former, run, lang }
    }

    /// The frame with no more than so many of the source's columns, for a format that cannot hold them all.
    #[must_use]
    pub fn at_most(mut self, columns: usize) -> Frame<'a> {
        self.own = self.own.min(columns);
        self
    }

    /// How many columns are the source's own; the report's stand behind them.
    pub fn own(&self) -> usize {
        self.own
    }

    /// How many columns the report has.
    pub fn width(&self) -> usize {
        self.own + COLUMNS.len()
    }

    /// The header of the report: the source's own columns, then cartera's.
    pub fn header(&self) -> impl Iterator<Item = &str> {
        self.table.header[..self.own].iter().map(String::as_str).chain(COLUMNS)
    }

    /// The row's cells in the source's own columns; a row that is too short has fewer.
    pub fn own_cells<'r>(&self, row: &'r FailedRow) -> impl Iterator<Item = (Kind, &'r str)> {
        row.cells.iter().take(self.own)
    }

    /// The row's cells beyond the header. They are shown behind cartera's columns, so that a row with one
    /// delimiter too many loses nothing and is still too wide when it is loaded uncorrected.
    pub fn surplus_cells<'r>(&self, row: &'r FailedRow) -> impl Iterator<Item = (Kind, &'r str)> {
        row.cells.iter().skip(self.table.header.len())
    }

    /// The values of cartera's columns, in the order of [`COLUMNS`].
    pub fn values(&self, row: &FailedRow) -> [String; 8] {
        let [file, sheet, number] = self.place(row);
        [
            status(row).to_owned(),
            codes(row),
            self.sentences(row),
            distinct(errors(row).map(|problem| problem.field.as_str()).filter(|field| !field.is_empty())),
            file,
            sheet,
            number,
            self.run.to_string(),
        ]
    }

    /// File, sheet and row. A row of a corrected report keeps the place that it had before, so that the second
    /// round still points at the creditor's file; a row that a person added to the report has only its own.
    fn place(&self, row: &FailedRow) -> [String; 3] {
        if let Some(former) = self.former {
            let [file, sheet, number] = former.map(|column| {
                column.and_then(|column| row.cells.get(column)).map_or("", |(_, text)| text.trim())
            });
            if !file.is_empty() && number.parse::<u32>().is_ok() {
                return [file, sheet, number].map(str::to_owned);
            }
        }
        [self.table.file.clone(), self.table.sheet.clone().unwrap_or_default(), row.number.to_string()]
    }

    /// Everything that is the matter with a row: its errors, or else its reason, then its warnings.
    fn sentences(&self, row: &FailedRow) -> String {
        let mut all: Vec<String> = errors(row).map(|problem| self.sentence(problem)).collect();
        if all.is_empty() {
            let (what, fix) = self.reason(row);
            all.push(format!("{what} — {fix}"));
        }
        let warnings = row.problems.iter().filter(|problem| problem.severity == Severity::Warning);
        all.extend(warnings.map(|problem| self.sentence(problem)));
        all.join("; ")
    }

    fn sentence(&self, problem: &Problem) -> String {
        let column = problem.column.and_then(|column| self.table.header.get(usize::from(column)));
        let column = column.map_or_else(String::new, |column| format!("{column}: "));
        format!("{column}{} — {}", problem.what(self.lang), problem.fix(self.lang))
    }

    /// Whether a cell of a workbook holds a text where a date or a number belongs: what a person types over it
    /// is then to be a date or a number of Excel, not a text.
    pub fn is_typed(&self, row: &FailedRow, column: usize) -> bool {
        let typed = [Code::BadDate, Code::BadAmount, Code::BadInteger];
        self.table.form == Form::Packed
            && errors(row).any(|problem| {
                problem.column.map(usize::from) == Some(column) && typed.contains(&problem.code)
            })
    }

    /// The words of a row's own code: what is the matter, and what to do.
    fn reason(&self, row: &FailedRow) -> (String, String) {
        let words = row.code.words(self.lang);
        let run = self.run.to_string();
        let values = [("value", row.detail.as_str()), ("expected", row.detail.as_str()), ("run", &run)];
        (fill(words.what, &values), fill(words.fix, &values))
    }
}

/// The problems that hold a row back.
fn errors(row: &FailedRow) -> impl Iterator<Item = &Problem> {
    row.problems.iter().filter(|problem| problem.severity == Severity::Error)
}

fn status(row: &FailedRow) -> &'static str {
    if row.code == Code::Context { Code::Context.as_str() } else { row.state.as_str() }
}

fn codes(row: &FailedRow) -> String {
    let codes = distinct(errors(row).map(|problem| problem.code.as_str()));
    if codes.is_empty() { row.code.to_string() } else { codes }
}

/// Each text once, in the order in which they came.
fn distinct<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let mut seen: Vec<&str> = Vec::new();
    for text in texts {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen.join(", ")
}
