//! Files as creditors really send them: titles above, totals below, damage in between. Every row is read right
//! or said to be wrong.

use crate::support::store::stored_records;
use crate::support::workdir::{SMALL_MAPPING, Workdir, loaded_alone, repository};

const HEADER: &str = "Cédula;Nombre;Correo;Celular;Nro;Producto;Saldo";

fn load(text: &str) -> (Workdir, crate::support::workdir::Out) {
    let dir = Workdir::with_samples();
    dir.write("m.toml", SMALL_MAPPING);
    dir.write("f.csv", text);
    let out = dir.run(&["load", "f.csv", "-m", "m.toml", "--sandbox", "--json"]);
    (dir, out)
}

fn row(id: &str, number: &str, amount: &str) -> String {
    format!("{id};Ana Paz;ana@example.com;3005550001;{number};Consumo;{amount}\n")
}

#[test]
fn what_is_no_data_is_skipped_and_said() {
    let text = format!(
        "BANCO INVENTADO S.A.;;;;;;\n\nCartera a 31 de octubre;;;;;;\n{HEADER}\n{}\n{HEADER}\n{}Subtotal Bogotá;;;;;;1.500,50\n{}TOTAL;;;;;;3.500,75\n",
        row("1001", "01", "1.000,50"),
        row("1001", "02", "500,00"),
        row("1002", "01", "2.000,25"),
    );
    let (dir, out) = load(&text);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    let result = out.json();
    result.assert_balance();
    assert_eq!(
        (result["books"]["rows_read"].as_u64(), result["books"]["rows_skipped"].as_u64()),
        (Some(7), Some(4))
    );
    assert_eq!(result["money"]["read"], "3500.75", "a total is no money of the portfolio");
    assert_eq!(result["problems"].as_array().map(Vec::len), Some(0), "the total agrees");
    let skipped = dir.sheet("cartera-1/errors.xlsx", "skipped");
    let reasons: Vec<(&str, &str)> =
        skipped[1..].iter().map(|line| (line[2].as_str(), line[4].as_str())).collect();
    assert_eq!(
        reasons,
        [("6", "blank-row"), ("7", "repeated-header"), ("9", "total-row"), ("11", "total-row")]
    );
    assert_eq!(stored_records(&dir.state("sandbox")).len(), 2, "no debtor called TOTAL");
}

#[test]
fn a_total_that_differs_stops_the_load_unless_the_mapping_says_otherwise() {
    let text = format!("{HEADER}\n{}TOTAL;;;;;;9.999,00\n", row("1001", "01", "1.000,50"));
    let (dir, out) = load(&text);
    assert_eq!(out.code, 1, "{}", out.stderr);
    let result = out.json();
    result.assert_balance();
    assert_eq!(
        (result["status"].as_str(), result["error"]["code"].as_str()),
        (Some("refused"), Some("totals-row-differs"))
    );
    let said = result["error"]["message"].as_str().unwrap();
    assert!(["9999.00", "1000.50", "-8998.50"].iter().all(|amount| said.contains(amount)), "{said}");
    assert!(result["error"]["next"].as_str().unwrap().contains("totals_row = \"ignore\""));
    assert!(dir.requests_in("state/sandbox").is_empty(), "nothing is sent");
    let problem = &result["problems"][0];
    assert_eq!(
        (problem["code"].as_str(), problem["severity"].as_str()),
        (Some("total-mismatch"), Some("warning"))
    );
    assert_eq!(dir.run(&["check", "f.csv", "-m", "m.toml"]).code, 1, "a check says the same");

    dir.write("m.toml", &format!("{SMALL_MAPPING}[expect]\ntotals_row = \"ignore\"\n"));
    let out = dir.run(&["load", "f.csv", "-m", "m.toml", "--sandbox", "--json"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    assert_eq!(out.json()["problems"][0]["code"], "total-mismatch");
}

#[test]
fn a_number_that_lost_its_zeros_is_damaged() {
    let mut text = format!("{HEADER}\n");
    for number in 1..30 {
        text.push_str(&row(&(1000 + number).to_string(), &format!("{number:08}"), "5,00"));
    }
    text.push_str(&row("2001", "31", "5,00"));
    let (dir, out) = load(&text);
    assert_eq!(out.code, 3, "{}", out.stderr);
    let row = &dir.reported("cartera-1/errors.xlsx", "f")["31"];
    assert_eq!((row["cartera_code"].as_str(), row["Nro"].as_str()), ("id-damaged", "31"));
}

#[test]
fn a_bad_quote_costs_one_row_and_is_named() {
    let text = format!(
        "{HEADER}\n{}1002;\"Eva;e@example.com;3005550002;01;Consumo;5,00\n{}1004;Luis \"El Alto\";l@example.com;3005550004;01;Consumo;7,50\n",
        row("1001", "01", "1,00"),
        row("1003", "01", "2,00"),
    );
    let (dir, out) = load(&text);
    assert_eq!(out.code, 3, "{}", out.stderr);
    out.json().assert_balance();
    let reported = dir.reported("cartera-1/errors.xlsx", "f");
    let codes: Vec<(&str, &str)> =
        reported.iter().map(|(row, cells)| (row.as_str(), cells["cartera_code"].as_str())).collect();
    assert_eq!(codes, [("3", "unbalanced-quote"), ("5", "stray-quote")]);
    assert_eq!(stored_records(&dir.state("sandbox")).len(), 2);
}

#[test]
fn dates_are_read_as_the_column_proves() {
    let mapping = SMALL_MAPPING.replace("total_balance = \"Saldo\"", "expiring_date = \"Vence\"");
    let header = HEADER.replace("Saldo", "Vence");
    for (dates, expected) in [
        (["01/02/2026", "31/01/2026"], Some("2026-02-01")),
        (["02/01/2026", "01/31/2026"], Some("2026-02-01")),
        (["1 feb 2026", "31 de enero de 2026"], Some("2026-02-01")),
        (["46054", "46055"], Some("2026-02-01")),
        (["20260201", "20260131"], Some("2026-02-01")),
        (["01/02/2026", "03/04/2026"], None),
        (["31/01/2026", "01/31/2026"], None),
    ] {
        let dir = Workdir::with_samples();
        dir.write("m.toml", &mapping);
        dir.write(
            "f.csv",
            &format!("{header}\n{}{}", row("1001", "01", dates[0]), row("1002", "01", dates[1])),
        );
        let out = dir.run(&["load", "f.csv", "-m", "m.toml", "--sandbox", "--json"]);
        assert_eq!(out.code, i32::from(expected.is_none()), "{dates:?}: {}", out.stderr);
        if let Some(expected) = expected {
            let stored = stored_records(&dir.state("sandbox"));
            assert_eq!(stored["1001"]["Obligations"]["01"]["expiring_date"], expected, "{dates:?}");
        } else {
            assert!(out.json()["error"]["next"].as_str().unwrap().contains("dates = "), "{dates:?}");
        }
    }
}

/// Lines of the fault matrix on CSV files: bytes, exit code, and the code that is named (or nothing).
#[test]
fn broken_csv_files_are_read_right_or_named() {
    let one = row("1001", "01", "1,00");
    let good = format!("{HEADER}\n{one}");
    let utf16 = |text: &str| -> Vec<u8> {
        [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    let wide = |columns: usize| {
        let (mut names, mut cells) = (HEADER.to_owned(), one.trim_end().to_owned());
        for column in 0..columns {
            names.push_str(";c");
            names.push_str(&column.to_string());
            cells.push_str(";x");
        }
        format!("{names}\n{cells}\n")
    };
    let cases: Vec<(&str, Vec<u8>, i32, Option<&str>)> = vec![
        ("a byte order mark", [b"\xEF\xBB\xBF", good.as_bytes()].concat(), 0, None),
        ("UTF-16", utf16(&good), 0, None),
        ("windows-1252", encoding_rs::WINDOWS_1252.encode(&good).0.into_owned(), 0, None),
        ("a sep= line", format!("sep=;\n{good}").into_bytes(), 0, None),
        ("carriage returns alone", good.replace('\n', "\r").into_bytes(), 0, None),
        ("no final line end", good.trim_end().as_bytes().to_vec(), 0, None),
        ("tabs", good.replace(';', "\t").replace("1,00", "1.50").into_bytes(), 0, None),
        ("a line break inside quotes", good.replace("Ana Paz", "\"Ana\r\nPaz\"").into_bytes(), 0, None),
        ("16,000 columns more", wide(16_000).into_bytes(), 0, None),
        ("only white space", b" \n \n".to_vec(), 1, Some("file-empty")),
        ("nothing", Vec::new(), 1, Some("file-empty")),
        ("a header alone", format!("{HEADER}\n").into_bytes(), 1, Some("file-empty")),
        (
            "a mapped header twice",
            good.replace("Producto", "Nro").into_bytes(),
            1,
            Some("mapping-ambiguous-column"),
        ),
        ("too few cells", good.replace(";Consumo", "").into_bytes(), 3, Some("ragged-row")),
        ("too many cells", good.replace(";Consumo", ";Consumo;más").into_bytes(), 3, Some("ragged-row")),
        ("a huge cell", good.replace("Ana Paz", &"x".repeat(10_000_000)).into_bytes(), 3, Some("too-long")),
        ("NUL", good.replace("Ana Paz", "Ana\0Paz").into_bytes(), 3, Some("control-character")),
        ("a workbook by name only", b"PK\x03\x04rubbish".to_vec(), 1, Some("file-damaged")),
    ];
    for (name, bytes, exit, code) in cases {
        let (_, out) = loaded_alone(&bytes);
        assert_eq!((out.code, out.first_code().as_deref()), (exit, code), "{name}: {}", out.stderr);
    }
}

#[test]
fn what_is_no_file_is_named() {
    let dir = Workdir::with_samples();
    dir.write("m.toml", SMALL_MAPPING);
    for path in [".", "mappings", "/dev/null"] {
        let out = dir.run(&["check", path, "-m", "m.toml", "--json"]);
        let code = out.json()["error"]["code"].as_str().unwrap_or_default().to_owned();
        assert!(out.code == 1 && matches!(code.as_str(), "file-unreadable" | "file-empty"), "{path}: {code}");
    }
    let names =
        if cfg!(unix) { &["con espacio ñ.csv", "con\nsalto.csv"][..] } else { &["con espacio ñ.csv"] };
    for name in names {
        dir.write(name, &format!("{HEADER}\n{}", row("1001", "01", "1,00")));
        assert_eq!(dir.run(&["check", name, "-m", "m.toml"]).code, 0, "{name}");
    }
}

#[test]
fn hidden_rows_are_said_and_skipped_where_asked() {
    let dir = Workdir::with_samples();
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, line) in (0u32..).zip([HEADER.to_owned(), row("1001", "01", "1.5"), row("1002", "01", "2.5")]) {
        for (column, text) in (0u16..).zip(line.trim_end().split(';')) {
            sheet.write_string(row, column, text).unwrap();
        }
    }
    sheet.set_row_hidden(2).unwrap();
    workbook.save(dir.path("f.xlsx")).unwrap();
    for (setting, loaded, severity) in [("load", 2, Some("warning")), ("skip", 1, None)] {
        dir.write("m.toml", &format!("{SMALL_MAPPING}[source]\nhidden_rows = \"{setting}\"\n"));
        let out = dir.run(&["load", "f.xlsx", "-m", "m.toml", "--sandbox", "--json"]);
        assert_eq!(out.code, 0, "{}", out.stderr);
        let result = out.json();
        result.assert_balance();
        assert_eq!(result["books"]["rows_loaded"], loaded, "{setting}");
        assert_eq!(result["books"]["rows_skipped"], 2 - loaded, "{setting}");
        assert_eq!(result["problems"][0]["severity"].as_str(), severity, "{setting}");
    }
}

/// A column that nobody sees in the workbook may be an older one, or not the creditor's to send: it is read, and said.
#[test]
fn hidden_columns_are_said_once_each() {
    let dir = Workdir::with_samples();
    dir.write("m.toml", SMALL_MAPPING);
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    let lines = [format!("{HEADER};Nota"), row("1001", "01", "1.5"), row("1002", "01", "2.5")];
    for (row, line) in (0u32..).zip(lines) {
        for (column, text) in (0u16..).zip(line.trim_end().split(';')) {
            sheet.write_string(row, column, text).unwrap();
        }
    }
    for column in [3, 6, 7] {
        sheet.set_column_hidden(column).unwrap();
    }
    workbook.save(dir.path("f.xlsx")).unwrap();
    for args in [["check", "f.xlsx", "-m", "m.toml", "--json"], ["load", "f.xlsx", "-m", "m.toml", "--json"]]
    {
        let out = dir.run(&[&args[..], if args[0] == "load" { &["--sandbox"] } else { &[] }].concat());
        assert_eq!(out.code, 0, "{}", out.stderr);
        let result = out.json();
        let problem = &result["problems"][0];
        assert_eq!(
            (problem["code"].as_str(), problem["severity"].as_str(), problem["count"].as_u64()),
            (Some("hidden-column"), Some("warning"), Some(2)),
            "the column that is not mapped says nothing: {}",
            result["problems"]
        );
        let example = problem["example"].as_str().unwrap();
        assert!(
            example.contains("f.xlsx [Sheet1]:1 «Celular»") && example.contains("Telephone"),
            "{example}"
        );
    }
}

#[test]
fn inspect_shows_the_columns_that_a_workbook_hides() {
    let dir = Workdir::with_samples();
    for file in ["hidden-columns.xls", "hidden-columns.ods"] {
        std::fs::copy(repository().join("tests/files").join(file), dir.path(file)).unwrap();
        let seen = dir.run(&["inspect", file, "--json"]).json().into_value();
        let columns = seen["tables"][0]["columns"].as_array().unwrap();
        let hidden: Vec<_> = columns
            .iter()
            .filter(|column| column["hidden"] == true)
            .map(|column| column["column"].as_str().unwrap())
            .collect();
        assert_eq!((columns.len(), hidden), (5, vec!["Nombre", "Saldo"]), "{file}");
        let page = dir.run(&["inspect", file]).stdout;
        assert!(page.contains("     4  «Saldo»: celdas de una columna oculta"), "{page}");
        assert!(!page.contains("«Ciudad»: celdas"), "{page}");
    }
}
