//! The whole way of the data, in two halves that meet only in the ledger.
//!
//! [`open`] and [`plan`] turn files into planned chunks without a network; [`crate::upload`] sends what the
//! ledger holds and never opens a source. So `resume` is the second half of a first run, and `retry` is a
//! plan made from the ledger. This is the only module that knows more than one stage of planning.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rust_decimal::Decimal;

use crate::attachment;
use crate::crew;
use crate::drift::Profiler;
use crate::lang::Code;
use crate::ledger::{FileEntry, Piece, PlanEnd, PlanSummary, RunId, TableEntry, pack_findings};
use crate::mapping::bind::Role;
use crate::mapping::convert::{Converted, convert};
use crate::mapping::expect::TotalsRow;
use crate::mapping::{self, FieldRule, Mapping, Rules};
use crate::portfolio::control::Control;
use crate::portfolio::record::{Form, RecordField};
use crate::portfolio::scan::{apply_formats, decide_formats};
use crate::portfolio::{
    Assembler, Batch, Bodies, BodySettings, KeptRows, Maker, Making, Naming, OpenTable, Record, RowRef,
    joined, scan,
};
use crate::problem::{Failure, Place, Problem, Result, RowId, Severity};
use crate::source::origin::OriginColumns;
use crate::source::{self, Filled, Fit, Merges, Row, RowBuffer, Stretches, Table, Text, Workplace};
use crate::survey::layout::find_header;
use crate::survey::rows::RowKinds;

pub use crate::portfolio::Earlier;

/// Problems and left-out rows are handed on when there are so many.
const FINDINGS_AT_ONCE: usize = 1000;
/// Bytes of a table that a thread reads at a time.
const BYTES_AT_ONCE: usize = 2 << 20;
/// Rows whose records a thread makes at a time.
const ROWS_AT_ONCE: usize = 2000;

/// Files whose tables, headers and columns are found.
#[derive(Debug)]
pub struct Opened<'m> {
    /// The mapping that they were opened with.
    pub mapping: &'m Mapping,
    /// The files, for the ledger and the report.
    pub files: Vec<FileEntry>,
    /// Their tables.
    pub tables: Vec<OpenTable<'m>>,
    /// File and sheet, where one of several was chosen because it fits.
    pub chosen_sheets: Vec<(String, String)>,
    /// The run whose error report this is, when it is one.
    pub corrects: Option<RunId>,
    /// The folder of each file.
    pub folders: Vec<PathBuf>,
}

impl Opened<'_> {
    /// The tables, for the ledger.
    pub fn table_entries(&self) -> Vec<TableEntry> {
        let entry = |open: &OpenTable<'_>| TableEntry {
            file: open.file,
            name: open.table.name.clone(),
            sheet: open.table.sheet.clone(),
            form: open.table.form,
            header_row: open.header.row,
            header: open.header.names.clone(),
        };
        self.tables.iter().map(entry).collect()
    }

    /// The header of the (first) column that feeds a field; of numbered columns, what they have in common.
    fn column_of(&self, field: usize) -> Option<String> {
        let name = |table: &OpenTable<'_>| {
            let bound = table.bound.field(field)?;
            if table.bound.in_all_lines(field).nth(1).is_some() {
                return bound.rule.from.columns().first().map(|column| column.name.clone());
            }
            table.header.names.get(*bound.columns.first()?).cloned()
        };
        self.tables.iter().find_map(name)
    }

    /// Ends the use of the files. That the system takes back the room of a large text takes a while, and nobody waits for
    /// it where a thread can be started.
    pub fn let_go(self) {
        let texts: Vec<Text> = self.tables.into_iter().map(|open| open.table.text).collect();
        let let_go = || drop(texts);
        std::thread::Builder::new().spawn(let_go).ok();
    }

    /// Counts the days in arrears up to another day: that of the run whose error report this is.
    pub fn set_as_of(&mut self, day: jiff::civil::Date) {
        let fields = self.tables.iter_mut().flat_map(|table| table.bound.readers_mut());
        fields.for_each(|field| field.as_of = Some(day));
    }

    /// Whether an error report of cartera's own is among the files: what is in it was compared before.
    pub fn is_report(&self) -> bool {
        self.tables.iter().any(|table| table.origin.is_some())
    }

    /// Holds the totals that the files themselves state against what was read. One that differs is a warning, and
    /// stops the load unless the mapping says that these rows are not to be trusted.
    fn check_totals(
        &self,
        (totals, money): (&[RowRef], usize),
        assembler: &mut Assembler,
        control: &Control<'_>,
    ) -> Option<Failure> {
        let mut refusal = None;
        let mut buffer = RowBuffer::default();
        for total in totals {
            let table = &self.tables[usize::from(total.table())];
            table.read_at(total, &mut buffer);
            let row = Row::of(&table.table.text, &buffer);
            let id = total.id();
            let Some(stated) = stated_total(table, money, (row, id)) else { continue };
            let Some(read) = assembler.money_read(total.table()) else { continue };
            let Some(field) = table.bound.field(money) else { continue };
            if control.agrees(total.table(), stated, read) {
                continue;
            }
            assembler.problems.push(Problem {
                severity: Severity::Warning,
                field: String::new(),
                value: stated.to_string(),
                expected: read.to_string(),
                ..field.problem(id, Code::TotalMismatch)
            });
            let column = field.columns.first().map(|column| table.header.names[*column].clone());
            let failure = Failure::new(Code::TotalsRowDiffers)
                .with("column", column.as_deref().unwrap_or_default())
                .with("expected", stated)
                .with("value", read)
                .with("difference", read - stated)
                .at(Place { row: Some(total.id().number), column, ..table.place.clone() });
            refusal.get_or_insert(failure);
        }
        refusal.filter(|_| self.mapping.expect.totals_row == TotalsRow::Check)
    }

    /// Gives each file the rows of its tables; a load without any row is a mistake of the file.
    fn count_rows(&mut self, rows: &[u64]) -> Result<()> {
        for (table, rows) in self.tables.iter().zip(rows) {
            self.files[table.file].rows += rows;
        }
        match self.files.iter().find(|file| file.rows == 0) {
            Some(file) if rows.iter().all(|rows| *rows == 0) => {
                Err(Failure::new(Code::FileEmpty).with("value", &file.name))
            }
            _ => Ok(()),
        }
    }
}

/// What a row of totals says that the amounts add up to; of a wide table, all of its columns together.
fn stated_total(table: &OpenTable<'_>, money: usize, (row, id): (Row<'_>, RowId)) -> Option<Decimal> {
    let mut stated = None;
    let mut text = String::new();
    for field in table.bound.in_all_lines(money) {
        text.clear();
        if matches!(convert(field, row, id, &mut text), Ok(Converted::Value)) {
            *stated.get_or_insert(Decimal::ZERO) += text.parse::<Decimal>().ok()?;
        }
    }
    stated
}

/// A file to be read.
#[derive(Debug, Clone)]
pub struct Input {
    /// Where it is; `-` is standard input.
    pub path: PathBuf,
    /// What it holds: one of two tables that are joined, or all that the mapping is about.
    pub role: Role,
}

impl Input {
    /// A file that holds all that the mapping is about.
    pub fn whole(path: impl Into<PathBuf>) -> Input {
        Input { path: path.into(), role: Role::Whole }
    }
}

/// Reads the files and finds every column that the mapping names.
///
/// # Errors
/// What is wrong with a file or with the mapping, at its place.
pub fn open<'m>(inputs: &[Input], mapping: &'m Mapping, workplace: &Workplace) -> Result<Opened<'m>> {
    let mut opened = Opened {
        mapping,
        files: Vec::new(),
        tables: Vec::new(),
        chosen_sheets: Vec::new(),
        corrects: None,
        folders: Vec::new(),
    };
    let given: Vec<Role> = inputs.iter().map(|input| input.role).collect();
    let chosen = Mutex::new(Vec::new());
    for (ordinal, input) in inputs.iter().enumerate() {
        let choose = |file: &str, heads: &[Table]| {
            let sheets = mapping::fit::choose(mapping, input.role, file, heads)?;
            let mut chosen = chosen.lock().expect("nothing panics while it is held");
            chosen.extend(sheets.iter().map(|sheet| (file.to_owned(), sheet.clone())));
            Ok(sheets)
        };
        let options = joined::options(mapping, input.role, &given)?;
        // A file of both tables whose sheets the mapping does not name has no sheet that fits all of it.
        let fit = match (&mapping.tables, input.role) {
            (Some(_), Role::Whole) => Fit::ONLY_VISIBLE,
            _ => Fit { rows: mapping::fit::rows(mapping), choose: &choose },
        };
        let file = source::open_fitting(&input.path, &options, fit, workplace)?;
        for table in file.tables {
            opened.tables.push(open_table(table, (ordinal, &file.name), (mapping, input.role), workplace)?);
        }
        let (name, bytes, fingerprint) = (file.name, file.bytes, file.fingerprint);
        opened.files.push(FileEntry { name, bytes, fingerprint, rows: 0 });
        opened.folders.push(folder_of(&input.path));
    }
    // A record is where its debtor is, so the debtors come first.
    opened.tables.sort_by_key(|table| table.bound.role == Role::Obligations);
    opened.chosen_sheets = chosen.into_inner().expect("nothing panicked while it was held");
    opened.corrects = opened.tables.iter().find_map(corrected_run);
    if opened.corrects.is_none() {
        // A corrected report may hold one of the tables alone.
        let found: Vec<Role> = opened.tables.iter().map(|table| table.bound.role).collect();
        joined::check_both(mapping, &found)?;
        joined::check_columns(mapping, &opened.tables)?;
    }
    Ok(opened)
}

/// The folder in which a file lies; that of the command for standard input.
fn folder_of(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::path::absolute(folder).unwrap_or_else(|_error| folder.to_path_buf())
}

/// Finds a table's header, its part of two tables, and its columns.
fn open_table<'m>(
    mut table: Table,
    (ordinal, file): (usize, &str),
    (mapping, role): (&'m Mapping, Role),
    workplace: &Workplace,
) -> Result<OpenTable<'m>> {
    let place = Place { file: file.to_owned(), sheet: table.sheet.clone(), ..Place::default() };
    let header_row = if table.is_report() { Some(1) } else { mapping.source.header_row };
    let role = joined::role(mapping, role, &table, &place)?;
    let header = find_header(&table, header_row, &mapping::bind::wants(mapping, role));
    let header = header.map_err(|failure| failure.within(&place))?;
    let bound = mapping::bind::bind(mapping, &header, &place, role)?;
    let merges = Merges::below(&table, header.row, &bound.columns());
    let filled = if mapping.source.fills_merges {
        let kinds = RowKinds::new(&header, Vec::new());
        let is_data = |row: Row<'_>| kinds.classify(row).is_none();
        merges.fill(&mut table, (file, header.data_offset), is_data, &workplace.spools)?
    } else {
        Filled::default()
    };
    let origin = OriginColumns::of(&header);
    let hidden_rows = mapping.source.hidden_rows;
    let tame = Stretches::of(&table.text, table.form);
    Ok(OpenTable { table, file: ordinal, place, header, bound, hidden_rows, merges, filled, tame, origin })
}

/// The run that the first row of a report names.
fn corrected_run(open: &OpenTable<'_>) -> Option<RunId> {
    let mut buffer = RowBuffer::default();
    let origin = open.origin?;
    open.rows().read(&mut buffer).then(|| origin.read(Row::of(&open.table.text, &buffer)).run)
}

/// How planning is divided.
#[derive(Debug, Clone, Copy)]
struct Division {
    /// Threads.
    hands: usize,
    /// Bytes of text that one of them reads at a time.
    bytes: usize,
    /// Rows of which one of them makes records at a time.
    rows: usize,
}

/// Plans everything that was opened; `sink` takes the pieces in order.
///
/// # Errors
/// A question of the survey, or what the sink fails with. Bad rows are no error: they are pieces.
pub fn plan(
    opened: &mut Opened<'_>,
    settings: BodySettings<'_>,
    earlier: &Earlier,
    sink: &mut dyn FnMut(Piece) -> Result<()>,
) -> Result<PlanEnd> {
    let division = Division { hands: crew::hands(), bytes: BYTES_AT_ONCE, rows: ROWS_AT_ONCE };
    plan_divided(opened, settings, earlier, division, sink)
}

fn plan_divided(
    opened: &mut Opened<'_>,
    settings: BodySettings<'_>,
    earlier: &Earlier,
    division: Division,
    sink: &mut dyn FnMut(Piece) -> Result<()>,
) -> Result<PlanEnd> {
    let fields = &opened.mapping.fields;
    let ordinal = |name: &str| fields.iter().position(|field| field.name == name && !field.custom);
    let target = settings.target;
    let money = target.money().iter().find_map(|name| ordinal(name));
    let line_key = target.line_key().and_then(ordinal);
    let key: Vec<usize> = target.key().iter().filter_map(|name| ordinal(name)).collect();
    let groups = if target.groups() { key.clone() } else { Vec::new() };
    // Where nothing names a record, whatever stands in a row does.
    let key = if key.is_empty() { (0..fields.len()).collect() } else { key };
    let naming = Naming { groups, names: key.into_iter().chain(line_key).collect() };
    let rules = Rules { lines_may_lack: target.lines_may_lack(settings.dialect), ..opened.mapping.rules };
    let mut assembler = Assembler::new(rules, line_key, money);
    assembler.table_names = opened.tables.iter().map(|table| table.table.name.clone()).collect();

    opened.tables.iter_mut().for_each(|table| apply_formats(table, &earlier.verdicts));
    let mut kept = KeptRows::new(settings.use_of.keeps_all_rows());
    let reading = (division.hands, division.bytes);
    let scanned = scan(&opened.tables, &naming, reading, &mut assembler, &mut |block| {
        sink(Piece::Read { rows: u64::from(block.last_row - block.first_row) + 1 })?;
        kept.take(block, |block| sink(Piece::Block(block)))
    })?;
    let mut verdicts = earlier.verdicts.clone();
    for (table, probes) in opened.tables.iter_mut().zip(&scanned.probes) {
        verdicts.extend(decide_formats(table, probes)?);
    }
    opened.count_rows(&scanned.rows)?;
    let field = |rule: &FieldRule| RecordField::of(rule, target, settings.dialect);
    let record = Record::new(fields.iter().map(field).collect());
    let tells_records = settings.secret.is_some();
    let mut bodies = Bodies::new(settings);
    let making = Making {
        tables: &opened.tables,
        mapping: opened.mapping,
        index: &scanned.index,
        earlier,
        money,
        groups: &naming.groups,
        rendering: bodies.rendering(),
        attach: &|rows, record| attach(opened, rows, earlier, record),
    };
    assembler.fields = record.fields().clone();
    let (fresh, profiler) = (assembler.beside(), || Profiler::new(&opened.tables, &verdicts));
    let maker = || Maker::new(&making, (fresh.beside(), profiler(), record.clone()));
    let makers = make(&making, maker, division, (&mut assembler, &mut bodies, &mut kept, sink))?;
    let (mut control, mut profiler) = (Control::new(opened.mapping), profiler());
    for maker in makers {
        maker.count_into(&mut assembler, &mut control, &mut profiler);
    }
    let (packed, fingerprints) = bodies.finish(sink)?;
    let mut refusal = if opened.is_report() { None } else { control.failure() };
    if let Some(money) = money {
        let stated = opened.check_totals((&scanned.totals, money), &mut assembler, &control);
        refusal = refusal.or(stated);
        hand_on_findings(&mut assembler, &mut kept, sink)?;
    }
    kept.finish(|block| sink(Piece::Block(block)))?;

    let money_column = money.and_then(|money| opened.column_of(money));
    let blanks = assembler.blanks.of_fields(&opened.mapping.fields);
    let filtered = control.filtered().to_vec();
    let summary = PlanSummary { books: assembler.books, money_column, blanks, filtered, ..packed };
    let content = if tells_records { blake3::hash(&fingerprints).as_bytes().to_vec() } else { Vec::new() };
    Ok(PlanEnd { verdicts, summary, content, fingerprints, profile: profiler.finish(), refusal })
}

/// Makes the records side by side and hands them on one after the other: they are packed, and what was found in their
/// rows is told in the order of the records.
fn make<'p>(
    making: &'p Making<'p>,
    maker: impl Fn() -> Maker<'p>,
    Division { hands, rows, .. }: Division,
    (assembler, bodies, kept, sink): (
        &mut Assembler,
        &mut Bodies<'_>,
        &mut KeptRows,
        &mut dyn FnMut(Piece) -> Result<()>,
    ),
) -> Result<Vec<Maker<'p>>> {
    // A thread that would find one batch alone is not worth its start.
    let hands = hands.min(making.index.row_count() / rows);
    let makers =
        crew::in_order(hands, making.index.stretches(rows), maker, Maker::make, |batch: &mut Batch| {
            batch.drain(assembler, |made, assembler| {
                bodies.add(made, sink)?;
                if assembler.problems.len() + assembler.left_out.len() >= FINDINGS_AT_ONCE {
                    hand_on_findings(assembler, kept, sink)?;
                }
                Ok(())
            })
        })?;
    hand_on_findings(assembler, kept, sink)?;
    Ok(makers)
}

/// Finds the files that a record names, relative to the folder of its sheet.
fn attach(
    opened: &Opened<'_>,
    rows: &[RowRef],
    earlier: &Earlier,
    record: &mut Record,
) -> std::result::Result<(), Box<Problem>> {
    if !record.has(&Form::Files) {
        return Ok(());
    }
    // A record with files is one row.
    let Some(row_ref) = rows.first() else { return Ok(()) };
    let table = &opened.tables[usize::from(row_ref.table())];
    let folder = earlier.folder_of(table, row_ref).unwrap_or(&opened.folders[table.file]);
    let found = record.change(&Form::Files, |cell| {
        let files = attachment::of_cell(cell, folder)?;
        Ok(serde_json::to_string(&files).expect("paths that are text can always be written as JSON"))
    });
    found.map_err(|(field, unfit): (usize, attachment::Unfit)| {
        let row = row_ref.id();
        let field = opened.mapping.fields[field].name.clone();
        let problem = Problem {
            field,
            value: unfit.value,
            expected: unfit.expected,
            ..Problem::error(row, unfit.code)
        };
        Box::new(problem)
    })
}

fn hand_on_findings(
    assembler: &mut Assembler,
    kept: &mut KeptRows,
    sink: &mut dyn FnMut(Piece) -> Result<()>,
) -> Result<()> {
    let rows = assembler.problems.iter().map(|problem| problem.row);
    rows.chain(assembler.left_out.iter().map(|left_out| left_out.row)).for_each(|row| kept.note(row));
    for piece in pack_findings(&assembler.problems, &assembler.left_out) {
        sink(piece)?;
    }
    assembler.problems.clear();
    assembler.left_out.clear();
    Ok(())
}

#[cfg(test)]
#[path = "pipeline_tests.rs"]
mod tests;
