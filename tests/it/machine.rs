//! What a machine in trouble does to a run (A8, A9): a disk that fails, is read-only or goes away, files and threads
//! that run out. Each is said in words with its exit code, nothing is sent that cannot be recorded, and `resume` goes on.

use std::process::Command;

use rustix::process::{Pid, Resource, Rlimit, prlimit};

#[cfg(target_env = "gnu")]
use crate::support::failing;
use crate::support::scripted::{Rule, Scripted};
use crate::support::workdir::{Out, TOKEN, Workdir, wait_until};

const RESUME: [&str; 5] = ["resume", "last", "--rate", "1000/s", "--json"];

fn load<'a>(url: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let args = ["load", "f.csv", "-m", "m.toml", "--server", url, "--operation", "op", "--json"];
    [&args[..], &["--chunk-size", "5"], more].concat()
}

fn error(out: &Out) -> (i32, String) {
    (out.code, out.json()["error"]["code"].as_str().unwrap_or_default().to_owned())
}

/// Loads 40 records in 8 chunks while a call of the C library fails from its so-many-th time on.
#[cfg(target_env = "gnu")]
fn load_failing(dir: &Workdir, url: &str, failing: &str) -> Out {
    let mut command = dir.command(&load(url, &["--rate", "1000/s", "--patience", "5s"]));
    command.env("CARTERA_TOKEN", TOKEN).env("FAILING", failing).env("LD_PRELOAD", failing::library());
    Out::of(command.output().unwrap())
}

/// The disk is well again: what was planned goes in, each record once but for one chunk that nobody knows of.
#[cfg(target_env = "gnu")]
fn mends(dir: &Workdir, crm: &Scripted, failed: &str) {
    let sent = crm.seen().len();
    let resumed = dir.run_with_token(&RESUME);
    if resumed.code == 1 {
        assert_eq!(sent, 0, "{failed}: sent without a plan: {}", resumed.stderr);
        return;
    }
    let result = resumed.json();
    result.assert_balance();
    let unknown = result["records"]["unknown"].as_u64().unwrap();
    assert!(matches!((resumed.code, unknown), (0, 0) | (5, 5)), "{failed}: {}", resumed.stderr);
    assert_eq!(result["records"]["loaded"].as_u64(), Some(40 - unknown), "{failed}");
    assert!(crm.stored().values().all(|times| *times == 1), "{failed}: sent twice");
}

/// The records that the ledger knows as loaded, once the disk is well again.
#[cfg(target_env = "gnu")]
fn loaded(dir: &Workdir) -> u64 {
    let listed = dir.run(&["runs", "--json"]).json();
    listed[0]["rows_loaded"].as_u64().unwrap()
}

#[test]
#[cfg(target_env = "gnu")]
fn a_disk_that_fails_at_any_time_ends_the_run_and_loses_nothing() {
    // EIO of a sync, a write and a read, and EROFS of a write: from some time of the run on, for good.
    let (mut stopped, mut sent_before) = (0, 0);
    for (call, number, times) in [
        ("sync", 5, &[1, 9, 14, 18, 19, 23, 27, 34, 200][..]),
        ("write", 5, &[1, 20, 95, 110, 118, 128, 140, 155]),
        ("write", 30, &[3, 105, 125, 150]),
        ("read", 5, &[1, 5, 12]),
    ] {
        for first in times {
            let dir = Workdir::with_samples();
            dir.write_portfolio("f.csv", 40);
            let crm = Scripted::start(Vec::new());
            let failing = format!("{call} {first} {number}");
            let out = load_failing(&dir, &crm.url(), &failing);
            if out.code == 0 {
                // How many answers are synced together depends on the machine: the run was over before its disk
                // failed, or all was recorded already.
                assert_eq!(loaded(&dir), 40, "{failing}: {}", out.stderr);
                assert_eq!(crm.stored().len(), 40, "{failing}");
                continue;
            }
            let (code, error) = error(&out);
            assert_eq!(code, 8, "{failing}: {error} {}", out.stderr);
            assert!(
                out.stderr.contains("el disco falla")
                    || out.stderr.contains("solo se puede leer")
                    || error == "ledger-damaged",
                "{failing}: {}",
                out.stderr
            );
            (stopped, sent_before) = (stopped + 1, sent_before + usize::from(!crm.seen().is_empty()));
            mends(&dir, &crm, &failing);
        }
    }
    assert!(stopped > 15 && sent_before > 5, "{stopped} stopped, {sent_before} of them while sending");
}

#[test]
#[cfg(target_env = "gnu")]
fn no_connection_for_want_of_files_is_not_a_crm_that_is_away() {
    // EMFILE and ENFILE.
    for number in [24, 23] {
        let dir = Workdir::with_samples();
        dir.write_portfolio("f.csv", 40);
        let crm = Scripted::start(Vec::new());
        let out = load_failing(&dir, &crm.url(), &format!("socket 1 {number}"));
        assert_eq!(error(&out), (4, "files-ran-out".to_owned()), "{}", out.stderr);
        assert!(out.stderr.contains("hay demasiados archivos abiertos"), "{}", out.stderr);
        let result = out.json();
        result.assert_balance();
        assert_eq!((&result["records"]["unsent"], &result["next"]), (&40.into(), &"cartera resume 1".into()));
        mends(&dir, &crm, "socket");
    }
}

#[test]
#[cfg(target_env = "gnu")]
fn a_machine_that_starts_no_threads_is_said_before_anything_begins() {
    for first in [1, 2, 5, 8] {
        let dir = Workdir::with_samples();
        dir.write_portfolio("f.csv", 40);
        let crm = Scripted::start(Vec::new());
        let out = load_failing(&dir, &crm.url(), &format!("thread {first} 11"));
        assert_eq!(error(&out), (1, "too-few-threads".to_owned()), "{first}: {}", out.stderr);
        assert!(crm.seen().is_empty() && !dir.path("state").exists());
    }
}

#[test]
fn too_few_files_are_said_before_anything_begins_and_raised_where_that_is_allowed() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 40);
    let crm = Scripted::start(Vec::new());
    let program = env!("CARGO_BIN_EXE_cartera");
    let args = load(&crm.url(), &["--rate", "1000/s", "--concurrency", "4"]).join(" ");
    for most in [6, 16, 63] {
        let out = dir.run_shell(&format!("ulimit -n {most}; exec {program} {args}"));
        assert_eq!(error(&out), (1, "too-few-files".to_owned()), "{most}: {}", out.stderr);
        assert!(out.stderr.contains(&format!("deja abrir {most} archivos")), "{}", out.stderr);
    }
    assert!(crm.seen().is_empty() && !dir.path("state").exists());
    let out = dir.run_shell(&format!("ulimit -S -n 16; exec {program} {args}"));
    assert_eq!((out.code, crm.stored().len()), (0, 40), "{}", out.stderr);
}

/// The files run out under a run: the server closes each connection, and from the second request on no other can be
/// opened.
#[test]
fn files_that_run_out_while_sending_stop_the_run() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 40);
    let first =
        Rule { on: Some("1".into()), stored: true, ending: Some("late-1000".into()), ..Rule::default() };
    let closes = |rule: Rule| Rule { headers: vec!["connection: close".into()], ..rule };
    let crm = Scripted::start(vec![closes(first), closes(Rule { stored: true, ..Rule::default() })]);
    let url = crm.url();
    let mut command = dir.command(&load(&url, &["--rate", "1000/s"]));
    let child = command.env("CARTERA_TOKEN", TOKEN).spawn().unwrap();
    wait_until(|| !crm.seen().is_empty());
    let process = Pid::from_child(&child);
    // What is open stays open; no file may have a higher number than those that every program begins with.
    prlimit(Some(process), Resource::Nofile, Rlimit { current: Some(3), maximum: Some(1024) }).unwrap();
    let out = Out::of(child.wait_with_output().unwrap());
    assert!(out.stderr.contains("[files-ran-out]"), "{}", out.stderr);
    // Where no file can be opened no report can be written either, which is the heavier end.
    assert!(matches!(out.code, 4 | 8), "{} {}", out.code, out.stderr);
    assert_eq!(crm.seen().len(), 1);
    let resumed = dir.run_with_token(&RESUME);
    let result = resumed.json();
    result.assert_balance();
    assert_eq!((resumed.code, &result["records"]["loaded"]), (0, &40.into()), "{}", resumed.stderr);
    assert!(crm.stored().values().all(|times| *times == 1));
}

#[test]
fn a_state_folder_that_goes_away_under_a_run_stops_it() {
    for is_replaced in [false, true] {
        let dir = Workdir::with_samples();
        dir.write_portfolio("f.csv", 40);
        let late = Rule { stored: true, ending: Some("late-300".into()), ..Rule::default() };
        let crm = Scripted::start(vec![late]);
        let url = crm.url();
        let child = dir.start_with_token(&load(&url, &["--rate", "1000/s"]));
        wait_until(|| crm.seen().len() >= 2);
        std::fs::rename(dir.path("state"), dir.path("elsewhere")).unwrap();
        if is_replaced {
            std::fs::create_dir(dir.path("state")).unwrap();
            std::fs::write(dir.state("ledger.sqlite"), "").unwrap();
        }
        let out = child.wait();
        assert_eq!(error(&out), (8, "ledger-gone".to_owned()), "{}", out.stderr);
        let sent = crm.seen().len();
        assert!(sent <= 3, "{sent} requests");
        // Back in its place it knows all but what was under way.
        std::fs::remove_dir_all(dir.path("state")).ok();
        std::fs::rename(dir.path("elsewhere"), dir.path("state")).unwrap();
        let resumed = dir.run_with_token(&RESUME);
        let result = resumed.json();
        result.assert_balance();
        let unknown = result["records"]["unknown"].as_u64().unwrap();
        assert!(unknown <= 5, "{unknown} unknown");
        assert_eq!(result["records"]["loaded"].as_u64(), Some(40 - unknown), "{}", resumed.stderr);
        assert!(crm.stored().values().all(|times| *times == 1));
    }
}

#[test]
fn a_configuration_that_breaks_under_a_run_does_not_change_its_end() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 10);
    let late = Rule { stored: true, ending: Some("late-300".into()), ..Rule::default() };
    let crm = Scripted::start(vec![late]);
    let url = crm.url();
    dir.write("cartera.toml", "[profile.default]\ntime_zone = \"America/Bogota\"\n");
    let child = dir.start_with_token(&load(&url, &["--rate", "1000/s"]));
    wait_until(|| !crm.seen().is_empty());
    dir.write("cartera.toml", "[profile.default\n");
    let out = child.wait();
    assert_eq!((out.code, &out.json()["records"]["loaded"]), (0, &10.into()), "{}", out.stderr);
}

#[test]
fn a_folder_that_is_no_place_for_a_ledger_is_said() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 5);
    let crm = Scripted::start(Vec::new());
    let url = crm.url();
    let out = dir.run_with_token(&[&["--state", "f.csv/state"], &load(&url, &[])[..]].concat());
    assert_eq!(error(&out), (8, "state-folder".to_owned()), "{}", out.stderr);
    assert!(out.stderr.contains("no es una carpeta") && out.stderr.contains("--state"), "{}", out.stderr);
    assert!(crm.seen().is_empty());
}

#[test]
fn a_file_system_that_can_only_be_read_is_said_and_nothing_is_sent() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 40);
    std::fs::create_dir(dir.path("state")).unwrap();
    let crm = Scripted::start(Vec::new());
    // A mount of its own, which ends with the shell; where the system does not let a user have one, it is skipped.
    let may_mount = Command::new("unshare").args(["-rm", "sh", "-c", "mount -t tmpfs none /mnt"]).output();
    if !may_mount.is_ok_and(|tried| tried.status.success()) {
        println!("skipped: nothing can be mounted here");
        return;
    }
    let program = env!("CARGO_BIN_EXE_cartera");
    let args = load(&crm.url(), &["--rate", "1000/s", "--limit", "10"]).join(" ");
    let script = format!(
        "mount -t tmpfs none state && {program} {args} > first.json; echo $? > first.exit; mount -o remount,ro state
         exec {program} resume last --json"
    );
    std::fs::write(dir.path("script"), script).unwrap();
    let out = dir.run_shell("unshare -rm sh script");
    assert_eq!(std::fs::read_to_string(dir.path("first.exit")).unwrap(), "4\n", "{}", out.stderr);
    assert_eq!(error(&out), (8, "state-folder".to_owned()), "{}", out.stderr);
    assert!(out.stderr.contains("allí solo se puede leer"), "{}", out.stderr);
    assert_eq!(crm.seen().len(), 2);
}
