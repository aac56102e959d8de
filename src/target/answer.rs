//! What an HTTP answer means, before its records are looked at (`fault-matrix.md` section 3.3).
//!
//! The CRM does not say where it puts its errors: the HTTP status and the body's `code` are judged by the
//! same rules, and an HTTP 200 may be any verdict. A 403 may mean a bad token (final) or a limit (come back
//! later); only its text tells them apart ([`super::texts`]). What is not understood is unknown, never accepted;
//! and a refusal whose body speaks of records written is no refusal.

use std::time::Duration;

use serde_json::Value;

use super::texts::{Meaning, meaning};
use super::{Answer, Verdict, reconcile, retry_after, strict};
use crate::lang::Code;

/// Longest piece of the CRM's text that is kept.
const DETAIL_CHARS: usize = 300;
/// Longest piece of a web page that is quoted.
const PAGE_CHARS: usize = 120;

/// What an answer is, before its records are looked at.
#[derive(Debug, PartialEq)]
pub(super) enum Envelope {
    /// Status and body say 200.
    Good(Value),
    /// Status or code say no, and the body speaks of records written all the same.
    Disputed(Value),
    /// The request was refused as a whole; the body may still name the records.
    Refused(String, Option<Value>),
    /// It is a verdict already.
    Verdict(Verdict),
}

/// Judges status, headers and body together.
pub(super) fn envelope(answer: &Answer) -> Envelope {
    let text = String::from_utf8_lossy(&answer.body);
    let text = text.trim_start_matches('\u{feff}').trim();
    let body = strict::parse(text).ok().filter(Value::is_object);
    let Some(body) = body else {
        return match answer.status {
            200 if is_page(text) => Envelope::Verdict(Verdict::Unknown(Code::WebPage, page_text(text))),
            200 => Envelope::Verdict(Verdict::Unknown(Code::UnreadableAnswer, readable(text))),
            status if is_page(text) => refusal(status, &page_text(text), (answer, true), None),
            status => refusal(status, &readable(text), (answer, false), None),
        };
    };
    let code = inner_code(&body);
    if (answer.status, code) == (200, Some(200)) {
        return Envelope::Good(body);
    }
    if code == Some(200) || reconcile::speaks_of_writing(&body) {
        return Envelope::Disputed(body);
    }
    let said = said(&body).unwrap_or_default();
    let status = if answer.status == 200 { code.unwrap_or(200) } else { answer.status };
    refusal(status, &said, (answer, false), Some(body))
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

/// The verdict for a status other than 200, from the HTTP line or from the body; 200 stands for no code at all.
fn refusal(status: u16, said: &str, (answer, page): (&Answer, bool), body: Option<Value>) -> Envelope {
    let reason = if said.is_empty() { status.to_string() } else { format!("{status} {said}") };
    // What a web page says is not the CRM's word on tokens and limits.
    let meant = if page { None } else { meaning(said, status) };
    let stop = |code: Code, reason: String| Verdict::EndpointRefused(code, reason);
    Envelope::Verdict(match (status, meant) {
        // Where the CRM says how long, that is known better than from its words.
        (200 | 400..=499, Some(Meaning::DayOver)) if retry_after(answer).is_none() => {
            Verdict::QuotaEnded(reason)
        }
        (429, _) | (200 | 400..=499, Some(Meaning::Later | Meaning::DayOver)) => {
            Verdict::NotNow(retry_after(answer), reason)
        }
        (200 | 400..=499, Some(Meaning::BadToken)) | (401, _) => Verdict::TokenRefused(reason),
        (408 | 500 | 502..=599, _) | (409, Some(Meaning::InProgress)) => {
            Verdict::Unknown(Code::ServerError, reason)
        }
        (300..=399, _) => stop(Code::Redirected, redirection(status, answer)),
        (407, _) => stop(Code::ProxyRefused, reason),
        (403 | 404 | 405 | 406 | 415 | 501, _) => stop(Code::EndpointRefused, reason),
        (413, _) => Verdict::TooLarge(reason),
        (400..=499, _) => return Envelope::Refused(reason, body),
        _ => Verdict::Unknown(Code::UnreadableAnswer, reason),
    })
}

/// Where a redirection points to, without what may stand behind its path.
fn redirection(status: u16, answer: &Answer) -> String {
    let place = answer.location.as_deref().unwrap_or_default();
    let place = place.split(['?', '#']).next().unwrap_or_default();
    readable(&format!("{status} {place}"))
}

/// Whether a body is a page for people: a login, a firewall, a portal.
fn is_page(text: &str) -> bool {
    let start: String = text.chars().take(512).collect::<String>().to_ascii_lowercase();
    start.starts_with('<')
        && ["<!doctype html", "<html", "<head", "<body"].iter().any(|tag| start.contains(tag))
}

/// The title of a page, or its first words.
fn page_text(page: &str) -> String {
    let lower = page.to_ascii_lowercase();
    let title = lower.find("<title>").map(|at| at + "<title>".len());
    let title = title.and_then(|start| Some(&page[start..start + lower[start..].find("</title>")?]));
    let words = title.map_or_else(
        || {
            page.split('<')
                .filter_map(|tag| tag.split_once('>'))
                .map(|(_, text)| text)
                .collect::<Vec<_>>()
                .join(" ")
        },
        str::to_owned,
    );
    readable(&words).chars().take(PAGE_CHARS).collect()
}

/// How long `Retry-After` asks to wait: seconds, or a date against the answer's own `Date`.
pub(super) fn retry_after(answer: &Answer) -> Option<Duration> {
    retry_after::wait(answer.retry_after.as_deref()?, answer.date.as_deref())
}

/// One line without control characters and marks that turn the writing round, cut to a bearable length.
pub(super) fn readable(text: &str) -> String {
    let unseen =
        |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let gap = |c: char| c.is_whitespace() || c.is_control() || unseen(c);
    let mut line = String::new();
    for word in text.split(gap).filter(|word| !word.is_empty()) {
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

    #[test]
    fn what_the_crm_says_is_one_bearable_line() {
        assert_eq!(readable("a\n\u{1b}[31m b\u{0}c \u{202e}d"), "a [31m b c d");
        assert_eq!(readable(&"x".repeat(1_000_000)).len(), DETAIL_CHARS);
    }

    #[test]
    fn a_page_is_quoted_by_its_title() {
        let page = "<!DOCTYPE html><html><head><TITLE>Iniciar\nsesión</TITLE></head><body>x</body></html>";
        assert!(is_page(page));
        assert_eq!(page_text(page), "Iniciar sesión");
        assert_eq!(page_text("<html><body><p>Acceso <b>denegado</b></body></html>"), "Acceso denegado");
        assert!(!is_page("<br />Warning: mysqli_connect()"));
    }
}
