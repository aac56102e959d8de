//! The case file that a record belongs to: its id in the CRM, or a hole where that is looked up by an Identification.
//!
//! Three endpoints want the id under three names; the rule is one. What a look-up finds is judged in [`super::query`].

use super::field::Pages;
use super::json::{push_field, push_json};
use super::{Dialect, Field, FieldKind, IDENTIFICATION, Level, Objection, hole};
use crate::lang::Code;
use crate::portfolio::Record;
use crate::portfolio::record::Value;

/// The field of the Identification: it is looked up by, and never sent.
pub(super) const BY_IDENTIFICATION: Field = Field {
    name: IDENTIFICATION,
    level: Level::Line,
    kind: FieldKind::Id,
    mandatory: false,
    max_chars: 50,
    example: "12345",
    page: "32",
};

/// The field of the id itself.
pub(super) const fn id_field(pages: Pages, name: &'static str, example: &'static str) -> Field {
    pages.line(name, FieldKind::Id, (false, 64), example)
}

/// The values that are sent, in the target's order: the Identification only where it stands for an id that is blank.
pub(super) fn sent<'r>(record: &'r Record, id: &'static str) -> impl Iterator<Item = Value<'r>> + Clone {
    let has_id = of_name(record, id).is_some();
    record.values_of_one().filter(move |value| match value.name() {
        _ if value.field.custom => true,
        IDENTIFICATION => !has_id,
        name if name == id => has_id,
        _ => true,
    })
}

/// Whether a value is the id, or stands for it.
pub(super) fn is_id(value: &Value<'_>, id: &str) -> bool {
    !value.field.custom && (value.name() == id || value.name() == IDENTIFICATION)
}

/// Appends a value that is sent: the Identification as the hole for the id.
pub(super) fn push(value: Value<'_>, id: &'static str, dialect: &Dialect, out: &mut Vec<u8>) {
    if value.field.custom || value.name() != IDENTIFICATION {
        return push_field(value, out);
    }
    push_json(dialect.key(id), out);
    out.push(b':');
    hole::push(value.text(), out);
}

/// What speaks against a record that has neither.
pub(super) fn objection(record: &Record, id: &'static str) -> Option<Objection> {
    let has_one = of_name(record, id).is_some() || of_name(record, IDENTIFICATION).is_some();
    (!has_one).then_some(Objection { field: IDENTIFICATION, code: Code::MissingRequired })
}

fn of_name<'r>(record: &'r Record, name: &str) -> Option<Value<'r>> {
    let is_it = |value: &Value<'_>| !value.field.custom && value.name() == name && !value.text().is_empty();
    record.values_of_one().find(is_it)
}
