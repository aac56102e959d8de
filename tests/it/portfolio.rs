//! Loading the samples into the stand-in: the books, the error report, and the way back in.
//!
//! The faulty sample is the acceptance test of the whole job: each planted mistake is found in its cell, what
//! is corrected loads, and what the stand-in holds at the end is what the clean version would have loaded.

use std::collections::{BTreeMap, BTreeSet};

use calamine::{Data, Reader as _, Xlsx, open_workbook};

use crate::support::corrected::correct_workbook;
use crate::support::store::stored_records;
use crate::support::workdir::{Out, SMALL_MAPPING, Workdir};

const FAULTY: &str = "samples/cooperativa-faulty.csv";
const MAPPING: &str = "mappings/cooperativa.toml";

#[test]
fn the_clean_sample_loads_each_time() {
    let dir = Workdir::with_samples();
    for run in 1..=2 {
        let out = dir.run(&[
            "load",
            "samples/banco-andino.xlsx",
            "-m",
            "mappings/banco-andino.toml",
            "--sandbox",
            "--json",
        ]);
        assert_eq!(out.code, 0, "{}", out.stderr);
        let result = out.json();
        assert_eq!((result["run"].as_i64(), result["status"].as_str()), (Some(run), Some("loaded")));
        assert_eq!(result["books"]["rows_loaded"], 1095);
        assert_eq!(result["records"]["loaded"], 320);
        assert_eq!(result["money"]["loaded"], "35725614712.60");
        result.assert_balance();
    }
}

#[test]
fn every_planted_mistake_is_found_in_its_cell() {
    let dir = Workdir::with_samples();
    let out = dir.run(&["load", FAULTY, "-m", MAPPING, "--sandbox", "--json"]);
    assert_eq!(out.code, 3, "{}", out.stderr);
    let result = out.json();
    result.assert_balance();
    assert_eq!(
        (result["records"]["loaded"].as_u64(), result["records"]["invalid"].as_u64()),
        (Some(97), Some(43))
    );

    let reported = dir.reported("cartera-1/errors.xlsx", "cooperativa-faulty");
    let skipped = dir.sheet("cartera-1/errors.xlsx", "skipped");
    let mut planted_rows = BTreeSet::new();
    for mistake in dir.csv("samples/cooperativa-faulty.expected.csv", b',') {
        let (row, column, code) = (mistake["row"].clone(), &mistake["column"], mistake["code"].as_str());
        match code {
            "duplicate-identical" => {
                assert!(skipped.iter().any(|line| line[2] == row && line[4] == code), "row {row} is skipped");
            }
            // A warning: its row is loaded, so it stands in the counts and not in the report.
            "conflicting-rows" => {}
            _ => {
                let found =
                    reported.get(&row).unwrap_or_else(|| panic!("row {row} ({code}) is not reported"));
                assert_eq!(
                    (found["cartera_status"].as_str(), found["cartera_code"].as_str()),
                    ("invalid", code)
                );
                assert!(
                    found["cartera_error"].contains(column.as_str()),
                    "row {row}: {}",
                    found["cartera_error"]
                );
                planted_rows.insert(row);
            }
        }
    }
    let others: Vec<_> = reported.iter().filter(|(row, _)| !planted_rows.contains(*row)).collect();
    assert!(others.iter().all(|(_, row)| row["cartera_status"] == "context"), "only context rows besides");
    let warned =
        result["problems"].as_array().unwrap().iter().find(|problem| problem["code"] == "conflicting-rows");
    assert_eq!(warned.map(|problem| &problem["count"]), Some(&3.into()));
}

#[test]
fn the_corrected_report_loads_and_the_store_is_as_if_it_had_been_clean() {
    for report in ["errors.xlsx", "errors-cooperativa-faulty.csv"] {
        let dir = Workdir::with_samples();
        assert_eq!(dir.run(&["load", FAULTY, "-m", MAPPING, "--sandbox"]).code, 3);
        correct_workbook(&dir, &format!("cartera-1/{report}"));
        let out = dir.run(&["load", &format!("cartera-1/{report}"), "-m", MAPPING, "--sandbox", "--json"]);
        assert_eq!(out.code, 0, "{report}: {}{}", out.stdout, out.stderr);
        let result = out.json();
        result.assert_balance();
        assert_eq!(result["root"], 1);
        assert_eq!(result["chain"]["books"]["rows_loaded"], 415);
        assert_eq!(result["chain"]["books"]["rows_invalid"], 0);
        assert_eq!(result["chain"]["money"]["loaded"], "13627791083.49");
        assert_eq!(result["chain"]["money"]["unreadable_rows"], 0);

        let clean = Workdir::with_samples();
        assert_eq!(
            clean.run(&["load", "samples/cooperativa-corrected.csv", "-m", MAPPING, "--sandbox"]).code,
            0
        );
        let (loaded, wanted) =
            (stored_records(&dir.state("sandbox")), stored_records(&clean.state("sandbox")));
        assert_eq!(loaded.len(), 140);
        assert!(loaded == wanted, "{report}: the stores differ");
    }
}

#[test]
fn an_uncorrected_report_sends_nothing_and_loses_nothing() {
    let dir = Workdir::with_samples();
    assert_eq!(dir.run(&["load", FAULTY, "-m", MAPPING, "--sandbox"]).code, 3);
    let before = stored_records(&dir.state("sandbox"));
    for report in ["errors.xlsx", "errors-cooperativa-faulty.csv"] {
        let out = dir.run(&["load", &format!("cartera-1/{report}"), "-m", MAPPING, "--sandbox", "--json"]);
        assert_eq!(out.code, 3, "{report}: {}", out.stderr);
        let result = out.json();
        assert_eq!(result["books"]["rows_loaded"], 0, "{report}");
        assert_eq!(result["books"]["rows_invalid"], 80, "{report}");
        result.assert_balance();
    }
    assert!(before == stored_records(&dir.state("sandbox")));
}

#[test]
fn a_report_is_read_from_standard_input_and_by_its_own_encoding_and_delimiter() {
    let dir = Workdir::with_samples();
    assert_eq!(dir.run(&["load", FAULTY, "-m", MAPPING, "--sandbox"]).code, 3);
    let mapping = std::fs::read_to_string(dir.path(MAPPING)).unwrap();
    let report = "cartera-1/errors-cooperativa-faulty.csv";
    for fixed in ["delimiter = \"|\"", "encoding = \"windows-1252\""] {
        let key = fixed.split(' ').next().unwrap();
        let others: Vec<&str> = mapping.lines().filter(|line| !line.starts_with(key)).collect();
        dir.write("m.toml", &others.join("\n").replace("[source]", &format!("[source]\n{fixed}")));
        let input = std::fs::File::open(dir.path(report)).unwrap();
        let mut command = dir.command(&["check", "-", "-m", "m.toml", "--json"]);
        let piped = Out::of(command.stdin(input).output().unwrap());
        let named = dir.run(&["check", report, "-m", "m.toml", "--json"]);
        for out in [piped, named] {
            assert_eq!(out.code, 3, "{fixed}: {}", out.stderr);
            assert_eq!(out.json()["books"]["rows_invalid"], 80, "{fixed}");
        }
    }
}

#[test]
fn painted_cells_are_the_cells_at_fault() {
    let dir = Workdir::with_samples();
    assert_eq!(dir.run(&["load", FAULTY, "-m", MAPPING, "--sandbox"]).code, 3);
    let mut workbook: Xlsx<_> = open_workbook(dir.path("cartera-1/errors.xlsx")).unwrap();
    let range = workbook.worksheet_range("cooperativa-faulty").unwrap();
    let header: Vec<String> = range.rows().next().unwrap().iter().map(ToString::to_string).collect();
    let row_column = header.iter().position(|name| name == "cartera_row").unwrap();
    let mut styles: BTreeMap<(String, String), bool> = BTreeMap::new();
    let mut reader = workbook.worksheet_cells_reader("cooperativa-faulty").unwrap();
    let mut cells = Vec::new();
    while let Some((cell, style)) = reader.next_cell_with_style_id().unwrap() {
        cells.push((cell.get_position(), style));
    }
    let painted = calamine::Color::rgb(0xFF, 0xC7, 0xCE).to_argb();
    let fill = |style: &calamine::Style| style.fill.as_ref()?.get_color().map(|color| color.to_argb());
    let red: Vec<bool> = reader.styles().iter().map(|style| fill(style) == Some(painted)).collect();
    for ((row, column), style) in cells {
        let Some(Data::Float(number)) = range.get((row as usize, row_column)) else { continue };
        let name = header.get(column as usize).cloned().unwrap_or_default();
        styles.insert((number.to_string(), name), red.get(style).copied().unwrap_or(false));
    }
    for mistake in dir.csv("samples/cooperativa-faulty.expected.csv", b',') {
        let key = (mistake["row"].clone(), mistake["column"].clone());
        if !key.1.is_empty()
            && !matches!(mistake["code"].as_str(), "conflicting-rows" | "duplicate-identical")
        {
            assert_eq!(styles.get(&key), Some(&true), "{key:?} is painted");
        }
    }
}

#[test]
fn the_same_content_is_not_loaded_twice_by_accident() {
    let dir = Workdir::with_samples();
    let crm = dir.spawn_sandbox(&[]);
    let server = crm.server();
    let load = [
        "load",
        "samples/banco-andino.xlsx",
        "-m",
        "mappings/banco-andino.toml",
        "--server",
        server,
        "--operation",
        "op",
        "--rate",
        "100/s",
    ];
    let run = |more: &[&str]| dir.run_with_token(&[&load[..], more].concat());
    assert_eq!(run(&[]).code, 0);
    let again = run(&["--json"]);
    assert_eq!(again.code, 1);
    assert_eq!(again.json()["error"]["code"], "same-content");
    assert!(again.json()["error"]["next"].as_str().unwrap().contains("cartera show 1"));
    let other = [&load[..6], &["--operation", "other", "--rate", "100/s"]].concat();
    assert_eq!(dir.run_with_token(&other).code, 0, "another operation is another tenant");
    assert_eq!(run(&["--again"]).code, 0);
}

#[test]
fn several_files_are_grouped_together() {
    let dir = Workdir::with_samples();
    let header = "Cédula;Nombre;Correo;Celular;Nro;Producto;Saldo\n";
    dir.write("uno.csv", &format!("{header}1001;Ana Paz;ana@example.com;3005550001;01;Consumo;1.000,50\n"));
    dir.write("dos.csv", &format!("{header}1002;Luis Gil;luis@example.com;3005550002;01;Consumo;5\n1001;Ana Paz;;3005550001;02;Consumo;2.000,25\n"));
    dir.write("m.toml", SMALL_MAPPING);
    let out = dir.run(&["load", "uno.csv", "dos.csv", "-m", "m.toml", "--sandbox", "--json"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    let result = out.json();
    assert_eq!(
        (result["records"]["loaded"].as_u64(), result["obligations"]["loaded"].as_u64()),
        (Some(2), Some(3))
    );
    assert_eq!(result["files"].as_array().map(Vec::len), Some(2));
    let stored = stored_records(&dir.state("sandbox"));
    let ana = &stored["1001"];
    assert_eq!(ana["Email"], "ana@example.com", "a blank is no opinion where another row has the value");
    assert_eq!(ana["Obligations"].as_object().map(serde_json::Map::len), Some(2));
    assert_eq!(ana["Obligations"]["02"]["total_balance"], "2000.25");
}

#[test]
fn too_many_invalid_rows_send_nothing() {
    let dir = Workdir::with_samples();
    for (most, code) in [("79", 1), ("10%", 1), ("80", 3), ("20%", 3)] {
        let out = dir.run(&["load", FAULTY, "-m", MAPPING, "--sandbox", "--max-invalid", most, "--json"]);
        assert_eq!(out.code, code, "{most}: {}", out.stderr);
        let sent = out.json()["books"]["rows_loaded"].as_u64().unwrap();
        assert_eq!(sent > 0, code == 3, "{most}");
    }
}

#[test]
fn partial_records_are_sent_where_the_mapping_says_so() {
    let dir = Workdir::with_samples();
    let mapping = format!("{SMALL_MAPPING}\n[rules]\npartial = \"send_valid\"\n");
    dir.write("m.toml", &mapping);
    dir.write("f.csv", "Cédula;Nombre;Correo;Celular;Nro;Producto;Saldo\n1001;Ana Paz;ana@example.com;3005550001;01;Consumo;1.000,50\n1001;Ana Paz;ana@example.com;3005550001;02;Consumo;mil\n");
    let out = dir.run(&["load", "f.csv", "-m", "m.toml", "--sandbox", "--json"]);
    assert_eq!(out.code, 3, "{}", out.stderr);
    let result = out.json();
    result.assert_balance();
    assert_eq!(
        (result["books"]["rows_loaded"].as_u64(), result["books"]["rows_invalid"].as_u64()),
        (Some(1), Some(1))
    );
    assert_eq!(result["money"]["unreadable_rows"], 1);
    let strict = mapping.replace("send_valid", "reject");
    dir.write("m.toml", &strict);
    let result = dir.run(&["load", "f.csv", "-m", "m.toml", "--sandbox", "--json"]).json();
    assert_eq!(
        (result["books"]["rows_loaded"].as_u64(), result["books"]["rows_invalid"].as_u64()),
        (Some(0), Some(2))
    );
}

/// The report of a record that went without one of its obligations has its loaded rows too: corrected, it is sent whole.
#[test]
fn a_record_sent_in_part_is_corrected_whole() {
    let dir = Workdir::with_samples();
    dir.write("m.toml", &format!("{SMALL_MAPPING}\n[rules]\npartial = \"send_valid\"\n"));
    dir.write("f.csv", "Cédula;Nombre;Correo;Celular;Nro;Producto;Saldo\n1001;Ana Paz;ana@example.com;3005550001;01;Consumo;1.000,50\n1002;Eva;eva@example.com;3005550002;03;Consumo;3\n1001;Ana Paz;ana@example.com;3005550001;02;Consumo;mil\n");
    for (first, report) in [("check", "cartera-1"), ("load", "cartera-3")] {
        let sandbox: &[&str] = if first == "load" { &["--sandbox"] } else { &[] };
        let out = dir.run(&[&[first, "f.csv", "-m", "m.toml"], sandbox].concat());
        assert_eq!(out.code, 3, "{}", out.stderr);
        let reported = dir.reported(&format!("{report}/errors.xlsx"), "f");
        assert_eq!(reported.keys().collect::<Vec<_>>(), ["2", "4"], "the record, and no other one");
        assert_eq!(
            (reported["2"]["cartera_status"].as_str(), reported["4"]["cartera_code"].as_str()),
            ("context", "bad-amount")
        );
        assert!(reported["2"]["cartera_error"].contains("(4)"), "{}", reported["2"]["cartera_error"]);
        let path = format!("{report}/errors-f.csv");
        let text = std::fs::read_to_string(dir.path(&path)).unwrap();
        dir.write(&path, &text.replacen(";mil;", ";2;", 1));
        let out = dir.run(&["load", &path, "-m", "m.toml", "--sandbox", "--json"]);
        assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
        let result = out.json();
        result.assert_balance();
        assert_eq!(
            (&result["records"]["loaded"], &result["obligations"]["loaded"]),
            (&1.into(), &2.into()),
            "{first}"
        );
        let chain = &result["chain"];
        if first == "load" {
            assert_eq!((&chain["books"]["rows_loaded"], &chain["records"]["loaded"]), (&3.into(), &2.into()));
            assert_eq!(
                (&chain["obligations"]["loaded"], &chain["money"]["loaded"]),
                (&3.into(), &"1005.50".into())
            );
        }
    }
}

#[test]
fn a_check_writes_the_bodies_that_a_load_would_send() {
    let dir = Workdir::with_samples();
    let out = dir.run(&[
        "check",
        FAULTY,
        "-m",
        MAPPING,
        "--operation",
        "op",
        "--bodies",
        "bodies.ndjson",
        "--chunk-size",
        "40",
        "--json",
    ]);
    assert_eq!(out.code, 3, "{}", out.stderr);
    let text = std::fs::read_to_string(dir.path("bodies.ndjson")).unwrap();
    let bodies: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(bodies.len(), 3);
    assert!(bodies.iter().all(|body| body["operation"] == "op"));
    let records: usize = bodies.iter().map(|body| body["collections"].as_array().unwrap().len()).sum();
    assert_eq!(records, 97);
    assert!(!dir.path("state/sandbox").exists(), "a check sends nothing");
}
