//! Whether a record may be stored: the rules of the document, and no others.
//!
//! Pure functions. The reason is a plain sentence and never repeats a debtor's data besides what the answer needs
//! to name the record. Where the document is silent (an empty list of obligations, unknown field names) a record
//! passes; a blank date does not, because the document gives dates one format and a blank is not in it.

use serde_json::{Map, Value};

/// The fields of a case file that the document calls mandatory.
const MANDATORY: [&str; 4] = ["Identification", "Name", "Email", "Telephone"];

/// The fields of an obligation that the document calls mandatory.
const MANDATORY_OBLIGATION: [&str; 2] = ["id", "name"];

/// The fields of an obligation that are dates.
const DATES: [&str; 2] = ["expiring_date", "last_pay_date"];

/// Nothing where a record may be stored, or the first reason why it may not.
pub(super) fn check(fields: &Map<String, Value>) -> Result<(), String> {
    for (name, value) in fields.iter().filter(|(name, _)| *name != "Obligations") {
        check_text(name, value)?;
    }
    for name in MANDATORY {
        check_present(fields, name)?;
    }
    if !text(fields, "Email").contains('@') {
        return Err("Email is not an e-mail address: it has no @.".to_owned());
    }
    match fields.get("Obligations") {
        None => {}
        Some(Value::Array(obligations)) => {
            for (index, obligation) in obligations.iter().enumerate() {
                check_obligation(obligation).map_err(|why| format!("Obligation {}: {why}", index + 1))?;
            }
        }
        Some(_) => return Err("Obligations is not a list.".to_owned()),
    }
    Ok(())
}

/// How an answer names a record, whatever was sent as its Identification.
pub(super) fn identification(given: Option<&Value>) -> String {
    match given {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

fn check_obligation(obligation: &Value) -> Result<(), String> {
    let fields = obligation.as_object().ok_or("it is not a JSON object.")?;
    for (name, value) in fields {
        check_text(name, value)?;
    }
    for name in MANDATORY_OBLIGATION {
        check_present(fields, name)?;
    }
    for name in DATES {
        if fields.contains_key(name) && !is_date(text(fields, name)) {
            return Err(format!("{name} is not a date written YYYY-MM-DD."));
        }
    }
    Ok(())
}

fn check_text(name: &str, value: &Value) -> Result<(), String> {
    if value.is_string() { Ok(()) } else { Err(format!("{name} is not a JSON string.")) }
}

fn check_present(fields: &Map<String, Value>, name: &str) -> Result<(), String> {
    if text(fields, name).trim().is_empty() { Err(format!("{name} is missing or blank.")) } else { Ok(()) }
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A day of the calendar written YYYY-MM-DD. The shape is checked apart, because the parser takes other ISO 8601
/// spellings as well.
fn is_date(text: &str) -> bool {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    shape && text.parse::<jiff::civil::Date>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A good record, after `change`.
    fn record(change: impl FnOnce(&mut Value)) -> Value {
        let mut record = json!({
            "Identification": "0071", "Name": "Ana Prueba", "Email": "ana@example.invalid", "Telephone": "300",
            "Address": "", "Ciudad": "Cali",
            "Obligations": [{"id": "01", "name": "card", "expiring_date": "2024-02-29"}],
        });
        change(&mut record);
        record
    }

    #[test]
    fn a_good_record_passes() {
        for good in [
            record(|_| {}),
            record(|r| r["Obligations"] = json!([])),
            record(|r| {
                r.as_object_mut().unwrap().remove("Obligations");
            }),
        ] {
            assert!(check(good.as_object().unwrap()).is_ok(), "{good}");
        }
    }

    #[test]
    fn each_rule_is_named_by_its_sentence() {
        for name in MANDATORY {
            for bad in [
                record(|r| r[name] = json!(" \t")),
                record(|r| {
                    r.as_object_mut().unwrap().remove(name);
                }),
            ] {
                assert_eq!(
                    check(bad.as_object().unwrap()).unwrap_err(),
                    format!("{name} is missing or blank.")
                );
            }
        }
        let obligation = |field: &str, value: Value| record(|r| r["Obligations"][0][field] = value);
        for (bad, reason) in [
            (record(|r| r["Identification"] = json!(71)), "Identification is not a JSON string."),
            (record(|r| r["Ciudad"] = Value::Null), "Ciudad is not a JSON string."),
            (
                record(|r| r["Email"] = json!("ana.example.invalid")),
                "Email is not an e-mail address: it has no @.",
            ),
            (record(|r| r["Obligations"] = json!({})), "Obligations is not a list."),
            (record(|r| r["Obligations"] = json!(["x"])), "Obligation 1: it is not a JSON object."),
            (obligation("id", json!("")), "Obligation 1: id is missing or blank."),
            (obligation("name", json!(" ")), "Obligation 1: name is missing or blank."),
            (obligation("total_balance", json!(10)), "Obligation 1: total_balance is not a JSON string."),
            (
                obligation("last_pay_date", json!("")),
                "Obligation 1: last_pay_date is not a date written YYYY-MM-DD.",
            ),
        ] {
            assert_eq!(check(bad.as_object().unwrap()).unwrap_err(), reason);
        }
    }

    #[test]
    fn only_a_day_of_the_calendar_in_the_documented_format_is_a_date() {
        for (date, real) in [
            ("2025-02-03", true),
            ("2024-02-29", true),
            ("2023-02-29", false),
            ("2025-13-01", false),
            ("2025-00-10", false),
            ("03-02-2025", false),
            ("2025/02/03", false),
            ("20250203", false),
            ("2025-2-3", false),
            ("2025-02-03 ", false),
            ("2025-02-03T00:00:00", false),
            ("٢٠٢٥-٠٢", false),
        ] {
            assert_eq!(is_date(date), real, "{date}");
        }
    }

    #[test]
    fn a_record_is_named_even_when_its_identification_is_no_text() {
        assert_eq!(identification(Some(&json!("0071"))), "0071");
        assert_eq!(identification(Some(&json!(71))), "71");
        assert_eq!(identification(None), "");
    }
}
