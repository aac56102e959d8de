//! Workbooks whose rows go through a file of the state folder while they are written, and what may go wrong with that.
//!
//! The library that writes them panics where it finds no room, so it works apart. Nothing here knows what is in a workbook,
//! or where it is going to stand.

use std::io;
use std::path::Path;

use rust_xlsxwriter::XlsxError;

use crate::crew::{self, Undone};
use crate::lang::{Code, Say};
use crate::problem::{Failure, Result};

use super::outcome::internal;

/// The bytes of a workbook, which `write` makes with its rows in a file of a folder.
pub(super) fn spooled(
    folder: &Path,
    write: impl FnOnce(&Path) -> std::result::Result<Vec<u8>, XlsxError> + Send,
) -> Result<Vec<u8>> {
    match crew::guarded(|| write(folder)) {
        Ok(Ok(workbook)) => Ok(workbook),
        Ok(Err(XlsxError::TempFileError(_, error) | XlsxError::IoError(error)))
        | Err(Undone::NotBegun(error)) => Err(unwritable(folder, error)),
        Ok(Err(error)) => Err(internal(error)),
        Err(Undone::Panicked) => {
            let failure = Failure::new(Code::ReportUnwritable).with("value", folder.display());
            Err(failure.with_say("reason", Say::ReasonNoRoom))
        }
    }
}

/// The failure of a report's file, or of the folder that it is made in.
pub(super) fn unwritable(path: &Path, error: io::Error) -> Failure {
    Failure::new(Code::ReportUnwritable).with("value", path.display()).with("reason", error)
}
