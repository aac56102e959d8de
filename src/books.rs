//! The books: where every row, record, obligation and peso of a run ended.
//!
//! Law 1 in types: what was read equals the sum of the seven states, in each of the four measures. Nothing
//! here decides a state; the plan and the verdicts do.

use std::ops::{AddAssign, SubAssign};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The one state in which a row, a record or an obligation ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// The CRM accepted it.
    Loaded,
    /// It was held back by a problem of the file.
    Invalid,
    /// The CRM said no.
    Rejected,
    /// Nobody knows whether the CRM has it.
    Unknown,
    /// It has not been sent.
    Unsent,
    /// It equals what the CRM already accepted.
    Unchanged,
    /// It is not data, or a repetition.
    Skipped,
}

impl State {
    /// All states, in the order of the reports.
    pub const ALL: [State; 7] = [
        State::Loaded,
        State::Invalid,
        State::Rejected,
        State::Unknown,
        State::Unsent,
        State::Unchanged,
        State::Skipped,
    ];

    /// The word of the JSON result and of `cartera_status`.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Loaded => "loaded",
            State::Invalid => "invalid",
            State::Rejected => "rejected",
            State::Unknown => "unknown",
            State::Unsent => "unsent",
            State::Unchanged => "unchanged",
            State::Skipped => "skipped",
        }
    }
}

/// One measure: how much was read, and how much of it is in each state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally<T> {
    /// All of it.
    pub read: T,
    states: [T; 7],
}

impl<T: Copy + AddAssign + SubAssign + PartialEq + Default> Tally<T> {
    /// How much is in a state.
    pub fn of(&self, state: State) -> T {
        self.states[state as usize]
    }

    /// Counts something that was read and is in this state.
    pub fn add(&mut self, state: State, amount: T) {
        self.read += amount;
        self.states[state as usize] += amount;
    }

    /// Takes back something that was counted in a state.
    pub fn remove(&mut self, state: State, amount: T) {
        self.read -= amount;
        self.states[state as usize] -= amount;
    }

    /// Whether what was read is the sum of the states.
    pub fn balances(&self) -> bool {
        let mut sum = T::default();
        for part in self.states {
            sum += part;
        }
        sum == self.read
    }
}

impl<T: AddAssign> AddAssign for Tally<T> {
    fn add_assign(&mut self, other: Tally<T>) {
        self.read += other.read;
        self.states.iter_mut().zip(other.states).for_each(|(own, other)| *own += other);
    }
}

/// How much something weighs in the four measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Weight {
    /// Rows of the source.
    pub rows: u64,
    /// Records of the target.
    pub records: u64,
    /// Obligations.
    pub obligations: u64,
    /// Money of those obligations, exact.
    pub money: Decimal,
}

impl AddAssign for Weight {
    fn add_assign(&mut self, other: Weight) {
        self.rows += other.rows;
        self.records += other.records;
        self.obligations += other.obligations;
        self.money += other.money;
    }
}

/// The books of a run, or of a chain of runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Books {
    /// Rows: every line below the header.
    pub rows: Tally<u64>,
    /// Records of the target.
    pub records: Tally<u64>,
    /// Obligations.
    pub obligations: Tally<u64>,
    /// Money, by the target's amount field.
    pub money: Tally<Decimal>,
    /// Rows whose amount could not be read, and so is in no sum.
    pub unreadable_rows: u64,
}

impl Books {
    /// Counts something that was read and is in this state.
    pub fn add(&mut self, state: State, weight: Weight) {
        self.rows.add(state, weight.rows);
        self.records.add(state, weight.records);
        self.obligations.add(state, weight.obligations);
        self.money.add(state, weight.money);
    }

    /// Takes back something that was counted in a state.
    pub fn remove(&mut self, state: State, weight: Weight) {
        self.rows.remove(state, weight.rows);
        self.records.remove(state, weight.records);
        self.obligations.remove(state, weight.obligations);
        self.money.remove(state, weight.money);
    }

    /// Moves something from one state to another.
    pub fn shift(&mut self, from: State, to: State, weight: Weight) {
        self.remove(from, weight);
        self.add(to, weight);
    }

    /// Whether so much is in a state, in the measures that cannot fall below zero.
    pub fn holds(&self, state: State, weight: Weight) -> bool {
        let there = self.weight_of(state);
        there.rows >= weight.rows
            && there.records >= weight.records
            && there.obligations >= weight.obligations
    }

    /// What is in a state, in all measures.
    pub fn weight_of(&self, state: State) -> Weight {
        Weight {
            rows: self.rows.of(state),
            records: self.records.of(state),
            obligations: self.obligations.of(state),
            money: self.money.of(state),
        }
    }

    /// Whether all four measures balance.
    pub fn balance(&self) -> bool {
        self.rows.balances()
            && self.records.balances()
            && self.obligations.balances()
            && self.money.balances()
    }
}

/// The books of another part of the same run.
impl AddAssign<&Books> for Books {
    fn add_assign(&mut self, other: &Books) {
        self.rows += other.rows;
        self.records += other.records;
        self.obligations += other.obligations;
        self.money += other.money;
        self.unreadable_rows += other.unreadable_rows;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn books_balance_whatever_is_counted_and_moved(moves in proptest::collection::vec((0usize..7, 0usize..7, 0u64..1000, -10_000i64..10_000), 0..50)) {
            let mut books = Books::default();
            for (from, to, rows, cents) in moves {
                let weight = Weight { rows, records: rows / 2, obligations: rows, money: Decimal::new(cents, 2) };
                books.add(State::ALL[from], weight);
                books.shift(State::ALL[from], State::ALL[to], weight);
                prop_assert!(books.balance());
            }
        }

        #[test]
        fn books_in_two_parts_come_to_the_same(counted in proptest::collection::vec((0usize..7, 0u64..1000, -10_000i64..10_000, 0u32..4), 0..30), cut in 0usize..30) {
            let of = |counted: &[(usize, u64, i64, u32)]| {
                let mut books = Books::default();
                for (state, rows, amount, scale) in counted {
                    let money = Decimal::new(*amount, *scale);
                    books.add(State::ALL[*state], Weight { rows: *rows, records: rows / 2, obligations: rows + 1, money });
                    books.unreadable_rows += rows % 3;
                }
                books
            };
            let (first, second) = counted.split_at(cut.min(counted.len()));
            let mut parts = of(first);
            parts += &of(second);
            // Not only equal: what is written down has as many decimal places.
            prop_assert_eq!(serde_json::to_string(&parts).unwrap(), serde_json::to_string(&of(&counted)).unwrap());
        }
    }
}
