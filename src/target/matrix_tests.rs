//! Every line of the fault matrix's sections 3.2 to 3.4 that one answer can show, by its number there.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::collections::Collections;
use super::{Answer, Oddity, Reply, Stage, Verdict, asked_wait, classify, oddities};
use crate::lang::Code;

const KEYS: [&str; 3] = ["0012", "34", "567"];

/// The verdict's word with its code; of an answered chunk a letter for each record: `+` accepted, `r` rejected,
/// `?` unknown.
fn of(reply: &Reply) -> String {
    match classify(&Collections, reply, &KEYS) {
        Verdict::Answered(exceptions) => (0..3u32)
            .map(|ordinal| match exceptions.iter().find(|exception| exception.ordinal == ordinal) {
                None => '+',
                Some(exception) if exception.rejected => 'r',
                Some(_) => '?',
            })
            .collect(),
        Verdict::Unknown(Code::CountsDisagree | Code::UnnamedFailures | Code::ForeignAnswer, _) => {
            "???".to_owned()
        }
        Verdict::Unknown(code, _) | Verdict::EndpointRefused(code, _) => code.to_string(),
        Verdict::NotNow(Some(wait), _) => format!("not-now {}", wait.as_secs()),
        verdict => verdict.word().to_owned(),
    }
}

fn answer(status: u16, body: impl Into<Vec<u8>>) -> Reply {
    Reply::Answer(Answer { status, body: body.into(), ..Answer::default() })
}

fn waiting(status: u16, retry_after: &str) -> Reply {
    timed(status, retry_after, "")
}

fn timed(status: u16, retry_after: &str, body: &str) -> Reply {
    let date = Some("Sun, 22 Nov 2026 10:00:00 GMT".to_owned());
    let (retry_after, body) = (Some(retry_after.to_owned()), body.into());
    Reply::Answer(Answer { status, body, retry_after, date, ..Answer::default() })
}

/// An answer that says 200 twice, with these counters.
fn summary(success: &Value, received: &Value, inserted: &Value, failed: &Value, list: &Value) -> Value {
    json!({"code":"200","success":success,"summary":{"total_records_received":received,
        "successful_inserts":inserted,"failed_count":failed,"total_processed":received,"failed_Sumary":list}})
}

fn good() -> Value {
    summary(&json!(true), &json!(3), &json!(3), &json!(0), &json!([]))
}

/// One answer of HTTP 200 with so many failures, listed so.
fn listed(failed: u64, list: &Value) -> String {
    let body = summary(&json!(failed == 0), &json!(3), &json!(3 - failed), &json!(failed), list);
    of(&answer(200, body.to_string()))
}

fn said(code: &Value, msg: &str) -> String {
    json!({"code":code,"error":"FORBIDDEN","msg":msg}).to_string()
}

#[test]
fn what_never_left_is_not_sent_and_what_may_have_arrived_is_unknown() {
    let broken = |stage, reason: &str| of(&Reply::Broken(stage, reason.to_owned()));
    for (line, found, expected) in [
        ("A9", broken(Stage::NoFiles, "Too many open files (os error 24)"), "files-ran-out"),
        ("B1", broken(Stage::Connecting, "dns error: failed to lookup address"), "not-sent"),
        ("B3", broken(Stage::Connecting, "tcp connect error: Connection refused"), "not-sent"),
        ("B3", broken(Stage::Connecting, "operation timed out"), "not-sent"),
        ("B4", broken(Stage::Connecting, "invalid peer certificate: UnknownIssuer"), "connection-untrusted"),
        ("B4", broken(Stage::Connecting, "received fatal alert: ProtocolVersion"), "connection-untrusted"),
        ("B5", broken(Stage::Connecting, "tunnel error: proxy authorization required"), "proxy-refused"),
        ("B6", broken(Stage::Exchange, "connection reset by peer"), "connection-lost"),
        ("B9", broken(Stage::Exchange, "connection closed before message completed"), "connection-lost"),
        ("B10", broken(Stage::Deadline, "timeout"), "no-answer"),
        ("B16", broken(Stage::Endless, "> 1048576 bytes"), "unreadable-answer"),
        ("–", broken(Stage::Making, "bad header"), "endpoint-refused"),
    ] {
        assert_eq!(found, expected, "{line}");
    }
}

#[test]
fn every_refusal_has_its_verdict() {
    let limit = said(&json!("403"), "Token limit exceeded");
    let busy = said(&json!(403), "EXCEEDS THE LIMIT OF SIMULTANEOUS REQUESTS PER TOKEN (2)");
    let token = said(&json!("403"), "PLEASE VALIDATE TOKEN");
    let every = json!({"code":422,"summary":{"successful_inserts":0,"failed_count":3,"failed_Sumary":
        [{"Identification":"0012","error":"Email"},{"Identification":"34","error":"Email"},{"Identification":"567","error":"Email"}]}});
    for (line, reply, expected) in [
        ("C1", answer(400, ""), "refused"),
        ("C1", answer(200, said(&json!("400"), "SOME PARAMETERS ARE REQUIRED")), "refused"),
        ("C2, C3", answer(401, ""), "token-refused"),
        ("C2", answer(401, said(&json!("401"), "PLEASE ENTER THE WOLKVOX-TOKEN")), "token-refused"),
        ("C4", answer(403, token.clone()), "token-refused"),
        ("C4", answer(200, token), "token-refused"),
        ("C4", answer(403, said(&json!(403), "No tiene permisos")), "token-refused"),
        ("C4", answer(400, said(&json!(400), "Token vencido")), "token-refused"),
        ("C4b", answer(403, limit.clone()), "quota-ended"),
        ("C4b", answer(403, busy), "not-now"),
        ("C4b", answer(403, "Límite de peticiones por token alcanzado"), "not-now"),
        ("C4b", answer(403, "what?"), "endpoint-refused"),
        ("C4b", answer(417, said(&json!(417), "Token limit exceeded")), "quota-ended"),
        ("C4b", answer(200, said(&json!(403), "Límite diario alcanzado")), "quota-ended"),
        ("C4b", answer(403, "Token limit exceeded: 60 per minute"), "not-now"),
        ("C5", answer(404, ""), "endpoint-refused"),
        ("C5", answer(200, said(&json!("404"), "NOT FOUND")), "endpoint-refused"),
        ("C6", answer(405, ""), "endpoint-refused"),
        ("C6", answer(406, ""), "endpoint-refused"),
        ("C6", answer(415, ""), "endpoint-refused"),
        ("C6", answer(501, ""), "endpoint-refused"),
        ("C7", answer(408, ""), "server-error"),
        ("C8", answer(409, said(&json!(409), "already exists")), "refused"),
        ("C8", answer(409, said(&json!(409), "another load is in progress")), "server-error"),
        ("C9", answer(413, "<html><title>413 Request Entity Too Large</title></html>"), "too-large"),
        ("C9", answer(200, said(&json!(413), "")), "too-large"),
        ("C10", answer(422, said(&json!(422), "Email")), "refused"),
        ("C10", answer(422, every.to_string()), "rrr"),
        ("C11", waiting(429, "5"), "not-now 5"),
        ("C11", waiting(429, "0"), "not-now 0"),
        ("C11", waiting(429, "3600"), "not-now 3600"),
        ("C11", waiting(429, "abc"), "not-now"),
        ("C12", waiting(429, "Sun, 22 Nov 2026 10:00:30 GMT"), "not-now 30"),
        ("C13, C14", answer(429, ""), "not-now"),
        ("C13", answer(200, said(&json!(429), "Too many requests")), "not-now"),
        ("C15", answer(500, ""), "server-error"),
        ("C15", answer(502, ""), "server-error"),
        ("C15", answer(504, ""), "server-error"),
        ("C16", answer(503, ""), "server-error"),
        ("C16", waiting(503, "7"), "server-error"),
        ("C17", answer(418, ""), "refused"),
        ("C17", answer(499, ""), "refused"),
        ("C17", answer(522, ""), "server-error"),
        ("C17", answer(600, ""), "unreadable-answer"),
        ("C17", answer(100, ""), "unreadable-answer"),
        ("C25", answer(403, limit.clone()), "quota-ended"),
        ("C25", answer(429, limit.clone()), "quota-ended"),
        ("C25", timed(403, "50000", &limit), "not-now 50000"),
        ("C26", answer(412, ""), "refused"),
        ("C26", answer(416, ""), "refused"),
        ("C26", answer(417, ""), "refused"),
        ("B13", answer(302, ""), "redirected"),
        ("B13", answer(308, ""), "redirected"),
        ("B5", answer(407, ""), "proxy-refused"),
    ] {
        assert_eq!(of(&reply), expected, "{line}: {reply:?}");
    }
    assert_eq!(asked_wait(&waiting(503, "7")).map(|wait| wait.as_secs()), Some(7), "C16: the wait is kept");
}

#[test]
fn every_status_but_200_loads_nothing() {
    for status in (100..1000).filter(|status| *status != 200) {
        let found = of(&answer(status, good().to_string()));
        assert_eq!(found, "???", "C17: {status} with a body of success is believed in no way");
        let found = of(&answer(status, ""));
        assert!(!found.contains('+'), "C17: {status}: {found}");
    }
}

#[test]
fn an_http_200_may_be_anything() {
    let sent = |body: &str| of(&answer(200, body));
    let text = good().to_string();
    let code = |code: Value| {
        let mut body = good();
        body["code"] = code;
        sent(&body.to_string())
    };
    let mut nested = good();
    nested["summary"]["code"] = nested["code"].take();
    for (line, found, expected) in [
        ("C18", sent("<!DOCTYPE html><html><head><title>Login</title></head></html>"), "web-page"),
        ("C18", sent("<br />Warning: mysqli_connect()"), "unreadable-answer"),
        ("C19", sent(""), "unreadable-answer"),
        ("C19", of(&answer(204, "")), "unreadable-answer"),
        ("C20", code(json!(200)), "+++"),
        ("C20", code(json!("200")), "+++"),
        ("C20", code(json!(" 200 ")), "+++"),
        ("C20", code(json!(null)), "???"),
        ("C20", code(json!(400)), "???"),
        ("C20", code(json!(200.5)), "???"),
        ("C20", sent(&nested.to_string()), "???"),
        ("C20", sent(r#"{"code":500}"#), "server-error"),
        ("C20", sent(r#"{"code":null}"#), "unreadable-answer"),
        ("C20", sent(r#"{"msg":"Token limit exceeded"}"#), "quota-ended"),
        ("C20", sent("[]"), "unreadable-answer"),
        ("C21", sent(&text[..text.len() / 2]), "unreadable-answer"),
        ("C21", sent(&format!("{text}x")), "unreadable-answer"),
        ("C21", sent(&format!("\u{feff}{text}")), "+++"),
        ("C21", sent(&text.replacen('{', "{\"code\":\"500\",", 1)), "unreadable-answer"),
        ("C21", sent(&text.replacen(":3", ":NaN", 1)), "unreadable-answer"),
        ("C21", sent(&text.replacen(":3", ":1e400", 1)), "unreadable-answer"),
        ("C21", sent(&text.replacen("[]", &"[".repeat(100_000), 1)), "unreadable-answer"),
        ("C21", sent(&text.replacen("[]", r#"["\ud800"]"#, 1)), "unreadable-answer"),
        ("C21", listed(1, &json!([1e23])), "???"),
        ("C22", of(&answer(200, [text.as_bytes(), b" "].concat())), "+++"),
        ("C22", of(&answer(200, b"{\"code\":\"400\",\"msg\":\"Petici\xf3n\"}".to_vec())), "refused"),
        ("C23", of(&answer(202, text)), "???"),
        (
            "C28",
            sent(r#"{"code":"200","success":true,"summary":{"failed_count": ,"failed_Sumary":[]}}"#),
            "unreadable-answer",
        ),
    ] {
        assert_eq!(found, expected, "{line}");
    }
}

#[test]
fn flag_code_and_counters_agree_or_nothing_is_believed() {
    let none = json!([]);
    let one = json!([{"Identification":"34","error":"bad"}]);
    let (t, f) = (json!(true), json!(false));
    let n = |count: i64| json!(count);
    for (line, body, expected) in [
        ("C27", summary(&t, &n(3), &n(0), &n(3), &none), "???"),
        ("C27", summary(&f, &n(3), &n(3), &n(0), &none), "???"),
        ("C27", summary(&json!("true"), &n(3), &n(3), &n(0), &none), "+++"),
        ("C27", summary(&t, &n(3), &n(2), &n(1), &one), "?r?"),
        ("C29", json!({"code":"200","success":true,"successful_inserts":3,"failed_count":0}), "+++"),
        (
            "C29",
            json!({"code":"200","failed_count":1,"summary":{"successful_inserts":3,"failed_count":0}}),
            "???",
        ),
        ("D1", summary(&f, &n(3), &n(1), &n(1), &one), "?r?"),
        ("D2", summary(&t, &n(3), &n(4), &n(0), &none), "???"),
        ("D2", summary(&t, &n(3), &n(-3), &n(0), &none), "???"),
        ("D2", summary(&t, &n(3), &json!(3.5), &n(0), &none), "???"),
        ("D2", summary(&t, &json!("3"), &json!("3"), &json!("0"), &none), "+++"),
        ("D2", summary(&t, &n(3), &json!(null), &n(0), &none), "???"),
        (
            "D3",
            json!({"code":"200","success":true,"successful_inserts":3,"failed_count":0,"total_records_received":3}),
            "+++",
        ),
        ("D3", json!({"code":"200","success":true,"failed_count":0}), "???"),
        ("D3", json!({"code":"200","success":true}), "???"),
        ("D22, D23", summary(&t, &n(3), &n(2), &n(0), &none), "???"),
        (
            "D24",
            json!({"code":200,"success":true,"summary":{"total_records_received":3,"successful_inserts":3,"failed_count":0,"total_processed":50}}),
            "+++",
        ),
        ("D24", json!({"code":200,"success":true,"summary":{"failed_count":0,"total_processed":50}}), "???"),
    ] {
        assert_eq!(of(&answer(200, body.to_string())), expected, "{line}: {body}");
    }
}

#[test]
fn every_list_of_failures_is_read() {
    for (line, found, expected) in [
        ("D4", listed(0, &json!([])), "+++"),
        ("D5", listed(1, &json!([])), "???"),
        ("D6", listed(1, &json!(["34"])), "+r+"),
        ("D7", listed(1, &json!(["Row 2: bad e-mail"])), "???"),
        ("D7", listed(1, &json!(["Identification 34: bad e-mail"])), "+r+"),
        ("D7", listed(1, &json!(["Identification 34 is not 567, Identification 567"])), "???"),
        ("D8", listed(1, &json!([{"cédula":"34","errors":[{"field":"Email","msg":"bad"}]}])), "+r+"),
        ("D8", listed(1, &json!([{"errors":["bad"]}])), "???"),
        ("D9", listed(1, &json!({"34":"bad"})), "+r+"),
        ("D9", listed(2, &json!({"bad":["34","567"]})), "+rr"),
        ("D10", listed(0, &json!(null)), "+++"),
        ("D10", listed(0, &json!("")), "+++"),
        ("D10", listed(0, &json!({})), "+++"),
        ("D10", listed(1, &json!(5)), "???"),
        ("D10", listed(1, &json!(true)), "???"),
        ("D12, C24", listed(1, &json!([{"Identification":"999","error":"bad"}])), "???"),
        ("D12", listed(2, &json!([{"Identification":"999"},{"Identification":"34"}])), "?r?"),
        (
            "D13",
            listed(1, &json!([{"Identification":"34","error":"a"},{"Identification":"34","error":"b"}])),
            "+r+",
        ),
        ("D14", listed(1, &json!([12])), "r++"),
        ("D14", listed(1, &json!([" 0034 "])), "+r+"),
        ("D14", listed(1, &json!([3.4e1])), "???"),
        ("D16", listed(1, &json!([1])), "???"),
        ("D17", listed(2, &json!(["34"])), "?r?"),
        ("D21", listed(2, &json!(["567", "0012"])), "r+r"),
    ] {
        assert_eq!(found, expected, "{line}");
    }
    for key in ["failed_Sumary", "failed_summary", "failedSummary", "FAILED_SUMARY"] {
        let body = json!({"code":"200","success":false,"summary":{"successful_inserts":2,"failed_count":1,(key):["34"]}});
        assert_eq!(of(&answer(200, body.to_string())), "+r+", "D11: {key}");
    }
    let both = json!({"code":"200","failed_summary":[],"summary":{"successful_inserts":2,"failed_count":1,"failed_Sumary":["34"]}});
    assert_eq!(of(&answer(200, both.to_string())), "?r?", "D11: contradicting");
}

#[test]
fn what_is_odd_and_believed_is_told() {
    let counts = |list: Value, processed: Value| {
        let summary = json!({"total_records_received":3,"successful_inserts":3,"failed_count":0,
            "total_processed":processed,"failed_Sumary":list});
        let reply = answer(200, json!({"code":200,"success":true,"summary":summary}).to_string());
        (of(&reply), oddities(&reply))
    };
    let (no_list, processed) = (Oddity::NoFailureList, Oddity::ProcessedDiffers);
    for (line, list, count, expected) in [
        ("D4", json!([]), json!(3), vec![]),
        ("D3", json!(null), json!(3), vec![no_list]),
        ("D10", json!({}), json!("3"), vec![no_list]),
        ("D24", json!([]), json!(50), vec![processed]),
        ("D3, D24", json!(""), json!("0"), vec![no_list, processed]),
    ] {
        let (fates, (odd, counters)) = counts(list, count.clone());
        assert_eq!((fates.as_str(), odd), ("+++", expected), "{line}");
        assert!(counters.starts_with("received 3, inserted 3, failed 0, processed "), "{line}: {counters}");
    }
    let other = answer(200, r#"{"code":200,"error":"null","msg":"Succesfully create record","data":{}}"#);
    assert_eq!(oddities(&other).0, [], "an answer without counters has none that are odd");
}

#[test]
fn two_records_of_one_key_are_both_held() {
    let body = summary(&json!(false), &json!(3), &json!(2), &json!(1), &json!(["7"])).to_string();
    let verdict = classify(&Collections, &answer(200, body), &["7", "8", "7"]);
    assert_eq!(verdict.word(), "unknown", "D15");
}

#[test]
fn what_the_crm_says_is_kept_short_and_harmless() {
    let nasty = format!("=HYPERLINK(\u{1b}[31m\u{202e}\0){}", "x".repeat(1_000_000));
    let body = summary(
        &json!(false),
        &json!(3),
        &json!(2),
        &json!(1),
        &json!([{"Identification":"34","error":nasty}]),
    );
    let Verdict::Answered(exceptions) = classify(&Collections, &answer(200, body.to_string()), &KEYS) else {
        panic!("D20")
    };
    let detail = &exceptions[0].detail;
    assert!(detail.chars().count() <= 300 && detail.starts_with("=HYPERLINK("), "D20");
    assert!(!detail.contains(['\u{1b}', '\u{202e}', '\0']), "D20");
}

fn any_count() -> impl Strategy<Value = Value> {
    prop_oneof![
        (0i64..5).prop_map(|count| json!(count)),
        (0i64..5).prop_map(|count| json!(count.to_string())),
        Just(json!(null)),
        Just(json!(-1)),
        Just(json!(2.5)),
    ]
}

/// One failure in any dress; `999` was not sent.
fn any_failure() -> impl Strategy<Value = Value> {
    let key = prop_oneof![Just("0012"), Just("12"), Just("34"), Just("567"), Just("999")];
    (key, 0..7).prop_map(|(key, dress)| match dress {
        0 => json!(key),
        1 => json!({"Identification": key, "error": "bad"}),
        2 => json!({"cédula": key, "errors": ["a", "b"]}),
        3 => json!(format!("Identification {key}: bad")),
        4 => json!({"error": "bad"}),
        5 => json!(key.parse::<u64>().unwrap_or_default()),
        _ => json!(null),
    })
}

fn any_answer() -> impl Strategy<Value = (u16, Value)> {
    let status = prop_oneof![4 => Just(200u16), 1 => prop_oneof![Just(204), Just(400), Just(403), Just(422), Just(500)]];
    let code = prop_oneof![3 => Just(json!("200")), 1 => prop_oneof![Just(json!(200)), Just(json!(400)), Just(json!(null))]];
    let flag = prop_oneof![
        Just(json!(true)),
        Just(json!(false)),
        Just(json!("false")),
        Just(json!(null)),
        Just(json!(7))
    ];
    let list = proptest::collection::vec(any_failure(), 0..4).prop_map(Value::Array);
    (status, code, flag, [any_count(), any_count(), any_count()], list).prop_map(
        |(status, code, flag, counts, list)| {
            let [received, inserted, failed] = counts;
            let mut body = summary(&flag, &received, &inserted, &failed, &list);
            body["code"] = code;
            (status, body)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Each record has one fate; accepted is only what status, code and counters say together; a failure of somebody
    /// who was not sent leaves nobody accepted.
    #[test]
    fn no_answer_is_believed_beyond_what_adds_up((status, body) in any_answer()) {
        let foreign = body["summary"]["failed_Sumary"].to_string().contains("999");
        if let Verdict::Answered(exceptions) = classify(&Collections, &answer(status, body.to_string()), &KEYS) {
            let ordinals: Vec<u32> = exceptions.iter().map(|exception| exception.ordinal).collect();
            prop_assert!(ordinals.windows(2).all(|two| two[0] < two[1]) && ordinals.iter().all(|ordinal| *ordinal < 3));
            let accepted = 3 - exceptions.len();
            if accepted > 0 {
                prop_assert!(status == 200 && !foreign, "{status} {body}");
                prop_assert!(body["code"] == "200" || body["code"] == 200, "{body}");
                let inserted = &body["summary"]["successful_inserts"];
                prop_assert!(*inserted == accepted || *inserted == *accepted.to_string(), "{body}");
            }
        }
    }
}
