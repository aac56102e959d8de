//! Every key that a mapping may have, in one table: the parser knows no other, and the schema is made of it.
//!
//! A key is added by one line here and the code in [`super::file`] that reads it. Fields are not among them; they
//! are the target's own ([`crate::target::Target::fields`]).

use super::{Conversion, Country};
use crate::lang::Say;
use crate::survey::DateOrder;
use crate::target::DateForm;

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
    /// A column's header, or another text that says something.
    Column,
    /// A text, or a list of at least one.
    Columns,
    /// The number of a row, from 1.
    Row,
    /// A whole number between two others, both included.
    Whole(i64, i64),
    /// A number of rows.
    Count,
    /// An amount, as a number or as a text.
    Amount,
    /// A date of TOML, or a text like it.
    Day,
    /// Yes or no.
    Switch,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// The code of a country.
    Country,
    /// The order of a date.
    Dates,
    /// A list of conversions.
    Conversions,
    /// A text, a whole number, or a list of at least one.
    Words,
    /// A table of texts and what is put in place of each.
    WordMap,
    /// A table of columns and what their values must be.
    Filters,
    /// A table of fields or columns and what they add up to.
    Totals,
    /// A table of these keys.
    Keys(&'static [Key]),
}

const fn key(name: &'static str, form: Form, about: Say) -> Key {
    Key { name, form, about }
}

/// Keys of the mapping itself, beside the target's sections.
pub const ROOT: [Key; 6] = [
    key("target", Form::Text, Say::KeyTarget),
    key("country", Form::Country, Say::KeyCountry),
    key("source", Form::Keys(&SOURCE), Say::KeySource),
    key("filters", Form::Filters, Say::KeyFilters),
    key("expect", Form::Keys(&EXPECT), Say::KeyExpect),
    key("rules", Form::Keys(&RULES), Say::KeyRules),
];

/// Keys of `[source]`.
pub const SOURCE: [Key; 10] = [
    key("sheet", Form::Columns, Say::KeySheet),
    key("header_row", Form::Row, Say::KeyHeaderRow),
    key("encoding", Form::Text, Say::KeyEncoding),
    key("delimiter", Form::Text, Say::KeyDelimiter),
    key("decimal", Form::OneOf(&[",", "."]), Say::KeyDecimal),
    key("dates", Form::Dates, Say::KeyDates),
    key("hidden_rows", Form::OneOf(&["load", "skip"]), Say::KeyHiddenRows),
    key("merged_cells", Form::OneOf(&["problem", "fill"]), Say::KeyMergedCells),
    key("repair", Form::OneOf(&["none", "mojibake"]), Say::KeyRepair),
    key("blank_values", Form::Columns, Say::KeyBlankValues),
];

/// Keys of `[rules]`.
pub const RULES: [Key; 3] = [
    key("on_conflict", Form::OneOf(&["first", "last", "reject"]), Say::KeyOnConflict),
    key("on_duplicate", Form::OneOf(&["first", "last", "reject"]), Say::KeyOnDuplicate),
    key("partial", Form::OneOf(&["reject", "send_valid"]), Say::KeyPartial),
];

/// Keys of a field that is more than a column's header. Exactly one of [`FROM`] is among them.
pub const FIELD: [Key; 17] = [
    key("column", Form::Column, Say::KeyColumn),
    key("join", Form::Columns, Say::KeyJoin),
    key("separator", Form::Text, Say::KeySeparator),
    key("first", Form::Columns, Say::KeyFirst),
    key("constant", Form::Text, Say::KeyConstant),
    key("days_since", Form::Column, Say::KeyDaysSince),
    key("default", Form::Text, Say::KeyDefault),
    key("blank", Form::OneOf(&["omit", "empty", "reject"]), Say::KeyBlank),
    key("convert", Form::Conversions, Say::KeyConvert),
    key("map", Form::WordMap, Say::KeyMap),
    key("otherwise", Form::Text, Say::KeyOtherwise),
    key("dates", Form::Dates, Say::KeyDates),
    key("decimal", Form::OneOf(&[",", "."]), Say::KeyDecimal),
    key("type", Form::OneOf(&CUSTOM_KINDS), Say::KeyType),
    key(SEND_AS, Form::OneOf(&DateForm::NAMES), Say::KeySendAs),
    key(TYPED, Form::Text, Say::KeyTyped),
    key("table", Form::OneOf(&ROLES), Say::KeyTable),
];

/// What a field of the tenant's own may be.
pub const CUSTOM_KINDS: [&str; 6] = ["text", "date", "amount", "integer", "boolean", "date_time"];

/// Keys that only a field of the tenant's own has; what the others are is the target's to say.
pub const CUSTOM_ONLY: [&str; 3] = ["type", SEND_AS, TYPED];

/// How the CRM wants a date of a field of the tenant's own.
pub const SEND_AS: &str = "send_as";
/// The type that goes with its value.
pub const TYPED: &str = "typed";

/// The keys that say where a field's value comes from.
pub const FROM: [&str; 5] = ["column", "join", "first", "constant", "days_since"];

/// Most characters to which a text is padded.
pub const WIDTH_MAX: i32 = 50;
/// Most parts of a text that can be counted.
pub const PARTS_MAX: i32 = 50;

/// Keys of a conversion that takes a value, as in `{ pad_left = 10 }`.
pub const CONVERSION: [Key; 5] = [
    key("pad_left", Form::Whole(1, WIDTH_MAX as i64), Say::KeyPadLeft),
    key("remove_prefix", Form::Column, Say::KeyRemovePrefix),
    key("remove_suffix", Form::Column, Say::KeyRemoveSuffix),
    key("split", Form::Columns, Say::KeySplit),
    key("part", Form::Whole(-(PARTS_MAX as i64), PARTS_MAX as i64), Say::KeyPart),
];

/// Keys of a filter's condition.
pub const FILTER: [Key; 12] = [
    key("is", Form::Words, Say::KeyIs),
    key("not", Form::Words, Say::KeyNot),
    key("blank", Form::Switch, Say::KeyIsBlank),
    key("above", Form::Amount, Say::KeyAbove),
    key("below", Form::Amount, Say::KeyBelow),
    key("at_least", Form::Amount, Say::KeyAtLeast),
    key("at_most", Form::Amount, Say::KeyAtMost),
    key("from", Form::Day, Say::KeyFrom),
    key("to", Form::Day, Say::KeyTo),
    key("dates", Form::Dates, Say::KeyDates),
    key("decimal", Form::OneOf(&[",", "."]), Say::KeyDecimal),
    key("table", Form::OneOf(&ROLES), Say::KeyTable),
];

/// Keys of `[expect]`.
pub const EXPECT: [Key; 3] = [
    key("rows", Form::Count, Say::KeyRows),
    key("totals", Form::Totals, Say::KeyTotals),
    key("totals_row", Form::OneOf(&["check", "ignore"]), Say::KeyTotalsRow),
];

/// Keys of a control total that says more than its amount.
pub const TOTAL: [Key; 2] =
    [key("amount", Form::Amount, Say::KeyTotal), key("table", Form::OneOf(&ROLES), Say::KeyTable)];

/// The names of two tables that are joined.
const ROLES: [&str; 2] = ["debtors", "obligations"];

/// The section of two tables that are joined; only a target with lines has it.
pub const TABLES: Key = key("tables", Form::Keys(&JOINED), Say::KeyTables);

/// The section of what a mapping settles about its endpoint; only a target that has settings has it.
pub const ENDPOINT: &str = "endpoint";

/// Keys of that section.
const JOINED: [Key; 2] = [
    key(ROLES[0], Form::Keys(&JOINED_TABLE), Say::KeyDebtors),
    key(ROLES[1], Form::Keys(&JOINED_TABLE), Say::KeyObligations),
];

/// Keys of one of the two.
pub const JOINED_TABLE: [Key; 2] =
    [key("sheet", Form::Text, Say::KeyTableSheet), key("key", Form::Column, Say::KeyTableKey)];

/// Keys of a field whose texts are data, so that a question mark there asks nothing.
const LITERAL: [&str; 8] =
    ["constant", "default", "separator", "map", "otherwise", "remove_prefix", "remove_suffix", "split"];

/// The names of keys, as the parser compares them.
pub fn names(keys: &[Key]) -> Vec<&'static str> {
    keys.iter().map(|key| key.name).collect()
}

/// Whether a text is data of the mapping's, and no answer that a person may owe; `path` is every key from the
/// root to it.
pub fn is_literal(path: &[&str]) -> bool {
    match path {
        ["source", "blank_values"] | ["filters", _] | ["filters", _, "is" | "not"] => true,
        ["source" | "filters" | "expect" | "rules", ..] | [_, "custom", _] => false,
        [_, "custom", _, keys @ ..] | [_, _, keys @ ..] => keys.iter().any(|key| LITERAL.contains(key)),
        _ => false,
    }
}

impl Form {
    /// The texts that may stand there, where they are few.
    pub fn choices(self) -> Option<Vec<&'static str>> {
        match self {
            Form::OneOf(choices) => Some(choices.to_vec()),
            Form::Country => Some(Country::ALL.iter().map(|(code, _)| *code).collect()),
            Form::Dates => Some(DateOrder::ALL.iter().map(|order| order.as_str()).collect()),
            Form::Conversions => Some(Conversion::ALL.iter().map(|(name, _)| *name).collect()),
            _ => None,
        }
    }
}
