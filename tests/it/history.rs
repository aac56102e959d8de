//! The ledger's runs as a person reads them, their reports written again, and two portfolios compared.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use crate::support::workdir::{Out, Workdir};

const MAPPING: &str = "mappings/cooperativa.toml";
const FIRST: &str = "samples/cooperativa-corrected.csv";
/// Columns of the sample.
const ID: usize = 0;
const OBLIGATION: usize = 7;
const BALANCE: usize = 9;

type Rows = Vec<Vec<String>>;

fn read(dir: &Workdir) -> Rows {
    let bytes = std::fs::read(dir.path(FIRST)).unwrap();
    let (text, ..) = encoding_rs::WINDOWS_1252.decode(&bytes);
    let mut reader =
        csv::ReaderBuilder::new().delimiter(b';').has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn write(dir: &Workdir, name: &str, rows: &Rows) {
    let mut writer = csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).unwrap();
    }
    std::fs::write(dir.path(name), writer.into_inner().unwrap()).unwrap();
}

fn amount(text: &str) -> Decimal {
    text.replace('.', "").replace(',', ".").parse().unwrap()
}

/// The balance of each debtor, added up by the test itself.
fn balances(rows: &Rows) -> BTreeMap<&str, Decimal> {
    let mut balances = BTreeMap::new();
    let mut seen = std::collections::BTreeSet::new();
    // The sample has an obligation twice, with the same data; it is sent once.
    for row in rows[1..].iter().filter(|row| seen.insert((&row[ID], &row[OBLIGATION]))) {
        *balances.entry(row[ID].as_str()).or_insert(Decimal::ZERO) += amount(&row[BALANCE]);
    }
    balances
}

/// The next month: one debtor is gone, one is new, one owes more and one owes less, one has another name.
fn next_month(rows: &Rows) -> (Rows, [String; 5]) {
    let mut ids: Vec<String> = rows[1..].iter().map(|row| row[ID].clone()).collect();
    ids.sort();
    ids.dedup();
    let [gone, up, down, other] = [0, 1, 2, 3].map(|at| ids[at * 7].clone());
    let new = "1999999999".to_owned();
    let mut next: Rows = rows.iter().filter(|row| row[ID] != gone).cloned().collect();
    let (mut raised, mut lowered) = (false, false);
    for row in &mut next {
        if row[ID] == up && !raised {
            (row[BALANCE], raised) = ("99.999.999.999,01".to_owned(), true);
        }
        if row[ID] == down && !lowered {
            (row[BALANCE], lowered) = ("0,10".to_owned(), true);
        }
        if row[ID] == other {
            "Nombre Nuevo Inventado".clone_into(&mut row[1]);
        }
    }
    let mut added = next[1].clone();
    (added[ID], added[OBLIGATION], added[BALANCE]) =
        (new.clone(), "0009999999".to_owned(), "1.234,50".to_owned());
    next.push(added);
    (next, [new, gone, up, down, other])
}

fn load(dir: &Workdir, file: &str) -> Out {
    let out = dir.run(&["load", file, "-m", MAPPING, "--sandbox", "--accept-drift", "--json"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    out
}

fn decimal(value: &Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

#[test]
fn two_months_are_compared_in_exact_money() {
    let dir = Workdir::with_samples();
    let first = read(&dir);
    let (second, ids) = next_month(&first);
    write(&dir, "next.csv", &second);
    load(&dir, FIRST);
    load(&dir, "next.csv");
    let (before, after) = (balances(&first), balances(&second));
    let by_runs = dir.run(&["diff", "1", "2", "--unmasked", "--json"]).json().into_value();
    let by_file = dir.run(&["diff", "next.csv", "-m", MAPPING, "--run", "1", "--unmasked", "--json"]);
    let by_file = by_file.json().into_value();
    for diff in [&by_runs, &by_file] {
        for (kind, id) in ["new", "gone", "up", "down", "other"].into_iter().zip(&ids) {
            let was = before.get(id.as_str()).copied().unwrap_or_default();
            let is = after.get(id.as_str()).copied().unwrap_or_default();
            assert_eq!(diff[kind]["records"], 1, "{kind}");
            assert_eq!(decimal(&diff[kind]["before"]["money"]), was, "{kind}");
            assert_eq!(decimal(&diff[kind]["after"]["money"]), is, "{kind}");
            assert_eq!(decimal(&diff[kind]["difference"]), is - was, "{kind}");
            let largest = diff["largest"].as_array().unwrap();
            assert!(largest.iter().any(|change| change["kind"] == *kind && change["key"] == **id), "{kind}");
        }
        assert_eq!(diff["same"]["records"], before.len() - 4);
        assert_eq!(decimal(&diff["before"]["money"]), before.values().sum::<Decimal>());
        assert_eq!(decimal(&diff["after"]["money"]), after.values().sum::<Decimal>());
    }
}

#[test]
fn the_workbook_has_whole_values_and_the_terminal_masked_ones() {
    let dir = Workdir::with_samples();
    let first = read(&dir);
    let (second, [new, gone, up, ..]) = next_month(&first);
    write(&dir, "next.csv", &second);
    load(&dir, FIRST);
    let diff = |more: &[&str]| {
        dir.run(&[&["diff", "next.csv", "-m", MAPPING, "--run", "last", "-o", "d.xlsx"], more].concat())
    };
    let out = diff(&[]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    for word in ["nuevos", "ya no están", "saldo más alto", "+1.234,50", "19****99", "Informe: d.xlsx"] {
        assert!(out.stdout.contains(word), "{word} in {}", out.stdout);
    }
    assert!(!out.stdout.contains(&new) && !out.stdout.contains(&gone) && !out.stdout.contains(&up));
    assert!(out.stdout.lines().all(|line| line.chars().count() <= 80), "{}", out.stdout);
    let ids = |sheet: &str| -> Vec<String> {
        let rows = dir.sheet("d.xlsx", sheet);
        let at = rows[0].iter().position(|name| name == "Identification").unwrap();
        rows[1..].iter().map(|row| row[at].clone()).collect()
    };
    assert_eq!((ids("nuevos"), ids("ya no están")), (vec![new], vec![gone]));
    assert_eq!(ids("cambiaron").len(), 3);
    let changed = dir.sheet("d.xlsx", "cambiaron");
    let row = changed.iter().find(|row| row.contains(&up)).unwrap();
    assert!(row[4].starts_with("99999999999.01") || row[4].starts_with("1000"), "{row:?}");
    // What is there is not replaced unless somebody says so.
    assert_eq!((diff(&[]).code, diff(&["--force"]).code), (1, 0));
}

#[test]
fn a_portfolio_and_itself_differ_in_nothing() {
    let dir = Workdir::with_samples();
    load(&dir, FIRST);
    for args in [vec!["diff", "1", "last"], vec!["diff", FIRST, "-m", MAPPING, "--run", "1"]] {
        let out = dir.run(&args);
        assert_eq!(out.code, 0, "{}", out.stderr);
        assert!(out.stdout.contains("No cambió nada: 140 deudores"), "{}", out.stdout);
    }
}

#[test]
fn what_cannot_be_compared_is_said() {
    let dir = Workdir::with_samples();
    load(&dir, FIRST);
    dir.run(&["check", FIRST, "-m", MAPPING]);
    let code = |args: &[&str]| {
        let out = dir.run(&[&["diff", "--json"], args].concat());
        (out.code, out.json()["error"]["code"].as_str().unwrap().to_owned())
    };
    assert_eq!(code(&["1"]), (1, "diff-needs-two".to_owned()));
    assert_eq!(code(&["1", "2"]), (1, "run-without-records".to_owned()));
    assert_eq!(code(&["1", "9"]), (1, "run-not-found".to_owned()));
    assert_eq!(dir.run(&["purge", "--older-than", "0s", "--yes"]).code, 0);
    assert_eq!(code(&["1", "1"]), (1, "run-purged".to_owned()));
    let out = dir.run(&["diff", "1", "1"]);
    assert!(out.stderr.contains("se olvidaron"), "{}", out.stderr);
}

/// Long names, a check, a correction, chunks that were refused: nothing is wider than a terminal.
#[test]
fn runs_and_show_fit_eighty_columns_in_both_languages() {
    let dir = Workdir::with_samples();
    let long = format!("samples/{}.csv", "cartera-castigada-de-la-cooperativa-".repeat(3));
    std::fs::copy(dir.path("samples/cooperativa-faulty.csv"), dir.path(&long)).unwrap();
    let loaded = dir.run(&["load", &long, "-m", MAPPING, "--sandbox", "--chunk-size", "2"]);
    assert_eq!(loaded.code, 3, "{}", loaded.stderr);
    dir.run(&["load", "cartera-1/errors.xlsx", "-m", MAPPING, "--sandbox"]);
    dir.run(&["check", FIRST, "-m", MAPPING]);
    for lang in ["es", "en"] {
        for command in [vec!["runs"], vec!["show", "1"], vec!["show", "2"], vec!["show", "3"]] {
            let out = dir.run(&[&command[..], &["--lang", lang]].concat());
            assert_eq!(out.code, 0, "{}", out.stderr);
            for line in out.stdout.lines() {
                assert!(line.chars().count() <= 80, "{command:?}: {line}");
            }
        }
    }
    let runs = dir.run(&["runs"]).stdout;
    for word in ["carga", "corrección", "revisión", "terminada", "…", "→ sandbox / ensayo"] {
        assert!(runs.contains(word), "{word} in {runs}");
    }
    let shown = dir.run(&["show", "1"]).stdout;
    assert!(shown.contains("49 envíos más sin novedad"), "{shown}");
    for english in ["settled", "finished", "load ·", "planned"] {
        assert!(!shown.contains(english) && !runs.contains(english), "{english}");
    }
    let json = dir.run(&["runs", "--json"]).json();
    assert_eq!(
        (&json[0]["kind"], &json[0]["state"], &json[2]["files"][0]),
        (&"check".into(), &"finished".into(), &long.into())
    );
}

#[test]
fn the_report_of_any_run_is_written_again() {
    let dir = Workdir::with_samples();
    dir.run(&["load", "samples/cooperativa-faulty.csv", "-m", MAPPING, "--sandbox"]);
    dir.run(&["check", "samples/cooperativa-faulty.csv", "-m", MAPPING]);
    for (run, exit) in [("1", 0), ("2", 0)] {
        let folder = format!("again-{run}");
        let out = dir.run(&["report", run, "-o", &folder, "--json"]);
        assert_eq!(out.code, exit, "{}", out.stderr);
        let (old, new) = (format!("cartera-{run}"), folder);
        for file in ["errors.xlsx", "errors-cooperativa-faulty.csv"] {
            let read = |folder: &str| std::fs::read(dir.path(folder).join(file)).unwrap();
            assert!(read(&old) == read(&new), "{run}: {file}");
        }
    }
    dir.run(&["purge", "--older-than", "0s", "--yes"]);
    let out = dir.run(&["report", "1", "--json"]);
    assert_eq!((out.code, out.json()["error"]["code"].as_str()), (1, Some("run-purged")));
}
