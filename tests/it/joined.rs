//! Debtors in one table and obligations in another: one record of both, orphans named, and the way back in.

use std::fmt::Write as _;

use proptest::prelude::*;

use cartera::books::State;
use cartera::mapping::bind::Role;
use cartera::pipeline::Input;

use crate::support::corrected::correct_tables;
use crate::support::planned::{Planned, plan, plan_all};
use crate::support::store::stored_records;
use crate::support::workdir::{SMALL_MAPPING, Workdir};

const DEBTORS: &str = "Cédula;Nombre;Correo;Celular\n";
const OBLIGATIONS: &str = "Documento;Nro;Producto;Saldo\n";

fn joined_mapping() -> String {
    let tables = "[source]\ndecimal = \",\"\n[tables.debtors]\nkey = \"Cédula\"\n[tables.obligations]\nkey = \"Documento\"\n[expediente]";
    SMALL_MAPPING.replace("[expediente]", tables)
}

fn plan_tables(debtors: &str, obligations: &str, mapping: &str) -> Planned {
    let folder = tempfile::tempdir().unwrap();
    let input = |name: &str, role: Role, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        Input { path, role }
    };
    let inputs = [input("o.csv", Role::Obligations, obligations), input("d.csv", Role::Debtors, debtors)];
    plan_all(&inputs, mapping).unwrap_or_else(|failure| panic!("{failure:?}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn two_tables_send_what_one_would(
        debtors in proptest::collection::vec(1usize..5, 1..12),
        order in proptest::collection::vec(any::<u32>(), 60),
    ) {
        let (mut whole, mut first, mut second) = (String::new(), String::from(DEBTORS), Vec::new());
        for (at, count) in debtors.iter().enumerate() {
            let head = format!("00{at:08};Deudor {at};d{at}@example.com;300555{at:04}");
            writeln!(first, "{head}").unwrap();
            for line in 0..*count {
                writeln!(whole, "{head};{at:03}{line};Consumo;{at},{line:02}").unwrap();
                second.push((order[at * 4 + line], format!("00{at:08};{at:03}{line};Consumo;{at},{line:02}\n")));
            }
        }
        // The obligations of a debtor keep their order; those of different debtors are mixed.
        second.sort_by_key(|(place, line)| (place % 7, line.clone()));
        let mut second: Vec<String> = second.into_iter().map(|(_, line)| line).collect();
        let fixed = SMALL_MAPPING.replace("[expediente]", "[source]\ndecimal = \",\"\n[expediente]");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.csv");
        std::fs::write(&path, format!("Cédula;Nombre;Correo;Celular;Nro;Producto;Saldo\n{whole}")).unwrap();
        let one = plan(&path, &fixed).unwrap();
        let mixed = plan_tables(&first, &format!("{OBLIGATIONS}{}", second.concat()), &joined_mapping());
        prop_assert_eq!(mixed.records.len(), one.records.len());
        prop_assert_eq!(&mixed.books.money, &one.books.money);
        prop_assert_eq!(&mixed.books.obligations, &one.books.obligations);
        prop_assert_eq!(mixed.books.rows.read, one.books.rows.read + debtors.len() as u64);
        second.sort();
        let sorted = plan_tables(&first, &format!("{OBLIGATIONS}{}", second.concat()), &joined_mapping());
        prop_assert_eq!(&sorted.bodies, &one.bodies);
    }

    /// Whatever stands in the two tables, every row ends in one state and money is the obligations' alone.
    #[test]
    fn every_row_of_both_tables_ends_in_one_state(
        debtors in proptest::collection::vec(("(1|2|3|)", "(Ana|Eva|)", "(a@x[.]co|bad|)"), 0..6),
        lines in proptest::collection::vec(("(1|2|4|)", "(01|02|)", "(5|x|)"), 1..8),
        rules in 0usize..18,
    ) {
        let choices = ["first", "last", "reject"];
        let partial = if rules / 9 == 0 { "reject" } else { "send_valid" };
        let rules = format!("[rules]\non_conflict = \"{}\"\non_duplicate = \"{}\"\npartial = \"{partial}\"\n", choices[rules % 3], choices[rules / 3 % 3]);
        let mut first = String::from(DEBTORS);
        for (id, name, email) in &debtors { writeln!(first, "{id};{name};{email};3005550001").unwrap(); }
        let mut second = String::from(OBLIGATIONS);
        for (id, number, amount) in &lines { writeln!(second, "{id};{number};C;{amount}").unwrap(); }
        let planned = plan_tables(&first, &second, &format!("{}{rules}", joined_mapping()));
        let books = planned.books;
        prop_assert_eq!(books.rows.read, (debtors.len() + lines.len()) as u64);
        prop_assert_eq!(books.obligations.read, lines.len() as u64);
        let money = lines.iter().filter(|(_, _, amount)| amount == "5").count() as u64 * 5;
        prop_assert_eq!(books.money.read, rust_decimal::Decimal::from(money));
        for record in planned.records.values() {
            prop_assert!(!record["Obligations"].as_array().unwrap().is_empty(), "no debtor is sent without obligations");
            prop_assert!(record["Name"].is_string(), "no obligation is sent without its debtor");
        }
        prop_assert_eq!(books.records.of(State::Unsent), planned.records.len() as u64);
    }
}

#[test]
fn orphans_are_named_in_their_own_table() {
    let dir = Workdir::with_samples();
    dir.write("m.toml", &joined_mapping());
    dir.write("d.csv", &format!("{DEBTORS}1001;Ana Paz;ana@example.com;3005550001\n1002;Luis Gil;luis@example.com;3005550002\n1003;Eva Ruiz;nadie;3005550003\n"));
    dir.write("o.csv", &format!("{OBLIGATIONS}1001;01;Consumo;1.000,50\n1009;02;Consumo;2.000,50\n;03;Consumo;5\n1003;04;Consumo;6\n"));
    let load =
        ["load", "--table", "debtors=d.csv", "--table", "obligations=o.csv", "-m", "m.toml", "--sandbox"];
    let out = dir.run(&[&load[..], &["--json"]].concat());
    assert_eq!(out.code, 3, "{}", out.stderr);
    let result = out.json();
    result.assert_balance();
    assert_eq!(
        (result["books"]["rows_loaded"].as_u64(), result["obligations"]["loaded"].as_u64()),
        (Some(2), Some(1))
    );
    assert_eq!(result["money"]["invalid"], "2011.50");
    let (debtors, obligations) =
        (dir.reported("cartera-1/errors.xlsx", "d"), dir.reported("cartera-1/errors.xlsx", "o"));
    assert!(debtors["3"]["cartera_error"].starts_with("Cédula: «1002» no tiene ninguna obligación"));
    assert!(
        obligations["3"]["cartera_error"].starts_with("Documento: «1009» no está en la tabla de deudores")
    );
    assert_eq!(obligations["4"]["cartera_code"], "missing-required");
    assert_eq!(
        (debtors["4"]["cartera_code"].as_str(), obligations["5"]["cartera_code"].as_str()),
        ("bad-email", "context")
    );
    assert!(
        obligations["5"]["cartera_error"].contains("(4 [d])"),
        "the row at fault stands in the other table"
    );
    let english = dir.run(&[&load[..], &["--lang", "en"]].concat());
    assert!(english.stdout.contains("debtors without an obligation in the table of"), "{}", english.stdout);
}

#[test]
fn an_orphan_finds_its_debtor_in_the_corrected_report() {
    let dir = Workdir::with_samples();
    dir.write("m.toml", &joined_mapping());
    dir.write("d.csv", &format!("{DEBTORS}1001;Ana Paz;ana@example.com;3005550001\n"));
    dir.write("o.csv", &format!("{OBLIGATIONS}1001;01;Consumo;1\n1002;02;Consumo;2\n"));
    let load =
        ["load", "--table", "debtors=d.csv", "--table", "obligations=o.csv", "-m", "m.toml", "--sandbox"];
    assert_eq!(dir.run(&load).code, 3);
    assert_eq!(dir.sheet("cartera-1/errors.xlsx", "d").len(), 1, "a sheet to add the debtor to");
    assert!(!dir.path("cartera-1/errors-d.csv").exists());
    dir.write("más.csv", &format!("{DEBTORS}1002;Luis Gil;luis@example.com;3005550002\n"));
    let out = dir.run(&[
        "load",
        "--table",
        "debtors=más.csv",
        "--table",
        "obligations=cartera-1/errors-o.csv",
        "-m",
        "m.toml",
        "--sandbox",
        "--json",
    ]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    let result = out.json();
    result.assert_balance();
    assert_eq!(
        (result["root"].as_u64(), result["chain"]["obligations"]["loaded"].as_u64()),
        (Some(1), Some(2))
    );
    assert_eq!(result["chain"]["books"]["rows_loaded"], 4);
}

#[test]
fn a_column_that_both_tables_have_keeps_its_format_in_each() {
    let dir = Workdir::with_samples();
    let custom = "[expediente.custom]\nnacido = { column = \"Fecha\", type = \"date\" }\n[obligation]\nexpiring_date = \"Fecha\"";
    dir.write("m.toml", &joined_mapping().replace("[obligation]", custom));
    dir.write("d.csv", "Cédula;Nombre;Correo;Celular;Fecha\n1001;Ana Paz;nadie;3005550001;01/02/1980\n1002;Luis Gil;l@example.com;3005550002;31/01/1980\n");
    dir.write(
        "o.csv",
        "Documento;Nro;Producto;Saldo;Fecha\n1001;01;Consumo;1;01/02/2026\n1002;02;Consumo;2;01/31/2026\n",
    );
    let load =
        ["load", "--table", "debtors=d.csv", "--table", "obligations=o.csv", "-m", "m.toml", "--sandbox"];
    assert_eq!(dir.run(&load).code, 3);
    let (d, o) = ("debtors=cartera-1/errors-d.csv", "obligations=cartera-1/errors-o.csv");
    let text = std::fs::read_to_string(dir.path("cartera-1/errors-d.csv")).unwrap();
    dir.write("cartera-1/errors-d.csv", &text.replacen(";nadie;", ";ana@example.com;", 1));
    let out = dir.run(&["load", "--table", d, "--table", o, "-m", "m.toml", "--sandbox"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    let ana = &stored_records(&dir.state("sandbox"))["1001"];
    assert_eq!(ana["nacido"], "1980-02-01");
    assert_eq!(ana["Obligations"]["01"]["expiring_date"], "2026-01-02");
}

#[test]
fn a_field_of_the_debtor_may_come_with_the_obligations() {
    let mapping =
        joined_mapping().replace("\"Celular\"", "{ column = \"Celular\", table = \"obligations\" }");
    let debtors = "Cédula;Nombre;Correo;Celular\n1;Ana;a@x.co;300555000A\n2;Eva;e@x.co;\n";
    let lines = "Documento;Nro;Producto;Saldo;Celular\n1;01;C;5;\n1;02;C;5;3005550001\n2;03;C;5;\n";
    let planned = plan_tables(debtors, lines, &mapping);
    assert_eq!(planned.records.keys().collect::<Vec<_>>(), ["1"], "nobody has a phone for the other");
    assert_eq!(planned.records["1"]["Telephone"], "3005550001");
    for (from, to) in [
        ("\"Cédula\"\nName", "{ column = \"Cédula\", table = \"obligations\" }\nName"),
        ("\"Saldo\"", "{ column = \"Saldo\", table = \"debtors\" }"),
        ("\"Correo\"", "{ column = \"Correo\", table = \"deudores\" }"),
    ] {
        let wrong = joined_mapping().replace(from, to);
        let failure = cartera::mapping::file::parse("m.toml", &wrong).unwrap_err();
        assert_eq!(failure.code, cartera::lang::Code::MappingBadValue, "{to}");
    }
    let alone = SMALL_MAPPING.replace("\"Correo\"", "{ column = \"Correo\", table = \"debtors\" }");
    assert!(cartera::mapping::file::parse("m.toml", &alone).is_err(), "there is one table");
}

#[test]
fn a_table_that_nobody_named_is_asked_for() {
    let dir = Workdir::with_samples();
    dir.write("m.toml", &joined_mapping());
    dir.write("one.toml", SMALL_MAPPING);
    dir.write("d.csv", &format!("{DEBTORS}1001;Ana Paz;ana@example.com;3005550001\n"));
    for (args, code) in [
        (&["d.csv", "-m", "m.toml"][..], "table-role-unknown"),
        (&["--table", "debtors=d.csv", "-m", "m.toml"], "table-missing"),
        (&["--table", "debtors=d.csv", "-m", "one.toml"], "tables-not-joined"),
    ] {
        let out = dir.run(&[&["check"], args, &["--json"]].concat());
        assert_eq!((out.code, out.json()["error"]["code"].as_str()), (1, Some(code)), "{args:?}");
    }
    assert_eq!(dir.run(&["check", "--table", "deudores=d.csv", "-m", "m.toml"]).code, 2);
    assert_eq!(dir.run(&["check", "-m", "m.toml"]).code, 2, "something to read is needed");
}

const CLEAN: &str = "samples/caja-sur.xlsx";
const FAULTY: &str = "samples/caja-sur-faulty.xlsx";
const MAPPING: &str = "mappings/caja-sur.toml";
const SHEETS: [&str; 2] = ["Deudores", "Obligaciones"];

#[test]
fn the_sample_of_two_sheets_loads() {
    let dir = Workdir::with_samples();
    let out = dir.run(&["load", CLEAN, "-m", MAPPING, "--sandbox", "--json"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    let result = out.json();
    result.assert_balance();
    assert_eq!(result["books"]["rows_loaded"], 363, "81 rows of debtors and 282 of obligations");
    assert_eq!(
        (result["records"]["loaded"].as_u64(), result["obligations"]["loaded"].as_u64()),
        (Some(80), Some(282))
    );
    assert_eq!(result["money"]["loaded"], "9226174611.26");
}

#[test]
fn every_mistake_of_two_sheets_is_found_in_its_cell_and_its_record_is_there_whole() {
    let dir = Workdir::with_samples();
    let out = dir.run(&["load", FAULTY, "-m", MAPPING, "--sandbox", "--json"]);
    assert_eq!(out.code, 3, "{}", out.stderr);
    let result = out.json();
    result.assert_balance();
    assert_eq!(result["books"]["rows_invalid"], 36);
    let sheets = SHEETS.map(|sheet| dir.reported("cartera-1/errors.xlsx", sheet));
    let mut planted = 0;
    for mistake in dir.csv("samples/caja-sur-faulty.expected.csv", b',') {
        if mistake["code"] == "conflicting-rows" {
            continue;
        }
        let sheet = &sheets[SHEETS.iter().position(|sheet| *sheet == mistake["sheet"]).unwrap()];
        let row = sheet.get(&mistake["row"]).unwrap_or_else(|| panic!("{mistake:?} is not reported"));
        assert_eq!((&row["cartera_code"], &row["cartera_sheet"]), (&mistake["code"], &mistake["sheet"]));
        assert!(
            row["cartera_error"].starts_with(&format!("{}: ", mistake["column"])),
            "{}",
            row["cartera_error"]
        );
        planted += 1;
    }
    let reported: usize = sheets.iter().map(std::collections::BTreeMap::len).sum();
    let context = sheets.iter().flat_map(|rows| rows.values()).filter(|row| row["cartera_code"] == "context");
    assert_eq!(reported, planted + context.count(), "nothing else is at fault");
    assert_eq!(reported, 36);

    // Where a debtor stands in the report, so do all their obligations, and the other way about.
    let clean = SHEETS.map(|sheet| dir.sheet(CLEAN, sheet));
    let keys = |at: usize| -> Vec<String> {
        sheets[at].keys().map(|row| clean[at][row.parse::<usize>().unwrap() - 1][0].clone()).collect()
    };
    let (debtors, mut obligations) = (keys(0), keys(1));
    let all = clean[1].iter().skip(1).filter(|row| debtors.contains(&row[0])).count();
    assert_eq!(all, obligations.len());
    obligations.retain(|key| !debtors.contains(key));
    assert_eq!(obligations, Vec::<String>::new());
}

#[test]
fn a_corrected_report_of_two_sheets_loads_as_if_it_had_been_clean() {
    let dir = Workdir::with_samples();
    assert_eq!(dir.run(&["load", FAULTY, "-m", MAPPING, "--sandbox"]).code, 3);
    let before = stored_records(&dir.state("sandbox"));
    let uncorrected = dir.run(&["load", "cartera-1/errors.xlsx", "-m", MAPPING, "--sandbox", "--json"]);
    assert_eq!(uncorrected.code, 3, "{}", uncorrected.stderr);
    uncorrected.json().assert_balance();
    assert_eq!(uncorrected.json()["books"]["rows_invalid"], 36);
    assert!(before == stored_records(&dir.state("sandbox")));

    correct_tables(&dir, "cartera-1/errors.xlsx", CLEAN, &SHEETS);
    let out = dir.run(&["load", "cartera-1/errors.xlsx", "-m", MAPPING, "--sandbox", "--json"]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    let result = out.json();
    result.assert_balance();
    assert_eq!(result["root"], 1);
    assert_eq!(result["obligations"]["loaded"], 28, "those records whole, and no other");
    assert_eq!(result["chain"]["books"]["rows_loaded"], 363);
    assert_eq!(result["chain"]["books"]["rows_invalid"], 0);
    assert_eq!(result["chain"]["money"]["loaded"], "9226174611.26");
    assert_eq!(result["chain"]["money"]["unreadable_rows"], 0);
    let clean = Workdir::with_samples();
    assert_eq!(clean.run(&["load", CLEAN, "-m", MAPPING, "--sandbox"]).code, 0);
    assert!(stored_records(&dir.state("sandbox")) == stored_records(&clean.state("sandbox")));
}

#[test]
fn two_tables_are_resumed_and_retried_from_the_ledger() {
    let dir = Workdir::with_samples();
    let crm = dir.spawn_sandbox(&["--fault", "reject@1-2"]);
    let load =
        ["load", CLEAN, "-m", MAPPING, "--server", crm.server(), "--operation", "op", "--rate", "1000/s"];
    let out = dir.run_with_token(&[&load[..], &["--limit", "30", "--chunk-size", "10", "--json"]].concat());
    assert_eq!(out.code, 4, "{}", out.stderr);
    out.json().assert_balance();
    assert!(dir.sheet("cartera-1/errors.xlsx", "pending").len() > 50, "the debtors that wait");
    assert!(dir.sheet("cartera-1/errors.xlsx", "pending (2)").len() > 100, "and their obligations");
    std::fs::remove_file(dir.path(CLEAN)).unwrap();
    let out = dir.run_with_token(&["resume", "1", "--rate", "1000/s", "--json"]);
    assert_eq!(out.code, 3, "{}", out.stderr);
    out.json().assert_balance();
    let rejected = SHEETS.map(|sheet| dir.reported("cartera-1/errors.xlsx", sheet).len());
    assert_eq!(rejected[0], 2);
    assert_eq!(out.json()["books"]["rows_rejected"], (rejected[0] + rejected[1]) as u64);
    let out = dir.run_with_token(&["retry", "1", "--rate", "1000/s", "--json"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    let result = out.json();
    result.assert_balance();
    assert_eq!(result["chain"]["books"]["rows_loaded"], 363);
    assert_eq!(result["chain"]["obligations"]["loaded"], 282);
    assert_eq!(stored_records(&dir.path("crm")).len(), 80);
    assert_eq!(dir.run(&["show", "1"]).code, 0);
}

/// A loaded debtor and his loaded obligations go with the one that was held back, each in its own table.
#[test]
fn a_record_of_two_tables_sent_in_part_is_corrected_whole() {
    let dir = Workdir::with_samples();
    dir.write("m.toml", &format!("{}[rules]\npartial = \"send_valid\"\n", joined_mapping()));
    dir.write(
        "d.csv",
        &format!(
            "{DEBTORS}1001;Ana Paz;ana@example.com;3005550001\n1002;Luis Gil;luis@example.com;3005550002\n"
        ),
    );
    dir.write("o.csv", &format!("{OBLIGATIONS}1001;01;Consumo;1\n1001;02;Consumo;dos\n1002;03;Consumo;3\n"));
    let load =
        ["load", "--table", "debtors=d.csv", "--table", "obligations=o.csv", "-m", "m.toml", "--sandbox"];
    assert_eq!(dir.run(&load).code, 3);
    let (debtors, obligations) =
        (dir.reported("cartera-1/errors.xlsx", "d"), dir.reported("cartera-1/errors.xlsx", "o"));
    assert_eq!((debtors.len(), debtors["2"]["cartera_status"].as_str()), (1, "context"));
    assert_eq!((obligations.len(), obligations["2"]["cartera_status"].as_str()), (2, "context"));
    assert!(debtors["2"]["cartera_error"].contains("(3 [o])"), "{}", debtors["2"]["cartera_error"]);
    let path = dir.path("cartera-1/errors-o.csv");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen(";dos;", ";2;", 1)).unwrap();
    let out = dir.run(&[
        "load",
        "--table",
        "debtors=cartera-1/errors-d.csv",
        "--table",
        "obligations=cartera-1/errors-o.csv",
        "-m",
        "m.toml",
        "--sandbox",
        "--json",
    ]);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    let result = out.json();
    result.assert_balance();
    assert_eq!((&result["books"]["rows_loaded"], &result["obligations"]["loaded"]), (&3.into(), &2.into()));
    let chain = &result["chain"];
    assert_eq!((&chain["books"]["rows_loaded"], &chain["records"]["loaded"]), (&5.into(), &2.into()));
    assert_eq!((&chain["obligations"]["loaded"], &chain["money"]["loaded"]), (&3.into(), &"6".into()));
    let stored = stored_records(&dir.state("sandbox"));
    assert_eq!(stored["1001"]["Obligations"].as_object().map(serde_json::Map::len), Some(2));
}
