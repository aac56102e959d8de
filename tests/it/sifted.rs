//! Filters, control totals and blanks where debtors and obligations stand in two tables, or several in one row.

use serde_json::json;

use crate::support::store::stored_records;
use crate::support::workdir::{Out, SMALL_MAPPING, Workdir};

const DEBTORS: &str = "Cédula;Nombre;Correo;Celular;Estado\n\
    1001;Ana Paz;ana@example.com;3005550001;ACTIVO\n\
    1002;Luis Gil;luis@example.com;3005550002;RETIRADO\n\
    1003;Eva Ruiz;eva@example.com;3005550003;ACTIVO\n\
    1004;Luz Mar;luz@example.com;3005550004;ACTIVO\n";
/// 1002 is filtered as a debtor, all obligations of 1003 are, one of 1001 is; 1004 has none, and 1009 no debtor.
const OBLIGATIONS: &str = "Documento;Nro;Producto;Saldo\n\
    1001;01;Consumo;1,50\n\
    1001;02;Consumo;0\n\
    1002;03;Consumo;10\n\
    1002;04;Consumo;mil\n\
    1003;05;Consumo;0\n\
    1009;06;Consumo;7\n";
const FILTERS: &str = "[filters]\nEstado = \"ACTIVO\"\nSaldo = { above = 0 }\n";

fn two_tables(debtors: &str, obligations: &str, more: &str) -> Workdir {
    let dir = Workdir::with_samples();
    let tables = "[source]\ndecimal = \",\"\n[tables.debtors]\nkey = \"Cédula\"\n[tables.obligations]\nkey = \"Documento\"\n[expediente]";
    dir.write("m.toml", &(SMALL_MAPPING.replace("[expediente]", tables) + more));
    dir.write("d.csv", debtors);
    dir.write("o.csv", obligations);
    dir
}

fn load(dir: &Workdir, more: &[&str]) -> Out {
    let load = ["load", "--table", "debtors=d.csv", "--table", "obligations=o.csv", "-m", "m.toml"];
    dir.run(&[&load[..], &["--sandbox", "--json"], more].concat())
}

fn skipped(dir: &Workdir) -> Vec<(String, String)> {
    let sheet = dir.sheet("cartera-1/errors.xlsx", "skipped");
    let (row, reason) = (2, 5);
    let mut all: Vec<_> = sheet[1..].iter().map(|line| (line[row].clone(), line[reason].clone())).collect();
    all.sort();
    all
}

#[test]
fn a_filter_takes_a_debtor_with_all_obligations_and_never_makes_an_orphan() {
    let dir = two_tables(DEBTORS, OBLIGATIONS, FILTERS);
    let out = load(&dir, &[]);
    assert_eq!(out.code, 3, "{}", out.stderr);
    let result = out.json();
    result.assert_balance();
    let line = |name: &str| {
        let text = std::fs::read_to_string(dir.path("m.toml")).unwrap();
        text.lines()
            .position(|line| {
                line.starts_with(&format!("{name} = {{ above")) || line == format!("{name} = \"ACTIVO\"")
            })
            .unwrap()
            + 1
    };
    let (state, balance) = (line("Estado"), line("Saldo"));
    assert_eq!(
        result["filters"],
        json!([
            { "filter": format!("m.toml:{state} «Estado»"), "rows": 3 },
            { "filter": format!("m.toml:{balance} «Saldo»"), "rows": 3 },
        ])
    );
    let by = |line: usize, name: &str| format!("no cumple el filtro m.toml:{line} «{name}» del mapeo");
    let expected: Vec<(String, String)> = [("3", 0), ("3", 1), ("4", 0), ("4", 1), ("5", 0), ("6", 1)]
        .iter()
        .map(|(row, by_balance)| {
            ((*row).to_owned(), if *by_balance == 1 { by(balance, "Saldo") } else { by(state, "Estado") })
        })
        .collect();
    assert_eq!(skipped(&dir), expected);
    // An amount that cannot be read is nobody's money, and no problem of a row that is left out.
    assert_eq!((&result["money"]["skipped"], &result["money"]["loaded"]), (&json!("10"), &json!("1.50")));
    assert_eq!(result["obligations"]["skipped"], 4);
    let codes: Vec<&str> = result["problems"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|problem| problem["code"].as_str())
        .collect();
    assert_eq!(
        codes,
        ["orphan-debtor", "orphan-obligation"],
        "what no filter left out is an orphan all the same"
    );
    assert_eq!(stored_records(&dir.state("sandbox")).keys().collect::<Vec<_>>(), ["1001"]);
}

#[test]
fn a_column_of_both_tables_has_to_be_named() {
    let (debtors, obligations) = (
        "Cédula;Nombre;Correo;Celular;Estado;Cupo\n1001;Ana;a@x.co;3005550001;A;100\n1002;Eva;e@x.co;3005550002;B;200\n",
        "Documento;Nro;Producto;Saldo;Estado;Cupo\n1001;01;C;5;B;1\n1001;02;C;6;A;2\n1002;03;C;7;A;4\n",
    );
    for (more, named) in
        [("[filters]\nEstado = \"A\"\n", "Estado"), ("[expect.totals]\nCupo = 300\n", "Cupo")]
    {
        let out = load(&two_tables(debtors, obligations, more), &[]);
        assert_eq!((out.code, &out.json()["error"]["code"]), (1, &json!("column-in-both-tables")), "{named}");
        let message = out.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains("m.toml:") && message.contains(&format!("«{named}»")), "{message}");
    }
    let out = load(&two_tables(debtors, obligations, ""), &["--expect-total", "Cupo=300"]);
    assert!(out.stderr.contains("--expect-total") || out.stdout.contains("--expect-total"), "{}", out.stdout);
    for (more, loaded) in [
        (
            "[filters]\nEstado = { is = \"A\", table = \"debtors\" }\n[expect]\nrows = 3\n[expect.totals]\nCupo = { amount = 100, table = \"debtors\" }\ntotal_balance = 11\n",
            "11",
        ),
        (
            "[filters]\nEstado = { is = \"A\", table = \"obligations\" }\n[expect]\nrows = 4\n[expect.totals]\nCupo = { amount = 6, table = \"obligations\" }\nSaldo = 13\n",
            "13",
        ),
    ] {
        let out = load(&two_tables(debtors, obligations, more), &[]);
        assert_eq!(out.code, 0, "{more}{}{}", out.stdout, out.stderr);
        assert_eq!(out.json()["money"]["loaded"], loaded, "{more}");
    }
    let out = load(&two_tables(debtors, obligations, "[expect.totals]\ntotal_balance = 17\n"), &[]);
    assert_eq!((out.code, &out.json()["error"]["code"]), (1, &json!("control-total")));
}

#[test]
fn a_column_of_neither_table_is_named_with_the_nearest() {
    let out = load(&two_tables(DEBTORS, OBLIGATIONS, "[filters]\nEstad = \"ACTIVO\"\n"), &[]);
    assert_eq!((out.code, &out.json()["error"]["code"]), (1, &json!("mapping-unknown-column")));
    let message = out.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("«Estado»") && message.contains("d.csv"), "{message}");
}

#[test]
fn a_table_is_named_only_where_there_are_two() {
    let dir = Workdir::with_samples();
    for more in [
        "[filters]\nSaldo = { above = 0, table = \"debtors\" }\n",
        "[expect.totals]\nSaldo = { amount = 1, table = \"debtors\" }\n",
        "[filters]\n\"Saldo {n}\" = { above = 0 }\n",
    ] {
        dir.write("m.toml", &format!("{SMALL_MAPPING}{more}"));
        dir.write(
            "f.csv",
            "Cédula;Nombre;Correo;Celular;Nro;Producto;Saldo\n1001;Ana;a@x.co;3005550001;01;C;5\n",
        );
        let out = dir.run(&["check", "f.csv", "-m", "m.toml", "--json"]);
        assert_eq!((out.code, &out.json()["error"]["code"]), (1, &json!("mapping-bad-value")), "{more}");
    }
}

/// Two groups of columns; what the creditor writes for nothing makes no obligation, and blanks count by obligation.
#[test]
fn wide_rows_are_converted_filtered_and_added_up_line_by_line() {
    let dir = Workdir::with_samples();
    let mapping = SMALL_MAPPING
        .replace("[expediente]", "[source]\ndecimal = \",\"\nblank_values = [\"S/D\"]\n[expediente]")
        .replace(
            "id = \"Nro\"",
            "id = { column = \"Nro {n}\", convert = [{ remove_prefix = \"OBL-\" }, { pad_left = 4 }] }",
        )
        .replace(
            "name = \"Producto\"",
            "name = { column = \"Producto {n}\", map = { \"C\" = \"Consumer\" }, otherwise = \"Other\" }",
        )
        .replace(
            "total_balance = \"Saldo\"",
            "total_balance = \"Saldo {n}\"\ndays_delay = { days_since = \"Vence {n}\" }",
        )
        + "[filters]\nEstado = \"A\"\n[expect]\nrows = 2\n[expect.totals]\ntotal_balance = 7.5\n\"Saldo {n}\" = 7.5\n";
    dir.write("m.toml", &mapping);
    dir.write(
        "f.csv",
        "Cédula;Nombre;Correo;Celular;Estado;Nro 1;Producto 1;Saldo 1;Vence 1;Nro 2;Producto 2;Saldo 2;Vence 2\n\
         1001;Ana;a@x.co;3005550001;A;OBL-1;c;1,50;2026-01-01;OBL-2;X;2;2026-01-31\n\
         1002;Eva;e@x.co;3005550002;A;OBL-3;C;4;S/D;S/D;s/d;;S/D\n\
         1003;Luz;l@x.co;3005550003;B;OBL-4;C;8;;OBL-5;C;ocho;\n",
    );
    let load = ["load", "f.csv", "-m", "m.toml", "--sandbox", "--as-of", "2026-01-31", "--json"];
    let out = dir.run(&load);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    let result = out.json();
    result.assert_balance();
    assert_eq!((&result["obligations"]["loaded"], &result["obligations"]["skipped"]), (&json!(3), &json!(2)));
    assert_eq!((&result["money"]["loaded"], &result["money"]["skipped"]), (&json!("7.50"), &json!("8")));
    assert_eq!(result["money"]["unreadable_rows"], 1);
    assert_eq!(result["books"]["rows_skipped"], 1);
    let blanks = result["blanks"].as_array().unwrap();
    let days = blanks.iter().find(|blank| blank["field"] == "days_delay").unwrap();
    assert_eq!((&days["omitted"], &days["of_record"]), (&json!(1), &json!(false)));
    let stored = stored_records(&dir.state("sandbox"));
    let ana = &stored["1001"]["Obligations"];
    assert_eq!((&ana["0001"]["days_delay"], &ana["0001"]["name"]), (&json!("30"), &json!("Consumer")));
    assert_eq!(ana["0002"]["name"], "Other");
    assert_eq!(stored["1002"]["Obligations"].as_object().unwrap().len(), 1);

    // A row is explained with the day that is given, or with that of its load.
    for more in [&["--run", "1"][..], &["f.csv", "-m", "m.toml", "--as-of", "2026-01-31"]] {
        let out = dir.run(&[&["explain", "--row", "2", "--json"], more].concat());
        assert_eq!(out.code, 0, "{}", out.stderr);
        let explained = out.json();
        let fields = explained["fields"].as_array().unwrap();
        let days: Vec<&str> = fields
            .iter()
            .filter(|field| field["field"] == "days_delay")
            .filter_map(|field| field["value"].as_str())
            .collect();
        assert_eq!(days, ["30", "0"], "{more:?}");
    }
}

/// With the sheets named by the mapping nothing is chosen; a file given for one table is read by the sheet that fits.
#[test]
fn the_sheet_of_a_table_is_the_one_that_fits_it() {
    let dir = two_tables("", OBLIGATIONS, "");
    let mut workbook = rust_xlsxwriter::Workbook::new();
    workbook.add_worksheet().set_name("Notas").unwrap().write_string(0, 0, "Notas").unwrap();
    let sheet = workbook.add_worksheet().set_name("Gente").unwrap();
    for (row, line) in (0u32..).zip(DEBTORS.lines()) {
        for (column, text) in (0u16..).zip(line.split(';')) {
            sheet.write_string(row, column, text).unwrap();
        }
    }
    workbook.save(dir.path("d.xlsx")).unwrap();
    let out =
        dir.run(&["check", "--table", "debtors=d.xlsx", "--table", "obligations=o.csv", "-m", "m.toml"]);
    assert_eq!(out.code, 3, "{}", out.stderr);
    assert!(out.stderr.contains("«Gente»"), "{}", out.stderr);
}
