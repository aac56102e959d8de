//! Several obligations side by side in one row: what is sent is what the long form would send, and a row counts once
//! whatever becomes of its lines.

use std::fmt::Write as _;

use proptest::prelude::*;

use cartera::books::State;

use crate::support::planned::{Planned, plan};
use crate::support::store::stored_records;
use crate::support::workdir::{SMALL_MAPPING, Workdir};

const WIDE_MAPPING: &str = r#"target = "collections"
[source]
decimal = ","
[expediente]
Identification = "Cédula"
Name = "Nombre"
Email = "Correo"
Telephone = { first = ["Tel 1", "Tel 2", "Tel 3", "Tel 4"], convert = ["digits"] }
[expediente.custom]
otro = { first = ["Tel 2", "Tel 3", "Tel 4"] }
[obligation]
id = "Obligación {n}"
name = "Producto"
total_balance = "Saldo {n}"
"#;

const HEADER: &str = "Cédula;Nombre;Correo;Tel 1;Tel 2;Tel 3;Tel 4;Producto;Obligación 1;Saldo 1;Obligación 02;Saldo 02;Obligación 5;Saldo 5";

fn plan_text(text: &str, mapping: &str) -> Planned {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.csv");
    std::fs::write(&path, text).unwrap();
    plan(&path, mapping).unwrap_or_else(|failure| panic!("{failure:?}"))
}

/// The lines of a debtor: for each number of the header a balance, or nothing.
type Debtor = Vec<Option<u32>>;

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_wide_file_sends_what_its_long_form_does(
        debtors in proptest::collection::vec(proptest::collection::vec(proptest::option::of(0u32..100_000), 3), 1..12),
        padded in any::<bool>(),
    ) {
        let debtors: Vec<Debtor> = debtors.into_iter().filter(|lines| lines.iter().any(Option::is_some)).collect();
        prop_assume!(!debtors.is_empty());
        let numbers = if padded { ["01", "02", "07"] } else { ["1", "2", "7"] };
        let mut wide = String::from("Cédula;Nombre;Correo;Celular");
        let mut long = String::from("Cédula;Nombre;Correo;Celular;Nro;Producto;Saldo\n");
        for number in numbers { write!(wide, ";Nro {number};Producto {number};Saldo {number}").unwrap(); }
        wide.push('\n');
        for (at, lines) in debtors.iter().enumerate() {
            let head = format!("19{at:08};Deudor {at};d{at}@example.com;300555{at:04}");
            wide.push_str(&head);
            for (place, cents) in lines.iter().enumerate() {
                let line = cents.map(|cents| format!("{at:03}{place};Consumo;{},{:02}", cents / 100, cents % 100));
                write!(wide, ";{}", line.as_deref().unwrap_or(";;")).unwrap();
                long.extend(line.map(|line| format!("{head};{line}\n")));
            }
            wide.push('\n');
        }
        let fixed = SMALL_MAPPING.replace("[expediente]", "[source]\ndecimal = \",\"\n[expediente]");
        let numbered = ["Nro", "Producto", "Saldo"].iter().fold(fixed.clone(), |mapping, name| {
            mapping.replace(&format!("\"{name}\""), &format!("\"{name} {{n}}\""))
        });
        let (wide, long) = (plan_text(&wide, &numbered), plan_text(&long, &fixed));
        prop_assert_eq!(&wide.bodies, &long.bodies);
        prop_assert_eq!(wide.rows, [debtors.len() as u64, 0, 0]);
        prop_assert_eq!(wide.books.obligations, long.books.obligations);
        prop_assert_eq!(wide.books.money, long.books.money);
    }

    /// Whatever the cells, a row ends in one state, a line in one, and the money is in no two sums.
    #[test]
    fn rows_and_lines_are_counted_once(
        rows in proptest::collection::vec(("[12]", "(ana@x[.]co|bad|)", "(01|02||1E\\+9)", "(1|x|)", "(03|01|)", "(2|y|)"), 1..6),
        rules in 0usize..18,
    ) {
        let choices = ["first", "last", "reject"];
        let partial = if rules / 9 == 0 { "reject" } else { "send_valid" };
        let rules = format!("[rules]\non_conflict = \"{}\"\non_duplicate = \"{}\"\npartial = \"{partial}\"\n", choices[rules % 3], choices[rules / 3 % 3]);
        let mut text = format!("{HEADER}\n");
        for (id, email, a, x, b, y) in &rows {
            writeln!(text, "{id};Ana;{email};3005550001;;;;Consumo;{a};{x};{b};{y};;").unwrap();
        }
        let planned = plan_text(&text, &format!("{WIDE_MAPPING}{rules}"));
        let lines = |row: &(String, String, String, String, String, String)| {
            u64::from(!(row.2.is_empty() && row.3.is_empty())) + u64::from(!(row.4.is_empty() && row.5.is_empty()))
        };
        let amounts = rows.iter().flat_map(|row| [&row.3, &row.5]).filter_map(|amount| amount.parse::<u64>().ok());
        prop_assert_eq!(planned.books.rows.read, rows.len() as u64);
        prop_assert_eq!(planned.books.obligations.read, rows.iter().map(lines).sum::<u64>());
        prop_assert_eq!(planned.books.money.read, rust_decimal::Decimal::from(amounts.sum::<u64>()));
        let sent: usize = planned.records.values().map(|record| record["Obligations"].as_array().unwrap().len()).sum();
        prop_assert_eq!(planned.books.obligations.of(State::Unsent), sent as u64);
        prop_assert!(planned.books.records.of(State::Unsent) <= planned.books.rows.of(State::Unsent) + planned.books.rows.of(State::Invalid));
    }
}

#[test]
fn the_columns_of_each_number_are_named() {
    let dir = Workdir::with_samples();
    dir.write("m.toml", WIDE_MAPPING);
    let rows = [
        "1001;Ana Paz;ana@example.com;;3005550001;3005550002;;Consumo;01;1.000,50;02;2.000,50;;",
        // A balance that cannot be read, in the second and in the last obligation.
        "1002;Luis Gil;luis@example.com;3005550003;;;;Consumo;03;5;04;mil;05;dos mil",
        // An obligation with a balance and without its number.
        "1003;Eva Ruiz;eva@example.com;3005550004;;;;Consumo;06;7;;8;;",
        // No obligation at all.
        "1004;Sol Paz;sol@example.com;3005550005;;;;Consumo;;;;;;",
        // The first obligation of 1001 again, with another balance.
        "1001;Ana Paz;ana@example.com;3005550001;;;;Consumo;;;;;01;9",
    ];
    dir.write("f.csv", &format!("{HEADER}\n{}\n", rows.join("\n")));
    let out = dir.run(&["load", "f.csv", "-m", "m.toml", "--sandbox", "--json"]);
    assert_eq!(out.code, 3, "{}", out.stderr);
    let result = out.json();
    result.assert_balance();
    assert_eq!(result["books"]["rows_read"], 5);
    assert_eq!(result["obligations"]["read"], 8);
    let reported = dir.reported("cartera-1/errors.xlsx", "f");
    let error = |row: &str| reported[row]["cartera_error"].clone();
    assert!(
        error("3").contains("Saldo 02: «mil»") && error("3").contains("Saldo 5: «dos mil»"),
        "{}",
        error("3")
    );
    assert!(error("4").contains("Obligación 02: falta «id»"), "{}", error("4"));
    assert!(error("5").contains("Obligación 1: falta «id»"), "{}", error("5"));
    assert!(
        error("6").contains("Obligación 5: la obligación «01» está también en la fila 2"),
        "{}",
        error("6")
    );
    assert_eq!(reported["2"]["cartera_code"], "context");

    // With `send_valid` the row is loaded in part, counts as invalid, and its other line is in the CRM.
    dir.write("m.toml", &format!("{WIDE_MAPPING}[rules]\npartial = \"send_valid\"\n"));
    let result = dir.run(&["load", "f.csv", "-m", "m.toml", "--sandbox", "--json"]).json();
    result.assert_balance();
    let (rows, lines) = (&result["books"], &result["obligations"]);
    assert_eq!((rows["rows_loaded"].as_u64(), rows["rows_invalid"].as_u64()), (Some(1), Some(4)));
    assert_eq!((lines["loaded"].as_u64(), lines["invalid"].as_u64()), (Some(4), Some(4)));
    assert_eq!(result["money"]["loaded"], "3013.00");
    let stored = stored_records(&dir.state("sandbox"));
    assert_eq!(stored["1002"]["Obligations"].as_object().map(serde_json::Map::len), Some(1));
    assert_eq!(stored["1001"]["Telephone"], "3005550001", "the first of four phones that is not blank");
    assert_eq!(stored["1001"]["otro"], "3005550001");
}

#[test]
fn a_partly_loaded_row_is_corrected_whole() {
    let dir = Workdir::with_samples();
    dir.write("m.toml", &format!("{WIDE_MAPPING}[rules]\npartial = \"send_valid\"\n"));
    dir.write(
        "f.csv",
        &format!("{HEADER}\n1002;Luis Gil;luis@example.com;3005550003;;;;Consumo;03;5;04;mil;;\n"),
    );
    assert_eq!(dir.run(&["load", "f.csv", "-m", "m.toml", "--sandbox"]).code, 3);
    let path = dir.path("cartera-1/errors-f.csv");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen(";mil;", ";6;", 1)).unwrap();
    let out = dir.run(&["load", "cartera-1/errors-f.csv", "-m", "m.toml", "--sandbox", "--json"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    let result = out.json();
    result.assert_balance();
    assert_eq!(result["chain"]["books"]["rows_loaded"], 1);
    assert_eq!(result["chain"]["obligations"]["loaded"], 2);
    assert_eq!(result["chain"]["money"]["loaded"], "11");
    assert_eq!(result["chain"]["money"]["unreadable_rows"], 0);
}

#[test]
fn a_header_without_its_numbers_is_refused_at_the_mappings_line() {
    let dir = Workdir::with_samples();
    dir.write("m.toml", WIDE_MAPPING);
    for (header, said) in [
        (HEADER.replace("Saldo 5", "Otro"), "Saldo 5"),
        (HEADER.replace("Obligación 02", "Saldo 2"), "Obligación 2"),
        (HEADER.replace("Obligación ", "Nro").replace("Saldo ", "Debe"), "Obligación {n}"),
    ] {
        dir.write("f.csv", &format!("{header}\n1;A;a@x.co;;;;;;;;;;;\n"));
        let out = dir.run(&["check", "f.csv", "-m", "m.toml"]);
        assert_eq!(out.code, 1, "{header}");
        assert!(out.stderr.contains(said) && out.stderr.contains("m.toml:"), "{said}: {}", out.stderr);
    }
}

#[test]
fn the_wide_sample_loads() {
    let dir = Workdir::with_samples();
    let out = dir.run(&[
        "load",
        "samples/almacenes-luna.csv",
        "-m",
        "mappings/almacenes-luna.toml",
        "--sandbox",
        "--json",
    ]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    let result = out.json();
    result.assert_balance();
    assert_eq!(result["books"]["rows_loaded"], 70);
    assert_eq!(
        (result["records"]["loaded"].as_u64(), result["obligations"]["loaded"].as_u64()),
        (Some(70), Some(193))
    );
    assert_eq!(
        (result["money"]["column"].as_str(), result["money"]["loaded"].as_str()),
        (Some("Saldo {n}"), Some("6341346169.37"))
    );
}
