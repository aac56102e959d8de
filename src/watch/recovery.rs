//! What an earlier watcher left: every delivery that lies in a `processing` folder is gone on with.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::Watcher;
use super::delivery::{Delivery, JOURNAL, Stage};
use super::disk::{RealDisk, remove_all};
use super::outbox::Post;
use super::settings::Watch;

/// Removes deliveries from `done` that lie there for longer than the watch keeps them; never what is not one.
pub(super) fn forget_done(watch: &Watch, now: Timestamp) -> io::Result<()> {
    let Some(keep) = watch.keep_done else { return Ok(()) };
    for folder in std::fs::read_dir(&watch.done)? {
        let folder = folder?;
        if !folder.file_type()?.is_dir() {
            continue;
        }
        let Ok(Some(journal)) = Delivery::journal_in(&folder.path()) else { continue };
        if journal.watch == watch.name && now.duration_since(journal.taken_at) > keep {
            tracing::info!(watch = watch.name, folder = %folder.path().display(), "kept for long enough; removed");
            remove_all(&RealDisk, &folder.path(), JOURNAL)?;
        }
    }
    Ok(())
}

impl<P: Post> Watcher<P> {
    /// Reads what lies in the `processing` folders and is not known, and goes on with it.
    pub(super) fn recover(&mut self, now: Timestamp) {
        self.must_recover = false;
        let folders: BTreeSet<PathBuf> =
            self.guards.iter().map(|guard| guard.watch.processing.clone()).collect();
        let mut found = Vec::new();
        for folder in folders {
            match self.recover_in(&folder) {
                Ok(some) => found.extend(some),
                Err(error) => {
                    tracing::error!(folder = %folder.display(), %error, "what was left half done cannot be made good yet");
                    self.must_recover = true;
                }
            }
        }
        found.sort_by_key(|delivery| {
            let journal = &delivery.journal;
            (journal.stage != Stage::Loading && journal.ended.run.is_none(), journal.taken_at, delivery.id())
        });
        for delivery in found {
            tracing::info!(
                watch = delivery.journal.watch, file = delivery.journal.name, stage = ?delivery.journal.stage, "found in processing"
            );
            let is_over = matches!(delivery.journal.stage, Stage::Ended { .. });
            let folder = delivery.folder.clone();
            self.deliveries.push(delivery);
            if is_over && let Err(error) = self.leave(&folder, now) {
                tracing::error!(folder = %folder.display(), %error, "cannot be moved yet");
                self.must_recover = true;
            }
        }
    }

    pub(super) fn recover_in(&self, processing: &Path) -> io::Result<Vec<Delivery>> {
        let mut found = Vec::new();
        for folder in std::fs::read_dir(processing)? {
            let folder = folder?;
            let path = folder.path();
            let known = self.deliveries.iter().any(|delivery| delivery.folder == path);
            if known || !folder.file_type()?.is_dir() || folder.file_name().to_string_lossy().starts_with('.')
            {
                continue;
            }
            let Some(mut delivery) = Delivery::make_good(&RealDisk, &path)? else { continue };
            let own = self.guards.iter().any(|guard| guard.watch.name == delivery.journal.watch);
            if !own && let Some(guard) = self.guards.iter().find(|guard| guard.watch.processing == processing)
            {
                // The watch has another name now; its folder is the same.
                delivery.journal.watch.clone_from(&guard.watch.name);
                delivery.write(&RealDisk)?;
            }
            found.push(delivery);
        }
        Ok(found)
    }

    /// Who had to wait when the last watcher stopped waits on.
    pub(super) fn remember_gates(&mut self) {
        for delivery in &self.deliveries {
            if let Some(until) = delivery.journal.not_before {
                let gate = self.gate_of(delivery, delivery.journal.gate);
                if let Some(gate) = gate {
                    let known = self.gates.entry(gate).or_insert(until);
                    *known = until.max(*known);
                }
            }
        }
    }
}
