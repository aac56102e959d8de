//! The grammar of `[expect]`: control totals that a creditor sends with the file, or that never change.

use rust_decimal::Decimal;
use toml::de::DeValue;

use super::{Document, Table, Value};
use crate::mapping::expect::{Expect, ExpectedTotal, TotalsRow};
use crate::mapping::{FieldRule, keys};
use crate::problem::Result;

impl Document<'_> {
    pub(super) fn expect(&self, root: &Table<'_>, fields: &[FieldRule]) -> Result<Expect> {
        let mut expect = Expect::default();
        let Some(table) = self.table_of(root, "expect")? else { return Ok(expect) };
        self.only(table, &keys::EXPECT)?;
        if let Some(value) = table.get("rows") {
            let rows = value.get_ref().as_integer().and_then(|number| number.as_str().parse().ok());
            expect.rows = match rows {
                Some(rows) => Some((rows, self.line(value.span().start))),
                None => return self.bad(value, "12034"),
            };
        }
        if let Some(totals) = self.table_of(table, "totals")? {
            for (key, value) in totals {
                let (name, line) = (key.get_ref().as_ref(), self.line(key.span().start));
                expect
                    .totals
                    .push(self.total(root, value, |amount| ExpectedTotal::new(fields, name, amount, line))?);
            }
            expect.totals.sort_by_key(|total| total.line);
        }
        let totals_row = |text: &str| match text {
            "check" => Some(TotalsRow::Check),
            "ignore" => Some(TotalsRow::Ignore),
            _ => None,
        };
        let expected = "\"check\", \"ignore\"";
        expect.totals_row = self.choice_of(table, "totals_row", expected, totals_row)?.unwrap_or_default();
        Ok(expect)
    }

    /// An amount, or an amount and the table whose column is meant.
    fn total(
        &self,
        root: &Table<'_>,
        value: &Value<'_>,
        new: impl Fn(Decimal) -> ExpectedTotal,
    ) -> Result<ExpectedTotal> {
        let DeValue::Table(table) = value.get_ref() else { return Ok(new(self.amount(value)?)) };
        self.only(table, &keys::TOTAL)?;
        let Some(amount) = table.get("amount") else { return self.bad(value, "{ amount = 1234.56 }") };
        let mut total = new(self.amount(amount)?);
        total.rule.table = self.table_of_column(root, table)?.or(total.rule.table);
        Ok(total)
    }
}
