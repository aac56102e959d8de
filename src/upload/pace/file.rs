//! What is kept of a pace, in a small file per server and token, shared by every process of the machine.
//!
//! The file is a line of JSON that is read and written again under the operating system's lock, which is held for
//! some microseconds and ends with the process that holds it. It is written in place and not synced: a process that is
//! killed loses nothing, a machine that loses its power loses some seconds, which the rule allows for.
//!
//! A run that is under way has a **seat**: a number, and a lock file of that number which it holds to its end. So a
//! run that was killed is known to be over at once, without a time-out and without asking for process ids.
//!
//! The name of the file is a keyed hash; neither the server nor the token can be read from it. Nothing here decides
//! when a request may leave.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::platform;

use super::rule::{Limits, State};

/// The most that is read; longer than any state.
const BYTES_MOST: u64 = 16 * 1024;
/// Runs of one server and token at the same time.
const SEATS_MOST: usize = 64;
/// The longest that another process may keep the file. It needs microseconds; one that was suspended in them would
/// otherwise suspend all others.
const LOCKED_AT_MOST: Duration = Duration::from_secs(10);

/// The machine's clock, in nanoseconds.
pub(super) type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// The file of a server and a token, and the seat of this run.
pub(super) struct Keeper {
    file: Arc<Mutex<File>>,
    /// The file's path without its ending, from which those of the seats are made.
    stem: PathBuf,
    seat: usize,
    /// Held to the end of the run.
    _seat_lock: File,
    clock: Clock,
}

impl Keeper {
    /// Opens the file of a name in a folder, and takes a seat.
    pub(super) async fn open(folder: &Path, name: &str, limits: Limits, clock: Clock) -> io::Result<Keeper> {
        platform::private_folder().create(folder)?;
        let stem = folder.join(name);
        let path = stem.with_extension("json");
        let mut options = platform::private_open_options();
        let file = options.create(true).truncate(false).read(true).write(true).open(path)?;
        let file = Arc::new(Mutex::new(file));
        let (seats, now) = (stem.clone(), Arc::clone(&clock));
        let sit = move |state: &mut State| {
            let (seat, lock) = free_seat(&seats)?;
            state.sit(seat, limits, now());
            Ok::<_, io::Error>((seat, lock))
        };
        let (seat, seat_lock) = with_lock(&file, sit).await??;
        // From here on the page is there, so that a machine that stops never leaves an empty file behind.
        file.lock().await.sync_all()?;
        Ok(Keeper { file, stem, seat, _seat_lock: seat_lock, clock })
    }

    /// The seat of this run.
    pub(super) fn seat(&self) -> usize {
        self.seat
    }

    /// The file, for messages.
    pub(super) fn path(&self) -> PathBuf {
        self.stem.with_extension("json")
    }

    /// The instant.
    pub(super) fn now(&self) -> u64 {
        (self.clock)()
    }

    /// Changes what is kept, as the only process that does. The instant is read when the lock is held.
    pub(super) async fn change<R: Send + 'static>(
        &self,
        change: impl FnOnce(&mut State, u64) -> R + Send + 'static,
    ) -> io::Result<R> {
        let (clock, stem, seat) = (Arc::clone(&self.clock), self.stem.clone(), self.seat);
        let whole = move |state: &mut State| {
            for other in state.stricter_seats(seat) {
                if is_free(&stem, other) {
                    state.free(other);
                }
            }
            change(state, clock())
        };
        with_lock(&self.file, whole).await
    }
}

fn seat_path(stem: &Path, seat: usize) -> PathBuf {
    stem.with_extension(format!("{seat}.lock"))
}

/// Takes the first seat that nobody holds.
fn free_seat(stem: &Path) -> io::Result<(usize, File)> {
    for seat in 0..SEATS_MOST {
        if let Some(lock) = platform::lock_file(&seat_path(stem, seat))? {
            return Ok((seat, lock));
        }
    }
    Err(io::Error::other(format!("{SEATS_MOST} × cartera")))
}

/// Whether the run of a seat is over; where the system does not tell, it is not.
fn is_free(stem: &Path, seat: usize) -> bool {
    platform::lock_file(&seat_path(stem, seat)).is_ok_and(|lock| lock.is_some())
}

/// Runs a change under the lock: at once where the lock is free, as almost always, and otherwise on a thread that
/// may be kept waiting.
async fn with_lock<R: Send + 'static>(
    file: &Arc<Mutex<File>>,
    change: impl FnOnce(&mut State) -> R + Send + 'static,
) -> io::Result<R> {
    // The lock is the open file's, so that a second holder in this process would not be kept out by it.
    let alone = Arc::clone(file).lock_owned().await;
    match alone.try_lock() {
        Ok(()) => locked(&alone, change),
        Err(TryLockError::Error(error)) => Err(error),
        Err(TryLockError::WouldBlock) => {
            let waits = move |alone: OwnedMutexGuard<File>| {
                alone.lock()?;
                locked(&alone, change)
            };
            let waited = tokio::task::spawn_blocking(move || waits(alone));
            match tokio::time::timeout(LOCKED_AT_MOST, waited).await {
                Ok(Ok(result)) => result,
                Ok(Err(error)) => Err(io::Error::other(error)),
                Err(_elapsed) => Err(io::Error::from(io::ErrorKind::TimedOut)),
            }
        }
    }
}

/// Reads, changes and writes, and lets go of the lock whatever happened.
fn locked<R>(file: &File, change: impl FnOnce(&mut State) -> R) -> io::Result<R> {
    let result = read(file).and_then(|(mut state, length)| {
        let result = change(&mut state);
        write(file, &state, length).map(|()| result)
    });
    let unlocked = file.unlock();
    let result = result?;
    unlocked.map(|()| result)
}

/// What is kept, and how many bytes it takes.
fn read(mut file: &File) -> io::Result<(State, usize)> {
    let mut bytes = Vec::with_capacity(1024);
    file.rewind()?;
    file.take(BYTES_MOST).read_to_end(&mut bytes)?;
    if bytes.is_empty() {
        return Ok((State::new(), 0));
    }
    let state = State::read(&bytes).unwrap_or_else(|| {
        tracing::warn!("the file of the pace cannot be read; it begins anew, without a burst");
        State::lost()
    });
    Ok((state, bytes.len()))
}

fn write(mut file: &File, state: &State, length: usize) -> io::Result<()> {
    let mut line = serde_json::to_vec(state)?;
    // In one write, and as long as the line before, so that a shorter one leaves nothing of it behind.
    line.resize(length.max(line.len()), b' ');
    file.rewind()?;
    file.write_all(&line)
}
