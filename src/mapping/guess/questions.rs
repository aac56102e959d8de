//! What a person has to decide: formats that nothing proves, mandatory fields that are often blank, words that the CRM
//! does not know, settings of an endpoint that its documents leave open.
//!
//! Formats are decided with the probes of a load. Which column feeds a field is settled before this is asked.

use std::collections::HashMap;

use super::beside::Beside;
use super::dictionary::Dictionary;
use super::{ColumnUse, Decided, FieldGuess, Looked, Question, Words, seen};
use crate::problem::Place;
use crate::survey::Probe;
use crate::survey::amounts::AmountProbe;
use crate::survey::columns::ColumnKind;
use crate::survey::dates::DateProbe;
use crate::target::{FieldKind, Needed, Setting, Target};

/// Blanks of a mandatory field that a person is asked about, in percent.
const BLANKS_MAX: u64 = 1;
/// More words than these are no list that a person fills in.
const WORDS_MAX: usize = 20;

/// Decides the format of every column of dates or amounts that is read, as a load does.
pub(super) fn formats(
    looked: &Looked<'_>,
    beside: Option<&Beside>,
    fields: &[FieldGuess],
    columns: &[ColumnUse],
) -> HashMap<usize, Decided> {
    let of_field =
        |name: &str| fields.iter().find(|guess| guess.field.name == name).map(|guess| guess.field.kind);
    let mut probes: Vec<(usize, Vec<usize>, Probe)> = Vec::new();
    for (column, use_of) in columns.iter().enumerate() {
        if beside.is_some_and(|beside| beside.follows(column)) {
            continue;
        }
        let (dates, amounts) = match use_of {
            ColumnUse::Field(name, _) => {
                let kind = of_field(name);
                let is_date = matches!(kind, Some(FieldKind::Date | FieldKind::Moment));
                (is_date, kind == Some(FieldKind::Amount))
            }
            ColumnUse::Custom(custom) => (custom.kind == ColumnKind::Date, custom.kind == ColumnKind::Amount),
            ColumnUse::Key | ColumnUse::Unread(_) => (false, false),
        };
        let probe = match (dates, amounts) {
            (true, _) => Probe::Dates(DateProbe::default()),
            (_, true) => Probe::Amounts(AmountProbe::default()),
            _ => continue,
        };
        probes.push((column, beside.map_or_else(|| vec![column], |beside| beside.columns(column)), probe));
    }
    seen::each_row(looked.table, &looked.header, |row| {
        for (_, columns, probe) in &mut probes {
            for column in columns.iter() {
                probe.see(row.number(), row.cell(*column));
            }
        }
    });
    let decide = |(column, _, probe): (usize, Vec<usize>, Probe)| {
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
pub(super) fn ask(
    target: &dyn Target,
    (looked, beside): (&Looked<'_>, Option<&Beside>),
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
        let of_lines = beside.and_then(|beside| lines(beside, columns[0]));
        let (blank, rows) = match of_lines {
            Some(lines) => seen::blanks_in_lines(looked.table, &looked.header, &lines),
            None => seen::blanks(looked.table, &looked.header, &columns),
        };
        if blank * 100 > rows * BLANKS_MAX {
            guess.question = Some(Question::Blank(blank, rows));
        }
    }
}

/// The columns of each line beside others, with the one of a pattern.
fn lines(beside: &Beside, column: usize) -> Option<Vec<(Vec<usize>, usize)>> {
    let pattern = beside.pattern(column)?;
    let of_number = |number: &u32| {
        let columns = beside.patterns.iter().filter_map(|pattern| pattern.columns.get(number).copied());
        Some((columns.collect(), *pattern.columns.get(number)?))
    };
    beside.numbers.iter().map(of_number).collect()
}

/// Puts a word of the CRM's to each text of a column that it takes none but a few words from; and lists the texts that
/// a person has to find the codes of.
pub(super) fn words(looked: &Looked<'_>, dictionary: &Dictionary, fields: &mut [FieldGuess]) {
    for at in 0..fields.len() {
        let field = fields[at].field;
        let described = dictionary.code_of(field.name).filter(|_| fields[at].taken.is_empty());
        let column_of = |guess: &FieldGuess| guess.taken.first().map(|taken| taken.column);
        let column = match (field.kind, described) {
            (FieldKind::Choice(_), _) => column_of(&fields[at]),
            (_, Some(other)) => fields.iter().find(|guess| guess.field.name == other).and_then(column_of),
            _ => None,
        };
        let Some(column) = column else { continue };
        let texts = seen::few_texts(looked.table, &looked.header, column, WORDS_MAX);
        let word = |text: String| {
            let word = match field.kind {
                FieldKind::Choice(choices) => choices.iter().copied().find(|choice| *choice == text),
                _ => None,
            };
            let word = word.or_else(|| dictionary.word_of(field.name, &text));
            (text, word)
        };
        let words: Option<Vec<_>> = texts.map(|texts| texts.into_iter().map(word).collect());
        let is_known = words.as_ref().is_some_and(|words| words.iter().all(|(_, word)| word.is_some()));
        if matches!(field.kind, FieldKind::Choice(_)) && !is_known && fields[at].question.is_none() {
            fields[at].question = Some(Question::Words);
        }
        // What stands there as the CRM writes it needs no list.
        let texts = words.unwrap_or_default();
        let as_written = |(text, word): &(String, Option<&str>)| *word == Some(text.as_str());
        let needs_list = texts.is_empty() || !texts.iter().all(as_written);
        fields[at].words = needs_list.then_some(Words { column, texts });
    }
}

/// What the documents leave open about the endpoint and somebody has to say.
pub(super) fn settings(target: &dyn Target, fields: &[FieldGuess]) -> Vec<Setting> {
    let has_dates = fields.iter().any(|guess| guess.field.kind == FieldKind::Date && !guess.taken.is_empty());
    let is_needed = |setting: &&Setting| match setting.needed {
        Needed::No => false,
        Needed::Always => true,
        Needed::WithDates => has_dates,
    };
    target.settings().iter().filter(is_needed).copied().collect()
}
