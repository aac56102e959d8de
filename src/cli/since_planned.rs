//! Whether the files of a run are still what they were when it was planned, looked at beside the sending.
//!
//! What was planned is sent whatever they are now, so no request waits for it: gigabytes take seconds to read, and a
//! share that hangs never ends. But who corrected a file meanwhile must not believe that the correction goes with it:
//! what is found is said as soon as it is known, and a run that ends sooner waits for it, its result told already.
//! Nothing found here changes what is sent, the result, or the exit code.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::attachment::size_and_hash;
use crate::lang::{Lang, Say};
use crate::ledger::{FileEntry, Run, RunId};
use crate::platform::{self, StopRequests};

use super::screen::Screen;

/// How long a run that is over waits for what it does not need: some tens of gigabytes from a disk.
const WAITS_AT_MOST: Duration = Duration::from_mins(1);

/// The files of a run while they are looked at.
pub(super) struct SincePlanned {
    /// Heard of when all was looked at.
    looked: oneshot::Receiver<()>,
    screen: Screen,
    run: RunId,
}

impl SincePlanned {
    /// Begins to look at the files, one after the other, on a thread of its own.
    pub(super) fn look(screen: &Screen, run: &Run, files: Vec<FileEntry>) -> SincePlanned {
        let (done, looked) = oneshot::channel();
        let own = screen.clone();
        let stamps: HashMap<String, String> =
            serde_json::from_value(run.settings["stamps"].clone()).unwrap_or_default();
        let run = run.id;
        tokio::task::spawn_blocking(move || {
            for file in files.iter().filter(|file| file.name != "-") {
                if let Some(say) = found_now(file, stamps.get(&file.name)) {
                    own.remark(&said(say, file, run, own.lang));
                }
            }
            // A run that was stopped meanwhile does not listen.
            done.send(()).ok();
        });
        SincePlanned { looked, screen: screen.clone(), run }
    }

    /// Waits until all was said; not for ever, and not for a person who wants to stop.
    pub(super) async fn say_all(self) {
        let mut asked = StopRequests::listen();
        let is_said = tokio::select! {
            biased;
            heard = self.looked => heard.is_ok(),
            () = tokio::time::sleep(WAITS_AT_MOST) => false,
            () = asked.next() => false,
        };
        if !is_said {
            let run = self.run.to_string();
            self.screen.remark(&Say::SourceUnseen.with(self.screen.lang, &[("run", &run)]));
        }
    }
}

/// What a file has become, if it is not what it was. Its content is read only where neither its size nor its stamp, as it
/// was when it was planned, tells; and never of a pipe or a device: it was read once, and gives other bytes or none.
fn found_now(planned: &FileEntry, stamp: Option<&String>) -> Option<Say> {
    let path = Path::new(&planned.name);
    let metadata = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file);
    let Some(metadata) = metadata else { return Some(Say::SourceAway) };
    if metadata.len() != planned.bytes {
        return Some(Say::SourceChanged);
    }
    if stamp.is_some() && platform::file_stamp(path, jiff::Timestamp::now()).as_ref() == stamp {
        return None;
    }
    match size_and_hash(path) {
        Ok((bytes, hash)) if bytes == planned.bytes && hash == planned.fingerprint => None,
        Ok(_) => Some(Say::SourceChanged),
        Err(_) => Some(Say::SourceAway),
    }
}

fn said(say: Say, file: &FileEntry, run: RunId, lang: Lang) -> String {
    say.with(lang, &[("file", file.name.as_str()), ("run", &run.to_string())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_it_was_by_its_bytes_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f.csv");
        std::fs::write(&path, "uno").unwrap();
        let (bytes, fingerprint) = size_and_hash(&path).unwrap();
        let planned = FileEntry { name: path.display().to_string(), bytes, fingerprint, rows: 1 };
        for (text, expected) in
            [("uno", None), ("dos", Some(Say::SourceChanged)), ("unos", Some(Say::SourceChanged))]
        {
            std::fs::write(&path, text).unwrap();
            assert_eq!(found_now(&planned, None), expected, "{text}");
            // The stamp of another file proves nothing.
            assert_eq!(found_now(&planned, Some(&"1:2:3".to_owned())), expected, "{text}");
        }
        std::fs::remove_file(&path).unwrap();
        assert_eq!(found_now(&planned, None), Some(Say::SourceAway));
        // A folder, and whatever else is no file, is never opened.
        std::fs::create_dir(&path).unwrap();
        assert_eq!(found_now(&planned, None), Some(Say::SourceAway));
    }

    #[test]
    #[cfg(unix)]
    fn a_file_that_was_left_alone_is_not_read() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let (bytes, name) = (path.metadata().unwrap().len(), path.display().to_string());
        // Whoever reads it finds that it is not this.
        let planned = FileEntry { name, bytes, fingerprint: String::new(), rows: 1 };
        assert_eq!(found_now(&planned, None), Some(Say::SourceChanged));
        assert_eq!(found_now(&planned, platform::file_stamp(&path, jiff::Timestamp::now()).as_ref()), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_that_cannot_be_read_to_its_end_keeps_no_run_from_ending() {
        let screen = Screen::new(Lang::Es, false, true, false);
        let (_done, looked) = oneshot::channel();
        let start = tokio::time::Instant::now();
        SincePlanned { looked, screen, run: 1 }.say_all().await;
        assert!(start.elapsed() >= WAITS_AT_MOST);
    }
}
