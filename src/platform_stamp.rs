//! The stamp of a file, by which whoever has read it knows that it needs no second look.
//!
//! A stamp says nothing of what a file holds, and where there is none the file is read. Nothing here reads one.

#[cfg(unix)]
use std::fs::File;
use std::path::Path;

/// What a file is without a look into it: while this stays the same, so does what it holds. None where the system does not
/// tell, and of a file that was touched just now: file systems tell times apart by two seconds at worst.
#[cfg(unix)]
pub fn file_stamp(path: &Path, now: jiff::Timestamp) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;

    /// In seconds.
    const SURE_AFTER: i64 = 5;
    // Neither a pipe nor a device, which an opening would disturb.
    let is_file = std::fs::metadata(path).is_ok_and(|file| file.is_file());
    // It is opened, and not only asked about, so that a share says how it is and not how it was.
    let file = is_file.then(|| File::open(path).and_then(|file| file.metadata()).ok()).flatten()?;
    // Nobody sets the time of the last change to the file or to what is known of it, but the system itself.
    let is_settled = now.as_second().checked_sub(file.ctime()).is_some_and(|age| age > SURE_AFTER);
    let times = [file.mtime(), file.mtime_nsec(), file.ctime(), file.ctime_nsec()];
    is_settled.then(|| format!("{}:{}:{}:{times:?}", file.dev(), file.ino(), file.len()))
}

/// Elsewhere the time of a file's last change is whatever somebody set.
#[cfg(not(unix))]
pub fn file_stamp(_path: &Path, _now: jiff::Timestamp) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_stamp_is_of_a_file_that_is_left_alone() {
        let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let now = jiff::Timestamp::now();
        assert!(file_stamp(&old, now).is_some());
        assert_eq!(file_stamp(&old, now), file_stamp(&old, now));
        // What was written just now may be written again within the same tick of the file system's clock.
        let folder = tempfile::tempdir().unwrap();
        let new = folder.path().join("new");
        std::fs::copy(&old, &new).unwrap();
        assert_eq!(file_stamp(&new, now), None);
        assert_eq!(
            [folder.path(), &folder.path().join("none")].map(|path| file_stamp(path, now)),
            [None, None]
        );
    }
}
