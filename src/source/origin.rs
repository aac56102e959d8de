//! Files that cartera wrote itself: the error reports that people correct and load again.
//!
//! Such a file is known by its `cartera_*` columns, in a workbook and in a CSV alike. They say which row of
//! which file a row came from and what state it was in; the other columns are the source's own, unchanged.

use super::{Cursor, Form, Row, RowBuffer, Table};
use crate::books::State;
use crate::survey::Header;

/// The columns that a report adds behind the source's own, in order.
pub const COLUMNS: [&str; 8] = [
    "cartera_status",
    "cartera_code",
    "cartera_error",
    "cartera_field",
    "cartera_file",
    "cartera_sheet",
    "cartera_row",
    RUN_COLUMN,
];
/// The column by which such a file is known.
pub const RUN_COLUMN: &str = "cartera_run";
/// The sheet of unknown and unsent rows, which must not be loaded.
pub const PENDING_SHEET: &str = "pending";
/// The sheet of skipped rows.
pub const SKIPPED_SHEET: &str = "skipped";

/// A row of a creditor's file: file, sheet (blank for a CSV), row number.
pub type SourceRow = (String, String, u32);

/// Where the `cartera_*` columns of a table stand.
#[derive(Debug, Clone, Copy)]
pub struct OriginColumns([Option<usize>; 8]);

/// What a row of an error report says about where it came from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// The state in which the row was reported.
    pub status: String,
    /// The file it came from.
    pub file: String,
    /// The sheet it came from; blank for a CSV.
    pub sheet: String,
    /// Its row number there.
    pub row: u32,
    /// The run that reported it.
    pub run: i64,
}

impl Origin {
    /// The row as its creditor's file names it.
    pub fn source_row(&self) -> SourceRow {
        (self.file.clone(), self.sheet.clone(), self.row)
    }
}

impl OriginColumns {
    /// The columns, when the header has the run's.
    pub fn of(header: &Header) -> Option<OriginColumns> {
        let columns = COLUMNS.map(|name| header.names.iter().position(|header| header == name));
        columns[7].is_some().then_some(OriginColumns(columns))
    }

    /// What a row says about its origin.
    pub fn read(&self, row: Row<'_>) -> Origin {
        let text = |at: usize| self.0[at].map_or("", |column| row.cell(column).trimmed());
        Origin {
            status: text(0).to_owned(),
            file: text(4).to_owned(),
            sheet: text(5).to_owned(),
            row: text(6).parse().unwrap_or_default(),
            run: text(7).parse().unwrap_or_default(),
        }
    }
}

/// How many columns of a header are the source's own.
pub fn own_columns(names: &[String]) -> usize {
    names.iter().position(|name| COLUMNS.contains(&name.as_str())).unwrap_or(names.len())
}

/// Whether a reported row waits for its run to go on, and so must not be loaded.
pub fn is_pending(status: &str) -> bool {
    [State::Unknown, State::Unsent].iter().any(|state| state.as_str() == status)
}

/// Whether the first row of a text has the column of a report.
pub(super) fn begins_report(text: &str, form: Form) -> bool {
    let (mut cursor, mut buffer) = (Cursor::at(text, form, 0, 1), RowBuffer::default());
    cursor.read(&mut buffer) && Row::of(text, &buffer).cells().any(|cell| cell.trimmed() == RUN_COLUMN)
}

impl Table {
    /// Whether this table is an error report that cartera wrote.
    pub fn is_report(&self) -> bool {
        begins_report(&self.text, self.form)
    }
}
