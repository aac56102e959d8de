//! `cartera retry RUN`: a new run of a chain, planned from the ledger instead of a file.

use serde_json::Value;

use crate::lang::Code;
use crate::ledger::{Ledger, NewRun, Packed, Piece, PlanEnd, PlanSummary, Retriable, Run, RunKind};
use crate::portfolio::Packer;
use crate::portfolio::chunk::ChunkLimits;
use crate::problem::{Exit, Failure, Result};
use crate::target::Takes;

use super::Desk;
use super::args::RetryArgs;
use super::resume::{go_on, settings_of};
use super::sending::{dialect_of, target_of};

/// Most bytes of a request's body, where the run did not say.
const BODY_BYTES_MAX: u64 = 1024 * 1024;
/// Most records of a request, where the run did not say.
const CHUNK_RECORDS: u64 = 100;

pub(super) async fn run(desk: &Desk, args: RetryArgs) -> Result<Exit> {
    let ledger = desk.ledger().await?;
    let run = ledger.find_run(&args.run).await?;
    Ledger::needs_rows(&run)?;
    let _lock = ledger.lock(run.root)?;
    let (kind, found) = if args.unknown {
        // What a crash left in the middle is unknown too; nobody else holds the chain now.
        for run in ledger.chain(run.root).await? {
            ledger.hold_interrupted(run.id).await?;
        }
        (RunKind::RetryUnknown, ledger.unknown_of(run.root).await?)
    } else {
        (RunKind::Retry, ledger.rejected_of(run.root, &args.code).await?)
    };
    if found.is_empty() {
        return Err(Failure::new(Code::NothingToRetry).with("value", run.id));
    }
    let settings = settings_of(desk, &run, &args.send)?;
    let target = target_of(&run)?;
    // Whoever asks again for what was looked for has seen it: it is sent. Everything else is looked for first.
    let reads_back = settings.read_back.is_some_and(|read_back| read_back.question(target).is_some());
    let (to_look_for, to_send) = found
        .into_iter()
        .partition(|retriable| kind == RunKind::RetryUnknown && reads_back && !retriable.is_read_back);
    let new = replan(&ledger, &run, kind, (to_send, to_look_for)).await?;
    go_on(desk, &ledger, &new, &args.send).await
}

/// Plans the records that were found as a new run.
///
/// Those to be looked for are planned as unknown, which they are until then.
async fn replan(
    ledger: &Ledger,
    run: &Run,
    kind: RunKind,
    (to_send, to_look_for): (Vec<Retriable>, Vec<Retriable>),
) -> Result<Run> {
    let id = ledger
        .begin_run(&NewRun {
            parent: Some((run.id, run.root)),
            kind,
            target: run.target.clone(),
            server: run.server.clone(),
            operation: run.operation.clone(),
            mapping: run.mapping.clone(),
            settings: without_operators(&run.settings),
            started_at: jiff::Timestamp::now(),
        })
        .await?;
    let (target, dialect) = (target_of(run)?, dialect_of(run));
    let set = |name: &str, default: u64| {
        let number = run.settings.get(name).and_then(Value::as_u64).unwrap_or(default);
        usize::try_from(number).unwrap_or(usize::MAX)
    };
    let limits = ChunkLimits {
        records_max: match target.takes(&dialect) {
            Takes::One => 1,
            Takes::Many => set("chunk_size", CHUNK_RECORDS),
        },
        body_bytes_max: set("max_body", BODY_BYTES_MAX),
        envelope_bytes: target.envelope_bytes(&dialect),
    };
    let packer = Packer::new(limits);
    let money_column = run.plan.as_ref().and_then(|plan| plan.money_column.clone());
    let summary = PlanSummary { money_column, ..PlanSummary::default() };
    let mut plan = Plan { source_run: 0, packer, limits, is_held: false, pieces: Vec::new(), summary };
    for retriable in to_send {
        plan.add(ledger, retriable).await?;
    }
    plan.cut();
    plan.is_held = true;
    for retriable in to_look_for {
        plan.add(ledger, retriable).await?;
    }
    let (pieces, summary) = plan.finish();
    // One transaction: a record is taken over and planned again, or neither.
    ledger.store(id, pieces, &mut 1).await?;
    ledger.end_plan(id, &PlanEnd { verdicts: run.verdicts.clone(), summary, ..PlanEnd::default() }).await?;
    ledger.run(id).await
}

/// Whoever sends the new run is noted with it, not whoever sent the one before.
fn without_operators(settings: &Value) -> Value {
    let mut settings = settings.clone();
    settings["operators"] = Value::Array(Vec::new());
    settings
}

struct Plan {
    source_run: i64,
    packer: Packer,
    limits: ChunkLimits,
    /// Whether what comes is not to be sent before it was looked for.
    is_held: bool,
    pieces: Vec<Packed>,
    summary: PlanSummary,
}

impl Plan {
    async fn add(&mut self, ledger: &Ledger, retriable: Retriable) -> Result<()> {
        let loaded = ledger.load_chunk(retriable.chunk).await?;
        if loaded.source_run != self.source_run {
            self.cut();
            self.source_run = loaded.source_run;
        }
        let fragments = loaded.chunk.fragments();
        let all: Vec<u32> = (0u32..).take(fragments.len()).collect();
        let ordinals = if retriable.ordinals.is_empty() { &all } else { &retriable.ordinals };
        for &ordinal in ordinals {
            let Some(entry) = loaded.chunk.records.get(ordinal as usize) else { continue };
            let mut entry = entry.clone();
            entry.origin = Some((retriable.chunk, ordinal));
            if let Some(chunk) = self.packer.push(entry, fragments[ordinal as usize]) {
                self.hand_on(chunk);
            }
        }
        self.pieces.push(Piece::TakeOver { chunk: retriable.chunk, ordinals: retriable.ordinals }.into());
        Ok(())
    }

    /// Ends the chunk at hand: rows of different runs never share one.
    fn cut(&mut self) {
        let packer = std::mem::replace(&mut self.packer, Packer::new(self.limits));
        if let Some(chunk) = packer.finish() {
            self.hand_on(chunk);
        }
    }

    fn hand_on(&mut self, chunk: crate::portfolio::Chunk) {
        let source_run = self.source_run;
        self.summary.chunks += 1;
        self.summary.records += chunk.records.len() as u64;
        let piece = if self.is_held {
            Piece::Held { source_run, chunk }
        } else {
            Piece::Chunk { source_run: Some(source_run), chunk }
        };
        self.pieces.push(piece.into());
    }

    fn finish(mut self) -> (Vec<Packed>, PlanSummary) {
        self.cut();
        (self.pieces, self.summary)
    }
}
