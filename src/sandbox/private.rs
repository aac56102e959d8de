//! Files and folders that only their owner can read: the store holds what a client sent, which may be real people.
//!
//! Alone in a file because each function has a twin per operating system. Nothing here decides where a file lies.

use std::fs::{DirBuilder, OpenOptions};

/// Options that create a file for its owner alone.
#[cfg(unix)]
pub(super) fn private_open_options() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;

    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

/// Options that create a file; elsewhere the folder's own access list is inherited.
#[cfg(not(unix))]
pub(super) fn private_open_options() -> OpenOptions {
    OpenOptions::new()
}

/// A builder of folders, with their parents, for their owner alone.
#[cfg(unix)]
pub(super) fn private_folder() -> DirBuilder {
    use std::os::unix::fs::DirBuilderExt as _;

    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder
}

/// A builder of folders, with their parents; elsewhere the parent's access list is inherited.
#[cfg(not(unix))]
pub(super) fn private_folder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    builder
}
