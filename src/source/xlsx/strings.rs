//! The shared strings of a workbook: one text, and where each string ends in it.
//!
//! A workbook may share millions of strings, so nothing is allocated for a single one. How many the part says
//! it has is not believed.

use std::io::Read as Source;

use super::fault::{Fault, Read, STRINGS_BYTES_MAX, STRINGS_MAX};
use super::package::Package;
use super::scan::{Mark, Scanner};
use super::{plain, text};
use crate::lang::Say;
use crate::source::packed;

/// All shared strings.
#[derive(Debug, Default)]
pub(super) struct Strings {
    text: String,
    ends: Vec<u32>,
    /// Whether one of them holds a character that the packed form uses itself.
    marked: bool,
}

impl Strings {
    /// Reads the part; without one there are no strings.
    pub(super) fn read(package: &mut Package, part: &str) -> Read<Strings> {
        Ok(package.read_whole(part, STRINGS_BYTES_MAX, Strings::of)?.unwrap_or_default())
    }

    fn of(source: &mut dyn Source) -> Read<Strings> {
        let mut scanner = Scanner::new(source);
        let (mut raw, mut ends, mut closed) = (Vec::new(), Vec::new(), false);
        loop {
            if let Some((text, length)) = plain::string(scanner.at_hand()) {
                text::push_decoded(&mut raw, text)?;
                scanner.pass(length);
            } else {
                let Some(token) = scanner.next()? else { break };
                match (token.mark, token.name) {
                    (Mark::Open, b"si") => text::push_rich(&mut scanner, b"si", &mut raw)?,
                    (Mark::Empty, b"si") => {}
                    (Mark::Close | Mark::Empty, b"sst") => {
                        closed = true;
                        continue;
                    }
                    _ => continue,
                }
            }
            if ends.len() >= STRINGS_MAX {
                return Err(Fault::too_big(Say::BookTooManyStrings));
            }
            // Decoding never makes a text longer, and the part is bounded far below 4 GiB.
            ends.push(u32::try_from(raw.len()).map_err(|_error| Fault::too_big(Say::BookTooManyStrings))?);
        }
        if !closed {
            return Err(Fault::xml());
        }
        let text = String::from_utf8(raw).map_err(|_error| Fault::damaged(Say::BookNotUtf8))?;
        // A character that begins in one string and ends in the next belongs to neither.
        if !ends.iter().all(|end| text.is_char_boundary(*end as usize)) {
            return Err(Fault::damaged(Say::BookNotUtf8));
        }
        let strings = Strings { text, ends, marked: false }.unescaped()?;
        Ok(Strings { marked: !packed::is_plain(strings.text.as_bytes()), ..strings })
    }

    /// Whether none of them holds a character that the packed form uses itself.
    pub(super) fn are_plain(&self) -> bool {
        !self.marked
    }

    /// A string by its index.
    pub(super) fn get(&self, index: u32) -> Option<&str> {
        let index = usize::try_from(index).ok()?;
        let end = *self.ends.get(index)? as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        self.text.get(start..end)
    }

    /// Decodes Excel's escapes, which few files have at all.
    fn unescaped(self) -> Read<Strings> {
        if memchr::memmem::find(self.text.as_bytes(), b"_x").is_none() {
            return Ok(self);
        }
        let mut plain = Strings {
            text: String::with_capacity(self.text.len()),
            ends: Vec::with_capacity(self.ends.len()),
            marked: false,
        };
        for index in 0..self.ends.len() {
            let from = plain.text.len();
            let index = u32::try_from(index).map_err(|_error| Fault::too_big(Say::BookTooManyStrings))?;
            plain.text.push_str(self.get(index).ok_or_else(|| Fault::damaged(Say::BookNotUtf8))?);
            text::unescape(&mut plain.text, from);
            plain.ends.push(u32::try_from(plain.text.len()).map_err(|_error| Fault::xml())?);
        }
        Ok(plain)
    }
}
