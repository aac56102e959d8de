//! Which cells of a row are painted, and what their notes say.
//!
//! A person looks for the coloured cells and corrects them, so a row that stands in the report only because
//! another one is at fault has none. It never decides what is wrong; the problems of the row say it.

use super::{ERROR, Frame, errors};
use crate::books::State;
use crate::lang::{Code, Say};
use crate::ledger::FailedRow;
use crate::problem::{Problem, Severity};

/// A painted cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    /// Its column in the report.
    pub(super) column: usize,
    /// Whether it is at fault or merely worth knowing.
    pub(super) severity: Severity,
    /// What is the matter, and what to do.
    pub(super) note: String,
}

impl Frame<'_> {
    /// The painted cells of a row, by column. Where nobody reads their notes any more these are empty.
    pub(super) fn marks(&self, row: &FailedRow, has_notes: bool) -> Vec<Mark> {
        if row.code == Code::Context {
            return Vec::new();
        }
        let mut marks = Vec::new();
        let note_of = |problem| if has_notes { self.note_of(problem) } else { String::new() };
        for problem in errors(row) {
            self.mark_error(&mut marks, self.cell_of(problem), note_of(problem));
        }
        if row.state == State::Rejected || (row.state == State::Invalid && marks.is_empty()) {
            let (what, fix) = self.reason(row);
            self.mark_error(&mut marks, None, self.note(&what, &fix));
        }
        for problem in row.problems.iter().filter(|problem| problem.severity == Severity::Warning) {
            let column = self.cell_of(problem).unwrap_or_else(|| self.error_cell());
            if marks.iter().all(|mark| mark.column != column) {
                marks.push(Mark { column, severity: Severity::Warning, note: note_of(problem) });
            }
        }
        marks.sort_by_key(|mark| mark.column);
        marks
    }

    /// Marks a cell, or without one the cell that tells the error. Two errors of a cell share its note.
    fn mark_error(&self, marks: &mut Vec<Mark>, cell: Option<usize>, note: String) {
        let column = cell.unwrap_or_else(|| self.error_cell());
        if let Some(mark) = marks.iter_mut().find(|mark| mark.column == column) {
            mark.note = format!("{}\n\n{note}", mark.note);
        } else {
            marks.push(Mark { column, severity: Severity::Error, note });
        }
    }

    fn cell_of(&self, problem: &Problem) -> Option<usize> {
        problem.column.map(usize::from).filter(|column| *column < self.own)
    }

    fn error_cell(&self) -> usize {
        self.own + ERROR
    }

    fn note_of(&self, problem: &Problem) -> String {
        self.note(&problem.what(self.lang), &problem.fix(self.lang))
    }

    fn note(&self, what: &str, fix: &str) -> String {
        format!("{what}\n{}", Say::NoteCorrect.with(self.lang, &[("fix", fix)]))
    }
}
