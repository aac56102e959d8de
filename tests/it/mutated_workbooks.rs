//! Workbooks with bytes changed anywhere, outside and inside their containers: each is read or refused, in
//! bounded time and memory; nothing panics, aborts or hangs.
//!
//! `CARTERA_MUTATIONS` sets how many are tried. A run that is asked for also measures each one's peak of resident
//! memory, which only Linux tells and which means something only when no other test runs beside it:
//! `CARTERA_MUTATIONS=50000 cargo test --release --test it mutated_workbooks -- --nocapture`.

use std::io::{Cursor, Read, Write};
use std::time::Duration;

use crate::support::dice::{Dice, mutations_asked_for};
use crate::support::peak;
use crate::support::planned::plan_in_time;
use crate::support::workdir::repository;

const MUTATIONS: u64 = 400;
/// What reading one of these files of a few kilobytes may hold at most, in bytes.
const RESIDENT_MAX: u64 = 256 << 20;

const MAPPING: &str = r#"target = "collections"
[expediente]
Identification = "Cédula"
Name = "Nombre"
Email = { constant = "sincorreo@example.com" }
Telephone = { constant = "3005550000" }
[obligation]
id = "Cédula"
name = { constant = "Consumo" }
total_balance = "Saldo"
expiring_date = "Vence"
"#;

const WORKBOOKS: [&str; 7] =
    ["small.xlsx", "small.xlsm", "small.xlsb", "small.xls", "small-by-js.xls", "small.ods", "excel5.xls"];

/// Pieces of workbooks that a random change would hardly ever hit upon.
const FRAGMENTS: [&[u8]; 14] = [
    b"1048576",
    b"XFD1048576",
    b"A1:XFD1048576",
    b"4294967295",
    b"-1",
    b"1e308",
    b"&#0;",
    b"&x;",
    b"<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>",
    b"<c><v/></c>",
    b"</sheetData>",
    b"<mergeCell ref=\"A1:XFD1048576\"/>",
    b"table:number-rows-repeated=\"1048576\"",
    b"\xff\xff\xff\x7f",
];

#[derive(Default)]
struct Worst {
    took: Duration,
    resident: u64,
    read: u64,
}

#[test]
fn no_mutated_workbook_makes_it_panic_or_hang() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    let seeds = WORKBOOKS.map(|name| std::fs::read(repository().join("tests/files").join(name)).unwrap());
    let asked = mutations_asked_for();
    let mut dice = Dice(11);
    let mut worst = Worst::default();
    let rounds = asked.unwrap_or(MUTATIONS);
    for round in 0..rounds {
        let which = dice.below(seeds.len());
        let bytes = match dice.below(10) {
            0..3 => mutated(seeds[which].clone(), &mut dice),
            _ => mutated_inside(&seeds[which], &mut dice),
        };
        std::fs::write(&path, &bytes).unwrap();
        peak::forget();
        // Read or refused: both are answers.
        let (took, read) = plan_in_time(&path, MAPPING).unwrap_or_else(|| {
            panic!("round {round}, {} hangs", WORKBOOKS[which]);
        });
        worst.read += u64::from(read);
        worst.took = worst.took.max(took);
        if let (Some(_), Some(peak)) = (asked, peak::resident()) {
            worst.resident = worst.resident.max(peak);
            assert!(peak < RESIDENT_MAX, "round {round}, {}: {peak} bytes resident", WORKBOOKS[which]);
        }
    }
    assert!(worst.read > 0 && worst.read < rounds, "{} of {rounds} were read", worst.read);
    println!(
        "{rounds} workbooks, {} read; longest {:?}, most resident {}",
        worst.read, worst.took, worst.resident
    );
}

fn mutated(mut bytes: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    for _ in 0..=dice.below(4) {
        if bytes.is_empty() {
            break;
        }
        let at = dice.below(bytes.len());
        match dice.below(7) {
            0 => bytes[at] = u8::try_from(dice.below(256)).unwrap(),
            1 => bytes[at] ^= 1 << dice.below(8),
            2 => drop(bytes.remove(at)),
            3 if dice.below(4) == 0 => bytes.truncate(at),
            4 => {
                let end = (at + dice.below(300)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                let to = dice.below(bytes.len());
                bytes.splice(to..to, piece);
            }
            5 => drop(bytes.splice(at..at, FRAGMENTS[dice.below(FRAGMENTS.len())].iter().copied())),
            _ => {
                let fragment = FRAGMENTS[dice.below(FRAGMENTS.len())];
                let end = (at + fragment.len()).min(bytes.len());
                bytes.splice(at..end, fragment.iter().copied());
            }
        }
    }
    bytes
}

/// Changes a part of a container, whose checksums are then right.
fn mutated_inside(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    if bytes.starts_with(b"PK") { mutated_zip(bytes, dice) } else { mutated_ole(bytes, dice) }
}

fn mutated_zip(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let changed = dice.below(zip.len());
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..zip.len() {
        let mut file = zip.by_index(at).unwrap();
        let (name, mut part) = (file.name().unwrap().into_owned(), Vec::new());
        file.read_to_end(&mut part).unwrap();
        // The sheets and their strings are most of the work of a reader.
        if at == changed || (name.contains("sheet") && dice.below(3) == 0) || name == "content.xml" {
            part = mutated(part, dice);
        }
        out.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        out.write_all(&part).unwrap();
    }
    out.finish().unwrap().into_inner()
}

fn mutated_ole(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let Ok(mut ole) = cfb::CompoundFile::open(Cursor::new(bytes)) else {
        // One writer's directory is not in the order that the library asks for; its sectors are mutated as they are.
        return mutated(bytes.to_vec(), dice);
    };
    let name = ["/Workbook", "/Book"].into_iter().find(|name| ole.is_stream(name)).unwrap();
    let mut stream = Vec::new();
    ole.open_stream(name).unwrap().read_to_end(&mut stream).unwrap();
    let stream = mutated(stream, dice);
    let mut ole = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    ole.create_stream(name).unwrap().write_all(&stream).unwrap();
    ole.flush().unwrap();
    ole.into_inner().into_inner()
}
