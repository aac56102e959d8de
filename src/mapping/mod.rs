//! Which column feeds which field, and how a cell becomes a value.
//!
//! A mapping file ([`mod@file`]) is read into [`Mapping`]; [`bind`] finds its columns in a table's header; and
//! [`convert`] makes a field's value of a row's cells, or a problem that says which cell and why. Nothing here
//! reads a source or decides what a record is.

pub mod bind;
pub mod convert;
pub mod draft;
pub mod file;
pub mod fit;
pub mod guess;
pub mod keys;
pub mod names;
pub mod schema;
pub mod template;

use crate::source::SourceOptions;
use crate::survey::{DateOrder, DecimalSign};
use crate::target::{FieldKind, Level};

/// A mapping file, understood and checked against its target.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// The mapping's path, for messages.
    pub path: String,
    /// Its text, kept in the ledger with the run.
    pub text: String,
    /// Name of the target.
    pub target: String,
    /// Country of the debtors (ISO 3166, two letters), when given.
    pub country: Option<String>,
    /// What it fixes about the source.
    pub source: SourceSettings,
    /// One rule per field, in the order in which the target writes its fields, custom fields last.
    pub fields: Vec<FieldRule>,
    /// What to do where rows of one record disagree.
    pub rules: Rules,
}

/// What a mapping fixes about the source.
#[derive(Debug, Clone, Default)]
pub struct SourceSettings {
    /// Sheets, encoding, delimiter.
    pub options: SourceOptions,
    /// Row of the header.
    pub header_row: Option<u32>,
    /// Order of text dates in every column that does not say its own.
    pub dates: Option<DateOrder>,
    /// Decimal sign of text amounts in every column that does not say its own.
    pub decimal: Option<DecimalSign>,
    /// What becomes of rows that the workbook hides.
    pub hidden_rows: HiddenRows,
    /// Whether text that somebody else broke is repaired where that can be proved.
    pub repairs_text: bool,
    /// Whether cells under a merge get the value that stands in its first cell.
    pub fills_merges: bool,
}

/// What becomes of rows that a workbook hides or filters away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HiddenRows {
    /// They are data like any other, and that there are some is said.
    #[default]
    Load,
    /// They are skipped, each with its reason.
    Skip,
}

/// How one field gets its value.
#[derive(Debug, Clone)]
pub struct FieldRule {
    /// The field's name as the CRM spells it.
    pub name: String,
    /// Whether it belongs to the record or to each of its lines.
    pub level: Level,
    /// Whether it is a custom field of the tenant.
    pub custom: bool,
    /// What kind of value it takes.
    pub kind: FieldKind,
    /// Whether a record without it is invalid.
    pub mandatory: bool,
    /// Longest value, in characters.
    pub max_chars: usize,
    /// Where the value comes from.
    pub from: From,
    /// What stands in for a blank.
    pub blank: Blank,
    /// Conversions, in order.
    pub convert: Vec<Conversion>,
    /// Order of text dates, where fixed for this field.
    pub dates: Option<DateOrder>,
    /// Decimal sign, where fixed for this field.
    pub decimal: Option<DecimalSign>,
}

/// A column as a mapping names it, with the line that does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnName {
    /// The header.
    pub name: String,
    /// Line of the mapping file, from 1.
    pub line: usize,
}

/// Where a field's value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// One column.
    Column(ColumnName),
    /// Several columns, those that are not blank joined.
    Join(Vec<ColumnName>, String),
    /// The first of several columns that is not blank.
    First(Vec<ColumnName>),
    /// The same text for every row.
    Constant(String),
}

impl From {
    /// The columns it reads.
    pub fn columns(&self) -> &[ColumnName] {
        match self {
            From::Column(column) => std::slice::from_ref(column),
            From::Join(columns, _) | From::First(columns) => columns,
            From::Constant(_) => &[],
        }
    }
}

/// What becomes of a blank cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blank {
    /// The field is left out; the default of optional fields.
    Omit,
    /// An empty text is sent.
    Empty,
    /// It is a problem; the default of mandatory fields.
    Reject,
    /// This value is sent instead.
    Default(String),
}

/// A named conversion of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversion {
    /// Keeps the digits alone.
    Digits,
    /// Upper case.
    Upper,
    /// Lower case.
    Lower,
}

impl Conversion {
    /// Every conversion with its name in a mapping.
    pub const ALL: [(&'static str, Conversion); 3] =
        [("digits", Conversion::Digits), ("upper", Conversion::Upper), ("lower", Conversion::Lower)];
}

/// What to do where rows of one record disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Rows of one record carry different values of a field of the record.
    pub on_conflict: Choice,
    /// The same line id twice with other data.
    pub on_duplicate: Choice,
    /// One bad line holds back its whole record, or only itself.
    pub partial: Partial,
}

impl Default for Rules {
    fn default() -> Self {
        Rules { on_conflict: Choice::First, on_duplicate: Choice::Reject, partial: Partial::Reject }
    }
}

/// Which of two rows counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The first one.
    First,
    /// The last one.
    Last,
    /// Neither: it is a problem.
    Reject,
}

/// What an invalid line does to its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partial {
    /// The record is held back whole.
    Reject,
    /// The valid lines are sent.
    SendValid,
}
