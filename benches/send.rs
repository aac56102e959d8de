//! Sending: a planned run against a server that waits before each answer, and a bare HTTP loop with the same bodies.
//!
//! `cargo bench -p cartera-benches --bench send` does all of it; `-- latency`, `-- pace` and `-- growth` one part alone.
//!
//! - **latency**: 600 bodies of 500 records, answers after 50 ms, 8 requests at once: the time and the CPU of `cartera
//!   resume` with its ledger, against those of a loop that does nothing but post.
//! - **pace**: at 10 and at 100 requests a second, how much of the pace is used, and whether more than it ever arrives.
//! - **growth**: what a chunk costs in a run of 100 and in one of 100,000.
//!
//! The run is planned while nobody listens, so that all of it waits; each turn sends a copy of it.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cartera_benches::measure::{self, Cost};
use cartera_benches::portfolio::{Kind, Order};
use cartera_benches::server::Server;
use cartera_benches::{Outcome, place, post};

/// Turns of which the middle is printed.
const TURNS: usize = 5;
/// Turns of a run that takes long enough for chance to even out.
const TURNS_OF_MANY: usize = 3;
/// The first argument of the bare loop's process; address, bodies and concurrency follow.
const LOOP: &str = "--loop";
/// Any token is good here.
const TOKEN: [(&str, &str); 2] = [("CARTERA_TOKEN", "banco-de-pruebas"), ("CARTERA_LANG", "en")];

fn main() -> Outcome<()> {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if let [first, address, bodies, concurrency] = &args[..]
        && first == LOOP
    {
        return post::all(address, Path::new(bodies), concurrency.parse()?);
    }
    let program = place::program()?;
    let asked = |part: &str| args.is_empty() || args.iter().any(|arg| arg == part);
    if asked("latency") {
        latency(&program)?;
    }
    if asked("pace") {
        for rate in [10, 100] {
            pace(&program, rate)?;
        }
    }
    if asked("growth") {
        growth(&program)?;
    }
    Ok(())
}

/// A run that is planned and waits, and where it is to be sent.
struct Planned {
    folder: tempfile::TempDir,
    address: String,
    program: PathBuf,
}

impl Planned {
    /// Plans a portfolio in chunks of so many records.
    fn new(program: &Path, rows: usize, chunk_size: usize) -> Outcome<Planned> {
        let folder = tempfile::tempdir_in(place::data_folder()?)?;
        // A port that is free now, and that nobody listens on while the run is planned.
        let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let planned = Planned { folder, address, program: program.to_path_buf() };
        let file = place::portfolio(Kind::Csv, rows, Order::Shuffled)?;
        let (server, size) = (format!("http://{}", planned.address), chunk_size.to_string());
        let load = ["load", &file.display().to_string(), "-m", &place::mapping()?.display().to_string()];
        let there = ["--server", &server, "--operation", "op", "--chunk-size", &size, "--yes"];
        let soon = ["--patience", "0s", "--max-attempts", "1"];
        planned.run("planned", &[&load[..], &there, &soon].concat(), &[4])?;
        Ok(planned)
    }

    fn in_folder(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, state: &str, args: &[&str], statuses: &[i32]) -> Outcome<Cost> {
        let folders = ["--state".into(), self.in_folder(state).into_os_string()];
        let report = ["--report".into(), self.in_folder("report").into_os_string()];
        let args = args.iter().map(OsString::from).chain(folders).chain(report);
        let command: Vec<OsString> = std::iter::once(self.program.clone().into()).chain(args).collect();
        let envs = TOKEN.map(|(name, value)| (name, OsStr::new(value)));
        measure::cost(&command, &envs, statuses)
    }

    /// Sends a copy of the run.
    fn send(&self, args: &[&str]) -> Outcome<Cost> {
        let copy = self.in_folder("copy");
        std::fs::create_dir_all(&copy)?;
        for name in ["ledger.sqlite", "runs.json"] {
            let from = self.in_folder("planned").join(name);
            if from.exists() {
                std::fs::copy(from, copy.join(name))?;
            }
        }
        let cost = self.run("copy", &[&["resume", "last"], args].concat(), &[0])?;
        std::fs::remove_dir_all(&copy)?;
        Ok(cost)
    }
}

/// Time and CPU at 50 ms and 8 at once, against the bare loop.
fn latency(program: &Path) -> Outcome<()> {
    let planned = Planned::new(program, 1_000_000, 500)?;
    let bodies = planned.in_folder("bodies.ndjson");
    let file = place::portfolio(Kind::Csv, 1_000_000, Order::Shuffled)?;
    let (file, mapping, out) =
        (file.display().to_string(), place::mapping()?.display().to_string(), bodies.display().to_string());
    let check =
        ["check", &file, "-m", &mapping, "--chunk-size", "500", "--operation", "op", "--bodies", &out];
    planned.run("check", &check, &[0])?;
    let server = Server::start(&planned.address, Duration::from_millis(50))?;
    let bare: Vec<OsString> = [
        std::env::current_exe()?.into_os_string(),
        LOOP.into(),
        planned.address.clone().into(),
        bodies.into_os_string(),
        "8".into(),
    ]
    .into();
    let fast = ["--concurrency", "8", "--rate", "100000/s", "--burst", "1000"];
    let (mut ours, mut loops, mut requests) = (Vec::new(), Vec::new(), 0);
    for turn in 0..=TURNS {
        server.forget();
        let costs = [planned.send(&fast)?, measure::cost(&bare, &[], &[0])?];
        requests = server.arrivals().len() / 2;
        if turn > 0 {
            ours.push(costs[0]);
            loops.push(costs[1]);
        }
    }
    let (ours, bare) = (measure::median_cost(&ours), measure::median_cost(&loops));
    println!("{requests} bodies, answers after 50 ms, 8 at once   wall s    CPU s  peak MB");
    for (who, cost) in [("cartera resume", ours), ("bare loop", bare)] {
        println!("{who:45} {:8.3} {:8.3} {:8.0}", cost.wall, cost.cpu, cost.peak / 1e6);
    }
    println!("{:45} {:8.3} {:8.2}", "ratio", ours.wall / bare.wall, ours.cpu / bare.cpu);
    Ok(())
}

/// How much of a pace is used, and whether it is kept.
fn pace(program: &Path, rate: u32) -> Outcome<()> {
    let (rows, chunk_size) = if rate < 50 { (4_000, 10) } else { (4_000, 1) };
    let planned = Planned::new(program, rows, chunk_size)?;
    let server = Server::start(&planned.address, Duration::from_millis(50))?;
    for burst in ["1", "5"] {
        let text = format!("{rate}/s");
        server.forget();
        planned.send(&["--rate", &text, "--burst", burst, "--concurrency", "16"])?;
        let at = server.arrivals();
        let (used, most) = judge(&at, f64::from(rate), burst.parse()?);
        println!(
            "pace {rate:3}/s, burst {burst}: {:5} requests, {:.2} % of the pace used, at most {most:+.3} requests over it",
            at.len(),
            used * 100.0
        );
    }
    Ok(())
}

/// The share of a pace that was used, and by how many requests the worst window went beyond it.
fn judge(at: &[Instant], rate: f64, burst: f64) -> (f64, f64) {
    let seconds: Vec<f64> = at.iter().map(|instant| (*instant - at[0]).as_secs_f64()).collect();
    let count = |requests: usize| f64::from(u32::try_from(requests).unwrap_or(u32::MAX));
    let took = seconds.last().copied().unwrap_or_default();
    let used = (count(at.len()) - burst) / rate / took;
    // A window from one request to another holds all between; what it may hold is the pace and the burst.
    let mut most = f64::NEG_INFINITY;
    let mut least_ahead = f64::INFINITY;
    for (nth, second) in seconds.iter().enumerate() {
        let ahead = count(nth) - second * rate;
        least_ahead = least_ahead.min(ahead);
        most = most.max(ahead - least_ahead + 1.0 - burst);
    }
    (used, most)
}

/// What a chunk costs in a short run and in a long one, of one record each.
fn growth(program: &Path) -> Outcome<()> {
    println!(
        "{:>8} {:>12} {:>12} {:>9} {:>12}",
        "chunks", "wall µs each", "CPU µs each", "peak MB", "anonymous MB"
    );
    // A chunk is a debtor, who has 3.3 rows.
    for (rows, turns_of) in [(330, TURNS), (33_000, TURNS), (330_000, TURNS_OF_MANY)] {
        let planned = Planned::new(program, rows, 1)?;
        let server = Server::start(&planned.address, Duration::ZERO)?;
        let fast = ["--concurrency", "8", "--rate", "100000/s", "--burst", "1000"];
        let (mut turns, mut chunks) = (Vec::new(), 0);
        for _ in 0..turns_of {
            server.forget();
            turns.push(planned.send(&fast)?);
            chunks = server.arrivals().len();
        }
        let cost = measure::median_cost(&turns);
        let each = |seconds: f64| seconds * 1e6 / f64::from(u32::try_from(chunks).unwrap_or(u32::MAX));
        let (peak, anonymous) = (cost.peak / 1e6, cost.anonymous / 1e6);
        println!("{chunks:8} {:12.0} {:12.0} {peak:9.0} {anonymous:12.0}", each(cost.wall), each(cost.cpu));
    }
    Ok(())
}
