//! The names that columns go by, read from `dictionary.toml` and `targets.toml`, and a user's own.
//!
//! A name is compared as a set of words: without case, accents, punctuation and small words, each word replaced by
//! the one that it stands for. What a name means depends on the target: `Pago` is nothing in a portfolio and the
//! payment itself in a file of payments. Nothing here looks at values or decides which column is taken.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;

use super::short::Shortened;
use super::spelling::plain;

use serde::Deserialize;

use crate::mapping::names;
use crate::target::{self, Level, Target};

/// The dictionary's file; its head says how it is extended.
const TEXT: &str = include_str!("dictionary.toml");
/// The file of the targets other than a portfolio; its head says how it is extended.
const TARGETS: &str = include_str!("targets.toml");

/// Both files, read once.
static RAW: LazyLock<Raw> = LazyLock::new(|| toml::from_str(TEXT).expect("a test reads the dictionary"));
static RAW_TARGETS: LazyLock<HashMap<String, RawTarget>> =
    LazyLock::new(|| toml::from_str(TARGETS).expect("a test reads the names of the targets"));

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

/// Names and what they mean for one target.
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
    target: &'static RawTarget,
}

/// The dictionary of every target.
#[derive(Debug)]
pub struct Dictionaries {
    all: Vec<(&'static str, Dictionary)>,
    /// The names of all of them.
    any: Dictionary,
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

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTarget {
    tells: Vec<String>,
    #[serde(default)]
    like: HashMap<String, String>,
    #[serde(default)]
    fields: HashMap<String, RawField>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWords {
    words: Vec<String>,
}

#[derive(Debug, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RawField {
    first_of: bool,
    known: Vec<String>,
    usual: Vec<String>,
    maybe: Vec<String>,
    landline: Vec<String>,
    given: Vec<String>,
    family: Vec<String>,
    same_as: Option<String>,
    code_of: Option<String>,
    constants: Vec<String>,
    words: HashMap<String, Vec<String>>,
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

impl Dictionaries {
    /// The dictionary of each target, with a user's own names.
    pub fn with(synonyms: &Synonyms) -> Dictionaries {
        let of = |target: &&'static dyn Target| (target.name(), Dictionary::of(*target, synonyms));
        let any = Dictionary::of_targets(target::all(), synonyms);
        Dictionaries { all: target::all().iter().map(of).collect(), any }
    }

    /// The dictionary of a target.
    pub fn of(&self, target: &dyn Target) -> &Dictionary {
        let of_it = self.all.iter().find(|(name, _)| *name == target.name());
        &of_it.expect("every target has a dictionary").1
    }

    /// Whether a name is one that a column goes by, whatever is loaded; finds the header row.
    pub fn knows(&self, name: &str) -> bool {
        self.any.knows(name)
    }
}

impl Dictionary {
    /// The names that columns go by in files for a target, and a user's own beside them.
    pub fn of(target: &'static dyn Target, synonyms: &Synonyms) -> Dictionary {
        Dictionary::of_targets(&[target], synonyms)
    }

    /// The names of several targets; what is said of a target beside its names is that of the first.
    fn of_targets(targets: &[&'static dyn Target], synonyms: &Synonyms) -> Dictionary {
        let raw = |target: &dyn Target| RAW_TARGETS.get(target.name()).expect("a test looks each target up");
        let mut dictionary = Dictionary::of_words(&RAW, raw(targets[0]));
        for target in targets {
            if target.section(Level::Record).is_some() {
                for (field, names) in &RAW.fields {
                    dictionary.add_field(field, names);
                }
            }
            for (field, like) in &raw(*target).like {
                dictionary.add_field(field, &RAW.fields[like]);
            }
            for (field, names) in &raw(*target).fields {
                dictionary.add_field(field, names);
            }
        }
        for (name, custom) in &RAW.custom {
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

    fn of_words(raw: &Raw, target: &'static RawTarget) -> Dictionary {
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
            target,
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

    /// Whether a field is one of those without which nobody takes a file for this target.
    pub fn tells(&self, field: &str) -> bool {
        self.target.tells.iter().any(|known| known == field)
    }

    /// The field whose value another one holds, too, where it has no column of its own.
    pub fn same_as(&self, field: &str) -> Option<&'static str> {
        self.target.fields.get(field)?.same_as.as_deref()
    }

    /// The field that says in words what another one is the code of.
    pub fn code_of(&self, field: &str) -> Option<&'static str> {
        self.target.fields.get(field)?.code_of.as_deref()
    }

    /// What a person may put into a field that no column feeds.
    pub fn constants(&self, field: &str) -> &'static [String] {
        self.target.fields.get(field).map_or(&[], |field| &field.constants)
    }

    /// The word of the CRM's for a word that somebody wrote into a column of a field.
    pub fn word_of(&self, field: &str, written: &str) -> Option<&'static str> {
        let words = &self.target.fields.get(field)?.words;
        let is_it = |way: &&String| names::normal(way) == names::normal(written);
        words.iter().find(|(_, ways)| ways.iter().any(|way| is_it(&way))).map(|(word, _)| word.as_str())
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
    use crate::target::collections::Collections;

    #[test]
    fn the_dictionary_is_sound() {
        for target in target::all() {
            let dictionary = Dictionary::of(*target, &Vec::new());
            let fields: Vec<&str> = target.fields().iter().map(|field| field.name).collect();
            let is_portfolio = target.section(Level::Record).is_some();
            for (bag, senses) in &dictionary.senses {
                assert!(!bag.is_empty(), "a name of small words alone");
                let mut sure = HashSet::new();
                for sense in senses {
                    match sense {
                        Sense::Field(name, ..) if !fields.contains(&name.as_str()) => {
                            panic!("{} has no field {name}", target.name())
                        }
                        // A surname is a part of the name, or a field of its own where there is one.
                        Sense::Field(_, Part::Piece(_), _) if !is_portfolio => false,
                        Sense::Field(name, _, tier) if *tier > Tier::Maybe => sure.insert(name.as_str()),
                        // What is no field of a portfolio may be one elsewhere.
                        Sense::Custom(name, _) if is_portfolio => sure.insert(name.as_str()),
                        _ => false,
                    };
                }
                assert!(sure.len() <= 1, "{}: {bag:?} means several things: {senses:?}", target.name());
            }
            let raw = &RAW_TARGETS[target.name()];
            for field in raw.tells.iter().chain(raw.like.keys()).chain(raw.fields.keys()) {
                assert!(fields.contains(&field.as_str()), "{} has no field {field}", target.name());
            }
            let named = raw.fields.values().flat_map(|field| field.same_as.iter().chain(&field.code_of));
            assert!(named.clone().all(|field| fields.contains(&field.as_str())), "{:?}", target.name());
        }
        assert_eq!(RAW_TARGETS.len(), target::all().len());
    }

    #[test]
    fn a_word_stands_for_one_thing() {
        let raw = &*RAW;
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
        let dictionary = Dictionary::of(&Collections, &Vec::new());
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
        let dictionary = Dictionary::of(&Collections, &vec![("Email".to_owned(), vec!["Buzón".to_owned()])]);
        let first = |name: &str| dictionary.meanings(&dictionary.bag(name)).0.first().cloned();
        let known = |name: &str, part| Some(Sense::Field(name.into(), part, Tier::Known));
        assert_eq!(first("Cédula del cliente"), known("Identification", Part::Whole));
        assert_eq!(first("Client contact number"), known("Telephone", Part::Second));
        assert_eq!(first("buzon"), Some(Sense::Field("Email".into(), Part::Whole, Tier::Own)));
        assert_eq!(first("Teléfono codeudor"), None);
        assert!(dictionary.partly(&dictionary.bag("Teléfono codeudor")).is_empty());
    }
}
