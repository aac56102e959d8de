//! Read-back: records of unknown outcome are looked for in the CRM, one call each, and settled by what is there.
//!
//! One that is there with the same fields counts as accepted; one that is not there is sent once more, in this run and
//! not again; all others stay held. It happens at the end of a run, where the profile turns it on, and never while
//! anything else waits to be sent. What the ledger sent of a record before is held against it: where nothing that can be
//! seen has changed since (its obligations cannot), what is there may be the old one; and where the CRM's own dates say
//! that it was not written since the chain of runs began, it is. What others wrote into the CRM is not known, so without
//! dates one that was there already with the same fields is taken for accepted too.

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use jiff::Timestamp;

use crate::ledger::{ReadBack, Resolved, Run, Tenant, Unread};
use crate::portfolio::bodies::fingerprint;
use crate::portfolio::known::Known;
use crate::problem::{Failure, Result};
use crate::report::mask;
use crate::target::query::{Found, Question};
use crate::target::read_back::{differing, is_older};

use super::lookup::{Lookups, Unanswered};
use super::refusals::Refusals;
use super::shared::Shared;
use super::{Event, Sender, UNKNOWN_STREAK_MAX};

/// What is known of the time before the records were sent.
struct Before {
    /// What the CRM had accepted then.
    known: Known,
    /// When the chain of runs began; nothing of it was sent before.
    began: Timestamp,
}

impl Sender<'_> {
    /// Looks for every record of the run whose outcome is unknown, and sends those once more that are not there. Gives
    /// why it stopped before the end, if it did; `stop` is asked as by [`Sender::send`].
    ///
    /// # Errors
    /// `ledger-unwritable`: nothing further was asked or sent.
    pub async fn read_back(&mut self, stop: impl AsyncFnMut()) -> Result<Option<Failure>> {
        let Some(question) = self.policy.read_back.clone() else { return Ok(None) };
        let records = self.ledger.unread_records(self.run).await?;
        let refusals = Refusals::new(self.ledger.split_so_far(self.run).await?);
        let shared = Shared::new(self.policy.patience, refusals);
        let before = self.known_before(&records).await?;
        let work = self.look_and_resend((&question, &before), &records, &shared);
        let result = self.until_stopped(&shared, stop, work);
        let result = result.await;
        let held = self.ledger.hold_interrupted(self.run).await;
        self.policy.patience = shared.patience_left();
        result?;
        held?;
        let unread = self.ledger.unread_count(self.run).await?;
        // With what is left to look for, going on is more than deciding.
        Ok(shared.reason().map(|reason| if unread > 0 { reason.with("unread", unread) } else { reason }))
    }

    /// What the CRM had before these records, of which nobody knows, were sent.
    async fn known_before(&self, records: &[Unread]) -> Result<Before> {
        let Run { root, server, operation, target, .. } = self.ledger.run(self.run).await?;
        let began = self.ledger.run(root).await?.started_at;
        if records.is_empty() {
            return Ok(Before { known: Known::default(), began });
        }
        let known = self.ledger.known_before(&Tenant { server, operation, target }).await?;
        Ok(Before { known, began })
    }

    async fn look_and_resend(
        &self,
        asked: (&Question, &Before),
        records: &[Unread],
        shared: &Shared,
    ) -> Result<()> {
        if !records.is_empty() {
            (self.tell)(Event::LookingUp { records: records.len() as u64 });
            self.look_for_all(asked, records, shared).await?;
        }
        if shared.is_stopping() {
            return Ok(());
        }
        let again = self.ledger.resend_absent(self.run).await?;
        (self.tell)(Event::Resent { chunks: again.len() as u64 });
        self.send_all(&again, shared).await
    }

    async fn look_for_all(
        &self,
        asked: (&Question, &Before),
        records: &[Unread],
        shared: &Shared,
    ) -> Result<()> {
        let lookups = Lookups { sender: self, shared };
        let mut under_way = FuturesUnordered::new();
        let mut waiting = records.iter();
        let (mut refused, mut unclear) = (None, 0);
        loop {
            while under_way.len() < self.policy.concurrency && !shared.is_stopping() && refused.is_none() {
                let Some(record) = waiting.next() else { break };
                under_way.push(self.look_for(&lookups, asked, record));
            }
            let Some(result) = under_way.next().await else { break };
            match result.inspect_err(|failure| shared.stop(failure.clone()))? {
                Ok(()) => {
                    unclear = 0;
                    (self.tell)(Event::LookedUp);
                }
                Err(Unanswered::Refused(_, reason)) => refused = Some(reason),
                Err(Unanswered::Unclear(_, reason)) => {
                    unclear += 1;
                    // A CRM that answers no question is not asked a thousand times.
                    if unclear >= UNKNOWN_STREAK_MAX {
                        refused = Some(reason);
                    }
                }
                Err(Unanswered::Stopping) => {}
            }
        }
        if let Some(reason) = refused {
            // It may repeat what was asked for.
            let reason = mask::reason(&reason);
            tracing::warn!(reason, "records of unknown outcome cannot be looked for");
            (self.tell)(Event::LookupsRefused { reason });
        }
        Ok(())
    }

    /// Looks for one record and writes down what that shows.
    async fn look_for(
        &self,
        lookups: &Lookups<'_>,
        (question, before): (&Question, &Before),
        record: &Unread,
    ) -> Result<Result<(), Unanswered>> {
        let (found, answered) = match lookups.ask(question, &record.key).await? {
            Ok(answer) => answer,
            Err(unanswered) => return Ok(Err(unanswered)),
        };
        let is_older = matches!(&found, Found::One(hit) if is_older(&hit.fields, before.began));
        let shown = match compared(&found, &record.fragment) {
            ReadBack::Same(id) if is_older || !self.has_changed(&before.known, record).await? => {
                ReadBack::AsBefore(id)
            }
            shown => shown,
        };
        self.ledger.settle_read_back(self.run, &answered, (question, record), &shown).await?;
        Ok(Ok(()))
    }
}

impl Sender<'_> {
    /// Whether what can be seen of a record is not what it was when the CRM accepted it last, or it never did: only then
    /// does what is there show that it was written.
    async fn has_changed(&self, before: &Known, record: &Unread) -> Result<bool> {
        let fingerprint = fingerprint(self.ledger.secret(), &record.key, &record.fragment);
        let Some(sent) = before.accepted_otherwise(&fingerprint) else { return Ok(true) };
        let earlier = self.ledger.sent_body(sent).await?.unwrap_or_default();
        // What was forgotten cannot be told from what is there.
        let earlier = serde_json::from_slice(&earlier).ok();
        Ok(earlier.is_some_and(|earlier| !differing(&record.fragment, &earlier).is_empty()))
    }
}

/// What an answer shows of a record that was sent so.
fn compared(found: &Found, fragment: &[u8]) -> ReadBack {
    match found {
        Found::Nothing => ReadBack::Absent,
        Found::Several(_) | Found::Others(_) => ReadBack::Unclear(Resolved::of(found)),
        Found::One(hit) => match differing(fragment, &hit.fields) {
            fields if fields.is_empty() => ReadBack::Same(hit.id.clone()),
            fields => ReadBack::Differs(hit.id.clone(), fields),
        },
    }
}
