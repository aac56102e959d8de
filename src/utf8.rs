//! Whether bytes that come in pieces are UTF-8 together.
//!
//! What is written somewhere piece by piece is looked at while it is at hand, so that nobody has to read all of it once
//! more to know that it is a text. A character may begin in one piece and end in another. Nothing is decoded here.

/// The bytes of a character of the most of them.
const MOST: usize = 4;

/// Watches bytes go by.
#[derive(Debug, Default)]
pub(crate) struct Utf8Watch {
    is_broken: bool,
    /// The character that the last piece has begun and not ended.
    open: [u8; MOST],
    open_bytes: usize,
}

impl Utf8Watch {
    /// Takes the next piece into account.
    pub(crate) fn see(&mut self, piece: &[u8]) {
        if self.is_broken {
            return;
        }
        let rest = self.end_open(piece);
        let (whole, open) = rest.split_at(unfinished(rest));
        self.is_broken |= simdutf8::basic::from_utf8(whole).is_err();
        if !open.is_empty() {
            self.open[..open.len()].copy_from_slice(open);
            self.open_bytes = open.len();
        }
    }

    /// Takes the next piece into account, which somebody else has looked at.
    pub(crate) fn see_piece(&mut self, piece: &Utf8Piece) {
        self.see(piece.head.bytes());
        // What begins a character does not end another one.
        self.is_broken |= piece.is_broken || (piece.goes_on && self.open_bytes > 0);
        self.see(piece.tail.bytes());
    }

    /// Takes a text into account, of which nothing is to be found out.
    pub(crate) fn see_text(&mut self, text: &str) {
        self.is_broken |= self.open_bytes > 0 && !text.is_empty();
    }

    /// One that has seen what is no text.
    pub(crate) fn broken() -> Utf8Watch {
        Utf8Watch { is_broken: true, ..Utf8Watch::default() }
    }

    /// Whether all that was seen is a text.
    pub(crate) fn is_text(&self) -> bool {
        !self.is_broken && self.open_bytes == 0
    }

    /// Ends the character that is open, as far as the piece does; gives the rest of the piece.
    fn end_open<'p>(&mut self, mut piece: &'p [u8]) -> &'p [u8] {
        while self.open_bytes > 0
            && let [next, rest @ ..] = piece
        {
            self.open[self.open_bytes] = *next;
            self.open_bytes += 1;
            piece = rest;
            if self.open_bytes == bytes_of(self.open[0]) {
                self.is_broken |= std::str::from_utf8(&self.open[..self.open_bytes]).is_err();
                self.open_bytes = 0;
            }
        }
        piece
    }
}

/// A piece of some bytes, looked at before what stands in front of it.
#[derive(Debug, Default)]
pub(crate) struct Utf8Piece {
    /// Bytes that end a character of the piece before.
    head: Few,
    /// Whether anything stands behind them.
    goes_on: bool,
    is_broken: bool,
    /// Bytes that begin a character, which the piece behind ends.
    tail: Few,
}

impl Utf8Piece {
    /// Looks at a piece.
    pub(crate) fn of(piece: &[u8]) -> Utf8Piece {
        let ends = piece.iter().take(MOST - 1).take_while(|byte| matches!(byte, 0x80..0xC0)).count();
        let (head, rest) = piece.split_at(ends);
        let (whole, tail) = rest.split_at(unfinished(rest));
        let is_broken = simdutf8::basic::from_utf8(whole).is_err();
        Utf8Piece { head: Few::of(head), goes_on: !rest.is_empty(), is_broken, tail: Few::of(tail) }
    }

    /// A piece of what is no text anyhow, which nobody has to look at.
    pub(crate) fn of_no_text() -> Utf8Piece {
        Utf8Piece { is_broken: true, ..Utf8Piece::default() }
    }

    /// Whether what it is a piece of can be a text.
    pub(crate) fn may_be_of_text(&self) -> bool {
        !self.is_broken
    }
}

/// A few bytes, less than the longest character has.
#[derive(Debug, Default)]
struct Few {
    bytes: [u8; MOST],
    count: usize,
}

impl Few {
    fn of(bytes: &[u8]) -> Few {
        let mut few = Few { bytes: [0; MOST], count: bytes.len() };
        few.bytes[..bytes.len()].copy_from_slice(bytes);
        few
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.count]
    }
}

/// How many bytes a character has that begins with one beyond ASCII.
fn bytes_of(first: u8) -> usize {
    match first {
        0xF0.. => 4,
        0xE0.. => 3,
        _ => 2,
    }
}

/// Where a character begins that goes on behind the bytes; their length where none does.
fn unfinished(bytes: &[u8]) -> usize {
    let last = bytes.iter().rev().take(MOST - 1).position(|byte| !matches!(byte, 0x80..0xC0));
    match last {
        Some(behind) => {
            let at = bytes.len() - 1 - behind;
            let goes_on = bytes[at] >= 0xC0 && bytes_of(bytes[at]) > behind + 1;
            if goes_on { at } else { bytes.len() }
        }
        None => bytes.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pieces_are_a_text_where_the_whole_is_one(
            text in "[aé€𝄞]{0,12}", damage in proptest::option::of((0usize..48, any::<u8>())), pieces in proptest::collection::vec(0usize..6, 0..30),
        ) {
            let mut bytes = text.into_bytes();
            if let Some((at, byte)) = damage.filter(|(at, _)| *at < bytes.len()) {
                bytes[at] = byte;
            }
            let (mut watch, mut aside) = (Utf8Watch::default(), Utf8Watch::default());
            let mut rest = &bytes[..];
            for length in pieces.into_iter().chain([usize::MAX]) {
                let (piece, behind) = rest.split_at(length.min(rest.len()));
                match std::str::from_utf8(piece) {
                    Ok(text) if piece.len() % 2 == 0 => watch.see_text(text),
                    _ => watch.see(piece),
                }
                aside.see_piece(&Utf8Piece::of(piece));
                rest = behind;
            }
            prop_assert_eq!(watch.is_text(), std::str::from_utf8(&bytes).is_ok());
            prop_assert_eq!(aside.is_text(), std::str::from_utf8(&bytes).is_ok());
        }
    }
}
