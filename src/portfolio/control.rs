//! Holds what was read against what was expected: rows, sums of columns, and the totals that a file states itself.
//!
//! A row that the filters leave out counts for nothing here; only the file's own row of totals may mean all of its
//! rows or those that are loaded, and is believed either way. A sum with an amount that could not be read never
//! equals anything.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::lang::Code;
use crate::mapping::Mapping;
use crate::mapping::bind::{Bound, BoundField};
use crate::mapping::convert::{Converted, convert};
use crate::mapping::filter::Filter;
use crate::problem::{Failure, RowId};
use crate::source::Row;
use crate::survey::amounts::{self, decimal_of};

/// How many rows one filter left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterCount {
    /// The filter's line in the mapping, and its column.
    pub filter: String,
    /// Rows.
    pub rows: u64,
}

/// What a column adds up to.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    amount: Decimal,
    unreadable: u64,
}

/// Adds up what is read, to compare it at the end.
#[derive(Debug)]
pub struct Control<'m> {
    mapping: &'m Mapping,
    rows: u64,
    sums: Vec<Sum>,
    filtered: Vec<FilterCount>,
    /// The money that the filters left out of each table.
    filtered_money: TableMoney,
}

impl<'m> Control<'m> {
    /// Nothing read yet.
    pub fn new(mapping: &'m Mapping) -> Control<'m> {
        let none_left_out = |filter: &Filter| FilterCount { filter: filter.place.clone(), rows: 0 };
        Control {
            mapping,
            rows: 0,
            sums: vec![Sum::default(); mapping.expect.totals.len()],
            filtered: mapping.filters.iter().map(none_left_out).collect(),
            filtered_money: TableMoney::default(),
        }
    }

    /// Counts a row of data that the filters let through.
    pub fn keep(&mut self, totals: &[(usize, BoundField<'_>)], row: Row<'_>, id: RowId) {
        self.rows += 1;
        for (ordinal, field) in totals {
            let sum = &mut self.sums[*ordinal];
            match amount_of(field, row, id) {
                Some(amount) => sum.amount += amount,
                None => sum.unreadable += 1,
            }
        }
    }

    /// Counts a row that a filter left out, with its money where that could be read.
    pub fn leave_out(&mut self, filter: &Filter, table: u16, money: Option<Decimal>) {
        if let Some(count) = self.filtered.iter_mut().find(|count| count.filter == filter.place) {
            count.rows += 1;
        }
        self.filtered_money.add(table, None, money);
    }

    /// Adds what was read of other rows.
    pub fn absorb(&mut self, other: &Control<'_>) {
        self.rows += other.rows;
        for (own, other) in self.sums.iter_mut().zip(&other.sums) {
            own.amount += other.amount;
            own.unreadable += other.unreadable;
        }
        for (own, other) in self.filtered.iter_mut().zip(&other.filtered) {
            own.rows += other.rows;
        }
        self.filtered_money.absorb(&other.filtered_money);
    }

    /// Whether a table's own total says what was read of it, with or without what the filters left out.
    pub fn agrees(&self, table: u16, stated: Decimal, read: Decimal) -> bool {
        let left_out = self.filtered_money.of(table);
        stated == read || left_out.is_some_and(|left_out| stated == read + left_out)
    }

    /// What each filter left out.
    pub fn filtered(&self) -> &[FilterCount] {
        &self.filtered
    }

    /// The first expectation that is not met; that the filters leave any row at all is one, unless none are expected.
    pub fn failure(&self) -> Option<Failure> {
        let expect = &self.mapping.expect;
        if let Some((rows, line)) = expect.rows.filter(|(rows, _)| *rows != self.rows) {
            let difference = i128::from(self.rows) - i128::from(rows);
            let failure = self.failure_at(Code::ControlRows, line, "--expect-rows");
            return Some(
                failure.with("expected", rows).with("value", self.rows).with("difference", difference),
            );
        }
        let filtered: u64 = self.filtered.iter().map(|count| count.rows).sum();
        if expect.rows.is_none() && self.rows == 0 && filtered > 0 {
            // A word of a filter that the creditor now writes otherwise must not look like a day without work.
            let filters: Vec<&str> = self.filtered.iter().map(|count| count.filter.as_str()).collect();
            return Some(
                Failure::new(Code::FiltersLeaveNothing)
                    .with("value", filtered)
                    .with("reason", filters.join(", ")),
            );
        }
        let not_met = |(total, sum): &(&crate::mapping::expect::ExpectedTotal, &Sum)| {
            sum.unreadable > 0 || sum.amount != total.amount
        };
        let (total, sum) = expect.totals.iter().zip(&self.sums).find(not_met)?;
        let failure = self.failure_at(Code::ControlTotal, total.line, "--expect-total");
        Some(
            failure
                .with("column", &total.name)
                .with("expected", total.amount)
                .with("value", sum.amount)
                .with("difference", sum.amount - total.amount)
                .with("unreadable", sum.unreadable),
        )
    }

    fn failure_at(&self, code: Code, line: usize, flag: &str) -> Failure {
        let place = if line == 0 { flag.to_owned() } else { format!("{}:{line}", self.mapping.path) };
        let filtered: u64 = self.filtered.iter().map(|count| count.rows).sum();
        Failure::new(code).with("place", place).with("filtered", filtered)
    }
}

/// The money of each table: nothing before there is any, and none once an amount of it could not be read.
#[derive(Debug, Clone, Default)]
pub(super) struct TableMoney(Vec<Option<amounts::Sum>>);

impl TableMoney {
    /// Adds an amount of a table, none where it could not be read, and as a number where it is a small one.
    pub(super) fn add(&mut self, table: u16, small: Option<amounts::Small>, money: Option<Decimal>) {
        let table = usize::from(table);
        self.reach(table + 1);
        let sum = &mut self.0[table];
        if !sum.as_mut().is_some_and(|sum| sum.add(small, || money)) {
            *sum = None;
        }
    }

    /// Adds what was read of other rows.
    pub(super) fn absorb(&mut self, other: &TableMoney) {
        self.reach(other.0.len());
        for (own, other) in self.0.iter_mut().zip(&other.0) {
            match (own.as_mut(), other) {
                (Some(own), Some(other)) => own.absorb(other),
                _ => *own = None,
            }
        }
    }

    /// The money of a table, when every amount of it could be read.
    pub(super) fn of(&self, table: u16) -> Option<Decimal> {
        self.0.get(usize::from(table)).map_or(Some(Decimal::ZERO), |sum| Some(sum.as_ref()?.total()))
    }

    fn reach(&mut self, tables: usize) {
        if self.0.len() < tables {
            self.0.resize(tables, Some(amounts::Sum::default()));
        }
    }
}

/// The money of each line of a row, none where it cannot be read: what the books count of a row that is left out.
pub fn money_of(bound: &Bound<'_>, money: Option<usize>, row: Row<'_>, id: RowId) -> Vec<Option<Decimal>> {
    let of_line = |line: &[(usize, BoundField<'_>)]| {
        let field = line.iter().find(|(ordinal, _)| Some(*ordinal) == money);
        field.map_or(Some(Decimal::ZERO), |(_, field)| amount_of(field, row, id))
    };
    bound.groups(row).map(of_line).collect()
}

/// A row's amount in a field: nothing where it is blank, none where it cannot be read.
fn amount_of(field: &BoundField<'_>, row: Row<'_>, id: RowId) -> Option<Decimal> {
    if row.flaw().is_some() {
        return None;
    }
    let mut text = String::new();
    match convert(field, row, id, &mut text) {
        Ok(Converted::Value | Converted::Default) => decimal_of(&text),
        Ok(Converted::Omitted | Converted::Empty) => Some(Decimal::ZERO),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::file;

    #[test]
    fn what_was_read_of_other_rows_is_added() {
        const MAPPING: &str = "target = \"collections\"\n[expediente]\nIdentification = \"Id\"\nName = \"Nombre\"\nEmail = \"Correo\"\nTelephone = \"Tel\"\n[obligation]\nid = \"Nro\"\nname = \"Producto\"\n";
        let mapping = file::parse("m.toml", MAPPING).unwrap();
        let of = |rows, amount: &str, unreadable, filtered, money: &[Option<&str>]| {
            let number = |text: &str| text.parse::<Decimal>().unwrap();
            let sum = |text: &str| {
                let mut sum = amounts::Sum::default();
                assert!(sum.add(amounts::small_number(text), || None));
                sum
            };
            Control {
                mapping: &mapping,
                rows,
                sums: vec![Sum { amount: number(amount), unreadable }],
                filtered: vec![FilterCount { filter: "m.toml:3".to_owned(), rows: filtered }],
                filtered_money: TableMoney(money.iter().map(|money| money.map(sum)).collect()),
            }
        };
        let mut control = of(1, "1.5", 1, 2, &[Some("1.00")]);
        control.absorb(&of(10, "2.50", 0, 3, &[Some("2.25"), Some("4"), None]));
        let expected = of(11, "4.00", 1, 5, &[Some("3.25"), Some("4"), None]);
        assert_eq!(format!("{control:?}"), format!("{expected:?}"));
        control.absorb(&of(0, "0", 0, 0, &[None, None, Some("1")]));
        assert_eq!(
            format!("{:?}", control.filtered_money.0),
            "[None, None, None]",
            "not known once is not known"
        );
    }
}
