//! A run is told in the words of its target, why it stopped in words, and what the CRM repeats of a debtor masked.

use crate::support::scripted::{Rule, Scripted};
use crate::support::workdir::{Out, Workdir};

/// Loads the twin with mistakes of a sample into the stand-in.
fn load(dir: &Workdir, name: &str, lang: &str) -> Out {
    let (file, mapping) = (format!("samples/luna-{name}-faulty.csv"), format!("mappings/luna-{name}.toml"));
    dir.run(&["load", &file, "-m", &mapping, "--sandbox", "--lang", lang, "--again"])
}

#[test]
fn a_run_speaks_of_the_records_of_its_target() {
    let dir = Workdir::with_samples();
    for (name, es, en, is_money) in [
        ("gestiones", "gestiones", "managements", false),
        ("casos", "casos", "cases", false),
        ("actividades", "actividades", "activities", false),
        ("ventas", "registros", "records", false),
        ("pagos", "obligaciones", "obligations", true),
        ("obligaciones", "obligaciones", "obligations", true),
    ] {
        for (lang, unit, money) in [("es", es, "dinero"), ("en", en, "money")] {
            let out = load(&dir, name, lang);
            assert_eq!(out.code, 3, "{name}: {}", out.stderr);
            let shown = dir.run(&["show", "last", "--lang", lang]).stdout;
            for page in [&out.stdout, &shown] {
                let heading =
                    page.lines().find(|line| line.contains(if lang == "es" { "filas  " } else { "rows  " }));
                let words: Vec<&str> = heading.unwrap_or_default().split_whitespace().collect();
                assert_eq!(words[1], unit, "{name}: {page}");
                assert_eq!(words.get(2).copied(), is_money.then_some(money), "{name}: {page}");
                assert_eq!(
                    page.contains(&format!("· {money}: ")),
                    is_money && *page == out.stdout,
                    "{name}: {page}"
                );
            }
            let folder = dir.run(&["show", "last", "--json"]).json()["run"].to_string();
            for report in ["report.html", "certificate.html"] {
                let page = std::fs::read_to_string(dir.path(&format!("cartera-{folder}/{report}"))).unwrap();
                assert!(page.contains(&format!(">{unit}<")), "{name}: {report}");
                assert!(name == "ventas" || !page.contains(">expedientes<"), "{name}: {report}");
            }
        }
    }
}

#[test]
fn a_hole_is_told_until_its_id_is_known_and_then_the_id() {
    let dir = Workdir::with_samples();
    let row = ["--run", "last", "--row", "3", "--lang", "es"];
    // Nobody is in the CRM yet.
    assert_eq!(load(&dir, "gestiones", "es").code, 3);
    let shown = dir.run(&["show", "last", "--chunk", "1"]).stdout;
    assert!(shown.contains("(el id del CRM, que se busca con 19****51)"), "{shown}");
    let whole = dir.run(&["show", "last", "--chunk", "1", "--unmasked"]).stdout;
    assert!(whole.contains("(el id del CRM, que se busca con 19"), "{whole}");
    let explained = dir.run(&[&["explain"], &row[..]].concat()).stdout;
    assert!(explained.contains("(el id del CRM, que se busca con 19****51)"), "{explained}");
    assert!(explained.contains("rechazada por el CRM [record-not-found]"), "{explained}");
    assert!(explained.contains("gestión 1 de la fila:") && !explained.contains("expediente,"), "{explained}");
    for page in [shown, whole, explained] {
        assert!(!page.contains("$lookup"), "{page}");
    }
    let portfolio = ["load", "samples/almacenes-luna.csv", "-m", "mappings/almacenes-luna.toml", "--sandbox"];
    assert_eq!(dir.run(&portfolio).code, 0);
    assert_eq!(load(&dir, "gestiones", "es").code, 3);
    let whole = dir.run(&["show", "last", "--chunk", "1", "--unmasked", "--json"]).json();
    let id = whole["body"]["fields"]["wolkvox_idRecord"].as_str().unwrap_or_default().to_owned();
    assert!(!id.is_empty(), "what was sent is shown: {}", whole["body"]);
    let explained = dir.run(&[&["explain", "--unmasked"], &row[..]].concat()).stdout;
    assert!(explained.contains(&id), "{explained}");
}

#[test]
fn what_the_crm_repeats_of_a_debtor_is_masked_in_show() {
    let body = r#"{"code":400,"error":"BAD REQUEST","msg":"Deudor Inventado 0 (1900000000) no sirve"}"#;
    let refused = Rule { body: Some(body.to_owned()), status: Some(400), ..Rule::default() };
    let unclear = Rule {
        on: Some("2-".to_owned()),
        body: Some("error con Deudor Inventado 1, d1@example.com".to_owned()),
        status: Some(500),
        ..Rule::default()
    };
    for (rule, args) in [(refused, ["--chunk", "1"]), (unclear, ["--chunk", "2"])] {
        let dir = Workdir::with_samples();
        dir.write_portfolio("f.csv", 2);
        let crm = Scripted::start(vec![rule]);
        let url = crm.url();
        let load =
            ["load", "f.csv", "-m", "m.toml", "--server", &url, "--operation", "op", "--rate", "1000/s"];
        dir.run_with_token(&[&load[..], &["--chunk-size", "1"]].concat());
        let show = [&["show", "1"], &args[..]].concat();
        for flags in [&[][..], &["--json"]] {
            let masked = dir.run(&[&show[..], flags].concat()).stdout;
            assert!(masked.contains("****"), "{masked}");
            for of_debtor in ["Deudor Inventado", "1900000", "example.com"] {
                assert!(!masked.contains(of_debtor), "{of_debtor}: {masked}");
            }
        }
        let whole = dir.run(&[&show[..], &["--unmasked"]].concat()).stdout;
        assert!(whole.contains("Deudor Inventado"), "{whole}");
        let unknown = dir.run(&["show", "1", "--unknown"]).stdout;
        assert!(!unknown.contains("Deudor Inventado"), "{unknown}");
    }
}

#[test]
fn why_a_run_stopped_is_said_in_words() {
    for (status, body, es, en) in [
        (
            401,
            r#"{"code":401,"error":"UNAUTHORIZED"}"#,
            "el CRM no acepta el token [token-refused]",
            "the CRM does not accept the token [token-refused]",
        ),
        (
            403,
            r#"{"code":403,"msg":"TOKEN LIMIT EXCEEDED"}"#,
            "no quedan llamadas por hoy [quota-ended]",
            "no calls are left today [quota-ended]",
        ),
    ] {
        let dir = Workdir::with_samples();
        dir.write_portfolio("f.csv", 2);
        let rule = Rule { status: Some(status), body: Some(body.to_owned()), ..Rule::default() };
        let crm = Scripted::start(vec![rule]);
        let url = crm.url();
        let load =
            ["load", "f.csv", "-m", "m.toml", "--server", &url, "--operation", "op", "--patience", "1s"];
        assert_ne!(dir.run_with_token(&load).code, 0);
        for (lang, said) in [("es", format!("motivo: {es}")), ("en", format!("reason: {en}"))] {
            let shown = dir.run(&["show", "1", "--lang", lang]).stdout;
            assert!(shown.contains(&said), "{shown}");
        }
        assert!(dir.run(&["show", "1", "--json"]).json()["stop"].is_string());
    }
}
