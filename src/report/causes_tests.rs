//! Causes: what counts where, what is told of it, and that nothing is counted twice.

use rust_decimal::Decimal;

use super::causes::{Causes, Telling};
use super::samples::{evidence, portfolio, problem, row, table};
use crate::books::State;
use crate::lang::{Code, Lang};
use crate::ledger::{Evidence, FailedRow};
use crate::mapping::{Mapping, file};
use crate::source::{Form, Kind};

const MAPPING: &str = r#"target = "collections"
[expediente]
Identification = "Cédula"
Name = "Nombre"
Email = "Correo"
Telephone = "Celular"
[obligation]
id = "Nro"
name = "Producto"
total_balance = "Saldo"
"#;

const HEADER: [&str; 3] = ["Cédula", "Nombre", "Correo"];

fn mapping() -> Mapping {
    file::parse("m.toml", MAPPING).unwrap()
}

fn causes(evidence: &Evidence, lang: Lang) -> Causes {
    Causes::of(evidence, Telling { run: 7, mapping: Some(&mapping()), unmasked: false, lang })
}

fn debtor(number: u32, code: Code, state: State) -> FailedRow {
    let id = format!("10{number:08}");
    row(number, state, code, &[(Kind::Text, &id), (Kind::Text, "Ana Paz"), (Kind::Blank, "")])
}

fn without_email(number: u32) -> FailedRow {
    let missing = problem(number, Code::MissingRequired, 2, ("Email", "", ""));
    FailedRow { problems: vec![missing], ..debtor(number, Code::MissingRequired, State::Invalid) }
}

fn rejected(number: u32, said: &str) -> FailedRow {
    FailedRow { detail: said.to_owned(), ..debtor(number, Code::CrmRejected, State::Rejected) }
}

#[test]
fn rows_are_grouped_by_what_is_the_matter() {
    let mut rows: Vec<FailedRow> = (2..22).map(without_email).collect();
    rows.push(rejected(30, "Identification 1000000030 duplicated (Ana Paz)"));
    rows.push(rejected(31, "Identification 1000000031 duplicated (Ana Paz)"));
    rows.push(debtor(40, Code::NoAnswer, State::Unknown));
    let causes = causes(&evidence(table("Cartera", Form::Packed, &HEADER), rows), Lang::Es);
    let sizes: Vec<(Code, u64)> = causes.list.iter().map(|cause| (cause.code, cause.weight.rows)).collect();
    assert_eq!(sizes, [(Code::MissingRequired, 20), (Code::CrmRejected, 2), (Code::NoAnswer, 1)]);
    let [email, duplicated, _] = &causes.list[..] else { panic!("three causes") };
    assert_eq!(email.what, "«Correo» está en blanco, y Email es obligatorio");
    assert_eq!(email.fix, "pida al acreedor los datos que faltan en «Correo»");
    assert_eq!(
        email.line_text(Lang::Es).as_deref(),
        Some("O en el mapeo, en vez de la línea 5: Email = { column = \"Correo\", blank = \"empty\" }")
    );
    let shown: Vec<(Option<u32>, &str)> =
        email.examples.iter().map(|example| (example.place.row, example.value.as_str())).collect();
    assert_eq!(shown, [(Some(2), "10****02"), (Some(3), "10****03"), (Some(4), "10****04")]);
    assert_eq!(duplicated.reason.as_deref(), Some("Identification … duplicated (…)"));
    let headline = causes.headline(Lang::Es).unwrap();
    assert_eq!(headline, "2 de 3 causas explican el 96 % de lo que está por resolver (filas: 23)");
}

#[test]
fn every_row_counts_once_and_a_row_that_goes_along_with_its_own() {
    let mut at_fault = without_email(5);
    at_fault.problems.push(problem(5, Code::BadDate, 1, ("expiring_date", "mañana", "DD/MM/YYYY")));
    at_fault.record = Some(1);
    let along = FailedRow { record: Some(1), ..debtor(6, Code::Context, State::Invalid) };
    // A row that was sent and is there only to be sent again with the others weighs nothing.
    let sent =
        FailedRow { weight: crate::books::Weight::default(), ..debtor(7, Code::Context, State::Invalid) };
    let rows = vec![along.clone(), at_fault, sent];
    let causes = causes(&evidence(table("Cartera", Form::Packed, &HEADER), rows), Lang::En);
    let sizes: Vec<(Code, u64, u64)> =
        causes.list.iter().map(|cause| (cause.code, cause.weight.rows, cause.also)).collect();
    assert_eq!(sizes, [(Code::MissingRequired, 2, 0), (Code::BadDate, 0, 1)]);
    assert_eq!((causes.total.rows, causes.total.money), (2, Decimal::from(11)));
    assert_eq!(
        causes.headline(Lang::En).as_deref(),
        Some("One cause explains 100% of what is to be resolved (rows: 2)")
    );
}

#[test]
fn all_causes_together_are_what_is_not_loaded() {
    let evidence = portfolio();
    let causes = causes(&evidence, Lang::Es);
    let sum = |of: fn(&crate::books::Weight) -> Decimal| {
        causes.list.iter().map(|cause| of(&cause.weight)).sum::<Decimal>()
    };
    assert_eq!(sum(|weight| weight.rows.into()), Decimal::from(causes.total.rows));
    assert_eq!(sum(|weight| weight.money), causes.total.money);
    assert_eq!(causes.total.rows, 4);
    assert_eq!(
        Causes::of(&Evidence::default(), Telling { run: 1, mapping: None, unmasked: false, lang: Lang::Es })
            .headline(Lang::Es),
        None
    );
}

#[test]
fn programs_get_the_same_in_english_keys() {
    let rows = vec![without_email(2), rejected(3, "bad e-mail ana@example.com")];
    let list = causes(&evidence(table("Cartera", Form::Packed, &HEADER), rows), Lang::Es).json();
    let cause = &list[1];
    assert_eq!(cause["mapping_line"], "Email = { column = \"Correo\", blank = \"empty\" }");
    assert_eq!((&cause["rows"], &cause["share"], &cause["money"]), (&1.into(), &"50".into(), &"2".into()));
    assert_eq!(cause["examples"][0]["place"], "banco-a.xlsx [Cartera]:2 «Correo»");
    assert_eq!((&list[0]["reason"], &list[0]["state"]), (&"bad e-mail …".into(), &"rejected".into()));
}
