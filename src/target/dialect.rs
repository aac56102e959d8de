//! How one run speaks to its endpoint: what the documents leave open or say in two ways, settled once for all its
//! requests by the profile and the mapping.
//!
//! It is kept with the run, so that what is sent after a stop is what was planned. Where nothing is said, it is the
//! reading of `wolkvox-api.md`: POST, and the path and keys of the vendor's samples.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::json::push_json;
use super::{DateForm, FieldKind, Level, Target};
use crate::lang::{Code, Say};
use crate::mapping::Mapping;
use crate::problem::{Failure, Result};

/// The methods that a profile may choose.
pub const METHODS: [&str; 3] = ["POST", "PUT", "PATCH"];

/// The setting of the form of dates.
pub(super) const DATES: &str = "dates";
/// The setting of the form of dates with their time.
pub(super) const MOMENTS: &str = "date_times";

/// Where a case file is looked up: the documents state neither name for it, these are the best reading of them.
pub(super) const LOOKUP_MODULE: Setting = Setting {
    name: "lookup_module",
    form: SettingForm::Text,
    default: Some("collections"),
    needed: Needed::No,
    about: Say::SettingLookupModule,
};
pub(super) const LOOKUP_FIELD: Setting = Setting {
    name: "lookup_field",
    form: SettingForm::Text,
    default: Some("Identification"),
    needed: Needed::No,
    about: Say::SettingLookupField,
};

/// Something that a mapping (`[endpoint]`) or a profile (`[profile.X.endpoints.T]`) may settle about a target.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// The key.
    pub name: &'static str,
    /// What may stand behind it.
    pub form: SettingForm,
    /// What counts where nobody says it.
    pub default: Option<&'static str>,
    /// Whether somebody must say it.
    pub needed: Needed,
    /// What it says, for a person.
    pub about: Say,
}

/// What may stand behind a setting's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingForm {
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// Any text.
    Text,
    /// A text, or a list of at least one.
    Texts,
    /// Yes or no.
    Switch,
}

/// Whether a setting must be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needed {
    /// There is a default, or none is needed.
    No,
    /// Always.
    Always,
    /// As soon as the mapping has a date of the target's own.
    WithDates,
}

/// What is settled for the requests of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Dialect {
    /// The CRM operation; the run keeps it itself.
    #[serde(skip)]
    pub operation: String,
    /// The method, where it is not POST.
    pub method: Option<String>,
    /// The path, where it is not the sample's.
    pub path: Option<String>,
    /// Keys that are spelled otherwise, by the sample's spelling.
    pub keys: BTreeMap<String, String>,
    /// The target's settings by name.
    pub settings: BTreeMap<String, Vec<String>>,
}

impl Dialect {
    /// The documents' own way, for an operation.
    pub fn new(operation: &str) -> Dialect {
        Dialect { operation: operation.to_owned(), ..Dialect::default() }
    }

    /// What a profile settles for an operation, and what a mapping settles over it.
    ///
    /// # Errors
    /// `endpoint-setting-missing` names what the documents do not say and nobody has said.
    pub fn of(
        target: &dyn Target,
        operation: &str,
        profile: Option<&Dialect>,
        mapping: &Mapping,
    ) -> Result<Dialect> {
        let mut dialect = profile.cloned().unwrap_or_default();
        operation.clone_into(&mut dialect.operation);
        dialect.settings.extend(mapping.endpoint.clone());
        let has_dates = mapping.fields.iter().any(|rule| !rule.custom && rule.kind == FieldKind::Date);
        let lacks = |setting: &&Setting| {
            let needed = match setting.needed {
                Needed::No => false,
                Needed::Always => true,
                Needed::WithDates => has_dates,
            };
            needed && !dialect.settings.contains_key(setting.name)
        };
        // A mapping may leave the lines out where the operation lets records go without them.
        let has_lines = mapping.fields.iter().any(|rule| rule.level == Level::Line);
        if let (false, Some(section)) =
            (has_lines || target.lines_may_lack(&dialect), target.section(Level::Line))
        {
            let failure = Failure::new(Code::MappingMissingField).with("place", &mapping.path);
            return Err(failure.with("value", format!("[{section}]")).with("expected", section));
        }
        match target.settings().iter().find(lacks) {
            None => Ok(dialect),
            Some(setting) => Err(Failure::new(Code::EndpointSettingMissing)
                .with("place", &mapping.path)
                .with("value", setting.name)
                .with("expected", setting.example())
                .with_say("reason", setting.about)),
        }
    }

    /// The method of the requests.
    pub fn method(&self) -> &'static str {
        let chosen = |method: &&&str| self.method.as_deref() == Some(**method);
        METHODS.iter().find(chosen).unwrap_or(&METHODS[0])
    }

    /// How a key of the documents is spelled.
    pub fn key<'k>(&'k self, documented: &'k str) -> &'k str {
        self.keys.get(documented).map_or(documented, String::as_str)
    }

    /// What a setting says, or its default.
    pub fn get(&self, setting: &Setting) -> Option<&str> {
        self.settings
            .get(setting.name)
            .and_then(|texts| texts.first())
            .map(String::as_str)
            .or(setting.default)
    }

    /// How the target's own dates of a kind are written, where a setting says it.
    pub fn date_form(&self, target: &dyn Target, kind: FieldKind) -> Option<DateForm> {
        let name = match kind {
            FieldKind::Date => DATES,
            FieldKind::Moment => MOMENTS,
            _ => return None,
        };
        let setting = target.settings().iter().find(|setting| setting.name == name)?;
        self.get(setting).and_then(DateForm::of_name)
    }

    /// Appends `"operation":"…"`.
    pub(super) fn push_operation(&self, out: &mut Vec<u8>) {
        push_json(self.key("operation"), out);
        out.push(b':');
        push_json(&self.operation, out);
    }
}

impl Setting {
    /// The line that a mapping would say it in.
    pub fn example(&self) -> String {
        match self.form {
            SettingForm::OneOf(choices) => {
                let choices: Vec<String> = choices.iter().map(|choice| format!("{choice:?}")).collect();
                format!("{} = {}", self.name, choices.join(" | "))
            }
            SettingForm::Text => format!("{} = \"…\"", self.name),
            SettingForm::Texts => format!("{} = [\"…\", \"…\"]", self.name),
            SettingForm::Switch => format!("{} = true | false", self.name),
        }
    }
}
