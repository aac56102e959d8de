//! Names in title case, as Spanish and Portuguese write them.
//!
//! Particles within a name stay small, the forms of companies stay capital, and what has its own points (`S.A.S.`)
//! is left as it was. Nothing but the case of letters is ever changed.

/// Words that stay small within a name.
const PARTICLES: [&str; 15] =
    ["de", "del", "la", "las", "el", "los", "lo", "y", "e", "da", "das", "do", "dos", "van", "von"];
/// Forms of companies, which stay capital.
const COMPANY_FORMS: [&str; 12] =
    ["sa", "sas", "srl", "eirl", "spa", "sac", "saa", "eu", "ips", "eps", "sapi", "cv"];

/// A name in title case.
pub(super) fn title(text: &str) -> String {
    let mut titled = String::with_capacity(text.len());
    let mut is_first = true;
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        let small = word.to_lowercase();
        if COMPANY_FORMS.contains(&small.as_str()) && !is_first {
            titled.push_str(&word.to_uppercase());
        } else if PARTICLES.contains(&small.as_str()) && !is_first {
            titled.push_str(&small);
        } else if word.trim_end_matches(['.', ',']).contains('.') {
            titled.push_str(word);
        } else {
            push_capitalised(&small, &mut titled);
        }
        is_first &= word.is_empty();
        titled.push_str(&piece[word.len()..]);
    }
    titled
}

/// Capital after each hyphen and apostrophe, and at the beginning.
fn push_capitalised(small: &str, out: &mut String) {
    let mut begins = true;
    for letter in small.chars() {
        if begins && letter.is_alphabetic() {
            out.extend(letter.to_uppercase());
        } else {
            out.push(letter);
        }
        begins = matches!(letter, '-' | '\'' | '’' | '(' | '"') || (begins && !letter.is_alphanumeric());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_in_spanish() {
        for (text, expected) in [
            ("MARÍA DE LOS ÁNGELES DEL RÍO", "María de los Ángeles del Río"),
            ("DE LA PAZ Y CÍA SAS", "De la Paz y Cía SAS"),
            ("comercial paz s.a.s.", "Comercial Paz s.a.s."),
            ("COMERCIAL PAZ S.A.", "Comercial Paz S.A."),
            ("JUAN-PABLO O'BRIEN", "Juan-Pablo O'Brien"),
            ("JOÃO  DA SILVA", "João  da Silva"),
            ("SAS", "Sas"),
            ("ÑANDÚ (LA)", "Ñandú (La)"),
            ("3M COLOMBIA", "3m Colombia"),
            ("", ""),
        ] {
            assert_eq!(title(text), expected);
        }
    }
}
