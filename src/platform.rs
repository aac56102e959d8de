//! What differs between operating systems, each call with its twin.
//!
//! Only Linux is built and tested here; the twins for macOS and Windows use what the standard library and
//! tokio promise there. Nothing here decides where a file lies or when to stop; it only does it.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Options that create a file for its owner alone.
#[cfg(unix)]
pub fn private_open_options() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;

    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

/// Options that create a file; elsewhere the folder's own access list is inherited.
#[cfg(not(unix))]
pub fn private_open_options() -> OpenOptions {
    OpenOptions::new()
}

/// A builder of folders, with their parents, for their owner alone.
#[cfg(unix)]
pub fn private_folder() -> DirBuilder {
    use std::os::unix::fs::DirBuilderExt as _;

    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder
}

/// A builder of folders, with their parents; elsewhere the parent's access list is inherited.
#[cfg(not(unix))]
pub fn private_folder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    builder
}

/// Takes the operating system's lock on a file, which ends with the process that holds it; none when another
/// process has it.
///
/// # Errors
/// When the file cannot be made or the system cannot lock it.
pub fn lock_file(path: &Path) -> io::Result<Option<File>> {
    let file = private_open_options().create(true).truncate(false).write(true).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(error)) => Err(error),
    }
}

/// The time since the machine was started, its sleep included: the same for every process, and never set.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn since_boot() -> Duration {
    time_of(rustix::time::ClockId::Boottime)
}

/// The time since the machine was started: the same for every process, and never set.
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
pub fn since_boot() -> Duration {
    time_of(rustix::time::ClockId::Monotonic)
}

/// The calendar's clock, where the standard library tells nothing that two processes could compare. It may be set.
#[cfg(not(unix))]
pub fn since_boot() -> Duration {
    Duration::try_from(jiff::Timestamp::now().as_duration()).unwrap_or_default()
}

#[cfg(unix)]
fn time_of(clock: rustix::time::ClockId) -> Duration {
    Duration::try_from(rustix::time::clock_gettime(clock)).unwrap_or_default()
}

/// Writes a file whole or not at all: under another name first, synced, then renamed.
///
/// # Errors
/// Whatever writing, syncing or renaming fails with; the file of that name is then as it was.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use io::Write as _;

    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".part");
    let part = path.with_file_name(name);
    let mut file = private_open_options().create(true).truncate(true).write(true).open(&part)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    drop(file);
    written.and_then(|()| std::fs::rename(&part, path)).inspect_err(|_| {
        // The half file is of no use to anyone; that it could not be removed changes nothing.
        std::fs::remove_file(&part).ok();
    })
}

/// The user's data folder of cartera, where the system has one.
pub fn data_folder() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "cartera").map(|dirs| dirs.data_local_dir().to_path_buf())
}

/// Waits until the process is asked to end: Ctrl-C, or the signal of a service manager.
#[cfg(unix)]
pub async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};

    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return ctrl_c().await;
    };
    tokio::select! {
        () = ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// Waits until the process is asked to end: Ctrl-C.
#[cfg(not(unix))]
pub async fn asked_to_stop() {
    ctrl_c().await;
}

async fn ctrl_c() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Without a signal to wait for, nobody can ask.
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = lock_file(&path).unwrap();
        assert!(held.is_some());
        assert!(lock_file(&path).unwrap().is_none());
        drop(held);
        assert!(lock_file(&path).unwrap().is_some());
    }

    #[test]
    fn the_machines_clock_goes_on() {
        let (first, second) = (since_boot(), since_boot());
        assert!(Duration::ZERO < first && first <= second);
    }

    #[test]
    fn a_file_is_written_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        write_whole(&path, b"one").unwrap();
        write_whole(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
