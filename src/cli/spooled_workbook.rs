//! Workbooks whose rows go through a file of the state folder while they are written, and what may go wrong with that.
//!
//! The library that writes them panics where it finds no room, so it works apart. Nothing here knows what is in a workbook,
//! or where it is going to stand.

use std::path::Path;

use rust_xlsxwriter::XlsxError;

use crate::crew::{self, Undone};
use crate::lang::{Code, Say};
use crate::problem::{Failure, Result};

use super::outcome::internal;

/// Lets `write` write a workbook that is to stand at a path, with its rows in a file of a folder.
pub(super) fn spooled(
    (folder, path): (&Path, &Path),
    write: impl FnOnce(&Path) -> std::result::Result<(), XlsxError> + Send,
) -> Result<()> {
    match crew::guarded(|| write(folder)) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(XlsxError::TempFileError(_, error))) | Err(Undone::NotBegun(error)) => {
            Err(unwritable(folder, error))
        }
        Ok(Err(error @ (XlsxError::IoError(_) | XlsxError::ZipError(_)))) => Err(unwritable(path, error)),
        Ok(Err(error)) => Err(internal(error)),
        // It shows the system's error in its panic, as errors show themselves to programmers; any other panic is a bug.
        Err(Undone::Panicked(words)) if words.contains("kind: ") => {
            let failure = Failure::new(Code::ReportUnwritable).with("value", folder.display());
            Err(failure.with_say("reason", Say::ReasonNoRoom))
        }
        Err(Undone::Panicked(words)) => Err(internal(words)),
    }
}

/// The failure of a report's file, or of the folder that it is made in.
pub(super) fn unwritable(path: &Path, error: impl ToString) -> Failure {
    Failure::new(Code::ReportUnwritable).with("value", path.display()).with("reason", error)
}
