//! What else a creditor's workbook may do, one line each, by the binary: protected sheets, far cells, formulas that
//! were never calculated, days that no calendar has, numbers that a spreadsheet cannot hold.

use std::io::{Read as _, Write as _};

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};

use crate::support::store::stored_records;
use crate::support::workdir::{Out, SMALL_MAPPING, Workdir};

const HEADER: [&str; 8] = ["Cédula", "Nombre", "Correo", "Celular", "Nro", "Producto", "Saldo", "Vence"];

/// Writes the header and a row for each of so many debtors, whose dates are real ones.
fn table(sheet: &mut Worksheet, debtors: u32) {
    sheet.write_row(0, 0, HEADER).unwrap();
    let date = Format::new().set_num_format("dd/mm/yyyy");
    for row in 1..=debtors {
        let id = (1000 + row).to_string();
        let cells = [&id, "Ana Paz", "ana@example.com", "3005550001", "01", "Consumo", "1.5"];
        for (column, text) in (0..).zip(cells) {
            sheet.write_string(row, column, text).unwrap();
        }
        let day = ExcelDateTime::from_ymd(2026, 1, 31).unwrap();
        sheet.write_datetime_with_format(row, 7, day, &date).unwrap();
    }
}

/// Loads a workbook of three debtors that somebody has changed.
fn loaded(change: impl FnOnce(&mut Worksheet)) -> (Workdir, Out) {
    let dir = Workdir::with_samples();
    dir.write("m.toml", &format!("{SMALL_MAPPING}expiring_date = \"Vence\"\n"));
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    table(sheet, 3);
    change(sheet);
    workbook.save(dir.path("f.xlsx")).unwrap();
    let out = dir.run(&["load", "f.xlsx", "-m", "m.toml", "--sandbox", "--json"]);
    (dir, out)
}

/// The codes of the rows that were not loaded, by the number that the spreadsheet shows.
fn codes(dir: &Workdir) -> Vec<(String, String)> {
    let reported = dir.reported("cartera-1/errors.xlsx", "Sheet1");
    reported.iter().map(|(row, cells)| (row.clone(), cells["cartera_code"].clone())).collect()
}

#[test]
fn a_sheet_that_is_protected_from_changes_is_read() {
    let (dir, out) = loaded(|sheet| {
        sheet.protect_with_password("clave");
    });
    assert_eq!(out.code, 0, "{}", out.stderr);
    assert_eq!(stored_records(&dir.state("sandbox")).len(), 3);
}

#[test]
fn a_cell_in_the_last_corner_is_one_bad_row_and_the_blanks_above_it() {
    let (dir, out) = loaded(|sheet| {
        sheet.write_string(1_048_575, 16_383, "x").unwrap();
    });
    assert_eq!(out.code, 3, "{}", out.stderr);
    let result = out.json();
    result.assert_balance();
    assert_eq!(
        (result["books"]["rows_read"].as_u64(), result["books"]["rows_skipped"].as_u64()),
        (Some(1_048_575), Some(1_048_571))
    );
    assert_eq!(codes(&dir), [("1048576".to_owned(), "missing-required".to_owned())]);
}

#[test]
fn days_that_no_calendar_has_are_never_another_day() {
    let date = Format::new().set_num_format("dd/mm/yyyy");
    for serial in [60.0, 0.0, -1.0, 0.5, 2_958_466.0] {
        let (dir, out) = loaded(|sheet| {
            sheet.write_number_with_format(2, 7, serial, &date).unwrap();
        });
        assert_eq!(out.code, 3, "{serial}: {}", out.stderr);
        assert_eq!(codes(&dir), [("3".to_owned(), "bad-date".to_owned())], "{serial}");
    }
}

#[test]
fn a_formula_that_was_never_calculated_is_no_blank() {
    let (dir, _) = loaded(|sheet| {
        sheet.write_formula(2, 6, Formula::new("=1+1").set_result("2")).unwrap();
    });
    // Programs that write workbooks and calculate nothing leave the result out.
    let mut zip = zip::ZipArchive::new(std::fs::File::open(dir.path("f.xlsx")).unwrap()).unwrap();
    let mut out = zip::ZipWriter::new(std::fs::File::create(dir.path("g.xlsx")).unwrap());
    for at in 0..zip.len() {
        let mut part = zip.by_index(at).unwrap();
        let name = part.name().unwrap().into_owned();
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        out.start_file(&name, zip::write::SimpleFileOptions::default()).unwrap();
        let without = text.replace("<f>1+1</f><v>2</v>", "<f>1+1</f>");
        assert_eq!(without != text, name == "xl/worksheets/sheet1.xml", "{name}");
        out.write_all(without.as_bytes()).unwrap();
    }
    out.finish().unwrap();
    std::fs::remove_dir_all(dir.path("cartera-1")).unwrap();
    std::fs::remove_dir_all(dir.path("state")).unwrap();
    let out = dir.run(&["load", "g.xlsx", "-m", "m.toml", "--sandbox", "--json"]);
    assert_eq!(out.code, 3, "{}", out.stderr);
    assert_eq!(codes(&dir), [("3".to_owned(), "uncalculated-formula".to_owned())]);
}

#[test]
fn identifications_are_whole_or_damaged() {
    let padded = Format::new().set_num_format("0000000000");
    let (dir, out) = loaded(|sheet| {
        sheet.write_number(1, 0, 1_030_555_123_456_789.0).unwrap();
        sheet.write_number(2, 0, 103_055_512_345_678.0).unwrap();
        sheet.write_number_with_format(3, 0, 1_030_555.0, &padded).unwrap();
        sheet.write_string(1, 4, "00120034005600780090").unwrap();
        sheet.write_string(2, 4, "00120034005600780091").unwrap();
    });
    assert_eq!(out.code, 3, "{}", out.stderr);
    assert_eq!(codes(&dir), [("2".to_owned(), "id-damaged".to_owned())], "sixteen digits");
    let stored = stored_records(&dir.state("sandbox"));
    assert_eq!(stored.keys().collect::<Vec<_>>(), ["0001030555", "103055512345678"]);
    let obligations = stored["103055512345678"]["Obligations"].as_object().unwrap();
    assert!(obligations.contains_key("00120034005600780091"), "a text is what it is: {obligations:?}");
}
