//! What `show` tells of a run: its chunks, their attempts, and the records whose outcome is unknown.
//!
//! Nothing is changed, and whether a key may be shown whole is not decided here.

use serde::Serialize;
use sqlx::sqlite::SqliteRow;

use super::column::Columns as _;
use super::{Ledger, RunId, unpack};
use crate::lang::Code;
use crate::portfolio::RecordEntry;
use crate::problem::{Failure, Result};

/// A chunk, for `show`.
#[derive(Debug, Clone, Serialize)]
pub struct ChunkLine {
    /// Its number in the run.
    pub number: u32,
    /// The number of the chunk that it was split from, or whose absent records it sends once more.
    pub parent: Option<u32>,
    /// planned, sending, settled, unknown, split.
    pub state: String,
    /// Why it is unknown.
    pub code: Option<String>,
    /// Its records.
    pub records: u64,
    /// Records rejected.
    pub rejected: u64,
    /// Records unknown, of a settled chunk.
    pub unknown: u64,
    /// Attempts so far.
    pub attempts: u64,
}

/// An attempt, for `show`.
#[derive(Debug, Clone, Serialize)]
pub struct AttemptLine {
    /// When its intent was written down.
    pub started_at: String,
    /// When its verdict was.
    pub finished_at: Option<String>,
    /// The verdict's word.
    pub verdict: Option<String>,
    /// HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// What the CRM said, or what went wrong.
    pub detail: Option<String>,
}

/// A record whose outcome is unknown, for `show`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownRecord {
    /// The number of its chunk in the run.
    pub chunk: u32,
    /// Its key.
    pub key: String,
    /// Why it is unknown, or what looking for it has shown.
    pub code: Code,
    /// What the CRM said, what went wrong, or the names of the fields that differ.
    pub detail: String,
}

impl Ledger {
    /// The chunks of a run, for `show`.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn chunk_lines(&self, run: RunId) -> Result<Vec<ChunkLine>> {
        let select = "SELECT number, state, code, records, (SELECT count(*) FROM outcome o WHERE o.chunk = c.id AND \
             o.state = 'rejected'), (SELECT count(*) FROM outcome o WHERE o.chunk = c.id AND o.state = 'unknown'), \
             (SELECT count(*) FROM attempt a WHERE a.chunk = c.id), (SELECT p.number FROM chunk p WHERE p.id = \
             coalesce(c.parent, c.resends)) \
             FROM chunk c WHERE run = ? ORDER BY number";
        let rows = self.done(sqlx::query(select).bind(run).fetch_all(&self.pool).await)?;
        let read = |row: &SqliteRow| {
            Ok(ChunkLine {
                number: row.value(0)?,
                parent: row.value(7)?,
                state: row.value(1)?,
                code: row.value(2)?,
                records: row.count(3)?,
                rejected: row.count(4)?,
                unknown: row.count(5)?,
                attempts: row.count(6)?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// One chunk of a run with its attempts, for `show --chunk`.
    ///
    /// # Errors
    /// `chunk-not-found`.
    pub async fn chunk_by_number(
        &self,
        run: RunId,
        number: u32,
    ) -> Result<(super::LoadedChunk, Vec<AttemptLine>)> {
        let select = "SELECT id FROM chunk WHERE run = ? AND number = ?";
        let found = sqlx::query(select).bind(run).bind(number).fetch_optional(&self.pool).await;
        let row = self.done(found)?.ok_or_else(|| Failure::new(Code::ChunkNotFound).with("value", number))?;
        let id: i64 = row.value(0)?;
        let select = "SELECT started_at, finished_at, verdict, status, detail FROM attempt WHERE chunk = ? ORDER BY id";
        let rows = self.done(sqlx::query(select).bind(id).fetch_all(&self.pool).await)?;
        let read = |row: &SqliteRow| {
            Ok(AttemptLine {
                started_at: row.value(0)?,
                finished_at: row.value(1)?,
                verdict: row.value(2)?,
                status: row.value(3)?,
                detail: row.value(4)?,
            })
        };
        let attempts = rows.iter().map(read).collect::<Result<_>>()?;
        Ok((self.load_chunk(id).await?, attempts))
    }

    /// The records whose outcome is unknown.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn unknown_records(&self, run: RunId) -> Result<Vec<UnknownRecord>> {
        let mut records = Vec::new();
        let select = "SELECT id, number, state, code, detail, entries FROM chunk JOIN chunk_body ON chunk = id \
             WHERE run = ? ORDER BY number";
        let chunks = sqlx::query(select);
        let coded =
            |code: Option<String>| code.and_then(|code| code.parse().ok()).unwrap_or(Code::Interrupted);
        for chunk in self.done(chunks.bind(run).fetch_all(&self.pool).await)? {
            let state: String = chunk.value(2)?;
            if matches!(state.as_str(), "planned" | "split" | "unchanged") {
                continue;
            }
            let entries: Vec<RecordEntry> = unpack(chunk.value(5)?)?;
            let number: u32 = chunk.value(1)?;
            let unknown =
                |key: &str, code, detail| UnknownRecord { chunk: number, key: key.to_owned(), code, detail };
            if state != "settled" {
                let code = coded(chunk.value(3)?);
                let detail = chunk.value::<Option<String>>(4)?.unwrap_or_default();
                records.extend(entries.iter().map(|entry| unknown(&entry.key, code, detail.clone())));
                continue;
            }
            let select = "SELECT ordinal, code, detail FROM outcome WHERE chunk = ? AND state = 'unknown' ORDER BY ordinal";
            let outcomes = sqlx::query(select).bind(chunk.value::<i64>(0)?).fetch_all(&self.pool).await;
            for outcome in self.done(outcomes)? {
                if let Some(entry) = entries.get(outcome.value::<u32>(0)? as usize) {
                    records.push(unknown(&entry.key, coded(outcome.value(1)?), outcome.value(2)?));
                }
            }
        }
        Ok(records)
    }
}
