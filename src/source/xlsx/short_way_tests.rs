//! The short way of plain cells and strings held against the way that reads everything, a sheet that is long enough to be
//! read in pieces, and text in another encoding.

use std::io::{Cursor, Write as _};

use proptest::prelude::*;

use super::tests::{Cells, STYLES, book, book_with, cells_of, read, refused};
use super::*;
use crate::lang::Code;

#[test]
fn a_long_sheet_is_read_to_its_end_or_refused_where_it_is_broken() {
    let number = |row: u32| row.wrapping_mul(2_654_435_761);
    let row = |row| format!("<row r=\"{row}\"><c r=\"A{row}\"><v>{}</v></c></row>", number(row));
    let rows = (1..=20_000).map(row).collect::<Vec<_>>().concat();
    let bytes = book(&rows);
    assert!(bytes.len() > 100_000);
    let read_back = cells_of(&read(bytes.clone()).unwrap()[0]);
    assert!(
        read_back
            == (1..=20_000).map(|row| (row, 1, Kind::Number, number(row).to_string())).collect::<Cells>()
    );
    let mut damaged = bytes;
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0xFF;
    assert!(read(damaged).is_err_and(|failure| failure.code == Code::FileDamaged));
    assert!(refused(book(&rows.replace("<row r=\"2000\">", "<row r=\"1999\">")), Say::BookRowOrder));
}

#[test]
fn a_text_in_another_encoding_is_refused_with_its_row() {
    let row = |row, cell: &str| format!("<row r=\"{row}\"><c r=\"A{row}\"{cell}</c></row>");
    let inline = |text: &str| format!(" t=\"inlineStr\"><is><t>{text}</t></is>");
    for (cell, place) in [
        (inline("Peña_x0041_"), Some(7)),
        (" t=\"str\"><v>Peña</v>".to_owned(), Some(7)),
        (inline("Pena"), None),
    ] {
        let book = in_windows_1252(book(&[row(3, &inline("si")), row(7, &cell)].concat()));
        let failure = read(book).err();
        assert_eq!(failure.as_ref().map(|failure| failure.code), place.map(|_| Code::FileDamaged));
        assert_eq!(failure.and_then(|failure| failure.place?.row), place);
    }
    let strings = "<si><t>Peña</t></si>";
    let of_strings = book_with("", STYLES, strings, "<sheetData/>");
    assert!(refused(in_windows_1252(of_strings), Say::BookNotUtf8));
}

/// The same workbook with its text in another encoding.
fn in_windows_1252(book: Vec<u8>) -> Vec<u8> {
    let mut parts = zip::ZipArchive::new(Cursor::new(book)).unwrap();
    let mut changed = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..parts.len() {
        let mut part = parts.by_index(at).unwrap();
        let content = std::io::read_to_string(&mut part).unwrap();
        changed.start_file(part.name().unwrap(), zip::write::SimpleFileOptions::default()).unwrap();
        let encoded = encoding_rs::WINDOWS_1252.encode(&content).0;
        changed.write_all(&encoded).unwrap();
    }
    changed.finish().unwrap().into_inner()
}

/// The markup of a cell whose place is `@`, most of the plain form; a control character is `|`.
fn markup() -> impl Strategy<Value = String> {
    const ODD: [&str; 4] = [
        "<c r=\"@\"><f>A1</f><v>1</v></c>",
        "<c r=\"A1\"><v>1</v></c>",
        "<c r=\"@\"><v>-+.</v></c>",
        "<c r=\"@\" t=\"s\"><v>02</v></c>",
    ];
    let styled = |(style, rest): (String, String)| format!("<c r=\"@\"{style}{rest}");
    let cell = (
        "( s=\"([0-4]|99)\")?",
        prop_oneof![
            " t=\"s\"><v>[0-4]</v></c>",
            "( t=\"n\")?><v>-?[0-9]{1,7}(\\.0)?</v></c>",
            "><v>-?[0-9]{1,17}(\\.[0-9]{1,9})?(E[+-]?[0-9])?</v></c>",
            " t=\"inlineStr\"><is><t( xml:space=\"preserve\")?>(a|&lt;|\r|_x0041_|ñ|\\|){0,9}</t></is></c>",
            "/>",
        ],
    );
    prop_oneof![9 => cell.prop_map(styled), 1 => proptest::sample::select(&ODD[..]).prop_map(str::to_owned)]
        .prop_map(|markup| markup.replace('|', "\u{1d}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Two spaces where most programs write one mean the same, and no cell or string that has them is plain.
    #[test]
    fn plain_cells_and_strings_are_read_as_others_are(
        rows in proptest::collection::vec(proptest::collection::vec(markup(), 0..8), 1..4),
        strings in proptest::collection::vec("a|&amp;|_x0041_|\u{1e}|ñ|[a-z ]{0,30}", 0..4),
    ) {
        let strings = strings.iter().map(|text| format!("<si><t>{text}</t></si>")).collect::<Vec<_>>().concat();
        let rows = (1..).zip(&rows).map(|(row, cells)| {
            let cells = ('A'..).zip(cells).map(|(column, cell)| cell.replace('@', &format!("{column}{row}")));
            format!("<row r=\"{row}\">{}</row>", cells.collect::<String>())
        });
        let rows = rows.collect::<Vec<_>>().concat();
        let read = |strings: &str, rows: &str| {
            let book = book_with("", STYLES, strings, &format!("<sheetData>{rows}</sheetData>"));
            read(book).map(|tables| tables[0].text.to_string()).map_err(|failure| failure.what(crate::lang::Lang::En))
        };
        let (other_strings, other_rows) = (strings.replace("<si>", "<si >"), rows.replace("<c ", "<c  "));
        prop_assert_eq!(read(&strings, &rows), read(&other_strings, &other_rows));
    }
}
