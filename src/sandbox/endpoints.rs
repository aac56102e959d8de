//! The endpoints the sandbox knows, and what is judged before any of them is asked.
//!
//! To add an endpoint, write one file with a constant of type [`Endpoint`] and name it in [`ENDPOINTS`]. An endpoint
//! sees parsed JSON and the state of the CRM; it never sees the connection, the token or a fault of the network.

use std::time::Duration;

use hyper::{Method, StatusCode};
use serde_json::{Map, Value};

use super::answer::Answer;
use super::faults::Shape;
use super::store::{Store, Written, wolkvox_id};
use super::token::Quota;
use super::{cases, collections, custom, managements, obligations, query, token};

const ENDPOINTS: [&Endpoint; 9] = [
    &collections::ENDPOINT,
    &obligations::INSERT,
    &obligations::UPDATE,
    &managements::ENDPOINT,
    &cases::ENDPOINT,
    &custom::INSERT,
    &custom::INSERT_MANY,
    &token::ENDPOINT,
    &query::ENDPOINT,
];

/// One address of the CRM.
pub(super) struct Endpoint {
    /// The path, as the documents write it.
    pub(super) path: &'static str,
    /// The methods it takes: where the documents say two, both.
    pub(super) methods: &'static [Method],
    /// What it answers.
    pub(super) answer: fn(&mut Call<'_>, &mut Crm) -> Answer,
}

/// Whether an address is one that writes records.
pub(super) fn writes(path: &str) -> bool {
    let asks = [token::ENDPOINT.path, query::ENDPOINT.path];
    !asks.contains(&path) && ENDPOINTS.iter().any(|endpoint| endpoint.path == path)
}

/// What the CRM remembers from call to call.
pub(super) struct Crm {
    /// The accepted records.
    pub(super) store: Store,
    /// The calls of the day.
    pub(super) quota: Quota,
}

/// What an endpoint is told of a request.
pub(super) struct Call<'a> {
    /// The number of the request since the sandbox began.
    pub(super) n: u64,
    /// How long the sandbox has been running.
    pub(super) elapsed: Duration,
    /// What follows the question mark of the address.
    pub(super) query: &'a str,
    /// The header `Content-Type`.
    pub(super) kind: &'a str,
    /// The body.
    pub(super) body: &'a [u8],
    /// The body, where it is JSON. Owned, so that a load can be kept without a copy of each value.
    pub(super) json: Option<Value>,
    /// The wrong form that an answer to a load or to a search must have.
    pub(super) shape: Option<Shape>,
}

/// What is judged of a request before its endpoint is asked.
pub(super) struct Front<'a> {
    pub(super) method: &'a Method,
    pub(super) path: &'a str,
    /// The value of the token header, if there was one.
    pub(super) token: Option<&'a [u8]>,
    /// The token that is good; any is, where none is set.
    pub(super) good_token: Option<&'a str>,
    /// Whether the body was within the limit.
    pub(super) size: Size,
}

/// A body against the limit of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    Within,
    Over,
}

/// The answer of the CRM to one request. What is wrong with the address is said before what is wrong with the
/// token, and that before what is wrong with the body; a call costs a unit of the quota once its token is good.
pub(super) fn answer(front: &Front<'_>, call: &mut Call<'_>, crm: &mut Crm) -> Answer {
    let Some(endpoint) = ENDPOINTS.iter().find(|endpoint| endpoint.path == front.path) else {
        return Answer::refusal(StatusCode::NOT_FOUND, "THE API YOU WANT TO CONSULT DOES NOT EXIST");
    };
    if !endpoint.methods.contains(front.method) {
        return Answer::refusal(StatusCode::METHOD_NOT_ALLOWED, "THIS API IS NOT CONSUMED WITH THAT METHOD");
    }
    if let Some(refusal) = token::judge(front.token, front.good_token) {
        return refusal;
    }
    if !crm.quota.take(call.elapsed) {
        return token::limit_exceeded();
    }
    if front.size == Size::Over {
        return Answer::refusal(StatusCode::PAYLOAD_TOO_LARGE, "THE BODY IS LARGER THAN THE SANDBOX ACCEPTS");
    }
    (endpoint.answer)(call, crm)
}

/// The answer to a body that lacks something.
pub(super) fn bad_request(msg: &str) -> Answer {
    Answer::refusal(StatusCode::BAD_REQUEST, msg)
}

/// Writes what a call is to write.
pub(super) fn store(call: &Call<'_>, crm: &mut Crm, operation: &str, written: Written) -> Result<(), Answer> {
    crm.store.write(call.n, operation, written).map_err(|error| {
        tracing::error!(%error, "the sandbox cannot write its store");
        Answer::refusal(StatusCode::INTERNAL_SERVER_ERROR, "THE SANDBOX CANNOT WRITE ITS STORE")
    })
}

/// Adds a record to a module; gives the id that it has now.
pub(super) fn add_record(
    call: &Call<'_>,
    crm: &mut Crm,
    (operation, module): (&str, &str),
    mut fields: Map<String, Value>,
) -> Result<String, Answer> {
    let number = crm.store.count(operation, module).to_string();
    let id = wolkvox_id(&[operation, module, &number]);
    fields.insert("wolkvox_id".to_owned(), Value::String(id.clone()));
    let written = Written { module: module.to_owned(), records: vec![fields], ..Written::default() };
    store(call, crm, operation, written)?;
    Ok(id)
}

/// The fields of the one record that a call carries, all of them text but those named; or why they are refused.
pub(super) fn fields_of_one(call: &Call<'_>, not_text: &[&str]) -> Result<Map<String, Value>, Answer> {
    if matches!(call.shape, Some(Shape::Reject | Shape::RejectAll)) {
        return Err(bad_request(collections::ON_REQUEST));
    }
    let fields = call.json.as_ref().and_then(|json| json.get("fields")).and_then(Value::as_object);
    let fields = fields.ok_or_else(|| bad_request("SOME PARAMETERS ARE REQUIRED: fields, as an object"))?;
    match fields.iter().find(|(name, value)| !value.is_string() && !not_text.contains(&name.as_str())) {
        Some((name, _)) => Err(bad_request(&format!("{name} is not a JSON string."))),
        None => Ok(fields.clone()),
    }
}

/// A field that must be there and not blank.
pub(super) fn present<'f>(fields: &'f Map<String, Value>, name: &str) -> Result<&'f str, Answer> {
    let text = fields.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    text.ok_or_else(|| bad_request(&format!("SOME PARAMETERS ARE REQUIRED: {name}")))
}

/// A text that must be in the body and not blank, or the answer that says so.
pub(super) fn required<'a>(call: &'a Call<'_>, name: &str) -> Result<&'a str, Answer> {
    let json = call.json.as_ref().ok_or_else(|| bad_request("THE BODY IS NOT JSON"))?;
    let text = json.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    text.ok_or_else(|| bad_request(&format!("SOME PARAMETERS ARE REQUIRED: {name}")))
}
