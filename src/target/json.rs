//! How a record's values become JSON: text as the vendor's samples quote it, unless the field's form says otherwise.
//!
//! Everything is appended to a buffer that the caller reuses. A field brings its key, spelled as the run's dialect
//! spells it.

use super::DateForm;
use crate::bytewise::is_verbatim_in_json;
use crate::portfolio::record::{Form, RecordLine, Value};

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
pub(crate) fn opening(name: &str) -> String {
    let mut opening = b"\",".to_vec();
    push_json(name, &mut opening);
    opening.extend_from_slice(b":\"");
    String::from_utf8(opening).expect("JSON of a text is a text")
}

/// Appends the fields of a line as the inside of an object.
pub(super) fn push_line(line: &RecordLine<'_>, out: &mut Vec<u8>) {
    match line.written() {
        // Neither a quote nor a comma stands before the first field.
        Some(written) => {
            out.extend_from_slice(&written[2..]);
            out.push(b'"');
        }
        None => push_fields(line.values(), out),
    }
}

/// Appends fields as the inside of an object.
pub(super) fn push_fields<'r>(fields: impl Iterator<Item = Value<'r>>, out: &mut Vec<u8>) {
    // What of an opening is there already, or is not wanted: neither a quote nor a comma stands before the first field.
    let mut skipped = 2;
    for value in fields {
        let opening = &value.field.opening.as_bytes()[skipped..];
        if value.is_plain && matches!(value.field.form, Form::Text) {
            out.extend_from_slice(opening);
            out.extend_from_slice(value.bytes());
            skipped = 0;
        } else {
            out.extend_from_slice(&opening[..opening.len() - 1]);
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
        Form::Files => out.extend_from_slice(value.bytes()),
        Form::Boolean if matches!(value.text(), "true" | "false") => {
            out.extend_from_slice(value.bytes());
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
    use crate::portfolio::record::{RecordField, Slot};
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
                opening: opening(name),
            };
            let mut record = Record::new(fields.iter().map(field).collect());
            record.begin(&mut fields.iter().map(|(_, text, _)| text.as_str()).collect(), &mut Vec::new());
            let mut start = 0;
            for (ordinal, (_, text, is_plain)) in fields.iter().enumerate() {
                record.push_head(Slot::new(ordinal, (start, start + text.len()), *is_plain));
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
