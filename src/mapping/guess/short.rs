//! Words that are written short or inflected: `vencimi`, `vncmnto`, `factura` and `facturas`, `vencida` and `vencido`.
//!
//! Rules, where a list would have to foresee every spelling. A word that could be short for two things is short for
//! none. Whole words are not looked up here; [`super::dictionary`] does that first.

use std::collections::{BTreeMap, BTreeSet};

/// Shorter words are short for anything.
const SHORTEST: usize = 3;
/// A word that is left out of a short form must have more letters than these.
const WHOLE_MIN: usize = 5;

/// Known words, each with the one that it stands for.
#[derive(Debug, Default)]
pub(super) struct Shortened {
    meant: BTreeMap<String, String>,
}

impl Shortened {
    /// Takes known words, and what each stands for.
    pub(super) fn of(meant: impl Iterator<Item = (String, String)>) -> Shortened {
        Shortened { meant: meant.collect() }
    }

    /// The word that an unknown one stands for, by the first rule that finds one.
    pub(super) fn whole(&self, word: &str) -> Option<&str> {
        if word.len() < SHORTEST || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return None;
        }
        self.inflected(word)
            .or_else(|| self.cut_off(word))
            .or_else(|| self.only(|known| is_skeleton(word, known)))
            .or_else(|| self.initial_before(word))
    }

    /// The word that these letters begin, if it is one.
    pub(super) fn cut_off(&self, letters: &str) -> Option<&str> {
        self.only(|known| known.starts_with(letters))
    }

    /// A plural, or the other gender.
    fn inflected(&self, word: &str) -> Option<&str> {
        let mut forms = Vec::new();
        for ending in ["s", "es"] {
            forms.extend(word.strip_suffix(ending).map(str::to_owned));
        }
        for (ending, other) in [("a", "o"), ("o", "a"), ("as", "o"), ("os", "a"), ("oes", "ao"), ("ies", "y")]
        {
            forms.extend(word.strip_suffix(ending).map(|stem| format!("{stem}{other}")));
        }
        let mut forms = forms.iter().filter(|form| form.len() >= WHOLE_MIN);
        forms.find_map(|form| self.meant.get(form)).map(String::as_str)
    }

    /// What all the known words of a kind stand for, if it is one thing.
    fn only(&self, is: impl Fn(&str) -> bool) -> Option<&str> {
        let known = self.meant.iter().filter(|(known, _)| known.len() >= WHOLE_MIN && is(known));
        let meant: BTreeSet<&str> = known.map(|(_, meant)| meant.as_str()).collect();
        match meant.len() {
            1 => meant.into_iter().next(),
            _ => None,
        }
    }

    /// `fvencimiento`: the letter of a date, and what date it is. What kind of date is all that counts.
    fn initial_before(&self, word: &str) -> Option<&str> {
        let rest = word.strip_prefix('f').filter(|rest| rest.len() >= SHORTEST)?;
        let meant = self.meant.get(rest)?;
        (meant == "vencimiento").then_some(meant.as_str())
    }
}

/// Whether a word is another without its vowels, or without most of its letters: `vcmto`, `prdcto`, `nmbre`.
fn is_skeleton(word: &str, known: &str) -> bool {
    let is_vowel = |c: char| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u');
    let inner = word.chars().take(word.len() - 1).filter(|c| is_vowel(*c)).count();
    let same_ends = word.chars().next() == known.chars().next()
        && word.chars().any(|c| !is_vowel(c))
        && (known.ends_with(&word[word.len() - 1..]) || !word.ends_with(is_vowel));
    let mut letters = known.chars();
    inner == 0 && same_ends && word.chars().all(|c| letters.any(|letter| letter == c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_inflected_words_are_one_thing_or_nothing() {
        let known =
            ["vencimiento", "vencido", "producto", "nombre", "factura", "direccion", "telefono", "contrato"];
        let short = Shortened::of(known.iter().map(|word| ((*word).to_owned(), (*word).to_owned())));
        for (word, whole) in [
            ("facturas", Some("factura")),
            ("vencidas", Some("vencido")),
            ("contratos", Some("contrato")),
            ("direccio", Some("direccion")),
            ("vencim", Some("vencimiento")),
            ("venci", None),
            ("prdcto", Some("producto")),
            ("nmbre", Some("nombre")),
            ("tlfno", Some("telefono")),
            ("fvencimiento", Some("vencimiento")),
            ("fcontrato", None),
            ("ve", None),
            ("xyz", None),
            ("2024", None),
        ] {
            assert_eq!(short.whole(word), whole, "{word}");
        }
    }
}
