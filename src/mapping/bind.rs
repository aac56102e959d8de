//! A mapping meets a table's header: every column it names is found, or the mistake is named.
//!
//! An exact spelling wins; a spelling without case, accents and punctuation is taken only where no exact one
//! exists and only one column fits it. A table of debtors is asked for the record's columns alone, one of
//! obligations for those of a line; numbered columns (`Saldo {n}`) make several lines of a row.

use std::collections::BTreeSet;

use super::filter::BoundFilter;
use super::{ColumnName, FieldRule, From, Mapping, file, names, numbers};
use crate::lang::Code;
use crate::problem::{Failure, Place, Result};
use crate::source::mojibake;
use crate::survey::Header;
use crate::target::Level;

pub(crate) use super::bound::HeadColumns;
use super::bound::LineFields;
pub use super::bound::{Bound, BoundField, Role};
use super::short_way::Way;

/// Whether a mapping asks for a column of this name in a table, loosely compared; finds the header row.
pub fn wants(mapping: &Mapping, role: Role) -> impl Fn(&str) -> bool + use<> {
    let asked = move |rule: &&FieldRule| role == Role::Whole || rule.table.is_none_or(|table| table == role);
    let filters = mapping.filters.iter().map(|filter| &filter.rule).filter(asked);
    let rules = fed(mapping, role).map(|(_, rule)| rule).chain(filters);
    let key = mapping.tables.as_ref().and_then(|tables| tables.of(role)).map(|table| &table.key);
    let columns = rules.flat_map(|rule| rule.from.columns()).chain(key);
    let (numbered, plain): (Vec<&ColumnName>, Vec<&ColumnName>) =
        columns.partition(|column| numbers::is_pattern(&column.name));
    let plain: std::collections::HashSet<String> =
        plain.into_iter().map(|column| names::normal(&column.name)).collect();
    let numbered: Vec<String> = numbered.into_iter().map(|column| column.name.clone()).collect();
    let is_wanted = move |name: &str| {
        plain.contains(&names::normal(name))
            || numbered.iter().any(|pattern| numbers::number_in(pattern, name).is_some())
    };
    // A broken header is found for what it is, so that it can be repaired or named.
    move |name| !name.is_empty() && (is_wanted(name) || mojibake(name).is_some_and(|name| is_wanted(&name)))
}

/// The rules that a table of a role feeds, with their ordinals.
fn fed(mapping: &Mapping, role: Role) -> impl Iterator<Item = (usize, &FieldRule)> {
    let feeds = move |rule: &FieldRule| match rule.table {
        Some(table) if role != Role::Whole => table == role,
        _ => role.feeds(rule.level),
    };
    mapping.fields.iter().enumerate().filter(move |(_, rule)| feeds(rule))
}

/// Finds every column of the mapping that a table of this role has to have: those of its fields, its filters and its
/// control totals. Of two tables that are joined, a filter or a total that names none is bound where its column is.
///
/// # Errors
/// A [`Failure`] with the mapping's line and the nearest existing column.
pub fn bind<'m>(mapping: &'m Mapping, header: &Header, table: &Place, role: Role) -> Result<Bound<'m>> {
    let binder = Binder::new(mapping, header, table);
    let (head, line): (Vec<_>, Vec<_>) =
        fed(mapping, role).partition(|(_, rule)| rule.level == Level::Record);
    let patterns: Vec<&ColumnName> =
        line.iter().flat_map(|(_, rule)| rule.from.columns()).filter(|column| is_pattern(column)).collect();
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
    let (filters, totals) = (binder.filters(role)?, binder.totals(role)?);
    let blank_values = &mapping.source.blank_values;
    let (key, head_columns) = (binder.key(role)?, HeadColumns::of(&head));
    Ok(Bound { role, key, head, head_columns, lines, numbered, filters, totals, blank_values })
}

/// Why a table does not have a column that a rule asks for; nothing when it has all of them.
pub fn lack(mapping: &Mapping, header: &Header, table: &Place, rule: &FieldRule) -> Option<Failure> {
    Binder::new(mapping, header, table).numbered_fields(rule).err()
}

fn is_pattern(column: &ColumnName) -> bool {
    numbers::is_pattern(&column.name)
}

/// A mapping and the header that its columns are looked for in.
struct Binder<'b, 'm> {
    mapping: &'m Mapping,
    header: &'b Header,
    table: &'b Place,
    /// The names of the columns, repaired where the mapping asks for it.
    exacts: Vec<String>,
    normals: Vec<String>,
}

impl<'b, 'm> Binder<'b, 'm> {
    fn new(mapping: &'m Mapping, header: &'b Header, table: &'b Place) -> Binder<'b, 'm> {
        let repaired = |name: &String| mojibake(name).filter(|_| mapping.source.repairs_text);
        let exacts: Vec<String> =
            header.names.iter().map(|name| repaired(name).unwrap_or_else(|| name.clone())).collect();
        let normals = exacts.iter().map(|name| names::normal(name)).collect();
        Binder { mapping, header, table, exacts, normals }
    }

    fn field(&self, rule: &'m FieldRule, number: Option<u32>) -> Result<BoundField<'m>> {
        let columns = rule.from.columns().iter().map(|column| self.column(column, number));
        self.bound(rule, columns.collect::<Result<_>>()?)
    }

    fn bound(&self, rule: &'m FieldRule, columns: Vec<usize>) -> Result<BoundField<'m>> {
        if matches!(rule.from, From::DaysSince(_)) && self.mapping.as_of.is_none() {
            return Err(Failure::new(Code::Internal).with("reason", "days_since, as_of"));
        }
        let source = &self.mapping.source;
        Ok(BoundField {
            rule,
            columns,
            dates: rule.dates.or(source.dates),
            decimal: rule.decimal.or(source.decimal),
            ids: None,
            repairs_text: source.repairs_text,
            blank_values: &source.blank_values,
            as_of: self.mapping.as_of,
            way: Way::of(rule, source.repairs_text, &source.blank_values),
        })
    }

    /// The column that joins a table of this role with the other one.
    fn key(&self, role: Role) -> Result<Option<BoundField<'m>>> {
        let Some(table) = self.mapping.tables.as_ref().and_then(|tables| tables.of(role)) else {
            return Ok(None);
        };
        let column = self.column(&table.key, None)?;
        self.mapping.key_rule().map(|named| self.bound(named, vec![column])).transpose()
    }

    /// The filters that a table of this role answers for.
    fn filters(&self, role: Role) -> Result<Vec<BoundFilter<'m>>> {
        let asked = self.mapping.filters.iter().filter(|filter| self.answers_for(&filter.rule, role));
        asked.map(|filter| Ok(BoundFilter { filter, field: self.field(&filter.rule, None)? })).collect()
    }

    /// The columns of the control totals that a table of this role answers for.
    fn totals(&self, role: Role) -> Result<Vec<(usize, BoundField<'m>)>> {
        let mut fields = Vec::new();
        for (ordinal, total) in self.mapping.expect.totals.iter().enumerate() {
            if self.answers_for(&total.rule, role) {
                fields.extend(self.numbered_fields(&total.rule)?.into_iter().map(|field| (ordinal, field)));
            }
        }
        Ok(fields)
    }

    /// Whether a table has to have the columns of a filter or a control total: of two tables that are joined the one
    /// that is named, or else each that has them.
    fn answers_for(&self, rule: &FieldRule, asked: Role) -> bool {
        match rule.table {
            _ if asked == Role::Whole => true,
            Some(table) => table == asked,
            None => rule.from.columns().iter().all(|column| !self.found(column, None).is_empty()),
        }
    }

    /// A rule's columns; of numbered ones, those of each number that the header has.
    fn numbered_fields(&self, rule: &'m FieldRule) -> Result<Vec<BoundField<'m>>> {
        let patterns: Vec<&ColumnName> =
            rule.from.columns().iter().filter(|column| is_pattern(column)).collect();
        if patterns.is_empty() {
            return Ok(vec![self.field(rule, None)?]);
        }
        self.numbers(&patterns)?.into_iter().map(|number| self.field(rule, Some(number))).collect()
    }

    /// The column of a name, or of a pattern and a number.
    fn column(&self, column: &ColumnName, number: Option<u32>) -> Result<usize> {
        let named = || ColumnName { name: numbers::fill(&column.name, number), line: column.line };
        match self.found(column, number).as_slice() {
            [only] => Ok(*only),
            [] => Err(unknown(self.mapping, self.header, self.table, &named())),
            _ => Err(failure(Code::MappingAmbiguousColumn, self.mapping, self.table, &named())),
        }
    }

    /// The columns that a name fits; of a pattern without a number, those of any number.
    fn found(&self, column: &ColumnName, number: Option<u32>) -> Vec<usize> {
        match number.filter(|_| is_pattern(column)) {
            Some(number) => numbers::columns(&column.name, number, &self.exacts),
            None if is_pattern(column) => {
                let has_number = |name: &String| numbers::number_in(&column.name, name).is_some();
                (0..self.exacts.len()).filter(|at| has_number(&self.exacts[*at])).collect()
            }
            None if self.exacts.contains(&column.name) => matches(&self.exacts, &column.name),
            None => matches(&self.normals, &names::normal(&column.name)),
        }
    }

    /// The numbers that the header has for any of the patterns, in order.
    fn numbers(&self, patterns: &[&ColumnName]) -> Result<BTreeSet<u32>> {
        let in_name =
            |name: &String| patterns.iter().find_map(|column| numbers::number_in(&column.name, name));
        let found: BTreeSet<u32> = self.exacts.iter().filter_map(in_name).collect();
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
    let is_broken = |name: &&String| {
        mojibake(name).is_some_and(|name| names::normal(&name) == names::normal(&column.name))
    };
    if let Some(broken) = header.names.iter().find(is_broken) {
        return failure(Code::BrokenHeader, mapping, table, column).with("expected", broken);
    }
    let nearest = names::nearest(&column.name, header.names.iter().map(String::as_str));
    failure(Code::MappingUnknownColumn, mapping, table, column)
        .with("hint", file::hint(nearest))
        .with_header(header)
}

fn failure(code: Code, mapping: &Mapping, table: &Place, column: &ColumnName) -> Failure {
    Failure::new(code)
        .with("place", mapping.place_of(column))
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
            Ok(bound) => Ok(bound.readers().flat_map(|field| field.columns.clone()).collect()),
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
            columns(&["CÃ©dula", "Nombre", "Correo", "Celular", "Nro", "Producto"]),
            Err((Code::BrokenHeader, String::new()))
        );
        assert_eq!(
            columns(&["cedula", "CEDULA", "Nombre", "Correo", "Celular", "Nro", "Producto"]),
            Err((Code::MappingAmbiguousColumn, String::new()))
        );
    }
}
