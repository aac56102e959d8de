//! How many instructions each stage takes, held against a baseline: the same on a busy machine as on an idle one.
//!
//! A stage is run under callgrind twice, once only made ready and once to its end; what it takes is the difference, of
//! all its threads together. What is kept is not that number but its ratio to what the floor takes, in the same run: a
//! newer compiler or a processor with other instructions changes both alike. A stage that takes a tenth more than the
//! baseline says is a failure. Where another compiler recorded the baseline, a quarter more is.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::portfolio::{Kind, Order};
use crate::{Outcome, place};

/// The first argument of a run that is counted to its end.
pub const RUN: &str = "--run";
/// The first argument of a run that only makes a stage ready.
pub const PREPARE: &str = "--prepare";
/// The stage that the others are held against.
pub const FLOOR: &str = "floor";
/// Rows where stages are counted.
pub const ROWS: usize = 4_000;

/// By how much a stage may grow.
const GROWTH_MAX: f64 = 1.10;
/// By how much where the baseline is another compiler's.
const GROWTH_MAX_ELSEWHERE: f64 = 1.25;

/// Counts the stages and compares them with the baseline.
///
/// # Errors
/// When a stage takes more than it may, or cannot be counted.
pub fn compare(stages: &[&str]) -> Outcome<()> {
    if !is_there() {
        println!("valgrind is not here: the stages are not counted");
        return Ok(());
    }
    let text = std::fs::read_to_string(baseline_path())?;
    let baseline: Vec<(&str, f64)> = text.lines().filter_map(parse).collect();
    let same = text.lines().any(|line| line == mark());
    let most = if same { GROWTH_MAX } else { GROWTH_MAX_ELSEWHERE };
    if !same {
        println!("the baseline is of another compiler than {}: {most} × is allowed", compiler());
    }
    let mut grown = Vec::new();
    println!("{:12} {:>14} {:>10} {:>10} {:>8}", "stage", "instructions", "to floor", "baseline", "growth");
    for (stage, count, ratio) in count_all(stages)? {
        let before = baseline.iter().find(|(name, _)| *name == stage).map(|(_, before)| *before);
        let growth = before.map_or(f64::INFINITY, |before| ratio / before);
        println!("{stage:12} {count:14} {ratio:10.4} {:10.4} {growth:8.3}", before.unwrap_or_default());
        if growth > most {
            grown.push(stage);
        }
    }
    if grown.is_empty() {
        return Ok(());
    }
    Err(format!("grown by more than {most} ×: {}; see benches/README.md", grown.join(", ")).into())
}

/// Counts the stages and makes that the baseline.
///
/// # Errors
/// When they cannot be counted, or the baseline not be written.
pub fn record(stages: &[&str]) -> Outcome<()> {
    let mut text = format!("{}\n", mark());
    for (stage, _, ratio) in count_all(stages)? {
        writeln!(text, "{stage} {ratio:.4}")?;
    }
    std::fs::write(baseline_path(), &text)?;
    print!("{text}");
    Ok(())
}

/// Each stage but the floor, its instructions, and their ratio to the floor's.
fn count_all<'s>(stages: &[&'s str]) -> Outcome<Vec<(&'s str, u64, f64)>> {
    // The data is made before anything is counted.
    for kind in [Kind::Csv, Kind::Csv1252, Kind::Xlsx] {
        place::portfolio(kind, ROWS, Order::Shuffled)?;
    }
    let floor = count(FLOOR)?;
    let others = stages.iter().filter(|stage| **stage != FLOOR);
    #[expect(clippy::cast_precision_loss, reason = "a ratio of some millions")]
    let counted = |stage: &&'s str| count(stage).map(|count| (*stage, count, count as f64 / floor as f64));
    others.map(counted).collect()
}

/// The instructions of a stage alone.
fn count(stage: &str) -> Outcome<u64> {
    let (whole, ready) = (instructions(&[RUN, stage])?, instructions(&[PREPARE, stage])?);
    Ok(whole.saturating_sub(ready))
}

/// The instructions of this program when it is run with some arguments.
fn instructions(args: &[&str]) -> Outcome<u64> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    let output = valgrind.arg(std::env::current_exe()?).args(args).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let collected =
        said.lines().find_map(|line| line.split_once("Collected : ")).map(|(_, count)| count.trim());
    match collected.map(str::parse) {
        Some(Ok(count)) if output.status.success() => Ok(count),
        _ => Err(format!("{args:?} cannot be counted: {said}").into()),
    }
}

fn is_there() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// The line of the baseline that says whose it is.
fn mark() -> String {
    format!("# {} {}", compiler(), std::env::consts::ARCH)
}

fn compiler() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output().ok();
    output.map_or_else(String::new, |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn parse(line: &str) -> Option<(&str, f64)> {
    let (stage, ratio) = line.split_once(' ')?;
    Some((stage, ratio.parse().ok()?))
}

fn baseline_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("baseline.txt")
}
