//! Records become chunks: what one request carries.
//!
//! A chunk holds the fragments of its records one after the other, and for each record its key, its bytes and
//! the rows it came from, so that every fate of a record reaches its rows. A record is never split, and a
//! chunk never passes either limit.

use std::ops::{Index, Range};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize, Serializer};

use crate::books::Weight;
use crate::problem::RowId;

/// What a row brings to a record that is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowShare {
    /// The row.
    pub row: RowId,
    /// Whether the row counts in the books with this record; a row that has a line which is held back counts there.
    pub counts: bool,
    /// How many of its lines (obligations) are sent; none for a debtor's own row.
    pub lines: u32,
    /// The money of those lines.
    #[serde(serialize_with = "write_amount")]
    pub money: Decimal,
}

impl RowShare {
    /// What the share weighs, apart from the record.
    pub fn weight(&self) -> Weight {
        let (rows, obligations) = (u64::from(self.counts), u64::from(self.lines));
        Weight { rows, records: 0, obligations, money: self.money }
    }
}

/// Writes an amount as [`Decimal`] writes itself, which divides 96 bits for each of its digits; a plan has a million.
fn write_amount<S: Serializer>(amount: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    let Ok(mut rest) = u64::try_from(amount.mantissa().unsigned_abs()) else {
        return Serialize::serialize(amount, serializer);
    };
    let (places, mut digits) = (amount.scale(), 0);
    // A sign, and at most 28 places behind a point and the digit before it; or twenty digits and a point.
    let mut text = [0; 31];
    let mut at = text.len();
    let mut push = |byte| {
        at -= 1;
        text[at] = byte;
    };
    while rest > 0 || digits <= places {
        if digits == places && places > 0 {
            push(b'.');
        }
        push(b"0123456789"[(rest % 10) as usize]);
        rest /= 10;
        digits += 1;
    }
    if amount.is_sign_negative() {
        push(b'-');
    }
    serializer.serialize_str(std::str::from_utf8(&text[at..]).expect("it is ASCII"))
}

/// A record within a chunk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordEntry {
    /// The record's key as the CRM knows it.
    pub key: String,
    /// Where its fragment ends in the chunk's body; it begins where the one before it ends.
    pub end: u32,
    /// The rows it came from, each with what it brings.
    pub rows: Vec<RowShare>,
    /// The chunk and ordinal from which a retry took it.
    pub origin: Option<(i64, u32)>,
}

impl RecordEntry {
    /// What the record weighs in the books.
    pub fn weight(&self) -> Weight {
        weight(&self.rows)
    }
}

/// What a record of these rows weighs in the books.
pub(super) fn weight(rows: &[RowShare]) -> Weight {
    let mut sum = Weight { records: 1, ..Weight::default() };
    for share in rows {
        sum += share.weight();
    }
    sum
}

/// What one request carries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chunk {
    /// The fragments of all records.
    pub body: Vec<u8>,
    /// The records, in order.
    pub records: Vec<RecordEntry>,
}

impl Chunk {
    /// The fragment of each record.
    pub fn fragments(&self) -> Vec<&[u8]> {
        cut(self.body.as_slice(), self.records.iter().map(|entry| entry.end as usize))
    }

    /// The key of each record.
    #[cfg(test)]
    fn keys(&self) -> Vec<&str> {
        self.records.iter().map(|record| record.key.as_str()).collect()
    }

    /// The chunk in two, cut between the records nearest to half of its bytes; none for a single record.
    pub fn halves(&self) -> Option<[Chunk; 2]> {
        let half = self.body.len() / 2;
        let ends =
            self.records.iter().take(self.records.len().saturating_sub(1)).map(|record| record.end as usize);
        let (at, cut) = ends.enumerate().min_by_key(|(_, end)| end.abs_diff(half))?;
        let (first, second) = self.records.split_at(at + 1);
        let moved = |record: &RecordEntry| {
            let end = u32::try_from(record.end as usize - cut).unwrap_or_default();
            RecordEntry { end, ..record.clone() }
        };
        Some([
            Chunk { body: self.body[..cut].to_vec(), records: first.to_vec() },
            Chunk { body: self.body[cut..].to_vec(), records: second.iter().map(moved).collect() },
        ])
    }

    /// What the chunk weighs in the books.
    pub fn weight(&self) -> Weight {
        let mut sum = Weight::default();
        for record in &self.records {
            sum += record.weight();
        }
        sum
    }
}

/// The parts of a body or of a text, given where each of them ends; it begins where the one before it ends.
pub(crate) fn cut<W>(whole: &W, ends: impl Iterator<Item = usize>) -> Vec<&W>
where
    W: Index<Range<usize>, Output = W> + ?Sized,
{
    let mut start = 0;
    ends.map(|end| &whole[std::mem::replace(&mut start, end)..end]).collect()
}

/// The limits of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkLimits {
    /// Most records.
    pub records_max: usize,
    /// Most bytes of the request's body, the envelope included.
    pub body_bytes_max: usize,
    /// Bytes of the envelope.
    pub envelope_bytes: usize,
}

impl ChunkLimits {
    /// Whether a fragment fits a request of its own.
    pub fn fits(&self, fragment_bytes: usize) -> bool {
        self.envelope_bytes + fragment_bytes <= self.body_bytes_max
    }

    /// Whether a chunk of so many records, with so many bytes in their fragments, has no place for one more.
    pub fn is_full(&self, (records, bytes): (usize, usize), fragment_bytes: usize) -> bool {
        let body_bytes = self.envelope_bytes + bytes + records + fragment_bytes;
        records >= self.records_max || (records > 0 && body_bytes > self.body_bytes_max)
    }
}

/// Fills chunks with records.
#[derive(Debug)]
pub struct Packer {
    limits: ChunkLimits,
    chunk: Chunk,
}

impl Packer {
    /// An empty chunk under these limits.
    pub fn new(limits: ChunkLimits) -> Packer {
        Packer { limits, chunk: Chunk::default() }
    }

    /// Adds a record whose fragment fits; gives the chunk before it when that one is full.
    pub fn push(&mut self, mut record: RecordEntry, fragment: &[u8]) -> Option<Chunk> {
        let held = (self.chunk.records.len(), self.chunk.body.len());
        let is_full = self.limits.is_full(held, fragment.len());
        let ready = is_full.then(|| {
            // The next one is about as large.
            let Chunk { body, records } = &self.chunk;
            let (body, records) = (Vec::with_capacity(body.len()), Vec::with_capacity(records.len()));
            std::mem::replace(&mut self.chunk, Chunk { body, records })
        });
        self.chunk.body.extend_from_slice(fragment);
        record.end = u32::try_from(self.chunk.body.len()).expect("a body is far smaller than 4 GiB");
        self.chunk.records.push(record);
        ready
    }

    /// The last chunk, when there is one.
    pub fn finish(self) -> Option<Chunk> {
        (!self.chunk.records.is_empty()).then_some(self.chunk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn amounts_are_written_as_they_write_themselves(
            digits in prop_oneof![0i128..200, any::<i64>().prop_map(i128::from), -(1i128 << 95)..1i128 << 95],
            negative in any::<bool>(),
            places in 0u32..=28,
        ) {
            let mut amount = Decimal::from_i128_with_scale(digits, places);
            amount.set_sign_negative(negative);
            let row = RowId { table: 0, number: 1 };
            let share = RowShare { row, counts: true, lines: 1, money: amount };
            let json = serde_json::to_value(&share).unwrap();
            prop_assert_eq!(json["money"].as_str(), Some(&*amount.to_string()));
            let read: RowShare = postcard::from_bytes(&postcard::to_stdvec(&share).unwrap()).unwrap();
            prop_assert_eq!((read.money.mantissa(), read.money.scale()), (amount.mantissa(), amount.scale()));
        }

        #[test]
        fn packing_loses_nothing_and_passes_no_limit(sizes in proptest::collection::vec(1usize..40, 0..60), records_max in 1usize..10) {
            let limits = ChunkLimits { records_max, body_bytes_max: 100, envelope_bytes: 10 };
            let mut packer = Packer::new(limits);
            let mut chunks = Vec::new();
            for (ordinal, size) in sizes.iter().enumerate() {
                let row = RowId { table: 0, number: u32::try_from(ordinal).unwrap() };
                let entry = RecordEntry { key: ordinal.to_string(), end: 0, rows: vec![RowShare { row, counts: true, lines: 1, money: Decimal::ONE }], origin: None };
                chunks.extend(packer.push(entry, &vec![b'x'; *size]));
            }
            chunks.extend(packer.finish());
            let mut seen = Vec::new();
            for chunk in &chunks {
                prop_assert!(chunk.records.len() <= records_max && !chunk.records.is_empty());
                let fragments = chunk.fragments();
                prop_assert!(10 + fragments.join(&b',').len() <= 100);
                prop_assert_eq!(chunk.halves().is_some(), chunk.records.len() > 1);
                if let Some(halves) = chunk.halves() {
                    prop_assert!(halves.iter().all(|half| !half.records.is_empty()));
                    prop_assert_eq!(&halves.each_ref().map(Chunk::fragments).concat(), &fragments);
                    prop_assert_eq!(halves.each_ref().map(Chunk::keys).concat(), chunk.keys());
                }
                seen.extend(fragments.iter().zip(chunk.keys()).map(|(fragment, key)| (key.parse::<usize>().unwrap(), fragment.len())));
            }
            prop_assert_eq!(seen, sizes.iter().copied().enumerate().collect::<Vec<_>>());
            let rows: u64 = chunks.iter().map(|chunk| chunk.weight().rows).sum();
            prop_assert_eq!(rows, sizes.len() as u64);
        }
    }
}
