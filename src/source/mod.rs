//! A file becomes rows, each with its place.
//!
//! Every format ends as a [`Table`]: one text that holds all rows one after the other, which can be read from
//! any row's offset without reading what stands before it. A CSV's table is its own (decoded) text; a
//! workbook's sheet is written out once in the packed form. So the later stages read a row twice, once in
//! the source's order and once in the debtors' order, without ever holding a parsed row, and a block of the
//! ledger is a slice of that text.
//!
//! This stage never interprets a value: a date stays the cell it was, an identification keeps its zeros.

mod biff;
mod container;
mod csv;
mod encoding;
mod intake;
mod notes;
mod ods;
pub mod origin;
mod packed;
mod reader_frames;
mod reader_process;
mod row;
mod sheets;
mod spool;
#[cfg(test)]
mod spooling_tests;
mod spreadsheet;
#[cfg(test)]
mod tests;
mod text;
mod workbook_kind;
mod xlsb;
mod xlsx;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::lang::{Code, Say};
use crate::problem::{Failure, Result};

use container::{Content, Kind as FileKind};

pub use csv::sniff_delimiter;
pub use encoding::{Confidence, Decoded, decode, mojibake};
pub use notes::{SheetNotes, Visibility};
pub use reader_process::{Isolation, READER_COMMAND, ReaderProcess, serve};
pub use row::{Cell, Cursor, Flaw, Form, Kind, Row, RowBuffer};
pub use spool::{Bytes, Spools};
pub use text::Text;

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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SheetChoice {
    /// The only visible one; several are a question.
    #[default]
    OnlyOne,
    /// These, by name.
    Named(Vec<String>),
    /// All visible ones.
    All,
}

/// What the reading of a file may use besides the file.
#[derive(Debug, Clone)]
pub struct Workplace {
    /// Where what memory should not hold is kept meanwhile.
    pub spools: Spools,
    /// How the readers that are not our own are kept apart.
    pub isolation: Isolation,
}

#[cfg(test)]
impl Workplace {
    /// Everything in a folder and in this process, for tests of the library: their binary is not the program.
    pub(crate) fn here(folder: &Path) -> Workplace {
        Workplace { spools: Spools::in_folder(folder), isolation: Isolation::Here }
    }
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
    /// The encoding that the source had, in the name that a mapping may use; a workbook's kind, such as `xls`.
    pub encoding: &'static str,
    /// All rows, one after the other.
    pub text: Text,
    /// What the sheet says of itself besides its cells; nothing for a CSV.
    pub notes: SheetNotes,
}

/// Reads a file (`-` is standard input) and finds its tables.
///
/// # Errors
/// A [`Failure`] that names the file and what it really is, when it cannot be read or is of no known kind.
pub fn open(path: &Path, options: &SourceOptions, workplace: &Workplace) -> Result<SourceFile> {
    let name = path.display().to_string();
    let spools = &workplace.spools;
    let bytes = intake::take(path, &name, spools)?;
    let fingerprint = blake3::hash(&bytes).to_hex().to_string();
    let size = bytes.len() as u64;
    let content = container::open(bytes, &name, spools)?;
    let mut tables = match content.kind {
        FileKind::Text => vec![text_table(&content, path, options, spools)?],
        FileKind::Xlsx | FileKind::Xlsm => xlsx::tables(content.bytes, &name, options, spools)?,
        FileKind::Xls | FileKind::Xlsb | FileKind::Ods => {
            reader_process::tables((content.kind, &content.bytes), &name, &options.sheets, workplace)?
        }
    };
    if content.kind == FileKind::Xlsm {
        for table in &mut tables {
            table.encoding = content.kind.name();
        }
    }
    Ok(SourceFile { name, bytes: size, fingerprint, tables })
}

fn text_table(content: &Content, path: &Path, options: &SourceOptions, spools: &Spools) -> Result<Table> {
    let name = &path.display().to_string();
    let decoded = encoding::decode(&content.bytes, options.encoding.as_deref(), name, spools)?;
    if is_binary(&decoded.text) {
        return Err(Failure::new(Code::FileUnknown).with("value", name).with_say("reason", Say::KindBinary));
    }
    let mut table = stem(path);
    if content.unpacked {
        // `cartera.csv.gz` is the table «cartera».
        table = stem(Path::new(&table));
    }
    Ok(csv::table(decoded, &table, options))
}

/// Whether null bytes stand in the first line, or in more than a twentieth of the text: such rows would be
/// nonsense. A few of them are damage of their cells, which is said cell by cell.
fn is_binary(text: &str) -> bool {
    const SHARE: usize = 20;
    let first_line = text.lines().next().unwrap_or_default();
    let nulls = memchr::memchr_iter(0, text.as_bytes()).count();
    first_line.contains('\0') || nulls * SHARE > text.len()
}

fn stem(path: &Path) -> String {
    let path = if path == Path::new("-") { PathBuf::from("stdin") } else { path.to_path_buf() };
    path.file_stem().map_or_else(|| "stdin".to_owned(), |stem| stem.to_string_lossy().into_owned())
}
