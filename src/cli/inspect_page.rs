//! What `inspect` shows a person, in 80 columns: the file, its sheets, and a page for each table.
//!
//! Texts alone; nothing is looked at here that was not seen before.

use crate::lang::{Code, Lang, Say, fill};
use crate::report::terminal::{self, cut};
use crate::source::{Confidence, Visibility};
use crate::survey::columns::{ColumnKind, ColumnVerdict};

use super::inspect::{Flawed, Seen, SheetSeen, TableSeen, samples, shown};
use super::map_page::{beside_text, fits_text, joined_text, use_text};
use super::targets::heading;

/// The width of a terminal that everybody has.
const WIDTH: usize = 80;
/// The most that a column's name takes, and the least that its samples need.
const NAME_WIDTH: usize = 19;
/// The most that a format takes.
const FORMAT_WIDTH: usize = 12;
const SAMPLES_WIDTH: usize = 8;
/// What the reason why a sheet cannot be read may take.
const REASON_WIDTH: usize = 30;
/// What a column's field may take.
const FIELD_WIDTH: usize = 50;

/// All that was seen.
pub(super) fn page(seen: &Seen<'_>, lang: Lang) -> String {
    let say = if seen.file.unpacked { Say::InspectUnpacked } else { Say::InspectFile };
    let bytes = lang.count(seen.file.bytes);
    let values = [("name", seen.file.name.as_str()), ("container", seen.file.container), ("bytes", &bytes)];
    let mut text = format!("{}\n", say.with(lang, &values));
    text.push_str(&sheets(seen, lang));
    if let Some(joined) = seen.joined() {
        let fits = fits_text(&seen.best.fittings[..1], seen.is_asked, lang);
        text.push('\n');
        put_lines(&mut text, joined_text(joined, lang).into_iter().chain(fits));
    }
    for table in &seen.tables {
        text.push('\n');
        text.push_str(&table_page(table, seen.is_asked, lang));
    }
    text
}

fn sheets(seen: &Seen<'_>, lang: Lang) -> String {
    let sheets = &seen.sheets;
    if sheets.is_empty() {
        return String::new();
    }
    let rows: Vec<[String; 4]> = sheets.iter().map(|sheet| sheet_line(sheet, lang)).collect();
    let mut text = format!("\n{}", terminal::table(&heading(Say::InspectSheetsHeading, lang), &rows));
    let say = if sheets.iter().any(|sheet| sheet.chosen) { Say::InspectChosen } else { Say::InspectSeveral };
    if seen.joined().is_none() {
        terminal::put_line(&mut text, &format!("  {}", say.text(lang)));
    }
    text
}

fn sheet_line(sheet: &SheetSeen<'_>, lang: Lang) -> [String; 4] {
    let state = match sheet.visibility {
        Visibility::Visible => Say::SheetVisible,
        Visibility::Hidden => Say::SheetHidden,
        Visibility::VeryHidden => Say::SheetVeryHidden,
    };
    let state = match sheet.failure {
        Some(failure) => Say::SheetUnread.with(lang, &[("reason", &cut(&failure.what(lang), REASON_WIDTH))]),
        None => state.text(lang).to_owned(),
    };
    let mark = if sheet.chosen { "→ " } else { "" };
    let columns = lang.count(sheet.columns as u64);
    [format!("{mark}{}", sheet.name), state, lang.count(u64::from(sheet.rows)), columns]
}

fn table_page(seen: &TableSeen<'_>, is_asked: bool, lang: Lang) -> String {
    let table = seen.table;
    let encoding = match table.confidence {
        Confidence::Certain => Say::EncodingCertain,
        Confidence::Likely => Say::EncodingLikely,
    };
    let encoding = encoding.with(lang, &[("name", table.encoding)]);
    let (header, rows) = (seen.looked.header.row.to_string(), lang.count(seen.rows));
    let values =
        [("name", table.name.as_str()), ("encoding", &encoding), ("header", &header), ("rows", &rows)];
    let say = if table.sheet.is_some() { Say::InspectSheet } else { Say::InspectText };
    let mut text = format!("{}\n", say.with(lang, &values));
    text.push_str(&dialect(seen, lang));
    text.push_str(&columns(seen, lang));
    text.push('\n');
    let fits = fits_text(&seen.fittings, is_asked, lang);
    let beside = seen.beside.iter().flat_map(|beside| beside_text(beside, lang));
    put_lines(&mut text, fits.into_iter().chain(beside));
    text.push_str(&fields(seen, lang));
    text.push_str(&proofs(seen, lang));
    for (count, what) in findings(seen, lang) {
        terminal::put_line(&mut text, &format!("  {:>6}  {}", lang.count(count), cut(&what, WIDTH - 10)));
    }
    text
}

fn dialect(seen: &TableSeen<'_>, lang: Lang) -> String {
    let Some((delimiter, dialect)) = seen.dialect else { return String::new() };
    let delimiter = if delimiter == b'\t' { "TAB".to_owned() } else { char::from(delimiter).to_string() };
    let count = |number: usize| lang.count(number as u64);
    let (even, rows, width) = (count(dialect.even_rows), count(dialect.rows), count(dialect.width));
    let values = [("delimiter", delimiter.as_str()), ("even", &even), ("rows", &rows), ("width", &width)];
    let say = if dialect.named { Say::InspectDelimiterNamed } else { Say::InspectDelimiter };
    let (quoted, cells, doubled) = (count(dialect.quoted), count(dialect.cells), count(dialect.doubled));
    let values_of_quotes = [("quoted", quoted.as_str()), ("cells", &cells), ("doubled", &doubled)];
    format!("{}\n{}\n", say.with(lang, &values), Say::InspectQuotes.with(lang, &values_of_quotes))
}

/// The columns, one a line; samples take the room that is left.
fn columns(seen: &TableSeen<'_>, lang: Lang) -> String {
    let mut rows: Vec<[String; 6]> =
        seen.columns().map(|(name, verdict)| line(name, verdict, lang)).collect();
    let heading: [String; 6] = heading(Say::InspectHeading, lang);
    let width = |column: usize| {
        let cells = rows.iter().chain([&heading]).map(|row| row[column].chars().count());
        cells.max().unwrap_or(0)
    };
    let taken: usize = (0..5).map(|column| width(column) + 2).sum::<usize>() + 2;
    let room = WIDTH.saturating_sub(taken).max(SAMPLES_WIDTH);
    rows.iter_mut().zip(seen.columns()).for_each(|(row, (_, verdict))| row[5] = samples_in(verdict, room));
    terminal::table(&heading, &rows)
}

/// As many samples as there is room for, whole ones where one fits.
fn samples_in(verdict: &ColumnVerdict, room: usize) -> String {
    let all = samples(verdict);
    let whole = (1..=all.len()).rev().map(|count| all[..count].join(", "));
    let fitting = whole.into_iter().find(|text| text.chars().count() <= room);
    fitting.unwrap_or_else(|| cut(all.first().map_or("", String::as_str), room))
}

/// The field that each column seems to be.
fn fields(seen: &TableSeen<'_>, lang: Lang) -> String {
    let named = seen.looked.header.names.iter().zip(&seen.fields);
    let rows: Vec<[String; 2]> = named
        .map(|(name, field)| [cut(name, NAME_WIDTH), cut(&use_text(field, lang), FIELD_WIDTH)])
        .collect();
    terminal::table(&heading(Say::InspectFields, lang), &rows)
}

/// What proves each format, one a line.
fn proofs(seen: &TableSeen<'_>, lang: Lang) -> String {
    let mut text = String::new();
    for (name, verdict) in seen.columns() {
        let Some((format, Some(proof))) = &verdict.format else { continue };
        let (format, row) = (format.to_string(), proof.row.to_string());
        let (name, value) = (cut(name, NAME_WIDTH), shown(verdict, &proof.value));
        let values = [("column", name.as_str()), ("format", &format), ("row", &row), ("value", &value)];
        terminal::put_line(&mut text, &cut(&format!("  {}", Say::FormatProved.with(lang, &values)), WIDTH));
    }
    text
}

/// Lines as far as there is room for them.
fn put_lines(text: &mut String, lines: impl Iterator<Item = String>) {
    lines.for_each(|line| terminal::put_line(text, &cut(&line, WIDTH)));
}

fn line(name: &str, verdict: &ColumnVerdict, lang: Lang) -> [String; 6] {
    let share = |part: u64, whole: u64| lang.share(part.into(), whole.into());
    let format = match &verdict.format {
        Some((format, _)) => cut(&format.to_string(), FORMAT_WIDTH),
        None if verdict.open => Say::InspectOpen.text(lang).to_owned(),
        None => String::new(),
    };
    let kind = match verdict.kind {
        ColumnKind::Blank => Say::KindOfNothing,
        ColumnKind::Date => Say::KindOfDates,
        ColumnKind::Amount => Say::KindOfAmount,
        ColumnKind::Percent => Say::KindOfPercent,
        ColumnKind::Integer => Say::KindOfInteger,
        ColumnKind::Email => Say::KindOfEmail,
        ColumnKind::Id => Say::KindOfCode,
        ColumnKind::Text => Say::KindOfText,
    };
    [
        cut(name, NAME_WIDTH),
        kind.text(lang).to_owned(),
        format,
        share(verdict.filled, verdict.rows),
        share(verdict.distinct, verdict.filled),
        String::new(),
    ]
}

/// What a person should know before loading: rows that are no data, flaws, damage; each with its count.
fn findings(seen: &TableSeen<'_>, lang: Lang) -> Vec<(u64, String)> {
    let mut found: Vec<(u64, String)> =
        seen.flawed.iter().map(|(code, flawed)| (flawed.rows, first_of(*code, flawed, lang))).collect();
    let mut add = |count: u64, say: Say, column: &str| {
        let shown = lang.count(count);
        found.push((count, say.with(lang, &[("count", &shown), ("column", column)])));
    };
    for (code, count) in &seen.skipped {
        add(*count, of_rows(*code), code.as_str());
    }
    let hidden = if seen.table.notes.filtered { Say::DamageFiltered } else { Say::DamageHidden };
    add(seen.hidden_rows, hidden, "");
    add(seen.merges as u64, Say::DamageMerges, "");
    add(seen.broken_headers() as u64, Say::DamageHeaders, "");
    for (at, (name, verdict)) in seen.columns().enumerate() {
        let damage = verdict.damage;
        let hidden = if seen.table.notes.hides_column(at) { verdict.filled } else { 0 };
        let kinds = [
            (hidden, Say::DamageHiddenColumn),
            (damage.error_cells, Say::DamageErrors),
            (damage.uncalculated, Say::DamageUncalculated),
            (damage.undecodable, Say::DamageUndecodable),
            (damage.broken_text, Say::DamageBroken),
            (damage.scientific, Say::DamageScientific),
            (damage.digits_lost, Say::DamageDigits),
        ];
        for (count, say) in kinds {
            add(count, say, name);
        }
    }
    found.retain(|(count, _)| *count > 0);
    found
}

/// What rows of a code are called where there are several of them.
fn of_rows(code: Code) -> Say {
    match code {
        Code::BlankRow => Say::DamageBlankRows,
        Code::TotalRow => Say::DamageTotals,
        Code::RepeatedHeader => Say::DamageRepeated,
        _ => Say::DamageOther,
    }
}

/// What is wrong with the shape of rows, as it is in the first of them.
fn first_of(code: Code, flawed: &Flawed, lang: Lang) -> String {
    let (row, (value, expected)) = (flawed.first.0.to_string(), flawed.first.1.values());
    let what = fill(code.words(lang).what, &[("value", value.as_str()), ("expected", &expected)]);
    Say::InspectFirstRow.with(lang, &[("row", row.as_str()), ("what", &what)])
}
