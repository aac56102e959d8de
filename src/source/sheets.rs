//! Which sheets of a workbook are read, one rule for every format.
//!
//! A report of cartera's own is known by its columns and read by its own sheets; any other workbook by what the
//! mapping chooses, and never by a hidden sheet in silence. Nothing here reads a cell.

use super::{SheetChoice, Visibility};
use crate::lang::Code;
use crate::problem::{Failure, Result};

/// The sheets of a report that may be loaded, of those that have a report's columns and whether their rows wait.
///
/// Rows that wait are in the report to be seen, not to be loaded; alone, they are refused one by one.
pub(super) fn loadable(mut reports: Vec<(String, bool)>) -> Option<Vec<String>> {
    if reports.iter().any(|(_, pending)| !pending) {
        reports.retain(|(_, pending)| !pending);
    }
    (!reports.is_empty()).then(|| reports.into_iter().map(|(sheet, _)| sheet).collect())
}

/// The sheets that the mapping chooses among all worksheets, in order; `file` is for messages.
pub(super) fn chosen(all: &[(String, Visibility)], file: &str, choice: &SheetChoice) -> Result<Vec<String>> {
    let visible: Vec<String> =
        all.iter().filter(|(_, seen)| *seen == Visibility::Visible).map(|(name, _)| name.clone()).collect();
    let list = || visible.iter().map(|name| format!("«{name}»")).collect::<Vec<_>>().join(", ");
    match choice {
        SheetChoice::Named(names) => {
            let missing = names.iter().find(|wanted| !all.iter().any(|(name, _)| name == *wanted));
            match missing {
                Some(wanted) => {
                    let failure = Failure::new(Code::SheetNotFound).with("value", file);
                    Err(failure.with("expected", wanted).with("reason", list()))
                }
                None => Ok(names.clone()),
            }
        }
        SheetChoice::OnlyOne if visible.len() > 1 => {
            Err(Failure::new(Code::SheetAmbiguous).with("value", file).with("reason", list()))
        }
        SheetChoice::OnlyOne | SheetChoice::All if visible.is_empty() => {
            Err(Failure::new(Code::FileEmpty).with("value", file))
        }
        SheetChoice::OnlyOne | SheetChoice::All => Ok(visible),
    }
}
