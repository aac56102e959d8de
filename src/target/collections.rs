//! Expedientes with their obligations: `massiveCollections.php` (`wolkvox-api.md` section 3; pages 1 and 2).
//!
//! Every value is sent as text, as in the vendor's samples; custom fields are flat keys. The documents do not
//! say whether a repeated `Identification` updates or duplicates, so a repeat is never taken for safe.

use super::answer::{self, Envelope};
use super::{Answer, Body, Field, FieldKind, Level, Request, Target, Verdict, reconcile};
use crate::lang::Say;
use crate::portfolio::Record;

/// The target `collections`.
#[derive(Debug)]
pub struct Collections;

/// Longest text that a field of the CRM may take (section 8, help centre on basic fields).
const TEXT_MAX: usize = 2500;
/// Names and addresses are single-line fields; the CRM states no figure, 255 is the usual column.
const LINE_MAX: usize = 255;

const fn field(
    name: &'static str,
    level: Level,
    kind: FieldKind,
    (mandatory, max_chars): (bool, usize),
    example: &'static str,
) -> Field {
    Field { name, level, kind, mandatory, max_chars, example, page: "1, 2" }
}

static FIELDS: [Field; 14] = [
    field("Identification", Level::Record, FieldKind::Id, (true, 50), "12345"),
    field("Name", Level::Record, FieldKind::Text, (true, LINE_MAX), "John Doe"),
    field("Email", Level::Record, FieldKind::Email, (true, LINE_MAX), "ana@example.com"),
    field("Telephone", Level::Record, FieldKind::Phone, (true, 50), "31949"),
    field("Address", Level::Record, FieldKind::Text, (false, LINE_MAX), "Avenida 12 calle 43"),
    field("id", Level::Line, FieldKind::Id, (true, 100), "02"),
    field("name", Level::Line, FieldKind::Text, (true, LINE_MAX), "oblg2"),
    field("total_balance", Level::Line, FieldKind::Amount, (false, 30), "1000"),
    field("expiring_date", Level::Line, FieldKind::Date, (false, 10), "2025-02-03"),
    field("days_delay", Level::Line, FieldKind::Integer, (false, 10), "33"),
    field("portfolio_type", Level::Line, FieldKind::Text, (false, TEXT_MAX), "TestPortfolio"),
    field("last_pay", Level::Line, FieldKind::Amount, (false, 30), "500"),
    field("last_pay_date", Level::Line, FieldKind::Date, (false, 10), "2025-01-09"),
    field("balance_payment", Level::Line, FieldKind::Amount, (false, 30), "500"),
];

impl Target for Collections {
    fn name(&self) -> &'static str {
        "collections"
    }

    fn about(&self) -> Say {
        Say::TargetCollections
    }

    fn sections(&self) -> (&'static str, Option<&'static str>) {
        ("expediente", Some("obligation"))
    }

    fn fields(&self) -> &'static [Field] {
        &FIELDS
    }

    fn key(&self) -> &'static str {
        "Identification"
    }

    fn line_key(&self) -> Option<&'static str> {
        Some("id")
    }

    fn money(&self) -> &'static str {
        "total_balance"
    }

    fn repeat_is_safe(&self) -> bool {
        false
    }

    fn render(&self, record: &Record, out: &mut Vec<u8>) {
        out.push(b'{');
        push_fields(record.head(), out);
        out.extend_from_slice(b",\"Obligations\":[");
        for (ordinal, line) in record.lines().enumerate() {
            out.extend_from_slice(if ordinal == 0 { b"{" } else { b",{" });
            push_fields(line, out);
            out.push(b'}');
        }
        out.extend_from_slice(b"]}");
    }

    fn envelope_bytes(&self, operation: &str) -> usize {
        envelope(operation).0.len() + envelope(operation).1.len()
    }

    fn request(&self, operation: &str, fragments: &[&[u8]]) -> Request {
        let (opening, closing) = envelope(operation);
        let mut body = opening;
        body.extend_from_slice(&fragments.join(&b','));
        body.extend_from_slice(closing);
        Request {
            method: "POST",
            path: "/server/API/v2/collections/massiveCollections.php".into(),
            body: Body::Json(body),
        }
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

    fn looked_up_in(&self) -> Option<(&'static str, &'static str)> {
        Some(("collections", self.key()))
    }
}

fn push_fields<'r>(fields: impl Iterator<Item = (&'r str, &'r str)>, out: &mut Vec<u8>) {
    for (ordinal, (name, value)) in fields.enumerate() {
        if ordinal > 0 {
            out.push(b',');
        }
        push_json(name, out);
        out.push(b':');
        push_json(value, out);
    }
}

fn push_json(text: &str, out: &mut Vec<u8>) {
    serde_json::to_writer(out, text).expect("a text can always be written to memory as JSON");
}

fn envelope(operation: &str) -> (Vec<u8>, &'static [u8]) {
    let mut opening = b"{\"operation\":".to_vec();
    push_json(operation, &mut opening);
    opening.extend_from_slice(b",\"collections\":[");
    (opening, b"]}")
}

#[cfg(test)]
mod tests {
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
        Collections.render(&record, &mut fragment);
        let request = Collections.request("modulotest03", &[&fragment, &fragment]);
        assert_eq!(
            (request.method, request.path),
            ("POST", "/server/API/v2/collections/massiveCollections.php".into())
        );
        let Body::Json(body) = request.body;
        let one = r#"{"Identification":"12345","Name":"John \"Doe\" Ñ","Email":"","Telephone":"","Address":"","campo":"x","Obligations":[{"id":"02","name":"oblg2","total_balance":"1000"},{"id":"03","name":"oblg2","total_balance":"1000"}]}"#;
        let text = String::from_utf8(body).unwrap();
        assert_eq!(text, format!(r#"{{"operation":"modulotest03","collections":[{one},{one}]}}"#));
        assert_eq!(text.len(), Collections.envelope_bytes("modulotest03") + 2 * fragment.len() + 1);
    }

    #[test]
    fn answers_are_read() {
        let answer = |status, body: &str| Answer { status, body: body.into(), ..Answer::default() };
        let good = r#"{"code":"200","success":true,"summary":{"total_records_received":2,"successful_inserts":2,"failed_count":0,"total_processed":2,"failed_Sumary":[]}}"#;
        assert_eq!(Collections.read(&answer(200, good), &["1", "2"]), Verdict::Answered(Vec::new()));
        assert_eq!(Collections.read(&answer(502, good), &["1", "2"]).word(), "unknown");
    }
}
