//! The changes that the watcher makes to a file system, each of them one step that happens or does not.
//!
//! The steps are a trait so that a test can end the machine's power between any two of them, and can lay two folders
//! on different disks. What is only read is read by the standard library. Nothing here decides what is moved.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::draft;
use crate::platform;

/// One step at a time.
pub trait Disk {
    /// Makes a folder whose parent exists and that does not exist itself.
    ///
    /// # Errors
    /// `AlreadyExists` among all that the system says.
    fn make_folder(&self, path: &Path) -> io::Result<()>;

    /// Writes a file whole or not at all.
    ///
    /// # Errors
    /// Whatever the system says; the file of that name is then as it was.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Gives a file or a folder another name on the same disk.
    ///
    /// # Errors
    /// `CrossesDevices` among all that the system says.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Copies a file's bytes, its time of change included, until they are on the disk.
    ///
    /// # Errors
    /// Whatever the system says; half a copy may then be there.
    fn copy(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// Whatever the system says.
    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// Removes an empty folder.
    ///
    /// # Errors
    /// Whatever the system says.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;
}

/// The machine's own disks.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn make_folder(&self, path: &Path) -> io::Result<()> {
        platform::private_folder().recursive(false).create(path)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        draft::write_whole(path, bytes)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn copy(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut source = File::open(from)?;
        let mut target = platform::private_open_options().create(true).truncate(true).write(true).open(to)?;
        io::copy(&mut source, &mut target)?;
        if let Ok(modified) = source.metadata()?.modified() {
            target.set_modified(modified)?;
        }
        target.sync_all()
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_dir(path)
    }
}

/// Moves a file to where nothing of its name is; on another disk it is copied whole before the first one goes.
///
/// # Errors
/// Whatever a step fails with. Done again, it goes on from there.
pub fn move_file(disk: &dyn Disk, from: &Path, to: &Path) -> io::Result<()> {
    match disk.rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            let mut name = to.file_name().unwrap_or_default().to_os_string();
            name.push(".part");
            let part = to.with_file_name(name);
            disk.copy(from, &part)?;
            disk.rename(&part, to)?;
            disk.remove_file(from)
        }
        outcome => outcome,
    }
}

/// Moves a folder of files and folders to where nothing of its name is; on another disk it is copied whole, under
/// another name, before the first one goes; `last` as for [`remove_all`].
///
/// # Errors
/// Whatever a step fails with. Done again, it goes on from there.
pub fn move_folder(disk: &dyn Disk, (from, to): (&Path, &Path), last: &str) -> io::Result<()> {
    match disk.rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            let mut name = std::ffi::OsString::from(".");
            name.push(to.file_name().unwrap_or_default());
            name.push(".part");
            let part = to.with_file_name(name);
            // What a crash has left of an earlier copy.
            remove_all(disk, &part, last)?;
            copy_folder(disk, from, &part)?;
            disk.rename(&part, to)?;
            remove_all(disk, from, last)
        }
        outcome => outcome,
    }
}

fn copy_folder(disk: &dyn Disk, from: &Path, to: &Path) -> io::Result<()> {
    disk.make_folder(to)?;
    for inner in std::fs::read_dir(from)? {
        let inner = inner?;
        let target = to.join(inner.file_name());
        if inner.file_type()?.is_dir() {
            copy_folder(disk, &inner.path(), &target)?;
        } else {
            disk.copy(&inner.path(), &target)?;
        }
    }
    Ok(())
}

/// Removes a folder and all that is in it; one that is not there is no error. The file of this name goes last: while it
/// is there, what is left of the folder is known for what it is.
///
/// # Errors
/// Whatever a step fails with.
pub fn remove_all(disk: &dyn Disk, folder: &Path, last: &str) -> io::Result<()> {
    let listed = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        listed => listed?,
    };
    for inner in listed {
        let inner = inner?;
        if inner.file_type()?.is_dir() {
            remove_all(disk, &inner.path(), last)?;
        } else if inner.file_name() != last {
            disk.remove_file(&inner.path())?;
        }
    }
    if folder.join(last).exists() {
        disk.remove_file(&folder.join(last))?;
    }
    disk.remove_folder(folder)
}
