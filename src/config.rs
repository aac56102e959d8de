//! `cartera.toml` as it is written: its tables, and one profile with the line of each value.
//!
//! A key that means nothing is refused with the nearest that does. What a value means, and which of several sources
//! wins, is decided in [`crate::settings`].

use std::collections::HashMap;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::lang::Code;
use crate::mapping::endpoint::Origin;
use crate::mapping::file::hint;
use crate::mapping::names;
use crate::problem::{Failure, Result};
use crate::settings::NAMES;
use crate::target::Dialect;

/// The key of a profile under which its endpoints stand.
const ENDPOINTS: &str = "endpoints";

/// A profile of `cartera.toml`: each value with its line.
#[derive(Debug, Clone, Default)]
pub(crate) struct Profile {
    pub(crate) path: String,
    pub(crate) values: HashMap<String, (String, usize)>,
    pub(crate) endpoints: HashMap<&'static str, Dialect>,
}

/// The text of `cartera.toml`; nothing where there is none.
pub(crate) struct Config {
    name: String,
    pub(crate) text: String,
}

impl Config {
    pub(crate) fn read(path: Option<&Path>) -> Result<Config> {
        let file = path.unwrap_or(Path::new("cartera.toml"));
        let name = file.display().to_string();
        match std::fs::read_to_string(file) {
            Ok(text) => Ok(Config { name, text }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && path.is_none() => {
                Ok(Config { name, text: String::new() })
            }
            Err(error) => Err(Failure::new(Code::FileUnreadable).with("value", name).with("reason", error)),
        }
    }

    /// Its tables; a key that means nothing is refused.
    pub(crate) fn parse(&self) -> Result<DeTable<'_>> {
        const KEYS: [&str; 4] = ["profile", "synonyms", "watch", "notify"];
        let root = DeTable::parse(&self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            Failure::new(Code::ConfigSyntax).with("place", self.place(at)).with("reason", error.message())
        })?;
        let root = root.into_inner();
        match root.keys().find(|key| !KEYS.contains(&key.get_ref().as_ref())) {
            Some(key) => Err(unknown_key(&self.place(key.span().start), key.get_ref(), &KEYS)),
            None => Ok(root),
        }
    }

    pub(crate) fn place(&self, offset: usize) -> String {
        format!("{}:{}", self.name, self.line(offset))
    }

    fn line(&self, offset: usize) -> usize {
        self.text[..offset.min(self.text.len())].matches('\n').count() + 1
    }
}

/// Reads the wanted profile, or `default` where none is wanted and there is one.
pub(crate) fn read_profile(config: Option<&Path>, wanted: Option<&str>) -> Result<Profile> {
    let config = Config::read(config)?;
    let root = config.parse()?;
    let profiles = root.get("profile").and_then(|value| value.get_ref().as_table());
    let known: Vec<&str> =
        profiles.iter().flat_map(|table| table.keys()).map(|key| key.get_ref().as_ref()).collect();
    let found = profiles.and_then(|table| table.get(wanted.unwrap_or("default")));
    let Some(table) = found.and_then(|value| value.get_ref().as_table()) else {
        return match wanted {
            None => Ok(Profile::default()),
            Some(wanted) => Err(Failure::new(Code::ProfileNotFound)
                .with("value", wanted)
                .with("hint", hint(names::nearest(wanted, known)))),
        };
    };
    let mut profile = Profile { path: config.name.clone(), ..Profile::default() };
    for (key, value) in table {
        let at = config.line(key.span().start);
        if key.get_ref() == ENDPOINTS {
            let place = |offset: usize| config.place(offset);
            let origin = Origin { text: &config.text, place: &place, bad_value: Code::BadSetting };
            profile.endpoints = origin.profile(value)?;
            continue;
        }
        let keys = NAMES.map(str::to_ascii_lowercase);
        if !keys.iter().any(|known| known == key.get_ref() && known != "profile") {
            let keys: Vec<&str> = keys.iter().map(String::as_str).chain([ENDPOINTS]).collect();
            return Err(unknown_key(&format!("{}:{at}", profile.path), key.get_ref(), &keys));
        }
        if let ("read_back", Some(table)) = (key.get_ref().as_ref(), value.get_ref().as_table()) {
            profile.add_names(&config, table)?;
            continue;
        }
        profile.values.insert(key.get_ref().to_string(), (written(&config, value), at));
    }
    Ok(profile)
}

impl Profile {
    /// Adds the names of a table `read_back`.
    fn add_names(&mut self, config: &Config, table: &DeTable<'_>) -> Result<()> {
        const KEYS: [&str; 2] = ["module", "field"];
        for (key, value) in table {
            let at = config.line(key.span().start);
            if !KEYS.contains(&key.get_ref().as_ref()) {
                return Err(unknown_key(&format!("{}:{at}", self.path), key.get_ref(), &KEYS));
            }
            self.values.insert(format!("read_back.{}", key.get_ref()), (written(config, value), at));
        }
        // A table without names means the target's own.
        self.values.entry("read_back".to_owned()).or_insert_with(|| ("true".to_owned(), 0));
        Ok(())
    }
}

/// A value as it stands in the file; a text without its quotes.
fn written(config: &Config, value: &Spanned<DeValue<'_>>) -> String {
    match value.get_ref() {
        DeValue::String(text) => text.to_string(),
        _ => config.text[value.span()].to_owned(),
    }
}

fn unknown_key(place: &str, key: &str, known: &[&str]) -> Failure {
    let nearest = names::nearest(key, known.iter().copied());
    Failure::new(Code::MappingUnknownKey).with("place", place).with("value", key).with("hint", hint(nearest))
}
