//! What a command shows: its result on standard output, all else on standard error.
//!
//! The one file that prints and the one that names indicatif. With `--json` the result is one JSON object and
//! nothing else stands on standard output. A reader that closes the pipe early ends the printing, never the run.

use std::fmt::Write;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::lang::{Lang, Say};
use crate::platform::StopRequests;
use crate::problem::{Exit, Failure};
use crate::report::measures::Measures;
use crate::upload::Event;

use super::progress::{ReadingState, SendingState};

/// Without a terminal, a line of progress at most this often.
const LINE_EVERY: Duration = Duration::from_secs(10);
/// On a terminal, a drawing at least this often.
const DRAWN_EVERY: Duration = Duration::from_millis(250);
/// The width of a terminal that does not say its own.
const USUAL_WIDTH: u16 = 80;

/// Where and how a command shows things.
#[derive(Debug, Clone)]
pub(crate) struct Screen {
    pub(crate) lang: Lang,
    pub(crate) json: bool,
    pub(crate) quiet: bool,
    pub(crate) progress: bool,
    /// What is drawn now, if anything is: it makes room for a remark, whoever has it to make.
    drawn: Arc<Mutex<Option<ProgressBar>>>,
}

impl Screen {
    /// A screen on which nothing is drawn yet.
    pub(crate) fn new(lang: Lang, json: bool, quiet: bool, progress: bool) -> Screen {
        Screen { lang, json, quiet, progress, drawn: Arc::default() }
    }

    /// Writes a result to standard output.
    #[expect(
        clippy::unused_self,
        reason = "where a result goes is the screen's matter, though it is one place"
    )]
    pub(crate) fn result(&self, text: &str) {
        // A closed pipe is the reader's choice; there is nobody left to tell.
        std::io::stdout().lock().write_all(text.as_bytes()).ok();
    }

    /// Writes a remark to standard error, above what is drawn there.
    pub(crate) fn remark(&self, text: &str) {
        if self.quiet {
            return;
        }
        match self.drawn.lock().ok().and_then(|drawn| drawn.clone()) {
            Some(bar) => bar.suspend(|| complain(text)),
            None => complain(text),
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

    /// Asks a question; to ask it to stop is a no.
    pub(crate) async fn ask_or_stop(&self, question: &str, asked: &mut StopRequests) -> bool {
        let (answer, answered) = tokio::sync::oneshot::channel();
        let (screen, question) = (self.clone(), question.to_owned());
        // A thread of its own: whoever answers with Ctrl-C leaves it waiting for a line that nobody needs.
        std::thread::spawn(move || answer.send(screen.ask(&question)).ok());
        tokio::select! {
            answer = answered => answer.unwrap_or(false),
            () = asked.next() => false,
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

    /// Begins to show how sending goes on: so many chunks, at most so many requests in a second, and so many calls that
    /// are left today, where something limits them.
    pub(crate) fn sending(
        &self,
        chunks: u64,
        measures: Measures<'static>,
        per_second: f64,
        calls_left: Option<u64>,
    ) -> Sending {
        let state = SendingState::new(chunks, measures, per_second, calls_left);
        let display = Display::new(self, state, ProgressBar::with_draw_target(Some(chunks), hidden()));
        let (figures, note) = (Arc::clone(&display.state), Arc::clone(&display.state));
        let (lang, start) = (self.lang, display.start);
        let style =
            ProgressStyle::with_template("  {wide_bar} {percent:>3} %\n  {figures}\n  {note}").map(|style| {
                let style = style.with_key(
                    "figures",
                    key(figures, move |state: &SendingState, width| {
                        state.figures(start.elapsed(), lang, width)
                    }),
                );
                style.with_key(
                    "note",
                    key(note, move |state: &SendingState, width| state.note(start.elapsed(), lang, width)),
                )
            });
        display.style(style);
        display.show();
        Sending { display }
    }

    /// Begins to show how reading goes on.
    pub(crate) fn reading(&self) -> Reading {
        let bar = ProgressBar::with_draw_target(None, hidden());
        let display = Display::new(self, ReadingState::default(), bar);
        let (lang, start, state) = (self.lang, display.start, Arc::clone(&display.state));
        let style = ProgressStyle::with_template("  {figures}").map(|style| {
            style.with_key(
                "figures",
                key(state, move |state: &ReadingState, width| state.line(start.elapsed(), lang, width)),
            )
        });
        display.style(style);
        display.show();
        if display.lines {
            self.remark(Say::ProgressReading.text(lang));
        }
        Reading { display }
    }
}

/// Writes to standard error, even when asked to be quiet.
pub(super) fn complain(text: &str) {
    let mut line = text.to_owned();
    if !line.ends_with('\n') {
        line.push('\n');
    }
    std::io::stderr().lock().write_all(line.as_bytes()).ok();
}

fn hidden() -> ProgressDrawTarget {
    ProgressDrawTarget::hidden()
}

/// What is drawn under a name of a template: a line of the state as it is then, as wide as the terminal is then.
fn key<S: Send + 'static>(
    state: Arc<Mutex<S>>,
    line: impl Fn(&S, usize) -> String + Clone + Send + Sync + 'static,
) -> impl Fn(&ProgressState, &mut dyn Write) + Clone + Send + Sync + 'static {
    move |_bar: &ProgressState, out: &mut dyn Write| {
        let width =
            terminal_size::terminal_size_of(std::io::stderr()).map_or(USUAL_WIDTH, |(width, _)| width.0);
        // Two columns in front, and the last one free: a terminal that wraps there would leave lines behind.
        let width = usize::from(width).saturating_sub(3);
        let text = state.lock().map(|state| line(&state, width)).unwrap_or_default();
        // What is drawn goes to memory first.
        out.write_str(&text).ok();
    }
}

/// What is shown while something goes on: on a terminal drawn again and again, elsewhere a line from time to time.
struct Display<S> {
    screen: Screen,
    bar: ProgressBar,
    terminal: bool,
    lines: bool,
    start: Instant,
    state: Arc<Mutex<S>>,
    /// When a line was written last.
    said: Mutex<Instant>,
}

impl<S> Display<S> {
    fn new(screen: &Screen, state: S, bar: ProgressBar) -> Display<S> {
        let shown = screen.progress && !screen.quiet;
        // A terminal that cannot move its cursor is none to draw on.
        let can_draw = || !ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).is_hidden();
        let terminal = shown && std::io::stderr().is_terminal() && can_draw();
        let (start, lines) = (Instant::now(), shown && !terminal);
        let state = Arc::new(Mutex::new(state));
        Display { screen: screen.clone(), bar, terminal, lines, start, state, said: Mutex::new(start) }
    }

    fn style(&self, style: Result<ProgressStyle, indicatif::style::TemplateError>) {
        // The templates are our own; without one the bar would only look different.
        if let Ok(style) = style {
            self.bar.set_style(style);
        }
    }

    /// Draws it from now on, several times a second, so that a wait is counted down.
    fn show(&self) {
        if self.terminal {
            self.is_drawn(Some(self.bar.clone()));
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.bar.enable_steady_tick(DRAWN_EVERY);
        }
    }

    /// Takes it off the terminal.
    fn hide(&self) {
        self.is_drawn(None);
        self.bar.disable_steady_tick();
        self.bar.set_draw_target(hidden());
    }

    /// Takes it off for good.
    fn finish(&self) {
        self.is_drawn(None);
        self.bar.finish_and_clear();
    }

    fn is_drawn(&self, bar: Option<ProgressBar>) {
        if let Ok(mut drawn) = self.screen.drawn.lock() {
            *drawn = bar;
        }
    }

    /// Writes a line where there is no terminal, when it is time for one.
    fn line(&self, line: impl FnOnce(&S, Duration) -> String, is_last: bool) {
        let (Ok(state), Ok(mut said)) = (self.state.lock(), self.said.lock()) else { return };
        if self.lines && (is_last || said.elapsed() >= LINE_EVERY) {
            *said = Instant::now();
            self.screen.remark(&line(&state, self.start.elapsed()));
        }
    }
}

/// How sending goes on.
pub(crate) struct Sending {
    display: Display<SendingState>,
}

impl Sending {
    /// Shows an event.
    pub(crate) fn tell(&self, event: Event) {
        let display = &self.display;
        let lang = display.screen.lang;
        let is_verdict = matches!(event, Event::Settled { .. } | Event::LookedUp);
        // What is drawn goes away; this has to stay.
        let is_remark = matches!(
            event,
            Event::LookingUp { .. }
                | Event::Resolving { .. }
                | Event::LookupsRefused { .. }
                | Event::Odd { .. }
        );
        let is_short = match &event {
            Event::Unclear { time, .. }
            | Event::Waiting { time, .. }
            | Event::Held { time }
            | Event::OutOfCalls { time } => *time < LINE_EVERY,
            _ => false,
        };
        let Ok(mut state) = display.state.lock() else { return };
        let text = state.take(event, display.start.elapsed(), lang);
        let (chunks, done, is_done) = (state.chunks, state.done, state.is_done());
        // The bar draws what the state says, under its own lock: nobody may hold the state's meanwhile.
        drop(state);
        display.bar.set_length(chunks);
        display.bar.set_position(done);
        let is_last = is_verdict && is_done;
        match text {
            Some(text) if is_remark => display.screen.remark(&text),
            // A short wait is one of many, which would fill a log.
            Some(text) if is_short => display.line(|_, _| text, false),
            Some(text) if display.lines => display.screen.remark(&text),
            Some(_) => {}
            None => display.line(
                |state, now| {
                    let figures = state.figures(now, lang, usize::MAX);
                    format!("{}{figures}", state.stage(lang))
                },
                is_last,
            ),
        }
    }

    /// Takes the display away while something is asked or said.
    pub(crate) fn hide(&self) {
        self.display.hide();
    }

    /// Shows it again.
    pub(crate) fn show(&self) {
        self.display.show();
    }

    /// Ends the display.
    pub(crate) fn finish(&self) {
        self.display.finish();
    }
}

/// How reading goes on; it ends when this is dropped.
pub(crate) struct Reading {
    display: Display<ReadingState>,
}

impl Reading {
    /// Rows were read.
    pub(crate) fn rows(&self, rows: u64) {
        if let Ok(mut state) = self.display.state.lock() {
            state.take_rows(rows);
        }
        self.line();
    }

    /// Records were made of them.
    pub(crate) fn records(&self, records: u64) {
        if let Ok(mut state) = self.display.state.lock() {
            state.take_records(records, self.display.start.elapsed());
        }
        self.line();
    }

    fn line(&self) {
        let lang = self.display.screen.lang;
        self.display.line(|state, now| state.line(now, lang, usize::MAX), false);
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.display.finish();
    }
}
