//! What differs between operating systems, each call with its twin.
//!
//! Only Linux is built and tested here; the twins for macOS and Windows use what the standard library and
//! tokio promise there. Nothing here decides where a file lies or when to stop; it only does it.
//!
//! The three pieces of `unsafe` of the whole program are here, in [`FrozenFile`], [`FrozenText`] and [`fetch_soon`], each
//! with the argument why it is sound.

#[path = "platform_stamp.rs"]
mod stamp;

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub use stamp::file_stamp;

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
    let file = open_for_lock(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(error)) => Err(error),
    }
}

/// Takes the operating system's lock on a file as [`lock_file`] does, and keeps the thread until it is free.
///
/// # Errors
/// When the file cannot be made or the system cannot lock it.
pub fn wait_for_lock(path: &Path) -> io::Result<File> {
    let file = open_for_lock(path)?;
    file.lock()?;
    Ok(file)
}

fn open_for_lock(path: &Path) -> io::Result<File> {
    private_open_options().create(true).truncate(false).write(true).open(path)
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

/// A temporary file without a name, while this process writes it. Nobody else can open it, and nothing of it is
/// left when the process ends, however it ends.
#[derive(Debug)]
pub struct PrivateFile(File);

impl PrivateFile {
    /// Makes one in a folder that exists.
    ///
    /// # Errors
    /// Whatever the system says against a file in that folder.
    pub fn create_in(folder: &Path) -> io::Result<PrivateFile> {
        let file = tempfile::tempfile_in(folder)?;
        for_owner_alone(&file)?;
        Ok(PrivateFile(file))
    }

    /// Appends what is left of another file, up to `most` bytes; the kernel copies where it can.
    ///
    /// # Errors
    /// Whatever reading the one or writing the other fails with.
    pub fn append(&mut self, source: &mut File, most: u64) -> io::Result<u64> {
        io::copy(&mut source.take(most), &mut self.0)
    }

    /// Ends the writing: from here on the bytes can be read and never changed.
    ///
    /// # Errors
    /// When the system cannot map the file.
    pub fn freeze(self) -> io::Result<FrozenFile> {
        FrozenFile::of(self.0)
    }
}

impl io::Write for PrivateFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Takes a file from everybody but its owner: where the system makes files without a name, they have the mode of
/// any other file.
#[cfg(unix)]
fn for_owner_alone(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    file.set_permissions(std::fs::Permissions::from_mode(0o600))
}

/// Elsewhere the file is opened so that nobody else can open it at all.
#[cfg(not(unix))]
fn for_owner_alone(_file: &File) -> io::Result<()> {
    Ok(())
}

/// A file of this process alone that can no longer change, read as memory. The system keeps of it what it has room
/// for, so that its size costs no memory that somebody else needs.
#[derive(Debug)]
pub struct FrozenFile {
    map: memmap2::Mmap,
    /// Where a file goes with its last handle, the mapping must not outlive it.
    _file: File,
}

impl FrozenFile {
    /// Only a [`PrivateFile`] may come in here: any other file can be changed by others while it is mapped.
    fn of(file: File) -> io::Result<FrozenFile> {
        // The bytes behind a mapping must not change while they are borrowed, and the file must not become shorter,
        // which would end the process (SIGBUS). Both take a handle that can write. The only one is in here, and
        // nothing here writes; the file has no name by which another could be opened (on Windows it has one, and is
        // opened without sharing), is its owner's alone in the moment that some file systems need to take the name
        // away, and is not inherited by child processes. Who can still get at it, through the system's view of this
        // process (/proc/PID/fd: the same user's debugger, or root), can change this process's memory as well.
        #[expect(unsafe_code, reason = "a private file without a name, which nobody can write to or cut")]
        let map = unsafe { memmap2::Mmap::map(&file)? };
        Ok(FrozenFile { map, _file: file })
    }
}

impl Deref for FrozenFile {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.map
    }
}

/// A frozen file whose bytes, from an offset on, were found to be UTF-8.
#[derive(Debug, Clone)]
pub struct FrozenText {
    file: Arc<FrozenFile>,
    start: usize,
}

impl FrozenText {
    /// The text from an offset on; none when the bytes are not UTF-8. They are looked at once, here.
    pub fn of(file: Arc<FrozenFile>, start: usize) -> Option<FrozenText> {
        let valid = simdutf8::basic::from_utf8(file.get(start..)?).is_ok();
        valid.then_some(FrozenText { file, start })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        // These very bytes were validated when the text was made, and a frozen file does not change.
        #[expect(
            unsafe_code,
            reason = "validated when it was made; neither the file nor the offset can change"
        )]
        unsafe {
            std::str::from_utf8_unchecked(&self.file[self.start..])
        }
    }
}

/// Asks the processor for a part of a text that is read soon, so that it is there when it is.
#[cfg(target_arch = "x86_64")]
pub fn fetch_soon(text: &str, part: std::ops::Range<usize>) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};

    /// Bytes that a processor fetches at once.
    const LINE: usize = 64;
    let end = part.end.min(text.len());
    for byte in text.as_bytes().get(part.start..end).unwrap_or_default().iter().step_by(LINE) {
        // It reads nothing that the program could see, and the address is one of a byte that is borrowed here.
        #[expect(
            unsafe_code,
            reason = "a hint about a byte that is borrowed, without any effect on what is read"
        )]
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(byte).cast());
        }
    }
}

/// Other processors are not asked.
#[cfg(not(target_arch = "x86_64"))]
pub fn fetch_soon(_text: &str, _part: std::ops::Range<usize>) {}

/// The program that is running, to start it once more. On Linux by the name that means this very file, also after
/// another version was installed in its place.
///
/// # Errors
/// When the system does not say.
#[cfg(target_os = "linux")]
pub fn own_program() -> io::Result<PathBuf> {
    let this = PathBuf::from("/proc/self/exe");
    if this.exists() { Ok(this) } else { std::env::current_exe() }
}

/// The program that is running, to start it once more.
///
/// # Errors
/// When the system does not say.
#[cfg(not(target_os = "linux"))]
pub fn own_program() -> io::Result<PathBuf> {
    std::env::current_exe()
}

/// Bounds the memory (address space, in bytes) and the processor's time that this process may take from here on,
/// and lets it leave no picture of its memory when it dies.
///
/// # Errors
/// When the system refuses.
#[cfg(target_os = "linux")]
pub fn limit_this_process(memory: u64, time: Duration) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    // A second more than the time that the parent waits: it is the parent that ends a reader, unless it is gone.
    for (resource, most) in [(Resource::As, memory), (Resource::Cpu, time.as_secs() + 1), (Resource::Core, 0)]
    {
        let most = getrlimit(resource).maximum.map_or(most, |allowed| allowed.min(most));
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    Ok(())
}

/// Elsewhere no limit is set: macOS does not hold a process to one, and Windows has another way, not built here.
///
/// # Errors
/// None.
#[cfg(not(target_os = "linux"))]
pub fn limit_this_process(_memory: u64, _time: Duration) -> io::Result<()> {
    Ok(())
}

/// Lets this process have so many files and connections open at the same time, as far as the system allows it; gives
/// how many it may have.
#[cfg(unix)]
pub fn allow_open_files(wanted: u64) -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    let raised = limit.maximum.map_or(wanted, |most| most.min(wanted));
    if limit.current.is_some_and(|now| now < raised) {
        // Where it is refused, what holds is asked once more below.
        setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum: limit.maximum }).ok();
    }
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// Elsewhere the system sets no limit that a process could meet.
#[cfg(not(unix))]
pub fn allow_open_files(_wanted: u64) -> u64 {
    u64::MAX
}

/// Whether an error says that no further file or connection can be opened, by this process or on this machine.
pub fn is_out_of_files(error: &io::Error) -> bool {
    /// Of Unix: too many are open in all, or in this process.
    const UNIX: [i32; 2] = [23, 24];
    /// Of Windows: the same of files, and of connections.
    const WINDOWS: [i32; 2] = [4, 10024];
    let numbers = if cfg!(windows) { WINDOWS } else { UNIX };
    error.raw_os_error().is_some_and(|number| numbers.contains(&number))
}

/// Whether no further file can be opened, found out by opening one: whoever asks for an address is not told why there
/// is none.
pub fn has_run_out_of_files() -> bool {
    let any = if cfg!(windows) { "NUL" } else { "/dev/null" };
    File::open(any).is_err_and(|error| is_out_of_files(&error))
}

/// Finds out whether so many threads can run at the same time, by starting them.
///
/// # Errors
/// What the system says against the first one that it does not start.
pub fn try_threads(count: usize) -> io::Result<()> {
    // The system keeps what threads have used for the next ones, and whoever has little memory needs it.
    const STACK: usize = 64 * 1024;
    let (go_on, wait) = std::sync::mpsc::channel::<()>();
    let wait = Arc::new(std::sync::Mutex::new(wait));
    let start = |_| {
        let wait = Arc::clone(&wait);
        // Each waits until the last one is there: nothing is ever sent, the sender is dropped.
        let idle = move || wait.lock().is_ok_and(|wait| wait.recv().is_ok());
        std::thread::Builder::new().stack_size(STACK).spawn(idle)
    };
    let started: io::Result<Vec<_>> = (0..count).map(start).collect();
    drop(go_on);
    for thread in started? {
        thread.join().ok();
    }
    Ok(())
}

/// Which file a path leads to, for comparison: another file of the same name is another one.
///
/// # Errors
/// When there is none.
#[cfg(unix)]
pub fn file_identity(path: &Path) -> io::Result<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;

    std::fs::metadata(path).map(|file| (file.dev(), file.ino()))
}

/// Elsewhere a file that is open is not taken away from under its name.
///
/// # Errors
/// When there is none.
#[cfg(not(unix))]
pub fn file_identity(path: &Path) -> io::Result<(u64, u64)> {
    std::fs::metadata(path).map(|_| (0, 0))
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

/// Asks another process to end, as a service manager does; one that is gone is no error.
#[cfg(unix)]
pub fn ask_to_stop(process: u32) {
    let id = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw);
    id.map(|id| rustix::process::kill_process(id, rustix::process::Signal::TERM));
}

/// Elsewhere the console gives Ctrl-C to every process that hangs on it, this one and the other alike.
#[cfg(not(unix))]
pub fn ask_to_stop(_process: u32) {}

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
    fn a_private_file_has_no_name_and_is_read_as_it_was_written() {
        use std::io::Write as _;

        let folder = tempfile::tempdir().unwrap();
        let mut file = PrivateFile::create_in(folder.path()).unwrap();
        file.write_all("\u{feff}Peña".as_bytes()).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            let metadata = file.0.metadata().unwrap();
            assert_eq!((metadata.mode() & 0o777, metadata.nlink()), (0o600, 0));
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        }
        let frozen = Arc::new(file.freeze().unwrap());
        assert_eq!(&frozen[3..5], b"Pe");
        assert_eq!(FrozenText::of(Arc::clone(&frozen), 3).unwrap().as_str(), "Peña");
        assert!(FrozenText::of(Arc::clone(&frozen), 1).is_none() && FrozenText::of(frozen, 99).is_none());
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
