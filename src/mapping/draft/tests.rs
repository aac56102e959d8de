//! A draft is a mapping that the parser reads, or a question that it refuses.

use super::*;
use crate::mapping::file;
use crate::mapping::guess::{self, dictionary::Dictionary};
use crate::source::Table;
use crate::survey::layout::find_header;
use crate::target::collections::Collections;
use proptest::prelude::*;

fn draft(text: &str, lang: Lang) -> String {
    draft_for(&Collections, text, lang)
}

fn draft_for(target: &'static dyn Target, text: &str, lang: Lang) -> String {
    let table = Table::csv_of_a_test(text);
    let header = find_header(&table, Some(1), &|_| false).unwrap();
    let looked = guess::Looked::at(&table, header);
    let dictionary = Dictionary::of(target, &Vec::new());
    let guess = guess::of_table(target, &looked, None, &dictionary);
    let sheet = Some(("Hoja \"1\"", 2));
    let origin = Origin { file: "t.csv", fits: None, sheet, header_row: Some(3), joined: None };
    write(target, &origin, &[guess], lang)
}

const WHOLE: &str = "Cédula;Nombres;Apellidos;Correo;Celular;Fijo;Crédito \"No\";Línea;Saldo;Vence;Ciudad;Abierto\n\
    1900345678;Ana;Paz;a@example.com;3005550123;6015550123;001;Consumo;1.500,25;31/01/2026;Cali;01/02/2026\n";

#[test]
fn a_guess_is_a_mapping() {
    let text = draft(&WHOLE.replace("Crédito \"No\"", "No. Crédito"), Lang::Es);
    let mapping = file::parse("m.toml", &text).unwrap_or_else(|failure| panic!("{failure}\n{text}"));
    let names: Vec<&str> = mapping.fields.iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "Identification",
            "Name",
            "Email",
            "Telephone",
            "ciudad",
            "id",
            "name",
            "total_balance",
            "expiring_date",
            "abierto"
        ]
    );
    for line in [
        "Identification = \"Cédula\"   # 97 %: «Cédula» es un nombre conocido de Identification; todos los valores son números de documento",
        "Telephone      = { first = [\"Celular\", \"Fijo\"], convert = [\"digits\"] }   # 97 %",
        "Name           = { join = [\"Nombres\", \"Apellidos\"] }   # 97 %",
        "total_balance   = { column = \"Saldo\", decimal = \",\" }   # 88 %: «Saldo» suele ser total_balance; todos los valores son montos; se escribe 1.234,56, como prueba la fila 2: 1.500,25",
        "expiring_date   = { column = \"Vence\", dates = \"DD/MM/YYYY\" }   # 97 %",
        "# portfolio_type  = \"…\"   # ninguna columna parece serlo",
        "sheet = \"Hoja \\\"1\\\"\"   # la más prometedora de 2 hojas",
        "ciudad = \"Ciudad\"   # ",
    ] {
        assert!(text.lines().any(|found| found.starts_with(line)), "{line}\n{text}");
    }
    assert_eq!(
        text,
        draft(&WHOLE.replace("Crédito \"No\"", "No. Crédito"), Lang::Es),
        "the same guess, the same text"
    );
}

#[test]
fn a_question_is_refused_until_it_is_answered() {
    let text = draft(
        "Cédula;Nombre;Buzón;Tel;Factura;Concepto;Vence;Deuda total;Saldo total\n1900345678;Ana Paz;a@example.com;6015550123;F1;Luz;01/02/2026;1,5;2,5\n",
        Lang::En,
    );
    let open = file::parse("m.toml", &text).unwrap_err();
    assert_eq!(
        (open.code, open.value("expected", Lang::En)),
        (crate::lang::Code::MappingQuestion, Some("3")),
        "{text}"
    );
    let mut answered = text.clone();
    for (question, answer) in [
        ("Email          = \"?\"", "# Email          = \"Buzón\""),
        ("total_balance   = \"?\"", "# total_balance   = { column = \"Deuda total\", decimal = \",\" }"),
        (
            "expiring_date   = { column = \"Vence\", dates = \"?\" }",
            "# expiring_date   = { column = \"Vence\", dates = \"DD/MM/YYYY\" }",
        ),
    ] {
        assert!(text.contains(answer), "{answer}\n{text}");
        answered = answered.replacen(question, &answer[2..], 1);
    }
    assert!(file::parse("m.toml", &answered).is_ok(), "{answered}");
}

/// Headers of all kinds: some that nobody knows, some that mean something to a target, some that are odd in a mapping.
fn headers() -> impl Strategy<Value = Vec<String>> {
    const KNOWN: [&str; 20] = [
        "Documento",
        "Cliente",
        "Correo",
        "Celular",
        "Obligación 1",
        "Obligación 2",
        "Saldo 1",
        "Saldo 2",
        "Obligación",
        "Saldo",
        "Pago",
        "Fecha",
        "Resultado",
        "Descripción",
        "Estado",
        "Prioridad",
        "Asunto",
        "custom",
        "Saldo {n}",
        "?",
    ];
    let header = prop_oneof!["[^;\n\r\"]{0,20}", prop::sample::select(&KNOWN[..]).prop_map(str::to_owned)];
    prop::collection::vec(header, 1..10)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_header_makes_a_mapping_or_a_question(headers in headers(), cell in "x1|sí|31/10/2026|1\\.500,25|1900345678") {
        let cells: Vec<&str> = headers.iter().map(|_| cell.as_str()).collect();
        let text = format!("{};Cédula\n{};1\n", headers.join(";"), cells.join(";"));
        for target in crate::target::all() {
            let text = draft_for(*target, &text, Lang::Es);
            if let Err(failure) = file::parse("m.toml", &text) {
                prop_assert_eq!(failure.code, crate::lang::Code::MappingQuestion, "{}", text);
            }
        }
    }
}
