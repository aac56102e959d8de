//! Which column feeds which field, guessed from the header and the values, with a confidence and a reason.
//!
//! A guess is only ever written down for a person to read ([`super::draft`]); no row is loaded because of one. Where
//! two columns are equally likely, or a mandatory field has none, the guess is a [`Question`]. The names are data
//! ([`dictionary`]), the shapes of values are counted ([`seen`]), and [`score`] weighs the two. No I/O, no clock.

pub mod country;
pub mod dictionary;
mod reading;
pub mod score;
pub mod seen;
mod short;
mod spelling;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use crate::lang::Say;
use crate::problem::Place;
use crate::source::Table;
use crate::source::origin;
use crate::survey::amounts::AmountProbe;
use crate::survey::columns::{ColumnKind, ColumnVerdict};
use crate::survey::dates::DateProbe;
use crate::survey::{Format, Header, Probe, Proof};
use crate::target::{Field, FieldKind, Level, Target};

use dictionary::{Dictionary, Part, Sense};
use score::{Candidate, Name, TAKEN};
use seen::{ColumnSeen, Spread};

/// Two columns whose confidences are nearer than this are equally likely.
const CLOSE: u8 = 5;
/// Share of the debtors with several rows in which a column of the obligation differs, in percent.
const VARIES_MIN: u64 = 10;
/// Blanks of a mandatory field that a person is asked about, in percent.
const BLANKS_MAX: u64 = 1;

/// What was guessed about a table.
#[derive(Debug)]
pub struct Guess {
    /// Every field of the target, in its order.
    pub fields: Vec<FieldGuess>,
    /// Every column of the table, in its order.
    pub columns: Vec<ColumnUse>,
    /// The formats of the columns of dates and amounts that are read.
    pub formats: HashMap<usize, Decided>,
    /// The country of the debtors, where the values prove it.
    pub country: Option<country::Proved>,
    /// What the survey says of each column.
    pub verdicts: Vec<ColumnVerdict>,
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
}

/// What becomes of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnUse {
    /// It feeds a field: its name and the confidence in percent.
    Field(&'static str, u8),
    /// It becomes a custom field.
    Custom(Custom),
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
        self.fields.iter().filter(|guess| guess.question.is_some()).count()
    }

    /// How promising a table is: what its columns feed, mandatory fields first.
    pub fn worth(&self) -> u64 {
        let of =
            |guess: &FieldGuess| u64::from(guess.confidence()) * if guess.field.mandatory { 10 } else { 1 };
        let is_empty = self.verdicts.first().is_none_or(|verdict| verdict.rows == 0);
        if is_empty { 0 } else { self.fields.iter().map(of).sum() }
    }
}

impl FieldGuess {
    /// The confidence of the least sure column; none has none.
    pub fn confidence(&self) -> u8 {
        self.taken.iter().map(|taken| taken.confidence).min().unwrap_or(0)
    }
}

/// Guesses which columns of a table feed which fields of a target.
pub fn of_table(target: &dyn Target, table: &Table, header: &Header, dictionary: &Dictionary) -> Guess {
    let seen = seen::columns(table, header);
    let unread = unread(header, &seen);
    let mut candidates = Vec::new();
    for (column, name) in header.names.iter().enumerate().filter(|(column, _)| unread[*column].is_none()) {
        candidates.extend(score::candidates(target, dictionary, (column, name), &seen[column]));
    }
    let key = candidates.iter().filter(|found| target.key().contains(&found.field.name));
    let key = key.max_by_key(|found| (found.confidence, std::cmp::Reverse(found.column)));
    let spread = match key {
        Some(found) if found.confidence >= TAKEN => seen::spread(table, header, found.column),
        _ => Spread { repeated: 0, varying: vec![0; header.names.len()] },
    };
    weigh_levels(target, dictionary, &spread, &mut candidates);
    let mut fields = assign(target, dictionary, candidates);
    let mut columns: Vec<ColumnUse> = customs(target, dictionary, (header, &seen), &spread);
    for (use_of, why) in columns.iter_mut().zip(&unread) {
        if let Some(why) = why {
            *use_of = ColumnUse::Unread(*why);
        }
    }
    for guess in &fields {
        for taken in &guess.taken {
            columns[taken.column] = ColumnUse::Field(guess.field.name, taken.confidence);
        }
    }
    let formats = formats(table, header, &fields, &columns);
    ask(target, (table, header), &formats, &mut fields);
    let country = country::proved(
        table,
        header,
        &columns_of(&fields, FieldKind::Id),
        &columns_of(&fields, FieldKind::Phone),
    );
    let verdicts = seen.into_iter().map(|seen| seen.verdict).collect();
    Guess { fields, columns, formats, country, verdicts }
}

/// The columns that feed the record's fields of a kind.
fn columns_of(fields: &[FieldGuess], kind: FieldKind) -> Vec<usize> {
    let of_kind =
        fields.iter().filter(|guess| guess.field.level == Level::Record && guess.field.kind == kind);
    of_kind.flat_map(|guess| guess.taken.iter().map(|taken| taken.column)).collect()
}

/// Why columns cannot be read by name: they have none, share it, or were added by a report.
fn unread(header: &Header, seen: &[ColumnSeen]) -> Vec<Option<Say>> {
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
            () => None,
        }
    };
    header.names.iter().zip(seen).map(why).collect()
}

/// Lets the rows of each debtor speak: what differs between them is no field of the record, and what never does
/// names no line.
fn weigh_levels(target: &dyn Target, dictionary: &Dictionary, spread: &Spread, candidates: &mut [Candidate]) {
    const HALF: u64 = 50;
    const NEARLY_ALL: u64 = 95;
    for found in candidates {
        let Some(share) = spread.share(found.column) else { continue };
        let settled = matches!(found.reason.name, Name::Exact | Name::Own);
        let field = found.field;
        if settled || target.key().contains(&field.name) || dictionary.takes_first_of(field.name) {
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

/// Gives each column to one field and each field its columns, the surest first.
fn assign(target: &dyn Target, dictionary: &Dictionary, mut candidates: Vec<Candidate>) -> Vec<FieldGuess> {
    let place = |field: &Field| target.fields().iter().position(|known| known.name == field.name);
    candidates.sort_by_key(|found| {
        let doubt = (found.reason.name != Name::Exact, std::cmp::Reverse(found.confidence), found.part);
        (doubt, place(found.field), found.column)
    });
    let empty = |field| FieldGuess { field, how: How::Column, taken: vec![], rivals: vec![], question: None };
    let mut fields: Vec<FieldGuess> = target.fields().iter().map(empty).collect();
    let mut given: HashSet<usize> = HashSet::new();
    for found in &candidates {
        let guess = &mut fields[place(found.field).unwrap_or_default()];
        let is_free = !given.contains(&found.column);
        if is_free && found.confidence >= TAKEN && guess.accepts(found, dictionary) {
            given.insert(found.column);
            guess.taken.push(found.clone());
        } else {
            guess.rivals.push(found.clone());
        }
    }
    for guess in &mut fields {
        guess.rivals.retain(|rival| !given.contains(&rival.column));
        guess.settle();
    }
    fields
}

impl FieldGuess {
    /// Whether one more column has a place in the field's value.
    fn accepts(&self, found: &Candidate, dictionary: &Dictionary) -> bool {
        let Some(first) = self.taken.first() else { return true };
        let is_piece = |taken: &Candidate| matches!(taken.part, Part::Piece(_));
        if is_piece(first) {
            let given = self.taken.iter().any(|taken| dictionary.is_given(taken.part));
            return match found.part {
                Part::Piece(_) => !self.taken.iter().any(|taken| taken.part == found.part),
                // `Nombre` beside `Apellidos` is the given name.
                Part::Whole => !given && found.reason.name == Name::Usual,
                Part::Second => false,
            };
        }
        dictionary.takes_first_of(self.field.name) && !is_piece(found)
    }

    /// Puts the columns in order, and asks where two are equally likely.
    fn settle(&mut self) {
        let pieces = self.taken.iter().any(|taken| matches!(taken.part, Part::Piece(_)));
        self.taken.sort_by_key(|taken| (taken.part, taken.column));
        self.how = match (self.taken.len(), pieces) {
            (0 | 1, _) => How::Column,
            (_, true) => How::Join,
            (_, false) => How::First,
        };
        if let ([only], true) = (self.taken.as_mut_slice(), pieces) {
            only.confidence = only.confidence.min(70);
        }
        let least = self.confidence();
        let settled = self.taken.iter().any(|taken| matches!(taken.reason.name, Name::Exact | Name::Own));
        let near = |rival: &Candidate| rival.confidence >= TAKEN && rival.confidence + CLOSE > least;
        self.question = match self.taken.len() {
            0 if self.field.mandatory => Some(Question::Missing),
            1 if !settled && self.rivals.iter().any(near) => Some(Question::TooClose),
            _ => None,
        };
    }
}

/// What each column becomes as a custom field.
fn customs(
    target: &dyn Target,
    dictionary: &Dictionary,
    (header, seen): (&Header, &[ColumnSeen]),
    spread: &Spread,
) -> Vec<ColumnUse> {
    let mut used: HashSet<String> = target.fields().iter().map(|field| field.name.to_lowercase()).collect();
    used.extend(["obligations".to_owned(), "custom".to_owned()]);
    let mut all = Vec::with_capacity(header.names.len());
    for (column, (name, seen)) in header.names.iter().zip(seen).enumerate() {
        if !seen.shapes.any() {
            all.push(ColumnUse::Unread(Say::UnreadBlank));
            continue;
        }
        let known = dictionary.meanings(&dictionary.bag(name)).0.iter().find_map(|sense| match sense {
            Sense::Custom(name, level) => Some((name.clone(), *level)),
            Sense::Field(..) => None,
        });
        let (level, why) = match (spread.share(column), &known) {
            (Some(share), _) if share >= VARIES_MIN => (Level::Line, (Say::LevelVaries, share)),
            (Some(share), _) => (Level::Record, (Say::LevelSame, 100 - share)),
            (None, Some((_, level))) => (*level, (Say::LevelKnown, 0)),
            // A field of the line never disagrees with another row of its debtor.
            (None, None) => (Level::Line, (Say::LevelUnknown, 0)),
        };
        let wanted = known.map(|(name, _)| name).filter(|name| !used.contains(name));
        let name = free_name(&wanted.unwrap_or_else(|| slug(name, column)), &mut used);
        all.push(ColumnUse::Custom(Custom { name, level, kind: seen.verdict.kind, why }));
    }
    all
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

/// Decides the format of every column of dates or amounts that is read, as a load does.
fn formats(
    table: &Table,
    header: &Header,
    fields: &[FieldGuess],
    columns: &[ColumnUse],
) -> HashMap<usize, Decided> {
    let of_field =
        |name: &str| fields.iter().find(|guess| guess.field.name == name).map(|guess| guess.field.kind);
    let mut probes: Vec<(usize, Probe)> = Vec::new();
    for (column, use_of) in columns.iter().enumerate() {
        let (dates, amounts) = match use_of {
            ColumnUse::Field(name, _) => {
                (of_field(name) == Some(FieldKind::Date), of_field(name) == Some(FieldKind::Amount))
            }
            ColumnUse::Custom(custom) => (custom.kind == ColumnKind::Date, custom.kind == ColumnKind::Amount),
            ColumnUse::Unread(_) => (false, false),
        };
        if dates {
            probes.push((column, Probe::Dates(DateProbe::default())));
        } else if amounts {
            probes.push((column, Probe::Amounts(AmountProbe::default())));
        }
    }
    seen::each_row(table, header, |row| {
        for (column, probe) in &mut probes {
            probe.see(row.number(), row.cell(*column));
        }
    });
    let decide = |(column, probe): (usize, Probe)| {
        let decided = match probe.decide(Place::default()) {
            Ok(Some((format, Some(proof)))) => Decided::Proved(format, proof),
            Ok(_) => Decided::Free,
            Err(_) => Decided::Open,
        };
        (column, decided)
    };
    probes.into_iter().map(decide).collect()
}

/// Asks about formats without proof, and about mandatory fields that are often blank.
fn ask(
    target: &dyn Target,
    (table, header): (&Table, &Header),
    formats: &HashMap<usize, Decided>,
    fields: &mut [FieldGuess],
) {
    for guess in fields.iter_mut().filter(|guess| guess.question.is_none() && !guess.taken.is_empty()) {
        let columns: Vec<usize> = guess.taken.iter().map(|taken| taken.column).collect();
        if columns.iter().any(|column| formats.get(column) == Some(&Decided::Open)) {
            guess.question = Some(Question::Format);
        }
        let names_something =
            target.key().contains(&guess.field.name) || target.line_key() == Some(guess.field.name);
        if !guess.field.mandatory || names_something {
            continue;
        }
        let (blank, rows) = seen::blanks(table, header, &columns);
        if blank * 100 > rows * BLANKS_MAX {
            guess.question = Some(Question::Blank(blank, rows));
        }
    }
}
