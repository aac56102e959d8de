//! What a table looks like as a whole, before one value is converted.
//!
//! The header row is found ([`layout`]), and the format of each column of dates or amounts is decided from all
//! of its values, with the row that proves it ([`dates`], [`amounts`]). A format is never guessed cell by
//! cell, and where nothing proves it the answer is a question, not a default. No I/O, no clock.

pub mod amounts;
pub mod broken;
pub mod columns;
pub mod dates;
pub mod ids;
pub mod layout;
pub mod percent;
pub mod rows;

use serde::{Deserialize, Serialize};

use crate::lang::Code;
use crate::problem::{Failure, Place, Result};
use crate::source::Cell;
use crate::target::FieldKind;

pub use amounts::DecimalSign;
pub use dates::DateOrder;
pub use ids::IdShape;
pub use layout::Header;

/// The row that decided a format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Row number as the spreadsheet shows it.
    pub row: u32,
    /// The value found there.
    pub value: String,
}

/// A decided format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Order of day, month and year in dates written as text.
    Dates(DateOrder),
    /// Decimal sign of amounts written as text.
    Decimal(DecimalSign),
    /// What the values of a column of identifications say about damage.
    Ids(IdShape),
}

impl Format {
    /// Whether values of a kind of field are read by such a format.
    pub fn is_of(self, kind: FieldKind) -> bool {
        match self {
            Format::Dates(_) => matches!(kind, FieldKind::Date | FieldKind::Moment),
            Format::Decimal(_) => kind == FieldKind::Amount,
            Format::Ids(_) => kind == FieldKind::Id,
        }
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Format::Dates(order) => order.fmt(f),
            Format::Decimal(sign) => sign.fmt(f),
            Format::Ids(IdShape { width: Some(width), .. }) => {
                write!(f, "{}", "0".repeat(usize::from(*width)))
            }
            Format::Ids(_) => f.write_str("…000"),
        }
    }
}

/// The verdict on one column of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The table's name.
    pub table: String,
    /// The column's header.
    pub column: String,
    /// What was decided.
    pub format: Format,
    /// What decided it; none when the mapping fixed it or when no value needed it.
    pub proof: Option<Proof>,
}

/// Watches one column while the table is read, to decide its format at the end.
#[derive(Debug, Clone)]
pub enum Probe {
    /// A column of dates.
    Dates(dates::DateProbe),
    /// A column of amounts.
    Amounts(amounts::AmountProbe),
    /// A column of identifications.
    Ids(Box<ids::IdProbe>),
    /// A column of numbers that may be percentages.
    Percent(percent::PercentProbe),
}

impl Probe {
    /// Takes the column's next value into account.
    pub fn see(&mut self, row: u32, cell: Cell<'_>) {
        match self {
            Probe::Dates(probe) => probe.see(row, cell),
            Probe::Amounts(probe) => probe.see(row, cell),
            Probe::Ids(probe) => probe.see(row, cell),
            Probe::Percent(probe) => probe.see(row, cell),
        }
    }

    /// Adds what a probe of the same kind has seen in later rows of the column.
    pub fn absorb(&mut self, later: Probe) {
        match (self, later) {
            (Probe::Dates(own), Probe::Dates(later)) => own.absorb(later),
            (Probe::Amounts(own), Probe::Amounts(later)) => own.absorb(later),
            (Probe::Ids(own), Probe::Ids(later)) => own.absorb(*later),
            (Probe::Percent(own), Probe::Percent(later)) => own.absorb(later),
            (own, later) => unreachable!("{own:?} and {later:?} watch different things"),
        }
    }

    /// Decides the format; none where there is none to decide.
    ///
    /// # Errors
    /// A [`Failure`] that names the column and the line to add to the mapping, where values contradict each
    /// other or nothing proves which format is meant.
    pub fn decide(&self, place: Place) -> Result<Option<(Format, Option<Proof>)>> {
        let column = place.column.clone().unwrap_or_default();
        let (contradiction, unproved, decision) = match self {
            Probe::Ids(probe) => {
                let (shape, proof) = probe.decide();
                return Ok(Some((Format::Ids(shape), proof)));
            }
            Probe::Percent(probe) => {
                let Some((signed, bare)) = probe.contradiction() else { return Ok(None) };
                return Err(contradicted(Code::PercentContradicted, (signed, bare), place));
            }
            Probe::Dates(probe) => {
                let decided = probe.decide();
                (Code::DateFormatContradicted, Code::DateFormatUnproved, decided.map(Format::Dates))
            }
            Probe::Amounts(probe) => {
                let decided = probe.decide();
                (Code::DecimalContradicted, Code::DecimalUnproved, decided.map(Format::Decimal))
            }
        };
        match decision {
            Decision::Proved(format, proof) => Ok(Some((format, Some(proof)))),
            Decision::Free(format) => Ok(Some((format, None))),
            Decision::Unproved(proof) => Err(Failure::new(unproved)
                .with("column", column)
                .with("row", proof.row)
                .with("value", proof.value)
                .at(place)),
            Decision::Contradicted(a, b) => Err(contradicted(contradiction, (&a, &b), place)),
        }
    }
}

/// Two values of a column that cannot both be meant.
fn contradicted(code: Code, (a, b): (&Proof, &Proof), place: Place) -> Failure {
    let reason = format!("{}: «{}», {}: «{}»", a.row, a.value, b.row, b.value);
    let column = place.column.clone().unwrap_or_default();
    Failure::new(code).with("column", column).with("reason", reason).at(place)
}

/// What the values of a column say about its format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision<F> {
    /// One format is proved by this value.
    Proved(F, Proof),
    /// No value depends on the format.
    Free(F),
    /// This value depends on the format, and nothing proves it.
    Unproved(Proof),
    /// These two values prove different formats.
    Contradicted(Proof, Proof),
}

impl<F> Decision<F> {
    fn map<G>(self, wrap: impl FnOnce(F) -> G) -> Decision<G> {
        match self {
            Decision::Proved(format, proof) => Decision::Proved(wrap(format), proof),
            Decision::Free(format) => Decision::Free(wrap(format)),
            Decision::Unproved(proof) => Decision::Unproved(proof),
            Decision::Contradicted(a, b) => Decision::Contradicted(a, b),
        }
    }
}

/// Remembers the first value seen of a kind.
fn remember(slot: &mut Option<Proof>, row: u32, value: &str) {
    if slot.is_none() {
        *slot = Some(Proof { row, value: value.to_owned() });
    }
}

/// Remembers what later rows have shown, where earlier ones have shown nothing.
fn keep_first<const N: usize>(slots: [&mut Option<Proof>; N], later: [Option<Proof>; N]) {
    for (slot, later) in slots.into_iter().zip(later) {
        if slot.is_none() {
            *slot = later;
        }
    }
}
