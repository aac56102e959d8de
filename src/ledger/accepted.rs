//! What each operation of a CRM is known to hold, as far as this ledger has sent it: the memory of `--only-changed`.
//!
//! It is what all runs of a tenant and target come to, request by request in the order in which they left: loads,
//! corrected reports, retries, whatever was split or stopped or went on later. A record accepted is known; one that was
//! rejected, refused or never sent leaves what was known before; one whose outcome is unknown is held, and one that was
//! sent again after that and not accepted is in doubt. What can still change (a request under way, an outcome that
//! nobody has decided) is looked at anew each time; all else is kept, so that each chunk is read once in its life and a
//! purge takes nothing of it away. Nothing here decides what is sent.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::column::Columns as _;
use super::runs::Run;
use super::{FILE_NAME, Ledger, RunId, compress, damaged, decompress, from_json, pack, to_json, unpack};
use crate::portfolio::bodies::fingerprint;
use crate::portfolio::known::{Known, Sent, Standing};
use crate::problem::Result;

/// Server, operation and target: where records are held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// The server, as reports name it.
    pub server: String,
    /// The CRM operation.
    pub operation: String,
    /// Name of the target.
    pub target: String,
}

/// What a comparison with what the CRM is known to hold came to. Chunks are those of earlier runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Compared {
    /// Nothing was known: all of the file is sent.
    pub knew_nothing: bool,
    /// Why all of the file is sent all the same: so much time may pass between full loads.
    pub full_every: Option<String>,
    /// The last full load of the mapping, where all of the file is sent again.
    pub last_full: Option<RunId>,
    /// The chunk in which the one of the unchanged records was sent that was sent last.
    pub unchanged_in: Option<i64>,
    /// Records that are held by chunks of earlier runs, and are not sent.
    pub held: u64,
    /// The first of those chunks.
    pub held_in: Option<i64>,
    /// Records of the mapping's last file that this one does not have.
    pub gone: u64,
    /// The run of that file.
    pub gone_since: Option<RunId>,
}

/// What is kept of a tenant.
#[derive(Default)]
struct Kept {
    known: Known,
    upto: i64,
    open: Vec<i64>,
}

/// A chunk about which there may be something new.
struct Touched {
    chunk: i64,
    root: RunId,
    state: String,
    is_taken_over: bool,
    /// The last request with it whose outcome was unknown.
    doubted: Option<i64>,
    /// Its last request; of one that was settled without any, the last one of its chain until then.
    attempt: i64,
}

/// What became of a record that was not accepted, and whether a later run took it over.
type Outcomes = HashMap<u32, (String, bool)>;

impl Touched {
    /// What its end says of a record, and the request that says so; nothing where it leaves what was known.
    fn standing(&self, outcome: Option<&(String, bool)>) -> Option<(Standing, i64)> {
        let unknown = if self.is_taken_over { Standing::Doubtful } else { Standing::Held };
        match (self.state.as_str(), outcome) {
            ("settled", None) => Some((Standing::Accepted, self.attempt)),
            ("settled", Some((word, false))) if word == "unknown" => Some((Standing::Held, self.attempt)),
            ("settled", Some((word, _))) if word != "rejected" => Some((Standing::Doubtful, self.attempt)),
            ("unknown" | "sending", _) => Some((unknown, self.attempt)),
            // It waits, was split, or was rejected.
            _ => self.doubted.map(|attempt| (Standing::Doubtful, attempt)),
        }
    }

    /// Whether its outcome may become known without another request of it.
    fn is_open(&self, outcomes: &Outcomes) -> bool {
        let undecided = |(word, is_taken_over): &(String, bool)| word == "unknown" && !is_taken_over;
        match self.state.as_str() {
            "settled" => outcomes.values().any(undecided),
            "unknown" | "sending" => !self.is_taken_over,
            _ => false,
        }
    }
}

impl Ledger {
    /// What a tenant is known to hold.
    ///
    /// # Errors
    /// When the ledger cannot be read or written.
    pub async fn known(&self, tenant: &Tenant) -> Result<Known> {
        self.known_but(tenant, &[]).await.map(|(_, known)| known)
    }

    /// What a tenant is known to hold, but for what nobody has decided yet.
    ///
    /// # Errors
    /// When the ledger cannot be read or written.
    pub async fn known_before(&self, tenant: &Tenant) -> Result<Known> {
        self.known_but(tenant, &[]).await.map(|(kept, _)| kept.known)
    }

    /// The body of a record as it was sent then; nothing where it was forgotten.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn sent_body(&self, sent: Sent) -> Result<Option<Vec<u8>>> {
        let chunk = self.load_chunk(i64::from(sent.chunk)).await?.chunk;
        Ok(chunk.fragments().get(sent.ordinal as usize).map(|body| body.to_vec()))
    }

    /// Forgets what a tenant was known to hold: it no longer holds it.
    ///
    /// # Errors
    /// `ledger-unwritable`.
    pub async fn forget_known(&self, tenant: &Tenant) -> Result<()> {
        let upto = self.last_attempt().await?;
        self.keep(tenant, &Kept { upto, ..Kept::default() }).await
    }

    /// The run to which a chunk belongs.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn run_of_chunk(&self, chunk: i64) -> Result<RunId> {
        let query = sqlx::query("SELECT run FROM chunk WHERE id = ?").bind(chunk);
        self.done(query.fetch_one(&self.pool).await)?.value(0)
    }

    /// Writes down what the tenants of some chains hold before their records are forgotten; with `all`, without what
    /// these chains have sent.
    pub(super) async fn keep_known(&self, roots: &[RunId], all: bool) -> Result<()> {
        let roots_json = to_json(&roots);
        let select = "SELECT DISTINCT server, operation, target FROM run WHERE root IN (SELECT value FROM json_each(?)) \
             AND kind <> 'check'";
        let query = sqlx::query(select).bind(&roots_json);
        for row in self.done(query.fetch_all(&self.pool).await)? {
            let tenant = Tenant { server: row.value(0)?, operation: row.value(1)?, target: row.value(2)? };
            let (mut kept, _) = self.known_but(&tenant, roots).await?;
            if all {
                let select = "SELECT c.id FROM chunk c JOIN run r ON r.id = c.run WHERE r.root IN (SELECT value FROM \
                     json_each(?))";
                let query = sqlx::query(select).bind(&roots_json).fetch_all(&self.pool).await;
                let rows = self.done(query)?;
                let chunks = rows.iter().map(|row| row.value(0)).collect::<Result<HashSet<u32>>>()?;
                kept.known.forget(|chunk| chunks.contains(&chunk));
                self.keep(&tenant, &kept).await?;
            }
        }
        Ok(())
    }

    /// What is kept of a tenant after everything new is in it, and the same with what may still change. Chains whose
    /// records are about to be forgotten do not change any more.
    async fn known_but(&self, tenant: &Tenant, forgotten: &[RunId]) -> Result<(Kept, Known)> {
        let mut kept = self.kept(tenant).await?;
        // Before the chunks are listed: what is sent meanwhile is looked at again.
        let upto = self.last_attempt().await?;
        let touched = self.touched(tenant, &kept).await?;
        let (mut open, mut undecided) = (Vec::new(), Vec::new());
        for touched in touched {
            let outcomes = self.outcomes(touched.chunk).await?;
            if touched.is_open(&outcomes) && !forgotten.contains(&touched.root) {
                open.push(touched.chunk);
                undecided.push((touched, outcomes));
            } else {
                self.learn(&mut kept.known, &touched, &outcomes).await?;
            }
        }
        if upto != kept.upto || open != kept.open {
            (kept.upto, kept.open) = (upto, open);
            self.keep(tenant, &kept).await?;
        }
        let mut known = kept.known.clone();
        for (touched, outcomes) in undecided {
            self.learn(&mut known, &touched, &outcomes).await?;
        }
        Ok((kept, known))
    }

    async fn last_attempt(&self) -> Result<i64> {
        let query = sqlx::query("SELECT coalesce(max(id), 0) FROM attempt");
        self.done(query.fetch_one(&self.pool).await)?.value(0)
    }

    async fn kept(&self, tenant: &Tenant) -> Result<Kept> {
        let select =
            "SELECT upto, open, body FROM accepted WHERE server = ? AND operation = ? AND target = ?";
        let query = sqlx::query(select).bind(&tenant.server).bind(&tenant.operation).bind(&tenant.target);
        let Some(row) = self.done(query.fetch_optional(&self.pool).await)? else {
            return Ok(Kept::default());
        };
        let known = Known::from_bytes(&decompress(row.value(2)?)?);
        let known = known.ok_or_else(|| damaged(Path::new(FILE_NAME), "accepted"))?;
        Ok(Kept { known, upto: row.value(0)?, open: from_json(row.value(1)?)? })
    }

    async fn keep(&self, tenant: &Tenant, kept: &Kept) -> Result<()> {
        let insert = "INSERT OR REPLACE INTO accepted (server, operation, target, upto, open, body) VALUES (?, ?, ?, ?, ?, ?)";
        let query = sqlx::query(insert)
            .bind(&tenant.server)
            .bind(&tenant.operation)
            .bind(&tenant.target)
            .bind(kept.upto)
            .bind(to_json(&kept.open))
            .bind(compress(&kept.known.to_bytes()));
        self.done(query.execute(&self.pool).await).map(|_| ())
    }

    /// The chunks that were sent since, those that were undecided, and those that were settled without being sent.
    async fn touched(&self, tenant: &Tenant, kept: &Kept) -> Result<Vec<Touched>> {
        let select = "WITH touched (chunk) AS (SELECT chunk FROM attempt WHERE id > ?1 \
             UNION SELECT value FROM json_each(?2) \
             UNION SELECT c.id FROM run r JOIN chunk c ON c.run = r.id WHERE r.kind = 'retry-unknown' AND c.state IN \
             ('settled', 'unknown') AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.chunk = c.id)) \
             SELECT c.id, r.root, c.state, c.retried_by IS NOT NULL, \
             (SELECT max(a.id) FROM attempt a WHERE a.chunk = c.id AND coalesce(a.verdict, 'unknown') = 'unknown'), \
             coalesce((SELECT max(a.id) FROM attempt a WHERE a.chunk = c.id), (SELECT max(a.id) FROM attempt a JOIN run e \
             ON e.id = a.run WHERE e.root = r.root AND e.id <= r.id), 0) \
             FROM touched t JOIN chunk c ON c.id = t.chunk JOIN run r ON r.id = c.run \
             WHERE r.server = ?3 AND r.operation = ?4 AND r.target = ?5 ORDER BY c.id";
        let query = sqlx::query(select).bind(kept.upto).bind(to_json(&kept.open));
        let query = query.bind(&tenant.server).bind(&tenant.operation).bind(&tenant.target);
        let rows = self.done(query.fetch_all(&self.pool).await)?;
        let read = |row: &sqlx::sqlite::SqliteRow| {
            Ok(Touched {
                chunk: row.value(0)?,
                root: row.value(1)?,
                state: row.value(2)?,
                is_taken_over: row.value(3)?,
                doubted: row.value(4)?,
                attempt: row.value(5)?,
            })
        };
        rows.iter().map(read).collect()
    }

    async fn outcomes(&self, chunk: i64) -> Result<Outcomes> {
        let select = "SELECT ordinal, state, retried_by IS NOT NULL FROM outcome WHERE chunk = ?";
        let rows = self.done(sqlx::query(select).bind(chunk).fetch_all(&self.pool).await)?;
        rows.iter().map(|row| Ok((row.value(0)?, (row.value(1)?, row.value(2)?)))).collect()
    }

    /// Takes in what became of the records of a chunk.
    async fn learn(&self, known: &mut Known, touched: &Touched, outcomes: &Outcomes) -> Result<()> {
        if touched.standing(None).is_none() {
            return Ok(());
        }
        let number = |id: i64| u32::try_from(id).map_err(|error| damaged(Path::new(FILE_NAME), error));
        let chunk = number(touched.chunk)?;
        let sent = self.load_chunk(touched.chunk).await?.chunk;
        for (ordinal, (entry, body)) in (0u32..).zip(sent.records.iter().zip(sent.fragments())) {
            if let Some((standing, attempt)) = touched.standing(outcomes.get(&ordinal)) {
                let attempt = number(attempt)?;
                let print = fingerprint(self.secret(), &entry.key, body);
                known.learn(&print, Sent { attempt, chunk, ordinal }, standing);
            }
        }
        Ok(())
    }

    /// The last load of a creditor's file with a mapping to a tenant before another run, and the last of those that
    /// left nothing out as unchanged and came to its end.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn loads_before(
        &self,
        run: RunId,
        mapping: &str,
        tenant: &Tenant,
    ) -> Result<(Option<RunId>, Option<Run>)> {
        let select = "SELECT run.id, run.state = 'finished' AND run.exit IN (0, 3, 5) AND EXISTS (SELECT 1 FROM chunk WHERE \
             chunk.run = run.id AND chunk.state = 'settled') AND NOT EXISTS (SELECT 1 FROM chunk WHERE chunk.run = run.id \
             AND chunk.state = 'unchanged') FROM profile JOIN run ON run.id = profile.run WHERE profile.mapping = ? AND \
             run.server = ? AND run.operation = ? AND run.target = ? AND run.kind = 'load' AND run.id <> ? \
             AND run.state NOT IN ('planning', 'refused') ORDER BY run.id DESC";
        let query = sqlx::query(select).bind(mapping).bind(&tenant.server).bind(&tenant.operation);
        let query = query.bind(&tenant.target).bind(run);
        let rows = self.done(query.fetch_all(&self.pool).await)?;
        let last = rows.first().map(|row| row.value(0)).transpose()?;
        for row in &rows {
            if row.value(1)? {
                return Ok((last, Some(self.run(row.value(0)?).await?)));
            }
        }
        Ok((last, None))
    }

    /// Remembers which records are gone from the file of a run, by where they were sent.
    ///
    /// # Errors
    /// `ledger-unwritable`.
    pub async fn add_gone(&self, run: RunId, gone: &[Sent]) -> Result<()> {
        let places: Vec<(i64, u32)> = gone.iter().map(|sent| (sent.chunk.into(), sent.ordinal)).collect();
        let insert = sqlx::query("INSERT INTO finding (run, kind, body) VALUES (?, 'gone', ?)");
        self.done(insert.bind(run).bind(pack(&places)).execute(&self.pool).await).map(|_| ())
    }

    /// The records that are gone from the file of a run, as far as they are not forgotten: the key, and the run that sent
    /// it last.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn gone(&self, run: RunId) -> Result<Vec<(String, RunId)>> {
        let places: Vec<(i64, u32)> = self.findings(run, "gone").await?;
        let mut gone = Vec::with_capacity(places.len());
        for of_chunk in places.chunk_by(|a, b| a.0 == b.0) {
            let query =
                sqlx::query("SELECT run, entries FROM chunk JOIN chunk_body ON chunk = id WHERE id = ?")
                    .bind(of_chunk[0].0);
            let row = self.done(query.fetch_one(&self.pool).await)?;
            let entries: Vec<crate::portfolio::RecordEntry> = unpack(row.value(1)?)?;
            for (_, ordinal) in of_chunk {
                if let Some(entry) = entries.get(*ordinal as usize) {
                    gone.push((entry.key.clone(), row.value(0)?));
                }
            }
        }
        Ok(gone)
    }
}
