//! Intents and verdicts of the requests under way, written down together where they come together.
//!
//! A disk takes about as long to sync one line as a hundred. So while one commit is synced the next lines gather, and
//! the commit after it takes all of them, in the order in which they were handed in. Nothing of law 3 is given up:
//! whoever hands in an intent waits until it is on disk before a byte leaves, and a verdict is shown when it is on
//! disk. A line is never committed before one that was handed in earlier, so an intent that is handed in after a
//! verdict can never be on disk without it: a crash leaves no more chunks unknown than there were requests under way.
//! Nor is a line written after one that could not be.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::send::{Intent, Settled, insert_attempts, update_settled};
use super::{Ledger, LoadedChunk, RunId, Settlement, Waiting};
use crate::lang::Code;
use crate::problem::{Failure, Result};

/// Most lines of one commit, and most that wait for it.
const TOGETHER_MOST: usize = 64;

/// Writes the intents and verdicts of one run. What has no answer when it is dropped may or may not be written.
#[derive(Debug)]
pub struct Scribe {
    lines: mpsc::Sender<Line>,
    _tasks: JoinSet<()>,
}

/// A verdict that was handed in and is not on disk yet.
#[derive(Debug)]
pub struct Settling(oneshot::Receiver<Result<Written>>);

/// What is to be written, and who waits for it.
#[derive(Debug)]
struct Line {
    what: What,
    done: oneshot::Sender<Result<Written>>,
}

#[derive(Debug)]
enum What {
    Intent(Intent),
    Verdict { attempt: i64, chunk: Arc<LoadedChunk>, settlement: Settlement },
}

/// What came of a line.
#[derive(Debug)]
struct Written {
    attempt: i64,
    /// Of a chunk that was split.
    halves: Vec<Waiting>,
}

impl Ledger {
    /// Begins to write for a run.
    pub fn scribe(&self, run: RunId) -> Scribe {
        let (lines, waiting) = mpsc::channel(TOGETHER_MOST);
        let mut tasks = JoinSet::new();
        tasks.spawn(write_all(self.clone(), run, waiting));
        Scribe { lines, _tasks: tasks }
    }

    /// Writes some lines in one commit; either all of them are on disk then, or none.
    async fn write_together(&self, run: RunId, lines: &[Line]) -> Result<Vec<Written>> {
        self.still_there()?;
        let (mut intents, mut settled) = (Vec::new(), Vec::new());
        for line in lines {
            match &line.what {
                What::Intent(intent) => intents.push(*intent),
                What::Verdict { attempt, chunk, settlement } => {
                    settled.push(Settled { attempt: *attempt, chunk, settlement });
                }
            }
        }
        let mut transaction = self.done(self.pool.begin().await)?;
        let attempts = self.done(insert_attempts(&mut transaction, run, &intents).await)?;
        let halves = self.done(update_settled(&mut transaction, run, &settled).await)?;
        self.done(transaction.commit().await)?;
        let mut halves = halves.into_iter();
        let written = |line: &Line| match &line.what {
            What::Intent(intent) => {
                let attempt = attempts.get(&intent.chunk).copied();
                Ok(Written { attempt: attempt.ok_or_else(stopped)?, halves: Vec::new() })
            }
            What::Verdict { attempt, .. } => {
                Ok(Written { attempt: *attempt, halves: halves.next().unwrap_or_default() })
            }
        };
        lines.iter().map(written).collect()
    }
}

impl Scribe {
    /// Writes down that a chunk is about to be sent, in so many bytes; gives the attempt's id.
    ///
    /// # Errors
    /// `ledger-unwritable`; the chunk must then not be sent.
    pub async fn begin(&self, chunk: i64, bytes: usize, at: jiff::Timestamp) -> Result<i64> {
        let intent = self.hand_in(What::Intent(Intent { chunk, bytes, at })).await?;
        Ok(intent.written().await?.attempt)
    }

    /// Hands in how an attempt ended and what becomes of its chunk.
    ///
    /// # Errors
    /// When nothing is written any more; the chunk stays `sending`, which counts as unknown.
    pub async fn settle(
        &self,
        attempt: i64,
        chunk: Arc<LoadedChunk>,
        settlement: Settlement,
    ) -> Result<Settling> {
        self.hand_in(What::Verdict { attempt, chunk, settlement }).await
    }

    async fn hand_in(&self, what: What) -> Result<Settling> {
        let (done, written) = oneshot::channel();
        self.lines.send(Line { what, done }).await.map_err(|_error| stopped())?;
        Ok(Settling(written))
    }
}

impl Settling {
    /// Waits until it is on disk; gives the halves of a chunk that was split.
    ///
    /// # Errors
    /// `ledger-unwritable`; the chunk stays `sending`, which counts as unknown.
    pub async fn halves(self) -> Result<Vec<Waiting>> {
        Ok(self.written().await?.halves)
    }

    async fn written(self) -> Result<Written> {
        self.0.await.map_err(|_error| stopped())?
    }
}

/// Writes what is handed in until nobody can hand in more, or a line cannot be written: then none that comes after it is,
/// so that nothing more is sent.
async fn write_all(ledger: Ledger, run: RunId, mut waiting: mpsc::Receiver<Line>) {
    let (mut lines, mut failed) = (Vec::new(), None);
    while waiting.recv_many(&mut lines, TOGETHER_MOST).await > 0 {
        if failed.is_none()
            && let Ok(all) = ledger.write_together(run, &lines).await
        {
            lines.drain(..).zip(all).for_each(|(line, written)| line.answer(Ok(written)));
            continue;
        }
        // What can be written before the one that cannot is written.
        for line in lines.drain(..) {
            let written = match failed.clone() {
                Some(failure) => Err(failure),
                None => ledger.write_together(run, std::slice::from_ref(&line)).await,
            };
            let written = written.and_then(|mut all| all.pop().ok_or_else(stopped));
            failed = written.as_ref().err().cloned();
            line.answer(written);
        }
    }
}

impl Line {
    /// Tells whoever handed it in, and who may have gone meanwhile.
    fn answer(self, written: Result<Written>) {
        self.done.send(written).ok();
    }
}

/// The writing has ended before its time.
fn stopped() -> Failure {
    Failure::new(Code::Internal).with("reason", "the ledger's writer has stopped")
}
