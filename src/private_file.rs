//! What is collected in a file that nobody else can have, and read as memory once it is written.
//!
//! A [`PrivateFile`] has no name and goes with its process; frozen, its bytes never change, so that they may be mapped
//! and, where they were found to be UTF-8, be read as text. Two of the three pieces of `unsafe` of the whole program are
//! here, each with the argument why it is sound; the third is in [`platform`]. Nothing here knows what the bytes are.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::ops::Deref;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::utf8::{Utf8Piece, Utf8Watch};
use crate::{crew, platform};

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

    /// Writes a text, which nobody has to look at for that.
    ///
    /// # Errors
    /// Whatever the system says; what is here then is no text.
    pub fn write_text(&mut self, text: &str) -> io::Result<()> {
        // Until all of it is written, what is here is not what was seen.
        let mut seen = std::mem::replace(&mut self.seen, Utf8Watch::broken());
        self.file.write_all(text.as_bytes())?;
        seen.see_text(text);
        self.seen = seen;
        Ok(())
    }

    /// Copies the first so many bytes of a file behind what is here, in pieces of a size and by so many hands. Each piece
    /// is given to `look` while it is at hand, with where it begins in that file, and what comes of that to `take`, piece
    /// by piece in their order.
    ///
    /// # Errors
    /// When either file fails, or the other one has fewer bytes; what is here then is no text.
    pub fn copy<T: Send>(
        &mut self,
        (file, length): (&File, u64),
        (piece, hands): (usize, usize),
        look: impl Fn(u64, &[u8]) -> T + Sync,
        mut take: impl FnMut(T),
    ) -> Result<(), Uncopied> {
        let before = self.file.stream_position().map_err(Uncopied::Copy)?;
        let pieces = (0..length).step_by(piece).map(|start| {
            let rest = usize::try_from(length - start).unwrap_or(usize::MAX);
            (start, rest.min(piece))
        });
        // Those who write the same file wait for each other anyhow; the system would have them spin meanwhile.
        let own = Mutex::new(&self.file);
        // What one piece has shown to be no text is none whatever the others are.
        let may_be_text = AtomicBool::new(true);
        let look_for_text = |bytes: &[u8]| {
            if !may_be_text.load(Ordering::Relaxed) {
                return Utf8Piece::of_no_text();
            }
            let piece = Utf8Piece::of(bytes);
            may_be_text.fetch_and(piece.may_be_of_text(), Ordering::Relaxed);
            piece
        };
        let copy_one = |bytes: &[u8], start: u64| {
            let file = own.lock().unwrap_or_else(PoisonError::into_inner);
            platform::write_all_at(&file, bytes, before + start).map_err(Uncopied::Copy)?;
            drop(file);
            Ok((look_for_text(bytes), look(start, bytes)))
        };
        let work = |bytes: &mut Vec<u8>, (start, length): (u64, usize), copied: &mut Option<_>| {
            bytes.resize(length, 0);
            let read = platform::read_exact_at(file, bytes, start).map_err(Uncopied::Source);
            *copied = Some(read.and_then(|()| copy_one(bytes, start)));
        };
        // Until all of it is copied, what is here is not what was looked at.
        let mut seen = std::mem::replace(&mut self.seen, Utf8Watch::broken());
        crew::in_order(hands, pieces, Vec::new, work, |copied| {
            let (piece, found) = copied.take().expect("work on a piece ends with what came of it")?;
            seen.see_piece(&piece);
            take(found);
            Ok(())
        })?;
        self.file.seek(SeekFrom::Start(before + length)).map_err(Uncopied::Copy)?;
        self.seen = seen;
        Ok(())
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

/// Why a file was not copied.
#[derive(Debug)]
pub enum Uncopied {
    /// It cannot be read, or has become shorter.
    Source(io::Error),
    /// The copy cannot be written.
    Copy(io::Error),
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
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_copy_in_pieces_is_the_file_and_a_text_where_that_is_one(
            text in "[aé€𝄞]{0,30}", damage in proptest::option::of((0usize..90, any::<u8>())),
            before in "[é€]{0,2}", (piece, hands, lacking) in (1usize..20, 1usize..4, 0u64..3),
        ) {
            let mut bytes = text.into_bytes();
            if let Some((at, byte)) = damage.filter(|(at, _)| *at < bytes.len()) {
                bytes[at] = byte;
            }
            let mut source = tempfile::tempfile().unwrap();
            source.write_all(&bytes).unwrap();
            let mut copy = PrivateFile::create_in(&std::env::temp_dir()).unwrap();
            copy.write_text(&before).unwrap();
            let (length, mut looked_at) = (bytes.len() as u64 + lacking, Vec::new());
            let look = |start: u64, piece: &[u8]| (start, piece.to_vec());
            let copied = copy.copy((&source, length), (piece, hands), look, |found| looked_at.push(found));
            prop_assert_eq!(copied.is_ok(), lacking == 0);
            copy.write_all("ñ".as_bytes()).unwrap();
            let frozen = Arc::new(copy.freeze().unwrap());
            if lacking > 0 {
                prop_assert!(FrozenText::of(frozen, 0).is_none());
                return Ok(());
            }
            let all = [before.as_bytes(), &bytes, "ñ".as_bytes()].concat();
            prop_assert_eq!(&frozen[..], &all[..]);
            let starts: Vec<u64> = (0..length).step_by(piece).collect();
            prop_assert_eq!(looked_at.iter().map(|(start, _)| *start).collect::<Vec<_>>(), starts);
            prop_assert_eq!(looked_at.into_iter().flat_map(|(_, piece)| piece).collect::<Vec<_>>(), bytes);
            prop_assert_eq!(FrozenText::of(frozen, 0).is_some(), std::str::from_utf8(&all).is_ok());
        }
    }

    #[test]
    fn a_private_file_has_no_name_and_is_read_as_it_was_written() {
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
