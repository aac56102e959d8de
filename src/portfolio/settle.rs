//! Where the rows of a record ended, as the books and the report need it.
//!
//! A row counts once, with the worst state of its lines: held back, then sent, then skipped. A line counts in its
//! own state, and its money with it, so a wide row may be written down in parts, of which one counts as the row.
//! Nothing here decides whether a record is sent.

use rust_decimal::Decimal;

use crate::books::{State, Weight};
use crate::lang::Code;
use crate::problem::{LeftOut, LeftOutState, Problem, RowId};

use super::RowShare;
use super::assemble::{Assembler, Assembly};
use super::scratch::{Line, LineState};

/// Lines of a row that share a fate.
#[derive(Debug, Clone, Copy, Default)]
struct Part {
    lines: u32,
    money: Decimal,
}

impl Part {
    fn add(&mut self, money: Decimal) {
        // Nearly every row has one line.
        self.money = if self.lines == 0 { money } else { self.money + money };
        self.lines += 1;
    }
}

impl Assembler {
    /// Holds back a record that was already put together, because of a problem of its first row.
    pub fn hold_back(&mut self, assembly: &Assembly, problem: Problem) {
        let (first, code) = (problem.row, problem.code);
        self.problems.push(problem);
        self.blanks.take_back();
        for share in &assembly.rows {
            self.leave_out(LeftOut {
                row: share.row,
                rows: u32::from(share.counts),
                lines: share.lines,
                state: LeftOutState::Invalid,
                code: if share.row == first { code } else { Code::Context },
                expected: self.name_of(first, share.row),
                money: Some(share.money),
                record: Some(self.records),
            });
        }
        self.books.records.add(State::Invalid, 1);
    }

    /// Leaves a row out that a filter does not let through, with the money of its lines as far as it could be read; it
    /// has no say in its record.
    pub fn filter_out(&mut self, row: RowId, filter: &str, lines: &[Option<Decimal>]) {
        let mut readable = Part::default();
        lines.iter().flatten().for_each(|money| readable.add(*money));
        let unreadable = lines.iter().filter(|money| money.is_none()).count();
        let skipped = LeftOut {
            row,
            rows: 1,
            lines: readable.lines,
            state: LeftOutState::Skipped,
            code: Code::FilteredOut,
            expected: filter.to_owned(),
            money: Some(readable.money),
            record: None,
        };
        if unreadable > 0 {
            let (rows, lines) =
                (u32::from(readable.lines == 0), u32::try_from(unreadable).unwrap_or(u32::MAX));
            self.leave_out(LeftOut { rows, lines, money: None, ..skipped.clone() });
        }
        if readable.lines > 0 || unreadable == 0 {
            self.leave_out(skipped);
        }
    }

    /// Writes down what is not sent: skipped lines always, the others as the record is held or they are bad.
    pub(super) fn settle(&mut self, held: bool) {
        let is_good = |line: &Line| line.state == LineState::Good;
        if !held
            && self.scratch.lines.iter().all(is_good)
            && self.scratch.rows.iter().all(|row| row.bad.is_none())
        {
            return;
        }
        let before = self.left_out.len();
        let at_fault = self.row_at_fault();
        for at in 0..self.scratch.rows.len() {
            self.settle_row(at, held, at_fault);
        }
        let any_invalid = self.left_out[before..].iter().any(|part| part.state == LeftOutState::Invalid);
        if held && any_invalid {
            self.books.records.add(State::Invalid, 1);
        }
        if let (false, true, Some(at_fault)) = (held, any_invalid, at_fault) {
            self.note_sent_in_part(before, at_fault);
        }
    }

    /// Names the rows that are sent without the rest of their record, so that a corrected report sends it whole.
    fn note_sent_in_part(&mut self, before: usize, at_fault: RowId) {
        let is_told = |row: RowId| {
            let told = |part: &LeftOut| part.row == row && part.state == LeftOutState::Invalid;
            self.left_out[before..].iter().any(told)
        };
        let mut sent = Vec::new();
        self.share(&mut sent);
        let sent = sent.into_iter().map(|share| share.row).filter(|row| !is_told(*row));
        let along = |row: RowId| LeftOut {
            row,
            rows: 0,
            lines: 0,
            state: LeftOutState::SentInPart,
            code: Code::Context,
            expected: self.name_of(at_fault, row),
            money: Some(Decimal::ZERO),
            record: None,
        };
        let along: Vec<LeftOut> = sent.map(along).collect();
        for row in along {
            self.leave_out(row);
        }
    }

    /// Adds what each row brings to the record that is sent.
    pub(super) fn share(&self, shares: &mut Vec<RowShare>) {
        for (at, row) in self.scratch.rows.iter().enumerate() {
            let mut sent = Part::default();
            for line in self.lines_of(at).filter(|line| line.state == LineState::Good) {
                sent.add(line.money.unwrap_or_default());
            }
            let brings_head_alone = row.bad.is_none() && self.lines_of(at).next().is_none();
            if sent.lines > 0 || brings_head_alone {
                let counts = self.lines_of(at).all(|line| !matches!(line.state, LineState::Bad(_)));
                shares.push(RowShare { row: row.id, counts, lines: sent.lines, money: sent.money });
            }
        }
    }

    fn lines_of(&self, row: usize) -> impl Iterator<Item = &Line> {
        self.scratch.lines[self.scratch.lines_of(row)].iter()
    }

    /// The first problem of a row or of its lines.
    fn code_of(&self, row: usize) -> Option<Code> {
        let of_line = |line: &Line| match line.state {
            LineState::Bad(code) => Some(code),
            LineState::Good | LineState::Skipped(..) => None,
        };
        self.scratch.rows[row].bad.or_else(|| self.lines_of(row).find_map(of_line))
    }

    fn row_at_fault(&self) -> Option<RowId> {
        let rows = &self.scratch.rows;
        (0..rows.len()).find(|row| self.code_of(*row).is_some()).map(|row| rows[row].id)
    }

    fn settle_row(&mut self, at: usize, held: bool, at_fault: Option<RowId>) {
        let id = self.scratch.rows[at].id;
        let code = self.code_of(at);
        let (mut readable, mut unreadable, mut sent) = (Part::default(), Part::default(), false);
        let mut skipped: Vec<(Code, RowId, Option<Decimal>)> = Vec::new();
        for line in self.lines_of(at) {
            match (line.state, line.money) {
                (LineState::Skipped(code, row), money) => skipped.push((code, row, money)),
                (LineState::Good, _) if !held => sent = true,
                (LineState::Good | LineState::Bad(_), Some(money)) => readable.add(money),
                (LineState::Good | LineState::Bad(_), None) => unreadable.lines += 1,
            }
        }
        let has_lines = self.lines_of(at).next().is_some();
        let alone = !has_lines && (held || code.is_some());
        let record = held.then_some(self.records);
        let context = || at_fault.map_or_else(String::new, |row| self.name_of(row, id));
        let invalid = LeftOut {
            row: id,
            rows: 1,
            lines: 0,
            state: LeftOutState::Invalid,
            code: code.unwrap_or(Code::Context),
            expected: if code.is_some() { String::new() } else { context() },
            money: Some(Decimal::ZERO),
            // Where the valid lines are sent, the record counts with them.
            record,
        };
        let mut counts = true;
        if readable.lines > 0 || alone {
            counts = false;
            self.leave_out(LeftOut { lines: readable.lines, money: Some(readable.money), ..invalid.clone() });
        }
        if unreadable.lines > 0 {
            let rows = u32::from(std::mem::take(&mut counts));
            self.leave_out(LeftOut { rows, lines: unreadable.lines, money: None, ..invalid.clone() });
        }
        counts &= !sent;
        for (code, row, money) in skipped {
            let rows = u32::from(std::mem::take(&mut counts));
            let expected = self.name_of(row, id);
            let state = LeftOutState::Skipped;
            self.leave_out(LeftOut { rows, lines: 1, state, code, expected, money, ..invalid.clone() });
        }
    }

    pub(super) fn leave_out(&mut self, left_out: LeftOut) {
        let state = match left_out.state {
            LeftOutState::Invalid => State::Invalid,
            LeftOutState::Skipped => State::Skipped,
            // What is sent counts with its record.
            LeftOutState::SentInPart => return self.left_out.push(left_out),
        };
        let (rows, obligations) = (u64::from(left_out.rows), u64::from(left_out.lines));
        let money = left_out.money.unwrap_or_default();
        self.books.unreadable_rows += u64::from(left_out.money.is_none());
        self.books.add(state, Weight { rows, records: 0, obligations, money });
        self.left_out.push(left_out);
    }
}
