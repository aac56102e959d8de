//! What a record lacks: its debtor or its obligations, a mandatory value that no row of it has, a blank that is sent
//! as something else or left out.
//!
//! All of it is known only when every row of the record has been taken. Nothing here decides whether it is sent.

use crate::lang::Code;
use crate::mapping::FieldRule;
use crate::mapping::bind::{Bound, Role};
use crate::problem::Problem;
use crate::target::Level;

use super::assemble::Assembler;
use super::blanks::BlankUse;
use super::record::Span;
use super::scratch::{LineState, TakenRow};

impl Assembler {
    /// Remembers a row that brings no line though it could, for the case that no row of the record does.
    pub(super) fn note_empty(&mut self, bound: &Bound<'_>, at: usize) {
        if self.rules.lines_may_lack
            || !self.scratch.lines_of(at).is_empty()
            || !bound.role.feeds(Level::Line)
        {
            return;
        }
        let id = self.scratch.rows[at].id;
        let key = bound.of(Level::Line).find(|(ordinal, _)| Some(*ordinal) == self.line_key);
        if let Some((_, field)) = key {
            self.scratch.empty.push((at, field.problem(id, Code::MissingRequired)));
        }
    }

    /// A debtor without obligations, or obligations without their debtor: every such row is a problem.
    pub(super) fn check_orphans(&mut self) -> bool {
        let has = |role| self.scratch.rows.iter().any(|row| row.role == role);
        let code = match (has(Role::Debtors), has(Role::Obligations)) {
            (true, false) if !self.rules.lines_may_lack => Code::OrphanDebtor,
            (false, true) => Code::OrphanObligation,
            _ => return false,
        };
        for at in 0..self.scratch.rows.len() {
            let TakenRow { id, key, .. } = self.scratch.rows[at];
            // A row whose key is itself a problem has said so.
            let Some((column, (start, end))) = key else { continue };
            let value = self.scratch.text[start..end].to_owned();
            self.report(
                at,
                Problem { column: u16::try_from(column).ok(), value, ..Problem::error(id, code) },
            );
        }
        true
    }

    /// A mandatory field of the head that no row has is missing in every row that could have it; so is the line
    /// of a record that has none.
    pub(super) fn check_missing(&mut self) {
        for (at, ordinal, problem) in std::mem::take(&mut self.scratch.missing) {
            if self.scratch.head[ordinal].value.is_none() {
                self.blanks.count(ordinal, BlankUse::Rejected);
                self.report(at, problem);
            }
        }
        let empty = std::mem::take(&mut self.scratch.empty);
        if self.scratch.lines.is_empty() {
            for (at, problem) in empty {
                if let Some(key) = self.line_key {
                    self.blanks.count(key, BlankUse::Rejected);
                }
                self.report(at, problem);
            }
        }
    }

    /// Counts what is sent for the blanks of the record.
    pub(super) fn count_blanks(&mut self, rules: &[FieldRule]) {
        let used = |span: Option<Span>, stands_in: bool| match span {
            None => Some(BlankUse::Omitted),
            Some((start, end)) if stands_in && start == end => Some(BlankUse::Empty),
            Some(_) => stands_in.then_some(BlankUse::Default),
        };
        let of_level = |level| rules.iter().enumerate().filter(move |(_, rule)| rule.level == level);
        let mut wanted = 0;
        for (ordinal, (rule, head)) in rules.iter().zip(&self.scratch.head).enumerate() {
            if rule.level == Level::Line {
                wanted += 1;
            } else if let Some(used) = used(head.value.map(|(span, _)| span), head.stands_in) {
                self.blanks.count(ordinal, used);
            }
        }
        for line in self.scratch.lines.iter().filter(|line| line.state == LineState::Good) {
            let values = self.scratch.values_of(line);
            // A line that lacks nothing needs no search.
            if values.len() == wanted && !values.iter().any(|value| value.stands_in) {
                continue;
            }
            // The values stand in the order of their fields.
            let mut values = values.iter().peekable();
            for (ordinal, _) in of_level(Level::Line) {
                let value = values.next_if(|value| usize::from(value.field) == ordinal);
                let stands_in = value.is_some_and(|value| value.stands_in);
                if let Some(used) = used(value.map(|value| value.span), stands_in) {
                    self.blanks.count(ordinal, used);
                }
            }
        }
    }
}
