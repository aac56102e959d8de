//! The cells of a row become the value of a field, or a problem.
//!
//! Text first: an identification or a phone is the text it was, and one that a spreadsheet has damaged is
//! reported, never repaired (law 5). Dates leave as `YYYY-MM-DD` and amounts as plain digits with a decimal
//! point (`wolkvox-api.md` section 3). Values are appended to a buffer that the caller reuses.

use super::bind::BoundField;
use super::{Blank, Conversion, From};
use crate::lang::Code;
use crate::problem::{Problem, RowId};
use crate::source::{Cell, Kind, Row, mojibake};
use crate::survey::{DecimalSign, amounts, dates, ids};
use crate::target::FieldKind;

/// What became of a field.
#[derive(Debug, PartialEq, Eq)]
pub enum Converted {
    /// Its value stands at the end of the buffer.
    Value,
    /// The cell is blank, and the mapping's default stands at the end of the buffer.
    Default,
    /// It is left out.
    Omitted,
}

/// Converts one field of a row; the value is appended to `out`.
///
/// # Errors
/// The [`Problem`] of the cell at fault; `out` may then hold part of the value.
pub fn convert(
    field: &BoundField<'_>,
    row: Row<'_>,
    id: RowId,
    out: &mut String,
) -> Result<Converted, Box<Problem>> {
    let site = Site { field, row, id };
    let start = out.len();
    let column = site.gather(out)?;
    if out.len() > start && !field.rule.convert.is_empty() {
        apply(&field.rule.convert, out, start);
    }
    if out.len() == start || is_no_identification(field.rule.kind, &out[start..]) {
        out.truncate(start);
        match &field.rule.blank {
            Blank::Omit => return Ok(Converted::Omitted),
            Blank::Empty => return Ok(Converted::Value),
            Blank::Reject => return site.fail(column, Code::MissingRequired, ""),
            Blank::Default(value) => {
                out.push_str(value);
                return Ok(Converted::Default);
            }
        }
    }
    site.check(column, &out[start..])?;
    Ok(Converted::Value)
}

/// A field and the row that it is read from.
struct Site<'s> {
    field: &'s BoundField<'s>,
    row: Row<'s>,
    id: RowId,
}

type Done<T> = Result<T, Box<Problem>>;

impl Site<'_> {
    /// Appends what the rule's columns hold; gives the column that a problem would be about.
    fn gather(&self, out: &mut String) -> Done<Option<usize>> {
        let columns = &self.field.columns;
        match &self.field.rule.from {
            From::Constant(value) => {
                out.push_str(value);
                Ok(None)
            }
            From::Column(_) => {
                self.push_cell(columns[0], out)?;
                Ok(Some(columns[0]))
            }
            From::First(_) => {
                let filled = columns.iter().find(|column| !self.row.cell(**column).is_blank());
                let column = *filled.unwrap_or(&columns[0]);
                self.push_cell(column, out)?;
                Ok(Some(column))
            }
            From::Join(_, separator) => {
                let start = out.len();
                for &column in columns {
                    let before = out.len();
                    if before > start {
                        out.push_str(separator);
                    }
                    let filled = out.len();
                    self.push_cell(column, out)?;
                    if out.len() == filled {
                        out.truncate(before);
                    }
                }
                Ok(Some(columns[0]))
            }
        }
    }

    /// Appends one cell: trimmed, typed by the field's kind, checked for damage.
    fn push_cell(&self, column: usize, out: &mut String) -> Done<()> {
        let cell = self.row.cell(column);
        let text = cell.trimmed();
        if cell.kind == Kind::Error {
            return self.fail(Some(column), Code::ErrorCell, "");
        }
        if cell.kind == Kind::Uncalculated {
            return self.fail(Some(column), Code::UncalculatedFormula, "");
        }
        if cell.kind == Kind::Covered {
            let anchor = text.split(':').next().unwrap_or_default();
            return self.fail(Some(column), Code::MergedCell, anchor);
        }
        if text.contains('\u{FFFD}') {
            return self.fail(Some(column), Code::UndecodableText, "UTF-8");
        }
        if text.bytes().any(is_control) {
            return self.fail(Some(column), Code::ControlCharacter, "");
        }
        if text.is_empty() {
            return Ok(());
        }
        match self.field.rule.kind {
            FieldKind::Date => return self.push_date(column, out),
            FieldKind::Amount => return self.push_amount(column, out),
            FieldKind::Id | FieldKind::Phone if is_damaged(cell, text) => {
                return self.fail(Some(column), Code::IdDamaged, "");
            }
            FieldKind::Id => {
                if let Some(expected) = self.missing_digits(text) {
                    return self.fail(Some(column), Code::IdDamaged, &expected);
                }
            }
            // Checked before `digits` is applied, which would make a number of `300 CALL ME`.
            FieldKind::Phone if !is_phone_text(text) => return self.fail(Some(column), Code::BadPhone, ""),
            _ => {}
        }
        match cell.kind {
            // A date in a text field is sent as its day; a time of day is kept.
            Kind::Moment => out.push_str(&text.replace('T', " ")),
            _ => match self.field.repairs_text.then(|| mojibake(text)).flatten() {
                Some(repaired) => out.push_str(&repaired),
                None => out.push_str(text),
            },
        }
        Ok(())
    }

    /// What the column's other values show to be missing: the width that a number has lost, or its last digits.
    fn missing_digits(&self, text: &str) -> Option<String> {
        let shape = self.field.ids?;
        let width = usize::from(shape.width.unwrap_or(0));
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        if is_number && text.len() < width {
            return Some(width.to_string());
        }
        (shape.long_zeros && ids::has_zero_tail(text)).then(String::new)
    }

    fn push_date(&self, column: usize, out: &mut String) -> Done<()> {
        let cell = self.row.cell(column);
        let text = cell.trimmed();
        match (cell.kind, self.field.dates) {
            (Kind::Date | Kind::Moment, _) => out.push_str(text.get(..10).unwrap_or(text)),
            (Kind::Text, Some(order)) => match dates::parse(text, order) {
                Some(date) => push_iso(date, out),
                None => return self.fail(Some(column), Code::BadDate, order.as_str()),
            },
            _ => return self.fail(Some(column), Code::BadDate, "YYYY-MM-DD"),
        }
        Ok(())
    }

    fn push_amount(&self, column: usize, out: &mut String) -> Done<()> {
        let cell = self.row.cell(column);
        let sign = match cell.kind {
            Kind::Number => DecimalSign::Point,
            _ => self.field.decimal.unwrap_or(DecimalSign::Point),
        };
        let text = cell.trimmed();
        // A money field of the CRM is never a percentage; a field of the tenant's own may be a rate.
        let number = amounts::percent(text).filter(|_| self.field.rule.custom).unwrap_or(text);
        if matches!(cell.kind, Kind::Text | Kind::Number) && amounts::write_plain(number, sign, out) {
            return Ok(());
        }
        self.fail(Some(column), Code::BadAmount, sign.as_str())
    }

    /// Checks the finished value against the field's shape and length.
    fn check(&self, column: Option<usize>, value: &str) -> Done<()> {
        let rule = self.field.rule;
        if value.len() > rule.max_chars && value.chars().count() > rule.max_chars {
            return self.fail(column, Code::TooLong, &rule.max_chars.to_string());
        }
        let wrong = match rule.kind {
            FieldKind::Email => (!is_email(value)).then_some(Code::BadEmail),
            FieldKind::Phone => (!is_phone(value)).then_some(Code::BadPhone),
            FieldKind::Integer => (!is_integer(value)).then_some(Code::BadInteger),
            FieldKind::Id | FieldKind::Text | FieldKind::Date | FieldKind::Amount => None,
        };
        wrong.map_or(Ok(()), |code| self.fail(column, code, ""))
    }

    fn fail<T>(&self, column: Option<usize>, code: Code, expected: &str) -> Done<T> {
        let value = column.map_or_else(String::new, |column| shown(self.row.cell(column).trimmed()));
        Err(Box::new(Problem {
            column: column.and_then(|column| u16::try_from(column).ok()),
            field: self.field.rule.name.clone(),
            value,
            expected: expected.to_owned(),
            ..Problem::error(self.id, code)
        }))
    }
}

/// Control characters that no text has; tabs and line breaks occur inside cells.
fn is_control(byte: u8) -> bool {
    (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || byte == 0x7F
}

fn push_iso(date: jiff::civil::Date, out: &mut String) {
    let mut digits = |number: i16, divisor: i16| {
        let digit = u8::try_from(number / divisor % 10).expect("a digit is below ten");
        out.push(char::from(b'0' + digit));
    };
    for divisor in [1000, 100, 10, 1] {
        digits(date.year(), divisor);
    }
    for part in [date.month(), date.day()] {
        out.push('-');
        out.push(char::from(b'0' + part.unsigned_abs() / 10));
        out.push(char::from(b'0' + part.unsigned_abs() % 10));
    }
}

/// A number in scientific notation, or one with more digits than a spreadsheet keeps, has lost digits.
fn is_damaged(cell: Cell<'_>, text: &str) -> bool {
    match cell.kind {
        Kind::Number => {
            text.trim_start_matches('0').len() > ids::EXACT_DIGITS
                || !text.bytes().all(|byte| byte.is_ascii_digit())
        }
        // Three zeros behind the fifteenth digit are no chance; fewer are judged by the whole column.
        _ => ids::is_scientific(text) || (text.len() >= ids::EXACT_DIGITS + 3 && ids::has_zero_tail(text)),
    }
}

/// What people write where an identification is not known.
fn is_no_identification(kind: FieldKind, text: &str) -> bool {
    const NONE: [&str; 9] = ["-", "--", ".", "0", "n/a", "na", "nan", "null", "#n/a"];
    kind == FieldKind::Id && text.len() <= 4 && NONE.iter().any(|none| text.eq_ignore_ascii_case(none))
}

fn apply(conversions: &[Conversion], out: &mut String, start: usize) {
    for conversion in conversions {
        let text = &out[start..];
        let converted: String = match conversion {
            Conversion::Digits => text.chars().filter(char::is_ascii_digit).collect(),
            Conversion::Upper => text.to_uppercase(),
            Conversion::Lower => text.to_lowercase(),
        };
        out.truncate(start);
        out.push_str(&converted);
    }
}

/// One @ with something before it and a dotted name behind it, and no white space.
fn is_email(text: &str) -> bool {
    let Some((name, domain)) = text.split_once('@') else { return false };
    let dotted = domain.split('.').count() > 1 && domain.split('.').all(|part| !part.is_empty());
    !name.is_empty()
        && dotted
        && !domain.contains('@')
        && text.chars().all(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, ',' | ';' | '<' | '>'))
}

/// 7 to 15 digits, with the signs that people put between them.
fn is_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (7..=15).contains(&digits) && is_phone_text(text)
}

fn is_phone_text(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_digit() || c.is_whitespace() || matches!(c, '+' | '-' | '(' | ')' | '.' | '/'))
}

fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The value found, cut to a length that a message can bear.
fn shown(text: &str) -> String {
    const SHOWN_CHARS: usize = 60;
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ColumnName, FieldRule};
    use super::*;
    use crate::source::{Cursor, Form, RowBuffer};
    use crate::survey::DateOrder;
    use crate::target::Level;

    fn rule(kind: FieldKind, from: From, convert: Vec<Conversion>) -> FieldRule {
        FieldRule {
            name: "F".into(),
            level: Level::Record,
            custom: false,
            kind,
            mandatory: true,
            max_chars: 20,
            from,
            blank: Blank::Reject,
            convert,
            dates: None,
            decimal: None,
        }
    }

    fn check_value(rule: &FieldRule, text: &str, columns: Vec<usize>) -> Result<String, Code> {
        let bound = BoundField {
            rule,
            columns,
            dates: Some(DateOrder::DayMonthYear),
            decimal: Some(DecimalSign::Comma),
            ids: None,
            repairs_text: rule.custom,
        };
        let form = if text.contains('\u{1f}') { Form::Packed } else { Form::Csv { delimiter: b';' } };
        let mut buffer = RowBuffer::default();
        assert!(Cursor::at(text, form, 0, 1).read(&mut buffer));
        let mut out = String::from("x");
        let converted = convert(&bound, Row::of(text, &buffer), RowId { table: 0, number: 1 }, &mut out);
        converted.map(|_| out[1..].to_owned()).map_err(|problem| problem.code)
    }

    #[test]
    fn cells_become_values_or_problems() {
        use FieldKind::{Amount, Date, Email, Id, Integer, Phone, Text};
        for (kind, cell, expected) in [
            (Id, "0012345", Ok("0012345")),
            (Id, " 12 ", Ok("12")),
            (Id, "1,03E+09", Err(Code::IdDamaged)),
            (Id, "n/a", Err(Code::MissingRequired)),
            (Id, "N/A", Err(Code::MissingRequired)),
            (Id, "-", Err(Code::MissingRequired)),
            (Id, "0", Err(Code::MissingRequired)),
            (Id, "\u{a0}\u{200b}", Err(Code::MissingRequired)),
            (Id, "1\u{1f}n0\u{1e}", Err(Code::MissingRequired)),
            (Id, "123456789012345000", Err(Code::IdDamaged)),
            (Id, "1234567890123450", Ok("1234567890123450")),
            (Id, "1\u{1f}n1030555123\u{1e}", Ok("1030555123")),
            (Id, "1\u{1f}n1030555123456789\u{1e}", Err(Code::IdDamaged)),
            (Id, "1\u{1f}n10.5\u{1e}", Err(Code::IdDamaged)),
            (Text, "Pe\u{FFFD}a", Err(Code::UndecodableText)),
            (Text, "Ana\0Paz", Err(Code::ControlCharacter)),
            (Text, "\u{a0}\u{200b} ", Err(Code::MissingRequired)),
            (Text, "1\u{1f}e#N/A\u{1e}", Err(Code::ErrorCell)),
            (Text, "1\u{1f}u\u{1e}", Err(Code::UncalculatedFormula)),
            (Amount, "1\u{1f}u\u{1e}", Err(Code::UncalculatedFormula)),
            (Id, "1\u{1f}n0000000000012345\u{1e}", Ok("0000000000012345")),
            (Text, "un nombre demasiado largo", Err(Code::TooLong)),
            (Text, "veinte ñandúes son 20", Err(Code::TooLong)),
            (Email, "ana@example.com", Ok("ana@example.com")),
            (Email, "ana@", Err(Code::BadEmail)),
            (Email, "ana@example", Err(Code::BadEmail)),
            (Email, "a b@example.com", Err(Code::BadEmail)),
            (Phone, "+57 (300) 555-12", Ok("+57 (300) 555-12")),
            (Phone, "no tiene", Err(Code::BadPhone)),
            (Phone, "123", Err(Code::BadPhone)),
            (Date, "31/01/2026", Ok("2026-01-31")),
            (Date, "31/02/2026", Err(Code::BadDate)),
            (Date, "1\u{1f}d2026-01-31\u{1e}", Ok("2026-01-31")),
            (Date, "1\u{1f}m2026-01-31T10:00:00\u{1e}", Ok("2026-01-31")),
            (Date, "1\u{1f}n46053\u{1e}", Err(Code::BadDate)),
            (Amount, "1.234,50", Ok("1234.50")),
            (Amount, "1\u{1f}n1234.5\u{1e}", Ok("1234.5")),
            (Amount, "1,2,3", Err(Code::BadAmount)),
            (Integer, "90", Ok("90")),
            (Integer, "noventa", Err(Code::BadInteger)),
        ] {
            let from = From::Column(ColumnName { name: "C".into(), line: 1 });
            let value = check_value(&rule(kind, from, Vec::new()), cell, vec![0]);
            assert_eq!(value.as_deref().map_err(|code| *code), expected, "{cell:?} as {kind:?}");
        }
    }

    /// A field of the tenant's own may be a rate, and text is repaired here; a field of the CRM is money.
    #[test]
    fn percentages_and_broken_text_are_taken_by_the_kind_of_the_field() {
        use FieldKind::{Amount, Integer, Text};
        for (kind, custom, cell, expected) in [
            (Amount, false, "12,5 %", Err(Code::BadAmount)),
            (Amount, false, "1\u{1f}n12.5%\u{1e}", Err(Code::BadAmount)),
            (Amount, true, "12,5 %", Ok("12.5")),
            (Amount, true, "-3%", Ok("-3")),
            (Amount, true, "1\u{1f}n12.5%\u{1e}", Ok("12.5")),
            (Amount, true, "%", Err(Code::BadAmount)),
            (Integer, true, "90 %", Err(Code::BadInteger)),
            (Text, true, "12,5 %", Ok("12,5 %")),
            (Text, true, "1\u{1f}n12.5%\u{1e}", Ok("12.5%")),
            (Text, true, "PeÃ±a", Ok("Peña")),
            (Text, true, "MarÃ\u{ad}a y Peña", Ok("MarÃ\u{ad}a y Peña")),
            (Text, false, "PeÃ±a", Ok("PeÃ±a")),
        ] {
            let from = From::Column(ColumnName { name: "C".into(), line: 1 });
            let rule = FieldRule { custom, ..rule(kind, from, Vec::new()) };
            let value = check_value(&rule, cell, vec![0]);
            assert_eq!(value.as_deref().map_err(|code| *code), expected, "{cell:?} as {kind:?}");
        }
    }

    #[test]
    fn columns_are_combined() {
        let columns =
            || vec![ColumnName { name: "A".into(), line: 1 }, ColumnName { name: "B".into(), line: 1 }];
        let join = rule(FieldKind::Text, From::Join(columns(), " ".into()), Vec::new());
        let first = rule(FieldKind::Phone, From::First(columns()), vec![Conversion::Digits]);
        for (rule, row, expected) in [
            (&join, "Ana;Paz", Ok("Ana Paz")),
            (&join, ";Paz", Ok("Paz")),
            (&join, "Ana;", Ok("Ana")),
            (&join, ";", Err(Code::MissingRequired)),
            (&first, ";300 555 12 34", Ok("3005551234")),
            (&first, "601-5551234;300", Ok("6015551234")),
            (&first, "no;", Err(Code::BadPhone)),
            (&first, "300CALL123;", Err(Code::BadPhone)),
        ] {
            let value = check_value(rule, row, vec![0, 1]);
            assert_eq!(value.as_deref().map_err(|code| *code), expected, "{row}");
        }
    }
}
