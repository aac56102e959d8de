//! One row through the whole ledger: what the plan made of it, the record it went into, and every attempt to send that.
//!
//! Nothing is changed, and nothing is kept for it: the chunks of the chain are looked through when somebody asks.

use sqlx::Row as _;

use super::column::Columns as _;
use super::runs::Run;
use super::{AttemptLine, Ledger, RunId, SourceTable, unpack};
use crate::books::State;
use crate::lang::Code;
use crate::portfolio::RecordEntry;
use crate::problem::{LeftOut, LeftOutState, Problem, Result, RowId};

/// What is known of a row.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// What was found in its cells.
    pub problems: Vec<Problem>,
    /// What of it is not sent; the whole row, or some of its lines.
    pub left_out: Vec<LeftOut>,
    /// The rows of its record, itself included, in the order of the record.
    pub rows: Vec<RowId>,
    /// The record's fragment of the body, when it was planned to be sent.
    pub fragment: Option<Vec<u8>>,
    /// The chunks that carried the record, in the order of the runs.
    pub steps: Vec<Step>,
}

/// A chunk that carried the record.
#[derive(Debug, Clone)]
pub struct Step {
    /// The run that sent it.
    pub run: RunId,
    /// The chunk's number in that run.
    pub chunk: u32,
    /// What became of the record.
    pub state: State,
    /// Why it was not accepted.
    pub code: Option<Code>,
    /// What the CRM said, or what went wrong.
    pub detail: String,
    /// Every attempt to send the chunk.
    pub attempts: Vec<AttemptLine>,
}

impl Trace {
    /// Takes in what a plan found; findings about other rows are passed over, but for those of the same record.
    pub fn add_findings(&mut self, row: RowId, problems: Vec<Problem>, left_out: &[LeftOut]) {
        self.problems.extend(problems.into_iter().filter(|problem| problem.row == row));
        let covers = |part: &&LeftOut| {
            let last = part.row.number + part.rows.max(1) - 1;
            part.state != LeftOutState::SentInPart
                && part.row.table == row.table
                && (part.row.number..=last).contains(&row.number)
        };
        self.left_out.extend(left_out.iter().filter(covers).cloned());
        let Some(record) = self.left_out.iter().find_map(|part| part.record) else { return };
        for part in left_out.iter().filter(|part| part.record == Some(record)) {
            if !self.rows.contains(&part.row) {
                self.rows.push(part.row);
            }
        }
    }

    /// Takes in the record of a chunk, when it came from the row; gives its ordinal.
    pub fn add_record<'f>(
        &mut self,
        row: RowId,
        records: &[RecordEntry],
        fragment: impl FnOnce(usize) -> Option<&'f [u8]>,
    ) -> Option<usize> {
        let ordinal = records.iter().position(|entry| entry.rows.iter().any(|share| share.row == row))?;
        self.rows = records[ordinal].rows.iter().map(|share| share.row).collect();
        self.fragment = fragment(ordinal).map(<[u8]>::to_vec);
        Some(ordinal)
    }
}

impl Ledger {
    /// The block of source text that holds a row, with the number of the block's first row.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn source_text(&self, table: &SourceTable, row: u32) -> Result<Option<(u32, String)>> {
        Ok(self.block_of(table, row).await?.map(|(_, text)| text))
    }

    /// The first and the last row of a table that hold data.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn rows_of(&self, table: &SourceTable) -> Result<(u32, u32)> {
        let select = "SELECT coalesce(min(first_row), 0), coalesce(max(last_row), 0) FROM source_block WHERE run = ? \
             AND tbl = ?";
        let query = sqlx::query(select).bind(table.run).bind(table.ordinal);
        let row = self.done(query.fetch_one(&self.pool).await)?;
        Ok((row.get(0), row.get(1)))
    }

    /// Everything that is known of a row of a run's own sources, later runs of its chain included.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn trace(&self, run: &Run, row: RowId) -> Result<Trace> {
        let mut trace = Trace::default();
        let left_out: Vec<LeftOut> = self.findings(run.id, "left-out").await?;
        trace.add_findings(row, self.problems(run.id).await?, &left_out);
        let select = "SELECT c.id, c.run, c.number, c.state, c.code, c.detail, b.entries, c.state IN ('unchanged', 'held') \
             FROM chunk c JOIN chunk_body b ON b.chunk = c.id JOIN run r ON r.id = c.run \
             WHERE r.root = ? AND c.source_run = ? ORDER BY c.run, c.number";
        let chunks = sqlx::query(select).bind(run.root).bind(run.id).fetch_all(&self.pool).await;
        for chunk in self.done(chunks)? {
            let records: Vec<RecordEntry> = unpack(chunk.get(6))?;
            let Some(ordinal) = trace.add_record(row, &records, |_| None) else { continue };
            let own = (chunk.value(0)?, ordinal);
            let origin = records[ordinal].origin.map(|(chunk, ordinal)| (chunk, ordinal as usize));
            // What was not sent is told by the request that sent it before.
            let (id, at) = origin.filter(|_| chunk.get(7)).unwrap_or(own);
            if id != own.0 {
                trace.steps.push(self.step_before(id, at).await?);
            }
            let loaded = self.load_chunk(id).await?;
            trace.fragment = loaded.chunk.fragments().get(at).map(|fragment| fragment.to_vec());
            trace.steps.push(self.step(&chunk, ordinal).await?);
        }
        Ok(trace)
    }

    /// The step of a chunk of an earlier run.
    async fn step_before(&self, chunk: i64, ordinal: usize) -> Result<Step> {
        let select = "SELECT id, run, number, state, code, detail FROM chunk WHERE id = ?";
        let row = self.done(sqlx::query(select).bind(chunk).fetch_one(&self.pool).await)?;
        self.step(&row, ordinal).await
    }

    async fn step(&self, chunk: &sqlx::sqlite::SqliteRow, ordinal: usize) -> Result<Step> {
        let (id, run, number): (i64, RunId, u32) = (chunk.get(0), chunk.get(1), chunk.get(2));
        let select = "SELECT state, code, detail FROM outcome WHERE chunk = ? AND ordinal = ?";
        let query = sqlx::query(select).bind(id).bind(i64::try_from(ordinal).unwrap_or(i64::MAX));
        let outcome = self.done(query.fetch_optional(&self.pool).await)?;
        let whole = match chunk.get::<String, _>(3).as_str() {
            "settled" => State::Loaded,
            "planned" => State::Unsent,
            "unchanged" => State::Unchanged,
            _ => State::Unknown,
        };
        let (state, code, detail) = match &outcome {
            Some(row) if row.get::<String, _>(0) == "rejected" => {
                (State::Rejected, Some(row.get::<String, _>(1)), row.get(2))
            }
            Some(row) => (State::Unknown, Some(row.get::<String, _>(1)), row.get(2)),
            None => (whole, chunk.get(4), chunk.get::<Option<String>, _>(5).unwrap_or_default()),
        };
        let code = code.and_then(|code| code.parse().ok());
        let (_, attempts) = self.chunk_by_number(run, number).await?;
        Ok(Step { run, chunk: number, state, code, detail, attempts })
    }
}
