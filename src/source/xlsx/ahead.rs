//! A part that is inflated by a thread of its own, some chunks ahead of who reads it.
//!
//! The shared strings, and the rows of a sheet that cannot be cut into pieces, are read one byte after the other, and to
//! inflate them takes as long. A small part is not worth a thread. At most [`CHUNKS`] wait, and they are used again, so no
//! part costs more memory than another.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread;

/// Bytes handed over at a time.
const CHUNK: usize = 128 << 10;
/// Chunks that may wait.
const CHUNKS: usize = 4;

/// A chunk, and how many bytes of it are filled; or why there are no more.
type Chunk = io::Result<(Vec<u8>, usize)>;

/// Reads a source that a thread of its own reads ahead; none when the system gives no thread.
pub(super) fn reading<T>(mut source: impl Read + Send, read: impl FnOnce(&mut dyn Read) -> T) -> Option<T> {
    thread::scope(|scope| {
        let (give, chunks) = sync_channel(CHUNKS);
        let (give_back, used) = channel::<Vec<u8>>();
        let fill = move || {
            // Who reads has seen enough when nobody takes a chunk any more.
            while let Some(chunk) = next_chunk(&mut source, &used)
                && give.send(chunk).is_ok()
            {}
        };
        thread::Builder::new().name("inflate".to_owned()).spawn_scoped(scope, fill).ok()?;
        Some(read(&mut Ahead { chunks, give_back, chunk: vec![0; CHUNK], at: 0, end: 0 }))
    })
}

/// The next chunk; none at the end of the source.
fn next_chunk(source: &mut impl Read, used: &Receiver<Vec<u8>>) -> Option<Chunk> {
    let mut chunk = used.try_recv().unwrap_or_else(|_| vec![0; CHUNK]);
    match source.read(&mut chunk) {
        Ok(0) => None,
        Ok(count) => Some(Ok((chunk, count))),
        Err(error) => Some(Err(error)),
    }
}

/// What the thread has read.
struct Ahead {
    chunks: Receiver<Chunk>,
    give_back: Sender<Vec<u8>>,
    chunk: Vec<u8>,
    at: usize,
    end: usize,
}

impl Read for Ahead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.end {
            let Ok(next) = self.chunks.recv() else { return Ok(0) };
            let (chunk, end) = next?;
            // The thread may have come to its end, and needs no chunk any more.
            drop(self.give_back.send(std::mem::replace(&mut self.chunk, chunk)));
            (self.at, self.end) = (0, end);
        }
        let count = buffer.len().min(self.end - self.at);
        buffer[..count].copy_from_slice(&self.chunk[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Gives pieces of these lengths, the bytes counted through, and then fails or ends.
    struct Pieces {
        left: Vec<usize>,
        given: usize,
        fails: bool,
    }

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            while self.left.last() == Some(&0) {
                self.left.pop();
            }
            let Some(left) = self.left.last_mut() else {
                return if self.fails { Err(io::ErrorKind::InvalidData.into()) } else { Ok(0) };
            };
            let count = buffer.len().min(*left);
            for (at, byte) in (self.given..).zip(&mut buffer[..count]) {
                *byte = u8::try_from(at % 251).unwrap();
            }
            *left -= count;
            self.given += count;
            Ok(count)
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_read_ahead_is_what_the_source_gives(
            pieces in proptest::collection::vec(0usize..CHUNK * 2, 0..9),
            fails in any::<bool>(),
            most in 1usize..CHUNK * 3,
            enough in 0usize..CHUNK * 9,
        ) {
            let take = |source: &mut dyn Read| {
                let (mut taken, mut buffer) = (Vec::new(), vec![0; most]);
                while taken.len() < enough {
                    match source.read(&mut buffer) {
                        Ok(0) => break,
                        Ok(count) => taken.extend_from_slice(&buffer[..count]),
                        Err(error) => return (taken, Some(error.kind())),
                    }
                }
                taken.truncate(enough);
                (taken, None)
            };
            let source = || Pieces { left: pieces.clone(), given: 0, fails };
            prop_assert_eq!(reading(source(), take), Some(take(&mut source())));
        }
    }
}
