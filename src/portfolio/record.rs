//! One record: the fields of its head and of each of its lines, in the target's order.
//!
//! All values stand in one text that is used again for the next record, so that a record costs no allocation
//! once the largest one has been seen.

use std::sync::Arc;

use crate::mapping::FieldRule;
use crate::target::{DateForm, Dialect, FieldKind, Target, json};

/// A field as a record carries it: its name and the form of its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordField {
    /// The name as the CRM spells it.
    pub name: String,
    /// Whether it is a custom field of the tenant.
    pub custom: bool,
    /// The form of its values in a body.
    pub form: Form,
    /// What stands before its text in a body: the quote that ends the text before it, a comma, its key, a colon, a quote.
    pub opening: String,
}

/// The form of a value in a body; inside, every value is a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// As it is.
    Text,
    /// A date, written as the endpoint wants it.
    Date(DateForm),
    /// Yes or no.
    Boolean,
    /// Files: first the cell's text, then, when they are found, a JSON list.
    Files,
    /// With its type beside it; a date is written in a form of its own.
    Typed(String, Option<DateForm>),
}

impl RecordField {
    /// The field of a rule, for a target and what is settled about it.
    pub fn of(rule: &FieldRule, target: &dyn Target, dialect: &Dialect) -> RecordField {
        let is_day = matches!(rule.kind, FieldKind::Date | FieldKind::Moment);
        let own = || dialect.date_form(target, rule.kind).filter(|_| !rule.custom);
        let written = rule.written.or_else(own).filter(|_| is_day);
        let form = match (&rule.typed, written, rule.kind) {
            (Some(kind), written, _) => Form::Typed(kind.clone(), written),
            (None, Some(written), _) => Form::Date(written),
            (None, None, FieldKind::Boolean) => Form::Boolean,
            (None, None, FieldKind::Files) => Form::Files,
            (None, None, _) => Form::Text,
        };
        let name = rule.name.clone();
        let opening = json::opening(if rule.custom { &name } else { dialect.key(&name) });
        RecordField { opening, name, custom: rule.custom, form }
    }

    /// Its key in an object, with its colon.
    pub fn key(&self) -> &[u8] {
        &self.opening.as_bytes()[2..self.opening.len() - 1]
    }
}

/// Where something begins and ends, in the text of a record or among its values.
pub type Span = (usize, usize);

/// A value of a record.
#[derive(Debug, Clone, Copy)]
pub struct Value<'r> {
    /// Its field.
    pub field: &'r RecordField,
    /// Whether the text surely stands in JSON as it is.
    pub is_plain: bool,
    /// The text of its record, and where its own stands in it.
    all: &'r str,
    start: usize,
    end: usize,
}

impl<'r> Value<'r> {
    /// The text.
    pub fn text(&self) -> &'r str {
        &self.all[self.start..self.end]
    }

    /// The bytes of the text, for which nobody has to look where its characters begin.
    #[inline]
    pub fn bytes(&self) -> &'r [u8] {
        &self.all.as_bytes()[self.start..self.end]
    }

    /// The field's name.
    pub fn name(&self) -> &'r str {
        &self.field.name
    }
}

/// A field's value: which field, and where it stands in the text of its record.
#[derive(Debug, Clone, Copy)]
pub struct Slot {
    /// The field's ordinal in the mapping.
    pub field: u16,
    /// Whether it stands in for a blank.
    pub stands_in: bool,
    /// Whether it surely stands in JSON as it is.
    pub is_plain: bool,
    /// Where its text begins and ends.
    pub span: Span,
}

impl Slot {
    /// A value of a cell.
    pub fn new(field: usize, span: Span, is_plain: bool) -> Slot {
        let field = u16::try_from(field).expect("a mapping has fewer than 65,536 fields");
        Slot { field, stands_in: false, is_plain, span }
    }
}

/// A record of the target, ready to be written.
#[derive(Debug, Clone, Default)]
pub struct Record {
    fields: Arc<[RecordField]>,
    text: String,
    head: Vec<Slot>,
    /// The values of its lines, and others that no line has.
    values: Vec<Slot>,
    lines: Vec<LineSpan>,
}

/// Where a line stands in its record.
#[derive(Debug, Clone, Copy)]
struct LineSpan {
    values: Span,
    /// See [`RecordLine::written`].
    written: Option<Span>,
}

/// A line of a record.
#[derive(Debug)]
pub struct RecordLine<'r> {
    record: &'r Record,
    line: LineSpan,
}

impl<'r> RecordLine<'r> {
    /// Its values.
    pub fn values(&self) -> impl Iterator<Item = Value<'r>> + Clone {
        self.record.values_in(self.line.values)
    }

    /// Its values with what stands before each of them in a body, one behind the other, where its text has them so.
    pub fn written(&self) -> Option<&'r [u8]> {
        self.line.written.map(|(start, end)| &self.record.text.as_bytes()[start..end])
    }
}

impl Record {
    /// A record whose fields stand in this order.
    pub fn new(fields: Arc<[RecordField]>) -> Record {
        Record { fields, ..Record::default() }
    }

    /// Becomes another record, whose text this is, and where the values of its lines stand in it; gives its old ones for
    /// them.
    pub fn begin(&mut self, text: &mut String, values: &mut Vec<Slot>) {
        self.head.clear();
        self.lines.clear();
        std::mem::swap(&mut self.text, text);
        std::mem::swap(&mut self.values, values);
    }

    /// Adds a value to the head.
    pub fn push_head(&mut self, value: Slot) {
        self.head.push(value);
    }

    /// Adds a line, which has so many of the values of lines, from one place to another. Where it stands in the text as it
    /// does in a body, that is said: each value behind the [`opening`](RecordField::opening) of its field.
    pub fn push_line(&mut self, values: Span, written: Option<Span>) {
        self.lines.push(LineSpan { values, written });
    }

    /// Its fields.
    pub fn fields(&self) -> &Arc<[RecordField]> {
        &self.fields
    }

    /// The values that some fields have in the head, in the order of the fields.
    pub fn texts_of(&self, fields: &[usize]) -> Vec<&str> {
        let of_field = |field: &usize| self.head.iter().find(|slot| usize::from(slot.field) == *field);
        fields.iter().filter_map(of_field).map(|slot| &self.text[slot.span.0..slot.span.1]).collect()
    }

    /// Whether it has values of a form.
    pub fn has(&self, form: &Form) -> bool {
        // Hardly any mapping has such a field at all.
        self.fields.iter().any(|field| field.form == *form)
            && self
                .head
                .iter()
                .chain(&self.values)
                .any(|slot| self.fields[usize::from(slot.field)].form == *form)
    }

    /// Puts other texts in place of the values of a form.
    ///
    /// # Errors
    /// What `change` fails with, and the ordinal of the field where it did.
    pub fn change<E>(
        &mut self,
        form: &Form,
        mut change: impl FnMut(&str) -> Result<String, E>,
    ) -> Result<(), (usize, E)> {
        for slot in self.head.iter_mut().chain(&mut self.values) {
            let field = usize::from(slot.field);
            if self.fields[field].form == *form {
                let text = change(&self.text[slot.span.0..slot.span.1]).map_err(|error| (field, error))?;
                slot.is_plain = false;
                slot.span.0 = self.text.len();
                self.text.push_str(&text);
                slot.span.1 = self.text.len();
            }
        }
        Ok(())
    }

    /// The values of the head.
    pub fn head(&self) -> impl Iterator<Item = Value<'_>> + Clone {
        self.values(&self.head)
    }

    /// The values of the head, then those of the first line: all of a record that is one line.
    pub fn values_of_one(&self) -> impl Iterator<Item = Value<'_>> + Clone {
        self.head().chain(self.values_in(self.lines.first().map_or((0, 0), |line| line.values)))
    }

    /// Its lines.
    pub fn lines(&self) -> impl Iterator<Item = RecordLine<'_>> {
        self.lines.iter().map(|line| RecordLine { record: self, line: *line })
    }

    /// Values of lines, from one place to another.
    fn values_in(&self, (start, end): Span) -> impl Iterator<Item = Value<'_>> + Clone {
        self.values(&self.values[start..end])
    }

    fn values<'r>(&'r self, slots: &'r [Slot]) -> impl Iterator<Item = Value<'r>> + Clone {
        let value = |slot: &Slot| Value {
            field: &self.fields[slot.field as usize],
            is_plain: slot.is_plain,
            all: &self.text,
            start: slot.span.0,
            end: slot.span.1,
        };
        slots.iter().map(value)
    }

    /// A record of these names and values, for the tests of targets.
    #[cfg(test)]
    pub(crate) fn of(head: &[(&str, &str)], lines: &[&[(&str, &str)]]) -> Record {
        let all = head.iter().chain(lines.iter().copied().flatten());
        let field = |name: &str| RecordField {
            name: name.to_owned(),
            custom: false,
            form: Form::Text,
            opening: json::opening(name),
        };
        let mut record = Record::new(all.map(|(name, _)| field(name)).collect());
        let (mut text, mut slots) = (String::new(), Vec::new());
        for (field, (_, value)) in head.iter().chain(lines.iter().copied().flatten()).enumerate() {
            let start = text.len();
            text.push_str(value);
            slots.push(Slot::new(field, (start, text.len()), false));
        }
        let of_head = slots.clone();
        record.begin(&mut text, &mut slots);
        of_head.into_iter().take(head.len()).for_each(|slot| record.push_head(slot));
        let mut start = head.len();
        for line in lines {
            record.push_line((start, start + line.len()), None);
            start += line.len();
        }
        record
    }
}
