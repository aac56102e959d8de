//! The text of a table: read like any text, cheap to clone, in memory or in a spool.
//!
//! Its bytes were found to be UTF-8 once, when it was made. Nothing here shows it to anyone: it is a creditor's
//! data, so even its debug form is only its length.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::spool::Bytes;
use crate::private_file::FrozenText;

/// A text; a clone is the same text once more.
#[derive(Clone)]
pub struct Text(Held);

#[derive(Clone)]
enum Held {
    Memory(Arc<str>),
    File(FrozenText),
}

impl Text {
    /// The text that bytes hold from an offset on; none when they are not UTF-8. Spooled bytes are not copied.
    pub fn of(bytes: &Bytes, start: usize) -> Option<Text> {
        Some(Text(match bytes.file() {
            Some(file) => Held::File(FrozenText::of(Arc::clone(file), start)?),
            None => Held::Memory(Arc::from(std::str::from_utf8(bytes.get(start..)?).ok()?)),
        }))
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            Held::Memory(text) => text,
            Held::File(text) => text.as_str(),
        }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Text {
        Text(Held::Memory(Arc::from(text)))
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.len())
    }
}
