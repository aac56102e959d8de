//! What an earlier watcher left: every delivery that lies in a `processing` folder is gone on with.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::Watcher;
use super::delivery::{Delivery, Stage};
use super::disk::RealDisk;
use super::outbox::Post;

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
