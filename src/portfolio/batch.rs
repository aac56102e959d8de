//! Records are made in batches: stretches of the index, each of which can be made without knowing of the others.
//!
//! A [`Maker`] reads the rows of each record again, leaves out what the filters do not let through, makes the record of
//! the others and writes it. A [`Batch`] holds what became of its records, in their order. Nothing here packs records
//! or compares them with those of other batches: for that they must come one after the other.

use std::mem::swap;
use std::ops::Range;

use crate::drift::Profiler;
use crate::mapping::Mapping;
use crate::mapping::filter::Sifted;
use crate::problem::{LeftOut, Problem, Result};
use crate::source::{Row, RowBuffer};

use super::bodies::Rendering;
use super::control::{Control, money_of};
use super::earlier::Earlier;
use super::known::Fingerprint;
use super::sieve::Sieve;
use super::{Assembler, Assembly, Index, OpenTable, Record, RowRef, RowShare};

/// How many records ahead their rows are asked of memory.
const RECORDS_AHEAD: usize = 4;

/// What all batches of a plan are made with.
pub struct Making<'p> {
    /// The tables; the formats of their columns are decided.
    pub tables: &'p [OpenTable<'p>],
    /// The mapping.
    pub mapping: &'p Mapping,
    /// Where the rows of each record stand.
    pub index: &'p Index,
    /// What is known of the rows of an error report.
    pub earlier: &'p Earlier,
    /// The ordinal of the money among the mapping's fields.
    pub money: Option<usize>,
    /// Those of the fields that bring rows together.
    pub groups: &'p [usize],
    /// How a record is written.
    pub rendering: Rendering<'p>,
    /// Finds the files that a record names; its rows are given for that.
    pub attach: &'p Attach<'p>,
}

/// See [`Making::attach`].
pub type Attach<'a> = dyn Fn(&[RowRef], &mut Record) -> Result<(), Box<Problem>> + Sync + 'a;

/// What became of a record.
#[derive(Debug, Clone, Copy)]
pub enum Made<'b> {
    /// It is written.
    Written {
        /// What names it.
        key: &'b str,
        /// Its rows.
        rows: &'b [RowShare],
        /// Its fragment of a body.
        fragment: &'b [u8],
        /// The hashes of key and fragment, where anybody compares.
        fingerprint: Option<Fingerprint>,
    },
    /// It is held back; the hash of its key, where it has one and anybody compares.
    HeldBack(Option<Fingerprint>),
}

/// What became of the records of a stretch: one list of each kind, and for each record where its part of them ends.
#[derive(Debug, Default)]
pub struct Batch {
    records: Vec<End>,
    keys: String,
    rows: Vec<RowShare>,
    fragments: Vec<u8>,
    problems: Vec<Problem>,
    left_out: Vec<LeftOut>,
}

/// Where a record ends in the lists of a batch.
#[derive(Debug)]
struct End {
    fate: Fate,
    key: usize,
    rows: usize,
    fragment: usize,
    problems: usize,
    left_out: usize,
}

#[derive(Debug)]
enum Fate {
    Written(Option<Fingerprint>),
    HeldBack(Option<Fingerprint>),
}

impl Batch {
    /// Gives what became of each record, once what was found in its rows is added to what was found before; leaves the
    /// batch empty.
    ///
    /// # Errors
    /// What `take` fails with.
    pub fn drain(
        &mut self,
        assembler: &mut Assembler,
        mut take: impl FnMut(Made<'_>, &mut Assembler) -> Result<()>,
    ) -> Result<()> {
        let (mut problems, mut left_out) = (self.problems.drain(..), self.left_out.drain(..));
        let (mut key, mut row, mut fragment, mut told, mut left) = (0, 0, 0, 0, 0);
        for end in self.records.drain(..) {
            assembler.problems.extend(problems.by_ref().take(end.problems - told));
            assembler.left_out.extend(left_out.by_ref().take(end.left_out - left));
            let made = match end.fate {
                Fate::HeldBack(fingerprint) => Made::HeldBack(fingerprint),
                Fate::Written(fingerprint) => Made::Written {
                    key: &self.keys[key..end.key],
                    rows: &self.rows[row..end.rows],
                    fragment: &self.fragments[fragment..end.fragment],
                    fingerprint,
                },
            };
            take(made, assembler)?;
            (key, row, fragment, told, left) = (end.key, end.rows, end.fragment, end.problems, end.left_out);
        }
        self.keys.clear();
        self.rows.clear();
        self.fragments.clear();
        Ok(())
    }

    /// Ends a record; what was found in its rows is with the assembler.
    fn end_record(&mut self, fate: Fate, assembler: &Assembler) {
        self.records.push(End {
            fate,
            key: self.keys.len(),
            rows: self.rows.len(),
            fragment: self.fragments.len(),
            problems: assembler.problems.len(),
            left_out: assembler.left_out.len(),
        });
    }
}

/// Makes batches, one after the other; each thread has its own.
pub struct Maker<'p> {
    making: &'p Making<'p>,
    assembler: Assembler,
    control: Control<'p>,
    profiler: Profiler<'p>,
    record: Record,
    assembly: Assembly,
    buffer: RowBuffer,
}

impl<'p> Maker<'p> {
    /// One that has seen nothing yet, of parts that have not either.
    pub fn new(
        making: &'p Making<'p>,
        (assembler, profiler, record): (Assembler, Profiler<'p>, Record),
    ) -> Maker<'p> {
        let control = Control::new(making.mapping);
        let (assembly, buffer) = (Assembly::default(), RowBuffer::default());
        Maker { making, assembler, control, profiler, record, assembly, buffer }
    }

    /// Makes the records of a stretch of the index; the batch is empty.
    pub fn make(&mut self, records: Range<usize>, batch: &mut Batch) {
        self.assembler.skip_to(records.start);
        // What is found goes where there is room for it already.
        swap(&mut self.assembler.problems, &mut batch.problems);
        swap(&mut self.assembler.left_out, &mut batch.left_out);
        let mut ahead = self.making.index.records(records.clone()).skip(RECORDS_AHEAD);
        for rows in self.making.index.records(records) {
            // The rows of a record stand anywhere in the file; without this, half of its reading is waiting for them.
            for row in ahead.next().unwrap_or_default() {
                self.making.tables[usize::from(row.table())].fetch_soon(row);
            }
            self.read(rows);
            let fate = self.write(rows, batch);
            batch.end_record(fate, &self.assembler);
        }
        swap(&mut self.assembler.problems, &mut batch.problems);
        swap(&mut self.assembler.left_out, &mut batch.left_out);
    }

    /// Adds what it has counted to what others have.
    pub fn count_into(
        self,
        assembler: &mut Assembler,
        control: &mut Control<'_>,
        profiler: &mut Profiler<'_>,
    ) {
        assembler.absorb(&self.assembler);
        control.absorb(&self.control);
        profiler.absorb(self.profiler);
    }

    /// Reads the rows of a record.
    fn read(&mut self, rows: &[RowRef]) {
        let Maker { making, assembler, control, profiler, buffer, .. } = self;
        assembler.begin(making.mapping.fields.len());
        let sieve = Sieve::of_record(making.tables, rows);
        profiler.begin_record();
        for row_ref in rows {
            let table = &making.tables[usize::from(row_ref.table())];
            table.read_at(row_ref, buffer);
            let row = Row::of(&table.table.text, buffer);
            let id = row_ref.id();
            // The formats of all columns are decided now, so that a filter reads them as the fields do.
            let unreadable = match sieve.sift(table, row, id) {
                Sifted::Kept => None,
                // It is about the row as a whole, which is held back before its fields are looked at.
                Sifted::Unreadable(problem) => Some(Problem { field: String::new(), ..*problem }),
                Sifted::Out(filter) => {
                    let lost = money_of(&table.bound, making.money, row, id);
                    assembler.filter_out(id, &filter.place, &lost);
                    control.leave_out(filter, row_ref.table(), lost.into_iter().sum());
                    continue;
                }
            };
            control.keep(&table.bound.totals, row, id);
            let objection = making.earlier.objection(table, row, id).or(unreadable);
            assembler.take(&table.bound, row, id, objection);
            profiler.keep(row, id, assembler);
        }
    }

    /// Writes the record of the rows that were read, or holds it back.
    fn write(&mut self, rows: &[RowRef], batch: &mut Batch) -> Fate {
        let Maker { making, assembler, record, assembly, .. } = self;
        let Making { rendering, groups, .. } = making;
        assembler.finish(&making.mapping.fields, record, assembly);
        let Some(first) = assembly.first_row() else {
            return Fate::HeldBack(rendering.held_back(&assembler.values(groups)));
        };
        if let Some(problem) = rendering.objection(record, first) {
            assembler.hold_back(assembly, making.placed(problem));
            return Fate::HeldBack(rendering.held_back(&record.texts_of(groups)));
        }
        if let Err(problem) = (making.attach)(rows, record) {
            assembler.hold_back(assembly, making.placed(*problem));
            return Fate::HeldBack(None);
        }
        let (key_at, fragment_at) = (batch.keys.len(), batch.fragments.len());
        rendering.write(record, (&mut batch.keys, &mut batch.fragments));
        let (key, fragment) = (&batch.keys[key_at..], &batch.fragments[fragment_at..]);
        if let Some(problem) = rendering.too_big(fragment, first) {
            let fate = Fate::HeldBack(rendering.held_back(&[key]));
            batch.keys.truncate(key_at);
            batch.fragments.truncate(fragment_at);
            assembler.hold_back(assembly, problem);
            return fate;
        }
        batch.rows.extend_from_slice(&assembly.rows);
        Fate::Written(rendering.fingerprint(key, fragment))
    }
}

impl Making<'_> {
    /// A problem of a field at the first column that feeds it.
    fn placed(&self, problem: Problem) -> Problem {
        let ordinal = self.mapping.fields.iter().position(|rule| rule.name == problem.field);
        let table = &self.tables[usize::from(problem.row.table)];
        let field = ordinal.and_then(|ordinal| table.bound.field(ordinal));
        let column =
            field.and_then(|field| field.columns.first()).and_then(|column| u16::try_from(*column).ok());
        Problem { column, ..problem }
    }
}
