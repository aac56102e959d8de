//! How a file lays its table out, and what others did to its text: sheets, merges, encodings, broken accents,
//! percentages. Each is read as a person would read it, or said.

use rust_xlsxwriter::{Format, Workbook, Worksheet};
use serde_json::Value;

use crate::support::store::stored_records;
use crate::support::workdir::{Out, SMALL_MAPPING, Workdir, repository};

const HEADER: [&str; 7] = ["Cédula", "Nombre", "Correo", "Celular", "Nro", "Producto", "Saldo"];

/// Writes the header and rows of identifications and numbers of obligations.
fn write_table(sheet: &mut Worksheet, at: u32, rows: &[(&str, &str)]) {
    sheet.write_row(at, 0, HEADER).unwrap();
    for (row, (id, number)) in (at + 1..).zip(rows) {
        let cells = [id, "Ana Paz", "ana@example.com", "3005550001", number, "Consumo", "1.5"];
        for (column, text) in (0..).zip(cells).filter(|(_, text)| !text.is_empty()) {
            sheet.write_string(row, column, text).unwrap();
        }
    }
}

fn load(dir: &Workdir, file: &str, source: &str) -> Out {
    dir.write("m.toml", &format!("{SMALL_MAPPING}[source]\n{source}\n"));
    dir.run(&["load", file, "-m", "m.toml", "--sandbox", "--again", "--json"])
}

fn problems(result: &Value) -> Vec<(String, String, u64)> {
    let text = |problem: &Value, key: &str| problem[key].as_str().unwrap_or_default().to_owned();
    let all = result["problems"].as_array().cloned().unwrap_or_default();
    all.iter()
        .map(|problem| (text(problem, "code"), text(problem, "severity"), problem["count"].as_u64().unwrap()))
        .collect()
}

fn of(code: &str, severity: &str, count: u64) -> (String, String, u64) {
    (code.to_owned(), severity.to_owned(), count)
}

/// Name, visibility, and whether it has the columns of the mapping.
type Sheet = (&'static str, bool, bool);

fn workbook_of(dir: &Workdir, sheets: &[Sheet]) {
    let mut workbook = Workbook::new();
    for (ordinal, (name, visible, fits)) in sheets.iter().enumerate() {
        let sheet = workbook.add_worksheet().set_name(*name).unwrap();
        if *fits {
            write_table(sheet, 0, &[(&format!("100{ordinal}"), "01")]);
        } else {
            sheet.write_row(0, 0, ["Cédula", "Nombre", "Otro"]).unwrap();
            sheet.write_row(1, 0, ["1", "2", "3"]).unwrap();
        }
        sheet.set_hidden(!visible);
        if *visible {
            sheet.set_first_tab(true).set_active(true);
        }
    }
    workbook.save(dir.path("f.xlsx")).unwrap();
}

/// The loaded debtor, or the code of the refusal and what it says.
type Taken = Result<&'static str, (&'static str, &'static str)>;

#[test]
fn the_sheet_that_fits_is_taken() {
    let dir = Workdir::with_samples();
    let cases: [(&[Sheet], &str, Taken); 9] = [
        (&[("Notas", true, false), ("Cartera", true, true)], "", Ok("1001")),
        (&[("Oculta", false, true), ("Cartera", true, true)], "", Ok("1001")),
        (&[("Cartera", true, true)], "", Ok("1000")),
        (&[("A", true, true), ("B", true, true)], "", Err(("sheet-ambiguous", "sheet = \"A\""))),
        (&[("A", true, true), ("B", true, true)], "sheet = \"B\"", Ok("1001")),
        (&[("Notas", true, false), ("Vieja", false, true)], "", Err(("sheet-hidden", "sheet = \"Vieja\""))),
        (&[("Notas", true, false), ("Vieja", false, true)], "sheet = \"Vieja\"", Ok("1001")),
        (
            &[("Notas", true, false), ("Más", true, false)],
            "",
            Err(("mapping-unknown-column", "f.xlsx [Notas]")),
        ),
        (&[("Notas", true, false)], "sheet = \"Nada\"", Err(("sheet-not-found", "«Notas»"))),
    ];
    for (sheets, source, expected) in cases {
        workbook_of(&dir, sheets);
        std::fs::remove_dir_all(dir.path("state")).ok();
        let out = load(&dir, "f.xlsx", source);
        let result = out.json();
        match expected {
            Ok(debtor) => {
                assert_eq!(out.code, 0, "{sheets:?}: {}", out.stderr);
                let chosen = sheets.len() > 1 && source.is_empty();
                assert_eq!(out.stderr.contains("se lee la hoja «Cartera»"), chosen, "{}", out.stderr);
                let stored = stored_records(&dir.state("sandbox"));
                assert!(stored.len() == 1 && stored.contains_key(debtor), "{sheets:?}: {stored:?}");
            }
            Err((code, word)) => {
                let error = &result["error"];
                assert_eq!((out.code, error["code"].as_str()), (1, Some(code)), "{sheets:?}");
                let said = format!("{}{}", error["message"], error["next"]).replace("\\\"", "\"");
                assert!(said.contains(word), "{said}");
            }
        }
    }
}

#[test]
fn a_sheet_that_cannot_be_read_harms_no_other() {
    let dir = Workdir::with_samples();
    workbook_of(&dir, &[("Rota", true, true), ("Cartera", true, true)]);
    let mut zip = zip::ZipArchive::new(std::fs::File::open(dir.path("f.xlsx")).unwrap()).unwrap();
    let mut out = zip::ZipWriter::new(std::fs::File::create(dir.path("g.xlsx")).unwrap());
    for at in 0..zip.len() {
        let part = zip.by_index_raw(at).unwrap();
        if part.name().unwrap() == "xl/worksheets/sheet1.xml" {
            out.start_file("xl/worksheets/sheet1.xml", zip::write::SimpleFileOptions::default()).unwrap();
            std::io::Write::write_all(&mut out, b"<worksheet><sheetData><row").unwrap();
        } else {
            out.raw_copy_file(part).unwrap();
        }
    }
    out.finish().unwrap();
    for source in ["", "sheet = \"Cartera\""] {
        assert_eq!(load(&dir, "g.xlsx", source).code, 0, "{source}");
    }
    for source in ["sheet = \"Rota\"", "sheet = \"*\""] {
        let out = load(&dir, "g.xlsx", source);
        assert_eq!((out.code, out.json()["error"]["code"].as_str()), (1, Some("file-damaged")), "{source}");
    }
    let seen = dir.run(&["inspect", "g.xlsx", "--json"]).json().into_value();
    let sheets = seen["sheets"].as_array().unwrap();
    assert!(sheets[0]["error"].is_string() && sheets[1]["error"].is_null(), "{seen}");
    assert_eq!(seen["tables"][0]["sheet"], "Cartera");
}

#[test]
fn the_sheet_that_fits_is_taken_of_an_xls_and_an_ods_too() {
    let dir = Workdir::with_samples();
    dir.write(
        "m.toml",
        "target = \"collections\"\n[expediente]\nIdentification = \"Cédula\"\nName = \"Nombre\"\n\
         Email = { constant = \"a@example.com\" }\nTelephone = { constant = \"3005550001\" }\n\
         [obligation]\nid = \"Cédula\"\nname = \"Ciudad\"\ntotal_balance = \"Saldo\"\n",
    );
    for (file, code, error, said) in [
        ("hidden.ods", 0, None, "«Cartera»"),
        ("several.xls", 1, Some("sheet-ambiguous"), "«Enero», «Febrero»"),
    ] {
        std::fs::copy(repository().join("tests/files").join(file), dir.path(file)).unwrap();
        let out = dir.run(&["check", file, "-m", "m.toml", "--json"]);
        assert_eq!((out.code, out.json()["error"]["code"].as_str()), (code, error), "{}", out.stderr);
        assert!(out.stderr.contains(said), "{file}: {}", out.stderr);
    }
}

/// A title merged over the table, and a debtor merged over the rows of three obligations.
fn merged_workbook(dir: &Workdir) {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    write_table(sheet, 2, &[("1001", "01"), ("", "02"), ("", "03"), ("1002", "01")]);
    let format = Format::new();
    sheet.merge_range(0, 0, 0, 6, "BANCO INVENTADO", &format).unwrap();
    sheet.merge_range(3, 0, 5, 0, "1001", &format).unwrap();
    sheet.merge_range(7, 0, 7, 5, "TOTAL", &format).unwrap();
    sheet.write_number(7, 6, 6.0).unwrap();
    workbook.save(dir.path("f.xlsx")).unwrap();
}

#[test]
fn cells_under_a_merge_are_said_or_filled() {
    let dir = Workdir::with_samples();
    merged_workbook(&dir);
    let out = load(&dir, "f.xlsx", "");
    assert_eq!(out.code, 3, "{}", out.stderr);
    let result = out.json();
    result.assert_balance();
    assert_eq!(problems(&result), [of("merged-cell", "error", 2)]);
    let example = result["problems"][0]["example"].as_str().unwrap();
    assert!(example.contains("A4:A6") && example.contains("A4") && example.contains("Cédula"), "{example}");
    let reported = dir.reported("cartera-1/errors.xlsx", "Sheet1");
    assert_eq!(reported.keys().collect::<Vec<_>>(), ["5", "6"]);

    std::fs::remove_dir_all(dir.path("state")).unwrap();
    let out = load(&dir, "f.xlsx", "merged_cells = \"fill\"");
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    let result = out.json();
    result.assert_balance();
    assert_eq!(problems(&result), [of("merged-filled", "warning", 1)]);
    assert!(result["problems"][0]["example"].as_str().unwrap().contains("5, 6"), "{}", result["problems"]);
    let stored = stored_records(&dir.state("sandbox"));
    let of_debtor = |debtor: &str| stored[debtor]["Obligations"].as_object().unwrap().len();
    assert_eq!((stored.len(), of_debtor("1001"), of_debtor("1002")), (2, 3, 1));
    assert_eq!(result["books"]["rows_skipped"], 1, "the total");
}

fn broken_csv() -> String {
    let row = |id: &str, name: &str| format!("{id};{name};ana@example.com;3005550001;01;Consumo;1,00\n");
    let names = ["Ana Paz", "JosÃ© PeÃ±a", "MarÃ\u{ad}a RÃ\u{ad}os", "LucÃ\u{ad}a Núñez"];
    let rows: String =
        ["1001", "1002", "1003", "1004"].iter().zip(names).map(|(id, name)| row(id, name)).collect();
    format!("{}\n{rows}", HEADER.join(";"))
}

#[test]
fn broken_accents_are_said_and_repaired_only_where_asked() {
    let dir = Workdir::with_samples();
    dir.write("f.csv", &broken_csv());
    let name =
        |debtor: &str| stored_records(&dir.state("sandbox"))[debtor]["Name"].as_str().unwrap().to_owned();
    let out = load(&dir, "f.csv", "");
    assert_eq!(out.code, 0, "{}", out.stderr);
    assert_eq!(
        problems(&out.json()),
        [of("broken-text", "warning", 1), of("text-beyond-repair", "warning", 1)]
    );
    assert!(out.stdout.contains("2 (3, 4)"), "{}", out.stdout);
    assert_eq!(name("1002"), "JosÃ© PeÃ±a", "nothing is repaired in silence");

    std::fs::remove_dir_all(dir.path("state")).unwrap();
    let out = load(&dir, "f.csv", "repair = \"mojibake\"");
    assert_eq!(out.code, 0, "{}", out.stderr);
    assert_eq!(
        problems(&out.json()),
        [of("text-beyond-repair", "warning", 1), of("text-repaired", "warning", 1)]
    );
    assert!(!out.stdout.contains("Peña"), "{}", out.stdout);
    let unmasked = dir.run(&["report", "last", "--unmasked"]).stdout;
    assert!(unmasked.contains("«JosÃ© PeÃ±a» → «José Peña»"), "{unmasked}");
    assert_eq!((name("1002"), name("1003")), ("José Peña".to_owned(), "María Ríos".to_owned()));
    assert_eq!(name("1004"), "LucÃ\u{ad}a Núñez", "what cannot be proved stays");
}

#[test]
fn a_broken_header_is_named_and_found_where_repair_is_asked() {
    let dir = Workdir::with_samples();
    dir.write("f.csv", &broken_csv().replace("Cédula", "CÃ©dula"));
    let out = load(&dir, "f.csv", "");
    assert_eq!((out.code, out.json()["error"]["code"].as_str()), (1, Some("broken-header")));
    assert_eq!(load(&dir, "f.csv", "repair = \"mojibake\"").code, 0);
}

#[test]
fn an_encoding_that_the_file_contradicts_is_refused() {
    let dir = Workdir::with_samples();
    let text = broken_csv();
    std::fs::write(dir.path("marked.csv"), [b"\xEF\xBB\xBF", text.as_bytes()].concat()).unwrap();
    for (source, code) in [
        ("", None),
        ("encoding = \"utf-8\"", None),
        ("encoding = \"windows-1252\"", Some("encoding-contradicted")),
        ("encoding = \"windows-1253x\"", Some("mapping-bad-value")),
    ] {
        let out = load(&dir, "marked.csv", source);
        assert_eq!(out.json()["error"]["code"].as_str(), code, "{source}: {}", out.stderr);
        if code == Some("encoding-contradicted") {
            assert!(out.stderr.contains("UTF-8") && out.stderr.contains("windows-1252"), "{}", out.stderr);
        }
        if code == Some("mapping-bad-value") {
            assert!(out.stderr.contains("→ «windows-1252»"), "{}", out.stderr);
        }
    }
}

#[test]
fn percentages_are_the_number_that_is_read_or_a_question() {
    let mapping =
        format!("{SMALL_MAPPING}[obligation.custom]\ntasa = {{ column = \"Tasa\", type = \"amount\" }}\n");
    let header = HEADER.join(";");
    for (rates, expected) in [
        (["12,5 %", "3%"], Ok("12.5")),
        (["12,5", "3"], Ok("12.5")),
        (["12,5 %", "0,125"], Err("percent-contradicted")),
    ] {
        let dir = Workdir::with_samples();
        dir.write("m.toml", &mapping);
        let row =
            |id: u32, rate: &str| format!("{id};Ana;ana@example.com;3005550001;01;Consumo;1,00;{rate}\n");
        dir.write("f.csv", &format!("{header};Tasa\n{}{}", row(1001, rates[0]), row(1002, rates[1])));
        let out = dir.run(&["load", "f.csv", "-m", "m.toml", "--sandbox", "--json"]);
        match expected {
            Ok(rate) => {
                assert_eq!(out.code, 0, "{rates:?}: {}", out.stderr);
                let stored = stored_records(&dir.state("sandbox"));
                assert_eq!(stored["1001"]["Obligations"]["01"]["tasa"], rate, "{rates:?}");
            }
            Err(code) => assert_eq!(out.json()["error"]["code"], code, "{rates:?}"),
        }
    }
}
