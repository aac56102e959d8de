//! What a mapping file says of two tables that are joined, and of numbered columns.
//!
//! The rest of the file is read beside this; a mistake is told in the same way.

use super::bind::Role;
use super::file::{Document, Table};
use super::{ColumnName, FieldRule, JoinedTable, JoinedTables, keys, numbers};
use crate::lang::Code;
use crate::problem::{Failure, Result};
use crate::target::{Level, Target};

impl Document<'_> {
    /// Debtors and obligations in tables of their own, each with the column that joins it with the other.
    pub(super) fn joined_tables(&self, root: &Table<'_>) -> Result<Option<JoinedTables>> {
        let Some(tables) = self.table_of(root, keys::TABLES.name)? else { return Ok(None) };
        let source = self.table_of(root, "source")?;
        if let Some(sheet) = source.and_then(|source| source.get("sheet")) {
            return self.bad(sheet, "[tables.debtors] sheet, [tables.obligations] sheet");
        }
        self.only(tables, &Role::JOINED.map(|(name, _)| name))?;
        let joined = |name: &str| -> Result<JoinedTable> {
            let missing = |key: &str| {
                let failure = Failure::new(Code::MappingMissingField).with("place", self.path);
                failure.with("value", key).with("expected", format!("{}.{name}", keys::TABLES.name))
            };
            let table = self.table_of(tables, name)?.ok_or_else(|| missing("key"))?;
            self.only(table, &keys::names(&keys::JOINED_TABLE))?;
            let key = self.column(table.get("key").ok_or_else(|| missing("key"))?)?;
            let sheet = self.text_of(table, "sheet")?.map(|(sheet, _)| sheet.to_owned());
            Ok(JoinedTable { sheet, key })
        };
        Ok(Some(JoinedTables { debtors: joined("debtors")?, obligations: joined("obligations")? }))
    }

    /// The table that a field of the record names: each obligation may bring it, as each row of one table does.
    pub(super) fn table_of_field(&self, table: &Table<'_>, rule: &FieldRule) -> Result<Option<Role>> {
        let chosen = self.role_in(table)?;
        match table.get("table") {
            Some(value) if rule.level == Level::Line => self.bad(value, "[expediente] … { table = \"…\" }"),
            _ => Ok(chosen),
        }
    }

    /// The table that a filter or a control total names, where both have its column.
    pub(super) fn table_of_column(&self, root: &Table<'_>, table: &Table<'_>) -> Result<Option<Role>> {
        let chosen = self.role_in(table)?;
        match table.get("table") {
            Some(value) if !root.contains_key(keys::TABLES.name) => self.bad(value, "[tables.debtors]"),
            _ => Ok(chosen),
        }
    }

    fn role_in(&self, table: &Table<'_>) -> Result<Option<Role>> {
        let known = Role::JOINED.map(|(name, _)| format!("{name:?}")).join(", ");
        let named = |text: &str| Role::JOINED.iter().find(|(name, _)| *name == text).map(|(_, role)| *role);
        self.choice_of(table, "table", &known, named)
    }

    /// A field may name a table only where there are two, and the record's key is its debtor's.
    pub(super) fn check_tables(
        &self,
        fields: &[FieldRule],
        are_joined: bool,
        target: &dyn Target,
    ) -> Result<()> {
        let is_key = |rule: &FieldRule| target.key().contains(&rule.name.as_str()) && !rule.custom;
        let wrong = |rule: &&FieldRule| {
            rule.table.is_some_and(|role| !are_joined || (is_key(rule) && role != Role::Debtors))
        };
        let Some(rule) = fields.iter().find(wrong) else { return Ok(()) };
        let line = rule.from.columns().first().map_or(0, |column| column.line);
        let failure = Failure::new(Code::MappingBadValue).with("place", format!("{}:{line}", self.path));
        Err(failure
            .with("value", "table")
            .with("expected", if are_joined { "debtors" } else { "[tables.debtors]" }))
    }

    /// Numbered columns make lines, so they belong to fields of a line, and a line without its id is none.
    pub(super) fn check_numbered(&self, fields: &[FieldRule], target: &dyn Target) -> Result<()> {
        let numbered = |rule: &FieldRule| {
            rule.from.columns().iter().find(|column| numbers::is_pattern(&column.name)).cloned()
        };
        let wrong = |column: ColumnName, expected: String| {
            let place = format!("{}:{}", self.path, column.line);
            let failure = Failure::new(Code::MappingBadValue).with("place", place);
            Err(failure.with("value", column.name).with("expected", expected))
        };
        let is_key = |rule: &FieldRule| Some(rule.name.as_str()) == target.line_key() && !rule.custom;
        let is_line_key = |rule: &&FieldRule| rule.level == Level::Line && is_key(rule);
        let key = fields.iter().find(is_line_key);
        for rule in fields {
            match numbered(rule) {
                Some(column) if rule.level == Level::Record => {
                    return wrong(column, format!("{{ first = [\"… 1\", \"… 2\"] }} ({})", rule.name));
                }
                Some(column) if key.is_none_or(|key| numbered(key).is_none()) => {
                    let key = target.line_key().unwrap_or_default();
                    return wrong(column, format!("{key} = \"… {}\"", numbers::PLACEHOLDER));
                }
                _ => {}
            }
        }
        Ok(())
    }
}
