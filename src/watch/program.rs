//! The program once more: each load, each question to the ledger is a child of its own.
//!
//! A load that aborts or runs out of memory does not end the watcher, and the contract of exit codes and JSON is all
//! that the two know of each other. The token is never an argument: it is in the environment or in the profile's file.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;
use tokio::sync::watch;

use crate::platform;

/// The program, and what every command line of it has in common.
#[derive(Debug, Clone)]
pub struct Program {
    /// The binary.
    pub path: PathBuf,
    /// Flags before all others: `--config`, `--state`, `--lang`.
    pub flags: Vec<OsString>,
}

/// How a child ended.
#[derive(Debug, Clone, Default)]
pub struct Finished {
    /// Its exit code; none when a signal ended it.
    pub exit: Option<u8>,
    /// Its result; null when it gave none.
    pub result: Value,
}

/// What a child is given besides its arguments.
#[derive(Debug, Default)]
pub struct Gear {
    /// A locked file that it holds as its standard input, so that the lock lasts as long as it does.
    pub lock: Option<File>,
    /// Where its remarks go.
    pub log: Option<File>,
}

impl Program {
    /// Runs a command line to its end. Each change of `stop` asks the child once to stop.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn run(
        &self,
        args: Vec<OsString>,
        gear: Gear,
        mut stop: watch::Receiver<u32>,
    ) -> io::Result<Finished> {
        let mut command = Command::new(&self.path);
        command.args(&self.flags).args(["--json", "--no-progress"]).args(args);
        command.stdin(gear.lock.map_or_else(Stdio::null, Stdio::from)).stdout(Stdio::piped());
        command.stderr(gear.log.map_or_else(Stdio::null, Stdio::from));
        // A Ctrl-C at the terminal is for the watcher, which hands it on.
        #[cfg(unix)]
        command.process_group(0);
        stop.mark_unchanged();
        let asked = *stop.borrow() > 0;
        let child = command.spawn()?;
        let id = child.id();
        let ask = || id.into_iter().for_each(platform::ask_to_stop);
        if asked {
            ask();
        }
        let ending = child.wait_with_output();
        tokio::pin!(ending);
        let output = loop {
            tokio::select! {
                output = &mut ending => break output?,
                Ok(()) = stop.changed() => ask(),
            }
        };
        let exit = output.status.code().and_then(|code| u8::try_from(code).ok());
        Ok(Finished { exit, result: serde_json::from_slice(&output.stdout).unwrap_or_default() })
    }
}
