//! A scanner of XML over a stream: one piece of markup at a time, with the text that stands before it.
//!
//! It holds one bounded buffer that is filled by chunks and never a whole part. It knows no document type: a
//! DOCTYPE is refused, so no entity is ever defined and nothing outside the file is ever opened. It does not
//! check that tags are balanced; its callers hold on to the elements they know.

use std::io::{self, Empty, Read as Source};

use memchr::{memchr, memmem};

use super::fault::{Fault, Read, TOKEN_BYTES_MAX};
use crate::lang::Say;

/// Bytes read at a time.
const CHUNK: usize = 128 << 10;
/// Bytes of a value that are looked at one by one; longer ones are worth a search.
const LONGEST_SCANNED: usize = 40;

/// What a piece of markup is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// `<name …>`
    Open,
    /// `</name>`
    Close,
    /// `<name …/>`
    Empty,
    /// A CDATA section, whose content is the token's body.
    Data,
    /// A comment or a processing instruction.
    Other,
}

/// A piece of markup.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    /// The text between the piece before and this one, as it is written.
    pub(super) text: &'a [u8],
    /// What it is.
    pub(super) mark: Mark,
    /// The element's name without its prefix.
    pub(super) name: &'a [u8],
    /// The attributes, or the content of a CDATA section.
    pub(super) body: &'a [u8],
}

impl<'a> Token<'a> {
    /// Whether an element of this name begins here.
    pub(super) fn starts(&self, name: &[u8]) -> bool {
        matches!(self.mark, Mark::Open | Mark::Empty) && self.name == name
    }

    /// The attributes in order: name with its prefix, value as it is written.
    pub(super) fn attributes(&self) -> Attributes<'a> {
        Attributes { rest: self.body }
    }

    /// An attribute by its name without a prefix.
    pub(super) fn attribute(&self, name: &[u8]) -> Option<&'a [u8]> {
        self.attributes().find(|(found, _)| local(found) == name).map(|(_, value)| value)
    }

    /// Whether an attribute says yes.
    pub(super) fn flag(&self, name: &[u8]) -> bool {
        self.attribute(name).is_some_and(is_yes)
    }
}

/// Whether a value says yes.
pub(super) fn is_yes(value: &[u8]) -> bool {
    matches!(value, b"1" | b"true" | b"on")
}

/// Walks over the attributes of a tag; ends at the first thing that is none.
pub(super) struct Attributes<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.trim_ascii_start();
        let equals = rest.iter().position(|byte| *byte == b'=')?;
        let name = rest[..equals].trim_ascii_end();
        let value = rest[equals + 1..].trim_ascii_start();
        let (&quote, value) = value.split_first()?;
        if !matches!(quote, b'"' | b'\'') {
            return None;
        }
        let end = value.iter().position(|byte| *byte == quote)?;
        self.rest = &value[end + 1..];
        Some((name, &value[..end]))
    }
}

/// A name without its prefix.
pub(super) fn local(name: &[u8]) -> &[u8] {
    match name.iter().position(|byte| *byte == b':') {
        Some(colon) => &name[colon + 1..],
        None => name,
    }
}

/// Where a token was found, counted from the scanner's position.
struct Found {
    text: usize,
    mark: Mark,
    body: (usize, usize),
    next: usize,
}

/// Scans a stream.
pub(super) struct Scanner<S> {
    source: S,
    buffer: Vec<u8>,
    at: usize,
    end: usize,
    chunk: usize,
    started: bool,
}

impl Scanner<Empty> {
    /// A scanner of what is at hand already: the first so many of some bytes.
    pub(super) fn of(bytes: Vec<u8>, end: usize) -> Scanner<Empty> {
        Scanner { source: io::empty(), buffer: bytes, at: 0, end, chunk: CHUNK, started: false }
    }

    /// The bytes, to be used again.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.buffer
    }
}

impl<S: Source> Scanner<S> {
    /// A scanner at the beginning of a stream.
    pub(super) fn new(source: S) -> Scanner<S> {
        Scanner::with_chunk(source, CHUNK)
    }

    fn with_chunk(source: S, chunk: usize) -> Scanner<S> {
        Scanner { source, buffer: vec![0; chunk], at: 0, end: 0, chunk, started: false }
    }

    /// The next piece of markup; none at the end of the stream.
    pub(super) fn next(&mut self) -> Read<Option<Token<'_>>> {
        if !self.started {
            self.start()?;
        }
        let Some(found) = self.find()? else { return Ok(None) };
        let bytes = &self.buffer[self.at..self.end];
        self.at += found.next;
        let body = &bytes[found.body.0..found.body.1];
        let (name, body) = match found.mark {
            Mark::Open | Mark::Close | Mark::Empty => {
                let end = body.iter().position(u8::is_ascii_whitespace).unwrap_or(body.len());
                (local(&body[..end]), &body[end..])
            }
            Mark::Data => (&body[..0], body),
            Mark::Other => (&body[..0], &body[..0]),
        };
        Ok(Some(Token { text: &bytes[..found.text], mark: found.mark, name, body }))
    }

    /// The text of a cell that holds a plain value and nothing else, when what comes next is just that:
    /// `<v>text</v></c>`. Nearly all cells do; what looks otherwise is read piece by piece.
    pub(super) fn plain_value(&mut self) -> Option<&[u8]> {
        const OPENING: &[u8] = b"<v>";
        const CLOSING: &[u8] = b"</v></c>";
        let bytes = &self.buffer[self.at..self.end];
        let value = bytes.strip_prefix(OPENING)?;
        let length = value.iter().take(LONGEST_SCANNED).position(|byte| *byte == b'<')?;
        if !value[length..].starts_with(CLOSING) {
            return None;
        }
        self.at += OPENING.len() + length + CLOSING.len();
        Some(&value[..length])
    }

    /// What has come of the markup and was not read yet; it may end anywhere.
    #[inline]
    pub(super) fn at_hand(&self) -> &[u8] {
        &self.buffer[self.at..self.end]
    }

    /// Goes on behind so many bytes of what is at hand.
    #[inline]
    pub(super) fn pass(&mut self, count: usize) {
        debug_assert!(count <= self.end - self.at);
        self.at += count;
    }

    /// Goes on behind the end of an element whose opening tag was read last.
    pub(super) fn skip(&mut self, name: &[u8]) -> Read<()> {
        let mut depth = 1usize;
        while let Some(token) = self.next()? {
            match token.mark {
                Mark::Open if token.name == name => depth += 1,
                Mark::Close if token.name == name => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Ok(());
            }
        }
        Err(Fault::xml())
    }

    /// Refuses the encodings that are not read, by their byte order mark.
    fn start(&mut self) -> Read<()> {
        self.started = true;
        while self.end < 2 && self.fill()? {}
        if matches!(self.buffer[..self.end], [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]) {
            return Err(Fault::damaged(Say::BookNotUtf8));
        }
        Ok(())
    }

    fn find(&mut self) -> Read<Option<Found>> {
        let Some(text) = self.find_opening()? else { return Ok(None) };
        // The longest opening that must be known is that of a CDATA section.
        while self.end - self.at < text + 9 && self.fill()? {}
        let opening = &self.buffer[self.at + text..self.end];
        let begin = text + 1;
        // Most markup is a tag whose name begins with a letter.
        if opening.get(1).is_some_and(u8::is_ascii_alphabetic) {
            return self.opening_tag(text).map(Some);
        }
        let found = |mark, body: (usize, usize), next| Ok(Some(Found { text, mark, body, next }));
        if opening.starts_with(b"<!--") {
            let end = self.find_end(begin + 3, b"-->")?;
            return found(Mark::Other, (begin, begin), end + 3);
        }
        if opening.starts_with(b"<![CDATA[") {
            let end = self.find_end(begin + 8, b"]]>")?;
            return found(Mark::Data, (begin + 8, end), end + 3);
        }
        match opening.get(1) {
            Some(b'!') => Err(Fault::damaged(Say::BookDoctype)),
            Some(b'?') => {
                let end = self.find_end(begin + 1, b"?>")?;
                found(Mark::Other, (begin, begin), end + 2)
            }
            Some(b'/') => {
                let end = self.tag_end(begin + 1)?;
                found(Mark::Close, (begin + 1, end), end + 1)
            }
            _ => self.opening_tag(text).map(Some),
        }
    }

    fn opening_tag(&mut self, text: usize) -> Read<Found> {
        let begin = text + 1;
        let end = self.tag_end(begin)?;
        let empty = end > begin && self.buffer[self.at + end - 1] == b'/';
        let mark = if empty { Mark::Empty } else { Mark::Open };
        Ok(Found { text, mark, body: (begin, end - usize::from(empty)), next: end + 1 })
    }

    /// Where a tag ends: at the first `>` outside quotes.
    fn tag_end(&mut self, from: usize) -> Read<usize> {
        let (mut index, mut quote) = (from, 0u8);
        loop {
            for (offset, &byte) in self.buffer[self.at + index..self.end].iter().enumerate() {
                match byte {
                    b'>' if quote == 0 => return Ok(index + offset),
                    b'<' => return Err(Fault::xml()),
                    b'"' | b'\'' if quote == 0 => quote = byte,
                    _ if byte == quote => quote = 0,
                    _ => {}
                }
            }
            index = self.end - self.at;
            if !self.fill()? {
                return Err(Fault::xml());
            }
        }
    }

    fn find_end(&mut self, from: usize, end: &[u8]) -> Read<usize> {
        let mut from = from;
        loop {
            let bytes = self.buffer.get(self.at + from..self.end).unwrap_or_default();
            if let Some(found) = memmem::find(bytes, end) {
                return Ok(from + found);
            }
            // The end may have been cut in two by the border of the chunk.
            from += bytes.len().saturating_sub(end.len() - 1);
            if !self.fill()? {
                return Err(Fault::xml());
            }
        }
    }

    /// Where the next piece of markup begins.
    fn find_opening(&mut self) -> Read<Option<usize>> {
        if self.buffer[self.at..self.end].first() == Some(&b'<') {
            return Ok(Some(0));
        }
        let mut from = 0;
        loop {
            if let Some(found) = memchr(b'<', &self.buffer[self.at + from..self.end]) {
                return Ok(Some(from + found));
            }
            from = self.end - self.at;
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// Reads on, keeping what is not used yet; false at the end of the stream.
    fn fill(&mut self) -> Read<bool> {
        if self.at > 0 {
            self.buffer.copy_within(self.at..self.end, 0);
            self.end -= self.at;
            self.at = 0;
        }
        if self.end == self.buffer.len() {
            if self.buffer.len() >= TOKEN_BYTES_MAX {
                return Err(Fault::too_big(Say::BookCellTooLong));
            }
            self.buffer.resize(self.buffer.len() + self.buffer.len().max(self.chunk), 0);
        }
        let read = self.source.read(&mut self.buffer[self.end..])?;
        self.end += read;
        Ok(read > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All tokens of a text, read with a buffer of a few bytes, as one line each.
    fn tokens(text: &str, chunk: usize) -> Option<Vec<String>> {
        let mut scanner = Scanner::with_chunk(text.as_bytes(), chunk);
        let mut lines = Vec::new();
        while let Some(token) = scanner.next().ok()? {
            let show = |bytes| String::from_utf8_lossy(bytes).into_owned();
            let attributes: Vec<String> =
                token.attributes().map(|(name, value)| format!("{}={}", show(name), show(value))).collect();
            let body = if token.mark == Mark::Data { show(token.body) } else { attributes.join(",") };
            lines.push(format!("{}|{:?}|{}|{body}", show(token.text), token.mark, show(token.name)));
        }
        Some(lines)
    }

    #[test]
    fn markup_is_found_whatever_the_chunks() {
        let text = "\u{feff}<?xml version='1.0'?><!-- <x> -->\n<x:a b=\"1>2\" c = '\"'>t&amp;<b/>u<![CDATA[<]]]>v</x:a >";
        let expected = [
            "\u{feff}|Other||",
            "|Other||",
            "\n|Open|a|b=1>2,c=\"",
            "t&amp;|Empty|b|",
            "u|Data||<]",
            "v|Close|a|",
        ];
        let expected: Vec<String> = expected.iter().map(|line| (*line).to_owned()).collect();
        for chunk in 1..70 {
            assert_eq!(tokens(text, chunk).unwrap(), expected, "{chunk}");
        }
    }

    #[test]
    fn broken_markup_is_refused() {
        for text in
            ["<a", "<a b='", "<a <b>", "<!-- ", "<![CDATA[ ]]", "</a", "<?xml", "<!DOCTYPE x []>", "<!"]
        {
            for chunk in [1, 3, 64] {
                assert!(tokens(text, chunk).is_none(), "{text}");
            }
        }
        assert!(tokens("no markup", 4).unwrap().is_empty());
        let utf16: Vec<u8> = "\u{feff}<a/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(Scanner::new(utf16.as_slice()).next().is_err());
        let endless = format!("<a>{}", "x".repeat(TOKEN_BYTES_MAX + 1));
        assert!(tokens(&endless, CHUNK).is_none());
    }
}
