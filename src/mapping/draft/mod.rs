//! A guess written down as a mapping that a person reads, corrects and keeps.
//!
//! The same guess gives the same text: the target's order of fields, the file's order of columns, nothing of a
//! clock. Each line carries its confidence and reason; what has to be decided stands as a question that the parser
//! refuses ([`super::file::QUESTION`]), its possible answers commented below it. Nothing is written to disk here.

#[cfg(test)]
mod tests;
mod texts;

use super::bind::Role;
use super::file::{GAP, QUESTION};
use super::guess::score::{Candidate, SURE};
use super::guess::{ColumnUse, Custom, Decided, FieldGuess, Guess, How, Question};
use super::keys;
use crate::lang::{Lang, Say};
use crate::survey::DateOrder;
use crate::survey::columns::ColumnKind;
use crate::target::{Field, FieldKind, Level, Needed, Target};

use texts::{answers, constants, key, one_line, option, quoted, word_map};
pub use texts::{asked, asked_setting};

/// Where the guessed tables stand in their file.
#[derive(Debug, Clone)]
pub struct Origin<'o> {
    /// The file's name.
    pub file: &'o str,
    /// Why it is this target, where nobody asked for it.
    pub fits: Option<String>,
    /// The sheet and how many there are, where the mapping has to name it.
    pub sheet: Option<(&'o str, usize)>,
    /// The row of the header, where the mapping has to name it.
    pub header_row: Option<u32>,
    /// Of debtors and obligations in two tables, the sheet and the column that joins it, and the share of the rows of
    /// obligations whose debtor is there, in percent.
    pub joined: Option<([(&'o str, &'o str); 2], u64)>,
}

/// The text of a mapping, made of one guess, or of those of the debtors and of the obligations.
pub fn write(target: &dyn Target, origin: &Origin<'_>, guesses: &[Guess], lang: Lang) -> String {
    let mut draft = Draft { target, guesses, lang, text: String::new() };
    draft.head(origin);
    draft.endpoint();
    for level in [Level::Record, Level::Line] {
        if let Some(name) = target.section(level) {
            draft.section(name, level);
        }
    }
    if target.section(Level::Record).is_some() {
        draft.rules();
    }
    draft.unread(origin);
    draft.text
}

struct Draft<'d> {
    target: &'d dyn Target,
    guesses: &'d [Guess],
    lang: Lang,
    text: String,
}

impl<'d> Draft<'d> {
    /// The guess that the fields of a level come from.
    fn guess(&self, level: Level) -> &'d Guess {
        match (self.guesses, level) {
            ([_, line], Level::Line) => line,
            (guesses, _) => &guesses[0],
        }
    }

    fn head(&mut self, origin: &Origin<'_>) {
        let name = one_line(origin.file);
        self.remark(&Say::DraftHead.with(self.lang, &[("name", &name)]));
        self.remark(&Say::DraftHow.with(self.lang, &[("sure", &SURE.to_string())]));
        let questions: usize = self.guesses.iter().map(Guess::questions).sum();
        if questions > 0 {
            self.remark(&Say::DraftQuestions.with(self.lang, &[("count", &questions.to_string())]));
        }
        self.put("");
        let why = origin.fits.as_ref().map_or_else(String::new, |why| format!("   # {why}"));
        self.put(&format!("target = {}{why}", quoted(self.target.name())));
        self.country();
        self.source(origin);
        self.tables(origin);
    }

    fn source(&mut self, origin: &Origin<'_>) {
        if origin.sheet.is_none() && origin.header_row.is_none() {
            return;
        }
        self.put("\n[source]");
        if let Some((sheet, count)) = origin.sheet {
            let why = Say::DraftSheet.with(self.lang, &[("count", &count.to_string())]);
            self.put(&format!("sheet = {}   # {why}", quoted(sheet)));
        }
        if let Some(row) = origin.header_row {
            self.put(&format!("header_row = {row}   # {}", Say::DraftHeaderRow.text(self.lang)));
        }
    }

    /// The two tables and the column that joins them.
    fn tables(&mut self, origin: &Origin<'_>) {
        let Some((sides, share)) = origin.joined else { return };
        let why = Say::DraftKey.with(self.lang, &[("share", &share.to_string())]);
        for ((table, role), (sheet, column)) in Role::JOINED.into_iter().zip(sides) {
            let why = if role == Role::Obligations { format!("   # {why}") } else { String::new() };
            self.put(&format!("\n[{}.{table}]", keys::TABLES.name));
            self.put(&format!("sheet = {}", quoted(sheet)));
            self.put(&format!("key   = {}{why}", quoted(column)));
        }
    }

    /// The country that the values prove; else a comment to fill in.
    fn country(&mut self) {
        let Some(proved) = self.guess(Level::Record).country else {
            return self.put(&format!("# country = \"CO\"   # {}", Say::DraftCountry.text(self.lang)));
        };
        let (documents, phones) = (self.lang.count(proved.documents), self.lang.count(proved.phones));
        let why = Say::DraftCountryProved.with(self.lang, &[("documents", &documents), ("phones", &phones)]);
        self.put(&format!("country = {}   # {why}", quoted(proved.country.as_str())));
    }

    /// What the documents of the endpoint leave open: questions, and what may be said.
    fn endpoint(&mut self) {
        let asked: Vec<_> = self.guesses.iter().flat_map(|guess| &guess.settings).collect();
        let may_be_said = |setting: &&crate::target::Setting| {
            setting.needed == Needed::No
                && setting.default.is_none()
                && self.target.section(Level::Record).is_none()
        };
        let free: Vec<_> = self.target.settings().iter().filter(may_be_said).collect();
        if asked.is_empty() && free.is_empty() {
            return;
        }
        self.put(&format!("\n[{}]", keys::ENDPOINT));
        for setting in asked {
            self.put(&format!("{} = \"{QUESTION}\"   # {}", setting.name, asked_setting(setting, self.lang)));
            for line in answers(setting) {
                self.remark(&line);
            }
        }
        for setting in free {
            for line in answers(setting) {
                self.remark(&format!("{line}   # {}", setting.about.text(self.lang)));
            }
        }
    }

    fn section(&mut self, name: &str, level: Level) {
        let guess = self.guess(level);
        let fields: Vec<&FieldGuess> =
            guess.fields.iter().filter(|found| found.field.level == level).collect();
        let width = fields.iter().map(|found| found.field.name.len()).max().unwrap_or(0);
        self.put(&format!("\n[{name}]"));
        for found in fields {
            self.field(guess, found, width);
        }
        let customs: Vec<(usize, &Custom)> = guess
            .named()
            .filter_map(|(column, use_of)| match use_of {
                ColumnUse::Custom(custom) if custom.level == level => Some((column, custom)),
                _ => None,
            })
            .collect();
        if customs.is_empty() {
            return;
        }
        // The fields of a module that has none of its own stand in the section itself.
        if !self.target.fields().is_empty() {
            self.put(&format!("\n[{name}.custom]"));
        }
        self.remark(Say::DraftCustom.text(self.lang));
        let width = customs.iter().map(|(_, custom)| key(&custom.name).chars().count()).max().unwrap_or(0);
        for (column, custom) in customs {
            self.custom(guess, (column, custom), width);
        }
    }

    fn field(&mut self, guess: &Guess, found: &FieldGuess, width: usize) {
        let name = format!("{:width$}", found.field.name);
        let columns: Vec<usize> = found.taken.iter().map(|taken| taken.column).collect();
        match found.question {
            None if columns.is_empty() => {
                self.put(&format!("# {name} = \"{GAP}\"   # {}", Say::DraftNone.text(self.lang)));
                self.answers(guess, found, &name);
            }
            None => {
                let value = value(guess, found, &columns, None);
                self.put(&format!("{name} = {value}   # {}", self.reasons(guess, found)));
            }
            Some(question @ (Question::Missing | Question::TooClose | Question::Words)) => {
                self.put(&format!("{name} = \"{QUESTION}\"   # {}", asked(question, self.lang)));
                self.answers(guess, found, &name);
            }
            Some(question) => self.option_asked(guess, found, &name, question),
        }
    }

    /// The columns that a field might have, as comments to choose from.
    fn answers(&mut self, guess: &Guess, found: &FieldGuess, name: &str) {
        /// More answers than these are no help.
        const ANSWERS_MAX: usize = 5;
        if let (Some(words), true) = (&found.words, found.question.is_some()) {
            let column = quoted(&guess.names[words.column]);
            self.remark(&format!("{name} = {{ column = {column}, {} }}", word_map(words)));
        }
        let rivals = found.taken.iter().filter(|_| found.words.is_none()).chain(&found.rivals);
        for rival in rivals.take(ANSWERS_MAX) {
            let value = value_of_one(guess, found.field, rival.column);
            self.put(&format!("# {name} = {value}   # {}", self.reason(guess, rival, found.field)));
        }
        if found.question == Some(Question::Missing) || (found.question.is_some() && found.field.mandatory) {
            for constant in constants(self.target, found, self.lang) {
                self.remark(&format!("{name} = {{ constant = {} }}", quoted(&constant)));
            }
        }
    }

    /// A field whose column is known, but not how to read it or what to do with its blanks.
    fn option_asked(&mut self, guess: &Guess, found: &FieldGuess, name: &str, question: Question) {
        let columns: Vec<usize> = found.taken.iter().map(|taken| taken.column).collect();
        let (option, answers): (&str, [&str; 2]) = match (question, found.field.kind) {
            (Question::Format, FieldKind::Amount) => ("decimal", [",", "."]),
            (Question::Format, _) => {
                ("dates", [DateOrder::DayMonthYear.as_str(), DateOrder::MonthDayYear.as_str()])
            }
            _ => ("blank", ["reject", "empty"]),
        };
        let why = format!("   # {}; {}", asked(question, self.lang), self.reasons(guess, found));
        for (answer, mark, why) in
            [(QUESTION, "", why.as_str()), (answers[0], "# ", ""), (answers[1], "# ", "")]
        {
            let extra = format!("{option} = {}", quoted(answer));
            let value = value(guess, found, &columns, Some(&extra));
            self.put(&format!("{mark}{name} = {value}{why}"));
        }
    }

    fn custom(&mut self, guess: &Guess, (column, custom): (usize, &Custom), width: usize) {
        let header = quoted(&guess.names[column]);
        let (say, share) = custom.why;
        let mut why = vec![say.with(self.lang, &[("share", &share.to_string())])];
        why.retain(|_| say != Say::LevelModule);
        let kind = match custom.kind {
            ColumnKind::Date => Some("date"),
            ColumnKind::Amount => Some("amount"),
            _ => None,
        };
        // Where nothing proves how it is written, it is sent as it stands.
        let value = match (kind, guess.formats.get(&column)) {
            (Some(kind), Some(Decided::Free)) => format!("{{ column = {header}, type = \"{kind}\" }}"),
            (Some(kind), Some(Decided::Proved(format, _))) => {
                why.extend(self.proof(guess, column));
                format!("{{ column = {header}, type = \"{kind}\", {} }}", option(*format))
            }
            _ => header,
        };
        let why = if why.is_empty() { String::new() } else { format!("   # {}", why.join("; ")) };
        self.put(&format!("{:width$} = {value}{why}", key(&custom.name)));
    }

    fn rules(&mut self) {
        self.put("\n[rules]");
        for (line, why) in [
            ("on_conflict  = \"first\"", Say::DraftConflict),
            ("on_duplicate = \"reject\"", Say::DraftDuplicate),
            ("partial      = \"reject\"", Say::DraftRules),
        ] {
            self.put(&format!("{line}   # {}", why.text(self.lang)));
        }
    }

    fn unread(&mut self, origin: &Origin<'_>) {
        let mut lines = Vec::new();
        for (ordinal, guess) in self.guesses.iter().enumerate() {
            let sheet = origin
                .joined
                .map_or_else(String::new, |(sides, _)| format!("{}: ", one_line(sides[ordinal].0)));
            for (column, use_of) in guess.columns.iter().enumerate() {
                let ColumnUse::Unread(why) = use_of else { continue };
                let header = one_line(&guess.names[column]);
                let number = (column + 1).to_string();
                let values = [("number", number.as_str()), ("column", &header), ("why", why.text(self.lang))];
                lines.push(format!("{sheet}{}", Say::DraftUnreadColumn.with(self.lang, &values)));
            }
        }
        if !lines.is_empty() {
            self.put("");
            self.remark(Say::DraftUnread.text(self.lang));
            for line in lines {
                self.remark(&format!("  {line}"));
            }
        }
    }

    /// Confidence and reason of each column of a field, and the proof of its format; what several columns have in
    /// common is said once.
    fn reasons(&self, guess: &Guess, found: &FieldGuess) -> String {
        let mut said: Vec<(&Candidate, Vec<String>)> = Vec::new();
        for taken in &found.taken {
            let header = one_line(&guess.names[taken.column]);
            let same = |known: &&mut (&Candidate, Vec<String>)| {
                known.0.confidence == taken.confidence && known.0.reason == taken.reason
            };
            match said.iter_mut().find(same) {
                Some((_, others)) => others.push(format!("«{header}»")),
                None => said.push((taken, Vec::new())),
            }
        }
        let one = |(taken, others): &(&Candidate, Vec<String>)| {
            let reason = self.reason(guess, taken, found.field);
            if others.is_empty() {
                return reason;
            }
            let others = others.join(", ");
            format!("{reason}; {}", Say::DraftLikewise.with(self.lang, &[("columns", &others)]))
        };
        let all: Vec<String> = said.iter().map(one).collect();
        let proof = found.taken.first().and_then(|taken| self.proof(guess, taken.column));
        [all.join(" · ")].into_iter().chain(proof).collect::<Vec<_>>().join("; ")
    }

    fn reason(&self, guess: &Guess, found: &Candidate, field: &Field) -> String {
        let header = one_line(&guess.names[found.column]);
        format!("{} %: {}", found.confidence, found.reason.sentence(&header, field.name, self.lang))
    }

    fn proof(&self, guess: &Guess, column: usize) -> Option<String> {
        let Some(Decided::Proved(format, proof)) = guess.formats.get(&column) else { return None };
        let (format, row) = (format.to_string(), proof.row.to_string());
        let values = [("format", format.as_str()), ("row", &row), ("value", &one_line(&proof.value))];
        Some(Say::DraftProof.with(self.lang, &values))
    }

    fn remark(&mut self, text: &str) {
        self.put(&format!("# {text}"));
    }

    fn put(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}

/// What stands behind a field's name where one column feeds it.
fn value_of_one(guess: &Guess, field: &Field, column: usize) -> String {
    written(guess, (field, How::Column), &[column], &[])
}

/// What stands behind a field's name.
fn value(guess: &Guess, found: &FieldGuess, columns: &[usize], extra: Option<&str>) -> String {
    let map = found.words.as_ref().map(word_map);
    let extra: Vec<&str> = map.as_deref().into_iter().chain(extra).collect();
    written(guess, (found.field, found.how), columns, &extra)
}

/// Columns as a mapping writes them: a header where that is all, else a table.
fn written(guess: &Guess, (field, how): (&Field, How), columns: &[usize], extra: &[&str]) -> String {
    let headers: Vec<String> = columns.iter().map(|column| quoted(&guess.names[*column])).collect();
    let mut parts = vec![match how {
        How::Column => format!("column = {}", headers.concat()),
        How::First => format!("first = [{}]", headers.join(", ")),
        How::Join => format!("join = [{}]", headers.join(", ")),
    }];
    let format = columns.first().and_then(|column| guess.formats.get(column));
    if let (Some(Decided::Proved(format, _)), FieldKind::Date | FieldKind::Moment | FieldKind::Amount) =
        (format, field.kind)
    {
        parts.push(option(*format));
    }
    if field.kind == FieldKind::Phone {
        parts.push("convert = [\"digits\"]".to_owned());
    }
    parts.extend(extra.iter().map(|extra| (*extra).to_owned()));
    match (how, parts.len()) {
        (How::Column, 1) => headers.concat(),
        _ => format!("{{ {} }}", parts.join(", ")),
    }
}
