//! Only what has changed is sent: months of a portfolio, and everything that may have happened in between.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::dice::Dice;
use crate::support::store::stored_records;
use crate::support::workdir::{Crm, Out, Outcome, SMALL_MAPPING, Workdir};

/// A portfolio of one month: each debtor's balance in cents.
type Month = BTreeMap<u32, u32>;

fn month(debtors: u32) -> Month {
    (0..debtors).map(|debtor| (debtor, 100_000 + debtor)).collect()
}

fn key(debtor: u32) -> String {
    (1_900_000_000 + debtor).to_string()
}

/// Writes a month as `f.csv`, with its mapping `m.toml`.
fn write(dir: &Workdir, month: &Month) {
    let mut text = String::from("Cédula;Nombre;Correo;Celular;Nro;Producto;Saldo\n");
    for (debtor, cents) in month {
        let (id, pesos) = (key(*debtor), format!("{},{:02}", cents / 100, cents % 100));
        let line = format!(
            "{id};Deudor Inventado {debtor};d{debtor}@example.com;300555{debtor:04};{debtor:05};Consumo;{pesos}\n"
        );
        text.push_str(&line);
    }
    dir.write("f.csv", &text);
    dir.write("m.toml", SMALL_MAPPING);
}

/// Loads `f.csv` into a stand-in; `--accept-drift`, for months of a few debtors that come and go.
fn load(dir: &Workdir, crm: &Crm, more: &[&str]) -> Out {
    let fast = ["--only-changed", "--rate", "1000/s", "--chunk-size", "10", "--accept-drift", "--json"];
    let out = dir.run_with_token(&crm.load(&[&fast, more].concat()));
    out.json().assert_balance();
    out
}

/// Records read, loaded, rejected, unknown, unsent and unchanged.
fn records(result: &Value) -> [u64; 6] {
    ["read", "loaded", "rejected", "unknown", "unsent", "unchanged"]
        .map(|state| result["records"][state].as_u64().unwrap())
}

fn reported(dir: &Workdir, run: &str) -> Outcome {
    dir.run(&["report", run, "--json"]).json()
}

#[test]
fn a_month_with_five_percent_of_changes_takes_five_percent_of_the_calls() {
    let dir = Workdir::with_samples();
    let mut portfolio = month(2000);
    write(&dir, &portfolio);
    let crm = dir.spawn_sandbox(&[]);
    let first = load(&dir, &crm, &[]);
    assert!(first.stderr.contains("No se sabe qué tiene el CRM"), "{}", first.stderr);
    let result = first.json();
    assert_eq!((first.code, records(&result)), (0, [2000, 2000, 0, 0, 0, 0]));
    assert_eq!((result["only_changed"]["full"].as_bool(), crm.requests().len()), (Some(true), 200));

    portfolio.iter_mut().filter(|(debtor, _)| *debtor % 20 == 7).for_each(|(_, cents)| *cents += 1);
    write(&dir, &portfolio);
    let second = load(&dir, &crm, &[]);
    let result = second.json();
    assert_eq!((second.code, records(&result)), (0, [2000, 100, 0, 0, 0, 1900]), "{}", second.stderr);
    assert_eq!(crm.requests().len() - 200, 10, "five percent of 200");
    assert_eq!(
        (&result["books"]["rows_unchanged"], &result["obligations"]["unchanged"]),
        (&json!(1900), &json!(1900))
    );
    let unchanged: u32 =
        portfolio.iter().filter(|(debtor, _)| *debtor % 20 != 7).map(|(_, cents)| *cents).sum();
    assert_eq!(result["money"]["unchanged"], format!("{}.{:02}", unchanged / 100, unchanged % 100));
    let only_changed = json!({ "full": false, "since": 1, "held": 0, "held_by": null });
    assert_eq!(result["only_changed"], only_changed);
    assert_eq!(result["gone"], json!({ "records": 0, "listed": 0, "since": 1 }));
    assert_eq!(result["upload"]["chunks"], 10);
    let summary: Value =
        serde_json::from_slice(&std::fs::read(dir.path("cartera-2/summary.json")).unwrap()).unwrap();
    assert_eq!(summary["only_changed"], only_changed);
    assert!(summary["drift"].as_array().unwrap().is_empty(), "{}", summary["drift"]);

    // The same file once more: nothing to send, which is no error.
    let third = load(&dir, &crm, &[]);
    let result = third.json();
    assert_eq!((third.code, records(&result)), (0, [2000, 0, 0, 0, 0, 2000]), "{}", third.stderr);
    assert_eq!(
        (&result["status"], &result["next"], &result["only_changed"]["since"]),
        (&json!("loaded"), &Value::Null, &json!(2))
    );
    assert_eq!(crm.requests().len(), 210);
    let shown = dir.run(&["report", "3"]).stdout;
    assert!(
        shown.contains("2.000 expedientes sin cambios desde la carga 2")
            && shown.contains("no se envió nada"),
        "{shown}"
    );
    let said = dir.run(&["report", "3", "--lang", "en"]).stdout;
    assert!(
        said.contains("2,000 records unchanged since run 2") && said.contains("nothing was sent"),
        "{said}"
    );
    assert_eq!(dir.run_with_token(&crm.load(&["--json"])).code, 1, "without the flag it is the same content");
    assert_eq!(stored_records(&dir.path("crm")).len(), 2000);
}

#[test]
fn who_is_gone_is_listed_and_stays_in_the_crm_and_who_comes_back_is_known() {
    let dir = Workdir::with_samples();
    let whole = month(40);
    write(&dir, &whole);
    let crm = dir.spawn_sandbox(&[]);
    assert_eq!(load(&dir, &crm, &[]).code, 0);
    let fewer: Month = whole.clone().into_iter().filter(|(debtor, _)| !(3..6).contains(debtor)).collect();
    write(&dir, &fewer);
    // One of those that are left cannot be read: he is in the file all the same.
    let text = std::fs::read_to_string(dir.path("f.csv")).unwrap().replace("d20@example.com", "nadie");
    dir.write("f.csv", &text);
    let out = load(&dir, &crm, &[]);
    assert_eq!((out.code, records(&out.json())), (3, [37, 0, 0, 0, 0, 36]), "{}", out.stderr);
    assert_eq!(out.json()["gone"], json!({ "records": 3, "listed": 3, "since": 1 }));
    let listed: Vec<String> =
        dir.csv("cartera-2/gone.csv", b';').iter().map(|row| row["cartera_key"].clone()).collect();
    assert_eq!(listed, [key(3), key(4), key(5)]);
    let shown = dir.run(&["report", "2"]).stdout;
    assert!(
        shown.contains("3 expedientes de la carga 1 ya no vienen") && shown.contains("19****03"),
        "{shown}"
    );
    assert!(!shown.contains(&key(3)), "an identification is shown whole");
    assert_eq!(stored_records(&dir.path("crm")).len(), 40);
    // What is gone is listed once; who comes back as he was is not sent.
    write(&dir, &fewer);
    assert_eq!(load(&dir, &crm, &[]).json()["gone"]["records"], 0);
    write(&dir, &whole);
    let back = load(&dir, &crm, &[]);
    assert_eq!((back.code, records(&back.json())), (0, [40, 0, 0, 0, 0, 40]));
}

#[test]
fn a_rejected_record_is_sent_again_as_it_was_or_corrected() {
    let dir = Workdir::with_samples();
    let mut portfolio = month(30);
    write(&dir, &portfolio);
    let crm = dir.spawn_sandbox(&["--fault", "reject@1", "--fault", "reject@4"]);
    let first = load(&dir, &crm, &[]);
    assert_eq!((first.code, records(&first.json())), (3, [30, 29, 1, 0, 0, 0]));
    let same = load(&dir, &crm, &[]);
    assert_eq!((same.code, records(&same.json())), (3, [30, 0, 1, 0, 0, 29]));
    assert_eq!(crm.requests().last().unwrap().keys, [key(0)]);
    portfolio.insert(0, 77);
    write(&dir, &portfolio);
    let corrected = load(&dir, &crm, &[]);
    assert_eq!((corrected.code, records(&corrected.json())), (0, [30, 1, 0, 0, 0, 29]));
    // A rejection of a change leaves what was accepted before it.
    assert_eq!(records(&load(&dir, &crm, &[]).json())[5], 30);
}

#[test]
fn what_is_held_is_not_sent_again_in_silence() {
    let dir = Workdir::with_samples();
    let mut portfolio = month(30);
    write(&dir, &portfolio);
    let crm = dir.spawn_sandbox(&["--fault", "reset-after@2"]);
    let first = load(&dir, &crm, &[]);
    assert_eq!((first.code, records(&first.json())), (5, [30, 20, 0, 10, 0, 0]));
    // One of the ten that are held has changed since: he is sent, and the others are not.
    portfolio.insert(12, 5);
    write(&dir, &portfolio);
    let second = load(&dir, &crm, &[]);
    let result = second.json();
    assert_eq!((second.code, records(&result)), (5, [30, 1, 0, 9, 0, 20]), "{}", second.stderr);
    assert_eq!(crm.requests().last().unwrap().keys, [key(12)]);
    assert_eq!(result["only_changed"]["held"], 9);
    assert_eq!(
        (&result["only_changed"]["held_by"], &result["next"]),
        (&json!(1), &json!("cartera retry 1 --unknown"))
    );
    let pending = dir.sheet("cartera-2/errors.xlsx", "pending");
    assert_eq!(pending.len(), 10);
    let code = pending[0].iter().position(|name| name == "cartera_code").unwrap();
    assert_eq!(pending[1][code], "held-before");
    let shown = dir.run(&["report", "2"]).stdout;
    assert!(
        shown.contains("9 expedientes iguales a lo que quedó sin respuesta clara en la carga 1"),
        "{shown}"
    );
    let listed = dir.run(&["show", "2", "--unknown", "--json"]).json();
    assert_eq!(listed["unknown"].as_array().map(Vec::len), Some(9));
    assert_eq!(dir.run_with_token(&["retry", "2", "--unknown", "--json"]).code, 1, "run 1 holds them");
    // A person decides; then all is known, but for the one whose older body was sent after his newer one.
    let retried = dir.run_with_token(&["retry", "1", "--unknown", "--json"]);
    assert_eq!(retried.code, 0, "{}", retried.stderr);
    let third = load(&dir, &crm, &[]);
    assert_eq!((third.code, records(&third.json())), (0, [30, 1, 0, 0, 0, 29]));
    assert_eq!(crm.requests().last().unwrap().keys, [key(12)]);
    assert_eq!(records(&load(&dir, &crm, &[]).json())[5], 30);
    assert_eq!(records(&reported(&dir, "2"))[3], 9, "the books of a run stay as it ended");
}

#[test]
fn a_person_or_the_profile_may_send_what_is_held() {
    for more in [["--again"], ["--resend-unknown"]] {
        let dir = Workdir::with_samples();
        write(&dir, &month(20));
        let crm = dir.spawn_sandbox(&["--fault", "reset@1"]);
        assert_eq!(load(&dir, &crm, &[]).code, 5);
        assert_eq!(dir.run(&["purge", "--older-than", "0s", "--yes"]).code, 0);
        // Of a run that was forgotten nothing can be sent by itself.
        let held = load(&dir, &crm, &[]);
        assert_eq!((held.code, &held.json()["next"]), (5, &Value::Null));
        assert_eq!(records(&held.json()), [20, 0, 0, 10, 0, 10]);
        let out = load(&dir, &crm, &more);
        assert_eq!((out.code, records(&out.json())), (0, [20, 10, 0, 0, 0, 10]), "{more:?}");
        assert_eq!(stored_records(&dir.path("crm")).len(), 20);
    }
}

#[test]
fn a_purge_keeps_the_comparison_and_purge_all_forgets_it() {
    let dir = Workdir::with_samples();
    let whole = month(30);
    write(&dir, &whole);
    let crm = dir.spawn_sandbox(&["--fault", "reject@1"]);
    assert_eq!(load(&dir, &crm, &[]).code, 3);
    assert_eq!(dir.run(&["purge", "--older-than", "0s"]).code, 0);
    let fewer: Month = whole.into_iter().filter(|(debtor, _)| *debtor < 28).collect();
    write(&dir, &fewer);
    let out = load(&dir, &crm, &[]);
    let result = out.json();
    assert_eq!((out.code, records(&result)), (0, [28, 1, 0, 0, 0, 27]), "{}", out.stderr);
    assert_eq!(
        result["gone"],
        json!({ "records": 2, "listed": 0, "since": 1 }),
        "forgotten names are counted"
    );
    assert!(!dir.path("cartera-2/gone.csv").exists());
    assert_eq!(dir.run(&["purge", "--older-than", "0s", "--all"]).code, 0);
    let out = load(&dir, &crm, &[]);
    assert_eq!((out.code, records(&out.json())), (0, [28, 28, 0, 0, 0, 0]));
    assert!(out.stderr.contains("No se sabe qué tiene el CRM"), "{}", out.stderr);
}

#[test]
fn a_full_load_is_made_when_it_is_due_and_said() {
    let dir = Workdir::with_samples();
    write(&dir, &month(30));
    let crm = dir.spawn_sandbox(&[]);
    let profile =
        |every: &str| dir.write("cartera.toml", &format!("[profile.default]\nfull_every = \"{every}\"\n"));
    profile("30d");
    assert_eq!(records(&load(&dir, &crm, &[]).json())[1], 30);
    let young = load(&dir, &crm, &[]);
    assert_eq!((young.code, records(&young.json())[5]), (0, 30));
    profile("1ms");
    let due = load(&dir, &crm, &[]);
    let result = due.json();
    assert_eq!((due.code, records(&result)), (0, [30, 30, 0, 0, 0, 0]), "{}", due.stderr);
    assert!(
        due.stderr.contains("Toca una carga completa (`full_every = 1ms`; la última fue la carga 1)"),
        "{}",
        due.stderr
    );
    assert_eq!(result["only_changed"]["full"], true);
    profile("nunca");
    let out = dir.run_with_token(&crm.load(&["--only-changed", "--json"]));
    assert_eq!((out.code, out.json()["error"]["code"].as_str()), (1, Some("bad-setting")));
    // Another mapping's file has had no full load of its own.
    profile("30d");
    dir.write("other.toml", SMALL_MAPPING);
    let args = [
        "load",
        "f.csv",
        "-m",
        "other.toml",
        "--server",
        crm.server(),
        "--operation",
        "op",
        "--only-changed",
        "--json",
    ];
    let out = dir.run_with_token(&args);
    assert_eq!((out.code, records(&out.json())[1]), (0, 30), "{}", out.stderr);
    assert!(out.stderr.contains("no hay ninguna con este mapeo"), "{}", out.stderr);
}

#[test]
fn operations_and_servers_are_apart() {
    let dir = Workdir::with_samples();
    write(&dir, &month(30));
    let crm = dir.spawn_sandbox(&[]);
    assert_eq!(records(&load(&dir, &crm, &[]).json())[1], 30);
    let at = |operation: &str| {
        let server = crm.server();
        let args = [
            "load",
            "f.csv",
            "-m",
            "m.toml",
            "--server",
            server,
            "--operation",
            operation,
            "--only-changed",
            "--json",
        ];
        records(&dir.run_with_token(&args).json())
    };
    assert_eq!((at("other")[1], at("other")[5], at("op")[5]), (30, 30, 30));
    // A rehearsal is a tenant of its own, which is forgotten with its store.
    let rehearse = || {
        let out = dir.run(&["load", "f.csv", "-m", "m.toml", "--sandbox", "--only-changed", "--json"]);
        assert_eq!(out.code, 0, "{}", out.stderr);
        records(&out.json())
    };
    assert_eq!((rehearse()[1], rehearse()[5]), (30, 30));
    std::fs::remove_dir_all(dir.state("sandbox")).unwrap();
    assert_eq!(rehearse()[1], 30, "the stand-in holds nothing any more");
}

#[test]
fn stopped_and_killed_runs_leave_what_was_known() {
    let dir = Workdir::with_samples();
    let mut portfolio = month(60);
    write(&dir, &portfolio);
    let crm = dir.spawn_sandbox(&["--fault", "hang@9"]);
    assert_eq!(load(&dir, &crm, &[]).code, 0);
    portfolio.iter_mut().filter(|(debtor, _)| **debtor < 40).for_each(|(_, cents)| *cents += 1);
    write(&dir, &portfolio);
    let stopped = load(&dir, &crm, &["--limit", "20"]);
    assert_eq!((stopped.code, records(&stopped.json())), (4, [60, 20, 0, 0, 20, 20]));
    // Killed while the third request of the change is under way.
    let mut child = dir.start_with_token(&["resume", "2", "--rate", "1000/s"]);
    crm.wait_for_requests(8);
    crm.wait_for_arrival();
    let began = || {
        let shown = dir.run(&["show", "2", "--json"]).json();
        shown["chunks"].as_array().unwrap().iter().any(|chunk| chunk["state"] == "sending")
    };
    crate::support::workdir::wait_until(began);
    // Another load meanwhile: what is under way is held, and what waits is sent.
    let meanwhile = load(&dir, &crm, &[]);
    assert_eq!(
        (meanwhile.code, records(&meanwhile.json())),
        (5, [60, 10, 0, 10, 0, 40]),
        "{}",
        meanwhile.stderr
    );
    child.kill();
    let resumed = dir.run_with_token(&["resume", "2", "--rate", "1000/s", "--json"]);
    resumed.json().assert_balance();
    assert_eq!((resumed.code, records(&resumed.json())), (5, [60, 30, 0, 10, 0, 20]), "{}", resumed.stderr);
    let held = load(&dir, &crm, &[]);
    assert_eq!((held.code, records(&held.json())), (5, [60, 0, 0, 10, 0, 50]));
    assert_eq!(dir.run_with_token(&["retry", "2", "--unknown"]).code, 0);
    assert_eq!(records(&load(&dir, &crm, &[]).json())[5], 60);
}

#[test]
fn an_unchanged_row_says_which_run_loaded_it() {
    let dir = Workdir::with_samples();
    let mut portfolio = month(12);
    write(&dir, &portfolio);
    let crm = dir.spawn_sandbox(&[]);
    assert_eq!(load(&dir, &crm, &[]).code, 0);
    portfolio.insert(3, 5);
    write(&dir, &portfolio);
    assert_eq!(load(&dir, &crm, &[]).code, 0);
    let explained = dir.run(&["explain", "--run", "2", "--row", "2", "--json"]).json();
    assert_eq!((&explained["state"], &explained["chunks"][0]["run"]), (&json!("unchanged"), &json!(1)));
    assert_eq!(explained["json"]["Obligations"][0]["total_balance"], "1000.00");
    let page = dir.run(&["explain", "--run", "2", "--row", "2"]).stdout;
    assert!(page.contains("Sin cambios") && page.contains("Carga 1, envío 1"), "{page}");
    assert_eq!(dir.run(&["explain", "--run", "2", "--row", "5", "--json"]).json()["state"], "loaded");
    let listed = dir.run(&["show", "2", "--json"]).json();
    assert_eq!(listed["chunks"].as_array().unwrap().len(), 2);
    assert_eq!(dir.run(&["show", "2"]).code, 0);
    for number in ["1", "2"] {
        assert_eq!(dir.run(&["show", "2", "--chunk", number, "--unmasked"]).code, 0);
    }
}

/// What months of a portfolio leave in the CRM is the same whether each is loaded whole or only as far as it changed.
#[test]
fn the_store_is_that_of_full_loads() {
    for seed in 0..6 {
        let dir = Workdir::with_samples();
        let mut dice = Dice(seed);
        let mut portfolio = month(25);
        let all = [
            "--fault",
            "reject@4",
            "--fault",
            "reset-after@6",
            "--fault",
            "status-500@9",
            "--fault",
            "status-413@11",
        ];
        let faults = if seed < 3 { &[][..] } else { &all };
        let (changed, full) = (dir.spawn_sandbox_in("changed", faults), dir.spawn_sandbox_in("full", &[]));
        for _ in 0..6 {
            for _ in 0..dice.below(8) {
                let debtor = u32::try_from(dice.below(40)).unwrap();
                match dice.below(3) {
                    0 => portfolio.remove(&debtor),
                    _ => portfolio.insert(debtor, 1 + u32::try_from(dice.below(3)).unwrap()),
                };
            }
            write(&dir, &portfolio);
            let out = load(&dir, &changed, &[]);
            let result = out.json();
            if dice.below(2) == 0
                && let Some(next) = result["next"].as_str().filter(|next| next.contains("--unknown"))
            {
                let retry: Vec<&str> = next.split(' ').skip(1).collect();
                dir.run_with_token(&retry);
            }
            if dice.below(3) == 0 {
                assert_eq!(dir.run(&["purge", "--older-than", "0s"]).code, 0);
            }
            let whole = full.load(&[
                "--rate",
                "1000/s",
                "--again",
                "--accept-drift",
                "--state",
                "full-state",
                "--json",
            ]);
            assert_eq!(dir.run_with_token(&whole).code, 0);
        }
        // When the faults are over, what was rejected goes in, and a person has sent what is held.
        let mut end = load(&dir, &changed, &["--again"]);
        for _ in all.iter().filter(|_| !faults.is_empty()) {
            end = load(&dir, &changed, &["--again"]);
        }
        let counts = records(&end.json());
        assert_eq!((end.code, counts[5]), (0, portfolio.len() as u64), "seed {seed}: {}", end.stderr);
        let (mut stored, mut whole) =
            (stored_records(&dir.path("changed")), stored_records(&dir.path("full")));
        if !faults.is_empty() {
            // One that a fault kept out may be gone before he could be sent again.
            let is_in_file = |id: &String| portfolio.keys().any(|debtor| key(*debtor) == *id);
            stored.retain(|id, _| is_in_file(id));
            whole.retain(|id, _| is_in_file(id));
        }
        assert_eq!(stored, whole, "seed {seed}");
        let sent = |crm: &Crm| crm.requests().iter().map(|request| request.keys.len()).sum::<usize>();
        assert!(sent(&changed) < sent(&full), "seed {seed}: it was sent whole");
    }
}

#[test]
fn targets_whose_rows_are_all_new_records_cannot_be_compared() {
    let dir = Workdir::with_samples();
    let mapping = "mappings/luna-gestiones.toml";
    let out = dir.run(&[
        "load",
        "samples/luna-gestiones.csv",
        "-m",
        mapping,
        "--sandbox",
        "--only-changed",
        "--json",
    ]);
    assert_eq!(
        (out.code, out.json()["error"]["code"].as_str()),
        (1, Some("only-changed-no-key")),
        "{}",
        out.stderr
    );
}
