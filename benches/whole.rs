//! The whole job, file to bodies: `cartera check` as its users run it, against a floor, both in the same run.
//!
//! `cargo bench -p cartera-benches --bench whole` takes the usual workloads; `-- NAME…` takes those named, the largest
//! ones only so. Each contender is run once without being counted, so that the file is in memory, and then in turn.

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

/// Runs `check` and the floor in turn, and prints both and their ratio.
fn compare(workload: &Workload, program: &Path) -> Outcome<()> {
    let file = place::portfolio(workload.kind, workload.rows, workload.order)?;
    let which = match workload.kind {
        Kind::Csv => "csv",
        Kind::Csv1252 => "csv1252",
        Kind::Xlsx => "cells",
    };
    let floor = [std::env::current_exe()?.into_os_string(), FLOOR.into(), which.into(), file.clone().into()];
    let folder = tempfile::tempdir()?;
    let in_folder = |name: &str| folder.path().join(name).into_os_string();
    let mapping = place::mapping()?;
    let check: [&OsStr; 9] = [
        program.as_os_str(),
        "check".as_ref(),
        file.as_os_str(),
        "-m".as_ref(),
        mapping.as_os_str(),
        "--state".as_ref(),
        &in_folder("state"),
        "--report".as_ref(),
        &in_folder("report"),
    ];
    let check = check.map(OsStr::to_os_string);
    let (mut ours, mut floors) = (Vec::new(), Vec::new());
    for turn in 0..=TURNS {
        let costs = [cost(&check)?, cost(&floor)?];
        if turn > 0 {
            ours.push(costs[0]);
            floors.push(costs[1]);
        }
    }
    let (ours, floor) = (measure::median_cost(&ours), measure::median_cost(&floors));
    let line = |name: &str, who: &str, cost: Cost| {
        let (peak, anonymous) = (cost.peak / 1e6, cost.anonymous / 1e6);
        println!("{name:15} {who:10} {:9.3} {:9.3} {peak:9.0} {anonymous:12.0}", cost.wall, cost.cpu);
    };
    line(workload.name, "cartera", ours);
    line("", if workload.kind == Kind::Xlsx { "calamine" } else { "floor" }, floor);
    println!(
        "{:15} {:10} {:9.2} {:9.2} {:9.2}",
        "",
        "ratio",
        ours.wall / floor.wall,
        ours.cpu / floor.cpu,
        ours.peak / floor.peak
    );
    Ok(())
}

fn cost(command: &[OsString]) -> Outcome<Cost> {
    measure::cost(command, &[], &[0])
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
