//! The fingerprint of what comes in, taken while it comes in.
//!
//! What is read piece by piece is hashed piece by piece, by a thread of its own where there is one for it: the pieces
//! are still at hand then, and no file is read once more for its hash. No piece is kept or changed here.

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{Builder, Scope, ScopedJoinHandle};

use blake3::{Hash, Hasher};

/// Pieces that may wait for their hash.
const WAITING: usize = 4;

/// A hash that is being made.
#[derive(Debug)]
pub(super) enum Hashing<'s> {
    /// By whoever brings the pieces.
    Here(Box<Hasher>),
    /// By a thread, which gives the pieces back to be filled again.
    Beside { pieces: SyncSender<Vec<u8>>, used: Receiver<Vec<u8>>, thread: ScopedJoinHandle<'s, Hash> },
}

impl<'s> Hashing<'s> {
    /// Begins a hash; where there are several hands and a thread can be started for it, beside whoever brings the pieces.
    pub(super) fn begin(scope: &'s Scope<'s, '_>, hands: usize) -> Hashing<'s> {
        let (pieces, waiting) = sync_channel(WAITING);
        let (give_back, used) = channel();
        let thread =
            (hands > 1).then(|| Builder::new().spawn_scoped(scope, move || hash(&waiting, &give_back)).ok());
        match thread.flatten() {
            Some(thread) => Hashing::Beside { pieces, used, thread },
            None => Hashing::Here(Box::default()),
        }
    }

    /// Adds a piece; it may be another one, or empty, afterwards.
    pub(super) fn add(&mut self, piece: &mut Vec<u8>) {
        match self {
            Hashing::Here(hasher) => {
                hasher.update(piece);
            }
            Hashing::Beside { pieces, used, .. } => {
                let full = std::mem::replace(piece, used.try_recv().unwrap_or_default());
                // Where nobody takes it any more, the thread has ended in a panic, which comes out at the end.
                pieces.send(full).ok();
            }
        }
    }

    /// The hash of all pieces, in hexadecimal digits.
    pub(super) fn finish(self) -> String {
        let hash = match self {
            Hashing::Here(hasher) => hasher.finalize(),
            Hashing::Beside { pieces, thread, .. } => {
                drop(pieces);
                thread.join().unwrap_or_else(|panic| resume_unwind(panic))
            }
        };
        hash.to_hex().to_string()
    }
}

fn hash(pieces: &Receiver<Vec<u8>>, give_back: &Sender<Vec<u8>>) -> Hash {
    let mut hasher = Hasher::new();
    for piece in pieces {
        hasher.update(&piece);
        // Whoever fills them may have ended.
        give_back.send(piece).ok();
    }
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_whole_wherever_it_is_made() {
        let bytes: Vec<u8> = (0..100_000u32).flat_map(u32::to_le_bytes).collect();
        for (hands, at_once) in [(1, 999), (2, 1), (2, 70_000), (2, 1 << 20)] {
            let bytes = if at_once == 1 { &bytes[..500] } else { &bytes[..] };
            let made = std::thread::scope(|scope| {
                let mut hashing = Hashing::begin(scope, hands);
                let mut piece = Vec::new();
                for part in bytes.chunks(at_once) {
                    piece.clear();
                    piece.extend_from_slice(part);
                    hashing.add(&mut piece);
                }
                hashing.finish()
            });
            assert_eq!(made, blake3::hash(bytes).to_hex().to_string());
        }
    }
}
