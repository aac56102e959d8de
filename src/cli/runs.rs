//! `cartera runs` and `cartera report RUN`: what the ledger remembers.

use jiff::tz::TimeZone;
use serde_json::json;

use crate::books::State;
use crate::lang::{Lang, Say, states};
use crate::ledger::{FileEntry, Ledger, Run, RunKind, RunState};
use crate::problem::{Exit, Result};
use crate::report::terminal;

use super::Desk;
use super::args::{FolderArgs, ReportArgs};
use super::outcome::Ending;
use super::targets::heading;

/// Most runs that are listed.
const RUNS_LISTED: u32 = 50;
/// What a file's name, and a server with its operation, may take of a line of 80.
const FROM_WIDTH: usize = 34;
const TENANT_WIDTH: usize = 33;

pub(super) async fn list(desk: &Desk) -> Result<Exit> {
    let ledger = desk.ledger().await?;
    let runs = ledger.runs(RUNS_LISTED).await?;
    let lang = desk.lang();
    let settings = desk.settings(desk.given())?;
    let zone = settings.zone;
    let (mut rows, mut below) = (Vec::new(), Vec::new());
    let mut list = Vec::new();
    for run in &runs {
        // A load stands for its chain: what a retry or a corrected report brought in is no longer open.
        let of_chain = run.kind == RunKind::Load && run.state != RunState::Refused;
        let books = if of_chain { ledger.chain_books(run.id).await? } else { ledger.books(run).await? };
        let unsent = if run.kind == RunKind::Check { 0 } else { books.rows.of(State::Unsent) };
        let not_in = [State::Invalid, State::Rejected, State::Unknown];
        let open = unsent + not_in.iter().map(|state| books.rows.of(*state)).sum::<u64>();
        let loaded = books.rows.of(State::Loaded);
        let files = ledger.files(run.id).await?;
        list.push(json!({
            "run": run.id, "root": run.root, "kind": run.kind.as_str(), "state": run.state.as_str(),
            "exit": run.exit, "started_at": run.started_at.to_string(), "target": run.target,
            "server": run.server, "operation": run.operation, "rows_read": books.rows.read,
            "rows_loaded": loaded, "rows_open": open,
            "files": files.iter().map(|file| &file.name).collect::<Vec<_>>(),
            "report": run.settings["report"], "purged_at": run.purged_at.map(|at| at.to_string()),
        }));
        let numbers = [books.rows.read, loaded, open].map(|number| lang.count(number));
        rows.push(row(run, numbers, (lang, &zone)));
        below.push(under(run, &files, lang));
    }
    if desk.screen.json {
        desk.screen.result(&format!("{}\n", json!(list)));
    } else if rows.is_empty() {
        let folder = settings.state.display().to_string();
        desk.screen.result(&format!("{}\n", Say::NoRuns.with(lang, &[("folder", &folder)])));
    } else {
        desk.screen.result(&page(&rows, &below, lang));
    }
    Ok(Exit::Done)
}

/// The runs, two lines each: what it was and how much went in; from which file and whereto.
fn page(rows: &[[String; 7]], below: &[String], lang: Lang) -> String {
    let table = terminal::table(&heading(Say::RunsHeading, lang), rows);
    let mut lines = table.lines();
    let mut text = String::new();
    terminal::put_line(&mut text, lines.next().unwrap_or_default());
    for (line, under) in lines.zip(below) {
        terminal::put_line(&mut text, line);
        terminal::put_line(&mut text, under);
    }
    if rows.len() == RUNS_LISTED as usize {
        let count = rows.len().to_string();
        terminal::put_line(&mut text, &Say::RunsMore.with(lang, &[("count", &count)]));
    }
    text
}

fn row(run: &Run, [read, loaded, open]: [String; 3], (lang, zone): (Lang, &TimeZone)) -> [String; 7] {
    [
        run.id.to_string(),
        lang.moment(run.started_at, zone),
        states::run_kind(run.kind.as_str(), lang).to_owned(),
        states::run_state(run.state.as_str(), lang).to_owned(),
        read,
        loaded,
        open,
    ]
}

/// The second line of a run: its files, or the run that it goes on with, and its tenant.
fn under(run: &Run, files: &[FileEntry], lang: Lang) -> String {
    let from = match files {
        [] if run.root != run.id => Say::RunsOfRun.with(lang, &[("run", &run.root.to_string())]),
        [] => "–".to_owned(),
        [file] => terminal::shortened(&file.name, FROM_WIDTH),
        [file, others @ ..] => {
            format!("{} +{}", terminal::shortened(&file.name, FROM_WIDTH - 4), others.len())
        }
    };
    if run.server.is_empty() {
        return format!("         {from}");
    }
    let tenant = format!("{} / {}", run.server, run.operation);
    format!("         {from} → {}", terminal::shortened(&tenant, TENANT_WIDTH))
}

pub(super) async fn report(desk: &Desk, args: ReportArgs) -> Result<Exit> {
    let settings = desk.settings(desk.given())?;
    let ledger = Ledger::open(&settings.state).await?;
    let run = ledger.find_run(&args.run).await?;
    Ledger::needs_rows(&run)?;
    let books = ledger.books(&run).await?;
    let exit = exit_of_code(run.exit);
    let folder = FolderArgs { folder: args.output, unmasked: args.unmasked };
    let ending = Ending { desk, ledger: &ledger, folder: &folder, zone: &settings.zone };
    ending.show(&run, &books, exit, None).await?;
    Ok(Exit::Done)
}

/// The exit that a run ended with; one that never ended is stopped.
fn exit_of_code(code: Option<u8>) -> Exit {
    let all = [
        Exit::Done,
        Exit::Refused,
        Exit::Partial,
        Exit::Held,
        Exit::Locked,
        Exit::TokenRefused,
        Exit::Unwritable,
    ];
    all.into_iter().find(|exit| Some(exit.code()) == code).unwrap_or(Exit::Stopped)
}
