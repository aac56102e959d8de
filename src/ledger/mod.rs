//! What was decided and what happened, on disk before anyone is told. The only SQL of the program.
//!
//! `SQLite` with a write-ahead log and full sync: an intent is on disk before its first byte leaves, a verdict
//! before it is shown (law 3). The rest of the program sees the domain's words: plan a chunk, begin an attempt,
//! settle, books. The ledger never opens a source, never speaks to the CRM, and never starts an empty file in
//! the place of one that it cannot read.

mod accepted;
#[cfg(test)]
mod accepted_tests;
mod baselines;
mod chain;
mod column;
mod evidence;
mod guard;
mod lookups;
mod outgoing;
mod packing;
mod plan;
mod purge;
mod records;
mod runs;
mod schema;
mod scribe;
mod send;
mod shown;
#[cfg(test)]
mod tests;
mod timeline;
mod trace;

use std::fs::File;
use std::path::{Path, PathBuf};

use serde::{Serialize, de::DeserializeOwned};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Row as _, SqliteConnection};

use crate::lang::Code;
use crate::platform;
use crate::problem::{Failure, Result};

use column::Columns as _;
use packing::{compress, decompress, pack, unpack};

pub use accepted::{Compared, Tenant};
pub use baselines::Remembered;
pub use chain::{Misshapen, Retriable};
pub use evidence::{Evidence, FailedRow, SourceTable};
pub use lookups::{Answered, LookupKind, ReadBack, ReadBackCounts, Resolved, Unread};
pub use outgoing::Outgoing;
pub use plan::{FileEntry, NewRun, Packed, Piece, PlanEnd, TableEntry, pack_findings, read_findings};
pub use runs::{PlanSummary, Run, RunKind, RunState, UploadCounts};
pub use scribe::{Scribe, Settling};
pub use send::{Fate, LoadedChunk, Settlement, Waiting};
pub use shown::{AttemptLine, ChunkLine, UnknownRecord};
pub use timeline::Departure;
pub use trace::{Step, Trace};

/// Number of a run.
pub type RunId = i64;

const FILE_NAME: &str = "ledger.sqlite";
/// How long another process may keep the file busy.
const BUSY_WITHIN: std::time::Duration = std::time::Duration::from_secs(10);
/// Pages of the file that are kept in memory, in KiB by `SQLite`'s sign for it: those that a commit of a plan adds, which
/// would otherwise be written out before it; planning is a thirtieth slower without.
const CACHED_KIB: &str = "-16384";
/// Pages of a file that is begun now; one that was begun keeps its own. A body fills many of them, each of which is a call
/// of the system, and a line that is changed writes whole ones.
const PAGE_BYTES: u32 = 8192;

/// The open ledger of a state folder.
#[derive(Debug, Clone)]
pub struct Ledger {
    pool: SqlitePool,
    folder: PathBuf,
    /// Which file it was when it was opened.
    file: (u64, u64),
    secret: [u8; 32],
    id: String,
}

/// The lock on a chain of runs; the operating system ends it with the process.
#[derive(Debug)]
pub struct RunLock {
    _file: File,
}

impl Ledger {
    /// Opens the ledger of a folder, and makes both where there is none.
    ///
    /// # Errors
    /// A [`Failure`] when the folder cannot be used or the file in it is not a ledger that this version reads.
    pub async fn open(folder: &Path) -> Result<Ledger> {
        let path = folder.join(FILE_NAME);
        guard::before(folder, &path)?;
        let unusable = |error: std::io::Error| {
            Failure::new(Code::StateFolder).with("value", folder.display()).with("reason", error)
        };
        platform::private_folder().create(folder.join("locks")).map_err(unusable)?;
        // Made here first, so that it is its owner's alone from its first byte.
        platform::private_open_options().create(true).append(true).open(&path).map_err(unusable)?;
        let pool = connect(folder, &path).await?;
        let file = platform::file_identity(&path).map_err(unusable)?;
        let folder_of = folder.to_path_buf();
        let mut ledger = Ledger { pool, folder: folder_of, file, secret: [0; 32], id: String::new() };
        guard::whole(&ledger.pool, &path).await?;
        guard::knows_its_runs(&ledger.pool, folder, &path).await?;
        ledger.migrate(&path).await?;
        ledger.read_meta().await?;
        Ok(ledger)
    }

    /// Writes everything down and leaves no log file behind.
    pub async fn close(self) {
        self.pool.close().await;
    }

    /// Brings what stands in the log into the ledger's own file, so that a copy of that file alone is whole.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn checkpoint(&self) -> Result<()> {
        self.done(sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.pool).await).map(|_| ())
    }

    /// Waits until nothing uses the ledger any more. What is given is to be dropped where it is used next: the connection
    /// is given back by the runtime that sees it dropped, and is lost with a runtime that ends before.
    pub async fn at_rest(&self) -> Option<impl Sized + use<>> {
        self.pool.acquire().await.ok()
    }

    /// Takes the lock on a chain of runs.
    ///
    /// # Errors
    /// `locked` when another process has it.
    pub fn lock(&self, root: RunId) -> Result<RunLock> {
        let path = self.folder.join("locks").join(format!("run-{root}.lock"));
        match platform::lock_file(&path) {
            Ok(Some(file)) => Ok(RunLock { _file: file }),
            Ok(None) => Err(Failure::new(Code::Locked).with("value", root)),
            Err(error) => Err(self.unwritable(&error)),
        }
    }

    /// The secret with which records are fingerprinted, so that fingerprints tell nothing to who finds them.
    pub fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    /// The folder in which it lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A name for this ledger, by which its report folders are told from another's.
    pub fn id(&self) -> &str {
        &self.id
    }

    async fn migrate(&mut self, path: &Path) -> Result<()> {
        let mut connection = self.pool.acquire().await.map_err(|error| guard::failure(path, &error))?;
        let read = async |connection: &mut SqliteConnection, sql: &'static str| -> Result<i64> {
            let row =
                sqlx::query(sql).fetch_one(connection).await.map_err(|error| guard::failure(path, &error))?;
            row.value(0)
        };
        // In this order: another process may be making the ledger, and its tables come together with its mark.
        let tables = read(&mut connection, "SELECT count(*) FROM sqlite_schema").await?;
        let application = read(&mut connection, "PRAGMA application_id").await?;
        let version = read(&mut connection, "PRAGMA user_version").await?;
        if application != schema::APPLICATION_ID && tables > 0 {
            return Err(foreign(path, "application_id"));
        }
        if version == 0 && tables > 0 {
            return Err(damaged(path, "user_version"));
        }
        let applied = usize::try_from(version).unwrap_or(usize::MAX);
        if applied > schema::MIGRATIONS.len() {
            return Err(Failure::new(Code::LedgerNewer).with("value", path.display()));
        }
        if applied < schema::MIGRATIONS.len() {
            self.done(apply_migrations(&mut connection, applied).await)?;
        }
        Ok(())
    }

    async fn read_meta(&mut self) -> Result<()> {
        let secret: [u8; 32] = rand::random();
        let id = format!("{:016x}", rand::random::<u64>());
        let insert = "INSERT OR IGNORE INTO meta (name, value) VALUES ('secret', ?), ('id', ?)";
        self.done(sqlx::query(insert).bind(&secret[..]).bind(id.as_bytes()).execute(&self.pool).await)?;
        let rows = self.done(sqlx::query("SELECT name, value FROM meta").fetch_all(&self.pool).await)?;
        for row in rows {
            let value: Vec<u8> = row.value(1)?;
            match row.value::<String>(0)?.as_str() {
                "secret" => self.secret = value.try_into().unwrap_or_default(),
                _ => self.id = String::from_utf8_lossy(&value).into_owned(),
            }
        }
        Ok(())
    }

    fn unwritable(&self, error: &dyn std::error::Error) -> Failure {
        Failure::new(Code::LedgerUnwritable)
            .with("value", self.folder.join(FILE_NAME).display())
            .with("reason", error)
    }

    /// Turns a database error into the failure that it is for a user.
    fn done<T>(&self, result: std::result::Result<T, sqlx::Error>) -> Result<T> {
        result.map_err(|error| guard::failure(&self.folder.join(FILE_NAME), &error))
    }
}

/// Connects to the ledger's file. Processes that find it empty take turns: `SQLite` waits for no other process while
/// it gives a file its log, but says at once that it is busy.
async fn connect(folder: &Path, path: &Path) -> Result<SqlitePool> {
    let turn = if guard::has_log(path) { None } else { Some(turn_to_begin(folder, path).await?) };
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .page_size(PAGE_BYTES)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_WITHIN)
        .pragma("cache_size", CACHED_KIB);
    // A file needs no greeting before each use, as a server would.
    let pool =
        SqlitePoolOptions::new().max_connections(1).test_before_acquire(false).connect_with(options).await;
    drop(turn);
    pool.map_err(|error| guard::failure(path, &error))
}

async fn turn_to_begin(folder: &Path, path: &Path) -> Result<File> {
    let lock = folder.join("locks").join("begin.lock");
    let waits = tokio::task::spawn_blocking(move || platform::wait_for_lock(&lock));
    match tokio::time::timeout(BUSY_WITHIN, waits).await {
        Ok(Ok(Ok(file))) => Ok(file),
        Ok(Ok(Err(error))) => {
            Err(Failure::new(Code::StateFolder).with("value", folder.display()).with("reason", error))
        }
        Ok(Err(error)) => Err(Failure::new(Code::Internal).with("reason", error)),
        Err(_elapsed) => Err(Failure::new(Code::LedgerBusy).with("value", path.display())),
    }
}

async fn apply_migrations(
    connection: &mut SqliteConnection,
    applied: usize,
) -> std::result::Result<(), sqlx::Error> {
    use sqlx::Connection as _;

    let mut transaction = connection.begin_with("BEGIN EXCLUSIVE").await?;
    // Another process may have applied them since the version was read.
    let version =
        sqlx::query("PRAGMA user_version").fetch_one(&mut *transaction).await?.try_get::<i64, _>(0)?;
    let applied = usize::try_from(version).unwrap_or(applied);
    for migration in schema::MIGRATIONS.iter().skip(applied) {
        sqlx::raw_sql(*migration).execute(&mut *transaction).await?;
    }
    let mark = format!(
        "PRAGMA application_id = {}; PRAGMA user_version = {}",
        schema::APPLICATION_ID,
        schema::MIGRATIONS.len()
    );
    // Both numbers are constants of this program; SQLite takes no parameters in a PRAGMA.
    sqlx::raw_sql(sqlx::AssertSqlSafe(mark)).execute(&mut *transaction).await?;
    transaction.commit().await
}

fn foreign(path: &Path, reason: impl ToString) -> Failure {
    Failure::new(Code::LedgerForeign).with("value", path.display()).with("reason", reason)
}

fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("the ledger's own types can be written as JSON")
}

fn damaged(path: &Path, reason: impl ToString) -> Failure {
    Failure::new(Code::LedgerDamaged).with("value", path.display()).with("reason", reason)
}

/// Reads what the ledger itself has written; anything else means that the file is damaged.
fn from_json<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| damaged(Path::new(FILE_NAME), error))
}
