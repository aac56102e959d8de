//! Each column goes to one field and each field gets its columns, the surest first; what is left open is a question.
//!
//! Nothing here reads a table: candidates come with their confidence.

use std::collections::HashSet;

use super::dictionary::{Dictionary, Part};
use super::join::Joined;
use super::score::{Candidate, Name, TAKEN};
use super::{FieldGuess, How, Question};
use crate::target::{Field, IDENTIFICATION, Target};

/// Two columns whose confidences are nearer than this are equally likely.
const CLOSE: u8 = 5;

/// Gives each column to one field and each field its columns, the surest first.
pub(super) fn all(
    target: &dyn Target,
    joined: Option<Joined>,
    dictionary: &Dictionary,
    mut candidates: Vec<Candidate>,
) -> Vec<FieldGuess> {
    let feeds = |field: &&Field| joined.is_none_or(|joined| joined.role.feeds(field.level));
    let known: Vec<&'static Field> = target.fields().iter().filter(feeds).collect();
    let place = |field: &Field| known.iter().position(|known| known.name == field.name);
    candidates.sort_by_key(|found| {
        let doubt = (found.reason.name != Name::Exact, std::cmp::Reverse(found.confidence), found.part);
        (doubt, place(found.field), found.column)
    });
    let mut fields: Vec<FieldGuess> = known.iter().map(|field| FieldGuess::empty(field)).collect();
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
    // A record that belongs to a case file has its id, or the document by which that is looked up.
    if let Some(id) = target.case_file() {
        let lacks = |guess: &&mut FieldGuess| guess.taken.is_empty();
        let is_named = fields.iter().any(|guess| guess.field.name == id && !guess.taken.is_empty());
        let document = fields.iter_mut().find(|guess| guess.field.name == IDENTIFICATION);
        if let Some(document) = document.filter(lacks).filter(|_| !is_named) {
            document.question = Some(Question::Missing);
        }
    }
    fields
}

impl FieldGuess {
    fn empty(field: &'static Field) -> FieldGuess {
        let (taken, rivals) = (Vec::new(), Vec::new());
        FieldGuess { field, how: How::Column, taken, rivals, question: None, words: None, constants: &[] }
    }

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

/// Gives the fields that hold what another one holds its column, where they have none.
pub(super) fn fill_from_others(dictionary: &Dictionary, fields: &mut [FieldGuess]) {
    for at in 0..fields.len() {
        let other = dictionary.same_as(fields[at].field.name).filter(|_| fields[at].taken.is_empty());
        let Some(other) = other.and_then(|name| fields.iter().find(|guess| guess.field.name == name)) else {
            continue;
        };
        let mut taken = other.taken.clone();
        for found in &mut taken {
            found.reason.name = Name::Shared;
        }
        fields[at].taken = taken;
    }
}
