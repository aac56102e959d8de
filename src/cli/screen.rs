//! What a command shows: its result on standard output, all else on standard error.
//!
//! The one file that prints and the one that names indicatif. With `--json` the result is one JSON object and
//! nothing else stands on standard output. A reader that closes the pipe early ends the printing, never the run.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::lang::interface::duration;
use crate::lang::{Lang, Say};
use crate::platform;
use crate::problem::{Exit, Failure};
use crate::upload::Event;
use crate::upload::pace::{Tempo, Why};

/// Without a terminal, a line of progress at most this often.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Where and how a command shows things.
#[derive(Debug, Clone)]
pub(crate) struct Screen {
    pub(crate) lang: Lang,
    pub(crate) json: bool,
    pub(crate) quiet: bool,
    pub(crate) progress: bool,
}

impl Screen {
    /// Writes a result to standard output.
    #[expect(
        clippy::unused_self,
        reason = "where a result goes is the screen's matter, though it is one place"
    )]
    pub(crate) fn result(&self, text: &str) {
        // A closed pipe is the reader's choice; there is nobody left to tell.
        std::io::stdout().lock().write_all(text.as_bytes()).ok();
    }

    /// Writes a remark to standard error.
    pub(crate) fn remark(&self, text: &str) {
        if !self.quiet {
            complain(text);
        }
    }

    /// Says what ended a command, where, and what to do.
    pub(crate) fn failure(&self, failure: &Failure) {
        let (what, fix) = (failure.what(self.lang), failure.fix(self.lang));
        // Many messages name their place themselves.
        let place = failure.place.as_ref().map(ToString::to_string).filter(|place| !what.contains(place));
        let place = place.map_or_else(String::new, |place| format!("{place}: "));
        let head = if failure.exit() == Exit::Stopped { Say::StopHead } else { Say::ErrorHead };
        complain(&format!("{}{place}{what} [{}]", head.text(self.lang), failure.code));
        complain(&format!("{}{fix}", Say::FixHead.text(self.lang)));
    }

    /// Whether there is a terminal to ask questions on.
    #[expect(
        clippy::unused_self,
        reason = "where a question goes is the screen's matter, though it is one place"
    )]
    pub(crate) fn can_ask(&self) -> bool {
        std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    /// Asks a question; Ctrl-C is a no. Once a run has been sent, the signal no longer ends the process by itself.
    pub(crate) async fn ask_or_stop(&self, question: &str) -> bool {
        let (answer, answered) = tokio::sync::oneshot::channel();
        let (screen, question) = (self.clone(), question.to_owned());
        // A thread of its own: whoever answers with Ctrl-C leaves it waiting for a line that nobody needs.
        std::thread::spawn(move || answer.send(screen.ask(&question)).ok());
        tokio::select! {
            answer = answered => answer.unwrap_or(false),
            () = platform::asked_to_stop() => false,
        }
    }

    /// Asks a question where there is a terminal to ask it on; elsewhere the answer is yes.
    pub(crate) fn ask(&self, question: &str) -> bool {
        if !self.can_ask() {
            return true;
        }
        std::io::stderr().lock().write_all(question.as_bytes()).ok();
        let mut answer = String::new();
        let read = std::io::stdin().lock().read_line(&mut answer);
        read.is_ok() && answer.trim().to_lowercase().starts_with(Say::AnswerYes.text(self.lang))
    }

    /// Begins to show how sending goes on.
    pub(crate) fn sending(&self, chunks: u64) -> Sending {
        let shown = self.progress && !self.quiet;
        let terminal = shown && std::io::stderr().is_terminal();
        let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(chunks), target);
        if let Ok(style) = ProgressStyle::with_template("  {wide_bar} {percent:>3} %\n  {msg}") {
            bar.set_style(style);
        }
        let inner = Counts {
            chunks,
            done: 0,
            records: 0,
            said: Instant::now(),
            lookups: (0, 0, Say::ProgressLookedUp),
            pace: None,
        };
        Sending {
            screen: self.clone(),
            bar,
            terminal,
            lines: shown && !terminal,
            start: Instant::now(),
            inner: Mutex::new(inner),
        }
    }
}

/// Writes to standard error, even when asked to be quiet.
fn complain(text: &str) {
    let mut line = text.to_owned();
    if !line.ends_with('\n') {
        line.push('\n');
    }
    std::io::stderr().lock().write_all(line.as_bytes()).ok();
}

/// A number with one digit after the point; with two where it is small.
fn decimal(lang: Lang, number: f64) -> String {
    let text = if number < 1.0 { format!("{number:.2}") } else { format!("{number:.1}") };
    if lang == Lang::Es { text.replace('.', ",") } else { text }
}

/// How sending goes on.
pub(crate) struct Sending {
    screen: Screen,
    bar: ProgressBar,
    terminal: bool,
    lines: bool,
    start: Instant,
    inner: Mutex<Counts>,
}

struct Counts {
    chunks: u64,
    done: u64,
    records: u64,
    said: Instant,
    /// Records looked for, how many there are to be, and how that is said.
    lookups: (u64, u64, Say),
    /// What is said of a pace that is not the one asked for.
    pace: Option<String>,
}

impl Sending {
    /// Shows an event.
    pub(crate) fn tell(&self, event: Event) {
        let lang = self.screen.lang;
        match event {
            Event::Settled { records } => self.settled(records),
            // One chunk has become two.
            Event::Split => self.add_chunks(1),
            Event::Unclear { time, reason } => {
                let values = [("time", duration(lang, time)), ("reason", reason)];
                let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
                self.say(&Say::ProgressUnclear.with(lang, &values));
            }
            Event::Waiting { time, reason, asked } => {
                let say = if asked { Say::ProgressWaiting } else { Say::ProgressDown };
                self.say(&say.with(lang, &[("time", &duration(lang, time)), ("reason", &reason)]));
            }
            Event::Held { time } => {
                self.say(&Say::ProgressHeld.with(lang, &[("time", &duration(lang, time))]));
            }
            Event::Paced(tempo) => self.paced(&tempo),
            Event::LookingUp { records } => {
                self.looking_up(records, Say::ProgressLookingUp, Say::ProgressLookedUp);
            }
            Event::Resolving { records } => {
                self.looking_up(records, Say::ProgressResolving, Say::ProgressResolved);
            }
            Event::LookedUp => self.looked_up(),
            Event::LookupsRefused { reason } => {
                self.screen.remark(&Say::ProgressNoLookups.with(lang, &[("reason", &reason)]));
            }
            Event::Resent { chunks } => self.add_chunks(chunks),
            Event::Stopping => self.say(Say::ProgressStopping.text(lang)),
        }
    }

    fn add_chunks(&self, chunks: u64) {
        let Ok(mut counts) = self.inner.lock() else { return };
        counts.chunks += chunks;
        self.bar.set_length(counts.chunks);
    }

    /// Says what looking for records will cost, before it is spent.
    fn looking_up(&self, records: u64, head: Say, line: Say) {
        let Ok(mut counts) = self.inner.lock() else { return };
        counts.lookups = (0, records, line);
        let lang = self.screen.lang;
        self.screen.remark(&head.with(lang, &[("records", &lang.count(records))]));
    }

    fn looked_up(&self) {
        let Ok(mut counts) = self.inner.lock() else { return };
        counts.lookups.0 += 1;
        let lang = self.screen.lang;
        let (done, records, line) = counts.lookups;
        let values = [("done", lang.count(done)), ("records", lang.count(records))];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        let line = line.with(lang, &values);
        self.bar.set_message(line.clone());
        if self.lines && (counts.said.elapsed() >= LINE_EVERY || done == records) {
            counts.said = Instant::now();
            self.screen.remark(&line);
        }
    }

    fn settled(&self, records: u64) {
        let Ok(mut counts) = self.inner.lock() else { return };
        counts.done += 1;
        counts.records += records;
        self.bar.set_position(counts.done);
        let line = self.line(&counts);
        self.bar.set_message(line.clone());
        if self.lines && (counts.said.elapsed() >= LINE_EVERY || counts.done == counts.chunks) {
            counts.said = Instant::now();
            self.screen.remark(&line);
        }
    }

    /// Says that the pace was changed, and goes on to say so until it is as asked for again.
    fn paced(&self, tempo: &Tempo) {
        let lang = self.screen.lang;
        let pace = decimal(lang, tempo.per_second);
        let (say, reason) = match &tempo.why {
            Why::Refused(said) => (Say::ProgressSlowed, Say::PaceRefused.with(lang, &[("said", said)])),
            Why::Slow(time) => {
                (Say::ProgressSlowed, Say::PaceSlow.with(lang, &[("time", &duration(lang, *time))]))
            }
            Why::Calm(true) => (Say::ProgressAsGiven, String::new()),
            Why::Calm(false) => (Say::ProgressQuicker, String::new()),
        };
        let text = say.with(lang, &[("pace", &pace), ("reason", &reason)]);
        if let Ok(mut counts) = self.inner.lock() {
            counts.pace = (tempo.why != Why::Calm(true)).then(|| text.clone());
        }
        self.say(&text);
    }

    fn line(&self, counts: &Counts) -> String {
        let lang = self.screen.lang;
        let elapsed = self.start.elapsed().as_secs_f64().max(0.001);
        #[expect(clippy::cast_precision_loss, reason = "a pace to show, with one digit")]
        let pace = counts.done as f64 / elapsed;
        #[expect(clippy::cast_precision_loss, reason = "time left to show, in seconds")]
        let left =
            Duration::from_secs_f64((counts.chunks - counts.done.min(counts.chunks)) as f64 / pace.max(1e-6));
        let line = Say::ProgressSending.with(
            lang,
            &[
                ("done", &lang.count(counts.done)),
                ("chunks", &lang.count(counts.chunks)),
                ("records", &lang.count(counts.records)),
                ("pace", &decimal(lang, pace)),
                ("left", &duration(lang, left)),
            ],
        );
        counts.pace.as_ref().map_or_else(|| line.clone(), |pace| format!("{line} · {pace}"))
    }

    fn say(&self, text: &str) {
        if self.terminal {
            self.bar.set_message(text.to_owned());
        } else if self.lines {
            self.screen.remark(text);
        }
    }

    /// Ends the display.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
