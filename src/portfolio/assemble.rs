//! The rows of one record become the record, or the reasons why it cannot be sent.
//!
//! A record is sent whole: one bad line holds it back unless the mapping says `partial = "send_valid"`. A
//! blank of one row is no opinion where another row of the debtor has a value. A row brings one line, or none
//! (a debtor's own row), or several (a wide row). Every row given ends in exactly one state, every line too, and
//! its money with it; `settle` writes that down.

use std::sync::Arc;

use rust_decimal::Decimal;

use crate::books::Books;
use crate::bytewise::is_verbatim_in_json;
use crate::lang::Code;
use crate::mapping::bind::{Bound, BoundField, Role};
use crate::mapping::convert::{Converted, convert, convert_seeing};
use crate::mapping::short_way::Seen;
use crate::mapping::{Choice, FieldRule, Partial, Rules};
use crate::problem::{LeftOut, Problem, RowId, Severity};
use crate::source::Row;
use crate::survey::amounts::{self, decimal_of};
use crate::target::Level;

use super::blanks::{BlankUse, Blanks};
use super::control::TableMoney;
use super::record::{Form, RecordField, Slot, Span};
use super::scratch::{HeadValue, Line, LineState, Scratch, TakenRow};
use super::{Record, RowShare};

/// What became of the rows of one record.
#[derive(Debug, Default)]
pub struct Assembly {
    /// The rows that are sent, each with what it brings; empty when the record is not.
    pub rows: Vec<RowShare>,
}

impl Assembly {
    /// The first of its rows.
    pub fn first_row(&self) -> Option<RowId> {
        self.rows.first().map(|share| share.row)
    }
}

/// Makes records of rows, one record after the other.
#[derive(Debug)]
pub struct Assembler {
    pub(super) rules: Rules,
    /// Ordinals of the key of a line and of the money among the mapping's fields.
    pub(super) line_key: Option<usize>,
    money: Option<usize>,
    /// What was found; the caller takes it away now and then.
    pub problems: Vec<Problem>,
    /// Rows that are not sent; the caller takes it away now and then.
    pub left_out: Vec<LeftOut>,
    /// The books of the plan: what is invalid or skipped. What is sent is added by the caller.
    pub books: Books,
    /// What the tables are called, so that a row of another table can be named.
    pub table_names: Vec<String>,
    /// What became of blank cells.
    pub blanks: Blanks,
    pub(super) records: u32,
    /// Where the problems of the record at hand begin.
    fresh: usize,
    /// The money read from each table.
    tables: TableMoney,
    /// The fields as they are written, by their ordinals; none while nothing is.
    pub fields: Arc<[RecordField]>,
    pub(super) scratch: Scratch,
}

impl Assembler {
    /// An assembler for a mapping's rules; fields are named by their ordinals in the mapping.
    pub fn new(rules: Rules, line_key: Option<usize>, money: Option<usize>) -> Assembler {
        Assembler {
            rules,
            line_key,
            money,
            problems: Vec::new(),
            left_out: Vec::new(),
            books: Books::default(),
            table_names: Vec::new(),
            blanks: Blanks::default(),
            records: 0,
            fresh: 0,
            tables: TableMoney::default(),
            fields: Arc::default(),
            scratch: Scratch::default(),
        }
    }

    /// Another one for other records of the same tables, with nothing found or counted yet.
    #[must_use]
    pub fn beside(&self) -> Assembler {
        let new = Assembler::new(self.rules, self.line_key, self.money);
        Assembler { table_names: self.table_names.clone(), fields: self.fields.clone(), ..new }
    }

    /// The next record is the one of this ordinal, from 0.
    pub fn skip_to(&mut self, record: usize) {
        self.records =
            u32::try_from(record).expect("there are fewer records than rows, of which 32 bits tell");
    }

    /// Adds what another one has counted; what it has found is the caller's to take.
    pub fn absorb(&mut self, other: &Assembler) {
        self.books += &other.books;
        self.blanks.absorb(&other.blanks);
        self.tables.absorb(&other.tables);
    }

    /// Begins the next record.
    pub fn begin(&mut self, fields: usize) {
        self.records += 1;
        self.fresh = self.problems.len();
        self.scratch.text.clear();
        self.scratch.rows.clear();
        self.scratch.lines.clear();
        self.scratch.values.clear();
        self.scratch.missing.clear();
        self.scratch.empty.clear();
        self.scratch.head.clear();
        self.scratch.head.resize(fields, HeadValue::default());
        self.scratch.said.forget();
        self.blanks.begin();
    }

    /// Takes one row of the record. An objection holds the row back before its cells are looked at.
    pub fn take(&mut self, bound: &Bound<'_>, row: Row<'_>, id: RowId, objection: Option<Problem>) {
        let at = self.scratch.rows.len();
        let first_line = self.scratch.lines.len();
        self.scratch.begin_row(row.width());
        self.scratch.rows.push(TakenRow { id, role: bound.role, first_line, bad: None, key: None });
        if let Some(problem) = shape_problem(row, id).or(objection) {
            if bound.role.feeds(Level::Line) {
                let money = self.money.is_none().then_some(Decimal::ZERO);
                self.add_line(Line { money, ..Line::new(at, self.scratch.values.len()) });
            }
            self.report(at, problem);
            return;
        }
        let key_failed = self.take_key(bound, (row, id), at);
        self.take_heads(bound, (row, id), at, key_failed);
        for group in bound.groups(row) {
            if !(self.rules.lines_may_lack && bound.is_blank(group, row)) {
                self.take_line(group, row, at);
            }
        }
        self.note_empty(bound, at);
    }

    /// The column that joins debtors and obligations; true when what it holds is a problem.
    fn take_key(&mut self, bound: &Bound<'_>, (row, id): (Row<'_>, RowId), at: usize) -> bool {
        let Some(key) = &bound.key else { return false };
        let start = self.scratch.text.len();
        let converted = convert(key, row, id, &mut self.scratch.text);
        let span = (start, self.scratch.text.len());
        // A blank key counts as its field's, where the field is read from it.
        let field =
            bound.of(Level::Record).find(|(_, field)| bound.is_key(field)).map(|(ordinal, _)| ordinal);
        let problem = match converted {
            Err(problem) => *problem,
            Ok(Converted::Value) if span.1 > start => {
                self.scratch.rows[at].key = key.columns.first().map(|column| (*column, span));
                return false;
            }
            Ok(_) => key.problem(id, Code::MissingRequired),
        };
        if let Some(field) = field.filter(|_| problem.code == Code::MissingRequired) {
            self.blanks.count(field, BlankUse::Rejected);
        }
        self.report(at, problem);
        true
    }

    /// The fields of the record, as a row has them; what it says in the words of an earlier row is not looked at again.
    fn take_heads(&mut self, bound: &Bound<'_>, (row, id): (Row<'_>, RowId), at: usize, key_failed: bool) {
        let columns = &bound.head_columns;
        self.scratch.hear(columns, row, id.table);
        let before = (self.problems.len(), self.scratch.missing.len());
        for ((ordinal, field), stretch) in bound.of(Level::Record).zip(&columns.of_field) {
            let is_told = key_failed && bound.is_key(field);
            if !is_told && !stretch.is_some_and(|stretch| self.scratch.said.is_again(stretch)) {
                self.take_head((ordinal, field), row, at);
            }
        }
        let is_clean = before == (self.problems.len(), self.scratch.missing.len());
        self.scratch.remember_said(columns, is_clean);
    }

    /// One field of the record, as a row has it.
    fn take_head(&mut self, (ordinal, field): (usize, &BoundField<'_>), row: Row<'_>, at: usize) {
        let id = self.scratch.rows[at].id;
        let start = self.scratch.text.len();
        match convert_seeing(field, (row, id), &mut self.scratch.text, &mut self.problems) {
            Ok(taken) => {
                let span = (start, self.scratch.text.len());
                self.scratch.note(field, &taken, span);
                if taken.converted == Converted::Omitted {
                    return;
                }
                let stands_in = taken.converted != Converted::Value;
                let is_plain = self.is_plain(field, (row, stands_in), span);
                self.agree((ordinal, field), at, HeadValue { value: Some((span, id)), stands_in, is_plain });
            }
            // Whether another row has the value is known at the end.
            Err(problem) if problem.code == Code::MissingRequired => {
                self.scratch.missing.push((at, ordinal, *problem));
            }
            Err(problem) => self.report(at, *problem),
        }
    }

    /// What the cell of a column was seen to be in the row taken last.
    #[inline]
    pub(crate) fn seen_in(&self, column: usize) -> Seen {
        self.scratch.seen.get(column).copied().unwrap_or_default()
    }

    /// The amounts of the row taken last, as plain digits and as small numbers where they are, by the first column of
    /// each.
    pub fn amount_in(&self, column: usize) -> Option<(&str, Option<amounts::Small>)> {
        let (_, span, small) = self.scratch.amounts.iter().find(|(at, ..)| *at == column)?;
        Some((self.scratch.text(*span), *small))
    }

    /// The fields of one line of a row.
    fn take_line(&mut self, group: &[(usize, BoundField<'_>)], row: Row<'_>, at: usize) {
        let TakenRow { id, bad, .. } = self.scratch.rows[at];
        let (begin, values) = (self.scratch.text.len(), self.scratch.values.len());
        let mut line = Line {
            money: Some(Decimal::ZERO),
            state: bad.map_or(LineState::Good, LineState::Bad),
            written: Some((begin, begin)),
            ..Line::new(at, values)
        };
        for (ordinal, field) in group {
            self.take_value((*ordinal, field), (row, id), &mut line);
        }
        line.values.1 = self.scratch.values.len();
        let end = self.scratch.text.len();
        line.written = line.written.filter(|_| begin < end).map(|_| (begin, end));
        self.check_duplicate(group, &mut line);
        self.add_line(line);
    }

    /// One field of a line.
    #[inline]
    fn take_value(
        &mut self,
        (ordinal, field): (usize, &BoundField<'_>),
        (row, id): (Row<'_>, RowId),
        line: &mut Line,
    ) {
        let before = self.scratch.text.len();
        match self.fields.get(ordinal).filter(|field| matches!(field.form, Form::Text)) {
            Some(field) => self.scratch.text.push_str(&field.opening),
            None => line.written = None,
        }
        let start = self.scratch.text.len();
        let taken = match convert_seeing(field, (row, id), &mut self.scratch.text, &mut self.problems) {
            Ok(taken) => taken,
            Err(problem) => return self.refuse_value(ordinal, *problem, line),
        };
        let span = (start, self.scratch.text.len());
        let small = self.scratch.note(field, &taken, span);
        if taken.converted == Converted::Omitted {
            return self.scratch.text.truncate(before);
        }
        if Some(ordinal) == self.money {
            line.small = small;
            let exact = |(number, places)| Decimal::new(number, places);
            line.money = small.map(exact).or_else(|| decimal_of(self.scratch.text(span)));
        }
        if Some(ordinal) == self.line_key {
            line.key = Some(span);
        }
        let stands_in = taken.converted != Converted::Value;
        let is_plain = self.is_plain(field, (row, stands_in), span);
        line.written = line.written.filter(|_| is_plain);
        self.scratch.values.push(Slot { stands_in, ..Slot::new(ordinal, span, is_plain) });
    }

    /// Whether a value surely stands in JSON as it is: nearly every one, of which nobody has to ask.
    #[inline]
    fn is_plain(&self, field: &BoundField<'_>, (row, stands_in): (Row<'_>, bool), span: Span) -> bool {
        (row.is_tame() && !stands_in && field.way.keeps_tame)
            || is_verbatim_in_json(self.scratch.text(span).as_bytes())
    }

    /// Writes down the problem of a value of a line.
    fn refuse_value(&mut self, ordinal: usize, problem: Problem, line: &mut Line) {
        if Some(ordinal) == self.money {
            line.money = None;
        }
        if problem.code == Code::MissingRequired {
            self.blanks.count(ordinal, BlankUse::Rejected);
        }
        if problem.severity == Severity::Error && line.state == LineState::Good {
            line.state = LineState::Bad(problem.code);
        }
        self.problems.push(problem);
    }

    /// Ends the record: writes it, or holds its rows back. `rules` are the mapping's fields; what became of the rows of
    /// another record is forgotten.
    pub fn finish(&mut self, rules: &[FieldRule], record: &mut Record, assembly: &mut Assembly) {
        assembly.rows.clear();
        if !self.check_orphans() {
            self.check_missing();
        }
        let head_is_bad = self.head_is_bad(rules);
        let lines = &self.scratch.lines;
        let any_bad = self.scratch.rows.iter().any(|row| row.bad.is_some())
            || lines.iter().any(|line| matches!(line.state, LineState::Bad(_)));
        let may_lack = self.rules.lines_may_lack && lines.is_empty();
        let any_good = (may_lack || lines.iter().any(|line| line.state == LineState::Good))
            && (self.all_whole() || self.has_good(Role::Debtors));
        let held = head_is_bad || !any_good || (any_bad && self.rules.partial == Partial::Reject);
        self.settle(held);
        if !held {
            self.count_blanks(rules);
            self.write(record);
            self.share(&mut assembly.rows);
        }
    }

    /// The values of some fields of the record at hand, as far as its rows have them and they can be read.
    pub fn values(&self, fields: &[usize]) -> Vec<&str> {
        let spans = fields.iter().filter_map(|field| self.scratch.head.get(*field)?.value);
        spans.filter_map(|((start, end), _)| self.scratch.text.get(start..end)).collect()
    }

    /// The money of all rows taken from a table, when every amount could be read.
    pub fn money_read(&self, table: u16) -> Option<Decimal> {
        self.tables.of(table)
    }

    /// How a row is called in a message about another row: its number, and its table where that is another one.
    pub(super) fn name_of(&self, row: RowId, seen_from: RowId) -> String {
        let other = Some(row.table).filter(|table| *table != seen_from.table);
        match other.and_then(|table| self.table_names.get(usize::from(table))) {
            Some(table) => format!("{} [{table}]", row.number),
            None => row.number.to_string(),
        }
    }

    /// Adds a line, and its money to its table's.
    fn add_line(&mut self, line: Line) {
        self.tables.add(self.scratch.rows[line.row].id.table, line.small, line.money);
        self.scratch.lines.push(line);
    }

    /// Adds a problem of a row's head, or of the row as a whole: its lines are held back with it.
    pub(super) fn report(&mut self, at: usize, problem: Problem) {
        if problem.severity == Severity::Error {
            self.scratch.rows[at].bad.get_or_insert(problem.code);
            let lines = self.scratch.lines_of(at);
            for line in &mut self.scratch.lines[lines] {
                if line.state == LineState::Good {
                    line.state = LineState::Bad(problem.code);
                }
            }
        }
        self.problems.push(problem);
    }

    /// Holds a head value against what earlier rows of the record said.
    fn agree(&mut self, (ordinal, field): (usize, &BoundField<'_>), at: usize, new: HeadValue) {
        let known = self.scratch.head[ordinal];
        let (Some((old, row)), Some((span, id))) = (known.value, new.value) else {
            self.scratch.head[ordinal] = new;
            return;
        };
        if new.stands_in || self.scratch.text(old) == self.scratch.text(span) {
            return;
        }
        if known.stands_in || self.rules.on_conflict == Choice::Last {
            self.scratch.head[ordinal] = new;
        }
        if known.stands_in {
            return;
        }
        let reject = self.rules.on_conflict == Choice::Reject;
        let problem = Problem {
            severity: if reject { Severity::Error } else { Severity::Warning },
            value: self.scratch.text(span).to_owned(),
            expected: self.name_of(row, id),
            ..field.problem(id, Code::ConflictingRows)
        };
        self.report(at, problem);
    }

    /// Whether every row of the record stands in a table that has both debtors and obligations.
    fn all_whole(&self) -> bool {
        self.scratch.rows.iter().all(|row| row.role == Role::Whole)
    }

    fn has_good(&self, role: Role) -> bool {
        self.scratch.rows.iter().any(|row| row.role == role && row.bad.is_none())
    }

    /// Whether a problem of the head holds the whole record back, whatever the rule on partial records says.
    fn head_is_bad(&self, rules: &[FieldRule]) -> bool {
        let of_head = |name: &str| rules.iter().any(|rule| rule.level == Level::Record && rule.name == name);
        let orphan = |code| matches!(code, Code::OrphanDebtor | Code::OrphanObligation);
        self.problems[self.fresh..].iter().any(|problem| {
            problem.severity == Severity::Error && (of_head(&problem.field) || orphan(problem.code))
        })
    }

    /// Makes the record of the values, which go over to it as they stand.
    fn write(&mut self, record: &mut Record) {
        record.begin(&mut self.scratch.text, &mut self.scratch.values);
        for (ordinal, head) in self.scratch.head.iter().enumerate() {
            if let Some((span, _)) = head.value {
                record.push_head(Slot::new(ordinal, span, head.is_plain));
            }
        }
        for line in self.scratch.lines.iter().filter(|line| line.state == LineState::Good) {
            record.push_line(line.values, line.written);
        }
    }
}

fn shape_problem(row: Row<'_>, id: RowId) -> Option<Problem> {
    let flaw = row.flaw()?;
    let (value, expected) = flaw.values();
    Some(Problem { value, expected, ..Problem::error(id, flaw.code()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::{bind, file};
    use crate::problem::{LeftOutState, Place};
    use crate::source::{Cursor, Form, RowBuffer};
    use crate::survey::Header;
    use proptest::prelude::*;

    const MAPPING: &str = "target = \"collections\"\n[source]\ndecimal = \",\"\n[expediente]\nIdentification = \"Id\"\nName = \"Name\"\nEmail = { column = \"Email\", default = \"sin@example.com\" }\nTelephone = { constant = \"3005550001\" }\n[obligation]\nid = \"Nro\"\nname = { constant = \"C\" }\ntotal_balance = \"Saldo\"\n";

    /// What became of rows `Id;Name;Email;Nro;Saldo` under some rules: the record, then a word a row.
    fn assemble(rules: &str, rows: &[&str]) -> (String, Vec<String>, Books) {
        let mapping = file::parse("m.toml", &format!("{MAPPING}[rules]\n{rules}\n")).unwrap();
        let names = ["Id", "Name", "Email", "Nro", "Saldo"].map(str::to_owned).to_vec();
        let header = Header { row: 1, names, data_offset: 0, data_row: 2 };
        let bound = bind::bind(&mapping, &header, &Place::default(), bind::Role::Whole).unwrap();
        let mut assembler = Assembler::new(mapping.rules, Some(4), Some(6));
        let target = crate::target::by_name("collections").unwrap();
        let dialect = crate::target::Dialect::default();
        let field = |rule: &FieldRule| super::super::record::RecordField::of(rule, target, &dialect);
        let mut record = Record::new(mapping.fields.iter().map(field).collect());
        assembler.begin(mapping.fields.len());
        let mut buffer = RowBuffer::default();
        let text = rows.iter().fold(String::new(), |text, row| text + row + "\n");
        let mut cursor = Cursor::at(&text, Form::Csv { delimiter: b';' }, 0, 2);
        while cursor.read(&mut buffer) {
            buffer.check_width(&text, 5);
            let id = RowId { table: 0, number: buffer.number };
            assembler.take(&bound, Row::of(&text, &buffer), id, None);
        }
        let mut assembly = Assembly::default();
        assembler.finish(&mapping.fields, &mut record, &mut assembly);
        let mut words: Vec<String> = (2u32..)
            .take(rows.len())
            .map(|number| {
                let is_its =
                    |left: &&LeftOut| left.row.number == number && left.state != LeftOutState::SentInPart;
                let left = assembler.left_out.iter().find(is_its);
                left.map_or("sent".to_owned(), |left| {
                    format!("{} {}", left.code, left.expected).trim().to_owned()
                })
            })
            .collect();
        let warnings = assembler.problems.iter().filter(|problem| problem.severity == Severity::Warning);
        words.extend(warnings.map(|problem| format!("warning {} {}", problem.code, problem.field)));
        let head: Vec<&str> = record.head().map(|value| value.text()).collect();
        let lines: Vec<String> = record
            .lines()
            .map(|line| line.values().map(|value| value.text()).collect::<Vec<_>>().join(","))
            .collect();
        let sent = if assembly.rows.is_empty() {
            "held".to_owned()
        } else {
            format!("{} [{}]", head.join("|"), lines.join(" "))
        };
        (sent, words, assembler.books)
    }

    type Case = (&'static str, &'static [&'static str], &'static str, &'static [&'static str]);

    /// Rules and rows; the record that is sent; and what became of each row.
    const CASES: &[Case] = &[
        (
            "",
            &["1;Ana;a@x.co;01;1,5", "1;Ana;a@x.co;02;2"],
            "1|Ana|a@x.co|3005550001 [01,C,1.5 02,C,2]",
            &["sent", "sent"],
        ),
        (
            "",
            &["1;Ana;a@x.co;01;1,5", "1;;;02;2"],
            "1|Ana|a@x.co|3005550001 [01,C,1.5 02,C,2]",
            &["sent", "sent"],
        ),
        (
            "",
            &["1;;;01;1,5", "1;Ana;a@x.co;02;2"],
            "1|Ana|a@x.co|3005550001 [01,C,1.5 02,C,2]",
            &["sent", "sent"],
        ),
        ("", &["1;Ana;;01;1"], "1|Ana|sin@example.com|3005550001 [01,C,1]", &["sent"]),
        ("", &["1;;a@x.co;01;1", "1;;a@x.co;02;1"], "held", &["missing-required", "missing-required"]),
        (
            "",
            &["1;Ana;a@x.co;01;1", "1;Ana;a@x.co;01;1"],
            "1|Ana|a@x.co|3005550001 [01,C,1]",
            &["sent", "duplicate-identical 2"],
        ),
        ("", &["1;Ana;a@x.co;01;1", "1;Ana;a@x.co;01;2"], "held", &["context 3", "duplicate-obligation"]),
        (
            "on_duplicate = \"first\"",
            &["1;Ana;a@x.co;01;1", "1;Ana;a@x.co;01;2"],
            "1|Ana|a@x.co|3005550001 [01,C,1]",
            &["sent", "duplicate-dropped 2"],
        ),
        (
            "on_duplicate = \"last\"",
            &["1;Ana;a@x.co;01;1", "1;Ana;a@x.co;01;2"],
            "1|Ana|a@x.co|3005550001 [01,C,2]",
            &["duplicate-dropped 3", "sent"],
        ),
        (
            "",
            &["1;Ana;a@x.co;01;1", "1;Eva;a@x.co;02;2"],
            "1|Ana|a@x.co|3005550001 [01,C,1 02,C,2]",
            &["sent", "sent", "warning conflicting-rows Name"],
        ),
        (
            "on_conflict = \"last\"",
            &["1;Ana;a@x.co;01;1", "1;Eva;a@x.co;02;2"],
            "1|Eva|a@x.co|3005550001 [01,C,1 02,C,2]",
            &["sent", "sent", "warning conflicting-rows Name"],
        ),
        (
            "on_conflict = \"reject\"",
            &["1;Ana;a@x.co;01;1", "1;Eva;a@x.co;02;2"],
            "held",
            &["context 3", "conflicting-rows"],
        ),
        ("", &["1;Ana;a@x.co;01;1", "1;Ana;a@x.co;02;dos"], "held", &["context 3", "bad-amount"]),
        (
            "partial = \"send_valid\"",
            &["1;Ana;a@x.co;01;1", "1;Ana;a@x.co;02;dos"],
            "1|Ana|a@x.co|3005550001 [01,C,1]",
            &["sent", "bad-amount"],
        ),
        (
            "partial = \"send_valid\"",
            &["1;Ana;nadie;01;1", "1;Ana;a@x.co;02;2"],
            "held",
            &["bad-email", "context 2"],
        ),
        ("partial = \"send_valid\"", &["1;Ana;a@x.co;01;uno"], "held", &["bad-amount"]),
        ("", &["1;Ana;a@x.co"], "held", &["ragged-row"]),
    ];

    #[test]
    fn rows_become_a_record_or_say_why_not() {
        for (rules, rows, sent, words) in CASES {
            let (found, found_words, books) = assemble(rules, rows);
            assert_eq!(
                (found.as_str(), found_words.iter().map(String::as_str).collect::<Vec<_>>()),
                (*sent, words.to_vec()),
                "{rules} {rows:?}"
            );
            assert!(books.balance());
        }
    }

    proptest! {
        /// Whatever the rows, each ends in one state, and what is left out plus what is sent is what was read.
        #[test]
        fn every_row_ends_in_one_state(
            rows in proptest::collection::vec(("[12]", "(Ana|Eva|)", "(a@x[.]co|bad|)", "0[123]", "(1|2,5|x|)"), 1..7),
            rules in 0usize..27,
        ) {
            let choices = ["first", "last", "reject"];
            let rules = format!(
                "on_conflict = \"{}\"\non_duplicate = \"{}\"\npartial = \"{}\"",
                choices[rules % 3], choices[rules / 3 % 3], if rules / 9 == 0 { "reject" } else { "send_valid" }
            );
            let rows: Vec<String> = rows.iter().map(|(_, name, email, id, amount)| format!("1;{name};{email};{id};{amount}")).collect();
            let texts: Vec<&str> = rows.iter().map(String::as_str).collect();
            let (sent, words, books) = assemble(&rules, &texts);
            let left: u64 = words[..rows.len()].iter().filter(|word| *word != "sent").count() as u64;
            prop_assert!(books.balance());
            prop_assert_eq!(books.rows.read, left);
            prop_assert_eq!(sent == "held", left == rows.len() as u64);
            prop_assert_eq!(books.records.read, u64::from(sent == "held"));
        }
    }
}
