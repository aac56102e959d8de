//! Which files of a watch folder are whole: half a file is never taken.
//!
//! A file is whole when nothing about it has changed for a while, nobody has it open, and it opens to its end; or when
//! a marker or a checksum that was agreed on says so. What is looked at again and again is remembered only as long as
//! it is there. Nothing here moves or changes a file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use super::delivery::Stamp;
use super::settings::{Order, Watch};

/// Names under which programs write what is not whole yet.
const UNFINISHED: [&str; 7] = [".part", ".tmp", ".temp", ".crdownload", ".partial", ".filepart", ".download"];
/// A file that stands still and is not whole all the same is taken after so many times its while, so that a person
/// learns of it.
const WHILES_MAX: i32 = 20;

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unready {
    /// It may be whole in a moment.
    Unfinished(&'static str),
    /// Somebody has yet to say that it is.
    Unsaid(&'static str),
}

/// A file that can be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Where it is.
    pub path: PathBuf,
    /// What it was when it was looked at.
    pub stamp: Stamp,
    /// Its marker or checksum file.
    pub beside: Vec<PathBuf>,
    /// Its content is not what its checksum says.
    pub is_other: bool,
}

/// What a look at a folder has found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// Files that can be taken, in the order of the watch.
    pub whole: Vec<Arrival>,
    /// How many are not whole yet, and may soon be.
    pub unfinished: usize,
    /// How many nobody waits for: they have not been whole for long, or their marker is not there.
    pub stale: usize,
}

/// A file that was seen before.
#[derive(Debug, Clone)]
struct Seen {
    stamp: Stamp,
    /// Since when it is as it is.
    since: Timestamp,
    first: Timestamp,
    /// Whether it is whole, as far as its content tells; looked at once for each stamp.
    content: Option<bool>,
}

/// What was seen in a watch folder.
#[derive(Debug, Default)]
pub struct Arrivals {
    seen: BTreeMap<PathBuf, Seen>,
}

impl Arrivals {
    /// Looks at the folder; `opens` tells whether a file opens to its end.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn look(&mut self, watch: &Watch, now: Timestamp, opens: &dyn Fn(&Path) -> bool) -> io::Result<Look> {
        let mut names = BTreeSet::new();
        for file in std::fs::read_dir(&watch.folder)? {
            names.extend(file?.file_name().into_string());
        }
        let mut look = Look::default();
        let mut there = BTreeSet::new();
        for name in names.iter().filter(|name| is_meant(watch, name)) {
            let path = watch.folder.join(name);
            let Some(stamp) = Stamp::of(&path)? else { continue };
            there.insert(path.clone());
            match self.examine(watch, (&path, stamp), (&names, now), opens)? {
                Ok(arrival) => {
                    tracing::debug!(watch = watch.name, file = name, "whole");
                    look.whole.push(arrival);
                }
                Err(Unready::Unsaid(reason)) => {
                    look.stale += 1;
                    tracing::debug!(watch = watch.name, file = name, reason, "not taken yet");
                }
                Err(Unready::Unfinished(reason)) => {
                    let while_ = SignedDuration::try_from(watch.still).unwrap_or(SignedDuration::ZERO);
                    let first = self.seen.get(&path).map_or(now, |seen| seen.first);
                    let stale = now.duration_since(first) > while_ * WHILES_MAX;
                    *(if stale { &mut look.stale } else { &mut look.unfinished }) += 1;
                    tracing::debug!(watch = watch.name, file = name, reason, "not taken yet");
                }
            }
        }
        self.seen.retain(|path, _| there.contains(path));
        if watch.order == Order::Time {
            look.whole.sort_by_key(|arrival| arrival.stamp.modified);
        }
        Ok(look)
    }

    /// A file that can be taken, or why not.
    fn examine(
        &mut self,
        watch: &Watch,
        (path, stamp): (&Path, Stamp),
        (names, now): (&BTreeSet<String>, Timestamp),
        opens: &dyn Fn(&Path) -> bool,
    ) -> io::Result<Result<Arrival, Unready>> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let fresh = Seen { stamp, since: now, first: now, content: None };
        let seen = self.seen.entry(path.to_path_buf()).or_insert(fresh);
        if seen.stamp != stamp {
            *seen = Seen { stamp, since: now, first: seen.first, content: None };
        }
        if open_elsewhere(&name, names) {
            return Ok(Err(Unready::Unfinished("open in another program")));
        }
        let arrival =
            |beside: Vec<PathBuf>, is_other| Arrival { path: path.to_path_buf(), stamp, beside, is_other };
        let companion = |ending: &str| {
            let names_of = [format!("{name}{ending}"), format!("{}{ending}", stem(&name))];
            names_of.into_iter().find(|name| names.contains(name)).map(|name| watch.folder.join(name))
        };
        if let Some(ending) = &watch.marker {
            return Ok(companion(ending)
                .map(|marker| arrival(vec![marker], false))
                .ok_or(Unready::Unsaid("no marker yet")));
        }
        let while_ = SignedDuration::try_from(watch.still).unwrap_or(SignedDuration::ZERO);
        let still = now.duration_since(seen.since);
        if still < while_ {
            return Ok(Err(Unready::Unfinished("not still for long enough")));
        }
        let long_enough = still >= while_ * WHILES_MAX;
        if let Some(ending) = &watch.checksum {
            let Some(sum) = companion(ending) else { return Ok(Err(Unready::Unsaid("no checksum yet"))) };
            // The checksum may be the part that is not whole yet: it is read each time.
            let fits = has_checksum(path, &sum)?;
            return Ok(if fits || long_enough {
                Ok(arrival(vec![sum], !fits))
            } else {
                Err(Unready::Unfinished("checksum differs"))
            });
        }
        let is_whole = *seen.content.get_or_insert_with(|| stamp.bytes > 0 && opens(path));
        Ok(if is_whole || long_enough {
            Ok(arrival(Vec::new(), false))
        } else {
            Err(Unready::Unfinished("does not open to its end"))
        })
    }
}

/// Whether a name is one of the watch's files, and no sign of another's work.
fn is_meant(watch: &Watch, name: &str) -> bool {
    let lower = name.to_lowercase();
    let companion = [&watch.marker, &watch.checksum];
    !name.starts_with(['.', '~'])
        && !UNFINISHED.iter().any(|ending| lower.ends_with(ending))
        && !companion.into_iter().flatten().any(|ending| lower.ends_with(&ending.to_lowercase()))
        && watch.files.iter().any(|pattern| pattern.fits(name))
}

/// Whether the lock file of Excel or `LibreOffice` lies beside a file.
fn open_elsewhere(name: &str, names: &BTreeSet<String>) -> bool {
    let shortened: String = name.chars().skip(2).collect();
    [format!("~${name}"), format!("~${shortened}"), format!(".~lock.{name}#")]
        .iter()
        .any(|lock| names.contains(lock))
}

fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// Whether a file's SHA-256 is the first word of another file.
fn has_checksum(path: &Path, sum: &Path) -> io::Result<bool> {
    let mut said = String::new();
    // A line of it is enough; what is longer is no checksum.
    File::open(sum)?.take(4096).read_to_string(&mut said).or_else(|error| match error.kind() {
        io::ErrorKind::InvalidData => Ok(0),
        _ => Err(error),
    })?;
    let said = said.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => hash.update(&buffer[..read]),
        }
    }
    Ok(format!("{:x}", hash.finalize()) == said)
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;

    use super::super::tests::watch_in;
    use super::*;

    fn names(look: &Look) -> Vec<&str> {
        look.whole.iter().map(|arrival| arrival.path.file_name().unwrap().to_str().unwrap()).collect()
    }

    #[test]
    fn only_whole_files_are_taken() {
        let folder = tempfile::tempdir().unwrap();
        let watch = watch_in(folder.path(), "files = [\"*.xlsx\", \"*.csv\", \"*.zip\"]\nstill = \"30s\"");
        let write = |name: &str, text: &str| std::fs::write(watch.folder.join(name), text).unwrap();
        for name in
            ["a.csv", "b.csv.part", "c.xlsx", "~$c.xlsx", "~$d.xlsx", "e.pdf", ".f.csv", "empty.csv", "g.zip"]
        {
            write(name, if name == "empty.csv" { "" } else { "x" });
        }
        std::fs::create_dir(watch.folder.join("h.csv")).unwrap();
        let start: Timestamp = "2026-11-20T03:00:00Z".parse().unwrap();
        let mut arrivals = Arrivals::default();
        let opens = |path: &Path| !path.ends_with("g.zip");
        let mut look = |seconds: i64| arrivals.look(&watch, start + seconds.seconds(), &opens).unwrap();
        assert_eq!((names(&look(0)), look(0).unfinished), (vec![], 4));
        write("a.csv", "xy");
        assert_eq!(names(&look(29)), Vec::<&str>::new());
        assert_eq!(names(&look(58)), Vec::<&str>::new(), "it grew at 29");
        assert_eq!(names(&look(59)), ["a.csv"]);
        std::fs::remove_file(watch.folder.join("~$c.xlsx")).unwrap();
        assert_eq!(names(&look(60)), ["a.csv", "c.xlsx"]);
        // What never becomes whole is taken in the end, so that somebody hears of it.
        assert_eq!(names(&look(600)), ["a.csv", "c.xlsx", "empty.csv", "g.zip"]);
    }

    #[test]
    fn a_marker_says_that_a_file_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let watch = watch_in(folder.path(), "marker = \".ok\"");
        let write = |name: &str| std::fs::write(watch.folder.join(name), "x").unwrap();
        let now: Timestamp = "2026-11-20T03:00:00Z".parse().unwrap();
        let mut arrivals = Arrivals::default();
        write("a.csv");
        write("b.csv");
        write("b.OK");
        assert!(arrivals.look(&watch, now, &|_| true).unwrap().whole.is_empty());
        write("b.csv.ok");
        write("a.ok");
        let look = arrivals.look(&watch, now, &|_| true).unwrap();
        assert_eq!(names(&look), ["a.csv", "b.csv"]);
        assert_eq!(look.whole[0].beside, [watch.folder.join("a.ok")]);
    }

    #[test]
    fn a_checksum_must_be_the_contents() {
        let folder = tempfile::tempdir().unwrap();
        let watch = watch_in(folder.path(), "checksum = \".sha256\"\nstill = \"30s\"");
        let start: Timestamp = "2026-11-20T03:00:00Z".parse().unwrap();
        let mut arrivals = Arrivals::default();
        std::fs::write(watch.folder.join("a.csv"), "abc").unwrap();
        std::fs::write(watch.folder.join("b.csv"), "abcd").unwrap();
        let sum = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD  a.csv\n";
        for name in ["a.csv.sha256", "b.csv.sha256"] {
            std::fs::write(watch.folder.join(name), sum).unwrap();
        }
        let mut look =
            |seconds: i64| arrivals.look(&watch, start + seconds.seconds(), &|_| true).unwrap().whole;
        assert!(look(0).is_empty());
        let whole = look(30);
        assert_eq!((whole.len(), whole[0].is_other), (1, false));
        let others: Vec<bool> = look(600).iter().map(|arrival| arrival.is_other).collect();
        assert_eq!(others, [false, true]);
    }

    #[test]
    fn files_are_taken_in_the_order_that_was_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let now: Timestamp = "2026-11-20T03:00:00Z".parse().unwrap();
        for (order, expected) in [("name", ["a.csv", "b.csv"]), ("time", ["b.csv", "a.csv"])] {
            let watch = watch_in(folder.path(), &format!("still = \"0s\"\norder = \"{order}\""));
            for (name, seconds) in [("a.csv", 20), ("b.csv", 10)] {
                std::fs::write(watch.folder.join(name), "x").unwrap();
                let file = File::options().write(true).open(watch.folder.join(name)).unwrap();
                file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds)).unwrap();
            }
            assert_eq!(names(&Arrivals::default().look(&watch, now, &|_| true).unwrap()), expected);
        }
    }
}
