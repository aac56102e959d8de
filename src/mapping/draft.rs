//! A guess written down as a mapping that a person reads, corrects and keeps.
//!
//! The same guess gives the same text: the target's order of fields, the file's order of columns, nothing of a
//! clock. Each line carries its confidence and reason; what has to be decided stands as a question that the parser
//! refuses ([`super::file::QUESTION`]), its possible answers commented below it. Nothing is written to disk here.

use super::file::QUESTION;
use super::guess::score::{Candidate, SURE};
use super::guess::{ColumnUse, Custom, Decided, FieldGuess, Guess, How, Question};
use crate::lang::{Lang, Say};
use crate::survey::columns::ColumnKind;
use crate::survey::{DateOrder, Format, Header};
use crate::target::{Field, FieldKind, Level, Target};

/// Where the guessed table stands in its file.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'o> {
    /// The file's name.
    pub file: &'o str,
    /// The sheet and how many there are, where the mapping has to name it.
    pub sheet: Option<(&'o str, usize)>,
    /// The row of the header, where the mapping has to name it.
    pub header_row: Option<u32>,
}

/// The text of a mapping.
pub fn write(target: &dyn Target, origin: Origin<'_>, header: &Header, guess: &Guess, lang: Lang) -> String {
    let mut draft = Draft { header, guess, lang, text: String::new() };
    draft.head(target, origin);
    for level in [Level::Record, Level::Line] {
        if let Some(name) = target.section(level) {
            draft.section(name, level);
        }
    }
    draft.rules();
    draft.unread();
    draft.text
}

struct Draft<'d> {
    header: &'d Header,
    guess: &'d Guess,
    lang: Lang,
    text: String,
}

impl Draft<'_> {
    fn head(&mut self, target: &dyn Target, origin: Origin<'_>) {
        let name = one_line(origin.file);
        self.remark(&Say::DraftHead.with(self.lang, &[("name", &name)]));
        self.remark(&Say::DraftHow.with(self.lang, &[("sure", &SURE.to_string())]));
        if self.guess.questions() > 0 {
            let count = self.guess.questions().to_string();
            self.remark(&Say::DraftQuestions.with(self.lang, &[("count", &count)]));
        }
        self.put("");
        self.put(&format!("target = {}", quoted(target.name())));
        self.country();
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

    /// The country that the values prove; else a comment to fill in.
    fn country(&mut self) {
        let Some(proved) = self.guess.country else {
            return self.put(&format!("# country = \"CO\"   # {}", Say::DraftCountry.text(self.lang)));
        };
        let (documents, phones) = (self.lang.count(proved.documents), self.lang.count(proved.phones));
        let why = Say::DraftCountryProved.with(self.lang, &[("documents", &documents), ("phones", &phones)]);
        self.put(&format!("country = {}   # {why}", quoted(proved.country.as_str())));
    }

    fn section(&mut self, name: &str, level: Level) {
        let guess = self.guess;
        let fields: Vec<&FieldGuess> =
            guess.fields.iter().filter(|found| found.field.level == level).collect();
        let width = fields.iter().map(|found| found.field.name.len()).max().unwrap_or(0);
        self.put(&format!("\n[{name}]"));
        for found in fields {
            self.field(found, width);
        }
        let customs: Vec<(usize, &Custom)> = guess
            .columns
            .iter()
            .enumerate()
            .filter_map(|(column, use_of)| match use_of {
                ColumnUse::Custom(custom) if custom.level == level => Some((column, custom)),
                _ => None,
            })
            .collect();
        if customs.is_empty() {
            return;
        }
        self.put(&format!("\n[{name}.custom]"));
        self.remark(Say::DraftCustom.text(self.lang));
        let width = customs.iter().map(|(_, custom)| custom.name.len()).max().unwrap_or(0);
        for (column, custom) in customs {
            self.custom(column, custom, width);
        }
    }

    fn field(&mut self, found: &FieldGuess, width: usize) {
        let name = format!("{:width$}", found.field.name);
        let columns: Vec<usize> = found.taken.iter().map(|taken| taken.column).collect();
        match found.question {
            None if columns.is_empty() => {
                self.put(&format!("# {name} = \"…\"   # {}", Say::DraftNone.text(self.lang)));
                self.answers(found, &name);
            }
            None => {
                let value = self.value(found.field, found.how, &columns, None);
                self.put(&format!("{name} = {value}   # {}", self.reasons(found)));
            }
            Some(question @ (Question::Missing | Question::TooClose)) => {
                self.put(&format!("{name} = \"{QUESTION}\"   # {}", asked(question, self.lang)));
                self.answers(found, &name);
            }
            Some(question) => self.option_asked(found, &name, question),
        }
    }

    /// The columns that a field might have, as comments to choose from.
    fn answers(&mut self, found: &FieldGuess, name: &str) {
        /// More answers than these are no help.
        const ANSWERS_MAX: usize = 5;
        for rival in found.taken.iter().chain(&found.rivals).take(ANSWERS_MAX) {
            let value = self.value(found.field, How::Column, &[rival.column], None);
            self.put(&format!("# {name} = {value}   # {}", self.reason(rival, found.field)));
        }
        if let (Some(_), Some(constant)) = (found.question, constant(found.field, self.lang)) {
            self.put(&format!("# {name} = {{ constant = {} }}", quoted(constant)));
        }
    }

    /// A field whose column is known, but not how to read it or what to do with its blanks.
    fn option_asked(&mut self, found: &FieldGuess, name: &str, question: Question) {
        let columns: Vec<usize> = found.taken.iter().map(|taken| taken.column).collect();
        let (option, answers): (&str, [&str; 2]) = match (question, found.field.kind) {
            (Question::Format, FieldKind::Amount) => ("decimal", [",", "."]),
            (Question::Format, _) => {
                ("dates", [DateOrder::DayMonthYear.as_str(), DateOrder::MonthDayYear.as_str()])
            }
            _ => ("blank", ["reject", "empty"]),
        };
        let why = format!("   # {}; {}", asked(question, self.lang), self.reasons(found));
        for (answer, mark, why) in
            [(QUESTION, "", why.as_str()), (answers[0], "# ", ""), (answers[1], "# ", "")]
        {
            let extra = format!("{option} = {}", quoted(answer));
            let value = self.value(found.field, found.how, &columns, Some(&extra));
            self.put(&format!("{mark}{name} = {value}{why}"));
        }
    }

    fn custom(&mut self, column: usize, custom: &Custom, width: usize) {
        let header = quoted(&self.header.names[column]);
        let (say, share) = custom.why;
        let mut why = say.with(self.lang, &[("share", &share.to_string())]);
        let kind = match custom.kind {
            ColumnKind::Date => Some("date"),
            ColumnKind::Amount => Some("amount"),
            _ => None,
        };
        // Where nothing proves how it is written, it is sent as it stands.
        let value = match (kind, self.guess.formats.get(&column)) {
            (Some(kind), Some(Decided::Free)) => format!("{{ column = {header}, type = \"{kind}\" }}"),
            (Some(kind), Some(Decided::Proved(format, _))) => {
                why.push_str(&self.proof(column));
                format!("{{ column = {header}, type = \"{kind}\", {} }}", option(*format))
            }
            _ => header,
        };
        self.put(&format!("{:width$} = {value}   # {why}", custom.name));
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

    fn unread(&mut self) {
        let mut lines = Vec::new();
        for (column, use_of) in self.guess.columns.iter().enumerate() {
            let ColumnUse::Unread(why) = use_of else { continue };
            let header = one_line(&self.header.names[column]);
            let number = (column + 1).to_string();
            let values = [("number", number.as_str()), ("column", &header), ("why", why.text(self.lang))];
            lines.push(Say::DraftUnreadColumn.with(self.lang, &values));
        }
        if !lines.is_empty() {
            self.put("");
            self.remark(Say::DraftUnread.text(self.lang));
            for line in lines {
                self.remark(&format!("  {line}"));
            }
        }
    }

    /// What stands behind a field's name: a header where that is all, else a table.
    fn value(&self, field: &Field, how: How, columns: &[usize], extra: Option<&str>) -> String {
        let headers: Vec<String> = columns.iter().map(|column| quoted(&self.header.names[*column])).collect();
        let mut parts = vec![match how {
            How::Column => format!("column = {}", headers.concat()),
            How::First => format!("first = [{}]", headers.join(", ")),
            How::Join => format!("join = [{}]", headers.join(", ")),
        }];
        let format = columns.first().and_then(|column| self.guess.formats.get(column));
        if let (Some(Decided::Proved(format, _)), FieldKind::Date | FieldKind::Moment | FieldKind::Amount) =
            (format, field.kind)
        {
            parts.push(option(*format));
        }
        if field.kind == FieldKind::Phone {
            parts.push("convert = [\"digits\"]".to_owned());
        }
        parts.extend(extra.map(str::to_owned));
        match (how, parts.len()) {
            (How::Column, 1) => headers.concat(),
            _ => format!("{{ {} }}", parts.join(", ")),
        }
    }

    /// Confidence and reason of each column of a field, and the proof of its format.
    fn reasons(&self, found: &FieldGuess) -> String {
        let all: Vec<String> = found.taken.iter().map(|taken| self.reason(taken, found.field)).collect();
        let proof = found.taken.first().map_or_else(String::new, |taken| self.proof(taken.column));
        format!("{}{proof}", all.join(" · "))
    }

    fn reason(&self, found: &Candidate, field: &Field) -> String {
        let header = one_line(&self.header.names[found.column]);
        format!("{} %: {}", found.confidence, found.reason.sentence(&header, field.name, self.lang))
    }

    fn proof(&self, column: usize) -> String {
        let Some(Decided::Proved(format, proof)) = self.guess.formats.get(&column) else {
            return String::new();
        };
        let (format, row) = (format.to_string(), proof.row.to_string());
        let values = [("format", format.as_str()), ("row", &row), ("value", &one_line(&proof.value))];
        format!("; {}", Say::DraftProof.with(self.lang, &values))
    }

    fn remark(&mut self, text: &str) {
        self.put(&format!("# {text}"));
    }

    fn put(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}

/// What a person is asked, as a sentence.
pub fn asked(question: Question, lang: Lang) -> String {
    match question {
        Question::Missing => Say::AskMissing.text(lang).to_owned(),
        Question::TooClose => Say::AskTooClose.text(lang).to_owned(),
        Question::Format => Say::AskFormat.text(lang).to_owned(),
        Question::Blank(blank, rows) => {
            Say::AskBlank.with(lang, &[("blank", &lang.count(blank)), ("rows", &lang.count(rows))])
        }
    }
}

/// A text that may stand in for a mandatory field that a creditor does not send.
fn constant(field: &Field, lang: Lang) -> Option<&'static str> {
    match (field.kind, field.level) {
        (FieldKind::Email, _) => Some("sincorreo@example.com"),
        (FieldKind::Text, Level::Line) => Some(Say::DraftConstant.text(lang)),
        _ => None,
    }
}

/// A format as the option that fixes it.
fn option(format: Format) -> String {
    match format {
        Format::Dates(order) => format!("dates = {}", quoted(order.as_str())),
        Format::Decimal(crate::survey::DecimalSign::Comma) => "decimal = \",\"".to_owned(),
        Format::Decimal(crate::survey::DecimalSign::Point) => "decimal = \".\"".to_owned(),
        Format::Ids(_) => String::new(),
    }
}

/// A text as TOML writes it on one line.
fn quoted(text: &str) -> String {
    let escaped = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04X}", u32::from(c)),
        c => c.to_string(),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}

/// A text that cannot end a comment.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::file;
    use crate::mapping::guess::{self, dictionary::Dictionary};
    use crate::source::Table;
    use crate::survey::layout::find_header;
    use crate::target::collections::Collections;
    use proptest::prelude::*;

    fn draft(text: &str, lang: Lang) -> String {
        let table = Table::csv_of_a_test(text);
        let header = find_header(&table, Some(1), &|_| false).unwrap();
        let guess = guess::of_table(&Collections, &table, &header, &Dictionary::with(&Vec::new()));
        let origin = Origin { file: "t.csv", sheet: Some(("Hoja \"1\"", 2)), header_row: Some(3) };
        write(&Collections, origin, &header, &guess, lang)
    }

    const WHOLE: &str = "Cédula;Nombres;Apellidos;Correo;Celular;Fijo;Crédito \"No\";Línea;Saldo;Vence;Ciudad;Abierto\n\
        1900345678;Ana;Paz;a@example.com;3005550123;6015550123;001;Consumo;1.500,25;31/01/2026;Cali;01/02/2026\n";

    #[test]
    fn a_guess_is_a_mapping() {
        let text = draft(&WHOLE.replace("Crédito \"No\"", "No. Crédito"), Lang::Es);
        let mapping = file::parse("m.toml", &text).unwrap_or_else(|failure| panic!("{failure}\n{text}"));
        let names: Vec<&str> = mapping.fields.iter().map(|rule| rule.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "Identification",
                "Name",
                "Email",
                "Telephone",
                "ciudad",
                "id",
                "name",
                "total_balance",
                "expiring_date",
                "abierto"
            ]
        );
        for line in [
            "Identification = \"Cédula\"   # 97 %: «Cédula» es un nombre conocido de Identification; el 100 % de los valores son números de documento",
            "Telephone      = { first = [\"Celular\", \"Fijo\"], convert = [\"digits\"] }   # 97 %",
            "Name           = { join = [\"Nombres\", \"Apellidos\"] }   # 97 %",
            "total_balance   = { column = \"Saldo\", decimal = \",\" }   # 88 %: «Saldo» suele ser total_balance; el 100 % de los valores son valores de dinero; 1.234,56 por la fila 2: 1.500,25",
            "expiring_date   = { column = \"Vence\", dates = \"DD/MM/YYYY\" }   # 97 %",
            "# portfolio_type  = \"…\"   # ninguna columna parece serlo",
            "sheet = \"Hoja \\\"1\\\"\"   # la más prometedora de 2 hojas",
            "ciudad = \"Ciudad\"   # ",
        ] {
            assert!(text.lines().any(|found| found.starts_with(line)), "{line}\n{text}");
        }
        assert_eq!(
            text,
            draft(&WHOLE.replace("Crédito \"No\"", "No. Crédito"), Lang::Es),
            "the same guess, the same text"
        );
    }

    #[test]
    fn a_question_is_refused_until_it_is_answered() {
        let text = draft(
            "Cédula;Nombre;Buzón;Tel;Factura;Concepto;Vence;Deuda total;Saldo total\n1900345678;Ana Paz;a@example.com;6015550123;F1;Luz;01/02/2026;1,5;2,5\n",
            Lang::En,
        );
        let open = file::parse("m.toml", &text).unwrap_err();
        assert_eq!(
            (open.code, open.value("expected", Lang::En)),
            (crate::lang::Code::MappingQuestion, Some("3")),
            "{text}"
        );
        let mut answered = text.clone();
        for (question, answer) in [
            ("Email          = \"?\"", "# Email          = \"Buzón\""),
            ("total_balance   = \"?\"", "# total_balance   = { column = \"Deuda total\", decimal = \",\" }"),
            (
                "expiring_date   = { column = \"Vence\", dates = \"?\" }",
                "# expiring_date   = { column = \"Vence\", dates = \"DD/MM/YYYY\" }",
            ),
        ] {
            assert!(text.contains(answer), "{answer}\n{text}");
            answered = answered.replacen(question, &answer[2..], 1);
        }
        assert!(file::parse("m.toml", &answered).is_ok(), "{answered}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_header_makes_a_mapping_or_a_question(headers in prop::collection::vec("[^;\n\r\"]{0,20}", 1..8)) {
            let cells: Vec<&str> = headers.iter().map(|_| "x1").collect();
            let text = draft(&format!("{};Cédula\n{};1\n", headers.join(";"), cells.join(";")), Lang::Es);
            let failure = file::parse("m.toml", &text).unwrap_err();
            prop_assert_eq!(failure.code, crate::lang::Code::MappingQuestion, "{}", text);
        }
    }
}
