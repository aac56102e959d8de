//! How tables are laid out: lines beside each other in a row, tables that belong together, and which target fits.

use super::*;
use crate::survey::layout::find_header;
use crate::target;
use crate::target::collections::Collections;
use dictionary::Dictionaries;

fn looked(table: &Table) -> Looked<'_> {
    let header = find_header(table, Some(1), &|_| false).unwrap();
    Looked::at(table, header)
}

/// The patterns of a header whose columns hold what their names say, and their numbers.
fn patterns(header: &str) -> (Vec<String>, Vec<u32>) {
    let cell = |(at, name): (usize, &str), row: usize| match name.to_lowercase() {
        name if name.contains("saldo") || name.contains("valor") => format!("{}500,25", row + at + 1),
        name if name.contains("vence") => format!("{}/10/2026", 13 + row),
        name if name.contains("tel") || name.contains("cel") => format!("300555{:04}", row * 50 + at),
        name if name.contains("nombre") || name.contains("producto") => {
            ["Ana Paz", "Luis Gil", "Eva Ríos"][row].to_owned()
        }
        _ => format!("{}", 1_900_345_678 + row * 1000 + at),
    };
    let row = |row| header.split(';').enumerate().map(|named| cell(named, row)).collect::<Vec<_>>().join(";");
    let table = Table::csv_of_a_test(&format!("{header}\n{}\n{}\n{}\n", row(0), row(1), row(2)));
    let guess = of_table(&Collections, &looked(&table), None, &Dictionary::of(&Collections, &Vec::new()));
    let Some(beside) = guess.beside else { return Default::default() };
    (beside.patterns.into_iter().map(|pattern| pattern.name).collect(), beside.numbers)
}

#[test]
fn lines_beside_each_other_are_told_from_other_numbers() {
    let none = (Vec::<&str>::new(), vec![]);
    for (header, expected) in [
        (
            "Documento;Nombre;Obligación 1;Saldo 1;Obligación 2;Saldo 2",
            (vec!["Obligación {n}", "Saldo {n}"], vec![1, 2]),
        ),
        // Zeros in front, other spellings, numbers in the middle and missing ones.
        ("Documento;CREDITO_01;Saldo01;Credito 02;saldo02", (vec!["CREDITO_{n}", "Saldo{n}"], vec![1, 2])),
        (
            "Documento;Obligación 1 número;Obligación 1 saldo;Obligación 4 número;Obligación 4 saldo",
            (vec!["Obligación {n} número", "Obligación {n} saldo"], vec![1, 4]),
        ),
        // What has other numbers is no part of the lines; nor is what is the debtor's.
        (
            "Documento;Factura 1;Valor 1;Vence 1;Factura 2;Valor 2;Tel 1;Tel 2",
            (vec!["Factura {n}", "Valor {n}"], vec![1, 2]),
        ),
        // A column of the tenant's own that every line has.
        (
            "Documento;Obligación 1;Saldo 1;Zona 1;Obligación 2;Saldo 2;Zona 2",
            (vec!["Obligación {n}", "Saldo {n}", "Zona {n}"], vec![1, 2]),
        ),
        // One column with a number at its end, telephones, amounts without a name, names without an amount.
        ("Documento;Nombre;Obligación 1;Saldo 1", none.clone()),
        ("Documento;Nombre;Obligación;Saldo;Tel 1;Tel 2;Tel 3;Tel 4", none.clone()),
        ("Documento;Nombre;Obligación;Saldo 30;Saldo 60;Saldo 90", none.clone()),
        (
            "Documento;Nombre;Crédito;Saldo;Referencia 1;Teléfono referencia 1;Referencia 2;Teléfono referencia 2",
            none.clone(),
        ),
        ("Documento;Obligación 1;Obligación 2;Saldo", none.clone()),
        // A row that has an obligation and its amount already.
        ("Documento;No. Crédito;Saldo total;Factura 1;Valor 1;Factura 2;Valor 2", none.clone()),
        // Two columns of one number.
        ("Documento;Obligación 1;OBLIGACION 1;Saldo 1;Obligación 2;Saldo 2", none),
    ] {
        let found = patterns(header);
        assert_eq!((found.0.iter().map(String::as_str).collect(), found.1), expected, "{header}");
    }
}

#[test]
fn numbered_columns_that_are_no_lines_go_with_the_debtor() {
    let table = Table::csv_of_a_test(
        "Documento;Obligación 1;Saldo 1;Obligación 2;Saldo 2;Vence 1;Vence 2;Vence 3;Zona\n\
         1900345678;F-1;1,5;;;31/10/2026;;;Sur\n1900345679;F-2;2,5;F-3;4,5;30/10/2026;;;Sur\n",
    );
    let guess = of_table(&Collections, &looked(&table), None, &Dictionary::of(&Collections, &Vec::new()));
    let level = |column: usize| match &guess.columns[column] {
        ColumnUse::Custom(custom) => Some((custom.level, custom.why.0)),
        _ => None,
    };
    assert_eq!(level(5), Some((Level::Record, Say::LevelOddNumbers)));
    assert_eq!(level(8), Some((Level::Record, Say::LevelOneRow)));
    let balance = guess.fields.iter().find(|found| found.field.name == "total_balance").unwrap();
    assert_eq!((guess.names[balance.taken[0].column].as_str(), balance.question), ("Saldo {n}", None));
    assert_eq!(guess.columns[4], ColumnUse::Field("total_balance", 88));
}

const DEBTORS: &str = "Cédula;Código;Nombre;Correo;Celular\n1900345678;C-1;Ana Paz;a@example.com;3005550123\n\
    1900345679;C-2;Luis Gil;b@example.com;3005550124\n1900345680;C-3;Eva Ríos;c@example.com;3005550125\n";
const OWED: &str = "Documento;No. Crédito;Producto;Saldo\n1900345678;F-1;Consumo;1500,25\n1900345678;F-2;Consumo;10,5\n\
    1900345680;F-3;Consumo;7,5\n";

/// The columns by which two tables are joined, if they are.
fn joined(debtors: &str, obligations: &str) -> Option<(usize, usize, u64)> {
    let tables = [Table::csv_of_a_test(debtors), Table::csv_of_a_test(obligations)];
    let looked: Vec<Looked<'_>> = tables.iter().map(looked).collect();
    let best = fitting::of_file(&looked, &Dictionaries::with(&Vec::new()), None).unwrap();
    match best.whole {
        fitting::Whole::Joined(join) => Some((join.debtors.1, join.obligations.1, join.share)),
        fitting::Whole::Table(_) => None,
    }
}

#[test]
fn tables_that_belong_together_are_joined_by_their_values() {
    assert_eq!(joined(DEBTORS, OWED), Some((0, 0, 100)));
    let by_code =
        OWED.replace("Documento", "Cliente").replace("1900345678;", "C-1;").replace("1900345680;", "C-3;");
    assert_eq!(joined(DEBTORS, &by_code), Some((1, 0, 100)), "a customer's code joins them, too");
    let strangers = OWED.replace("19003456", "19009999");
    assert_eq!(joined(DEBTORS, &strangers), None, "nobody's obligations");
    let whole = "Cédula;Nombre;Correo;Celular;No. Crédito;Producto;Saldo\n\
        1900345678;Ana Paz;a@example.com;3005550123;F-1;Consumo;1500,25\n";
    assert_eq!(joined(DEBTORS, whole), None, "a table that has both needs no other");
    assert_eq!(joined(DEBTORS, DEBTORS), None);
}

#[test]
fn the_target_that_fits_best_is_found() {
    let dictionaries = Dictionaries::with(&Vec::new());
    for (text, expected) in [
        (
            "Cédula;Nombre;Crédito;Producto;Saldo;Vence\n1900345678;Ana Paz;C-1;Consumo;1500,25;31/10/2026\n",
            "collections",
        ),
        ("Cédula;Nombre\n1900345678;Ana Paz\n", "collections"),
        // Nobody knows the name of the column, but its values are documents.
        ("Carné;Nombre;Correo\n1900345678;Ana Paz;a@example.com\n", "collections"),
        (
            "Cédula;Crédito;Producto;Saldo;Vence\n1900345678;C-1;Consumo;1500,25;31/10/2026\n",
            "obligations-insert",
        ),
        ("Cédula;Crédito;Valor pagado;Fecha pago\n1900345678;C-1;1500,25;31/10/2026\n", "obligations-update"),
        (
            "Cédula;Nombre;Crédito;Producto;Abono;Fecha abono\n1900345678;Ana Paz;C-1;Consumo;1500,25;31/10/2026\n",
            "obligations-update",
        ),
        ("NIT;Tipificación;Gestor;Fecha gestión\n1900345678;Promesa;Luis Gil;31/10/2026\n", "managements"),
        ("Correo;Motivo;Estado\na@example.com;Pide paz y salvo;Abierto\n", "cases"),
        ("Cédula;Tarea;Prioridad;Fecha límite\n1900345678;Llamar;Alta;31/10/2026\n", "activities"),
        ("Placa;Modelo;Color\nABC123;Sedán;Rojo\n", "custom"),
    ] {
        let table = Table::csv_of_a_test(text);
        let looked = looked(&table);
        let fittings = fitting::of_table(&looked, &dictionaries, None);
        assert_eq!((fittings[0].target.name(), fittings.len()), (expected, target::all().len()), "{text}");
        let asked = fitting::of_table(&looked, &dictionaries, target::by_name("cases"));
        assert_eq!((asked[0].target.name(), asked.len()), ("cases", 1));
    }
}
#[test]
fn the_header_of_many_lines_beside_each_other_is_found() {
    // Fifteen and thirty are numbers of lines here, and no days of arrears.
    let header = (1..=31).map(|number| format!("Obligación {number};Saldo {number};Vence {number}"));
    let cells = (1..=31).map(|number| format!("F-{number};1500,25;31/10/2026"));
    let [header, cells] = [header.collect::<Vec<_>>().join(";"), cells.collect::<Vec<_>>().join(";")];
    let table =
        Table::csv_of_a_test(&format!("Documento;{header}\n1900345678;{cells}\n1900345679;{cells}\n"));
    let dictionaries = Dictionaries::with(&Vec::new());
    let header = find_header(&table, None, &|name| dictionaries.knows(name)).unwrap();
    assert_eq!(header.row, 1);
    let guess = of_table(&Collections, &Looked::at(&table, header), None, dictionaries.of(&Collections));
    let beside = guess.beside.unwrap();
    assert_eq!((beside.numbers.len(), beside.patterns.len()), (31, 3));
}
