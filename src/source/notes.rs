//! What a sheet says about itself besides its cells.
//!
//! A spreadsheet can hide rows and columns, filter rows and merge cells; whoever loads it must be able to tell. The
//! notes are gathered while the sheet is read and travel with its table: hidden rows and columns and merges for xlsx,
//! xlsm, xls and ods (an xlsb's are not known), visibility for every workbook. Nothing here decides what becomes of
//! a hidden row: that is a later stage's matter.

use serde::{Deserialize, Serialize};

/// Whether a workbook shows a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Visibility {
    /// Everyone sees it.
    #[default]
    Visible,
    /// Hidden; Excel's menu can show it.
    Hidden,
    /// Hidden so that only a program can show it.
    VeryHidden,
}

/// Notes about a sheet; empty for a CSV.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SheetNotes {
    /// Runs of hidden rows, first and last, by their numbers as the spreadsheet shows them.
    pub hidden_rows: Vec<(u32, u32)>,
    /// Runs of hidden columns, first and last, counted from 1.
    pub hidden_columns: Vec<(u32, u32)>,
    /// Whether the sheet has a filter and hidden rows, which is how a filtered sheet looks.
    pub filtered: bool,
    /// Merged cells: first row, first column, last row, last column, all counted from 1.
    pub merges: Vec<(u32, u32, u32, u32)>,
    /// Whether the sheet is shown.
    pub visibility: Visibility,
}

impl SheetNotes {
    /// Whether the sheet hides a row.
    pub fn hides(&self, row: u32) -> bool {
        let run = self.hidden_rows.partition_point(|(_, last)| *last < row);
        self.hidden_rows.get(run).is_some_and(|(first, _)| *first <= row)
    }

    /// Whether the sheet hides a column, counted from 0.
    pub fn hides_column(&self, column: usize) -> bool {
        self.hidden_columns
            .iter()
            .any(|(first, last)| (*first as usize..=*last as usize).contains(&(column + 1)))
    }

    /// Notes hidden columns, first and last, counted from 1; what lies behind the last column a sheet can have, or runs
    /// backwards, hides nothing.
    pub(super) fn hide_columns(&mut self, first: u32, last: u32) {
        /// More runs than a sheet has columns.
        const RUNS_MAX: usize = 16_384;
        if (1..=last).contains(&first) && self.hidden_columns.len() < RUNS_MAX {
            self.hidden_columns.push((first, last));
        }
    }

    /// Notes a hidden row; rows come in ascending order.
    pub(super) fn hide(&mut self, row: u32) {
        self.hide_run(row, row);
    }

    fn hide_run(&mut self, first: u32, last: u32) {
        match self.hidden_rows.last_mut() {
            Some((_, end)) if *end + 1 == first => *end = last,
            _ => self.hidden_rows.push((first, last)),
        }
    }

    /// Adds the notes about the rows that come next, and about what stands behind them.
    pub(super) fn append(&mut self, next: SheetNotes) {
        next.hidden_rows.into_iter().for_each(|(first, last)| self.hide_run(first, last));
        self.hidden_columns.extend(next.hidden_columns);
        self.filtered |= next.filtered;
        self.merges.extend(next.merges);
    }
}
