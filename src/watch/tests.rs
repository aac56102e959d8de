//! What the parts of the watcher come to together, without a program: taking and moving files over a disk whose power
//! ends between any two steps.

use std::cell::Cell;
use std::io;
use std::path::{Path, PathBuf};

use jiff::{Timestamp, ToSpan as _};

use super::arrivals::Arrival;
use super::delivery::{Delivery, Place, Stage, Stamp};
use super::disk::{Disk, RealDisk};
use super::recovery::forget_done;
use super::reminders::silent_day;
use super::settings::{self, Watch};
use super::{Arrivals, Guard, Look, Memory};
use crate::source::{self, Spools};

/// A watch of a folder below this one, with some more settings.
pub(super) fn watch_in(folder: &Path, more: &str) -> Watch {
    let arrives = folder.join("in");
    for place in ["in", "in/processing", "in/done", "in/needs-attention"] {
        std::fs::create_dir_all(folder.join(place)).unwrap();
    }
    let path = folder.join("c.toml");
    let text = format!(
        "[[watch]]\nname = \"a\"\nfolder = {arrives:?}\nmapping = \"m.toml\"\ntime_zone = \"UTC\"\n{more}\n"
    );
    std::fs::write(&path, text).unwrap();
    settings::read(Some(&path)).unwrap().watches.remove(0)
}

/// A file as a look at its folder finds it.
fn arrival(path: &Path, beside: &[&str]) -> Arrival {
    let beside = beside.iter().map(|name| path.with_file_name(name)).collect();
    Arrival { path: path.to_path_buf(), stamp: Stamp::of(path).unwrap().unwrap(), beside, is_other: false }
}

/// A disk that does so many steps and no more; folders may be on different ones.
struct Failing {
    left: Cell<u32>,
    across: bool,
}

impl Failing {
    fn step(&self) -> io::Result<()> {
        match self.left.get().checked_sub(1) {
            None => Err(io::Error::other("the power is gone")),
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
        }
    }
}

impl Disk for Failing {
    fn make_folder(&self, path: &Path) -> io::Result<()> {
        self.step().and_then(|()| RealDisk.make_folder(path))
    }
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.step().and_then(|()| RealDisk.write(path, bytes))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        // The watch folder, `processing` and `done` are each on a disk of its own.
        let disk = |path: &Path| {
            let parts = ["in/processing", "in/done", "in"];
            parts.into_iter().position(|part| path.to_string_lossy().contains(&format!("/{part}/")))
        };
        if self.across && disk(from) != disk(to) {
            return Err(io::ErrorKind::CrossesDevices.into());
        }
        RealDisk.rename(from, to)
    }
    fn copy(&self, from: &Path, to: &Path) -> io::Result<()> {
        if self.step().is_err() {
            // The power went while it was being written.
            std::fs::write(to, "half").unwrap();
            return Err(io::Error::other("the power is gone"));
        }
        RealDisk.copy(from, to)
    }
    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.step().and_then(|()| RealDisk.remove_file(path))
    }
    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.step().and_then(|()| RealDisk.remove_folder(path))
    }
}

/// Every file below a folder, with its content.
fn files(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for inner in std::fs::read_dir(folder).unwrap() {
            let path = inner.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push((path.clone(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// Goes on with a file from wherever it is: takes it if it is still in the watch folder, ends it, moves it.
fn go_on(disk: &dyn Disk, watch: &Watch, now: Timestamp) -> io::Result<()> {
    let mut found = Vec::new();
    for folder in std::fs::read_dir(&watch.processing)? {
        found.extend(Delivery::make_good(disk, &folder?.path())?);
    }
    let source = watch.folder.join("a.csv");
    if source.exists() {
        found.push(Delivery::take(disk, watch, &arrival(&source, &["a.ok"]), now)?);
    }
    for mut delivery in found {
        if delivery.journal.stage == Stage::Waiting {
            delivery.end(disk, Place::Done, "done")?;
        }
        delivery.leave(disk, &watch.done)?;
    }
    Ok(())
}

#[test]
fn a_crash_between_any_two_steps_is_made_good() {
    for across in [false, true] {
        let mut steps = 0;
        loop {
            let folder = tempfile::tempdir().unwrap();
            let watch = watch_in(folder.path(), "marker = \".ok\"");
            std::fs::write(watch.folder.join("a.csv"), "content").unwrap();
            std::fs::write(watch.folder.join("a.ok"), "marker").unwrap();
            let now: Timestamp = "2026-11-20T03:05:00Z".parse().unwrap();
            let ended = go_on(&Failing { left: Cell::new(steps), across }, &watch, now).is_ok();
            // Wherever it stopped, the content is somewhere, whole.
            let whole = files(&watch.folder).into_iter().filter(|(_, text)| text == "content").count();
            assert!(whole >= 1, "lost after {steps} steps");
            let healthy = Failing { left: Cell::new(u32::MAX), across };
            go_on(&healthy, &watch, now + 1.minutes()).unwrap();
            go_on(&healthy, &watch, now + 2.minutes()).unwrap();
            let left = files(&watch.folder);
            let of = |text: &str| -> Vec<&PathBuf> {
                left.iter().filter(|(_, content)| content == text).map(|(path, _)| path).collect()
            };
            assert_eq!(
                (of("content").len(), of("marker").len(), of("half").len()),
                (1, 1, 0),
                "{steps}: {left:?}"
            );
            assert!(of("content")[0].starts_with(&watch.done), "{steps}: {left:?}");
            assert_eq!(of("content")[0].parent(), of("marker")[0].parent(), "{steps}");
            assert_eq!(std::fs::read_dir(&watch.processing).unwrap().count(), 0, "{steps}: {left:?}");
            if ended {
                break;
            }
            steps += 1;
        }
        assert!(steps > if across { 12 } else { 6 }, "{steps} steps");
    }
}

#[test]
fn names_never_collide() {
    let folder = tempfile::tempdir().unwrap();
    let watch = watch_in(folder.path(), "");
    let now: Timestamp = "2026-11-20T03:05:00Z".parse().unwrap();
    for content in ["one", "two", "three"] {
        std::fs::write(watch.folder.join("a.csv"), content).unwrap();
        let taken = Delivery::take(&RealDisk, &watch, &arrival(&watch.folder.join("a.csv"), &[]), now);
        let mut delivery = taken.unwrap();
        delivery.end(&RealDisk, Place::Done, "").unwrap();
        delivery.leave(&RealDisk, &watch.done).unwrap();
    }
    let contents: Vec<String> = files(&watch.done)
        .into_iter()
        .filter(|(path, _)| path.ends_with("a.csv"))
        .map(|(_, text)| text)
        .collect();
    assert_eq!(contents.len(), 3);
    let long = format!("{}.csv", "ñ".repeat(120));
    std::fs::write(watch.folder.join(&long), "x").unwrap();
    let delivery = Delivery::take(&RealDisk, &watch, &arrival(&watch.folder.join(&long), &[]), now).unwrap();
    assert!(delivery.file().exists() && delivery.id().len() < 200);
}

#[test]
fn a_file_that_changed_after_a_crash_is_not_taken_for_the_one_that_was_copied() {
    let folder = tempfile::tempdir().unwrap();
    let watch = watch_in(folder.path(), "");
    let now: Timestamp = "2026-11-20T03:05:00Z".parse().unwrap();
    std::fs::write(watch.folder.join("a.csv"), "first").unwrap();
    // Folder, journal, the rename that cannot be, copy, rename: the first one is still there.
    let stopped = Failing { left: Cell::new(5), across: true };
    assert!(Delivery::take(&stopped, &watch, &arrival(&watch.folder.join("a.csv"), &[]), now).is_err());
    std::fs::write(watch.folder.join("a.csv"), "second").unwrap();
    let slot = std::fs::read_dir(&watch.processing).unwrap().next().unwrap().unwrap().path();
    let delivery = Delivery::make_good(&RealDisk, &slot).unwrap().unwrap();
    assert_eq!(std::fs::read_to_string(delivery.file()).unwrap(), "first");
    assert_eq!(std::fs::read_to_string(watch.folder.join("a.csv")).unwrap(), "second");
}

#[test]
fn a_silence_is_one_between_two_deadlines_of_working_days() {
    let folder = tempfile::tempdir().unwrap();
    let more = "expect_by = \"06:30\"\nwindow = \"Mon-Fri 05:00-22:00\"\nholidays = [\"2026-11-23\"]";
    let watch = watch_in(folder.path(), more);
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let begun = at("2026-11-18T12:00:00Z");
    for (now, expected) in [
        ("2026-11-19T06:29:00Z", None),
        ("2026-11-19T06:30:00Z", Some(("2026-11-19", "2026-11-18T06:30:00Z"))),
        // A Saturday, a Sunday and a holiday wait for nothing; the Tuesday looks back to the Friday.
        ("2026-11-21T09:00:00Z", None),
        ("2026-11-23T09:00:00Z", None),
        ("2026-11-24T09:00:00Z", Some(("2026-11-24", "2026-11-20T06:30:00Z"))),
        // The deadline passed before the watch began.
        ("2026-11-18T13:00:00Z", None),
    ] {
        let expected = expected.map(|(day, since)| (day.parse().unwrap(), at(since)));
        assert_eq!(silent_day(&watch, begun, at(now)), expected, "{now}");
    }
}

#[test]
fn a_time_that_comes_during_a_load_is_queued_or_skipped() {
    for (overlap, expected) in [("queue", true), ("skip", false)] {
        let folder = tempfile::tempdir().unwrap();
        let watch = watch_in(folder.path(), &format!("cron = \"0 * * * *\"\noverlap = \"{overlap}\""));
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let memory_file = folder.path().join("a.json");
        let memory = Memory::read(&memory_file, at("2026-11-20T02:30:00Z")).unwrap();
        let (arrivals, look) = (Arrivals::default(), Look::default());
        let mut guard = Guard { watch, arrivals, memory, memory_file, look, due_since: None };
        assert!(!guard.is_due(at("2026-11-20T02:59:59Z"), false), "nothing is due before the first time");
        assert!(guard.is_due(at("2026-11-20T03:00:00Z"), false));
        guard.served(at("2026-11-20T03:00:05Z"));
        assert!(!guard.is_due(at("2026-11-20T03:00:10Z"), false), "each time once");
        assert_eq!(guard.is_due(at("2026-11-20T04:00:00Z"), true), expected, "{overlap}");
        guard.served(at("2026-11-20T04:00:05Z"));
        assert!(!guard.is_due(at("2026-11-20T04:30:00Z"), false), "{overlap}: it is over");
        // The machine was off for a day: once.
        assert!(guard.is_due(at("2026-11-21T09:15:00Z"), false));
        guard.served(at("2026-11-21T09:15:05Z"));
        assert!(!guard.is_due(at("2026-11-21T09:20:00Z"), false));
        // A file that grows is waited for, but not until the next day.
        assert!(guard.is_due(at("2026-11-21T10:00:00Z"), false));
        guard.look.unfinished = 1;
        guard.served(at("2026-11-21T10:30:00Z"));
        assert!(guard.is_due(at("2026-11-21T10:45:00Z"), false));
        guard.served(at("2026-11-21T11:00:01Z"));
        assert!(!guard.is_due(at("2026-11-21T11:00:02Z"), false));
    }
}

#[test]
fn what_is_done_is_kept_as_long_as_was_asked_for_and_no_other_folder_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    let watch = watch_in(folder.path(), "keep_done = \"30d\"");
    let now: Timestamp = "2026-11-20T03:05:00Z".parse().unwrap();
    std::fs::write(watch.folder.join("a.csv"), "x").unwrap();
    let mut delivery =
        Delivery::take(&RealDisk, &watch, &arrival(&watch.folder.join("a.csv"), &[]), now).unwrap();
    delivery.end(&RealDisk, Place::Done, "").unwrap();
    delivery.leave(&RealDisk, &watch.done).unwrap();
    std::fs::create_dir(watch.done.join("de-otra-persona")).unwrap();
    for (days, left) in [(29, 2), (31, 1)] {
        forget_done(&watch, now + (days * 24).hours()).unwrap();
        assert_eq!(std::fs::read_dir(&watch.done).unwrap().count(), left, "{days}");
    }
}

#[test]
fn a_cut_archive_or_workbook_does_not_open_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let spools = Spools::in_folder(folder.path());
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/banco-andino.xlsx");
    let book = std::fs::read(book).unwrap();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, "a;b\n1;2\n".repeat(500).as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let cut = |bytes: &[u8]| bytes[..bytes.len() - 20].to_vec();
    for (name, bytes, opens) in [
        ("a.xlsx", book.clone(), true),
        ("b.xlsx", cut(&book), false),
        ("c.csv.gz", packed.clone(), true),
        ("d.csv.gz", cut(&packed), false),
        ("e.csv", b"a;b\n1;2\n".to_vec(), true),
        // What is no table at all is whole; that it is none is said by its load.
        ("f.csv", b"%PDF-1.7 ...".to_vec(), true),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(source::opens_to_its_end(&path, &spools), opens, "{name}");
    }
}
