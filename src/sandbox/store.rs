//! What the sandbox has accepted: on disk as it was received, in memory as it stands now.
//!
//! `store.ndjson` is the truth; the memory is what replaying it gives. Nothing is ever removed from either: the
//! documented interface has no way to delete a case file or an obligation.
//!
//! What a second load of the same `Identification` does in the real CRM is not documented. Here the fields given
//! replace those of the same name, fields not given are kept, and obligations are merged by `id`: one that is there
//! already is replaced whole, another is added. A rehearsal that needs a certain rule proves nothing about the CRM.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::SandboxError;
use super::journal::Journal;
use crate::platform::{private_folder, private_open_options};

/// The format of the folder. A sandbox refuses a folder of a later one instead of misreading it; the first format had
/// case files alone, and its lines are read as they are.
const FORMAT: u32 = 2;
const FIRST_FORMAT: &str = "1";

type Fields = Map<String, Value>;

/// A case file as it stands.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    /// Every field but the obligations, by name.
    pub(super) fields: Fields,
    /// The obligations, by their `id`.
    pub(super) obligations: BTreeMap<String, Fields>,
}

/// What a call wrote.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Written {
    /// Case files with their obligations, in the form of the bulk load.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) collections: Vec<Fields>,
    /// Single obligations: the Identification of their case file, and the fields that were given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) obligations: Vec<(String, Fields)>,
    /// The module of the records.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) module: String,
    /// Records of that module, each with its `wolkvox_id`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) records: Vec<Fields>,
}

/// One line of `store.ndjson`: what one call wrote.
#[derive(Serialize)]
struct Stored<'a> {
    call: u64,
    operation: &'a str,
    #[serde(flatten)]
    written: &'a Written,
}

/// The same line when read back.
#[derive(Deserialize)]
struct Replayed {
    operation: String,
    #[serde(flatten)]
    written: Written,
}

/// What an operation holds.
#[derive(Debug, Default, PartialEq)]
struct Tenant {
    /// The case files, by Identification.
    records: BTreeMap<String, Record>,
    /// Their ids, with the Identification of each.
    ids: BTreeMap<String, String>,
    /// The records of the other modules, in the order in which they were written.
    modules: BTreeMap<String, Vec<Fields>>,
}

/// The accepted records, by operation.
pub(super) struct Store {
    journal: Journal,
    operations: BTreeMap<String, Tenant>,
    /// Held open because it carries the lock that keeps a second sandbox out of the folder.
    _format: File,
}

impl Store {
    /// Opens the folder, creating it if needed, and replays what earlier sandboxes stored there.
    pub(super) fn open(folder: &Path) -> Result<Self, SandboxError> {
        let failed = |source| SandboxError::Store { path: folder.to_owned(), source };
        private_folder().create(folder).map_err(failed)?;
        let format = claim(folder)?;
        let path = folder.join("store.ndjson");
        let mut operations = BTreeMap::new();
        let journal = Journal::open(&path, |number, line| {
            let line: Replayed =
                serde_json::from_slice(line).map_err(|error| Replay::Damaged(number, error.column()))?;
            apply(&mut operations, &line.operation, line.written);
            Ok(())
        });
        let journal = journal.map_err(|error| match error {
            Replay::Read(source) => failed(source),
            Replay::Damaged(line, column) => SandboxError::StoreDamaged { path, line, column },
        })?;
        Ok(Self { journal, operations, _format: format })
    }

    /// Writes the accepted records of call `call`, to disk first. Records must have passed the checks.
    pub(super) fn write(&mut self, call: u64, operation: &str, written: Written) -> io::Result<()> {
        if written == Written::default() {
            return Ok(());
        }
        self.journal.append(&Stored { call, operation, written: &written })?;
        apply(&mut self.operations, operation, written);
        Ok(())
    }

    /// The record of an operation with this Identification.
    pub(super) fn find(&self, operation: &str, identification: &str) -> Option<&Record> {
        self.operations.get(operation)?.records.get(identification)
    }

    /// The Identification of the case file with this id.
    pub(super) fn identification_of(&self, operation: &str, wolkvox_id: &str) -> Option<&str> {
        self.operations.get(operation)?.ids.get(wolkvox_id).map(String::as_str)
    }

    /// How many records a module has.
    pub(super) fn count(&self, operation: &str, module: &str) -> usize {
        self.operations.get(operation).and_then(|tenant| tenant.modules.get(module)).map_or(0, Vec::len)
    }

    /// The records of a module whose field has this value.
    pub(super) fn search<'s>(
        &'s self,
        operation: &str,
        module: &str,
        (field, value): (&'s str, &'s str),
    ) -> impl Iterator<Item = &'s Fields> + use<'s> {
        let records = self.operations.get(operation).and_then(|tenant| tenant.modules.get(module));
        let has = move |record: &&Fields| record.get(field).and_then(Value::as_str) == Some(value);
        records.into_iter().flatten().filter(has)
    }
}

/// Why a replay stopped.
enum Replay {
    Read(io::Error),
    /// The line and the column. The parser's own message is left out, because it may quote a debtor's data.
    Damaged(usize, usize),
}

impl From<io::Error> for Replay {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

/// Takes the folder for this sandbox alone and checks its format. The lock is not on `store.ndjson` itself, because
/// on some systems nobody else could then read it, and reading it is what it is for.
fn claim(folder: &Path) -> Result<File, SandboxError> {
    let path = folder.join("format");
    let failed = |source| SandboxError::Store { path: path.clone(), source };
    let mut options = private_open_options();
    let mut file = options.read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(std::fs::TryLockError::WouldBlock) => {
            return Err(SandboxError::StoreInUse { path: folder.to_owned() });
        }
        Err(std::fs::TryLockError::Error(source)) => return Err(failed(source)),
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(failed)?;
    let found = text.trim_end();
    // An empty file is one whose sandbox was killed before it wrote the number: nothing else was written either.
    if found.is_empty() {
        file.rewind().and_then(|()| writeln!(file, "{FORMAT}")).map_err(failed)?;
    } else if found == FIRST_FORMAT {
        file.rewind().and_then(|()| writeln!(file, "{FORMAT}")).map_err(failed)?;
    } else if found != FORMAT.to_string() {
        return Err(SandboxError::StoreFormat { path: folder.to_owned(), found: found.to_owned() });
    }
    Ok(file)
}

/// Brings records into the memory by the rule in the text of this module.
fn apply(operations: &mut BTreeMap<String, Tenant>, operation: &str, written: Written) {
    let tenant = operations.entry(operation.to_owned()).or_default();
    if !written.records.is_empty() {
        tenant.modules.entry(written.module).or_default().extend(written.records);
    }
    for (identification, mut given) in written.obligations {
        let Some(id) = text(&given, "id") else { continue };
        let record = tenant.records.entry(identification).or_default();
        record.obligations.entry(id).or_default().append(&mut given);
    }
    for mut given in written.collections {
        let Some(identification) = text(&given, "Identification") else { continue };
        tenant.ids.insert(wolkvox_id(&[operation, &identification]), identification.clone());
        let record = tenant.records.entry(identification).or_default();
        if let Some(Value::Array(obligations)) = given.remove("Obligations") {
            for obligation in obligations {
                let Value::Object(obligation) = obligation else { continue };
                let Some(id) = text(&obligation, "id") else { continue };
                record.obligations.insert(id, obligation);
            }
        }
        record.fields.append(&mut given);
    }
}

/// The id of a record: 24 hexadecimal digits, the same whenever it is asked for, so that nothing more is stored.
pub(super) fn wolkvox_id(names: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    for name in names {
        hasher.update(&(name.len() as u64).to_le_bytes());
        hasher.update(name.as_bytes());
    }
    let mut id = hasher.finalize().to_hex().to_string();
    id.truncate(24);
    id
}

/// A field that is text.
fn text(fields: &Fields, name: &str) -> Option<String> {
    fields.get(name)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ids_are_stable_and_apart() {
        assert_eq!(wolkvox_id(&["demo", "0071"]), wolkvox_id(&["demo", "0071"]));
        assert_eq!(wolkvox_id(&["demo", "0071"]).len(), 24);
        assert_ne!(wolkvox_id(&["demo", "0071"]), wolkvox_id(&["demo", "71"]));
        assert_ne!(wolkvox_id(&["demo", "0071"]), wolkvox_id(&["demo0", "071"]));
    }

    fn write(store: &mut Store, call: u64, record: &Value) {
        let collections = vec![record.as_object().unwrap().clone()];
        store.write(call, "demo", Written { collections, ..Written::default() }).unwrap();
    }

    fn ana() -> Value {
        json!({"Identification": "0071", "Name": "Ana Prueba", "Email": "ana@example.invalid", "Telephone": "300",
               "Obligations": [{"id": "01", "name": "card", "total_balance": "10"},
                               {"id": "02", "name": "loan"}]})
    }

    #[test]
    fn a_store_opened_again_stands_as_it_stood() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        write(&mut store, 1, &ana());
        let again = json!({"Identification": "0071", "Telephone": "301",
                           "Obligations": [{"id": "01", "name": "card"}, {"id": "03", "name": "car"}]});
        write(&mut store, 2, &again);
        let before = std::mem::take(&mut store.operations);
        drop(store);

        let store = Store::open(folder.path()).unwrap();
        assert_eq!(store.operations, before);
        let record = store.find("demo", "0071").unwrap();
        assert_eq!(record.fields["Name"], "Ana Prueba", "a field not given is kept");
        assert_eq!(record.fields["Telephone"], "301", "a field given is replaced");
        assert_eq!(record.obligations.keys().collect::<Vec<_>>(), ["01", "02", "03"]);
        assert!(!record.obligations["01"].contains_key("total_balance"), "an obligation is replaced whole");
        assert!(store.find("other", "0071").is_none(), "operations are apart");
        assert!(store.find("demo", "71").is_none(), "zeros in front belong to the Identification");
    }

    #[test]
    fn a_torn_last_line_is_dropped_and_damage_before_it_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        write(&mut store, 1, &ana());
        drop(store);
        let path = folder.path().join("store.ndjson");
        let whole = std::fs::read_to_string(&path).unwrap();

        for cut in 1..whole.len() {
            std::fs::write(&path, format!("{whole}{}", &whole[..cut])).unwrap();
            let store = Store::open(folder.path()).unwrap();
            assert!(store.find("demo", "0071").is_some());
            assert_eq!(std::fs::read_to_string(&path).unwrap(), whole, "the torn line is cut off");
        }
        std::fs::write(&path, format!("{whole}{{\"call\":2,\n{whole}")).unwrap();
        let error = Store::open(folder.path()).err().unwrap();
        assert!(matches!(error, SandboxError::StoreDamaged { line: 2, .. }), "{error}");
    }

    #[test]
    fn a_folder_in_use_or_of_a_later_format_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let error = Store::open(folder.path()).err().unwrap();
        assert!(matches!(error, SandboxError::StoreInUse { .. }), "{error}");
        drop(store);
        std::fs::write(folder.path().join("format"), "1\n").unwrap();
        drop(Store::open(folder.path()).unwrap());
        assert_eq!(
            std::fs::read_to_string(folder.path().join("format")).unwrap(),
            "2\n",
            "it is now of this one"
        );
        std::fs::write(folder.path().join("format"), "3\n").unwrap();
        let error = Store::open(folder.path()).err().unwrap();
        assert!(matches!(&error, SandboxError::StoreFormat { found, .. } if found == "3"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_enter_a_folder_made_here() {
        use std::os::unix::fs::PermissionsExt as _;

        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("new").join("store");
        drop(Store::open(&folder).unwrap());
        assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
