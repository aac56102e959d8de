//! Expedientes with their obligations: `massiveCollections.php` (`wolkvox-api.md` section 3; pages 1 and 2).
//!
//! Every value is sent as text, as in the vendor's samples; custom fields are flat keys. The documents do not
//! say whether a repeated `Identification` updates or duplicates, so a repeat is never taken for safe.

use super::answer::{self, Envelope};
use super::field::{LINE_MAX, Pages, TEXT_MAX};
use super::json::{push_fields, push_json, push_line};
use super::{
    Answer, Dialect, Field, FieldKind, Level, Needed, Setting, SettingForm, Takes, Target, Verdict,
    reconcile, single,
};
use crate::lang::Say;
use crate::portfolio::Record;

/// The target `collections`.
#[derive(Debug)]
pub struct Collections;

const PAGES: Pages = Pages("1, 2");

static FIELDS: [Field; 14] = [
    PAGES.record("Identification", FieldKind::Id, (true, 50), "12345"),
    PAGES.record("Name", FieldKind::Text, (true, LINE_MAX), "John Doe"),
    PAGES.record("Email", FieldKind::Email, (true, LINE_MAX), "ana@example.com"),
    PAGES.record("Telephone", FieldKind::Phone, (true, 50), "31949"),
    PAGES.record("Address", FieldKind::Text, (false, LINE_MAX), "Avenida 12 calle 43"),
    PAGES.line("id", FieldKind::Id, (true, 100), "02"),
    PAGES.line("name", FieldKind::Text, (true, LINE_MAX), "oblg2"),
    PAGES.line("total_balance", FieldKind::Amount, (false, 30), "1000"),
    PAGES.line("expiring_date", FieldKind::Date, (false, 10), "2025-02-03"),
    PAGES.line("days_delay", FieldKind::Integer, (false, 10), "33"),
    PAGES.line("portfolio_type", FieldKind::Text, (false, TEXT_MAX), "TestPortfolio"),
    PAGES.line("last_pay", FieldKind::Amount, (false, 30), "500"),
    PAGES.line("last_pay_date", FieldKind::Date, (false, 10), "2025-01-09"),
    PAGES.line("balance_payment", FieldKind::Amount, (false, 30), "500"),
];

/// The documents do not say whether `Obligations` may be empty; an operation that has tried it may say so.
static SETTINGS: [Setting; 1] = [Setting {
    name: "without_obligations",
    form: SettingForm::Switch,
    default: Some("false"),
    needed: Needed::No,
    about: Say::SettingWithoutObligations,
}];

impl Target for Collections {
    fn name(&self) -> &'static str {
        "collections"
    }

    fn about(&self) -> Say {
        Say::TargetCollections
    }

    fn unit(&self) -> Say {
        Say::UnitRecords
    }

    fn line_unit(&self) -> Option<Say> {
        Some(Say::UnitObligations)
    }

    fn section(&self, level: Level) -> Option<&'static str> {
        Some(match level {
            Level::Record => "expediente",
            Level::Line => "obligation",
        })
    }

    fn fields(&self) -> &'static [Field] {
        &FIELDS
    }

    fn key(&self) -> &'static [&'static str] {
        &["Identification"]
    }

    fn groups(&self) -> bool {
        true
    }

    fn line_key(&self) -> Option<&'static str> {
        Some("id")
    }

    fn money(&self) -> &'static [&'static str] {
        &["total_balance"]
    }

    fn settings(&self) -> &'static [Setting] {
        &SETTINGS
    }

    fn lines_may_lack(&self, dialect: &Dialect) -> bool {
        dialect.get(&SETTINGS[0]) == Some("true")
    }

    fn path(&self, _dialect: &Dialect) -> &'static str {
        "/server/API/v2/collections/massiveCollections.php"
    }

    fn keys(&self) -> &'static [&'static str] {
        &["operation", "collections", "Obligations"]
    }

    fn takes(&self, _dialect: &Dialect) -> Takes {
        Takes::Many
    }

    fn may_resend(&self) -> bool {
        true
    }

    fn render(&self, record: &Record, dialect: &Dialect, out: &mut Vec<u8>) {
        out.push(b'{');
        push_fields(record.head(), out);
        out.push(b',');
        push_json(dialect.key("Obligations"), out);
        out.extend_from_slice(b":[");
        for (ordinal, line) in record.lines().enumerate() {
            out.extend_from_slice(if ordinal == 0 { b"{" } else { b",{" });
            push_line(&line, out);
            out.push(b'}');
        }
        out.extend_from_slice(b"]}");
    }

    fn envelope(&self, dialect: &Dialect) -> (Vec<u8>, &'static [u8]) {
        let mut opening = single::opening(dialect);
        opening.push(b',');
        push_json(dialect.key("collections"), &mut opening);
        opening.extend_from_slice(b":[");
        (opening, b"]}")
    }

    fn read(&self, answer: &Answer, keys: &[&str]) -> Verdict {
        match answer::envelope(answer) {
            Envelope::Good(body) => reconcile::summary(&body, keys),
            Envelope::Disputed(body) => reconcile::disputed(&body, keys),
            Envelope::Refused(reason, body) => {
                let named = body.and_then(|body| reconcile::all_rejected(&body, keys));
                named.unwrap_or(Verdict::Refused(reason))
            }
            Envelope::Verdict(verdict) => verdict,
        }
    }

    /// Its answer counts records, and gives none of them an id.
    fn given(&self, _answer: &Answer) -> Option<String> {
        None
    }

    fn looked_up_in(&self) -> Option<(&'static str, &'static str)> {
        Some(("collections", "Identification"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Body;
    use super::*;

    #[test]
    fn the_request_is_the_documents_sample() {
        let head = [
            ("Identification", "12345"),
            ("Name", "John \"Doe\" Ñ"),
            ("Email", ""),
            ("Telephone", ""),
            ("Address", ""),
            ("campo", "x"),
        ];
        let line = |id| [("id", id), ("name", "oblg2"), ("total_balance", "1000")];
        let record = Record::of(&head, &[&line("02"), &line("03")]);
        let mut fragment = Vec::new();
        let dialect = Dialect::new("modulotest03");
        Collections.render(&record, &dialect, &mut fragment);
        let request = Collections.request(&dialect, &[&fragment, &fragment]);
        assert_eq!(
            (request.method, request.path),
            ("POST", "/server/API/v2/collections/massiveCollections.php".into())
        );
        let Body::Json(body) = request.body else { unreachable!() };
        let one = r#"{"Identification":"12345","Name":"John \"Doe\" Ñ","Email":"","Telephone":"","Address":"","campo":"x","Obligations":[{"id":"02","name":"oblg2","total_balance":"1000"},{"id":"03","name":"oblg2","total_balance":"1000"}]}"#;
        let text = String::from_utf8(body).unwrap();
        assert_eq!(text, format!(r#"{{"operation":"modulotest03","collections":[{one},{one}]}}"#));
        assert_eq!(text.len(), Collections.envelope_bytes(&dialect) + 2 * fragment.len() + 1);
    }

    #[test]
    fn answers_are_read() {
        let answer = |status, body: &str| Answer { status, body: body.into(), ..Answer::default() };
        let good = r#"{"code":"200","success":true,"summary":{"total_records_received":2,"successful_inserts":2,"failed_count":0,"total_processed":2,"failed_Sumary":[]}}"#;
        assert_eq!(Collections.read(&answer(200, good), &["1", "2"]), Verdict::Answered(Vec::new()));
        assert_eq!(Collections.read(&answer(502, good), &["1", "2"]).word(), "unknown");
    }
}
