//! The correction of an error report, as a person makes it in a spreadsheet: wrong cells are typed anew, every
//! column stays, and the workbook is saved whole. What is right is taken from the corrected sample.

use std::path::Path;

use calamine::{Data, Reader as _, Xlsx, open_workbook};
use encoding_rs::WINDOWS_1252;
use rust_xlsxwriter::{Format, Workbook, Worksheet};

/// A sheet: its rows of cells.
type Cells = Vec<Vec<Data>>;

/// Corrects a workbook of errors of the cooperative's faulty file.
pub(crate) fn correct(report: &Path, corrected: &Path) {
    let right = sample_rows(corrected);
    let mut source: Xlsx<_> = open_workbook(report).expect("the report is a workbook");
    let mut workbook = Workbook::new();
    for (name, range) in source.worksheets() {
        let mut cells: Cells = range.rows().map(<[Data]>::to_vec).collect();
        if column(&cells, "cartera_row").is_some() {
            correct_rows(&mut cells, &right);
        }
        let sheet = workbook.add_worksheet().set_name(&name).expect("the name was a sheet's");
        write_sheet(sheet, &cells);
    }
    workbook.save(report).expect("the report can be written again");
}

/// Types the right values into the rows of a sheet.
fn correct_rows(cells: &mut Cells, right: &[Vec<String>]) {
    let number_at = column(cells, "cartera_row").expect("the sheet is a report's");
    let behind = 1 + column(cells, "cartera_run").expect("the sheet is a report's");
    let address = column(cells, "Dirección").expect("the cooperative's file has addresses");
    for row in cells.iter_mut().skip(1) {
        let number: usize = row[number_at].to_string().parse().expect("cartera_row is a number");
        let mut touched = false;
        for (cell, right) in row.iter_mut().zip(&right[number - 1]) {
            if cell.to_string() != *right {
                *cell = Data::String(right.clone());
                touched = true;
            }
        }
        // A row that had a field too many shows it behind the last column. Where no other cell was wrong, the
        // field is a remark, for which the address has room.
        let surplus: String = row.drain(behind.min(row.len())..).map(|cell| cell.to_string()).collect();
        if !touched && !surplus.is_empty() {
            row[address] = Data::String(format!("{} ({surplus})", row[address]));
        }
    }
}

/// Where a column stands, by its header.
fn column(cells: &Cells, header: &str) -> Option<usize> {
    cells.first()?.iter().position(|cell| *cell == header)
}

/// Writes cells by their type: what was text stays text.
fn write_sheet(sheet: &mut Worksheet, cells: &Cells) {
    let text = Format::new().set_num_format("@");
    for (row, cells) in (0_u32..).zip(cells) {
        for (column, cell) in (0_u16..).zip(cells) {
            let written = match cell {
                Data::Empty => continue,
                Data::Float(number) => sheet.write_number(row, column, *number),
                other => sheet.write_string_with_format(row, column, other.to_string(), &text),
            };
            written.expect("a cell of a workbook fits into a workbook");
        }
    }
}

/// The rows of the corrected sample, its header first, so that row 1 of the spreadsheet is the first.
fn sample_rows(path: &Path) -> Vec<Vec<String>> {
    let bytes = std::fs::read(path).expect("the corrected sample is there");
    let text = WINDOWS_1252.decode(&bytes).0;
    let mut reader =
        csv::ReaderBuilder::new().delimiter(b';').has_headers(false).from_reader(text.as_bytes());
    let rows = reader.records().map(|row| row.expect("the corrected sample is well formed"));
    rows.map(|row| row.iter().map(str::to_owned).collect()).collect()
}
