//! A run's result for programs: `--json` and `summary.json` (`cli.md`, "The result").
//!
//! Keys are English whatever the language. It holds counts, places and one example of each kind of problem; no
//! body, no token.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::books::{Books, State, Tally};
use crate::drift::Change;
use crate::lang::{Code, Lang};
use crate::ledger::{Evidence, FileEntry, Run, UploadCounts};
use crate::portfolio::blanks::BlankCount;
use crate::portfolio::control::FilterCount;
use crate::problem::{AGAIN_AT, EARLIER_RUN, EARLIER_UNSENT, Exit, Failure, Place, Problem, Severity};

use super::causes::Causes;
use super::mask;
use super::said::Said;

/// A run's result.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// The run.
    pub run: i64,
    /// The first run of its chain.
    pub root: i64,
    /// The ledger that knows the run.
    pub ledger: String,
    /// `loaded`, `checked`, `partial`, `stopped`, `held`, `refused`.
    pub status: String,
    /// The exit code.
    pub exit: u8,
    /// Name of the target.
    pub target: String,
    /// The server's name.
    pub server: String,
    /// The operation.
    pub operation: String,
    /// The files read.
    pub files: Vec<Value>,
    /// When it began.
    pub started_at: String,
    /// When it ended.
    pub finished_at: Option<String>,
    /// How long it took.
    pub elapsed_s: f64,
    /// The books in rows.
    pub books: Value,
    /// The books in records.
    pub records: Value,
    /// The books in obligations.
    pub obligations: Value,
    /// The books in money.
    pub money: Value,
    /// The books of the whole chain, in the same four measures, when the run is not alone in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chain: Option<Value>,
    /// What the sending came to.
    pub upload: UploadCounts,
    /// What became of blank cells, by field.
    pub blanks: Vec<BlankCount>,
    /// What the filters left out.
    pub filters: Vec<FilterCount>,
    /// What is not as it was in earlier loads: code, severity, place, figures before and now, the run compared with.
    pub drift: Vec<Value>,
    /// What the comparison with what the CRM has came to, where only what has changed was to be sent.
    pub only_changed: Option<OnlyChanged>,
    /// The records that the mapping's last file had and this one does not, in the same case.
    pub gone: Option<Gone>,
    /// The day up to which days in arrears were counted, where they were.
    pub as_of: Option<String>,
    /// Why rows are not loaded, what weighs most first; their rows add up to what the books miss.
    pub causes: Vec<Value>,
    /// Problems by code.
    pub problems: Vec<ProblemCount>,
    /// Paths of the report's files.
    pub reports: Vec<String>,
    /// The command to run next.
    pub next: Option<String>,
    /// Why it was refused or stopped.
    pub error: Option<Value>,
}

/// What the comparison with what the CRM has came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OnlyChanged {
    /// Whether all of the file was sent: nothing was known, or a full load was due.
    pub full: bool,
    /// The run that sent the unchanged records, or the last of several.
    pub since: Option<i64>,
    /// Records that an earlier run holds, and that are counted as unknown here.
    pub held: u64,
    /// That run, or the first of several.
    pub held_by: Option<i64>,
}

/// Records that are no longer in the file. They are still in the CRM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gone {
    /// How many.
    pub records: u64,
    /// How many of them `gone.csv` names; the others were sent by runs that are forgotten.
    pub listed: u64,
    /// The run of the file that had them; none where there is none to compare with.
    pub since: Option<i64>,
}

/// How often a code occurred, with one example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProblemCount {
    /// The code.
    pub code: Code,
    /// Whether it held the rows back.
    pub severity: Severity,
    /// How many rows have it.
    pub count: u64,
    /// One of them.
    pub example: String,
}

/// What a summary is made of.
#[derive(Debug)]
pub struct Facts<'f> {
    /// The run.
    pub run: &'f Run,
    /// The ledger's name.
    pub ledger: &'f str,
    /// How it ended.
    pub exit: Exit,
    /// Its status word.
    pub status: &'static str,
    /// Its files.
    pub files: &'f [FileEntry],
    /// Its books.
    pub books: &'f Books,
    /// The books of its chain, when it is not alone in it.
    pub chain: Option<&'f Books>,
    /// Its sending.
    pub upload: UploadCounts,
    /// Why rows are not loaded.
    pub causes: &'f Causes,
    /// Its problems, counted.
    pub problems: Vec<ProblemCount>,
    /// What the comparison with what the CRM has came to.
    pub compared: Option<(OnlyChanged, Gone)>,
    /// The next command.
    pub next: Option<String>,
    /// Why it was refused or stopped.
    pub failure: Option<&'f Failure>,
    /// The language of the texts.
    pub lang: Lang,
}

impl Summary {
    /// The summary of these facts.
    pub fn of(facts: Facts<'_>) -> Summary {
        let run = facts.run;
        let elapsed = run.finished_at.map_or(0.0, |end| end.duration_since(run.started_at).as_secs_f64());
        let column = run.plan.as_ref().and_then(|plan| plan.money_column.clone());
        Summary {
            run: run.id,
            root: run.root,
            ledger: facts.ledger.to_owned(),
            status: facts.status.to_owned(),
            exit: facts.exit.code(),
            target: run.target.clone(),
            server: run.server.clone(),
            operation: run.operation.clone(),
            files: facts.files.iter().map(file).collect(),
            started_at: run.started_at.to_string(),
            finished_at: run.finished_at.map(|at| at.to_string()),
            elapsed_s: elapsed,
            books: rows(&facts.books.rows),
            records: counts(&facts.books.records),
            obligations: counts(&facts.books.obligations),
            money: money(facts.books, column.as_deref()),
            chain: facts.chain.map(|books| {
                json!({
                    "books": rows(&books.rows),
                    "records": counts(&books.records),
                    "obligations": counts(&books.obligations),
                    "money": money(books, column.as_deref()),
                })
            }),
            upload: facts.upload,
            blanks: run.plan.as_ref().map_or_else(Vec::new, |plan| plan.blanks.clone()),
            filters: run.plan.as_ref().map_or_else(Vec::new, |plan| plan.filtered.clone()),
            drift: run.plan.iter().flat_map(|plan| &plan.drift).map(|c| change(c, facts.lang)).collect(),
            only_changed: facts.compared.as_ref().map(|(only_changed, _)| only_changed.clone()),
            gone: facts.compared.map(|(_, gone)| gone),
            as_of: run.settings["as_of"].as_str().map(str::to_owned),
            causes: facts.causes.json(),
            problems: facts.problems,
            reports: Vec::new(),
            next: facts.next,
            error: facts.failure.map(|failure| error(failure, facts.lang)),
        }
    }
}

/// The result of a command that failed before there was a run: every key is there, and says nothing.
pub fn without_run(failure: &Failure, lang: Lang) -> Value {
    let exit = failure.exit();
    let books = Books::default();
    json!({
        "run": null, "root": null, "status": exit.status(), "exit": exit.code(),
        "target": null, "server": null, "operation": null, "files": [],
        "started_at": null, "finished_at": null, "elapsed_s": 0.0,
        "books": rows(&books.rows), "records": counts(&books.records), "obligations": counts(&books.obligations),
        "money": money(&books, None), "upload": UploadCounts::default(), "blanks": [],
        "filters": [], "drift": [], "only_changed": null, "gone": null, "as_of": null, "causes": [], "problems": [], "reports": [],
        "next": null, "error": error(failure, lang),
    })
}

/// A failure as JSON.
pub fn error(failure: &Failure, lang: Lang) -> Value {
    let number = |name: &str| failure.value(name, lang).and_then(|text| text.parse::<i64>().ok());
    let mut error = json!({
        "code": failure.code,
        "message": failure.what(lang),
        "place": failure.place.as_ref().map(Place::to_string),
        "next": failure.fix(lang),
    });
    // What a program needs of some failures, and would otherwise have to read out of a sentence.
    if let Some(at) = failure.value(AGAIN_AT, lang) {
        error["again_at"] = at.into();
    }
    if let Some(run) = number(EARLIER_RUN) {
        error["earlier"] = json!({ "run": run, "rows_unsent": number(EARLIER_UNSENT) });
    }
    error
}

/// A change since earlier loads as JSON; its figures are plain digits, shares in percent.
fn change(change: &Change, lang: Lang) -> Value {
    json!({
        "code": change.code,
        "severity": change.weight,
        "place": change.place,
        "column": change.column,
        "before": change.before.plain(),
        "now": change.now.plain(),
        "factor": change.factor,
        "run": change.run,
        "message": change.what(lang),
        "next": change.fix(lang),
    })
}

fn file(file: &FileEntry) -> Value {
    json!({ "name": file.name, "fingerprint": file.fingerprint, "bytes": file.bytes, "rows": file.rows })
}

fn rows(tally: &Tally<u64>) -> Value {
    states("rows_", tally.read.into(), |state| tally.of(state).into())
}

fn counts(tally: &Tally<u64>) -> Value {
    states("", tally.read.into(), |state| tally.of(state).into())
}

fn money(books: &Books, column: Option<&str>) -> Value {
    let text = |amount: Decimal| Value::String(amount.to_string());
    let mut value = states("", text(books.money.read), |state| text(books.money.of(state)));
    if let Value::Object(map) = &mut value {
        map.insert("column".to_owned(), column.into());
        map.insert("unreadable_rows".to_owned(), books.unreadable_rows.into());
    }
    value
}

fn states(prefix: &str, read: Value, of: impl Fn(State) -> Value) -> Value {
    let mut map = Map::new();
    map.insert(format!("{prefix}read"), read);
    for state in State::ALL {
        map.insert(format!("{prefix}{}", state.as_str()), of(state));
    }
    Value::Object(map)
}

/// Counts problems and the CRM's rejections by code, the most frequent first; their examples are masked unless that
/// is asked otherwise.
pub fn count_problems(
    problems: &[Problem],
    evidence: &Evidence,
    run: i64,
    (lang, unmasked): (Lang, bool),
    said: &Said,
) -> Vec<ProblemCount> {
    let mut counts: BTreeMap<(Severity, Code), (u64, String)> = BTreeMap::new();
    let mut count = |severity: Severity, code: Code, example: &dyn Fn() -> String| {
        let (count, text) = counts.entry((severity, code)).or_default();
        *count += 1;
        if text.is_empty() {
            *text = example();
        }
    };
    let own: Vec<_> = evidence.tables.iter().filter(|table| table.run == run).collect();
    for problem in problems {
        count(problem.severity, problem.code, &|| {
            let table = own.get(problem.row.table as usize);
            let place = table.map(|table| table.place(problem.row.number, problem.column).to_string());
            format!("{}: {}", place.unwrap_or_default(), mask::problem(problem, unmasked).what(lang))
        });
    }
    for (table, rows) in evidence.tables.iter().zip(evidence.failed.iter().zip(&evidence.pending)) {
        for row in rows
            .0
            .iter()
            .chain(rows.1)
            .filter(|row| row.state != State::Invalid && row.state != State::Unsent)
        {
            count(Severity::Error, row.code, &|| {
                let words = row.code.words(lang).what;
                let said = said.told(&row.detail);
                let what = crate::lang::fill(words, &[("value", &said), ("expected", &said)]);
                format!("{}: {what}", table.place(row.number, None))
            });
        }
    }
    let mut list: Vec<ProblemCount> = counts
        .into_iter()
        .map(|((severity, code), (count, example))| ProblemCount { code, severity, count, example })
        .collect();
    list.sort_by_key(|problem| std::cmp::Reverse(problem.count));
    list
}
