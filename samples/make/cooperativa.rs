//! `cooperativa-faulty.csv`, the same file corrected, and the list of what differs.
//!
//! The file is what a Spanish Excel saves as CSV: semicolons, Windows-1252, CRLF, decimal commas, days first.
//! The right file is made first; the mistakes are then put into a copy of it, so that the two differ exactly
//! where the list says.

use crate::Outcome;
use crate::dice::Dice;
use crate::invent::{self, Debt, Person};
use crate::mistakes::{Fault, Wrong};
use std::fmt::Write;
use std::fs;
use std::path::Path;

const SEED: u64 = 0x0C00_9E8A_0002;
const DEBTORS: usize = 140;
const FIRST_PERSON: i64 = 5_000;
/// Added to a person's number for the number of the second phone.
const SECOND_PHONE: i64 = 2_000;

const HEADERS: [&str; 15] = [
    "Identificación",
    "Nombre completo",
    "Correo electrónico",
    "Celular 1",
    "Celular 2",
    "Dirección",
    "Municipio",
    "No. Crédito",
    "Línea",
    "Saldo",
    "Fecha vcto",
    "Días mora",
    "Valor último pago",
    "Fecha último pago",
    "Asesor",
];

/// The columns that something is done to after a row is made.
pub(crate) mod column {
    pub(crate) const IDENTIFICATION: usize = 0;
    pub(crate) const NAME: usize = 1;
    pub(crate) const EMAIL: usize = 2;
    pub(crate) const MOBILE_1: usize = 3;
    pub(crate) const ADDRESS: usize = 5;
    pub(crate) const NUMBER: usize = 7;
    pub(crate) const BALANCE: usize = 9;
    pub(crate) const DUE: usize = 10;
    pub(crate) const DAYS: usize = 11;
    pub(crate) const PAID: usize = 12;
    pub(crate) const PAID_ON: usize = 13;
}

const LINES: [&str; 5] =
    ["Crédito de consumo", "Microcrédito", "Mejora de vivienda", "Educación", "Crédito rotativo"];
const ADVISERS: [&str; 6] = [
    "Marta Ríos",
    "Íngrid Peña",
    "Julián Ñáñez",
    "Óscar Güiza",
    "Zona norte; turno tarde",
    "Grupo \"Alianza\" Bogotá",
];

/// What is done with the rows of a debtor.
enum Part {
    Right,
    /// One row is there twice; it is skipped the second time.
    Repeats,
    /// The last row has another address; the first one holds.
    Disagrees,
    Mistaken(Fault),
}

/// A row of the right file.
#[derive(Clone)]
struct Line {
    debtor: usize,
    cells: Vec<String>,
    note: Option<Note>,
}

/// What a reader should say of a row: a line of the list.
#[derive(Clone)]
struct Note {
    column: Option<usize>,
    code: &'static str,
    why: &'static str,
}

/// Writes the two files and the list into the folder.
pub(crate) fn write(folder: &Path) -> Outcome<()> {
    let parts = parts();
    let right = right_lines(&parts);
    let faulty = faulty_lines(&right, &parts);
    fs::write(folder.join("cooperativa-corrected.csv"), windows_1252(&right)?)?;
    fs::write(folder.join("cooperativa-faulty.csv"), windows_1252(&faulty)?)?;
    fs::write(folder.join("cooperativa-faulty.expected.csv"), list(&faulty)?)?;
    Ok(())
}

fn parts() -> Vec<Part> {
    let mut parts: Vec<Part> = Fault::all().map(Part::Mistaken).collect();
    parts.extend([Part::Repeats, Part::Repeats, Part::Repeats]);
    parts.extend([Part::Disagrees, Part::Disagrees, Part::Disagrees]);
    parts.resize_with(DEBTORS, || Part::Right);
    parts
}

fn right_lines(parts: &[Part]) -> Vec<Line> {
    let mut dice = Dice::new(SEED);
    let mut lines = Vec::new();
    let mut number = 7_300_118;
    for ((debtor, part), serial) in parts.iter().enumerate().zip(FIRST_PERSON..) {
        let shared = debtor_cells(&mut dice, serial, part);
        let rows = match part {
            Part::Mistaken(fault) => fault.rows,
            Part::Disagrees => 3,
            Part::Repeats | Part::Right => invent::debts_of_one(&mut dice),
        };
        for _ in 0..rows {
            let debt = invent::debt(&mut dice, number);
            let keeps_blanks = !matches!(part, Part::Mistaken(_));
            let own = debt_cells(&mut dice, &debt, keeps_blanks);
            let cells = shared.iter().cloned().chain(own).collect();
            lines.push(Line { debtor, cells, note: None });
            number += dice.between(1, 60);
        }
    }
    dice.shuffle(&mut lines);
    disagree(&mut dice, &mut lines, parts);
    repeat(&mut lines, parts);
    lines
}

/// The columns that are the same on all rows of a debtor.
fn debtor_cells(dice: &mut Dice, serial: i64, part: &Part) -> Vec<String> {
    let person = invent::person(dice, serial);
    let (first, second) = phones(dice, serial, &person, part);
    let splits = matches!(part, Part::Mistaken(Fault { wrong: Wrong::Unquoted, .. }));
    let address = if splits || dice.percent(14) {
        format!("{}; Apto {}", person.address, dice.between(101, 1_204))
    } else {
        person.address
    };
    let name = format!("{} {}", person.given, person.family);
    vec![person.identification, name, person.email, first, second, address, person.city.to_owned()]
}

/// A mistaken debtor has no second phone, so that nothing can stand in for a bad first one.
fn phones(dice: &mut Dice, serial: i64, person: &Person, part: &Part) -> (String, String) {
    let (prefix, line) = person.mobile.split_at(6);
    let first = match dice.between(0, 2) {
        0 => format!("{} {} {line}", &prefix[..3], &prefix[3..]),
        1 => format!("{}-{}-{line}", &prefix[..3], &prefix[3..]),
        _ => person.mobile.clone(),
    };
    let other = invent::mobile(serial + SECOND_PHONE);
    match part {
        Part::Mistaken(_) => (first, String::new()),
        _ if dice.percent(10) => (String::new(), other),
        _ if dice.percent(40) => (first, other),
        _ => (first, String::new()),
    }
}

/// The columns of an obligation. A row that is going to be spoilt needs a right value to spoil.
fn debt_cells(dice: &mut Dice, debt: &Debt, keeps_blanks: bool) -> Vec<String> {
    let usual = (12_500_000, debt.due.saturating_sub(jiff::Span::new().days(30)));
    let paid = if keeps_blanks { debt.paid } else { Some(debt.paid.unwrap_or(usual)) };
    vec![
        debt.number.clone(),
        dice.pick(&LINES).to_owned(),
        pesos(debt.total),
        day(debt.due),
        debt.days.to_string(),
        paid.map_or_else(String::new, |(amount, _)| pesos(amount)),
        paid.map_or_else(String::new, |(_, when)| day(when)),
        dice.pick(&ADVISERS).to_owned(),
    ]
}

/// Gives the last row of some debtors another address, as happens when a creditor joins two of its systems.
fn disagree(dice: &mut Dice, lines: &mut [Line], parts: &[Part]) {
    for (debtor, _) in parts.iter().enumerate().filter(|(_, part)| matches!(part, Part::Disagrees)) {
        let line = lines.iter_mut().rfind(|line| line.debtor == debtor).expect("each debtor has a row");
        line.cells[column::ADDRESS] = invent::address(dice);
        let why = "an earlier row of this debtor has another address (the first one holds)";
        line.note = Some(Note { column: Some(column::ADDRESS), code: "conflicting-rows", why });
    }
}

/// Puts a row of some debtors in again: at once, some rows later, and as the last of the file.
fn repeat(lines: &mut Vec<Line>, parts: &[Part]) {
    let why = "an earlier row is identical (skipped; not an error)";
    let repeating = parts.iter().enumerate().filter(|(_, part)| matches!(part, Part::Repeats));
    for ((debtor, _), distance) in repeating.zip([1, 60, usize::MAX]) {
        let at = lines.iter().position(|line| line.debtor == debtor).expect("each debtor has a row");
        let note = Some(Note { column: None, code: "duplicate-identical", why });
        let again = Line { note, ..lines[at].clone() };
        lines.insert(at.saturating_add(distance).min(lines.len()), again);
    }
}

/// The right rows with every mistake made, each noted on its row.
fn faulty_lines(right: &[Line], parts: &[Part]) -> Vec<Line> {
    let mut rows_seen = vec![0; parts.len()];
    let mut first_numbers: Vec<Option<String>> = vec![None; parts.len()];
    let mut lines = right.to_vec();
    for line in &mut lines {
        let row = rows_seen[line.debtor];
        rows_seen[line.debtor] += 1;
        let first_number =
            first_numbers[line.debtor].get_or_insert_with(|| line.cells[column::NUMBER].clone());
        if let Part::Mistaken(fault) = &parts[line.debtor]
            && fault.is_on(row)
        {
            fault.spoil(&mut line.cells, first_number);
            let Fault { kind, .. } = fault;
            line.note = Some(Note { column: fault.column_at_fault(), code: kind.code, why: kind.why });
        }
    }
    lines
}

/// The list of mistakes, with the row numbers that a spreadsheet shows: the header is row 1.
fn list(lines: &[Line]) -> Outcome<String> {
    let mut text = String::from("row,column,code,why\n");
    for (row, line) in (2..).zip(lines) {
        if let Some(Note { column, code, why }) = line.note {
            writeln!(text, "{row},{},{code},{why}", column.map_or("", |column| HEADERS[column]))?;
        }
    }
    Ok(text)
}

fn windows_1252(lines: &[Line]) -> Outcome<Vec<u8>> {
    let mut text = HEADERS.join(";") + "\r\n";
    for line in lines {
        let cells: Vec<String> = line.cells.iter().map(|cell| quoted(cell)).collect();
        text += &cells.join(";");
        text += "\r\n";
    }
    let (bytes, _, lossy) = encoding_rs::WINDOWS_1252.encode(&text);
    if lossy {
        Err("a character of the sample is not in Windows-1252".into())
    } else {
        Ok(bytes.into_owned())
    }
}

fn quoted(cell: &str) -> String {
    if cell.contains([';', '"']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

/// An amount as it is written in Colombia: `1.234.567,89`.
fn pesos(cents: i64) -> String {
    let whole = (cents / 100).to_string();
    let mut grouped = String::new();
    for (nth, digit) in whole.chars().enumerate() {
        if nth > 0 && (whole.len() - nth).is_multiple_of(3) {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    format!("{grouped},{:02}", cents % 100)
}

fn day(date: jiff::civil::Date) -> String {
    format!("{:02}/{:02}/{}", date.day(), date.month(), date.year())
}
