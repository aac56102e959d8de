//! Text that somebody else has broken: UTF-8 read as Windows-1252 or Latin-1 and saved again (`MarÃ­a`), once or
//! several times over.
//!
//! Two questions are answered, and nothing is changed: whether a text shows the marks of it ([`is_broken`]), and
//! what it was before, where that can be proved ([`mojibake`]). A proof is that every character of the text
//! goes back to bytes that are valid UTF-8 and hold an accented Latin letter; a text that was broken in one
//! place and typed over in another has none. What becomes of either is for the mapping to say.

use encoding_rs::WINDOWS_1252;

/// How often a text can have been read wrongly and saved again.
const LAYERS: usize = 4;

/// The text as it was before it was broken: none unless that can be proved. A guess to offer, never to apply
/// unasked.
pub fn mojibake(text: &str) -> Option<String> {
    let mut repaired = back_once(text)?;
    for _ in 1..LAYERS {
        match back_once(&repaired) {
            Some(earlier) => repaired = earlier,
            None => break,
        }
    }
    Some(repaired)
}

/// Whether a text shows an accented letter as two characters, such as `Ã±`; it may be past repair.
pub fn is_broken(text: &str) -> bool {
    has_lead(text) && (broken_letters(text).any(|(_, second)| second != '\u{a0}') || mojibake(text).is_some())
}

fn back_once(text: &str) -> Option<String> {
    // `IRMÃ` before a no-break space is a Portuguese word and not a broken `à`.
    if !has_lead(text) || !broken_letters(text).any(|(_, second)| second != '\u{a0}') {
        return None;
    }
    let bytes: Vec<u8> = text.chars().map(byte_of).collect::<Option<_>>()?;
    String::from_utf8(bytes).ok()
}

/// Whether a text has one of the three characters with which every broken letter begins; hardly any other text does.
pub fn has_lead(text: &str) -> bool {
    // Ã, Ä and Å in UTF-8; the search for one byte passes over all text without accents at once.
    memchr::memchr_iter(0xC3, text.as_bytes())
        .any(|at| matches!(text.as_bytes().get(at + 1), Some(0x83..=0x85)))
}

/// The pairs of characters that are one accented letter's two bytes.
fn broken_letters(text: &str) -> impl Iterator<Item = (char, char)> + '_ {
    text.chars().zip(text.chars().skip(1)).filter(|(lead, second)| {
        let second = byte_of(*second).filter(|byte| (0x80..=0xBF).contains(byte));
        match (lead, second) {
            // The signs of multiplication and division are no letters.
            ('Ã', Some(byte)) => !matches!(byte, 0x97 | 0xB7),
            ('Ä' | 'Å', Some(_)) => true,
            _ => false,
        }
    })
}

/// The byte that a character was read from, as Latin-1 or as Windows-1252.
fn byte_of(c: char) -> Option<u8> {
    if let Ok(byte) = u8::try_from(u32::from(c)) {
        return Some(byte);
    }
    let mut utf8 = [0; 4];
    let (bytes, _, unmappable) = WINDOWS_1252.encode(c.encode_utf8(&mut utf8));
    bytes.first().copied().filter(|_| !unmappable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_broken_by_somebody_else_is_known() {
        for (text, broken, repaired) in [
            ("MarÃ\u{ad}a", true, Some("María")),
            ("PEÃ‘A Ã\u{81}lvarez", true, Some("PEÑA Álvarez")),
            ("PEÃ\u{91}A", true, Some("PEÑA")),
            ("MuÃ±oz y PeÃ±a", true, Some("Muñoz y Peña")),
            ("MuÃ\u{83}Â±oz", true, Some("Muñoz")),
            ("MuÃƒÂ±oz", true, Some("Muñoz")),
            ("MuÃƒÆ’Ã‚Â±oz", true, Some("Muñoz")),
            ("SÃ£o JoÃ£o", true, Some("São João")),
            ("Â¿QuÃ©?", true, Some("¿Qué?")),
            ("VoilÃ\u{a0} PeÃ±a", true, Some("Voilà Peña")),
            ("MarÃ\u{ad}a y Peña", true, None),
            ("MarÃ\u{ad}a 中", true, None),
            ("María", false, None),
            ("Maria", false, None),
            ("JOÃO", false, None),
            ("IRMÃ\u{a0}MARIA", false, None),
            ("5 Ã— 3", false, None),
            ("Â¿seguro?", false, None),
            ("Ã", false, None),
            ("", false, None),
        ] {
            assert_eq!((is_broken(text), mojibake(text).as_deref()), (broken, repaired), "{text}");
        }
    }

    proptest! {
        /// What a program does that reads UTF-8 wrongly is undone, however often it was done.
        #[test]
        fn what_was_read_wrongly_goes_back(text in "[a-zA-Z ]{0,8}[áéíóúñÁÉÍÓÚÑüãõç][a-zA-Zñé ]{0,8}", times in 1usize..4, latin in any::<bool>()) {
            let mut broken = text.clone();
            for _ in 0..times {
                broken = if latin {
                    broken.bytes().map(char::from).collect()
                } else {
                    WINDOWS_1252.decode_without_bom_handling(broken.as_bytes()).0.into_owned()
                };
            }
            prop_assert!(is_broken(&broken));
            prop_assert_eq!(mojibake(&broken), Some(text));
        }
    }
}
