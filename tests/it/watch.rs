//! `cartera watch` by the real binary: the configuration, one round, one watcher at a time, signals, messages.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

use crate::support::dice::minutes_asked_for;
use crate::support::post::{HookServer, MailServer};
use crate::support::workdir::{Out, TOKEN, Workdir, wait_until};

/// A watch of the folder `in`, loaded with `m.toml`; files are whole as soon as they have stood still for nothing.
const WATCH: &str = "[[watch]]\nname = \"banco\"\nfolder = \"in\"\nmapping = \"m.toml\"\nstill = \"0s\"\n";

/// A folder with an empty watch folder and a portfolio of so many debtors in `f.csv`.
fn workdir(debtors: u32, more: &str) -> Workdir {
    let dir = Workdir::with_samples();
    std::fs::create_dir(dir.path("in")).unwrap();
    dir.write_portfolio("f.csv", debtors);
    dir.write("cartera.toml", &format!("{WATCH}{more}"));
    dir
}

/// The profile that the watch takes: this server.
fn profile(server: &str) -> String {
    format!(
        "profile = \"crm\"\n[profile.crm]\nserver = \"{server}\"\noperation = \"op\"\nrate = \"1000/s\"\nchunk_size = 10\n"
    )
}

/// The folders of deliveries in a place, in their order.
fn deliveries(dir: &Workdir, place: &str) -> Vec<PathBuf> {
    // There is no such place before there has been a watcher.
    let listed = std::fs::read_dir(dir.path("in").join(place)).into_iter().flatten();
    let mut folders: Vec<PathBuf> =
        listed.map(|folder| folder.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn put(dir: &Workdir, name: &str) {
    std::fs::copy(dir.path("f.csv"), dir.path("in").join(name)).unwrap();
}

fn summary(delivery: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(delivery.join("report/summary.json")).unwrap()).unwrap()
}

#[test]
fn a_configuration_is_checked_with_every_mistake_at_its_line() {
    let dir = workdir(1, "sandbox = true\n");
    let out = dir.run(&["watch", "--check"]);
    assert_eq!((out.code, out.stdout.contains("1 carpetas")), (0, true), "{}{}", out.stdout, out.stderr);
    let wrong =
        "\n[[watch]]\nname = \"otro\"\nfolder = \"no-hay\"\nmapping = \"falta.toml\"\nprofile = \"prod\"\n";
    dir.write(
        "cartera.toml",
        &format!("{WATCH}sandbox = true\n{wrong}[profile.prod]\nserver = \"crm0001.wolkvox.com\"\n"),
    );
    for (lang, says) in [("es", "no es una carpeta"), ("en", "is no folder")] {
        let out = dir.run(&["watch", "--check", "--json", "--lang", lang]);
        assert_eq!(out.code, 1, "{}", out.stderr);
        assert!(out.stderr.contains(says) && out.stderr.contains("cartera.toml:8"), "{}", out.stderr);
        let codes: Vec<Value> =
            out.json()["errors"].as_array().unwrap().iter().map(|error| error["code"].clone()).collect();
        assert_eq!(codes, ["watch-no-folder", "file-not-found", "no-operation", "no-token"]);
    }
    dir.write("cartera.toml", &format!("{WATCH}cron = \"cada día\"\nwindw = \"x\"\n"));
    let out = dir.run(&["watch", "--once"]);
    assert_eq!(out.code, 1);
    for at in ["cartera.toml:6", "cartera.toml:7", "«window»"] {
        assert!(out.stderr.contains(at), "{at} in {}", out.stderr);
    }
}

#[test]
fn one_round_loads_what_is_there_and_the_same_content_only_once() {
    let dir = workdir(25, "");
    let crm = dir.spawn_sandbox(&[]);
    dir.write("cartera.toml", &format!("{WATCH}{}", profile(crm.server())));
    for name in ["a.csv", "b.csv", "c.csv.part"] {
        put(&dir, name);
    }
    dir.write("in/d.csv", "esto;no;es\nuna;cartera;1\n");
    let once = ["watch", "--once", "--status-file", "status.json", "--log-format", "json"];
    let out = dir.run_with_token(&once);
    assert_eq!(out.code, 1, "one was refused: {}{}", out.stdout, out.stderr);
    let done = deliveries(&dir, "done");
    assert_eq!((done.len(), crm.requests().len()), (2, 3), "{}", out.stderr);
    assert_eq!(summary(&done[0])["books"]["rows_loaded"], 25);
    let note = std::fs::read_to_string(done[1].join("cartera.txt")).unwrap();
    assert!(note.contains("ya se cargó como la carga 1"), "{note}");
    let attention = deliveries(&dir, "needs-attention");
    assert!(attention.len() == 1 && attention[0].join("d.csv").exists());
    assert!(dir.path("in/c.csv.part").exists() && deliveries(&dir, "processing").is_empty());
    let status: Value =
        serde_json::from_str(&std::fs::read_to_string(dir.path("status.json")).unwrap()).unwrap();
    let banco = &status["watches"][0];
    assert_eq!(
        (&banco["last_success"]["file"], &banco["last_failure"]["file"]),
        (&"b.csv".into(), &"d.csv".into())
    );
    let decisions: Vec<Value> =
        out.stderr.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let said = |message: &str| decisions.iter().filter(|line| line["fields"]["message"] == message).count();
    assert_eq!((said("taken"), said("load begins"), said("load ended"), said("moved")), (3, 3, 3, 3));
    assert!(!out.stderr.contains("Deudor") && !out.stderr.contains(TOKEN));
    // Nothing is left to do.
    assert_eq!((dir.run_with_token(&once).code, crm.requests().len()), (0, 3));
}

#[test]
fn one_watcher_at_a_time_and_what_a_signal_stopped_is_gone_on_with() {
    let dir = workdir(60, "");
    let crm = dir.spawn_sandbox(&["--fault", "slow-200ms@*"]);
    dir.write("cartera.toml", &format!("{WATCH}{}", profile(crm.server())));
    put(&dir, "a.csv");
    let watching = dir.start_with_token(&["watch", "--json"]);
    crm.wait_for_requests(1);
    let out = dir.run_with_token(&["watch", "--once", "--json"]);
    assert_eq!((out.code, &out.json()["error"]["code"]), (6, &"folder-locked".into()), "{}", out.stderr);
    #[cfg(unix)]
    {
        let mut watching = watching;
        watching.interrupt();
        let out = watching.wait();
        assert_eq!(out.code, 0, "{}", out.stderr);
        let sent = crm.requests().len();
        assert!(sent < 6, "it stopped before the end");
        assert_eq!(deliveries(&dir, "processing").len(), 1);
        let out = dir.run_with_token(&["watch", "--once"]);
        assert_eq!((out.code, crm.requests().len()), (0, 6), "{}", out.stderr);
        assert_eq!(summary(&deliveries(&dir, "done")[0])["books"]["rows_loaded"], 60);
    }
    #[cfg(not(unix))]
    drop(watching);
}

#[test]
fn a_killed_watcher_leaves_a_load_that_the_next_one_waits_for() {
    let dir = workdir(60, "");
    let crm = dir.spawn_sandbox(&["--fault", "slow-200ms@*"]);
    dir.write("cartera.toml", &format!("{WATCH}{}", profile(crm.server())));
    put(&dir, "a.csv");
    let mut watching = dir.start_with_token(&["watch"]);
    crm.wait_for_requests(1);
    watching.kill();
    // The load goes on by itself, and nobody starts another beside it.
    let out = dir.run_with_token(&["watch", "--once"]);
    assert!(out.code == 0 && out.stderr.contains("still going"), "{}", out.stderr);
    wait_until(|| crm.requests().len() == 6);
    let mut keys: Vec<String> = crm.requests().into_iter().flat_map(|request| request.keys).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 60);
}

#[test]
fn people_are_told_without_personal_data_and_once() {
    let (hook, mail) = (HookServer::start(0), MailServer::start());
    let dir = workdir(3, "");
    let crm = dir.spawn_sandbox(&["--fault", "reject@1"]);
    let notify = format!(
        "[notify]\non = [\"needs-attention\", \"done\"]\nwebhook = \"{}\"\n[notify.mail]\nserver = \"127.0.0.1\"\nport = {}\n\
         security = \"none\"\nfrom = \"cartera@example.com\"\nto = [\"equipo@example.com\"]\nattach = \"report\"\n",
        hook.url(),
        mail.port
    );
    dir.write("cartera.toml", &format!("{WATCH}{}{notify}", profile(crm.server())));
    put(&dir, "a.csv");
    let out = dir.run_with_token(&["watch", "--once", "-vv"]);
    assert_eq!(out.code, 3, "{}", out.stderr);
    assert_eq!(dir.run_with_token(&["watch", "--once"]).code, 0);
    let (posted, mailed) = (hook.taken(), mail.taken());
    assert_eq!((posted.len(), mailed.len()), (1, 1), "{}", out.stderr);
    assert_eq!((&posted[0]["kind"], &posted[0]["status"]), (&"needs-attention".into(), &"partial".into()));
    assert_eq!((&posted[0]["rows"]["rows_rejected"], &posted[0]["run"]), (&1.into(), &1.into()));
    assert!(
        mailed[0].contains("errors.xlsx") && mailed[0].contains("summary.json"),
        "the report is attached"
    );
    let said = format!("{} {}", posted[0], out.stderr);
    for private in ["Deudor", "@example.com", "1900000", TOKEN, "secreto-del-canal"] {
        assert!(!said.contains(private), "{private} was said: {said}");
    }
    let folder = posted[0]["folder"].as_str().unwrap();
    assert!(Path::new(folder).join("report/errors.xlsx").exists());
}

#[test]
fn a_purge_reaches_what_was_delivered_and_leaves_the_creditors_file() {
    const CANARY: &str = "canario-en-la-celda";
    let dir = workdir(3, "done = \"archivo\"\n");
    std::fs::create_dir(dir.path("archivo")).unwrap();
    let crm = dir.spawn_sandbox(&["--fault", "reject@1"]);
    dir.write("cartera.toml", &format!("{WATCH}done = \"archivo\"\n{}", profile(crm.server())));
    put(&dir, "a.csv");
    dir.write("in/b.csv", &format!("{CANARY};no;es\nuna;cartera;1\n"));
    assert_eq!(dir.run_with_token(&["watch", "--once"]).code, 3);
    let text = std::fs::read_to_string(dir.path("f.csv")).unwrap();
    dir.write("in/c.csv", &text.replace(";1.000,25", ";2.000,25"));
    let out = dir.run_with_token(&["watch", "--once"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    let archived = || -> Vec<PathBuf> {
        std::fs::read_dir(dir.path("archivo")).unwrap().map(|folder| folder.unwrap().path()).collect()
    };
    let all = || [deliveries(&dir, "needs-attention"), archived()].concat();
    assert_eq!(
        (all().len(), all().iter().filter(|folder| folder.join("report/summary.json").exists()).count()),
        (3, 2)
    );
    let refused = all().into_iter().find(|folder| folder.join("b.csv").exists()).unwrap();
    // A report of another ledger, with the number of one of these runs, is not ours to remove.
    let other = dir.path("archivo/otra");
    std::fs::create_dir_all(other.join("report")).unwrap();
    std::fs::copy(all()[0].join("delivery.json"), other.join("delivery.json")).unwrap();
    dir.write("archivo/otra/report/summary.json", "{\"ledger\":\"otro\",\"run\":1}");
    dir.write("archivo/otra/cartera.txt", "una nota");

    let young = dir.run(&["purge", "--older-than", "90d", "--yes", "--json"]).json();
    assert_eq!(young["reports"].as_array().map(Vec::len), Some(0));
    assert!(refused.join("cartera.txt").exists());
    // From another folder, as cron would; the watch's places are remembered.
    let out = Out::of(
        dir.command(&["purge", "--older-than", "0s", "--yes", "--json"]).current_dir("/").output().unwrap(),
    );
    assert_eq!(out.json()["reports"].as_array().map(Vec::len), Some(3), "{}{}", out.stdout, out.stderr);
    for folder in all().iter().filter(|folder| **folder != other) {
        let left: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name()).collect();
        let creditors = left.iter().filter(|name| name.to_string_lossy().ends_with(".csv")).count();
        assert!(left.len() == 2 && creditors == 1 && folder.join("delivery.json").exists(), "{left:?}");
    }
    assert!(other.join("report/summary.json").exists() && other.join("cartera.txt").exists());
    let again = dir.run(&["purge", "--older-than", "0s", "--yes", "--json"]).json();
    assert_eq!(again["reports"].as_array().map(Vec::len), Some(0));
}

#[test]
fn what_has_to_wait_says_until_when_and_is_gone_on_with_by_itself() {
    let dir = workdir(30, "");
    let crm = dir.spawn_sandbox(&["--fault", "limit@2"]);
    dir.write("cartera.toml", &format!("{WATCH}time_zone = \"America/Bogota\"\n{}", profile(crm.server())));
    put(&dir, "a.csv");
    let out = dir.run_with_token(&["watch", "--once", "--json"]);
    assert_eq!(out.code, 4, "{}", out.stderr);
    let waiting = out.json()["watches"][0]["waiting"][0].clone();
    assert_eq!((&waiting["code"], &waiting["run"]), (&"quota-ended".into(), &1.into()), "{waiting}");
    let until: jiff::Timestamp = waiting["not_before"].as_str().unwrap().parse().unwrap();
    assert!(until > jiff::Timestamp::now(), "{until}");
    // A second file of the same profile waits as well: it would only be told the same.
    let text = std::fs::read_to_string(dir.path("f.csv")).unwrap();
    dir.write("in/b.csv", &text.replace(";1.000,25", ";2.000,25"));
    let before = crm.requests().len();
    assert_eq!(dir.run_with_token(&["watch", "--once"]).code, 0);
    assert_eq!((crm.requests().len(), deliveries(&dir, "processing").len()), (before, 2));
}

/// A file a minute for as long as `CARTERA_WATCH_MINUTES` says; otherwise five files, one after the other.
#[test]
#[cfg(target_os = "linux")]
fn a_watcher_that_has_loaded_many_files_takes_no_more_memory() {
    let dir = workdir(1, "");
    let crm = dir.spawn_sandbox(&[]);
    dir.write("cartera.toml", &format!("{WATCH}{}", profile(crm.server())));
    let mut watching = dir.start_with_token(&["watch", "--quiet"]);
    let (minutes, text) = (minutes_asked_for(), std::fs::read_to_string(dir.path("f.csv")).unwrap());
    // Nothing is ever sent: what is awaited is the time.
    let (_never, timer) = mpsc::channel::<()>();
    let mut figures = Vec::new();
    for file in 0..minutes.unwrap_or(5) {
        dir.write("nuevo", &text.replace(";1.000,25", &format!(";{}.000,25", file + 2)));
        std::fs::rename(dir.path("nuevo"), dir.path(&format!("in/{file}.csv"))).unwrap();
        if minutes.is_some() {
            timer.recv_timeout(Duration::from_mins(1)).unwrap_err();
        }
        let expected = usize::try_from(file).unwrap() + 1;
        wait_until(|| deliveries(&dir, "done").len() == expected);
        figures.push(watching.memory());
    }
    println!("kB after each file: {figures:?}");
    let (first, last) = (figures[figures.len() / 3], figures[figures.len() - 1]);
    assert!(last <= first + 4096, "it grew from {first} to {last} kB: {figures:?}");
    watching.interrupt();
    assert_eq!(watching.wait().code, 0);
}
