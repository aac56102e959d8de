//! `collections/insertGestion.php`: a management of a case file that is there already.
//!
//! Three spellings of the typification stand in the documents; one of them, whole, is enough here. Every call makes one
//! more management: the documents name nothing by which two could be told apart.

use hyper::Method;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::endpoints::{Call, Crm, Endpoint, add_record, bad_request, fields_of_one, present, required};

/// `insertGestion`.
pub(super) const ENDPOINT: Endpoint = Endpoint {
    path: "/server/API/v2/collections/insertGestion.php",
    methods: &[Method::POST],
    answer: |call, crm| write(call, crm).unwrap_or_else(|refusal| refusal),
};

/// The code of a typification and the spellings of its description.
const SPELLINGS: [(&str, &str); 3] = [
    ("tipifycation_code", "tipifycation_desc"),
    ("tipification_code", "tipification_desc"),
    ("tipification_code", "tipification_description"),
];

fn write(call: &mut Call<'_>, crm: &mut Crm) -> Result<Answer, Answer> {
    let operation = required(call, "operation")?.to_owned();
    let fields = fields_of_one(call, &[])?;
    if present(&fields, "module")? != "collections" {
        return Err(bad_request("module is not collections."));
    }
    if !SPELLINGS.iter().any(|(code, text)| is_there(&fields, code) && is_there(&fields, text)) {
        return Err(bad_request("SOME PARAMETERS ARE REQUIRED: tipification_code, tipification_desc"));
    }
    let record = present(&fields, "wolkvox_idRecord")?;
    if crm.store.identification_of(&operation, record).is_none() {
        return Err(bad_request("THE RECORD DOES NOT EXIST"));
    }
    let id = add_record(call, crm, (&operation, "managements"), fields)?;
    Ok(Answer::written(json!({ "wolkvox_id": id })))
}

fn is_there(fields: &Map<String, Value>, name: &str) -> bool {
    present(fields, name).is_ok()
}
