//! What is remembered of a watch between two starts: a small file in the state folder.
//!
//! It holds times, runs and names of files and folders, nothing out of a file. What is lost with it costs a repeated
//! or a missing reminder, never a file: where those are is told by their own journals.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::draft;

/// The end of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// The file's name.
    pub file: String,
    /// The run, where there is one.
    pub run: Option<i64>,
    /// The exit code of the load.
    pub exit: Option<u8>,
    /// The stable code of what stopped or refused it.
    pub code: Option<String>,
}

/// A delivery of which some outcomes are held until a person decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Its folder.
    pub folder: PathBuf,
    /// The file's name.
    pub file: String,
    /// Its run.
    pub run: i64,
    /// Since when.
    pub since: Timestamp,
    /// On which date it was said last.
    pub said_on: Date,
}

/// What is remembered of a watch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// When the watch was seen for the first time.
    pub since: Timestamp,
    /// The due time that was served last.
    pub served: Timestamp,
    /// When a file came last.
    pub last_arrival: Option<Timestamp>,
    /// The last delivery that needed nobody.
    pub last_success: Option<Event>,
    /// The last one that did.
    pub last_failure: Option<Event>,
    /// The date of the last silence that was told.
    pub silence_said: Option<Date>,
    /// Deliveries with outcomes that are held.
    pub held: Vec<Held>,
    /// Where deliveries end, and where they ended under earlier configurations.
    #[serde(default)]
    pub places: BTreeSet<PathBuf>,
}

impl Memory {
    /// Reads what is remembered; a watch that was never seen, or whose memory is damaged, begins now.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn read(path: &Path, now: Timestamp) -> io::Result<Memory> {
        let new = Memory {
            since: now,
            served: now,
            last_arrival: None,
            last_success: None,
            last_failure: None,
            silence_said: None,
            held: Vec::new(),
            places: BTreeSet::new(),
        };
        match std::fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(new),
            Err(error) => Err(error),
            Ok(text) => Ok(serde_json::from_slice(&text).unwrap_or_else(|error| {
                tracing::error!(file = %path.display(), %error, "the memory of a watch is damaged and begins anew");
                new
            })),
        }
    }

    /// Takes note of where deliveries end.
    ///
    /// # Errors
    /// When the system does not say where it is.
    pub fn note_places(&mut self, places: [&Path; 2]) -> io::Result<()> {
        for place in places {
            self.places.insert(std::path::absolute(place)?);
        }
        Ok(())
    }

    /// Where deliveries of a watch end, by its file; nowhere when that cannot be read.
    pub fn places_in(path: &Path) -> BTreeSet<PathBuf> {
        let memory = std::fs::read(path).ok().and_then(|text| serde_json::from_slice::<Memory>(&text).ok());
        memory.map(|memory| memory.places).unwrap_or_default()
    }

    /// Writes it down.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        draft::write_whole(path, &serde_json::to_vec_pretty(self)?)
    }
}
