//! The end of a run: its exit status, its report files, and what is shown of it.

use std::path::Path;

use jiff::tz::TimeZone;

use crate::books::{Books, State};
use crate::lang::interface::duration;
use crate::lang::{Code, Lang, Say};
use crate::ledger::{
    Evidence, FileEntry, Ledger, ReadBackCounts, Run, RunId, RunKind, RunState, UploadCounts,
};
use crate::mapping;
use crate::problem::{Exit, Failure, Result};
use crate::quantities::Rate;
use crate::report::causes::{Causes, Telling};
use crate::report::gone::named;
use crate::report::html::Case;
use crate::report::measures::Measures;
use crate::report::said::Said;
use crate::report::summary::{Facts, Summary, count_problems};
use crate::report::terminal;

use super::Desk;
use super::args::FolderArgs;
use super::changed;
use super::planning::SANDBOX;
use super::report_folder::{ReportFolder, folder_of};
use super::sending::estimate;

/// Whether every row is loaded, unchanged, skipped, or (in a check) valid.
pub(super) fn all_good(books: &Books) -> bool {
    [State::Invalid, State::Rejected, State::Unknown].iter().all(|state| books.rows.of(*state) == 0)
}

/// The CRM's answers count records; of an obligation they say nothing.
fn note_person_level(summary: &mut Summary, run: &Run, books: &Books) {
    if books.obligations.of(State::Loaded) > 0 && run.kind != RunKind::Check {
        summary.obligations["accepted_by"] = "record".into();
    }
}

/// Brings a run to its end.
pub(super) struct Ending<'e> {
    pub(super) desk: &'e Desk,
    pub(super) ledger: &'e Ledger,
    pub(super) folder: &'e FolderArgs,
    /// The zone of the times that are shown. A configuration that is changed meanwhile must not end a run in words of
    /// its own.
    pub(super) zone: &'e TimeZone,
}

impl Ending<'_> {
    /// Writes down how the run ended, writes its report, and shows it.
    pub(super) async fn close(&self, run: RunId, failure: Option<&Failure>) -> Result<Exit> {
        let mut run = self.ledger.run(run).await?;
        let books = self.ledger.books(&run).await?;
        let exit = exit_of(&run, &books, failure);
        if matches!(run.state, RunState::Planned | RunState::Sending) {
            let state = if exit == Exit::Stopped || failure.is_some() {
                RunState::Stopped
            } else {
                RunState::Finished
            };
            let at = jiff::Timestamp::now();
            let stop = failure.map(|failure| failure.code);
            self.ledger.set_state(run.id, state, Some((at, exit)), stop).await?;
            run = self.ledger.run(run.id).await?;
        }
        let shown = self.show(&run, &books, exit, failure).await;
        if let (Err(_), Some(failure)) = (&shown, failure) {
            // A report that cannot be written must not hide why the run stopped.
            self.desk.screen.failure(failure);
        }
        shown.map(|()| exit)
    }

    /// Writes the report of a run as it stands and shows it; nothing is changed in the ledger.
    pub(super) async fn show(
        &self,
        run: &Run,
        books: &Books,
        exit: Exit,
        failure: Option<&Failure>,
    ) -> Result<()> {
        let (lang, unmasked) = (self.desk.lang(), self.folder.unmasked);
        let evidence = self.evidence(run).await?;
        let mapping =
            mapping::file::parse(run.settings["mapping_path"].as_str().unwrap_or_default(), &run.mapping);
        let telling = Telling { run: run.id, mapping: mapping.as_ref().ok(), unmasked, lang };
        let said = Said::of(&evidence, mapping.as_ref().ok(), unmasked);
        let found = self.ledger.problems(run.id).await?;
        let problems = count_problems(&found, &evidence, run.id, (lang, unmasked), &said);
        let causes = Causes::of(&evidence, telling);
        let files = self.ledger.files(run.id).await?;
        let chain = Chain::of(self.ledger, run).await?;
        let folder = self.folder.folder.clone().unwrap_or_else(|| folder_of(run, self.ledger));
        let gone = self.ledger.gone(run.id).await?;
        let compared = changed::facts(self.ledger, run, gone.len()).await?;
        let next = next_command(run, books, failure, &folder);
        let next = changed::next(self.ledger, books, compared.as_ref(), next).await?;
        let mut summary = Summary::of(Facts {
            run,
            ledger: self.ledger.id(),
            exit,
            status: status_of(run, exit),
            files: &files,
            books,
            chain: chain.as_ref().map(|chain| &chain.books),
            upload: self.ledger.upload_counts(run.id).await?,
            causes: &causes,
            problems,
            compared,
            next,
            failure,
            lang,
        });
        note_person_level(&mut summary, run, books);
        let case = Case {
            run,
            summary: &summary,
            books,
            chain: chain.as_ref().map(|chain| (&chain.runs[..], &chain.books)),
            files: chain.as_ref().map_or(&files, |chain| &chain.files),
            causes: &causes,
            evidence: &evidence,
            said: &said,
            departures: &self.ledger.departures(run.id).await?,
            rehearsed: run.server == SANDBOX,
            unmasked,
            zone: self.zone,
            now: jiff::Timestamp::now(),
            lang,
        };
        let spools = self.ledger.folder();
        summary.reports = ReportFolder::new(self.desk, (&folder, spools), case, &gone).write()?;
        self.remember(run, &folder).await?;
        let text = if self.desk.screen.json {
            serde_json::to_string(&summary).map_err(internal)? + "\n"
        } else {
            self.text(
                run,
                &summary,
                (books, chain.as_ref().map(|chain| &chain.books)),
                (&causes, &named(&gone)),
            )
        };
        self.desk.screen.result(&text);
        if let Some(failure) = failure {
            self.desk.screen.failure(failure);
        }
        // The process ends after this, and takes less time for it than the rows would to be taken apart one by one.
        std::mem::forget(evidence);
        Ok(())
    }

    /// Remembers where the report is, and leaves a ledger whose own file is whole.
    async fn remember(&self, run: &Run, folder: &Path) -> Result<()> {
        let whole = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
        self.ledger.note_report(run.id, &whole.to_string_lossy()).await?;
        self.ledger.checkpoint().await
    }

    /// What the report says of rows that did not go in.
    async fn evidence(&self, run: &Run) -> Result<Evidence> {
        let mut evidence = self.ledger.evidence(run.id).await?;
        if run.state == RunState::Refused {
            // What was refused waits for nothing.
            evidence.pending.iter_mut().for_each(Vec::clear);
        }
        Ok(evidence)
    }

    /// The result for a person.
    fn text(
        &self,
        run: &Run,
        summary: &Summary,
        (books, chain): (&Books, Option<&Books>),
        (causes, gone): (&Causes, &str),
    ) -> String {
        let lang = self.desk.lang();
        let measures = Measures::of(run);
        let is_check = run.kind == RunKind::Check;
        let (head, planned) =
            if is_check { (Say::HeadCheck, Say::StateValid) } else { (Say::HeadLoad, Say::StateUnsent) };
        let mut text = format!("{}\n", terminal::headline(summary, head, lang));
        for file in &summary.files {
            let rows = lang.count(file["rows"].as_u64().unwrap_or_default());
            let values = [("name", file["name"].as_str().unwrap_or_default()), ("rows", &rows)];
            terminal::put_line(&mut text, &format!("  {}", Say::FileLine.with(lang, &values)));
        }
        text.push_str(&terminal::formats(&run.verdicts, (lang, self.folder.unmasked)));
        text.push_str(&terminal::filters(&summary.filters, lang));
        if let Some(day) = &summary.as_of {
            let day = lang.rewritten_day(day);
            terminal::put_line(&mut text, &format!("  {}", Say::AsOfLine.with(lang, &[("day", &day)])));
        }
        text.push('\n');
        text.push_str(&terminal::books(books, measures, planned, lang));
        if let Some(chain) = chain {
            text.push('\n');
            terminal::put_line(&mut text, &Say::HeadChain.with(lang, &[("run", &run.root.to_string())]));
            text.push_str(&terminal::books(chain, measures, planned, lang));
        }
        if is_check && !summary.blanks.is_empty() {
            text.push('\n');
            terminal::put_line(&mut text, Say::BlanksHead.text(lang));
            text.push_str(&terminal::blanks(&summary.blanks, measures, lang));
        }
        let changes = terminal::changes(summary, &books.records, gone, lang);
        let drift = terminal::drift(run.plan.as_ref().map_or(&[][..], |plan| &plan.drift), lang);
        let warnings = terminal::warnings(&summary.problems, lang);
        for part in [changes, drift, terminal::causes(causes, measures, lang), warnings] {
            if !part.is_empty() {
                text.push('\n');
                text.push_str(&part);
            }
        }
        text.push('\n');
        if summary.upload.requests > 0 {
            let count = |number: u64| lang.count(number);
            let values = [
                ("requests", count(summary.upload.requests)),
                ("chunks", count(summary.upload.chunks)),
                ("retries", count(summary.upload.retries)),
                ("throttled", count(summary.upload.throttled)),
            ];
            let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
            terminal::put_line(&mut text, &Say::UploadLine.with(lang, &values));
        }
        let obligations = books.obligations.of(State::Loaded);
        if summary.upload.requests > 0 && obligations > 0 && measures.has_lines() {
            let values = [("obligations", &*lang.count(obligations))];
            terminal::put_line(&mut text, &Say::PersonLevel.with(lang, &values));
        }
        if let Some(line) = read_back_line(&summary.upload, lang) {
            terminal::put_line(&mut text, &line);
        }
        if run.server == SANDBOX {
            terminal::put_line(&mut text, &real_estimate(run, summary.upload.chunks, lang));
        }
        for path in &summary.reports {
            terminal::put_line(&mut text, &Say::ReportsHead.with(lang, &[("path", path)]));
        }
        if let Some(next) = &summary.next {
            terminal::put_line(&mut text, &Say::NextHead.with(lang, &[("command", next)]));
        }
        text
    }
}

/// What looking for records of unknown outcome came to; nothing where none was looked for.
pub(super) fn read_back_line(upload: &UploadCounts, lang: Lang) -> Option<String> {
    let found = upload.read_back;
    let values = [
        ("lookups", upload.lookups),
        ("accepted", found.accepted),
        ("absent", found.absent),
        ("differs", found.differs),
        ("unclear", found.unclear),
    ];
    let values = values.map(|(name, number)| (name, lang.count(number)));
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    (found != ReadBackCounts::default()).then(|| Say::ReadBackLine.with(lang, &values))
}

fn status_of(run: &Run, exit: Exit) -> &'static str {
    match (run.kind, exit) {
        (RunKind::Check, Exit::Done) => "checked",
        _ => exit.status(),
    }
}

/// What a rehearsal says about the real load.
fn real_estimate(run: &Run, calls: u64, lang: crate::lang::Lang) -> String {
    let rate = run.settings["rate"].as_str().unwrap_or("2/s");
    let time = rate.parse::<Rate>().map(|rate| duration(lang, estimate(calls, rate))).unwrap_or_default();
    Say::RealEstimate.with(lang, &[("calls", &lang.count(calls)), ("time", &time), ("rate", rate)])
}

fn exit_of(run: &Run, books: &Books, failure: Option<&Failure>) -> Exit {
    if let Some(failure) = failure {
        return failure.exit();
    }
    if run.kind != RunKind::Check && books.rows.of(State::Unsent) > 0 {
        return Exit::Stopped;
    }
    if books.rows.of(State::Unknown) > 0 {
        return Exit::Held;
    }
    if all_good(books) { Exit::Done } else { Exit::Partial }
}

/// The command that fits what is left to do.
fn next_command(run: &Run, books: &Books, failure: Option<&Failure>, folder: &Path) -> Option<String> {
    let id = run.id;
    if failure.is_some_and(|failure| failure.exit() == Exit::Refused && failure.code != Code::Declined) {
        return None;
    }
    let looks_on = failure.is_some_and(|failure| failure.value("unread", Lang::default()).is_some());
    if run.kind != RunKind::Check && (books.rows.of(State::Unsent) > 0 || looks_on) {
        return Some(format!("cartera resume {id}"));
    }
    if books.rows.of(State::Unknown) > 0 {
        return Some(format!("cartera retry {id} --unknown"));
    }
    if all_good(books) {
        return None;
    }
    if matches!(run.kind, RunKind::Retry | RunKind::RetryUnknown) || books.rows.of(State::Invalid) == 0 {
        return Some(format!("cartera retry {id}"));
    }
    let command = if run.kind == RunKind::Check { "check" } else { "load" };
    let mapping = run.settings["mapping_path"].as_str().unwrap_or("MAPPING.toml");
    Some(format!("cartera {command} {} -m {mapping}{}", folder.join("errors.xlsx").display(), way_again(run)))
}

/// The flags that lead to the run's own tenant again.
fn way_again(run: &Run) -> String {
    if run.server == SANDBOX {
        return " --sandbox".to_owned();
    }
    let profile = run.settings["profile"].as_str().map(|profile| format!(" --profile {profile}"));
    let server = run.settings["server_url"].as_str();
    let typed = server.map(|server| format!(" --server {server} --operation {}", run.operation));
    profile.or(typed).unwrap_or_default()
}

/// The other runs of a run's chain.
struct Chain {
    runs: Vec<RunId>,
    books: Books,
    /// The files of the first run: a retry has none of its own.
    files: Vec<FileEntry>,
}

impl Chain {
    /// The chain of a run that is not alone in it.
    async fn of(ledger: &Ledger, run: &Run) -> Result<Option<Chain>> {
        let runs: Vec<RunId> = ledger.chain(run.root).await?.iter().map(|run| run.id).collect();
        if runs.len() < 2 {
            return Ok(None);
        }
        let (books, files) = (ledger.chain_books(run.root).await?, ledger.files(run.root).await?);
        Ok(Some(Chain { runs, books, files }))
    }
}

pub(super) fn internal(error: impl ToString) -> Failure {
    Failure::new(Code::Internal).with("reason", error)
}
