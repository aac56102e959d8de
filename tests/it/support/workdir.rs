//! A folder of its own for each test, in which the real binary runs with nothing of the tester's environment, so
//! that no test sees another's runs or depends on who starts it.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// How a command ended and what it printed.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A folder that is removed with the test, and the environment of the commands that run in it.
#[derive(Debug)]
pub(crate) struct Workdir {
    folder: TempDir,
    variables: BTreeMap<String, String>,
}

impl Workdir {
    /// An empty folder.
    pub(crate) fn new() -> Workdir {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = folder.path().to_str().expect("a temporary folder's path is text").to_owned();
        let search = std::env::var_os("PATH").unwrap_or_default().to_string_lossy().into_owned();
        let variables = [
            ("PATH", search),
            ("HOME", path.clone()),
            ("LANG", "es_CO.UTF-8".to_owned()),
            ("CARTERA_STATE", format!("{path}/state")),
        ];
        let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Workdir { folder, variables }
    }

    /// A folder with the samples and the mappings in it.
    pub(crate) fn with_samples() -> Workdir {
        let workdir = Workdir::new();
        for folder in ["samples", "mappings"] {
            copy_files(&repository().join(folder), &workdir.path(folder));
        }
        workdir
    }

    /// A path inside the folder.
    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        self.folder.path().join(inside)
    }

    /// Sets a variable for the commands from now on.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    /// Runs the binary to its end, with nothing on standard input.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        let output = self.command(args).output().expect("the binary can be started");
        Output {
            code: output.status.code().expect("no signal ends the binary"),
            stdout: String::from_utf8(output.stdout).expect("the binary prints UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("the binary prints UTF-8"),
        }
    }

    /// Starts the stand-in CRM in a process of its own, on a free port; its store is the one that `--sandbox` has.
    pub(crate) fn spawn_sandbox(&self, args: &[&str]) -> Sandbox {
        let store = self.path("state/sandbox");
        let store = store.to_str().expect("a temporary folder's path is text");
        let own = ["sandbox", "--listen", "127.0.0.1:0", "--store", store, "--json"];
        let mut command = self.command(&[&own, args].concat());
        let child = command.stderr(Stdio::inherit()).stdout(Stdio::piped()).spawn();
        let mut sandbox =
            Sandbox { child: child.expect("the binary can be started"), address: String::new() };
        let stdout = sandbox.child.stdout.take().expect("standard output is a pipe");
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).expect("the stand-in prints UTF-8");
        let said: serde_json::Value = serde_json::from_str(&line).expect("the stand-in's first line is JSON");
        said["address"].as_str().expect("the stand-in says its address").clone_into(&mut sandbox.address);
        sandbox
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cartera"));
        command.args(args).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env_clear().envs(&self.variables);
        command
    }
}

/// The stand-in CRM in a process of its own, which ends with this value.
#[derive(Debug)]
pub(crate) struct Sandbox {
    child: Child,
    address: String,
}

impl Sandbox {
    /// Where it listens: `127.0.0.1:40123`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // One that has ended by itself needs no ending; a test must not fail for it.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The folder of the crate, in which the samples and the README are.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Copies the files of a folder, without its subfolders.
fn copy_files(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder can be made in the temporary folder");
    for entry in std::fs::read_dir(from).expect("the repository's folder can be read") {
        let path = entry.expect("the repository's folder can be read").path();
        if path.is_file() {
            let name = path.file_name().expect("a file has a name");
            std::fs::copy(&path, to.join(name)).expect("a file can be copied to the temporary folder");
        }
    }
}
