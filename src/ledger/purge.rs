//! Forgetting for good: the bodies, rows and personal data of old runs leave the file, their books stay.
//!
//! Deleted bytes are overwritten, the log is emptied and the file is written anew, so that nothing of what was
//! forgotten can be found in it. Which runs are old is not decided here.

use super::column::Columns as _;
use super::{Ledger, RunId, compress, from_json, pack, to_json};
use crate::books::Books;
use crate::portfolio::RecordEntry;
use crate::problem::Result;

impl Ledger {
    /// Forgets the chains of these roots in one transaction; with `all`, also what tells later loads that content is
    /// the same, and what the CRM has of them.
    ///
    /// # Errors
    /// `ledger-unwritable`; then nothing is forgotten.
    pub async fn purge(&self, roots: &[RunId], all: bool, at: jiff::Timestamp) -> Result<()> {
        let mut books = Vec::new();
        for root in roots {
            books.push(self.chain_books(*root).await?);
        }
        self.done(sqlx::query("PRAGMA secure_delete = ON").execute(&self.pool).await)?;
        self.keep_known(roots, all).await?;
        let mut transaction = self.done(self.pool.begin().await)?;
        for (root, books) in roots.iter().zip(&books) {
            for statement in FORGET.iter().chain(FORGET_FINGERPRINTS.iter().filter(|_| all)) {
                let query = sqlx::query(*statement).bind(root);
                self.done(query.execute(&mut *transaction).await)?;
            }
            let update = "UPDATE chunk_body SET body = ?, entries = ? WHERE chunk IN \
                 (SELECT c.id FROM chunk c JOIN run r ON r.id = c.run WHERE r.root = ?)";
            let nothing =
                sqlx::query(update).bind(compress(b"")).bind(pack(&Vec::<RecordEntry>::new())).bind(root);
            self.done(nothing.execute(&mut *transaction).await)?;
            let update = "UPDATE run SET purged_at = coalesce(purged_at, ?), verdicts = '[]' WHERE root = ?";
            let query = sqlx::query(update).bind(at.to_string()).bind(root);
            self.done(query.execute(&mut *transaction).await)?;
            let keep =
                sqlx::query("UPDATE run SET chain_books = ? WHERE id = ?").bind(to_json(books)).bind(root);
            self.done(keep.execute(&mut *transaction).await)?;
        }
        self.done(transaction.commit().await)?;
        self.checkpoint().await?;
        self.done(sqlx::query("VACUUM").execute(&self.pool).await)?;
        self.checkpoint().await
    }

    /// The books of a chain that was purged, as they were then.
    pub(super) async fn kept_chain_books(&self, root: RunId) -> Result<Option<Books>> {
        let select = sqlx::query("SELECT chain_books FROM run WHERE id = ?").bind(root);
        let row = self.done(select.fetch_optional(&self.pool).await)?;
        let kept: Option<String> = row.map(|row| row.value(0)).transpose()?.flatten();
        kept.map(|books| from_json(&books)).transpose()
    }

    /// Remembers where a report of a run was written.
    ///
    /// # Errors
    /// `ledger-unwritable`.
    pub async fn note_report(&self, run: RunId, folder: &str) -> Result<()> {
        let insert =
            sqlx::query("INSERT OR IGNORE INTO report (run, folder) VALUES (?, ?)").bind(run).bind(folder);
        self.done(insert.execute(&self.pool).await).map(|_| ())
    }

    /// Where reports of a run were written.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn report_folders(&self, run: RunId) -> Result<Vec<String>> {
        let select = sqlx::query("SELECT folder FROM report WHERE run = ? ORDER BY folder").bind(run);
        self.done(select.fetch_all(&self.pool).await)?.iter().map(|row| row.value(0)).collect()
    }
}

/// Statements that take one chain's root and leave nothing of its rows, values and the CRM's words.
const FORGET: [&str; 7] = [
    "DELETE FROM source_block WHERE run IN (SELECT id FROM run WHERE root = ?)",
    "DELETE FROM finding WHERE run IN (SELECT id FROM run WHERE root = ?)",
    "UPDATE chunk SET detail = NULL WHERE run IN (SELECT id FROM run WHERE root = ?)",
    "UPDATE attempt SET detail = NULL WHERE run IN (SELECT id FROM run WHERE root = ?)",
    "UPDATE outcome SET detail = '' WHERE run IN (SELECT id FROM run WHERE root = ?)",
    "UPDATE lookup SET detail = NULL WHERE run IN (SELECT id FROM run WHERE root = ?)",
    "DELETE FROM resolved WHERE run IN (SELECT id FROM run WHERE root = ?)",
];
const FORGET_FINGERPRINTS: [&str; 2] = [
    "DELETE FROM fingerprint WHERE run IN (SELECT id FROM run WHERE root = ?)",
    "UPDATE run SET content = NULL WHERE root = ?",
];
