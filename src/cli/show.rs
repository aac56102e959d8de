//! `cartera show RUN`: its books, its chunks, one chunk's exact body, what is unknown.

use serde_json::{Value, json};

use crate::books::State;
use crate::lang::{Lang, Say};
use crate::ledger::{Ledger, Run};
use crate::problem::{Exit, Failure, Result};
use crate::report::{mask, terminal};
use crate::target::{self, Body};

use super::Desk;
use super::args::ShowArgs;
use super::targets::heading;

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
            "rows_unsent": left(State::Unsent), "rows_unknown": left(State::Unknown), "rows_open": open,
            "purged_at": run.purged_at.map(|at| at.to_string()), "chunks": lines,
        });
        desk.screen.result(&format!("{result}\n"));
        return Ok(());
    }
    let column = run.plan.as_ref().and_then(|plan| plan.money_column.as_deref());
    let head = Say::HeadLoad.with(lang, &[("run", &run.id.to_string())]);
    let mut text = format!(
        "{head} · {} · {} · {} / {}\n\n{}",
        run.kind.as_str(),
        run.state.as_str(),
        run.server,
        run.operation,
        terminal::books(&books, column, Say::StateUnsent, lang)
    );
    if let Some(at) = run.purged_at {
        let day = at.strftime("%Y-%m-%d").to_string();
        terminal::put_line(&mut text, &Say::PurgedLine.with(lang, &[("day", &day)]));
    }
    if chain.len() > 1 {
        let chain_books = ledger.chain_books(run.root).await?;
        text.push('\n');
        terminal::put_line(&mut text, &Say::HeadChain.with(lang, &[("run", &run.root.to_string())]));
        text.push_str(&terminal::books(&chain_books, column, Say::StateUnsent, lang));
    }
    let rows: Vec<[String; 7]> = lines
        .iter()
        .map(|line| {
            [
                line.parent
                    .map_or_else(|| line.number.to_string(), |parent| format!("{} ← {parent}", line.number)),
                line.state.clone(),
                lang.count(line.records),
                lang.count(line.rejected),
                lang.count(line.unknown),
                lang.count(line.attempts),
                line.code.clone().unwrap_or_default(),
            ]
        })
        .collect();
    if !rows.is_empty() {
        text.push('\n');
        text.push_str(&terminal::table(&heading(Say::ChunksHeading, lang), &rows));
    }
    desk.screen.result(&text);
    Ok(())
}

async fn chunk(desk: &Desk, ledger: &Ledger, run: &Run, (number, args): (u32, &ShowArgs)) -> Result<()> {
    let (loaded, attempts) = ledger.chunk_by_number(run.id, number).await?;
    let target =
        target::by_name(&run.target).ok_or_else(|| Failure::new(crate::lang::Code::LedgerForeign))?;
    let Body::Json(body) = target.request(&run.operation, &loaded.chunk.fragments()).body;
    let exact = String::from_utf8_lossy(&body).into_owned();
    let mut body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if !args.unmasked {
        mask::body(&mut body);
    }
    if desk.screen.json {
        let result = json!({ "run": run.id, "chunk": number, "body": body, "attempts": attempts });
        desk.screen.result(&format!("{result}\n"));
        return Ok(());
    }
    let lang = desk.lang();
    let rows: Vec<[String; 5]> = attempts
        .into_iter()
        .map(|attempt| {
            [
                attempt.started_at,
                attempt.finished_at.unwrap_or_default(),
                attempt.verdict.unwrap_or_default(),
                attempt.status.map_or_else(String::new, |status| status.to_string()),
                attempt.detail.unwrap_or_default(),
            ]
        })
        .collect();
    let table = terminal::table(&heading(Say::AttemptsHeading, lang), &rows);
    let shown = if args.unmasked { exact } else { format!("{body:#}") };
    desk.screen.result(&format!("{table}\n{shown}\n"));
    Ok(())
}

async fn unknown(desk: &Desk, ledger: &Ledger, run: &Run, args: &ShowArgs) -> Result<()> {
    let shown = |key: &str| if args.unmasked { key.to_owned() } else { mask::text(key) };
    let keys = ledger.unknown_keys(run.id).await?;
    if desk.screen.json {
        let list: Vec<Value> = keys
            .iter()
            .map(|(chunk, key, code)| json!({ "chunk": chunk, "key": shown(key), "code": code }))
            .collect();
        desk.screen.result(&format!("{}\n", json!({ "run": run.id, "unknown": list })));
        return Ok(());
    }
    let lang: Lang = desk.lang();
    let rows: Vec<[String; 3]> =
        keys.iter().map(|(chunk, key, code)| [chunk.to_string(), shown(key), code.clone()]).collect();
    if rows.is_empty() {
        desk.screen.result(&format!("{}\n", Say::NothingUnknown.text(lang)));
    } else {
        desk.screen.result(&terminal::table(&heading(Say::UnknownHeading, lang), &rows));
    }
    Ok(())
}
