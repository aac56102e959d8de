//! Records of unknown outcome are looked for in the CRM: what is said of it, what it costs, and killed in the middle.

use std::time::Duration;

use crate::support::scripted::{FOUND_ID, Rule, Scripted};
use crate::support::store::stored_records;
use crate::support::workdir::{Out, Workdir, wait_until};

const LOAD: [&str; 6] = ["load", "f.csv", "-m", "m.toml", "--profile", "p"];

fn states(out: &Out) -> [u64; 3] {
    let result = out.json();
    result.assert_balance();
    ["loaded", "unknown", "unsent"].map(|state| result["records"][state].as_u64().unwrap())
}

#[test]
fn what_it_costs_is_said_before_and_what_it_found_afterwards() {
    let (dir, crm) = Workdir::with_profile(
        20,
        &["--fault", "reset-after@1", "--fault", "no-records@5"],
        "read_back = true",
    );
    let out = dir.run_with_token(&LOAD);
    assert_eq!(out.code, 0, "{}", out.stderr);
    let cost = "se buscan en el CRM 10 expedientes sin respuesta clara: 10 llamadas";
    assert!(out.stderr.contains(cost), "{}", out.stderr);
    for said in [
        "Buscados en el CRM (10 llamadas): 9 están y cuentan como cargados",
        "la persona; sus obligaciones no se pueden leer",
        "1 no estaban y se enviaron otra vez",
    ] {
        assert!(out.stdout.contains(said), "{said} is not in {}", out.stdout);
    }
    assert_eq!((crm.requests().len(), stored_records(&dir.path("crm")).len()), (13, 20));
    let shown = dir.run(&["show", "1", "--unknown", "--json"]).json();
    assert_eq!((&shown["unknown"], &shown["read_back"]["accepted"]), (&serde_json::json!([]), &9.into()));
    let listed = dir.run(&["show", "1"]).stdout;
    assert!(listed.contains("3 ← 1"), "the chunk that sends it once more: {listed}");
}

#[test]
fn what_stays_held_is_listed_with_the_reason_and_no_value() {
    let (mut dir, crm) = Workdir::with_profile(20, &["--fault", "reset-after@1", "--fault", "twins@4"], "");
    // The CRM has a record of the first debtor already, with another name and telephone.
    let old = "Cédula;Nombre;Correo;Celular;Nro;Producto;Saldo\n\
               1900000000;Nombre Anterior;d0@example.com;3009999999;1;Consumo;5\n";
    dir.write("old.csv", old);
    let args = ["load", "old.csv", "-m", "m.toml", "--server", crm.server(), "--operation", "op", "--json"];
    assert_eq!(dir.run_with_token(&args).code, 5);
    let out = dir.run_with_token(&[&LOAD[..], &["--json"]].concat());
    assert_eq!((out.code, states(&out)), (0, [20, 0, 0]), "{}", out.stderr);
    dir.set("CARTERA_READ_BACK", "true");
    let out = dir.run_with_token(&["resume", "1", "--json"]);
    assert_eq!((out.code, states(&out)), (5, [0, 1, 0]), "{}", out.stderr);
    let said = dir.run(&["show", "1", "--unknown"]).stdout;
    assert!(said.contains("read-back-unclear") && said.contains("devolvió 2"), "{said}");
    let out = dir.run_with_token(&["retry", "1", "--unknown", "--json"]);
    assert_eq!(out.code, 0, "who has seen it decides: {}", out.stderr);
}

#[test]
fn fields_that_differ_are_named_without_their_values() {
    let (dir, crm) =
        Workdir::with_profile(20, &["--fault", "hang@1"], "read_back = true\ntimeout = \"300ms\"");
    let old = "Cédula;Nombre;Correo;Celular;Nro;Producto;Saldo\n\
               1900000003;Nombre Anterior;d3@example.com;3009999999;1;Consumo;5\n";
    dir.write("old.csv", old);
    dir.write("m2.toml", &std::fs::read_to_string(dir.path("m.toml")).unwrap());
    // The first request is silent, so this one is the second, and it is stored.
    let first =
        dir.run_with_token(&["load", "f.csv", "-m", "m.toml", "--profile", "p", "--limit", "10", "--json"]);
    assert_eq!((first.code, states(&first)), (4, [0, 10, 10]), "{}", first.stderr);
    let args = ["load", "old.csv", "-m", "m2.toml", "--server", crm.server(), "--operation", "op", "--json"];
    assert_eq!(dir.run_with_token(&args).code, 0);
    let out = dir.run_with_token(&["resume", "1", "--profile", "p", "--json"]);
    assert_eq!((out.code, states(&out)), (5, [19, 1, 0]), "{}", out.stderr);
    let shown = dir.run(&["show", "1", "--unknown", "--json"]).json();
    assert_eq!(shown["unknown"][0]["detail"], "Name, Telephone");
    let said = dir.run(&["show", "1", "--unknown"]).stdout;
    assert!(said.contains("difiere en: Name, Telephone"), "{said}");
    for value in ["Nombre Anterior", "3009999999", "Deudor Inventado"] {
        assert!(
            !said.contains(value) && !out.stderr.contains(value) && !out.stdout.contains(value),
            "{value}"
        );
    }
}

#[test]
fn a_module_that_the_crm_does_not_know_leaves_all_held_and_says_so() {
    let profile = "[profile.p.read_back]\nmodule = \"clientes\"\nfield = \"Cédula\"";
    let (dir, crm) = Workdir::with_profile(20, &["--fault", "reset-after@1"], profile);
    let out = dir.run_with_token(&[&LOAD[..], &["--json"]].concat());
    assert_eq!((out.code, states(&out)), (5, [10, 10, 0]), "{}", out.stderr);
    assert!(out.stderr.contains("el CRM no deja buscar"), "{}", out.stderr);
    assert_eq!(out.json()["next"], "cartera retry 1 --unknown");
    assert_eq!(crm.requests().len(), 3, "one question is enough");
}

#[test]
fn the_days_budget_holds_for_look_ups_and_resume_asks_for_nothing_twice() {
    let (mut dir, crm) =
        Workdir::with_profile(20, &["--fault", "reset-after@1"], "read_back = true\ndaily_budget = 6");
    let out = dir.run_with_token(&[&LOAD[..], &["--json"]].concat());
    assert_eq!((out.code, states(&out)), (4, [14, 6, 0]), "{}", out.stderr);
    let result = out.json();
    assert_eq!(
        (&result["error"]["code"], &result["next"]),
        (&"quota-ended".into(), &"cartera resume 1".into())
    );
    assert_eq!((&result["upload"]["requests"], &result["upload"]["lookups"]), (&6.into(), &4.into()));
    assert_eq!(crm.requests().len(), 6);
    dir.set("CARTERA_DAILY_BUDGET", "100");
    let out = dir.run_with_token(&["resume", "last", "--profile", "p", "--json"]);
    assert_eq!((out.code, states(&out)), (0, [20, 0, 0]), "{}", out.stderr);
    assert!(out.stderr.contains("De ellas, 6 son consultas"), "{}", out.stderr);
    assert_eq!(crm.requests().len(), 12);
}

#[test]
fn the_ids_that_were_found_are_forgotten_for_good() {
    let mut dir = Workdir::with_samples();
    dir.set("CARTERA_READ_BACK", "true");
    dir.write_portfolio("f.csv", 5);
    let reset = Rule { on: Some("1".into()), stored: true, ending: Some("reset".into()), ..Rule::default() };
    let crm = Scripted::start(vec![reset]);
    let url = crm.url();
    let args = ["load", "f.csv", "-m", "m.toml", "--server", &url, "--operation", "op", "--rate", "1000/s"];
    assert_eq!(dir.run_with_token(&args).code, 0);
    let is_kept = || {
        let bytes = std::fs::read(dir.state("ledger.sqlite")).unwrap();
        bytes.windows(FOUND_ID.len()).any(|piece| piece == FOUND_ID.as_bytes())
    };
    assert!(is_kept());
    assert_eq!(dir.run(&["purge", "--older-than", "0s", "--yes"]).code, 0);
    assert!(!is_kept());
    let shown = dir.run(&["runs", "--json"]).json();
    assert_eq!(shown[0]["rows_loaded"], 5, "the books stay");
}

/// A record that somebody else put into the CRM has the same name, e-mail and telephone; what was sent of it never
/// arrived. Only the CRM's own dates can tell.
#[test]
fn an_old_record_with_the_same_fields_is_not_taken_for_the_one_that_never_arrived() {
    let today = jiff::Zoned::now().strftime("%Y-%m-%d %H:%M:%S").to_string();
    for (dates, exit, code) in [
        (r#","wolkvox_fecha_creacion":"2020-01-31 08:00:00""#.to_owned(), 5, Some("read-back-as-before")),
        (
            format!(
                r#","wolkvox_fecha_creacion":"2020-01-31 08:00:00","wolkvox_fecha_modificacion":"{today}""#
            ),
            0,
            None,
        ),
        (String::new(), 0, None),
    ] {
        let mut dir = Workdir::with_samples();
        dir.set("CARTERA_READ_BACK", "true");
        dir.write_portfolio("f.csv", 1);
        let there = format!(
            r#"{{"code":"200","error":"null","msg":"1 records were are found","data":[{{"Identification":"1900000000",
               "Name":"Deudor Inventado 0","Email":"d0@example.com","Telephone":"3005550000","wolkvox_id":"64cb"{dates}}}]}}"#
        );
        let crm = Scripted::start(vec![
            Rule { on: Some("1".into()), ending: Some("reset".into()), ..Rule::default() },
            Rule { asks: Some(true), body: Some(there), ..Rule::default() },
        ]);
        let url = crm.url();
        let args =
            ["load", "f.csv", "-m", "m.toml", "--server", &url, "--operation", "op", "--rate", "1000/s"];
        let out = dir.run_with_token(&[&args[..], &["--json"]].concat());
        assert_eq!((out.code, crm.stored().len()), (exit, 0), "{dates}: {}", out.stderr);
        let result = out.json();
        result.assert_balance();
        assert_eq!(result["problems"][0]["code"].as_str(), code, "{dates}");
    }
}

/// Kills of the test below.
const KILLS: usize = 12;

#[test]
fn killed_in_the_middle_it_asks_for_the_rest_and_nothing_is_sent_twice() {
    for kill in 0..KILLS {
        let mut dir = Workdir::with_samples();
        dir.set("CARTERA_READ_BACK", "true");
        dir.write_portfolio("f.csv", 12);
        let crm = Scripted::start(vec![
            Rule { on: Some("1".into()), stores: Some(6), ending: Some("reset".into()), ..Rule::default() },
            Rule { asks: Some(true), ending: Some("late-5".into()), ..Rule::default() },
        ]);
        let url = crm.url();
        let args =
            ["load", "f.csv", "-m", "m.toml", "--server", &url, "--operation", "op", "--rate", "1000/s"];
        let mut child = dir.start_with_token(&[&args[..], &["--concurrency", "2", "--quiet"]].concat());
        wait_until(|| crm.seen().len() > kill || child.has_ended());
        child.kill_after(Duration::from_millis(kill as u64 % 4));
        let out = dir.run_with_token(&["resume", "last", "--rate", "1000/s", "--json"]);
        // What was sent once more just before the kill is unknown again, and is not looked for again.
        let [loaded, unknown, unsent] = states(&out);
        assert_eq!((loaded + unknown, unsent), (12, 0), "kill {kill}: {}", out.stderr);
        let stored = crm.stored();
        assert!(stored.values().all(|times| *times == 1), "kill {kill}: stored twice");
        assert!(loaded <= stored.len() as u64, "kill {kill}: lost");
        let asked = crm.asked();
        assert!(asked.len() <= 12 + 2, "kill {kill}: {} asked, two were under way", asked.len());
        assert!(unknown == 0 || stored.len() == 12, "kill {kill}: {unknown} held that were never sent again");
    }
}
