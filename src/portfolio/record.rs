//! One record: the fields of its head and of each of its lines, in the target's order.
//!
//! All values stand in one text that is used again for the next record, so that a record costs no allocation
//! once the largest one has been seen.

use std::sync::Arc;

/// A field's value: which field, and where its text stands.
#[derive(Debug, Clone, Copy)]
struct Slot {
    field: u16,
    start: usize,
    end: usize,
}

/// A record of the target, ready to be written.
#[derive(Debug, Clone, Default)]
pub struct Record {
    names: Arc<[String]>,
    text: String,
    slots: Vec<Slot>,
    /// Where each line's slots begin; the head's stand before the first.
    lines: Vec<usize>,
}

impl Record {
    /// A record whose fields are named in this order.
    pub fn new(names: Arc<[String]>) -> Record {
        Record { names, ..Record::default() }
    }

    /// Forgets all values.
    pub fn clear(&mut self) {
        self.text.clear();
        self.slots.clear();
        self.lines.clear();
    }

    /// Adds a value to the head, or to the line begun last.
    pub fn push(&mut self, field: usize, value: &str) {
        let start = self.text.len();
        self.text.push_str(value);
        let field = u16::try_from(field).expect("a mapping has fewer than 65,536 fields");
        self.slots.push(Slot { field, start, end: self.text.len() });
    }

    /// Begins a line; what is added from now on belongs to it.
    pub fn begin_line(&mut self) {
        self.lines.push(self.slots.len());
    }

    /// The fields of the head, by name.
    pub fn head(&self) -> impl Iterator<Item = (&str, &str)> {
        self.named(&self.slots[..self.lines.first().copied().unwrap_or(self.slots.len())])
    }

    /// The fields of each line, by name.
    pub fn lines(&self) -> impl Iterator<Item = impl Iterator<Item = (&str, &str)>> {
        let ends = self.lines.iter().skip(1).copied().chain([self.slots.len()]);
        self.lines.iter().zip(ends).map(|(start, end)| self.named(&self.slots[*start..end]))
    }

    fn named<'r>(&'r self, slots: &'r [Slot]) -> impl Iterator<Item = (&'r str, &'r str)> {
        slots.iter().map(|slot| (self.names[slot.field as usize].as_str(), &self.text[slot.start..slot.end]))
    }

    /// A record of these names and values, for the tests of targets.
    #[cfg(test)]
    pub(crate) fn of(head: &[(&str, &str)], lines: &[&[(&str, &str)]]) -> Record {
        let all = head.iter().chain(lines.iter().copied().flatten());
        let mut record = Record::new(all.map(|(name, _)| (*name).to_owned()).collect());
        for (field, (_, value)) in head.iter().enumerate() {
            record.push(field, value);
        }
        let mut field = head.len();
        for line in lines {
            record.begin_line();
            for (_, value) in *line {
                record.push(field, value);
                field += 1;
            }
        }
        record
    }
}
