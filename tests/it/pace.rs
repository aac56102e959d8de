//! The pace as the server sees it: never more than asked for, and almost all of it used.

use std::fs::File;

use crate::support::dice::is_full;
use crate::support::nginx::Nginx;
use crate::support::workdir::{Crm, TOKEN, Workdir, wait_until};

/// Arrivals in microseconds, in their order.
fn arrivals(crm: &Crm) -> Vec<u64> {
    let mut at: Vec<u64> = crm.requests().iter().map(|request| request.at_us).collect();
    at.sort_unstable();
    at
}

/// No second holds more than rate + burst, and one that is counted on its edge.
fn check_seconds(at: &[u64], rate: usize, burst: usize) {
    for (first, start) in at.iter().enumerate() {
        let in_second = at[first..].iter().take_while(|arrived| **arrived < start + 1_000_000).count();
        assert!(in_second <= rate + burst + 1, "{in_second} requests in a second at {rate}/s, burst {burst}");
    }
}

#[test]
fn no_second_holds_more_requests_than_the_pace_allows() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 200);
    // Without a burst nothing makes up for a wake-up that comes late, as it does on a busy machine.
    for (rate, burst, used) in [(20u64, 1u64, 97), (20, 5, 97)] {
        let store = format!("crm-{burst}");
        let crm = dir.spawn_sandbox_in(&store, &[]);
        let (rate_text, burst_text) = (format!("{rate}/s"), burst.to_string());
        let pace = ["--rate", &rate_text, "--burst", &burst_text, "--concurrency", "4"];
        let out = dir.run_with_token(&crm.load(&[&pace[..], &["--chunk-size", "2", "--again"]].concat()));
        assert_eq!(out.code, 0, "{}", out.stderr);
        let at = arrivals(&crm);
        assert_eq!(at.len(), 100);
        check_seconds(&at, 20, usize::try_from(burst).unwrap());
        // The first `burst` leave at once; the others one by one.
        let took = at[at.len() - 1] - at[0];
        let ideal = (100 - burst) * 1_000_000 / rate;
        println!("{took} µs for what takes {ideal} µs at {rate}/s, burst {burst}");
        assert!(!is_full() || ideal * 100 >= took * used, "less than {used} % of the pace was used");
    }
}

#[test]
#[cfg(unix)]
fn a_process_that_was_stopped_for_a_while_makes_up_for_nothing() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 60);
    let crm = dir.spawn_sandbox(&[]);
    let mut child = dir.start_with_token(&crm.load(&["--chunk-size", "2", "--rate", "20/s"]));
    crm.wait_for_requests(5);
    child.signal("STOP");
    let stopped = std::time::Instant::now();
    wait_until(|| stopped.elapsed() > std::time::Duration::from_secs(1));
    child.signal("CONT");
    let out = child.wait();
    assert_eq!(out.code, 0, "{}", out.stderr);
    let at = arrivals(&crm);
    assert_eq!(at.len(), 30);
    assert!(at.windows(2).any(|two| two[1] - two[0] > 900_000), "it was stopped");
    check_seconds(&at, 20, 1);
}

#[test]
fn two_processes_share_one_pace() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 100);
    let crm = dir.spawn_sandbox(&[]);
    let pace = ["--rate", "20/s", "--burst", "3", "--concurrency", "4", "--chunk-size", "2", "--again"];
    let load = |report: &'static str| {
        dir.start_with_token(&crm.load(&[&pace[..], &["--json", "--report", report]].concat()))
    };
    let (first, second) = (load("r1"), load("r2"));
    for out in [first.wait(), second.wait()] {
        assert_eq!(out.code, 0, "{}", out.stderr);
        assert_eq!(out.json()["upload"]["requests"], 50);
    }
    let at = arrivals(&crm);
    assert_eq!(at.len(), 100);
    check_seconds(&at, 20, 3);
    let took = at[99] - at[0];
    assert!(took >= 96 * 50_000, "100 requests in {took} µs");
}

#[test]
fn a_resumed_run_goes_on_at_the_pace_where_a_kill_left_it() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 120);
    let crm = dir.spawn_sandbox(&[]);
    let pace = ["--rate", "20/s", "--burst", "4"];
    let mut child = dir.start_with_token(&crm.load(&[&pace[..], &["--chunk-size", "2"]].concat()));
    crm.wait_for_requests(25);
    child.kill();
    let out = dir.run_with_token(&[&["resume", "last", "--json"], &pace[..]].concat());
    assert!(matches!(out.code, 0 | 5), "{}", out.stderr);
    let at = arrivals(&crm);
    assert!(at.len() >= 59, "{} requests", at.len());
    check_seconds(&at, 20, 4);
}

#[test]
fn an_asked_wait_is_kept_in_every_form_it_is_written_in() {
    for (form, pattern) in [
        ("seconds", "2"),
        ("imf", "%a, %d %b %Y %H:%M:%S GMT"),
        ("rfc850", "%A, %d-%b-%y %H:%M:%S GMT"),
        ("asctime", "%a %b %e %H:%M:%S %Y"),
    ] {
        let dir = Workdir::with_samples();
        dir.write_portfolio("f.csv", 6);
        let until = jiff::Timestamp::now() + std::time::Duration::from_secs(3);
        let header = if form == "seconds" { "2".to_owned() } else { until.strftime(pattern).to_string() };
        let crm = dir.spawn_sandbox(&["--fault", &format!("retry-after-{header}@2")]);
        let began = jiff::Timestamp::now();
        let pace = ["--rate", "100/s", "--concurrency", "3", "--chunk-size", "1", "-v"];
        let out = dir.run_with_token(&crm.load(&pace));
        assert_eq!(out.code, 0, "{form}: {}", out.stderr);
        assert!(out.stderr.contains("pace lowered: refused"), "{form}: {}", out.stderr);
        assert!(out.stderr.contains("ritmo bajado a 50,0 por segundo"), "{form}: {}", out.stderr);
        let at = arrivals(&crm);
        // What had left when the answer came arrives with it; after that nobody does, until the instant stated.
        let after = at.iter().position(|at_us| *at_us > at[1] + 200_000).unwrap();
        assert!(after <= 4, "{form}: {after} requests before the wait");
        if form == "seconds" {
            assert!(at[after] >= at[1] + 2_000_000, "{form}: {at:?}");
        } else {
            let stated = until.as_second() * 1_000_000;
            let arrived = began.as_microsecond() + i64::try_from(at[after]).unwrap();
            assert!(arrived >= stated, "{form}: {arrived} before {stated}");
        }
    }
}

#[test]
fn a_wait_that_says_nothing_or_too_much_stalls_nobody() {
    for (header, exit) in
        [("0", 0), ("-1", 0), ("abc", 0), ("Sun, 06 Nov 1994 08:49:37 GMT", 0), ("1000000000000", 4)]
    {
        let dir = Workdir::with_samples();
        dir.write_portfolio("f.csv", 30);
        let crm = dir.spawn_sandbox(&["--fault", &format!("retry-after-{header}@2")]);
        let out = dir.run_with_token(&crm.load(&["--rate", "100/s", "--chunk-size", "10", "--json"]));
        let result = out.json();
        assert_eq!(out.code, exit, "{header}: {}", out.stderr);
        result.assert_balance();
        if exit == 0 {
            assert_eq!(crm.requests().len(), 4, "{header}");
            continue;
        }
        assert_eq!(result["error"]["code"], "crm-says-wait");
        let tomorrow = jiff::Zoned::now().date().tomorrow().unwrap().strftime("%d/%m/%Y").to_string();
        let message = result["error"]["message"].as_str().unwrap();
        assert!(message.contains(&tomorrow), "a day at most, and until when: {message}");
        // Whoever comes before the instant is told it, and sends nothing.
        let again = dir.run_with_token(&["resume", "last", "--json"]);
        assert_eq!((again.code, again.json()["error"]["code"].as_str()), (4, Some("crm-says-wait")));
        assert_eq!(crm.requests().len(), 2);
    }
}

#[test]
fn answers_that_become_slow_lower_the_pace() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 20);
    let crm = dir.spawn_sandbox(&["--fault", "slow-600ms@11-14"]);
    let out = dir.run_with_token(&crm.load(&["--rate", "100/s", "--chunk-size", "1", "-v"]));
    assert_eq!(out.code, 0, "{}", out.stderr);
    assert!(out.stderr.contains("pace lowered: answers are slow"), "{}", out.stderr);
    assert!(out.stderr.contains("ritmo bajado a 70,0 por segundo (el CRM tarda"), "{}", out.stderr);
}

#[test]
fn an_outage_costs_a_probe_for_each_wait_and_nothing_more() {
    const CHUNKS: usize = 60;
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 120);
    let crm = dir.spawn_sandbox(&[]);
    let address = crm.address().to_owned();
    let args = crm.load(&["--rate", "100/s", "--chunk-size", "2", "--concurrency", "4", "--json"]);
    let said = dir.path("said");
    let mut command = dir.command(&args);
    let child = command.env("CARTERA_TOKEN", TOKEN).stderr(File::create(&said).unwrap()).spawn().unwrap();
    let waits = || std::fs::read_to_string(&said).unwrap().matches("sin conexión").count();
    crm.wait_for_requests(20);
    drop(crm);
    wait_until(|| waits() >= 2);
    let crm = dir.spawn_sandbox_at(&address, "crm-again", &[]);
    let output = child.wait_with_output().unwrap();
    let result: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    // What was under way when the server went is unknown.
    assert!(matches!(output.status.code(), Some(0 | 5)), "{result}");
    let requests = usize::try_from(result["upload"]["requests"].as_u64().unwrap()).unwrap();
    assert!(requests <= CHUNKS + CHUNKS / 10 + waits(), "{requests} requests, {} waits", waits());
    let arrived = dir.requests_in("crm").len() + crm.requests().len();
    assert!(arrived <= CHUNKS + CHUNKS / 10, "{arrived} arrived");
}

#[test]
fn nginx_with_the_same_limit_refuses_none() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 150);
    let crm = dir.spawn_sandbox(&[]);
    let Some(nginx) = Nginx::start(&dir.path("nginx"), crm.server()) else {
        println!("skipped: nginx is not installed");
        return;
    };
    let server = nginx.server();
    let pace = ["--rate", "20/s", "--burst", "5", "--concurrency", "4", "--chunk-size", "1", "--again"];
    let to = ["load", "f.csv", "-m", "m.toml", "--server", &server, "--operation", "op", "--json"];
    let load =
        |report: &'static str| dir.start_with_token(&[&to[..], &pace[..], &["--report", report]].concat());
    let (first, second) = (load("r1"), load("r2"));
    for out in [first.wait(), second.wait()] {
        assert_eq!((out.code, &out.json()["upload"]["throttled"]), (0, &0.into()), "{}", out.stderr);
    }
    let requests = nginx.requests();
    assert_eq!(requests.len(), 300);
    assert!(requests.iter().all(|(_, status)| *status == 200), "nginx refused some");
    let took = requests[299].0 - requests[0].0;
    let ideal = 295.0 / 20.0;
    println!("300 requests in {took:.3} s, {:.1} % of the pace", 100.0 * ideal / took);
    assert!(!is_full() || ideal / took >= 0.97, "less than 97 % of the pace was used");
}
