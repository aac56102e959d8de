//! What a header means, by the dictionary: all of it, all but words that say nothing more, or a part of it.
//!
//! Each way is less sure than the one before; [`super::score`] weighs them. Nothing here looks at values.

use super::dictionary::{Bag, Dictionary, Part, Sense, Tier};
use super::spelling::{self, plain};

/// Shorter pieces of a word that is written together are not looked for.
const PIECE_MIN: usize = 3;
/// Words of a name written together: `saldofac` has two.
const PIECES_MAX: usize = 3;

/// Which words of a name its meaning leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Without {
    /// None.
    Nothing,
    /// The word for whoever owes.
    Debtor,
    /// Words that say nothing more, too.
    Neutral,
    /// Words for what is owed, too.
    Debt,
}

impl Dictionary {
    /// The words of a name, as they are compared.
    pub fn bag(&self, name: &str) -> Bag {
        let plain = plain(name);
        let words: Vec<&str> = plain.split(' ').collect();
        let mut bag = Bag::new();
        if spelling::is_band(&plain) {
            bag.insert(self.canonical("tramo"));
        }
        for (at, word) in words.iter().enumerate() {
            let is_index = word.starts_with(|c: char| c.is_ascii_digit());
            let negates = *word == "no" && words.get(at + 1).is_some_and(|next| self.is_negated(next));
            // No name ends in a small word: what looks like one is cut off, as in `SaldoIn`.
            let is_cut_off = at > 0 && at + 1 == words.len() && word.len() == 2;
            if negates {
                bag.insert("sin".to_owned());
            } else if !word.is_empty() && !is_index && (is_cut_off || !self.small.contains(*word)) {
                self.take_word(word, &mut bag);
            }
        }
        self.add_days(&words, &mut bag);
        bag
    }

    /// `D. Mora`: the initial of days before what days are counted of.
    fn add_days(&self, words: &[&str], bag: &mut Bag) {
        let has = |word: &str| bag.contains(&self.canonical(word));
        if words.first() == Some(&"d")
            && (has("mora") || has("vencimiento"))
            && !has("fecha")
            && bag.len() == 1
        {
            bag.insert(self.canonical("dias"));
        }
    }

    fn take_word(&self, word: &str, bag: &mut Bag) {
        if let Some(pieces) = self.pieces(word, PIECES_MAX) {
            bag.extend(pieces.into_iter().map(|piece| self.canonical(piece)));
        } else if let Some(whole) = self.shortened.whole(word) {
            bag.insert(whole.to_owned());
        } else if let Some(rest) = word.strip_prefix('n').filter(|rest| self.vocabulary.contains(*rest)) {
            // `ncpf`: the number of one.
            bag.extend([self.canonical("n"), self.canonical(rest)]);
        } else if let Some((front, piece)) = self.behind_a_prefix(word) {
            bag.extend([front.to_owned(), self.canonical(piece)]);
        } else if word.len() > 1 {
            bag.insert(word.to_owned());
        }
    }

    fn is_negated(&self, word: &str) -> bool {
        self.negated.contains(&self.canonical(word))
    }

    /// A word that is known, or known words written together, of which the last may be cut off.
    fn pieces<'w>(&'w self, word: &'w str, most: usize) -> Option<Vec<&'w str>> {
        if self.vocabulary.contains(word) {
            return Some(vec![word]);
        }
        if most < 2 {
            return None;
        }
        let cuts = word.char_indices().map(|(at, _)| at);
        cuts.filter(|at| self.is_front(&word[..*at])).find_map(|at| {
            let rest = &word[at..];
            let mut pieces = match self.pieces(rest, most - 1) {
                Some(pieces) => pieces,
                None if rest.len() > PIECE_MIN => vec![self.shortened.cut_off(rest)?],
                None => return None,
            };
            pieces.insert(0, &word[..at]);
            Some(pieces).filter(|_| rest.len() >= PIECE_MIN)
        })
    }

    /// Whether letters are a known word that others may be written behind: of two letters only `id` and those that
    /// are short for something and cannot be spoken, such as `dt` and `nr`.
    fn is_front(&self, letters: &str) -> bool {
        let is_vowel = |c: char| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u');
        let long_enough = match letters.len() {
            2 => letters == "id" || !letters.contains(is_vowel),
            length => length >= PIECE_MIN,
        };
        long_enough && self.vocabulary.contains(letters)
    }

    /// A known word behind a few letters that a program put there: `vintelefono`.
    fn behind_a_prefix<'w>(&self, word: &'w str) -> Option<(&'w str, &'w str)> {
        const FRONT_MAX: usize = 4;
        const WORD_MIN: usize = 6;
        let cuts = word.char_indices().map(|(at, _)| at).filter(|at| (1..=FRONT_MAX).contains(at));
        let mut parts = cuts.map(|at| word.split_at(at));
        parts.find(|(_, piece)| piece.len() >= WORD_MIN && self.vocabulary.contains(*piece))
    }

    /// Whether a name says how many of something there are: `Número de créditos`.
    pub fn counts(&self, name: &str) -> bool {
        let plain = plain(name);
        let mut words = plain.split(' ').filter(|word| !self.small.contains(*word));
        let is_plural = |word: &str| {
            word.ends_with('s') && (self.canonical(word) != word || !self.vocabulary.contains(word))
        };
        words.any(|word| self.canonical(word) == self.canonical("no")) && words.next().is_some_and(is_plural)
    }

    /// What a name means when all of it counts, or all but the words for whoever owes and those that say nothing more.
    pub fn meanings(&self, bag: &Bag) -> (&[Sense], Without) {
        if let Some(senses) = self.senses.get(bag) {
            return (senses, Without::Nothing);
        }
        let debtors: Vec<&String> = bag.iter().filter(|word| self.debtor.contains(*word)).collect();
        let without =
            |gone: &[&String]| -> Bag { bag.iter().filter(|word| !gone.contains(word)).cloned().collect() };
        let one_less = debtors.iter().map(|word| without(&[word]));
        if let Some(senses) = one_less.chain([without(&debtors)]).find_map(|bag| self.senses.get(&bag)) {
            return (senses, Without::Debtor);
        }
        for (without, gone) in [
            (Without::Neutral, [&self.neutral, &self.neutral, &self.neutral]),
            (Without::Neutral, [&self.neutral, &self.debtor, &self.neutral]),
            (Without::Debt, [&self.neutral, &self.debtor, &self.debt]),
        ] {
            let kept = |word: &&String| !gone.iter().any(|words| words.contains(*word));
            let kept: Bag = bag.iter().filter(kept).cloned().collect();
            if let Some(senses) = self.senses.get(&kept) {
                return (senses, without);
            }
        }
        (&[], Without::Nothing)
    }

    /// The field that each word means by itself: `RUT/DNI`, `celular_whatsapp`.
    pub fn alternatives(&self, bag: &Bag) -> Option<&Sense> {
        let field = |word: &String| {
            let senses = self.senses.get(&Bag::from([word.clone()]))?;
            senses
                .iter()
                .find(|sense| matches!(sense, Sense::Field(_, Part::Whole | Part::Second, Tier::Known)))
        };
        let mut fields = bag.iter().filter(|word| !self.debtor.contains(*word)).map(field);
        let first = fields.next()??;
        fields.all(|sense| sense.is_some_and(|sense| sense.name() == first.name())).then_some(first)
    }

    /// Fields that a part of the name surely means, how many words that part has, and how many it leaves over; nothing
    /// where the rest is about somebody or something else.
    pub fn partly(&self, bag: &Bag) -> Vec<(&Sense, usize, usize)> {
        /// More words than these say something of their own.
        const LEFT_MAX: usize = 2;
        let mut found: Vec<(&Bag, &Vec<Sense>)> =
            self.senses.iter().filter(|(known, _)| known.is_subset(bag)).collect();
        let longest = found.iter().map(|(known, _)| known.len()).max().unwrap_or(0);
        found.retain(|(known, _)| known.len() == longest);
        found.sort();
        let mut all = Vec::new();
        for (known, senses) in found {
            let left: Vec<&String> = bag.difference(known).filter(|word| !self.says_nothing(word)).collect();
            if left.len() <= LEFT_MAX && !left.iter().any(|word| self.sets_apart(word)) {
                all.extend(senses.iter().map(|sense| (sense, known.len(), left.len())));
            }
        }
        all
    }

    fn says_nothing(&self, word: &str) -> bool {
        [&self.debtor, &self.neutral, &self.debt].iter().any(|words| words.contains(word))
    }

    /// Whether a word makes something else of a name: somebody else's, or what a column of its own would be.
    fn sets_apart(&self, word: &str) -> bool {
        let alone = self.senses.get(&Bag::from([word.to_owned()]));
        let of_line = |sense: &Sense| matches!(sense, Sense::Custom(_, crate::target::Level::Line));
        self.others.contains(word) || alone.is_some_and(|senses| senses.iter().any(of_line))
    }

    /// Fields whose name differs from this one by a single letter.
    pub fn alike(&self, bag: &Bag) -> Vec<&Sense> {
        /// Shorter names differ by a letter and mean something else.
        const LETTERS_MIN: usize = 8;
        let text = |bag: &Bag| bag.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        let wanted = text(bag);
        if wanted.len() < LETTERS_MIN {
            return Vec::new();
        }
        let near = |known: &Bag| {
            if known.len() != bag.len() || known.is_subset(bag) {
                return false;
            }
            // A word that is known is not another one misspelt: `fecha hora` is not `fecha mora`.
            let misspelt = bag.difference(known).all(|word| !self.vocabulary.contains(word));
            let known_text = text(known);
            // `productor` is not `producto` misspelt.
            let derived = wanted.starts_with(&known_text);
            misspelt && !derived && strsim::osa_distance(&known_text, &wanted) == 1
        };
        let mut found: Vec<_> = self.senses.iter().filter(|(known, _)| near(known)).collect();
        found.sort();
        found.into_iter().flat_map(|(_, senses)| senses).collect()
    }

    /// Whether a name is one that a column of a portfolio goes by; finds the header row.
    pub fn knows(&self, name: &str) -> bool {
        let bag = self.bag(name);
        let is_known = |bag: &Bag| !bag.is_empty() && !self.meanings(bag).0.is_empty();
        // `Saldo 30` may be one of many beside each other.
        let band = self.canonical("tramo");
        is_known(&bag)
            || (bag.contains(&band) && is_known(&bag.iter().filter(|word| **word != band).cloned().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::collections::Collections;

    #[test]
    fn names_are_read_by_rules_where_no_list_has_them() {
        let dictionary = Dictionary::of(&Collections, &Vec::new());
        for (header, same) in [
            ("D. Mora", "Días mora"),
            ("ncpf", "Número CPF"),
            ("C.C.", "CC"),
            ("iddeuda", "ID deuda"),
            ("dtvencto", "Fecha de vencimiento"),
            ("saldocapi", "Saldo capital"),
        ] {
            assert_eq!(dictionary.bag(header), dictionary.bag(same), "{header}");
        }
        for (header, other) in [
            ("SaldoIn", "Saldo"),
            ("Saldo no vencido", "Saldo vencido"),
            ("Vencido 31-60", "Vencido"),
            ("D. Fecha venc", "Fecha días venc"),
        ] {
            assert_ne!(dictionary.bag(header), dictionary.bag(other), "{header}");
        }
        let field = |header: &str| {
            let bag = dictionary.bag(header);
            dictionary.alternatives(&bag).map(|sense| sense.name().to_owned())
        };
        assert_eq!(field("RUT/DNI").as_deref(), Some("Identification"));
        assert_eq!(field("RUT/Celular"), None);
        assert!(dictionary.counts("Número de créditos") && !dictionary.counts("Número de crédito"));
        for (header, found) in [
            ("Saldo total a la fecha (COP)", 1),
            ("Teléfono del codeudor", 0),
            ("Saldo no vencido", 0),
            ("productor", 0),
        ] {
            let bag = dictionary.bag(header);
            let partly = dictionary.partly(&bag).len() + dictionary.alike(&bag).len();
            assert_eq!(partly.min(1), found, "{header}");
        }
    }
}
