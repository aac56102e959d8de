//! The records that a chain was planned with, for whoever compares one portfolio with another.
//!
//! What became of them does not matter here: it is the creditor's portfolio that is compared, not the CRM's.

use super::column::Columns as _;
use super::{Ledger, RunId};
use crate::problem::Result;

impl Ledger {
    /// The chunks that carry the records of a chain, the newest first: a corrected record comes before the one that
    /// it corrects. A correction that was refused is not among them.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn chunks_of_chain(&self, root: RunId) -> Result<Vec<i64>> {
        let select = "SELECT c.id FROM chunk c JOIN run r ON r.id = c.run WHERE r.root = ?1 AND c.state <> 'split' AND \
             (r.state <> 'refused' OR r.id = ?1) ORDER BY c.run DESC, c.number DESC";
        let rows = self.done(sqlx::query(select).bind(root).fetch_all(&self.pool).await)?;
        rows.iter().map(|row| row.value(0)).collect()
    }
}
