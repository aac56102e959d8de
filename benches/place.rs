//! Where the benchmarks find the program and keep their data: all of it in the target folder.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;
use crate::portfolio::{self, Kind, Order};

/// The folder of the data, which is made once and used again.
///
/// # Errors
/// When it cannot be made.
pub fn data_folder() -> Outcome<PathBuf> {
    // The benchmark itself stands in `deps`, in the folder of its profile.
    let own = std::env::current_exe()?;
    let target = own.ancestors().nth(3).ok_or("the benchmark is not in a target folder")?;
    let folder = target.join("bench-data");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// A portfolio of so many rows; made where it is not there yet. The name says what is in it, and a change of the
/// generator is to change the name.
///
/// # Errors
/// When it cannot be written.
pub fn portfolio(kind: Kind, rows: usize, order: Order) -> Outcome<PathBuf> {
    let (stem, ending) = match kind {
        Kind::Csv => ("csv", "csv"),
        Kind::Csv1252 => ("csv1252", "csv"),
        Kind::Xlsx => ("xlsx", "xlsx"),
    };
    let order_name = if order == Order::Sorted { "-sorted" } else { "" };
    let path = data_folder()?.join(format!("{stem}-{rows}{order_name}-v2.{ending}"));
    if !path.exists() {
        eprintln!("making {}", path.display());
        let unfinished = path.with_extension("part");
        portfolio::write(&unfinished, kind, rows, order)?;
        std::fs::rename(&unfinished, &path)?;
    }
    Ok(path)
}

/// The file of the portfolio's mapping.
///
/// # Errors
/// When it cannot be written.
pub fn mapping() -> Outcome<PathBuf> {
    let path = data_folder()?.join("portfolio.toml");
    std::fs::write(&path, portfolio::MAPPING)?;
    Ok(path)
}

/// The program as its users have it: built for release, and never an older one than the source. `CARTERA_PROGRAM` names
/// another one to measure, such as that of an earlier version.
///
/// # Errors
/// When it cannot be built.
pub fn program() -> Outcome<PathBuf> {
    if let Some(program) = std::env::var_os("CARTERA_PROGRAM") {
        return Ok(program.into());
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut build = Command::new(cargo);
    build.args(["build", "--release", "--locked", "--bin", "cartera"]).current_dir(root);
    // What cargo says of this package is no concern of that build, which would make everything anew because of it.
    let of_package = |name: &str| ["CARGO_MANIFEST", "CARGO_PKG"].iter().any(|start| name.starts_with(start));
    let names = std::env::vars_os().map(|(name, _)| name);
    for name in names.filter(|name| name.to_str().is_some_and(of_package)) {
        build.env_remove(name);
    }
    if !build.status()?.success() {
        return Err("cartera cannot be built".into());
    }
    let target = data_folder()?.parent().map(Path::to_path_buf).unwrap_or_default();
    Ok(target.join("release").join("cartera"))
}
