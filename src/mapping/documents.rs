//! Identity and tax numbers: the public rule of each country's check digit.
//!
//! A rule is applied only to a number whose shape says that it has a check digit; what has none, or may have none,
//! is not judged. A wrong digit is for a warning: the number is sent as it is, for no rule here knows which digit
//! was mistyped.

use super::country::Country;
use crate::bytewise;

/// What a number's own check digit says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// It fits.
    Right,
    /// It does not; this would, where there is one.
    Wrong(Option<char>),
    /// The number has none, or none that can be told from its shape.
    NotChecked,
}

/// Verifies the check digit of a number as it is written, with its points, spaces and hyphens.
pub fn check(country: Country, text: &str) -> Checked {
    let hyphen = marks_check_digit(text);
    let compact: String = text.chars().filter(|c| !matches!(c, '.' | '-' | '/' | ' ' | '\u{a0}')).collect();
    let compact = compact.to_uppercase();
    if country == Country::Mexico {
        return of_mexico(&compact);
    }
    let Some((body, digit)) = compact.char_indices().last().map(|(at, last)| (&compact[..at], last)) else {
        return Checked::NotChecked;
    };
    if !body.is_ascii() || !digit.is_ascii_alphanumeric() {
        return Checked::NotChecked;
    }
    let all_digits = is_digits(&compact);
    let expected = match (country, compact.len()) {
        (Country::Colombia, 6..=16) if hyphen && all_digits => Some(nit(body)),
        (Country::Chile, 6..=9) if is_digits(body) && (hyphen || digit == 'K' || compact.len() == 9) => {
            Some(rut(body))
        }
        (Country::Argentina, 11) if all_digits && is_cuit_kind(&compact) => cuit(body),
        (Country::Peru, 11) if all_digits && is_ruc_kind(&compact) => Some(ruc_of_peru(body)),
        (Country::Brazil, 11) if all_digits => return two_digits(&compact, cpf),
        (Country::Brazil, 14) if is_cnpj_kind(&compact) => return two_digits(&compact, cnpj),
        (Country::Ecuador, 10) if all_digits && is_cedula_kind(&compact) => Some(cedula(body)),
        (Country::Ecuador, 13) if all_digits => return ruc_of_ecuador(&compact),
        _ => return Checked::NotChecked,
    };
    verdict(expected, digit)
}

/// The number with its lost leading zeros, where the country fixes its length and, where it has a check digit,
/// that digit proves them.
pub fn restore_zeros(country: Country, digits: &str) -> Option<String> {
    if !is_digits(digits) {
        return None;
    }
    let widths: &[(usize, usize)] = match country {
        // CPF and CNPJ prove a lost zero with two check digits.
        Country::Brazil => &[(11, 3), (14, 3)],
        // Cédula and RUC: the first two digits are the province, so one zero at most is lost.
        Country::Ecuador => &[(10, 1), (13, 1)],
        // The DNI has eight digits and no check digit among them (Ley 26497, art. 32; RENIEC).
        Country::Peru => &[(8, 1)],
        Country::Argentina | Country::Chile | Country::Colombia | Country::Mexico => &[],
    };
    widths.iter().find_map(|&(width, lost_max)| {
        let lost = width.checked_sub(digits.len()).filter(|lost| (1..=lost_max).contains(lost))?;
        let whole = format!("{}{digits}", "0".repeat(lost));
        let proved = country == Country::Peru || check(country, &whole) == Checked::Right;
        proved.then_some(whole)
    })
}

/// A number without the check digit that a hyphen sets apart: `900.123.456-8` becomes `900.123.456`.
pub fn without_check_digit(text: &str) -> Option<&str> {
    marks_check_digit(text).then(|| text[..text.len() - 2].trim_end())
}

/// Whether the last sign stands behind a hyphen, alone, behind a number.
fn marks_check_digit(text: &str) -> bool {
    let bytes = text.as_bytes();
    let [body @ .., b'-', digit] = bytes else { return false };
    (digit.is_ascii_digit() || matches!(digit, b'k' | b'K'))
        && body.iter().any(u8::is_ascii_digit)
        && body.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b' '))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && bytewise::is_digits(text.as_bytes())
}

fn verdict(expected: Option<char>, found: char) -> Checked {
    if expected == Some(found) { Checked::Right } else { Checked::Wrong(expected) }
}

/// The sum of the values times their weights; the value of a sign is its distance from `0`.
fn weighed(body: &str, weights: impl IntoIterator<Item = u32>) -> u32 {
    body.bytes().map(|byte| u32::from(byte - b'0')).zip(weights).map(|(value, weight)| value * weight).sum()
}

fn digit(number: u32) -> char {
    char::from_digit(number % 10, 10).expect("a remainder of ten is a digit")
}

/// NIT of Colombia: DIAN, Orden Administrativa 4 de 1989, art. 2: primes from the right, modulus 11.
fn nit(body: &str) -> char {
    const PRIMES: [u32; 15] = [3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71];
    let reversed: String = body.chars().rev().collect();
    match weighed(&reversed, PRIMES) % 11 {
        rest @ 0..=1 => digit(rest),
        rest => digit(11 - rest),
    }
}

/// RUT of Chile: Servicio de Registro Civil e Identificación: 2 to 7 again and again from the right, modulus 11.
fn rut(body: &str) -> char {
    let reversed: String = body.chars().rev().collect();
    match 11 - weighed(&reversed, (2..=7).cycle()) % 11 {
        11 => '0',
        10 => 'K',
        rest => digit(rest),
    }
}

/// What a CUIT, CUIL or CDI begins with: AFIP/ARCA, kinds of persons.
fn is_cuit_kind(number: &str) -> bool {
    ["20", "23", "24", "25", "26", "27", "30", "33", "34"].contains(&&number[..2])
}

/// Weights that Argentina and Peru share.
const FIVE_TO_TWO: [u32; 10] = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2];

/// CUIT of Argentina: AFIP/ARCA, modulus 11; a number whose digit would be ten is not given out.
fn cuit(body: &str) -> Option<char> {
    match 11 - weighed(body, FIVE_TO_TWO) % 11 {
        11 => Some('0'),
        10 => None,
        rest => Some(digit(rest)),
    }
}

/// What a RUC of Peru begins with: SUNAT, natural persons (10, 15, 16, 17) and companies (20).
fn is_ruc_kind(number: &str) -> bool {
    ["10", "15", "16", "17", "20"].contains(&&number[..2])
}

/// RUC of Peru: SUNAT, modulus 11; ten is written 0 and eleven 1.
fn ruc_of_peru(body: &str) -> char {
    digit(11 - weighed(body, FIVE_TO_TWO) % 11)
}

/// Verifies the last two signs of a number of Brazil, the second of which counts the first.
fn two_digits(number: &str, rule: impl Fn(&str) -> char) -> Checked {
    // A number of one digit alone fits its rule and is never given out.
    if number.bytes().all(|byte| byte == number.as_bytes()[0]) {
        return Checked::Wrong(None);
    }
    let last = number.len() - 1;
    let signs: Vec<char> = number.chars().skip(last - 1).collect();
    match verdict(Some(rule(&number[..last - 1])), signs[0]) {
        Checked::Right => verdict(Some(rule(&number[..last])), signs[1]),
        wrong => wrong,
    }
}

/// The digit that both numbers of Brazil make of their weighed sum.
fn digit_of_brazil(sum: u32) -> char {
    match sum % 11 {
        0 | 1 => '0',
        rest => digit(11 - rest),
    }
}

/// CPF: Receita Federal, modulus 11, weights falling to 2.
fn cpf(body: &str) -> char {
    let highest = if body.len() == 9 { 10 } else { 11 };
    digit_of_brazil(weighed(body, (2..=highest).rev()))
}

/// Fourteen signs, the last two digits; letters since July 2026 (Instrução Normativa RFB 2.229/2024).
fn is_cnpj_kind(number: &str) -> bool {
    number.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()) && is_digits(&number[12..])
}

/// CNPJ: Receita Federal, modulus 11, weights 2 to 9 again and again from the right; a letter counts its distance
/// from `0` (Instrução Normativa RFB 2.229/2024).
fn cnpj(body: &str) -> char {
    let reversed: String = body.chars().rev().collect();
    digit_of_brazil(weighed(&reversed, (2..=9).cycle()))
}

/// Provinces 01 to 24, and 30 for those registered abroad; the third digit of a natural person is below 6.
fn is_cedula_kind(number: &str) -> bool {
    let province = number[..2].parse().unwrap_or(0);
    ((1..=24).contains(&province) || province == 30) && number.as_bytes()[2] < b'6'
}

/// Cédula of Ecuador: Registro Civil: 2 and 1 in turn, nine taken from what passes it, modulus 10.
fn cedula(body: &str) -> char {
    let sum: u32 = body
        .bytes()
        .zip([2, 1].into_iter().cycle())
        .map(|(byte, weight)| u32::from(byte - b'0') * weight)
        .map(|product| if product > 9 { product - 9 } else { product })
        .sum();
    digit(10 - sum % 10)
}

/// RUC of Ecuador: SRI: a natural person's is the cédula and the number of a shop. Those of companies (third digit
/// 9) and of the State (6) are not judged: the SRI has given out some that fit no rule.
fn ruc_of_ecuador(number: &str) -> Checked {
    if !is_cedula_kind(number) || number.ends_with("000") {
        return Checked::NotChecked;
    }
    check(Country::Ecuador, &number[..10])
}

/// RFC and CURP of Mexico, told from each other by their length.
fn of_mexico(number: &str) -> Checked {
    let signs: Vec<char> = number.chars().collect();
    let letters = match signs.len() {
        12 => 3,
        13 | 18 => 4,
        _ => return Checked::NotChecked,
    };
    let (name, rest) = signs.split_at(letters);
    let is_letter = |sign: &char| sign.is_ascii_uppercase() || matches!(sign, 'Ñ' | '&');
    // The numbers that stand for the public at large and for foreigners have none.
    let is_generic = matches!(number, "XAXX010101000" | "XEXX010101000");
    if is_generic || !name.iter().all(is_letter) || !rest[..6].iter().all(char::is_ascii_digit) {
        return Checked::NotChecked;
    }
    let Some((last, body)) = signs.split_last() else { return Checked::NotChecked };
    if !last.is_ascii_alphanumeric() {
        return Checked::NotChecked;
    }
    let expected = if signs.len() == 18 { curp(body) } else { rfc(body) };
    expected.map_or(Checked::NotChecked, |expected| verdict(Some(expected), *last))
}

/// RFC: SAT, Anexo III of the procedure for the clave, modulus 11: ten is written `A`. A company's has one sign less,
/// and a space in front.
fn rfc(body: &[char]) -> Option<char> {
    const SIGNS: &str = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ";
    const LENGTH: usize = 12;
    let space = (body.len() < LENGTH).then_some(' ');
    let signs: Vec<char> = space.into_iter().chain(body.iter().copied()).collect();
    match in_alphabet(&signs, SIGNS, 13)? % 11 {
        0 => Some('0'),
        1 => Some('A'),
        rest => Some(digit(11 - rest)),
    }
}

/// CURP: RENAPO, Instructivo normativo para la asignación de la CURP, modulus 10.
fn curp(body: &[char]) -> Option<char> {
    const SIGNS: &str = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ";
    Some(digit(10 - in_alphabet(body, SIGNS, 18)? % 10))
}

/// The sum of the places that the signs have in an alphabet, times weights that fall from the highest.
fn in_alphabet(signs: &[char], alphabet: &str, highest: u32) -> Option<u32> {
    let place = |sign: &char| alphabet.chars().zip(0u32..).find(|(known, _)| known == sign);
    let weights = (0..=highest).rev();
    signs.iter().zip(weights).map(|(sign, weight)| Some(place(sign)?.1 * weight)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Country::{Argentina, Brazil, Chile, Colombia, Ecuador, Mexico, Peru};

    #[test]
    fn check_digits_are_verified_where_there_is_one() {
        use Checked::{NotChecked, Right, Wrong};
        for (country, number, expected) in [
            (Colombia, "900.123.456-8", Right),
            (Colombia, "900123456-8", Right),
            (Colombia, "900.123.456-7", Wrong(Some('8'))),
            (Colombia, "9001234568", NotChecked),
            (Colombia, "1935518087", NotChecked),
            (Chile, "12.345.678-5", Right),
            (Chile, "12345678-6", Wrong(Some('5'))),
            (Chile, "10.000.013-K", Right),
            (Chile, "10000013k", Right),
            (Chile, "10.000.013-1", Wrong(Some('K'))),
            (Chile, "12345678", NotChecked),
            (Argentina, "20-12345678-6", Right),
            (Argentina, "20123456785", Wrong(Some('6'))),
            (Argentina, "27-19223344-9", Wrong(Some('0'))),
            (Argentina, "30-70123456-1", Wrong(Some('8'))),
            (Argentina, "12345678", NotChecked),
            (Argentina, "99123456785", NotChecked),
            (Peru, "20123456786", Right),
            (Peru, "20123456780", Wrong(Some('6'))),
            // A person's RUC is made of the DNI.
            (Peru, "10419001230", Wrong(Some('1'))),
            (Peru, "12345678", NotChecked),
            (Brazil, "123.456.789-09", Right),
            (Brazil, "12345678919", Wrong(Some('0'))),
            (Brazil, "12345678908", Wrong(Some('9'))),
            (Brazil, "111.111.111-11", Wrong(None)),
            (Brazil, "11.222.333/0001-81", Right),
            (Brazil, "11222333000180", Wrong(Some('1'))),
            (Brazil, "12ABC34501DE35", Right),
            (Ecuador, "1712345675", Right),
            (Ecuador, "1712345670", Wrong(Some('5'))),
            (Ecuador, "1712345675001", Right),
            (Ecuador, "1790123456001", NotChecked),
            (Ecuador, "9912345675", NotChecked),
            (Mexico, "PAGA800101AB1", Right),
            (Mexico, "paga-800101-ab1", Right),
            (Mexico, "PAGA800101AB2", Wrong(Some('1'))),
            (Mexico, "PAGA800101A1A", Right),
            (Mexico, "PAGA800101A11", Wrong(Some('A'))),
            (Mexico, "ÑUÑA800101AB0", Right),
            (Mexico, "CSO010203AB9", Right),
            (Mexico, "P&S010203CD0", Right),
            (Mexico, "CSO010203AB0", Wrong(Some('9'))),
            (Mexico, "XAXX010101000", NotChecked),
            (Mexico, "PAGA800101", NotChecked),
            (Mexico, "123456789012", NotChecked),
            (Mexico, "PARA800101MDFZZN02", Right),
            (Mexico, "PARA800101MDFZZN03", Wrong(Some('2'))),
            (Mexico, "MOGL790202HJCRLS01", Right),
            (Mexico, "ÑUÑA800101MDFZZN05", Right),
            (Mexico, "PARA800101MDFZZN0_", NotChecked),
            (Colombia, "", NotChecked),
            (Colombia, "ñ-8", NotChecked),
            (Chile, "K", NotChecked),
        ] {
            assert_eq!(check(country, number), expected, "{country:?} {number}");
        }
    }

    #[test]
    fn zeros_come_back_only_where_they_are_proved() {
        for (country, digits, expected) in [
            (Brazil, "1234567890", Some("01234567890")),
            (Brazil, "1234567891", None),
            (Ecuador, "912345675", Some("0912345675")),
            (Ecuador, "912345674", None),
            (Ecuador, "12345675", None),
            (Peru, "1234567", Some("01234567")),
            (Peru, "123456", None),
            (Colombia, "123456789", None),
            (Chile, "1234567", None),
            (Brazil, "12345-7890", None),
        ] {
            assert_eq!(restore_zeros(country, digits).as_deref(), expected, "{country:?} {digits}");
        }
    }

    #[test]
    fn a_check_digit_is_dropped_only_behind_its_hyphen() {
        for (text, expected) in [
            ("900.123.456-8", Some("900.123.456")),
            ("12345678-k", Some("12345678")),
            ("9001234568", None),
            ("OBL-8", None),
            ("900-12", None),
            ("-8", None),
        ] {
            assert_eq!(without_check_digit(text), expected, "{text}");
        }
    }
}
