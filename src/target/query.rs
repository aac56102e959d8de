//! `custom/query.php`: the records of a module whose field has a value (`wolkvox-api.md` sections 7 and 8, unknown 17).
//! A question, not a target: nothing is loaded.
//!
//! The documents say of no module that it can be asked for an Identification, nor what the search compares (exactly,
//! as a prefix, as a number), nor whether a list is whole. So each record that comes back is compared again, and an
//! answer with records of which none is the one asked for is no proof that there is none: it is told apart from
//! "nothing found". It never takes one of several records for the right one.

use serde_json::{Map, Value, json};

use super::answer::{Envelope, envelope, readable};
use super::{Answer, Body, Request, Verdict, strict};
use crate::lang::Code;
use crate::mapping::names;

const PATH: &str = "/server/API/v2/custom/query.php";
/// What clients of the CRM compare the message with; it is spelled so for any number.
const FOUND_WORDS: [&str; 2] = ["records were are found", "record were are found"];

/// What is asked: records of a module, by the value of a field. Which names a CRM takes is its operation's matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The module, such as `collections`.
    pub module: String,
    /// The field, such as `Identification`.
    pub field: String,
}

/// A record that has the value asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Its id in the CRM, an opaque text.
    pub id: String,
    /// All its fields, as they were answered.
    pub fields: Map<String, Value>,
}

/// What an answer says of the value asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// One record has it.
    One(Hit),
    /// The CRM says that no record has it.
    Nothing,
    /// So many records have it, or may have it where the list was cut.
    Several(u64),
    /// Only so many other records came back: the search compares in another way, or does not know the field.
    Others(u64),
}

impl Question {
    /// The request that asks for a value.
    pub fn request(&self, operation: &str, value: &str) -> Request {
        let body =
            json!({"operation": operation, "module": self.module, "field": self.field, "value": value});
        Request { method: "POST", path: PATH.into(), body: Body::Json(body.to_string().into_bytes()) }
    }

    /// What an answer says of the value that was asked for.
    ///
    /// # Errors
    /// The verdict of an answer that does not say it. `Refused` is about this question or this value, all others mean
    /// what they mean for any request.
    pub fn read(&self, answer: &Answer, value: &str) -> Result<Found, Verdict> {
        let body = match envelope(answer) {
            Envelope::Good(body) => body,
            // The status in which an empty result comes is not documented; its words are.
            _ if answer.status < 500 && says_nothing_found(answer) => return Ok(Found::Nothing),
            Envelope::Refused(reason, _) => return Err(Verdict::Refused(reason)),
            Envelope::Disputed(_) => return Err(unreadable(answer)),
            Envelope::Verdict(verdict) => return Err(verdict),
        };
        self.read_list(&body, value).ok_or_else(|| unreadable(answer))
    }

    /// Counts the records of a list that have the value; nothing where list and message contradict each other.
    fn read_list(&self, body: &Value, value: &str) -> Option<Found> {
        let list = records(body.get("data"))?;
        if body.get("data").is_none() && body.get("msg").or(body.get("error")).is_none() {
            // It is the answer to something else.
            return None;
        }
        let listed = list.len() as u64;
        let told = told_count(body);
        if told.is_some_and(|told| told < listed || (listed == 0 && told > 0)) {
            return None;
        }
        let mut hits = list.iter().filter(|record| self.is_hit(record, value));
        let (first, more) = (hits.next(), hits.count() as u64);
        // Records that the message counts and the list does not show may have it as well.
        let unseen = told.unwrap_or(listed) - listed;
        Some(match first {
            Some(hit) if more + unseen == 0 => {
                Found::One(Hit { id: scalar(hit.get("wolkvox_id")?)?, fields: (*hit).clone() })
            }
            Some(_) => Found::Several(1 + more + unseen),
            None if listed == 0 => Found::Nothing,
            None => Found::Others(listed),
        })
    }

    fn is_hit(&self, record: &Map<String, Value>, value: &str) -> bool {
        field_of(record, &self.field).and_then(plain).is_some_and(|own| same_key(&own, value))
    }
}

/// The records of `data`: a list; one alone as an object; nothing as an empty list or object, null, or no `data`.
fn records(data: Option<&Value>) -> Option<Vec<&Map<String, Value>>> {
    match data {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(Value::Object(one)) if one.is_empty() => Some(Vec::new()),
        Some(Value::Object(one)) => Some(vec![one]),
        Some(Value::Array(list)) => list.iter().map(Value::as_object).collect(),
        Some(Value::String(text)) if text.trim().is_empty() => Some(Vec::new()),
        Some(_) => None,
    }
}

/// How many records the message speaks of.
fn told_count(body: &Value) -> Option<u64> {
    let words = names::normal(body.get("msg")?.as_str()?);
    let (count, rest) = words.split_once(' ')?;
    FOUND_WORDS.contains(&rest).then(|| count.parse().ok()).flatten()
}

/// Whether an answer that is no success is the one for an empty result: its words say so, and it lists nothing.
fn says_nothing_found(answer: &Answer) -> bool {
    let body = std::str::from_utf8(&answer.body).ok().and_then(|text| strict::parse(text).ok());
    body.is_some_and(|body| {
        told_count(&body) == Some(0) && records(body.get("data")).is_some_and(|list| list.is_empty())
    })
}

fn unreadable(answer: &Answer) -> Verdict {
    // What a query answers is a debtor's data; only what is no JSON is quoted.
    let is_json = serde_json::from_slice::<Value>(&answer.body).is_ok();
    let text = if is_json { String::new() } else { readable(&String::from_utf8_lossy(&answer.body)) };
    Verdict::Unknown(Code::UnreadableAnswer, text)
}

/// A record's field by its name; the names are labels of the operation's form, and their spelling varies.
pub(super) fn field_of<'r>(record: &'r Map<String, Value>, name: &str) -> Option<&'r Value> {
    record.get(name).or_else(|| {
        let wanted = names::normal(name);
        let mut alike = record.iter().filter(|(label, _)| names::normal(label) == wanted);
        let first = alike.next()?;
        // Two labels that differ in nothing but their spelling are not told apart by a guess.
        alike.next().is_none().then_some(first.1)
    })
}

/// The text of a value, typed (`{"value": …}`) or not; nothing where it is no single value.
pub(super) fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Object(typed) => typed.get("value").and_then(scalar),
        other => scalar(other),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Whether two values name the same record: without case and spaces, with every digit and zero.
fn same_key(own: &str, asked: &str) -> bool {
    let key = |text: &str| -> String {
        text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
    };
    !asked.trim().is_empty() && key(own) == key(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question() -> Question {
        Question { module: "collections".into(), field: "Identification".into() }
    }

    fn read(status: u16, body: &str) -> String {
        let answer = Answer { status, body: body.into(), ..Answer::default() };
        match question().read(&answer, "0071") {
            Ok(Found::One(hit)) => format!("one {}", hit.id),
            Ok(Found::Nothing) => "nothing".into(),
            Ok(Found::Several(count)) => format!("several {count}"),
            Ok(Found::Others(count)) => format!("others {count}"),
            Err(verdict) => verdict.word().into(),
        }
    }

    #[test]
    fn the_request_is_the_documents_one() {
        let request = question().request("demo", "0071");
        let body = r#"{"field":"Identification","module":"collections","operation":"demo","value":"0071"}"#;
        assert_eq!(request.path, "/server/API/v2/custom/query.php");
        let Body::Json(text) = request.body else { unreachable!() };
        let (sent, documented): (Value, Value) =
            (serde_json::from_slice(&text).unwrap(), serde_json::from_str(body).unwrap());
        assert_eq!((request.method, sent), ("POST", documented));
    }

    #[test]
    fn every_shape_of_an_answer() {
        let found = |count: u64, data: &str| {
            format!(r#"{{"code":"200","error":"null","msg":"{count} records were are found","data":{data}}}"#)
        };
        let one = r#"{"Identification":"0071","wolkvox_id":"64cb"}"#;
        for (status, body, expected) in [
            (200, found(1, &format!("[{one}]")), "one 64cb"),
            (200, found(1, one), "one 64cb"),
            (200, found(1, r#"[{"Identification":{"value":"0071"},"wolkvox_id":64}]"#), "one 64"),
            (200, found(1, r#"[{"identificación ":" 0071 ","wolkvox_id":"64cb"}]"#), "others 1"),
            (200, found(1, r#"[{"IDENTIFICATION ":" 0071 ","wolkvox_id":"64cb"}]"#), "one 64cb"),
            (200, format!(r#"{{"code":200,"data":[{one}]}}"#), "one 64cb"),
            (200, found(2, &format!("[{one},{one}]")), "several 2"),
            (200, found(120, &format!("[{one}]")), "several 120"),
            (
                200,
                found(2, &format!(r#"[{one},{{"Identification":"00712","wolkvox_id":"65"}}]"#)),
                "one 64cb",
            ),
            (200, found(1, r#"[{"Identification":"71","wolkvox_id":"64cb"}]"#), "others 1"),
            (200, found(1, r#"[{"Identification":71,"wolkvox_id":"64cb"}]"#), "others 1"),
            (200, found(1, r#"[{"Name":"Ana","wolkvox_id":"64cb"}]"#), "others 1"),
            (200, found(0, "[]"), "nothing"),
            (200, found(0, "null"), "nothing"),
            (200, found(0, "{}"), "nothing"),
            (200, found(0, r#""""#), "nothing"),
            (200, r#"{"code":"200","error":null,"msg":"","data":[]}"#.into(), "nothing"),
            (200, r#"{"code":"200","msg":"0 records were are found"}"#.into(), "nothing"),
            (404, r#"{"code":"404","msg":"0 records were are found"}"#.into(), "nothing"),
            (404, r#"{"code":"200","msg":"0 records were are found"}"#.into(), "nothing"),
            (200, r#"{"code":"200","success":true,"summary":{"failed_count":0}}"#.into(), "unknown"),
            (200, r#"{"code":"404","error":"NOT FOUND","msg":"0 Records were are found"}"#.into(), "nothing"),
            (400, r#"{"code":"400","msg":"0 records were are found","data":[]}"#.into(), "nothing"),
            (412, r#"{"code":"412","msg":"0 records were are found","data":null}"#.into(), "nothing"),
            (503, r#"{"code":"503","msg":"0 records were are found"}"#.into(), "unknown"),
            (
                404,
                r#"{"code":"404","msg":"0 records were are found","data":[{"a":1}]}"#.into(),
                "endpoint-refused",
            ),
            (
                404,
                r#"{"code":"404","error":"NOT FOUND","msg":"THE API DOES NOT EXIST"}"#.into(),
                "endpoint-refused",
            ),
            (400, r#"{"code":"400","error":"BAD REQUEST","msg":"module"}"#.into(), "refused"),
            (200, found(3, "[]"), "unknown"),
            (200, found(0, &format!("[{one}]")), "unknown"),
            (200, found(1, r#"[{"Identification":"0071"}]"#), "unknown"),
            (200, found(1, r#"["0071"]"#), "unknown"),
            (200, found(1, "true"), "unknown"),
            (200, "<html><title>Login</title>".into(), "unknown"),
            (200, String::new(), "unknown"),
            (401, String::new(), "token-refused"),
            (403, r#"{"code":"403","msg":"TOKEN LIMIT EXCEEDED"}"#.into(), "quota-ended"),
            (429, String::new(), "not-now"),
            (502, String::new(), "unknown"),
        ] {
            assert_eq!(read(status, &body), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_debtors_data_is_not_quoted() {
        let answer = Answer {
            status: 200,
            body: r#"{"code":"200","data":[{"Name":"Ana","Identification":"0071"}]}"#.into(),
            ..Answer::default()
        };
        assert_eq!(
            question().read(&answer, "0071"),
            Err(Verdict::Unknown(Code::UnreadableAnswer, String::new()))
        );
    }
}
