//! The commands: each wires the parts together and chooses the exit status. Nothing below names clap.

mod args;
mod canary;
mod changed;
mod completions;
mod describe;
mod diff;
mod drift;
mod explain;
mod footing;
mod inspect;
mod inspect_page;
mod load;
mod map;
mod map_page;
mod outcome;
mod planning;
mod progress;
mod purge;
mod quota;
mod report_folder;
mod resume;
mod retry;
mod runs;
mod sandbox;
mod screen;
mod sending;
mod show;
mod since_planned;
mod spooled_workbook;
mod targets;
mod usage;
mod watch;

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use crate::lang::{Code, Lang};
use crate::ledger::Ledger;
use crate::platform;
use crate::problem::{Exit, Failure, Result};
use crate::report::summary;
use crate::settings::{Environment, Given, Settings};
use crate::source::{self, Isolation, ReaderProcess, Spools, Workplace};

use args::{Cli, Command, Global, LogFormat};
use screen::Screen;

/// Exit code of the argument parser, for a command line that it does not understand.
const USAGE: u8 = 2;

/// Runs a command line and gives its exit code.
pub fn main(args: &[OsString]) -> ExitCode {
    // This program started itself to read a workbook; nobody types that, so the parser does not know of it.
    if let [_, command] = args
        && command == source::READER_COMMAND
    {
        return source::serve();
    }
    let environment = Environment::read();
    let lang = environment.lang(Cli::peek_lang(args));
    let cli = match Cli::read(args, lang) {
        Ok(cli) => cli,
        Err(error) => {
            match usage::complaint(&error, args, &describe::describe(command(), lang), lang) {
                Some(text) => screen::complain(&text),
                // Where the pipe is closed there is nobody to tell.
                None => drop(error.print()),
            }
            return ExitCode::from(if error.use_stderr() { USAGE } else { 0 });
        }
    };
    let screen = Screen::new(lang, cli.global.json, cli.global.quiet, !cli.global.no_progress);
    quiet_panics();
    log_to_stderr(&cli.global, matches!(cli.command, Command::Watch(_)));
    let exit = run(cli, &environment, &screen).unwrap_or_else(|failure| {
        screen.failure(&failure);
        let exit = failure.exit();
        if screen.json {
            let result = summary::without_run(&failure, lang);
            screen.result(&format!("{result}\n"));
        }
        exit
    });
    ExitCode::from(exit.code())
}

/// The parser's command, for completions and for the test of the help texts.
pub(crate) fn command() -> clap::Command {
    <Cli as clap::CommandFactory>::command()
}

fn run(cli: Cli, environment: &Environment, screen: &Screen) -> Result<Exit> {
    if let Command::Completions(args) = &cli.command {
        return Ok(completions::run(args, screen));
    }
    if let Command::Targets(args) = &cli.command {
        return targets::run(args, screen);
    }
    let runtime = footing::runtime()?;
    let desk = Desk { global: cli.global, environment: environment.clone(), screen: screen.clone() };
    let ended = runtime.block_on(async {
        match cli.command {
            Command::Load(args) => load::load(&desk, args).await,
            Command::Check(args) => load::check(&desk, args).await,
            Command::Inspect(args) => inspect::run(&desk, &args),
            Command::Map(args) => map::run(&desk, &args),
            Command::Resume(args) => resume::run(&desk, args).await,
            Command::Retry(args) => retry::run(&desk, args).await,
            Command::Report(args) => runs::report(&desk, args).await,
            Command::Runs => runs::list(&desk).await,
            Command::Show(args) => show::run(&desk, args).await,
            Command::Purge(args) => purge::run(&desk, args).await,
            Command::Watch(args) => watch::run(&desk, args).await,
            Command::Explain(args) => explain::run(&desk, args).await,
            Command::Diff(args) => diff::run(&desk, args).await,
            Command::Sandbox(args) => sandbox::run(&desk, args).await,
            Command::Targets(_) | Command::Completions(_) => Ok(Exit::Done),
        }
    });
    // A thread that still waits for another process's lock on the pace must not keep this one from ending.
    runtime.shutdown_background();
    ended
}

/// What every command starts from.
struct Desk {
    global: Global,
    environment: Environment,
    screen: Screen,
}

impl Desk {
    fn given(&self) -> Given {
        self.global.given()
    }

    fn settings(&self, given: Given) -> Result<Settings> {
        Settings::resolve(given, &self.environment)
    }

    fn lang(&self) -> Lang {
        self.screen.lang
    }

    /// The ledger of the state folder, for commands that need no other setting.
    async fn ledger(&self) -> Result<Ledger> {
        Ledger::open(&self.settings(self.given())?.state).await
    }
}

/// What the reading of files may use: the state folder, and this program once more for the readers not our own.
fn workplace(settings: &Settings) -> Result<Workplace> {
    let program = platform::own_program();
    let program = program.map_err(|error| Failure::new(Code::Internal).with("reason", error))?;
    let (memory, time) = (settings.reader_memory, settings.reader_time);
    let isolation = Isolation::Child(ReaderProcess { program, memory, time });
    Ok(Workplace { spools: Spools::in_folder(&settings.state), isolation })
}

/// Standard error whose closing is no error: a log that nobody reads must not end a run.
struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::stderr().write_all(bytes).ok();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Logs go to standard error, and only our own: another library's may hold what it was sent. A command that nobody
/// watches says what it decides without being asked.
fn log_to_stderr(global: &Global, tells_decisions: bool) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => "off",
        (false, 0) if tells_decisions => "cartera=info",
        (false, 0) => "cartera=error",
        (false, 1) => "cartera=info",
        (false, 2) => "cartera=debug",
        (false, _) => "cartera=trace",
    };
    let filter = tracing_subscriber::EnvFilter::new(level);
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(|| Log);
    let set = match global.log_format {
        LogFormat::Json => builder.json().try_init(),
        LogFormat::Text => builder.with_ansi(io::stderr().is_terminal()).try_init(),
    };
    // A second command in one process keeps the first one's log.
    set.ok();
}

/// A panic is a bug of ours: one line that can be reported, and no backtrace for an analyst to look at.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(String::new, ToString::to_string);
        tracing::error!(place, "panic");
    }));
}
