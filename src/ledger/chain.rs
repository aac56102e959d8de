//! A load and everything that mended it: retries from the ledger and corrected error reports.
//!
//! Runs of one chain share a root. What a later run takes over is marked, so that it is never taken twice, and
//! the chain's books count every row of the root's files once, in the state that it has now.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use sqlx::sqlite::SqliteRow;

use super::column::Columns as _;
use super::evidence::block_text;
use super::runs::{Run, RunKind, outcome_state, shift, take};
use super::{FILE_NAME, Ledger, RunId, damaged, lookups, unpack};
use crate::books::{Books, State, Weight};
use crate::lang::Code;
use crate::portfolio::{RecordEntry, RowShare};
use crate::problem::{LeftOut, LeftOutState, Result, RowId};
use crate::source::origin::{OriginColumns, SourceRow, own_columns};
use crate::source::{Cursor, Row, RowBuffer};
use crate::survey::Header;

/// A row whose shape was wrong, as a report gives it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misshapen {
    /// What was wrong.
    pub code: Code,
    /// Its cells under the source's own header, as many as that has.
    pub cells: Vec<String>,
    /// Its cells beyond the header; a report has them behind its own columns.
    pub surplus: Vec<String>,
}

impl Misshapen {
    /// Whether a row of the corrected report still has the same cells; `width` is the report's own width.
    pub fn is_unchanged(&self, row: Row<'_>, width: usize) -> bool {
        let same = |(column, cell): (usize, &String)| row.cell(column).text == cell;
        let surplus = self.surplus.iter().enumerate().map(|(at, cell)| (width + at, cell));
        self.cells.iter().enumerate().all(same) && surplus.into_iter().all(same)
    }
}

/// Records of one chunk that a retry may take over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retriable {
    /// The chunk.
    pub chunk: i64,
    /// The records' ordinals; none for all of an unknown chunk.
    pub ordinals: Vec<u32>,
    /// Whether they were looked for in the CRM since they were sent.
    pub is_read_back: bool,
}

impl Ledger {
    /// The rejected records of a chain that no later run has taken over; all of them, or those of some codes.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn rejected_of(&self, root: RunId, codes: &[Code]) -> Result<Vec<Retriable>> {
        let wanted = |code: &str| codes.is_empty() || codes.iter().any(|wanted| wanted.as_str() == code);
        self.open_outcomes(root, "rejected", wanted, false).await
    }

    /// The unknown records of a chain that no later run has taken over.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn unknown_of(&self, root: RunId) -> Result<Vec<Retriable>> {
        let select = "SELECT c.id FROM chunk c JOIN run r ON r.id = c.run WHERE r.root = ? AND c.state IN \
             ('unknown', 'sending') AND c.retried_by IS NULL ORDER BY c.id";
        let rows = self.done(sqlx::query(select).bind(root).fetch_all(&self.pool).await)?;
        let whole = |row: &SqliteRow| {
            Ok(Retriable { chunk: row.value(0)?, ordinals: Vec::new(), is_read_back: false })
        };
        let mut found = rows.iter().map(whole).collect::<Result<Vec<Retriable>>>()?;
        for is_read_back in [false, true] {
            let wanted = |code: &str| lookups::is_read_back(code) == is_read_back;
            found.extend(self.open_outcomes(root, "unknown", wanted, is_read_back).await?);
        }
        Ok(found)
    }

    async fn open_outcomes(
        &self,
        root: RunId,
        state: &str,
        wanted: impl Fn(&str) -> bool,
        is_read_back: bool,
    ) -> Result<Vec<Retriable>> {
        let select = "SELECT o.chunk, o.ordinal, o.code FROM outcome o JOIN run r ON r.id = o.run WHERE r.root = ? \
             AND o.state = ? AND o.retried_by IS NULL ORDER BY o.chunk, o.ordinal";
        let rows = self.done(sqlx::query(select).bind(root).bind(state).fetch_all(&self.pool).await)?;
        let mut found: Vec<Retriable> = Vec::new();
        for row in rows {
            let code: String = row.value(2)?;
            if !wanted(&code) {
                continue;
            }
            let chunk: i64 = row.value(0)?;
            match found.last_mut() {
                Some(last) if last.chunk == chunk => last.ordinals.push(row.value(1)?),
                _ => found.push(Retriable { chunk, ordinals: vec![row.value(1)?], is_read_back }),
            }
        }
        Ok(found)
    }

    /// Marks the rejected records of a chain that a corrected report sends again.
    ///
    /// # Errors
    /// `ledger-unwritable`.
    pub async fn take_over_corrected(&self, run: &Run) -> Result<()> {
        let planned: HashSet<SourceRow> = self
            .row_states(run)
            .await?
            .into_iter()
            .filter(|(_, now)| now.iter().any(|part| part.is_planned()))
            .map(|(row, _)| row)
            .collect();
        for retriable in self.rejected_of(run.root, &[]).await? {
            let loaded = self.load_chunk(retriable.chunk).await?;
            let names = self.source_rows(loaded.source_run).await?;
            let mut transaction = self.done(self.pool.begin().await)?;
            for ordinal in retriable.ordinals {
                let entry = &loaded.chunk.records[ordinal as usize];
                let is_planned =
                    |share: &RowShare| names.name(share.row).is_some_and(|name| planned.contains(&name));
                if entry.rows.iter().any(is_planned) {
                    let update = "UPDATE outcome SET retried_by = ? WHERE chunk = ? AND ordinal = ?";
                    let query = sqlx::query(update).bind(run.id).bind(retriable.chunk).bind(ordinal);
                    self.done(query.execute(&mut *transaction).await)?;
                }
            }
            self.done(transaction.commit().await)?;
        }
        Ok(())
    }

    /// The rows of a run whose shape was wrong, as they were reported: a report gives such a row as many cells as
    /// its header has, so that nothing but its unchanged cells shows that nobody has corrected it.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn misshapen(&self, run: RunId) -> Result<HashMap<SourceRow, Misshapen>> {
        let evidence = self.evidence(run).await?;
        let mut rows = HashMap::new();
        for (table, failed) in evidence.tables.iter().zip(evidence.failed) {
            let names = self.source_rows(table.run).await?;
            for row in failed {
                let of_shape =
                    [Code::RaggedRow, Code::StrayQuote, Code::UnbalancedQuote, Code::TooManyColumns];
                if !of_shape.contains(&row.code) {
                    continue;
                }
                let Some(name) = names.name(RowId { table: table.ordinal, number: row.number }) else {
                    continue;
                };
                let own = own_columns(&table.header);
                let texts = || row.cells.iter().map(|(_, text)| text.to_owned());
                let mut cells: Vec<String> = texts().take(own).collect();
                cells.resize(own, String::new());
                let surplus = texts().skip(table.header.len()).collect();
                rows.insert(name, Misshapen { code: row.code, cells, surplus });
            }
        }
        Ok(rows)
    }

    /// The books of a chain: every row of the root's files once, in the state that it has now.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn chain_books(&self, root: RunId) -> Result<Books> {
        let runs = self.chain(root).await?;
        let Some((first, later)) = runs.split_first() else { return Ok(Books::default()) };
        if let Some(kept) = self.kept_chain_books(root).await? {
            return Ok(kept);
        }
        let mut books = self.books(first).await?;
        let corrected = later.iter().any(|run| run.kind == RunKind::Corrected);
        let mut known = if corrected { self.row_states(first).await? } else { RowStates::new() };
        for run in later.iter().filter(|run| run.plan.is_some() && run.state != super::RunState::Refused) {
            match run.kind {
                RunKind::Load | RunKind::Check => continue,
                RunKind::Retry => retried(&mut books, State::Rejected, &self.books(run).await?)?,
                RunKind::RetryUnknown => retried(&mut books, State::Unknown, &self.books(run).await?)?,
                RunKind::Corrected => {
                    correct(&mut books, &mut known, self.row_states(run).await?)?;
                    continue;
                }
            }
            if corrected {
                for (name, mut parts) in self.row_states(run).await? {
                    // A retry takes over what was sent; a line that was held back still is.
                    let held = known.remove(&name).unwrap_or_default();
                    parts.extend(held.into_iter().filter(|part| part.state == State::Invalid));
                    known.insert(name, parts);
                }
            }
        }
        Ok(books)
    }

    /// The parts of every row of a run, each with its state and weight, by the name of the row in the root's files.
    ///
    /// A record counts at the first of its rows.
    async fn row_states(&self, run: &Run) -> Result<RowStates> {
        let mut states = RowStates::new();
        let own = self.source_rows(run.id).await?;
        let mut seen = HashSet::new();
        for row in self.findings::<LeftOut>(run.id, "left-out").await? {
            let Some(name) = own.name(row.row) else { continue };
            let state = match row.state {
                LeftOutState::Invalid => State::Invalid,
                LeftOutState::Skipped | LeftOutState::SentInPart => continue,
            };
            let records = u64::from(row.record.is_some_and(|record| seen.insert(record)));
            let weight = Weight {
                rows: u64::from(row.rows),
                records,
                obligations: u64::from(row.lines),
                money: row.money.unwrap_or_default(),
            };
            let part = RowState { state, weight, unreadable: row.money.is_none() };
            states.entry(name).or_default().push(part);
        }
        let chunks = sqlx::query(
            "SELECT id, source_run, state, entries FROM chunk JOIN chunk_body ON chunk = id WHERE run = ? AND \
             state <> 'split'",
        );
        for chunk in self.done(chunks.bind(run.id).fetch_all(&self.pool).await)? {
            let names = self.source_rows(chunk.value(1)?).await?;
            let whole = match chunk.value::<String>(2)?.as_str() {
                "settled" => State::Loaded,
                "planned" => State::Unsent,
                "unchanged" => State::Unchanged,
                _ => State::Unknown,
            };
            let exceptions = self.exceptions(chunk.value(0)?).await?;
            for (ordinal, entry) in (0u32..).zip(unpack::<Vec<RecordEntry>>(chunk.value(3)?)?) {
                let Some(state) = exceptions.get(&ordinal).copied().unwrap_or(Some(whole)) else { continue };
                for (at, share) in entry.rows.iter().enumerate() {
                    if let Some(name) = names.name(share.row) {
                        let weight = Weight { records: u64::from(at == 0), ..share.weight() };
                        let part = RowState { state, weight, unreadable: false };
                        states.entry(name).or_default().push(part);
                    }
                }
            }
        }
        Ok(states)
    }

    /// The state of each record that has an outcome; none for one that another chunk carries on.
    async fn exceptions(&self, chunk: i64) -> Result<HashMap<u32, Option<State>>> {
        let query = sqlx::query("SELECT ordinal, state FROM outcome WHERE chunk = ?").bind(chunk);
        let rows = self.done(query.fetch_all(&self.pool).await)?;
        rows.iter().map(|row| Ok((row.value(0)?, outcome_state(row.value(1)?)))).collect()
    }

    /// How the rows of a run are named in the root's files.
    async fn source_rows(&self, run: RunId) -> Result<RowNames> {
        let tables = self.source_tables(run).await?;
        let mut names = RowNames::default();
        for table in &tables {
            names.tables.push((table.file.clone(), table.sheet.clone().unwrap_or_default()));
            let header = Header { row: 0, names: table.header.clone(), data_offset: 0, data_row: 0 };
            let Some(columns) = OriginColumns::of(&header) else { continue };
            let select = "SELECT first_row, body FROM source_block WHERE run = ? AND tbl = ?";
            let blocks = sqlx::query(select).bind(run).bind(table.ordinal).fetch_all(&self.pool).await;
            for block in self.done(blocks)? {
                let text = block_text(block.value(1)?)?;
                let mut cursor = Cursor::at(&text, table.form, 0, block.value(0)?);
                let mut buffer = RowBuffer::default();
                while cursor.read(&mut buffer) {
                    let origin = columns.read(Row::of(&text, &buffer));
                    let id = RowId { table: table.ordinal, number: buffer.number };
                    names.origins.insert(id, (origin.file, origin.sheet, origin.row));
                }
            }
        }
        Ok(names)
    }
}

/// The parts of each row: more than one where some of its lines are sent and others are held back.
type RowStates = HashMap<SourceRow, Vec<RowState>>;

/// What is known of a part of a row in a chain.
#[derive(Debug, Clone, Copy)]
struct RowState {
    state: State,
    weight: Weight,
    /// Its amount could not be read, and is in no sum.
    unreadable: bool,
}

impl RowState {
    fn is_planned(self) -> bool {
        self.state != State::Invalid
    }
}

/// How rows of a run are named in the root's files.
#[derive(Debug, Default)]
struct RowNames {
    tables: Vec<(String, String)>,
    origins: HashMap<RowId, SourceRow>,
}

impl RowNames {
    fn name(&self, row: RowId) -> Option<SourceRow> {
        self.origins.get(&row).cloned().or_else(|| {
            let (file, sheet) = self.tables.get(row.table as usize)?;
            Some((file.clone(), sheet.clone(), row.number))
        })
    }
}

/// A retry moves what it took over from one state to whatever it ended in.
fn retried(books: &mut Books, from: State, now: &Books) -> Result<()> {
    State::ALL.into_iter().try_for_each(|state| shift(books, from, state, now.weight_of(state)))
}

/// A corrected report replaces the rows that it holds by what they are now.
fn correct(books: &mut Books, known: &mut RowStates, now: RowStates) -> Result<()> {
    for (name, new) in now {
        // A row that the root does not know was added by hand; it counts as read.
        if let Some(old) = known.get(&name) {
            // What the CRM has, it still has when a later attempt did not get so far.
            let has =
                |parts: &[RowState], states: &[State]| parts.iter().any(|part| states.contains(&part.state));
            if has(old, &[State::Loaded, State::Unchanged]) && !has(&new, &[State::Loaded, State::Unknown]) {
                continue;
            }
            for part in old {
                take(books, part.state, part.weight)?;
                let unreadable = books.unreadable_rows.checked_sub(u64::from(part.unreadable));
                books.unreadable_rows =
                    unreadable.ok_or_else(|| damaged(Path::new(FILE_NAME), "unreadable_rows"))?;
            }
        }
        for part in &new {
            books.add(part.state, part.weight);
            books.unreadable_rows += u64::from(part.unreadable);
        }
        known.insert(name, new);
    }
    Ok(())
}
