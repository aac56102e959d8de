//! The rule on virtual time, over many requests of many runs; and the file, under several of them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::rule::Allowance;
use super::*;

const MILLI: u64 = 1_000_000;
const SECOND: u64 = 1000 * MILLI;

impl Pace {
    /// A pace whose clock is tokio's, so that a test may own it.
    pub(in crate::upload) async fn on_tokio(state: &Path, per_second: u32, burst: u32) -> Pace {
        let start = tokio::time::Instant::now();
        let clock = Arc::new(move || SECOND + nanos(start.elapsed()));
        Pace::join_by(state, "tests", rules(per_second, burst), clock).await.unwrap()
    }
}

fn rules(per_second: u32, burst: u32) -> Rules {
    Rules {
        run: 1,
        requests: NonZeroU32::new(per_second).unwrap(),
        period: Duration::from_secs(1),
        burst: NonZeroU32::new(burst).unwrap(),
        daily_budget: None,
        reserve: 0,
        heeds_quota: false,
        zone: TimeZone::UTC,
    }
}

fn asking(seat: usize, allowance: Allowance, today: Date) -> Asking {
    let at = today.to_zoned(TimeZone::UTC).unwrap().timestamp();
    Asking { seat, allowance, at, today }
}

/// Numbers by chance that are the same for a seed (splitmix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound.max(1)
    }

    fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}

/// A run under way: its figures, and which of all departures it has seen.
#[derive(Clone, Copy)]
struct Running {
    requests: u32,
    period: Duration,
    burst: u32,
    joined: usize,
    idle_workers: u32,
    /// Asks that are no longer its own are of an earlier run with its seat.
    generation: u32,
}

impl Running {
    fn limits(&self) -> Limits {
        Limits::new(self.requests, self.period, self.burst)
    }

    /// The law, in exact whole numbers: at most rate·W + burst in every window of what was seen, and one that
    /// begins with any departure is enough.
    fn check(&self, departures: &[u64], seed: u64) {
        let (requests, period) = (i128::from(self.requests), self.period.as_nanos().cast_signed());
        let debts = departures.iter().zip(0i128..).map(|(at, n)| i128::from(*at) * requests - n * period);
        let mut highest = i128::MIN;
        for (n, debt) in debts.enumerate() {
            highest = highest.max(debt);
            let over = highest - debt - i128::from(self.burst - 1) * period;
            assert!(over <= 0, "seed {seed}: request {n} is {over} too soon at {}/s", self.requests);
        }
    }
}

/// What may happen to the runs of a simulation.
#[derive(Clone, Copy)]
struct Weather {
    /// How much later than it wanted a run may wake up.
    late_most: u64,
    /// A run is killed and another one takes its seat, once in so many turns.
    kills: u64,
    /// The clock goes back, once in so many turns: the machine was started anew, or somebody set it.
    setbacks: u64,
    /// The machine sleeps for up to a day, once in so many turns.
    sleeps: u64,
    /// The CRM asks for a wait, refuses, or is calm, once in so many turns.
    words: u64,
}

const CALM_WEATHER: Weather =
    Weather { late_most: 0, kills: u64::MAX, setbacks: u64::MAX, sleeps: u64::MAX, words: u64::MAX };
const STORM: Weather = Weather { late_most: 5 * MILLI, kills: 100, setbacks: 300, sleeps: 200, words: 40 };

/// Runs that send as fast as they may, on a time of its own.
struct Simulation {
    chance: Chance,
    seed: u64,
    weather: Weather,
    state: State,
    runs: Vec<Running>,
    /// What happens next: instant, run, its generation, and whether it is an answer.
    next: BinaryHeap<Reverse<(u64, usize, u32, bool)>>,
    /// How far the machine's clock is behind the true one.
    behind: u64,
    held_until: u64,
    departures: Vec<u64>,
    turns: Vec<usize>,
}

impl Simulation {
    fn new(seed: u64, weather: Weather, runs: &[(u32, u64, u32, u32)]) -> Simulation {
        let mut simulation = Simulation {
            chance: Chance(seed),
            seed,
            weather,
            state: State::new(),
            runs: Vec::new(),
            next: BinaryHeap::new(),
            behind: 0,
            held_until: 0,
            departures: Vec::new(),
            turns: vec![0; runs.len()],
        };
        for (seat, &(requests, period_s, burst, workers)) in runs.iter().enumerate() {
            let period = Duration::from_secs(period_s);
            let run = Running { requests, period, burst, joined: 0, idle_workers: workers, generation: 0 };
            simulation.runs.push(run);
            simulation.state.sit(seat, run.limits(), 0);
            simulation.next.push(Reverse((0, seat, 0, false)));
        }
        simulation
    }

    /// Goes on until so many requests have left.
    fn run(&mut self, requests: usize) {
        while self.departures.len() < requests {
            let Reverse((at, seat, generation, is_answer)) = self.next.pop().unwrap();
            if self.runs[seat].generation != generation {
                continue;
            }
            if is_answer {
                self.runs[seat].idle_workers += 1;
                if self.runs[seat].idle_workers > 1 {
                    // The one that is first in the queue has asked already.
                    continue;
                }
            }
            self.ask(at, seat);
        }
        self.runs.iter().for_each(|run| run.check(&self.departures[run.joined..], self.seed));
    }

    fn ask(&mut self, at: u64, seat: usize) {
        let now = at.saturating_sub(self.behind);
        if self.chance.once_in(50) {
            // What is kept goes through its text, as it does through the file.
            self.state = State::read(&serde_json::to_vec(&self.state).unwrap()).unwrap();
        }
        let generation = self.runs[seat].generation;
        match self.state.claim(&asking(seat, Allowance::default(), date(2026, 11, 22)), now) {
            Turn::Go => {
                assert!(at >= self.held_until, "seed {}: sent while asked to wait", self.seed);
                self.departures.push(at);
                self.turns[seat] += 1;
                self.runs[seat].idle_workers -= 1;
                let answered = at + MILLI + self.chance.below(20 * MILLI);
                self.next.push(Reverse((answered, seat, generation, true)));
                if self.runs[seat].idle_workers > 0 {
                    self.next.push(Reverse((at, seat, generation, false)));
                }
                self.weather_changes(at);
            }
            Turn::Wait(time) | Turn::Held(time) => {
                let late = self.chance.below(self.weather.late_most + 1);
                self.next.push(Reverse((at + nanos(time) + late, seat, generation, false)));
            }
            Turn::Spent(_) => unreachable!("nothing limits the calls"),
        }
    }

    fn weather_changes(&mut self, at: u64) {
        let now = at.saturating_sub(self.behind);
        if self.chance.once_in(self.weather.kills) {
            self.replace(at);
        }
        if self.chance.once_in(self.weather.sleeps) {
            let slept = self.chance.below(24 * 3600) * SECOND;
            let waking = |Reverse((at, seat, generation, is_answer))| {
                Reverse((at + slept, seat, generation, is_answer))
            };
            self.next = std::mem::take(&mut self.next).into_iter().map(waking).collect();
        }
        if self.chance.once_in(self.weather.setbacks) {
            self.behind += self.chance.below(now + 1);
        }
        if self.chance.once_in(self.weather.words) {
            match self.chance.below(4) {
                0 => {
                    let time = Duration::from_millis(self.chance.below(120_000));
                    self.state.hold(time, now);
                    self.held_until = self.held_until.max(at + nanos(time));
                }
                1 => drop(self.state.lower(500, now, now)),
                _ => drop(self.state.raise(now)),
            }
        }
    }

    /// A run is killed, and another one, with other figures, takes its seat.
    fn replace(&mut self, at: u64) {
        let seat = usize::try_from(self.chance.below(self.runs.len() as u64)).unwrap();
        let old = self.runs[seat];
        old.check(&self.departures[old.joined..], self.seed);
        let workers = 1 + u32::try_from(self.chance.below(8)).unwrap();
        self.runs[seat] = Running {
            requests: 1 + u32::try_from(self.chance.below(50)).unwrap(),
            burst: 1 + u32::try_from(self.chance.below(10)).unwrap(),
            joined: self.departures.len(),
            idle_workers: workers,
            generation: old.generation + 1,
            ..old
        };
        self.state.sit(seat, self.runs[seat].limits(), at.saturating_sub(self.behind));
        self.next.push(Reverse((at, seat, old.generation + 1, false)));
    }

    /// How much of the pace was used, in thousandths.
    fn used(&self, rate: u64, period: u64) -> u64 {
        let span = self.departures.last().unwrap() - self.departures[0];
        (self.departures.len() as u64 - 1) * 1000 * period * SECOND / (span * rate)
    }
}

#[test]
fn over_a_hundred_thousand_requests_no_window_holds_more_than_its_share() {
    for seed in 0..24 {
        let mut chance = Chance(seed);
        let mut figure = |most: u64| 1 + u32::try_from(chance.below(most)).unwrap();
        let runs: Vec<_> =
            (0..=seed % 3).map(|_| (figure(100), u64::from(figure(2)), figure(10), figure(8))).collect();
        Simulation::new(seed, STORM, &runs).run(5000);
    }
}

#[test]
fn the_pace_is_used_where_there_is_work() {
    for (rate, period, burst, runs, late) in [
        (20, 1, 1, 1, 0),
        (20, 1, 1, 2, 0),
        (3, 1, 2, 2, 0),
        (90, 60, 1, 3, 0),
        (20, 1, 5, 2, 5),
        (700, 1, 20, 3, 5),
    ] {
        let one = (u32::try_from(rate).unwrap(), period, burst, 4);
        let weather = Weather { late_most: late * MILLI, ..CALM_WEATHER };
        let mut simulation = Simulation::new(7, weather, &vec![one; runs]);
        simulation.run(10_000);
        let used = simulation.used(rate, period);
        assert!(used >= 970, "{used} ‰ of {rate} in {period} s by {runs} runs");
        let fair = 10_000 / runs * 8 / 10;
        assert!(simulation.turns.iter().all(|turns| *turns >= fair), "{:?} of {runs} runs", simulation.turns);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_window_holds_more_than_its_share(
        seed in any::<u64>(),
        runs in prop::collection::vec((1u32..200, 1u64..90, 1u32..20, 1u32..9), 1..4),
    ) {
        Simulation::new(seed, STORM, &runs).run(400);
    }
}

#[test]
fn a_clock_that_goes_back_stalls_nobody_for_long() {
    let today = date(2026, 11, 22);
    let day = 24 * 3600 * SECOND;
    let mut state = State::new();
    state.sit(0, Limits::new(20, Duration::from_secs(1), 5), 40 * day);
    let ask = asking(0, Allowance::default(), today);
    for _ in 0..5 {
        assert_eq!(state.claim(&ask, 40 * day), Turn::Go);
    }
    let Turn::Wait(time) = state.claim(&ask, SECOND) else { panic!("no burst after the clock went back") };
    assert!(time <= Duration::from_millis(300), "{time:?}");
}

#[test]
fn what_cannot_be_read_begins_without_a_burst() {
    let mut state = State::lost();
    state.sit(0, Limits::new(10, Duration::from_secs(1), 3), SECOND);
    let turn = state.claim(&asking(0, Allowance::default(), date(2026, 11, 22)), SECOND);
    assert_eq!(turn, Turn::Wait(Duration::from_millis(100)));
    for damaged in ["", "{}", "[1]", "{\"version\":2}", "null"] {
        assert_eq!(State::read(damaged.as_bytes()), None);
    }
}

#[test]
fn a_budget_holds_for_each_day_however_the_calendar_is_set() {
    let mut chance = Chance(3);
    let mut state = State::new();
    state.sit(0, Limits::new(1000, Duration::from_secs(1), 1), 0);
    let allowance = Allowance { budget: Some(50), reserve: 10, heeds_quota: false };
    let days = [date(2026, 11, 22), date(2026, 11, 23), date(1970, 1, 1)];
    let mut sent = [0; 3];
    for now in 1..2000 {
        let day = usize::try_from(chance.below(3)).unwrap();
        match state.claim(&asking(0, allowance, days[day]), now * SECOND) {
            Turn::Go => sent[day] += 1,
            turn => assert_eq!(turn, Turn::Spent(None)),
        }
    }
    assert_eq!(sent, [40; 3]);
}

#[test]
fn a_quota_is_shared_by_those_who_heed_it_and_ends_at_its_hour() {
    let today = date(2026, 11, 22);
    let heeds = |reserve| asking(0, Allowance { budget: None, reserve, heeds_quota: true }, today);
    let blind = asking(1, Allowance::default(), today);
    let limits = Limits::new(1000, Duration::from_secs(1), 1);
    let mut state = State::new();
    state.sit(0, limits, 0);
    state.sit(1, limits, 0);
    let until = heeds(0).at + Duration::from_hours(2);
    state.learn_quota(5, until);
    let mut now = 0;
    let mut claim = |state: &mut State, asking: &Asking| {
        now += SECOND;
        state.claim(asking, now)
    };
    assert_eq!(claim(&mut state, &blind), Turn::Go);
    assert_eq!(state.left(&heeds(2)), Some(2));
    assert_eq!([claim(&mut state, &heeds(2)), claim(&mut state, &heeds(2))], [Turn::Go; 2]);
    assert_eq!(claim(&mut state, &heeds(2)), Turn::Spent(Some(until)));
    assert_eq!(claim(&mut state, &heeds(1)), Turn::Go);
    let later = Asking { at: until, ..heeds(2) };
    assert_eq!(claim(&mut state, &later), Turn::Go, "what the CRM said held until then");
    assert_eq!(state.left(&later), None);
}

#[test]
fn refusals_halve_the_pace_once_each_and_calm_gives_it_back_bit_by_bit() {
    let mut state = State::new();
    state.sit(0, Limits::new(10, Duration::from_secs(1), 1), 0);
    let to = |change: Option<Change>| change.map(|change| change.to);
    assert_eq!(to(state.lower(500, SECOND, 2 * SECOND)), Some(500));
    assert_eq!(state.lower(500, SECOND, 2 * SECOND), None, "it left before the pace was slowed");
    assert_eq!(to(state.lower(500, 3 * SECOND, 4 * SECOND)), Some(250));
    let ask = asking(0, Allowance::default(), date(2026, 11, 22));
    assert_eq!(state.claim(&ask, 4 * SECOND), Turn::Go);
    assert_eq!(state.claim(&ask, 4 * SECOND), Turn::Wait(Duration::from_millis(400)));
    assert_eq!(state.raise(13 * SECOND), None, "not calm for long enough");
    let raised: Vec<_> = (1..=9).map(|n| to(state.raise((4 + 10 * n) * SECOND))).collect();
    let expected = [350, 450, 550, 650, 750, 850, 950, 1000].map(Some);
    assert_eq!(raised, [&expected[..], &[None]].concat());
    for n in 0..20 {
        state.lower(500, (100 + n) * SECOND, (100 + n) * SECOND);
    }
    assert_eq!(to(state.raise(1000 * SECOND)), Some(150), "a twentieth is the least");
    state.sit(1, Limits::new(10, Duration::from_secs(1), 1), 2000 * SECOND);
    assert!(!state.is_slowed(), "tomorrow's run begins with the pace it was given");
}

/// Instants at which turns were given to so many workers of a pace, in nanoseconds from the start.
async fn take_turns(pace: &Pace, workers: usize, count: usize, start: tokio::time::Instant) -> Vec<u64> {
    let worker = |_| async {
        let mut taken = Vec::new();
        for _ in 0..count / workers {
            pace.turn(&|_| Ok(())).await.unwrap();
            taken.push(nanos(start.elapsed()));
        }
        taken
    };
    futures::future::join_all((0..workers).map(worker)).await.concat()
}

#[tokio::test(start_paused = true)]
async fn two_runs_share_one_budget_by_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let start = tokio::time::Instant::now();
    let first = Pace::on_tokio(folder.path(), 20, 5).await;
    let second = Pace::on_tokio(folder.path(), 20, 5).await;
    let both = tokio::join!(take_turns(&first, 4, 200, start), take_turns(&second, 2, 200, start));
    let mut departures = [both.0, both.1].concat();
    departures.sort_unstable();
    let run = Running {
        requests: 20,
        period: Duration::from_secs(1),
        burst: 5,
        joined: 0,
        idle_workers: 0,
        generation: 0,
    };
    run.check(&departures, 0);
    let took = departures.last().unwrap() / MILLI;
    assert!(took <= 395 * 50 * 100 / 97, "400 turns at 20 a second took {took} ms");
}

#[tokio::test(start_paused = true)]
async fn the_stricter_pace_holds_while_its_run_is_under_way() {
    let folder = tempfile::tempdir().unwrap();
    let quick = Pace::on_tokio(folder.path(), 100, 10).await;
    let slow = Pace::on_tokio(folder.path(), 2, 1).await;
    let timed = async |pace: &Pace| {
        let start = tokio::time::Instant::now();
        take_turns(pace, 1, 4, start).await;
        start.elapsed()
    };
    let both = timed(&quick).await;
    assert!((1500..1600).contains(&both.as_millis()), "{both:?}");
    // A run that is killed leaves its seat without a word, as this one does.
    drop(slow);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let alone = timed(&quick).await;
    assert!(alone < Duration::from_millis(10), "{alone:?}");
}

#[tokio::test(start_paused = true)]
async fn a_wait_asked_of_one_run_holds_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let asked = Pace::on_tokio(folder.path(), 100, 1).await;
    let other = Pace::on_tokio(folder.path(), 100, 1).await;
    asked.hold(Duration::from_secs(90)).await.unwrap();
    let refuses = |wait: Wait| {
        let Wait::Asked(time) = wait else { panic!("calls are left") };
        assert_eq!(time.as_secs(), 90);
        Err(Failure::new(Code::CrmSaysWait))
    };
    assert_eq!(other.turn(&refuses).await.map_err(|failure| failure.code), Err(Code::CrmSaysWait));
    let start = tokio::time::Instant::now();
    other.turn(&|_| Ok(())).await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(90));
    asked.hold(Duration::from_secs(u64::MAX)).await.unwrap();
    let bounded = |wait: Wait| {
        assert_eq!(wait, Wait::Asked(HOLD_MOST));
        Err(Failure::new(Code::CrmSaysWait))
    };
    assert!(other.turn(&bounded).await.is_err());
}

#[tokio::test]
async fn the_file_tells_nothing_and_a_damaged_one_is_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    let pace = Pace::join(folder.path(), "0123456789abcdef", rules(1000, 1)).await.unwrap();
    pace.turn(&|_| Ok(())).await.unwrap();
    let path = folder.path().join("pace").join("0123456789abcdef.json");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("\"calls\":1"), "{text}");
    std::fs::write(&path, "{").unwrap();
    pace.turn(&|_| Ok(())).await.unwrap();
    pace.turn(&|_| Ok(())).await.unwrap();
    assert!(std::fs::read_to_string(&path).unwrap().contains("\"calls\":2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_finds_the_file_locked_waits_without_stopping_others() {
    let folder = tempfile::tempdir().unwrap();
    let pace = Pace::join(folder.path(), "name", rules(1000, 10)).await.unwrap();
    let path = folder.path().join("pace").join("name.json");
    let held = crate::platform::lock_file(&path).unwrap().unwrap();
    let turn = pace.turn(&|_| Ok(()));
    tokio::pin!(turn);
    tokio::select! {
        biased;
        _ = &mut turn => panic!("the file is locked"),
        () = tokio::task::yield_now() => {}
    }
    drop(held);
    turn.await.unwrap();
}
