//! The mapping file: TOML that a collections analyst can read and correct.
//!
//! It is walked by hand over a spanned document, so that every mistake names the file, the line and the
//! nearest name that exists. Nothing unknown is ignored: a key that means nothing is an error.

mod conversions;
mod expect;
mod fields;
mod filters;

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{
    Choice, ColumnName, Country, HiddenRows, Mapping, Partial, Rules, SourceSettings, endpoint, keys, names,
};
use crate::lang::Code;
use crate::problem::{Failure, Result};
use crate::source::{self, SheetChoice};
use crate::survey::{DateOrder, DecimalSign};
use crate::target::{Level, Target};

/// What stands for an answer that a person has yet to give.
pub const QUESTION: &str = "?";
/// What stands for a text that a person has yet to put there, in an answer that is offered.
pub const GAP: &str = "…";

/// Reads and checks a mapping file.
///
/// # Errors
/// A [`Failure`] that names the line and what is expected there.
pub fn read(path: &Path) -> Result<Mapping> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Failure::new(Code::FileNotFound).with("value", &name),
        _ => Failure::new(Code::FileUnreadable).with("value", &name).with("reason", error),
    })?;
    parse(&name, &text)
}

/// Understands the text of a mapping; `path` is only for messages.
///
/// # Errors
/// As [`read`].
pub fn parse(path: &str, text: &str) -> Result<Mapping> {
    let mut document = Document { path, text, country: None };
    let root = DeTable::parse(text).map_err(|error| document.syntax(&error))?;
    let root = root.get_ref();
    document.no_questions(root)?;
    let target = document.target(root)?;
    let sections = [Level::Record, Level::Line].map(|level| (level, target.section(level)));
    let mut known = keys::names(&keys::ROOT);
    known.extend(sections.iter().filter_map(|(_, name)| *name));
    if sections.iter().all(|(_, name)| name.is_some()) {
        known.push(keys::TABLES.name);
    }
    if !target.settings().is_empty() {
        known.push(keys::ENDPOINT);
    }
    document.only(root, &known)?;
    let countries = Country::ALL.map(|(code, _)| format!("{code:?}")).join(", ");
    document.country = document.choice_of(root, "country", &countries, Country::of_name)?;
    let mut fields = Vec::new();
    for (level, name) in sections {
        if let Some(name) = name {
            fields.extend(document.section(root, target, name, level)?);
        }
    }
    document.check_numbered(&fields, target)?;
    let tables = document.joined_tables(root)?;
    document.check_tables(&fields, tables.is_some(), target)?;
    Ok(Mapping {
        path: path.to_owned(),
        text: text.to_owned(),
        target: target.name().to_owned(),
        country: document.country,
        source: document.source(root)?,
        tables,
        filters: document.filters(root)?,
        expect: document.expect(root, &fields)?,
        fields,
        rules: document.rules(root)?,
        endpoint: document.endpoint(root, target)?,
        as_of: None,
    })
}

pub(super) type Value<'i> = Spanned<DeValue<'i>>;
pub(super) type Table<'i> = DeTable<'i>;

/// A mapping file that is being read.
pub(super) struct Document<'d> {
    pub(super) path: &'d str,
    text: &'d str,
    country: Option<Country>,
}

impl Document<'_> {
    fn line(&self, offset: usize) -> usize {
        self.text[..offset.min(self.text.len())].matches('\n').count() + 1
    }

    fn place(&self, offset: usize) -> String {
        format!("{}:{}", self.path, self.line(offset))
    }

    fn syntax(&self, error: &toml::de::Error) -> Failure {
        let offset = error.span().map_or(0, |span| span.start);
        Failure::new(Code::MappingSyntax).with("place", self.place(offset)).with("reason", error.message())
    }

    pub(super) fn bad<T>(&self, value: &Value<'_>, expected: &str) -> Result<T> {
        let found = &self.text[value.span()];
        Err(Failure::new(Code::MappingBadValue)
            .with("place", self.place(value.span().start))
            .with("value", found)
            .with("expected", expected))
    }

    /// Refuses a mapping in which a person has yet to decide something: `cartera map` writes [`QUESTION`] there, and
    /// [`GAP`] into answers that nobody can know.
    fn no_questions(&self, root: &Table<'_>) -> Result<()> {
        let mut asked: Vec<(usize, &str)> = Vec::new();
        let mut open: Vec<(Vec<&str>, &Value<'_>)> =
            root.iter().map(|(key, value)| (vec![key.get_ref().as_ref()], value)).collect();
        while let Some((path, value)) = open.pop() {
            match value.get_ref() {
                DeValue::String(text) if is_open(text, &path) => {
                    asked.push((value.span().start, path.last().copied().unwrap_or_default()));
                }
                DeValue::Table(table) => open.extend(table.iter().map(|(key, value)| {
                    let inner = path.iter().copied().chain([key.get_ref().as_ref()]);
                    (inner.collect(), value)
                })),
                DeValue::Array(list) => open.extend(list.iter().map(|value| (path.clone(), value))),
                _ => {}
            }
        }
        let Some((offset, key)) = asked.iter().min() else { return Ok(()) };
        Err(Failure::new(Code::MappingQuestion)
            .with("place", self.place(*offset))
            .with("value", key)
            .with("expected", asked.len()))
    }

    /// Refuses keys that mean nothing here.
    pub(super) fn only(&self, table: &Table<'_>, known: &[&str]) -> Result<()> {
        for key in table.keys() {
            let name = key.get_ref().as_ref();
            if !known.contains(&name) {
                return Err(Failure::new(Code::MappingUnknownKey)
                    .with("place", self.place(key.span().start))
                    .with("value", name)
                    .with("hint", hint(names::nearest(name, known.iter().copied()))));
            }
        }
        Ok(())
    }

    pub(super) fn table_of<'t, 'i>(&self, table: &'t Table<'i>, key: &str) -> Result<Option<&'t Table<'i>>> {
        match table.get(key) {
            None => Ok(None),
            Some(value) => match value.get_ref() {
                DeValue::Table(inner) => Ok(Some(inner)),
                _ => self.bad(value, &format!("[{key}]")),
            },
        }
    }

    pub(super) fn text_of<'t>(
        &self,
        table: &'t Table<'_>,
        key: &str,
    ) -> Result<Option<(&'t str, &'t Value<'t>)>> {
        match table.get(key) {
            None => Ok(None),
            Some(value) => match value.get_ref() {
                DeValue::String(text) => Ok(Some((text.as_ref(), value))),
                _ => self.bad(value, "\"…\""),
            },
        }
    }

    /// A text that must be one of a few; `expected` says which.
    pub(super) fn choice_of<T>(
        &self,
        table: &Table<'_>,
        key: &str,
        expected: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>> {
        let Some((text, value)) = self.text_of(table, key)? else { return Ok(None) };
        match read(text) {
            Some(choice) => Ok(Some(choice)),
            None => self.bad(value, expected),
        }
    }

    fn target(&self, root: &Table<'_>) -> Result<&'static dyn Target> {
        let Some((name, value)) = self.text_of(root, "target")? else {
            return Err(Failure::new(Code::MappingMissingField)
                .with("place", self.place(0))
                .with("value", "target")
                .with("expected", "…"));
        };
        let known: Vec<_> = crate::target::all().iter().map(|target| target.name()).collect();
        match crate::target::by_name(name) {
            Some(target) => Ok(target),
            None => self.bad(value, &known.join(", ")),
        }
    }

    fn endpoint(&self, root: &Table<'_>, target: &dyn Target) -> Result<endpoint::Settings> {
        let Some(table) = self.table_of(root, keys::ENDPOINT)? else { return Ok(endpoint::Settings::new()) };
        let place = |offset: usize| self.place(offset);
        let origin = endpoint::Origin { text: self.text, place: &place, bad_value: Code::MappingBadValue };
        origin.settings(target, table)
    }

    fn source(&self, root: &Table<'_>) -> Result<SourceSettings> {
        let mut settings = SourceSettings::default();
        let Some(table) = self.table_of(root, "source")? else { return Ok(settings) };
        self.only(table, &keys::names(&keys::SOURCE))?;
        if let Some(value) = table.get("sheet") {
            settings.options.sheets = match value.get_ref() {
                DeValue::String(name) if name == "*" => SheetChoice::All,
                _ => SheetChoice::Named(self.texts(value)?.into_iter().map(|column| column.name).collect()),
            };
        }
        if let Some(value) = table.get("header_row") {
            let row = value.get_ref().as_integer().and_then(|number| number.as_str().parse().ok());
            settings.header_row = match row {
                Some(row) if row > 0 => Some(row),
                _ => return self.bad(value, "1, 2, 3…"),
            };
        }
        settings.options.encoding = self.encoding(table)?;
        let one_byte = |text: &str| match text.as_bytes() {
            [byte] if byte.is_ascii() && *byte != b'"' => Some(*byte),
            _ => None,
        };
        settings.options.delimiter =
            self.choice_of(table, "delimiter", "\";\", \",\", \"|\", \"\\t\"", one_byte)?;
        settings.decimal = self.decimal(table)?;
        settings.dates = self.dates(table)?;
        let hidden = |text: &str| match text {
            "load" => Some(HiddenRows::Load),
            "skip" => Some(HiddenRows::Skip),
            _ => None,
        };
        let expected = "\"load\", \"skip\"";
        settings.hidden_rows = self.choice_of(table, "hidden_rows", expected, hidden)?.unwrap_or_default();
        settings.repairs_text = self.switch(table, "repair", "none", "mojibake")?;
        settings.fills_merges = self.switch(table, "merged_cells", "problem", "fill")?;
        if let Some(list) = table.get("blank_values") {
            settings.blank_values =
                self.texts(list)?.into_iter().map(|text| text.name.trim().to_owned()).collect();
        }
        Ok(settings)
    }

    /// Whether the second of two words stands there; the first is what is meant where nothing does.
    fn switch(&self, table: &Table<'_>, key: &str, off: &str, on: &str) -> Result<bool> {
        let expected = format!("\"{off}\", \"{on}\"");
        let read = |text: &str| (text == on || text == off).then_some(text == on);
        Ok(self.choice_of(table, key, &expected, read)?.unwrap_or_default())
    }

    fn encoding(&self, table: &Table<'_>) -> Result<Option<String>> {
        let Some((name, value)) = self.text_of(table, "encoding")? else { return Ok(None) };
        if source::is_encoding(name) {
            return Ok(Some(name.to_owned()));
        }
        let nearest = names::nearest(name, source::ENCODINGS);
        let failure = self.bad::<()>(value, &source::ENCODINGS.map(|name| format!("{name:?}")).join(", "));
        Err(failure.expect_err("a bad value is a failure").with("hint", hint(nearest)))
    }

    fn decimal(&self, table: &Table<'_>) -> Result<Option<DecimalSign>> {
        self.choice_of(table, "decimal", "\",\", \".\"", DecimalSign::of_name)
    }

    fn dates(&self, table: &Table<'_>) -> Result<Option<DateOrder>> {
        let all = DateOrder::ALL.map(|order| format!("{:?}", order.as_str())).join(", ");
        self.choice_of(table, "dates", &all, DateOrder::of_name)
    }

    fn rules(&self, root: &Table<'_>) -> Result<Rules> {
        let mut rules = Rules::default();
        let Some(table) = self.table_of(root, "rules")? else { return Ok(rules) };
        self.only(table, &keys::names(&keys::RULES))?;
        let choice = |text: &str| match text {
            "first" => Some(Choice::First),
            "last" => Some(Choice::Last),
            "reject" => Some(Choice::Reject),
            _ => None,
        };
        let expected = "\"first\", \"last\", \"reject\"";
        rules.on_conflict =
            self.choice_of(table, "on_conflict", expected, choice)?.unwrap_or(rules.on_conflict);
        rules.on_duplicate =
            self.choice_of(table, "on_duplicate", expected, choice)?.unwrap_or(rules.on_duplicate);
        let partial = |text: &str| match text {
            "reject" => Some(Partial::Reject),
            "send_valid" => Some(Partial::SendValid),
            _ => None,
        };
        rules.partial =
            self.choice_of(table, "partial", "\"reject\", \"send_valid\"", partial)?.unwrap_or(rules.partial);
        Ok(rules)
    }

    pub(super) fn column(&self, value: &Value<'_>) -> Result<ColumnName> {
        match value.get_ref() {
            DeValue::String(name) if !name.trim().is_empty() => {
                Ok(ColumnName { name: name.as_ref().to_owned(), line: self.line(value.span().start) })
            }
            _ => self.bad(value, "\"columna\""),
        }
    }

    /// One text, or a list of at least one.
    fn texts(&self, value: &Value<'_>) -> Result<Vec<ColumnName>> {
        match value.get_ref() {
            DeValue::Array(list) if !list.is_empty() => list.iter().map(|inner| self.column(inner)).collect(),
            DeValue::String(_) => Ok(vec![self.column(value)?]),
            _ => self.bad(value, "[\"…\", \"…\"]"),
        }
    }
}

/// Whether a text is one that a person has yet to decide; `path` is every key from the root to it.
fn is_open(text: &str, path: &[&str]) -> bool {
    let is_of_creditor = matches!(path.first(), Some(&"source" | &"filters"));
    (text == QUESTION && !keys::is_literal(path)) || (text == GAP && !is_of_creditor)
}

/// ` (→ «nearest»)`, or nothing.
pub fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!(" (→ «{name}»)"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::expect::TotalsRow;
    use crate::mapping::filter::{Bound, Condition};
    use crate::mapping::{Blank, Conversion, From};

    const GOOD: &str = r#"
target = "collections"
country = "CO"
[source]
header_row = 4
decimal = ","
dates = "DD/MM/YYYY"
repair = "mojibake"
[expediente]
Identification = "Cédula"
Name = { join = ["Nombres", "Apellidos"] }
Email = { column = "Correo", default = "sincorreo@example.com" }
Telephone = { first = ["Celular 1", "Celular 2"], convert = ["digits"] }
[expediente.custom]
ciudad = "Ciudad"
[obligation]
id = "Nro"
name = { constant = "Consumo" }
total_balance = "Saldo"
[rules]
partial = "send_valid"
"#;

    #[test]
    fn a_mapping_is_understood() {
        let mapping = parse("m.toml", GOOD).unwrap();
        assert!(mapping.source.repairs_text && !mapping.source.fills_merges);
        let names: Vec<_> = mapping.fields.iter().map(|rule| rule.name.as_str()).collect();
        assert_eq!(
            names,
            ["Identification", "Name", "Email", "Telephone", "ciudad", "id", "name", "total_balance"]
        );
        assert_eq!(mapping.fields[2].blank, Blank::Default("sincorreo@example.com".into()));
        assert_eq!(mapping.fields[0].from, From::Column(ColumnName { name: "Cédula".into(), line: 10 }));
        assert_eq!(mapping.rules.partial, Partial::SendValid);
        assert_eq!(mapping.source.header_row, Some(4));
    }

    #[test]
    fn a_question_mark_that_is_sent_is_no_question() {
        assert!(parse("m.toml", &GOOD.replace("\"Consumo\"", "\"?\"")).is_ok());
        let open =
            parse("m.toml", &GOOD.replace("\"digits\"", "\"?\"").replace("\"Nro\"", "\"?\"")).unwrap_err();
        assert_eq!(open.value("expected", crate::lang::Lang::Es), Some("2"));
        assert_eq!(open.value("place", crate::lang::Lang::Es), Some("m.toml:13"));
    }

    #[test]
    fn a_question_mark_among_data_asks_nothing_and_elsewhere_it_does() {
        let section = |text: &str| GOOD.replace("[rules]", &format!("{text}\n[rules]"));
        let field =
            |text: &str| GOOD.replace("id = \"Nro\"", &format!("id = {{ column = \"Nro\", {text} }}"));
        let custom = |text: &str| GOOD.replace("ciudad = \"Ciudad\"", text);
        for text in [
            section(
                "[filters]\nEstado = \"?\"\nZona = [\"?\", \"X\"]\nOtra = { not = [\"?\"] }\nmap = { is = \"?\" }",
            ),
            field("map = { \"?\" = \"0\", column = \"?\" }, otherwise = \"?\""),
            field("convert = [{ remove_prefix = \"?\" }, { split = [\"?\", \"/\"], part = 1 }]"),
            custom("map = { column = \"Ciudad\", default = \"?\" }"),
            GOOD.replace("header_row = 4", "blank_values = [\"?\", \"-\"]"),
        ] {
            assert!(parse("m.toml", &text).is_ok(), "{text}");
        }
        for text in [
            section("[filters]\nEstado = { above = 0, decimal = \"?\" }"),
            section("[expect]\ntotals_row = \"?\""),
            section("[expect.totals]\nmap = \"?\""),
            field("convert = [\"trim\", \"?\"]"),
            custom("map = \"?\""),
            custom("default = { column = \"?\" }"),
            GOOD.replace("\"CO\"", "\"?\""),
            GOOD.replace("[\"Celular 1\", \"Celular 2\"]", "[\"Celular 1\", \"?\"]"),
        ] {
            assert_eq!(
                parse("m.toml", &text).map(drop).map_err(|failure| failure.code),
                Err(Code::MappingQuestion),
                "{text}"
            );
        }
    }

    #[test]
    fn conversions_filters_and_expectations_are_understood() {
        let text = GOOD
            .replace("dates = \"DD/MM/YYYY\"", "dates = \"DD/MM/YYYY\"\nblank_values = [\"-\", \"S/D\"]")
            + r#"
[filters]
Estado = ["ACTIVO", "EN MORA"]
Saldo = { above = 0, at_most = "1.234.567,89", decimal = "," }
Corte = { from = 2026-01-01, to = "2026-01-31" }
Sucursal = { not = "Archivo" }
Correo = { blank = false }
Zona = 7
[expect]
rows = 12034
totals_row = "ignore"
[expect.totals]
total_balance = 8450330120.55
"Saldo capital" = "7.000.000,10"
"#;
        let convert = r#"convert = ["trim", "digits", { pad_left = 10 }, { remove_prefix = "57" }, { split = ["/", ";"], part = -1 }, "phone"], map = { "A" = "B" }, otherwise = "C""#;
        let text = text.replace("convert = [\"digits\"]", convert);
        let mapping = parse("m.toml", &text).unwrap();
        assert_eq!(mapping.source.blank_values, ["-", "S/D"]);
        let phone = &mapping.fields[3];
        assert_eq!(
            phone.convert,
            [
                Conversion::Trim,
                Conversion::Digits,
                Conversion::PadLeft(10),
                Conversion::RemovePrefix("57".into()),
                Conversion::Split(vec!["/".into(), ";".into()], -1),
                Conversion::Phone,
            ]
        );
        assert_eq!(phone.map.as_ref().and_then(|map| map.find("X")), Some("C"));
        assert_eq!(phone.country, Some(Country::Colombia));
        let filters: Vec<_> =
            mapping.filters.iter().map(|filter| (filter.place.as_str(), filter.condition.clone())).collect();
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let date = |text: &str| Some(text.to_owned());
        assert_eq!(
            filters,
            [
                ("m.toml:25 «Estado»", Condition::In(texts(&["ACTIVO", "EN MORA"]))),
                (
                    "m.toml:26 «Saldo»",
                    Condition::Amount(vec![
                        (Bound::Above, "0".parse().unwrap()),
                        (Bound::AtMost, "1234567.89".parse().unwrap())
                    ])
                ),
                ("m.toml:27 «Corte»", Condition::Date(date("2026-01-01"), date("2026-01-31"))),
                ("m.toml:28 «Sucursal»", Condition::NotIn(texts(&["Archivo"]))),
                ("m.toml:29 «Correo»", Condition::Blank(false)),
                ("m.toml:30 «Zona»", Condition::In(texts(&["7"]))),
            ]
        );
        assert_eq!(mapping.expect.rows, Some((12034, 32)));
        assert_eq!(mapping.expect.totals_row, TotalsRow::Ignore);
        let totals: Vec<_> = mapping
            .expect
            .totals
            .iter()
            .map(|total| (total.rule.from.columns()[0].name.as_str(), total.amount.to_string()))
            .collect();
        assert_eq!(
            totals,
            [("Saldo", "8450330120.55".to_owned()), ("Saldo capital", "7000000.10".to_owned())]
        );
    }

    /// The examples of `mappings/README.md`: a whole section, or lines that are one field each.
    #[test]
    fn every_example_of_the_readme_is_understood() {
        let readme = include_str!("../../../mappings/README.md");
        let mut lines_seen = 0;
        for block in readme.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()) {
            if block.starts_with('[') {
                // The mapping of the test has a section of the same name, perhaps.
                let of_block = |section: &&str| {
                    let name = section.split_once(']').map_or("", |(name, _)| name);
                    !block.starts_with(&format!("[{name}]"))
                };
                let good: Vec<&str> = GOOD.split("\n[").filter(of_block).collect();
                parse("m.toml", &format!("{}{block}", good.join("\n["))).unwrap();
                continue;
            }
            for line in block.lines().filter(|line| line.contains('=')) {
                let key = line.split_whitespace().next().unwrap();
                let others = GOOD.lines().filter(|other| other.split_whitespace().next() != Some(key));
                let head = ["Identification", "Name", "Email", "Telephone", "Address"].contains(&key);
                let section = if head { "[expediente]" } else { "[obligation]" };
                let text =
                    others.collect::<Vec<_>>().join("\n").replacen(section, &format!("{section}\n{line}"), 1);
                parse("m.toml", &text).unwrap_or_else(|failure| panic!("{line}: {failure}"));
                lines_seen += 1;
            }
        }
        assert!(lines_seen > 15, "{lines_seen}");
    }

    #[test]
    fn what_cannot_be_meant_is_refused_at_its_line() {
        for (from, to, place) in [
            ("\"digits\"", "{ pad_left = 0 }", "m.toml:13"),
            ("\"digits\"", "{ padleft = 5 }", "m.toml:13"),
            ("\"digits\"", "{ pad_left = 5, remove_prefix = \"5\" }", "m.toml:13"),
            ("\"digits\"", "{ split = \"/\" }", "m.toml:13"),
            ("\"digits\"", "{ split = \"/\", part = 0 }", "m.toml:13"),
            ("\"digits\"", "{ remove_prefix = \"\" }", "m.toml:13"),
            ("[\"digits\"]", "[\"digits\"], otherwise = \"x\"", "m.toml:13"),
            ("\"CO\"", "\"US\"", "m.toml:3"),
            ("country = \"CO\"", "", "m.toml:13"),
            ("\"Cédula\"", "{ column = \"Cédula\", blank = \"empty\" }", "m.toml:10"),
            ("\"Nro\"", "{ column = \"Nro\", default = \"1\" }", "m.toml:17"),
            ("\"Saldo\"", "{ column = \"Saldo\", convert = [\"digits\"] }", "m.toml:19"),
            ("\"Saldo\"", "{ column = \"Saldo\", first = [\"Otro\"] }", "m.toml:19"),
            ("[rules]", "[filters]\nSaldo = { above = 0, is = \"x\" }\n[rules]", "m.toml:21"),
            ("[rules]", "[filters]\nSaldo = { above = \"8.450\" }\n[rules]", "m.toml:21"),
            ("[rules]", "[filters]\nSaldo = {}\n[rules]", "m.toml:21"),
            ("[rules]", "[filters]\nCorte = { from = \"31/01/2026\" }\n[rules]", "m.toml:21"),
            ("[rules]", "[expect]\nrows = -1\n[rules]", "m.toml:21"),
            ("[rules]", "[expect.totals]\nSaldo = \"8.450\"\n[rules]", "m.toml:21"),
        ] {
            // `phone` needs a country, so that its absence is a mistake too.
            let good = if from.starts_with("country") {
                GOOD.replace("\"digits\"", "\"phone\"")
            } else {
                GOOD.into()
            };
            let failure = parse("m.toml", &good.replace(from, to)).unwrap_err();
            let found = failure.value("place", crate::lang::Lang::Es).unwrap_or_default();
            assert_eq!(found, place, "{from} → {to}: {failure}");
        }
    }

    #[test]
    fn a_mistake_names_its_line_and_the_nearest_name() {
        for (change, code, place, hint) in [
            (("Name = {", "Nme = {"), Code::MappingUnknownField, "m.toml:11", " (→ «Name»)"),
            (("[rules]", "[ruls]"), Code::MappingUnknownKey, "m.toml:20", " (→ «rules»)"),
            (("header_row = 4", "header_row = 0"), Code::MappingBadValue, "m.toml:5", ""),
            (
                ("header_row = 4", "encoding = \"window-1252\""),
                Code::MappingBadValue,
                "m.toml:5",
                " (→ «windows-1252»)",
            ),
            (("header_row = 4", "encoding = \"utf8x\""), Code::MappingBadValue, "m.toml:5", " (→ «utf-8»)"),
            (("repair = \"mojibake\"", "repair = \"yes\""), Code::MappingBadValue, "m.toml:8", ""),
            (("header_row = 4", "merged_cells = \"si\""), Code::MappingBadValue, "m.toml:5", ""),
            (("\"digits\"", "\"digit\""), Code::MappingBadValue, "m.toml:13", ""),
            (("decimal = \",\"", "decimal = \";\""), Code::MappingBadValue, "m.toml:6", ""),
            (("id = \"Nro\"\n", ""), Code::MappingMissingField, "m.toml", ""),
            (("\"collections\"", "\"colections\""), Code::MappingBadValue, "m.toml:2", ""),
            (("dates = \"DD/MM/YYYY\"", "dates = "), Code::MappingSyntax, "m.toml:7", ""),
            (("id = \"Nro\"", "id = \"?\""), Code::MappingQuestion, "m.toml:17", ""),
            (("dates = \"DD/MM/YYYY\"", "dates = \"?\""), Code::MappingQuestion, "m.toml:7", ""),
            (("ciudad = \"Ciudad\"", "Email = \"Ciudad\""), Code::MappingBadValue, "m.toml:15", ""),
        ] {
            let failure = parse("m.toml", &GOOD.replace(change.0, change.1)).unwrap_err();
            let value = |name| failure.value(name, crate::lang::Lang::Es).unwrap_or_default();
            assert_eq!((failure.code, value("place"), value("hint")), (code, place, hint), "{change:?}");
        }
    }
}
