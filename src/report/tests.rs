//! The report as those see it who open it: a spreadsheet, another program, and cartera itself.

use std::io::Cursor as Bytes;

use calamine::{Data, Reader, Xlsx};
use proptest::prelude::*;

use super::samples::{csv_of, with_front, with_front_limited};
use super::samples::{evidence, portfolio, problem, row, table};
use super::workbook::Limits;
use super::{ERROR, Frame};
use crate::books::State;
use crate::lang::{Code, Lang};
use crate::ledger::{Evidence, FailedRow};
use crate::problem::{Problem, RowId, Severity};
use crate::source::{Cursor, Form, Kind, Row, RowBuffer, SourceFile, SourceOptions, Table, Workplace, open};

const CSV: Form = Form::Csv { delimiter: b';' };

fn sheets(bytes: Vec<u8>) -> Vec<(String, calamine::Range<Data>)> {
    let mut workbook: Xlsx<_> = Xlsx::new(Bytes::new(bytes)).unwrap();
    let mut sheets = workbook.worksheets();
    assert!(["resumen", "summary"].contains(&sheets.remove(0).0.as_str()), "the summary is seen first");
    sheets
}

fn sheet_names(evidence: &Evidence) -> Vec<String> {
    sheets(with_front(evidence, 8, Lang::Es).unwrap()).into_iter().map(|(name, _)| name).collect()
}

fn csv_rows(bytes: &[u8], delimiter: u8) -> Vec<Vec<String>> {
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).expect("a byte order mark");
    let mut builder = csv::ReaderBuilder::new();
    let reader = builder.delimiter(delimiter).has_headers(false).flexible(true).from_reader(text);
    reader.into_records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// What the program itself reads from a report.
fn read_back(bytes: &[u8], ending: &str) -> SourceFile {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("errors.{ending}"));
    std::fs::write(&path, bytes).unwrap();
    open(&path, &SourceOptions::default(), &Workplace::here(folder.path())).unwrap()
}

fn cells_of(table: &Table) -> Vec<Vec<(Kind, String)>> {
    let (mut buffer, mut rows) = (RowBuffer::default(), Vec::new());
    let mut cursor = Cursor::at(&table.text, table.form, 0, 1);
    while cursor.read(&mut buffer) {
        let row = Row::of(&table.text, &buffer);
        rows.push(row.cells().map(|cell| (cell.kind, cell.text.to_owned())).collect());
    }
    rows
}

#[test]
fn the_workbook_keeps_values_and_types() {
    let evidence = portfolio();
    let sheets = sheets(with_front(&evidence, 8, Lang::Es).unwrap());
    let names: Vec<&str> = sheets.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Cartera", "pending", "skipped"]);
    let failed = &sheets[0].1;
    let header: Vec<String> = failed.rows().next().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(header, Frame::new(&evidence.tables[0], 8, Lang::Es).header().collect::<Vec<_>>());
    let cell = |row, column| failed.get((row, column)).unwrap();
    let text = |text: &str| Data::String(text.to_owned());
    assert_eq!(cell(1, 0), &text("0012345678"));
    assert_eq!(cell(1, 3), &text("31/02/2026"));
    assert_eq!(cell(1, 4), &Data::Empty);
    assert_eq!(cell(1, 5), &Data::Bool(true));
    assert_eq!(cell(1, 6), &text("=ana@example.com"));
    assert_eq!(cell(2, 2), &Data::Float(1_530_000.5));
    let Data::DateTime(moment) = cell(2, 4) else { panic!("{:?} is no date", cell(2, 4)) };
    assert_eq!(moment.to_ymd_hms_milli(), (2026, 1, 2, 13, 45, 30, 0));
    assert!(matches!(cell(2, 3), Data::DateTime(_)));
    assert_eq!(cell(3, 0), &Data::Empty);
    assert_eq!(cell(3, 4), &text("#N/A"));
    assert_eq!((cell(3, 13), cell(3, 14)), (&Data::Float(9.0), &Data::Float(8.0)));
    let pending: Vec<String> = sheets[1].1.rows().nth(1).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!((pending[0].as_str(), pending[7].as_str()), ("0077", "unsent"));
    let skipped: Vec<Vec<String>> =
        sheets[2].1.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect();
    assert_eq!(skipped[0], ["archivo", "hoja", "fila", "filas", "motivo", "detalle"]);
    assert_eq!(skipped[1], ["banco-a.xlsx", "Cartera", "20", "3", "blank-row", "fila en blanco"]);
    assert_eq!(skipped[2][5], "idéntica a la fila 30; se envía una sola");
}

#[test]
fn no_cell_is_a_formula() {
    let cells = [(Kind::Text, "=1+1"), (Kind::Text, "+57 300"), (Kind::Text, "-5"), (Kind::Text, "@SUM(A1)")];
    let failed = row(2, State::Invalid, Code::BadPhone, &cells);
    let evidence = evidence(table("x", CSV, &["a", "b", "c", "d"]), vec![failed]);
    let bytes = with_front(&evidence, 8, Lang::Es).unwrap();
    let mut workbook: Xlsx<_> = Xlsx::new(Bytes::new(bytes)).unwrap();
    assert!(workbook.worksheet_formula("x").unwrap().is_empty());
    let range = workbook.worksheet_range("x").unwrap();
    for ((_, text), column) in cells.iter().zip(0..) {
        assert_eq!(range.get((1, column)), Some(&Data::String((*text).to_owned())));
    }
}

#[test]
fn the_same_evidence_gives_the_same_bytes() {
    let evidence = portfolio();
    assert_eq!(with_front(&evidence, 8, Lang::Es).unwrap(), with_front(&evidence, 8, Lang::Es).unwrap());
}

#[test]
fn cartera_reads_its_own_report() {
    let evidence = portfolio();
    let workbook = read_back(&with_front(&evidence, 8, Lang::En).unwrap(), "xlsx");
    let names: Vec<&str> = workbook.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["Cartera"], "what waits is not read");
    let csv = read_back(&csv_of(&evidence, 0, 8, Lang::En), "csv");
    assert!(csv.tables[0].is_report());
    let (sheet, lines) = (cells_of(&workbook.tables[0]), cells_of(&csv.tables[0]));
    for (at, row) in evidence.failed[0].iter().enumerate() {
        for (column, (kind, text)) in row.cells.iter().enumerate() {
            let expected = if kind == Kind::Error { Kind::Text } else { kind };
            assert_eq!(sheet[at + 1][column], (expected, text.to_owned()));
            assert_eq!(lines[at + 1][column].1, text);
        }
    }
    assert_eq!(sheet[1][7].1, "invalid");
}

#[test]
fn a_table_without_failed_rows_still_has_its_header() {
    let nothing = evidence(table("Cartera", CSV, &["a"]), Vec::new());
    assert_eq!(sheet_names(&nothing), ["Cartera"]);
    assert_eq!(csv_rows(&csv_of(&nothing, 0, 8, Lang::Es), b';').len(), 1);
    assert_eq!(sheet_names(&Evidence::default()), ["cartera"]);
    assert!(csv_of(&Evidence::default(), 0, 8, Lang::Es).is_empty());
}

#[test]
fn the_other_one_of_two_tables_is_there_to_be_added_to() {
    let mut all = evidence(table("Deudores", CSV, &["Cédula"]), Vec::new());
    for (name, header) in [("Obligaciones", "Documento"), ("Deudores 2", "Cédula")] {
        all.tables.push(table(name, CSV, &[header]));
        all.failed.push(Vec::new());
        all.pending.push(Vec::new());
        all.skipped.push(Vec::new());
    }
    all.failed[1].push(row(2, State::Invalid, Code::OrphanObligation, &[(Kind::Text, "x")]));
    assert_eq!(sheet_names(&all), ["Deudores", "Obligaciones", "Deudores 2"]);
    all.failed[0].push(row(2, State::Invalid, Code::BadDate, &[(Kind::Text, "x")]));
    assert_eq!(
        sheet_names(&all),
        ["Deudores", "Obligaciones"],
        "rows can be added to the sheet that is there"
    );
}

#[test]
fn sheets_are_named_by_their_tables() {
    let names = |tables: &[(&str, bool)], pending: usize| {
        let mut all = Evidence::default();
        for (at, (name, fails)) in tables.iter().enumerate() {
            let line = || vec![row(2, State::Invalid, Code::BadDate, &[(Kind::Text, "x")])];
            all.tables.push(table(name, CSV, &["a"]));
            all.failed.push(if *fails { line() } else { Vec::new() });
            all.pending.push(if at < pending { line() } else { Vec::new() });
            all.skipped.push(Vec::new());
        }
        sheet_names(&all)
    };
    assert_eq!(names(&[("a", true), ("b", false), ("A", true)], 0), ["a", "A (2)"]);
    assert_eq!(names(&[("pending", true)], 1), ["pending", "pending (2)"]);
    assert_eq!(names(&[("pending", false), ("a", true)], 2), ["a", "pending", "pending (2)"]);
    assert_eq!(names(&[("a", true), ("pending", true)], 1), ["a", "pending", "pending (2)"]);
}

#[test]
fn more_rows_than_a_sheet_takes_go_on_in_the_next() {
    let line = |number| row(number, State::Invalid, Code::BadDate, &[(Kind::Text, "x")]);
    let evidence = evidence(table("Mora", CSV, &["a"]), (2..7).map(line).collect());
    let limits = Limits { rows: 2, notes: 3 };
    let sheets = sheets(with_front_limited(&evidence, (8, Lang::Es), limits).unwrap());
    let heights: Vec<(&str, usize)> =
        sheets.iter().map(|(name, range)| (name.as_str(), range.height())).collect();
    assert_eq!(heights, [("Mora", 3), ("Mora (2)", 3), ("Mora (3)", 2)]);
    assert_eq!(sheets[2].1.get((1, 7)), Some(&Data::Float(6.0)));
}

fn told(lang: Lang) -> Vec<[String; 8]> {
    let evidence = portfolio();
    let frame = Frame::new(&evidence.tables[0], 8, lang);
    evidence.failed[0].iter().map(|row| frame.values(row)).collect()
}

#[test]
fn the_columns_tell_what_is_wrong() {
    let [invalid, context, rejected] = &told(Lang::Es)[..] else { panic!("three rows") };
    assert_eq!(
        invalid,
        &[
            "invalid",
            "bad-amount, bad-date",
            "Saldo total: «doce mil» no es un valor en dinero (1.234,56) — escriba solo el número, sin letras; \
             Fecha vencimiento: «31/02/2026» no es una fecha DD/MM/YYYY — escriba una fecha que exista, como \
             DD/MM/YYYY; Correo: «=ana@example.com» no es un correo electrónico — corrija el correo \
             (nombre@dominio.com)",
            "total_balance, expiring_date",
            "banco-a.xlsx",
            "Cartera",
            "5",
            "8",
        ]
    );
    assert_eq!(context[..2], ["context", "context"]);
    assert_eq!(
        context[ERROR],
        "acompaña a otra fila del mismo expediente (5), que es la que falla — no la borre: el expediente se \
         envía completo"
    );
    assert_eq!(rejected[..2], ["rejected", "crm-rejected"]);
    assert_eq!(
        rejected[ERROR],
        "el CRM lo rechazó: Email duplicado — corrija lo que el CRM señala y cargue de nuevo el archivo de \
         errores, que lo lleva completo (el CRM no dice si guardó una parte)"
    );
    assert_eq!(rejected[3..7], ["", "banco-a.xlsx", "Cartera", "9"]);
}

#[test]
fn the_columns_tell_it_in_english() {
    let [invalid, context, rejected] = &told(Lang::En)[..] else { panic!("three rows") };
    assert_eq!(invalid[..2], ["invalid", "bad-amount, bad-date"]);
    assert!(invalid[ERROR].starts_with(
        "Saldo total: “doce mil” is not an amount (1.234,56) — type the number alone, without letters; Fecha"
    ));
    assert_eq!(
        context[ERROR],
        "goes with another row of the same record (5), which is the one at fault — do not delete it: a record \
         is sent whole"
    );
    assert_eq!(
        rejected[ERROR],
        "the CRM rejected the record: Email duplicado — correct what the CRM names and load the error file again; it has the whole record (the CRM does not say whether it kept a part)"
    );
}

#[test]
fn failing_cells_are_painted_and_explained() {
    let evidence = portfolio();
    let frame = Frame::new(&evidence.tables[0], 8, Lang::Es);
    let painted: Vec<Vec<(usize, Severity)>> = evidence.failed[0]
        .iter()
        .map(|row| frame.marks(row, true).into_iter().map(|mark| (mark.column, mark.severity)).collect())
        .collect();
    let error = 7 + ERROR;
    assert_eq!(painted[0], [(2, Severity::Error), (3, Severity::Error), (6, Severity::Warning)]);
    assert_eq!(painted[1], [], "a row that only goes with another has nothing to correct");
    assert_eq!(painted[2], [(error, Severity::Error)]);
    assert_eq!(
        frame.marks(&evidence.failed[0][0], true)[0].note,
        "«doce mil» no es un valor en dinero (1.234,56)\nQué hacer: escriba solo el número, sin letras"
    );
    assert!(
        frame.marks(&evidence.pending[0][0], true).is_empty(),
        "there is nothing to correct in what waits"
    );
    let whole = Problem::error(RowId { table: 0, number: 2 }, Code::StrayQuote);
    let twice = problem(2, Code::TooLong, 0, ("Name", "x", "10"));
    let mut failed = row(2, State::Invalid, Code::StrayQuote, &[(Kind::Text, "x")]);
    failed.problems = vec![twice.clone(), twice, whole];
    let marks = frame.marks(&failed, true);
    assert_eq!(marks.iter().map(|mark| mark.column).collect::<Vec<_>>(), [0, error]);
    assert_eq!(marks[0].note.matches("Qué hacer").count(), 2);
}

/// The XML of a part of a workbook.
fn part(workbook: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Bytes::new(workbook)).unwrap();
    std::io::read_to_string(archive.by_name(name).unwrap()).unwrap()
}

#[test]
fn all_of_a_csv_is_text_and_what_is_typed_below_it_too() {
    let cells = [(Kind::Text, "007"), (Kind::Blank, "")];
    let failed = vec![row(2, State::Invalid, Code::BadDate, &cells)];
    let workbook = with_front(&evidence(table("x", CSV, &["a", "b"]), failed), 8, Lang::Es).unwrap();
    let (sheet, styles) = (part(&workbook, "xl/worksheets/sheet2.xml"), part(&workbook, "xl/styles.xml"));
    let formats: Vec<&str> = styles.split_once("<cellXfs").unwrap().1.split("<xf ").skip(1).collect();
    let of_text = styles.split_once(" formatCode=\"@\"").unwrap().0.rsplit(' ').next().unwrap();
    for (element, attribute) in
        [("<c r=\"A2\"", " s=\""), ("<c r=\"B2\"", " s=\""), ("<col min=\"1\" max=\"2\"", " style=\"")]
    {
        let behind = sheet.split_once(element).unwrap().1.split_once(attribute).unwrap().1;
        let format: usize = behind.split('"').next().unwrap().parse().unwrap();
        assert!(formats[format].starts_with(of_text), "{element}: {}", formats[format]);
    }
}

#[test]
fn a_second_round_points_at_the_first_file() {
    let header = [
        "Cédula",
        "cartera_status",
        "cartera_code",
        "cartera_error",
        "cartera_field",
        "cartera_file",
        "cartera_sheet",
        "cartera_row",
        "cartera_run",
        "notas",
    ];
    let table = table("Cartera", Form::Packed, &header);
    let text = |text| (Kind::Text, text);
    let reported = |place: [(Kind, &str); 3]| {
        let mut cells = vec![text("00123"), text("invalid"), text("bad-date"), text("?"), text("?")];
        cells.extend(place);
        cells.extend([(Kind::Number, "3"), text("llamar")]);
        row(2, State::Invalid, Code::BadDate, &cells)
    };
    let known = reported([text("enero.csv"), (Kind::Blank, ""), (Kind::Number, "4711")]);
    let added = reported([(Kind::Blank, ""); 3]);
    let evidence = evidence(table, vec![known.clone(), added.clone()]);
    let frame = Frame::new(&evidence.tables[0], 8, Lang::Es);
    assert_eq!((frame.own(), frame.header().count()), (1, 9));
    assert_eq!(frame.values(&known)[4..], ["enero.csv", "", "4711", "8"]);
    assert_eq!(frame.values(&added)[4..], ["banco-a.xlsx", "Cartera", "2", "8"]);
    assert_eq!(csv_rows(&csv_of(&evidence, 0, 8, Lang::Es), b';')[1].len(), 9);
}

#[test]
fn ragged_rows_lose_nothing() {
    let short = row(2, State::Invalid, Code::RaggedRow, &[(Kind::Text, "1")]);
    let long =
        row(3, State::Invalid, Code::RaggedRow, &[(Kind::Text, "1"), (Kind::Text, "2"), (Kind::Text, "3")]);
    let evidence = evidence(table("x", CSV, &["a", "b"]), vec![short, long]);
    let rows = csv_rows(&csv_of(&evidence, 0, 8, Lang::Es), b';');
    assert_eq!(rows.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 11]);
    assert_eq!((rows[1][1].as_str(), rows[1][2].as_str(), rows[2][10].as_str()), ("", "invalid", "3"));
    let sheets = sheets(with_front(&evidence, 8, Lang::Es).unwrap());
    assert_eq!(sheets[0].1.get((2, 10)), Some(&Data::String("3".to_owned())));
}

#[test]
fn a_long_text_is_whole_in_the_csv() {
    let long = "ñ".repeat(40_000);
    let marked_up = format!("<r>{long}</r>");
    let cells = [(Kind::Text, long.as_str()), (Kind::Text, marked_up.as_str())];
    let evidence =
        evidence(table("x", CSV, &["a", "b"]), vec![row(2, State::Invalid, Code::TooLong, &cells)]);
    let rows = csv_rows(&csv_of(&evidence, 0, 8, Lang::Es), b';');
    assert_eq!(rows[1][..2], [long.clone(), marked_up]);
    let sheets = sheets(with_front(&evidence, 8, Lang::Es).unwrap());
    let cut = format!("{}…", "ñ".repeat(32_766));
    assert_eq!(sheets[0].1.get((1, 0)), Some(&Data::String(cut)));
    assert!(sheets[0].1.get((1, 1)).unwrap().to_string().ends_with('…'));
}

#[test]
fn more_columns_than_excel_takes_are_whole_in_the_csv() {
    let names: Vec<String> = (0..16_380).map(|column| format!("c{column}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut failed = row(2, State::Invalid, Code::BadDate, &vec![(Kind::Text, "x"); 16_382]);
    failed.problems.push(problem(2, Code::BadDate, 16_379, ("f", "x", "")));
    let evidence = evidence(table("x", CSV, &names), vec![failed]);
    let sheets = sheets(with_front(&evidence, 8, Lang::Es).unwrap());
    assert_eq!(sheets[0].1.get((1, 16_376)), Some(&Data::String("invalid".to_owned())));
    assert_eq!(csv_rows(&csv_of(&evidence, 0, 8, Lang::Es), b';')[1].len(), 16_390);
}

/// Any text, and often one that a spreadsheet or a careless writer would take for something else.
fn any_text() -> impl Strategy<Value = String> {
    let sly = prop::sample::select(vec![
        "=1+1",
        "+57",
        "-1",
        "@x",
        "0012345",
        "ñandú",
        "a;b",
        "a,b",
        "\"",
        "\"a\"\"",
        "\n",
        "\r\n",
        "\r",
        " x ",
        "\t",
        "<r><t>x</t></r>",
        "<r>&_x0041_</r>",
        "<r> </r>",
        "_x000D_",
        "_x005F_x0041_",
        "\u{0}",
        "\u{1f}",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "\u{fffe}",
        "\u{feff}",
        "😀",
        "&amp;",
        "<![CDATA[x]]>",
        "",
    ]);
    prop_oneof![
        any::<String>(),
        sly.clone().prop_map(str::to_owned),
        (sly, any::<String>()).prop_map(|(sly, text)| format!("{sly}{text}")),
    ]
}

fn rows_of(texts: &[[String; 3]]) -> Vec<FailedRow> {
    let line = |texts: &[String; 3], number| {
        let cells = texts.each_ref().map(|text| (Kind::Text, text.as_str()));
        row(number, State::Invalid, Code::BadDate, &cells)
    };
    texts.iter().zip(2..).map(|(texts, number)| line(texts, number)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_text_comes_back(
        texts in prop::collection::vec([any_text(), any_text(), any_text()], 1..6),
        delimiter in prop::sample::select(vec![b';', b',', b'\t', b'|']),
    ) {
        let table = table("x", Form::Csv { delimiter }, &["a", "b;\"c", "d\ne"]);
        let evidence = evidence(table, rows_of(&texts));
        let lines = csv_rows(&csv_of(&evidence, 0, 8, Lang::Es), delimiter);
        let sheets = sheets(with_front(&evidence, 8, Lang::Es).unwrap());
        prop_assert_eq!(&lines[0][..3], ["a", "b;\"c", "d\ne"]);
        for (at, texts) in (1..).zip(&texts) {
            prop_assert_eq!(&lines[at][..3], &texts[..]);
            for (column, text) in (0..).zip(texts) {
                let expected = if text.is_empty() { Data::Empty } else { Data::String(text.clone()) };
                prop_assert_eq!(sheets[0].1.get((at, column)), Some(&expected));
            }
        }
    }
}
