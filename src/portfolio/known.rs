//! What the CRM is known to hold, against which `--only-changed` holds a new file.
//!
//! Of each record there is a keyed hash of its key and one of the body that was accepted last, and where that stands in
//! the ledger: some tens of bytes a debtor, whatever was sent since the ledger began. What happened last counts, in the
//! order in which requests left. Nothing here sends or reads anything; a record about which anything is in doubt is
//! never called unchanged.

use std::collections::HashMap;

/// Keyed hashes of a record's key and of its body, 8 bytes each; see [`super::Bodies`].
pub type Fingerprint = [u8; 16];

/// What is known of a record that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// The CRM accepted this body.
    Accepted,
    /// Nobody knows whether the CRM has this body, and nobody has decided yet: it is held.
    Held,
    /// It may have this body or an earlier one: an unknown outcome that was sent again since and not accepted.
    Doubtful,
}

impl Standing {
    const ALL: [Standing; 3] = [Standing::Accepted, Standing::Held, Standing::Doubtful];
}

/// Where a record was sent: its request, its chunk, and its ordinal there. Later ones are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sent {
    /// The request, by its number in the ledger.
    pub attempt: u32,
    /// The chunk, by its number in the ledger.
    pub chunk: u32,
    /// The record in the chunk.
    pub ordinal: u32,
}

#[derive(Debug, Clone, Copy)]
struct Last {
    body: [u8; 8],
    sent: Sent,
    standing: Standing,
    /// Whether the file at hand has the record.
    is_seen: bool,
}

/// What is to be done with a record of the file at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// It is new or has changed, or nobody can say: it is sent.
    Changed,
    /// The CRM accepted the same there; it is not sent.
    Unchanged(Sent),
    /// The same is held there; it is not sent before a person has decided.
    Held(Sent),
}

/// The records that a CRM operation is known to hold.
#[derive(Debug, Clone, Default)]
pub struct Known {
    records: HashMap<[u8; 8], Last>,
    sends_all: bool,
    sends_held: bool,
}

impl Known {
    /// Bytes of a record as it is kept.
    const WIDTH: usize = 28;
    /// Where the standing is kept: a chunk has fewer than 2^30 records.
    const STANDING_BIT: u32 = 30;

    /// Takes in what became of a record that was sent; what was sent later stays.
    pub fn learn(&mut self, fingerprint: &Fingerprint, sent: Sent, standing: Standing) {
        let (key, body) = split(fingerprint);
        let last = Last { body, sent, standing, is_seen: false };
        let known = self.records.entry(key).or_insert(last);
        if known.sent <= sent {
            *known = last;
        }
    }

    /// Sends every record but those that are held: a full load.
    pub fn send_all(&mut self) {
        self.sends_all = true;
    }

    /// Sends those that are held too, because a person or a setting says so.
    pub fn send_held(&mut self) {
        self.sends_held = true;
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Notes that the file at hand has a record, and says what is to be done with it. A key that the file has twice is
    /// compared once: what comes after it is sent, as it would be by a full load.
    pub fn judge(&mut self, fingerprint: &Fingerprint) -> Judgement {
        let (key, body) = split(fingerprint);
        let Some(last) = self.records.get_mut(&key) else { return Judgement::Changed };
        let is_first = !std::mem::replace(&mut last.is_seen, true);
        match last.standing {
            _ if !is_first || last.body != body => Judgement::Changed,
            Standing::Accepted if !self.sends_all => Judgement::Unchanged(last.sent),
            Standing::Held if !self.sends_held => Judgement::Held(last.sent),
            _ => Judgement::Changed,
        }
    }

    /// Where the CRM accepted another body of a record, if that is what happened to it last.
    pub fn accepted_otherwise(&self, fingerprint: &Fingerprint) -> Option<Sent> {
        let (key, body) = split(fingerprint);
        let last = self.records.get(&key)?;
        (last.standing == Standing::Accepted && last.body != body).then_some(last.sent)
    }

    /// Notes that the file at hand has a record, which is held back.
    pub fn note(&mut self, fingerprint: &Fingerprint) {
        if let Some(last) = self.records.get_mut(&split(fingerprint).0) {
            last.is_seen = true;
        }
    }

    /// Where those of an earlier file's records were sent that the file at hand does not have, in the order in which they
    /// left. Records that the CRM never accepted are not among them.
    pub fn gone(&self, earlier: &[u8]) -> Vec<Sent> {
        let keys = earlier.chunks_exact(16).filter_map(|fingerprint| fingerprint[..8].try_into().ok());
        let last = keys.filter_map(|key: [u8; 8]| self.records.get(&key));
        let mut gone: Vec<Sent> = last.filter(|last| !last.is_seen).map(|last| last.sent).collect();
        gone.sort_unstable();
        gone.dedup();
        gone
    }

    /// Forgets what was sent in some chunks.
    pub fn forget(&mut self, is_forgotten: impl Fn(u32) -> bool) {
        self.records.retain(|_, last| !is_forgotten(last.sent.chunk));
    }

    /// As bytes, sorted by key.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut keys: Vec<&[u8; 8]> = self.records.keys().collect();
        keys.sort_unstable();
        let mut bytes = Vec::with_capacity(keys.len() * Known::WIDTH);
        for key in keys {
            let Last { body, sent, standing, .. } = self.records[key];
            bytes.extend_from_slice(key);
            bytes.extend_from_slice(&body);
            let last = sent.ordinal | (standing as u32) << Known::STANDING_BIT;
            for part in [sent.attempt, sent.chunk, last] {
                bytes.extend(part.to_be_bytes());
            }
        }
        bytes
    }

    /// What [`Known::to_bytes`] wrote; nothing where the bytes are others.
    pub fn from_bytes(bytes: &[u8]) -> Option<Known> {
        let mut known = Known::default();
        known.records.reserve(bytes.len() / Known::WIDTH);
        for kept in bytes.chunks(Known::WIDTH) {
            let part = |at: usize| Some(u32::from_be_bytes(kept.get(at..at + 4)?.try_into().ok()?));
            let last = part(24)?;
            let standing = *Standing::ALL.get((last >> Known::STANDING_BIT) as usize)?;
            let ordinal = last & ((1 << Known::STANDING_BIT) - 1);
            let sent = Sent { attempt: part(16)?, chunk: part(20)?, ordinal };
            let body = kept.get(8..16)?.try_into().ok()?;
            known
                .records
                .insert(kept.get(..8)?.try_into().ok()?, Last { body, sent, standing, is_seen: false });
        }
        Some(known)
    }
}

fn split(fingerprint: &Fingerprint) -> ([u8; 8], [u8; 8]) {
    let (mut key, mut body) = ([0; 8], [0; 8]);
    key.copy_from_slice(&fingerprint[..8]);
    body.copy_from_slice(&fingerprint[8..]);
    (key, body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn print(key: u8, body: u8) -> Fingerprint {
        let mut fingerprint = [0; 16];
        (fingerprint[0], fingerprint[8]) = (key, body);
        fingerprint
    }

    fn sent(attempt: u32) -> Sent {
        Sent { attempt, chunk: attempt * 2, ordinal: attempt % 3 }
    }

    #[test]
    fn what_was_sent_last_decides_and_doubt_sends() {
        let mut known = Known::default();
        known.learn(&print(1, 1), sent(5), Standing::Accepted);
        known.learn(&print(1, 2), sent(3), Standing::Accepted);
        known.learn(&print(2, 1), sent(6), Standing::Held);
        known.learn(&print(3, 1), sent(7), Standing::Doubtful);
        let judge = |known: &Known, key, body| known.clone().judge(&print(key, body));
        assert_eq!(judge(&known, 1, 1), Judgement::Unchanged(sent(5)));
        assert_eq!(judge(&known, 1, 2), Judgement::Changed, "an older body");
        assert_eq!(judge(&known, 2, 1), Judgement::Held(sent(6)));
        assert_eq!(judge(&known, 2, 2), Judgement::Changed, "another body than the one that is held");
        assert_eq!(judge(&known, 3, 1), Judgement::Changed);
        assert_eq!(judge(&known, 4, 1), Judgement::Changed, "a new record");
        let mut all = known.clone();
        all.send_all();
        assert_eq!((judge(&all, 1, 1), judge(&all, 2, 1)), (Judgement::Changed, Judgement::Held(sent(6))));
        all.send_held();
        assert_eq!(judge(&all, 2, 1), Judgement::Changed);
        // The same key twice in a file.
        assert_eq!(known.judge(&print(1, 1)), Judgement::Unchanged(sent(5)));
        assert_eq!(known.judge(&print(1, 1)), Judgement::Changed);
        known.note(&print(2, 9));
        let earlier = [print(1, 1), print(2, 1), print(3, 3), print(4, 4)].concat();
        assert_eq!(known.gone(&earlier), [sent(7)], "1 and 2 are in the file, and 4 was never accepted");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_order_of_learning_does_not_matter_and_bytes_keep_it(
            events in proptest::collection::vec((0u8..6, 0u8..3, 0usize..3), 0..40), rotated in 0usize..40,
        ) {
            let events: Vec<_> = (1u32..).zip(events).collect();
            let learn = |order: &[(u32, (u8, u8, usize))]| {
                let mut known = Known::default();
                for (attempt, (key, body, standing)) in order {
                    known.learn(&print(*key, *body), sent(*attempt), Standing::ALL[*standing]);
                }
                known.to_bytes()
            };
            let mut other = events.clone();
            other.rotate_left(rotated % events.len().max(1));
            let bytes = learn(&events);
            prop_assert_eq!(&bytes, &learn(&other));
            prop_assert_eq!(Known::from_bytes(&bytes).unwrap().to_bytes(), bytes.clone());
            prop_assert!(bytes.is_empty() || Known::from_bytes(&bytes[1..]).is_none());
        }
    }
}
