//! The fields of a target: what the documents say of each, in the table that validates, describes and renders it.

use crate::lang::Say;

/// One field of a target, as the documents state it.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The name, spelled as the CRM spells it.
    pub name: &'static str,
    /// Whether it belongs to the record or to each of its lines.
    pub level: Level,
    /// What kind of value it takes.
    pub kind: FieldKind,
    /// Whether the documents call it mandatory, or nothing would name what is sent without it.
    pub mandatory: bool,
    /// Longest value, in characters.
    pub max_chars: usize,
    /// An example from the documents.
    pub example: &'static str,
    /// The documentation page, by its number in `wolkvox-api.md` section 12.
    pub page: &'static str,
}

/// Longest text that a field of the CRM may take (section 8, help centre on basic fields).
pub(super) const TEXT_MAX: usize = 2500;
/// Names and addresses are single-line fields; the CRM states no figure, 255 is the usual column.
pub(super) const LINE_MAX: usize = 255;

/// The documentation pages on which fields of a target stand, by their numbers in `wolkvox-api.md` section 12.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pages(pub(super) &'static str);

impl Pages {
    /// A field of the record: whether it is mandatory, how long it may be, and an example.
    pub(super) const fn record(
        self,
        name: &'static str,
        kind: FieldKind,
        (mandatory, max_chars): (bool, usize),
        example: &'static str,
    ) -> Field {
        Field { name, level: Level::Record, kind, mandatory, max_chars, example, page: self.0 }
    }

    /// As [`Pages::record`], a field of each line.
    pub(super) const fn line(
        self,
        name: &'static str,
        kind: FieldKind,
        limits: (bool, usize),
        example: &'static str,
    ) -> Field {
        Field { level: Level::Line, ..self.record(name, kind, limits, example) }
    }
}

/// Whether a field belongs to the record or to each of its lines. Where each row is a record of its own, the record is
/// its one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The record: an expediente.
    Record,
    /// A line of it: an obligation.
    Line,
}

/// What kind of value a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// An identification: text that keeps every digit and zero.
    Id,
    /// Any text.
    Text,
    /// An e-mail address.
    Email,
    /// A telephone number: text that keeps every digit.
    Phone,
    /// A date; inside it is `YYYY-MM-DD`.
    Date,
    /// An exact amount, sent as plain digits with a decimal point.
    Amount,
    /// A whole number.
    Integer,
    /// A date with its time of day; inside it is `YYYY-MM-DD HH:MM:SS`.
    Moment,
    /// Yes or no; inside it is `true` or `false`.
    Boolean,
    /// Paths of files; inside they are text until the files are found.
    Files,
    /// One of these texts.
    Choice(&'static [&'static str]),
}

impl FieldKind {
    /// Whether values of the kind tell nothing about a person.
    pub fn is_impersonal(self) -> bool {
        matches!(
            self,
            FieldKind::Date
                | FieldKind::Moment
                | FieldKind::Amount
                | FieldKind::Integer
                | FieldKind::Boolean
                | FieldKind::Choice(_)
        )
    }

    /// What the kind is called for people.
    pub fn say(self) -> Say {
        match self {
            FieldKind::Id => Say::KindOfId,
            FieldKind::Text => Say::KindOfText,
            FieldKind::Email => Say::KindOfEmail,
            FieldKind::Phone => Say::KindOfPhone,
            FieldKind::Date => Say::KindOfDate,
            FieldKind::Amount => Say::KindOfAmount,
            FieldKind::Integer => Say::KindOfInteger,
            FieldKind::Moment => Say::KindOfMoment,
            FieldKind::Boolean => Say::KindOfBoolean,
            FieldKind::Files => Say::KindOfFiles,
            FieldKind::Choice(_) => Say::KindOfChoice,
        }
    }
}
