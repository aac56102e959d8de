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
    pub opening: Vec<u8>,
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
        &self.opening[2..self.opening.len() - 1]
    }
}

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

/// A field's value: which field, and where its text stands.
#[derive(Debug, Clone, Copy)]
struct Slot {
    field: u16,
    is_plain: bool,
    start: usize,
    end: usize,
}

/// A record of the target, ready to be written.
#[derive(Debug, Clone, Default)]
pub struct Record {
    fields: Arc<[RecordField]>,
    text: String,
    slots: Vec<Slot>,
    /// Where each line's slots begin; the head's stand before the first.
    lines: Vec<usize>,
}

impl Record {
    /// A record whose fields stand in this order.
    pub fn new(fields: Arc<[RecordField]>) -> Record {
        Record { fields, ..Record::default() }
    }

    /// Forgets all values, and takes the text in which those of the next record stand; the old text is given for it.
    pub fn take_text(&mut self, text: &mut String) {
        self.slots.clear();
        self.lines.clear();
        std::mem::swap(&mut self.text, text);
    }

    /// Adds a value to the head, or to the line begun last: a field, where its text begins and ends, and whether that
    /// surely stands in JSON as it is.
    pub fn push_span(&mut self, field: usize, (start, end): (usize, usize), is_plain: bool) {
        let field = u16::try_from(field).expect("a mapping has fewer than 65,536 fields");
        self.slots.push(Slot { field, is_plain, start, end });
    }

    /// The values that some fields have in the head, in the order of the fields.
    pub fn texts_of(&self, fields: &[usize]) -> Vec<&str> {
        let head = &self.slots[..self.lines.first().copied().unwrap_or(self.slots.len())];
        let of_field = |field: &usize| head.iter().find(|slot| usize::from(slot.field) == *field);
        fields.iter().filter_map(of_field).map(|slot| &self.text[slot.start..slot.end]).collect()
    }

    /// Whether it has values of a form.
    pub fn has(&self, form: &Form) -> bool {
        // Hardly any mapping has such a field at all.
        self.fields.iter().any(|field| field.form == *form)
            && self.slots.iter().any(|slot| self.fields[usize::from(slot.field)].form == *form)
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
        for slot in &mut self.slots {
            let field = usize::from(slot.field);
            if self.fields[field].form == *form {
                let text = change(&self.text[slot.start..slot.end]).map_err(|error| (field, error))?;
                slot.is_plain = false;
                slot.start = self.text.len();
                self.text.push_str(&text);
                slot.end = self.text.len();
            }
        }
        Ok(())
    }

    /// Begins a line; what is added from now on belongs to it.
    pub fn begin_line(&mut self) {
        self.lines.push(self.slots.len());
    }

    /// The values of the head.
    pub fn head(&self) -> impl Iterator<Item = Value<'_>> {
        self.values(&self.slots[..self.lines.first().copied().unwrap_or(self.slots.len())])
    }

    /// The values of the head, then those of the first line: all of a record that is one line.
    pub fn values_of_one(&self) -> impl Iterator<Item = Value<'_>> + Clone {
        let end = self.lines.get(1).copied().unwrap_or(self.slots.len());
        self.values(&self.slots[..end])
    }

    /// The values of each line.
    pub fn lines(&self) -> impl Iterator<Item = impl Iterator<Item = Value<'_>>> {
        let ends = self.lines.iter().skip(1).copied().chain([self.slots.len()]);
        self.lines.iter().zip(ends).map(|(start, end)| self.values(&self.slots[*start..end]))
    }

    fn values<'r>(&'r self, slots: &'r [Slot]) -> impl Iterator<Item = Value<'r>> + Clone {
        let value = |slot: &Slot| Value {
            field: &self.fields[slot.field as usize],
            is_plain: slot.is_plain,
            all: &self.text,
            start: slot.start,
            end: slot.end,
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
        let push = |record: &mut Record, field, value: &str| {
            let start = record.text.len();
            record.text.push_str(value);
            record.push_span(field, (start, record.text.len()), false);
        };
        for (field, (_, value)) in head.iter().enumerate() {
            push(&mut record, field, value);
        }
        let mut field = head.len();
        for line in lines {
            record.begin_line();
            for (_, value) in *line {
                push(&mut record, field, value);
                field += 1;
            }
        }
        record
    }
}
