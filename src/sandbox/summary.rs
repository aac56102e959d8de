//! The answer to a bulk load: its counters and its list of failures, right or wrong on purpose.
//!
//! What stands in `failed_Sumary` is not documented. The form used where no fault is due is a guess, and
//! the faults are the other forms a client must survive. Pure: what was stored is decided before.

use serde::Serialize;
use serde_json::{Value, json};

use super::faults::Shape;

/// What the vendor prints as a sample: the counters have no value, so it is not JSON.
const EMPTY_COUNTERS: &str = r#"{
"code": "200",
"success": true,
"summary": {
"total_records_received": ,
"successful_inserts": ,
"failed_count": ,
"total_processed": ,
"failed_Sumary": []
}
}"#;

/// A record that was not stored.
#[derive(Serialize)]
pub(super) struct Failure {
    #[serde(rename = "Identification")]
    pub(super) identification: String,
    pub(super) error: String,
}

/// The answer, in the documented order of its keys. Values and not numbers, because a fault may write them as text.
#[derive(Serialize)]
struct Load {
    code: &'static str,
    success: Value,
    summary: Summary,
}

#[derive(Serialize)]
struct Summary {
    total_records_received: Value,
    successful_inserts: Value,
    failed_count: Value,
    total_processed: Value,
    #[serde(rename = "failed_Sumary")]
    failed: Value,
}

/// The body of the answer to a load of `received` records, of which those in `failures` were not stored.
pub(super) fn render(received: usize, failures: &[Failure], shape: Option<Shape>) -> Vec<u8> {
    if shape == Some(Shape::EmptyCounters) {
        return EMPTY_COUNTERS.into();
    }
    let mut inserted = received - failures.len();
    let mut failed = failures.len();
    if shape == Some(Shape::Miscount) {
        (inserted, failed) = (inserted.saturating_sub(1), 0);
    }
    let (success, counter): (Value, fn(usize) -> Value) = if shape == Some(Shape::AsStrings) {
        (json!((failed == 0).to_string()), |count| json!(count.to_string()))
    } else {
        (json!(failed == 0), |count| json!(count))
    };
    let load = Load {
        code: "200",
        success,
        summary: Summary {
            total_records_received: counter(received),
            successful_inserts: counter(inserted),
            failed_count: counter(failed),
            total_processed: counter(received),
            failed: failure_list(failures, shape),
        },
    };
    serde_json::to_vec(&load).expect("a summary holds only text and JSON")
}

fn failure_list(failures: &[Failure], shape: Option<Shape>) -> Value {
    match shape {
        Some(Shape::Unnamed | Shape::Miscount) => json!([]),
        Some(Shape::MessageOnly) => json!(["One of the records could not be saved."]),
        Some(Shape::IdList) => failures.iter().map(|failure| json!(failure.identification)).collect(),
        Some(Shape::Map) => Value::Object(
            failures.iter().map(|failure| (failure.identification.clone(), json!(failure.error))).collect(),
        ),
        Some(Shape::Foreign) => failures
            .iter()
            .map(|failure| json!({"Identification": "SANDBOX-NOT-SENT", "error": failure.error}))
            .collect(),
        _ => json!(failures),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The body for three records of which the first was not stored.
    fn body(shape: Option<Shape>) -> String {
        let failure = Failure { identification: "0071".into(), error: "No.".into() };
        String::from_utf8(render(3, &[failure], shape)).unwrap()
    }

    #[test]
    fn the_answer_has_the_documented_keys_in_the_documented_order() {
        assert_eq!(
            String::from_utf8(render(2, &[], None)).unwrap(),
            r#"{"code":"200","success":true,"summary":{"total_records_received":2,"successful_inserts":2,"failed_count":0,"total_processed":2,"failed_Sumary":[]}}"#
        );
    }

    #[test]
    fn each_form_of_the_list_of_failures() {
        let named = json!([{"Identification": "0071", "error": "No."}]);
        for (shape, list) in [
            (None, named.clone()),
            (Some(Shape::Reject), named.clone()),
            (Some(Shape::AsStrings), named),
            (Some(Shape::Unnamed), json!([])),
            (Some(Shape::Miscount), json!([])),
            (Some(Shape::MessageOnly), json!(["One of the records could not be saved."])),
            (Some(Shape::IdList), json!(["0071"])),
            (Some(Shape::Map), json!({"0071": "No."})),
            (Some(Shape::Foreign), json!([{"Identification": "SANDBOX-NOT-SENT", "error": "No."}])),
        ] {
            let answer: Value = serde_json::from_str(&body(shape)).unwrap();
            assert_eq!(answer["summary"]["failed_Sumary"], list, "{shape:?}");
        }
    }

    #[test]
    fn the_counters_are_right_wrong_or_text_as_asked() {
        let counters = |shape| {
            let answer: Value = serde_json::from_str(&body(shape)).unwrap();
            let summary = &answer["summary"];
            json!([
                answer["success"],
                summary["total_records_received"],
                summary["successful_inserts"],
                summary["failed_count"],
                summary["total_processed"],
            ])
        };
        assert_eq!(counters(None), json!([false, 3, 2, 1, 3]));
        assert_eq!(counters(Some(Shape::Unnamed)), json!([false, 3, 2, 1, 3]));
        assert_eq!(counters(Some(Shape::Miscount)), json!([true, 3, 1, 0, 3]));
        assert_eq!(counters(Some(Shape::AsStrings)), json!(["false", "3", "2", "1", "3"]));
    }

    #[test]
    fn the_sample_of_the_vendor_is_not_json() {
        let body = body(Some(Shape::EmptyCounters));
        assert!(serde_json::from_str::<Value>(&body).is_err());
        assert!(body.contains("\"failed_count\": ,"));
    }
}
