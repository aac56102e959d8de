//! The words of a mapping file: every key, in one place.
//!
//! [`super::file`] accepts these and no others; what lists them for people and for editors takes them from here.

/// Keys at the top, besides the target's own sections.
pub const ROOT: [&str; 6] = ["target", "country", "source", "filters", "expect", "rules"];
/// Keys of `[source]`.
pub const SOURCE: [&str; 10] = [
    "sheet",
    "header_row",
    "encoding",
    "delimiter",
    "decimal",
    "dates",
    "hidden_rows",
    "merged_cells",
    "repair",
    "blank_values",
];
/// Keys of `[rules]`.
pub const RULES: [&str; 3] = ["on_conflict", "on_duplicate", "partial"];
/// Keys that say where a field's value comes from; a field has one of them.
pub const FROM: [&str; 5] = ["column", "join", "first", "constant", "days_since"];
/// Keys of a field.
pub const FIELD: [&str; 15] = [
    "column",
    "join",
    "separator",
    "first",
    "constant",
    "days_since",
    "default",
    "blank",
    "convert",
    "map",
    "otherwise",
    "dates",
    "decimal",
    "type",
    "table",
];
/// Keys of a conversion that takes a value, as in `{ pad_left = 10 }`.
pub const CONVERSION: [&str; 5] = ["pad_left", "remove_prefix", "remove_suffix", "split", "part"];
/// Keys of a filter's condition.
pub const FILTER: [&str; 12] = [
    "is", "not", "blank", "above", "below", "at_least", "at_most", "from", "to", "dates", "decimal", "table",
];
/// Keys of `[expect]`.
pub const EXPECT: [&str; 3] = ["rows", "totals", "totals_row"];
/// Keys of a control total that says more than its amount.
pub const TOTAL: [&str; 2] = ["amount", "table"];
/// Keys of one of two tables that are joined.
pub const JOINED_TABLE: [&str; 2] = ["sheet", "key"];
