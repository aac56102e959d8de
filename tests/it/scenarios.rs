//! The fault suite: what the server does by request number, and what must come of it.
//!
//! Each file in `scenarios/` holds lines of the fault matrix. A scenario is one load of the real binary against a
//! scripted server; whatever it expects, the books balance, nothing counts as loaded that the server does not have,
//! and no record is stored twice unless the scenario says so.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde::Deserialize;

use crate::support::scripted::{Rule, Scripted};
use crate::support::workdir::{TOKEN, Workdir};

/// Scenarios that run at the same time; most of their time is waiting.
const AT_ONCE: usize = 4;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    /// The lines of the matrix, and what happens.
    name: String,
    /// Records in the file.
    #[serde(default = "thirty")]
    records: u32,
    /// Further arguments of `load`.
    #[serde(default)]
    args: Vec<String>,
    /// What the server does; where no rule fits, all is well.
    serve: Vec<Rule>,
    #[serde(flatten)]
    expected: Expected,
    /// A command that comes after it, and what must come of that.
    #[serde(default)]
    then: Vec<Next>,
    /// Records of unknown outcome are looked for.
    #[serde(default)]
    read_back: bool,
    /// Records may be asked for twice: the scenario asks for it.
    #[serde(default)]
    asks_twice: bool,
    /// The targets that it is about, of those of its kind (one record a request, or many); all where it is not said.
    targets: Option<Vec<String>>,
    /// Records may be stored twice: the scenario asks for it.
    #[serde(default)]
    twice: bool,
    /// The request of a number comes at least so many seconds after the one before it.
    #[serde(default)]
    gaps: Vec<(usize, f64)>,
}

#[derive(Debug, Deserialize)]
struct Next {
    run: Vec<String>,
    /// Records of unknown outcome are looked for from now on.
    #[serde(default)]
    read_back: bool,
    #[serde(flatten)]
    expected: Expected,
}

#[derive(Debug, Deserialize)]
struct Expected {
    exit: i32,
    /// Records loaded, rejected, unknown, unsent, of the chain where there is one.
    states: [u64; 4],
    /// Requests that the server has seen since the beginning.
    calls: Option<usize>,
    /// Chunks split.
    split: Option<u64>,
    /// Records looked for that are there, are not there, differ, or did not become clear.
    looked_for: Option<[u64; 4]>,
    /// The command that is named as the next one.
    next: Option<String>,
    /// Code of the failure that is told.
    error: Option<String>,
    /// Code of the first problem.
    problem: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Suite {
    scenario: Vec<Scenario>,
}

fn thirty() -> u32 {
    30
}

/// Files of scenarios that are about nothing but the counters of `collections`, or what it alone can be asked for.
const OF_COLLECTIONS: [&str; 2] = ["read_back.toml", "reconcile.toml"];

/// The scenarios for a target whose requests carry many records.
fn suite(target: &str) -> Vec<Scenario> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/scenarios");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.retain(|path| target == "collections" || !OF_COLLECTIONS.iter().any(|name| path.ends_with(name)));
    let read = |path: &std::path::Path| toml::from_str::<Suite>(&std::fs::read_to_string(path).unwrap());
    paths
        .iter()
        .flat_map(|path| read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).scenario)
        .filter(|scenario| scenario.is_about(target))
        .collect()
}

impl Scenario {
    fn is_about(&self, target: &str) -> bool {
        self.targets.as_ref().is_none_or(|targets| targets.iter().any(|name| name == target))
    }
}

#[test]
fn every_scenario_ends_as_it_must() {
    let scenarios = suite("collections");
    assert!(scenarios.len() >= 60, "{} scenarios", scenarios.len());
    let plays: Vec<(&Scenario, Option<&Other>)> = scenarios.iter().map(|scenario| (scenario, None)).collect();
    play_all(&plays);
}

/// The other bulk call: the same scenarios, but for what its answers do not say and what is always held.
#[test]
fn every_scenario_ends_as_it_must_for_any_module_too() {
    let scenarios = suite("custom");
    assert!(scenarios.len() >= 45, "{} scenarios", scenarios.len());
    let plays: Vec<(&Scenario, Option<&Other>)> =
        scenarios.iter().map(|scenario| (scenario, Some(&OF_MANY))).collect();
    play_all(&plays);
}

#[test]
fn every_target_of_one_record_a_request_ends_as_it_must() {
    let text = include_str!("scenarios_of_one.toml");
    let scenarios = toml::from_str::<Suite>(text).unwrap().scenario;
    let plays: Vec<(&Scenario, Option<&Other>)> = scenarios
        .iter()
        .flat_map(|scenario| OF_ONE.iter().map(move |target| (scenario, target)))
        .filter(|(scenario, target)| scenario.is_about(target.name))
        .map(|(scenario, target)| (scenario, Some(target)))
        .collect();
    assert_eq!(plays.len(), 18 * OF_ONE.len() + 6);
    play_all(&plays);
}

/// A target other than `collections`: its mapping of a file with the column `Clave`.
struct Other {
    name: &'static str,
    mapping: &'static str,
    /// Its requests carry many records.
    takes_many: bool,
}

/// Records of any module, many in a request.
const OF_MANY: Other = Other {
    name: "custom",
    mapping: "[endpoint]\nmodule = \"Ventas\"\n[fields]\nClave = \"Clave\"\n",
    takes_many: true,
};

/// The targets whose requests carry one record.
const OF_ONE: [Other; 6] = [
    Other {
        takes_many: false,
        name: "obligations-insert",
        mapping: "[obligation]\nwolkvox_id = \"Clave\"\nid = \"Clave\"\nname = \"Clave\"\n",
    },
    Other {
        takes_many: false,
        name: "obligations-update",
        mapping: "[obligation]\nwolkvox_id = \"Clave\"\nid = \"Clave\"\n",
    },
    Other {
        takes_many: false,
        name: "managements",
        mapping: "[management]\nwolkvox_idRecord = \"Clave\"\ntipifycation_code = { constant = \"1\" }\n\
            tipifycation_desc = { constant = \"x\" }\n",
    },
    Other {
        takes_many: false,
        name: "activities",
        mapping: "[endpoint]\ntype = \"task\"\n[activity]\nid_record = \"Clave\"\n\
            status = { constant = \"created\" }\nname = { constant = \"x\" }\npriority = { constant = \"low\" }\n\
            name_module = { constant = \"collections\" }\ncompletion_date = \"Fecha\"\n",
    },
    Other {
        takes_many: false,
        name: "cases",
        mapping: "[case]\ncase-type = { constant = \"Request\" }\nresponsible = { constant = \"a@b\" }\n\
            owner = { constant = \"a@b\" }\ncontact = { join = [\"Clave\", \"Correo\"], separator = \"\" }\n\
            description = { constant = \"x\" }\nstatus = { constant = \"open\" }\npriority = { constant = \"low\" }\n",
    },
    Other {
        takes_many: false,
        name: "custom",
        mapping: "[endpoint]\nmodule = \"Ventas\"\nbulk = false\n[fields]\nClave = \"Clave\"\n",
    },
];

impl Other {
    /// Writes so many records, or ten where each is a request, and the mapping.
    fn write(&self, dir: &Workdir, records: u32) {
        let records = if self.takes_many { records } else { 10 };
        let rows: Vec<String> = (1_900_000_000..1_900_000_000 + records)
            .map(|key| format!("{key};@example.com;2026-01-31"))
            .collect();
        dir.write("f.csv", &format!("Clave;Correo;Fecha\n{}\n", rows.join("\n")));
        dir.write("m.toml", &format!("target = \"{}\"\n{}", self.name, self.mapping));
    }
}

/// Plays all of them, some at the same time.
fn play_all(plays: &[(&Scenario, Option<&Other>)]) {
    let next = AtomicUsize::new(0);
    let failed = std::thread::scope(|scope| {
        let work = || {
            let mut failed = Vec::new();
            while let Some((scenario, of_one)) = plays.get(next.fetch_add(1, Ordering::Relaxed)) {
                let name = of_one.map_or("collections", |target| target.name);
                let why = play(scenario, *of_one).err();
                failed.extend(why.map(|why| format!("{name}: {}: {why}", scenario.name)));
            }
            failed
        };
        let threads: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
}

fn play(scenario: &Scenario, of_one: Option<&Other>) -> Result<(), String> {
    let mut dir = Workdir::with_samples();
    if scenario.read_back {
        dir.set("CARTERA_READ_BACK", "true");
    }
    match of_one {
        None => dir.write_portfolio("f.csv", scenario.records),
        Some(target) => target.write(&dir, scenario.records),
    }
    dir.write("renewed", "renewed-token");
    let server = Scripted::start(scenario.serve.clone());
    let url = server.url();
    let load = ["load", "f.csv", "-m", "m.toml", "--server", &url, "--operation", "op"];
    let pace = ["--rate", "1000/s", "--chunk-size", "10", "--timeout", "2s", "--patience", "20s", "--json"];
    // What a scenario says comes instead of the usual, not beside it.
    let usual = pace.chunks(2).filter(|pair| !scenario.args.iter().any(|arg| arg == pair[0])).flatten();
    let own = scenario.args.iter().map(String::as_str);
    let args: Vec<&str> = load.into_iter().chain(usual.copied()).chain(own).collect();
    check(&dir, &server, &args, &scenario.expected)?;
    for next in &scenario.then {
        if next.read_back {
            dir.set("CARTERA_READ_BACK", "true");
        }
        let rate = ["--rate", "1000/s", "--timeout", "2s", "--json"];
        let args: Vec<&str> = next.run.iter().map(String::as_str).chain(rate).collect();
        check(&dir, &server, &args, &next.expected)?;
    }
    if let Some((key, times)) = server.stored().iter().find(|(_, times)| **times > 1 && !scenario.twice) {
        return Err(format!("{key} was stored {times} times"));
    }
    let asked = server.asked();
    let is_new = |(at, key): (usize, &String)| !asked[..at].contains(key);
    if !scenario.asks_twice && !asked.iter().enumerate().all(is_new) {
        return Err(format!("asked for {asked:?}"));
    }
    let seen = server.seen();
    for (number, seconds) in &scenario.gaps {
        let gap = seen[number - 1].at.duration_since(seen[number - 2].at);
        if gap < Duration::from_secs_f64(*seconds) {
            return Err(format!("request {number} came after {gap:?}"));
        }
    }
    Ok(())
}

fn check(dir: &Workdir, server: &Scripted, args: &[&str], expected: &Expected) -> Result<(), String> {
    let out = dir.command(args).env("CARTERA_TOKEN", TOKEN).output().unwrap();
    let stdout = String::from_utf8_lossy(&out.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&out.stderr).into_owned();
    let result: serde_json::Value =
        serde_json::from_str(&stdout).map_err(|_error| format!("{stdout}{stderr}"))?;
    let records = if result["chain"].is_object() { &result["chain"]["records"] } else { &result["records"] };
    let count = |state: &str| records[state].as_u64().unwrap_or_default();
    let states = ["loaded", "rejected", "unknown", "unsent"].map(count);
    let sum: u64 = ["loaded", "invalid", "rejected", "unknown", "unsent", "unchanged", "skipped"]
        .map(count)
        .iter()
        .sum();
    let calls = server.seen().len();
    let found = ["accepted", "absent", "differs", "unclear"]
        .map(|word| result["upload"]["read_back"][word].as_u64().unwrap_or_default());
    let facts = format!(
        "{args:?}: exit {:?}, states {states:?}, calls {calls}, looked for {found:?}, next {}, split {}, error {}, \
         problems {}\n{stderr}",
        out.status.code(),
        result["next"],
        result["upload"]["split"],
        result["error"]["code"],
        result["problems"],
    );
    let stored = server.stored().len() as u64;
    for (holds, what) in [
        (sum == count("read"), "the books do not balance"),
        (states[0] <= stored, "more is loaded than the server has"),
        (out.status.code() == Some(expected.exit), "another exit"),
        (states == expected.states, "other states"),
        (expected.calls.is_none_or(|expected| expected == calls), "other calls"),
        (expected.split.is_none_or(|split| result["upload"]["split"] == split), "other splits"),
        (expected.looked_for.is_none_or(|expected| expected == found), "looked for otherwise"),
        (expected.next.as_ref().is_none_or(|next| result["next"] == **next), "another next command"),
        (expected.error.as_ref().is_none_or(|code| result["error"]["code"] == **code), "another error"),
        (
            expected.problem.as_ref().is_none_or(|code| result["problems"][0]["code"] == **code),
            "another problem",
        ),
        (!stderr.contains("panicked"), "a panic"),
    ] {
        if !holds {
            return Err(format!("{what}: {facts}"));
        }
    }
    Ok(())
}
