//! Intents and verdicts of the requests under way, written down together where they come together.
//!
//! A disk takes about as long to sync one line as a hundred. So while one commit is synced the next lines gather, and
//! the commit after it takes all of them, in the order in which they were handed in. Nothing of law 3 is given up:
//! whoever hands in an intent waits until it is on disk before a byte leaves, and a verdict is shown when it is on
//! disk. A line is never committed before one that was handed in earlier, so an intent that is handed in after a
//! verdict can never be on disk without it: a crash leaves no more chunks unknown than there were requests under way.
//! Nor is a line written after one that could not be.

use std::sync::Arc;

use sqlx::{Connection as _, Executor as _, SqliteConnection};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::send::{Intent, Lines, Settled, TAKES_LINES, insert_halves};
use super::{Fate, Ledger, Outgoing, RunId, Settlement, Waiting};
use crate::lang::Code;
use crate::portfolio::Chunk;
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
pub struct Settling(oneshot::Receiver<Result<Vec<Waiting>>>);

/// What is to be written, and who waits for it.
#[derive(Debug)]
struct Line {
    what: What,
    done: oneshot::Sender<Result<Vec<Waiting>>>,
}

#[derive(Debug)]
enum What {
    Intent(Intent),
    Verdict { chunk: Arc<Outgoing>, settlement: Settlement },
}

impl Ledger {
    /// Begins to write for a run.
    pub fn scribe(&self, run: RunId) -> Scribe {
        let (lines, waiting) = mpsc::channel(TOGETHER_MOST);
        let mut tasks = JoinSet::new();
        tasks.spawn(write_all(self.clone(), run, waiting));
        Scribe { lines, _tasks: tasks }
    }

    /// A connection that nobody else has, and that takes lines.
    async fn own_connection(&self) -> Result<SqliteConnection> {
        let mut connection = self.done(self.pool.acquire().await)?.detach();
        self.done(connection.execute(TAKES_LINES).await)?;
        Ok(connection)
    }

    /// Writes some lines in one commit; either all of them are on disk then, or none. Gives the halves of each.
    async fn write_together(
        &self,
        connection: &mut SqliteConnection,
        run: RunId,
        lines: &[Line],
    ) -> Result<Vec<Vec<Waiting>>> {
        self.still_there()?;
        let (mut intents, mut settled) = (Vec::new(), Vec::new());
        for line in lines {
            match &line.what {
                What::Intent(intent) => intents.push(*intent),
                What::Verdict { chunk, settlement } => settled.push(Settled { chunk, settlement }),
            }
        }
        let of_all = Lines::of(&intents, &settled)?;
        if lines.iter().all(|line| line.halves().is_none()) {
            self.done(of_all.write(connection, run).await)?;
            return Ok(vec![Vec::new(); lines.len()]);
        }
        let mut transaction = self.done(connection.begin().await)?;
        self.done(of_all.write(&mut transaction, run).await)?;
        let mut all = Vec::with_capacity(lines.len());
        for line in lines {
            all.push(match line.halves() {
                Some((chunk, halves)) => {
                    self.done(insert_halves(&mut transaction, run, chunk, halves).await)?
                }
                None => Vec::new(),
            });
        }
        self.done(transaction.commit().await)?;
        Ok(all)
    }
}

impl Scribe {
    /// Writes down that a chunk is about to be sent, in so many bytes.
    ///
    /// # Errors
    /// `ledger-unwritable`; the chunk must then not be sent.
    pub async fn begin(&self, chunk: i64, bytes: usize, at: jiff::Timestamp) -> Result<()> {
        let intent = self.hand_in(What::Intent(Intent { chunk, bytes, at })).await?;
        intent.halves().await.map(drop)
    }

    /// Hands in how the last attempt of a chunk ended and what becomes of the chunk.
    ///
    /// # Errors
    /// When nothing is written any more; the chunk stays `sending`, which counts as unknown.
    pub async fn settle(&self, chunk: Arc<Outgoing>, settlement: Settlement) -> Result<Settling> {
        self.hand_in(What::Verdict { chunk, settlement }).await
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
        self.0.await.map_err(|_error| stopped())?
    }
}

/// Writes what is handed in until nobody can hand in more, or a line cannot be written: then none that comes after it is,
/// so that nothing more is sent. It has a connection of its own, so that it waits for nobody who reads.
async fn write_all(ledger: Ledger, run: RunId, mut waiting: mpsc::Receiver<Line>) {
    let (mut connection, mut failed) = match ledger.own_connection().await {
        Ok(connection) => (Some(connection), None),
        Err(failure) => (None, Some(failure)),
    };
    let mut lines = Vec::new();
    while waiting.recv_many(&mut lines, TOGETHER_MOST).await > 0 {
        if failed.is_none()
            && let Some(connection) = &mut connection
            && let Ok(all) = ledger.write_together(connection, run, &lines).await
        {
            lines.drain(..).zip(all).for_each(|(line, written)| line.answer(Ok(written)));
            continue;
        }
        // What can be written before the one that cannot is written.
        for line in lines.drain(..) {
            let written = match (&mut connection, failed.clone()) {
                (Some(connection), None) => {
                    ledger.write_together(connection, run, std::slice::from_ref(&line)).await
                }
                (_, failed) => Err(failed.unwrap_or_else(stopped)),
            };
            let written = written.and_then(|mut all| all.pop().ok_or_else(stopped));
            failed = written.as_ref().err().cloned();
            line.answer(written);
        }
    }
}

impl Line {
    /// The chunk and its halves, where it was split.
    fn halves(&self) -> Option<(&Outgoing, &[Chunk; 2])> {
        match &self.what {
            What::Verdict { chunk, settlement: Settlement { fate: Fate::Split(halves), .. } } => {
                Some((chunk, halves))
            }
            What::Verdict { .. } | What::Intent(_) => None,
        }
    }

    /// Tells whoever handed it in, and who may have gone meanwhile.
    fn answer(self, written: Result<Vec<Waiting>>) {
        self.done.send(written).ok();
    }
}

/// The writing has ended before its time.
fn stopped() -> Failure {
    Failure::new(Code::Internal).with("reason", "the ledger's writer has stopped")
}
