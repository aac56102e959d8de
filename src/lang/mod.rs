//! Everything that cartera says to people, in Spanish and in English.
//!
//! One catalogue serves every command: [`problems`] by stable code, [`interface`] for tables, questions and
//! progress, [`help`] for `--help`. Numbers and dates follow the reader's convention. Nothing here prints;
//! `--json` keys stay English whatever the language.

pub mod help;
pub mod interface;
pub mod problems;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use interface::Say;
pub use problems::{Code, Words};

/// A language of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Spanish, the default.
    #[default]
    Es,
    /// English.
    En,
}

impl Lang {
    /// Reads `es`, `en`, or a locale such as `es_CO.UTF-8`; anything else is nothing.
    pub fn of_locale(text: &str) -> Option<Lang> {
        let code = text.split(['_', '-', '.']).next().unwrap_or_default();
        match code.to_ascii_lowercase().as_str() {
            "es" => Some(Lang::Es),
            "en" => Some(Lang::En),
            _ => None,
        }
    }

    /// A whole number with thousands separators: `1.234.567` in Spanish, `1,234,567` in English.
    pub fn count(self, number: u64) -> String {
        self.group(&number.to_string())
    }

    /// An exact amount in the reader's convention: `1.234.567,89` or `1,234,567.89`.
    pub fn money(self, amount: Decimal) -> String {
        let text = amount.abs().to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let sign = if amount.is_sign_negative() && !amount.is_zero() { "-" } else { "" };
        let point = if self == Lang::Es { ',' } else { '.' };
        let fraction = if fraction.is_empty() { String::new() } else { format!("{point}{fraction:0<2}") };
        format!("{sign}{}{fraction}", self.group(whole))
    }

    fn group(self, digits: &str) -> String {
        let separator = if self == Lang::Es { '.' } else { ',' };
        let mut text = String::with_capacity(digits.len() + digits.len() / 3);
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                text.push(separator);
            }
            text.push(digit);
        }
        text
    }
}

/// Puts values into a message: `{name}` becomes the value given under that name; one not given becomes nothing.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            rest = after;
            break;
        };
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            text.push_str(value);
        }
        rest = tail;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_the_reader() {
        assert_eq!(Lang::Es.count(1_234_567), "1.234.567");
        assert_eq!(Lang::En.count(999), "999");
        assert_eq!(Lang::Es.money("1234567.8".parse().unwrap()), "1.234.567,80");
        assert_eq!(Lang::En.money("-1234567.89".parse().unwrap()), "-1,234,567.89");
        assert_eq!(Lang::En.money(Decimal::ZERO), "0");
    }

    #[test]
    fn locales_choose_the_language() {
        for (locale, lang) in
            [("es_CO.UTF-8", Some(Lang::Es)), ("en-US", Some(Lang::En)), ("C", None), ("pt_BR", None)]
        {
            assert_eq!(Lang::of_locale(locale), lang, "{locale}");
        }
    }

    #[test]
    fn messages_take_their_values() {
        assert_eq!(fill("a {x} b {y}c {z}", &[("x", "1"), ("y", "{x}")]), "a 1 b {x}c ");
    }
}
