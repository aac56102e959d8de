//! Sending as the ledger sees it: intent, verdict, and what is left to do.
//!
//! [`Scribe::begin`](super::Scribe::begin) is on disk before the first byte of a request leaves,
//! [`Scribe::settle`](super::Scribe::settle) before anyone is told. What a crash leaves in between is `sending`, and counts as unknown (law 3). A chunk that was
//! split stays with its body and attempts as `split`; its halves carry its records on, so no book counts it.

use serde_json::{Value, json};
use sqlx::{Row as _, SqliteConnection};

use super::column::Columns as _;
use super::plan::{ChunkPlace, PackedChunk, Transaction, insert_chunk};
use super::{Ledger, Outgoing, RunId, decompress, unpack};
use crate::lang::Code;
use crate::portfolio::{Chunk, RecordEntry};
use crate::problem::Result;
use crate::target::Exception;

/// A chunk taken from the ledger, with its records whole.
#[derive(Debug, Clone)]
pub struct LoadedChunk {
    /// Its id in the ledger.
    pub id: i64,
    /// Its number in the run.
    pub number: u32,
    /// The run that holds its rows.
    pub source_run: RunId,
    /// Its records and their fragments.
    pub chunk: Chunk,
}

/// How an attempt ended, and what becomes of its chunk.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// The verdict's word.
    pub verdict: &'static str,
    /// HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// What the CRM said, or what went wrong.
    pub detail: String,
    /// What becomes of the chunk.
    pub fate: Fate,
    /// When the verdict was reached.
    pub at: jiff::Timestamp,
}

/// What becomes of a chunk after an attempt.
#[derive(Debug, Clone)]
pub enum Fate {
    /// Every record is accepted but these.
    Settled(Vec<Exception>),
    /// Nobody knows; it is held.
    Unknown(Code, String),
    /// Nothing was written; it waits to be sent again.
    Planned,
    /// Nothing was written; its halves wait to be sent in its place.
    Split([Chunk; 2]),
}

/// A chunk that waits to be sent: its id and how many records it has.
pub type Waiting = (i64, u64);

impl Ledger {
    /// The chunks of a run that wait to be sent: first what is left of split ones, then the others in order.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn waiting_chunks(&self, run: RunId) -> Result<Vec<Waiting>> {
        let select = "SELECT id, records FROM chunk WHERE run = ? AND state = 'planned' ORDER BY parent IS NULL, number";
        let rows = self.done(sqlx::query(select).bind(run).fetch_all(&self.pool).await)?;
        rows.iter().map(|row| Ok((row.value(0)?, row.count(1)?))).collect()
    }

    /// A chunk with its body.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn load_chunk(&self, id: i64) -> Result<LoadedChunk> {
        let select =
            "SELECT number, source_run, body, entries FROM chunk JOIN chunk_body ON chunk = id WHERE id = ?";
        let row = self.done(sqlx::query(select).bind(id).fetch_one(&self.pool).await)?;
        let records: Vec<RecordEntry> = unpack(row.value(3)?)?;
        let chunk = Chunk { body: decompress(row.value(2)?)?, records };
        Ok(LoadedChunk { id, number: row.value(0)?, source_run: row.value(1)?, chunk })
    }

    /// Writes down that the record of a chunk is rejected before anything of it was sent.
    ///
    /// # Errors
    /// `ledger-unwritable`; the chunk then waits still.
    pub async fn reject_unsent(&self, run: RunId, chunk: &Outgoing, rejection: &Exception) -> Result<()> {
        let outcomes = outcome_lines(chunk.id, &chunk.records()?, std::slice::from_ref(rejection));
        let mut transaction = self.done(self.pool.begin().await)?;
        let update = sqlx::query("UPDATE chunk SET state = 'settled' WHERE id = ?").bind(chunk.id);
        self.done(update.execute(&mut *transaction).await)?;
        self.done(insert_outcomes(&mut transaction, run, outcomes).await)?;
        self.done(transaction.commit().await)
    }

    /// Puts the halves of a chunk in its place without sending it first; gives them.
    ///
    /// # Errors
    /// `ledger-unwritable`; the chunk is then as it was.
    pub async fn split(&self, run: RunId, chunk: &Outgoing, halves: &[Chunk; 2]) -> Result<Vec<Waiting>> {
        let mut transaction = self.done(self.pool.begin().await)?;
        let update = sqlx::query("UPDATE chunk SET state = 'split' WHERE id = ?").bind(chunk.id);
        self.done(update.execute(&mut *transaction).await)?;
        let waiting = self.done(insert_halves(&mut transaction, run, chunk, halves).await)?;
        self.done(transaction.commit().await)?;
        Ok(waiting)
    }

    /// What earlier sendings of a run learned: chunks planned, chunks that came from splits, and the smallest body
    /// that was refused for its size.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn split_so_far(&self, run: RunId) -> Result<(u64, u64, Option<usize>)> {
        let select = "SELECT count(*) - count(parent), count(parent), (SELECT min(bytes) FROM attempt WHERE run = ?1 \
             AND verdict = 'too-large') FROM chunk WHERE run = ?1 AND state NOT IN ('unchanged', 'held')";
        let row = self.done(sqlx::query(select).bind(run).fetch_one(&self.pool).await)?;
        let bytes: Option<i64> = row.value(2)?;
        Ok((row.count(0)?, row.count(1)?, bytes.and_then(|bytes| usize::try_from(bytes).ok())))
    }

    /// Turns what a crash left `sending` into unknown; gives how many chunks that were.
    ///
    /// # Errors
    /// `ledger-unwritable`.
    pub async fn hold_interrupted(&self, run: RunId) -> Result<u64> {
        let update = "UPDATE chunk SET state = 'unknown', code = ? WHERE run = ? AND state = 'sending'";
        let query = sqlx::query(update).bind(Code::Interrupted.as_str()).bind(run);
        Ok(self.done(query.execute(&self.pool).await)?.rows_affected())
    }
}

/// A chunk that is about to be sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Intent {
    /// The chunk.
    pub(super) chunk: i64,
    /// The size of its request's body.
    pub(super) bytes: usize,
    /// When.
    pub(super) at: jiff::Timestamp,
}

/// How the last attempt of a chunk ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settled<'s> {
    pub(super) chunk: &'s Outgoing,
    pub(super) settlement: &'s Settlement,
}

type Stored<T> = std::result::Result<T, sqlx::Error>;

/// Where a connection takes lines: one statement, and so one commit and one call of the ledger's thread, writes all that
/// belongs to them. A chunk has one attempt under way at most, its last one.
pub(super) const TAKES_LINES: &str = "
CREATE TEMP VIEW line (run, intents, settled, outcomes) AS SELECT NULL, NULL, NULL, NULL;
CREATE TEMP TRIGGER take_lines INSTEAD OF INSERT ON line BEGIN
    UPDATE chunk SET state = 'sending' WHERE id IN (SELECT value ->> 0 FROM json_each(NEW.intents));
    INSERT INTO attempt (chunk, run, started_at, bytes)
        SELECT value ->> 0, NEW.run, value ->> 1, value ->> 2 FROM json_each(NEW.intents);
    UPDATE attempt SET finished_at = l.value ->> 1, verdict = l.value ->> 2, status = l.value ->> 3, detail = l.value ->> 4
        FROM json_each(NEW.settled) l
        WHERE attempt.id = (SELECT max(own.id) FROM attempt own WHERE own.chunk = l.value ->> 0);
    UPDATE chunk SET state = l.value ->> 5, code = l.value ->> 6, detail = l.value ->> 7
        FROM json_each(NEW.settled) l WHERE chunk.id = l.value ->> 0;
    INSERT INTO outcome (chunk, run, ordinal, state, code, detail, rows, obligations, money)
        SELECT value ->> 0, NEW.run, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
            value ->> 7
        FROM json_each(NEW.outcomes);
END;
";

/// Some intents and verdicts as they are written: lists in JSON.
pub(super) struct Lines {
    intents: Value,
    settled: Value,
    outcomes: Value,
}

impl Lines {
    /// Each chunk stands in them once at most.
    ///
    /// # Errors
    /// `ledger-damaged` where records that were not accepted cannot be read.
    pub(super) fn of(intents: &[Intent], settled: &[Settled<'_>]) -> Result<Lines> {
        let mut outcomes = Vec::new();
        for Settled { chunk, settlement } in settled {
            if let Fate::Settled(exceptions) = &settlement.fate
                && !exceptions.is_empty()
            {
                outcomes.append(&mut outcome_lines(chunk.id, &chunk.records()?, exceptions));
            }
        }
        let intent = |intent: &Intent| json!([intent.chunk, intent.at.to_string(), intent.bytes]);
        let (intents, settled) =
            (intents.iter().map(intent).collect(), settled.iter().map(settled_line).collect());
        Ok(Lines { intents, settled, outcomes: Value::Array(outcomes) })
    }

    /// Writes all of them over a connection that [`TAKES_LINES`].
    pub(super) async fn write(&self, connection: &mut SqliteConnection, run: RunId) -> Stored<()> {
        let lists = [&self.intents, &self.settled, &self.outcomes].map(Value::to_string);
        let insert = "INSERT INTO line (run, intents, settled, outcomes) VALUES (?, ?, ?, ?)";
        let query = lists.into_iter().fold(sqlx::query(insert).bind(run), sqlx::query::Query::bind);
        query.execute(connection).await.map(|_| ())
    }
}

fn settled_line(Settled { chunk, settlement }: &Settled<'_>) -> Value {
    let Settlement { verdict, status, detail, fate, at } = settlement;
    let (state, code, why) = match fate {
        Fate::Settled(_) => ("settled", None, None),
        Fate::Unknown(code, detail) => ("unknown", Some(code.as_str()), Some(text(detail))),
        Fate::Planned => ("planned", None, None),
        Fate::Split(_) => ("split", None, None),
    };
    json!([chunk.id, at.to_string(), verdict, status, text(detail), state, code, why])
}

/// A text as `SQLite` reads all of it out of JSON: it takes a null character for the end.
fn text(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}

/// Puts the halves of a chunk in its place; gives them.
pub(super) async fn insert_halves(
    transaction: &mut Transaction<'_>,
    run: RunId,
    chunk: &Outgoing,
    halves: &[Chunk; 2],
) -> Stored<Vec<Waiting>> {
    let select = sqlx::query("SELECT max(number) FROM chunk WHERE run = ?").bind(run);
    let last: u32 = select.fetch_one(&mut **transaction).await?.try_get(0)?;
    let mut waiting = Vec::new();
    for (number, half) in (last + 1..).zip(halves) {
        let place = ChunkPlace { run, number, parent: Some(chunk.id), source_run: chunk.source_run };
        let id = insert_chunk(transaction, place, PackedChunk::of(half)).await?;
        let update = "UPDATE chunk SET resends = (SELECT whole.resends FROM chunk whole WHERE whole.id = chunk.parent) WHERE id = ?";
        sqlx::query(update).bind(id).execute(&mut **transaction).await?;
        waiting.push((id, half.records.len() as u64));
    }
    Ok(waiting)
}

/// The lines of those records of a chunk that were not accepted.
pub(super) fn outcome_lines(chunk: i64, records: &[RecordEntry], exceptions: &[Exception]) -> Vec<Value> {
    let line = |exception: &Exception| {
        let weight = records.get(exception.ordinal as usize)?.weight();
        let Exception { ordinal, rejected, code, detail } = exception;
        let state = if *rejected { "rejected" } else { "unknown" };
        let (rows, obligations, money) = (weight.rows, weight.obligations, weight.money.to_string());
        Some(json!([chunk, ordinal, state, code.as_str(), text(detail), rows, obligations, money]))
    };
    exceptions.iter().filter_map(line).collect()
}

/// Writes down which records were not accepted.
pub(super) async fn insert_outcomes(
    transaction: &mut Transaction<'_>,
    run: RunId,
    lines: Vec<Value>,
) -> Stored<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let insert = "INSERT INTO outcome (chunk, run, ordinal, state, code, detail, rows, obligations, money) SELECT \
         value ->> 0, ?, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7 \
         FROM json_each(?)";
    let query = sqlx::query(insert).bind(run).bind(Value::Array(lines).to_string());
    query.execute(&mut **transaction).await.map(|_| ())
}
