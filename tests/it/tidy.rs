//! Rules of the source tree that a machine can hold: module texts, lengths, and who may name what.

use std::path::{Path, PathBuf};

/// Longest file, its tests not counted.
const LINES_MAX: usize = 500;

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, files: &mut Vec<(PathBuf, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, files);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                files.push((path, text));
            }
        }
    }
    let mut files = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    assert!(files.len() > 40);
    files
}

#[test]
fn every_file_opens_with_why_it_exists_and_stays_readable() {
    for (path, text) in sources() {
        assert!(text.starts_with("//!"), "{} does not say why it exists", path.display());
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().lines().count();
        // The catalogues are lists, looked up by a name and not read from top to bottom.
        let is_catalogue =
            ["lang/problems.rs", "lang/interface.rs", "lang/help.rs"].iter().any(|name| path.ends_with(name));
        assert!(is_catalogue || code <= LINES_MAX, "{} has {code} lines", path.display());
    }
}

#[test]
fn each_outside_world_has_one_door() {
    for (word, home) in [
        ("reqwest::", "upload/wire.rs"),
        ("sqlx::", "ledger/"),
        ("indicatif::", "cli/screen.rs"),
        ("clap::", "cli/"),
        ("std::env::var", "settings.rs"),
        ("calamine::", "source/"),
        ("lettre::", "watch/mail.rs"),
        ("croner::", "watch/calendar.rs"),
    ] {
        for (path, text) in sources() {
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let path = path.to_string_lossy().replace('\\', "/");
            assert!(
                path.contains(home) || path.ends_with("tests.rs") || !code.contains(word),
                "{path} names {word}"
            );
        }
    }
}
