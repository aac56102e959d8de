//! What a stand-in CRM holds, read from its own store.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

/// The records by identification; obligations by their id.
pub(crate) fn stored_records(store: &Path) -> BTreeMap<String, Value> {
    let text = std::fs::read_to_string(store.join("store.ndjson")).unwrap_or_default();
    let mut records: BTreeMap<String, Value> = BTreeMap::new();
    for line in text.lines() {
        // A stand-in that was killed may have left half a line; it drops that itself.
        let Ok(call) = serde_json::from_str::<Value>(line) else { continue };
        for record in call["collections"].as_array().into_iter().flatten() {
            let id = record["Identification"].as_str().unwrap().to_owned();
            merge(records.entry(id).or_insert_with(|| Value::Object(Map::new())), record);
        }
        for written in call["obligations"].as_array().into_iter().flatten() {
            let record = &mut records.get_mut(written[0].as_str().unwrap()).unwrap()["Obligations"];
            let known = &mut record[written[1]["id"].as_str().unwrap()];
            for (name, value) in written[1].as_object().unwrap() {
                known[name.as_str()] = value.clone();
            }
        }
    }
    records
}

/// The records of a module, in the order in which they were written.
pub(crate) fn stored_in(store: &Path, module: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(store.join("store.ndjson")).unwrap_or_default();
    let calls = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of_module = calls.filter(|call| call["module"] == module);
    of_module.flat_map(|call| call["records"].as_array().unwrap().clone()).collect()
}

fn merge(known: &mut Value, record: &Value) {
    for (key, value) in record.as_object().unwrap() {
        if key != "Obligations" {
            known[key] = value.clone();
            continue;
        }
        if known.get(key).is_none() {
            known[key] = Value::Object(Map::new());
        }
        for obligation in value.as_array().unwrap() {
            known[key][obligation["id"].as_str().unwrap()] = obligation.clone();
        }
    }
}
