//! What a mapping (`[endpoint]`) or a profile (`[profile.X.endpoints.T]`) settles about a target: both are read here,
//! against the target's own table.
//!
//! A key that means nothing is refused with the nearest that does; nothing is ignored. What a target does with a
//! setting is the target's.

use std::collections::{BTreeMap, HashMap};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::file::hint;
use super::names;
use crate::lang::Code;
use crate::problem::{Failure, Result};
use crate::target::{self, Dialect, METHODS, Setting, SettingForm, Target};

/// Keys that a profile has besides the target's settings: they concern every endpoint.
pub const PROFILE: [&str; 3] = ["method", "path", "keys"];

/// Settings by their names; one that is not a list has one text.
pub type Settings = BTreeMap<String, Vec<String>>;

/// The file that is read: how its places are called, and the code of a value that does not fit.
pub struct Origin<'o> {
    /// The file's text.
    pub text: &'o str,
    /// The place of an offset in it.
    pub place: &'o dyn Fn(usize) -> String,
    /// What a wrong value is called there.
    pub bad_value: Code,
}

impl Origin<'_> {
    /// The settings of a mapping.
    ///
    /// # Errors
    /// A key or a value that means nothing, at its place.
    pub fn settings(&self, target: &dyn Target, table: &DeTable<'_>) -> Result<Settings> {
        let known: Vec<&str> = target.settings().iter().map(|setting| setting.name).collect();
        self.only(table, &known)?;
        self.given(target, table)
    }

    /// What a profile settles: a table for each target.
    ///
    /// # Errors
    /// A key or a value that means nothing, at its place.
    pub fn profile(&self, value: &Spanned<DeValue<'_>>) -> Result<HashMap<&'static str, Dialect>> {
        const EXPECTED: &str = "[profile.….endpoints.obligations-update]";
        let table = value.get_ref().as_table().ok_or_else(|| self.bad(value, EXPECTED))?;
        let known: Vec<&str> = target::all().iter().map(|target| target.name()).collect();
        self.only(table, &known)?;
        let mut endpoints = HashMap::new();
        for target in target::all() {
            let Some(value) = table.get(target.name()) else { continue };
            let table = value.get_ref().as_table().ok_or_else(|| self.bad(value, EXPECTED))?;
            endpoints.insert(target.name(), self.dialect(*target, table)?);
        }
        Ok(endpoints)
    }

    fn dialect(&self, target: &dyn Target, table: &DeTable<'_>) -> Result<Dialect> {
        let settings = target.settings().iter().map(|setting| setting.name);
        let known: Vec<&str> = PROFILE.into_iter().chain(settings).collect();
        self.only(table, &known)?;
        let mut dialect = Dialect { settings: self.given(target, table)?, ..Dialect::default() };
        if let Some(value) = table.get("method") {
            let method = self.text(value)?;
            if !METHODS.contains(&method.as_str()) {
                return Err(self.bad(value, &METHODS.join(", ")));
            }
            dialect.method = Some(method);
        }
        if let Some(value) = table.get("path") {
            let path = self.text(value)?;
            if !path.starts_with('/') || path.chars().any(|c| c.is_whitespace() || c.is_control() || c == '#')
            {
                return Err(self.bad(value, "\"/server/API/v2/….php\""));
            }
            dialect.path = Some(path);
        }
        if let Some(value) = table.get("keys") {
            let DeValue::Table(keys) = value.get_ref() else {
                return Err(self.bad(value, "{ wolkvox_id = \"wolkvox-id\" }"));
            };
            let fields = target.fields().iter().map(|field| field.name);
            let known: Vec<&str> = target.keys().iter().copied().chain(fields).collect();
            self.only(keys, &known)?;
            for (key, value) in keys {
                dialect.keys.insert(key.get_ref().to_string(), self.text(value)?);
            }
        }
        Ok(dialect)
    }

    fn given(&self, target: &dyn Target, table: &DeTable<'_>) -> Result<Settings> {
        let given = target.settings().iter().filter_map(|setting| Some((setting, table.get(setting.name)?)));
        given.map(|(setting, value)| Ok((setting.name.to_owned(), self.value(setting, value)?))).collect()
    }

    fn value(&self, setting: &Setting, value: &Spanned<DeValue<'_>>) -> Result<Vec<String>> {
        let text = |value: &Spanned<DeValue<'_>>| match value.get_ref() {
            DeValue::String(text) if !text.trim().is_empty() => Some(text.to_string()),
            _ => None,
        };
        let texts = match (setting.form, value.get_ref()) {
            (SettingForm::Switch, DeValue::Boolean(yes)) => Some(vec![yes.to_string()]),
            (SettingForm::OneOf(choices), _) => {
                text(value).filter(|text| choices.contains(&text.as_str())).map(|text| vec![text])
            }
            (SettingForm::Texts, DeValue::Array(list)) if !list.is_empty() => list.iter().map(text).collect(),
            (SettingForm::Text | SettingForm::Texts, _) => text(value).map(|text| vec![text]),
            (SettingForm::Switch, _) => None,
        };
        texts.ok_or_else(|| self.bad(value, &setting.example()))
    }

    fn text(&self, value: &Spanned<DeValue<'_>>) -> Result<String> {
        match value.get_ref() {
            DeValue::String(text) if !text.trim().is_empty() => Ok(text.to_string()),
            _ => Err(self.bad(value, "\"…\"")),
        }
    }

    fn bad(&self, value: &Spanned<DeValue<'_>>, expected: &str) -> Failure {
        Failure::new(self.bad_value)
            .with("place", (self.place)(value.span().start))
            .with("value", &self.text[value.span()])
            .with("expected", expected)
    }

    /// Refuses keys that mean nothing here.
    fn only(&self, table: &DeTable<'_>, known: &[&str]) -> Result<()> {
        let unknown = table.keys().find(|key| !known.contains(&key.get_ref().as_ref()));
        unknown.map_or(Ok(()), |key| {
            let name = key.get_ref().as_ref();
            Err(Failure::new(Code::MappingUnknownKey)
                .with("place", (self.place)(key.span().start))
                .with("value", name)
                .with("hint", hint(names::nearest(name, known.iter().copied()))))
        })
    }
}
