//! Cases with their attachments: `cases/insert.php`, a form of parts and not JSON (`wolkvox-api.md` section 6.1; pages 12
//! and 22).
//!
//! Custom fields travel as one JSON text in the part `form`, which the sample sends even where it is empty. The documents
//! name one part `file` and not how several files are told apart: each is a part of that name, and a profile may spell it
//! otherwise. A closed case must say its solution; which states are closed is the tenant's to say.

use serde_json::{Map, Value as Json};

use super::field::{LINE_MAX, Pages, TEXT_MAX};
use super::json::{push_field, push_json, push_value};
use super::{
    Body, Content, Dialect, Field, FieldKind, Level, Needed, Objection, Part, Request, Setting, SettingForm,
    Target,
};
use crate::attachment::Attachment;
use crate::lang::{Code, Say};
use crate::mapping::names;
use crate::portfolio::Record;

/// The target `cases`.
#[derive(Debug)]
pub(super) struct Cases;

const PAGES: Pages = Pages("12");

static FIELDS: [Field; 9] = [
    PAGES.line("case-type", FieldKind::Text, (true, LINE_MAX), "Request"),
    PAGES.line("responsible", FieldKind::Text, (true, LINE_MAX), "user@operation"),
    PAGES.line("owner", FieldKind::Text, (true, LINE_MAX), "user@operation"),
    PAGES.line("contact", FieldKind::Email, (true, LINE_MAX), "ana@example.com"),
    PAGES.line("description", FieldKind::Text, (true, TEXT_MAX), "caso creado desde API"),
    PAGES.line("status", FieldKind::Text, (true, LINE_MAX), "open"),
    PAGES.line("priority", FieldKind::Text, (true, LINE_MAX), "low"),
    PAGES.line("solution", FieldKind::Text, (false, TEXT_MAX), "Se envió el paz y salvo"),
    PAGES.line("file", FieldKind::Files, (false, TEXT_MAX), "cartas/12345.pdf; fotos/1.jpg"),
];

const CLOSED: Setting = Setting {
    name: "closed",
    form: SettingForm::Texts,
    default: None,
    needed: Needed::No,
    about: Say::SettingClosed,
};
static SETTINGS: [Setting; 1] = [CLOSED];

impl Target for Cases {
    fn name(&self) -> &'static str {
        "cases"
    }

    fn about(&self) -> Say {
        Say::TargetCases
    }

    fn unit(&self) -> Say {
        Say::UnitCases
    }

    fn section(&self, level: Level) -> Option<&'static str> {
        (level == Level::Line).then_some("case")
    }

    fn fields(&self) -> &'static [Field] {
        &FIELDS
    }

    fn key(&self) -> &'static [&'static str] {
        &["contact"]
    }

    fn settings(&self) -> &'static [Setting] {
        &SETTINGS
    }

    fn path(&self, _dialect: &Dialect) -> &'static str {
        "/server/API/v2/cases/insert.php"
    }

    fn keys(&self) -> &'static [&'static str] {
        &["operation", "form"]
    }

    fn objection(&self, record: &Record, dialect: &Dialect) -> Option<Objection> {
        let of_name =
            |name: &str| record.values_of_one().find(|value| !value.field.custom && value.name() == name);
        let status = names::normal(of_name("status")?.text());
        let closed = dialect.settings.get(CLOSED.name)?.iter().any(|state| names::normal(state) == status);
        let solved = of_name("solution").is_some_and(|value| !value.text().is_empty());
        (closed && !solved).then_some(Objection { field: "solution", code: Code::MissingRequired })
    }

    /// The parts in the sample's order, as one object: texts, the custom fields under `form`, the files with their hashes.
    fn render(&self, record: &Record, dialect: &Dialect, out: &mut Vec<u8>) {
        let own = |name: &'static str| {
            record.values_of_one().find(move |value| !value.field.custom && value.name() == name)
        };
        let (before, behind) = FIELDS.split_at(FIELDS.len() - 2);
        out.push(b'{');
        for value in before.iter().filter_map(|field| own(field.name)) {
            push_field(value, out);
            out.push(b',');
        }
        push_json(dialect.key("form"), out);
        out.extend_from_slice(b":{");
        for (ordinal, value) in record.values_of_one().filter(|value| value.field.custom).enumerate() {
            if ordinal > 0 {
                out.push(b',');
            }
            push_json(value.name(), out);
            out.push(b':');
            push_value(value, out);
        }
        out.push(b'}');
        for value in behind.iter().filter_map(|field| own(field.name)) {
            out.push(b',');
            push_field(value, out);
        }
        out.push(b'}');
    }

    fn request(&self, dialect: &Dialect, fragments: &[&[u8]]) -> Request {
        let fragment = fragments.first().copied().unwrap_or_default();
        let fields: Map<String, Json> = serde_json::from_slice(fragment).unwrap_or_default();
        let operation = Part::text(dialect.key("operation"), dialect.operation.clone());
        let parts = fields.into_iter().flat_map(|(name, value)| parts(&name, value));
        let body = Body::Multipart([operation].into_iter().chain(parts).collect());
        let path = dialect.path.clone().map_or(self.path(dialect).into(), Into::into);
        Request { method: dialect.method(), path, body }
    }
}

/// The parts of a field of the fragment: one text, or a part for each file.
fn parts(name: &str, value: Json) -> Vec<Part> {
    match value {
        Json::String(text) => vec![Part::text(name, text)],
        Json::Array(files) => {
            let file = |file: Json| serde_json::from_value::<Attachment>(file).ok();
            let part = |file| Part { name: name.to_owned(), content: Content::File(file) };
            files.into_iter().filter_map(file).map(part).collect()
        }
        form => vec![Part::text(name, form.to_string())],
    }
}
