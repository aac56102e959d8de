//! `custom/insert.php` and `custom/insertMany.php`: records of any module, and the activities among them.
//!
//! A module is there as soon as something is written into it, and its fields are whatever is given. The answer of the
//! bulk call is on no page that could be read; here it lists an id for each record. A bulk call is refused whole when
//! one of its records is not good.

use hyper::Method;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::endpoints::{Call, Crm, Endpoint, add_record, bad_request, fields_of_one, present, required};

/// `insert`: one record.
pub(super) const INSERT: Endpoint = Endpoint {
    path: "/server/API/v2/custom/insert.php",
    methods: &[Method::POST],
    answer: |call, crm| insert(call, crm).unwrap_or_else(|refusal| refusal),
};

/// `insertMany`: several.
pub(super) const INSERT_MANY: Endpoint = Endpoint {
    path: "/server/API/v2/custom/insertMany.php",
    methods: &[Method::POST],
    answer: |call, crm| insert_many(call, crm).unwrap_or_else(|refusal| refusal),
};

/// The module of tasks, calls and meetings.
const ACTIVITIES: &str = "wolkvox_activities";
/// What the documents' list of an activity's parameters has in every kind.
const OF_ACTIVITY: [&str; 5] = ["status", "name", "priority", "name_module", "id_record"];
/// The dates of an activity.
const DATES: [&str; 3] = ["completion_date", "reminder_date", "start_date"];

fn insert(call: &mut Call<'_>, crm: &mut Crm) -> Result<Answer, Answer> {
    let operation = required(call, "operation")?.to_owned();
    let module = required(call, "module")?.to_owned();
    let mut fields = if module == ACTIVITIES {
        let kind = required(call, "type")?.to_owned();
        let mut fields = fields_of_one(call, &["remember", "phone"])?;
        check_activity(&kind, &fields)?;
        fields.insert("type".to_owned(), Value::String(kind));
        fields
    } else {
        of_module(call)?
    };
    fields.retain(|_, value| !value.is_null());
    let id = add_record(call, crm, (&operation, &module), fields)?;
    Ok(Answer::written(json!({ "wolkvox_id": id })))
}

fn insert_many(call: &mut Call<'_>, crm: &mut Crm) -> Result<Answer, Answer> {
    let operation = required(call, "operation")?.to_owned();
    let module = required(call, "module")?.to_owned();
    let records = call.json.as_mut().and_then(|json| json.get_mut("fields")).map(Value::take);
    let Some(Value::Array(records)) =
        records.filter(|records| records.as_array().is_some_and(|list| !list.is_empty()))
    else {
        return Err(bad_request("SOME PARAMETERS ARE REQUIRED: fields, as a list of objects"));
    };
    let good: Option<Vec<Map<String, Value>>> = records.into_iter().map(is_record).collect();
    let good =
        good.ok_or_else(|| bad_request("A RECORD OF fields IS NOT AN OBJECT OF TEXTS AND TYPED VALUES"))?;
    let mut ids = Vec::with_capacity(good.len());
    for fields in good {
        ids.push(json!({ "wolkvox_id": add_record(call, crm, (&operation, &module), fields)? }));
    }
    Ok(Answer::written(Value::Array(ids)))
}

/// The fields of the one record of a module.
fn of_module(call: &Call<'_>) -> Result<Map<String, Value>, Answer> {
    let all: Vec<String> = call
        .json
        .as_ref()
        .and_then(|json| json.get("fields"))
        .and_then(Value::as_object)
        .map(|fields| fields.keys().cloned().collect())
        .unwrap_or_default();
    let names: Vec<&str> = all.iter().map(String::as_str).collect();
    let fields = fields_of_one(call, &names)?;
    is_record(Value::Object(fields))
        .ok_or_else(|| bad_request("fields IS NOT AN OBJECT OF TEXTS AND TYPED VALUES"))
}

/// A record whose values are texts, yes or no, or have their type beside them.
fn is_record(record: Value) -> Option<Map<String, Value>> {
    let Value::Object(fields) = record else { return None };
    let is_typed = |value: &Value| {
        value.get("type").is_some_and(Value::is_string)
            && value.as_object().is_some_and(|typed| typed.contains_key("value"))
    };
    fields.values().all(|value| value.is_string() || value.is_boolean() || is_typed(value)).then_some(fields)
}

fn check_activity(kind: &str, fields: &Map<String, Value>) -> Result<(), Answer> {
    if !["task", "call", "meeting"].contains(&kind) {
        return Err(bad_request("type is not task, call or meeting."));
    }
    for name in OF_ACTIVITY {
        present(fields, name)?;
    }
    if !["high", "normal", "low"].contains(&present(fields, "priority")?) {
        return Err(bad_request("priority is not high, normal or low."));
    }
    if fields.get("remember").is_some_and(|remember| !remember.is_boolean()) {
        return Err(bad_request("remember is not true or false."));
    }
    let is_phone = |phone: &Value| phone["type"] == "telephone" && phone["value"].is_string();
    if fields.get("phone").is_some_and(|phone| !is_phone(phone)) {
        return Err(bad_request("phone is not {\"type\":\"telephone\", … \"value\"}."));
    }
    let of_text =
        |name: &&&str| fields.get(**name).and_then(Value::as_str).is_some_and(|date| !is_moment(date));
    match DATES.iter().find(of_text) {
        Some(name) => Err(bad_request(&format!("{name} is not a date like 2023-07-30 00:00:00."))),
        None => Ok(()),
    }
}

/// `2023-07-30 00:00:00`, or compactly as in the sample's placeholder.
fn is_moment(text: &str) -> bool {
    let digits = |pattern: &str| {
        let fits =
            |(sign, wanted): (u8, u8)| if wanted == b'0' { sign.is_ascii_digit() } else { sign == wanted };
        text.len() == pattern.len() && text.bytes().zip(pattern.bytes()).all(fits)
    };
    digits("0000-00-00 00:00:00") || digits("00000000 000000")
}
