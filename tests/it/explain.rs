//! `explain` tells the whole way of a row, whatever became of it, and shows no debtor unless asked to.

use serde_json::Value;

use crate::support::store::stored_records;
use crate::support::workdir::{SMALL_MAPPING, Workdir};

const FAULTY: &str = "samples/cooperativa-faulty.csv";
const MAPPING: &str = "mappings/cooperativa.toml";

fn explain(dir: &Workdir, args: &[&str]) -> Value {
    let out = dir.run(&[&["explain"], args, &["--json"]].concat());
    assert_eq!(out.code, 0, "{args:?}: {}", out.stderr);
    out.json().into_value()
}

fn field<'e>(explanation: &'e Value, name: &str) -> &'e Value {
    let fields = explanation["fields"].as_array().unwrap();
    fields.iter().find(|field| field["field"] == name).unwrap_or_else(|| panic!("{name}: {explanation:#}"))
}

#[test]
fn every_planted_mistake_is_explained_alike_from_the_file_and_from_the_run() {
    let dir = Workdir::with_samples();
    assert_eq!(dir.run(&["check", FAULTY, "-m", MAPPING]).code, 3);
    for mistake in dir.csv("samples/cooperativa-faulty.expected.csv", b',') {
        let row = mistake["row"].as_str();
        let from_run = explain(&dir, &["--run", "1", "--row", row]);
        let (state, code) = match mistake["code"].as_str() {
            code @ "duplicate-identical" => ("skipped", Some(code)),
            "conflicting-rows" => ("valid", None),
            code => ("invalid", Some(code)),
        };
        assert_eq!((from_run["state"].as_str(), from_run["code"].as_str()), (Some(state), code), "row {row}");
        assert_eq!(from_run["place"]["row"].to_string(), row);
        let problem = &from_run["problems"][0];
        if state != "skipped" {
            assert_eq!(problem["code"].as_str(), Some(mistake["code"].as_str()), "row {row}");
            let column = Some(mistake["column"].as_str()).filter(|column| !column.is_empty());
            assert_eq!(problem["column"].as_str(), column, "row {row}");
        }
    }
    // Of the file alone: the same, without a run and a chunk.
    for row in ["24", "11", "96", "110"] {
        let (from_run, mut from_file) = (
            explain(&dir, &["--run", "1", "--row", row]),
            explain(&dir, &[FAULTY, "-m", MAPPING, "--row", row]),
        );
        assert_eq!(from_file["run"], Value::Null);
        from_file["run"] = 1.into();
        assert_eq!(from_file, from_run, "row {row}");
    }
}

#[test]
fn a_loaded_row_is_followed_to_the_answer() {
    let dir = Workdir::with_samples();
    assert_eq!(
        dir.run(&["load", "samples/banco-andino.xlsx", "-m", "mappings/banco-andino.toml", "--sandbox"]).code,
        0
    );
    let row = explain(&dir, &["--run", "last", "--row", "214", "--unmasked"]);
    assert_eq!(row["state"], "loaded");
    let id = field(&row, "Identification")["value"].as_str().unwrap();
    let stored = &stored_records(&dir.state("sandbox"))[id];
    assert_eq!(row["json"]["Name"], stored["Name"]);
    assert_eq!(row["json"]["Obligations"].as_array().map(Vec::len), row["record"].as_array().map(Vec::len));
    assert!(row["record"].as_array().unwrap().iter().any(|place| place["row"] == 214));
    assert!(
        field(&row, "Name")["rule"]
            .as_str()
            .unwrap()
            .ends_with("Name = { join = [\"Nombres\", \"Apellidos\"] }")
    );
    let step = &row["chunks"][0];
    assert_eq!((step["run"].as_i64(), step["state"].as_str()), (Some(1), Some("loaded")));
    assert_eq!(
        (step["attempts"][0]["verdict"].as_str(), step["attempts"][0]["status"].as_u64()),
        (Some("answered"), Some(200))
    );

    // The same without a debtor's data: neither on the screen nor in the JSON.
    let name = row["json"]["Name"].as_str().unwrap();
    for more in [&[][..], &["--json"], &["--lang", "en"]] {
        let out = dir.run(&[&["explain", "--run", "last", "--row", "214"], more].concat());
        assert!(!out.stdout.contains(id) && !out.stdout.contains(name), "{}", out.stdout);
    }
}

#[test]
fn a_column_format_is_told_with_its_proof() {
    let dir = Workdir::with_samples();
    let row = explain(&dir, &["samples/cooperativa-corrected.csv", "-m", MAPPING, "--row", "9"]);
    assert_eq!(row["state"], "valid");
    let balance = field(&row, "total_balance");
    assert_eq!(
        (balance["format"].as_str(), balance["columns"][0].as_str()),
        (Some("1.234,56"), Some("Saldo"))
    );
    let proof = balance["proof"].as_array().unwrap();
    let file =
        String::from_utf8_lossy(&std::fs::read(dir.path("samples/cooperativa-corrected.csv")).unwrap())
            .into_owned();
    let line = file.lines().nth(usize::try_from(proof[0].as_u64().unwrap()).unwrap() - 1).unwrap();
    assert!(line.contains(proof[1].as_str().unwrap()), "the proof stands in its row");
}

#[test]
fn a_rejected_row_is_followed_through_its_retry() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 5);
    let crm = dir.spawn_sandbox(&["--fault", "reject@1"]);
    assert_eq!(dir.run_with_token(&crm.load(&["--rate", "1000/s"])).code, 3);
    let row = explain(&dir, &["--run", "1", "--row", "2"]);
    assert_eq!((row["state"].as_str(), row["code"].as_str()), (Some("rejected"), Some("crm-rejected")));
    assert!(row["reason"].as_str().unwrap().contains("rechazó"));
    assert_eq!(dir.run_with_token(&["retry", "1", "--rate", "1000/s"]).code, 0);
    let row = explain(&dir, &["--run", "2", "--row", "2"]);
    assert_eq!(row["state"], "loaded");
    let states: Vec<_> =
        row["chunks"].as_array().unwrap().iter().map(|step| step["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["rejected", "loaded"]);
}

#[test]
fn rows_of_two_tables_and_wide_rows_are_explained_in_eighty_columns() {
    let dir = Workdir::with_samples();
    let tables = ["samples/caja-sur-faulty.xlsx", "-m", "mappings/caja-sur.toml"];
    assert_eq!(dir.run(&[&["load"], &tables[..], &["--sandbox"]].concat()).code, 3);
    let unclear = dir.run(&["explain", "--run", "1", "--row", "7", "--json"]);
    assert_eq!((unclear.code, unclear.json()["error"]["code"].as_str()), (1, Some("table-unclear")));
    let debtor = explain(&dir, &["--run", "1", "--row", "7", "--sheet", "Deudores"]);
    assert_eq!((debtor["state"].as_str(), debtor["code"].as_str()), (Some("invalid"), Some("bad-email")));
    let sheets: Vec<_> =
        debtor["record"].as_array().unwrap().iter().map(|place| place["sheet"].as_str().unwrap()).collect();
    assert_eq!(sheets[0], "Deudores");
    assert!(sheets.len() > 1 && sheets[1..].iter().all(|sheet| *sheet == "Obligaciones"));
    let context = debtor["record"][1]["row"].to_string();
    let row = explain(&dir, &["--run", "1", "--row", &context, "--sheet", "Obligaciones"]);
    assert_eq!(row["code"], "context");
    assert!(row["reason"].as_str().unwrap().contains("7 [Deudores]"));
    assert!(row["cells"][0]["value"].as_str().unwrap().contains("****"));

    for lang in ["es", "en"] {
        for (args, wanted) in [
            (vec!["--run", "1", "--row", "7", "--sheet", "Deudores"], "bad-email"),
            (vec!["--run", "1", "--row", &context, "--sheet", "Obligaciones"], "context"),
            (
                vec!["samples/almacenes-luna.csv", "-m", "mappings/almacenes-luna.toml", "--row", "3"],
                "Saldo {n}",
            ),
        ] {
            let out = dir.run(&[&["explain", "--lang", lang], &args[..]].concat());
            assert_eq!(out.code, 0, "{}", out.stderr);
            assert!(out.stdout.contains(wanted), "{}", out.stdout);
            let long: Vec<&str> = out.stdout.lines().filter(|line| line.chars().count() > 80).collect();
            assert_eq!(long, Vec::<&str>::new());
        }
    }
}

#[test]
fn a_row_that_is_not_there_is_said_so() {
    let dir = Workdir::with_samples();
    dir.write("m.toml", SMALL_MAPPING);
    dir.write("f.csv", "Cédula;Nombre;Correo;Celular;Nro;Producto;Saldo\n1001;Ana Paz;ana@example.com;3005550001;01;Consumo;1\n\n1002;Luis Gil;luis@example.com;3005550002;02;Consumo;2\n");
    assert_eq!(dir.run(&["check", "f.csv", "-m", "m.toml"]).code, 0);
    for which in [&["f.csv", "-m", "m.toml"][..], &["--run", "1"]] {
        for row in ["0", "1", "5"] {
            let out = dir.run(&[&["explain", "--row", row], which].concat());
            assert_eq!(out.code, 1);
            assert!(
                out.stderr.contains(&format!("f.csv no tiene una fila de datos {row}; las tiene en 2–4")),
                "{}",
                out.stderr
            );
        }
        let blank = explain(&dir, &[&["--row", "3"], which].concat());
        assert_eq!((blank["state"].as_str(), blank["code"].as_str()), (Some("skipped"), Some("blank-row")));
    }
    assert_eq!(
        dir.run(&["explain", "--row", "2", "f.csv", "--run", "1"]).code,
        2,
        "a file or a run, not both"
    );
    assert_eq!(dir.run(&["explain", "f.csv", "-m", "m.toml"]).code, 2, "a row is needed");
}
