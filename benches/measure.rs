//! What a command costs, and the middle of several costs.
//!
//! Contenders run in turn, never one after the other's whole series: a machine that becomes slow then becomes slow for
//! all of them. The time is what `bash` says of its child, since no other way tells the processor's time of a child
//! alone to the millisecond; the memory is looked at while the command runs, a hundred times a second.

use std::ffi::{OsStr, OsString};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;

/// How often the memory is looked at; more often would take the cores from what is measured.
const LOOK: Duration = Duration::from_millis(10);

/// What a command cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd)]
pub struct Cost {
    /// From its start to its end, in seconds.
    pub wall: f64,
    /// Of all its threads and children, in seconds.
    pub cpu: f64,
    /// The most that was resident at once, pages of files included, in bytes.
    pub peak: f64,
    /// The most of it that was no page of a file.
    pub anonymous: f64,
}

/// Runs a command to its end, its output thrown away, and tells what it cost.
///
/// # Errors
/// When it cannot be started, or ends with another status than those given.
pub fn cost(command: &[OsString], envs: &[(&str, &OsStr)], statuses: &[i32]) -> Outcome<Cost> {
    const TIMED: &str = "TIMEFORMAT='%3R %3U %3S'; time \"$@\" >/dev/null 2>&1";
    let mut bash = Command::new("bash");
    bash.args(["-c", TIMED, "bash"]).args(command).envs(envs.iter().copied());
    let mut child = bash.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let (mut peak, mut anonymous) = (0.0f64, 0.0f64);
    while child.try_wait()?.is_none() {
        if let Some(now) = memory_of_child(child.id()) {
            (peak, anonymous) = (peak.max(now.0), anonymous.max(now.1));
        }
        std::thread::park_timeout(LOOK);
    }
    let output = child.wait_with_output()?;
    let text = String::from_utf8(output.stderr)?;
    let figures: Vec<f64> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    let [wall, user, system] = figures[..] else { return Err(format!("{command:?} was not timed").into()) };
    match output.status.code() {
        Some(status) if statuses.contains(&status) => Ok(Cost { wall, cpu: user + system, peak, anonymous }),
        _ => Err(format!("{command:?} ended with {}", output.status).into()),
    }
}

/// The peak of a process's only child, and what of its memory is no page of a file now, where the system tells; only
/// Linux does.
fn memory_of_child(process: u32) -> Option<(f64, f64)> {
    let children = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children")).ok()?;
    let status = std::fs::read_to_string(format!("/proc/{}/status", children.trim())).ok()?;
    let kibibytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()
    };
    Some((kibibytes("VmHWM:")? * 1024.0, kibibytes("RssAnon:")? * 1024.0))
}

/// What a piece of work in this process took, in seconds.
pub fn time<R>(work: impl FnOnce() -> R) -> f64 {
    let started = Instant::now();
    std::hint::black_box(work());
    started.elapsed().as_secs_f64()
}

/// The middle of some figures; of an even number, the greater of the two.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

/// The middle of each figure on its own.
pub fn median_cost(costs: &[Cost]) -> Cost {
    let of = |figure: fn(&Cost) -> f64| median(costs.iter().map(figure).collect());
    Cost {
        wall: of(|cost| cost.wall),
        cpu: of(|cost| cost.cpu),
        peak: of(|cost| cost.peak),
        anonymous: of(|cost| cost.anonymous),
    }
}
