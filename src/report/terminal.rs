//! A run's result for a person at a terminal, in 80 columns.
//!
//! Pure text: where it is printed is the command's business. Numbers follow the reader's convention.

use crate::books::{Books, State, Tally};
use crate::drift::{Change, Weight};
use crate::lang::interface::day_in_words;
use crate::lang::{Lang, Say};
use crate::ledger::{Compared, Run};
use crate::portfolio::blanks::BlankCount;
use crate::portfolio::control::FilterCount;
use crate::problem::Severity;
use crate::survey::Verdict;
use crate::target::FieldKind;

use super::causes::{Cause, Causes};
use super::mask;
use super::measures::Measures;
use super::summary::{ProblemCount, Summary};

/// Most changes that are shown; `--json` has all of them.
const CHANGES_SHOWN: usize = 20;
/// Most causes that are shown; the report has all of them.
const CAUSES_SHOWN: usize = 5;
/// Most kinds of warnings that are shown.
const WARNINGS_SHOWN: usize = 12;

/// The books as a table: what was read, and each state that is not empty. `planned` names the rows that could
/// be sent: unsent in a load, valid in a check.
pub fn books(books: &Books, measures: Measures<'_>, planned: Say, lang: Lang) -> String {
    let line = |name: Say, counts, money| {
        let figures = measures.figures(counts, lang.money(money), lang);
        std::iter::once(name.text(lang).to_owned()).chain(figures).collect::<Vec<_>>()
    };
    let read = (books.rows.read, books.records.read, books.obligations.read);
    let mut rows = vec![line(Say::StateRead, read, books.money.read)];
    for state in State::ALL {
        let counts = (books.rows.of(state), books.records.of(state), books.obligations.of(state));
        if counts != (0, 0, 0) || !books.money.of(state).is_zero() {
            let name = if state == State::Unsent { planned } else { state_name(state) };
            rows.push(line(name, counts, books.money.of(state)));
        }
    }
    let heading: Vec<String> = std::iter::once(String::new()).chain(measures.headings(lang)).collect();
    let mut text = table(&heading, &rows);
    if books.unreadable_rows > 0 {
        let rows = lang.count(books.unreadable_rows);
        put_line(&mut text, &format!("  {}", Say::UnreadableRows.with(lang, &[("rows", &rows)])));
    }
    text
}

/// What a state is called in a table of the books.
pub fn state_name(state: State) -> Say {
    match state {
        State::Loaded => Say::StateLoaded,
        State::Invalid => Say::StateInvalid,
        State::Rejected => Say::StateRejected,
        State::Unknown => Say::StateUnknown,
        State::Unsent => Say::StateUnsent,
        State::Unchanged => Say::StateUnchanged,
        State::Skipped => Say::StateSkipped,
    }
}

/// Adds a line to a page.
pub fn put_line(page: &mut String, line: &str) {
    page.push_str(line);
    page.push('\n');
}

/// The text over lines of at most 80 columns, each with an indent, later ones with two spaces more.
pub fn wrapped(text: &str, indent: &str) -> String {
    const WIDTH: usize = 80;
    let mut page = String::new();
    let mut line = indent.to_owned();
    for word in text.split_whitespace() {
        let is_empty = line.trim().is_empty();
        if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            put_line(&mut page, &line);
            line = format!("{indent}  {word}");
            continue;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
    }
    page.push_str(&line);
    page
}

/// A text in so many columns; what is cut off is shown by `…`.
pub fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// A text in at most so many characters, shortened in its middle: of a file's name both ends tell it apart.
pub fn shortened(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let shown = most.saturating_sub(1);
    let head = shown / 2;
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(length - (shown - head)).collect();
    format!("{start}…{end}")
}

/// Rows under a heading, two spaces in front: columns of numbers to the right, words to the left.
pub fn table<R: AsRef<[String]>>(heading: &R, rows: &[R]) -> String {
    let columns = heading.as_ref().len();
    let width = |column: usize| {
        let cells = rows.iter().chain([heading]).map(|row| row.as_ref()[column].chars().count());
        cells.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let is_number = |cell: &str| {
        let sign = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+' | '<' | '>' | ' ' | '%');
        cell.chars().all(sign)
    };
    let right: Vec<bool> =
        (0..columns).map(|column| rows.iter().all(|row| is_number(&row.as_ref()[column]))).collect();
    let mut text = String::new();
    for row in std::iter::once(heading).chain(rows) {
        let mut line = String::new();
        for (column, cell) in row.as_ref().iter().enumerate() {
            let pad = " ".repeat(widths[column].saturating_sub(cell.chars().count()));
            let (before, behind) = if right[column] { (pad.as_str(), "") } else { ("", pad.as_str()) };
            line.push_str("  ");
            line.push_str(before);
            line.push_str(cell);
            line.push_str(behind);
        }
        put_line(&mut text, line.trim_end());
    }
    text
}

/// The formats that were decided, each with the row that proves it; identifications are masked.
pub fn formats(verdicts: &[Verdict], (lang, unmasked): (Lang, bool)) -> String {
    let mut text = String::new();
    for verdict in verdicts {
        let Some(proof) = &verdict.proof else { continue };
        let is_plain = unmasked || !verdict.format.is_of(FieldKind::Id);
        let shown = if is_plain { proof.value.clone() } else { mask::text(&proof.value) };
        let values = [
            ("column", verdict.column.as_str()),
            ("format", &verdict.format.to_string()),
            ("row", &proof.row.to_string()),
            ("value", &shown),
        ];
        put_line(&mut text, &format!("  {}", Say::FormatProved.with(lang, &values)));
    }
    text
}

/// What each choice of the mapping about blank cells does, a line for each field that has any.
pub fn blanks(blanks: &[BlankCount], measures: Measures<'_>, lang: Lang) -> String {
    let mut text = String::new();
    for blank in blanks {
        let unit = |count| {
            if blank.of_record { measures.records(count, lang) } else { measures.lines(count, lang) }
        };
        let choices = [
            (blank.omitted, Say::BlankOmitted),
            (blank.empty, Say::BlankEmpty),
            (blank.default, Say::BlankDefault),
            (blank.rejected, Say::BlankRejected),
        ];
        for (count, say) in choices.into_iter().filter(|(count, _)| *count > 0) {
            let (unit, count) = (unit(count), lang.count(count));
            let values = [("field", blank.field.as_str()), ("count", &count), ("unit", &unit)];
            put_line(&mut text, &format!("  {}", say.with(lang, &values)));
        }
    }
    text
}

/// How many rows each filter left out.
pub fn filters(filters: &[FilterCount], lang: Lang) -> String {
    let mut text = String::new();
    for filter in filters {
        let values = [("filter", filter.filter.as_str()), ("rows", &lang.count(filter.rows))];
        put_line(&mut text, &format!("  {}", Say::FilterLine.with(lang, &values)));
    }
    text
}

/// What is not as it was in the load that it was compared with: what stops first, each with what to do.
pub fn drift(changes: &[Change], lang: Lang) -> String {
    let mut text = String::new();
    let Some(first) = changes.first() else { return text };
    let values = [("run", first.run.to_string()), ("day", day_in_words(lang, first.day))];
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    put_line(&mut text, &Say::DriftHead.with(lang, &values));
    for change in changes.iter().take(CHANGES_SHOWN) {
        let mark = if change.weight == Weight::Stop { "!" } else { "·" };
        put_line(&mut text, &format!("  {mark} {}", change.line(lang)));
        if change.weight == Weight::Stop {
            put_line(&mut text, &format!("    {}{}", Say::FixHead.text(lang), change.fix(lang)));
        }
    }
    if changes.len() > CHANGES_SHOWN {
        let more = lang.count((changes.len() - CHANGES_SHOWN) as u64);
        put_line(&mut text, &format!("  {}", Say::DriftMore.with(lang, &[("count", &more)])));
    }
    text
}

/// Why rows are not loaded: what weighs most first, each cause with what to do and where to look.
pub fn causes(causes: &Causes, measures: Measures<'_>, lang: Lang) -> String {
    let mut text = String::new();
    let Some(headline) = causes.headline(lang) else { return text };
    put_line(&mut text, &wrapped(&headline, ""));
    for cause in causes.list.iter().take(CAUSES_SHOWN) {
        put_line(&mut text, &wrapped(&cause_line(cause, causes, lang), "  "));
        let values = [
            ("unit", measures.records(0, lang)),
            ("records", lang.count(cause.weight.records)),
            ("money", money_part(cause, measures, lang)),
            ("examples", examples(cause)),
        ];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        put_line(&mut text, &wrapped(&Say::CauseWhere.with(lang, &values), "      "));
        put_line(&mut text, &wrapped(&format!("{}{}", Say::FixHead.text(lang), cause.fix), "      "));
        if let Some(line) = cause.line_text(lang) {
            // A line that is to be copied is not broken in two.
            put_line(&mut text, &format!("      {line}"));
        }
    }
    if causes.list.len() > CAUSES_SHOWN {
        let more = lang.count((causes.list.len() - CAUSES_SHOWN) as u64);
        put_line(&mut text, &format!("  {}", Say::CausesMore.with(lang, &[("count", &more)])));
    }
    text
}

/// ` · dinero: 9.000,00`, where money is counted.
pub fn money_part(cause: &Cause, measures: Measures<'_>, lang: Lang) -> String {
    let money = cause.weight.money;
    let shown = if money.is_zero() { "0".to_owned() } else { lang.money(money) };
    measures.money.map_or_else(String::new, |_| Say::CauseMoney.with(lang, &[("money", &shown)]))
}

/// `filas inválidas: 1.204 · 92 % · «Correo» está en blanco, y Email es obligatorio [missing-required]`.
fn cause_line(cause: &Cause, causes: &Causes, lang: Lang) -> String {
    let also = if cause.also > 0 {
        format!(" {}", Say::CauseAlso.with(lang, &[("rows", &lang.count(cause.also))]))
    } else {
        String::new()
    };
    let values = [
        ("rows", lang.count(cause.weight.rows)),
        ("state", state_name(cause.state).text(lang).to_owned()),
        ("share", cause.share(&causes.total, lang)),
    ];
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    format!("{} · {} [{}]{also}", Say::CauseRows.with(lang, &values), cause.what, cause.code)
}

/// Where its first rows are: the file is named once, then only the row.
pub fn examples(cause: &Cause) -> String {
    let mut last = None;
    let mut shown = Vec::new();
    for example in &cause.examples {
        let table = (&example.place.file, &example.place.sheet);
        let row = example.place.row.unwrap_or_default();
        let place = if last == Some(table) {
            row.to_string()
        } else {
            crate::problem::Place { column: None, ..example.place.clone() }.to_string()
        };
        last = Some(table);
        let value = if example.value.is_empty() { String::new() } else { format!(" ({})", example.value) };
        shown.push(format!("{place}{value}"));
    }
    shown.join(", ")
}

/// Warnings about rows that are sent all the same, by code, each with its count and one example.
pub fn warnings(problems: &[ProblemCount], lang: Lang) -> String {
    let mut text = String::new();
    let mut shown = problems.iter().filter(|problem| problem.severity == Severity::Warning).peekable();
    if shown.peek().is_some() {
        put_line(&mut text, Say::WarningsHead.text(lang));
    }
    for problem in shown.take(WARNINGS_SHOWN) {
        put_line(&mut text, &format!("  {:>6}  {}", lang.count(problem.count), problem.code));
        put_line(&mut text, &format!("          {}", problem.example));
    }
    text
}

/// What a status is called.
pub fn status_name(status: &str) -> Say {
    match status {
        "checked" => Say::StatusChecked,
        "loaded" => Say::StatusLoaded,
        "partial" => Say::StatusPartial,
        "held" => Say::StatusHeld,
        "refused" => Say::StatusRefused,
        "locked" => Say::StatusLocked,
        _ => Say::StatusStopped,
    }
}

/// Why all of a file is sent, where only what has changed was asked for.
pub fn why_all(compared: &Compared, run: &Run, lang: Lang) -> Option<String> {
    if compared.knew_nothing {
        let values = [("server", run.server.as_str()), ("operation", &run.operation)];
        return Some(Say::KnewNothing.with(lang, &values));
    }
    let every = compared.full_every.as_deref()?;
    Some(match compared.last_full {
        Some(last) => Say::FullAgain.with(lang, &[("every", every), ("run", &last.to_string())]),
        None => Say::FullFirst.with(lang, &[("every", every)]),
    })
}

/// What was left out as unchanged or held, and what is no longer in the file; `named` are some of the latter, masked.
pub fn changes(summary: &Summary, records: &Tally<u64>, named: &str, lang: Lang) -> String {
    let mut text = String::new();
    let measures = Measures::of_target(&summary.target);
    let mut put = |say: Say, records: u64, run: Option<i64>| {
        if let Some(run) = run.filter(|_| records > 0) {
            let unit = measures.records(records, lang);
            let values = [("records", lang.count(records)), ("unit", unit), ("run", run.to_string())];
            let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
            put_line(&mut text, &format!("  {}", say.with(lang, &values)));
        }
    };
    if let Some(compared) = &summary.only_changed {
        put(Say::UnchangedSince, records.of(State::Unchanged), compared.since);
        put(Say::HeldBy, compared.held, compared.held_by);
    }
    if let Some(gone) = &summary.gone {
        put(Say::GoneSince, gone.records, gone.since);
    }
    if !named.is_empty() {
        put_line(&mut text, &format!("    {}", Say::GoneListed.with(lang, &[("named", named)])));
    }
    let sends = [State::Loaded, State::Rejected, State::Unsent, State::Unknown, State::Invalid];
    let is_all_unchanged = sends.iter().all(|state| records.of(*state) == 0);
    if summary.only_changed.is_some() && is_all_unchanged && records.of(State::Unchanged) > 0 {
        put_line(&mut text, &format!("  {}", Say::NothingChanged.text(lang)));
    }
    text
}

/// The one line that says how it ended.
pub fn headline(summary: &Summary, head: Say, lang: Lang) -> String {
    let status = status_name(&summary.status);
    let head = head.with(lang, &[("run", &summary.run.to_string())]);
    let place = if summary.server.is_empty() {
        summary.target.clone()
    } else {
        format!("{} · {} / {}", summary.target, summary.server, summary.operation)
    };
    format!("{head} · {place}: {}", status.text(lang))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_wrapped() {
        let text = wrapped(&"palabra ".repeat(30), "  ");
        assert!(text.lines().count() > 2 && text.lines().all(|line| line.chars().count() <= 80));
        assert!(text.lines().skip(1).all(|line| line.starts_with("    palabra")));
    }

    #[test]
    fn long_names_are_shortened_in_their_middle() {
        for (text, most, short) in [
            ("cartera.csv", 11, "cartera.csv"),
            ("cartera_castigada_octubre.csv", 15, "cartera…bre.csv"),
            ("ñandúes.csv", 8, "ñan….csv"),
        ] {
            assert_eq!(shortened(text, most), short);
        }
    }
}
