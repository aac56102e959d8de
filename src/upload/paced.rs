//! What sending has to do with the pace: a request's turn before it leaves, and what its answer says of the pace.
//!
//! A wait that the CRM asks for is everybody's: it holds this run's requests by [`Shared`], and every other run of
//! the machine by the [`super::pace`]. It counts against the run's patience once, whoever was told of it.

use std::time::Duration;

use crate::lang::{Code, Say};
use crate::ledger::Fate;
use crate::problem::{Failure, Result};
use crate::report::mask;
use crate::target::Verdict;

use super::pace::{HOLD_MOST, Left, Tempo, Wait};
use super::shared::{Shared, backoff};
use super::{After, Event, Sender};

/// Waits that differ by less are one and the same.
const SAME_WAIT: Duration = Duration::from_millis(500);

/// The wait that an answer asks for, as far as it is heeded: no time at all, or one in the past, is no hint; more
/// than a day is not believed.
pub(super) fn believable(asked: Option<Duration>) -> Option<Duration> {
    asked.filter(|time| !time.is_zero()).map(|time| time.min(HOLD_MOST))
}

impl Sender<'_> {
    /// Waits for the run's turn and for the pace's; false when the run stops meanwhile.
    pub(super) async fn may_send(&self, shared: &Shared) -> bool {
        let may_wait = |wait: Wait| {
            let time = match wait {
                Wait::Asked(time) => time,
                Wait::Spent(time) => return self.wait_for_calls(shared, time),
            };
            if time.saturating_sub(shared.is_held_for()) < SAME_WAIT {
                return Ok(());
            }
            // Another run was told to wait, or an earlier one.
            if !shared.hold(time) {
                return Err(self.too_long(time).with_say("reason", Say::ReasonAskedOther));
            }
            tracing::warn!(seconds = time.as_secs_f64(), "waiting: another run was asked to");
            (self.tell)(Event::Held { time });
            Ok(())
        };
        shared.may_send(self.pace, &may_wait).await
    }

    /// No calls are left: the run waits for more where its patience reaches so far.
    fn wait_for_calls(&self, shared: &Shared, time: Duration) -> Result<()> {
        if time.saturating_sub(shared.is_held_for()) < SAME_WAIT {
            return Ok(());
        }
        if !shared.hold(time) {
            return Err(self.too_long(time));
        }
        tracing::warn!(seconds = time.as_secs_f64(), "waiting for calls of another day");
        (self.tell)(Event::OutOfCalls { time });
        Ok(())
    }

    /// The CRM says "later".
    pub(super) fn asked_to_wait(
        &self,
        shared: &Shared,
        asked: Option<Duration>,
        reason: &str,
    ) -> (Fate, After) {
        let tries = shared.count_refused();
        let time = asked.unwrap_or_else(|| backoff(tries));
        if !self.wait(shared, time, reason, true) {
            shared.stop(self.too_long(time).with("reason", reason));
        }
        (Fate::Planned, After::Again)
    }

    /// What a verdict, and the wait that its answer asked for, say of the pace, once they are written down. Without
    /// its pace the run stops.
    pub(super) async fn learn_pace(
        &self,
        shared: &Shared,
        verdict: &Verdict,
        asked: Option<Duration>,
        left: Left,
    ) {
        match self.tempo_after(shared, verdict, asked, left).await {
            Ok(Some(tempo)) => (self.tell)(Event::Paced(tempo)),
            Ok(None) => {}
            Err(failure) => shared.stop(failure),
        }
    }

    async fn tempo_after(
        &self,
        shared: &Shared,
        verdict: &Verdict,
        asked: Option<Duration>,
        left: Left,
    ) -> Result<Option<Tempo>> {
        // Whatever the verdict is: a server that is down for a while is so for every run.
        if let Some(time) = asked {
            self.pace.hold(time).await?;
        }
        match verdict {
            Verdict::NotNow(_, reason) => self.pace.refused(left, &mask::reason(reason)).await,
            Verdict::QuotaEnded(reason) => {
                let (ended, time) = self.pace.used_up(&mask::reason(reason)).await?;
                let waits = time.is_some_and(|time| self.wait_for_calls(shared, time).is_ok());
                if waits { Ok(None) } else { Err(ended) }
            }
            // Without an answer until the deadline is as slow as it gets.
            Verdict::Answered(_)
            | Verdict::Refused(_)
            | Verdict::TooLarge(_)
            | Verdict::Unknown(Code::NoAnswer, _) => self.pace.answered(left).await,
            _ => Ok(None),
        }
    }

    /// A wait that the patience does not reach for.
    pub(super) fn too_long(&self, time: Duration) -> Failure {
        self.pace.says_wait(time)
    }
}
