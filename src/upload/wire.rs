//! The one place of HTTP: a request leaves, and what comes back is named truthfully.
//!
//! It tells what surely never left from what may have arrived; a status is only ever one that was received. No
//! redirect is followed with the token, the answer's length is bounded, and the whole exchange has one
//! deadline. It knows nothing of chunks, verdicts beyond its own failures, or the ledger.

use std::error::Error as _;
use std::time::Duration;

use futures::StreamExt as _;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use crate::lang::Code;
use crate::problem::{Failure, Result};
use crate::secret::{ServerUrl, Token};
use crate::target::{Answer, Body, Request, Verdict};

/// Longest answer that is read; the rest is not waited for.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Longest wait for a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(20);
/// Idle connections are dropped sooner than servers usually drop them, so that a request does not meet a
/// connection that is just being closed.
const IDLE_AT_MOST: Duration = Duration::from_secs(4);

/// What became of a request.
#[derive(Debug)]
pub enum Reply {
    /// The server answered.
    Answer(Answer),
    /// It did not; the verdict says whether it may have received the request.
    Failed(Verdict),
}

/// A connection to one server with one token.
pub struct Wire {
    client: reqwest::Client,
    server: ServerUrl,
    token: HeaderValue,
}

impl Wire {
    /// Prepares the connection; nothing is sent.
    ///
    /// # Errors
    /// `no-token` when the token cannot be a header's value, `internal` when TLS cannot be set up.
    pub fn new(server: ServerUrl, token: &Token, timeout: Duration) -> Result<Wire> {
        // Another part of the process may have chosen it already; it is the same one.
        rustls::crypto::ring::default_provider().install_default().ok();
        let mut token =
            HeaderValue::from_str(token.expose()).map_err(|_error| Failure::new(Code::NoToken))?;
        token.set_sensitive(true);
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(timeout)
            .connect_timeout(timeout.min(CONNECT_WITHIN))
            .pool_idle_timeout(IDLE_AT_MOST)
            .user_agent(concat!("cartera/", env!("CARGO_PKG_VERSION")))
            .http1_only();
        if server.join("").starts_with("http://") {
            // Plain http is loopback only; no proxy has any business there.
            builder = builder.no_proxy();
        }
        let client = builder
            .build()
            .map_err(|error| Failure::new(Code::Internal).with("reason", error.without_url()))?;
        Ok(Wire { client, server, token })
    }

    /// Sends a request and reads its answer, within the one deadline.
    pub async fn send(&self, request: Request) -> Reply {
        let method = request.method.parse().unwrap_or(reqwest::Method::POST);
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static("wolkvox-token"), self.token.clone());
        let mut building = self.client.request(method, self.server.join(&request.path));
        let Body::Json(body) = request.body;
        if !body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            building = building.body(body);
        }
        match building.headers(headers).send().await {
            Ok(response) => read(response).await,
            Err(error) => Reply::Failed(failed(&error)),
        }
    }
}

async fn read(response: reqwest::Response) -> Reply {
    let header =
        |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut answer = Answer {
        status: response.status().as_u16(),
        retry_after: header("retry-after"),
        date: header("date").or_else(|| jiff::fmt::rfc2822::to_string(&jiff::Zoned::now()).ok()),
        body: Vec::new(),
    };
    let mut stream = response.bytes_stream();
    while let Some(piece) = stream.next().await {
        match piece {
            Ok(bytes) if answer.body.len() + bytes.len() > ANSWER_BYTES_MAX => {
                let detail = format!("> {ANSWER_BYTES_MAX} bytes");
                return Reply::Failed(Verdict::Unknown(Code::UnreadableAnswer, detail));
            }
            Ok(bytes) => answer.body.extend_from_slice(&bytes),
            Err(error) => return Reply::Failed(unanswered(&error)),
        }
    }
    Reply::Answer(answer)
}

/// Why no answer came: before a byte left, or after.
fn failed(error: &reqwest::Error) -> Verdict {
    let reason = causes(error);
    if !error.is_connect() && !error.is_builder() {
        return unanswered(error);
    }
    // A certificate that is not good does not become good by waiting.
    if reason.contains("certificate") || error.is_builder() {
        return Verdict::EndpointRefused(reason);
    }
    Verdict::NotSent(reason)
}

fn unanswered(error: &reqwest::Error) -> Verdict {
    let code = if error.is_timeout() { Code::NoAnswer } else { Code::ConnectionLost };
    Verdict::Unknown(code, causes(error))
}

/// The innermost causes in words; never the address, which is in the settings, nor a header.
fn causes(error: &reqwest::Error) -> String {
    let mut words = Vec::new();
    let mut cause = error.source();
    while let Some(inner) = cause {
        words.push(inner.to_string());
        cause = inner.source();
    }
    if error.is_timeout() {
        words.push("timeout".to_owned());
    }
    words.dedup();
    words.join(": ")
}
