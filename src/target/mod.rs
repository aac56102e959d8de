//! The endpoints of the CRM, one file each, behind one trait.
//!
//! A [`Target`] says what its fields are, how a record is written, what a request looks like and what an
//! answer means. It is the only place where the CRM's own spellings live. Nothing here does I/O or reads a
//! clock: a request is data, and so is an answer.

mod activities;
mod answer;
mod case_file;
mod cases;
pub mod collections;
mod custom;
mod dates;
mod dialect;
mod exchange;
mod field;
pub mod hole;
pub(crate) mod json;
mod managements;
#[cfg(test)]
mod matrix_tests;
mod obligations;
pub mod query;
pub mod read_back;
mod reconcile;
mod retry_after;
mod single;
mod strict;
mod texts;
pub mod token_information;

use std::time::Duration;

pub use reconcile::{Oddity, oddities};
use serde::{Deserialize, Serialize};

use crate::lang::{Code, Say};
use crate::portfolio::Record;
use obligations::Obligations;
use query::Question;

pub use dates::DateForm;
pub use dialect::{Dialect, METHODS, Needed, Setting, SettingForm};
use dialect::{LOOKUP_FIELD, LOOKUP_MODULE};
pub use exchange::{Answer, Body, Content, Part, Reply, Request, Stage};
pub use field::{Field, FieldKind, Level};

/// What a reply means for the records sent, named by their keys in order: the one judgement of law 4, from the
/// transport's failure or the status, the headers and the body together.
pub fn classify(target: &dyn Target, reply: &Reply, keys: &[&str]) -> Verdict {
    match reply {
        Reply::Answer(answer) => target.read(answer, keys),
        Reply::Broken(Stage::Attachment, reason) => {
            let rejected = |(ordinal, _)| Exception {
                ordinal,
                rejected: true,
                code: Code::AttachmentChanged,
                detail: reason.clone(),
            };
            Verdict::Answered((0..).zip(keys).map(rejected).collect())
        }
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
        Stage::Making | Stage::Attachment => Verdict::EndpointRefused(Code::EndpointRefused, reason),
        // It is not the CRM that is away, and whoever waits keeps what is open.
        Stage::NoFiles => Verdict::EndpointRefused(Code::FilesRanOut, reason),
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

/// How many records a request takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Exactly one: the CRM has no bulk call for them.
    One,
    /// As many as the limits of a chunk allow.
    Many,
}

/// The field by which a case file is looked up.
pub const IDENTIFICATION: &str = "Identification";

/// What speaks against a record as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Objection {
    /// The field at fault.
    pub field: &'static str,
    /// What is the matter.
    pub code: Code,
}

/// An endpoint of the CRM that records can be loaded into. What it does not say of itself is what most endpoints are:
/// each row is a record, and goes in a request of its own, whose answer gives it an id.
pub trait Target: Sync {
    /// The name in a mapping: `collections`.
    fn name(&self) -> &'static str;
    /// One line on what it loads.
    fn about(&self) -> Say;
    /// What one of its records is called: `{count?caso|casos}`.
    fn unit(&self) -> Say;
    /// What a line within a record is called; none where a record has none, and is one line itself.
    fn line_unit(&self) -> Option<Say> {
        None
    }
    /// The mapping's section for the fields of a level; none where it has no fields of that level.
    fn section(&self, level: Level) -> Option<&'static str>;
    /// All fields, in the order in which a body writes them.
    fn fields(&self) -> &'static [Field];
    /// The fields that name a record to a person, most telling first; those that a mapping has.
    fn key(&self) -> &'static [&'static str];
    /// Whether rows with the same key are one record; where not, each row is a record of its own.
    fn groups(&self) -> bool {
        false
    }
    /// The field that names a line within its record.
    fn line_key(&self) -> Option<&'static str> {
        None
    }
    /// The amounts that the books may add up: the first of them that a mapping has.
    fn money(&self) -> &'static [&'static str] {
        &[]
    }
    /// What a mapping or a profile may settle about it.
    fn settings(&self) -> &'static [Setting];
    /// The script's path on the server, as the documents' sample has it.
    fn path(&self, dialect: &Dialect) -> &'static str;
    /// Keys of its requests that are no fields and may be spelled otherwise.
    fn keys(&self) -> &'static [&'static str];
    /// Whether it takes fields of the tenant's own beside these.
    fn has_custom_fields(&self) -> bool {
        true
    }
    /// Whether a field of the tenant's own may have a type beside its value.
    fn has_typed_values(&self) -> bool {
        false
    }
    /// How many records a request takes.
    fn takes(&self, _dialect: &Dialect) -> Takes {
        Takes::One
    }
    /// Whether a person's setting may let an unknown outcome be sent again by itself: only where a second sending
    /// makes no second record, or the documents leave that open.
    fn may_resend(&self) -> bool {
        false
    }
    /// What speaks against a record whose values are good one by one.
    fn objection(&self, _record: &Record, _dialect: &Dialect) -> Option<Objection> {
        None
    }
    /// Appends a record's fragment of the body: a JSON object.
    fn render(&self, record: &Record, dialect: &Dialect, out: &mut Vec<u8>);
    /// What stands before the fragments of a request and behind them; a comma stands between each two, and where a
    /// request takes one record in place of its opening brace.
    fn envelope(&self, dialect: &Dialect) -> (Vec<u8>, &'static [u8]) {
        (single::opening(dialect), b"")
    }
    /// What an answer means for the records sent, named by their keys in order.
    fn read(&self, answer: &Answer, _keys: &[&str]) -> Verdict {
        single::read(answer)
    }
    /// The module and the field under which a record can be looked up by its key, as far as the documents let one
    /// read them; none where a record cannot be looked up.
    fn looked_up_in(&self) -> Option<(&'static str, &'static str)> {
        None
    }
    /// The field that holds the CRM's own id of the case file that a record belongs to. Where it is blank, the id is
    /// looked up by the field [`IDENTIFICATION`]; a mapping has one of the two.
    fn case_file(&self) -> Option<&'static str> {
        None
    }
    /// Whether a record may be sent without any line.
    fn lines_may_lack(&self, _dialect: &Dialect) -> bool {
        false
    }
    /// What the CRM calls the record that it has written, where its answer says so; nothing of a person.
    fn given(&self, answer: &Answer) -> Option<String> {
        single::given(answer)
    }

    /// The question by which the id of a case file is looked up; none where no record needs it.
    fn looks_up(&self, dialect: &Dialect) -> Option<Question> {
        self.case_file()?;
        let said = |setting: &Setting| dialect.get(setting).unwrap_or_default().to_owned();
        Some(Question { module: said(&LOOKUP_MODULE), field: said(&LOOKUP_FIELD) })
    }

    /// The request for some fragments.
    fn request(&self, dialect: &Dialect, fragments: &[&[u8]]) -> Request {
        let (mut body, closing) = self.envelope(dialect);
        if let (Takes::One, [fragment]) = (self.takes(dialect), fragments) {
            // The fragment's keys follow those of the envelope in one object.
            body.push(b',');
            body.extend_from_slice(fragment.get(1..).unwrap_or_default());
        } else {
            body.reserve(fragments.iter().map(|fragment| fragment.len() + 1).sum::<usize>() + closing.len());
            for (nth, fragment) in fragments.iter().enumerate() {
                if nth > 0 {
                    body.push(b',');
                }
                body.extend_from_slice(fragment);
            }
        }
        body.extend_from_slice(closing);
        let path = dialect.path.clone().map_or(self.path(dialect).into(), Into::into);
        Request { method: dialect.method(), path, body: Body::Json(body) }
    }

    /// Bytes that a body takes besides its fragments and one byte between each two of them.
    fn envelope_bytes(&self, dialect: &Dialect) -> usize {
        let (opening, closing) = self.envelope(dialect);
        opening.len() + closing.len()
    }
}

/// Every target.
pub fn all() -> &'static [&'static dyn Target] {
    &[
        &collections::Collections,
        &Obligations::Insert,
        &Obligations::Update,
        &managements::Managements,
        &cases::Cases,
        &activities::Activities,
        &custom::Custom,
    ]
}

/// The target of a name.
pub fn by_name(name: &str) -> Option<&'static dyn Target> {
    all().iter().copied().find(|target| target.name() == name)
}
