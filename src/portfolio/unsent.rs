//! Records that are not sent because the CRM has them already, or because they are held: they keep their place in the
//! run's books and in its ledger, without a body.
//!
//! They are packed as chunks are, so that no table has a line per record; each says where it was sent before.

use crate::books::State;
use crate::ledger::{Compared, Piece};
use crate::problem::Result;

use super::known::{Judgement, Sent};
use super::{Chunk, RecordEntry};

/// Most records of a piece.
const RECORDS_MAX: usize = 1000;

/// Packs records that are not sent.
#[derive(Debug, Default)]
pub(super) struct Unsent {
    unchanged: Vec<RecordEntry>,
    /// Records that one chunk of an earlier run holds.
    held: Vec<RecordEntry>,
    holder: Option<u32>,
    /// Where the one of the unchanged was sent that was sent last.
    last: Option<Sent>,
    compared: Compared,
}

impl Unsent {
    /// Adds a record that was judged not to be sent.
    pub(super) fn add(
        &mut self,
        entry: RecordEntry,
        judgement: Judgement,
        sink: &mut dyn FnMut(Piece) -> Result<()>,
    ) -> Result<()> {
        match judgement {
            Judgement::Changed => {}
            Judgement::Unchanged(sent) => {
                self.last = self.last.max(Some(sent));
                self.unchanged.push(from(entry, sent));
                if self.unchanged.len() == RECORDS_MAX {
                    self.hand_on_unchanged(sink)?;
                }
            }
            Judgement::Held(sent) => {
                if self.holder != Some(sent.chunk) {
                    self.hand_on_held(sink)?;
                }
                self.holder = Some(sent.chunk);
                self.held.push(from(entry, sent));
            }
        }
        Ok(())
    }

    /// Hands on what is left, and says what the comparison came to.
    pub(super) fn finish(mut self, sink: &mut dyn FnMut(Piece) -> Result<()>) -> Result<Compared> {
        self.hand_on_unchanged(sink)?;
        self.hand_on_held(sink)?;
        self.compared.unchanged_in = self.last.map(|sent| sent.chunk.into());
        Ok(self.compared)
    }

    fn hand_on_unchanged(&mut self, sink: &mut dyn FnMut(Piece) -> Result<()>) -> Result<()> {
        hand_on(State::Unchanged, &mut self.unchanged, None, sink)
    }

    fn hand_on_held(&mut self, sink: &mut dyn FnMut(Piece) -> Result<()>) -> Result<()> {
        let Some(holder) = self.holder.take() else { return Ok(()) };
        self.compared.held += self.held.len() as u64;
        let first = self.compared.held_in.get_or_insert(holder.into());
        *first = i64::from(holder).min(*first);
        hand_on(State::Unknown, &mut self.held, Some(holder), sink)
    }
}

/// The record, with where it was sent before.
fn from(entry: RecordEntry, sent: Sent) -> RecordEntry {
    RecordEntry { origin: Some((sent.chunk.into(), sent.ordinal)), ..entry }
}

fn hand_on(
    state: State,
    records: &mut Vec<RecordEntry>,
    holder: Option<u32>,
    sink: &mut dyn FnMut(Piece) -> Result<()>,
) -> Result<()> {
    if records.is_empty() {
        return Ok(());
    }
    let chunk = Chunk { body: Vec::new(), records: std::mem::take(records) };
    sink(Piece::Kept { state, holder: holder.map(i64::from), chunk })
}
