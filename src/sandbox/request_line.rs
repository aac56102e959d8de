//! One line of `requests.ndjson`: what tests and people read to see what arrived, when, and how it ended.
//!
//! Public, so that a reader does not have to guess the names. It holds Identifications in the clear: the sandbox is
//! fed with rehearsal data, and its folder is readable by its owner alone. The token is not in it.

use std::time::Duration;

use hyper::http::request::Parts;
use serde::{Deserialize, Serialize};

use super::faults::Fault;

/// One request that arrived. Lines stand in the order in which the ends were decided, `n` is the order of arrival.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestLine {
    /// Its number since the sandbox began, from 1. The file outlives a sandbox; the number begins anew with each.
    pub n: u64,
    /// When its head arrived, in microseconds since the sandbox began, by a clock that is never set.
    pub at_us: u64,
    /// The method.
    pub method: String,
    /// The path, without what follows a question mark.
    pub path: String,
    /// How many records its body held, good or bad.
    pub records: usize,
    /// The size of its body, as far as it was read.
    pub bytes: usize,
    /// The Identifications of those records, in the order sent.
    pub keys: Vec<String>,
    /// The HTTP status it was answered with; none where the connection ended without an answer.
    pub status: Option<u16>,
    /// The fault that was due, as it was written in the settings.
    pub fault: Option<String>,
}

impl RequestLine {
    /// The line of a request of which only the head is known.
    pub(super) fn new(n: u64, at: Duration, head: &Parts, fault: Option<&Fault>) -> Self {
        Self {
            n,
            at_us: u64::try_from(at.as_micros()).unwrap_or(u64::MAX),
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            records: 0,
            bytes: 0,
            keys: Vec::new(),
            status: None,
            fault: fault.map(ToString::to_string),
        }
    }
}
