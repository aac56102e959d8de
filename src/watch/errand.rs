//! What is done for a delivery in one go: its load, or what is left of one, by the program's own commands.
//!
//! Whether a run is there already is asked of the ledger (`runs`, `show`), never remembered alone: a watcher that was
//! killed has not written down what its load had come to. The report folder, which is the delivery's own, tells which
//! run is whose.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tokio::sync::watch;

use super::delivery::{Delivery, Stage};
use super::program::{Finished, Gear, Program};
use super::settings::{Drift, Watch};

/// Everything that an errand needs to know; it shares nothing with the watcher.
#[derive(Debug)]
pub struct Errand {
    /// The program.
    pub program: Program,
    /// The delivery's folder, by which the watcher knows it.
    pub folder: PathBuf,
    /// The command that loads the file.
    pub load: Vec<OsString>,
    /// Flags of `resume`.
    pub resume: Vec<OsString>,
    /// Where the report goes.
    pub report: PathBuf,
    /// The run, where it is known.
    pub run: Option<i64>,
    /// A load was started and has not said how it ended.
    pub interrupted: bool,
    /// A person has to do something first; here it is only asked whether that has happened.
    pub hands_off: bool,
}

impl Errand {
    /// The errand of a delivery.
    pub fn of(program: &Program, watch: &Watch, delivery: &Delivery) -> Errand {
        let tenant: Vec<OsString> =
            watch.profile.iter().flat_map(|profile| ["--profile".into(), profile.into()]).collect();
        let report = [OsString::from("--report"), delivery.report().into(), "--yes".into()];
        let mut load: Vec<OsString> = vec!["load".into(), delivery.file().into(), "--mapping".into()];
        load.push(watch.mapping.clone().into());
        load.extend(report.iter().cloned());
        load.extend(tenant.iter().cloned());
        load.extend(watch.sandbox.then(|| "--sandbox".into()));
        load.extend(watch.only_changed.then(|| "--only-changed".into()));
        load.extend((watch.drift == Drift::Accept).then(|| "--accept-drift".into()));
        load.extend(watch.max_invalid.iter().flat_map(|most| ["--max-invalid".into(), most.into()]));
        let resume = report.into_iter().chain(tenant).collect();
        Errand {
            program: program.clone(),
            folder: delivery.folder.clone(),
            load,
            resume,
            report: delivery.report(),
            run: delivery.journal.ended.run,
            interrupted: delivery.journal.stage == Stage::Loading,
            hands_off: delivery.journal.hands_off,
        }
    }

    /// Runs it to its end; nothing where a person has yet to do something.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub async fn run(self, gear: Gear, stop: watch::Receiver<u32>) -> io::Result<Option<Finished>> {
        let mut run = self.run;
        if self.hands_off {
            let Some(known) = run else { return Ok(None) };
            let shown = show(&self.program, known, &stop).await?;
            if shown["rows_unsent"].as_u64() != Some(0) {
                return Ok(None);
            }
        } else if self.interrupted {
            // A run of an earlier load has its report in the same place; the last one counts.
            run = find(&self.program, &self.report, &stop).await?.or(run);
        }
        let args = match run {
            None => self.load,
            Some(run) => ["resume".into(), run.to_string().into()].into_iter().chain(self.resume).collect(),
        };
        self.program.run(args, gear, stop).await.map(Some)
    }
}

/// What the ledger knows of a run.
///
/// # Errors
/// When the program cannot be started.
pub async fn show(program: &Program, run: i64, stop: &watch::Receiver<u32>) -> io::Result<Value> {
    let args = vec!["show".into(), run.to_string().into()];
    Ok(program.run(args, Gear::default(), stop.clone()).await?.result)
}

/// The last run with a plan whose report goes to a folder.
async fn find(program: &Program, report: &Path, stop: &watch::Receiver<u32>) -> io::Result<Option<i64>> {
    let listed = program.run(vec!["runs".into()], Gear::default(), stop.clone()).await?.result;
    let wanted = std::path::absolute(report)?;
    let is_ours = |run: &&Value| {
        let can_go_on = !matches!(run["state"].as_str(), Some("planning" | "refused") | None);
        can_go_on && run["report"].as_str().is_some_and(|folder| Path::new(folder) == wanted)
    };
    // The newest stands first.
    Ok(listed.as_array().into_iter().flatten().find(is_ours).and_then(|run| run["run"].as_i64()))
}
