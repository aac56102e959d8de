//! Writing a plan down: files, tables, source blocks, problems and chunks, in a few large transactions.
//!
//! A run is `planning` until its last piece is on disk; only then can it be sent. What is stored arrives compressed, so
//! that nobody waits for that while the ledger is being written.

use serde::Serialize;
use sqlx::{QueryBuilder, Row as _};

use super::column::Columns as _;
use super::packing::{compress, pack, unpack};
use super::{Ledger, RunId, RunKind, to_json};
use crate::books::{State, Weight};
use crate::drift::Profile;
use crate::lang::Code;
use crate::portfolio::{Chunk, SourceBlock};
use crate::problem::{Failure, LeftOut, Problem, Result};
use crate::source::Form;
use crate::survey::Verdict;

use super::runs::PlanSummary;

/// Source blocks that one statement adds: to call the thread that writes costs as much as to add a few.
const BLOCKS_TOGETHER: usize = 16;

/// What a run begins with.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// The run it goes on with, and that one's root.
    pub parent: Option<(RunId, RunId)>,
    /// What it is.
    pub kind: RunKind,
    /// Name of the target.
    pub target: String,
    /// The server, as reports name it.
    pub server: String,
    /// The CRM operation.
    pub operation: String,
    /// The mapping's text.
    pub mapping: String,
    /// What was set for the run, as JSON.
    pub settings: serde_json::Value,
    /// When it began.
    pub started_at: jiff::Timestamp,
}

/// A file of a run.
#[derive(Debug, Clone)]
pub struct FileEntry {
    /// Its name as given.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Fingerprint of its bytes.
    pub fingerprint: String,
    /// Its rows, all tables together.
    pub rows: u64,
}

/// A table of a run.
#[derive(Debug, Clone)]
pub struct TableEntry {
    /// Ordinal of its file.
    pub file: usize,
    /// Its name in reports.
    pub name: String,
    /// Its sheet.
    pub sheet: Option<String>,
    /// How its rows are written.
    pub form: Form,
    /// Row of its header.
    pub header_row: u32,
    /// Its column names.
    pub header: Vec<String>,
}

/// A piece of a plan, as it was made.
#[derive(Debug)]
pub enum Piece {
    /// So many rows more were read; nothing is stored of them by this.
    Read {
        /// Rows.
        rows: u64,
    },
    /// Rows as they were read.
    Block(SourceBlock),
    /// Problems or left-out rows, packed; see [`pack_findings`].
    Findings(&'static str, Vec<u8>),
    /// A chunk to be sent. Its rows stand in the source blocks of `source_run`, or of the run itself.
    Chunk {
        /// The run that holds its rows, for a retry.
        source_run: Option<RunId>,
        /// The chunk.
        chunk: Chunk,
    },
    /// Records of an earlier run whose outcome is unknown, to be looked for and not to be sent before.
    Held {
        /// The run that holds their rows.
        source_run: RunId,
        /// The records.
        chunk: Chunk,
    },
    /// Records that are not sent: unchanged since they were accepted, or held by a chunk of an earlier run.
    Kept {
        /// Unchanged, or unknown.
        state: State,
        /// The chunk that holds them.
        holder: Option<i64>,
        /// The records, without their bodies; each says where it was sent.
        chunk: Chunk,
    },
    /// Records of an earlier run that this run takes over.
    TakeOver {
        /// The earlier chunk.
        chunk: i64,
        /// The records' ordinals in it; none for all of an unknown chunk.
        ordinals: Vec<u32>,
    },
}

/// A piece as it is stored.
#[derive(Debug)]
pub struct Packed(Stored);

#[derive(Debug)]
enum Stored {
    Nothing,
    Block(PackedBlock),
    Findings(&'static str, Vec<u8>),
    Chunk { source_run: Option<RunId>, chunk: PackedChunk },
    Held { source_run: RunId, chunk: PackedChunk },
    Kept { state: State, holder: Option<i64>, chunk: PackedChunk },
    TakeOver { chunk: i64, ordinals: Vec<u32> },
}

/// A source block as it is stored.
#[derive(Debug)]
struct PackedBlock {
    table: u16,
    first_row: u32,
    last_row: u32,
    body: Vec<u8>,
}

/// A chunk as it is stored.
#[derive(Debug)]
pub(super) struct PackedChunk {
    weight: Weight,
    body: Vec<u8>,
    records: Vec<u8>,
}

impl PackedChunk {
    /// Packs a chunk.
    pub(super) fn of(chunk: &Chunk) -> PackedChunk {
        PackedChunk { weight: chunk.weight(), body: compress(&chunk.body), records: pack(&chunk.records) }
    }

    fn bytes(&self) -> usize {
        self.body.len() + self.records.len()
    }
}

impl From<Piece> for Packed {
    fn from(piece: Piece) -> Packed {
        Packed(match piece {
            Piece::Read { .. } => Stored::Nothing,
            Piece::Block(SourceBlock { table, first_row, last_row, text, range }) => {
                let body = compress(&text.as_bytes()[range]);
                Stored::Block(PackedBlock { table, first_row, last_row, body })
            }
            Piece::Findings(kind, body) => Stored::Findings(kind, body),
            Piece::Chunk { source_run, chunk } => {
                Stored::Chunk { source_run, chunk: PackedChunk::of(&chunk) }
            }
            Piece::Held { source_run, chunk } => Stored::Held { source_run, chunk: PackedChunk::of(&chunk) },
            Piece::Kept { state, holder, chunk } => {
                Stored::Kept { state, holder, chunk: PackedChunk::of(&chunk) }
            }
            Piece::TakeOver { chunk, ordinals } => Stored::TakeOver { chunk, ordinals },
        })
    }
}

impl Packed {
    /// About how many bytes are written of it.
    pub fn bytes(&self) -> usize {
        /// What a piece takes that holds hardly anything.
        const LEAST: usize = 256;
        let held = match &self.0 {
            Stored::Nothing | Stored::TakeOver { .. } => 0,
            Stored::Block(PackedBlock { body, .. }) | Stored::Findings(_, body) => body.len(),
            Stored::Chunk { chunk, .. } | Stored::Held { chunk, .. } | Stored::Kept { chunk, .. } => {
                chunk.bytes()
            }
        };
        LEAST + held
    }
}

/// What is known when a plan has ended.
#[derive(Debug, Clone, Default)]
pub struct PlanEnd {
    /// The formats decided.
    pub verdicts: Vec<Verdict>,
    /// Books of what is not sent, and counts.
    pub summary: PlanSummary,
    /// Digest of all records, whatever their order; empty where records are held against no others.
    pub content: Vec<u8>,
    /// Fingerprints of the records, sorted.
    pub fingerprints: Vec<u8>,
    /// What the load is like, to be remembered.
    pub profile: Profile,
    /// Why nothing of it may be sent: what was read is not what was expected.
    pub refusal: Option<Failure>,
}

/// Packs problems and left-out rows into pieces.
pub fn pack_findings(problems: &[Problem], left_out: &[LeftOut]) -> Vec<Piece> {
    fn piece<T: Serialize>(kind: &'static str, list: &[T]) -> Option<Piece> {
        (!list.is_empty()).then(|| Piece::Findings(kind, pack(&list)))
    }
    [piece("problem", problems), piece("left-out", left_out)].into_iter().flatten().collect()
}

/// Reads packed problems or left-out rows back.
///
/// # Errors
/// `ledger-foreign` when the bytes are not those of [`pack_findings`].
pub fn read_findings(kind: &str, body: &[u8]) -> Result<(Vec<Problem>, Vec<LeftOut>)> {
    Ok(if kind == "problem" { (unpack(body)?, Vec::new()) } else { (Vec::new(), unpack(body)?) })
}

impl Ledger {
    /// Begins a run; it stays `planning` until [`Ledger::end_plan`].
    ///
    /// # Errors
    /// `ledger-unwritable`.
    pub async fn begin_run(&self, new: &NewRun) -> Result<RunId> {
        const INSERT: &str = "INSERT INTO run (root, parent, kind, target, server, operation, state, started_at, \
             mapping, settings) VALUES (?, ?, ?, ?, ?, ?, 'planning', ?, ?, ?) RETURNING id";
        let mut transaction = self.done(self.pool.begin().await)?;
        let row = sqlx::query(INSERT)
            .bind(new.parent.map_or(0, |(_, root)| root))
            .bind(new.parent.map(|(parent, _)| parent))
            .bind(new.kind.as_str())
            .bind(&new.target)
            .bind(&new.server)
            .bind(&new.operation)
            .bind(new.started_at.to_string())
            .bind(&new.mapping)
            .bind(to_json(&new.settings))
            .fetch_one(&mut *transaction)
            .await;
        let id: RunId = self.done(row)?.value(0)?;
        let own_root = sqlx::query("UPDATE run SET root = id WHERE id = ? AND root = 0").bind(id);
        self.done(own_root.execute(&mut *transaction).await)?;
        self.done(transaction.commit().await)?;
        Ok(id)
    }

    /// Writes down the files and tables of a run.
    ///
    /// # Errors
    /// `ledger-unwritable`.
    pub async fn add_sources(&self, run: RunId, files: &[FileEntry], tables: &[TableEntry]) -> Result<()> {
        let mut transaction = self.done(self.pool.begin().await)?;
        for (ordinal, file) in (0i64..).zip(files) {
            let insert =
                "INSERT INTO file (run, ordinal, name, bytes, fingerprint, rows) VALUES (?, ?, ?, ?, ?, ?)";
            let query = sqlx::query(insert)
                .bind(run)
                .bind(ordinal)
                .bind(&file.name)
                .bind(file.bytes.cast_signed())
                .bind(&file.fingerprint)
                .bind(file.rows.cast_signed());
            self.done(query.execute(&mut *transaction).await)?;
        }
        for (ordinal, table) in (0i64..).zip(tables) {
            let insert = "INSERT INTO source_table (run, ordinal, file, name, sheet, form, header_row, header) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
            let query = sqlx::query(insert)
                .bind(run)
                .bind(ordinal)
                .bind(i64::try_from(table.file).unwrap_or_default())
                .bind(&table.name)
                .bind(&table.sheet)
                .bind(to_json(&table.form))
                .bind(table.header_row)
                .bind(to_json(&table.header));
            self.done(query.execute(&mut *transaction).await)?;
        }
        self.done(transaction.commit().await)
    }

    /// Stores some pieces of a plan; chunks are numbered from `next_number` on, which is moved forward.
    ///
    /// # Errors
    /// `ledger-unwritable`.
    pub async fn store(&self, run: RunId, pieces: Vec<Packed>, next_number: &mut u32) -> Result<()> {
        let mut transaction = self.done(self.pool.begin().await)?;
        let mut blocks = Vec::new();
        for piece in pieces {
            let mut place = |source_run| {
                let number = *next_number;
                *next_number += 1;
                ChunkPlace { run, number, parent: None, source_run }
            };
            let stored = match piece.0 {
                Stored::Nothing => Ok(()),
                Stored::Block(block) => {
                    blocks.push(block);
                    Ok(())
                }
                Stored::Findings(kind, body) => {
                    let insert = "INSERT INTO finding (run, kind, body) VALUES (?, ?, ?)";
                    let query = sqlx::query(insert).bind(run).bind(kind).bind(body);
                    query.execute(&mut *transaction).await.map(|_| ())
                }
                Stored::Chunk { source_run, chunk } => {
                    let place = place(source_run.unwrap_or(run));
                    insert_chunk(&mut transaction, place, chunk).await.map(|_id| ())
                }
                Stored::Held { source_run, chunk } => {
                    insert_held(&mut transaction, place(source_run), chunk).await
                }
                Stored::Kept { state, holder, chunk } => {
                    insert_kept(&mut transaction, place(run), chunk, (state, holder)).await
                }
                Stored::TakeOver { chunk, ordinals } => {
                    take_over(&mut transaction, run, chunk, &ordinals).await.map(|_| ())
                }
            };
            self.done(stored)?;
        }
        for together in blocks.chunks(BLOCKS_TOGETHER) {
            self.done(insert_blocks(&mut transaction, run, together).await)?;
        }
        self.done(transaction.commit().await)
    }

    /// Ends a plan: from now on the run can be sent, or, for a check, is finished.
    ///
    /// # Errors
    /// `ledger-unwritable`.
    pub async fn end_plan(&self, run: RunId, end: &PlanEnd) -> Result<()> {
        let mut transaction = self.done(self.pool.begin().await)?;
        let update = "UPDATE run SET state = 'planned', verdicts = ?, plan = ?, content = ? WHERE id = ?";
        let query = sqlx::query(update)
            .bind(to_json(&end.verdicts))
            .bind(to_json(&end.summary))
            .bind((!end.content.is_empty()).then_some(&end.content))
            .bind(run);
        self.done(query.execute(&mut *transaction).await)?;
        if !end.fingerprints.is_empty() {
            let insert = "INSERT INTO fingerprint (run, body) VALUES (?, ?)";
            let query = sqlx::query(insert).bind(run).bind(compress(&end.fingerprints));
            self.done(query.execute(&mut *transaction).await)?;
        }
        self.done(transaction.commit().await)
    }
}

pub(super) type Transaction<'t> = sqlx::Transaction<'t, sqlx::Sqlite>;
type Executed = std::result::Result<sqlx::sqlite::SqliteQueryResult, sqlx::Error>;

/// Where a chunk belongs.
#[derive(Debug, Clone, Copy)]
pub(super) struct ChunkPlace {
    /// Its run, and its number there.
    pub(super) run: RunId,
    pub(super) number: u32,
    /// The chunk that it was split from.
    pub(super) parent: Option<i64>,
    /// The run that holds its rows.
    pub(super) source_run: RunId,
}

/// Adds source blocks.
async fn insert_blocks(
    transaction: &mut Transaction<'_>,
    run: RunId,
    blocks: &[PackedBlock],
) -> std::result::Result<(), sqlx::Error> {
    let mut insert = QueryBuilder::new("INSERT INTO source_block (run, tbl, first_row, last_row, body) ");
    insert.push_values(blocks, |mut line, block| {
        let line = line.push_bind(run).push_bind(block.table).push_bind(block.first_row);
        line.push_bind(block.last_row).push_bind(&block.body);
    });
    // A statement of every length is not kept.
    insert.build().persistent(blocks.len() == BLOCKS_TOGETHER).execute(&mut **transaction).await.map(|_| ())
}

/// Adds a chunk that waits to be sent, and what it holds; gives its id.
pub(super) async fn insert_chunk(
    transaction: &mut Transaction<'_>,
    place: ChunkPlace,
    chunk: PackedChunk,
) -> std::result::Result<i64, sqlx::Error> {
    let weight = chunk.weight;
    let insert = "INSERT INTO chunk (run, number, parent, source_run, state, records, rows, obligations, money) \
         VALUES (?, ?, ?, ?, 'planned', ?, ?, ?, ?) RETURNING id";
    let query = sqlx::query(insert)
        .bind(place.run)
        .bind(place.number)
        .bind(place.parent)
        .bind(place.source_run)
        .bind(weight.records.cast_signed())
        .bind(weight.rows.cast_signed())
        .bind(weight.obligations.cast_signed())
        .bind(weight.money.to_string());
    let id = query.fetch_one(&mut **transaction).await?.try_get(0)?;
    let query = sqlx::query("INSERT INTO chunk_body (chunk, body, entries) VALUES (?, ?, ?)");
    let query = query.bind(id).bind(chunk.body).bind(chunk.records);
    query.execute(&mut **transaction).await.map(|_| id)
}

/// Adds a chunk whose outcome is unknown.
async fn insert_held(
    transaction: &mut Transaction<'_>,
    place: ChunkPlace,
    chunk: PackedChunk,
) -> std::result::Result<(), sqlx::Error> {
    let id = insert_chunk(transaction, place, chunk).await?;
    let update = sqlx::query("UPDATE chunk SET state = 'unknown', code = ? WHERE id = ?");
    let query = update.bind(Code::ReadBackDue.as_str()).bind(id);
    query.execute(&mut **transaction).await.map(|_| ())
}

/// Adds records that are not sent, as a chunk that no sender takes.
async fn insert_kept(
    transaction: &mut Transaction<'_>,
    place: ChunkPlace,
    chunk: PackedChunk,
    (state, holder): (State, Option<i64>),
) -> std::result::Result<(), sqlx::Error> {
    let id = insert_chunk(transaction, place, chunk).await?;
    let code = holder.map(|_| Code::HeldBefore.as_str());
    let state = if state == State::Unchanged { "unchanged" } else { "held" };
    let update = "UPDATE chunk SET state = ?1, code = ?2, detail = (SELECT run FROM chunk WHERE id = ?3) WHERE id = ?4";
    let query = sqlx::query(update).bind(state).bind(code).bind(holder).bind(id);
    query.execute(&mut **transaction).await.map(|_| ())
}

/// Marks records of an earlier run as taken over, so that no other retry takes them again.
async fn take_over(transaction: &mut Transaction<'_>, run: RunId, chunk: i64, ordinals: &[u32]) -> Executed {
    if ordinals.is_empty() {
        let update = "UPDATE chunk SET retried_by = ? WHERE id = ?";
        return sqlx::query(update).bind(run).bind(chunk).execute(&mut **transaction).await;
    }
    let mut done = sqlx::sqlite::SqliteQueryResult::default();
    for ordinal in ordinals {
        let update = "UPDATE outcome SET retried_by = ? WHERE chunk = ? AND ordinal = ?";
        done = sqlx::query(update).bind(run).bind(chunk).bind(ordinal).execute(&mut **transaction).await?;
    }
    Ok(done)
}
