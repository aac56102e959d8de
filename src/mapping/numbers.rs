//! Obligations side by side in one row: columns that differ by a number, `Saldo {n}`.
//!
//! `{n}` stands for the number, written with or without zeros in front of it. An exact spelling wins over one
//! without case, accents and punctuation, as everywhere. Nothing here reads a row.

use super::names;

/// What stands for the number in a mapping.
pub const PLACEHOLDER: &str = "{n}";
/// Longest number that a header may carry; a longer one is no number of a group.
const DIGITS_MAX: usize = 4;

/// Whether a column of a mapping stands for several, by their numbers.
pub fn is_pattern(name: &str) -> bool {
    name.contains(PLACEHOLDER)
}

/// The pattern with a number in it, as a person would call the column.
pub fn fill(pattern: &str, number: Option<u32>) -> String {
    number.map_or_else(|| pattern.to_owned(), |number| pattern.replace(PLACEHOLDER, &number.to_string()))
}

/// The pattern without its number.
pub fn without(pattern: &str) -> String {
    pattern.replace(PLACEHOLDER, "")
}

/// The patterns that a header may be one column of, each with the header's number, and what all headers of one pattern
/// have in common.
pub fn patterns_of(header: &str) -> impl Iterator<Item = (Shared, String, u32)> {
    let start = header.as_ptr().addr();
    digit_runs(header).filter(|_| !is_pattern(header)).filter_map(move |digits| {
        let at = digits.as_ptr().addr() - start;
        let (before, behind) = (&header[..at], &header[at + digits.len()..]);
        // A digit beside it keeps a number that is written onto a word apart from one behind a space.
        let shared = (names::normal(&format!("{before}0")), names::normal(&format!("0{behind}")));
        Some((shared, format!("{before}{PLACEHOLDER}{behind}"), digits.parse().ok()?))
    })
}

/// What stands before and behind the number in every header of a pattern, loosely compared.
pub type Shared = (String, String);

/// The number that a header has where the pattern has `{n}`, loosely compared.
pub fn number_in(pattern: &str, header: &str) -> Option<u32> {
    let same = |digits: &str| names::normal(&pattern.replace(PLACEHOLDER, digits)) == names::normal(header);
    digit_runs(header).find(|digits| same(digits)).and_then(|digits| digits.parse().ok())
}

/// The columns whose header is the pattern with this number; the exact ones alone, where there are any.
pub fn columns(pattern: &str, number: u32, headers: &[String]) -> Vec<usize> {
    let is_exact = |header: &str| {
        digit_runs(header)
            .any(|digits| digits.parse() == Ok(number) && pattern.replace(PLACEHOLDER, digits) == header)
    };
    let all = |fits: &dyn Fn(&str) -> bool| -> Vec<usize> {
        headers.iter().enumerate().filter(|(_, header)| fits(header)).map(|(column, _)| column).collect()
    };
    let exact = all(&is_exact);
    if exact.is_empty() { all(&|header| number_in(pattern, header) == Some(number)) } else { exact }
}

/// The numbers in a text, each as it is written.
fn digit_runs(text: &str) -> impl Iterator<Item = &str> {
    let runs = text.split(|c: char| !c.is_ascii_digit());
    runs.filter(|run| !run.is_empty() && run.len() <= DIGITS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_where_the_pattern_has_them() {
        for (pattern, header, expected) in [
            ("Saldo {n}", "Saldo 1", Some(1)),
            ("Saldo {n}", "Saldo 01", Some(1)),
            ("Saldo {n}", "SALDO_12", Some(12)),
            ("Saldo {n}", "Saldo", None),
            ("Saldo {n}", "Saldo 30 días", None),
            ("Saldo {n}", "Saldo 20261031", None),
            ("{n}. Saldo 30 días", "2. Saldo 30 días", Some(2)),
            ("Obligación {n} saldo", "obligacion 3 Saldo", Some(3)),
            ("Saldo{n}", "Saldo7", Some(7)),
        ] {
            assert_eq!(number_in(pattern, header), expected, "{pattern} {header}");
        }
    }

    #[test]
    fn an_exact_spelling_wins() {
        let headers = ["Saldo 1", "SALDO 1", "Saldo 02", "saldo 3", "SALDO 3"].map(str::to_owned);
        for (number, expected) in [(1, vec![0]), (2, vec![2]), (3, vec![3, 4]), (4, vec![])] {
            assert_eq!(columns("Saldo {n}", number, &headers), expected, "{number}");
        }
    }
}
