//! Each stage of the way of the data on its own: how long it takes, or how many instructions.
//!
//! `cargo bench -p cartera-benches --bench stages` times each stage on 100,000 rows, in turn with the floor, and prints
//! the middle of several turns. With `-- --counts` the stages are counted instead ([`cartera_benches::counts`]), and
//! with `-- --record` what is counted becomes the baseline. `-- NAME` takes one stage alone.
//!
//! A stage is made ready first and then run once; only that is measured.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cartera_benches::counts::{self, PREPARE, RUN};
use cartera_benches::floor::{self, Shape};
use cartera_benches::portfolio::{Kind, MAPPING, Order};
use cartera_benches::{Outcome, measure, place};

use cartera::lang::{Lang, Say};
use cartera::ledger::{Ledger, NewRun, Packed, Piece, PlanEnd, RunId, RunKind};
use cartera::mapping::guess;
use cartera::mapping::guess::dictionary::{Dictionary, Synonyms};
use cartera::mapping::{self, Mapping};
use cartera::pipeline::{self, Earlier, Input, Opened};
use cartera::portfolio::record::{Record, RecordField, Slot};
use cartera::portfolio::{BodySettings, BodyUse, Indexer, RowRef};
use cartera::problem::{Failure, Place, RowId};
use cartera::report::causes::{Causes, Telling};
use cartera::report::front_sheet::Front;
use cartera::report::measures::Measures;
use cartera::report::{rows_csv, workbook};
use cartera::source::{self, Bytes, Cell, Isolation, Row, RowBuffer, Spools, Workplace};
use cartera::survey::amounts::AmountProbe;
use cartera::survey::dates::DateProbe;
use cartera::survey::{Probe, layout};
use cartera::target::{self, Answer, Dialect, Reply, Target, classify};

/// Rows where stages are timed.
const ROWS: usize = 100_000;
/// Turns of which the middle is printed.
const TURNS: usize = 7;

/// A stage that is ready to run.
type Ready<'i> = Box<dyn FnOnce() -> Outcome<()> + 'i>;

/// A stage: its name, and how it is made ready.
type Stage = (&'static str, for<'i> fn(&'i Inputs) -> Outcome<Ready<'i>>);

/// In the order of the data; the first is what the others are held against.
const STAGES: [Stage; 11] = [
    (counts::FLOOR, floor),
    ("decode", decode),
    ("xlsx", xlsx),
    ("tokenise", tokenise),
    ("verdicts", verdicts),
    ("guess", guess),
    ("group", group),
    ("render", render),
    ("plan", plan),
    ("ledger", ledger),
    ("reconcile", reconcile),
];

/// Stages whose cost does not grow with the rows that go in, but with those that do not.
const REPORT: Stage = ("report", report);

fn main() -> Outcome<()> {
    // Cargo says that it runs a benchmark.
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let stages: Vec<Stage> = STAGES.into_iter().chain([REPORT]).collect();
    let named = |name: &str| stages.iter().find(|stage| stage.0 == name).ok_or("there is no such stage");
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--counts"] => counts::compare(&names(&stages)),
        ["--record"] => counts::record(&names(&stages)),
        [RUN, name] => named(name)?.1(&Inputs::of(counts::ROWS)?)?(),
        [PREPARE, name] => named(name)?.1(&Inputs::of(counts::ROWS)?).map(drop),
        [] => time_all(&stages),
        [name] => time_all(&[stages[0], *named(name)?]),
        _ => Err("see the head of stages.rs for what can be asked".into()),
    }
}

fn names(stages: &[Stage]) -> Vec<&'static str> {
    stages.iter().map(|stage| stage.0).collect()
}

/// Times the stages in turn, and prints the middle for each.
fn time_all(stages: &[Stage]) -> Outcome<()> {
    let inputs = Inputs::of(ROWS)?;
    let mut times = vec![Vec::new(); stages.len()];
    for _ in 0..TURNS {
        for (stage, times) in stages.iter().zip(&mut times) {
            let ready = stage.1(&inputs)?;
            let mut outcome = Ok(());
            times.push(measure::time(|| outcome = ready()));
            outcome?;
        }
    }
    let floor = measure::median(times[0].clone());
    println!("{:12} {:>12} {:>12}", "stage", "ns a row", "to the floor");
    for (stage, times) in stages.iter().zip(times) {
        let time = measure::median(times);
        println!("{:12} {:12.0} {:12.2}", stage.0, time * 1e9 / 1e5, time / floor);
    }
    Ok(())
}

/// What the stages work on.
struct Inputs {
    rows: usize,
    csv: PathBuf,
    csv_1252: PathBuf,
    xlsx: PathBuf,
    mapping: Mapping,
    folder: tempfile::TempDir,
}

impl Inputs {
    fn of(rows: usize) -> Outcome<Inputs> {
        Ok(Inputs {
            rows,
            csv: place::portfolio(Kind::Csv, rows, Order::Shuffled)?,
            csv_1252: place::portfolio(Kind::Csv1252, rows, Order::Shuffled)?,
            xlsx: place::portfolio(Kind::Xlsx, rows, Order::Shuffled)?,
            mapping: mapping::file::parse("portfolio.toml", MAPPING).map_err(said)?,
            folder: tempfile::tempdir()?,
        })
    }

    fn workplace(&self) -> Workplace {
        Workplace { spools: Spools::in_folder(self.folder.path()), isolation: Isolation::Here }
    }

    fn open<'m>(&self, path: &Path, mapping: &'m Mapping) -> Outcome<Opened<'m>> {
        pipeline::open(&[Input::whole(path)], mapping, &self.workplace()).map_err(said)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands on")]
fn said(failure: Failure) -> Box<dyn Error + Send + Sync> {
    failure.code.as_str().into()
}

fn floor(inputs: &Inputs) -> Outcome<Ready<'_>> {
    let text = std::fs::read(&inputs.csv)?;
    Ok(Box::new(move || {
        floor::csv(&text, Shape::PLAIN, &mut io::sink())?;
        Ok(())
    }))
}

/// Bytes become a text.
fn decode(inputs: &Inputs) -> Outcome<Ready<'_>> {
    let bytes = Bytes::from(std::fs::read(&inputs.csv_1252)?);
    Ok(Box::new(move || {
        let spools = inputs.workplace().spools;
        source::decode(&bytes, None, "", &spools).map(drop).map_err(said)
    }))
}

/// A workbook becomes tables.
#[expect(clippy::unnecessary_wraps, reason = "as the other stages")]
fn xlsx(inputs: &Inputs) -> Outcome<Ready<'_>> {
    let options = source::SourceOptions::default();
    Ok(Box::new(move || source::open(&inputs.xlsx, &options, &inputs.workplace()).map(drop).map_err(said)))
}

/// A text becomes rows of cells.
fn tokenise(inputs: &Inputs) -> Outcome<Ready<'_>> {
    let opened = inputs.open(&inputs.csv, &inputs.mapping)?;
    Ok(Box::new(move || {
        let (mut rows, mut buffer) = (opened.tables[0].rows(), RowBuffer::default());
        while rows.read(&mut buffer) {}
        Ok(())
    }))
}

/// Columns become formats.
fn verdicts(inputs: &Inputs) -> Outcome<Ready<'_>> {
    let dates = || Probe::Dates(DateProbe::default());
    let amounts = || Probe::Amounts(AmountProbe::default());
    let mut probes = [(8, amounts()), (9, dates()), (12, amounts()), (13, dates()), (14, amounts())];
    let columns = probes.each_ref().map(|(column, _)| *column);
    let cells: Vec<[String; 5]> = all_cells(inputs, columns)?;
    Ok(Box::new(move || {
        for (row, cells) in (2u32..).zip(&cells) {
            for ((_, probe), text) in probes.iter_mut().zip(cells) {
                probe.see(row, Cell { kind: source::Kind::Text, text });
            }
        }
        for (_, probe) in &probes {
            probe.decide(Place::default()).map_err(said)?;
        }
        Ok(())
    }))
}

/// Some cells of each row.
fn all_cells<const N: usize>(inputs: &Inputs, columns: [usize; N]) -> Outcome<Vec<[String; N]>> {
    let opened = inputs.open(&inputs.csv, &inputs.mapping)?;
    let table = &opened.tables[0];
    let (mut rows, mut buffer, mut all) = (table.rows(), RowBuffer::default(), Vec::new());
    while rows.read(&mut buffer) {
        let row = Row::of(&table.table.text, &buffer);
        all.push(columns.map(|column| row.cell(column).text.to_owned()));
    }
    Ok(all)
}

/// A table becomes a proposal of a mapping.
fn guess(inputs: &Inputs) -> Outcome<Ready<'_>> {
    let options = source::SourceOptions::default();
    let file = source::open(&inputs.csv, &options, &inputs.workplace()).map_err(said)?;
    let header = layout::find_header(&file.tables[0], Some(1), &|_| true).map_err(said)?;
    let dictionary = Dictionary::of(collections(), &Synonyms::default());
    Ok(Box::new(move || {
        let looked = guess::Looked::at(&file.tables[0], header);
        std::hint::black_box(guess::of_table(collections(), &looked, None, &dictionary));
        Ok(())
    }))
}

/// Rows become the rows of records.
fn group(inputs: &Inputs) -> Outcome<Ready<'_>> {
    let keys = all_cells(inputs, [0])?;
    Ok(Box::new(move || {
        let mut indexer = Indexer::default();
        let row = |number: u32| RowRef::new(RowId { table: 0, number }, number as usize * 200);
        indexer.add((2u32..).zip(&keys).map(|(number, [key])| (row(number), Some(key.as_str()))));
        std::hint::black_box(indexer.finish());
        Ok(())
    }))
}

/// Records become the JSON of a body.
fn render(inputs: &Inputs) -> Outcome<Ready<'_>> {
    let cells: Vec<[String; 16]> = all_cells(inputs, std::array::from_fn(|column| column))?;
    let dialect = Dialect::new("op");
    let field = |rule: &mapping::FieldRule| RecordField::of(rule, collections(), &dialect);
    let fields: Arc<[RecordField]> = inputs.mapping.fields.iter().map(field).collect();
    let records = cells.chunks(3).map(|rows| {
        let (mut text, mut slots) = (String::new(), Vec::new());
        let push = |text: &mut String, field: usize, cell: &str| {
            text.push_str(&fields[field].opening);
            text.push_str(cell);
            Slot::new(field, (text.len() - cell.len(), text.len()), true)
        };
        let head: Vec<Slot> =
            rows[0][..6].iter().enumerate().map(|(field, cell)| push(&mut text, field, cell)).collect();
        let mut lines = Vec::new();
        for row in rows {
            let before = (slots.len(), text.len());
            slots.extend((6..).zip(&row[6..]).map(|(field, cell)| push(&mut text, field, cell)));
            lines.push(((before.0, slots.len()), (before.1, text.len())));
        }
        let mut record = Record::new(Arc::clone(&fields));
        record.begin(&mut text, &mut slots);
        for slot in head {
            record.push_head(slot);
        }
        for (values, written) in lines {
            record.push_line(values, Some(written));
        }
        record
    });
    let records = records.collect::<Vec<Record>>();
    Ok(Box::new(move || {
        let mut body = Vec::new();
        for record in &records {
            body.clear();
            collections().render(record, &dialect, &mut body);
        }
        Ok(())
    }))
}

/// Rows become planned bodies, all that `check` does after it has opened the file.
fn plan(inputs: &Inputs) -> Outcome<Ready<'_>> {
    let mut opened = inputs.open(&inputs.csv, &inputs.mapping)?;
    Ok(Box::new(move || pieces(&mut opened, BodyUse::Count).map(drop)))
}

/// What a plan hands on.
fn pieces(opened: &mut Opened<'_>, use_of: BodyUse) -> Outcome<(Vec<Piece>, PlanEnd)> {
    let dialect = Dialect::new("op");
    let settings = BodySettings {
        target: collections(),
        dialect: &dialect,
        chunk_records: 100,
        body_bytes_max: 1 << 20,
        break_after: Vec::new(),
        secret: Some(&[7; 32]),
        known: None,
        use_of,
    };
    let mut all = Vec::new();
    let mut take = |piece: Piece| {
        all.push(piece);
        Ok(())
    };
    let end = pipeline::plan(opened, settings, &Earlier::default(), &mut take).map_err(said)?;
    Ok((all, end))
}

/// Planned bodies and the rows that they came from are packed and written down.
fn ledger(inputs: &Inputs) -> Outcome<Ready<'_>> {
    let mut opened = inputs.open(&inputs.csv, &inputs.mapping)?;
    let (pieces, end) = pieces(&mut opened, BodyUse::Send)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let folder = tempfile::tempdir_in(inputs.folder.path())?;
    let ledger = runtime.block_on(Ledger::open(folder.path())).map_err(said)?;
    let run = runtime.block_on(begin(&ledger, RunKind::Load))?;
    Ok(Box::new(move || {
        let _folder = folder;
        runtime.block_on(store(&ledger, run, (pieces, end), &opened))
    }))
}

async fn begin(ledger: &Ledger, kind: RunKind) -> Outcome<RunId> {
    let new = NewRun {
        parent: None,
        kind,
        target: "collections".to_owned(),
        server: "crm.example.com".to_owned(),
        operation: "op".to_owned(),
        mapping: MAPPING.to_owned(),
        settings: serde_json::Value::Null,
        started_at: jiff::Timestamp::UNIX_EPOCH,
    };
    ledger.begin_run(&new).await.map_err(said)
}

async fn store(
    ledger: &Ledger,
    run: RunId,
    (pieces, end): (Vec<Piece>, PlanEnd),
    opened: &Opened<'_>,
) -> Outcome<()> {
    let mut next = 1;
    let mut pieces = pieces.into_iter().peekable();
    while pieces.peek().is_some() {
        let packed = pieces.by_ref().take(64).map(Packed::from).collect();
        ledger.store(run, packed, &mut next).await.map_err(said)?;
    }
    ledger.add_sources(run, &opened.files, &opened.table_entries()).await.map_err(said)?;
    ledger.end_plan(run, &end).await.map_err(said)
}

/// Answers become verdicts: in each, five records of a hundred are rejected.
#[expect(clippy::unnecessary_wraps, reason = "as the other stages")]
fn reconcile(inputs: &Inputs) -> Outcome<Ready<'_>> {
    let keys: Vec<String> = (0..100).map(|number| (1_900_000_000u64 + number).to_string()).collect();
    let failures = keys
        .iter()
        .step_by(20)
        .map(|key| serde_json::json!({ "Identification": key, "error": "El campo Email no es válido" }));
    let failures: Vec<serde_json::Value> = failures.collect();
    let body = serde_json::json!({
        "code": "200",
        "success": true,
        "summary": {
            "total_records_received": 100,
            "successful_inserts": 95,
            "failed_count": 5,
            "total_processed": 100,
            "failed_Sumary": failures,
        },
    });
    let reply = Reply::Answer(Answer { status: 200, body: body.to_string().into(), ..Answer::default() });
    Ok(Box::new(move || {
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        for _ in 0..inputs.rows / 330 {
            std::hint::black_box(classify(collections(), &reply, &keys));
        }
        Ok(())
    }))
}

/// Rows that did not go in, every tenth debtor's, become the workbook and the CSV of the report.
fn report(inputs: &Inputs) -> Outcome<Ready<'_>> {
    let text = std::fs::read_to_string(&inputs.csv)?;
    let faulty = inputs.folder.path().join("faulty.csv");
    // An identification that ends with a zero belongs to a debtor whose dates are none.
    let spoil = |line: &str| match line.split_once(',') {
        Some((key, _)) if key.ends_with('0') => line.replace("/20", "/19x"),
        _ => line.to_owned(),
    };
    std::fs::write(&faulty, text.lines().map(spoil).collect::<Vec<_>>().join("\n"))?;
    let fixed = MAPPING
        .replace("\"Fecha vencimiento\"", "{ column = \"Fecha vencimiento\", dates = \"DD/MM/YYYY\" }");
    let fixed =
        fixed.replace("\"Fecha último pago\"", "{ column = \"Fecha último pago\", dates = \"DD/MM/YYYY\" }");
    let mapping = mapping::file::parse("portfolio.toml", &fixed).map_err(said)?;
    let mut opened = inputs.open(&faulty, &mapping)?;
    let planned = pieces(&mut opened, BodyUse::Count)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ledger = runtime.block_on(Ledger::open(inputs.folder.path())).map_err(said)?;
    let run = runtime.block_on(begin(&ledger, RunKind::Check))?;
    runtime.block_on(store(&ledger, run, planned, &opened))?;
    let whole = runtime.block_on(ledger.run(run)).map_err(said)?;
    let books = runtime.block_on(ledger.books(&whole)).map_err(said)?;
    Ok(Box::new(move || {
        let evidence = runtime.block_on(ledger.evidence(run)).map_err(said)?;
        let telling = Telling { run, mapping: None, unmasked: false, lang: Lang::default() };
        let causes = Causes::of(&evidence, telling);
        let (title, planned) = (String::new(), Say::StateValid);
        let measures = Measures::of(&whole);
        let front = Front { title, books: &books, planned, measures, causes: &causes };
        let (told, spools) = ((run, Lang::default()), std::env::temp_dir());
        let (mut xlsx, mut csv) = (Vec::new(), Vec::new());
        workbook::errors_xlsx(&evidence, &front, told, &spools, &mut xlsx)?;
        rows_csv::errors_csv(&evidence, 0, told, &mut csv)?;
        std::hint::black_box((xlsx, csv));
        Ok(())
    }))
}

fn collections() -> &'static dyn Target {
    target::by_name("collections").expect("it is the first of them")
}
