//! Whether answers have become slow, from how long they take: a pure count without a clock.
//!
//! Two averages are compared, a quick one and a slow one. The slow one follows too: a CRM that stays slow for good
//! becomes the usual, and the pace comes back. Nothing here changes a pace.

use std::time::Duration;

/// Answers before anything is concluded, and between two conclusions.
const ANSWERS_LEAST: u32 = 8;
/// Weight of a new answer in the average of now.
const QUICK: f64 = 0.3;
/// Weight of a new answer in the usual average.
const SLOW: f64 = 0.02;
/// How many times the usual counts as slow.
const TIMES: f64 = 3.0;
/// Below this it is no matter how many times.
const LEAST: Duration = Duration::from_millis(250);

/// How long answers take.
#[derive(Debug, Default)]
pub(super) struct Latency {
    usual: f64,
    now: f64,
    answers: u32,
    since: u32,
}

/// Answers that take much longer than they used to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slow {
    pub(super) usual: Duration,
    pub(super) now: Duration,
}

impl Latency {
    /// Takes note of how long an answer took; gives the figures when that has become slow.
    pub(super) fn note(&mut self, took: Duration) -> Option<Slow> {
        let took = took.as_secs_f64();
        self.answers += 1;
        self.since += 1;
        let first = self.answers <= ANSWERS_LEAST;
        // The first answers are the usual: their plain average.
        let weight = if first { 1.0 / f64::from(self.answers) } else { SLOW };
        self.usual += (took - self.usual) * weight;
        self.now = if first { self.usual } else { self.now + (took - self.now) * QUICK };
        let slow = self.now > self.usual * TIMES && self.now > self.usual + LEAST.as_secs_f64();
        if first || self.since < ANSWERS_LEAST || !slow {
            return None;
        }
        self.since = 0;
        Some(Slow { usual: Duration::from_secs_f64(self.usual), now: Duration::from_secs_f64(self.now) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slow_at(millis: impl Iterator<Item = u64>) -> Vec<usize> {
        let mut latency = Latency::default();
        let noted: Vec<_> = millis.map(|millis| latency.note(Duration::from_millis(millis))).collect();
        (0..noted.len()).filter(|at| noted[*at].is_some()).collect()
    }

    #[test]
    fn steady_or_uneven_answers_are_not_slow() {
        assert_eq!(slow_at((0..1000).map(|_| 80)), [0; 0]);
        assert_eq!(slow_at((0..1000).map(|n| if n % 10 == 0 { 400 } else { 80 })), [0; 0]);
        assert_eq!(
            slow_at((0..1000).map(|n| 2 + n % 60)),
            [0; 0],
            "what is quick may be ten times less quick"
        );
    }

    #[test]
    fn answers_that_become_slow_are_noticed_and_then_got_used_to() {
        let slow = slow_at((0..400).map(|n| if n < 100 { 100 } else { 2000 }));
        assert!((100..110).contains(&slow[0]), "{slow:?}");
        assert!(slow.windows(2).all(|two| two[1] - two[0] >= ANSWERS_LEAST as usize), "{slow:?}");
        assert!(*slow.last().unwrap() < 200, "{slow:?}");
    }
}
