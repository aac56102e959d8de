//! Files that go with a record: found and hashed when it is planned, found unchanged when it is sent.
//!
//! A sheet names them by their paths, relative to its own folder, and never reaches beyond that folder: what a creditor
//! writes into a cell must not make this machine's other files leave it. Between plan and sending a file may change; it is
//! compared before a byte of its request leaves and once more while it leaves, so that the CRM gets what was planned or
//! nothing whole. The sending itself is [`crate::upload::wire`]'s.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::lang::Code;

/// The endings that the documents allow (`wolkvox-api.md` section 6.1), with the type that is said of each.
const KINDS: [(&str, &str); 21] = [
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("csv", "text/csv"),
    ("pdf", "application/pdf"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("doc", "application/msword"),
    ("mp4", "video/mp4"),
    ("mp3", "audio/mpeg"),
    ("wmv", "video/x-ms-wmv"),
    ("wma", "audio/x-ms-wma"),
    ("wap", "application/octet-stream"),
    ("avi", "video/x-msvideo"),
    ("bmp", "image/bmp"),
    ("bpm", "application/octet-stream"),
    ("mov", "video/quicktime"),
    ("tiff", "image/tiff"),
    ("zip", "application/zip"),
    ("7z", "application/x-7z-compressed"),
    ("rar", "application/vnd.rar"),
];
/// What parts two paths in a cell.
const SEPARATORS: [char; 3] = [';', '|', '\n'];
/// Bytes read at once.
const BLOCK: usize = 64 * 1024;

/// A file as it was planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Where it is.
    pub path: PathBuf,
    /// What the CRM is told that it is called.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// What it holds, as a hash (BLAKE3).
    pub hash: String,
}

/// Why a path of a cell is no attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// What is the matter.
    pub code: Code,
    /// The path, as the cell has it.
    pub value: String,
    /// What is expected instead.
    pub expected: String,
}

impl Attachment {
    /// What is said of its content.
    pub fn kind(&self) -> &'static str {
        let ending = ending(&self.name);
        KINDS.iter().find(|(known, _)| *known == ending).map_or("application/octet-stream", |(_, kind)| kind)
    }

    /// The file, open, if it is what was planned; else why not.
    ///
    /// # Errors
    /// What the system says, or that it has changed.
    pub fn reopen(&self) -> io::Result<File> {
        let found = size_and_hash(&self.path)?;
        if found != (self.bytes, self.hash.clone()) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, CHANGED));
        }
        File::open(&self.path)
    }
}

/// What is said of a file that is no longer what was planned.
pub const CHANGED: &str = "the file has changed";

/// The files that a cell names, relative to the sheet's folder, in the cell's order.
///
/// # Errors
/// The first path that does not do, and why.
pub fn of_cell(text: &str, folder: &Path) -> Result<Vec<Attachment>, Unfit> {
    let paths = text.split(SEPARATORS).map(str::trim).filter(|path| !path.is_empty());
    paths.map(|path| of_path(path, folder)).collect()
}

fn of_path(written: &str, folder: &Path) -> Result<Attachment, Unfit> {
    let unfit =
        |code: Code, expected: &str| Unfit { code, value: written.to_owned(), expected: expected.to_owned() };
    let known = KINDS.iter().map(|(ending, _)| *ending);
    if !known.clone().any(|known| known == ending(written)) {
        return Err(unfit(Code::AttachmentKind, &known.collect::<Vec<_>>().join(", ")));
    }
    let folder_shown = folder.display().to_string();
    let missing = || unfit(Code::AttachmentMissing, &folder_shown);
    // People write paths as Windows does; no file of theirs has a backslash in its name.
    let path = folder.join(written.replace('\\', "/"));
    let (path, base) = (path.canonicalize(), folder.canonicalize());
    let (Ok(path), Ok(base)) = (path, base) else { return Err(missing()) };
    if !path.starts_with(&base) {
        return Err(unfit(Code::AttachmentOutside, &folder_shown));
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let (Some(name), true) = (name, path.is_file()) else { return Err(missing()) };
    let (bytes, hash) = size_and_hash(&path).map_err(|_error| missing())?;
    Ok(Attachment { path, name, bytes, hash })
}

/// The size and the hash (BLAKE3) of a file.
///
/// # Errors
/// When it cannot be read.
pub fn size_and_hash(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let (mut hasher, mut block, mut bytes) = (blake3::Hasher::new(), vec![0; BLOCK], 0);
    loop {
        let count = file.read(&mut block)?;
        if count == 0 {
            return Ok((bytes, hasher.finalize().to_hex().to_string()));
        }
        hasher.update(&block[..count]);
        bytes += count as u64;
    }
}

fn ending(name: &str) -> String {
    Path::new(name)
        .extension()
        .map(|ending| ending.to_string_lossy().to_ascii_lowercase())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_names_files_of_its_own_folder_alone() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("cartas");
        std::fs::create_dir_all(folder.join("sub")).unwrap();
        std::fs::write(folder.join("a.pdf"), "a").unwrap();
        std::fs::write(folder.join("sub/B.JPG"), "bb").unwrap();
        std::fs::write(folder.join("x.exe"), "x").unwrap();
        std::fs::write(outer.path().join("secreto.pdf"), "s").unwrap();
        let found = of_cell(" a.pdf ; sub\\B.JPG;", &folder).unwrap();
        let found: Vec<_> = found.iter().map(|file| (file.name.as_str(), file.bytes, file.kind())).collect();
        assert_eq!(found, [("a.pdf", 1, "application/pdf"), ("B.JPG", 2, "image/jpeg")]);
        assert_eq!(of_cell("", &folder), Ok(Vec::new()));
        let outside = outer.path().join("secreto.pdf").display().to_string();
        for (cell, code) in [
            ("a.pdf; b.pdf", Code::AttachmentMissing),
            ("x.exe", Code::AttachmentKind),
            ("a", Code::AttachmentKind),
            ("../secreto.pdf", Code::AttachmentOutside),
            (outside.as_str(), Code::AttachmentOutside),
        ] {
            assert_eq!(of_cell(cell, &folder).unwrap_err().code, code, "{cell}");
        }
    }

    #[test]
    fn a_file_that_changed_is_not_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pdf");
        std::fs::write(&path, "uno").unwrap();
        let file = of_cell("a.pdf", folder.path()).unwrap().remove(0);
        assert!(file.reopen().is_ok());
        std::fs::write(&path, "dos").unwrap();
        assert!(file.reopen().is_err());
        std::fs::remove_file(&path).unwrap();
        assert!(file.reopen().is_err());
    }
}
