//! Personal data made unreadable for screens and logs: `12****89`.

use serde_json::Value;

/// Keys of a body whose values say nothing about a person.
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

/// What stands for the part that is not shown.
const HIDDEN: &str = "****";

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
