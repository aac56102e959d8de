//! A mapping meets a table's header: every column it names is found, or the mistake is named.
//!
//! An exact spelling wins; a spelling without case, accents and punctuation is taken only where no exact one
//! exists and only one column fits it.

use super::{ColumnName, FieldRule, Mapping, file, names};
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
}

/// Whether a mapping asks for a column of this name, loosely compared; finds the header row.
pub fn wants(mapping: &Mapping) -> impl Fn(&str) -> bool + use<> {
    let wanted: std::collections::HashSet<String> = mapping
        .fields
        .iter()
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

/// Finds every column of the mapping in a header.
///
/// # Errors
/// A [`Failure`] with the mapping's line and the nearest existing column.
pub fn bind<'m>(mapping: &'m Mapping, header: &Header, table: &Place) -> Result<Vec<BoundField<'m>>> {
    let repaired = |name: &String| mojibake(name).filter(|_| mapping.source.repairs_text);
    let exacts: Vec<String> =
        header.names.iter().map(|name| repaired(name).unwrap_or_else(|| name.clone())).collect();
    let normals: Vec<String> = exacts.iter().map(|name| names::normal(name)).collect();
    let find = |column: &ColumnName| {
        let exact = exacts.iter().position(|name| *name == column.name);
        let found = match exact {
            Some(_) => matches(&exacts, &column.name),
            None => matches(&normals, &names::normal(&column.name)),
        };
        match found.as_slice() {
            [only] => Ok(*only),
            [] => Err(unknown(mapping, header, table, column)),
            _ => Err(failure(Code::MappingAmbiguousColumn, mapping, table, column)),
        }
    };
    mapping
        .fields
        .iter()
        .map(|rule| {
            Ok(BoundField {
                rule,
                columns: rule.from.columns().iter().map(find).collect::<Result<_>>()?,
                dates: rule.dates.or(mapping.source.dates),
                decimal: rule.decimal.or(mapping.source.decimal),
                ids: None,
                repairs_text: mapping.source.repairs_text,
            })
        })
        .collect()
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
