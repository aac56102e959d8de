//! Which kind of document a zip or an OLE file is, by the parts it has.
//!
//! Only the list of parts is looked at, and in a zip the small part that lists their types. Nothing here
//! reads a sheet, and no file's name is asked.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use super::container::{Kind, too_big};
use crate::lang::{Code, Say};
use crate::problem::{Failure, Result};

/// More parts than any workbook has.
const ENTRIES_MAX: usize = 10_000;
/// The most that is read of the list of types.
const TYPES_MAX: u64 = 1 << 20;

/// What a zip or an OLE file is.
pub(super) enum KindOf {
    /// A kind that is read.
    Workbook(Kind),
    /// A zip that is no document.
    Archive,
    /// A kind that is not read.
    Other(Say),
}

/// The kind of a zip.
pub(super) fn of_zip(bytes: &[u8], name: &str) -> Result<KindOf> {
    let mut zip =
        zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged_zip(bytes, name, &error))?;
    if zip.len() > ENTRIES_MAX {
        return Err(too_big(name, Say::ReasonEntries, &ENTRIES_MAX.to_string()));
    }
    // Some writers on Windows separate folders by a backslash.
    let names: Vec<String> = zip
        .file_names()
        .filter_map(Result::ok)
        .map(|name| name.replace('\\', "/").to_ascii_lowercase())
        .collect();
    let has = |start: &str| names.iter().any(|name| name.starts_with(start));
    if has("mimetype") && has("encrypted-package") {
        return Err(Failure::new(Code::FileProtected).with("value", name));
    }
    if has("mimetype") && has("content.xml") {
        let mime = part(&mut zip, "mimetype");
        let sheet = mime.starts_with("application/vnd.oasis.opendocument.spreadsheet");
        return Ok(if sheet { KindOf::Workbook(Kind::Ods) } else { KindOf::Other(Say::KindWord) });
    }
    if has("index/document.iwa") || has("index.zip") {
        return Ok(KindOf::Other(Say::KindNumbers));
    }
    if !has("[content_types].xml") {
        return Ok(KindOf::Archive);
    }
    if has("word/") {
        return Ok(KindOf::Other(Say::KindWord));
    }
    if has("ppt/") {
        return Ok(KindOf::Other(Say::KindSlides));
    }
    if has("xl/workbook.bin") {
        return Ok(KindOf::Workbook(Kind::Xlsb));
    }
    if !has("xl/") {
        return Ok(KindOf::Other(Say::KindOffice));
    }
    let macros = part(&mut zip, "[Content_Types].xml").contains("ms-excel.sheet.macroEnabled");
    Ok(KindOf::Workbook(if macros { Kind::Xlsm } else { Kind::Xlsx }))
}

/// The beginning of a part as text; nothing when it cannot be read, which the reader of the workbook will say.
fn part(zip: &mut zip::ZipArchive<Cursor<&[u8]>>, name: &str) -> String {
    let mut bytes = Vec::new();
    if let Ok(file) = zip.by_name(name) {
        // What was read before the error is enough to tell the kind.
        file.take(TYPES_MAX).read_to_end(&mut bytes).ok();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn damaged_zip(bytes: &[u8], name: &str, error: &zip::result::ZipError) -> Failure {
    let failure = Failure::new(Code::FileDamaged).with("value", name);
    if memchr::memmem::rfind(bytes, b"PK\x05\x06").is_none() {
        return failure.with_say("reason", Say::ReasonCutZip);
    }
    failure.with("reason", error)
}

/// The kind of an OLE file.
pub(super) fn of_ole(bytes: &[u8], name: &str) -> Result<KindOf> {
    let damaged = |error| Failure::new(Code::FileDamaged).with("value", name).with("reason", error);
    let ole = open_ole(bytes).map_err(damaged)?;
    let streams: Vec<String> =
        ole.read_root_storage().map(|entry| entry.name().to_ascii_lowercase()).collect();
    let has = |name: &str| streams.iter().any(|stream| stream == name);
    if has("encryptedpackage") || has("encryptioninfo") {
        return Err(Failure::new(Code::FileProtected).with("value", name));
    }
    Ok(match () {
        () if has("workbook") || has("book") => KindOf::Workbook(Kind::Xls),
        () if has("worddocument") => KindOf::Other(Say::KindWord),
        () if has("powerpoint document") => KindOf::Other(Say::KindSlides),
        () => KindOf::Other(Say::KindOffice),
    })
}

/// Opens an OLE file; one whose table of sectors is longer than the file, as npm's `xlsx` writes it, is padded
/// with the sectors that its table speaks of.
pub(super) fn open_ole(bytes: &[u8]) -> std::io::Result<cfb::CompoundFile<Cursor<Cow<'_, [u8]>>>> {
    cfb::CompoundFile::open(Cursor::new(Cow::Borrowed(bytes))).or_else(|error| {
        // The size of a sector is a power of two that the header names; a sector of the table speaks of a
        // quarter as many sectors as it has bytes.
        let shift = match bytes.get(30..32) {
            Some([9, 0]) => 9,
            Some([12, 0]) => 12,
            _ => return Err(error),
        };
        let block = (1_usize << shift) * (1 << (shift - 2));
        let length = bytes.len().next_multiple_of(block) + (1 << shift);
        let mut padded = bytes.to_vec();
        padded.resize(length, 0);
        cfb::CompoundFile::open(Cursor::new(Cow::Owned(padded)))
    })
}
