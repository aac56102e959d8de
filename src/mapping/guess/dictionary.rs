//! The names that columns go by, read from `dictionary.toml`, and a user's own.
//!
//! A name is compared as a set of words: without case, accents, punctuation and small words, each word replaced by
//! the one that it stands for. Nothing here looks at values or decides which column is taken.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::short::Shortened;
use super::spelling::plain;

use serde::Deserialize;

use crate::target::Level;

/// The dictionary's file; its head says how it is extended.
const TEXT: &str = include_str!("dictionary.toml");

/// A user's own names: a field of the CRM, and what columns that feed it are called.
pub type Synonyms = Vec<(String, Vec<String>)>;

/// How surely a name means what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// It does if the values agree.
    Maybe,
    /// It mostly does.
    Usual,
    /// It does.
    Known,
    /// The user says so.
    Own,
}

/// Which part of a field's value a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// All of it, or the first choice among several columns.
    Whole,
    /// A second choice, after every first one.
    Second,
    /// A part of a name, by its place in the whole.
    Piece(usize),
}

/// What a name means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sense {
    /// A field of the CRM, by its name.
    Field(String, Part, Tier),
    /// A column that is no field: the custom field that it usually becomes, and what it belongs to.
    Custom(String, Level),
}

/// The set of words that a name comes down to.
pub type Bag = BTreeSet<String>;

/// Names and what they mean.
#[derive(Debug)]
pub struct Dictionary {
    words: HashMap<String, String>,
    pub(super) vocabulary: HashSet<String>,
    pub(super) small: HashSet<String>,
    pub(super) negated: HashSet<String>,
    pub(super) debtor: HashSet<String>,
    pub(super) neutral: HashSet<String>,
    pub(super) debt: HashSet<String>,
    pub(super) others: HashSet<String>,
    pub(super) senses: HashMap<Bag, Vec<Sense>>,
    first_of: HashSet<String>,
    given: usize,
    pub(super) shortened: Shortened,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    words: HashMap<String, Vec<String>>,
    small: RawWords,
    negated: RawWords,
    debtor: RawWords,
    neutral: RawWords,
    debt: RawWords,
    others: RawWords,
    apart: RawWords,
    fields: HashMap<String, RawField>,
    custom: HashMap<String, RawCustom>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWords {
    words: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RawField {
    first_of: bool,
    known: Vec<String>,
    usual: Vec<String>,
    maybe: Vec<String>,
    landline: Vec<String>,
    given: Vec<String>,
    family: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCustom {
    level: RawLevel,
    names: Vec<String>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum RawLevel {
    Record,
    Line,
}

impl Dictionary {
    /// The dictionary that comes with the program, and a user's own names beside it.
    pub fn with(synonyms: &Synonyms) -> Dictionary {
        let raw: Raw = toml::from_str(TEXT).expect("a test reads the dictionary");
        let mut dictionary = Dictionary::of_words(&raw);
        for (field, names) in &raw.fields {
            dictionary.add_field(field, names);
        }
        for (name, custom) in &raw.custom {
            let level = match custom.level {
                RawLevel::Record => Level::Record,
                RawLevel::Line => Level::Line,
            };
            dictionary.add(&custom.names, |_| Sense::Custom(name.clone(), level));
        }
        for (field, names) in synonyms {
            dictionary.add(names, |_| Sense::Field(field.clone(), Part::Whole, Tier::Own));
        }
        // Last, so that no name of the dictionary itself is taken for a short form of another.
        let meant = dictionary.vocabulary.iter().map(|word| (word.clone(), dictionary.canonical(word)));
        dictionary.shortened = Shortened::of(meant);
        dictionary
    }

    fn of_words(raw: &Raw) -> Dictionary {
        let mut words = HashMap::new();
        for (word, written) in &raw.words {
            words.extend(written.iter().map(|way| (plain(way), word.clone())));
        }
        let mut dictionary = Dictionary {
            words,
            vocabulary: HashSet::new(),
            small: raw.small.words.iter().map(|word| plain(word)).collect(),
            negated: HashSet::new(),
            debtor: HashSet::new(),
            neutral: HashSet::new(),
            debt: HashSet::new(),
            others: HashSet::new(),
            senses: HashMap::new(),
            first_of: HashSet::new(),
            shortened: Shortened::default(),
            given: raw.fields.values().map(|field| field.given.len()).max().unwrap_or(0),
        };
        let canonical = |list: &RawWords, dictionary: &Dictionary| -> HashSet<String> {
            list.words.iter().map(|word| dictionary.canonical(&plain(word))).collect()
        };
        dictionary.negated = canonical(&raw.negated, &dictionary);
        dictionary.debtor = canonical(&raw.debtor, &dictionary);
        dictionary.neutral = canonical(&raw.neutral, &dictionary);
        dictionary.debt = canonical(&raw.debt, &dictionary);
        dictionary.others = canonical(&raw.others, &dictionary);
        dictionary.others.extend(canonical(&raw.apart, &dictionary));
        dictionary.vocabulary.extend(dictionary.words.keys().cloned());
        // They mean something themselves and are short for nothing else.
        let meant = dictionary.debtor.iter().chain(&dictionary.others);
        let meant = meant.chain(&dictionary.neutral).chain(&dictionary.debt);
        let meant: Vec<String> = meant.cloned().collect();
        dictionary.vocabulary.extend(meant);
        dictionary
    }

    fn add_field(&mut self, field: &str, names: &RawField) {
        if names.first_of {
            self.first_of.insert(field.to_owned());
        }
        let whole = |tier| move |_| Sense::Field(field.to_owned(), Part::Whole, tier);
        self.add(&names.known, whole(Tier::Known));
        self.add(&names.usual, whole(Tier::Usual));
        self.add(&names.maybe, whole(Tier::Maybe));
        self.add(&names.landline, |_| Sense::Field(field.to_owned(), Part::Second, Tier::Known));
        let piece = |before| move |at| Sense::Field(field.to_owned(), Part::Piece(before + at), Tier::Known);
        self.add(&names.given, piece(0));
        self.add(&names.family, piece(names.given.len()));
    }

    fn add(&mut self, names: &[String], sense: impl Fn(usize) -> Sense) {
        for (at, name) in names.iter().enumerate() {
            let bag = self.bag(name);
            self.vocabulary.extend(bag.iter().cloned());
            let senses = self.senses.entry(bag).or_default();
            let sense = sense(at);
            if !senses.contains(&sense) {
                senses.push(sense);
            }
        }
    }

    pub(super) fn canonical(&self, word: &str) -> String {
        self.words.get(word).cloned().unwrap_or_else(|| word.to_owned())
    }

    /// Whether a part of a name is a given one.
    pub fn is_given(&self, part: Part) -> bool {
        matches!(part, Part::Piece(at) if at < self.given)
    }

    /// Whether a field takes the first of several columns that is not blank.
    pub fn takes_first_of(&self, field: &str) -> bool {
        self.first_of.contains(field)
    }
}

impl Sense {
    /// The field, or the custom field.
    pub fn name(&self) -> &str {
        match self {
            Sense::Field(name, ..) | Sense::Custom(name, _) => name,
        }
    }
}

impl PartialOrd for Sense {
    fn partial_cmp(&self, other: &Sense) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Sense {
    fn cmp(&self, other: &Sense) -> std::cmp::Ordering {
        let key = |sense: &Sense| match sense {
            Sense::Field(name, part, tier) => (0, name.clone(), Some((*part, *tier))),
            Sense::Custom(name, _) => (1, name.clone(), None),
        };
        key(self).cmp(&key(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dictionary_is_sound() {
        let dictionary = Dictionary::with(&Vec::new());
        let fields: Vec<&str> =
            crate::target::all().iter().flat_map(|target| target.fields()).map(|field| field.name).collect();
        for (bag, senses) in &dictionary.senses {
            assert!(!bag.is_empty(), "a name of small words alone");
            let sure: HashSet<&str> = senses
                .iter()
                .filter_map(|sense| match sense {
                    Sense::Field(name, _, tier) if *tier > Tier::Maybe => Some(name.as_str()),
                    Sense::Field(..) => None,
                    Sense::Custom(name, _) => Some(name.as_str()),
                })
                .collect();
            assert!(sure.len() <= 1, "{bag:?} means several things: {senses:?}");
            for sense in senses {
                if let Sense::Field(name, ..) = sense {
                    assert!(fields.contains(&name.as_str()), "no target has a field {name}");
                }
            }
        }
    }

    #[test]
    fn a_word_stands_for_one_thing() {
        let raw: Raw = toml::from_str(TEXT).unwrap();
        let mut seen: HashMap<String, &str> = HashMap::new();
        for (word, ways) in &raw.words {
            for way in ways {
                let before = seen.insert(plain(way), word);
                assert!(before.is_none(), "{way} stands for {word} and for {before:?}");
                assert!(!raw.words.contains_key(way), "{way} stands for {word} and for itself");
            }
        }
    }

    #[test]
    fn ways_to_write_a_name_are_one_name() {
        let dictionary = Dictionary::with(&Vec::new());
        for ways in [
            vec!["Fecha de vencimiento", "fechaVencimiento", "FEC_VCTO", "F. Venc.", "fechavencto"],
            vec!["Número de crédito", "# Crédito", "No. Crédito", "Nº Crédito", "nro_credito", "N° CREDITO"],
            vec!["Celular 1", "Cel. 2", "MOVIL", "WhatsApp"],
            vec!["Saldo total", "Sdo Total", "TOTAL BALANCE"],
        ] {
            let first = dictionary.bag(ways[0]);
            for way in ways {
                assert_eq!(dictionary.bag(way), first, "{way}");
            }
        }
    }

    #[test]
    fn the_debtor_is_understood_and_others_are_not() {
        let dictionary = Dictionary::with(&vec![("Email".to_owned(), vec!["Buzón".to_owned()])]);
        let first = |name: &str| dictionary.meanings(&dictionary.bag(name)).0.first().cloned();
        let known = |name: &str, part| Some(Sense::Field(name.into(), part, Tier::Known));
        assert_eq!(first("Cédula del cliente"), known("Identification", Part::Whole));
        assert_eq!(first("Client contact number"), known("Telephone", Part::Second));
        assert_eq!(first("buzon"), Some(Sense::Field("Email".into(), Part::Whole, Tier::Own)));
        assert_eq!(first("Teléfono codeudor"), None);
        assert!(dictionary.partly(&dictionary.bag("Teléfono codeudor")).is_empty());
    }
}
