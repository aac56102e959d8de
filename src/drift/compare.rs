//! Two profiles become a list of changes; the rules and their reasons are in the table of [`super`].

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::profile::{Amounts, ColumnProfile, Profile, TableProfile};
use super::{Baseline, Change, FEW, FEW_AMOUNTS, Figure, Weight, lost, thousandths};
use crate::lang::Code;
use crate::mapping::names::normal;

/// From how many times a figure on, and below which part of it, it is another one.
struct Limits {
    times: Decimal,
    part: Decimal,
}

/// Rows and records: twice as many, under 60 %.
const COUNTS: Limits = Limits { times: Decimal::TWO, part: tenths(6) };
/// The median of amounts: 5 times as much, under a fifth.
const SCALE: Limits = Limits { times: tenths(50), part: tenths(2) };
/// A column's sum: 3 times as much, under 0.3 of it.
const TOTAL: Limits = Limits { times: tenths(30), part: tenths(3) };

const fn tenths(tenths: u32) -> Decimal {
    Decimal::from_parts(tenths, 0, 0, false, 1)
}

/// How near to a power of ten a factor is called by it: half as much again, or two thirds.
const NEAR: Decimal = tenths(15);
/// Thousandths of cells that are blank, more than in the last load: those that are said, and those that stop.
const BLANKER: u64 = 100;
const MUCH_BLANKER: u64 = 250;
/// Thousandths of the values: nearly all of them, half of them.
const NEARLY_ALL: u64 = 900;
const HALF: u64 = 500;

/// Holds a file against the baselines, the last one first. Without any there is nothing to be said.
pub fn compare(now: &Profile, memory: &[Baseline]) -> Vec<Change> {
    let Some(last) = memory.first() else { return Vec::new() };
    let mut changes = Changes { last, memory, list: Vec::new() };
    for (ordinal, table) in now.tables.iter().enumerate() {
        let Some(before) = counterpart(&last.profile, ordinal, table) else { continue };
        changes.headers(before, table);
        changes.source(before, table);
        for column in &table.columns {
            if let Some(before) = same_column(before, column) {
                changes.column(table, before, column);
            }
        }
    }
    changes.counts(now);
    changes.totals(now);
    changes.list.sort_by_key(|change| change.weight == Weight::Remark);
    changes.list
}

/// The table of a profile that a table is compared with: the one of the same sheet, else the one with most of its
/// columns, and among equals the one in its place.
fn counterpart<'p>(before: &'p Profile, ordinal: usize, table: &TableProfile) -> Option<&'p TableProfile> {
    let names =
        |table: &TableProfile| -> BTreeSet<String> { table.header.iter().map(|name| normal(name)).collect() };
    let wanted = names(table);
    let likeness = |(at, known): &(usize, &TableProfile)| {
        let same_sheet = known.sheet.is_some() && known.sheet == table.sheet;
        (same_sheet, names(known).intersection(&wanted).count(), *at == ordinal)
    };
    before.tables.iter().enumerate().max_by_key(likeness).map(|(_, table)| table)
}

/// The column of a table that is the same as another: by its name, else by the fields that it feeds.
fn same_column<'t>(table: &'t TableProfile, column: &ColumnProfile) -> Option<&'t ColumnProfile> {
    let named = |known: &&ColumnProfile| known.name == column.name;
    let alike = |known: &&ColumnProfile| normal(&known.name) == normal(&column.name);
    let feeding = |known: &&ColumnProfile| known.fields == column.fields;
    let columns = || table.columns.iter();
    columns().find(named).or_else(|| columns().find(alike)).or_else(|| columns().find(feeding))
}

/// One of the counts of a load.
type CountOf = fn(&Profile) -> u64;

/// What was found so far.
struct Changes<'m> {
    last: &'m Baseline,
    memory: &'m [Baseline],
    list: Vec<Change>,
}

impl Changes<'_> {
    fn add(
        &mut self,
        (code, weight): (Code, Weight),
        (table, column): (&TableProfile, Option<&str>),
        (before, now): (Figure, Figure),
    ) -> &mut Change {
        self.list.push(Change {
            code,
            weight,
            place: table.place(column),
            column: column.map(str::to_owned),
            before,
            now,
            factor: None,
            run: self.last.run,
            day: self.last.day,
        });
        self.list.last_mut().expect("it was just put there")
    }

    /// Columns that are gone, spelled otherwise, new or elsewhere. All that the mapping asks for were found, so none
    /// of this stops a load.
    fn headers(&mut self, before: &TableProfile, now: &TableProfile) {
        let text = |name: &str| Figure::Text(name.to_owned());
        let (gone, new) = lost::differences(&before.header, &now.header);
        let mut renamed = Vec::new();
        for (at, name) in &gone {
            if let Some(successor) = lost::successor((*at, name), &new) {
                renamed.push(successor);
                let kind = (Code::DriftColumnRenamed, Weight::Remark);
                self.add(kind, (now, Some(successor)), (text(name), text(successor)));
            } else {
                let kind = (Code::DriftColumnGone, Weight::Remark);
                self.add(kind, (now, Some(name)), (text(name), Figure::Nothing));
            }
        }
        for (_, name) in new.iter().filter(|(_, name)| !renamed.contains(name)) {
            self.add(
                (Code::DriftColumnNew, Weight::Remark),
                (now, Some(name)),
                (Figure::Nothing, text(name)),
            );
        }
        for (name, was, is) in lost::moved(&before.header, &now.header) {
            let places = (Figure::Count(was as u64 + 1), Figure::Count(is as u64 + 1));
            self.add((Code::DriftColumnMoved, Weight::Remark), (now, Some(name)), places);
        }
    }

    /// Another sheet, another encoding.
    fn source(&mut self, before: &TableProfile, now: &TableProfile) {
        if let (Some(was), Some(is)) = (&before.sheet, &now.sheet)
            && was != is
        {
            let names = (Figure::Text(was.clone()), Figure::Text(is.clone()));
            self.add((Code::DriftSheet, Weight::Remark), (now, None), names);
        }
        if before.encoding != now.encoding {
            let names = (Figure::Text(before.encoding.clone()), Figure::Text(now.encoding.clone()));
            self.add((Code::DriftEncoding, Weight::Remark), (now, None), names);
        }
    }

    /// Formats, widths, kinds, blanks and amounts of a column.
    fn column(&mut self, table: &TableProfile, before: &ColumnProfile, now: &ColumnProfile) {
        let place = (table, Some(now.name.as_str()));
        let reformatted = match (before.format, now.format) {
            (Some(was), Some(is)) if was != is => {
                let formats = (Figure::Text(was.to_string()), Figure::Text(is.to_string()));
                self.add((Code::DriftFormat, Weight::Stop), place, formats);
                true
            }
            _ => false,
        };
        self.blanks(place, before, now);
        if before.filled() >= FEW && now.filled() >= FEW {
            if now.is_id {
                self.width(place, before, now);
            }
            let (was, is) =
                (thousandths(before.words, before.filled()), thousandths(now.words, now.filled()));
            if was.abs_diff(is) >= HALF && !reformatted {
                let shares = (Figure::Share(was), Figure::Share(is));
                self.add((Code::DriftKind, Weight::Stop), place, shares);
            }
        }
        if let (Some(was), Some(is)) = (&before.amounts, &now.amounts) {
            self.scale(place, (was, is), now);
        }
    }

    fn blanks(&mut self, place: (&TableProfile, Option<&str>), before: &ColumnProfile, now: &ColumnProfile) {
        if before.cells < FEW || now.cells < FEW {
            return;
        }
        let share = |column: &ColumnProfile| thousandths(column.blanks, column.cells);
        let (was, is) = (share(before), share(now));
        let most = self.history(now).map(share).max().unwrap_or(was);
        let weight = match is.saturating_sub(was) {
            more if more >= MUCH_BLANKER && is > most => Weight::Stop,
            more if more >= BLANKER && is >= 2 * was && is > most => Weight::Remark,
            _ => return,
        };
        self.add((Code::DriftBlanks, weight), place, (Figure::Share(was), Figure::Share(is)));
    }

    /// Identifications that had one width, and have others now.
    fn width(&mut self, place: (&TableProfile, Option<&str>), before: &ColumnProfile, now: &ColumnProfile) {
        let count = |column: &ColumnProfile, width: usize| column.widths.get(width).copied().unwrap_or(0);
        let usual =
            |column: &ColumnProfile| (0..column.widths.len()).max_by_key(|width| count(column, *width));
        let share =
            |column: &ColumnProfile, width| thousandths(count(column, width), column.widths.iter().sum());
        let Some(width) = usual(before) else { return };
        if share(before, width) < NEARLY_ALL
            || share(now, width) >= HALF
            || now.widths.iter().sum::<u64>() < FEW
        {
            return;
        }
        if self.history(now).any(|column| share(column, width) < HALF) {
            return;
        }
        let widths = (Figure::Count(width as u64), Figure::Count(usual(now).unwrap_or(0) as u64));
        self.add((Code::DriftWidth, Weight::Stop), place, widths);
    }

    /// Amounts of another order.
    fn scale(
        &mut self,
        place: (&TableProfile, Option<&str>),
        (before, now): (&Amounts, &Amounts),
        column: &ColumnProfile,
    ) {
        if before.count < FEW_AMOUNTS || now.count < FEW_AMOUNTS {
            return;
        }
        let medians = self.history(column).filter_map(|column| column.amounts.as_ref());
        let range: Vec<Decimal> = medians.map(|amounts| amounts.median).collect();
        if !is_apart(now.median, before.median, &SCALE, &range) {
            return;
        }
        let figures = (Figure::Amount(before.median), Figure::Amount(now.median));
        let factor = factor(before.median, now.median);
        self.add((Code::DriftScale, Weight::Stop), place, figures).factor = factor;
    }

    /// What the column was like in all baselines.
    fn history<'c>(&'c self, column: &'c ColumnProfile) -> impl Iterator<Item = &'c ColumnProfile> {
        let tables = self.memory.iter().flat_map(|baseline| &baseline.profile.tables);
        tables.filter_map(|table| same_column(table, column))
    }

    /// Rows and records of the whole load.
    fn counts(&mut self, now: &Profile) {
        let Some(table) = now.tables.first() else { return };
        let counts: [(Code, CountOf); 2] =
            [(Code::DriftRows, |profile| profile.rows), (Code::DriftRecords, |profile| profile.records)];
        for (code, count) in counts {
            let (was, is) = (count(&self.last.profile), count(now));
            if was.max(is) < FEW {
                continue;
            }
            let range: Vec<Decimal> =
                self.memory.iter().map(|baseline| count(&baseline.profile).into()).collect();
            if is_apart(is.into(), was.into(), &COUNTS, &range) {
                let percent = Figure::Share(thousandths(is, was)).plain().map(|share| format!("{share} %"));
                let figures = (Figure::Count(was), Figure::Count(is));
                self.add((code, Weight::Stop), (table, None), figures).factor = percent;
            }
        }
    }

    /// What the amounts of each field add up to in the whole load, where nothing else explains it.
    fn totals(&mut self, now: &Profile) {
        let explained = [Code::DriftRows, Code::DriftRecords];
        if self.list.iter().any(|change| explained.contains(&change.code)) {
            return;
        }
        let mut seen = BTreeSet::new();
        for table in &now.tables {
            for column in table.columns.iter().filter(|column| column.amounts.is_some()) {
                let fields = &column.fields;
                // The sum is of all the field's columns, so any of them explains it.
                let scaled =
                    |change: &Change| change.code == Code::DriftScale && holds(now, fields, &change.place);
                if self.list.iter().any(scaled) || !seen.insert(fields.clone()) {
                    continue;
                }
                let Some(sum) = sum_of(now, fields) else { continue };
                let range: Vec<Decimal> =
                    self.memory.iter().filter_map(|baseline| sum_of(&baseline.profile, fields)).collect();
                let Some(was) = sum_of(&self.last.profile, fields) else { continue };
                if is_apart(sum, was, &TOTAL, &range) {
                    let figures = (Figure::Amount(was), Figure::Amount(sum));
                    let factor = factor(was, sum);
                    let place = (table, Some(column.name.as_str()));
                    self.add((Code::DriftTotal, Weight::Stop), place, figures).factor = factor;
                }
            }
        }
    }
}

/// Whether a column of some fields stands in a place.
fn holds(profile: &Profile, fields: &[String], place: &str) -> bool {
    let of_table = |table: &TableProfile| {
        let mut columns = table.columns.iter().filter(|column| column.fields == fields);
        columns.any(|column| table.place(Some(&column.name)) == place)
    };
    profile.tables.iter().any(of_table)
}

/// What the columns of some fields add up to; none where too few amounts stand in them.
fn sum_of(profile: &Profile, fields: &[String]) -> Option<Decimal> {
    let columns = profile.tables.iter().flat_map(|table| &table.columns);
    let of_fields = columns.filter(|column| column.fields == fields);
    let amounts: Vec<&Amounts> = of_fields.filter_map(|column| column.amounts.as_ref()).collect();
    let enough = amounts.iter().map(|amounts| amounts.count).sum::<u64>() >= FEW_AMOUNTS;
    enough.then(|| amounts.iter().fold(Decimal::ZERO, |sum, amounts| sum.saturating_add(amounts.sum)))
}

/// Whether a figure is beyond the limits around another, and outside a range.
fn is_apart(now: Decimal, before: Decimal, limits: &Limits, range: &[Decimal]) -> bool {
    let (now, before) = (now.abs(), before.abs());
    let above = now >= before.saturating_mul(limits.times) && range.iter().all(|known| now > known.abs());
    let below = now < before.saturating_mul(limits.part) && range.iter().all(|known| now < known.abs());
    above || below
}

/// How many times as much it is: a power of ten where it is near one.
fn factor(before: Decimal, now: Decimal) -> Option<String> {
    let (sign, ratio) = if now.abs() >= before.abs() {
        ("×", now.checked_div(before)?.abs())
    } else {
        ("÷", before.checked_div(now)?.abs())
    };
    let powers = [10, 100, 1000, 1_000_000].map(Decimal::from);
    let near = |power: &Decimal| ratio <= *power * NEAR && ratio * NEAR >= *power;
    let named = powers.into_iter().find(near).unwrap_or_else(|| ratio.round_dp(1).normalize());
    Some(format!("{sign} {named}"))
}
