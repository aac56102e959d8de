//! Files that come to stand under their name whole, or not at all.
//!
//! What is written lies beside that place until all of it is on the disk. A place that cannot be taken, because another
//! program has the file open, leaves the written file to be put somewhere else. Nothing here knows what is written.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::platform::private_open_options;

/// How the name of a file ends that is being written; a process that is killed leaves one.
pub const PART: &str = ".part";

/// A file that is being written.
#[derive(Debug)]
pub struct Draft {
    file: BufWriter<File>,
    part: Part,
}

impl Draft {
    /// Begins one beside the place where it is to stand.
    ///
    /// # Errors
    /// Whatever the system says against a file there.
    pub fn beside(path: &Path) -> io::Result<Draft> {
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(PART);
        let part = path.with_file_name(name);
        let file = private_open_options().create(true).truncate(true).write(true).open(&part)?;
        Ok(Draft { file: BufWriter::new(file), part: Part { path: part, is_left: true } })
    }

    /// Ends the writing, with all of it on the disk.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn finish(self) -> io::Result<Written> {
        let Draft { file, part } = self;
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        Ok(Written(part))
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A whole file that has no place yet; it is gone where it finds none.
#[derive(Debug)]
pub struct Written(Part);

impl Written {
    /// Puts it in its place, where an older file of that name may be.
    ///
    /// # Errors
    /// When the place cannot be taken; the file there is then as it was, and this one can be put elsewhere.
    pub fn put(&mut self, path: &Path) -> io::Result<()> {
        std::fs::rename(&self.0.path, path)?;
        self.0.is_left = false;
        Ok(())
    }
}

/// What is of no use to anyone if it does not come to stand anywhere.
#[derive(Debug)]
struct Part {
    path: PathBuf,
    is_left: bool,
}

impl Drop for Part {
    fn drop(&mut self) {
        if self.is_left {
            // That it could not be removed changes nothing.
            std::fs::remove_file(&self.path).ok();
        }
    }
}

/// Writes a file whole or not at all.
///
/// # Errors
/// Whatever writing, syncing or renaming fails with; the file of that name is then as it was.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut draft = Draft::beside(path)?;
    draft.write_all(bytes)?;
    draft.finish()?.put(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_whole_or_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let files = || std::fs::read_dir(folder.path()).unwrap().count();
        write_whole(&path, b"one").unwrap();
        write_whole(&path, b"two").unwrap();
        let mut draft = Draft::beside(&path).unwrap();
        draft.write_all(b"three").unwrap();
        assert_eq!((std::fs::read(&path).unwrap(), files()), (b"two".to_vec(), 2));
        drop(draft);
        assert_eq!((std::fs::read(&path).unwrap(), files()), (b"two".to_vec(), 1));
    }

    #[test]
    fn what_finds_its_place_taken_is_put_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let (taken, free) = (folder.path().join("taken"), folder.path().join("free"));
        std::fs::create_dir_all(taken.join("inside")).unwrap();
        let mut draft = Draft::beside(&taken).unwrap();
        draft.write_all(b"whole").unwrap();
        let mut written = draft.finish().unwrap();
        written.put(&taken).unwrap_err();
        written.put(&free).unwrap();
        drop(written);
        assert_eq!(std::fs::read(&free).unwrap(), b"whole");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
