//! What a file is, found in its content and never in its name.
//!
//! Archives (gzip, zstd, a zip of one file) are opened one level deep; what comes out is a workbook, a text,
//! or a [`Failure`] that says what the file really is and what to do with it. Nothing here reads a cell.
//!
//! What an archive holds is decompressed into a spool, piece by piece. Two bounds stop a bomb: how much more may
//! come out than has gone in so far, and how much may come out at all. Both are held against the bytes that really
//! come out, never against a size that the archive declares.

use std::cell::Cell;
use std::io::{self, Cursor, Read, Seek, SeekFrom};

use serde::{Deserialize, Serialize};

use super::encoding;
use super::intake::SPOOLED_MAX;
use super::spool::{Bytes, Spools, Unfilled, unwritable};
use super::workbook_kind::{self, KindOf};
use crate::lang::{Code, Say};
use crate::problem::{Failure, Result};

/// How many bytes may come out for each that has gone in. Portfolios shrink to a tenth or a thirtieth; the most that
/// gzip can do is a thousandth.
const INFLATION_MAX: u64 = 200;
/// What may come out however little has gone in.
const INFLATED_FREELY: u64 = 64 << 20;
/// How much of a text is looked at to tell a table from a web page.
const OPENING: usize = 4096;
/// How many names a refusal lists.
const LISTED: usize = 5;

/// The kinds that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Kind {
    /// Delimiter-separated text.
    Text,
    /// A workbook of Excel 2007 and later.
    Xlsx,
    /// The same with macros, which are never run.
    Xlsm,
    /// The same in its binary form.
    Xlsb,
    /// A workbook of Excel 5 to 2003.
    Xls,
    /// An `OpenDocument` spreadsheet.
    Ods,
}

impl Kind {
    /// The name shown to people.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Text => "csv",
            Kind::Xlsx => "xlsx",
            Kind::Xlsm => "xlsm",
            Kind::Xlsb => "xlsb",
            Kind::Xls => "xls",
            Kind::Ods => "ods",
        }
    }
}

/// A file out of its archive, if it was in one.
#[derive(Debug)]
pub(super) struct Content {
    /// What it is.
    pub(super) kind: Kind,
    /// Its bytes.
    pub(super) bytes: Bytes,
    /// Whether an archive was opened to get at it.
    pub(super) unpacked: bool,
}

/// What can be told of bytes without opening an archive.
enum Found {
    Data(Kind),
    Gzip,
    Zstd,
    Zip,
}

/// Finds what a file is, and opens the archive that it may be.
pub(super) fn open(bytes: Bytes, name: &str, spools: &Spools) -> Result<Content> {
    let inflater = Inflater { name, spools, gone_in: Cell::new(0) };
    let metered = Metered { bytes: Cursor::new(&bytes[..]), gone_in: &inflater.gone_in };
    let inner = match find(&bytes, name)? {
        Found::Data(kind) => return Ok(Content { kind, bytes, unpacked: false }),
        Found::Gzip => inflater.inflate(flate2::read::MultiGzDecoder::new(metered))?,
        Found::Zstd => {
            let decoder = zstd::stream::read::Decoder::new(metered);
            inflater.inflate(decoder.map_err(|error| archive_damaged(name, error))?)?
        }
        Found::Zip => only_file(metered, &inflater)?,
    };
    // The archive's own bytes are of no more use.
    drop(bytes);
    match find(&inner, name)? {
        Found::Data(kind) => Ok(Content { kind, bytes: inner, unpacked: true }),
        Found::Gzip | Found::Zstd | Found::Zip => Err(Failure::new(Code::ArchiveNested).with("value", name)),
    }
}

fn find(bytes: &[u8], name: &str) -> Result<Found> {
    const ARCHIVES: [(&[u8], &str); 5] = [
        (b"Rar!\x1A\x07", "RAR"),
        (b"7z\xBC\xAF\x27\x1C", "7z"),
        (b"\xFD7zXZ\0", "xz"),
        (b"BZh91AY&SY", "bzip2"),
        (b"\x1F\x9D", "compress (.Z)"),
    ];
    if let Some((_, kind)) = ARCHIVES.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(Failure::new(Code::ArchiveUnsupported).with("value", name).with("reason", kind));
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return Err(Failure::new(Code::ArchiveUnsupported).with("value", name).with("reason", "tar"));
    }
    if bytes.starts_with(b"\x1F\x8B") {
        return Ok(Found::Gzip);
    }
    if bytes.starts_with(b"\x28\xB5\x2F\xFD") {
        return Ok(Found::Zstd);
    }
    let found = if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        workbook_kind::of_zip(bytes, name)?
    } else if bytes.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") {
        workbook_kind::of_ole(bytes, name)?
    } else if let Some(say) = other_kind(bytes) {
        KindOf::Other(say)
    } else {
        KindOf::Workbook(Kind::Text)
    };
    match found {
        KindOf::Workbook(kind) => Ok(Found::Data(kind)),
        KindOf::Archive => Ok(Found::Zip),
        KindOf::Other(say) => {
            Err(Failure::new(Code::FileUnknown).with("value", name).with_say("reason", say))
        }
    }
}

/// Kinds that are known by how they begin, and that hold no table to load.
fn other_kind(bytes: &[u8]) -> Option<Say> {
    const KNOWN: [(&[u8], Say); 12] = [
        (b"%PDF", Say::KindPdf),
        (b"\x89PNG", Say::KindPicture),
        (b"\xFF\xD8\xFF", Say::KindPicture),
        (b"GIF8", Say::KindPicture),
        (b"II*\0", Say::KindPicture),
        (b"MM\0*", Say::KindPicture),
        (b"{\\rtf", Say::KindWord),
        (b"\xFF\xFE\0\0", Say::KindUtf32),
        (b"\0\0\xFE\xFF", Say::KindUtf32),
        (b"\x09\x00\x04\x00", Say::KindOldWorkbook),
        (b"\x09\x02\x06\x00", Say::KindOldWorkbook),
        (b"\x09\x04\x06\x00", Say::KindOldWorkbook),
    ];
    if let Some((_, say)) = KNOWN.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Some(*say);
    }
    markup(bytes)
}

/// HTML and XML, in whatever encoding; a workbook's name on them changes nothing.
fn markup(bytes: &[u8]) -> Option<Say> {
    const HTML: [&str; 9] =
        ["<!doctype html", "<html", "<head", "<meta", "<body", "<table", "<style", "<div", "mime-version:"];
    let opening = encoding::opening(&bytes[..bytes.len().min(OPENING)]).to_ascii_lowercase();
    let mut start = opening.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    while let Some((_, rest)) = start.strip_prefix("<!--").and_then(|comment| comment.split_once("-->")) {
        start = rest.trim_start();
    }
    if HTML.iter().any(|tag| start.starts_with(tag))
        || (start.starts_with("<?xml") && start.contains("<html"))
    {
        return Some(Say::KindWebPage);
    }
    if !start.starts_with("<?xml") && !start.starts_with("<workbook") {
        return None;
    }
    let sheet = start.contains("excel.sheet") || start.contains("schemas-microsoft-com:office:spreadsheet");
    Some(if sheet { Say::KindXmlWorkbook } else { Say::KindXml })
}

/// The single file of a zip that is no document; folders and what macOS adds are not counted.
fn only_file(archive: Metered<'_>, inflater: &Inflater<'_>) -> Result<Bytes> {
    let name = inflater.name;
    let mut zip = zip::ZipArchive::new(archive).map_err(|error| archive_damaged(name, error))?;
    // A name that is no text is still a file.
    let name_at = |at| match zip.name_for_index(at) {
        Some(Ok(name)) => name.into_owned(),
        _ => "?".to_owned(),
    };
    let files: Vec<(usize, String)> = (0..zip.len())
        .map(|at| (at, name_at(at)))
        .filter(|(_, name)| {
            !name.ends_with('/') && !name.starts_with("__MACOSX/") && !name.ends_with(".DS_Store")
        })
        .collect();
    match &files[..] {
        [] => Err(Failure::new(Code::FileEmpty).with("value", name)),
        [(only, _)] => {
            let file = zip.by_index(*only).map_err(|error| match error {
                zip::result::ZipError::UnsupportedArchive(zip::result::ZipError::PASSWORD_REQUIRED) => {
                    Failure::new(Code::FileProtected).with("value", name)
                }
                error => archive_damaged(name, error),
            })?;
            inflater.inflate(file)
        }
        _ => {
            let mut names: Vec<_> = files.iter().take(LISTED).map(|(_, name)| name.as_str()).collect();
            if files.len() > LISTED {
                names.push("…");
            }
            Err(Failure::new(Code::ArchiveSeveral).with("value", name).with("reason", names.join(", ")))
        }
    }
}

/// Spools what comes out of an archive.
struct Inflater<'n> {
    name: &'n str,
    spools: &'n Spools,
    gone_in: Cell<u64>,
}

impl Inflater<'_> {
    fn inflate(&self, archive: impl Read) -> Result<Bytes> {
        let name = self.name;
        let most = || {
            self.gone_in.get().saturating_mul(INFLATION_MAX).saturating_add(INFLATED_FREELY).min(SPOOLED_MAX)
        };
        let mut spool = self.spools.begin();
        spool.fill(archive, most, |_| ()).map_err(|error| match error {
            Unfilled::Source(error) => archive_damaged(name, error),
            Unfilled::Spool(error) => unwritable(name, &error),
            Unfilled::TooMuch if most() == SPOOLED_MAX => {
                too_big(name, Say::ReasonBigInside, &megabytes(SPOOLED_MAX))
            }
            Unfilled::TooMuch => too_big(name, Say::ReasonInflates, &format!("{INFLATION_MAX} ×")),
        })?;
        spool.finish().map_err(|error| unwritable(name, &error))
    }
}

/// An archive's bytes, counted as they are read.
struct Metered<'b> {
    bytes: Cursor<&'b [u8]>,
    gone_in: &'b Cell<u64>,
}

impl Read for Metered<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.bytes.read(buffer)?;
        self.gone_in.set(self.gone_in.get() + count as u64);
        Ok(count)
    }
}

impl Seek for Metered<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.bytes.seek(to)
    }
}

/// The refusal of what passes a bound.
pub(super) fn too_big(name: &str, reason: Say, limit: &str) -> Failure {
    Failure::new(Code::FileTooBig).with("value", name).with_say("reason", reason).with("expected", limit)
}

/// A bound as people read it.
pub(super) fn megabytes(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}

fn archive_damaged(name: &str, error: impl ToString) -> Failure {
    Failure::new(Code::ArchiveDamaged).with("value", name).with("reason", error)
}
