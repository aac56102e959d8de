//! Polluted files: whatever is done to a clean table, its rows are read right or said to be wrong; nothing is
//! loaded as clean with other data, and nothing makes the program panic or hang.
//!
//! `CARTERA_MUTATIONS` sets how many mutations are tried; the default is a short run. A run that is asked for also holds
//! the peak of resident memory against a bound, so it has to run alone:
//! `CARTERA_MUTATIONS=200000 cargo test --release --test it polluted::no_mutation -- --nocapture`.

use std::path::PathBuf;
use std::time::Duration;

use proptest::prelude::*;

use crate::support::dice::{Dice, mutations_asked_for};
use crate::support::peak;
use crate::support::planned::{Planned, plan, plan_in_time};
use crate::support::workdir::{SMALL_MAPPING, repository};

const MUTATIONS: u64 = 3000;
/// What reading one of these files of a few kilobytes may hold at most, in bytes.
const RESIDENT_MAX: u64 = 256 << 20;

struct Table {
    folder: tempfile::TempDir,
    lines: Vec<String>,
}

impl Table {
    fn clean(rows: u32) -> Table {
        let mut lines = vec!["Cédula;Nombre;Correo;Celular;Nro;Producto;Saldo".to_owned()];
        lines.extend((0..rows).map(|row| {
            format!(
                "{};\"Ana; la de {row}\";ana{row}@example.com;300555{row:04};{row:05};Consumo;{}.000,{:02}",
                1_900_000_000 + row,
                row + 1,
                row % 100
            )
        }));
        Table { folder: tempfile::tempdir().unwrap(), lines }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("f.csv")
    }

    fn plan(&self, text: &str) -> Option<Planned> {
        std::fs::write(self.path(), text).unwrap();
        plan(&self.path(), SMALL_MAPPING).ok()
    }
}

/// What may be done to a clean table.
#[derive(Debug, Clone, Copy)]
enum Pollution {
    MissingDelimiter,
    ExtraDelimiter,
    TrailingDelimiter,
    StrayQuote,
    OpenQuote,
    Preamble,
    Footer,
    BlankLines,
    MixedLineEnds,
    SecondTable,
    Nul,
    CutShort,
    ExtraHeader,
    Tabs,
}

const POLLUTIONS: [Pollution; 14] = [
    Pollution::MissingDelimiter,
    Pollution::ExtraDelimiter,
    Pollution::TrailingDelimiter,
    Pollution::StrayQuote,
    Pollution::OpenQuote,
    Pollution::Preamble,
    Pollution::Footer,
    Pollution::BlankLines,
    Pollution::MixedLineEnds,
    Pollution::SecondTable,
    Pollution::Nul,
    Pollution::CutShort,
    Pollution::ExtraHeader,
    Pollution::Tabs,
];

fn pollute(lines: &[String], pollution: Pollution, at: usize, column: usize) -> String {
    let mut lines = lines.to_vec();
    let row = 1 + at % (lines.len() - 1);
    // The one inside the quoted name is text, and nobody could tell that it is gone.
    let is_text = |at: usize| lines[row][at..].starts_with("; la");
    let delimiters: Vec<usize> =
        lines[row].match_indices(';').map(|(at, _)| at).filter(|at| !is_text(*at)).collect();
    let delimiter = delimiters[column % delimiters.len()];
    match pollution {
        Pollution::MissingDelimiter => drop(lines[row].remove(delimiter)),
        Pollution::ExtraDelimiter => lines[row].insert(delimiter, ';'),
        Pollution::TrailingDelimiter => lines.iter_mut().for_each(|line| line.push(';')),
        Pollution::StrayQuote => lines[row].insert(delimiter, '"'),
        Pollution::OpenQuote => lines[row].insert(delimiter + 1, '"'),
        Pollution::Preamble => {
            drop(lines.splice(0..0, ["BANCO;;".to_owned(), String::new(), "al 31/10/2026".to_owned()]));
        }
        Pollution::Footer => lines.push("Generado por el sistema el 31/10/2026".to_owned()),
        Pollution::BlankLines => drop(lines.splice(row..row, [String::new(), ";;;;;;".to_owned()])),
        Pollution::MixedLineEnds => {
            let end = |at: usize| ["\n", "\r\n", "\r"][at % 3];
            let ended = |(at, line): (usize, &String)| [line.as_str(), end(at)].concat();
            return lines.iter().enumerate().map(ended).collect::<Vec<_>>().concat();
        }
        Pollution::SecondTable => {
            lines.extend([String::new(), "Oficina;Total".to_owned(), "Bogotá;5".to_owned()]);
        }
        Pollution::Nul => lines[row].insert(delimiter, '\0'),
        Pollution::CutShort => lines[row].truncate(delimiter),
        Pollution::ExtraHeader => {
            let header = lines[0].clone();
            lines.insert(row, header);
        }
        Pollution::Tabs => lines[row] = lines[row].replace(';', "\t"),
    }
    lines.join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn what_is_loaded_is_what_the_clean_table_says(pollution in 0..POLLUTIONS.len(), at in 0usize..20, column in 0usize..8) {
        let table = Table::clean(20);
        let clean = table.plan(&table.lines.join("\n")).expect("the clean table is read");
        prop_assert_eq!((clean.records.len(), clean.rows), (20, [20, 0, 0]));
        let text = pollute(&table.lines, POLLUTIONS[pollution], at, column);
        let Some(polluted) = table.plan(&text) else { return Ok(()) };
        for (id, record) in &polluted.records {
            prop_assert_eq!(Some(record), clean.records.get(id), "{:?} changed a record in silence", POLLUTIONS[pollution]);
        }
        let missing = (clean.records.len() - polluted.records.len()) as u64;
        let [read, invalid, skipped] = polluted.rows;
        prop_assert!(invalid >= missing, "{:?}: {} records are missing, {} rows are invalid", POLLUTIONS[pollution], missing, invalid);
        prop_assert_eq!(read - invalid - skipped, polluted.records.len() as u64);
    }
}

#[test]
fn no_mutation_makes_it_panic_or_hang() {
    let folder = tempfile::tempdir().unwrap();
    let small = Table::clean(6).lines.join("\n");
    let faulty = std::fs::read(repository().join("samples/cooperativa-faulty.csv")).unwrap();
    let seeds = [small.into_bytes(), faulty[..3000].to_vec()];
    let mut dice = Dice(7);
    let asked = mutations_asked_for();
    let rounds = asked.unwrap_or(MUTATIONS);
    let (mut read, mut longest, mut most) = (0_u64, Duration::ZERO, 0);
    for round in 0..rounds {
        let mut bytes = seeds[dice.below(seeds.len())].clone();
        for _ in 0..=dice.below(4) {
            mutate(&mut bytes, &mut dice);
        }
        let path = folder.path().join("f.csv");
        std::fs::write(&path, &bytes).unwrap();
        peak::forget();
        // Read or refused: both are answers.
        let (took, was_read) =
            plan_in_time(&path, SMALL_MAPPING).unwrap_or_else(|| panic!("round {round} hangs"));
        read += u64::from(was_read);
        longest = longest.max(took);
        if let (Some(_), Some(peak)) = (asked, peak::resident()) {
            most = most.max(peak);
            assert!(peak < RESIDENT_MAX, "round {round}: {peak} bytes resident");
        }
    }
    assert!(read > 0 && read < rounds, "{read} of {rounds} were read");
    println!("{rounds} files, {read} read; longest {longest:?}, most resident {most}");
}

fn mutate(bytes: &mut Vec<u8>, dice: &mut Dice) {
    const SPECIAL: [u8; 12] = [b'"', b';', b',', b'\n', b'\r', b'\t', 0, 0xFF, 0xEF, 0x80, b'=', 0x1E];
    if bytes.is_empty() {
        return;
    }
    let at = dice.below(bytes.len());
    match dice.below(6) {
        0 => bytes[at] = SPECIAL[dice.below(SPECIAL.len())],
        1 => bytes.insert(at, SPECIAL[dice.below(SPECIAL.len())]),
        2 => drop(bytes.remove(at)),
        3 => bytes.truncate(at),
        4 => bytes[at] ^= 1 << dice.below(8),
        _ => {
            let end = (at + dice.below(200)).min(bytes.len());
            let piece = bytes[at..end].to_vec();
            let to = dice.below(bytes.len());
            bytes.splice(to..to, piece);
        }
    }
}
