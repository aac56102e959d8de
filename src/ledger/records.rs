//! The records that a chain was planned with, for whoever compares one portfolio with another.
//!
//! What became of them does not matter here: it is the creditor's portfolio that is compared, not the CRM's.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::column::Columns as _;
use super::{Ledger, RunId};
use crate::portfolio::{Chunk, RecordEntry};
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

    /// A chunk with the bodies of its records: those of records that were not sent, because the CRM has them or an
    /// earlier run holds them, are taken from there.
    ///
    /// # Errors
    /// `run-purged` where that run was forgotten; when the ledger cannot be read.
    pub async fn with_bodies(&self, chunk: Chunk) -> Result<Chunk> {
        if !chunk.body.is_empty() {
            return Ok(chunk);
        }
        let mut whole = Chunk::default();
        let mut sent: HashMap<i64, Chunk> = HashMap::new();
        for record in chunk.records {
            let Some((origin, ordinal)) = record.origin else { continue };
            let of_origin = match sent.entry(origin) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => {
                    Ledger::needs_rows(&self.run(self.run_of_chunk(origin).await?).await?)?;
                    new.insert(self.load_chunk(origin).await?.chunk)
                }
            };
            let fragments = of_origin.fragments();
            whole.body.extend_from_slice(fragments.get(ordinal as usize).copied().unwrap_or_default());
            let end = u32::try_from(whole.body.len()).expect("a body is far smaller than 4 GiB");
            whole.records.push(RecordEntry { end, ..record });
        }
        Ok(whole)
    }
}
