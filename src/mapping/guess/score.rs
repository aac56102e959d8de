//! How surely a column feeds a field, and why: its name, then what its values say about that.
//!
//! Confidence is a whole percentage. The figures are one table, chosen so that nothing wrong in the table of real
//! headers reaches [`SURE`]; a name without agreeing values is never sure. Nothing is decided here.

use super::dictionary::{Bag, Dictionary, Part, Sense, Tier};
use super::reading::Without;
use super::seen::{ColumnSeen, Shape};
use crate::lang::{Lang, Say};
use crate::mapping::DOCUMENTS;
use crate::target::{Field, FieldKind, IDENTIFICATION, Level, Target};

/// From this confidence on a person need not look again.
pub const SURE: u8 = 90;
/// Below this confidence a column is not taken for a field.
pub const TAKEN: u8 = 60;

/// How a column's name led to a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// It is the field's own name, letter by letter.
    Exact,
    /// The user's `cartera.toml` says so.
    Own,
    /// The dictionary has it.
    Known,
    /// The dictionary has it as a usual name.
    Usual,
    /// The dictionary has it as one of several readings.
    Maybe,
    /// It contains a known name.
    Partly,
    /// It differs from a known name by a letter.
    Alike,
    /// It says nothing of the field; the values do.
    Nothing,
    /// It feeds another field that holds the same.
    Shared,
}

/// What the values say about a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// Most look like it.
    Agrees,
    /// There are none, or they could be anything.
    Silent,
    /// They are something else.
    Differs,
}

/// A field that a column may feed.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The column, counted from 0.
    pub column: usize,
    /// The field.
    pub field: &'static Field,
    /// Which part of the field's value it holds.
    pub part: Part,
    /// How surely, in percent.
    pub confidence: u8,
    /// Why.
    pub reason: Reason,
}

/// Why a column is taken for a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// How its name led there.
    pub name: Name,
    /// Share of its values that look like what the field takes, in percent, and what that is; none without values.
    pub values: Option<(u64, Say)>,
    /// What the rows of one debtor say against it.
    pub against: Option<Say>,
}

impl Reason {
    /// The reason as a sentence; `column` and `field` are the names.
    pub fn sentence(&self, column: &str, field: &str, lang: Lang) -> String {
        let name = match self.name {
            Name::Exact => Say::GuessExact,
            Name::Own => Say::GuessOwn,
            Name::Known => Say::GuessKnown,
            Name::Usual => Say::GuessUsual,
            Name::Maybe => Say::GuessMaybe,
            Name::Partly => Say::GuessPartly,
            Name::Alike => Say::GuessAlike,
            Name::Nothing => Say::GuessByValues,
            Name::Shared => Say::GuessShared,
        };
        let mut text = name.with(lang, &[("column", column), ("field", field)]);
        let values = match self.values {
            Some((100, kind)) => Say::GuessAll.with(lang, &[("kind", kind.text(lang))]),
            Some((share, kind)) => {
                let share = share.to_string();
                Say::GuessShare.with(lang, &[("share", &share), ("kind", kind.text(lang))])
            }
            None => Say::GuessNoValues.text(lang).to_owned(),
        };
        text.push_str("; ");
        text.push_str(&values);
        if let Some(against) = self.against {
            text.push_str("; ");
            text.push_str(against.text(lang));
        }
        text
    }
}

/// The fields of a target that a column may feed, the surest first.
pub fn candidates(
    target: &dyn Target,
    dictionary: &Dictionary,
    (column, header): (usize, &str),
    seen: &ColumnSeen,
) -> Vec<Candidate> {
    let named = named(target, dictionary, header);
    let score = |(field, part, name, left): Named| {
        let (fit, values) = fit(target, field, seen, dictionary.counts(header));
        let confidence = confidence(name, fit).saturating_sub(u8::try_from(left * 6).unwrap_or(u8::MAX));
        Candidate { column, field, part, confidence, reason: Reason { name, values, against: None } }
    };
    let mut all: Vec<Candidate> = named.into_iter().map(score).filter(|found| found.confidence > 0).collect();
    all.sort_by_key(|found| std::cmp::Reverse(found.confidence));
    let mut before = Vec::new();
    all.retain(|found| {
        let first = !before.contains(&found.field.name);
        before.push(found.field.name);
        first
    });
    all
}

/// A field, the part of its value, how the name led to it, and how many words of the name are left over.
type Named = (&'static Field, Part, Name, usize);

/// The fields that a header may mean; the mandatory ones too where it means nothing, for their values to tell.
fn named(target: &dyn Target, dictionary: &Dictionary, header: &str) -> Vec<Named> {
    let fields = target.fields();
    if let Some(field) = fields.iter().find(|field| field.name == header) {
        return vec![(field, Part::Whole, Name::Exact, 0)];
    }
    let bag = dictionary.bag(header);
    let mut all = whole(target, dictionary, &bag);
    if all.is_empty() && dictionary.meanings(&bag).0.is_empty() {
        all = in_part(target, dictionary, &bag);
    }
    if all.iter().any(|(_, _, name, _)| *name == Name::Own) {
        all.retain(|(_, _, name, _)| *name == Name::Own);
    }
    let is_needed =
        |field: &&Field| field.mandatory || (target.case_file().is_some() && field.name == IDENTIFICATION);
    let mandatory = fields.iter().filter(is_needed);
    all.extend(mandatory.map(|field| (field, Part::Whole, Name::Nothing, 0)));
    all
}

fn field_of(target: &dyn Target, sense: &Sense) -> Option<(&'static Field, Part, Tier)> {
    let Sense::Field(name, part, tier) = sense else { return None };
    let field = target.fields().iter().find(|field| field.name == name)?;
    Some((field, *part, *tier))
}

/// The fields that all of a name means, or all but what says nothing more.
fn whole(target: &dyn Target, dictionary: &Dictionary, bag: &Bag) -> Vec<Named> {
    let (senses, without) = dictionary.meanings(bag);
    let named = |sense| -> Option<Named> {
        let (field, part, tier) = field_of(target, sense)?;
        // `Id socio` is the debtor's, never the obligation's.
        let is_debtors = without != Without::Nothing && tier < Tier::Known;
        if is_debtors && field.level == Level::Line && field.kind == FieldKind::Id {
            return None;
        }
        let all_counts = matches!(without, Without::Nothing | Without::Debtor);
        let name = match tier {
            Tier::Own => Name::Own,
            Tier::Known if all_counts => Name::Known,
            Tier::Usual if all_counts => Name::Usual,
            Tier::Known if field.kind == FieldKind::Text => Name::Maybe,
            Tier::Known => Name::Usual,
            Tier::Usual | Tier::Maybe if without == Without::Debt => return None,
            // `Fecha registrada` is any date.
            Tier::Maybe if without == Without::Neutral && field.kind != FieldKind::Amount => return None,
            Tier::Usual | Tier::Maybe => Name::Maybe,
        };
        Some((field, part, name, 0))
    };
    senses.iter().filter_map(named).collect()
}

/// The fields that each word of a name means, or some of its words, or a name that is nearly the same.
fn in_part(target: &dyn Target, dictionary: &Dictionary, bag: &Bag) -> Vec<Named> {
    let alternative = dictionary.alternatives(bag).and_then(|sense| field_of(target, sense));
    if let Some((field, part, _)) = alternative {
        return vec![(field, part, Name::Usual, 0)];
    }
    let known = |sense| field_of(target, sense).filter(|(_, _, tier)| *tier >= Tier::Known);
    let partly = dictionary.partly(bag).into_iter().filter_map(|(sense, words, left)| {
        let (field, part, _) = known(sense)?;
        (words > 1 || left == 0 || is_distinctive(field)).then_some((field, part, Name::Partly, left))
    });
    let alike = dictionary.alike(bag).into_iter().filter_map(known);
    partly.chain(alike.map(|(field, part, _)| (field, part, Name::Alike, 0))).collect()
}

/// Whether one word of a name is enough to think of a field, because its values look like nothing else.
fn is_distinctive(field: &Field) -> bool {
    matches!(
        (field.level, field.kind),
        (Level::Record, FieldKind::Id | FieldKind::Email | FieldKind::Phone) | (_, FieldKind::Date)
    )
}

/// What a name and the values make together, in percent.
fn confidence(name: Name, fit: Fit) -> u8 {
    let [agrees, silent, differs] = match name {
        Name::Exact => [100, 99, 95],
        Name::Own => [99, 95, 80],
        Name::Known => [97, 86, 30],
        Name::Usual | Name::Shared => [88, 75, 20],
        Name::Maybe => [78, 50, 0],
        Name::Partly => [74, 55, 0],
        Name::Alike => [72, 55, 0],
        // Never taken, but offered where a mandatory field has nothing better.
        Name::Nothing => [40, 0, 0],
    };
    match fit {
        Fit::Agrees => agrees,
        Fit::Silent => silent,
        Fit::Differs => differs,
    }
}

/// Share of the values that must look alike, in percent.
const MOST: u64 = 80;

/// Share of the values from which on they are no accident, in percent.
const SOME: u64 = 20;

/// Whether a column that should name a line has the same value too often to be sure of it.
fn has_doubles(target: &dyn Target, field: &Field, seen: &ColumnSeen) -> bool {
    const ROWS_MIN: u64 = 3;
    const DIFFERENT_MIN: u64 = 80;
    let verdict = &seen.verdict;
    let is_key = Some(field.name) == target.line_key();
    is_key && verdict.filled >= ROWS_MIN && verdict.distinct * 100 < verdict.filled * DIFFERENT_MIN
}

/// Whether amounts are all so small, and several, that they count something.
fn is_count(seen: &ColumnSeen) -> bool {
    const VALUES_MIN: u64 = 3;
    let verdict = &seen.verdict;
    verdict.filled >= VALUES_MIN && verdict.distinct > 1 && seen.shapes.share(Shape::Few) >= MOST
}

/// Whether a column that should name a line has so few different values that it names a group of them.
fn is_repeated(target: &dyn Target, field: &Field, seen: &ColumnSeen) -> bool {
    const ROWS_MIN: u64 = 50;
    const DIFFERENT_MIN: u64 = 5;
    let verdict = &seen.verdict;
    let is_key = Some(field.name) == target.line_key();
    is_key && verdict.filled >= ROWS_MIN && verdict.distinct * 100 < verdict.filled * DIFFERENT_MIN
}

/// What the values say about a field, with the share of them that says so.
fn fit(target: &dyn Target, field: &Field, seen: &ColumnSeen, counts: bool) -> (Fit, Option<(u64, Say)>) {
    if !seen.shapes.any() {
        return (Fit::Silent, None);
    }
    let (wanted, kind) = wanted(target, field);
    let share = seen.shapes.share(wanted);
    let fit = match wanted {
        // Up to ninety-nine of something are no money; nobody is owed anything since before 1990.
        Shape::Amount if is_count(seen) => Fit::Differs,
        Shape::Text if seen.shapes.share(Shape::YesNo) >= MOST => Fit::Differs,
        Shape::Date if seen.shapes.share(Shape::LongAgo) >= SOME => Fit::Differs,
        Shape::Code if is_repeated(target, field, seen) => Fit::Differs,
        Shape::Code if has_doubles(target, field, seen) && share >= MOST => Fit::Silent,
        // Numbers of one or two digits may name something, or count it.
        Shape::Code if seen.shapes.share(Shape::Few) >= MOST && counts => Fit::Differs,
        Shape::Code if seen.shapes.share(Shape::Few) >= MOST && share >= MOST => Fit::Silent,
        _ if share >= MOST => Fit::Agrees,
        // A damaged or foreign number is still a number of something.
        Shape::Document | Shape::Phone if seen.shapes.share(Shape::Code) >= MOST => Fit::Silent,
        _ => Fit::Differs,
    };
    (fit, Some((share, kind)))
}

/// What the values of a field look like, and what that is called.
fn wanted(target: &dyn Target, field: &Field) -> (Shape, Say) {
    match field.kind {
        FieldKind::Id if is_document(field) => (Shape::Document, Say::GuessDocuments),
        FieldKind::Id => (Shape::Code, Say::GuessCodes),
        FieldKind::Email => (Shape::Email, Say::GuessEmails),
        FieldKind::Phone => (Shape::Phone, Say::GuessPhones),
        FieldKind::Date | FieldKind::Moment => (Shape::Date, Say::GuessDates),
        FieldKind::Amount => (Shape::Amount, Say::GuessAmounts),
        FieldKind::Integer => (Shape::Small, Say::GuessSmall),
        FieldKind::Boolean => (Shape::YesNo, Say::GuessYesNo),
        // An obligation is called in words, whatever the documents call theirs.
        FieldKind::Text if target.line_key().is_none() => text_like(field.example),
        FieldKind::Text | FieldKind::Files | FieldKind::Choice(_) => (Shape::Text, Say::GuessTexts),
    }
}

/// Whether a field takes the number of a person's document.
pub(super) fn is_document(field: &Field) -> bool {
    field.kind == FieldKind::Id && DOCUMENTS.contains(&field.name)
}

/// What texts look like whose documented example is this one: a time, somebody's user, a code, or words.
fn text_like(example: &str) -> (Shape, Say) {
    let digits = example.bytes().any(|byte| byte.is_ascii_digit());
    match () {
        () if example.contains(' ') => (Shape::Text, Say::GuessTexts),
        () if digits && example.contains(':') => (Shape::Clock, Say::GuessClocks),
        () if example.contains('@') => (Shape::Email, Say::GuessEmails),
        () if digits => (Shape::Code, Say::GuessCodes),
        () => (Shape::Text, Say::GuessTexts),
    }
}
