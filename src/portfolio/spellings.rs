//! Keys that differ only in how they are written: `0012345` and `12.345`, `V-123` and `v 123`.
//!
//! Whether such keys name the same debtor is not for a program to say: joined in silence, two people may become one;
//! apart in silence, one becomes two, or the CRM, which may read a number, lets the second overwrite the first. So they
//! stay apart, and a person is told of both rows.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hasher as _};

use unicode_normalization::UnicodeNormalization as _;

use crate::bytewise::is_digits;

/// A key, and what it belongs to.
type Keyed<'k, T> = (&'k str, T);

/// The later ones of keys that differ only in how they are written, each with the first of its like. What the keys
/// belong to says which is first.
pub(super) fn alike<'k, T: Copy + Ord>(
    keys: impl Iterator<Item = Keyed<'k, T>> + Clone,
) -> Vec<(Keyed<'k, T>, Keyed<'k, T>)> {
    let mut form = String::new();
    // Two plain numbers are never alike; the print of one matters only where a key that is none has it too.
    let others = keys.clone().filter(|(key, _)| !is_plain_number(key));
    let mut prints: Vec<u64> = others.map(|(key, _)| print(key, &mut form)).collect();
    if prints.is_empty() {
        return Vec::new();
    }
    prints.sort_unstable();
    let numbers = keys.clone().filter(|(key, _)| is_plain_number(key)).map(|(key, _)| print(key, &mut form));
    let known: Vec<u64> = numbers.filter(|print| prints.binary_search(print).is_ok()).collect();
    prints.extend(known);
    prints.sort_unstable();
    let twice: HashSet<u64> = prints.windows(2).filter(|two| two[0] == two[1]).map(|two| two[0]).collect();
    if twice.is_empty() {
        return Vec::new();
    }
    let mut suspects: Vec<Keyed<'k, T>> =
        keys.filter(|(key, _)| twice.contains(&print(key, &mut form))).collect();
    suspects.sort_by_key(|(_, owner)| *owner);
    let mut first: HashMap<String, Keyed<'k, T>> = HashMap::new();
    let mut found = Vec::new();
    for (key, owner) in suspects {
        write_canonical(key, &mut form);
        match first.get(&form) {
            None => {
                first.insert(form.clone(), (key, owner));
            }
            Some((known, _)) if *known == key => {}
            Some(earlier) => found.push(((key, owner), *earlier)),
        }
    }
    found
}

/// Whether two different keys differ only in how they are written.
pub(super) fn are_alike(a: &str, b: &str) -> bool {
    // Most keys of one debtor end in different digits, which no way of writing changes.
    let end = |key: &str| key.bytes().next_back().filter(u8::is_ascii_digit);
    if end(a).zip(end(b)).is_some_and(|(a, b)| a != b) || a == b {
        return false;
    }
    let last = |key: &str| key.bytes().rev().find(u8::is_ascii_digit);
    if last(a) != last(b) && a.is_ascii() && b.is_ascii() {
        return false;
    }
    let (mut one, mut other) = (String::new(), String::new());
    write_canonical(a, &mut one);
    write_canonical(b, &mut other);
    one == other
}

/// Whether a key is the form that all its spellings share: digits, without a zero in front.
fn is_plain_number(key: &str) -> bool {
    is_digits(key.as_bytes()) && !key.starts_with('0')
}

fn print(key: &str, form: &mut String) -> u64 {
    write_canonical(key, form);
    let mut hasher = DefaultHasher::new();
    hasher.write(form.as_bytes());
    hasher.finish()
}

/// Writes a key in the form that all its spellings share: letters and digits alone, without case and accents, and
/// without zeros in front of a number.
fn write_canonical(key: &str, form: &mut String) {
    form.clear();
    // Nearly every key is plain, and there are as many as debtors.
    if key.is_ascii() {
        key.bytes().for_each(|byte| push(form, char::from(byte.to_ascii_lowercase())));
    } else {
        key.nfkd().flat_map(char::to_lowercase).for_each(|c| push(form, c));
    }
}

fn push(form: &mut String, c: char) {
    let in_number = form.ends_with(|last: char| last.is_ascii_digit());
    if c.is_alphanumeric() && (c != '0' || in_number) {
        form.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(key: &str) -> String {
        let mut form = String::new();
        write_canonical(key, &mut form);
        form
    }

    #[test]
    fn what_is_only_writing_is_taken_away() {
        for (keys, expected) in [
            (
                &["12345678", "0012345678", "12.345.678", "12,345,678", " 12 345 678", "１２３４５６７８"][..],
                "12345678",
            ),
            (&["V-123", "v123", "V 00123", "V.123"], "v123"),
            (&["900123456-7", "9001234567", "900.123.456-7"], "9001234567"),
            (&["Peña1", "pen\u{303}a1", "PENA01"], "pena1"),
            (&["1020", "01020"], "1020"),
        ] {
            for key in keys {
                assert_eq!(form(key), expected, "{key}");
            }
        }
        for (a, b) in [("V-123", "E-123"), ("V-123", "123"), ("1200", "12"), ("1020", "120")] {
            assert_ne!(form(a), form(b));
        }
    }

    #[test]
    fn the_later_spelling_is_named_with_the_first() {
        let keys = ["12345", "7", "0012345", "8", "12.345", "12345", "07"];
        let found: Vec<_> = alike(keys.into_iter().zip(2..))
            .into_iter()
            .map(|((key, row), (first, at))| format!("{key} {row}: {first} {at}"))
            .collect();
        assert_eq!(found, ["0012345 4: 12345 2", "12.345 6: 12345 2", "07 8: 7 3"]);
        assert!(alike(["1", "2", "10"].into_iter().zip(0..)).is_empty());
    }

    proptest::proptest! {
        /// Zeros in front, signs, spaces and case never hide that a key is the same.
        #[test]
        fn no_spelling_hides_a_key(key in "[a-z]{0,2}[1-9][0-9]{3,8}", zeros in 0usize..4, sign in "[-. /]", at in 1usize..4) {
            let letters = key.chars().take_while(char::is_ascii_alphabetic).count();
            let (head, number) = key.split_at(letters);
            let (left, right) = number.split_at(at);
            let other = format!("{}{sign}{}{left}{sign}{right}", head.to_uppercase(), "0".repeat(zeros));
            proptest::prop_assert_eq!(form(&other), form(&key));
            proptest::prop_assert_eq!(alike([(key.as_str(), 1), (other.as_str(), 2)].into_iter()).len(), 1);
        }
    }
}
