//! A sleep that ends on time, for a pace that can make up for no delay.
//!
//! The timers of tokio are a millisecond coarse, and end late by up to that: at a hundred turns a second a tenth of
//! the pace. So the last of a wait is waited out on a thread that may block, whose timers are some fifty microseconds
//! coarse, and the rest of that by looking at the clock. Whether a turn is due is never judged here.

use std::time::{Duration, Instant};

/// What is left to the thread that may block.
const FINE: Duration = Duration::from_millis(2);
/// What is left to looking at the clock: a little more than a thread's wake-up takes.
const FINEST: Duration = Duration::from_micros(120);

/// Sleeps for so long, and hardly longer.
pub(super) async fn exactly(time: Duration) {
    let until = Instant::now() + time;
    if let Some(coarse) = time.checked_sub(FINE) {
        tokio::time::sleep(coarse).await;
    }
    let parked = tokio::task::spawn_blocking(move || {
        while let Some(left) = left_until(until).and_then(|left| left.checked_sub(FINEST)) {
            std::thread::park_timeout(left);
        }
    });
    // A thread that cannot be had makes the end a little late.
    parked.await.ok();
    while left_until(until).is_some() {
        std::hint::spin_loop();
    }
}

/// How long it is until then; none when it is over.
fn left_until(until: Instant) -> Option<Duration> {
    until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sleep_never_ends_early() {
        for micros in [0, 1, 100, 500, 2_500] {
            let (start, time) = (Instant::now(), Duration::from_micros(micros));
            exactly(time).await;
            assert!(start.elapsed() >= time, "{micros} µs");
        }
    }
}
