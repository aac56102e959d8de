//! Killed, interrupted, locked out: nothing is lost, and nothing that was settled is sent again.

use std::collections::HashMap;

use crate::support::store::stored_records;
use crate::support::workdir::Workdir;

/// Kills of one test; the moments are spread over the time that a whole load takes.
const KILLS: u32 = 50;
const CONCURRENCY: u64 = 4;
const CHUNK: u64 = 50;

#[test]
fn killed_at_any_moment_nothing_is_lost_and_nothing_settled_is_repeated() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 5000);
    let concurrency = CONCURRENCY.to_string();
    let chunk = CHUNK.to_string();
    // Every kill gets a state and a store of its own; the longest wait is about what a whole load takes here.
    let whole = {
        let crm = dir.spawn_sandbox_in("crm-whole", &[]);
        let start = std::time::Instant::now();
        let out = dir.run_with_token(&load_args(crm.server(), &concurrency, &chunk, "state-whole"));
        assert_eq!(out.code, 0, "{}", out.stderr);
        start.elapsed()
    };
    for kill in 0..KILLS {
        let (store, state) = (format!("crm-{kill}"), format!("state-{kill}"));
        let crm = dir.spawn_sandbox_in(&store, &[]);
        let mut child = dir.start_with_token(&load_args(crm.server(), &concurrency, &chunk, &state));
        child.kill_after(whole * (kill + 1) / KILLS);
        check_after_kill(&dir, &store, &state, kill);
        // The next kill must not find this one's files.
        std::fs::remove_dir_all(dir.path(&state)).unwrap();
    }
}

fn load_args<'a>(server: &'a str, concurrency: &'a str, chunk: &'a str, state: &'a str) -> Vec<&'a str> {
    vec![
        "load",
        "f.csv",
        "-m",
        "m.toml",
        "--server",
        server,
        "--operation",
        "op",
        "--rate",
        "400/s",
        "--concurrency",
        concurrency,
        "--chunk-size",
        chunk,
        "--state",
        state,
        "--report",
        "report",
        "--quiet",
    ]
}

fn check_after_kill(dir: &Workdir, store: &str, state: &str, kill: u32) {
    let resumed = dir.run_with_token(&[
        "resume", "last", "--state", state, "--rate", "1000/s", "--report", "report", "--json",
    ]);
    if resumed.code == 1 {
        // Killed before the plan was whole: nothing can have been sent.
        let code = resumed.json()["error"]["code"].as_str().unwrap_or_default().to_owned();
        assert!(matches!(code.as_str(), "run-not-resumable" | "run-not-found"), "kill {kill}: {code}");
        assert!(dir.requests_in(store).is_empty(), "kill {kill}: sent without a plan");
        return;
    }
    let result = resumed.json();
    result.assert_balance();
    let unknown = result["records"]["unknown"].as_u64().unwrap();
    assert!(unknown <= CONCURRENCY * CHUNK, "kill {kill}: {unknown} records unknown");
    assert_eq!(resumed.code, if unknown > 0 { 5 } else { 0 }, "kill {kill}: {}", resumed.stderr);
    let mut arrivals: HashMap<Vec<String>, u32> = HashMap::new();
    for request in dir.requests_in(store) {
        *arrivals.entry(request.keys).or_default() += 1;
    }
    assert!(arrivals.values().all(|count| *count == 1), "kill {kill}: resume sent a chunk twice");
    if unknown > 0 {
        let retried = dir.run_with_token(&[
            "retry",
            "last",
            "--unknown",
            "--state",
            state,
            "--rate",
            "1000/s",
            "--report",
            "report",
            "--json",
        ]);
        assert_eq!(retried.code, 0, "kill {kill}: {}", retried.stderr);
        let result = retried.json();
        result.assert_balance();
        assert_eq!(result["chain"]["records"]["loaded"], 5000, "kill {kill}");
    }
    assert_eq!(stored_records(&dir.path(store)).len(), 5000, "kill {kill}: lost");
}

#[test]
#[cfg(unix)]
fn an_interrupt_finishes_what_is_under_way_and_says_how_to_go_on() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 500);
    let crm = dir.spawn_sandbox(&["--fault", "slow-100ms@*"]);
    let mut child = dir.start_with_token(&crm.load(&["--chunk-size", "10", "--rate", "1000/s", "--json"]));
    crm.wait_for_requests(3);
    child.interrupt();
    let out = child.wait();
    assert_eq!(out.code, 4, "{}", out.stderr);
    let result = out.json();
    result.assert_balance();
    assert_eq!(
        (result["status"].as_str(), result["next"].as_str()),
        (Some("stopped"), Some("cartera resume 1"))
    );
    assert_eq!(result["records"]["unknown"], 0);
    let sent = crm.requests().len();
    assert!(sent < 50, "it stopped before the end");
    assert_eq!(result["records"]["loaded"].as_u64(), Some(10 * sent as u64));
    let out = dir.run_with_token(&["resume", "last", "--rate", "1000/s", "--concurrency", "8", "--json"]);
    assert_eq!((out.code, out.json()["records"]["loaded"].as_u64()), (0, Some(500)));
}

#[test]
fn one_process_at_a_time_sends_a_run() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 100);
    let crm = dir.spawn_sandbox(&["--fault", "hang@1"]);
    let mut first = dir.start_with_token(&crm.load(&[]));
    crm.wait_for_arrival();
    for command in ["resume", "retry"] {
        let out = dir.run_with_token(&[command, "1", "--json"]);
        assert_eq!((out.code, out.json()["status"].as_str()), (6, Some("locked")), "{}", out.stderr);
    }
    first.kill();
    let out = dir.run_with_token(&["resume", "1", "--json"]);
    assert_eq!(
        (out.code, out.json()["records"]["unknown"].as_u64()),
        (5, Some(100)),
        "the lock ends with its process"
    );
}

#[test]
fn processes_that_make_a_ledger_at_once_all_get_it() {
    let dir = Workdir::with_samples();
    for round in 0..5 {
        let state = format!("new-{round}");
        let start = |_| dir.start_with_token(&["runs", "--state", &state]);
        let started: Vec<_> = (0..6).map(start).collect();
        for out in started.into_iter().map(crate::support::workdir::Running::wait) {
            assert_eq!(out.code, 0, "{}", out.stderr);
        }
    }
}
