//! `caja-sur.xlsx`: debtors in one sheet and obligations in another; the same with mistakes, and the list of them.
//!
//! The identification is a number in one sheet and text in the other, as in workbooks that come from two
//! systems. Both workbooks have the same rows in the same places, so the right one is what a person makes of the
//! faulty one.

use crate::Outcome;
use crate::dice::Dice;
use crate::invent::{self, Debt, Person};
use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

const SEED: u64 = 0x0CA1_A500_0003;
const DEBTORS: usize = 80;
const FIRST_PERSON: i64 = 7_500;
/// The debtor whose row is there twice.
const TWICE: usize = 60;
/// Debtors who have one obligation, because theirs loses its debtor.
const SINGLE: [usize; 2] = [31, 66];
/// A debtor who has the same obligation twice in the faulty file, and so has several.
const REPEATING: usize = 53;

const DEBTOR_COLUMNS: [&str; 6] = ["Cédula", "Nombre", "Correo", "Celular", "Dirección", "Ciudad"];
const OBLIGATION_COLUMNS: [&str; 6] =
    ["Documento", "Nro Obligación", "Producto", "Saldo", "Fecha vencimiento", "Días mora"];
const PRODUCTS: [&str; 4] = ["Cupo rotativo", "Vivienda", "Libre inversión", "Educación"];

/// A cell of either sheet.
#[derive(Clone)]
enum Cell {
    Text(String),
    Number(f64),
    Day(Date),
}

/// The cells of both sheets, without their headers.
#[derive(Clone)]
struct Book {
    debtors: Vec<Vec<Cell>>,
    /// Each with the ordinal of its debtor.
    obligations: Vec<(usize, Vec<Cell>)>,
}

/// A mistake: its sheet, row and column, its code, and why.
struct Mistake(&'static str, usize, &'static str, &'static str, &'static str);

/// Writes both workbooks and the list of mistakes into the folder.
pub(crate) fn write(folder: &Path) -> Outcome<()> {
    let mut book = invent_book()?;
    save(&book, &folder.join("caja-sur.xlsx"))?;
    let mistakes = spoil(&mut book);
    save(&book, &folder.join("caja-sur-faulty.xlsx"))?;
    let mut list = String::from("sheet,row,column,code,why\n");
    for Mistake(sheet, row, column, code, why) in mistakes {
        writeln!(list, "{sheet},{row},{column},{code},{why}")?;
    }
    fs::write(folder.join("caja-sur-faulty.expected.csv"), list)?;
    Ok(())
}

fn invent_book() -> Outcome<Book> {
    let mut dice = Dice::new(SEED);
    let (mut debtors, mut obligations) = (Vec::new(), Vec::new());
    let mut number = 880_001;
    for (debtor, serial) in (0..DEBTORS).zip(FIRST_PERSON..) {
        let person = invent::person(&mut dice, serial);
        debtors.push(debtor_cells(&person)?);
        let count = invent::debts_of_one(&mut dice);
        let count = match debtor {
            _ if SINGLE.contains(&debtor) => 1,
            REPEATING => 3,
            _ => count,
        };
        for _ in 0..count {
            let debt = invent::debt(&mut dice, number);
            number += dice.between(1, 30);
            obligations.push((debtor, obligation_cells(&person, &debt, dice.pick(&PRODUCTS))));
        }
    }
    debtors.push(debtors[TWICE].clone());
    dice.shuffle(&mut obligations);
    Ok(Book { debtors, obligations })
}

fn debtor_cells(person: &Person) -> Outcome<Vec<Cell>> {
    let name = format!("{} {}", person.given, person.family);
    let texts =
        [name, person.email.clone(), person.mobile.clone(), person.address.clone(), person.city.to_owned()];
    let mut cells = vec![Cell::Number(person.identification.parse()?)];
    cells.extend(texts.map(Cell::Text));
    Ok(cells)
}

fn obligation_cells(person: &Person, debt: &Debt, product: &str) -> Vec<Cell> {
    let total = Decimal::new(debt.total, 2).to_f64().expect("an amount of two decimals has a nearest double");
    let days = debt.days.to_f64().expect("days in arrears are few");
    let texts = [&person.identification, &debt.number, product].map(|text| Cell::Text(text.to_owned()));
    texts.into_iter().chain([Cell::Number(total), Cell::Day(debt.due), Cell::Number(days)]).collect()
}

/// Puts the mistakes into a right book.
fn spoil(book: &mut Book) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    let (debtors, obligations) = ("Deudores", "Obligaciones");
    let text = |text: &str| Cell::Text(text.to_owned());
    // The row that Excel shows: the header is the first.
    let shown = |at: usize| at + 2;
    let of = |book: &Book, debtor: usize| -> Vec<usize> {
        (0..book.obligations.len()).filter(|at| book.obligations[*at].0 == debtor).collect()
    };
    for (debtor, column, cell, code, why) in [
        (5, 2, text("sin-arroba.example.com"), "bad-email", "this is not an e-mail address"),
        (12, 1, text(""), "missing-required", "the name is blank"),
        (20, 0, Cell::Number(1_999_999_001.0), "orphan-debtor", "nobody has an obligation under this number"),
    ] {
        book.debtors[debtor][column] = cell;
        mistakes.push(Mistake(debtors, shown(debtor), DEBTOR_COLUMNS[column], code, why));
    }
    for at in of(book, 20) {
        let why = "its debtor has another number in the other sheet";
        mistakes.push(Mistake(obligations, shown(at), OBLIGATION_COLUMNS[0], "orphan-obligation", why));
    }
    for (debtor, column, cell, code, why) in [
        (SINGLE[0], 0, text(""), "missing-required", "nobody can tell whose obligation this is"),
        (SINGLE[1], 0, text("1999999002"), "orphan-obligation", "no debtor has this number"),
        (40, 3, text("por definir"), "bad-amount", "this is a remark and not an amount"),
        (47, 4, text("31/02/2026"), "bad-date", "the calendar has no such day"),
    ] {
        let at = of(book, debtor)[0];
        book.obligations[at].1[column] = cell;
        mistakes.push(Mistake(obligations, shown(at), OBLIGATION_COLUMNS[column], code, why));
        if SINGLE.contains(&debtor) {
            let why = "their only obligation names somebody else";
            mistakes.push(Mistake(debtors, shown(debtor), DEBTOR_COLUMNS[0], "orphan-debtor", why));
        }
    }
    let repeated = of(book, REPEATING);
    book.obligations[repeated[1]].1[1] = book.obligations[repeated[0]].1[1].clone();
    let why = "an earlier row of this debtor has this obligation with other data";
    mistakes.push(Mistake(
        obligations,
        shown(repeated[1]),
        OBLIGATION_COLUMNS[1],
        "duplicate-obligation",
        why,
    ));
    book.debtors[DEBTORS][4] = text("Calle 1 # 1-01");
    let why = "an earlier row of this debtor has another address (the first one holds)";
    mistakes.push(Mistake(debtors, shown(DEBTORS), DEBTOR_COLUMNS[4], "conflicting-rows", why));
    mistakes
}

fn save(book: &Book, path: &Path) -> Outcome<()> {
    let mut workbook = Workbook::new();
    // Without a fixed date the file would carry the moment of its making, and differ each time.
    let made = ExcelDateTime::from_ymd(2026, 11, 1)?;
    workbook.set_properties(&DocProperties::new().set_title("Caja Sur").set_creation_datetime(&made));
    let debtors = book.debtors.iter().map(Vec::as_slice);
    write_sheet(workbook.add_worksheet().set_name("Deudores")?, DEBTOR_COLUMNS, debtors)?;
    let obligations = book.obligations.iter().map(|(_, cells)| cells.as_slice());
    write_sheet(workbook.add_worksheet().set_name("Obligaciones")?, OBLIGATION_COLUMNS, obligations)?;
    workbook.save(path)?;
    Ok(())
}

fn write_sheet<'c>(
    sheet: &mut Worksheet,
    header: [&str; 6],
    rows: impl Iterator<Item = &'c [Cell]>,
) -> Outcome<()> {
    let (bold, day) = (Format::new().set_bold(), Format::new().set_num_format("dd/mm/yyyy"));
    for (column, name) in (0..).zip(header) {
        sheet.set_column_width(column, 22)?;
        sheet.write_string_with_format(0, column, name, &bold)?;
    }
    for (row, cells) in (1..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Cell::Text(text) if text.is_empty() => {}
                Cell::Text(text) => {
                    sheet.write_string(row, column, text)?;
                }
                Cell::Number(number) => {
                    sheet.write_number(row, column, *number)?;
                }
                Cell::Day(date) => {
                    let (year, month) = (u16::try_from(date.year())?, u8::try_from(date.month())?);
                    let date = ExcelDateTime::from_ymd(year, month, u8::try_from(date.day())?)?;
                    sheet.write_datetime_with_format(row, column, date, &day)?;
                }
            }
        }
    }
    Ok(())
}
