//! What an HTTP answer means, before its records are looked at (`fault-matrix.md` section 3.3).
//!
//! The CRM does not say where it puts its errors: the HTTP status and the body's `code` are judged by the
//! same rules, and an HTTP 200 may be any verdict. A 403 may mean a bad token (final) or a limit (come back
//! later); only its text tells them apart. What is not understood is unknown, never accepted.

use std::time::Duration;

use serde_json::Value;

use super::{Answer, Verdict, retry_after};
use crate::lang::Code;

/// Longest piece of the CRM's text that is kept.
const DETAIL_CHARS: usize = 300;

/// Texts by which the CRM, or its sister product, says "later". Compared in upper case, without accents and punctuation.
const LATER: [&str; 9] = [
    "TOKEN LIMIT EXCEEDED",
    "LIMIT EXCEEDED",
    "SIMULTANEOUS REQUESTS",
    "RATE LIMIT",
    "TOO MANY REQUESTS",
    "DEMASIADAS PETICIONES",
    "DEMASIADAS SOLICITUDES",
    "LIMITE DE",
    "LIMITE EXCEDIDO",
];

/// Texts by which it says that the token is not good.
const BAD_TOKEN: [&str; 9] = [
    "VALIDATE TOKEN",
    "INVALID TOKEN",
    "WOLKVOX TOKEN",
    "TOKEN INVALID",
    "VALIDE EL TOKEN",
    "VALIDAR EL TOKEN",
    "TOKEN NO",
    "UNAUTHORIZED",
    "NO AUTORIZADO",
];

/// The JSON body of an answer that says 200 inside and outside; anything else is a verdict already.
pub(super) fn envelope(answer: &Answer) -> Result<Value, Verdict> {
    let text = String::from_utf8_lossy(&answer.body);
    let parsed: Result<Value, _> = serde_json::from_str(text.trim_start_matches('\u{feff}').trim());
    if answer.status != 200 {
        let said = parsed.as_ref().ok().and_then(said).unwrap_or_else(|| readable(&text));
        return Err(refusal(answer.status, &said, answer));
    }
    let Ok(body) = parsed else {
        return Err(Verdict::Unknown(Code::UnreadableAnswer, readable(&text)));
    };
    match inner_code(&body) {
        Some(200) => Ok(body),
        Some(code) => {
            let said = said(&body).unwrap_or_default();
            Err(refusal(code, &said, answer))
        }
        None => Err(Verdict::Unknown(Code::UnreadableAnswer, readable(&text))),
    }
}

/// The body's `code`, a number or a text of digits.
fn inner_code(body: &Value) -> Option<u16> {
    match body.get("code")? {
        Value::Number(code) => code.as_u64().and_then(|code| u16::try_from(code).ok()),
        Value::String(code) => code.trim().parse().ok(),
        _ => None,
    }
}

/// What the CRM says in words: `error` (unless it is the text "null") and `msg`.
fn said(body: &Value) -> Option<String> {
    let words: Vec<&str> = ["error", "msg", "message"]
        .iter()
        .filter_map(|key| body.get(key)?.as_str())
        .filter(|text| !text.is_empty() && *text != "null")
        .collect();
    (!words.is_empty()).then(|| readable(&words.join(": ")))
}

/// The verdict for a status other than 200, from the HTTP line or from the body.
fn refusal(status: u16, said: &str, answer: &Answer) -> Verdict {
    let reason = if said.is_empty() { status.to_string() } else { format!("{status} {said}") };
    let folded = fold(said);
    let says = |texts: &[&str]| texts.iter().any(|text| folded.contains(text));
    let wait = retry_after(answer);
    match status {
        429 => Verdict::NotNow(wait, reason),
        401 | 403 if says(&LATER) => Verdict::NotNow(wait, reason),
        401 => Verdict::TokenRefused(reason),
        403 if says(&BAD_TOKEN) => Verdict::TokenRefused(reason),
        503 if wait.is_some() => Verdict::NotNow(wait, reason),
        408 | 500..=599 => Verdict::Unknown(Code::ServerError, reason),
        300..=399 | 403 | 404 | 405 | 406 | 407 | 415 => Verdict::EndpointRefused(reason),
        400..=499 => Verdict::Refused(reason),
        _ => Verdict::Unknown(Code::UnreadableAnswer, reason),
    }
}

/// How long `Retry-After` asks to wait: seconds, or a date against the answer's own `Date`.
fn retry_after(answer: &Answer) -> Option<Duration> {
    retry_after::wait(answer.retry_after.as_deref()?, answer.date.as_deref())
}

fn fold(text: &str) -> String {
    crate::mapping::names::normal(text).to_uppercase()
}

/// One line without control characters, cut to a bearable length.
pub(super) fn readable(text: &str) -> String {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > DETAIL_CHARS * 4 {
            break;
        }
    }
    line.chars().take(DETAIL_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(status: u16, body: &str, retry_after: Option<&str>) -> String {
        let answer = Answer {
            status,
            body: body.into(),
            retry_after: retry_after.map(str::to_owned),
            date: Some("Sun, 22 Nov 2026 10:00:00 GMT".into()),
        };
        match envelope(&answer) {
            Ok(_) => "ok".into(),
            Err(Verdict::NotNow(wait, _)) => {
                format!("not-now {}", wait.map_or(-1, |wait| wait.as_secs().cast_signed()))
            }
            Err(Verdict::Unknown(code, _)) => format!("unknown {code}"),
            Err(verdict) => verdict.word().into(),
        }
    }

    #[test]
    fn every_status_has_its_verdict() {
        let limit = r#"{"code":"403","error":"FORBIDDEN","msg":"Token limit exceeded"}"#;
        let token = r#"{"code":"403","error":"FORBIDDEN","msg":"PLEASE VALIDATE TOKEN"}"#;
        for (status, body, retry_after, expected) in [
            (200, r#"{"code":"200"}"#, None, "ok"),
            (200, r#"{"code":200}"#, None, "ok"),
            (200, "\u{feff}{\"code\":200}", None, "ok"),
            (200, r#"{"code":"400","msg":"bad"}"#, None, "refused"),
            (200, r#"{"code":500}"#, None, "unknown server-error"),
            (200, r#"{"code":null}"#, None, "unknown unreadable-answer"),
            (200, r#"{"success":true}"#, None, "unknown unreadable-answer"),
            (200, "<html>login</html>", None, "unknown unreadable-answer"),
            (200, "", None, "unknown unreadable-answer"),
            (200, r#"{"code":"200","summary":{"failed_count": ,"#, None, "unknown unreadable-answer"),
            (200, limit, None, "not-now -1"),
            (204, "", None, "unknown unreadable-answer"),
            (202, r#"{"code":"200"}"#, None, "unknown unreadable-answer"),
            (302, "", None, "endpoint-refused"),
            (400, "", None, "refused"),
            (401, "", None, "token-refused"),
            (403, limit, None, "not-now -1"),
            (403, token, None, "token-refused"),
            (403, "tokén límite de peticiones", None, "not-now -1"),
            (403, r#"{"msg":"PLEASE ENTER THE WOLKVOX-TOKEN"}"#, None, "token-refused"),
            (403, "what?", None, "endpoint-refused"),
            (404, "", None, "endpoint-refused"),
            (405, "", None, "endpoint-refused"),
            (408, "", None, "unknown server-error"),
            (409, "", None, "refused"),
            (412, "", None, "refused"),
            (413, "", None, "refused"),
            (417, "", None, "refused"),
            (422, "", None, "refused"),
            (429, "", Some("5"), "not-now 5"),
            (429, "", Some("Sun, 22 Nov 2026 10:00:30 GMT"), "not-now 30"),
            (429, "", Some("Sun, 22 Nov 2026 09:00:00 GMT"), "not-now 0"),
            (429, "", Some("abc"), "not-now -1"),
            (500, "", None, "unknown server-error"),
            (502, "", None, "unknown server-error"),
            (503, "", None, "unknown server-error"),
            (503, "", Some("7"), "not-now 7"),
            (599, "", None, "unknown server-error"),
            (600, "", None, "unknown unreadable-answer"),
            (100, "", None, "unknown unreadable-answer"),
        ] {
            assert_eq!(verdict(status, body, retry_after), expected, "{status} {body}");
        }
    }

    #[test]
    fn what_the_crm_says_is_one_bearable_line() {
        assert_eq!(readable("a\n\u{1b}[31m b\u{0}c "), "a [31m b c");
        assert_eq!(readable(&"x".repeat(5000)).len(), DETAIL_CHARS);
    }
}
