//! A text cut into parts that can be read side by side.
//!
//! A part of a sheet's text begins with a row. One of delimiter-separated text begins with a line, and that is not
//! always a row: a cell in quotes may hold line breaks. Whoever reads the parts sees where the last row of one has
//! ended, and reads the next one anew from there if it begins elsewhere. Lines are counted here and cells are not known.

use super::row::Form;
use super::{csv, packed};

/// A part of a table's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Part {
    /// Where its first row begins.
    pub start: usize,
    /// Where it ends: a row that begins before belongs to it, whole.
    pub end: usize,
    /// The number of its first row; a sheet's rows have their own.
    pub number: u32,
}

/// The parts of a text, one after the other.
#[derive(Debug)]
pub struct Parts<'t> {
    text: &'t [u8],
    form: Form,
    bytes: usize,
    start: usize,
    number: u32,
}

impl<'t> Parts<'t> {
    /// Parts of about so many bytes, from the row at an offset and of a number on.
    pub fn of(text: &'t str, form: Form, (start, number): (usize, u32), bytes: usize) -> Parts<'t> {
        Parts { text: text.as_bytes(), form, bytes, start, number }
    }

    /// About how many there are.
    pub fn count_roughly(&self) -> usize {
        (self.text.len() - self.start.min(self.text.len())).div_ceil(self.bytes)
    }

    /// Where the first line or row behind an offset begins.
    fn next_start(&self, offset: usize) -> usize {
        if offset >= self.text.len() {
            return self.text.len();
        }
        match self.form {
            Form::Csv { .. } => csv::next_line(self.text, offset),
            Form::Packed => packed::next_row(self.text, offset),
        }
    }
}

impl Iterator for Parts<'_> {
    type Item = Part;

    fn next(&mut self) -> Option<Part> {
        let (start, number) = (self.start, self.number);
        if start >= self.text.len() {
            return None;
        }
        self.start = self.next_start(start + self.bytes);
        if matches!(self.form, Form::Csv { .. }) {
            self.number += csv::line_breaks(&self.text[start..self.start]);
        }
        Some(Part { start, end: self.start, number })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Cursor, RowBuffer};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_begin_with_lines_and_leave_nothing_out(text in "([a;é]{0,9}(\n|\r\n|\r)){0,12}[a;]{0,9}", bytes in 1usize..40) {
            let form = Form::Csv { delimiter: b';' };
            let parts: Vec<Part> = Parts::of(&text, form, (0, 1), bytes).collect();
            let mut cursor = Cursor::at(&text, form, 0, 1);
            let (mut buffer, mut rows) = (RowBuffer::default(), Vec::new());
            while cursor.read(&mut buffer) {
                rows.push((buffer.offset, buffer.number));
            }
            prop_assert!(parts.iter().all(|part| rows.contains(&(part.start, part.number)) && part.end > part.start));
            prop_assert!(parts.iter().rev().skip(1).all(|part| part.end - part.start > bytes));
            let ends = parts.iter().map(|part| part.end);
            prop_assert!(parts.iter().map(|part| part.start).eq([0].into_iter().chain(ends.clone()).take(parts.len())));
            prop_assert_eq!(parts.last().map_or(0, |part| part.end), text.len());
        }

        #[test]
        fn parts_of_a_sheet_begin_with_its_rows(rows in proptest::collection::vec("\u{1f}t[a-c]{0,5}", 0..9), bytes in 1usize..30) {
            let rows: Vec<String> = (1..).zip(&rows).map(|(number, row)| format!("{number}{row}\u{1e}")).collect();
            let text = rows.concat();
            let parts: Vec<Part> = Parts::of(&text, Form::Packed, (0, 1), bytes).collect();
            let ends_with_row = |part: &Part| part.end > part.start && text[..part.end].ends_with('\u{1e}');
            prop_assert!(parts.iter().all(ends_with_row));
            prop_assert_eq!(parts.iter().map(|part| &text[part.start..part.end]).collect::<String>(), text);
        }
    }
}
