//! A form of parts (`multipart/form-data`, RFC 7578) read from a whole body.
//!
//! As much of the grammar as clients send: parts with a name, some with a file's name and type. Anything else is no form.

/// A part of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part<'b> {
    pub(super) name: String,
    /// The file's name and type, where it is a file.
    pub(super) file: Option<(String, String)>,
    pub(super) content: &'b [u8],
}

/// The parts of a body whose header `Content-Type` is this; nothing where it is no form.
pub(super) fn parse<'b>(kind: &str, body: &'b [u8]) -> Option<Vec<Part<'b>>> {
    let (form, parameters) = kind.split_once(';')?;
    let boundary = parameters.trim().strip_prefix("boundary=")?.trim_matches('"');
    if !form.trim().eq_ignore_ascii_case("multipart/form-data") || boundary.is_empty() {
        return None;
    }
    let between = format!("\r\n--{boundary}");
    let mut rest = body.strip_prefix(format!("--{boundary}").as_bytes())?;
    let mut parts = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Some(parts);
        }
        rest = rest.strip_prefix(b"\r\n")?;
        let end = find(rest, between.as_bytes())?;
        parts.push(part(&rest[..end])?);
        rest = &rest[end + between.len()..];
    }
}

fn part(bytes: &[u8]) -> Option<Part<'_>> {
    let end = find(bytes, b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let header = |name: &str| {
        let is_it =
            |line: &&str| line.split(':').next().is_some_and(|key| key.trim().eq_ignore_ascii_case(name));
        head.split("\r\n").find(is_it).and_then(|line| Some(line.split_once(':')?.1.trim()))
    };
    let disposition = header("content-disposition")?.strip_prefix("form-data")?;
    let name = quoted(disposition, "; name=\"")?;
    let kind = header("content-type").unwrap_or("application/octet-stream").to_owned();
    let file = quoted(disposition, "; filename=\"").map(|file| (file, kind));
    Some(Part { name, file, content: &bytes[end + 4..] })
}

/// The text in quotes behind a key.
fn quoted(disposition: &str, key: &str) -> Option<String> {
    let start = disposition.find(key)? + key.len();
    let end = disposition[start..].find('"')?;
    Some(disposition[start..start + end].to_owned())
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_and_anything_else_is_no_form() {
        let kind = "multipart/form-data; boundary=X";
        let body = b"--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--X\r\nContent-Disposition: form-data; \
            name=\"file\"; filename=\"b.pdf\"\r\nContent-Type: application/pdf\r\n\r\n\r\n--\r\n--X--\r\n";
        let parts = parse(kind, body).unwrap();
        let found: Vec<_> = parts.iter().map(|part| (part.name.as_str(), part.content)).collect();
        assert_eq!(found, [("a", &b"1"[..]), ("file", b"\r\n--")]);
        assert_eq!(parts[1].file, Some(("b.pdf".to_owned(), "application/pdf".to_owned())));
        for (kind, body) in [
            ("application/json", &body[..]),
            ("multipart/form-data; boundary=Y", body),
            (kind, &body[..body.len() - 6]),
            (kind, b"--X\r\nno-header\r\n\r\n1\r\n--X--"),
        ] {
            assert_eq!(parse(kind, body), None);
        }
    }
}
