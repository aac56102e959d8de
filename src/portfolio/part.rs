//! One part of a table, read in its own order.
//!
//! The parts of a table are read side by side: of each row its key, what the probes of its columns see in it, or why it
//! is no data. Nothing is put together here that reaches beyond the part, and nobody is told anything: that is for
//! [`super::scan`], which takes the parts in their order.

use crate::lang::Code;
use crate::mapping::HiddenRows;
use crate::mapping::bind::{Bound, BoundField};
use crate::mapping::convert::{Converted, convert};
use crate::problem::{Failure, Place, RowId};
use crate::source::{Cursor, Flaw, Form, Part, Row, RowBuffer, has_lead};
use crate::survey::Probe;
use crate::survey::amounts::AmountProbe;
use crate::survey::broken::BrokenText;
use crate::survey::dates::DateProbe;
use crate::survey::percent::PercentProbe;
use crate::survey::rows::{NotData, RowKinds};
use crate::target::FieldKind;

use super::RowRef;
use super::scan::{Naming, OpenTable, SourceBlock};

/// Rows of a source block.
const BLOCK_ROWS: u32 = 1000;
/// Bytes of a source block, beyond which a row ends it: rows may be long.
const BLOCK_BYTES: usize = 4 << 20;

/// Stands between the values of a key that has several.
pub(super) const KEY_SEPARATOR: char = '\u{1f}';

/// What the columns of a table are watched with.
type Watched<P> = Vec<(usize, P)>;

/// Neighbouring rows that are left out for one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Skipped {
    /// The number of the first one.
    pub(super) number: u32,
    /// How many they are.
    pub(super) rows: u32,
    /// Why.
    pub(super) code: Code,
}

impl Skipped {
    /// So many blank rows.
    pub(super) fn blank(number: u32, rows: u32) -> Skipped {
        Skipped { number, rows, code: Code::BlankRow }
    }

    /// Takes in the rows behind its own, where both are blank.
    pub(super) fn takes_in(&mut self, next: Skipped) -> bool {
        let are_blank = self.code == Code::BlankRow && next.code == Code::BlankRow;
        let takes_in = are_blank && self.number + self.rows == next.number;
        self.rows += if takes_in { next.rows } else { 0 };
        takes_in
    }
}

/// Rows with data that the workbook hides.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Hidden {
    /// How many.
    pub(super) seen: u64,
    /// The first of them.
    pub(super) first: Option<u32>,
}

impl Hidden {
    fn add(&mut self, number: u32) {
        self.absorb(Hidden { seen: 1, first: Some(number) });
    }

    /// Adds those of later rows.
    pub(super) fn absorb(&mut self, later: Hidden) {
        self.seen += later.seen;
        self.first = self.first.or(later.first);
    }
}

/// What a part holds.
#[derive(Debug, Default)]
pub(super) struct PartRead {
    /// The part.
    pub(super) part: Part,
    /// Where the row behind its last one begins, and the least number that it has.
    pub(super) next: (usize, u32),
    /// The number of its first row.
    pub(super) first_row: Option<u32>,
    /// The number of its last row that is not blank.
    pub(super) last_filled: Option<u32>,
    /// Its rows of data.
    rows: Vec<RowRef>,
    keys: String,
    /// For each row of data where its key ends, if it has one.
    key_ends: Vec<Option<usize>>,
    /// The rows that are left out.
    pub(super) skipped: Vec<Skipped>,
    /// Those of them that add up the whole table.
    pub(super) totals: Vec<RowRef>,
    /// Its source blocks.
    pub(super) blocks: Vec<SourceBlock>,
    /// What the probes of the columns have seen.
    pub(super) probes: Watched<Probe>,
    /// Broken text in the mapped columns.
    pub(super) broken: Watched<BrokenText>,
    /// Those of its rows that the workbook hides.
    pub(super) hidden: Hidden,
    /// Why it was not read to its end.
    pub(super) failure: Option<Failure>,
}

impl PartRead {
    /// Nothing is read of the part yet; what was read of another one is forgotten.
    fn begin(&mut self, part: Part, (probes, broken): &(Watched<Probe>, Watched<BrokenText>)) {
        let PartRead { mut rows, mut keys, mut key_ends, .. } = std::mem::take(self);
        rows.clear();
        keys.clear();
        key_ends.clear();
        let (probes, broken) = (probes.clone(), broken.clone());
        *self = PartRead { part, rows, keys, key_ends, probes, broken, ..PartRead::default() };
    }

    /// The rows of data with their keys.
    pub(super) fn keyed_rows(&self) -> impl Iterator<Item = (RowRef, Option<&str>)> {
        let mut start = 0;
        let keys = self.key_ends.iter().map(move |end| {
            let key = end.map(|end| &self.keys[start..end]);
            start = end.unwrap_or(start);
            key
        });
        self.rows.iter().copied().zip(keys)
    }

    fn skip(&mut self, skipped: Skipped) {
        if !self.skipped.last_mut().is_some_and(|last| last.takes_in(skipped)) {
            self.skipped.push(skipped);
        }
    }
}

/// Reads parts of one table, one after the other; each thread has its own.
pub(super) struct PartReader<'t> {
    open: &'t OpenTable<'t>,
    table: u16,
    keys: Vec<&'t BoundField<'t>>,
    kinds: RowKinds<'t>,
    /// What the columns of a part are watched with, before any row is seen.
    watched: (Watched<Probe>, Watched<BrokenText>),
    buffer: RowBuffer,
}

impl<'t> PartReader<'t> {
    pub(super) fn new(open: &'t OpenTable<'t>, table: u16, naming: &Naming) -> PartReader<'t> {
        PartReader {
            open,
            table,
            keys: keys_of(&open.bound, naming),
            kinds: RowKinds::new(&open.header, naming_columns(&open.bound, &naming.names)),
            watched: fresh_probes(open),
            buffer: RowBuffer::default(),
        }
    }

    /// Reads a part to its end, or to a row without which the table cannot be read.
    pub(super) fn read(&mut self, part: Part, read: &mut PartRead) {
        read.begin(part, &self.watched);
        let text = &self.open.table.text;
        let mut cursor = Cursor::at(text, self.open.table.form, part.start, part.number);
        let mut block = Block { start: part.start, rows: None };
        while cursor.offset() < part.end && cursor.read(&mut self.buffer) {
            let row = Row::of(text, &self.buffer);
            if row.flaw() == Some(Flaw::TooLong) {
                let place = Place { row: Some(row.number()), ..self.open.place.clone() };
                read.failure = Some(Flaw::TooLong.failure(place));
                break;
            }
            read.blocks.extend(block.add(row.number(), cursor.offset()).map(|cut| self.source_block(cut)));
            if read.first_row.is_none() {
                (read.first_row, read.next.1) = (Some(row.number()), row.number());
            }
            // A sheet leaves blank rows out; they count as rows all the same once something stands below them.
            if row.number() > read.next.1 && matches!(self.open.table.form, Form::Packed) {
                read.skip(Skipped::blank(read.next.1, row.number() - read.next.1));
            }
            read.next.1 = row.number() + 1;
            self.see(cursor.offset(), read);
        }
        read.blocks.extend(block.finish(cursor.offset()).map(|cut| self.source_block(cut)));
        read.next = (cursor.offset(), cursor.number());
    }

    /// Takes the row at hand, which ends at an offset.
    fn see(&mut self, end: usize, read: &mut PartRead) {
        let open = self.open;
        let row = Row::of(&open.table.text, &self.buffer);
        let number = row.number();
        if row.is_blank() {
            return read.skip(Skipped::blank(number, 1));
        }
        read.last_filled = Some(number);
        let is_hidden = open.table.notes.hides(number);
        if is_hidden {
            read.hidden.add(number);
        }
        if is_hidden && open.hidden_rows == HiddenRows::Skip {
            return read.skip(Skipped { number, rows: 1, code: Code::HiddenRow });
        }
        let id = RowId { table: self.table, number };
        let row_ref = RowRef::new(id, self.buffer.offset);
        if let Some(kind) = self.kinds.classify(row) {
            read.totals.extend((kind == NotData::Total).then_some(row_ref));
            return read.skip(Skipped { number, rows: 1, code: kind.code() });
        }
        open.check(&mut self.buffer);
        let row = Row::of(&open.table.text, &self.buffer);
        let has_shape = row.flaw().is_none();
        let start = read.keys.len();
        let has_key = has_shape && read_key(&self.keys, (row, id), &mut read.keys);
        if !has_key {
            read.keys.truncate(start);
        }
        read.rows.push(row_ref);
        read.key_ends.push(has_key.then_some(read.keys.len()));
        if has_shape {
            watch(row, &open.table.text[row_ref.offset()..end], read);
        }
    }

    fn source_block(&self, Cut { first_row, last_row, range }: Cut) -> SourceBlock {
        SourceBlock { table: self.table, first_row, last_row, text: self.open.table.text.clone(), range }
    }
}

/// Shows the cells of a row, whose text is given, to those who watch their columns.
fn watch(row: Row<'_>, text: &str, read: &mut PartRead) {
    for (column, probe) in &mut read.probes {
        probe.see(row.number(), row.cell(*column));
    }
    // Hardly any row has what broken text begins with, and then no cell of it needs a look.
    if !row.is_tame() && has_lead(text) {
        for (column, broken) in &mut read.broken {
            broken.see(row.number(), row.cell(*column));
        }
    }
}

/// What the columns of a table are watched with, before any row is seen.
pub(super) fn fresh_probes(open: &OpenTable<'_>) -> (Watched<Probe>, Watched<BrokenText>) {
    let broken = open.bound.columns().into_iter().map(|column| (column, BrokenText::default()));
    (probes_of(open), broken.collect())
}

/// The fields that say which record a row belongs to; none where each row is a record of its own.
pub(super) fn keys_of<'b, 'm>(bound: &'b Bound<'m>, naming: &Naming) -> Vec<&'b BoundField<'m>> {
    let own = naming.groups.iter().filter_map(|ordinal| bound.field(*ordinal));
    bound.key.as_ref().map_or_else(|| own.collect(), |key| vec![key])
}

/// Appends the key of a row; false where it has none, or one that cannot be read.
fn read_key(keys: &[&BoundField<'_>], (row, id): (Row<'_>, RowId), out: &mut String) -> bool {
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

/// Cuts a part into blocks of about a thousand rows, fewer where they are long.
struct Block {
    start: usize,
    /// The numbers of the first row and of the last one, and how many there are.
    rows: Option<(u32, u32, u32)>,
}

/// A block that was cut.
struct Cut {
    first_row: u32,
    last_row: u32,
    range: std::ops::Range<usize>,
}

impl Block {
    /// Adds a row that ends at an offset; gives the block once it is full.
    fn add(&mut self, number: u32, end: usize) -> Option<Cut> {
        let (first, _, count) = self.rows.unwrap_or((number, number, 0));
        self.rows = Some((first, number, count + 1));
        let is_full = count + 1 >= BLOCK_ROWS || end - self.start >= BLOCK_BYTES;
        if is_full { self.finish(end) } else { None }
    }

    /// Gives what is left at the end of the part.
    fn finish(&mut self, end: usize) -> Option<Cut> {
        let (first_row, last_row, _) = self.rows.take()?;
        let range = std::mem::replace(&mut self.start, end)..end;
        Some(Cut { first_row, last_row, range })
    }
}
