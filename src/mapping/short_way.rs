//! The short way of a cell to its value: for cells that are as nearly all are, under rules that change nothing.
//!
//! A portfolio has millions of cells in which nothing is odd: digits, a name, a date as its column writes dates. For
//! those the answer of [`super::convert`] is known after one look, and only for those is it given here; whatever may
//! be a problem, a warning or a case of its own goes the long way. So this module says nothing that the long way would
//! not say, and never that something is wrong.

use super::bind::BoundField;
use super::convert::{Converted, stand_in};
use super::country::Country;
use super::shapes::{is_clean, is_email, is_integer};
use super::{FieldRule, From, phones};
use crate::bytewise::{has_ascii_letter, is_digits, is_printable_ascii};
use crate::source::{Kind, Row, is_formula_error};
use crate::survey::{amounts, dates, ids};
use crate::target::FieldKind;

/// What a cell was seen to be on its way to its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Seen {
    /// Nobody has looked.
    #[default]
    Unknown,
    /// Nothing is in it.
    Blank,
    /// So many digits, and nothing else.
    Digits(u8),
    /// It has a letter.
    Words,
    /// It has no letter; it may be digits alone.
    NoLetter,
    /// It has no letter, and something else than digits.
    Signs,
}

impl Seen {
    /// Of a text that begins with a letter; another one may have letters all the same.
    #[inline]
    fn of_words(text: &str) -> Seen {
        let begins = text.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
        if begins { Seen::Words } else { Seen::Unknown }
    }

    fn of_digits(text: &str) -> Seen {
        u8::try_from(text.len()).map_or(Seen::Unknown, Seen::Digits)
    }
}

/// What a cell came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taken {
    /// What became of the field.
    pub(crate) converted: Converted,
    /// What the cell was seen to be.
    pub(crate) seen: Seen,
    /// The number of an amount, where it was seen.
    pub(crate) small: Option<amounts::Small>,
}

impl Taken {
    /// Of a cell that is no amount, or was not seen to be one.
    #[inline]
    pub(super) fn of(converted: Converted, seen: Seen) -> Taken {
        Taken { converted, seen, small: None }
    }
}

/// Converts the field of a row and appends its value to `out`; nothing, and nothing appended, where the long way has to.
#[inline(always)]
#[expect(clippy::inline_always, reason = "once a cell: what it gives goes through memory otherwise")]
pub(super) fn take(field: &BoundField<'_>, row: Row<'_>, out: &mut String) -> Option<Taken> {
    if !field.way.may_be_short {
        return None;
    }
    let rule = field.rule;
    let cell = row.cell(*field.columns.first()?);
    let text = cell.trimmed();
    if !matches!(cell.kind, Kind::Blank | Kind::Text | Kind::Number) || text.len() > rule.max_chars {
        return None;
    }
    if text.is_empty() {
        return Some(Taken::of(stand_in(&rule.blank, out)?, Seen::Blank));
    }
    if is_formula_error(text) {
        return None;
    }
    let seen = match rule.kind {
        FieldKind::Text => (row.is_tame() || is_clean(text)).then(|| Seen::of_words(text)),
        FieldKind::Id => whole_id(field, cell.kind, text),
        FieldKind::Phone => is_own_phone(rule, text).then(|| Seen::of_digits(text)),
        FieldKind::Email => {
            (is_printable_ascii(text.as_bytes()) && is_email(text)).then(|| Seen::of_words(text))
        }
        FieldKind::Integer => is_integer(text).then_some(Seen::NoLetter),
        FieldKind::Date => {
            let is_date = cell.kind == Kind::Text && dates::write_evident(text, field.dates?, out);
            return is_date.then(|| Taken::of(Converted::Value, Seen::NoLetter));
        }
        FieldKind::Amount => {
            let small = amounts::write_evident(text, field.sign_in(cell.kind), out)?;
            let taken = Taken::of(Converted::Value, Seen::NoLetter);
            return Some(Taken { small: Some(small), ..taken });
        }
        FieldKind::Boolean | FieldKind::Moment | FieldKind::Files | FieldKind::Choice(_) => None,
    };
    out.push_str(seen.map_or("", |_| text));
    seen.map(|seen| Taken::of(Converted::Value, seen))
}

/// What a rule says about the way of its cells, before any is seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way {
    /// Whether a cell may go the short way at all: its one column's text becomes the value.
    pub(crate) may_be_short: bool,
    /// What is read from the cell.
    pub(crate) cell_kind: FieldKind,
    /// Whether the value of a cell from a tame row stands in JSON as it is: it is the cell's text, a date or an amount.
    pub(crate) keeps_tame: bool,
}

impl Way {
    /// Of a rule, and whether broken text is repaired, and what the creditor writes where there is nothing.
    pub(crate) fn of(rule: &FieldRule, repairs_text: bool, blank_values: &[String]) -> Way {
        let is_simple = matches!(rule.from, From::Column(_)) && rule.convert.is_empty() && rule.map.is_none();
        let is_own_text = matches!(
            rule.kind,
            FieldKind::Text | FieldKind::Id | FieldKind::Phone | FieldKind::Email | FieldKind::Integer
        );
        Way {
            may_be_short: is_simple && !repairs_text && blank_values.is_empty(),
            cell_kind: rule.cell_kind(),
            keeps_tame: is_simple
                && !repairs_text
                && (is_own_text || matches!(rule.kind, FieldKind::Date | FieldKind::Amount)),
        }
    }
}

/// An identification without a sign of damage, that no word for nothing looks like, and of which no check digit is known.
fn whole_id(field: &BoundField<'_>, kind: Kind, text: &str) -> Option<Seen> {
    const WORD_MAX: usize = 4;
    let rule = field.rule;
    let bytes = text.as_bytes();
    let is_number = is_digits(bytes);
    if kind == Kind::Number && !is_number {
        return None;
    }
    let has_check_digit = match rule.country {
        None => false,
        // Only a number with its digit behind a hyphen is checked.
        Some(Country::Colombia) => !is_number,
        Some(_) => true,
    };
    let names_person = rule.names_person();
    let width = field.ids.and_then(|shape| shape.width).map_or(0, usize::from);
    let is_whole = (WORD_MAX + 1..=ids::EXACT_DIGITS).contains(&bytes.len())
        && (is_number || (is_printable_ascii(bytes) && memchr::memchr2(b'e', b'E', bytes).is_none()))
        && !(is_number && bytes.len() < width)
        && !(names_person && (has_check_digit || bytes[0] == b'0'));
    is_whole.then(|| match (is_number, has_ascii_letter(bytes)) {
        (true, _) => Seen::of_digits(text),
        (false, true) => Seen::Words,
        (false, false) => Seen::Signs,
    })
}

/// Digits alone, in number as a telephone has them, which the country's plan takes for a number.
fn is_own_phone(rule: &FieldRule, text: &str) -> bool {
    (7..=15).contains(&text.len())
        && is_digits(text.as_bytes())
        && rule.country.is_none_or(|country| phones::is_national(country, text))
}

#[cfg(test)]
mod tests {
    use super::super::convert::convert_any;
    use super::super::{Blank, ColumnName, Conversion};
    use super::*;
    use crate::problem::RowId;
    use crate::source::{Cursor, Form, RowBuffer};
    use crate::survey::{DateOrder, DecimalSign, IdShape};
    use crate::target::Level;
    use proptest::prelude::*;

    const KINDS: [FieldKind; 9] = [
        FieldKind::Text,
        FieldKind::Id,
        FieldKind::Phone,
        FieldKind::Email,
        FieldKind::Integer,
        FieldKind::Date,
        FieldKind::Amount,
        FieldKind::Boolean,
        FieldKind::Moment,
    ];
    /// Cells of all sorts, most of them nearly right for some field.
    const CELLS: &str = "[0-9]{1,19}|0[0-9]{4,12}|[0-9]{6,9}-[0-9]|[0-9]{3,6}[.,][0-9]{1,3}|[0-3][0-9]/[01][0-9]/20[0-9]{2}|\
        [a-zñ]{1,6}@[a-z]{1,4}[.@][a-z]{0,3}|[ -~]{0,12}|[\u{1}A-Za-zÁñ\u{a0}\u{fffd}]{0,12}|3[0-9]{9}|[0-9]E[0-9]|n/a|#N/A|#¡REF!|#NOMBRE[?]|0|";

    fn rule(kind: FieldKind, of_record: bool, custom: bool, max_chars: usize, blank: Blank) -> FieldRule {
        FieldRule {
            level: if of_record { Level::Record } else { Level::Line },
            custom,
            max_chars,
            blank,
            ..FieldRule::of_column(ColumnName { name: "C".into(), line: 1 }, kind)
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

        /// Where the short way has an answer, the long way has the same, and nothing to remark.
        #[test]
        fn the_short_way_says_what_the_long_way_says(
            cell in CELLS, letter in "[tndb]", is_packed in any::<bool>(), kind in 0..KINDS.len(), flags in 0u8..32,
            country in proptest::option::of(0usize..Country::ALL.len()), max_chars in 1usize..40, blank in 0usize..4, width in 0u8..12,
        ) {
            let is_set = |bit: u8| flags >> bit & 1 == 1;
            let blank = [Blank::Omit, Blank::Empty, Blank::Reject, Blank::Default("sin dato".into())][blank].clone();
            let mut rule = rule(KINDS[kind], is_set(0), is_set(1), max_chars, blank);
            rule.country = country.map(|at| Country::ALL[at].1);
            if flags == 31 {
                rule.convert.push(Conversion::Digits);
            }
            let field = BoundField {
                rule: &rule,
                columns: vec![0],
                dates: Some(if is_set(2) { DateOrder::DayMonthYear } else { DateOrder::MonthDayYear }),
                decimal: Some(if is_set(3) { DecimalSign::Comma } else { DecimalSign::Point }),
                ids: (width > 3).then_some(IdShape { width: (width > 6).then_some(width), long_zeros: is_set(4) }),
                repairs_text: false,
                blank_values: &[],
                as_of: None,
                way: Way::of(&rule, false, &[]),
            };
            let (text, form) = if is_packed {
                let cell: String = cell.chars().filter(|c| *c >= ' ').collect();
                (format!("1\u{1f}{letter}{cell}\u{1e}"), Form::Packed)
            } else {
                (cell.replace(['"', ';'], "_"), Form::Csv { delimiter: b';' })
            };
            let mut buffer = RowBuffer::default();
            if !Cursor::at(&text, form, 0, 1).read(&mut buffer) {
                return Ok(());
            }
            let row = Row::of(&text, &buffer);
            let (mut short, mut long, mut notes) = (String::from("x"), String::from("x"), Vec::new());
            match take(&field, row, &mut short) {
                None => prop_assert_eq!(short, "x", "it left something behind"),
                Some(Taken { converted, seen, small }) => {
                    let number = (rule.kind == FieldKind::Amount && converted == Converted::Value).then(|| amounts::small_number(&short[1..]));
                    prop_assert_eq!(small, number.flatten(), "the number of {}", short);
                    let looked_at = row.cell(0).trimmed();
                    let has_letter = looked_at.chars().any(char::is_alphabetic);
                    prop_assert!(match seen {
                        Seen::Unknown => true,
                        Seen::Blank => looked_at.is_empty(),
                        Seen::Digits(count) => is_digits(looked_at.as_bytes()) && looked_at.len() == usize::from(count),
                        Seen::Words => has_letter,
                        Seen::NoLetter => !looked_at.is_empty() && !has_letter,
                        Seen::Signs => !has_letter && !is_digits(looked_at.as_bytes()),
                    }, "{:?} of {}", seen, looked_at);
                    let expected = convert_any(&field, row, RowId { table: 0, number: 1 }, &mut long, &mut notes);
                    prop_assert_eq!(Ok(converted), expected.map_err(|problem| problem.code), "{:?} {}", rule.kind, text);
                    prop_assert_eq!((short, notes), (long, Vec::new()));
                }
            }
        }
    }
}
