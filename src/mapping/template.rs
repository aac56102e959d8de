//! An empty workbook with a target's headers, to send to a creditor who asks how to send the data.
//!
//! Above each header stands what goes there; the columns are formatted so that Excel keeps the zeros of an
//! identification and a date is a date. `map` reads a filled one by its headers, which are the CRM's own names.
//! The same target gives the same bytes, and nothing is written to disk here.

use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, XlsxError};

use super::schema;
use crate::lang::{Lang, Say};
use crate::target::{FieldKind, Target};

/// Rows of help above the header, counted from 0.
const HELP_ROW: u32 = 0;
/// The row of the headers, counted from 0.
const HEADER_ROW: u32 = 1;

/// The workbook's bytes.
///
/// # Errors
/// Whatever the writing library fails with; a full memory is not among it.
pub fn workbook(target: &dyn Target, lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let properties = DocProperties::new().set_author("cartera");
    workbook.set_properties(&properties.set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?));
    let sheet = workbook.add_worksheet().set_name(Say::TemplateSheet.text(lang))?;
    let help =
        Format::new().set_italic().set_text_wrap().set_align(FormatAlign::Top).set_font_color(Color::Gray);
    let header = Format::new().set_bold();
    for (column, field) in (0..).zip(target.fields()) {
        sheet.set_column_format(column, &cells(field.kind))?;
        sheet.set_column_width(column, 24.0)?;
        sheet.write_string_with_format(HELP_ROW, column, schema::about(field, lang), &help)?;
        sheet.write_string_with_format(HEADER_ROW, column, field.name, &header)?;
    }
    sheet.set_freeze_panes(HEADER_ROW + 1, 0)?;
    workbook.save_to_buffer()
}

/// How a column's cells are formatted: as text where a digit must not be lost.
fn cells(kind: FieldKind) -> Format {
    let format = match kind {
        FieldKind::Id
        | FieldKind::Text
        | FieldKind::Email
        | FieldKind::Phone
        | FieldKind::Boolean
        | FieldKind::Files
        | FieldKind::Choice(_) => "@",
        FieldKind::Date => "yyyy-mm-dd",
        FieldKind::Moment => "yyyy-mm-dd hh:mm:ss",
        FieldKind::Amount => "#,##0.00",
        FieldKind::Integer => "0",
    };
    Format::new().set_num_format(format)
}
