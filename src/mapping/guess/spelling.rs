//! A header as it is written becomes plain words: case, accents, points and the joints of `camelCase` go.
//!
//! What the words mean is not known here; [`super::dictionary`] says that.

use crate::mapping::names;

/// A name in plain words: `fechaVcto` and `FECHA_VCTO.` become `fecha vcto`, `# Crédito` becomes `no credito`,
/// `IDCliente` becomes `id cliente` and `C.C.` becomes `cc`.
pub(super) fn plain(name: &str) -> String {
    let mut spaced = String::with_capacity(name.len() + 8);
    let letters: Vec<char> = name.chars().collect();
    let mut before = ' ';
    for (at, &c) in letters.iter().enumerate() {
        let ends_capitals = before.is_uppercase()
            && c.is_uppercase()
            && letters[at + 1..].iter().take(2).filter(|c| c.is_lowercase()).count() == 2;
        let begins = ends_capitals
            || (before.is_lowercase() && c.is_uppercase())
            || (before.is_alphabetic() && c.is_numeric());
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
    join_initials(&names::normal(&spaced))
}

/// Single letters that follow each other are one word: `c c` and `d n i`.
fn join_initials(plain: &str) -> String {
    let is_initial = |word: &str| word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let mut joined = String::with_capacity(plain.len());
    let mut after_initial = false;
    for word in plain.split(' ') {
        let initial = is_initial(word);
        let goes_on = initial && after_initial;
        if !joined.is_empty() && !goes_on {
            joined.push(' ');
        }
        joined.push_str(word);
        after_initial = initial;
    }
    joined
}

/// Whether a name in plain words is one of several columns of a number of days each: `31 60 dias`, `mora 90`.
pub(super) fn is_band(plain: &str) -> bool {
    const MONTH: u32 = 30;
    const DAYS: std::ops::RangeInclusive<u32> = 15..=720;
    let runs = plain.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty());
    let numbers: Vec<u32> = runs.map(|run| run.parse().unwrap_or(u32::MAX)).collect();
    match numbers[..] {
        [days] => DAYS.contains(&days) && (matches!(days % MONTH, 0 | 1) || matches!(days, 15 | 45 | 365)),
        [from, to] => from < to && DAYS.contains(&to),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_plain_words() {
        for (header, words) in [
            ("fechaVcto", "fecha vcto"),
            ("FECHA_VCTO.", "fecha vcto"),
            ("# Crédito", "no credito"),
            ("N° Crédito", "no credito"),
            ("1º Apellido", "1 apellido"),
            ("IDCliente", "id cliente"),
            ("NITs", "nits"),
            ("C.C.", "cc"),
            ("R.F.C. del deudor", "rfc del deudor"),
            ("F. Vcto", "f vcto"),
            ("e-mail", "e mail"),
            ("Tel1", "tel 1"),
        ] {
            assert_eq!(plain(header), words, "{header}");
        }
    }

    #[test]
    fn bands_of_days_are_told_from_numbered_columns() {
        for header in ["31-60 días", "Mora 90", "> 180", "1 a 30", "Vencido_0_30", "hasta 15", "361 o más"]
        {
            assert!(is_band(&plain(header)), "{header}");
        }
        for header in ["Tel 1", "Celular 2", "Saldo al 30/11/2025", "telefono_e164", "Saldo 2025", "Días"] {
            assert!(!is_band(&plain(header)), "{header}");
        }
    }
}
