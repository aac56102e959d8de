//! The rule of the pace: a pure function of what is kept and of the instant, so that it can be tried on any clock.
//!
//! # The argument
//!
//! Each run k allows itself an interval T between requests and a tolerance of (burst - 1)·T. The state keeps `due`:
//! the instant at which the next request would be due if all had kept their distance. A request may leave at `now`
//! when `due - tolerance <= now`, and then moves `due` to `max(due, now) + interval`. The interval is the longest of
//! all runs that are under way, the tolerance the shortest, and a slowed pace makes the interval only longer.
//!
//! Take requests m to n of a window W = t(n) - t(m), all while run k is under way. After m, `due >= t(m) + T`; each
//! of the n - m - 1 requests between adds T at least; n left, so `t(m) + (n - m)·T - (burst - 1)·T <= t(n)`. Hence
//! n - m + 1 <= W/T + burst, which is law 7, for every run by its own figures and with the requests of all runs
//! counted: while two runs with different figures are under way, the stricter ones hold for both. A request that has
//! its turn is counted a second time when it leaves (`leaving`), by the same rule, so the bound holds for what leaves
//! as it does for the turns.
//!
//! The instants are of the machine's clock since its start ([`crate::platform::since_boot`]): nobody sets it, every
//! process reads the same, and it goes on while the machine sleeps, so a sleep refills the burst and nothing more.
//! Where that clock stands before the last instant written, the machine was started anew: what was owed then is
//! owed from now, and never less than a whole burst, since the last lines written may be lost. So a clock that goes
//! back costs the time of one burst, or the rest of a wait that the CRM asked for, and never lets one request more
//! pass.
//!
//! Nothing here waits, reads a clock, or touches a file.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The version of what is kept.
const VERSION: u32 = 1;
/// The pace as given, in thousandths.
pub(super) const WHOLE: u16 = 1000;
/// The slowest that refusals make the pace, in thousandths of the one given.
const SHARE_LEAST: u16 = 50;
/// What a spell of calm gives back, in thousandths of the pace given.
const SHARE_STEP: u16 = 100;
/// How long it must be calm for that.
const CALM: u64 = seconds(10);
/// After so long without a change, a slowed pace is forgotten by the next run.
const FORGOTTEN_AFTER: u64 = seconds(600);
/// The longest that a CRM may have everybody wait; what it asks beyond that is not believed.
pub(in crate::upload) const HOLD_MOST: Duration = Duration::from_hours(24);
/// What a run lets another one go ahead by that waits too and had its last turn longer ago.
const COURTESY: u64 = 2_000_000;
/// Days whose calls are kept: a clock that is set to and fro finds its day again.
const DAYS_KEPT: usize = 4;

const fn seconds(count: u64) -> u64 {
    count * 1_000_000_000
}

/// How fast a run may send, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Limits {
    /// Between two requests.
    pub(super) interval: u64,
    /// How much sooner than due a request may leave: what makes a burst.
    pub(super) tolerance: u64,
}

impl Limits {
    /// So many requests in a period, of which so many may leave at once. The interval is rounded up: a pace that
    /// does not divide evenly is kept a nanosecond below, never above.
    pub(super) fn new(requests: u32, period: Duration, burst: u32) -> Limits {
        let interval = nanos(period).div_ceil(u64::from(requests.max(1)));
        Limits { interval, tolerance: interval.saturating_mul(u64::from(burst.saturating_sub(1))) }
    }

    fn stricter(self, other: Limits) -> Limits {
        Limits { interval: self.interval.max(other.interval), tolerance: self.tolerance.min(other.tolerance) }
    }

    /// Whether these would slow down a run that has the others.
    pub(super) fn is_stricter_than(self, other: Limits) -> bool {
        self.stricter(other) != other
    }
}

/// What a run may use up in a day.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Allowance {
    /// Most calls of this machine in a day.
    pub(super) budget: Option<u64>,
    /// Calls that are left for others.
    pub(super) reserve: u64,
    /// Whether the quota that the CRM stated is heeded.
    pub(super) heeds_quota: bool,
}

/// A run that asks for its turn, and the date where it runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asking {
    /// Its seat.
    pub(super) seat: usize,
    /// What it may use up.
    pub(super) allowance: Allowance,
    /// The instant by the calendar, for the quota alone.
    pub(super) at: Timestamp,
    /// The day that `at` is in, where the profile is.
    pub(super) today: Date,
}

/// The answer to a run that asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// A request may leave now.
    Go,
    /// It is to ask again after this.
    Wait(Duration),
    /// The CRM asked everybody to wait; it is to ask again after this.
    Held(Duration),
    /// Nothing is left today; the CRM's own quota comes back at that instant, where it is that which is used up.
    Spent(Option<Timestamp>),
}

/// What the CRM said is left of its quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Quota {
    left: u64,
    until: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Seat {
    limits: Limits,
    /// The instant for which it was told to wait; 0 when it does not wait.
    wants: u64,
    /// The number of its last turn; 0 before its first.
    served: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Day {
    date: Date,
    calls: u64,
}

/// What is kept of a server and a token. Instants are nanoseconds of the machine's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    version: u32,
    written: u64,
    due: u64,
    /// When the next request would leave if all that have had their turns kept their distance in leaving too.
    #[serde(default)]
    leaving: u64,
    held_until: u64,
    share: u16,
    share_changed: u64,
    lowered: u64,
    turns: u64,
    seats: Vec<Option<Seat>>,
    days: Vec<Day>,
    quota: Option<Quota>,
}

impl State {
    /// A server and a token to which nothing was ever sent.
    pub(super) fn new() -> State {
        State {
            version: VERSION,
            written: 0,
            due: 0,
            leaving: 0,
            held_until: 0,
            share: WHOLE,
            share_changed: 0,
            lowered: 0,
            turns: 0,
            seats: Vec::new(),
            days: Vec::new(),
            quota: None,
        }
    }

    /// In the place of one that cannot be read. It is taken for later than any clock: the first look at it finds
    /// that the clock went back, and begins without a burst.
    pub(super) fn lost() -> State {
        State { written: u64::MAX, ..State::new() }
    }

    /// Reads what was kept; none where that is damaged, or of another version.
    pub(super) fn read(bytes: &[u8]) -> Option<State> {
        serde_json::from_slice::<State>(bytes).ok().filter(|state| state.version == VERSION)
    }

    /// Gives a run its seat; seats that are empty or whose run is over are `free`.
    pub(super) fn sit(&mut self, seat: usize, limits: Limits, now: u64) {
        if self.seats.len() <= seat {
            self.seats.resize(seat + 1, None);
        }
        self.seats[seat] = Some(Seat { limits, wants: 0, served: 0 });
        self.look_at(now);
        if now.saturating_sub(self.share_changed) >= FORGOTTEN_AFTER {
            self.share = WHOLE;
        }
    }

    /// Seats, other than this one, whose figures slow it down.
    pub(super) fn stricter_seats(&self, seat: usize) -> Vec<usize> {
        let Some(own) = self.seats.get(seat).copied().flatten() else { return Vec::new() };
        let stricter = |(other, known): (usize, &Option<Seat>)| {
            let known = known.as_ref()?;
            (other != seat && known.limits.is_stricter_than(own.limits)).then_some(other)
        };
        self.seats.iter().enumerate().filter_map(stricter).collect()
    }

    /// Frees the seat of a run that is over.
    pub(super) fn free(&mut self, seat: usize) {
        if let Some(seat) = self.seats.get_mut(seat) {
            *seat = None;
        }
    }

    /// Gives a turn, or says how long to wait.
    pub(super) fn claim(&mut self, asking: &Asking, now: u64) -> Turn {
        self.look_at(now);
        if let Some(spent) = self.spent(asking) {
            return spent;
        }
        let limits = self.strictest();
        let free = self.due.saturating_sub(limits.tolerance).max(self.held_until);
        let courtesy = if self.another_waits(asking.seat, now) { COURTESY.min(limits.interval) } else { 0 };
        let earliest = free.saturating_add(courtesy);
        let leaves = earliest <= now;
        self.turns += u64::from(leaves);
        if let Some(seat) = self.seats.get_mut(asking.seat).and_then(Option::as_mut) {
            seat.wants = if leaves { 0 } else { earliest };
            seat.served = if leaves { self.turns } else { seat.served };
        }
        if !leaves {
            let time = Duration::from_nanos(earliest - now);
            return if self.held_until > now { Turn::Held(time) } else { Turn::Wait(time) };
        }
        let interval = limits.interval.saturating_mul(u64::from(WHOLE)).div_ceil(u64::from(self.share));
        self.due = self.due.max(now).saturating_add(interval);
        self.count(asking.today);
        Turn::Go
    }

    /// Gives the instant at which a request may leave that has had its turn, and whose intent is on disk now. Writing
    /// an intent takes now longer and now shorter, in each run for itself, so requests whose turns came one by one
    /// would leave together; they are counted once more here, by the same rule.
    pub(super) fn depart(&mut self, now: u64) -> u64 {
        self.look_at(now);
        let limits = self.strictest();
        let at = self.leaving.saturating_sub(limits.tolerance).max(now);
        self.leaving = self.leaving.max(at).saturating_add(limits.interval);
        at
    }

    /// Has everybody wait for so long; gives how long that is.
    pub(super) fn hold(&mut self, time: Duration, now: u64) -> Duration {
        self.look_at(now);
        self.held_until = self.held_until.max(now.saturating_add(nanos(time.min(HOLD_MOST))));
        Duration::from_nanos(self.held_until - now)
    }

    /// Slows the pace to so many thousandths of what it is, because of a request that left at `left`. One that
    /// left before the pace was last slowed says nothing of the slower one.
    pub(super) fn lower(&mut self, thousandths: u16, left: u64, now: u64) -> Option<Change> {
        self.look_at(now);
        let from = self.share;
        if left < self.lowered || from == SHARE_LEAST {
            return None;
        }
        let to = u32::from(from) * u32::from(thousandths) / u32::from(WHOLE);
        self.share = u16::try_from(to).unwrap_or(from).clamp(SHARE_LEAST, from);
        (self.lowered, self.share_changed) = (now, now);
        Some(Change { from, to: self.share })
    }

    /// Gives back some of the pace when it has been calm for long enough.
    pub(super) fn raise(&mut self, now: u64) -> Option<Change> {
        self.look_at(now);
        let from = self.share;
        if from == WHOLE || now.saturating_sub(self.share_changed) < CALM {
            return None;
        }
        self.share = (from + SHARE_STEP).min(WHOLE);
        self.share_changed = now;
        Some(Change { from, to: self.share })
    }

    /// Whether the pace is slower than the one given.
    pub(super) fn is_slowed(&self) -> bool {
        self.share < WHOLE
    }

    /// Keeps what the CRM says is left of its quota, and when that comes back.
    pub(super) fn learn_quota(&mut self, left: u64, until: Timestamp) {
        self.quota = Some(Quota { left, until });
    }

    /// Calls that a run may still make today; none where nothing limits them.
    pub(super) fn left(&self, asking: &Asking) -> Option<u64> {
        let allowance = asking.allowance;
        let of_budget = allowance.budget.map(|budget| budget.saturating_sub(self.calls(asking.today)));
        let of_quota = self.quota_of(asking).map(|quota| quota.left);
        let least = of_budget.into_iter().chain(of_quota).min()?;
        Some(least.saturating_sub(allowance.reserve))
    }

    /// Calls of this machine on a day.
    pub(super) fn calls(&self, day: Date) -> u64 {
        self.days.iter().find(|known| known.date == day).map_or(0, |known| known.calls)
    }

    /// The CRM says that nothing is left, whatever it said before; gives when the quota that it stated comes back, where
    /// it is heeded.
    pub(super) fn used_up(&mut self, asking: &Asking) -> Option<Timestamp> {
        let until = self.quota_until(asking)?;
        self.learn_quota(0, until);
        Some(until)
    }

    /// When the quota that the CRM stated comes back, where it is heeded.
    pub(super) fn quota_until(&self, asking: &Asking) -> Option<Timestamp> {
        self.quota_of(asking).map(|quota| quota.until)
    }

    fn quota_of(&self, asking: &Asking) -> Option<Quota> {
        self.quota.filter(|quota| asking.allowance.heeds_quota && asking.at < quota.until)
    }

    fn spent(&self, asking: &Asking) -> Option<Turn> {
        if self.left(asking) != Some(0) {
            return None;
        }
        let quota = self.quota_of(asking).filter(|quota| quota.left <= asking.allowance.reserve);
        Some(Turn::Spent(quota.map(|quota| quota.until)))
    }

    /// Takes note of the instant. Where the clock went back, see the argument above.
    fn look_at(&mut self, now: u64) {
        if now < self.written {
            let burst = |seat: &Seat| seat.limits.tolerance.saturating_add(seat.limits.interval);
            let most = self.seats.iter().flatten().map(burst).max().unwrap_or_default();
            self.due = now.saturating_add(self.due.saturating_sub(self.written).max(most));
            self.leaving = self.due;
            self.held_until = now.saturating_add(self.held_until.saturating_sub(self.written));
            (self.share_changed, self.lowered) = (now, 0);
            self.seats.iter_mut().flatten().for_each(|seat| seat.wants = 0);
        }
        // Nothing that is kept may stop everybody for longer than the CRM could.
        let most = now.saturating_add(nanos(HOLD_MOST));
        self.due = self.due.min(most);
        self.leaving = self.leaving.min(most);
        self.held_until = self.held_until.min(most);
        self.written = now;
    }

    fn strictest(&self) -> Limits {
        let all = self.seats.iter().flatten().map(|seat| seat.limits);
        all.reduce(Limits::stricter).unwrap_or(Limits { interval: seconds(1), tolerance: 0 })
    }

    /// Whether another run waits for the same turn and had its last one longer ago.
    fn another_waits(&self, seat: usize, now: u64) -> bool {
        let served = self.seats.get(seat).and_then(Option::as_ref).map_or(0, |own| own.served);
        let waits = |other: &Seat| {
            other.served < served && other.wants > 0 && other.wants.saturating_add(COURTESY) >= now
        };
        self.seats.iter().flatten().any(waits)
    }

    /// Counts a call. A day seen again goes on with its count, so a clock set to and fro gains nothing.
    fn count(&mut self, today: Date) {
        if let Some(quota) = &mut self.quota {
            quota.left = quota.left.saturating_sub(1);
        }
        let known = self.days.iter().position(|day| day.date == today);
        let mut day = known.map_or(Day { date: today, calls: 0 }, |at| self.days.remove(at));
        day.calls += 1;
        self.days.push(day);
        if self.days.len() > DAYS_KEPT {
            self.days.remove(0);
        }
    }
}

/// A change of the pace, in thousandths of the one given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) from: u16,
    pub(super) to: u16,
}

/// A time in nanoseconds, or the most that can be said.
pub(super) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whoever's intents are late and by how much, what leaves keeps the distances that the turns had.
        #[test]
        fn what_leaves_late_leaves_no_closer(pauses in prop::collection::vec(0u64..200_000_000, 10..80), rate in 1u32..50, burst in 1u32..6) {
            let limits = Limits::new(rate, Duration::from_secs(1), burst);
            let mut state = State::new();
            state.sit(0, limits, 0);
            state.sit(1, limits, 0);
            let mut now = 0;
            let leave = |pause: &u64| {
                now += pause;
                state.depart(now)
            };
            let left: Vec<u64> = pauses.iter().map(leave).collect();
            for (first, at) in left.iter().enumerate() {
                for (count, last) in (1u64..).zip(&left[first..]) {
                    let most = (last - at) / limits.interval + u64::from(burst);
                    prop_assert!(count <= most, "{} in {} ns", count, last - at);
                }
            }
            // The bound itself says that nothing leaves later than it has to.
            let longest = limits.interval * pauses.len() as u64;
            prop_assert!(*left.last().unwrap() <= now + longest);
        }
    }
}
