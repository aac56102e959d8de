//! Delimiter-separated text: its dialect is found, its rows are read one by one.
//!
//! A reader of our own, because the usual ones accept a stray or an unbalanced quote in silence and swallow
//! the rows behind it, and because rows must be readable from their offset. A flawed row ends with the physical line
//! in which the quote at fault stands, so that one bad quote costs one row. It never pads, shifts or joins rows.
//!
//! However a text is broken, reading it is linear: a row is looked at up to [`ROW_BYTES_MAX`], and what a quote that is
//! never closed was looked for in holds no other such quote, so it is not looked for there again.

use super::marks::{BLOCK, marks_at};
use super::row::{Flaw, Form, Kind, RowBuffer};
use super::{Decoded, SheetNotes, SourceOptions, Table};

/// Delimiters that are looked for, in the order of preference between equals.
const DELIMITERS: [u8; 4] = *b";,\t|";
/// The most columns of a table, as in Excel.
pub(super) const COLUMNS_MAX: usize = 16_384;
/// The most bytes of a row; a quote is looked for no further.
pub(super) const ROW_BYTES_MAX: usize = 16 << 20;
/// The most bytes of a row that is read the short way, far below the bounds.
const PLAIN_BYTES_MAX: u32 = 64 << 10;
/// A block, as a row that is read the short way counts.
const BLOCK_STEP: u32 = 64;
/// Rows looked at to find the delimiter.
const SNIFFED_ROWS: usize = 100;

pub(super) fn table(decoded: Decoded, name: &str, options: &SourceOptions) -> Table {
    let delimiter = options.delimiter.unwrap_or_else(|| sniff_delimiter(&decoded.text));
    Table {
        name: name.to_owned(),
        sheet: None,
        form: Form::Csv { delimiter },
        encoding: decoded.encoding,
        text: decoded.text,
        confidence: decoded.confidence,
        notes: SheetNotes::default(),
        unread: None,
    }
}

/// Finds the delimiter: the one that Excel's `sep=` line names, or the one that cuts most rows into the same
/// number of cells.
pub fn sniff_delimiter(text: &str) -> u8 {
    let named = text.lines().next().and_then(|line| line.trim_end().strip_prefix("sep="));
    if let Some([delimiter]) = named.map(str::as_bytes) {
        return *delimiter;
    }
    let mut best = (0.0, DELIMITERS[0]);
    for delimiter in DELIMITERS {
        let score = uniformity(text, delimiter);
        if score > best.0 {
            best = (score, delimiter);
        }
    }
    best.1
}

/// What the first rows of a text show of its delimiter and its quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Dialect {
    /// Whether Excel's `sep=` line names the delimiter.
    pub named: bool,
    /// Rows that were looked at; blank lines are not.
    pub rows: usize,
    /// How many of them have as many cells as most of them.
    pub even_rows: usize,
    /// How many cells that is.
    pub width: usize,
    /// Cells that were looked at.
    pub cells: usize,
    /// How many of them stand in quotes.
    pub quoted: usize,
    /// How many of those have a quote inside, written twice.
    pub doubled: usize,
}

impl Dialect {
    /// Looks at the first rows of a text.
    pub fn of(text: &str, delimiter: u8) -> Dialect {
        let mut dialect = Dialect { named: text.starts_with("sep="), ..Dialect::default() };
        let widths = first_widths(text, delimiter, |row| {
            if super::Row::of(text, row).is_blank() || (row.offset == 0 && dialect.named) {
                return false;
            }
            dialect.cells += row.spans.len();
            let is_quoted = |span: &&super::row::Span| {
                let before = (row.offset + span.start as usize).checked_sub(1);
                span.copied || before.is_some_and(|at| text.as_bytes()[at] == b'"')
            };
            dialect.quoted += row.spans.iter().filter(is_quoted).count();
            dialect.doubled += row.spans.iter().filter(|span| span.copied).count();
            true
        });
        dialect.rows = widths.len();
        let commonest = widths.chunk_by(|a, b| a == b).max_by_key(|run| run.len());
        (dialect.even_rows, dialect.width) = commonest.map_or((0, 0), |run| (run.len(), run[0]));
        dialect
    }
}

/// How many of the first rows have the commonest width, weighed by that width; 0 where nothing is cut.
fn uniformity(text: &str, delimiter: u8) -> f64 {
    let widths = first_widths(text, delimiter, |_| true);
    let commonest = widths.chunk_by(|a, b| a == b).filter(|run| run[0] > 1).max_by_key(|run| run.len());
    #[expect(clippy::cast_precision_loss, reason = "a score over a hundred rows")]
    commonest.map_or(0.0, |run| (run.len() as f64 / widths.len() as f64) * (1.0 + run[0] as f64).ln())
}

/// The widths of the first rows that count, sorted.
fn first_widths(text: &str, delimiter: u8, mut counts: impl FnMut(&RowBuffer) -> bool) -> Vec<usize> {
    let mut buffer = RowBuffer::default();
    let mut widths: Vec<usize> = Vec::with_capacity(SNIFFED_ROWS);
    let mut offset = 0;
    while offset < text.len() && widths.len() < SNIFFED_ROWS {
        buffer.clear(0, offset);
        offset = read_row(text, offset, delimiter, &mut buffer).0;
        if counts(&buffer) {
            let too_wide = match buffer.flaw {
                Some(Flaw::TooWide { found }) => Some(found),
                _ => None,
            };
            widths.push(too_wide.unwrap_or(buffer.spans.len()));
        }
    }
    widths.sort_unstable();
    widths
}

/// Reads the row at an offset; gives the next row's offset and how many physical lines this one takes.
pub(super) fn read_row(text: &str, start: usize, delimiter: u8, row: &mut RowBuffer) -> (usize, u32) {
    if let Some(next) = read_plain_row(text.as_bytes(), start, delimiter, row) {
        return (next, 1);
    }
    row.spans.clear();
    read_any_row(text, start, delimiter, row)
}

/// Reads a row as most are: within the bounds, on one line, and with nothing but whole cells in quotes and no quote in
/// them; nothing for another one.
fn read_plain_row(bytes: &[u8], start: usize, delimiter: u8, row: &mut RowBuffer) -> Option<usize> {
    // Counted from the row's start, which a bounded row keeps small.
    let (mut cell, mut block) = (0u32, 0u32);
    let (mut in_quotes, mut is_quoted) = (false, false);
    let end = 'row: loop {
        let mut marks = marks_at(bytes, start + block as usize, delimiter);
        loop {
            // What stands in quotes parts no cells, and what stands behind the first other mark waits for it.
            let before = marks.others.wrapping_sub(1) & !marks.others;
            let mut delimiters = if in_quotes { 0 } else { marks.delimiters & before };
            while delimiters != 0 {
                let at = block + delimiters.trailing_zeros();
                delimiters &= delimiters - 1;
                // The one behind a closing quote has ended its cell with it.
                if at >= cell {
                    row.push_plain(cell, at);
                    cell = at + 1;
                }
            }
            if marks.others == 0 {
                break;
            }
            let at = block + marks.others.trailing_zeros();
            let is_quote = bytes[start + at as usize] == b'"';
            if !is_quote && !in_quotes {
                break 'row at;
            } else if is_quote && in_quotes {
                let next = bytes.get(start + at as usize + 1);
                if next.is_some_and(|next| *next != delimiter && !matches!(next, b'\n' | b'\r')) {
                    return None;
                }
                row.push_plain(cell, at);
                cell = at + 2;
            } else if is_quote && at == cell {
                cell = at + 1;
                is_quoted = true;
            } else {
                return None;
            }
            in_quotes = !in_quotes;
            marks.others &= marks.others - 1;
            marks.delimiters &= !before;
        }
        let left = bytes.len() - start - block as usize;
        if left <= BLOCK {
            break block + u32::try_from(left).ok()?;
        }
        block += BLOCK_STEP;
        if block > PLAIN_BYTES_MAX || row.spans.len() > COLUMNS_MAX {
            return None;
        }
    };
    if in_quotes {
        return None;
    }
    if end >= cell {
        row.push_plain(cell, end);
    }
    let end = start + end as usize;
    // In quotes a delimiter is text, and a tab is odd there.
    row.is_plain = !is_quoted || delimiter >= b' ';
    row.looked_to(end + 1);
    (row.spans.len() <= COLUMNS_MAX).then(|| behind_line_end(bytes, end))
}

/// Reads any row, cell by cell.
fn read_any_row(text: &str, start: usize, delimiter: u8, row: &mut RowBuffer) -> (usize, u32) {
    let bytes = text.as_bytes();
    let (mut lines, mut found) = (0, 0);
    let mut at = start;
    loop {
        let next = if bytes.get(at) == Some(&b'"') {
            match quoted_cell(text, (start, at), delimiter, row) {
                Ok((next, inner_lines)) => {
                    lines += inner_lines;
                    next
                }
                Err(fault) => {
                    let flaw = fault.flaw(text, (start, at), row.number + lines);
                    return flawed_row(text, (start, at), (flaw, lines), row);
                }
            }
        } else {
            plain_cell(bytes, at, delimiter, row)
        };
        if next - start > ROW_BYTES_MAX {
            return flawed_row(text, (start, next), (Flaw::TooLong, lines), row);
        }
        found += 1;
        row.spans.truncate(COLUMNS_MAX);
        row.looked_to(next + 1);
        if bytes.get(next) == Some(&delimiter) {
            at = next + 1;
        } else if found > COLUMNS_MAX {
            return flawed_row(text, (start, next), (Flaw::TooWide { found }, lines), row);
        } else {
            return (behind_line_end(bytes, next), lines + 1);
        }
    }
}

/// Reads an unquoted cell; gives where it ends.
fn plain_cell(bytes: &[u8], start: usize, delimiter: u8, row: &mut RowBuffer) -> usize {
    let rest = &bytes[start..];
    let length = memchr::memchr3(delimiter, b'\n', b'\r', rest).unwrap_or(rest.len());
    if memchr::memchr(b'"', &rest[..length]).is_some() {
        row.flaw = Some(Flaw::StrayQuote);
    }
    row.push(start, start + length, if length == 0 { Kind::Blank } else { Kind::Text });
    start + length
}

/// What is wrong with a quoted cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum QuoteFault {
    Stray,
    Open,
}

impl QuoteFault {
    /// As the flaw of its row, for a quote at an offset of the row from `start` on, in this line of the file.
    fn flaw(self, text: &str, (start, at): (usize, usize), line: u32) -> Flaw {
        if self == QuoteFault::Stray {
            return Flaw::StrayQuote;
        }
        let before = &text[start..at];
        let of_line = before.rfind(['\n', '\r']).map_or(before, |end| &before[end + 1..]);
        let character = u32::try_from(of_line.chars().count()).unwrap_or(u32::MAX).saturating_add(1);
        Flaw::UnbalancedQuote { line, character }
    }
}

/// Reads the quoted cell at an offset of a row; gives where it ends and how many line breaks are inside.
fn quoted_cell(
    text: &str,
    (row_start, start): (usize, usize),
    delimiter: u8,
    row: &mut RowBuffer,
) -> std::result::Result<(usize, u32), QuoteFault> {
    let bytes = text.as_bytes();
    let end = bytes.len().min(row_start + ROW_BYTES_MAX);
    let copy_from = row.copied.len();
    let (mut from, mut copied) = (start + 1, false);
    loop {
        let Some(length) = bytes.get(from..end).and_then(|rest| memchr::memchr(b'"', rest)) else {
            row.looked_to(end);
            return Err(QuoteFault::Open);
        };
        let quote = from + length;
        row.looked_to(quote + 2);
        match bytes.get(quote + 1) {
            Some(b'"') => {
                row.copied.push_str(&text[from..=quote]);
                copied = true;
                from = quote + 2;
            }
            Some(&byte) if byte != delimiter && byte != b'\n' && byte != b'\r' => {
                // A quote that first meets another one on a later line was never closed on its own.
                let later_line = memchr::memchr2(b'\n', b'\r', &bytes[start..quote]).is_some();
                return Err(if later_line { QuoteFault::Open } else { QuoteFault::Stray });
            }
            _ if copied => {
                row.copied.push_str(&text[from..quote]);
                row.push_copied(copy_from, Kind::Text);
                return Ok((quote + 1, line_breaks(&bytes[start..quote])));
            }
            _ => {
                row.push(from, quote, if quote == from { Kind::Blank } else { Kind::Text });
                return Ok((quote + 1, line_breaks(&bytes[start..quote])));
            }
        }
    }
}

/// Ends a flawed row with the physical line of the offset at fault: its text is one cell, and no other row is
/// swallowed.
fn flawed_row(
    text: &str,
    (start, at): (usize, usize),
    (flaw, lines): (Flaw, u32),
    row: &mut RowBuffer,
) -> (usize, u32) {
    let bytes = text.as_bytes();
    let end = line_end(bytes, at);
    row.looked_to(end + 1);
    row.spans.clear();
    row.copied.clear();
    row.push(start, end, Kind::Text);
    row.flaw = Some(flaw);
    (behind_line_end(bytes, end), lines + 1)
}

/// Where the next line begins, given where one ends.
fn behind_line_end(bytes: &[u8], end: usize) -> usize {
    match bytes.get(end) {
        None => end,
        Some(b'\r') if bytes.get(end + 1) == Some(&b'\n') => end + 2,
        Some(_) => end + 1,
    }
}

/// How many line ends stand in a text.
pub(super) fn line_breaks(bytes: &[u8]) -> u32 {
    let feeds = memchr::memchr_iter(b'\n', bytes).count();
    // CR LF is one line break, counted at its LF.
    let is_alone = |at: &usize| bytes.get(at + 1) != Some(&b'\n');
    let returns = memchr::memchr_iter(b'\r', bytes).filter(is_alone).count();
    u32::try_from(feeds + returns).unwrap_or(u32::MAX)
}

/// Where the first line behind an offset begins; the end of the text where there is none.
pub(super) fn next_line(bytes: &[u8], offset: usize) -> usize {
    behind_line_end(bytes, line_end(bytes, offset))
}

/// Where the line of an offset ends.
fn line_end(bytes: &[u8], offset: usize) -> usize {
    memchr::memchr2(b'\n', b'\r', &bytes[offset..]).map_or(bytes.len(), |length| offset + length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Cursor, Row, Stretches};
    use proptest::prelude::*;

    /// Each row as `number|cell|cell`, with the flaw in front where there is one.
    fn read(text: &str, delimiter: u8) -> Vec<String> {
        let mut cursor = Cursor::at(text, Form::Csv { delimiter }, 0, 1);
        let mut buffer = RowBuffer::default();
        let mut rows = Vec::new();
        while cursor.read(&mut buffer) {
            let row = Row::of(text, &buffer);
            let flaw = match row.flaw() {
                None => String::new(),
                Some(Flaw::UnbalancedQuote { line, character }) => format!("Open {line}:{character} "),
                Some(flaw) => format!("{flaw:?} "),
            };
            let cells: Vec<_> = row.cells().map(|cell| cell.text.to_owned()).collect();
            rows.push(format!("{flaw}{}|{}", row.number(), cells.join("|")));
        }
        rows
    }

    #[test]
    fn rows_are_read_as_written() {
        for (text, rows) in [
            ("a;b\n1;2\n", vec!["1|a|b", "2|1|2"]),
            ("a;b\r\n;\r\nx", vec!["1|a|b", "2||", "3|x"]),
            ("a;b\rc;d", vec!["1|a|b", "2|c|d"]),
            ("\"a;1\";b\n\n2;3", vec!["1|a;1|b", "2|", "3|2|3"]),
            ("\"say \"\"hi\"\"\";x\n", vec!["1|say \"hi\"|x"]),
            ("\"two\r\nlines\";x\ny;z", vec!["1|two\r\nlines|x", "3|y|z"]),
            ("\"\";\"\"", vec!["1||"]),
        ] {
            assert_eq!(read(text, b';'), rows, "{text:?}");
        }
    }

    #[test]
    fn a_bad_quote_costs_one_row() {
        assert_eq!(read("a;\"open\nb;c\nd;e\n", b';'), ["Open 1:3 1|a;\"open", "2|b|c", "3|d|e"]);
        assert_eq!(read("\"a\"x;b\nc;d", b';'), ["StrayQuote 1|\"a\"x;b", "2|c|d"]);
        assert_eq!(read("5\" pipe;b\nc;d", b';'), ["StrayQuote 1|5\" pipe|b", "2|c|d"]);
        assert_eq!(
            read("\"open;b\nc;\"d\"\ne;f", b';'),
            ["Open 1:1 1|\"open;b", "2|c|d", "3|e|f"],
            "an opening quote that meets the next row's quote"
        );
        assert_eq!(
            read("1;\"two\nlines\";ñ;\"open\nx;y", b';'),
            ["Open 2:10 1|1;\"two\nlines\";ñ;\"open", "3|x|y"],
            "the line of the quote at fault"
        );
    }

    /// How many bytes were looked at to read a text once, and how many rows it has.
    fn looked_at(text: &str) -> (usize, usize) {
        let mut cursor = Cursor::at(text, Form::Csv { delimiter: b';' }, 0, 1);
        let mut buffer = RowBuffer::default();
        let (mut bytes, mut rows) = (0, 0);
        while cursor.read(&mut buffer) {
            bytes += buffer.looked_to - buffer.offset;
            rows += 1;
        }
        (bytes, rows)
    }

    /// Rows that open a quote each once had the rest of the file looked at for every one of them.
    #[test]
    fn broken_quotes_do_not_have_the_text_looked_at_again_and_again() {
        let lines = 40_000;
        for line in ["a\";\"x\n", "1;\"abierta\n", "1;\"\"\"abierta\n", "x;\";y\n", "\";\"\n", "1;5\"\n"] {
            let text = format!("a;b\n1;\"open\n{}", line.repeat(lines));
            let (bytes, rows) = looked_at(&text);
            assert!(bytes <= 3 * text.len(), "{line:?}: {bytes} of {}", text.len());
            assert!(rows > 1, "{line:?}");
        }
    }

    /// An open quote in a file of a gigabyte had all of it looked at whenever its row was read.
    #[test]
    fn a_quote_is_not_looked_for_further_than_a_row_may_reach() {
        let text = format!("a;b\n1;\"open\n{}", "2;x\n".repeat(ROW_BYTES_MAX / 3));
        let mut buffer = RowBuffer::default();
        buffer.clear(2, 4);
        assert_eq!(read_row(&text, 4, b';', &mut buffer), (12, 1));
        assert_eq!(buffer.flaw, Some(Flaw::UnbalancedQuote { line: 2, character: 3 }));
        assert_eq!(buffer.looked_to, 4 + ROW_BYTES_MAX);
    }

    #[test]
    fn rows_too_long_or_too_wide_are_said_and_cost_no_memory() {
        let read = |text: &str| {
            let mut buffer = RowBuffer::default();
            let end = read_row(text, 0, b';', &mut buffer).0;
            (buffer.flaw, buffer.spans.len(), buffer.spans.capacity() <= 2 * COLUMNS_MAX, end)
        };
        let too_wide = |found| Some(Flaw::TooWide { found });
        let (cells, long) = (";".repeat(COLUMNS_MAX - 1), "x".repeat(ROW_BYTES_MAX));
        assert_eq!(read(&format!("{cells}\nb")), (None, COLUMNS_MAX, true, COLUMNS_MAX));
        assert_eq!(read(&format!("{cells};\nb")), (too_wide(COLUMNS_MAX + 1), 1, true, COLUMNS_MAX + 1));
        let wide = ";".repeat(100 * COLUMNS_MAX);
        assert_eq!(read(&format!("{wide}\nb")), (too_wide(wide.len() + 1), 1, true, wide.len() + 1));
        assert_eq!(read(&format!("{long}\nb")), (None, 1, true, ROW_BYTES_MAX + 1));
        assert_eq!(read(&format!("{long}x\nb")), (Some(Flaw::TooLong), 1, true, ROW_BYTES_MAX + 2));
        let quoted = format!("\"{}\";x\nb", "y\n".repeat(5 << 20));
        assert_eq!(read(&quoted), (None, 2, true, quoted.len() - 1), "a cell of ten megabytes");
    }

    #[test]
    fn the_delimiter_is_the_one_that_cuts_evenly() {
        for (text, delimiter) in [
            ("a;b;c\n1,5;2;3\n4;5,5;6\n", b';'),
            ("a,b\n1;2,3\n4,5\n", b','),
            ("a\tb\n1,2\t3\n", b'\t'),
            ("a|b|c\n1|2|3", b'|'),
            ("sep=,\na;b,c;d\n", b','),
            ("one column\nonly\n", b';'),
        ] {
            assert_eq!(sniff_delimiter(text), delimiter, "{text:?}");
        }
    }

    #[test]
    fn a_dialect_is_shown_with_its_evidence() {
        let text = "sep=;\na;b;c\n\n\"x\";\"say \"\"hi\"\"\";\n1;2\n3;4;5\n";
        let expected =
            Dialect { named: true, rows: 4, even_rows: 3, width: 3, cells: 11, quoted: 2, doubled: 1 };
        assert_eq!(Dialect::of(text, b';'), expected);
        assert_eq!(Dialect::of("", b';'), Dialect::default());
    }

    proptest! {
        #[test]
        fn whatever_a_writer_writes_is_read_back(
            rows in proptest::collection::vec(proptest::collection::vec("[ -~áñ\"\n;,]{0,12}", 2..5), 1..8),
            crlf in any::<bool>(),
        ) {
            let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
            let mut writer = csv::WriterBuilder::new().delimiter(b';').terminator(terminator).flexible(true).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let mut cursor = Cursor::at(&text, Form::Csv { delimiter: b';' }, 0, 1);
            let mut buffer = RowBuffer::default();
            for row in &rows {
                prop_assert!(cursor.read(&mut buffer));
                let read = Row::of(&text, &buffer);
                prop_assert_eq!(read.flaw(), None);
                prop_assert_eq!(&read.cells().map(|cell| cell.text.to_owned()).collect::<Vec<_>>(), row);
                let line = text[..buffer.offset].matches('\n').count() + 1;
                prop_assert_eq!(read.number() as usize, line);
            }
            prop_assert!(!cursor.read(&mut buffer));
        }

        #[test]
        fn the_short_way_reads_rows_as_the_long_way_does(text in "([a;\"\r\né]|\"[a;é]{0,70}\";?){0,60}[a;\"\r\né]{0,60}", long in "(;{70}|a{70}|[a;]{60,70})?") {
            let text = format!("{long}{text}");
            let read = |short: bool| {
                let mut row = RowBuffer::default();
                row.clear(1, 0);
                let end = if short {
                    read_plain_row(text.as_bytes(), 0, b';', &mut row).map(|end| (end, 1))
                } else {
                    Some(read_any_row(&text, 0, b';', &mut row))
                };
                let cells = Row::of(&text, &row).cells().map(|cell| (cell.kind, cell.text.to_owned())).collect::<Vec<_>>();
                (end, cells, row.flaw)
            };
            let has_quote = text.split(['\n', '\r']).next().is_some_and(|line| line.contains('"'));
            prop_assert!(read(true).0.is_some() || has_quote);
            if read(true).0.is_some() {
                prop_assert_eq!(read(true), read(false));
            }
        }

        #[test]
        fn nothing_is_odd_in_a_tame_row(text in "([a-z;ñÁ\t]|\"[a;\t]{0,9}\"[;\t]){0,40}[\"\\\\\u{1}\u{7f}\u{fffd}ÃÅ中\t]?[a;ñ]{0,40}", tabs in any::<bool>()) {
            let mut buffer = RowBuffer::default();
            let delimiter = if tabs { b'\t' } else { b';' };
            let form = Form::Csv { delimiter };
            if Cursor::at(&text, form, 0, 1).read(&mut buffer) {
                buffer.find_tame(&Stretches::of(&text, form));
                let row = Row::of(&text, &buffer);
                let is_odd = |c: char| c.is_ascii_control() || matches!(c, '"' | '\\' | '\u{fffd}' | 'Ã' | 'Ä' | 'Å');
                prop_assert!(!row.is_tame() || !row.cells().any(|cell| cell.text.contains(is_odd)), "{:?}", text);
                let is_plain = text.chars().all(|c| matches!(c, 'a'..='z' | ';' | 'ñ' | 'Á'));
                prop_assert!(row.is_tame() || !is_plain, "{:?}", text);
            }
        }

        #[test]
        fn reading_is_linear(text in "[a;\"\"\n]{0,200}") {
            prop_assert!(looked_at(&text).0 <= 3 * text.len());
        }

        #[test]
        fn every_byte_belongs_to_exactly_one_row(text in "[a;\"\r\n]{0,60}") {
            let mut cursor = Cursor::at(&text, Form::Csv { delimiter: b';' }, 0, 1);
            let mut buffer = RowBuffer::default();
            let mut end = 0;
            while cursor.read(&mut buffer) {
                prop_assert_eq!(buffer.offset, end);
                prop_assert!(cursor.offset() > end);
                end = cursor.offset();
            }
            prop_assert_eq!(end, text.len());
        }
    }
}
