//! How a record's values become JSON: text as the vendor's samples quote it, unless the field's form says otherwise.
//!
//! Everything is appended to a buffer that the caller reuses. A field brings its key, spelled as the run's dialect
//! spells it.

use std::ops::Range;

use super::DateForm;
use crate::bytewise::is_verbatim_in_json;
use crate::portfolio::record::{Form, Value};

/// Appends a text as JSON.
pub(super) fn push_json(text: &str, out: &mut Vec<u8>) {
    if is_verbatim_in_json(text.as_bytes()) {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
        return;
    }
    serde_json::to_writer(out, text).expect("a text can always be written to memory as JSON");
}

/// What stands before the text of a field in an object: the quote that ends the text before it, a comma, its key, a
/// colon, a quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Opening {
    bytes: Vec<u8>,
    /// Without what is only there so that short ones can be copied as [`push_part`] does.
    length: usize,
}

impl Opening {
    /// Of a field with a key.
    pub(crate) fn of(key: &str) -> Opening {
        let mut bytes = b"\",".to_vec();
        push_json(key, &mut bytes);
        bytes.extend_from_slice(b":\"");
        let length = bytes.len();
        bytes.resize(length + SHORT, b' ');
        Opening { bytes, length }
    }

    /// The key with its colon.
    pub(crate) fn key(&self) -> &[u8] {
        &self.bytes[2..self.length - 1]
    }
}

/// Bytes that are copied at once.
const SHORT: usize = 32;

/// Appends a part of some bytes. Nearly all parts are short: one of them is copied with what stands behind it, which is
/// taken away again, for a copy whose length is known needs no call.
#[inline]
fn push_part(bytes: &[u8], part: Range<usize>, out: &mut Vec<u8>) {
    match bytes.get(part.start..).and_then(|rest| rest.first_chunk::<SHORT>()) {
        Some(chunk) if part.len() <= SHORT => {
            let end = out.len() + part.len();
            out.extend_from_slice(chunk);
            out.truncate(end);
        }
        _ => out.extend_from_slice(&bytes[part]),
    }
}

/// Appends fields as the inside of an object.
pub(super) fn push_fields<'r>(fields: impl Iterator<Item = Value<'r>>, out: &mut Vec<u8>) {
    // What of an opening is there already, or is not wanted: neither a quote nor a comma stands before the first field.
    let mut skipped = 2;
    for value in fields {
        let Opening { bytes, length } = &value.field.opening;
        if value.is_plain && matches!(value.field.form, Form::Text) {
            push_part(bytes, skipped..*length, out);
            let (all, part) = value.within();
            push_part(all, part, out);
            skipped = 0;
        } else {
            push_part(bytes, skipped..*length - 1, out);
            push_value(value, out);
            skipped = 1;
        }
    }
    if skipped == 0 {
        out.push(b'"');
    }
}

/// Appends a field: its key and its value.
pub(super) fn push_field(value: Value<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(value.field.key());
    push_value(value, out);
}

/// Appends a value in its field's form.
pub(super) fn push_value(value: Value<'_>, out: &mut Vec<u8>) {
    match &value.field.form {
        Form::Date(form) => push_json(&form.write(value.text()), out),
        Form::Files => out.extend_from_slice(value.text().as_bytes()),
        Form::Boolean if matches!(value.text(), "true" | "false") => {
            out.extend_from_slice(value.text().as_bytes());
        }
        Form::Text | Form::Boolean => push_json(value.text(), out),
        Form::Typed(kind, form) => {
            out.extend_from_slice(b"{\"type\":");
            push_json(kind, out);
            out.extend_from_slice(b",\"value\":");
            push_json(&form.unwrap_or(DateForm::YearMonthDay).write(value.text()), out);
            out.push(b'}');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portfolio::Record;
    use crate::portfolio::record::RecordField;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn fields_are_written_as_the_library_writes_them(
            fields in proptest::collection::vec(("[a-z_]{1,40}", "[a-zñ ]{0,50}", any::<bool>()), 0..9),
        ) {
            let field = |(name, ..): &(String, String, bool)| RecordField {
                name: name.clone(),
                custom: false,
                form: Form::Text,
                opening: Opening::of(name),
            };
            let mut record = Record::new(fields.iter().map(field).collect());
            record.take_text(&mut fields.iter().map(|(_, text, _)| text.as_str()).collect());
            let mut start = 0;
            for (ordinal, (_, text, is_plain)) in fields.iter().enumerate() {
                record.push_span(ordinal, (start, start + text.len()), *is_plain);
                start += text.len();
            }
            let mut written = Vec::new();
            push_fields(record.head(), &mut written);
            let expected = fields.iter().map(|(name, text, _)| format!("{}:{}", serde_json::json!(name), serde_json::json!(text)));
            prop_assert_eq!(String::from_utf8(written).unwrap(), expected.collect::<Vec<_>>().join(","));
        }

        #[test]
        fn text_is_written_as_the_library_writes_it(text in "[ -~]{0,9}[\0-\u{ff}\u{fffd}]{0,2}[ -~]{0,20}") {
            let mut written = Vec::new();
            push_json(&text, &mut written);
            prop_assert_eq!(written, serde_json::to_vec(&text).unwrap());
        }
    }
}
