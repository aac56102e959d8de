//! The one reading of a source in its own order.
//!
//! Every row is seen once: its key goes to the index, the columns of dates and amounts to their probes, its
//! text to the ledger's source blocks, and a row that is no data is left out with its reason. The parts of a table are
//! read side by side (`part`) and put together here. No value is converted but the key.

use rust_decimal::Decimal;

use crate::books::{State, Weight};
use crate::crew;
use crate::lang::Code;
use crate::mapping::HiddenRows;
use crate::mapping::bind::Bound;
use crate::platform;
use crate::problem::{LeftOut, LeftOutState, Place, Problem, Result, RowId, Severity};
use crate::source::origin::OriginColumns;
use crate::source::{Cursor, Filled, Form, Merges, Part, Parts, RowBuffer, Stretches, Table, Text};
use crate::survey::broken::{BrokenText, listed};
use crate::survey::{Format, Header, Probe, Verdict};

use super::part::{Hidden, KEY_SEPARATOR, PartRead, PartReader, Skipped, fresh_probes, keys_of};
use super::{Assembler, Index, Indexer, RowRef};

/// Parts of a table below which one more thread is not worth its start.
const PARTS_A_HAND: usize = 2;

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
    pub(super) fn check(&self, buffer: &mut RowBuffer) {
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

/// Reads every table once, with so many threads and so many bytes for one of them at a time; `sink` takes the source
/// blocks.
///
/// # Errors
/// Whatever the sink fails with, and a row that cannot be read.
pub fn scan(
    tables: &[OpenTable<'_>],
    naming: &Naming,
    division: (usize, usize),
    assembler: &mut Assembler,
    sink: &mut dyn FnMut(SourceBlock) -> Result<()>,
) -> Result<Scanned> {
    let mut indexer = Indexer::default();
    let (mut probes, mut rows, mut totals) = (Vec::new(), Vec::new(), Vec::new());
    for (ordinal, table) in (0u16..).zip(tables) {
        let before = indexer.row_count() + assembler.books.rows.read;
        let collect = (&mut indexer, &mut *assembler, &mut totals);
        probes.push(scan_table(table, (ordinal, naming), division, collect, sink)?);
        rows.push(indexer.row_count() + assembler.books.rows.read - before);
    }
    warn_of_spellings(tables, naming, (&indexer, assembler));
    Ok(Scanned { index: indexer.finish(), probes, rows, totals })
}

/// Reads the parts of a table side by side, and puts them together in their order.
fn scan_table(
    open: &OpenTable<'_>,
    (table, naming): (u16, &Naming),
    (hands, bytes): (usize, usize),
    (indexer, assembler, totals): (&mut Indexer, &mut Assembler, &mut Vec<RowRef>),
    sink: &mut dyn FnMut(SourceBlock) -> Result<()>,
) -> Result<Vec<(usize, Probe)>> {
    let (offset, row) = (open.header.data_offset, open.header.data_row);
    let parts = Parts::of(&open.table.text, open.table.form, (offset, row), bytes);
    let hands = hands.min(parts.count_roughly() / PARTS_A_HAND);
    let reader = || PartReader::new(open, table, naming);
    let (mut again, mut whole) = (reader(), Whole::new(open, table));
    crew::in_order(hands, parts, reader, PartReader::read, |read: &mut PartRead| {
        if read.part.start != whole.next.0 {
            // A cell in quotes reaches over the line at which the part was thought to begin.
            let (start, number) = whole.next;
            again.read(Part { start, number, ..read.part }, read);
        }
        if let Some(failure) = read.failure.take() {
            return Err(failure);
        }
        indexer.add(read.keyed_rows());
        totals.append(&mut read.totals);
        whole.add(read, assembler);
        read.blocks.drain(..).try_for_each(&mut *sink)
    })?;
    Ok(whole.finish(assembler))
}

/// What was read of a table so far.
struct Whole<'t> {
    open: &'t OpenTable<'t>,
    table: u16,
    /// Where the next row begins, and the least number that it has.
    next: (usize, u32),
    /// Blank rows that are left out once a row with something in it follows.
    blank: Option<Skipped>,
    hidden: Hidden,
    probes: Vec<(usize, Probe)>,
    broken: Vec<(usize, BrokenText)>,
}

impl<'t> Whole<'t> {
    fn new(open: &'t OpenTable<'t>, table: u16) -> Whole<'t> {
        let next = (open.header.data_offset, open.header.data_row);
        let (probes, broken) = fresh_probes(open);
        Whole { open, table, next, blank: None, hidden: Hidden::default(), probes, broken }
    }

    /// Adds the next part; what its rows were left out for is written down.
    fn add(&mut self, read: &mut PartRead, assembler: &mut Assembler) {
        // A sheet leaves blank rows out; they count as rows all the same once something stands below them.
        if let Some(first) = read.first_row.filter(|first| *first > self.next.1) {
            self.skip(Skipped::blank(self.next.1, first - self.next.1), assembler);
        }
        read.skipped.drain(..).for_each(|skipped| self.skip(skipped, assembler));
        if let Some(blank) = self.blank
            && read.last_filled.is_some_and(|filled| filled > blank.number)
        {
            self.leave_blank_out(assembler);
        }
        self.next = read.next;
        self.hidden.absorb(read.hidden);
        for ((_, own), (_, later)) in self.probes.iter_mut().zip(read.probes.drain(..)) {
            own.absorb(later);
        }
        for ((_, own), (_, later)) in self.broken.iter_mut().zip(read.broken.drain(..)) {
            own.absorb(later);
        }
    }

    fn skip(&mut self, skipped: Skipped, assembler: &mut Assembler) {
        if self.blank.as_mut().is_some_and(|blank| blank.takes_in(skipped)) {
            return;
        }
        self.leave_blank_out(assembler);
        match skipped.code {
            Code::BlankRow => self.blank = Some(skipped),
            _ => self.leave_out(skipped, assembler),
        }
    }

    fn leave_blank_out(&mut self, assembler: &mut Assembler) {
        if let Some(blank) = self.blank.take() {
            self.leave_out(blank, assembler);
        }
    }

    fn leave_out(&self, Skipped { number, rows, code }: Skipped, assembler: &mut Assembler) {
        skip(assembler, RowId { table: self.table, number }, rows, code);
    }

    /// What the probes of the columns have seen; what a person should know of the table is told.
    fn finish(mut self, assembler: &mut Assembler) -> Vec<(usize, Probe)> {
        // Blank lines at the end of a sheet are formatting, not rows; those of a CSV are lines of the file.
        if matches!(self.open.table.form, Form::Csv { .. }) {
            self.leave_blank_out(assembler);
        }
        assembler.problems.extend(warnings(self.open, self.table, (self.hidden, &self.broken)));
        self.probes
    }
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

/// What a person should know of a table as a whole: hidden rows and columns, filled cells, broken text.
fn warnings(
    open: &OpenTable<'_>,
    table: u16,
    (hidden, broken): (Hidden, &[(usize, BrokenText)]),
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

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;

    use super::*;
    use crate::mapping::file;
    use crate::pipeline::{Input, open};
    use crate::source::Workplace;

    const MAPPING: &str = "target = \"collections\"\n[expediente]\nIdentification = \"Id\"\nName = \"Nombre\"\n\
        Email = { constant = \"a@example.com\" }\nTelephone = { constant = \"3005550001\" }\n[obligation]\nid = \"Nro\"\n\
        name = { constant = \"C\" }\ntotal_balance = \"Saldo\"\nexpiring_date = \"Vence\"\n[expediente.custom]\ntasa = { column = \"Tasa\", type = \"amount\" }\n";

    /// What a reading gives, as far as it may not depend on how it was divided, and the text of its source blocks.
    fn read(text: &str, division: (usize, usize)) -> (String, String) {
        let mut file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let mapping = file::parse("m.toml", MAPPING).unwrap();
        let workplace = Workplace::here(file.path().parent().unwrap());
        let opened = open(&[Input::whole(file.path())], &mapping, &workplace).unwrap();
        let mut assembler = Assembler::new(mapping.rules, None, None);
        let naming = Naming { groups: vec![0], names: vec![0] };
        let (mut blocks, mut last_row) = (String::new(), opened.tables[0].header.row);
        let scanned = scan(&opened.tables, &naming, division, &mut assembler, &mut |block| {
            assert!(
                last_row < block.first_row && block.first_row <= block.last_row,
                "blocks follow each other"
            );
            last_row = block.last_row;
            blocks.push_str(&block.text[block.range]);
            Ok(())
        });
        let told = (&assembler.problems, &assembler.left_out, &assembler.books);
        (format!("{scanned:?} {told:?}"), blocks)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_table_is_read_the_same_however_its_reading_is_divided(
            rows in proptest::collection::vec(
                (
                    "(1|2|3|04|)", "(Ana|\"Eva\n\nSol\"|\"a;\r\n1;2\"|\"|\"x\"\"y\"|MarÃ\u{ad}a|TOTAL|)", "[12]?",
                    "(1[.,]5|2[.,]50|3|x|1[.,]234|)", "(0[1-9]/1[0-2]/2026|2[0-9]/0[1-9]/2026|2026-01-02|46053|)", "(5|6%|)",
                    "(\n|\r\n|\n\n\n|\n;;;;;\n)",
                ),
                1..30,
            ),
            (hands, bytes) in (1usize..5, 1usize..200),
        ) {
            let rows: Vec<String> =
                rows.iter().map(|(a, b, c, d, e, f, end)| format!("{a};{b};{c};{d};{e};{f}{end}")).collect();
            let text = format!("Id;Nombre;Nro;Saldo;Vence;Tasa\n{}", rows.concat());
            let (whole, blocks) = read(&text, (1, usize::MAX / 2));
            prop_assert!(text.ends_with(&blocks));
            prop_assert_eq!((whole, blocks), read(&text, (hands, bytes)));
        }
    }
}
