//! The same line twice in a record: identical, dropped by rule, a problem, or only written alike.
//!
//! Lines of one record are told apart by the id that the target names. Nothing here looks beyond the record at hand.

use crate::lang::Code;
use crate::mapping::Choice;
use crate::mapping::bind::BoundField;
use crate::problem::{Problem, Severity};

use super::assemble::Assembler;
use super::scratch::{Line, LineState, Scratch};
use super::spellings;

impl Assembler {
    /// A line whose id differs from an earlier one's only in how it is written: both are sent, and a person is told.
    fn note_spelling(&mut self, group: &[(usize, BoundField<'_>)], line: &Line, key: usize) {
        let id_of = |line: &Line| line.key.map(|span| self.scratch.text(span));
        let Some(own) = id_of(line) else { return };
        let ids = self.scratch.lines.iter().filter_map(|earlier| Some((id_of(earlier)?, earlier.row)));
        let Some((other, row)) = ids.into_iter().find(|(other, _)| spellings::are_alike(own, other)) else {
            return;
        };
        let Some((_, field)) = group.iter().find(|(ordinal, _)| *ordinal == key) else { return };
        let (id, first) = (self.scratch.rows[line.row].id, self.scratch.rows[row].id);
        let (value, expected) = (own.to_owned(), format!("{}: «{other}»", self.name_of(first, id)));
        let severity = Severity::Warning;
        self.problems.push(Problem { severity, value, expected, ..field.problem(id, Code::AlikeIds) });
    }

    /// The same line id again: identical, dropped by rule, or a problem.
    pub(super) fn check_duplicate(&mut self, group: &[(usize, BoundField<'_>)], line: &mut Line) {
        let Some(key) = self.line_key else { return };
        if line.state != LineState::Good {
            return;
        }
        let value = |line: &Line| line.key.map(|span| self.scratch.text(span));
        let wanted = value(line);
        let earlier = self.scratch.lines.iter().position(|earlier| {
            !matches!(earlier.state, LineState::Skipped(..)) && wanted.is_some() && value(earlier) == wanted
        });
        let Some(earlier) = earlier else {
            self.note_spelling(group, line, key);
            return;
        };
        let (id, other) =
            (self.scratch.rows[line.row].id, self.scratch.rows[self.scratch.lines[earlier].row].id);
        if self.scratch.lines[earlier].state == LineState::Good
            && self.scratch.say_the_same(&self.scratch.lines[earlier], line)
        {
            line.state = LineState::Skipped(Code::DuplicateIdentical, other);
            return;
        }
        match self.rules.on_duplicate {
            Choice::First => line.state = LineState::Skipped(Code::DuplicateDropped, other),
            Choice::Last => {
                self.scratch.lines[earlier].state = LineState::Skipped(Code::DuplicateDropped, id);
            }
            Choice::Reject => {
                let Some((_, field)) = group.iter().find(|(ordinal, _)| *ordinal == key) else { return };
                let problem = Problem {
                    value: wanted.unwrap_or_default().to_owned(),
                    expected: self.name_of(other, id),
                    ..field.problem(id, Code::DuplicateObligation)
                };
                line.state = LineState::Bad(problem.code);
                self.problems.push(problem);
            }
        }
    }
}

impl Scratch {
    fn say_the_same(&self, a: &Line, b: &Line) -> bool {
        let values = |line| self.values_of(line).iter().map(|value| (value.field, self.text(value.span)));
        values(a).eq(values(b))
    }
}
