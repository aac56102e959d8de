//! How a record's values become JSON: text as the vendor's samples quote it, unless the field's form says otherwise.
//!
//! Everything is appended to a buffer that the caller reuses. A key is spelled as the run's dialect spells it.

use super::{DateForm, Dialect};
use crate::portfolio::record::{Form, Value};

/// Appends a text as JSON.
pub(super) fn push_json(text: &str, out: &mut Vec<u8>) {
    serde_json::to_writer(out, text).expect("a text can always be written to memory as JSON");
}

/// Appends fields as the inside of an object.
pub(super) fn push_fields<'r>(fields: impl Iterator<Item = Value<'r>>, dialect: &Dialect, out: &mut Vec<u8>) {
    for (ordinal, value) in fields.enumerate() {
        if ordinal > 0 {
            out.push(b',');
        }
        push_field(value, dialect, out);
    }
}

/// Appends a field: its key and its value.
pub(super) fn push_field(value: Value<'_>, dialect: &Dialect, out: &mut Vec<u8>) {
    let name = value.name();
    push_json(if value.field.custom { name } else { dialect.key(name) }, out);
    out.push(b':');
    push_value(value, out);
}

/// Appends a value in its field's form.
pub(super) fn push_value(value: Value<'_>, out: &mut Vec<u8>) {
    match &value.field.form {
        Form::Date(form) => push_json(&form.write(value.text), out),
        Form::Files => out.extend_from_slice(value.text.as_bytes()),
        Form::Boolean if matches!(value.text, "true" | "false") => {
            out.extend_from_slice(value.text.as_bytes());
        }
        Form::Text | Form::Boolean => push_json(value.text, out),
        Form::Typed(kind, form) => {
            out.extend_from_slice(b"{\"type\":");
            push_json(kind, out);
            out.extend_from_slice(b",\"value\":");
            push_json(&form.unwrap_or(DateForm::YearMonthDay).write(value.text), out);
            out.push(b'}');
        }
    }
}
