//! `cartera inspect FILE`: what a file really holds, before anybody writes a mapping for it.
//!
//! Every sheet is listed, hidden ones and those that cannot be read included; the visible ones are looked at column
//! by column. What could name a person is masked.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use tokio::task::block_in_place;

use crate::lang::{Code, Lang};
use crate::mapping::guess::beside::Beside;
use crate::mapping::guess::dictionary::Dictionaries;
use crate::mapping::guess::fitting::{self, Best, Fitting, Whole};
use crate::mapping::guess::{self, ColumnUse, Guess, Looked};
use crate::problem::{Exit, Failure, Place, Result};
use crate::report::mask;
use crate::source::{
    self, Cursor, Dialect, Flaw, Form, Row, RowBuffer, SheetChoice, SourceFile, SourceOptions, Table,
    Visibility, is_formula_error,
};
use crate::survey::Proof;
use crate::survey::columns::{ColumnKind, ColumnVerdict};
use crate::survey::layout::guess_header;
use crate::survey::rows::{NotData, RowKinds};
use crate::synonyms;
use crate::target::Target;

use super::args::InspectArgs;
use super::inspect_page::page;
use super::map_page::{self, beside_json, fit_json, joined_json};
use super::targets::wanted;
use super::{Desk, workplace};

pub(super) fn run(desk: &Desk, args: &InspectArgs) -> Result<Exit> {
    let options = SourceOptions { sheets: SheetChoice::Every, ..SourceOptions::default() };
    let asked = args.map_target.as_deref().map(|name| wanted(name, "--target")).transpose()?;
    let dictionaries = Dictionaries::with(&synonyms::read(desk.global.config.as_deref())?);
    let workplace = workplace(&desk.settings(desk.given())?)?;
    let file = block_in_place(|| source::open(Path::new(&args.file), &options, &workplace))?;
    let seen = block_in_place(|| look_at_all(&file, &dictionaries, asked))?;
    let lang = desk.lang();
    let result = if desk.screen.json { format!("{}\n", to_json(&seen, lang)) } else { page(&seen, lang) };
    desk.screen.result(&result);
    Ok(Exit::Done)
}

/// What was seen in a file.
pub(super) struct Seen<'f> {
    pub(super) file: &'f SourceFile,
    /// Its sheets, in their order; none in a CSV.
    pub(super) sheets: Vec<SheetSeen<'f>>,
    /// Its tables: what can be loaded of it.
    pub(super) tables: Vec<TableSeen<'f>>,
    /// What it seems to be for.
    pub(super) best: Best,
    /// Whether somebody asked for the target.
    pub(super) is_asked: bool,
}

impl Seen<'_> {
    /// Of two tables that belong together the sheets and the columns that join them, and the share of the obligations
    /// whose debtor is there.
    pub(super) fn joined(&self) -> Option<([(&str, &str); 2], u64)> {
        let Whole::Joined(join) = self.best.whole else { return None };
        let side = |(at, key): (usize, usize)| {
            let looked = &self.tables[at].looked;
            (looked.table.sheet.as_deref().unwrap_or_default(), looked.header.names[key].as_str())
        };
        Some(([side(join.debtors), side(join.obligations)], join.share))
    }
}

/// A sheet from outside.
pub(super) struct SheetSeen<'f> {
    pub(super) name: &'f str,
    pub(super) visibility: Visibility,
    /// Number of its last row, and its widest row.
    pub(super) rows: u32,
    pub(super) columns: usize,
    /// Whether it is the one that is loaded, whatever the mapping says.
    pub(super) chosen: bool,
    /// Why it cannot be read.
    pub(super) failure: Option<&'f Failure>,
}

/// A table from inside.
pub(super) struct TableSeen<'f> {
    pub(super) table: &'f Table,
    pub(super) looked: Looked<'f>,
    pub(super) rows: u64,
    pub(super) skipped: BTreeMap<Code, u64>,
    pub(super) flawed: BTreeMap<Code, Flawed>,
    /// Rows with something in them that the sheet hides, and merges that reach below the header.
    pub(super) hidden_rows: u64,
    pub(super) merges: usize,
    /// Of a CSV: its delimiter, and what shows it.
    pub(super) dialect: Option<(u8, Dialect)>,
    /// For each column, the field that it seems to be.
    pub(super) fields: Vec<ColumnUse>,
    /// Lines that stand beside each other.
    pub(super) beside: Option<Beside>,
    /// How it fits each target by itself, the best first; empty where it belongs to another table.
    pub(super) fittings: Vec<Fitting>,
}

/// Rows with the same thing wrong in their shape.
pub(super) struct Flawed {
    pub(super) rows: u64,
    /// The first of them, and what is wrong there.
    pub(super) first: (u32, Flaw),
}

impl TableSeen<'_> {
    /// How many column names have broken accents.
    pub(super) fn broken_headers(&self) -> usize {
        self.looked.header.names.iter().filter(|name| source::is_broken(name)).count()
    }

    /// The names of the columns, with what the values of each say.
    pub(super) fn columns(&self) -> impl Iterator<Item = (&String, &ColumnVerdict)> {
        let verdicts = self.looked.columns.iter().map(|column| &column.verdict);
        self.looked.header.names.iter().zip(verdicts)
    }
}

fn look_at_all<'f>(
    file: &'f SourceFile,
    dictionaries: &Dictionaries,
    asked: Option<&'static dyn Target>,
) -> Result<Seen<'f>> {
    let visible = |table: &&Table| table.notes.visibility == Visibility::Visible;
    let single = file.tables.iter().filter(visible).count() == 1;
    let sheets = file.tables.iter().filter_map(|table| {
        let name = table.sheet.as_deref()?;
        let (rows, columns) = size(table);
        let chosen = single && visible(&table);
        let (visibility, failure) = (table.notes.visibility, table.unread.as_ref());
        Some(SheetSeen { name, visibility, rows, columns, chosen, failure })
    });
    let mut looked = Vec::new();
    let mut nothing = Failure::new(Code::FileEmpty).with("value", &file.name);
    for table in file.tables.iter().filter(visible).filter(|table| table.unread.is_none()) {
        match guess_header(table, &|name| dictionaries.knows(name)) {
            Ok(header) => looked.push(Looked::at(table, header)),
            Err(failure) => {
                let place = Place { file: file.name.clone(), sheet: table.sheet.clone(), ..Place::default() };
                nothing = failure.within(&place);
            }
        }
    }
    let Some(best) = fitting::of_file(&looked, dictionaries, asked) else {
        return Err(file.tables.iter().find_map(|table| table.unread.clone()).unwrap_or(nothing));
    };
    let tables = looked.into_iter().enumerate().map(|(at, looked)| {
        let side = best.whole.sides().into_iter().find(|(table, side)| *table == at && side.is_some());
        let fittings = if side.is_some() { &best.fittings } else { &best.alone[at] };
        let target = fittings[0].target;
        let side = side.and_then(|(_, side)| side);
        let guess = guess::of_table(target, &looked, side, dictionaries.of(target));
        let fittings = if side.is_some() { Vec::new() } else { fittings.clone() };
        look_at(looked, guess, fittings)
    });
    let tables = tables.collect();
    Ok(Seen { file, sheets: sheets.collect(), tables, best, is_asked: asked.is_some() })
}

fn size(table: &Table) -> (u32, usize) {
    let (mut cursor, mut buffer) = (Cursor::at(&table.text, table.form, 0, 1), RowBuffer::default());
    let (mut rows, mut columns) = (0, 0);
    while cursor.read(&mut buffer) {
        let row = Row::of(&table.text, &buffer);
        (rows, columns) = (row.number(), columns.max(row.width()));
    }
    (rows, columns)
}

fn look_at(looked: Looked<'_>, guess: Guess, fittings: Vec<Fitting>) -> TableSeen<'_> {
    let Looked { table, header, .. } = &looked;
    let kinds = RowKinds::new(header, Vec::new());
    let (mut rows, mut hidden_rows) = (0, 0);
    let (mut skipped, mut flawed): (BTreeMap<Code, u64>, BTreeMap<Code, Flawed>) = Default::default();
    let mut cursor = Cursor::at(&table.text, table.form, header.data_offset, header.data_row);
    let mut buffer = RowBuffer::default();
    while cursor.read(&mut buffer) {
        rows += 1;
        let row = Row::of(&table.text, &buffer);
        hidden_rows += u64::from(table.notes.hides(row.number()));
        let why = if row.is_blank() { Some(Code::BlankRow) } else { kinds.classify(row).map(NotData::code) };
        if let Some(code) = why {
            *skipped.entry(code).or_default() += 1;
            continue;
        }
        if matches!(table.form, Form::Csv { .. }) {
            buffer.check_width(&table.text, header.names.len());
        }
        let row = Row::of(&table.text, &buffer);
        if let Some(flaw) = row.flaw() {
            let first = Flawed { rows: 0, first: (row.number(), flaw) };
            flawed.entry(flaw.code()).or_insert(first).rows += 1;
        }
    }
    let merges = table.notes.merges.iter().filter(|(_, _, bottom, _)| *bottom > header.row).count();
    let dialect = match table.form {
        Form::Csv { delimiter } => Some((delimiter, Dialect::of(&table.text, delimiter))),
        Form::Packed => None,
    };
    let Guess { columns: fields, beside, .. } = guess;
    TableSeen { table, looked, rows, skipped, flawed, hidden_rows, merges, dialect, fields, beside, fittings }
}

/// Samples as they may be shown: what could name a person is masked.
pub(super) fn samples(verdict: &ColumnVerdict) -> Vec<String> {
    verdict.samples.iter().map(|sample| shown(verdict, sample)).collect()
}

/// A value as it may be shown.
pub(super) fn shown(verdict: &ColumnVerdict, value: &str) -> String {
    match verdict.kind {
        _ if is_formula_error(value) => value.to_owned(),
        ColumnKind::Date | ColumnKind::Amount | ColumnKind::Percent | ColumnKind::Integer => value.to_owned(),
        ColumnKind::Blank | ColumnKind::Email | ColumnKind::Id | ColumnKind::Text => mask::text(value),
    }
}

fn to_json(seen: &Seen<'_>, lang: Lang) -> Value {
    let file = seen.file;
    let sheet = |sheet: &SheetSeen<'_>| {
        json!({
            "sheet": sheet.name, "visibility": sheet.visibility, "rows": sheet.rows, "columns": sheet.columns,
            "chosen": sheet.chosen, "error": sheet.failure.map(|failure| failure.what(lang)),
        })
    };
    json!({
        "file": file.name, "bytes": file.bytes, "fingerprint": file.fingerprint,
        "container": file.container, "compressed": file.unpacked,
        "sheets": seen.sheets.iter().map(sheet).collect::<Vec<_>>(),
        "target": seen.best.fittings[0].target.name(), "joined": seen.joined().map(joined_json),
        "tables": seen.tables.iter().map(|table| table_json(table, lang)).collect::<Vec<_>>(),
    })
}

fn table_json(seen: &TableSeen<'_>, lang: Lang) -> Value {
    let table = seen.table;
    let columns: Vec<Value> = seen
        .columns()
        .zip(&seen.fields)
        .enumerate()
        .map(|(at, ((name, verdict), field))| {
            column_json((name, table.notes.hides_column(at)), verdict, field)
        })
        .collect();
    let flawed: BTreeMap<Code, u64> = seen.flawed.iter().map(|(code, flawed)| (*code, flawed.rows)).collect();
    let first_flawed = |(code, flawed): (&Code, &Flawed)| {
        let (row, (value, expected)) = (flawed.first.0, flawed.first.1.values());
        (code.as_str(), json!({ "row": row, "value": value, "expected": expected }))
    };
    let first_flawed: BTreeMap<_, _> = seen.flawed.iter().map(first_flawed).collect();
    json!({
        "table": table.name, "sheet": table.sheet, "encoding": table.encoding, "confidence": table.confidence,
        "delimiter": seen.dialect.map(|(delimiter, _)| char::from(delimiter).to_string()),
        "dialect": seen.dialect.map(|(_, dialect)| dialect),
        "fits": seen.fittings.iter().map(|fitting| fit_json(fitting, lang)).collect::<Vec<_>>(),
        "side_by_side": seen.beside.as_ref().map(beside_json), "header_row": seen.looked.header.row, "rows": seen.rows, "skipped": seen.skipped, "flawed": flawed,
        "first_flawed": first_flawed,
        "hidden_rows": seen.hidden_rows, "filtered": table.notes.filtered, "merges": seen.merges,
        "broken_headers": seen.broken_headers(), "columns": columns,
    })
}

fn column_json((name, hidden): (&str, bool), verdict: &ColumnVerdict, field: &ColumnUse) -> Value {
    let (format, proof) =
        verdict.format.clone().map_or((None, None), |(format, proof)| (Some(format), proof));
    let proof = proof.map(|Proof { row, value }| json!({ "row": row, "value": shown(verdict, &value) }));
    json!({
        "column": name, "hidden": hidden, "kind": verdict.kind, "format": format.map(|format| format.to_string()),
        "proof": proof, "open": verdict.open, "filled": verdict.filled, "rows": verdict.rows,
        "distinct": verdict.distinct, "samples": samples(verdict), "damage": verdict.damage,
        "field": map_page::use_json(field),
    })
}
