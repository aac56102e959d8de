//! Scheduled imports: files that creditors drop into folders are loaded without anybody watching.
//!
//! The watcher decides when a file is whole and due, gives each load to a process of its own ([`program`]), moves the
//! file to where it ends and tells people what needs them. It never opens a creditor's file to load it, never speaks
//! to the CRM, and trusts nothing that it remembers where the disk or the ledger can be asked: whatever stops it at
//! any moment is made good at the next start.
//!
//! Reading order: [`settings`] (what is wanted) · [`calendar`] (when) · [`arrivals`] (which files are whole) ·
//! [`delivery`] over [`disk`] (taking and moving them) · [`errand`] (the load) · [`verdict`] (what becomes of it) ·
//! [`notify`], [`outbox`], [`mail`] (telling people) · [`memory`],
//! [`status`], [`forget`]. Time is handed in with every call.

pub mod arrivals;
pub mod calendar;
pub mod delivery;
pub mod disk;
pub mod errand;
pub mod forget;
mod loads;
pub mod mail;
pub mod memory;
pub mod notify;
pub mod outbox;
pub mod pattern;
pub mod program;
mod recovery;
mod reminders;
pub mod settings;
mod settle;
pub mod status;
#[cfg(test)]
mod tests;
pub mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch as signal;
use tokio::task::JoinSet;

use crate::draft;
use crate::lang::{Code, Lang};
use crate::platform::{self, StopRequests};
use crate::problem::{Exit, Failure, Result};
use crate::source::{self, Spools};

use arrivals::{Arrivals, Look};
use delivery::{Delivery, Stamp};
use disk::RealDisk;
use memory::Memory;
use outbox::{Outbox, Post};
use program::{Finished, Program};
use settings::{Watch, WatchSettings};

/// The folder in the state folder in which watches are remembered.
const HOME: &str = "watch";
/// The file in a watch folder whose lock its watcher holds.
const LOCK: &str = ".cartera-watch.lock";
/// How often the folders are looked at.
const EVERY: Duration = Duration::from_secs(5);
/// How often, while one of them may be whole in a moment.
const SOON: Duration = Duration::from_secs(1);
/// How long after a due time files that were not whole then are waited for.
const LATECOMERS: Duration = Duration::from_hours(1);

/// How often what is old is removed.
const TIDIED_EVERY: Duration = Duration::from_hours(6);

/// What a watcher starts from.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The watches and the channels.
    pub settings: WatchSettings,
    /// The program that loads.
    pub program: Program,
    /// The state folder.
    pub state: PathBuf,
    /// Where its health is written after each round.
    pub status_file: Option<PathBuf>,
    /// The language of messages and notes.
    pub lang: Lang,
}

/// A watch folder under guard.
struct Guard {
    watch: Watch,
    arrivals: Arrivals,
    memory: Memory,
    memory_file: PathBuf,
    /// What the last look found.
    look: Look,
    /// Since when files are due that are not all taken yet.
    due_since: Option<Timestamp>,
}

/// Whom a wait holds up besides the delivery that waits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Closed {
    /// Those of one lane.
    Lane(String),
    /// All.
    All,
}

/// How things stand after a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    /// Nothing is under way, and nothing that is due now is left.
    pub idle: bool,
    /// A file is awaited that may be whole in a moment.
    pub awaits: bool,
}

/// The watcher of all folders.
pub struct Watcher<P> {
    plan: Plan,
    post: P,
    guards: Vec<Guard>,
    _locks: Vec<File>,
    /// What was taken and has not ended, in the order of taking.
    deliveries: Vec<Delivery>,
    running: JoinSet<(PathBuf, io::Result<Option<Finished>>)>,
    /// The folders of deliveries under way, and what they occupy.
    busy: BTreeMap<PathBuf, String>,
    /// Results that could not be written down yet.
    unsettled: Vec<(PathBuf, io::Result<Option<Finished>>)>,
    /// Before which instant nothing of a lane, or nothing at all, is tried again.
    gates: BTreeMap<Closed, Timestamp>,
    outbox: Outbox,
    spools: Spools,
    stop: signal::Sender<u32>,
    /// Something may lie in a `processing` folder that is not known.
    must_recover: bool,
    /// When what is old was removed last.
    tidied: Option<Timestamp>,
    /// How the deliveries ended whose end is worth an exit code.
    exits: BTreeSet<u8>,
}

impl<P: Post> Watcher<P> {
    /// Takes the folders under guard and makes good what an earlier watcher left half done.
    ///
    /// # Errors
    /// `folder-locked` when another watcher has one of them, `watch-no-folder`, `watch-unwritable`.
    pub fn open(plan: Plan, post: P, now: Timestamp) -> Result<Watcher<P>> {
        let home = plan.state.join(HOME);
        let unwritable = |path: &Path| {
            let path = path.display().to_string();
            move |error: io::Error| unwritable(&path, &error)
        };
        platform::private_folder().create(&home).map_err(unwritable(&home))?;
        let outbox = Outbox::open(home.join("outbox")).map_err(unwritable(&home))?;
        let mut guards = Vec::new();
        let mut locks = BTreeMap::new();
        for watch in &plan.settings.watches {
            for folder in [&watch.processing, &watch.done, &watch.needs_attention] {
                if !watch.folder.is_dir() {
                    return Err(no_folder(watch));
                }
                platform::private_folder().create(folder).map_err(unwritable(folder))?;
            }
            // Two watches of one watcher may share a folder; two watchers may share neither it nor where its files go.
            for folder in [&watch.folder, &watch.processing] {
                if !locks.contains_key(folder) {
                    let lock = platform::lock_file(&folder.join(LOCK)).map_err(unwritable(folder))?;
                    let locked = || Failure::new(Code::FolderLocked).with("value", watch.folder.display());
                    locks.insert(folder.clone(), lock.ok_or_else(locked)?);
                }
            }
            let memory_file = home.join(format!("{}.json", watch.name));
            let mut memory = Memory::read(&memory_file, now).map_err(unwritable(&memory_file))?;
            memory.note_places([&watch.done, &watch.needs_attention]).map_err(unwritable(&memory_file))?;
            memory.write(&memory_file).map_err(unwritable(&memory_file))?;
            guards.push(Guard {
                watch: watch.clone(),
                arrivals: Arrivals::default(),
                memory,
                memory_file,
                look: Look::default(),
                due_since: None,
            });
        }
        let spools = Spools::in_folder(&plan.state);
        let mut watcher = Watcher {
            plan,
            post,
            guards,
            _locks: locks.into_values().collect(),
            deliveries: Vec::new(),
            running: JoinSet::new(),
            busy: BTreeMap::new(),
            unsettled: Vec::new(),
            gates: BTreeMap::new(),
            outbox,
            spools,
            stop: signal::Sender::new(0),
            must_recover: true,
            tidied: None,
            exits: BTreeSet::new(),
        };
        watcher.recover(now);
        watcher.remember_gates();
        Ok(watcher)
    }

    /// Watches until it is asked to stop or, where `once` is set, until nothing that is due is left. What is under way
    /// when it is asked to stop is asked to stop as well, and waited for.
    ///
    /// # Errors
    /// None of what a round runs into: that is logged and tried again.
    pub async fn watch(&mut self, clock: impl Fn() -> Timestamp, once: bool) -> Result<Exit> {
        // Listened to from the first round on, also while a round is under way.
        let mut asked = StopRequests::listen();
        loop {
            let round = self.round(clock()).await;
            if once && round.idle {
                return Ok(self.worst());
            }
            tokio::select! {
                () = tokio::time::sleep(if round.awaits { SOON } else { EVERY }) => {}
                Some(ended) = self.running.join_next(), if !self.running.is_empty() => {
                    self.take_in(ended, clock());
                }
                () = asked.next() => break,
            }
        }
        tracing::info!(under_way = self.running.len(), "asked to stop");
        self.stop.send_modify(|times| *times += 1);
        while !self.running.is_empty() {
            tokio::select! {
                Some(ended) = self.running.join_next() => self.take_in(ended, clock()),
                () = asked.next() => self.stop.send_modify(|times| *times += 1),
            }
        }
        self.settle_all(clock());
        self.write_status(clock());
        Ok(if once { self.worst() } else { Exit::Done })
    }

    /// Does everything that is to be done at an instant, and starts the loads that may begin.
    pub async fn round(&mut self, now: Timestamp) -> Round {
        while let Some(ended) = self.running.try_join_next() {
            self.take_in(ended, now);
        }
        self.settle_all(now);
        if self.must_recover {
            self.recover(now);
        }
        for at in 0..self.guards.len() {
            if let Err(error) = self.look(at, now) {
                let watch = &self.guards[at].watch;
                tracing::error!(watch = watch.name, folder = %watch.folder.display(), %error, "the folder cannot be read");
            }
        }
        self.start_loads(now);
        self.remind(now).await;
        if let Err(error) = self.outbox.send(&self.post, now).await {
            tracing::error!(%error, "the outbox cannot be read or written");
        }
        self.tidy_up(now);
        self.write_status(now);
        let awaits = self.guards.iter().any(|guard| guard.awaits(now));
        Round { idle: self.is_idle(now) && !awaits, awaits }
    }

    /// Waits until a load that is under way has ended, and settles it; at once where none is.
    pub async fn join(&mut self, now: Timestamp) {
        if let Some(ended) = self.running.join_next().await {
            self.take_in(ended, now);
            self.settle_all(now);
        }
    }

    /// How many loads are under way.
    pub fn under_way(&self) -> usize {
        self.running.len()
    }

    /// How everything stands, as the status file says it.
    pub fn status(&self, now: Timestamp) -> serde_json::Value {
        let messages = self.outbox.waiting().unwrap_or_default();
        let guards = self.guards.iter().map(|guard| {
            let own = self.deliveries.iter().filter(|delivery| delivery.journal.watch == guard.watch.name);
            status::of_watch(
                (&guard.watch, &guard.memory),
                own.map(|own| (own, self.busy.contains_key(&own.folder))),
                now,
            )
        });
        status::of_all(&guards.collect::<Vec<_>>(), messages, now)
    }

    fn write_status(&self, now: Timestamp) {
        let Some(path) = &self.plan.status_file else { return };
        if let Err(error) = draft::write_whole(path, format!("{:#}\n", self.status(now)).as_bytes()) {
            tracing::error!(file = %path.display(), %error, "the status file cannot be written");
        }
    }

    fn guard_of(&self, delivery: &Delivery) -> Option<&Guard> {
        self.guards.iter().find(|guard| guard.watch.name == delivery.journal.watch)
    }

    /// Looks at a watch folder and takes what is whole and due.
    fn look(&mut self, at: usize, now: Timestamp) -> io::Result<()> {
        let guard = &mut self.guards[at];
        let spools = &self.spools;
        let opens = |path: &Path| source::opens_to_its_end(path, spools);
        guard.look = guard.arrivals.look(&guard.watch, now, &opens)?;
        let is_going = self
            .deliveries
            .iter()
            .any(|delivery| delivery.journal.watch == guard.watch.name && !delivery.journal.hands_off);
        let is_due = guard.is_due(now, is_going);
        if !is_due || !guard.watch.calendar.is_open(now) {
            return Ok(());
        }
        for arrival in std::mem::take(&mut guard.look.whole) {
            // It may have been looked into for a while; what changed meanwhile is looked at again.
            if Stamp::of(&arrival.path)? != Some(arrival.stamp) {
                continue;
            }
            let taken = Delivery::take(&RealDisk, &guard.watch, &arrival, now);
            let delivery = taken.inspect_err(|_| self.must_recover = true)?;
            let (name, folder) = (&delivery.journal.name, delivery.folder.display());
            tracing::info!(watch = guard.watch.name, file = name, %folder, "taken");
            guard.memory.last_arrival = Some(now);
            self.deliveries.push(delivery);
        }
        guard.served(now);
        guard.memory.write(&guard.memory_file)
    }

    /// Once in a while: what was sent long ago is forgotten, and what lies in `done` for longer than it is kept.
    fn tidy_up(&mut self, now: Timestamp) {
        if self.tidied.is_some_and(|at| now.duration_since(at).unsigned_abs() < TIDIED_EVERY) {
            return;
        }
        self.tidied = Some(now);
        let mut outcomes = vec![self.outbox.forget_old(now)];
        outcomes.extend(self.guards.iter().map(|guard| recovery::forget_done(&guard.watch, now)));
        for error in outcomes.into_iter().filter_map(io::Result::err) {
            tracing::error!(%error, "what is old cannot be removed");
        }
    }

    fn is_idle(&self, now: Timestamp) -> bool {
        let ready = self.deliveries.iter().any(|delivery| self.may_begin(&delivery.folder, now));
        self.running.is_empty() && self.unsettled.is_empty() && !ready
    }

    /// The exit code that says most of what has ended.
    fn worst(&self) -> Exit {
        let all = [
            Exit::Unwritable,
            Exit::TokenRefused,
            Exit::Locked,
            Exit::Stopped,
            Exit::Held,
            Exit::Partial,
            Exit::Refused,
        ];
        all.into_iter().find(|exit| self.exits.contains(&exit.code())).unwrap_or(Exit::Done)
    }
}

impl Guard {
    /// Whether files are due. A time that comes while the last one's are still being loaded is skipped where that was
    /// asked for.
    fn is_due(&mut self, now: Timestamp, is_going: bool) -> bool {
        if self.watch.calendar.times.is_none() {
            return true;
        }
        if self.due_since.is_none()
            && let Some(due) = self.watch.calendar.due(self.memory.served, now)
        {
            if is_going && self.watch.skips_overlap {
                tracing::warn!(watch = self.watch.name, %due, "skipped: the files of the time before are still being loaded");
                self.memory.served = due;
                return false;
            }
            tracing::info!(watch = self.watch.name, %due, "due");
            self.due_since = Some(now);
        }
        self.due_since.is_some()
    }

    /// Whether files are due that may be whole in a moment.
    fn awaits(&self, now: Timestamp) -> bool {
        let is_due = self.watch.calendar.times.is_none() || self.due_since.is_some();
        self.look.unfinished > 0 && is_due && self.watch.calendar.is_open(now)
    }

    /// What was due is taken, but for files that are not whole yet and are waited for.
    fn served(&mut self, now: Timestamp) {
        let late = |since: Timestamp| now.duration_since(since).unsigned_abs() > LATECOMERS;
        if let Some(since) = self.due_since
            && (self.look.unfinished == 0 || late(since))
        {
            self.due_since = None;
            self.memory.served = now;
        }
    }
}

/// What a folder that is not there means.
pub fn no_folder(watch: &Watch) -> Failure {
    let reason = match std::fs::metadata(&watch.folder) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    };
    let failure = Failure::new(Code::WatchNoFolder).with("place", &watch.place);
    failure.with("value", watch.folder.display()).with("reason", reason)
}

fn unwritable(path: &str, error: &io::Error) -> Failure {
    Failure::new(Code::WatchUnwritable).with("value", path).with("reason", error)
}
