//! An `.xls` is measured before calamine reads it.
//!
//! calamine allocates what a workbook declares: the area between two far cells, or a `DIMENSIONS` record's.
//! So the stream of records is walked here first: a password is found (also the old obfuscation, which calamine
//! takes for garbage), the area that each sheet really spans is held against a bound, and declared dimensions
//! are blanked. What comes out is a fresh OLE file with that one stream, so that calamine's own reading of
//! OLE structures never meets a hostile one. What calamine does not tell is noted on the way: hidden rows and
//! columns, filters and merged cells. No cell's value is read here.

use std::io::{Cursor, Read, Write};

use super::container::too_big;
use super::notes::SheetNotes;
use super::spreadsheet::AREA_MAX;
use super::workbook_kind::open_ole;
use crate::lang::{Code, Say};
use crate::problem::{Failure, Result};

const FILE_PASS: u16 = 0x002F;
const BOUND_SHEET: u16 = 0x0085;
const BEGIN: u16 = 0x0809;
const END: u16 = 0x000A;
const DIMENSIONS: u16 = 0x0200;
const MUL_RK: u16 = 0x00BD;
const STRING: u16 = 0x0207;
const ROW: u16 = 0x0208;
const ROW_HIDDEN: u16 = 0x20;
const COLUMN_INFO: u16 = 0x007D;
const COLUMN_HIDDEN: u16 = 0x01;
const FILTER_MODE: u16 = 0x009B;
const MERGED_CELLS: u16 = 0x00E5;
/// Records of one cell: row and column are their first two numbers.
const CELLS: [u16; 7] = [0x0203, 0x0204, 0x00D6, 0x0205, 0x027E, 0x00FD, 0x0006];
/// More sheets than any workbook has.
const SHEETS_MAX: usize = 4096;

/// The workbook in a fresh OLE file, once its sheets are known to be within bounds, and the notes of its sheets in
/// their order.
pub(super) fn checked(bytes: &[u8], name: &str) -> Result<(Vec<u8>, Vec<SheetNotes>)> {
    let damaged = |reason: &dyn ToString| {
        Failure::new(Code::FileDamaged).with("value", name).with("reason", reason.to_string())
    };
    let (path, mut stream) = workbook_stream(bytes).map_err(|error| damaged(&error))?;
    if globals(&stream).any(|record| record.kind == FILE_PASS) {
        return Err(Failure::new(Code::FileProtected).with("value", name));
    }
    let sheets = sheet_starts(&stream).ok_or_else(|| damaged(&"BOUNDSHEET"))?;
    for &start in &sheets {
        let declared: Vec<_> = sheet(&stream, start)
            .filter(|record| record.kind == DIMENSIONS)
            .map(|record| (record.start, record.data.len()))
            .collect();
        for (start, length) in declared {
            stream[start..start + length].fill(0);
        }
    }
    let mut area = 0_u64;
    for &start in &sheets {
        area = area.saturating_add(spanned(&stream, start).ok_or_else(|| damaged(&"DIMENSIONS"))?);
    }
    if area > AREA_MAX {
        return Err(too_big(name, Say::ReasonBigSheets, &AREA_MAX.to_string()));
    }
    let notes = globals(&stream).filter(|record| record.kind == BOUND_SHEET);
    let notes = notes.map(|record| notes_of(&stream, record.long())).collect();
    Ok((wrapped(path, &stream).map_err(|error| damaged(&error))?, notes))
}

/// What a sheet says besides its cells.
fn notes_of(stream: &[u8], start: usize) -> SheetNotes {
    let mut notes = SheetNotes::default();
    let mut hidden = Vec::new();
    for record in sheet(stream, start) {
        match record.kind {
            ROW if record.number(12).is_some_and(|flags| flags & ROW_HIDDEN != 0) => {
                hidden.extend(record.number(0).map(|row| u32::from(row) + 1));
            }
            COLUMN_INFO if record.number(8).is_some_and(|flags| flags & COLUMN_HIDDEN != 0) => {
                if let (Some(first), Some(last)) = (record.number(0), record.number(2)) {
                    notes.hide_columns(u32::from(first) + 1, u32::from(last) + 1);
                }
            }
            FILTER_MODE => notes.filtered = true,
            MERGED_CELLS => {
                let number = |at| record.number(at).map(|number| u32::from(number) + 1);
                // First and last row, first and last column.
                let merge = |at| Some((number(at)?, number(at + 4)?, number(at + 2)?, number(at + 6)?));
                notes.merges.extend((2..record.data.len()).step_by(8).map_while(merge));
            }
            _ => {}
        }
    }
    hidden.sort_unstable();
    hidden.dedup();
    for row in hidden {
        notes.hide(row);
    }
    notes.filtered &= !notes.hidden_rows.is_empty();
    notes
}

fn workbook_stream(bytes: &[u8]) -> std::io::Result<(&'static str, Vec<u8>)> {
    let mut ole = open_ole(bytes)?;
    let path = if ole.is_stream("/Workbook") { "/Workbook" } else { "/Book" };
    let mut stream = Vec::new();
    ole.open_stream(path)?.take(bytes.len() as u64).read_to_end(&mut stream)?;
    Ok((path, stream))
}

fn wrapped(path: &str, stream: &[u8]) -> std::io::Result<Vec<u8>> {
    // calamine takes a file of the newer version for empty once it has no small stream, hence any big workbook.
    let mut ole = cfb::CompoundFile::create_with_version(cfb::Version::V3, Cursor::new(Vec::new()))?;
    ole.create_stream(path)?.write_all(stream)?;
    ole.flush()?;
    Ok(ole.into_inner().into_inner())
}

/// One record of the stream.
struct Record<'s> {
    kind: u16,
    start: usize,
    data: &'s [u8],
}

impl Record<'_> {
    /// The number of four bytes with which it begins, or the stream's end.
    fn long(&self) -> usize {
        self.data.first_chunk().map_or(usize::MAX, |bytes| u32::from_le_bytes(*bytes) as usize)
    }

    fn number(&self, at: usize) -> Option<u16> {
        let bytes = self.data.get(at..at + 2)?;
        Some(u16::from_le_bytes([bytes[0], bytes[1]]))
    }
}

/// The records from an offset on; it ends where the stream does or where a record is cut.
fn records(stream: &[u8], start: usize) -> impl Iterator<Item = Record<'_>> {
    let mut at = start;
    std::iter::from_fn(move || {
        let head = stream.get(at..at.checked_add(4)?)?;
        let (kind, length) = (u16::from_le_bytes([head[0], head[1]]), u16::from_le_bytes([head[2], head[3]]));
        let start = at + 4;
        let data = stream.get(start..start + usize::from(length))?;
        at = start + usize::from(length);
        Some(Record { kind, start, data })
    })
}

fn globals(stream: &[u8]) -> impl Iterator<Item = Record<'_>> {
    records(stream, 0).take_while(|record| record.kind != END)
}

/// Where the sheets begin; none when a place is outside the stream or named twice.
fn sheet_starts(stream: &[u8]) -> Option<Vec<usize>> {
    let mut starts = Vec::new();
    for record in globals(stream).filter(|record| record.kind == BOUND_SHEET) {
        starts.push(record.long());
    }
    starts.sort_unstable();
    let fine = starts.len() <= SHEETS_MAX
        && starts.windows(2).all(|pair| pair[0] != pair[1])
        && starts.last().is_none_or(|last| *last < stream.len());
    fine.then_some(starts)
}

/// A sheet's records without those of the charts inside it.
fn sheet(stream: &[u8], start: usize) -> impl Iterator<Item = Record<'_>> {
    let mut depth = 0_usize;
    records(stream, start)
        .map_while(move |record| {
            let inside = depth;
            match record.kind {
                BEGIN => depth += 1,
                END if depth <= 1 => return None,
                END => depth -= 1,
                _ => {}
            }
            Some((inside, record))
        })
        .filter(|(inside, _)| *inside <= 1)
        .map(|(_, record)| record)
}

/// The area between a sheet's outermost cells; none when a dimension is still declared, which only sheets
/// that lie over one another can bring about.
fn spanned(stream: &[u8], start: usize) -> Option<u64> {
    let (mut top, mut left, mut bottom, mut right) = (u16::MAX, u16::MAX, 0, 0);
    let mut any = false;
    for record in sheet(stream, start) {
        if record.kind == DIMENSIONS && record.data.iter().any(|byte| *byte != 0) {
            return None;
        }
        // A formula's text stands at the formula before it; without one, calamine puts it at A1.
        let origin = record.kind == STRING && !any;
        if !origin && record.kind != MUL_RK && !CELLS.contains(&record.kind) {
            continue;
        }
        let at = |offset| if origin { Some(0) } else { record.number(offset) };
        let (Some(row), Some(first)) = (at(0), at(2)) else { continue };
        let last = match record.kind {
            MUL_RK => record.data.len().checked_sub(2).and_then(|at| record.number(at)).unwrap_or(first),
            _ => first,
        };
        any = true;
        (top, bottom) = (top.min(row), bottom.max(row));
        (left, right) = (left.min(first), right.max(last));
    }
    if !any {
        return Some(0);
    }
    let side = |from: u16, to: u16| u64::from(to.saturating_sub(from)) + 1;
    Some(side(top, bottom) * side(left, right))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u16, data: &[u8]) -> Vec<u8> {
        let mut bytes = kind.to_le_bytes().to_vec();
        bytes.extend(u16::try_from(data.len()).unwrap().to_le_bytes());
        bytes.extend(data);
        bytes
    }

    /// A workbook of one sheet with these records.
    fn workbook(globals: &[u8], sheet: &[u8]) -> Vec<u8> {
        let begin = record(BEGIN, &[0, 6, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        let mut bound = vec![0; 4];
        bound.extend(b"\0\0\x01\0S");
        let length = begin.len() + globals.len() + 4 + bound.len() + 4;
        bound[..4].copy_from_slice(&u32::try_from(length).unwrap().to_le_bytes());
        let stream = [
            begin.as_slice(),
            globals,
            &record(BOUND_SHEET, &bound),
            &record(END, &[]),
            &begin,
            sheet,
            &record(END, &[]),
        ]
        .concat();
        wrapped("/Workbook", &stream).unwrap()
    }

    fn number(row: u16, column: u16) -> Vec<u8> {
        let mut data = [row.to_le_bytes(), column.to_le_bytes(), [0, 0]].concat();
        data.extend(7.0_f64.to_le_bytes());
        record(0x0203, &data)
    }

    #[test]
    fn what_a_sheet_says_besides_its_cells_is_noted() {
        let row = |number: u16, flags: u16| {
            let mut data = [0; 16];
            data[..2].copy_from_slice(&number.to_le_bytes());
            data[12..14].copy_from_slice(&flags.to_le_bytes());
            record(ROW, &data)
        };
        let merges: Vec<u8> =
            [2_u16, 4, 6, 0, 1, 9, 9, 2, 3].into_iter().flat_map(u16::to_le_bytes).collect();
        let columns = |first: u16, last: u16, flags: u16| {
            let data: Vec<u8> =
                [first, last, 2560, 15, flags, 0].into_iter().flat_map(u16::to_le_bytes).collect();
            record(COLUMN_INFO, &data)
        };
        let columns =
            [columns(0, 1, 0), columns(2, 2, 1), columns(5, 255, 0x1001), columns(3, 2, 1)].concat();
        let rows = [row(3, 0x0100), row(4, ROW_HIDDEN), row(5, 0x0120), row(8, ROW_HIDDEN)].concat();
        let sheet = [columns, rows, record(FILTER_MODE, &[]), record(MERGED_CELLS, &merges)].concat();
        let (_, notes) = checked(&workbook(&[], &sheet), "f").unwrap();
        assert_eq!(notes.len(), 1);
        assert_eq!((&notes[0].hidden_rows[..], notes[0].filtered), (&[(5, 6), (9, 9)][..], true));
        assert_eq!(notes[0].hidden_columns, [(3, 3), (6, 256)]);
        assert_eq!(notes[0].merges, [(5, 1, 7, 2), (10, 3, 10, 4)]);
    }

    /// A workbook of more than four kilobytes was refused as damaged.
    #[test]
    fn a_big_workbook_is_found_in_its_fresh_file() {
        use calamine::Reader as _;
        let rows: Vec<u8> = (0..400).flat_map(|row| number(row, 0)).collect();
        let (bytes, _) = checked(&workbook(&[], &rows), "f").unwrap();
        let mut book = calamine::Xls::new(Cursor::new(bytes)).unwrap();
        assert_eq!(book.worksheet_range("S").unwrap().height(), 400);
    }

    #[test]
    fn what_a_sheet_spans_is_bounded() {
        for (globals, sheet, code) in [
            (vec![], number(0, 0), None),
            (vec![], [number(0, 0), number(65_535, 255)].concat(), None),
            (vec![], [number(0, 0), number(65_535, 65_535)].concat(), Some(Code::FileTooBig)),
            (vec![], [record(DIMENSIONS, &[0xFF; 14]), number(3, 3)].concat(), None),
            (record(FILE_PASS, &[0, 0, 1, 2, 3, 4]), number(0, 0), Some(Code::FileProtected)),
        ] {
            let result = checked(&workbook(&globals, &sheet), "f");
            assert_eq!(result.as_ref().err().map(|failure| failure.code), code, "{result:?}");
        }
    }
}
