//! The counters and `failed_Sumary` of an answer, held against what was sent (`fault-matrix.md` section 3.4).
//!
//! The documents leave the shape of a failure open, so every shape is read; and what cannot be matched to a
//! record leaves the records it may mean unknown. It never takes an unmatched failure for "the others are
//! fine", and never accepts a record while flag, counters and list disagree.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::answer::readable;
use super::{Exception, Reply, Verdict, single, strict};
use crate::lang::Code;
use crate::mapping::names;

/// Keys under which a failure may name its record, compared without case, accents and punctuation.
const KEY_NAMES: [&str; 10] = [
    "identification",
    "identificacion",
    "id",
    "cedula",
    "documento",
    "document",
    "record",
    "expediente",
    "key",
    "customer id",
];
/// Keys under which it may say why.
const REASON_NAMES: [&str; 9] =
    ["error", "errors", "message", "msg", "reason", "detail", "details", "motivo", "descripcion"];

/// Reads the summary of massiveCollections for the records sent, named by their keys in order.
pub(super) fn summary(body: &Value, keys: &[&str]) -> Verdict {
    let counters = Counters::of(body);
    let sent = Sent::new(keys);
    let failures = Failures::of(body, &sent);
    let rejected: Vec<Exception> =
        failures.named.iter().map(|(ordinal, reasons)| exception(*ordinal, reasons)).collect();
    match disagreement(&counters, &failures, keys.len() as u64) {
        None => Verdict::Answered(rejected),
        Some(why) => held(rejected, &failures, keys, &why),
    }
}

/// Reads an answer whose status or code says no while its body speaks of records written: what it names is
/// rejected, and nothing of the rest is believed.
pub(super) fn disputed(body: &Value, keys: &[&str]) -> Verdict {
    let failures = Failures::of(body, &Sent::new(keys));
    let rejected = failures.named.iter().map(|(ordinal, reasons)| exception(*ordinal, reasons)).collect();
    held(rejected, &failures, keys, &(Code::CountsDisagree, Counters::of(body).to_string()))
}

/// Whether a body says that something was written.
pub(super) fn speaks_of_writing(body: &Value) -> bool {
    let counters = Counters::of(body);
    let counted = counters.inserted.is_some_and(|inserted| inserted > 0) || counters.success == Some(true);
    counted || single::speaks_of_writing(body)
}

/// What is odd about an answer that is believed all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Oddity {
    /// It has no list of failures; its counters say that there were none (D3, D10).
    NoFailureList,
    /// It counts other records as processed than as received; what that means is not documented (D24).
    ProcessedDiffers,
}

/// What is odd about the counters of an answer, with the counters as they are.
pub fn oddities(reply: &Reply) -> (Vec<Oddity>, String) {
    let Reply::Answer(answer) = reply else { return Default::default() };
    let text = String::from_utf8_lossy(&answer.body);
    let Ok(body) = strict::parse(text.trim_start_matches('\u{feff}').trim()) else {
        return Default::default();
    };
    let counters = Counters::of(&body);
    let mut odd = Vec::new();
    let is_listed = [body.get("summary"), Some(&body)].into_iter().flatten().any(|holder| {
        list(holder)
            .is_some_and(|list| list.is_array() || list.as_object().is_some_and(|map| !map.is_empty()))
    });
    if counters.failed == Some(0) && !is_listed {
        odd.push(Oddity::NoFailureList);
    }
    if counters.processed.zip(counters.received).is_some_and(|(processed, received)| processed != received) {
        odd.push(Oddity::ProcessedDiffers);
    }
    (odd, counters.to_string())
}

/// The rejections of a refusal that names every record of its request; nothing where it does not.
pub(super) fn all_rejected(body: &Value, keys: &[&str]) -> Option<Verdict> {
    let failures = Failures::of(body, &Sent::new(keys));
    let whole = failures.named.len() == keys.len() && failures.foreign + failures.unnamed == 0;
    let all = || failures.named.iter().map(|(ordinal, reasons)| exception(*ordinal, reasons)).collect();
    (whole && !failures.contradictory).then(|| Verdict::Answered(all()))
}

/// The records named are rejected; all others are held, for this reason.
fn held(
    rejected: Vec<Exception>,
    failures: &Failures,
    keys: &[&str],
    (code, detail): &(Code, String),
) -> Verdict {
    if rejected.is_empty() {
        return Verdict::Unknown(*code, detail.clone());
    }
    let mut exceptions = rejected;
    for ordinal in 0..u32::try_from(keys.len()).unwrap_or(u32::MAX) {
        if !failures.named.contains_key(&ordinal) {
            exceptions.push(Exception { ordinal, rejected: false, code: *code, detail: detail.clone() });
        }
    }
    exceptions.sort_by_key(|exception| exception.ordinal);
    Verdict::Answered(exceptions)
}

fn exception(ordinal: u32, reasons: &[String]) -> Exception {
    Exception { ordinal, rejected: true, code: Code::CrmRejected, detail: readable(&reasons.join("; ")) }
}

/// Why the records that are not named must be held; nothing when everything agrees.
fn disagreement(counters: &Counters, failures: &Failures, sent: u64) -> Option<(Code, String)> {
    let named = failures.named.len() as u64;
    let disagree = || Some((Code::CountsDisagree, counters.to_string()));
    // It may be the answer to another request, and then nothing of it is about this one.
    if failures.foreign > 0 {
        return Some((Code::ForeignAnswer, failures.foreign.to_string()));
    }
    if let Some(received) = counters.received.filter(|received| *received != sent) {
        return Some((Code::ForeignAnswer, received.abs_diff(sent).to_string()));
    }
    if counters.contradictory || failures.contradictory {
        return disagree();
    }
    let failed = match counters.failed {
        Some(failed) if failed > named || failures.unnamed > 0 => {
            return Some((Code::UnnamedFailures, (failed.max(named + failures.unnamed) - named).to_string()));
        }
        None if failures.unnamed > 0 => return Some((Code::UnnamedFailures, failures.unnamed.to_string())),
        Some(failed) if failed < named => return disagree(),
        Some(failed) => failed,
        None => named,
    };
    let inserted = match counters.inserted {
        Some(inserted) => inserted == sent - failed.min(sent),
        // Without the count of inserts, the failures must be counted and everything processed.
        None => counters.failed.is_some() && counters.processed == Some(sent),
    };
    let flag = counters.success.is_none_or(|success| success == (failed == 0));
    if inserted && flag { None } else { disagree() }
}

/// The counters of an answer, nested under `summary` or flat, or both alike.
#[derive(Debug, Default)]
struct Counters {
    received: Option<u64>,
    inserted: Option<u64>,
    failed: Option<u64>,
    processed: Option<u64>,
    success: Option<bool>,
    contradictory: bool,
}

impl Counters {
    fn of(body: &Value) -> Counters {
        let mut counters = Counters::default();
        let mut contradictory = false;
        let mut read = |name: &str| {
            let places = [body.get("summary").and_then(|summary| summary.get(name)), body.get(name)];
            let found: Vec<Option<u64>> = places.into_iter().flatten().map(count).collect();
            // A counter that is there and is no count, or is there twice and differs, contradicts.
            contradictory |=
                found.iter().any(Option::is_none) || found.windows(2).any(|two| two[0] != two[1]);
            found.first().copied().flatten()
        };
        counters.received = read("total_records_received");
        counters.inserted = read("successful_inserts");
        counters.failed = read("failed_count");
        counters.processed = read("total_processed");
        counters.success = match body.get("success") {
            Some(Value::Bool(flag)) => Some(*flag),
            Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Some(true),
            Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Some(false),
            Some(Value::Null) | None => None,
            Some(_) => {
                contradictory = true;
                None
            }
        };
        counters.contradictory = contradictory;
        counters
    }
}

impl std::fmt::Display for Counters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = |count: Option<u64>| count.map_or("?".to_owned(), |count| count.to_string());
        write!(
            f,
            "received {}, inserted {}, failed {}, processed {}, success {}",
            shown(self.received),
            shown(self.inserted),
            shown(self.failed),
            shown(self.processed),
            self.success.map_or("?".to_owned(), |flag| flag.to_string())
        )
    }
}

/// A whole number, or a text of digits.
fn count(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The keys that were sent, exactly and in a canonical form.
struct Sent<'k> {
    keys: &'k [&'k str],
    /// Made when the first failure is looked up: most answers name none.
    known: OnceCell<Known<'k>>,
}

struct Known<'k> {
    exact: HashMap<&'k str, Option<u32>>,
    canonical: HashMap<String, Option<u32>>,
}

impl<'k> Sent<'k> {
    fn new(keys: &'k [&'k str]) -> Sent<'k> {
        Sent { keys, known: OnceCell::new() }
    }

    fn known(&self) -> &Known<'k> {
        self.known.get_or_init(|| {
            let mut known = Known { exact: HashMap::new(), canonical: HashMap::new() };
            for (ordinal, key) in (0u32..).zip(self.keys) {
                // Two records of one key, or of one canonical form, are both kept out: a guess between them would be
                // one.
                known.exact.entry(key).and_modify(|one| *one = None).or_insert(Some(ordinal));
                known.canonical.entry(canonical(key)).and_modify(|one| *one = None).or_insert(Some(ordinal));
            }
            known
        })
    }

    fn find(&self, text: &str) -> Option<u32> {
        let (text, known) = (text.trim(), self.known());
        let canonical = || known.canonical.get(&canonical(text)).copied().flatten();
        known.exact.get(text).copied().unwrap_or_else(canonical)
    }
}

/// Without case, spaces and leading zeros: a CRM that reads an identification as a number drops them.
fn canonical(key: &str) -> String {
    let text: String = key.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    let shorter = text.trim_start_matches('0');
    if shorter.is_empty() { text } else { shorter.to_owned() }
}

/// The failures that an answer lists.
#[derive(Debug, Default)]
struct Failures {
    /// Reasons by the record's ordinal.
    named: BTreeMap<u32, Vec<String>>,
    /// How many name no record.
    unnamed: u64,
    /// How many name a record that was not sent.
    foreign: u64,
    contradictory: bool,
}

impl Failures {
    fn of(body: &Value, sent: &Sent<'_>) -> Failures {
        let lists: Vec<&Value> =
            [body.get("summary"), Some(body)].into_iter().flatten().filter_map(list).collect();
        // The same list spelled twice must say the same twice.
        let contradictory = lists.windows(2).any(|two| two[0] != two[1]);
        let mut failures = Failures { contradictory, ..Failures::default() };
        match lists.first() {
            Some(Value::Array(list)) => list.iter().for_each(|failure| failures.add(failure, sent)),
            Some(Value::Object(map)) => {
                for (key, value) in map {
                    failures.add_pair(key, value, sent);
                }
            }
            Some(Value::String(text)) if !text.trim().is_empty() => failures.add(lists[0], sent),
            _ => {}
        }
        failures
    }

    fn name(&mut self, ordinal: u32, reason: String) {
        let reasons = self.named.entry(ordinal).or_default();
        if !reason.is_empty() && !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }

    fn add(&mut self, failure: &Value, sent: &Sent<'_>) {
        match failure {
            Value::String(text) => self.add_text(text, sent),
            Value::Number(number) => match sent.find(&number.to_string()) {
                Some(ordinal) => self.name(ordinal, String::new()),
                None => self.unnamed += 1,
            },
            Value::Object(map) => {
                let named =
                    map.iter().find(|(name, value)| is_one_of(name, &KEY_NAMES) && scalar(value).is_some());
                match named.and_then(|(_, value)| scalar(value)) {
                    Some(key) => match sent.find(&key) {
                        Some(ordinal) => self.name(ordinal, reason(failure)),
                        None => self.foreign += 1,
                    },
                    None => self.unnamed += 1,
                }
            }
            _ => self.unnamed += 1,
        }
    }

    /// A text is a key, or a sentence in which a key stands behind a word such as "identification".
    fn add_text(&mut self, text: &str, sent: &Sent<'_>) {
        if let Some(ordinal) = sent.find(text) {
            return self.name(ordinal, String::new());
        }
        let words: Vec<&str> =
            text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty()).collect();
        let mut found = words
            .windows(2)
            .filter(|two| is_one_of(two[0], &KEY_NAMES))
            .filter_map(|two| sent.known().exact.get(two[1]).copied().flatten());
        match (found.next(), found.next()) {
            (Some(ordinal), None) => self.name(ordinal, readable(text)),
            _ => self.unnamed += 1,
        }
    }

    /// A map is key → reason, or reason → keys.
    fn add_pair(&mut self, key: &str, value: &Value, sent: &Sent<'_>) {
        if let Some(ordinal) = sent.find(key) {
            return self.name(ordinal, reason(value));
        }
        match value {
            Value::Array(keys) if !keys.is_empty() => {
                for inner in keys {
                    match scalar(inner).and_then(|text| sent.find(&text)) {
                        Some(ordinal) => self.name(ordinal, readable(key)),
                        None => self.unnamed += 1,
                    }
                }
            }
            _ => self.unnamed += 1,
        }
    }
}

/// The list of failures, under any of its spellings; null and empty stand for none.
fn list(holder: &Value) -> Option<&Value> {
    let map = holder.as_object()?;
    let mut found = map.iter().filter(|(name, _)| {
        let name: String =
            name.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase();
        matches!(name.as_str(), "failedsumary" | "failedsummary")
    });
    found.next().map(|(_, value)| value)
}

fn is_one_of(name: &str, known: &[&str]) -> bool {
    let name = names::normal(name);
    known.contains(&name.as_str())
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// What a failure says, in words: its reason where it has one, else all of it.
fn reason(value: &Value) -> String {
    match value {
        Value::String(text) => readable(text),
        Value::Object(map) => {
            let told = map.iter().find(|(name, _)| is_one_of(name, &REASON_NAMES)).map(|(_, told)| told);
            match told {
                Some(Value::String(text)) => readable(text),
                Some(other) => readable(&other.to_string()),
                None => readable(&value.to_string()),
            }
        }
        Value::Null => String::new(),
        other => readable(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const KEYS: [&str; 3] = ["0012", "34", "567"];

    /// `r` rejected, `?` unknown, `+` accepted, one letter a record.
    fn fates(body: &Value) -> String {
        let Verdict::Answered(exceptions) = summary(body, &KEYS) else { return "???".into() };
        (0..3u32)
            .map(|ordinal| match exceptions.iter().find(|exception| exception.ordinal == ordinal) {
                None => '+',
                Some(exception) if exception.rejected => 'r',
                Some(_) => '?',
            })
            .collect()
    }

    fn answer(success: &Value, received: &Value, inserted: &Value, failed: &Value, list: &Value) -> Value {
        json!({"code":"200","success":success,"summary":{"total_records_received":received,
            "successful_inserts":inserted,"failed_count":failed,"total_processed":received,"failed_Sumary":list}})
    }

    #[test]
    fn every_shape_of_failure_is_read() {
        let with = |inserted: u64, failed: u64, list: Value| {
            fates(&answer(&json!(failed == 0), &json!(3), &json!(inserted), &json!(failed), &list))
        };
        for (fates, expected) in [
            (with(3, 0, json!([])), "+++"),
            (with(3, 0, json!(null)), "+++"),
            (with(2, 1, json!([])), "???"),
            (with(1, 1, json!(["0012"])), "r??"),
            (with(2, 1, json!(["0012"])), "r++"),
            (with(2, 1, json!(["12"])), "r++"),
            (with(2, 1, json!([34])), "+r+"),
            (with(2, 1, json!(["Row 2: bad"])), "???"),
            (with(2, 1, json!(["Identification 34: bad e-mail"])), "+r+"),
            (with(2, 1, json!([{"Identification":"567","error":"bad"}])), "++r"),
            (with(2, 1, json!([{"identificación":"567","errors":["a","b"]}])), "++r"),
            (with(2, 1, json!([{"error":"bad"}])), "???"),
            (with(2, 1, json!({"34":"bad"})), "+r+"),
            (with(1, 2, json!({"bad e-mail":["34","567"]})), "+rr"),
            (with(2, 1, json!([{"Identification":"999"}])), "???"),
            (with(2, 1, json!([{"Identification":"34"},{"Identification":"34"}])), "+r+"),
            (with(1, 2, json!([{"Identification":"34"}])), "?r?"),
            (with(3, 0, json!([{"Identification":"34"}])), "?r?"),
            (with(0, 3, json!(["0012", "34", "567"])), "rrr"),
            (with(2, 1, json!([true])), "???"),
            (with(2, 1, json!("34")), "+r+"),
        ] {
            assert_eq!(fates, expected);
        }
    }

    #[test]
    fn flag_counters_and_list_must_agree() {
        let none = json!([]);
        for (body, expected) in [
            (answer(&json!("true"), &json!("3"), &json!("3"), &json!("0"), &none), "+++"),
            (answer(&json!(false), &json!(3), &json!(3), &json!(0), &none), "???"),
            (answer(&json!(true), &json!(3), &json!(2), &json!(1), &json!(["34"])), "?r?"),
            (answer(&json!(true), &json!(3), &json!(2), &json!(0), &none), "???"),
            (answer(&json!(true), &json!(2), &json!(3), &json!(0), &none), "???"),
            (answer(&json!(true), &json!(3), &json!(-3), &json!(0), &none), "???"),
            (answer(&json!(true), &json!(3), &json!(3.5), &json!(0), &none), "???"),
            (answer(&json!(true), &json!(3), &json!(null), &json!(0), &none), "???"),
            (json!({"code":"200","success":true}), "???"),
            (json!({"code":"200","success":true,"successful_inserts":3,"failed_count":0}), "+++"),
            (json!({"code":"200","success":true,"failed_count":0,"total_processed":3}), "+++"),
            (json!({"code":"200","success":true,"failed_count":0}), "???"),
            (
                json!({"code":"200","failed_count":1,"summary":{"successful_inserts":3,"failed_count":0}}),
                "???",
            ),
            (
                json!({"code":"200","summary":{"successful_inserts":2,"failed_count":1,"failedSummary":["34"]}}),
                "+r+",
            ),
            (
                json!({"code":"200","failed_summary":[],"summary":{"successful_inserts":2,"failed_count":1,"failed_Sumary":["34"]}}),
                "?r?",
            ),
        ] {
            assert_eq!(fates(&body), expected, "{body}");
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(json!(null)),
            any::<bool>().prop_map(|flag| json!(flag)),
            (-2i64..5).prop_map(|number| json!(number)),
            prop_oneof![
                Just("0012"),
                Just("34"),
                Just("12"),
                Just("x"),
                Just("Identification 567"),
                Just("3")
            ]
            .prop_map(|text| json!(text)),
        ];
        leaf.prop_recursive(3, 12, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                proptest::collection::vec(
                    (
                        prop_oneof![
                            Just("Identification"),
                            Just("error"),
                            Just("34"),
                            Just("failed_count"),
                            Just("failed_Sumary")
                        ],
                        inner
                    ),
                    0..4
                )
                .prop_map(|pairs| Value::Object(pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
            ]
        })
    }

    proptest! {
        /// Whatever comes back, a record is accepted only where all that is counted adds up.
        #[test]
        fn nothing_is_accepted_that_does_not_add_up(success in any_json(), inserted in any_json(), failed in any_json(), list in any_json()) {
            let body = answer(&success, &json!(3), &inserted, &failed, &list);
            let fates = fates(&body);
            let accepted = fates.matches('+').count() as u64;
            let rejected = fates.matches('r').count() as u64;
            if accepted > 0 {
                prop_assert_eq!(count(&inserted), Some(accepted));
                prop_assert_eq!(count(&failed), Some(rejected));
                prop_assert_eq!(accepted + rejected, 3);
            }
        }
    }
}
