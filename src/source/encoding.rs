//! Bytes become text: the encoding is found, or taken from the mapping.
//!
//! A byte-order mark decides; else valid UTF-8 is UTF-8; else the file is Windows-1252, which is what Excel
//! in Latin America saves. A byte that the encoding cannot decode becomes U+FFFD here, so that its cell can be
//! found and reported later; no such cell is ever sent.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use crate::lang::Code;
use crate::problem::{Failure, Result};

pub(super) fn decode<'b>(bytes: &'b [u8], fixed: Option<&str>) -> Result<(Cow<'b, str>, &'static str)> {
    let encoding = match fixed {
        Some(label) => Encoding::for_label(label.as_bytes()).ok_or_else(|| {
            Failure::new(Code::MappingBadValue)
                .with("place", "encoding")
                .with("value", label)
                .with("expected", "utf-8, windows-1252, utf-16le")
        })?,
        None => Encoding::for_bom(bytes).map_or_else(|| guess(bytes), |(encoding, _)| encoding),
    };
    let (text, used, _) = encoding.decode(bytes);
    Ok((text, used.name()))
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    if std::str::from_utf8(bytes).is_ok() { UTF_8 } else { WINDOWS_1252 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_found() {
        for (bytes, text, name) in [
            ("Peña".as_bytes(), "Peña", "UTF-8"),
            (b"\xEF\xBB\xBFPe\xC3\xB1a", "Peña", "UTF-8"),
            (b"Pe\xF1a \x80", "Peña €", "windows-1252"),
            (b"\xFF\xFEP\0e\0\xF1\0a\0", "Peña", "UTF-16LE"),
        ] {
            let (decoded, found) = decode(bytes, None).unwrap();
            assert_eq!((decoded.as_ref(), found), (text, name));
        }
    }

    #[test]
    fn a_fixed_encoding_marks_what_it_cannot_decode() {
        assert_eq!(decode(b"Pe\xF1a", Some("utf-8")).unwrap().0, "Pe\u{FFFD}a");
        assert_eq!(decode(b"", Some("klingon")).unwrap_err().code, Code::MappingBadValue);
    }
}
