//! Where the header row is, and what its columns are called.
//!
//! The row that holds most of the column names asked for is the header; a mapping may name the row instead.
//! Names are kept as written; comparing them loosely is the mapping's work.

use crate::lang::Code;
use crate::problem::{Failure, Place, Result};
use crate::source::{Cursor, Flaw, Form, Row, RowBuffer, Table};

/// How many rows from the top may hold the header.
pub const SEARCHED_ROWS: u32 = 60;

/// The header of a table, and where its data begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Row number of the header as the spreadsheet shows it.
    pub row: u32,
    /// Column names in order, trimmed; blank where the header is blank.
    pub names: Vec<String>,
    /// Offset of the first row below it.
    pub data_offset: usize,
    /// Row number of the first row below it.
    pub data_row: u32,
}

/// Finds the header row of a table.
///
/// # Errors
/// `header-not-found` when the fixed row is not there or no row has text in it; `row-too-long` and `too-many-columns`
/// at a row that no table has.
pub fn find_header(table: &Table, fixed_row: Option<u32>, wanted: &dyn Fn(&str) -> bool) -> Result<Header> {
    search(table, fixed_row, wanted, &|_| false)
}

/// Finds the header row of a table of which nothing is asked for, by names that headers often have. Such a word may
/// stand in a row of data too: a row with values is no header where a row above it names every column.
///
/// # Errors
/// Those of [`find_header`].
pub fn guess_header(table: &Table, known: &dyn Fn(&str) -> bool) -> Result<Header> {
    search(table, None, known, &|names| is_data(names, known))
}

fn search(
    table: &Table,
    fixed_row: Option<u32>,
    wanted: &dyn Fn(&str) -> bool,
    is_data: &dyn Fn(&[String]) -> bool,
) -> Result<Header> {
    let mut cursor = Cursor::at(&table.text, table.form, 0, 1);
    let mut buffer = RowBuffer::default();
    let mut best: Option<(usize, Header)> = None;
    let mut above: Option<Vec<String>> = None;
    let mut names_above: Option<usize> = None;
    let mut too_wide: Option<(Flaw, u32)> = None;
    for _ in 0..SEARCHED_ROWS.max(fixed_row.unwrap_or(0)) {
        if !cursor.read(&mut buffer) {
            break;
        }
        let row = Row::of(&table.text, &buffer);
        match row.flaw() {
            Some(Flaw::TooLong) => return Err(refused(Flaw::TooLong, row.number())),
            Some(flaw @ Flaw::TooWide { .. }) if fixed_row == Some(row.number()) => {
                return Err(refused(flaw, row.number()));
            }
            Some(flaw @ Flaw::TooWide { .. }) => {
                too_wide.get_or_insert((flaw, row.number()));
                continue;
            }
            _ => {}
        }
        let names: Vec<String> = row.cells().map(|cell| header_name(cell.trimmed())).collect();
        let header = |names| Header {
            row: row.number(),
            names,
            data_offset: cursor.offset(),
            data_row: next_row(table, &cursor, row.number()),
        };
        if let Some(fixed) = fixed_row {
            if fixed == row.number() {
                return Ok(header(names));
            }
            continue;
        }
        let is_below_names = names_above.is_some_and(|width| width >= names.len());
        let is_no_header = is_separator_line(table, &names) || (is_below_names && is_data(&names));
        if !is_no_header {
            // What is asked for shows that two lines belong together, or cells that are merged over both.
            let joined = above.as_ref().and_then(|above| joined(above, &names));
            let merged = spans_two_lines(table, row.number());
            let joined = joined.filter(|names| merged || worth(names, wanted) > ASKED_FOR);
            for candidate in std::iter::once(names.clone()).chain(joined) {
                let worth = worth(&candidate, wanted);
                if worth > best.as_ref().map_or(0, |(worth, _)| *worth) {
                    best = Some((worth, header(candidate)));
                }
            }
        }
        names_above = names_above.or_else(|| is_all_names(&names).then_some(names.len()));
        above = Some(names);
    }
    // A row too wide below the header is one bad row; in place of the header it shows that the cut is wrong.
    let is_above =
        |row: u32| best.as_ref().is_none_or(|(worth, header)| *worth < ASKED_FOR && row < header.row);
    if let Some((flaw, row)) = too_wide.filter(|(_, row)| is_above(*row)) {
        return Err(refused(flaw, row));
    }
    let nothing_there = table.text.trim().is_empty();
    let code = if nothing_there { Code::FileEmpty } else { Code::HeaderNotFound };
    best.map(|(_, header)| header).ok_or_else(|| Failure::new(code).with("value", &table.name))
}

fn refused(flaw: Flaw, row: u32) -> Failure {
    flaw.failure(Place { row: Some(row), ..Place::default() })
}

/// What speaks for a row beyond any row of mere words: it has names that are asked for.
const ASKED_FOR: usize = 100_000;

/// How much speaks for a row of names: those that are asked for, else those that are words rather than values.
fn worth(names: &[String], wanted: &dyn Fn(&str) -> bool) -> usize {
    let hits = names.iter().filter(|name| wanted(name)).count();
    if hits > 0 { ASKED_FOR + hits } else { names.iter().filter(|name| is_word(name)).count() }
}

fn is_word(name: &str) -> bool {
    name.starts_with(|c: char| !c.is_ascii_digit())
        && name.chars().any(char::is_alphabetic)
        && !name.contains('@')
}

/// Whether a row names every column, each by another word.
fn is_all_names(names: &[String]) -> bool {
    let mut words: Vec<&str> = names.iter().map(String::as_str).filter(|name| is_word(name)).collect();
    words.sort_unstable();
    words.dedup();
    words.len() == names.len() && names.len() > 1
}

/// Whether a row has values in it, and is asked for in two thirds of its cells or fewer.
fn is_data(names: &[String], wanted: &dyn Fn(&str) -> bool) -> bool {
    let filled = names.iter().filter(|name| !name.is_empty());
    let (hits, has_values) =
        (filled.clone().filter(|name| wanted(name)).count(), filled.clone().any(|name| !is_word(name)));
    has_values && hits * 3 <= filled.count() * 2
}

/// A header in two lines as one: a title over several columns goes with each name below it.
fn joined(above: &[String], below: &[String]) -> Option<Vec<String>> {
    let two_lines = above.iter().filter(|name| !name.is_empty()).count() > 1;
    let mut title = "";
    let mut names = Vec::with_capacity(above.len().max(below.len()));
    for column in 0..above.len().max(below.len()) {
        let (top, bottom) =
            (above.get(column).map_or("", String::as_str), below.get(column).map_or("", String::as_str));
        if !top.is_empty() {
            title = top;
        }
        names.push(match (top.is_empty(), bottom.is_empty()) {
            (false, true) => top.to_owned(),
            (_, false) => format!("{title} {bottom}").trim().to_owned(),
            (true, true) => String::new(),
        });
    }
    two_lines.then_some(names)
}

/// Whether a cell is merged over this row and the one above it, and no further.
fn spans_two_lines(table: &Table, row: u32) -> bool {
    table.notes.merges.iter().any(|(top, _, bottom, _)| *bottom == row && top + 1 == row)
}

/// One line, single spaces: headers are often broken over lines inside their cell.
fn header_name(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Excel's `sep=;` line is no header.
fn is_separator_line(table: &Table, names: &[String]) -> bool {
    matches!(table.form, Form::Csv { .. }) && names.first().is_some_and(|name| name.starts_with("sep="))
}

fn next_row(table: &Table, cursor: &Cursor<'_>, header_row: u32) -> u32 {
    let mut buffer = RowBuffer::default();
    let mut peek = cursor.clone();
    match table.form {
        // A sheet may leave rows out; those below the header still count as rows.
        Form::Packed => header_row + 1,
        Form::Csv { .. } => {
            if peek.read(&mut buffer) {
                buffer.number
            } else {
                header_row + 1
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::sniff_delimiter;

    fn header(text: &str, fixed: Option<u32>, wanted: &[&str]) -> Option<(u32, String, u32)> {
        let form = Form::Csv { delimiter: sniff_delimiter(text) };
        let text = crate::source::Text::from(text);
        let table = Table { sheet: None, form, text, ..Table::sheet_of_a_test("t") };
        find_header(&table, fixed, &|name| wanted.contains(&name))
            .ok()
            .map(|header| (header.row, header.names.join("|"), header.data_row))
    }

    #[test]
    fn the_header_is_found() {
        let wanted = ["Cédula", "Saldo"];
        for (text, fixed, expected) in [
            ("Cédula;Saldo\n1;2\n", None, Some((1, "Cédula|Saldo", 2))),
            ("Banco X\n\nCédula;Saldo;Otro\n1;2;3\n", None, Some((3, "Cédula|Saldo|Otro", 4))),
            ("sep=;\nA;B\n1;2\n", None, Some((2, "A|B", 3))),
            ("\"Cédula\";\"Saldo\ntotal\"\n1;2\n", None, Some((1, "Cédula|Saldo total", 3))),
            ("a;b\nc;d\ne;f\n", Some(2), Some((2, "c|d", 3))),
            ("Uno;Dos;Tres\nCédula;Saldo;30\n1;2;3\n", None, Some((2, "Cédula|Saldo|30", 3))),
            ("Cédula;Saldo;;Otro\n;capital;intereses;\n1;2;3;4\n", None, Some((1, "Cédula|Saldo||Otro", 2))),
            ("a;b\n", Some(9), None),
            ("", None, None),
        ] {
            let found = header(text, fixed, &wanted);
            let found = found.as_ref().map(|(row, names, data)| (*row, names.as_str(), *data));
            assert_eq!(found, expected, "{text:?}");
        }
    }

    /// Unlike a column that is asked for, a word that headers often have may be a value.
    #[test]
    fn a_row_of_data_with_a_known_word_is_no_header() {
        for (text, row) in [
            ("sheet;row;column\nA;7;x\nB;30;Saldo\n", 1),
            ("sheet;row;column\nA;7;x\nSaldo;30;Cédula\n", 1),
            ("Informe de cartera;;\nCédula;Saldo;30\n1;2;3\n", 2),
            ("Uno;Dos;Tres;Cuatro\nCédula;Saldo;Cédula;30\n1;2;3;4\n", 2),
        ] {
            let form = Form::Csv { delimiter: b';' };
            let table = Table {
                sheet: None,
                form,
                text: crate::source::Text::from(text),
                ..Table::sheet_of_a_test("t")
            };
            let found = guess_header(&table, &|name| ["Cédula", "Saldo"].contains(&name)).unwrap();
            assert_eq!(found.row, row, "{text:?}");
        }
    }

    #[test]
    fn a_header_in_two_lines_is_one() {
        let wanted = ["Cédula", "Saldo capital", "Saldo intereses"];
        let text = "Banco X;;;\nCédula;Saldo;;Otro\n;capital;intereses;\n1;2;3;4\n";
        let found = header(text, None, &wanted);
        assert_eq!(found, Some((3, "Cédula|Saldo capital|Saldo intereses|Otro".to_owned(), 4)));
    }
}
