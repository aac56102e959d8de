//! Bytes become text: the encoding is found, or taken from the mapping.
//!
//! A byte-order mark decides; then the zero bytes of UTF-16 without a mark; then UTF-8; else the file is
//! Windows-1252, which is what Excel in Latin America saves. ISO-8859-1 is read as Windows-1252, as browsers
//! do: the two differ only in control characters that no table holds. Other one-byte encodings (Mac Roman,
//! the code pages of DOS) are not guessed: what tells them apart is the statistics of a few letters, wrong
//! often enough to change names in silence; a mapping names them.
//!
//! A byte that the encoding cannot decode becomes U+FFFD here, so that its cell can be found and reported
//! later; no such cell is ever sent. This module never repairs a text in silence.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::lang::Code;
use crate::problem::{Failure, Result};

/// How much of a file is looked at to find UTF-16 without a byte-order mark.
const SAMPLE: usize = 8 * 1024;
/// The five bytes that Windows-1252 does not define; the decoder lets them through as control characters.
const UNDEFINED_1252: [char; 5] = ['\u{81}', '\u{8d}', '\u{8f}', '\u{90}', '\u{9d}'];

/// How sure the found encoding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A byte-order mark, valid UTF-8, plain ASCII, or named by the mapping.
    Certain,
    /// The best guess from the bytes.
    Likely,
}

/// A text with what is known about the encoding it had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded<'b> {
    /// The text, without its byte-order mark.
    pub text: Cow<'b, str>,
    /// The encoding, in the name that a mapping may use.
    pub encoding: &'static str,
    /// How sure that is.
    pub confidence: Confidence,
    /// Whether there are bytes that it could not decode, each a U+FFFD in the text.
    pub undecodable: bool,
}

/// Decodes a file's bytes by the encoding that is fixed, or else found.
///
/// # Errors
/// When the fixed encoding is none that is known, or the file's byte-order mark names another one.
pub fn decode<'b>(bytes: &'b [u8], fixed: Option<&str>) -> Result<Decoded<'b>> {
    let mark = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let (encoding, confidence) = match (fixed, mark) {
        (Some(label), mark) => (agreed(label, mark)?, Confidence::Certain),
        (None, Some(encoding)) => (encoding, Confidence::Certain),
        (None, None) => guess(bytes),
    };
    let (mut text, used, mut undecodable) = encoding.decode(bytes);
    if used == WINDOWS_1252 && text.contains(UNDEFINED_1252) {
        text = Cow::Owned(text.replace(UNDEFINED_1252, "\u{FFFD}"));
        undecodable = true;
    }
    Ok(Decoded { text, encoding: used.name(), confidence, undecodable })
}

/// Names of encodings that a mapping is most likely to mean, to offer the nearest of them.
pub const NAMES: [&str; 8] =
    ["utf-8", "windows-1252", "iso-8859-1", "iso-8859-15", "latin1", "utf-16le", "utf-16be", "macintosh"];

/// Whether a name means an encoding, as browsers read such names.
pub fn is_encoding(label: &str) -> bool {
    Encoding::for_label(label.as_bytes()).is_some()
}

/// The encoding that is fixed, when the file's own mark does not name another one: then one of the two is wrong,
/// and which of them is not for a program to say.
fn agreed(label: &str, mark: Option<&'static Encoding>) -> Result<&'static Encoding> {
    let fixed = Encoding::for_label(label.as_bytes()).ok_or_else(|| {
        Failure::new(Code::MappingBadValue)
            .with("place", "encoding")
            .with("value", label)
            .with("expected", NAMES.join(", "))
    })?;
    match mark {
        // «utf-16» leaves open which byte comes first, and the mark says it.
        Some(mark) if label.trim().eq_ignore_ascii_case("utf-16") && mark != UTF_8 => Ok(mark),
        Some(mark) if mark != fixed => {
            Err(Failure::new(Code::EncodingContradicted).with("value", mark.name()).with("expected", label))
        }
        _ => Ok(fixed),
    }
}

fn guess(bytes: &[u8]) -> (&'static Encoding, Confidence) {
    if let Some(encoding) = utf16_without_mark(bytes) {
        return (encoding, Confidence::Likely);
    }
    if std::str::from_utf8(bytes).is_ok() {
        return (UTF_8, Confidence::Certain);
    }
    // One broken cell must not turn the accents of all others into «Ã±». Windows-1252 holds a sequence that
    // is valid in UTF-8 only by accident, so a file where such sequences prevail is UTF-8 with damage.
    let (mut valid, mut broken) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        valid += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    (if valid >= broken { UTF_8 } else { WINDOWS_1252 }, Confidence::Likely)
}

/// UTF-16 by its zero bytes: Latin text has one in nearly every character, always on the same side.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let pairs = sample.len() / 2;
    let zeros = |parity| sample.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    let many = |zeros: usize| zeros * 10 >= pairs * 3;
    let hardly_any = |zeros: usize| zeros * 100 <= pairs;
    match pairs {
        0 | 1 => None,
        _ if many(second) && hardly_any(first) => Some(UTF_16LE),
        _ if many(first) && hardly_any(second) => Some(UTF_16BE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, little: bool) -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() })
            .collect()
    }

    #[test]
    fn the_encoding_is_found() {
        use Confidence::{Certain, Likely};
        let (little, big) = (utf16("Peña;1\n", true), utf16("Peña;1\n", false));
        let cases: [(&[u8], &str, &str, Confidence); 12] = [
            (b"", "", "UTF-8", Certain),
            (b"Ana;1", "Ana;1", "UTF-8", Certain),
            ("Peña".as_bytes(), "Peña", "UTF-8", Certain),
            (b"\xEF\xBB\xBFPe\xC3\xB1a", "Peña", "UTF-8", Certain),
            (b"\xEF\xBB\xBF\xEF\xBB\xBFa", "\u{feff}a", "UTF-8", Certain),
            (b"Pe\xF1a \x80", "Peña €", "windows-1252", Likely),
            (b"Mu\xF1oz y Pe\xF1a", "Muñoz y Peña", "windows-1252", Likely),
            (b"\xFF\xFEP\0e\0\xF1\0a\0", "Peña", "UTF-16LE", Certain),
            (b"\xFE\xFF\0P\0e\0\xF1\0a", "Peña", "UTF-16BE", Certain),
            (&little, "Peña;1\n", "UTF-16LE", Likely),
            (&big, "Peña;1\n", "UTF-16BE", Likely),
            (b"a\0b", "a\0b", "UTF-8", Certain),
        ];
        for (bytes, text, name, confidence) in cases {
            let found = decode(bytes, None).unwrap();
            assert_eq!((found.text.as_ref(), found.encoding, found.confidence), (text, name, confidence));
            assert!(!found.undecodable, "{bytes:?}");
        }
    }

    #[test]
    fn what_cannot_be_decoded_is_marked() {
        let cases: [(&[u8], Option<&str>, &str, &str); 6] = [
            (b"Pe\xF1a", Some("utf-8"), "Pe\u{FFFD}a", "UTF-8"),
            ("Peña,Ríos,X\u{0}".as_bytes(), Some("windows-1252"), "PeÃ±a,RÃ\u{ad}os,X\0", "windows-1252"),
            (b"Pe\xC3\xB1a;Mu\xF1oz;R\xC3\xADos", None, "Peña;Mu\u{FFFD}oz;Ríos", "UTF-8"),
            (b"JOS\x90 \xA5", None, "JOS\u{FFFD} ¥", "windows-1252"),
            (b"\xFF\xFEa\0\x00\xD8b\0", None, "a\u{FFFD}b", "UTF-16LE"),
            (b"\xFF\xFEa\0b", None, "a\u{FFFD}", "UTF-16LE"),
        ];
        for (bytes, fixed, text, name) in cases {
            let found = decode(bytes, fixed).unwrap();
            assert_eq!((found.text.as_ref(), found.encoding), (text, name));
            assert_eq!(found.undecodable, text.contains('\u{FFFD}'));
        }
        assert_eq!(decode(b"", Some("klingon")).unwrap_err().code, Code::MappingBadValue);
    }

    #[test]
    fn a_mark_that_contradicts_the_mapping_is_said() {
        let (utf8, little, big): (&[u8], &[u8], &[u8]) =
            (b"\xEF\xBB\xBFPe\xC3\xB1a", b"\xFF\xFEP\0", b"\xFE\xFF\0P");
        for (bytes, fixed, read) in [
            (utf8, "utf-8", Some("Peña")),
            (utf8, "UTF8", Some("Peña")),
            (utf8, "windows-1252", None),
            (utf8, "latin1", None),
            (little, "utf-16", Some("P")),
            (big, "utf-16", Some("P")),
            (utf8, "utf-16", None),
            (big, "utf-16le", None),
            (little, "utf-8", None),
        ] {
            let found = decode(bytes, Some(fixed));
            assert_eq!(found.as_ref().ok().map(|found| found.text.as_ref()), read, "{fixed}");
            if let Err(failure) = found {
                assert_eq!(failure.code, Code::EncodingContradicted);
                let what = failure.what(crate::lang::Lang::Es);
                assert!(what.contains(fixed) && what.contains("UTF-"), "{what}");
            }
        }
    }

    #[test]
    fn every_name_that_is_offered_is_an_encoding() {
        assert!(NAMES.iter().all(|name| is_encoding(name)));
        assert!(is_encoding("cp1252") && !is_encoding("windows1252x") && !is_encoding(""));
    }
}
