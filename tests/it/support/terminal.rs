//! A terminal of its own for a command, and somebody who types on it.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::Stdio;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::workdir::{Out, Running, TOKEN, Workdir};

/// A command on a terminal: its standard input and error are that, its result goes to a pipe.
pub(crate) struct OnTerminal {
    running: Running,
    typed: File,
    shown: String,
}

impl OnTerminal {
    pub(crate) fn start(dir: &Workdir, args: &[&str]) -> OnTerminal {
        let master: OwnedFd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let end = || OpenOptions::new().read(true).write(true).open(&name).unwrap();
        let mut command = dir.command(args);
        command.env("CARTERA_TOKEN", TOKEN).stdin(Stdio::from(end())).stderr(Stdio::from(end()));
        OnTerminal { running: Running::spawn(command), typed: File::from(master), shown: String::new() }
    }

    /// Waits until the terminal shows a text.
    pub(crate) fn wait_until_it_shows(&mut self, text: &str) {
        let mut buffer = [0; 4096];
        while !self.shown.contains(text) {
            let read = self.typed.read(&mut buffer).unwrap_or_default();
            assert!(read > 0, "it ended and showed: {}", self.shown);
            self.shown.push_str(&String::from_utf8_lossy(&buffer[..read]));
        }
    }

    /// Types a line.
    pub(crate) fn types(&mut self, line: &str) {
        self.typed.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// What a person's Ctrl-C does.
    pub(crate) fn interrupt(&mut self) {
        self.running.interrupt();
    }

    /// Waits for its end.
    pub(crate) fn wait(self) -> Out {
        // What it still shows is taken by nobody; a terminal holds some pages of that.
        self.running.wait()
    }
}
