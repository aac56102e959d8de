//! The bytes of a part, inflated as they are asked for.
//!
//! The archive's own reader hands a few kilobytes at a time to the inflater, which then finds what it repeats in a copy
//! of its own output. Here all deflated bytes are at hand, so each request is answered at once and in its place. What
//! the archive says of a part is held against what comes out: not more bytes than it says, and those of its checksum.

use std::io::{self, Read};

use crc32fast::Hasher;
use flate2::{Decompress, FlushDecompress, Status};
use zip::CompressionMethod;
use zip::read::ZipFile;

use crate::source::spool::Bytes;

/// Inflates a part.
pub(super) struct Inflate {
    archive: Bytes,
    /// Where the deflated bytes that were not read yet begin and end.
    at: usize,
    end: usize,
    /// None for a part that is stored as it is.
    inflater: Option<Decompress>,
    ended: bool,
    checksum: Hasher,
    expected: u32,
    /// Bytes that may still come, by what the archive says.
    left: u64,
}

impl Inflate {
    /// The part that a reader of the archive has found; none when it lies outside the archive, or is packed in a way
    /// that no workbook uses.
    pub(super) fn of<R: Read>(archive: Bytes, file: &ZipFile<'_, R>) -> Option<Inflate> {
        let inflater = match file.compression() {
            CompressionMethod::Stored => None,
            CompressionMethod::Deflated => Some(Decompress::new(false)),
            _ => return None,
        };
        let at = usize::try_from(file.data_start()?).ok()?;
        let end = at.checked_add(usize::try_from(file.compressed_size()).ok()?)?;
        archive.get(at..end)?;
        let (checksum, expected) = (Hasher::new(), file.crc32());
        Some(Inflate { archive, at, end, inflater, ended: false, checksum, expected, left: file.size() })
    }

    /// How many bytes of the archive were not read yet.
    pub(super) fn packed_length(&self) -> usize {
        self.end - self.at
    }

    fn inflate(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let packed = &self.archive[self.at..self.end];
        let Some(inflater) = &mut self.inflater else {
            let count = packed.len().min(buffer.len());
            buffer[..count].copy_from_slice(&packed[..count]);
            self.at += count;
            return Ok(count);
        };
        let (packed_before, before) = (inflater.total_in(), inflater.total_out());
        let status = inflater.decompress(packed, buffer, FlushDecompress::None).map_err(damaged)?;
        self.at += usize::try_from(inflater.total_in() - packed_before).map_err(damaged)?;
        let count = usize::try_from(inflater.total_out() - before).map_err(damaged)?;
        self.ended = status == Status::StreamEnd;
        if count == 0 && !self.ended {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(count)
    }
}

fn damaged(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

impl Read for Inflate {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = if self.ended || buffer.is_empty() { 0 } else { self.inflate(buffer)? };
        if count == 0 && !buffer.is_empty() && self.checksum.clone().finalize() != self.expected {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "Invalid checksum"));
        }
        self.checksum.update(&buffer[..count]);
        let left = self.left.checked_sub(count as u64);
        self.left = left.ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidData, "File is larger than its declared uncompressed size")
        })?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::{Cursor, Write};
    use zip::ZipArchive;
    use zip::write::SimpleFileOptions;

    fn archive(content: &[u8], method: CompressionMethod) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(b"in front".to_vec()));
        zip.start_file("p", SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(content).unwrap();
        zip.finish().unwrap().into_inner()
    }

    /// What both readers make of the only part of an archive: ours with a buffer of so many bytes, the archive's own.
    fn both(bytes: &[u8], size: usize) -> Option<[Option<Vec<u8>>; 2]> {
        let mut zip = ZipArchive::new(Cursor::new(bytes)).ok()?;
        let mut file = zip.by_index(0).ok()?;
        let mut inflate = Inflate::of(Bytes::from(bytes.to_vec()), &file)?;
        let (mut ours, mut theirs, mut buffer) = (Vec::new(), Vec::new(), vec![0; size]);
        let ours = loop {
            match inflate.read(&mut buffer) {
                Ok(0) => break Some(ours),
                Ok(count) => ours.extend_from_slice(&buffer[..count]),
                Err(_) => break None,
            }
        };
        Some([ours, file.read_to_end(&mut theirs).ok().map(|_| theirs)])
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_goes_in_comes_out(content in "(abc|[a-z]{0,9}){0,400}", size in 1usize..600, stored in any::<bool>()) {
            let method = if stored { CompressionMethod::Stored } else { CompressionMethod::Deflated };
            let bytes = archive(content.as_bytes(), method);
            prop_assert_eq!(both(&bytes, size), Some([Some(content.clone().into_bytes()), Some(content.into_bytes())]));
        }

        #[test]
        fn damage_is_found_where_the_archives_own_reader_finds_it(
            content in "(abc|[a-z]{0,9}){1,90}",
            size in 1usize..600,
            stored in any::<bool>(),
            (at, byte) in (any::<prop::sample::Index>(), any::<u8>()),
        ) {
            let method = if stored { CompressionMethod::Stored } else { CompressionMethod::Deflated };
            let mut bytes = archive(content.as_bytes(), method);
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Some([ours, theirs]) = both(&bytes, size) {
                prop_assert_eq!(ours, theirs);
            }
        }
    }
}
