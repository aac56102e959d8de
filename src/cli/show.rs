//! `cartera show RUN`: its books, its chunks, one chunk's exact body, what is unknown.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::books::State;
use crate::lang::interface::duration;
use crate::lang::{Lang, Say, bare, fill, states};
use crate::ledger::{AttemptLine, ChunkLine, Ledger, Run, RunKind, UnknownRecord};
use crate::problem::{Exit, Result};
use crate::report::measures::Measures;
use crate::report::terminal::wrapped;
use crate::report::{mask, terminal};
use crate::target::hole;

use super::Desk;
use super::args::ShowArgs;
use super::outcome::read_back_line;
use super::sending::{dialect_of, target_of, with_ids};
use super::targets::heading;

/// Most chunks that are listed; `--json` has all of them.
const CHUNKS_SHOWN: usize = 20;
/// The most that a file's name takes of a line.
const NAME_WIDTH: usize = 60;

pub(super) async fn run(desk: &Desk, args: ShowArgs) -> Result<Exit> {
    let ledger = desk.ledger().await?;
    let run = ledger.find_run(&args.run).await?;
    if args.chunk.is_some() || args.unknown {
        Ledger::needs_rows(&run)?;
    }
    match args.chunk {
        Some(number) => chunk(desk, &ledger, &run, (number, &args)).await?,
        None if args.unknown => unknown(desk, &ledger, &run, &args).await?,
        None => books(desk, &ledger, &run).await?,
    }
    Ok(Exit::Done)
}

async fn books(desk: &Desk, ledger: &Ledger, run: &Run) -> Result<()> {
    let lang = desk.lang();
    let books = ledger.books(run).await?;
    let chain = ledger.chain(run.root).await?;
    let files = ledger.files(run.id).await?;
    let lines = ledger.chunk_lines(run.id).await?;
    if desk.screen.json {
        // A load stands for its chain, as in the list of runs.
        let rows_read = books.rows.read;
        let of_chain = if run.id == run.root { ledger.chain_books(run.root).await? } else { books };
        let left = |state| of_chain.rows.of(state);
        let open =
            [State::Invalid, State::Rejected, State::Unknown, State::Unsent].map(left).iter().sum::<u64>();
        let result = json!({
            "run": run.id, "root": run.root, "kind": run.kind.as_str(), "state": run.state.as_str(),
            "exit": run.exit, "rows_read": rows_read, "chain": chain.iter().map(|run| run.id).collect::<Vec<_>>(),
            "started_at": run.started_at.to_string(), "finished_at": run.finished_at.map(|at| at.to_string()),
            "rows_unsent": left(State::Unsent), "rows_unknown": left(State::Unknown), "rows_open": open,
            "stop": run.stop, "files": files.iter().map(|file| &file.name).collect::<Vec<_>>(),
            "purged_at": run.purged_at.map(|at| at.to_string()), "chunks": lines,
        });
        desk.screen.result(&format!("{result}\n"));
        return Ok(());
    }
    let zone = desk.settings(desk.given())?.zone;
    let measures = Measures::of(run);
    let mut text = head(run, (lang, &zone));
    for file in &files {
        let rows = lang.count(file.rows);
        let values = [("name", terminal::shortened(&file.name, NAME_WIDTH)), ("rows", rows)];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        terminal::put_line(&mut text, &format!("  {}", Say::FileLine.with(lang, &values)));
    }
    text.push('\n');
    let planned = if run.kind == RunKind::Check { Say::StateValid } else { Say::StateUnsent };
    text.push_str(&terminal::books(&books, measures, planned, lang));
    if let Some(at) = run.purged_at {
        let day = lang.day(at.to_zoned(zone.clone()).date());
        terminal::put_line(&mut text, &Say::PurgedLine.with(lang, &[("day", &day)]));
    }
    let chain_books = ledger.chain_books(run.root).await?;
    if chain.len() > 1 && chain_books != books {
        text.push('\n');
        terminal::put_line(&mut text, &Say::HeadChain.with(lang, &[("run", &run.root.to_string())]));
        text.push_str(&terminal::books(&chain_books, measures, Say::StateUnsent, lang));
    }
    if !lines.is_empty() {
        text.push('\n');
        text.push_str(&chunks(&lines, lang));
    }
    desk.screen.result(&text);
    Ok(())
}

/// What the run was, where it went, when, and why it stopped.
fn head(run: &Run, (lang, zone): (Lang, &TimeZone)) -> String {
    let name = if run.kind == RunKind::Check { Say::HeadCheck } else { Say::HeadLoad };
    let mut line = name.with(lang, &[("run", &run.id.to_string())]);
    if !matches!(run.kind, RunKind::Load | RunKind::Check) {
        let root = Say::RunsOfRun.with(lang, &[("run", &run.root.to_string())]);
        line = format!("{line} ({} {root})", states::run_kind(run.kind.as_str(), lang));
    }
    let state = states::run_state(run.state.as_str(), lang);
    let tenant = if run.server.is_empty() {
        String::new()
    } else {
        format!(" · {} / {}", terminal::shortened(&run.server, 30), terminal::shortened(&run.operation, 20))
    };
    let mut text = format!("{line} · {}{tenant}: {state}\n", run.target);
    let start = lang.moment(run.started_at, zone);
    let times = match run.finished_at {
        Some(end) => {
            let time = Duration::try_from(end.duration_since(run.started_at)).unwrap_or_default();
            let values = [("start", start), ("end", lang.moment(end, zone)), ("time", duration(lang, time))];
            let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
            let date = |at: Timestamp| at.to_zoned(zone.clone()).date();
            let say = if date(end) == date(run.started_at) { Say::ShowShort } else { Say::ShowTimes };
            say.with(lang, &values)
        }
        None => Say::ShowStarted.with(lang, &[("start", &start)]),
    };
    terminal::put_line(&mut text, &format!("  {times}"));
    if let Some(code) = run.stop {
        let values = [("what", bare(code.words(lang).what)), ("code", code.as_str())];
        terminal::put_line(&mut text, &wrapped(&Say::ShowStopped.with(lang, &values), "  "));
    }
    text
}

/// The chunks that a person should look at first, or all where there are few.
fn chunks(lines: &[ChunkLine], lang: Lang) -> String {
    let is_quiet = |line: &&ChunkLine| {
        line.state == "settled" && line.rejected + line.unknown == 0 && line.attempts <= 1
    };
    let few = lines.len() <= CHUNKS_SHOWN;
    let shown: Vec<&ChunkLine> =
        lines.iter().filter(|line| few || !is_quiet(line)).take(CHUNKS_SHOWN).collect();
    let rows: Vec<[String; 7]> = shown.iter().map(|line| chunk_row(line, lang)).collect();
    let mut text = if rows.is_empty() {
        String::new()
    } else {
        terminal::table(&heading(Say::ChunksHeading, lang), &rows)
    };
    let left = lines.len() - rows.len();
    if left > 0 {
        let all_quiet = lines.iter().filter(is_quiet).count() >= left;
        let say = if all_quiet { Say::ShowQuiet } else { Say::DriftMore };
        let said = say.with(lang, &[("count", &lang.count(left as u64))]);
        terminal::put_line(&mut text, &format!("  {said}"));
    }
    text
}

fn chunk_row(line: &ChunkLine, lang: Lang) -> [String; 7] {
    let number = line.number.to_string();
    [
        line.parent.map_or(number.clone(), |parent| format!("{number} ← {parent}")),
        states::chunk_state(&line.state, lang).to_owned(),
        lang.count(line.records),
        lang.count(line.rejected),
        lang.count(line.unknown),
        lang.count(line.attempts),
        line.code.clone().unwrap_or_default(),
    ]
}

async fn chunk(desk: &Desk, ledger: &Ledger, run: &Run, (number, args): (u32, &ShowArgs)) -> Result<()> {
    let (loaded, mut attempts) = ledger.chunk_by_number(run.id, number).await?;
    let chunk = ledger.with_bodies(loaded.chunk).await?;
    let fragments: Vec<Vec<u8>> = with_ids(ledger, run, chunk.fragments()).await?;
    let fragments: Vec<&[u8]> = fragments.iter().map(Vec::as_slice).collect();
    let body = target_of(run)?.request(&dialect_of(run), &fragments).body.shown();
    let exact = String::from_utf8_lossy(&body).into_owned();
    let mut body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if !args.unmasked {
        mask::body(&mut body);
        let told = |detail: &mut String| *detail = mask::repeated(detail, &fragments);
        attempts.iter_mut().filter_map(|attempt| attempt.detail.as_mut()).for_each(told);
    }
    if desk.screen.json {
        let result = json!({ "run": run.id, "chunk": number, "body": body, "attempts": attempts });
        desk.screen.result(&format!("{result}\n"));
        return Ok(());
    }
    let lang = desk.lang();
    let zone = desk.settings(desk.given())?.zone;
    let mut table = String::new();
    for (number, attempt) in (1..).zip(&attempts) {
        terminal::put_line(&mut table, &attempt_line(number, attempt, (lang, &zone)));
        let detail = states::detail(attempt.detail.as_deref().unwrap_or_default(), lang);
        if !detail.is_empty() {
            terminal::put_line(&mut table, &format!("     {detail}"));
        }
    }
    let wanted = hole::told(&mut body, &|value| Say::HoleWanted.with(lang, &[("value", value)]));
    let shown = if args.unmasked && !wanted { exact } else { format!("{body:#}") };
    desk.screen.result(&format!("{table}\n{shown}\n"));
    Ok(())
}

fn attempt_line(number: u32, attempt: &AttemptLine, (lang, zone): (Lang, &TimeZone)) -> String {
    let at = |text: &str| text.parse::<Timestamp>().ok();
    let start = at(&attempt.started_at);
    let end = attempt.finished_at.as_deref().and_then(at);
    let time = start.zip(end).map(|(start, end)| end.duration_since(start).as_secs_f64().max(0.0));
    let time = time.map_or_else(
        || Say::ShowUnended.text(lang).to_owned(),
        |time| Say::Seconds.with(lang, &[("n", &lang.decimal(time, 1))]),
    );
    let verdict = attempt.verdict.as_deref().map_or("…", |word| states::verdict(word, lang));
    let values = [
        ("number", number.to_string()),
        ("start", start.map_or_else(|| attempt.started_at.clone(), |at| lang.exact_moment(at, zone))),
        ("time", time),
        ("verdict", verdict.to_owned()),
        ("status", attempt.status.map_or_else(String::new, |status| format!(" (HTTP {status})"))),
    ];
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    Say::ShowAttempt.with(lang, &values)
}

/// Masks what was said of records, with all that it repeats of any record of the same chunk.
async fn mask_details(ledger: &Ledger, run: &Run, records: &mut [UnknownRecord]) -> Result<()> {
    for of_chunk in records.chunk_by_mut(|one, next| one.chunk == next.chunk) {
        if of_chunk.iter().all(|record| record.detail.is_empty()) {
            continue;
        }
        let (loaded, _) = ledger.chunk_by_number(run.id, of_chunk[0].chunk).await?;
        let chunk = ledger.with_bodies(loaded.chunk).await?;
        for record in of_chunk {
            record.detail = mask::repeated(&record.detail, &chunk.fragments());
        }
    }
    Ok(())
}

async fn unknown(desk: &Desk, ledger: &Ledger, run: &Run, args: &ShowArgs) -> Result<()> {
    let shown = |key: &str| if args.unmasked { key.to_owned() } else { mask::text(key) };
    let mut records = ledger.unknown_records(run.id).await?;
    if !args.unmasked {
        mask_details(ledger, run, &mut records).await?;
    }
    let upload = ledger.upload_counts(run.id).await?;
    if desk.screen.json {
        let one = |record: &UnknownRecord| {
            let UnknownRecord { chunk, key, code, detail } = record;
            json!({ "chunk": chunk, "key": shown(key), "code": code, "detail": detail })
        };
        let list: Vec<Value> = records.iter().map(one).collect();
        let result = json!({ "run": run.id, "unknown": list, "read_back": upload.read_back });
        desk.screen.result(&format!("{result}\n"));
        return Ok(());
    }
    let lang: Lang = desk.lang();
    let row = |record: &UnknownRecord| {
        let what = fill(record.code.words(lang).what, &[("value", &record.detail)]);
        [record.chunk.to_string(), shown(&record.key), record.code.to_string(), what]
    };
    let rows: Vec<[String; 4]> = records.iter().map(row).collect();
    let mut text = read_back_line(&upload, lang).map_or_else(String::new, |line| format!("{line}\n\n"));
    if rows.is_empty() {
        terminal::put_line(&mut text, Say::NothingUnknown.text(lang));
    } else {
        text.push_str(&terminal::table(&heading(Say::UnknownHeading, lang), &rows));
    }
    desk.screen.result(&text);
    Ok(())
}
