//! One sheet of the report's workbook, from its heading to the widths of its columns.
//!
//! It writes the rows that it is given and never more than Excel takes; dividing longer tables is the
//! workbook's work.

use rust_xlsxwriter::{IgnoreError, Note, Worksheet, XlsxError};

use super::cells::{Base, Look, Paint, Styles, Value, shortened};
use super::marks::Mark;
use super::{ERROR, Frame, PLACE, RUN};
use crate::bytewise::is_printable_ascii;
use crate::lang::Lang;
use crate::ledger::{FailedRow, SourceTable};
use crate::problem::{LeftOut, Severity};
use crate::source::{Form, Kind};

/// Columns of Excel.
pub(super) const MAX_COLUMNS: usize = 16_384;
/// The paper that sheets are printed on, by its number in Excel.
pub(super) const A4: u8 = 9;
/// How small rows are printed, in percent: a few pages wide, and still to be read.
const PRINT_SCALE: u16 = 50;
/// The narrowest and the widest that a column is made, in characters.
const WIDTHS: (usize, usize) = (8, 60);
/// The same for the column that tells the errors.
const ERROR_WIDTHS: (usize, usize) = (60, 100);
/// The room that the arrow of the filter takes in a heading, in characters.
const FILTER_ARROW: usize = 3;
/// The most that a note says, in UTF-16 units; more cannot be seen in it.
const LONGEST_NOTE: usize = 1_000;
const NOTE_WIDTH: u32 = 300;
const NOTE_LINE_HEIGHT: u32 = 15;
/// Characters that fit in a line of a note.
const NOTE_LINE: usize = 48;
const NOTE_HEIGHTS: (u32, u32) = (60, 300);

/// What all sheets of a workbook share.
#[derive(Debug)]
pub(super) struct Pen {
    pub(super) styles: Styles,
    /// How many cells may still have a note.
    pub(super) notes_left: usize,
}

/// A sheet that is being written.
struct SheetWriter<'p> {
    sheet: Worksheet,
    pen: &'p mut Pen,
    /// So many columns, the first ones, are columns of text as a whole.
    of_text: u16,
    widths: Vec<usize>,
}

/// Writes rows of a table with all their columns to an empty sheet.
pub(super) fn rows_sheet(
    sheet: Worksheet,
    frame: &Frame<'_>,
    rows: &[FailedRow],
    pen: &mut Pen,
) -> Result<Worksheet, XlsxError> {
    // A CSV has nothing but text, whatever is typed below its rows later included.
    let of_text = if is_csv(frame) { narrow(frame.own())? } else { 0 };
    let mut writer = SheetWriter::new(sheet, pen, of_text)?;
    writer.heading(frame.header())?;
    let texts = text_columns(frame, rows);
    for (row, at) in rows.iter().zip(1u32..) {
        writer.row(frame, at, row, &texts)?;
    }
    writer.finish(frame.width(), rows.len(), Some(frame.own() + ERROR))
}

/// Writes the rows that were left out, each with its reason, to an empty sheet.
pub(super) fn skipped_sheet(
    sheet: Worksheet,
    lines: &[(&SourceTable, &LeftOut)],
    (heading, lang): (&str, Lang),
    pen: &mut Pen,
) -> Result<Worksheet, XlsxError> {
    let mut writer = SheetWriter::new(sheet, pen, 0)?;
    writer.heading(heading.split('|'))?;
    let columns = writer.widths.len();
    for ((table, line), at) in lines.iter().zip(1u32..) {
        let detail = crate::lang::fill(
            line.code.words(lang).what,
            &[("value", &line.expected), ("expected", &line.expected)],
        );
        let (row, rows) = (line.row.number.to_string(), line.rows.max(1).to_string());
        let sheet = table.sheet.as_deref().unwrap_or_default();
        let cells = [
            (Kind::Text, table.file.as_str()),
            (Kind::Text, sheet),
            (Kind::Number, &row),
            (Kind::Number, &rows),
            (Kind::Text, line.code.as_str()),
            (Kind::Text, &detail),
        ];
        for ((kind, text), column) in cells.into_iter().zip(0..) {
            writer.cell((at, column), (kind, text), (Base::General, Paint::Plain))?;
        }
    }
    writer.finish(columns, lines.len(), None)
}

/// Which of the source's columns hold mostly text. Their blank cells get the text format too, so that what a
/// person types into them keeps its zeros. Of a CSV all do.
fn text_columns(frame: &Frame<'_>, rows: &[FailedRow]) -> Vec<bool> {
    if is_csv(frame) {
        return vec![true; frame.own()];
    }
    let mut filled = vec![(0usize, 0usize); frame.own()];
    for row in rows {
        for ((kind, text), (texts, all)) in frame.own_cells(row).zip(&mut filled) {
            *texts += usize::from(kind == Kind::Text && !text.is_empty());
            *all += usize::from(!text.is_empty());
        }
    }
    filled.into_iter().map(|(texts, all)| texts * 2 > all).collect()
}

fn is_csv(frame: &Frame<'_>) -> bool {
    matches!(frame.table.form, Form::Csv { .. })
}

impl<'p> SheetWriter<'p> {
    fn new(mut sheet: Worksheet, pen: &'p mut Pen, of_text: u16) -> Result<SheetWriter<'p>, XlsxError> {
        for column in 0..of_text {
            pen.styles.column_of_text(&mut sheet, column)?;
        }
        Ok(SheetWriter { sheet, pen, of_text, widths: Vec::new() })
    }

    fn heading<'t>(&mut self, names: impl Iterator<Item = &'t str>) -> Result<(), XlsxError> {
        for (name, column) in names.zip(0..) {
            self.pen.styles.heading(&mut self.sheet, column, name)?;
            self.widen(column, text_width(name) + FILTER_ARROW);
        }
        Ok(())
    }

    fn row(&mut self, frame: &Frame<'_>, at: u32, row: &FailedRow, texts: &[bool]) -> Result<(), XlsxError> {
        let marks = frame.marks(row, self.pen.notes_left > 0);
        for ((column, position), text) in (0..frame.own()).zip(0..).zip(texts) {
            let (kind, value) = row.cells.get(column).unwrap_or((Kind::Blank, ""));
            let in_text = *text || kind == Kind::Text;
            let base = if in_text && !frame.is_typed(row, column) { Base::Text } else { Base::General };
            self.cell((at, position), (kind, value), (base, paint(&marks, column)))?;
        }
        for (index, value) in frame.values(row).iter().enumerate() {
            let column = frame.own() + index;
            let kind = if index == PLACE[2] || index == RUN { Kind::Number } else { Kind::Text };
            let paint = paint(&marks, column);
            self.cell((at, narrow(column)?), (kind, value), (Base::General, paint))?;
        }
        for ((kind, value), column) in frame.surplus_cells(row).zip(frame.width()..MAX_COLUMNS) {
            self.cell((at, narrow(column)?), (kind, value), (Base::Text, Paint::Plain))?;
        }
        self.notes(at, &marks)
    }

    fn cell(
        &mut self,
        (row, column): (u32, u16),
        (kind, text): (Kind, &str),
        look: Look,
    ) -> Result<(), XlsxError> {
        let value = Value::of(kind, text);
        if matches!(value, Value::Blank) && look == (Base::General, Paint::Plain) {
            return Ok(());
        }
        self.widen(column, text_width(text));
        let usual = if column < self.of_text { Base::Text } else { Base::General };
        self.pen.styles.put(&mut self.sheet, (row, column), &value, (look, (usual, Paint::Plain)))
    }

    fn notes(&mut self, row: u32, marks: &[Mark]) -> Result<(), XlsxError> {
        for mark in marks.iter().filter(|mark| mark.severity == Severity::Error) {
            if self.pen.notes_left == 0 {
                break;
            }
            self.pen.notes_left -= 1;
            self.sheet.insert_note(row, narrow(mark.column)?, &note(&mark.note))?;
        }
        Ok(())
    }

    fn widen(&mut self, column: u16, width: usize) {
        let column = usize::from(column);
        if self.widths.len() <= column {
            self.widths.resize(column + 1, 0);
        }
        self.widths[column] = self.widths[column].max(width);
    }

    fn finish(mut self, columns: usize, rows: usize, error: Option<usize>) -> Result<Worksheet, XlsxError> {
        for (column, width) in self.widths.iter().enumerate() {
            let (least, most) = if Some(column) == error { ERROR_WIDTHS } else { WIDTHS };
            let width = u32::try_from((width + 1).clamp(least, most)).unwrap_or_default();
            self.sheet.set_column_width(narrow(column)?, width)?;
        }
        let last_row = u32::try_from(rows).map_err(|_error| XlsxError::RowColumnLimitError)?;
        let last_column = narrow(columns.saturating_sub(1))?;
        self.sheet.set_freeze_panes(1, 0)?;
        self.sheet.set_landscape().set_paper_size(A4).set_print_scale(PRINT_SCALE).set_repeat_rows(0, 0)?;
        self.sheet.autofilter(0, 0, last_row, last_column)?;
        // Numbers stored as text are meant to be; Excel need not flag each of them.
        let last_filled = narrow(self.widths.len().saturating_sub(1))?;
        self.sheet.ignore_error_range(0, 0, last_row, last_filled, IgnoreError::NumberStoredAsText)?;
        Ok(self.sheet)
    }
}

fn paint(marks: &[Mark], column: usize) -> Paint {
    match marks.iter().find(|mark| mark.column == column).map(|mark| mark.severity) {
        Some(Severity::Error) => Paint::Error,
        Some(Severity::Warning) => Paint::Warning,
        None => Paint::Plain,
    }
}

fn note(text: &str) -> Note {
    let lines: usize = text.lines().map(|line| line.chars().count() / NOTE_LINE + 1).sum();
    let height = u32::try_from(lines + 1).unwrap_or(u32::MAX).saturating_mul(NOTE_LINE_HEIGHT);
    Note::new(shortened(text, LONGEST_NOTE))
        .set_author("cartera")
        .add_author_prefix(false)
        .set_width(NOTE_WIDTH)
        .set_height(height.clamp(NOTE_HEIGHTS.0, NOTE_HEIGHTS.1))
}

fn narrow(column: usize) -> Result<u16, XlsxError> {
    u16::try_from(column).map_err(|_error| XlsxError::RowColumnLimitError)
}

/// The width of a text's widest line, as far as it matters for a column.
fn text_width(text: &str) -> usize {
    if is_printable_ascii(text.as_bytes()) {
        return text.len().min(ERROR_WIDTHS.1);
    }
    text.lines().map(|line| line.chars().take(ERROR_WIDTHS.1).count()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{evidence, portfolio, row, table};
    use super::*;
    use crate::books::State;
    use crate::lang::Code;

    #[test]
    fn notes_end_where_their_number_is_reached() {
        let evidence = portfolio();
        let frame = Frame::new(&evidence.tables[0], 8, Lang::Es);
        for (before, after) in [(10, 7), (3, 0), (2, 0)] {
            let mut pen = Pen { styles: Styles::new(), notes_left: before };
            rows_sheet(Worksheet::new(), &frame, &evidence.failed[0], &mut pen).unwrap();
            assert_eq!(pen.notes_left, after, "two cells of the first row and one of the last have notes");
        }
    }

    #[test]
    fn a_text_is_as_wide_as_its_widest_line() {
        let long = "x".repeat(150);
        for (text, width) in [("", 0), ("Ana", 3), ("Peña", 4), ("a\nbcd\r\nef", 3), ("\n", 0), (&long, 100)]
        {
            assert_eq!(text_width(text), width, "{text:?}");
        }
    }

    #[test]
    fn columns_of_text_keep_zeros_typed_into_them() {
        let lines = [
            row(
                2,
                State::Invalid,
                Code::BadDate,
                &[(Kind::Text, "007"), (Kind::Number, "1"), (Kind::Blank, "")],
            ),
            row(3, State::Invalid, Code::BadDate, &[(Kind::Text, "x"), (Kind::Text, "x")]),
            row(4, State::Invalid, Code::BadDate, &[(Kind::Blank, "")]),
        ];
        for (form, texts) in
            [(Form::Packed, [true, false, false]), (Form::Csv { delimiter: b',' }, [true; 3])]
        {
            let evidence = evidence(table("x", form, &["a", "b", "c"]), lines.to_vec());
            let frame = Frame::new(&evidence.tables[0], 8, Lang::Es);
            assert_eq!(text_columns(&frame, &evidence.failed[0]), texts, "{form:?}");
        }
    }
}
