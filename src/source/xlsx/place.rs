//! Where cells say they stand: `AB12`, `A1:B2`.

/// A whole number of at most nine digits.
pub(super) fn digits(text: &[u8]) -> Option<u32> {
    let plain = (1..=9).contains(&text.len()) && text.iter().all(u8::is_ascii_digit);
    plain.then(|| text.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0')))
}

/// Row and column, both from 1, of a reference such as `AB12`.
pub(super) fn reference(text: &[u8]) -> Option<(u32, u32)> {
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
