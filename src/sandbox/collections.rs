//! `collections/massiveCollections.php`: the bulk load of case files with their obligations.
//!
//! The records of a call are judged one by one; the good ones are stored although others are not. Whether the real
//! CRM does so is not documented: a client must be ready for both.

use hyper::Method;
use serde_json::{Map, Value};

use super::answer::Answer;
use super::checks;
use super::endpoints::{Call, Crm, Endpoint, bad_request, required, store};
use super::faults::Shape;
use super::store::Written;
use super::summary::{self, Failure};

/// `massiveCollections`: the bulk load.
pub(super) const ENDPOINT: Endpoint =
    Endpoint { path: "/server/API/v2/collections/massiveCollections.php", methods: &[Method::POST], answer };

/// The reason given where a fault, and not a rule, rejects a record.
pub(super) const ON_REQUEST: &str = "Rejected by the sandbox on request";

/// What names each record of a body, for the log of requests; none where it writes nothing.
pub(super) fn keys(json: Option<&Value>) -> Vec<String> {
    const NAMES: [&str; 6] = ["id", "wolkvox_idRecord", "id_record", "Identification", "name", "Name"];
    let Some(json) = json else { return Vec::new() };
    if let Some(records) = json.get("collections").and_then(Value::as_array) {
        return records.iter().map(|record| checks::identification(record.get("Identification"))).collect();
    }
    let name = |fields: &Value| {
        let found = NAMES.iter().find_map(|name| fields.get(name));
        checks::identification(found)
    };
    match json.get("fields") {
        Some(Value::Array(records)) => records.iter().map(name).collect(),
        Some(fields) => vec![name(fields)],
        None => Vec::new(),
    }
}

fn answer(call: &mut Call<'_>, crm: &mut Crm) -> Answer {
    try_answer(call, crm).unwrap_or_else(|refusal| refusal)
}

fn try_answer(call: &mut Call<'_>, crm: &mut Crm) -> Result<Answer, Answer> {
    let operation = required(call, "operation")?.to_owned();
    let records = call.json.as_mut().and_then(|json| json.get_mut("collections")).map(Value::take);
    let Some(Value::Array(records)) = records else {
        return Err(bad_request("SOME PARAMETERS ARE REQUIRED: collections, as a list"));
    };
    let received = records.len();
    let (mut accepted, mut failures) = (Vec::with_capacity(received), Vec::new());
    for (index, record) in records.into_iter().enumerate() {
        match judge(index, record, call.shape) {
            Ok(fields) => accepted.push(fields),
            Err(failure) => failures.push(failure),
        }
    }
    store(call, crm, &operation, Written { collections: accepted, ..Written::default() })?;
    Ok(Answer::json(summary::render(received, &failures, call.shape)))
}

/// The fields to store, or why the record is not stored: a fault that is due comes before the rules.
fn judge(index: usize, record: Value, shape: Option<Shape>) -> Result<Map<String, Value>, Failure> {
    let Value::Object(fields) = record else {
        let error = "The record is not a JSON object.".to_owned();
        return Err(Failure { identification: String::new(), error });
    };
    let verdict = if is_struck(index, shape) { Err(ON_REQUEST.to_owned()) } else { checks::check(&fields) };
    match verdict {
        Ok(()) => Ok(fields),
        Err(error) => {
            Err(Failure { identification: checks::identification(fields.get("Identification")), error })
        }
    }
}

/// Whether a fault rejects the record at this place in the call.
fn is_struck(index: usize, shape: Option<Shape>) -> bool {
    match shape {
        Some(Shape::RejectAll) => true,
        Some(
            Shape::Reject | Shape::Unnamed | Shape::MessageOnly | Shape::IdList | Shape::Map | Shape::Foreign,
        ) => index == 0,
        Some(Shape::Miscount | Shape::EmptyCounters | Shape::AsStrings | Shape::NoRecords | Shape::Twins)
        | None => false,
    }
}
