//! Every way in, with spools that leave memory at once: the tables are the same, and bombs are stopped.

use std::io::Write;

use super::*;
use crate::lang::Lang;

fn open_small(bytes: &[u8], options: &SourceOptions) -> Result<SourceFile> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    std::fs::write(&path, bytes).unwrap();
    let mut workplace = Workplace::here(&folder.path().join("state"));
    workplace.spools = workplace.spools.with_memory_max(100);
    open(&path, options, &workplace)
}

fn open_in_memory(bytes: &[u8], options: &SourceOptions) -> SourceFile {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    std::fs::write(&path, bytes).unwrap();
    open(&path, options, &Workplace::here(folder.path())).unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn zip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file("f.csv", zip::write::SimpleFileOptions::default()).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap().into_inner()
}

#[test]
fn a_spooled_file_is_the_same_file() {
    let text = "Cédula;Nombre\n".to_owned() + &"1030555123;Ana Peña\n".repeat(400);
    let latin = encoding_rs::WINDOWS_1252.encode(&text).0.into_owned();
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let options = SourceOptions { sheets: SheetChoice::All, ..SourceOptions::default() };
    let mut files = vec![
        text.clone().into_bytes(),
        ["\u{feff}", &text].concat().into_bytes(),
        latin.clone(),
        wide,
        gzip(text.as_bytes()),
        gzip(&latin),
        zip(text.as_bytes()),
        zstd::encode_all(text.as_bytes(), 1).unwrap(),
    ];
    for name in ["small.xlsx", "small.xls", "small.xlsb", "small.ods"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(name);
        files.push(std::fs::read(path).unwrap());
    }
    for bytes in files {
        let (spooled, held) = (open_small(&bytes, &options).unwrap(), open_in_memory(&bytes, &options));
        assert_eq!((&spooled.fingerprint, spooled.bytes), (&held.fingerprint, bytes.len() as u64));
        assert_eq!(spooled.tables.len(), held.tables.len());
        for (spooled, held) in spooled.tables.iter().zip(&held.tables) {
            assert_eq!(
                (&*spooled.text, spooled.encoding, spooled.form),
                (&*held.text, held.encoding, held.form)
            );
            assert!(spooled.form == Form::Packed || *spooled.text == text, "{}", spooled.encoding);
        }
    }
}

#[test]
fn a_bomb_is_stopped_by_what_comes_out_of_it() {
    let zeros = vec![b'0'; 80 << 20];
    let members = gzip(&zeros[..1 << 20]).repeat(100);
    for bomb in [members, zstd::encode_all(&zeros[..], 1).unwrap()] {
        assert!(bomb.len() < 200_000);
        let failure = open_small(&bomb, &SourceOptions::default()).unwrap_err();
        assert_eq!((failure.code, failure.value("expected", Lang::Es)), (Code::FileTooBig, Some("200 ×")));
    }
}

#[test]
fn a_state_folder_that_cannot_be_used_is_a_failure_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let (path, state) = (folder.path().join("f"), folder.path().join("state"));
    std::fs::write(&path, "a;b\n1;2\n").unwrap();
    std::fs::write(&state, "no folder").unwrap();
    let mut workplace = Workplace::here(&state);
    assert!(open(&path, &SourceOptions::default(), &workplace).is_ok(), "a small file needs none");
    workplace.spools = workplace.spools.with_memory_max(4);
    let failure = open(&path, &SourceOptions::default(), &workplace).unwrap_err();
    assert_eq!((failure.code, failure.exit()), (Code::SpoolUnwritable, crate::problem::Exit::Unwritable));
    assert!(failure.what(Lang::Es).contains(state.to_str().unwrap()), "{failure}");
}
