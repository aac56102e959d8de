//! The whole job, file to bodies: `cartera check` as its users run it, against a floor, both in the same run.
//!
//! `cargo bench -p cartera-benches --bench whole` takes the usual workloads; `-- NAME…` takes those named, the largest
//! ones only so. In its turn each contender runs twice, and the second time is counted.

use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions};
use std::path::Path;

use cartera_benches::floor::{self, Shape};
use cartera_benches::measure::{self, Cost};
use cartera_benches::portfolio::{Kind, Order};
use cartera_benches::{Outcome, place};

/// Turns of which the middle is printed.
const TURNS: usize = 5;
/// The first argument of a floor's process; which floor and the file follow.
const FLOOR: &str = "--floor";

/// A file, and whether it is taken when none is named.
struct Workload {
    name: &'static str,
    kind: Kind,
    rows: usize,
    order: Order,
    is_usual: bool,
}

const fn workload(name: &'static str, kind: Kind, rows: usize, order: Order, is_usual: bool) -> Workload {
    Workload { name, kind, rows, order, is_usual }
}

const WORKLOADS: [Workload; 7] = [
    workload("csv-100k", Kind::Csv, 100_000, Order::Shuffled, true),
    workload("csv-1m", Kind::Csv, 1_000_000, Order::Shuffled, true),
    workload("csv-1m-sorted", Kind::Csv, 1_000_000, Order::Sorted, true),
    workload("csv1252-1m", Kind::Csv1252, 1_000_000, Order::Shuffled, true),
    workload("xlsx-100k", Kind::Xlsx, 100_000, Order::Shuffled, true),
    workload("csv-10m", Kind::Csv, 10_000_000, Order::Shuffled, false),
    workload("xlsx-1m", Kind::Xlsx, 1_000_000, Order::Shuffled, false),
];

fn main() -> Outcome<()> {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if let [first, which, file] = &args[..]
        && first == FLOOR
    {
        return run_floor(which, Path::new(file));
    }
    let program = place::program()?;
    let takes = |workload: &&Workload| {
        if args.is_empty() { workload.is_usual } else { args.iter().any(|name| name == workload.name) }
    };
    println!(
        "{:15} {:10} {:>9} {:>9} {:>9} {:>12}",
        "workload", "", "wall s", "CPU s", "peak MB", "anonymous MB"
    );
    for workload in WORKLOADS.iter().filter(takes) {
        compare(workload, &program)?;
    }
    Ok(())
}

/// Runs `check`, the floor and, where there is one, the peer in turn, and prints them and their ratios.
fn compare(workload: &Workload, program: &Path) -> Outcome<()> {
    let file = place::portfolio(workload.kind, workload.rows, workload.order)?;
    let folder = tempfile::tempdir()?;
    let mut contenders = vec![check(program, &file, folder.path())?, floor_of(workload.kind, &file)?];
    contenders.extend(peer(workload.kind, &file));
    for _ in 0..TURNS {
        for contender in &mut contenders {
            // A system that takes back what the one before has freed lets the next one wait for it.
            measure::cost(&contender.command, &[], &[0])?;
            contender.costs.push(measure::cost(&contender.command, &[], &[0])?);
        }
    }
    let ours = measure::median_cost(&contenders[0].costs);
    for (at, contender) in contenders.iter().enumerate() {
        let cost = measure::median_cost(&contender.costs);
        let name = if at == 0 { workload.name } else { "" };
        let (peak, anonymous) = (cost.peak / 1e6, cost.anonymous / 1e6);
        println!(
            "{name:15} {:10} {:9.3} {:9.3} {peak:9.0} {anonymous:12.0}",
            contender.name, cost.wall, cost.cpu
        );
        if at > 0 {
            let ratios = [ours.wall / cost.wall, ours.cpu / cost.cpu, ours.peak / cost.peak];
            println!("{:15} {:10} {:9.2} {:9.2} {:9.2}", "", "ratio", ratios[0], ratios[1], ratios[2]);
        }
    }
    Ok(())
}

/// A command that is run in turn with others, and what it cost in each turn.
struct Contender {
    name: &'static str,
    command: Vec<OsString>,
    costs: Vec<Cost>,
}

impl Contender {
    fn new(name: &'static str, command: &[&OsStr]) -> Contender {
        let command = command.iter().map(|part| (*part).to_os_string()).collect();
        Contender { name, command, costs: Vec::new() }
    }
}

/// `cartera check` of a file.
fn check(program: &Path, file: &Path, folder: &Path) -> Outcome<Contender> {
    let (mapping, state, report) = (place::mapping()?, folder.join("state"), folder.join("report"));
    let [check, m, to_state, to_report] = ["check", "-m", "--state", "--report"].map(OsStr::new);
    let files = (file.as_os_str(), mapping.as_os_str(), state.as_os_str(), report.as_os_str());
    let command = [program.as_os_str(), check, files.0, m, files.1, to_state, files.2, to_report, files.3];
    Ok(Contender::new("cartera", &command))
}

/// The floor of a kind of file, which this program is when it is told so.
fn floor_of(kind: Kind, file: &Path) -> Outcome<Contender> {
    let name = if matches!(kind, Kind::Xlsx) { "calamine" } else { "floor" };
    let own = std::env::current_exe()?;
    Ok(Contender::new(name, &[own.as_os_str(), FLOOR.as_ref(), word(kind).as_ref(), file.as_os_str()]))
}

/// The same work in polars, where `CARTERA_PEER` names a Python that has it.
fn peer(kind: Kind, file: &Path) -> Option<Contender> {
    let python = std::env::var_os("CARTERA_PEER")?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peer.py");
    let nowhere = OsStr::new("/dev/null");
    let command = [python.as_os_str(), script.as_os_str(), word(kind).as_ref(), file.as_os_str(), nowhere];
    Some(Contender::new("polars", &command))
}

/// What a kind of file is called in arguments.
fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Csv => "csv",
        Kind::Csv1252 => "csv1252",
        Kind::Xlsx => "xlsx",
    }
}

/// Is a floor, and nothing else.
fn run_floor(which: &str, file: &Path) -> Outcome<()> {
    let shape = match which {
        "csv" => Shape::PLAIN,
        "csv1252" => Shape::SPANISH,
        _ => return floor::workbook_cells(file).map(drop),
    };
    let mut nowhere = OpenOptions::new().write(true).open("/dev/null")?;
    #[expect(unsafe_code, reason = "the benchmark's own file, which nobody changes while it runs")]
    let text = unsafe { memmap2::Mmap::map(&File::open(file)?)? };
    floor::csv(&text, shape, &mut nowhere)?;
    Ok(())
}
