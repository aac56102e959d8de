//! What a user may do wrong: one clear sentence, the next step, the right exit code, and nothing sent.

use crate::support::workdir::Workdir;

#[test]
fn each_mistake_has_its_code_and_exit() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 3);
    dir.write("empty.csv", "");
    dir.write("header.csv", "Cédula;Nombre;Correo;Celular;Nro;Producto;Saldo\n");
    dir.write("other.csv", "A;B\n1;2\n");
    dir.write("pdf.xlsx", "%PDF-1.7");
    dir.write("page.xls", "<html><body>login</body></html>");
    dir.write("broken.xlsx", "PK\u{3}\u{4}nothing of a workbook");
    dir.write("dates.csv", "Cédula;Nombre;Correo;Celular;Nro;Producto;Vence\n1001;Ana Paz;a@example.com;3005550001;1;C;01/02/2026\n");
    dir.write(
        "dates.toml",
        &crate::support::workdir::SMALL_MAPPING
            .replace("total_balance = \"Saldo\"", "expiring_date = \"Vence\""),
    );
    dir.write("bad.toml", "target = \"collections\"\n[expediente]\nNme = \"x\"\n");
    dir.write("syntax.toml", "target = ");
    for (args, code) in [
        (vec!["load", "none.csv", "-m", "m.toml", "--sandbox"], "file-not-found"),
        (vec!["load", "empty.csv", "-m", "m.toml", "--sandbox"], "file-empty"),
        (vec!["load", "header.csv", "-m", "m.toml", "--sandbox"], "file-empty"),
        (vec!["load", "other.csv", "-m", "m.toml", "--sandbox"], "mapping-unknown-column"),
        (vec!["load", "pdf.xlsx", "-m", "m.toml", "--sandbox"], "file-unknown"),
        (vec!["load", "page.xls", "-m", "m.toml", "--sandbox"], "file-unknown"),
        (vec!["load", "broken.xlsx", "-m", "m.toml", "--sandbox"], "file-damaged"),
        (vec!["load", "dates.csv", "-m", "dates.toml", "--sandbox"], "date-format-unproved"),
        (vec!["load", "f.csv", "--sandbox"], "mapping-not-given"),
        (vec!["load", "f.csv", "-m", "none.toml", "--sandbox"], "file-not-found"),
        (vec!["load", "f.csv", "-m", "bad.toml", "--sandbox"], "mapping-unknown-field"),
        (vec!["load", "f.csv", "-m", "syntax.toml", "--sandbox"], "mapping-syntax"),
        (vec!["load", "f.csv", "-m", "m.toml"], "no-server"),
        (vec!["load", "f.csv", "-m", "m.toml", "--server", "127.0.0.1:1"], "no-operation"),
        (vec!["load", "f.csv", "-m", "m.toml", "--server", "127.0.0.1:1", "--operation", "o"], "no-token"),
        (
            vec!["load", "f.csv", "-m", "m.toml", "--server", "http://crm.example.com", "--operation", "o"],
            "plain-http",
        ),
        (vec!["load", "f.csv", "-m", "m.toml", "--sandbox", "--profile", "prod"], "profile-not-found"),
        (vec!["resume", "9"], "run-not-found"),
        (vec!["retry", "last"], "run-not-found"),
        (vec!["sandbox", "--listen", "0.0.0.0:0"], "sandbox-failed"),
    ] {
        // A folder of its own, so that no run of another line is there.
        let state = format!("state-{}", args.join("-").replace(['/', ':'], "_"));
        let out = dir.run(&[&args[..], &["--json", "--state", &state]].concat());
        assert_eq!(out.code, 1, "{args:?}: {}", out.stderr);
        let result = out.json();
        assert_eq!(result["error"]["code"], code, "{args:?}");
        assert_eq!(result["status"], "refused");
        assert!(out.stderr.contains("No se pudo") && out.stderr.contains("Qué hacer"), "{}", out.stderr);
        assert!(!out.stderr.contains("panicked") && !out.stderr.contains('{'), "{}", out.stderr);
    }
}

#[test]
fn usage_is_the_parsers() {
    let dir = Workdir::with_samples();
    for args in [
        vec!["load"],
        vec!["nonsense"],
        vec!["load", "f", "--rate", "fast"],
        vec!["load", "f", "--lang", "xx"],
    ] {
        assert_eq!(dir.run(&args).code, 2, "{args:?}");
    }
    for args in [
        vec!["--help"],
        vec!["--version"],
        vec!["load", "--help"],
        vec!["completions", "bash"],
        vec!["targets"],
    ] {
        assert_eq!(dir.run(&args).code, 0, "{args:?}");
    }
}

#[test]
fn a_check_is_nothing_to_resume() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 3);
    assert_eq!(dir.run(&["check", "f.csv", "-m", "m.toml"]).code, 0);
    assert_eq!(dir.run(&["resume", "last", "--json"]).json()["error"]["code"], "run-is-check");
}

#[test]
fn both_languages_say_the_same_thing() {
    let dir = Workdir::with_samples();
    for (lang, words) in [("es", ["leídas", "cargadas", "Informe"]), ("en", ["read", "loaded", "Report"])] {
        let out = dir.run(&[
            "load",
            "samples/cooperativa-faulty.csv",
            "-m",
            "mappings/cooperativa.toml",
            "--sandbox",
            "--lang",
            lang,
        ]);
        assert_eq!(out.code, 3);
        for word in words {
            assert!(out.stdout.contains(word), "{word} in {}", out.stdout);
        }
        let help = dir.run(&["load", "--help", "--lang", lang]).stdout;
        assert!(help.contains(if lang == "es" { "Opciones" } else { "Options" }), "{help}");
    }
}

#[test]
fn a_foreign_ledger_is_left_alone() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 3);
    std::fs::create_dir(dir.path("other")).unwrap();
    dir.write(
        "other/ledger.sqlite",
        "this is somebody's diary, and no database at all; it is long enough to be read as one",
    );
    let before = std::fs::read(dir.path("other/ledger.sqlite")).unwrap();
    let out = dir.run(&["load", "f.csv", "-m", "m.toml", "--sandbox", "--state", "other", "--json"]);
    assert_eq!(
        (out.code, out.json()["error"]["code"].as_str()),
        (1, Some("ledger-foreign")),
        "{}",
        out.stderr
    );
    assert_eq!(std::fs::read(dir.path("other/ledger.sqlite")).unwrap(), before);
}

#[test]
fn a_closed_pipe_is_no_panic() {
    use std::process::Stdio;

    let dir = Workdir::with_samples();
    let mut child = dir
        .command(&["load", "samples/cooperativa-faulty.csv", "-m", "mappings/cooperativa.toml", "--sandbox"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let out = child.wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(3));
    assert!(!String::from_utf8_lossy(&out.stderr).contains("panicked"));
}
