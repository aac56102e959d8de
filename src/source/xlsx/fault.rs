//! Why a workbook cannot be read, and the bounds that a hostile one meets.
//!
//! A [`Fault`] is found deep in the reader, where neither the file's name nor the sheet's is known; it becomes
//! a [`Failure`] at the door. The bounds are constants, not settings: they lie far above what Excel itself can
//! write, and keep what a file costs in proportion to what a machine has.

use std::io;

use zip::result::ZipError;

use crate::lang::{Code, Say};
use crate::problem::{Failure, Place};

/// The most entries that an archive may list.
pub(super) const ENTRIES_MAX: usize = 10_000;
/// The most bytes that one sheet may inflate to.
pub(super) const SHEET_BYTES_MAX: u64 = 4 << 30;
/// The most bytes that the shared strings may inflate to; offsets into them fit in 32 bits.
pub(super) const STRINGS_BYTES_MAX: u64 = 1 << 30;
/// The most bytes that any other part may inflate to.
pub(super) const PART_BYTES_MAX: u64 = 64 << 20;
/// The most bytes that are inflated of one archive in all.
pub(super) const INFLATED_MAX: u64 = 16 << 30;
/// The most shared strings, four times what a full column can point at.
pub(super) const STRINGS_MAX: usize = 1 << 25;
/// The most rows and columns of a sheet.
pub(super) const ROWS_MAX: u32 = 1_048_576;
/// The most columns of a sheet.
pub(super) const COLUMNS_MAX: u32 = 16_384;
/// The most bytes of one cell's text: 32,767 characters as Excel counts them, with room for other programs.
pub(super) const CELL_BYTES_MAX: usize = 1 << 20;
/// The most bytes of a piece of markup or text that must be held at once, escapes included.
pub(super) const TOKEN_BYTES_MAX: usize = 8 << 20;
/// The most bytes of one row's own texts.
pub(super) const ROW_BYTES_MAX: usize = 64 << 20;
/// The most bytes of packed text of one workbook.
pub(super) const PACKED_BYTES_MAX: usize = 2 << 30;
/// The most merged ranges of a sheet.
pub(super) const MERGES_MAX: usize = 1 << 20;

/// Why a workbook cannot be read.
#[derive(Debug)]
pub(super) struct Fault {
    code: Code,
    reason: Reason,
    row: Option<u32>,
}

#[derive(Debug)]
enum Reason {
    Said(Say),
    Text(String),
}

/// The result of everything that reads a workbook.
pub(super) type Read<T> = Result<T, Fault>;

impl Fault {
    /// The file is not what a workbook must be.
    pub(super) fn damaged(say: Say) -> Fault {
        Fault { code: Code::FileDamaged, reason: Reason::Said(say), row: None }
    }

    /// The file passes a bound.
    pub(super) fn too_big(say: Say) -> Fault {
        Fault { code: Code::FileTooBig, reason: Reason::Said(say), row: None }
    }

    /// The packed text cannot be spooled.
    #[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err` by its name")]
    pub(super) fn unwritable(error: io::Error) -> Fault {
        Fault { code: Code::SpoolUnwritable, reason: Reason::Text(error.to_string()), row: None }
    }

    /// The markup is cut off or malformed.
    pub(super) fn xml() -> Fault {
        Fault::damaged(Say::BookXmlBroken)
    }

    /// Adds the row that was being read.
    pub(super) fn at_row(mut self, row: u32) -> Fault {
        self.row = self.row.or((row > 0).then_some(row));
        self
    }

    /// The failure that names the file.
    pub(super) fn failure(self, file: &str, sheet: Option<&str>) -> Failure {
        let failure = Failure::new(self.code).with("value", file);
        let failure = match self.reason {
            Reason::Said(say) => failure.with_say("reason", say),
            Reason::Text(text) => failure.with("reason", text),
        };
        if sheet.is_none() && self.row.is_none() {
            return failure;
        }
        failure.at(Place {
            file: file.to_owned(),
            sheet: sheet.map(str::to_owned),
            row: self.row,
            column: None,
        })
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Fault {
        if error.kind() == io::ErrorKind::FileTooLarge {
            return Fault::too_big(Say::BookPartTooBig);
        }
        Fault { code: Code::FileDamaged, reason: Reason::Text(error.to_string()), row: None }
    }
}

impl From<ZipError> for Fault {
    fn from(error: ZipError) -> Fault {
        Fault { code: Code::FileDamaged, reason: Reason::Text(error.to_string()), row: None }
    }
}
