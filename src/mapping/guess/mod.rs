//! Which column feeds which field, guessed from the header and the values, with a confidence and a reason.
//!
//! A guess is only ever written down for a person to read ([`super::draft`]); no row is loaded because of one. Where
//! two columns are equally likely, or a mandatory field has none, the guess is a [`Question`]. The names are data
//! ([`dictionary`]), the shapes of values are counted ([`seen`]), and [`score`] weighs the two. Lines that stand beside
//! each other in a row are found by [`beside`], two tables that belong together by [`join`], and the target that a file
//! is for by [`fitting`]. No I/O, no clock.

mod assign;
pub mod beside;
pub mod country;
mod customs;
pub mod dictionary;
pub mod fitting;
pub mod join;
#[cfg(test)]
mod layout_tests;
mod questions;
mod reading;
pub mod score;
pub mod seen;
mod short;
mod spelling;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use crate::lang::Say;
use crate::source::Table;
use crate::source::origin;
use crate::survey::columns::ColumnKind;
use crate::survey::{Format, Header, Proof};
use crate::target::{Field, FieldKind, Level, Setting, Target};

use super::bind::Role;
use super::numbers;
use beside::Beside;
use dictionary::Dictionary;
use join::Joined;
use score::{Candidate, Name, TAKEN};
use seen::{ColumnSeen, Spread};

/// A table with its header, and what its values say whatever they are loaded into.
#[derive(Debug)]
pub struct Looked<'t> {
    /// The table.
    pub table: &'t Table,
    /// Its header.
    pub header: Header,
    /// Its columns, in their order.
    pub columns: Vec<ColumnSeen>,
}

impl Looked<'_> {
    /// Looks at every value of a table once.
    pub fn at(table: &Table, header: Header) -> Looked<'_> {
        let columns = seen::columns(table, &header);
        Looked { table, header, columns }
    }

    /// How many rows of data it has.
    pub fn rows(&self) -> u64 {
        self.columns.first().map_or(0, |column| column.verdict.rows)
    }
}

/// What was guessed about a table.
#[derive(Debug)]
pub struct Guess {
    /// Every field of the target, in its order; of two tables that are joined those of the table's own level.
    pub fields: Vec<FieldGuess>,
    /// Every column of the table, in its order.
    pub columns: Vec<ColumnUse>,
    /// What a mapping calls each column: its header, or a pattern that stands for several.
    pub names: Vec<String>,
    /// Lines that stand beside each other in a row.
    pub beside: Option<Beside>,
    /// The formats of the columns of dates and amounts that are read.
    pub formats: HashMap<usize, Decided>,
    /// The country of the debtors, where the values prove it.
    pub country: Option<country::Proved>,
    /// What a person has to settle about the endpoint.
    pub settings: Vec<Setting>,
}

/// What feeds a field.
#[derive(Debug)]
pub struct FieldGuess {
    /// The field.
    pub field: &'static Field,
    /// How its columns make one value.
    pub how: How,
    /// The columns taken, in the order in which they are read.
    pub taken: Vec<Candidate>,
    /// The columns that might have been taken, the surest first.
    pub rivals: Vec<Candidate>,
    /// What a person has to decide.
    pub question: Option<Question>,
    /// Of a field that takes a few words, or codes of them: what creditors write.
    pub words: Option<Words>,
    /// What a person may put there where no column feeds it.
    pub constants: &'static [String],
}

/// What stands in a column whose words the CRM has others for.
#[derive(Debug)]
pub struct Words {
    /// The column.
    pub column: usize,
    /// Its different texts, if they are few, with the CRM's word for each as far as it is known.
    pub texts: Vec<(String, Option<&'static str>)>,
}

/// How columns make one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// There is one column.
    Column,
    /// The first that is not blank.
    First,
    /// All of them, joined.
    Join,
}

/// What a person has to decide before anything is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// A mandatory field has no column.
    Missing,
    /// Two columns are equally likely.
    TooClose,
    /// A mandatory field is blank in so many of so many rows.
    Blank(u64, u64),
    /// Nothing proves how its dates or amounts are written, or two rows contradict each other.
    Format,
    /// The CRM takes a few words, and nobody knows which one stands for what is in the column.
    Words,
}

/// What becomes of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnUse {
    /// It feeds a field: its name and the confidence in percent.
    Field(&'static str, u8),
    /// It becomes a custom field.
    Custom(Custom),
    /// It joins the table with another one.
    Key,
    /// It is not read, and why.
    Unread(Say),
}

/// A column that is no field of the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Custom {
    /// The name of the custom field.
    pub name: String,
    /// Whether it belongs to the record or to each of its lines.
    pub level: Level,
    /// What it holds, where its values leave no doubt.
    pub kind: ColumnKind,
    /// What shows its level, with the share of debtors in percent.
    pub why: (Say, u64),
}

/// How the dates or amounts of a column are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// Any way reads them alike.
    Free,
    /// A row proves it.
    Proved(Format, Proof),
    /// Nothing proves it.
    Open,
}

impl Guess {
    /// How many questions are open.
    pub fn questions(&self) -> usize {
        self.settings.len() + self.fields.iter().filter(|guess| guess.question.is_some()).count()
    }

    /// The columns that a mapping names by themselves: of several with one pattern the first.
    pub fn named(&self) -> impl Iterator<Item = (usize, &ColumnUse)> {
        let follows = |column: usize| self.beside.as_ref().is_some_and(|beside| beside.follows(column));
        self.columns.iter().enumerate().filter(move |(column, _)| !follows(*column))
    }
}

impl FieldGuess {
    /// The confidence of the least sure column; none has none.
    pub fn confidence(&self) -> u8 {
        self.taken.iter().map(|taken| taken.confidence).min().unwrap_or(0)
    }
}

/// Guesses which columns of a table feed which fields of a target; of two tables that are joined, those of its level.
pub fn of_table(
    target: &dyn Target,
    looked: &Looked<'_>,
    joined: Option<Joined>,
    dictionary: &Dictionary,
) -> Guess {
    let Looked { table, header, .. } = looked;
    let unread = unread(looked);
    let (beside, mut candidates) = candidates(target, looked, (joined, &unread), dictionary);
    let spread = match key_of(target, joined, &candidates) {
        Some(key) => seen::spread(table, header, key),
        None => Spread::default(),
    };
    weigh_levels(target, dictionary, (&spread, beside.as_ref()), &mut candidates);
    let mut fields = assign::all(target, joined, dictionary, candidates);
    assign::fill_from_others(dictionary, &mut fields);
    let shape = customs::Shape { joined, beside: beside.as_ref(), spread: &spread };
    let mut columns: Vec<ColumnUse> = customs::of_columns(target, dictionary, looked, &shape);
    for (use_of, why) in columns.iter_mut().zip(&unread) {
        if let Some(why) = why {
            *use_of = ColumnUse::Unread(*why);
        }
    }
    if let Some(Joined { role: Role::Obligations, key }) = joined {
        columns[key] = ColumnUse::Key;
    }
    for guess in &fields {
        for taken in &guess.taken {
            let all =
                beside.as_ref().map_or_else(|| vec![taken.column], |beside| beside.columns(taken.column));
            for column in all {
                columns[column] = ColumnUse::Field(guess.field.name, taken.confidence);
            }
        }
    }
    let formats = questions::formats(looked, beside.as_ref(), &fields, &columns);
    questions::ask(target, (looked, beside.as_ref()), &formats, &mut fields);
    questions::words(looked, dictionary, &mut fields);
    for guess in &mut fields {
        guess.constants = dictionary.constants(guess.field.name);
    }
    let country =
        country::proved(table, header, &documents_of(&fields), &columns_of(&fields, FieldKind::Phone));
    let settings = questions::settings(target, &fields);
    let mut names = header.names.clone();
    for pattern in beside.iter().flat_map(|beside| &beside.patterns) {
        names[pattern.leader()].clone_from(&pattern.name);
    }
    Guess { fields, columns, names, beside, formats, country, settings }
}

/// What the names and values of a table's columns say, before its rows are compared.
fn by_columns(
    target: &dyn Target,
    looked: &Looked<'_>,
    (joined, unread): (Option<Joined>, &[Option<Say>]),
    dictionary: &Dictionary,
) -> (Option<Beside>, Vec<FieldGuess>) {
    let (beside, candidates) = candidates(target, looked, (joined, unread), dictionary);
    (beside, assign::all(target, joined, dictionary, candidates))
}

/// The fields that each column may feed, and lines that stand beside each other.
fn candidates(
    target: &dyn Target,
    looked: &Looked<'_>,
    (joined, unread): (Option<Joined>, &[Option<Say>]),
    dictionary: &Dictionary,
) -> (Option<Beside>, Vec<Candidate>) {
    let is_read = |column: usize| {
        let is_key = joined.is_some_and(|joined| joined.role == Role::Obligations && joined.key == column);
        unread[column].is_none() && !is_key
    };
    let names = &looked.header.names;
    let mut all = Vec::new();
    for (column, name) in names.iter().enumerate().filter(|(column, _)| is_read(*column)) {
        all.extend(score::candidates(target, dictionary, (column, name), &looked.columns[column]));
    }
    all.retain(|found| joined.is_none_or(|joined| joined.role.feeds(found.field.level)));
    let beside = Beside::found(target, looked, &is_read, &all);
    if let Some(beside) = &beside {
        beside.take_over(target, looked, dictionary, &mut all);
    }
    (beside, all)
}

/// The column whose equal values make rows those of one record, where a record has lines.
fn key_of(target: &dyn Target, joined: Option<Joined>, candidates: &[Candidate]) -> Option<usize> {
    target.section(Level::Record)?;
    if let Some(joined) = joined {
        return Some(joined.key);
    }
    let of_key = candidates.iter().filter(|found| names_record(target, found.field));
    let key = of_key.max_by_key(|found| (found.confidence, std::cmp::Reverse(found.column)))?;
    (key.confidence >= TAKEN).then_some(key.column)
}

/// Whether a field names the record of a target, and not a line of it.
fn names_record(target: &dyn Target, field: &Field) -> bool {
    let names_something = matches!(field.kind, FieldKind::Id | FieldKind::Email);
    names_something && target.key().contains(&field.name) && target.line_key() != Some(field.name)
}

/// The columns of documents of persons.
fn documents_of(fields: &[FieldGuess]) -> Vec<usize> {
    let of_persons = fields.iter().filter(|guess| score::is_document(guess.field));
    let mut columns: Vec<usize> =
        of_persons.flat_map(|guess| guess.taken.iter().map(|taken| taken.column)).collect();
    columns.dedup();
    columns
}

/// The columns that feed the fields of a kind.
fn columns_of(fields: &[FieldGuess], kind: FieldKind) -> Vec<usize> {
    let of_kind = fields.iter().filter(|guess| guess.field.kind == kind);
    of_kind.flat_map(|guess| guess.taken.iter().map(|taken| taken.column)).collect()
}

/// Why columns cannot be read by name: they have none, share it, or were added by a report.
fn unread(looked: &Looked<'_>) -> Vec<Option<Say>> {
    let Looked { header, columns: seen, .. } = looked;
    let mut count: HashMap<&str, usize> = HashMap::new();
    for name in &header.names {
        *count.entry(name).or_default() += 1;
    }
    let why = |(name, seen): (&String, &ColumnSeen)| {
        let (known, blank) = (origin::COLUMNS.contains(&name.as_str()), !seen.shapes.any());
        match () {
            () if name.is_empty() && blank => Some(Say::UnreadBlank),
            () if name.is_empty() => Some(Say::UnreadUnnamed),
            () if known => Some(Say::UnreadOurs),
            () if count[name.as_str()] > 1 => Some(Say::UnreadTwice),
            () if numbers::is_pattern(name) => Some(Say::UnreadPattern),
            () => None,
        }
    };
    header.names.iter().zip(seen).map(why).collect()
}

/// Lets the rows of each debtor speak: what differs between them is no field of the record, and what never does
/// names no line.
fn weigh_levels(
    target: &dyn Target,
    dictionary: &Dictionary,
    (spread, beside): (&Spread, Option<&Beside>),
    candidates: &mut [Candidate],
) {
    const HALF: u64 = 50;
    const NEARLY_ALL: u64 = 95;
    for found in candidates {
        let Some(share) = spread.share(found.column) else { continue };
        let settled = matches!(found.reason.name, Name::Exact | Name::Own);
        let field = found.field;
        let is_beside = beside.is_some_and(|beside| beside.has(found.column));
        if settled || is_beside || names_record(target, field) || dictionary.takes_first_of(field.name) {
            continue;
        }
        if Some(field.name) == target.line_key() && share < HALF {
            found.confidence = found.confidence.saturating_sub(40);
            found.reason.against = Some(Say::GuessSameForDebtor);
        } else if Some(field.name) == target.line_key() && share >= NEARLY_ALL {
            found.confidence = (found.confidence + 8).min(97);
        } else if field.level == Level::Record && share > HALF {
            found.confidence = found.confidence.saturating_sub(35);
            found.reason.against = Some(Say::GuessVariesForDebtor);
        }
    }
}
