//! Obligations side by side in one row: columns that differ by a number, taken together as a mapping's `Saldo {n}`.
//!
//! A number at the end of one name is nothing: several columns have to name obligations, and as many, of the same
//! numbers, have to say something of them. Telephones 1 to 4 are a debtor's, and months are no obligations. What a
//! pattern is in a mapping is said in [`super::super::numbers`].

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Looked;
use super::dictionary::Dictionary;
use super::score::{self, Candidate, TAKEN};
use super::seen::{self, ColumnSeen};
use crate::mapping::numbers;
use crate::target::{Level, Target};

/// Lines that stand beside each other in each row of a table.
#[derive(Debug)]
pub struct Beside {
    /// The numbers that the columns have.
    pub numbers: Vec<u32>,
    /// The patterns of the columns, the one that names the lines first.
    pub patterns: Vec<Pattern>,
    /// For each column of a pattern, which one.
    of_column: HashMap<usize, usize>,
    /// Numbered columns that have other numbers.
    odd: BTreeSet<usize>,
}

/// Columns that differ by a number alone.
#[derive(Debug)]
pub struct Pattern {
    /// What a mapping calls them.
    pub name: String,
    /// The columns by their numbers.
    pub columns: BTreeMap<u32, usize>,
    /// What all of them hold.
    pub seen: ColumnSeen,
    leader: usize,
}

impl Pattern {
    /// The first column in the table; it stands for all.
    pub fn leader(&self) -> usize {
        self.leader
    }
}

/// Columns that may be one pattern: its name, and the columns by their numbers.
type Family = (String, BTreeMap<u32, usize>);

/// How surely a column names a line, says something else of it, or says something of the record, in percent.
#[derive(Debug, Clone, Copy, Default)]
struct Strength {
    key: u8,
    other: u8,
    record: u8,
}

impl Strength {
    fn of_columns(key: &str, candidates: &[Candidate], columns: usize) -> Vec<Strength> {
        let mut all = vec![Strength::default(); columns];
        for found in candidates {
            let strength = &mut all[found.column];
            let of_field = match found.field.level {
                Level::Line if found.field.name == key => &mut strength.key,
                Level::Line => &mut strength.other,
                Level::Record => &mut strength.record,
            };
            *of_field = found.confidence.max(*of_field);
        }
        all
    }

    fn most(all: impl Iterator<Item = Strength>) -> Strength {
        let most = |a: Strength, b: Strength| Strength {
            key: a.key.max(b.key),
            other: a.other.max(b.other),
            record: a.record.max(b.record),
        };
        all.fold(Strength::default(), most)
    }
}

impl Beside {
    /// The lines that a table's header shows, if it does; `candidates` say what each column might be by itself.
    pub fn found(
        target: &dyn Target,
        looked: &Looked<'_>,
        is_read: &dyn Fn(usize) -> bool,
        candidates: &[Candidate],
    ) -> Option<Beside> {
        let key = target.line_key().filter(|_| target.section(Level::Record).is_some())?;
        let all = families(&looked.header.names, is_read);
        let strengths = Strength::of_columns(key, candidates, looked.columns.len());
        let of = |family: &Family| Strength::most(family.1.values().map(|column| strengths[*column]));
        let named = all.iter().filter(|family| of(family).key >= TAKEN);
        let named = named.max_by_key(|family| (of(family).key, family.1.len()))?;
        let (same, odd): (Vec<&Family>, Vec<&Family>) =
            all.iter().partition(|family| family.1.keys().eq(named.1.keys()));
        let says = |family: &&&Family| family.0 != named.0 && of(family).other >= TAKEN;
        same.iter().find(says)?;
        // A row with an obligation and an amount of its own has others beside it for another reason.
        let numbered: BTreeSet<usize> = all.iter().flat_map(|family| family.1.values().copied()).collect();
        let plain = (0..strengths.len()).filter(|column| !numbered.contains(column));
        let plain = Strength::most(plain.map(|column| strengths[column]));
        if plain.key >= of(named).key && plain.other >= TAKEN {
            return None;
        }
        let is_lines = |family: &&&Family| of(family).record < TAKEN || of(family).other > of(family).record;
        let mut lines: Vec<&Family> = same.iter().filter(is_lines).copied().collect();
        lines.sort_by_key(|family| (family.0 != named.0, family.1.values().copied().min()));
        Some(Beside::of(looked, &lines, odd.iter().flat_map(|family| family.1.values().copied()).collect()))
    }

    fn of(looked: &Looked<'_>, lines: &[&Family], mut odd: BTreeSet<usize>) -> Beside {
        let columns: Vec<Vec<usize>> =
            lines.iter().map(|family| family.1.values().copied().collect()).collect();
        let seen = seen::together(looked.table, &looked.header, &columns);
        let of_column: HashMap<usize, usize> = columns
            .iter()
            .enumerate()
            .flat_map(|(pattern, columns)| columns.iter().map(move |column| (*column, pattern)))
            .collect();
        odd.retain(|column| !of_column.contains_key(column));
        let pattern = |(family, seen): (&&Family, ColumnSeen)| Pattern {
            name: family.0.clone(),
            columns: family.1.clone(),
            seen,
            leader: family.1.values().copied().min().unwrap_or_default(),
        };
        let patterns: Vec<Pattern> = lines.iter().zip(seen).map(pattern).collect();
        let numbers = patterns.first().map(|first| first.columns.keys().copied().collect());
        Beside { numbers: numbers.unwrap_or_default(), patterns, of_column, odd }
    }

    /// Judges each pattern by all of its columns, and takes single columns out of what makes lines.
    pub(super) fn take_over(
        &self,
        target: &dyn Target,
        looked: &Looked<'_>,
        dictionary: &Dictionary,
        candidates: &mut Vec<Candidate>,
    ) {
        candidates.retain(|found| {
            let is_of_line = found.field.level == Level::Line;
            let names_line = Some(found.field.name) == target.line_key();
            !self.has(found.column) && !(is_of_line && (names_line || self.is_odd(found.column)))
        });
        for pattern in &self.patterns {
            let leader = pattern.leader();
            let header = &looked.header.names[leader];
            let mut of_it = score::candidates(target, dictionary, (leader, header), &pattern.seen);
            of_it.retain(|found| found.field.level == Level::Line);
            candidates.append(&mut of_it);
        }
    }

    /// The pattern that a column is one of.
    pub fn pattern(&self, column: usize) -> Option<&Pattern> {
        self.of_column.get(&column).map(|pattern| &self.patterns[*pattern])
    }

    /// Whether a column is one of a pattern.
    pub fn has(&self, column: usize) -> bool {
        self.pattern(column).is_some()
    }

    /// Whether a column is one of a pattern that its first column stands for.
    pub fn follows(&self, column: usize) -> bool {
        self.pattern(column).is_some_and(|pattern| pattern.leader() != column)
    }

    /// Whether a column has a number that is none of a line's.
    pub fn is_odd(&self, column: usize) -> bool {
        self.odd.contains(&column)
    }

    /// All columns that a column stands for.
    pub fn columns(&self, column: usize) -> Vec<usize> {
        self.pattern(column)
            .map_or_else(|| vec![column], |pattern| pattern.columns.values().copied().collect())
    }
}

/// The columns that differ by a number alone, where there are several.
fn families(names: &[String], is_read: &dyn Fn(usize) -> bool) -> Vec<Family> {
    let mut found: HashMap<numbers::Shared, Family> = HashMap::new();
    let mut twice: BTreeSet<String> = BTreeSet::new();
    for (column, name) in names.iter().enumerate().filter(|(column, _)| is_read(*column)) {
        for (shared, pattern, number) in numbers::patterns_of(name) {
            let family = found.entry(shared).or_insert_with(|| (pattern, BTreeMap::new()));
            if family.1.insert(number, column).is_some() {
                twice.insert(family.0.clone());
            }
        }
    }
    let mut all: Vec<Family> = found.into_values().collect();
    all.retain(|family| family.1.len() > 1 && !twice.contains(&family.0));
    all.sort_by_key(|family| family.1.values().copied().min());
    all
}
