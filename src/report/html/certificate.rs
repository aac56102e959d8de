//! `certificate.html`: one page of paper for the creditor, without a debtor's data. Which files, how much of them
//! was read and loaded, who did it, and what is still needed.

use super::page::{run_name, times};
use super::parts::{files, state_word};
use super::{Case, Html, document};
use crate::books::State;
use crate::lang::Say;
use crate::report::terminal::money_part;

/// Most files and causes that the page has room for; the report has all of them.
const FILES_SHOWN: usize = 6;
const CAUSES_SHOWN: usize = 5;

/// The certificate of a run, or of its chain as it stands now.
pub fn certificate(case: &Case<'_>) -> String {
    let title = case.say(Say::CertificateTitle);
    let run = case.run;
    let mut html = Html::default();
    html.raw("<main>\n<header>\n").tagged("<h1>", title, "</h1>\n");
    let values = [("server", run.server.as_str()), ("operation", run.operation.as_str())];
    html.tagged("<p>", &Say::CertificateSays.with(case.lang, &values), "</p>\n</header>\n");
    if case.rehearsed {
        html.tagged("<p class=\"warn\">", case.say(Say::PageSandbox), "</p>\n");
    }
    let shown = &case.files[..case.files.len().min(FILES_SHOWN)];
    files(&mut html, case, shown, case.say(Say::CertificateFiles));
    more(&mut html, case, Say::CertificateMoreFiles, case.files.len() - shown.len());
    totals(&mut html, case);
    states(&mut html, case);
    causes(&mut html, case);
    facts(&mut html, case);
    html.raw("</main>\n");
    document(case, &format!("{title} · {}", case.title()), "certificate", &html)
}

fn more(html: &mut Html, case: &Case<'_>, say: Say, count: usize) {
    if count > 0 {
        let count = case.lang.count(count as u64);
        html.tagged("<p class=\"note\">", &say.with(case.lang, &[("count", &count)]), "</p>\n");
    }
}

/// What was read, what is loaded, and the difference, in all four measures.
fn totals(html: &mut Html, case: &Case<'_>) {
    let (lang, books) = (case.lang, case.chain.map_or(case.books, |(_, books)| books));
    let name = case.say(Say::CertificateTotals);
    html.begin_table(name).tagged("<caption>", name, "</caption>\n");
    html.heading(case.say(Say::CertificateMeasure), &[1, 2, 3]).raw("<tbody>\n");
    let loaded = books.weight_of(State::Loaded);
    let measures = case.measures();
    let (rows, records, lines) = (books.rows.read, books.records.read, books.obligations.read);
    let missing = (
        rows.saturating_sub(loaded.rows),
        records.saturating_sub(loaded.records),
        lines.saturating_sub(loaded.obligations),
    );
    let read = measures.figures((rows, records, lines), lang.money(books.money.read), lang);
    let there = (loaded.rows, loaded.records, loaded.obligations);
    let there = measures.figures(there, lang.money(loaded.money), lang);
    let missing = measures.figures(missing, lang.money(books.money.read - loaded.money), lang);
    for (((name, read), loaded), missing) in measures.headings(lang).iter().zip(read).zip(there).zip(missing)
    {
        html.tagged("<tr><th scope=\"row\">", name, "</th>");
        for figure in [read, loaded, missing] {
            html.tagged("<td class=\"n\">", &figure, "</td>");
        }
        html.raw("</tr>\n");
    }
    html.end_table();
}

fn states(html: &mut Html, case: &Case<'_>) {
    let books = case.chain.map_or(case.books, |(_, books)| books);
    html.tagged("<p class=\"states\"><b>", case.say(Say::CertificateStates), "</b> ");
    let there = State::ALL.into_iter().filter(|state| books.rows.of(*state) > 0);
    let words: Vec<String> = there
        .map(|state| format!("{}\u{a0}{}", case.lang.count(books.rows.of(state)), state_word(case, state)))
        .collect();
    html.tagged("", &words.join(" · "), "</p>\n");
}

/// What the creditor has to send, cause by cause, of this run; without examples, and without what is between the team
/// and the CRM: answers that are missing, and rows that wait.
fn causes(html: &mut Html, case: &Case<'_>) {
    let shown = case
        .causes
        .list
        .iter()
        .filter(|cause| cause.weight.rows > 0 && matches!(cause.state, State::Invalid | State::Rejected));
    let count = shown.clone().count();
    if count == 0 {
        return;
    }
    html.tagged("<h2>", case.say(Say::CertificateCauses), "</h2>\n<ol class=\"short\">\n");
    for cause in shown.take(CAUSES_SHOWN) {
        let rows = case.lang.count(cause.weight.rows);
        let money = money_part(cause, case.measures(), case.lang);
        let words = format!("{}: {rows}{money} · {}", case.say(Say::BooksRows), cause.what);
        html.raw("<li>").words(&words).raw("</li>\n");
    }
    html.raw("</ol>\n");
    more(html, case, Say::CertificateMoreCauses, count.saturating_sub(CAUSES_SHOWN));
}

fn facts(html: &mut Html, case: &Case<'_>) {
    html.raw("<dl>\n").fact(case.say(Say::FactRun), &run_name(case));
    html.fact(
        case.say(Say::FactState),
        super::super::terminal::status_name(&case.summary.status).text(case.lang),
    );
    html.fact(case.say(Say::FactOperator), &case.operators());
    times(html, case);
    if let Some(mapping) = case.setting("mapping_path") {
        html.fact(case.say(Say::FactMapping), mapping);
    }
    html.fact(case.say(Say::FactMappingPrint), &case.mapping_fingerprint()).raw("</dl>\n");
    let at = case.lang.exact_moment(case.now, case.zone);
    let values = [("at", at.as_str()), ("version", env!("CARGO_PKG_VERSION"))];
    html.raw("<p class=\"note\">").words(&Say::CertificateNote.with(case.lang, &values)).raw("</p>\n");
    html.tagged("<div class=\"signed\"><p>", case.say(Say::CertificateSigned), "</p>");
    html.tagged("<p>", case.say(Say::CertificateReceived), "</p></div>\n");
}
