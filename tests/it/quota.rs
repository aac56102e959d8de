//! What is left of a day's calls: the plan before sending, the end of the day, and the way on.

use serde_json::Value;

use crate::support::scripted::{Rule, Scripted};
use crate::support::workdir::{Out, Outcome, Workdir};

const LOAD: [&str; 7] = ["load", "f.csv", "-m", "m.toml", "--profile", "p", "--json"];

fn loaded(result: &Outcome) -> (Option<u64>, Option<&str>) {
    result.assert_balance();
    (result["records"]["loaded"].as_u64(), result["error"]["code"].as_str())
}

#[test]
fn a_daily_budget_ends_the_run_and_says_when_it_goes_on() {
    let (mut dir, crm) = Workdir::with_profile(80, &[], "daily_budget = 5\ntime_zone = \"America/Bogota\"");
    let out = dir.run_with_token(&LOAD);
    assert_eq!((out.code, loaded(&out.json())), (4, (Some(50), Some("quota-ended"))), "{}", out.stderr);
    let bogota = jiff::Timestamp::now().in_tz("America/Bogota").unwrap();
    let midnight = bogota.date().tomorrow().unwrap().strftime("%d/%m/%Y 00:00").to_string();
    assert!(out.json()["error"].to_string().contains(&midnight), "{}", out.json()["error"]);
    assert_eq!(out.json()["next"], "cartera resume 1");
    for said in ["Plan: 8 llamadas", "Quedan 5 llamadas para hoy", "No caben hoy 3 llamadas", &midnight] {
        assert!(out.stderr.contains(said), "{said} is not in {}", out.stderr);
    }
    let again = dir.run_with_token(&["resume", "last", "--json"]);
    assert_eq!((again.code, loaded(&again.json()).1), (4, Some("quota-ended")));
    assert_eq!(crm.requests().len(), 5, "an early resume sends nothing");
    dir.set("CARTERA_DAILY_BUDGET", "9");
    let again = dir.run_with_token(&["resume", "last", "--reserve", "2", "--json"]);
    assert_eq!((again.code, loaded(&again.json()).0), (4, Some(70)), "{}", again.stderr);
    let again = dir.run_with_token(&["resume", "last", "--json"]);
    assert_eq!((again.code, loaded(&again.json()).0), (0, Some(80)), "{}", again.stderr);
}

#[test]
fn the_crms_quota_is_asked_once_and_not_overdrawn() {
    let (dir, crm) = Workdir::with_profile(80, &["--daily-limit", "7"], "quota_check = true");
    let out = dir.run_with_token(&[&LOAD[..], &["--reserve", "2"]].concat());
    assert_eq!((out.code, loaded(&out.json())), (4, (Some(40), Some("quota-ended"))), "{}", out.stderr);
    assert!(out.stderr.contains("le quedan 6 de 7 llamadas; vuelven en 24 h"), "{}", out.stderr);
    assert!(out.stderr.contains("Quedan 4 llamadas para hoy"), "{}", out.stderr);
    let requests = crm.requests();
    let asked = requests.iter().filter(|request| request.path.ends_with("tokenInformation.php")).count();
    assert_eq!((asked, requests.len()), (1, 5));
    assert!(requests.iter().all(|request| request.status == Some(200)), "the CRM had to refuse none");
}

#[test]
fn a_quota_that_cannot_be_read_is_said_and_stops_nothing_but_a_bad_token_does() {
    for (fault, exit, records, error) in [
        ("status-404@1", 0, 80, Value::Null),
        ("html@1", 0, 80, Value::Null),
        ("limit@1", 0, 80, Value::Null),
        ("bad-token@1", 7, 0, "token-refused".into()),
    ] {
        let (dir, crm) = Workdir::with_profile(80, &["--fault", fault], "quota_check = true");
        let out = dir.run_with_token(&LOAD);
        let result = out.json();
        assert_eq!((out.code, &result["error"]["code"]), (exit, &error), "{fault}: {}", out.stderr);
        assert_eq!(loaded(&result).0, Some(records), "{fault}");
        assert_eq!(crm.requests().len(), if exit == 0 { 9 } else { 1 }, "{fault}");
        assert_eq!(
            out.stderr.contains("No se pudo consultar la cuota"),
            exit == 0,
            "{fault}: {}",
            out.stderr
        );
    }
}

#[test]
fn a_quota_that_nobody_asked_for_ends_the_run_when_the_crm_says_so() {
    let (dir, crm) = Workdir::with_profile(80, &["--daily-limit", "5"], "time_zone = \"America/Bogota\"");
    let midnight =
        |today: jiff::Zoned| today.date().tomorrow().unwrap().strftime("%d/%m/%Y 00:00").to_string();
    let now = || midnight(jiff::Timestamp::now().in_tz("America/Bogota").unwrap());
    for (command, calls) in [(&LOAD[..], 6), (&["resume", "last", "--json"], 7)] {
        let before = now();
        let out = dir.run_with_token(command);
        assert_eq!((out.code, loaded(&out.json())), (4, (Some(50), Some("quota-ended"))), "{}", out.stderr);
        let error = out.json()["error"].to_string();
        assert!(error.contains("TOKEN LIMIT EXCEEDED"), "in the CRM's words: {error}");
        assert!(error.contains(&before) || error.contains(&now()), "until when: {error}");
        assert_eq!((out.json()["next"].as_str(), crm.requests().len()), (Some("cartera resume 1"), calls));
    }
}

/// A CRM that says how many calls are left and when they come back, and is then used up by others.
fn used_by_others() -> (Workdir, Scripted) {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 80);
    let left = r#"{"code":"200","error":"null","msg":"1 records were are found","data":{"token_limit":4800,"token_use_today":4700,"available_consumition_options":100,"hours_to_restart_count":3}}"#;
    let ended = r#"{"code":"403","error":"FORBIDDEN","msg":"TOKEN LIMIT EXCEEDED"}"#;
    let rule = |on: &str, status: u16, body: &str| Rule {
        on: Some(on.into()),
        status: Some(status),
        body: Some(body.into()),
        ..Rule::default()
    };
    let crm = Scripted::start(vec![rule("1", 200, left), rule("4-", 403, ended)]);
    let url = crm.url();
    let profile = format!(
        "[profile.p]\nserver = \"{url}\"\noperation = \"op\"\nrate = \"1000/s\"\nchunk_size = 10\nquota_check = true\n"
    );
    dir.write("cartera.toml", &profile);
    (dir, crm)
}

#[test]
fn until_the_calls_come_back_a_resume_costs_none() {
    let (dir, crm) = used_by_others();
    let out = dir.run_with_token(&LOAD);
    assert_eq!((out.code, loaded(&out.json())), (4, (Some(20), Some("quota-ended"))), "{}", out.stderr);
    let said = |out: &Out| out.json()["error"]["next"].as_str().unwrap().to_owned();
    let until = said(&out);
    assert_eq!(crm.seen().len(), 4);
    for _ in 0..2 {
        let again = dir.run_with_token(&["resume", "last", "--json"]);
        assert_eq!((again.code, loaded(&again.json())), (4, (Some(20), Some("quota-ended"))));
        assert_eq!((said(&again), crm.seen().len()), (until.clone(), 4), "it says the same and asks nobody");
    }
}

#[test]
#[cfg(unix)]
fn who_is_patient_enough_waits_for_the_calls_to_come_back() {
    let (dir, crm) = used_by_others();
    let mut child = dir.start_with_token(&[&LOAD[..], &["--patience", "5h"]].concat());
    child.wait_until_it_says("no quedan llamadas; hay de nuevo en");
    child.interrupt();
    let out = child.wait();
    assert_eq!((out.code, loaded(&out.json())), (4, (Some(20), Some("stopped-by-user"))), "{}", out.stderr);
    assert_eq!(crm.seen().len(), 4);
}

#[test]
fn calls_that_nobody_counts_cannot_be_reserved() {
    let (dir, crm) = Workdir::with_profile(80, &[], "");
    let out = dir.run_with_token(&[&LOAD[..], &["--reserve", "2"]].concat());
    assert_eq!((out.code, out.json()["error"]["code"].as_str()), (1, Some("reserve-of-nothing")));
    assert_eq!(crm.requests().len(), 0);
}

#[test]
fn a_rehearsal_counts_its_calls_too() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 80);
    dir.write("cartera.toml", "[profile.p]\ndaily_budget = 3\nchunk_size = 10\npatience = \"5s\"\n");
    let out = dir.run(&["load", "f.csv", "-m", "m.toml", "--sandbox", "--profile", "p", "--json"]);
    assert_eq!((out.code, loaded(&out.json())), (4, (Some(30), Some("quota-ended"))), "{}", out.stderr);
}
