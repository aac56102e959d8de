//! What a command needs of the machine before it begins: files that it may open, and threads that it may start.
//!
//! A machine that gives too little is refused here, in words, and nothing was begun; later the same lack would come in
//! the middle of something. Nothing here looks at the disk or the network.

use tokio::runtime::{Builder, Runtime};
use tokio::task::block_in_place;

use crate::lang::Code;
use crate::platform;
use crate::problem::{Failure, Result};

/// Files and connections without which a command is not begun. A load with four connections, its ledger, its locks and
/// its report has some twenty open.
const FILES_LEAST: u64 = 64;
/// Files and connections that are asked for: what most systems give, and enough for many connections.
const FILES_WANTED: u64 = 1024;
/// Threads at work on requests and answers.
const WORKERS: usize = 2;
/// Threads that a command has at the same time: the workers, the ledger's, those that read the source, and those that
/// wait for files and names.
const THREADS: usize = 8;

/// The runtime of a command.
///
/// # Errors
/// `too-few-files`, `too-few-threads`.
pub(super) fn runtime() -> Result<Runtime> {
    let files = platform::allow_open_files(FILES_WANTED);
    if files < FILES_LEAST {
        return Err(Failure::new(Code::TooFewFiles).with("value", files).with("expected", FILES_LEAST));
    }
    // Tokio would panic, or wait for a thread that never starts.
    let no_threads =
        |error| Failure::new(Code::TooFewThreads).with("expected", THREADS).with("reason", error);
    platform::try_threads(THREADS).map_err(no_threads)?;
    let runtime = Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
    runtime.map_err(|error| Failure::new(Code::Internal).with("reason", error))
}

/// Does a piece of a command's work to its end with a runtime that lives in this thread alone.
///
/// Sending is mostly waiting, in many small steps: where each of them may wake another thread, waking costs as much as the
/// steps.
///
/// # Errors
/// `internal` when there is no such runtime, and what the work fails with.
pub(super) fn in_one_thread<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(Code::Internal).with("reason", error))?;
    let done = block_in_place(|| runtime.block_on(work));
    // A thread that still waits, for a name or for another process's lock, must not keep this one from going on.
    runtime.shutdown_background();
    done
}
