//! What the tags of rows, columns and cells say of them: where they stand, and what they hold.

use super::fault::{Fault, Read};
use super::scan::{Mark, Token, is_yes, local};
use crate::bytewise::small_number;
use crate::lang::Say;

/// What a cell says it holds (`t`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Number,
    Shared,
    Text,
    Bool,
    Error,
    Iso,
}

/// A row's number when it says one, whether it is hidden, and whether it has content.
pub(super) fn row_head(token: &Token<'_>) -> Read<(Option<u32>, bool, bool)> {
    let (mut number, mut hidden) = (None, None);
    for (name, value) in token.attributes() {
        match local(name) {
            b"r" if number.is_none() => {
                number = Some(digits(value).ok_or_else(|| Fault::damaged(Say::BookCellPlace))?);
            }
            b"hidden" if hidden.is_none() => hidden = Some(is_yes(value)),
            _ => {}
        }
    }
    Ok((number, hidden == Some(true), token.mark == Mark::Open))
}

/// First and last column, from 1, of a run that is hidden. One without width is hidden too: nobody sees it.
pub(super) fn hidden_columns(token: &Token<'_>) -> Option<(u32, u32)> {
    let has_no_width = token.attribute(b"width").is_some_and(|width| matches!(width, b"0" | b"0.0"));
    if !token.flag(b"hidden") && !has_no_width {
        return None;
    }
    Some((digits(token.attribute(b"min")?)?, digits(token.attribute(b"max")?)?))
}

pub(super) type CellHead = (Option<(u32, u32)>, usize, Content);

/// Where a cell says it stands (row and column from 1), the index of its style, and what it holds.
pub(super) fn cell_head(token: &Token<'_>) -> Read<CellHead> {
    let (mut place, mut style, mut content) = (None, 0, Content::Number);
    for (name, value) in token.attributes() {
        match name {
            b"r" => place = Some(reference(value).ok_or_else(|| Fault::damaged(Say::BookCellPlace))?),
            b"s" => style = digits(value).map_or(usize::MAX, |style| style as usize),
            b"t" => {
                content = match value {
                    b"s" => Content::Shared,
                    b"b" => Content::Bool,
                    b"e" => Content::Error,
                    b"d" => Content::Iso,
                    b"n" => Content::Number,
                    _ => Content::Text,
                }
            }
            _ => {}
        }
    }
    Ok((place, style, content))
}

/// A whole number of at most nine digits.
pub(super) fn digits(text: &[u8]) -> Option<u32> {
    let is_short = (1..=9).contains(&text.len());
    u32::try_from(small_number(text).filter(|_| is_short)?).ok()
}

/// Row and column, both from 1, of a reference such as `AB12`.
fn reference(text: &[u8]) -> Option<(u32, u32)> {
    let letters = text.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    if !(1..=3).contains(&letters) {
        return None;
    }
    let letter = |byte: &u8| u32::from(byte.to_ascii_uppercase() - b'A') + 1;
    let column = text[..letters].iter().fold(0, |column, byte| column * 26 + letter(byte));
    let row = digits(&text[letters..]).filter(|row| *row > 0)?;
    Some((row, column))
}

/// A range such as `A1:B2`, or one cell of it.
pub(super) fn range(text: &[u8]) -> Option<(u32, u32, u32, u32)> {
    let (first, last) = match text.iter().position(|byte| *byte == b':') {
        Some(colon) => (&text[..colon], &text[colon + 1..]),
        None => (text, text),
    };
    let ((first_row, first_column), (last_row, last_column)) = (reference(first)?, reference(last)?);
    Some((first_row, first_column, last_row, last_column))
}
