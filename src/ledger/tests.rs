//! The ledger on its own: books that balance whatever happens to a chunk.

use std::sync::Arc;

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::books::State;
use crate::portfolio::{Chunk, RecordEntry, RowShare};
use crate::problem::RowId;
use crate::target::Exception;

/// A chunk of so many invented records, of one row each.
pub(super) fn chunk(records: u32) -> Chunk {
    let entry = |number: u32| RecordEntry {
        key: number.to_string(),
        end: (number + 1) * 10,
        rows: vec![RowShare {
            row: RowId { table: 0, number: number + 2 },
            counts: true,
            lines: 1,
            money: Decimal::new(i64::from(number), 2),
        }],
        origin: None,
    };
    Chunk { body: vec![b'x'; records as usize * 10], records: (0..records).map(entry).collect() }
}

/// A run that begins.
pub(super) fn new_run(kind: RunKind, parent: Option<(RunId, RunId)>) -> NewRun {
    NewRun {
        parent,
        kind,
        target: "collections".to_owned(),
        server: "crm.example.com".to_owned(),
        operation: "op".to_owned(),
        mapping: String::new(),
        settings: serde_json::Value::Null,
        started_at: jiff::Timestamp::UNIX_EPOCH,
    }
}

/// A run with one planned chunk.
pub(super) async fn planned(ledger: &Ledger, records: u32) -> RunId {
    let run = ledger.begin_run(&new_run(RunKind::Load, None)).await.unwrap();
    let chunk = chunk(records);
    let piece = Piece::Chunk { source_run: None, chunk };
    ledger.store(run, vec![piece.into()], &mut 1).await.unwrap();
    ledger.end_plan(run, &PlanEnd::default()).await.unwrap();
    run
}

/// What becomes of a chunk, by a number.
fn fate(which: u8, loaded: &Outgoing) -> Fate {
    let records = u32::try_from(loaded.record_count()).unwrap();
    let exception = |ordinal, rejected| Exception {
        ordinal,
        rejected,
        code: crate::lang::Code::CrmRejected,
        detail: String::new(),
    };
    match which % 5 {
        0 => Fate::Settled(Vec::new()),
        1 => Fate::Settled(
            vec![exception(0, true), exception(records - 1, false)].split_off(usize::from(records == 1)),
        ),
        2 => Fate::Unknown(crate::lang::Code::NoAnswer, String::new()),
        3 => Fate::Planned,
        _ => loaded.halves().unwrap().map_or(Fate::Planned, Fate::Split),
    }
}

/// The books balance, and every record is in them once.
async fn assert_books(ledger: &Ledger, run: RunId, records: u32) {
    let books = ledger.books(&ledger.run(run).await.unwrap()).await.unwrap();
    assert!(books.balance());
    assert_eq!(books.records.read, u64::from(records));
    assert_eq!(books.money.read, chunk(records).weight().money);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn books_balance_between_any_two_steps(records in 1u32..20, fates in proptest::collection::vec(any::<u8>(), 1..24)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let ledger = Ledger::open(folder.path()).await.unwrap();
            let run = planned(&ledger, records).await;
            let scribe = ledger.scribe(run);
            for which in fates {
                let Some((id, _)) = ledger.waiting_chunks(run).await.unwrap().first().copied() else { break };
                let loaded = Arc::new(ledger.load_outgoing(&[id]).await.unwrap().remove(0));
                let at = jiff::Timestamp::UNIX_EPOCH;
                scribe.begin(id, 1, at).await.unwrap();
                assert_books(&ledger, run, records).await;
                let settlement = Settlement { verdict: "x", status: None, detail: String::new(), fate: fate(which, &loaded), at };
                let settling = scribe.settle(Arc::clone(&loaded), settlement).await.unwrap();
                let halves = settling.halves().await.unwrap();
                let of_halves: u64 = halves.iter().map(|(_, records)| records).sum();
                assert!(halves.is_empty() || of_halves == loaded.record_count() as u64);
                assert_books(&ledger, run, records).await;
            }
            ledger.hold_interrupted(run).await.unwrap();
            let books = ledger.books(&ledger.run(run).await.unwrap()).await.unwrap();
            let unknown = books.records.of(State::Unknown);
            assert_eq!(ledger.unknown_records(run).await.unwrap().len() as u64, unknown);
            ledger.close().await;
        });
    }
}

/// What the ledger keeps of a request: its verdict, its status, what was said, and the states of its chunk and of the
/// records that were not accepted.
type Kept = (String, Option<u16>, String, String, Option<String>, Vec<(u32, String, String)>);

async fn kept(ledger: &Ledger, chunk: i64) -> Kept {
    let select = "SELECT a.verdict, a.status, a.detail, c.state, c.detail FROM attempt a JOIN chunk c ON c.id = a.chunk \
         WHERE c.id = ?";
    let row = sqlx::query(select).bind(chunk).fetch_one(&ledger.pool).await.unwrap();
    let select = "SELECT ordinal, state, detail FROM outcome WHERE chunk = ? ORDER BY ordinal";
    let outcomes = sqlx::query(select).bind(chunk).fetch_all(&ledger.pool).await.unwrap();
    let outcome = |row: &sqlx::sqlite::SqliteRow| (row.get(0), row.get(1), row.get(2));
    (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4), outcomes.iter().map(outcome).collect())
}

#[tokio::test]
async fn lines_that_are_written_together_keep_what_is_their_own() {
    const CHUNKS: u8 = 30;
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(folder.path()).await.unwrap();
    let run = ledger.begin_run(&new_run(RunKind::Load, None)).await.unwrap();
    let piece = |_| Piece::Chunk { source_run: None, chunk: chunk(4) }.into();
    ledger.store(run, (0..CHUNKS).map(piece).collect(), &mut 1).await.unwrap();
    ledger.end_plan(run, &PlanEnd::default()).await.unwrap();
    let scribe = ledger.scribe(run);
    let waiting = ledger.waiting_chunks(run).await.unwrap();
    let at = jiff::Timestamp::UNIX_EPOCH;
    let begun = waiting.iter().map(|(id, _)| scribe.begin(*id, 40, at));
    futures::future::try_join_all(begun).await.unwrap();
    // Whatever the CRM says is kept, but for a null character.
    let said = |which: u8| format!("{which} «ñ» \"'\\ \u{1f4a5}\n\0");
    let shown = |which: u8| said(which).replace('\0', "\u{FFFD}");
    let settled = (0..CHUNKS).zip(&waiting).map(async |(which, (id, _))| {
        let loaded = Arc::new(ledger.load_outgoing(&[*id]).await.unwrap().remove(0));
        let mut fate = fate(which, &loaded);
        match &mut fate {
            Fate::Settled(exceptions) => exceptions.iter_mut().for_each(|one| one.detail = said(which)),
            Fate::Unknown(_, detail) => *detail = said(which),
            Fate::Planned | Fate::Split(_) => {}
        }
        let status = (which % 2 == 0).then_some(200);
        let settlement = Settlement { verdict: "x", status, detail: said(which), fate, at };
        let settling = scribe.settle(loaded, settlement).await.unwrap();
        settling.halves().await.unwrap()
    });
    let halves = futures::future::join_all(settled).await;
    for ((which, (id, _)), halves) in (0..CHUNKS).zip(&waiting).zip(&halves) {
        let status = (which % 2 == 0).then_some(200);
        let (state, why, outcomes) = match which % 5 {
            0 => ("settled", None, vec![]),
            1 => {
                let outcome = |ordinal, state: &str| (ordinal, state.to_owned(), shown(which));
                ("settled", None, vec![outcome(0, "rejected"), outcome(3, "unknown")])
            }
            2 => ("unknown", Some(shown(which)), vec![]),
            3 => ("planned", None, vec![]),
            _ => ("split", None, vec![]),
        };
        let expected = ("x".to_owned(), status, shown(which), state.to_owned(), why, outcomes);
        assert_eq!(kept(&ledger, *id).await, expected, "{which}");
        for (half, records) in halves {
            let select = "SELECT parent FROM chunk WHERE id = ?";
            let row = sqlx::query(select).bind(half).fetch_one(&ledger.pool).await.unwrap();
            assert_eq!((row.get::<i64, _>(0), *records), (*id, 2));
        }
        assert_eq!(halves.len(), if state == "split" { 2 } else { 0 });
    }
    ledger.close().await;
}
