//! Look-ups as the ledger sees them: each request that asks for a record, its answer, and what it settles.
//!
//! A value's answer is kept for the run, so that a resumed one asks for nothing twice; the value itself is kept as a
//! keyed digest. A record of unknown outcome that was looked for is accepted, is held with what differs, or is sent
//! once more: then its outcome is `resent`, and another chunk of the run carries it on. Answer and outcome are one
//! transaction.

use std::collections::BTreeMap;

use serde::Serialize;

use super::column::Columns as _;
use super::plan::{ChunkPlace, PackedChunk, Transaction, insert_chunk};
use super::send::{insert_outcomes, outcome_lines};
use super::{Ledger, RunId, Waiting};
use crate::lang::Code;
use crate::portfolio::Chunk;
use crate::problem::Result;
use crate::target::Exception;
use crate::target::query::{Found, Question};

/// What a value is looked up for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookupKind {
    /// The id of a record, which a request is to name.
    Id,
    /// Whether a record of unknown outcome was written.
    ReadBack,
}

impl LookupKind {
    /// The word in the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            LookupKind::Id => "id",
            LookupKind::ReadBack => "read-back",
        }
    }
}

/// The answer for a value, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// One record has it; its id in the CRM.
    Found(String),
    /// No record has it.
    NotFound,
    /// So many records have it.
    Ambiguous(u64),
    /// Only so many records with other values came back.
    Others(u64),
}

impl Resolved {
    /// What is kept of an answer.
    pub fn of(found: &Found) -> Resolved {
        match found {
            Found::One(hit) => Resolved::Found(hit.id.clone()),
            Found::Nothing => Resolved::NotFound,
            Found::Several(count) => Resolved::Ambiguous(*count),
            Found::Others(count) => Resolved::Others(*count),
        }
    }

    fn columns(&self) -> (&'static str, Option<&str>, u64) {
        match self {
            Resolved::Found(id) => ("found", Some(id), 1),
            Resolved::NotFound => ("nothing", None, 0),
            Resolved::Ambiguous(count) => ("several", None, *count),
            Resolved::Others(count) => ("others", None, *count),
        }
    }
}

/// How a request that asks for a record ended.
#[derive(Debug, Clone)]
pub struct Answered {
    /// The request, by its id in the ledger.
    pub lookup: i64,
    /// The verdict's word.
    pub verdict: &'static str,
    /// HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// What the CRM said, or what went wrong; nothing of a record.
    pub detail: String,
    /// When it was.
    pub at: jiff::Timestamp,
}

/// A record of unknown outcome that was not looked for yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Its chunk.
    pub chunk: i64,
    /// Its ordinal there.
    pub ordinal: u32,
    /// Its key.
    pub key: String,
    /// Its fragment of the body, as it was sent.
    pub fragment: Vec<u8>,
}

/// What looking for a record of unknown outcome has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadBack {
    /// It is there, with the same fields: it counts as accepted.
    Same(String),
    /// It is there, as it was before this was sent, as far as can be seen: it stays held.
    AsBefore(String),
    /// It is there, and these fields differ: it stays held.
    Differs(String, Vec<String>),
    /// It is not there: it is sent once more.
    Absent,
    /// The answer does not tell: it stays held.
    Unclear(Resolved),
}

/// What looking for records of unknown outcome came to, in records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ReadBackCounts {
    /// There, with the same fields: accepted, as far as the record itself goes.
    pub accepted: u64,
    /// Not there, and sent once more.
    pub absent: u64,
    /// There, with other fields: held.
    pub differs: u64,
    /// Several, others, or what was there before came back: held.
    pub unclear: u64,
}

/// Whether a record's code says that it was looked for.
pub(super) fn is_read_back(code: &str) -> bool {
    [Code::ReadBackAbsent, Code::ReadBackAsBefore, Code::ReadBackDiffers, Code::ReadBackUnclear]
        .iter()
        .any(|known| known.as_str() == code)
}

/// Which outcomes are still to be looked for; a record that was sent once more is not looked for again in its run.
const UNREAD: &str = "o.state = 'unknown' AND o.retried_by IS NULL AND c.resends IS NULL AND \
     o.code NOT IN ('read-back-absent', 'read-back-as-before', 'read-back-differs', 'read-back-unclear')";

impl Ledger {
    /// The answer that this run already has for a value.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn resolved(
        &self,
        run: RunId,
        kind: LookupKind,
        question: &Question,
        value: &str,
    ) -> Result<Option<Resolved>> {
        let select = "SELECT state, id, records FROM resolved WHERE run = ? AND kind = ? AND question = ?";
        let digest = self.digest(question, value);
        let query = sqlx::query(select).bind(run).bind(kind.as_str()).bind(&digest[..]);
        let Some(row) = self.done(query.fetch_optional(&self.pool).await)? else { return Ok(None) };
        let count = row.count(2)?;
        Ok(Some(match row.value::<String>(0)?.as_str() {
            "nothing" => Resolved::NotFound,
            "several" => Resolved::Ambiguous(count),
            "others" => Resolved::Others(count),
            _ => Resolved::Found(row.value::<Option<String>>(1)?.unwrap_or_default()),
        }))
    }

    /// Writes down that a record is about to be asked for, in so many bytes; gives the request's id.
    ///
    /// # Errors
    /// `ledger-unwritable`; then nothing must be asked.
    pub async fn begin_lookup(&self, run: RunId, bytes: usize, at: jiff::Timestamp) -> Result<i64> {
        self.still_there()?;
        let insert = "INSERT INTO lookup (run, started_at, bytes) VALUES (?, ?, ?) RETURNING id";
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        let query = sqlx::query(insert).bind(run).bind(at.to_string()).bind(bytes);
        self.done(query.fetch_one(&self.pool).await)?.value(0)
    }

    /// Writes down how a request ended that brought no answer to its question.
    ///
    /// # Errors
    /// `ledger-unwritable`.
    pub async fn end_lookup(&self, answered: &Answered) -> Result<()> {
        let mut transaction = self.done(self.pool.begin().await)?;
        self.done(end(&mut transaction, answered).await)?;
        self.done(transaction.commit().await)
    }

    /// Writes down the answer for a value.
    ///
    /// # Errors
    /// `ledger-unwritable`.
    pub async fn resolve(
        &self,
        run: RunId,
        answered: &Answered,
        (question, value): (&Question, &str),
        resolved: &Resolved,
    ) -> Result<()> {
        let mut transaction = self.done(self.pool.begin().await)?;
        self.done(end(&mut transaction, answered).await)?;
        let digest = self.digest(question, value);
        let key = (run, LookupKind::Id, &digest[..]);
        self.done(keep(&mut transaction, key, resolved.columns(), answered.at).await)?;
        self.done(transaction.commit().await)
    }

    /// How many records of a run are still to be looked for.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn unread_count(&self, run: RunId) -> Result<u64> {
        let select = format!(
            "SELECT (SELECT count(*) FROM outcome o JOIN chunk c ON c.id = o.chunk WHERE o.run = ?1 AND {UNREAD}) + \
             (SELECT coalesce(sum(records), 0) FROM chunk WHERE run = ?1 AND state IN ('unknown', 'sending') AND \
             retried_by IS NULL AND resends IS NULL)"
        );
        // The statement is put together of constants.
        let query = sqlx::query(sqlx::AssertSqlSafe(select)).bind(run);
        self.done(query.fetch_one(&self.pool).await)?.count(0)
    }

    /// The records of a run that are still to be looked for. Chunks of unknown outcome are opened for it: each of their
    /// records then has an outcome of its own.
    ///
    /// # Errors
    /// `ledger-unwritable`.
    pub async fn unread_records(&self, run: RunId) -> Result<Vec<Unread>> {
        self.open_unknown_chunks(run).await?;
        let select = format!(
            "SELECT o.chunk, o.ordinal FROM outcome o JOIN chunk c ON c.id = o.chunk WHERE o.run = ? AND {UNREAD} \
             ORDER BY o.chunk, o.ordinal"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(select)).bind(run);
        let mut ordinals: BTreeMap<i64, Vec<u32>> = BTreeMap::new();
        for row in self.done(query.fetch_all(&self.pool).await)? {
            ordinals.entry(row.value(0)?).or_default().push(row.value(1)?);
        }
        let mut unread = Vec::new();
        for (chunk, ordinals) in ordinals {
            let loaded = self.load_chunk(chunk).await?.chunk;
            let fragments = loaded.fragments();
            for ordinal in ordinals {
                let at = ordinal as usize;
                let Some((entry, fragment)) = loaded.records.get(at).zip(fragments.get(at)) else { continue };
                unread.push(Unread { chunk, ordinal, key: entry.key.clone(), fragment: fragment.to_vec() });
            }
        }
        Ok(unread)
    }

    async fn open_unknown_chunks(&self, run: RunId) -> Result<()> {
        let select = "SELECT id, code, detail FROM chunk WHERE run = ? AND state = 'unknown' AND retried_by IS NULL AND \
             resends IS NULL ORDER BY id";
        for row in self.done(sqlx::query(select).bind(run).fetch_all(&self.pool).await)? {
            let chunk = self.load_chunk(row.value(0)?).await?;
            let code = row.value::<Option<String>>(1)?.and_then(|code| code.parse().ok());
            let code = code.unwrap_or(Code::Interrupted);
            let detail = row.value::<Option<String>>(2)?.unwrap_or_default();
            let unknown = |ordinal| Exception { ordinal, rejected: false, code, detail: detail.clone() };
            let all: Vec<Exception> = (0u32..).take(chunk.chunk.records.len()).map(unknown).collect();
            let lines = outcome_lines(chunk.id, &chunk.chunk.records, &all);
            let mut transaction = self.done(self.pool.begin().await)?;
            self.done(insert_outcomes(&mut transaction, run, lines).await)?;
            let update = "UPDATE chunk SET state = 'settled', code = NULL, detail = NULL WHERE id = ?";
            self.done(sqlx::query(update).bind(chunk.id).execute(&mut *transaction).await)?;
            self.done(transaction.commit().await)?;
        }
        Ok(())
    }

    /// Writes down what looking for a record has shown, and what that makes of it.
    ///
    /// # Errors
    /// `ledger-unwritable`; the record is then still to be looked for.
    pub async fn settle_read_back(
        &self,
        run: RunId,
        answered: &Answered,
        (question, record): (&Question, &Unread),
        read_back: &ReadBack,
    ) -> Result<()> {
        let mut transaction = self.done(self.pool.begin().await)?;
        self.done(end(&mut transaction, answered).await)?;
        let (columns, code, detail) = match read_back {
            ReadBack::Same(id) => (("same", Some(id.as_str()), 1), None, String::new()),
            ReadBack::AsBefore(id) => {
                (("before", Some(id.as_str()), 1), Some(Code::ReadBackAsBefore), String::new())
            }
            ReadBack::Differs(id, fields) => {
                (("differs", Some(id.as_str()), 1), Some(Code::ReadBackDiffers), fields.join(", "))
            }
            ReadBack::Absent => (("nothing", None, 0), Some(Code::ReadBackAbsent), String::new()),
            ReadBack::Unclear(resolved) => {
                let columns = resolved.columns();
                (columns, Some(Code::ReadBackUnclear), columns.2.to_string())
            }
        };
        let digest = self.digest(question, &record.key);
        let key = (run, LookupKind::ReadBack, &digest[..]);
        self.done(keep(&mut transaction, key, columns, answered.at).await)?;
        let changed = if let Some(code) = code {
            let update = "UPDATE outcome SET code = ?, detail = ? WHERE chunk = ? AND ordinal = ?";
            sqlx::query(update).bind(code.as_str()).bind(detail)
        } else {
            sqlx::query("DELETE FROM outcome WHERE chunk = ? AND ordinal = ?")
        };
        let changed = changed.bind(record.chunk).bind(record.ordinal).execute(&mut *transaction).await;
        self.done(changed)?;
        self.done(transaction.commit().await)
    }

    /// Plans the records of a run once more that were looked for and are not there; gives their chunks.
    ///
    /// # Errors
    /// `ledger-unwritable`.
    pub async fn resend_absent(&self, run: RunId) -> Result<Vec<Waiting>> {
        let select = "SELECT o.chunk, o.ordinal FROM outcome o WHERE o.run = ? AND o.state = 'unknown' AND \
             o.code = 'read-back-absent' AND o.retried_by IS NULL ORDER BY o.chunk, o.ordinal";
        let mut ordinals: BTreeMap<i64, Vec<u32>> = BTreeMap::new();
        for row in self.done(sqlx::query(select).bind(run).fetch_all(&self.pool).await)? {
            ordinals.entry(row.value(0)?).or_default().push(row.value(1)?);
        }
        let mut waiting = Vec::new();
        for (id, ordinals) in ordinals {
            let loaded = self.load_chunk(id).await?;
            let again = only(&loaded.chunk, &ordinals);
            let mut transaction = self.done(self.pool.begin().await)?;
            let select = sqlx::query("SELECT max(number) FROM chunk WHERE run = ?").bind(run);
            let last: u32 = self.done(select.fetch_one(&mut *transaction).await)?.value(0)?;
            let place = ChunkPlace { run, number: last + 1, parent: None, source_run: loaded.source_run };
            let packed = PackedChunk::of(&again);
            let chunk = self.done(insert_chunk(&mut transaction, place, packed).await)?;
            let update = sqlx::query("UPDATE chunk SET resends = ? WHERE id = ?").bind(id).bind(chunk);
            self.done(update.execute(&mut *transaction).await)?;
            for ordinal in ordinals {
                let update = "UPDATE outcome SET state = 'resent' WHERE chunk = ? AND ordinal = ?";
                let query = sqlx::query(update).bind(id).bind(ordinal);
                self.done(query.execute(&mut *transaction).await)?;
            }
            self.done(transaction.commit().await)?;
            waiting.push((chunk, again.records.len() as u64));
        }
        Ok(waiting)
    }

    pub(super) async fn read_back_counts(&self, run: RunId) -> Result<ReadBackCounts> {
        let select = "SELECT coalesce(sum(state = 'same'), 0), coalesce(sum(state = 'nothing'), 0), \
             coalesce(sum(state = 'differs'), 0), coalesce(sum(state IN ('several', 'others', 'before')), 0) FROM resolved \
             WHERE run = ? AND kind = 'read-back'";
        let row = self.done(sqlx::query(select).bind(run).fetch_one(&self.pool).await)?;
        Ok(ReadBackCounts {
            accepted: row.count(0)?,
            absent: row.count(1)?,
            differs: row.count(2)?,
            unclear: row.count(3)?,
        })
    }

    /// A keyed digest of what is asked for: it tells nothing to whoever finds it.
    fn digest(&self, question: &Question, value: &str) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(self.secret());
        for part in [&question.module, &question.field, value] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        *hasher.finalize().as_bytes()
    }
}

/// The records of these ordinals as a chunk of their own.
fn only(chunk: &Chunk, ordinals: &[u32]) -> Chunk {
    let fragments = chunk.fragments();
    let mut again = Chunk::default();
    for at in ordinals.iter().map(|ordinal| *ordinal as usize) {
        let Some((entry, fragment)) = chunk.records.get(at).zip(fragments.get(at)) else { continue };
        again.body.extend_from_slice(fragment);
        let mut entry = entry.clone();
        entry.end = u32::try_from(again.body.len()).expect("it is no longer than the chunk it is taken from");
        again.records.push(entry);
    }
    again
}

type Done = std::result::Result<(), sqlx::Error>;

async fn end(transaction: &mut Transaction<'_>, answered: &Answered) -> Done {
    let update = "UPDATE lookup SET finished_at = ?, verdict = ?, status = ?, detail = ? WHERE id = ?";
    let query = sqlx::query(update)
        .bind(answered.at.to_string())
        .bind(answered.verdict)
        .bind(answered.status)
        .bind(&answered.detail)
        .bind(answered.lookup);
    query.execute(&mut **transaction).await.map(|_| ())
}

async fn keep(
    transaction: &mut Transaction<'_>,
    (run, kind, digest): (RunId, LookupKind, &[u8]),
    (state, id, records): (&str, Option<&str>, u64),
    at: jiff::Timestamp,
) -> Done {
    let insert = "INSERT OR REPLACE INTO resolved (run, kind, question, state, id, records, at) \
         VALUES (?, ?, ?, ?, ?, ?, ?)";
    let query = sqlx::query(insert)
        .bind(run)
        .bind(kind.as_str())
        .bind(digest)
        .bind(state)
        .bind(id)
        .bind(records.cast_signed())
        .bind(at.to_string());
    query.execute(&mut **transaction).await.map(|_| ())
}
