//! The grammar of `[filters]`: a column, and what its value must be.

use rust_decimal::Decimal;
use toml::de::DeValue;

use super::{Document, Table, Value};
use crate::lang::Code;
use crate::mapping::expect::read_amount;
use crate::mapping::filter::{Bound, Condition, Filter};
use crate::mapping::{ColumnName, FieldRule, keys, numbers};
use crate::problem::{Failure, Result};
use crate::target::FieldKind;

/// What may stand behind a column's name.
const EXPECTED: &str =
    "\"…\", [\"…\", \"…\"], { not = \"…\" }, { blank = false }, { above = 0 }, { from = 2026-01-31 }";

const BOUNDS: [(&str, Bound); 4] = [
    ("above", Bound::Above),
    ("below", Bound::Below),
    ("at_least", Bound::AtLeast),
    ("at_most", Bound::AtMost),
];

impl Document<'_> {
    pub(super) fn filters(&self, root: &Table<'_>) -> Result<Vec<Filter>> {
        let Some(table) = self.table_of(root, "filters")? else { return Ok(Vec::new()) };
        let filter = |(key, value): (&toml::Spanned<std::borrow::Cow<'_, str>>, &Value<'_>)| {
            let offset = key.span().start;
            let column = ColumnName { name: key.get_ref().as_ref().to_owned(), line: self.line(offset) };
            let place = format!("{} «{}»", self.place(offset), column.name);
            if numbers::is_pattern(&column.name) {
                // A filter is about a row, not about one of its lines.
                let failure = Failure::new(Code::MappingBadValue).with("place", self.place(offset));
                let expected = format!("{:?}", numbers::fill(&column.name, Some(1)));
                return Err(failure.with("value", &column.name).with("expected", expected));
            }
            let (condition, kind) = self.condition(value)?;
            let mut rule = FieldRule::of_column(column, kind);
            if let DeValue::Table(table) = value.get_ref() {
                rule.dates = self.dates(table)?;
                rule.decimal = self.decimal(table)?;
                rule.table = self.table_of_column(root, table)?;
            }
            Ok(Filter { rule, condition, place })
        };
        let mut filters = table.iter().map(filter).collect::<Result<Vec<_>>>()?;
        // A table has no order of its own; the one in which they were written decides which filter is named.
        filters.sort_by_key(|filter| filter.rule.from.columns().first().map_or(0, |column| column.line));
        Ok(filters)
    }

    /// A condition, and what a cell must be read as for it.
    fn condition(&self, value: &Value<'_>) -> Result<(Condition, FieldKind)> {
        let DeValue::Table(table) = value.get_ref() else {
            return Ok((Condition::In(self.filter_texts(value)?), FieldKind::Text));
        };
        self.only(table, &keys::FILTER)?;
        let conditions: Vec<&str> = table
            .keys()
            .map(|key| key.get_ref().as_ref())
            .filter(|key| !matches!(*key, "dates" | "decimal" | "table"))
            .collect();
        let all_of =
            |known: &[&str]| !conditions.is_empty() && conditions.iter().all(|key| known.contains(key));
        if all_of(&BOUNDS.map(|(key, _)| key)) {
            let bounds = BOUNDS
                .iter()
                .filter_map(|(key, bound)| table.get(*key).map(|value| (*bound, value)))
                .map(|(bound, value)| Ok((bound, self.amount(value)?)));
            return Ok((Condition::Amount(bounds.collect::<Result<_>>()?), FieldKind::Amount));
        }
        if all_of(&["from", "to"]) {
            let date = |key| table.get(key).map(|value| self.date(value)).transpose();
            return Ok((Condition::Date(date("from")?, date("to")?), FieldKind::Date));
        }
        let condition = match (conditions.as_slice(), conditions.first().and_then(|key| table.get(*key))) {
            (["is"], Some(value)) => Condition::In(self.filter_texts(value)?),
            (["not"], Some(value)) => Condition::NotIn(self.filter_texts(value)?),
            (["blank"], Some(value)) => match value.get_ref() {
                DeValue::Boolean(blank) => Condition::Blank(*blank),
                _ => return self.bad(value, "true, false"),
            },
            _ => return self.bad(value, EXPECTED),
        };
        Ok((condition, FieldKind::Text))
    }

    /// One text or several; a whole number is its digits.
    fn filter_texts(&self, value: &Value<'_>) -> Result<Vec<String>> {
        match value.get_ref() {
            DeValue::Integer(number) => Ok(vec![number.as_str().to_owned()]),
            DeValue::Array(list) if !list.is_empty() => {
                let texts = list.iter().map(|inner| self.filter_texts(inner)).collect::<Result<Vec<_>>>()?;
                Ok(texts.concat())
            }
            DeValue::String(text) if !text.trim().is_empty() => Ok(vec![text.trim().to_owned()]),
            _ => self.bad(value, EXPECTED),
        }
    }

    /// A number of TOML, or an amount as text that can be read in one way only.
    pub(super) fn amount(&self, value: &Value<'_>) -> Result<Decimal> {
        let amount = match value.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse().ok(),
            DeValue::Float(number) => number.as_str().parse().ok(),
            DeValue::String(text) => read_amount(text),
            _ => None,
        };
        match amount {
            Some(amount) => Ok(amount),
            None => self.bad(value, "1234.56"),
        }
    }

    fn date(&self, value: &Value<'_>) -> Result<String> {
        let text = match value.get_ref() {
            DeValue::Datetime(date) => date.to_string(),
            DeValue::String(text) => text.as_ref().to_owned(),
            _ => String::new(),
        };
        match text.parse::<jiff::civil::Date>() {
            Ok(date) if text.len() == 10 => Ok(date.to_string()),
            _ => self.bad(value, "2026-01-31"),
        }
    }
}
