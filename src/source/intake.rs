//! How a file or standard input comes in: as a snapshot that nothing can change any more.
//!
//! A file is copied before it is read, and one that changed meanwhile is refused: half of the old and half of the
//! new content is nobody's portfolio. A pipe or a device named as a file is refused too, for it may never end.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use super::container::{megabytes, too_big};
use super::spool::{Bytes, Spools, Unfilled, unwritable};
use crate::lang::{Code, Say};
use crate::problem::{Failure, Result};

/// The most that is taken in of standard input or out of an archive.
pub(super) const SPOOLED_MAX: u64 = 64 << 30;

/// Takes in a file, or standard input for `-`; gives its bytes and their fingerprint (BLAKE3, hex).
pub(super) fn take(path: &Path, name: &str, spools: &Spools) -> Result<(Bytes, String)> {
    let mut spool = spools.begin();
    let taken = if path == Path::new("-") {
        spool.take_all(io::stdin().lock(), SPOOLED_MAX)
    } else {
        let (file, before) = open(path, name)?;
        let taken = spool.take_file(&file, before.length);
        let is_written = !matches!(taken, Err(Unfilled::Spool(_)));
        if is_written && Stamp::of(&file).is_ok_and(|after| after != before) {
            return Err(unreadable(name).with_say("reason", Say::ReasonChanged));
        }
        taken
    };
    let hash = taken.map_err(|error| match error {
        Unfilled::Source(error) => unreadable(name).with("reason", error),
        Unfilled::Spool(error) => unwritable(name, &error),
        Unfilled::TooMuch => too_big(name, Say::ReasonBigInput, &megabytes(SPOOLED_MAX)),
    })?;
    let bytes = spool.finish().map_err(|error| unwritable(name, &error))?;
    Ok((bytes, hash.to_hex().to_string()))
}

fn open(path: &Path, name: &str) -> Result<(File, Stamp)> {
    // Asked before it is opened: a pipe that nobody writes to would hold the opening.
    if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(unreadable(name).with_say("reason", Say::ReasonNoFile));
    }
    let opened = File::open(path).and_then(|file| Stamp::of(&file).map(|stamp| (file, stamp)));
    opened.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure::new(Code::FileNotFound).with("value", name),
        _ => unreadable(name).with("reason", error),
    })
}

fn unreadable(name: &str) -> Failure {
    Failure::new(Code::FileUnreadable).with("value", name)
}

/// What shows that a file was written to.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(file: &File) -> io::Result<Stamp> {
        let metadata = file.metadata()?;
        // Where a file system keeps no time of change, the length alone must do.
        Ok(Stamp { length: metadata.len(), modified: metadata.modified().ok() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_written_to_has_another_stamp() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        std::fs::write(&path, "one").unwrap();
        let (file, before) = open(&path, "f").unwrap();
        assert_eq!(Stamp::of(&file).unwrap(), before);
        std::fs::write(&path, "three").unwrap();
        assert_ne!(Stamp::of(&file).unwrap(), before);
        let later = before.modified.unwrap() + std::time::Duration::from_secs(1);
        let other = File::options().write(true).open(&path).unwrap();
        other.set_len(before.length).unwrap();
        other.set_modified(later).unwrap();
        assert_ne!(Stamp::of(&file).unwrap(), before, "the same length at another time");
    }
}
