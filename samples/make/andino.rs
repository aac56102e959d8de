//! `banco-andino.xlsx`: a portfolio without a mistake, with the typed cells of a real workbook.
//!
//! What makes it worth loading: identifications and mobiles are numbers (as Excel likes them), obligation
//! numbers are text with leading zeros, dates are real dates, and the rows of a debtor are far apart.

use crate::Outcome;
use crate::dice::Dice;
use crate::invent::{self, Debt, Person};
use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, IgnoreError, Workbook, Worksheet};
use std::path::Path;

const SEED: u64 = 0x000A_0D17_0001;
const DEBTORS: i64 = 320;
const NUMBER_COLUMN: u16 = 8;

/// The header and the width of each column.
const COLUMNS: [(&str, f64); 17] = [
    ("Cédula", 13.0),
    ("Nombres", 20.0),
    ("Apellidos", 22.0),
    ("Correo", 36.0),
    ("Celular", 12.0),
    ("Teléfono fijo", 16.0),
    ("Dirección", 26.0),
    ("Ciudad", 14.0),
    ("Nro Obligación", 16.0),
    ("Producto", 18.0),
    ("Saldo total", 16.0),
    ("Saldo vencido", 16.0),
    ("Fecha vencimiento", 18.0),
    ("Días mora", 11.0),
    ("Último pago", 14.0),
    ("Fecha último pago", 18.0),
    ("Sucursal", 14.0),
];

const PRODUCTS: [&str; 6] =
    ["Tarjeta de crédito", "Libre inversión", "Vehículo", "Hipotecario", "Libranza", "Crédito rotativo"];
const BRANCHES: [&str; 6] = ["Centro", "Chapinero", "El Poblado", "Unicentro", "Los Ángeles", "San José"];

/// A debtor and what this creditor knows of them beyond the person.
struct Debtor {
    person: Person,
    /// Someone typed this identification as text; the rest are numbers.
    typed_as_text: bool,
    has_mobile: bool,
    has_landline: bool,
}

struct Row {
    debtor: usize,
    debt: Debt,
    product: &'static str,
    branch: &'static str,
}

/// The formats of cells that are not plain.
struct Formats {
    header: Format,
    money: Format,
    day: Format,
}

/// Writes the workbook into the folder.
pub(crate) fn write(folder: &Path) -> Outcome<()> {
    let (debtors, rows) = portfolio();
    let formats = Formats {
        header: Format::new().set_bold(),
        money: Format::new().set_num_format("#,##0.00"),
        day: Format::new().set_num_format("dd/mm/yyyy"),
    };
    let mut workbook = Workbook::new();
    // Without a fixed date the file would carry the moment of its making, and differ each time.
    let made = ExcelDateTime::from_ymd(2026, 11, 1)?;
    workbook.set_properties(&DocProperties::new().set_title("Cartera").set_creation_datetime(&made));
    let sheet = workbook.add_worksheet().set_name("Cartera")?;
    lay_out(sheet, &formats)?;
    for (row, line) in (1..).zip(&rows) {
        write_debtor(sheet, row, &debtors[line.debtor])?;
        write_debt(sheet, row, line, &formats)?;
    }
    let last = u32::try_from(rows.len())?;
    for text_column in [0, NUMBER_COLUMN] {
        sheet.ignore_error_range(1, text_column, last, text_column, IgnoreError::NumberStoredAsText)?;
    }
    workbook.save(folder.join("banco-andino.xlsx"))?;
    Ok(())
}

fn portfolio() -> (Vec<Debtor>, Vec<Row>) {
    let mut dice = Dice::new(SEED);
    let mut debtors = Vec::new();
    let mut rows = Vec::new();
    let mut number = 4_512_001;
    for serial in 0..DEBTORS {
        let has_mobile = !dice.percent(5);
        debtors.push(Debtor {
            person: invent::person(&mut dice, serial),
            typed_as_text: dice.percent(8),
            has_mobile,
            has_landline: !has_mobile || dice.percent(60),
        });
        for _ in 0..invent::debts_of_one(&mut dice) {
            rows.push(Row {
                debtor: debtors.len() - 1,
                debt: invent::debt(&mut dice, number),
                product: dice.pick(&PRODUCTS),
                branch: dice.pick(&BRANCHES),
            });
            number += dice.between(1, 40);
        }
    }
    dice.shuffle(&mut rows);
    (debtors, rows)
}

fn lay_out(sheet: &mut Worksheet, formats: &Formats) -> Outcome<()> {
    for (column, (header, width)) in (0..).zip(COLUMNS) {
        sheet.set_column_width(column, width)?;
        sheet.write_string_with_format(0, column, header, &formats.header)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

fn write_debtor(sheet: &mut Worksheet, row: u32, debtor: &Debtor) -> Outcome<()> {
    let person = &debtor.person;
    if debtor.typed_as_text {
        sheet.write_string(row, 0, &person.identification)?;
    } else {
        sheet.write_number(row, 0, person.identification.parse::<f64>()?)?;
    }
    sheet.write_string(row, 1, &person.given)?;
    sheet.write_string(row, 2, &person.family)?;
    sheet.write_string(row, 3, &person.email)?;
    if debtor.has_mobile {
        sheet.write_number(row, 4, person.mobile.parse::<f64>()?)?;
    }
    if debtor.has_landline {
        sheet.write_string(row, 5, &person.landline)?;
    }
    sheet.write_string(row, 6, &person.address)?;
    sheet.write_string(row, 7, person.city)?;
    Ok(())
}

fn write_debt(sheet: &mut Worksheet, row: u32, line: &Row, formats: &Formats) -> Outcome<()> {
    let debt = &line.debt;
    sheet.write_string(row, NUMBER_COLUMN, &debt.number)?;
    sheet.write_string(row, 9, line.product)?;
    sheet.write_number_with_format(row, 10, pesos(debt.total), &formats.money)?;
    sheet.write_number_with_format(row, 11, pesos(debt.overdue), &formats.money)?;
    sheet.write_datetime_with_format(row, 12, day(debt.due)?, &formats.day)?;
    sheet.write_number(row, 13, i32::try_from(debt.days)?)?;
    if let Some((paid, when)) = debt.paid {
        sheet.write_number_with_format(row, 14, pesos(paid), &formats.money)?;
        sheet.write_datetime_with_format(row, 15, day(when)?, &formats.day)?;
    }
    sheet.write_string(row, 16, line.branch)?;
    Ok(())
}

/// The nearest double of an exact amount, which is what Excel itself keeps of it.
fn pesos(cents: i64) -> f64 {
    Decimal::new(cents, 2).to_f64().expect("an amount of two decimals has a nearest double")
}

fn day(date: Date) -> Outcome<ExcelDateTime> {
    let (year, month) = (u16::try_from(date.year())?, u8::try_from(date.month())?);
    Ok(ExcelDateTime::from_ymd(year, month, u8::try_from(date.day())?)?)
}
