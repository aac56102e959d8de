//! Errors of formulas that have become text: what a CSV, an ods or a pasted value has of `#N/A`.
//!
//! Nobody is called so: such a text is an error cell wherever it stands, whatever type its file gives it. Nothing is
//! looked up here; the form of the names is enough, because Excel translates them.

/// Whether a text is the error of a formula, or the signs that Excel shows in a column that is too narrow for its value.
#[inline]
pub fn is_formula_error(text: &str) -> bool {
    // Nearly every text begins with something else.
    matches!(text.as_bytes().first(), Some(b'#' | b'E')) && has_form_of_one(text)
}

fn has_form_of_one(text: &str) -> bool {
    match text.as_bytes() {
        [b'#', rest @ ..] if rest.len() >= 2 && rest.iter().all(|byte| *byte == b'#') => true,
        // The two names without a sign behind them: not available, in English, and in Spanish and Portuguese.
        b"#N/A" | b"#N/D" => true,
        [b'#', ..] => is_name(&text[1..]),
        // LibreOffice's own, by number.
        [b'E', b'r', b'r', b':', digits @ ..] => {
            matches!(digits.len(), 3) && digits.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    }
}

/// `DIV/0!`, `¡VALOR!`, `¿NOMBRE?`: capitals between the signs of an exclamation or a question.
fn is_name(name: &str) -> bool {
    let inner = name.strip_suffix('!').or_else(|| name.strip_suffix('?'));
    let Some(inner) = inner.map(|inner| inner.trim_start_matches(['¡', '¿'])) else { return false };
    let is_of_name = |c: char| c.is_uppercase() || matches!(c, '0' | '/' | '_');
    inner.chars().count() >= 3 && inner.chars().all(is_of_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_known_by_their_form_in_any_language() {
        for text in [
            "#N/A",
            "#N/D",
            "#REF!",
            "#¡REF!",
            "#DIV/0!",
            "#¡DIV/0!",
            "#NAME?",
            "#¿NOMBRE?",
            "#NÚM!",
            "#VALUE!",
            "#NULL!",
            "#SPILL!",
            "Err:502",
            "########",
        ] {
            assert!(is_formula_error(text), "{text}");
        }
        for text in [
            "",
            "#",
            "##",
            "#1",
            "#12!",
            "# 12-40",
            "#12-40 APTO 3",
            "N/A",
            "#A!",
            "#Ana!",
            "Err:",
            "Err:5020",
            "Error",
            "#N/A x",
        ] {
            assert!(!is_formula_error(text), "{text}");
        }
    }
}
