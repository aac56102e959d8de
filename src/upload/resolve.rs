//! Holes are filled: the CRM's id of a record is looked up by its Identification before anything is sent.
//!
//! Each Identification is asked for once in a run, resumed or not; what the CRM does not know, or knows more than once,
//! is rejected with its reason and never guessed. Where no answer can be understood, the record waits for `resume`.

use std::collections::HashSet;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;

use crate::lang::Code;
use crate::ledger::{Ledger, LookupKind, Outgoing, Resolved, RunId, Waiting};
use crate::problem::{Failure, Result};
use crate::target::query::Question;
use crate::target::{Exception, hole};

use super::lookup::{Lookups, Unanswered};
use super::shared::Shared;
use super::{Event, Sender, UNKNOWN_STREAK_MAX};

/// The Identifications that waiting chunks ask for and the run has no answer for yet, each once, in order.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn unresolved(
    ledger: &Ledger,
    run: RunId,
    question: &Question,
    chunks: &[Waiting],
) -> Result<Vec<String>> {
    let (mut seen, mut wanted) = (HashSet::new(), Vec::new());
    for (id, _) in chunks {
        let loaded = ledger.load_chunk(*id).await?;
        for identification in loaded.chunk.fragments().into_iter().filter_map(hole::wanted) {
            if seen.insert(identification.clone())
                && ledger.resolved(run, LookupKind::Id, question, &identification).await?.is_none()
            {
                wanted.push(identification);
            }
        }
    }
    Ok(wanted)
}

/// What becomes of a chunk once its hole is looked at.
pub(super) enum Filled {
    /// It can be sent.
    Ready(Outgoing),
    /// It is rejected; nothing of it was sent.
    Rejected,
    /// There was no answer; it waits for `resume`.
    Waits,
}

impl Sender<'_> {
    /// Looks up what the chunks that are to be sent ask for.
    pub(super) async fn resolve_all(&self, chunks: &[Waiting], shared: &Shared) -> Result<()> {
        let Some(question) = self.target.looks_up(self.dialect) else { return Ok(()) };
        let most = self.policy.limit_records.and_then(|limit| usize::try_from(limit).ok());
        let to_send = &chunks[..chunks.len().min(most.unwrap_or(usize::MAX))];
        let wanted = unresolved(self.ledger, self.run, &question, to_send).await?;
        if wanted.is_empty() {
            return Ok(());
        }
        (self.tell)(Event::Resolving { records: wanted.len() as u64 });
        let lookups = Lookups { sender: self, shared };
        let mut under_way = FuturesUnordered::new();
        let (mut waiting, mut unclear) = (wanted.iter(), 0);
        loop {
            while under_way.len() < self.policy.concurrency && !shared.is_stopping() {
                let Some(identification) = waiting.next() else { break };
                under_way.push(lookups.find(&question, identification));
            }
            let Some(result) = under_way.next().await else { return Ok(()) };
            let reason = match result.inspect_err(|failure| shared.stop(failure.clone()))? {
                Ok(_) => {
                    unclear = 0;
                    (self.tell)(Event::LookedUp);
                    continue;
                }
                Err(Unanswered::Stopping) => continue,
                Err(Unanswered::Refused(_, reason)) => reason,
                Err(Unanswered::Unclear(_, reason)) => {
                    unclear += 1;
                    if unclear < UNKNOWN_STREAK_MAX {
                        continue;
                    }
                    reason
                }
            };
            // A CRM that answers no question is not asked a thousand times.
            shared.stop(self.cannot_look_up().with("reason", reason));
        }
    }

    /// Fills the hole of a chunk, if it has one; without an id its record is rejected, or waits.
    pub(super) async fn fill(&self, loaded: Outgoing) -> Result<Filled> {
        let Some(question) = self.target.looks_up(self.dialect) else { return Ok(Filled::Ready(loaded)) };
        let Some(identification) = hole::wanted(loaded.body()) else { return Ok(Filled::Ready(loaded)) };
        let known = self.ledger.resolved(self.run, LookupKind::Id, &question, &identification).await?;
        let (code, detail) = match known {
            Some(Resolved::Found(id)) => {
                let filled = hole::filled(loaded.body(), &id);
                return Ok(Filled::Ready(loaded.with_fragment(filled)));
            }
            Some(Resolved::NotFound) => (Code::RecordNotFound, String::new()),
            Some(Resolved::Others(count)) => (Code::RecordNotFound, count.to_string()),
            Some(Resolved::Ambiguous(count)) => (Code::RecordAmbiguous, count.to_string()),
            None => return Ok(Filled::Waits),
        };
        let rejection = Exception { ordinal: 0, rejected: true, code, detail };
        self.ledger.reject_unsent(self.run, &loaded, &rejection).await?;
        (self.tell)(Event::Settled { records: loaded.record_count() as u64 });
        Ok(Filled::Rejected)
    }

    /// Why records wait that nothing else holds back.
    pub(super) fn cannot_look_up(&self) -> Failure {
        Failure::new(Code::LookupsRefused).with("value", self.run)
    }
}
