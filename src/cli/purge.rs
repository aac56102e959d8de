//! `cartera purge --older-than 90d`: forgets the personal data of old runs and keeps their books.
//!
//! A chain is old when its last run is; one that is being sent is left alone. Of the disk only what cartera wrote is
//! removed: a report folder must name this ledger and the run, and the rehearsals' store must be as old. What `watch`
//! delivered is found where it ended; the creditor's file beside it stays.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::draft::PART;
use crate::lang::{Code, Say};
use crate::ledger::{Ledger, Run, RunId, RunLock};
use crate::platform;
use crate::problem::{Exit, Failure, Result};
use crate::watch::forget;

use super::Desk;
use super::args::PurgeArgs;

/// The files of the rehearsals' store that hold records.
const REHEARSED: [&str; 2] = ["store.ndjson", "requests.ndjson"];

pub(super) async fn run(desk: &Desk, args: PurgeArgs) -> Result<Exit> {
    let state = desk.settings(desk.given())?.state;
    let ledger = Ledger::open(&state).await?;
    let now = jiff::Timestamp::now();
    let (old, locked) = old_chains(&ledger, &args, now).await?;
    let lang = desk.lang();
    let runs: Vec<RunId> = old.iter().flat_map(|chain| &chain.runs).map(|run| run.id).collect();
    let question = Say::AskPurge.with(lang, &[("runs", &lang.count(runs.len() as u64))]);
    if !runs.is_empty() && !args.yes && !desk.screen.ask(&question) {
        return Err(Failure::new(Code::PurgeDeclined));
    }
    let mut reports = Vec::new();
    for run in &runs {
        for folder in ledger.report_folders(*run).await? {
            if remove_report(Path::new(&folder), (ledger.id(), *run)) {
                reports.push(folder);
            }
        }
    }
    let roots: Vec<RunId> = old.iter().map(|chain| chain.root).collect();
    if !roots.is_empty() {
        ledger.purge(&roots, args.all, now).await?;
    }
    // What could not be removed by an earlier purge is looked for once more.
    let all = ledger.runs(u32::MAX).await?;
    let forgotten: BTreeSet<RunId> =
        all.iter().filter(|run| run.purged_at.is_some()).map(|run| run.id).collect();
    reports.extend(forget_deliveries(&state, ledger.id(), (&forgotten, args.older_than.0, now)));
    let rehearsals = remove_rehearsals(&state.join("sandbox"), args.older_than.0, now);
    if desk.screen.json {
        let result = json!({
            "purged": runs, "locked": locked, "reports": reports, "rehearsals": rehearsals, "exit": Exit::Done.code(),
        });
        desk.screen.result(&format!("{result}\n"));
    } else {
        let counts = [runs.len(), reports.len()].map(|count| lang.count(count as u64));
        let text = Say::Purged.with(lang, &[("runs", &counts[0]), ("reports", &counts[1])]);
        desk.screen.result(&format!("{text}\n"));
        for root in locked {
            desk.screen.remark(&Failure::new(Code::Locked).with("value", root).what(lang));
        }
    }
    Ok(Exit::Done)
}

/// A chain whose runs are all old, and its lock.
struct Chain {
    root: RunId,
    runs: Vec<Run>,
    _lock: RunLock,
}

/// The chains to forget, locked; and the roots of those that another process is working on.
async fn old_chains(
    ledger: &Ledger,
    args: &PurgeArgs,
    now: jiff::Timestamp,
) -> Result<(Vec<Chain>, Vec<RunId>)> {
    let mut chains: BTreeMap<RunId, Vec<Run>> = BTreeMap::new();
    for run in ledger.runs(u32::MAX).await? {
        chains.entry(run.root).or_default().push(run);
    }
    let is_old = |run: &Run| {
        age_of(run.finished_at.unwrap_or(run.started_at), now).is_some_and(|age| age >= args.older_than.0)
    };
    let (mut old, mut locked) = (Vec::new(), Vec::new());
    for (root, runs) in chains {
        let done = runs.iter().all(|run| run.purged_at.is_some()) && !args.all;
        if done || !runs.iter().all(is_old) {
            continue;
        }
        match ledger.lock(root) {
            Ok(lock) => old.push(Chain { root, runs, _lock: lock }),
            Err(failure) if failure.code == Code::Locked => locked.push(root),
            Err(failure) => return Err(failure),
        }
    }
    Ok((old, locked))
}

/// How long ago something was; nothing for what lies ahead.
fn age_of(at: jiff::Timestamp, now: jiff::Timestamp) -> Option<Duration> {
    Duration::try_from(now.duration_since(at)).ok()
}

/// Removes the report files of a run from a folder, and the folder when nothing else is in it. A folder whose summary
/// names another ledger or run is left alone.
fn remove_report(folder: &Path, (ledger, run): (&str, RunId)) -> bool {
    let text = std::fs::read_to_string(folder.join("summary.json")).unwrap_or_default();
    let summary: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    if summary["ledger"] != ledger || summary["run"] != run {
        return false;
    }
    let ours = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        // One that was being written when its process was killed is a report's file as well.
        let name = name.strip_suffix(PART).unwrap_or(name);
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        matches!(name, "summary.json" | "gone.csv")
            || (name.starts_with("errors") && matches!(ending, "xlsx" | "csv"))
            || (ending == "html" && (name.starts_with("report") || name.starts_with("certificate")))
    };
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path());
    // The summary goes last: what could not be removed is then found again.
    let (summary, others): (Vec<_>, Vec<_>) =
        files.filter(ours).partition(|path| path.ends_with("summary.json"));
    let removed = others.iter().chain(&summary).all(|path| std::fs::remove_file(path).is_ok());
    // A folder with something else in it stays.
    std::fs::remove_dir(folder).ok();
    removed
}

/// Removes what `watch` has written beside the files that it delivered, of forgotten runs and of files that were refused
/// as long ago; gives the folders of the reports. A report that names another ledger is left alone, with its notes.
fn forget_deliveries(
    state: &Path,
    ledger: &str,
    (runs, older_than, now): (&BTreeSet<RunId>, Duration, jiff::Timestamp),
) -> Vec<String> {
    let mut removed = Vec::new();
    for delivery in forget::ended(state) {
        let is_old = || age_of(delivery.taken_at, now).is_some_and(|age| age >= older_than);
        let is_forgotten = match delivery.run {
            Some(run) => runs.contains(&run) && remove_report(&delivery.report, (ledger, run)),
            None => is_old() && delivery.has_notes(),
        };
        if is_forgotten {
            delivery.forget_notes();
            removed.push(delivery.report.display().to_string());
        }
    }
    removed
}

/// Removes what rehearsals have stored when the last of them is old and none is running.
fn remove_rehearsals(store: &Path, older_than: Duration, now: jiff::Timestamp) -> bool {
    let changed = REHEARSED.iter().filter_map(|name| store.join(name).metadata().ok()?.modified().ok()).max();
    let age = |at: SystemTime| jiff::Timestamp::try_from(at).ok().and_then(|at| age_of(at, now));
    let old = changed.and_then(age).is_some_and(|age| age >= older_than);
    if !old {
        return false;
    }
    match platform::lock_file(&store.join("format")) {
        Ok(Some(_lock)) => REHEARSED.iter().all(|name| std::fs::remove_file(store.join(name)).is_ok()),
        _ => false,
    }
}
