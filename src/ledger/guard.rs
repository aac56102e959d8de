//! What a ledger is refused for, before it is used: its place, its damage, its loss.
//!
//! A ledger that cannot be trusted is left as it is, with the way out in words; nothing here repairs, moves or
//! deletes. An empty one is begun only where there are no traces of runs.

use std::io::Read as _;
use std::path::Path;

use sqlx::sqlite::SqlitePool;

use super::column::Columns as _;
use super::{Ledger, damaged, foreign};
use crate::lang::{Code, Say};
use crate::platform;
use crate::problem::{Failure, Result};

/// Ledgers up to this size are read whole when they are opened; a larger one is trusted page by page, and its
/// compressed contents have checksums of their own.
const CHECKED_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Refuses a folder on the network, and a folder that held a ledger which is gone or empty.
pub(super) fn before(folder: &Path, path: &Path) -> Result<()> {
    if let Some(place) = platform::shared_place(folder) {
        return Err(Failure::new(Code::LedgerOnNetwork)
            .with("value", folder.display())
            .with("reason", place));
    }
    // In this order: another process may be making the ledger and its first run.
    let locked = last_locked(folder);
    let bytes = std::fs::metadata(path).map_or(0, |file| file.len());
    if bytes == 0 && locked > 0 {
        return Err(Failure::new(Code::LedgerLost).with("value", path.display()));
    }
    Ok(())
}

/// Whether a file is already a database that writes to a log first, by its header (the file format of `SQLite`,
/// section 1.3: the write version, at offset 18, is 2).
pub(super) fn has_log(path: &Path) -> bool {
    let mut header = [0; 20];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut header));
    read.is_ok() && header[18] == 2
}

/// Refuses a ledger that is damaged, before anything of it is changed.
pub(super) async fn whole(pool: &SqlitePool, path: &Path) -> Result<()> {
    let run = |error: sqlx::Error| failure(path, &error);
    if std::fs::metadata(path).is_ok_and(|file| file.len() <= CHECKED_BYTES_MAX) {
        let row = sqlx::query("PRAGMA quick_check(1)").fetch_one(pool).await.map_err(run)?;
        let found: String = row.value(0)?;
        if found != "ok" {
            return Err(damaged(path, found));
        }
    }
    // No check of SQLite's reads the names in its schema, and the driver panics at one that is no text.
    let select = "SELECT CAST(coalesce(sql, '') AS BLOB) FROM sqlite_schema";
    for row in sqlx::query(select).fetch_all(pool).await.map_err(run)? {
        std::str::from_utf8(row.value(0)?).map_err(|error| damaged(path, error))?;
    }
    Ok(())
}

/// Refuses a ledger that does not know runs which left their lock in its folder.
pub(super) async fn knows_its_runs(pool: &SqlitePool, folder: &Path, path: &Path) -> Result<()> {
    let run = |error: sqlx::Error| failure(path, &error);
    // Before the runs are counted: another process may begin one meanwhile, and its lock comes after it.
    let locked = last_locked(folder);
    let select = "SELECT count(*) FROM sqlite_schema WHERE name = 'run'";
    let has_runs: i64 = sqlx::query(select).fetch_one(pool).await.map_err(run)?.value(0)?;
    if has_runs == 0 {
        return Ok(());
    }
    let select = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'run'";
    let last_run: i64 = sqlx::query(select).fetch_one(pool).await.map_err(run)?.value(0)?;
    // A lock is made after its run is on disk: a lock of a run that is not known shows that commits are missing.
    if locked > last_run {
        return Err(Failure::new(Code::LedgerLost).with("value", path.display()));
    }
    Ok(())
}

/// The highest run that has left a lock in the folder.
fn last_locked(folder: &Path) -> i64 {
    let locks = std::fs::read_dir(folder.join("locks")).into_iter().flatten().flatten();
    let run = |name: &str| name.strip_prefix("run-")?.strip_suffix(".lock")?.parse().ok();
    locks.filter_map(|lock| run(lock.file_name().to_str()?)).max().unwrap_or(0)
}

/// What a database error is for a user: damage, somebody else at work, or a disk that cannot be written.
pub(super) fn failure(path: &Path, error: &sqlx::Error) -> Failure {
    const BUSY: [i32; 2] = [5, 6];
    /// Of a statement of ours: the tables are not what they were made as.
    const ERROR: i32 = 1;
    const CORRUPT: i32 = 11;
    const NOT_A_DATABASE: i32 = 26;
    if let sqlx::Error::ColumnDecode { .. } | sqlx::Error::ColumnNotFound(_) | sqlx::Error::RowNotFound =
        error
    {
        return damaged(path, error);
    }
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<i32>().ok());
    // The extended codes carry the plain one in their lowest byte.
    match code.map(|code| code & 0xff) {
        Some(code) if BUSY.contains(&code) => Failure::new(Code::LedgerBusy).with("value", path.display()),
        Some(ERROR | CORRUPT) => damaged(path, error),
        Some(NOT_A_DATABASE) => foreign(path, error),
        _ => Failure::new(Code::LedgerUnwritable).with("value", path.display()).with("reason", error),
    }
}

impl Ledger {
    /// Refuses to go on with a file that is no longer where it was opened: the system would take what is written to
    /// it, and nobody would find it.
    ///
    /// # Errors
    /// `ledger-gone`.
    pub(super) fn still_there(&self) -> Result<()> {
        let path = self.folder.join(super::FILE_NAME);
        let gone = Failure::new(Code::LedgerGone).with("value", path.display());
        match platform::file_identity(&path) {
            Ok(file) if file == self.file => Ok(()),
            Ok(_) => Err(gone.with_say("reason", Say::SystemReplaced)),
            Err(error) => Err(gone.with("reason", error)),
        }
    }

    /// Refuses a run whose rows and bodies were forgotten, for what needs them.
    ///
    /// # Errors
    /// `run-purged`.
    pub fn needs_rows(run: &super::Run) -> Result<()> {
        match run.purged_at {
            None => Ok(()),
            Some(at) => {
                let day = at.strftime("%Y-%m-%d").to_string();
                Err(Failure::new(Code::RunPurged).with("value", run.id).with("expected", day))
            }
        }
    }
}
