//! A server that does exactly what a scenario says, request by request, and keeps its own book of what it stored.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};

/// The identification of the first record of a written portfolio.
const FIRST_KEY: u64 = 1_900_000_000;
/// The id under which every record is found.
pub(crate) const FOUND_ID: &str = "64cb0f7e21a9d5b3c8e64f10";
/// What an endless answer sends at most, if the client lets it.
const ENDLESS_BYTES: usize = 1 << 30;
/// What all endpoints but the bulk calls answer to a record that was written.
const WRITTEN: &str =
    r#"{"code":200,"error":"null","msg":"Succesfully create record","data":{"wolkvox_id":"123cb"}}"#;
/// How long a dripping answer waits between two bytes, and how many there are.
const DRIP: (Duration, u32) = (Duration::from_millis(20), 500);

/// What happens in some requests; the first rule that fits a request is played.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Rule {
    /// Which requests, by number from 1: `2`, `2-4`, `3-`; all where it is not said.
    pub(crate) on: Option<String>,
    /// Only requests that carry this record, counted from 0.
    pub(crate) holds: Option<u64>,
    /// Only requests whose body has more bytes.
    pub(crate) over: Option<usize>,
    /// Only requests with at least so many records.
    pub(crate) records: Option<usize>,
    /// Only requests with another token.
    pub(crate) other_token: Option<String>,
    /// Only requests that ask for a record, or only those that do not.
    pub(crate) asks: Option<bool>,
    /// HTTP status; 200 where it is not said.
    pub(crate) status: Option<u16>,
    /// The body: `{n}` records, `{ok}` one less, `{first}` and `{last}` identifications, `{keys}` all of them, quoted.
    pub(crate) body: Option<String>,
    /// Further headers, one a line.
    pub(crate) headers: Vec<String>,
    /// The records are stored all the same.
    pub(crate) stored: bool,
    /// Only so many of them are, the first ones.
    pub(crate) stores: Option<usize>,
    /// What becomes of the exchange: `reset`, `silent`, `cut`, `endless`, `announced`, `drip`, `late-300` (ms).
    pub(crate) ending: Option<String>,
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) at: Instant,
    pub(crate) head: String,
    pub(crate) keys: Vec<String>,
    pub(crate) body: Vec<u8>,
    /// The identification that it asks for.
    pub(crate) asked: Option<String>,
}

#[derive(Default)]
struct Book {
    seen: Vec<Seen>,
    /// Bytes of a body that was not read to its end: how many came, and how many were announced.
    unread: Option<(usize, usize)>,
    stored: BTreeMap<String, u32>,
    records: BTreeMap<String, Value>,
    bytes_out: usize,
    connections: u32,
}

/// The running server; it stops when it is dropped.
pub(crate) struct Scripted {
    address: String,
    book: Arc<Mutex<Book>>,
    ended: Arc<AtomicBool>,
    left: Arc<AtomicBool>,
    slow: bool,
}

impl Scripted {
    pub(crate) fn start(rules: Vec<Rule>) -> Scripted {
        Scripted::start_deaf(rules, false)
    }

    /// A server that, when it is deaf, reads the head of the first request and nothing of its body until the client has
    /// left.
    pub(crate) fn start_deaf(rules: Vec<Rule>, is_deaf: bool) -> Scripted {
        let listener = if is_deaf { bound_narrow() } else { TcpListener::bind("127.0.0.1:0").unwrap() };
        let address = listener.local_addr().unwrap().to_string();
        let slow = rules.iter().any(|rule| matches!(rule.ending.as_deref(), Some("silent" | "drip")));
        let (book, ended) = (Arc::new(Mutex::new(Book::default())), Arc::new(AtomicBool::new(false)));
        let (book_of_all, ended_by_drop, rules) = (Arc::clone(&book), Arc::clone(&ended), Arc::new(rules));
        let (is_deaf, left) = (AtomicBool::new(is_deaf), Arc::new(AtomicBool::new(false)));
        let left_by_client = Arc::clone(&left);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if is_deaf.swap(false, Ordering::Relaxed) {
                    let (book, left) = (Arc::clone(&book_of_all), Arc::clone(&left_by_client));
                    std::thread::spawn(move || {
                        stream.is_ok_and(|stream| read_late(stream, &book, &left).is_some())
                    });
                    continue;
                }
                if ended_by_drop.load(Ordering::Relaxed) {
                    return;
                }
                let (book, rules) = (Arc::clone(&book_of_all), Arc::clone(&rules));
                book.lock().unwrap().connections += 1;
                std::thread::spawn(move || stream.is_ok_and(|stream| serve(stream, &rules, &book).is_some()));
            }
        });
        Scripted { address, book, ended, left, slow }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Whether some answers come late or never.
    pub(crate) fn is_slow(&self) -> bool {
        self.slow
    }

    /// What was asked for so far.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.seen().into_iter().filter_map(|seen| seen.asked).collect()
    }

    /// The requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.book.lock().unwrap().seen.clone()
    }

    /// How often each record was stored.
    pub(crate) fn stored(&self) -> BTreeMap<String, u32> {
        self.book.lock().unwrap().stored.clone()
    }

    /// How many bytes of answers the clients took.
    pub(crate) fn bytes_out(&self) -> usize {
        self.book.lock().unwrap().bytes_out
    }

    /// Says that the client has left a server that was deaf; gives how many bytes of its body came, and how many it
    /// announced.
    pub(crate) fn unread(&self) -> (usize, usize) {
        self.left.store(true, Ordering::Relaxed);
        loop {
            if let Some(bytes) = self.book.lock().unwrap().unread {
                return bytes;
            }
            std::thread::yield_now();
        }
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> u32 {
        self.book.lock().unwrap().connections
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        TcpStream::connect(&self.address).ok();
    }
}

/// Serves one connection until it ends; whatever ends it is no failure of the test.
fn serve(mut stream: TcpStream, rules: &[Rule], book: &Mutex<Book>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    loop {
        let (head, body) = read_request(&mut stream)?;
        let request: Value = serde_json::from_slice(&body).unwrap_or_default();
        let asked = request["value"].as_str().map(str::to_owned);
        let keys = if asked.is_some() { Vec::new() } else { keys_of(&request, &body) };
        let records = request["collections"].as_array().cloned();
        let records = records.unwrap_or_else(|| vec![Value::Null; keys.len()]);
        let named = asked.as_ref().map_or_else(|| keys.clone(), |asked| vec![asked.clone()]);
        let (rule, found) = {
            let mut book = book.lock().unwrap();
            let at = Instant::now();
            let seen = Seen { at, head: head.clone(), keys: keys.clone(), body: body.clone(), asked };
            let asks = seen.asked.is_some();
            book.seen.push(seen);
            let number = book.seen.len();
            let fits = |rule: &&Rule| {
                rule.asks.is_none_or(|wanted| wanted == asks) && rule.fits(number, &head, body.len(), &named)
            };
            let rule = rules.iter().find(fits).cloned();
            let stores = rule.as_ref().map_or(keys.len(), |rule| match rule.stores {
                Some(stores) => stores,
                None if rule.stored => keys.len(),
                None => 0,
            });
            for (key, record) in keys.iter().zip(&records).take(stores) {
                *book.stored.entry(key.clone()).or_default() += 1;
                book.records.insert(key.clone(), record.clone());
            }
            (rule.unwrap_or_default(), asks.then(|| found(book.records.get(&named[0]))))
        };
        let sent = answer(&mut stream, &rule, &named, found.unwrap_or_else(|| all_well(&request)));
        book.lock().unwrap().bytes_out += sent?;
    }
}

/// A listener whose connections take few bytes that nobody reads.
fn bound_narrow() -> TcpListener {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let listener = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        socket.listen(64).unwrap().into_std().unwrap()
    });
    listener.set_nonblocking(false).unwrap();
    listener
}

/// Reads the head of a request, and what has come of its body only once the client has left.
fn read_late(mut stream: TcpStream, book: &Mutex<Book>, left: &AtomicBool) -> Option<()> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let announced =
        head.lines().find_map(|line| line.strip_prefix("content-length:"))?.trim().parse().ok()?;
    let seen = Seen { at: Instant::now(), head, keys: Vec::new(), body: Vec::new(), asked: None };
    book.lock().unwrap().seen.push(seen);
    while !left.load(Ordering::Relaxed) {
        std::thread::yield_now();
    }
    let (mut came, mut buffer) = (0, [0; 16 * 1024]);
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        came += read;
    }
    book.lock().unwrap().unread = Some((came, announced));
    Some(())
}

fn read_request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.and_then(|length| length.trim().parse().ok()).unwrap_or(0);
            if bytes.len() >= end + 4 + length {
                let body = bytes[end + 4..end + 4 + length].to_vec();
                let gzip = head.contains("content-encoding: gzip");
                return Some((head, if gzip { unzipped(&body) } else { body }));
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
        }
    }
}

fn unzipped(body: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(body).read_to_end(&mut text).unwrap();
    text
}

impl Rule {
    fn fits(&self, number: usize, head: &str, bytes: usize, keys: &[String]) -> bool {
        let on = |on: &String| match on.split_once('-') {
            None => on.parse() == Ok(number),
            Some((first, "")) => number >= first.parse().unwrap(),
            Some((first, last)) => (first.parse().unwrap()..=last.parse().unwrap()).contains(&number),
        };
        let holds = |record: u64| keys.contains(&(FIRST_KEY + record).to_string());
        self.on.as_ref().is_none_or(on)
            && self.holds.is_none_or(holds)
            && self.over.is_none_or(|over| bytes > over)
            && self.records.is_none_or(|records| keys.len() >= records)
            && self
                .other_token
                .as_ref()
                .is_none_or(|token| !head.contains(&format!("wolkvox-token: {token}")))
    }
}

/// Plays an answer; gives the bytes that were written, or nothing when the connection is over.
fn answer(stream: &mut TcpStream, rule: &Rule, keys: &[String], usual: String) -> Option<usize> {
    let status = rule.status.unwrap_or(200);
    let body = match &rule.body {
        Some(body) => fill(body, keys),
        None if status == 200 => usual,
        None => String::new(),
    };
    let mut head = format!("HTTP/1.1 {status} X\r\n");
    let headers: String = rule.headers.iter().flat_map(|header| [header.as_str(), "\r\n"]).collect();
    head.push_str(&headers);
    let length = |bytes: usize| format!("content-length: {bytes}\r\n\r\n");
    let ending = rule.ending.as_deref().unwrap_or_default();
    match ending {
        "reset" => {
            // Unread bytes make the system reset the connection instead of closing it in good order.
            stream.shutdown(Shutdown::Both).ok();
            return None;
        }
        "silent" => {
            // Nothing more comes until the client leaves.
            let left = stream.read_exact(&mut [0]).is_err();
            assert!(left, "a client sent a second request before it had the first answer");
            return None;
        }
        "cut" => {
            head.push_str(&length(body.len()));
            stream
                .write_all(head.as_bytes())
                .and_then(|()| stream.write_all(&body.as_bytes()[..body.len() / 2]))
                .ok();
            stream.shutdown(Shutdown::Both).ok();
            return None;
        }
        "endless" => return endless(stream, &format!("{head}connection: close\r\n\r\n")),
        "announced" => return endless(stream, &format!("{head}content-length: {ENDLESS_BYTES}\r\n\r\n")),
        "drip" => {
            stream.write_all(format!("{head}content-length: {}\r\n\r\n", DRIP.1).as_bytes()).ok()?;
            for _ in 0..DRIP.1 {
                stream.write_all(b" ").ok()?;
                pause(DRIP.0);
            }
        }
        _ => {
            if let Some(wait) = ending.strip_prefix("late-") {
                pause(Duration::from_millis(wait.parse().unwrap()));
            }
            head.push_str(&length(body.len()));
            stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).ok()?;
        }
    }
    Some(head.len() + body.len())
}

#[expect(clippy::disallowed_methods, reason = "a server that is slow on purpose, in real time")]
fn pause(time: Duration) {
    std::thread::sleep(time);
}

fn endless(stream: &mut TcpStream, head: &str) -> Option<usize> {
    let block = vec![b'x'; 64 * 1024];
    let mut sent = 0;
    stream.write_all(head.as_bytes()).ok()?;
    while sent < ENDLESS_BYTES && stream.write_all(&block).is_ok() {
        sent += block.len();
    }
    Some(sent)
}

/// What names the records of a request: of a bulk load their Identifications, of the others the first number among
/// the values that is one of a written file's.
fn keys_of(request: &Value, body: &[u8]) -> Vec<String> {
    if let Some(records) = request["collections"].as_array() {
        let name = |record: &Value| record["Identification"].as_str().unwrap_or_default().to_owned();
        return records.iter().map(name).collect();
    }
    let text = String::from_utf8_lossy(body);
    let records = request["fields"].as_array().map_or(1, Vec::len);
    let is_key = |word: &&str| word.len() == 10 && word.starts_with("19000");
    text.split(|c: char| !c.is_ascii_digit()).filter(is_key).take(records).map(str::to_owned).collect()
}

/// What is answered to a request whose records were all written: counters by the bulk load, an id for each by the bulk
/// call of any module, and one id by the others.
fn all_well(request: &Value) -> String {
    if let Some(records) = request["fields"].as_array() {
        let ids: Vec<Value> =
            (0..records.len()).map(|number| json!({"wolkvox_id": format!("{number:x}cb")})).collect();
        return json!({"code":200,"error":"null","msg":"Succesfully create record","data":ids}).to_string();
    }
    let Some(records) = request["collections"].as_array().map(Vec::len) else { return WRITTEN.to_owned() };
    json!({"code":"200","success":true,"summary":{"total_records_received":records,"successful_inserts":records,
        "failed_count":0,"total_processed":records,"failed_Sumary":[]}})
    .to_string()
}

/// The answer to who asks for a record: it as it was stored, its telephone as an object and without obligations.
fn found(record: Option<&Value>) -> String {
    let shown = |record: &Value| {
        let mut shown = record.as_object().unwrap().clone();
        shown.remove("Obligations");
        let telephone = json!({"country": "", "code": "", "value": shown["Telephone"]});
        shown.insert("Telephone".to_owned(), telephone);
        shown.insert("wolkvox_id".to_owned(), json!(FOUND_ID));
        Value::Object(shown)
    };
    let data: Vec<Value> = record.map(shown).into_iter().collect();
    let msg = format!("{} records were are found", data.len());
    json!({"code": "200", "error": "null", "msg": msg, "data": data}).to_string()
}

fn fill(body: &str, keys: &[String]) -> String {
    let quoted: Vec<String> = keys.iter().map(|key| format!("\"{key}\"")).collect();
    let first = keys.first().cloned().unwrap_or_default();
    let last = keys.last().cloned().unwrap_or_default();
    body.replace("{n}", &keys.len().to_string())
        .replace("{ok}", &keys.len().saturating_sub(1).to_string())
        .replace("{first}", &first)
        .replace("{last}", &last)
        .replace("{keys}", &quoted.join(","))
}
