//! `custom/query.php`: the record with a given Identification.
//!
//! The documents do not state that the module `collections` and the field `Identification` are accepted; it is the
//! best reading of them. Obligations are left out, because no documented call lists them; whoever wants to see them
//! reads `store.ndjson`. Identifications are compared exactly, zeros in front included. The real CRM may know several
//! records of one Identification and the sandbox does not, so that is played on request alone.

use hyper::Method;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::endpoints::{Call, Crm, Endpoint, bad_request, required};
use super::faults::Shape;
use super::store::Record;

/// `query`: the records whose field has a value.
pub(super) const ENDPOINT: Endpoint =
    Endpoint { path: "/server/API/v2/custom/query.php", method: Method::POST, answer };

fn answer(call: &mut Call<'_>, crm: &mut Crm) -> Answer {
    try_answer(call, crm).unwrap_or_else(|refusal| refusal)
}

fn try_answer(call: &Call<'_>, crm: &Crm) -> Result<Answer, Answer> {
    let operation = required(call, "operation")?;
    let module = required(call, "module")?;
    let field = required(call, "field")?;
    let value = required(call, "value")?;
    if module != "collections" {
        return Err(bad_request("THE SANDBOX KNOWS ONLY THE MODULE collections"));
    }
    if field != "Identification" {
        return Err(bad_request("THE SANDBOX SEARCHES ONLY BY THE FIELD Identification"));
    }
    let mut found: Vec<Value> =
        crm.store.find(operation, value).map(|record| shown(operation, value, record)).into_iter().collect();
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
    shown.insert("wolkvox_id".to_owned(), Value::String(wolkvox_id(operation, identification)));
    Value::Object(shown)
}

/// The same record under another id.
fn twin(mut record: Value) -> Value {
    record["wolkvox_id"] = json!(wolkvox_id("twin", record["wolkvox_id"].as_str().unwrap_or_default()));
    record
}

/// The id of a record: 24 hexadecimal digits, the same whenever it is asked for, so that nothing more is stored.
fn wolkvox_id(operation: &str, identification: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(operation.len() as u64).to_le_bytes());
    hasher.update(operation.as_bytes());
    hasher.update(identification.as_bytes());
    let mut id = hasher.finalize().to_hex().to_string();
    id.truncate(24);
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_stable_and_apart() {
        assert_eq!(wolkvox_id("demo", "0071"), wolkvox_id("demo", "0071"));
        assert_eq!(wolkvox_id("demo", "0071").len(), 24);
        assert_ne!(wolkvox_id("demo", "0071"), wolkvox_id("demo", "71"));
        assert_ne!(wolkvox_id("demo", "0071"), wolkvox_id("demo0", "071"));
    }
}
