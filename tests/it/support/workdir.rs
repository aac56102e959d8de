//! A folder of its own for each test, a clean environment, and the real binary in it.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use calamine::{Reader as _, Xlsx, open_workbook};
use cartera::sandbox::RequestLine;
use serde_json::Value;

/// The token that the tests use; it must be found nowhere afterwards.
pub(crate) const TOKEN: &str = "canario-7f3a9c2e51d846b0";

/// A mapping for small files with plain headers.
pub(crate) const SMALL_MAPPING: &str = r#"target = "collections"
[expediente]
Identification = "Cédula"
Name = "Nombre"
Email = "Correo"
Telephone = "Celular"
[obligation]
id = "Nro"
name = "Producto"
total_balance = "Saldo"
"#;

/// The longest that anything awaited may take; it is only reached when a test fails.
const PATIENCE: Duration = Duration::from_mins(1);

/// A folder in which the binary runs.
pub(crate) struct Workdir {
    folder: tempfile::TempDir,
    variables: BTreeMap<String, String>,
}

impl Workdir {
    /// A folder with the repository's samples and mappings in it.
    pub(crate) fn with_samples() -> Workdir {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap().to_owned();
        let search = std::env::var_os("PATH").unwrap_or_default().to_string_lossy().into_owned();
        let state = format!("{path}/state");
        let variables =
            [("PATH", search), ("HOME", path), ("LANG", "es_CO.UTF-8".to_owned()), ("CARTERA_STATE", state)];
        let variables = variables.map(|(name, value)| (name.to_owned(), value)).into();
        let dir = Workdir { folder, variables };
        for name in ["samples", "mappings"] {
            let from = repository().join(name);
            std::fs::create_dir(dir.path(name)).unwrap();
            for entry in
                std::fs::read_dir(from).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file())
            {
                std::fs::copy(entry.path(), dir.path(name).join(entry.file_name())).unwrap();
            }
        }
        dir
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A path in the state folder.
    pub(crate) fn state(&self, name: &str) -> PathBuf {
        self.path("state").join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// A stand-in and a profile `p` for it with these lines; so many debtors wait in `f.csv`, ten to a chunk.
    pub(crate) fn with_profile(debtors: u32, sandbox: &[&str], profile: &str) -> (Workdir, Crm) {
        let dir = Workdir::with_samples();
        dir.write_portfolio("f.csv", debtors);
        let crm = dir.spawn_sandbox(sandbox);
        let server = crm.server();
        let head = format!(
            "[profile.p]\nserver = \"{server}\"\noperation = \"op\"\nrate = \"1000/s\"\npatience = \"5s\"\n"
        );
        dir.write("cartera.toml", &format!("{head}chunk_size = 10\n{profile}\n"));
        (dir, crm)
    }

    /// Writes a portfolio of so many invented debtors, one obligation each, and its mapping `m.toml`.
    pub(crate) fn write_portfolio(&self, name: &str, debtors: u32) {
        let mut text = String::from("Cédula;Nombre;Correo;Celular;Nro;Producto;Saldo\n");
        for number in 0..debtors {
            let id = 1_900_000_000 + number;
            let line = format!(
                "{id};Deudor Inventado {number};d{number}@example.com;300555{number:04};{number:05};Consumo;1.000,25\n"
            );
            text.push_str(&line);
        }
        self.write(name, &text);
        self.write("m.toml", SMALL_MAPPING);
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cartera"));
        command.args(args).current_dir(self.folder.path()).env_clear().envs(&self.variables);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// A command of the shell in which `$0` is the program.
    #[cfg(unix)]
    pub(crate) fn shell(&self, script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script, env!("CARGO_BIN_EXE_cartera")]);
        command.current_dir(self.folder.path()).env_clear().envs(&self.variables);
        command
    }

    /// Sets a variable for the commands from now on.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Out {
        Out::of(self.command(args).output().unwrap())
    }

    /// Runs a command to its end, with the token in the environment.
    pub(crate) fn run_with_token(&self, args: &[&str]) -> Out {
        Out::of(self.command(args).env("CARTERA_TOKEN", TOKEN).output().unwrap())
    }

    /// Runs a line of the shell to its end, with the token in the environment.
    #[cfg(unix)]
    pub(crate) fn run_shell(&self, line: &str) -> Out {
        let mut command = Command::new("sh");
        command.args(["-c", line]).current_dir(self.folder.path()).env_clear().envs(&self.variables);
        Out::of(command.env("CARTERA_TOKEN", TOKEN).stdin(Stdio::null()).output().unwrap())
    }

    /// Starts a command with the token in the environment.
    pub(crate) fn start_with_token(&self, args: &[&str]) -> Running {
        Running(Some(self.command(args).env("CARTERA_TOKEN", TOKEN).spawn().unwrap()))
    }

    /// A stand-in CRM in a process of its own, its store in `crm`.
    pub(crate) fn spawn_sandbox(&self, args: &[&str]) -> Crm {
        self.spawn_sandbox_in("crm", args)
    }

    /// A stand-in CRM in a process of its own, its store in this folder.
    pub(crate) fn spawn_sandbox_in(&self, store: &str, args: &[&str]) -> Crm {
        self.spawn_sandbox_at("127.0.0.1:0", store, args)
    }

    /// A stand-in CRM at this address.
    pub(crate) fn spawn_sandbox_at(&self, listen: &str, store: &str, args: &[&str]) -> Crm {
        let all = [&["sandbox", "--listen", listen, "--store", store, "--json"], args].concat();
        let mut child = self.command(&all).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let started: Value = serde_json::from_str(&line).unwrap();
        let address = started["address"].as_str().unwrap().to_owned();
        Crm { child, server: format!("http://{address}"), address, store: self.path(store) }
    }

    /// The requests that arrived at a stand-in whose store is in this folder.
    pub(crate) fn requests_in(&self, store: &str) -> Vec<RequestLine> {
        requests(&self.path(store))
    }

    /// A CSV as maps from header to value.
    pub(crate) fn csv(&self, name: &str, delimiter: u8) -> Vec<BTreeMap<String, String>> {
        let bytes = std::fs::read(self.path(name)).unwrap();
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(bytes.as_slice());
        reader.deserialize().map(Result::unwrap).collect()
    }

    /// A sheet's cells as texts, the header first.
    pub(crate) fn sheet(&self, workbook: &str, sheet: &str) -> Vec<Vec<String>> {
        let mut workbook: Xlsx<_> = open_workbook(self.path(workbook)).unwrap();
        let range = workbook.worksheet_range(sheet).unwrap();
        range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
    }

    /// The rows of an error report by their number in the source, as maps from header to value.
    pub(crate) fn reported(&self, workbook: &str, sheet: &str) -> BTreeMap<String, BTreeMap<String, String>> {
        let rows = self.sheet(workbook, sheet);
        let (header, rows) = rows.split_first().unwrap();
        let map =
            |row: &Vec<String>| header.iter().cloned().zip(row.iter().cloned()).collect::<BTreeMap<_, _>>();
        rows.iter().map(map).map(|row| (row["cartera_row"].clone(), row)).collect()
    }

    /// Every file in the folder.
    pub(crate) fn all_files(&self) -> Vec<PathBuf> {
        fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { walk(&path, files) } else { files.push(path) }
            }
        }
        let mut files = Vec::new();
        walk(self.folder.path(), &mut files);
        files
    }
}

/// The folder of the crate, in which the samples and the README are.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// How a command ended.
pub(crate) struct Out {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Out {
    pub(crate) fn of(output: std::process::Output) -> Out {
        Out {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The one JSON object on standard output.
    pub(crate) fn json(&self) -> Outcome {
        let value = serde_json::from_str(&self.stdout);
        Outcome(value.unwrap_or_else(|error| panic!("{error}: {}\n{}", self.stdout, self.stderr)))
    }

    /// The code of what refused it or, where it was not refused, of its first problem.
    pub(crate) fn first_code(&self) -> Option<String> {
        let result = self.json();
        let code = if self.code == 1 { &result["error"]["code"] } else { &result["problems"][0]["code"] };
        code.as_str().map(str::to_owned)
    }
}

/// Loads a file of these bytes with the small mapping into a sandbox of its own.
pub(crate) fn loaded_alone(bytes: &[u8]) -> (Workdir, Out) {
    let dir = Workdir::with_samples();
    dir.write("m.toml", SMALL_MAPPING);
    std::fs::write(dir.path("f.csv"), bytes).unwrap();
    let out = dir.run(&["load", "f.csv", "-m", "m.toml", "--sandbox", "--json"]);
    (dir, out)
}

/// A command's JSON result.
pub(crate) struct Outcome(Value);

impl Outcome {
    /// The law that holds in every run: what was read is the sum of the states, in all four measures.
    pub(crate) fn assert_balance(&self) {
        for books in [Some(&self.0), self.0.get("chain")].into_iter().flatten() {
            for (measure, prefix) in [("books", "rows_"), ("records", ""), ("obligations", "")] {
                let count = |state: &str| books[measure][format!("{prefix}{state}")].as_u64().unwrap();
                let sum: u64 = STATES.iter().map(|state| count(state)).sum();
                assert_eq!(count("read"), sum, "{measure}: {}", books[measure]);
            }
            let money = |state: &str| {
                books["money"][state].as_str().unwrap().parse::<rust_decimal::Decimal>().unwrap()
            };
            let sum: rust_decimal::Decimal = STATES.iter().map(|state| money(state)).sum();
            assert_eq!(money("read"), sum, "{}", books["money"]);
        }
        self.assert_causes();
    }

    /// The causes are all that the books miss, in all four measures; what a check or a refused load could send is
    /// not missed.
    fn assert_causes(&self) {
        let is_sent = self.0["server"] != "" && self.0["status"] != "refused";
        let open = &["invalid", "rejected", "unknown", "unsent"][..if is_sent { 4 } else { 3 }];
        let causes = self.0["causes"].as_array().unwrap();
        for (measure, key, prefix) in
            [("books", "rows", "rows_"), ("records", "records", ""), ("obligations", "obligations", "")]
        {
            let of = |state: &&str| self.0[measure][format!("{prefix}{state}")].as_u64().unwrap();
            let told: u64 = causes.iter().map(|cause| cause[key].as_u64().unwrap()).sum();
            assert_eq!(told, open.iter().map(of).sum::<u64>(), "{measure}: {causes:#?}");
        }
        let amount = |value: &Value| value.as_str().unwrap().parse::<rust_decimal::Decimal>().unwrap();
        let told: rust_decimal::Decimal = causes.iter().map(|cause| amount(&cause["money"])).sum();
        assert_eq!(told, open.iter().map(|state| amount(&self.0["money"][state])).sum(), "{causes:#?}");
    }

    pub(crate) fn into_value(self) -> Value {
        self.0
    }
}

const STATES: [&str; 7] = ["loaded", "invalid", "rejected", "unknown", "unsent", "unchanged", "skipped"];

impl Deref for Outcome {
    type Target = Value;
    fn deref(&self) -> &Value {
        &self.0
    }
}

/// A command under way; killed when dropped.
pub(crate) struct Running(Option<Child>);

impl Running {
    /// Starts a command that is made ready.
    pub(crate) fn spawn(mut command: Command) -> Running {
        Running(Some(command.spawn().unwrap()))
    }

    fn child(&mut self) -> &mut Child {
        self.0.as_mut().expect("it has not been waited for")
    }

    /// Kills it at once, without a chance to write anything down.
    pub(crate) fn kill(&mut self) {
        self.child().kill().ok();
        self.child().wait().unwrap();
    }

    /// Whether it came to its end by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child().try_wait().unwrap().is_some()
    }

    /// Kills it after a time, or takes its end when it is done before.
    pub(crate) fn kill_after(&mut self, time: Duration) {
        let start = Instant::now();
        while start.elapsed() < time && self.child().try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        self.child().kill().ok();
        self.child().wait().unwrap();
    }

    /// What a person's Ctrl-C does.
    #[cfg(unix)]
    pub(crate) fn interrupt(&mut self) {
        self.signal("INT");
    }

    /// Waits until it says a text on standard error.
    pub(crate) fn wait_until_it_says(&mut self, text: &str) {
        let stderr = self.child().stderr.as_mut().unwrap();
        let mut said = Vec::new();
        let mut byte = [0];
        // Byte by byte, so that what comes after it is left for whoever reads the rest.
        while !String::from_utf8_lossy(&said).contains(text) {
            assert_eq!(
                stderr.read(&mut byte).unwrap(),
                1,
                "it ended and said: {}",
                String::from_utf8_lossy(&said)
            );
            said.push(byte[0]);
        }
    }

    /// Sends it a signal, by its name.
    #[cfg(unix)]
    pub(crate) fn signal(&mut self, name: &str) {
        let id = self.child().id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
    }

    /// The command line as the system shows it to everybody, where it does.
    pub(crate) fn command_line(&mut self) -> String {
        let path = format!("/proc/{}/cmdline", self.child().id());
        std::fs::read(path)
            .map(|bytes| String::from_utf8_lossy(&bytes).replace('\0', " "))
            .unwrap_or_default()
    }

    /// The memory that it holds, in kB.
    #[cfg(target_os = "linux")]
    pub(crate) fn memory(&mut self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child().id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    pub(crate) fn wait(mut self) -> Out {
        Out::of(self.0.take().expect("it has not been waited for").wait_with_output().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

/// A stand-in CRM in a process of its own; killed when dropped.
pub(crate) struct Crm {
    child: Child,
    address: String,
    server: String,
    store: PathBuf,
}

impl Crm {
    pub(crate) fn server(&self) -> &str {
        &self.server
    }

    /// A command line that loads `f.csv` into it.
    pub(crate) fn load<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let args = ["load", "f.csv", "-m", "m.toml", "--server", &self.server, "--operation", "op"];
        [&args, more].concat()
    }

    /// Where it listens: `127.0.0.1:40123`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The requests that were answered or given up so far, in the order of their end.
    pub(crate) fn requests(&self) -> Vec<RequestLine> {
        requests(&self.store)
    }

    /// Waits until so many requests are through.
    pub(crate) fn wait_for_requests(&self, count: usize) {
        wait_until(|| self.requests().len() >= count);
    }

    /// Waits until a client is connected, whatever becomes of its request.
    pub(crate) fn wait_for_arrival(&self) {
        let port = self.address.rsplit(':').next().unwrap().parse::<u16>().unwrap();
        wait_until(|| is_connected(port));
    }
}

impl Drop for Crm {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

pub(crate) fn wait_until(mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "waited in vain");
        std::thread::yield_now();
    }
}

/// Whether somebody is connected to a port of this machine.
fn is_connected(port: u16) -> bool {
    const ESTABLISHED: &str = " 01 ";
    let wanted = format!(":{port:04X}{ESTABLISHED}");
    std::fs::read_to_string("/proc/net/tcp").is_ok_and(|table| table.contains(&wanted))
}

fn requests(store: &Path) -> Vec<RequestLine> {
    let text = std::fs::read_to_string(store.join("requests.ndjson")).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}
