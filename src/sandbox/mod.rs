//! The local stand-in of the CRM: rehearse a load without touching production.
//!
//! A [`Sandbox`] answers on loopback as the documents describe the CRM: it keeps what it accepts, refuses what the
//! documents forbid, and fails on request in the ways a network and a server do ([`Fault`]). People use it to see what
//! a load would do before it is done; the tests use it as the server.
//!
//! Where the documents are silent it takes the plainest reading and says so in the file concerned. That a load passes
//! here is therefore no promise about the CRM. It never listens beyond loopback, never calls out, and never touches a
//! folder but its own.
//!
//! In its folder:
//!
//! - `store.ndjson`: the accepted records, a line for each call that wrote some (`store`);
//! - `requests.ndjson`: every request that arrived, a [`RequestLine`] each;
//! - `format`: the version of the two others, and the lock that keeps a second sandbox out.
//!
//! In reading order: `server` takes a request, `play` decides whether a fault ends it, `endpoints` judges address and
//! token, and a file for each group of endpoints answers. A further endpoint is a further file beside them.

mod answer;
mod cases;
mod checks;
mod collections;
mod custom;
mod endpoints;
mod faults;
mod grammar;
mod journal;
mod managements;
mod multipart;
mod obligations;
mod play;
mod query;
mod request_line;
mod server;
mod store;
mod summary;
#[cfg(test)]
mod tests;
mod token;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use faults::{Fault, FaultError};
pub use request_line::RequestLine;

use endpoints::Crm;
use journal::Journal;
use server::Shared;
use store::Store;
use token::Quota;

/// How long [`Sandbox::stop`] lets open requests finish.
const STOP_WITHIN: Duration = Duration::from_secs(2);

/// How a sandbox is to behave.
pub struct SandboxConfig {
    /// Where to listen: an address of loopback. Port 0 takes a free port.
    pub listen: SocketAddr,
    /// The folder of the store, created if it is not there.
    pub store: PathBuf,
    /// The only token that is good; where none is set, any that is not blank.
    pub token: Option<String>,
    /// What goes wrong, and when. Of several that are due in one request, the first is played.
    pub faults: Vec<Fault>,
    /// What chance depends on: the same seed strikes the same requests.
    pub seed: u64,
    /// The calls that a token has in 24 hours.
    pub daily_limit: u64,
    /// The largest body taken.
    pub max_body_bytes: usize,
}

impl SandboxConfig {
    /// A sandbox without faults on a free port of 127.0.0.1, which takes any token. The daily limit is the figure
    /// the documents give as an example; the largest body is ours, because they give none.
    pub fn new(store: PathBuf) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            store,
            token: None,
            faults: Vec::new(),
            seed: 0,
            daily_limit: 4_800,
            max_body_bytes: 8 * 1024 * 1024,
        }
    }
}

/// Why a sandbox could not start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The address can be reached from other machines.
    #[error("the sandbox listens only on this machine (127.0.0.1 or ::1), not on {address}")]
    NotLoopback {
        /// The address asked for.
        address: SocketAddr,
    },
    /// Another program listens there.
    #[error("another program already listens on {address}; choose another port, or 0 for a free one")]
    AddressInUse {
        /// The address asked for.
        address: SocketAddr,
    },
    /// The system does not let us listen there.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The folder or a file in it cannot be made, read or written.
    #[error("the store of the sandbox cannot be used: {}", path.display())]
    Store {
        /// The folder or the file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another sandbox uses the folder.
    #[error("another sandbox is running on this store: {}", path.display())]
    StoreInUse {
        /// The folder.
        path: PathBuf,
    },
    /// The folder was written by a later version.
    #[error(
        "the store in {} has format “{found}”, which this version does not know; use the version that wrote it, or \
         another folder",
        path.display()
    )]
    StoreFormat {
        /// The folder.
        path: PathBuf,
        /// The format found there.
        found: String,
    },
    /// A line that is not the last one cannot be read, so it was changed by someone else.
    #[error("line {line} of {} cannot be read beyond column {column}; restore the file, or use another folder", path.display())]
    StoreDamaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column in it, from 1.
        column: usize,
    },
}

/// A running sandbox. It ends with [`stop`](Self::stop), or at once when it is dropped.
pub struct Sandbox {
    address: SocketAddr,
    shared: Arc<Shared>,
    stopping: watch::Sender<()>,
    tasks: JoinSet<()>,
}

impl Sandbox {
    /// Opens the store and begins to listen.
    pub async fn start(config: SandboxConfig) -> Result<Self, SandboxError> {
        let address = config.listen;
        // An IPv4 address in the dress of IPv6 is judged as the IPv4 address it is.
        if !address.ip().to_canonical().is_loopback() {
            return Err(SandboxError::NotLoopback { address });
        }
        let store = Store::open(&config.store)?;
        let lines = open_lines(&config.store)?;
        let listen = |source: io::Error| match source.kind() {
            io::ErrorKind::AddrInUse => SandboxError::AddressInUse { address },
            _ => SandboxError::Listen { address, source },
        };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let shared = Arc::new(Shared {
            token: config.token,
            faults: config.faults,
            seed: config.seed,
            max_body_bytes: config.max_body_bytes,
            crm: Mutex::new(Crm { store, quota: Quota::new(config.daily_limit) }),
            lines: Mutex::new(lines),
            arrivals: AtomicU64::new(0),
            started: Instant::now(),
        });
        let (stopping, stopped) = watch::channel(());
        let mut tasks = JoinSet::new();
        tasks.spawn(server::accept(listener, Arc::clone(&shared), stopped));
        Ok(Self { address, shared, stopping, tasks })
    }

    /// Where it listens, with the port it was given.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many requests have arrived since it began.
    pub fn requests(&self) -> u64 {
        self.shared.arrivals.load(Ordering::Relaxed)
    }

    /// Takes no more connections, gives open requests two seconds to finish, and lets go of the store.
    pub async fn stop(mut self) {
        self.stopping.send_replace(());
        if tokio::time::timeout(STOP_WITHIN, self.tasks.join_next()).await.is_err() {
            tracing::debug!("the sandbox ends with requests still open");
        }
        self.tasks.shutdown().await;
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The token and the records stay out of it.
        out.debug_struct("Sandbox").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Opens the log of requests at its end; what earlier sandboxes logged is left as it is.
fn open_lines(folder: &Path) -> Result<Journal, SandboxError> {
    let path = folder.join("requests.ndjson");
    Journal::open(&path, |_, _| Ok::<(), io::Error>(()))
        .map_err(|source| SandboxError::Store { path, source })
}
