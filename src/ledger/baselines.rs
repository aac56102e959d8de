//! What is remembered of loads that were accepted, so that the next one can be held against them.
//!
//! A profile is written with every plan of a creditor's file and never changed; whether the load counts as a baseline
//! is asked of the ledger when it is needed, from how it ended.

use super::column::Columns as _;
use super::{Ledger, RunId, decompress, from_json, to_json};
use crate::drift::{Baseline, MEMORY, Profile};
use crate::problem::Result;

/// The accepted loads that a file is compared with, and where they went.
#[derive(Debug, Clone, Default)]
pub struct Remembered {
    /// Server and operation.
    pub tenant: Option<(String, String)>,
    /// The loads, the last one first.
    pub baselines: Vec<Baseline>,
}

impl Ledger {
    /// Remembers what a load was like.
    ///
    /// # Errors
    /// `ledger-unwritable`.
    pub async fn add_profile(&self, run: RunId, mapping: &str, profile: &Profile) -> Result<()> {
        let insert = "INSERT INTO profile (run, mapping, body) VALUES (?, ?, ?)";
        let query = sqlx::query(insert).bind(run).bind(mapping).bind(to_json(profile));
        self.done(query.execute(&self.pool).await).map(|_| ())
    }

    /// The last loads with a mapping to a target that came to their end with records accepted. Where server or
    /// operation are not known, those of the last such load, one that did not go to `rehearsal` before one that did.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn remembered(
        &self,
        (target, mapping): (&str, &str),
        (server, operation): (Option<&str>, Option<&str>),
        rehearsal: &str,
    ) -> Result<Remembered> {
        let select = "SELECT run.id, run.started_at, run.server, run.operation, profile.body FROM profile \
             JOIN run ON run.id = profile.run WHERE profile.mapping = ?1 AND run.target = ?2 \
             AND (?3 IS NULL OR run.server = ?3) AND (?4 IS NULL OR run.operation = ?4) \
             AND run.kind = 'load' AND run.state = 'finished' AND run.exit IN (0, 3) \
             AND EXISTS (SELECT 1 FROM chunk WHERE chunk.run = run.id AND chunk.state = 'settled' AND chunk.records > \
             (SELECT count(*) FROM outcome WHERE outcome.chunk = chunk.id)) \
             ORDER BY run.server = ?5, run.id DESC LIMIT ?6";
        let query = sqlx::query(select).bind(mapping).bind(target).bind(server).bind(operation);
        let rows = self.done(query.bind(rehearsal).bind(MEMORY).fetch_all(&self.pool).await)?;
        let mut remembered = Remembered::default();
        for row in rows {
            let tenant = (row.value(2)?, row.value(3)?);
            if *remembered.tenant.get_or_insert_with(|| tenant.clone()) == tenant {
                let (run, day) = (row.value(0)?, day(row.value(1)?));
                remembered.baselines.push(Baseline { run, day, profile: from_json(row.value(4)?)? });
            }
        }
        Ok(remembered)
    }

    /// The last loads of creditors' files to a tenant and target of which something was sent, the newest first.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn sent_before(
        &self,
        run: RunId,
        target: &str,
        (server, operation): (&str, &str),
    ) -> Result<Vec<(RunId, jiff::civil::Date)>> {
        let select = "SELECT id, started_at FROM run WHERE id <> ? AND target = ? AND server = ? AND operation = ? \
             AND kind = 'load' AND EXISTS (SELECT 1 FROM attempt WHERE attempt.run = run.id) ORDER BY id DESC LIMIT ?";
        let query = sqlx::query(select).bind(run).bind(target).bind(server).bind(operation).bind(MEMORY);
        let rows = self.done(query.fetch_all(&self.pool).await)?;
        rows.iter().map(|row| Ok((row.value(0)?, day(row.value(1)?)))).collect()
    }

    /// The sorted fingerprints of a run's records; none where they were forgotten.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn fingerprints(&self, run: RunId) -> Result<Vec<u8>> {
        let select = sqlx::query("SELECT body FROM fingerprint WHERE run = ?").bind(run);
        let row = self.done(select.fetch_optional(&self.pool).await)?;
        row.map_or_else(|| Ok(Vec::new()), |row| decompress(row.value(0)?))
    }
}

/// The day of a time as the ledger writes it, where the reader is.
fn day(at: &str) -> jiff::civil::Date {
    let at = at.parse::<jiff::Timestamp>().unwrap_or_default();
    at.to_zoned(jiff::tz::TimeZone::system()).date()
}
