//! Records of any module of the tenant: `custom/insertMany.php` and `custom/insert.php` (`wolkvox-api.md` section 8;
//! pages 27 and 28).
//!
//! The target has no fields of its own: they are the mapping's, named as the module's form names them. The answer of
//! the bulk call is on no page that could be read: it is taken for an acceptance of all only where it says so and
//! nothing in it says otherwise.

use super::json::{push_fields, push_json};
use super::{Answer, Dialect, Field, Level, Needed, Setting, SettingForm, Takes, Target, Verdict, single};
use crate::lang::Say;
use crate::portfolio::Record;

/// The target `custom`.
#[derive(Debug)]
pub(super) struct Custom;

const MODULE: Setting = Setting {
    name: "module",
    form: SettingForm::Text,
    default: None,
    needed: Needed::Always,
    about: Say::SettingModule,
};
const BULK: Setting = Setting {
    name: "bulk",
    form: SettingForm::Switch,
    default: Some("true"),
    needed: Needed::No,
    about: Say::SettingBulk,
};
static SETTINGS: [Setting; 2] = [MODULE, BULK];

impl Target for Custom {
    fn name(&self) -> &'static str {
        "custom"
    }

    fn about(&self) -> Say {
        Say::TargetCustom
    }

    fn unit(&self) -> Say {
        Say::UnitPlain
    }

    fn section(&self, level: Level) -> Option<&'static str> {
        (level == Level::Line).then_some("fields")
    }

    fn fields(&self) -> &'static [Field] {
        &[]
    }

    fn key(&self) -> &'static [&'static str] {
        &[]
    }

    fn settings(&self) -> &'static [Setting] {
        &SETTINGS
    }

    fn path(&self, dialect: &Dialect) -> &'static str {
        match self.takes(dialect) {
            Takes::One => "/server/API/v2/custom/insert.php",
            Takes::Many => "/server/API/v2/custom/insertMany.php",
        }
    }

    fn keys(&self) -> &'static [&'static str] {
        &["operation", "module", "fields"]
    }

    fn has_typed_values(&self) -> bool {
        true
    }

    fn takes(&self, dialect: &Dialect) -> Takes {
        if dialect.get(&BULK) == Some("false") { Takes::One } else { Takes::Many }
    }

    fn render(&self, record: &Record, dialect: &Dialect, out: &mut Vec<u8>) {
        let is_single = self.takes(dialect) == Takes::One;
        out.push(b'{');
        if is_single {
            push_json(dialect.key("fields"), out);
            out.extend_from_slice(b":{");
        }
        push_fields(record.values_of_one(), out);
        out.extend_from_slice(if is_single { b"}}" } else { b"}" });
    }

    fn envelope(&self, dialect: &Dialect) -> (Vec<u8>, &'static [u8]) {
        let mut opening = single::opening(dialect);
        opening.push(b',');
        push_json(dialect.key("module"), &mut opening);
        opening.push(b':');
        push_json(dialect.get(&MODULE).unwrap_or_default(), &mut opening);
        if self.takes(dialect) == Takes::One {
            return (opening, b"");
        }
        opening.push(b',');
        push_json(dialect.key("fields"), &mut opening);
        opening.extend_from_slice(b":[");
        (opening, b"]}")
    }

    fn read(&self, answer: &Answer, keys: &[&str]) -> Verdict {
        single::read_many(answer, keys)
    }
}
