//! The cells of a row become the value of a field, or a problem.
//!
//! Text first: an identification or a phone is the text it was, and one that a spreadsheet has damaged is
//! reported, never repaired unless the mapping asks for it and a rule proves it, and then it is said (law 5). Dates leave as `YYYY-MM-DD` and amounts as plain digits with a decimal
//! point (`wolkvox-api.md` section 3). Values are appended to a buffer that the caller reuses.

use super::bind::BoundField;
use super::conversion::{Conversion, Done as Did};
use super::documents::{self, Checked};
use super::phones::{self, Phone};
use super::shapes::{
    boolean, is_clean, is_damaged, is_email, is_integer, is_no_identification, is_phone, push_iso, shown,
};
use super::short_way::{Seen, Taken};
use super::{Blank, From, names, short_way};
use crate::bytewise::is_digits;
use crate::lang::Code;
use crate::problem::{Problem, RowId, Severity};
use crate::source::{Kind, Row, is_formula_error, mojibake};
use crate::survey::{amounts, dates, ids};
use crate::target::FieldKind;

/// What became of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Converted {
    /// Its value stands at the end of the buffer.
    Value,
    /// The cell is blank, and the mapping's default stands at the end of the buffer.
    Default,
    /// The cell is blank, and an empty text is sent.
    Empty,
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
    Ok(convert_seeing(field, (row, id), out, &mut Vec::new())?.converted)
}

/// As [`convert`]; what a person should know of the value, though it is sent, is added to `notes` as warnings. And what
/// its one cell was seen to be, where that is known by the way.
#[inline(always)]
#[expect(clippy::inline_always, reason = "once a cell: what it gives goes through memory otherwise")]
pub(crate) fn convert_seeing(
    field: &BoundField<'_>,
    (row, id): (Row<'_>, RowId),
    out: &mut String,
    notes: &mut Vec<Problem>,
) -> Result<Taken, Box<Problem>> {
    match short_way::take(field, row, out) {
        Some(taken) => Ok(taken),
        None => Ok(Taken::of(convert_any(field, row, id, out, notes)?, Seen::Unknown)),
    }
}

/// As [`convert_seeing`], whatever the cell and the rule.
pub(super) fn convert_any(
    field: &BoundField<'_>,
    row: Row<'_>,
    id: RowId,
    out: &mut String,
    notes: &mut Vec<Problem>,
) -> Result<Converted, Box<Problem>> {
    let site = Site { field, row, id };
    let start = out.len();
    let column = site.gather(out)?;
    site.note_check_digit(column, &out[start..], notes);
    site.apply(column, (out, start), notes)?;
    if out.len() == start || is_no_identification(field.rule, &out[start..]) {
        out.truncate(start);
        return match stand_in(&field.rule.blank, out) {
            Some(converted) => Ok(converted),
            None => site.fail(column, Code::MissingRequired, ""),
        };
    }
    site.spell(out, start);
    site.check(column, &out[start..])?;
    site.note_phone(column, &out[start..], notes);
    Ok(Converted::Value)
}

/// What goes for a blank, which is appended where it is a text; none where a blank is a problem.
pub(super) fn stand_in(blank: &Blank, out: &mut String) -> Option<Converted> {
    match blank {
        Blank::Omit => Some(Converted::Omitted),
        Blank::Empty => Some(Converted::Empty),
        Blank::Default(value) => {
            out.push_str(value);
            Some(Converted::Default)
        }
        Blank::Reject => None,
    }
}

/// A cell's text; empty too where it is what the creditor writes for nothing.
fn text_of<'r>(row: Row<'r>, column: usize, blank_values: &[String]) -> &'r str {
    let text = row.cell(column).trimmed();
    if stands_for_nothing(text, blank_values) { "" } else { text }
}

/// Whether a text is what the creditor writes for nothing.
fn stands_for_nothing(text: &str, blank_values: &[String]) -> bool {
    let is_it = |blank: &String| {
        blank.chars().flat_map(char::to_lowercase).eq(text.chars().flat_map(char::to_lowercase))
    };
    blank_values.iter().any(is_it)
}

/// Whether a cell has nothing in it, or what the creditor writes for nothing. A formula without a value has something.
pub fn is_blank(row: Row<'_>, column: usize, blank_values: &[String]) -> bool {
    let cell = row.cell(column);
    is_nothing(cell.kind, cell.trimmed(), blank_values)
}

/// As [`is_blank`], of a cell's kind and its text, trimmed.
#[inline]
pub(crate) fn is_nothing(kind: Kind, text: &str, blank_values: &[String]) -> bool {
    kind != Kind::Uncalculated && (text.is_empty() || stands_for_nothing(text, blank_values))
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
            From::DaysSince(_) => {
                self.push_days(columns[0], out)?;
                Ok(Some(columns[0]))
            }
            From::First(_) => {
                let filled = columns.iter().find(|column| !self.is_blank(**column));
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

    fn text(&self, column: usize) -> &str {
        text_of(self.row, column, self.field.blank_values)
    }

    fn is_blank(&self, column: usize) -> bool {
        is_blank(self.row, column, self.field.blank_values)
    }

    /// Appends one cell: trimmed, typed by the field's kind, checked for damage.
    fn push_cell(&self, column: usize, out: &mut String) -> Done<()> {
        let cell = self.row.cell(column);
        let text = self.text(column);
        if cell.kind == Kind::Error || is_formula_error(text) {
            return self.fail(Some(column), Code::ErrorCell, "");
        }
        if cell.kind == Kind::Uncalculated {
            return self.fail(Some(column), Code::UncalculatedFormula, "");
        }
        if cell.kind == Kind::Covered {
            let anchor = text.split(':').next().unwrap_or_default();
            return self.fail(Some(column), Code::MergedCell, anchor);
        }
        if !is_clean(text) {
            if text.contains('\u{FFFD}') {
                return self.fail(Some(column), Code::UndecodableText, "UTF-8");
            }
            return self.fail(Some(column), Code::ControlCharacter, "");
        }
        if text.is_empty() {
            return Ok(());
        }
        match self.field.rule.cell_kind() {
            FieldKind::Date => return self.push_date(column, out),
            FieldKind::Amount => return self.push_amount(column, out),
            FieldKind::Id | FieldKind::Phone if is_damaged(cell, text) => {
                return self.fail(Some(column), Code::IdDamaged, "");
            }
            FieldKind::Id => {
                if let Some(expected) = self.missing_digits(text).filter(|_| !self.may_be_restored(text)) {
                    return self.fail(Some(column), Code::IdDamaged, &expected);
                }
            }
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
        let is_number = is_digits(text.as_bytes());
        if is_number && text.len() < width {
            return Some(width.to_string());
        }
        (shape.long_zeros && ids::has_zero_tail(text)).then(String::new)
    }

    /// Whether the mapping asks for zeros in front and they can be given.
    fn may_be_restored(&self, text: &str) -> bool {
        let width = self.field.ids.and_then(|shape| shape.width).map_or(0, usize::from);
        text.len() < width
            && self.field.rule.convert.iter().any(|conversion| match conversion {
                Conversion::PadLeft(wanted) => *wanted == width,
                Conversion::RestoreZeros => {
                    let country = self.field.rule.country;
                    country.is_some_and(|country| documents::restore_zeros(country, text).is_some())
                }
                _ => false,
            })
    }

    /// Appends the days from a cell's date to the day of the load; none before that date.
    fn push_days(&self, column: usize, out: &mut String) -> Done<()> {
        let mut date = String::new();
        self.push_cell(column, &mut date)?;
        if date.is_empty() {
            return Ok(());
        }
        let as_of = self.field.as_of.expect("a table is not bound without the day");
        let Ok(due) = date.parse::<jiff::civil::Date>() else {
            return self.fail(Some(column), Code::BadDate, "YYYY-MM-DD");
        };
        let days = (as_of - due).get_days().max(0);
        out.push_str(&days.to_string());
        Ok(())
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
        if self.field.rule.kind == FieldKind::Moment {
            let Some(time) = dates::time_of_day(text) else {
                return self.fail(Some(column), Code::BadDate, "… HH:MM");
            };
            out.push(' ');
            out.push_str(&time);
        }
        Ok(())
    }

    fn push_amount(&self, column: usize, out: &mut String) -> Done<()> {
        let cell = self.row.cell(column);
        let sign = self.field.sign_in(cell.kind);
        let text = cell.trimmed();
        // A money field of the CRM is never a percentage; a field of the tenant's own may be a rate.
        let number = amounts::percent(text).filter(|_| self.field.rule.custom).unwrap_or(text);
        if matches!(cell.kind, Kind::Text | Kind::Number) && amounts::write_plain(number, sign, out) {
            return Ok(());
        }
        self.fail(Some(column), Code::BadAmount, sign.as_str())
    }

    /// Applies the rule's conversions, then its value map. A blank stays blank.
    fn apply(
        &self,
        column: Option<usize>,
        (out, start): (&mut String, usize),
        notes: &mut Vec<Problem>,
    ) -> Done<()> {
        let rule = self.field.rule;
        for step in &rule.convert {
            if out.len() == start {
                return Ok(());
            }
            match step.apply((out, start), rule.kind, rule.country) {
                Ok(Did::Padded) if matches!(rule.kind, FieldKind::Id | FieldKind::Phone) => {
                    notes.push(self.warning(column, Code::ZerosAdded, &out[start..]));
                }
                Ok(Did::Padded | Did::Converted) => {}
                Err(code) => return self.fail(column, code, ""),
            }
        }
        let Some(map) = rule.map.as_ref().filter(|_| out.len() > start) else { return Ok(()) };
        let Some(value) = map.find(&out[start..]) else {
            return self.fail(column, Code::ValueNotMapped, &map.known());
        };
        out.truncate(start);
        out.push_str(value);
        Ok(())
    }

    /// Notes a document, as it is written, whose check digit does not fit.
    fn note_check_digit(&self, column: Option<usize>, text: &str, notes: &mut Vec<Problem>) {
        let rule = self.field.rule;
        let is_document = rule.kind == FieldKind::Id && rule.names_person();
        let Some(country) = rule.country.filter(|_| is_document) else { return };
        if let Checked::Wrong(expected) = documents::check(country, text) {
            let expected = expected.map_or_else(String::new, |digit| format!(": {digit}"));
            notes.push(self.warning(column, Code::CheckDigit, &format!("{}{expected}", country.as_str())));
        }
    }

    /// Notes a telephone number that no number of the country looks like.
    fn note_phone(&self, column: Option<usize>, text: &str, notes: &mut Vec<Problem>) {
        let rule = self.field.rule;
        let is_read = rule.kind == FieldKind::Phone && column.is_some();
        let Some(country) = rule.country.filter(|_| is_read) else { return };
        if phones::read(country, text) == Phone::OutOfPlan {
            notes.push(self.warning(column, Code::PhoneOutOfPlan, country.as_str()));
        }
    }

    /// Spells yes and no, and a choice, as the CRM does; what is none of them is left to be judged.
    fn spell(&self, out: &mut String, start: usize) {
        let text = &out[start..];
        let spelled = match self.field.rule.kind {
            FieldKind::Boolean => boolean(text),
            FieldKind::Choice(choices) => {
                let said = names::normal(text);
                choices.iter().copied().find(|choice| names::normal(choice) == said)
            }
            _ => None,
        };
        if let Some(spelled) = spelled {
            out.truncate(start);
            out.push_str(spelled);
        }
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
            FieldKind::Boolean => (!matches!(value, "true" | "false")).then_some(Code::BadBoolean),
            FieldKind::Choice(choices) if !choices.contains(&value) => {
                return self.fail(column, Code::BadChoice, &choices.join(", "));
            }
            FieldKind::Id
            | FieldKind::Text
            | FieldKind::Date
            | FieldKind::Amount
            | FieldKind::Moment
            | FieldKind::Files
            | FieldKind::Choice(_) => None,
        };
        wrong.map_or(Ok(()), |code| self.fail(column, code, ""))
    }

    fn fail<T>(&self, column: Option<usize>, code: Code, expected: &str) -> Done<T> {
        Err(Box::new(self.problem(column, code, expected)))
    }

    fn warning(&self, column: Option<usize>, code: Code, expected: &str) -> Problem {
        Problem { severity: Severity::Warning, ..self.problem(column, code, expected) }
    }

    fn problem(&self, column: Option<usize>, code: Code, expected: &str) -> Problem {
        let value = column.map_or_else(String::new, |column| shown(self.row.cell(column).trimmed()));
        Problem {
            column: column.and_then(|column| u16::try_from(column).ok()),
            field: self.field.rule.name.clone(),
            value,
            expected: expected.to_owned(),
            ..Problem::error(self.id, code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::short_way::Way;
    use super::super::{ColumnName, Country, FieldRule, ValueMap};
    use super::*;
    use crate::source::{Cursor, Form, RowBuffer};
    use crate::survey::{DateOrder, DecimalSign};
    use crate::target::Level;

    fn rule(kind: FieldKind, from: From, convert: Vec<Conversion>) -> FieldRule {
        FieldRule {
            level: Level::Record,
            custom: false,
            mandatory: true,
            max_chars: 20,
            from,
            blank: Blank::Reject,
            convert,
            ..FieldRule::of_column(ColumnName { name: "F".into(), line: 1 }, kind)
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
            blank_values: &[],
            as_of: None,
            way: Way::of(rule, rule.custom, &[]),
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
            (Text, "#N/A", Err(Code::ErrorCell)),
            (Id, "#¡REF!", Err(Code::ErrorCell)),
            (Text, "#12-40", Ok("#12-40")),
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

    /// A field's value of one cell, with the codes of what a person should know of it.
    fn noted(rule: &FieldRule, text: &str, blank_values: &[String]) -> (Result<String, Code>, Vec<Code>) {
        let bound = BoundField {
            rule,
            columns: vec![0],
            dates: Some(DateOrder::DayMonthYear),
            decimal: Some(DecimalSign::Comma),
            ids: Some(ids::IdShape { width: Some(10), long_zeros: false }),
            repairs_text: false,
            blank_values,
            as_of: "2026-03-01".parse().ok(),
            way: Way::of(rule, false, blank_values),
        };
        let mut buffer = RowBuffer::default();
        assert!(Cursor::at(text, Form::Csv { delimiter: b';' }, 0, 1).read(&mut buffer));
        let (mut out, mut notes) = (String::from("x"), Vec::new());
        let row = Row::of(text, &buffer);
        let converted = convert_seeing(&bound, (row, RowId { table: 0, number: 1 }), &mut out, &mut notes);
        assert!(notes.iter().all(|note| note.severity == Severity::Warning));
        let value = converted.map(|_| out[1..].to_owned()).map_err(|problem| problem.code);
        (value, notes.iter().map(|note| note.code).collect())
    }

    #[test]
    fn what_is_changed_or_doubtful_is_said() {
        use Conversion::{Digits, DropCheckDigit, PadLeft, RestoreZeros};
        use Country::{Brazil, Colombia, Ecuador};
        let column = || From::Column(ColumnName { name: "C".into(), line: 1 });
        let id = |country, convert: Vec<Conversion>| FieldRule {
            country: Some(country),
            ..rule(FieldKind::Id, column(), convert)
        };
        let phone = |country, convert| FieldRule {
            country: Some(country),
            ..rule(FieldKind::Phone, column(), convert)
        };
        let line_id = FieldRule { level: Level::Line, ..id(Colombia, Vec::new()) };
        let no_digit = || vec![DropCheckDigit, Digits];
        for (rule, cell, value, notes) in [
            (id(Colombia, no_digit()), "900.123.456-8", Ok("900123456"), vec![]),
            (id(Colombia, no_digit()), "900.123.456-7", Ok("900123456"), vec![Code::CheckDigit]),
            (id(Colombia, Vec::new()), "900.123.456-7", Ok("900.123.456-7"), vec![Code::CheckDigit]),
            (id(Colombia, Vec::new()), "123456789", Err(Code::IdDamaged), vec![]),
            (id(Colombia, vec![PadLeft(10)]), "123456789", Ok("0123456789"), vec![Code::ZerosAdded]),
            (id(Colombia, vec![PadLeft(9)]), "12345678", Err(Code::IdDamaged), vec![]),
            (id(Ecuador, vec![RestoreZeros]), "912345675", Ok("0912345675"), vec![Code::ZerosAdded]),
            (id(Ecuador, vec![RestoreZeros]), "912345674", Err(Code::IdDamaged), vec![]),
            (id(Ecuador, Vec::new()), "912345675", Err(Code::IdDamaged), vec![]),
            (id(Brazil, vec![Digits]), "123.456.789-08", Ok("12345678908"), vec![Code::CheckDigit]),
            (id(Brazil, Vec::new()), "00000000000", Err(Code::MissingRequired), vec![Code::CheckDigit]),
            (line_id.clone(), "900.123.456-7", Ok("900.123.456-7"), vec![]),
            (line_id, "0000000000", Ok("0000000000"), vec![]),
            (phone(Colombia, vec![Conversion::Phone]), "+57 3005550123", Ok("3005550123"), vec![]),
            (phone(Colombia, Vec::new()), "+57 3005550123", Ok("+57 3005550123"), vec![]),
            (phone(Colombia, vec![Digits]), "5550123", Ok("5550123"), vec![Code::PhoneOutOfPlan]),
            (phone(Ecuador, vec![Conversion::Phone]), "995550123", Ok("0995550123"), vec![Code::ZerosAdded]),
        ] {
            let (found, found_notes) = noted(&rule, cell, &[]);
            let found = found.as_deref().map_err(|code| *code);
            assert_eq!((found, found_notes), (value, notes), "{cell} by {:?}", rule.convert);
        }
    }

    #[test]
    fn days_in_arrears_are_counted_up_to_the_day_given() {
        let due = From::DaysSince(ColumnName { name: "C".into(), line: 1 });
        let mandatory = rule(FieldKind::Integer, due, Vec::new());
        let rule = FieldRule { blank: Blank::Omit, ..mandatory };
        for (cell, days) in [
            ("28/02/2026", Ok("1")),
            ("01/03/2025", Ok("365")),
            ("01/03/2026", Ok("0")),
            ("31/12/2026", Ok("0")),
            ("31/02/2026", Err(Code::BadDate)),
            ("-", Ok("")),
        ] {
            let (found, _) = noted(&rule, cell, &["-".to_owned()]);
            assert_eq!(found.as_deref().map_err(|code| *code), days, "{cell}");
        }
    }

    #[test]
    fn what_the_creditor_writes_for_nothing_is_blank() {
        let column = From::Column(ColumnName { name: "C".into(), line: 1 });
        let nothing = ["S/D".to_owned(), "sin información".to_owned()];
        let pairs = vec![("CONSUMO".to_owned(), "Consumer".to_owned())];
        let map = ValueMap { pairs, otherwise: None };
        let text = FieldRule { map: Some(map), ..rule(FieldKind::Text, column.clone(), Vec::new()) };
        for (rule, cell, expected) in [
            (&text, "consumo", Ok("Consumer")),
            (&text, "Vivienda", Err(Code::ValueNotMapped)),
            (&text, "s/d", Err(Code::MissingRequired)),
            (&text, "SIN INFORMACIÓN", Err(Code::MissingRequired)),
            (&text, "\u{200b}\u{2060}\u{a0}", Err(Code::MissingRequired)),
            (&rule(FieldKind::Amount, column.clone(), Vec::new()), "S/D", Err(Code::MissingRequired)),
            (&rule(FieldKind::Amount, column, Vec::new()), "N/A", Err(Code::BadAmount)),
        ] {
            let (found, _) = noted(rule, cell, &nothing);
            assert_eq!(found.as_deref().map_err(|code| *code), expected, "{cell}");
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
