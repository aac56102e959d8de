//! `cartera inspect FILE`: what a file really holds, before anybody writes a mapping for it.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use tokio::task::block_in_place;

use crate::lang::{Code, Lang, Say, fill};
use crate::mapping::guess::dictionary::Dictionary;
use crate::mapping::guess::{self, ColumnUse};
use crate::problem::{Exit, Result};
use crate::report::{mask, terminal};
use crate::settings;
use crate::source::{self, Cursor, Form, Row, RowBuffer, SheetChoice, SourceFile, SourceOptions, Table};
use crate::survey::columns::{ColumnKind, ColumnProbe, ColumnVerdict};
use crate::survey::layout::find_header;
use crate::survey::rows::{NotData, RowKinds};
use crate::survey::{Header, Proof};
use crate::target::collections::Collections;

use super::Desk;
use super::args::InspectArgs;
use super::map;
use super::targets::heading;

pub(super) fn run(desk: &Desk, args: &InspectArgs) -> Result<Exit> {
    let options = SourceOptions { sheets: SheetChoice::All, ..SourceOptions::default() };
    let dictionary = Dictionary::with(&settings::synonyms(desk.global.config.as_deref())?);
    let file = block_in_place(|| source::open(Path::new(&args.file), &options))?;
    let mut tables = Vec::with_capacity(file.tables.len());
    for table in &file.tables {
        let header = find_header(table, None, &|name| dictionary.knows(name))?;
        tables.push((table, block_in_place(|| look_at(table, &header, &dictionary)), header));
    }
    if desk.screen.json {
        let tables: Vec<Value> =
            tables.iter().map(|(table, seen, header)| to_json(table, header, seen)).collect();
        let result = json!({
            "file": file.name, "bytes": file.bytes, "fingerprint": file.fingerprint, "tables": tables,
        });
        desk.screen.result(&format!("{result}\n"));
        return Ok(Exit::Done);
    }
    let lang = desk.lang();
    let bytes = lang.count(file.bytes);
    let mut text = String::new();
    terminal::put_line(&mut text, &Say::InspectFile.with(lang, &[("name", &file.name), ("bytes", &bytes)]));
    for (table, seen, header) in &tables {
        text.push('\n');
        text.push_str(&page(&file, table, header, (seen, lang)));
    }
    desk.screen.result(&text);
    Ok(Exit::Done)
}

/// What was seen in a table.
struct Seen {
    rows: u64,
    skipped: BTreeMap<Code, u64>,
    flawed: BTreeMap<Code, u64>,
    columns: Vec<ColumnVerdict>,
    fields: Vec<ColumnUse>,
}

fn look_at(table: &Table, header: &Header, dictionary: &Dictionary) -> Seen {
    let kinds = RowKinds::new(header, Vec::new());
    let mut probes: Vec<ColumnProbe> = header.names.iter().map(|_| ColumnProbe::default()).collect();
    let mut seen = Seen {
        rows: 0,
        skipped: BTreeMap::new(),
        flawed: BTreeMap::new(),
        columns: Vec::new(),
        fields: Vec::new(),
    };
    let mut cursor = Cursor::at(&table.text, table.form, header.data_offset, header.data_row);
    let mut buffer = RowBuffer::default();
    while cursor.read(&mut buffer) {
        seen.rows += 1;
        let row = Row::of(&table.text, &buffer);
        let why = if row.is_blank() { Some(Code::BlankRow) } else { kinds.classify(row).map(NotData::code) };
        if let Some(code) = why {
            *seen.skipped.entry(code).or_default() += 1;
            continue;
        }
        if matches!(table.form, Form::Csv { .. }) {
            buffer.check_width(&table.text, header.names.len());
        }
        let row = Row::of(&table.text, &buffer);
        if let Some(flaw) = row.flaw() {
            *seen.flawed.entry(flaw.code()).or_default() += 1;
            continue;
        }
        for (column, probe) in probes.iter_mut().enumerate() {
            probe.see(row.number(), row.cell(column));
        }
    }
    seen.columns = probes.into_iter().map(ColumnProbe::decide).collect();
    seen.fields = guess::of_table(&Collections, table, header, dictionary).columns;
    seen
}

/// Samples as they may be shown: what could name a person is masked.
fn samples(verdict: &ColumnVerdict) -> Vec<String> {
    let plain = matches!(verdict.kind, ColumnKind::Date | ColumnKind::Amount | ColumnKind::Integer);
    verdict.samples.iter().map(|sample| if plain { sample.clone() } else { mask::text(sample) }).collect()
}

fn to_json(table: &Table, header: &Header, seen: &Seen) -> Value {
    let delimiter = match table.form {
        Form::Csv { delimiter } => Some(char::from(delimiter).to_string()),
        Form::Packed => None,
    };
    let columns: Vec<Value> = header
        .names
        .iter()
        .zip(&seen.columns)
        .zip(&seen.fields)
        .map(|((name, verdict), field)| {
            let (format, proof) =
                verdict.format.clone().map_or((None, None), |(format, proof)| (Some(format), proof));
            let proof = proof.map(|Proof { row, value }| json!({ "row": row, "value": value }));
            json!({
                "column": name, "kind": verdict.kind, "format": format.map(|format| format.to_string()),
                "proof": proof, "open": verdict.open, "filled": verdict.filled, "rows": verdict.rows,
                "distinct": verdict.distinct, "samples": samples(verdict), "damage": verdict.damage,
                "field": map::use_json(field),
            })
        })
        .collect();
    json!({
        "table": table.name, "sheet": table.sheet, "encoding": table.encoding, "delimiter": delimiter,
        "header_row": header.row, "rows": seen.rows, "skipped": seen.skipped, "flawed": seen.flawed, "columns": columns,
    })
}

/// A table on one page.
fn page(file: &SourceFile, table: &Table, header: &Header, (seen, lang): (&Seen, Lang)) -> String {
    let name = table.sheet.as_ref().unwrap_or(&file.name);
    let values = [
        ("name", name.clone()),
        ("encoding", table.encoding.to_owned()),
        ("header", header.row.to_string()),
        ("rows", lang.count(seen.rows)),
        (
            "delimiter",
            match table.form {
                Form::Csv { delimiter: b'\t' } => "TAB".to_owned(),
                Form::Csv { delimiter } => char::from(delimiter).to_string(),
                Form::Packed => String::new(),
            },
        ),
    ];
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    let say = if table.sheet.is_some() { Say::InspectSheet } else { Say::InspectText };
    let mut text = say.with(lang, &values);
    text.push('\n');
    for (code, count) in seen.skipped.iter().chain(&seen.flawed) {
        let what = fill(code.words(lang).what, &[("value", "…"), ("expected", "…")]);
        let line = format!("  {:>6}  {code}: {what}", lang.count(*count));
        terminal::put_line(&mut text, &line);
    }
    let columns = header.names.iter().zip(&seen.columns).zip(&seen.fields);
    let rows: Vec<[String; 7]> =
        columns.map(|((name, verdict), field)| line((name, field), verdict, lang)).collect();
    text.push_str(&terminal::table(&heading(Say::InspectHeading, lang), &rows));
    text
}

fn line((name, field): (&str, &ColumnUse), verdict: &ColumnVerdict, lang: Lang) -> [String; 7] {
    let share = |part: u64, whole: u64| format!("{} %", (part * 100).checked_div(whole).unwrap_or(0));
    let format = match &verdict.format {
        Some((format, Some(proof))) => {
            let values = [("format", format.to_string()), ("row", proof.row.to_string())];
            Say::InspectProof.with(lang, &values.each_ref().map(|(name, value)| (*name, value.as_str())))
        }
        _ if verdict.open => Say::InspectOpen.text(lang).to_owned(),
        _ => String::new(),
    };
    let kind = match verdict.kind {
        ColumnKind::Blank => Say::KindOfNothing,
        ColumnKind::Date => Say::KindOfDates,
        ColumnKind::Amount => Say::KindOfAmount,
        ColumnKind::Integer => Say::KindOfInteger,
        ColumnKind::Email => Say::KindOfEmail,
        ColumnKind::Id => Say::KindOfId,
        ColumnKind::Text => Say::KindOfText,
    };
    let damage = verdict.damage.cells();
    let mut kind = kind.text(lang).to_owned();
    if damage > 0 {
        kind.push_str(&Say::InspectDamage.with(lang, &[("cells", &lang.count(damage))]));
    }
    [
        name.to_owned(),
        map::use_text(field, lang),
        kind,
        format,
        share(verdict.filled, verdict.rows),
        share(verdict.distinct, verdict.filled),
        samples(verdict).join(", "),
    ]
}
