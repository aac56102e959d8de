//! Rows below the header that are no data: totals, subtotals and headers that a printed report repeats.
//!
//! Such a row is left out with its reason and counted, never loaded as a debtor called TOTAL and never dropped
//! in silence. A row that names a debtor or an obligation is always data, whatever it is called.

use crate::lang::Code;
use crate::mapping::names;
use crate::source::Row;
use crate::survey::Header;

/// Words with which the label of a total begins, compared without case and accents.
const TOTAL_WORDS: [&str; 12] = [
    "total",
    "totales",
    "totals",
    "subtotal",
    "subtotales",
    "sub total",
    "gran total",
    "grand total",
    "suma",
    "sumas",
    "sumatoria",
    "soma",
];

/// Why a row is no data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotData {
    /// It adds up the whole table.
    Total,
    /// It adds up part of the table.
    Subtotal,
    /// It repeats the header.
    Header,
}

impl NotData {
    /// The reason for which the row is skipped.
    pub fn code(self) -> Code {
        match self {
            NotData::Total | NotData::Subtotal => Code::TotalRow,
            NotData::Header => Code::RepeatedHeader,
        }
    }
}

/// Tells data from the rest, for one table.
#[derive(Debug)]
pub struct RowKinds<'h> {
    names: &'h [String],
    /// The columns that name a debtor and an obligation; a row that fills one of them is data.
    naming: Vec<usize>,
}

impl<'h> RowKinds<'h> {
    /// For a table whose columns in `naming` name what its rows are about.
    pub fn new(header: &'h Header, naming: Vec<usize>) -> RowKinds<'h> {
        RowKinds { names: &header.names, naming }
    }

    /// Why a row is no data; nothing for data.
    pub fn classify(&self, row: Row<'_>) -> Option<NotData> {
        let (first, label) =
            row.cells().map(|cell| cell.trimmed()).enumerate().find(|(_, text)| !text.is_empty())?;
        if self.names.get(first).is_some_and(|name| name == label) && self.repeats_header(row) {
            return Some(NotData::Header);
        }
        let kind = total_label(label)?;
        let names_something =
            self.naming.iter().any(|column| *column != first && !row.cell(*column).is_blank());
        (!names_something).then_some(kind)
    }

    /// Whether every filled cell says what its header says.
    fn repeats_header(&self, row: Row<'_>) -> bool {
        let single = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        row.cells().enumerate().all(|(column, cell)| {
            cell.is_blank() || self.names.get(column).is_some_and(|name| *name == single(cell.trimmed()))
        })
    }
}

fn total_label(label: &str) -> Option<NotData> {
    // Almost every row begins with something else; the first letter spares the rest.
    if !label.starts_with(['t', 'T', 's', 'S', 'g', 'G']) || label.len() > 60 {
        return None;
    }
    let normal = names::normal(label);
    let word = TOTAL_WORDS.iter().find(|word| {
        normal.strip_prefix(**word).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    })?;
    Some(if word.starts_with("sub") { NotData::Subtotal } else { NotData::Total })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Cursor, Form, RowBuffer};

    #[test]
    fn totals_and_repeated_headers_are_no_data() {
        let names = ["Cédula", "Nombre", "Nro", "Saldo"].map(str::to_owned).to_vec();
        let header = Header { row: 1, names, data_offset: 0, data_row: 2 };
        let kinds = RowKinds::new(&header, vec![0, 2]);
        for (text, expected) in [
            ("1001;Ana;1;5", None),
            ("TOTAL;;;1.500", Some(NotData::Total)),
            (";Total general:;;1.500", Some(NotData::Total)),
            ("Subtotal Bogotá;;;5", Some(NotData::Subtotal)),
            (";;;Suma", Some(NotData::Total)),
            ("1002;Total Servicios SAS;2;5", None),
            (";Total Servicios SAS;2;5", None),
            ("TOTALMENTE;;;5", None),
            ("Cédula;Nombre;Nro;Saldo", Some(NotData::Header)),
            ("Cédula;;;Saldo", Some(NotData::Header)),
            ("Cédula;Ana;1;5", None),
            (";;;", None),
        ] {
            let mut buffer = RowBuffer::default();
            assert!(Cursor::at(text, Form::Csv { delimiter: b';' }, 0, 2).read(&mut buffer));
            assert_eq!(kinds.classify(Row::of(text, &buffer)), expected, "{text}");
        }
    }
}
