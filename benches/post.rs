//! The bare HTTP loop: it posts bodies that are ready, and knows nothing of what they are.
//!
//! So many connections, one request after the other on each; the bodies are read as they are needed, and every answer
//! is read to its end and thrown away.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::Outcome;

/// Bodies that wait, a line each.
type Bodies = Arc<Mutex<BufReader<File>>>;

/// Posts every line of a file to an address, so many at once.
///
/// # Errors
/// When the file cannot be read, or a request is not answered with 200.
pub fn all(address: &str, bodies: &Path, concurrency: usize) -> Outcome<()> {
    let bodies = Arc::new(Mutex::new(BufReader::with_capacity(1 << 20, File::open(bodies)?)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut posting = JoinSet::new();
        for _ in 0..concurrency {
            posting.spawn(post(address.to_owned(), Arc::clone(&bodies)));
        }
        while let Some(posted) = posting.join_next().await {
            posted??;
        }
        Ok(())
    })
}

async fn post(address: String, bodies: Bodies) -> Outcome<()> {
    let stream = TcpStream::connect(&address).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let mut connections = JoinSet::new();
    connections.spawn(connection);
    while let Some(body) = next(&bodies)? {
        sender.ready().await?;
        let request = Request::post("/").header("host", &address).header("content-type", "application/json");
        let answer = sender.send_request(request.body(Full::new(body))?).await?;
        if !answer.status().is_success() {
            return Err(answer.status().to_string().into());
        }
        answer.into_body().collect().await?;
    }
    Ok(())
}

fn next(bodies: &Bodies) -> Outcome<Option<Bytes>> {
    let mut body = Vec::with_capacity(1 << 20);
    bodies.lock().unwrap_or_else(PoisonError::into_inner).read_until(b'\n', &mut body)?;
    Ok((!body.is_empty()).then(|| Bytes::from(body)))
}
