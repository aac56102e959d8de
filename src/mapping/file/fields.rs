//! The grammar of the fields: where each gets its value, and which of them are the tenant's own.

use toml::Spanned;
use toml::de::DeValue;

use super::{Document, Table, Value, hint};
use crate::lang::Code;
use crate::mapping::{Blank, FieldRule, From, keys, names};
use crate::problem::{Failure, Result};
use crate::target::{DateForm, Field, FieldKind, IDENTIFICATION, Level, Target};

/// Longest value of a custom text field (`wolkvox-api.md` section 8: at most 2,500 characters).
const CUSTOM_MAX_CHARS: usize = 2500;

impl Document<'_> {
    /// The rules of one section, in the target's order, its custom fields last.
    pub(super) fn section(
        &self,
        root: &Table<'_>,
        target: &dyn Target,
        name: &str,
        level: Level,
    ) -> Result<Vec<FieldRule>> {
        let fields: Vec<&Field> = target.fields().iter().filter(|field| field.level == level).collect();
        let empty = Table::default();
        let table = self.table_of(root, name)?.unwrap_or(&empty);
        let is_free = target.fields().is_empty();
        let keys = table.keys().filter(|key| key.get_ref() != "custom" || !target.has_custom_fields());
        for key in keys {
            let written = key.get_ref().as_ref();
            if !is_free && !fields.iter().any(|field| field.name == written) {
                return Err(self.unknown_field(target, written, key.span().start, &fields));
            }
        }
        let is_of_lines = level == Level::Line && target.section(Level::Record).is_some();
        if is_of_lines && !root.contains_key(name) {
            // Whether a record may go without lines is the operation's to say ([`crate::target::Dialect::of`]).
            return Ok(Vec::new());
        }
        let mut rules = Vec::with_capacity(fields.len());
        for field in &fields {
            match table.get(field.name) {
                Some(value) => {
                    let rule = self.field(field, value)?;
                    let names_record =
                        target.groups() && field.mandatory && target.key().contains(&field.name);
                    let names_something = names_record || Some(field.name) == target.line_key();
                    if names_something && rule.blank != Blank::Reject {
                        // Rows without a name of their own would become one record.
                        return self.bad(value, "blank = \"reject\"");
                    }
                    rules.push(rule);
                }
                None if field.mandatory => {
                    return Err(Failure::new(Code::MappingMissingField)
                        .with("place", self.path)
                        .with("value", field.name)
                        .with("expected", name));
                }
                None => {}
            }
        }
        // A target without fields of its own has the tenant's alone.
        let own = is_free.then_some(table).into_iter().flatten().filter(|(key, _)| key.get_ref() != "custom");
        let custom = self.table_of(table, "custom")?.into_iter().flatten();
        for (key, value) in own.chain(custom) {
            rules.push(self.custom(target, (key, value), level)?);
        }
        self.check_case_file(target, &rules, level)?;
        if is_free && rules.is_empty() {
            return Err(Failure::new(Code::MappingMissingField)
                .with("place", self.path)
                .with("value", "\"…\"")
                .with("expected", name));
        }
        Ok(rules)
    }

    /// A record that belongs to a case file has its id, or the Identification by which that is looked up.
    fn check_case_file(&self, target: &dyn Target, rules: &[FieldRule], level: Level) -> Result<()> {
        let Some(id) = target.case_file().filter(|_| level == Level::Line) else { return Ok(()) };
        let has = |name: &str| rules.iter().any(|rule| !rule.custom && rule.name == name);
        if has(id) || has(IDENTIFICATION) {
            return Ok(());
        }
        Err(Failure::new(Code::MappingMissingField)
            .with("place", self.path)
            .with("value", format!("{IDENTIFICATION} | {id}"))
            .with("expected", target.section(level).unwrap_or_default()))
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
        target: &dyn Target,
        (key, value): (&Spanned<std::borrow::Cow<'_, str>>, &Value<'_>),
        level: Level,
    ) -> Result<FieldRule> {
        let name = key.get_ref().as_ref();
        let is_taken = target.fields().iter().any(|field| field.level == level && field.name == name);
        if name.trim().is_empty() || target.keys().contains(&name) || is_taken {
            return Err(Failure::new(Code::MappingBadValue)
                .with("place", self.place(key.span().start))
                .with("value", name)
                .with("expected", "[….custom]"));
        }
        let kind = match value.get_ref() {
            DeValue::Table(table) => {
                let expected = keys::CUSTOM_KINDS.map(|kind| format!("{kind:?}")).join(", ");
                self.choice_of(table, "type", &expected, custom_kind)?.unwrap_or(FieldKind::Text)
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
        if let DeValue::Table(table) = value.get_ref() {
            self.sending(target, table, &mut rule)?;
        }
        Ok(rule)
    }

    /// How the CRM wants the value of a field of the tenant's own.
    fn sending(&self, target: &dyn Target, table: &Table<'_>, rule: &mut FieldRule) -> Result<()> {
        if let Some(value) = table.get(keys::SEND_AS).filter(|_| rule.kind != FieldKind::Date) {
            return self.bad(value, "type = \"date\"");
        }
        if let Some(value) = table.get(keys::TYPED).filter(|_| !target.has_typed_values()) {
            return self.bad(value, "target = \"custom\"");
        }
        let forms = DateForm::NAMES.map(|name| format!("{name:?}")).join(", ");
        rule.written = self.choice_of(table, keys::SEND_AS, &forms, DateForm::of_name)?;
        rule.typed = self.text_of(table, keys::TYPED)?.map(|(kind, _)| kind.to_owned());
        Ok(())
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
            map: None,
            country: self.country,
            dates: None,
            decimal: None,
            table: None,
            written: None,
            typed: None,
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
        rule.from = self.from(table, value)?;
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
        rule.table = self.table_of_field(table, rule)?;
        self.conversions(table, rule)
    }

    /// Where the value comes from: exactly one of the ways there are.
    fn from(&self, table: &Table<'_>, value: &Value<'_>) -> Result<From> {
        let mut given = keys::FROM.iter().filter(|key| table.contains_key(**key));
        let (Some(key), None) = (given.next(), given.next()) else {
            return self.bad(value, &keys::FROM.join(", "));
        };
        let from = &table[*key];
        Ok(match *key {
            "column" => From::Column(self.column(from)?),
            "join" => {
                let separator = self.text_of(table, "separator")?.map_or(" ", |(text, _)| text);
                From::Join(self.texts(from)?, separator.to_owned())
            }
            "first" => From::First(self.texts(from)?),
            "days_since" => From::DaysSince(self.column(from)?),
            _ => From::Constant(self.text_of(table, key)?.map_or("", |(text, _)| text).to_owned()),
        })
    }
}

fn custom_kind(name: &str) -> Option<FieldKind> {
    match name {
        "text" => Some(FieldKind::Text),
        "date" => Some(FieldKind::Date),
        "amount" => Some(FieldKind::Amount),
        "integer" => Some(FieldKind::Integer),
        "boolean" => Some(FieldKind::Boolean),
        "date_time" => Some(FieldKind::Moment),
        _ => None,
    }
}
