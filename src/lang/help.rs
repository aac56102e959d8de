//! The texts of `--help`.
