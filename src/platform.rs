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

/// Waits until the process is asked to end: Ctrl-C, the signal of a service manager, a terminal that was closed.
#[cfg(unix)]
pub async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};

    let (Ok(mut terminate), Ok(mut hangup)) = (signal(SignalKind::terminate()), signal(SignalKind::hangup()))
    else {
        return ctrl_c().await;
    };
    tokio::select! {
        () = ctrl_c() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
}

/// Folders of programs that copy files to the net while they are being written, by the beginning of their names.
const SYNCHRONISED: [&str; 5] = ["onedrive", "dropbox", "google drive", "googledrive", "iclouddrive"];

/// Why a folder is no place for a database: it is on another machine, or another program copies its files. The
/// folder need not be there yet.
pub fn shared_place(folder: &Path) -> Option<String> {
    let whole = std::path::absolute(folder).ok()?;
    let there = whole.ancestors().find_map(|part| part.canonicalize().ok()).unwrap_or_else(|| whole.clone());
    let copied = |part: &std::path::Component<'_>| {
        let name = part.as_os_str().to_string_lossy().to_lowercase();
        SYNCHRONISED.iter().any(|known| name.starts_with(known))
    };
    let synchronised = whole.components().find(copied);
    let name = synchronised.map(|part| part.as_os_str().to_string_lossy().into_owned());
    name.or_else(|| network_file_system(&there))
}

/// The network file system that a folder is on, as the system names it.
#[cfg(target_os = "linux")]
fn network_file_system(folder: &Path) -> Option<String> {
    network_mount(&std::fs::read_to_string("/proc/self/mountinfo").ok()?, folder)
}

/// Elsewhere a share shows only by its address: two separators and the server's name.
#[cfg(not(target_os = "linux"))]
fn network_file_system(folder: &Path) -> Option<String> {
    let text = folder.to_string_lossy();
    (text.starts_with(r"\\?\UNC") || (text.starts_with(r"\\") && !text.starts_with(r"\\?")))
        .then(|| "SMB".to_owned())
}

/// The kind of the mount that holds a folder, where that is a network's; `table` is Linux's `mountinfo`.
#[cfg(target_os = "linux")]
fn network_mount(table: &str, folder: &Path) -> Option<String> {
    const NETWORK: [&str; 14] = [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "afs",
        "ceph",
        "glusterfs",
        "lustre",
        "davfs",
        "fuse.sshfs",
        "fuse.rclone",
        "fuse.davfs2",
        "fuse.s3fs",
    ];
    let mount = |line: &str| {
        let (left, right) = line.split_once(" - ")?;
        let point = left.split(' ').nth(4)?.replace("\\040", " ");
        let kind = right.split(' ').next()?.to_owned();
        folder.starts_with(&point).then_some((point.len(), kind))
    };
    // Of several mounts above a folder the innermost counts, and of several at one place the last.
    let (_, kind) = table.lines().filter_map(mount).max_by_key(|(length, _)| *length)?;
    NETWORK.contains(&kind.as_str()).then_some(kind)
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
    #[cfg(target_os = "linux")]
    fn the_innermost_mount_says_whether_a_folder_is_on_the_network() {
        let table = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n\
            40 22 0:50 / /home/ana rw,relatime - nfs4 files:/home rw,vers=4.2\n\
            41 40 8:2 / /home/ana/local rw - ext4 /dev/sdb1 rw\n\
            42 22 0:51 / /mnt/Mis\\040datos rw - cifs //server/x rw\n";
        for (folder, kind) in [
            ("/var/lib/cartera", None),
            ("/home/ana/.local/share/cartera", Some("nfs4")),
            ("/home/ana/local/cartera", None),
            ("/home/anabel/cartera", None),
            ("/mnt/Mis datos/cartera", Some("cifs")),
        ] {
            assert_eq!(network_mount(table, Path::new(folder)).as_deref(), kind, "{folder}");
        }
    }

    #[test]
    fn a_folder_that_another_program_copies_is_no_place_for_a_ledger() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(shared_place(&folder.path().join("state")), None);
        let copied = folder.path().join("OneDrive - Cobranzas").join("state");
        assert_eq!(shared_place(&copied).as_deref(), Some("OneDrive - Cobranzas"));
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
