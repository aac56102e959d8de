//! A sheet, row by row, from a stream of its markup.
//!
//! One row is held at a time. Positions are believed only as far as they make sense: a row or a cell that
//! stands twice, or rows that go back, could be read in two ways and are refused; cells out of order within
//! a row, and positions left out, mean one thing only and are read. What a sheet claims about its own size is
//! never looked at.

use std::io::Read as Source;

use super::book::Lookup;
use super::cells;
use super::fault::{COLUMNS_MAX, Fault, MERGES_MAX, ROW_BYTES_MAX, ROWS_MAX, Read};
use super::heads::{Content, cell_head, digits, hidden_columns, range, row_head};
use super::plain;
use super::scan::{Mark, Scanner};
use super::styles::Style;
use super::text;
use crate::lang::Say;
use crate::source::notes::SheetNotes;
use crate::source::packed;
use crate::source::row::Kind;

/// The text of a cell.
#[derive(Debug, Clone, Copy)]
enum Held<'b> {
    /// A shared string. It is looked up as soon as it is met: it is anywhere in memory, and has come by the time
    /// that the row is written out.
    Shared(&'b str),
    /// From where to where it stands in the row's own texts.
    Own(usize, usize),
}

#[derive(Debug, Clone, Copy)]
struct RowCell<'b> {
    column: u32,
    kind: Kind,
    held: Held<'b>,
}

/// The opening tag of a cell.
#[derive(Debug, Clone, Copy)]
struct Head {
    column: u32,
    style: Style,
    content: Content,
}

/// What was found between a cell's tags.
#[derive(Debug, Clone, Copy, Default)]
struct Inside {
    formula: bool,
    value: bool,
    inline: bool,
}

/// What comes next in a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// A row that holds anything.
    Row,
    /// The end of the rows.
    End,
    /// The end of what there is to read.
    Nothing,
}

/// Reads the rows of a sheet, and then its notes.
pub(super) struct SheetReader<'b, S> {
    scanner: Scanner<S>,
    lookup: &'b Lookup,
    notes: SheetNotes,
    in_rows: bool,
    /// What the first row said of its number.
    first: Option<u32>,
    row: u32,
    /// Whether the row said its number itself.
    placed: bool,
    column: u32,
    ordered: bool,
    cells: Vec<RowCell<'b>>,
    own: Vec<u8>,
    value: Vec<u8>,
}

impl<'b, S: Source> SheetReader<'b, S> {
    /// A reader at the beginning of a sheet's part.
    pub(super) fn new(scanner: Scanner<S>, lookup: &'b Lookup) -> Self {
        SheetReader {
            scanner,
            lookup,
            notes: SheetNotes::default(),
            in_rows: false,
            first: None,
            row: 0,
            placed: false,
            column: 0,
            ordered: true,
            cells: Vec::new(),
            own: Vec::new(),
            value: Vec::new(),
        }
    }

    /// A reader of rows that stand behind others.
    pub(super) fn among_rows(scanner: Scanner<S>, lookup: &'b Lookup) -> Self {
        SheetReader { in_rows: true, ..SheetReader::new(scanner, lookup) }
    }

    /// Whether the rows have begun.
    pub(super) fn is_among_rows(&self) -> bool {
        self.in_rows
    }

    /// The number that the first row says of itself, 0 where it says none.
    pub(super) fn first_row(&self) -> Option<u32> {
        self.first
    }

    /// The number of the row that was read last, from 1.
    pub(super) fn row(&self) -> u32 {
        self.row
    }

    /// The cells of the row that was read last: column from 0, kind, text. Whether that is UTF-8 has not been asked.
    pub(super) fn cells(&self) -> impl Iterator<Item = (u32, Kind, &[u8])> {
        self.cells.iter().map(|cell| {
            let text = match cell.held {
                Held::Shared(text) => text.as_bytes(),
                Held::Own(start, end) => &self.own[start..end],
            };
            (cell.column, cell.kind, text)
        })
    }

    /// Whether none of them holds a character that the packed form uses itself.
    pub(super) fn cells_are_plain(&self) -> bool {
        self.lookup.strings.are_plain() && packed::is_plain(&self.own)
    }

    /// Reads the next row that holds anything; false behind the last one.
    pub(super) fn next_row(&mut self) -> Read<bool> {
        match self.next_in_piece()? {
            Next::Row => Ok(true),
            Next::End => Ok(false),
            Next::Nothing => Err(Fault::xml().at_row(self.row)),
        }
    }

    /// Reads the next row that holds anything, of a sheet or of a piece of one.
    pub(super) fn next_in_piece(&mut self) -> Read<Next> {
        let read = self.find_row();
        read.map_err(|fault| fault.at_row(self.row))
    }

    fn find_row(&mut self) -> Read<Next> {
        loop {
            let Some(token) = self.scanner.next()? else { return Ok(Next::Nothing) };
            match (token.mark, token.name) {
                (Mark::Open, b"sheetData") => self.in_rows = true,
                (Mark::Empty | Mark::Close, b"sheetData") => return Ok(Next::End),
                (Mark::Open | Mark::Empty, b"sheetPr") => self.notes.filtered |= token.flag(b"filterMode"),
                (Mark::Open | Mark::Empty, b"col") if !self.in_rows => {
                    if let Some((first, last)) = hidden_columns(&token) {
                        self.notes.hide_columns(first, last);
                    }
                }
                (Mark::Open | Mark::Empty, b"row") if self.in_rows => {
                    let (given, hidden, open) = row_head(&token)?;
                    self.begin_row(given)?;
                    if open {
                        self.read_row()?;
                    }
                    if hidden {
                        self.notes.hide(self.row);
                    }
                    if !self.cells.is_empty() {
                        return Ok(Next::Row);
                    }
                }
                _ => {}
            }
        }
    }

    fn begin_row(&mut self, given: Option<u32>) -> Read<()> {
        self.first.get_or_insert(given.unwrap_or_default());
        let number = given.unwrap_or(self.row + 1);
        if number <= self.row {
            return Err(Fault::damaged(Say::BookRowOrder));
        }
        if number > ROWS_MAX {
            return Err(Fault::damaged(Say::BookCellPlace));
        }
        self.row = number;
        self.placed = given.is_some();
        self.column = 0;
        self.ordered = true;
        self.cells.clear();
        self.own.clear();
        Ok(())
    }

    fn read_row(&mut self) -> Read<()> {
        loop {
            self.read_plain_cells()?;
            let token = self.scanner.next()?.ok_or_else(Fault::xml)?;
            match (token.mark, token.name) {
                (Mark::Close, b"row") => break,
                (Mark::Open | Mark::Empty, b"c") => {
                    let open = token.mark == Mark::Open;
                    let (place, style, content) = cell_head(&token)?;
                    let style = self.lookup.styles.get(style).copied().unwrap_or_default();
                    let column = self.place(place)?;
                    if open {
                        self.read_cell(Head { column, style, content })?;
                    }
                }
                (Mark::Open, b"extLst") => self.scanner.skip(b"extLst")?,
                // A row or the end of the rows within a row: the markup is broken.
                (Mark::Open | Mark::Empty, b"row") | (Mark::Close, b"sheetData") => return Err(Fault::xml()),
                _ => {}
            }
        }
        if !self.ordered {
            self.cells.sort_by_key(|cell| cell.column);
            if self.cells.windows(2).any(|pair| pair[0].column == pair[1].column) {
                return Err(Fault::damaged(Say::BookCellPlace));
            }
        }
        Ok(())
    }

    /// Reads cells for as long as they are plain; what comes then is read piece by piece.
    fn read_plain_cells(&mut self) -> Read<()> {
        while let Some((cell, length)) = plain::cell(self.scanner.at_hand()) {
            let start = self.own.len();
            let read = match cell.held {
                plain::Held::Nothing => None,
                plain::Held::Shared(index) => Some((Kind::Text, Some(self.lookup.shared(index)?))),
                plain::Held::Number(number) => {
                    let style = self.lookup.styles.get(cell.style as usize).copied().unwrap_or_default();
                    let kind = cells::push_number(&mut self.own, number, style, self.lookup.from_1904);
                    Some((kind, None))
                }
                plain::Held::Text(text) => {
                    self.value.clear();
                    text::push_decoded(&mut self.value, text)?;
                    text::push_unescaped(&mut self.own, &self.value);
                    Some((Kind::Text, None))
                }
            };
            let place = cell.place;
            self.scanner.pass(length);
            let column = self.place(Some(place))?;
            if let Some((kind, shared)) = read {
                self.push(column, kind, (shared, start))?;
            }
        }
        Ok(())
    }

    /// Adds a cell to its row: a shared string, or what stands in the row's own texts from an offset on.
    fn push(&mut self, column: u32, kind: Kind, (shared, start): (Option<&'b str>, usize)) -> Read<()> {
        if self.own.len() > ROW_BYTES_MAX {
            return Err(Fault::too_big(Say::BookTooMuchText));
        }
        let held = shared.map_or(Held::Own(start, self.own.len()), Held::Shared);
        self.cells.push(RowCell { column, kind, held });
        Ok(())
    }

    /// The column, from 0, of a cell that says where it stands or stands behind the one before.
    fn place(&mut self, place: Option<(u32, u32)>) -> Read<u32> {
        let wrong = || Fault::damaged(Say::BookCellPlace);
        let column = match place {
            Some((row, column)) => {
                if row != self.row {
                    // Only a row without a number of its own may be told it by its first cell.
                    if self.placed || self.column > 0 || row < self.row || row > ROWS_MAX {
                        return Err(wrong());
                    }
                    self.row = row;
                }
                column
            }
            None => self.column + 1,
        };
        if column > COLUMNS_MAX {
            return Err(wrong());
        }
        self.ordered &= column > self.column;
        self.column = column;
        Ok(column - 1)
    }

    fn read_cell(&mut self, head: Head) -> Read<()> {
        self.value.clear();
        if let Some(value) = self.scanner.plain_value() {
            text::push_decoded(&mut self.value, value)?;
            return self.keep(head, Inside { value: true, ..Inside::default() });
        }
        let mut inside = Inside::default();
        loop {
            let token = self.scanner.next()?.ok_or_else(Fault::xml)?;
            match (token.mark, token.name) {
                (Mark::Close, b"c") => break,
                // The inline text is the cell's, whatever else it says.
                (Mark::Open, b"v") if inside.inline => self.scanner.skip(b"v")?,
                (Mark::Open, b"v") => {
                    self.value.clear();
                    text::push_plain(&mut self.scanner, b"v", &mut self.value)?;
                    inside.value = true;
                }
                (Mark::Empty, b"v") => inside.value = true,
                (Mark::Open, b"f") => {
                    self.scanner.skip(b"f")?;
                    inside.formula = true;
                }
                (Mark::Empty, b"f") => inside.formula = true,
                (Mark::Open, b"is") => {
                    self.value.clear();
                    text::push_rich(&mut self.scanner, b"is", &mut self.value)?;
                    inside.inline = true;
                }
                (Mark::Open, b"extLst") => self.scanner.skip(b"extLst")?,
                (Mark::Open | Mark::Empty, b"c" | b"row") | (Mark::Close, b"row") => return Err(Fault::xml()),
                _ => {}
            }
        }
        self.keep(head, inside)
    }

    /// Adds the cell to its row, when it holds anything.
    fn keep(&mut self, head: Head, inside: Inside) -> Read<()> {
        let start = self.own.len();
        let content = if inside.inline { Content::Text } else { head.content };
        let (kind, shared) = if self.value.is_empty() {
            // A formula whose result is the empty text has a value, and says that it is a text.
            let known = content == Content::Text && (inside.value || inside.inline);
            if inside.formula && !known {
                (Kind::Uncalculated, None)
            } else if known {
                (Kind::Text, None)
            } else {
                return Ok(());
            }
        } else {
            self.convert(head.style, content)?
        };
        self.push(head.column, kind, (shared, start))
    }

    fn convert(&mut self, style: Style, content: Content) -> Read<(Kind, Option<&'b str>)> {
        if content == Content::Shared {
            let index =
                digits(self.value.trim_ascii()).ok_or_else(|| Fault::damaged(Say::BookNoSuchString))?;
            return Ok((Kind::Text, Some(self.lookup.shared(index)?)));
        }
        let out = &mut self.own;
        let value = self.value.as_slice();
        let kind = match content {
            Content::Number => cells::push_number(out, value, style, self.lookup.from_1904),
            Content::Iso => cells::push_iso(out, value),
            Content::Error => {
                out.extend_from_slice(value);
                Kind::Error
            }
            Content::Bool => {
                let known = match value.trim_ascii() {
                    b"1" | b"true" => Some(b"TRUE".as_slice()),
                    b"0" | b"false" => Some(b"FALSE".as_slice()),
                    _ => None,
                };
                out.extend_from_slice(known.unwrap_or(value));
                if known.is_some() { Kind::Bool } else { Kind::Text }
            }
            Content::Text | Content::Shared => {
                text::push_unescaped(out, value);
                Kind::Text
            }
        };
        Ok((kind, None))
    }

    /// Reads what stands behind the rows, to the end of the part.
    pub(super) fn read_rest(&mut self) -> Read<()> {
        let mut closed = false;
        while let Some(token) = self.scanner.next()? {
            match (token.mark, token.name) {
                (Mark::Open | Mark::Empty, b"autoFilter") => self.notes.filtered = true,
                (Mark::Open | Mark::Empty, b"mergeCell") => {
                    let range = token.attribute(b"ref").and_then(range);
                    self.notes.merges.push(range.ok_or_else(|| Fault::damaged(Say::BookCellPlace))?);
                    if self.notes.merges.len() > MERGES_MAX {
                        return Err(Fault::too_big(Say::BookTooMuchText));
                    }
                }
                // Rows behind the rows are not known to any program.
                (Mark::Open, b"sheetData") => return Err(Fault::damaged(Say::BookRowOrder)),
                // Views of single persons have filters of their own.
                (Mark::Open, b"customSheetViews") => self.scanner.skip(b"customSheetViews")?,
                (Mark::Open, b"extLst") => self.scanner.skip(b"extLst")?,
                (Mark::Close, b"worksheet") => closed = true,
                _ => {}
            }
        }
        if !closed {
            return Err(Fault::xml());
        }
        Ok(())
    }

    /// What was noted of the sheet so far, and what it was read from.
    pub(super) fn into_parts(self) -> (SheetNotes, Scanner<S>) {
        (self.notes, self.scanner)
    }
}
