//! The hash of a file whose pieces are hashed side by side.
//!
//! BLAKE3 is a tree: what a piece of the right size comes to does not depend on the others, and what they all come to is
//! put together of that. It is the same hash as that of the whole. Nothing here reads a file.

use blake3::Hash;
use blake3::hazmat::{ChainingValue, HasherExt as _, Mode, merge_subtrees_non_root, merge_subtrees_root};

/// Bytes of a piece: a branch of the tree, and what a processor has at hand.
pub(super) const PIECE: usize = 256 << 10;

/// What a piece comes to that begins at an offset, a multiple of [`PIECE`], and is shorter only where it is the last.
pub(super) fn of_piece(start: u64, piece: &[u8]) -> ChainingValue {
    blake3::Hasher::new().set_input_offset(start).update(piece).finalize_non_root()
}

/// What all pieces come to, of which there are two at least.
pub(super) fn of_all(pieces: &[ChainingValue]) -> Hash {
    let (left, right) = halves(pieces);
    merge_subtrees_root(&branch(left), &branch(right), Mode::Hash)
}

fn branch(pieces: &[ChainingValue]) -> ChainingValue {
    if let [only] = pieces {
        return *only;
    }
    let (left, right) = halves(pieces);
    merge_subtrees_non_root(&branch(left), &branch(right), Mode::Hash)
}

/// The left branch is the largest whole one that leaves something for the right one.
fn halves(pieces: &[ChainingValue]) -> (&[ChainingValue], &[ChainingValue]) {
    pieces.split_at(pieces.len().next_power_of_two() / 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn pieces_come_to_the_hash_of_the_whole(pieces in 1usize..9, rest in 1usize..=PIECE, byte in any::<u8>()) {
            let bytes: Vec<u8> = (0..251u8).map(|at| byte ^ at).cycle().take(pieces * PIECE + rest).collect();
            let starts = (0u64..).step_by(PIECE);
            let values: Vec<_> = starts.zip(bytes.chunks(PIECE)).map(|(start, piece)| of_piece(start, piece)).collect();
            prop_assert_eq!(of_all(&values), blake3::hash(&bytes));
        }
    }
}
