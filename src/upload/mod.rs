//! Chunks become verdicts: paced, bounded, written down before and after.
//!
//! The sender takes planned chunks from the ledger and never opens a source. Each attempt is on disk before its
//! first byte leaves, each verdict before it is shown. Only what was surely not written is sent again by
//! itself; an unknown outcome is held (law 4). Every wait can be interrupted, every loop is bounded by the
//! chunks, the attempts or the patience.

pub mod pace;
mod paced;
pub mod quota;
mod shared;
pub mod wire;

use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;

use crate::lang::Code;
use crate::ledger::{Fate, Ledger, LoadedChunk, RunId, Settlement};
use crate::problem::{Failure, Result};
use crate::target::{Exception, Target, Verdict};

use pace::{Pace, Tempo};
use shared::{Shared, backoff};
use wire::{Reply, Wire};

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
}

/// What happened, for whoever shows progress.
#[derive(Debug, Clone)]
pub enum Event {
    /// A chunk came to its verdict.
    Settled {
        /// Its records.
        records: u64,
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
    /// The pace was lowered, or raised again.
    Paced(Tempo),
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
    /// Its operation.
    pub operation: &'s str,
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
    pub async fn send<F: Future<Output = ()>>(&self, stop: impl Fn() -> F) -> Result<Option<Failure>> {
        self.ledger.hold_interrupted(self.run).await?;
        let chunks = self.ledger.waiting_chunks(self.run).await?;
        let shared = Shared::new(self.policy.patience);
        let result = tokio::select! {
            result = self.send_all(&chunks, &shared) => result,
            () = async {
                stop().await;
                shared.stop(Failure::new(Code::StoppedByUser).with("value", self.run));
                (self.tell)(Event::Stopping);
                stop().await;
            } => Ok(()),
        };
        // What was given up, or could not be settled, is unknown; this is also what a crash comes to.
        let held = self.ledger.hold_interrupted(self.run).await;
        result?;
        held?;
        Ok(shared.reason())
    }

    async fn send_all(&self, chunks: &[(i64, u64)], shared: &Shared) -> Result<()> {
        let mut under_way = FuturesUnordered::new();
        let mut waiting = chunks.iter();
        let mut sent_records = 0;
        loop {
            while under_way.len() < self.policy.concurrency && !shared.is_stopping() {
                let Some((id, records)) = waiting.next() else { break };
                if self.policy.limit_records.is_some_and(|limit| sent_records + records > limit) {
                    let reached = Failure::new(Code::LimitReached).with("value", self.run);
                    shared.stop(reached.with("expected", self.policy.limit_records.unwrap_or_default()));
                    break;
                }
                sent_records += records;
                under_way.push(self.send_chunk(*id, shared));
            }
            match under_way.next().await {
                Some(result) => result.inspect_err(|failure| shared.stop(failure.clone()))?,
                None => return Ok(()),
            }
        }
    }

    /// Brings one chunk to a verdict, unless the run stops first.
    async fn send_chunk(&self, id: i64, shared: &Shared) -> Result<()> {
        let chunk = self.ledger.load_chunk(id).await?;
        let mut attempts = 0;
        while self.may_send(shared).await {
            attempts += 1;
            let reply = self.attempt(&chunk, shared, attempts).await?;
            if let After::Done = reply {
                (self.tell)(Event::Settled { records: chunk.chunk.records.len() as u64 });
                return Ok(());
            }
        }
        Ok(())
    }

    /// One request: intent, request, verdict, each on disk in turn.
    async fn attempt(&self, chunk: &LoadedChunk, shared: &Shared, attempts: u32) -> Result<After> {
        let fragments = chunk.chunk.fragments();
        let request = self.target.request(self.operation, &fragments);
        let bytes = request.body.bytes();
        let attempt = self.ledger.begin_attempt(self.run, chunk.id, bytes, jiff::Timestamp::now()).await?;
        tracing::debug!(run = self.run, chunk = chunk.number, attempt = attempts, bytes, "sending");
        let left = self.pace.leave();
        let reply = self.wire.send(request).await;
        let (verdict, status) = match &reply {
            Reply::Answer(answer) => (self.target.read(answer, &chunk.chunk.keys()), Some(answer.status)),
            Reply::Failed(verdict) => (verdict.clone(), None),
        };
        tracing::info!(run = self.run, chunk = chunk.number, verdict = verdict.word(), status, "answered");
        let (fate, after) = self.judge(&verdict, chunk, shared, attempts);
        let at = jiff::Timestamp::now();
        let settlement = Settlement { verdict: verdict.word(), status, detail: detail(&verdict), fate, at };
        self.ledger.settle(self.run, attempt, chunk, &settlement).await?;
        self.learn_pace(shared, &verdict, left).await;
        Ok(after)
    }

    /// What a verdict does to the chunk and to the run.
    fn judge(&self, verdict: &Verdict, chunk: &LoadedChunk, shared: &Shared, attempts: u32) -> (Fate, After) {
        let stop = |code: Code, reason: &str| {
            shared.stop(Failure::new(code).with("value", self.run).with("reason", reason));
            (Fate::Planned, After::Again)
        };
        if !matches!(verdict, Verdict::Unknown(..)) {
            shared.clear_unknown();
        }
        match verdict {
            Verdict::Answered(exceptions) => {
                shared.answered();
                (Fate::Settled(exceptions.clone()), After::Done)
            }
            Verdict::Refused(reason) => {
                shared.answered();
                (Fate::Settled(all_rejected(chunk, reason)), After::Done)
            }
            Verdict::Unknown(code, detail) => {
                if self.policy.resend_unknown && attempts < self.policy.attempts_max {
                    self.wait(shared, backoff(attempts), detail, false);
                    return (Fate::Planned, After::Again);
                }
                if shared.count_unknown() >= UNKNOWN_STREAK_MAX {
                    shared.stop(Failure::new(Code::UnknownStreak).with("value", self.run));
                }
                (Fate::Unknown(*code, detail.clone()), After::Done)
            }
            Verdict::NotNow(asked, reason) => self.asked_to_wait(shared, *asked, reason),
            Verdict::NotSent(reason) => {
                let hopeless = reason.contains("dns") && !shared.was_ever_answered();
                let tries = shared.count_refused();
                let may_wait = !(hopeless && tries >= self.policy.attempts_max);
                if !may_wait || !self.wait(shared, backoff(tries), reason, false) {
                    return stop(Code::CrmDown, reason);
                }
                (Fate::Planned, After::Again)
            }
            Verdict::TokenRefused(reason) => stop(Code::TokenRefused, reason),
            Verdict::EndpointRefused(reason) => stop(Code::EndpointRefused, reason),
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
    Done,
    Again,
}

fn all_rejected(chunk: &LoadedChunk, reason: &str) -> Vec<Exception> {
    let records = u32::try_from(chunk.chunk.records.len()).unwrap_or(u32::MAX);
    let refused =
        |ordinal| Exception { ordinal, rejected: true, code: Code::CrmRefused, detail: reason.to_owned() };
    (0..records).map(refused).collect()
}

/// What the ledger keeps of a verdict in words.
fn detail(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Answered(exceptions) if exceptions.is_empty() => String::new(),
        Verdict::Answered(exceptions) => format!("{} not accepted", exceptions.len()),
        Verdict::Unknown(code, detail) => format!("{code}: {detail}"),
        Verdict::Refused(reason)
        | Verdict::NotNow(_, reason)
        | Verdict::NotSent(reason)
        | Verdict::TokenRefused(reason)
        | Verdict::EndpointRefused(reason) => reason.clone(),
    }
}
