//! What becomes of blank cells, counted by field: left out, sent empty, filled with a default, or a problem.
//!
//! Counted for what would be sent: a field of the record once a record, a field of a line once a line. Problems are
//! counted by row. So a person sees what a choice in the mapping does before anything is sent.

use serde::{Deserialize, Serialize};

use crate::mapping::FieldRule;
use crate::target::Level;

/// What becomes of a field that is blank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlankUse {
    /// It is left out.
    Omitted,
    /// An empty text is sent.
    Empty,
    /// The mapping's default is sent.
    Default,
    /// It is a problem.
    Rejected,
}

/// The blanks of one field.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BlankCount {
    /// The field's name.
    pub field: String,
    /// Whether it belongs to the record: then all but `rejected` counts records, else lines.
    pub of_record: bool,
    /// Sent without the field.
    pub omitted: u64,
    /// Sent with an empty text.
    pub empty: u64,
    /// Sent with the default.
    pub default: u64,
    /// Rows that are invalid because it is blank.
    pub rejected: u64,
}

/// Counts the blanks of a plan.
#[derive(Debug, Default)]
pub struct Blanks {
    counts: Vec<[u64; 4]>,
    /// What was counted of the record at hand.
    fresh: Vec<(usize, BlankUse)>,
}

impl Blanks {
    /// Begins the next record.
    pub fn begin(&mut self) {
        self.fresh.clear();
    }

    /// Counts a blank of a field, by its ordinal in the mapping.
    pub fn count(&mut self, field: usize, used: BlankUse) {
        if self.counts.len() <= field {
            self.counts.resize(field + 1, [0; 4]);
        }
        self.counts[field][used as usize] += 1;
        if used != BlankUse::Rejected {
            self.fresh.push((field, used));
        }
    }

    /// The record at hand is not sent after all.
    pub fn take_back(&mut self) {
        for (field, used) in self.fresh.drain(..) {
            self.counts[field][used as usize] -= 1;
        }
    }

    /// Adds what was counted of other records.
    pub fn absorb(&mut self, other: &Blanks) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), [0; 4]);
        }
        for (own, other) in self.counts.iter_mut().flatten().zip(other.counts.iter().flatten()) {
            *own += other;
        }
    }

    /// The fields that have blanks, in the mapping's order.
    pub fn of_fields(&self, rules: &[FieldRule]) -> Vec<BlankCount> {
        let any = self.counts.iter().zip(rules).filter(|(counts, _)| counts.iter().any(|count| *count > 0));
        any.map(|(&[omitted, empty, default, rejected], rule)| BlankCount {
            field: rule.name.clone(),
            of_record: rule.level == Level::Record,
            omitted,
            empty,
            default,
            rejected,
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_of_other_records_are_added() {
        let mut blanks = Blanks::default();
        blanks.count(1, BlankUse::Default);
        let mut other = Blanks::default();
        for (field, used) in
            [(1, BlankUse::Default), (0, BlankUse::Omitted), (3, BlankUse::Rejected), (2, BlankUse::Empty)]
        {
            other.count(field, used);
        }
        // A record that is not sent after all takes back no more than its own.
        other.begin();
        other.count(2, BlankUse::Empty);
        other.take_back();
        blanks.absorb(&other);
        assert_eq!(blanks.counts, [[1, 0, 0, 0], [0, 0, 2, 0], [0, 1, 0, 0], [0, 0, 0, 1]]);
        other.absorb(&Blanks::default());
        assert_eq!(other.counts, [[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]]);
    }
}
