//! Merged cells: only the top-left one holds the value, the others are empty although a person sees it there.
//!
//! A merge above the header or within it is layout and harmless. Below it, a cell that a merge covers is marked,
//! so that its row is a problem and no blank ([`Merges::cover`]); or, where the mapping asks for it, gets the
//! value that a person sees ([`Merges::fill`]). A covered cell that holds the merge's own value is no problem.
//! Rows of totals are not filled: their label is commonly merged over the columns that name a debtor.
//!
//! Known for xlsx, xlsm, xls and ods. The reader of xlsb does not say which cells are merged, and a CSV has
//! none: there, the covered cells are blanks like any other.

use std::io::{self, Write};

use super::packed::Packer;
use super::row::{Cursor, Kind, Row, RowBuffer};
use super::spool::{Spools, unwritable};
use super::text::Text;
use super::{Form, Table};
use crate::problem::Result;

/// Rows of which a message speaks one by one.
const ROWS_NAMED: usize = 5;

/// The merges that touch the columns asked for, below the header.
#[derive(Debug, Clone, Default)]
pub struct Merges {
    header_row: u32,
    columns: Vec<(usize, Vec<Run>)>,
    all: Vec<Merge>,
}

/// The rows of one column that a merge takes.
#[derive(Debug, Clone, Copy)]
struct Run {
    first: u32,
    last: u32,
    merge: usize,
}

#[derive(Debug, Clone)]
struct Merge {
    range: String,
    /// Row number and column (from 0) of the top-left cell.
    anchor: (u32, usize),
    kind: Kind,
    text: String,
}

/// What was filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filled {
    /// How many cells.
    pub cells: u64,
    /// In how many rows.
    pub count: u64,
    /// The numbers of the first of them.
    pub rows: Vec<u32>,
}

impl Merges {
    /// The merges of a table that reach below its header row, in these columns (counted from 0).
    pub fn below(table: &Table, header_row: u32, columns: &[usize]) -> Merges {
        let mut found = Merges { header_row, ..Merges::default() };
        if !matches!(table.form, Form::Packed) {
            return found;
        }
        let mut ranges = table.notes.merges.clone();
        ranges.retain(|(top, left, bottom, right)| *bottom > header_row && (bottom > top || right > left));
        ranges.sort_unstable();
        found.columns = columns.iter().map(|column| (*column, Vec::new())).collect();
        for (top, left, bottom, right) in ranges {
            let number = |column: u32| column.saturating_sub(1) as usize;
            let mut touched = false;
            for (_, runs) in
                found.columns.iter_mut().filter(|(column, _)| (number(left)..=number(right)).contains(column))
            {
                runs.push(Run { first: top, last: bottom, merge: found.all.len() });
                touched = true;
            }
            if touched {
                found.all.push(Merge {
                    range: format!("{}{top}:{}{bottom}", letters(left), letters(right)),
                    anchor: (top, number(left)),
                    kind: Kind::Blank,
                    text: String::new(),
                });
            }
        }
        found.columns.retain(|(_, runs)| !runs.is_empty());
        found.read_values(table);
        found
    }

    fn read_values(&mut self, table: &Table) {
        let (mut cursor, mut buffer) = (Cursor::at(&table.text, table.form, 0, 1), RowBuffer::default());
        let mut next = 0;
        while next < self.all.len() && cursor.read(&mut buffer) {
            let row = Row::of(&table.text, &buffer);
            while let Some(merge) = self.all.get_mut(next).filter(|merge| merge.anchor.0 <= row.number()) {
                if merge.anchor.0 == row.number() {
                    let cell = row.cell(merge.anchor.1);
                    (merge.kind, merge.text) = (cell.kind, cell.text.to_owned());
                }
                next += 1;
            }
        }
    }

    /// Marks the cells of a row whose value stands elsewhere.
    pub fn cover(&self, text: &str, buffer: &mut RowBuffer) {
        for (column, runs) in &self.columns {
            let Some(merge) = self.covering(runs, buffer.number, *column) else { continue };
            if Row::of(text, buffer).cell(*column).trimmed() != merge.text.trim() {
                buffer.cover(*column, &merge.range);
            }
        }
    }

    /// Writes the value of each merge into the blank cells that it covers, from the table's data on, in rows that
    /// are data; `file` is for messages.
    ///
    /// # Errors
    /// When the filled text cannot be spooled.
    pub fn fill(
        &self,
        table: &mut Table,
        (file, data_offset): (&str, usize),
        is_data: impl Fn(Row<'_>) -> bool,
        spools: &Spools,
    ) -> Result<Filled> {
        if self.all.is_empty() {
            return Ok(Filled::default());
        }
        let mut spool = spools.begin();
        let filled = self.write_filled(table, data_offset, is_data, &mut spool);
        let filled = filled.and_then(|filled| Ok((filled, spool.finish()?)));
        let (filled, bytes) = filled.map_err(|error| unwritable(file, &error))?;
        table.text = Text::of(&bytes, 0).expect("parts of a text and a packer's rows are UTF-8");
        Ok(filled)
    }

    fn write_filled(
        &self,
        table: &Table,
        data_offset: usize,
        is_data: impl Fn(Row<'_>) -> bool,
        out: &mut impl Write,
    ) -> io::Result<Filled> {
        let mut filled = Filled::default();
        out.write_all(&table.text.as_bytes()[..data_offset])?;
        let (mut cursor, mut buffer) =
            (Cursor::at(&table.text, table.form, data_offset, 1), RowBuffer::default());
        while cursor.read(&mut buffer) {
            let row = Row::of(&table.text, &buffer);
            let values = self.values_for(row);
            if values.is_empty() || !is_data(row) {
                out.write_all(&table.text.as_bytes()[buffer.offset..cursor.offset()])?;
                continue;
            }
            filled.cells += values.len() as u64;
            filled.count += 1;
            if filled.rows.len() < ROWS_NAMED {
                filled.rows.push(row.number());
            }
            pack_with(row, &values, &mut *out)?;
        }
        Ok(filled)
    }

    /// The blank cells of a row that a merge covers, each with the merge's value.
    fn values_for(&self, row: Row<'_>) -> Vec<(usize, &Merge)> {
        let value = |(column, runs): &(usize, Vec<Run>)| {
            let merge = self.covering(runs, row.number(), *column)?;
            let fills = merge.anchor.0 > self.header_row && merge.kind != Kind::Blank;
            (fills && row.cell(*column).is_blank()).then_some((*column, merge))
        };
        self.columns.iter().filter_map(value).collect()
    }

    fn covering(&self, runs: &[Run], row: u32, column: usize) -> Option<&Merge> {
        let run = runs.get(runs.partition_point(|run| run.first <= row).checked_sub(1)?)?;
        let merge = &self.all[run.merge];
        (run.last >= row && merge.anchor != (row, column)).then_some(merge)
    }
}

/// Writes a row in the packed form, with these values in place of its blanks.
fn pack_with(row: Row<'_>, values: &[(usize, &Merge)], out: impl Write) -> io::Result<()> {
    let mut packer = Packer::new(out);
    let width = values.iter().map(|(column, _)| column + 1).max().unwrap_or(0).max(row.width());
    for (at, column) in (0u32..).zip(0..width) {
        let cell = row.cell(column);
        let value = values.iter().find(|(known, _)| *known == column);
        let (kind, text) = value.map_or((cell.kind, cell.text), |(_, merge)| (merge.kind, &merge.text));
        if kind != Kind::Blank {
            packer.push(row.number() - 1, at, kind, text.as_bytes())?;
        }
    }
    packer.finish().map(|_| ())
}

/// The name of a column, counted from 1: `A`, `Z`, `AA`.
fn letters(column: u32) -> String {
    let mut name = Vec::new();
    let mut rest = column;
    while rest > 0 {
        name.push(b'A' + ((rest - 1) % 26) as u8);
        rest = (rest - 1) / 26;
    }
    name.iter().rev().copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SheetNotes;

    const COLUMNS: [usize; 3] = [0, 1, 3];

    /// A sheet whose header is row 2, its cells as one text a row and `|` between them.
    fn table(merges: &[(u32, u32, u32, u32)]) -> Table {
        let rows = [
            (1, "BANCO|||"),
            (2, "Cédula|Nombre|Otro|Saldo"),
            (3, "1001|Ana|x|5"),
            (4, "||y|6"),
            (5, "|Eva||7"),
            (6, "1001|Ana|z|8"),
            (9, "TOTAL|||26"),
        ];
        let mut packer = Packer::new(Vec::new());
        for (row, cells) in rows {
            for (column, text) in (0u32..).zip(cells.split('|')).filter(|(_, text)| !text.is_empty()) {
                packer.push(row - 1, column, Kind::Text, text.as_bytes()).unwrap();
            }
        }
        Table {
            text: Text::of(&packer.finish().unwrap().into(), 0).unwrap(),
            notes: SheetNotes { merges: merges.to_vec(), ..SheetNotes::default() },
            ..Table::sheet_of_a_test("S")
        }
    }

    fn cells(table: &Table, merges: &Merges) -> Vec<String> {
        let (mut cursor, mut buffer) = (Cursor::at(&table.text, table.form, 0, 1), RowBuffer::default());
        let mut rows = Vec::new();
        while cursor.read(&mut buffer) {
            merges.cover(&table.text, &mut buffer);
            let row = Row::of(&table.text, &buffer);
            let cells: Vec<&str> = row.cells().map(|cell| cell.text).collect();
            rows.push(format!("{}|{}", row.number(), cells.join("|")));
        }
        rows
    }

    #[test]
    fn covered_cells_are_marked() {
        for (merge, row, expected) in [
            // Over the title, within the header, in a column that is not mapped, of one cell.
            ((1, 1, 1, 4), 4, "4|||y|6"),
            ((1, 2, 2, 2), 4, "4|||y|6"),
            ((3, 3, 5, 3), 5, "5||Eva||7"),
            ((4, 1, 4, 1), 4, "4|||y|6"),
            ((3, 1, 5, 1), 4, "4|A3:A5||y|6"),
            ((3, 1, 6, 1), 6, "6|1001|Ana|z|8"),
            ((3, 1, 5, 2), 5, "5|A3:B5|A3:B5||7"),
            ((5, 2, 5, 4), 5, "5||Eva||B5:D5"),
            ((2, 1, 4, 1), 4, "4|A2:A4||y|6"),
            ((9, 1, 9, 3), 9, "9|TOTAL|A9:C9||26"),
        ] {
            let table = table(&[merge]);
            let rows = cells(&table, &Merges::below(&table, 2, &COLUMNS));
            let found = rows.iter().find(|found| found.starts_with(&format!("{row}|")));
            assert_eq!(found.map(String::as_str), Some(expected), "{merge:?}");
        }
    }

    #[test]
    fn covered_cells_are_filled_where_asked() {
        let mut table = table(&[(1, 1, 1, 4), (2, 4, 3, 4), (3, 1, 5, 1), (3, 2, 4, 2), (9, 1, 9, 3)]);
        let merges = Merges::below(&table, 2, &COLUMNS);
        let data = table.text.find("3\u{1f}").unwrap();
        let spools = Spools::in_folder("never-made");
        let filled = merges.fill(&mut table, ("f", data), |row| row.cell(0).text != "TOTAL", &spools);
        assert_eq!(filled.unwrap(), Filled { cells: 3, count: 2, rows: vec![4, 5] });
        assert_eq!(
            cells(&table, &Merges::default()),
            [
                "1|BANCO",
                "2|Cédula|Nombre|Otro|Saldo",
                "3|1001|Ana|x|5",
                "4|1001|Ana|y|6",
                "5|1001|Eva||7",
                "6|1001|Ana|z|8",
                "9|TOTAL|||26"
            ]
        );
        let rows = cells(&table, &Merges::below(&table, 2, &COLUMNS));
        assert_eq!(rows[3], "4|1001|Ana|y|6", "what was filled is no problem");
    }

    #[test]
    fn columns_are_named_as_a_spreadsheet_names_them() {
        for (column, name) in [(1, "A"), (26, "Z"), (27, "AA"), (702, "ZZ"), (16_384, "XFD")] {
            assert_eq!(letters(column), name);
        }
    }
}
