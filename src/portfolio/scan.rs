//! The one reading of a source in its own order.
//!
//! Every row is seen once: its key goes to the index, the columns of dates and amounts to their probes, its
//! text to the ledger's source blocks, and a row that is no data is left out with its reason. No value is
//! converted here but the key.

use rust_decimal::Decimal;

use crate::books::{State, Weight};
use crate::lang::Code;
use crate::mapping::HiddenRows;
use crate::mapping::bind::{Bound, BoundField};
use crate::mapping::convert::{Converted, convert};
use crate::platform;
use crate::problem::{LeftOut, LeftOutState, Place, Problem, Result, RowId, Severity};
use crate::source::origin::OriginColumns;
use crate::source::{
    Cursor, Filled, Flaw, Form, Merges, Row, RowBuffer, SheetNotes, Stretches, Table, Text, has_lead,
};
use crate::survey::amounts::AmountProbe;
use crate::survey::broken::{BrokenText, listed};
use crate::survey::dates::DateProbe;
use crate::survey::percent::PercentProbe;
use crate::survey::rows::{NotData, RowKinds};
use crate::survey::{Format, Header, Probe, Verdict};
use crate::target::FieldKind;

use super::{Assembler, Index, Indexer, RowRef};

/// Rows of a source block.
const BLOCK_ROWS: u32 = 1000;
/// Bytes of a source block, beyond which a row ends it: rows may be long.
const BLOCK_BYTES: usize = 4 << 20;

/// A table whose header and columns are known.
#[derive(Debug)]
pub struct OpenTable<'m> {
    /// The table.
    pub table: Table,
    /// Ordinal of its file.
    pub file: usize,
    /// File and sheet, for messages.
    pub place: Place,
    /// Its header.
    pub header: Header,
    /// The mapping's fields, filters and control totals, with this table's columns.
    pub bound: Bound<'m>,
    /// What becomes of rows that the workbook hides.
    pub hidden_rows: HiddenRows,
    /// The merges over its mapped columns, below the header.
    pub merges: Merges,
    /// What was filled in under them.
    pub filled: Filled,
    /// Where its text holds nothing odd.
    pub tame: Stretches,
    /// Where the `cartera_*` columns are, in a report of cartera's own.
    pub origin: Option<OriginColumns>,
}

impl OpenTable<'_> {
    /// A cursor on the first row below the header.
    pub fn rows(&self) -> Cursor<'_> {
        Cursor::at(&self.table.text, self.table.form, self.header.data_offset, self.header.data_row)
    }

    /// Reads one row again.
    pub fn read_at(&self, row: &RowRef, buffer: &mut RowBuffer) {
        Cursor::at(&self.table.text, self.table.form, row.offset(), row.id().number).read(buffer);
        self.check(buffer);
    }

    /// Asks for a row that is read again soon.
    pub fn fetch_soon(&self, row: &RowRef) {
        /// Bytes that most rows have.
        const ROW_BYTES: usize = 256;
        platform::fetch_soon(&self.table.text, row.offset()..row.offset() + ROW_BYTES);
    }

    /// Marks what is wrong with the shape of a row of data, and cells whose value stands elsewhere.
    fn check(&self, buffer: &mut RowBuffer) {
        self.merges.cover(&self.table.text, buffer);
        // A sheet's row simply ends with its last filled cell; only a CSV's row can be cut wrongly.
        if matches!(self.table.form, Form::Csv { .. }) {
            buffer.check_width(&self.table.text, self.header.names.len());
        }
        buffer.find_tame(&self.tame);
    }

    fn place_of(&self, column: usize) -> Place {
        Place { column: self.header.names.get(column).cloned(), ..self.place.clone() }
    }
}

/// About a thousand rows as they were read.
#[derive(Debug, Clone)]
pub struct SourceBlock {
    /// Ordinal of the table.
    pub table: u16,
    /// Number of the first row in it.
    pub first_row: u32,
    /// Number of the last row in it.
    pub last_row: u32,
    /// The table's text.
    pub text: Text,
    /// Where the rows stand in it.
    pub range: std::ops::Range<usize>,
}

/// What one reading of all tables gives.
#[derive(Debug)]
pub struct Scanned {
    /// Where each row stands and which record it belongs to.
    pub index: Index,
    /// For each table, the probes of its columns.
    pub probes: Vec<Vec<(usize, Probe)>>,
    /// For each table, its rows: every line below the header.
    pub rows: Vec<u64>,
    /// Rows that add up a whole table.
    pub totals: Vec<RowRef>,
}

/// The fields by which rows are brought together and told from rows of totals, by their ordinals in the mapping.
#[derive(Debug, Clone, Default)]
pub struct Naming {
    /// Rows with the same values of these are one record; where there are none, each row is its own.
    pub groups: Vec<usize>,
    /// The fields that name a record or a line.
    pub names: Vec<usize>,
}

/// Stands between the values of a key that has several.
const KEY_SEPARATOR: char = '\u{1f}';

/// Reads every table once; `sink` takes the source blocks.
///
/// # Errors
/// Whatever the sink fails with.
pub fn scan(
    tables: &[OpenTable<'_>],
    naming: &Naming,
    assembler: &mut Assembler,
    sink: &mut dyn FnMut(SourceBlock) -> Result<()>,
) -> Result<Scanned> {
    let mut indexer = Indexer::default();
    let (mut probes, mut rows, mut totals) = (Vec::new(), Vec::new(), Vec::new());
    for (ordinal, table) in (0u16..).zip(tables) {
        let before = indexer.row_count() + assembler.books.rows.read;
        let collect = (&mut indexer, &mut *assembler, &mut totals);
        probes.push(scan_table(table, ordinal, naming, collect, sink)?);
        rows.push(indexer.row_count() + assembler.books.rows.read - before);
    }
    warn_of_spellings(tables, naming, (&indexer, assembler));
    Ok(Scanned { index: indexer.finish(), probes, rows, totals })
}

fn scan_table(
    open: &OpenTable<'_>,
    table: u16,
    naming: &Naming,
    (indexer, assembler, totals): (&mut Indexer, &mut Assembler, &mut Vec<RowRef>),
    sink: &mut dyn FnMut(SourceBlock) -> Result<()>,
) -> Result<Vec<(usize, Probe)>> {
    let mut probes = probes_of(open);
    let mut broken: Vec<_> =
        open.bound.columns().into_iter().map(|column| (column, BrokenText::default())).collect();
    let mut buffer = RowBuffer::default();
    let mut scratch = String::new();
    let mut cursor = open.rows();
    let mut block = Blocks { table, text: &open.table.text, start: open.header.data_offset, rows: None };
    let mut blanks = Blanks { table, rows: None };
    let mut expected_row = open.header.data_row;
    let mut hidden = Hidden { notes: &open.table.notes, seen: 0, first: None };
    let keys = keys_of(&open.bound, naming);
    let kinds = RowKinds::new(&open.header, naming_columns(&open.bound, &naming.names));
    while cursor.read(&mut buffer) {
        let number = buffer.number;
        let row = Row::of(&open.table.text, &buffer);
        if row.flaw() == Some(Flaw::TooLong) {
            return Err(Flaw::TooLong.failure(Place { row: Some(number), ..open.place.clone() }));
        }
        block.add(number, cursor.offset(), sink)?;
        // A sheet leaves blank rows out; they count as rows all the same once something stands below them.
        if matches!(open.table.form, Form::Packed) && number > expected_row {
            blanks.add(expected_row, number - expected_row);
        }
        expected_row = number + 1;
        if row.is_blank() {
            blanks.add(number, 1);
            continue;
        }
        blanks.flush(assembler);
        let row_ref = RowRef::new(RowId { table, number }, buffer.offset);
        if hidden.is_hidden(number) && open.hidden_rows == HiddenRows::Skip {
            skip(assembler, RowId { table, number }, 1, Code::HiddenRow);
            continue;
        }
        if let Some(kind) = kinds.classify(row) {
            leave_out(assembler, RowId { table, number }, kind);
            if kind == NotData::Total {
                totals.push(row_ref);
            }
            continue;
        }
        open.check(&mut buffer);
        let row = Row::of(&open.table.text, &buffer);
        let id = RowId { table, number };
        let has_key = row.flaw().is_none() && read_key(&keys, (row, id), &mut scratch);
        indexer.add(row_ref, has_key.then_some(scratch.as_str()));
        if row.flaw().is_none() {
            for (column, probe) in &mut probes {
                probe.see(number, row.cell(*column));
            }
            // Hardly any row has what broken text begins with, and then no cell of it needs a look.
            if !row.is_tame() && has_lead(&open.table.text[row_ref.offset()..cursor.offset()]) {
                for (column, broken) in &mut broken {
                    broken.see(number, row.cell(*column));
                }
            }
        }
    }
    // Blank lines at the end of a sheet are formatting, not rows; those of a CSV are lines of the file.
    if matches!(open.table.form, Form::Csv { .. }) {
        blanks.flush(assembler);
    }
    block.finish(cursor.offset(), sink)?;
    assembler.problems.extend(warnings(open, table, (&hidden, &broken)));
    Ok(probes)
}

/// Debtors whose keys differ only in how they are written: both are read, and a person is told.
fn warn_of_spellings(
    tables: &[OpenTable<'_>],
    naming: &Naming,
    (indexer, assembler): (&Indexer, &mut Assembler),
) {
    for [(key, row), (other, first)] in indexer.alike() {
        let bound = &tables[usize::from(row.table())].bound;
        let Some(field) = keys_of(bound, naming).first().copied() else { continue };
        let shown = |key: &str| key.replace(KEY_SEPARATOR, " / ");
        let (key, other) = (shown(&key), shown(&other));
        let expected = format!("{}: «{other}»", assembler.name_of(first.id(), row.id()));
        let severity = Severity::Warning;
        let problem = field.problem(row.id(), Code::AlikeIds);
        assembler.problems.push(Problem { severity, value: key, expected, ..problem });
    }
}

/// The fields that say which record a row belongs to; none where each row is a record of its own.
fn keys_of<'b, 'm>(bound: &'b Bound<'m>, naming: &Naming) -> Vec<&'b BoundField<'m>> {
    let own = naming.groups.iter().filter_map(|ordinal| bound.field(*ordinal));
    bound.key.as_ref().map_or_else(|| own.collect(), |key| vec![key])
}

/// Writes the key of a row; false where it has none, or one that cannot be read.
fn read_key(keys: &[&BoundField<'_>], (row, id): (Row<'_>, RowId), out: &mut String) -> bool {
    out.clear();
    let mut found = false;
    for (ordinal, key) in keys.iter().enumerate() {
        if ordinal > 0 {
            out.push(KEY_SEPARATOR);
        }
        match convert(key, row, id, out) {
            Ok(Converted::Value) => found = true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
    found
}

/// The columns that say what a row is about: its debtor and its obligations.
fn naming_columns(bound: &Bound<'_>, naming: &[usize]) -> Vec<usize> {
    let named = naming
        .iter()
        .flat_map(|ordinal| bound.field(*ordinal).into_iter().chain(bound.in_all_lines(*ordinal)));
    named.chain(&bound.key).flat_map(|field| field.columns.iter().copied()).collect()
}

/// What a person should know of a table as a whole: hidden rows and columns, filled cells, broken text.
fn warnings(
    open: &OpenTable<'_>,
    table: u16,
    (hidden, broken): (&Hidden<'_>, &[(usize, BrokenText)]),
) -> Vec<Problem> {
    let warning = |number: u32, code: Code| Problem {
        severity: Severity::Warning,
        ..Problem::error(RowId { table, number }, code)
    };
    let mut found = Vec::new();
    if let Some(number) = hidden.first.filter(|_| open.hidden_rows == HiddenRows::Load) {
        found.push(Problem { value: hidden.seen.to_string(), ..warning(number, Code::HiddenRow) });
    }
    if let Some(number) = open.filled.rows.first() {
        let (value, expected) = (open.filled.cells.to_string(), listed(&open.filled.rows, open.filled.count));
        found.push(Problem { value, expected, ..warning(*number, Code::MergedFilled) });
    }
    for (column, broken) in broken {
        let field = open.bound.readers().find(|field| field.columns.contains(column));
        let field = field.map_or(("", false), |field| (field.rule.name.as_str(), field.repairs_text));
        if open.table.notes.hides_column(*column) {
            found.push(Problem {
                column: u16::try_from(*column).ok(),
                field: field.0.to_owned(),
                value: open.header.names[*column].clone(),
                ..warning(open.header.row, Code::HiddenColumn)
            });
        }
        found.extend(broken.problems(table, *column, field));
    }
    found
}

/// Rows with data that the workbook hides.
struct Hidden<'n> {
    notes: &'n SheetNotes,
    seen: u64,
    first: Option<u32>,
}

impl Hidden<'_> {
    /// Whether a row is hidden; counts it when it is.
    fn is_hidden(&mut self, number: u32) -> bool {
        let hidden = self.notes.hides(number);
        if hidden {
            self.seen += 1;
            self.first.get_or_insert(number);
        }
        hidden
    }
}

/// Leaves a row out that is no data.
fn leave_out(assembler: &mut Assembler, row: RowId, kind: NotData) {
    skip(assembler, row, 1, kind.code());
}

/// Counts rows that are skipped, and writes down why.
fn skip(assembler: &mut Assembler, row: RowId, rows: u32, code: Code) {
    assembler.books.add(State::Skipped, Weight { rows: u64::from(rows), ..Weight::default() });
    assembler.left_out.push(LeftOut {
        row,
        rows,
        lines: 0,
        state: LeftOutState::Skipped,
        code,
        expected: String::new(),
        money: Some(Decimal::ZERO),
        record: None,
    });
}

/// A probe for each column whose format has to be decided.
fn probes_of(open: &OpenTable<'_>) -> Vec<(usize, Probe)> {
    let mut probes: Vec<(usize, Probe)> = Vec::new();
    let verdicts = open.bound.readers().filter(|field| field.needs_verdict()).map(|field| {
        let probe = match field.rule.cell_kind() {
            FieldKind::Date => Probe::Dates(DateProbe::default()),
            FieldKind::Id => Probe::Ids(Box::default()),
            _ => Probe::Amounts(AmountProbe::default()),
        };
        (field, probe)
    });
    let is_rate = |field: &&BoundField<'_>| field.rule.custom && field.rule.kind == FieldKind::Amount;
    let rates =
        open.bound.all().filter(is_rate).map(|field| (field, Probe::Percent(PercentProbe::default())));
    for (field, probe) in verdicts.chain(rates) {
        for &column in &field.columns {
            if !probes.iter().any(|(known, other)| {
                *known == column && std::mem::discriminant(other) == std::mem::discriminant(&probe)
            }) {
                probes.push((column, probe.clone()));
            }
        }
    }
    probes
}

/// Decides the formats of a table's columns and gives them to its fields.
///
/// # Errors
/// The survey's question, with the column's place.
pub fn decide_formats(open: &mut OpenTable<'_>, probes: &[(usize, Probe)]) -> Result<Vec<Verdict>> {
    let mut verdicts = Vec::with_capacity(probes.len());
    for (column, probe) in probes {
        let Some((format, proof)) = probe.decide(open.place_of(*column))? else { continue };
        verdicts.push(Verdict {
            table: open.table.name.clone(),
            column: open.header.names[*column].clone(),
            format,
            proof,
        });
    }
    apply_formats(open, &verdicts);
    // A column that needed no format may need one when its cells are corrected; nothing is decided for it yet.
    verdicts.retain(|verdict| verdict.proof.is_some());
    Ok(verdicts)
}

/// Gives decided formats to the fields whose columns they are about.
pub fn apply_formats(open: &mut OpenTable<'_>, verdicts: &[Verdict]) {
    bind_formats(&mut open.bound, &open.header.names, &open.table.name, verdicts);
}

/// Gives decided formats to the fields of a table of this name. A column that two tables have may have a format of
/// its own in each; a report keeps the tables' names, as sheets or as the ends of its files' names.
pub fn bind_formats(bound: &mut Bound<'_>, header: &[String], table: &str, verdicts: &[Verdict]) {
    for field in bound.readers_mut() {
        for &column in &field.columns {
            let of_column: Vec<&Verdict> =
                verdicts.iter().filter(|verdict| verdict.column == header[column]).collect();
            let is_own = |verdict: &&Verdict| !verdict.table.is_empty() && table.ends_with(&verdict.table);
            let any_own = of_column.iter().any(is_own);
            for verdict in of_column.iter().filter(|verdict| !any_own || is_own(verdict)) {
                match verdict.format {
                    Format::Dates(order) => field.dates = field.dates.or(Some(order)),
                    Format::Decimal(sign) => field.decimal = field.decimal.or(Some(sign)),
                    Format::Ids(shape) => field.ids = field.ids.or(Some(shape)),
                }
            }
        }
    }
}

/// Neighbouring blank rows, left out together once a row with data follows.
struct Blanks {
    table: u16,
    rows: Option<(u32, u32)>,
}

impl Blanks {
    fn add(&mut self, number: u32, count: u32) {
        let (first, known) = self.rows.unwrap_or((number, 0));
        self.rows = Some((first, known + count));
    }

    fn flush(&mut self, assembler: &mut Assembler) {
        let Some((number, rows)) = self.rows.take() else { return };
        skip(assembler, RowId { table: self.table, number }, rows, Code::BlankRow);
    }
}

/// Cuts the text into blocks of about a thousand rows, fewer where they are long.
struct Blocks<'t> {
    table: u16,
    text: &'t Text,
    start: usize,
    rows: Option<(u32, u32, u32)>,
}

impl Blocks<'_> {
    fn add(
        &mut self,
        number: u32,
        end: usize,
        sink: &mut dyn FnMut(SourceBlock) -> Result<()>,
    ) -> Result<()> {
        let (first, _, count) = self.rows.unwrap_or((number, number, 0));
        self.rows = Some((first, number, count + 1));
        if count + 1 >= BLOCK_ROWS || end - self.start >= BLOCK_BYTES {
            self.finish(end, sink)
        } else {
            Ok(())
        }
    }

    fn finish(&mut self, end: usize, sink: &mut dyn FnMut(SourceBlock) -> Result<()>) -> Result<()> {
        let Some((first_row, last_row, _)) = self.rows.take() else { return Ok(()) };
        let range = self.start..end;
        self.start = end;
        sink(SourceBlock { table: self.table, first_row, last_row, text: self.text.clone(), range })
    }
}
