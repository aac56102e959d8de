//! The keys of the records: which record a key names, in the order of their first appearance.
//!
//! A portfolio of a million rows asks a million times, each time somewhere else in memory, and whether a key is new
//! cannot be foretold. So the question has two halves: a glance at the place where a key should be, many of them one
//! after the other so that memory is waited for once, and then the answers, for which everything is at hand. Most keys
//! are short and stand in their place; the text of the others is looked up. Nothing is ever taken out.

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;

/// Bytes of a key that stand in its place.
const SHORT: usize = 11;
/// Places at first; always a power of two.
const PLACES: usize = 1024;

/// The keys of all records so far.
#[derive(Debug)]
pub(super) struct Keys {
    /// The keys one after the other; a record without one has an empty one.
    text: String,
    /// Where each record's key ends.
    ends: Vec<usize>,
    places: Vec<Place>,
    /// How many places are taken.
    taken: usize,
    hasher: RandomState,
}

/// A place for a key: its first bytes, then its length, or one more than [`SHORT`] for a longer one; and its record.
/// Nothing is in a place whose length is zero.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    short: [u8; SHORT + 1],
    record: u32,
}

impl Place {
    fn of(key: &str) -> Place {
        let mut short = [0; SHORT + 1];
        let bytes = key.as_bytes();
        let length = bytes.len().min(SHORT);
        short[..length].copy_from_slice(&bytes[..length]);
        short[SHORT] = u8::try_from(bytes.len().min(SHORT + 1)).expect("at most twelve");
        Place { short, record: 0 }
    }

    fn is_free(&self) -> bool {
        self.short[SHORT] == 0
    }

    fn is_whole(&self) -> bool {
        usize::from(self.short[SHORT]) <= SHORT
    }
}

/// A key, where it should be, and what was seen there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Glance<'k> {
    key: &'k str,
    wanted: Place,
    at: usize,
    seen: Place,
}

impl Default for Keys {
    fn default() -> Keys {
        Keys {
            text: String::new(),
            ends: Vec::new(),
            places: vec![Place::default(); PLACES],
            taken: 0,
            hasher: RandomState::default(),
        }
    }
}

impl Keys {
    /// How many records there are.
    pub(super) fn count(&self) -> usize {
        self.ends.len()
    }

    /// A record without a key.
    pub(super) fn add_nameless(&mut self) -> u32 {
        let record = u32::try_from(self.ends.len()).expect("a sheet or a CSV has fewer than 2^32 rows");
        self.ends.push(self.text.len());
        record
    }

    /// The keys and their records, in the order of the records.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, u32)> + Clone {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let keys = starts.zip(&self.ends).map(|(start, end)| &self.text[start..*end]);
        keys.zip(0u32..).filter(|(key, _)| !key.is_empty())
    }

    /// Makes room for so many more keys; glances from before are of no use then.
    pub(super) fn make_room(&mut self, more: usize) {
        let mut places = self.places.len();
        // With a quarter free a key is hardly ever far from where it should be.
        while (self.taken + more) * 4 > places * 3 {
            places *= 2;
        }
        if places == self.places.len() {
            return;
        }
        let old = std::mem::replace(&mut self.places, vec![Place::default(); places]);
        for place in old.into_iter().filter(|place| !place.is_free()) {
            let key = if place.is_whole() {
                &place.short[..usize::from(place.short[SHORT])]
            } else {
                self.key_of(place.record).as_bytes()
            };
            let mut at = self.first_place(key);
            while !self.places[at].is_free() {
                at = (at + 1) & (places - 1);
            }
            self.places[at] = place;
        }
    }

    /// Looks where a key should be; there must be room for it.
    #[inline]
    pub(super) fn glance<'k>(&self, key: &'k str) -> Glance<'k> {
        let at = self.first_place(key.as_bytes());
        Glance { key, wanted: Place::of(key), at, seen: self.places[at] }
    }

    /// The record of a key; a new one where the key is new, or empty.
    #[inline]
    pub(super) fn record_of(&mut self, glance: &Glance<'_>) -> u32 {
        let Glance { key, wanted, mut at, seen } = *glance;
        if key.is_empty() {
            return self.add_nameless();
        }
        // What was seen in a place stays there.
        if seen.short == wanted.short && seen.is_whole() {
            return seen.record;
        }
        loop {
            let place = self.places[at];
            if place.is_free() {
                break;
            }
            if place.short == wanted.short && (place.is_whole() || self.key_of(place.record) == key) {
                return place.record;
            }
            at = (at + 1) & (self.places.len() - 1);
        }
        self.text.push_str(key);
        let record = self.add_nameless();
        self.places[at] = Place { record, ..wanted };
        self.taken += 1;
        record
    }

    fn first_place(&self, key: &[u8]) -> usize {
        let hash = self.hasher.hash_one(key);
        usize::try_from(hash & (self.places.len() as u64 - 1)).expect("less than there are places")
    }

    fn key_of(&self, record: u32) -> &str {
        let before = (record as usize).checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[before..self.ends[record as usize]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_are_told_apart_however_long_they_are(keys in proptest::collection::vec("[ab]{1,3}(x{8}|y{9}|z{10}|)[ab]{0,3}", 1..60), together in 1usize..9) {
            let mut known: Vec<&str> = Vec::new();
            let mut found = Keys::default();
            for keys in keys.chunks(together) {
                found.make_room(together);
                let glances: Vec<_> = keys.iter().map(|key| found.glance(key)).collect();
                for glance in glances {
                    let record = known.iter().position(|other| *other == glance.key).unwrap_or_else(|| {
                        known.push(glance.key);
                        known.len() - 1
                    });
                    prop_assert_eq!(found.record_of(&glance) as usize, record);
                }
            }
            prop_assert_eq!(found.iter().map(|(key, _)| key.to_owned()).collect::<Vec<_>>(), known);
        }
    }

    #[test]
    fn there_is_room_for_every_key() {
        let mut keys = Keys::default();
        for number in 0..20_000u32 {
            for text in [number.to_string(), format!("a longer key: {number}")] {
                keys.make_room(1);
                let glance = keys.glance(&text);
                assert_eq!(keys.record_of(&glance) as usize + 1, keys.count());
            }
        }
        let glance = keys.glance("a longer key: 7");
        assert_eq!((keys.record_of(&glance), keys.count()), (15, 40_000));
        assert!(keys.taken * 4 <= keys.places.len() * 3);
    }
}
