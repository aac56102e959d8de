//! Which load may begin, and its beginning: one at a time for each server and token, those that were interrupted first.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::delivery::{Delivery, Stage};
use super::disk::RealDisk;
use super::errand::Errand;
use super::outbox::Post;
use super::program::Gear;
use super::verdict::{self, Gate};
use super::{Closed, Watcher};
use crate::lang::Code;
use crate::platform;

impl<P: Post> Watcher<P> {
    /// The gate that a delivery closes; none where it holds up itself alone.
    pub(super) fn gate_of(&self, delivery: &Delivery, gate: Gate) -> Option<Closed> {
        match gate {
            Gate::Own => None,
            Gate::Profile => Some(Closed::Lane(self.lane(delivery))),
            Gate::All => Some(Closed::All),
        }
    }

    /// Loads of one lane run one after the other: they share a server, a token and its pace.
    pub(super) fn lane(&self, delivery: &Delivery) -> String {
        match self.guard_of(delivery).map(|guard| &guard.watch) {
            Some(watch) if watch.sandbox => "sandbox".to_owned(),
            watch => {
                format!("profile {}", watch.and_then(|watch| watch.profile.as_deref()).unwrap_or_default())
            }
        }
    }

    /// Starts the loads that may begin: one for each lane, those that were interrupted first.
    pub(super) fn start_loads(&mut self, now: Timestamp) {
        let order: Vec<PathBuf> = self.deliveries.iter().map(|delivery| delivery.folder.clone()).collect();
        for folder in order {
            if !self.may_begin(&folder, now) {
                continue;
            }
            if let Err(error) = self.start(&folder, now) {
                tracing::error!(folder = %folder.display(), %error, "the load cannot be started yet");
                self.put_off(&folder, now);
            }
        }
    }

    pub(super) fn may_begin(&self, folder: &Path, now: Timestamp) -> bool {
        let Some(delivery) = self.deliveries.iter().find(|delivery| delivery.folder == folder) else {
            return false;
        };
        let lane = self.lane(delivery);
        let closed = |gate: Closed| self.gates.get(&gate).is_some_and(|until| *until > now);
        let open = self.guard_of(delivery).is_some_and(|guard| guard.watch.calendar.is_open(now));
        let is_over = matches!(delivery.journal.stage, Stage::Ended { .. });
        // What waits has nothing to do with the order of those that do not.
        delivery.journal.not_before.is_none_or(|at| at <= now)
            && open
            && !is_over
            && !self.busy.values().any(|busy| *busy == lane)
            && !self.unsettled.iter().any(|(known, _)| known == folder)
            && !closed(Closed::Lane(lane))
            && !closed(Closed::All)
    }

    pub(super) fn start(&mut self, folder: &Path, now: Timestamp) -> io::Result<()> {
        let lane_of = self.deliveries.iter().position(|delivery| delivery.folder == folder);
        let Some(at) = lane_of else { return Ok(()) };
        let lane = self.lane(&self.deliveries[at]);
        let Some(guard) = self.guard_of(&self.deliveries[at]) else { return Ok(()) };
        if self.deliveries[at].journal.ended.code.as_deref() == Some(Code::ChecksumMismatch.as_str()) {
            return self.refuse_content(at, now);
        }
        let Some(lock) = platform::lock_file(&self.deliveries[at].lock())? else {
            // The program that an earlier watcher started is still at it.
            tracing::info!(folder = %folder.display(), "a load of an earlier watcher is still going");
            self.put_off(folder, now);
            return Ok(());
        };
        let errand = Errand::of(&self.plan.program, &guard.watch, &self.deliveries[at]);
        let log = self.deliveries[at].log();
        let log = platform::private_open_options().create(true).append(true).open(log)?;
        let journal = &mut self.deliveries[at].journal;
        tracing::info!(
            watch = journal.watch,
            file = journal.name,
            run = errand.run,
            interrupted = errand.interrupted,
            "load begins"
        );
        if !journal.hands_off {
            journal.stage = Stage::Loading;
            self.deliveries[at].write(&RealDisk)?;
        }
        let gear = Gear { lock: Some(lock), log: Some(log) };
        let (folder, stop) = (folder.to_path_buf(), self.stop.subscribe());
        self.busy.insert(folder.clone(), lane);
        self.running.spawn(async move { (folder, errand.run(gear, stop).await) });
        Ok(())
    }

    /// Keeps a delivery back for a while.
    pub(super) fn put_off(&mut self, folder: &Path, now: Timestamp) {
        if let Some(delivery) = self.deliveries.iter_mut().find(|delivery| delivery.folder == folder) {
            delivery.journal.not_before = now.checked_add(verdict::growing(delivery.journal.waits)).ok();
            delivery.journal.waits = delivery.journal.waits.saturating_add(1);
        }
    }
}
