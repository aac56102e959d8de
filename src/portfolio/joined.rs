//! Which table of which file holds the debtors, and which the obligations.
//!
//! The mapping says it by the sheet's name, the command line by the file (`--table debtors=FILE`); an error report of
//! cartera's own has the sheets under their names, and where that does not tell, its columns do. Anything else is
//! asked for, never guessed.

use crate::lang::{Code, Lang};
use crate::mapping::bind::{Role, bind, lack, wants};
use crate::mapping::{JoinedTables, Mapping, names};
use crate::problem::{Failure, Place, Result};
use crate::source::{SheetChoice, SourceOptions, Table};
use crate::survey::Header;
use crate::survey::layout::find_header;

use super::OpenTable;

/// How a file of a role is to be read: of two tables that are joined, by the sheets that the mapping names for them.
/// `given` are the roles of all files.
///
/// # Errors
/// `tables-not-joined` when a table is named that the mapping does not have.
pub fn options(mapping: &Mapping, role: Role, given: &[Role]) -> Result<SourceOptions> {
    let options = mapping.source.options.clone();
    let Some(joined) = &mapping.tables else {
        return match Role::JOINED.iter().find(|(_, known)| *known == role) {
            None => Ok(options),
            Some((name, _)) => {
                let failure = Failure::new(Code::TablesNotJoined).with("place", &mapping.path);
                Err(failure.with("value", name))
            }
        };
    };
    let asked = |wanted: Role| role == wanted || (role == Role::Whole && !given.contains(&wanted));
    let roles = Role::JOINED.iter().map(|(_, role)| *role).filter(|role| asked(*role));
    let sheets: Vec<String> =
        roles.filter_map(|role| joined.of(role)).filter_map(|table| table.sheet.clone()).collect();
    let sheets = if sheets.is_empty() { options.sheets } else { SheetChoice::Named(sheets) };
    Ok(SourceOptions { sheets, ..options })
}

/// What a table holds, in a file that was given with a role or as a whole.
///
/// # Errors
/// `table-role-unknown` when nothing says it.
pub fn role(mapping: &Mapping, given: Role, table: &Table, place: &Place) -> Result<Role> {
    let Some(joined) = &mapping.tables else { return Ok(Role::Whole) };
    if given != Role::Whole {
        return Ok(given);
    }
    if let Some(role) = by_sheet(joined, table.sheet.as_deref()) {
        return Ok(role);
    }
    if table.is_report() {
        let header = find_header(table, Some(1), &wants(mapping, Role::Obligations))?;
        return Ok(by_columns(mapping, &header, place));
    }
    Err(Failure::new(Code::TableRoleUnknown).with("value", place).with("place", &mapping.path))
}

/// The table whose sheet has this name; a report's sheet may have lost what Excel forbids in a name.
fn by_sheet(joined: &JoinedTables, sheet: Option<&str>) -> Option<Role> {
    let sheet = names::normal(sheet?);
    let is_its = |role: &Role| {
        let named = joined.of(*role).and_then(|table| table.sheet.as_deref());
        named.is_some_and(|named| names::normal(named) == sheet)
    };
    Role::JOINED.iter().map(|(_, role)| *role).find(is_its)
}

/// What a table of an earlier run holds, of which the header is known.
pub fn known_role(mapping: &Mapping, header: &Header, place: &Place) -> Role {
    let Some(joined) = &mapping.tables else { return Role::Whole };
    by_sheet(joined, place.sheet.as_deref()).unwrap_or_else(|| by_columns(mapping, header, place))
}

/// What a table holds: obligations when it has all of their columns, or else debtors.
fn by_columns(mapping: &Mapping, header: &Header, place: &Place) -> Role {
    let has_all = bind(mapping, header, place, Role::Obligations).is_ok();
    if has_all { Role::Obligations } else { Role::Debtors }
}

/// A filter and a control total are about one of the two tables: the one that has their column, or that they name.
///
/// # Errors
/// `column-in-both-tables`, and what [`bind`] says of a column that neither has.
pub fn check_columns(mapping: &Mapping, tables: &[OpenTable<'_>]) -> Result<()> {
    let filters = mapping.filters.iter().map(|filter| &filter.rule);
    let rules = filters.chain(mapping.expect.totals.iter().map(|total| &total.rule));
    for rule in rules.filter(|rule| mapping.tables.is_some() && rule.table.is_none()) {
        let has =
            |role: Role| tables.iter().any(|table| table.bound.role == role && table.bound.answers_for(rule));
        let having: Vec<Role> =
            Role::JOINED.iter().map(|(_, role)| *role).filter(|role| has(*role)).collect();
        if having.len() > 1 {
            let named = rule.from.columns().first();
            let place = named.map(|column| mapping.place_of(column)).unwrap_or_default();
            return Err(Failure::new(Code::ColumnInBothTables)
                .with("value", &rule.name)
                .with("place", place));
        }
        // Each table of the role has to have it; of a column that none has, the table with a like one is named.
        let asked = tables.iter().filter(|table| having.is_empty() || having.contains(&table.bound.role));
        let lacks = asked.filter_map(|table| lack(mapping, &table.header, &table.place, rule));
        let is_near = |failure: &Failure| failure.value("hint", Lang::Es).is_none_or(|hint| !hint.is_empty());
        if let Some(failure) = lacks.max_by_key(is_near) {
            return Err(failure);
        }
    }
    Ok(())
}

/// Debtors without a table of obligations, or the other way about, are a mistake of the command.
///
/// # Errors
/// `table-missing`.
pub fn check_both(mapping: &Mapping, found: &[Role]) -> Result<()> {
    match Role::JOINED.iter().find(|(_, role)| mapping.tables.is_some() && !found.contains(role)) {
        Some((name, _)) => {
            Err(Failure::new(Code::TableMissing).with("value", name).with("place", &mapping.path))
        }
        None => Ok(()),
    }
}
