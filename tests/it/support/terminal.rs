//! A terminal that belongs to the test: what a command draws on it can be read, and somebody types on it.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use super::workdir::{Out, Running, TOKEN, Workdir};

/// Both ends of a terminal.
pub(crate) struct Terminal {
    ours: File,
    theirs: File,
}

impl Terminal {
    pub(crate) fn open(columns: u16) -> Terminal {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let name = ptsname(&ours, Vec::new()).unwrap();
        let path = OsStr::from_bytes(name.as_bytes());
        let theirs = File::options().read(true).write(true).open(path).unwrap();
        tcsetwinsize(&theirs, Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
        Terminal { ours: File::from(ours), theirs }
    }

    /// Runs a command whose standard error is this terminal; gives its end, and what it drew.
    pub(crate) fn run(self, command: &mut Command) -> (Out, String) {
        let Terminal { mut ours, theirs } = self;
        let child = command.stderr(Stdio::from(theirs)).spawn().unwrap();
        // Only the child has the other end now: when it ends, so does what can be read.
        command.stderr(Stdio::null());
        let reading = std::thread::spawn(move || {
            let (mut shown, mut piece) = (Vec::new(), [0; 4096]);
            while let Ok(count @ 1..) = ours.read(&mut piece) {
                shown.extend_from_slice(&piece[..count]);
            }
            String::from_utf8_lossy(&shown).into_owned()
        });
        let out = Out::of(child.wait_with_output().unwrap());
        (out, reading.join().unwrap())
    }
}

/// A command on a terminal: its standard input and error are that, its result goes to a pipe.
pub(crate) struct OnTerminal {
    running: Running,
    typed: File,
    shown: String,
}

impl OnTerminal {
    pub(crate) fn start(dir: &Workdir, args: &[&str]) -> OnTerminal {
        let Terminal { ours, theirs } = Terminal::open(80);
        let input = theirs.try_clone().unwrap();
        let mut command = dir.command(args);
        command.env("CARTERA_TOKEN", TOKEN).stdin(Stdio::from(input)).stderr(Stdio::from(theirs));
        OnTerminal { running: Running::spawn(command), typed: ours, shown: String::new() }
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
