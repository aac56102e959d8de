//! Managements that somebody made outside the CRM: `insertGestion.php` (`wolkvox-api.md` section 5.1; pages 9 and 10).
//!
//! The path of the text is another page's; the sample's is used. The sample sends two spellings of the typification
//! keys and the tables name a third, so both of the sample's are sent unless a setting says which one the CRM reads. The
//! documents give no form of date. There is no key against repetition: a second sending makes a second management.

use super::dialect::{DATES, LOOKUP_FIELD, LOOKUP_MODULE};
use super::field::{LINE_MAX, Pages, TEXT_MAX};
use super::json::{push_json, push_value};
use super::{
    DateForm, Dialect, Field, FieldKind, IDENTIFICATION, Level, Needed, Objection, Setting, SettingForm,
    Target, case_file,
};
use crate::lang::Say;
use crate::portfolio::Record;
use crate::portfolio::record::Value;

/// The target `managements`.
#[derive(Debug)]
pub(super) struct Managements;

const PAGES: Pages = Pages("9, 10");

const fn text(name: &'static str, example: &'static str) -> Field {
    PAGES.line(name, FieldKind::Text, (false, LINE_MAX), example)
}

static FIELDS: [Field; 21] = [
    PAGES.line("tipifycation_code", FieldKind::Text, (true, LINE_MAX), "12"),
    PAGES.line("tipifycation_desc", FieldKind::Text, (true, TEXT_MAX), "Promesa de pago"),
    PAGES.line("id_customer", FieldKind::Id, (false, 50), "12345"),
    PAGES.line("customer_id", FieldKind::Id, (false, 50), "12345"),
    case_file::BY_IDENTIFICATION,
    case_file::id_field(PAGES, ID, "61fa3"),
    text("wolkvox_idCall", "1700000000.123"),
    text("client_name", "Ana"),
    text("client_lastname", "Paz"),
    text("client_type_document", "CC"),
    PAGES.line("client_telephone", FieldKind::Phone, (false, 50), "3005550123"),
    text("agent_name", "Eva Ríos"),
    text("agent_id", "1204"),
    text("type_interaction", "call"),
    text("time", "14:30:00"),
    PAGES.line("date", FieldKind::Date, (false, 10), "2026-01-31"),
    text("campaign_id", "5012"),
    text("wolkvox_idCustomer", "9001"),
    text("wolkvox_phoneCall", "3005550123"),
    text("wolkvox_CrmPhoneCall", "3005550123"),
    text("obligation", "obl1"),
];

/// The field of the case file's id.
const ID: &str = "wolkvox_idRecord";
/// The module that these managements belong to.
const MODULE: &str = "collections";
/// Behind which field of the sample the module stands, and the second spelling of the typification.
const MODULE_BEHIND: &str = "tipifycation_desc";
const SECOND_BEHIND: &str = "campaign_id";
/// The second spelling of each key of the typification.
const SECOND: [(&str, &str); 2] =
    [("tipifycation_code", "tipification_code"), ("tipifycation_desc", "tipification_description")];

const SPELLING: Setting = Setting {
    name: "typification",
    form: SettingForm::OneOf(&["both", "tipifycation", "tipification"]),
    default: Some("both"),
    needed: Needed::No,
    about: Say::SettingTypification,
};
static SETTINGS: [Setting; 4] = [
    Setting {
        name: DATES,
        form: SettingForm::OneOf(&DateForm::NAMES),
        default: None,
        needed: Needed::WithDates,
        about: Say::SettingDates,
    },
    SPELLING,
    LOOKUP_MODULE,
    LOOKUP_FIELD,
];

impl Target for Managements {
    fn name(&self) -> &'static str {
        "managements"
    }

    fn about(&self) -> Say {
        Say::TargetManagements
    }

    fn unit(&self) -> Say {
        Say::UnitManagements
    }

    fn section(&self, level: Level) -> Option<&'static str> {
        (level == Level::Line).then_some("management")
    }

    fn fields(&self) -> &'static [Field] {
        &FIELDS
    }

    fn key(&self) -> &'static [&'static str] {
        &[IDENTIFICATION, "id_customer", ID]
    }

    fn settings(&self) -> &'static [Setting] {
        &SETTINGS
    }

    fn path(&self, _dialect: &Dialect) -> &'static str {
        "/server/API/v2/collections/insertGestion.php"
    }

    fn keys(&self) -> &'static [&'static str] {
        &["operation", "fields", "module", "tipification_code", "tipification_description"]
    }

    fn has_custom_fields(&self) -> bool {
        false
    }

    fn case_file(&self) -> Option<&'static str> {
        Some(ID)
    }

    fn objection(&self, record: &Record, _dialect: &Dialect) -> Option<Objection> {
        case_file::objection(record, ID)
    }

    fn render(&self, record: &Record, dialect: &Dialect, out: &mut Vec<u8>) {
        out.push(b'{');
        push_json(dialect.key("fields"), out);
        out.extend_from_slice(b":{");
        let mut body =
            Body { spelling: dialect.get(&SPELLING).unwrap_or_default(), dialect, out, is_first: true };
        let mut second_is_due = body.spelling != "tipifycation";
        let typification = || {
            let values = case_file::sent(record, ID);
            values.filter_map(|value| {
                SECOND.iter().find(|(name, _)| value.name() == *name).map(|(_, key)| (*key, value))
            })
        };
        for value in case_file::sent(record, ID) {
            // The second spelling stands behind the campaign in the sample, whether there is one or not.
            if second_is_due && is_behind(value.name(), SECOND_BEHIND) {
                typification().for_each(|(key, value)| body.push_as(key, value));
                second_is_due = false;
            }
            body.push(value);
        }
        if second_is_due {
            typification().for_each(|(key, value)| body.push_as(key, value));
        }
        out.extend_from_slice(b"}}");
    }
}

/// Whether a field stands behind another one in the sample.
fn is_behind(name: &str, other: &str) -> bool {
    let at = |name: &str| FIELDS.iter().position(|field| field.name == name);
    at(name) > at(other)
}

/// The inside of `fields`, as far as it is written.
struct Body<'b> {
    spelling: &'b str,
    dialect: &'b Dialect,
    out: &'b mut Vec<u8>,
    is_first: bool,
}

impl Body<'_> {
    /// Appends a value under its own key, and the module where its place is.
    fn push(&mut self, value: Value<'_>) {
        let is_typification = SECOND.iter().any(|(name, _)| value.name() == *name);
        if !is_typification || self.spelling != "tipification" {
            self.comma();
            case_file::push(value, ID, self.dialect, self.out);
        }
        if value.name() == MODULE_BEHIND {
            self.comma();
            push_json(self.dialect.key("module"), self.out);
            self.out.push(b':');
            push_json(MODULE, self.out);
        }
    }

    /// Appends a value under another key.
    fn push_as(&mut self, key: &str, value: Value<'_>) {
        self.comma();
        push_json(self.dialect.key(key), self.out);
        self.out.push(b':');
        push_value(value, self.out);
    }

    fn comma(&mut self) {
        if !std::mem::take(&mut self.is_first) {
            self.out.push(b',');
        }
    }
}
