//! The data of the benchmarks: a creditor's portfolio of any size, invented and always the same.
//!
//! The people and debts are those of the samples (`samples/make`), in one row for each obligation: 3.3 of them a
//! debtor, all rows shuffled unless asked otherwise, a tenth of the debtors without an e-mail, a quarter of the
//! obligations never paid, 8 % of the addresses with a comma and so in quotes, 0.4 % with quotes inside, and two
//! columns that become custom fields. Every row is made from its debtor's number alone, so a file of ten million rows
//! needs no more memory than their order.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use jiff::civil::Date;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use crate::Outcome;
use crate::dice::Dice;
use crate::invent::{self, Debt, Person};

/// What all chance here depends on.
const SEED: u64 = 0x0B3A_C400_0001;

/// The header, in the order of the columns.
pub const HEADER: [&str; 16] = [
    "Cédula",
    "Nombre completo",
    "Correo",
    "Celular",
    "Dirección",
    "Ciudad",
    "Nro Obligación",
    "Producto",
    "Saldo total",
    "Fecha vencimiento",
    "Días mora",
    "Tipo cartera",
    "Último pago",
    "Fecha último pago",
    "Saldo pendiente",
    "Sucursal",
];
/// The mapping of that header.
pub const MAPPING: &str = include_str!("portfolio.toml");

const PRODUCTS: [&str; 8] = [
    "Tarjeta de crédito",
    "Crédito de consumo",
    "Libre inversión",
    "Crédito hipotecario",
    "Microcrédito",
    "Libranza",
    "Vehículo",
    "Crédito educativo",
];
const STATES: [&str; 5] = ["Vigente", "Vencida", "Castigada", "Jurídica", "Prejurídica"];
const BRANCHES: [&str; 8] =
    ["Centro", "Poblado", "Norte", "Unicentro", "Ciudad Jardín", "Usaquén", "Itagüí", "Cañaveral"];

/// How the rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8, commas, `1234567.89`.
    Csv,
    /// Windows-1252, semicolons, `1.234.567,89`, as a Spanish Excel saves.
    Csv1252,
    /// A workbook: amounts as numbers, dates as dates, identifications and phones as numbers.
    Xlsx,
}

/// In which order they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The rows of a debtor are anywhere.
    Shuffled,
    /// They stand together.
    Sorted,
}

/// Writes so many rows.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, kind: Kind, rows: usize, order: Order) -> Outcome<()> {
    let order = row_order(rows, order);
    match kind {
        Kind::Xlsx => write_workbook(path, &order),
        Kind::Csv | Kind::Csv1252 => write_csv(path, &order, kind == Kind::Csv1252),
    }
}

/// Which obligation of which debtor stands in each row.
fn row_order(rows: usize, order: Order) -> Vec<(u32, u8)> {
    let mut dice = Dice::new(SEED);
    let mut places = Vec::with_capacity(rows + 6);
    for debtor in 0.. {
        let debts = u8::try_from(invent::debts_of_one(&mut dice)).expect("a debtor has a handful");
        places.extend((0..debts).map(|nth| (debtor, nth)));
        if places.len() >= rows {
            break;
        }
    }
    places.truncate(rows);
    if order == Order::Shuffled {
        dice.shuffle(&mut places);
    }
    places
}

/// A row as it is before it is written.
struct Line {
    person: Person,
    has_email: bool,
    address: String,
    debt: Debt,
    product: &'static str,
    state: &'static str,
    branch: &'static str,
}

impl Line {
    fn of((debtor, nth): (u32, u8)) -> Line {
        let mut of_debtor = Dice::new(SEED ^ (u64::from(debtor) << 8));
        let mut person = invent::person(&mut of_debtor, i64::from(debtor));
        // There are ten thousand phones that reach nobody; here many debtors share one.
        person.mobile = invent::mobile(i64::from(debtor % 10_000));
        let (has_email, address) = (!of_debtor.percent(10), address(&mut of_debtor, &person.address));
        let mut of_debt = Dice::new(SEED ^ (u64::from(debtor) << 8) ^ u64::from(nth + 1));
        let debt = invent::debt(&mut of_debt, i64::from(debtor) * 10 + i64::from(nth));
        let (product, state) = (of_debt.pick(&PRODUCTS), of_debt.pick(&STATES));
        Line { person, has_email, address, debt, product, state, branch: of_debt.pick(&BRANCHES) }
    }

    fn name(&self) -> String {
        format!("{} {}", self.person.given, self.person.family)
    }

    fn email(&self) -> &str {
        if self.has_email { &self.person.email } else { "" }
    }
}

fn address(dice: &mut Dice, street: &str) -> String {
    match dice.between(1, 1000) {
        1..=80 => format!("{street}, Torre {}, Apto {}", dice.between(1, 9), dice.between(101, 999)),
        81..=84 => format!("{street} Conj. \"El Roble\" Casa {}", dice.between(1, 99)),
        85..=400 => format!("{street} Apto {}", dice.between(101, 999)),
        _ => street.to_owned(),
    }
}

fn write_csv(path: &Path, order: &[(u32, u8)], is_spanish: bool) -> Outcome<()> {
    let delimiter = if is_spanish { ';' } else { ',' };
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let mut put = |text: &str| {
        if is_spanish {
            out.write_all(&encoding_rs::WINDOWS_1252.encode(text).0)
        } else {
            out.write_all(text.as_bytes())
        }
    };
    let mut text = HEADER.join(&delimiter.to_string()) + "\n";
    put(&text)?;
    for place in order {
        let line = Line::of(*place);
        text.clear();
        let mut cell = |value: &str| {
            push_quoted(&mut text, value, delimiter);
            text.push(delimiter);
        };
        let amount = |cents: i64| if is_spanish { spanish(cents) } else { plain(cents) };
        cell(&line.person.identification);
        cell(&line.name());
        cell(line.email());
        cell(&line.person.mobile);
        cell(&line.address);
        cell(line.person.city);
        cell(&line.debt.number);
        cell(line.product);
        cell(&amount(line.debt.total));
        cell(&day(line.debt.due));
        cell(&line.debt.days.to_string());
        cell(line.state);
        cell(&line.debt.paid.map_or_else(String::new, |(cents, _)| amount(cents)));
        cell(&line.debt.paid.map_or_else(String::new, |(_, when)| day(when)));
        cell(&amount(line.debt.overdue));
        push_quoted(&mut text, line.branch, delimiter);
        text.push('\n');
        put(&text)?;
    }
    out.flush()?;
    Ok(())
}

fn push_quoted(text: &mut String, value: &str, delimiter: char) {
    if value.contains([delimiter, ',', '"']) {
        let _ = write!(text, "\"{}\"", value.replace('"', "\"\""));
    } else {
        text.push_str(value);
    }
}

fn plain(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// `1.234.567,89`.
fn spanish(cents: i64) -> String {
    let whole = (cents / 100).to_string();
    let first = whole.len() % 3;
    let mut text = whole[..first].to_owned();
    for at in (first..whole.len()).step_by(3) {
        if at > 0 {
            text.push('.');
        }
        text.push_str(&whole[at..at + 3]);
    }
    format!("{text},{:02}", cents % 100)
}

fn day(date: Date) -> String {
    format!("{:02}/{:02}/{}", date.day(), date.month(), date.year())
}

fn write_workbook(path: &Path, order: &[(u32, u8)]) -> Outcome<()> {
    let mut workbook = Workbook::new();
    let dates = Format::new().set_num_format("dd/mm/yyyy");
    let sheet = workbook.add_worksheet().set_name("Cartera")?;
    for (column, name) in (0u16..).zip(HEADER) {
        sheet.write(0, column, name)?;
    }
    for (row, place) in (1u32..).zip(order) {
        write_row(sheet, row, &Line::of(*place), &dates)?;
    }
    workbook.save(path)?;
    Ok(())
}

fn write_row(sheet: &mut Worksheet, row: u32, line: &Line, dates: &Format) -> Result<(), XlsxError> {
    #[expect(clippy::cast_precision_loss, reason = "amounts of a few billions, in cents")]
    let amount = |cents: i64| cents as f64 / 100.0;
    let number = |digits: &str| digits.parse::<u64>().unwrap_or_default();
    let date = |date: Date| {
        let part = |number: i8| u8::try_from(number).unwrap_or(1);
        ExcelDateTime::from_ymd(date.year().unsigned_abs(), part(date.month()), part(date.day()))
    };
    sheet.write(row, 0, number(&line.person.identification))?;
    sheet.write(row, 1, line.name())?;
    if line.has_email {
        sheet.write(row, 2, &line.person.email)?;
    }
    sheet.write(row, 3, number(&line.person.mobile))?;
    sheet.write(row, 4, &line.address)?;
    sheet.write(row, 5, line.person.city)?;
    sheet.write(row, 6, &line.debt.number)?;
    sheet.write(row, 7, line.product)?;
    sheet.write(row, 8, amount(line.debt.total))?;
    sheet.write_with_format(row, 9, &date(line.debt.due)?, dates)?;
    sheet.write(row, 10, line.debt.days)?;
    sheet.write(row, 11, line.state)?;
    if let Some((cents, when)) = line.debt.paid {
        sheet.write(row, 12, amount(cents))?;
        sheet.write_with_format(row, 13, &date(when)?, dates)?;
    }
    sheet.write(row, 14, amount(line.debt.overdue))?;
    sheet.write(row, 15, line.branch)?;
    Ok(())
}
