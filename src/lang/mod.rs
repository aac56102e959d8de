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

/// What a message says before its first value, where its values are no longer known.
pub fn bare(template: &str) -> &str {
    let Some((before, _)) = template.split_once('{') else { return template };
    before.rfind([':', '(']).map_or(before, |end| &before[..end]).trim_end()
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
    use crate::problem::{Exit, Failure};

    #[test]
    fn locales_choose_the_language() {
        for (locale, lang) in
            [("es_CO.UTF-8", Some(Lang::Es)), ("en-US", Some(Lang::En)), ("C", None), ("pt_BR", None)]
        {
            assert_eq!(Lang::of_locale(locale), lang, "{locale}");
        }
    }

    /// Nobody remembers the values of why a run stopped; what is said without them is still a sentence.
    #[test]
    fn why_a_run_stopped_can_be_said_without_values() {
        for (template, said) in [
            ("el CRM no acepta el token: {reason}", "el CRM no acepta el token"),
            ("se alcanzó el límite pedido ({expected})", "se alcanzó el límite pedido"),
            ("el proxy (`P`) no dejó pasar: {reason}", "el proxy (`P`) no dejó pasar"),
            (
                "detenida a petición suya; lo enviado quedó registrado",
                "detenida a petición suya; lo enviado quedó registrado",
            ),
        ] {
            assert_eq!(bare(template), said);
        }
        let stops = Code::ALL.iter().filter(|code| Failure::new(**code).exit() == Exit::Stopped);
        for (code, lang) in stops.flat_map(|code| [(code, Lang::Es), (code, Lang::En)]) {
            let said = bare(code.words(lang).what);
            assert!(
                said.split_whitespace().count() > 2 && said.ends_with(char::is_alphanumeric)
                    || said.ends_with('`'),
                "{code}: {said}"
            );
        }
    }

    #[test]
    fn messages_take_their_values() {
        assert_eq!(fill("a {x} b {y}c {z}", &[("x", "1"), ("y", "{x}")]), "a 1 b {x}c ");
        let rows = |count| fill("{n} {n?fila|filas}", &[("n", count)]);
        assert_eq!([rows("0"), rows("1"), rows("2")], ["0 filas", "1 fila", "2 filas"]);
    }
}
