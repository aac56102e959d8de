//! Chance that repeats itself: splitmix64, whose whole state is one number.
//!
//! A crate's generator may change its sequence with a new version, and every sample would change with it.
//! These few lines never will. They are no good for secrets.

/// A seeded source of numbers; two of the same seed give the same numbers for ever.
pub(crate) struct Dice {
    state: u64,
}

impl Dice {
    /// Each file has a seed of its own, so that a change to one leaves the other alone.
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A number from `low` up to and including `high`. The remainder favours small numbers by less than one
    /// in a billion for the ranges used here, which no reader of a sample can see.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let choices = u64::try_from(high - low + 1).expect("a range is given from low to high");
        let step = i64::try_from(self.next() % choices).expect("a step is smaller than an i64 range");
        low + step
    }

    /// Whether something that happens so many times in a hundred happens now.
    pub(crate) fn percent(&mut self, times: i64) -> bool {
        self.between(1, 100) <= times
    }

    /// One of the choices, all equally likely.
    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.index(choices.len())]
    }

    /// Puts the things in another order (Fisher and Yates).
    pub(crate) fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            things.swap(last, self.index(last + 1));
        }
    }

    fn index(&mut self, length: usize) -> usize {
        let last = i64::try_from(length).expect("a list fits in memory") - 1;
        usize::try_from(self.between(0, last)).expect("a list is not empty")
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
