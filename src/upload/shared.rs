//! What all requests of a run share: whether it goes on, until when it waits, and how patient it still is.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::problem::Failure;
use crate::target::Oddity;

use super::breaker::Breaker;
use super::pace::{MayWait, Pace};
use super::refusals::Refusals;

/// The first wait, where the CRM names none.
const BACKOFF_FIRST: Duration = Duration::from_secs(1);
/// The longest wait, where the CRM names none.
const BACKOFF_MOST: Duration = Duration::from_mins(1);

/// Full jitter: anything up to the doubled wait, so that many senders do not come back together.
pub(super) fn backoff(tries: u32) -> Duration {
    let most = BACKOFF_FIRST.saturating_mul(1 << tries.saturating_sub(1).min(10)).min(BACKOFF_MOST);
    most.mul_f64(rand::random_range(0.05..1.0))
}

/// The state that all requests of a run share.
pub(super) struct Shared {
    /// What refusals have taught.
    pub(super) refusals: Refusals,
    /// Closed while the CRM answers.
    pub(super) breaker: Breaker,
    inner: Mutex<Inner>,
    stopping: watch::Sender<bool>,
}

struct Inner {
    reason: Option<Failure>,
    held_until: Option<Instant>,
    patience_left: Duration,
    refused: u32,
    unknown: u32,
    ever_answered: bool,
    odd: Vec<Oddity>,
}

impl Shared {
    pub(super) fn new(patience: Duration, refusals: Refusals) -> Shared {
        let inner = Inner {
            reason: None,
            held_until: None,
            patience_left: patience,
            refused: 0,
            unknown: 0,
            ever_answered: false,
            odd: Vec::new(),
        };
        let breaker = Breaker::default();
        Shared { refusals, breaker, inner: Mutex::new(inner), stopping: watch::Sender::new(false) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics while the lock is held; if it did, the values would still be whole.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// No new request from now on; the first reason given is the one that is told.
    pub(super) fn stop(&self, reason: Failure) {
        self.lock().reason.get_or_insert(reason);
        self.stopping.send_replace(true);
    }

    pub(super) fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    pub(super) fn reason(&self) -> Option<Failure> {
        self.lock().reason.take()
    }

    /// Waits for the run's turn and for the pace's; false when the run stops meanwhile. `may_wait` judges a wait
    /// that the CRM asked of another run.
    pub(super) async fn may_send(&self, pace: &Pace, may_wait: &MayWait<'_>) -> bool {
        let mut stopping = self.stopping.subscribe();
        let turn = async {
            loop {
                let held_until = self.lock().held_until;
                match held_until {
                    Some(instant) if instant > Instant::now() => sleep_until(instant).await,
                    _ => {}
                }
                pace.turn(may_wait).await?;
                // Another request may have been told to wait while this one waited for its turn.
                if self.lock().held_until.is_none_or(|instant| instant <= Instant::now()) {
                    return Ok::<(), Failure>(());
                }
            }
        };
        tokio::select! {
            biased;
            _ = stopping.wait_for(|stopping| *stopping) => false,
            turn = turn => turn.inspect_err(|failure: &Failure| self.stop(failure.clone())).is_ok(),
        }
    }

    /// Lets the whole run wait; false when the patience does not reach so far.
    pub(super) fn hold(&self, time: Duration) -> bool {
        let mut inner = self.lock();
        // Requests that were under way together are told to wait together; that is one wait.
        let known =
            inner.held_until.map_or(Duration::ZERO, |held| held.saturating_duration_since(Instant::now()));
        let longer = time.saturating_sub(known);
        if longer > inner.patience_left {
            return false;
        }
        let until = Instant::now() + time;
        inner.patience_left -= longer;
        inner.held_until = Some(inner.held_until.map_or(until, |held| held.max(until)));
        true
    }

    /// How long a CRM that is away may still be waited for.
    pub(super) fn patience_left(&self) -> Duration {
        self.lock().patience_left
    }

    /// How long the run is told to wait still.
    pub(super) fn is_held_for(&self) -> Duration {
        let held_until = self.lock().held_until;
        held_until.map_or(Duration::ZERO, |held| held.saturating_duration_since(Instant::now()))
    }

    pub(super) fn answered(&self) {
        self.breaker.close();
        let mut inner = self.lock();
        inner.refused = 0;
        inner.ever_answered = true;
    }

    pub(super) fn was_ever_answered(&self) -> bool {
        self.lock().ever_answered
    }

    /// How many times in a row the CRM was away or busy, this time included.
    pub(super) fn count_refused(&self) -> u32 {
        self.breaker.open();
        let mut inner = self.lock();
        inner.refused += 1;
        inner.refused
    }

    /// How many chunks in a row are unknown, this one included.
    pub(super) fn count_unknown(&self) -> u32 {
        self.breaker.open();
        let mut inner = self.lock();
        inner.unknown += 1;
        inner.unknown
    }

    /// Whether an oddity was not met before; it is then.
    pub(super) fn is_new(&self, oddity: Oddity) -> bool {
        let mut inner = self.lock();
        let is_new = !inner.odd.contains(&oddity);
        if is_new {
            inner.odd.push(oddity);
        }
        is_new
    }

    pub(super) fn clear_unknown(&self) {
        self.lock().unknown = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Code;

    #[tokio::test(start_paused = true)]
    async fn a_wait_holds_every_request_and_uses_the_patience_once() {
        let shared = Shared::new(Duration::from_secs(10), Refusals::new((1, 0, None)));
        let folder = tempfile::tempdir().unwrap();
        let pace = Pace::on_tokio(folder.path(), 1000, 1000).await;
        let start = Instant::now();
        assert!(shared.hold(Duration::from_secs(6)));
        assert!(shared.hold(Duration::from_secs(6)), "the same wait, told to a second request");
        assert!(shared.may_send(&pace, &|_| Ok(())).await);
        let waited = start.elapsed();
        assert!(waited >= Duration::from_secs(6) && waited < Duration::from_millis(6100), "{waited:?}");
        assert!(!shared.hold(Duration::from_secs(5)), "only 4 s of patience are left");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_ends_every_wait() {
        let shared = Shared::new(Duration::from_secs(1000), Refusals::new((1, 0, None)));
        let folder = tempfile::tempdir().unwrap();
        let pace = Pace::on_tokio(folder.path(), 1, 1).await;
        assert!(shared.hold(Duration::from_mins(15)));
        shared.stop(Failure::new(Code::StoppedByUser));
        shared.stop(Failure::new(Code::CrmDown));
        assert!(!shared.may_send(&pace, &|_| Ok(())).await);
        assert_eq!(shared.reason().map(|failure| failure.code), Some(Code::StoppedByUser));
    }

    #[test]
    fn backoff_grows_and_is_bounded() {
        for tries in 1..100 {
            let wait = backoff(tries);
            assert!(wait > Duration::ZERO && wait <= BACKOFF_MOST);
        }
        assert!(backoff(1) <= BACKOFF_FIRST);
    }
}
