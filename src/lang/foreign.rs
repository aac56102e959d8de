//! What other programs say, in our words: the operating system, the network, the parsers of files.
//!
//! Their texts are in whatever language they come in, and say little to an Excel person. Known ones are said in the
//! reader's language, by the system's own number where there is one; what is not known stays as it came, as a detail.
//! What the CRM says is never touched: it is quoted.

use std::borrow::Cow;
use std::io::ErrorKind;

use super::{Code, Lang, Say};

/// In front of the system's own number, behind its text.
const SYSTEM: &str = " (os error ";

/// Parts of a network error that say nothing beside the others.
const NOISE: [&str; 6] = [
    "client error (Connect)",
    "client error (SendRequest)",
    "error sending request",
    "error returned from database",
    "tcp connect error",
    "connection error",
];

/// What is known by a part of its text, whatever stands around it; the first that fits.
const KNOWN: [(&str, Say); 37] = [
    ("database or disk is full", Say::SystemFull),
    ("attempt to write a readonly database", Say::SystemReadOnly),
    ("disk I/O error", Say::SystemDisk),
    ("unable to open database file", Say::SystemDenied),
    ("database disk image is malformed", Say::SystemMalformed),
    ("file is not a database", Say::SystemNoDatabase),
    ("stream did not contain valid UTF-8", Say::SystemNotUtf8),
    ("failed to fill whole buffer", Say::SystemCut),
    ("unexpected end of file", Say::SystemCut),
    ("incomplete frame", Say::SystemCut),
    ("corrupt deflate stream", Say::SystemMalformed),
    ("corrupt gzip stream", Say::SystemMalformed),
    ("Restored data doesn't match checksum", Say::SystemMalformed),
    ("Data corruption detected", Say::SystemMalformed),
    ("Invalid checksum", Say::SystemMalformed),
    ("nvalid Zip archive", Say::SystemMalformed),
    ("Invalid CFB file", Say::SystemMalformed),
    ("not found in archive", Say::BookPartMissing),
    ("File not found: '", Say::BookPartMissing),
    ("ompression method not supported", Say::SystemPacked),
    ("incomplete deflate stream", Say::SystemCut),
    ("nsupported Zip archive", Say::SystemPacked),
    ("ill-formed document", Say::BookXmlBroken),
    ("syntax error", Say::BookXmlBroken),
    ("dns error", Say::NetNoHost),
    ("failed to lookup address", Say::NetNoHost),
    ("connection closed before message completed", Say::NetClosed),
    ("connection was closed", Say::NetClosed),
    ("operation timed out", Say::NetTimeout),
    ("deadline has elapsed", Say::NetTimeout),
    ("UnknownIssuer", Say::NetUnknownIssuer),
    ("certificate expired", Say::NetExpired),
    ("NotValidForName", Say::NetOtherName),
    ("certificate not valid for name", Say::NetOtherName),
    ("received corrupt message", Say::NetNoTls),
    ("InvalidContentType", Say::NetNoTls),
    ("HandshakeFailure", Say::NetNoTls),
];

/// What is wrong in a TOML file, by a part of what the parser says; the first that fits.
const TOML: [(&str, Say); 19] = [
    ("duplicate key", Say::TomlTwice),
    ("must be quoted", Say::TomlUnquoted),
    ("missing opening quote", Say::TomlUnquoted),
    ("unclosed", Say::TomlUnclosed),
    ("missing comma", Say::TomlComma),
    ("extra comma", Say::TomlComma),
    ("escape", Say::TomlBackslash),
    ("unicode value", Say::TomlBackslash),
    ("invalid basic string", Say::TomlString),
    ("invalid multi-line", Say::TomlString),
    ("invalid literal string", Say::TomlString),
    ("key with no value", Say::TomlNoValue),
    ("missing value", Say::TomlNoValue),
    ("missing assignment", Say::TomlNoValue),
    ("invalid unquoted key", Say::TomlKey),
    ("unquoted keys", Say::TomlKey),
    ("unexpected key or value", Say::TomlSurplus),
    ("extra `=`", Say::TomlSurplus),
    ("leading zero", Say::TomlNumber),
];

/// The reason of a failure in the reader's language.
pub(crate) fn reason(code: Code, text: &str, lang: Lang) -> Cow<'_, str> {
    match code {
        Code::MappingSyntax | Code::ConfigSyntax => {
            let known = known(&TOML, text).map(|say| say.text(lang).into());
            known.unwrap_or_else(|| Say::TomlOther.with(lang, &[("detail", text)]).into())
        }
        // What a reader of files says of its own, in English.
        Code::FileDamaged | Code::ArchiveDamaged => match in_words(text, lang) {
            Cow::Borrowed(same) if same == text => {
                let say = if is_sentence(text) { Say::SystemReader } else { Say::SystemPart };
                say.with(lang, &[("detail", text)]).into()
            }
            said => said,
        },
        // Here the reason is the CRM's own.
        Code::SameRejection
        | Code::TokenRefused
        | Code::EndpointRefused
        | Code::QuotaEnded
        | Code::CrmSaysWait
        | Code::UnreadableAnswer => text.into(),
        _ => in_words(text, lang),
    }
}

/// Whether a text says something, and does not only name a part of a file.
fn is_sentence(text: &str) -> bool {
    text.contains(char::is_whitespace)
}

/// What the ledger or an event has of an answer, or of the lack of one: what the network said is said in our words,
/// what the CRM said stays as it is.
pub fn of_answer(text: &str, lang: Lang) -> Cow<'_, str> {
    const BROKEN: [Code; 2] = [Code::NoAnswer, Code::ConnectionLost];
    let after = |code: &Code| text.strip_prefix(code.as_str())?.strip_prefix(": ");
    match BROKEN.iter().find_map(after) {
        Some(said) => in_words(said, lang),
        None if text.contains(SYSTEM) || NOISE.iter().any(|part| text.contains(part)) => in_words(text, lang),
        None => text.into(),
    }
}

/// What a system or a library said, in the reader's language as far as it is known.
pub fn in_words(text: &str, lang: Lang) -> Cow<'_, str> {
    if text.contains(SYSTEM) {
        let mut parts: Vec<Cow<'_, str>> = Vec::new();
        for part in text.split(": ").filter(|part| !NOISE.contains(part)) {
            let part = by_number(part, lang).unwrap_or(Cow::Borrowed(part));
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        return parts.join(": ").into();
    }
    match known(&KNOWN, text) {
        Some(say) => say.text(lang).into(),
        None if text == "timeout" => Say::NetTimeout.text(lang).into(),
        None => text.into(),
    }
}

fn known(table: &[(&str, Say)], text: &str) -> Option<Say> {
    table.iter().find(|(part, _)| text.contains(part)).map(|(_, say)| *say)
}

/// An error of the system by its number, with what it says itself where we know no better.
fn by_number(part: &str, lang: Lang) -> Option<Cow<'static, str>> {
    let (said, number) = part.split_once(SYSTEM)?;
    let number: i32 = number.trim_end_matches(')').parse().ok()?;
    Some(match of_system(number) {
        Some(say) => say.text(lang).into(),
        None => Say::SystemOther.with(lang, &[("number", &number.to_string()), ("detail", said)]).into(),
    })
}

/// What an error number of this system means.
fn of_system(number: i32) -> Option<Say> {
    /// Of Windows: another program has the file open, or a part of it.
    const SHARING: [i32; 2] = [32, 33];
    /// Of Unix: the device fails; too many files are open, in the process or in all.
    const IO: i32 = 5;
    const OPEN: [i32; 2] = [23, 24];
    if cfg!(windows) && SHARING.contains(&number) {
        return Some(Say::SystemOpen);
    }
    if cfg!(unix) && number == IO {
        return Some(Say::SystemDisk);
    }
    if cfg!(unix) && OPEN.contains(&number) {
        return Some(Say::SystemTooMany);
    }
    let say = match std::io::Error::from_raw_os_error(number).kind() {
        ErrorKind::NotFound => Say::SystemMissing,
        ErrorKind::PermissionDenied => Say::SystemDenied,
        ErrorKind::AlreadyExists => Say::SystemExists,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Say::SystemFull,
        ErrorKind::ReadOnlyFilesystem => Say::SystemReadOnly,
        ErrorKind::IsADirectory => Say::SystemFolder,
        ErrorKind::NotADirectory => Say::SystemNoFolder,
        ErrorKind::FileTooLarge => Say::SystemTooBig,
        ErrorKind::InvalidFilename => Say::SystemName,
        ErrorKind::ResourceBusy | ErrorKind::ExecutableFileBusy => Say::SystemOpen,
        ErrorKind::OutOfMemory => Say::SystemMemory,
        ErrorKind::BrokenPipe => Say::SystemPipe,
        ErrorKind::AddrInUse => Say::NetInUse,
        ErrorKind::ConnectionRefused => Say::NetRefused,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => Say::NetReset,
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => {
            Say::NetUnreachable
        }
        ErrorKind::TimedOut => Say::NetTimeout,
        _ => return None,
    };
    Some(say)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn errors_of_the_system_are_said_in_our_words() {
        for (text, es, en) in [
            ("Permission denied (os error 13)", "no hay permiso", "there is no permission"),
            (
                "/tmp/x: No space left on device (os error 28)",
                "/tmp/x: no queda espacio en el disco",
                "/tmp/x: there is no space left on the disk",
            ),
            (
                "client error (Connect): tcp connect error: Connection refused (os error 111)",
                "nadie contesta en esa dirección",
                "nobody answers at that address",
            ),
            (
                "Level 3 halted (os error 46)",
                "error 46 del sistema: Level 3 halted",
                "system error 46: Level 3 halted",
            ),
        ] {
            assert_eq!([Lang::Es, Lang::En].map(|lang| in_words(text, lang)), [es, en], "{text}");
        }
    }

    #[test]
    fn known_texts_of_libraries_are_said_in_our_words() {
        for (text, es) in [
            (
                "error returned from database: (code: 13) database or disk is full",
                "no queda espacio en el disco",
            ),
            (
                "client error (Connect): dns error: failed to lookup address information",
                "no se encuentra ese servidor",
            ),
            ("operation timed out", "no hubo respuesta a tiempo"),
            ("Rate limit exceeded", "Rate limit exceeded"),
            ("cuota agotada: vuelva mañana", "cuota agotada: vuelva mañana"),
        ] {
            assert_eq!(in_words(text, Lang::Es), es, "{text}");
        }
    }

    #[test]
    fn what_a_reader_of_files_says_stands_in_a_sentence_of_ours() {
        for (text, es) in [
            ("Zip error: specified file not found in archive", "le falta una de sus partes"),
            ("Zip error: unsupported Zip archive: x", "está comprimido de un modo que aquí no se lee"),
            ("Xml error: ill-formed document: x", "su contenido está cortado o mal formado"),
            ("content.xml", "está dañada su parte «content.xml»"),
            ("incomplete deflate stream", "se corta antes del final"),
            (
                "Unrecognized data_type",
                "su contenido no se entiende (dice el lector: «Unrecognized data_type»)",
            ),
        ] {
            assert_eq!(reason(Code::FileDamaged, text, Lang::Es), es, "{text}");
            assert_eq!(reason(Code::ArchiveDamaged, text, Lang::Es), es, "{text}");
        }
    }

    #[test]
    fn what_the_crm_says_is_quoted() {
        for (text, es) in [
            ("no-answer: timeout", "no hubo respuesta a tiempo"),
            (
                "client error (Connect): dns error: failed to lookup address information",
                "no se encuentra ese servidor",
            ),
            ("operation timed out, says the CRM", "operation timed out, says the CRM"),
            ("{}", "{}"),
        ] {
            assert_eq!(of_answer(text, Lang::Es), es, "{text}");
        }
        assert_eq!(reason(Code::TokenRefused, "operation timed out", Lang::Es), "operation timed out");
    }

    /// The parser itself is asked: what it says may change with its version.
    #[test]
    fn mistakes_in_a_mapping_are_said_in_our_words() {
        for (text, say) in [
            ("a = 1\na = 2", Say::TomlTwice),
            ("a = CO", Say::TomlUnquoted),
            ("a = \"CO", Say::TomlString),
            ("[a", Say::TomlUnclosed),
            ("a = [1, 2", Say::TomlUnclosed),
            ("a = { b = 1", Say::TomlUnclosed),
            ("a = \"C:\\datos\"", Say::TomlBackslash),
            ("a =", Say::TomlUnquoted),
            ("a", Say::TomlNoValue),
            ("Cédula = \"x\"", Say::TomlKey),
            ("Saldo total = \"x\"", Say::TomlNoValue),
            ("a = 1 b = 2", Say::TomlSurplus),
            ("a = 007", Say::TomlNumber),
            ("a = [\"x\" \"y\"]", Say::TomlComma),
        ] {
            let error = toml::de::DeTable::parse(text).expect_err(text);
            let said = reason(Code::MappingSyntax, error.message(), Lang::Es).into_owned();
            assert_eq!(said, say.text(Lang::Es), "{text}: {}", error.message());
        }
    }
}
