//! The one place of HTTP: a request leaves, and what comes back is named truthfully.
//!
//! It tells where an exchange broke off, and a status is only ever one that was received. No redirect is followed
//! with the token, the answer's length is bounded, and the whole exchange has one deadline. It knows nothing of
//! chunks, verdicts or the ledger.

use std::error::Error as _;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use futures::StreamExt as _;
use reqwest::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use crate::attachment::CHANGED;
use crate::lang::Code;
use crate::platform;
use crate::problem::{Failure, Result};
use crate::secret::{HookUrl, ServerUrl, Token};
use crate::target::{Answer, Body, Reply, Request, Stage};

use super::form::Form;

/// Longest answer that is read: some hundred bytes for each of thousands of rejected records. What announces more
/// is not read at all, and of what does not say its length no more than this.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// Longest wait for a connection, and never more than half of the deadline: who has no connection by then has surely sent
/// nothing, which the deadline alone could not tell.
const CONNECT_WITHIN: Duration = Duration::from_secs(20);
/// Idle connections are dropped sooner than servers usually drop them, so that a request does not meet a
/// connection that is just being closed.
const IDLE_AT_MOST: Duration = Duration::from_secs(4);

/// A connection to one server with one token.
pub struct Wire {
    client: reqwest::Client,
    server: ServerUrl,
    token: HeaderValue,
    gzip: bool,
}

impl Wire {
    /// Prepares the connection; nothing is sent.
    ///
    /// # Errors
    /// `no-token` when the token cannot be a header's value, `internal` when TLS cannot be set up.
    pub fn new(server: ServerUrl, token: &Token, timeout: Duration, gzip: bool) -> Result<Wire> {
        let mut token =
            HeaderValue::from_str(token.expose()).map_err(|_error| Failure::new(Code::NoToken))?;
        token.set_sensitive(true);
        let client = client(timeout, server.join("").starts_with("http://"))?;
        Ok(Wire { client, server, token, gzip })
    }

    /// Sends a request and reads its answer, within the one deadline.
    pub async fn send(&self, request: Request) -> Reply {
        let method = request.method.parse().unwrap_or(reqwest::Method::POST);
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static("wolkvox-token"), self.token.clone());
        let mut building = self.client.request(method, self.server.join(&request.path));
        let changed = Arc::new(AtomicBool::new(false));
        match request.body {
            Body::Json(body) if body.is_empty() => {}
            Body::Json(body) => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                let body = if self.gzip {
                    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                    gzipped(&body)
                } else {
                    body
                };
                building = building.body(body);
            }
            Body::Multipart(parts) => {
                let form = match Form::open(parts).await {
                    Ok(form) => form,
                    Err((stage, reason)) => return Reply::Broken(stage, reason),
                };
                let kind = HeaderValue::from_str(&form.kind()).expect("a boundary is letters and digits");
                headers.insert(CONTENT_TYPE, kind);
                headers.insert(CONTENT_LENGTH, form.bytes().into());
                building = building.body(reqwest::Body::wrap_stream(form.into_stream(Arc::clone(&changed))));
            }
        }
        match building.headers(headers).send().await {
            Ok(response) => read(response).await,
            // Less arrived than was announced, so nobody can have taken it for a whole request.
            Err(_) if changed.load(Ordering::Relaxed) => Reply::Broken(Stage::Attachment, CHANGED.to_owned()),
            Err(error) => failed(&error),
        }
    }
}

/// A client that follows no redirect and whose every exchange has an end.
fn client(timeout: Duration, is_plain: bool) -> Result<reqwest::Client> {
    // Another part of the process may have chosen it already; it is the same one.
    rustls::crypto::ring::default_provider().install_default().ok();
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(timeout)
        .connect_timeout((timeout / 2).min(CONNECT_WITHIN))
        .pool_idle_timeout(IDLE_AT_MOST)
        .user_agent(concat!("cartera/", env!("CARGO_PKG_VERSION")))
        .http1_only();
    if is_plain {
        // Plain http is loopback only; no proxy has any business there, and no certificate, of which the system has many.
        builder = builder.no_proxy().tls_certs_only([]);
    }
    builder.build().map_err(|error| Failure::new(Code::Internal).with("reason", error.without_url()))
}

/// A place where messages for people are posted; it has nothing to do with the CRM, and never sees its token.
pub struct Hook {
    client: reqwest::Client,
    url: HookUrl,
}

impl Hook {
    /// Prepares the posting; nothing is sent.
    ///
    /// # Errors
    /// `internal` when TLS cannot be set up.
    pub fn new(url: HookUrl, timeout: Duration) -> Result<Hook> {
        let client = client(timeout, url.expose().starts_with("http://"))?;
        Ok(Hook { client, url })
    }

    /// Posts a JSON object under a name by which whoever gets it twice can tell.
    ///
    /// # Errors
    /// Why it was not taken: anything but an answer 2xx within the time. The address is not part of it.
    pub async fn post(&self, name: &str, json: String) -> Result<(), String> {
        let request = self.client.post(self.url.expose()).header(CONTENT_TYPE, "application/json");
        let answer = request.header("idempotency-key", name).body(json).send().await;
        let status = answer.map_err(|error| causes(&error))?.status();
        if status.is_success() { Ok(()) } else { Err(format!("HTTP {}", status.as_u16())) }
    }
}

fn gzipped(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let packed = encoder.write_all(body).and_then(|()| encoder.finish());
    packed.expect("memory can be compressed into memory")
}

async fn read(response: reqwest::Response) -> Reply {
    let header =
        |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut answer = Answer {
        status: response.status().as_u16(),
        retry_after: header("retry-after"),
        date: header("date").or_else(|| jiff::fmt::rfc2822::to_string(&jiff::Zoned::now()).ok()),
        location: header("location"),
        body: Vec::new(),
    };
    if response.content_length().is_some_and(|bytes| bytes > ANSWER_BYTES_MAX as u64) {
        return endless();
    }
    let mut stream = response.bytes_stream();
    while let Some(piece) = stream.next().await {
        match piece {
            Ok(bytes) if answer.body.len() + bytes.len() > ANSWER_BYTES_MAX => {
                return endless();
            }
            Ok(bytes) => answer.body.extend_from_slice(&bytes),
            Err(error) => return unanswered(&error),
        }
    }
    Reply::Answer(answer)
}

fn endless() -> Reply {
    Reply::Broken(Stage::Endless, format!("> {ANSWER_BYTES_MAX} bytes"))
}

/// Why no answer came: before a byte left, or after.
fn failed(error: &reqwest::Error) -> Reply {
    let stage = match error {
        error if error.is_builder() => Stage::Making,
        error if error.is_connect() && is_out_of_files(error) => Stage::NoFiles,
        error if error.is_connect() => Stage::Connecting,
        _ => return unanswered(error),
    };
    Reply::Broken(stage, causes(error))
}

/// Whether there is no connection because this machine opens no further one.
fn is_out_of_files(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if inner.downcast_ref().is_some_and(platform::is_out_of_files) {
            return true;
        }
        cause = inner.source();
    }
    platform::has_run_out_of_files()
}

fn unanswered(error: &reqwest::Error) -> Reply {
    let stage = if error.is_timeout() { Stage::Deadline } else { Stage::Exchange };
    Reply::Broken(stage, causes(error))
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
