//! The packed form of a sheet: rows of typed cells as one text.
//!
//! A row is its number and its cells, separated by U+001F and ended by U+001E; a cell is a letter for its kind
//! and its text, a blank cell is nothing. Control characters that the form itself uses are escaped by U+001D,
//! so every text comes back exactly. It is written by the readers of workbooks and stored in the ledger's
//! source blocks; it is never shown to anyone.

use std::io::{self, Write};

use super::row::{Kind, RowBuffer};

const CELL: char = '\u{1f}';
const ROW: char = '\u{1e}';
const ESCAPE: char = '\u{1d}';
/// Packed text is handed on when there is so much.
const CHUNK: usize = 64 << 10;

/// Writes the rows of a sheet in the packed form; never more than a row of it is held here.
#[derive(Debug)]
pub(super) struct Packer<W> {
    out: W,
    handed_on: usize,
    text: String,
    row: Option<u32>,
    column: u32,
}

impl<W: Write> Packer<W> {
    /// A sheet without rows, to be written out.
    pub(super) fn new(out: W) -> Packer<W> {
        Packer { out, handed_on: 0, text: String::new(), row: None, column: 0 }
    }

    /// Adds a cell; rows and columns count from 0 and never go back.
    pub(super) fn push(&mut self, row: u32, column: u32, kind: Kind, text: &str) -> io::Result<()> {
        if self.row != Some(row) {
            self.end_row()?;
            self.text.push_str(&(row + 1).to_string());
            self.row = Some(row);
        }
        for _ in self.column..=column {
            self.text.push(CELL);
        }
        self.column = column + 1;
        if let Some(letter) = letter(kind) {
            self.text.push(letter);
            push_escaped(&mut self.text, text);
        }
        Ok(())
    }

    /// How long the text is so far.
    pub(super) fn len(&self) -> usize {
        self.handed_on + self.text.len()
    }

    /// What the whole text was written to.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.end_row()?;
        self.out.write_all(self.text.as_bytes())?;
        Ok(self.out)
    }

    fn end_row(&mut self) -> io::Result<()> {
        if self.row.take().is_some() {
            self.text.push(ROW);
        }
        self.column = 0;
        if self.text.len() >= CHUNK {
            self.out.write_all(self.text.as_bytes())?;
            self.handed_on += self.text.len();
            self.text.clear();
        }
        Ok(())
    }
}

fn push_escaped(out: &mut String, text: &str) {
    // Hardly any text holds such a character, and a text without one is copied at once.
    if !text.bytes().any(|byte| (ESCAPE as u8..=CELL as u8).contains(&byte)) {
        return out.push_str(text);
    }
    for c in text.chars() {
        if matches!(c, CELL | ROW | ESCAPE) {
            out.push(ESCAPE);
            out.push(char::from(b'A' + (c as u8 - ESCAPE as u8)));
        } else {
            out.push(c);
        }
    }
}

/// Reads the row at an offset; gives the next row's offset.
pub(super) fn read_row(text: &str, start: usize, row: &mut RowBuffer) -> usize {
    let rest = &text.as_bytes()[start..];
    let length = memchr::memchr(ROW as u8, rest).unwrap_or(rest.len());
    let mut at = start;
    let end = start + length;
    let mut first = true;
    while at <= end {
        let cell_end =
            memchr::memchr(CELL as u8, &text.as_bytes()[at..end]).map_or(end, |length| at + length);
        if first {
            row.number = text[at..cell_end].parse().unwrap_or_default();
            first = false;
        } else {
            push_cell(text, at, cell_end, row);
        }
        at = cell_end + 1;
    }
    // What had to be escaped was odd, and is copied.
    row.is_plain = true;
    (end + 1).min(text.len())
}

fn push_cell(text: &str, start: usize, end: usize, row: &mut RowBuffer) {
    if start == end {
        return row.push(start, end, Kind::Blank);
    }
    let kind = kind(text.as_bytes()[start]);
    let cell = &text[start + 1..end];
    if !cell.contains(ESCAPE) {
        return row.push(start + 1, end, kind);
    }
    let from = row.copied.len();
    let mut chars = cell.chars();
    while let Some(c) = chars.next() {
        match (c, chars.clone().next()) {
            (ESCAPE, Some(code @ 'A'..='C')) => {
                row.copied.push(char::from(ESCAPE as u8 + (code as u8 - b'A')));
                chars.next();
            }
            _ => row.copied.push(c),
        }
    }
    row.push_copied(from, kind);
}

fn letter(kind: Kind) -> Option<char> {
    match kind {
        Kind::Blank | Kind::Covered => None,
        Kind::Text => Some('t'),
        Kind::Number => Some('n'),
        Kind::Date => Some('d'),
        Kind::Moment => Some('m'),
        Kind::Bool => Some('b'),
        Kind::Error => Some('e'),
        Kind::Uncalculated => Some('u'),
    }
}

fn kind(letter: u8) -> Kind {
    match letter {
        b'n' => Kind::Number,
        b'd' => Kind::Date,
        b'm' => Kind::Moment,
        b'b' => Kind::Bool,
        b'e' => Kind::Error,
        b'u' => Kind::Uncalculated,
        _ => Kind::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Cursor, Form, Row};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_cell_comes_back(cells in proptest::collection::vec((0u32..5, 0u32..4, 0usize..7, "[a-z\u{1d}\u{1e}\u{1f}A-Cñ]{0,6}"), 0..20)) {
            const KINDS: [Kind; 7] = [
                Kind::Text, Kind::Number, Kind::Date, Kind::Moment, Kind::Bool, Kind::Error, Kind::Uncalculated,
            ];
            let mut sheet = std::collections::BTreeMap::new();
            for (row, column, kind, text) in cells {
                sheet.insert((row, column), (KINDS[kind], text));
            }
            let mut packer = Packer::new(Vec::new());
            for ((row, column), (kind, text)) in &sheet {
                packer.push(*row, *column, *kind, text).unwrap();
            }
            let text = String::from_utf8(packer.finish().unwrap()).unwrap();
            let mut cursor = Cursor::at(&text, Form::Packed, 0, 1);
            let mut buffer = RowBuffer::default();
            let mut read = std::collections::BTreeMap::new();
            while cursor.read(&mut buffer) {
                let row = Row::of(&text, &buffer);
                for (column, cell) in row.cells().enumerate() {
                    if cell.kind != Kind::Blank {
                        read.insert((row.number() - 1, u32::try_from(column).unwrap()), (cell.kind, cell.text.to_owned()));
                    }
                }
            }
            prop_assert_eq!(read, sheet);
        }
    }
}
