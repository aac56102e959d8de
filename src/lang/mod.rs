//! Everything that cartera says to people, in Spanish and in English.
//!
//! One catalogue serves every command: [`problems`] by stable code, [`interface`] for tables, questions and
//! progress, [`help`] for `--help`, [`mod@format`] for numbers and dates in the reader's convention, [`causes`] for why
//! rows failed, [`states`] for the ledger's own words, [`foreign`] for what the system and the parsers say. Nothing
//! here prints; `--json` keys stay English whatever the language.

pub mod causes;
pub mod foreign;
pub mod format;
pub mod help;
pub mod interface;
pub mod problems;
pub mod states;

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
}

/// Puts values into a message: `{name}` becomes the value given under that name; one not given becomes nothing.
/// `{name?row|rows}` becomes the first word where that value is 1, and the second one otherwise.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            rest = after;
            break;
        };
        let (name, forms) = name.split_once('?').map_or((name, None), |(name, forms)| (name, Some(forms)));
        let value = values.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        text.push_str(match (value, forms.and_then(|forms| forms.split_once('|'))) {
            (Some("1"), Some((one, _))) => one,
            (_, Some((_, many))) => many,
            (value, None) => value.unwrap_or_default(),
        });
        rest = tail;
    }
    text.push_str(rest);
    text
}

/// The names of a message's values, and the message without them.
#[cfg(test)]
fn placeholders(text: &str) -> (std::collections::BTreeSet<&str>, String) {
    let mut names = std::collections::BTreeSet::new();
    let (mut plain, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('{') {
        plain.push_str(before);
        let (inside, tail) = after.split_once('}').expect("a brace is closed");
        let (name, forms) = inside.split_once('?').unwrap_or((inside, "|"));
        assert_eq!(forms.matches('|').count(), 1, "{text}: one form and many");
        names.insert(name);
        rest = tail;
    }
    (names, plain + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let rows = |count| fill("{n} {n?fila|filas}", &[("n", count)]);
        assert_eq!([rows("0"), rows("1"), rows("2")], ["0 filas", "1 fila", "2 filas"]);
    }
}
