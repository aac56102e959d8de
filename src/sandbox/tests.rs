//! The sandbox seen from a client: over real sockets, byte by byte, because much of what it plays happens below what
//! an HTTP client shows.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{RequestLine, Sandbox, SandboxConfig, SandboxError};

const LOAD: &str = "/server/API/v2/collections/massiveCollections.php";
const TOKEN: &str = "/server/API/v2/token/tokenInformation.php?operation=demo";
const QUERY: &str = "/server/API/v2/custom/query.php";

/// Long enough for a loaded machine; a test that needs it has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A sandbox with these faults, and its folder.
async fn sandbox(faults: &str) -> (Sandbox, TempDir) {
    started(|config| config.faults = faults.split_whitespace().map(|fault| fault.parse().unwrap()).collect())
        .await
}

async fn started(change: impl FnOnce(&mut SandboxConfig)) -> (Sandbox, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = SandboxConfig::new(folder.path().to_owned());
    change(&mut config);
    (Sandbox::start(config).await.unwrap(), folder)
}

/// A request as text, on a connection that closes after the answer.
fn request(method: &str, path: &str, body: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: sandbox\r\nwOLKVOX-tOKEN: right\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

async fn connected(address: SocketAddr, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// Everything the sandbox sends to this request, or how the connection ended instead.
async fn exchange(address: SocketAddr, request: &str) -> std::io::Result<String> {
    let mut stream = connected(address, request).await;
    let mut answer = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut answer)).await.unwrap()?;
    Ok(String::from_utf8(answer).unwrap())
}

/// The status line's number, the head and the body of an answer.
async fn ask(sandbox: &Sandbox, request: &str) -> (u16, String, String) {
    let answer = exchange(sandbox.address(), request).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head[9..12].parse().unwrap(), head.to_lowercase(), body.to_owned())
}

async fn ask_json(sandbox: &Sandbox, request: &str) -> (u16, Value) {
    let (status, _, body) = ask(sandbox, request).await;
    (status, serde_json::from_str(&body).unwrap())
}

fn record(identification: &str) -> Value {
    json!({"Identification": identification, "Name": "Ana Prueba", "Email": "ana@example.invalid",
           "Telephone": "300", "Obligations": [{"id": "01", "name": "card"}]})
}

/// A load of the records with these Identifications.
fn load(identifications: &[&str]) -> String {
    let records: Vec<Value> = identifications.iter().map(|identification| record(identification)).collect();
    request("POST", LOAD, &json!({"operation": "demo", "collections": records}).to_string())
}

/// The Identifications in the store, in the order written.
fn stored(folder: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join("store.ndjson")).unwrap();
    text.lines()
        .flat_map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            assert_eq!(line["operation"], "demo");
            line["collections"].as_array().unwrap().clone()
        })
        .map(|record| record["Identification"].as_str().unwrap().to_owned())
        .collect()
}

fn lines(folder: &Path) -> Vec<RequestLine> {
    let text = std::fs::read_to_string(folder.join("requests.ndjson")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn good_records_are_stored_and_bad_ones_named() {
    let (sandbox, folder) = sandbox("").await;
    let mut bad = record("2");
    bad["Email"] = json!("nobody");
    let body = json!({"operation": "demo", "collections": [record("0071"), bad, record("3"), 4]}).to_string();
    let (status, answer) = ask_json(&sandbox, &request("POST", LOAD, &body)).await;
    assert_eq!(status, 200);
    assert_eq!(
        answer,
        json!({"code": "200", "success": false, "summary": {
            "total_records_received": 4, "successful_inserts": 2, "failed_count": 2, "total_processed": 4,
            "failed_Sumary": [
                {"Identification": "2", "error": "Email is not an e-mail address: it has no @."},
                {"Identification": "", "error": "The record is not a JSON object."}]}})
    );
    assert_eq!(stored(folder.path()), ["0071", "3"]);
    let found = &lines(folder.path())[0];
    assert_eq!((found.n, found.records, found.bytes, found.status), (1, 4, body.len(), Some(200)));
    assert_eq!(
        (found.keys.as_slice(), &found.fault),
        (["0071", "2", "3", ""].map(String::from).as_slice(), &None)
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_said_in_the_envelope() {
    let (sandbox, folder) = started(|config| config.token = Some("right".into())).await;
    let with_token = |token: &str| load(&["1"]).replace("wOLKVOX-tOKEN: right\r\n", token);
    for (request, status, name) in [
        (with_token(""), 401, "UNAUTHORIZED"),
        (with_token("Wolkvox-Token: wrong\r\n"), 403, "FORBIDDEN"),
        (request("GET", LOAD, ""), 405, "METHOD NOT ALLOWED"),
        (request("POST", "/server/api/v2/collections/massiveCollections.php", "{}"), 404, "NOT FOUND"),
        (request("POST", LOAD, "operation=demo"), 400, "BAD REQUEST"),
        (request("POST", LOAD, r#"{"collections":[]}"#), 400, "BAD REQUEST"),
        (request("POST", LOAD, r#"{"operation":"demo"}"#), 400, "BAD REQUEST"),
        (request("POST", LOAD, r#"{"operation":"demo","collections":{}}"#), 400, "BAD REQUEST"),
        (request("GET", TOKEN.split_once('?').unwrap().0, ""), 400, "BAD REQUEST"),
        (
            request("POST", QUERY, r#"{"operation":"demo","module":"collections","field":"y","value":"z"}"#),
            400,
            "BAD REQUEST",
        ),
    ] {
        let (found, answer) = ask_json(&sandbox, &request).await;
        assert_eq!(found, status, "{request}");
        assert_eq!(answer["code"], status.to_string());
        assert_eq!((&answer["error"], &answer["data"]), (&json!(name), &Value::Null));
    }
    assert_eq!(sandbox.requests(), 10);
    assert!(stored(folder.path()).is_empty());
}

#[tokio::test]
async fn a_compressed_body_is_read_within_the_limit_and_what_is_none_is_no_json() {
    let (sandbox, folder) = started(|config| config.max_body_bytes = 400).await;
    let packed = |body: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut encoder, body.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let head = load(&["1"]).split_once("Content-Length").unwrap().0.to_owned() + "Content-Encoding: gzip\r\n";
    let body = |keys: &[&str]| load(keys).split_once("\r\n\r\n").unwrap().1.to_owned();
    let many: Vec<String> = (0..1000).map(|n| n.to_string()).collect();
    let large = body(&many.iter().map(String::as_str).collect::<Vec<_>>());
    for (bytes, expected) in [
        (packed(&body(&["1"])), 200),
        (packed(&large), 413),
        (b"no gzip".to_vec(), 400),
        (packed(&body(&["2"]))[..20].to_vec(), 400),
    ] {
        let mut request = format!("{head}Content-Length: {}\r\n\r\n", bytes.len()).into_bytes();
        request.extend(&bytes);
        let mut stream = TcpStream::connect(sandbox.address()).await.unwrap();
        stream.write_all(&request).await.unwrap();
        let mut answer = Vec::new();
        timeout(PATIENCE, stream.read_to_end(&mut answer)).await.unwrap().unwrap();
        assert_eq!(String::from_utf8_lossy(&answer)[9..12], expected.to_string());
    }
    assert_eq!(stored(folder.path()), ["1"]);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_with_an_answer() {
    let (sandbox, folder) = started(|config| config.max_body_bytes = 400).await;
    assert_eq!(ask(&sandbox, &load(&["1"])).await.0, 200);
    let many: Vec<String> = (0..20_000).map(|n| n.to_string()).collect();
    let large = load(&many.iter().map(String::as_str).collect::<Vec<_>>());
    let (status, answer) = ask_json(&sandbox, &large).await;
    assert_eq!((status, &answer["code"]), (413, &json!("413")));
    assert_eq!(stored(folder.path()), ["1"]);
}

#[tokio::test]
async fn a_stored_record_is_found_again_also_after_a_restart() {
    let (sandbox, folder) = sandbox("").await;
    ask(&sandbox, &load(&["0071"])).await;
    let query = |value: &str| {
        let body =
            json!({"operation": "demo", "module": "collections", "field": "Identification", "value": value});
        request("POST", QUERY, &body.to_string())
    };
    let (_, before) = ask_json(&sandbox, &query("0071")).await;
    assert_eq!(before["msg"], "1 records were are found");
    assert_eq!(before["data"][0]["Identification"], "0071");
    assert_eq!(before["data"][0]["Telephone"]["value"], "300");
    assert!(before["data"][0]["wolkvox_id"].is_string());
    let (status, none) = ask_json(&sandbox, &query("71")).await;
    assert_eq!((status, &none["msg"], &none["data"]), (200, &json!("0 records were are found"), &json!([])));
    sandbox.stop().await;

    let sandbox = Sandbox::start(SandboxConfig::new(folder.path().to_owned())).await.unwrap();
    assert_eq!(ask_json(&sandbox, &query("0071")).await.1, before);
    assert_eq!(lines(folder.path()).len(), 4, "the log of requests goes on");
}

#[tokio::test]
async fn a_search_finds_nothing_or_a_twin_on_request() {
    let (sandbox, folder) = sandbox("no-records@1-2 twins@3-").await;
    ask(&sandbox, &load(&["0071"])).await;
    let body =
        json!({"operation": "demo", "module": "collections", "field": "Identification", "value": "0071"});
    let query = request("POST", QUERY, &body.to_string());
    let (status, none) = ask_json(&sandbox, &query).await;
    assert_eq!((status, &none["msg"], &none["data"]), (200, &json!("0 records were are found"), &json!([])));
    let (_, two) = ask_json(&sandbox, &query).await;
    assert_eq!(two["msg"], "2 records were are found");
    assert_eq!(two["data"][0]["Identification"], two["data"][1]["Identification"]);
    assert_ne!(two["data"][0]["wolkvox_id"], two["data"][1]["wolkvox_id"]);
    let faults: Vec<_> = lines(folder.path()).into_iter().map(|line| line.fault).collect();
    assert_eq!(
        faults,
        [None, Some("no-records@1-2".into()), Some("twins@3-".into())],
        "only a search plays it"
    );
}

#[tokio::test]
async fn the_quota_of_the_day_is_told_and_then_used_up() {
    let (sandbox, folder) = started(|config| config.daily_limit = 2).await;
    ask(&sandbox, &load(&["1"])).await;
    let (_, answer) = ask_json(&sandbox, &request("GET", TOKEN, "")).await;
    let data = &answer["data"];
    assert_eq!((&data["token_limit"], &data["token_use_today"]), (&json!(2), &json!(2)));
    assert_eq!(
        (&data["available_consumition_options"], &data["hours_to_restart_count"]),
        (&json!(0), &json!(24))
    );
    for over in [load(&["2"]), request("GET", TOKEN, "")] {
        let (status, answer) = ask_json(&sandbox, &over).await;
        assert_eq!((status, &answer["msg"]), (403, &json!("TOKEN LIMIT EXCEEDED")));
    }
    assert_eq!(stored(folder.path()), ["1"]);
}

#[tokio::test]
async fn a_reset_connection_ends_without_a_byte() {
    let (sandbox, folder) = sandbox("reset@1 reset-after@2").await;
    for identification in ["1", "2"] {
        let ended = exchange(sandbox.address(), &load(&[identification])).await;
        assert_eq!(ended.unwrap_err().kind(), ErrorKind::ConnectionReset);
    }
    assert_eq!(stored(folder.path()), ["2"]);
    let found: Vec<_> =
        lines(folder.path()).into_iter().map(|line| (line.status, line.fault.unwrap())).collect();
    assert_eq!(found, [(None, "reset@1".to_owned()), (None, "reset-after@2".to_owned())]);
}

#[tokio::test]
async fn a_hang_lasts_until_the_client_leaves() {
    let (sandbox, folder) = sandbox("hang@1 hang-after@2").await;
    let mut hanging = connected(sandbox.address(), &load(&["1"])).await;
    let mut byte = [0];
    let waited = timeout(Duration::from_millis(100), hanging.read(&mut byte)).await;
    assert!(waited.is_err(), "the sandbox answered");
    drop(hanging);

    let mut after = connected(sandbox.address(), &load(&["2"])).await;
    assert!(timeout(Duration::from_millis(100), after.read(&mut byte)).await.is_err());
    drop(after);
    assert_eq!(stored(folder.path()), ["2"]);
    let stopped = timeout(Duration::from_millis(1_900), sandbox.stop()).await;
    assert!(stopped.is_ok(), "a client that left still held the sandbox");
}

#[tokio::test]
async fn stopping_does_not_wait_for_a_client_that_hangs() {
    let (sandbox, folder) = sandbox("hang@*").await;
    let hanging = connected(sandbox.address(), &load(&["1"])).await;
    let arrived = async {
        while lines(folder.path()).is_empty() {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, arrived).await.unwrap();
    // From here on the clock jumps to the next deadline: that of stopping, and not that of the hang.
    tokio::time::pause();
    let before = tokio::time::Instant::now();
    sandbox.stop().await;
    assert_eq!(before.elapsed().as_secs(), 2);
    drop(hanging);
}

#[tokio::test]
async fn answers_that_hide_what_was_stored() {
    let (sandbox, folder) =
        sandbox("status-503@1 status-503-after@2 code-417@3 html@4 empty@5 truncate@6 slow-1ms@7").await;
    let mut bodies = Vec::new();
    for (n, status) in [(1, 503), (2, 503), (3, 200), (4, 200), (5, 200), (6, 200), (7, 200)] {
        let (found, _, body) = ask(&sandbox, &load(&[&n.to_string()])).await;
        assert_eq!(found, status, "{n}");
        bodies.push(body);
    }
    assert_eq!(stored(folder.path()), ["2", "5", "6", "7"]);
    assert!(bodies[2].starts_with(r#"{"code":"417""#));
    assert!(bodies[3].starts_with("<!DOCTYPE html>"));
    assert_eq!(bodies[4], "");
    assert!(bodies[6].starts_with(&bodies[5]) && bodies[6].len() / 2 == bodies[5].len());
}

#[tokio::test]
async fn refusals_carry_their_headers_and_texts() {
    let (sandbox, folder) =
        sandbox("retry-after-7@1 redirect-http://127.0.0.1:9/x@2 limit@3 busy@4 bad-token@5").await;
    let mut answers = Vec::new();
    for _ in 0..5 {
        answers.push(ask(&sandbox, &load(&["1"])).await);
    }
    assert!(answers[0].0 == 429 && answers[0].1.contains("retry-after: 7"));
    assert!(answers[1].0 == 307 && answers[1].1.contains("location: http://127.0.0.1:9/x"));
    for (answer, msg) in answers[2..].iter().zip([
        "TOKEN LIMIT EXCEEDED",
        "EXCEEDS THE LIMIT OF SIMULTANEOUS REQUESTS PER TOKEN (2)",
        "PLEASE VALIDATE TOKEN",
    ]) {
        let body: Value = serde_json::from_str(&answer.2).unwrap();
        assert_eq!((answer.0, &body["msg"]), (403, &json!(msg)));
    }
    assert!(stored(folder.path()).is_empty());
}

#[tokio::test]
async fn a_huge_answer_goes_on_as_long_as_it_is_read() {
    let (sandbox, folder) = sandbox("huge@1").await;
    let mut stream = connected(sandbox.address(), &load(&["1"])).await;
    let mut part = vec![0; 8 * 1024 * 1024];
    timeout(PATIENCE, stream.read_exact(&mut part)).await.unwrap().unwrap();
    drop(stream);
    assert!(stored(folder.path()).is_empty());
}

#[tokio::test]
async fn answers_wrong_in_their_counters_or_lists_store_what_they_say_they_do() {
    for (fault, kept) in [
        ("reject", vec!["2", "3"]),
        ("reject-all", vec![]),
        ("unnamed", vec!["2", "3"]),
        ("miscount", vec!["1", "2", "3"]),
        ("empty-counters", vec!["1", "2", "3"]),
        ("message-only", vec!["2", "3"]),
        ("as-strings", vec!["1", "2", "3"]),
        ("id-list", vec!["2", "3"]),
        ("map", vec!["2", "3"]),
        ("foreign", vec!["2", "3"]),
    ] {
        let (sandbox, folder) = sandbox(&format!("{fault}@*")).await;
        assert_eq!(ask(&sandbox, &request("GET", TOKEN, "")).await.0, 200);
        assert_eq!(ask(&sandbox, &load(&["1", "2", "3"])).await.0, 200);
        assert_eq!(stored(folder.path()), kept, "{fault}");
        let faults: Vec<_> = lines(folder.path()).into_iter().map(|line| line.fault).collect();
        assert_eq!(faults, [None, Some(format!("{fault}@*"))], "only a load can play it");
    }
}

#[tokio::test]
async fn one_connection_serves_many_requests_and_a_client_that_breaks_off_is_logged() {
    let (sandbox, folder) = sandbox("").await;
    let keep = load(&["1"]).replace("Connection: close\r\n", "");
    let twice = format!("{keep}{}", load(&["2"]));
    let answer = exchange(sandbox.address(), &twice).await.unwrap();
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 2);

    let half = load(&["3"]);
    let mut stream = connected(sandbox.address(), &half[..half.len() - 10]).await;
    stream.shutdown().await.unwrap();
    let mut nothing = Vec::new();
    // Whether the end is a close or a reset depends on the system; that no answer comes does not.
    drop(timeout(PATIENCE, stream.read_to_end(&mut nothing)).await.unwrap());
    sandbox.stop().await;
    assert!(nothing.is_empty());
    assert_eq!(stored(folder.path()), ["1", "2"]);
    let ends: Vec<_> = lines(folder.path()).iter().map(|line| (line.n, line.status)).collect();
    assert_eq!(ends, [(1, Some(200)), (2, Some(200)), (3, None)]);
}

#[tokio::test]
async fn what_keeps_a_sandbox_from_starting_is_said_plainly() {
    let (sandbox, folder) = sandbox("").await;
    let other = tempfile::tempdir().unwrap();
    let file = other.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let free = SocketAddr::from(([127, 0, 0, 1], 0));
    for (listen, store, said) in [
        (SocketAddr::from(([0, 0, 0, 0], 0)), other.path(), "listens only on this machine"),
        ("[::]:0".parse().unwrap(), other.path(), "listens only on this machine"),
        (sandbox.address(), other.path(), "already listens on 127.0.0.1"),
        (free, folder.path(), "another sandbox is running"),
        (free, &file, "cannot be used"),
    ] {
        let config = SandboxConfig { listen, ..SandboxConfig::new(store.to_owned()) };
        let error: SandboxError = Sandbox::start(config).await.unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    }
}
