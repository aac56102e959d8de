//! What holds between this machine and the server, each in a test: https or loopback, no redirection followed, the
//! proxy of the environment, idle connections, bounded answers, one deadline, compressed bodies on request.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::scripted::{Rule, Scripted};
use crate::support::store::stored_records;
use crate::support::workdir::{Out, TOKEN, Workdir, repository};

fn load(dir: &Workdir, server: &str, more: &[&str]) -> Out {
    dir.write_portfolio("f.csv", 30);
    let load = ["load", "f.csv", "-m", "m.toml", "--server", server, "--operation", "op", "--rate", "1000/s"];
    dir.run_with_token(&[&load[..], &["--chunk-size", "10", "--json"], more].concat())
}

fn ending(on: &str, ending: &str) -> Vec<Rule> {
    vec![Rule { on: Some(on.to_owned()), ending: Some(ending.to_owned()), ..Rule::default() }]
}

fn code(out: &Out) -> (i32, String) {
    (out.code, out.json()["error"]["code"].as_str().unwrap_or_default().to_owned())
}

/// A listener that keeps what arrives first on each connection, and answers with this text.
fn listen(answer: &'static [u8]) -> (String, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let arrived = Arc::clone(&seen);
    std::thread::spawn(move || {
        for stream in listener.incoming().take(50) {
            let Ok(mut stream) = stream else { continue };
            let mut buffer = [0; 4096];
            let read = stream.read(&mut buffer).unwrap_or(0);
            arrived.lock().unwrap().extend_from_slice(&buffer[..read]);
            stream.write_all(answer).ok();
        }
    });
    (address, seen)
}

#[test]
fn tls_is_rustls_and_nothing_else() {
    let lock = std::fs::read_to_string(repository().join("Cargo.lock")).unwrap();
    assert!(lock.contains("name = \"rustls\""));
    for other in ["openssl-sys", "native-tls", "schannel-sys", "aws-lc-sys"] {
        assert!(!lock.contains(&format!("name = \"{other}\"")), "{other}");
    }
}

#[test]
fn what_does_not_speak_tls_gets_no_request_and_no_second_try() {
    let dir = Workdir::with_samples();
    let (address, seen) = listen(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    let out = load(&dir, &format!("https://{address}"), &[]);
    assert_eq!(code(&out), (4, "connection-untrusted".to_owned()), "{}", out.stderr);
    let seen = seen.lock().unwrap();
    assert_eq!(seen.first(), Some(&0x16), "a TLS greeting came first");
    assert!(!seen.windows(TOKEN.len()).any(|part| part == TOKEN.as_bytes()), "the token left in the open");
}

#[test]
fn no_redirection_is_followed_with_the_token() {
    for status in [301, 302, 303, 307, 308] {
        let dir = Workdir::with_samples();
        let elsewhere = Scripted::start(Vec::new());
        let headers = vec![format!("location: {}/else", elsewhere.url())];
        let crm = Scripted::start(vec![Rule { status: Some(status), headers, ..Rule::default() }]);
        let out = load(&dir, &crm.url(), &[]);
        assert_eq!(code(&out), (4, "redirected".to_owned()), "{status}: {}", out.stderr);
        assert!(out.stderr.contains(&elsewhere.url()), "{status}: it says where to");
        assert_eq!((crm.seen().len(), elsewhere.seen().len()), (1, 0), "{status}");
    }
}

#[test]
fn the_proxy_of_the_environment_is_used_for_https_and_named_when_it_refuses() {
    let mut dir = Workdir::with_samples();
    let (address, seen) = listen(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
    dir.set("HTTPS_PROXY", &format!("http://{address}"));
    dir.set("HTTP_PROXY", &format!("http://{address}"));
    let out = load(&dir, "crm.invalid", &[]);
    assert_eq!(code(&out), (4, "proxy-refused".to_owned()), "{}", out.stderr);
    assert!(out.stderr.contains("HTTPS_PROXY"));
    let asked = String::from_utf8_lossy(&seen.lock().unwrap()).into_owned();
    assert!(asked.starts_with("CONNECT crm.invalid:443") && !asked.contains(TOKEN), "{asked}");
    // Loopback needs no proxy, whatever the environment says.
    let crm = Scripted::start(Vec::new());
    assert_eq!(load(&dir, &crm.url(), &[]).code, 0);
}

#[test]
fn a_connection_is_used_again_and_given_up_before_the_server_does() {
    let dir = Workdir::with_samples();
    let crm = Scripted::start(Vec::new());
    assert_eq!(load(&dir, &crm.url(), &[]).code, 0);
    assert_eq!((crm.seen().len(), crm.connections()), (3, 1), "one connection for three requests");
    // The first connection is older than an idle one may be when the wait is over.
    let wait = Rule {
        on: Some("1".to_owned()),
        status: Some(429),
        headers: vec!["retry-after: 5".to_owned()],
        ..Rule::default()
    };
    let crm = Scripted::start(vec![wait]);
    assert_eq!(load(&dir, &crm.url(), &["--patience", "20s"]).code, 0);
    assert_eq!((crm.seen().len(), crm.connections()), (4, 2), "the idle connection was not trusted");
}

#[test]
fn an_answer_that_is_too_long_costs_next_to_nothing() {
    const SOCKET_BUFFERS: usize = 12 * 1024 * 1024;
    for (ending_of, most) in [("announced", SOCKET_BUFFERS), ("endless", SOCKET_BUFFERS)] {
        let dir = Workdir::with_samples();
        let crm = Scripted::start(ending("1", ending_of));
        let start = Instant::now();
        let out = load(&dir, &crm.url(), &[]);
        assert_eq!((out.code, &out.json()["records"]["unknown"]), (5, &10.into()), "{}", out.stderr);
        assert!(start.elapsed() < Duration::from_secs(20));
        let taken = crm.bytes_out();
        assert!(taken < most, "{ending_of}: {taken} bytes of a gigabyte were taken");
    }
}

#[test]
fn the_deadline_is_of_the_whole_exchange() {
    let dir = Workdir::with_samples();
    let crm = Scripted::start(ending("1", "drip"));
    let start = Instant::now();
    let out = load(&dir, &crm.url(), &["--timeout", "500ms"]);
    assert_eq!((out.code, &out.json()["problems"][0]["code"]), (5, &"no-answer".into()), "{}", out.stderr);
    assert!(start.elapsed() < Duration::from_secs(9), "ten seconds of dripping were not waited for");
}

#[test]
fn bodies_are_compressed_where_the_profile_says_so() {
    for (profile, packed) in [("", false), ("gzip = true\n", true)] {
        let dir = Workdir::with_samples();
        dir.write("cartera.toml", &format!("[profile.default]\nrate = \"1000/s\"\n{profile}"));
        let crm = Scripted::start(Vec::new());
        assert_eq!(load(&dir, &crm.url(), &[]).code, 0);
        let seen = crm.seen();
        assert!(seen.iter().all(|request| request.keys.len() == 10), "the records arrived");
        assert!(seen.iter().all(|request| request.head.contains("content-encoding: gzip") == packed));
        let sandbox = dir.spawn_sandbox(&[]);
        assert_eq!(load(&dir, &format!("http://{}", sandbox.address()), &[]).code, 0);
        let sizes: Vec<usize> = sandbox.requests().iter().map(|request| request.bytes).collect();
        assert!(sizes.iter().all(|bytes| (*bytes < 900) == packed), "as many as were sent: {sizes:?}");
        assert_eq!(stored_records(&dir.path("crm")).len(), 30);
    }
}

/// What a form holds are files, most of them compressed: it leaves as it is, whatever the setting says.
#[test]
fn a_form_with_files_is_not_compressed() {
    let dir = Workdir::with_samples();
    dir.write("cartera.toml", "[profile.default]\nrate = \"1000/s\"\ngzip = true\n");
    std::fs::write(dir.path("carta.pdf"), "una carta").unwrap();
    dir.write("f.csv", "Clave;Adjunto\n1900000000;carta.pdf\n1900000001;\n");
    dir.write(
        "m.toml",
        "target = \"cases\"\n[case]\ncase-type = { constant = \"Request\" }\nresponsible = { constant = \"a@b\" }\n\
         owner = { constant = \"a@b\" }\ncontact = { constant = \"c@example.com\" }\ndescription = \"Clave\"\n\
         status = { constant = \"open\" }\npriority = { constant = \"low\" }\nfile = \"Adjunto\"\n",
    );
    let crm = Scripted::start(Vec::new());
    let url = crm.url();
    let args = ["load", "f.csv", "-m", "m.toml", "--server", &url, "--operation", "op", "--json"];
    let out = dir.run_with_token(&args);
    assert_eq!((out.code, crm.seen().len()), (0, 2), "{}{}", out.stdout, out.stderr);
    for seen in crm.seen() {
        assert!(
            seen.head.contains("multipart/form-data") && !seen.head.contains("content-encoding"),
            "{}",
            seen.head
        );
        let body = String::from_utf8(seen.body).unwrap();
        assert!(body.contains("name=\"operation\"\r\n\r\nop\r\n"), "{body}");
        assert_eq!(body.contains("una carta"), body.contains("1900000000"), "{body}");
    }
}
