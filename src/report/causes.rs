//! Why rows did not go in, as a few causes instead of many rows: the first thing that a report says.
//!
//! Every row that is not loaded counts in exactly one cause, with its record, its obligations and its money, so
//! that the causes add up to what the books miss. Its first error decides; a row that only goes with another one
//! of its record counts where that one does. What the CRM says is grouped without the numbers and names in it.
//! Nothing here decides what is wrong with a row, and no example shows a person's data whole unless that was asked for.

use std::collections::{HashMap, HashSet};

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::mapping_line::{Proposal, proposal};
use super::names::cut;
use super::said::Said;
use super::{errors, mask};
use crate::books::{State, Weight};
use crate::lang::{Code, Lang, Say, Words, fill};
use crate::ledger::{Evidence, FailedRow, RunId, SourceTable};
use crate::mapping::Mapping;
use crate::problem::{Place, Problem};

/// Most examples of a cause.
const EXAMPLES: usize = 3;
/// The longest that the CRM's words are told, in UTF-16 units.
const LONGEST_REASON: usize = 200;
/// Digits in a row that are no part of a reason, of a rejection and of any other answer; a status of HTTP has three.
const DIGITS: (usize, usize) = (1, 4);
/// The share of the rows that the first causes are to explain, in percent, ...
const MOST: u64 = 90;
/// ... how many causes may take part in that, and how many are named where that does not do.
const FEW: (usize, usize) = (5, 3);

/// All causes of a run, what weighs most first.
#[derive(Debug, Clone, Default)]
pub struct Causes {
    /// The causes.
    pub list: Vec<Cause>,
    /// What is not loaded: the sum of all.
    pub total: Weight,
}

/// What rows have in common that are not loaded.
#[derive(Debug, Clone)]
pub struct Cause {
    /// Invalid, rejected, unknown or unsent.
    pub state: State,
    /// The code.
    pub code: Code,
    /// The column at fault, of a problem in cells.
    pub column: Option<String>,
    /// The field that it feeds.
    pub field: Option<String>,
    /// What the CRM or the network said, without what differs from record to record.
    pub reason: Option<String>,
    /// What is not loaded because of it.
    pub weight: Weight,
    /// Rows that have it too, but count under another cause.
    pub also: u64,
    /// What is the matter, as a sentence.
    pub what: String,
    /// What to do, as a sentence.
    pub fix: String,
    /// A line of the mapping that would let the rows in.
    pub line: Option<Proposal>,
    /// Some of its rows.
    pub examples: Vec<Example>,
}

/// A row of a cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Where it stands.
    pub place: Place,
    /// The value found or, where there is none, the debtor's identification; masked unless that was asked for.
    pub value: String,
}

/// How causes are told.
#[derive(Debug, Clone, Copy)]
pub struct Telling<'t> {
    /// The run.
    pub run: RunId,
    /// The mapping that the rows were read with, where it is still understood.
    pub mapping: Option<&'t Mapping>,
    /// Whether personal data is shown whole.
    pub unmasked: bool,
    /// The language.
    pub lang: Lang,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    state: State,
    code: Code,
    column: Option<String>,
    reason: String,
}

/// A cause that is being counted.
struct Group {
    key: Key,
    weight: Weight,
    also: u64,
    /// A problem of it, for its field and what was expected.
    sample: Option<Problem>,
    examples: Vec<Example>,
}

struct Grouping<'g> {
    telling: Telling<'g>,
    /// What was said of the rows.
    said: Said,
    groups: Vec<Group>,
    at: HashMap<Key, usize>,
}

impl Causes {
    /// Groups the rows of a run that are not loaded.
    pub fn of(evidence: &Evidence, telling: Telling<'_>) -> Causes {
        let mut grouping = Grouping {
            telling,
            said: Said::of(evidence, telling.mapping, telling.unmasked),
            groups: Vec::new(),
            at: HashMap::new(),
        };
        let faults = grouping.faults(evidence);
        let mut total = Weight::default();
        for (table, rows) in tables(evidence) {
            for row in rows.filter(|row| row.weight != Weight::default() || row.code != Code::Context) {
                total += row.weight;
                grouping.add(table, row, &faults);
            }
        }
        let mut list: Vec<Cause> = grouping.groups.iter().map(|group| grouping.cause(group)).collect();
        list.sort_by(|a, b| {
            let size = |cause: &Cause| (cause.weight.rows, cause.weight.money, cause.also);
            size(b).cmp(&size(a)).then(a.code.cmp(&b.code)).then_with(|| a.column.cmp(&b.column))
        });
        Causes { list, total }
    }

    /// The one sentence that says how few causes explain most of the rows; none where every row is loaded.
    pub fn headline(&self, lang: Lang) -> Option<String> {
        if self.total.rows == 0 {
            return None;
        }
        let all = self.list.iter().filter(|cause| cause.weight.rows > 0).count();
        let explained =
            |count: usize| self.list.iter().take(count).map(|cause| cause.weight.rows).sum::<u64>();
        let enough = |count: &usize| explained(*count) * 100 >= self.total.rows * MOST;
        let count = (1..=FEW.0).find(enough).unwrap_or(FEW.1);
        let explained = explained(count);
        let say = match count {
            _ if count < all => Say::CausesSome,
            1 => Say::CausesOne,
            _ => Say::CausesMany,
        };
        let values = [
            ("count", lang.count(count as u64)),
            ("all", lang.count(all as u64)),
            ("share", lang.share(explained.into(), self.total.rows.into())),
            ("rows", lang.count(self.total.rows)),
        ];
        Some(say.with(lang, &values.each_ref().map(|(name, value)| (*name, value.as_str()))))
    }

    /// The causes for a program.
    pub fn json(&self) -> Vec<Value> {
        self.list.iter().map(|cause| cause.json(self.total.rows)).collect()
    }
}

impl Cause {
    /// What share of the rows it explains, for a person; nothing where it counts under others alone.
    pub fn share(&self, total: &Weight, lang: Lang) -> String {
        lang.share(self.weight.rows.into(), total.rows.into())
    }

    /// What to do besides: the line of the mapping.
    pub fn line_text(&self, lang: Lang) -> Option<String> {
        let proposal = self.line.as_ref()?;
        let number = proposal.replaces.map(|number| number.to_string());
        let say = if number.is_some() { Say::CauseLineInstead } else { Say::CauseLineAdded };
        let values = [("line", proposal.line.as_str()), ("number", number.as_deref().unwrap_or_default())];
        Some(say.with(lang, &values))
    }

    fn json(&self, rows: u64) -> Value {
        let share = Decimal::from(self.weight.rows * 100).checked_div(rows.into()).unwrap_or_default();
        json!({
            "code": self.code, "state": self.state.as_str(), "column": self.column, "field": self.field,
            "reason": self.reason, "rows": self.weight.rows, "records": self.weight.records,
            "obligations": self.weight.obligations, "money": self.weight.money.to_string(),
            "share": share.round_dp(1).normalize().to_string(), "also_rows": self.also,
            "what": self.what, "fix": self.fix, "mapping_line": self.line.as_ref().map(|line| &line.line),
            "examples": self.examples.iter()
                .map(|example| json!({ "place": example.place.to_string(), "value": example.value }))
                .collect::<Vec<_>>(),
        })
    }
}

/// The tables with all their rows that are not loaded.
fn tables(evidence: &Evidence) -> impl Iterator<Item = (&SourceTable, impl Iterator<Item = &FailedRow>)> {
    let rows =
        evidence.failed.iter().zip(&evidence.pending).map(|(failed, pending)| failed.iter().chain(pending));
    evidence.tables.iter().zip(rows)
}

impl Grouping<'_> {
    /// The cause of each record that is held back as a whole.
    fn faults(&self, evidence: &Evidence) -> HashMap<(RunId, u32), Key> {
        let mut faults = HashMap::new();
        for (table, rows) in tables(evidence) {
            for row in rows.filter(|row| row.code != Code::Context) {
                if let Some(record) = row.record {
                    faults.entry((table.run, record)).or_insert_with(|| self.key(table, row));
                }
            }
        }
        faults
    }

    fn key(&self, table: &SourceTable, row: &FailedRow) -> Key {
        let problem = primary(row);
        Key {
            state: row.state,
            code: problem.map_or(row.code, |problem| problem.code),
            column: problem.and_then(|problem| column(table, problem)).map(str::to_owned),
            reason: if row.state == State::Invalid { String::new() } else { self.reason(row) },
        }
    }

    /// What the CRM said of a row, without what differs from one to the next.
    fn reason(&self, row: &FailedRow) -> String {
        let said = self.said.without_people(&row.detail);
        let digits = if row.state == State::Rejected { DIGITS.0 } else { DIGITS.1 };
        let words = said.split_whitespace().map(|word| if word.contains('@') { "…" } else { word });
        let said = mask::numbers(&words.collect::<Vec<_>>().join(" "), digits, |_| "#".to_owned());
        cut(&said, LONGEST_REASON).to_owned()
    }

    fn add(&mut self, table: &SourceTable, row: &FailedRow, faults: &HashMap<(RunId, u32), Key>) {
        let fault = row.record.and_then(|record| faults.get(&(table.run, record)));
        let is_context = row.code == Code::Context;
        let key = match fault.filter(|_| is_context) {
            Some(key) => key.clone(),
            None => self.key(table, row),
        };
        let problem = primary(row);
        let own = key.clone();
        let group = self.group(key, problem);
        group.weight += row.weight;
        if group.examples.len() < EXAMPLES && !is_context {
            let example = self.example(table, row, problem);
            self.group(own.clone(), problem).examples.push(example);
        }
        let mut seen = HashSet::from([own]);
        for problem in errors(row) {
            let column = column(table, problem).map(str::to_owned);
            let key = Key { state: row.state, code: problem.code, column, reason: String::new() };
            if row.state == State::Invalid && seen.insert(key.clone()) {
                let group = self.group(key.clone(), Some(problem));
                group.also += 1;
                if group.examples.len() < EXAMPLES {
                    let example = self.example(table, row, Some(problem));
                    self.group(key, None).examples.push(example);
                }
            }
        }
    }

    fn group(&mut self, key: Key, sample: Option<&Problem>) -> &mut Group {
        let at = *self.at.entry(key.clone()).or_insert(self.groups.len());
        if at == self.groups.len() {
            let (weight, examples) = (Weight::default(), Vec::new());
            self.groups.push(Group { key, weight, also: 0, sample: None, examples });
        }
        let group = &mut self.groups[at];
        if group.sample.is_none() {
            group.sample = sample.cloned();
        }
        group
    }

    fn example(&self, table: &SourceTable, row: &FailedRow, problem: Option<&Problem>) -> Example {
        let place = table.place(row.number, problem.and_then(|problem| problem.column));
        let found = problem.map(|problem| mask::problem(problem, self.telling.unmasked));
        let value = found.map(|found| found.value.clone()).filter(|value| !value.is_empty());
        Example { place, value: value.unwrap_or_else(|| self.identification(table, row)) }
    }

    /// The row's key as it stands in its cell.
    fn identification(&self, table: &SourceTable, row: &FailedRow) -> String {
        let rule = self.telling.mapping.and_then(Mapping::key_rule);
        let name = rule.and_then(|rule| rule.from.columns().first());
        let column = name.and_then(|name| table.header.iter().position(|header| *header == name.name));
        let key = column.and_then(|column| row.cells.get(column)).map_or("", |(_, key)| key.trim());
        if self.telling.unmasked { key.to_owned() } else { mask::text(key) }
    }

    fn cause(&self, group: &Group) -> Cause {
        let Telling { run, mapping, unmasked, lang } = self.telling;
        let Key { state, code, ref column, ref reason } = group.key;
        let sample = group.sample.as_ref().map(|problem| mask::problem(problem, unmasked));
        let field = sample.as_ref().map(|problem| problem.field.clone()).filter(|field| !field.is_empty());
        let found = sample.as_ref().map_or("", |problem| problem.value.as_str());
        let expected = sample.as_ref().map_or("", |problem| problem.expected.as_str());
        let run = run.to_string();
        let values = [
            ("column", column.as_deref().or(field.as_deref()).unwrap_or_default()),
            ("field", field.as_deref().unwrap_or_default()),
            ("expected", expected),
            ("value", if reason.is_empty() { found } else { reason }),
            ("run", &run),
        ];
        let Words { what, fix } = code.cause(lang).unwrap_or_else(|| code.words(lang));
        let line = mapping.zip(field.as_deref()).and_then(|(mapping, field)| proposal(mapping, code, field));
        Cause {
            state,
            code,
            column: column.clone(),
            line,
            reason: Some(reason.clone()).filter(|reason| !reason.is_empty()),
            weight: group.weight,
            also: group.also,
            what: fill(what, &values),
            fix: fill(fix, &values),
            examples: group.examples.clone(),
            field,
        }
    }
}

/// The problem by which a row counts: the one that its reason names, or else its first error.
fn primary(row: &FailedRow) -> Option<&Problem> {
    if row.state != State::Invalid || row.code == Code::Context {
        return None;
    }
    errors(row).find(|problem| problem.code == row.code).or_else(|| errors(row).next())
}

fn column<'t>(table: &'t SourceTable, problem: &Problem) -> Option<&'t str> {
    table.header.get(usize::from(problem.column?)).map(String::as_str)
}
