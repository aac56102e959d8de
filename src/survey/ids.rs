//! Columns of identifications: what the other values say about one that a spreadsheet may have damaged.
//!
//! Where a column pads its numbers with zeros to one width, a shorter number has lost its zeros. Where every long
//! number of a column ends in zeros from its sixteenth digit on, a spreadsheet has put them there. Both are told
//! from the column, because one value alone proves neither; nothing is repaired here.

use serde::{Deserialize, Serialize};

use super::{Proof, keep_first, remember};
use crate::bytewise::is_digits;
use crate::source::Cell;

/// Digits that a spreadsheet's number keeps exactly.
pub const EXACT_DIGITS: usize = 15;
/// Fewer values than these prove no width.
const VALUES_MIN: u64 = 20;
/// Share of the values that must have the width, in percent.
const SHARE_MIN: u64 = 90;
/// Long numbers that must all end in zeros before that means damage.
const LONG_MIN: u64 = 3;
/// Widest number whose width is watched.
const WIDTHS: usize = 32;

/// What a column's values say about damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct IdShape {
    /// The width to which the column pads its numbers with zeros.
    pub width: Option<u8>,
    /// Whether its long numbers all end in zeros from their sixteenth digit on.
    pub long_zeros: bool,
}

/// Whether a number's digits behind the fifteenth are all zeros, as a spreadsheet leaves them.
pub fn has_zero_tail(digits: &str) -> bool {
    digits.len() > EXACT_DIGITS
        && is_digits(digits.as_bytes())
        && digits.bytes().skip(EXACT_DIGITS).all(|byte| byte == b'0')
}

/// Whether a text is a number in scientific notation, as Excel shows one that does not fit its column.
pub fn is_scientific(text: &str) -> bool {
    text.split_once(['e', 'E']).is_some_and(|(mantissa, exponent)| {
        let digits = |part: &str| !part.is_empty() && is_digits(part.as_bytes());
        digits(&mantissa.replacen([',', '.'], "", 1)) && exponent.strip_prefix(['+', '-']).is_some_and(digits)
    })
}

/// Watches a column of identifications.
#[derive(Debug, Clone)]
pub struct IdProbe {
    widths: [u64; WIDTHS],
    padded: [Option<Proof>; WIDTHS],
    values: u64,
    long: u64,
    long_zeros: u64,
    zeros_proof: Option<Proof>,
}

impl Default for IdProbe {
    fn default() -> Self {
        IdProbe {
            widths: [0; WIDTHS],
            padded: [const { None }; WIDTHS],
            values: 0,
            long: 0,
            long_zeros: 0,
            zeros_proof: None,
        }
    }
}

impl IdProbe {
    pub(super) fn see(&mut self, row: u32, cell: Cell<'_>) {
        let text = cell.trimmed();
        if text.is_empty() || text.len() >= WIDTHS || !is_digits(text.as_bytes()) {
            return;
        }
        self.values += 1;
        self.widths[text.len()] += 1;
        if text.starts_with('0') {
            remember(&mut self.padded[text.len()], row, text);
        }
        if text.len() > EXACT_DIGITS {
            self.long += 1;
            if has_zero_tail(text) {
                self.long_zeros += 1;
                remember(&mut self.zeros_proof, row, text);
            }
        }
    }

    pub(super) fn absorb(&mut self, later: IdProbe) {
        self.widths.iter_mut().zip(later.widths).for_each(|(own, later)| *own += later);
        keep_first(self.padded.each_mut(), later.padded);
        keep_first([&mut self.zeros_proof], [later.zeros_proof]);
        self.values += later.values;
        self.long += later.long;
        self.long_zeros += later.long_zeros;
    }

    pub(super) fn decide(&self) -> (IdShape, Option<Proof>) {
        let width = (1..WIDTHS).max_by_key(|width| self.widths[*width]).unwrap_or(0);
        let most = self.widths[width] * 100 >= self.values * SHARE_MIN;
        let padded = if self.values >= VALUES_MIN && most { self.padded[width].clone() } else { None };
        let long_zeros = self.long >= LONG_MIN && self.long == self.long_zeros;
        let shape = IdShape { width: padded.as_ref().and_then(|_| u8::try_from(width).ok()), long_zeros };
        let proof = padded.or_else(|| self.zeros_proof.clone().filter(|_| long_zeros));
        (shape, proof)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Kind;

    fn decide(values: impl IntoIterator<Item = String>) -> (Option<u8>, bool, Option<u32>) {
        let mut probe = IdProbe::default();
        for (row, text) in (2..).zip(values) {
            probe.see(row, Cell { kind: Kind::Text, text: &text });
        }
        let (shape, proof) = probe.decide();
        (shape.width, shape.long_zeros, proof.map(|proof| proof.row))
    }

    #[test]
    fn the_column_says_what_is_damaged() {
        let padded = (1..40).map(|number| format!("{number:010}"));
        assert_eq!(decide(padded.clone()), (Some(10), false, Some(2)));
        assert_eq!(decide(padded.clone().chain(["123".into()])), (Some(10), false, Some(2)));
        assert_eq!(decide(padded.take(5)), (None, false, None), "too few to tell");
        let cedulas = (1..40).map(|number| (number * 7_919_191_u64).to_string());
        assert_eq!(decide(cedulas), (None, false, None), "widths that differ by nature");
        let even = (1..40).map(|number| format!("{}", 1_900_000_000 + number));
        assert_eq!(
            decide(even.chain(["123".into()])),
            (None, false, None),
            "no zero shows that they are padded"
        );
        let long = (1..5).map(|number| format!("{number}234567890123450000"));
        assert_eq!(decide(long), (None, true, Some(2)));
        let real = ["4111111111111110", "4111111111111127", "4111111111111140"].map(str::to_owned);
        assert_eq!(decide(real), (None, false, None));
    }
}
