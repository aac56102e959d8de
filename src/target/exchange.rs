//! What goes to the CRM and what comes back, as data. The exchange itself is made in [`crate::upload::wire`].

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use crate::attachment::Attachment;

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
    /// A form of parts (`multipart/form-data`), in order.
    Multipart(Vec<Part>),
}

/// A part of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub content: Content,
}

/// What a part holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A text.
    Text(String),
    /// A file, which is read when it is sent.
    File(Attachment),
}

impl Part {
    /// The size of what it holds.
    fn bytes(&self) -> usize {
        match &self.content {
            Content::Text(text) => text.len(),
            Content::File(file) => usize::try_from(file.bytes).unwrap_or(usize::MAX),
        }
    }

    /// A part that is a text.
    pub fn text(name: &str, text: String) -> Part {
        Part { name: name.to_owned(), content: Content::Text(text) }
    }
}

impl Body {
    /// How many bytes it has.
    pub fn bytes(&self) -> usize {
        match self {
            Body::Json(text) => text.len(),
            Body::Multipart(parts) => parts.iter().map(Part::bytes).sum(),
        }
    }

    /// What is shown of it: its JSON, or an object of its parts, files by their names and sizes.
    pub fn shown(self) -> Vec<u8> {
        let parts = match self {
            Body::Json(text) => return text,
            Body::Multipart(parts) => parts,
        };
        let mut shown = Map::new();
        for part in parts {
            match part.content {
                Content::Text(text) => {
                    shown.insert(part.name, Value::String(text));
                }
                Content::File(file) => {
                    let files = shown.entry(part.name).or_insert_with(|| Value::Array(Vec::new()));
                    if let Value::Array(files) = files {
                        files.push(json!({ "name": file.name, "bytes": file.bytes }));
                    }
                }
            }
        }
        serde_json::to_vec(&shown).expect("texts and numbers can always be written as JSON")
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
    /// A file that goes with the record is not what was planned; the request did not arrive whole.
    Attachment,
    /// This machine lets no further file or connection be opened; no byte left.
    NoFiles,
    /// There was no connection yet: name, address, proxy, TLS.
    Connecting,
    /// The time was up; the request may have arrived.
    Deadline,
    /// The connection broke; the request may have arrived.
    Exchange,
    /// The answer did not want to end.
    Endless,
}
