//! The report as its readers get it: what a run with every kind of failure says, to whom, and what it never shows.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use calamine::{Data, Reader as _, Xlsx, open_workbook};
use cartera::lang::{Lang, Say};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::support::scripted::{Rule, Scripted};
use crate::support::workdir::{Out, SMALL_MAPPING, Workdir, repository};

/// A portfolio with every kind of failure: what is wrong stands in the product's name.
const ROWS: &str = "\
1020000001;Canaria Uno Ñungo;uno@canaria.example;3005550001;0000001;Consumo;1.000,25
1020000002;Canaria Dos;;3005550002;0000002;Sin correo;2.000,00
1020000003;Canaria Tres;;3005550003;0000003;Sin correo;3.000,00
1020000004;Canaria Cuatro;;3005550004;0000004;Sin correo;4.000,00
1020000005;Canaria Cinco;cinco@canaria.example;3005550005;0000005;Sin saldo legible;doce mil
1020000006;Canaria Seis;seis.canaria;3005550006;0000006;Correo malo;6.000,00
1020000007;Canaria Siete;siete@canaria.example;12;0000007;Teléfono malo;7.000,00
1020000008;Canaria Ocho;ocho@canaria.example;3005550008;0000008;Con otra mala;8.000,00
1020000008;Canaria Ocho;ocho@canaria.example;3005550008;0000088;Mala;ocho mil
1020000009;Canaria Nueve;nueve@canaria.example;3005550009;0000009;Consumo;9.000,00
1020000010;Canaria Diez;diez@canaria.example;3005550010;0000010;Consumo;10.000,00
1020000011;Canaria Once;once@canaria.example;3005550011;0000011;Rechazada;11.000,00
1020000012;Canaria Doce;doce@canaria.example;3005550012;0000012;Consumo;12.000,00
1020000013;Canaria Trece;trece@canaria.example;3005550013;0000013;Consumo;13.000,00
1020000014;Canaria Catorce;catorce@canaria.example;3005550014;0000014;Sin respuesta;14.000,00
1020000015;Canaria Quince;quince@canaria.example;3005550015;0000015;Sin respuesta;15.000,00
1020000016;Canaria Dieciséis;dieciseis@canaria.example;3005550016;0000016;Sin enviar;16.000,00
1020000016;Canaria Dieciséis;dieciseis@canaria.example;3005550016;0000016;Sin enviar;16.000,00
";
const HEADER: &str = "Cédula;Nombre;Correo;Celular;Nro;Producto;Saldo\n";

/// Loads it into a server that rejects one record, fails for one request, and is not asked to take the rest.
fn failing_run(dir: &Workdir, args: &[&str]) -> Out {
    dir.write("f.csv", &format!("{HEADER}{ROWS}"));
    dir.write("m.toml", SMALL_MAPPING);
    let said = "Identification {first} ya existe: Canaria Once, once@canaria.example";
    let rejects = Rule {
        on: Some("2".into()),
        body: Some(format!(
            "{{\"code\":200,\"success\":false,\"summary\":{{\"successful_inserts\":{{ok}},\"failed_count\":1,\"failed_Sumary\":[{{\"id\":\"{{first}}\",\"error\":\"{said}\"}}]}}}}"
        )),
        stored: true,
        ..Rule::default()
    };
    let fails = Rule {
        on: Some("3".into()),
        status: Some(500),
        body: Some("{\"message\":\"no se guardó a Canaria Catorce\"}".into()),
        ..Rule::default()
    };
    let crm = Scripted::start(vec![rejects, fails]);
    let url = crm.url();
    let load = [
        "load",
        "f.csv",
        "-m",
        "m.toml",
        "--server",
        &url,
        "--operation",
        "op",
        "--rate",
        "1000/s",
        "--concurrency",
        "1",
        "--chunk-size",
        "3",
        "--limit",
        "8",
        "--operator",
        "Ana Operadora",
        "-vvv",
    ];
    let out = dir.run_with_token(&[&load[..], args].concat());
    assert_eq!(out.code, 4, "{}", out.stderr);
    out
}

fn read(dir: &Workdir, name: &str) -> String {
    std::fs::read_to_string(dir.path(name)).unwrap()
}

/// What names a debtor of the portfolio: identification, name, e-mail, telephone, number of an obligation.
fn canaries() -> BTreeSet<String> {
    let of_row = |row: &str| row.split(';').take(5).map(str::to_owned).collect::<Vec<_>>();
    let all = ROWS.lines().flat_map(of_row);
    all.filter(|text| text.chars().count() > 4).collect()
}

#[test]
fn no_debtor_is_named_but_in_the_error_files() {
    let dir = Workdir::with_samples();
    let out = failing_run(&dir, &[]);
    let mut shown = vec![
        ("the terminal", out.stdout),
        ("the log", out.stderr),
        ("report.html", read(&dir, "cartera-1/report.html")),
        ("certificate.html", read(&dir, "cartera-1/certificate.html")),
        ("summary.json", read(&dir, "cartera-1/summary.json")),
    ];
    for args in
        [&["report", "1", "--json"][..], &["show", "1"], &["runs"], &["explain", "--run", "1", "--row", "7"]]
    {
        shown.push(("another command", dir.run(args).stdout));
    }
    let front = dir.sheet("cartera-1/errors.xlsx", "resumen");
    shown.push(("the first sheet", front.concat().join("\n")));
    for canary in canaries() {
        for (place, text) in &shown {
            assert!(!text.contains(&canary), "{canary} in {place}");
        }
    }
    let whole = dir.csv("cartera-1/errors-f.csv", b';');
    let without = whole.iter().find(|row| row["cartera_row"] == "3").unwrap();
    assert_eq!((without["Cédula"].as_str(), without["Nombre"].as_str()), ("1020000002", "Canaria Dos"));
    let out = dir.run(&["report", "1", "--unmasked"]);
    assert!(out.stdout.contains("1020000002"), "{}", out.stdout);
    assert!(read(&dir, "cartera-1/report.html").contains("seis.canaria"));
}

#[test]
fn the_causes_add_up_to_what_the_books_miss() {
    let dir = Workdir::with_samples();
    let result = failing_run(&dir, &["--json"]).json();
    result.assert_balance();
    let causes = result["causes"].as_array().unwrap();
    let of = |code: &str| causes.iter().find(|cause| cause["code"] == code).unwrap();
    assert_eq!((&causes[0]["code"], &causes[0]["rows"]), (&"missing-required".into(), &3.into()));
    assert_eq!(of("bad-amount")["rows"], 3, "the row that goes with a bad one counts with it");
    assert_eq!(of("crm-rejected")["reason"], "Identification … ya existe: …, …");
    let sum: Decimal =
        causes.iter().map(|cause| cause["money"].as_str().unwrap().parse::<Decimal>().unwrap()).sum();
    let money = |state: &str| result["money"][state].as_str().unwrap().parse::<Decimal>().unwrap();
    assert_eq!(sum, ["invalid", "rejected", "unknown", "unsent"].map(money).into_iter().sum());
    assert_eq!(sum, Decimal::from(86_000));
}

#[test]
fn the_line_that_is_proposed_lets_the_rows_in() {
    let dir = Workdir::with_samples();
    dir.write("f.csv", &format!("{HEADER}{ROWS}"));
    dir.write("m.toml", SMALL_MAPPING);
    let check = ["check", "f.csv", "-m", "m.toml", "--json"];
    let before = dir.run(&check).json();
    let line = before["causes"][0]["mapping_line"].as_str().unwrap();
    assert_eq!(line, "Email = { column = \"Correo\", blank = \"empty\" }");
    dir.write("m.toml", &SMALL_MAPPING.replace("Email = \"Correo\"", line));
    let after = dir.run(&check).json();
    let invalid = |result: &Value| result["books"]["rows_invalid"].as_u64().unwrap();
    assert_eq!((invalid(&before), invalid(&after)), (8, 5));
}

#[test]
fn whoever_sends_is_named_and_a_rehearsal_says_so() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 6);
    let load = ["load", "f.csv", "-m", "m.toml", "--sandbox", "--chunk-size", "2", "--limit", "2"];
    assert_eq!(dir.run(&[&load[..], &["--operator", "Ana Operadora"]].concat()).code, 4);
    assert!(read(&dir, "cartera-1/certificate.html").contains("Ana Operadora"));
    assert_eq!(dir.run(&["resume", "1", "--operator", "Luis O’Neil <x>"]).code, 0);
    let certificate = read(&dir, "cartera-1/certificate.html");
    assert!(certificate.contains("Ana Operadora, Luis O’Neil &lt;x&gt;"), "{certificate}");
    assert!(certificate.contains("Ensayo") && certificate.contains("6.001,50"), "{certificate}");
    dir.run(&["check", "f.csv", "-m", "m.toml"]);
    assert!(dir.path("cartera-2/report.html").exists() && !dir.path("cartera-2/certificate.html").exists());
}

#[test]
fn libreoffice_opens_corrects_and_saves_the_workbook() {
    let dir = Workdir::with_samples();
    failing_run(&dir, &[]);
    let report = dir.path("cartera-1/errors.xlsx");
    if !convert(&dir, &report, "fods") {
        println!("skipped: LibreOffice Calc is not installed");
        return;
    }
    // LibreOffice read the workbook; a cell is corrected in its own format, and it saves the workbook again.
    let flat = read(&dir, "office/errors.fods");
    for text in ["<text:p>doce mil</text:p>", "<text:p>0000005</text:p>", "table:name=\"resumen\""] {
        assert!(flat.contains(text), "{text}");
    }
    dir.write("corrected.fods", &flat.replace("<text:p>doce mil</text:p>", "<text:p>5.000,00</text:p>"));
    assert!(convert(&dir, &dir.path("corrected.fods"), "xlsx"));
    let saved = dir.sheet("office/corrected.xlsx", "f");
    assert_eq!(saved.len(), 1 + 8 + 1, "the header, the invalid rows and the rejected one");
    // Into the stand-in: it is a rehearsal of the same file, with the same mapping.
    let out = dir.run(&["load", "office/corrected.xlsx", "-m", "m.toml", "--sandbox", "--json"]);
    assert_eq!(out.code, 3, "{}", out.stderr);
    let result = out.json();
    assert_eq!((&result["books"]["rows_read"], &result["books"]["rows_loaded"]), (&9.into(), &2.into()));
    assert_eq!(
        result["money"]["loaded"], "16000.00",
        "the corrected row and the one that the CRM had rejected"
    );
}

/// Lets the office program read a file and write it in another format into `office`; false where it is not installed.
fn convert(dir: &Workdir, file: &Path, format: &str) -> bool {
    let profile = format!("-env:UserInstallation=file://{}", dir.path("office-profile").display());
    let mut soffice = Command::new("soffice");
    soffice.args([&profile, "--headless", "--norestore", "--convert-to", format, "--outdir"]);
    soffice.arg(dir.path("office")).arg(file).env("HOME", dir.path("office-profile"));
    let Ok(out) = soffice.output() else { return false };
    let said = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    // Without Calc there is no filter for the file.
    if said.contains("no export filter") || said.contains("could not be loaded") {
        return false;
    }
    assert!(out.status.success() && said.contains("convert"), "{said}");
    true
}

/// Everything that a run with all kinds of failures says, as it was read and approved. To write it anew:
/// `CARTERA_SNAPSHOTS=write cargo test --test it report::`.
#[test]
fn what_is_said_is_what_was_approved() {
    for lang in ["es", "en"] {
        let dir = Workdir::with_samples();
        let out = failing_run(&dir, &["--lang", lang]);
        approve(&format!("terminal.{lang}.txt"), &steady(&out.stdout));
        approve(&format!("report.{lang}.txt"), &steady(&text_of(&read(&dir, "cartera-1/report.html"))));
        approve(
            &format!("certificate.{lang}.txt"),
            &steady(&text_of(&read(&dir, "cartera-1/certificate.html"))),
        );
        approve(&format!("workbook.{lang}.txt"), &steady(&cells_of(&dir.path("cartera-1/errors.xlsx"))));
    }
}

fn approve(name: &str, found: &str) {
    let path = repository().join("tests/it/approved").join(name);
    if std::env::var_os("CARTERA_SNAPSHOTS").is_some_and(|how| how == "write") {
        std::fs::write(&path, found).unwrap();
    }
    let approved = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    for (at, (found, approved)) in found.lines().zip(approved.lines()).enumerate() {
        assert_eq!(found, approved, "{name}, line {}", at + 1);
    }
    assert_eq!(found.lines().count(), approved.lines().count(), "{name}");
}

/// A text without what differs from run to run: days, times, the server's port.
fn steady(text: &str) -> String {
    let today = jiff::Zoned::now().date();
    let text = text.replace(&Lang::Es.day(today), "<day>").replace(&Lang::En.day(today), "<day>");
    let mut page = String::new();
    for line in text.lines() {
        let words: Vec<String> = line.split(' ').map(steady_word).collect();
        writeln!(page, "{}", words.join(" ").trim_end()).unwrap();
    }
    page
}

fn steady_word(word: &str) -> String {
    let is_part = |b: u8| b.is_ascii_digit() || b == b':';
    let is_clock = word.len() >= 5 && word.contains(':') && word.bytes().all(is_part);
    if is_clock {
        "hh:mm".to_owned()
    } else if word.starts_with("(UTC") {
        "<zone>".to_owned()
    } else if let Some(rest) = word.strip_prefix("127.0.0.1:") {
        format!("crm{}", rest.trim_start_matches(|c: char| c.is_ascii_digit()))
    } else {
        word.to_owned()
    }
}

/// The text of a page: a line for each block, without its style, its script and its timeline.
fn text_of(page: &str) -> String {
    let body = page.split_once("<main>").unwrap().1.split_once("</main>").unwrap().0;
    let mut text = String::new();
    let mut rest = body;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(&before.replace('\n', " "));
        let (tag, tail) = after.split_once('>').unwrap();
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        match name {
            "td" | "th" | "dd" => text.push_str(if tag.starts_with('/') { " | " } else { "" }),
            "dt" => text.push_str(if tag.starts_with('/') { ": " } else { "" }),
            "b" | "code" | "span" | "strong" | "label" | "output" | "input" | "rect" => {}
            _ => text.push('\n'),
        }
        rest = tail;
    }
    let unescaped =
        text.replace("&quot;", "\"").replace("&#39;", "'").replace("&lt;", "<").replace("&gt;", ">");
    let lines = unescaped.replace("&amp;", "&");
    let lines = lines.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    // How long the calls took is another time another.
    let [from, to] = [Say::PageTimeHead, Say::PageFactsHead].map(|say| {
        lines.clone().position(|line| [Lang::Es, Lang::En].iter().any(|lang| say.text(*lang) == line))
    });
    let (from, to) = (from.map_or(usize::MAX, |at| at + 1), to.unwrap_or_default());
    let kept = lines.enumerate().filter(|(at, line)| !line.is_empty() && !(from..to).contains(at));
    kept.map(|(_, line)| line).collect::<Vec<_>>().join("\n")
}

/// The cells of a workbook, a line for each row of each sheet.
fn cells_of(path: &Path) -> String {
    let mut workbook: Xlsx<_> = open_workbook(path).unwrap();
    let mut text = String::new();
    for (name, range) in workbook.worksheets() {
        writeln!(text, "== {name}").unwrap();
        for row in range.rows() {
            let cells: Vec<String> = row
                .iter()
                .map(|cell| match cell {
                    Data::String(text) => text.clone(),
                    Data::Empty => "–".to_owned(),
                    number => format!("{number} (#)"),
                })
                .collect();
            writeln!(text, "{}", cells.join(" | ")).unwrap();
        }
    }
    text
}
