//! Case files are found by their Identification before anything is sent to them, each once a run.

use std::fmt::Write as _;

use crate::support::store::{stored_in, stored_records};
use crate::support::workdir::Workdir;

const PAYMENTS: &str = r#"target = "obligations-update"
[source]
decimal = ","
dates = "YYYY-MM-DD"
[endpoint]
dates = "DD-MM-YYYY"
[obligation]
Identification = "Cédula"
id = "Nro"
total_balance = "Saldo nuevo"
last_pay = "Pago"
last_pay_date = "Fecha"
"#;
const HEADER: &str = "Cédula;Nro;Pago;Fecha;Saldo nuevo\n";
const FIRST: u32 = 1_900_000_000;

/// A folder with a CRM that has so many debtors, one obligation each.
fn with_portfolio(debtors: u32) -> (Workdir, crate::support::workdir::Crm) {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", debtors);
    dir.write("p.toml", PAYMENTS);
    let crm = dir.spawn_sandbox(&["--daily-limit", "100000"]);
    let out = dir.run_with_token(&load(crm.server(), "f.csv", "m.toml", &[]));
    assert_eq!(out.code, 0, "{}", out.stderr);
    (dir, crm)
}

fn load<'a>(server: &'a str, file: &'a str, mapping: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let all = ["load", file, "-m", mapping, "--server", server, "--operation", "op", "--rate", "1000/s"];
    [&all[..], &["--burst", "1000", "--json"], more].concat()
}

#[test]
fn two_thousand_payments_find_their_obligations() {
    let (dir, crm) = with_portfolio(2000);
    let before = dir.requests_in("crm").len();
    let mut rows = HEADER.to_owned();
    for number in 0..2000 {
        let (id, balance) = (FIRST + number, 1000 - number / 2);
        writeln!(rows, "{id};{number:05};{number},5;2026-01-31;{balance},25").unwrap();
    }
    dir.write("pagos.csv", &rows);
    let out = dir.run_with_token(&load(crm.server(), "pagos.csv", "p.toml", &["--concurrency", "4"]));
    assert_eq!(out.code, 0, "{}", out.stderr);
    assert!(out.stderr.contains("Plan: 4.000 llamadas"), "{}", out.stderr);
    assert!(out.stderr.contains("2.000 son consultas"), "{}", out.stderr);
    let calls = dir.requests_in("crm").split_off(before);
    let asked = calls.iter().filter(|call| call.path.ends_with("/custom/query.php")).count();
    assert_eq!((calls.len(), asked), (4000, 2000), "as the plan said");
    let stored = stored_records(&dir.path("crm"));
    for number in 0..2000 {
        let record = &stored[&(FIRST + number).to_string()];
        let obligation = &record["Obligations"][format!("{number:05}")];
        assert_eq!(obligation["total_balance"], format!("{}.25", 1000 - number / 2), "{record}");
        assert_eq!(
            (&obligation["last_pay_date"], &obligation["name"]),
            (&"31-01-2026".into(), &"Consumo".into())
        );
    }
}

#[test]
fn who_is_not_found_or_found_twice_is_rejected_and_nobody_is_asked_for_again() {
    let (dir, crm) = with_portfolio(6);
    let mut rows = HEADER.to_owned();
    for (id, nro) in [(FIRST, 0), (FIRST + 77, 77), (FIRST + 2, 2), (FIRST + 3, 3), (FIRST, 9)] {
        writeln!(rows, "{id};{nro:05};1,5;2026-01-31;2").unwrap();
    }
    // A second record of the third debtor makes that one ambiguous.
    dir.write("twin.csv", &format!("Identification\n{}\n", FIRST + 2));
    dir.write("twin.toml", "target = \"custom\"\n[endpoint]\nmodule = \"collections\"\n[fields]\nIdentification = \"Identification\"\n");
    assert_eq!(dir.run_with_token(&load(crm.server(), "twin.csv", "twin.toml", &[])).code, 0);
    let before = dir.requests_in("crm").len();
    dir.write("pagos.csv", &rows);
    let out = dir.run_with_token(&load(crm.server(), "pagos.csv", "p.toml", &["--limit", "3"]));
    assert_eq!(out.code, 4, "{}", out.stderr);
    let out = dir.run_with_token(&["resume", "last", "--rate", "1000/s", "--json"]);
    assert_eq!(out.code, 3, "{}", out.stderr);
    let problems = out.json();
    let codes: Vec<&str> = problems["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| problem["code"].as_str().unwrap())
        .collect();
    // The last row's obligation is not there: the CRM itself says no to it.
    assert_eq!(codes, ["crm-refused", "record-not-found", "record-ambiguous"], "{}", out.stdout);
    let calls = dir.requests_in("crm").split_off(before);
    let asked: Vec<_> = calls.iter().filter(|call| call.path.ends_with("/custom/query.php")).collect();
    assert_eq!((calls.len(), asked.len()), (4 + 3, 4), "four Identifications, three updates");

    let shown = dir.run(&["show", "last", "--chunk", "2", "--unmasked"]);
    assert!(shown.stdout.contains("(el id del CRM, que se busca con 1900000077)"), "{}", shown.stdout);
    // The case file is loaded after all; what was rejected finds it.
    dir.write_portfolio("f.csv", 78);
    assert_eq!(dir.run_with_token(&load(crm.server(), "f.csv", "m.toml", &["--accept-drift"])).code, 0);
    let out = dir.run_with_token(&["retry", "3", "--code", "record-not-found", "--rate", "1000/s", "--json"]);
    assert_eq!(out.json()["chain"]["records"]["rejected"], 2, "{}\n{}", out.stdout, out.stderr);
}

#[test]
fn managements_and_activities_find_their_case_file_too() {
    let (dir, crm) = with_portfolio(2);
    dir.write("g.csv", &format!("Cédula;Código;Texto\n{FIRST};12;Promesa\n{};30;No contesta\n", FIRST + 1));
    let mapping = "target = \"managements\"\n[management]\nIdentification = \"Cédula\"\ntipifycation_code = \"Código\"\ntipifycation_desc = \"Texto\"\n";
    dir.write("g.toml", mapping);
    let out = dir.run_with_token(&load(crm.server(), "g.csv", "g.toml", &[]));
    assert_eq!(out.code, 0, "{}", out.stderr);
    let managements = stored_in(&dir.path("crm"), "managements");
    assert_eq!(managements.len(), 2);
    assert_eq!(managements[0]["wolkvox_idRecord"].as_str().map(str::len), Some(24));
    assert!(managements[0].get("Identification").is_none(), "it is looked up by, and not sent");
    dir.write("g.toml", &mapping.replace("Identification = \"Cédula\"\n", ""));
    let out = dir.run_with_token(&load(crm.server(), "g.csv", "g.toml", &[]));
    assert!(out.stderr.contains("Identification | wolkvox_idRecord"), "{}", out.stderr);
}

#[test]
fn a_crm_that_lets_nobody_be_looked_up_stops_the_load_before_anything_is_sent() {
    let (dir, crm) = with_portfolio(3);
    dir.write("pagos.csv", &format!("{HEADER}{FIRST};00000;1,5;2026-01-31;2\n"));
    let config = "[profile.default.endpoints.obligations-update]\nlookup_field = \"Documento\"\n";
    dir.write("cartera.toml", config);
    let before = dir.requests_in("crm").len();
    let out = dir.run_with_token(&load(crm.server(), "pagos.csv", "p.toml", &[]));
    assert_eq!((out.code, dir.requests_in("crm").len() - before), (4, 1), "{}", out.stderr);
    assert_eq!(out.json()["error"]["code"], "lookups-refused");
    assert!(out.stderr.contains("lookup_field"), "{}", out.stderr);
}
