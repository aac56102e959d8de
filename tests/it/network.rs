//! Names that are not found, connections that break off, and an address where nobody answers, as the binary meets them
//! (B1, B2, B6, B15).

use std::io::Read as _;
use std::net::TcpListener;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
use std::net::{SocketAddr, TcpStream};
#[cfg(all(target_os = "linux", target_env = "gnu"))]
use std::time::{Duration, Instant};

#[cfg(all(target_os = "linux", target_env = "gnu"))]
use crate::support::failing;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
use crate::support::scripted::{Rule, Scripted};
#[cfg(all(target_os = "linux", target_env = "gnu"))]
use crate::support::workdir::TOKEN;
use crate::support::workdir::{Out, Workdir};

/// Loads 40 records in 8 chunks while names are not found, from a so-many-th question on.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn load_failing(dir: &Workdir, server: &str, failing: &str, patience: &str) -> Out {
    dir.write_portfolio("f.csv", 40);
    let args = ["load", "f.csv", "-m", "m.toml", "--server", server, "--operation", "op", "--rate", "1000/s"];
    let more = ["--chunk-size", "5", "--patience", patience, "--json"];
    let mut command = dir.command(&[&args[..], &more].concat());
    command.env("CARTERA_TOKEN", TOKEN).env("FAILING", failing).env("LD_PRELOAD", failing::library());
    Out::of(command.output().unwrap())
}

/// A server that is asked for by its name for every request.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn closing() -> (Scripted, String) {
    let closes = Rule { headers: vec!["connection: close".into()], stored: true, ..Rule::default() };
    let crm = Scripted::start(vec![closes]);
    let server = crm.url().replace("127.0.0.1", "localhost");
    (crm, server)
}

#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn a_name_that_does_not_exist_is_not_asked_for_endlessly() {
    // EAI_NONAME, with half an hour of patience.
    let dir = Workdir::with_samples();
    let (crm, server) = closing();
    let out = load_failing(&dir, &server, "name 1 -2", "30m");
    let result = out.json();
    result.assert_balance();
    assert_eq!((out.code, &result["error"]["code"]), (4, &"crm-down".into()), "{}", out.stderr);
    assert!(out.stderr.contains("no se encuentra ese servidor"), "{}", out.stderr);
    assert_eq!((&result["upload"]["requests"], crm.seen().len()), (&3.into(), 0));
    assert_eq!(dir.run_with_token(&["resume", "last", "--rate", "1000/s"]).code, 0);
}

#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn a_name_service_that_fails_for_a_while_is_waited_for() {
    // EAI_AGAIN: two failures in the middle, and then for good.
    let dir = Workdir::with_samples();
    let (crm, server) = closing();
    let out = load_failing(&dir, &server, "name 3 -3 2", "30s");
    assert_eq!((out.code, crm.stored().len(), crm.seen().len()), (0, 40, 8), "{}", out.stderr);
    assert_eq!(out.json()["upload"]["requests"], 10, "two of them found no name");
    let dir = Workdir::with_samples();
    let (crm, server) = closing();
    let out = load_failing(&dir, &server, "name 3 -3", "1s");
    let result = out.json();
    result.assert_balance();
    assert_eq!((out.code, &result["error"]["code"]), (4, &"crm-down".into()), "{}", out.stderr);
    assert_eq!((&result["records"]["loaded"], &result["records"]["unsent"]), (&10.into(), &30.into()));
    assert!(crm.seen().len() == 2 && crm.stored().values().all(|times| *times == 1));
}

/// An address where connections are neither taken nor refused, as in a net that drops what it does not know; nothing where
/// this machine has no IPv6. It holds as long as what is given.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn black_hole(address: SocketAddr) -> Option<(TcpListener, Vec<TcpStream>)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let listener = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v6().ok()?;
        socket.bind(address).ok()?;
        socket.listen(0).ok()?.into_std().ok()
    })?;
    // Who finds its queue full gets no answer.
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
        waiting.push(stream);
        assert!(waiting.len() < 100, "the queue of connections does not fill");
    }
    Some((listener, waiting))
}

#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn an_ipv6_address_where_nobody_answers_is_given_up_for_the_ipv4_one() {
    let crm = Scripted::start(Vec::new());
    let port = crm.url().rsplit(':').next().unwrap().to_owned();
    let Some(_hole) = black_hole(format!("[::1]:{port}").parse().unwrap()) else {
        eprintln!("not tried: there is no IPv6 on this machine");
        return;
    };
    let load = |host: &str, more: &[&str]| {
        let dir = Workdir::with_samples();
        dir.write_portfolio("f.csv", 40);
        let server = format!("http://{host}:{port}");
        let args =
            ["load", "f.csv", "-m", "m.toml", "--server", &server, "--operation", "op", "--rate", "1000/s"];
        let mut command = dir.command(&[&args[..], &["--chunk-size", "5", "--json"], more].concat());
        command.env("CARTERA_TOKEN", TOKEN).env("FOUND", "::1").env("LD_PRELOAD", failing::library());
        Out::of(command.output().unwrap())
    };
    // Alone it is a CRM that is away.
    let away = load("[::1]", &["--timeout", "1s", "--patience", "0s"]);
    assert_eq!((away.code, &away.json()["error"]["code"], crm.seen().len()), (4, &"crm-down".into(), 0));
    // As one of two it costs a moment, not the whole time for a connection.
    let begun = Instant::now();
    let out = load("localhost", &[]);
    assert_eq!((out.code, crm.seen().len(), crm.stored().len()), (0, 8, 40), "{}", out.stderr);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

/// The server takes the beginning of a body and breaks off: it may have read more than it says.
#[test]
fn a_reset_while_the_body_is_being_sent_is_unknown() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().take(20).flatten() {
            // What was not read makes the system answer with a reset.
            stream.read_exact(&mut [0; 1024]).ok();
        }
    });
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 8000);
    let args =
        ["load", "f.csv", "-m", "m.toml", "--server", &server, "--operation", "op", "--rate", "1000/s"];
    let more = ["--chunk-size", "2000", "--max-body", "4194304", "--json"];
    let out: Out = dir.run_with_token(&[&args[..], &more].concat());
    let result = out.json();
    result.assert_balance();
    assert_eq!((out.code, &result["error"]["code"]), (4, &"unknown-streak".into()), "{}", out.stderr);
    assert_eq!(result["problems"][0]["code"], "connection-lost");
    assert_eq!((&result["records"]["unknown"], &result["records"]["unsent"]), (&6000.into(), &2000.into()));
}
