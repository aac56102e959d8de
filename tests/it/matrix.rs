//! What else a creditor's file may do, one line each: marks within a file, comments, missing headers, escapes of
//! other programs, very many columns, keys that are words of a language.

use std::fmt::Write as _;

use crate::support::store::stored_records;
use crate::support::workdir::{SMALL_MAPPING, Workdir, loaded_alone};

const HEADER: &str = "Cédula;Nombre;Correo;Celular;Nro;Producto;Saldo";
const ONE: &str = "1001;Ana Paz;ana@example.com;3005550001;01;Consumo;1,00";
const TWO: &str = "1002;Luz Gil;luz@example.com;3005550002;02;Consumo;2,50";

/// Name, bytes, exit code, the first code that is named (or nothing), and how many debtors are loaded.
type Case = (&'static str, Vec<u8>, i32, Option<&'static str>, usize);

fn cases() -> Vec<Case> {
    let text = |lines: &[&str]| lines.join("\n").into_bytes();
    // With the seven of the table, the most there may be.
    let mut many = (HEADER.to_owned(), ONE.to_owned());
    for column in 7..16_384 {
        write!(many.0, ";c{column}").unwrap();
        many.1.push_str(";x");
    }
    let one_wider = TWO.to_owned() + &";x".repeat(16_384);
    let (noted, open) = (format!("{HEADER};Nota"), format!("{};x", TWO.replace("Luz", "\"Luz")));
    let long = format!("{ONE};{}", "z".repeat(1 << 20));
    let mut open_and_long = vec![noted.as_str(), open.as_str()];
    open_and_long.resize(19, long.as_str());
    let mixed =
        [text(&[HEADER, ONE, ""]), b"1002;Luz Pe\xF1a;luz@example.com;3005550002;02;Consumo;2,50".to_vec()];
    vec![
        ("two marks at the start", text(&[&format!("\u{feff}\u{feff}{HEADER}"), ONE]), 0, None, 1),
        ("two files in one", text(&[HEADER, ONE, &format!("\u{feff}{HEADER}"), TWO]), 0, None, 2),
        ("one row of another encoding", mixed.concat(), 3, Some("undecodable-text"), 1),
        (
            "a blank header",
            text(&[&format!("{HEADER};"), &format!("{ONE};x"), TWO]),
            3,
            Some("ragged-row"),
            1,
        ),
        ("no header", text(&[ONE, TWO]), 1, Some("mapping-unknown-column"), 0),
        ("comments above", text(&["# exportado", "# versión 2", HEADER, ONE]), 0, None, 1),
        ("a comment between rows", text(&[HEADER, ONE, "# corte", TWO]), 3, Some("ragged-row"), 2),
        ("a delimiter at each end", text(&[&format!("{HEADER};"), &format!("{ONE};")]), 0, None, 1),
        (
            "escapes with a backslash",
            text(&[HEADER, &ONE.replace("Ana Paz", "\"Ana \\\"La\\\" Paz\""), TWO]),
            3,
            Some("stray-quote"),
            1,
        ),
        ("as many columns as there may be", text(&[&many.0, &many.1]), 0, None, 1),
        (
            "a column too many",
            text(&[&format!("{};c", many.0), &format!("{};x", many.1)]),
            1,
            Some("too-many-columns"),
            0,
        ),
        ("one row of very many columns", text(&[HEADER, ONE, &one_wider]), 3, Some("too-many-columns"), 1),
        (
            "a row of seventeen megabytes",
            text(&[HEADER, ONE, &TWO.replace("Luz", &"z".repeat(17 << 20))]),
            1,
            Some("row-too-long"),
            0,
        ),
        ("an open quote and seventeen megabytes below", text(&open_and_long), 3, Some("unbalanced-quote"), 1),
        (
            "a second table below",
            text(&[HEADER, ONE, "", "Oficina;Total", "Bogotá;5"]),
            3,
            Some("ragged-row"),
            1,
        ),
        ("quotes of the whole line", text(&[HEADER, &format!("\"{ONE}\""), TWO]), 3, Some("ragged-row"), 1),
        (
            "a file in a file's end",
            [text(&[HEADER, ONE, ""]), b"PK\x03\x04".to_vec()].concat(),
            3,
            Some("ragged-row"),
            1,
        ),
    ]
}

#[test]
fn whatever_a_csv_does_is_read_right_or_named() {
    for (name, bytes, exit, code, debtors) in cases() {
        let (dir, out) = loaded_alone(&bytes);
        assert_eq!((out.code, out.first_code().as_deref()), (exit, code), "{name}: {}", out.stderr);
        if exit != 1 {
            out.json().assert_balance();
            assert_eq!(stored_records(&dir.state("sandbox")).len(), debtors, "{name}");
        }
    }
}

#[cfg(unix)]
/// Signs that would turn a line of a terminal around or paint it are text of the creditor's; they reach the CRM as
/// they are or are refused, and no terminal.
#[test]
fn signs_of_a_terminal_never_reach_one() {
    for (sign, exit) in [("\u{1b}[31m", 3), ("\u{7}", 3), ("\u{202e}", 0), ("\u{feff}", 0), ("😀𝄞", 0)] {
        let dir = Workdir::with_samples();
        dir.write("m.toml", SMALL_MAPPING);
        let odd = ONE.replace("Ana", &format!("Ana{sign}"));
        dir.write("f.csv", &[HEADER, &odd, &odd.replace("Luz", "Sol").replace("Paz", "Gil"), TWO].join("\n"));
        let out = dir.run(&["load", "f.csv", "-m", "m.toml", "--sandbox"]);
        assert_eq!(out.code, exit, "{sign:?}: {}{}", out.stdout, out.stderr);
        let shown = out.stdout + &out.stderr + &dir.run(&["inspect", "f.csv"]).stdout;
        let signs = ['\u{1b}', '\u{7}', '\u{202e}', '\u{feff}'];
        assert!(!shown.contains(signs), "{sign:?}: {shown:?}");
        let names: Vec<_> =
            stored_records(&dir.state("sandbox")).values().map(|record| record["Name"].clone()).collect();
        assert_eq!(names.iter().any(|name| name.as_str().unwrap().contains(sign)), exit == 0, "{sign:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_with_a_name_is_no_file() {
    let dir = Workdir::with_samples();
    dir.write("m.toml", SMALL_MAPPING);
    assert!(std::process::Command::new("mkfifo").arg(dir.path("f.csv")).status().unwrap().success());
    let out = dir.run(&["check", "f.csv", "-m", "m.toml", "--json"]);
    assert_eq!((out.code, out.json()["error"]["code"].as_str()), (1, Some("file-unreadable")));
}

/// The memory of a process looks like a file, and nobody, not even who may do everything, can read its beginning.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_read_is_named() {
    let dir = Workdir::with_samples();
    dir.write("m.toml", SMALL_MAPPING);
    let out = dir.run(&["check", "/proc/self/mem", "-m", "m.toml", "--json"]);
    assert_eq!((out.code, out.json()["error"]["code"].as_str()), (1, Some("file-unreadable")));
}

#[test]
fn a_link_to_itself_is_named() {
    let dir = Workdir::with_samples();
    dir.write("m.toml", SMALL_MAPPING);
    std::os::unix::fs::symlink("f.csv", dir.path("f.csv")).unwrap();
    let out = dir.run(&["check", "f.csv", "-m", "m.toml", "--json"]);
    assert_eq!((out.code, out.json()["error"]["code"].as_str()), (1, Some("file-unreadable")));
}

/// Every error of Excel is a problem that names it; none is a blank or a zero.
#[test]
fn every_error_of_excel_is_named() {
    let errors = ["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"];
    let dir = Workdir::with_samples();
    dir.write("m.toml", SMALL_MAPPING);
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write_row(0, 0, HEADER.split(';')).unwrap();
    for (row, error) in (1u32..).zip(errors) {
        for (column, cell) in (0u16..).zip(ONE.split(';')).take(6) {
            sheet.write_string(row, column, cell.replace("1001", &format!("100{row}"))).unwrap();
        }
        let formula = rust_xlsxwriter::Formula::new("=1/0").set_result(error);
        sheet.write_formula(row, 6, formula).unwrap();
    }
    workbook.save(dir.path("f.xlsx")).unwrap();
    let out = dir.run(&["load", "f.xlsx", "-m", "m.toml", "--sandbox", "--json"]);
    assert_eq!(out.code, 3, "{}", out.stderr);
    let reported = dir.reported("cartera-1/errors.xlsx", "Sheet1");
    for (row, error) in (2..).zip(errors) {
        let cells = &reported[&row.to_string()];
        assert_eq!(cells["cartera_code"], "error-cell", "{error}");
        assert!(cells["cartera_error"].contains(error), "{error}: {}", cells["cartera_error"]);
    }
}

#[test]
fn keys_that_are_words_of_a_language_are_plain_data() {
    let dir = Workdir::with_samples();
    let custom = "[expediente.custom]\n\"__proto__\" = \"Nombre\"\n\"constructor\" = \"Producto\"\n\"a.b\" = \"Nro\"\n";
    dir.write("m.toml", &SMALL_MAPPING.replace("[obligation]", &format!("{custom}[obligation]")));
    dir.write("f.csv", &format!("{HEADER}\n{ONE}\n"));
    let out = dir.run(&["load", "f.csv", "-m", "m.toml", "--sandbox", "--json"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    let stored = stored_records(&dir.state("sandbox"));
    for (key, value) in [("__proto__", "Ana Paz"), ("constructor", "Consumo"), ("a.b", "01")] {
        assert_eq!(stored["1001"][key], value, "{key}");
    }
}

/// What a person has to look for is named: the row, and the line and the character where a quote opens.
#[test]
fn the_place_of_a_broken_row_is_named() {
    let dir = Workdir::with_samples();
    dir.write("m.toml", SMALL_MAPPING);
    let open = TWO.replace("Luz", "\"Luz");
    dir.write("f.csv", &[HEADER, &ONE.replace("Ana Paz", "\"Ana\nPaz\""), ONE, &open, "x;y"].join("\n"));
    let seen = dir.run(&["inspect", "f.csv", "--json"]).json().into_value();
    let table = &seen["tables"][0];
    assert_eq!(
        table["first_flawed"]["unbalanced-quote"],
        serde_json::json!({"row": 5, "value": "5:6", "expected": ""})
    );
    assert_eq!(table["first_flawed"]["ragged-row"]["row"], 6);
    let page = dir.run(&["inspect", "f.csv"]).stdout;
    assert!(page.contains("fila 5: no se cierra la comilla que se abre en 5:6"), "{page}");
    let checked = dir.run(&["check", "f.csv", "-m", "m.toml"]).stdout;
    assert!(checked.contains("5:6 (línea:carácter)"), "{checked}");

    dir.write("f.csv", &[HEADER, ONE, &"x".repeat(17 << 20)].join("\n"));
    let out = dir.run(&["check", "f.csv", "-m", "m.toml"]);
    assert!(out.stderr.contains("f.csv:3") && out.stderr.contains("16 MB"), "{}", out.stderr);
    dir.write("f.csv", &format!("{}\n1\n", HEADER.replace(';', ",") + &",x".repeat(20_000)));
    for args in
        [&["check", "f.csv", "-m", "m.toml"][..], &["inspect", "f.csv"], &["map", "f.csv", "-o", "n.toml"]]
    {
        let out = dir.run(args);
        assert_eq!(out.code, 1, "{args:?}");
        assert!(
            out.stderr.contains("f.csv:1") && out.stderr.contains("separador"),
            "{args:?}: {}",
            out.stderr
        );
    }
}

/// The same number written in two ways may be one debtor or two; which, only a person knows, and both rows are named.
#[test]
fn ids_that_differ_only_in_how_they_are_written_are_named_with_both_rows() {
    let row = |id: &str, number: &str| ONE.replace("1001", id).replace(";01;", &format!(";{number};"));
    for (first, second) in [
        ("12345678", "0012345678"),
        ("12345678", "12.345.678"),
        ("12345678", "12 345 678"),
        ("V-12345678", "v12345678"),
        ("900123456-7", "9001234567"),
    ] {
        let dir = Workdir::with_samples();
        dir.write("m.toml", SMALL_MAPPING);
        dir.write("f.csv", &[HEADER, &row(first, "01"), ONE, &row(second, "02")].join("\n"));
        let out = dir.run(&["load", "f.csv", "-m", "m.toml", "--sandbox", "--json"]);
        assert_eq!(out.code, 0, "{second}: {}", out.stderr);
        let result = out.json();
        result.assert_balance();
        let problem = &result["problems"][0];
        assert_eq!(
            (problem["code"].as_str(), problem["severity"].as_str(), problem["count"].as_u64()),
            (Some("alike-ids"), Some("warning"), Some(1)),
            "{second}"
        );
        let example = problem["example"].as_str().unwrap();
        assert!(
            example.contains("f.csv:4 «Cédula»") && example.contains(&format!("2: «{first}»")),
            "{example}"
        );
        assert_eq!(stored_records(&dir.state("sandbox")).len(), 3, "neither joined nor left out: {second}");
    }

    // Two obligations of one debtor.
    let dir = Workdir::with_samples();
    dir.write("m.toml", SMALL_MAPPING);
    dir.write("f.csv", &[HEADER, ONE, &row("1001", "1"), &row("1001", "10")].join("\n"));
    let out = dir.run(&["check", "f.csv", "-m", "m.toml", "--json"]);
    let problems = &out.json()["problems"];
    assert_eq!((problems.as_array().unwrap().len(), problems[0]["code"].as_str()), (1, Some("alike-ids")));
    let example = problems[0]["example"].as_str().unwrap();
    assert!(example.contains("f.csv:3 «Nro»") && example.contains("2: «01»"), "{example}");
}

/// What stands where an obligation has no number, and amounts that are none, or that nobody may round.
#[test]
fn values_are_exact_or_named() {
    let number = |number: &str| TWO.replace(";02;", &format!(";{number};"));
    let amount = |amount: &str| TWO.replace("2,50", amount);
    let blanks = ["", "-", "--", "N/A", "n/a", "0", "  ", "\u{a0}", "\u{200b}", "\u{feff}", "NULL"];
    let mut cases: Vec<(String, i32, Option<&str>)> =
        blanks.iter().map(|blank| (number(blank), 3, Some("missing-required"))).collect();
    for none in ["NaN", "inf", "-inf", "mil", "1,2,3", "--5", "1e400"] {
        cases.push((amount(none), 3, Some("bad-amount")));
    }
    for mail in ["ana", "ana@", "a b@example.com", "a@b", "a@@example.com"] {
        cases.push((TWO.replace("luz@example.com", mail), 3, Some("bad-email")));
    }
    for phone in ["12", "no tiene", "3005550002 / 3005550003"] {
        cases.push((TWO.replace("3005550002", phone), 3, Some("bad-phone")));
    }
    for (row, exit, code) in cases {
        let (_, out) = loaded_alone([HEADER, ONE, &row].join("\n").as_bytes());
        assert_eq!((out.code, out.first_code().as_deref()), (exit, code), "{row:?}: {}", out.stderr);
        out.json().assert_balance();
    }
    for (given, sent) in [
        ("-5,00", "-5.00"),
        ("(5,00)", "-5.00"),
        ("5,00-", "-5.00"),
        ("1,00525", "1.00525"),
        ("1.234.567.890.123,45", "1234567890123.45"),
        ("$ 1.000,50", "1000.50"),
    ] {
        let (dir, out) = loaded_alone([HEADER, ONE, &amount(given)].join("\n").as_bytes());
        assert_eq!(out.code, 0, "{given}: {}", out.stderr);
        let stored = stored_records(&dir.state("sandbox"));
        assert_eq!(stored["1002"]["Obligations"]["02"]["total_balance"], sent, "{given}");
    }
}

/// A value that a spreadsheet would calculate is the creditor's data: it is sent as it is.
#[test]
fn values_that_look_like_formulas_are_sent_as_they_are() {
    for value in ["=1+1", "+57 Ana", "-5", "@SUM(A1)", "=cmd|' /C calc'!A0", "=HYPERLINK(192.0.2.1)"] {
        let (dir, out) = loaded_alone([HEADER, &ONE.replace("Ana Paz", value), TWO].join("\n").as_bytes());
        assert_eq!(out.code, 0, "{value}: {}", out.stderr);
        assert_eq!(stored_records(&dir.state("sandbox"))["1001"]["Name"], value);
    }
}

/// The same obligation again in another file of the load: once, and where it was before is said.
#[test]
fn an_obligation_in_two_files_is_one_or_named() {
    let dir = Workdir::with_samples();
    dir.write("m.toml", SMALL_MAPPING);
    dir.write("uno.csv", &[HEADER, ONE].join("\n"));
    for (other, exit, code, state) in [
        (ONE.to_owned(), 0, "duplicate-identical", "rows_skipped"),
        (ONE.replace("1,00", "7,00"), 3, "duplicate-obligation", "rows_invalid"),
    ] {
        dir.write("dos.csv", &[HEADER, TWO, &other].join("\n"));
        let out = dir.run(&["check", "uno.csv", "dos.csv", "-m", "m.toml", "--json"]);
        assert_eq!(out.code, exit, "{code}: {}", out.stderr);
        let result = out.json();
        result.assert_balance();
        assert!(result["books"][state].as_u64() >= Some(1), "{code}: {}", result["books"]);
        let mut reports = result["reports"].as_array().unwrap().iter().filter_map(|path| path.as_str());
        let report = reports.find(|path| path.ends_with("errors.xlsx")).unwrap();
        let sheet = if exit == 0 { "skipped" } else { "dos" };
        let rows = dir.sheet(report, sheet);
        let said = rows.iter().flatten().any(|cell| cell == code);
        assert!(said && rows.iter().flatten().any(|cell| cell.contains("2 [uno]")), "{rows:?}");
    }
}
