//! Comparing names as people write them.
//!
//! Headers differ in case, accents and punctuation from one month to the next; [`normal`] takes that away,
//! and [`nearest`] finds the name somebody probably meant. An exact spelling always wins over a normalised one;
//! that rule is applied where names are looked up.

use unicode_normalization::UnicodeNormalization;

/// A name without case, accents and punctuation: `Fecha_Vcto.` becomes `fecha vcto`.
pub fn normal(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let letters = name.nfd().filter(|c| !unicode_normalization::char::is_combining_mark(*c));
    for c in letters.flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            text.push(c);
        } else if !text.is_empty() && !text.ends_with(' ') {
            text.push(' ');
        }
    }
    text.truncate(text.trim_end().len());
    text
}

/// A value without case, accents and surplus spaces, its other signs kept: `AL  DÍA` becomes `al dia`.
pub fn folded(value: &str) -> String {
    let letters = value.nfd().filter(|c| !unicode_normalization::char::is_combining_mark(*c));
    let lower: String = letters.flat_map(char::to_lowercase).collect();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The known name most like the given one, when any is like it at all.
pub fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    const ALIKE: f64 = 0.7;
    let wanted = normal(name);
    let scored =
        known.into_iter().map(|candidate| (strsim::jaro_winkler(&wanted, &normal(candidate)), candidate));
    scored.filter(|(score, _)| *score >= ALIKE).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_case_accents_and_punctuation() {
        for (name, expected) in [
            ("Cédula", "cedula"),
            (" Fecha_Vcto. ", "fecha vcto"),
            ("No. Crédito", "no credito"),
            ("Ñandú", "nandu"),
        ] {
            assert_eq!(normal(name), expected);
        }
    }

    #[test]
    fn the_nearest_name_is_offered() {
        let known = ["Identificación", "Saldo total", "Correo"];
        assert_eq!(nearest("Identificacion ", known), Some("Identificación"));
        assert_eq!(nearest("Saldo totl", known), Some("Saldo total"));
        assert_eq!(nearest("zzzz", known), None);
    }
}
