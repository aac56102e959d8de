//! A night in fast motion: forty files of six creditors over twelve hours of a clock that the test owns, loaded by the
//! real program into a stand-in CRM that goes away, while programs are killed and a disk is full.

#![cfg(unix)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use cartera::lang::{Code, Lang};
use cartera::problem::Result;
use cartera::watch::mail::Channel;
use cartera::watch::program::Program;
use cartera::watch::{Plan, Watcher, settings};
use jiff::{Timestamp, ToSpan as _, Zoned};
use serde_json::Value;

use crate::support::post::HookServer;
use crate::support::store::stored_records;
use crate::support::workdir::{Crm, SMALL_MAPPING, TOKEN, Workdir, wait_until};

const CREDITORS: [&str; 6] = ["andino", "sur", "luna", "pacifico", "norte", "cima"];
const FILES: usize = 40;
/// A round every five minutes, from eight in the evening to eight in the morning.
const ROUNDS: usize = 144;
/// A new file every three rounds.
const EVERY: usize = 3;

/// What is odd about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Oddity {
    None,
    /// It is written in two parts, a round apart.
    Grows,
    /// It has the content of the file six before it, which is the same creditor's.
    Again,
    /// Its columns are not the mapping's.
    Layout,
    /// One of its rows is invalid.
    Row,
    /// It comes under another name first, and somebody has it open.
    Busy,
    /// Its load is killed while a request is under way.
    Killed,
    /// The watcher is killed while its load is under way.
    Orphan,
    /// The disk is full when it is loaded.
    FullDisk,
}

fn oddity(file: usize) -> Oddity {
    match file {
        7 => Oddity::Killed,
        22 => Oddity::Orphan,
        30 => Oddity::FullDisk,
        12 | 25 | 33 => Oddity::Again,
        8 | 21 => Oddity::Layout,
        5 | 18 => Oddity::Row,
        10 | 28 => Oddity::Busy,
        _ if file % 10 == 1 => Oddity::Grows,
        _ => Oddity::None,
    }
}

/// The identifications in a file.
fn keys(file: usize) -> Vec<String> {
    let file = if oddity(file) == Oddity::Again { file - CREDITORS.len() } else { file };
    (0..4).map(|debtor| (1_200_000_000 + file * 100 + debtor).to_string()).collect()
}

fn content(file: usize) -> String {
    if oddity(file) == Oddity::Layout {
        return "Una;Cosa;Distinta\n1;2;3\n".to_owned();
    }
    let mut text = String::from("Cédula;Nombre;Correo;Celular;Nro;Producto;Saldo\n");
    for (debtor, key) in keys(file).iter().enumerate() {
        let mail = if oddity(file) == Oddity::Row && debtor == 2 { "no-es-correo" } else { "d@example.com" };
        writeln!(text, "{key};Deudor Inventado;{mail};3005550101;{key}-1;Consumo;1.000,25").unwrap();
    }
    text
}

fn name(file: usize) -> String {
    format!("cartera_{}.csv", file % 4)
}

/// The watched folders, the stand-in CRM and the program behind a script that can be told to fail.
struct Night {
    dir: Workdir,
    crm: Option<Crm>,
    address: String,
    hook: HookServer,
    now: Timestamp,
}

impl Night {
    fn begin() -> Night {
        let dir = Workdir::with_samples();
        let crm = dir.spawn_sandbox(&[]);
        let (address, hook) = (crm.address().to_owned(), HookServer::start(2));
        dir.write("m.toml", SMALL_MAPPING);
        dir.write("token", TOKEN);
        let mut text = format!(
            "[notify]\non = [\"needs-attention\", \"done\", \"silence\"]\nwebhook = \"{}\"\n[profile.crm]\n\
             server = \"http://{address}\"\noperation = \"op\"\ntoken_file = '{}'\nrate = \"1000/s\"\npatience = \"50ms\"\n",
            hook.url(),
            dir.path("token").display(),
        );
        for creditor in CREDITORS.into_iter().chain(["ausente"]) {
            let folder = dir.path(creditor);
            std::fs::create_dir(&folder).unwrap();
            let expected = if creditor == "ausente" { "expect_by = \"06:30\"\n" } else { "" };
            writeln!(
                text,
                "[[watch]]\nname = \"{creditor}\"\nfolder = '{}'\nmapping = '{}'\nprofile = \"crm\"\nstill = \"4m\"\n\
                 time_zone = \"America/Bogota\"\n{expected}",
                folder.display(),
                dir.path("m.toml").display()
            )
            .unwrap();
        }
        dir.write("cartera.toml", &text);
        // What the program can be told by a file: to die while it loads, or to find the disk full.
        dir.write(
            "program.sh",
            "#!/bin/sh\ncd \"$(dirname \"$0\")\" || exit 9\necho $$ > pid\n\
             if [ -e full ]; then trap '' XFSZ; ulimit -f 1; fi\nexec \"$PROGRAM\" \"$@\"\n",
        );
        let script = std::fs::read_to_string(dir.path("program.sh")).unwrap();
        dir.write("program.sh", &script.replace("$PROGRAM", env!("CARGO_BIN_EXE_cartera")));
        std::fs::set_permissions(dir.path("program.sh"), std::fs::Permissions::from_mode(0o755)).unwrap();
        let now = "2026-11-19T20:00[America/Bogota]".parse::<Zoned>().unwrap().timestamp();
        Night { dir, crm: Some(crm), address, hook, now }
    }

    /// A watcher as the command makes it, but for the clock. The locks of the one before it are in this same process:
    /// a program that another test just starts holds them, as it holds every open file, until it is itself.
    fn watcher(&self) -> Watcher<Channel> {
        let mut watcher = None;
        wait_until(|| match self.try_watcher() {
            Err(locked) if locked.code == Code::FolderLocked => false,
            opened => {
                watcher = Some(opened.unwrap());
                true
            }
        });
        watcher.unwrap()
    }

    fn try_watcher(&self) -> Result<Watcher<Channel>> {
        let config = self.dir.path("cartera.toml");
        let settings = settings::read(Some(&config)).unwrap();
        let post = Channel::open(&settings.channels).unwrap();
        let flags = ["--state".into(), self.dir.path("state").into(), "--config".into(), config.into()];
        let program = Program { path: self.dir.path("program.sh"), flags: flags.into() };
        let status_file = Some(self.dir.path("status.json"));
        let plan = Plan { settings, program, state: self.dir.path("state"), status_file, lang: Lang::Es };
        Watcher::open(plan, post, self.now)
    }

    fn crm_leaves(&mut self) {
        self.crm = None;
    }

    fn crm_comes(&mut self, faults: &[&str]) {
        self.crm = None;
        self.crm = Some(self.dir.spawn_sandbox_at(&self.address, "crm", faults));
    }

    /// Puts a file, or its first part, where its creditor leaves it.
    fn put(&self, file: usize, part: usize) {
        let folder = self.dir.path(CREDITORS[file % CREDITORS.len()]);
        let (text, path) = (content(file), folder.join(name(file)));
        let lock = folder.join(format!("~${}", name(file)));
        match (oddity(file), part) {
            (Oddity::Grows, 0) => std::fs::write(path, &text[..text.len() / 2]).unwrap(),
            (Oddity::Busy, 0) => std::fs::write(folder.join("subiendo.csv.part"), text).unwrap(),
            (Oddity::Busy, 1) => {
                std::fs::write(&lock, "").unwrap();
                std::fs::rename(folder.join("subiendo.csv.part"), path).unwrap();
            }
            (Oddity::Busy, _) => std::fs::remove_file(lock).unwrap(),
            (_, 0) | (Oddity::Grows, 1) => std::fs::write(path, text).unwrap(),
            _ => {}
        }
    }

    fn kill_program(&self) {
        let id = std::fs::read_to_string(self.dir.path("pid")).unwrap();
        assert!(Command::new("kill").args(["-9", id.trim()]).status().unwrap().success());
    }

    /// The deliveries in a place, over all creditors: the file's content by the folder.
    fn deliveries(&self, place: &str) -> Vec<PathBuf> {
        let of = |creditor: &&str| {
            let listed = std::fs::read_dir(self.dir.path(creditor).join(place)).unwrap();
            listed.map(|folder| folder.unwrap().path()).filter(|path| path.is_dir()).collect::<Vec<_>>()
        };
        CREDITORS.iter().flat_map(of).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_file_of_a_night_ends_where_it_belongs_and_is_told_of_once() {
    let mut night = Night::begin();
    let mut watcher = night.watcher();
    for round in 0..ROUNDS {
        let (file, part) = (round / EVERY, round % EVERY);
        if file < FILES {
            night.put(file, part);
        }
        // The CRM is away for fifty minutes, and a person decides about what is held at six in the morning.
        match round {
            46 => night.crm_leaves(),
            56 => night.crm_comes(&[]),
            120 => decide_held(&night),
            _ => {}
        }
        let odd = if part == 1 && file < FILES { oddity(file) } else { Oddity::None };
        match odd {
            Oddity::Killed => night.crm_comes(&["--fault", "hang@1"]),
            Oddity::FullDisk => std::fs::write(night.dir.path("full"), "").unwrap(),
            _ => {}
        }
        watcher.round(night.now).await;
        match odd {
            Oddity::Killed => {
                night.crm.as_ref().unwrap().wait_for_arrival();
                night.kill_program();
                watcher.join(night.now).await;
                night.crm_comes(&[]);
            }
            Oddity::Orphan => {
                assert_eq!(watcher.under_way(), 1);
                drop(watcher);
                watcher = night.watcher();
            }
            _ => {}
        }
        while watcher.under_way() > 0 {
            watcher.join(night.now).await;
            watcher.round(night.now).await;
        }
        std::fs::remove_file(night.dir.path("full")).ok();
        night.now += 5.minutes();
    }
    check_folders(&night);
    check_store(&night);
    check_messages(&night);
    let status: Value =
        serde_json::from_str(&std::fs::read_to_string(night.dir.path("status.json")).unwrap()).unwrap();
    assert_eq!(
        (status["watches"].as_array().map(Vec::len), &status["messages_waiting"]),
        (Some(7), &0.into())
    );
    let andino = &status["watches"][0];
    assert_eq!((&andino["queued"], &andino["waiting_for_person"]), (&0.into(), &Value::Array(Vec::new())));
    // On the next day nobody is reminded of what a person has decided: its file has come to its end.
    assert_eq!(status["watches"][1]["waiting_for_person"][0]["code"], "held");
    let before = night.hook.taken().len();
    night.now += 20.hours();
    watcher.round(night.now).await;
    assert_eq!(
        (
            night.hook.taken().len(),
            watcher.status(night.now)["watches"][1]["waiting_for_person"][0].is_null()
        ),
        (before, true)
    );
    assert_eq!((night.deliveries("needs-attention").len(), night.deliveries("done").len()), (4, 36));
}

/// What a person does in the morning about a run with unknown outcomes.
fn decide_held(night: &Night) {
    let attention = night.deliveries("needs-attention");
    let journals = attention.iter().map(|folder| journal(folder));
    let held: Vec<i64> = journals
        .filter(|journal| journal["ended"]["exit"] == 5)
        .filter_map(|j| j["ended"]["run"].as_i64())
        .collect();
    assert_eq!(held.len(), 1, "the killed load has left outcomes that are unknown");
    let run = held[0].to_string();
    let out = night.dir.run_with_token(&["retry", &run, "--unknown", "--profile", "crm", "--yes"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
}

fn journal(folder: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join("delivery.json")).unwrap()).unwrap()
}

fn check_folders(night: &Night) {
    assert_eq!(night.deliveries("processing"), Vec::<PathBuf>::new());
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, folders) in ["done", "needs-attention"].map(|place| (place, night.deliveries(place))) {
        for folder in folders {
            let journal = journal(&folder);
            let text = std::fs::read_to_string(folder.join(journal["name"].as_str().unwrap())).unwrap();
            let file = (0..FILES).find(|file| content(*file) == text).expect("a file of the night, whole");
            // A repetition has the first one's content; which of the two it is shows by its end.
            let (exit, code) = (journal["ended"]["exit"].as_i64(), &journal["ended"]["code"]);
            let kind = match (place, exit, oddity(file)) {
                ("done", Some(0), _) => "loaded",
                ("done", Some(1), _) if code == "same-content" => "again",
                ("needs-attention", Some(1), Oddity::Layout) => "layout",
                ("needs-attention", Some(3), Oddity::Row) => "row",
                ("needs-attention", Some(5), Oddity::Killed) => "held",
                found => panic!("file {file}: {found:?} {journal:#}"),
            };
            *ends.entry(kind).or_default() += 1;
            assert!(folder.join("cartera.txt").exists());
            let has_errors = folder.join("report/errors.xlsx").exists();
            assert_eq!(has_errors, matches!(kind, "row" | "held"), "file {file}, {kind}");
        }
    }
    let expected = [("again", 3), ("held", 1), ("layout", 2), ("loaded", 32), ("row", 2)];
    assert_eq!(ends, expected.into(), "{ends:?}");
}

fn check_store(night: &Night) {
    let valid = |file: &usize| oddity(*file) != Oddity::Layout;
    let mut expected: BTreeSet<String> = (0..FILES).filter(valid).flat_map(keys).collect();
    for file in (0..FILES).filter(|file| oddity(*file) == Oddity::Row) {
        expected.remove(&keys(file)[2]);
    }
    let stored: BTreeSet<String> = stored_records(&night.dir.path("crm"))
        .into_values()
        .map(|record| record["Identification"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(stored, expected);
    let mut arrivals: BTreeMap<String, u32> = BTreeMap::new();
    for key in night
        .dir
        .requests_in("crm")
        .into_iter()
        .filter(|line| line.status == Some(200))
        .flat_map(|line| line.keys)
    {
        *arrivals.entry(key).or_default() += 1;
    }
    assert!(arrivals.values().all(|times| *times == 1), "loaded twice: {arrivals:?}");
}

fn check_messages(night: &Night) {
    let taken = night.hook.taken();
    let ids: BTreeSet<&str> = taken.iter().map(|message| message["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), taken.len(), "a message was sent twice");
    let count = |test: &dyn Fn(&Value) -> bool| taken.iter().filter(|message| test(message)).count();
    let of =
        |kind: &str, exit: Option<u8>| count(&|m| m["kind"] == kind && m["exit"] == serde_json::json!(exit));
    assert_eq!((of("done", Some(0)), of("done", Some(1))), (32, 3));
    assert_eq!((of("needs-attention", Some(1)), of("needs-attention", Some(3))), (2, 2));
    // At once, and again after midnight; by the next day it was decided.
    assert_eq!(of("needs-attention", Some(5)), 2);
    assert_eq!(of("needs-attention", Some(8)), 1, "the full disk is said once");
    assert_eq!(of("silence", None), 1);
    assert_eq!(taken.len(), 43, "{taken:#?}");
    let said = serde_json::to_string(&taken).unwrap();
    for private in ["Deudor", "example.com", "no-es-correo", TOKEN] {
        assert!(!said.contains(private), "{private}");
    }
}
