//! Which target a file seems to be for: what its columns feed of each, and what each would lack.
//!
//! A target that has to have what nobody finds in the file is not thought of; a module of the tenant's own is what is
//! left. The figure is simple on purpose, so that a person sees why: a column that a field takes counts for it, a
//! mandatory field without a column against it.

use super::beside::Beside;
use super::dictionary::{Dictionaries, Dictionary};
use super::join::{self, Join, Joined};
use super::{FieldGuess, Looked, by_columns, names_record, unread};
use crate::lang::{Lang, Say};
use crate::target::{self, IDENTIFICATION, Target};

/// Columns of a table that are tried on every target; a table has more where nobody wrote it by hand.
const COLUMNS_MAX: usize = 400;

/// How a table, or two that are joined, fits a target.
#[derive(Clone)]
pub struct Fitting {
    /// The target.
    pub target: &'static dyn Target,
    /// Columns that its fields take, of all that have a name.
    pub taken: usize,
    /// Columns that have a name.
    pub columns: usize,
    /// Mandatory fields that no column feeds.
    pub missing: Vec<&'static str>,
    /// Whether it is thought of at all.
    is_likely: bool,
    score: i64,
}

/// The tables that are loaded into one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// One table, by its place among those looked at.
    Table(usize),
    /// Two that belong together.
    Joined(Join),
}

impl Whole {
    /// The tables, each with its side where there are two.
    pub fn sides(&self) -> Vec<(usize, Option<Joined>)> {
        match self {
            Whole::Table(at) => vec![(*at, None)],
            Whole::Joined(join) => join.sides().map(|(at, side)| (at, Some(side))).to_vec(),
        }
    }
}

/// A table, the fields that its columns feed, and lines that stand beside each other in it.
type Part<'p> = (&'p Looked<'p>, &'p [FieldGuess], Option<&'p Beside>);

impl Fitting {
    fn of(target: &'static dyn Target, parts: &[Part<'_>], dictionary: &Dictionary) -> Fitting {
        let fields = || parts.iter().flat_map(|(_, fields, _)| fields.iter());
        let (mut taken, mut columns, mut confidence) = (0, 0, 0);
        for (looked, fields, beside) in parts {
            let named = |column: usize| !looked.header.names[column].is_empty();
            columns += (0..looked.header.names.len()).filter(|column| named(*column)).count();
            let found = fields.iter().flat_map(|guess| &guess.taken);
            let all = |column: usize| beside.map_or_else(|| vec![column], |beside| beside.columns(column));
            let found = found
                .flat_map(|found| all(found.column).into_iter().map(|column| (column, found.confidence)));
            let mut of_table: Vec<(usize, u8)> = found.collect();
            of_table.sort_unstable();
            of_table.dedup_by_key(|(column, _)| *column);
            taken += of_table.len();
            confidence += of_table.iter().map(|(_, confidence)| i64::from(*confidence)).sum::<i64>();
        }
        let has = |guess: &&FieldGuess| !guess.taken.is_empty();
        let is_needed = |guess: &&FieldGuess| {
            guess.field.mandatory || (guess.question.is_some() && guess.field.name == IDENTIFICATION)
        };
        let missing: Vec<&'static str> =
            fields().filter(is_needed).filter(|guess| !has(guess)).map(|guess| guess.field.name).collect();
        let tells = fields().filter(has).any(|guess| dictionary.tells(guess.field.name));
        // The values may look like what names a record, whatever the column is called.
        let of_key = |guess: &&FieldGuess| names_record(target, guess.field);
        let is_named = fields().filter(of_key).any(|guess| has(&guess) || !guess.rivals.is_empty());
        let found = fields().filter(|guess| guess.field.mandatory && has(guess)).count();
        let is_half = target.case_file().is_none() && found >= missing.len();
        let is_last = target.fields().is_empty();
        // Half a column for each that is taken, whatever its confidence; as much against each that is missing.
        let score = confidence + 50 * to_signed(taken) - 50 * to_signed(missing.len());
        let is_likely = is_last || (tells && (is_named || is_half));
        Fitting { target, taken, columns, missing, is_likely, score: if is_last { i64::MIN } else { score } }
    }

    /// Why it is the one, in a sentence.
    pub fn sentence(&self, lang: Lang) -> String {
        let (taken, columns) = (lang.count(self.taken as u64), lang.count(self.columns as u64));
        let missing = self.missing.join(", ");
        let values = [("taken", taken.as_str()), ("columns", &columns), ("missing", &missing)];
        match (self.target.fields().is_empty(), self.missing.is_empty()) {
            (true, _) => Say::FitsNothing.text(lang).to_owned(),
            (_, true) => Say::FitsWhole.with(lang, &values),
            _ => Say::FitsButFor.with(lang, &values),
        }
    }

    /// Whether a person might mean this one and not the best: it takes nearly as many columns and lacks little more.
    pub fn rivals(&self, best: &Fitting) -> bool {
        let is_other = self.target.name() != best.target.name() && !self.target.fields().is_empty();
        let takes_as_many = self.taken * 4 >= best.taken * 3;
        self.is_likely && is_other && takes_as_many && self.missing.len() <= best.missing.len() + 1
    }

    fn order(&self) -> (bool, i64) {
        (self.is_likely, self.score)
    }
}

fn to_signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// What a table would be for each target, the best first; for the one that is asked for alone.
pub fn of_table(
    looked: &Looked<'_>,
    dictionaries: &Dictionaries,
    asked: Option<&'static dyn Target>,
) -> Vec<Fitting> {
    let all = target::all()
        .iter()
        .copied()
        .filter(|target| asked.is_none_or(|asked| asked.name() == target.name()));
    let mut fittings: Vec<Fitting> = all
        .map(|target| {
            let dictionary = dictionaries.of(target);
            let mut unread = unread(looked);
            unread.iter_mut().skip(COLUMNS_MAX).for_each(|why| *why = Some(Say::UnreadBlank));
            let (beside, fields) = by_columns(target, looked, (None, &unread), dictionary);
            Fitting::of(target, &[(looked, &fields, beside.as_ref())], dictionary)
        })
        .collect();
    fittings.sort_by_key(|fitting| std::cmp::Reverse(fitting.order()));
    fittings
}

/// What a file seems to be for.
#[derive(Clone)]
pub struct Best {
    /// The tables that are loaded.
    pub whole: Whole,
    /// How they fit each target, the best first.
    pub fittings: Vec<Fitting>,
    /// How each table fits each target by itself.
    pub alone: Vec<Vec<Fitting>>,
}

/// The tables of a file that fit a target best; two that belong together count as one. None where it has no table.
pub fn of_file(
    tables: &[Looked<'_>],
    dictionaries: &Dictionaries,
    asked: Option<&'static dyn Target>,
) -> Option<Best> {
    let alone: Vec<Vec<Fitting>> =
        tables.iter().map(|looked| of_table(looked, dictionaries, asked)).collect();
    let order = |at: &usize| (tables[*at].rows() > 0, alone[*at].first().map(Fitting::order));
    // The first of several alike.
    let at = (0..tables.len()).rev().max_by_key(order)?;
    let (mut whole, mut fittings) = (Whole::Table(at), alone[at].clone());
    if let Some((join, fitting)) = joined(tables, dictionaries, asked)
        && fittings.first().is_none_or(|best| best.order() < fitting.order())
    {
        whole = Whole::Joined(join);
        fittings.insert(0, fitting);
    }
    Some(Best { whole, fittings, alone })
}

/// Two tables that belong together, and how they fit the target that takes such.
fn joined(
    tables: &[Looked<'_>],
    dictionaries: &Dictionaries,
    asked: Option<&'static dyn Target>,
) -> Option<(Join, Fitting)> {
    if tables.len() < 2 {
        return None;
    }
    let takes_two = |target: &&&'static dyn Target| target.section(target::Level::Record).is_some();
    let target = *target::all()
        .iter()
        .filter(|target| asked.is_none_or(|asked| asked.name() == target.name()))
        .find(takes_two)?;
    let dictionary = dictionaries.of(target);
    let fields =
        |looked: &Looked<'_>, side| by_columns(target, looked, (side, &unread(looked)), dictionary).1;
    let alone: Vec<Vec<FieldGuess>> = tables.iter().map(|looked| fields(looked, None)).collect();
    let join = join::found(target, tables, &alone)?;
    let sides = join.sides().map(|(at, side)| (at, fields(&tables[at], Some(side))));
    let parts = sides.each_ref().map(|(at, fields)| (&tables[*at], fields.as_slice(), None));
    let fitting = Fitting::of(target, &parts, dictionary);
    // The column that joins is named under `[tables]`, and feeds nothing.
    Some((join, Fitting { columns: fitting.columns - 1, ..fitting }))
}
