//! Where each row stands, and which record it belongs to.
//!
//! Built while the source is read once in its own order; a counting sort then gives the rows record by record,
//! records in the order of their first row and rows in the order of the source. Keys are kept only while the
//! index is built.

use std::collections::HashMap;
use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::spellings;

/// Where a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowRef {
    /// Ordinal of its table.
    pub table: u16,
    /// Row number as the spreadsheet shows it.
    pub number: u32,
    /// Offset in the table's text.
    pub offset: usize,
}

/// Collects rows and their keys.
#[derive(Debug, Default)]
pub struct Indexer {
    records: Keys,
    rows: Vec<RowRef>,
    record_of: Vec<u32>,
}

/// The keys of the records so far, one after the other in one text; a record without one has an empty one.
#[derive(Debug, Default)]
struct Keys {
    text: String,
    ends: Vec<usize>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Keys {
    fn add_nameless(&mut self) -> u32 {
        let record = u32::try_from(self.ends.len()).expect("a sheet or a CSV has fewer than 2^32 rows");
        self.ends.push(self.text.len());
        record
    }

    /// The keys and their records, in the order of the records.
    fn iter(&self) -> impl Iterator<Item = (&str, u32)> + Clone {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let keys = starts.zip(&self.ends).map(|(start, end)| &self.text[start..*end]);
        keys.zip(0u32..).filter(|(key, _)| !key.is_empty())
    }

    /// The record of a key; a new one where the key is new.
    fn record_of(&mut self, key: &str) -> u32 {
        let Keys { text, ends, table, hasher } = self;
        let key_of = |record: u32| {
            let before = (record as usize).checked_sub(1).map_or(0, |before| ends[before]);
            &text[before..ends[record as usize]]
        };
        let hash = hasher.hash_one(key);
        if let Some(record) = table.find(hash, |record| key_of(*record) == key) {
            return *record;
        }
        let hash_of = |record: &u32| hasher.hash_one(key_of(*record));
        table.reserve(1, hash_of);
        text.push_str(key);
        let record = self.add_nameless();
        // There is room for one more, so nothing is hashed again.
        self.table.insert_unique(hash, record, |_| hash);
        record
    }
}

impl Indexer {
    /// Adds a row to the record of its key; a row without a key is a record of its own.
    pub fn add(&mut self, row: RowRef, key: Option<&str>) {
        let record = match key {
            Some(key) => self.records.record_of(key),
            None => self.records.add_nameless(),
        };
        self.rows.push(row);
        self.record_of.push(record);
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
        let mut starts = vec![0u32; self.records.ends.len() + 1];
        for &record in &self.record_of {
            starts[record as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut sorted = vec![RowRef { table: 0, number: 0, offset: 0 }; self.rows.len()];
        for (row, &record) in self.rows.iter().zip(&self.record_of) {
            let place = &mut next[record as usize];
            sorted[*place as usize] = *row;
            *place += 1;
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
    /// The rows of each record, records in the order of their first row.
    pub fn records(&self) -> impl Iterator<Item = &[RowRef]> {
        self.starts.windows(2).map(|two| &self.rows[two[0] as usize..two[1] as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn grouping_loses_nothing_and_keeps_the_order(keys in proptest::collection::vec(proptest::option::of(0u8..6), 0..60)) {
            let mut indexer = Indexer::default();
            for (number, key) in (0u32..).zip(&keys) {
                let row = RowRef { table: 0, number, offset: number as usize };
                indexer.add(row, key.map(|key| key.to_string()).as_deref());
            }
            let index = indexer.finish();
            let records: Vec<Vec<u32>> = index.records().map(|rows| rows.iter().map(|row| row.number).collect()).collect();
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
