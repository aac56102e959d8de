//! The error files give back what was read: for any portfolio, the rows of the report are the rows of the source, byte
//! for byte, when cartera itself reads them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use cartera::books::Books;
use cartera::lang::{Lang, Say};
use cartera::ledger::{Evidence, Ledger, NewRun, Packed, RunKind};
use cartera::pipeline::{self, Earlier, Input};
use cartera::portfolio::{BodySettings, BodyUse};
use cartera::report::causes::{Causes, Telling};
use cartera::report::front_sheet::Front;
use cartera::report::measures::Measures;
use cartera::report::{rows_csv, workbook};
use cartera::source::{
    Cursor, Isolation, Kind, Row, RowBuffer, SourceOptions, Spools, Table, Workplace, open,
};
use cartera::target;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use crate::support::dice::{Dice, is_full};

/// Portfolios that are tried; a thousand when the variable is set.
fn portfolios() -> u64 {
    if is_full() { 1_000 } else { 40 }
}

const HEADER: [&str; 9] =
    ["Cédula", "Nombre", "Correo", "Celular", "Nro", "Producto", "Saldo", "Fecha", "Notas; y \"más\""];
const MAPPING: &str = r#"target = "collections"
[source]
header_row = 1
decimal = ","
dates = "DD/MM/YYYY"
[expediente]
Identification = "Cédula"
Name = "Nombre"
Email = "Correo"
Telephone = "Celular"
[obligation]
id = "Nro"
name = "Producto"
total_balance = "Saldo"
expiring_date = "Fecha"
"#;

/// What people, programs and spreadsheets put into cells.
const TEXTS: [&str; 30] = [
    "",
    "",
    "1020304050",
    "0012345",
    "=1+1",
    "+57 300",
    "-5",
    "@SUM(A1)",
    "ana@example.com",
    "1.234,56",
    "31/02/2026",
    "15/03/2026",
    "ñandú",
    " x ",
    "a;b",
    "a,b",
    "\"",
    "\"a\"\"b\"",
    "línea\notra",
    "\t",
    "<r><t>x</t></r>",
    "_x0041_",
    "😀",
    "&amp;",
    "]]>",
    "TRUE",
    "1e5",
    "#N/A",
    "cartera_run",
    "'",
];

/// A cell and how it is written into a workbook.
#[derive(Debug, Clone)]
enum Written {
    Text(String),
    Number(f64),
    Day(u8, u8),
    Bool(bool),
}

fn cell(dice: &mut Dice) -> Written {
    match dice.below(12) {
        0 => Written::Number(f64::from(u32::try_from(dice.below(2_000_000)).unwrap()) / 4.0),
        1 => {
            Written::Day(u8::try_from(dice.below(12) + 1).unwrap(), u8::try_from(dice.below(28) + 1).unwrap())
        }
        2 => Written::Bool(dice.below(2) == 0),
        3 => {
            let letters = ['a', 'é', '"', ';', ',', '\n', ' ', '<', '&', '=', '0', '7', '\u{a0}', '🦜'];
            Written::Text((0..dice.below(12)).map(|_| letters[dice.below(letters.len())]).collect())
        }
        _ => Written::Text(TEXTS[dice.below(TEXTS.len())].to_owned()),
    }
}

fn rows(dice: &mut Dice) -> Vec<Vec<Written>> {
    let count = dice.below(14) + 1;
    (0..count)
        .map(|at| {
            let mut row: Vec<Written> = (0..HEADER.len()).map(|_| cell(dice)).collect();
            // Enough of a row that it is one of data, and of a debtor of its own.
            row[0] = Written::Text(format!("10{:06}", at * 7 + dice.below(3)));
            row[4] = Written::Text(format!("{:05}", dice.below(9) + at * 10));
            row
        })
        .collect()
}

fn write_csv(path: &Path, delimiter: u8, rows: &[Vec<Written>]) {
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_path(path).unwrap();
    writer.write_record(HEADER).unwrap();
    for row in rows {
        let texts = row.iter().map(|cell| match cell {
            Written::Text(text) => text.clone(),
            Written::Number(number) => number.to_string(),
            Written::Day(month, day) => format!("{day:02}/{month:02}/2026"),
            Written::Bool(value) => value.to_string(),
        });
        writer.write_record(texts).unwrap();
    }
    writer.flush().unwrap();
}

fn write_xlsx(path: &Path, rows: &[Vec<Written>]) {
    let mut workbook = Workbook::new();
    let date = Format::new().set_num_format("dd/mm/yyyy");
    let sheet = workbook.add_worksheet().set_name("Cartera").unwrap();
    sheet.write_row(0, 0, HEADER).unwrap();
    for (row, at) in rows.iter().zip(1u32..) {
        for (cell, column) in row.iter().zip(0u16..) {
            match cell {
                Written::Text(text) if text.starts_with("<r>") => continue,
                Written::Text(text) => sheet.write_string(at, column, text).unwrap(),
                Written::Number(number) => sheet.write_number(at, column, *number).unwrap(),
                Written::Day(month, day) => {
                    let day = ExcelDateTime::from_ymd(2026, *month, *day).unwrap();
                    sheet.write_datetime_with_format(at, column, &day, &date).unwrap()
                }
                Written::Bool(value) => sheet.write_boolean(at, column, *value).unwrap(),
            };
        }
    }
    workbook.save(path).unwrap();
}

/// The rows of a table by their numbers.
fn cells_of(table: &Table) -> BTreeMap<u32, Vec<(Kind, String)>> {
    let (mut buffer, mut rows) = (RowBuffer::default(), BTreeMap::new());
    let mut cursor = Cursor::at(&table.text, table.form, 0, 1);
    while cursor.read(&mut buffer) {
        let row = Row::of(&table.text, &buffer);
        let cells = row.cells().map(|cell| (cell.kind, cell.text.to_owned())).collect();
        rows.insert(buffer.number, cells);
    }
    rows
}

fn workplace(folder: &Path) -> Workplace {
    Workplace { spools: Spools::in_folder(folder), isolation: Isolation::Here }
}

/// Plans a file into the ledger and takes out what a report is made of; none where the file is refused.
async fn evidence_of(ledger: &Ledger, file: &Path) -> Option<(i64, Evidence)> {
    let mapping = cartera::mapping::file::parse("m.toml", MAPPING).unwrap();
    let mut opened =
        pipeline::open(&[Input::whole(file)], &mapping, &workplace(file.parent().unwrap())).ok()?;
    let new = NewRun {
        parent: None,
        kind: RunKind::Load,
        target: "collections".to_owned(),
        server: "crm".to_owned(),
        operation: "op".to_owned(),
        mapping: MAPPING.to_owned(),
        settings: serde_json::json!({}),
        started_at: jiff::Timestamp::now(),
    };
    let run = ledger.begin_run(&new).await.unwrap();
    let settings = BodySettings {
        target: target::by_name("collections").unwrap(),
        dialect: &target::Dialect::new("op"),
        chunk_records: 5,
        body_bytes_max: 1 << 20,
        break_after: Vec::new(),
        secret: None,
        known: None,
        use_of: BodyUse::Send,
    };
    let mut pieces = Vec::new();
    let mut keep = |piece| {
        pieces.push(Packed::from(piece));
        Ok(())
    };
    let end = pipeline::plan(&mut opened, settings, &Earlier::default(), &mut keep).ok()?;
    ledger.store(run, pieces, &mut 1).await.unwrap();
    ledger.add_sources(run, &opened.files, &opened.table_entries()).await.unwrap();
    ledger.end_plan(run, &end).await.unwrap();
    Some((run, ledger.evidence(run).await.unwrap()))
}

/// The tables of rows that a report holds, as cartera reads them.
fn read_report(path: &Path, bytes: &[u8]) -> Vec<Table> {
    std::fs::write(path, bytes).unwrap();
    open(path, &SourceOptions::default(), &workplace(path.parent().unwrap())).unwrap().tables
}

fn same(found: &[(Kind, String)], source: &[(Kind, String)], width: usize, what: &str) {
    for column in 0..width {
        let text =
            |cells: &[(Kind, String)]| cells.get(column).map_or_else(String::new, |(_, text)| text.clone());
        assert_eq!(text(found), text(source), "{what}, column {column}");
    }
}

#[test]
fn the_error_files_hold_the_rows_of_the_source_byte_for_byte() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ledger = runtime.block_on(Ledger::open(&folder.path().join("state"))).unwrap();
    let (mut tried, mut reported) = (0u64, 0usize);
    let mut refused = String::new();
    for seed in 0..portfolios() {
        let mut dice = Dice(seed);
        let rows = rows(&mut dice);
        let file: PathBuf = folder.path().join(if seed % 2 == 0 { "f.csv" } else { "f.xlsx" });
        if seed % 2 == 0 {
            write_csv(&file, [b';', b',', b'\t', b'|'][dice.below(4)], &rows);
        } else {
            write_xlsx(&file, &rows);
        }
        let found = runtime.block_on(evidence_of(&ledger, &file));
        let Some((run, evidence)) = found else {
            write!(refused, " {seed}").unwrap();
            continue;
        };
        tried += 1;
        let source = open(&file, &SourceOptions::default(), &workplace(folder.path())).unwrap();
        let source = cells_of(&source.tables[0]);
        reported += check(folder.path(), (run, &evidence), &source, seed);
    }
    assert!(tried * 10 >= portfolios() * 9, "refused:{refused}");
    println!("{tried} portfolios, {reported} rows");
    assert!(reported as u64 > tried);
}

/// Compares both error files of a run with its source; says how many rows they hold.
fn check(
    folder: &Path,
    (run, evidence): (i64, &Evidence),
    source: &BTreeMap<u32, Vec<(Kind, String)>>,
    seed: u64,
) -> usize {
    let failed = &evidence.failed[0];
    let telling = Telling { run, mapping: None, unmasked: false, lang: Lang::Es };
    let (causes, books) = (Causes::of(evidence, telling), Books::default());
    let title = "Carga".to_owned();
    let front = Front {
        title,
        books: &books,
        planned: Say::StateUnsent,
        measures: Measures::of_target("collections"),
        causes: &causes,
    };
    let mut xlsx = Vec::new();
    workbook::errors_xlsx(evidence, &front, (run, Lang::Es), &std::env::temp_dir(), &mut xlsx).unwrap();
    let mut csv = Vec::new();
    rows_csv::errors_csv(evidence, 0, (run, Lang::Es), &mut csv).unwrap();
    for (name, bytes) in [("errors.xlsx", xlsx), ("errors.csv", csv)] {
        let tables = read_report(&folder.join(name), &bytes);
        assert_eq!(tables.len(), 1, "seed {seed}: {name} has one table of rows");
        let found = cells_of(&tables[0]);
        let mut found = found.values().skip(1);
        for row in failed {
            let cells =
                found.next().unwrap_or_else(|| panic!("seed {seed}: {name} lacks row {}", row.number));
            same(
                cells,
                &source[&row.number],
                HEADER.len(),
                &format!("seed {seed}, {name}, row {}", row.number),
            );
        }
        assert_eq!(found.next(), None, "seed {seed}: {name} has more rows than failed");
    }
    failed.len()
}
