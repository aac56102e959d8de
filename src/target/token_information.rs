//! `tokenInformation.php`: what is left of a token's calls today. A question, not a target: nothing is loaded.
//!
//! The documents (page 19) show one sample: an object under `data`, its numbers as numbers, one key misspelled. It is
//! read leniently, with numbers as text and the key's right spelling too; what cannot be read is said, never guessed.
//! The question costs a call itself.

use serde_json::Value;

use super::answer::{Envelope, envelope, readable};
use super::{Answer, Body, Request, Verdict};
use crate::lang::Code;

const PATH: &str = "/server/API/v2/token/tokenInformation.php";

/// What the CRM says of a token's calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenInformation {
    /// Calls in a day, where it says so.
    pub limit: Option<u64>,
    /// Calls that are left.
    pub left: u64,
    /// Hours until they are counted anew.
    pub restarts_in_hours: u64,
}

/// The question.
pub fn request(operation: &str) -> Request {
    let path = format!("{PATH}?operation={}", percent_encoded(operation));
    Request { method: "GET", path: path.into(), body: Body::Json(Vec::new()) }
}

/// The answer to it.
///
/// # Errors
/// The verdict of an answer that does not say what is left.
pub fn read(answer: &Answer) -> Result<TokenInformation, Verdict> {
    let unreadable = || {
        let text = readable(&String::from_utf8_lossy(&answer.body));
        Verdict::Unknown(Code::UnreadableAnswer, text)
    };
    let body = match envelope(answer) {
        Envelope::Good(body) => body,
        Envelope::Refused(reason, _) => return Err(Verdict::Refused(reason)),
        Envelope::Disputed(_) => return Err(unreadable()),
        Envelope::Verdict(verdict) => return Err(verdict),
    };
    let data = |name: &str| number(body.get("data")?.get(name)?);
    let (limit, used) = (data("token_limit"), data("token_use_today"));
    let stated = data("available_consumition_options").or_else(|| data("available_consumption_options"));
    let left = stated.or_else(|| Some(limit?.saturating_sub(used?)));
    let restarts = data("hours_to_restart_count");
    let info = left.zip(restarts).map(|(left, restarts_in_hours)| TokenInformation {
        limit,
        left,
        restarts_in_hours,
    });
    info.ok_or_else(unreadable)
}

/// A whole number, written as one or as a text.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// A text as part of an address (RFC 3986): all but the unreserved characters as bytes.
fn percent_encoded(text: &str) -> String {
    let encoded = |byte: u8| {
        let unreserved = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if unreserved { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(encoded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_written_into_the_address() {
        let request = request("mi operación/1&2");
        assert_eq!(request.path, format!("{PATH}?operation=mi%20operaci%C3%B3n%2F1%262"));
    }

    #[test]
    fn the_documents_sample_and_its_likes_are_read() {
        for (data, expected) in [
            (
                r#"{"token_limit":4800,"token_use_today":0,"available_consumition_options":4800,"hours_to_restart_count":15}"#,
                Some((Some(4800), 4800, 15)),
            ),
            (
                r#"{"token_limit":"4800","token_use_today":"4790","hours_to_restart_count":"2"}"#,
                Some((Some(4800), 10, 2)),
            ),
            (r#"{"available_consumption_options":7,"hours_to_restart_count":0}"#, Some((None, 7, 0))),
            (r#"{"token_limit":4800,"hours_to_restart_count":15}"#, None),
            (r#"{"available_consumition_options":7}"#, None),
            (r#"{"available_consumition_options":-7,"hours_to_restart_count":1}"#, None),
            ("[]", None),
            ("null", None),
        ] {
            let body =
                format!(r#"{{"code":"200","error":"null","msg":"1 records were are found","data":{data}}}"#);
            let answer = Answer { status: 200, body: body.into(), ..Answer::default() };
            let read = read(&answer).ok().map(|info| (info.limit, info.left, info.restarts_in_hours));
            assert_eq!(read, expected, "{data}");
        }
        let refused = Answer { status: 401, ..Answer::default() };
        assert_eq!(read(&refused).map_err(|verdict| verdict.word()), Err("token-refused"));
    }
}
