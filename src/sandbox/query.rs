//! `custom/query.php`: the records of a module whose field has a value.
//!
//! In `collections` that is the case file with an Identification; a record that `custom/insert.php` wrote into that
//! module with the same one makes it ambiguous. Other modules are searched by any of their fields.
//! The documents do not state that the module `collections` and the field `Identification` are accepted; it is the
//! best reading of them. Obligations are left out, because no documented call lists them; whoever wants to see them
//! reads `store.ndjson`. Identifications are compared exactly, zeros in front included. The real CRM may know several
//! records of one Identification and the sandbox does not, so that is played on request alone.

use hyper::Method;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::endpoints::{Call, Crm, Endpoint, bad_request, required};
use super::faults::Shape;
use super::store::{Record, wolkvox_id};

/// `query`: the records whose field has a value.
pub(super) const ENDPOINT: Endpoint =
    Endpoint { path: "/server/API/v2/custom/query.php", methods: &[Method::POST], answer };

fn answer(call: &mut Call<'_>, crm: &mut Crm) -> Answer {
    try_answer(call, crm).unwrap_or_else(|refusal| refusal)
}

fn try_answer(call: &Call<'_>, crm: &Crm) -> Result<Answer, Answer> {
    let operation = required(call, "operation")?;
    let module = required(call, "module")?;
    let field = required(call, "field")?;
    let value = required(call, "value")?;
    let case_file = match (module, field) {
        ("collections", "Identification") => crm.store.find(operation, value),
        ("collections", _) => {
            return Err(bad_request("THE SANDBOX SEARCHES collections ONLY BY THE FIELD Identification"));
        }
        _ if crm.store.count(operation, module) == 0 => return Err(bad_request("THE MODULE DOES NOT EXIST")),
        _ => None,
    };
    let case_file = case_file.map(|record| shown(operation, value, record));
    let others = crm.store.search(operation, module, (field, value)).cloned().map(Value::Object);
    let mut found: Vec<Value> = case_file.into_iter().chain(others).collect();
    match call.shape {
        Some(Shape::NoRecords) => found.clear(),
        Some(Shape::Twins) => found.extend(found.first().cloned().map(twin)),
        _ => {}
    }
    // The spelling is the vendor's, and clients compare with it.
    Ok(Answer::success(&format!("{} records were are found", found.len()), Value::Array(found)))
}

/// A record as a query shows it: the telephone as an object, as real answers have it, and its id.
fn shown(operation: &str, identification: &str, record: &Record) -> Value {
    let mut shown: Map<String, Value> = record
        .fields
        .iter()
        .map(|(name, value)| {
            let telephone = name == "Telephone";
            let value =
                if telephone { json!({"country": "", "code": "", "value": value}) } else { json!(value) };
            (name.clone(), value)
        })
        .collect();
    shown.insert("wolkvox_id".to_owned(), Value::String(wolkvox_id(&[operation, identification])));
    Value::Object(shown)
}

/// The same record under another id.
fn twin(mut record: Value) -> Value {
    record["wolkvox_id"] = json!(wolkvox_id(&["twin", record["wolkvox_id"].as_str().unwrap_or_default()]));
    record
}
