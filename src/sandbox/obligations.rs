//! `collections/insertObligation.php` and `collections/updateObligation.php`: one obligation of a case file that is
//! there already.
//!
//! The documents do not say what an insert of an id that is there does: here it writes over it. An update changes the
//! fields given and keeps the others; an obligation that is not there is refused. Custom fields come as a list of names
//! and values and are kept as the bulk load keeps them. The order of a date is not named, so only its shape is judged.

use hyper::Method;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::endpoints::{Call, Crm, Endpoint, bad_request, fields_of_one, present, required, store};
use super::store::Written;

/// `insertObligation`.
pub(super) const INSERT: Endpoint = Endpoint {
    path: "/server/API/v2/collections/insertObligation.php",
    methods: &[Method::POST],
    answer: |call, crm| write(call, crm, Work::Insert).unwrap_or_else(|refusal| refusal),
};

/// `updateObligation`: the text of the document says PUT, its sample POST.
pub(super) const UPDATE: Endpoint = Endpoint {
    path: "/server/API/v2/collections/updateObligation.php",
    methods: &[Method::POST, Method::PUT],
    answer: |call, crm| write(call, crm, Work::Update).unwrap_or_else(|refusal| refusal),
};

/// The fields that are dates.
const DATES: [&str; 2] = ["last_pay_date", "expiring_date"];

#[derive(Clone, Copy, PartialEq)]
enum Work {
    Insert,
    Update,
}

fn write(call: &mut Call<'_>, crm: &mut Crm, work: Work) -> Result<Answer, Answer> {
    let operation = required(call, "operation")?.to_owned();
    // Both spellings stand in the documents.
    let wolkvox_id = required(call, "wolkvox_id")
        .or_else(|refusal| required(call, "wolkvox-id").map_err(|_other| refusal))?;
    let wolkvox_id = wolkvox_id.to_owned();
    let mut fields = fields_of_one(call, &["form"])?;
    for (name, value) in form(fields.remove("form"))? {
        fields.insert(name, value);
    }
    let Some(identification) = crm.store.identification_of(&operation, &wolkvox_id).map(str::to_owned) else {
        return Err(bad_request("THE RECORD DOES NOT EXIST"));
    };
    let id = present(&fields, "id")?.to_owned();
    if work == Work::Update {
        let named = required(call, "obligation")?;
        let record = crm.store.find(&operation, &identification);
        let known = record.and_then(|record| record.obligations.get(&id));
        let is_named = |known: &Map<String, Value>| {
            named == id || known.get("name").and_then(Value::as_str) == Some(named)
        };
        if !known.is_some_and(is_named) {
            return Err(bad_request("THE OBLIGATION DOES NOT EXIST"));
        }
    } else {
        present(&fields, "name")?;
    }
    for name in DATES {
        if fields.get(name).and_then(Value::as_str).is_some_and(|date| !has_shape_of_date(date)) {
            return Err(bad_request(&format!("{name} is not a date like 06-06-2023.")));
        }
    }
    store(
        call,
        crm,
        &operation,
        Written { obligations: vec![(identification, fields)], ..Written::default() },
    )?;
    Ok(Answer::written(json!({ "wolkvox_id": wolkvox_id })))
}

/// The custom fields of a list of names and values.
fn form(given: Option<Value>) -> Result<Vec<(String, Value)>, Answer> {
    let refused = || bad_request("form is not a list of {\"name\", \"value\"}.");
    match given {
        None => Ok(Vec::new()),
        Some(Value::Array(list)) => list
            .into_iter()
            .map(|field| {
                let name = field.get("name").and_then(Value::as_str).map(str::to_owned);
                let value = field.get("value").filter(|value| value.is_string()).cloned();
                name.zip(value).ok_or_else(refused)
            })
            .collect(),
        Some(_) => Err(refused()),
    }
}

/// Two digits, two digits, four digits.
fn has_shape_of_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let digits =
        |part: &str, count: usize| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
    matches!(parts.as_slice(), [a, b, year] if digits(a, 2) && digits(b, 2) && digits(year, 4))
}
