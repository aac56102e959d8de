//! A file that is not like the ones before: each kind of change by its own message, and nothing sent unless a person
//! says so.

use std::fmt::Write as _;

use cartera::ledger::Ledger;
use encoding_rs::WINDOWS_1252;
use rust_xlsxwriter::Workbook;
use serde_json::Value;

use crate::support::store::stored_records;
use crate::support::workdir::{Out, Workdir};

const MAPPING: &str = r#"target = "collections"
[expediente]
Identification = "Cédula"
Name = "Nombre"
Email = "Correo"
Telephone = "Celular"
Address = "Dirección"
[obligation]
id = "Nro"
name = "Producto"
total_balance = "Saldo"
expiring_date = "Vence"
"#;
/// Where each column of the portfolio stands.
const ID: usize = 0;
const NAME: usize = 1;
const ADDRESS: usize = 4;
const NUMBER: usize = 5;
const PRODUCT: usize = 6;
const BALANCE: usize = 7;
const DUE: usize = 8;
const CITY: usize = 9;

/// A creditor's file that can be changed.
#[derive(Clone)]
struct Portfolio {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Portfolio {
    /// So many invented debtors, one obligation each.
    fn of(debtors: usize) -> Portfolio {
        let header =
            "Cédula;Nombre;Correo;Celular;Dirección;Nro;Producto;Saldo;Vence;Ciudad;Sucursal".split(';');
        let row = |number: usize| {
            let cents = 110_000 + number * 7919 % 900_000;
            let balance = format!("{}.{:03},{:02}", cents / 100_000, cents / 100 % 1000, cents % 100);
            [
                format!("{}", 1_010_000_000 + number * 37),
                format!("Deudora Ñúñez {}", ["Ana", "Eva", "Luz"][number % 3]),
                format!("d{number}@example.com"),
                format!("300555{number:04}"),
                if number.is_multiple_of(50) { String::new() } else { format!("Calle {number}") },
                format!("{:08}", number * 13),
                ["Consumo", "Vivienda"][number % 2].to_owned(),
                balance,
                format!("{:02}/{:02}/2026", number % 28 + 1, number % 12 + 1),
                "Bogotá".to_owned(),
                format!("{:02}", number % 9),
            ]
            .to_vec()
        };
        Portfolio { header: header.map(str::to_owned).collect(), rows: (1..=debtors).map(row).collect() }
    }

    fn text(&self) -> String {
        let rows = std::iter::once(&self.header).chain(&self.rows);
        rows.map(|row| row.join(";") + "\n").collect()
    }

    fn write(&self, dir: &Workdir, name: &str) {
        dir.write(name, &self.text());
    }

    fn write_workbook(&self, dir: &Workdir, name: &str, sheet: &str) {
        let mut workbook = Workbook::new();
        let page = workbook.add_worksheet().set_name(sheet).unwrap();
        for (row, cells) in (0u32..).zip(std::iter::once(&self.header).chain(&self.rows)) {
            for (column, text) in (0u16..).zip(cells) {
                page.write_string(row, column, text).unwrap();
            }
        }
        workbook.save(dir.path(name)).unwrap();
    }

    fn each(&mut self, column: usize, change: impl Fn(usize, &str) -> String) {
        for (at, row) in self.rows.iter_mut().enumerate() {
            row[column] = change(at, &row[column]);
        }
    }

    fn remove(&mut self, column: usize) {
        self.header.remove(column);
        self.rows.iter_mut().for_each(|row| drop(row.remove(column)));
    }

    /// Balances multiplied by so many hundredths, written with a decimal sign of choice.
    fn scale(&mut self, hundredths: u64, [thousands, sign]: [char; 2]) {
        self.each(BALANCE, |_, text| {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            let cents = digits.parse::<u64>().unwrap() * hundredths / 100;
            let whole = (cents / 100).to_string();
            let mut grouped = String::new();
            for (at, digit) in whole.chars().enumerate() {
                if at > 0 && (whole.len() - at).is_multiple_of(3) {
                    grouped.push(thousands);
                }
                grouped.push(digit);
            }
            format!("{grouped}{sign}{:02}", cents % 100)
        });
    }
}

const SPANISH: [char; 2] = ['.', ','];

/// A folder with the mapping, after a load of a normal month into the stand-in.
fn after_a_normal_month() -> Workdir {
    let dir = Workdir::with_samples();
    dir.write("m.toml", MAPPING);
    Portfolio::of(120).write(&dir, "octubre.csv");
    let out = load(&dir, "octubre.csv", &[]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    assert_eq!(out.json()["drift"], serde_json::json!([]), "the first load has nothing to be compared with");
    dir
}

fn load(dir: &Workdir, file: &str, more: &[&str]) -> Out {
    dir.run(&[&["load", file, "-m", "m.toml", "--sandbox", "--json"], more].concat())
}

fn check(dir: &Workdir, file: &str, more: &[&str]) -> Out {
    dir.run(&[&["check", file, "-m", "m.toml", "--json"], more].concat())
}

/// The changes as `code severity column before now`.
fn drift(result: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let line = |change: &Value| {
        assert_eq!(change["run"], 1);
        let keys = ["code", "severity", "column", "before", "now"];
        keys.map(|key| text(&change[key])).join(" ")
    };
    result["drift"].as_array().unwrap().iter().map(line).collect()
}

/// What is changed in a file, and all that is said of it.
type Case = (&'static str, Change, &'static [&'static str]);
type Change = fn(&mut Portfolio);

const STOPS: &[Case] = &[
    (
        "half of the rows",
        |p| p.rows.truncate(60),
        &["drift-rows stop - 120 60", "drift-records stop - 120 60"],
    ),
    (
        "a little more than half",
        |p| p.rows.truncate(71),
        &["drift-rows stop - 120 71", "drift-records stop - 120 71"],
    ),
    ("everything twice", |p| p.rows.extend(p.rows.clone()), &["drift-rows stop - 120 240"]),
    (
        "three times as many debtors",
        |p| *p = Portfolio::of(360),
        &["drift-rows stop - 120 360", "drift-records stop - 120 360"],
    ),
    (
        "two debtors under one identification",
        |p| {
            let ids: Vec<String> = p.rows.iter().map(|row| row[ID].clone()).collect();
            p.each(ID, |at, _| ids[at / 2].clone());
        },
        &["drift-records stop - 120 60"],
    ),
    ("balances × 100", |p| p.scale(10_000, SPANISH), &["drift-scale stop Saldo 5300 530000"]),
    ("balances ÷ 100", |p| p.scale(1, SPANISH), &["drift-scale stop Saldo 5300 53"]),
    ("balances × 1000", |p| p.scale(100_000, SPANISH), &["drift-scale stop Saldo 5300 5300000"]),
    ("balances × 6", |p| p.scale(600, SPANISH), &["drift-scale stop Saldo 5300 32000"]),
    (
        "cents lost with their sign",
        |p| p.each(BALANCE, |_, text| text.replace(['.', ','], "")),
        &["drift-scale stop Saldo 5300 530000"],
    ),
    (
        "one absurd balance",
        |p| p.rows[7][BALANCE] = "9.999.999.999,00".into(),
        &["drift-total stop Saldo 643919.4 10000642184.88"],
    ),
    ("another decimal sign", |p| p.scale(100, [',', '.']), &["drift-format stop Saldo 1.234,56 1,234.56"]),
    (
        "the month first",
        |p| p.each(DUE, |_, text| format!("{}/{}/2026", &text[3..5], &text[..2])),
        &["drift-format stop Vence DD/MM/YYYY MM/DD/YYYY"],
    ),
    (
        "the year first",
        |p| p.each(DUE, |_, text| format!("2026-{}-{}", &text[3..5], &text[..2])),
        &["drift-format stop Vence DD/MM/YYYY YYYY-MM-DD"],
    ),
    (
        "zeros in front lost",
        |p| p.each(NUMBER, |_, text| text.trim_start_matches('0').to_owned()),
        &["drift-width stop Nro 8 3"],
    ),
    (
        "six addresses in ten blank",
        |p| p.each(ADDRESS, |at, text| if at % 5 < 3 { String::new() } else { text.to_owned() }),
        &["drift-blanks stop Dirección 1.6 61.6"],
    ),
    ("no due dates", |p| p.each(DUE, |_, _| String::new()), &["drift-blanks stop Vence 0 100"]),
    (
        "obligations with letters in front",
        |p| p.each(NUMBER, |_, text| format!("CR-{text}")),
        &["drift-kind stop Nro 0 100"],
    ),
    (
        "codes for products",
        |p| p.each(PRODUCT, |at, _| format!("{:02}", at % 7)),
        &["drift-kind stop Producto 100 0"],
    ),
    ("numbers for names", |p| p.each(NAME, |at, _| format!("{at}")), &["drift-kind stop Nombre 100 0"]),
    (
        "several at once, what stops first",
        |p| {
            p.scale(10_000, SPANISH);
            p.remove(CITY);
            p.rows.truncate(30);
        },
        &[
            "drift-scale stop Saldo 5300 230000",
            "drift-rows stop - 120 30",
            "drift-records stop - 120 30",
            "drift-column-gone remark Ciudad Ciudad -",
        ],
    ),
];

const REMARKS: &[Case] = &[
    ("as it was", |_| {}, &[]),
    ("in another order", |p| p.rows.reverse(), &[]),
    ("a normal month", a_normal_month, &[]),
    ("a column that nobody reads is gone", |p| p.remove(CITY), &["drift-column-gone remark Ciudad Ciudad -"]),
    (
        "one is spelled otherwise",
        |p| p.header[CITY] = "CIUDAD".into(),
        &["drift-column-renamed remark CIUDAD Ciudad CIUDAD"],
    ),
    (
        "and one that is read",
        |p| p.header[NAME] = "NOMBRE".into(),
        &["drift-column-renamed remark NOMBRE Nombre NOMBRE"],
    ),
    (
        "one has a longer name",
        |p| p.header[CITY] = "Ciudad residencia".into(),
        &["drift-column-renamed remark Ciudad residencia Ciudad Ciudad residencia"],
    ),
    (
        "a new one at the end",
        |p| {
            p.header.push("Zona".into());
            p.rows.iter_mut().for_each(|row| row.push("Norte".into()));
        },
        &["drift-column-new remark Zona - Zona"],
    ),
    (
        "a new one in front",
        |p| {
            p.header.insert(0, "Zona".into());
            p.rows.iter_mut().for_each(|row| row.insert(0, "Norte".into()));
        },
        &["drift-column-new remark Zona - Zona"],
    ),
    (
        "one is elsewhere",
        |p| {
            p.header[1..=CITY].rotate_left(1);
            p.rows.iter_mut().for_each(|row| row[1..=CITY].rotate_left(1));
        },
        &["drift-column-moved remark Nombre 2 10"],
    ),
    (
        "some more blanks",
        |p| p.each(ADDRESS, |at, text| if at % 8 == 0 { String::new() } else { text.to_owned() }),
        &["drift-blanks remark Dirección 1.6 14.1"],
    ),
];

/// Some debtors have gone, some are new, balances and a few blanks differ.
fn a_normal_month(portfolio: &mut Portfolio) {
    let mut next = Portfolio::of(150);
    next.rows.drain(..17);
    next.scale(115, SPANISH);
    next.each(ADDRESS, |at, text| if at % 20 == 0 { String::new() } else { text.to_owned() });
    *portfolio = next;
}

#[test]
fn each_change_has_its_own_message() {
    let dir = after_a_normal_month();
    let mut missed = Vec::new();
    for (cases, code) in [(STOPS, 1), (REMARKS, 0)] {
        for (what, change, expected) in cases {
            let mut portfolio = Portfolio::of(120);
            change(&mut portfolio);
            portfolio.write(&dir, "f.csv");
            let out = check(&dir, "f.csv", &[]);
            let result = out.json();
            if drift(&result) != *expected {
                missed.push((*what, drift(&result)));
            }
            let error = result["error"]["code"].as_str().unwrap_or_default();
            if code == 1 {
                assert_eq!((out.code, error), (1, "drift"), "{what}: {}", out.stderr);
            } else {
                // Zeros or duplicates may make rows invalid; that is another matter.
                assert!(matches!(out.code, 0 | 3) && error.is_empty(), "{what}: {}", out.stderr);
            }
            result.assert_balance();
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
    assert!(STOPS.len() >= 20);
}

#[test]
fn columns_that_the_mapping_asks_for_are_missed_by_what_stood_there() {
    let dir = after_a_normal_month();
    let cases: [(Change, &str); 4] = [
        (|p| p.header[BALANCE] = "Saldo a la fecha".into(), "«Saldo» (→ «Saldo a la fecha»)"),
        (|p| p.header[BALANCE] = "Total".into(), "«Saldo» (→ «Total»)"),
        (
            |p| {
                p.header[NAME] = "Nombre del titular".into();
                p.header[DUE] = "Fecha venc".into();
            },
            "«Nombre» (→ «Nombre del titular»), «Vence» (→ «Fecha venc»)",
        ),
        (|p| p.remove(BALANCE), "faltan columnas que traía el archivo de la carga 1, del "),
    ];
    for (change, expected) in cases {
        let mut portfolio = Portfolio::of(120);
        change(&mut portfolio);
        portfolio.write(&dir, "f.csv");
        for more in [&[][..], &["--accept-drift"]] {
            let out = load(&dir, "f.csv", more);
            let error = &out.json()["error"];
            assert_eq!((out.code, &error["code"]), (1, &"drift-column-lost".into()));
            assert!(error["message"].as_str().unwrap().contains(expected), "{error}");
            assert!(error["next"].as_str().unwrap().contains("m.toml:"), "{error}");
            assert!(error["place"].as_str().unwrap().starts_with("f.csv"), "{error}");
        }
    }
}

#[test]
fn nothing_is_sent_until_a_person_accepts() {
    let dir = after_a_normal_month();
    let sent = stored_records(&dir.state("sandbox"));
    let mut portfolio = Portfolio::of(120);
    portfolio.scale(10_000, SPANISH);
    portfolio.write(&dir, "f.csv");
    for more in [&[][..], &["--yes"]] {
        let out = load(&dir, "f.csv", more);
        let result = out.json();
        assert_eq!((out.code, &result["status"]), (1, &"refused".into()));
        assert_eq!((&result["upload"]["requests"], &result["next"]), (&0.into(), &Value::Null));
        assert!(
            out.stderr.contains(
                "f.csv «Saldo»: el valor típico (la mediana) de «Saldo» es 530.000 y antes era 5.300 (× 100)"
            ),
            "{}",
            out.stderr
        );
        assert!(out.stderr.contains("--accept-drift"), "{}", out.stderr);
    }
    assert_eq!(stored_records(&dir.state("sandbox")), sent);

    let out = load(&dir, "f.csv", &["--accept-drift"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    assert_eq!(drift(&out.json()), ["drift-scale stop Saldo 5300 530000"], "accepted, and still said");
    // What was accepted once is known, and so is what was normal before.
    for file in ["f.csv", "octubre.csv"] {
        let out = load(&dir, file, &[]);
        assert_eq!((out.code, &out.json()["drift"]), (0, &serde_json::json!([])), "{file}: {}", out.stderr);
    }
}

#[test]
fn the_page_says_it_in_both_languages() {
    let dir = after_a_normal_month();
    let mut portfolio = Portfolio::of(120);
    portfolio.each(ADDRESS, |_, _| String::new());
    portfolio.write(&dir, "f.csv");
    for (lang, expected) in [
        ("es", "«Dirección» está en blanco en el 100 % de las filas, y antes en el 1,6 %"),
        ("en", "“Dirección” is blank in 100 % of the rows, and was in 1.6 %"),
    ] {
        let out = dir.run(&["check", "f.csv", "-m", "m.toml", "--lang", lang]);
        assert_eq!(out.code, 1);
        assert!(out.stdout.contains(&format!("  ! f.csv «Dirección»: {expected}\n")), "{}", out.stdout);
        assert!(out.stderr.contains(expected), "{}", out.stderr);
    }
}

#[test]
fn what_came_to_nothing_is_no_baseline() {
    let dir = after_a_normal_month();
    let mut portfolio = Portfolio::of(120);
    portfolio.rows.truncate(40);
    portfolio.write(&dir, "f.csv");
    let stopped = ["drift-rows stop - 120 40", "drift-records stop - 120 40"];
    // Accepted in a check; accepted but refused for another reason; stopped before its end.
    assert_eq!(check(&dir, "f.csv", &["--accept-drift"]).code, 0);
    assert_eq!(load(&dir, "f.csv", &["--accept-drift", "--expect-rows", "41"]).code, 1);
    let limited = load(&dir, "f.csv", &["--accept-drift", "--limit", "5"]);
    assert_eq!(limited.code, 4);
    assert_eq!(drift(&check(&dir, "f.csv", &[]).json()), stopped);
    // A load that is brought to its end later counts from then on.
    assert_eq!(dir.run(&["resume", &limited.json()["run"].to_string()]).code, 0);
    assert_eq!(check(&dir, "f.csv", &[]).json()["drift"], serde_json::json!([]));
}

#[test]
fn control_totals_come_first() {
    let dir = after_a_normal_month();
    let mut portfolio = Portfolio::of(120);
    portfolio.rows.truncate(40);
    portfolio.write(&dir, "f.csv");
    let out = load(&dir, "f.csv", &["--expect-rows", "120"]);
    let result = out.json();
    assert_eq!((out.code, &result["error"]["code"]), (1, &"control-rows".into()));
    assert_eq!(drift(&result).len(), 2, "and what changed is said too");
    // A total that is as expected does not make half a file a whole one.
    let out = load(&dir, "f.csv", &["--expect-rows", "40"]);
    assert_eq!((out.code, &out.json()["error"]["code"]), (1, &"drift".into()));
}

#[test]
fn a_corrected_report_is_exempt_and_no_baseline() {
    let dir = Workdir::with_samples();
    dir.write("m.toml", MAPPING);
    let mut portfolio = Portfolio::of(120);
    for row in portfolio.rows.iter_mut().take(3) {
        row[2] = "sin arroba".to_owned();
    }
    portfolio.write(&dir, "f.csv");
    assert_eq!(load(&dir, "f.csv", &[]).code, 3);
    let text = std::fs::read_to_string(dir.path("cartera-1/errors-f.csv")).unwrap();
    std::fs::write(dir.path("cartera-1/errors-f.csv"), text.replace("sin arroba", "ya@example.com")).unwrap();
    let out = load(&dir, "cartera-1/errors-f.csv", &[]);
    assert_eq!((out.code, &out.json()["drift"]), (0, &serde_json::json!([])), "{}", out.stderr);
    Portfolio::of(120).write(&dir, "f.csv");
    assert_eq!(drift(&load(&dir, "f.csv", &[]).json()), [""; 0], "it is compared with the load of 120 rows");
}

#[test]
fn the_memory_is_of_the_mapping_wherever_it_is_and_of_the_tenant() {
    let dir = after_a_normal_month();
    let mut portfolio = Portfolio::of(120);
    portfolio.rows.truncate(40);
    portfolio.write(&dir, "f.csv");
    std::fs::create_dir(dir.path("copia")).unwrap();
    std::fs::copy(dir.path("m.toml"), dir.path("copia/m.toml")).unwrap();
    std::fs::copy(dir.path("m.toml"), dir.path("otro.toml")).unwrap();
    let load = |args: &[&str]| dir.run(&[&["load", "f.csv", "--json", "--sandbox"], args].concat());
    assert_eq!(load(&["-m", "copia/m.toml"]).json()["error"]["code"], "drift");
    assert_eq!(load(&["-m", "m.toml", "--operation", "otra"]).code, 0, "another operation has its own");
    assert_eq!(load(&["-m", "otro.toml"]).code, 0, "and so has another mapping");
}

#[test]
fn another_encoding_and_another_sheet_are_remarks() {
    let dir = after_a_normal_month();
    let text = Portfolio::of(120).text();
    std::fs::write(dir.path("f.csv"), WINDOWS_1252.encode(&text).0).unwrap();
    let out = check(&dir, "f.csv", &[]);
    assert_eq!(
        (out.code, drift(&out.json())),
        (0, vec!["drift-encoding remark - UTF-8 windows-1252".to_owned()])
    );

    let dir = Workdir::with_samples();
    dir.write("m.toml", MAPPING);
    Portfolio::of(120).write_workbook(&dir, "octubre.xlsx", "Octubre");
    Portfolio::of(120).write_workbook(&dir, "noviembre.xlsx", "Noviembre");
    assert_eq!(load(&dir, "octubre.xlsx", &[]).code, 0);
    let result = load(&dir, "noviembre.xlsx", &[]).json();
    assert_eq!(drift(&result), ["drift-sheet remark - Octubre Noviembre"]);
    assert_eq!(result["drift"][0]["place"], "noviembre.xlsx [Noviembre]");
}

#[test]
fn a_file_in_parts_is_compared_as_a_whole() {
    let dir = after_a_normal_month();
    let mut parts = [Portfolio::of(120), Portfolio::of(120)];
    parts[0].rows.truncate(70);
    parts[1].rows.drain(..70);
    parts[0].write(&dir, "a.csv");
    parts[1].write(&dir, "b.csv");
    let out = dir.run(&["check", "a.csv", "b.csv", "-m", "m.toml", "--json"]);
    assert_eq!((out.code, &out.json()["drift"]), (0, &serde_json::json!([])), "{}", out.stderr);
}

#[test]
fn nearly_the_same_content_is_said() {
    let dir = Workdir::with_samples();
    dir.write("m.toml", MAPPING);
    let crm = dir.spawn_sandbox(&[]);
    let mut portfolio = Portfolio::of(120);
    portfolio.write(&dir, "f.csv");
    assert_eq!(dir.run_with_token(&crm.load(&["--rate", "100/s"])).code, 0);
    portfolio.rows[5][NAME] = "Otra Persona".to_owned();
    portfolio.rows[6][NAME] = "Otra Persona".to_owned();
    portfolio.write(&dir, "f.csv");
    let args = crm.load(&["--rate", "100/s", "--json"]);
    let out = dir.run_with_token(&args);
    assert_eq!(out.code, 0, "{}", out.stderr);
    assert_eq!(drift(&out.json()), ["drift-content remark - 98.3 2"]);
    // The whole of it is refused as ever.
    let result = dir.run_with_token(&args).json();
    assert_eq!(result["error"]["code"], "same-content");
    // With so many others it is another month.
    portfolio.rows.iter_mut().take(20).for_each(|row| row[NAME] = "Alguien Nuevo".to_owned());
    portfolio.write(&dir, "f.csv");
    assert_eq!(dir.run_with_token(&args).json()["drift"], serde_json::json!([]));
}

#[test]
fn what_is_remembered_tells_nothing_of_a_debtor() {
    let dir = after_a_normal_month();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let remembered = runtime.block_on(async {
        let ledger = Ledger::open(&dir.path("state")).await.unwrap();
        ledger.remembered(("collections", "m.toml"), (None, None), "sandbox").await.unwrap()
    });
    let memory = format!("{:?}", remembered.baselines);
    assert!(memory.contains("Cédula") && memory.contains("643919.40"), "{memory}");
    for row in Portfolio::of(120).rows {
        for column in [ID, NAME, 2, 3, 4, NUMBER, BALANCE] {
            assert!(
                row[column].is_empty() || !memory.contains(&row[column]),
                "{} is remembered",
                row[column]
            );
        }
    }
}

/// The same debtors in a table of their own and their obligations in another.
const TWO_TABLES: &str = r#"target = "collections"
[tables.debtors]
key = "Cédula"
[tables.obligations]
key = "Documento"
[expediente]
Identification = "Cédula"
Name = "Nombre"
Email = "Correo"
Telephone = "Celular"
Address = "Dirección"
[obligation]
id = "Nro"
name = "Producto"
total_balance = "Saldo"
expiring_date = "Vence"
"#;
/// The first column of the portfolio that is the obligation's.
const DEBTORS_WIDTH: usize = NUMBER;

/// A portfolio in two files: the first columns are the debtor's, and the key stands in both.
fn write_two_tables(portfolio: &Portfolio, dir: &Workdir) {
    let part = |text: &dyn Fn(&[String]) -> String| -> String {
        let rows = std::iter::once(&portfolio.header).chain(&portfolio.rows);
        rows.map(|row| text(row) + "\n").collect()
    };
    dir.write("deudores.csv", &part(&|row| row[..DEBTORS_WIDTH].join(";")));
    let obligations = part(&|row| format!("{};{}", row[ID], row[DEBTORS_WIDTH..].join(";")));
    dir.write("obligaciones.csv", &obligations.replacen("Cédula", "Documento", 1));
}

#[test]
fn each_of_two_tables_is_compared_with_itself() {
    let dir = Workdir::with_samples();
    dir.write("m.toml", TWO_TABLES);
    let tables = ["--table", "debtors=deudores.csv", "--table", "obligations=obligaciones.csv"];
    let run = |command: &[&str]| dir.run(&[command, &["-m", "m.toml", "--json"], &tables].concat());
    write_two_tables(&Portfolio::of(120), &dir);
    let first = run(&["load", "--sandbox"]);
    assert_eq!((first.code, &first.json()["drift"]), (0, &serde_json::json!([])), "{}", first.stderr);

    let cases: &[(Case, &str)] = &[
        (("as it was", |_| {}, &[]), ""),
        (
            ("balances × 100", |p| p.scale(10_000, SPANISH), &["drift-scale stop Saldo 5300 530000"]),
            "obligaciones.csv",
        ),
        (
            (
                "six addresses in ten blank",
                |p| p.each(ADDRESS, |at, text| if at % 5 < 3 { String::new() } else { text.to_owned() }),
                &["drift-blanks stop Dirección 1.6 61.6"],
            ),
            "deudores.csv",
        ),
        (
            (
                "numbers for names",
                |p| p.each(NAME, |at, _| format!("{at}")),
                &["drift-kind stop Nombre 100 0"],
            ),
            "deudores.csv",
        ),
        (
            (
                "one that nobody reads is gone",
                |p| p.remove(CITY),
                &["drift-column-gone remark Ciudad Ciudad -"],
            ),
            "obligaciones.csv",
        ),
    ];
    for ((what, change, expected), file) in cases {
        let mut portfolio = Portfolio::of(120);
        change(&mut portfolio);
        write_two_tables(&portfolio, &dir);
        let out = run(&["check"]);
        let result = out.json();
        assert_eq!(drift(&result), *expected, "{what}: {}", out.stderr);
        assert_eq!(out.code, i32::from(expected.iter().any(|told| told.contains(" stop "))), "{what}");
        for change in result["drift"].as_array().unwrap() {
            assert!(change["place"].as_str().unwrap().starts_with(file), "{what}: {change}");
        }
        result.assert_balance();
    }
    // A column that is read is missed in its own table.
    let mut portfolio = Portfolio::of(120);
    portfolio.header[BALANCE] = "Total".into();
    write_two_tables(&portfolio, &dir);
    let error = run(&["check"]).json()["error"].clone();
    assert_eq!(error["code"], "drift-column-lost");
    assert!(error["place"].as_str().unwrap().starts_with("obligaciones.csv"), "{error}");
    assert!(error["message"].as_str().unwrap().contains("«Saldo» (→ «Total»)"), "{error}");
}

/// Two obligations side by side in each row.
const WIDE: &str = r#"target = "collections"
[source]
decimal = ","
[expediente]
Identification = "Cédula"
Name = "Nombre"
Email = "Correo"
Telephone = "Celular"
[obligation]
id = "Nro {n}"
name = "Producto"
total_balance = "Saldo {n}"
"#;

/// So many debtors with two obligations each, the balances of one column multiplied.
fn write_wide(dir: &Workdir, debtors: usize, numbers: &[usize], times: impl Fn(usize) -> usize) {
    let mut text = String::from("Cédula;Nombre;Correo;Celular;Producto");
    for number in numbers {
        write!(text, ";Nro {number};Saldo {number}").unwrap();
    }
    for debtor in 1..=debtors {
        let id = 1_010_000_000 + debtor * 37;
        write!(text, "\n{id};Ana Paz;d{debtor}@example.com;300555{debtor:04};Consumo").unwrap();
        for number in numbers {
            let balance = (1100 + debtor * 79 % 9000) * times(*number);
            write!(text, ";{debtor:05}{number};{balance},00").unwrap();
        }
    }
    text.push('\n');
    dir.write("f.csv", &text);
}

#[test]
fn the_numbered_columns_of_a_wide_row_are_watched_one_by_one() {
    let dir = Workdir::with_samples();
    dir.write("m.toml", WIDE);
    write_wide(&dir, 120, &[1, 2], |_| 1);
    let first = load(&dir, "f.csv", &[]);
    assert_eq!((first.code, &first.json()["drift"]), (0, &serde_json::json!([])), "{}", first.stderr);
    let told = || {
        let out = check(&dir, "f.csv", &[]);
        out.json().assert_balance();
        (out.code, drift(&out.json()))
    };
    assert_eq!(told(), (0, vec![]), "the same again");
    // The second obligation alone is a hundred times as much.
    write_wide(&dir, 120, &[1, 2], |number| if number == 2 { 100 } else { 1 });
    let (code, changes) = told();
    assert_eq!((code, changes.len()), (1, 1), "{changes:?}");
    assert!(changes[0].starts_with("drift-scale stop Saldo 2 "), "{changes:?}");
    // A third obligation is new columns, and no mistake.
    write_wide(&dir, 120, &[1, 2, 3], |_| 1);
    let (code, changes) = told();
    assert_eq!(code, 0, "{changes:?}");
    assert_eq!(
        changes,
        ["drift-column-new remark Nro 3 - Nro 3", "drift-column-new remark Saldo 3 - Saldo 3"],
        "{changes:?}"
    );
}
