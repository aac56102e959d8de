//! Debtors in one table and obligations in another: one record of both, orphans named, and the way back in.

use proptest::prelude::*;

use cartera::books::State;
use cartera::mapping::bind::Role;
use cartera::pipeline::Input;

use crate::support::planned::{Planned, plan, plan_all};
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
            first.push_str(&format!("{head}\n"));
            for line in 0..*count {
                whole.push_str(&format!("{head};{at:03}{line};Consumo;{at},{line:02}\n"));
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
        debtors.iter().for_each(|(id, name, email)| first.push_str(&format!("{id};{name};{email};3005550001\n")));
        let mut second = String::from(OBLIGATIONS);
        lines.iter().for_each(|(id, number, amount)| second.push_str(&format!("{id};{number};C;{amount}\n")));
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
    assert!(english.stdout.contains("“1002” has no obligation"), "{}", english.stdout);
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
