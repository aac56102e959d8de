//! The names that columns go by, read from `dictionary.toml`, and a user's own.
//!
//! A name is compared as a set of words: without case, accents, punctuation and small words, each word replaced by
//! the one that it stands for. Nothing here looks at values or decides which column is taken.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::short::Shortened;

use serde::Deserialize;

use crate::mapping::names;
use crate::target::Level;

/// The dictionary's file; its head says how it is extended.
const TEXT: &str = include_str!("dictionary.toml");
/// Shorter pieces of a word that is written together are not looked for.
const PIECE_MIN: usize = 3;
/// Words of a name written together: `saldofac` has two.
const PIECES_MAX: usize = 3;

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
    vocabulary: HashSet<String>,
    small: HashSet<String>,
    debtor: HashSet<String>,
    others: HashSet<String>,
    senses: HashMap<Bag, Vec<Sense>>,
    first_of: HashSet<String>,
    given: usize,
    shortened: Shortened,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    words: HashMap<String, Vec<String>>,
    small: RawWords,
    debtor: RawWords,
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
            debtor: HashSet::new(),
            others: HashSet::new(),
            senses: HashMap::new(),
            first_of: HashSet::new(),
            shortened: Shortened::default(),
            given: raw.fields.values().map(|field| field.given.len()).max().unwrap_or(0),
        };
        let canonical = |list: &RawWords, dictionary: &Dictionary| -> HashSet<String> {
            list.words.iter().map(|word| dictionary.canonical(&plain(word))).collect()
        };
        dictionary.debtor = canonical(&raw.debtor, &dictionary);
        dictionary.others = canonical(&raw.others, &dictionary);
        dictionary.others.extend(canonical(&raw.apart, &dictionary));
        dictionary.vocabulary.extend(dictionary.words.keys().cloned());
        // They mean something themselves and are short for nothing else.
        dictionary.vocabulary.extend(dictionary.debtor.union(&dictionary.others).cloned());
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

    /// The words of a name, as they are compared.
    pub fn bag(&self, name: &str) -> Bag {
        let mut bag = Bag::new();
        for word in plain(name).split(' ') {
            let is_index = word.starts_with(|c: char| c.is_ascii_digit());
            if word.is_empty() || is_index || self.small.contains(word) {
                continue;
            }
            if let Some(pieces) = self.pieces(word, PIECES_MAX) {
                bag.extend(pieces.iter().map(|piece| self.canonical(piece)));
            } else {
                bag.insert(self.shortened.whole(word).unwrap_or(word).to_owned());
            }
        }
        bag
    }

    fn canonical(&self, word: &str) -> String {
        self.words.get(word).cloned().unwrap_or_else(|| word.to_owned())
    }

    /// A word that is known, or known words written together.
    fn pieces<'w>(&self, word: &'w str, most: usize) -> Option<Vec<&'w str>> {
        if self.vocabulary.contains(word) {
            return Some(vec![word]);
        }
        if most < 2 {
            return None;
        }
        let cuts = word.char_indices().map(|(at, _)| at);
        let cuts = cuts.filter(|at| (PIECE_MIN..=word.len().saturating_sub(PIECE_MIN)).contains(at));
        cuts.filter(|at| self.vocabulary.contains(&word[..*at])).find_map(|at| {
            let mut rest = self.pieces(&word[at..], most - 1)?;
            rest.insert(0, &word[..at]);
            Some(rest)
        })
    }

    /// What a name means when all of it counts, or all but the word for whoever owes.
    pub fn meanings(&self, bag: &Bag) -> &[Sense] {
        if let Some(senses) = self.senses.get(bag) {
            return senses;
        }
        let debtors: Vec<&String> = bag.iter().filter(|word| self.debtor.contains(*word)).collect();
        let without =
            |gone: &[&String]| -> Bag { bag.iter().filter(|word| !gone.contains(word)).cloned().collect() };
        let one_less = debtors.iter().map(|word| without(&[word]));
        let found = one_less.chain([without(&debtors)]).find_map(|bag| self.senses.get(&bag));
        found.map_or(&[], Vec::as_slice)
    }

    /// Fields that a part of the name surely means, how many words that part has, and how many it leaves over; nothing
    /// where the name is about somebody or something else.
    pub fn partly(&self, bag: &Bag) -> Vec<(&Sense, usize, usize)> {
        /// More words than these say something of their own.
        const LEFT_MAX: usize = 2;
        if bag.iter().any(|word| self.others.contains(word)) {
            return Vec::new();
        }
        let inside = self.senses.iter().filter(|(known, _)| known.is_subset(bag));
        let mut found: Vec<(&Bag, &Vec<Sense>)> = inside.collect();
        let longest = found.iter().map(|(known, _)| known.len()).max().unwrap_or(0);
        found.retain(|(known, _)| known.len() == longest && bag.len() - longest <= LEFT_MAX);
        found.sort();
        let all = found.into_iter().flat_map(|(known, senses)| {
            let left = bag.iter().filter(|word| !known.contains(*word) && !self.debtor.contains(*word));
            let left = left.count();
            senses.iter().map(move |sense| (sense, known.len(), left))
        });
        all.collect()
    }

    /// Fields whose name differs from this one by a single letter.
    pub fn alike(&self, bag: &Bag) -> Vec<&Sense> {
        /// Shorter names differ by a letter and mean something else.
        const LETTERS_MIN: usize = 6;
        let text = |bag: &Bag| bag.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        let wanted = text(bag);
        if wanted.len() < LETTERS_MIN {
            return Vec::new();
        }
        let near = |known: &Bag| known.len() == bag.len() && strsim::osa_distance(&text(known), &wanted) == 1;
        let mut found: Vec<_> = self.senses.iter().filter(|(known, _)| near(known)).collect();
        found.sort();
        found.into_iter().flat_map(|(_, senses)| senses).collect()
    }

    /// Whether a part of a name is a given one.
    pub fn is_given(&self, part: Part) -> bool {
        matches!(part, Part::Piece(at) if at < self.given)
    }

    /// Whether a field takes the first of several columns that is not blank.
    pub fn takes_first_of(&self, field: &str) -> bool {
        self.first_of.contains(field)
    }

    /// Whether a name is one that a column of a portfolio goes by; finds the header row.
    pub fn knows(&self, name: &str) -> bool {
        let bag = self.bag(name);
        !bag.is_empty() && !self.meanings(&bag).is_empty()
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

/// A name in plain words: `fechaVcto` and `FECHA_VCTO.` become `fecha vcto`, `# Crédito` becomes `no credito`.
pub(super) fn plain(name: &str) -> String {
    let mut spaced = String::with_capacity(name.len() + 8);
    let mut before = ' ';
    for c in name.chars() {
        let begins =
            (before.is_lowercase() && c.is_uppercase()) || (before.is_alphabetic() && c.is_numeric());
        if begins {
            spaced.push(' ');
        }
        match c {
            '#' => spaced.push_str(" no "),
            'º' | 'ª' | '°' if before.is_alphabetic() => spaced.push('o'),
            'º' | 'ª' | '°' => {}
            _ => spaced.push(c),
        }
        before = c;
    }
    names::normal(&spaced)
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
        let first = |name: &str| dictionary.meanings(&dictionary.bag(name)).first().cloned();
        let known = |name: &str, part| Some(Sense::Field(name.into(), part, Tier::Known));
        assert_eq!(first("Cédula del cliente"), known("Identification", Part::Whole));
        assert_eq!(first("Client contact number"), known("Telephone", Part::Second));
        assert_eq!(first("buzon"), Some(Sense::Field("Email".into(), Part::Whole, Tier::Own)));
        assert_eq!(first("Teléfono codeudor"), None);
        assert!(dictionary.partly(&dictionary.bag("Teléfono codeudor")).is_empty());
    }
}
