//! Two tables that belong together: debtors in one sheet, their obligations in another, joined by a column of each.
//!
//! The tables are told by what their columns would feed, the columns that join them by their values: those of the
//! obligations have to be found among the debtors'. A table that has both needs no other.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

use super::seen::{self, Shape};
use super::{FieldGuess, Looked};
use crate::mapping::bind::Role;
use crate::target::{Field, Level, Target};

/// Share of the rows of obligations whose debtor has to be there, in percent.
const FOUND_MIN: u64 = 60;
/// Columns of each table that might join them.
const COLUMNS_MAX: usize = 8;
/// Different values of a column that are surely counted; beyond them the survey gives a lower bound.
const COUNTED: u64 = 50_000;
/// Values of the debtors that are remembered.
const VALUES_MAX: usize = 4_000_000;

/// Which of two tables a table is, and the column that joins it with the other one.
#[derive(Debug, Clone, Copy)]
pub struct Joined {
    /// Debtors or obligations.
    pub role: Role,
    /// The column, counted from 0.
    pub key: usize,
}

/// Two tables that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Join {
    /// The table of the debtors, by its place among those looked at, and its column.
    pub debtors: (usize, usize),
    /// The table of the obligations, and its column.
    pub obligations: (usize, usize),
    /// Share of the rows of obligations whose debtor is there, in percent.
    pub share: u64,
}

impl Join {
    /// The two, as a guess takes them.
    pub fn sides(&self) -> [(usize, Joined); 2] {
        let side = |(table, key), role| (table, Joined { role, key });
        [side(self.debtors, Role::Debtors), side(self.obligations, Role::Obligations)]
    }
}

/// The two tables that belong together, if any do; what each would feed by itself says what it holds.
pub fn found(target: &dyn Target, tables: &[Looked<'_>], alone: &[Vec<FieldGuess>]) -> Option<Join> {
    target.section(Level::Record)?;
    let best = |level: Level| {
        let worth = |at: &usize| worth(&alone[*at], level);
        let filled = (0..tables.len()).filter(|at| tables[*at].rows() > 0 && worth(at) > 0);
        filled.max_by_key(|at| (worth(at), std::cmp::Reverse(*at)))
    };
    let (debtors, obligations) = (best(Level::Record)?, best(Level::Line)?);
    let is_whole = |at: usize| {
        let lacks = |field: &Field| {
            let guess = alone[at].iter().find(|guess| guess.field.name == field.name);
            field.mandatory && guess.is_none_or(|guess| guess.taken.is_empty())
        };
        !target.fields().iter().any(lacks)
    };
    if debtors == obligations || is_whole(debtors) || is_whole(obligations) {
        return None;
    }
    let (keys, share) = keys(target, (&tables[debtors], &alone[debtors]), &tables[obligations])?;
    Some(Join { debtors: (debtors, keys.0), obligations: (obligations, keys.1), share })
}

/// How much a table feeds of a level, mandatory fields first.
fn worth(fields: &[FieldGuess], level: Level) -> u64 {
    let of_level = fields.iter().filter(|found| found.field.level == level);
    of_level.map(|found| u64::from(found.confidence()) * if found.field.mandatory { 10 } else { 1 }).sum()
}

/// The columns whose values join two tables: that of the debtors names each of them, that of the obligations names
/// the debtors again.
fn keys(
    target: &dyn Target,
    (debtors, fields): (&Looked<'_>, &[FieldGuess]),
    obligations: &Looked<'_>,
) -> Option<((usize, usize), u64)> {
    let names = |column: &usize| {
        let verdict = &debtors.columns[*column].verdict;
        is_name(debtors, *column) && verdict.distinct * 100 >= verdict.filled.min(COUNTED) * 80
    };
    let firsts: Vec<usize> = (0..debtors.columns.len()).filter(names).take(COLUMNS_MAX).collect();
    let repeated = (0..obligations.columns.len()).filter(|column| is_name(obligations, *column));
    let seconds: Vec<usize> = repeated.take(COLUMNS_MAX).collect();
    let hasher: BuildHasherDefault<DefaultHasher> = BuildHasherDefault::default();
    let mut values: Vec<HashSet<u64>> = firsts.iter().map(|_| HashSet::new()).collect();
    seen::each_row(debtors.table, &debtors.header, |row| {
        for (column, values) in firsts.iter().zip(&mut values) {
            let text = row.cell(*column).trimmed();
            if !text.is_empty() && values.len() < VALUES_MAX / COLUMNS_MAX {
                values.insert(hasher.hash_one(text));
            }
        }
    });
    let mut hits = vec![vec![0_u64; seconds.len()]; firsts.len()];
    let mut rows = 0_u64;
    seen::each_row(obligations.table, &obligations.header, |row| {
        rows += 1;
        for (second, column) in seconds.iter().enumerate() {
            let hash = hasher.hash_one(row.cell(*column).trimmed());
            for (first, values) in values.iter().enumerate() {
                hits[first][second] += u64::from(values.contains(&hash));
            }
        }
    });
    let is_key = |column: usize| {
        let of_key = fields.iter().filter(|found| target.key().contains(&found.field.name));
        of_key.flat_map(|found| &found.taken).any(|taken| taken.column == column)
    };
    let pairs = (0..firsts.len()).flat_map(|first| (0..seconds.len()).map(move |second| (first, second)));
    let best = pairs.max_by_key(|(first, second)| {
        (hits[*first][*second], is_key(firsts[*first]), std::cmp::Reverse((*first, *second)))
    });
    let (first, second) = best?;
    let share = (hits[first][second] * 100).checked_div(rows)?;
    (share >= FOUND_MIN).then_some(((firsts[first], seconds[second]), share))
}

/// Whether the values of a column name something, and neither count nor date it.
fn is_name(looked: &Looked<'_>, column: usize) -> bool {
    const MOST: u64 = 80;
    let shapes = &looked.columns[column].shapes;
    let is = |shape: Shape| shapes.share(shape) >= MOST;
    (is(Shape::Code) || is(Shape::Document)) && !is(Shape::Date) && !is(Shape::Few)
}
