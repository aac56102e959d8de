//! `--only-changed` together with what else may happen to a portfolio: corrected reports, comparisons, read-back, the
//! same debtor twice.

use serde_json::{Value, json};

use crate::support::store::stored_records;
use crate::support::workdir::{Crm, Out, SMALL_MAPPING, Workdir};

const HEADER: &str = "Cédula;Nombre;Correo;Celular;Nro;Producto;Saldo\n";

fn key(debtor: u32) -> String {
    (1_900_000_000 + debtor).to_string()
}

/// A debtor's line with this balance.
fn line(debtor: u32, pesos: u32) -> String {
    let id = key(debtor);
    format!(
        "{id};Deudor Inventado {debtor};d{debtor}@example.com;300555{debtor:04};{debtor:05};Consumo;{pesos},50\n"
    )
}

fn write(dir: &Workdir, lines: &[String]) {
    dir.write("f.csv", &format!("{HEADER}{}", lines.concat()));
    dir.write("m.toml", SMALL_MAPPING);
}

fn load_file(dir: &Workdir, crm: &Crm, file: &str, more: &[&str]) -> Out {
    let to = ["load", file, "-m", "m.toml", "--server", crm.server(), "--operation", "op"];
    let fast = ["--only-changed", "--rate", "1000/s", "--chunk-size", "10", "--accept-drift", "--json"];
    let out = dir.run_with_token(&[&to[..], &fast, more].concat());
    out.json().assert_balance();
    out
}

/// Records read, loaded, invalid, rejected, unknown and unchanged.
fn records(out: &Out) -> [u64; 6] {
    let result = out.json();
    ["read", "loaded", "invalid", "rejected", "unknown", "unchanged"]
        .map(|state| result["records"][state].as_u64().unwrap())
}

#[test]
fn a_corrected_report_adds_to_what_is_known_and_nobody_is_gone_for_it() {
    let dir = Workdir::with_samples();
    let mut lines: Vec<String> = (0..30).map(|debtor| line(debtor, 1000)).collect();
    lines[7] = lines[7].replace("d7@example.com", "sin-arroba");
    write(&dir, &lines);
    let crm = dir.spawn_sandbox(&["--fault", "reject@1"]);
    let first = load_file(&dir, &crm, "f.csv", &[]);
    assert_eq!((first.code, records(&first)), (3, [30, 28, 1, 1, 0, 0]), "{}", first.stderr);
    let report = std::fs::read_to_string(dir.path("cartera-1/errors-f.csv")).unwrap();
    dir.write("cartera-1/errors-f.csv", &report.replace("sin-arroba", "d7@example.com"));
    let corrected = load_file(&dir, &crm, "cartera-1/errors-f.csv", &[]);
    assert_eq!((corrected.code, records(&corrected)), (0, [2, 2, 0, 0, 0, 0]), "{}", corrected.stderr);
    assert_eq!(
        corrected.json()["gone"]["records"].as_u64().unwrap_or_default(),
        0,
        "a report is no portfolio"
    );
    // A report is sent whole whenever it is loaded; the whole file, as the creditor has mended it, is there already.
    assert_eq!(records(&load_file(&dir, &crm, "cartera-1/errors-f.csv", &[])), [2, 2, 0, 0, 0, 0]);
    lines[7] = line(7, 1000);
    write(&dir, &lines);
    let calls = crm.requests().len();
    let whole = load_file(&dir, &crm, "f.csv", &[]);
    assert_eq!((whole.code, records(&whole)), (0, [30, 0, 0, 0, 0, 30]), "{}", whole.stderr);
    assert_eq!((crm.requests().len(), whole.json()["gone"]["records"].as_u64()), (calls, Some(0)));
    assert_eq!(stored_records(&dir.path("crm")).len(), 30);
}

#[test]
fn portfolios_are_compared_whole_whatever_was_sent_of_them() {
    let dir = Workdir::with_samples();
    write(&dir, &(0..30).map(|debtor| line(debtor, 1000)).collect::<Vec<_>>());
    let crm = dir.spawn_sandbox(&[]);
    assert_eq!(load_file(&dir, &crm, "f.csv", &[]).code, 0);
    // Five pay, two are gone, one is new.
    let next = (2..31).map(|debtor| line(debtor, if debtor < 7 { 900 } else { 1000 })).collect::<Vec<_>>();
    write(&dir, &next);
    assert_eq!(records(&load_file(&dir, &crm, "f.csv", &[])), [29, 6, 0, 0, 0, 23]);
    let counts = |compared: &Value| {
        let paid =
            compared["up"]["records"].as_u64().unwrap() + compared["down"]["records"].as_u64().unwrap();
        [compared["new"]["records"].as_u64().unwrap(), compared["gone"]["records"].as_u64().unwrap(), paid]
    };
    let runs = dir.run(&["diff", "1", "2", "--json"]);
    assert_eq!(runs.code, 0, "{}", runs.stderr);
    assert_eq!(counts(&runs.json()), [1, 2, 5], "{}", runs.stdout);
    let file = dir.run(&["diff", "f.csv", "-m", "m.toml", "--run", "2", "--json"]);
    assert_eq!(counts(&file.json()), [0, 0, 0], "{}{}", file.stdout, file.stderr);
    // A run that sent nothing is the same portfolio as the one before.
    assert_eq!(records(&load_file(&dir, &crm, "f.csv", &[]))[5], 29);
    assert_eq!(counts(&dir.run(&["diff", "2", "3", "--json"]).json()), [0, 0, 0]);
}

#[test]
fn what_was_looked_for_and_found_is_known() {
    let mut dir = Workdir::with_samples();
    dir.set("CARTERA_READ_BACK", "true");
    write(&dir, &(0..30).map(|debtor| line(debtor, 1000)).collect::<Vec<_>>());
    // The second chunk is stored and its answer lost, the third is lost altogether: both are looked for.
    let crm = dir.spawn_sandbox(&["--fault", "reset-after@2", "--fault", "reset@3"]);
    let first = load_file(&dir, &crm, "f.csv", &[]);
    assert_eq!((first.code, records(&first)), (0, [30, 30, 0, 0, 0, 0]), "{}", first.stderr);
    assert_eq!(
        crm.requests().len(),
        3 + 20 + 1,
        "three chunks, twenty look-ups, and once more what was not there"
    );
    let again = load_file(&dir, &crm, "f.csv", &[]);
    assert_eq!((again.code, records(&again)), (0, [30, 0, 0, 0, 0, 30]), "{}", again.stderr);
    assert_eq!((crm.requests().len(), stored_records(&dir.path("crm")).len()), (24, 30));
}

/// The request that says what has changed of five debtors is lost: what is there is the old one. Where only their
/// balances have changed nothing that can be read tells so; where what was sent before is forgotten, neither.
#[test]
fn what_was_looked_for_and_is_still_the_old_one_stays_held_and_is_not_sent_in_silence() {
    for (is_renamed, is_purged, code) in [
        (true, false, "read-back-differs"),
        (false, false, "read-back-as-before"),
        (false, true, "read-back-as-before"),
    ] {
        let mut dir = Workdir::with_samples();
        dir.set("CARTERA_READ_BACK", "true");
        let mut lines: Vec<String> = (0..30).map(|debtor| line(debtor, 1000)).collect();
        write(&dir, &lines);
        let crm = dir.spawn_sandbox(&["--fault", "reset@4"]);
        assert_eq!(load_file(&dir, &crm, "f.csv", &[]).code, 0);
        if is_purged {
            assert_eq!(dir.run(&["purge", "--older-than", "0s", "--yes"]).code, 0);
        }
        for (debtor, line_of) in (0u32..).zip(&mut lines).take(5) {
            let changed = if is_renamed { line_of.replace("Deudor", "Deudora") } else { line(debtor, 900) };
            *line_of = changed;
        }
        write(&dir, &lines);
        let lost = load_file(&dir, &crm, "f.csv", &[]);
        assert_eq!((lost.code, records(&lost)), (5, [30, 0, 0, 0, 5, 25]), "{code}: {}", lost.stderr);
        assert_eq!(lost.json()["problems"][0]["code"], code);
        let calls = crm.requests().len();
        let held = load_file(&dir, &crm, "f.csv", &[]);
        assert_eq!((held.code, records(&held)), (5, [30, 0, 0, 0, 5, 25]), "{code}: {}", held.stderr);
        assert_eq!((crm.requests().len(), &held.json()["only_changed"]["held"]), (calls, &json!(5)));
        // A person who has seen it sends them.
        let retried = dir.run_with_token(&["retry", "2", "--unknown", "--rate", "1000/s", "--json"]);
        assert_eq!(retried.code, 0, "{code}: {}", retried.stderr);
        assert_eq!(records(&load_file(&dir, &crm, "f.csv", &[]))[5], 30);
        let stored = &stored_records(&dir.path("crm"))[&key(0)];
        assert_eq!(stored["Name"] == "Deudora Inventado 0", is_renamed);
        assert_eq!(stored["Obligations"]["00000"]["total_balance"] == "900.50", !is_renamed, "{stored}");
    }
}

/// The request arrived, and its answer is lost: a new name shows it, a new balance does not.
#[test]
fn what_was_looked_for_and_is_the_new_one_is_known_where_that_can_be_seen() {
    for (is_renamed, exit, states) in [(true, 0, [30, 5, 0, 0, 0, 25]), (false, 5, [30, 0, 0, 0, 5, 25])] {
        let mut dir = Workdir::with_samples();
        dir.set("CARTERA_READ_BACK", "true");
        let mut lines: Vec<String> = (0..30).map(|debtor| line(debtor, 1000)).collect();
        write(&dir, &lines);
        let crm = dir.spawn_sandbox(&["--fault", "reset-after@4"]);
        assert_eq!(load_file(&dir, &crm, "f.csv", &[]).code, 0);
        for (debtor, line_of) in (0u32..).zip(&mut lines).take(5) {
            *line_of = if is_renamed { line_of.replace("Deudor", "Deudora") } else { line(debtor, 900) };
        }
        write(&dir, &lines);
        let out = load_file(&dir, &crm, "f.csv", &[]);
        assert_eq!((out.code, records(&out)), (exit, states), "{}", out.stderr);
    }
}

#[test]
fn a_debtor_who_stands_in_the_file_twice_is_compared_as_one() {
    let dir = Workdir::with_samples();
    let second = |pesos: u32| line(3, pesos).replace(";00003;", ";B0003;");
    let mut lines: Vec<String> = (0..20).map(|debtor| line(debtor, 1000)).collect();
    // His two obligations stand far apart, and one line stands there twice.
    lines.extend([second(500), line(9, 1000)]);
    write(&dir, &lines);
    let crm = dir.spawn_sandbox(&[]);
    let first = load_file(&dir, &crm, "f.csv", &[]);
    assert_eq!((first.code, records(&first)), (0, [20, 20, 0, 0, 0, 0]), "{}{}", first.stdout, first.stderr);
    assert_eq!(records(&load_file(&dir, &crm, "f.csv", &[])), [20, 0, 0, 0, 0, 20]);
    // The order of the file says nothing of who has changed.
    let mut turned = lines.clone();
    turned.reverse();
    write(&dir, &turned);
    let other = load_file(&dir, &crm, "f.csv", &[]);
    assert!(
        records(&other)[1] <= 1,
        "only he whose obligations changed places may be sent: {:?}",
        records(&other)
    );
    // One of his two obligations changes: he is sent, with both.
    lines[20] = second(400);
    write(&dir, &lines);
    let changed = load_file(&dir, &crm, "f.csv", &[]);
    assert_eq!((changed.code, records(&changed)), (0, [20, 1, 0, 0, 0, 19]), "{}", changed.stderr);
    assert_eq!(crm.requests().last().unwrap().keys, [key(3)]);
    let stored = stored_records(&dir.path("crm"));
    assert_eq!(
        stored[&key(3)]["Obligations"].as_object().map(serde_json::Map::len),
        Some(2),
        "{}",
        stored[&key(3)]
    );
}
