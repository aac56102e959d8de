//! Planning in this process, for tests that plan thousands of files.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use cartera::books::Books;
use cartera::ledger::Piece;
use cartera::pipeline::{self, Earlier, Input};
use cartera::portfolio::{BodySettings, BodyUse};
use cartera::problem::Failure;
use cartera::source::{Isolation, Spools, Workplace};
use cartera::target;
use serde_json::Value;

/// What a file comes to.
pub(crate) struct Planned {
    /// The records that would be sent, by identification.
    pub(crate) records: BTreeMap<String, Value>,
    /// Rows read, invalid and skipped.
    pub(crate) rows: [u64; 3],
    /// Everything that was read, in the four measures; what would be sent is unsent.
    pub(crate) books: Books,
    /// The bodies of all requests, a line each.
    pub(crate) bodies: String,
}

/// A writer into memory that can be read while somebody else owns it.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A file that takes longer than this hangs.
const LONGEST: Duration = Duration::from_secs(10);

/// Plans a file in a thread of its own, so that a hang is a failed test; says how long it took and whether the
/// file was read, or nothing when it took too long.
pub(crate) fn plan_in_time(file: &Path, mapping: &'static str) -> Option<(Duration, bool)> {
    let file = file.to_path_buf();
    let (done, when_done) = mpsc::channel();
    let start = Instant::now();
    std::thread::spawn(move || done.send(plan(&file, mapping).is_ok()));
    let read = match when_done.recv_timeout(LONGEST) {
        Ok(read) => read,
        Err(mpsc::RecvTimeoutError::Timeout) => return None,
        Err(mpsc::RecvTimeoutError::Disconnected) => panic!("planning panicked"),
    };
    Some((start.elapsed(), read))
}

/// Plans a file with a mapping, to be sent to nobody.
pub(crate) fn plan(file: &Path, mapping: &str) -> Result<Planned, Failure> {
    plan_all(&[Input::whole(file)], mapping)
}

/// Plans files with a mapping, to be sent to nobody.
pub(crate) fn plan_all(inputs: &[Input], mapping: &str) -> Result<Planned, Failure> {
    let mapping = cartera::mapping::file::parse("m.toml", mapping).unwrap();
    let folder = inputs[0].path.parent().unwrap();
    let workplace = Workplace { spools: Spools::in_folder(folder), isolation: Isolation::Here };
    let mut opened = pipeline::open(inputs, &mapping, &workplace)?;
    let bodies = Memory::default();
    let settings = BodySettings {
        target: target::by_name("collections").unwrap(),
        dialect: &cartera::target::Dialect::new("op"),
        chunk_records: 50,
        body_bytes_max: 1 << 20,
        break_after: Vec::new(),
        secret: None,
        known: None,
        use_of: BodyUse::Write(Box::new(bodies.clone())),
    };
    let mut sink = |_: Piece| Ok(());
    let end = pipeline::plan(&mut opened, settings, &Earlier::default(), &mut sink)?;
    let text = String::from_utf8(bodies.0.lock().unwrap().clone()).unwrap();
    let mut records = BTreeMap::new();
    for line in text.lines() {
        let body: Value = serde_json::from_str(line).unwrap();
        for record in body["collections"].as_array().unwrap() {
            records.insert(record["Identification"].as_str().unwrap().to_owned(), record.clone());
        }
    }
    let mut books = end.summary.books;
    assert!(books.balance());
    books.add(cartera::books::State::Unsent, end.summary.valid);
    let of = |state| books.rows.of(state);
    let rows = [books.rows.read, of(cartera::books::State::Invalid), of(cartera::books::State::Skipped)];
    Ok(Planned { records, rows, books, bodies: text })
}
