//! `almacenes-luna.csv`: a row for each debtor, with up to four phones and up to four obligations side by side.
//!
//! The numbers of the obligations' columns have a gap, as in a file from which somebody has deleted a group of
//! columns, and a group that a debtor does not need is blank.

use crate::Outcome;
use crate::dice::Dice;
use crate::invent;
use rust_decimal::Decimal;
use std::fmt::Write;
use std::fs;
use std::path::Path;

const SEED: u64 = 0x0A1A_0000_0004;
const DEBTORS: i64 = 70;
const FIRST_PERSON: i64 = 8_600;
/// The numbers of the groups of columns.
const GROUPS: [usize; 4] = [1, 2, 3, 5];

/// Writes the file into the folder.
pub(crate) fn write(folder: &Path) -> Outcome<()> {
    let mut dice = Dice::new(SEED);
    let mut text = String::from("\u{feff}Documento;Cliente;Correo;Tel 1;Tel 2;Tel 3;Tel 4;Dirección");
    for group in GROUPS {
        write!(text, ";Obligación {group};Almacén {group};Saldo {group};Vence {group}")?;
    }
    text.push_str("\r\n");
    let mut number = 310_001;
    for serial in FIRST_PERSON..FIRST_PERSON + DEBTORS {
        let person = invent::person(&mut dice, serial);
        // The mobile stands in one of the four columns, the landline sometimes in the one after it.
        let place = usize::try_from(dice.between(0, 3))?;
        let mut phones = [const { String::new() }; 4];
        person.mobile.clone_into(&mut phones[place]);
        if place < 3 && dice.percent(50) {
            person.landline.clone_into(&mut phones[place + 1]);
        }
        let (name, phones) = (format!("{} {}", person.given, person.family), phones.join(";"));
        write!(text, "{};{name};{};{phones};{}", person.identification, person.email, person.address)?;
        let owes = dice.between(1, 4);
        let first = dice.between(0, 4 - owes);
        for at in 0..4 {
            if (first..first + owes).contains(&at) {
                let debt = invent::debt(&mut dice, number);
                number += dice.between(1, 20);
                let store = dice.pick(&["Luna Norte", "Luna Centro", "Luna Plaza"]);
                let (due, total) = (debt.due.strftime("%d/%m/%Y"), Decimal::new(debt.total, 2));
                let total = total.to_string().replace('.', ",");
                write!(text, ";{};{store};{total};{due}", debt.number)?;
            } else {
                text.push_str(";;;;");
            }
        }
        text.push_str("\r\n");
    }
    fs::write(folder.join("almacenes-luna.csv"), text)?;
    Ok(())
}
