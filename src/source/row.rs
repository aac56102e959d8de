//! Rows and cells, and the cursor that walks over them.
//!
//! A [`RowBuffer`] is filled again for each row and borrows its cells from the table's text wherever the
//! text holds them as they are; only quoted cells with doubled quotes and escaped ones are copied. Nothing
//! here allocates for a plain row.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::formula_error::is_formula_error;
use super::tame::Stretches;
use super::{csv, packed};
use crate::lang::Code;
use crate::problem::{Failure, Place};

/// How the rows of a table are written in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// Delimiter-separated values with RFC 4180 quotes.
    Csv {
        /// The delimiter, one ASCII byte.
        delimiter: u8,
    },
    /// The packed form of a sheet: typed cells.
    Packed,
}

/// The type a cell had in its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Nothing in it.
    Blank,
    /// Text; every cell of a CSV.
    Text,
    /// A number of a workbook, written with up to 15 significant digits, and the zeros in front that its format
    /// shows.
    Number,
    /// A real date of a workbook, written `YYYY-MM-DD`.
    Date,
    /// A real date with a time of day, written `YYYY-MM-DDTHH:MM:SS`.
    Moment,
    /// `TRUE` or `FALSE`.
    Bool,
    /// An error of a formula, such as `#N/A`.
    Error,
    /// A formula whose value was never stored; its text is blank, yet something belongs there.
    Uncalculated,
    /// A cell under a merge, whose value stands elsewhere; its text is the merge's range, such as `A5:A8`. No
    /// source stores it: it is marked on a row that is being looked at.
    Covered,
}

/// One cell as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell<'a> {
    /// Its type in the source.
    pub kind: Kind,
    /// Its text.
    pub text: &'a str,
}

impl<'a> Cell<'a> {
    /// A cell with nothing in it.
    pub const BLANK: Cell<'static> = Cell { kind: Kind::Blank, text: "" };

    /// The text without white space around it (no-break spaces included).
    #[inline]
    pub fn trimmed(&self) -> &'a str {
        if has_solid_ends(self.text.as_bytes()) {
            return self.text;
        }
        self.trimmed_by_character()
    }

    fn trimmed_by_character(&self) -> &'a str {
        let nothing = |c: char| matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}');
        self.text.trim_matches(|c: char| c.is_whitespace() || nothing(c))
    }

    /// Whether nothing but white space is in it. A formula without a value is not blank: what it would say is
    /// not known.
    pub fn is_blank(&self) -> bool {
        self.kind != Kind::Uncalculated && self.trimmed().is_empty()
    }

    /// Whether it holds the error of a formula, as such or as the text that a CSV or an ods makes of it.
    pub fn is_error(&self) -> bool {
        self.kind == Kind::Error || is_formula_error(self.trimmed())
    }
}

/// Whether a text begins and ends with a letter, digit or sign of ASCII, or ends with an accented Latin letter: then
/// there is nothing to trim, as in nearly every cell.
#[inline]
fn has_solid_ends(text: &[u8]) -> bool {
    /// The first byte of U+00C0 to U+00FF, all of them letters but two signs.
    const LATIN: u8 = 0xC3;
    match text {
        [only] => only.is_ascii_graphic(),
        [first, .., before, last] => {
            (first.is_ascii_graphic() || *first == LATIN) && (last.is_ascii_graphic() || *before == LATIN)
        }
        [first, last] => first.is_ascii_graphic() && last.is_ascii_graphic(),
        [] => true,
    }
}

/// What is wrong with the shape of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// A quote where none may stand.
    StrayQuote,
    /// A quote that is never closed, or not within the most that a row may take.
    UnbalancedQuote {
        /// Line of the file in which it opens, from 1.
        line: u32,
        /// Character of that line at which it opens, from 1.
        character: u32,
    },
    /// More bytes than a row may have.
    TooLong,
    /// More cells than a table may have columns.
    TooWide {
        /// Cells of the row.
        found: usize,
    },
    /// Another number of cells than the header has.
    Ragged {
        /// Cells of the row.
        found: usize,
        /// Cells of the header.
        expected: usize,
    },
}

impl Flaw {
    /// The problem's code.
    pub fn code(self) -> Code {
        match self {
            Flaw::StrayQuote => Code::StrayQuote,
            Flaw::UnbalancedQuote { .. } => Code::UnbalancedQuote,
            Flaw::TooLong => Code::RowTooLong,
            Flaw::TooWide { .. } => Code::TooManyColumns,
            Flaw::Ragged { .. } => Code::RaggedRow,
        }
    }

    /// What its message says: the value found, and what the rule expects.
    pub fn values(self) -> (String, String) {
        match self {
            Flaw::StrayQuote => (String::new(), String::new()),
            Flaw::UnbalancedQuote { line, character } => (format!("{line}:{character}"), String::new()),
            Flaw::TooLong => (String::new(), (csv::ROW_BYTES_MAX >> 20).to_string()),
            Flaw::TooWide { .. } => (String::new(), csv::COLUMNS_MAX.to_string()),
            Flaw::Ragged { found, expected } => (found.to_string(), expected.to_string()),
        }
    }

    /// As the end of the reading, for a row without which the file cannot be read.
    pub fn failure(self, place: Place) -> Failure {
        let (value, expected) = self.values();
        Failure::new(self.code()).with("value", value).with("expected", expected).at(place)
    }
}

/// Where a cell stands: in the text, counted from its row's offset, or in what the row has copied.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) kind: Kind,
    pub(super) copied: bool,
}

impl Span {
    fn of((start, end): (usize, usize), kind: Kind, copied: bool) -> Span {
        // No row takes four gigabytes: what is read of a CSV is bounded, and so is a cell of a workbook.
        let of = |at: usize| u32::try_from(at).expect("a row takes less than 4 GB");
        Span { start: of(start), end: of(end), kind, copied }
    }
}

/// The cells of the row that was read last; filled anew for each row.
#[derive(Debug, Default)]
pub struct RowBuffer {
    pub(super) spans: Vec<Span>,
    pub(super) copied: String,
    pub(super) flaw: Option<Flaw>,
    /// Whether each cell stands in the text as it is, with nothing but the text's own signs around it.
    pub(super) is_plain: bool,
    /// Whether nothing in any cell is odd: see [`Row::is_tame`].
    is_tame: bool,
    /// The offset up to which the text was looked at to read the row.
    #[cfg(test)]
    pub(super) looked_to: usize,
    /// Row number as the spreadsheet shows it.
    pub number: u32,
    /// Offset of the row in the table's text.
    pub offset: usize,
    /// Where the next row begins in it.
    end: usize,
}

impl RowBuffer {
    pub(super) fn clear(&mut self, number: u32, offset: usize) {
        self.spans.clear();
        self.copied.clear();
        self.flaw = None;
        (self.is_plain, self.is_tame) = (false, false);
        #[cfg(test)]
        {
            self.looked_to = offset;
        }
        self.number = number;
        self.offset = offset;
    }

    /// Finds out whether the row is tame, from where its text holds nothing odd.
    #[inline]
    pub fn find_tame(&mut self, stretches: &Stretches) {
        self.is_tame = self.is_plain && stretches.are_tame(self.offset..self.end);
    }

    /// Holds the row's width against the header's. Blank cells beyond the header do no harm.
    pub fn check_width(&mut self, text: &str, expected: usize) {
        let found = self.spans.len();
        let surplus = (expected..found).any(|column| !Row::of(text, self).cell(column).is_blank());
        if self.flaw.is_none() && (found < expected || surplus) {
            self.flaw = Some(Flaw::Ragged { found, expected });
        }
    }

    /// Notes that the text was looked at up to an offset, for tests that count that work.
    #[cfg_attr(not(test), expect(clippy::unused_self, reason = "only tests count"))]
    pub(super) fn looked_to(&mut self, offset: usize) {
        #[cfg(test)]
        {
            self.looked_to = self.looked_to.max(offset);
        }
        #[cfg(not(test))]
        let _ = offset;
    }

    /// Marks a cell, counted from 0, as covered by a merge of this range.
    pub(super) fn cover(&mut self, column: usize, range: &str) {
        while self.spans.len() <= column {
            self.push(self.offset, self.offset, Kind::Blank);
        }
        let start = self.copied.len();
        self.copied.push_str(range);
        self.spans[column] = Span::of((start, self.copied.len()), Kind::Covered, true);
    }

    /// Adds a cell that stands in the text, by offsets of the text.
    #[inline]
    pub(super) fn push(&mut self, start: usize, end: usize, kind: Kind) {
        self.spans.push(Span::of((start - self.offset, end - self.offset), kind, false));
    }

    /// Adds a cell of text, or a blank one, by offsets from the row's own.
    #[inline]
    pub(super) fn push_plain(&mut self, start: u32, end: u32) {
        let kind = if start == end { Kind::Blank } else { Kind::Text };
        self.spans.push(Span { start, end, kind, copied: false });
    }

    /// A cell that does not stand in the text as it is, as hardly any.
    #[cold]
    fn copied_cell(&self, span: Span) -> Cell<'_> {
        Cell { kind: span.kind, text: &self.copied[span.start as usize..span.end as usize] }
    }

    pub(super) fn push_copied(&mut self, start: usize, kind: Kind) {
        self.spans.push(Span::of((start, self.copied.len()), kind, true));
    }
}

/// Where a row says something in its table's text: see [`Row::words`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words {
    kind: Kind,
    start: usize,
    end: usize,
}

/// A row: its buffer together with the text that its cells are borrowed from.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    text: &'a str,
    buffer: &'a RowBuffer,
}

impl<'a> Row<'a> {
    /// The row that a buffer holds.
    #[inline]
    pub fn of(text: &'a str, buffer: &'a RowBuffer) -> Row<'a> {
        Row { text, buffer }
    }

    /// Row number as the spreadsheet shows it.
    pub fn number(&self) -> u32 {
        self.buffer.number
    }

    /// How many cells the row has.
    pub fn width(&self) -> usize {
        self.buffer.spans.len()
    }

    /// What is wrong with its shape.
    #[inline]
    pub fn flaw(&self) -> Option<Flaw> {
        self.buffer.flaw
    }

    /// A cell, counted from 0; beyond the end of the row it is blank.
    #[inline]
    pub fn cell(&self, column: usize) -> Cell<'a> {
        let Some(span) = self.buffer.spans.get(column) else { return Cell::BLANK };
        if span.copied {
            return self.buffer.copied_cell(*span);
        }
        let at = |within: u32| self.buffer.offset + within as usize;
        Cell { kind: span.kind, text: &self.text[at(span.start)..at(span.end)] }
    }

    /// Whether no cell holds a control character, U+FFFD, a quote, a backslash or the marks of broken text, as is known
    /// of whole stretches of text: then each cell's text is clean, and stands in JSON as it is. So it is with nearly
    /// every row; of another one nothing is said.
    #[inline]
    pub fn is_tame(&self) -> bool {
        self.buffer.is_tame
    }

    /// Where the cells of some neighbouring columns stand in the text, with what parts them, and the first one's type:
    /// rows whose words there are the same, and that type, have the same cells there. Nothing where a cell does not
    /// stand in the text as it is, or is beyond the end of the row.
    pub(crate) fn words(&self, columns: Range<usize>) -> Option<Words> {
        let spans = self.buffer.spans.get(columns).filter(|_| self.buffer.is_plain)?;
        if spans.iter().any(|span| span.copied) {
            return None;
        }
        let at = |within: u32| self.buffer.offset + within as usize;
        Some(match spans {
            [] => Words { kind: Kind::Blank, start: 0, end: 0 },
            [first, ..] => {
                let last = spans.last().unwrap_or(first);
                Words { kind: first.kind, start: at(first.start), end: at(last.end) }
            }
        })
    }

    /// Whether some words of this row are those of another row of its table.
    #[inline]
    pub(crate) fn says(&self, words: Words, others: Words) -> bool {
        let bytes = |words: Words| &self.text.as_bytes()[words.start..words.end];
        words.kind == others.kind && bytes(words) == bytes(others)
    }

    /// All cells in order.
    pub fn cells(self) -> impl Iterator<Item = Cell<'a>> {
        (0..self.width()).map(move |column| self.cell(column))
    }

    /// Whether no cell holds anything.
    pub fn is_blank(&self) -> bool {
        (0..self.width()).all(|column| self.cell(column).is_blank())
    }
}

/// Walks over the rows of a text, from any row's offset.
#[derive(Debug, Clone)]
pub struct Cursor<'t> {
    text: &'t str,
    form: Form,
    offset: usize,
    number: u32,
}

impl<'t> Cursor<'t> {
    /// Starts at a row whose offset and number are known; the first row of a text is `(0, 1)`.
    pub fn at(text: &'t str, form: Form, offset: usize, number: u32) -> Cursor<'t> {
        Cursor { text, form, offset, number }
    }

    /// Reads the next row into the buffer; false at the end of the text.
    pub fn read(&mut self, buffer: &mut RowBuffer) -> bool {
        if self.offset >= self.text.len() {
            return false;
        }
        buffer.clear(self.number, self.offset);
        match self.form {
            Form::Csv { delimiter } => {
                let (next, lines) = csv::read_row(self.text, self.offset, delimiter, buffer);
                self.offset = next;
                self.number += lines;
            }
            Form::Packed => {
                self.offset = packed::read_row(self.text, self.offset, buffer);
                self.number = buffer.number + 1;
            }
        }
        buffer.end = self.offset;
        true
    }

    /// Where the next row begins.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The number of the next row; that of a sheet may be higher.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The text that is walked over.
    pub fn text(&self) -> &'t str {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn solid_ends_spare_no_trimming(text in "[ \u{a0}\u{200b}\u{feff}\u{e1}\u{d7}xÁ.\t中]{0,6}") {
            let cell = Cell { kind: Kind::Text, text: &text };
            prop_assert_eq!(cell.trimmed(), cell.trimmed_by_character());
        }
    }
}
