//! `cartera watch`: the scheduled imports of `cartera.toml`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::lang::{Code, Say};
use crate::mapping;
use crate::platform;
use crate::problem::{Exit, Failure, Result};
use crate::report::{summary, terminal};
use crate::settings::Given;
use crate::watch::mail::{Channel, authority_in};
use crate::watch::program::Program;
use crate::watch::settings::{self, Watch, WatchSettings};
use crate::watch::{Plan, Watcher, no_folder};

use super::Desk;
use super::planning::Tenant;
use super::targets::heading;

/// What `watch` takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct WatchArgs {
    #[arg(long)]
    pub(crate) once: bool,
    #[arg(long = "check", conflicts_with_all = ["once", "status_file"])]
    pub(crate) check_only: bool,
    #[arg(long, value_name = "FILE")]
    pub(crate) status_file: Option<PathBuf>,
}

pub(super) async fn run(desk: &Desk, args: WatchArgs) -> Result<Exit> {
    let settings = match read(desk) {
        Ok(settings) => settings,
        Err(failures) => return Ok(refuse(desk, &failures)),
    };
    if args.check_only {
        return Ok(say_right(desk, &settings));
    }
    let plan = plan(desk, settings, args.status_file)?;
    let post = Channel::open(&plan.settings.channels)?;
    let mut watcher = Watcher::open(plan, post, jiff::Timestamp::now())?;
    let exit = watcher.watch(jiff::Timestamp::now, args.once).await?;
    if args.once || desk.screen.json {
        show(desk, &watcher.status(jiff::Timestamp::now()), exit);
    }
    Ok(exit)
}

/// The watches, and everything that they point at looked at: folders, mappings, profiles, tokens, passwords.
fn read(desk: &Desk) -> Result<WatchSettings, Vec<Failure>> {
    let mut settings = settings::read(desk.global.config.as_deref())?;
    let mut failures = Vec::new();
    for watch in &mut settings.watches {
        watch.profile = watch.profile.take().or_else(|| desk.global.profile.clone());
        failures.extend(mistakes(desk, watch));
    }
    let authority = settings.channels.mail.as_ref().and_then(|mail| mail.ca_file.as_ref());
    if let Some((path, Err(error))) = authority.map(|path| (path, authority_in(path))) {
        let unreadable = Failure::new(Code::CaFileUnreadable).with("value", path.display());
        failures.push(unreadable.with("reason", error));
    }
    let password = settings.channels.mail.as_ref().and_then(|mail| mail.password_file.as_ref());
    if let Some(path) = password.filter(|path| std::fs::metadata(path).is_err()) {
        failures.push(Failure::new(Code::FileNotFound).with("value", path.display()));
    }
    if failures.is_empty() { Ok(settings) } else { Err(failures) }
}

fn mistakes(desk: &Desk, watch: &Watch) -> Vec<Failure> {
    let mut failures = Vec::new();
    if !watch.folder.is_dir() {
        failures.push(no_folder(watch));
    }
    failures.extend(mapping::file::read(&watch.mapping).err());
    let settings = desk.settings(Given { profile: watch.profile.clone(), ..desk.given() });
    match settings {
        Ok(settings) if !watch.sandbox => {
            failures.extend(Tenant::real(&settings).err());
            failures.extend(settings.token.read().err());
        }
        Ok(_) => {}
        Err(failure) => failures.push(failure),
    }
    failures.into_iter().map(|failure| placed(failure, watch)).collect()
}

/// Says which watch a failure is about that does not name a line itself.
fn placed(failure: Failure, watch: &Watch) -> Failure {
    if failure.value("place", crate::lang::Lang::En).is_some() || failure.place.is_some() {
        return failure;
    }
    failure.at(crate::problem::Place { file: watch.place.clone(), ..crate::problem::Place::default() })
}

fn refuse(desk: &Desk, failures: &[Failure]) -> Exit {
    for failure in failures {
        desk.screen.failure(failure);
    }
    if desk.screen.json {
        let mut result =
            failures.first().map(|first| summary::without_run(first, desk.lang())).unwrap_or_default();
        result["errors"] = failures.iter().map(|failure| summary::error(failure, desk.lang())).collect();
        desk.screen.result(&format!("{result}\n"));
    }
    Exit::Refused
}

fn say_right(desk: &Desk, settings: &WatchSettings) -> Exit {
    let now = jiff::Timestamp::now();
    if desk.screen.json {
        let watches = settings.watches.iter().map(|watch| {
            json!({
                "name": watch.name, "folder": watch.folder, "mapping": watch.mapping, "profile": watch.profile,
                "next_due": watch.calendar.next_due(now), "opens_at": watch.calendar.opens(now),
            })
        });
        let result = json!({
            "status": "checked", "exit": Exit::Done.code(), "watches": watches.collect::<Vec<_>>(), "errors": [],
        });
        desk.screen.result(&format!("{result}\n"));
    } else {
        let count = desk.lang().count(settings.watches.len() as u64);
        desk.screen.result(&format!("{}\n", Say::WatchChecked.with(desk.lang(), &[("count", &count)])));
    }
    Exit::Done
}

/// The watcher's plan; what was typed for all commands is handed on to each load.
fn plan(desk: &Desk, settings: WatchSettings, status_file: Option<PathBuf>) -> Result<Plan> {
    let profile = settings.watches.iter().find_map(|watch| watch.profile.clone());
    let state = desk.settings(Given { profile, ..desk.given() })?.state;
    let path = platform::own_program().map_err(|error| Failure::new(Code::Internal).with("reason", error))?;
    let mut flags: Vec<OsString> = vec!["--state".into(), state.clone().into()];
    flags.extend(desk.global.config.iter().flat_map(|config| ["--config".into(), config.into()]));
    flags.extend(["--lang".into(), if desk.lang() == crate::lang::Lang::Es { "es" } else { "en" }.into()]);
    let program = Program { path, flags };
    Ok(Plan { settings, program, state, status_file, lang: desk.lang() })
}

/// What a round came to: the status, as JSON or as a table.
fn show(desk: &Desk, status: &serde_json::Value, exit: Exit) {
    let lang = desk.lang();
    if desk.screen.json {
        let mut result = status.clone();
        result["status"] = exit.status().into();
        result["exit"] = exit.code().into();
        desk.screen.result(&format!("{result}\n"));
        return;
    }
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("–").to_owned();
    let rows: Vec<[String; 6]> = status["watches"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|watch| {
            let due = watch["next_due"].as_str().map_or(Say::WatchWhole.text(lang).to_owned(), str::to_owned);
            let person = watch["waiting_for_person"].as_array().map_or(0, Vec::len);
            [
                text(&watch["name"]),
                text(&watch["folder"]),
                due,
                text(&watch["last_success"]["file"]),
                text(&watch["last_failure"]["file"]),
                lang.count(person as u64),
            ]
        })
        .collect();
    desk.screen.result(&terminal::table(&heading(Say::WatchesHeading, lang), &rows));
}
