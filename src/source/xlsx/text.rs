//! Texts of a workbook: entities, Excel's own escapes, and the runs of a rich text.
//!
//! Only the five entities of XML itself and numeric ones exist, as no document type is ever read. White space
//! is kept as it stands; phonetic hints, which are not part of a text, are left out.

use std::io::Read as Source;

use memchr::{memchr, memchr2};

use super::fault::{CELL_BYTES_MAX, Fault, Read};
use super::scan::{Mark, Scanner};
use crate::lang::Say;

/// Appends a text of XML: entities decoded, line ends made `\n`.
pub(super) fn push_decoded(out: &mut Vec<u8>, mut text: &[u8]) -> Read<()> {
    // Numbers and indices are short, and a search costs more than a look at them.
    if text.len() < 16 && text.iter().all(|byte| *byte != b'&' && *byte != b'\r') {
        out.extend_from_slice(text);
        return Ok(());
    }
    while let Some(special) = memchr2(b'&', b'\r', text) {
        out.extend_from_slice(&text[..special]);
        text = &text[special..];
        if text[0] == b'\r' {
            out.push(b'\n');
            text = text.strip_prefix(b"\r\n").unwrap_or(&text[1..]);
            continue;
        }
        let end = memchr(b';', &text[..text.len().min(12)]).ok_or_else(Fault::xml)?;
        let c = entity(&text[1..end]).ok_or_else(Fault::xml)?;
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        text = &text[end + 1..];
    }
    out.extend_from_slice(text);
    Ok(())
}

fn entity(name: &[u8]) -> Option<char> {
    match name {
        b"amp" => Some('&'),
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"quot" => Some('"'),
        b"apos" => Some('\''),
        [b'#', b'x' | b'X', digits @ ..] => number(digits, 16),
        [b'#', digits @ ..] => number(digits, 10),
        _ => None,
    }
}

fn number(digits: &[u8], radix: u32) -> Option<char> {
    let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
    char::from_u32(u32::from_str_radix(digits, radix).ok()?)
}

/// A value of an attribute as text.
pub(super) fn attribute(value: &[u8]) -> Read<String> {
    let mut out = Vec::with_capacity(value.len());
    push_decoded(&mut out, value)?;
    String::from_utf8(out).map_err(|_error| Fault::damaged(Say::BookNotUtf8))
}

/// Appends a text without Excel's escapes. One that is no UTF-8 is appended as it is, and refused with its sheet.
pub(super) fn push_unescaped(out: &mut Vec<u8>, text: &[u8]) {
    let with_escapes = memchr(b'_', text).and_then(|_| std::str::from_utf8(text).ok());
    let Some(text) = with_escapes else { return out.extend_from_slice(text) };
    let mut text = text.to_owned();
    unescape(&mut text, 0);
    out.extend_from_slice(text.as_bytes());
}

/// Replaces Excel's escapes `_xHHHH_` behind a position; what only looks like one stays.
pub(super) fn unescape(text: &mut String, from: usize) {
    let Some(first) = find_escape(&text[from..]) else { return };
    let rest = text.split_off(from + first);
    let mut done = 0;
    while let Some(found) = find_escape(&rest[done..]) {
        let at = done + found;
        text.push_str(&rest[done..at]);
        done = at;
        let mut units = Vec::new();
        while let Some(unit) = escape_at(&rest, at + ESCAPE_LENGTH * units.len()) {
            units.push(unit);
        }
        for decoded in char::decode_utf16(units) {
            let length = ESCAPE_LENGTH * decoded.as_ref().map_or(1, |c| c.len_utf16());
            match decoded {
                Ok(c) => text.push(c),
                // Half of a pair is no character: the escape stays as it was written.
                Err(_) => text.push_str(&rest[done..done + length]),
            }
            done += length;
        }
    }
    text.push_str(&rest[done..]);
}

const ESCAPE_LENGTH: usize = "_xHHHH_".len();

fn find_escape(text: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = memchr(b'_', &text.as_bytes()[from..]) {
        if escape_at(text, from + found).is_some() {
            return Some(from + found);
        }
        from += found + 1;
    }
    None
}

fn escape_at(text: &str, at: usize) -> Option<u16> {
    let escape = text.as_bytes().get(at..at + ESCAPE_LENGTH)?;
    let [b'_', b'x', digits @ .., b'_'] = escape else { return None };
    let digits = std::str::from_utf8(digits).ok()?;
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    u16::from_str_radix(digits, 16).ok()
}

/// Appends the text of the element whose opening tag was read last, up to its closing tag.
pub(super) fn push_plain<S: Source>(scanner: &mut Scanner<S>, name: &[u8], out: &mut Vec<u8>) -> Read<()> {
    let start = out.len();
    while let Some(token) = scanner.next()? {
        push_decoded(out, token.text)?;
        if token.mark == Mark::Data {
            out.extend_from_slice(token.body);
        }
        check_length(out.len() - start)?;
        if token.mark == Mark::Close && token.name == name {
            return Ok(());
        }
    }
    Err(Fault::xml())
}

/// Appends the text of a rich text (`si`, `is`) whose opening tag was read last: all its runs.
pub(super) fn push_rich<S: Source>(scanner: &mut Scanner<S>, name: &[u8], out: &mut Vec<u8>) -> Read<()> {
    let start = out.len();
    loop {
        let token = scanner.next()?.ok_or_else(Fault::xml)?;
        match (token.mark, token.name) {
            (Mark::Close, found) if found == name => return Ok(()),
            (Mark::Open, b"t") => push_plain(scanner, b"t", out)?,
            (Mark::Open, b"rPh") => scanner.skip(b"rPh")?,
            _ => {}
        }
        check_length(out.len() - start)?;
    }
}

fn check_length(length: usize) -> Read<()> {
    if length > CELL_BYTES_MAX { Err(Fault::too_big(Say::BookCellTooLong)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_and_line_ends_are_decoded() {
        for (text, expected) in [
            ("a&amp;b&lt;&gt;&quot;&apos;", Some("a&b<>\"'")),
            ("&#241;&#xF1;&#x1F600;", Some("ññ😀")),
            ("a\r\nb\rc&#13;", Some("a\nb\nc\r")),
            ("&nbsp;", None),
            ("a & b", None),
            ("&#xD800;", None),
            ("&#+65;", None),
        ] {
            let mut out = Vec::new();
            let done = push_decoded(&mut out, text.as_bytes()).ok();
            assert_eq!(done.map(|()| String::from_utf8(out).unwrap()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn the_escapes_of_excel_are_decoded() {
        for (text, expected) in [
            ("a_x000D_b", "a\rb"),
            ("_x005F_x000D_", "_x000D_"),
            ("_x00e9_", "é"),
            ("_xD83D__xDE00_!", "😀!"),
            ("_xD83D_ _x000G_ _x00_ _X0041_", "_xD83D_ _x000G_ _x00_ _X0041_"),
            ("__x0041_", "_A"),
            ("ñ_ñ_x", "ñ_ñ_x"),
        ] {
            let mut out = format!("_x0041_{text}");
            unescape(&mut out, "_x0041_".len());
            assert_eq!(out, format!("_x0041_{expected}"));
        }
    }
}
