//! What a tenant is known to hold, against a model that writes down every record of every request as it happens.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::lang::Code;
use crate::ledger::tests::new_run;
use crate::portfolio::known::{Judgement, Known, Standing};
use crate::portfolio::{Chunk, RecordEntry};
use crate::target::Exception;

/// The keys of a test, and the bodies that a record may have.
const KEYS: u8 = 5;
const BODIES: u8 = 3;

/// Something that happens.
#[derive(Debug, Clone)]
enum Event {
    /// A load of some records, in chunks of two: key and body.
    Load(Vec<(u8, u8)>),
    /// The next waiting chunk of a run is sent, and comes to one of the ends.
    Send(usize, u8),
    /// What a run is left with is planned again: rejected, or unknown.
    Retry(usize, bool),
    /// What a crash left is held.
    Crash(usize),
    /// The records of a chain are forgotten.
    Purge(usize),
    /// Somebody asks, so that what is known is written down.
    Ask,
}

fn event() -> impl Strategy<Value = Event> {
    let records = proptest::collection::btree_map(0..KEYS, 0..BODIES, 1..5);
    prop_oneof![
        3 => records.prop_map(|records| Event::Load(records.into_iter().collect())),
        12 => (0usize..6, 0u8..10).prop_map(|(run, end)| Event::Send(run, end)),
        2 => (0usize..6, any::<bool>()).prop_map(|(run, unknown)| Event::Retry(run, unknown)),
        1 => (0usize..6).prop_map(Event::Crash),
        1 => (0usize..6).prop_map(Event::Purge),
        2 => Just(Event::Ask),
    ]
}

fn tenant() -> Tenant {
    Tenant {
        server: "crm.example.com".to_owned(),
        operation: "op".to_owned(),
        target: "collections".to_owned(),
    }
}

/// A ledger, and what a person with a pencil knows of it.
struct World {
    ledger: Ledger,
    runs: Vec<(RunId, RunId)>,
    purged: Vec<RunId>,
    /// Key: what is known, the body, and the chunk that sent it.
    model: BTreeMap<String, (Standing, u8, i64)>,
}

impl World {
    fn run(&self, at: usize) -> Option<(RunId, RunId)> {
        self.runs.get(at % self.runs.len().max(1)).copied().filter(|(_, root)| !self.purged.contains(root))
    }

    async fn plan(&mut self, kind: RunKind, parent: Option<(RunId, RunId)>, pieces: Vec<Packed>) {
        let run = self.ledger.begin_run(&new_run(kind, parent)).await.unwrap();
        self.ledger.store(run, pieces, &mut 1).await.unwrap();
        self.ledger.end_plan(run, &PlanEnd::default()).await.unwrap();
        self.runs.push((run, parent.map_or(run, |(_, root)| root)));
    }

    async fn happen(&mut self, event: &Event) {
        match event {
            Event::Load(records) => {
                let pieces = records.chunks(2).map(|two| piece(None, two)).collect();
                self.plan(RunKind::Load, None, pieces).await;
            }
            Event::Send(at, end) => self.send(*at, *end).await,
            Event::Retry(at, unknown) => self.retry(*at, *unknown).await,
            Event::Crash(at) => {
                let Some((run, _)) = self.run(*at) else { return };
                self.ledger.hold_interrupted(run).await.unwrap();
            }
            Event::Purge(at) => {
                let Some((_, root)) = self.run(*at) else { return };
                self.ledger.purge(&[root], false, jiff::Timestamp::UNIX_EPOCH).await.unwrap();
                self.purged.push(root);
            }
            Event::Ask => self.assert_known().await,
        }
    }

    async fn send(&mut self, at: usize, end: u8) {
        let Some((run, _)) = self.run(at) else { return };
        let Some((id, _)) = self.ledger.waiting_chunks(run).await.unwrap().first().copied() else { return };
        let loaded = self.ledger.load_chunk(id).await.unwrap();
        let outgoing = Arc::new(self.ledger.load_outgoing(&[id]).await.unwrap().remove(0));
        let scribe = self.ledger.scribe(run);
        scribe.begin(id, 1, jiff::Timestamp::UNIX_EPOCH).await.unwrap();
        let bodies: Vec<u8> = loaded.chunk.body.clone();
        let rejected =
            |ordinal| Exception { ordinal, rejected: true, code: Code::CrmRejected, detail: String::new() };
        let unclear =
            |ordinal| Exception { rejected: false, code: Code::UnnamedFailures, ..rejected(ordinal) };
        let all = 0..u32::try_from(bodies.len()).unwrap();
        let (verdict, fate) = match end {
            0..=3 => ("answered", Fate::Settled(Vec::new())),
            4 => ("answered", Fate::Settled(vec![rejected(0)])),
            5 => ("answered", Fate::Settled(vec![unclear(0)])),
            6 => (
                "refused",
                loaded.chunk.halves().map_or(Fate::Settled(all.map(rejected).collect()), Fate::Split),
            ),
            7 => ("unknown", Fate::Unknown(Code::NoAnswer, String::new())),
            // The setting sends it again by itself.
            8 => ("unknown", Fate::Planned),
            // Killed while it is under way.
            _ => {
                self.write(&loaded, |_| Some(Standing::Held));
                return;
            }
        };
        match &fate {
            Fate::Settled(exceptions) => {
                let exceptions = exceptions.clone();
                self.write(&loaded, |ordinal| {
                    match exceptions.iter().find(|exception| exception.ordinal == ordinal) {
                        None => Some(Standing::Accepted),
                        Some(exception) => (!exception.rejected).then_some(Standing::Held),
                    }
                });
            }
            Fate::Unknown(..) => self.write(&loaded, |_| Some(Standing::Held)),
            Fate::Planned => self.write(&loaded, |_| Some(Standing::Doubtful)),
            Fate::Split(_) => {}
        }
        let at = jiff::Timestamp::UNIX_EPOCH;
        let settlement = Settlement { verdict, status: None, detail: String::new(), fate, at };
        scribe.settle(outgoing, settlement).await.unwrap().halves().await.unwrap();
    }

    fn write(&mut self, loaded: &LoadedChunk, standing: impl Fn(u32) -> Option<Standing>) {
        for (ordinal, (entry, body)) in (0u32..).zip(loaded.chunk.records.iter().zip(&loaded.chunk.body)) {
            if let Some(standing) = standing(ordinal) {
                self.model.insert(entry.key.clone(), (standing, *body, loaded.id));
            }
        }
    }

    async fn retry(&mut self, at: usize, unknown: bool) {
        let Some((run, root)) = self.run(at) else { return };
        let found = if unknown {
            for run in self.ledger.chain(root).await.unwrap() {
                self.ledger.hold_interrupted(run.id).await.unwrap();
            }
            self.ledger.unknown_of(root).await.unwrap()
        } else {
            self.ledger.rejected_of(root, &[]).await.unwrap()
        };
        let mut pieces = Vec::new();
        for Retriable { chunk, ordinals, .. } in found {
            let loaded = self.ledger.load_chunk(chunk).await.unwrap();
            let is_taken = |ordinal: u32| ordinals.is_empty() || ordinals.contains(&ordinal);
            let mut records = Vec::new();
            for (ordinal, (entry, body)) in (0u32..).zip(loaded.chunk.records.iter().zip(&loaded.chunk.body))
            {
                if !is_taken(ordinal) {
                    continue;
                }
                records.push((entry.key.parse().unwrap(), *body));
                // It is decided: nobody holds it any more.
                let known = self.model.get_mut(&entry.key);
                if let Some(known) = known.filter(|known| unknown && known.2 == chunk) {
                    known.0 = Standing::Doubtful;
                }
            }
            pieces.push(piece(Some(root), &records));
            pieces.push(Piece::TakeOver { chunk, ordinals }.into());
        }
        if !pieces.is_empty() {
            let kind = if unknown { RunKind::RetryUnknown } else { RunKind::Retry };
            self.plan(kind, Some((run, root)), pieces).await;
        }
    }

    async fn assert_known(&self) {
        let known = self.ledger.known(&tenant()).await.unwrap();
        let seen = |known: &Known, key: u8, body: u8| {
            let print =
                crate::portfolio::bodies::fingerprint(self.ledger.secret(), &key.to_string(), &[body]);
            known.clone().judge(&print)
        };
        for (key, body) in (0..KEYS).flat_map(|key| (0..BODIES).map(move |body| (key, body))) {
            let found = seen(&known, key, body);
            let same = self.model.get(&key.to_string()).filter(|(_, known, _)| *known == body);
            let agrees = match (found, same) {
                (Judgement::Unchanged(sent), Some((Standing::Accepted, _, chunk)))
                | (Judgement::Held(sent), Some((Standing::Held, _, chunk))) => {
                    i64::from(sent.chunk) == *chunk
                }
                (Judgement::Changed, None | Some((Standing::Doubtful, ..))) => true,
                _ => false,
            };
            assert!(agrees, "{key} with {body}: {found:?}, but {same:?}");
        }
    }
}

/// A chunk of records whose bodies are one byte each.
fn piece(source_run: Option<RunId>, records: &[(u8, u8)]) -> Packed {
    let entry = |(end, (key, _)): (u32, &(u8, u8))| RecordEntry {
        key: key.to_string(),
        end,
        rows: Vec::new(),
        origin: None,
    };
    let body: Vec<u8> = records.iter().map(|(_, body)| *body).collect();
    let records = (1u32..).zip(records).map(entry).collect();
    Piece::Chunk { source_run, chunk: Chunk { body, records } }.into()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_known_is_what_happened_last(events in proptest::collection::vec(event(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let ledger = Ledger::open(folder.path()).await.unwrap();
            let mut world = World { ledger, runs: Vec::new(), purged: Vec::new(), model: BTreeMap::new() };
            for event in &events {
                world.happen(event).await;
            }
            world.assert_known().await;
            world.ledger.close().await;
        });
    }
}
