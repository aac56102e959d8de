//! What `explain` shows a person of a row, in 80 columns.
//!
//! It says what an [`Explanation`] has, in its order, and knows nothing else.

use jiff::tz::TimeZone;

use super::explain::{Explanation, FieldLine};
use super::terminal::{self, put_line, wrapped};
use crate::lang::{Lang, Say, states};
use crate::problem::Severity;
use crate::source::Kind;
use crate::target::hole;

/// Most characters of a value or a rule on a line.
const SHOWN_CHARS: usize = 56;
/// Most rows of a record that are named.
const ROWS_SHOWN: usize = 8;

/// The explanation for a person, in 80 columns.
pub fn page(explanation: &Explanation, (lang, zone): (Lang, &TimeZone)) -> String {
    let mut page = String::new();
    put_line(&mut page, &explanation.place.to_string());
    put_line(&mut page, &state_line(explanation, lang));
    section(&mut page, Say::ExplainCells, lang);
    for cell in explanation.cells.iter().filter(|cell| !cell.value.is_empty() || cell.kind != Kind::Blank) {
        let kind = kind_name(cell.kind).text(lang);
        put_line(&mut page, &format!("  {:<24} {}  ({kind})", cut(&cell.column, 24), cut(&cell.value, 36)));
    }
    if !explanation.fields.is_empty() {
        section(&mut page, Say::ExplainFields, lang);
    }
    let mut line = None;
    for field in &explanation.fields {
        if field.line != line {
            line = field.line;
            let number = line.unwrap_or_default().to_string();
            let values = [("line", number.as_str()), ("unit", &explanation.measures.lines(1, lang))];
            put_line(&mut page, &format!("  {}", Say::ExplainLine.with(lang, &values)));
        }
        put_field(&mut page, field, lang);
    }
    put_problems(&mut page, explanation, lang);
    put_record(&mut page, explanation, lang);
    put_chunks(&mut page, explanation, (lang, zone));
    page
}

fn section(page: &mut String, name: Say, lang: Lang) {
    page.push('\n');
    put_line(page, name.text(lang));
}

fn state_said(word: &str, lang: Lang) -> &'static str {
    let say = match word {
        "loaded" => Say::ExplainLoaded,
        "invalid" => Say::ExplainInvalid,
        "rejected" => Say::ExplainRejected,
        "unknown" => Say::ExplainUnknown,
        "unsent" => Say::ExplainUnsent,
        "unchanged" => Say::ExplainUnchanged,
        "skipped" => Say::ExplainSkipped,
        _ => Say::ExplainValid,
    };
    say.text(lang)
}

/// A sentence as it goes on behind another one; `CRM` stays as it is.
fn beginning_small(sentence: &str) -> String {
    let mut rest = sentence.chars();
    rest.next().map_or_else(String::new, |first| first.to_lowercase().chain(rest).collect())
}

fn state_line(explanation: &Explanation, lang: Lang) -> String {
    let state = state_said(&explanation.state, lang);
    let code = explanation.code.as_ref().map_or_else(String::new, |code| format!(" [{code}]"));
    let reason = explanation.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
    wrapped(&format!("{state}{code}{reason}"), "")
}

fn put_field(page: &mut String, field: &FieldLine, lang: Lang) {
    let value = match (&field.value, &field.problem) {
        (_, Some(code)) => format!("✗ {code}"),
        (Some(value), None) if field.is_default => {
            format!("{} ({})", cut(value, SHOWN_CHARS - 20), Say::ExplainDefault.text(lang))
        }
        (Some(value), None) => cut(value, SHOWN_CHARS),
        (None, None) => Say::ExplainOmitted.text(lang).to_owned(),
    };
    put_line(page, &format!("  {:<18} {value}", cut(&field.field, 18)));
    put_line(page, &format!("      ← {}", cut(&field.rule, 70)));
    if let (Some(format), Some((row, value))) = (&field.format, &field.proof) {
        let column = field.columns.first().map_or("", String::as_str);
        let values = [("column", column), ("format", format), ("row", &row.to_string()), ("value", value)];
        put_line(page, &format!("      {}", cut(&Say::FormatProved.with(lang, &values), 72)));
    }
}

fn put_problems(page: &mut String, explanation: &Explanation, lang: Lang) {
    for (severity, head) in [(Severity::Error, Say::ProblemsHead), (Severity::Warning, Say::WarningsHead)] {
        let mut of_it = explanation.problems.iter().filter(|problem| problem.severity == severity).peekable();
        if of_it.peek().is_some() {
            section(page, head, lang);
        }
        for problem in of_it {
            let column = problem.column.as_ref().map_or_else(String::new, |column| format!("«{column}»: "));
            let line = format!("{column}{} — {} [{}]", problem.what, problem.fix, problem.code);
            put_line(page, &wrapped(&line, "  "));
        }
    }
}

fn put_record(page: &mut String, explanation: &Explanation, lang: Lang) {
    if explanation.record.len() > 1 {
        section(page, Say::ExplainRecord, lang);
        for place in explanation.record.iter().take(ROWS_SHOWN) {
            put_line(page, &format!("  {place}"));
        }
        let more = explanation.record.len().saturating_sub(ROWS_SHOWN);
        if more > 0 {
            put_line(
                page,
                &format!("  {}", Say::ExplainMore.with(lang, &[("count", &lang.count(more as u64))])),
            );
        }
    }
    if let Some(mut json) = explanation.json.clone() {
        hole::told(&mut json, &|value| Say::HoleWanted.with(lang, &[("value", value)]));
        section(page, Say::ExplainJson, lang);
        for line in format!("{json:#}").lines() {
            put_line(page, &format!("  {}", cut(line, 77)));
        }
    }
}

fn put_chunks(page: &mut String, explanation: &Explanation, (lang, zone): (Lang, &TimeZone)) {
    for step in &explanation.chunks {
        page.push('\n');
        let values = [("run", step.run.to_string()), ("chunk", step.chunk.to_string())];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        let code = step.code.as_ref().map_or_else(String::new, |code| format!(" [{code}]"));
        let detail = if step.detail.is_empty() {
            String::new()
        } else {
            format!(": {}", states::detail(&step.detail, lang))
        };
        let head = Say::ExplainChunk.with(lang, &values);
        put_line(
            page,
            &wrapped(
                &format!("{head} · {}{code}{detail}", beginning_small(state_said(step.state.as_str(), lang))),
                "",
            ),
        );
        for attempt in &step.attempts {
            let status = attempt.status.map_or_else(String::new, |status| format!(" HTTP {status}"));
            let verdict = attempt.verdict.as_deref().map_or("…", |word| states::verdict(word, lang));
            let detail = states::detail(attempt.detail.as_deref().unwrap_or_default(), lang);
            let start = attempt.started_at.parse::<jiff::Timestamp>();
            let start =
                start.map_or_else(|_error| attempt.started_at.clone(), |at| lang.exact_moment(at, zone));
            let line = format!("{start} {verdict}{status} {detail}");
            put_line(page, &wrapped(line.trim_end(), "  "));
        }
    }
}

fn kind_name(kind: Kind) -> Say {
    match kind {
        Kind::Blank => Say::CellBlank,
        Kind::Text => Say::CellText,
        Kind::Number => Say::CellNumber,
        Kind::Date | Kind::Moment => Say::CellDate,
        Kind::Bool => Say::CellBool,
        Kind::Error => Say::CellError,
        Kind::Uncalculated => Say::CellUncalculated,
        Kind::Covered => Say::CellCovered,
    }
}

/// The text, cut to so many characters, on one line.
fn cut(text: &str, most: usize) -> String {
    terminal::cut(&text.replace(['\n', '\r', '\t'], " "), most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abcde…");
        assert_eq!(cut("ñandú\nñandú", 6), "ñandú…");
    }
}
