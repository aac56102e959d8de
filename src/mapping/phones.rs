//! Telephone numbers: what each country's public numbering plan takes for a number, and how it is dialled.
//!
//! A number is shortened to its national form only where the plan proves which digits are the country's or the
//! trunk's; one that fits no plan stays as it was written, and is said.

use super::country::Country;

/// What the plan says of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phone {
    /// The number in its national form, digits alone.
    National(String),
    /// The same, with a leading zero that was lost.
    Restored(String),
    /// It fits no number of the country.
    OutOfPlan,
}

/// A country's plan.
struct Plan {
    /// Country code (ITU-T E.164).
    calling: &'static str,
    /// What is dialled before a national number, within the country or behind its code.
    trunks: &'static [&'static str],
    /// Whether digits are a national number.
    is_national: fn(&str) -> bool,
}

fn plan(country: Country) -> Plan {
    let (calling, trunks, is_national): (_, &[&str], fn(&str) -> bool) = match country {
        // ENACOM, Plan Fundamental de Numeración Nacional: area and number make ten digits; 9 marks a mobile from abroad.
        Country::Argentina => ("54", &["0", "9"], |n| n.len() == 10 && n.starts_with(['1', '2', '3'])),
        // Anatel, Resolução 749/2022: two digits of area, then eight (2 to 5) or nine (9) digits.
        Country::Brazil => ("55", &["0"], is_brazilian),
        // Subtel, Plan Técnico Fundamental de Numeración (Decreto 18 de 2014): nine digits, mobile 9.
        Country::Chile => {
            ("56", &["0"], |n| n.len() == 9 && n.starts_with(['2', '3', '4', '5', '6', '7', '9']))
        }
        // CRC, Resolución 5826 de 2019: ten digits, mobile 3, fixed 60 and the area.
        Country::Colombia => ("57", &[], |n| {
            n.len() == 10 && (n.starts_with('3') || (n.starts_with("60") && n.as_bytes()[2] != b'0'))
        }),
        // ARCOTEL, Plan Técnico Fundamental de Numeración: dialled with 0; mobile 09 and eight digits, fixed 02 to 07
        // and seven.
        Country::Ecuador => ("593", &[], |n| {
            let mobile = n.len() == 10 && n.starts_with("09");
            let area = n.as_bytes().get(1).is_some_and(|digit| (b'2'..=b'7').contains(digit));
            mobile || (n.len() == 9 && n.starts_with('0') && area)
        }),
        // IFT, Plan Técnico Fundamental de Numeración (2018): ten digits; 01, 044, 045 and the 1 behind +52 ended in 2019.
        Country::Mexico => {
            ("52", &["01", "044", "045", "1"], |n| n.len() == 10 && !n.starts_with(['0', '1']))
        }
        // MTC, Plan Técnico Fundamental de Numeración: mobile 9 and eight digits; fixed area 1 or 4 to 8 and seven in all.
        Country::Peru => ("51", &["0"], |n| {
            (n.len() == 9 && n.starts_with('9'))
                || (n.len() == 8 && n.starts_with(['1', '4', '5', '6', '7', '8']))
        }),
    };
    Plan { calling, trunks, is_national }
}

fn is_brazilian(number: &str) -> bool {
    let bytes = number.as_bytes();
    let area = bytes.len() > 2 && bytes[0] != b'0' && bytes[1] != b'0';
    area && match bytes.len() {
        10 => (b'2'..=b'5').contains(&bytes[2]),
        11 => bytes[2] == b'9',
        _ => false,
    }
}

/// Whether digits are a number of a country as they stand.
pub fn is_national(country: Country, digits: &str) -> bool {
    (plan(country).is_national)(digits)
}

/// Reads a number of a country, however it is written.
pub fn read(country: Country, text: &str) -> Phone {
    let plan = plan(country);
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let abroad = text.trim_start().starts_with('+');
    if !abroad && (plan.is_national)(&digits) {
        return Phone::National(digits);
    }
    let behind_code = digits.strip_prefix("00").unwrap_or(&digits).strip_prefix(plan.calling);
    let local = (!abroad).then_some(digits.as_str());
    for rest in behind_code.into_iter().chain(local) {
        let forms =
            std::iter::once(rest).chain(plan.trunks.iter().filter_map(|trunk| rest.strip_prefix(trunk)));
        for form in forms {
            if (plan.is_national)(form) {
                return Phone::National(form.to_owned());
            }
        }
        // Ecuador dials a zero that its international form leaves out, and that a spreadsheet loses.
        let dialled = format!("0{rest}");
        if country == Country::Ecuador && (plan.is_national)(&dialled) {
            let lost = local == Some(rest);
            return if lost { Phone::Restored(dialled) } else { Phone::National(dialled) };
        }
    }
    Phone::OutOfPlan
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_their_national_form_where_the_plan_proves_it() {
        use Country::{Argentina, Brazil, Chile, Colombia, Ecuador, Mexico, Peru};
        for (country, text, expected) in [
            (Colombia, "300-555-0123", Some("3005550123")),
            (Colombia, "+57 300 555 0123", Some("3005550123")),
            (Colombia, "573005550123", Some("3005550123")),
            (Colombia, "0057 601 5550123", Some("6015550123")),
            (Colombia, "(601) 555-0123", Some("6015550123")),
            (Colombia, "5550123", None),
            (Colombia, "5730055501", None),
            (Colombia, "+1 305 555 0123", None),
            (Colombia, "+3005550123", None),
            (Mexico, "55 5555 0123", Some("5555550123")),
            (Mexico, "044 55 5555 0123", Some("5555550123")),
            (Mexico, "+52 1 55 5555 0123", Some("5555550123")),
            (Mexico, "01 55 5555 0123", Some("5555550123")),
            (Mexico, "55550123", None),
            (Peru, "987 555 012", Some("987555012")),
            (Peru, "+51 987555012", Some("987555012")),
            (Peru, "01 5550123", Some("15550123")),
            (Peru, "5550123", None),
            (Chile, "+56 9 5555 0123", Some("955550123")),
            (Chile, "09 5555 0123", Some("955550123")),
            (Chile, "22 555 0123", Some("225550123")),
            (Chile, "5550123", None),
            (Argentina, "+54 9 11 5555-0123", Some("1155550123")),
            (Argentina, "011 5555-0123", Some("1155550123")),
            (Argentina, "11 15 5555-0123", None),
            (Ecuador, "099 555 0123", Some("0995550123")),
            (Ecuador, "+593 99 555 0123", Some("0995550123")),
            (Ecuador, "02 255 0123", Some("022550123")),
            (Ecuador, "555", None),
            (Brazil, "(11) 95555-0123", Some("11955550123")),
            (Brazil, "+55 11 3555-0123", Some("1135550123")),
            (Brazil, "011 95555 0123", Some("11955550123")),
            (Brazil, "955550123", None),
            (Brazil, "", None),
        ] {
            let found = match read(country, text) {
                Phone::National(number) => Some(number),
                Phone::Restored(_) | Phone::OutOfPlan => None,
            };
            assert_eq!(found.as_deref(), expected, "{country:?} {text}");
        }
        assert_eq!(read(Ecuador, "995550123"), Phone::Restored("0995550123".into()));
    }
}
