//! What the rows of a record have said of its head, so that what they say again is not looked at again.
//!
//! Nearly every row of a debtor but the first repeats the debtor word by word. Where the columns that feed the head stand
//! side by side, as creditors write them, one comparison finds that out for all of them. The same cells come to the same
//! values; and where they led to no problem and no remark, and nothing has since, they change nothing any more. Nothing
//! here knows what a cell says.

use super::scratch::Scratch;
use crate::mapping::bind::HeadColumns;
use crate::mapping::short_way::Seen;
use crate::source::{Row, Words};

/// What was said of the head, stretch by stretch of its columns.
#[derive(Debug, Default)]
pub(super) struct Said {
    stretches: Vec<Stretch>,
}

/// What was said in neighbouring columns.
#[derive(Debug, Default)]
struct Stretch {
    /// The words of the last row that was looked at, and its table; none where something was wrong with what was said.
    known: Option<(u16, Words)>,
    /// What its cells were seen to be.
    seen: Vec<Seen>,
    /// The words of the row at hand, and its table.
    now: Option<(u16, Words)>,
    /// Whether they are those of the last row.
    is_again: bool,
}

impl Said {
    /// Whatever is said next counts as new.
    pub(super) fn forget(&mut self) {
        self.stretches.iter_mut().for_each(|stretch| stretch.known = None);
    }

    /// Whether the row at hand says nothing new in a stretch.
    #[inline]
    pub(super) fn is_again(&self, stretch: usize) -> bool {
        self.stretches[stretch].is_again
    }
}

impl Scratch {
    /// Compares what a row of a table says with what was said.
    pub(super) fn hear(&mut self, head: &HeadColumns, row: Row<'_>, table: u16) {
        let said = &mut self.said.stretches;
        if said.len() < head.stretches.len() {
            said.resize_with(head.stretches.len(), Stretch::default);
        }
        for (stretch, columns) in said.iter_mut().zip(&head.stretches) {
            stretch.now = row.words(columns.clone()).map(|words| (table, words));
            stretch.is_again = match (stretch.now, stretch.known) {
                (Some((_, now)), Some((of_table, known))) => table == of_table && row.says(now, known),
                _ => false,
            };
            if stretch.is_again {
                self.seen[columns.clone()].copy_from_slice(&stretch.seen);
            }
        }
    }

    /// Remembers what the row at hand has said, unless something is wrong with it: then all counts as new again.
    pub(super) fn remember_said(&mut self, head: &HeadColumns, is_clean: bool) {
        if !is_clean {
            return self.said.forget();
        }
        for (stretch, columns) in self.said.stretches.iter_mut().zip(&head.stretches) {
            if !stretch.is_again {
                stretch.known = stretch.now;
                stretch.seen.clear();
                // Beyond the end of a row nothing was seen.
                stretch.seen.extend_from_slice(self.seen.get(columns.clone()).unwrap_or_default());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Assembler, Assembly, Record, record::RecordField};
    use crate::mapping::{bind, file};
    use crate::problem::{Place, RowId};
    use crate::source::{Cursor, Form, Row, RowBuffer};
    use crate::survey::Header;

    const COLUMNS: [&str; 7] = ["Id", "Name", "Email", "Nro", "Phone", "City", "Saldo"];
    const MAPPING: &str = "target = \"collections\"\n[source]\ndecimal = \",\"\n[expediente]\nIdentification = \"Id\"\n\
        Name = { join = [\"Name\", \"City\"] }\nEmail = { column = \"Email\", default = \"sin@example.com\" }\n\
        Telephone = { column = \"Phone\", blank = \"empty\" }\n[expediente.custom]\ncity = \"City\"\nlimit = { column = \"Phone\", type = \"amount\", blank = \"omit\" }\n\
        [obligation]\nid = \"Nro\"\nname = { constant = \"C\" }\ntotal_balance = \"Saldo\"\n[obligation.custom]\nplace = { column = \"City\", blank = \"empty\" }\nother = { column = \"Phone\", blank = \"omit\" }\n";

    /// What becomes of rows, and what each of their cells was seen to be; where what was said is forgotten, every cell
    /// is looked at, and no line stands written in the text of its record.
    fn assemble(rules: &str, rows: &[String], forgets: bool) -> String {
        let mapping = file::parse("m.toml", &format!("{MAPPING}[rules]\n{rules}\n")).unwrap();
        let names = COLUMNS.map(str::to_owned).to_vec();
        let header = Header { row: 1, names, data_offset: 0, data_row: 2 };
        let bound = bind::bind(&mapping, &header, &Place::default(), bind::Role::Whole).unwrap();
        let mut assembler = Assembler::new(mapping.rules, Some(6), Some(8));
        let target = crate::target::by_name("collections").unwrap();
        let dialect = crate::target::Dialect::default();
        let fields = mapping.fields.iter().map(|rule| RecordField::of(rule, target, &dialect));
        let mut record = Record::new(fields.collect());
        let (mut buffer, mut told) = (RowBuffer::default(), Vec::new());
        if !forgets {
            assembler.fields = record.fields().clone();
        }
        assembler.begin(mapping.fields.len());
        let (one, other) = rows.split_at(rows.len() / 2);
        for (table, text) in (0..).zip([one.concat(), other.concat()]) {
            let mut cursor = Cursor::at(&text, Form::Csv { delimiter: b';' }, 0, 2);
            while cursor.read(&mut buffer) {
                buffer.check_width(&text, COLUMNS.len());
                let row = Row::of(&text, &buffer);
                if forgets {
                    assembler.scratch.said.forget();
                }
                assembler.take(&bound, row, RowId { table, number: row.number() }, None);
                told.extend((0..COLUMNS.len()).map(|column| assembler.seen_in(column)));
            }
        }
        let mut assembly = Assembly::default();
        assembler.finish(&mapping.fields, &mut record, &mut assembly);
        let mut body = Vec::new();
        target.render(&record, &dialect, &mut body);
        let body = if assembly.rows.is_empty() { String::new() } else { String::from_utf8(body).unwrap() };
        let found = (&assembler.problems, &assembler.left_out, &assembler.books, &assembler.blanks);
        format!("{told:?} {body} {assembly:?} {found:?}")
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_said_again_or_stands_written_changes_nothing(
            rows in proptest::collection::vec(
                ("(1|\"1\"|01|)", "(Ana|\"Ana\"|\"a;b\"|\"a\"\"b\"|\"a\nb\"||x\u{7f})", "(a@example[.]com|\"a@example[.]com\"|mal|)", "[1-3]", "(3005550001|3|)", "(Cali|Bogotá|\"x\"\"y\"|)", "(1,5|1,5|x)", 1usize..3),
                1..7,
            ),
            rules in prop_oneof![Just(""), Just("on_conflict = \"first\""), Just("on_conflict = \"last\""), Just("on_conflict = \"last\"\npartial = \"send_valid\"")],
        ) {
            let line = |(id, name, email, nro, phone, city, saldo, times): &(String, String, String, String, String, String, String, usize)| {
                format!("{id};{name};{email};{nro};{phone};{city};{saldo}\n").repeat(*times)
            };
            let rows: Vec<String> = rows.iter().map(line).collect();
            prop_assert_eq!(assemble(rules, &rows, false), assemble(rules, &rows, true));
        }
    }
}
