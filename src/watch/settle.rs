//! The end of an errand: what it came to is written down, told and acted on.
//!
//! The order is what makes a crash harmless: first the journal says how it ended, then the message is in the outbox,
//! then the folder moves. Whatever of it is done twice is the same as once.

use std::io;
use std::path::{Path, PathBuf};

use jiff::{Timestamp, ToSpan as _};
use serde_json::Value;

use super::Watcher;
use super::delivery::{Delivery, Place, Stage};
use super::disk::RealDisk;
use super::memory::{Event, Held};
use super::notify::{Ended, Message, On};
use super::outbox::Post;
use super::program::Finished;
use super::verdict::{Gate, Next, Wait, conclude, growing};
use crate::lang::{Code, Say};

impl<P: Post> Watcher<P> {
    /// Takes in what a task has brought.
    pub(super) fn take_in(
        &mut self,
        ended: Result<(PathBuf, io::Result<Option<Finished>>), tokio::task::JoinError>,
        now: Timestamp,
    ) {
        match ended {
            Ok((folder, outcome)) => {
                self.busy.remove(&folder);
                self.unsettled.push((folder, outcome));
                self.settle_all(now);
            }
            // A task never panics and is never aborted; what it worked on is found in its folder.
            Err(error) => {
                tracing::error!(%error, "an errand was lost");
                self.busy.clear();
                self.deliveries.retain(|delivery| delivery.journal.stage != Stage::Loading);
                self.must_recover = true;
            }
        }
    }

    /// Settles what has ended; what cannot be written down is tried again in the next round.
    pub(super) fn settle_all(&mut self, now: Timestamp) {
        for (folder, outcome) in std::mem::take(&mut self.unsettled) {
            let known = |delivery: &&Delivery| delivery.folder == folder;
            let before = self.deliveries.iter().find(known).cloned();
            if let Err(error) = self.settle(&folder, &outcome, now) {
                tracing::error!(folder = %folder.display(), %error, "what a load came to cannot be written down yet");
                // What is tried again must not count twice.
                if let Some((there, before)) =
                    self.deliveries.iter_mut().find(|delivery| delivery.folder == folder).zip(before)
                {
                    *there = before;
                }
                self.unsettled.push((folder, outcome));
            }
        }
    }

    fn settle(
        &mut self,
        folder: &Path,
        outcome: &io::Result<Option<Finished>>,
        now: Timestamp,
    ) -> io::Result<()> {
        let Some(at) = self.deliveries.iter().position(|delivery| delivery.folder == folder) else {
            return Ok(());
        };
        let date = self.guard_of(&self.deliveries[at]).map(|guard| guard.watch.calendar.date(now));
        let finished = match outcome {
            Ok(Some(finished)) => finished.clone(),
            // A person has yet to do something.
            Ok(None) => return self.wait_for_person(at, now),
            Err(error) => {
                tracing::error!(%error, "the program cannot be started");
                Finished::default()
            }
        };
        let result = &finished.result;
        let journal = &mut self.deliveries[at].journal;
        let before = journal.ended.run;
        journal.ended = Ended::of_result(result);
        journal.ended.run = journal.ended.run.or(before);
        // What gave no result did not end as its number says.
        journal.ended.exit = if result.is_null() { None } else { finished.exit };
        journal.tries = if result.is_null() { journal.tries + 1 } else { 0 };
        journal.hands_off = false;
        let code = journal.ended.code.as_deref().and_then(|code| code.parse::<Code>().ok());
        let again_at = result["error"]["again_at"].as_str().and_then(|at| at.parse().ok());
        let next = conclude(journal.ended.exit, code, again_at, journal.tries);
        tracing::info!(
            watch = journal.watch, file = journal.name, run = journal.ended.run, exit = journal.ended.exit,
            code = journal.ended.code, next = ?next, "load ended"
        );
        journal.ended.exit.map(|exit| self.exits.insert(if next == Next::Same { 0 } else { exit }));
        match next {
            Next::End(place) => self.end(at, place, result, now),
            Next::Same => self.end_same(at, result, now),
            Next::Held => {
                let day = date.unwrap_or_default();
                self.end_held(at, (result, day), now)
            }
            Next::Later { wait, gate, tells } => self.later(at, (wait, gate, tells), now),
        }
    }

    /// Goes on with it later, and holds up whom it concerns.
    fn later(
        &mut self,
        at: usize,
        (wait, gate, tells): (Wait, Gate, bool),
        now: Timestamp,
    ) -> io::Result<()> {
        let key = self.gate_of(&self.deliveries[at], gate);
        let day = self.guard_of(&self.deliveries[at]).map(|guard| guard.watch.calendar.date(now));
        let journal = &mut self.deliveries[at].journal;
        let until = match wait {
            Wait::None => None,
            Wait::Until(at) => Some(at.max(now)),
            Wait::Growing => now.checked_add(growing(journal.waits)).ok(),
            Wait::Person => now.checked_add(1.hour()).ok(),
        };
        journal.waits = if wait == Wait::Growing { journal.waits.saturating_add(1) } else { 0 };
        // What gave no result may have begun a run all the same: that is asked of the ledger first.
        journal.stage = if journal.tries > 0 { Stage::Loading } else { Stage::Waiting };
        (journal.not_before, journal.gate, journal.hands_off) = (until, gate, wait == Wait::Person);
        let said_today = journal.said_on.is_some() && journal.said_on == day;
        journal.said_on = if tells { day } else { None };
        if let (Some(key), Some(until)) = (key, until) {
            self.gates.insert(key, until);
        }
        if tells && !said_today {
            self.tell_of_delivery(
                at,
                (On::NeedsAttention, Say::WatchTold),
                &day.unwrap_or_default().to_string(),
                now,
            )?;
        }
        self.deliveries[at].write(&RealDisk)
    }

    /// Nothing has changed: it is said again on each day, and asked again in an hour.
    fn wait_for_person(&mut self, at: usize, now: Timestamp) -> io::Result<()> {
        let day = self.guard_of(&self.deliveries[at]).map(|guard| guard.watch.calendar.date(now));
        if self.deliveries[at].journal.said_on != day {
            let key = day.unwrap_or_default().to_string();
            self.tell_of_delivery(at, (On::NeedsAttention, Say::WatchStillOpen), &key, now)?;
            self.deliveries[at].journal.said_on = day;
        }
        self.deliveries[at].journal.not_before = now.checked_add(1.hour()).ok();
        self.deliveries[at].write(&RealDisk)
    }

    /// The content is not what the checksum says: nothing is loaded.
    pub(super) fn refuse_content(&mut self, at: usize, now: Timestamp) -> io::Result<()> {
        let lang = self.plan.lang;
        let name = self.deliveries[at].journal.name.clone();
        let failure = crate::problem::Failure::new(Code::ChecksumMismatch).with("value", name);
        let result = crate::report::summary::without_run(&failure, lang);
        self.deliveries[at].journal.ended = Ended::of_result(&result);
        self.exits.insert(1);
        self.end(at, Place::NeedsAttention, &result, now)
    }

    /// The same content was loaded before: nobody needs to look, unless that run is stopped and nobody goes on with it.
    fn end_same(&mut self, at: usize, result: &Value, now: Timestamp) -> io::Result<()> {
        let earlier = &result["error"]["earlier"];
        let run = earlier["run"].as_i64();
        let is_ours =
            self.deliveries.iter().any(|delivery| run.is_some() && delivery.journal.ended.run == run);
        let is_open = earlier["rows_unsent"].as_u64().unwrap_or_default() > 0 && !is_ours;
        if is_open {
            self.exits.insert(1);
        }
        self.end(at, if is_open { Place::NeedsAttention } else { Place::Done }, result, now)
    }

    fn end_held(
        &mut self,
        at: usize,
        (result, said_on): (&Value, jiff::civil::Date),
        now: Timestamp,
    ) -> io::Result<()> {
        let delivery = &self.deliveries[at];
        let Some(guard) = self.guards.iter_mut().find(|guard| guard.watch.name == delivery.journal.watch)
        else {
            return Ok(());
        };
        let folder = guard.watch.needs_attention.join(delivery.id());
        if let Some(run) = delivery.journal.ended.run
            && !guard.memory.held.iter().any(|held| held.folder == folder)
        {
            let file = delivery.journal.name.clone();
            guard.memory.held.push(Held { folder, file, run, since: now, said_on });
        }
        self.end(at, Place::NeedsAttention, result, now)
    }

    /// Writes down how it ended, with a note for whoever opens its folder, and lets it go.
    fn end(&mut self, at: usize, place: Place, result: &Value, now: Timestamp) -> io::Result<()> {
        let lang = self.plan.lang;
        let delivery = &mut self.deliveries[at];
        let journal = &delivery.journal;
        let reason = reason_of(journal.ended.reason(lang), result, lang);
        let mut note =
            format!("{}\n", Say::WatchTold.with(lang, &told(&journal.watch, &journal.name, &reason)));
        for (say, name, value) in [
            (Say::WatchWhat, "what", &result["error"]["message"]),
            (
                Say::WatchNext,
                "next",
                if result["next"].is_null() { &result["error"]["next"] } else { &result["next"] },
            ),
        ] {
            if let Some(value) = value.as_str() {
                note = format!("{note}\n{}\n", say.with(lang, &[(name, value)]));
            }
        }
        delivery.end(&RealDisk, place, &note)?;
        let folder = delivery.folder.clone();
        self.leave(&folder, now)
    }

    /// Tells of a delivery that has ended and moves it to where it ends.
    pub(super) fn leave(&mut self, folder: &Path, now: Timestamp) -> io::Result<()> {
        let Some(at) = self.deliveries.iter().position(|delivery| delivery.folder == folder) else {
            return Ok(());
        };
        let Stage::Ended { place } = self.deliveries[at].journal.stage else { return Ok(()) };
        let on = if place == Place::Done { On::Done } else { On::NeedsAttention };
        self.tell_of_delivery(at, (on, Say::WatchTold), "end", now)?;
        let delivery = &mut self.deliveries[at];
        let name = delivery.journal.watch.clone();
        let Some(guard) = self.guards.iter_mut().find(|guard| guard.watch.name == name) else {
            return Ok(());
        };
        let ended = &delivery.journal.ended;
        let event = Event {
            at: now,
            file: delivery.journal.name.clone(),
            run: ended.run,
            exit: ended.exit,
            code: ended.code.clone(),
        };
        let target = match place {
            Place::Done => {
                guard.memory.last_success = Some(event);
                &guard.watch.done
            }
            Place::NeedsAttention => {
                guard.memory.last_failure = Some(event);
                &guard.watch.needs_attention
            }
        };
        guard.memory.write(&guard.memory_file)?;
        delivery.leave(&RealDisk, target)?;
        tracing::info!(watch = name, file = delivery.journal.name, folder = %delivery.folder.display(), "moved");
        self.deliveries.remove(at);
        Ok(())
    }

    /// Puts a message about a delivery into the outbox, where people want to hear of it.
    pub(super) fn tell_of_delivery(
        &self,
        at: usize,
        (on, say): (On, Say),
        event: &str,
        now: Timestamp,
    ) -> io::Result<()> {
        let (delivery, lang) = (&self.deliveries[at], self.plan.lang);
        let journal = &delivery.journal;
        let folder = match (self.guard_of(delivery), &journal.stage) {
            (Some(guard), Stage::Ended { place: Place::Done }) => guard.watch.done.join(delivery.id()),
            (Some(guard), Stage::Ended { .. }) => guard.watch.needs_attention.join(delivery.id()),
            _ => delivery.folder.clone(),
        };
        let reason = journal.ended.reason(lang);
        self.tell(&Message {
            id: name_of(&[&journal.watch, &delivery.id(), on.as_str(), event]),
            kind: on,
            watch: journal.watch.clone(),
            file: Some(journal.name.clone()),
            run: journal.ended.run,
            status: journal.ended.status.clone(),
            exit: journal.ended.exit,
            code: journal.ended.code.clone(),
            rows: journal.ended.rows.clone(),
            folder: Some(std::path::absolute(folder)?),
            next: journal.ended.next.clone(),
            at: now,
            text: say.with(lang, &told(&journal.watch, &journal.name, &reason)),
        })
    }

    /// Puts a message into the outbox, where people want to hear of its occasion.
    pub(super) fn tell(&self, message: &Message) -> io::Result<()> {
        let channels = &self.plan.settings.channels;
        if channels.on.contains(&message.kind) {
            self.outbox.add(message, &channels.names(), message.at)?;
        }
        Ok(())
    }
}

/// The values of a sentence about a file.
pub(super) fn told<'t>(watch: &'t str, file: &'t str, reason: &'t str) -> [(&'static str, &'t str); 3] {
    [("watch", watch), ("file", file), ("reason", reason)]
}

/// Names the earlier run where the content was loaded before.
fn reason_of(reason: String, result: &Value, lang: crate::lang::Lang) -> String {
    match result["error"]["earlier"]["run"].as_i64() {
        Some(run) => Say::WatchSame.with(lang, &[("run", &run.to_string())]),
        None => reason,
    }
}

/// A name for an event: the same whenever it is told, and a part of a file's name.
pub(super) fn name_of(parts: &[&str]) -> String {
    blake3::hash(parts.join("\n").as_bytes()).to_hex()[..24].to_owned()
}
