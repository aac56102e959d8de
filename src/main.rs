//! Parse, run, exit. Everything else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().collect();
    cartera::cli::main(&args)
}
