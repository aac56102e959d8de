//! Makes the sample files anew, so that everyone can see where each value comes from and that nobody in
//! them is real.
//!
//! The files are kept in the repository because people open them and tests load them. They are made by a
//! program because a dozen kinds of mistakes, each at a row that a test must know, cannot be kept right by
//! hand. The same program always writes the same bytes: no clock, no system randomness, no hash order.
//!
//! `cargo run --example make-samples` writes beside this file; a folder given as argument is written to
//! instead, so that a test can compare.

#[path = "make/dice.rs"]
mod dice;

#[path = "make/invent.rs"]
mod invent;

#[path = "make/andino.rs"]
mod andino;

#[path = "make/mistakes.rs"]
mod mistakes;

#[path = "make/cooperativa.rs"]
mod cooperativa;

#[path = "make/caja_sur.rs"]
mod caja_sur;

#[path = "make/almacenes.rs"]
mod almacenes;

#[path = "make/luna_day.rs"]
mod luna_day;

use std::error::Error;
use std::path::{Path, PathBuf};

/// Nothing here can be repaired at run time, so a failure only needs its own words.
pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let beside_this_file = || Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let folder = std::env::args_os().nth(1).map_or_else(beside_this_file, PathBuf::from);
    andino::write(&folder)?;
    cooperativa::write(&folder)?;
    caja_sur::write(&folder)?;
    almacenes::write(&folder)?;
    luna_day::write(&folder)
}
