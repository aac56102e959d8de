//! What is known of the rows of an error report from the run that it belongs to.
//!
//! A report that a person has corrected is read like any file; this says which of its rows must wait all the same. Nothing
//! here looks at the ledger: whoever reads the report asks it first.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::lang::Code;
use crate::ledger::Misshapen;
use crate::problem::{Problem, RowId};
use crate::source::origin::{self, SourceRow};
use crate::source::{Flaw, Row, RowBuffer};
use crate::survey::Verdict;

use super::{OpenTable, RowRef};

/// What the run says that an error report belongs to.
#[derive(Debug, Clone, Default)]
pub struct Earlier {
    /// The formats that it decided.
    pub verdicts: Vec<Verdict>,
    /// Rows whose shape was wrong, with their cells as they were reported.
    pub misshapen: HashMap<SourceRow, Misshapen>,
    /// The folders of its files, in which the files are that go with their records.
    pub folders: HashMap<String, PathBuf>,
}

impl Earlier {
    /// The folder of the creditor's file from which a row of a report came.
    pub fn folder_of(&self, table: &OpenTable<'_>, row_ref: &RowRef) -> Option<&PathBuf> {
        let origin = table.origin?;
        let mut buffer = RowBuffer::default();
        table.read_at(row_ref, &mut buffer);
        self.folders.get(&origin.read(Row::of(&table.table.text, &buffer)).file)
    }

    /// What speaks against a row of a report before its cells are looked at: it still waits in its run, or its
    /// shape was wrong and nobody has touched it.
    pub fn objection(&self, table: &OpenTable<'_>, row: Row<'_>, id: RowId) -> Option<Problem> {
        let origin = table.origin?.read(row);
        if origin::is_pending(&origin.status) {
            return Some(Problem { value: origin.run.to_string(), ..Problem::error(id, Code::PendingInRun) });
        }
        let misshapen = self.misshapen.get(&origin.source_row())?;
        let filled = misshapen.cells.iter().chain(&misshapen.surplus).filter(|cell| !cell.trim().is_empty());
        let (value, expected) = match misshapen.code {
            Code::UnbalancedQuote => (origin.row.to_string(), String::new()),
            Code::TooManyColumns => Flaw::TooWide { found: 0 }.values(),
            _ => (filled.count().to_string(), misshapen.cells.len().to_string()),
        };
        let unchanged = misshapen.is_unchanged(row, table.header.names.len());
        unchanged.then(|| Problem { value, expected, ..Problem::error(id, misshapen.code) })
    }
}
