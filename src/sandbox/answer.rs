//! An answer of the sandbox before it becomes bytes, and the envelope most answers wear.
//!
//! Kept apart from HTTP so that an endpoint can be read, and tested, without a connection. Nothing here decides
//! what to answer.

use std::convert::Infallible;

use futures::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Bytes, Frame};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

/// The body of every response of the sandbox.
pub(super) type Body = BoxBody<Bytes, Infallible>;

/// One block of the endless body, and how many follow each other: 1 GiB in all.
const BLOCK: usize = 64 * 1024;
const BLOCKS: usize = 16 * 1024;

/// What is answered to one request.
pub(super) struct Answer {
    status: StatusCode,
    kind: &'static str,
    header: Option<(HeaderName, HeaderValue)>,
    content: Content,
}

enum Content {
    Whole(Vec<u8>),
    Endless,
}

/// The envelope of every endpoint but the bulk load, in the documented order of its keys.
#[derive(Serialize)]
struct Envelope<'a> {
    code: Value,
    error: &'a str,
    msg: &'a str,
    data: Value,
}

impl Answer {
    fn new(kind: &'static str, content: Content) -> Self {
        Self { status: StatusCode::OK, kind, header: None, content }
    }

    /// HTTP 200 with this body, said to be JSON.
    pub(super) fn json(body: Vec<u8>) -> Self {
        Self::new("application/json", Content::Whole(body))
    }

    /// HTTP 200 with the envelope of a success.
    pub(super) fn success(msg: &str, data: Value) -> Self {
        // The documents print the text "null" where no error is.
        Self::envelope(&Envelope { code: json!("200"), error: "null", msg, data })
    }

    /// HTTP 200 with the envelope of a record that was written; its code is a number.
    pub(super) fn written(data: Value) -> Self {
        Self::envelope(&Envelope { code: json!(200), error: "null", msg: "Succesfully create record", data })
    }

    /// This status and the envelope of an error with the same code.
    pub(super) fn refusal(status: StatusCode, msg: &str) -> Self {
        Self { status, ..Self::code(status, msg) }
    }

    /// HTTP 200 and the envelope of an error with this code.
    pub(super) fn code(code: StatusCode, msg: &str) -> Self {
        let name = code.canonical_reason().unwrap_or("Error").to_ascii_uppercase();
        Self::envelope(&Envelope {
            code: json!(code.as_u16().to_string()),
            error: &name,
            msg,
            data: Value::Null,
        })
    }

    fn envelope(envelope: &Envelope<'_>) -> Self {
        Self::json(serde_json::to_vec(envelope).expect("an envelope holds only text and JSON"))
    }

    /// HTTP 200 with a page for people.
    pub(super) fn html(page: &str) -> Self {
        Self::new("text/html; charset=utf-8", Content::Whole(page.as_bytes().to_vec()))
    }

    /// HTTP 200 with a JSON text that goes on for 1 GiB.
    pub(super) fn endless() -> Self {
        Self::new("application/json", Content::Endless)
    }

    /// The same answer with one more header.
    pub(super) fn with_header(self, name: HeaderName, value: HeaderValue) -> Self {
        Self { header: Some((name, value)), ..self }
    }

    /// The same answer without its body.
    pub(super) fn emptied(self) -> Self {
        Self { content: Content::Whole(Vec::new()), ..self }
    }

    /// The same answer, cut in the middle of its body. The length announced is that of the half, so that only
    /// reading the JSON shows the damage.
    pub(super) fn halved(mut self) -> Self {
        if let Content::Whole(body) = &mut self.content {
            body.truncate(body.len() / 2);
        }
        self
    }

    /// The HTTP status.
    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// The whole body; empty where it is endless.
    #[cfg(test)]
    pub(super) fn body(&self) -> &[u8] {
        match &self.content {
            Content::Whole(body) => body,
            Content::Endless => &[],
        }
    }

    /// The answer as HTTP.
    pub(super) fn into_response(self) -> Response<Body> {
        let body = match self.content {
            Content::Whole(body) => Full::new(Bytes::from(body)).boxed(),
            Content::Endless => endless_body(),
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(self.kind));
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

/// The start of a JSON object, then one text value that goes on and on, so that a reader of JSON is not saved by
/// an early syntax error. Made block by block, as the client takes it.
fn endless_body() -> Body {
    let opening = Bytes::from_static(b"{\"code\":\"200\",\"success\":true,\"msg\":\"");
    let block = Bytes::from(vec![b'x'; BLOCK]);
    let blocks = std::iter::once(opening).chain(std::iter::repeat_n(block, BLOCKS));
    StreamBody::new(stream::iter(blocks.map(|block| Ok(Frame::data(block))))).boxed()
}
