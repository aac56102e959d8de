//! What happens to a portfolio after it is loaded: `luna-*.csv`, about the debtors of `almacenes-luna.csv`.
//!
//! Payments of the day, new obligations, managements of another dialler, cases with two attachments, activities to do,
//! and a module of the operation's own. Each has a twin with mistakes; `luna-faulty.expected.csv` names each of them. The
//! attachments are the smallest files of their kinds.

use crate::Outcome;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Rows of each file.
const ROWS: usize = 12;

/// A debtor of the portfolio, with an obligation.
struct Debtor {
    identification: String,
    name: String,
    email: String,
    obligation: String,
}

/// Writes a row of a file.
type WriteRow = fn(usize, &Debtor) -> String;

/// A mistake of a twin: the row as a spreadsheet shows it, the column, the code, and what stands there instead.
struct Mistake {
    row: usize,
    column: &'static str,
    code: &'static str,
    cell: &'static str,
}

const fn mistake(row: usize, column: &'static str, code: &'static str, cell: &'static str) -> Mistake {
    Mistake { row, column, code, cell }
}

const PAYMENTS: [Mistake; 3] = [
    mistake(4, "Pago", "bad-amount", "cien mil"),
    mistake(6, "Documento", "missing-required", ""),
    mistake(9, "Fecha de pago", "bad-date", "31/02/2026"),
];
const OBLIGATIONS: [Mistake; 3] = [
    mistake(3, "Obligación", "missing-required", ""),
    mistake(5, "Vence", "bad-date", "mañana"),
    mistake(8, "Mora", "bad-integer", "nueve"),
];
const MANAGEMENTS: [Mistake; 3] = [
    mistake(2, "Resultado", "value-not-mapped", "Se mudó"),
    mistake(7, "Teléfono", "bad-phone", "no tiene"),
    mistake(10, "Documento", "missing-required", ""),
];
const CASES: [Mistake; 4] = [
    mistake(3, "Archivos", "attachment-missing", "luna-carta.pdf; luna-otra.png"),
    mistake(5, "Solución", "missing-required", ""),
    mistake(7, "Correo", "bad-email", "cliente"),
    mistake(9, "Archivos", "attachment-kind", "make.rs"),
];
const ACTIVITIES: [Mistake; 3] = [
    mistake(4, "Prioridad", "value-not-mapped", "Urgentísima"),
    mistake(6, "Avisar", "bad-boolean", "quizás"),
    mistake(11, "Cuándo", "bad-date", "2026-11-31 09:00"),
];
const SALES: [Mistake; 2] =
    [mistake(5, "Valor", "bad-amount", "gratis"), mistake(8, "Factura", "missing-required", "")];

/// Writes the files into the folder, where the portfolio is already.
pub(crate) fn write(folder: &Path) -> Outcome<()> {
    let debtors = debtors(&fs::read_to_string(folder.join("almacenes-luna.csv"))?);
    let mut expected = String::from("file,row,column,code\r\n");
    let files: [(&str, &str, WriteRow, &[Mistake]); 6] = [
        ("luna-pagos", "Documento;Obligación;Pago;Fecha de pago;Saldo nuevo", payment, &PAYMENTS),
        (
            "luna-obligaciones",
            "Documento;Obligación;Almacén;Saldo;Vence;Mora;Asesor",
            obligation,
            &OBLIGATIONS,
        ),
        (
            "luna-gestiones",
            "Documento;Cliente;Teléfono;Resultado;Agente;Fecha;Hora;Obligación",
            management,
            &MANAGEMENTS,
        ),
        ("luna-casos", "Correo;Descripción;Estado;Solución;Archivos;Obligación", case, &CASES),
        (
            "luna-actividades",
            "Documento;Asunto;Prioridad;Cuándo;Avisar;Aviso;Teléfono",
            activity,
            &ACTIVITIES,
        ),
        ("luna-ventas", "Factura;Cliente;Valor;Fecha;Domicilio", sale, &SALES),
    ];
    for (name, header, row, mistakes) in files {
        let rows: Vec<String> = (0..ROWS).zip(&debtors).map(|(at, debtor)| row(at, debtor)).collect();
        write_csv(folder, name, header, &rows)?;
        let mut faulty = rows;
        let columns: Vec<&str> = header.split(';').collect();
        for mistake in mistakes {
            let at = columns.iter().position(|column| *column == mistake.column).ok_or("no such column")?;
            spoil(&mut faulty[mistake.row - 2], at, mistake.cell);
            write!(expected, "{name}-faulty.csv,{},{},{}\r\n", mistake.row, mistake.column, mistake.code)?;
        }
        write_csv(folder, &format!("{name}-faulty"), header, &faulty)?;
    }
    fs::write(folder.join("luna-faulty.expected.csv"), expected)?;
    fs::write(folder.join("luna-carta.pdf"), PDF)?;
    fs::write(folder.join("luna-recibo.png"), PNG)?;
    Ok(())
}

/// The debtors of the portfolio, each with the first obligation of its row.
fn debtors(portfolio: &str) -> Vec<Debtor> {
    let cells = |line: &str| line.split(';').map(str::to_owned).collect::<Vec<_>>();
    let is_number = |cell: &&String| cell.len() == 10 && cell.starts_with("00003");
    let debtor = |cells: Vec<String>| {
        let obligation = cells[8..].iter().find(is_number)?.clone();
        let [identification, name, email] = cells[..3].to_vec().try_into().ok()?;
        Some(Debtor { identification, name, email, obligation })
    };
    portfolio.lines().skip(1).map(cells).filter_map(debtor).collect()
}

fn payment(at: usize, debtor: &Debtor) -> String {
    let Debtor { identification, obligation, .. } = debtor;
    format!(
        "{identification};{obligation};{},50;{:02}/11/2026;{},00",
        120_000 + at * 1500,
        13 + at,
        900_000 - at * 7000
    )
}

fn obligation(at: usize, debtor: &Debtor) -> String {
    let store = ["Luna Norte", "Luna Centro", "Luna Plaza"][at % 3];
    let due = format!("{:02}/12/2026", 13 + at);
    format!(
        "{};000039{:04};{store};{},75;{due};{};Asesor {}",
        debtor.identification,
        at + 1,
        450_000 + at * 990,
        at * 3,
        at % 4
    )
}

fn management(at: usize, debtor: &Debtor) -> String {
    let Debtor { identification, name, obligation, .. } = debtor;
    let outcome = ["Promesa de pago", "No contesta", "Número equivocado"][at % 3];
    format!(
        "{identification};{name};300555{:04};{outcome};Agente {};{:02}/11/2026;{:02}:15;{obligation}",
        8600 + at,
        at % 5,
        13 + at,
        8 + at
    )
}

fn case(at: usize, debtor: &Debtor) -> String {
    let (state, solution) =
        if at.is_multiple_of(3) { ("Cerrado", "Se envió el paz y salvo") } else { ("Abierto", "") };
    let files = ["\"luna-carta.pdf; luna-recibo.png\"", "", "luna-carta.pdf"][at % 3];
    format!(
        "{};Pide el estado de su cuenta {};{state};{solution};{files};{}",
        debtor.email,
        at + 1,
        debtor.obligation
    )
}

fn activity(at: usize, debtor: &Debtor) -> String {
    let (priority, reminds) =
        (["Alta", "Normal", "Baja"][at % 3], if at.is_multiple_of(2) { "Sí" } else { "No" });
    format!(
        "{};Llamar por la promesa de pago;{priority};2026-11-{:02} 14:30;{reminds};2026-11-{:02} 08:00;300555{:04}",
        debtor.identification,
        13 + at,
        13 + at,
        8600 + at
    )
}

fn sale(at: usize, debtor: &Debtor) -> String {
    let delivered = if at.is_multiple_of(2) { "sí" } else { "no" };
    format!(
        "F-{:05};{};{},90;{:02}/10/2026;{delivered}",
        7001 + at,
        debtor.name,
        250_000 + at * 1234,
        13 + at
    )
}

/// Puts another text into a cell of a row, in which texts with a semicolon stand in quotes.
fn spoil(row: &mut String, column: usize, text: &str) {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    for c in row.chars() {
        quoted ^= c == '"';
        match (c, quoted) {
            (';', false) => cells.push(String::new()),
            _ => cells.last_mut().expect("there is always one").push(c),
        }
    }
    cells[column] = if text.contains(';') { format!("\"{text}\"") } else { text.to_owned() };
    *row = cells.join(";");
}

fn write_csv(folder: &Path, name: &str, header: &str, rows: &[String]) -> Outcome<()> {
    let mut text = format!("\u{feff}{header}\r\n");
    for row in rows {
        write!(text, "{row}\r\n")?;
    }
    fs::write(folder.join(format!("{name}.csv")), text)?;
    Ok(())
}

/// A page without anything on it.
const PDF: &str = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
    3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";
/// One white point.
const PNG: &[u8] = &[
    0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0x0D, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 0x01, 0,
    0, 0, 0x01, 0x08, 0, 0, 0, 0, 0x3A, 0x7E, 0x9B, 0x55, 0, 0, 0, 0x0A, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9C,
    0x63, 0xF8, 0x0F, 0, 0x01, 0x01, 0x01, 0, 0xB1, 0x38, 0xF6, 0x14, 0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44,
    0xAE, 0x42, 0x60, 0x82,
];
