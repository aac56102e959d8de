//! What reading costs and leaves behind: memory that does not grow with the file, no trace in the state folder, and
//! a reader that may die.

use std::io::Write as _;
use std::process::Stdio;

use crate::support::workdir::{SMALL_MAPPING, Workdir, repository};

/// More than memory holds of a file.
const LONG: usize = 24 << 20;

/// Few rows and much text, so that the index of the rows does not count.
#[cfg(target_os = "linux")]
fn write_long(dir: &Workdir) -> String {
    let mut text = String::from("Cédula;Nombre;Correo;Celular;Nro;Producto;Saldo;Nota\n");
    let mut number = 1_900_000_000_u32;
    while text.len() < LONG * 3 / 2 {
        let line = format!("{number};Ana Paz;a{number}@example.com;3005550001;{number};Consumo;1.000,25;");
        text.push_str(&line);
        for word in 0..8000 {
            // Words that differ, or the archive of them would be taken for a bomb.
            text.push_str("ñ ");
            text.push_str(&(number ^ 2_654_435_761_u32.wrapping_mul(word)).to_string());
        }
        text.push('\n');
        number += 1;
    }
    dir.write("long.csv", &text);
    dir.write("m.toml", SMALL_MAPPING);
    text
}

/// Anonymous memory is what a system without swap cannot take back; its limit is held by the kernel, so that
/// nothing has to be sampled.
#[cfg(target_os = "linux")]
#[test]
fn a_file_of_any_length_is_read_in_the_same_memory() {
    let dir = Workdir::with_samples();
    let text = write_long(&dir);
    let latin = encoding_rs::WINDOWS_1252.encode(&text).0;
    std::fs::write(dir.path("latin.csv.zst"), zstd::encode_all(&latin[..], 1).unwrap()).unwrap();
    // Neither a copy of the text nor its decoded form fits.
    let limit = text.len() * 5 / 6 / 1024;
    for file in ["latin.csv.zst", "- < long.csv"] {
        let out =
            dir.shell(&format!("ulimit -d {limit}; exec \"$0\" check -m m.toml {file}")).output().unwrap();
        assert_eq!(out.status.code(), Some(0), "{file}: {}", String::from_utf8_lossy(&out.stderr));
    }
    assert_eq!(left_in_state(&dir), Vec::<String>::new());
}

/// What stands in the state folder besides the ledger and its locks.
fn left_in_state(dir: &Workdir) -> Vec<String> {
    let Ok(folder) = std::fs::read_dir(dir.path("state")) else { return Vec::new() };
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !name.starts_with("ledger.sqlite") && name != "locks").collect()
}

#[test]
fn a_spool_leaves_nothing_behind_even_when_killed() {
    let dir = Workdir::with_samples();
    let mut child = dir.command(&["inspect", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    // Once all of this is written, the child has read more than it holds in memory: the rest does not fit a pipe.
    input.write_all(&vec![b'a'; LONG]).unwrap();
    #[cfg(target_os = "linux")]
    {
        let open = std::fs::read_dir(format!("/proc/{}/fd", child.id())).unwrap();
        let mut targets = open.filter_map(|fd| std::fs::read_link(fd.unwrap().path()).ok());
        let state = dir.path("state");
        assert!(targets.any(|target| target.starts_with(&state)), "there is a spool");
    }
    assert!(dir.path("state").exists());
    assert_eq!(left_in_state(&dir), Vec::<String>::new(), "while it is read");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(left_in_state(&dir), Vec::<String>::new(), "after it was killed");
}

/// A workbook of many equal cells, which take far more memory than the file does.
fn wide_ods() -> Vec<u8> {
    let cell = "<table:table-cell office:value-type=\"float\" office:value=\"1\" \
                table:number-columns-repeated=\"16384\"/>";
    let row = format!("<table:table-row table:number-rows-repeated=\"1500\">{cell}</table:table-row>");
    let content = format!("<d><table:table table:name=\"S\">{row}</table:table></d>");
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, part) in [
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", "<m/>"),
        ("content.xml", &content),
    ] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(part.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_reader_that_dies_or_hangs_is_a_failure_of_its_file() {
    let mut dir = Workdir::with_samples();
    dir.write("m.toml", SMALL_MAPPING);
    std::fs::copy(repository().join("tests/files/small.xls"), dir.path("small.xls")).unwrap();
    std::fs::write(dir.path("wide.ods"), wide_ods()).unwrap();
    let mut cases = vec![("small.xls", "READER_TIME", "0s", "reader_time = 0s")];
    if cfg!(target_os = "linux") {
        cases.push(("small.xls", "READER_MEMORY", "1M", "reader_memory = 1M"));
        cases.push(("wide.ods", "READER_MEMORY", "200M", "reader_memory = 200M"));
    }
    for (file, variable, value, word) in cases {
        dir.set("CARTERA_READER_TIME", "5m");
        dir.set("CARTERA_READER_MEMORY", "4G");
        dir.set(&format!("CARTERA_{variable}"), value);
        let out = dir.run(&["check", file, "-m", "m.toml", "--json"]);
        assert_eq!(out.code, 1, "{file} {word}: {}", out.stderr);
        let error = &out.json()["error"];
        assert_eq!(error["code"], "reader-stopped", "{file} {word}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(file) && message.contains(word), "{message}");
        assert!(error["next"].as_str().unwrap().contains(".xlsx"), "{error}");
    }
}

#[test]
fn the_reader_is_nowhere_to_be_seen() {
    let dir = Workdir::with_samples();
    for args in [&["--help"][..], &["completions", "bash"], &["targets"]] {
        let out = dir.run(args);
        assert!(out.code == 0 && !out.stdout.contains("workbook-reader"), "{args:?}");
    }
    assert_eq!(dir.run(&["workbook-reader", "x"]).code, 2);
    // Started without a question it ends, and says nothing.
    let out = dir.run(&["workbook-reader"]);
    assert_eq!((out.code, out.stdout.as_str()), (1, ""));
}
