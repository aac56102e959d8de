//! The short way: cells and strings in the one form that nearly all of them have.
//!
//! Programs write most cells alike, as `<c r="B7" s="1" t="s"><v>12</v></c>`. Such a cell is known by one look at its
//! bytes, without a token for each of its tags. What looks otherwise in any way, or is not whole in the bytes at hand,
//! is none here, and is read by the way that reads everything; so no fault is ever found here.

use super::fault::CELL_BYTES_MAX;
use crate::bytewise::together;

/// Bytes of a number; longer ones are no number, or hardly one.
const NUMBER_BYTES_MAX: usize = 40;

/// What a plain cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held<'w> {
    /// Nothing.
    Nothing,
    /// A shared string, by its index.
    Shared(u32),
    /// A number, as it is written.
    Number(&'w [u8]),
    /// A text of its own, with its entities.
    Text(&'w [u8]),
}

/// A plain cell.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlainCell<'w> {
    /// Row and column, both from 1.
    pub(super) place: (u32, u32),
    /// The index of its style.
    pub(super) style: u32,
    /// What it holds.
    pub(super) held: Held<'w>,
}

/// The plain cell that markup begins with, and how long it is.
#[inline]
pub(super) fn cell(markup: &[u8]) -> Option<(PlainCell<'_>, usize)> {
    let (column, rest) = letters(markup.strip_prefix(b"<c r=\"")?)?;
    let (row, rest) = digits(rest)?;
    let rest = rest.strip_prefix(b"\"")?;
    let (style, rest) = match rest.strip_prefix(b" s=\"") {
        Some(style) => {
            let (style, rest) = digits(style)?;
            (style, rest.strip_prefix(b"\"")?)
        }
        None => (0, rest),
    };
    let (held, rest) = content(rest)?;
    Some((PlainCell { place: (row, column), style, held }, markup.len() - rest.len()))
}

/// What stands in a cell from the end of its style on, and what stands behind the cell.
#[inline]
fn content(markup: &[u8]) -> Option<(Held<'_>, &[u8])> {
    const CLOSING: &[u8; 8] = b"</v></c>";
    if let Some(index) = markup.strip_prefix(b" t=\"s\"><v>") {
        let (index, rest) = digits(index)?;
        return Some((Held::Shared(index), rest.strip_prefix(CLOSING)?));
    }
    // Some programs say of a number that it is one.
    if let Some(number) = markup.strip_prefix(b" t=\"n\"").unwrap_or(markup).strip_prefix(b"><v>") {
        let (number, rest) = number.split_at_checked(number_length(number)?)?;
        return Some((Held::Number(number), rest.strip_prefix(CLOSING)?));
    }
    if let Some(rest) = markup.strip_prefix(b"/>") {
        return Some((Held::Nothing, rest));
    }
    let (text, rest) = text(markup.strip_prefix(b" t=\"inlineStr\"><is>")?)?;
    Some((Held::Text(text), rest.strip_prefix(b"</is></c>")?))
}

/// The text of the plain shared string that markup begins with, and how long that string is.
#[inline]
pub(super) fn string(markup: &[u8]) -> Option<(&[u8], usize)> {
    let (text, rest) = text(markup.strip_prefix(b"<si>")?)?;
    let rest = rest.strip_prefix(b"</si>")?;
    Some((text, markup.len() - rest.len()))
}

/// The text of the element `t` that markup begins with, and what stands behind it.
#[inline]
fn text(markup: &[u8]) -> Option<(&[u8], &[u8])> {
    let markup = markup.strip_prefix(b"<t")?;
    let text = markup.strip_prefix(b">").or_else(|| markup.strip_prefix(b" xml:space=\"preserve\">"))?;
    let length = memchr::memchr(b'<', &text[..text.len().min(CELL_BYTES_MAX)])?;
    Some((&text[..length], text[length..].strip_prefix(b"</t>")?))
}

/// The column, from 1, that up to three letters mean, and what stands behind them.
#[inline]
fn letters(text: &[u8]) -> Option<(u32, &[u8])> {
    let column =
        |letters: &[u8]| letters.iter().fold(0, |column, letter| column * 26 + u32::from(letter - b'A') + 1);
    // Most tables have no more columns than the alphabet has letters.
    let count = match text {
        [b'A'..=b'Z', b'0'..=b'9', ..] => 1,
        _ => text.iter().take(4).take_while(|byte| byte.is_ascii_uppercase()).count(),
    };
    (1..=3).contains(&count).then(|| (column(&text[..count]), &text[count..]))
}

/// The number that up to nine digits are, and what stands behind them.
#[inline]
fn digits(text: &[u8]) -> Option<(u32, &[u8])> {
    if let Some(eight) = text.first_chunk::<8>() {
        let (bytes, count) = digits_of(*eight);
        if (1..8).contains(&count) {
            // The digits are moved to the end, as if zeros stood in front.
            let number = together(bytes << (64 - 8 * count));
            return Some((u32::try_from(number).ok()?, &text[count..]));
        }
    }
    digits_one_by_one(text)
}

/// What each of eight bytes means as a digit, the first one lowest, and how many of the first ones are digits.
#[inline]
fn digits_of(eight: [u8; 8]) -> (u64, usize) {
    // A byte that is no digit becomes more than nine.
    let bytes = u64::from_le_bytes(eight) ^ 0x3030_3030_3030_3030;
    // The highest bit of each such byte; right up to the first one, behind which it does not matter.
    let other = (bytes.wrapping_add(0x7676_7676_7676_7676) | bytes) & 0x8080_8080_8080_8080;
    (bytes, other.trailing_zeros() as usize / 8)
}

fn digits_one_by_one(text: &[u8]) -> Option<(u32, &[u8])> {
    let count = text.iter().take(10).take_while(|byte| byte.is_ascii_digit()).count();
    // Digits that end with the bytes at hand may go on behind them.
    let is_number = (1..=9).contains(&count) && count < text.len();
    let number = || text[..count].iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'));
    is_number.then(|| (number(), &text[count..]))
}

/// How many bytes that a number can be made of stand at the beginning of a text; none when these are none, or too many.
#[inline]
fn number_length(text: &[u8]) -> Option<usize> {
    let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'E' | b'e');
    let digits = text.first_chunk::<8>().map_or(0, |eight| digits_of(*eight).1);
    let mut rest = text[digits..].iter().take(NUMBER_BYTES_MAX - digits);
    let length = digits + rest.position(|byte| !is_part(byte))?;
    (length > 0).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn digits_are_read_together_as_one_by_one(text in "[0-9]{0,10}[0-9\"</:ñ\u{ff}]{0,10}") {
            prop_assert_eq!(digits(text.as_bytes()), digits_one_by_one(text.as_bytes()));
        }

        #[test]
        fn a_number_is_as_long_as_its_bytes_one_by_one(text in "[0-9]{0,40}[0-9.eE+\\-</ñ]{0,12}") {
            let is_part = |c: &char| c.is_ascii_digit() || ".eE+-".contains(*c);
            let length = text.chars().take_while(is_part).count();
            let is_one = (1..NUMBER_BYTES_MAX).contains(&length) && length < text.len();
            prop_assert_eq!(number_length(text.as_bytes()), is_one.then_some(length));
        }
    }

    #[test]
    fn only_whole_cells_of_the_one_form_are_plain() {
        fn plain(markup: &str) -> Option<((u32, u32), u32, Held<'_>, &str)> {
            let (cell, length) = cell(markup.as_bytes())?;
            Some((cell.place, cell.style, cell.held, &markup[length..]))
        }
        for (markup, place, style, held) in [
            ("<c r=\"A1\"/>", (1, 1), 0, Held::Nothing),
            ("<c r=\"XFD1048576\" s=\"12\"/>", (1_048_576, 16_384), 12, Held::Nothing),
            ("<c r=\"AB07\" t=\"s\"><v>123456789</v></c>", (7, 28), 0, Held::Shared(123_456_789)),
            ("<c r=\"B2\" s=\"3\" t=\"s\"><v>0</v></c>", (2, 2), 3, Held::Shared(0)),
            ("<c r=\"C3\" s=\"1\"><v>-1.5E+3</v></c>", (3, 3), 1, Held::Number(b"-1.5E+3")),
            ("<c r=\"C3\" t=\"n\"><v>7</v></c>", (3, 3), 0, Held::Number(b"7")),
            ("<c r=\"C3\" t=\"inlineStr\"><is><t>a&amp;b</t></is></c>", (3, 3), 0, Held::Text(b"a&amp;b")),
            (
                "<c r=\"C3\" t=\"inlineStr\"><is><t xml:space=\"preserve\"> </t></is></c>",
                (3, 3),
                0,
                Held::Text(b" "),
            ),
        ] {
            assert_eq!(plain(&format!("{markup}<c ")), Some((place, style, held, "<c ")), "{markup}");
            for cut in 0..markup.len() {
                assert_eq!(plain(&markup[..cut]), None, "{markup} {cut}");
            }
        }
        for markup in [
            "<c t=\"s\"><v>1</v></c>",
            "<c r='A1'><v>1</v></c>",
            "<c  r=\"A1\"><v>1</v></c>",
            "<c r=\"a1\"><v>1</v></c>",
            "<c r=\"ABCD1\"><v>1</v></c>",
            "<c r=\"A\"><v>1</v></c>",
            "<c r=\"A1234567890\"><v>1</v></c>",
            "<c r=\"A1\" t=\"s\"><v>1234567890</v></c>",
            "<c r=\"A1\" t=\"s\"><v>-1</v></c>",
            "<c r=\"A1\" t=\"s\" s=\"1\"><v>1</v></c>",
            "<c r=\"A1\"><v></v></c>",
            "<c r=\"A1\"><v> 1</v></c>",
            "<c r=\"A1\"><v>1&#49;</v></c>",
            "<c r=\"A1\"><f>1</f><v>1</v></c>",
            "<c r=\"A1\"><v>1</v><v>2</v></c>",
            "<c r=\"A1\" t=\"str\"><v>1</v></c>",
            "<c r=\"A1\" t=\"inlineStr\"><is><r><t>1</t></r></is></c>",
            "<c r=\"A1\" t=\"inlineStr\"><is><t>1<!-- --></t></is></c>",
        ] {
            assert_eq!(plain(markup), None, "{markup}");
        }
    }

    #[test]
    fn only_whole_strings_of_the_one_form_are_plain() {
        let plain = |markup: &'static str| string(markup.as_bytes());
        assert_eq!(plain("<si><t>a&lt;</t></si><si>"), Some((&b"a&lt;"[..], 21)));
        assert_eq!(plain("<si><t xml:space=\"preserve\"> </t></si>"), Some((&b" "[..], 38)));
        assert_eq!(plain("<si><t></t></si>"), Some((&b""[..], 16)));
        for markup in [
            "<si><t>a</t></si",
            "<si><t/></si>",
            "<si><t>a</t><rPh/></si>",
            "<si><r><t>a</t></r></si>",
            "<si><t xml:space='preserve'>a</t></si>",
            "<si> <t>a</t></si>",
            "<si><tx>a</t></si>",
        ] {
            assert_eq!(plain(markup), None, "{markup}");
        }
        let long = format!("<si><t>{}</t></si>", "x".repeat(CELL_BYTES_MAX));
        assert_eq!(string(long.as_bytes()), None);
    }
}
