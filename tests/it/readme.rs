//! The README is true: every command line in it is run, in its order, in one folder, with the exit code that stands
//! beside it; every excerpt is really printed; every file that it shows works.
//!
//! Each language is a whole of its own, for a reader who starts from nothing. What a person does between commands
//! stands in the README as a comment that no reader sees: `<!-- test: … -->`.

use std::collections::BTreeSet;

use cartera::problem::Exit;
use serde_json::Value;

use crate::support::corrected::correct_workbook;
use crate::support::workdir::{Crm, Out, Workdir, repository};

/// Where the README's stand-in CRM listens; the test's is on a free port.
const LISTENS: &str = "127.0.0.1:8077";
/// The exit code of a command line that is not understood, which the parser gives.
const USAGE: u8 = 2;
const EXITS: [Exit; 8] = [
    Exit::Done,
    Exit::Refused,
    Exit::Partial,
    Exit::Stopped,
    Exit::Held,
    Exit::Locked,
    Exit::TokenRefused,
    Exit::Unwritable,
];

/// One thing that the README says to do, or says that happens.
#[derive(Debug)]
enum Step {
    /// A command line.
    Command(String),
    /// What the command before it prints, in part.
    Prints(String),
    /// The JSON that the command before it prints, in part.
    PrintsJson(String),
    /// What a person does meanwhile.
    Meanwhile(String),
    /// A file of this content.
    Save { name: String, content: String },
    /// A part of a configuration, in a file of its own.
    Part(String),
    /// Lines of another program's configuration, in which command lines stand.
    Deployed(String),
}

#[test]
fn every_command_in_spanish_does_what_is_said() {
    play(&steps(&halves().0), "es_CO.UTF-8");
}

#[test]
fn every_command_in_english_does_what_is_said() {
    play(&steps(&halves().1), "en_US.UTF-8");
}

#[test]
fn both_languages_begin_alike_and_run_the_same() {
    let (spanish, english) = halves();
    let commands = |half: &str| -> Vec<String> {
        let steps = steps(half);
        let lines = steps.iter().filter_map(|step| match step {
            Step::Command(line) => Some(split_comment(line).0.replace("my-bank", "mi-banco")),
            _ => None,
        });
        lines.collect()
    };
    let (spanish, english) = (commands(&spanish), commands(&english));
    assert_eq!(spanish, english);
    let first =
        "cargo run --release -- load samples/banco-andino.xlsx -m mappings/banco-andino.toml --sandbox";
    assert_eq!(spanish[..2], [first, "cargo test"]);
}

#[test]
fn the_tables_of_exit_codes_name_every_code() {
    let (spanish, english) = halves();
    for (half, head) in [(spanish, "| código |"), (english, "| code |")] {
        let table = half.lines().skip_while(|line| !line.starts_with(head)).skip(2);
        let rows: Vec<&str> = table.take_while(|line| line.starts_with('|')).collect();
        let code = |row: &&str| row.split('|').nth(1).unwrap().trim().parse::<u8>().unwrap();
        let named: Vec<u8> = rows.iter().map(code).collect();
        let codes: BTreeSet<u8> = EXITS.into_iter().map(Exit::code).chain([USAGE]).collect();
        assert_eq!(named, codes.into_iter().collect::<Vec<u8>>());
        for exit in EXITS {
            let row = rows.iter().find(|row| code(row) == exit.code()).unwrap();
            assert!(row.contains(&format!("`{}`", exit.status())), "{row}");
        }
    }
}

#[test]
fn every_way_to_end_is_among_the_exits() {
    for (at, exit) in EXITS.into_iter().enumerate() {
        // A new way to end does not compile here until it has its place in the list above.
        let place = match exit {
            Exit::Done => 0,
            Exit::Refused => 1,
            Exit::Partial => 2,
            Exit::Stopped => 3,
            Exit::Held => 4,
            Exit::Locked => 5,
            Exit::TokenRefused => 6,
            Exit::Unwritable => 7,
        };
        assert_eq!(at, place);
    }
}

/// The README's Spanish and its English, which are parted by their first-level headings.
fn halves() -> (String, String) {
    let text = std::fs::read_to_string(repository().join("README.md")).expect("the README is there");
    let at = text.find("\n# cartera, in English").expect("the README's second half is in English");
    (text[..at].to_owned(), text[at..].to_owned())
}

/// The steps of a half of the README, in its order.
fn steps(half: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut save_as: Option<String> = None;
    let mut lines = half.lines();
    while let Some(line) = lines.next() {
        if let Some(said) = line.strip_prefix("<!-- test: ") {
            let said = said.strip_suffix(" -->").expect("a comment for the test ends in its line");
            match said.strip_prefix("save as ") {
                Some(name) => save_as = Some(name.to_owned()),
                None => steps.push(Step::Meanwhile(said.to_owned())),
            }
        }
        let Some(kind) = line.strip_prefix("```") else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let content = block.join("\n");
        match kind {
            "sh" => steps.extend(block.iter().map(|line| Step::Command((*line).to_owned()))),
            "text" => steps.push(Step::Prints(content)),
            "json" => steps.push(Step::PrintsJson(content)),
            "toml" => match save_as.take() {
                Some(name) => steps.push(Step::Save { name, content }),
                None => steps.push(Step::Part(content)),
            },
            "ini" | "cron" | "bat" | "docker" => steps.push(Step::Deployed(content)),
            other => panic!("a block of `{other}` in the README, which this test cannot try"),
        }
    }
    steps
}

/// A command line without its comment, and the exit code that the comment names.
fn split_comment(line: &str) -> (&str, i32) {
    let Some((command, comment)) = line.split_once(" # ") else { return (line.trim(), 0) };
    let code = comment.rsplit(' ').next().and_then(|word| word.parse().ok());
    (command.trim(), code.expect("a comment beside a command ends with its exit code"))
}

fn play(steps: &[Step], locale: &str) {
    let mut workdir = Workdir::with_samples();
    workdir.set("LANG", locale);
    let mut player = Player { workdir, sandbox: None, last: None };
    for step in steps {
        match step {
            Step::Command(line) => player.command(line),
            Step::Prints(excerpt) => player.prints(excerpt),
            Step::PrintsJson(excerpt) => player.prints_json(excerpt),
            Step::Meanwhile(said) => player.meanwhile(said),
            Step::Part(content) => player.configured(content),
            Step::Deployed(lines) => lines.lines().for_each(|line| player.deployed(line)),
            Step::Save { name, content } => {
                std::fs::write(player.workdir.path(name), content).expect("a file can be written");
            }
        }
    }
}

/// A reader who does all that the README says.
struct Player {
    workdir: Workdir,
    sandbox: Option<Crm>,
    last: Option<Out>,
}

impl Player {
    fn command(&mut self, line: &str) {
        let (command, code) = split_comment(line);
        let words: Vec<&str> = command.split_whitespace().collect();
        match words.as_slice() {
            ["cargo", "test" | "install", ..] => {}
            ["export", assignment] => {
                let (name, value) = assignment.split_once('=').expect("an export has a value");
                self.workdir.set(name, value);
            }
            ["mkdir", "-p", folder] => {
                std::fs::create_dir_all(self.workdir.path(folder)).expect("a new folder");
            }
            ["cp", from, to] => {
                let to = self.workdir.path(to);
                let name = std::path::Path::new(from).file_name().expect("a file has a name");
                std::fs::copy(self.workdir.path(from), to.join(name)).expect("a file can be copied");
            }
            ["cartera", "sandbox", args @ ..] => {
                assert!(self.sandbox.is_none(), "the README starts a second stand-in beside the first");
                self.sandbox = Some(self.workdir.spawn_sandbox(args));
            }
            ["cargo", "run", "--release", "--", args @ ..] | ["cartera", args @ ..] => {
                let args: Vec<String> = args.iter().map(|arg| self.with_real_address(arg)).collect();
                let args: Vec<&str> = args.iter().map(String::as_str).collect();
                let output = self.workdir.run(&args);
                let Out { stdout, stderr, .. } = &output;
                assert_eq!(output.code, code, "{line}\n--- stdout\n{stdout}\n--- stderr\n{stderr}");
                self.last = Some(output);
            }
            _ => panic!("a command in the README that this test cannot run: {line}"),
        }
    }

    fn with_real_address(&self, text: &str) -> String {
        let Some(sandbox) = &self.sandbox else {
            assert!(!text.contains(LISTENS), "the README loads into a stand-in that it has not started");
            return text.to_owned();
        };
        text.replace(LISTENS, sandbox.address())
    }

    /// Each line of an excerpt begins a line of the output, in the same order.
    fn prints(&self, excerpt: &str) {
        let stdout = &self.last.as_ref().expect("an excerpt follows its command").stdout;
        let mut printed = stdout.lines();
        for line in excerpt.lines() {
            let line = self.with_real_address(line);
            assert!(
                printed.any(|printed| printed.starts_with(&line)),
                "{line:?} is not printed in\n{stdout}"
            );
        }
    }

    fn prints_json(&self, excerpt: &str) {
        let stdout = &self.last.as_ref().expect("an excerpt follows its command").stdout;
        let printed: Value = serde_json::from_str(stdout).expect("the output is one JSON object");
        let excerpt: Value = serde_json::from_str(excerpt).expect("the README's JSON is whole");
        assert!(is_part_of(&excerpt, &printed), "{excerpt:#} is no part of {printed:#}");
    }

    /// A part of a configuration is understood together with the watch that was saved before it.
    fn configured(&self, content: &str) {
        let path = self.workdir.path("watch.toml");
        let whole = std::fs::read_to_string(&path).expect("the watch that the README shows was saved");
        self.workdir.write("whole.toml", &format!("{whole}\n{content}"));
        let read = cartera::watch::settings::read(Some(&self.workdir.path("whole.toml")));
        assert!(read.is_ok_and(|settings| settings.channels.mail.is_some()), "{content}");
    }

    /// A command line that another program is to run is one that this program understands.
    fn deployed(&self, line: &str) {
        let Some(from) = line.rfind("cartera ") else { return };
        let command = line[from..].split(['>', '"']).next().unwrap_or_default();
        let mut args: Vec<&str> = command.split_whitespace().skip(1).collect();
        args.push("--help");
        assert_eq!(self.workdir.run(&args).code, 0, "{line}");
    }

    fn meanwhile(&mut self, said: &str) {
        match said.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["correct", report] => {
                correct_workbook(&self.workdir, report);
            }
            ["stop", "the", "sandbox"] => drop(self.sandbox.take().expect("the stand-in is running")),
            _ => panic!("the README asks this test for something unknown: {said}"),
        }
    }
}

/// Whether an excerpt says nothing that the whole does not say.
fn is_part_of(excerpt: &Value, whole: &Value) -> bool {
    match (excerpt, whole) {
        (Value::Object(excerpt), Value::Object(whole)) => {
            excerpt.iter().all(|(key, part)| whole.get(key).is_some_and(|found| is_part_of(part, found)))
        }
        _ => excerpt == whole,
    }
}
