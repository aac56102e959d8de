//! `cartera map FILE -o M.toml`: the mapping of a new file, written from what its columns seem to be.

use std::collections::HashSet;

use serde_json::{Value, json};
use tokio::task::block_in_place;

use crate::lang::{Lang, Say};
use crate::mapping::draft::{self, Origin, asked};
use crate::mapping::guess::dictionary::Dictionary;
use crate::mapping::guess::score::SURE;
use crate::mapping::guess::{self, ColumnUse, FieldGuess, Guess};
use crate::mapping::names;
use crate::problem::{Exit, Place, Result};
use crate::report::terminal;
use crate::source::{self, SheetChoice, SourceFile, SourceOptions, Table};
use crate::survey::Header;
use crate::survey::layout::{find_header, guess_header};
use crate::synonyms;
use crate::target::Target;

use super::args::MapArgs;
use super::targets::{heading, wanted, write_new};
use super::{Desk, workplace};

pub(super) fn run(desk: &Desk, args: &MapArgs) -> Result<Exit> {
    let target = wanted(&args.map_target, "--target")?;
    let dictionary = Dictionary::with(&synonyms::read(desk.global.config.as_deref())?);
    let options = SourceOptions { sheets: SheetChoice::All, ..SourceOptions::default() };
    let workplace = workplace(&desk.settings(desk.given())?)?;
    let file = block_in_place(|| source::open(&args.file, &options, &workplace))?;
    let found = block_in_place(|| most_promising(target, &file, &dictionary))?;
    let count = file.tables.len();
    let origin = Origin {
        file: &file.name,
        sheet: found.table.sheet.as_deref().filter(|_| count > 1).map(|sheet| (sheet, count)),
        header_row: found.header_row()?,
    };
    let text = draft::write(target, origin, &found.header, &found.guess, desk.lang());
    write_new(&args.out, text.as_bytes(), args.force)?;
    let summary = Summary { target, file: &file, found: &found, args };
    desk.screen.result(&if desk.screen.json {
        format!("{}\n", summary.json(desk.lang()))
    } else {
        summary.page(desk.lang())
    });
    Ok(Exit::Done)
}

/// A table and what was guessed about it.
struct Found<'f> {
    table: &'f Table,
    header: Header,
    guess: Guess,
}

impl Found<'_> {
    /// The header's row, where a load would not find it by the names that the mapping asks for.
    fn header_row(&self) -> Result<Option<u32>> {
        let used = self.guess.columns.iter().zip(&self.header.names);
        let used = used.filter(|(use_of, _)| !matches!(use_of, ColumnUse::Unread(_)));
        let used: HashSet<String> = used.map(|(_, name)| names::normal(name)).collect();
        let by_itself = find_header(self.table, None, &|name| used.contains(&names::normal(name)))?;
        Ok((by_itself != self.header).then_some(self.header.row))
    }
}

/// The table whose columns feed the most; the first of several alike.
fn most_promising<'f>(
    target: &dyn Target,
    file: &'f SourceFile,
    dictionary: &Dictionary,
) -> Result<Found<'f>> {
    let mut best: Option<Found<'f>> = None;
    let mut failure = None;
    for table in &file.tables {
        match guess_header(table, &|name| dictionary.knows(name)) {
            Err(error) => {
                let place = Place { file: file.name.clone(), sheet: table.sheet.clone(), ..Place::default() };
                failure = Some(error.within(&place));
            }
            Ok(header) => {
                let guess = guess::of_table(target, table, &header, dictionary);
                if best.as_ref().is_none_or(|best| guess.worth() > best.guess.worth()) {
                    best = Some(Found { table, header, guess });
                }
            }
        }
    }
    best.ok_or_else(|| failure.expect("a file that is read has a table, or says why not"))
}

/// What is shown of a mapping that was written.
struct Summary<'s> {
    target: &'s dyn Target,
    file: &'s SourceFile,
    found: &'s Found<'s>,
    args: &'s MapArgs,
}

impl Summary<'_> {
    fn page(&self, lang: Lang) -> String {
        let Found { table, header, guess } = self.found;
        let row = header.row.to_string();
        let mut text = match (&table.sheet, self.file.tables.len()) {
            (Some(sheet), count) if count > 1 => {
                Say::MapSheet.with(lang, &[("sheet", sheet), ("count", &count.to_string()), ("row", &row)])
            }
            _ => Say::MapTable.with(lang, &[("name", &self.file.name), ("row", &row)]),
        };
        text.push('\n');
        let mut rows: Vec<[String; 3]> = Vec::new();
        for found in guess.fields.iter().filter(|found| !found.taken.is_empty() || found.question.is_some()) {
            let confidence = format!("{} %", found.confidence());
            let question = found.question.map(|question| asked(question, lang));
            rows.push([
                found.field.name.to_owned(),
                self.columns(found).join(", "),
                question.unwrap_or(confidence),
            ]);
        }
        for (name, use_of) in header.names.iter().zip(&guess.columns) {
            if let ColumnUse::Custom(_) = use_of {
                rows.push([use_text(use_of, lang), name.clone(), String::new()]);
            }
        }
        text.push_str(&terminal::table(&heading(Say::MapHeading, lang), &rows));
        let path = self.args.out.display().to_string();
        let [sure, look, questions, custom] = self.counts().map(|count| lang.count(count as u64));
        let values = [
            ("path", path.as_str()),
            ("sure", &sure),
            ("look", &look),
            ("questions", &questions),
            ("custom", &custom),
        ];
        terminal::put_line(&mut text, &Say::MapWritten.with(lang, &values));
        if let Some(command) = self.next() {
            terminal::put_line(&mut text, &Say::NextHead.with(lang, &[("command", &command)]));
        }
        text
    }

    fn json(&self, lang: Lang) -> Value {
        let Found { table, header, guess } = self.found;
        let section = |level| self.target.section(level);
        let fields: Vec<Value> = guess
            .fields
            .iter()
            .map(|found| {
                let reasons: Vec<String> = found
                    .taken
                    .iter()
                    .map(|taken| taken.reason.sentence(&header.names[taken.column], found.field.name, lang))
                    .collect();
                json!({
                    "section": section(found.field.level), "field": found.field.name, "columns": self.columns(found),
                    "confidence": found.confidence(), "reasons": reasons,
                    "question": found.question.map(|question| asked(question, lang)),
                })
            })
            .collect();
        let columns: Vec<Value> = header
            .names
            .iter()
            .zip(&guess.columns)
            .map(|(name, use_of)| json!({ "column": name, "field": use_json(use_of) }))
            .collect();
        let [sure, look, questions, custom] = self.counts();
        json!({
            "mapping": self.args.out.display().to_string(), "target": self.target.name(), "file": self.file.name,
            "sheet": table.sheet, "header_row": header.row, "sure": sure, "look": look, "questions": questions,
            "custom": custom, "fields": fields, "columns": columns, "next": self.next(),
        })
    }

    fn columns(&self, found: &FieldGuess) -> Vec<&str> {
        found.taken.iter().map(|taken| self.found.header.names[taken.column].as_str()).collect()
    }

    /// Fields that are sure, fields to look at, questions, custom fields.
    fn counts(&self) -> [usize; 4] {
        let guess = &self.found.guess;
        let answered = |found: &&FieldGuess| found.question.is_none() && !found.taken.is_empty();
        let sure = guess.fields.iter().filter(answered).filter(|found| found.confidence() >= SURE).count();
        let all = guess.fields.iter().filter(answered).count();
        let custom = guess.columns.iter().filter(|use_of| matches!(use_of, ColumnUse::Custom(_))).count();
        [sure, all - sure, guess.questions(), custom]
    }

    /// The command to run next; none while a question is open.
    fn next(&self) -> Option<String> {
        let ready = self.found.guess.questions() == 0;
        ready.then(|| format!("cartera check {} -m {}", self.file.name, self.args.out.display()))
    }
}

/// What becomes of a column, for a table of columns.
pub(super) fn use_text(use_of: &ColumnUse, lang: Lang) -> String {
    match use_of {
        ColumnUse::Field(field, confidence) => {
            Say::MapField.with(lang, &[("field", field), ("confidence", &confidence.to_string())])
        }
        ColumnUse::Custom(custom) => Say::MapCustom.with(lang, &[("name", &custom.name)]),
        ColumnUse::Unread(_) => String::new(),
    }
}

/// What becomes of a column, as JSON.
pub(super) fn use_json(use_of: &ColumnUse) -> Value {
    match use_of {
        ColumnUse::Field(field, confidence) => {
            json!({ "name": field, "confidence": confidence, "custom": false })
        }
        ColumnUse::Custom(custom) => json!({ "name": custom.name, "confidence": null, "custom": true }),
        ColumnUse::Unread(_) => Value::Null,
    }
}
