//! `report.html`: a run for the people who work with it. What is in, why the rest is not, what to do; then the
//! sending, the facts, and the rows.

use rust_decimal::Decimal;

use super::chart;
use super::parts::{books, files, state_word};
use super::{Case, Html, document};
use crate::books::State;
use crate::lang::{Code, Say};
use crate::ledger::{FailedRow, SourceTable};
use crate::problem::{Place, Severity};
use crate::report::causes::Cause;
use crate::report::{mask, terminal};

/// Most rows that the page shows; a browser has to sort and filter them.
const ROWS_SHOWN: usize = 1_000;

/// The page of a run.
pub fn page(case: &Case<'_>) -> String {
    let title = case.title();
    let mut html = Html::default();
    html.raw("<main>\n<header>\n").tagged("<h1>", &title, "</h1>\n");
    html.tagged("<p class=\"place\">", &place(case), "</p>\n").raw("</header>\n");
    if case.rehearsed {
        html.tagged("<p class=\"warn\">", case.say(Say::PageSandbox), "</p>\n");
    }
    if case.unmasked {
        html.tagged("<p class=\"warn\">", case.say(Say::PageRowsUnmasked), "</p>\n");
    }
    figures(&mut html, case);
    html.tagged(
        "<section aria-labelledby=\"books\">\n<h2 id=\"books\">",
        case.say(Say::BooksHead),
        "</h2>\n",
    );
    books(&mut html, case, case.books, case.say(Say::PageRunHead));
    if let Some((_, chain)) = case.chain {
        let name = Say::HeadChain.with(case.lang, &[("run", &case.run.root.to_string())]);
        books(&mut html, case, chain, &name);
    }
    html.raw("</section>\n");
    causes(&mut html, case);
    next(&mut html, case);
    chart::upload(&mut html, case);
    facts(&mut html, case);
    // They may be a thousand: whatever stood behind them would not be found.
    rows(&mut html, case);
    html.raw("</main>\n");
    document(case, &title, "report", &html)
}

fn place(case: &Case<'_>) -> String {
    let run = case.run;
    let mut parts = vec![run.target.clone()];
    if !run.server.is_empty() {
        parts.push(format!("{} / {}", run.server, run.operation));
    }
    parts.push(case.lang.moment(run.started_at, case.zone));
    parts.join(" · ")
}

/// The three figures that a manager looks for: how much of the money, the rows and the records is in.
fn figures(html: &mut Html, case: &Case<'_>) {
    let (lang, books) = (case.lang, case.chain.map_or(case.books, |(_, books)| books));
    let state = if case.is_check() { State::Unsent } else { State::Loaded };
    let (there, read) = (books.weight_of(state), &books);
    let says = if case.is_check() {
        [Say::PageValidMoney, Say::PageValidRows, Say::PageValidRecords]
    } else {
        [Say::PageLoadedMoney, Say::PageLoadedRows, Say::PageLoadedRecords]
    };
    let of = |say: Say, count: u64| {
        let (count, unit) = (lang.count(count), case.measures().records(0, lang));
        say.with(lang, &[("rows", &count), ("records", &count), ("unit", &unit)])
    };
    let money = format!("{} · {}", case.say(says[0]), lang.money(there.money));
    let first = (lang.share(there.money, read.money.read), money);
    let second = (lang.count(there.rows), of(says[1], read.rows.read));
    let third = (lang.count(there.records), of(says[2], read.records.read));
    let without_money = read.money.read == Decimal::ZERO;
    html.raw("<ul class=\"figures\">\n");
    for (figure, words) in [first, second, third].into_iter().skip(usize::from(without_money)) {
        html.tagged("<li><strong>", &figure, "</strong> ").tagged("<span>", &words, "</span></li>\n");
    }
    html.raw("</ul>\n");
}

fn causes(html: &mut Html, case: &Case<'_>) {
    let heading = case.say(Say::CausesHead);
    html.tagged("<section aria-labelledby=\"causes\">\n<h2 id=\"causes\">", heading, "</h2>\n");
    match case.causes.headline(case.lang) {
        Some(headline) => {
            html.tagged("<p class=\"lead\">", &headline, "</p>\n<ol class=\"causes\">\n");
            for cause in &case.causes.list {
                one_cause(html, case, cause);
            }
            html.raw("</ol>\n");
        }
        None if case.is_check() => {
            html.tagged("<p>", case.say(Say::NoCausesCheck), "</p>\n");
        }
        None => {
            html.tagged("<p>", case.say(Say::NoCauses), "</p>\n");
        }
    }
    html.raw("</section>\n");
}

fn one_cause(html: &mut Html, case: &Case<'_>, why: &Cause) {
    let lang = case.lang;
    html.raw("<li>\n<h3>").words(&why.what).raw("</h3>\n");
    let values = [
        ("rows", lang.count(why.weight.rows)),
        ("state", state_word(case, why.state).to_owned()),
        ("share", why.share(&case.causes.total, lang)),
        ("unit", case.measures().records(0, lang)),
        ("records", lang.count(why.weight.records)),
        ("money", terminal::money_part(why, case.measures(), lang)),
    ];
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    html.tagged("<p class=\"weight\">", &Say::CauseWeight.with(lang, &values), "");
    html.tagged(" <code>", why.code.as_str(), "</code>");
    if why.also > 0 {
        html.tagged(" ", &Say::CauseAlso.with(lang, &[("rows", &lang.count(why.also))]), "");
    }
    html.tagged("</p>\n<p><b>", case.say(Say::FixHead), "</b>").words(&why.fix).raw("</p>\n");
    if let Some(line) = why.line_text(lang) {
        html.raw("<p class=\"line\">").words(&line).raw("</p>\n");
    }
    let examples = Say::CauseExamples.with(lang, &[("examples", &terminal::examples(why))]);
    html.tagged("<p class=\"note\">", &examples, "</p>\n</li>\n");
}

fn next(html: &mut Html, case: &Case<'_>) {
    html.tagged(
        "<section aria-labelledby=\"next\">\n<h2 id=\"next\">",
        case.say(Say::PageNextHead),
        "</h2>\n",
    );
    let summary = case.summary;
    if let Some(error) = &summary.error {
        html.tagged("<p>", error["message"].as_str().unwrap_or_default(), "</p>\n<p>");
        html.tagged("<b>", case.say(Say::FixHead), "</b>");
        html.words(error["next"].as_str().unwrap_or_default()).raw("</p>\n");
    }
    if case.evidence.failed.iter().any(|rows| !rows.is_empty()) {
        html.tagged("<p>", case.say(Say::PageNextReport), "</p>\n");
    }
    match &summary.next {
        Some(command) => html.tagged("<p><code class=\"command\">", command, "</code></p>\n"),
        None if summary.error.is_none() => html.tagged("<p>", case.say(Say::PageNextDone), "</p>\n"),
        None => html,
    };
    html.raw("</section>\n");
}

/// The rows that are not loaded, the first of them.
fn rows(html: &mut Html, case: &Case<'_>) {
    let evidence = case.evidence;
    let both =
        evidence.failed.iter().zip(&evidence.pending).map(|(failed, pending)| failed.iter().chain(pending));
    let all = evidence.tables.iter().zip(both).flat_map(|(table, rows)| rows.map(move |row| (table, row)));
    let all: Vec<(&SourceTable, &FailedRow)> = all.collect();
    if all.is_empty() {
        return;
    }
    let name = case.say(Say::PageRowsHead);
    html.tagged("<section aria-labelledby=\"rows\">\n<h2 id=\"rows\">", name, "</h2>\n");
    let shown = all.len().min(ROWS_SHOWN);
    if shown < all.len() {
        let values = [("shown", case.lang.count(shown as u64)), ("rows", case.lang.count(all.len() as u64))];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        html.tagged("<p class=\"note\">", &Say::PageRowsNote.with(case.lang, &values), "</p>\n");
    } else if !case.unmasked {
        html.tagged("<p class=\"note\">", case.say(Say::PageRowsAll), "</p>\n");
    }
    html.tagged("<p class=\"filter\" hidden><label for=\"filter\">", case.say(Say::PageFilter), "</label> ");
    html.raw("<input id=\"filter\" type=\"search\" autocomplete=\"off\"> <output for=\"filter\"></output> ");
    html.tagged("", case.say(Say::PageFilterCount), "</p>\n");
    html.raw("<div class=\"wide\" role=\"group\" tabindex=\"0\" aria-label=\"").text(name);
    html.raw("\">\n<table class=\"sorted\" data-sort=\"").text(case.say(Say::PageSort)).raw("\">\n");
    html.heading(case.say(Say::PageRowsHeading), &[1]).raw("<tbody>\n");
    for (table, row) in all.into_iter().take(ROWS_SHOWN) {
        one_row(html, case, table, row);
    }
    html.end_table().raw("</section>\n");
}

fn one_row(html: &mut Html, case: &Case<'_>, table: &SourceTable, row: &FailedRow) {
    let file = Place { row: None, ..table.place(row.number, None) }.to_string();
    let error = row.problems.iter().find(|problem| problem.severity == Severity::Error);
    let error = error.filter(|_| row.state == State::Invalid && row.code != Code::Context);
    let column = error.and_then(|problem| table.place(row.number, problem.column).column).unwrap_or_default();
    let what = error
        .map_or_else(|| reason(case, row), |problem| mask::problem(problem, case.unmasked).what(case.lang));
    html.tagged("<tr><td>", &file, "</td>");
    html.tagged("<td class=\"n\">", &row.number.to_string(), "</td>");
    html.tagged("<td>", state_word(case, row.state), "</td>");
    html.tagged("<td>", &column, "</td>").tagged("<td>", &what, "</td></tr>\n");
}

/// The words of a row's own code.
fn reason(case: &Case<'_>, row: &FailedRow) -> String {
    // A row that goes with another names that one, and nobody.
    let said =
        if row.state == State::Invalid { row.detail.as_str().into() } else { case.said.told(&row.detail) };
    let run = case.run.id.to_string();
    let values = [("value", &*said), ("expected", &*said), ("run", &run)];
    crate::lang::fill(row.code.words(case.lang).what, &values)
}

fn facts(html: &mut Html, case: &Case<'_>) {
    let (run, lang) = (case.run, case.lang);
    html.tagged(
        "<section aria-labelledby=\"facts\">\n<h2 id=\"facts\">",
        case.say(Say::PageFactsHead),
        "</h2>\n",
    );
    files(html, case, case.files, case.say(Say::CertificateFiles));
    html.raw("<dl>\n");
    html.fact(case.say(Say::FactRun), &run_name(case));
    html.fact(case.say(Say::FactTarget), &run.target);
    if !run.server.is_empty() {
        html.fact(case.say(Say::FactServer), &format!("{} / {}", run.server, run.operation));
    }
    let options =
        [(Say::FactProfile, case.setting("profile")), (Say::FactMapping, case.setting("mapping_path"))];
    for (say, value) in options.into_iter().filter_map(|(say, value)| Some((say, value?))) {
        html.fact(case.say(say), value);
    }
    html.fact(case.say(Say::FactMappingPrint), &case.mapping_fingerprint());
    let formats: Vec<String> =
        run.verdicts.iter().map(|verdict| format!("{}: {}", verdict.column, verdict.format)).collect();
    if !formats.is_empty() {
        html.fact(case.say(Say::FactFormats), &formats.join(" · "));
    }
    if let Some(day) = case.setting("as_of").and_then(|day| day.parse().ok()) {
        html.fact(case.say(Say::FactAsOf), &lang.day(day));
    }
    html.fact(case.say(Say::FactOperator), &case.operators());
    times(html, case);
    html.fact(case.say(Say::FactVersion), &format!("cartera {}", env!("CARGO_PKG_VERSION")));
    html.raw("</dl>\n</section>\n");
}

pub(super) fn times(html: &mut Html, case: &Case<'_>) {
    let finished = case.run.finished_at.map(|at| case.lang.exact_moment(at, case.zone));
    html.fact(case.say(Say::FactStarted), &case.lang.exact_moment(case.run.started_at, case.zone));
    let finished = finished.as_deref().unwrap_or_else(|| case.say(Say::FactNotFinished));
    html.fact(case.say(Say::FactFinished), finished);
}

/// The run's number, with those of its chain.
pub(super) fn run_name(case: &Case<'_>) -> String {
    let run = case.run.id.to_string();
    let Some((runs, _)) = case.chain else { return run };
    let runs = runs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Say::FactChain.with(case.lang, &[("run", &run), ("runs", &runs)])
}
