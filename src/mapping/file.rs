//! The mapping file: TOML that a collections analyst can read and correct.
//!
//! It is walked by hand over a spanned document, so that every mistake names the file, the line and the
//! nearest name that exists. Nothing unknown is ignored: a key that means nothing is an error.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{
    Blank, Choice, ColumnName, Conversion, FieldRule, From, HiddenRows, Mapping, Partial, Rules,
    SourceSettings, keys, names,
};
use crate::lang::Code;
use crate::problem::{Failure, Result};
use crate::source::{self, SheetChoice};
use crate::survey::{DateOrder, DecimalSign};
use crate::target::{Field, FieldKind, Level, Target};

/// Longest value of a custom text field (`wolkvox-api.md` section 8: at most 2,500 characters).
const CUSTOM_MAX_CHARS: usize = 2500;

/// What stands for an answer that a person has yet to give.
pub const QUESTION: &str = "?";

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
    let document = Document { path, text };
    let root = DeTable::parse(text).map_err(|error| document.syntax(&error))?;
    let root = root.get_ref();
    document.no_questions(root)?;
    let target = document.target(root)?;
    let (record, line) = target.sections();
    let mut known = keys::names(&keys::ROOT);
    known.push(record);
    known.extend(line);
    document.only(root, &known)?;
    let mut fields = document.section(root, target, record, Level::Record)?;
    if let Some(line) = line {
        fields.extend(document.section(root, target, line, Level::Line)?);
    }
    Ok(Mapping {
        path: path.to_owned(),
        text: text.to_owned(),
        target: target.name().to_owned(),
        country: document.text_of(root, "country")?.map(|(country, _)| country.to_owned()),
        source: document.source(root)?,
        fields,
        rules: document.rules(root)?,
    })
}

type Value<'i> = Spanned<DeValue<'i>>;
type Table<'i> = DeTable<'i>;

struct Document<'d> {
    path: &'d str,
    text: &'d str,
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

    fn bad<T>(&self, value: &Value<'_>, expected: &str) -> Result<T> {
        let found = &self.text[value.span()];
        Err(Failure::new(Code::MappingBadValue)
            .with("place", self.place(value.span().start))
            .with("value", found)
            .with("expected", expected))
    }

    /// Refuses a mapping in which a person has yet to decide something: `cartera map` writes [`QUESTION`] there.
    fn no_questions(&self, root: &Table<'_>) -> Result<()> {
        let mut asked: Vec<(usize, &str)> = Vec::new();
        let mut open: Vec<(&str, &Value<'_>)> =
            root.iter().map(|(key, value)| (key.get_ref().as_ref(), value)).collect();
        while let Some((key, value)) = open.pop() {
            match value.get_ref() {
                // What is sent as it stands may well be a question mark.
                DeValue::String(text) if text == QUESTION && !matches!(key, "constant" | "default") => {
                    asked.push((value.span().start, key));
                }
                DeValue::Table(table) => {
                    open.extend(table.iter().map(|(key, value)| (key.get_ref().as_ref(), value)));
                }
                DeValue::Array(list) => open.extend(list.iter().map(|value| (key, value))),
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
    fn only(&self, table: &Table<'_>, known: &[&str]) -> Result<()> {
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

    fn table_of<'t, 'i>(&self, table: &'t Table<'i>, key: &str) -> Result<Option<&'t Table<'i>>> {
        match table.get(key) {
            None => Ok(None),
            Some(value) => match value.get_ref() {
                DeValue::Table(inner) => Ok(Some(inner)),
                _ => self.bad(value, &format!("[{key}]")),
            },
        }
    }

    fn text_of<'t>(&self, table: &'t Table<'_>, key: &str) -> Result<Option<(&'t str, &'t Value<'t>)>> {
        match table.get(key) {
            None => Ok(None),
            Some(value) => match value.get_ref() {
                DeValue::String(text) => Ok(Some((text.as_ref(), value))),
                _ => self.bad(value, "\"…\""),
            },
        }
    }

    /// A text that must be one of a few; `expected` says which.
    fn choice_of<T>(
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

    /// The rules of one section, in the target's order, its custom fields last.
    fn section(
        &self,
        root: &Table<'_>,
        target: &dyn Target,
        name: &str,
        level: Level,
    ) -> Result<Vec<FieldRule>> {
        let fields: Vec<&Field> = target.fields().iter().filter(|field| field.level == level).collect();
        let empty = Table::default();
        let table = self.table_of(root, name)?.unwrap_or(&empty);
        for key in table.keys().filter(|key| key.get_ref() != "custom") {
            let written = key.get_ref().as_ref();
            if !fields.iter().any(|field| field.name == written) {
                return Err(self.unknown_field(target, written, key.span().start, &fields));
            }
        }
        let mut rules = Vec::with_capacity(fields.len());
        for field in &fields {
            match table.get(field.name) {
                Some(value) => rules.push(self.field(field, value)?),
                None if field.mandatory => {
                    return Err(Failure::new(Code::MappingMissingField)
                        .with("place", self.path)
                        .with("value", field.name)
                        .with("expected", name));
                }
                None => {}
            }
        }
        if let Some(custom) = self.table_of(table, "custom")? {
            for (key, value) in custom {
                rules.push(self.custom(&fields, key, value, level)?);
            }
        }
        Ok(rules)
    }

    fn unknown_field(&self, target: &dyn Target, written: &str, offset: usize, fields: &[&Field]) -> Failure {
        let nearest = names::nearest(written, fields.iter().map(|field| field.name));
        Failure::new(Code::MappingUnknownField)
            .with("place", self.place(offset))
            .with("expected", target.name())
            .with("value", written)
            .with("hint", hint(nearest))
    }

    fn custom(
        &self,
        fields: &[&Field],
        key: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Value<'_>,
        level: Level,
    ) -> Result<FieldRule> {
        let name = key.get_ref().as_ref();
        if name.trim().is_empty() || name == "Obligations" || fields.iter().any(|field| field.name == name) {
            return Err(Failure::new(Code::MappingBadValue)
                .with("place", self.place(key.span().start))
                .with("value", name)
                .with("expected", "[….custom]"));
        }
        let kind = match value.get_ref() {
            DeValue::Table(table) => {
                let expected = "\"text\", \"date\", \"amount\", \"integer\"";
                self.choice_of(table, "type", expected, custom_kind)?.unwrap_or(FieldKind::Text)
            }
            _ => FieldKind::Text,
        };
        let field = Field {
            name: "",
            level,
            kind,
            mandatory: false,
            max_chars: CUSTOM_MAX_CHARS,
            example: "",
            page: "",
        };
        let mut rule = self.field(&field, value)?;
        name.clone_into(&mut rule.name);
        rule.custom = true;
        Ok(rule)
    }

    fn field(&self, field: &Field, value: &Value<'_>) -> Result<FieldRule> {
        let mut rule = FieldRule {
            name: field.name.to_owned(),
            level: field.level,
            custom: false,
            kind: field.kind,
            mandatory: field.mandatory,
            max_chars: field.max_chars,
            from: From::Constant(String::new()),
            blank: if field.mandatory { Blank::Reject } else { Blank::Omit },
            convert: Vec::new(),
            dates: None,
            decimal: None,
        };
        match value.get_ref() {
            DeValue::String(_) => rule.from = From::Column(self.column(value)?),
            DeValue::Table(table) => self.field_table(table, value, &mut rule)?,
            _ => return self.bad(value, "\"columna\", { column = \"…\" }"),
        }
        Ok(rule)
    }

    fn field_table(&self, table: &Table<'_>, value: &Value<'_>, rule: &mut FieldRule) -> Result<()> {
        self.only(table, &keys::names(&keys::FIELD))?;
        rule.from = match (table.get("column"), table.get("join"), table.get("first"), table.get("constant"))
        {
            (Some(column), None, None, None) => From::Column(self.column(column)?),
            (None, Some(join), None, None) => {
                let separator = self.text_of(table, "separator")?.map_or(" ", |(text, _)| text);
                From::Join(self.texts(join)?, separator.to_owned())
            }
            (None, None, Some(first), None) => From::First(self.texts(first)?),
            (None, None, None, Some(_)) => {
                From::Constant(self.text_of(table, "constant")?.map_or("", |(text, _)| text).to_owned())
            }
            _ => return self.bad(value, "column, join, first, constant"),
        };
        let blank = |text: &str| match text {
            "omit" => Some(Blank::Omit),
            "empty" => Some(Blank::Empty),
            "reject" => Some(Blank::Reject),
            _ => None,
        };
        if let Some(choice) = self.choice_of(table, "blank", "\"omit\", \"empty\", \"reject\"", blank)? {
            rule.blank = choice;
        }
        if let Some((default, _)) = self.text_of(table, "default")? {
            rule.blank = Blank::Default(default.to_owned());
        }
        rule.dates = self.dates(table)?;
        rule.decimal = self.decimal(table)?;
        if let Some(list) = table.get("convert") {
            rule.convert = self.conversions(list)?;
        }
        Ok(())
    }

    fn conversions(&self, list: &Value<'_>) -> Result<Vec<Conversion>> {
        let all = Conversion::ALL.map(|(name, _)| format!("\"{name}\"")).join(", ");
        let mut conversions = Vec::new();
        for text in self.texts(list)? {
            match Conversion::ALL.iter().find(|(name, _)| *name == text.name) {
                Some((_, conversion)) => conversions.push(*conversion),
                None => return self.bad(list, &all),
            }
        }
        Ok(conversions)
    }

    fn column(&self, value: &Value<'_>) -> Result<ColumnName> {
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

fn custom_kind(name: &str) -> Option<FieldKind> {
    match name {
        "text" => Some(FieldKind::Text),
        "date" => Some(FieldKind::Date),
        "amount" => Some(FieldKind::Amount),
        "integer" => Some(FieldKind::Integer),
        _ => None,
    }
}

/// ` (→ «nearest»)`, or nothing.
pub fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!(" (→ «{name}»)"))
}

#[cfg(test)]
mod tests {
    use super::*;

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
