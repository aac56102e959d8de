//! `cases/insert.php`: a case, as a form of parts, with its attachments.
//!
//! Whether user, contact, state and priority exist is the CRM's to know; here any text does. Of an attachment its name,
//! size and hash are kept, not the file.

use hyper::Method;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::collections::ON_REQUEST;
use super::endpoints::{Call, Crm, Endpoint, add_record, bad_request};
use super::faults::Shape;
use super::multipart::{self, Part};

/// `insert` of the module of cases.
pub(super) const ENDPOINT: Endpoint = Endpoint {
    path: "/server/API/v2/cases/insert.php",
    methods: &[Method::POST],
    answer: |call, crm| write(call, crm).unwrap_or_else(|refusal| refusal),
};

const MANDATORY: [&str; 8] =
    ["operation", "case-type", "responsible", "owner", "contact", "description", "status", "priority"];
const OPTIONAL: [&str; 3] = ["form", "file", "solution"];
/// The endings of the documents' list.
const ENDINGS: [&str; 21] = [
    "xlsx", "csv", "pdf", "jpg", "png", "docx", "mp4", "mp3", "wmv", "wma", "wap", "doc", "jpeg", "avi",
    "bmp", "bpm", "mov", "tiff", "zip", "7z", "rar",
];

fn write(call: &mut Call<'_>, crm: &mut Crm) -> Result<Answer, Answer> {
    if matches!(call.shape, Some(Shape::Reject | Shape::RejectAll)) {
        return Err(bad_request(ON_REQUEST));
    }
    let parts =
        multipart::parse(call.kind, call.body).ok_or_else(|| bad_request("THE BODY IS NOT A FORM"))?;
    let mut fields = Map::new();
    for part in &parts {
        take(part, &mut fields)?;
    }
    for name in MANDATORY {
        if fields.get(name).and_then(Value::as_str).is_none_or(|text| text.trim().is_empty()) {
            return Err(bad_request(&format!("SOME PARAMETERS ARE REQUIRED: {name}")));
        }
    }
    let Some(Value::String(operation)) = fields.remove("operation") else {
        return Err(bad_request("operation"));
    };
    let number = crm.store.count(&operation, "cases") + 1;
    let id = add_record(call, crm, (&operation, "cases"), fields)?;
    Ok(Answer::written(json!({ "wolkvox_id": id, "idPrefijo": format!("CASE-{number}") })))
}

/// Adds a part to the case.
fn take(part: &Part<'_>, fields: &mut Map<String, Value>) -> Result<(), Answer> {
    let name = part.name.strip_suffix("[]").unwrap_or(&part.name);
    if !MANDATORY.contains(&name) && !OPTIONAL.contains(&name) {
        return Err(bad_request(&format!("{name} is not a parameter of this API.")));
    }
    if let ("file", Some((file, kind))) = (name, &part.file) {
        let ending = file.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        if !ENDINGS.contains(&ending.as_str()) {
            return Err(bad_request("THE FORMAT OF A FILE IS NOT SUPPORTED"));
        }
        let hash = blake3::hash(part.content).to_hex().to_string();
        let file = json!({ "name": file, "type": kind, "bytes": part.content.len(), "hash": hash });
        if let Value::Array(files) = fields.entry("file").or_insert_with(|| json!([])) {
            files.push(file);
        }
        return Ok(());
    }
    let text =
        String::from_utf8(part.content.to_vec()).map_err(|_error| bad_request("A PART IS NOT UTF-8"))?;
    let value = if name == "form" {
        let form: Option<Map<String, Value>> = serde_json::from_str(&text).ok();
        Value::Object(form.ok_or_else(|| bad_request("form is not a JSON object."))?)
    } else {
        Value::String(text)
    };
    fields.insert(name.to_owned(), value);
    Ok(())
}

/// What names the case of a form, for the log of requests; none where there is no form.
pub(super) fn keys(kind: &str, body: &[u8]) -> Vec<String> {
    let parts = multipart::parse(kind, body).unwrap_or_default();
    let contact = parts.iter().find(|part| part.name == "contact");
    contact.map(|part| String::from_utf8_lossy(part.content).into_owned()).into_iter().collect()
}
