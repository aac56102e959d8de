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
mod formula_error;
mod intake;
mod kept_cells;
mod marks;
mod merges;
mod mojibake;
mod notes;
mod ods;
pub mod origin;
mod packed;
mod parts;
mod reader_frames;
mod reader_process;
mod row;
mod sheets;
mod spool;
#[cfg(test)]
mod spooling_tests;
mod spreadsheet;
mod tame;
#[cfg(test)]
mod tests;
mod text;
mod tree_hash;
mod workbook_kind;
mod xlsb;
mod xlsx;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::lang::{Code, Say};
use crate::problem::{Failure, Result};

use container::{Content, Kind as FileKind};

pub use csv::{Dialect, sniff_delimiter};
pub use encoding::{Confidence, Decoded, NAMES as ENCODINGS, decode, is_encoding};
pub use formula_error::is_formula_error;
pub use kept_cells::KeptCells;
pub use merges::{Filled, Merges};
pub use mojibake::{has_lead, is_broken, mojibake};
pub use notes::{SheetNotes, Visibility};
pub use parts::{Part, Parts};
pub use reader_process::{Isolation, READER_COMMAND, ReaderProcess, serve};
pub(crate) use row::Words;
pub use row::{Cell, Cursor, Flaw, Form, Kind, Row, RowBuffer};
pub(crate) use sheets::several;
pub use spool::{Bytes, Spools};
pub use tame::Stretches;
pub use text::Text;

/// Whether a file opens to its end, as far as can be told before a table is read: an archive decompresses, a workbook
/// has its directory. What is no table at all opens; that it is none is another matter.
pub fn opens_to_its_end(path: &Path, spools: &Spools) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let opened =
        intake::take(path, &name, spools).and_then(|(bytes, _)| container::open(bytes, &name, spools));
    !opened.is_err_and(|failure| {
        matches!(failure.code, Code::ArchiveDamaged | Code::FileDamaged | Code::FileUnreadable)
    })
}

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
    /// The one that fits, of the visible ones; see [`Fit`].
    #[default]
    Fitting,
    /// These, by name.
    Named(Vec<String>),
    /// All visible ones.
    All,
    /// Every one, hidden or not, a report's like any other; one that cannot be read says so in its table.
    Every,
}

/// How a sheet is chosen where none is named: by how each of them begins.
#[derive(Clone, Copy)]
pub struct Fit<'f> {
    /// How many rows of each sheet are read for that.
    pub rows: u32,
    /// Takes the file's name and the beginnings of all its worksheets, hidden ones included, and names those to
    /// read.
    pub choose: &'f Choose<'f>,
}

/// A choice among sheets; see [`Fit::choose`].
pub type Choose<'f> = dyn Fn(&str, &[Table]) -> Result<Vec<String>> + Sync + 'f;

impl Fit<'_> {
    /// The only visible sheet; several are a question.
    pub const ONLY_VISIBLE: Fit<'static> = Fit { rows: 1, choose: &sheets::only_visible };
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
    /// What it is: `csv`, `xlsx`, `xls`…
    pub container: &'static str,
    /// Whether it came out of an archive (gz, zst, or a zip of one file).
    pub unpacked: bool,
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
    /// How sure the encoding is; a workbook's always is.
    pub confidence: Confidence,
    /// What the sheet says of itself besides its cells; nothing for a CSV.
    pub notes: SheetNotes,
    /// Why the sheet could not be read; see [`SheetChoice::Every`].
    pub unread: Option<Failure>,
}

impl Table {
    /// A sheet of a workbook.
    fn of_sheet(sheet: &str, kind: &'static str, (text, notes): (Text, SheetNotes)) -> Table {
        Table {
            name: sheet.to_owned(),
            sheet: Some(sheet.to_owned()),
            form: Form::Packed,
            encoding: kind,
            text,
            confidence: Confidence::Certain,
            notes,
            unread: None,
        }
    }
}

#[cfg(test)]
impl Table {
    /// A blank sheet, for a test to fill.
    pub(crate) fn sheet_of_a_test(name: &str) -> Table {
        Table::of_sheet(name, "xlsx", (Text::from(""), SheetNotes::default()))
    }

    /// A CSV with semicolons.
    pub(crate) fn csv_of_a_test(text: &str) -> Table {
        let form = Form::Csv { delimiter: b';' };
        Table { sheet: None, form, text: Text::from(text), ..Table::sheet_of_a_test("t") }
    }
}

/// Reads a file (`-` is standard input) and finds its tables; where the options name no sheet of a workbook, it
/// is the only visible one.
///
/// # Errors
/// A [`Failure`] that names the file and what it really is, when it cannot be read or is of no known kind.
pub fn open(path: &Path, options: &SourceOptions, workplace: &Workplace) -> Result<SourceFile> {
    open_fitting(path, options, Fit::ONLY_VISIBLE, workplace)
}

/// Reads a file as [`open`] does; where the options name no sheet of a workbook, it is the one that fits.
///
/// # Errors
/// As [`open`], and what the choice fails with.
pub fn open_fitting(
    path: &Path,
    options: &SourceOptions,
    fit: Fit<'_>,
    workplace: &Workplace,
) -> Result<SourceFile> {
    let name = path.display().to_string();
    let (bytes, fingerprint) = intake::take(path, &name, &workplace.spools)?;
    let size = bytes.len() as u64;
    let Read { container, unpacked, tables } = read(bytes, path, (options, fit), workplace)?;
    Ok(SourceFile { name, bytes: size, fingerprint, container, unpacked, tables })
}

/// What is read of a file's bytes.
struct Read {
    container: &'static str,
    unpacked: bool,
    tables: Vec<Table>,
}

fn read(
    bytes: Bytes,
    path: &Path,
    (options, fit): (&SourceOptions, Fit<'_>),
    workplace: &Workplace,
) -> Result<Read> {
    let name = path.display().to_string();
    let spools = &workplace.spools;
    let content = container::open(bytes, &name, spools)?;
    let mut tables = match content.kind {
        FileKind::Text => vec![text_table(&content, path, options, spools)?],
        FileKind::Xlsx | FileKind::Xlsm => {
            xlsx::tables(content.bytes, &name, (&options.sheets, fit), spools)?
        }
        FileKind::Xls | FileKind::Xlsb | FileKind::Ods => {
            reader_process::tables((content.kind, &content.bytes), &name, (&options.sheets, fit), workplace)?
        }
    };
    if content.kind == FileKind::Xlsm {
        for table in &mut tables {
            table.encoding = content.kind.name();
        }
    }
    Ok(Read { container: content.kind.name(), unpacked: content.unpacked, tables })
}

fn text_table(content: &Content, path: &Path, options: &SourceOptions, spools: &Spools) -> Result<Table> {
    let name = &path.display().to_string();
    // A report's own encoding and delimiter are found, whatever the creditor's were.
    let found = SourceOptions::default();
    let options = if begins_as_report(&content.bytes) { &found } else { options };
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

/// Whether a text begins as an error report of cartera's own does.
fn begins_as_report(bytes: &[u8]) -> bool {
    /// More than the header of a report takes.
    const OPENING: usize = 1 << 20;
    let opening = encoding::opening(&bytes[..bytes.len().min(OPENING)]);
    origin::begins_report(&opening, Form::Csv { delimiter: sniff_delimiter(&opening) })
}

/// Whether null bytes stand in the first line, or are more than a twentieth of how the text begins: such rows would be
/// nonsense. A few of them are damage of their cells, which is said cell by cell.
fn is_binary(text: &str) -> bool {
    const SHARE: usize = 20;
    /// Bytes that show what a text is.
    const OPENING: usize = 4 << 20;
    let first_line = text.lines().next().unwrap_or_default();
    let opening = &text.as_bytes()[..text.len().min(OPENING)];
    let nulls = memchr::memchr_iter(0, opening).count();
    first_line.contains('\0') || nulls * SHARE > opening.len()
}

fn stem(path: &Path) -> String {
    let path = if path == Path::new("-") { PathBuf::from("stdin") } else { path.to_path_buf() };
    path.file_stem().map_or_else(|| "stdin".to_owned(), |stem| stem.to_string_lossy().into_owned())
}
