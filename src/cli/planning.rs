//! Planning files into the ledger: what `load` and `check` have in common.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::pin::pin;

use futures::{StreamExt as _, stream};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet, block_in_place, spawn_blocking};

use crate::lang::{Code, Say};
use crate::ledger::{Ledger, NewRun, Packed, Piece, PlanEnd, Run, RunId, RunKind, RunLock, RunState};
use crate::mapping::expect::ExpectedTotal;
use crate::mapping::{self, Mapping};
use crate::pipeline::{self, Earlier, Input};
use crate::platform;
use crate::portfolio::{BodySettings, BodyUse};
use crate::problem::{Exit, Failure, Result};
use crate::secret::ServerUrl;
use crate::settings::Settings;
use crate::target::{self, Dialect, FieldKind, Target};

use super::args::ControlArgs;
use super::changed::{Comparison, OnlyChanged};
use super::drift::Memory;
use super::screen::Reading;
use super::{Desk, workplace};

/// Pieces of a plan that may wait to be written.
const PIECES_WAITING: usize = 64;
/// Pieces that one thread packs one after the other.
const PACKED_TOGETHER: usize = 4;
/// How many times so many are packed at the same time, or wait packed while others are written.
const PACKED_AT_ONCE: usize = 4;
/// Bytes of pieces that are written together.
const STORED_AT_ONCE: usize = 4 << 20;

/// The server's name when the stand-in inside this process takes the load.
pub(super) const SANDBOX: &str = "sandbox";
/// The operation where a rehearsal names none.
const SANDBOX_OPERATION: &str = "ensayo";

/// Where a run goes.
#[derive(Debug, Clone)]
pub(super) struct Tenant {
    pub(super) server: String,
    pub(super) operation: String,
    /// None for a check, and for the stand-in.
    pub(super) url: Option<ServerUrl>,
}

impl Tenant {
    /// The stand-in inside this process.
    pub(super) fn sandbox(settings: &Settings) -> Tenant {
        let operation = settings.operation.clone().unwrap_or_else(|| SANDBOX_OPERATION.to_owned());
        Tenant { server: SANDBOX.to_owned(), operation, url: None }
    }

    /// The CRM of the settings.
    pub(super) fn real(settings: &Settings) -> Result<Tenant> {
        let url = settings.server.clone().ok_or_else(|| Failure::new(Code::NoServer))?;
        let operation = settings.operation.clone().ok_or_else(|| Failure::new(Code::NoOperation))?;
        Ok(Tenant { server: url.name().to_owned(), operation, url: Some(url) })
    }

    /// Nobody: a check sends nothing.
    pub(super) fn none(settings: &Settings) -> Tenant {
        Tenant { server: String::new(), operation: settings.operation.clone().unwrap_or_default(), url: None }
    }
}

/// A mapping from the path given, or the mistake of not giving one; what the flags expect of the file wins over
/// what the mapping expects.
pub(super) fn read_mapping(path: Option<&Path>, control: &ControlArgs) -> Result<Mapping> {
    let mut mapping = mapping::file::read(path.ok_or_else(|| Failure::new(Code::MappingNotGiven))?)?;
    mapping.as_of = Some(control.as_of.unwrap_or_else(|| jiff::Zoned::now().date()));
    mapping.expect.rows = control.expect_rows.map(|rows| (rows, 0)).or(mapping.expect.rows);
    for total in &control.expect_total {
        let expected = ExpectedTotal::new(&mapping.fields, &total.name, total.amount, 0);
        mapping.expect.totals.retain(|known| known.name != expected.name);
        mapping.expect.totals.push(expected);
    }
    Ok(mapping)
}

/// The target of a mapping, and how it is spoken to.
///
/// # Errors
/// What the documents leave open about it and neither the profile nor the mapping settles.
pub(super) fn spoken_to(
    mapping: &Mapping,
    settings: &Settings,
    operation: &str,
) -> Result<(&'static dyn Target, Dialect)> {
    let target = target::by_name(&mapping.target).expect("a mapping names a target that exists");
    let dialect = Dialect::of(target, operation, settings.endpoints.get(target.name()), mapping)?;
    Ok((target, dialect))
}

/// What is to be planned.
pub(super) struct Order<'o> {
    pub(super) inputs: &'o [Input],
    pub(super) mapping: &'o Mapping,
    pub(super) tenant: &'o Tenant,
    pub(super) settings: &'o Settings,
    /// The day that was typed for days in arrears.
    pub(super) as_of: Option<jiff::civil::Date>,
    /// How the file is compared with what the CRM has, where only what has changed is sent.
    pub(super) only_changed: Option<OnlyChanged>,
    /// Where the report was asked to go.
    pub(super) report: Option<&'o Path>,
    /// Chunks end after so many records, in all.
    pub(super) break_after: Vec<u64>,
    pub(super) use_of: BodyUse,
}

/// A run that is planned to its end.
pub(super) struct Planned {
    pub(super) run: Run,
    pub(super) content: Vec<u8>,
    /// Why nothing of it may be sent.
    pub(super) refusal: Option<Failure>,
    /// Held until the command ends, so that no other process sends the chain meanwhile.
    pub(super) _lock: RunLock,
}

/// Opens the files and plans them. A failure after the run has begun leaves it `refused`.
pub(super) async fn plan(desk: &Desk, ledger: &Ledger, order: Order<'_>) -> Result<Planned> {
    let (target, dialect) = spoken_to(order.mapping, order.settings, &order.tenant.operation)?;
    let memory = Memory::of(ledger, &order).await?;
    let reading = desk.screen.reading();
    let (workplace, stamps) = (workplace(order.settings)?, stamps_before(order.inputs));
    let opened = block_in_place(|| pipeline::open(order.inputs, order.mapping, &workplace));
    let mut opened = opened.map_err(|failure| memory.explain(failure, desk.lang()))?;
    say_sheets(desk, &opened);
    let is_load = matches!(order.use_of, BodyUse::Send);
    let corrected = corrected_run(ledger, opened.corrects, order.tenant, is_load).await?;
    let kind = kind_of(is_load, corrected.is_some());
    let parent = corrected.as_ref().filter(|_| is_load).map(|run| (run.id, run.root));
    let as_of = corrected.as_ref().and_then(day_of).filter(|_| order.as_of.is_none());
    if let Some(day) = as_of {
        opened.set_as_of(day);
    }
    let as_of = as_of.or(order.mapping.as_of).filter(|_| order.mapping.counts_days());
    let earlier = earlier(ledger, corrected).await?;
    let held = parent.map(|(_, root)| ledger.lock(root)).transpose()?;
    let mut new = new_run(desk, &order, &dialect, as_of, (kind, parent));
    keep_of_files(&mut new, target, &opened, (&earlier, stamps));
    let run = ledger.begin_run(&new).await?;
    let lock = held.map_or_else(|| ledger.lock(run), Ok)?;
    let mut comparison = Comparison::begin(ledger, &order, (run, kind)).await?;
    let loads = memory.loads(ledger, run, &order.mapping.target).await?;
    let tells_records = is_load || comparison.is_some() || !loads.is_empty();
    let settings = BodySettings {
        target,
        dialect: &dialect,
        chunk_records: order.settings.chunk_size.get() as usize,
        body_bytes_max: order.settings.max_body.0,
        break_after: order.break_after.clone(),
        secret: tells_records.then(|| ledger.secret()),
        known: comparison.as_mut().map(|comparison| &mut comparison.known),
        use_of: order.use_of,
    };
    let planned = store(ledger, run, &mut opened, |opened, sink| {
        pipeline::plan(opened, settings, &earlier, &mut |piece| {
            show(&reading, &piece);
            sink(piece)
        })
    })
    .await;
    drop(reading);
    let mut end = match planned {
        Ok(end) => end,
        Err(failure) => {
            refuse(ledger, run, &failure, failure.exit()).await?;
            return Err(failure);
        }
    };
    ledger.add_sources(run, &opened.files, &opened.table_entries()).await?;
    let is_creditors = !opened.is_report();
    opened.let_go();
    if let Some(comparison) = comparison {
        comparison.end(ledger, run, &mut end).await?;
    }
    if is_creditors {
        end.summary.drift = memory.changes(ledger, loads, &end).await?;
    }
    end_plan(ledger, run, (&mut end, is_load)).await?;
    let run = ledger.run(run).await?;
    if is_creditors && kind == RunKind::Load {
        memory.keep(ledger, &run, &end).await?;
    }
    if kind == RunKind::Corrected {
        ledger.take_over_corrected(&run).await?;
    }
    Ok(Planned { run, content: end.content, refusal: end.refusal, _lock: lock })
}

/// What a run is, by whether it is sent and whether it corrects another one.
fn kind_of(is_load: bool, corrects: bool) -> RunKind {
    match (is_load, corrects) {
        (false, _) => RunKind::Check,
        (true, false) => RunKind::Load,
        (true, true) => RunKind::Corrected,
    }
}

/// Ends a plan in the ledger; only those of loads are compared with later ones, record by record.
async fn end_plan(ledger: &Ledger, run: RunId, (end, is_load): (&mut PlanEnd, bool)) -> Result<()> {
    if !is_load {
        end.fingerprints.clear();
    }
    ledger.end_plan(run, end).await
}

/// Says which sheet was taken, where one of several was.
fn say_sheets(desk: &Desk, opened: &pipeline::Opened<'_>) {
    for (file, sheet) in &opened.chosen_sheets {
        let said = Say::SheetTaken.with(desk.lang(), &[("file", file), ("sheet", sheet)]);
        desk.screen.remark(&said);
    }
}

/// Shows what a piece says of how far the plan is.
pub(super) fn show(reading: &Reading, piece: &Piece) {
    match piece {
        Piece::Read { rows } => reading.rows(*rows),
        Piece::Chunk { chunk, .. } | Piece::Held { chunk, .. } | Piece::Kept { chunk, .. } => {
            reading.records(chunk.records.len() as u64);
        }
        Piece::Block(..) | Piece::Findings(..) | Piece::TakeOver { .. } => {}
    }
}

/// Plans in this thread while another task writes what is planned.
async fn store<'m>(
    ledger: &Ledger,
    run: RunId,
    opened: &mut pipeline::Opened<'m>,
    plan: impl FnOnce(&mut pipeline::Opened<'m>, &mut dyn FnMut(Piece) -> Result<()>) -> Result<PlanEnd>,
) -> Result<PlanEnd> {
    let (sender, receiver) = mpsc::channel::<Piece>(PIECES_WAITING);
    let mut writer = JoinSet::new();
    writer.spawn(pack_and_store(ledger.clone(), run, receiver));
    let planned = block_in_place(|| {
        plan(opened, &mut |piece| {
            // What was only read is shown, and there is nothing of it to be stored.
            if matches!(piece, Piece::Read { .. }) {
                return Ok(());
            }
            // The writer has failed when it no longer listens; its own failure is the one that is told.
            sender.blocking_send(piece).map_err(|_error| Failure::new(Code::LedgerUnwritable))
        })
    });
    drop(sender);
    ended(&mut writer).await?;
    planned
}

/// Packs pieces, several at a time, and stores them many at once in their order. Every commit waits for the disk, and what
/// a plan has not ended is worth nothing yet, so none of them is in a hurry. While some are stored the next ones are
/// packed.
async fn pack_and_store(ledger: Ledger, run: RunId, receiver: mpsc::Receiver<Piece>) -> Result<()> {
    let store = |pieces, mut next_number| {
        let ledger = ledger.clone();
        async move { ledger.store(run, pieces, &mut next_number).await.map(|()| next_number) }
    };
    let planned = stream::unfold(receiver, async |mut planned| Some((planned.recv().await?, planned)));
    let pack = |pieces: Vec<Piece>| pieces.into_iter().map(Packed::from).collect::<Vec<_>>();
    // Those that wait already go together, for to call a thread costs as much as to pack a small piece.
    let packed = planned.ready_chunks(PACKED_TOGETHER).map(|pieces| spawn_blocking(move || pack(pieces)));
    let mut packed = pin!(packed.buffered(PACKED_AT_ONCE));
    let mut storing = JoinSet::new();
    let (mut pieces, mut bytes, mut next_number) = (Vec::new(), 0, 1);
    while let Some(packed) = packed.next().await.transpose().map_err(|error| interrupted(&error))? {
        bytes += packed.iter().map(Packed::bytes).sum::<usize>();
        pieces.extend(packed);
        if bytes >= STORED_AT_ONCE {
            next_number = ended(&mut storing).await?.unwrap_or(next_number);
            storing.spawn(store(std::mem::take(&mut pieces), next_number));
            bytes = 0;
        }
    }
    next_number = ended(&mut storing).await?.unwrap_or(next_number);
    store(pieces, next_number).await.map(drop)
}

/// What came of a task, if there is one.
async fn ended<T: 'static>(task: &mut JoinSet<Result<T>>) -> Result<Option<T>> {
    task.join_next().await.transpose().map_err(|error| interrupted(&error))?.transpose()
}

/// The failure of a task that did not come to its end.
fn interrupted(error: &JoinError) -> Failure {
    Failure::new(Code::Internal).with("reason", error)
}

/// The run whose error report this is. A report of another tenant's run is a creditor's file like any other:
/// it was rehearsed elsewhere.
async fn corrected_run(
    ledger: &Ledger,
    corrects: Option<RunId>,
    tenant: &Tenant,
    is_load: bool,
) -> Result<Option<Run>> {
    let Some(id) = corrects else { return Ok(None) };
    match ledger.run(id).await {
        // What is left of a purged run says nothing of its rows any more.
        Ok(run) if run.purged_at.is_some() => Ok(None),
        Ok(run) if !is_load || (run.server == tenant.server && run.operation == tenant.operation) => {
            Ok(Some(run))
        }
        Ok(run) if run.kind == RunKind::Check => Ok(Some(run)),
        Ok(_) => Ok(None),
        Err(failure) if failure.code == Code::RunNotFound => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// The day up to which a run has counted days in arrears.
pub(super) fn day_of(run: &Run) -> Option<jiff::civil::Date> {
    run.settings["as_of"].as_str().and_then(|day| day.parse().ok())
}

fn new_run(
    desk: &Desk,
    order: &Order<'_>,
    dialect: &Dialect,
    as_of: Option<jiff::civil::Date>,
    (kind, parent): (RunKind, Option<(RunId, RunId)>),
) -> NewRun {
    NewRun {
        parent,
        kind,
        target: order.mapping.target.clone(),
        server: order.tenant.server.clone(),
        operation: order.tenant.operation.clone(),
        mapping: order.mapping.text.clone(),
        settings: json!({
            "mapping_path": order.mapping.path,
            "server_url": order.tenant.url.as_ref().map(|url| url.join("")),
            "profile": desk.global.profile,
            "rate": order.settings.rate.to_string(),
            "burst": order.settings.burst,
            "concurrency": order.settings.concurrency,
            "chunk_size": order.settings.chunk_size,
            "max_body": order.settings.max_body.0,
            "operators": order.settings.operator.iter().collect::<Vec<_>>(),
            "as_of": as_of.map(|day| day.to_string()),
            "report": order.report.and_then(|folder| std::path::absolute(folder).ok()),
            "dialect": dialect,
        }),
        started_at: jiff::Timestamp::now(),
    }
}

/// What the run says whose report is corrected.
async fn earlier(ledger: &Ledger, corrected: Option<Run>) -> Result<Earlier> {
    let Some(run) = corrected else { return Ok(Earlier::default()) };
    let folders = serde_json::from_value(run.settings["folders"].clone()).unwrap_or_default();
    Ok(Earlier { misshapen: ledger.misshapen(run.id).await?, verdicts: run.verdicts, folders })
}

/// The stamps of files before they are read: what changes meanwhile must not be taken for what was read.
fn stamps_before(inputs: &[Input]) -> Vec<Option<String>> {
    let now = jiff::Timestamp::now();
    inputs.iter().map(|input| platform::file_stamp(&input.path, now)).collect()
}

/// Keeps with a run the stamps of its files, for whoever goes on with it; and, where its records name files, the folders of
/// its sheets and of those whose report it corrects.
fn keep_of_files(
    new: &mut NewRun,
    target: &dyn Target,
    opened: &pipeline::Opened<'_>,
    (earlier, stamps): (&Earlier, Vec<Option<String>>),
) {
    let stamped = opened.files.iter().zip(stamps).filter_map(|(file, stamp)| Some((&file.name, stamp?)));
    new.settings["stamps"] = json!(stamped.collect::<HashMap<_, _>>());
    if target.fields().iter().any(|field| field.kind == FieldKind::Files) {
        let own = opened.files.iter().zip(&opened.folders);
        let own = own.map(|(file, folder)| (file.name.clone(), folder.clone()));
        let folders: HashMap<String, PathBuf> = earlier.folders.clone().into_iter().chain(own).collect();
        new.settings["folders"] = json!(folders);
    }
}

/// Marks a run as refused, with how its command ends: nothing of it is going to be sent.
pub(super) async fn refuse(ledger: &Ledger, run: RunId, failure: &Failure, exit: Exit) -> Result<()> {
    let ended = Some((jiff::Timestamp::now(), exit));
    ledger.set_state(run, RunState::Refused, ended, Some(failure.code)).await
}
