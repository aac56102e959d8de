//! A chunk on its way out: its body, and of its records what every request needs.
//!
//! An answer that accepts all needs of a record its key and where it ends; which rows it came from, and their money,
//! matter to the few that were not accepted. So they stay packed until they are asked for: to make them for each
//! record costs more than to send it. Nothing here is about how a chunk is sent.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use sqlx::sqlite::SqliteRow;

use super::column::Columns as _;
use super::{FILE_NAME, Ledger, RunId, damaged, decompress, unpack};
use crate::lang::Code;
use crate::portfolio::chunk::cut;
use crate::portfolio::{Chunk, RecordEntry};
use crate::problem::{Failure, Result, RowId};

/// A chunk taken from the ledger to be sent.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Its id in the ledger.
    pub id: i64,
    /// Its number in the run.
    pub number: u32,
    /// The run that holds its rows.
    pub source_run: RunId,
    /// The fragments of all records.
    body: Vec<u8>,
    /// Where the fragment of each record ends in the body, and its key in the keys.
    ends: Vec<(usize, usize)>,
    /// The keys of all records, one after the other.
    keys: String,
    /// The records as the ledger keeps them.
    packed: Vec<u8>,
}

impl Ledger {
    /// Some chunks with their bodies, opened on a thread that may take its time.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn load_outgoing(&self, ids: &[i64]) -> Result<Vec<Outgoing>> {
        let select = "SELECT id, number, source_run, body, entries FROM chunk JOIN chunk_body ON chunk = id \
             WHERE id IN (SELECT value FROM json_each(?))";
        let query = sqlx::query(select).bind(serde_json::json!(ids).to_string());
        let rows = self.done(query.fetch_all(&self.pool).await)?;
        if rows.len() != ids.len() {
            return Err(damaged(FILE_NAME.as_ref(), sqlx::Error::RowNotFound));
        }
        let opened = tokio::task::spawn_blocking(move || rows.iter().map(Outgoing::open).collect());
        opened.await.map_err(|error| Failure::new(Code::Internal).with("reason", error))?
    }
}

impl Outgoing {
    fn open(row: &SqliteRow) -> Result<Outgoing> {
        let packed: Vec<u8> = row.value(4)?;
        let body = decompress(row.value(3)?)?;
        let entries = decompress(&packed)?;
        let outlines: Vec<Outline<'_>> =
            postcard::from_bytes(&entries).map_err(|error| damaged(FILE_NAME.as_ref(), error))?;
        let (mut ends, mut keys) = (Vec::with_capacity(outlines.len()), String::new());
        for outline in outlines {
            keys.push_str(outline.key);
            ends.push((outline.end as usize, keys.len()));
        }
        if ends.iter().is_sorted() && ends.last().is_none_or(|(end, _)| *end == body.len()) {
            let (id, number, source_run) = (row.value(0)?, row.value(1)?, row.value(2)?);
            return Ok(Outgoing { id, number, source_run, body, ends, keys, packed });
        }
        Err(damaged(FILE_NAME.as_ref(), "entries"))
    }

    /// How many records it has.
    pub fn record_count(&self) -> usize {
        self.ends.len()
    }

    /// The fragments of all records, one after the other.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The fragment of each record.
    pub fn fragments(&self) -> Vec<&[u8]> {
        cut(self.body.as_slice(), self.ends.iter().map(|(end, _)| *end))
    }

    /// The key of each record.
    pub fn keys(&self) -> Vec<&str> {
        cut(self.keys.as_str(), self.ends.iter().map(|(_, end)| *end))
    }

    /// Puts another fragment in the place of that of its only record.
    #[must_use]
    pub fn with_fragment(self, fragment: Vec<u8>) -> Outgoing {
        let ends = self.ends.iter().map(|(_, key)| (fragment.len(), *key)).collect();
        Outgoing { body: fragment, ends, ..self }
    }

    /// The records with all that is known of them.
    ///
    /// # Errors
    /// `ledger-damaged`.
    pub fn records(&self) -> Result<Vec<RecordEntry>> {
        let mut records: Vec<RecordEntry> = unpack(&self.packed)?;
        for (record, (end, _)) in records.iter_mut().zip(&self.ends) {
            record.end = u32::try_from(*end).map_err(|error| damaged(FILE_NAME.as_ref(), error))?;
        }
        Ok(records)
    }

    /// The chunk in two, as [`Chunk::halves`] cuts it.
    ///
    /// # Errors
    /// `ledger-damaged`.
    pub fn halves(&self) -> Result<Option<[Chunk; 2]>> {
        Ok(Chunk { body: self.body.clone(), records: self.records()? }.halves())
    }
}

/// A [`RecordEntry`] as it is packed, read without keeping its rows.
#[derive(Deserialize)]
struct Outline<'e> {
    key: &'e str,
    end: u32,
    #[serde(rename = "rows")]
    _rows: Passed,
    #[serde(rename = "origin")]
    _origin: Option<(i64, u32)>,
}

/// The rows of a record, passed over.
struct Passed;

impl<'de> Deserialize<'de> for Passed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Passed, D::Error> {
        deserializer.deserialize_seq(Passed)
    }
}

impl<'de> Visitor<'de> for Passed {
    type Value = Passed;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the rows of a record")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> std::result::Result<Passed, A::Error> {
        // In the order of `RowShare`: the row, whether it counts, its lines, its money as text that nobody reads here.
        while rows.next_element::<(RowId, bool, u32, &[u8])>()?.is_some() {}
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    use super::*;
    use crate::ledger::pack;
    use crate::portfolio::RowShare;

    fn share() -> impl Strategy<Value = RowShare> {
        (any::<u16>(), any::<u32>(), any::<bool>(), any::<u32>(), any::<i64>(), 0u32..6).prop_map(
            |(table, number, counts, lines, money, scale)| RowShare {
                row: RowId { table, number },
                counts,
                lines,
                money: Decimal::new(money, scale),
            },
        )
    }

    fn entry() -> impl Strategy<Value = RecordEntry> {
        let rows = prop::collection::vec(share(), 0..4);
        (".{0,12}", any::<u32>(), rows, any::<Option<(i64, u32)>>())
            .prop_map(|(key, end, rows, origin)| RecordEntry { key, end, rows, origin })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        /// What is read without the rows is what stands in the whole records.
        #[test]
        fn outlines_are_those_of_the_whole_records(records in prop::collection::vec(entry(), 0..20)) {
            let entries = decompress(&pack(&records)).unwrap();
            let outlines: Vec<Outline<'_>> = postcard::from_bytes(&entries).unwrap();
            let read: Vec<_> = outlines.iter().map(|outline| (outline.key, outline.end)).collect();
            let whole: Vec<_> = records.iter().map(|record| (record.key.as_str(), record.end)).collect();
            prop_assert_eq!(read, whole);
        }
    }
}
