//! One source row all the way: its cells, the fields that they became, its record, the JSON, and what the CRM said.
//!
//! [`Explanation`] is what `explain --json` prints, and [`page`] says the same to a person in 80 columns. Personal data
//! is masked unless asked for whole, in a cell that is at fault too. Nothing here reads a file or a ledger.

use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::Value;

use super::mapping_line::without_comment;
use super::mask;
use super::terminal::put_line;
use crate::books::State;
use crate::lang::{Lang, Say, states};
use crate::ledger::{AttemptLine, Trace};
use crate::mapping::Mapping;
use crate::mapping::bind::{Bound, BoundField};
use crate::mapping::convert::{Converted, convert};
use crate::problem::{LeftOutState, Place, RowId, Severity};
use crate::source::{Kind, Row};
use crate::survey::Verdict;
use crate::target::Level;

/// Most characters of a value or a rule on a line.
const SHOWN_CHARS: usize = 56;
/// Most rows of a record that are named.
const ROWS_SHOWN: usize = 8;

/// Everything that is known of a row.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// The run that read it; none for a file that was only looked at.
    pub run: Option<i64>,
    /// Where it stands.
    pub place: Place,
    /// `loaded`, `invalid`…, or `valid` where nothing was to be sent.
    pub state: String,
    /// The reason of the state, as a code.
    pub code: Option<String>,
    /// The reason in words.
    pub reason: Option<String>,
    /// The cells as they were read.
    pub cells: Vec<CellLine>,
    /// What they became.
    pub fields: Vec<FieldLine>,
    /// What is wrong with them.
    pub problems: Vec<ProblemLine>,
    /// The rows of its record, itself included.
    pub record: Vec<Place>,
    /// The record as it is sent.
    pub json: Option<Value>,
    /// The chunks that carried the record.
    pub chunks: Vec<ChunkStep>,
}

/// A cell.
#[derive(Debug, Clone, Serialize)]
pub struct CellLine {
    /// Its column's header.
    pub column: String,
    /// The type that it had.
    pub kind: Kind,
    /// Its text.
    pub value: String,
}

/// A field, or a field of one of the lines.
#[derive(Debug, Clone, Serialize)]
pub struct FieldLine {
    /// Its name.
    pub field: String,
    /// The line that it belongs to, counted from 1; none for a field of the record.
    pub line: Option<usize>,
    /// The columns that it is read from.
    pub columns: Vec<String>,
    /// The mapping's line that says so.
    pub rule: String,
    /// Its value; none when it is left out or cannot be read.
    pub value: Option<String>,
    /// Whether the value is the mapping's, because the cell is blank.
    pub is_default: bool,
    /// The code of what is wrong with it.
    pub problem: Option<String>,
    /// The format that its column has.
    pub format: Option<String>,
    /// The row that proves the format, and the value in it.
    pub proof: Option<(u32, String)>,
}

/// Something that is wrong with the row.
#[derive(Debug, Clone, Serialize)]
pub struct ProblemLine {
    /// Its code.
    pub code: String,
    /// Error or warning.
    pub severity: Severity,
    /// The cell's column.
    pub column: Option<String>,
    /// What is the matter.
    pub what: String,
    /// What to do.
    pub fix: String,
}

/// A chunk that carried the record.
#[derive(Debug, Clone, Serialize)]
pub struct ChunkStep {
    /// The run that sent it.
    pub run: i64,
    /// The chunk's number.
    pub chunk: u32,
    /// What became of the record.
    pub state: State,
    /// Why it was not accepted.
    pub code: Option<String>,
    /// What the CRM said.
    pub detail: String,
    /// Every attempt to send it.
    pub attempts: Vec<AttemptLine>,
}

/// A row with everything that is needed to explain it.
pub struct Subject<'s> {
    /// The mapping that it was read with.
    pub mapping: &'s Mapping,
    /// The mapping's columns in its table, with their formats.
    pub bound: &'s Bound<'s>,
    /// The table's header.
    pub header: &'s [String],
    /// The table's name.
    pub table: &'s str,
    /// The row; none when it is blank and the sheet does not hold it.
    pub row: Option<Row<'s>>,
    /// Which row it is.
    pub id: RowId,
    /// The formats that were decided.
    pub verdicts: &'s [Verdict],
    /// What is known of it.
    pub trace: &'s Trace,
    /// The place of any row of the same run.
    pub place: &'s dyn Fn(RowId) -> Place,
    /// The run, when there is one.
    pub run: Option<i64>,
    /// Whether personal data is shown whole.
    pub unmasked: bool,
    /// The language of the messages.
    pub lang: Lang,
}

impl Subject<'_> {
    /// Puts everything together.
    pub fn explain(&self) -> Explanation {
        let (state, code, reason) = self.state();
        let mut json: Option<Value> =
            self.trace.fragment.as_deref().and_then(|fragment| serde_json::from_slice(fragment).ok());
        if let (Some(json), false) = (&mut json, self.unmasked) {
            mask::body(json);
        }
        let steps = self.trace.steps.iter().map(|step| ChunkStep {
            run: step.run,
            chunk: step.chunk,
            state: step.state,
            code: step.code.map(|code| code.to_string()),
            detail: self.said(&step.detail),
            attempts: step.attempts.iter().map(|attempt| self.attempt(attempt)).collect(),
        });
        Explanation {
            run: self.run,
            place: (self.place)(self.id),
            state,
            code,
            reason,
            cells: self.cells(),
            fields: self.fields(),
            problems: self.problems(),
            record: self.trace.rows.iter().map(|row| (self.place)(*row)).collect(),
            json,
            chunks: steps.collect(),
        }
    }

    /// The row's state with its reason: what holds it back, then what became of its record, then why it is skipped.
    fn state(&self) -> (String, Option<String>, Option<String>) {
        let part = |state| self.trace.left_out.iter().find(|part| part.state == state);
        let of_part = |part: &crate::problem::LeftOut, state: State| {
            let values = [("value", part.expected.as_str()), ("expected", part.expected.as_str())];
            let what = crate::lang::fill(part.code.words(self.lang).what, &values);
            // A row with problems of its own says them one by one.
            let own = self.trace.problems.iter().any(|problem| problem.code == part.code);
            (state.as_str().to_owned(), Some(part.code.to_string()), (!own).then_some(what))
        };
        if let Some(part) = part(LeftOutState::Invalid) {
            return of_part(part, State::Invalid);
        }
        if let Some(step) = self.trace.steps.last() {
            let run = step.run.to_string();
            let said = self.said(&step.detail);
            let values = [("value", said.as_str()), ("run", &run)];
            let what = step.code.map(|code| crate::lang::fill(code.words(self.lang).what, &values));
            return (step.state.as_str().to_owned(), step.code.map(|code| code.to_string()), what);
        }
        match part(LeftOutState::Skipped) {
            Some(part) if self.trace.fragment.is_none() => of_part(part, State::Skipped),
            _ => ("valid".to_owned(), None, None),
        }
    }

    /// What the CRM said of the row's record.
    fn said(&self, detail: &str) -> String {
        if self.unmasked {
            return detail.to_owned();
        }
        let fragment = self.trace.fragment.as_deref();
        mask::repeated(detail, fragment.as_slice())
    }

    fn attempt(&self, attempt: &AttemptLine) -> AttemptLine {
        AttemptLine { detail: attempt.detail.as_deref().map(|detail| self.said(detail)), ..attempt.clone() }
    }

    fn cells(&self) -> Vec<CellLine> {
        let Some(row) = self.row else { return Vec::new() };
        let width = row.width().max(self.header.len());
        let line = |column: usize| {
            let cell = row.cell(column);
            let column_name = self.header.get(column).cloned().unwrap_or_default();
            let plain = self.unmasked || self.is_plain(column);
            let value = if plain { cell.text.to_owned() } else { mask::text(cell.text) };
            CellLine { column: column_name, kind: cell.kind, value }
        };
        (0..width).map(line).collect()
    }

    /// Whether a column tells nothing about a person.
    fn is_plain(&self, column: usize) -> bool {
        let feeds = |field: &&BoundField<'_>| field.columns.contains(&column);
        let mut fed = self.bound.all().filter(feeds).peekable();
        fed.peek().is_some() && fed.all(|field| field.rule.kind.is_impersonal())
    }

    fn fields(&self) -> Vec<FieldLine> {
        let Some(row) = self.row.filter(|row| row.flaw().is_none()) else { return Vec::new() };
        let head = self.bound.of(Level::Record).map(|(_, field)| self.field(row, field, None));
        let lines =
            self.bound.groups(row).zip(1..).flat_map(|(group, line)| {
                group.iter().map(move |(_, field)| self.field(row, field, Some(line)))
            });
        head.chain(lines).collect()
    }

    fn field(&self, row: Row<'_>, field: &BoundField<'_>, line: Option<usize>) -> FieldLine {
        let mut value = String::new();
        let converted = convert(field, row, self.id, &mut value);
        let is_default = matches!(converted, Ok(Converted::Default));
        let show = |value: String| {
            let plain =
                self.unmasked || is_default || field.columns.is_empty() || field.rule.kind.is_impersonal();
            if plain { value } else { mask::text(&value) }
        };
        let verdict = self.verdict(field);
        FieldLine {
            field: field.rule.name.clone(),
            line,
            columns: field.columns.iter().filter_map(|column| self.header.get(*column).cloned()).collect(),
            rule: self.rule(field),
            value: matches!(converted, Ok(Converted::Value | Converted::Default)).then(|| show(value)),
            is_default,
            problem: converted.err().map(|problem| problem.code.to_string()),
            format: verdict.map(|verdict| verdict.format.to_string()),
            proof: verdict.and_then(|verdict| verdict.proof.clone()).map(|proof| {
                let plain = self.unmasked || field.rule.kind.is_impersonal();
                (proof.row, if plain { proof.value } else { mask::text(&proof.value) })
            }),
        }
    }

    /// The format that was decided for a field's column in this table.
    fn verdict(&self, field: &BoundField<'_>) -> Option<&Verdict> {
        let is_its = |verdict: &&Verdict| {
            let named = |column: &usize| self.header.get(*column) == Some(&verdict.column);
            self.table.ends_with(&verdict.table) && field.columns.iter().any(named)
        };
        let of_kind = |verdict: &&Verdict| verdict.format.is_of(field.rule.kind);
        self.verdicts.iter().filter(is_its).find(of_kind)
    }

    /// The mapping's line that a field is read by, as the person wrote it.
    fn rule(&self, field: &BoundField<'_>) -> String {
        let Some(column) = field.rule.from.columns().first() else {
            return format!("{} = {{ constant }}", field.rule.name);
        };
        let line = self.mapping.text.lines().nth(column.line.saturating_sub(1)).unwrap_or_default();
        let file = std::path::Path::new(&self.mapping.path).file_name().unwrap_or_default().to_string_lossy();
        format!("{file}:{} {}", column.line, without_comment(line))
    }

    fn problems(&self) -> Vec<ProblemLine> {
        let line = |problem: &crate::problem::Problem| {
            let problem = mask::problem(problem, self.unmasked);
            ProblemLine {
                code: problem.code.to_string(),
                severity: problem.severity,
                column: problem.column.and_then(|column| self.header.get(usize::from(column)).cloned()),
                what: problem.what(self.lang),
                fix: problem.fix(self.lang),
            }
        };
        self.trace.problems.iter().map(line).collect()
    }
}

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
            put_line(&mut page, &format!("  {}", Say::ExplainLine.with(lang, &[("line", &number)])));
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
        "skipped" => Say::ExplainSkipped,
        _ => Say::ExplainValid,
    };
    say.text(lang)
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
    if !explanation.record.is_empty() {
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
    if let Some(json) = &explanation.json {
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
                &format!("{head} · {}{code}{detail}", state_said(step.state.as_str(), lang).to_lowercase()),
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
    let single = text.replace(['\n', '\r', '\t'], " ");
    match single.char_indices().nth(most.saturating_sub(1)) {
        Some((end, last)) if end + last.len_utf8() < single.len() => format!("{}…", &single[..end]),
        _ => single,
    }
}

/// The text over lines of at most 80 columns, each with an indent, later ones with two spaces more.
pub(super) fn wrapped(text: &str, indent: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_and_wrapped() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abcde…");
        assert_eq!(cut("ñandú\nñandú", 6), "ñandú…");
        let text = wrapped(&"palabra ".repeat(30), "  ");
        assert!(text.lines().count() > 2 && text.lines().all(|line| line.chars().count() <= 80));
        assert!(text.lines().skip(1).all(|line| line.starts_with("    palabra")));
    }
}
