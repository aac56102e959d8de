//! One source row all the way: its cells, the fields that they became, its record, the JSON, and what the CRM said.
//!
//! [`Explanation`] is what `explain --json` prints, and [`super::explain_page`] says the same to a person in 80 columns. Personal data
//! is masked unless asked for whole, in a cell that is at fault too. Nothing here reads a file or a ledger.

use serde::Serialize;
use serde_json::Value;

use super::mapping_line::without_comment;
use super::mask;
use super::measures::Measures;
use crate::books::State;
use crate::lang::Lang;
use crate::ledger::{AttemptLine, Trace};
use crate::mapping::Mapping;
use crate::mapping::bind::{Bound, BoundField};
use crate::mapping::convert::{Converted, convert};
use crate::problem::{LeftOutState, Place, RowId, Severity};
use crate::source::{Kind, Row};
use crate::survey::Verdict;
use crate::target::Level;

/// Everything that is known of a row.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// The run that read it; none for a file that was only looked at.
    pub run: Option<i64>,
    /// What it is counted in.
    #[serde(skip)]
    pub measures: Measures<'static>,
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
            measures: Measures::of_target(&self.mapping.target),
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
