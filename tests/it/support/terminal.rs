//! A terminal of a given width that belongs to the test: what a command draws on it can be read.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use super::workdir::Out;

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
        let path = std::ffi::OsStr::from_bytes(name.as_bytes());
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
