//! Killed at each stage of a run: while planning, before, in the middle of and after a request, while the report is
//! written, while old runs are forgotten, while a stored ledger is brought to the present schema.
//!
//! The server keeps its own book. Whatever the moment: nothing that counts as loaded is missing there, nothing is
//! stored twice while unknown outcomes are held, and no more is held than was under way.

use std::time::{Duration, Instant};

use crate::support::dice::is_full;
use crate::support::scripted::{Rule, Scripted};
use crate::support::workdir::{Running, Workdir, repository};

const RECORDS: u64 = 40;
const CHUNK: u64 = 5;
const CONCURRENCY: u64 = 2;

/// Kills at each stage; a hundred when the variable is set.
fn kills() -> u32 {
    if is_full() { 100 } else { 3 }
}

/// One stage: its name, what the server does, and whether the moment has come in the kill of a number.
struct Stage {
    name: &'static str,
    serve: Vec<Rule>,
    is_due: fn(&Workdir, &Scripted, Duration, u32) -> bool,
}

fn ending(ending: &str) -> Vec<Rule> {
    vec![Rule { on: Some("3-".into()), ending: Some(ending.into()), stored: true, ..Rule::default() }]
}

fn stages() -> Vec<Stage> {
    vec![
        Stage {
            name: "S0-S2 reading",
            serve: Vec::new(),
            is_due: |_, _, time, kill| time.as_millis() >= u128::from(kill % 40),
        },
        Stage {
            name: "S3 the plan",
            serve: Vec::new(),
            is_due: |dir, _, _, kill| {
                let log = std::fs::metadata(dir.state("ledger.sqlite-wal")).map_or(0, |file| file.len());
                log > u64::from(kill % 20) * 8192
            },
        },
        Stage { name: "S4-S5 the intent", serve: Vec::new(), is_due: |_, crm, _, _| crm.connections() > 0 },
        Stage {
            name: "S6-S7 the request",
            serve: ending("silent"),
            is_due: |_, crm, _, _| crm.seen().len() >= 3,
        },
        Stage { name: "S8 the answer", serve: ending("drip"), is_due: |_, crm, _, _| crm.seen().len() >= 3 },
        Stage {
            name: "S9-S10 the verdict",
            serve: Vec::new(),
            is_due: |_, crm, _, kill| crm.seen().len() > (kill % 8) as usize,
        },
        Stage {
            name: "a split",
            serve: vec![Rule { holds: Some(7), status: Some(400), ..Rule::default() }],
            is_due: |_, crm, _, kill| crm.seen().len() > (kill % 12) as usize,
        },
        Stage {
            name: "S11 the report",
            serve: Vec::new(),
            is_due: |dir, _, _, _| dir.path("cartera-1").exists(),
        },
    ]
}

fn kill_when(child: &mut Running, is_due: impl Fn(Duration) -> bool) {
    let start = Instant::now();
    while !is_due(start.elapsed()) && !child.has_ended() {
        assert!(start.elapsed() < Duration::from_mins(1), "the moment never came");
        std::thread::yield_now();
    }
    child.kill();
}

#[test]
fn killed_at_each_stage_nothing_is_lost_and_nothing_is_sent_twice() {
    let mut held = 0;
    for stage in stages() {
        for kill in 0..kills() {
            let dir = Workdir::with_samples();
            dir.write_portfolio("f.csv", u32::try_from(RECORDS).unwrap());
            let crm = Scripted::start(stage.serve.clone());
            let url = crm.url();
            let load =
                ["load", "f.csv", "-m", "m.toml", "--server", &url, "--operation", "op", "--rate", "500/s"];
            let more = ["--chunk-size", "5", "--concurrency", "2", "--burst", "2", "--quiet"];
            let mut child = dir.start_with_token(&[&load[..], &more].concat());
            kill_when(&mut child, |time| (stage.is_due)(&dir, &crm, time, kill));
            held += check(&dir, &crm, &format!("{}, kill {kill}", stage.name));
        }
    }
    assert!(held > 0, "no kill met a request under way");
}

/// Goes on after a kill; gives how many records are held.
fn check(dir: &Workdir, crm: &Scripted, kill: &str) -> u64 {
    let before = crm.seen().len();
    let resumed = dir.run_with_token(&["resume", "last", "--rate", "1000/s", "--timeout", "1s", "--json"]);
    if resumed.code == 1 {
        let code = resumed.json()["error"]["code"].as_str().unwrap_or_default().to_owned();
        assert!(matches!(code.as_str(), "run-not-resumable" | "run-not-found"), "{kill}: {code}");
        assert_eq!(before, 0, "{kill}: sent without a plan");
        return 0;
    }
    let result = resumed.json();
    result.assert_balance();
    let count = |state: &str| result["records"][state].as_u64().unwrap();
    let stored = crm.stored();
    assert!(stored.values().all(|times| *times == 1), "{kill}: stored twice");
    assert!(count("loaded") <= stored.len() as u64, "{kill}: lost");
    assert_eq!(count("loaded") + count("unknown") + count("rejected") + count("unsent"), RECORDS, "{kill}");
    let held = count("unknown");
    // A server that is silent or slow also leaves what resume sends: three chunks, and what is under way beside them.
    let slow = crm.is_slow();
    let most = CONCURRENCY * CHUNK + if slow { (3 + CONCURRENCY) * CHUNK } else { 0 };
    assert!(held <= most, "{kill}: {held} held");
    held
}

#[test]
fn killed_while_it_forgets_or_migrates_the_ledger_is_whole() {
    for kill in 0..kills() * 3 {
        let dir = Workdir::with_samples();
        std::fs::create_dir_all(dir.path("state/locks")).unwrap();
        std::fs::copy(repository().join("tests/ledgers/ledger-1.sqlite"), dir.state("ledger.sqlite"))
            .unwrap();
        let mut child = dir.start_with_token(&["purge", "--older-than", "0s", "--yes"]);
        child.kill_after(Duration::from_millis(u64::from(kill % 30)));
        let shown = dir.run(&["show", "1", "--json"]);
        assert_eq!(shown.code, 0, "kill {kill}: {}", shown.stderr);
        assert_eq!(shown.json()["rows_read"], 13, "kill {kill}");
        let listed = dir.run(&["runs", "--json"]).json();
        assert_eq!(
            (&listed[1]["rows_loaded"], &listed[1]["rows_open"]),
            (&7.into(), &6.into()),
            "kill {kill}"
        );
        let again = dir.run(&["purge", "--older-than", "0s", "--yes", "--json"]);
        assert_eq!(again.code, 0, "kill {kill}: {}", again.stderr);
    }
}
