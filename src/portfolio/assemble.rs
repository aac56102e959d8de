//! The rows of one record become the record, or the reasons why it cannot be sent.
//!
//! A record is sent whole: one bad line holds it back unless the mapping says `partial = "send_valid"`. A
//! blank of one row is no opinion where another row of the debtor has a value. Every row given ends in exactly
//! one state, and its money with it.

use rust_decimal::Decimal;

use crate::books::{Books, State, Weight};
use crate::lang::Code;
use crate::mapping::bind::BoundField;
use crate::mapping::convert::{Converted, convert_noting};
use crate::mapping::{Blank, Choice, Partial, Rules};
use crate::problem::{LeftOut, LeftOutState, Problem, RowId, Severity};
use crate::source::{Flaw, Row};
use crate::target::Level;

use super::Record;
use super::blanks::{BlankUse, Blanks};

/// What became of the rows of one record.
#[derive(Debug, Default)]
pub struct Assembly {
    /// The rows that are sent, each with its money; empty when the record is not.
    pub rows: Vec<(RowId, Decimal)>,
}

/// Makes records of rows, one record after the other.
#[derive(Debug)]
pub struct Assembler {
    rules: Rules,
    /// Ordinals of the key of a line and of the money among the mapping's fields.
    line_key: Option<usize>,
    money: Option<usize>,
    /// What was found; the caller takes it away now and then.
    pub problems: Vec<Problem>,
    /// Rows that are not sent; the caller takes it away now and then.
    pub left_out: Vec<LeftOut>,
    /// The books of the plan: what is invalid or skipped. What is sent is added by the caller.
    pub books: Books,
    /// What became of blank cells.
    pub blanks: Blanks,
    records: u32,
    /// Where the problems of the record at hand begin.
    fresh: usize,
    /// The money read from each table; none once an amount of it could not be read.
    tables: Vec<Option<Decimal>>,
    scratch: Scratch,
}

/// The rows of the record at hand, converted.
#[derive(Debug, Default)]
struct Scratch {
    text: String,
    lines: Vec<Line>,
    head: Vec<HeadValue>,
}

/// A value in the scratch text.
type Span = (usize, usize);

/// What the rows agreed on for a field of the head.
#[derive(Debug, Clone, Copy, Default)]
struct HeadValue {
    span: Option<Span>,
    row: u32,
    /// Whether it stands in for a blank: a default, or an empty text.
    stands_in: bool,
}

/// One row, converted.
#[derive(Debug)]
struct Line {
    id: RowId,
    values: Vec<(usize, Span)>,
    /// The fields whose value stands in for a blank.
    stand_ins: Vec<usize>,
    money: Option<Decimal>,
    state: LineState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LineState {
    Good,
    /// The first problem of the row.
    Bad(Code),
    /// Left out in favour of another row.
    Skipped(Code, u32),
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
            blanks: Blanks::default(),
            records: 0,
            fresh: 0,
            tables: Vec::new(),
            scratch: Scratch::default(),
        }
    }

    /// Begins the next record.
    pub fn begin(&mut self, fields: usize) {
        self.records += 1;
        self.fresh = self.problems.len();
        self.scratch.text.clear();
        self.scratch.lines.clear();
        self.scratch.head.clear();
        self.scratch.head.resize(fields, HeadValue::default());
        self.blanks.begin();
    }

    /// Leaves a row out that a filter does not let through; it has no say in its record.
    pub fn filter_out(&mut self, row: RowId, filter: &str, money: Option<Decimal>) {
        self.leave_out(LeftOut {
            row,
            rows: 1,
            state: LeftOutState::Skipped,
            code: Code::FilteredOut,
            expected: filter.to_owned(),
            money,
            record: None,
        });
    }

    /// Takes one row of the record. An objection holds the row back before its cells are looked at.
    pub fn take(&mut self, fields: &[BoundField<'_>], row: Row<'_>, id: RowId, objection: Option<Problem>) {
        let mut line =
            Line { id, values: Vec::new(), stand_ins: Vec::new(), money: None, state: LineState::Good };
        let mut money = Some(Decimal::ZERO);
        if let Some(problem) = shape_problem(row, id).or(objection) {
            line.money = self.money.is_none().then_some(Decimal::ZERO);
            self.count_money(&line);
            self.report(&mut line, problem);
            self.scratch.lines.push(line);
            return;
        }
        for (ordinal, field) in fields.iter().enumerate() {
            let start = self.scratch.text.len();
            let converted = convert_noting(field, row, id, &mut self.scratch.text, &mut self.problems);
            let span = (start, self.scratch.text.len());
            match (converted, field.rule.level) {
                (Ok(Converted::Omitted), _) => {}
                (Ok(value), Level::Record) => {
                    self.agree(ordinal, field, &mut line, (span, value != Converted::Value));
                }
                (Ok(value), Level::Line) => {
                    if value != Converted::Value {
                        line.stand_ins.push(ordinal);
                    }
                    if Some(ordinal) == self.money {
                        money = self.scratch.text[start..].parse().ok();
                    }
                    line.values.push((ordinal, span));
                }
                // Whether another row has the value is known at the end.
                (Err(problem), Level::Record) if problem.code == Code::MissingRequired => {}
                (Err(problem), _) => {
                    if Some(ordinal) == self.money {
                        money = None;
                    }
                    if problem.code == Code::MissingRequired {
                        self.blanks.count(ordinal, BlankUse::Rejected);
                    }
                    self.report(&mut line, *problem);
                }
            }
        }
        line.money = money;
        self.count_money(&line);
        self.check_duplicate(fields, &mut line);
        self.scratch.lines.push(line);
    }

    /// Ends the record: writes it, or holds its rows back.
    pub fn finish(&mut self, fields: &[BoundField<'_>], record: &mut Record) -> Assembly {
        self.check_missing(fields);
        let head_is_bad = self.head_is_bad(fields);
        let any_bad = self.scratch.lines.iter().any(|line| matches!(line.state, LineState::Bad(_)));
        let any_good = self.scratch.lines.iter().any(|line| line.state == LineState::Good);
        let held = head_is_bad || !any_good || (any_bad && self.rules.partial == Partial::Reject);
        self.settle_left_out(held);
        if held {
            return Assembly::default();
        }
        self.count_blanks(fields);
        self.write(record)
    }

    /// Holds back a record that was already written, because of a problem of its whole.
    pub fn hold_back(&mut self, assembly: &Assembly, code: Code, (value, expected): (String, String)) {
        let Some(&(first, _)) = assembly.rows.first() else { return };
        self.problems.push(Problem { value, expected, ..Problem::error(first, code) });
        self.blanks.take_back();
        for &(row, money) in &assembly.rows {
            self.leave_out(LeftOut {
                row,
                rows: 1,
                state: LeftOutState::Invalid,
                code: if row == first { code } else { Code::Context },
                expected: first.number.to_string(),
                money: Some(money),
                record: Some(self.records),
            });
        }
        self.books.records.add(State::Invalid, 1);
    }

    /// The money of all rows taken from a table, when every amount could be read.
    pub fn money_read(&self, table: u16) -> Option<Decimal> {
        self.tables.get(usize::from(table)).copied().unwrap_or(Some(Decimal::ZERO))
    }

    fn count_money(&mut self, line: &Line) {
        let table = usize::from(line.id.table);
        if self.tables.len() <= table {
            self.tables.resize(table + 1, Some(Decimal::ZERO));
        }
        self.tables[table] = self.tables[table].zip(line.money).map(|(sum, money)| sum + money);
    }

    fn report(&mut self, line: &mut Line, problem: Problem) {
        if line.state == LineState::Good && problem.severity == Severity::Error {
            line.state = LineState::Bad(problem.code);
        }
        self.problems.push(problem);
    }

    /// Holds a head value against what earlier rows of the record said.
    fn agree(
        &mut self,
        ordinal: usize,
        field: &BoundField<'_>,
        line: &mut Line,
        (span, stands_in): (Span, bool),
    ) {
        let new = HeadValue { span: Some(span), row: line.id.number, stands_in };
        let known = self.scratch.head[ordinal];
        let Some((start, end)) = known.span else {
            self.scratch.head[ordinal] = new;
            return;
        };
        let same = self.scratch.text[start..end] == self.scratch.text[span.0..span.1];
        if same || stands_in {
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
            column: field.columns.first().and_then(|column| u16::try_from(*column).ok()),
            severity: if reject { Severity::Error } else { Severity::Warning },
            field: field.rule.name.clone(),
            value: self.scratch.text[span.0..span.1].to_owned(),
            expected: known.row.to_string(),
            ..Problem::error(line.id, Code::ConflictingRows)
        };
        self.report(line, problem);
    }

    /// The same line id again: identical, dropped by rule, or a problem.
    fn check_duplicate(&mut self, fields: &[BoundField<'_>], line: &mut Line) {
        let Some(key) = self.line_key else { return };
        if line.state != LineState::Good {
            return;
        }
        let text = &self.scratch.text;
        let value = |line: &Line| {
            line.values.iter().find(|(field, _)| *field == key).map(|(_, (a, b))| &text[*a..*b])
        };
        let wanted = value(line);
        let earlier = self.scratch.lines.iter().position(|earlier| {
            !matches!(earlier.state, LineState::Skipped(..)) && wanted.is_some() && value(earlier) == wanted
        });
        let Some(earlier) = earlier else { return };
        let other = self.scratch.lines[earlier].id.number;
        if self.scratch.lines[earlier].state == LineState::Good
            && same_values(text, &self.scratch.lines[earlier], line)
        {
            line.state = LineState::Skipped(Code::DuplicateIdentical, other);
            return;
        }
        match self.rules.on_duplicate {
            Choice::First => line.state = LineState::Skipped(Code::DuplicateDropped, other),
            Choice::Last => {
                self.scratch.lines[earlier].state =
                    LineState::Skipped(Code::DuplicateDropped, line.id.number);
            }
            Choice::Reject => {
                let problem = Problem {
                    column: fields[key].columns.first().and_then(|column| u16::try_from(*column).ok()),
                    field: fields[key].rule.name.clone(),
                    value: wanted.unwrap_or_default().to_owned(),
                    expected: other.to_string(),
                    ..Problem::error(line.id, Code::DuplicateObligation)
                };
                self.report(line, problem);
            }
        }
    }

    /// A mandatory field of the head that no row has is missing in every row.
    fn check_missing(&mut self, fields: &[BoundField<'_>]) {
        let mut lines = std::mem::take(&mut self.scratch.lines);
        for (ordinal, field) in fields.iter().enumerate() {
            let missing = field.rule.level == Level::Record
                && field.rule.blank == Blank::Reject
                && self.scratch.head[ordinal].span.is_none();
            if !missing {
                continue;
            }
            for line in &mut lines {
                if self.has_field_problem(line.id, field) {
                    continue;
                }
                let problem = Problem {
                    column: field.columns.first().and_then(|column| u16::try_from(*column).ok()),
                    field: field.rule.name.clone(),
                    ..Problem::error(line.id, Code::MissingRequired)
                };
                self.blanks.count(ordinal, BlankUse::Rejected);
                self.report(line, problem);
            }
        }
        self.scratch.lines = lines;
    }

    /// Counts what is sent for the blanks of the record.
    fn count_blanks(&mut self, fields: &[BoundField<'_>]) {
        let used = |span: Option<Span>, stands_in: bool| match span {
            None => Some(BlankUse::Omitted),
            Some((start, end)) if stands_in && start == end => Some(BlankUse::Empty),
            Some(_) => stands_in.then_some(BlankUse::Default),
        };
        for (ordinal, field) in fields.iter().enumerate() {
            if field.rule.level == Level::Record {
                let head = self.scratch.head[ordinal];
                if let Some(used) = used(head.span, head.stands_in) {
                    self.blanks.count(ordinal, used);
                }
                continue;
            }
            for line in self.scratch.lines.iter().filter(|line| line.state == LineState::Good) {
                let span = line.values.iter().find(|(field, _)| *field == ordinal).map(|(_, span)| *span);
                if let Some(used) = used(span, line.stand_ins.contains(&ordinal)) {
                    self.blanks.count(ordinal, used);
                }
            }
        }
    }

    /// Whether the row already has a problem with this field, or with its shape as a whole.
    fn has_field_problem(&self, row: RowId, field: &BoundField<'_>) -> bool {
        self.problems[self.fresh..].iter().any(|problem| {
            problem.row == row
                && problem.severity == Severity::Error
                && (problem.field == field.rule.name || problem.field.is_empty())
        })
    }

    /// Whether a problem of the head holds the whole record back, whatever the rule on partial records says.
    fn head_is_bad(&self, fields: &[BoundField<'_>]) -> bool {
        self.problems[self.fresh..].iter().any(|problem| {
            problem.severity == Severity::Error
                && fields
                    .iter()
                    .any(|field| field.rule.level == Level::Record && field.rule.name == problem.field)
        })
    }

    /// Writes down the rows that are not sent: skipped ones always, the others as the record is held or they are bad.
    fn settle_left_out(&mut self, held: bool) {
        let lines = std::mem::take(&mut self.scratch.lines);
        let at_fault =
            lines.iter().find(|line| matches!(line.state, LineState::Bad(_))).map(|line| line.id.number);
        let mut any_invalid = false;
        for line in &lines {
            let (state, code, expected) = match line.state {
                LineState::Skipped(code, row) => (LeftOutState::Skipped, code, row.to_string()),
                LineState::Bad(code) => (LeftOutState::Invalid, code, String::new()),
                LineState::Good if held => (
                    LeftOutState::Invalid,
                    Code::Context,
                    at_fault.map_or_else(String::new, |row| row.to_string()),
                ),
                LineState::Good => continue,
            };
            any_invalid |= state == LeftOutState::Invalid;
            self.leave_out(LeftOut {
                row: line.id,
                rows: 1,
                state,
                code,
                expected,
                money: line.money,
                // Where the valid lines are sent, the record counts with them.
                record: held.then_some(self.records),
            });
        }
        if held && any_invalid {
            self.books.records.add(State::Invalid, 1);
        }
        self.scratch.lines = lines;
    }

    fn leave_out(&mut self, left_out: LeftOut) {
        let state = match left_out.state {
            LeftOutState::Invalid => State::Invalid,
            LeftOutState::Skipped => State::Skipped,
        };
        let rows = u64::from(left_out.rows);
        let money = left_out.money.unwrap_or_default();
        self.books.unreadable_rows += u64::from(left_out.money.is_none());
        self.books.add(state, Weight { rows, records: 0, obligations: rows, money });
        self.left_out.push(left_out);
    }

    fn write(&self, record: &mut Record) -> Assembly {
        let text = &self.scratch.text;
        record.clear();
        for (ordinal, value) in self.scratch.head.iter().enumerate() {
            if let Some((start, end)) = value.span {
                record.push(ordinal, &text[start..end]);
            }
        }
        let mut assembly = Assembly::default();
        for line in self.scratch.lines.iter().filter(|line| line.state == LineState::Good) {
            record.begin_line();
            for (ordinal, (start, end)) in &line.values {
                record.push(*ordinal, &text[*start..*end]);
            }
            assembly.rows.push((line.id, line.money.unwrap_or_default()));
        }
        assembly
    }
}

fn same_values(text: &str, a: &Line, b: &Line) -> bool {
    let values = |line: &Line| -> Vec<(usize, &str)> {
        line.values.iter().map(|(field, (start, end))| (*field, &text[*start..*end])).collect()
    };
    values(a) == values(b)
}

fn shape_problem(row: Row<'_>, id: RowId) -> Option<Problem> {
    let flaw = row.flaw()?;
    let problem = Problem::error(id, flaw.code());
    Some(match flaw {
        Flaw::Ragged { found, expected } => {
            Problem { value: found.to_string(), expected: expected.to_string(), ..problem }
        }
        Flaw::StrayQuote | Flaw::UnbalancedQuote => problem,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::{bind, file};
    use crate::problem::Place;
    use crate::source::{Cursor, Form, RowBuffer};
    use crate::survey::Header;
    use proptest::prelude::*;

    const MAPPING: &str = "target = \"collections\"\n[source]\ndecimal = \",\"\n[expediente]\nIdentification = \"Id\"\nName = \"Name\"\nEmail = { column = \"Email\", default = \"sin@example.com\" }\nTelephone = { constant = \"3005550001\" }\n[obligation]\nid = \"Nro\"\nname = { constant = \"C\" }\ntotal_balance = \"Saldo\"\n";

    /// What became of rows `Id;Name;Email;Nro;Saldo` under some rules: the record, then a word a row.
    fn assemble(rules: &str, rows: &[&str]) -> (String, Vec<String>, Books) {
        let mapping = file::parse("m.toml", &format!("{MAPPING}[rules]\n{rules}\n")).unwrap();
        let names = ["Id", "Name", "Email", "Nro", "Saldo"].map(str::to_owned).to_vec();
        let header = Header { row: 1, names, data_offset: 0, data_row: 2 };
        let fields = bind::bind(&mapping, &header, &Place::default()).unwrap();
        let mut assembler = Assembler::new(mapping.rules, Some(4), Some(6));
        let mut record = Record::new(fields.iter().map(|field| field.rule.name.clone()).collect());
        assembler.begin(fields.len());
        let mut buffer = RowBuffer::default();
        for (number, text) in (2u32..).zip(rows) {
            assert!(Cursor::at(text, Form::Csv { delimiter: b';' }, 0, number).read(&mut buffer));
            buffer.check_width(text, 5);
            assembler.take(&fields, Row::of(text, &buffer), RowId { table: 0, number }, None);
        }
        let assembly = assembler.finish(&fields, &mut record);
        let mut words: Vec<String> = (2u32..)
            .take(rows.len())
            .map(|number| {
                let left = assembler.left_out.iter().find(|left| left.row.number == number);
                left.map_or("sent".to_owned(), |left| {
                    format!("{} {}", left.code, left.expected).trim().to_owned()
                })
            })
            .collect();
        let warnings = assembler.problems.iter().filter(|problem| problem.severity == Severity::Warning);
        words.extend(warnings.map(|problem| format!("warning {} {}", problem.code, problem.field)));
        let head: Vec<&str> = record.head().map(|(_, value)| value).collect();
        let lines: Vec<String> =
            record.lines().map(|line| line.map(|(_, value)| value).collect::<Vec<_>>().join(",")).collect();
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
            rows in proptest::collection::vec(("[12]", "(Ana|Eva|)", "(a@x.co|bad|)", "0[123]", "(1|2,5|x|)"), 1..7),
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
