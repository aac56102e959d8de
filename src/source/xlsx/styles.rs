//! Number formats: which cells are dates, and which numbers are shown with leading zeros.
//!
//! A workbook does not say that a cell is a date; only its number format does. A format is read as far as that
//! question goes and no further: nothing is ever shown as a format would show it, but for leading zeros and
//! percentages.

use std::collections::HashMap;

use super::fault::{PART_BYTES_MAX, Read};
use super::package::Package;
use super::scan::{Mark, Token};
use super::text;

/// What the format of a cell makes of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Style {
    /// A number, or a duration.
    #[default]
    Plain,
    /// A date or a time of day.
    Date,
    /// A number with so many digits, zeros in front.
    Padded(u8),
    /// A share that is shown a hundred times as big, with a percent sign.
    Percent,
}

/// Reads the styles of a workbook: one for each index that a cell can have.
pub(super) fn read(package: &mut Package, part: &str) -> Read<Vec<Style>> {
    let mut styles = Vec::new();
    let mut codes = HashMap::new();
    let Some(mut scanner) = package.scan(part, PART_BYTES_MAX)? else { return Ok(styles) };
    let (mut in_codes, mut in_cells) = (false, false);
    while let Some(token) = scanner.next()? {
        let opens = token.mark == Mark::Open;
        match token.name {
            b"numFmts" => in_codes = opens,
            b"cellXfs" => in_cells = opens,
            b"numFmt" if in_codes && token.mark != Mark::Close => {
                if let (Some(id), Some(code)) = (format_id(&token), token.attribute(b"formatCode")) {
                    codes.insert(id, of_code(&text::attribute(code)?));
                }
            }
            b"xf" if in_cells && token.mark != Mark::Close => {
                let id = format_id(&token).unwrap_or(0);
                styles.push(codes.get(&id).copied().unwrap_or_else(|| of_builtin(id)));
            }
            _ => {}
        }
    }
    Ok(styles)
}

fn format_id(token: &Token<'_>) -> Option<u32> {
    std::str::from_utf8(token.attribute(b"numFmtId")?).ok()?.parse().ok()
}

/// The formats that have a number and no code; 46 is a duration.
fn of_builtin(id: u32) -> Style {
    match id {
        9 | 10 => Style::Percent,
        14..=22 | 27..=36 | 45 | 47 | 50..=58 => Style::Date,
        _ => Style::Plain,
    }
}

/// What a format's code makes of a number, by its first section.
fn of_code(code: &str) -> Style {
    let zeros = code.bytes().filter(|byte| *byte == b'0').count();
    if zeros == code.len() {
        return u8::try_from(zeros).ok().filter(|zeros| *zeros > 1).map_or(Style::Plain, Style::Padded);
    }
    if code.eq_ignore_ascii_case("general") {
        return Style::Plain;
    }
    let mut percent = false;
    let mut chars = code.chars();
    while let Some(c) = chars.next() {
        match c {
            // A literal character, one whose width is skipped, one that fills the cell.
            '\\' | '_' | '*' => drop(chars.next()),
            '"' => drop(chars.by_ref().find(|c| *c == '"')),
            '[' => {
                let inside: String = chars.by_ref().take_while(|c| *c != ']').collect();
                if is_elapsed(&inside) {
                    return Style::Plain;
                }
            }
            ';' => break,
            '%' => percent = true,
            'd' | 'm' | 'y' | 'h' | 's' | 'D' | 'M' | 'Y' | 'H' | 'S' => return Style::Date,
            _ => {}
        }
    }
    if percent { Style::Percent } else { Style::Plain }
}

/// `[h]`, `[mm]`, `[ss]`: time that has passed and no time of day.
fn is_elapsed(inside: &str) -> bool {
    ['h', 'm', 's']
        .iter()
        .any(|unit| !inside.is_empty() && inside.chars().all(|c| c.to_ascii_lowercase() == *unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_say_what_a_number_is() {
        for (code, style) in [
            ("General", Style::Plain),
            ("0", Style::Plain),
            ("0000000000", Style::Padded(10)),
            ("000\"-\"000", Style::Plain),
            ("#,##0.00", Style::Plain),
            ("[Red]0.00", Style::Plain),
            ("[$USD] #,##0", Style::Plain),
            ("0\" días\"", Style::Plain),
            ("0\\d", Style::Plain),
            ("_d0*m", Style::Plain),
            ("0.00E+00", Style::Plain),
            ("[h]:mm:ss", Style::Plain),
            ("[MM]:ss", Style::Plain),
            ("[ss].00", Style::Plain),
            ("0;[Red]d", Style::Plain),
            ("@", Style::Plain),
            ("0%", Style::Percent),
            ("#,##0.00 %;[Red]-0.00%", Style::Percent),
            ("0\\%", Style::Plain),
            ("0.0\" %\"", Style::Plain),
            ("", Style::Plain),
            ("dd/mm/yyyy", Style::Date),
            ("[$-240A]d\\ \"de\"\\ mmmm", Style::Date),
            ("h:mm AM/PM", Style::Date),
            ("YYYY-MM-DD", Style::Date),
            ("\"unclosed d", Style::Plain),
        ] {
            assert_eq!(of_code(code), style, "{code}");
        }
        for (id, style) in [
            (0, Style::Plain),
            (9, Style::Percent),
            (10, Style::Percent),
            (14, Style::Date),
            (46, Style::Plain),
            (58, Style::Date),
        ] {
            assert_eq!(of_builtin(id), style, "{id}");
        }
    }
}
