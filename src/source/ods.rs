//! An `.ods` is measured before calamine reads it.
//!
//! A cell and a row of an `OpenDocument` sheet say how often they are repeated, and calamine writes every
//! repetition out; and where an element never ends, calamine 0.38 waits for its end for ever. So the document is
//! walked here first, with the XML reader that calamine itself uses: the cells that would be written out are
//! counted against a bound, and every element has to end. What calamine does not tell is noted on the way: hidden
//! columns, hidden and filtered rows, and merged cells. No value is read here.

use std::io::{BufReader, Cursor, Write};

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, Writer};
use zip::write::SimpleFileOptions;

use super::container::too_big;
use super::notes::SheetNotes;
use super::spreadsheet::{AREA_MAX, damaged};
use crate::lang::Say;
use crate::problem::Result;

/// As far as calamine repeats.
const ROWS_MAX: u64 = 1_048_576;
const COLUMNS_MAX: u64 = 16_384;

/// The document, once it is known to be within bounds, without white space and comments between its cells,
/// which calamine takes for damage (npm's `xlsx` writes such documents); and the notes of its sheets in their order.
pub(super) fn checked(bytes: Vec<u8>, name: &str) -> Result<(Vec<u8>, Vec<SheetNotes>)> {
    let mut loose = false;
    let notes = walk(&bytes, name, |_, between| {
        loose |= between;
        Ok(())
    })?;
    if !loose {
        return Ok((bytes, notes));
    }
    let mut content = Writer::new(Vec::new());
    walk(&bytes, name, |event, between| if between { Ok(()) } else { content.write_event(event) })?;
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(name, error))?;
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for part in ["mimetype", "META-INF/manifest.xml"] {
        let part = zip.by_name(part).map_err(|error| damaged(name, error))?;
        out.raw_copy_file(part).map_err(|error| damaged(name, error))?;
    }
    out.start_file("content.xml", stored).map_err(|error| damaged(name, error))?;
    out.write_all(&content.into_inner()).map_err(|error| damaged(name, error))?;
    Ok((out.finish().map_err(|error| damaged(name, error))?.into_inner(), notes))
}

/// Walks over the document, measures it and notes what its sheets say besides their cells; each event comes with
/// whether it is nothing between two cells.
fn walk(
    bytes: &[u8],
    name: &str,
    mut each: impl FnMut(Event<'_>, bool) -> std::io::Result<()>,
) -> Result<Vec<SheetNotes>> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(name, error))?;
    let part = zip.by_name("content.xml").map_err(|error| damaged(name, error))?;
    let mut reader = Reader::from_reader(BufReader::new(part));
    let (mut measure, mut place) = (Measure::default(), Place::default());
    let mut buffer = Vec::new();
    let mut open: u64 = 0;
    loop {
        let event = reader.read_event_into(&mut buffer).map_err(|error| damaged(name, error))?;
        match &event {
            Event::Start(tag) => {
                open += 1;
                measure.tag(tag, false);
            }
            Event::Empty(tag) => measure.tag(tag, true),
            // That an end has a beginning, and its name, is checked by the reader.
            Event::End(_) => open -= 1,
            Event::Eof if open > 0 => return Err(damaged(name, "content.xml")),
            Event::Eof => return Ok(measure.notes),
            _ => {}
        }
        if measure.written + measure.area() > AREA_MAX {
            return Err(too_big(name, Say::ReasonBigSheets, &AREA_MAX.to_string()));
        }
        let between = place.is_between(&event);
        each(event, between).map_err(|error| damaged(name, error))?;
        buffer.clear();
    }
}

/// Whether the walk is in a row, and there in a cell.
#[derive(Default)]
struct Place {
    row: bool,
    cell: bool,
}

impl Place {
    fn is_between(&mut self, event: &Event<'_>) -> bool {
        let is_cell = |name: &str| name == "table:table-cell" || name == "table:covered-table-cell";
        match event {
            Event::Start(tag) if *tag.name().as_ref() == *"table:table-row" => {
                (self.row, self.cell) = (true, false);
            }
            Event::Start(tag) if is_cell(tag.name().as_ref()) => self.cell = true,
            Event::End(tag) if *tag.name().as_ref() == *"table:table-row" => self.row = false,
            Event::End(tag) if is_cell(tag.name().as_ref()) => self.cell = false,
            Event::Text(text) => return self.row && !self.cell && text.trim().is_empty(),
            Event::Comment(_) => return self.row && !self.cell,
            _ => {}
        }
        false
    }
}

/// The area of the sheet that is being walked over, and what was written out before.
#[derive(Default)]
struct Measure {
    /// Cells of the sheets before this one, and cells that rows of this one hold as they stand.
    written: u64,
    /// Rows up to the last one with a value.
    height: u64,
    /// The widest row with a value.
    width: u64,
    /// Rows so far.
    rows: u64,
    /// How often the present row is repeated.
    repeated: u64,
    /// Columns so far in the present row.
    columns: u64,
    /// Those of them that a value has made calamine write out.
    filled: u64,
    /// Columns that the sheet has declared so far, before its rows.
    declared: u64,
    /// What the sheets so far say besides their cells.
    notes: Vec<SheetNotes>,
}

impl Measure {
    fn area(&self) -> u64 {
        self.height * self.width
    }

    fn tag(&mut self, tag: &BytesStart<'_>, empty: bool) {
        match tag.name().as_ref() {
            name if *name == *"table:table" => {
                self.written += self.area();
                let mut notes = std::mem::take(&mut self.notes);
                notes.push(SheetNotes::default());
                *self = Measure { written: self.written, notes, ..Measure::default() };
            }
            name if *name == *"table:table-column" => self.note_columns(tag),
            name if *name == *"table:table-row" => {
                self.rows = (self.rows + self.repeated).min(ROWS_MAX);
                self.repeated = repeats(tag, "table:number-rows-repeated").min(ROWS_MAX);
                (self.columns, self.filled) = (0, 0);
                self.note_row(tag);
            }
            name if *name == *"table:table-cell" || *name == *"table:covered-table-cell" => {
                let repeated = repeats(tag, "table:number-columns-repeated");
                self.note_merge(tag);
                self.columns = self.columns.saturating_add(repeated).min(COLUMNS_MAX);
                if !empty || has_value(tag) {
                    self.written += self.columns - self.filled;
                    self.filled = self.columns;
                    self.width = self.width.max(self.columns);
                    self.height = (self.rows + self.repeated.max(1)).min(ROWS_MAX);
                }
            }
            _ => {}
        }
    }
}

impl Measure {
    /// Notes the present row, with its repetitions, when it is hidden or filtered away.
    fn note_row(&mut self, tag: &BytesStart<'_>) {
        let visibility = tag.try_get_attribute("table:visibility").ok().flatten();
        let hidden = visibility.map(|attribute| attribute.value.into_owned());
        let (Some("collapse" | "filter"), Some(notes)) = (hidden.as_deref(), self.notes.last_mut()) else {
            return;
        };
        notes.filtered |= hidden.as_deref() == Some("filter");
        for row in self.rows + 1..=(self.rows + self.repeated).min(ROWS_MAX) {
            notes.hide(u32::try_from(row).unwrap_or(u32::MAX));
        }
    }

    /// Notes the columns that the sheet declares next, when they are hidden.
    fn note_columns(&mut self, tag: &BytesStart<'_>) {
        let first = self.declared + 1;
        let repeated = repeats(tag, "table:number-columns-repeated");
        self.declared = self.declared.saturating_add(repeated).min(COLUMNS_MAX);
        let visibility = tag.try_get_attribute("table:visibility").ok().flatten();
        let hidden = visibility.is_some_and(|attribute| matches!(&*attribute.value, "collapse" | "filter"));
        if let (true, Some(notes)) = (hidden, self.notes.last_mut()) {
            let number = |at: u64| u32::try_from(at).unwrap_or(u32::MAX);
            notes.hide_columns(number(first), number(self.declared));
        }
    }

    /// Notes the merge whose top-left cell this is.
    fn note_merge(&mut self, tag: &BytesStart<'_>) {
        let (rows, columns) =
            (repeats(tag, "table:number-rows-spanned"), repeats(tag, "table:number-columns-spanned"));
        let Some(notes) = self.notes.last_mut().filter(|_| rows.max(columns) > 1) else { return };
        let number = |at: u64| u32::try_from(at).unwrap_or(u32::MAX);
        let (row, column) = (self.rows + 1, self.columns + 1);
        let (last_row, last_column) =
            ((self.rows + rows).min(ROWS_MAX), (self.columns + columns).min(COLUMNS_MAX));
        notes.merges.push((number(row), number(column), number(last_row), number(last_column)));
    }
}

/// A number that cannot be read counts as the most there can be.
fn repeats(tag: &BytesStart<'_>, name: &str) -> u64 {
    match tag.try_get_attribute(name) {
        Ok(None) => 1,
        Ok(Some(attribute)) => attribute.value.parse().unwrap_or(ROWS_MAX),
        Err(_) => ROWS_MAX,
    }
}

fn has_value(tag: &BytesStart<'_>) -> bool {
    tag.attributes().any(|attribute| {
        attribute.map_or(true, |attribute| {
            let key = attribute.key;
            let key: &str = key.as_ref();
            key.starts_with("office:") || key == "table:formula"
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_sheet_says_besides_its_cells_is_noted() {
        let content = "<d><table:table table:name='A'><table:table-column table:number-columns-repeated='2'/>\
            <table:table-column table:visibility='collapse' table:number-columns-repeated='3'/><table:table-column/>\
            <table:table-column table:visibility='filter'/>\
            <table:table-row><table:table-cell table:number-columns-repeated='2'/>\
            <table:table-cell table:number-columns-spanned='2' table:number-rows-spanned='3'/></table:table-row>\
            <table:table-row table:visibility='filter' table:number-rows-repeated='2'><table:table-cell/>\
            </table:table-row><table:table-row><table:table-cell/></table:table-row>\
            <table:table-row table:visibility='collapse'><table:table-cell/></table:table-row></table:table>\
            <table:table table:name='B'><table:table-row><table:table-cell/></table:table-row></table:table></d>";
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("content.xml", SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
        let (_, notes) = checked(zip.finish().unwrap().into_inner(), "f").unwrap();
        assert_eq!(notes.len(), 2);
        assert_eq!((&notes[0].hidden_rows[..], notes[0].filtered), (&[(2, 3), (5, 5)][..], true));
        assert_eq!(notes[0].hidden_columns, [(3, 5), (7, 7)]);
        assert_eq!(notes[0].merges, [(1, 3, 3, 4)]);
        assert_eq!(notes[1], SheetNotes::default());
    }
}
