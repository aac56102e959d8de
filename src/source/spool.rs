//! Where bytes are collected that may be more than memory should hold: an archive's content, standard input, a
//! snapshot of a file, the packed text of a sheet.
//!
//! A few bytes stay in memory. Beyond a bound they go to a file in the state folder that has no name from its first
//! byte, so that nothing of it is left behind however the process ends, and that is read as memory once it is
//! written ([`crate::private_file::FrozenFile`]). A creditor's own file is never mapped, for it can change or become
//! shorter while it is read; it is copied.

use std::fs::File;
use std::io::{self, Read, Write};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use blake3::Hash;

use super::tree_hash::{self, PIECE};
use crate::lang::Code;
use crate::private_file::{FrozenFile, PrivateFile, Uncopied};
use crate::problem::Failure;
use crate::{crew, platform};

/// The most that stays in memory.
const MEMORY_MAX: usize = 8 << 20;
/// Bytes moved at a time.
const CHUNK: usize = 256 << 10;

/// Where spools are made, and when they leave memory.
#[derive(Debug, Clone)]
pub struct Spools {
    folder: PathBuf,
    memory_max: usize,
}

impl Spools {
    /// Spools in a folder, which is made when the first one needs it.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Spools {
        Spools { folder: folder.into(), memory_max: MEMORY_MAX }
    }

    /// Spools that leave memory sooner.
    #[cfg(test)]
    pub(super) fn with_memory_max(self, memory_max: usize) -> Spools {
        Spools { memory_max, ..self }
    }

    /// An empty spool.
    pub(super) fn begin(&self) -> Spool {
        Spool { spools: self.clone(), place: Place::Memory(Vec::new()) }
    }

    fn file(&self) -> io::Result<PrivateFile> {
        let file = platform::private_folder()
            .create(&self.folder)
            .and_then(|()| PrivateFile::create_in(&self.folder));
        file.map_err(|error| in_folder(&self.folder, &error))
    }
}

/// An error of the disk says where the spool is: the folder is none that the user named.
fn in_folder(folder: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", folder.display()))
}

/// The failure of a file whose content cannot be spooled.
pub(super) fn unwritable(name: &str, error: &io::Error) -> Failure {
    Failure::new(Code::SpoolUnwritable).with("value", name).with("reason", error)
}

/// Bytes that are being collected.
#[derive(Debug)]
pub(super) struct Spool {
    spools: Spools,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Memory(Vec<u8>),
    File(PrivateFile),
}

/// Why a spool was not filled to the end of its source.
#[derive(Debug)]
pub(super) enum Unfilled {
    /// The source cannot be read.
    Source(io::Error),
    /// The spool cannot be written.
    Spool(io::Error),
    /// The source has more than is allowed.
    TooMuch,
}

impl Spool {
    /// Takes all that a source gives, as long as it is no more than `most` says each time it is asked; `seen` is given
    /// each piece once it is taken.
    pub(super) fn fill(
        &mut self,
        mut source: impl Read,
        most: impl Fn() -> u64,
        mut seen: impl FnMut(&[u8]),
    ) -> Result<u64, Unfilled> {
        let mut chunk = vec![0; CHUNK];
        let mut total = 0;
        loop {
            let piece = match source.read(&mut chunk) {
                Ok(0) => return Ok(total),
                Ok(count) => &chunk[..count],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Unfilled::Source(error)),
            };
            total += piece.len() as u64;
            if total > most() {
                return Err(Unfilled::TooMuch);
            }
            self.write_all(piece).map_err(Unfilled::Spool)?;
            seen(piece);
        }
    }

    /// Leaves memory at once where so many bytes are expected that it would be left later: what is there then would have to
    /// be moved while everybody waits.
    pub(super) fn expect(&mut self, length: usize) -> io::Result<()> {
        if length > self.spools.memory_max { self.file().map(|_| ()) } else { Ok(()) }
    }

    /// Takes a file, of which there are about `length` bytes; gives the hash of what was taken.
    pub(super) fn take_file(&mut self, file: &File, length: u64) -> Result<Hash, Unfilled> {
        self.expect(usize::try_from(length).unwrap_or(usize::MAX)).map_err(Unfilled::Spool)?;
        if length > self.spools.memory_max.max(PIECE) as u64 {
            return self.take_pieces(file, length);
        }
        // A file that grows while it is copied must not fill the disk; that it has changed is found afterwards.
        let most = length.saturating_add(self.spools.memory_max as u64);
        self.take_all(file.take(most), most)
    }

    /// Takes all that a source gives, as long as it is no more than `most`; gives its hash.
    pub(super) fn take_all(&mut self, source: impl Read, most: u64) -> Result<Hash, Unfilled> {
        // A piece is hashed while it is at hand, so that nothing is read once more for its hash.
        let mut hasher = blake3::Hasher::new();
        self.fill(
            source,
            || most,
            |piece| {
                hasher.update(piece);
            },
        )?;
        Ok(hasher.finalize())
    }

    /// Takes a large file piece by piece, with all hands.
    fn take_pieces(&mut self, file: &File, length: u64) -> Result<Hash, Unfilled> {
        let mut hashes = Vec::new();
        let copy = self.file().map_err(Unfilled::Spool)?;
        let copied =
            copy.copy((file, length), (PIECE, crew::hands()), tree_hash::of_piece, |hash| hashes.push(hash));
        copied.map_err(|error| match error {
            Uncopied::Source(error) => Unfilled::Source(error),
            Uncopied::Copy(error) => Unfilled::Spool(in_folder(&self.spools.folder, &error)),
        })?;
        Ok(tree_hash::of_all(&hashes))
    }

    /// Takes a text, which nobody has to look at for that.
    pub(super) fn write_text(&mut self, text: &str) -> io::Result<()> {
        if self.keep(text.as_bytes()) {
            return Ok(());
        }
        let written = self.file()?.write_text(text);
        written.map_err(|error| in_folder(&self.spools.folder, &error))
    }

    /// Keeps bytes in memory; false where they are too many.
    fn keep(&mut self, bytes: &[u8]) -> bool {
        let Place::Memory(memory) = &mut self.place else { return false };
        if memory.len() + bytes.len() > self.spools.memory_max {
            return false;
        }
        // It grows by doubling, as usual, but not to twice of what it may hold.
        if memory.capacity() - memory.len() < bytes.len() {
            let wanted = (memory.capacity() * 2).clamp(memory.len() + bytes.len(), self.spools.memory_max);
            memory.reserve_exact(wanted - memory.len());
        }
        memory.extend_from_slice(bytes);
        true
    }

    /// The bytes, which can no longer change.
    pub(super) fn finish(self) -> io::Result<Bytes> {
        match self.place {
            Place::Memory(bytes) => Ok(Bytes::from(bytes)),
            Place::File(file) => {
                let frozen = file.freeze().map_err(|error| in_folder(&self.spools.folder, &error))?;
                Ok(Bytes(Held::File(Arc::new(frozen))))
            }
        }
    }

    /// The file, to which everything goes from here on.
    fn file(&mut self) -> io::Result<&mut PrivateFile> {
        if let Place::Memory(bytes) = &self.place {
            let mut file = self.spools.file()?;
            file.write_all(bytes).map_err(|error| in_folder(&self.spools.folder, &error))?;
            self.place = Place::File(file);
        }
        match &mut self.place {
            Place::File(file) => Ok(file),
            Place::Memory(_) => unreachable!("memory was left just above"),
        }
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.keep(bytes) {
            return Ok(bytes.len());
        }
        let written = self.file()?.write(bytes);
        written.map_err(|error| in_folder(&self.spools.folder, &error))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes that were collected; a clone is the same bytes once more.
#[derive(Debug, Clone)]
pub struct Bytes(Held);

#[derive(Debug, Clone)]
enum Held {
    Memory(Arc<Vec<u8>>),
    File(Arc<FrozenFile>),
}

impl Bytes {
    /// The file that holds them, where they are not in memory.
    pub(super) fn file(&self) -> Option<&Arc<FrozenFile>> {
        match &self.0 {
            Held::File(file) => Some(file),
            Held::Memory(_) => None,
        }
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Bytes {
        Bytes(Held::Memory(Arc::new(bytes)))
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Held::Memory(bytes) => bytes,
            Held::File(file) => file,
        }
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_goes_in_comes_out_wherever_it_was(parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..12)) {
            let folder = tempfile::tempdir().unwrap();
            let mut spool = Spools::in_folder(folder.path().join("made/later")).with_memory_max(64).begin();
            for part in &parts {
                spool.write_all(part).unwrap();
            }
            let bytes = spool.finish().unwrap();
            let all = parts.concat();
            prop_assert_eq!(&bytes[..], &all[..]);
            prop_assert_eq!(bytes.file().is_some(), all.len() > 64);
            prop_assert_eq!(folder.path().join("made").exists(), all.len() > 64);
        }
    }

    #[test]
    fn a_file_is_a_snapshot() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        for (memory_max, length) in [(10, 500), (1000, 500), (1000, 2 * PIECE + 5)] {
            let content = vec![b'a'; length];
            std::fs::write(&path, &content).unwrap();
            let spools = Spools::in_folder(folder.path()).with_memory_max(memory_max);
            let mut spool = spools.begin();
            let hash = spool.take_file(&File::open(&path).unwrap(), length as u64).unwrap();
            assert_eq!(hash, blake3::hash(&content));
            let bytes = spool.finish().unwrap();
            // Cut and written over while it is read: a mapping of the file itself would end the process here.
            std::fs::write(&path, b"b").unwrap();
            assert!(*bytes == *content);
        }
    }

    #[test]
    fn a_source_without_an_end_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let spools = Spools::in_folder(folder.path()).with_memory_max(1000);
        let filled = spools.begin().fill(io::repeat(7), || 1 << 20, |_| ());
        assert!(matches!(filled, Err(Unfilled::TooMuch)));
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("in-the-way");
        std::fs::write(&file, "").unwrap();
        let mut spool = Spools::in_folder(&file).with_memory_max(1).begin();
        let error = spool.write_all(b"more").unwrap_err();
        assert!(unwritable("f", &error).what(crate::lang::Lang::En).contains("in-the-way"));
    }
}
