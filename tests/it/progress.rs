//! What a person sees while a load goes on, on a terminal of a given width and without one.

#[cfg(unix)]
use crate::support::terminal::Terminal;
use crate::support::workdir::{Out, TOKEN, Workdir};

const DEBTORS: u32 = 90;

/// A load of ninety chunks, with answers now and then that ask to wait.
fn arguments<'a>(server: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let load = ["load", "f.csv", "-m", "m.toml", "--server", server, "--operation", "op", "--yes", "--json"];
    [&load[..], &["--rate", "1000/s", "--chunk-size", "1"], more].concat()
}

fn begin() -> (Workdir, crate::support::workdir::Crm) {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", DEBTORS);
    let crm = dir.spawn_sandbox(&["--fault", "retry-after-1@20"]);
    (dir, crm)
}

fn check(out: &Out) {
    let loaded = out.json()["books"]["rows_loaded"].as_u64().unwrap();
    assert_eq!((out.code, loaded), (0, u64::from(DEBTORS)), "{}", out.stderr);
}

/// An event once waited for the display, which waited for the event: a load on a terminal stood still for ever.
#[cfg(unix)]
#[test]
fn a_load_on_a_terminal_comes_to_its_end_and_no_line_wraps() {
    for columns in [60, 80, 120] {
        let (dir, crm) = begin();
        let mut command = dir.command(&arguments(crm.server(), &[]));
        command.env("CARTERA_TOKEN", TOKEN).env("TERM", "xterm");
        let (out, shown) = Terminal::open(columns).run(&mut command);
        check(&out);
        assert!(shown.contains("de 90 envíos"), "{columns}: {shown:?}");
        let drawn = drawn(&shown);
        assert!(drawn.iter().any(|line| line.contains("el CRM pidió esperar")), "{columns}: {shown:?}");
        for line in drawn.iter().filter(|line| !line.starts_with("Plan: ")) {
            // Rows are filled up to the width; one that goes on in the next would not begin with two blanks.
            let cells: Vec<char> = line.chars().collect();
            for row in cells.chunks(usize::from(columns)) {
                assert!(row.starts_with(&[' ', ' ']), "{columns}: {line:?}");
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn nothing_is_drawn_that_was_not_wanted() {
    for more in [&["--no-progress"][..], &["-q"]] {
        let (dir, crm) = begin();
        let mut command = dir.command(&arguments(crm.server(), more));
        let (out, shown) = Terminal::open(80).run(command.env("CARTERA_TOKEN", TOKEN).env("TERM", "xterm"));
        check(&out);
        assert!(!shown.contains("envíos") && !shown.contains('\u{1b}'), "{more:?}: {shown:?}");
    }
    // A terminal that cannot move its cursor gets lines.
    let (dir, crm) = begin();
    let mut command = dir.command(&arguments(crm.server(), &[]));
    let (out, shown) = Terminal::open(80).run(command.env("CARTERA_TOKEN", TOKEN).env("TERM", "dumb"));
    check(&out);
    assert!(shown.contains("enviando: 90 de 90 envíos") && !shown.contains('\u{1b}'), "{shown:?}");
    let (dir, crm) = begin();
    let mut command = dir.command(&arguments(crm.server(), &[]));
    command.env("CARTERA_TOKEN", TOKEN).env("TERM", "xterm-256color").env("NO_COLOR", "1");
    let (out, shown) = Terminal::open(80).run(&mut command);
    check(&out);
    // A sequence that ends with an m sets a colour.
    let mut sequences = shown.split("\u{1b}[").skip(1);
    assert!(sequences.all(|rest| rest.chars().find(char::is_ascii_alphabetic) != Some('m')), "{shown:?}");
    assert!(shown.contains("de 90 envíos"), "{shown:?}");
}

/// What stands between two movements of the cursor.
#[cfg(unix)]
fn drawn(shown: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut chars = shown.chars();
    while let Some(c) = chars.next() {
        match c {
            // A sequence ends with a letter.
            '\u{1b}' => {
                chars.find(char::is_ascii_alphabetic);
            }
            '\r' | '\n' => lines.push(String::new()),
            c => lines.last_mut().unwrap().push(c),
        }
    }
    lines
}

#[test]
fn without_a_terminal_there_are_plain_lines() {
    let (dir, crm) = begin();
    let out = dir.run_with_token(&arguments(crm.server(), &[]));
    check(&out);
    assert!(!out.stderr.contains(['\u{1b}', '\r']), "{:?}", out.stderr);
    let lines: Vec<&str> = out.stderr.lines().collect();
    assert_eq!(lines[0], "leyendo y revisando…");
    assert!(
        lines.last().unwrap().starts_with("enviando: 90 de 90 envíos · 90 expedientes"),
        "{}",
        out.stderr
    );
    assert!(lines.len() <= 8, "{}", out.stderr);
    let english = dir.run_with_token(&arguments(crm.server(), &["--again", "--lang", "en"]));
    assert!(english.stderr.contains("sending: 90 of 90 chunks · 90 records"), "{}", english.stderr);
}
