//! Tasks, calls and meetings to do: `custom/insert.php` with the module `wolkvox_activities` (`wolkvox-api.md` section
//! 6.2; pages 18a to 18c).
//!
//! The text writes a date as `YYYY-MM-DD HH:MM:SS`, the sample's placeholder compactly: a setting says which, the text's
//! is the default. `remember` is the one JSON boolean of the documents, a call's telephone the one object.

use super::dialect::{LOOKUP_FIELD, LOOKUP_MODULE, MOMENTS};
use super::field::{LINE_MAX, Pages, TEXT_MAX};
use super::json::push_json;
use super::{
    DateForm, Dialect, Field, FieldKind, IDENTIFICATION, Level, Needed, Objection, Setting, SettingForm,
    Target, case_file, single,
};
use crate::lang::Say;
use crate::portfolio::Record;

/// The target `activities`.
#[derive(Debug)]
pub(super) struct Activities;

const PAGES: Pages = Pages("18a, 18b, 18c");

static FIELDS: [Field; 17] = [
    PAGES.line("status", FieldKind::Text, (true, LINE_MAX), "created"),
    PAGES.line("name", FieldKind::Text, (true, LINE_MAX), "Llamar por la promesa de pago"),
    PAGES.line("priority", FieldKind::Choice(&["high", "normal", "low"]), (true, LINE_MAX), "low"),
    PAGES.line("name_module", FieldKind::Text, (true, LINE_MAX), "cases"),
    PAGES.line("completion_date", FieldKind::Moment, (true, 19), "2023-07-30 00:00:00"),
    PAGES.line("remember", FieldKind::Boolean, (false, LINE_MAX), "true"),
    PAGES.line("reminder_date", FieldKind::Moment, (false, 19), "2023-07-29 00:00:00"),
    PAGES.line("description", FieldKind::Text, (false, TEXT_MAX), "Prometió pagar el viernes"),
    case_file::BY_IDENTIFICATION,
    case_file::id_field(PAGES, ID, "64cb"),
    PAGES.line("location", FieldKind::Text, (false, LINE_MAX), "Oficina norte"),
    PAGES.line("wolkvox_owner", FieldKind::Text, (false, LINE_MAX), "ADMIN_@mimodulo"),
    PAGES.line("start_date", FieldKind::Moment, (false, 19), "2023-07-30 00:00:00"),
    PAGES.line("participants", FieldKind::Text, (false, TEXT_MAX), "ana@example.com"),
    PAGES.line(PHONE[0].0, FieldKind::Text, (false, LINE_MAX), "COLOMBIA"),
    PAGES.line(PHONE[1].0, FieldKind::Text, (false, 10), "57"),
    PAGES.line(PHONE[2].0, FieldKind::Phone, (false, 50), "3005550123"),
];

/// The field of the id of the record that an activity is attached to.
const ID: &str = "id_record";
/// The parts of a telephone, and the keys of its object.
const PHONE: [(&str, &str); 3] = [("phone_country", "country"), ("phone_code", "code"), ("phone", "value")];

const KIND: Setting = Setting {
    name: "type",
    form: SettingForm::OneOf(&["task", "call", "meeting"]),
    default: None,
    needed: Needed::Always,
    about: Say::SettingActivity,
};
static SETTINGS: [Setting; 4] = [
    KIND,
    Setting {
        name: MOMENTS,
        form: SettingForm::OneOf(&DateForm::MOMENTS),
        default: Some(DateForm::MOMENTS[0]),
        needed: Needed::No,
        about: Say::SettingMoments,
    },
    LOOKUP_MODULE,
    LOOKUP_FIELD,
];

impl Target for Activities {
    fn name(&self) -> &'static str {
        "activities"
    }

    fn about(&self) -> Say {
        Say::TargetActivities
    }

    fn unit(&self) -> Say {
        Say::UnitActivities
    }

    fn section(&self, level: Level) -> Option<&'static str> {
        (level == Level::Line).then_some("activity")
    }

    fn fields(&self) -> &'static [Field] {
        &FIELDS
    }

    fn key(&self) -> &'static [&'static str] {
        &[IDENTIFICATION, ID, "name"]
    }

    fn settings(&self) -> &'static [Setting] {
        &SETTINGS
    }

    fn path(&self, _dialect: &Dialect) -> &'static str {
        "/server/API/v2/custom/insert.php"
    }

    fn keys(&self) -> &'static [&'static str] {
        &["operation", "module", "type", "fields"]
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
        let is_phone = |name: &str| PHONE.iter().any(|(part, _)| *part == name);
        let mut is_first = true;
        let mut comma = |out: &mut Vec<u8>| {
            if !std::mem::take(&mut is_first) {
                out.push(b',');
            }
        };
        for value in case_file::sent(record, ID).filter(|value| value.field.custom || !is_phone(value.name()))
        {
            comma(out);
            case_file::push(value, ID, dialect, out);
        }
        let of_name =
            |name: &str| record.values_of_one().find(|value| !value.field.custom && value.name() == name);
        // A country without a number is no telephone.
        if of_name("phone").is_some() {
            comma(out);
            push_json(dialect.key("phone"), out);
            out.extend_from_slice(b":{\"type\":\"telephone\"");
            for (part, key) in PHONE {
                if let Some(value) = of_name(part) {
                    out.push(b',');
                    push_json(key, out);
                    out.push(b':');
                    push_json(value.text(), out);
                }
            }
            out.push(b'}');
        }
        out.extend_from_slice(b"}}");
    }

    fn envelope(&self, dialect: &Dialect) -> (Vec<u8>, &'static [u8]) {
        let mut opening = single::opening(dialect);
        let kind = dialect.get(&KIND).unwrap_or_default();
        for (key, text) in [("module", "wolkvox_activities"), ("type", kind)] {
            opening.push(b',');
            push_json(dialect.key(key), &mut opening);
            opening.push(b':');
            push_json(text, &mut opening);
        }
        (opening, b"")
    }
}
