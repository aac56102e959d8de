//! When a run's requests left and what came of each, and who sent them: what a report shows of a run as a whole.

use jiff::Timestamp;
use serde_json::Value;

use super::column::Columns as _;
use super::{Ledger, RunId, from_json};
use crate::problem::Result;

/// Most names of operators that a run keeps.
const OPERATORS_MAX: usize = 50;

/// A request as the timeline shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    /// When its intent was written down.
    pub left: Timestamp,
    /// When its verdict was; none where a crash came between.
    pub settled: Option<Timestamp>,
    /// The verdict's word; none as before.
    pub verdict: Option<String>,
    /// Whether its chunk had been sent before.
    pub repeats: bool,
}

impl Ledger {
    /// The requests of a run in the order in which they left.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn departures(&self, run: RunId) -> Result<Vec<Departure>> {
        let select = "SELECT started_at, finished_at, verdict, EXISTS (SELECT 1 FROM attempt b WHERE b.chunk = a.chunk \
             AND b.id < a.id) FROM attempt a WHERE run = ? ORDER BY id";
        let mut departures = Vec::new();
        for row in self.done(sqlx::query(select).bind(run).fetch_all(&self.pool).await)? {
            let time = |text: Option<String>| text.and_then(|text| text.parse::<Timestamp>().ok());
            let Some(left) = time(Some(row.value(0)?)) else { continue };
            departures.push(Departure {
                left,
                settled: time(row.value(1)?),
                verdict: row.value(2)?,
                repeats: row.value(3)?,
            });
        }
        Ok(departures)
    }

    /// Writes down who sends a run; whoever sent it last is not named twice.
    ///
    /// # Errors
    /// `ledger-unwritable`.
    pub async fn note_operator(&self, run: RunId, name: &str) -> Result<()> {
        let query = sqlx::query("SELECT settings FROM run WHERE id = ?").bind(run);
        let row = self.done(query.fetch_one(&self.pool).await)?;
        let mut settings: Value = from_json(&row.value::<String>(0)?)?;
        let mut operators = settings["operators"].as_array().cloned().unwrap_or_default();
        if operators.last().and_then(Value::as_str) == Some(name) || operators.len() >= OPERATORS_MAX {
            return Ok(());
        }
        operators.push(name.into());
        settings["operators"] = operators.into();
        let query =
            sqlx::query("UPDATE run SET settings = ? WHERE id = ?").bind(settings.to_string()).bind(run);
        self.done(query.execute(&self.pool).await).map(|_| ())
    }
}
