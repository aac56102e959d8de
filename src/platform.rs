//! What differs between operating systems, each call with its twin.
//!
//! Only Linux is built and tested here; the twins for macOS and Windows use what the standard library and
//! tokio promise there. Nothing here decides where a file lies or when to stop; it only does it.
//!
//! A piece of `unsafe` is here, in [`fetch_soon`], with the argument why it is sound; the other two of the program are
//! in [`crate::private_file`].

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

#[cfg(unix)]
use tokio::signal::unix::Signal;
#[cfg(windows)]
use tokio::signal::windows::CtrlC as Signal;

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

/// Takes a file from everybody but its owner: where the system makes files without a name, they have the mode of
/// any other file.
#[cfg(unix)]
pub(crate) fn for_owner_alone(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    file.set_permissions(std::fs::Permissions::from_mode(0o600))
}

/// Elsewhere the file is opened so that nobody else can open it at all.
#[cfg(not(unix))]
pub(crate) fn for_owner_alone(_file: &File) -> io::Result<()> {
    Ok(())
}

/// What a file is without a look into it: while this stays the same, so does what it holds. None where the system does not
/// tell, and of a file that was touched just now: file systems tell times apart by two seconds at worst.
#[cfg(unix)]
pub fn file_stamp(path: &Path, now: jiff::Timestamp) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;

    /// In seconds.
    const SURE_AFTER: i64 = 5;
    // Neither a pipe nor a device, which an opening would disturb.
    let is_file = std::fs::metadata(path).is_ok_and(|file| file.is_file());
    // It is opened, and not only asked about, so that a share says how it is and not how it was.
    let file = is_file.then(|| File::open(path).and_then(|file| file.metadata()).ok()).flatten()?;
    // Nobody sets the time of the last change to the file or to what is known of it, but the system itself.
    let is_settled = now.as_second().checked_sub(file.ctime()).is_some_and(|age| age > SURE_AFTER);
    let times = [file.mtime(), file.mtime_nsec(), file.ctime(), file.ctime_nsec()];
    is_settled.then(|| format!("{}:{}:{}:{times:?}", file.dev(), file.ino(), file.len()))
}

/// Elsewhere the time of a file's last change is whatever somebody set.
#[cfg(not(unix))]
pub fn file_stamp(_path: &Path, _now: jiff::Timestamp) -> Option<String> {
    None
}

/// Reads bytes of a file from a place on, wherever it is being read otherwise.
///
/// # Errors
/// When the file cannot be read, or ends before ([`io::ErrorKind::UnexpectedEof`]).
#[cfg(unix)]
pub fn read_exact_at(file: &File, bytes: &mut [u8], place: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, place)
}

/// Reads bytes of a file from a place on; Windows takes whoever reads the file otherwise there as well.
///
/// # Errors
/// When the file cannot be read, or ends before ([`io::ErrorKind::UnexpectedEof`]).
#[cfg(windows)]
pub fn read_exact_at(file: &File, mut bytes: &mut [u8], mut place: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, bytes, place) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                bytes = &mut bytes[count..];
                place += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Writes bytes of a file from a place on, wherever it is being written otherwise.
///
/// # Errors
/// When the file cannot be written.
#[cfg(unix)]
pub fn write_all_at(file: &File, bytes: &[u8], place: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, place)
}

/// Writes bytes of a file from a place on; Windows takes whoever writes the file otherwise there as well.
///
/// # Errors
/// When the file cannot be written.
#[cfg(windows)]
pub fn write_all_at(file: &File, mut bytes: &[u8], mut place: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_write(file, bytes, place) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => {
                bytes = &bytes[count..];
                place += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
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

/// Makes the process keep what it gives back of its memory, up to twice so many bytes, for what it asks for next. Without
/// it, buffers that come and go are given to the system and taken from it again, page by page, each time.
///
/// Nothing is set: the allocator of glibc takes the size of a large block that comes back for what will come and go from
/// then on (`mallopt(3)`, on the dynamic threshold). Other allocators take it for a block that came and went.
pub fn keep_freed_memory(bytes: usize) {
    // Untouched, so that it costs two calls of the system; and looked at, or the compiler would leave it out.
    drop(std::hint::black_box(Vec::<u8>::with_capacity(bytes)));
}

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

/// Hears that the process is asked to end, from when it begins to listen: what is said while nobody waits for it is
/// heard by the next who does. From then on a signal no longer ends the process by itself.
pub struct StopRequests {
    /// Each of these counts as often as it comes.
    asked: Vec<Signal>,
    /// A terminal that is closed says so several times, by the system and by its shell, and nobody means to hurry by
    /// that: it counts only where nobody has asked before.
    closed: Option<Signal>,
}

impl StopRequests {
    /// Begins to listen to Ctrl-C, the service manager and the terminal, as far as the system lets anybody hear them.
    #[cfg(unix)]
    pub fn listen() -> StopRequests {
        use tokio::signal::unix::{SignalKind, signal};

        let asked = [SignalKind::interrupt(), SignalKind::terminate()].into_iter();
        let closed = signal(SignalKind::hangup()).ok();
        StopRequests { asked: asked.filter_map(|kind| signal(kind).ok()).collect(), closed }
    }

    /// Begins to listen to Ctrl-C.
    #[cfg(windows)]
    pub fn listen() -> StopRequests {
        StopRequests { asked: tokio::signal::windows::ctrl_c().into_iter().collect(), closed: None }
    }

    /// Waits until the process is asked to end once more.
    pub async fn next(&mut self) {
        let heard = |task: &mut Context<'_>| {
            let mut signals = self.asked.iter_mut().chain(&mut self.closed);
            let is_heard = signals.any(|signal| signal.poll_recv(task).is_ready());
            if is_heard { Poll::Ready(()) } else { Poll::Pending }
        };
        std::future::poll_fn(heard).await;
        self.closed = None;
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
    #[cfg(unix)]
    fn a_stamp_is_of_a_file_that_is_left_alone() {
        let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let now = jiff::Timestamp::now();
        assert!(file_stamp(&old, now).is_some());
        assert_eq!(file_stamp(&old, now), file_stamp(&old, now));
        // What was written just now may be written again within the same tick of the file system's clock.
        let folder = tempfile::tempdir().unwrap();
        let new = folder.path().join("new");
        std::fs::copy(&old, &new).unwrap();
        assert_eq!(file_stamp(&new, now), None);
        assert_eq!(
            [folder.path(), &folder.path().join("none")].map(|path| file_stamp(path, now)),
            [None, None]
        );
    }
}
