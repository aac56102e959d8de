//! Personal data made unreadable for screens, pages and logs: `12****89`.
//!
//! A value is shown whole only where its field says nothing about a person: amounts, dates, counts. Whatever else
//! stood in a cell, and whatever the CRM repeats of it, is masked, an unknown field too. The error workbook is not
//! masked: it exists to be corrected.

use std::borrow::Cow;
use std::net::Ipv4Addr;

use serde_json::Value;

use crate::lang::Code;
use crate::problem::Problem;

/// Keys of a body, and fields of a target, whose values say nothing about a person.
const PLAIN: [&str; 8] = [
    "operation",
    "total_balance",
    "expiring_date",
    "days_delay",
    "portfolio_type",
    "last_pay",
    "last_pay_date",
    "balance_payment",
];
/// Problems whose value is no cell's: a number of columns, a range, an error of Excel.
const NO_CELL: [Code; 9] = [
    Code::UnbalancedQuote,
    Code::RaggedRow,
    Code::MergedCell,
    Code::MergedFilled,
    Code::HiddenRow,
    Code::RecordTooBig,
    Code::PendingInRun,
    Code::ErrorCell,
    Code::TotalMismatch,
];

/// What stands for the part that is not shown.
const HIDDEN: &str = "****";
/// Digits in a row from which on a number may name a person.
const TELLING_DIGITS: usize = 6;
/// Characters from which on a value is looked for in what the CRM says.
const TELLING_CHARS: usize = 4;

/// A text with all but its ends made unreadable, its length included; short ones entirely.
pub fn text(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let chars: Vec<char> = text.chars().collect();
    if chars.len() < 7 {
        return HIDDEN.to_owned();
    }
    let (start, end) = (&chars[..2], &chars[chars.len() - 2..]);
    format!("{}{}{}", start.iter().collect::<String>(), HIDDEN, end.iter().collect::<String>())
}

/// A request's body with every value masked but amounts, dates and the operation.
pub fn body(value: &mut Value) {
    match value {
        Value::String(found) => *found = text(found),
        Value::Array(list) => list.iter_mut().for_each(body),
        Value::Object(map) => {
            map.iter_mut()
                .filter(|(key, _)| !PLAIN.contains(&key.as_str()))
                .for_each(|(_, inner)| body(inner));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A problem as it may be told: its value masked unless the field says nothing about a person.
pub fn problem(problem: &Problem, unmasked: bool) -> Cow<'_, Problem> {
    let is_plain = PLAIN.contains(&problem.field.as_str()) || NO_CELL.contains(&problem.code);
    if unmasked || is_plain || problem.value.is_empty() {
        return Cow::Borrowed(problem);
    }
    let mut masked = problem.clone();
    masked.value = text(&problem.value);
    if problem.code == Code::ZerosAdded {
        masked.expected = text(&problem.expected);
    }
    Cow::Owned(masked)
}

/// What the CRM or the network said, with numbers that may name somebody and e-mail addresses masked.
pub fn reason(said: &str) -> String {
    let of_word = |word: &str| -> String {
        let mark = |c: char| c.is_ascii_punctuation() && c != '@';
        if word
            .trim_matches(mark)
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
        {
            return text(word);
        }
        numbers(word, TELLING_DIGITS, text)
    };
    let mut told = String::with_capacity(said.len());
    for piece in said.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end_matches(char::is_whitespace);
        told.push_str(&of_word(word));
        told.push_str(&piece[word.len()..]);
    }
    told
}

/// What the CRM or the network said about records that were sent, with all that it repeats of them masked.
pub fn repeated(said: &str, fragments: &[&[u8]]) -> String {
    let mut values = Vec::new();
    for fragment in fragments {
        if let Ok(record) = serde_json::from_slice(fragment) {
            add_texts(record, &mut values);
        }
    }
    without(said, values.iter().map(String::as_str))
}

fn without<'v>(said: &str, values: impl Iterator<Item = &'v str>) -> String {
    let mut shown = said.to_owned();
    for value in values.map(str::trim).filter(|value| value.chars().count() >= TELLING_CHARS) {
        // What is shorter than a name in it would be found in other words too.
        if shown.contains(value) {
            shown = shown.replace(value, &text(value));
        }
    }
    reason(&shown)
}

fn add_texts(value: Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(list) => list.into_iter().for_each(|inner| add_texts(inner, texts)),
        Value::Object(map) => map
            .into_iter()
            .filter(|(key, _)| !PLAIN.contains(&key.as_str()))
            .for_each(|(_, inner)| add_texts(inner, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A text in which each number of at least so many digits is replaced; signs between digits belong to the number, and
/// an address of the network or a day is none.
pub(super) fn numbers(found: &str, least: usize, replaced: impl Fn(&str) -> String) -> String {
    let mut shown = String::with_capacity(found.len());
    let mut rest = found;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let is_inside = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-');
        let run = &rest[start..];
        let end = run.find(|c: char| !is_inside(c)).unwrap_or(run.len());
        let number = run[..end].trim_end_matches(['.', '-']);
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        shown.push_str(&rest[..start]);
        let is_plain = number.parse::<Ipv4Addr>().is_ok() || number.parse::<jiff::civil::Date>().is_ok();
        if digits >= least && !is_plain {
            shown.push_str(&replaced(number));
        } else {
            shown.push_str(number);
        }
        rest = &run[number.len()..];
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::RowId;

    #[test]
    fn personal_data_is_masked() {
        assert_eq!(text("1234567889"), "12****89");
        assert_eq!(text("Ana"), "****");
        assert_eq!(text(""), "");
        let mut value = serde_json::json!({"operation":"mi-operacion","collections":[{"Name":"Ana Paz Ruiz",
            "Obligations":[{"id":"0004512","total_balance":"1000"}]}]});
        body(&mut value);
        let shown = value.to_string();
        assert!(!shown.contains("Ana Paz") && !shown.contains("0004512"));
        assert!(shown.contains("mi-operacion") && shown.contains("\"1000\""));
    }

    #[test]
    fn a_problem_tells_of_amounts_and_dates_alone() {
        let found = |field: &str, code| Problem {
            field: field.to_owned(),
            value: "1020304050".to_owned(),
            expected: "001020304050".to_owned(),
            ..Problem::error(RowId { table: 0, number: 2 }, code)
        };
        for (field, code, shown) in [
            ("total_balance", Code::BadAmount, "1020304050"),
            ("Identification", Code::IdDamaged, "10****50"),
            ("ciudad", Code::TooLong, "10****50"),
            ("", Code::StrayQuote, "10****50"),
            ("", Code::RaggedRow, "1020304050"),
        ] {
            assert_eq!(problem(&found(field, code), false).value, shown, "{field} {code}");
            assert_eq!(problem(&found(field, code), true).value, "1020304050");
        }
        assert_eq!(problem(&found("Identification", Code::ZerosAdded), false).expected, "00****50");
    }

    #[test]
    fn what_the_crm_repeats_is_masked() {
        for (said, shown) in [
            ("Identification 1020304050 duplicated", "Identification 10****50 duplicated"),
            ("ID:1.020.304.050, line 12", "ID:1.****50, line 12"),
            ("correo ana.paz@example.com.", "correo an****m."),
            ("HTTP 503  try\nlater", "HTTP 503  try\nlater"),
            ("ref=X123456Y é", "ref=X****Y é"),
            ("http://127.0.0.1:38211/a", "http://127.0.0.1:38211/a"),
            ("until 2026-11-22", "until 2026-11-22"),
            ("123456-", "****-"),
        ] {
            assert_eq!(reason(said), shown);
        }
        let fragment =
            br#"{"Name":"Ana Paz Ruiz","Obligations":[{"id":"0004512","total_balance":"1000.50"}]}"#;
        let said = "row of Ana Paz Ruiz, 0004512: 1000.50 is too much";
        assert_eq!(
            repeated(said, &[fragment, b"no json"]),
            "row of An****iz, 00****12: 10****50 is too much"
        );
    }
}
