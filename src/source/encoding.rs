//! Bytes become text: the encoding is found, or taken from the mapping.
//!
//! A byte-order mark decides; then the zero bytes of UTF-16 without a mark; then UTF-8; else the file is
//! Windows-1252, which is what Excel in Latin America saves. ISO-8859-1 is read as Windows-1252, as browsers
//! do: the two differ only in control characters that no table holds. Other one-byte encodings (Mac Roman,
//! the code pages of DOS) are not guessed: what tells them apart is the statistics of a few letters, wrong
//! often enough to change names in silence; a mapping names them.
//!
//! A byte that the encoding cannot decode becomes U+FFFD here, so that its cell can be found and reported
//! later; no such cell is ever sent. This module never repairs a text in silence. UTF-8 is read where it is;
//! everything else is decoded piece by piece into a spool.

use std::io;

use encoding_rs::{CoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::spool::{Bytes, Spool, Spools, unwritable};
use super::text::Text;

use crate::crew;
use crate::lang::Code;
use crate::problem::{Failure, Place, Result};

/// How much of a file is looked at to find UTF-16 without a byte-order mark.
const SAMPLE: usize = 8 * 1024;
/// How much text is decoded at a time.
const CHUNK: usize = 256 * 1024;
/// Pieces below which one more thread is not worth its start.
const PIECES_A_HAND: usize = 4;
/// The byte-order mark of UTF-8.
const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";
/// Characters and broken sequences that show what prevails in all of a file.
const ENOUGH: usize = 2_500;
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
#[derive(Debug, Clone)]
pub struct Decoded {
    /// The text, without its byte-order mark.
    pub text: Text,
    /// The encoding, in the name that a mapping may use.
    pub encoding: &'static str,
    /// How sure that is.
    pub confidence: Confidence,
    /// Whether there are bytes that it could not decode, each a U+FFFD in the text.
    pub undecodable: bool,
}

/// Decodes a file's bytes by the encoding that is fixed, or else found; `name` is for messages.
///
/// # Errors
/// When the fixed encoding is none that is known, the file's byte-order mark names another one, or the text cannot
/// be spooled.
pub fn decode(bytes: &Bytes, fixed: Option<&str>, name: &str, spools: &Spools) -> Result<Decoded> {
    let mark = marked(bytes);
    let fixed = fixed.map(|label| agreed(label, mark)).transpose();
    let fixed = fixed.map_err(|failure| failure.at(Place { file: name.to_owned(), ..Place::default() }))?;
    let known = fixed.or(mark).map(|encoding| (encoding, Confidence::Certain));
    let known = known.or_else(|| utf16_without_mark(bytes).map(|encoding| (encoding, Confidence::Likely)));
    if known.is_none_or(|(encoding, _)| encoding == UTF_8) {
        let start = if bytes.starts_with(UTF8_MARK) { UTF8_MARK.len() } else { 0 };
        if let Some(text) = Text::of(bytes, start) {
            let (encoding, confidence) = (UTF_8.name(), Confidence::Certain);
            return Ok(Decoded { text, encoding, confidence, undecodable: false });
        }
    }
    let (encoding, confidence) = known.unwrap_or_else(|| (prevailing(bytes), Confidence::Likely));
    let mut spool = spools.begin();
    let decoded =
        stream(encoding, bytes, &mut spool).and_then(|undecodable| Ok((undecodable, spool.finish()?)));
    let (undecodable, decoded) = decoded.map_err(|error| unwritable(name, &error))?;
    let text = Text::of(&decoded, 0).expect("a decoder writes UTF-8");
    Ok(Decoded { text, encoding: encoding.name(), confidence, undecodable })
}

/// How a file begins, to tell a table from a web page: what cannot be decoded does not matter.
pub(super) fn opening(bytes: &[u8]) -> String {
    let encoding = marked(bytes).or_else(|| utf16_without_mark(bytes)).unwrap_or(UTF_8);
    encoding.decode(bytes).0.into_owned()
}

/// The encoding that a byte-order mark names.
fn marked(bytes: &[u8]) -> Option<&'static Encoding> {
    Encoding::for_bom(bytes).map(|(encoding, _)| encoding)
}

/// Decodes into a spool; gives whether there were bytes that could not be decoded.
fn stream(encoding: &'static Encoding, bytes: &[u8], spool: &mut Spool) -> io::Result<bool> {
    if encoding.is_single_byte() {
        stream_bytes(encoding, bytes, spool)
    } else {
        stream_any(encoding, bytes, spool)
    }
}

/// As [`stream`], where every byte is a character whatever stands before it: pieces are decoded side by side.
fn stream_bytes(encoding: &'static Encoding, bytes: &[u8], spool: &mut Spool) -> io::Result<bool> {
    let pieces = bytes.chunks(CHUNK);
    let hands = crew::hands().min(pieces.len() / PIECES_A_HAND);
    let decode = |(): &mut (), piece: &[u8], (text, is_damaged): &mut (String, bool)| {
        let mut decoder = encoding.new_decoder_without_bom_handling();
        text.clear();
        let most = decoder.max_utf8_buffer_length(piece.len());
        // Without room for all of it the rest would be lost.
        text.reserve(most.expect("a piece is far smaller than memory"));
        *is_damaged = decoder.decode_to_string(piece, text, true).2;
        if encoding == WINDOWS_1252 && has_undefined(piece) {
            *is_damaged = true;
            *text = text.replace(UNDEFINED_1252, "\u{FFFD}");
        }
    };
    let mut undecodable = false;
    crew::in_order(
        hands,
        pieces,
        || (),
        decode,
        |(text, is_damaged)| {
            undecodable |= *is_damaged;
            spool.write_text(text)
        },
    )?;
    Ok(undecodable)
}

/// As [`stream`], of any encoding, piece after piece.
fn stream_any(encoding: &'static Encoding, bytes: &[u8], spool: &mut Spool) -> io::Result<bool> {
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let mut chunk = String::with_capacity(CHUNK);
    let (mut rest, mut undecodable) = (bytes, false);
    loop {
        let (result, read, damaged) = decoder.decode_to_string(rest, &mut chunk, true);
        rest = &rest[read..];
        undecodable |= damaged;
        spool.write_text(&chunk)?;
        chunk.clear();
        if result == CoderResult::InputEmpty {
            return Ok(undecodable);
        }
    }
}

/// Whether there is a byte among them that Windows-1252 does not define.
fn has_undefined(bytes: &[u8]) -> bool {
    memchr::memchr3(0x81, 0x8D, 0x8F, bytes).is_some() || memchr::memchr2(0x90, 0x9D, bytes).is_some()
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

/// The encoding of a text without a mark that is not UTF-8 throughout.
fn prevailing(bytes: &[u8]) -> &'static Encoding {
    // One broken cell must not turn the accents of all others into «Ã±». Windows-1252 holds a sequence that
    // is valid in UTF-8 only by accident, so a file where such sequences prevail is UTF-8 with damage.
    let found = |(valid, broken): &(usize, usize)| valid + broken;
    let sampled = Some(sampled(bytes)).filter(|sample| found(sample) >= ENOUGH);
    let (valid, broken) = sampled.unwrap_or_else(|| sequences(bytes));
    if valid >= broken { UTF_8 } else { WINDOWS_1252 }
}

/// As [`sequences`], of stretches all over a large file; of a small one, nothing.
fn sampled(bytes: &[u8]) -> (usize, usize) {
    const STRETCHES: usize = 16;
    const STRETCH: usize = 1 << 18;
    let distance = bytes.len() / STRETCHES;
    if distance < 2 * STRETCH {
        return (0, 0);
    }
    // The sequence that the beginning of a stretch cuts in two is one of thousands.
    let counts = bytes.chunks(distance).map(|part| sequences(&part[..part.len().min(STRETCH)]));
    counts.fold((0, 0), |(valid, broken), of_part| (valid + of_part.0, broken + of_part.1))
}

/// How many characters beyond ASCII are valid in UTF-8, and how many sequences are broken.
fn sequences(mut bytes: &[u8]) -> (usize, usize) {
    let (mut valid, mut broken) = (0, 0);
    while let Some(run) = next_beyond_ascii(&mut bytes) {
        // No character beyond ASCII is one byte, and an accent of Windows-1252 nearly always stands alone.
        if run.len() == 1 {
            broken += 1;
            continue;
        }
        for chunk in run.utf8_chunks() {
            valid += chunk.valid().chars().count();
            broken += usize::from(!chunk.invalid().is_empty());
        }
    }
    (valid, broken)
}

/// Takes the next run of bytes beyond ASCII from a text: whole sequences of UTF-8, or what is none.
fn next_beyond_ascii<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    const EIGHT: usize = 8;
    while rest.first_chunk::<EIGHT>().is_some_and(|eight| eight.is_ascii()) {
        *rest = &rest[EIGHT..];
    }
    let start = rest.iter().position(|byte| !byte.is_ascii())?;
    let behind = &rest[start..];
    let length = behind.iter().position(u8::is_ascii).unwrap_or(behind.len());
    let (run, next) = behind.split_at(length);
    *rest = next;
    Some(run)
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

    fn decode(bytes: &[u8], fixed: Option<&str>) -> Result<Decoded> {
        super::decode(&Bytes::from(bytes.to_vec()), fixed, "f", &Spools::in_folder("never-made"))
    }

    proptest::proptest! {
        #[test]
        fn what_prevails_is_counted_run_by_run_as_at_once(
            parts in proptest::collection::vec("[a-z]{0,20}|[áñ€😀]{1,3}|\u{1}", 0..12), broken in proptest::collection::vec(0usize..12, 0..6),
        ) {
            let mut bytes = Vec::new();
            for (at, part) in parts.iter().enumerate() {
                bytes.extend_from_slice(part.as_bytes());
                bytes.extend(broken.iter().filter(|broken| **broken == at).map(|at| [0xF1, 0xC3, 0xE2, 0x82, 0x80, 0xFF][at % 6]));
            }
            let (mut valid, mut invalid) = (0, 0);
            for chunk in bytes.utf8_chunks() {
                valid += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
                invalid += usize::from(!chunk.invalid().is_empty());
            }
            proptest::prop_assert_eq!(prevailing(&bytes) == UTF_8, valid >= invalid);
            let undefined = WINDOWS_1252.decode(&bytes).0.contains(UNDEFINED_1252);
            proptest::prop_assert_eq!(has_undefined(&bytes), undefined);
        }
    }

    #[test]
    fn of_a_large_file_stretches_show_what_prevails_or_all_of_it_does() {
        let mut bytes = vec![b'a'; 34 << 20];
        // Behind the stretch that is looked at first: there is nothing in the others.
        let aside = (1 << 20) + (1 << 19)..(1 << 20) + (3 << 18);
        bytes[aside].chunks_mut(8).for_each(|eight| eight[0] = 0xF1);
        assert_eq!((sampled(&bytes), prevailing(&bytes)), ((0, 0), WINDOWS_1252));
        let stretch = &mut bytes[..1 << 18];
        stretch.chunks_mut(8).for_each(|eight| eight[..2].copy_from_slice("ñ".as_bytes()));
        assert_eq!((sampled(&bytes), prevailing(&bytes)), ((1 << 15, 0), UTF_8));
    }

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
            assert_eq!((&*found.text, found.encoding, found.confidence), (text, name, confidence));
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
            assert_eq!((&*found.text, found.encoding), (text, name));
            assert_eq!(found.undecodable, text.contains('\u{FFFD}'));
        }
        assert_eq!(decode(b"", Some("klingon")).unwrap_err().code, Code::MappingBadValue);
    }

    #[test]
    fn a_long_text_is_decoded_piece_by_piece_as_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let spools = Spools::in_folder(folder.path()).with_memory_max(1000);
        let line = "Muñoz;€ 1\u{90}\n";
        let long = line.repeat(CHUNK / 5);
        for (bytes, fixed) in [
            (WINDOWS_1252.encode(&long).0.into_owned(), None),
            (utf16(&long, true), Some("utf-16le")),
            ([&[0xFF], long.as_bytes()].concat(), Some("utf-8")),
        ] {
            let (whole, encoding, _) =
                Encoding::for_label(fixed.unwrap_or("l1").as_bytes()).unwrap().decode(&bytes);
            let found = super::decode(&Bytes::from(bytes.clone()), fixed, "f", &spools).unwrap();
            let whole =
                if fixed.is_none() { whole.replace('\u{90}', "\u{FFFD}") } else { whole.into_owned() };
            assert!(*found.text == *whole, "{fixed:?}");
            assert_eq!((found.encoding, found.undecodable), (encoding.name(), whole.contains('\u{FFFD}')));
        }
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
            assert_eq!(found.as_ref().ok().map(|found| &*found.text), read, "{fixed}");
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
