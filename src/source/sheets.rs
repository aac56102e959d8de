//! Which sheets of a workbook are read, one rule for every format.
//!
//! A report of cartera's own is known by its columns and read by its own sheets; any other workbook by what the
//! mapping chooses: sheets that it names, or the one whose beginning fits it; never a hidden sheet in silence.
//! Nothing here reads a cell.

use super::{SheetChoice, Table, Visibility};
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

/// The sheets that are chosen among all worksheets, in order; none when that depends on how they begin. `file` is
/// for messages.
pub(super) fn chosen(
    all: &[(String, Visibility)],
    file: &str,
    choice: &SheetChoice,
) -> Result<Option<Vec<String>>> {
    let name_of = |(name, _): &(String, Visibility)| name.clone();
    let visible = all.iter().filter(|(_, seen)| *seen == Visibility::Visible);
    match choice {
        SheetChoice::Named(names) => {
            let missing = names.iter().find(|wanted| !all.iter().any(|(name, _)| name == *wanted));
            match missing {
                Some(wanted) => {
                    let list = listed(visible.map(|(name, _)| name.as_str()));
                    let failure = Failure::new(Code::SheetNotFound).with("value", file);
                    Err(failure.with("expected", wanted).with("reason", list))
                }
                None => Ok(Some(names.clone())),
            }
        }
        SheetChoice::All if visible.clone().next().is_none() => {
            Err(Failure::new(Code::FileEmpty).with("value", file))
        }
        SheetChoice::All => Ok(Some(visible.map(name_of).collect())),
        SheetChoice::Every => Ok(Some(all.iter().map(name_of).collect())),
        SheetChoice::Fitting => Ok(match all {
            [only @ (_, Visibility::Visible)] => Some(vec![name_of(only)]),
            _ => None,
        }),
    }
}

/// The sheets that were read, or why the first of those that cannot be read cannot: that ends the reading unless
/// every sheet is to be seen for what it is. A full disk is no sheet's fault.
pub(super) fn readable(tables: Vec<Table>, choice: &SheetChoice) -> Result<Vec<Table>> {
    let mut unread = tables.iter().filter_map(|table| table.unread.as_ref());
    let ends = |failure: &&Failure| *choice != SheetChoice::Every || failure.code == Code::SpoolUnwritable;
    match unread.find(ends).cloned() {
        Some(failure) => Err(failure),
        None => Ok(tables),
    }
}

/// The only visible sheet: what [`Fit::ONLY_VISIBLE`](super::Fit::ONLY_VISIBLE) chooses.
pub(super) fn only_visible(file: &str, heads: &[Table]) -> Result<Vec<String>> {
    let visible: Vec<&str> = heads
        .iter()
        .filter(|head| head.notes.visibility == Visibility::Visible)
        .map(|head| head.name.as_str())
        .collect();
    match visible[..] {
        [] => Err(Failure::new(Code::FileEmpty).with("value", file)),
        [only] => Ok(vec![only.to_owned()]),
        [first, ..] => Err(several(file, first, &visible)),
    }
}

/// The question of which sheet is meant.
pub(crate) fn several(file: &str, first: &str, all: &[&str]) -> Failure {
    let failure = Failure::new(Code::SheetAmbiguous).with("value", file).with("expected", first);
    failure.with("reason", listed(all.iter().copied()))
}

/// Names of sheets as a message lists them.
fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.map(|name| format!("«{name}»")).collect::<Vec<_>>().join(", ")
}
