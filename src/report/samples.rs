//! Evidence for the tests of the report. All people and banks in it are invented.

use rust_xlsxwriter::XlsxError;

use super::causes::{Causes, Telling};
use super::front_sheet::Front;
use super::measures::Measures;
use super::rows_csv::errors_csv;
use super::workbook::{Limits, with_limits};
use crate::books::{Books, State, Weight};
use crate::lang::{Code, Lang, Say};
use crate::ledger::{Evidence, FailedRow, SourceTable};
use crate::problem::{LeftOut, LeftOutState, Problem, RowId, Severity};
use crate::source::{Form, Kind};

pub(super) fn table(name: &str, form: Form, header: &[&str]) -> SourceTable {
    let sheet = matches!(form, Form::Packed).then(|| name.to_owned());
    let file = if sheet.is_some() { "banco-a.xlsx".to_owned() } else { format!("{name}.csv") };
    let header = header.iter().map(|&name| name.to_owned()).collect();
    SourceTable { run: 7, ordinal: 0, name: name.to_owned(), file, sheet, form, header }
}

pub(super) fn row(number: u32, state: State, code: Code, cells: &[(Kind, &str)]) -> FailedRow {
    let cells = cells.iter().copied().collect();
    let weight = Weight { rows: 1, records: 1, obligations: 1, money: rust_decimal::Decimal::from(number) };
    FailedRow {
        number,
        state,
        code,
        detail: String::new(),
        problems: Vec::new(),
        cells,
        weight,
        record: None,
    }
}

/// An error in a cell: its column, its field and the value found, with what was expected.
pub(super) fn problem(
    number: u32,
    code: Code,
    column: u16,
    (field, value, expected): (&str, &str, &str),
) -> Problem {
    let problem = Problem::error(RowId { table: 0, number }, code);
    Problem {
        column: Some(column),
        field: field.to_owned(),
        value: value.to_owned(),
        expected: expected.to_owned(),
        ..problem
    }
}

pub(super) fn skipped(number: u32, rows: u32, code: Code, expected: &str) -> LeftOut {
    LeftOut {
        row: RowId { table: 0, number },
        rows,
        lines: 0,
        state: LeftOutState::Skipped,
        code,
        expected: expected.to_owned(),
        money: Some(rust_decimal::Decimal::ZERO),
        record: None,
    }
}

/// The evidence of one table.
pub(super) fn evidence(table: SourceTable, failed: Vec<FailedRow>) -> Evidence {
    Evidence {
        tables: vec![table],
        failed: vec![failed],
        pending: vec![Vec::new()],
        skipped: vec![Vec::new()],
        warnings: Vec::new(),
    }
}

/// A sheet with an invalid row of two errors and a warning, the row that goes with it, and a rejected one.
pub(super) fn portfolio() -> Evidence {
    use Kind::{Blank, Bool, Date, Error, Moment, Number, Text};
    let header = ["Cédula", "Nombre", "Saldo total", "Fecha vencimiento", "Último pago", "Activo", "Correo"];
    let table = table("Cartera", Form::Packed, &header);
    let mut invalid = row(
        5,
        State::Invalid,
        Code::BadAmount,
        &[
            (Text, "0012345678"),
            (Text, "Ana Ñungo"),
            (Text, "doce mil"),
            (Text, "31/02/2026"),
            (Blank, ""),
            (Bool, "TRUE"),
            (Text, "=ana@example.com"),
        ],
    );
    invalid.problems = vec![
        problem(5, Code::BadAmount, 2, ("total_balance", "doce mil", "1.234,56")),
        problem(5, Code::BadDate, 3, ("expiring_date", "31/02/2026", "DD/MM/YYYY")),
        Problem {
            severity: Severity::Warning,
            ..problem(5, Code::BadEmail, 6, ("Email", "=ana@example.com", ""))
        },
    ];
    let mut context = row(
        6,
        State::Invalid,
        Code::Context,
        &[
            (Text, "0012345678"),
            (Text, "Ana Ñungo"),
            (Number, "1530000.5"),
            (Date, "2026-03-15"),
            (Moment, "2026-01-02T13:45:30"),
            (Bool, "FALSE"),
            (Text, "ana@example.com"),
        ],
    );
    context.detail = "5".to_owned();
    let mut rejected = row(
        9,
        State::Rejected,
        Code::CrmRejected,
        &[(Blank, ""), (Text, "Luis Peña"), (Number, "20"), (Date, "2026-04-01"), (Error, "#N/A")],
    );
    rejected.detail = "Email duplicado".to_owned();
    let mut evidence = evidence(table, vec![invalid, context, rejected]);
    evidence.pending[0].push(row(12, State::Unsent, Code::Unsent, &[(Text, "0077"), (Text, "Eva Ruiz")]));
    evidence.skipped[0].push(skipped(20, 3, Code::BlankRow, ""));
    evidence.skipped[0].push(skipped(31, 1, Code::DuplicateIdentical, "30"));
    evidence
}

/// The workbook of some evidence, whose first sheet tells of its causes.
pub(super) fn with_front(evidence: &Evidence, run: i64, lang: Lang) -> Result<Vec<u8>, XlsxError> {
    with_front_limited(evidence, (run, lang), Limits { rows: 1_048_575, notes: 2_000 })
}

pub(super) fn with_front_limited(
    evidence: &Evidence,
    (run, lang): (i64, Lang),
    limits: Limits,
) -> Result<Vec<u8>, XlsxError> {
    let causes = Causes::of(evidence, Telling { run, mapping: None, unmasked: false, lang });
    let books = Books::default();
    let title = format!("{} {run}", Say::FactRun.text(lang));
    let front = Front {
        title,
        books: &books,
        planned: Say::StateUnsent,
        measures: Measures::of_target("collections"),
        causes: &causes,
    };
    let mut workbook = Vec::new();
    with_limits(evidence, &front, (run, lang, &std::env::temp_dir()), limits, &mut workbook)?;
    Ok(workbook)
}

/// The CSV of a table of some evidence.
pub(super) fn csv_of(evidence: &Evidence, table: usize, run: i64, lang: Lang) -> Vec<u8> {
    let mut csv = Vec::new();
    errors_csv(evidence, table, (run, lang), &mut csv).unwrap();
    csv
}
