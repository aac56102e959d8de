//! Where each row stands, and which record it belongs to.
//!
//! Built while the source is read once in its own order; a counting sort then gives the rows record by record,
//! records in the order of their first row and rows in the order of the source. Keys are kept only while the
//! index is built.

use std::collections::HashMap;
use std::hash::BuildHasher as _;
use std::ops::Range;

use hashbrown::{DefaultHashBuilder, HashTable};

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

/// The keys of the records so far, one after the other in one text; a record without one has an empty one.
#[derive(Debug, Default)]
struct Keys {
    text: String,
    ends: Vec<usize>,
    table: HashTable<Slot>,
    hasher: DefaultHashBuilder,
}

/// Bytes of a key that are kept beside its record.
const SHORT: usize = 15;

/// A record and what its key begins with: a key that is looked for is nearly always found without a look at the text.
#[derive(Debug, Clone, Copy)]
struct Slot {
    /// The first bytes of the key, then its length, or one more than [`SHORT`] for a longer one.
    short: [u8; SHORT + 1],
    record: u32,
}

impl Slot {
    fn of(key: &str, record: u32) -> Slot {
        let mut short = [0; SHORT + 1];
        let bytes = key.as_bytes();
        let length = bytes.len().min(SHORT);
        short[..length].copy_from_slice(&bytes[..length]);
        short[SHORT] = u8::try_from(bytes.len().min(SHORT + 1)).expect("at most sixteen");
        Slot { short, record }
    }

    fn is_short(&self) -> bool {
        usize::from(self.short[SHORT]) <= SHORT
    }
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
        let wanted = Slot::of(key, 0);
        let is_it =
            |slot: &Slot| slot.short == wanted.short && (slot.is_short() || key_of(slot.record) == key);
        if let Some(slot) = table.find(hash, is_it) {
            return slot.record;
        }
        let hash_of = |slot: &Slot| hasher.hash_one(key_of(slot.record));
        table.reserve(1, hash_of);
        text.push_str(key);
        let record = self.add_nameless();
        // There is room for one more, so nothing is hashed again.
        self.table.insert_unique(hash, Slot { record, ..wanted }, |_| hash);
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
        let Indexer { records, rows, record_of } = self;
        let mut starts = vec![0u32; records.ends.len() + 1];
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
        fn keys_are_told_apart_however_long_they_are(keys in proptest::collection::vec("[ab]{0,3}(x{13}|y{14}|)[ab]{0,3}", 1..60)) {
            let mut known: Vec<String> = Vec::new();
            let mut found = Keys::default();
            for key in keys.into_iter().filter(|key| !key.is_empty()) {
                let record = known.iter().position(|other| *other == key).unwrap_or_else(|| {
                    known.push(key.clone());
                    known.len() - 1
                });
                prop_assert_eq!(found.record_of(&key) as usize, record);
            }
            prop_assert_eq!(found.iter().map(|(key, _)| key.to_owned()).collect::<Vec<_>>(), known);
        }

        #[test]
        fn grouping_loses_nothing_and_keeps_the_order(keys in proptest::collection::vec(proptest::option::of(0u8..6), 0..60), stretch in 1usize..20) {
            let mut indexer = Indexer::default();
            for (number, key) in (0u32..).zip(&keys) {
                let row = RowRef::new(RowId { table: 0, number }, number as usize);
                indexer.add(row, key.map(|key| key.to_string()).as_deref());
            }
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
