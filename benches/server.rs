//! A server of the benchmarks: it takes every body, waits, and says that all of it was accepted.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::Outcome;

/// A server on loopback, in a thread of this process; it ends with the process.
pub struct Server {
    arrivals: Arc<Mutex<Vec<Instant>>>,
}

impl Server {
    /// Listens on an address of loopback; each answer comes after so long.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub fn start(address: &str, latency: Duration) -> Outcome<Server> {
        let address: SocketAddr = address.parse()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind(address))?;
        let arrivals = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&arrivals);
        std::thread::spawn(move || runtime.block_on(serve(&listener, latency, &noted)));
        Ok(Server { arrivals })
    }

    /// Forgets what arrived.
    pub fn forget(&self) {
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// When each request arrived, in their order.
    pub fn arrivals(&self) -> Vec<Instant> {
        let mut all = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner).clone();
        all.sort_unstable();
        all
    }
}

async fn serve(listener: &TcpListener, latency: Duration, arrivals: &Arc<Mutex<Vec<Instant>>>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        stream.set_nodelay(true).ok();
        let arrivals = Arc::clone(arrivals);
        connections.spawn(async move {
            let service = service_fn(|request| {
                arrivals.lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now());
                answer(request, latency)
            });
            // A client that goes away is no concern of the server.
            hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await
                .ok();
        });
    }
}

async fn answer(request: Request<Incoming>, latency: Duration) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut body = request.into_body();
    let mut records = 0;
    let mut before = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        if let Some(piece) = frame.data_ref() {
            records += count(&mut before, piece);
        }
    }
    if latency > Duration::ZERO {
        tokio::time::sleep(latency).await;
    }
    let summary = format!(
        "{{\"code\":\"200\",\"error\":null,\"msg\":\"ok\",\"success\":true,\"summary\":{{\"total_records_received\":\
         {records},\"successful_inserts\":{records},\"failed_count\":0,\"total_processed\":{records},\
         \"failed_Sumary\":[]}}}}"
    );
    Ok(Response::new(Full::new(Bytes::from(summary))))
}

/// What stands once in each record.
const MARK: &[u8] = b"\"Identification\":";

/// The records whose mark ends in a piece of a body; `before` holds the bytes before it, as many as a mark may have there.
fn count(before: &mut Vec<u8>, piece: &[u8]) -> usize {
    let most = MARK.len() - 1;
    let marks = |bytes: &[u8]| memchr::memmem::find_iter(bytes, MARK).count();
    before.extend_from_slice(&piece[..piece.len().min(most)]);
    let found = marks(before) + marks(piece);
    if piece.len() > most {
        before.clear();
        before.extend_from_slice(&piece[piece.len() - most..]);
    } else {
        before.drain(..before.len().saturating_sub(most));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_counted_wherever_a_body_is_cut() {
        let body = b"{\"Identification\":\"1\"},{\"Identification\":\"2\"}";
        for size in 1..=body.len() {
            let mut before = Vec::new();
            let found: usize = body.chunks(size).map(|piece| count(&mut before, piece)).sum();
            assert_eq!(found, 2, "in pieces of {size}");
        }
    }
}
