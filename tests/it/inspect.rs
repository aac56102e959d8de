//! `inspect` tells the truth about the samples, without showing a debtor.

use serde_json::Value;

use crate::support::workdir::Workdir;

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
