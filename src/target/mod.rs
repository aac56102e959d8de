//! The endpoints of the CRM, one file each, behind one trait.
//!
//! A [`Target`] says what its fields are, how a record is written, what a request looks like and what an
//! answer means. It is the only place where the CRM's own spellings live. Nothing here does I/O or reads a
//! clock: a request is data, and so is an answer.

mod answer;
pub mod collections;
#[cfg(test)]
mod matrix_tests;
pub mod query;
pub mod read_back;
mod reconcile;
mod retry_after;
mod strict;
mod texts;
pub mod token_information;

use std::borrow::Cow;
use std::time::Duration;

pub use reconcile::{Oddity, oddities};
use serde::{Deserialize, Serialize};

use crate::lang::{Code, Say};
use crate::portfolio::Record;

/// One field of a target, as the documents state it.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The name, spelled as the CRM spells it.
    pub name: &'static str,
    /// Whether it belongs to the record or to each of its lines.
    pub level: Level,
    /// What kind of value it takes.
    pub kind: FieldKind,
    /// Whether the documents call it mandatory.
    pub mandatory: bool,
    /// Longest value, in characters.
    pub max_chars: usize,
    /// An example from the documents.
    pub example: &'static str,
    /// The documentation page, by its number in `wolkvox-api.md` section 12.
    pub page: &'static str,
}

/// Whether a field belongs to the record or to each of its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The record: an expediente.
    Record,
    /// A line of it: an obligation.
    Line,
}

/// What kind of value a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// An identification: text that keeps every digit and zero.
    Id,
    /// Any text.
    Text,
    /// An e-mail address.
    Email,
    /// A telephone number: text that keeps every digit.
    Phone,
    /// A date, sent as `YYYY-MM-DD`.
    Date,
    /// An exact amount, sent as plain digits with a decimal point.
    Amount,
    /// A whole number.
    Integer,
}

impl FieldKind {
    /// What the kind is called for people.
    pub fn say(self) -> Say {
        match self {
            FieldKind::Id => Say::KindOfId,
            FieldKind::Text => Say::KindOfText,
            FieldKind::Email => Say::KindOfEmail,
            FieldKind::Phone => Say::KindOfPhone,
            FieldKind::Date => Say::KindOfDate,
            FieldKind::Amount => Say::KindOfAmount,
            FieldKind::Integer => Say::KindOfInteger,
        }
    }
}

/// A request as data; the server and the token are added where it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// HTTP method.
    pub method: &'static str,
    /// Path on the server, from its root, with what is asked after it.
    pub path: Cow<'static, str>,
    /// The body.
    pub body: Body,
}

/// A request's body, with the kind that the endpoint wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// JSON text; empty for a request that has no body.
    Json(Vec<u8>),
}

impl Body {
    /// How many bytes it has.
    pub fn bytes(&self) -> usize {
        match self {
            Body::Json(text) => text.len(),
        }
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body, as far as it was read (the length is bounded where it is read).
    pub body: Vec<u8>,
    /// The header `Retry-After`.
    pub retry_after: Option<String>,
    /// The header `Date`, the reference of a `Retry-After` that is a date; when it was received, where there was none.
    pub date: Option<String>,
    /// The header `Location` of a redirection.
    pub location: Option<String>,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The server answered.
    Answer(Answer),
    /// It did not, or not to the end.
    Broken(Stage, String),
}

/// Where an exchange broke off; the reason in words goes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The request could not even be made.
    Making,
    /// There was no connection yet: name, address, proxy, TLS.
    Connecting,
    /// The time was up; the request may have arrived.
    Deadline,
    /// The connection broke; the request may have arrived.
    Exchange,
    /// The answer did not want to end.
    Endless,
}

/// What a reply means for the records sent, named by their keys in order: the one judgement of law 4, from the
/// transport's failure or the status, the headers and the body together.
pub fn classify(target: &dyn Target, reply: &Reply, keys: &[&str]) -> Verdict {
    match reply {
        Reply::Answer(answer) => target.read(answer, keys),
        Reply::Broken(stage, reason) => broken(*stage, reason),
    }
}

/// How long an answer asks to wait, whatever its verdict.
pub fn asked_wait(reply: &Reply) -> Option<Duration> {
    match reply {
        Reply::Answer(answer) => answer::retry_after(answer),
        Reply::Broken(..) => None,
    }
}

/// What an exchange that broke off means: whether a byte of it may have arrived.
pub(crate) fn broken(stage: Stage, reason: &str) -> Verdict {
    let lower = reason.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let reason = reason.to_owned();
    match stage {
        Stage::Making => Verdict::EndpointRefused(Code::EndpointRefused, reason),
        // A certificate, a protocol or a proxy that is not good does not become good by waiting.
        Stage::Connecting
            if says(&["certificate", "received fatal alert", "handshake", "tls", "corrupt message"]) =>
        {
            Verdict::EndpointRefused(Code::ConnectionUntrusted, reason)
        }
        Stage::Connecting if says(&["tunnel", "proxy"]) => {
            Verdict::EndpointRefused(Code::ProxyRefused, reason)
        }
        Stage::Connecting => Verdict::NotSent(reason),
        Stage::Deadline => Verdict::Unknown(Code::NoAnswer, reason),
        Stage::Exchange => Verdict::Unknown(Code::ConnectionLost, reason),
        Stage::Endless => Verdict::Unknown(Code::UnreadableAnswer, reason),
    }
}

/// What an answer, or the lack of one, means for a chunk (law 4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The CRM dealt with the records; all are accepted but those listed.
    Answered(Vec<Exception>),
    /// The whole chunk was refused and nothing of it was written.
    Refused(String),
    /// The whole chunk was refused for its size and nothing of it was written.
    TooLarge(String),
    /// The CRM asks to come back later; how long, where it says so.
    NotNow(Option<Duration>, String),
    /// The token has no calls left today; nothing was written.
    QuotaEnded(String),
    /// Nobody knows whether the records were written.
    Unknown(Code, String),
    /// Surely no byte arrived.
    NotSent(String),
    /// The token is not accepted; nothing was written.
    TokenRefused(String),
    /// This call cannot succeed whatever it carries: the code says why; nothing was written.
    EndpointRefused(Code, String),
}

impl Verdict {
    /// The stable word of the verdict in the ledger and in `show`.
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Answered(_) => "answered",
            Verdict::Refused(_) => "refused",
            Verdict::TooLarge(_) => "too-large",
            Verdict::NotNow(..) => "not-now",
            Verdict::QuotaEnded(_) => "quota-ended",
            Verdict::Unknown(..) => "unknown",
            Verdict::NotSent(_) => "not-sent",
            Verdict::TokenRefused(_) => "token-refused",
            Verdict::EndpointRefused(..) => "endpoint-refused",
        }
    }
}

/// A record of an answered chunk that was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// The record's ordinal in its chunk, from 0.
    pub ordinal: u32,
    /// True when the CRM said no to it; false when its fate is unknown.
    pub rejected: bool,
    /// `crm-rejected`, or why it is unknown.
    pub code: Code,
    /// What the CRM said, cut to a bearable length.
    pub detail: String,
}

/// An endpoint of the CRM that records can be loaded into.
pub trait Target: Sync {
    /// The name in a mapping: `collections`.
    fn name(&self) -> &'static str;
    /// One line on what it loads.
    fn about(&self) -> Say;
    /// The mapping's section for the record, and for its lines where it has any.
    fn sections(&self) -> (&'static str, Option<&'static str>);
    /// All fields, in the order in which a body writes them.
    fn fields(&self) -> &'static [Field];
    /// The field that makes rows one record.
    fn key(&self) -> &'static str;
    /// The field that names a line within its record.
    fn line_key(&self) -> Option<&'static str>;
    /// The amount that the books add up.
    fn money(&self) -> &'static str;
    /// Whether a second sending of the same record surely does no harm. The documents say so of none.
    fn repeat_is_safe(&self) -> bool;
    /// Appends a record's fragment of the body.
    fn render(&self, record: &Record, out: &mut Vec<u8>);
    /// Bytes that a body takes besides its fragments and one byte between each two of them.
    fn envelope_bytes(&self, operation: &str) -> usize;
    /// The request for some fragments.
    fn request(&self, operation: &str, fragments: &[&[u8]]) -> Request;
    /// What an answer means for the records sent, named by their keys in order.
    fn read(&self, answer: &Answer, keys: &[&str]) -> Verdict;
    /// The module and the field under which a record can be looked up by its key, as far as the documents let one
    /// read them; none where a record cannot be looked up.
    fn looked_up_in(&self) -> Option<(&'static str, &'static str)> {
        None
    }
}

/// Every target.
pub fn all() -> &'static [&'static dyn Target] {
    &[&collections::Collections]
}

/// The target of a name.
pub fn by_name(name: &str) -> Option<&'static dyn Target> {
    all().iter().copied().find(|target| target.name() == name)
}
