//! One obligation at a time: `insertObligation.php` and `updateObligation.php` (`wolkvox-api.md` section 4; pages 3 to 6).
//!
//! The CRM wants the case file's own id (`wolkvox_id`). Its documents contradict themselves on the update's method and
//! path, and never name the order of the dates: POST and the sample's path are the default, and the order has none.
//! Custom fields are a list of names and values. A repeated insert may make a second obligation; a repeated update
//! writes the same again.

use super::dialect::{DATES, LOOKUP_FIELD, LOOKUP_MODULE};
use super::field::{LINE_MAX, Pages, TEXT_MAX};
use super::json::{push_fields, push_json, push_value};
use super::{
    DateForm, Dialect, Field, FieldKind, IDENTIFICATION, Level, Needed, Objection, Setting, SettingForm,
    Target, case_file,
};
use crate::lang::Say;
use crate::portfolio::Record;

/// The two targets of this file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Obligations {
    /// `obligations-insert`
    Insert,
    /// `obligations-update`
    Update,
}

/// The field of the case file's id, which stands beside `fields` and not in it.
const ID: &str = "wolkvox_id";

const PAGES: Pages = Pages("3, 4, 5, 6");

/// The fields; the documents mark none of them mandatory, so those are without which nothing is named.
const fn fields(name_is_mandatory: bool) -> [Field; 10] {
    [
        case_file::BY_IDENTIFICATION,
        case_file::id_field(PAGES, ID, "61fa3"),
        PAGES.line("id", FieldKind::Id, (true, 100), "obl1"),
        PAGES.line("name", FieldKind::Text, (name_is_mandatory, LINE_MAX), "Invoice 12345 – Pending Payment"),
        PAGES.line("total_balance", FieldKind::Amount, (false, 30), "10000"),
        PAGES.line("portfolio_type", FieldKind::Text, (false, TEXT_MAX), "VIP Client"),
        PAGES.line("last_pay", FieldKind::Amount, (false, 30), "2000"),
        PAGES.line("last_pay_date", FieldKind::Date, (false, 10), "06-06-2023"),
        PAGES.line("expiring_date", FieldKind::Date, (false, 10), "07-07-2023"),
        PAGES.line("days_delay", FieldKind::Integer, (false, 10), "90"),
    ]
}

static INSERT_FIELDS: [Field; 10] = fields(true);
static UPDATE_FIELDS: [Field; 10] = fields(false);

/// What the update's key `obligation` carries: the documents do not say.
const NAMED_BY: Setting = Setting {
    name: "obligation",
    form: SettingForm::OneOf(&["id", "name"]),
    default: Some("id"),
    needed: Needed::No,
    about: Say::SettingObligation,
};
const ORDER: Setting = Setting {
    name: DATES,
    form: SettingForm::OneOf(&DateForm::NAMES),
    default: None,
    needed: Needed::WithDates,
    about: Say::SettingDates,
};
static INSERT_SETTINGS: [Setting; 3] = [ORDER, LOOKUP_MODULE, LOOKUP_FIELD];
static UPDATE_SETTINGS: [Setting; 4] = [ORDER, NAMED_BY, LOOKUP_MODULE, LOOKUP_FIELD];

impl Target for Obligations {
    fn name(&self) -> &'static str {
        match self {
            Obligations::Insert => "obligations-insert",
            Obligations::Update => "obligations-update",
        }
    }

    fn about(&self) -> Say {
        match self {
            Obligations::Insert => Say::TargetObligationsInsert,
            Obligations::Update => Say::TargetObligationsUpdate,
        }
    }

    fn unit(&self) -> Say {
        Say::UnitObligations
    }

    fn section(&self, level: Level) -> Option<&'static str> {
        (level == Level::Line).then_some("obligation")
    }

    fn fields(&self) -> &'static [Field] {
        match self {
            Obligations::Insert => &INSERT_FIELDS,
            Obligations::Update => &UPDATE_FIELDS,
        }
    }

    fn key(&self) -> &'static [&'static str] {
        &[IDENTIFICATION, ID, "id"]
    }

    fn groups(&self) -> bool {
        true
    }

    fn line_key(&self) -> Option<&'static str> {
        Some("id")
    }

    fn money(&self) -> &'static [&'static str] {
        match self {
            Obligations::Insert => &["total_balance"],
            // Of a day's payments a person knows what was paid.
            Obligations::Update => &["last_pay", "total_balance"],
        }
    }

    fn settings(&self) -> &'static [Setting] {
        match self {
            Obligations::Insert => &INSERT_SETTINGS,
            Obligations::Update => &UPDATE_SETTINGS,
        }
    }

    fn path(&self, _dialect: &Dialect) -> &'static str {
        match self {
            Obligations::Insert => "/server/API/v2/collections/insertObligation.php",
            Obligations::Update => "/server/API/v2/collections/updateObligation.php",
        }
    }

    fn keys(&self) -> &'static [&'static str] {
        &["operation", "obligation", "fields", "form"]
    }

    fn may_resend(&self) -> bool {
        *self == Obligations::Update
    }

    fn case_file(&self) -> Option<&'static str> {
        Some(ID)
    }

    fn objection(&self, record: &Record, _dialect: &Dialect) -> Option<Objection> {
        case_file::objection(record, ID)
    }

    fn render(&self, record: &Record, dialect: &Dialect, out: &mut Vec<u8>) {
        let values = || case_file::sent(record, ID);
        out.push(b'{');
        if let Some(value) = values().find(|value| case_file::is_id(value, ID)) {
            case_file::push(value, ID, dialect, out);
        }
        let named_by = dialect.get(&NAMED_BY).filter(|_| *self == Obligations::Update);
        let of_name = |name: &str| values().find(|value| !value.field.custom && value.name() == name);
        if let Some(value) = named_by.and_then(|name| of_name(name).or_else(|| of_name("id"))) {
            out.push(b',');
            push_json(dialect.key("obligation"), out);
            out.push(b':');
            push_value(value, out);
        }
        out.push(b',');
        push_json(dialect.key("fields"), out);
        out.extend_from_slice(b":{");
        push_fields(values().filter(|value| !value.field.custom && !case_file::is_id(value, ID)), out);
        push_form(record, dialect, out);
        out.extend_from_slice(b"}}");
    }
}

/// Appends the custom fields as the list that these endpoints want; nothing where there are none. `id` stands before
/// them in every record.
fn push_form(record: &Record, dialect: &Dialect, out: &mut Vec<u8>) {
    let mut custom = record.values_of_one().filter(|value| value.field.custom).peekable();
    if custom.peek().is_none() {
        return;
    }
    out.push(b',');
    push_json(dialect.key("form"), out);
    out.extend_from_slice(b":[");
    for (ordinal, value) in custom.enumerate() {
        out.extend_from_slice(if ordinal == 0 { b"{\"name\":" } else { b",{\"name\":" });
        push_json(value.name(), out);
        out.extend_from_slice(b",\"value\":");
        push_value(value, out);
        out.push(b'}');
    }
    out.push(b']');
}
