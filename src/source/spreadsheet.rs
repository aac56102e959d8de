//! Workbooks of the older and the rarer kinds: xls, xlsb and ods, read by calamine.
//!
//! calamine trusts its files, so it is kept apart. What is covered here: the file's size, what its parts inflate
//! to, the area its sheets span (held against bounds before calamine allocates), the text that comes out, cells
//! that stand out of order, and a panic, which ends a thread of its own and becomes an error of that file. A
//! stack overflow, an allocation that the bounds do not foresee and a reader that does not come to an end are
//! covered by the process that this runs in ([`super::reader_process`]).
//!
//! Hidden rows and columns and merged cells are known of xls and ods, whose files are walked over before calamine
//! sees them; of xlsb they are not. Formulas are never calculated, macros never run, links never followed: only stored values are read.

use std::io::{self, Cursor as Bytes, Read, Write};

use calamine::{
    Data, DataRef, ExcelDateTime, ExcelDateTimeType, Ods, OdsError, Reader, Sheet, SheetType, SheetVisible,
    Xls, XlsError, Xlsb, XlsbError,
};

use super::container::{Kind as FileKind, megabytes, too_big};
use super::packed::Packer;
use super::row::{Cursor, Form, Kind, Row, RowBuffer};
use super::spool::unwritable;
use super::xlsx::{date_text, number_text};
use super::{SheetChoice, SheetNotes, Visibility, biff, ods, origin, sheets, xlsb};
use crate::crew::{self, Undone};
use crate::lang::{Code, Say};
use crate::problem::{Failure, Result};

/// The biggest workbook of these kinds.
pub(super) const FILE_MAX: u64 = 256 << 20;
/// The most that the parts of one may hold together.
pub(super) const PARTS_MAX: u64 = 1 << 30;
/// The most cells that calamine may allocate for all sheets of an xls or an ods; one takes up to 56 bytes.
pub(super) const AREA_MAX: u64 = 32_000_000;
/// The most cells of an xlsb's sheet, which are read one by one; blank ones before a value count.
const CELLS_MAX: u64 = 200_000_000;
/// The most text that the cells of one sheet may hold.
const TEXT_MAX: usize = 1 << 30;
/// The size of a sheet in every program of today.
const ROWS: u32 = 1_048_576;
const COLUMNS: u32 = 16_384;

/// What takes the packed sheets of a workbook, one after the other: their text is written between begin and end.
pub(super) trait Sheets: Write + Send {
    /// A sheet begins.
    fn begin(&mut self, sheet: &str) -> io::Result<()>;
    /// The sheet is whole; or it cannot be read, and what came of it counts for nothing.
    fn end(&mut self, notes: SheetNotes, unread: Option<Failure>) -> io::Result<()>;
    /// Chooses the sheets to read, by name: what came so far were the beginnings of all of them.
    fn choose(&mut self) -> Result<Vec<String>>;
}

/// Reads the chosen sheets of a workbook, and before them the first `rows` of all where the choice depends on these.
pub(super) fn read(
    kind: FileKind,
    bytes: Vec<u8>,
    (name, choice, rows): (&str, &SheetChoice, u32),
    out: &mut dyn Sheets,
) -> Result<()> {
    if bytes.len() as u64 > FILE_MAX {
        return Err(too_big(name, Say::ReasonBigFile, &megabytes(FILE_MAX)));
    }
    apart(name, move || {
        let mut book = Book::open(kind, bytes, name)?;
        let sheets = if let Some(sheets) = chosen_sheets(&mut book, name, choice)? {
            sheets
        } else {
            let all = book.worksheets().into_iter().map(|(sheet, _)| sheet).collect();
            give(&mut book, all, (name, Some(rows)), out)?;
            out.choose()?
        };
        give(&mut book, sheets, (name, None), out)
    })
}

/// Gives sheets, to their last row or to the one given; one that cannot be read says so and harms no other.
fn give(
    book: &mut Book,
    sheets: Vec<String>,
    (name, last_row): (&str, Option<u32>),
    out: &mut dyn Sheets,
) -> Result<()> {
    for sheet in sheets {
        out.begin(&sheet).map_err(|error| unwritable(name, &error))?;
        let unread = pack(book, &sheet, (last_row, name), &mut *out).err();
        out.end(book.notes(&sheet), unread).map_err(|error| unwritable(name, &error))?;
    }
    Ok(())
}

/// Runs a reader apart, so that its panic is an error of the file.
fn apart<T: Send>(name: &str, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    crew::guarded(work).unwrap_or_else(|undone| {
        Err(match undone {
            Undone::Panicked(_) => {
                let failure = Failure::new(Code::FileDamaged).with("value", name);
                failure.with_say("reason", Say::ReasonReaderStopped)
            }
            Undone::NotBegun(error) => {
                Failure::new(Code::ReaderStopped).with("value", name).with("reason", error)
            }
        })
    })
}

enum Book {
    /// With the notes of its sheets, in their order.
    Xls(Xls<Bytes<Vec<u8>>>, Vec<SheetNotes>),
    Xlsb(Xlsb<Bytes<Vec<u8>>>),
    /// Likewise.
    Ods(Ods<Bytes<Vec<u8>>>, Vec<SheetNotes>),
}

impl Book {
    fn open(kind: FileKind, bytes: Vec<u8>, name: &str) -> Result<Book> {
        let protected = || Failure::new(Code::FileProtected).with("value", name);
        match kind {
            FileKind::Xls => {
                let (bytes, notes) = biff::checked(&bytes, name)?;
                Xls::new(Bytes::new(bytes)).map(|book| Book::Xls(book, notes)).map_err(|error| match error {
                    XlsError::Password => protected(),
                    error => damaged(name, error),
                })
            }
            FileKind::Xlsb => {
                let bytes = xlsb::whole(&bytes, name)?;
                Xlsb::new(Bytes::new(bytes)).map(Book::Xlsb).map_err(|error| match error {
                    XlsbError::Password => protected(),
                    error => damaged(name, error),
                })
            }
            _ => {
                check_parts(&bytes, name)?;
                let (bytes, notes) = ods::checked(bytes, name)?;
                Ods::new(Bytes::new(bytes)).map(|book| Book::Ods(book, notes)).map_err(|error| match error {
                    OdsError::Password => protected(),
                    error => damaged(name, error),
                })
            }
        }
    }

    fn sheets(&self) -> &[Sheet] {
        match self {
            Book::Xls(book, _) => book.sheets_metadata(),
            Book::Xlsb(book) => book.sheets_metadata(),
            Book::Ods(book, _) => book.sheets_metadata(),
        }
    }

    /// The sheets that have cells, in order, and who sees them.
    fn worksheets(&self) -> Vec<(String, Visibility)> {
        let sheets = self.sheets().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
        sheets.map(|sheet| (sheet.name.clone(), visibility(sheet))).collect()
    }

    /// What is known of a sheet besides its cells.
    fn notes(&self, name: &str) -> SheetNotes {
        let sheet = self.sheets().iter().find(|sheet| sheet.name == name);
        let mut notes = match self {
            Book::Xls(_, notes) | Book::Ods(_, notes) => {
                let at = self.sheets().iter().position(|sheet| sheet.name == name);
                at.and_then(|at| notes.get(at)).cloned().unwrap_or_default()
            }
            Book::Xlsb(_) => SheetNotes::default(),
        };
        notes.visibility = sheet.map(visibility).unwrap_or_default();
        notes
    }

    /// Gives each cell of a sheet to the writer, until it has enough.
    fn each_cell<W: Write>(&mut self, sheet: &str, name: &str, writer: &mut Writer<'_, W>) -> Result<()> {
        let range = match self {
            Book::Xls(book, _) => book.worksheet_range(sheet).map_err(|error| damaged(name, error))?,
            Book::Ods(book, _) => book.worksheet_range(sheet).map_err(|error| damaged(name, error))?,
            Book::Xlsb(book) => {
                let mut cells = book.worksheet_cells_reader(sheet).map_err(|error| damaged(name, error))?;
                while let Some(cell) = cells.next_cell().map_err(|error| damaged(name, error))? {
                    let (row, column) = cell.get_position();
                    let value = match cell.get_value() {
                        DataRef::Empty => continue,
                        value => Data::from(value.clone()),
                    };
                    if !writer.push(row, column, &value)? {
                        break;
                    }
                }
                return Ok(());
            }
        };
        let (top, left) = range.start().unwrap_or_default();
        for (row, column, value) in range.used_cells() {
            let at = |from: u32, by: usize| from.saturating_add(u32::try_from(by).unwrap_or(u32::MAX));
            if !writer.push(at(top, row), at(left, column), value)? {
                break;
            }
        }
        Ok(())
    }
}

/// What the parts of a zip really inflate to, whatever they declare.
fn check_parts(bytes: &[u8], name: &str) -> Result<()> {
    let mut zip = zip::ZipArchive::new(Bytes::new(bytes)).map_err(|error| damaged(name, error))?;
    let mut left = PARTS_MAX;
    for at in 0..zip.len() {
        let part = zip.by_index(at).map_err(|error| damaged(name, error))?;
        let size = std::io::copy(&mut part.take(left + 1), &mut std::io::sink())
            .map_err(|error| damaged(name, error))?;
        if size > left {
            return Err(too_big(name, Say::ReasonBigInside, &megabytes(PARTS_MAX)));
        }
        left -= size;
    }
    Ok(())
}

/// The sheets to read: those of a report of cartera's own, or else the chosen ones; none when that depends on how
/// they begin.
fn chosen_sheets(book: &mut Book, name: &str, choice: &SheetChoice) -> Result<Option<Vec<String>>> {
    let all = book.worksheets();
    let mut reports = Vec::new();
    for (sheet, _) in all.iter().filter(|_| *choice != SheetChoice::Every) {
        if let Some(status) = first_reported_status(book, sheet, name) {
            reports.push((sheet.clone(), origin::is_pending(&status)));
        }
    }
    match sheets::loadable(reports) {
        Some(reports) => Ok(Some(reports)),
        None => sheets::chosen(&all, name, choice),
    }
}

fn visibility(sheet: &Sheet) -> Visibility {
    match sheet.visible {
        SheetVisible::Visible => Visibility::Visible,
        SheetVisible::Hidden => Visibility::Hidden,
        SheetVisible::VeryHidden => Visibility::VeryHidden,
    }
}

/// The status of the first row, when the sheet has the columns of a report and rows under them. A sheet that
/// cannot be read is none; if it is chosen, its error comes up then.
fn first_reported_status(book: &mut Book, sheet: &str, name: &str) -> Option<String> {
    let text = String::from_utf8(pack(book, sheet, (Some(2), name), Vec::new()).ok()?).ok()?;
    let mut cursor = Cursor::at(&text, Form::Packed, 0, 1);
    let (mut header, mut first) = (RowBuffer::default(), RowBuffer::default());
    if !cursor.read(&mut header) {
        return None;
    }
    let header = Row::of(&text, &header);
    let is_report = header.number() == 1 && header.cells().any(|cell| cell.text == origin::RUN_COLUMN);
    if !is_report || !cursor.read(&mut first) {
        return None;
    }
    let status = header.cells().position(|cell| cell.text == origin::COLUMNS[0]);
    Some(status.map_or_else(String::new, |column| Row::of(&text, &first).cell(column).text.to_owned()))
}

/// Writes a sheet out in the packed form, up to its last row or the one given (counted from 1).
fn pack<W: Write>(book: &mut Book, sheet: &str, (last_row, name): (Option<u32>, &str), out: W) -> Result<W> {
    let mut writer = Writer { packer: Packer::new(out), name, last_row, at: None, cells: 0, text: 0 };
    book.each_cell(sheet, name, &mut writer)?;
    writer.packer.finish().map_err(|error| unwritable(name, &error))
}

/// Packs cells, and holds them against the bounds.
struct Writer<'n, W> {
    packer: Packer<W>,
    name: &'n str,
    last_row: Option<u32>,
    at: Option<(u32, u32)>,
    cells: u64,
    text: usize,
}

impl<W: Write> Writer<'_, W> {
    /// Adds a cell; gives whether more are wanted.
    fn push(&mut self, row: u32, column: u32, value: &Data) -> Result<bool> {
        if self.last_row.is_some_and(|last| row >= last) {
            return Ok(false);
        }
        let in_order = self.at.is_none_or(|at| at < (row, column));
        if !in_order || row >= ROWS || column >= COLUMNS {
            let failure = Failure::new(Code::FileDamaged).with("value", self.name);
            return Err(failure.with_say("reason", Say::ReasonCellOrder));
        }
        let Some((kind, text)) = cell_text(value) else { return Ok(true) };
        let before = self.at.filter(|at| at.0 == row).map_or(0, |at| at.1 + 1);
        self.cells += u64::from(column + 1 - before);
        self.text += text.len();
        self.at = Some((row, column));
        if self.cells > CELLS_MAX {
            return Err(too_big(self.name, Say::ReasonBigSheets, &CELLS_MAX.to_string()));
        }
        if self.text > TEXT_MAX {
            return Err(too_big(self.name, Say::ReasonBigText, &megabytes(TEXT_MAX as u64)));
        }
        let pushed = self.packer.push(row, column, kind, text.as_bytes());
        pushed.map(|()| true).map_err(|error| unwritable(self.name, &error))
    }
}

fn cell_text(value: &Data) -> Option<(Kind, String)> {
    Some(match value {
        Data::Empty => return None,
        Data::Int(number) => (Kind::Number, number.to_string()),
        Data::Float(number) => (Kind::Number, number_text(*number)),
        Data::Bool(value) => (Kind::Bool, if *value { "TRUE" } else { "FALSE" }.to_owned()),
        Data::DateTime(value) => moment_text(value),
        Data::DateTimeIso(text) => iso_text(text),
        Data::String(text) | Data::DurationIso(text) => (Kind::Text, text.clone()),
        Data::Error(error) => (Kind::Error, error.to_string()),
    })
}

/// A date as an ods writes it: midnight is a date alone, and fractions of a second are dropped, as in Excel.
fn iso_text(text: &str) -> (Kind, String) {
    match (text.get(..10), text.get(10..11), text.get(11..19)) {
        (Some(_), None, _) => (Kind::Date, text.to_owned()),
        (Some(date), Some("T"), Some("00:00:00")) => (Kind::Date, date.to_owned()),
        (Some(date), Some("T"), Some(time)) => (Kind::Moment, format!("{date}T{time}")),
        _ => (Kind::Text, text.to_owned()),
    }
}

pub(super) fn damaged(name: &str, error: impl ToString) -> Failure {
    Failure::new(Code::FileDamaged).with("value", name).with("reason", error)
}

/// A date as ISO text, by the rules of [`date_text`]; a duration stays the number that it is.
fn moment_text(value: &ExcelDateTime) -> (Kind, String) {
    let serial = value.as_f64();
    if !value.is_datetime() {
        return (Kind::Number, number_text(serial));
    }
    // calamine does not say which calendar it is, but a date of the other one is another date.
    let of_1900 = ExcelDateTime::new(serial, ExcelDateTimeType::DateTime, false);
    date_text(serial, *value != of_1900)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_of_the_file() {
        let failure = apart("f", || -> Result<()> { panic!("as calamine does") }).unwrap_err();
        assert_eq!(failure.code, Code::FileDamaged);
    }

    #[test]
    fn iso_dates_are_dates_or_moments() {
        for (text, kind, shown) in [
            ("2026-01-31", Kind::Date, "2026-01-31"),
            ("2026-01-31T00:00:00", Kind::Date, "2026-01-31"),
            ("2026-01-31T08:30:00.123", Kind::Moment, "2026-01-31T08:30:00"),
            ("enero", Kind::Text, "enero"),
            ("2026-01-31 algo", Kind::Text, "2026-01-31 algo"),
        ] {
            assert_eq!(iso_text(text), (kind, shown.to_owned()));
        }
    }

    #[test]
    fn a_date_that_no_calendar_has_stays_a_number() {
        for (serial, from_1904, kind, text) in [
            (46_053.0, false, Kind::Date, "2026-01-31"),
            (44_591.0, true, Kind::Date, "2026-01-31"),
            (46_053.5, false, Kind::Moment, "2026-01-31T12:00:00"),
            (1.0, false, Kind::Date, "1900-01-01"),
            (59.0, false, Kind::Date, "1900-02-28"),
            (60.0, false, Kind::Number, "60"),
            (61.0, false, Kind::Date, "1900-03-01"),
            (0.0, false, Kind::Number, "0"),
            (0.5, false, Kind::Number, "0.5"),
            (-1.0, false, Kind::Number, "-1"),
            (2_958_466.0, false, Kind::Number, "2958466"),
        ] {
            let value = ExcelDateTime::new(serial, ExcelDateTimeType::DateTime, from_1904);
            assert_eq!(moment_text(&value), (kind, text.to_owned()), "{serial}");
        }
    }

    #[test]
    fn cells_out_of_order_or_out_of_bounds_are_refused() {
        let mut writer = Writer {
            packer: Packer::new(Vec::new()),
            name: "f",
            last_row: None,
            at: None,
            cells: 0,
            text: 0,
        };
        let value = Data::Int(1);
        assert!(writer.push(0, 3, &value).unwrap());
        for (row, column) in [(0, 3), (0, 1), (ROWS, 0), (1, COLUMNS)] {
            assert_eq!(writer.push(row, column, &value).unwrap_err().code, Code::FileDamaged);
        }
        writer.cells = CELLS_MAX;
        assert_eq!(writer.push(1, 0, &value).unwrap_err().code, Code::FileTooBig);
    }
}
