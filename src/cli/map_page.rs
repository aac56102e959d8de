//! What `map` shows of a mapping that it wrote: the target and why, each field with its column, what comes next.

use serde_json::{Value, json};

use crate::lang::{Lang, Say};
use crate::mapping::draft::{asked, asked_setting};
use crate::mapping::guess::beside::Beside;
use crate::mapping::guess::fitting::Fitting;
use crate::mapping::guess::score::SURE;
use crate::mapping::guess::{ColumnUse, FieldGuess, Guess, Looked};
use crate::report::terminal;
use crate::source::SourceFile;

use super::args::MapArgs;
use super::map::Found;
use super::targets::heading;

/// What is shown of a mapping that was written.
pub(super) struct Summary<'s> {
    pub(super) file: &'s SourceFile,
    pub(super) found: &'s Found<'s>,
    pub(super) args: &'s MapArgs,
    /// Whether somebody asked for the target.
    pub(super) is_asked: bool,
}

impl Summary<'_> {
    pub(super) fn page(&self, lang: Lang) -> String {
        let mut text = String::new();
        self.head(lang).iter().for_each(|line| terminal::put_line(&mut text, line));
        let mut rows: Vec<[String; 3]> = Vec::new();
        for guess in &self.found.guesses {
            let shown = |found: &&FieldGuess| !found.taken.is_empty() || found.question.is_some();
            rows.extend(guess.fields.iter().filter(shown).map(|found| field_row(guess, found, lang)));
            for (column, use_of) in guess.named() {
                if let ColumnUse::Custom(_) = use_of {
                    rows.push([use_text(use_of, lang), guess.names[column].clone(), String::new()]);
                }
            }
        }
        for setting in self.found.guesses.iter().flat_map(|guess| &guess.settings) {
            rows.push([format!("[endpoint] {}", setting.name), String::new(), asked_setting(setting, lang)]);
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
        let command = self.check();
        let next = if self.is_answered() { Say::NextHead } else { Say::MapAnswer };
        terminal::put_line(&mut text, &next.with(lang, &[("command", &command), ("path", &path)]));
        text
    }

    /// Where the tables stand, which target they are for and why, and what is particular about them.
    fn head(&self, lang: Lang) -> Vec<String> {
        let looked = self.found.tables[0];
        let row = looked.header.row.to_string();
        let mut lines = match (&looked.table.sheet, self.file.tables.len(), self.found.joined()) {
            (_, _, Some(joined)) => joined_text(joined, lang).to_vec(),
            (Some(sheet), count, _) if count > 1 => {
                let count = count.to_string();
                vec![Say::MapSheet.with(lang, &[("sheet", sheet), ("count", &count), ("row", &row)])]
            }
            _ => vec![Say::MapTable.with(lang, &[("name", &self.file.name), ("row", &row)])],
        };
        lines.extend(fits_text(&self.found.fittings, self.is_asked, lang));
        let beside = self.found.guesses.iter().filter_map(|guess| guess.beside.as_ref());
        lines.extend(beside.flat_map(|beside| beside_text(beside, lang)));
        lines
    }

    pub(super) fn json(&self, lang: Lang) -> Value {
        let fields = self
            .found
            .guesses
            .iter()
            .flat_map(|guess| guess.fields.iter().map(move |found| self.field_json(guess, found, lang)));
        let column = |looked: &Looked<'_>, name: &str, use_of: &ColumnUse| json!({ "sheet": looked.table.sheet, "column": name, "field": use_json(use_of) });
        let columns = self.parts().flat_map(|(looked, guess)| {
            let named = looked.header.names.iter().zip(&guess.columns);
            named.map(move |(name, use_of)| column(looked, name, use_of))
        });
        let asked = |setting: &crate::target::Setting| json!({ "name": setting.name, "question": asked_setting(setting, lang) });
        let settings = self.found.guesses.iter().flat_map(|guess| &guess.settings);
        let [sure, look, questions, custom] = self.counts();
        let looked = self.found.tables[0];
        json!({
            "mapping": self.args.out.display().to_string(), "target": self.found.target.name(),
            "fits": self.found.fittings.iter().map(|fitting| fit_json(fitting, lang)).collect::<Vec<_>>(),
            "file": self.file.name, "sheet": looked.table.sheet.as_ref().filter(|_| self.found.tables.len() == 1),
            "joined": self.found.joined().map(joined_json),
            "side_by_side": self.found.guesses[0].beside.as_ref().map(beside_json),
            "header_row": looked.header.row, "sure": sure, "look": look, "questions": questions,
            "custom": custom, "fields": fields.collect::<Vec<_>>(), "columns": columns.collect::<Vec<_>>(),
            "endpoint": settings.map(asked).collect::<Vec<_>>(), "next": self.is_answered().then(|| self.check()),
        })
    }

    fn field_json(&self, guess: &Guess, found: &FieldGuess, lang: Lang) -> Value {
        let reasons: Vec<String> = found
            .taken
            .iter()
            .map(|taken| taken.reason.sentence(&guess.names[taken.column], found.field.name, lang))
            .collect();
        json!({
            "section": self.found.target.section(found.field.level), "field": found.field.name,
            "columns": columns(guess, found), "confidence": found.confidence(), "reasons": reasons,
            "question": found.question.map(|question| asked(question, lang)),
        })
    }

    fn parts(&self) -> impl Iterator<Item = (&Looked<'_>, &Guess)> {
        self.found.tables.iter().copied().zip(&self.found.guesses)
    }

    /// Fields that are sure, fields to look at, questions, custom fields.
    fn counts(&self) -> [usize; 4] {
        let guesses = &self.found.guesses;
        let fields = || guesses.iter().flat_map(|guess| &guess.fields);
        let answered = |found: &&FieldGuess| found.question.is_none() && !found.taken.is_empty();
        let sure = fields().filter(answered).filter(|found| found.confidence() >= SURE).count();
        let all = fields().filter(answered).count();
        let is_custom = |(_, use_of): &(usize, &ColumnUse)| matches!(use_of, ColumnUse::Custom(_));
        let custom = guesses.iter().flat_map(Guess::named).filter(is_custom).count();
        [sure, all - sure, guesses.iter().map(Guess::questions).sum(), custom]
    }

    fn is_answered(&self) -> bool {
        let [_, _, questions, _] = self.counts();
        questions == 0
    }

    /// The command that comes when no question is open.
    fn check(&self) -> String {
        format!("cartera check {} -m {}", self.file.name, self.args.out.display())
    }
}

fn field_row(guess: &Guess, found: &FieldGuess, lang: Lang) -> [String; 3] {
    let confidence = format!("{} %", found.confidence());
    let question = found.question.map(|question| asked(question, lang));
    let columns = columns(guess, found).join(", ");
    [found.field.name.to_owned(), columns, question.unwrap_or(confidence)]
}

/// What a mapping calls the columns of a field.
fn columns<'g>(guess: &'g Guess, found: &FieldGuess) -> Vec<&'g str> {
    found.taken.iter().map(|taken| guess.names[taken.column].as_str()).collect()
}

/// Which target is meant and why, and which other one might be.
pub(super) fn fits_text(fittings: &[Fitting], is_asked: bool, lang: Lang) -> Vec<String> {
    let [best, others @ ..] = fittings else { return Vec::new() };
    let lines = |say: Say, fitting: &Fitting| {
        let named = say.with(lang, &[("target", fitting.target.name())]);
        [named, format!("  {}", fitting.sentence(lang))]
    };
    let first = lines(if is_asked { Say::FitsAsked } else { Say::FitsBest }, best);
    let other = others.iter().find(|other| other.rivals(best));
    first.into_iter().chain(other.into_iter().flat_map(|other| lines(Say::FitsOther, other))).collect()
}

/// How a file fits a target, as JSON.
pub(super) fn fit_json(fitting: &Fitting, lang: Lang) -> Value {
    json!({
        "target": fitting.target.name(), "fields": fitting.taken, "columns": fitting.columns,
        "missing": fitting.missing, "reason": fitting.sentence(lang),
    })
}

/// That lines stand beside each other.
pub(super) fn beside_text(beside: &Beside, lang: Lang) -> [String; 2] {
    let patterns: Vec<String> = beside.patterns.iter().map(|pattern| format!("«{}»", pattern.name)).collect();
    let count = lang.count(beside.numbers.len() as u64);
    [Say::BesideSeen.with(lang, &[("count", &count)]), format!("  {}", patterns.join(", "))]
}

/// That lines stand beside each other, as JSON.
pub(super) fn beside_json(beside: &Beside) -> Value {
    let patterns: Vec<&str> = beside.patterns.iter().map(|pattern| pattern.name.as_str()).collect();
    json!({ "numbers": beside.numbers, "patterns": patterns })
}

/// That two tables belong together: each sheet with the column that joins it, and the share of the obligations whose
/// debtor is there.
pub(super) fn joined_text(joined: ([(&str, &str); 2], u64), lang: Lang) -> [String; 2] {
    let ([debtors, obligations], share) = joined;
    let sides = [
        ("debtors", debtors.0),
        ("key", debtors.1),
        ("obligations", obligations.0),
        ("other", obligations.1),
    ];
    let found = Say::JoinedShare.with(lang, &[("share", &share.to_string())]);
    [Say::JoinedSeen.with(lang, &sides), format!("  {found}")]
}

/// That two tables belong together, as JSON.
pub(super) fn joined_json(([debtors, obligations], share): ([(&str, &str); 2], u64)) -> Value {
    let side = |(sheet, key): (&str, &str)| json!({ "sheet": sheet, "key": key });
    json!({ "debtors": side(debtors), "obligations": side(obligations), "share": share })
}

/// What becomes of a column, for a table of columns.
pub(super) fn use_text(use_of: &ColumnUse, lang: Lang) -> String {
    match use_of {
        ColumnUse::Field(field, confidence) => {
            Say::MapField.with(lang, &[("field", field), ("confidence", &confidence.to_string())])
        }
        ColumnUse::Custom(custom) => Say::MapCustom.with(lang, &[("name", &custom.name)]),
        ColumnUse::Key => Say::MapKey.text(lang).to_owned(),
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
        ColumnUse::Key => json!({ "name": null, "confidence": null, "custom": false, "key": true }),
        ColumnUse::Unread(_) => Value::Null,
    }
}
