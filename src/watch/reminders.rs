//! What is said again every day, and what is said because nothing happened.

use std::io;

use jiff::Timestamp;
use jiff::civil::Date;

use super::delivery::{Delivery, Place};
use super::disk::RealDisk;
use super::memory::Held;
use super::notify::{Ended, Message, On};
use super::outbox::Post;
use super::settings::Watch;
use super::settle::{name_of, told};
use super::{Watcher, errand};
use crate::lang::Say;

/// How many days back the deadline before today's is looked for.
const DAYS_BACK: usize = 15;

impl<P: Post> Watcher<P> {
    /// Says what has to be said today.
    pub(super) async fn remind(&mut self, now: Timestamp) {
        for at in 0..self.guards.len() {
            if let Err(error) = self.remind_of_held(at, now).await {
                tracing::error!(watch = self.guards[at].watch.name, %error, "what is held cannot be looked up yet");
            }
            if let Err(error) = self.remark_silence(at, now) {
                tracing::error!(watch = self.guards[at].watch.name, %error, "a silence cannot be written down yet");
            }
        }
    }

    /// Asks once a day what has become of held outcomes: those that a person has decided are said no more.
    async fn remind_of_held(&mut self, at: usize, now: Timestamp) -> io::Result<()> {
        let guard = &self.guards[at];
        let today = guard.watch.calendar.date(now);
        if !guard.watch.calendar.is_open(now) || guard.memory.held.iter().all(|held| held.said_on >= today) {
            return Ok(());
        }
        let mut left = Vec::new();
        for mut held in guard.memory.held.clone() {
            if held.said_on >= today || !held.folder.exists() {
                left.extend(held.folder.exists().then_some(held));
                continue;
            }
            let shown = errand::show(&self.plan.program, held.run, &self.stop.subscribe()).await?;
            if shown["rows_unknown"].as_u64() == Some(0) {
                tracing::info!(
                    watch = guard.watch.name,
                    file = held.file,
                    run = held.run,
                    "decided by a person"
                );
                if shown["rows_open"].as_u64() == Some(0) {
                    to_done(&guard.watch, &held)?;
                }
                continue;
            }
            held.said_on = today;
            self.tell(&self.still_held(&guard.watch, &held, &shown, now))?;
            left.push(held);
        }
        let guard = &mut self.guards[at];
        guard.memory.held = left;
        guard.memory.write(&guard.memory_file)
    }

    fn still_held(&self, watch: &Watch, held: &Held, shown: &serde_json::Value, now: Timestamp) -> Message {
        let lang = self.plan.lang;
        let rows = serde_json::json!({ "rows_unknown": shown["rows_unknown"] });
        let ended = Ended { run: Some(held.run), exit: Some(5), rows, ..Ended::default() };
        let reason = ended.reason(lang);
        let on = On::NeedsAttention;
        Message {
            id: name_of(&[
                &watch.name,
                &held.folder.to_string_lossy(),
                on.as_str(),
                &held.said_on.to_string(),
            ]),
            kind: on,
            watch: watch.name.clone(),
            file: Some(held.file.clone()),
            run: ended.run,
            status: Some("held".to_owned()),
            exit: ended.exit,
            code: None,
            rows: ended.rows,
            folder: std::path::absolute(&held.folder).ok(),
            next: Some(format!("cartera retry {} --unknown", held.run)),
            at: now,
            text: Say::WatchStillOpen.with(lang, &told(&watch.name, &held.file, &reason)),
        }
    }

    /// Says, once a day, that no file has come since the deadline before.
    fn remark_silence(&mut self, at: usize, now: Timestamp) -> io::Result<()> {
        let lang = self.plan.lang;
        let guard = &self.guards[at];
        let Some((day, since)) = silent_day(&guard.watch, guard.memory.since, now) else { return Ok(()) };
        let came = guard.memory.last_arrival.is_some_and(|at| at > since);
        let waits = guard.look.unfinished + guard.look.stale + guard.look.whole.len() > 0;
        if guard.memory.silence_said == Some(day) || came || waits {
            return Ok(());
        }
        let time = guard.watch.expect_by.map(|time| time.strftime("%H:%M").to_string()).unwrap_or_default();
        let name = guard.watch.name.clone();
        tracing::warn!(watch = name, by = time, "no file came");
        self.tell(&Message {
            id: name_of(&[&name, On::Silence.as_str(), &day.to_string()]),
            kind: On::Silence,
            text: Say::WatchSilence.with(lang, &[("watch", &name), ("time", &time)]),
            watch: name,
            file: None,
            run: None,
            status: None,
            exit: None,
            code: None,
            rows: serde_json::Value::Null,
            folder: std::path::absolute(&guard.watch.folder).ok(),
            next: None,
            at: now,
        })?;
        let guard = &mut self.guards[at];
        guard.memory.silence_said = Some(day);
        guard.memory.write(&guard.memory_file)
    }
}

/// The day whose deadline has passed, and the deadline before it: between the two a file was awaited. Nothing before
/// the first deadline after the watch began.
pub(super) fn silent_day(watch: &Watch, begun: Timestamp, now: Timestamp) -> Option<(Date, Timestamp)> {
    let time = watch.expect_by?;
    let today = watch.calendar.date(now);
    let deadline = watch.calendar.instant(today, time)?;
    if now < deadline || deadline < begun || !watch.calendar.is_workday(today) {
        return None;
    }
    let back = std::iter::successors(today.yesterday().ok(), |day| day.yesterday().ok()).take(DAYS_BACK);
    let before = back.into_iter().find(|day| watch.calendar.is_workday(*day))?;
    Some((today, watch.calendar.instant(before, time)?))
}

/// Moves a delivery of which nothing is open any more.
fn to_done(watch: &Watch, held: &Held) -> io::Result<()> {
    if let Some(mut delivery) = Delivery::make_good(&RealDisk, &held.folder)? {
        let note = std::fs::read_to_string(held.folder.join("cartera.txt")).unwrap_or_default();
        delivery.end(&RealDisk, Place::Done, &note)?;
        delivery.leave(&RealDisk, &watch.done)?;
    }
    Ok(())
}
