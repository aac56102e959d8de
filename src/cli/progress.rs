//! What is said while a command works: stages, figures, why it waits and for how long, and the time left where it is
//! known.
//!
//! Pure: the time is given, and nothing is printed; [`super::screen`] shows what is made here. The time left comes
//! from the pace of the last minute, never above the one that is allowed, and is not said where nobody knows it:
//! before anything was answered, while the CRM cannot be reached, or when the day's calls will not do.

use std::collections::VecDeque;
use std::time::Duration;

use crate::lang::interface::duration;
use crate::lang::{Lang, Say, foreign};
use crate::report::measures::Measures;
use crate::report::terminal::cut;
use crate::target::Oddity;
use crate::upload::Event;
use crate::upload::pace::{Tempo, Why};

/// The pace is measured over so long.
const MEASURED_OVER: Duration = Duration::from_mins(1);
/// A pace of fewer chunks, or over a shorter time, says nothing.
const MEASURED_CHUNKS: u64 = 3;
const MEASURED_TIME: Duration = Duration::from_secs(2);
/// Between the parts of a line.
const BETWEEN: &str = " · ";

/// How sending goes on.
#[derive(Debug, Clone)]
pub(super) struct SendingState {
    pub(super) chunks: u64,
    pub(super) done: u64,
    records: u64,
    /// What the records are called.
    measures: Measures<'static>,
    /// Records that were looked for, of how many, and how that is said; none while none are looked for.
    lookups: Option<(u64, u64, Say)>,
    /// Requests in a second that may leave.
    per_second: f64,
    /// Calls that may be made today; none where nothing limits them.
    calls_left: Option<u64>,
    /// When chunks came to their verdict in the last minute, and how many had by then.
    settled: VecDeque<(Duration, u64)>,
    wait: Option<Wait>,
    /// What is said of a pace that is not the one asked for.
    pace: Option<String>,
    is_stopping: bool,
}

/// Why nothing leaves just now.
#[derive(Debug, Clone)]
struct Wait {
    until: Duration,
    say: Say,
    reason: String,
    /// Whether it surely goes on then.
    is_sure: bool,
}

impl SendingState {
    pub(super) fn new(
        chunks: u64,
        measures: Measures<'static>,
        per_second: f64,
        calls_left: Option<u64>,
    ) -> SendingState {
        SendingState {
            chunks,
            done: 0,
            records: 0,
            measures,
            lookups: None,
            per_second,
            calls_left,
            settled: VecDeque::from([(Duration::ZERO, 0)]),
            wait: None,
            pace: None,
            is_stopping: false,
        }
    }

    /// Takes in what happened, so long after the beginning; gives what should be said of it at once, where nobody
    /// looks at a display.
    pub(super) fn take(&mut self, event: Event, now: Duration, lang: Lang) -> Option<String> {
        let wait = |time: Duration, say: Say, reason: String, is_sure: bool| {
            let reason = if say == Say::ProgressDown {
                foreign::in_words(&reason, lang)
            } else {
                foreign::of_answer(&reason, lang)
            };
            Wait { until: now + time, say, reason: reason.into_owned(), is_sure }
        };
        match event {
            Event::Settled { records } => {
                self.settle(records, now);
                return None;
            }
            Event::Split => {
                self.chunks += 1;
                return None;
            }
            Event::Resent { chunks } => {
                self.chunks += chunks;
                self.lookups = None;
                return None;
            }
            Event::LookingUp { records } => {
                self.lookups = Some((0, records, Say::ProgressLookedUp));
                return Some(Say::ProgressLookingUp.with(lang, &[("records", &lang.count(records))]));
            }
            Event::Resolving { records } => {
                self.lookups = Some((0, records, Say::ProgressResolved));
                return Some(Say::ProgressResolving.with(lang, &[("records", &lang.count(records))]));
            }
            Event::LookedUp => {
                self.lookups = self.lookups.map(|(done, records, say)| (done + 1, records, say));
                self.wait = None;
                return None;
            }
            Event::LookupsRefused { reason } => {
                self.lookups = None;
                let reason = foreign::of_answer(&reason, lang);
                return Some(Say::ProgressNoLookups.with(lang, &[("reason", &reason)]));
            }
            Event::Odd { oddity, counters } => {
                let say = match oddity {
                    Oddity::NoFailureList => Say::OddNoList,
                    Oddity::ProcessedDiffers => Say::OddProcessed,
                };
                return Some(say.with(lang, &[("counters", &counters)]));
            }
            Event::Unclear { time, reason } => {
                self.wait = Some(wait(time, Say::ProgressUnclear, reason, true));
            }
            Event::Waiting { time, reason, asked: true } => {
                self.wait = Some(wait(time, Say::ProgressWaiting, reason, true));
            }
            Event::Waiting { time, reason, asked: false } => {
                self.wait = Some(wait(time, Say::ProgressDown, reason, false));
            }
            Event::Held { time } => self.wait = Some(wait(time, Say::ProgressHeld, String::new(), true)),
            Event::OutOfCalls { time } => {
                self.wait = Some(wait(time, Say::ProgressNoCalls, String::new(), true));
            }
            Event::Paced(tempo) => return Some(self.paced(&tempo, lang)),
            Event::Stopping => {
                self.is_stopping = true;
                return Some(Say::ProgressStopping.text(lang).to_owned());
            }
        }
        self.waiting(now, lang)
    }

    /// One more chunk came to its verdict.
    fn settle(&mut self, records: u64, now: Duration) {
        // What is sent while look-ups are shown was waiting for them.
        self.lookups = self.lookups.filter(|(_, _, say)| *say != Say::ProgressResolved);
        self.done += 1;
        self.records += records;
        self.wait = None;
        self.settled.push_back((now, self.done));
        while self.settled.front().is_some_and(|(at, _)| now.saturating_sub(*at) > MEASURED_OVER) {
            self.settled.pop_front();
        }
    }

    /// The line of figures, as many of them as fit: what is done, the records, the pace, the time left.
    pub(super) fn figures(&self, now: Duration, lang: Lang, width: usize) -> String {
        if let Some((done, records, say)) = self.lookups {
            let values = [("done", lang.count(done)), ("records", lang.count(records))];
            let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
            return cut(&say.with(lang, &values), width);
        }
        let values = [("done", lang.count(self.done)), ("chunks", lang.count(self.chunks))];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        let done = Say::ProgressSent.with(lang, &values);
        let (count, unit) = (lang.count(self.records), self.measures.records(self.records, lang));
        let records = Some(Say::ProgressRecords.with(lang, &[("count", &count), ("unit", &unit)]));
        let pace = self.measured().map(|pace| {
            let pace = lang.decimal(pace, if pace < 1.0 { 2 } else { 1 });
            Say::ProgressPace.with(lang, &[("pace", &pace)])
        });
        let left = self.left(now, lang);
        // What matters least is left out first.
        let lines = [
            [Some(done.clone()), records, pace.clone(), left.clone()],
            [Some(done.clone()), None, pace, left.clone()],
            [Some(done.clone()), None, None, left],
        ];
        let lines = lines.map(|parts| parts.into_iter().flatten().collect::<Vec<_>>().join(BETWEEN));
        let fitting = lines.iter().find(|line| line.chars().count() <= width);
        fitting.cloned().unwrap_or_else(|| cut(&done, width))
    }

    /// Whether everything that is being done now is done.
    pub(super) fn is_done(&self) -> bool {
        self.lookups.map_or(self.done == self.chunks, |(done, records, _)| done == records)
    }

    /// What stands before the figures where nothing is drawn.
    pub(super) fn stage(&self, lang: Lang) -> &'static str {
        if self.lookups.is_none() { Say::ProgressSending.text(lang) } else { "" }
    }

    /// What else there is to say just now: that it stops, why it waits and how long still, or that the pace was changed.
    pub(super) fn note(&self, now: Duration, lang: Lang, width: usize) -> String {
        let stopping = self.is_stopping.then(|| Say::ProgressStopping.text(lang).to_owned());
        let said = stopping.or_else(|| self.waiting(now, lang)).or_else(|| self.pace.clone());
        cut(&said.unwrap_or_default(), width)
    }

    /// Why it waits, with what is left of it in whole seconds.
    fn waiting(&self, now: Duration, lang: Lang) -> Option<String> {
        let wait = self.wait.as_ref().filter(|wait| wait.until > now)?;
        let time = duration(lang, wait.until.saturating_sub(now));
        let said = wait.say.with(lang, &[("time", &time), ("reason", &wait.reason)]);
        Some(said.trim_end_matches([':', ' ']).to_owned())
    }

    /// Chunks in a second over the last minute.
    fn measured(&self) -> Option<f64> {
        let ((from, before), (to, after)) = (self.settled.front()?, self.settled.back()?);
        let time = to.saturating_sub(*from);
        if after - before < MEASURED_CHUNKS || time < MEASURED_TIME {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "a pace to show, with one digit")]
        Some((after - before) as f64 / time.as_secs_f64())
    }

    /// The time left, or how far the day's calls reach; nothing where nobody knows.
    fn left(&self, now: Duration, lang: Lang) -> Option<String> {
        let left = self.chunks.saturating_sub(self.done);
        if left == 0 || self.is_stopping {
            return None;
        }
        if let Some(calls) =
            self.calls_left.map(|calls| calls.saturating_sub(self.done)).filter(|calls| *calls < left)
        {
            return Some(Say::ProgressQuota.with(lang, &[("count", &lang.count(calls))]));
        }
        let waiting = match self.wait.as_ref().filter(|wait| wait.until > now) {
            Some(wait) if wait.is_sure => wait.until.saturating_sub(now),
            Some(_) => return None,
            None => Duration::ZERO,
        };
        let pace = self.measured()?.min(self.per_second);
        #[expect(clippy::cast_precision_loss, reason = "a time to show, in seconds or minutes")]
        let time = Duration::try_from_secs_f64(left as f64 / pace).ok()? + waiting;
        Some(Say::ProgressLeft.with(lang, &[("time", &duration(lang, time))]))
    }

    /// Takes in a pace that was changed, and says so until it is as asked for again.
    fn paced(&mut self, tempo: &Tempo, lang: Lang) -> String {
        self.per_second = tempo.per_second;
        let pace = lang.decimal(tempo.per_second, if tempo.per_second < 1.0 { 2 } else { 1 });
        let (say, reason) = match &tempo.why {
            Why::Refused(said) => (Say::ProgressSlowed, Say::PaceRefused.with(lang, &[("said", said)])),
            Why::Slow(time) => {
                (Say::ProgressSlowed, Say::PaceSlow.with(lang, &[("time", &duration(lang, *time))]))
            }
            Why::Calm(true) => (Say::ProgressAsGiven, String::new()),
            Why::Calm(false) => (Say::ProgressQuicker, String::new()),
        };
        let text = say.with(lang, &[("pace", &pace), ("reason", &reason)]);
        self.pace = (tempo.why != Why::Calm(true)).then(|| text.clone());
        text
    }
}

/// How reading goes on: rows first, then the records that they make.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ReadingState {
    pub(super) rows: u64,
    pub(super) records: u64,
    /// How long the rows took, once the records began.
    rows_took: Option<Duration>,
}

impl ReadingState {
    pub(super) fn take_rows(&mut self, rows: u64) {
        self.rows += rows;
    }

    pub(super) fn take_records(&mut self, records: u64, now: Duration) {
        self.rows_took.get_or_insert(now);
        self.records += records;
    }

    /// The stage and its figures; no time left, for nobody knows how much is to come.
    pub(super) fn line(&self, now: Duration, lang: Lang, width: usize) -> String {
        if self.rows == 0 {
            return cut(Say::ProgressReading.text(lang), width);
        }
        let (stage, count, each, began) = match self.rows_took {
            None => (Say::StageRows, self.rows, Say::ProgressRowsEach, Duration::ZERO),
            Some(took) => (Say::StageRecords, self.records, Say::ProgressRecordsEach, took),
        };
        let stage = stage.with(lang, &[("count", &lang.count(count))]);
        let time = now.saturating_sub(began);
        if time < MEASURED_TIME {
            return cut(&stage, width);
        }
        #[expect(clippy::cast_precision_loss, reason = "a pace to show, without decimals")]
        let pace = lang.decimal(count as f64 / time.as_secs_f64(), 0);
        let whole = format!("{stage}{BETWEEN}{}", each.with(lang, &[("pace", &pace)]));
        if whole.chars().count() <= width { whole } else { cut(&stage, width) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// A run of 3,000 chunks that has settled one every half second.
    fn under_way(done: u64, calls_left: Option<u64>) -> (SendingState, Duration) {
        let mut state = SendingState::new(3000, Measures::of_target("collections"), 2.0, calls_left);
        let mut now = Duration::ZERO;
        for _ in 0..done {
            now += Duration::from_millis(500);
            state.take(Event::Settled { records: 100 }, now, Lang::Es);
        }
        (state, now)
    }

    #[test]
    fn figures_fit_the_width() {
        let (state, now) = under_way(1200, None);
        for (width, expected) in [
            (120, "1.200 de 3.000 envíos · 120.000 expedientes · 2,0 envíos/s · faltan unos 15 min"),
            (80, "1.200 de 3.000 envíos · 120.000 expedientes · 2,0 envíos/s · faltan unos 15 min"),
            (58, "1.200 de 3.000 envíos · 2,0 envíos/s · faltan unos 15 min"),
            (50, "1.200 de 3.000 envíos · faltan unos 15 min"),
            (21, "1.200 de 3.000 envíos"),
            (10, "1.200 de …"),
        ] {
            assert_eq!(state.figures(now, Lang::Es, width), expected, "{width}");
        }
        let english = "1,200 of 3,000 chunks · 120,000 records · 2.0 chunks/s · about 15 min left";
        assert_eq!(state.figures(now, Lang::En, 80), english);
    }

    #[test]
    fn no_time_is_said_that_nobody_knows() {
        let (state, now) = under_way(2, None);
        assert_eq!(state.figures(now, Lang::Es, 120), "2 de 3.000 envíos · 200 expedientes");
        // The calls of the day end before the run does.
        let (state, now) = under_way(1200, Some(1300));
        assert!(state.figures(now, Lang::Es, 120).ends_with("hoy alcanza para 100 más"));
        let (mut state, now) = under_way(1200, Some(5000));
        let down =
            Event::Waiting { time: seconds(60), reason: "Connection refused".to_owned(), asked: false };
        state.take(down, now, Lang::Es);
        assert!(!state.figures(now, Lang::Es, 120).contains("faltan"));
        // A wait that the CRM asked for is known, and counts.
        let asked = Event::Waiting { time: seconds(600), reason: "later".to_owned(), asked: true };
        state.take(asked, now, Lang::Es);
        assert!(state.figures(now, Lang::Es, 120).ends_with("faltan unos 25 min"));
        // What was a minute ago says nothing of the pace after a long wait.
        state.take(Event::Settled { records: 100 }, now + seconds(600), Lang::Es);
        assert!(!state.figures(now + seconds(600), Lang::Es, 120).contains("faltan"));
    }

    #[test]
    fn a_wait_is_counted_down() {
        let (mut state, now) = under_way(10, None);
        let asked =
            Event::Waiting { time: seconds(30), reason: "Rate limit exceeded".to_owned(), asked: true };
        let said = state.take(asked, now, Lang::Es);
        assert_eq!(said.as_deref(), Some("el CRM pidió esperar 30 s: Rate limit exceeded"));
        for (after, width, expected) in [
            (1, 80, "el CRM pidió esperar 29 s: Rate limit exceeded"),
            (29, 80, "el CRM pidió esperar 1 s: Rate limit exceeded"),
            (25, 30, "el CRM pidió esperar 5 s: Rat…"),
            (30, 80, ""),
        ] {
            assert_eq!(state.note(now + seconds(after), Lang::Es, width), expected);
        }
        assert_eq!(
            state.take(Event::Held { time: seconds(4) }, now, Lang::En).as_deref(),
            Some("the CRM asked another run to wait 4 s")
        );
    }

    #[test]
    fn a_slower_pace_makes_the_time_longer_and_is_said_until_it_is_over() {
        let (mut state, now) = under_way(1200, None);
        let slow = Tempo { per_second: 0.5, why: Why::Refused("límite".to_owned()) };
        state.take(Event::Paced(slow), now, Lang::Es);
        assert!(state.figures(now, Lang::Es, 120).ends_with("faltan unos 60 min"));
        assert_eq!(
            state.note(now, Lang::Es, 80),
            "ritmo bajado a 0,50 por segundo (el CRM respondió: límite)"
        );
        state.take(Event::Paced(Tempo { per_second: 2.0, why: Why::Calm(true) }), now, Lang::Es);
        assert_eq!(state.note(now, Lang::Es, 80), "");
    }

    #[test]
    fn reading_says_its_stage_and_its_pace() {
        let mut state = ReadingState::default();
        assert_eq!(state.line(Duration::ZERO, Lang::Es, 60), "leyendo y revisando…");
        state.take_rows(120_000);
        assert_eq!(state.line(seconds(1), Lang::Es, 60), "leyendo: 120.000 filas");
        assert_eq!(state.line(seconds(4), Lang::Es, 60), "leyendo: 120.000 filas · 30.000 filas/s");
        assert_eq!(state.line(seconds(4), Lang::Es, 30), "leyendo: 120.000 filas");
        state.take_records(5000, seconds(4));
        assert_eq!(state.line(seconds(9), Lang::En, 60), "making records: 5,000 · 1,000 records/s");
    }
}
