//! Asked to end: once, twice, by a person, a service manager or a terminal that closes.

#![cfg(unix)]

use std::process::Stdio;

use crate::support::scripted::{Rule, Scripted};
use crate::support::workdir::{Out, Running, TOKEN, Workdir, wait_until};

/// Starts a load of 60 records in six chunks, each answered late or never.
fn start(dir: &Workdir, crm: &Scripted, more: &[&str]) -> Running {
    dir.write_portfolio("f.csv", 60);
    let url = crm.url();
    let load = ["load", "f.csv", "-m", "m.toml", "--server", &url, "--operation", "op", "--rate", "1000/s"];
    dir.start_with_token(
        &[&load[..], &["--chunk-size", "10", "--concurrency", "2", "--burst", "2", "--json"], more].concat(),
    )
}

fn wait_for_requests(crm: &Scripted, count: usize) {
    wait_until(|| crm.seen().len() >= count);
}

fn ending(ending: &str) -> Vec<Rule> {
    vec![Rule { ending: Some(ending.to_owned()), stored: true, ..Rule::default() }]
}

/// A load with two requests under way that the CRM never answers, and that time out after ten minutes.
fn with_two_unanswered() -> (Workdir, Scripted, Running) {
    let dir = Workdir::with_samples();
    let crm = Scripted::start(ending("silent"));
    let child = start(&dir, &crm, &["--timeout", "600s"]);
    wait_for_requests(&crm, 2);
    (dir, crm, child)
}

/// What a command says that leaves long before its requests time out.
fn leaves_at_once(mut child: Running) -> Out {
    wait_until(|| child.has_ended());
    child.wait()
}

#[test]
fn each_way_of_asking_once_lets_what_is_under_way_finish() {
    for signal in ["INT", "TERM", "HUP"] {
        let dir = Workdir::with_samples();
        let crm = Scripted::start(ending("late-300"));
        let mut child = start(&dir, &crm, &[]);
        wait_for_requests(&crm, 2);
        child.signal(signal);
        // A terminal that is closed says so more than once; it ends as cleanly.
        if signal == "HUP" {
            child.wait_until_it_says("deteniendo");
            child.signal(signal);
        }
        let out = child.wait();
        assert_eq!(out.code, 4, "{signal}: {}", out.stderr);
        let result = out.json();
        result.assert_balance();
        let seen = crm.seen().len() as u64;
        assert!(seen < 6, "{signal}: it stopped before the end");
        assert_eq!(
            (result["records"]["loaded"].as_u64(), &result["records"]["unknown"]),
            (Some(seen * 10), &0.into())
        );
        assert_eq!(result["error"]["code"], "stopped-by-user");
        let out = dir.run_with_token(&["resume", "last", "--rate", "1000/s", "--concurrency", "4", "--json"]);
        assert_eq!((out.code, &out.json()["records"]["loaded"]), (0, &60.into()), "{signal}");
        assert!(crm.stored().values().all(|times| *times == 1), "{signal}: sent twice");
    }
}

#[test]
fn asking_twice_leaves_at_once_with_what_is_under_way_unknown() {
    let (_dir, crm, mut child) = with_two_unanswered();
    child.signal("INT");
    // The first one must be taken before the second comes.
    child.wait_until_it_says("deteniendo");
    child.signal("TERM");
    let out = leaves_at_once(child);
    assert_eq!(out.code, 4, "{}", out.stderr);
    let result = out.json();
    result.assert_balance();
    assert_eq!((&result["records"]["unknown"], &result["records"]["unsent"]), (&20.into(), &40.into()));
    assert_eq!(crm.seen().len(), 2, "nothing was sent after it was asked");
}

#[test]
fn two_words_that_come_in_one_moment_are_both_heard() {
    let (_dir, _crm, mut child) = with_two_unanswered();
    // It wakes up with both of them waiting for it.
    for signal in ["STOP", "INT", "TERM", "CONT"] {
        child.signal(signal);
    }
    let out = leaves_at_once(child);
    assert_eq!(out.code, 4, "{}", out.stderr);
    assert_eq!(out.json()["records"]["unknown"], 20);
}

#[test]
fn a_wait_that_the_crm_asked_for_ends_when_asked() {
    let dir = Workdir::with_samples();
    let busy = Rule { status: Some(429), headers: vec!["retry-after: 600".to_owned()], ..Rule::default() };
    let crm = Scripted::start(vec![busy]);
    let mut child = start(&dir, &crm, &[]);
    wait_for_requests(&crm, 1);
    child.signal("TERM");
    let out = child.wait();
    assert_eq!((out.code, &out.json()["records"]["unsent"]), (4, &60.into()), "{}", out.stderr);
}

#[test]
fn closed_outputs_end_the_printing_and_never_the_run() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 60);
    let crm = Scripted::start(Vec::new());
    let url = crm.url();
    let load =
        ["load", "f.csv", "-m", "m.toml", "--server", &url, "--operation", "op", "--rate", "1000/s", "-vvv"];
    let mut child = dir.command(&load).env("CARTERA_TOKEN", TOKEN).spawn().unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    assert_eq!(child.wait().unwrap().code(), Some(0), "standard output and error closed while it ran");
    assert_eq!(crm.stored().len(), 60);
    for line in [
        "runs",
        "show 1",
        "show 1 --chunk 1",
        "targets",
        "targets collections",
        "completions bash",
        "--help",
        "load --help",
        "report 1",
        "inspect f.csv",
        "show 99",
        "nonsense",
    ] {
        let args: Vec<&str> = line.split(' ').collect();
        let mut child = dir.command(&args).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let out = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&out.stderr);
        assert!(!stderr.contains("panic"), "{line}: {stderr}");
        let expected = match line {
            "show 99" => 1,
            "nonsense" => 2,
            _ => 0,
        };
        assert_eq!(out.status.code(), Some(expected), "{line}: {stderr}");
    }
    let out = dir.run_shell(&format!("{} runs | head -n 1; echo done", env!("CARGO_BIN_EXE_cartera")));
    assert!(out.stdout.ends_with("done\n") && !out.stderr.contains("panic"), "{}", out.stderr);
}
