//! An `.xlsb` is made whole for calamine before it is read.
//!
//! calamine 0.38 passes over two kinds of records without a word: cells in the short form, whose column is the
//! one after the cell before (npm's `xlsx` writes nearly all cells so), and errors of formulas. Both would be
//! cells lost in silence, so each is written here in the form that calamine reads. What the parts inflate to
//! is held against a bound on the way, and every record must end within its part: calamine would make room for
//! the length that a record claims, up to 256 MiB. No value is changed.

use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;

use super::container::{megabytes, too_big};
use super::spreadsheet::{PARTS_MAX, damaged};
use crate::lang::Say;
use crate::problem::Result;

const ROW: u16 = 0x0000;
const CELL_ERROR: u16 = 0x0003;
const FORMULA_ERROR: u16 = 0x000B;
/// The cells that name their column.
const LONG: std::ops::RangeInclusive<u16> = 0x0001..=0x000B;
/// The cells that do not; each is eleven above its long form.
const SHORT: std::ops::RangeInclusive<u16> = 0x000C..=0x0012;
const SHORT_TO_LONG: u16 = 11;
/// The column of an error cell, its style and the error itself.
const ERROR_BYTES: usize = 9;

/// The workbook with every cell in a form that calamine reads.
pub(super) fn whole(bytes: &[u8], name: &str) -> Result<Vec<u8>> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(name, error))?;
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut left = PARTS_MAX;
    for at in 0..zip.len() {
        let part = zip.by_index(at).map_err(|error| damaged(name, error))?;
        let part_name = part.name().map_err(|error| damaged(name, error))?.into_owned();
        let mut content = Vec::new();
        part.take(left + 1).read_to_end(&mut content).map_err(|error| damaged(name, error))?;
        let size = content.len() as u64;
        if size > left {
            return Err(too_big(name, Say::ReasonBigInside, &megabytes(PARTS_MAX)));
        }
        left -= size;
        if has_records(&part_name) {
            content = long_form(&content).ok_or_else(|| damaged(name, &part_name))?;
        }
        out.start_file(part_name, stored).map_err(|error| damaged(name, error))?;
        out.write_all(&content).map_err(|error| damaged(name, error))?;
    }
    Ok(out.finish().map_err(|error| damaged(name, error))?.into_inner())
}

/// Whether a part is one of those that are read as records: the sheets, and what calamine asks for by name.
fn has_records(part: &str) -> bool {
    let part = part.replace('\\', "/").to_ascii_lowercase();
    let Some(part) = part.strip_suffix(".bin") else { return false };
    part.contains("sheets/")
        || ["workbook", "sharedstrings", "styles"].iter().any(|name| part.ends_with(name))
}

/// A part's records with the short cells made long; none when a record does not end within the part.
fn long_form(part: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(part.len() + part.len() / 4);
    let (mut at, mut next_column) = (0, 0_u32);
    while at < part.len() {
        let start = at;
        let kind = u16::try_from(varint(part, &mut at, 2)?).ok()?;
        let length = varint(part, &mut at, 4)?;
        let data = part.get(at..at.checked_add(length)?)?;
        at += length;
        if kind == ROW {
            next_column = 0;
        }
        if LONG.contains(&kind) {
            next_column = u32::from_le_bytes(data.get(..4)?.try_into().ok()?).saturating_add(1);
        }
        match kind {
            FORMULA_ERROR => push(&mut out, CELL_ERROR, &[data.get(..ERROR_BYTES)?]),
            kind if SHORT.contains(&kind) => {
                push(&mut out, kind - SHORT_TO_LONG, &[&next_column.to_le_bytes(), data]);
                next_column = next_column.saturating_add(1);
            }
            _ => out.extend_from_slice(&part[start..at]),
        }
    }
    Some(out)
}

/// A number of seven bits a byte, in at most so many bytes.
fn varint(bytes: &[u8], at: &mut usize, most: u32) -> Option<usize> {
    let mut number = 0;
    for place in 0..most {
        let byte = *bytes.get(*at)?;
        *at += 1;
        number |= usize::from(byte & 0x7F) << (7 * place);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Some(number)
}

fn push(out: &mut Vec<u8>, kind: u16, data: &[&[u8]]) {
    // Every kind written here is below 128, hence one byte.
    out.extend_from_slice(&kind.to_le_bytes()[..1]);
    let mut length: usize = data.iter().map(|part| part.len()).sum();
    while length >= 0x80 {
        out.push(length.to_le_bytes()[0] | 0x80);
        length >>= 7;
    }
    out.push(length.to_le_bytes()[0]);
    for part in data {
        out.extend_from_slice(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_cells_and_formula_errors_take_the_form_that_is_read() {
        let (mut sheet, mut expected) = (Vec::new(), Vec::new());
        push(&mut sheet, ROW, &[&[0; 25]]);
        push(&mut sheet, 0x07, &[&2_u32.to_le_bytes(), &[0; 4], &[9, 0, 0, 0]]);
        expected.extend_from_slice(&sheet);
        push(&mut sheet, 0x12, &[&[0; 4], &[8, 0, 0, 0]]);
        push(&mut expected, 0x07, &[&3_u32.to_le_bytes(), &[0; 4], &[8, 0, 0, 0]]);
        push(&mut sheet, FORMULA_ERROR, &[&4_u32.to_le_bytes(), &[0; 4], &[0x2A], &[7; 200]]);
        push(&mut expected, CELL_ERROR, &[&4_u32.to_le_bytes(), &[0; 4], &[0x2A]]);
        push(&mut sheet, 0x0E, &[&[0; 4], &[0x17]]);
        push(&mut expected, CELL_ERROR, &[&5_u32.to_le_bytes(), &[0; 4], &[0x17]]);
        assert_eq!(long_form(&sheet), Some(expected));
        assert_eq!(long_form(&sheet[..sheet.len() - 1]), None);
    }
}
