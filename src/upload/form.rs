//! A form of parts as it leaves: texts from memory, files read piece by piece while they are sent.
//!
//! Every file is compared with its plan before the first byte leaves, and hashed once more while it does: one that
//! changes in between breaks the request off before its end, and the length that was announced tells the server so.
//! Nothing here knows what the parts mean.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::stream::{self, Stream};
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;

use crate::attachment::{Attachment, CHANGED};
use crate::platform;
use crate::target::{Content, Part, Stage};

/// Bytes of a file that are sent at once.
const BLOCK: usize = 64 * 1024;

/// A form whose files are open.
pub(super) struct Form {
    boundary: String,
    pieces: VecDeque<Piece>,
    bytes: u64,
}

enum Piece {
    Text(Vec<u8>),
    File(Box<Reading>),
}

/// A file that is being sent.
struct Reading {
    file: File,
    left: u64,
    hasher: blake3::Hasher,
    hash: String,
}

impl Form {
    /// Opens the files and writes what stands between them.
    ///
    /// # Errors
    /// The name of the first file that is not what was planned, or that cannot be opened now, and why.
    pub(super) async fn open(parts: Vec<Part>) -> Result<Form, (Stage, String)> {
        let boundary = format!("cartera-{:032x}", rand::random::<u128>());
        let mut form = Form { boundary, pieces: VecDeque::new(), bytes: 0 };
        let mut text = String::new();
        for part in parts {
            let name = quoted(&part.name);
            text.extend(["--", &form.boundary, "\r\ncontent-disposition: form-data; name=\"", &name, "\""]);
            match part.content {
                Content::Text(value) => text.extend(["\r\n\r\n", value.as_str(), "\r\n"]),
                Content::File(file) => {
                    let name = quoted(&file.name);
                    text.extend(["; filename=\"", &name, "\"\r\ncontent-type: ", file.kind(), "\r\n\r\n"]);
                    form.push_text(&mut text);
                    let (name, bytes) = (file.name.clone(), file.bytes);
                    let reading = Reading::open(file).await.map_err(|error| unopened(&name, &error))?;
                    form.pieces.push_back(Piece::File(Box::new(reading)));
                    form.bytes += bytes;
                    text.push_str("\r\n");
                }
            }
        }
        text.extend(["--", &form.boundary, "--\r\n"]);
        form.push_text(&mut text);
        Ok(form)
    }

    fn push_text(&mut self, text: &mut String) {
        self.bytes += text.len() as u64;
        self.pieces.push_back(Piece::Text(std::mem::take(text).into_bytes()));
    }

    /// The header `Content-Type`.
    pub(super) fn kind(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    /// The header `Content-Length`.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The bytes; `changed` is set where a file turns out to be another one.
    pub(super) fn into_stream(
        self,
        changed: Arc<AtomicBool>,
    ) -> impl Stream<Item = io::Result<Vec<u8>>> + Send + 'static {
        let next = move |mut pieces: VecDeque<Piece>| {
            let changed = Arc::clone(&changed);
            async move {
                while let Some(piece) = pieces.pop_front() {
                    let mut reading = match piece {
                        Piece::Text(text) => return Ok(Some((text, pieces))),
                        Piece::File(reading) => reading,
                    };
                    let block =
                        reading.next().await.inspect_err(|_| changed.store(true, Ordering::Relaxed))?;
                    if let Some(block) = block {
                        pieces.push_front(Piece::File(reading));
                        return Ok(Some((block, pieces)));
                    }
                }
                Ok::<_, io::Error>(None)
            }
        };
        stream::try_unfold(self.pieces, next)
    }
}

impl Reading {
    async fn open(file: Attachment) -> io::Result<Reading> {
        let (left, hash) = (file.bytes, file.hash.clone());
        let opened = tokio::task::spawn_blocking(move || file.reopen()).await.map_err(io::Error::other)??;
        Ok(Reading { file: File::from_std(opened), left, hasher: blake3::Hasher::new(), hash })
    }

    /// The next bytes; nothing at the end of a file that is what was planned.
    async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut block = vec![0; BLOCK.min(usize::try_from(self.left).unwrap_or(BLOCK))];
        let count = if block.is_empty() { 0 } else { self.file.read(&mut block).await? };
        if count == 0 {
            let is_whole = self.left == 0 && self.hasher.finalize().to_hex().as_str() == self.hash;
            return if is_whole {
                Ok(None)
            } else {
                Err(io::Error::new(io::ErrorKind::InvalidData, CHANGED))
            };
        }
        block.truncate(count);
        self.hasher.update(&block);
        self.left -= count as u64;
        Ok(Some(block))
    }
}

/// Why a file is not sent: it is another one, or this machine opens no further one.
fn unopened(name: &str, error: &io::Error) -> (Stage, String) {
    let stage = if platform::is_out_of_files(error) { Stage::NoFiles } else { Stage::Attachment };
    (stage, format!("{name}: {error}"))
}

/// A name inside quotes, as browsers write it.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::StreamExt as _;

    fn attachment(folder: &std::path::Path, content: &[u8]) -> Attachment {
        std::fs::write(folder.join("a.pdf"), content).unwrap();
        crate::attachment::of_cell("a.pdf", folder).unwrap().remove(0)
    }

    async fn collected(form: Form) -> (Result<Vec<u8>, ()>, bool) {
        let changed = Arc::new(AtomicBool::new(false));
        let pieces: Vec<_> = form.into_stream(Arc::clone(&changed)).collect().await;
        let whole: Result<Vec<_>, ()> = pieces.into_iter().map(|piece| piece.map_err(|_error| ())).collect();
        (whole.map(|pieces| pieces.concat()), changed.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn a_form_is_as_long_as_it_says_and_holds_its_files() {
        let folder = tempfile::tempdir().unwrap();
        let content = vec![b'x'; BLOCK * 2 + 7];
        let file = attachment(folder.path(), &content);
        let file = Part { name: "file".into(), content: Content::File(file) };
        let form = Form::open(vec![Part::text("a\"b", "ñ".into()), file]).await.unwrap();
        let (bytes, boundary) = (form.bytes(), form.boundary.clone());
        let (body, changed) = collected(form).await;
        let body = body.unwrap();
        assert_eq!((body.len() as u64, changed), (bytes, false));
        let expected = format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"a%22b\"\r\n\r\nñ\r\n--{boundary}\r\ncontent-disposition: \
             form-data; name=\"file\"; filename=\"a.pdf\"\r\ncontent-type: application/pdf\r\n\r\n{}\r\n--{boundary}--\r\n",
            String::from_utf8(content).unwrap()
        );
        assert!(body == expected.as_bytes());
    }

    #[tokio::test]
    async fn a_file_that_changes_breaks_the_form_off_before_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let file = attachment(folder.path(), b"first");
        let part = || Part { name: "file".into(), content: Content::File(file.clone()) };
        let form = Form::open(vec![part()]).await.unwrap();
        std::fs::write(&file.path, "other").unwrap();
        assert_eq!(collected(form).await, (Err(()), true), "changed while it was being sent");
        let refused = Form::open(vec![part()]).await.err();
        let expected = (Stage::Attachment, "a.pdf: the file has changed".to_owned());
        assert_eq!(refused, Some(expected), "changed before");
    }
}
