//! Where each row stands, and which record it belongs to.
//!
//! Built while the source is read once in its own order; a counting sort then gives the rows record by record,
//! records in the order of their first row and rows in the order of the source. Keys are kept only while the
//! index is built.

use std::collections::HashMap;
use std::ops::Range;

use super::keys::Keys;
use super::spellings;
use crate::problem::RowId;

/// Where a row stands, in a dozen bytes: there are as many of these as rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowRef {
    number: u32,
    /// Of the offset in the table's text the lower 32 bits, then 16 more above the table's ordinal.
    low: u32,
    high_and_table: u32,
}

impl RowRef {
    /// A row, and its offset in its table's text.
    pub fn new(row: RowId, offset: usize) -> RowRef {
        let offset = offset as u64;
        assert!(offset >> 48 == 0, "a text is shorter than 2^48 bytes");
        let low = u32::try_from(offset & u64::from(u32::MAX)).expect("cut to 32 bits");
        let high = u32::try_from(offset >> 32).expect("less than 2^16");
        RowRef { number: row.number, low, high_and_table: high << 16 | u32::from(row.table) }
    }

    /// The ordinal of its table.
    pub fn table(&self) -> u16 {
        self.id().table
    }

    /// The row.
    pub fn id(&self) -> RowId {
        let table = u16::try_from(self.high_and_table & u32::from(u16::MAX)).expect("cut to 16 bits");
        RowId { table, number: self.number }
    }

    /// Its offset in the table's text.
    pub fn offset(&self) -> usize {
        let offset = u64::from(self.high_and_table >> 16) << 32 | u64::from(self.low);
        usize::try_from(offset).expect("the text that it is in fits this machine")
    }
}

/// Collects rows and their keys.
#[derive(Debug, Default)]
pub struct Indexer {
    records: Keys,
    rows: Vec<RowRef>,
    record_of: Vec<u32>,
}

impl Indexer {
    /// Adds rows, each to the record of its key; a row without a key is a record of its own.
    pub fn add<'k>(&mut self, rows: impl IntoIterator<Item = (RowRef, Option<&'k str>)>) {
        /// Rows whose keys are looked for together: more than memory answers for at the same time.
        const TOGETHER: usize = 32;
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            self.records.make_room(TOGETHER);
            let mut glances = [None; TOGETHER];
            let mut count = 0;
            for (row, key) in rows.by_ref().take(TOGETHER) {
                self.rows.push(row);
                glances[count] = key.map(|key| self.records.glance(key));
                count += 1;
            }
            for glance in glances.into_iter().take(count) {
                self.record_of.push(match glance {
                    Some(glance) => self.records.record_of(&glance),
                    None => self.records.add_nameless(),
                });
            }
        }
    }

    /// How many rows were added.
    pub fn row_count(&self) -> u64 {
        self.rows.len() as u64
    }

    /// The records whose keys differ only in how they are written: the later one of each pair and the first, with the
    /// first row of either.
    pub fn alike(&self) -> Vec<[(String, RowRef); 2]> {
        let found = spellings::alike(self.records.iter());
        let mut first_rows: HashMap<u32, RowRef> = HashMap::new();
        if !found.is_empty() {
            for (row, record) in self.rows.iter().zip(&self.record_of) {
                first_rows.entry(*record).or_insert(*row);
            }
        }
        let named = |(key, record): (&str, u32)| Some((key.to_owned(), *first_rows.get(&record)?));
        found.into_iter().filter_map(|(later, first)| Some([named(later)?, named(first)?])).collect()
    }

    /// Sorts the rows by record.
    pub fn finish(self) -> Index {
        let Indexer { records, rows, record_of } = self;
        let mut starts = vec![0u32; records.count() + 1];
        drop(records);
        for &record in &record_of {
            starts[record as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        // Where the next row of each record goes. A second list costs a dozen bytes a row for a moment; to change the
        // places of the rows within the first one takes three times as long.
        let mut next = starts.clone();
        let mut sorted = rows.clone();
        for (row, record) in rows.iter().zip(record_of) {
            let next = &mut next[record as usize];
            sorted[*next as usize] = *row;
            *next += 1;
        }
        Index { rows: sorted, starts }
    }
}

/// The rows of every record.
#[derive(Debug)]
pub struct Index {
    rows: Vec<RowRef>,
    starts: Vec<u32>,
}

impl Index {
    /// How many rows there are.
    pub fn row_count(&self) -> usize {
        self.rows.len()
    }

    /// The ordinals of all records, in stretches of so many rows or a record more.
    pub fn stretches(&self, rows: usize) -> impl Iterator<Item = Range<usize>> {
        let (mut first, last) = (0, self.starts.len() - 1);
        std::iter::from_fn(move || {
            let full = *self.starts[..last].get(first)? as usize + rows;
            let inner = &self.starts[first + 1..last];
            let end = first + 1 + inner.partition_point(|start| (*start as usize) < full);
            Some(std::mem::replace(&mut first, end)..end)
        })
    }

    /// The rows of each record of a stretch, records in the order of their first row.
    pub fn records(&self, stretch: Range<usize>) -> impl Iterator<Item = &[RowRef]> {
        let starts = &self.starts[stretch.start..=stretch.end];
        starts.windows(2).map(|two| &self.rows[two[0] as usize..two[1] as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn where_a_row_stands_is_kept_exactly(table in any::<u16>(), number in any::<u32>(), offset in 0usize..1 << 48) {
            let row = RowRef::new(RowId { table, number }, offset);
            prop_assert_eq!((row.id(), row.table(), row.offset()), (RowId { table, number }, table, offset));
        }

        #[test]
        fn grouping_loses_nothing_and_keeps_the_order(keys in proptest::collection::vec(proptest::option::of(0u8..6), 0..120), stretch in 1usize..20) {
            let mut indexer = Indexer::default();
            let texts: Vec<Option<String>> = keys.iter().map(|key| key.map(|key| key.to_string())).collect();
            let row = |number| RowRef::new(RowId { table: 0, number }, number as usize);
            let rows = (0u32..).zip(&texts).map(|(number, key)| (row(number), key.as_deref()));
            let (first, second): (Vec<_>, Vec<_>) = rows.partition(|(row, _)| (row.offset()) < keys.len() / 2);
            indexer.add(first);
            indexer.add(second);
            let index = indexer.finish();
            let numbers = |rows: &[RowRef]| rows.iter().map(|row| row.id().number).collect();
            let stretches: Vec<Vec<Vec<u32>>> =
                index.stretches(stretch).map(|stretch| index.records(stretch).map(numbers).collect()).collect();
            for (at, records) in stretches.iter().enumerate() {
                let rows: usize = records.iter().map(Vec::len).sum();
                let last = records.last().map_or(0, Vec::len);
                prop_assert!(last > 0 && rows - last < stretch && (rows >= stretch || at + 1 == stretches.len()));
            }
            let records = stretches.concat();
            let mut all: Vec<u32> = records.concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..u32::try_from(keys.len()).unwrap()).collect::<Vec<_>>());
            prop_assert!(records.windows(2).all(|two| two[0][0] < two[1][0]), "order of first appearance");
            for rows in &records {
                prop_assert!(rows.windows(2).all(|two| two[0] < two[1]));
                let key = keys[rows[0] as usize];
                prop_assert!(key.is_some() || rows.len() == 1);
                prop_assert!(rows.iter().all(|row| keys[*row as usize] == key));
            }
        }
    }
}
