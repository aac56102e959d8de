//! The grammar of `convert` and `map`: names, and inline tables where a conversion takes a value.

use toml::de::DeValue;

use super::{Document, Table, Value};
use crate::mapping::{Conversion, FieldRule, From, ValueMap, keys};
use crate::problem::Result;
use crate::target::FieldKind;

impl Document<'_> {
    /// Reads what a field's table says about converting its value.
    pub(super) fn conversions(&self, table: &Table<'_>, rule: &mut FieldRule) -> Result<()> {
        for key in ["convert", "map"] {
            let Some(value) = table.get(key) else { continue };
            // Dates and amounts have formats, and one way of being written; their digits are not to be touched.
            match rule.kind {
                FieldKind::Date | FieldKind::Moment => return self.bad(value, "dates = \"…\""),
                FieldKind::Amount => return self.bad(value, "decimal = \"…\""),
                _ if matches!(rule.from, From::DaysSince(_)) => return self.bad(value, "days_since"),
                _ => {}
            }
        }
        if let Some(list) = table.get("convert") {
            rule.convert = match list.get_ref() {
                DeValue::Array(list) => {
                    list.iter().map(|value| self.conversion(value)).collect::<Result<_>>()?
                }
                _ => vec![self.conversion(list)?],
            };
        }
        rule.map = self.value_map(table)?;
        Ok(())
    }

    fn conversion(&self, value: &Value<'_>) -> Result<Conversion> {
        match value.get_ref() {
            DeValue::String(name) => match Conversion::ALL.iter().find(|(known, _)| known == name) {
                Some((_, conversion)) if conversion.needs_country() && self.country.is_none() => {
                    self.bad(value, "country = \"CO\"")
                }
                Some((_, conversion)) => Ok(conversion.clone()),
                None => self.bad(value, &names()),
            },
            DeValue::Table(table) => self.conversion_with_value(table, value),
            _ => self.bad(value, &names()),
        }
    }

    fn conversion_with_value(&self, table: &Table<'_>, value: &Value<'_>) -> Result<Conversion> {
        let known = keys::names(&keys::CONVERSION);
        self.only(table, &known)?;
        let mut given = known.iter().filter(|key| table.contains_key(**key) && **key != "part");
        let (Some(key), None) = (given.next(), given.next()) else { return self.bad(value, &names()) };
        let argument = &table[*key];
        if table.contains_key("part") != (*key == "split") {
            return self.bad(value, "{ split = \"/\", part = 1 }");
        }
        Ok(match *key {
            "pad_left" => {
                Conversion::PadLeft(self.number(argument, 1..=keys::WIDTH_MAX)?.unsigned_abs() as usize)
            }
            "remove_prefix" => Conversion::RemovePrefix(self.exact_text(argument)?),
            "remove_suffix" => Conversion::RemoveSuffix(self.exact_text(argument)?),
            _ => {
                let separators = match argument.get_ref() {
                    DeValue::Array(list) if !list.is_empty() => {
                        list.iter().map(|text| self.exact_text(text)).collect::<Result<_>>()?
                    }
                    _ => vec![self.exact_text(argument)?],
                };
                let part = self.number(&table["part"], -keys::PARTS_MAX..=keys::PARTS_MAX)?;
                if part == 0 {
                    return self.bad(&table["part"], "1, 2, 3… -1");
                }
                Conversion::Split(separators, part)
            }
        })
    }

    /// A text whose spaces count: what is cut away, or cut at.
    fn exact_text(&self, value: &Value<'_>) -> Result<String> {
        match value.get_ref() {
            DeValue::String(text) if !text.is_empty() => Ok(text.as_ref().to_owned()),
            _ => self.bad(value, "\"…\""),
        }
    }

    fn number(&self, value: &Value<'_>, range: std::ops::RangeInclusive<i32>) -> Result<i32> {
        let number = value.get_ref().as_integer().and_then(|number| number.as_str().parse::<i32>().ok());
        match number.filter(|number| range.contains(number)) {
            Some(number) => Ok(number),
            None => self.bad(value, &format!("{}…{}", range.start(), range.end())),
        }
    }

    fn value_map(&self, table: &Table<'_>) -> Result<Option<ValueMap>> {
        let otherwise = self.text_of(table, "otherwise")?;
        let Some(pairs) = self.table_of(table, "map")? else {
            return match otherwise {
                Some((_, value)) => self.bad(value, "map = { \"…\" = \"…\" }, otherwise = \"…\""),
                None => Ok(None),
            };
        };
        let pair = |(from, to): (&toml::Spanned<std::borrow::Cow<'_, str>>, &Value<'_>)| {
            Ok((from.get_ref().trim().to_owned(), self.exact_text(to)?))
        };
        Ok(Some(ValueMap {
            pairs: pairs.iter().map(pair).collect::<Result<_>>()?,
            otherwise: otherwise.map(|(text, _)| text.to_owned()),
        }))
    }
}

/// Every conversion as a mapping writes it, for messages.
fn names() -> String {
    let plain = Conversion::ALL.iter().map(|(name, _)| format!("\"{name}\""));
    let with_value = keys::names(&keys::CONVERSION)
        .into_iter()
        .filter(|key| *key != "part")
        .map(|key| format!("{{ {key} = … }}"));
    plain.chain(with_value).collect::<Vec<_>>().join(", ")
}
