//! The answer to a request of one record, which all endpoints but the bulk load share (`wolkvox-api.md` section 2).
//!
//! `{"code":200,"error":"null","msg":"Succesfully create record","data":{"wolkvox_id":"…"}}`, with its code as a number
//! or as text. An answer that says yes and no at once, or 200 and nothing of what was done, leaves the record unknown:
//! it is never taken for accepted, and never for rejected.

use serde_json::Value;

use super::answer::{Envelope, envelope, readable};
use super::{Answer, Dialect, Verdict, reconcile, strict};
use crate::lang::Code;

/// Longest id of the CRM that is kept.
const ID_CHARS: usize = 64;

/// What a request begins with: its object, and the operation in it.
pub(super) fn opening(dialect: &Dialect) -> Vec<u8> {
    let mut opening = b"{".to_vec();
    dialect.push_operation(&mut opening);
    opening
}

/// What an answer means for the one record that was sent.
pub(super) fn read(answer: &Answer) -> Verdict {
    match envelope(answer) {
        Envelope::Good(body) => written(&body),
        Envelope::Disputed(body) => contradiction(&body),
        Envelope::Refused(reason, _) => Verdict::Refused(reason),
        Envelope::Verdict(verdict) => verdict,
    }
}

/// What an answer to a bulk call means, which no page shows: all records are accepted where it says that they were
/// written and counts as many ids as were sent, if it counts any.
pub(super) fn read_many(answer: &Answer, keys: &[&str]) -> Verdict {
    let body = match envelope(answer) {
        Envelope::Good(body) => body,
        Envelope::Disputed(body) => return contradiction(&body),
        Envelope::Refused(reason, _) => return Verdict::Refused(reason),
        Envelope::Verdict(verdict) => return verdict,
    };
    if body.get("summary").is_some() {
        return reconcile::summary(&body, keys);
    }
    let ids = match body.get("data") {
        Some(Value::Array(list)) if !list.is_empty() => {
            Some(list.iter().filter(|id| names_record(id)).count())
        }
        Some(data) if names_record(data) => Some(1),
        _ => None,
    };
    match ids.filter(|ids| *ids != keys.len()) {
        Some(ids) => Verdict::Unknown(Code::CountsDisagree, format!("{ids} wolkvox_id / {}", keys.len())),
        None if ids.is_some() && !says_error(&body) => Verdict::Answered(Vec::new()),
        None => written(&body),
    }
}

/// Whether a value is the id of a record, or a record with its id.
fn names_record(value: &Value) -> bool {
    text(value.get("wolkvox_id").unwrap_or(value)).is_some()
}

/// What the CRM calls the record that it has written.
pub(super) fn given(answer: &Answer) -> Option<String> {
    let body = strict::parse(&String::from_utf8_lossy(&answer.body)).ok()?;
    let data = body.get("data")?;
    let said =
        ["wolkvox_id", "idPrefijo"].into_iter().filter_map(|name| Some((name, text(data.get(name)?)?)));
    let said: Vec<String> = said.map(|(name, id)| format!("{name} {id}")).collect();
    (!said.is_empty()).then(|| said.join(", "))
}

/// Whether a body says that a record was written: by the id it has now, or in the vendor's words.
pub(super) fn speaks_of_writing(body: &Value) -> bool {
    let has_id = body.pointer("/data/wolkvox_id").is_some_and(|id| text(id).is_some());
    let msg = body.get("msg").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    has_id || msg.starts_with("succesfully") || msg.starts_with("successfully")
}

/// Whether a body that says 200 says an error all the same.
pub(super) fn says_error(body: &Value) -> bool {
    let error = match body.get("error") {
        None | Some(Value::Null) => false,
        Some(Value::String(text)) => {
            !matches!(text.trim().to_ascii_lowercase().as_str(), "" | "null" | "none")
        }
        Some(Value::Array(list)) => !list.is_empty(),
        Some(_) => true,
    };
    error || body.get("success") == Some(&Value::Bool(false))
}

/// The verdict of a body that says 200.
fn written(body: &Value) -> Verdict {
    if says_error(body) {
        return contradiction(body);
    }
    if speaks_of_writing(body) {
        return Verdict::Answered(Vec::new());
    }
    Verdict::Unknown(Code::UnreadableAnswer, readable(&body.to_string()))
}

/// The verdict of a body that says yes and no.
pub(super) fn contradiction(body: &Value) -> Verdict {
    let said = ["code", "error", "msg"].into_iter().filter_map(|key| Some((key, body.get(key)?)));
    let said: Vec<String> = said.map(|(key, value)| format!("{key} {value}")).collect();
    Verdict::Unknown(Code::AnswerContradicts, readable(&said.join(", ")))
}

/// An id as text, without what a person might have put there.
fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let is_id = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '#');
    (!text.is_empty() && text.len() <= ID_CHARS && text.chars().all(is_id)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(status: u16, body: &str) -> String {
        let verdict = read(&Answer { status, body: body.into(), ..Answer::default() });
        match verdict {
            Verdict::Unknown(code, _) => code.to_string(),
            verdict => verdict.word().to_owned(),
        }
    }

    #[test]
    fn an_answer_to_one_record_is_read_whole() {
        let data = r#""data":{"wolkvox_id":"64cb"}"#;
        let created = r#""msg":"Succesfully create record""#;
        for (status, body, expected) in [
            (200, format!(r#"{{"code":200,"error":"null",{created},{data}}}"#), "answered"),
            (200, format!(r#"{{"code":"200","error":null,{created},{data}}}"#), "answered"),
            (
                200,
                format!(r#"{{"code":200,"error":"null",{created},"data":{{"wolkvox_id":" "}}}}"#),
                "answered",
            ),
            (200, format!(r#"{{"code":200,"msg":"ok",{data}}}"#), "answered"),
            (200, r#"{"code":200,"msg":"Succesfully edit record","data":[]}"#.to_owned(), "answered"),
            (200, r#"{"code":200,"error":"null","msg":"ok","data":{}}"#.to_owned(), "unreadable-answer"),
            (
                200,
                r#"{"code":200,"error":"null","msg":"0 records were are found","data":[]}"#.to_owned(),
                "unreadable-answer",
            ),
            (200, format!(r#"{{"code":200,"error":"BAD REQUEST",{created},{data}}}"#), "answer-contradicts"),
            (200, format!(r#"{{"code":200,"success":false,{created},{data}}}"#), "answer-contradicts"),
            (200, format!(r#"{{"code":400,"error":"BAD REQUEST","msg":"x",{data}}}"#), "answer-contradicts"),
            (500, format!(r#"{{"code":200,"error":"null",{created},{data}}}"#), "answer-contradicts"),
            (
                200,
                r#"{"code":400,"error":"BAD REQUEST","msg":"El campo id es obligatorio","data":null}"#
                    .to_owned(),
                "refused",
            ),
            (400, r#"{"code":400,"error":"BAD REQUEST","msg":"x"}"#.to_owned(), "refused"),
            (401, r#"{"code":401}"#.to_owned(), "token-refused"),
            (403, r#"{"code":403,"msg":"TOKEN LIMIT EXCEEDED"}"#.to_owned(), "quota-ended"),
            (429, String::new(), "not-now"),
            (502, String::new(), "server-error"),
            (200, "<html><title>Login</title></html>".to_owned(), "web-page"),
            (200, format!(r#"{{"code":200,{data},{data}}}"#), "unreadable-answer"),
        ] {
            assert_eq!(word(status, &body), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_bulk_answer_accepts_all_or_nobody_knows() {
        for (body, expected) in [
            (r#"{"code":200,"error":"null","msg":"Succesfully create record","data":null}"#, "answered"),
            (
                r#"{"code":200,"error":"null","msg":"ok","data":[{"wolkvox_id":"1"},{"wolkvox_id":"2"}]}"#,
                "answered",
            ),
            (r#"{"code":200,"error":"null","msg":"ok","data":["1","2"]}"#, "answered"),
            (
                r#"{"code":200,"error":"null","msg":"Succesfully create record","data":[{"wolkvox_id":"1"}]}"#,
                "unknown",
            ),
            (
                r#"{"code":200,"error":"null","msg":"Succesfully create record","data":{"wolkvox_id":"1"}}"#,
                "unknown",
            ),
            (r#"{"code":200,"error":"x","msg":"ok","data":["1","2"]}"#, "unknown"),
            (r#"{"code":200,"error":"null","msg":"ok","data":[]}"#, "unknown"),
            (r#"{"code":400,"error":"BAD REQUEST","msg":"x"}"#, "refused"),
        ] {
            let answer = Answer { status: 200, body: body.into(), ..Answer::default() };
            assert_eq!(read_many(&answer, &["a", "b"]).word(), expected, "{body}");
        }
    }

    #[test]
    fn the_id_that_came_back_is_kept_and_nothing_else() {
        let given =
            |data: &str| given(&Answer { body: format!(r#"{{"data":{data}}}"#).into(), ..Answer::default() });
        assert_eq!(
            given(r#"{"wolkvox_id":"123cb","idPrefijo":"CAS-12"}"#).as_deref(),
            Some("wolkvox_id 123cb, idPrefijo CAS-12")
        );
        assert_eq!(given(r#"{"wolkvox_id":" ","Name":"Ana"}"#), None);
        assert_eq!(given(r#"{"wolkvox_id":"Ana Paz"}"#), None);
        assert_eq!(given(r#"[{"wolkvox_id":"1"}]"#), None);
    }
}
