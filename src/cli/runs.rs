//! `cartera runs` and `cartera report RUN`: what the ledger remembers.

use serde_json::json;

use crate::books::State;
use crate::lang::Say;
use crate::ledger::{Ledger, RunKind, RunState};
use crate::problem::{Exit, Result};
use crate::report::terminal;

use super::Desk;
use super::args::ReportArgs;
use super::outcome::Ending;
use super::targets::heading;

/// Most runs that are listed.
const RUNS_LISTED: u32 = 50;

pub(super) async fn list(desk: &Desk) -> Result<Exit> {
    let ledger = desk.ledger().await?;
    let runs = ledger.runs(RUNS_LISTED).await?;
    let lang = desk.lang();
    let mut rows: Vec<[String; 8]> = Vec::new();
    let mut list = Vec::new();
    for run in &runs {
        // A load stands for its chain: what a retry or a corrected report brought in is no longer open.
        let of_chain = run.kind == RunKind::Load && run.state != RunState::Refused;
        let books = if of_chain { ledger.chain_books(run.id).await? } else { ledger.books(run).await? };
        let unsent = if run.kind == RunKind::Check { 0 } else { books.rows.of(State::Unsent) };
        let not_in = [State::Invalid, State::Rejected, State::Unknown];
        let open = unsent + not_in.iter().map(|state| books.rows.of(*state)).sum::<u64>();
        let loaded = books.rows.of(State::Loaded);
        list.push(json!({
            "run": run.id, "root": run.root, "kind": run.kind.as_str(), "state": run.state.as_str(),
            "exit": run.exit, "started_at": run.started_at.to_string(), "target": run.target,
            "server": run.server, "operation": run.operation, "rows_read": books.rows.read,
            "rows_loaded": loaded, "rows_open": open,
            "report": run.settings["report"], "purged_at": run.purged_at.map(|at| at.to_string()),
        }));
        let server = if run.server.is_empty() { "–" } else { &run.server };
        rows.push([
            run.id.to_string(),
            run.kind.as_str().to_owned(),
            run.state.as_str().to_owned(),
            run.started_at.strftime("%Y-%m-%d %H:%M").to_string(),
            server.to_owned(),
            lang.count(books.rows.read),
            lang.count(loaded),
            lang.count(open),
        ]);
    }
    if desk.screen.json {
        desk.screen.result(&format!("{}\n", json!(list)));
    } else if rows.is_empty() {
        let folder = desk.settings(desk.given())?.state.display().to_string();
        desk.screen.result(&format!("{}\n", Say::NoRuns.with(lang, &[("folder", &folder)])));
    } else {
        desk.screen.result(&terminal::table(&heading(Say::RunsHeading, lang), &rows));
    }
    Ok(Exit::Done)
}

pub(super) async fn report(desk: &Desk, args: ReportArgs) -> Result<Exit> {
    let ledger = desk.ledger().await?;
    let run = ledger.find_run(&args.run).await?;
    Ledger::needs_rows(&run)?;
    let books = ledger.books(&run).await?;
    let exit = exit_of_code(run.exit);
    Ending { desk, ledger: &ledger, report: args.output }.show(&run, &books, exit, None).await?;
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
