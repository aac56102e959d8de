//! What the program concludes when the CRM or the network misbehaves: exit codes, states, calls, and no record
//! ever loaded that was not accepted.

use serde_json::Value;

use crate::support::scripted::{Rule, Scripted};
use crate::support::store::stored_records;
use crate::support::workdir::Workdir;

/// Loads 350 small records in four chunks against a stand-in with these faults.
fn load(faults: &[&str], more: &[&str]) -> (Workdir, i32, Value, usize) {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 350);
    let args: Vec<&str> = faults.iter().flat_map(|fault| ["--fault", fault]).collect();
    let crm = dir.spawn_sandbox(&args);
    let load = crm.load(&["--rate", "1000/s", "--json"]);
    let out = dir.run_with_token(&[&load[..], more].concat());
    let result = out.json();
    result.assert_balance();
    let stored = stored_records(&dir.path("crm")).len();
    drop(crm);
    (dir, out.code, result.into_value(), stored)
}

/// Rows by state: loaded, rejected, unknown, unsent.
fn rows(result: &Value) -> [u64; 4] {
    ["rows_loaded", "rows_rejected", "rows_unknown", "rows_unsent"]
        .map(|state| result["books"][state].as_u64().unwrap_or_default())
}

#[test]
fn every_answer_has_its_state_and_exit_code() {
    for (faults, exit, expected) in [
        (vec![], 0, [350, 0, 0, 0]),
        (vec!["as-strings@*"], 0, [350, 0, 0, 0]),
        (vec!["reject@1"], 3, [349, 1, 0, 0]),
        (vec!["id-list@1"], 3, [349, 1, 0, 0]),
        (vec!["map@1"], 3, [349, 1, 0, 0]),
        (vec!["reject-all@2"], 3, [250, 100, 0, 0]),
        (vec!["unnamed@1"], 5, [250, 0, 100, 0]),
        (vec!["message-only@1"], 5, [250, 0, 100, 0]),
        (vec!["miscount@1"], 5, [250, 0, 100, 0]),
        (vec!["foreign@1"], 5, [250, 0, 100, 0]),
        (vec!["empty-counters@1"], 5, [250, 0, 100, 0]),
        (vec!["status-500@2"], 5, [250, 0, 100, 0]),
        (vec!["status-502-after@2"], 5, [250, 0, 100, 0]),
        (vec!["status-400@2"], 0, [350, 0, 0, 0]),
        (vec!["code-400@2"], 0, [350, 0, 0, 0]),
        (vec!["code-500@2"], 5, [250, 0, 100, 0]),
        (vec!["html@2"], 5, [250, 0, 100, 0]),
        (vec!["empty@2"], 5, [250, 0, 100, 0]),
        (vec!["truncate@2"], 5, [250, 0, 100, 0]),
        (vec!["huge@2"], 5, [250, 0, 100, 0]),
        (vec!["reset@2"], 5, [250, 0, 100, 0]),
        (vec!["reset-after@2"], 5, [250, 0, 100, 0]),
        (vec!["limit@2"], 4, [100, 0, 0, 250]),
        (vec!["busy@2"], 0, [350, 0, 0, 0]),
        (vec!["retry-after-1@2"], 0, [350, 0, 0, 0]),
        (vec!["bad-token@2"], 7, [100, 0, 0, 250]),
        (vec!["status-401@1"], 7, [0, 0, 0, 350]),
        (vec!["status-404@2"], 4, [100, 0, 0, 250]),
        (vec!["redirect-http://127.0.0.1:9/@2"], 4, [100, 0, 0, 250]),
        (vec!["reset@*"], 4, [0, 0, 300, 50]),
        (vec!["retry-after-3600@2"], 4, [100, 0, 0, 250]),
    ] {
        let (_dir, code, result, stored) = load(&faults, &[]);
        assert_eq!((code, rows(&result)), (exit, expected), "{faults:?}: {}", result["error"]);
        assert!(stored as u64 >= expected[0], "{faults:?}: loaded but not stored");
    }
}

#[test]
fn a_request_without_an_answer_is_unknown_after_its_deadline() {
    let (_dir, code, result, _) = load(&["hang@2"], &["--timeout", "300ms"]);
    assert_eq!((code, rows(&result)), (5, [250, 0, 100, 0]));
    assert_eq!(result["problems"][0]["code"], "no-answer");
}

#[test]
fn a_server_that_is_away_is_waited_for_and_then_left() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 10);
    let out = dir.run_with_token(&[
        "load",
        "f.csv",
        "-m",
        "m.toml",
        "--server",
        "http://127.0.0.1:9",
        "--operation",
        "op",
        "--patience",
        "300ms",
        "--json",
    ]);
    assert_eq!(out.code, 4, "{}", out.stderr);
    let result = out.json();
    assert_eq!(result["error"]["code"], "crm-down");
    assert_eq!(result["next"], "cartera resume 1");
    result.assert_balance();
}

#[test]
fn an_odd_answer_is_told_once_and_kept_as_it_was() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 30);
    let counters = |processed: &str, list: &str| {
        format!(
            r#"{{"code":200,"success":true,"summary":{{"total_records_received":{{n}},"successful_inserts":{{n}},"failed_count":0,"total_processed":{processed}{list}}}}}"#
        )
    };
    for (processed, list, said, kept) in [
        ("{n}", "", "sin la lista de rechazados", "processed 10"),
        ("77", r#","failed_Sumary":[]"#, "procesó otra cantidad", "processed 77"),
    ] {
        let body = Some(counters(processed, list));
        let crm = Scripted::start(vec![Rule { body, stored: true, ..Rule::default() }]);
        let url = crm.url();
        let args =
            ["load", "f.csv", "-m", "m.toml", "--server", &url, "--operation", "op", "--chunk-size", "10"];
        let out = dir.run_with_token(&[&args[..], &["--rate", "1000/s", "--again"]].concat());
        assert_eq!(out.code, 0, "{}", out.stderr);
        assert_eq!(out.stderr.matches(said).count(), 1, "{}", out.stderr);
        let shown = dir.run(&["show", "last", "--chunk", "3", "--json"]).json();
        let detail = shown["attempts"][0]["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("received 10, inserted 10") && detail.contains(kept), "{detail}");
    }
}

#[test]
fn what_the_crm_accepts_is_said_to_be_records_and_not_obligations() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 7);
    let crm = Scripted::start(Vec::new());
    let url = crm.url();
    let args = ["load", "f.csv", "-m", "m.toml", "--server", &url, "--operation", "op"];
    let out = dir.run_with_token(&args);
    assert!(out.stdout.contains("el CRM no confirma una por una sus 7 obligaciones"), "{}", out.stdout);
    let text = std::fs::read_to_string(dir.path("cartera-1/summary.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(summary["obligations"]["accepted_by"], "record");
}

#[test]
fn unknown_outcomes_are_held_until_a_person_decides() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 350);
    let crm = dir.spawn_sandbox(&["--fault", "reset-after@2"]);
    let load = crm.load(&["--rate", "1000/s", "--json"]);
    let out = dir.run_with_token(&load);
    assert_eq!(out.code, 5);
    assert_eq!(out.json()["next"], "cartera retry 1 --unknown");
    assert_eq!(dir.run_with_token(&["resume", "1"]).code, 5, "resume sends nothing that is held");
    assert_eq!(crm.requests().len(), 4);
    let shown = dir.run(&["show", "1", "--unknown", "--json"]).json();
    assert_eq!(shown["unknown"].as_array().map(Vec::len), Some(100));
    let refused = dir.run_with_token(&load);
    assert_eq!(refused.code, 1, "held rows are not loaded again by accident");
    assert!(refused.json()["error"]["next"].as_str().unwrap().contains("retry 1 --unknown"));
    let retried = dir.run_with_token(&["retry", "last", "--unknown", "--json"]);
    assert_eq!(retried.code, 1, "the refused run has nothing of its own");
    let retried = dir.run_with_token(&["retry", "1", "--unknown", "--json"]);
    assert_eq!(retried.code, 0, "{}", retried.stderr);
    assert_eq!(retried.json()["chain"]["books"]["rows_loaded"], 350);
    assert_eq!(dir.run_with_token(&["retry", "1", "--unknown"]).code, 1, "each is taken over once");
}

#[test]
fn rejected_records_are_sent_again_once_each() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 350);
    let crm = dir.spawn_sandbox(&["--fault", "reject@1-3"]);
    let out = dir.run_with_token(&crm.load(&["--rate", "1000/s", "--json"]));
    assert_eq!((out.code, rows(&out.json())), (3, [347, 3, 0, 0]));
    assert_eq!(dir.run_with_token(&["retry", "1", "--code", "crm-refused"]).code, 1);
    let out = dir.run_with_token(&["retry", "1", "--code", "crm-rejected", "--json"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    let result = out.json();
    result.assert_balance();
    assert_eq!((result["root"].as_i64(), rows(&result)), (Some(1), [3, 0, 0, 0]));
    assert_eq!(result["chain"]["books"]["rows_loaded"], 350);
    assert_eq!(stored_records(&dir.path("crm")).len(), 350);
    assert_eq!(crm.requests().last().map(|request| request.keys.len()), Some(3));
}

#[test]
fn a_limit_stops_at_its_record_and_resume_loads_the_rest() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 350);
    let crm = dir.spawn_sandbox(&[]);
    let out = dir.run_with_token(&crm.load(&["--rate", "1000/s", "--limit", "130", "--json"]));
    assert_eq!((out.code, rows(&out.json())), (4, [130, 0, 0, 220]));
    let out = dir.run_with_token(&["resume", "last", "--rate", "1000/s", "--json"]);
    assert_eq!((out.code, rows(&out.json())), (0, [350, 0, 0, 0]));
    assert_eq!(stored_records(&dir.path("crm")).len(), 350);
}

#[test]
fn pending_rows_of_a_report_are_never_loaded() {
    let (dir, code, _, _) = load(&["reset@2", "bad-token@4"], &[]);
    assert_eq!(code, 7);
    let out = dir.run(&["load", "cartera-1/errors.xlsx", "-m", "m.toml", "--sandbox", "--json"]);
    assert_eq!(out.code, 3, "{}{}", out.stdout, out.stderr);
    let result = out.json();
    assert_eq!(result["books"]["rows_loaded"], 0);
    assert_eq!(result["problems"][0]["code"], "pending-in-run");
}
