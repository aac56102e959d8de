//! The first sheet of the report's workbook: the books, why rows are not loaded, and what to do.
//!
//! It has none of the columns by which a report is known, so loading the file passes it by and finds the sheets of
//! rows behind it. Examples in it are masked as everywhere but in those sheets.

use std::ops::Range;

use rust_decimal::Decimal;
use rust_xlsxwriter::{Format, FormatAlign, Worksheet, XlsxError};

use super::causes::{Cause, Causes};
use super::cells::Value;
use super::measures::Measures;
use super::sheet::A4;
use super::terminal::{examples, state_name};
use crate::books::{Books, State, Weight};
use crate::lang::{Lang, Say};
use crate::source::Kind;

/// Widths of the columns, in characters: four figures, the state, then sentences.
const WIDTHS: [u32; 9] = [16, 10, 14, 20, 18, 48, 48, 40, 40];
/// The column of the money, which is hidden where none is counted.
const MONEY: u16 = 3;
/// The first column of sentences.
const SENTENCES: u16 = 5;
/// Characters of a line that are left empty, because a word that does not fit goes to the next one.
const ROOM_FOR_WORDS: usize = 8;
/// The height of a line, in points.
const LINE_HEIGHT: f64 = 15.0;

/// What the first sheet tells.
#[derive(Debug, Clone)]
pub struct Front<'f> {
    /// What it is the report of, and how that ended.
    pub title: String,
    /// The books.
    pub books: &'f Books,
    /// What rows that could be sent are called: unsent in a load, valid in a check.
    pub planned: Say,
    /// What they are counted in.
    pub measures: Measures<'f>,
    /// Why rows are not loaded.
    pub causes: &'f Causes,
}

struct Formats {
    title: Format,
    head: Format,
    figure_head: Format,
    text: Format,
    count: Format,
    money: Format,
    share: Format,
}

struct FrontSheet {
    sheet: Worksheet,
    formats: Formats,
    row: u32,
    lang: Lang,
}

/// Writes the first sheet; its name is the workbook's matter.
pub(super) fn front_sheet(front: &Front<'_>, lang: Lang) -> Result<Worksheet, XlsxError> {
    let top = || Format::new().set_align(FormatAlign::Top);
    let indented = |format: Format| format.set_align(FormatAlign::Left).set_indent(1);
    let head = || top().set_bold().set_background_color("#E7E6E6");
    let formats = Formats {
        title: Format::new().set_bold().set_font_size(14),
        head: indented(head()),
        figure_head: head().set_align(FormatAlign::Right),
        // Not to touch the figure before it.
        text: indented(top()).set_text_wrap(),
        count: top().set_num_format("#,##0"),
        money: top().set_num_format("#,##0.00"),
        share: top().set_num_format("0.0%"),
    };
    let mut page = FrontSheet { sheet: Worksheet::new(), formats, row: 0, lang };
    for (width, column) in WIDTHS.into_iter().zip(0..) {
        page.sheet.set_column_width(column, width)?;
    }
    page.sheet.write_string_with_format(0, 0, &front.title, &page.formats.title)?;
    page.sheet.write_string(1, 0, Say::SheetHow.text(lang))?;
    page.row = 3;
    page.books(front)?;
    page.causes(front.causes, front.measures)?;
    if front.measures.money.is_none() {
        page.sheet.set_column_hidden(MONEY)?;
    }
    page.sheet.set_landscape().set_print_fit_to_pages(1, 0).set_paper_size(A4);
    Ok(page.sheet)
}

impl FrontSheet {
    /// A heading; that of figures stands to the right as they do.
    fn heading<'t>(
        &mut self,
        names: impl Iterator<Item = &'t str>,
        figures: Range<u16>,
    ) -> Result<(), XlsxError> {
        for (name, column) in names.zip(0..) {
            let is_figure = figures.contains(&column);
            let format = if is_figure { &self.formats.figure_head } else { &self.formats.head };
            self.sheet.write_string_with_format(self.row, column, name, format)?;
        }
        self.row += 1;
        Ok(())
    }

    fn text(&mut self, column: u16, text: &str) -> Result<(), XlsxError> {
        self.sheet.write_string_with_format(self.row, column, text, &self.formats.text).map(drop)
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "Excel's numbers are exact up to 2^53, and no file has more rows"
    )]
    fn count(&mut self, column: u16, count: u64) -> Result<(), XlsxError> {
        self.sheet.write_number_with_format(self.row, column, count as f64, &self.formats.count).map(drop)
    }

    /// An amount as a number of Excel, or as a text where that would round it.
    fn money(&mut self, column: u16, amount: Decimal) -> Result<(), XlsxError> {
        match Value::of(Kind::Number, &amount.to_string()) {
            Value::Number(number) => {
                self.sheet.write_number_with_format(self.row, column, number, &self.formats.money).map(drop)
            }
            _ => self.text(column, &self.lang.money(amount)),
        }
    }

    fn books(&mut self, front: &Front<'_>) -> Result<(), XlsxError> {
        let (lang, measures) = (self.lang, front.measures);
        let (records, money) = (measures.records(0, lang), measures.money_heading(lang).unwrap_or_default());
        let names = [Say::BooksState.text(lang), Say::BooksRows.text(lang), &records, &money];
        let lines = measures.has_lines().then(|| measures.lines(0, lang));
        self.heading(names.into_iter().chain(lines.as_deref()), 1..SENTENCES)?;
        let books = front.books;
        let read = Weight {
            rows: books.rows.read,
            records: books.records.read,
            obligations: books.obligations.read,
            money: books.money.read,
        };
        self.weight(Say::StateRead, read, measures)?;
        for state in State::ALL {
            let weight = books.weight_of(state);
            if weight != Weight::default() {
                let name = if state == State::Unsent { front.planned } else { state_name(state) };
                self.weight(name, weight, measures)?;
            }
        }
        self.row += 1;
        Ok(())
    }

    fn weight(&mut self, name: Say, weight: Weight, measures: Measures<'_>) -> Result<(), XlsxError> {
        self.text(0, name.text(self.lang))?;
        self.count(1, weight.rows)?;
        self.count(2, weight.records)?;
        if measures.money.is_some() {
            self.money(MONEY, weight.money)?;
        }
        if measures.has_lines() {
            self.count(4, weight.obligations)?;
        }
        self.row += 1;
        Ok(())
    }

    fn causes(&mut self, causes: &Causes, measures: Measures<'_>) -> Result<(), XlsxError> {
        let Some(headline) = causes.headline(self.lang) else { return Ok(()) };
        self.sheet.write_string_with_format(self.row, 0, headline, &self.formats.title)?;
        self.row += 1;
        let unit = measures.records(0, self.lang);
        self.heading(Say::CausesHeading.with(self.lang, &[("unit", &unit)]).split('|'), 0..MONEY + 1)?;
        causes.list.iter().try_for_each(|cause| self.cause(cause, &causes.total))
    }

    #[expect(clippy::cast_precision_loss, reason = "a share has one decimal place, and a row has few lines")]
    fn cause(&mut self, cause: &Cause, total: &Weight) -> Result<(), XlsxError> {
        self.count(0, cause.weight.rows)?;
        let share = cause.weight.rows as f64 / total.rows.max(1) as f64;
        self.sheet.write_number_with_format(self.row, 1, share, &self.formats.share)?;
        self.count(2, cause.weight.records)?;
        self.money(MONEY, cause.weight.money)?;
        self.text(4, state_name(cause.state).text(self.lang))?;
        let also = if cause.also > 0 {
            format!(" {}", Say::CauseAlso.with(self.lang, &[("rows", &self.lang.count(cause.also))]))
        } else {
            String::new()
        };
        let line = cause.line_text(self.lang).unwrap_or_default();
        let sentences = [format!("{}{also}", cause.what), cause.fix.clone(), line, examples(cause)];
        let mut lines = 1;
        for (sentence, column) in sentences.iter().zip(SENTENCES..) {
            self.text(column, sentence)?;
            let width = WIDTHS[usize::from(column)] as usize - ROOM_FOR_WORDS;
            lines = lines.max(sentence.chars().count().div_ceil(width));
        }
        // Not every program makes a row as high as its wrapped texts need.
        self.sheet.set_row_height(self.row, lines as f64 * LINE_HEIGHT)?;
        self.row += 1;
        Ok(())
    }
}
