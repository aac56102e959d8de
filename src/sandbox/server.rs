//! Connections and requests: the only part of the sandbox that waits.
//!
//! hyper is driven by an accept loop of our own, because some faults need what a web framework hides: a connection
//! that ends without a status line. Each request is numbered when its head arrives, before anything else can fail,
//! and has one line in `requests.ndjson` once its end is decided. Nothing here knows an endpoint.

use std::io::Read as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::answer::Body;
use super::endpoints::{self, Call, Crm, Front, Size};
use super::faults::{Fault, LONGEST_WAIT, Shape, What, Work};
use super::journal::Journal;
use super::play::{Ending, play};
use super::query;
use super::request_line::RequestLine;
use super::{cases, collections};

/// How much of a body over the limit is read and thrown away. A client that writes all before it reads would
/// otherwise meet a closed connection and never see the refusal.
const THROWN_AWAY: usize = 64 * 1024 * 1024;

/// The pause after a connection could not be accepted, so that a lack of file descriptors does not spin the loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What all connections share.
pub(super) struct Shared {
    pub(super) token: Option<String>,
    pub(super) faults: Vec<Fault>,
    pub(super) seed: u64,
    pub(super) max_body_bytes: usize,
    pub(super) crm: Mutex<Crm>,
    pub(super) lines: Mutex<Journal>,
    pub(super) arrivals: AtomicU64,
    pub(super) started: Instant,
}

/// The request ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox was asked to drop the connection")]
struct Dropped;

/// A body as far as it was kept.
struct Received {
    kept: Vec<u8>,
    bytes: usize,
    size: Size,
}

/// Accepts connections until `stopping` changes, then lets those that are open finish what they began.
pub(super) async fn accept(listener: TcpListener, shared: Arc<Shared>, mut stopping: watch::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, Arc::clone(&shared), stopping.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "the sandbox could not accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
            _ = stopping.changed() => break,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Serves one connection to its end.
async fn serve(stream: TcpStream, shared: Arc<Shared>, mut stopping: watch::Receiver<()>) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "an answer may be held back for some milliseconds");
    }
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { respond(&shared, request).await }
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let served = tokio::select! {
        served = &mut connection => served,
        _ = stopping.changed() => {
            std::pin::Pin::new(&mut connection).graceful_shutdown();
            (&mut connection).await
        }
    };
    let Err(error) = served else { return };
    tracing::debug!(%error, "a connection ended early");
    if error.is_user() {
        reset(&connection.into_parts().io.into_inner());
    }
}

/// Has the connection reset when it is dropped, instead of closed in good order: the client must not take the end
/// for an answer without a body.
fn reset(stream: &TcpStream) {
    if let Err(error) = stream.set_zero_linger() {
        tracing::debug!(%error, "a connection is closed where it should be reset");
    }
}

/// Answers one request, or drops it.
async fn respond(shared: &Shared, request: Request<Incoming>) -> Result<Response<Body>, Dropped> {
    let n = shared.arrivals.fetch_add(1, Ordering::Relaxed) + 1;
    let at = shared.started.elapsed();
    let (head, body) = request.into_parts();
    let fault = shared.due(n, head.uri.path());
    let mut line = RequestLine::new(n, at, &head, fault);
    let what = fault.map(Fault::what);
    if what == Some(&What::Reset(Work::Undone)) {
        shared.log(&line);
        return Err(Dropped);
    }
    let received = match receive(body, shared.max_body_bytes).await {
        Ok(received) => received,
        Err(error) => {
            tracing::debug!(n, %error, "a client left before its request was whole");
            shared.log(&line);
            return Err(Dropped);
        }
    };
    let received = unpacked(received, head.headers.get(CONTENT_ENCODING), shared.max_body_bytes);
    let ending = shared.decide(&head, &received, &mut line, what);
    line.status = ending.status();
    shared.log(&line);
    match ending {
        Ending::Answer(answer) => Ok(answer.into_response()),
        Ending::Late(wait, answer) => {
            tokio::time::sleep(wait).await;
            Ok(answer.into_response())
        }
        Ending::Silence => {
            tokio::time::sleep(LONGEST_WAIT).await;
            Err(Dropped)
        }
        Ending::Reset => Err(Dropped),
    }
}

/// Reads a body whole. What goes over the limit is counted and thrown away.
async fn receive(mut body: Incoming, limit: usize) -> Result<Received, hyper::Error> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(limit);
    let mut received =
        Received { kept: Vec::with_capacity(announced.min(limit)), bytes: 0, size: Size::Within };
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        received.bytes += data.len();
        if received.bytes > limit {
            received.size = Size::Over;
            received.kept = Vec::new();
        } else {
            received.kept.extend_from_slice(&data);
        }
        if received.bytes > limit.saturating_add(THROWN_AWAY) {
            break;
        }
    }
    Ok(received)
}

/// A body as it was before it was compressed; what is no gzip is taken as it came, and no JSON. No more than the limit
/// is unpacked.
fn unpacked(received: Received, encoding: Option<&HeaderValue>, limit: usize) -> Received {
    if encoding.is_none_or(|encoding| encoding != "gzip") || received.size == Size::Over {
        return received;
    }
    let mut text = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    match GzDecoder::new(received.kept.as_slice()).take(most).read_to_end(&mut text) {
        Ok(bytes) if bytes > limit => Received { kept: Vec::new(), size: Size::Over, ..received },
        Ok(_) => Received { kept: text, ..received },
        Err(_) => received,
    }
}

impl Shared {
    /// The first fault in the order given that is due in request `n`. A fault in the form of an answer to a load is
    /// due only in a load, one of its list of records only in a bulk load, and one in the form of an answer to a search
    /// only there, so that other calls do not pretend to have played it.
    fn due(&self, n: u64, path: &str) -> Option<&Fault> {
        let may_play = |what: &What| match what {
            What::Shape(shape) if shape.is_of_search() => path == query::ENDPOINT.path,
            What::Shape(Shape::Reject | Shape::RejectAll) => endpoints::writes(path),
            What::Shape(_) => path == collections::ENDPOINT.path,
            _ => true,
        };
        self.faults.iter().find(|fault| may_play(fault.what()) && fault.is_due(n, self.seed))
    }

    /// How a request ends, the CRM's work done where it is to be done.
    fn decide(
        &self,
        head: &Parts,
        received: &Received,
        line: &mut RequestLine,
        what: Option<&What>,
    ) -> Ending {
        let json: Option<Value> = serde_json::from_slice(&received.kept).ok();
        line.bytes = received.bytes;
        let kind = head.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        line.keys = collections::keys(json.as_ref());
        if line.keys.is_empty() {
            line.keys = cases::keys(kind, &received.kept);
        }
        line.records = line.keys.len();
        let front = Front {
            method: &head.method,
            path: head.uri.path(),
            token: head.headers.get("wolkvox-token").map(HeaderValue::as_bytes),
            good_token: self.token.as_deref(),
            size: received.size,
        };
        play(what, |shape| {
            let mut crm = self.crm.lock().expect("no call panics while it holds the CRM");
            let mut call = Call {
                n: line.n,
                elapsed: self.started.elapsed(),
                query: head.uri.query().unwrap_or_default(),
                kind,
                body: &received.kept,
                json,
                shape,
            };
            endpoints::answer(&front, &mut call, &mut crm)
        })
    }

    /// Writes the line of a request. A failure is told and not more: the answer is what the client came for.
    fn log(&self, line: &RequestLine) {
        tracing::debug!(
            n = line.n,
            path = line.path,
            status = line.status,
            records = line.records,
            "request"
        );
        let mut lines = self.lines.lock().expect("no call panics while it writes a line");
        if let Err(error) = lines.append(line) {
            tracing::error!(%error, "the sandbox cannot write its log of requests");
        }
    }
}
