//! A user's own names of columns, `[synonyms]` of `cartera.toml`.
//!
//! They stand beside those that come with the program and beat them; what a name means is not decided here.

use std::path::Path;

use toml::Spanned;
use toml::de::DeValue;

use crate::config::Config;
use crate::lang::Code;
use crate::mapping::file::hint;
use crate::mapping::guess::dictionary::Synonyms;
use crate::mapping::names;
use crate::problem::{Failure, Result};
use crate::target;

/// Reads the user's own names of columns, `[synonyms]`: a list of headers by field of the CRM.
///
/// # Errors
/// As for the rest of the file, and a field that no target has.
pub fn read(config: Option<&Path>) -> Result<Synonyms> {
    let config = Config::read(config)?;
    let root = config.parse()?;
    let Some(table) = root.get("synonyms") else { return Ok(Synonyms::new()) };
    let wrong = |value: &Spanned<DeValue<'_>>| {
        Failure::new(Code::BadSetting)
            .with("place", config.place(value.span().start))
            .with("value", &config.text[value.span()])
            .with("expected", "Identification = [\"…\", \"…\"]")
    };
    let Some(table) = table.get_ref().as_table() else { return Err(wrong(table)) };
    let fields = || target::all().iter().flat_map(|target| target.fields()).map(|field| field.name);
    let mut synonyms = Synonyms::new();
    for (key, value) in table {
        let field = key.get_ref().as_ref();
        if !fields().any(|known| known == field) {
            return Err(Failure::new(Code::SynonymUnknownField)
                .with("place", config.place(key.span().start))
                .with("value", field)
                .with("hint", hint(names::nearest(field, fields()))));
        }
        let text = |value: &Spanned<DeValue<'_>>| {
            value
                .get_ref()
                .as_str()
                .filter(|text| !text.trim().is_empty())
                .map(str::to_owned)
                .ok_or_else(|| wrong(value))
        };
        let list = match value.get_ref() {
            DeValue::Array(list) if !list.is_empty() => list.iter().map(text).collect::<Result<_>>()?,
            _ => vec![text(value)?],
        };
        synonyms.push((field.to_owned(), list));
    }
    Ok(synonyms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    #[test]
    fn synonyms_are_read_and_their_mistakes_named() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("c.toml");
        let read = |text: &str| {
            std::fs::write(&config, text).unwrap();
            super::read(Some(&config)).map_err(|failure| {
                let value = |name| failure.value(name, Lang::Es).unwrap_or_default().to_owned();
                (
                    failure.code,
                    value("place").rsplit('/').next().unwrap_or_default().to_owned(),
                    value("hint"),
                )
            })
        };
        let own =
            read("[synonyms]\nIdentification = [\"Nº Socio\", \"Socio\"]\nid = \"Libreta\"\n[profile.p]\n");
        let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            own,
            Ok(vec![
                ("Identification".into(), list(&["Nº Socio", "Socio"])),
                ("id".into(), list(&["Libreta"]))
            ])
        );
        assert_eq!(read("[profile.p]\n"), Ok(vec![]));
        for (text, code, place, hint) in [
            (
                "[synonyms]\n\nIdentificaton = [\"x\"]",
                Code::SynonymUnknownField,
                "c.toml:3",
                " (→ «Identification»)",
            ),
            ("[synonyms]\nid = [\"x\",\n 3]", Code::BadSetting, "c.toml:3", ""),
            ("[synonyms]\nid = []", Code::BadSetting, "c.toml:2", ""),
            ("synonyms = 3", Code::BadSetting, "c.toml:1", ""),
            ("[synonims]", Code::MappingUnknownKey, "c.toml:1", " (→ «synonyms»)"),
        ] {
            assert_eq!(read(text), Err((code, place.to_owned(), hint.to_owned())), "{text}");
        }
    }
}
