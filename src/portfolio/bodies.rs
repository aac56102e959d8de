//! Records become the bodies of requests, packed into chunks and handed on.
//!
//! Each record is written once, by its target; its fingerprint tells next month whether it changed. A record
//! too large for any request is held back here, where its size is first known.

use std::io::Write;

use highway::{HighwayHash as _, HighwayHasher, Key};

use crate::lang::Code;
use crate::ledger::{Piece, PlanSummary};
use crate::problem::{Failure, Problem, Result, RowId};
use crate::target::{Dialect, Takes, Target};

use super::batch::Made;
use super::chunk::{ChunkLimits, weight};
use super::known::{Fingerprint, Judgement};
use super::unsent::Unsent;
use super::{Chunk, Known, Packer, Record, RecordEntry, RowShare};

/// What stands between the values of a key.
const KEY_JOINT: &str = " / ";

/// What bodies are made for.
pub struct BodySettings<'p> {
    /// The target.
    pub target: &'static dyn Target,
    /// How it is spoken to.
    pub dialect: &'p Dialect,
    /// Most records of a request.
    pub chunk_records: usize,
    /// Most bytes of a request's body.
    pub body_bytes_max: usize,
    /// A chunk ends after each of these many records in all, so that a limit can be kept exactly.
    pub break_after: Vec<u64>,
    /// The key of the fingerprints, where records are held against others, now or later.
    pub secret: Option<&'p [u8; 32]>,
    /// What the CRM is known to hold, where only what has changed is sent.
    pub known: Option<&'p mut Known>,
    /// What becomes of the chunks.
    pub use_of: BodyUse,
}

/// What becomes of the chunks that are made.
pub enum BodyUse {
    /// They are planned, to be sent.
    Send,
    /// They are only counted.
    Count,
    /// Every request's body is written, a line each.
    Write(Box<dyn Write + Send>),
}

impl BodyUse {
    /// Whether anybody may ask for a row later of which nothing is said now.
    pub fn keeps_all_rows(&self) -> bool {
        matches!(self, BodyUse::Send)
    }
}

/// Packs records into chunks.
pub struct Bodies<'p> {
    settings: BodySettings<'p>,
    limits: ChunkLimits,
    packer: Packer,
    /// Where chunks are only counted: the records of the one at hand, and the bytes of their fragments.
    counted: (usize, usize),
    unsent: Unsent,
    fingerprints: Vec<Fingerprint>,
    /// Records that are sent.
    sent: u64,
    summary: PlanSummary,
}

impl<'p> Bodies<'p> {
    /// An empty first chunk.
    pub fn new(settings: BodySettings<'p>) -> Bodies<'p> {
        let limits = ChunkLimits {
            records_max: match settings.target.takes(settings.dialect) {
                Takes::One => 1,
                Takes::Many => settings.chunk_records,
            },
            body_bytes_max: settings.body_bytes_max,
            envelope_bytes: settings.target.envelope_bytes(settings.dialect),
        };
        Bodies {
            settings,
            limits,
            packer: Packer::new(limits),
            counted: (0, 0),
            unsent: Unsent::default(),
            fingerprints: Vec::new(),
            sent: 0,
            summary: PlanSummary::default(),
        }
    }

    /// How its records are written.
    pub fn rendering(&self) -> Rendering<'p> {
        let BodySettings { target, dialect, secret, .. } = self.settings;
        Rendering { target, dialect, secret, limits: self.limits, compares: self.settings.known.is_some() }
    }

    /// Takes the next record.
    ///
    /// # Errors
    /// What the sink fails with.
    pub fn add(&mut self, made: Made<'_>, sink: &mut dyn FnMut(Piece) -> Result<()>) -> Result<()> {
        let known = self.settings.known.as_mut();
        let (key, rows, fragment, fingerprint) = match made {
            Made::Written { key, rows, fragment, fingerprint } => (key, rows, fragment, fingerprint),
            Made::HeldBack(fingerprint) => {
                // The file has the record all the same.
                known.zip(fingerprint).into_iter().for_each(|(known, key)| known.note(&key));
                return Ok(());
            }
        };
        self.fingerprints.extend(fingerprint);
        match known.zip(fingerprint).map_or(Judgement::Changed, |(known, print)| known.judge(&print)) {
            Judgement::Changed => self.send((key, rows), fragment, sink),
            judgement => self.unsent.add(entry(key, rows), judgement, sink),
        }
    }

    fn send(
        &mut self,
        (key, rows): (&str, &[RowShare]),
        fragment: &[u8],
        sink: &mut dyn FnMut(Piece) -> Result<()>,
    ) -> Result<()> {
        self.sent += 1;
        if matches!(self.settings.use_of, BodyUse::Count) {
            self.count(rows, fragment.len());
        } else if let Some(chunk) = self.packer.push(entry(key, rows), fragment) {
            self.hand_on(chunk, sink)?;
        }
        if self.settings.break_after.contains(&self.sent) { self.cut(sink) } else { Ok(()) }
    }

    /// Counts a record as the packer would pack it.
    fn count(&mut self, rows: &[RowShare], fragment_bytes: usize) {
        if self.limits.is_full(self.counted, fragment_bytes) {
            self.end_counted();
        }
        self.counted.0 += 1;
        self.counted.1 += fragment_bytes;
        self.summary.valid += weight(rows);
    }

    /// Ends the chunk whose records are only counted, if there are any.
    fn end_counted(&mut self) {
        let (records, bytes) = std::mem::take(&mut self.counted);
        if records > 0 {
            self.count_chunk(records, bytes);
        }
    }

    fn count_chunk(&mut self, records: usize, bytes: usize) {
        self.summary.chunks += 1;
        self.summary.records += records as u64;
        self.summary.bytes += (self.limits.envelope_bytes + bytes + records - 1) as u64;
    }

    /// Hands the last chunk on; gives what was planned, and the sorted fingerprints.
    ///
    /// # Errors
    /// What the sink fails with.
    pub fn finish(mut self, sink: &mut dyn FnMut(Piece) -> Result<()>) -> Result<(PlanSummary, Vec<u8>)> {
        self.cut(sink)?;
        let compared = std::mem::take(&mut self.unsent).finish(sink)?;
        self.summary.compared = self.settings.known.is_some().then_some(compared);
        self.fingerprints.sort_unstable();
        Ok((self.summary, self.fingerprints.concat()))
    }

    /// Ends the chunk at hand.
    fn cut(&mut self, sink: &mut dyn FnMut(Piece) -> Result<()>) -> Result<()> {
        self.end_counted();
        let packer = std::mem::replace(&mut self.packer, Packer::new(self.limits));
        match packer.finish() {
            Some(chunk) => self.hand_on(chunk, sink),
            None => Ok(()),
        }
    }

    fn hand_on(&mut self, chunk: Chunk, sink: &mut dyn FnMut(Piece) -> Result<()>) -> Result<()> {
        self.count_chunk(chunk.records.len(), chunk.body.len());
        match &mut self.settings.use_of {
            BodyUse::Send => return sink(Piece::Chunk { source_run: None, chunk }),
            BodyUse::Count => {}
            BodyUse::Write(out) => {
                let request = self.settings.target.request(self.settings.dialect, &chunk.fragments());
                let written = out.write_all(&request.body.shown()).and_then(|()| out.write_all(b"\n"));
                written.map_err(|error| {
                    Failure::new(Code::ReportUnwritable).with("value", "--bodies").with("reason", error)
                })?;
            }
        }
        self.summary.valid += chunk.weight();
        Ok(())
    }
}

/// A record as its chunk has it.
fn entry(key: &str, rows: &[RowShare]) -> RecordEntry {
    RecordEntry { key: key.to_owned(), end: 0, rows: rows.to_vec(), origin: None }
}

/// How a record is written, whatever the others are.
#[derive(Clone, Copy)]
pub struct Rendering<'p> {
    target: &'static dyn Target,
    dialect: &'p Dialect,
    secret: Option<&'p [u8; 32]>,
    limits: ChunkLimits,
    /// Whether records are compared with what the CRM has.
    compares: bool,
}

impl Rendering<'_> {
    /// What the target has against a record as a whole, told of its first row.
    pub(super) fn objection(&self, record: &Record, first: RowId) -> Option<Problem> {
        let objection = self.target.objection(record, self.dialect)?;
        Some(Problem { field: objection.field.to_owned(), ..Problem::error(first, objection.code) })
    }

    /// Appends a record's key and its fragment: what names it to a person and in the CRM's answers is the values of its
    /// key, or its first value where the target has no key.
    pub(super) fn write(&self, record: &Record, (key, fragment): (&mut String, &mut Vec<u8>)) {
        self.target.render(record, self.dialect, fragment);
        let values = record.values_of_one();
        let named = |name: &&str| values.clone().find(|value| value.name() == *name && !value.field.custom);
        let mut texts = self.target.key().iter().filter_map(named).map(|value| value.text());
        let first = texts.next().or_else(|| values.clone().next().map(|value| value.text()));
        key.push_str(first.unwrap_or_default());
        for text in texts {
            key.push_str(KEY_JOINT);
            key.push_str(text);
        }
    }

    /// What is to be said of a record whose fragment fits no request, told of its first row.
    pub(super) fn too_big(&self, fragment: &[u8], first: RowId) -> Option<Problem> {
        (!self.limits.fits(fragment.len())).then(|| Problem {
            value: fragment.len().to_string(),
            expected: self.limits.body_bytes_max.to_string(),
            ..Problem::error(first, Code::RecordTooBig)
        })
    }

    /// The hashes of a record, where it is held against others.
    pub(super) fn fingerprint(&self, key: &str, fragment: &[u8]) -> Option<Fingerprint> {
        Some(fingerprint(self.secret?, key, fragment))
    }

    /// The hash of the key of a record that is held back; nothing where nothing is compared.
    pub(super) fn held_back(&self, key: &[&str]) -> Option<Fingerprint> {
        if self.compares && !key.is_empty() { self.fingerprint(&key.join(KEY_JOINT), &[]) } else { None }
    }
}

/// Keyed hashes of key and body, 8 bytes each: equal for equal records, and of no use without the ledger's key.
pub(crate) fn fingerprint(secret: &[u8; 32], key: &str, body: &[u8]) -> Fingerprint {
    let word = |at: usize| u64::from_le_bytes(std::array::from_fn(|byte| secret[at + byte]));
    let keyed = Key([word(0), word(8), word(16), word(24)]);
    let hash = |bytes: &[u8]| HighwayHasher::new(keyed).hash64(bytes).to_le_bytes();
    let mut fingerprint = [0; 16];
    fingerprint[..8].copy_from_slice(&hash(key.as_bytes()));
    fingerprint[8..].copy_from_slice(&hash(body));
    fingerprint
}
