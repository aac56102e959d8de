//! A long sheet, cut into pieces of whole rows that are read side by side.
//!
//! A row that says its own number can be read without the rows before it. So a sheet is cut where such a row begins, and
//! each hand inflates a piece, which takes its turn, and reads it, which does not. What looks like the beginning of a row
//! may stand within something else, as in a comment; then the piece before it ends within that, and is broken. Nothing is
//! judged here: where a piece is not what it should be, for whatever reason, nothing that was read counts, and the sheet
//! is read from its beginning by the way that reads everything.

use std::io::{self, Read as Source, Write as _};
use std::sync::mpsc::{Receiver, Sender, channel};

use memchr::memmem;

use super::book::Lookup;
use super::fault::{Fault, Read};
use super::push_row;
use super::scan::Scanner;
use super::sheet::{Next, SheetReader};
use crate::crew;
use crate::source::notes::SheetNotes;
use crate::source::packed::Packer;
use crate::source::spool::Spool;

/// Bytes of a piece, or a little less.
const PIECE: usize = 96 << 10;
/// Bytes of a piece in which no row begins, up to which its end is looked for.
const PIECE_MAX: usize = 1 << 20;
/// Packed bytes of a piece, all of which are held; where strings are shared they may be many more than it has itself.
const PACKED_MAX: usize = 2 << 20;
/// What a row begins with.
const ROW: &[u8] = b"<row ";

/// Packs all rows of a sheet, which may take `most` bytes, and reads what stands behind them; nothing where it has to be
/// read the other way.
pub(super) fn pack(
    source: impl Source + Send,
    lookup: &Lookup,
    most: usize,
    spool: Spool,
) -> Option<Read<(Spool, SheetNotes)>> {
    pack_cut(source, lookup, (most, PIECE), spool)
}

fn pack_cut(
    source: impl Source + Send,
    lookup: &Lookup,
    (most, size): (usize, usize),
    mut spool: Spool,
) -> Option<Read<(Spool, SheetNotes)>> {
    let (give_back, used) = channel();
    let cutter = Cutter { source, size, used, rest: Vec::new(), ended: false };
    let mut sheet = Sheet::default();
    let done = crew::in_order(
        crew::hands(),
        cutter,
        || give_back.clone(),
        |give_back: &mut Sender<Vec<u8>>, piece: Piece, rows: &mut Rows| {
            let bytes = rows.read(piece, lookup);
            // The cutter may have come to the end of the sheet, and needs no bytes any more.
            drop(give_back.send(bytes));
        },
        |rows| sheet.take(rows, most, &mut spool),
    );
    match done {
        Ok(_) if sheet.end == Some(End::Sheet) => Some(Ok((spool, sheet.notes))),
        Ok(_) | Err(Stop::Odd) => None,
        Err(Stop::Unwritable(error)) => Some(Err(Fault::unwritable(error))),
    }
}

/// A part of a sheet's markup from the beginning of a row on, or from its own.
struct Piece {
    /// Its bytes are the first ones of these, so many.
    bytes: Vec<u8>,
    end: usize,
    is_first: bool,
    /// Whether it could be cut at all.
    is_whole: bool,
}

/// Cuts what a source gives.
struct Cutter<S> {
    source: S,
    size: usize,
    /// Bytes of pieces that were read.
    used: Receiver<Vec<u8>>,
    /// What was inflated behind the last piece: the beginning of the next one.
    rest: Vec<u8>,
    ended: bool,
}

impl<S: Source> Iterator for Cutter<S> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        if self.ended {
            return None;
        }
        let mut bytes = self.used.try_recv().unwrap_or_default();
        // Behind a cut there is a row, or the beginning of one.
        let is_first = self.rest.is_empty();
        let mut end = self.rest.len();
        bytes.resize(bytes.len().max(end), 0);
        bytes[..end].copy_from_slice(&self.rest);
        let is_whole = self.fill(&mut bytes, &mut end).unwrap_or(false);
        self.ended |= !is_whole;
        Some(Piece { bytes, end, is_first, is_whole })
    }
}

impl<S: Source> Cutter<S> {
    /// Fills a piece up to the last row that begins in it, or to the end of the sheet; false where it would be too long.
    fn fill(&mut self, bytes: &mut Vec<u8>, end: &mut usize) -> io::Result<bool> {
        let mut enough = self.size.max(*end + 1);
        loop {
            bytes.resize(bytes.len().max(enough), 0);
            while *end < enough {
                let count = self.source.read(&mut bytes[*end..enough])?;
                *end += count;
                if count == 0 {
                    self.ended = true;
                    return Ok(true);
                }
            }
            // A piece has a row at least, before the one that it ends at.
            if let Some(row) = memmem::rfind(&bytes[1..*end], ROW) {
                self.rest.clear();
                self.rest.extend_from_slice(&bytes[1 + row..*end]);
                *end = 1 + row;
                return Ok(true);
            }
            if enough >= PIECE_MAX {
                return Ok(false);
            }
            enough *= 2;
        }
    }
}

/// What was read of a piece.
#[derive(Debug, Default)]
struct Rows {
    packed: Vec<u8>,
    notes: SheetNotes,
    /// The numbers of the first and the last row; the first one's is 0 where it does not say it.
    numbers: Option<(u32, u32)>,
    /// Where it ended; nothing where it could not be read.
    end: Option<End>,
}

/// Where a piece ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Before the rows.
    Preamble,
    /// Between two rows.
    Rows,
    /// With the sheet.
    Sheet,
}

impl Rows {
    /// Reads a piece; gives back its bytes.
    fn read(&mut self, piece: Piece, lookup: &Lookup) -> Vec<u8> {
        self.packed.clear();
        let scanner = Scanner::of(piece.bytes, piece.end);
        let mut reader = if piece.is_first {
            SheetReader::new(scanner, lookup)
        } else {
            SheetReader::among_rows(scanner, lookup)
        };
        let end = pack_piece(&mut reader, &mut self.packed, PACKED_MAX);
        self.end = end.ok().filter(|_| piece.is_whole);
        self.numbers = reader.first_row().map(|first| (first, reader.row()));
        let (notes, scanner) = reader.into_parts();
        self.notes = notes;
        scanner.into_bytes()
    }
}

fn pack_piece(reader: &mut SheetReader<'_, io::Empty>, packed: &mut Vec<u8>, most: usize) -> Read<End> {
    let mut writer = Packer::new(packed);
    let end = loop {
        match reader.next_in_piece()? {
            Next::Row => push_row(reader, &mut writer, most)?,
            Next::Nothing if reader.is_among_rows() => break End::Rows,
            Next::Nothing => break End::Preamble,
            Next::End => {
                reader.read_rest()?;
                break End::Sheet;
            }
        }
    };
    writer.finish().map_err(Fault::unwritable)?;
    Ok(end)
}

/// The pieces so far, put together.
#[derive(Debug, Default)]
struct Sheet {
    notes: SheetNotes,
    row: u32,
    length: usize,
    /// Where the last piece ended; nothing before the first.
    end: Option<End>,
}

/// Why no more pieces are taken.
enum Stop {
    /// One is not what it should be.
    Odd,
    /// The packed rows cannot be written.
    Unwritable(io::Error),
}

impl Sheet {
    /// Adds the next piece.
    fn take(&mut self, rows: &mut Rows, most: usize, spool: &mut Spool) -> Result<(), Stop> {
        self.length += rows.packed.len();
        let follows = match self.end {
            None => true,
            Some(End::Rows) => rows.numbers.is_some_and(|(first, _)| first > self.row),
            Some(End::Preamble | End::Sheet) => false,
        };
        let Some(end) = rows.end.filter(|_| follows && self.length <= most) else { return Err(Stop::Odd) };
        self.row = rows.numbers.map_or(self.row, |(_, last)| last);
        self.end = Some(end);
        self.notes.append(std::mem::take(&mut rows.notes));
        spool.write_all(&rows.packed).map_err(Stop::Unwritable)
    }
}

#[cfg(test)]
mod tests {
    use super::super::pack_rows;
    use super::*;
    use crate::source::spool::Spools;
    use proptest::prelude::*;

    const NO_BOUND: usize = usize::MAX;

    fn spool() -> Spool {
        Spools::in_folder("never-made").begin()
    }

    /// What was packed, and the notes.
    fn read(packed: Read<(Spool, SheetNotes)>) -> Result<(Vec<u8>, SheetNotes), String> {
        let said = |fault: Fault| fault.failure("f", Some("S")).what(crate::lang::Lang::En);
        packed.map(|(spool, notes)| (spool.finish().unwrap().to_vec(), notes)).map_err(said)
    }

    /// A row of a number of its own, if it says one, or something else between rows.
    fn row((number, kind): (usize, u8)) -> String {
        let cell = format!("<c r=\"A{number}\"><v>{}</v></c>", number * 7);
        match kind {
            0 => format!("<row r=\"{number}\" hidden=\"1\">{cell}</row>"),
            1 => format!("<row r=\"{number}\"/>"),
            2 => format!("<row spans=\"1:9\" r=\"{number}\" hidden=\"1\">{cell}</row>\n"),
            3 => "<row><c><v>5</v></c></row>".to_owned(),
            4 => format!("<!-- <row r=\"{number}\">{cell}</row> -->"),
            5 => format!(
                "<row r=\"{number}\"><c t=\"inlineStr\"><is><t><![CDATA[<row r=\"3\">{cell}]]></t></is></c></row>"
            ),
            6 => format!("<row r=\"{number}\">{cell}<extLst><row r=\"1\"/></extLst></row>"),
            7 => format!("<row r=\"{}\">{cell}</row>", number.saturating_sub(1)),
            8 => "</sheetData><sheetData>".to_owned(),
            _ => format!("<row r=\"{number}\">{cell}</row>"),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_sheet_in_pieces_is_the_sheet_in_one(
            kinds in proptest::collection::vec(prop_oneof![1 => 0u8..9, 12 => Just(9), 3 => 0u8..3], 0..40),
            before in "(<cols><col min=\"2\" max=\"3\" hidden=\"1\"/></cols>)?(<!-- <row r=\"1\"> -->|<row r=\"1\"><c><v>3</v></c></row>)?",
            behind in "(<autoFilter/>)?(<mergeCells><mergeCell ref=\"A1:B2\"/></mergeCells>)?(<row r=\"99\"/>)?",
            size in 1usize..300,
            lacking in prop_oneof![9 => Just(0usize), 1 => 1usize..60],
            changed in proptest::collection::vec((any::<proptest::sample::Index>(), r#"[<>/"=!rcvw 0-9-]|row|r="|<row |</row>|--"#), 0..3),
        ) {
            let rows: String = (1..).zip(kinds.iter().copied()).map(row).collect();
            let sheet = format!("<worksheet>{before}<sheetData>{rows}</sheetData>{behind}</worksheet>");
            let mut sheet = sheet.as_bytes()[..sheet.len().saturating_sub(lacking)].to_vec();
            for (at, with) in &changed {
                let at = at.index(sheet.len() + 1);
                sheet.splice(at..(at + 1).min(sheet.len()), with.bytes());
            }
            let sheet = sheet.as_slice();
            let lookup = Lookup::default();
            let whole = read(pack_rows(&mut { sheet }, &lookup, (NO_BOUND, None), spool()));
            let in_pieces = pack_cut(sheet, &lookup, (NO_BOUND, size), spool()).map(read);
            let is_usual = lacking == 0 && changed.is_empty() && !before.contains("<row ") && !behind.ends_with("/>")
                && kinds.iter().all(|kind| matches!(kind, 0..3 | 9));
            prop_assert!(in_pieces.is_some() || !is_usual);
            if let Some(in_pieces) = in_pieces {
                prop_assert_eq!(in_pieces, whole);
            }
        }
    }

    #[test]
    fn rows_that_go_back_and_a_source_that_fails_are_left_to_the_other_way() {
        let sheet = |numbers: &[usize]| {
            let rows = numbers.iter().map(|number| row((*number, 9))).collect::<Vec<_>>().concat();
            format!("<worksheet><sheetData>{rows}</sheetData></worksheet>")
        };
        let lookup = Lookup::default();
        // A piece of its own for every row, and one for all.
        for size in [1, 10_000] {
            let is_read = |source: &mut (dyn Source + Send)| {
                pack_cut(source, &lookup, (NO_BOUND, size), spool()).is_some()
            };
            for (numbers, expected) in
                [(&[1, 2, 9][..], true), (&[3, 4, 4], false), (&[3, 2], false), (&[], true)]
            {
                assert_eq!(is_read(&mut sheet(numbers).as_bytes()), expected, "{numbers:?}");
            }
            assert!(!is_read(&mut sheet(&[1, 2]).as_bytes().chain(Failing)));
        }
    }

    /// Gives an error and nothing else.
    struct Failing;

    impl Source for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::InvalidData.into())
        }
    }

    #[test]
    fn a_row_is_held_to_its_bound_cell_by_cell() {
        let cell = "<c t=\"inlineStr\"><is><t>a long text</t></is></c>";
        let rows = format!("<row r=\"1\">{}</row>", cell.repeat(100)).into_bytes();
        let lookup = Lookup::default();
        for (most, is_read) in [(5000, true), (300, false)] {
            let end = rows.len();
            let mut packed = Vec::new();
            let mut reader = SheetReader::among_rows(Scanner::of(rows.clone(), end), &lookup);
            assert_eq!(pack_piece(&mut reader, &mut packed, most).is_ok(), is_read);
            let mut reader = SheetReader::among_rows(Scanner::of(rows.clone(), end), &lookup);
            let mut writer = Packer::new(&mut packed);
            assert_eq!(reader.next_in_piece().unwrap(), Next::Row);
            assert_eq!(push_row(&reader, &mut writer, most).is_ok(), is_read);
            assert!(writer.len() < most + 20, "{}", writer.len());
        }
    }

    #[test]
    fn more_than_is_allowed_and_a_row_without_an_end_are_left_to_the_other_way() {
        let rows = (1..2000).map(|number| row((number, 9))).collect::<Vec<_>>().concat();
        let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
        let lookup = Lookup::default();
        let packed = |most| pack_cut(sheet.as_bytes(), &lookup, (most, 500), spool());
        let (all, _) = read(packed(NO_BOUND).unwrap()).unwrap();
        assert!(packed(all.len()).is_some() && packed(all.len() - 1).is_none());
        let endless = format!("<worksheet><sheetData><row r=\"1\">{}", " ".repeat(PIECE_MAX * 2));
        let mut cutter = Cutter {
            source: endless.as_bytes(),
            size: 500,
            used: channel().1,
            rest: Vec::new(),
            ended: false,
        };
        assert!(cutter.next().is_some_and(|piece| piece.is_whole));
        assert!(cutter.next().is_some_and(|piece| !piece.is_whole && piece.end < PIECE_MAX * 2));
        assert!(cutter.next().is_none());
    }
}
