//! People and debts that do not exist, in the shapes that creditors send.
//!
//! Names are common first names and surnames put together by chance. Identifications are of a range that
//! is made up, phones are all `300 555 xxxx`, and e-mails are at the domains kept for examples, so
//! that a sample loaded by mistake into a real operation reaches nobody.

use crate::dice::Dice;
use jiff::ToSpan;
use jiff::civil::{Date, date};

/// The day on which both creditors closed their books: days in arrears are counted up to it.
const CLOSED_ON: Date = date(2026, 10, 31);

/// First names of women, then of men: a person's two are of one list, as people's are.
const GIVEN_NAMES: [[&str; 20]; 2] = [
    [
        "María",
        "Ana",
        "Sofía",
        "Luz",
        "Inés",
        "Beatriz",
        "Verónica",
        "Begoña",
        "Rocío",
        "Lucía",
        "Mónica",
        "Paula",
        "Yolanda",
        "Camila",
        "Gloria",
        "Íngrid",
        "Elena",
        "Daniela",
        "Patricia",
        "Ángela",
    ],
    [
        "José", "Luis", "Carlos", "Andrés", "Jorge", "Julián", "Óscar", "Iván", "Martín", "Hernán", "Raúl",
        "Tomás", "Álvaro", "Simón", "Nicolás", "Fabián", "Germán", "Efraín", "Saúl", "Íñigo",
    ],
];

const SURNAMES: [&str; 40] = [
    "Muñoz",
    "García",
    "Rodríguez",
    "Peña",
    "Gómez",
    "Núñez",
    "Ordóñez",
    "López",
    "Argüello",
    "Castaño",
    "Pérez",
    "Ibáñez",
    "Ramírez",
    "Zúñiga",
    "Torres",
    "Cárdenas",
    "Londoño",
    "Rojas",
    "Bermúdez",
    "Acuña",
    "Díaz",
    "Vargas",
    "Patiño",
    "Suárez",
    "Güiza",
    "Moreno",
    "Avendaño",
    "Jiménez",
    "Quiñones",
    "Herrera",
    "Marín",
    "Ocampo",
    "Villafañe",
    "Sánchez",
    "Rincón",
    "Cañas",
    "Vélez",
    "Mejía",
    "Nariño",
    "Salazar",
];

const CITIES: [&str; 12] = [
    "Bogotá",
    "Medellín",
    "Cali",
    "Barranquilla",
    "Cúcuta",
    "Ibagué",
    "Popayán",
    "Montería",
    "Pereira",
    "Neiva",
    "Quibdó",
    "Chía",
];

/// A debtor, written as text throughout; a sample decides which values become numbers.
pub(crate) struct Person {
    pub(crate) identification: String,
    pub(crate) given: String,
    pub(crate) family: String,
    pub(crate) email: String,
    pub(crate) mobile: String,
    pub(crate) landline: String,
    pub(crate) address: String,
    pub(crate) city: &'static str,
}

/// What a debtor owes under one number, in cents.
pub(crate) struct Debt {
    pub(crate) number: String,
    pub(crate) total: i64,
    pub(crate) overdue: i64,
    pub(crate) due: Date,
    pub(crate) days: i64,
    /// The last payment, where there was one: what was paid, and when.
    pub(crate) paid: Option<(i64, Date)>,
}

/// The person of that number. Whatever must be unique follows from the number; each sample has its own
/// thousands.
pub(crate) fn person(dice: &mut Dice, number: i64) -> Person {
    let names = dice.pick(&GIVEN_NAMES);
    let given = format!("{} {}", dice.pick(&names), dice.pick(&names));
    let family = format!("{} {}", dice.pick(&SURNAMES), dice.pick(&SURNAMES));
    let domain = dice.pick(&["com", "net", "org"]);
    Person {
        identification: identification(number),
        email: format!("{}.{}{number}@example.{domain}", mailbox(&given), mailbox(&family)),
        mobile: mobile(number),
        landline: format!("(60{}) 555 {:04}", dice.pick(&[1, 2, 4, 5, 7, 8]), dice.between(0, 9_999)),
        address: address(dice),
        city: dice.pick(&CITIES),
        given,
        family,
    }
}

/// Digits alone, as a phone of that number would be dialled; each number has its own.
pub(crate) fn mobile(number: i64) -> String {
    format!("300555{number:04}")
}

pub(crate) fn address(dice: &mut Dice) -> String {
    let street = dice.pick(&["Calle", "Carrera", "Avenida", "Diagonal", "Transversal"]);
    format!("{street} {} # {}-{:02}", dice.between(1, 170), dice.between(1, 99), dice.between(1, 99))
}

/// The factor and the divisor share no factor, so two numbers never have the same identification.
fn identification(number: i64) -> String {
    (1_900_000_000 + number * 61_195_351 % 99_000_000).to_string()
}

/// The number of obligations of one debtor: 3.3 on average, as the creditors we know of.
pub(crate) fn debts_of_one(dice: &mut Dice) -> usize {
    dice.pick(&[1, 2, 2, 3, 3, 3, 4, 4, 5, 6])
}

/// An obligation whose dates, days and amounts agree with each other.
pub(crate) fn debt(dice: &mut Dice, number: i64) -> Debt {
    let total = dice.between(8_000_000, 6_400_000_000);
    let days = if dice.percent(6) { 0 } else { dice.between(1, 720) };
    let due = match days {
        0 => CLOSED_ON.saturating_add(dice.between(1, 25).days()),
        _ => CLOSED_ON.saturating_sub(days.days()),
    };
    let paid = (dice.between(1_500_000, 90_000_000), due.saturating_sub(dice.between(31, 75).days()));
    Debt {
        number: format!("{number:010}"),
        total,
        overdue: if days == 0 { 0 } else { total * dice.between(3, 100) / 100 },
        due,
        days,
        paid: Some(paid).filter(|_| !dice.percent(25)),
    }
}

/// The first word of a name without its accents, since a mailbox has none.
fn mailbox(name: &str) -> String {
    name.split(' ').next().unwrap_or_default().to_lowercase().chars().map(without_accent).collect()
}

fn without_accent(letter: char) -> char {
    match letter {
        'á' => 'a',
        'é' => 'e',
        'í' => 'i',
        'ó' => 'o',
        'ú' | 'ü' => 'u',
        'ñ' => 'n',
        other => other,
    }
}
