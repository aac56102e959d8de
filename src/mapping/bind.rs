//! A mapping meets a table's header: every column it names is found, or the mistake is named.
//!
//! An exact spelling wins; a spelling without case, accents and punctuation is taken only where no exact one
//! exists and only one column fits it. A table of debtors is asked for the record's columns alone, one of
//! obligations for those of a line; numbered columns (`Saldo {n}`) make several lines of a row.

use std::collections::BTreeSet;

use super::{ColumnName, FieldRule, Mapping, file, names, numbers};
use crate::lang::Code;
use crate::problem::{Failure, Place, Problem, Result, RowId};
use crate::source::Row;
use crate::survey::{DateOrder, DecimalSign, Header, IdShape};
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
}

impl BoundField<'_> {
    /// Whether the survey has to decide a format for this field.
    pub fn needs_verdict(&self) -> bool {
        match self.rule.kind {
            FieldKind::Date => self.dates.is_none() && !self.columns.is_empty(),
            FieldKind::Amount => self.decimal.is_none() && !self.columns.is_empty(),
            FieldKind::Id => self.ids.is_none() && !self.columns.is_empty(),
            _ => false,
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
}

/// One of the lines that a row carries: its fields by their ordinals in the mapping.
type LineFields<'m> = Vec<(usize, BoundField<'m>)>;

/// A mapping whose columns are found in a table's header.
#[derive(Debug, Clone)]
pub struct Bound<'m> {
    /// What the table holds.
    pub role: Role,
    /// The column that joins its rows with those of the other table, converted as the record's key is.
    pub key: Option<BoundField<'m>>,
    /// The fields of the record, by their ordinals in the mapping.
    head: LineFields<'m>,
    /// The lines of a row: one, or as many as the header has numbered groups of columns.
    lines: Vec<LineFields<'m>>,
    /// The numbered columns of each line; none where a row has one line.
    numbered: Vec<Vec<usize>>,
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

    /// Every field, to be given its format.
    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut BoundField<'m>> {
        let fields = self.head.iter_mut().chain(self.lines.iter_mut().flatten());
        fields.map(|(_, field)| field).chain(&mut self.key)
    }

    /// The lines that a row carries. A numbered line whose columns are all blank is not there.
    pub fn groups(&self, row: Row<'_>) -> impl Iterator<Item = &[(usize, BoundField<'m>)]> {
        let filled = move |at: usize| {
            self.numbered
                .get(at)
                .is_none_or(|columns| columns.iter().any(|column| !row.cell(*column).is_blank()))
        };
        let lines = self.lines.iter().enumerate().filter(move |(at, _)| filled(*at));
        lines.map(|(_, fields)| fields.as_slice())
    }

    /// Whether a field is read from the column that joins the tables.
    pub fn is_key(&self, field: &BoundField<'_>) -> bool {
        self.key.as_ref().is_some_and(|key| key.columns == field.columns)
    }
}

/// Whether a mapping asks for a column of this name in a table, loosely compared; finds the header row.
pub fn wants(mapping: &Mapping, role: Role) -> impl Fn(&str) -> bool + use<> {
    let columns = fed(mapping, role).flat_map(|(_, rule)| rule.from.columns());
    let key = mapping.tables.as_ref().and_then(|tables| tables.of(role)).map(|table| &table.key);
    let (numbered, plain): (Vec<&ColumnName>, Vec<&ColumnName>) =
        columns.chain(key).partition(|column| numbers::is_pattern(&column.name));
    let plain: std::collections::HashSet<String> =
        plain.into_iter().map(|column| names::normal(&column.name)).collect();
    let numbered: Vec<String> = numbered.into_iter().map(|column| column.name.clone()).collect();
    move |name| {
        !name.is_empty()
            && (plain.contains(&names::normal(name))
                || numbered.iter().any(|pattern| numbers::number_in(pattern, name).is_some()))
    }
}

/// The rules that a table of a role feeds, with their ordinals.
fn fed(mapping: &Mapping, role: Role) -> impl Iterator<Item = (usize, &FieldRule)> {
    let feeds = move |rule: &FieldRule| match rule.table {
        Some(table) if role != Role::Whole => table == role,
        _ => role.feeds(rule.level),
    };
    mapping.fields.iter().enumerate().filter(move |(_, rule)| feeds(rule))
}

/// Finds every column of the mapping that a table of this role has to have.
///
/// # Errors
/// A [`Failure`] with the mapping's line and the nearest existing column.
pub fn bind<'m>(mapping: &'m Mapping, header: &Header, table: &Place, role: Role) -> Result<Bound<'m>> {
    let binder = Binder {
        mapping,
        header,
        table,
        normals: header.names.iter().map(|name| names::normal(name)).collect(),
    };
    let (head, line): (Vec<_>, Vec<_>) =
        fed(mapping, role).partition(|(_, rule)| rule.level == Level::Record);
    let patterns: Vec<&ColumnName> = line
        .iter()
        .flat_map(|(_, rule)| rule.from.columns())
        .filter(|column| numbers::is_pattern(&column.name))
        .collect();
    let fields = |rules: &[(usize, &'m FieldRule)], number: Option<u32>| -> Result<LineFields<'m>> {
        rules.iter().map(|(ordinal, rule)| Ok((*ordinal, binder.field(rule, number)?))).collect()
    };
    let head = fields(&head, None)?;
    let (mut lines, mut numbered) = (Vec::new(), Vec::new());
    if !patterns.is_empty() {
        for number in binder.numbers(&patterns)? {
            lines.push(fields(&line, Some(number))?);
            let columns = patterns.iter().map(|pattern| binder.column(pattern, Some(number)));
            numbered.push(columns.collect::<Result<Vec<_>>>()?);
        }
    } else if !line.is_empty() {
        lines.push(fields(&line, None)?);
    }
    Ok(Bound { role, key: binder.key(role)?, head, lines, numbered })
}

/// A mapping and the header that its columns are looked for in.
struct Binder<'b, 'm> {
    mapping: &'m Mapping,
    header: &'b Header,
    table: &'b Place,
    normals: Vec<String>,
}

impl<'m> Binder<'_, 'm> {
    fn field(&self, rule: &'m FieldRule, number: Option<u32>) -> Result<BoundField<'m>> {
        let columns = rule.from.columns().iter().map(|column| self.column(column, number));
        Ok(self.bound(rule, columns.collect::<Result<_>>()?))
    }

    fn bound(&self, rule: &'m FieldRule, columns: Vec<usize>) -> BoundField<'m> {
        BoundField {
            rule,
            columns,
            dates: rule.dates.or(self.mapping.source.dates),
            decimal: rule.decimal.or(self.mapping.source.decimal),
            ids: None,
        }
    }

    /// The column that joins a table of this role with the other one.
    fn key(&self, role: Role) -> Result<Option<BoundField<'m>>> {
        let Some(table) = self.mapping.tables.as_ref().and_then(|tables| tables.of(role)) else {
            return Ok(None);
        };
        let column = self.column(&table.key, None)?;
        Ok(Some(self.bound(self.mapping.key_rule(), vec![column])))
    }

    /// The column of a name, or of a pattern and a number.
    fn column(&self, column: &ColumnName, number: Option<u32>) -> Result<usize> {
        let found = match number.filter(|_| numbers::is_pattern(&column.name)) {
            Some(number) => numbers::columns(&column.name, number, &self.header.names),
            None if self.header.names.contains(&column.name) => matches(&self.header.names, &column.name),
            None => matches(&self.normals, &names::normal(&column.name)),
        };
        let named = || ColumnName { name: numbers::fill(&column.name, number), line: column.line };
        match found.as_slice() {
            [only] => Ok(*only),
            [] => Err(unknown(self.mapping, self.header, self.table, &named())),
            _ => Err(failure(Code::MappingAmbiguousColumn, self.mapping, self.table, &named())),
        }
    }

    /// The numbers that the header has for any of the patterns, in order.
    fn numbers(&self, patterns: &[&ColumnName]) -> Result<BTreeSet<u32>> {
        let in_name =
            |name: &String| patterns.iter().find_map(|column| numbers::number_in(&column.name, name));
        let found: BTreeSet<u32> = self.header.names.iter().filter_map(in_name).collect();
        match patterns.first() {
            Some(pattern) if found.is_empty() => Err(unknown(self.mapping, self.header, self.table, pattern)),
            _ => Ok(found),
        }
    }
}

fn matches(names: &[String], wanted: &str) -> Vec<usize> {
    names.iter().enumerate().filter(|(_, name)| *name == wanted).map(|(column, _)| column).collect()
}

fn unknown(mapping: &Mapping, header: &Header, table: &Place, column: &ColumnName) -> Failure {
    let nearest = names::nearest(&column.name, header.names.iter().map(String::as_str));
    failure(Code::MappingUnknownColumn, mapping, table, column).with("hint", file::hint(nearest))
}

fn failure(code: Code, mapping: &Mapping, table: &Place, column: &ColumnName) -> Failure {
    Failure::new(code)
        .with("place", format!("{}:{}", mapping.path, column.line))
        .with("value", &column.name)
        .with("reason", table)
        .at(table.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAPPING: &str = "target = \"collections\"\n[expediente]\nIdentification = \"Cédula\"\nName = \"Nombre\"\nEmail = \"Correo\"\nTelephone = \"Celular\"\n[obligation]\nid = \"Nro\"\nname = \"Producto\"\n";

    fn columns(names: &[&str]) -> std::result::Result<Vec<usize>, (Code, String)> {
        let mapping = file::parse("m.toml", MAPPING).unwrap();
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let header = Header { row: 1, names, data_offset: 0, data_row: 2 };
        let place = Place { file: "f.csv".into(), ..Place::default() };
        match bind(&mapping, &header, &place, Role::Whole) {
            Ok(bound) => Ok(bound.all().flat_map(|field| field.columns.clone()).collect()),
            Err(failure) => {
                let hint = failure.value("hint", crate::lang::Lang::Es).unwrap_or_default().to_owned();
                Err((failure.code, hint))
            }
        }
    }

    #[test]
    fn columns_are_found() {
        let good = Ok(vec![0, 1, 2, 3, 4, 5]);
        assert_eq!(columns(&["Cédula", "Nombre", "Correo", "Celular", "Nro", "Producto"]), good);
        assert_eq!(columns(&["CEDULA", "nombre ", "Correo.", "Celular", "Nro", "Producto"]), good);
        assert_eq!(
            columns(&["Cédula", "Nombre", "Correo", "Celular", "Nro", "Producto", "CEDULA"]),
            good,
            "an exact spelling wins over a loose one"
        );
        assert_eq!(
            columns(&["Cédula", "Nombre", "Correo", "Celular", "Nro", "Produto"]),
            Err((Code::MappingUnknownColumn, " (→ «Produto»)".into()))
        );
        assert_eq!(
            columns(&["cedula", "CEDULA", "Nombre", "Correo", "Celular", "Nro", "Producto"]),
            Err((Code::MappingAmbiguousColumn, String::new()))
        );
    }
}
