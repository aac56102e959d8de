//! Typed cells of the report's workbook, and how they look.
//!
//! A value keeps the type it had in its source: an identification typed as text stays text with its zeros, a
//! real date stays one. Whatever a text begins with, it is written as a string and never as a formula. A value
//! that would lose something as a number or a date is written as text.

use std::borrow::Cow;

use jiff::civil::{Date, DateTime};
use rust_xlsxwriter::{ExcelDateTime, Format, Worksheet, XlsxError};

use super::names::cut;
use crate::source::Kind;

/// The most UTF-16 units that a cell of Excel holds.
const LONGEST_TEXT: usize = 32_767;
/// The most of them in a text that looks like rich text, whose markup counts as well.
const LONGEST_MARKED_UP: usize = 4_000;
/// The significant digits that a number of Excel keeps.
const EXACT_DIGITS: usize = 15;

/// A value with the type that its cell is going to have.
pub(super) enum Value<'a> {
    Blank,
    Text(&'a str),
    Number(f64),
    Bool(bool),
    Date(ExcelDateTime),
    Moment(ExcelDateTime),
}

impl<'a> Value<'a> {
    /// The value of a source's cell; text where the type cannot hold it unchanged.
    pub(super) fn of(kind: Kind, text: &'a str) -> Value<'a> {
        let typed = match kind {
            _ if text.is_empty() => Some(Value::Blank),
            Kind::Number => number(text).map(Value::Number),
            Kind::Date => date(text).map(Value::Date),
            Kind::Moment => moment(text).map(Value::Moment),
            Kind::Bool => boolean(text).map(Value::Bool),
            Kind::Blank | Kind::Text | Kind::Error | Kind::Uncalculated | Kind::Covered => None,
        };
        typed.unwrap_or(Value::Text(text))
    }
}

/// A number, unless Excel would round it (it keeps 15 digits) or drop the zeros in front of it.
fn number(text: &str) -> Option<f64> {
    let whole = text.strip_prefix('-').unwrap_or(text).as_bytes();
    if matches!(whole, [b'0', b'0'..=b'9', ..]) {
        return None;
    }
    let (mantissa, _) = text.split_once(['e', 'E']).unwrap_or((text, ""));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let significant = digits.trim_matches('0').len();
    text.parse().ok().filter(|number: &f64| number.is_finite() && significant <= EXACT_DIGITS)
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "TRUE" => Some(true),
        "FALSE" => Some(false),
        _ => None,
    }
}

/// A date of Excel, which has none before 1900.
fn date(text: &str) -> Option<ExcelDateTime> {
    let date: Date = text.parse().ok()?;
    if text.len() != "YYYY-MM-DD".len() {
        return None;
    }
    excel_date(date)
}

fn moment(text: &str) -> Option<ExcelDateTime> {
    let moment: DateTime = text.parse().ok()?;
    if text.len() != "YYYY-MM-DDTHH:MM:SS".len() {
        return None;
    }
    let (hour, minute, second) = (moment.hour(), moment.minute(), moment.second());
    let hour = u16::try_from(hour).ok()?;
    excel_date(moment.date())?.and_hms(hour, u8::try_from(minute).ok()?, f64::from(second)).ok()
}

fn excel_date(date: Date) -> Option<ExcelDateTime> {
    let (month, day) = (u8::try_from(date.month()).ok()?, u8::try_from(date.day()).ok()?);
    let excel = ExcelDateTime::from_ymd(u16::try_from(date.year()).ok()?, month, day).ok()?;
    // Excel believes that 1900 was a leap year, so programs disagree about the days before March of it.
    (date >= Date::constant(1900, 3, 1)).then_some(excel)
}

/// The format of a cell's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    General,
    Text,
    Date,
    Moment,
}

/// The colour of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paint {
    Plain,
    Error,
    Warning,
}

/// How a cell looks.
pub(super) type Look = (Base, Paint);

/// The formats of all cells, made once.
#[derive(Debug)]
pub(super) struct Styles {
    formats: [[Format; 3]; 4],
    header: Format,
    run: Format,
}

impl Styles {
    pub(super) fn new() -> Styles {
        let bases = [
            Format::new(),
            Format::new().set_num_format("@"),
            Format::new().set_num_format("dd/mm/yyyy"),
            Format::new().set_num_format("dd/mm/yyyy hh:mm:ss"),
        ];
        // The colours that Excel itself calls bad and neutral, with text dark enough to be read on them.
        let formats = bases.map(|base| {
            let error = base.clone().set_background_color("#FFC7CE").set_font_color("#9C0006");
            let warning = base.clone().set_background_color("#FFEB9C").set_font_color("#7F4A00");
            [base, error, warning]
        });
        Styles {
            formats,
            header: Format::new().set_bold().set_background_color("#E7E6E6"),
            run: Format::new(),
        }
    }

    /// Writes a heading.
    pub(super) fn heading(&self, sheet: &mut Worksheet, column: u16, text: &str) -> Result<(), XlsxError> {
        self.text(sheet, (0, column), text, &self.header)
    }

    /// Gives a column the format of text, cells that are written later included.
    pub(super) fn column_of_text(&self, sheet: &mut Worksheet, column: u16) -> Result<(), XlsxError> {
        let format = &self.formats[Base::Text as usize][Paint::Plain as usize];
        sheet.set_column_format(column, format).map(drop)
    }

    /// Writes a value in the format of its type, or else as it is to look; `usual` is how its column looks.
    pub(super) fn put(
        &self,
        sheet: &mut Worksheet,
        (row, column): (u32, u16),
        value: &Value<'_>,
        ((base, paint), usual): (Look, Look),
    ) -> Result<(), XlsxError> {
        let base = match value {
            Value::Date(_) => Base::Date,
            Value::Moment(_) => Base::Moment,
            _ => base,
        };
        let format = &self.formats[base as usize][paint as usize];
        match value {
            Value::Blank => sheet.write_blank(row, column, format).map(drop),
            // Most cells; the library looks up a cell's own format, and takes as long for it as for all the rest.
            Value::Text(text) if (base, paint) == usual && !looks_like_rich_text(text) => {
                sheet.write_string(row, column, shortened(text, LONGEST_TEXT)).map(drop)
            }
            Value::Text(text) => self.text(sheet, (row, column), text, format),
            Value::Number(number) if (base, paint) == usual => {
                sheet.write_number(row, column, *number).map(drop)
            }
            Value::Number(number) => sheet.write_number_with_format(row, column, *number, format).map(drop),
            Value::Bool(value) => sheet.write_boolean_with_format(row, column, *value, format).map(drop),
            Value::Date(date) | Value::Moment(date) => {
                sheet.write_datetime_with_format(row, column, date, format).map(drop)
            }
        }
    }

    fn text(
        &self,
        sheet: &mut Worksheet,
        (row, column): (u32, u16),
        text: &str,
        format: &Format,
    ) -> Result<(), XlsxError> {
        if !looks_like_rich_text(text) {
            return sheet
                .write_string_with_format(row, column, shortened(text, LONGEST_TEXT), format)
                .map(drop);
        }
        let text = shortened(text, LONGEST_MARKED_UP);
        if looks_like_rich_text(&text) {
            // A run of text is not protected against Excel's own escapes, `_xHHHH_`, as a string is.
            let escaped = text.replace("_x", "_x005F_x");
            return sheet
                .write_rich_string_with_format(row, column, &[(&self.run, escaped.as_str())], format)
                .map(drop);
        }
        sheet.write_string_with_format(row, column, text, format).map(drop)
    }
}

/// Whether the writing library would take a text for markup of its own and put it into the file as it is, which
/// would damage the workbook; it is then given as a run of text, which is always escaped.
fn looks_like_rich_text(text: &str) -> bool {
    text.starts_with("<r>") && text.ends_with("</r>")
}

/// A text that fits in so many UTF-16 units; what was cut off is shown by `…`.
pub(super) fn shortened(text: &str, units: usize) -> Cow<'_, str> {
    if cut(text, units).len() == text.len() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{}…", cut(text, units - 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_its_type_cannot_hold_is_text() {
        for (kind, text) in [
            (Kind::Number, "1234567890123456"),
            (Kind::Number, "0.1234567890123456"),
            (Kind::Number, "NaN"),
            (Kind::Number, "0000012345"),
            (Kind::Number, "-007"),
            (Kind::Number, "doce"),
            (Kind::Date, "1899-12-31"),
            (Kind::Date, "1900-02-28"),
            (Kind::Date, "2026-02-30"),
            (Kind::Date, "12:30:00"),
            (Kind::Date, "2026-02-03T10:00:00"),
            (Kind::Moment, "2026-02-03T10:00"),
            (Kind::Moment, "2026-02-03T10:00:00.000Z"),
            (Kind::Bool, "verdadero"),
            (Kind::Error, "#N/A"),
            (Kind::Text, "=1+1"),
        ] {
            assert!(matches!(Value::of(kind, text), Value::Text(same) if same == text), "{kind:?} {text}");
        }
        for (text, number) in
            [("123456789012346000", 123_456_789_012_346_000.0), ("-0.5", -0.5), ("1e300", 1e300), ("0", 0.0)]
        {
            let value = Value::of(Kind::Number, text);
            assert!(matches!(value, Value::Number(same) if same.to_bits() == f64::to_bits(number)), "{text}");
        }
        assert!(matches!(Value::of(Kind::Date, "2024-02-29"), Value::Date(_)));
        assert!(matches!(Value::of(Kind::Moment, "2024-02-29T23:59:59"), Value::Moment(_)));
        assert!(matches!(Value::of(Kind::Text, ""), Value::Blank));
    }

    #[test]
    fn long_texts_end_in_an_ellipsis() {
        assert_eq!(shortened("abc", 3), "abc");
        assert_eq!(shortened("abcd", 3), "ab…");
        assert_eq!(shortened("a😀😀", 4), "a😀…");
    }
}
