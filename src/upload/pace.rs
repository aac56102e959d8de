//! The pace: how many requests may leave in any window of time.
//!
//! In any window W at most rate·W + burst requests get their turn (law 7). Waiting is awaited, never polled,
//! and turns are given in the order in which they were asked for. The clock is tokio's, so that a test may own
//! it; governor only does the arithmetic.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::Mutex;
use tokio::time::Instant;

/// tokio's clock, as governor wants it: the time since the pace was made.
#[derive(Debug, Clone)]
struct TokioClock {
    start: Instant,
}

impl Clock for TokioClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.start.elapsed()
    }
}

/// Gives requests their turns.
#[derive(Debug)]
pub struct Pace {
    limiter: RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Duration>>,
    clock: TokioClock,
    /// Whoever holds it is next; the others stand behind in the order of their asking.
    queue: Mutex<()>,
}

impl Pace {
    /// So many requests in a period, of which so many may leave at once.
    pub fn new(requests: NonZeroU32, period: Duration, burst: NonZeroU32) -> Pace {
        let clock = TokioClock { start: Instant::now() };
        let quota = Quota::with_period(period / requests.get())
            .unwrap_or_else(|| Quota::per_second(requests))
            .allow_burst(burst);
        Pace { limiter: RateLimiter::direct_with_clock(quota, clock.clone()), clock, queue: Mutex::new(()) }
    }

    /// Waits until a request may leave.
    pub async fn turn(&self) {
        let _first = self.queue.lock().await;
        while let Err(not_yet) = self.limiter.check() {
            tokio::time::sleep(not_yet.wait_time_from(self.clock.now())).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Instants at which turns were given, in milliseconds.
    async fn turns(rate: u32, burst: u32, count: usize, pause: Duration) -> Vec<u128> {
        let pace = Pace::new(
            NonZeroU32::new(rate).unwrap(),
            Duration::from_secs(1),
            NonZeroU32::new(burst).unwrap(),
        );
        let start = Instant::now();
        let mut turns = Vec::new();
        for turn in 0..count {
            if turn == count / 2 {
                tokio::time::sleep(pause).await;
            }
            pace.turn().await;
            turns.push(start.elapsed().as_millis());
        }
        turns
    }

    #[tokio::test(start_paused = true)]
    async fn no_window_holds_more_than_its_share() {
        for (rate, burst) in [(1, 1), (20, 1), (20, 5), (100, 10), (3, 2)] {
            let turns = turns(rate, burst, 400, Duration::from_secs(30)).await;
            for (at, first) in turns.iter().enumerate() {
                for (count, last) in turns[at..].iter().enumerate() {
                    let window = last - first;
                    let allowed = u128::from(rate) * window / 1000 + u128::from(burst);
                    assert!(count as u128 <= allowed, "{count} turns in {window} ms at {rate}/s");
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_pace_is_used() {
        let turns = turns(20, 1, 401, Duration::ZERO).await;
        let taken = turns.last().unwrap();
        assert!(*taken <= 20_500, "400 turns at 20 a second took {taken} ms");
    }
}
