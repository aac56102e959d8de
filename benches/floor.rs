//! The floors: what the same work costs at the least, in programs that can do nothing else.
//!
//! [`csv`] knows the portfolio's columns by heart, takes every value for right, and writes the bodies that `cartera
//! check --bodies` writes, byte for byte (a test compares them). It looks at the text twice, as cartera does: once to
//! find where each row stands and whose it is, twelve bytes a row, and once, debtor by debtor, to write. It allocates
//! nothing for a row. [`workbook_cells`] does less than the job: it is the bare loop over a workbook's cells in the
//! library that a Rust program would take for it.

use std::io::{self, Write};
use std::path::Path;

use calamine::{DataRef, Reader as _};
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::Outcome;

/// Debtors in a body, as cartera packs them unless told otherwise.
const PER_BODY: usize = 100;
/// Columns of the portfolio.
const COLUMNS: usize = 16;
/// What stands in for an e-mail that is not there; the portfolio's mapping says so.
const NO_EMAIL: &[u8] = b"sincorreo@example.com";

/// How the portfolio is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Between two cells.
    pub delimiter: u8,
    /// Windows-1252 and `1.234,56`; otherwise UTF-8 and `1234.56`.
    pub is_spanish: bool,
}

impl Shape {
    /// UTF-8, commas.
    pub const PLAIN: Shape = Shape { delimiter: b',', is_spanish: false };
    /// What a Spanish Excel saves.
    pub const SPANISH: Shape = Shape { delimiter: b';', is_spanish: true };
}

/// Writes the bodies of a portfolio in CSV, a line each; gives how many rows it has.
///
/// # Errors
/// When the text is not UTF-8 where it has to be, or the bodies cannot be written.
pub fn csv(text: &[u8], shape: Shape, out: &mut dyn Write) -> io::Result<usize> {
    if !shape.is_spanish && std::str::from_utf8(text).is_err() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "not UTF-8"));
    }
    let (starts, debtor_of, debtors) = index(text, shape.delimiter);
    let (order, ends) = by_debtor(&starts, &debtor_of, debtors);
    let mut bodies =
        Bodies { text, shape, table: windows_1252(), body: Vec::with_capacity(1 << 20), spare: Vec::new() };
    let mut row = 0;
    for chunk in ends.chunks(PER_BODY) {
        bodies.body.clear();
        bodies.body.extend_from_slice(b"{\"operation\":\"\",\"collections\":[");
        for (nth, end) in chunk.iter().enumerate() {
            if nth > 0 {
                bodies.body.push(b',');
            }
            bodies.debtor(&order[row..*end as usize]);
            row = *end as usize;
        }
        bodies.body.extend_from_slice(b"]}\n");
        out.write_all(&bodies.body)?;
    }
    Ok(starts.len())
}

/// Where each row stands below the header, whose it is, and how many debtors there are.
fn index(text: &[u8], delimiter: u8) -> (Vec<u64>, Vec<u32>, u32) {
    let header = memchr::memchr(b'\n', text).map_or(text.len(), |at| at + 1);
    let mut keys: HashTable<(u128, u32)> = HashTable::new();
    let (mut starts, mut debtor_of, mut debtors) = (Vec::new(), Vec::new(), 0);
    let (mut start, mut in_quotes) = (header, false);
    for at in memchr::memchr2_iter(b'\n', b'"', &text[header..]) {
        if text[header + at] == b'"' {
            in_quotes = !in_quotes;
        } else if !in_quotes {
            let key = first_cell(&text[start..], delimiter);
            let debtor = match keys.entry(hash(key), |(other, _)| *other == key, |(other, _)| hash(*other)) {
                Entry::Occupied(known) => known.get().1,
                Entry::Vacant(place) => {
                    place.insert((key, debtors));
                    debtors += 1;
                    debtors - 1
                }
            };
            starts.push(start as u64);
            debtor_of.push(debtor);
            start = header + at + 1;
        }
    }
    (starts, debtor_of, debtors)
}

/// The first cell as a number; the portfolio's identifications have fewer than sixteen bytes and no quotes.
fn first_cell(row: &[u8], delimiter: u8) -> u128 {
    const ONES: u128 = u128::MAX / 0xFF;
    let Some(bytes) = row.first_chunk::<16>() else { return 0 };
    let cell = u128::from_le_bytes(*bytes);
    let differs = cell ^ (ONES * u128::from(delimiter));
    let found = differs.wrapping_sub(ONES) & !differs & (ONES << 7);
    cell & ((1 << (found.trailing_zeros() & !7)) - 1)
}

#[expect(clippy::cast_possible_truncation, reason = "the halves of a product are what is mixed")]
fn hash(key: u128) -> u64 {
    let (low, high) = (key as u64, (key >> 64) as u64);
    let product = u128::from(low ^ 0x9E37_79B9_7F4A_7C15) * u128::from(high ^ 0xD6E8_FEB8_6659_FD93);
    (product as u64) ^ (product >> 64) as u64
}

/// The rows of each debtor together, debtors in the order of their first row, and where each debtor's end.
fn by_debtor(starts: &[u64], debtor_of: &[u32], debtors: u32) -> (Vec<u64>, Vec<u32>) {
    let mut ends = vec![0u32; debtors as usize + 1];
    for debtor in debtor_of {
        ends[*debtor as usize + 1] += 1;
    }
    for debtor in 1..ends.len() {
        ends[debtor] += ends[debtor - 1];
    }
    let mut order = vec![0; starts.len()];
    for (start, debtor) in starts.iter().zip(debtor_of) {
        let next = &mut ends[*debtor as usize];
        order[*next as usize] = *start;
        *next += 1;
    }
    // Each entry has moved on to where its debtor ends.
    ends.pop();
    (order, ends)
}

/// For each byte of Windows-1252, its UTF-8 and how many bytes that is.
fn windows_1252() -> Vec<([u8; 3], usize)> {
    let utf8 = |byte: u8| {
        let byte = [byte];
        let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&byte);
        let mut bytes = [0; 3];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        (bytes, text.len())
    };
    (0..=u8::MAX).map(utf8).collect()
}

/// Writes debtors into bodies.
struct Bodies<'t> {
    text: &'t [u8],
    shape: Shape,
    table: Vec<([u8; 3], usize)>,
    body: Vec<u8>,
    /// The cells of a row with quotes, without them.
    spare: Vec<u8>,
}

/// The opening of each value, in the order in which they are written, and the column that it comes from.
const OF_DEBTOR: [(&[u8], usize); 6] = [
    (b"{\"Identification\":\"", 0),
    (b"\",\"Name\":\"", 1),
    (b"\",\"Email\":\"", 2),
    (b"\",\"Telephone\":\"", 3),
    (b"\",\"Address\":\"", 4),
    (b"\",\"ciudad\":\"", 5),
];

impl Bodies<'_> {
    fn debtor(&mut self, rows: &[u64]) {
        for (nth, start) in rows.iter().enumerate() {
            let mut spare = std::mem::take(&mut self.spare);
            let row = &self.text[usize::try_from(*start).unwrap_or_default()..];
            let plain = plain_cells(row, self.shape.delimiter);
            let cells = plain.unwrap_or_else(|| quoted_cells(row, self.shape.delimiter, &mut spare));
            let from = if plain.is_some() { row } else { &spare[..] };
            let cell = |column: usize| &from[cells[column].0 as usize..cells[column].1 as usize];
            if nth == 0 {
                for (opening, column) in OF_DEBTOR {
                    self.body.extend_from_slice(opening);
                    let value = cell(column);
                    self.text(if column == 2 && value.is_empty() { NO_EMAIL } else { value });
                }
                self.body.extend_from_slice(b"\",\"Obligations\":[");
            } else {
                self.body.push(b',');
            }
            self.obligation(cell);
            self.spare = spare;
        }
        self.body.extend_from_slice(b"]}");
    }

    fn obligation<'c>(&mut self, cell: impl Fn(usize) -> &'c [u8]) {
        self.body.extend_from_slice(b"{\"id\":\"");
        self.body.extend_from_slice(cell(6));
        self.body.extend_from_slice(b"\",\"name\":\"");
        self.text(cell(7));
        self.body.extend_from_slice(b"\",\"total_balance\":\"");
        self.amount(cell(8));
        self.body.extend_from_slice(b"\",\"expiring_date\":\"");
        self.date(cell(9));
        self.body.extend_from_slice(b"\",\"days_delay\":\"");
        self.body.extend_from_slice(cell(10));
        self.body.extend_from_slice(b"\",\"portfolio_type\":\"");
        self.text(cell(11));
        if !cell(12).is_empty() {
            self.body.extend_from_slice(b"\",\"last_pay\":\"");
            self.amount(cell(12));
            self.body.extend_from_slice(b"\",\"last_pay_date\":\"");
            self.date(cell(13));
        }
        self.body.extend_from_slice(b"\",\"balance_payment\":\"");
        self.amount(cell(14));
        self.body.extend_from_slice(b"\",\"sucursal\":\"");
        self.text(cell(15));
        self.body.extend_from_slice(b"\"}");
    }

    fn text(&mut self, cell: &[u8]) {
        if !self.shape.is_spanish || cell.is_ascii() {
            return self.body.extend_from_slice(cell);
        }
        for byte in cell {
            let (utf8, length) = self.table[usize::from(*byte)];
            self.body.extend_from_slice(&utf8[..length]);
        }
    }

    fn amount(&mut self, cell: &[u8]) {
        if !self.shape.is_spanish {
            return self.body.extend_from_slice(cell);
        }
        let digits = cell.iter().filter(|byte| **byte != b'.');
        self.body.extend(digits.map(|byte| if *byte == b',' { b'.' } else { *byte }));
    }

    /// `31/01/2026` to `2026-01-31`.
    fn date(&mut self, cell: &[u8]) {
        if let [a, b, _, c, d, _, year @ ..] = cell
            && let [e, f, g, h] = year
        {
            self.body.extend_from_slice(&[*e, *f, *g, *h, b'-', *c, *d, b'-', *a, *b]);
        }
    }
}

/// Where each cell of a row begins and ends; none for a row with a quote.
fn plain_cells(row: &[u8], delimiter: u8) -> Option<[(u32, u32); COLUMNS]> {
    let mut cells = [(0, 0); COLUMNS];
    let (mut column, mut start) = (0, 0);
    for at in memchr::memchr3_iter(delimiter, b'\n', b'"', row) {
        let end = u32::try_from(at).ok()?;
        match row[at] {
            b'"' => return None,
            b'\n' => {
                cells[COLUMNS - 1] = (start, end);
                return Some(cells);
            }
            _ => cells[column] = (start, end),
        }
        (column, start) = (column + 1, end + 1);
    }
    None
}

/// The same for a row with quotes, whose cells are written into `spare`, ready for JSON.
fn quoted_cells(row: &[u8], delimiter: u8, spare: &mut Vec<u8>) -> [(u32, u32); COLUMNS] {
    spare.clear();
    let mut cells = [(0, 0); COLUMNS];
    let (mut column, mut in_quotes, mut start) = (0, false, 0);
    let mut bytes = row.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' if in_quotes && bytes.peek() == Some(&b'"') => {
                bytes.next();
                spare.extend_from_slice(b"\\\"");
            }
            b'"' => in_quotes = !in_quotes,
            _ if !in_quotes && (byte == delimiter || byte == b'\n') => {
                let end = u32::try_from(spare.len()).unwrap_or_default();
                cells[column] = (start, end);
                (column, start) = (column + 1, end);
                if byte == b'\n' || column == COLUMNS {
                    break;
                }
            }
            _ => spare.push(byte),
        }
    }
    cells
}

/// Reads every cell of a workbook's first sheet and looks at none; gives how many there are.
///
/// # Errors
/// When it cannot be read.
pub fn workbook_cells(path: &Path) -> Outcome<usize> {
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook(path)?;
    let sheet = workbook.sheet_names().first().cloned().unwrap_or_default();
    let mut cells = workbook.worksheet_cells_reader(&sheet)?;
    let mut count = 0;
    while let Some(cell) = cells.next_cell()? {
        count += usize::from(!matches!(cell.get_value(), DataRef::Empty));
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use cartera::mapping;
    use cartera::pipeline::{self, Earlier, Input};
    use cartera::portfolio::{BodySettings, BodyUse};
    use cartera::source::{Isolation, Spools, Workplace};
    use cartera::target::{self, Dialect};

    use super::*;
    use crate::portfolio::{self, Kind, MAPPING, Order};

    /// What `cartera check --bodies` writes.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn bodies(path: &Path, folder: &Path) -> Vec<u8> {
        let mapping = mapping::file::parse("portfolio.toml", MAPPING).unwrap();
        let workplace = Workplace { spools: Spools::in_folder(folder), isolation: Isolation::Here };
        let mut opened = pipeline::open(&[Input::whole(path)], &mapping, &workplace).unwrap();
        let written = Written::default();
        let settings = BodySettings {
            target: target::by_name("collections").unwrap(),
            dialect: &Dialect::default(),
            chunk_records: PER_BODY,
            body_bytes_max: 1 << 20,
            break_after: Vec::new(),
            secret: None,
            known: None,
            use_of: BodyUse::Write(Box::new(written.clone())),
        };
        pipeline::plan(&mut opened, settings, &Earlier::default(), &mut |_piece| Ok(())).unwrap();
        std::mem::take(&mut written.0.lock().unwrap())
    }

    #[test]
    fn the_floor_writes_what_cartera_writes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("portfolio.csv");
        for (kind, shape) in [(Kind::Csv, Shape::PLAIN), (Kind::Csv1252, Shape::SPANISH)] {
            for order in [Order::Shuffled, Order::Sorted] {
                portfolio::write(&file, kind, 3_000, order).unwrap();
                let mut own = Vec::new();
                assert_eq!(csv(&std::fs::read(&file).unwrap(), shape, &mut own).unwrap(), 3_000);
                let cartera = bodies(&file, folder.path());
                assert_eq!(
                    String::from_utf8_lossy(&own),
                    String::from_utf8_lossy(&cartera),
                    "{kind:?} {order:?}"
                );
            }
        }
    }
}
