//! Calls of the C library that fail when a test says so, as on a disk or a machine in trouble.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// The library that makes calls fail; compiled once, with the compiler that Rust's own linking needs.
pub(crate) fn library() -> &'static PathBuf {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let name = format!("failing-{}.so", std::process::id());
        let library = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/support/failing.c");
        let compiled = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).status();
        assert!(compiled.unwrap().success());
        library
    })
}
