//! Workbooks (xlsx, xlsm): sheets are chosen, and their cells written out in the packed form.
//!
//! The reader is our own: a scanner of bytes over a streamed inflate, which never holds a sheet, knows hidden
//! rows and formulas without a value, and meets a bound before a hostile file costs memory. Macros, links and
//! pictures are never touched; only the parts that hold cells are inflated at all. Real dates become ISO text;
//! numbers keep the 15 significant digits that Excel itself keeps. No value is interpreted here.

mod ahead;
mod book;
mod cells;
mod fault;
mod heads;
mod inflate;
mod package;
mod pieces;
mod plain;
mod scan;
mod sheet;
#[cfg(test)]
mod short_way_tests;
mod strings;
mod styles;
#[cfg(test)]
mod tests;
mod text;

use std::io::{Read as Source, Write};

use self::book::{Book, Lookup, SheetEntry};
use self::fault::{Fault, PACKED_BYTES_MAX, Read, SHEET_BYTES_MAX};
use self::package::{Package, Part};
use self::scan::Scanner;
use self::sheet::SheetReader;
use super::notes::SheetNotes;
use super::packed::{self, Packer};
use super::row::Kind;
use super::spool::{Bytes, Spool, Spools};
use super::text::Text;
use super::{Fit, SheetChoice, Table, origin, sheets};
use crate::lang::Say;
use crate::problem::Result;

pub(super) use cells::{date_text, number_text};

/// Reads the chosen sheets of a workbook; `name` is for messages.
pub(super) fn tables(
    bytes: Bytes,
    name: &str,
    (choice, fit): (&SheetChoice, Fit<'_>),
    spools: &Spools,
) -> Result<Vec<Table>> {
    let whole = |fault: Fault| fault.failure(name, None);
    let mut package = Package::open(bytes).map_err(whole)?;
    let book = Book::read(&mut package).map_err(whole)?;
    let every = *choice == SheetChoice::Every;
    let reports = if every { Vec::new() } else { report_sheets(&mut package, &book) };
    let names = if let Some(reports) = sheets::loadable(reports) {
        reports
    } else {
        let all: Vec<_> = book.sheets.iter().map(|sheet| (sheet.name.clone(), sheet.visibility)).collect();
        if let Some(names) = sheets::chosen(&all, name, choice)? {
            names
        } else {
            let all: Vec<String> = all.into_iter().map(|(sheet, _)| sheet).collect();
            (fit.choose)(name, &read(&mut package, &book, (name, &all, Some(fit.rows)), spools))?
        }
    };
    sheets::readable(read(&mut package, &book, (name, &names, None), spools), choice)
}

/// Reads sheets, to their last row or to the one given; one that cannot be read says so and harms no other.
fn read(
    package: &mut Package,
    book: &Book,
    (file, names, last_row): (&str, &[String], Option<u32>),
    spools: &Spools,
) -> Vec<Table> {
    let mut left = PACKED_BYTES_MAX;
    let sheets = names.iter().filter_map(|name| book.sheets.iter().find(|sheet| sheet.name == *name));
    let mut table_of = |sheet: &SheetEntry| {
        let (content, unread) = match pack(package, (&book.lookup, sheet), (left, last_row), spools) {
            Ok(content) => (content, None),
            Err(fault) => {
                ((Text::from(""), SheetNotes::default()), Some(fault.failure(file, Some(&sheet.name))))
            }
        };
        left -= content.0.len().min(left);
        let mut table = Table::of_sheet(&sheet.name, "xlsx", content);
        table.notes.visibility = sheet.visibility;
        table.unread = unread;
        table
    };
    sheets.map(&mut table_of).collect()
}

/// The sheets that have a report's columns, and whether their rows wait.
fn report_sheets(package: &mut Package, book: &Book) -> Vec<(String, bool)> {
    let mut reports = Vec::new();
    for sheet in &book.sheets {
        // A sheet that cannot be read is no report; it is refused by its name when it is chosen.
        if let Ok(Some(status)) = first_reported_status(package, &book.lookup, sheet) {
            reports.push((sheet.name.clone(), origin::is_pending(&status)));
        }
    }
    reports
}

/// The status of the first row, when the sheet has the columns of a report and rows under them. Nothing is
/// inflated behind the second row.
fn first_reported_status(package: &mut Package, lookup: &Lookup, sheet: &SheetEntry) -> Read<Option<String>> {
    let mut reader = SheetReader::new(Scanner::new(open_sheet(package, sheet)?), lookup);
    if !reader.next_row()? || reader.row() != 1 {
        return Ok(None);
    }
    let column = |name: &str| {
        reader.cells().find(|(_, _, text)| *text == name.as_bytes()).map(|(column, _, _)| column)
    };
    let status_column = column(origin::COLUMNS[0]);
    if column(origin::RUN_COLUMN).is_none() || !reader.next_row()? {
        return Ok(None);
    }
    let status = reader
        .cells()
        .find(|(column, kind, _)| reader.row() == 2 && *kind == Kind::Text && Some(*column) == status_column);
    Ok(Some(status.map(|(_, _, text)| String::from_utf8_lossy(text).into_owned()).unwrap_or_default()))
}

fn open_sheet<'p>(package: &'p mut Package, sheet: &SheetEntry) -> Read<Part<'p>> {
    package.part(&sheet.part, SHEET_BYTES_MAX)?.ok_or_else(part_missing)
}

fn part_missing() -> Fault {
    Fault::damaged(Say::BookPartMissing)
}

/// Writes a sheet out in the packed form, which may take `most` bytes, to its last row or to the one given.
fn pack(
    package: &mut Package,
    (lookup, sheet): (&Lookup, &SheetEntry),
    bounds: (usize, Option<u32>),
    spools: &Spools,
) -> Read<(Text, SheetNotes)> {
    let pack_rows = |source: &mut dyn Source| pack_rows(source, lookup, bounds, spools.begin());
    let (spool, notes) = if bounds.1.is_some() {
        // Nothing is inflated behind the last row.
        pack_rows(&mut open_sheet(package, sheet)?)?
    } else {
        let in_pieces = |source: Part<'_>| {
            let mut spool = spools.begin();
            // Packed, rows are longer than deflated.
            spool.expect(source.packed_length()).ok()?;
            pieces::pack(source, lookup, bounds.0, spool)
        };
        match package.try_long(&sheet.part, SHEET_BYTES_MAX, in_pieces)? {
            Some(packed) => packed?,
            None => package.read_whole(&sheet.part, SHEET_BYTES_MAX, pack_rows)?.ok_or_else(part_missing)?,
        }
    };
    let bytes = spool.finish().map_err(Fault::unwritable)?;
    let text = Text::of(&bytes, 0).ok_or_else(|| {
        let sound = std::str::from_utf8(&bytes).map_or_else(|error| error.valid_up_to(), str::len);
        Fault::damaged(Say::BookNotUtf8).at_row(packed::row_of(&bytes, sound))
    })?;
    let filtered = notes.filtered && !notes.hidden_rows.is_empty();
    Ok((text, SheetNotes { filtered, ..notes }))
}

/// Writes the rows of a sheet out; what stands behind them is read only where all of them are.
fn pack_rows(
    source: &mut dyn Source,
    lookup: &Lookup,
    (most, last_row): (usize, Option<u32>),
    spool: Spool,
) -> Read<(Spool, SheetNotes)> {
    let mut reader = SheetReader::new(Scanner::new(source), lookup);
    let mut packer = Packer::new(spool);
    let mut ended = true;
    while reader.next_row()? {
        if last_row.is_some_and(|last| reader.row() > last) {
            ended = false;
            break;
        }
        push_row(&reader, &mut packer, most)?;
    }
    let mut notes = SheetNotes::default();
    if ended {
        reader.read_rest()?;
        notes = reader.into_parts().0;
    }
    Ok((packer.finish().map_err(Fault::unwritable)?, notes))
}

/// Writes the row out that was read last. It is held until it ends, and its cells may all share one long string; so the
/// bound of the text is asked at every cell.
fn push_row<S: Source>(
    reader: &SheetReader<'_, S>,
    packer: &mut Packer<impl Write>,
    most: usize,
) -> Read<()> {
    let (row, are_plain) = (reader.row() - 1, reader.cells_are_plain());
    for (column, kind, text) in reader.cells() {
        let pushed = if are_plain {
            packer.push_plain(row, column, kind, text)
        } else {
            packer.push(row, column, kind, text)
        };
        pushed.map_err(Fault::unwritable)?;
        if packer.len() > most {
            return Err(Fault::too_big(Say::BookTooMuchText).at_row(reader.row()));
        }
    }
    Ok(())
}
