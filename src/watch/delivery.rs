//! A delivery: one file of a creditor's, from the moment it is taken until it lies where it ends.
//!
//! Each has a folder of its own, `processing/20261120-0305-banco.xlsx/`, with the file, its report and a journal
//! (`delivery.json`) that is written before each move. At the end the whole folder goes to `done` or
//! `needs-attention` in one step. So names never collide, and what a crash left between two steps is told by the
//! journal and by what is there: [`Delivery::make_good`] goes on or takes it back. A file is never in two places that
//! are looked at, and never in none.

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::arrivals::Arrival;
use super::disk::{Disk, move_file, move_folder, remove_all};
use super::notify::Ended;
use super::settings::Watch;
use super::verdict::Gate;
use crate::lang::Code;

/// The journal's name in a delivery's folder.
pub(super) const JOURNAL: &str = "delivery.json";
/// The folder of its report.
pub(super) const REPORT: &str = "report";
/// The remarks of its loads.
pub(super) const LOG: &str = "cartera.log";
/// What is said of its end to whoever opens the folder.
pub(super) const NOTE: &str = "cartera.txt";
/// The lock that the program that loads the file holds, also when the watcher that started it is gone.
const LOCK: &str = "lock";
/// The longest part of the file's name in that of its folder, in bytes: most systems allow 255 for the whole.
const NAME_BYTES: usize = 150;
/// The most names that are tried for a delivery's folder.
const NAMES_TRIED: u32 = 1000;

/// What shows that a file is the one that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Its size in bytes.
    pub bytes: u64,
    /// When it was changed last; none where the file system keeps no time.
    pub modified: Option<Timestamp>,
}

impl Stamp {
    /// The stamp of a file; nothing where there is no file of that name.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn of(path: &Path) -> io::Result<Option<Stamp>> {
        match std::fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_file() => Ok(Some(Stamp {
                bytes: metadata.len(),
                modified: metadata.modified().ok().and_then(|at: SystemTime| Timestamp::try_from(at).ok()),
            })),
            Ok(_) => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Where a delivery ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Nobody needs to look at it.
    Done,
    /// Somebody does.
    NeedsAttention,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "stage")]
pub enum Stage {
    /// It is being taken out of the watch folder.
    Taking,
    /// It waits for its load, or for the load to go on.
    Waiting,
    /// A load was started and has not said how it ended.
    Loading,
    /// It has ended, and is on its way.
    Ended {
        /// Where to.
        place: Place,
    },
}

/// The journal of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    /// The watch's name.
    pub watch: String,
    /// The file's name.
    pub name: String,
    /// Where it came from.
    pub source: PathBuf,
    /// What it was when it was taken.
    pub stamp: Stamp,
    /// Marker and checksum files that came with it.
    pub beside: Vec<(PathBuf, Stamp)>,
    /// When it was taken.
    pub taken_at: Timestamp,
    /// How far it is.
    #[serde(flatten)]
    pub stage: Stage,
    /// What the last load came to.
    pub ended: Ended,
    /// Loads that ended without a result, one after the other.
    pub tries: u32,
    /// Waits of growing length, one after the other.
    pub waits: u32,
    /// Before which instant it is not tried again.
    pub not_before: Option<Timestamp>,
    /// Whom its wait holds up besides.
    pub gate: Gate,
    /// A person has to do something first: it is not tried by itself.
    pub hands_off: bool,
    /// On which date it was said last that it waits for a person, where it does.
    pub said_on: Option<jiff::civil::Date>,
}

/// A delivery in its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its folder.
    pub folder: PathBuf,
    /// Its journal, as it was written last.
    pub journal: Journal,
}

impl Delivery {
    /// Takes a file out of its watch folder, as it was when it was looked at.
    ///
    /// # Errors
    /// `NotFound` where it is another by now, and whatever a step fails with; [`Delivery::make_good`] goes on from
    /// there.
    pub fn take(disk: &dyn Disk, watch: &Watch, arrival: &Arrival, now: Timestamp) -> io::Result<Delivery> {
        let gone = || io::Error::from(io::ErrorKind::NotFound);
        let (source, stamp) = (&arrival.path, arrival.stamp);
        if Stamp::of(source)? != Some(stamp) {
            return Err(gone());
        }
        let name = source.file_name().ok_or_else(gone)?.to_string_lossy().into_owned();
        let beside = arrival.beside.iter().map(|path| Ok((path.clone(), Stamp::of(path)?.ok_or_else(gone)?)));
        let beside: io::Result<Vec<_>> = beside.collect();
        let other = arrival.is_other.then(|| Code::ChecksumMismatch.as_str().to_owned());
        let folder = new_folder(disk, watch, &name, now)?;
        let journal = Journal {
            watch: watch.name.clone(),
            name,
            source: source.clone(),
            stamp,
            beside: beside?,
            taken_at: now,
            stage: Stage::Taking,
            ended: Ended { code: other, ..Ended::default() },
            tries: 0,
            waits: 0,
            not_before: None,
            gate: Gate::Own,
            hands_off: false,
            said_on: None,
        };
        let mut delivery = Delivery { folder, journal };
        delivery.write(disk)?;
        move_file(disk, source, &delivery.file())?;
        delivery.arrive(disk)?;
        Ok(delivery)
    }

    /// What goes with the file follows it, and it waits for its load.
    fn arrive(&mut self, disk: &dyn Disk) -> io::Result<()> {
        for (path, stamp) in &self.journal.beside {
            let target = self.folder.join(path.file_name().unwrap_or_default());
            if Stamp::of(path)?.is_some_and(|there| there == *stamp) {
                move_file(disk, path, &target)?;
            }
        }
        self.journal.stage = Stage::Waiting;
        self.write(disk)
    }

    /// Reads the delivery in a folder and brings to an end, or takes back, what a crash left half done. Nothing where
    /// nothing was taken.
    ///
    /// # Errors
    /// Whatever a step fails with; `InvalidData` where the journal is not one.
    pub fn make_good(disk: &dyn Disk, folder: &Path) -> io::Result<Option<Delivery>> {
        let Some(journal) = Delivery::journal_in(folder)? else {
            // The crash came before the journal, or after it was taken back: what else is there is not ours.
            return remove_halves(disk, folder).map(|()| None);
        };
        let mut delivery = Delivery { folder: folder.to_path_buf(), journal };
        if delivery.journal.stage != Stage::Taking {
            return Ok(Some(delivery));
        }
        let (source, stamp) = (&delivery.journal.source, delivery.journal.stamp);
        if Stamp::of(&delivery.file())?.is_some() {
            // Copied from another disk: the first one is still there.
            if Stamp::of(source)?.is_some_and(|there| there == stamp) {
                disk.remove_file(source)?;
            }
            delivery.arrive(disk)?;
            return Ok(Some(delivery));
        }
        remove_all(disk, folder, JOURNAL)?;
        Ok(None)
    }

    /// The journal in a folder, where there is one.
    ///
    /// # Errors
    /// `InvalidData` where it is none, and whatever the system says.
    pub fn journal_in(folder: &Path) -> io::Result<Option<Journal>> {
        match std::fs::read(folder.join(JOURNAL)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            text => Ok(Some(serde_json::from_slice(&text?)?)),
        }
    }

    /// Where the file is.
    pub fn file(&self) -> PathBuf {
        self.folder.join(&self.journal.name)
    }

    /// Where its report is written.
    pub fn report(&self) -> PathBuf {
        self.folder.join(REPORT)
    }

    /// The file whose lock the loading program holds.
    pub fn lock(&self) -> PathBuf {
        self.folder.join(LOCK)
    }

    /// Where the remarks of its loads are.
    pub fn log(&self) -> PathBuf {
        self.folder.join(LOG)
    }

    /// The name of its folder, which no other delivery of the watch has.
    pub fn id(&self) -> String {
        self.folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Writes the journal down.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, disk: &dyn Disk) -> io::Result<()> {
        disk.write(&self.folder.join(JOURNAL), &serde_json::to_vec_pretty(&self.journal)?)
    }

    /// Writes down that it has ended, and where it goes; a note says it to whoever opens the folder.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn end(&mut self, disk: &dyn Disk, place: Place, note: &str) -> io::Result<()> {
        self.journal.stage = Stage::Ended { place };
        self.journal.not_before = None;
        disk.write(&self.folder.join(NOTE), note.as_bytes())?;
        // The load has ended; its lock, and a log without a word, are of no more use.
        let log = self.log();
        let is_silent = std::fs::metadata(&log).is_ok_and(|metadata| metadata.len() == 0);
        for path in
            [self.lock().exists().then(|| self.lock()), is_silent.then_some(log)].into_iter().flatten()
        {
            disk.remove_file(&path)?;
        }
        self.write(disk)
    }

    /// Moves an ended delivery to where it ends.
    ///
    /// # Errors
    /// Whatever a step fails with. Done again, it goes on from there.
    pub fn leave(&mut self, disk: &dyn Disk, target: &Path) -> io::Result<()> {
        let there = target.join(self.id());
        if there.join(JOURNAL).exists() {
            // Copied to another disk: the first one is still there.
            remove_all(disk, &self.folder, JOURNAL)?;
        } else {
            move_folder(disk, (&self.folder, &there), JOURNAL)?;
        }
        self.folder = there;
        Ok(())
    }
}

/// Removes half-written files, and the folder when nothing else is in it.
fn remove_halves(disk: &dyn Disk, folder: &Path) -> io::Result<()> {
    for inner in std::fs::read_dir(folder)? {
        let path = inner?.path();
        if path.extension().is_some_and(|ending| ending == "part") {
            disk.remove_file(&path)?;
        }
    }
    if std::fs::read_dir(folder)?.next().is_none() { disk.remove_folder(folder) } else { Ok(()) }
}

/// Makes a folder for a delivery under a name that is free in all the places where it may come to lie.
fn new_folder(disk: &dyn Disk, watch: &Watch, name: &str, now: Timestamp) -> io::Result<PathBuf> {
    let at = now.to_zoned(watch.calendar.zone.clone()).strftime("%Y%m%d-%H%M").to_string();
    let name = &name[..name.floor_char_boundary(NAME_BYTES)];
    for number in 1..=NAMES_TRIED {
        let id = if number == 1 { format!("{at}-{name}") } else { format!("{at}-{number}-{name}") };
        if [&watch.processing, &watch.done, &watch.needs_attention]
            .iter()
            .any(|place| place.join(&id).exists())
        {
            continue;
        }
        let folder = watch.processing.join(id);
        match disk.make_folder(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            outcome => return outcome.map(|()| folder),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}
