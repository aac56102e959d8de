//! Workbooks: sheets are chosen, and their cells written out in the packed form.
//!
//! calamine's streaming cell reader is used, never its whole-sheet range, whose size a hostile file decides.
//! Real dates become ISO text; numbers keep the 15 significant digits that Excel itself keeps, without an
//! exponent or a `.0`, so that an identification typed as a number keeps every digit.

use std::io::Cursor as Bytes;
use std::sync::Arc;

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx};

use super::packed::Packer;
use super::row::{Form, Kind};
use super::{SheetChoice, SourceOptions, Table, origin};
use crate::lang::Code;
use crate::problem::{Failure, Result};

type Workbook = Xlsx<Bytes<Vec<u8>>>;

pub(super) fn tables(bytes: Vec<u8>, name: &str, options: &SourceOptions) -> Result<Vec<Table>> {
    let damaged = |error: calamine::XlsxError| {
        Failure::new(Code::FileDamaged).with("value", name).with("reason", error)
    };
    let mut workbook: Workbook = Xlsx::new(Bytes::new(bytes)).map_err(damaged)?;
    let reports = report_sheets(&mut workbook).map_err(damaged)?;
    let sheets = match reports {
        Some(reports) => reports,
        None => chosen_sheets(&workbook, name, &options.sheets)?,
    };
    let mut tables = Vec::with_capacity(sheets.len());
    for sheet in sheets {
        let text = pack(&mut workbook, &sheet).map_err(damaged)?;
        tables.push(Table {
            name: sheet.clone(),
            sheet: Some(sheet),
            form: Form::Packed,
            encoding: "xlsx",
            text: Arc::from(text),
        });
    }
    Ok(tables)
}

/// The sheets of failed rows, when the workbook is a report of cartera's own.
fn report_sheets(workbook: &mut Workbook) -> std::result::Result<Option<Vec<String>>, calamine::XlsxError> {
    let names = workbook.sheet_names();
    let mut reports = Vec::new();
    for name in names {
        if let Some(status) = first_reported_status(workbook, &name)? {
            reports.push((name, origin::is_pending(&status)));
        }
    }
    // Rows that wait are in the report to be seen, not to be loaded; alone, they are refused one by one.
    if reports.iter().any(|(_, pending)| !pending) {
        reports.retain(|(_, pending)| !pending);
    }
    let reports: Vec<String> = reports.into_iter().map(|(name, _)| name).collect();
    Ok((!reports.is_empty()).then_some(reports))
}

/// The status of the first row, when the sheet has the columns of a report and rows under them.
fn first_reported_status(
    workbook: &mut Workbook,
    sheet: &str,
) -> std::result::Result<Option<String>, calamine::XlsxError> {
    let mut reader = match workbook.worksheet_cells_reader(sheet) {
        Ok(reader) => reader,
        // A chart sheet has no cells.
        Err(calamine::XlsxError::WorksheetNotFound(_) | calamine::XlsxError::NotAWorksheet(_)) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let (mut is_report, mut has_rows, mut status_column) = (false, false, None);
    while let Some(cell) = reader.next_cell()? {
        let text = match cell.get_value() {
            DataRef::String(text) => text.as_str(),
            DataRef::SharedString(text) => text,
            _ => "",
        };
        match cell.get_position() {
            (0, _) if text == origin::RUN_COLUMN => is_report = true,
            (0, column) if text == origin::COLUMNS[0] => status_column = Some(column),
            (0, _) => {}
            (1, column) if is_report && Some(column) == status_column => return Ok(Some(text.to_owned())),
            (1, _) if is_report => has_rows = true,
            _ => {
                has_rows = is_report;
                break;
            }
        }
    }
    Ok((is_report && has_rows).then(String::new))
}

fn chosen_sheets(workbook: &Workbook, name: &str, choice: &SheetChoice) -> Result<Vec<String>> {
    let all: Vec<_> =
        workbook.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet).collect();
    let visible: Vec<String> = all
        .iter()
        .filter(|sheet| sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    let list = || visible.iter().map(|name| format!("«{name}»")).collect::<Vec<_>>().join(", ");
    match choice {
        SheetChoice::Named(names) => {
            for wanted in names {
                if !all.iter().any(|sheet| sheet.name == *wanted) {
                    let failure = Failure::new(Code::SheetNotFound).with("value", name);
                    return Err(failure.with("expected", wanted).with("reason", list()));
                }
            }
            Ok(names.clone())
        }
        SheetChoice::OnlyOne if visible.len() > 1 => {
            Err(Failure::new(Code::SheetAmbiguous).with("value", name).with("reason", list()))
        }
        SheetChoice::OnlyOne | SheetChoice::All if visible.is_empty() => {
            Err(Failure::new(Code::FileEmpty).with("value", name))
        }
        SheetChoice::OnlyOne | SheetChoice::All => Ok(visible),
    }
}

fn pack(workbook: &mut Workbook, sheet: &str) -> std::result::Result<String, calamine::XlsxError> {
    let mut reader = workbook.worksheet_cells_reader(sheet)?;
    let mut packer = Packer::default();
    while let Some(cell) = reader.next_cell()? {
        let (row, column) = cell.get_position();
        let mut push = |kind, text: &str| packer.push(row, column, kind, text);
        match cell.get_value() {
            DataRef::Empty => {}
            DataRef::SharedString(text) => push(Kind::Text, text),
            DataRef::Int(number) => push(Kind::Number, &number.to_string()),
            DataRef::Float(number) => push(Kind::Number, &number_text(*number)),
            DataRef::Bool(value) => push(Kind::Bool, if *value { "TRUE" } else { "FALSE" }),
            DataRef::DateTime(value) => {
                let (kind, text) = date_text(value);
                push(kind, &text);
            }
            DataRef::DateTimeIso(text) => {
                push(if text.len() > 10 { Kind::Moment } else { Kind::Date }, text);
            }
            DataRef::String(text) | DataRef::DurationIso(text) => push(Kind::Text, text),
            DataRef::Error(error) => push(Kind::Error, &error.to_string()),
        }
    }
    Ok(packer.finish())
}

pub(super) fn date_text(value: &ExcelDateTime) -> (Kind, String) {
    if !value.is_datetime() {
        return (Kind::Number, number_text(value.as_f64()));
    }
    let (year, month, day, hour, minute, second, _) = value.to_ymd_hms_milli();
    if (hour, minute, second) == (0, 0, 0) {
        (Kind::Date, format!("{year:04}-{month:02}-{day:02}"))
    } else {
        (Kind::Moment, format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"))
    }
}

/// A number as Excel means it: 15 significant digits, no exponent, no trailing zeros behind the point.
pub(super) fn number_text(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    if number.fract() == 0.0 && number.abs() < 1e15 {
        return format!("{number:.0}");
    }
    let scientific = format!("{number:.14e}");
    let (mantissa, exponent) = scientific.split_once('e').expect("the e format always has an exponent");
    let exponent: i32 = exponent.parse().expect("the e format writes a whole exponent");
    if !(-20..=40).contains(&exponent) {
        return format!("{number:e}");
    }
    let negative = mantissa.starts_with('-');
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    plain_digits(&digits, exponent, negative)
}

/// Writes `d.ddd × 10^exponent` without an exponent.
fn plain_digits(digits: &str, exponent: i32, negative: bool) -> String {
    let digits = digits.trim_end_matches('0');
    let sign = if negative { "-" } else { "" };
    let whole_length = usize::try_from(exponent + 1).unwrap_or(0);
    if exponent < 0 {
        let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
        format!("{sign}0.{zeros}{digits}")
    } else if whole_length >= digits.len() {
        format!("{sign}{digits}{}", "0".repeat(whole_length - digits.len()))
    } else {
        format!("{sign}{}.{}", &digits[..whole_length], &digits[whole_length..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_excel_means_them() {
        for (number, text) in [
            (1_030_555_123.0, "1030555123"),
            (0.1 + 0.2, "0.3"),
            (1234.56, "1234.56"),
            (-0.5, "-0.5"),
            (1e15, "1000000000000000"),
            (123_456_789_012_345_678.0, "123456789012346000"),
            (0.000_012_5, "0.0000125"),
            (8_450_330_120.55, "8450330120.55"),
            (1e300, "1e300"),
        ] {
            assert_eq!(number_text(number), text);
        }
    }
}
