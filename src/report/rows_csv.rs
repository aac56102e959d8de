//! The error report as CSV: one file a table, for those who correct rows without Excel.
//!
//! Values are written as they were read, whole and raw, with the source's own delimiter; quotes stand where
//! RFC 4180 asks for them. It is data: a value that begins with `=` stays what it was. It never cuts a value.
//! Where the bytes go is the caller's matter.

use std::io::{self, Write};

use csv::{QuoteStyle, Terminator, WriterBuilder};

use super::Frame;
use crate::lang::Lang;
use crate::ledger::{Evidence, FailedRow};
use crate::source::Form;

/// By which Excel knows that the text is UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
/// The delimiter for tables that had none: the one of Excel where the decimal sign is a comma.
const USUAL_DELIMITER: u8 = b';';

/// Writes the failed rows of one table of a run's evidence: UTF-8 with a byte order mark, lines ending in CRLF.
///
/// Of a table that is not there nothing is written; of one without failed rows the header alone.
///
/// # Errors
/// What `out` fails with.
pub fn errors_csv(
    evidence: &Evidence,
    table: usize,
    (run, lang): (i64, Lang),
    mut out: impl Write,
) -> io::Result<()> {
    let Some(source) = evidence.tables.get(table) else { return Ok(()) };
    let frame = Frame::new(source, run, lang);
    let failed = evidence.failed.get(table).map_or(&[][..], Vec::as_slice);
    out.write_all(BYTE_ORDER_MARK)?;
    Ok(rows(&frame, failed, (delimiter(source.form), out))?)
}

fn rows(frame: &Frame<'_>, failed: &[FailedRow], (delimiter, out): (u8, impl Write)) -> csv::Result<()> {
    let mut writer = WriterBuilder::new()
        .delimiter(delimiter)
        .terminator(Terminator::CRLF)
        .quote_style(QuoteStyle::Necessary)
        // A row with more cells than the header keeps them.
        .flexible(true)
        .from_writer(out);
    writer.write_record(frame.header())?;
    for row in failed {
        let values = frame.values(row);
        let mut cells: Vec<&str> = frame.own_cells(row).map(|(_, text)| text).collect();
        cells.resize(frame.own(), "");
        cells.extend(values.iter().map(String::as_str));
        cells.extend(frame.surplus_cells(row).map(|(_, text)| text));
        writer.write_record(&cells)?;
    }
    Ok(writer.flush()?)
}

fn delimiter(form: Form) -> u8 {
    match form {
        Form::Csv { delimiter } => delimiter,
        Form::Packed => USUAL_DELIMITER,
    }
}
