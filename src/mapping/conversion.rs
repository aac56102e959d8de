//! The conversions that a mapping may ask for: a small closed set, applied one after the other to a text.
//!
//! A conversion does what its name says or fails; where it adds digits to an identification or a phone that are not in
//! the file, it says so, and the row carries a warning. A blank stays blank: nothing is ever made of nothing.

use super::country::Country;
use super::phones::Phone;
use super::{documents, phones, title};
use crate::bytewise::is_digits;
use crate::lang::Code;
use crate::survey::ids;
use crate::target::FieldKind;

/// A conversion of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conversion {
    /// Takes the white space around it away.
    Trim,
    /// Makes one space of each run of white space.
    Spaces,
    /// Keeps the digits alone.
    Digits,
    /// Upper case.
    Upper,
    /// Lower case.
    Lower,
    /// A name as Spanish writes it: `MARÍA DE LOS ÁNGELES` becomes `María de los Ángeles`.
    Title,
    /// Takes away the check digit that a hyphen sets apart.
    DropCheckDigit,
    /// Puts leading zeros back that the country's rules prove.
    RestoreZeros,
    /// The national form of a telephone number, where the country's plan proves it.
    Phone,
    /// Zeros in front, up to so many characters.
    PadLeft(usize),
    /// Takes this text away from the front.
    RemovePrefix(String),
    /// Takes this text away from the end.
    RemoveSuffix(String),
    /// Cuts at any of these texts and keeps one part, counted from 1; from the end when negative.
    Split(Vec<String>, i32),
}

/// What a conversion did to a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// What it was asked to do.
    Converted,
    /// It put zeros in front that the file does not have.
    Padded,
}

impl Conversion {
    /// The conversions that take no value, with their names in a mapping.
    pub const ALL: [(&'static str, Conversion); 9] = [
        ("trim", Conversion::Trim),
        ("spaces", Conversion::Spaces),
        ("digits", Conversion::Digits),
        ("upper", Conversion::Upper),
        ("lower", Conversion::Lower),
        ("title", Conversion::Title),
        ("drop_check_digit", Conversion::DropCheckDigit),
        ("restore_zeros", Conversion::RestoreZeros),
        ("phone", Conversion::Phone),
    ];

    /// Whether it needs the mapping's country.
    pub fn needs_country(&self) -> bool {
        matches!(self, Conversion::RestoreZeros | Conversion::Phone)
    }

    /// Converts the text behind `start`.
    ///
    /// # Errors
    /// The code of the problem where the conversion would change what the value means.
    pub fn apply(
        &self,
        (out, start): (&mut String, usize),
        kind: FieldKind,
        country: Option<Country>,
    ) -> Result<Done, Code> {
        let text = &out[start..];
        let converted = match self {
            Conversion::Trim => text.trim().to_owned(),
            Conversion::Spaces => text.split_whitespace().collect::<Vec<_>>().join(" "),
            Conversion::Digits => digits(text, kind)?,
            Conversion::Upper => text.to_uppercase(),
            Conversion::Lower => text.to_lowercase(),
            Conversion::Title => title::title(text),
            Conversion::DropCheckDigit => documents::without_check_digit(text).unwrap_or(text).to_owned(),
            Conversion::RemovePrefix(prefix) => text.strip_prefix(prefix.as_str()).unwrap_or(text).to_owned(),
            Conversion::RemoveSuffix(suffix) => text.strip_suffix(suffix.as_str()).unwrap_or(text).to_owned(),
            Conversion::Split(separators, part) => part_of(text, separators, *part).to_owned(),
            Conversion::PadLeft(width) => {
                let missing = width.saturating_sub(text.chars().count());
                out.insert_str(start, &"0".repeat(missing));
                return Ok(if missing > 0 { Done::Padded } else { Done::Converted });
            }
            Conversion::RestoreZeros => {
                let whole = country.and_then(|country| documents::restore_zeros(country, text));
                return Ok(replace(out, start, whole, Done::Padded));
            }
            Conversion::Phone => {
                return Ok(match country.map(|country| phones::read(country, text)) {
                    Some(Phone::National(number)) => replace(out, start, Some(number), Done::Converted),
                    Some(Phone::Restored(number)) => replace(out, start, Some(number), Done::Padded),
                    // What fits no plan stays as it is; the finished value is judged, and warned of.
                    Some(Phone::OutOfPlan) | None => Done::Converted,
                });
            }
        };
        Ok(replace(out, start, Some(converted), Done::Converted))
    }
}

/// Puts a text where another stood, if there is one.
fn replace(out: &mut String, start: usize, text: Option<String>, done: Done) -> Done {
    let Some(text) = text else { return Done::Converted };
    out.truncate(start);
    out.push_str(&text);
    done
}

/// The digits of a text, unless leaving the rest out would make another number of it.
fn digits(text: &str, kind: FieldKind) -> Result<String, Code> {
    let keep = || text.chars().filter(char::is_ascii_digit).collect::<String>();
    match kind {
        FieldKind::Phone if !is_phone_text(text) || has_two_phones(text) => Err(Code::BadPhone),
        FieldKind::Id | FieldKind::Phone if has_decimals(text) => Err(Code::IdDamaged),
        FieldKind::Integer if !has_one_whole_number(text) => Err(Code::BadInteger),
        _ => Ok(keep()),
    }
}

/// `5550123 / 5550124`: two numbers, whose digits together are none.
fn has_two_phones(text: &str) -> bool {
    const SHORTEST: usize = 7;
    let parts = text.split(|c: char| c == '/' || c.is_whitespace());
    parts.filter(|part| part.bytes().filter(u8::is_ascii_digit).count() >= SHORTEST).count() > 1
}

/// `12345.0`: a number that a program has written with decimals; without its point it is ten times another one.
fn has_decimals(text: &str) -> bool {
    text.split_once(['.', ',']).is_some_and(|(whole, zeros)| {
        let digits = !whole.is_empty() && is_digits(whole.as_bytes());
        digits && matches!(zeros, "0" | "00") && !ids::is_scientific(text)
    })
}

/// `90 días` has one; `90,5` and `-90` would become 905 and 90.
fn has_one_whole_number(text: &str) -> bool {
    let mut runs = text.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty());
    let one = runs.next().is_some() && runs.next().is_none();
    one && !text.contains('-')
}

/// Whether a text has nothing but digits and the signs that people put between those of a telephone number.
pub(super) fn is_phone_text(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_digit() || c.is_whitespace() || matches!(c, '+' | '-' | '(' | ')' | '.' | '/'))
}

/// One part of a text that is cut at any of some separators; blank where there are not so many.
fn part_of<'t>(text: &'t str, separators: &[String], part: i32) -> &'t str {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((at, length)) = next_cut(rest, separators) {
        parts.push(rest[..at].trim());
        rest = &rest[at + length..];
    }
    parts.push(rest.trim());
    let wanted = part.unsigned_abs() as usize;
    let at = if part > 0 { wanted.checked_sub(1) } else { parts.len().checked_sub(wanted) };
    at.and_then(|at| parts.get(at)).copied().unwrap_or("")
}

/// Where the first of the separators stands, and how long it is.
fn next_cut(text: &str, separators: &[String]) -> Option<(usize, usize)> {
    let cuts = separators.iter().filter_map(|by| text.find(by.as_str()).map(|at| (at, by.len())));
    cuts.min_by_key(|(at, length)| (*at, std::cmp::Reverse(*length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(
        conversion: &Conversion,
        kind: FieldKind,
        country: Option<Country>,
        text: &str,
    ) -> Result<(String, Done), Code> {
        let mut out = format!("x{text}");
        let done = conversion.apply((&mut out, 1), kind, country)?;
        Ok((out[1..].to_owned(), done))
    }

    fn split(by: &[&str], part: i32) -> Conversion {
        Conversion::Split(by.iter().map(|by| (*by).to_owned()).collect(), part)
    }

    #[test]
    fn each_does_what_its_name_says() {
        use Conversion::{
            Digits, DropCheckDigit, Lower, PadLeft, Phone, RemovePrefix, RemoveSuffix, RestoreZeros, Spaces,
            Title, Trim, Upper,
        };
        use FieldKind::{Id, Integer, Phone as Telephone, Text};
        let done = |text: &str| Ok((text.to_owned(), Done::Converted));
        let padded = |text: &str| Ok((text.to_owned(), Done::Padded));
        for (conversion, kind, country, text, expected) in [
            (Trim, Text, None, " Ana  Paz ", done("Ana  Paz")),
            (Spaces, Text, None, " Ana \u{a0} Paz", done("Ana Paz")),
            (Upper, Text, None, "ñandú", done("ÑANDÚ")),
            (Lower, Text, None, "ÑANDÚ", done("ñandú")),
            (Title, Text, None, "ANA DE LA PAZ", done("Ana de la Paz")),
            (Digits, Id, None, "900.123.456", done("900123456")),
            (Digits, Id, None, "900.123.000", done("900123000")),
            (Digits, Id, None, "12345.0", Err(Code::IdDamaged)),
            (Digits, Id, None, "12345,00", Err(Code::IdDamaged)),
            (Digits, Telephone, None, "(300) 555", done("300555")),
            (Digits, Telephone, None, "300 CALL ME", Err(Code::BadPhone)),
            (Digits, Telephone, None, "5550123/5550124", Err(Code::BadPhone)),
            (Digits, Telephone, None, "+57 3005550123", done("573005550123")),
            (Digits, Integer, None, "90 días", done("90")),
            (Digits, Integer, None, "90,5", Err(Code::BadInteger)),
            (Digits, Integer, None, "-90", Err(Code::BadInteger)),
            (DropCheckDigit, Id, None, "900.123.456-8", done("900.123.456")),
            (DropCheckDigit, Id, None, "900123456", done("900123456")),
            (PadLeft(5), Id, None, "123", padded("00123")),
            (PadLeft(5), Id, None, "12345", done("12345")),
            (RemovePrefix("57".into()), Telephone, None, "573005550123", done("3005550123")),
            (RemovePrefix("57".into()), Telephone, None, "3005550123", done("3005550123")),
            (RemoveSuffix(" SAS".into()), Text, None, "Paz SAS", done("Paz")),
            (RestoreZeros, Id, Some(Country::Peru), "1234567", padded("01234567")),
            (RestoreZeros, Id, Some(Country::Colombia), "1234567", done("1234567")),
            (Phone, Telephone, Some(Country::Colombia), "+57 300 555 0123", done("3005550123")),
            (Phone, Telephone, Some(Country::Colombia), "555 0123", done("555 0123")),
            (Phone, Telephone, Some(Country::Ecuador), "995550123", padded("0995550123")),
            (split(&[","], 1), Text, None, "Paz Ríos, Ana", done("Paz Ríos")),
            (split(&[","], 2), Text, None, "Paz Ríos, Ana", done("Ana")),
            (split(&[","], 3), Text, None, "Paz Ríos, Ana", done("")),
            (split(&[","], -1), Text, None, "Ana", done("Ana")),
            (split(&["/", ";", " - "], 2), Telephone, None, "300; 301 / 302", done("301")),
            (split(&["/", ";", " - "], -1), Telephone, None, "300; 301 / 302", done("302")),
        ] {
            let found = apply(&conversion, kind, country, text);
            assert_eq!(found, expected, "{conversion:?} of {text:?}");
        }
    }
}
