//! `inspect` tells the truth about the samples, without showing a debtor.

use serde_json::{Value, json};

use crate::support::workdir::{Workdir, repository};

fn inspect(dir: &Workdir, file: &str) -> Value {
    let out = dir.run(&["inspect", file, "--json"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    out.json().into_value()
}

fn column<'v>(seen: &'v Value, name: &str) -> &'v Value {
    let columns = seen["tables"][0]["columns"].as_array().unwrap();
    columns.iter().find(|column| column["column"] == name).unwrap_or_else(|| panic!("no column {name}"))
}

#[test]
fn the_faulty_csv_is_described() {
    let dir = Workdir::with_samples();
    let seen = inspect(&dir, "samples/cooperativa-faulty.csv");
    let table = &seen["tables"][0];
    assert_eq!((table["encoding"].as_str(), table["delimiter"].as_str()), (Some("windows-1252"), Some(";")));
    assert_eq!((table["header_row"].as_u64(), table["rows"].as_u64()), (Some(1), Some(418)));
    assert_eq!(table["flawed"]["ragged-row"], 4);
    for (name, kind, format) in [
        ("Identificación", "id", None),
        ("Correo electrónico", "email", None),
        ("Saldo", "amount", Some("1.234,56")),
        ("Fecha vcto", "date", Some("DD/MM/YYYY")),
        ("Días mora", "integer", None),
        ("No. Crédito", "id", Some("0000000000")),
        ("Asesor", "text", None),
    ] {
        let column = column(&seen, name);
        assert_eq!((column["kind"].as_str(), column["format"].as_str()), (Some(kind), format), "{name}");
    }
    let saldo = column(&seen, "Saldo");
    assert_eq!(
        (saldo["proof"]["row"].as_u64(), saldo["proof"]["value"].as_str()),
        (Some(2), Some("36.932.052,97"))
    );
    assert_eq!(column(&seen, "Identificación")["damage"]["scientific"], 3);
}

/// A row of data that says the name of a field here and there is no header, and what is above it is no title.
#[test]
fn a_table_without_a_known_name_keeps_its_first_row_as_header() {
    let dir = Workdir::with_samples();
    for (file, rows) in [("cooperativa-faulty", 58), ("caja-sur-faulty", 17), ("luna-faulty", 18)] {
        let seen = inspect(&dir, &format!("samples/{file}.expected.csv"));
        let table = &seen["tables"][0];
        assert_eq!((table["header_row"].as_u64(), table["rows"].as_u64()), (Some(1), Some(rows)), "{file}");
    }
}

#[test]
fn the_workbook_is_described() {
    let dir = Workdir::with_samples();
    let seen = inspect(&dir, "samples/banco-andino.xlsx");
    let table = &seen["tables"][0];
    assert_eq!((table["sheet"].as_str(), table["rows"].as_u64()), (Some("Cartera"), Some(1095)));
    for (name, kind, filled) in [
        ("Cédula", "id", 1095),
        ("Fecha vencimiento", "date", 1095),
        ("Último pago", "amount", 834),
        ("Sucursal", "text", 1095),
    ] {
        let column = column(&seen, name);
        assert_eq!(
            (column["kind"].as_str(), column["filled"].as_u64()),
            (Some(kind), Some(filled)),
            "{name}"
        );
    }
}

#[test]
fn no_debtor_is_shown() {
    let dir = Workdir::with_samples();
    for args in [
        vec!["inspect", "samples/cooperativa-faulty.csv"],
        vec!["inspect", "samples/cooperativa-faulty.csv", "--json"],
    ] {
        let said = dir.run(&args).stdout;
        let rows = dir.csv("samples/cooperativa-faulty.expected.csv", b',');
        assert!(!rows.is_empty() && !said.contains("@example") && !said.contains("1979271318"), "{said}");
    }
}

/// A sheet's name, visibility, rows and columns, and whether it is the one that is loaded.
type SheetTruth = (&'static str, &'static str, u64, u64, bool);

/// What is true of a file: its sheets; of the first table that can be loaded its header row, rows, hidden rows,
/// merges and skipped rows; and of its columns their kind and format.
struct Truth {
    file: &'static str,
    sheets: &'static [SheetTruth],
    counts: [u64; 5],
    columns: &'static [(&'static str, &'static str, Option<&'static str>)],
}

impl Truth {
    /// A file of the plain table of four debtors.
    const fn of(file: &'static str, sheets: &'static [SheetTruth], counts: [u64; 5]) -> Truth {
        let columns = &[
            ("Cédula", "id", None),
            ("Nombre", "text", None),
            ("Ciudad", "text", None),
            ("Saldo", "amount", None),
            ("Vence", "date", None),
        ];
        Truth { file, sheets, counts, columns }
    }
}

const ONE: &[SheetTruth] = &[("Cartera", "visible", 5, 5, true)];

const TRUTHS: [Truth; 10] = [
    Truth::of(
        "hidden.ods",
        &[("Resumen", "hidden", 1, 2, false), ("Cartera", "visible", 5, 5, true)],
        [1, 4, 0, 0, 0],
    ),
    Truth::of("hidden-rows.xls", ONE, [1, 4, 2, 0, 0]),
    Truth::of("filtered.ods", ONE, [1, 4, 2, 0, 0]),
    Truth::of("merges.xls", &[("Cartera", "visible", 7, 5, true)], [3, 4, 0, 2, 0]),
    Truth::of("year-1904.xlsx", ONE, [1, 4, 0, 0, 0]),
    Truth {
        file: "numbers.xlsx",
        sheets: &[("Cartera", "visible", 4, 5, true)],
        counts: [1, 3, 0, 0, 0],
        columns: &[
            ("Cédula", "id", None),
            ("Código", "id", None),
            ("Tasa", "percent", None),
            ("Activo", "text", None),
            ("Nota", "text", None),
        ],
    },
    Truth {
        file: "totals.ods",
        sheets: &[("Cartera", "visible", 8, 5, true)],
        counts: [3, 5, 0, 0, 1],
        columns: &[("Cédula", "id", None), ("Saldo", "amount", None), ("Vence", "date", Some("DD/MM/YYYY"))],
    },
    Truth {
        file: "two-lines.xlsx",
        sheets: &[("Cartera", "visible", 6, 4, true)],
        counts: [2, 4, 0, 0, 0],
        columns: &[
            ("Cédula", "id", None),
            ("Saldo capital", "amount", None),
            ("Saldo intereses", "amount", None),
            ("Ciudad", "text", None),
        ],
    },
    Truth::of(
        "several.xls",
        &[
            ("Enero", "visible", 5, 5, false),
            ("Febrero", "visible", 3, 5, false),
            ("Notas", "hidden", 1, 1, false),
        ],
        [1, 4, 0, 0, 0],
    ),
    Truth {
        file: "semicolons.csv",
        sheets: &[],
        counts: [1, 4, 0, 0, 0],
        columns: &[("Saldo", "amount", Some("1,234.56")), ("Vence", "date", Some("DD/MM/YYYY"))],
    },
];

#[test]
fn ten_files_of_libreoffice_are_described_as_they_are() {
    let dir = Workdir::with_samples();
    for truth in TRUTHS {
        let file = truth.file;
        std::fs::copy(repository().join("tests/files").join(file), dir.path(file)).unwrap();
        let seen = inspect(&dir, file);
        assert_eq!(seen["container"].as_str(), file.rsplit('.').next(), "{file}");
        let sheets = truth.sheets.iter().map(|(sheet, visibility, rows, columns, chosen)| {
            json!({
                "sheet": sheet, "visibility": visibility, "rows": rows, "columns": columns,
                "chosen": chosen, "error": null,
            })
        });
        assert_eq!(seen["sheets"], Value::Array(sheets.collect()), "{file}");
        let table = &seen["tables"][0];
        let skipped = table["skipped"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
        let count = |key: &str| table[key].as_u64().unwrap();
        let counts = [count("header_row"), count("rows"), count("hidden_rows"), count("merges"), skipped];
        assert_eq!(counts, truth.counts, "{file}");
        for (name, kind, format) in truth.columns {
            let column = column(&seen, name);
            let found = (column["kind"].as_str(), column["format"].as_str());
            assert_eq!(found, (Some(*kind), *format), "{file}: {name}");
        }
    }
}

#[test]
fn what_libreoffice_files_hold_beyond_their_shape_is_described() {
    let dir = Workdir::with_samples();
    let of = |file: &str| {
        std::fs::copy(repository().join("tests/files").join(file), dir.path(file)).unwrap();
        inspect(&dir, file)
    };
    assert_eq!(
        column(&of("year-1904.xlsx"), "Vence")["samples"],
        json!(["2026-01-31", "2026-02-28", "2026-03-15"])
    );
    let numbers = of("numbers.xlsx");
    assert_eq!(column(&numbers, "Tasa")["samples"], json!(["12.5%", "30%", "7.25%"]));
    assert_eq!(column(&numbers, "Nota")["damage"]["error_cells"], 1);
    assert_eq!(column(&numbers, "Código")["samples"][0], "00****17", "its zeros are shown");
    assert_eq!(of("filtered.ods")["tables"][0]["filtered"], true);
    assert_eq!(of("hidden-rows.xls")["tables"][0]["filtered"], false);
    assert_eq!(of("totals.ods")["tables"][0]["skipped"], json!({"total-row": 1}));
    assert_eq!(column(&of("totals.ods"), "Vence")["proof"]["row"], 4);
    let csv = of("semicolons.csv");
    let table = &csv["tables"][0];
    assert_eq!(
        (table["encoding"].as_str(), table["confidence"].as_str()),
        (Some("windows-1252"), Some("likely"))
    );
    assert_eq!(
        table["dialect"],
        json!({"named": false, "rows": 5, "even_rows": 5, "width": 5, "cells": 25, "quoted": 0, "doubled": 0})
    );
    assert_eq!(of("several.xls")["tables"].as_array().map(Vec::len), Some(2));
    for file in ["small.ods", "small.xls", "small.xlsb"] {
        let nota = &column(&of(file), "Nota").clone();
        assert_eq!(
            (&nota["damage"]["error_cells"], &nota["samples"][0]),
            (&json!(1), &json!("#N/A")),
            "{file}"
        );
    }
    assert_eq!(column(&of("hidden.ods"), "Nombre")["samples"][0], "An****ña");
}

#[test]
fn a_page_fits_the_terminal() {
    let dir = Workdir::with_samples();
    let mut files = vec!["samples/banco-andino.xlsx".to_owned(), "samples/cooperativa-faulty.csv".to_owned()];
    for file in std::fs::read_dir(repository().join("tests/files")).unwrap().map(Result::unwrap) {
        let name = file.file_name().into_string().unwrap();
        if file.path().is_file() && !["README.md", "locked.xlsx"].contains(&name.as_str()) {
            std::fs::copy(file.path(), dir.path(&name)).unwrap();
            files.push(name);
        }
    }
    for file in files {
        for lang in ["es", "en"] {
            let out = dir.run(&["inspect", &file, "--lang", lang]);
            assert_eq!(out.code, 0, "{file}: {}", out.stderr);
            for line in out.stdout.lines() {
                assert!(line.chars().count() <= 80, "{file}: {} columns: {line}", line.chars().count());
            }
        }
    }
}

#[test]
fn a_messy_file_is_described_with_all_that_is_wrong() {
    let dir = Workdir::with_samples();
    let mut lines =
        vec!["Informe de cartera;;;".to_owned(), ";;;".into(), "CÃ©dula;Nombre;Saldo;Tasa".into()];
    for row in 0..30 {
        let id = if row % 10 == 3 { "1,03E+09".to_owned() } else { (1_030_555_000 + row).to_string() };
        let name = if row % 3 == 0 { "JosÃ© PeÃ±a" } else { "Ana Paz" };
        lines.push(format!("{id};{name};\"1.234,50\";{row},5 %"));
    }
    lines.extend(
        ["TOTAL;;37.035,00;", "CÃ©dula;Nombre;Saldo;Tasa", "x;\"abierta;1;2", "x;y"].map(str::to_owned),
    );
    dir.write("f.csv", &lines.join("\n"));
    let seen = inspect(&dir, "f.csv");
    let table = &seen["tables"][0];
    assert_eq!((table["header_row"].as_u64(), table["rows"].as_u64()), (Some(3), Some(34)));
    assert_eq!(table["skipped"], json!({"total-row": 1, "repeated-header": 1}));
    assert_eq!(table["flawed"], json!({"ragged-row": 1, "unbalanced-quote": 1}));
    assert_eq!(table["broken_headers"], 1);
    assert_eq!(table["dialect"]["quoted"], 30);
    assert_eq!(column(&seen, "CÃ©dula")["damage"]["scientific"], 3);
    assert_eq!(column(&seen, "Nombre")["damage"]["broken_text"], 10);
    assert_eq!(column(&seen, "Tasa")["kind"], "percent");
    let page = dir.run(&["inspect", "f.csv"]).stdout;
    for word in
        ["(seguro)", "fila de totales", "«Nombre»: tildes dañadas", "1  encabezado con tildes dañadas"]
    {
        assert!(page.contains(word), "{word}: {page}");
    }
}
