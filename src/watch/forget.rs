//! Forgetting what `watch` delivered: the reports and notes beside a creditor's file, which hold what was in it.
//!
//! Only what cartera wrote goes; the file itself is the creditor's and stays, unless the watch's `keep_done` says
//! otherwise. Where deliveries end is remembered for each watch, so that nobody has to say it again, and what ended
//! there under an earlier configuration is found as well. Which runs are old is not decided here.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::HOME;
use super::delivery::{Delivery, LOG, NOTE, REPORT, Stage};
use super::memory::Memory;

/// A delivery that has ended, as far as forgetting is concerned.
#[derive(Debug)]
pub struct Ended {
    /// The run whose report it has; none where the file was refused before there was one.
    pub run: Option<i64>,
    /// When the file was taken.
    pub taken_at: Timestamp,
    /// Where its report is, if it has one.
    pub report: PathBuf,
    folder: PathBuf,
}

impl Ended {
    /// Removes the note and the remarks of its loads, which may repeat a value of the file.
    pub fn forget_notes(&self) {
        for name in [NOTE, LOG] {
            // What is not there, or cannot be removed, is looked for again by the next purge.
            std::fs::remove_file(self.folder.join(name)).ok();
        }
    }

    /// Whether a note or a remark is there.
    pub fn has_notes(&self) -> bool {
        [NOTE, LOG].iter().any(|name| self.folder.join(name).exists())
    }
}

/// The deliveries of every watch of a state folder that have come to their end.
pub fn ended(state: &Path) -> Vec<Ended> {
    let home = state.join(HOME);
    let memories = list(&home).into_iter().filter(|path| path.extension().is_some_and(|end| end == "json"));
    let places = memories.flat_map(|path| Memory::places_in(&path));
    let folders = places.flat_map(|place| list(&place));
    folders.filter_map(|folder| ended_in(&folder)).collect()
}

fn ended_in(folder: &Path) -> Option<Ended> {
    // A folder that is none of ours has no journal.
    let journal = Delivery::journal_in(folder).ok()??;
    let is_over = matches!(journal.stage, Stage::Ended { .. });
    is_over.then(|| Ended {
        run: journal.ended.run,
        taken_at: journal.taken_at,
        report: folder.join(REPORT),
        folder: folder.to_path_buf(),
    })
}

fn list(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|inner| inner.path()).collect()
}
