//! Chunks become verdicts: paced, bounded, written down before and after.
//!
//! The sender takes planned chunks from the ledger and never opens a source. Each attempt is on disk before its
//! first byte leaves, each verdict before it is shown. Only what was surely not written is sent again by
//! itself; an unknown outcome is held (law 4). Every wait can be interrupted, every loop is bounded by the
//! chunks, the attempts or the patience.

mod breaker;
mod flow;
mod form;
pub mod lookup;
pub mod pace;
mod paced;
pub mod quota;
mod read_back;
mod refusals;
pub mod resolve;
mod shared;
pub mod wire;

use std::sync::Arc;
use std::time::Duration;

use crate::lang::{Code, Say};
use crate::ledger::{Fate, Ledger, Outgoing, RunId, Scribe, Settlement, Settling};
use crate::portfolio::Chunk;
use crate::problem::{Failure, Result};
use crate::report::mask;
use crate::target::query::Question;
use crate::target::{Dialect, Exception, Oddity, Reply, Target, Verdict, asked_wait, classify, oddities};

use pace::{Pace, Tempo};
use refusals::Refusals;
use shared::{Shared, backoff};
use wire::Wire;

/// Unknown chunks in a row after which a run stops.
const UNKNOWN_STREAK_MAX: u32 = 3;

/// How a run is sent.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Requests under way at the same time.
    pub concurrency: usize,
    /// Attempts of one chunk; waits that the CRM asked for do not count.
    pub attempts_max: u32,
    /// How long, in all, a CRM that is down or says "later" is waited for.
    pub patience: Duration,
    /// Whether a chunk of unknown outcome is sent again at once.
    pub resend_unknown: bool,
    /// Most records to send; the rest waits for `resume`.
    pub limit_records: Option<u64>,
    /// Where records of unknown outcome are looked for at the end, if they are.
    pub read_back: Option<Question>,
}

/// What happened, for whoever shows progress.
#[derive(Debug, Clone)]
pub enum Event {
    /// A chunk came to its verdict.
    Settled {
        /// Its records.
        records: u64,
    },
    /// A chunk was refused as a whole and is sent in two.
    Split,
    /// A chunk's outcome is unknown; the next one is sent after a while.
    Unclear {
        /// After how long.
        time: Duration,
        /// Why, in the CRM's or the system's words.
        reason: String,
    },
    /// The whole run waits.
    Waiting {
        /// How long.
        time: Duration,
        /// Why, in the CRM's or the system's words.
        reason: String,
        /// True when the CRM asked for it, false when it cannot be reached.
        asked: bool,
    },
    /// The whole run waits because the CRM asked another one to.
    Held {
        /// How long.
        time: Duration,
    },
    /// The whole run waits because no calls are left.
    OutOfCalls {
        /// How long.
        time: Duration,
    },
    /// The pace was lowered, or raised again.
    Paced(Tempo),
    /// So many records of unknown outcome are looked for, a call each.
    LookingUp {
        /// How many.
        records: u64,
    },
    /// So many records are asked for whose id in the CRM is needed, a call each.
    Resolving {
        /// How many.
        records: u64,
    },
    /// One of them was.
    LookedUp,
    /// They cannot be looked for.
    LookupsRefused {
        /// Why, in the CRM's or the system's words.
        reason: String,
    },
    /// So many chunks were added: records that are not there are sent once more.
    Resent {
        /// How many.
        chunks: u64,
    },
    /// An answer is odd, and believed all the same.
    Odd {
        /// In what.
        oddity: Oddity,
        /// Its counters.
        counters: String,
    },
    /// Nothing new is sent; what is under way is waited for.
    Stopping,
}

/// Everything that sending needs.
pub struct Sender<'s> {
    /// Where plans and verdicts are.
    pub ledger: &'s Ledger,
    /// The run.
    pub run: RunId,
    /// Its target.
    pub target: &'static dyn Target,
    /// How it is spoken to.
    pub dialect: &'s Dialect,
    /// The way to the CRM.
    pub wire: &'s Wire,
    /// How fast.
    pub pace: &'s Pace,
    /// How stubbornly.
    pub policy: Policy,
    /// Who is told.
    pub tell: &'s (dyn Fn(Event) + Sync),
}

impl Sender<'_> {
    /// Sends every waiting chunk of the run. Gives why it stopped before the end, if it did.
    ///
    /// `stop` is asked to end the run: its first completion stops new requests, its second gives up what is
    /// under way, which then counts as unknown.
    ///
    /// # Errors
    /// `ledger-unwritable`: nothing further was sent.
    pub async fn send(&mut self, stop: impl AsyncFnMut()) -> Result<Option<Failure>> {
        self.ledger.hold_interrupted(self.run).await?;
        let chunks = self.ledger.waiting_chunks(self.run).await?;
        let refusals = Refusals::new(self.ledger.split_so_far(self.run).await?);
        let shared = Shared::new(self.policy.patience, refusals);
        let work = async {
            self.resolve_all(&chunks, &shared).await?;
            self.send_all(&chunks, &shared).await
        };
        let result = self.until_stopped(&shared, stop, work).await;
        // What was given up, or could not be settled, is unknown; this is also what a crash comes to.
        let held = self.ledger.hold_interrupted(self.run).await;
        self.policy.patience = shared.patience_left();
        result?;
        held?;
        let reason = shared.reason();
        // A stop that came with the last chunk has stopped nothing.
        let of_chunks = |reason: &Failure| matches!(reason.code, Code::SameRejection | Code::UnknownStreak);
        if reason.as_ref().is_some_and(of_chunks) && self.ledger.waiting_chunks(self.run).await?.is_empty() {
            return Ok(None);
        }
        let waits = reason.is_none() && self.target.looks_up(self.dialect).is_some();
        if waits && !self.ledger.waiting_chunks(self.run).await?.is_empty() {
            return Ok(Some(self.cannot_look_up().with_say("reason", Say::ReasonNoAnswer)));
        }
        Ok(reason)
    }

    /// Works until it is done or a person stops it: at the first word nothing new begins, at the second what is under
    /// way is given up.
    async fn until_stopped(
        &self,
        shared: &Shared,
        mut stop: impl AsyncFnMut(),
        work: impl Future<Output = Result<()>>,
    ) -> Result<()> {
        tokio::select! {
            result = work => result,
            () = async {
                stop().await;
                shared.stop(Failure::new(Code::StoppedByUser).with("value", self.run));
                (self.tell)(Event::Stopping);
                stop().await;
            } => Ok(()),
        }
    }

    /// The size of a chunk's request.
    fn bytes(&self, chunk: &Outgoing) -> usize {
        let commas = chunk.record_count().saturating_sub(1);
        self.target.envelope_bytes(self.dialect) + chunk.body().len() + commas
    }

    /// One request: its intent is on disk, then it leaves, then its verdict is handed in to be written.
    async fn attempt(
        &self,
        chunk: &Arc<Outgoing>,
        (shared, scribe): (&Shared, &Scribe),
        attempts: u32,
    ) -> Result<(After, Settling)> {
        let request = self.target.request(self.dialect, &chunk.fragments());
        let bytes = request.body.bytes();
        scribe.begin(chunk.id, bytes, jiff::Timestamp::now()).await?;
        tracing::debug!(run = self.run, chunk = chunk.number, attempt = attempts, bytes, "sending");
        let left = self.pace.leave().await;
        let reply = self.wire.send(request).await;
        let verdict = classify(self.target, &reply, &chunk.keys());
        let status = match &reply {
            Reply::Answer(answer) => Some(answer.status),
            Reply::Broken(..) => None,
        };
        tracing::info!(run = self.run, chunk = chunk.number, verdict = verdict.word(), status, "answered");
        let asked = paced::believable(asked_wait(&reply));
        let (fate, after) = self.judge(&verdict, chunk, shared, (attempts, asked))?;
        let at = jiff::Timestamp::now();
        let detail = given(self.target, &reply, &verdict).unwrap_or_else(|| detail(&verdict));
        let detail = self.noted(detail, &reply, &verdict, shared);
        let settlement = Settlement { verdict: verdict.word(), status, detail, fate, at };
        let settling = scribe.settle(Arc::clone(chunk), settlement).await?;
        self.learn_pace(shared, &verdict, asked, left).await;
        Ok((after, settling))
    }

    /// What the ledger keeps of an answer in words: with its counters where they are odd, which is told once a run.
    fn noted(&self, detail: String, reply: &Reply, verdict: &Verdict, shared: &Shared) -> String {
        let Verdict::Answered(_) = verdict else { return detail };
        let (odd, counters) = oddities(reply);
        for oddity in odd.iter().copied().filter(|oddity| shared.is_new(*oddity)) {
            tracing::warn!(run = self.run, ?oddity, counters, "an odd answer is believed");
            (self.tell)(Event::Odd { oddity, counters: counters.clone() });
        }
        match (odd.is_empty(), detail.is_empty()) {
            (true, _) => detail,
            (false, true) => counters,
            (false, false) => format!("{detail}; {counters}"),
        }
    }

    /// What a verdict does to the chunk and to the run.
    fn judge(
        &self,
        verdict: &Verdict,
        chunk: &Outgoing,
        shared: &Shared,
        (attempts, asked): (u32, Option<Duration>),
    ) -> Result<(Fate, After)> {
        // What the ledger keeps is whole; what is told is masked, should it repeat what was sent.
        let told = |reason: &str| mask::repeated(reason, &chunk.fragments());
        let stop = |code: Code, reason: &str| {
            shared.stop(Failure::new(code).with("value", self.run).with("reason", told(reason)));
            (Fate::Planned, After::Again)
        };
        let is_foreign = |exception: &Exception| exception.code == Code::ForeignAnswer;
        let is_clear = match verdict {
            Verdict::Unknown(..) => false,
            Verdict::Answered(exceptions) => !exceptions.iter().any(is_foreign),
            _ => true,
        };
        if is_clear {
            shared.clear_unknown();
        }
        Ok(match verdict {
            Verdict::Answered(exceptions) => {
                let foreign = exceptions.iter().find(|exception| is_foreign(exception));
                let after = if let Some(foreign) = foreign {
                    // Whose answer it is nobody knows; it does not say that the CRM is well.
                    self.unclear(foreign.code, &foreign.detail, shared, asked);
                    After::Done
                } else {
                    shared.answered();
                    After::Answered
                };
                (self.settled(exceptions.clone(), chunk, shared), after)
            }
            Verdict::Refused(reason) => {
                shared.answered();
                let halves = chunk.halves()?.filter(|_| shared.refusals.may_split());
                (self.halved(halves, chunk, shared, reason), After::Done)
            }
            Verdict::TooLarge(reason) => {
                shared.answered();
                shared.refusals.learn_size(self.bytes(chunk));
                (self.halved(chunk.halves()?, chunk, shared, reason), After::Done)
            }
            Verdict::Unknown(_, detail)
                if self.policy.resend_unknown && attempts < self.policy.attempts_max =>
            {
                self.wait(shared, asked.unwrap_or_else(|| backoff(attempts)), &told(detail), false);
                (Fate::Planned, After::Again)
            }
            Verdict::Unknown(code, detail) => {
                self.unclear(*code, &told(detail), shared, asked);
                (Fate::Unknown(*code, detail.clone()), After::Done)
            }
            Verdict::NotNow(_, reason) => self.asked_to_wait(shared, asked, &told(reason)),
            Verdict::QuotaEnded(_) => {
                // The run stops when the pace has said from when there are calls again.
                shared.count_refused();
                (Fate::Planned, After::Again)
            }
            Verdict::NotSent(reason) => {
                self.not_reached(shared, &told(reason));
                (Fate::Planned, After::Again)
            }
            Verdict::TokenRefused(reason) => stop(Code::TokenRefused, reason),
            Verdict::EndpointRefused(code, reason) => stop(*code, reason),
        })
    }

    /// The fate of a chunk whose records are all accepted but these; stops the run where all say the same no.
    fn settled(&self, exceptions: Vec<Exception>, chunk: &Outgoing, shared: &Shared) -> Fate {
        if let Some(reason) = shared.refusals.count(&exceptions, chunk.record_count()) {
            let same = Failure::new(Code::SameRejection).with("value", self.run);
            shared.stop(same.with("reason", mask::repeated(&reason, &chunk.fragments())));
        }
        Fate::Settled(exceptions)
    }

    /// The fate of a chunk refused as a whole: its halves, or, where it is not split, the rejection of its records.
    fn halved(&self, halves: Option<[Chunk; 2]>, chunk: &Outgoing, shared: &Shared, reason: &str) -> Fate {
        match halves {
            Some(halves) => Fate::Split(halves),
            None => self.settled(all_rejected(chunk, reason), chunk, shared),
        }
    }

    /// What an outcome that nobody knows does to the run: the next chunk waits a little, and several such in a row,
    /// or a web page where the CRM has never answered, stop it.
    fn unclear(&self, code: Code, detail: &str, shared: &Shared, asked: Option<Duration>) {
        let streak = shared.count_unknown();
        let stop = |code| shared.stop(Failure::new(code).with("value", self.run).with("reason", detail));
        let page = code == Code::WebPage;
        if page && (streak >= UNKNOWN_STREAK_MAX || !shared.was_ever_answered()) {
            return stop(Code::NotTheCrm);
        }
        if streak >= UNKNOWN_STREAK_MAX {
            return stop(Code::UnknownStreak);
        }
        let time = asked.unwrap_or_else(|| backoff(streak));
        if shared.hold(time) {
            tracing::warn!(seconds = time.as_secs_f64(), reason = detail, "unclear");
            (self.tell)(Event::Unclear { time, reason: detail.to_owned() });
        } else if asked.is_some() {
            shared.stop(self.too_long(time).with("reason", detail));
        }
    }

    /// The CRM cannot be reached: the run waits, or stops where waiting is in vain or beyond its patience.
    fn not_reached(&self, shared: &Shared, reason: &str) {
        let hopeless = reason.contains("dns") && !shared.was_ever_answered();
        let tries = shared.count_refused();
        let may_wait = !(hopeless && tries >= self.policy.attempts_max);
        if !may_wait || !self.wait(shared, backoff(tries), reason, false) {
            shared.stop(Failure::new(Code::CrmDown).with("value", self.run).with("reason", reason));
        }
    }

    /// Lets the whole run wait; false when that is more than the patience left.
    fn wait(&self, shared: &Shared, time: Duration, reason: &str, asked: bool) -> bool {
        let may = shared.hold(time);
        if may {
            tracing::warn!(seconds = time.as_secs_f64(), reason, "waiting");
            (self.tell)(Event::Waiting { time, reason: reason.to_owned(), asked });
        }
        may
    }
}

/// Whether a chunk has come to its verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    /// It has, and nothing speaks against sending the next one at once.
    Answered,
    /// It has; the next one waits until that is written down.
    Done,
    /// It is sent again.
    Again,
}

fn all_rejected(chunk: &Outgoing, reason: &str) -> Vec<Exception> {
    let records = u32::try_from(chunk.record_count()).unwrap_or(u32::MAX);
    let refused =
        |ordinal| Exception { ordinal, rejected: true, code: Code::CrmRefused, detail: reason.to_owned() };
    (0..records).map(refused).collect()
}

/// What the CRM calls the record that it took.
fn given(target: &dyn Target, reply: &Reply, verdict: &Verdict) -> Option<String> {
    match (reply, verdict) {
        (Reply::Answer(answer), Verdict::Answered(exceptions)) if exceptions.is_empty() => {
            target.given(answer)
        }
        _ => None,
    }
}

/// What the ledger keeps of a verdict in words.
fn detail(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Answered(exceptions) if exceptions.is_empty() => String::new(),
        Verdict::Answered(exceptions) => format!("{} not accepted", exceptions.len()),
        Verdict::Unknown(code, detail) => format!("{code}: {detail}"),
        Verdict::Refused(reason)
        | Verdict::TooLarge(reason)
        | Verdict::NotNow(_, reason)
        | Verdict::QuotaEnded(reason)
        | Verdict::NotSent(reason)
        | Verdict::TokenRefused(reason)
        | Verdict::EndpointRefused(_, reason) => reason.clone(),
    }
}
