//! A comparison as a workbook: a sheet of sums, and the debtors who are new, gone or changed, with whole values.
//!
//! The identification and the other fields are text, so that no zero is lost; money is a number where Excel keeps
//! all of its digits, and text where it would not. The same comparison gives the same bytes. The rows go through a file
//! without a name, in a folder that the caller gives.

use std::io::Write;
use std::path::Path;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::cells::{Base, Paint, Styles, Value};
use crate::diff::page::name;
use crate::diff::{Change, Diff, Kind};
use crate::lang::{Lang, Say};

/// Rows of a sheet below its header.
const MAX_ROWS: usize = 1_048_575;
/// The significant digits that a number of Excel keeps.
const EXACT_DIGITS: usize = 15;

/// Writes the workbook.
///
/// # Errors
/// Whatever the writing library fails with.
///
/// # Panics
/// The library does where the folder's disk has no room left.
pub fn workbook(diff: &Diff, lang: Lang, spools: &Path, out: impl Write + Send) -> Result<(), XlsxError> {
    let mut workbook = Workbook::new();
    workbook.set_tempdir(spools)?;
    let properties = DocProperties::new().set_author("cartera");
    workbook.set_properties(&properties.set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?));
    let pen = Pen::new();
    pen.sums(workbook.add_worksheet().set_name(Say::DiffSheetSums.text(lang))?, diff, lang)?;
    let sheets = [
        (Say::DiffSheetNew, &[Kind::New][..]),
        (Say::DiffSheetGone, &[Kind::Gone]),
        (Say::DiffSheetChanged, &[Kind::Up, Kind::Down, Kind::Other]),
    ];
    for (sheet, kinds) in sheets {
        let changes: Vec<&Change> =
            diff.changes.iter().filter(|change| kinds.contains(&change.kind)).collect();
        for (number, changes) in (1..).zip(parts(&changes)) {
            let base = sheet.text(lang);
            let name = if number == 1 { base.to_owned() } else { format!("{base} ({number})") };
            pen.changes(workbook.add_worksheet_with_constant_memory()?.set_name(name)?, changes, lang)?;
        }
    }
    workbook.save_to_writer(out)
}

/// As many sheets as the changes need, and one for none.
fn parts<'c>(changes: &'c [&'c Change]) -> Vec<&'c [&'c Change]> {
    if changes.is_empty() { vec![changes] } else { changes.chunks(MAX_ROWS).collect() }
}

struct Pen {
    styles: Styles,
    money: Format,
}

impl Pen {
    fn new() -> Pen {
        Pen { styles: Styles::new(), money: Format::new().set_num_format("#,##0.00") }
    }

    /// A line for each kind, and one for the whole.
    fn sums(&self, sheet: &mut Worksheet, diff: &Diff, lang: Lang) -> Result<(), XlsxError> {
        let widths = self.headings(sheet, Say::DiffSumsHeading.text(lang).split('|'))?;
        let kinds = Kind::ALL.map(|kind| (name(kind), diff.of(kind)));
        for (row, (name, [before, after])) in
            (1..).zip(kinds.into_iter().chain([(Say::DiffWhole, diff.whole())]))
        {
            sheet.write_string(row, 0, name.text(lang))?;
            let counts = [before.records, after.records, before.lines, after.lines];
            for (column, count) in (1..).zip(counts) {
                self.put(sheet, (row, column), &Decimal::from(count), None)?;
            }
            let money = [before.money, after.money, after.money - before.money];
            for (column, amount) in (5..).zip(money) {
                self.put(sheet, (row, column), &amount, Some(&self.money))?;
            }
        }
        sheet.set_column_width(0, 24)?;
        (1..widths).try_for_each(|column| sheet.set_column_width(column, 18).map(drop))?;
        sheet.set_freeze_panes(1, 0).map(drop)
    }

    /// The debtors of a sheet: what became of them, their money, then their own fields.
    fn changes(&self, sheet: &mut Worksheet, changes: &[&Change], lang: Lang) -> Result<(), XlsxError> {
        let names = field_names(changes);
        let fixed: Vec<&str> = Say::DiffChangesHeading.text(lang).split('|').collect();
        let count = self.headings(sheet, fixed.iter().copied().chain(names.iter().copied()))?;
        let first_field = u16::try_from(fixed.len()).unwrap_or(u16::MAX);
        for (row, change) in (1..).zip(changes) {
            sheet.write_string(row, 0, name(change.kind).text(lang))?;
            let (before, after) = (change.kind != Kind::New, change.kind != Kind::Gone);
            for (column, (lines, is_there)) in (1..).zip(change.lines.into_iter().zip([before, after])) {
                if is_there {
                    self.put(sheet, (row, column), &Decimal::from(lines), None)?;
                }
            }
            for (column, (amount, is_there)) in (3..).zip(change.money.into_iter().zip([before, after])) {
                if is_there {
                    self.put(sheet, (row, column), &amount, Some(&self.money))?;
                }
            }
            self.put(sheet, (row, 5), &change.difference(), Some(&self.money))?;
            for (column, name) in (first_field..).zip(&names) {
                if let Some((_, text)) = change.fields.iter().find(|(known, _)| known == name) {
                    self.text(sheet, (row, column), text)?;
                }
            }
        }
        (0..count).try_for_each(|column| sheet.set_column_width(column, 18).map(drop))?;
        sheet.set_freeze_panes(1, 0)?;
        let rows = u32::try_from(changes.len()).unwrap_or(u32::MAX);
        sheet.autofilter(0, 0, rows, count.saturating_sub(1)).map(drop)
    }

    /// Writes the headings; gives how many there are.
    fn headings<'h>(
        &self,
        sheet: &mut Worksheet,
        names: impl Iterator<Item = &'h str>,
    ) -> Result<u16, XlsxError> {
        let mut count = 0;
        for name in names {
            self.styles.heading(sheet, count, name)?;
            count += 1;
        }
        Ok(count)
    }

    /// A number, or text where Excel would round it.
    fn put(
        &self,
        sheet: &mut Worksheet,
        (row, column): (u32, u16),
        amount: &Decimal,
        format: Option<&Format>,
    ) -> Result<(), XlsxError> {
        let digits = amount.normalize().mantissa().unsigned_abs().to_string().len();
        match amount.to_f64().filter(|_| digits <= EXACT_DIGITS) {
            Some(number) => match format {
                Some(format) => sheet.write_number_with_format(row, column, number, format).map(drop),
                None => sheet.write_number(row, column, number).map(drop),
            },
            None => self.text(sheet, (row, column), &amount.to_string()),
        }
    }

    /// A text as it is, whatever it begins with: never a formula.
    fn text(&self, sheet: &mut Worksheet, place: (u32, u16), text: &str) -> Result<(), XlsxError> {
        let [look, usual] = [Base::Text, Base::General].map(|base| (base, Paint::Plain));
        self.styles.put(sheet, place, &Value::Text(text), (look, usual))
    }
}

/// The names of all fields, in the order in which they come.
fn field_names<'c>(changes: &[&'c Change]) -> Vec<&'c str> {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in changes.iter().flat_map(|change| &change.fields) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names
}
