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
use crate::report::mask;
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
        let Sender { ledger, run, dialect, wire, pace, .. } = *self.sender;
        let request = question.request(&dialect.operation, value);
        let lookup = ledger.begin_lookup(run, request.body.bytes(), jiff::Timestamp::now()).await?;
        let left = pace.leave().await;
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
                sender.asked_to_wait(shared, asked, &mask::reason(reason));
                None
            }
            // The run stops when the pace has said from when there are calls again.
            Verdict::QuotaEnded(_) => {
                shared.count_refused();
                None
            }
            Verdict::NotSent(reason) => {
                sender.not_reached(shared, &mask::reason(reason));
                None
            }
            Verdict::TokenRefused(reason) => {
                let refused = Failure::new(Code::TokenRefused).with("value", sender.run);
                shared.stop(refused.with("reason", mask::reason(reason)));
                None
            }
            Verdict::Unknown(code, reason) => {
                shared.count_unknown();
                let (time, told) = (asked.unwrap_or_else(|| backoff(attempts)), mask::reason(reason));
                let again = attempts < sender.policy.attempts_max && sender.wait(shared, time, &told, false);
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

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::path::Path;

    use jiff::tz::TimeZone;

    use super::*;
    use crate::ledger::{Ledger, NewRun, RunKind};
    use crate::sandbox::{Sandbox, SandboxConfig};
    use crate::secret::{ServerUrl, Token};
    use crate::target::{self, Dialect};
    use crate::upload::Policy;
    use crate::upload::pace::{Pace, Rules};
    use crate::upload::refusals::Refusals;
    use crate::upload::wire::Wire;

    /// A stand-in that has one record, and a run that may ask it.
    struct Bench {
        sandbox: Sandbox,
        ledger: Ledger,
        wire: Wire,
        pace: Pace,
        run: i64,
        _folder: tempfile::TempDir,
    }

    async fn pace(state: &Path, run: i64) -> Pace {
        let many = NonZeroU32::new(1000).unwrap();
        let rules = Rules {
            run,
            requests: many,
            period: Duration::from_secs(1),
            burst: many,
            daily_budget: None,
            reserve: 0,
            heeds_quota: false,
            zone: TimeZone::UTC,
        };
        Pace::join(state, "name", rules).await.unwrap()
    }

    impl Bench {
        async fn new(faults: &[&str]) -> Bench {
            let folder = tempfile::tempdir().unwrap();
            let mut config = SandboxConfig::new(folder.path().join("crm"));
            config.faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
            let sandbox = Sandbox::start(config).await.unwrap();
            let ledger = Ledger::open(folder.path()).await.unwrap();
            let url = ServerUrl::parse(&format!("http://{}", sandbox.address())).unwrap();
            let token = Token::new("ensayo").unwrap();
            let wire = Wire::new(url, &token, Duration::from_secs(5), false).unwrap();
            let new = NewRun {
                parent: None,
                kind: RunKind::Load,
                target: "collections".into(),
                server: "sandbox".into(),
                operation: "demo".into(),
                mapping: String::new(),
                settings: serde_json::Value::Null,
                started_at: jiff::Timestamp::UNIX_EPOCH,
            };
            let run = ledger.begin_run(&new).await.unwrap();
            let record =
                br#"{"Identification":"0071","Name":"Ana Prueba","Email":"a@example.com","Telephone":"300",
                "Obligations":[{"id":"1","name":"x"}]}"#;
            let dialect = Dialect::new("demo");
            let load = target::by_name("collections").unwrap().request(&dialect, &[record]);
            assert!(matches!(wire.send(load).await, Reply::Answer(answer) if answer.status == 200));
            let pace = pace(folder.path(), run).await;
            Bench { sandbox, ledger, wire, pace, run, _folder: folder }
        }

        async fn find(&self, field: &str, value: &str) -> Result<Resolved, Unanswered> {
            let sender = Sender {
                ledger: &self.ledger,
                run: self.run,
                target: target::by_name("collections").unwrap(),
                dialect: &Dialect::new("demo"),
                wire: &self.wire,
                pace: &self.pace,
                policy: Policy {
                    concurrency: 1,
                    attempts_max: 2,
                    patience: Duration::from_mins(1),
                    resend_unknown: false,
                    limit_records: None,
                    read_back: None,
                },
                tell: &|_event| {},
            };
            let shared = Shared::new(sender.policy.patience, Refusals::new((1, 0, None)));
            let question = Question { module: "collections".into(), field: field.into() };
            Lookups { sender: &sender, shared: &shared }.find(&question, value).await.unwrap()
        }
    }

    #[tokio::test]
    async fn a_value_is_asked_for_once_in_a_run() {
        let bench = Bench::new(&["twins@5"]).await;
        let found = bench.find("Identification", "0071").await.unwrap();
        assert!(matches!(&found, Resolved::Found(id) if id.len() == 24), "{found:?}");
        assert_eq!(bench.find("Identification", "71").await, Ok(Resolved::NotFound));
        assert_eq!(bench.find("Identification", "0071").await, Ok(found));
        assert_eq!(bench.find("Identification", "71").await, Ok(Resolved::NotFound));
        assert_eq!(bench.sandbox.requests(), 3);
        assert!(matches!(
            bench.find("Documento", "0071").await,
            Err(Unanswered::Refused(Code::CrmRefused, _))
        ));
        let counts = bench.ledger.upload_counts(bench.run).await.unwrap();
        assert_eq!((counts.requests, counts.lookups, counts.read_back.accepted), (3, 3, 0));
    }

    #[tokio::test]
    async fn what_is_not_one_record_is_not_taken_for_it_and_what_is_unclear_is_asked_again() {
        let bench = Bench::new(&["twins@2", "empty@3-4"]).await;
        assert_eq!(bench.find("Identification", "0071").await, Ok(Resolved::Ambiguous(2)));
        let unclear = bench.find("Identification", "71").await;
        assert!(matches!(unclear, Err(Unanswered::Unclear(Code::UnreadableAnswer, _))), "{unclear:?}");
        assert_eq!(bench.find("Identification", "71").await, Ok(Resolved::NotFound));
        assert_eq!(bench.sandbox.requests(), 5);
    }
}
