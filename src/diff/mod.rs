//! Two portfolios compared: who is new, who is gone, whose balance went up or down, in counts and exact money.
//!
//! The records of the first portfolio are remembered as keyed hashes with their money, some tens of bytes a debtor;
//! those of the second are held against them as they pass, and those of the first pass once more to name who is gone.
//! So no body is kept, whatever the size of the files. Pure: it reads no ledger, no file and no clock, and decides
//! nothing about what was sent.

pub mod page;

use std::collections::{HashMap, HashSet};

use rust_decimal::Decimal;
use serde_json::Value;

use crate::portfolio::Chunk;

/// What may have become of a debtor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// In the second portfolio alone.
    New,
    /// In the first one alone.
    Gone,
    /// In both, and the balance is higher.
    Up,
    /// In both, and the balance is lower.
    Down,
    /// In both with the same balance; something else differs.
    Other,
    /// The same in both, to the last byte.
    Same,
}

impl Kind {
    /// All kinds, in the order of the table.
    pub const ALL: [Kind; 6] = [Kind::New, Kind::Gone, Kind::Up, Kind::Down, Kind::Other, Kind::Same];

    /// The word of the JSON result.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::New => "new",
            Kind::Gone => "gone",
            Kind::Up => "up",
            Kind::Down => "down",
            Kind::Other => "other",
            Kind::Same => "same",
        }
    }
}

/// What some records come to in one of the portfolios.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum {
    /// Records: debtors, where the target has a record for each.
    pub records: u64,
    /// Their obligations.
    pub lines: u64,
    /// Their money, exact.
    pub money: Decimal,
}

impl Sum {
    fn add(&mut self, lines: u32, money: Decimal) {
        self.records += 1;
        self.lines += u64::from(lines);
        self.money += money;
    }
}

/// A debtor who is not the same in both portfolios.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What became of them.
    pub kind: Kind,
    /// The record's key, whole.
    pub key: String,
    /// Obligations before and after.
    pub lines: [u32; 2],
    /// Money before and after.
    pub money: [Decimal; 2],
    /// The record's own fields as the CRM names them, without its obligations; of who is gone, as they were.
    /// Empty where only the largest changes are kept.
    pub fields: Vec<(String, String)>,
}

impl Change {
    /// How much the balance rose, or fell.
    pub fn difference(&self) -> Decimal {
        self.money[1] - self.money[0]
    }
}

/// How many changes are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// So many of each kind, those with the most money.
    Largest(usize),
    /// All of them, with their fields.
    All,
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    sums: [[Sum; 2]; 6],
    /// The changes kept: by kind, those with the most money first.
    pub changes: Vec<Change>,
}

impl Diff {
    /// What the records of a kind come to, before and after.
    pub fn of(&self, kind: Kind) -> [Sum; 2] {
        self.sums[kind as usize]
    }

    /// What both portfolios come to.
    pub fn whole(&self) -> [Sum; 2] {
        let mut whole = [Sum::default(); 2];
        for sums in &self.sums {
            for (whole, sum) in whole.iter_mut().zip(sums) {
                whole.records += sum.records;
                whole.lines += sum.lines;
                whole.money += sum.money;
            }
        }
        whole
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        Kind::ALL.iter().filter(|kind| **kind != Kind::Same).all(|kind| self.of(*kind) == [Sum::default(); 2])
    }
}

/// A keyed hash: equal for equal records, and of no use without the ledger's key.
type Hash = [u8; 16];

/// What is remembered of a record of the first portfolio.
struct Known {
    body: Hash,
    money: Decimal,
    lines: u32,
    is_met: bool,
}

/// A record as it passes.
struct Passing<'c> {
    key: &'c str,
    fragment: &'c [u8],
    lines: u32,
    money: Decimal,
}

/// A comparison under way: first all of [`Comparison::before`], then all of [`Comparison::after`], then the first
/// portfolio once more by [`Comparison::gone`].
pub struct Comparison {
    secret: [u8; 32],
    keep: Keep,
    known: HashMap<Hash, Known>,
    /// Keys of the second portfolio: a corrected record stands for the one that it corrects.
    seen: HashSet<Hash>,
    sums: [[Sum; 2]; 6],
    changes: [Vec<Change>; 6],
}

impl Comparison {
    /// A comparison whose hashes are made with this key.
    pub fn new(secret: [u8; 32], keep: Keep) -> Comparison {
        Comparison {
            secret,
            keep,
            known: HashMap::new(),
            seen: HashSet::new(),
            sums: Default::default(),
            changes: Default::default(),
        }
    }

    /// Takes in records of the first portfolio. Of several with the same key the first one counts: the newest is to
    /// come first.
    pub fn before(&mut self, chunk: &Chunk) {
        for record in passing(chunk) {
            let key = self.hash(record.key.as_bytes());
            let body = self.hash(record.fragment);
            let (money, lines) = (record.money, record.lines);
            self.known.entry(key).or_insert(Known { body, money, lines, is_met: false });
        }
    }

    /// Holds records of the second portfolio against the first one; the newest of a key first, as there.
    pub fn after(&mut self, chunk: &Chunk) {
        for record in passing(chunk) {
            let key = self.hash(record.key.as_bytes());
            if !self.seen.insert(key) {
                continue;
            }
            let body = self.hash(record.fragment);
            let after = (record.lines, record.money);
            let Some(known) = self.known.get_mut(&key) else {
                self.add(Kind::New, &record, (None, Some(after)));
                continue;
            };
            known.is_met = true;
            let kind = match record.money.cmp(&known.money) {
                std::cmp::Ordering::Greater => Kind::Up,
                std::cmp::Ordering::Less => Kind::Down,
                std::cmp::Ordering::Equal if body == known.body => Kind::Same,
                std::cmp::Ordering::Equal => Kind::Other,
            };
            let before = (known.lines, known.money);
            self.add(kind, &record, (Some(before), Some(after)));
        }
    }

    /// Takes the records of the first portfolio once more, in the same order: those that the second one did not have.
    pub fn gone(&mut self, chunk: &Chunk) {
        for record in passing(chunk) {
            let key = self.hash(record.key.as_bytes());
            // Told once, an older record of the same key is no other debtor.
            let Some(known) = self.known.get_mut(&key).filter(|known| !known.is_met) else { continue };
            known.is_met = true;
            let before = (known.lines, known.money);
            self.add(Kind::Gone, &record, (Some(before), None));
        }
    }

    /// What came out.
    pub fn finish(mut self) -> Diff {
        self.changes.iter_mut().for_each(|changes| sort(changes));
        if let Keep::Largest(most) = self.keep {
            self.changes.iter_mut().for_each(|changes| changes.truncate(most));
        }
        Diff { sums: self.sums, changes: self.changes.into_iter().flatten().collect() }
    }

    fn add(&mut self, kind: Kind, record: &Passing<'_>, (before, after): (Option<Weight>, Option<Weight>)) {
        let sums = &mut self.sums[kind as usize];
        for (sum, (lines, money)) in
            sums.iter_mut().zip([before, after]).filter_map(|(sum, of)| Some((sum, of?)))
        {
            sum.add(lines, money);
        }
        if kind == Kind::Same {
            return;
        }
        let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
        let fields = if self.keep == Keep::All { fields(record.fragment) } else { Vec::new() };
        let changes = &mut self.changes[kind as usize];
        let (lines, money) = ([before.0, after.0], [before.1, after.1]);
        changes.push(Change { kind, key: record.key.to_owned(), lines, money, fields });
        if let Keep::Largest(most) = self.keep
            && changes.len() >= 2 * most.max(1)
        {
            sort(changes);
            changes.truncate(most);
        }
    }

    fn hash(&self, bytes: &[u8]) -> Hash {
        let mut hash = [0; 16];
        hash.copy_from_slice(&blake3::keyed_hash(&self.secret, bytes).as_bytes()[..16]);
        hash
    }
}

/// Obligations and money.
type Weight = (u32, Decimal);

fn passing(chunk: &Chunk) -> impl Iterator<Item = Passing<'_>> {
    chunk.records.iter().zip(chunk.fragments()).map(|(entry, fragment)| {
        let lines = entry.rows.iter().map(|share| share.lines).sum();
        let money = entry.rows.iter().map(|share| share.money).sum();
        Passing { key: &entry.key, fragment, lines, money }
    })
}

/// The most money first; the key tells those of the same money apart, so that the order is always the same.
fn sort(changes: &mut [Change]) {
    changes.sort_unstable_by(|a, b| {
        let size = |change: &Change| change.difference().abs();
        size(b).cmp(&size(a)).then_with(|| a.key.cmp(&b.key))
    });
}

/// The texts of a record's own fields.
fn fields(fragment: &[u8]) -> Vec<(String, String)> {
    let Ok(Value::Object(record)) = serde_json::from_slice(fragment) else { return Vec::new() };
    let text = |(name, value): (String, Value)| match value {
        Value::String(text) => Some((name, text)),
        Value::Number(number) => Some((name, number.to_string())),
        _ => None,
    };
    record.into_iter().filter_map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portfolio::{RecordEntry, RowShare};
    use crate::problem::RowId;

    /// A chunk of records: key, money of each obligation, name.
    fn chunk(records: &[(&str, &[&str], &str)]) -> Chunk {
        let mut chunk = Chunk::default();
        for (key, money, name) in records {
            let text =
                serde_json::json!({ "Identification": key, "Name": name, "Obligations": money }).to_string();
            chunk.body.extend_from_slice(text.as_bytes());
            let share = |money: &&str| RowShare {
                row: RowId { table: 0, number: 2 },
                counts: true,
                lines: 1,
                money: money.parse().unwrap(),
            };
            let end = u32::try_from(chunk.body.len()).unwrap();
            let rows = money.iter().map(share).collect();
            chunk.records.push(RecordEntry { key: (*key).to_owned(), end, rows, origin: None });
        }
        chunk
    }

    fn compare(before: &[Chunk], after: &[Chunk], keep: Keep) -> Diff {
        let mut comparison = Comparison::new([7; 32], keep);
        for chunk in before {
            comparison.before(chunk);
        }
        for chunk in after {
            comparison.after(chunk);
        }
        for chunk in before {
            comparison.gone(chunk);
        }
        comparison.finish()
    }

    fn keys(diff: &Diff, kind: Kind) -> Vec<&str> {
        diff.changes.iter().filter(|change| change.kind == kind).map(|change| change.key.as_str()).collect()
    }

    #[test]
    fn every_debtor_is_in_one_kind() {
        let before = chunk(&[
            ("1", &["100.10"], "Ana"),
            ("2", &["50", "50"], "Luz"),
            ("3", &["70"], "Eva"),
            ("4", &["0.3"], "Sol"),
            ("5", &["9"], "Mar"),
        ]);
        let after = chunk(&[
            ("1", &["100.20"], "Ana"),
            ("2", &["40", "50"], "Luz"),
            ("3", &["70"], "Eva Paz"),
            ("4", &["0.1", "0.2"], "Sol"),
            ("6", &["1000000000000.01"], "Paz"),
        ]);
        let diff = compare(&[before], &[after], Keep::All);
        let expected = [("6", Kind::New), ("5", Kind::Gone), ("1", Kind::Up), ("2", Kind::Down)];
        for (key, kind) in expected {
            assert_eq!(keys(&diff, kind), [key], "{kind:?}");
        }
        // The same balance in other pieces is another change, and so is a name.
        assert_eq!(keys(&diff, Kind::Other), ["3", "4"]);
        let [before, after] = diff.whole();
        assert_eq!((before.records, before.lines, before.money.to_string()), (5, 6, "279.40".to_owned()));
        assert_eq!(
            (after.records, after.lines, after.money.to_string()),
            (5, 7, "1000000000260.51".to_owned())
        );
        let up = diff.changes.iter().find(|change| change.kind == Kind::Up).unwrap();
        assert_eq!(up.difference().to_string(), "0.10");
        let name = ("Name".to_owned(), "Ana".to_owned());
        assert_eq!(up.fields, [("Identification".to_owned(), "1".to_owned()), name]);
    }

    #[test]
    fn a_portfolio_and_itself_differ_in_nothing() {
        let one = chunk(&[("1", &["1.5"], "Ana"), ("2", &["2"], "Luz")]);
        let diff = compare(std::slice::from_ref(&one), std::slice::from_ref(&one), Keep::All);
        assert!(diff.is_empty() && diff.changes.is_empty());
        assert_eq!(diff.of(Kind::Same)[1].records, 2);
    }

    #[test]
    fn the_newest_record_of_a_debtor_counts() {
        let old = chunk(&[("1", &["100"], "Ana"), ("2", &["5"], "Luz")]);
        let corrected = chunk(&[("1", &["110"], "Ana")]);
        let next = chunk(&[("1", &["110"], "Ana")]);
        let diff = compare(&[corrected.clone(), old.clone()], &[next], Keep::All);
        assert_eq!((diff.of(Kind::Same)[0].records, keys(&diff, Kind::Gone)), (1, vec!["2"]));
        let diff = compare(std::slice::from_ref(&old), &[corrected, old.clone()], Keep::All);
        assert_eq!((keys(&diff, Kind::Up), diff.of(Kind::Same)[0].records), (vec!["1"], 1));
    }

    #[test]
    fn only_the_largest_are_kept_where_no_more_are_wanted() {
        let keys: Vec<String> = (0..100).map(|number| format!("{number:03}")).collect();
        let records: Vec<_> = keys.iter().map(|key| (key.as_str(), [key.as_str()])).collect();
        let records: Vec<(&str, &[&str], &str)> =
            records.iter().map(|(key, money)| (*key, &money[..], "Ana")).collect();
        let diff = compare(&[], &[chunk(&records)], Keep::Largest(3));
        let kept: Vec<&str> = diff.changes.iter().map(|change| change.key.as_str()).collect();
        assert_eq!(kept, ["099", "098", "097"]);
        assert_eq!(diff.of(Kind::New)[1].records, 100);
    }
}
