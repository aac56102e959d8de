//! What is collected in a file that nobody else can have, and read as memory once it is written.
//!
//! A [`PrivateFile`] has no name and goes with its process; frozen, its bytes never change, so that they may be mapped
//! and, where they were found to be UTF-8, be read as text. Two of the three pieces of `unsafe` of the whole program are
//! here, each with the argument why it is sound; the third is in [`platform`]. Nothing here knows what the bytes are.

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use crate::platform;
use crate::utf8::Utf8Watch;

/// A temporary file without a name, while this process writes it. Nobody else can open it, and nothing of it is
/// left when the process ends, however it ends.
#[derive(Debug)]
pub struct PrivateFile {
    file: File,
    /// Whether all that was written is UTF-8, seen while it was at hand.
    seen: Utf8Watch,
}

impl PrivateFile {
    /// Makes one in a folder that exists.
    ///
    /// # Errors
    /// Whatever the system says against a file in that folder.
    pub fn create_in(folder: &Path) -> io::Result<PrivateFile> {
        let file = tempfile::tempfile_in(folder)?;
        platform::for_owner_alone(&file)?;
        Ok(PrivateFile { file, seen: Utf8Watch::default() })
    }

    /// Ends the writing: from here on the bytes can be read and never changed.
    ///
    /// # Errors
    /// When the system cannot map the file.
    pub fn freeze(self) -> io::Result<FrozenFile> {
        let PrivateFile { file, seen } = self;
        // The bytes behind a mapping must not change while they are borrowed, and the file must not become shorter,
        // which would end the process (SIGBUS). Both take a handle that can write. The only one is in here, and
        // nothing writes over it any more; the file has no name by which another could be opened (on Windows it has one,
        // and is opened without sharing), is its owner's alone in the moment that some file systems need to take the
        // name away, and is not inherited by child processes. Who can still get at it, through the system's view of
        // this process (/proc/PID/fd: the same user's debugger, or root), can change this process's memory as well.
        #[expect(unsafe_code, reason = "a private file without a name, which nobody can write to or cut")]
        let map = unsafe { memmap2::Mmap::map(&file)? };
        Ok(FrozenFile { map, is_utf8: seen.is_text(), _file: file })
    }
}

impl io::Write for PrivateFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.seen.see(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A file of this process alone that can no longer change, read as memory. The system keeps of it what it has room
/// for, so that its size costs no memory that somebody else needs. Only a [`PrivateFile`] becomes one: any other file can
/// be changed by others while it is mapped.
#[derive(Debug)]
pub struct FrozenFile {
    map: memmap2::Mmap,
    is_utf8: bool,
    /// Where a file goes with its last handle, the mapping must not outlive it.
    _file: File,
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
    /// The text from an offset on; none when the bytes are not UTF-8.
    pub fn of(file: Arc<FrozenFile>, start: usize) -> Option<FrozenText> {
        let text = file.get(start..)?;
        // The end of a text is one as well, where it does not begin within a character.
        let begins_well = text.first().is_none_or(|byte| !matches!(byte, 0x80..0xC0));
        let is_valid = match start {
            0 => file.is_utf8,
            _ => (file.is_utf8 && begins_well) || simdutf8::basic::from_utf8(text).is_ok(),
        };
        is_valid.then_some(FrozenText { file, start })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        // These very bytes were validated, when they were written or when the text was made, and a frozen file does
        // not change.
        #[expect(
            unsafe_code,
            reason = "validated before it was made; neither the file nor the offset can change"
        )]
        unsafe {
            std::str::from_utf8_unchecked(&self.file[self.start..])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_file_has_no_name_and_is_read_as_it_was_written() {
        use std::io::Write as _;

        let folder = tempfile::tempdir().unwrap();
        let mut file = PrivateFile::create_in(folder.path()).unwrap();
        file.write_all("\u{feff}Peña".as_bytes()).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            let metadata = file.file.metadata().unwrap();
            assert_eq!((metadata.mode() & 0o777, metadata.nlink()), (0o600, 0));
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        }
        let frozen = Arc::new(file.freeze().unwrap());
        assert_eq!(&frozen[3..5], b"Pe");
        assert_eq!(FrozenText::of(Arc::clone(&frozen), 3).unwrap().as_str(), "Peña");
        assert!(FrozenText::of(Arc::clone(&frozen), 1).is_none() && FrozenText::of(frozen, 99).is_none());
    }
}
