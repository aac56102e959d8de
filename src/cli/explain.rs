//! `cartera explain --row N`: one row of a file that is planned for nobody, or of a run that the ledger knows.
//!
//! A file is read as `check` reads it, and nothing is written down. Of a run nothing is opened but the ledger.

use std::path::Path;

use crate::lang::Code;
use crate::ledger::{Ledger, Piece, RunKind, SourceTable, Trace, read_findings};
use crate::mapping::{self, Mapping, bind};
use crate::pipeline::{self, Earlier};
use crate::portfolio::scan::bind_formats;
use crate::portfolio::{BodySettings, BodyUse, joined};
use crate::problem::{Exit, Failure, Place, Result, RowId};
use crate::report::explain::{Explanation, Subject};
use crate::report::explain_page::page;
use crate::settings::Settings;
use crate::source::{Cursor, Form, Row, RowBuffer};
use crate::survey::{Header, Verdict};

use super::args::{ControlArgs, ExplainArgs};
use super::planning::{day_of, read_mapping, spoken_to};
use super::sending::with_ids;
use super::{Desk, workplace};

/// Records of a request that is never made.
const CHUNK_RECORDS: usize = 100;

pub(super) async fn run(desk: &Desk, args: ExplainArgs) -> Result<Exit> {
    let explanation = match &args.run {
        Some(name) => {
            let ledger = desk.ledger().await?;
            of_run(desk, &ledger, name, &args).await?
        }
        None => tokio::task::block_in_place(|| of_file(desk, &args))?,
    };
    if desk.screen.json {
        let result = serde_json::to_string(&explanation);
        let text = result.map_err(|error| Failure::new(Code::Internal).with("reason", error))?;
        desk.screen.result(&format!("{text}\n"));
    } else {
        let zone = desk.settings(desk.given())?.zone;
        desk.screen.result(&page(&explanation, (desk.lang(), &zone)));
    }
    Ok(Exit::Done)
}

/// Plans the file, and keeps what it finds about the row.
fn of_file(desk: &Desk, args: &ExplainArgs) -> Result<Explanation> {
    let control = ControlArgs { as_of: args.as_of, ..ControlArgs::default() };
    let mapping = read_mapping(args.mapping.as_deref(), &control)?;
    let settings = desk.settings(desk.given())?;
    let mut opened = pipeline::open(&args.inputs(), &mapping, &workplace(&settings)?)?;
    let places: Vec<Place> = opened.tables.iter().map(|table| table.place.clone()).collect();
    let at = choose(&places, args)?;
    let id = RowId { table: u16::try_from(at).unwrap_or(u16::MAX), number: args.row };
    let (trace, verdicts) = plan(&mut opened, &settings, id)?;
    let table = &opened.tables[at];
    let mut buffer = RowBuffer::default();
    let read = read_row(table.rows(), (table.table.form, table.header.names.len()), args.row, &mut buffer);
    table.merges.cover(&table.table.text, &mut buffer);
    if let (Err(last), true) = (&read, trace.left_out.is_empty()) {
        return Err(no_row(&places[at], args.row, (table.header.data_row, *last)));
    }
    let subject = Subject {
        mapping: &mapping,
        bound: &table.bound,
        header: &table.header.names,
        table: &table.table.name,
        row: read.is_ok().then(|| Row::of(&table.table.text, &buffer)),
        id,
        verdicts: &verdicts,
        trace: &trace,
        place: &|row: RowId| place_of(&places, row),
        run: None,
        unmasked: args.unmasked,
        lang: desk.lang(),
    };
    Ok(subject.explain())
}

/// Plans what was opened for nobody: what is known of the row, and the formats.
fn plan(opened: &mut pipeline::Opened<'_>, settings: &Settings, id: RowId) -> Result<(Trace, Vec<Verdict>)> {
    let body_bytes_max = settings.max_body.0;
    let (target, dialect) = spoken_to(opened.mapping, settings, "")?;
    let settings = BodySettings {
        target,
        dialect: &dialect,
        chunk_records: CHUNK_RECORDS,
        body_bytes_max,
        break_after: Vec::new(),
        secret: None,
        known: None,
        use_of: BodyUse::Send,
    };
    let mut trace = Trace::default();
    let (mut problems, mut left_out) = (Vec::new(), Vec::new());
    let end = pipeline::plan(opened, settings, &Earlier::default(), &mut |piece| {
        match piece {
            Piece::Findings(kind, body) => {
                let found = read_findings(kind, &body)?;
                problems.extend(found.0.into_iter().filter(|problem| problem.row == id));
                left_out.extend(found.1);
            }
            Piece::Chunk { chunk, .. } => {
                let fragments = chunk.fragments();
                trace.add_record(id, &chunk.records, |ordinal| fragments.get(ordinal).copied());
            }
            Piece::Read { .. }
            | Piece::Block(..)
            | Piece::Held { .. }
            | Piece::Kept { .. }
            | Piece::TakeOver { .. } => {}
        }
        Ok(())
    })?;
    trace.add_findings(id, problems, &left_out);
    Ok((trace, end.verdicts))
}

/// Takes the row from the source blocks of the run, and its way through the chain.
async fn of_run(desk: &Desk, ledger: &Ledger, name: &str, args: &ExplainArgs) -> Result<Explanation> {
    let mut run = ledger.find_run(name).await?;
    let mut tables = ledger.source_tables(run.id).await?;
    if tables.is_empty() && run.root != run.id {
        // A retry has no rows of its own: they are those of the load that it goes on with.
        run = ledger.run(run.root).await?;
        tables = ledger.source_tables(run.id).await?;
    }
    let places: Vec<Place> = tables.iter().map(table_place).collect();
    let at = choose(&places, args)?;
    let (table, id) = (&tables[at], RowId { table: tables[at].ordinal, number: args.row });
    let mapping_path = run.settings["mapping_path"].as_str().unwrap_or("MAPPING.toml");
    let mut mapping = mapping::file::parse(mapping_path, &run.mapping)?;
    mapping.as_of = day_of(&run);
    let header = Header { row: 0, names: table.header.clone(), data_offset: 0, data_row: 0 };
    let bound = bind_known(&mapping, &header, table, &run.verdicts)?;
    let mut trace = ledger.trace(&run, id).await?;
    if let (Some(fragment), Some(step)) = (&trace.fragment, trace.steps.last()) {
        let sent = with_ids(ledger, &ledger.run(step.run).await?, vec![fragment]).await?;
        trace.fragment = sent.into_iter().next();
    }
    let text = ledger.source_text(table, args.row).await?;
    let mut buffer = RowBuffer::default();
    let row = text.as_ref().and_then(|(first, text)| {
        let cursor = Cursor::at(text, table.form, 0, *first);
        let read = read_row(cursor, (table.form, table.header.len()), args.row, &mut buffer);
        read.is_ok().then(|| Row::of(text, &buffer))
    });
    if row.is_none() && trace.left_out.is_empty() {
        let (first, last) = ledger.rows_of(table).await?;
        if run.kind == RunKind::Check && (first..=last).contains(&args.row) {
            return Err(Failure::new(Code::RowNotKept).with("value", args.row).with("run", run.id));
        }
        return Err(no_row(&places[at], args.row, (first, last)));
    }
    let subject = Subject {
        mapping: &mapping,
        bound: &bound,
        header: &table.header,
        table: &table.name,
        row,
        id,
        verdicts: &run.verdicts,
        trace: &trace,
        place: &|row: RowId| place_of(&places, row),
        run: Some(run.id),
        unmasked: args.unmasked,
        lang: desk.lang(),
    };
    Ok(subject.explain())
}

/// The mapping's columns in a table of an earlier run, with the formats decided then.
fn bind_known<'m>(
    mapping: &'m Mapping,
    header: &Header,
    table: &SourceTable,
    verdicts: &[Verdict],
) -> Result<bind::Bound<'m>> {
    let place = table_place(table);
    let role = joined::known_role(mapping, header, &place);
    let mut bound = bind::bind(mapping, header, &place, role)?;
    bind_formats(&mut bound, &table.header, &table.name, verdicts);
    Ok(bound)
}

/// Reads on to a row, and holds it against the header's width; where it is not, the last row that there is.
fn read_row(
    mut cursor: Cursor<'_>,
    (form, width): (Form, usize),
    wanted: u32,
    buffer: &mut RowBuffer,
) -> std::result::Result<(), u32> {
    let mut last = 0;
    while cursor.read(buffer) {
        last = buffer.number;
        if last == wanted {
            if matches!(form, Form::Csv { .. }) {
                buffer.check_width(cursor.text(), width);
            }
            return Ok(());
        }
    }
    Err(last)
}

fn table_place(table: &SourceTable) -> Place {
    Place { file: table.file.clone(), sheet: table.sheet.clone(), ..Place::default() }
}

fn place_of(places: &[Place], row: RowId) -> Place {
    let place = places.get(usize::from(row.table)).cloned().unwrap_or_default();
    Place { row: Some(row.number), ..place }
}

/// The table that the row is in: the only one, or the one that is named.
fn choose(places: &[Place], args: &ExplainArgs) -> Result<usize> {
    let is_file = |place: &Place| {
        args.of_file.as_ref().is_none_or(|file| Path::new(&place.file).ends_with(file) || place.file == *file)
    };
    let is_sheet = |place: &Place| args.sheet.is_none() || place.sheet == args.sheet;
    let fits = |(_, place): &(usize, &Place)| is_file(place) && is_sheet(place);
    let found: Vec<usize> = places.iter().enumerate().filter(fits).map(|(at, _)| at).collect();
    if let [only] = found.as_slice() {
        return Ok(*only);
    }
    let all = places.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Err(Failure::new(Code::TableUnclear).with("value", args.row).with("reason", all))
}

fn no_row(place: &Place, row: u32, (first, last): (u32, u32)) -> Failure {
    let rows = if last < first { "0".to_owned() } else { format!("{first}–{last}") };
    Failure::new(Code::RowNotFound).with("value", row).with("place", place).with("expected", rows)
}
