//! A record that was sent, held against the record that the CRM has (`fault-matrix.md` D22, R4).
//!
//! Compared are the fields of the record itself: text, numbers and typed values. Obligations cannot be compared,
//! because no documented call lists those of a record. A field that was sent and is not in the answer differs: nothing
//! shows that it was written. What the record looked like before it was sent is not known, so equal fields do not
//! prove who wrote them. Where the record carries the CRM's own dates (`wolkvox-api.md` section 8: system keys that were
//! seen, in no documented zone), they may prove that it was not written since.

use std::str::FromStr as _;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::query::{field_of, plain};
use crate::mapping::names;

/// Names of the fields whose values differ, as they were sent; nothing when all that can be compared is equal.
pub fn differing(fragment: &[u8], found: &Map<String, Value>) -> Vec<String> {
    let sent: Map<String, Value> = serde_json::from_slice(fragment).unwrap_or_default();
    let differs = |(name, value): (&String, &Value)| {
        // What is no single text, such as the list of obligations, cannot be compared.
        let sent = value.as_str()?;
        let own = field_of(found, name);
        let same = match own {
            None => sent.trim().is_empty(),
            Some(own) => is_same(sent, own),
        };
        (!same).then(|| name.clone())
    };
    sent.iter().filter_map(differs).collect()
}

/// The CRM's own dates of a record.
const DATES: [&str; 2] = ["wolkvox_fecha_creacion", "wolkvox_fecha_modificacion"];
/// By how much a date says more than its zone and two clocks that differ: local time is at most twelve hours behind UTC.
const SURELY_HOURS: i64 = 24;

/// Whether a record says of itself that it was written last before an instant, in whatever zone its dates are; one
/// without a date that can be read says nothing.
pub fn is_older(found: &Map<String, Value>, instant: Timestamp) -> bool {
    let date = |name: &&str| -> Option<DateTime> {
        plain(field_of(found, name)?)?.trim().replacen(' ', "T", 1).parse().ok()
    };
    let Some(last) = DATES.iter().filter_map(date).max() else { return false };
    let last = last.to_zoned(TimeZone::UTC).and_then(|last| last.checked_add(SURELY_HOURS.hours()));
    last.is_ok_and(|last| last.timestamp() < instant)
}

/// Whether a value is what was sent, whatever its form: case, accents and spaces, the zeros of a number, the country
/// code that is kept apart from a telephone.
fn is_same(sent: &str, own: &Value) -> bool {
    let Some(text) = plain(own) else { return false };
    let (wanted, found) = (names::folded(sent), names::folded(&text));
    if wanted == found {
        return true;
    }
    let typed = own.as_object();
    // A zero in front belongs to the value, which is then no number.
    let is_number = !sent.starts_with('0') || sent.starts_with("0.") || sent == "0";
    if is_number && (typed.is_some() || own.is_number()) {
        let amounts = (Decimal::from_str(sent.trim()), Decimal::from_str(text.trim()));
        if let (Ok(sent), Ok(own)) = amounts
            && sent == own
        {
            return true;
        }
    }
    let code = typed.and_then(|typed| typed.get("code")).and_then(plain);
    code.is_some_and(|code| {
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let (sent, own) = (digits(sent), digits(&text));
        !own.is_empty() && (sent == own || sent == digits(&code) + &own)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_crm_has_is_compared_field_by_field() {
        let fragment = br#"{"Identification":"0071","Name":"Ana P\u00e9rez","Email":"Ana@Example.com",
            "Telephone":"573001112233","Address":"","cupo":"1500.50","Obligations":[{"id":"1"}]}"#;
        let same = json!({"Identification":"0071","Name":" ANA  PÉREZ","Email":"ana@example.com",
            "Telephone":{"country":"COLOMBIA","code":"57","value":"300 111 2233"},"Address":null,
            "Cupo ":{"value":"1500.5","symbol":"$"},"wolkvox_id":"64cb","estado":"x"});
        let with = |name: &str, value: Value| {
            let mut found = same.as_object().unwrap().clone();
            found.insert(name.to_owned(), value);
            differing(fragment, &found).join(" ")
        };
        for (name, value, expected) in [
            ("Name", json!("Ana Perez"), ""),
            ("Name", json!("Ana Prieto"), "Name"),
            ("Name", json!({"value":"Ana Pérez"}), ""),
            ("Name", json!(["Ana Pérez"]), "Name"),
            ("Email", json!(null), "Email"),
            ("Telephone", json!("573001112233"), ""),
            ("Telephone", json!(573_001_112_233_u64), ""),
            ("Telephone", json!({"code":"58","value":"3001112233"}), "Telephone"),
            ("Telephone", json!({"code":"","value":""}), "Telephone"),
            ("Address", json!("Calle 1"), "Address"),
            ("Cupo ", json!(1500.5), ""),
            ("Cupo ", json!("1500.5"), "cupo"),
            ("Cupo ", json!({"user":"x"}), "cupo"),
            ("Identification", json!("71"), "Identification"),
            ("Identification", json!(71), "Identification"),
        ] {
            assert_eq!(with(name, value.clone()), expected, "{name}: {value}");
        }
        assert_eq!(
            differing(fragment, &Map::new()),
            ["Identification", "Name", "Email", "Telephone", "cupo"]
        );
    }

    #[test]
    fn a_date_tells_only_where_no_zone_could_make_it_a_later_one() {
        let sent: Timestamp = "2026-03-10T12:00:00Z".parse().unwrap();
        for (record, expected) in [
            (json!({}), false),
            (json!({"wolkvox_fecha_creacion": "2025-01-31 08:00:00"}), true),
            (json!({"wolkvox_fecha_creacion": "2026-03-09 11:59:59"}), true),
            (json!({"wolkvox_fecha_creacion": "2026-03-09 12:00:00"}), false),
            (json!({"wolkvox_fecha_creacion": "2026-03-10 12:00:01"}), false),
            (
                json!({"wolkvox_fecha_creacion": "2025-01-31 08:00:00", "wolkvox_fecha_modificacion": "2026-03-10 07:00:00"}),
                false,
            ),
            (
                json!({"wolkvox_fecha_creacion": "2025-01-31 08:00:00", "wolkvox_fecha_modificacion": "2025-02-01T00:00:00"}),
                true,
            ),
            (json!({"wolkvox_fecha_creacion": null, "wolkvox_fecha_modificacion": "ayer"}), false),
            (json!({"fecha_creacion": "2020-01-01 00:00:00"}), false),
        ] {
            assert_eq!(is_older(record.as_object().unwrap(), sent), expected, "{record}");
        }
    }
}
