//! The table of real headers, held to its figures; whole tables; the rules that a person relies on.

use super::*;
use crate::survey::layout::find_header;
use crate::target::collections::Collections;
use dictionary::Synonyms;
use score::SURE;

/// Headers of public templates and documentation: header; values; the field, or `custom`, or several of these with `|`
/// where more than one is right; where it was found.
const HEADERS: &str = include_str!("headers.csv");
/// Batches that were collected with their answers before the guess was run on them, and how many were right that first
/// time, of how many. Wrong above "sure" were then 1, 0, 2, 1 and 0. They have been learned from since, each before the
/// next was collected.
const BATCHES: [(&str, usize, usize); 5] = [
    (include_str!("headers_2.csv"), 143, 156),
    (include_str!("headers_3.csv"), 72, 81),
    (include_str!("headers_4.csv"), 209, 218),
    (include_str!("headers_5.csv"), 195, 204),
    (include_str!("headers_6.csv"), 141, 148),
];

fn guess_with(text: &str, dictionary: &Dictionary) -> Guess {
    let table = Table::csv_of_a_test(text);
    let header = find_header(&table, Some(1), &|_| false).unwrap();
    of_table(&Collections, &Looked::at(&table, header), None, dictionary)
}

/// What each column becomes, with `?` behind a field that has a question.
fn uses(text: &str) -> String {
    let guess = guess_with(text, &Dictionary::of(&Collections, &Vec::new()));
    let one = |use_of: &ColumnUse| match use_of {
        ColumnUse::Field(name, _) => (*name).to_owned(),
        ColumnUse::Custom(custom) => {
            format!("{}:{}", if custom.level == Level::Line { "line" } else { "record" }, custom.name)
        }
        ColumnUse::Key => "key".to_owned(),
        ColumnUse::Unread(_) => "-".to_owned(),
    };
    guess.columns.iter().map(one).collect::<Vec<_>>().join(" ")
}

#[derive(Default)]
struct Measured {
    right: usize,
    all: usize,
    fields: usize,
    sure: usize,
    surely_wrong: Vec<String>,
    wrong: Vec<String>,
}

fn measure(headers: &str, measured: &mut Measured) {
    let dictionary = Dictionary::of(&Collections, &Vec::new());
    for (number, line) in headers.lines().enumerate().skip(1) {
        let [header, values, expected, origin]: [&str; 4] =
            line.split(';').collect::<Vec<_>>().try_into().unwrap();
        let text = format!(
            "\"{header}\"\n{}\n",
            values.split('|').map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join("\n")
        );
        let guess = guess_with(&text, &dictionary);
        let (found, confidence) = match &guess.columns[0] {
            ColumnUse::Field(name, confidence) => (*name, *confidence),
            _ => ("custom", 0),
        };
        let is_right = expected.split('|').any(|right| right == found);
        measured.all += 1;
        measured.right += usize::from(is_right);
        measured.fields += usize::from(!expected.contains("custom"));
        measured.sure += usize::from(confidence >= SURE);
        if !is_right {
            let told = format!(
                "line {}: {header} ({origin}) is {expected}, not {found} ({confidence} %)",
                number + 1
            );
            if confidence >= SURE {
                measured.surely_wrong.push(told.clone());
            }
            measured.wrong.push(told);
        }
    }
}

#[test]
fn real_headers_find_their_fields() {
    let mut all = Measured::default();
    measure(HEADERS, &mut all);
    for (headers, right, count) in BATCHES {
        let mut batch = Measured::default();
        measure(headers, &mut batch);
        assert_eq!(batch.all, count);
        assert!(batch.right >= right, "{:#?}", batch.wrong);
        measure(headers, &mut all);
    }
    assert!(all.surely_wrong.is_empty(), "{:#?}", all.surely_wrong);
    assert!(all.right * 100 >= all.all * 95, "{:#?}", all.wrong);
    assert!(all.sure * 2 > all.fields, "only {} of {} sure", all.sure, all.fields);
}

#[test]
fn whole_tables_are_understood() {
    for (text, expected) in [
        // A name in two columns is joined, a second telephone waits behind the first; what varies is the obligation's.
        (
            "Cédula;Nombres;Apellidos;Correo;Celular;Teléfono fijo;Nro Obligación;Producto;Saldo total;Ciudad;Asesor\n\
             1900345678;Ana;Paz;a@example.com;3005550123;;0001;Consumo;5;Cali;X\n\
             1900345678;Ana;Paz;a@example.com;3005550123;;0002;Tarjeta;7;Cali;Y\n",
            "Identification Name Name Email Telephone Telephone id name total_balance record:ciudad line:asesor",
        ),
        ("Nombre;Apellido;Saldo;Saldo total\nAna;Paz;1,5;2,5\n", "Name Name line:saldo total_balance"),
        ("Name;name\nAna Paz;Consumo\n", "Name name"),
        ("NAME;ID;;X;X\nAna Paz;1900345678;;1;2\n", "Name Identification - - -"),
        ("Cédula;Documento\n1900345678;1900345679\n", "Identification id"),
        ("Cédula;Correo;Zzz\n1900345678;;\n", "Identification Email -"),
        ("Obligations;Email 2;Email\n1;x;a@example.com\n", "line:obligations_2 line:email_2 Email"),
    ] {
        assert_eq!(uses(text), expected, "{text}");
    }
}

#[test]
fn the_names_of_the_field_are_known() {
    let (document, amount, date) = ("1900345678", "1500,25", "31/10/2026");
    for (headers, value, expected) in [
        (
            vec!["CC", "Cédula", "NIT", "RUT", "DNI", "RFC", "CPF", "No. Doc", "Doc. Cliente"],
            document,
            "Identification",
        ),
        (vec!["Cod. Obligacion", "# Crédito", "Cta"], "CR-00123", "id"),
        (vec!["Vlr Total", "Saldo total"], amount, "total_balance"),
        (vec!["Sdo Capital", "Capital"], amount, "line:saldo_capital"),
        (vec!["F. Vcto", "Fec Venc"], date, "expiring_date"),
        (vec!["Días Mora", "Altura Mora"], "35", "days_delay"),
        (vec!["Tramo"], "1-30", "line:tramo"),
        (vec!["Cel 1", "Móvil"], "3005550123", "Telephone"),
        (vec!["Correo-e"], "ana@example.com", "Email"),
        (vec!["Dir Residencia"], "Calle 12 # 4-58", "Address"),
    ] {
        for header in headers {
            for written in [header.to_owned(), header.to_uppercase(), header.replace(' ', "_")] {
                let found = uses(&format!("{written}\n\"{value}\"\n"));
                assert_eq!(found, expected, "{written}");
            }
        }
    }
}

#[test]
fn the_rows_of_a_debtor_decide() {
    // Twelve debtors with two rows each: the document that repeats is the debtor's, the one that varies is not.
    let mut text = String::from("Documento;No. Documento;Zona;Etapa\n");
    for debtor in 0..12 {
        for row in 0..2 {
            let (document, number) = (1_900_345_678 + debtor, 4_512_001 + debtor * 2 + row);
            text.extend([format!("{document};{number};{};{row}\n", debtor % 3)]);
        }
    }
    assert_eq!(uses(&text), "Identification id record:sucursal line:etapa");
}

#[test]
fn what_cannot_be_known_is_a_question() {
    let standard = Dictionary::of(&Collections, &Vec::new());
    let questions = |text: &str| -> Vec<(&str, Question)> {
        let guess = guess_with(text, &standard);
        let asked = guess.fields.iter().filter_map(|guess| Some((guess.field.name, guess.question?)));
        asked.filter(|(_, question)| *question != Question::Missing).collect()
    };
    assert_eq!(questions("Deuda total;Saldo total\n1,5;2,5\n"), [("total_balance", Question::TooClose)]);
    assert_eq!(questions("F. Vcto\n01/02/2026\n"), [("expiring_date", Question::Format)]);
    assert_eq!(questions("F. Vcto\n31/01/2026\n"), []);
    assert_eq!(questions("Correo;X\na@example.com;1\n;2\n"), [("Email", Question::Blank(1, 2))]);
    let missing = guess_with("Cédula\n1900345678\n", &standard);
    let fields: Vec<&str> = missing
        .fields
        .iter()
        .filter(|guess| guess.question.is_some())
        .map(|guess| guess.field.name)
        .collect();
    assert_eq!(fields, ["Name", "Email", "Telephone", "id", "name"]);
}

#[test]
fn a_users_own_name_beats_the_dictionary() {
    let own: Synonyms = vec![("id".to_owned(), vec!["Cédula".to_owned()])];
    let guess = guess_with("CEDULA\n1900345678\n", &Dictionary::of(&Collections, &own));
    assert_eq!(guess.columns, [ColumnUse::Field("id", 99)]);
    let sentence = guess.fields[5].taken[0].reason.sentence("CEDULA", "id", crate::lang::Lang::Es);
    assert_eq!(sentence, "«CEDULA» está en sus sinónimos de id; todos los valores son números o códigos");
}

#[test]
fn a_mandatory_field_without_a_name_is_offered_what_looks_like_it() {
    let guess = guess_with(
        "Customer;Net due date;Buzón;Text\n1000345;31.01.2026;a@example.com;x y\n1000346;31.01.2026;b@example.com;x y\n",
        &Dictionary::of(&Collections, &Vec::new()),
    );
    let offered = |name: &str| -> Vec<usize> {
        let found = guess.fields.iter().find(|found| found.field.name == name).unwrap();
        assert_eq!((found.question, found.taken.len()), (Some(Question::Missing), 0), "{name}");
        found.rivals.iter().map(|rival| rival.column).collect()
    };
    assert_eq!((offered("Identification"), offered("Email"), offered("name")), (vec![0], vec![2], vec![3]));
}
