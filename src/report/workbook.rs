//! The error report as a workbook: the failed rows with their painted cells, and what waits or was left out.
//!
//! The same evidence gives the same bytes: nothing in it comes from a clock. What the format cannot hold is
//! cut, and the CSV beside it has it whole: of a text 32,767 UTF-16 units (4,000 of one that starts with `<r>`
//! and ends with `</r>`), of a table its first 16,376 columns. Every character comes back, control characters
//! and Excel's own escapes such as `_x000D_` included. The cells of rows go through a file without a name, in a folder
//! that the caller gives: kept in memory, those of a million rows would take six gigabytes. Where the workbook itself goes is
//! the caller's matter.

use std::io::Write;
use std::path::Path;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, Worksheet, XlsxError};

use super::Frame;
use super::cells::Styles;
use super::front_sheet::{Front, front_sheet};
use super::names::SheetNames;
use super::sheet::{MAX_COLUMNS, Pen, rows_sheet, skipped_sheet};
use crate::lang::{Lang, Say};
use crate::ledger::{Evidence, FailedRow, SourceTable};
use crate::source::Form;
use crate::source::origin::{COLUMNS, PENDING_SHEET, SKIPPED_SHEET, own_columns};

/// Failing cells that carry a note; more of them make a workbook slow to open.
const MAX_NOTES: usize = 2_000;
/// How hard the parts of a workbook are compressed, from 1 to 9.
const ZIP_LEVEL: u8 = 2;
/// Rows of a sheet below its header.
const MAX_ROWS: usize = 1_048_575;

/// What a workbook may hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Rows of a sheet below its header.
    pub(super) rows: usize,
    /// Cells with a note.
    pub(super) notes: usize,
}

/// Writes the workbook of a run's evidence: the summary, a sheet for each table with failed rows, `pending`, `skipped`.
///
/// # Errors
/// Whatever the writing library fails with.
///
/// # Panics
/// The library does where the folder's disk has no room left.
pub fn errors_xlsx(
    evidence: &Evidence,
    front: &Front<'_>,
    (run, lang): (i64, Lang),
    spools: &Path,
    out: impl Write + Send,
) -> Result<(), XlsxError> {
    with_limits(evidence, front, (run, lang, spools), Limits { rows: MAX_ROWS, notes: MAX_NOTES }, out)
}

pub(super) fn with_limits(
    evidence: &Evidence,
    front: &Front<'_>,
    (run, lang, spools): (i64, Lang, &Path),
    limits: Limits,
    out: impl Write + Send,
) -> Result<(), XlsxError> {
    let mut workbook = Workbook::new();
    workbook.set_tempdir(spools)?;
    // The usual level takes several times as long, for a file that is hardly smaller.
    workbook.set_zip_compression_level(ZIP_LEVEL);
    let properties = DocProperties::new().set_author("cartera");
    workbook.set_properties(&properties.set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?));
    let pen = Pen { styles: Styles::new(), notes_left: limits.notes };
    let (sheets, names) = (Vec::new(), SheetNames::default());
    let mut book = Book { workbook, sheets, names, pen, limits, run, lang };
    book.add_failed(evidence)?;
    for (table, rows) in with_rows(evidence, &evidence.pending) {
        book.add_rows(table, rows, PENDING_SHEET)?;
    }
    book.add_skipped(evidence)?;
    // The summary is named last, so that the source's sheets keep their names, and is seen first.
    let mut summary = front_sheet(front, lang)?;
    summary.set_name(book.names.claim(Say::SummarySheet.text(lang)))?;
    let Book { mut workbook, sheets, .. } = book;
    workbook.push_worksheet(summary);
    for sheet in sheets {
        workbook.push_worksheet(sheet);
    }
    workbook.save_to_writer(out)
}

/// The columns that are the source's own.
fn own(header: &[String]) -> &[String] {
    &header[..own_columns(header)]
}

/// The tables that have rows in a list.
fn with_rows<'e>(
    evidence: &'e Evidence,
    rows: &'e [Vec<FailedRow>],
) -> impl Iterator<Item = (&'e SourceTable, &'e [FailedRow])> {
    let pairs = evidence.tables.iter().zip(rows.iter().map(Vec::as_slice));
    pairs.filter(|(_, rows)| !rows.is_empty())
}

struct Book {
    workbook: Workbook,
    sheets: Vec<Worksheet>,
    names: SheetNames,
    pen: Pen,
    limits: Limits,
    run: i64,
    lang: Lang,
}

impl Book {
    /// The sheets of failed rows. They choose their names first, so that the source's stand unchanged. Without
    /// any the header stands alone: a workbook has at least one sheet.
    fn add_failed(&mut self, evidence: &Evidence) -> Result<(), XlsxError> {
        let mut any = false;
        let failed: Vec<_> = with_rows(evidence, &evidence.failed).collect();
        for (table, rows) in evidence.tables.iter().zip(&evidence.failed) {
            // Rows of two tables go together: the other table is there to be added to, though none of its rows
            // failed.
            let is_other = failed.iter().all(|(failed, _)| own(&failed.header) != own(&table.header));
            if !rows.is_empty() || (is_other && !failed.is_empty()) {
                any = true;
                self.add_rows(table, rows, &table.name)?;
            }
        }
        if any {
            return Ok(());
        }
        match evidence.tables.first() {
            Some(table) => self.add_rows(table, &[], &table.name),
            None => self.add_rows(&no_table(self.run), &[], ""),
        }
    }

    /// The rows of a table, on as many sheets as they need.
    fn add_rows(&mut self, table: &SourceTable, rows: &[FailedRow], name: &str) -> Result<(), XlsxError> {
        let frame = Frame::new(table, self.run, self.lang).at_most(MAX_COLUMNS - COLUMNS.len());
        if rows.is_empty() {
            let sheet = rows_sheet(self.new_sheet()?, &frame, &[], &mut self.pen)?;
            return self.push(sheet, name);
        }
        for rows in rows.chunks(self.limits.rows) {
            let sheet = rows_sheet(self.new_sheet()?, &frame, rows, &mut self.pen)?;
            self.push(sheet, name)?;
        }
        Ok(())
    }

    fn add_skipped(&mut self, evidence: &Evidence) -> Result<(), XlsxError> {
        let tables = evidence.tables.iter().zip(&evidence.skipped);
        let lines: Vec<_> =
            tables.flat_map(|(table, lines)| lines.iter().map(move |line| (table, line))).collect();
        for lines in lines.chunks(self.limits.rows) {
            let heading = Say::SkippedHeading.text(self.lang);
            let sheet = skipped_sheet(self.new_sheet()?, lines, (heading, self.lang), &mut self.pen)?;
            self.push(sheet, SKIPPED_SHEET)?;
        }
        Ok(())
    }

    /// An empty sheet, whose rows are written once and from top to bottom.
    fn new_sheet(&mut self) -> Result<Worksheet, XlsxError> {
        self.workbook.new_worksheet_with_constant_memory()
    }

    fn push(&mut self, mut sheet: Worksheet, name: &str) -> Result<(), XlsxError> {
        sheet.set_name(self.names.claim(name))?;
        self.sheets.push(sheet);
        Ok(())
    }
}

/// Stands in where a run has no table at all.
fn no_table(run: i64) -> SourceTable {
    SourceTable {
        run,
        ordinal: 0,
        name: String::new(),
        file: String::new(),
        sheet: None,
        form: Form::Packed,
        header: Vec::new(),
    }
}
