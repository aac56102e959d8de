//! TLS by the real binary against servers of the test's own authority: trusted where the machine or a setting trusts it,
//! and otherwise never spoken to, neither again nor in the open (B4).

use std::path::PathBuf;

use crate::support::post::{Encryption, MailServer};
use crate::support::scripted::Scripted;
use crate::support::tls::{Authority, before};
use crate::support::workdir::{Out, Workdir};

fn load(dir: &Workdir, port: u16) -> Out {
    let server = format!("https://localhost:{port}");
    dir.run_with_token(&[
        "load",
        "f.csv",
        "-m",
        "m.toml",
        "--server",
        &server,
        "--operation",
        "op",
        "--rate",
        "1000/s",
        "--patience",
        "30s",
        "--json",
    ])
}

#[test]
fn a_server_that_the_machine_trusts_is_loaded_into() {
    let mut dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 5);
    let (authority, crm) = (Authority::new(), Scripted::start(Vec::new()));
    authority.write(&dir.path("ca.pem"));
    let port = before(crm.url().trim_start_matches("http://"), authority.server("localhost", None));
    dir.set("SSL_CERT_FILE", dir.path("ca.pem").to_str().unwrap());
    let out = load(&dir, port);
    assert_eq!((out.code, crm.stored().len()), (0, 5), "{}", out.stderr);
}

#[test]
fn a_certificate_that_is_not_good_stops_the_run_before_a_byte_of_it_leaves() {
    let authority = Authority::new();
    for (name, ended, is_trusted, said) in [
        ("localhost", None, false, "nadie conocido garantiza"),
        ("crm.example.com", None, true, "es de otro servidor"),
        ("localhost", Some(2020), true, "venció"),
    ] {
        let mut dir = Workdir::with_samples();
        dir.write_portfolio("f.csv", 5);
        let crm = Scripted::start(Vec::new());
        let trusted = if is_trusted { &authority } else { &Authority::new() };
        trusted.write(&dir.path("ca.pem"));
        dir.set("SSL_CERT_FILE", dir.path("ca.pem").to_str().unwrap());
        let port = before(crm.url().trim_start_matches("http://"), authority.server(name, ended));
        let out = load(&dir, port);
        let error = out.json()["error"]["code"].clone();
        assert_eq!((out.code, error), (4, "connection-untrusted".into()), "{name} {ended:?}: {}", out.stderr);
        assert!(out.stderr.contains(said), "{name} {ended:?}: {}", out.stderr);
        let result = out.json();
        result.assert_balance();
        assert_eq!((&result["records"]["unsent"], &result["upload"]["requests"]), (&5.into(), &1.into()));
        assert!(crm.seen().is_empty());
    }
}

/// A watch that mails what it has done.
fn mailing(port: u16, security: &str, more: &str) -> Workdir {
    let dir = Workdir::with_samples();
    std::fs::create_dir(dir.path("in")).unwrap();
    dir.write_portfolio("in/a.csv", 3);
    std::fs::rename(dir.path("in/a.csv"), dir.path("f.csv")).unwrap();
    std::fs::copy(dir.path("f.csv"), dir.path("in/a.csv")).unwrap();
    dir.write(
        "cartera.toml",
        &format!(
            "[[watch]]\nname = \"banco\"\nfolder = \"in\"\nmapping = \"m.toml\"\nstill = \"0s\"\nsandbox = true\n\
             [notify]\non = [\"done\"]\n[notify.mail]\nserver = \"localhost\"\nport = {port}\nsecurity = \"{security}\"\n\
             from = \"cartera@example.com\"\nto = \"equipo@example.com\"\n{more}"
        ),
    );
    dir
}

fn waiting(dir: &Workdir) -> Vec<PathBuf> {
    let outbox = std::fs::read_dir(dir.state("watch/outbox/waiting")).unwrap();
    outbox
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect()
}

#[test]
fn mail_goes_encrypted_to_a_server_whose_authority_is_named() {
    let authority = Authority::new();
    for security in ["tls", "starttls"] {
        let config = authority.server("localhost", None);
        let encryption =
            if security == "tls" { Encryption::First(config) } else { Encryption::Later(config) };
        let server = MailServer::start_by(encryption);
        let dir = mailing(server.port, security, "ca_file = \"ca.pem\"\n");
        authority.write(&dir.path("ca.pem"));
        let out = dir.run(&["watch", "--once"]);
        let mails = server.taken();
        assert_eq!((out.code, mails.len()), (0, 1), "{security}: {}", out.stderr);
        assert!(mails[0].contains("Subject: cartera: ") && mails[0].contains("a.csv"), "{}", mails[0]);
        let in_the_open = mails[0].split("STARTTLS\r\n").next().filter(|_| security == "starttls");
        assert!(in_the_open.is_none_or(|said| !said.contains("example.com")), "{security}: {}", mails[0]);
        assert!(waiting(&dir).is_empty());
    }
}

#[test]
fn mail_for_a_server_that_nobody_vouches_for_is_kept_back() {
    let authority = Authority::new();
    let untrusted = |name: &str| MailServer::start_by(Encryption::First(authority.server(name, None)));
    for (server, security, trusts) in [
        (untrusted("localhost"), "tls", false),
        (untrusted("mail.example.com"), "tls", true),
        (MailServer::start_by(Encryption::Later(authority.server("localhost", None))), "starttls", false),
        // It does not encrypt at all.
        (MailServer::start(), "starttls", true),
    ] {
        let dir = mailing(server.port, security, if trusts { "ca_file = \"ca.pem\"\n" } else { "" });
        authority.write(&dir.path("ca.pem"));
        let out = dir.run(&["watch", "--once"]);
        assert_eq!(
            (out.code, server.taken().len(), waiting(&dir).len()),
            (0, 0, 1),
            "{security}: {}",
            out.stderr
        );
    }
}

#[test]
fn a_file_of_certificates_that_is_none_is_said_by_the_check() {
    let dir = mailing(9, "tls", "ca_file = \"ca.pem\"\n");
    for text in [None, Some("no soy un certificado")] {
        if let Some(text) = text {
            dir.write("ca.pem", text);
        }
        let out = dir.run(&["watch", "--check", "--json"]);
        assert_eq!(
            (out.code, &out.json()["errors"][0]["code"]),
            (1, &"ca-file-unreadable".into()),
            "{}",
            out.stderr
        );
    }
}
