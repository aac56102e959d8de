//! What changes between a plan and its resume (A15, A18, E1, E2, E9): the plan stands, and what would not fit is refused.

#[cfg(target_env = "gnu")]
use crate::support::failing;
use crate::support::scripted::Scripted;
use crate::support::workdir::{Out, Workdir, wait_until};
#[cfg(target_env = "gnu")]
use crate::support::workdir::{Running, TOKEN};

/// A run of 40 records of which 10 were sent, and the server it goes to.
fn stopped() -> (Workdir, Scripted) {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 40);
    let crm = Scripted::start(Vec::new());
    let url = crm.url();
    let args = ["load", "f.csv", "-m", "m.toml", "--server", &url, "--operation", "op", "--rate", "1000/s"];
    let out = dir.run_with_token(&[&args[..], &["--chunk-size", "5", "--limit", "10"]].concat());
    assert_eq!((out.code, crm.stored().len()), (4, 10), "{}", out.stderr);
    (dir, crm)
}

fn resume(dir: &Workdir, more: &[&str]) -> Out {
    dir.run_with_token(&[&["resume", "last", "--rate", "1000/s", "--json"], more].concat())
}

/// What somebody makes of a source; nothing where they remove it.
type Edit = fn(&str) -> Option<String>;

#[test]
fn a_source_that_was_edited_or_removed_is_said_and_the_plan_is_sent() {
    let lines = |text: &str, count: usize| text.lines().take(count).collect::<Vec<_>>().join("\n");
    let edits: [(&str, Edit); 4] = [
        ("ya no es como cuando se planeó", |text| Some(text.replace("1.000,25", "9.000,25"))),
        ("ya no es como cuando se planeó", |text| Some(format!("{text}1;x;x@example.com;300;1;C;1\n"))),
        ("ya no es como cuando se planeó", |_| Some(String::new())),
        ("no está en esta carpeta, y no hace falta", |_| None),
    ];
    for (said, edit) in edits {
        let (dir, crm) = stopped();
        let text = std::fs::read_to_string(dir.path("f.csv")).unwrap();
        match edit(&text) {
            Some(other) => dir.write("f.csv", &other),
            None => std::fs::remove_file(dir.path("f.csv")).unwrap(),
        }
        let out = resume(&dir, &[]);
        assert_eq!((out.code, crm.stored().len()), (0, 40), "{}", out.stderr);
        assert!(out.stderr.contains(said), "{said}: {}", out.stderr);
        let bodies = crm.seen().into_iter().flat_map(|seen| seen.body).collect::<Vec<_>>();
        assert_eq!(String::from_utf8(bodies).unwrap().matches("\"1000.25\"").count(), 40);
    }
    // Rewritten as it was it is the same file, whatever its time says.
    let (dir, _crm) = stopped();
    let text = std::fs::read_to_string(dir.path("f.csv")).unwrap();
    dir.write("f.csv", &lines(&text, 2));
    dir.write("f.csv", &text);
    let out = resume(&dir, &[]);
    assert!(out.code == 0 && !out.stderr.contains("f.csv"), "{}", out.stderr);
}

/// Gigabytes, or a share that hangs: here a file whose opening takes until all was sent.
#[test]
#[cfg(target_env = "gnu")]
fn no_request_waits_for_the_source_and_what_it_has_become_is_said_all_the_same() {
    let (dir, crm) = stopped();
    // As long as it was, so that its size does not tell.
    let text = std::fs::read_to_string(dir.path("f.csv")).unwrap();
    dir.write("f.csv", &text.replace("1.000,25", "9.000,25"));
    let mut command = dir.command(&["resume", "last", "--rate", "1000/s", "--json"]);
    command.env("CARTERA_TOKEN", TOKEN).env("HELD", "f.csv").env("LD_PRELOAD", failing::library());
    let resumed = Running::spawn(command);
    wait_until(|| crm.stored().len() == 40);
    wait_until(|| dir.run(&["runs", "--json"]).json()[0]["state"] == "finished");
    dir.write("f.csv.go", "");
    let out = resumed.wait();
    assert_eq!((out.code, out.json()["status"].as_str()), (0, Some("loaded")), "{}", out.stderr);
    assert!(out.stderr.contains("ya no es como cuando se planeó"), "{}", out.stderr);
}

#[test]
fn a_mapping_or_a_chunk_size_that_was_changed_leaves_the_plan_as_it_is() {
    let (mut dir, crm) = stopped();
    dir.write("m.toml", "target = \"cases\"\n");
    dir.set("CARTERA_CHUNK_SIZE", "1");
    dir.set("CARTERA_OPERATOR", "otra persona");
    let out = resume(&dir, &[]);
    assert_eq!((out.code, crm.stored().len(), crm.seen().len()), (0, 40, 8), "{}", out.stderr);
}

#[test]
fn another_server_or_operation_is_refused_and_not_followed() {
    let (dir, crm) = stopped();
    let other = Scripted::start(Vec::new());
    let elsewhere = other.url();
    for more in [["--server", &elsewhere], ["--operation", "otra"]] {
        let profile = format!("[profile.p]\n{} = \"{}\"\n", &more[0][2..], more[1]);
        dir.write("cartera.toml", &profile);
        let out = resume(&dir, &["--profile", "p"]);
        let code = out.json()["error"]["code"].clone();
        assert_eq!((out.code, code), (1, "other-tenant".into()), "{more:?}: {}", out.stderr);
    }
    assert_eq!((other.seen().len(), crm.stored().len()), (0, 10));
}

/// As many as a hasty person starts: one sends, and the others touch nothing.
#[test]
fn of_many_that_start_at_once_one_sends() {
    const STARTED: usize = 12;
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 40);
    let late = crate::support::scripted::Rule {
        stored: true,
        ending: Some("late-100".to_owned()),
        ..Default::default()
    };
    let crm = Scripted::start(vec![late]);
    let url = crm.url();
    let args = ["load", "f.csv", "-m", "m.toml", "--server", &url, "--operation", "op", "--rate", "1000/s"];
    assert_eq!(dir.run_with_token(&[&args[..], &["--chunk-size", "2", "--limit", "2"]].concat()).code, 4);
    let started: Vec<_> =
        (0..STARTED).map(|_| dir.start_with_token(&["resume", "1", "--rate", "1000/s", "--json"])).collect();
    wait_until(|| crm.seen().len() > 1);
    let mut codes: Vec<i32> = started.into_iter().map(|child| child.wait().code).collect();
    codes.sort_unstable();
    let (sent, locked) = codes.split_at(codes.iter().filter(|code| **code == 0).count());
    // Who came when all was sent found nothing left to do.
    assert!(!sent.is_empty() && locked.iter().all(|code| *code == 6), "{codes:?}");
    assert!(locked.len() >= STARTED / 2, "{codes:?}");
    assert!(crm.stored().len() == 40 && crm.stored().values().all(|times| *times == 1));
    assert_eq!(crm.seen().len(), 20);
}
