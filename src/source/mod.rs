//! A file becomes rows, each with its place.
//!
//! Every format ends as a [`Table`]: one text that holds all rows one after the other, which can be read from
//! any row's offset without reading what stands before it. A CSV's table is its own (decoded) text; a
//! workbook's sheet is written out once in the packed form. So the later stages read a row twice, once in
//! the source's order and once in the debtors' order, without ever holding a parsed row, and a block of the
//! ledger is a slice of that text.
//!
//! This stage never interprets a value: a date stays the cell it was, an identification keeps its zeros.

mod csv;
mod encoding;
mod notes;
pub mod origin;
mod packed;
mod row;
mod xlsx;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::lang::{Code, Say};
use crate::problem::{Failure, Result};

pub use csv::sniff_delimiter;
pub use notes::{SheetNotes, Visibility};
pub use row::{Cell, Cursor, Flaw, Form, Kind, Row, RowBuffer};

/// What a mapping may fix about the source; all of it is found when absent.
#[derive(Debug, Clone, Default)]
pub struct SourceOptions {
    /// Sheets to read.
    pub sheets: SheetChoice,
    /// Name of the text encoding.
    pub encoding: Option<String>,
    /// Delimiter of a CSV.
    pub delimiter: Option<u8>,
}

/// Which sheets of a workbook are read. A report of cartera's own is read by its own sheets, whatever is chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum SheetChoice {
    /// The only visible one; several are a question.
    #[default]
    OnlyOne,
    /// These, by name.
    Named(Vec<String>),
    /// All visible ones.
    All,
}

/// A file that was read.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// The name as given, for places and reports.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Fingerprint (BLAKE3, hex) of its bytes.
    pub fingerprint: String,
    /// The tables found in it.
    pub tables: Vec<Table>,
}

/// One table: a CSV, or a sheet of a workbook.
#[derive(Debug, Clone)]
pub struct Table {
    /// Name of the table for reports: the sheet's, or the file's without its ending.
    pub name: String,
    /// The sheet's name; none for a CSV.
    pub sheet: Option<String>,
    /// How rows are written in `text`.
    pub form: Form,
    /// The encoding that the source had, in the name that a mapping may use.
    pub encoding: &'static str,
    /// All rows, one after the other.
    pub text: Arc<str>,
    /// What the sheet says of itself besides its cells; nothing for a CSV.
    pub notes: SheetNotes,
}

/// Reads a file (`-` is standard input) and finds its tables.
///
/// # Errors
/// A [`Failure`] that names the file and what it really is, when it cannot be read or is of no known kind.
pub fn open(path: &Path, options: &SourceOptions) -> Result<SourceFile> {
    let name = path.display().to_string();
    let bytes = read_bytes(path, &name)?;
    let fingerprint = blake3::hash(&bytes).to_hex().to_string();
    let size = bytes.len() as u64;
    let tables = match Container::of(&bytes) {
        Container::Workbook => xlsx::tables(bytes, &name, options)?,
        Container::Text => vec![csv::table(&bytes, &stem(path), options)?],
        Container::Other(what) => {
            return Err(Failure::new(Code::FileUnknown).with("value", name).with_say("reason", what));
        }
    };
    Ok(SourceFile { name, bytes: size, fingerprint, tables })
}

fn read_bytes(path: &Path, name: &str) -> Result<Vec<u8>> {
    let read = if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    read.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Failure::new(Code::FileNotFound).with("value", name),
        _ => Failure::new(Code::FileUnreadable).with("value", name).with("reason", error),
    })
}

fn stem(path: &Path) -> String {
    let path = if path == Path::new("-") { PathBuf::from("stdin") } else { path.to_path_buf() };
    path.file_stem().map_or_else(|| "stdin".to_owned(), |stem| stem.to_string_lossy().into_owned())
}

/// What a file is, by its first bytes and never by its name.
enum Container {
    Text,
    Workbook,
    Other(Say),
}

impl Container {
    fn of(bytes: &[u8]) -> Container {
        const KNOWN: [(&[u8], Say); 7] = [
            (b"%PDF", Say::KindPdf),
            (&[0xD0, 0xCF, 0x11, 0xE0], Say::KindOldWorkbook),
            (&[0x1F, 0x8B], Say::KindCompressed),
            (&[0x28, 0xB5, 0x2F, 0xFD], Say::KindCompressed),
            (b"Rar!", Say::KindCompressed),
            (&[0x89, b'P', b'N', b'G'], Say::KindPicture),
            (&[0xFF, 0xD8, 0xFF], Say::KindPicture),
        ];
        if bytes.starts_with(b"PK\x03\x04") {
            return Container::Workbook;
        }
        if let Some((_, say)) = KNOWN.iter().find(|(magic, _)| bytes.starts_with(magic)) {
            return Container::Other(*say);
        }
        let start = bytes.trim_ascii_start();
        let opening = String::from_utf8_lossy(&start[..start.len().min(200)]).to_ascii_lowercase();
        let opening = opening.trim_start_matches('\u{feff}');
        if opening.starts_with("<!doctype html") || opening.starts_with("<html") {
            return Container::Other(Say::KindWebPage);
        }
        Container::Text
    }
}
