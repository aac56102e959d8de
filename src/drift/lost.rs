//! What became of columns: two headers become those that are gone, new, renamed or moved.
//!
//! A name is the same whatever its case, accents and punctuation. A column that is gone may go on under a new name:
//! the nearest one, or the one that stands where it stood.

use super::Baseline;
use super::profile::TableProfile;
use crate::lang::{Code, Lang, interface::day_in_words};
use crate::mapping::names::{nearest, normal};
use crate::problem::Failure;

/// A column by its place in a header and its name.
type Column<'h> = (usize, &'h str);

/// The columns that are only in the first header, and those that are only in the second. A name that is spelled
/// otherwise is in both lists.
pub fn differences<'h>(before: &'h [String], now: &'h [String]) -> (Vec<Column<'h>>, Vec<Column<'h>>) {
    fn missing<'h>(names: &'h [String], others: &[String]) -> Vec<Column<'h>> {
        let known: std::collections::HashSet<&String> = others.iter().collect();
        let only = names.iter().enumerate().filter(|(_, name)| !name.is_empty() && !known.contains(name));
        only.map(|(at, name)| (at, name.as_str())).collect()
    }
    (missing(before, now), missing(now, before))
}

/// The new column that a lost one seems to have become.
pub fn successor<'h>((at, name): Column<'_>, new: &[Column<'h>]) -> Option<&'h str> {
    let same = new.iter().find(|(_, candidate)| normal(candidate) == normal(name));
    let in_place = || new.iter().find(|(place, _)| *place == at);
    let near = || nearest(name, new.iter().map(|(_, candidate)| *candidate));
    same.map(|(_, name)| *name).or_else(near).or_else(|| in_place().map(|(_, name)| *name))
}

/// The fewest columns whose moving explains the order of the second header: name, place before, place now. A column
/// that only gives way to a new one has not moved.
pub fn moved<'h>(before: &'h [String], now: &[String]) -> Vec<(&'h str, usize, usize)> {
    let place = |names: &[String], wanted: &String| names.iter().position(|name| name == wanted);
    let common: Vec<(&str, usize, usize)> = before
        .iter()
        .enumerate()
        .filter(|(at, name)| !name.is_empty() && place(before, name) == Some(*at))
        .filter_map(|(at, name)| Some((name.as_str(), at, place(now, name)?)))
        .collect();
    let kept = longest_rising(&common.iter().map(|(_, _, is)| *is).collect::<Vec<_>>());
    let stayed = |at: &usize| kept.binary_search(at).is_ok();
    (0..common.len()).filter(|at| !stayed(at)).map(|at| common[at]).collect()
}

/// The places of a longest run of rising numbers, not necessarily neighbours.
fn longest_rising(numbers: &[usize]) -> Vec<usize> {
    // The place of the smallest number that ends a run of each length, and what stands before each place.
    let mut ends: Vec<usize> = Vec::new();
    let mut previous = vec![None; numbers.len()];
    for (at, number) in numbers.iter().enumerate() {
        let length = ends.partition_point(|end| numbers[*end] < *number);
        previous[at] = length.checked_sub(1).map(|shorter| ends[shorter]);
        ends.truncate(ends.len().max(length));
        if length == ends.len() { ends.push(at) } else { ends[length] = at }
    }
    let mut run: Vec<usize> = std::iter::successors(ends.last().copied(), |at| previous[*at]).collect();
    run.reverse();
    run
}

/// A column of the mapping was not found: says what the last load had in its place, and all that is missing at once.
/// A failure of another kind is given back as it is.
pub fn explain(failure: Failure, last: Option<&Baseline>, lang: Lang) -> Failure {
    let (Code::MappingUnknownColumn, Some(last), Some(header)) = (failure.code, last, &failure.header) else {
        return failure;
    };
    let wanted = failure.value("value", lang).map(normal).unwrap_or_default();
    let has = |table: &&TableProfile| table.columns.iter().any(|column| normal(&column.name) == wanted);
    let Some(table) = last.profile.tables.iter().find(has) else { return failure };
    let (_, new) = differences(&table.header, &header.names);
    let present: Vec<String> = header.names.iter().map(|name| normal(name)).collect();
    let missing = table.columns.iter().filter(|column| !present.contains(&normal(&column.name)));
    let missing: Vec<(&str, Option<&str>)> =
        missing.map(|column| (column.name.as_str(), successor((column.at, &column.name), &new))).collect();
    let names = missing.iter().map(|(name, successor)| match successor {
        Some(successor) => format!("«{name}» (→ «{successor}»)"),
        None => format!("«{name}»"),
    });
    let (names, day) = (names.collect::<Vec<_>>().join(", "), day_in_words(lang, last.day));
    let place = failure.value("place", lang).unwrap_or_default();
    let said = Failure::new(Code::DriftColumnLost)
        .with("place", place)
        .with("value", names)
        .with("run", last.run)
        .with("day", day);
    Failure { place: failure.place, ..said }
}
