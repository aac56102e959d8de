//! A file of JSON lines that only grows: the form of both files the sandbox keeps.
//!
//! A line is written with one call before its answer leaves, so a killed sandbox leaves at most one torn line, at
//! the end; opening cuts it off, because the answer it belongs to never left. Lines are never changed, and there
//! is no sync to the disk: the sandbox has to survive its own death, not that of the machine.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use serde::Serialize;

use crate::platform::private_open_options;

/// An open file of JSON lines, at its end.
pub(super) struct Journal {
    file: File,
    length: u64,
}

impl Journal {
    /// Opens or creates the file, gives each whole line to `each` with its number from 1, and cuts off a torn one.
    pub(super) fn open<E: From<io::Error>>(
        path: &Path,
        mut each: impl FnMut(usize, &[u8]) -> Result<(), E>,
    ) -> Result<Self, E> {
        // Not opened for appending: Windows would then not let the torn line be cut off.
        let file = private_open_options().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut reader = BufReader::new(file);
        let (mut line, mut number, mut length) = (Vec::new(), 0, 0);
        loop {
            line.clear();
            let bytes = reader.read_until(b'\n', &mut line)?;
            if line.pop_if(|last| *last == b'\n').is_none() {
                break;
            }
            number += 1;
            each(number, &line)?;
            length += bytes as u64;
        }
        let mut file = reader.into_inner();
        file.set_len(length)?;
        file.seek(SeekFrom::Start(length))?;
        Ok(Self { file, length })
    }

    /// Adds one line. After a failure (a full disk) the file is as long as before, so that the next line does not
    /// continue half of this one.
    pub(super) fn append(&mut self, line: &impl Serialize) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        if let Err(error) = self.file.write_all(&bytes).and_then(|()| self.file.flush()) {
            self.file.set_len(self.length)?;
            self.file.seek(SeekFrom::Start(self.length))?;
            return Err(error);
        }
        self.length += bytes.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &Path) -> (Journal, Vec<String>) {
        let mut found = Vec::new();
        let journal = Journal::open(path, |_, line| {
            found.push(String::from_utf8(line.to_vec()).unwrap());
            Ok::<(), io::Error>(())
        });
        (journal.unwrap(), found)
    }

    #[test]
    fn what_was_appended_is_there_when_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.ndjson");
        let (mut journal, found) = lines(&path);
        assert!(found.is_empty());
        journal.append(&"one").unwrap();
        journal.append(&"two").unwrap();
        assert_eq!(lines(&path).1, ["\"one\"", "\"two\""]);
    }

    #[test]
    fn a_torn_last_line_is_cut_off_and_the_next_one_starts_clean() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.ndjson");
        for torn in ["\"tw", "", "\"two\""] {
            std::fs::write(&path, format!("\"one\"\n{torn}")).unwrap();
            let (mut journal, found) = lines(&path);
            assert_eq!(found, ["\"one\""]);
            journal.append(&"three").unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), "\"one\"\n\"three\"\n");
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_the_file() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.ndjson");
        drop(lines(&path));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
