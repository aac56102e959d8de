//! For any rows: nothing is lost, the sums by state add up in exact decimals, and a row that a filter leaves out has
//! no say in anything but the count of what was left out.

use std::io::Write;
use std::sync::{Arc, Mutex};

use cartera::books::State;
use cartera::ledger::PlanSummary;
use cartera::mapping;
use cartera::pipeline::{self, Earlier, Input};
use cartera::portfolio::{BodySettings, BodyUse};
use cartera::source::{Isolation, Spools, Workplace};
use proptest::prelude::*;
use rust_decimal::Decimal;

const MAPPING: &str = r#"target = "collections"
[source]
decimal = ","
[expediente]
Identification = "Id"
Name = "Nombre"
Email = { column = "Correo", default = "sin@example.com" }
Telephone = { constant = "3005550001" }
[obligation]
id = "Nro"
name = { constant = "C" }
total_balance = "Saldo"
"#;

const HEADER: &str = "Id;Nombre;Correo;Nro;Saldo;Estado";

/// Where the bodies are written.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Plans some rows: what became of them, and the bodies, one record each, sorted.
fn plan(rows: &[String], more: &str) -> (PlanSummary, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.csv");
    std::fs::write(&path, format!("{HEADER}\n{}\n", rows.join("\n"))).unwrap();
    let mapping = mapping::file::parse("m.toml", &format!("{MAPPING}{more}")).unwrap();
    let workplace = Workplace { spools: Spools::in_folder(folder.path()), isolation: Isolation::Here };
    let mut opened = pipeline::open(&[Input::whole(path)], &mapping, &workplace).unwrap();
    let written = Written::default();
    let settings = BodySettings {
        target: cartera::target::by_name("collections").unwrap(),
        dialect: &cartera::target::Dialect::new("op"),
        chunk_records: 1,
        body_bytes_max: 1 << 20,
        break_after: Vec::new(),
        secret: Some(&[7; 32]),
        known: None,
        use_of: BodyUse::Write(Box::new(written.clone())),
    };
    let end = pipeline::plan(&mut opened, settings, &Earlier::default(), &mut |_| Ok(())).unwrap();
    let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    let mut bodies: Vec<String> = text.lines().map(str::to_owned).collect();
    bodies.sort();
    (end.summary, bodies)
}

/// The money of some rows, as a person adds it up, and how many amounts cannot be read.
fn money<'r>(rows: impl Iterator<Item = &'r String>) -> (Decimal, u64) {
    let (mut sum, mut unreadable) = (Decimal::ZERO, 0);
    for row in rows {
        match row.split(';').nth(4).unwrap().replace(',', ".").as_str() {
            "" => {}
            amount => match amount.parse::<Decimal>() {
                Ok(amount) => sum += amount,
                Err(_) => unreadable += 1,
            },
        }
    }
    (sum, unreadable)
}

fn rules(number: usize) -> String {
    let choices = ["first", "last", "reject"];
    let partial = if number / 9 == 0 { "reject" } else { "send_valid" };
    format!(
        "[rules]\non_conflict = \"{}\"\non_duplicate = \"{}\"\npartial = \"{partial}\"\n",
        choices[number % 3],
        choices[number / 3 % 3]
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_and_a_filtered_row_has_no_say(
        rows in proptest::collection::vec(
            ("[123-]", "(Ana|Eva|)", "(a@x\\.co|malo|)", "(01|02|03|-)", "(1|2,50|0,1|99999999999,99|x|)", "(A|B|)"),
            1..14,
        ),
        number in 0usize..18,
    ) {
        let rows: Vec<String> = rows
            .iter()
            .map(|(id, name, email, line, amount, state)| format!("{id};{name};{email};{line};{amount};{state}"))
            .collect();
        let kept: Vec<String> = rows.iter().filter(|row| row.ends_with(";A")).cloned().collect();
        let (summary, bodies) = plan(&rows, &format!("[filters]\nEstado = \"A\"\n{}", rules(number)));

        let books = &summary.books;
        prop_assert!(books.balance());
        prop_assert_eq!(books.rows.read + summary.valid.rows, rows.len() as u64);
        let (sum, unreadable) = money(rows.iter());
        prop_assert_eq!(books.money.read + summary.valid.money, sum);
        prop_assert_eq!(books.unreadable_rows, unreadable);
        let left_out = (rows.len() - kept.len()) as u64;
        prop_assert_eq!(summary.filtered[0].rows, left_out);

        if kept.is_empty() {
            prop_assert!(bodies.is_empty());
            return Ok(());
        }
        let (alone, alone_bodies) = plan(&kept, &rules(number));
        prop_assert_eq!(bodies, alone_bodies);
        prop_assert_eq!(books.rows.of(State::Invalid), alone.books.rows.of(State::Invalid));
        prop_assert_eq!(books.rows.of(State::Skipped), alone.books.rows.of(State::Skipped) + left_out);
        prop_assert_eq!(books.money.of(State::Invalid), alone.books.money.of(State::Invalid));
        prop_assert_eq!(books.records, alone.books.records);
        prop_assert_eq!(summary.valid, alone.valid);
        prop_assert_eq!(summary.blanks, alone.blanks);
    }
}
