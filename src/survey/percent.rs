//! Percentages in a column of numbers: with the sign or without it, but not both.
//!
//! `12,5 %` and a cell that a workbook shows as `12,5%` are the number that a person reads, 12.5. The same column
//! with a bare `0,125` could mean an eighth or an eighth of a percent, so a mixture is a question and never a
//! guess (law 6). A zero is the same either way.

use super::amounts::{percent, write_plain};
use super::{DecimalSign, Proof, keep_first, remember};
use crate::source::{Cell, Kind};

/// Watches a column of numbers that may be percentages.
#[derive(Debug, Clone, Default)]
pub struct PercentProbe {
    signed: Option<Proof>,
    bare: Option<Proof>,
}

impl PercentProbe {
    pub(super) fn see(&mut self, row: u32, cell: Cell<'_>) {
        if !matches!(cell.kind, Kind::Text | Kind::Number) {
            return;
        }
        let text = cell.trimmed();
        let (slot, number) = match percent(text) {
            Some(number) => (&mut self.signed, number),
            None => (&mut self.bare, text),
        };
        if slot.is_some() || number.bytes().all(|byte| matches!(byte, b'0' | b'.' | b',' | b'-')) {
            return;
        }
        let mut scratch = String::new();
        if [DecimalSign::Comma, DecimalSign::Point]
            .iter()
            .any(|sign| write_plain(number, *sign, &mut scratch))
        {
            remember(slot, row, text);
        }
    }

    pub(super) fn absorb(&mut self, later: PercentProbe) {
        keep_first([&mut self.signed, &mut self.bare], [later.signed, later.bare]);
    }

    /// One value with the sign and one without it, where the column has both.
    pub(super) fn contradiction(&self) -> Option<(&Proof, &Proof)> {
        self.signed.as_ref().zip(self.bare.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mixture_is_a_contradiction() {
        for (values, mixed) in [
            (vec!["12,5 %", "3%"], None),
            (vec!["12,5", "3"], None),
            (vec!["12,5 %", "0,125"], Some((2, 3))),
            (vec!["0.5", "n/a", "7\u{a0}%"], Some((4, 2))),
            (vec!["12,5 %", "0", "0,00", "", "pendiente"], None),
            (vec!["%", "12"], None),
        ] {
            let mut probe = PercentProbe::default();
            for (row, text) in (2..).zip(&values) {
                probe.see(row, Cell { kind: Kind::Text, text });
            }
            let rows = probe.contradiction().map(|(signed, bare)| (signed.row, bare.row));
            assert_eq!(rows, mixed, "{values:?}");
        }
    }
}
