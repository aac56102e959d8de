//! What a report needs: the rows that did not go in, as they were read, with everything known about them.
//!
//! Rows are taken from the compressed source blocks, so a report needs neither the source file nor the run's
//! plan in memory; only the rows that failed are held.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::de::DeserializeOwned;

use super::column::Columns as _;
use super::runs::outcome_state;
use super::{FILE_NAME, Ledger, RunId, damaged, decompress, from_json, unpack};
use crate::books::{State, Weight};
use crate::lang::Code;
use crate::portfolio::RecordEntry;
use crate::problem::{LeftOut, LeftOutState, Place, Problem, Result, RowId, Severity};
use crate::source::{Cursor, Form, KeptCells, Row, RowBuffer};

/// A table that rows of a run came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceTable {
    /// The run whose ledger entries hold it.
    pub run: RunId,
    /// Its ordinal in that run.
    pub ordinal: u16,
    /// Its name in reports.
    pub name: String,
    /// The file it stood in.
    pub file: String,
    /// Its sheet.
    pub sheet: Option<String>,
    /// How its rows are written.
    pub form: Form,
    /// Its column names.
    pub header: Vec<String>,
}

impl SourceTable {
    /// The place of a row of it, or of a cell.
    pub fn place(&self, row: u32, column: Option<u16>) -> Place {
        Place {
            file: self.file.clone(),
            sheet: self.sheet.clone(),
            row: Some(row),
            column: column.and_then(|column| self.header.get(column as usize).cloned()),
        }
    }
}

/// A row that did not go in, or may not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedRow {
    /// Its number as the spreadsheet shows it.
    pub number: u32,
    /// The state of the row; a row of the context has that of the row at fault.
    pub state: State,
    /// The reason as one code: a problem's, `context`, or what the CRM's answer meant.
    pub code: Code,
    /// What the reason refers to: the row at fault, or the CRM's words.
    pub detail: String,
    /// All its problems, errors and warnings.
    pub problems: Vec<Problem>,
    /// Its cells as they were read.
    pub cells: KeptCells,
    /// What of it is not loaded; the record weighs in its first row.
    pub weight: Weight,
    /// Rows of one invalid record share this number within their run.
    pub record: Option<u32>,
}

/// The rows of a run that did not go in, by table, each in the order of its source.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// The tables.
    pub tables: Vec<SourceTable>,
    /// Invalid and rejected rows of each table, with those that go with them.
    pub failed: Vec<Vec<FailedRow>>,
    /// Unknown and unsent rows of each table.
    pub pending: Vec<Vec<FailedRow>>,
    /// Rows of each table that were skipped, with the reason; `rows` neighbours to a line.
    pub skipped: Vec<Vec<LeftOut>>,
    /// Warnings about rows that were sent.
    pub warnings: Vec<Problem>,
}

/// A row's reason, before its cells are read.
struct Reason {
    state: State,
    code: Code,
    detail: String,
}

type Reasons = BTreeMap<(RunId, RowId), Reason>;

/// How much of each row is not loaded, and its record's number. A row may have lines of several states.
type Weights = HashMap<(RunId, RowId), (Weight, Option<u32>)>;

fn invalid_weights(run: RunId, left_out: &[LeftOut]) -> Weights {
    let (mut weights, mut records) = (Weights::new(), HashSet::new());
    for part in left_out.iter().filter(|part| part.state == LeftOutState::Invalid) {
        let is_first = part.record.is_some_and(|record| records.insert(record));
        let (weight, record) = weights.entry((run, part.row)).or_default();
        *weight += Weight {
            rows: part.rows.into(),
            records: is_first.into(),
            obligations: part.lines.into(),
            money: part.money.unwrap_or_default(),
        };
        *record = record.or(part.record);
    }
    weights
}

impl Ledger {
    /// Everything that a report of one run needs about rows that did not go in.
    ///
    /// # Errors
    /// `ledger-unwritable` or `ledger-foreign` when the ledger cannot be read.
    pub async fn evidence(&self, run: RunId) -> Result<Evidence> {
        let problems: Vec<Problem> = self.findings(run, "problem").await?;
        let left_out: Vec<LeftOut> = self.findings(run, "left-out").await?;
        let mut reasons = Reasons::new();
        // A row that was sent goes with those of its record that were not, unless the chunk has more to say of it.
        let sent_in_part = left_out.iter().filter(|row| row.state == LeftOutState::SentInPart);
        let invalid = left_out.iter().filter(|row| row.state == LeftOutState::Invalid);
        for row in sent_in_part.chain(invalid) {
            let reason = Reason { state: State::Invalid, code: row.code, detail: row.expected.clone() };
            reasons.insert((run, row.row), reason);
        }
        let was_sent: HashSet<RowId> =
            left_out.iter().filter(|row| row.state == LeftOutState::SentInPart).map(|row| row.row).collect();
        let mut weights = invalid_weights(run, &left_out);
        self.add_chunk_reasons(run, &mut reasons, &mut weights).await?;
        let mut runs: Vec<RunId> = reasons.keys().map(|(run, _)| *run).collect();
        runs.push(run);
        runs.sort_unstable();
        runs.dedup();
        let mut evidence = Evidence::default();
        for source in runs {
            evidence.tables.extend(self.source_tables(source).await?);
        }
        let mut by_row: HashMap<RowId, Vec<Problem>> = HashMap::new();
        for problem in problems {
            let failed = reasons.contains_key(&(run, problem.row)) && !was_sent.contains(&problem.row);
            if problem.severity == Severity::Warning && !failed {
                evidence.warnings.push(problem.clone());
            }
            by_row.entry(problem.row).or_default().push(problem);
        }
        for table in evidence.tables.clone() {
            let (failed, pending) =
                self.read_rows(run, &table, (&reasons, &mut weights), &mut by_row).await?;
            evidence.failed.push(failed);
            evidence.pending.push(pending);
            let own = |row: &&LeftOut| {
                row.state == LeftOutState::Skipped && table.run == run && row.row.table == table.ordinal
            };
            let mut skipped: Vec<LeftOut> = left_out.iter().filter(own).cloned().collect();
            skipped.sort_by_key(|row| row.row);
            evidence.skipped.push(skipped);
        }
        Ok(evidence)
    }

    /// The problems of a run, or its left-out rows, in the order in which they were found.
    pub(super) async fn findings<T: DeserializeOwned>(&self, run: RunId, kind: &str) -> Result<Vec<T>> {
        let select = "SELECT body FROM finding WHERE run = ? AND kind = ? ORDER BY id";
        let rows = self.done(sqlx::query(select).bind(run).bind(kind).fetch_all(&self.pool).await)?;
        let mut all = Vec::new();
        for row in rows {
            all.extend(unpack::<Vec<T>>(row.value(0)?)?);
        }
        Ok(all)
    }

    /// The problems of a run.
    ///
    /// # Errors
    /// As [`Ledger::evidence`].
    pub async fn problems(&self, run: RunId) -> Result<Vec<Problem>> {
        self.findings(run, "problem").await
    }

    /// The rows of chunks that are not loaded: rejected and unknown records, and chunks not sent.
    async fn add_chunk_reasons(
        &self,
        run: RunId,
        reasons: &mut Reasons,
        weights: &mut Weights,
    ) -> Result<()> {
        let select = "SELECT id, source_run, state, code, detail, entries FROM chunk JOIN chunk_body ON chunk = id \
             WHERE run = ?1 AND (state NOT IN ('settled', 'split', 'unchanged') OR id IN \
             (SELECT chunk FROM outcome WHERE run = ?1)) ORDER BY number";
        let chunks = self.done(sqlx::query(select).bind(run).fetch_all(&self.pool).await)?;
        for chunk in chunks {
            let source: RunId = chunk.value(1)?;
            let entries: Vec<RecordEntry> = unpack(chunk.value(5)?)?;
            let mut add = |entry: &RecordEntry, state: State, code: Code, detail: &str| {
                // A row with a line that is held back is shown as that.
                for (share, at) in entry.rows.iter().zip(0..) {
                    let (weight, _) = weights.entry((source, share.row)).or_default();
                    *weight += Weight { records: u64::from(at == 0), ..share.weight() };
                    if share.counts {
                        reasons
                            .insert((source, share.row), Reason { state, code, detail: detail.to_owned() });
                    }
                }
            };
            let state = match chunk.value::<String>(2)?.as_str() {
                "settled" => None,
                "planned" => Some(State::Unsent),
                _ => Some(State::Unknown),
            };
            if let Some(state) = state {
                let code = chunk.value::<Option<String>>(3)?.and_then(|code| code.parse().ok());
                let code =
                    code.unwrap_or(if state == State::Unsent { Code::Unsent } else { Code::Interrupted });
                let detail = chunk.value::<Option<String>>(4)?.unwrap_or_default();
                for entry in &entries {
                    add(entry, state, code, &detail);
                }
                continue;
            }
            let select = "SELECT ordinal, state, code, detail FROM outcome WHERE chunk = ?";
            let query = sqlx::query(select).bind(chunk.value::<i64>(0)?);
            for outcome in self.done(query.fetch_all(&self.pool).await)? {
                let ordinal: u32 = outcome.value(0)?;
                let Some(state) = outcome_state(&outcome.value::<String>(1)?) else { continue };
                let code: Code = outcome.value::<String>(2)?.parse().unwrap_or(Code::CrmRejected);
                if let Some(entry) = entries.get(ordinal as usize) {
                    add(entry, state, code, &outcome.value::<String>(3)?);
                }
            }
        }
        Ok(())
    }

    /// The tables of a run's own sources.
    ///
    /// # Errors
    /// As [`Ledger::evidence`].
    pub async fn source_tables(&self, run: RunId) -> Result<Vec<SourceTable>> {
        let select = "SELECT t.ordinal, t.name, f.name, t.sheet, t.form, t.header FROM source_table t JOIN file f ON \
             f.run = t.run AND f.ordinal = t.file WHERE t.run = ? ORDER BY t.ordinal";
        let rows = self.done(sqlx::query(select).bind(run).fetch_all(&self.pool).await)?;
        rows.iter()
            .map(|row| {
                Ok(SourceTable {
                    run,
                    ordinal: row.value(0)?,
                    name: row.value(1)?,
                    file: row.value(2)?,
                    sheet: row.value(3)?,
                    form: from_json(&row.value::<String>(4)?)?,
                    header: from_json(&row.value::<String>(5)?)?,
                })
            })
            .collect()
    }

    async fn read_rows(
        &self,
        run: RunId,
        table: &SourceTable,
        (reasons, weights): (&Reasons, &mut Weights),
        problems: &mut HashMap<RowId, Vec<Problem>>,
    ) -> Result<(Vec<FailedRow>, Vec<FailedRow>)> {
        let (mut failed, mut pending) = (Vec::new(), Vec::new());
        let row_id = |number| (table.run, RowId { table: table.ordinal, number });
        let mut wanted = reasons.range(row_id(0)..=row_id(u32::MAX)).peekable();
        while let Some(((_, first), _)) = wanted.peek() {
            let Some((last_row, text)) = self.block_of(table, first.number).await? else {
                // The block was purged; the row's number and reason are all that is left.
                wanted.next();
                continue;
            };
            let mut cursor = Cursor::at(&text.1, table.form, 0, text.0);
            let mut buffer = RowBuffer::default();
            while cursor.read(&mut buffer) {
                let Some(((_, id), reason)) = wanted.peek() else { break };
                if id.number != buffer.number {
                    continue;
                }
                let row = Row::of(&text.1, &buffer);
                let (weight, record) = weights.remove(&row_id(id.number)).unwrap_or_default();
                let failed_row = FailedRow {
                    number: id.number,
                    state: reason.state,
                    code: reason.code,
                    detail: reason.detail.clone(),
                    problems: if table.run == run {
                        problems.remove(id).unwrap_or_default()
                    } else {
                        Vec::new()
                    },
                    cells: row.cells().map(|cell| (cell.kind, cell.text)).collect(),
                    weight,
                    record,
                };
                let list = if matches!(reason.state, State::Unknown | State::Unsent) {
                    &mut pending
                } else {
                    &mut failed
                };
                list.push(failed_row);
                wanted.next();
            }
            // A row that its block does not hold cannot be shown; it must not be looked for for ever.
            while wanted.peek().is_some_and(|((_, id), _)| id.number <= last_row) {
                wanted.next();
            }
        }
        Ok((failed, pending))
    }

    /// The block that holds a row: its last row, and its first row with the text.
    pub(super) async fn block_of(
        &self,
        table: &SourceTable,
        number: u32,
    ) -> Result<Option<(u32, (u32, String))>> {
        let select = "SELECT first_row, last_row, body FROM source_block WHERE run = ? AND tbl = ? AND first_row <= ? \
             AND last_row >= ?3 ORDER BY first_row DESC LIMIT 1";
        let query = sqlx::query(select).bind(table.run).bind(table.ordinal).bind(number);
        let Some(row) = self.done(query.fetch_optional(&self.pool).await)? else { return Ok(None) };
        Ok(Some((row.value(1)?, (row.value(0)?, block_text(row.value(2)?)?))))
    }
}

/// The text of a source block.
pub(super) fn block_text(body: &[u8]) -> Result<String> {
    String::from_utf8(decompress(body)?).map_err(|error| damaged(FILE_NAME.as_ref(), error))
}
