//! What goes to the CRM and what comes back, as data. The exchange itself is made in [`crate::upload::wire`].

use std::borrow::Cow;

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
