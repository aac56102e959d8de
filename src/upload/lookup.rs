//! Looking a record up in the CRM by the value of a field, paced and written down like any request.
//!
//! A look-up changes nothing in the CRM, so it is repeated where its answer is not clear, as often as a chunk is
//! attempted; waits, quota, stops and the pace are those of all requests. What an answer means is not decided here
//! but in [`crate::target::query`], and what it settles is the asker's matter: [`Lookups::find`] keeps the id of a
//! record, so that no value is asked for twice in a run, and the read-back settles a record of unknown outcome.

use std::time::Duration;

use crate::lang::Code;
use crate::ledger::{Answered, LookupKind, Resolved};
use crate::problem::{Failure, Result};
use crate::target::query::{Found, Question};
use crate::target::{Reply, Verdict, asked_wait, broken};

use super::shared::{Shared, backoff};
use super::{Sender, detail, paced};

/// Look-ups of one phase of a run.
pub struct Lookups<'s> {
    pub(super) sender: &'s Sender<'s>,
    pub(super) shared: &'s Shared,
}

/// Why a value has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unanswered {
    /// The CRM refuses the question; other values need not be asked for either.
    Refused(Code, String),
    /// No answer could be understood.
    Unclear(Code, String),
    /// The run stops, and its reason is told by what stops it.
    Stopping,
}

impl Lookups<'_> {
    /// The record that has a value, by its id in the CRM. Each value is asked for once in a run, resumed or not; one
    /// without an answer is asked for again when it is wanted again.
    ///
    /// # Errors
    /// `ledger-unwritable`.
    pub async fn find(&self, question: &Question, value: &str) -> Result<Result<Resolved, Unanswered>> {
        let Sender { ledger, run, .. } = *self.sender;
        if let Some(known) = ledger.resolved(run, LookupKind::Id, question, value).await? {
            return Ok(Ok(known));
        }
        let (found, answered) = match self.ask(question, value).await? {
            Ok(answer) => answer,
            Err(unanswered) => return Ok(Err(unanswered)),
        };
        let resolved = Resolved::of(&found);
        ledger.resolve(run, &answered, (question, value), &resolved).await?;
        Ok(Ok(resolved))
    }

    /// Asks for a value until there is an answer. That is not written down yet: it is to be so together with what it
    /// settles.
    pub(super) async fn ask(
        &self,
        question: &Question,
        value: &str,
    ) -> Result<Result<(Found, Answered), Unanswered>> {
        let mut attempts = 0;
        loop {
            let pass = self.shared.breaker.pass().await;
            if !self.sender.may_send(self.shared).await {
                return Ok(Err(Unanswered::Stopping));
            }
            if !self.shared.breaker.still_lets(&pass) {
                continue;
            }
            attempts += 1;
            if let Some(result) = self.attempt(question, value, attempts).await? {
                return Ok(result);
            }
        }
    }

    /// One request; nothing when it is to be repeated.
    async fn attempt(
        &self,
        question: &Question,
        value: &str,
        attempts: u32,
    ) -> Result<Option<Result<(Found, Answered), Unanswered>>> {
        let Sender { ledger, run, operation, wire, pace, .. } = *self.sender;
        let request = question.request(operation, value);
        let lookup = ledger.begin_lookup(run, request.body.bytes(), jiff::Timestamp::now()).await?;
        let left = pace.leave();
        let reply = wire.send(request).await;
        let (status, found) = match &reply {
            Reply::Answer(answer) => (Some(answer.status), question.read(answer, value)),
            Reply::Broken(stage, reason) => (None, Err(broken(*stage, reason))),
        };
        let asked = paced::believable(asked_wait(&reply));
        let verdict = found.as_ref().err().cloned().unwrap_or(Verdict::Answered(Vec::new()));
        tracing::info!(run, verdict = verdict.word(), status, "looked up");
        let (word, at) = (verdict.word(), jiff::Timestamp::now());
        let answered = Answered { lookup, verdict: word, status, detail: detail(&verdict), at };
        let result = if let Ok(found) = found {
            self.shared.answered();
            self.shared.clear_unknown();
            Some(Ok((found, answered)))
        } else {
            ledger.end_lookup(&answered).await?;
            self.judge(&verdict, (attempts, asked)).map(Err)
        };
        self.sender.learn_pace(self.shared, &verdict, asked, left).await;
        Ok(result)
    }

    /// What a verdict that is no answer does to the run; nothing when the look-up is to be repeated, which it is only
    /// if the run goes on.
    fn judge(&self, verdict: &Verdict, (attempts, asked): (u32, Option<Duration>)) -> Option<Unanswered> {
        let Lookups { sender, shared } = self;
        match verdict {
            Verdict::NotNow(_, reason) => {
                sender.asked_to_wait(shared, asked, reason);
                None
            }
            // The run stops when the pace has said from when there are calls again.
            Verdict::QuotaEnded(_) => {
                shared.count_refused();
                None
            }
            Verdict::NotSent(reason) => {
                sender.not_reached(shared, reason);
                None
            }
            Verdict::TokenRefused(reason) => {
                let refused = Failure::new(Code::TokenRefused).with("value", sender.run);
                shared.stop(refused.with("reason", reason));
                None
            }
            Verdict::Unknown(code, reason) => {
                shared.count_unknown();
                let again = attempts < sender.policy.attempts_max
                    && sender.wait(shared, asked.unwrap_or_else(|| backoff(attempts)), reason, false);
                (!again).then(|| Unanswered::Unclear(*code, reason.clone()))
            }
            Verdict::EndpointRefused(code, reason) => Some(Unanswered::Refused(*code, reason.clone())),
            Verdict::Answered(_) | Verdict::Refused(_) | Verdict::TooLarge(_) => {
                shared.answered();
                Some(Unanswered::Refused(Code::CrmRefused, detail(verdict)))
            }
        }
    }
}
