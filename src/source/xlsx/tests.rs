//! Table tests of the reader: small workbooks whose markup is written by hand, calamine as the oracle of what
//! a workbook holds, and damage that may be refused but never be fatal.

use std::fmt::Write as _;
use std::io::{Cursor as Bytes, Write as _};

use calamine::{Data, DataRef, Reader, SheetType, Xlsx};
use proptest::prelude::*;
use zip::write::SimpleFileOptions;

use super::*;
use crate::lang::Code;
use crate::problem::Failure;
use crate::source::{Cursor, Row, RowBuffer, SheetChoice, Visibility};

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Bytes::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn rels(targets: &[(&str, &str)]) -> String {
    let mut list = String::new();
    for (at, (kind, target)) in targets.iter().enumerate() {
        write!(list, "<Relationship Id=\"r{at}\" Type=\"{RELS}/{kind}\" Target=\"{target}\"/>").unwrap();
    }
    format!("<?xml version=\"1.0\"?><Relationships>{list}</Relationships>")
}

/// A workbook of one sheet with the given rows and what stands behind them.
pub(super) fn book_with(properties: &str, styles: &str, strings: &str, sheet: &str) -> Vec<u8> {
    archive(&[
        ("_rels/.rels", &rels(&[("officeDocument", "xl/workbook.xml")])),
        (
            "xl/workbook.xml",
            &format!(
                "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELS}\">{properties}<sheets>\
                 <sheet name=\"S\" sheetId=\"1\" r:id=\"r0\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            &rels(&[
                ("worksheet", "worksheets/sheet1.xml"),
                ("sharedStrings", "/xl/sharedStrings.xml"),
                ("styles", "styles.xml"),
            ]),
        ),
        ("xl/styles.xml", &format!("<styleSheet xmlns=\"{MAIN}\">{styles}</styleSheet>")),
        ("xl/sharedStrings.xml", &format!("<sst xmlns=\"{MAIN}\" count=\"99\">{strings}</sst>")),
        ("xl/worksheets/sheet1.xml", &format!("<worksheet xmlns=\"{MAIN}\">{sheet}</worksheet>")),
    ])
}

pub(super) const STYLES: &str = "<numFmts><numFmt numFmtId=\"164\" formatCode=\"0000000000\"/>\
    <numFmt numFmtId=\"165\" formatCode=\"[h]:mm\"/></numFmts><cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>\
    <cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/><xf numFmtId=\"165\"/></cellXfs>\
    <dxfs><dxf><numFmt numFmtId=\"164\" formatCode=\"d\"/></dxf></dxfs>";
const STRINGS: &str = "<si><t>uno</t></si><si><r><t>dos </t></r><rPh><t>no</t></rPh><r><t xml:space=\"preserve\">\
    &amp; tres_x000D_</t></r><phoneticPr/></si><si/><si><t/></si><si><t> </t></si>";

pub(super) fn book(rows: &str) -> Vec<u8> {
    book_with("", STYLES, STRINGS, &format!("<sheetData>{rows}</sheetData>"))
}

pub(super) type Cells = Vec<(u32, u32, Kind, String)>;

pub(super) fn cells_of(table: &Table) -> Cells {
    let (mut cursor, mut buffer) = (Cursor::at(&table.text, table.form, 0, 1), RowBuffer::default());
    let mut cells = Vec::new();
    while cursor.read(&mut buffer) {
        let row = Row::of(&table.text, &buffer);
        for (cell, column) in row.cells().zip(1..) {
            if cell.kind != Kind::Blank {
                cells.push((row.number(), column, cell.kind, cell.text.to_owned()));
            }
        }
    }
    cells
}

fn read_with(bytes: Vec<u8>, choice: &SheetChoice) -> Result<Vec<Table>> {
    tables(bytes.into(), "f.xlsx", (choice, Fit::ONLY_VISIBLE), &Spools::in_folder("never-made"))
}

pub(super) fn read(bytes: Vec<u8>) -> Result<Vec<Table>> {
    read_with(bytes, &SheetChoice::Fitting)
}

fn cells(rows: &str) -> Cells {
    cells_of(&read(book(rows)).unwrap()[0])
}

pub(super) fn refused(bytes: Vec<u8>, say: Say) -> bool {
    let expected = Fault::damaged(say).failure("f.xlsx", None).what(crate::lang::Lang::En);
    let big = Fault::too_big(say).failure("f.xlsx", None).what(crate::lang::Lang::En);
    read(bytes).err().is_some_and(|failure| {
        let what = failure.what(crate::lang::Lang::En);
        what == expected || what == big
    })
}

#[test]
fn every_kind_of_cell_is_read() {
    for (cell, expected) in [
        ("<c t=\"s\"><v>0</v></c>", Some((Kind::Text, "uno"))),
        ("<c t=\"s\"><v>1</v></c>", Some((Kind::Text, "dos & tres\r"))),
        ("<c t=\"s\"><v>2</v></c>", Some((Kind::Text, ""))),
        ("<c t=\"s\"><v>4</v></c>", Some((Kind::Text, " "))),
        ("<c t=\"str\"><f>A2</f><v>a&#10;b</v></c>", Some((Kind::Text, "a\nb"))),
        ("<c t=\"str\"><f>\"\"</f><v></v></c>", Some((Kind::Text, ""))),
        (
            "<c t=\"inlineStr\"><is><r><t>x</t></r><rPh><t>n</t></rPh><r><t>_x00e9_</t></r></is></c>",
            Some((Kind::Text, "xé")),
        ),
        (
            "<c t=\"inlineStr\"><is><t><![CDATA[a<&amp;]]>b</t></is><v>9</v></c>",
            Some((Kind::Text, "a<&amp;b")),
        ),
        ("<c t=\"b\"><v>1</v></c>", Some((Kind::Bool, "TRUE"))),
        ("<c t=\"b\"><f>x</f><v>0</v></c>", Some((Kind::Bool, "FALSE"))),
        ("<c t=\"e\"><v>#N/A</v></c>", Some((Kind::Error, "#N/A"))),
        ("<c t=\"d\"><v>2026-01-31T00:00:00</v></c>", Some((Kind::Date, "2026-01-31"))),
        ("<c><v>1030555123</v></c>", Some((Kind::Number, "1030555123"))),
        ("<c t='n' s='0'><v>1.03E+9</v></c>", Some((Kind::Number, "1030000000"))),
        ("<c s=\"1\"><v>46053</v></c>", Some((Kind::Date, "2026-01-31"))),
        ("<c s=\"2\"><v>12345</v></c>", Some((Kind::Number, "0000012345"))),
        ("<c s=\"3\"><v>46053</v></c>", Some((Kind::Number, "46053"))),
        ("<c s=\"77\"><v>46053</v></c>", Some((Kind::Number, "46053"))),
        ("<c><f>1+1</f></c>", Some((Kind::Uncalculated, ""))),
        ("<c><f>1+1</f><v></v></c>", Some((Kind::Uncalculated, ""))),
        ("<c><f t=\"shared\" si=\"0\"/><v/></c>", Some((Kind::Uncalculated, ""))),
        ("<c t=\"str\"><f>A1</f></c>", Some((Kind::Uncalculated, ""))),
        ("<c><f>1+1</f><v>2</v></c>", Some((Kind::Number, "2"))),
        ("<c s=\"1\"/>", None),
        ("<c s=\"1\"><v/></c>", None),
        ("<c><!-- x --><v>1<!-- y -->2</v><extLst><c><v>3</v></c></extLst></c>", Some((Kind::Number, "12"))),
    ] {
        let expected: Vec<_> =
            expected.map(|(kind, text)| (1, 1, kind, text.to_owned())).into_iter().collect();
        assert_eq!(cells(&format!("<row>{cell}</row>")), expected, "{cell}");
    }
}

#[test]
fn positions_are_counted_sorted_or_refused() {
    let place = |rows: &str| -> Vec<(u32, u32)> {
        cells(rows).iter().map(|(row, column, ..)| (*row, *column)).collect()
    };
    let v = "<v>1</v></c>";
    assert_eq!(
        place(&format!("<row><c>{v}<c>{v}</row><row><c r=\"B2\">{v}</row>")),
        [(1, 1), (1, 2), (2, 2)]
    );
    assert_eq!(
        place(&format!("<row r=\"3\"><c r=\"C3\">{v}<c>{v}<c r=\"A3\">{v}</row>")),
        [(3, 1), (3, 3), (3, 4)]
    );
    assert_eq!(place(&format!("<row><c r=\"A7\">{v}</row><row><c>{v}</row>")), [(7, 1), (8, 1)]);
    assert_eq!(place(&format!("<row r=\"1048576\"><c r=\"XFD1048576\">{v}</row>")), [(1_048_576, 16_384)]);
    for (rows, say) in [
        ("<row r=\"2\"/><row r=\"1\"/>", Say::BookRowOrder),
        ("<row r=\"2\"/><row r=\"2\"/>", Say::BookRowOrder),
        ("<row r=\"1048577\"/>", Say::BookCellPlace),
        ("<row r=\"1\"><c r=\"XFE1\"><v>1</v></c></row>", Say::BookCellPlace),
        ("<row r=\"1\"><c r=\"A2\"><v>1</v></c></row>", Say::BookCellPlace),
        ("<row r=\"1\"><c r=\"A1\"><v>1</v></c><c r=\"A1\"><v>2</v></c></row>", Say::BookCellPlace),
        ("<row r=\"1\"><c r=\"1A\"><v>1</v></c></row>", Say::BookCellPlace),
        ("<row r=\"x\"/>", Say::BookCellPlace),
        ("<row><c t=\"s\"><v>5</v></c></row>", Say::BookNoSuchString),
        ("<row><c t=\"s\"><v>-1</v></c></row>", Say::BookNoSuchString),
        ("<row><c t=\"str\"><v>&x;</v></c></row>", Say::BookXmlBroken),
        ("<row><c><v>1</v></row>", Say::BookXmlBroken),
        ("<row><row/></row>", Say::BookXmlBroken),
        ("<!DOCTYPE x [<!ENTITY a \"b\">]>", Say::BookDoctype),
    ] {
        assert!(refused(book(rows), say), "{rows}: {:?}", read(book(rows)).err());
    }
    let long = format!("<row><c t=\"str\"><v>{}</v></c></row>", "x".repeat(fault::CELL_BYTES_MAX + 1));
    assert!(refused(book(&long), Say::BookCellTooLong));
}

#[test]
fn dates_follow_the_workbooks_own_system() {
    let sheet = "<sheetData><row><c s=\"1\"><v>44591</v></c></row></sheetData>";
    for properties in [
        "<workbookPr date1904=\"1\"/>",
        "<x:workbookPr xmlns:x='u' date1904='true'/><x15:workbookPr chartTrackingRefBase=\"1\"/>",
    ] {
        let tables = read(book_with(properties, STYLES, "", sheet)).unwrap();
        assert_eq!(cells_of(&tables[0]), [(1, 1, Kind::Date, "2026-01-31".to_owned())]);
    }
}

#[test]
fn a_sheet_tells_what_it_hides() {
    let sheet = "<sheetPr filterMode=\"0\"/><cols><col min=\"1\" max=\"1\" width=\"9\"/><col min=\"2\" max=\"3\" hidden=\"1\"/>\
        <col min='4' max='4' hidden='false'/><col min=\"6\" max=\"6\" width=\"0\"/><col min=\"9\" max=\"8\" hidden=\"1\"/>\
        <col max=\"8\" hidden=\"1\"/></cols><sheetData><row r=\"2\" hidden=\"1\"/><row r=\"3\" hidden='true'><c><v>1</v></c>\
        </row><row r=\"5\" hidden=\"1\"/><row r=\"6\" hidden=\"0\"/></sheetData><autoFilter ref=\"A1:B6\"/>\
        <mergeCells><mergeCell ref=\"A1:C2\"/></mergeCells><extLst><ext><mergeCell ref=\"bad\"/></ext></extLst>";
    let notes = read(book_with("", STYLES, "", sheet)).unwrap()[0].notes.clone();
    let expected = SheetNotes {
        hidden_rows: vec![(2, 3), (5, 5)],
        hidden_columns: vec![(2, 3), (6, 6)],
        filtered: true,
        merges: vec![(1, 1, 2, 3)],
        visibility: Visibility::Visible,
    };
    assert_eq!(notes, expected);
    let hidden: Vec<usize> = (0..9).filter(|column| notes.hides_column(*column)).collect();
    assert_eq!(hidden, [1, 2, 5]);
}

#[test]
fn parts_are_found_as_they_are_named() {
    let strict = "http://purl.oclc.org/ooxml/officeDocument/relationships";
    let workbook = format!(
        "<x:workbook xmlns:x=\"{MAIN}\" xmlns:q=\"{strict}\"><x:sheets><x:sheet name=\"Ocult&amp;a\" state=\"hidden\" q:id=\"a\"/>\
         <x:sheet name=\"G\" q:id=\"b\"/><x:sheet name=\"V\" state=\"veryHidden\" q:id=\"d\"/><x:sheet name=\"Buena\" q:id=\"c\"/></x:sheets></x:workbook>"
    );
    let relation = |id: &str, kind: &str, target: &str| {
        format!("<p:Relationship Id=\"{id}\" Type=\"{strict}/{kind}\" Target=\"{target}\"/>")
    };
    let list = relation("a", "worksheet", "Hojas\\a.xml")
        + &relation("b", "chartsheet", "b.xml")
        + &relation("c", "worksheet", "/Libro/../Libro/Hojas/C.xml")
        + &relation("d", "worksheet", "hojas/d.xml");
    let cell = |text: &str| {
        format!(
            "<x:worksheet><x:sheetData><x:row><x:c t=\"inlineStr\"><x:is><x:t>{text}</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>"
        )
    };
    let parts = [
        ("_rels\\.rels", relation("z", "officeDocument", "Libro/libro.xml")),
        ("Libro\\libro.xml", workbook),
        ("Libro\\_rels\\libro.xml.rels", list),
        ("Libro\\Hojas\\a.xml", cell("a")),
        ("Libro\\Hojas\\c.xml", cell("c")),
        ("Libro\\Hojas\\d.xml", cell("d")),
    ];
    let parts: Vec<(&str, &str)> = parts.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let chosen = |sheets: SheetChoice| {
        let tables = read_with(archive(&parts), &sheets)?;
        Ok::<_, Failure>(
            tables.iter().map(|table| (table.name.clone(), table.notes.visibility)).collect::<Vec<_>>(),
        )
    };
    assert_eq!(chosen(SheetChoice::Fitting).unwrap(), [("Buena".to_owned(), Visibility::Visible)]);
    let named = SheetChoice::Named(vec!["Ocult&a".into(), "V".into()]);
    let expected = [("Ocult&a".to_owned(), Visibility::Hidden), ("V".to_owned(), Visibility::VeryHidden)];
    assert_eq!(chosen(named).unwrap(), expected);
    assert_eq!(chosen(SheetChoice::Named(vec!["G".into()])).unwrap_err().code, Code::SheetNotFound);
}

#[test]
fn archives_that_two_programs_could_read_differently_are_refused() {
    assert!(refused(archive(&[("a.xml", ""), ("A.xml", "")]), Say::BookDuplicatePart));
    assert!(refused(archive(&[("a/b.xml", ""), ("a\\b.xml", "")]), Say::BookDuplicatePart));
    assert!(refused(archive(&[("a.xml", "")]), Say::BookWithoutWorkbook));
    let listed = rels(&[("worksheet", "gone.xml")]);
    let workbook = "<workbook><sheets><sheet name=\"S\" r:id=\"r0\"/></sheets></workbook>";
    let missing = archive(&[("xl/workbook.xml", workbook), ("xl/_rels/workbook.xml.rels", &listed)]);
    assert!(refused(missing, Say::BookPartMissing));
    // A sheet that is cut off behind its rows has lost what stood there.
    let cut = book_with("", "", "", "<sheetData/></worksheet><!--");
    assert!(refused(cut, Say::BookXmlBroken));
    assert!(refused(book_with("", "", "<si><t>x", "<sheetData/>"), Say::BookXmlBroken));
    let names: Vec<String> = (0..=fault::ENTRIES_MAX).map(|at| at.to_string()).collect();
    let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    assert!(refused(archive(&many), Say::BookTooManyParts));
}

/// Two parts of an archive made of the same bytes, as a small file that inflates to very much has them.
#[test]
fn parts_that_lie_over_one_another_are_refused() {
    let mut bytes = archive(&[("a.xml", "<a/>"), ("b.xml", "<b/>")]);
    let listed: Vec<usize> =
        bytes.windows(4).enumerate().filter(|(_, four)| four == b"PK\x01\x02").map(|(at, _)| at).collect();
    // Where a part begins stands 42 bytes into what the archive says of it.
    bytes.copy_within(listed[0] + 42..listed[0] + 46, listed[1] + 42);
    assert!(refused(bytes, Say::BookPartsOverlap));
}

#[test]
fn what_a_sheet_claims_of_its_size_is_not_believed() {
    for claim in ["A1", "A1:XFD1048576", "C3:D4", "", "ZZZZ0"] {
        let sheet = format!(
            "<dimension ref=\"{claim}\"/><sheetData><row r=\"2\"><c r=\"B2\"><v>7</v></c></row></sheetData>"
        );
        let tables = read(book_with("", STYLES, "", &sheet)).unwrap();
        assert_eq!(cells_of(&tables[0]), [(2, 2, Kind::Number, "7".to_owned())], "{claim}");
    }
}

#[test]
fn a_bomb_is_stopped_by_what_it_inflates_to() {
    let spaces = " ".repeat(usize::try_from(fault::PART_BYTES_MAX).unwrap() / 1024);
    let bomb: String = format!("<xf/>{spaces}").repeat(1025);
    let styles = format!("<cellXfs>{bomb}</cellXfs>");
    assert!(refused(book_with("", &styles, "", "<sheetData/>"), Say::BookPartTooBig));
}

/// What calamine reads, in our words; blank cells left out.
fn oracle(bytes: Vec<u8>) -> Vec<Cells> {
    let mut workbook: Xlsx<_> = Xlsx::new(Bytes::new(bytes)).unwrap();
    let sheets: Vec<String> = workbook
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| sheet.name.clone())
        .collect();
    sheets
        .iter()
        .map(|name| {
            let mut reader = workbook.worksheet_cells_reader(name).unwrap();
            let mut cells = Vec::new();
            while let Some(cell) = reader.next_cell().unwrap() {
                let (row, column) = cell.get_position();
                let value = match cell.get_value() {
                    DataRef::SharedString(text) => Data::String((*text).to_owned()),
                    other => Data::from(other.clone()),
                };
                let (kind, text) = match value {
                    Data::Empty => continue,
                    Data::Float(number) => (Kind::Number, cells::number_text(number)),
                    Data::Int(number) => (Kind::Number, number.to_string()),
                    Data::Bool(value) => (Kind::Bool, value.to_string().to_uppercase()),
                    Data::Error(error) => (Kind::Error, error.to_string()),
                    Data::DateTime(date) if date.is_datetime() && date.as_f64() >= 1.0 => {
                        let (y, mo, d, h, mi, s, _) = date.to_ymd_hms_milli();
                        if (h, mi, s) == (0, 0, 0) {
                            (Kind::Date, format!("{y:04}-{mo:02}-{d:02}"))
                        } else {
                            (Kind::Moment, format!("{y:04}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}"))
                        }
                    }
                    Data::DateTime(date) => (Kind::Number, cells::number_text(date.as_f64())),
                    Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => {
                        (Kind::Text, text)
                    }
                };
                cells.push((row + 1, column + 1, kind, text));
            }
            cells
        })
        .collect()
}

fn ours(bytes: Vec<u8>) -> Vec<Cells> {
    read_with(bytes, &SheetChoice::All).unwrap().iter().map(cells_of).collect()
}

#[test]
fn the_sample_reads_as_calamine_reads_it() {
    let bytes = std::fs::read("samples/banco-andino.xlsx").unwrap();
    let read = ours(bytes.clone());
    assert!(read[0].len() > 100);
    assert_eq!(read, oracle(bytes));
}

#[derive(Debug, Clone)]
enum Content {
    Text(String),
    Number(f64),
    Bool(bool),
    Serial(u32),
    Result(String),
}

fn content() -> impl Strategy<Value = Content> {
    prop_oneof![
        "[ -~ñÁ\n\t]{1,20}".prop_map(Content::Text),
        "(_x[0-9a-fA-F]{4}_|<|&|a| |😀){1,8}".prop_map(Content::Text),
        any::<f64>()
            .prop_filter("a cell holds no infinity", |number| number.is_finite())
            .prop_map(Content::Number),
        (any::<i32>(), 0u8..100)
            .prop_map(|(whole, cents)| Content::Number(f64::from(whole) + f64::from(cents) / 100.0)),
        any::<bool>().prop_map(Content::Bool),
        (61u32..2_000_000).prop_map(Content::Serial),
        "#(N/A|REF!|DIV/0!|VALUE!)|[a-z]{1,9}|-?[0-9]{1,6}|TRUE".prop_map(Content::Result),
    ]
}

fn written(sheet: &[((u32, u16), Content)]) -> Vec<u8> {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let date = rust_xlsxwriter::Format::new().set_num_format("dd/mm/yyyy hh:mm");
    let page = workbook.add_worksheet();
    for ((row, column), content) in sheet {
        let (row, column) = (*row, *column);
        match content {
            Content::Text(text) => page.write_string(row, column, text),
            Content::Number(number) => page.write_number(row, column, *number),
            Content::Bool(value) => page.write_boolean(row, column, *value),
            Content::Serial(day) => {
                let quarters = f64::from(*day) + f64::from(day % 4) / 4.0;
                page.write_number_with_format(row, column, quarters, &date)
            }
            Content::Result(text) => {
                page.write_formula(row, column, rust_xlsxwriter::Formula::new("=A1").set_result(text))
            }
        }
        .unwrap();
    }
    workbook.save_to_buffer().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn workbooks_read_as_calamine_reads_them(
        sheet in proptest::collection::btree_map((0u32..40, 0u16..30), content(), 1..60)
    ) {
        let sheet: Vec<_> = sheet.into_iter().collect();
        let bytes = written(&sheet);
        prop_assert_eq!(ours(bytes.clone()), oracle(bytes));
    }

    #[test]
    fn damage_is_refused_or_read_but_never_fatal(
        flips in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..6),
        cut in proptest::option::of(any::<proptest::sample::Index>()),
        stored in any::<bool>(),
    ) {
        let rows = "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>1</v></c><c r=\"B1\" s=\"1\"><v>46053</v></c></row>";
        let mut bytes = if stored { rows.as_bytes().to_vec() } else { book(rows) };
        for (at, byte) in &flips {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        // Half of the cases damage the markup itself, which the archive's checksums would give away.
        let bytes = if stored { book(&String::from_utf8_lossy(&bytes)) } else { bytes };
        drop(read(bytes));
    }
}

/// Protection without encryption, links, a formula that would start a program, a workbook elsewhere: the cached
/// text is read, and nothing else is touched.
#[test]
fn what_a_workbook_would_start_or_fetch_is_only_text() {
    let sheet = "<sheetData><row r=\"1\"><c r=\"A1\" t=\"str\"><f>cmd|'/c calc'!A0</f><v>uno</v></c>\
        <c r=\"B1\" t=\"str\"><f>HYPERLINK(\"http://192.0.2.1/x\")</f><v>dos</v></c>\
        <c r=\"C1\"><f>[1]Hoja1!A1</f><v>3</v></c><c r=\"D1\"><f>[1]Hoja1!A2</f></c></row></sheetData>\
        <sheetProtection password=\"CC1A\" sheet=\"1\" objects=\"1\"/>\
        <hyperlinks><hyperlink ref=\"A1\" r:id=\"r9\"/></hyperlinks>";
    let bytes = book_with("<workbookProtection lockStructure=\"1\"/>", STYLES, STRINGS, sheet);
    let read = read(bytes).unwrap();
    let found: Vec<_> = cells_of(&read[0]).into_iter().map(|(_, _, kind, text)| (kind, text)).collect();
    let expected = [(Kind::Text, "uno"), (Kind::Text, "dos"), (Kind::Number, "3"), (Kind::Uncalculated, "")];
    assert_eq!(found, expected.map(|(kind, text)| (kind, text.to_owned())));
}

#[test]
fn styled_rows_without_cells_down_to_the_last_one_are_no_rows() {
    let mut rows = String::from("<row r=\"1\"><c t=\"s\"><v>0</v></c></row>");
    for row in 2..=1_048_576 {
        write!(rows, "<row r=\"{row}\" s=\"1\"/>").unwrap();
    }
    assert_eq!(cells(&rows), [(1, 1, Kind::Text, "uno".to_owned())]);
    let read = read(book(&rows)).unwrap();
    let (mut cursor, mut buffer) = (Cursor::at(&read[0].text, read[0].form, 0, 1), RowBuffer::default());
    assert!(cursor.read(&mut buffer) && !cursor.read(&mut buffer));
}
