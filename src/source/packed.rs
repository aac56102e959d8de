//! The packed form of a sheet: rows of typed cells as one text.
//!
//! A row is its number and its cells, separated by U+001F and ended by U+001E; a cell is a letter for its kind
//! and its text, a blank cell is nothing. Control characters that the form itself uses are escaped by U+001D,
//! so every text comes back exactly. It is written by the readers of workbooks and stored in the ledger's
//! source blocks; it is never shown to anyone.

use std::io::{self, Write};

use super::marks::{BLOCK, any_of_at};
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
    text: Vec<u8>,
    row: Option<u32>,
    column: u32,
}

impl<W: Write> Packer<W> {
    /// A sheet without rows, to be written out.
    pub(super) fn new(out: W) -> Packer<W> {
        Packer { out, handed_on: 0, text: Vec::new(), row: None, column: 0 }
    }

    /// Adds a cell; rows and columns count from 0 and never go back. Whether its text is UTF-8 is not asked here: the whole
    /// is, where all cells are.
    pub(super) fn push(&mut self, row: u32, column: u32, kind: Kind, text: &[u8]) -> io::Result<()> {
        if self.begin_cell(row, column, kind)? {
            push_escaped(&mut self.text, text);
        }
        Ok(())
    }

    /// Adds a cell whose text is known to be [plain](is_plain), as nearly every one is.
    pub(super) fn push_plain(&mut self, row: u32, column: u32, kind: Kind, text: &[u8]) -> io::Result<()> {
        debug_assert!(is_plain(text));
        if self.begin_cell(row, column, kind)? {
            self.text.extend_from_slice(text);
        }
        Ok(())
    }

    /// Writes all that stands before a cell's text; false where none does.
    #[inline]
    fn begin_cell(&mut self, row: u32, column: u32, kind: Kind) -> io::Result<bool> {
        if self.row != Some(row) {
            self.end_row()?;
            self.text.extend_from_slice((row + 1).to_string().as_bytes());
            self.row = Some(row);
        }
        for _ in self.column..column {
            self.text.push(CELL as u8);
        }
        self.column = column + 1;
        self.text.extend_from_slice(head(kind).as_bytes());
        Ok(!matches!(kind, Kind::Blank | Kind::Covered))
    }

    /// How long the text is so far.
    pub(super) fn len(&self) -> usize {
        self.handed_on + self.text.len()
    }

    /// What the whole text was written to.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.end_row()?;
        self.out.write_all(&self.text)?;
        Ok(self.out)
    }

    fn end_row(&mut self) -> io::Result<()> {
        if self.row.take().is_some() {
            self.text.push(ROW as u8);
        }
        self.column = 0;
        if self.text.len() >= CHUNK {
            self.out.write_all(&self.text)?;
            self.handed_on += self.text.len();
            self.text.clear();
        }
        Ok(())
    }
}

/// Whether a text holds no character that the form itself uses, and so stands in it as it is.
pub(super) fn is_plain(text: &[u8]) -> bool {
    memchr::memchr3(CELL as u8, ROW as u8, ESCAPE as u8, text).is_none()
}

fn push_escaped(out: &mut Vec<u8>, text: &[u8]) {
    const FIRST: u8 = ESCAPE as u8;
    const LAST: u8 = CELL as u8;
    // Hardly any text holds such a character, and a text without one is copied at once.
    if is_plain(text) {
        return out.extend_from_slice(text);
    }
    for byte in text {
        match byte {
            FIRST..=LAST => out.extend([FIRST, b'A' + (byte - FIRST)]),
            _ => out.push(*byte),
        }
    }
}

/// The number of the row in which a byte of a packed text stands, whether or not that is UTF-8.
pub(super) fn row_of(bytes: &[u8], at: usize) -> u32 {
    let start = memchr::memrchr(ROW as u8, &bytes[..at]).map_or(0, |end| end + 1);
    let digits = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
}

/// Reads the row at an offset; gives the next row's offset.
pub(super) fn read_row(text: &str, start: usize, row: &mut RowBuffer) -> usize {
    // What had to be escaped is copied, and odd where it stands.
    row.is_plain = true;
    let bytes = text.as_bytes();
    let (mut cell, mut block) = (start, start);
    let (mut in_number, mut escaped) = (true, false);
    loop {
        let mut marks = any_of_at([CELL as u8, ROW as u8, ESCAPE as u8], bytes, block);
        while marks != 0 {
            let at = block + marks.trailing_zeros() as usize;
            marks &= marks - 1;
            let mark = bytes[at];
            if mark == ESCAPE as u8 {
                escaped = true;
                continue;
            }
            push_piece(text, (cell, at), (in_number, escaped), row);
            (in_number, escaped, cell) = (false, false, at + 1);
            if mark == ROW as u8 {
                return cell;
            }
        }
        if bytes.len() - block <= BLOCK {
            // Nothing writes a row without its end; what there is of one is read.
            push_piece(text, (cell, bytes.len()), (in_number, escaped), row);
            return bytes.len();
        }
        block += BLOCK;
    }
}

/// Where the first row behind an offset begins; the end of the text where there is none.
pub(super) fn next_row(bytes: &[u8], offset: usize) -> usize {
    memchr::memchr(ROW as u8, &bytes[offset..]).map_or(bytes.len(), |length| offset + length + 1)
}

/// Adds what stands between two separators: the row's number, or a cell.
#[inline]
fn push_piece(
    text: &str,
    (start, end): (usize, usize),
    (is_number, escaped): (bool, bool),
    row: &mut RowBuffer,
) {
    if is_number {
        row.number = text[start..end].parse().unwrap_or_default();
        return;
    }
    if start == end {
        return row.push(start, end, Kind::Blank);
    }
    let kind = kind(text.as_bytes()[start]);
    if escaped {
        push_unescaped(&text[start + 1..end], kind, row);
    } else {
        row.push(start + 1, end, kind);
    }
}

fn push_unescaped(cell: &str, kind: Kind, row: &mut RowBuffer) {
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

/// What stands before the text of a cell: the separator, and the letter of its kind.
fn head(kind: Kind) -> &'static str {
    match kind {
        Kind::Blank | Kind::Covered => "\u{1f}",
        Kind::Text => "\u{1f}t",
        Kind::Number => "\u{1f}n",
        Kind::Date => "\u{1f}d",
        Kind::Moment => "\u{1f}m",
        Kind::Bool => "\u{1f}b",
        Kind::Error => "\u{1f}e",
        Kind::Uncalculated => "\u{1f}u",
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

    /// A row cut at every separator, one after the other: its number and cells, and where the next one begins.
    fn read_simply(text: &str, start: usize) -> (u32, Vec<(Kind, String)>, usize) {
        let (row, next) = match text[start..].split_once(ROW) {
            Some((row, _)) => (row, start + row.len() + 1),
            None => (&text[start..], text.len()),
        };
        let (number, cells) =
            row.split_once(CELL).map_or((row, None), |(number, cells)| (number, Some(cells)));
        let read = |cell: &str| {
            let Some(letter) = cell.bytes().next() else { return (Kind::Blank, String::new()) };
            let mut parts = cell[1..].split(ESCAPE);
            let mut text = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                text.push(char::from(part.as_bytes()[0] - b'A' + ESCAPE as u8));
                text.push_str(&part[1..]);
            }
            (kind(letter), text)
        };
        let cells = cells.map_or(Vec::new(), |cells| cells.split(CELL).map(read).collect());
        (number.parse().unwrap_or_default(), cells, next)
    }

    proptest! {
        #[test]
        fn rows_are_cut_by_blocks_as_they_are_cut_one_by_one(
            cells in proptest::collection::vec("|[tndmbeu]([A-Dñ0-9]|\u{1d}[A-C]){0,40}", 0..12),
            end in "\u{1e}?",
            before in "[a-z]{0,70}",
        ) {
            let row = cells.iter().map(|cell| format!("{CELL}{cell}")).collect::<Vec<_>>().concat();
            let text = format!("{before}77{row}{end}{}", if end.is_empty() { "" } else { "78\u{1f}tx\u{1e}" });
            let mut buffer = RowBuffer::default();
            let next = read_row(&text, before.len(), &mut buffer);
            let read = Row::of(&text, &buffer);
            let cells = read.cells().map(|cell| (cell.kind, cell.text.to_owned())).collect::<Vec<_>>();
            prop_assert_eq!((read.number(), cells, next), read_simply(&text, before.len()));
        }

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
                packer.push(*row, *column, *kind, text.as_bytes()).unwrap();
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
            let mut start = 0;
            for row in text.split_inclusive(ROW) {
                let number: u32 = row.split(CELL).next().unwrap().parse().unwrap();
                prop_assert!((start..start + row.len()).all(|at| row_of(text.as_bytes(), at) == number));
                start += row.len();
            }
        }
    }
}
