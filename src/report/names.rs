//! Names for sheets that Excel accepts, as near to the source's as possible.
//!
//! Excel refuses to open a workbook with one bad sheet name, so a name is mended rather than rejected, and no
//! two sheets ever get the same one.

use std::collections::HashSet;

/// The most UTF-16 units that a sheet's name may have.
const LONGEST: usize = 31;
/// For a table whose name leaves nothing to show.
const NAMELESS: &str = "cartera";
/// A name that Excel keeps for itself.
const RESERVED: &str = "history";

/// The names given so far.
#[derive(Debug, Default)]
pub(super) struct SheetNames {
    taken: HashSet<String>,
}

impl SheetNames {
    /// Gives a sheet the name wanted, or the nearest one that is valid and free: `Cartera`, `Cartera (2)`…
    pub(super) fn claim(&mut self, wanted: &str) -> String {
        let base = valid(wanted);
        let mut name = base.clone();
        let mut count = 1;
        while !self.taken.insert(name.to_lowercase()) {
            count += 1;
            let suffix = format!(" ({count})");
            name = format!("{}{suffix}", cut(&base, LONGEST - suffix.len()).trim_end());
        }
        name
    }
}

/// The name without what Excel forbids.
fn valid(wanted: &str) -> String {
    let allowed = |c: char| if is_forbidden(c) { '_' } else { c };
    let name: String = wanted.chars().map(allowed).collect();
    let at_edges = |c: char| c.is_whitespace() || c == '\'';
    let name = cut(name.trim_matches(at_edges), LONGEST).trim_end_matches(at_edges);
    if name.is_empty() {
        NAMELESS.to_owned()
    } else if name.to_lowercase() == RESERVED {
        format!("{name}_")
    } else {
        name.to_owned()
    }
}

/// Control characters are not among Excel's rules, but no XML can hold them in an attribute.
fn is_forbidden(c: char) -> bool {
    matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\u{fffe}' | '\u{ffff}') || c.is_control()
}

/// The longest beginning of a text that has at most so many UTF-16 units, which is how Excel counts.
pub(super) fn cut(text: &str, units: usize) -> &str {
    if text.len() <= units {
        return text;
    }
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.len_utf16();
        if used > units {
            return &text[..at];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_mended_and_unique() {
        let long = "Cartera castigada del segundo semestre";
        let cases: [(&[&str], &[&str]); 11] = [
            (&["Cartera"], &["Cartera"]),
            (&["Cartera", "CARTERA", "cartera"], &["Cartera", "CARTERA (2)", "cartera (3)"]),
            (&["a[b]c:d*e?f/g\\h"], &["a_b_c_d_e_f_g_h"]),
            (&["", " ", "''"], &["cartera", "cartera (2)", "cartera (3)"]),
            (&["'Mora'", " 'x "], &["Mora", "x"]),
            (&[long, long], &["Cartera castigada del segundo s", "Cartera castigada del segun (2)"]),
            (&["History", "HISTORY"], &["History_", "HISTORY_ (2)"]),
            (&["pending", "pending"], &["pending", "pending (2)"]),
            (&["Ñandú", "ÑANDÚ"], &["Ñandú", "ÑANDÚ (2)"]),
            (&["x (2)", "x", "x"], &["x (2)", "x", "x (3)"]),
            (&["a\tb\u{1}c"], &["a_b_c"]),
        ];
        for (wanted, expected) in cases {
            let mut names = SheetNames::default();
            let given: Vec<String> = wanted.iter().map(|name| names.claim(name)).collect();
            assert_eq!(given, expected, "{wanted:?}");
        }
    }

    #[test]
    fn length_is_counted_as_excel_counts() {
        let faces = "😀".repeat(16);
        assert_eq!(SheetNames::default().claim(&faces), "😀".repeat(15));
        let quoted = format!("{}'tail", "a".repeat(30));
        assert_eq!(SheetNames::default().claim(&quoted), "a".repeat(30));
    }

    #[test]
    fn the_library_takes_every_name() {
        for name in ["Cartera", "'", "[]:*?/\\", "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀", "History"]
        {
            let name = SheetNames::default().claim(name);
            assert!(rust_xlsxwriter::utility::check_sheet_name(&name).is_ok(), "{name}");
        }
    }
}
