//! Which column feeds which field, and how a cell becomes a value.
//!
//! A mapping file ([`mod@file`]) is read into [`Mapping`]; [`bind`] finds its columns in a table's header; and
//! [`convert`] makes a field's value of a row's cells, or a problem that says which cell and why. Nothing here
//! reads a source or decides what a record is.

pub mod bind;
mod bound;
pub mod conversion;
pub mod convert;
pub mod country;
pub mod documents;
pub mod draft;
pub mod endpoint;
pub mod expect;
pub mod file;
pub mod filter;
pub mod fit;
pub mod guess;
mod joined;
pub mod keys;
pub mod names;
pub mod numbers;
pub mod phones;
pub mod schema;
mod shapes;
pub(crate) mod short_way;
pub mod template;
mod title;
mod values;

use crate::source::SourceOptions;
use crate::survey::{DateOrder, DecimalSign};
use crate::target::{DateForm, FieldKind, Level};

pub use conversion::Conversion;
pub use country::Country;
pub use values::ValueMap;

/// A mapping file, understood and checked against its target.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// The mapping's path, for messages.
    pub path: String,
    /// Its text, kept in the ledger with the run.
    pub text: String,
    /// Name of the target.
    pub target: String,
    /// Country of the debtors, when given.
    pub country: Option<Country>,
    /// What it fixes about the source.
    pub source: SourceSettings,
    /// Debtors and obligations in tables of their own, when the mapping says so.
    pub tables: Option<JoinedTables>,
    /// One rule per field, in the order in which the target writes its fields, custom fields last.
    pub fields: Vec<FieldRule>,
    /// Which rows are loaded; all of them must hold.
    pub filters: Vec<filter::Filter>,
    /// What the file must come to.
    pub expect: expect::Expect,
    /// What to do where rows of one record disagree.
    pub rules: Rules,
    /// What it settles about its endpoint.
    pub endpoint: endpoint::Settings,
    /// The day from which days in arrears are counted; whoever reads the clock sets it.
    pub as_of: Option<jiff::civil::Date>,
}

impl Mapping {
    /// Whether a field counts days up to [`Mapping::as_of`].
    pub fn counts_days(&self) -> bool {
        self.fields.iter().any(|rule| matches!(rule.from, From::DaysSince(_)))
    }

    /// Who names a column: a line of the mapping, or the flag.
    pub fn place_of(&self, column: &ColumnName) -> String {
        match column.line {
            0 => "--expect-total".to_owned(),
            line => format!("{}:{line}", self.path),
        }
    }

    /// The rule of the field that joins two tables: the one that names a record.
    pub fn key_rule(&self) -> Option<&FieldRule> {
        let key = crate::target::by_name(&self.target)?.key();
        self.fields.iter().find(|rule| !rule.custom && key.contains(&rule.name.as_str()))
    }
}

/// Debtors and obligations in tables of their own, joined by a key.
#[derive(Debug, Clone)]
pub struct JoinedTables {
    /// The table of the debtors.
    pub debtors: JoinedTable,
    /// The table of the obligations.
    pub obligations: JoinedTable,
}

/// One of two tables that are joined.
#[derive(Debug, Clone)]
pub struct JoinedTable {
    /// Its sheet, when the mapping names it.
    pub sheet: Option<String>,
    /// The column that both tables have.
    pub key: ColumnName,
}

impl JoinedTables {
    /// The table of a role.
    pub fn of(&self, role: bind::Role) -> Option<&JoinedTable> {
        match role {
            bind::Role::Whole => None,
            bind::Role::Debtors => Some(&self.debtors),
            bind::Role::Obligations => Some(&self.obligations),
        }
    }
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
    /// What the creditor writes where there is nothing: `-`, `N/A`.
    pub blank_values: Vec<String>,
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
    /// The creditor's words and the CRM's, applied last.
    pub map: Option<ValueMap>,
    /// The country whose rules judge the value, where the mapping names one and the field is a document or a phone.
    pub country: Option<Country>,
    /// Order of text dates, where fixed for this field.
    pub dates: Option<DateOrder>,
    /// Decimal sign, where fixed for this field.
    pub decimal: Option<DecimalSign>,
    /// Of two tables that are joined the one that feeds it, where that is not the one of its level.
    pub table: Option<bind::Role>,
    /// How the CRM wants a date of this field, where that is its own.
    pub written: Option<DateForm>,
    /// The type that goes with the value, as in `{"type": …, "value": …}`.
    pub typed: Option<String>,
}

impl FieldRule {
    /// A rule that reads one column, for what is no field of the target: a filter, a control total.
    pub fn of_column(column: ColumnName, kind: FieldKind) -> FieldRule {
        FieldRule {
            name: column.name.clone(),
            level: Level::Line,
            custom: true,
            kind,
            mandatory: false,
            max_chars: usize::MAX,
            from: From::Column(column),
            blank: Blank::Omit,
            convert: Vec::new(),
            map: None,
            country: None,
            dates: None,
            decimal: None,
            table: None,
            written: None,
            typed: None,
        }
    }

    /// Whether it is the document of a person, and not the number of something that they owe.
    pub fn names_person(&self) -> bool {
        self.level == Level::Record || (!self.custom && DOCUMENTS.contains(&self.name.as_str()))
    }

    /// What its cells hold: days in arrears are a number made of a date, and a date with its time is a date.
    pub fn cell_kind(&self) -> FieldKind {
        match (&self.from, self.kind) {
            (From::DaysSince(_), _) | (_, FieldKind::Moment) => FieldKind::Date,
            (_, kind) => kind,
        }
    }
}

/// Fields of any target that take the number of a person's document.
const DOCUMENTS: [&str; 3] = ["Identification", "id_customer", "customer_id"];

/// A column as a mapping names it, with the line that does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnName {
    /// The header.
    pub name: String,
    /// Line of the mapping file, from 1; 0 where a flag names it.
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
    /// The days from a column's date to the day of the load; 0 before that date.
    DaysSince(ColumnName),
}

impl From {
    /// The columns it reads.
    pub fn columns(&self) -> &[ColumnName] {
        match self {
            From::Column(column) | From::DaysSince(column) => std::slice::from_ref(column),
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

/// What to do where rows of one record disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Rows of one record carry different values of a field of the record.
    pub on_conflict: Choice,
    /// The same line id twice with other data.
    pub on_duplicate: Choice,
    /// One bad line holds back its whole record, or only itself.
    pub partial: Partial,
    /// Whether a record may have no line; the target's dialect says so.
    pub lines_may_lack: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            on_conflict: Choice::First,
            on_duplicate: Choice::Reject,
            partial: Partial::Reject,
            lines_may_lack: false,
        }
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
