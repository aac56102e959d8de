//! The rows of the record at hand while it is put together: their values, line by line, in one text.
//!
//! All of it is used again for the next record, so that a record costs no allocation once the largest one has been
//! seen. Nothing here converts a cell or decides what becomes of a row.

use rust_decimal::Decimal;

use crate::lang::Code;
use crate::mapping::bind::{BoundField, Role};
use crate::mapping::convert::Converted;
use crate::mapping::short_way::{Seen, Taken};
use crate::problem::{Problem, RowId};
use crate::survey::amounts;
use crate::target::FieldKind;

use super::record::{Slot, Span};
use super::said::Said;

/// The rows of the record at hand, converted.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) text: String,
    pub(super) rows: Vec<TakenRow>,
    /// The lines of all rows, row by row.
    pub(super) lines: Vec<Line>,
    /// The values of all lines, line by line.
    pub(super) values: Vec<Slot>,
    /// The amounts of the row taken last: the first column of each, its plain digits, and the number where it is small.
    pub(super) amounts: Vec<(usize, Span, Option<amounts::Small>)>,
    /// What the cells of the row taken last were seen to be, by their columns.
    pub(super) seen: Vec<Seen>,
    pub(super) head: Vec<HeadValue>,
    /// What the rows taken so far have said of the head.
    pub(super) said: Said,
    /// Mandatory values that a row lacks, which another row may have: the row's ordinal, the field's, the problem.
    pub(super) missing: Vec<(usize, usize, Problem)>,
    /// Rows that should bring lines and bring none: the row's ordinal, and what to say when no other row does.
    pub(super) empty: Vec<(usize, Problem)>,
}

impl Scratch {
    /// Where the lines of a row stand.
    pub(super) fn lines_of(&self, row: usize) -> std::ops::Range<usize> {
        let end = self.rows.get(row + 1).map_or(self.lines.len(), |next| next.first_line);
        self.rows[row].first_line..end
    }

    /// The values of a line.
    pub(super) fn values_of(&self, line: &Line) -> &[Slot] {
        &self.values[line.values.0..line.values.1]
    }

    /// The next row is of so many cells, none of which was looked at.
    pub(super) fn begin_row(&mut self, width: usize) {
        self.amounts.clear();
        self.seen.clear();
        self.seen.resize(width, Seen::Unknown);
    }

    /// Keeps what the cell of a field came to for who watches its column; gives the number of an amount where it is a
    /// small one.
    #[inline]
    pub(super) fn note(
        &mut self,
        field: &BoundField<'_>,
        taken: &Taken,
        span: Span,
    ) -> Option<amounts::Small> {
        // Beyond the end of a row there is nothing to see.
        if let Some(known) = field.columns.first().and_then(|column| self.seen.get_mut(*column)) {
            *known = taken.seen;
        }
        if !matches!(field.way.cell_kind, FieldKind::Amount) || taken.converted != Converted::Value {
            return None;
        }
        let small = taken.small.or_else(|| amounts::small_number(self.text(span)));
        self.amounts.push((*field.columns.first()?, span, small));
        small
    }

    pub(super) fn text(&self, (start, end): Span) -> &str {
        &self.text[start..end]
    }
}

/// What the rows agreed on for a field of the head.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct HeadValue {
    pub(super) value: Option<(Span, RowId)>,
    /// Whether it stands in for a blank: a default, or an empty text.
    pub(super) stands_in: bool,
    /// Whether it surely stands in JSON as it is.
    pub(super) is_plain: bool,
}

/// One row, converted.
#[derive(Debug)]
pub(super) struct TakenRow {
    pub(super) id: RowId,
    pub(super) role: Role,
    /// Where its lines begin among the record's; they end where the next row's begin.
    pub(super) first_line: usize,
    /// The first problem of its head.
    pub(super) bad: Option<Code>,
    /// Where its table is joined with another one: the column of the key, and the key.
    pub(super) key: Option<(usize, Span)>,
}

/// One line of a row, converted.
#[derive(Debug)]
pub(super) struct Line {
    /// The ordinal of its row among the record's.
    pub(super) row: usize,
    /// Where its values begin and end among the record's.
    pub(super) values: (usize, usize),
    /// The value of the field that names a line.
    pub(super) key: Option<Span>,
    pub(super) money: Option<Decimal>,
    /// Its money as a small number, where it is one.
    pub(super) small: Option<amounts::Small>,
    pub(super) state: LineState,
    /// Where its values stand in the text as they do in a body, if they do: see [`super::Record::push_line`].
    pub(super) written: Option<Span>,
}

impl Line {
    /// A line of a row with nothing in it yet, behind so many values of other lines.
    pub(super) fn new(row: usize, values: usize) -> Line {
        let values = (values, values);
        Line { row, values, key: None, money: None, small: None, state: LineState::Good, written: None }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineState {
    Good,
    /// The first problem of the line, or of its row's head.
    Bad(Code),
    /// Left out in favour of a line of another row.
    Skipped(Code, RowId),
}
