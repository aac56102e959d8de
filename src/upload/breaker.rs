//! The circuit breaker: while the CRM is away or unclear, one request at a time asks whether it is back.
//!
//! It closes with the first answer that was understood. How long is waited between two probes is not decided here.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{Mutex, OwnedMutexGuard};

/// Lets everybody pass while it is closed, and one at a time while it is open.
#[derive(Default)]
pub(super) struct Breaker {
    open: AtomicBool,
    probe: Arc<Mutex<()>>,
}

/// The right to be under way; of a probe, alone. It ends when it is dropped.
pub(super) struct Pass(Option<OwnedMutexGuard<()>>);

impl Breaker {
    pub(super) fn open(&self) {
        self.open.store(true, Ordering::Relaxed);
    }

    pub(super) fn close(&self) {
        self.open.store(false, Ordering::Relaxed);
    }

    /// Waits until a request may be under way. Whoever holds the probe always lets go of it: it is dropped with the
    /// request's verdict, or when the run stops.
    pub(super) async fn pass(&self) -> Pass {
        if !self.open.load(Ordering::Relaxed) {
            return Pass(None);
        }
        let probe = Arc::clone(&self.probe).lock_owned().await;
        Pass(self.open.load(Ordering::Relaxed).then_some(probe))
    }

    /// Whether a pass that was given still holds: the breaker may have opened since.
    pub(super) fn still_lets(&self, pass: &Pass) -> bool {
        pass.0.is_some() || !self.open.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn an_open_breaker_lets_one_pass_at_a_time() {
        let breaker = Breaker::default();
        let free = breaker.pass().await;
        assert!(breaker.still_lets(&free));
        breaker.open();
        assert!(!breaker.still_lets(&free), "it was given before the breaker opened");
        let probe = breaker.pass().await;
        assert!(breaker.still_lets(&probe));
        let second = tokio::time::timeout(Duration::from_mins(1), breaker.pass()).await;
        assert!(second.is_err(), "the probe is still under way");
        breaker.close();
        drop(probe);
        let (one, two) = (breaker.pass().await, breaker.pass().await);
        assert!(breaker.still_lets(&one) && breaker.still_lets(&two));
    }
}
