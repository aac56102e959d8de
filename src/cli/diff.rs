//! `cartera diff RUN RUN` and `cartera diff FILE -m M.toml --run RUN`: what is new, gone and changed since.
//!
//! A run stands for its chain, so that what was corrected afterwards counts. Nothing is written to the ledger and
//! nothing is sent; a file is read and mapped as `check` does it.

use std::path::Path;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::books::State;
use crate::diff::{Change, Comparison, Diff, Keep, Kind, Sum, page};
use crate::lang::{Code, Lang, Say};
use crate::ledger::{Ledger, Piece, Run, RunKind};
use crate::pipeline::{self, Earlier};
use crate::portfolio::{BodySettings, BodyUse};
use crate::problem::{Exit, Failure, Result};
use crate::report::{diff_workbook, mask, terminal};

use super::args::{ControlArgs, DiffArgs};
use super::planning::{read_mapping, show};
use super::sending::{dialect_of, target_of};
use super::spooled_workbook::spooled;
use super::targets::write_new;
use super::{Desk, workplace};

/// Records of a request that is never made.
const CHUNK_RECORDS: usize = 100;
/// How many of the largest changes of each kind are shown.
const SHOWN: usize = 5;
/// What a name takes of a line.
const NAME_WIDTH: usize = 50;

/// One of the two portfolios, for a person and for a program.
struct Side {
    name: String,
    json: Value,
    /// Rows that are in no record, and so in no comparison.
    invalid: u64,
}

pub(super) async fn run(desk: &Desk, args: DiffArgs) -> Result<Exit> {
    let ledger = desk.ledger().await?;
    let keep = if args.out.is_some() { Keep::All } else { Keep::Largest(SHOWN) };
    let mut comparison = Comparison::new(*ledger.secret(), keep);
    let (before, after) = match (&args.run, args.runs()) {
        (Some(name), _) => {
            let (run, side) = side_of(desk, &ledger, name).await?;
            each(&ledger, &run, |chunk| comparison.before(chunk)).await?;
            let file = tokio::task::block_in_place(|| with_file(desk, &args, &run, &mut comparison))?;
            each(&ledger, &run, |chunk| comparison.gone(chunk)).await?;
            (side, file)
        }
        (None, Some([first, second])) => {
            let (first, before) = side_of(desk, &ledger, &first).await?;
            let (second, after) = side_of(desk, &ledger, &second).await?;
            same_target(&first, &second.target)?;
            each(&ledger, &first, |chunk| comparison.before(chunk)).await?;
            each(&ledger, &second, |chunk| comparison.after(chunk)).await?;
            each(&ledger, &first, |chunk| comparison.gone(chunk)).await?;
            (before, after)
        }
        (None, None) => return Err(Failure::new(Code::DiffNeedsTwo)),
    };
    let diff = comparison.finish();
    let write = |path| write(&diff, (ledger.folder(), desk.lang()), (path, args.force));
    let written = args.out.as_deref().map(write).transpose()?;
    let sides = [&before, &after];
    let text = if desk.screen.json {
        format!("{}\n", to_json(&diff, sides, args.unmasked, written.as_deref()))
    } else {
        text(&diff, sides, args.unmasked, desk.lang()) + &written_line(written.as_deref(), desk.lang())
    };
    desk.screen.result(&text);
    Ok(Exit::Done)
}

/// A run that still has its records, and what it is called.
async fn side_of(desk: &Desk, ledger: &Ledger, name: &str) -> Result<(Run, Side)> {
    let run = ledger.find_run(name).await?;
    for run in ledger.chain(run.root).await? {
        Ledger::needs_rows(&run)?;
    }
    if run.kind == RunKind::Check {
        return Err(Failure::new(Code::RunWithoutRecords).with("value", run.id));
    }
    let root = ledger.run(run.root).await?;
    let zone: TimeZone = desk.settings(desk.given())?.zone;
    let lang = desk.lang();
    let files = ledger.files(root.id).await?;
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let day = lang.day(root.started_at.to_zoned(zone).date());
    let files = terminal::shortened(&names.join(", "), NAME_WIDTH);
    let values = [("run", run.id.to_string()), ("day", day), ("files", files)];
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    let invalid = ledger.chain_books(root.id).await?.rows.of(State::Invalid);
    let json = json!({ "run": run.id, "root": root.id, "files": names, "rows_invalid": invalid });
    Ok((run, Side { name: Say::DiffRun.with(lang, &values), json, invalid }))
}

/// Hands the records of a run's chain on, a chunk at a time.
async fn each(ledger: &Ledger, run: &Run, mut take: impl FnMut(&crate::portfolio::Chunk)) -> Result<()> {
    for id in ledger.chunks_of_chain(run.root).await? {
        let chunk = ledger.load_chunk(id).await?.chunk;
        take(&ledger.with_bodies(chunk).await?);
    }
    Ok(())
}

fn same_target(run: &Run, target: &str) -> Result<()> {
    if run.target == target {
        return Ok(());
    }
    let failure = Failure::new(Code::DiffOtherTarget).with("value", run.id);
    Err(failure.with("expected", &run.target).with("reason", target))
}

/// Reads a file as `check` does and hands its records on.
fn with_file(desk: &Desk, args: &DiffArgs, run: &Run, comparison: &mut Comparison) -> Result<Side> {
    let control = ControlArgs { as_of: args.as_of, ..ControlArgs::default() };
    let mapping = read_mapping(args.mapping.as_deref(), &control)?;
    same_target(run, &mapping.target)?;
    let settings = desk.settings(desk.given())?;
    let reading = desk.screen.reading();
    let inputs = args.inputs();
    let mut opened = pipeline::open(&inputs, &mapping, &workplace(&settings)?)?;
    let dialect = dialect_of(run);
    let bodies = BodySettings {
        target: target_of(run)?,
        dialect: &dialect,
        chunk_records: CHUNK_RECORDS,
        body_bytes_max: settings.max_body.0,
        break_after: Vec::new(),
        secret: None,
        known: None,
        use_of: BodyUse::Send,
    };
    let end = pipeline::plan(&mut opened, bodies, &Earlier::default(), &mut |piece| {
        show(&reading, &piece);
        if let Piece::Chunk { chunk, .. } = piece {
            comparison.after(&chunk);
        }
        Ok(())
    })?;
    let names: Vec<String> = inputs.iter().map(|input| input.path.display().to_string()).collect();
    let invalid = end.summary.books.rows.of(State::Invalid);
    let json = json!({ "run": null, "files": names, "rows_invalid": invalid });
    Ok(Side { name: terminal::shortened(&names.join(", "), NAME_WIDTH), json, invalid })
}

fn write(diff: &Diff, (spools, lang): (&Path, Lang), (path, force): (&Path, bool)) -> Result<String> {
    let mut bytes = Vec::new();
    spooled((spools, path), |spools| diff_workbook::workbook(diff, lang, spools, &mut bytes))?;
    write_new(path, &bytes, force)?;
    Ok(path.display().to_string())
}

fn written_line(path: Option<&str>, lang: Lang) -> String {
    path.map_or_else(String::new, |path| format!("{}\n", Say::ReportsHead.with(lang, &[("path", path)])))
}

/// The comparison for a person, between its two names and what is not in it.
fn text(diff: &Diff, [before, after]: [&Side; 2], unmasked: bool, lang: Lang) -> String {
    let mut text = String::new();
    terminal::put_line(&mut text, &Say::DiffFrom.with(lang, &[("name", &before.name)]));
    terminal::put_line(&mut text, &Say::DiffTo.with(lang, &[("name", &after.name)]));
    text.push('\n');
    text.push_str(&page::page(diff, unmasked, lang));
    if before.invalid + after.invalid > 0 {
        let counts = [before.invalid, after.invalid].map(|count| lang.count(count));
        let values = [("before", counts[0].as_str()), ("after", &counts[1])];
        text.push('\n');
        terminal::put_line(&mut text, &Say::DiffInvalid.with(lang, &values));
    }
    text
}

fn to_json(diff: &Diff, [before, after]: [&Side; 2], unmasked: bool, written: Option<&str>) -> Value {
    let sum = |sum: Sum| json!({ "records": sum.records, "obligations": sum.lines, "money": sum.money });
    let sums = |[before, after]: [Sum; 2]| {
        json!({
            "records": before.records.max(after.records), "before": sum(before), "after": sum(after),
            "difference": after.money - before.money,
        })
    };
    let change = |change: &Change| {
        let key = if unmasked { change.key.clone() } else { mask::text(&change.key) };
        json!({
            "kind": change.kind.as_str(), "key": key, "obligations": change.lines, "before": change.money[0],
            "after": change.money[1], "difference": change.difference(),
        })
    };
    let mut result = json!({ "before": before.json, "after": after.json });
    let whole = diff.whole();
    for (side, of) in ["before", "after"].into_iter().zip(whole) {
        result[side]["records"] = json!(of.records);
        result[side]["obligations"] = json!(of.lines);
        result[side]["money"] = json!(of.money);
    }
    for kind in Kind::ALL {
        result[kind.as_str()] = sums(diff.of(kind));
    }
    let largest = Kind::ALL.iter().flat_map(|kind| {
        diff.changes.iter().filter(move |change| change.kind == *kind).take(SHOWN).map(change)
    });
    result["largest"] = largest.collect();
    result["workbook"] = json!(written);
    result
}
