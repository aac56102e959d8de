//! The archive of a workbook: its entries by name, inflated as streams within bounds.
//!
//! An archive that two programs could read as two different files is refused: names that stand twice, parts
//! that share bytes. What a header claims about a size is never believed; what is inflated is counted.

use std::collections::HashMap;
use std::io::{self, Cursor, Read as Source};

use memchr::memmem;
use zip::ZipArchive;

use super::ahead;
use super::fault::{ENTRIES_MAX, Fault, INFLATED_MAX, Read};
use super::inflate::Inflate;
use super::scan::Scanner;
use super::text;
use crate::lang::Say;
use crate::source::spool::Bytes;

/// An open archive.
pub(super) struct Package {
    bytes: Bytes,
    archive: ZipArchive<Cursor<Bytes>>,
    parts: HashMap<String, usize>,
    left: u64,
}

/// A part that is being inflated, within its own bound and that of the whole archive.
pub(super) struct Part<'p> {
    inflate: Inflate,
    most: u64,
    left: &'p mut u64,
}

impl Part<'_> {
    /// How many bytes it takes in the archive.
    pub(super) fn packed_length(&self) -> usize {
        self.inflate.packed_length()
    }
}

impl Source for Part<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inflate.read(buffer)?;
        let count = read as u64;
        if count > self.most || count > *self.left {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.most -= count;
        *self.left -= count;
        Ok(read)
    }
}

/// What a `.rels` part says of one target.
pub(super) struct Relation {
    pub(super) id: String,
    /// The last word of its type, such as `worksheet`.
    pub(super) kind: String,
    /// The part's name in the archive.
    pub(super) part: String,
}

impl Package {
    /// Opens an archive.
    pub(super) fn open(bytes: Bytes) -> Read<Package> {
        if entries_claimed(&bytes) > ENTRIES_MAX {
            return Err(Fault::too_big(Say::BookTooManyParts));
        }
        let mut archive = ZipArchive::new(Cursor::new(bytes.clone()))?;
        if archive.len() > ENTRIES_MAX {
            return Err(Fault::too_big(Say::BookTooManyParts));
        }
        let mut parts = HashMap::with_capacity(archive.len());
        let mut twice = archive.has_duplicate_names();
        for (index, name) in archive.file_names_raw().enumerate() {
            twice |= parts.insert(part_name(&String::from_utf8_lossy(name)), index).is_some();
        }
        if twice {
            return Err(Fault::damaged(Say::BookDuplicatePart));
        }
        if archive.has_overlapping_files()? {
            return Err(Fault::damaged(Say::BookPartsOverlap));
        }
        Ok(Package { bytes, archive, parts, left: INFLATED_MAX })
    }

    /// A scanner over a part, which may inflate to `most` bytes; none when there is no such part.
    pub(super) fn scan(&mut self, part: &str, most: u64) -> Read<Option<Scanner<Part<'_>>>> {
        Ok(self.part(part, most)?.map(Scanner::new))
    }

    /// Tries to read a part in a way that needs a thread, where it is so long that this is worth while. If that comes to
    /// nothing it is as if it had not been tried.
    pub(super) fn try_long<T>(
        &mut self,
        part: &str,
        most: u64,
        read: impl FnOnce(Part<'_>) -> Option<T>,
    ) -> Read<Option<T>> {
        /// Bytes of a part in the archive; what is inflated of a longer one takes longer than a thread to begin.
        const SHORT_MAX: usize = 64 << 10;
        let left = self.left;
        let long = self.part(part, most)?.filter(|part| part.packed_length() > SHORT_MAX);
        let done = long.and_then(read);
        if done.is_none() {
            self.left = left;
        }
        Ok(done)
    }

    /// Reads a part to its end, which may inflate to `most` bytes; none when there is no such part. A long one is inflated by
    /// a thread of its own meanwhile, where the system gives one.
    pub(super) fn read_whole<T>(
        &mut self,
        part: &str,
        most: u64,
        read: impl Fn(&mut dyn Source) -> Read<T>,
    ) -> Read<Option<T>> {
        match self.try_long(part, most, |source| ahead::reading(source, &read))? {
            Some(done) => done.map(Some),
            None => self.part(part, most)?.map(|mut source| read(&mut source)).transpose(),
        }
    }

    /// The bytes of a part, which may be `most`; none when there is no such part.
    pub(super) fn part(&mut self, part: &str, most: u64) -> Read<Option<Part<'_>>> {
        let Some(&index) = self.parts.get(&part_name(part)) else { return Ok(None) };
        let inflate = Inflate::of(self.bytes.clone(), &self.archive.by_index(index)?);
        let inflate = inflate.ok_or(io::Error::from(io::ErrorKind::UnexpectedEof))?;
        Ok(Some(Part { inflate, most, left: &mut self.left }))
    }

    /// The targets that a part names, in order; those outside the file are left alone.
    pub(super) fn relations(&mut self, of: &str, most: u64) -> Read<Vec<Relation>> {
        let (folder, file) = of.rsplit_once('/').unwrap_or(("", of));
        let rels = format!("{folder}/_rels/{file}.rels");
        let mut relations = Vec::new();
        let Some(mut scanner) = self.scan(&rels, most)? else { return Ok(relations) };
        while let Some(token) = scanner.next()? {
            if !token.starts(b"Relationship") || token.attribute(b"TargetMode") == Some(b"External") {
                continue;
            }
            let value = |name| token.attribute(name).map_or(Ok(String::new()), text::attribute);
            let kind = value(b"Type")?;
            let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
            let part = resolve(folder, &value(b"Target")?);
            relations.push(Relation { id: value(b"Id")?, kind, part });
        }
        Ok(relations)
    }
}

/// A part's name as it is compared: names differ in more than case and the kind of slash.
fn part_name(name: &str) -> String {
    name.replace('\\', "/").trim_start_matches('/').to_ascii_lowercase()
}

/// The part that a target means, seen from a folder.
fn resolve(folder: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    let mut steps: Vec<&str> = if target.starts_with('/') { Vec::new() } else { folder.split('/').collect() };
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    steps.join("/")
}

/// How many entries the end of an archive claims, before anything is made for them.
fn entries_claimed(bytes: &[u8]) -> usize {
    const COMMENT_MAX: usize = 22 + (1 << 16);
    let tail = &bytes[bytes.len().saturating_sub(COMMENT_MAX)..];
    let Some(end) = memmem::rfind(tail, b"PK\x05\x06") else { return 0 };
    match tail.get(end + 10..end + 12) {
        Some(count) => usize::from(u16::from_le_bytes([count[0], count[1]])),
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_seen_from_their_folder() {
        for (folder, target, part) in [
            ("xl", "worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("xl", "/xl/styles.xml", "xl/styles.xml"),
            ("", "xl/workbook.xml", "xl/workbook.xml"),
            ("xl/a", "..\\b/./c.xml", "xl/b/c.xml"),
            ("xl", "../../../x.xml", "x.xml"),
        ] {
            assert_eq!(part_name(&resolve(folder, target)), part);
        }
    }
}
