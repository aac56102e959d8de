//! The pace: how many requests may leave in any window of time, for every process of this machine together.
//!
//! In any window W at most rate·W + burst requests get their turn (law 7), whichever run asks: retries, look-ups,
//! resumed runs and other processes with the same server and token draw on one state, kept in a small file. A turn
//! is counted at the instant at which it is given, which is the last thing before a request's intent is written; once it
//! is, the requests of a run keep the same distances when their first bytes leave. The argument for the bound, and the
//! clock it needs, stand in `rule`; the file in `file`.
//!
//! Waiting is awaited, never polled: whoever is told to wait sleeps until the instant that was named. Within a
//! process turns are given in the order in which they were asked for; between processes they alternate. With a burst
//! of one, a wake-up that comes late is lost for good, since nothing may leave sooner than due to make up for it; so it
//! is made to come on time (`rest`).
//!
//! The pace given is the ceiling. A refusal halves it, answers that become slow take three tenths of it, and each ten
//! seconds of calm give a tenth of the ceiling back; every such decision is logged and told. A wait that the CRM asks
//! for holds every run. The pace never decides what an answer means, and never sends anything.

mod file;
mod latency;
mod rest;
mod rule;
#[cfg(test)]
mod tests;

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _, Zoned};

use crate::lang::{Code, Say};
use crate::ledger::RunId;
use crate::platform;
use crate::problem::{AGAIN_AT, Failure, Result};

use file::{Clock, Keeper};
use latency::Latency;
use rule::{Allowance, Asking, Change, Limits, State, Turn, WHOLE, nanos};

pub(super) use rule::HOLD_MOST;

/// What a refusal leaves of the pace, in thousandths.
const AFTER_REFUSAL: u16 = 500;
/// What answers that have become slow leave of it.
const AFTER_SLOWNESS: u16 = 700;

/// A wait for calls of another day goes on so much longer, so that it is surely that day.
const SETTLED_BY: Duration = Duration::from_secs(1);

/// Why a request has no turn yet, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// The CRM asked for it.
    Asked(Duration),
    /// No calls are left until then.
    Spent(Duration),
}

/// Judges a wait.
pub type MayWait<'w> = dyn Fn(Wait) -> Result<()> + Sync + 'w;

/// What a run asks of its pace.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The run, for its messages.
    pub run: RunId,
    /// Requests in a period: the ceiling.
    pub requests: NonZeroU32,
    /// The period.
    pub period: Duration,
    /// Requests that may leave at once.
    pub burst: NonZeroU32,
    /// Most calls of this machine in a day; none where nobody set a limit.
    pub daily_budget: Option<u64>,
    /// Calls of the day that are left for others.
    pub reserve: u64,
    /// Whether the quota that the CRM stated is heeded.
    pub heeds_quota: bool,
    /// Where a day begins.
    pub zone: TimeZone,
}

/// When a request left, by the machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct Left(u64);

/// The pace was changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Tempo {
    /// Requests in a second from now on.
    pub per_second: f64,
    /// Why.
    pub why: Why,
}

/// Why a pace was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The CRM refused a request; in its words.
    Refused(String),
    /// Its answers take so long.
    Slow(Duration),
    /// It has been calm; true when the pace is as given again.
    Calm(bool),
}

/// Gives requests their turns.
pub struct Pace {
    keeper: Keeper,
    rules: Rules,
    /// Whoever holds it is next; the others stand behind in the order of their asking.
    queue: tokio::sync::Mutex<()>,
    latency: Mutex<Latency>,
    /// Whether a delay of some microseconds matters, and the clock is one that goes on by itself.
    is_exact: bool,
    /// Whether the pace was slowed when last looked at, so that a calm run need not look after each answer.
    slowed: AtomicBool,
}

impl Pace {
    /// Joins the pace of a name in the state folder.
    ///
    /// # Errors
    /// `pace-unwritable` when its file cannot be made, read or written.
    pub async fn join(state: &Path, name: &str, rules: Rules) -> Result<Pace> {
        let is_exact = rules.burst.get() == 1;
        let pace = Pace::join_by(state, name, rules, Arc::new(|| nanos(platform::since_boot()))).await?;
        Ok(Pace { is_exact, ..pace })
    }

    async fn join_by(state: &Path, name: &str, rules: Rules, clock: Clock) -> Result<Pace> {
        let limits = Limits::new(rules.requests.get(), rules.period, rules.burst.get());
        let folder = state.join("pace");
        let keeper = Keeper::open(&folder, name, limits, clock).await;
        let keeper = keeper.map_err(|error| unwritable(&folder, &error))?;
        let (queue, slowed) = (tokio::sync::Mutex::new(()), AtomicBool::new(true));
        let latency = Mutex::default();
        Ok(Pace { keeper, rules, queue, latency, is_exact: false, slowed })
    }

    /// Waits until a request may leave. Where the pace alone does not ask for the wait, `may_wait` is told how long it
    /// is, and may refuse it.
    ///
    /// # Errors
    /// `quota-ended` when nothing is left today and waiting for more is refused, `pace-unwritable`, and what `may_wait`
    /// refuses other waits with.
    pub async fn turn(&self, may_wait: &MayWait<'_>) -> Result<()> {
        let _first = self.queue.lock().await;
        loop {
            let asking = self.asking();
            let claim = move |state: &mut State, now| (state.claim(&asking, now), state.is_slowed());
            let (turn, slowed) = self.change(claim).await?;
            self.slowed.store(slowed, Ordering::Relaxed);
            match turn {
                Turn::Go => return Ok(()),
                Turn::Wait(time) => self.rest(time).await,
                Turn::Held(time) => {
                    may_wait(Wait::Asked(time))?;
                    tokio::time::sleep(time).await;
                }
                Turn::Spent(until) => {
                    let time = self.time_to(until);
                    may_wait(Wait::Spent(time)).map_err(|_refused| self.spent(until))?;
                    tokio::time::sleep(time).await;
                }
            }
        }
    }

    /// Waits until a request that has its turn, and whose intent is on disk, may leave, whichever run's the others are;
    /// gives the instant.
    pub async fn leave(&self) -> Left {
        let wait = self.change(|state, now| Duration::from_nanos(state.depart(now) - now)).await;
        // Where the file cannot be written the next turn says so; this request has had its own.
        let wait = wait.unwrap_or_default();
        if !wait.is_zero() {
            self.rest(wait).await;
        }
        Left(self.keeper.now())
    }

    /// Sleeps; to the point where a delay would be lost.
    async fn rest(&self, time: Duration) {
        if self.is_exact { rest::exactly(time).await } else { tokio::time::sleep(time).await }
    }

    /// The CRM asked to wait: every run of the machine does, for a day at most.
    ///
    /// # Errors
    /// `pace-unwritable`.
    pub async fn hold(&self, time: Duration) -> Result<()> {
        self.change(move |state, now| state.hold(time, now)).await.map(drop)
    }

    /// The CRM refused a request that left then; gives the change of pace, unless it was slowed meanwhile.
    ///
    /// # Errors
    /// `pace-unwritable`.
    pub async fn refused(&self, left: Left, reason: &str) -> Result<Option<Tempo>> {
        self.lower(AFTER_REFUSAL, left, Why::Refused(reason.to_owned())).await
    }

    /// The CRM answered a request that left then; gives the change of pace, if that is one.
    ///
    /// # Errors
    /// `pace-unwritable`.
    pub async fn answered(&self, left: Left) -> Result<Option<Tempo>> {
        let took = Duration::from_nanos(self.keeper.now().saturating_sub(left.0));
        let slow = self.latency.lock().unwrap_or_else(PoisonError::into_inner).note(took);
        if let Some(slow) = slow {
            tracing::warn!(
                usual_ms = slow.usual.as_millis(),
                now_ms = slow.now.as_millis(),
                "answers are slow"
            );
            return self.lower(AFTER_SLOWNESS, left, Why::Slow(slow.now)).await;
        }
        if !self.slowed.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let Some(change) = self.change(State::raise).await? else { return Ok(None) };
        Ok(Some(self.told(change, Why::Calm(change.to == WHOLE))))
    }

    /// Keeps what the CRM says is left of its quota, and when it comes back.
    ///
    /// # Errors
    /// `pace-unwritable`.
    pub async fn learn_quota(&self, left: u64, until: Timestamp) -> Result<()> {
        self.change(move |state, _| state.learn_quota(left, until)).await
    }

    /// Calls that this run may still make today, and when there will be more; none where nothing limits them.
    ///
    /// # Errors
    /// `pace-unwritable`.
    pub async fn left_today(&self) -> Result<Option<(u64, Timestamp)>> {
        let asking = self.asking();
        let left = self.change(move |state, _| (state.left(&asking), state.quota_until(&asking))).await?;
        Ok(left.0.map(|count| (count, left.1.unwrap_or_else(|| self.tomorrow()))))
    }

    /// The CRM says, in these words, that the token has no calls left: why to stop, and how long it is until there are
    /// some again, where it stated that. Until then no run gets a turn; where it stated nothing, the next day is assumed
    /// and a run may try.
    ///
    /// # Errors
    /// `pace-unwritable`.
    pub async fn used_up(&self, reason: &str) -> Result<(Failure, Option<Duration>)> {
        let asking = self.asking();
        let until = self.change(move |state, _| state.used_up(&asking)).await?;
        Ok((self.ended(until).with("reason", reason), until.map(|until| self.time_to(Some(until)))))
    }

    /// How long it is to an instant, or to the next day.
    fn time_to(&self, until: Option<Timestamp>) -> Duration {
        let until = until.unwrap_or_else(|| self.tomorrow());
        Duration::try_from(until.duration_since(Timestamp::now())).unwrap_or_default() + SETTLED_BY
    }

    /// The date and time of an instant where the profile is.
    pub fn date_and_time(&self, instant: Timestamp) -> String {
        instant.to_zoned(self.rules.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// The CRM asks for a wait that is too long.
    pub fn says_wait(&self, time: Duration) -> Failure {
        let now = Timestamp::now();
        let at = now.checked_add(time).unwrap_or(now);
        let failure = Failure::new(Code::CrmSaysWait).with("value", self.rules.run);
        failure.with("until", self.date_and_time(at)).with(AGAIN_AT, at)
    }

    async fn lower(&self, thousandths: u16, left: Left, why: Why) -> Result<Option<Tempo>> {
        let change = self.change(move |state, now| state.lower(thousandths, left.0, now)).await?;
        Ok(change.map(|change| self.told(change, why)))
    }

    /// Logs a decision, in one line with its reason and figures.
    fn told(&self, change: Change, why: Why) -> Tempo {
        let ceiling = f64::from(self.rules.requests.get()) / self.rules.period.as_secs_f64();
        let rate = |share: u16| ceiling * f64::from(share) / f64::from(WHOLE);
        let (from, to) = (rate(change.from), rate(change.to));
        self.slowed.store(change.to < WHOLE, Ordering::Relaxed);
        match &why {
            Why::Refused(reason) => tracing::warn!(from, to, ceiling, reason, "pace lowered: refused"),
            Why::Slow(now) => {
                tracing::warn!(from, to, ceiling, ms = now.as_millis(), "pace lowered: answers are slow");
            }
            Why::Calm(_) => tracing::info!(from, to, ceiling, "pace raised: calm"),
        }
        Tempo { per_second: to, why }
    }

    fn spent(&self, until: Option<Timestamp>) -> Failure {
        let reason = if until.is_some() { Say::ReasonQuota } else { Say::ReasonBudget };
        self.ended(until).with_say("reason", reason)
    }

    fn ended(&self, until: Option<Timestamp>) -> Failure {
        let at = until.unwrap_or_else(|| self.tomorrow());
        let failure = Failure::new(Code::QuotaEnded).with("value", self.rules.run);
        failure.with("until", self.date_and_time(at)).with(AGAIN_AT, at)
    }

    fn asking(&self) -> Asking {
        let now = self.now();
        let Rules { daily_budget: budget, reserve, heeds_quota, .. } = self.rules;
        let allowance = Allowance { budget, reserve, heeds_quota };
        Asking { seat: self.keeper.seat(), allowance, at: now.timestamp(), today: now.date() }
    }

    /// When the next day begins.
    fn tomorrow(&self) -> Timestamp {
        let now = self.now();
        let next = now.date().checked_add(1.day()).and_then(|date| date.to_zoned(self.rules.zone.clone()));
        next.map_or_else(|_| now.timestamp(), |zoned| zoned.timestamp())
    }

    fn now(&self) -> Zoned {
        Timestamp::now().to_zoned(self.rules.zone.clone())
    }

    async fn change<R: Send + 'static>(
        &self,
        change: impl FnOnce(&mut State, u64) -> R + Send + 'static,
    ) -> Result<R> {
        self.keeper.change(change).await.map_err(|error| unwritable(&self.keeper.path(), &error))
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Code::PaceUnwritable).with("value", path.display()).with("reason", error)
}
