//! Workbooks (xlsx, xlsm): sheets are chosen, and their cells written out in the packed form.
//!
//! The reader is our own: a scanner of bytes over a streamed inflate, which never holds a sheet, knows hidden
//! rows and formulas without a value, and meets a bound before a hostile file costs memory. Macros, links and
//! pictures are never touched; only the parts that hold cells are inflated at all. Real dates become ISO text;
//! numbers keep the 15 significant digits that Excel itself keeps. No value is interpreted here.

mod book;
mod cells;
mod fault;
mod package;
mod scan;
mod sheet;
mod strings;
mod styles;
#[cfg(test)]
mod tests;
mod text;

use self::book::{Book, Lookup, SheetEntry};
use self::fault::{Fault, PACKED_BYTES_MAX, Read, SHEET_BYTES_MAX};
use self::package::{Package, Part};
use self::sheet::SheetReader;
use super::notes::SheetNotes;
use super::packed::Packer;
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
        let (content, unread) = match pack(package, (&book.lookup, sheet), (left, last_row), spools.begin()) {
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
    let mut reader = open_sheet(package, lookup, sheet)?;
    if !reader.next_row()? || reader.row() != 1 {
        return Ok(None);
    }
    let column = |name: &str| reader.cells().find(|(_, _, text)| *text == name).map(|(column, _, _)| column);
    let status_column = column(origin::COLUMNS[0]);
    if column(origin::RUN_COLUMN).is_none() || !reader.next_row()? {
        return Ok(None);
    }
    let status = reader
        .cells()
        .find(|(column, kind, _)| reader.row() == 2 && *kind == Kind::Text && Some(*column) == status_column);
    Ok(Some(status.map(|(_, _, text)| text.to_owned()).unwrap_or_default()))
}

fn open_sheet<'p>(
    package: &'p mut Package,
    lookup: &'p Lookup,
    sheet: &SheetEntry,
) -> Read<SheetReader<'p, Part<'p>>> {
    let scanner = package.scan(&sheet.part, SHEET_BYTES_MAX)?;
    let scanner = scanner.ok_or_else(|| Fault::damaged(Say::BookPartMissing))?;
    Ok(SheetReader::new(scanner, lookup))
}

/// Writes a sheet out in the packed form, which may take `most` bytes; what stands behind the rows is read only
/// where all of them are.
fn pack(
    package: &mut Package,
    (lookup, sheet): (&Lookup, &SheetEntry),
    (most, last_row): (usize, Option<u32>),
    spool: Spool,
) -> Read<(Text, SheetNotes)> {
    let mut reader = open_sheet(package, lookup, sheet)?;
    let mut packer = Packer::new(spool);
    let mut ended = true;
    while reader.next_row()? {
        if last_row.is_some_and(|last| reader.row() > last) {
            ended = false;
            break;
        }
        for (column, kind, text) in reader.cells() {
            packer.push(reader.row() - 1, column, kind, text).map_err(Fault::unwritable)?;
            if packer.len() > most {
                return Err(Fault::too_big(Say::BookTooMuchText).at_row(reader.row()));
            }
        }
    }
    let notes = if ended { reader.finish()? } else { SheetNotes::default() };
    let bytes = packer.finish().and_then(Spool::finish).map_err(Fault::unwritable)?;
    Ok((Text::of(&bytes, 0).expect("a packer writes UTF-8"), notes))
}
