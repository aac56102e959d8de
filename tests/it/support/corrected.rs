//! What a person does to an error report of the faulty sample: the cells become those of the corrected sample.

use std::path::Path;

use calamine::{Data, DataType as _, Reader as _, Xlsx, open_workbook};
use encoding_rs::WINDOWS_1252;
use rust_xlsxwriter::{Format, Workbook, Worksheet};

use super::workdir::{Workdir, repository};

/// Corrects a report in place, workbook or CSV: each row's own cells are taken from the corrected sample by its
/// `cartera_row`, and what stood beyond the header is removed.
pub(crate) fn correct_workbook(dir: &Workdir, report: &str) {
    let path = dir.path(report);
    if path.extension().is_some_and(|ending| ending == "xlsx") {
        let sheet = "cooperativa-faulty";
        let rows = corrected(dir.sheet(report, sheet));
        write_workbook(&path, sheet, &rows);
    } else {
        let bytes = std::fs::read(&path).unwrap();
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(b';')
            .has_headers(false)
            .flexible(true)
            .from_reader(&bytes[3..]);
        let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
        let mut writer = csv::WriterBuilder::new().delimiter(b';').from_path(&path).unwrap();
        for row in corrected(rows) {
            writer.write_record(row).unwrap();
        }
        writer.flush().unwrap();
    }
}

/// Corrects a workbook of two tables in place: each row's own cells are taken, with their types, from the sheet of the
/// same name in the right workbook, by its `cartera_row`.
pub(crate) fn correct_tables(dir: &Workdir, report: &str, right: &str, sheets: &[&str]) {
    let mut reported: Xlsx<_> = open_workbook(dir.path(report)).unwrap();
    let mut right: Xlsx<_> = open_workbook(dir.path(right)).unwrap();
    let mut workbook = Workbook::new();
    for name in sheets {
        let rows = reported.worksheet_range(name).unwrap();
        let right = right.worksheet_range(name).unwrap();
        let sheet = workbook.add_worksheet().set_name(*name).unwrap();
        let header: Vec<String> = rows.rows().next().unwrap().iter().map(ToString::to_string).collect();
        let own = header.iter().position(|name| name.starts_with("cartera_")).unwrap();
        let number = header.iter().position(|name| name == "cartera_row").unwrap();
        for (at, row) in (0u32..).zip(rows.rows()) {
            let source = row[number].as_i64().map_or(0, |number| usize::try_from(number).unwrap() - 1);
            for (column, cell) in row.iter().enumerate() {
                let cell =
                    if column < own { right.get((source, column)).unwrap_or(&Data::Empty) } else { cell };
                write_cell(sheet, (at, u16::try_from(column).unwrap()), cell);
            }
        }
    }
    workbook.save(dir.path(report)).unwrap();
}

fn write_cell(sheet: &mut Worksheet, (row, column): (u32, u16), cell: &Data) {
    let day = Format::new().set_num_format("dd/mm/yyyy");
    let written = match cell {
        Data::Empty => return,
        Data::Float(number) => sheet.write_number(row, column, *number),
        Data::DateTime(date) => sheet.write_number_with_format(row, column, date.as_f64(), &day),
        text => sheet.write_string(row, column, text.to_string()),
    };
    written.unwrap();
}

fn corrected(mut rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let sample = std::fs::read(repository().join("samples/cooperativa-corrected.csv")).unwrap();
    let (text, _, _) = WINDOWS_1252.decode(&sample);
    let mut reader =
        csv::ReaderBuilder::new().delimiter(b';').has_headers(false).from_reader(text.as_bytes());
    let right: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let header = rows[0].clone();
    let own = header.iter().position(|name| name.starts_with("cartera_")).unwrap();
    let number = header.iter().position(|name| name == "cartera_row").unwrap();
    for row in &mut rows {
        row.truncate(own + 8);
    }
    for row in rows.iter_mut().skip(1) {
        let source: usize = row[number].parse().unwrap();
        for column in 0..own {
            right[source - 1][column].clone_into(&mut row[column]);
        }
    }
    rows
}

/// Writes texts as a spreadsheet saves text cells, the row and run numbers as numbers.
fn write_workbook(path: &Path, name: &str, rows: &[Vec<String>]) {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name(name).unwrap();
    for (row, cells) in (0u32..).zip(rows) {
        for (column, text) in (0u16..).zip(cells) {
            sheet.write_string(row, column, text).unwrap();
        }
    }
    workbook.save(path).unwrap();
}
