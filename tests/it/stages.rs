//! Killed at each stage of a run (`S0` to `S12`): while reading, planning, waiting for its turn, before, in the middle of
//! and after a request, while it looks for records, while the report is written, while old runs are forgotten, while a
//! stored ledger is brought to the present schema.
//!
//! The server keeps its own book. Whatever the moment: nothing that counts as loaded is missing there, nothing is
//! stored twice while unknown outcomes are held, no more is held than was under way, and no report is half a file.

use std::time::{Duration, Instant};

use crate::support::dice::is_full;
use crate::support::scripted::{Rule, Scripted};
use crate::support::workdir::{Running, SMALL_MAPPING, Workdir, repository};

const RECORDS: u64 = 40;
const CHUNK: u64 = 5;
const CONCURRENCY: u64 = 2;

/// Kills at each stage; a hundred when the variable is set.
fn kills() -> u32 {
    if is_full() { 100 } else { 3 }
}

/// One stage: its name, what the server does, and whether the moment has come in the kill of a number.
struct Stage {
    name: &'static str,
    serve: Vec<Rule>,
    rate: &'static str,
    reads_back: bool,
    is_due: fn(&Workdir, &Scripted, Duration, u32) -> bool,
}

fn stage(
    name: &'static str,
    serve: Vec<Rule>,
    is_due: fn(&Workdir, &Scripted, Duration, u32) -> bool,
) -> Stage {
    Stage { name, serve, rate: "500/s", reads_back: false, is_due }
}

fn ending(ending: &str) -> Vec<Rule> {
    vec![Rule { on: Some("3-".into()), ending: Some(ending.into()), stored: true, ..Rule::default() }]
}

fn stages() -> Vec<Stage> {
    let rejected = r#"{"code":200,"success":false,"summary":{"successful_inserts":{ok},"failed_count":1,"failed_Sumary":["{first}"]}}"#;
    let rejects = Rule { on: Some("1".into()), stored: true, body: Some(rejected.into()), ..Rule::default() };
    let breaks =
        Rule { on: Some("2".into()), stores: Some(3), ending: Some("reset".into()), ..Rule::default() };
    let answers_late = Rule { asks: Some(true), ending: Some("late-5".into()), ..Rule::default() };
    vec![
        stage("S0 settings", Vec::new(), |_, _, time, kill| time.as_millis() >= u128::from(kill % 8)),
        stage("S1-S2 reading", Vec::new(), |dir, _, time, kill| {
            dir.state("ledger.sqlite").exists() && time.as_millis() >= u128::from(kill % 40)
        }),
        stage("S3 the plan", Vec::new(), |dir, _, _, kill| {
            let log = std::fs::metadata(dir.state("ledger.sqlite-wal")).map_or(0, |file| file.len());
            log > u64::from(kill % 20) * 8192
        }),
        Stage {
            rate: "8/s",
            ..stage("S4 its turn", Vec::new(), |_, crm, _, kill| crm.seen().len() > 2 + (kill % 4) as usize)
        },
        stage("S5 the intent", Vec::new(), |_, crm, _, _| crm.connections() > 0),
        stage("S7 the request", ending("silent"), |_, crm, _, _| crm.seen().len() >= 3),
        stage("S8 the answer", ending("drip"), |_, crm, _, _| crm.seen().len() >= 3),
        stage("S9-S10 the verdict", Vec::new(), |_, crm, _, kill| crm.seen().len() > (kill % 8) as usize),
        stage(
            "a split",
            vec![Rule { holds: Some(7), status: Some(400), ..Rule::default() }],
            |_, crm, _, kill| crm.seen().len() > (kill % 12) as usize,
        ),
        Stage {
            reads_back: true,
            ..stage("looking for records", vec![breaks, answers_late], |_, crm, _, kill| {
                crm.asked().len() > (kill % 6) as usize
            })
        },
        stage("S11 the report", vec![rejects], |dir, _, _, kill| {
            let files = std::fs::read_dir(dir.path("cartera-1")).map_or(0, Iterator::count);
            dir.path("cartera-1").exists() && files >= (kill % 4) as usize
        }),
    ]
}

fn kill_when(child: &mut Running, is_due: impl Fn(Duration) -> bool) {
    let start = Instant::now();
    while !is_due(start.elapsed()) && !child.has_ended() {
        assert!(start.elapsed() < Duration::from_mins(1), "the moment never came");
        std::thread::yield_now();
    }
    child.kill();
}

#[test]
fn killed_at_each_stage_nothing_is_lost_and_nothing_is_sent_twice() {
    let mut all = 0;
    for stage in stages() {
        let (mut held, mut most) = (0, 0);
        for kill in 0..kills() {
            let mut dir = Workdir::with_samples();
            dir.write_portfolio("f.csv", u32::try_from(RECORDS).unwrap());
            if stage.reads_back {
                dir.set("CARTERA_READ_BACK", "true");
            }
            let crm = Scripted::start(stage.serve.clone());
            let url = crm.url();
            let load = ["load", "f.csv", "-m", "m.toml", "--server", &url, "--operation", "op"];
            let more =
                ["--rate", stage.rate, "--chunk-size", "5", "--concurrency", "2", "--burst", "2", "--quiet"];
            let mut child = dir.start_with_token(&[&load[..], &more].concat());
            kill_when(&mut child, |time| (stage.is_due)(&dir, &crm, time, kill));
            let of_kill = check(&dir, &crm, &format!("{}, kill {kill}", stage.name));
            (held, most) = (held + of_kill, most.max(of_kill));
        }
        println!("{}: {} kills, {held} held in all, {most} at most in one", stage.name, kills());
        all += held;
    }
    assert!(all > 0, "no kill met a request under way");
}

/// Goes on after a kill; gives how many records are held.
fn check(dir: &Workdir, crm: &Scripted, kill: &str) -> u64 {
    check_reports(dir, kill);
    let before = crm.seen().len();
    let resumed = dir.run_with_token(&["resume", "last", "--rate", "1000/s", "--timeout", "1s", "--json"]);
    if resumed.code == 1 {
        let code = resumed.json()["error"]["code"].as_str().unwrap_or_default().to_owned();
        assert!(matches!(code.as_str(), "run-not-resumable" | "run-not-found"), "{kill}: {code}");
        assert_eq!(before, 0, "{kill}: sent without a plan");
        return 0;
    }
    let result = resumed.json();
    result.assert_balance();
    let count = |state: &str| result["records"][state].as_u64().unwrap();
    let stored = crm.stored();
    assert!(stored.values().all(|times| *times == 1), "{kill}: stored twice");
    assert!(count("loaded") <= stored.len() as u64, "{kill}: lost");
    assert_eq!(count("loaded") + count("unknown") + count("rejected") + count("unsent"), RECORDS, "{kill}");
    let held = count("unknown");
    // A server that is silent or slow also leaves what resume sends: three chunks, and what is under way beside them.
    let slow = crm.is_slow();
    let most = CONCURRENCY * CHUNK + if slow { (3 + CONCURRENCY) * CHUNK } else { 0 };
    assert!(held <= most, "{kill}: {held} held");
    held
}

/// Whatever stands under the name of a report is whole.
fn check_reports(dir: &Workdir, kill: &str) {
    let summary = dir.path("cartera-1/summary.json");
    if summary.exists() {
        let text = std::fs::read_to_string(summary).unwrap();
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{kill}: half a summary");
    }
    if dir.path("cartera-1/errors.xlsx").exists() {
        assert_eq!(dir.reported("cartera-1/errors.xlsx", "f").len(), 1, "{kill}: half a report");
    }
    let table = dir.path("cartera-1/errors-f.csv");
    if table.exists() {
        assert_eq!(std::fs::read_to_string(table).unwrap().lines().count(), 2, "{kill}: half a table");
    }
}

#[test]
fn killed_in_the_middle_of_a_body_nobody_knows_what_arrived() {
    for kill in 0..kills() {
        let dir = Workdir::with_samples();
        // A body that the system's buffers between the two do not take whole.
        dir.write("m.toml", &format!("{SMALL_MAPPING}[expediente.custom]\nnota = \"Nota\"\n"));
        let note = "nota ".repeat(490);
        let line = |number: u32| {
            format!(
                "{};Deudor {number};d@example.com;3005550000;1;Consumo;1;{note}\n",
                1_900_000_000 + number
            )
        };
        let head = "Cédula;Nombre;Correo;Celular;Nro;Producto;Saldo;Nota\n";
        dir.write("f.csv", &(0..2100).map(line).fold(head.to_owned(), |text, line| text + &line));
        let crm = Scripted::start_deaf(Vec::new(), true);
        let url = crm.url();
        let load =
            ["load", "f.csv", "-m", "m.toml", "--server", &url, "--operation", "op", "--rate", "500/s"];
        let more = ["--chunk-size", "2000", "--max-body", "64M", "--quiet"];
        let mut child = dir.start_with_token(&[&load[..], &more].concat());
        kill_when(&mut child, |_| !crm.seen().is_empty());
        let (came, announced) = crm.unread();
        assert!(came < announced, "kill {kill}: all {announced} bytes had left");
        let out = dir.run_with_token(&["resume", "last", "--rate", "500/s", "--json"]);
        assert_eq!(out.code, 5, "kill {kill}: {}", out.stderr);
        let result = out.json();
        result.assert_balance();
        let count = |state: &str| result["records"][state].as_u64().unwrap();
        assert_eq!((count("unknown"), count("loaded")), (2000, 100), "kill {kill}");
        assert_eq!(crm.stored().len(), 100, "kill {kill}: what is held was not sent again");
    }
    println!("S6 the body: {} kills", kills());
}

#[test]
fn killed_while_it_forgets_or_migrates_the_ledger_is_whole() {
    for command in [&["purge", "--older-than", "0s", "--yes"][..], &["runs"]] {
        let whole = {
            let dir = with_stored(1);
            let start = Instant::now();
            dir.run(command);
            start.elapsed()
        };
        for kill in 0..kills() {
            let dir = with_stored(1 + kill % 6);
            let mut child = dir.start_with_token(command);
            child.kill_after(whole * kill / kills());
            let shown = dir.run(&["show", "1", "--json"]);
            assert_eq!(shown.code, 0, "kill {kill}: {}", shown.stderr);
            assert_eq!(shown.json()["rows_read"], 13, "kill {kill}");
            let listed = dir.run(&["runs", "--json"]).json();
            assert_eq!(
                (&listed[1]["rows_loaded"], &listed[1]["rows_open"]),
                (&7.into(), &6.into()),
                "kill {kill}"
            );
            let again = dir.run(&["purge", "--older-than", "0s", "--yes", "--json"]);
            assert_eq!(again.code, 0, "kill {kill}: {}", again.stderr);
        }
        println!("S12 {}: {} kills", command[0], kills());
    }
}

/// A folder whose state holds the stored ledger of a schema.
fn with_stored(schema: u32) -> Workdir {
    let dir = Workdir::with_samples();
    std::fs::create_dir_all(dir.path("state/locks")).unwrap();
    let stored = repository().join(format!("tests/ledgers/ledger-{schema}.sqlite"));
    std::fs::copy(stored, dir.state("ledger.sqlite")).unwrap();
    dir
}
