//! Every key that a mapping may have, in one table: the parser knows no other, and the schema is made of it.
//!
//! A key is added by one line here and the code in [`super::file`] that reads it. Fields are not among them; they
//! are the target's own ([`crate::target::Target::fields`]).

use super::Conversion;
use crate::lang::Say;
use crate::survey::DateOrder;

/// A key and what stands behind it.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// The key, as it is written.
    pub name: &'static str,
    /// What may stand behind it.
    pub form: Form,
    /// What it says, for a person.
    pub about: Say,
}

/// What may stand behind a key.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// Any text.
    Text,
    /// A column's header.
    Column,
    /// A text, or a list of at least one.
    Columns,
    /// The number of a row, from 1.
    Row,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// The order of a date.
    Dates,
    /// A list of conversions.
    Conversions,
    /// A table of keys or fields.
    Table,
}

const fn key(name: &'static str, form: Form, about: Say) -> Key {
    Key { name, form, about }
}

/// Keys of the mapping itself, beside the target's sections.
pub const ROOT: [Key; 4] = [
    key("target", Form::Text, Say::KeyTarget),
    key("country", Form::Text, Say::KeyCountry),
    key("source", Form::Table, Say::KeySource),
    key("rules", Form::Table, Say::KeyRules),
];

/// Keys of `[source]`.
pub const SOURCE: [Key; 9] = [
    key("sheet", Form::Columns, Say::KeySheet),
    key("header_row", Form::Row, Say::KeyHeaderRow),
    key("encoding", Form::Text, Say::KeyEncoding),
    key("delimiter", Form::Text, Say::KeyDelimiter),
    key("decimal", Form::OneOf(&[",", "."]), Say::KeyDecimal),
    key("dates", Form::Dates, Say::KeyDates),
    key("hidden_rows", Form::OneOf(&["load", "skip"]), Say::KeyHiddenRows),
    key("repair", Form::OneOf(&["none", "mojibake"]), Say::KeyRepair),
    key("merged_cells", Form::OneOf(&["problem", "fill"]), Say::KeyMergedCells),
];

/// Keys of `[rules]`.
pub const RULES: [Key; 3] = [
    key("on_conflict", Form::OneOf(&["first", "last", "reject"]), Say::KeyOnConflict),
    key("on_duplicate", Form::OneOf(&["first", "last", "reject"]), Say::KeyOnDuplicate),
    key("partial", Form::OneOf(&["reject", "send_valid"]), Say::KeyPartial),
];

/// Keys of a field that is more than a column's header. Exactly one of [`VALUE_KEYS`] is among them.
pub const FIELD: [Key; 11] = [
    key("column", Form::Column, Say::KeyColumn),
    key("join", Form::Columns, Say::KeyJoin),
    key("separator", Form::Text, Say::KeySeparator),
    key("first", Form::Columns, Say::KeyFirst),
    key("constant", Form::Text, Say::KeyConstant),
    key("default", Form::Text, Say::KeyDefault),
    key("blank", Form::OneOf(&["omit", "empty", "reject"]), Say::KeyBlank),
    key("convert", Form::Conversions, Say::KeyConvert),
    key("dates", Form::Dates, Say::KeyDates),
    key("decimal", Form::OneOf(&[",", "."]), Say::KeyDecimal),
    key("type", Form::OneOf(&["text", "date", "amount", "integer"]), Say::KeyType),
];

/// The keys that say where a field's value comes from.
pub const VALUE_KEYS: [&str; 4] = ["column", "join", "first", "constant"];

/// The names of keys, as the parser compares them.
pub fn names(keys: &[Key]) -> Vec<&'static str> {
    keys.iter().map(|key| key.name).collect()
}

impl Form {
    /// The texts that may stand there, where they are few.
    pub fn choices(self) -> Option<Vec<&'static str>> {
        match self {
            Form::OneOf(choices) => Some(choices.to_vec()),
            Form::Dates => Some(DateOrder::ALL.iter().map(|order| order.as_str()).collect()),
            Form::Conversions => Some(Conversion::ALL.iter().map(|(name, _)| *name).collect()),
            Form::Text | Form::Column | Form::Columns | Form::Row | Form::Table => None,
        }
    }
}
