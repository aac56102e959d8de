//! The token is nowhere: not in logs at trace level, the ledger, the reports, error texts or argument lists.

use crate::support::workdir::{TOKEN, Workdir};

#[test]
fn no_token_is_found_anywhere() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 300);
    // The stand-in's own store holds what was sent; the token is no part of that either.
    let crm =
        dir.spawn_sandbox(&["--fault", "reject@1", "--fault", "reset-after@2", "--fault", "bad-token@4-"]);
    let mut said = String::new();
    let load = crm.load(&["--rate", "1000/s", "-vvv"]);
    for format in ["text", "json"] {
        let args = [&load[..], &["--log-format", format, "--again", "--chunk-size", "60"]].concat();
        let mut child = dir.start_with_token(&args);
        said.push_str(&child.command_line());
        let out = child.wait();
        said.push_str(&out.stdout);
        said.push_str(&out.stderr);
    }
    for args in [
        vec!["show", "1"],
        vec!["show", "1", "--chunk", "1", "--unmasked"],
        vec!["runs", "--json"],
        vec!["resume", "1", "-vvv"],
    ] {
        let out = dir.run_with_token(&args);
        said.push_str(&out.stdout);
        said.push_str(&out.stderr);
    }
    dir.write("token", &format!("{TOKEN}\n"));
    let out = dir.run(&[&load[..], &["--token-file", "token", "--again"]].concat());
    said.push_str(&out.stdout);
    said.push_str(&out.stderr);
    assert!(said.contains("sending") && said.contains("answered"), "the log was on");
    assert!(!said.contains(TOKEN), "the token was said");
    std::fs::remove_file(dir.path("token")).unwrap();
    let files = dir.all_files();
    assert!(files.iter().any(|path| path.ends_with("ledger.sqlite")), "{files:?}");
    for path in files {
        let bytes = std::fs::read(&path).unwrap();
        let found = bytes.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes());
        assert!(!found, "the token is in {}", path.display());
    }
}

#[test]
#[cfg(unix)]
fn what_is_kept_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let dir = Workdir::with_samples();
    assert_eq!(
        dir.run(&["load", "samples/cooperativa-faulty.csv", "-m", "mappings/cooperativa.toml", "--sandbox"])
            .code,
        3
    );
    let private =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode().trailing_zeros() >= 6;
    assert!(private(&dir.path("state")) && private(&dir.path("cartera-1")));
    for path in dir
        .all_files()
        .into_iter()
        .filter(|path| path.starts_with(dir.path("state")) || path.starts_with(dir.path("cartera-1")))
    {
        assert!(private(&path), "{} can be read by others", path.display());
    }
}

#[test]
fn debtors_are_not_in_the_log() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 50);
    let out = dir.run(&["load", "f.csv", "-m", "m.toml", "--sandbox", "-vvv", "--json"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    for personal in ["Deudor", "@example.com", "19000000"] {
        assert!(!out.stderr.contains(personal), "{personal} was logged");
    }
}
