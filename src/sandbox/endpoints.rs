//! The endpoints the sandbox knows, and what is judged before any of them is asked.
//!
//! To add an endpoint, write one file with a constant of type [`Endpoint`] and name it in [`ENDPOINTS`]. An endpoint
//! sees parsed JSON and the state of the CRM; it never sees the connection, the token or a fault of the network.

use std::time::Duration;

use hyper::{Method, StatusCode};
use serde_json::Value;

use super::answer::Answer;
use super::faults::Shape;
use super::store::Store;
use super::token::Quota;
use super::{collections, query, token};

const ENDPOINTS: [&Endpoint; 3] = [&collections::ENDPOINT, &token::ENDPOINT, &query::ENDPOINT];

/// One address of the CRM.
pub(super) struct Endpoint {
    /// The path, as the documents write it.
    pub(super) path: &'static str,
    /// The only method it takes.
    pub(super) method: Method,
    /// What it answers.
    pub(super) answer: fn(&mut Call<'_>, &mut Crm) -> Answer,
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
    if endpoint.method != *front.method {
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

/// A text that must be in the body and not blank, or the answer that says so.
pub(super) fn required<'a>(call: &'a Call<'_>, name: &str) -> Result<&'a str, Answer> {
    let json = call.json.as_ref().ok_or_else(|| bad_request("THE BODY IS NOT JSON"))?;
    let text = json.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    text.ok_or_else(|| bad_request(&format!("SOME PARAMETERS ARE REQUIRED: {name}")))
}
