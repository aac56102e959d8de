//! Runs as the ledger knows them: what they were, where they stand, and their books.

use std::path::Path;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;

use super::column::Columns as _;
use super::{Compared, FILE_NAME, Ledger, ReadBackCounts, RunId, damaged, from_json};
use crate::books::{Books, State, Weight};
use crate::drift::Change;
use crate::lang::Code;
use crate::portfolio::blanks::BlankCount;
use crate::portfolio::control::FilterCount;
use crate::problem::{Exit, Failure, Result};
use crate::survey::Verdict;

/// What a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RunKind {
    /// A creditor's file is loaded.
    Load,
    /// A file is checked; nothing is sent.
    Check,
    /// A corrected error report is loaded.
    Corrected,
    /// Rejected records of a chain are sent again.
    Retry,
    /// Unknown records of a chain are sent again.
    RetryUnknown,
}

impl RunKind {
    pub(crate) const ALL: [RunKind; 5] =
        [RunKind::Load, RunKind::Check, RunKind::Corrected, RunKind::Retry, RunKind::RetryUnknown];

    /// The word in the ledger and in `runs`.
    pub fn as_str(self) -> &'static str {
        match self {
            RunKind::Load => "load",
            RunKind::Check => "check",
            RunKind::Corrected => "corrected",
            RunKind::Retry => "retry",
            RunKind::RetryUnknown => "retry-unknown",
        }
    }
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    /// It is being planned, or was never planned to its end.
    Planning,
    /// All of it is planned; nothing was sent yet.
    Planned,
    /// It is being sent, or was killed while it was.
    Sending,
    /// It stopped before its end.
    Stopped,
    /// It came to its end.
    Finished,
    /// It was refused; nothing was sent.
    Refused,
}

impl RunState {
    pub(crate) const ALL: [RunState; 6] = [
        RunState::Planning,
        RunState::Planned,
        RunState::Sending,
        RunState::Stopped,
        RunState::Finished,
        RunState::Refused,
    ];

    /// The word in the ledger and in `runs`.
    pub fn as_str(self) -> &'static str {
        match self {
            RunState::Planning => "planning",
            RunState::Planned => "planned",
            RunState::Sending => "sending",
            RunState::Stopped => "stopped",
            RunState::Finished => "finished",
            RunState::Refused => "refused",
        }
    }
}

/// What a plan knows of the rows that are not sent, and how much is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PlanSummary {
    /// Books of the rows that are not going to be sent.
    pub books: Books,
    /// Header of the column that the money comes from.
    pub money_column: Option<String>,
    /// Chunks planned.
    pub chunks: u32,
    /// Records planned.
    pub records: u64,
    /// Bytes of all requests, envelopes included.
    pub bytes: u64,
    /// Files and the books are of a check: what is valid was never to be sent.
    pub valid: Weight,
    /// What became of blank cells, by field.
    pub blanks: Vec<BlankCount>,
    /// What the filters left out, by filter.
    pub filtered: Vec<FilterCount>,
    /// What is not as it was in earlier loads.
    pub drift: Vec<Change>,
    /// What the comparison with what the CRM has came to, where only what has changed is sent.
    pub compared: Option<Compared>,
}

/// A run.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its number.
    pub id: RunId,
    /// The first run of its chain.
    pub root: RunId,
    /// The run that it goes on with.
    pub parent: Option<RunId>,
    /// What it is.
    pub kind: RunKind,
    /// Name of its target.
    pub target: String,
    /// Its server, as reports name it.
    pub server: String,
    /// Its operation.
    pub operation: String,
    /// Where it stands.
    pub state: RunState,
    /// When it began.
    pub started_at: jiff::Timestamp,
    /// When it ended.
    pub finished_at: Option<jiff::Timestamp>,
    /// How it ended.
    pub exit: Option<u8>,
    /// Why it stopped.
    pub stop: Option<Code>,
    /// Its mapping.
    pub mapping: String,
    /// What was set for it.
    pub settings: serde_json::Value,
    /// The formats decided for it.
    pub verdicts: Vec<Verdict>,
    /// Its plan; none before the plan has ended.
    pub plan: Option<PlanSummary>,
    /// When its bodies, rows and personal data were forgotten.
    pub purged_at: Option<jiff::Timestamp>,
}

/// What the sending of a run came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct UploadCounts {
    /// Chunks planned.
    pub chunks: u64,
    /// Requests sent.
    pub requests: u64,
    /// Requests that repeated a chunk.
    pub retries: u64,
    /// Answers that asked to come back later.
    pub throttled: u64,
    /// Bytes of all bodies sent.
    pub bytes_sent: u64,
    /// Chunks that were split.
    pub split: u64,
    /// Requests that asked for a record.
    pub lookups: u64,
    /// What looking for records of unknown outcome came to.
    pub read_back: ReadBackCounts,
}

impl Ledger {
    /// A run by its number, or the last one.
    ///
    /// # Errors
    /// `run-not-found`.
    pub async fn find_run(&self, name: &str) -> Result<Run> {
        let not_found = || Failure::new(Code::RunNotFound).with("value", name);
        let row = if name == "last" {
            let query = sqlx::query("SELECT * FROM run ORDER BY id DESC LIMIT 1");
            self.done(query.fetch_optional(&self.pool).await)?
        } else {
            let id: RunId = name.parse().map_err(|_error| not_found())?;
            let query = sqlx::query("SELECT * FROM run WHERE id = ?").bind(id);
            self.done(query.fetch_optional(&self.pool).await)?
        };
        read_run(&row.ok_or_else(not_found)?)
    }

    /// A run by its number.
    ///
    /// # Errors
    /// `run-not-found`.
    pub async fn run(&self, id: RunId) -> Result<Run> {
        self.find_run(&id.to_string()).await
    }

    /// All runs, the newest first, at most so many.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn runs(&self, most: u32) -> Result<Vec<Run>> {
        let query = sqlx::query("SELECT * FROM run ORDER BY id DESC LIMIT ?").bind(most);
        self.done(query.fetch_all(&self.pool).await)?.iter().map(read_run).collect()
    }

    /// The runs of a chain, the root first.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn chain(&self, root: RunId) -> Result<Vec<Run>> {
        let query = sqlx::query("SELECT * FROM run WHERE root = ? ORDER BY id").bind(root);
        self.done(query.fetch_all(&self.pool).await)?.iter().map(read_run).collect()
    }

    /// Earlier loads of the same content to the same tenant and target of which something was sent.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn same_content(&self, run: &Run, content: &[u8]) -> Result<Vec<Run>> {
        let select = "SELECT * FROM run WHERE content = ? AND id <> ? AND server = ? AND operation = ? AND target = ? \
             AND kind = 'load' AND EXISTS (SELECT 1 FROM attempt WHERE attempt.run = run.id) ORDER BY id DESC";
        let query = sqlx::query(select)
            .bind(content)
            .bind(run.id)
            .bind(&run.server)
            .bind(&run.operation)
            .bind(&run.target);
        self.done(query.fetch_all(&self.pool).await)?.iter().map(read_run).collect()
    }

    /// The files of a run: name, fingerprint, bytes, rows.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn files(&self, run: RunId) -> Result<Vec<super::FileEntry>> {
        let query =
            sqlx::query("SELECT name, bytes, fingerprint, rows FROM file WHERE run = ? ORDER BY ordinal");
        let rows = self.done(query.bind(run).fetch_all(&self.pool).await)?;
        let read = |row: &SqliteRow| {
            Ok(super::FileEntry {
                name: row.value(0)?,
                bytes: row.count(1)?,
                fingerprint: row.value(2)?,
                rows: row.count(3)?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// The books of one run: its plan, and what became of its chunks.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn books(&self, run: &Run) -> Result<Books> {
        let plan = run.plan.clone().unwrap_or_default();
        let mut books = plan.books;
        books.add(State::Unsent, plan.valid);
        let select =
            "SELECT state, records, rows, obligations, money FROM chunk WHERE run = ? AND state <> 'split'";
        let chunks = sqlx::query(select);
        for row in self.done(chunks.bind(run.id).fetch_all(&self.pool).await)? {
            let state = match row.value::<String>(0)?.as_str() {
                "settled" => State::Loaded,
                "planned" => State::Unsent,
                "unchanged" => State::Unchanged,
                _ => State::Unknown,
            };
            books.add(state, weight(&row, 1)?);
        }
        let outcomes = sqlx::query("SELECT state, 1, rows, obligations, money FROM outcome WHERE run = ?");
        for row in self.done(outcomes.bind(run.id).fetch_all(&self.pool).await)? {
            match outcome_state(&row.value::<String>(0)?) {
                Some(state) => shift(&mut books, State::Loaded, state, weight(&row, 1)?)?,
                None => take(&mut books, State::Loaded, weight(&row, 1)?)?,
            }
        }
        Ok(books)
    }

    /// What the sending of a run came to so far.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn upload_counts(&self, run: RunId) -> Result<UploadCounts> {
        let select = "SELECT count(*), count(*) - count(DISTINCT chunk), coalesce(sum(verdict = 'not-now'), 0), \
             coalesce(sum(bytes), 0), (SELECT count(*) FROM chunk WHERE run = ?1 AND parent IS NULL AND resends IS NULL \
             AND state NOT IN ('unchanged', 'held')), \
             (SELECT count(DISTINCT parent) FROM chunk WHERE run = ?1) FROM attempt WHERE run = ?1";
        let row = self.done(sqlx::query(select).bind(run).fetch_one(&self.pool).await)?;
        let select = "SELECT count(*), coalesce(sum(verdict = 'not-now'), 0), coalesce(sum(bytes), 0) FROM lookup WHERE run = ?";
        let lookups = self.done(sqlx::query(select).bind(run).fetch_one(&self.pool).await)?;
        Ok(UploadCounts {
            requests: row.count(0)? + lookups.count(0)?,
            retries: row.count(1)?,
            throttled: row.count(2)? + lookups.count(1)?,
            bytes_sent: row.count(3)? + lookups.count(2)?,
            chunks: row.count(4)?,
            split: row.count(5)?,
            lookups: lookups.count(0)?,
            read_back: self.read_back_counts(run).await?,
        })
    }

    /// Writes down where a run stands, and how it ended.
    ///
    /// # Errors
    /// `ledger-unwritable`.
    pub async fn set_state(
        &self,
        run: RunId,
        state: RunState,
        ended: Option<(jiff::Timestamp, Exit)>,
        stop: Option<Code>,
    ) -> Result<()> {
        let update = "UPDATE run SET state = ?, finished_at = ?, exit = ?, stop = ? WHERE id = ?";
        let query = sqlx::query(update)
            .bind(state.as_str())
            .bind(ended.map(|(at, _)| at.to_string()))
            .bind(ended.map(|(_, exit)| exit.code()))
            .bind(stop.map(Code::as_str))
            .bind(run);
        self.done(query.execute(&self.pool).await).map(|_| ())
    }
}

/// The state of a record that has an outcome; none where another chunk carries it on.
pub(super) fn outcome_state(word: &str) -> Option<State> {
    match word {
        "rejected" => Some(State::Rejected),
        "resent" => None,
        _ => Some(State::Unknown),
    }
}

/// Takes out of a state what is counted there; `ledger-damaged` when that is less.
pub(super) fn take(books: &mut Books, state: State, weight: Weight) -> Result<()> {
    if !books.holds(state, weight) {
        return Err(damaged(Path::new(FILE_NAME), state.as_str()));
    }
    books.remove(state, weight);
    Ok(())
}

/// Moves what is counted in a state to another one, as [`take`] does.
pub(super) fn shift(books: &mut Books, from: State, to: State, weight: Weight) -> Result<()> {
    take(books, from, weight)?;
    books.add(to, weight);
    Ok(())
}

/// Columns `at..`: records, rows, obligations, money.
pub(super) fn weight(row: &SqliteRow, at: usize) -> Result<Weight> {
    let money = Decimal::from_str(row.value(at + 3)?);
    Ok(Weight {
        records: row.count(at)?,
        rows: row.count(at + 1)?,
        obligations: row.count(at + 2)?,
        money: money.map_err(|error| damaged(Path::new(FILE_NAME), error))?,
    })
}

fn read_run(row: &SqliteRow) -> Result<Run> {
    let text = |name: &str| row.value::<String>(name);
    let time = |text: Option<String>| text.and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let plan: Option<String> = row.value("plan")?;
    Ok(Run {
        id: row.value("id")?,
        root: row.value("root")?,
        parent: row.value("parent")?,
        kind: one_of(&RunKind::ALL, RunKind::as_str, &text("kind")?)?,
        target: text("target")?,
        server: text("server")?,
        operation: text("operation")?,
        state: one_of(&RunState::ALL, RunState::as_str, &text("state")?)?,
        started_at: time(Some(text("started_at")?)).unwrap_or_default(),
        finished_at: time(row.value("finished_at")?),
        exit: row.value("exit")?,
        stop: row.value::<Option<String>>("stop")?.and_then(|code| code.parse().ok()),
        mapping: text("mapping")?,
        settings: from_json(&text("settings")?)?,
        verdicts: from_json(&text("verdicts")?)?,
        plan: plan.map(|plan| from_json(&plan)).transpose()?,
        purged_at: time(row.value("purged_at")?),
    })
}

fn one_of<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str, text: &str) -> Result<T> {
    let found = all.iter().copied().find(|candidate| word(*candidate) == text);
    found.ok_or_else(|| Failure::new(Code::LedgerForeign).with("value", "run").with("reason", text))
}
