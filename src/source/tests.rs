//! Files of every kind, made here or committed small, through the one door that reads them.

use std::io::{Cursor as Bytes, Read as _, Write};

use proptest::prelude::*;

use super::*;
use crate::lang::Lang;

/// The committed workbooks; each holds the same visible sheet.
const WORKBOOKS: [(&str, &str); 6] = [
    ("small.xlsx", "xlsx"),
    ("small.xlsm", "xlsm"),
    ("small.xlsb", "xlsb"),
    ("small.xls", "xls"),
    ("small-by-js.xls", "xls"),
    ("small.ods", "ods"),
];

fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(name)).unwrap()
}

fn open_with(bytes: &[u8], name: &str, options: &SourceOptions) -> Result<SourceFile> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    open(&path, options, &Workplace::here(folder.path()))
}

fn opened(bytes: &[u8], name: &str) -> Result<SourceFile> {
    open_with(bytes, name, &SourceOptions::default())
}

/// The rows of a table, cells as `kind:text`.
fn rows(table: &Table) -> Vec<Vec<String>> {
    let mut cursor = Cursor::at(&table.text, table.form, 0, 1);
    let mut buffer = RowBuffer::default();
    let mut rows = Vec::new();
    while cursor.read(&mut buffer) {
        let row = Row::of(&table.text, &buffer);
        rows.push(row.cells().map(|cell| format!("{:?}:{}", cell.kind, cell.text)).collect());
    }
    rows
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

fn zip_of(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Bytes::new(Vec::new()));
    for (name, bytes) in parts {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn ole_of(streams: &[&str]) -> Vec<u8> {
    let mut ole = cfb::CompoundFile::create(Bytes::new(Vec::new())).unwrap();
    for name in streams {
        ole.create_stream(name).unwrap().write_all(b"something").unwrap();
    }
    ole.flush().unwrap();
    ole.into_inner().into_inner()
}

fn ods_of(content: &str, manifest: &str) -> Vec<u8> {
    zip_of(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", manifest.as_bytes()),
        ("content.xml", content.as_bytes()),
    ])
}

#[test]
fn every_kind_of_workbook_gives_the_same_cells() {
    for (name, kind) in WORKBOOKS {
        let read = opened(&file(name), "carga.dat").unwrap();
        assert_eq!(read.tables.len(), 1, "{name}: the hidden sheet is not read");
        let table = &read.tables[0];
        assert_eq!((table.encoding, table.sheet.as_deref()), (kind, Some("Cartera")), "{name}");
        let mut rows = rows(table);
        if name == "small-by-js.xls" {
            // Its writer leaves out the number formats.
            for (row, serial, date) in [(1, "46053", "2026-01-31"), (2, "46081", "2026-02-28")] {
                assert_eq!(rows[row][3], format!("Number:{serial}"), "{name}");
                rows[row][3] = format!("Date:{date}");
            }
        }
        assert_eq!(
            rows[0],
            ["Text:Cédula", "Text:Nombre", "Text:Saldo", "Text:Vence", "Text:Nota"],
            "{name}"
        );
        assert_eq!(
            rows[1][..4],
            ["Text:0010305551", "Text:Ana Peña", "Number:1234567.89", "Date:2026-01-31"],
            "{name}"
        );
        assert_eq!(
            rows[2],
            ["Number:1030555123", "Text:José Ríos", "Number:250000", "Date:2026-02-28", "Text:x"],
            "{name}"
        );
        assert!(rows[1][4].ends_with("#N/A"), "{name}: {:?}", rows[1]);
    }
}

#[test]
fn a_workbook_of_excel_5_is_read() {
    let read = opened(&file("excel5.xls"), "f").unwrap();
    let rows = rows(&read.tables[0]);
    assert_eq!(rows[2][0], "Number:1030555123");
    assert_eq!(rows[1][0], "Text:0010305551");
}

#[test]
fn an_ods_with_white_space_between_its_cells_is_read() {
    // Its writer does not say that a sheet is hidden.
    let all = SourceOptions { sheets: SheetChoice::All, ..SourceOptions::default() };
    let read = open_with(&file("small-by-js.ods"), "f", &all).unwrap();
    let rows = rows(&read.tables[1]);
    assert_eq!(rows[1][..3], ["Text:0010305551", "Text:Ana Peña", "Number:1234567.89"]);
    assert_eq!(rows[2][..3], ["Number:1030555123", "Text:José Ríos", "Number:250000"]);
}

#[test]
fn sheets_are_chosen_alike_in_every_kind() {
    for (name, kind) in WORKBOOKS {
        let named = |sheets: &[&str]| SourceOptions {
            sheets: SheetChoice::Named(sheets.iter().map(ToString::to_string).collect()),
            ..SourceOptions::default()
        };
        let read = open_with(&file(name), name, &named(&["Oculta", "Cartera"])).unwrap();
        assert_eq!(read.tables.len(), 2, "{kind}");
        assert_eq!(rows(&read.tables[0])[0], ["Text:oculta"], "{kind}");
        let failure = open_with(&file(name), name, &named(&["Otra"])).unwrap_err();
        assert_eq!(failure.code, Code::SheetNotFound, "{kind}");
        assert_eq!(failure.value("reason", Lang::En), Some("«Cartera»"), "{kind}");
    }
}

#[test]
fn an_archive_of_one_file_is_opened() {
    let csv = "Cédula;Nombre\n1;Ana Peña\n".as_bytes();
    let (book, mac) = (file("small.xls"), ("__MACOSX/._f.csv", b"x".as_slice()));
    let two_members = [gzip(&csv[..10]), gzip(&csv[10..])].concat();
    for (bytes, encoding) in [
        (gzip(csv), "UTF-8"),
        (two_members, "UTF-8"),
        (zstd(csv), "UTF-8"),
        (zip_of(&[("f.csv", csv)]), "UTF-8"),
        (zip_of(&[("folder/", b""), ("folder/f.csv", csv), mac]), "UTF-8"),
        (gzip(&book), "xls"),
        (zstd(&book), "xls"),
        (zip_of(&[("f.xls", &book)]), "xls"),
        (zip_of(&[("f.xlsx", &file("small.xlsx"))]), "xlsx"),
    ] {
        let read = opened(&bytes, "cartera.csv.gz").unwrap();
        let table = &read.tables[0];
        assert_eq!(table.encoding, encoding);
        if encoding == "UTF-8" {
            assert_eq!(table.name, "cartera");
            assert_eq!(rows(table)[1], ["Text:1", "Text:Ana Peña"]);
        }
    }
}

/// What a file is said to be: its code, and a word of the reason in English.
#[test]
fn what_cannot_be_loaded_is_named() {
    let csv = b"a;b\n1;2\n".as_slice();
    let xlsx = file("small.xlsx");
    let types = ("[Content_Types].xml", b"<Types/>".as_slice());
    let encrypted = "<manifest:manifest><manifest:file-entry><manifest:encryption-data/>\
                     </manifest:file-entry></manifest:manifest>";
    let utf16: Vec<u8> = "\u{feff}<html><table>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut tar = vec![b'a'; 512];
    tar[257..262].copy_from_slice(b"ustar");
    let cases: Vec<(&[u8], &str, &str)> = vec![
        (b"%PDF-1.7", "file-unknown", "PDF"),
        (b"\x89PNG\r\n", "file-unknown", "picture"),
        (b"\xFF\xD8\xFF\xE0", "file-unknown", "picture"),
        (b"\xEF\xBB\xBF <HTML><body><table>", "file-unknown", "HTML"),
        (b"<!-- saved --> <table><tr><td>1", "file-unknown", "HTML"),
        (b"MIME-Version: 1.0\r\n", "file-unknown", "HTML"),
        (&utf16, "file-unknown", "HTML"),
        (b"<?xml version=\"1.0\"?><?mso-application progid=\"Excel.Sheet\"?>", "file-unknown", "2003"),
        (b"<?xml version=\"1.0\"?><root/>", "file-unknown", "XML"),
        (b"{\\rtf1", "file-unknown", "Word"),
        (b"\x09\x00\x04\x00\x02\x00\x10\x00", "file-unknown", "Excel 4"),
        (b"\x09\x02\x06\x00\x00\x00", "file-unknown", "Excel 4"),
        (b"\x09\x04\x06\x00\x00\x00", "file-unknown", "Excel 4"),
        (b"\xFF\xFE\0\0a\0\0\0", "file-unknown", "UTF-32"),
        (b"\0\0\xFE\xFF\0\0\0a", "file-unknown", "UTF-32"),
        (b"a;b\nx\0y;1\n", "file-unknown", "binary"),
        (b"Rar!\x1A\x07\x01\0", "archive-unsupported", "RAR"),
        (b"7z\xBC\xAF\x27\x1C\0", "archive-unsupported", "7z"),
        (b"BZh91AY&SY", "archive-unsupported", "bzip2"),
        (b"\xFD7zXZ\0", "archive-unsupported", "xz"),
        (&tar, "archive-unsupported", "tar"),
        (&xlsx[..xlsx.len() / 2], "file-damaged", "end is missing"),
        (b"PK\x03\x04", "file-damaged", "end is missing"),
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "file-damaged", ""),
        (b"\x1F\x8B\x08", "archive-damaged", ""),
        (b"\x28\xB5\x2F\xFD\0", "archive-damaged", ""),
    ];
    let mut cases: Vec<_> =
        cases.into_iter().map(|(bytes, code, word)| (bytes.to_vec(), code, word)).collect();
    let gz = gzip(&b"0123456789;abcdef\n".repeat(500));
    cases.extend([
        (gz[..gz.len() - 9].to_vec(), "archive-damaged", ""),
        (gzip(&gzip(csv)), "archive-nested", ""),
        (zip_of(&[("f.zip", &zip_of(&[("f.csv", csv)]))]), "archive-nested", ""),
        (zip_of(&[("f.pdf", b"%PDF-1.7")]), "file-unknown", "PDF"),
        (zip_of(&[("a.csv", csv), ("b.csv", csv)]), "archive-several-files", "a.csv, b.csv"),
        (zip_of(&[]), "file-empty", ""),
        (zip_of(&[types, ("word/document.xml", b"")]), "file-unknown", "Word"),
        (zip_of(&[types, ("ppt/presentation.xml", b"")]), "file-unknown", "presentation"),
        (zip_of(&[("Index/Document.iwa", b""), ("b", b"")]), "file-unknown", "Numbers"),
        (
            zip_of(&[("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", b"")]),
            "file-unknown",
            "Word",
        ),
        (zip_of(&[("mimetype", b""), ("encrypted-package", b"")]), "file-protected", ""),
        (ods_of("<x/>", encrypted), "file-protected", ""),
        (ole_of(&["EncryptionInfo", "EncryptedPackage"]), "file-protected", ""),
        (file("locked.xlsx"), "file-protected", ""),
        (ole_of(&["WordDocument"]), "file-unknown", "Word"),
        (ole_of(&["PowerPoint Document"]), "file-unknown", "presentation"),
        (ole_of(&["Visio"]), "file-unknown", "Office"),
        (ole_of(&["Workbook"]), "file-damaged", ""),
    ]);
    assert_named(cases);
}

fn assert_named(cases: Vec<(Vec<u8>, &str, &str)>) {
    for (bytes, code, word) in cases {
        let failure = opened(&bytes, "cartera.xls").unwrap_err();
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(30)]).into_owned();
        assert_eq!(failure.code.as_str(), code, "{start:?}: {failure}");
        assert!(failure.what(Lang::En).contains(word), "{start:?}: {failure}");
        for lang in [Lang::Es, Lang::En] {
            let words = format!("{} {}", failure.what(lang), failure.fix(lang));
            assert!(words.contains("cartera.xls") && !words.contains('{'), "{words}");
        }
    }
}

#[test]
fn a_text_is_a_table_whatever_its_name() {
    let utf16: Vec<u8> = "Cédula;Año\n1;2026\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (bytes, encoding) in [
        ("Cédula;Año\n1;2026\n".as_bytes(), "UTF-8"),
        (b"C\xE9dula;A\xF1o\n1;2026\n", "windows-1252"),
        (&utf16, "UTF-16BE"),
    ] {
        let read = opened(bytes, "cartera.xls").unwrap();
        assert_eq!((read.tables[0].encoding, read.tables[0].name.as_str()), (encoding, "cartera"));
        assert_eq!(rows(&read.tables[0])[0], ["Text:Cédula", "Text:Año"]);
    }
}

#[test]
fn a_folder_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let failure =
        open(folder.path(), &SourceOptions::default(), &Workplace::here(folder.path())).unwrap_err();
    assert_eq!(failure.code, Code::FileUnreadable);
}

#[test]
fn what_a_sheet_of_an_ods_repeats_is_bounded() {
    let cell = "<table:table-cell office:value-type=\"float\" office:value=\"1\" \
                table:number-columns-repeated=\"16384\"/>";
    let row = |repeats: u32, cells: &str| {
        format!("<table:table-row table:number-rows-repeated=\"{repeats}\">{cells}</table:table-row>")
    };
    let blank = "<table:table-cell table:number-columns-repeated=\"16384\"/>";
    for (body, code) in [
        (row(2, cell), None),
        (
            row(1, "<table:table-cell office:value-type=\"float\" office:value=\"1\"/>")
                + &row(1_048_575, blank),
            None,
        ),
        (row(1_048_576, cell), Some(Code::FileTooBig)),
        (row(1, cell).repeat(2000), Some(Code::FileTooBig)),
        (row(1_000_000, blank) + &row(1, cell), Some(Code::FileTooBig)),
    ] {
        let content = format!("<d><table:table table:name=\"S\">{body}</table:table></d>");
        let result = opened(&ods_of(&content, "<m/>"), "f.ods");
        assert_eq!(result.as_ref().err().map(|failure| failure.code), code, "{:?}", result.err());
    }
}

/// A zip with its parts changed.
fn zip_with(bytes: &[u8], change: impl Fn(&str, &mut Vec<u8>)) -> Vec<u8> {
    let mut zip = zip::ZipArchive::new(Bytes::new(bytes)).unwrap();
    let mut parts = Vec::new();
    for at in 0..zip.len() {
        let mut file = zip.by_index(at).unwrap();
        let (name, mut bytes) = (file.name().unwrap().into_owned(), Vec::new());
        file.read_to_end(&mut bytes).unwrap();
        change(&name, &mut bytes);
        parts.push((name, bytes));
    }
    let parts: Vec<_> = parts.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    zip_of(&parts)
}

/// A mutation found it: the reader behind made room for the 256 MiB that a record of a small file claimed.
#[test]
fn an_xlsb_whose_record_claims_more_than_there_is_is_damaged() {
    for part in ["xl/workbook.bin", "xl/sharedStrings.bin", "xl/styles.bin", "xl/worksheets/sheet2.bin"] {
        let bytes = zip_with(&file("small.xlsb"), |name, bytes| {
            if name == part {
                bytes.extend_from_slice(&[0x13, 0xFF, 0xFF, 0xFF, 0x7F, 0]);
            }
        });
        let failure = opened(&bytes, "f.xlsb").unwrap_err();
        assert_eq!(failure.code, Code::FileDamaged, "{part}");
        assert_eq!(failure.value("reason", Lang::Es), Some(part));
    }
}

/// A mutation found the first: the reader behind it waited for an end that never came.
#[test]
fn an_ods_whose_elements_do_not_end_is_damaged() {
    let table = "<table:table table:name=\"S\"><table:table-row><table:table-cell/></table:table-row>";
    for content in [
        format!("<d>{table}</tab1048576le:table></d>"),
        format!("<d>{table}"),
        format!("<d>{table}</table:table>"),
        format!("<d>{table}</table:table></d></d>"),
        "<d><table:table table:name=\"S\"><table:table-row>".to_owned(),
    ] {
        let failure = opened(&ods_of(&content, "<m/>"), "f.ods").unwrap_err();
        assert_eq!(failure.code, Code::FileDamaged, "{content}");
    }
}

/// Whether no placeholder of a message was left open. What a library quotes from a file may hold a brace: a
/// directory of an ole file is quoted with `\u{1}`, which a mutation found.
fn is_filled(message: &str) -> bool {
    let names = message.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
    let is_name =
        |name: &str| name.len() > 2 && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    !names.into_iter().any(|(name, _)| is_name(name))
}

#[test]
fn a_brace_that_a_library_quotes_is_no_placeholder() {
    let mut bytes = file("small-by-js.xls");
    bytes[60] = 0;
    bytes.truncate(1744);
    let failure = opened(&bytes, "f").unwrap_err();
    assert_eq!(failure.code, Code::FileDamaged);
    let what = failure.what(Lang::Es);
    assert!(what.contains('{') && is_filled(&what), "{what}");
    assert!(!is_filled("{value} no se puede abrir"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// Mutated files are read or refused; nothing else.
    #[test]
    fn mutations_are_read_or_refused(
        which in 0..WORKBOOKS.len(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in proptest::option::weighted(0.1, any::<prop::sample::Index>()),
    ) {
        let mut bytes = file(WORKBOOKS[which].0);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        match opened(&bytes, "f") {
            Ok(read) => for table in &read.tables { rows(table); },
            Err(failure) => prop_assert!(is_filled(&failure.what(Lang::Es))),
        }
    }
}
