//! A mapping whose columns are found in a table: what each row is read by.
//!
//! A table holds debtors and obligations in the same rows, or one of the two. Nothing here looks a column up
//! ([`super::bind`] does) or converts a value.

use std::collections::BTreeSet;
use std::ops::Range;

use super::FieldRule;
use super::convert::is_blank;
use super::filter::BoundFilter;
use super::short_way::Way;
use crate::lang::Code;
use crate::problem::{Problem, RowId};
use crate::source::{Kind, Row};
use crate::survey::{DateOrder, DecimalSign, IdShape};
use crate::target::{FieldKind, Level};

/// A field's rule with its columns found, and the formats that its values have.
#[derive(Debug, Clone)]
pub struct BoundField<'m> {
    /// The rule.
    pub rule: &'m FieldRule,
    /// Columns in the rule's order, counted from 0; empty for a constant.
    pub columns: Vec<usize>,
    /// Order of text dates: the rule's, the mapping's, or (set later) the survey's verdict.
    pub dates: Option<DateOrder>,
    /// Decimal sign of text amounts, decided alike.
    pub decimal: Option<DecimalSign>,
    /// What the other values of an identification's column say about damage.
    pub ids: Option<IdShape>,
    /// Whether broken text is repaired where that can be proved.
    pub repairs_text: bool,
    /// What the creditor writes where there is nothing.
    pub blank_values: &'m [String],
    /// The day up to which days in arrears are counted.
    pub as_of: Option<jiff::civil::Date>,
    /// What is known of the way of its cells before any is seen.
    pub(crate) way: Way,
}

impl BoundField<'_> {
    /// Whether the survey has to decide a format for this field.
    pub fn needs_verdict(&self) -> bool {
        match self.rule.cell_kind() {
            FieldKind::Date => self.dates.is_none() && !self.columns.is_empty(),
            FieldKind::Amount => self.decimal.is_none() && !self.columns.is_empty(),
            FieldKind::Id => self.ids.is_none() && !self.columns.is_empty(),
            _ => false,
        }
    }

    /// The decimal sign of an amount in a cell of this kind: a workbook's numbers are written with a point.
    pub fn sign_in(&self, kind: Kind) -> DecimalSign {
        match kind {
            Kind::Number => DecimalSign::Point,
            _ => self.decimal.unwrap_or(DecimalSign::Point),
        }
    }

    /// A problem of this field in a row, at its first column, with nothing filled in but that.
    pub fn problem(&self, row: RowId, code: Code) -> Problem {
        Problem {
            column: self.columns.first().and_then(|column| u16::try_from(*column).ok()),
            field: self.rule.name.clone(),
            ..Problem::error(row, code)
        }
    }
}

/// What a table of a mapping holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Debtors and obligations in the same rows.
    Whole,
    /// Debtors alone, a row each.
    Debtors,
    /// Obligations alone, joined with their debtors by a key.
    Obligations,
}

impl Role {
    /// The tables that are joined, with their names in a mapping.
    pub const JOINED: [(&'static str, Role); 2] =
        [("debtors", Role::Debtors), ("obligations", Role::Obligations)];

    /// Whether such a table feeds fields of a level.
    pub fn feeds(self, level: Level) -> bool {
        match self {
            Role::Whole => true,
            Role::Debtors => level == Level::Record,
            Role::Obligations => level == Level::Line,
        }
    }

    /// Of two tables that are joined the one that feeds fields of a level.
    pub fn of_level(level: Level) -> Role {
        if level == Level::Record { Role::Debtors } else { Role::Obligations }
    }
}

/// One of the lines that a row carries: its fields by their ordinals in the mapping.
pub(super) type LineFields<'m> = Vec<(usize, BoundField<'m>)>;

/// The columns that feed the record's own fields, in stretches of neighbours: what a row says of those fields is what
/// stands there.
#[derive(Debug, Clone, Default)]
pub(crate) struct HeadColumns {
    /// The columns of each stretch.
    pub(crate) stretches: Vec<Range<usize>>,
    /// For each field, the stretch that has all its columns; none where its cells are looked at in every row.
    pub(crate) of_field: Vec<Option<usize>>,
}

impl HeadColumns {
    pub(super) fn of(fields: &LineFields<'_>) -> HeadColumns {
        // Amounts are added up row by row.
        let reach = |field: &BoundField<'_>| {
            let (first, last) = (field.columns.iter().min(), field.columns.iter().max());
            let columns = first.zip(last).map_or(0..0, |(first, last)| *first..last + 1);
            (field.rule.cell_kind() != FieldKind::Amount).then_some(columns)
        };
        let reaches: Vec<Option<Range<usize>>> = fields.iter().map(|(_, field)| reach(field)).collect();
        let mut sorted: Vec<&Range<usize>> = reaches.iter().flatten().collect();
        sorted.sort_by_key(|columns| columns.start);
        let mut stretches: Vec<Range<usize>> = Vec::new();
        for next in sorted {
            match stretches.last_mut() {
                Some(last) if next.start <= last.end => last.end = last.end.max(next.end),
                _ => stretches.push(next.clone()),
            }
        }
        let has = |stretch: &Range<usize>, reach: &Range<usize>| {
            stretch.start <= reach.start && reach.end <= stretch.end
        };
        let place = |reach: Range<usize>| stretches.iter().position(|stretch| has(stretch, &reach));
        let of_field = reaches.into_iter().map(|reach| place(reach?)).collect();
        HeadColumns { stretches, of_field }
    }
}

/// A mapping whose columns are found in a table's header.
#[derive(Debug, Clone)]
pub struct Bound<'m> {
    /// What the table holds.
    pub role: Role,
    /// The column that joins its rows with those of the other table, converted as the record's key is.
    pub key: Option<BoundField<'m>>,
    /// The fields of the record, by their ordinals in the mapping.
    pub(super) head: LineFields<'m>,
    /// The columns of those fields.
    pub(crate) head_columns: HeadColumns,
    /// The lines of a row: one, or as many as the header has numbered groups of columns.
    pub(super) lines: Vec<LineFields<'m>>,
    /// The numbered columns of each line; none where a row has one line.
    pub(super) numbered: Vec<Vec<usize>>,
    /// The filters that this table answers for, in the mapping's order.
    pub filters: Vec<BoundFilter<'m>>,
    /// The columns of the control totals that it answers for, by the ordinal of the total; one that names numbered
    /// columns has several.
    pub totals: Vec<(usize, BoundField<'m>)>,
    /// What the creditor writes where there is nothing.
    pub(super) blank_values: &'m [String],
}

impl<'m> Bound<'m> {
    /// The fields of a level with their ordinals; those of a row's first line, where it has several.
    pub fn of(&self, level: Level) -> impl Iterator<Item = (usize, &BoundField<'m>)> {
        let line = self.lines.first().map_or(&[][..], Vec::as_slice);
        let fields = if level == Level::Record { &self.head[..] } else { line };
        fields.iter().map(|(ordinal, field)| (*ordinal, field))
    }

    /// The field of an ordinal, where this table feeds it; of a row's first line, where it has several.
    pub fn field(&self, ordinal: usize) -> Option<&BoundField<'m>> {
        self.of(Level::Record)
            .chain(self.of(Level::Line))
            .find(|(at, _)| *at == ordinal)
            .map(|(_, field)| field)
    }

    /// The field of an ordinal in every line of a row.
    pub fn in_all_lines(&self, ordinal: usize) -> impl Iterator<Item = &BoundField<'m>> {
        self.lines.iter().flatten().filter(move |(at, _)| *at == ordinal).map(|(_, field)| field)
    }

    /// Every field, the key included.
    pub fn all(&self) -> impl Iterator<Item = &BoundField<'m>> {
        let fields = self.head.iter().chain(self.lines.iter().flatten());
        fields.map(|(_, field)| field).chain(&self.key)
    }

    /// Whatever reads a column: fields, the key, filters, control totals.
    pub fn readers(&self) -> impl Iterator<Item = &BoundField<'m>> {
        let filters = self.filters.iter().map(|filter| &filter.field);
        self.all().chain(filters).chain(self.totals.iter().map(|(_, field)| field))
    }

    /// Whatever reads a column, to be given its format.
    pub fn readers_mut(&mut self) -> impl Iterator<Item = &mut BoundField<'m>> {
        let fields = self.head.iter_mut().chain(self.lines.iter_mut().flatten());
        let filters = self.filters.iter_mut().map(|filter| &mut filter.field);
        let totals = self.totals.iter_mut().map(|(_, field)| field);
        fields.map(|(_, field)| field).chain(&mut self.key).chain(filters).chain(totals)
    }

    /// The columns that anything reads, each once, in order.
    pub fn columns(&self) -> Vec<usize> {
        let columns: BTreeSet<usize> =
            self.readers().flat_map(|field| field.columns.iter().copied()).collect();
        columns.into_iter().collect()
    }

    /// Whether this table answers for a filter or a control total.
    pub fn answers_for(&self, rule: &FieldRule) -> bool {
        let mut rules = self.filters.iter().map(|filter| filter.field.rule);
        rules.any(|known| std::ptr::eq(known, rule))
            || self.totals.iter().any(|(_, field)| std::ptr::eq(field.rule, rule))
    }

    /// The lines that a row carries. A numbered line whose columns are all blank, or hold what the creditor writes
    /// for nothing, is not there.
    pub fn groups(&self, row: Row<'_>) -> impl Iterator<Item = &[(usize, BoundField<'m>)]> {
        let filled = move |at: usize| {
            self.numbered
                .get(at)
                .is_none_or(|columns| columns.iter().any(|column| !is_blank(row, *column, self.blank_values)))
        };
        let lines = self.lines.iter().enumerate().filter(move |(at, _)| filled(*at));
        lines.map(|(_, fields)| fields.as_slice())
    }

    /// Whether every column that feeds a line is blank in a row.
    pub fn is_blank(&self, line: &[(usize, BoundField<'m>)], row: Row<'_>) -> bool {
        let mut columns = line.iter().flat_map(|(_, field)| &field.columns);
        columns.all(|column| is_blank(row, *column, self.blank_values))
    }

    /// Whether a field is read from the column that joins the tables.
    pub fn is_key(&self, field: &BoundField<'_>) -> bool {
        self.key.as_ref().is_some_and(|key| key.columns == field.columns)
    }
}
