//! What becomes of columns that are no field of the target: fields of the tenant's own, of the record or of its lines.
//!
//! Where the rows of a debtor tell, they decide; else the name does, and else how the table is laid out.

use std::collections::HashSet;

use super::beside::{Beside, Pattern};
use super::dictionary::{Dictionary, Sense};
use super::join::Joined;
use super::seen::{ColumnSeen, Spread};
use super::{ColumnUse, Custom, Looked, spelling};
use crate::lang::Say;
use crate::mapping::bind::Role;
use crate::mapping::numbers;
use crate::target::{Level, Target};

/// Share of the debtors with several rows in which a column of the obligation differs, in percent.
const VARIES_MIN: u64 = 10;

/// How a table is laid out.
pub(super) struct Shape<'s> {
    /// Which of two tables it is.
    pub(super) joined: Option<Joined>,
    /// Lines that stand beside each other in a row.
    pub(super) beside: Option<&'s Beside>,
    /// Which columns vary within a debtor.
    pub(super) spread: &'s Spread,
}

/// What each column becomes as a custom field.
pub(super) fn of_columns(
    target: &dyn Target,
    dictionary: &Dictionary,
    looked: &Looked<'_>,
    shape: &Shape<'_>,
) -> Vec<ColumnUse> {
    let mut used: HashSet<String> = target.fields().iter().map(|field| field.name.to_lowercase()).collect();
    used.insert("custom".to_owned());
    if target.section(Level::Record).is_some() {
        used.insert("obligations".to_owned());
    }
    let mut all: Vec<ColumnUse> = Vec::with_capacity(looked.columns.len());
    for (column, (header, own)) in looked.header.names.iter().zip(&looked.columns).enumerate() {
        let pattern = shape.beside.and_then(|beside| beside.pattern(column));
        let seen = pattern.map_or(own, |pattern| &pattern.seen);
        all.push(match () {
            // The first column of a pattern stands for all of them.
            () if pattern.is_some_and(|pattern| pattern.leader() != column) => {
                all[pattern.map_or(column, Pattern::leader)].clone()
            }
            () if !seen.shapes.any() => ColumnUse::Unread(Say::UnreadBlank),
            () if !target.has_custom_fields() => ColumnUse::Unread(Say::UnreadNoPlace),
            () if target.fields().is_empty() => ColumnUse::Custom(of_module(header, seen, &mut used)),
            () => ColumnUse::Custom(custom(target, dictionary, (column, header, seen), shape, &mut used)),
        });
    }
    all
}

/// A field of a module that has none of its own: whoever made the module called it something.
fn of_module(header: &str, seen: &ColumnSeen, used: &mut HashSet<String>) -> Custom {
    Custom {
        name: free_name(header, used),
        level: Level::Line,
        kind: seen.verdict.kind,
        why: (Say::LevelModule, 0),
    }
}

fn custom(
    target: &dyn Target,
    dictionary: &Dictionary,
    (column, header, seen): (usize, &str, &ColumnSeen),
    shape: &Shape<'_>,
    used: &mut HashSet<String>,
) -> Custom {
    let known = dictionary.meanings(&dictionary.bag(header)).0.iter().find_map(|sense| match sense {
        Sense::Custom(name, level) => Some((name.clone(), *level)),
        Sense::Field(..) => None,
    });
    let (level, why) = match (target.section(Level::Record), shape.joined.map(|joined| joined.role)) {
        (None, _) => (Level::Line, (Say::LevelRow, 0)),
        (_, Some(Role::Debtors)) => (Level::Record, (Say::LevelDebtors, 0)),
        (_, Some(_)) => (Level::Line, (Say::LevelObligations, 0)),
        _ => level(column, known.as_ref().map(|(_, level)| *level), shape),
    };
    let pattern = shape.beside.and_then(|beside| beside.pattern(column));
    let header = pattern.map_or_else(|| header.to_owned(), |pattern| numbers::without(&pattern.name));
    let wanted = known.map(|(name, _)| name).filter(|name| !used.contains(name));
    let name = free_name(&wanted.unwrap_or_else(|| slug(&header, column)), used);
    Custom { name, level, kind: seen.verdict.kind, why }
}

/// What shows the level of a column where debtors and obligations stand in the same rows.
fn level(column: usize, known: Option<Level>, shape: &Shape<'_>) -> (Level, (Say, u64)) {
    match (shape.beside, shape.spread.share(column), known) {
        (Some(beside), _, _) if beside.has(column) => (Level::Line, (Say::LevelBeside, 0)),
        (Some(beside), _, _) if beside.is_odd(column) => (Level::Record, (Say::LevelOddNumbers, 0)),
        (_, Some(varies), _) if varies >= VARIES_MIN => (Level::Line, (Say::LevelVaries, varies)),
        (_, Some(0), _) => (Level::Record, (Say::LevelSameForAll, 0)),
        (_, Some(varies), _) => (Level::Record, (Say::LevelSame, 100 - varies)),
        (Some(_), None, _) => (Level::Record, (Say::LevelOneRow, 0)),
        (None, None, Some(level)) => (level, (Say::LevelKnown, 0)),
        // A field of the line never disagrees with another row of its debtor.
        (None, None, None) => (Level::Line, (Say::LevelUnknown, 0)),
    }
}

/// A header as a name that needs no quotes: `No. Crédito` becomes `no_credito`.
fn slug(header: &str, column: usize) -> String {
    const LONGEST: usize = 60;
    let plain = spelling::plain(header).replace(' ', "_");
    let slug: String =
        plain.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(LONGEST).collect();
    if slug.chars().any(|c| c.is_ascii_alphanumeric()) { slug } else { format!("columna_{}", column + 1) }
}

fn free_name(wanted: &str, used: &mut HashSet<String>) -> String {
    let numbered = (2..).map(|number| format!("{wanted}_{number}"));
    let mut names = std::iter::once(wanted.to_owned()).chain(numbered);
    let name = names.find(|name| !used.contains(name)).unwrap_or_default();
    used.insert(name.clone());
    name
}
