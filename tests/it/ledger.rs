//! The ledger under fire: stored files of earlier schemas, damage, loss, a full disk, and forgetting for good.

use std::collections::BTreeSet;
use std::path::Path;

use cartera::lang::{Lang, Say};
use cartera::ledger::Ledger;
use serde_json::Value;
use sqlx::{Connection as _, Row as _};

use crate::support::dice::{is_full, mutations_asked_for};
use crate::support::scripted::{Rule, Scripted};
use crate::support::workdir::{Out, Workdir, repository};

/// A folder whose state holds a stored ledger.
fn with_stored(name: &str) -> Workdir {
    let dir = Workdir::with_samples();
    std::fs::create_dir_all(dir.path("state/locks")).unwrap();
    std::fs::copy(repository().join("tests/ledgers").join(name), dir.state("ledger.sqlite")).unwrap();
    dir
}

fn rows(result: &Value) -> [u64; 5] {
    ["read", "loaded", "invalid", "rejected", "unknown"]
        .map(|state| result["books"][format!("rows_{state}")].as_u64().unwrap())
}

fn error(out: &Out) -> (i32, String) {
    (out.code, out.json()["error"]["code"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn every_stored_ledger_is_read_and_gone_on_with() {
    let stored: BTreeSet<String> = std::fs::read_dir(repository().join("tests/ledgers"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| Path::new(name).extension().is_some_and(|ending| ending == "sqlite"))
        .collect();
    let of_each: BTreeSet<String> =
        (1..=stored.len()).map(|schema| format!("ledger-{schema}.sqlite")).collect();
    assert!(stored.len() >= 6 && stored == of_each, "one of each schema: {stored:?}");
    for name in stored {
        let bytes = std::fs::read(repository().join("tests/ledgers").join(&name)).unwrap();
        assert_eq!(
            u32::from_be_bytes(bytes[60..64].try_into().unwrap()).to_string(),
            name[7..8],
            "user_version"
        );
        for of_a_machine in [&b"/tmp/"[..], b"/home/", b"/root/", b"C:\\"] {
            let found = bytes.windows(of_a_machine.len()).any(|part| part == of_a_machine);
            assert!(!found, "{name}: {}", String::from_utf8_lossy(of_a_machine));
        }
        let dir = with_stored(&name);
        let result = dir.run(&["report", "1", "--json"]).json();
        assert_eq!(rows(&result), [13, 7, 1, 1, 4], "{name}");
        result.assert_balance();
        let shown = dir.run(&["show", "1", "--unknown", "--unmasked", "--json"]).json();
        assert_eq!(shown["unknown"][0]["key"], "1900000004", "{name}");
        assert_eq!(dir.run(&["runs", "--json"]).json().as_array().unwrap().len(), 2);
        let body = dir.run(&["show", "1", "--chunk", "1", "--unmasked", "--json"]).json();
        assert_eq!(body["body"]["collections"][3]["Name"], "Deudor Inventado 3");
        let reported = dir.reported("cartera-1/errors.xlsx", "f");
        assert_eq!(reported.keys().collect::<Vec<_>>(), ["14", "2"], "{name}");
    }
}

#[test]
fn a_ledger_that_cannot_be_trusted_is_left_as_it_is_with_a_way_out() {
    let whole = std::fs::read(repository().join("tests/ledgers/ledger-1.sqlite")).unwrap();
    let patched = |at: usize, bytes: &[u8]| {
        let mut copy = whole.clone();
        copy[at..at + bytes.len()].copy_from_slice(bytes);
        copy
    };
    let page = whole.len() / 2 / 4096 * 4096;
    for (what, bytes, locks, exit, code) in [
        ("cut in the middle", whole[..page].to_vec(), 1, 8, "ledger-damaged"),
        ("a page of rubbish", patched(page, &[0xa5; 4096]), 1, 8, "ledger-damaged"),
        ("no version", patched(60, &[0; 4]), 1, 8, "ledger-damaged"),
        ("empty, where runs left locks", Vec::new(), 1, 8, "ledger-lost"),
        ("older than its folder", whole.clone(), 7, 8, "ledger-lost"),
        ("a newer version's", patched(60, &99u32.to_be_bytes()), 1, 1, "ledger-newer"),
        ("another program's", patched(68, b"DIAR"), 1, 1, "ledger-foreign"),
        ("no database", b"a diary".repeat(100), 1, 1, "ledger-foreign"),
    ] {
        let dir = with_stored("ledger-1.sqlite");
        std::fs::write(dir.state("ledger.sqlite"), &bytes).unwrap();
        std::fs::write(dir.state(&format!("locks/run-{locks}.lock")), "").unwrap();
        dir.write_portfolio("f.csv", 3);
        for args in [vec!["runs", "--json"], vec!["load", "f.csv", "-m", "m.toml", "--sandbox", "--json"]] {
            let out = dir.run(&args);
            assert_eq!(error(&out), (exit, code.to_owned()), "{what}: {}", out.stderr);
            assert!(out.stderr.contains("Qué hacer"), "{what}");
        }
        assert!(std::fs::read(dir.state("ledger.sqlite")).unwrap() == bytes, "{what}: the file was changed");
    }
    let dir = with_stored("ledger-1.sqlite");
    std::fs::remove_file(dir.state("ledger.sqlite")).unwrap();
    std::fs::write(dir.state("locks/run-1.lock"), "").unwrap();
    assert_eq!(error(&dir.run(&["runs", "--json"])), (8, "ledger-lost".to_owned()));
    assert!(!dir.state("ledger.sqlite").exists(), "an empty ledger was begun in the place of a lost one");
    let out = dir.run(&["runs", "--state", "OneDrive/estado", "--json"]);
    assert_eq!(error(&out), (1, "ledger-on-network".to_owned()));
    assert!(!dir.path("OneDrive").exists());
}

/// Mutated copies that are read; `CARTERA_MUTATIONS` asks for another number.
const MUTATIONS: u64 = 150;

#[test]
fn flipped_bits_are_refused_or_read_without_a_panic() {
    let whole = std::fs::read(repository().join("tests/ledgers/ledger-1.sqlite")).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (mut refused, mut read) = (0, 0);
    for number in 0..mutations_asked_for().unwrap_or(MUTATIONS) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        // Places spread over the file without a pattern that its pages could share.
        let at = usize::try_from(number).unwrap().wrapping_mul(7919 * 31) % whole.len();
        let mut copy = whole.clone();
        copy[at] ^= 1 << (number % 8);
        std::fs::write(&path, &copy).unwrap();
        let opened = runtime.block_on(async {
            let ledger = Ledger::open(folder.path()).await?;
            let run = ledger.find_run("1").await?;
            let books = ledger.books(&run).await?;
            ledger.evidence(1).await?;
            ledger.unknown_records(1).await?;
            ledger.chain_books(run.root).await?;
            ledger.files(1).await?;
            ledger.upload_counts(1).await?;
            for line in ledger.chunk_lines(1).await? {
                ledger.chunk_by_number(1, line.number).await?;
            }
            for (id, _) in ledger.waiting_chunks(1).await? {
                ledger.load_chunk(id).await?;
            }
            ledger.split_so_far(1).await?;
            ledger.rejected_of(run.root, &[]).await?;
            ledger.unknown_of(run.root).await?;
            ledger.close().await;
            Ok::<_, cartera::problem::Failure>(books)
        });
        match opened {
            Ok(_) => read += 1,
            Err(failure) => {
                let code = failure.code.as_str();
                assert!(code.starts_with("ledger-") || code == "run-not-found", "{number}: {failure:?}");
                refused += 1;
            }
        }
    }
    println!("{refused} refused, {read} read");
    assert!(refused > 0 && read > 0, "{refused} refused, {read} read");
}

#[test]
fn a_busy_ledger_is_waited_for_and_then_left() {
    let dir = with_stored("ledger-1.sqlite");
    assert_eq!(dir.run(&["runs"]).code, 0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let url = format!("sqlite://{}", dir.state("ledger.sqlite").display());
        let mut other = sqlx::SqliteConnection::connect(&url).await.unwrap();
        sqlx::raw_sql("BEGIN EXCLUSIVE").execute(&mut other).await.unwrap();
        assert_eq!(error(&dir.run(&["runs", "--json"])), (6, "ledger-busy".to_owned()));
        sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
        other.close().await.unwrap();
    });
    assert_eq!(dir.run(&["runs"]).code, 0);
}

/// Bytes of a chunk's body and of a source block, as the ledger keeps them.
fn kept_bytes(dir: &Workdir) -> Vec<Vec<u8>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let url = format!("sqlite://{}", dir.state("ledger.sqlite").display());
        let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
        let select = "SELECT body FROM chunk_body WHERE chunk IN (SELECT id FROM chunk WHERE run = 1) UNION ALL \
             SELECT body FROM source_block WHERE run = 1";
        let rows = sqlx::query(select).fetch_all(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        rows.iter()
            .map(|row| row.get::<Vec<u8>, _>(0))
            .map(|body| body[8..body.len().min(72)].to_vec())
            .collect()
    })
}

fn is_in_state(dir: &Workdir, needle: &[u8]) -> bool {
    let of_state = dir.all_files().into_iter().filter(|path| path.starts_with(dir.path("state")));
    of_state
        .map(|path| std::fs::read(path).unwrap())
        .any(|bytes| bytes.windows(needle.len()).any(|part| part == needle))
}

#[test]
fn what_is_purged_is_not_found_in_the_raw_files_and_its_books_stay() {
    const CANARY: &str = "canario-en-el-motivo";
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 30);
    let body = format!(
        "{{\"code\":200,\"success\":false,\"summary\":{{\"successful_inserts\":{{ok}},\"failed_count\":1,\"failed_Sumary\":[{{\"id\":\"{{first}}\",\"error\":\"{CANARY}\"}}]}}}}"
    );
    let rejects = Rule { on: Some("1".into()), body: Some(body), stored: true, ..Rule::default() };
    let crm = Scripted::start(vec![rejects]);
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
        "--chunk-size",
        "10",
        "--json",
    ];
    assert_eq!(dir.run_with_token(&load).code, 3);
    dir.write("cartera-1/mine.txt", "not cartera's");
    let kept = kept_bytes(&dir);
    assert!(is_in_state(&dir, CANARY.as_bytes()) && kept.iter().all(|bytes| is_in_state(&dir, bytes)));
    let before = dir.run(&["report", "1", "--json", "-o", "elsewhere"]).json();
    // As a process that is killed while it writes leaves it.
    std::fs::copy(dir.path("elsewhere/errors.xlsx"), dir.path("elsewhere/errors.xlsx.part")).unwrap();

    let young = dir.run(&["purge", "--older-than", "90d", "--json"]);
    assert_eq!((young.code, young.json()["purged"].as_array().map(Vec::len)), (0, Some(0)));
    let out = dir.run(&["purge", "--older-than", "0s", "--json"]).json();
    assert_eq!((&out["purged"], out["reports"].as_array().map(Vec::len)), (&serde_json::json!([1]), Some(2)));
    assert!(!is_in_state(&dir, CANARY.as_bytes()), "the CRM's words are still there");
    for bytes in kept.iter().filter(|bytes| bytes.len() > 16) {
        assert!(!is_in_state(&dir, bytes), "a body or a block is still there");
    }
    assert!(!dir.path("elsewhere").exists() && !dir.path("cartera-1/errors.xlsx").exists());
    assert!(dir.path("cartera-1/mine.txt").exists(), "what is not cartera's stays");

    let shown = dir.run(&["show", "1", "--json"]).json();
    assert_eq!(shown["rows_read"], before["books"]["rows_read"]);
    assert!(shown["purged_at"].is_string() && dir.run(&["show", "1"]).stdout.contains("se olvidaron"));
    let listed = dir.run(&["runs", "--json"]).json();
    assert_eq!(
        (&listed[0]["rows_loaded"], &listed[0]["rows_open"]),
        (&serde_json::json!(29), &serde_json::json!(1))
    );
    for args in [
        vec!["report", "1", "--json"],
        vec!["retry", "1", "--json"],
        vec!["resume", "1", "--json"],
        vec!["show", "1", "--chunk", "1", "--json"],
        vec!["show", "1", "--unknown", "--json"],
    ] {
        let out = dir.run(&args);
        assert_eq!(error(&out), (1, "run-purged".to_owned()), "{args:?}: {}", out.stderr);
    }
    assert_eq!(error(&dir.run_with_token(&load)), (1, "same-content".to_owned()), "fingerprints stay");
    let out = dir.run(&["purge", "--older-than", "0s", "--all", "--json"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    assert_eq!(dir.run_with_token(&load).code, 0, "with --all the content is no longer known");
}

/// Loads with no file longer than so many blocks of 512 bytes: what a full disk does to every write after them.
#[cfg(unix)]
fn load_within(dir: &Workdir, url: &str, blocks: u32) -> Out {
    let command = format!(
        "trap '' XFSZ; ulimit -f {blocks}; exec {} load f.csv -m m.toml --server {url} --operation op --rate 1000/s \
         --chunk-size 5 --json",
        env!("CARGO_BIN_EXE_cartera")
    );
    dir.run_shell(&command)
}

#[test]
#[cfg(unix)]
fn a_full_disk_stops_before_sending_and_loses_nothing() {
    let step = if is_full() { 1 } else { 23 };
    let mut stopped = 0;
    for blocks in (0..).step_by(step) {
        let dir = Workdir::with_samples();
        dir.write_portfolio("f.csv", 40);
        let crm = Scripted::start(Vec::new());
        let out = load_within(&dir, &crm.url(), blocks);
        if out.code == 0 {
            break;
        }
        stopped += 1;
        assert!(blocks < 4000, "it never has room enough");
        assert!(matches!(out.code, 1 | 8), "{blocks} blocks: {} {}", out.code, out.stderr);
        assert!(out.stdout.is_empty() || out.json()["error"]["code"].is_string());
        // There is room again.
        let sent = crm.seen().len();
        let resumed = dir.run_with_token(&["resume", "last", "--rate", "1000/s", "--json"]);
        if resumed.code == 1 {
            assert_eq!(sent, 0, "{blocks} blocks: sent without a plan: {}", resumed.stderr);
            continue;
        }
        let result = resumed.json();
        result.assert_balance();
        let unknown = result["records"]["unknown"].as_u64().unwrap();
        assert!(unknown <= 5, "{blocks} blocks: {unknown} unknown");
        assert_eq!(resumed.code, if unknown > 0 { 5 } else { 0 }, "{blocks} blocks: {}", resumed.stderr);
        let stored = crm.stored();
        assert!(stored.values().all(|times| *times == 1), "{blocks} blocks: sent twice");
        assert_eq!(
            result["records"]["loaded"].as_u64(),
            Some(stored.len() as u64 - if unknown > 0 && stored.len() == 40 { unknown } else { 0 })
        );
    }
    assert!(stopped > 5, "the disk was full in {stopped} runs only");
}

#[test]
#[cfg(unix)]
fn a_report_without_room_for_its_rows_says_so_and_leaves_nothing_behind() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 2000);
    let rows = std::fs::read_to_string(dir.path("f.csv")).unwrap();
    dir.write("f.csv", &rows.replace("Consumo", ""));
    assert_eq!(dir.run(&["check", "f.csv", "-m", "m.toml", "--json"]).code, 3);
    let files = |folder: &str| {
        let files = std::fs::read_dir(dir.path(folder)).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        // The ledger's own log comes and goes.
        names.filter(|name| !name.starts_with("ledger.sqlite")).collect::<BTreeSet<_>>()
    };
    let before = files("state");
    // Enough for what the ledger writes, not for the cells of two thousand rows.
    let report =
        format!("trap '' XFSZ; ulimit -f 600; exec {} report 1 -o out --json", env!("CARGO_BIN_EXE_cartera"));
    let out = dir.run_shell(&report);
    assert_eq!((out.code, out.json()["error"]["code"].as_str()), (8, Some("report-unwritable")));
    let told = out.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(told.contains(Say::ReasonNoRoom.text(Lang::Es)), "{told}");
    assert!(!out.stderr.contains("panic"), "{}", out.stderr);
    assert_eq!(files("state"), before);
    assert!(!files("out").iter().any(|name| name.contains(".part")), "{:?}", files("out"));
    assert_eq!(dir.run(&["report", "1", "-o", "out", "--json"]).code, 0, "there is room again");
}

#[test]
fn processes_that_begin_at_the_same_time_do_not_take_each_other_for_damage() {
    for _ in 0..5 {
        let dir = Workdir::with_samples();
        dir.write_portfolio("f.csv", 3);
        let children: Vec<_> =
            (0..6).map(|_| dir.start_with_token(&["check", "f.csv", "-m", "m.toml", "--json"])).collect();
        for child in children {
            let out = child.wait();
            assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
        }
    }
}
