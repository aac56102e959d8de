//! A mapping meets a table's header: every column it names is found, or the mistake is named.
//!
//! An exact spelling wins; a spelling without case, accents and punctuation is taken only where no exact one
//! exists and only one column fits it.

use super::filter::BoundFilter;
use super::{ColumnName, FieldRule, From, Mapping, file, names};
use crate::lang::Code;
use crate::problem::{Failure, Place, Result};
use crate::source::mojibake;
use crate::survey::{DateOrder, DecimalSign, Header, IdShape};
use crate::target::FieldKind;

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
}

/// Whether a mapping asks for a column of this name, loosely compared; finds the header row.
pub fn wants(mapping: &Mapping) -> impl Fn(&str) -> bool + use<> {
    let wanted: std::collections::HashSet<String> = mapping
        .fields
        .iter()
        .chain(mapping.filters.iter().map(|filter| &filter.rule))
        .flat_map(|rule| rule.from.columns())
        .map(|column| names::normal(&column.name))
        .collect();
    // A broken header is found for what it is, so that it can be repaired or named.
    move |name| {
        !name.is_empty()
            && (wanted.contains(&names::normal(name))
                || mojibake(name).is_some_and(|name| wanted.contains(&names::normal(&name))))
    }
}

/// The columns of a table that a mapping is about.
#[derive(Debug, Clone)]
pub struct Bound<'m> {
    /// One field per rule of the mapping, in its order.
    pub fields: Vec<BoundField<'m>>,
    /// The filters, in the mapping's order.
    pub filters: Vec<BoundFilter<'m>>,
    /// The columns of the control totals, in their order.
    pub totals: Vec<BoundField<'m>>,
}

impl Bound<'_> {
    /// The columns that anything reads, each once, in order.
    pub fn columns(&self) -> Vec<usize> {
        let filters = self.filters.iter().map(|filter| &filter.field);
        columns_of(self.fields.iter().chain(filters).chain(&self.totals))
    }
}

/// The columns that these read, each once, in order.
pub fn columns_of<'a, 'm: 'a>(readers: impl Iterator<Item = &'a BoundField<'m>>) -> Vec<usize> {
    let columns: std::collections::BTreeSet<usize> =
        readers.flat_map(|field| field.columns.iter().copied()).collect();
    columns.into_iter().collect()
}

/// Finds every column of the mapping in a header: those of its fields, its filters and its control totals.
///
/// # Errors
/// A [`Failure`] with the mapping's line and the nearest existing column.
pub fn bind_all<'m>(mapping: &'m Mapping, header: &Header, table: &Place) -> Result<Bound<'m>> {
    let binder = Binder::new(mapping, header, table);
    let filters = mapping
        .filters
        .iter()
        .map(|filter| Ok(BoundFilter { filter, field: binder.bind(&filter.rule)? }))
        .collect::<Result<_>>()?;
    let totals = mapping.expect.totals.iter().map(|total| binder.bind(&total.rule)).collect::<Result<_>>()?;
    Ok(Bound { fields: bind(mapping, header, table)?, filters, totals })
}

/// Finds the columns of the mapping's fields in a header.
///
/// # Errors
/// A [`Failure`] with the mapping's line and the nearest existing column.
pub fn bind<'m>(mapping: &'m Mapping, header: &Header, table: &Place) -> Result<Vec<BoundField<'m>>> {
    let binder = Binder::new(mapping, header, table);
    mapping.fields.iter().map(|rule| binder.bind(rule)).collect()
}

/// A header in which a mapping's columns are looked for.
struct Binder<'m, 'h> {
    mapping: &'m Mapping,
    header: &'h Header,
    /// The names of the columns, repaired where the mapping asks for it.
    exacts: Vec<String>,
    normals: Vec<String>,
    table: &'h Place,
}

impl<'m, 'h> Binder<'m, 'h> {
    fn new(mapping: &'m Mapping, header: &'h Header, table: &'h Place) -> Binder<'m, 'h> {
        let repaired = |name: &String| mojibake(name).filter(|_| mapping.source.repairs_text);
        let exacts: Vec<String> =
            header.names.iter().map(|name| repaired(name).unwrap_or_else(|| name.clone())).collect();
        let normals = exacts.iter().map(|name| names::normal(name)).collect();
        Binder { mapping, header, exacts, normals, table }
    }

    fn find(&self, column: &ColumnName) -> Result<usize> {
        let exact = self.exacts.iter().position(|name| *name == column.name);
        let found = match exact {
            Some(_) => matches(&self.exacts, &column.name),
            None => matches(&self.normals, &names::normal(&column.name)),
        };
        match found.as_slice() {
            [only] => Ok(*only),
            [] => Err(unknown(self.mapping, self.header, self.table, column)),
            _ => Err(failure(Code::MappingAmbiguousColumn, self.mapping, self.table, column)),
        }
    }

    fn bind(&self, rule: &'m FieldRule) -> Result<BoundField<'m>> {
        if matches!(rule.from, From::DaysSince(_)) && self.mapping.as_of.is_none() {
            return Err(Failure::new(Code::Internal).with("reason", "days_since, as_of"));
        }
        let source = &self.mapping.source;
        Ok(BoundField {
            rule,
            columns: rule.from.columns().iter().map(|column| self.find(column)).collect::<Result<_>>()?,
            dates: rule.dates.or(source.dates),
            decimal: rule.decimal.or(source.decimal),
            ids: None,
            repairs_text: source.repairs_text,
            blank_values: &source.blank_values,
            as_of: self.mapping.as_of,
        })
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
    let named = match column.line {
        0 => "--expect-total".to_owned(),
        line => format!("{}:{line}", mapping.path),
    };
    Failure::new(code)
        .with("place", named)
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
        match bind(&mapping, &header, &place) {
            Ok(fields) => Ok(fields.iter().flat_map(|field| field.columns.clone()).collect()),
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
