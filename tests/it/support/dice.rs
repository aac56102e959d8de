//! Chance that can be repeated, and how much is asked for.

/// A small generator of numbers, so that a run can be repeated.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below `most`, or 0.
    pub(crate) fn below(&mut self, most: usize) -> usize {
        // splitmix64, by Sebastiano Vigna; public domain.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % most.max(1) as u64).unwrap()
    }
}

/// Whether `CARTERA_TEST_FULL` asks for everything that can be tried, on a machine that does nothing else: figures
/// that a busy machine spoils are held to their bounds only then.
pub(crate) fn is_full() -> bool {
    std::env::var_os("CARTERA_TEST_FULL").is_some()
}

/// How many minutes of real time the variable `CARTERA_WATCH_MINUTES` asks for; none means as short as can be.
pub(crate) fn minutes_asked_for() -> Option<u64> {
    std::env::var_os("CARTERA_WATCH_MINUTES")?.to_str()?.parse().ok()
}

/// How many mutations the variable `CARTERA_MUTATIONS` asks for; none means a short run.
pub(crate) fn mutations_asked_for() -> Option<u64> {
    std::env::var_os("CARTERA_MUTATIONS")?.to_str()?.parse().ok()
}
