//! Which rows of a source the ledger keeps as they were read.
//!
//! A load keeps them all: whatever the CRM says of any of them later has to be shown with its cells. A check sends
//! nothing, so nobody asks for a row but for those that it says something about; it keeps the blocks in which these
//! stand, and of the others only which rows they had. Blocks are decided about here, never cut.

use crate::problem::{Result, RowId};

use super::SourceBlock;

/// The blocks that were read, and which of them are kept.
#[derive(Debug)]
pub struct KeptRows {
    keeps_all: bool,
    /// Blocks that wait for a finding, in the order of tables and rows, and whether there is one.
    waiting: Vec<(SourceBlock, bool)>,
}

impl KeptRows {
    /// All rows, or those alone that are noted.
    pub fn new(keeps_all: bool) -> KeptRows {
        KeptRows { keeps_all, waiting: Vec::new() }
    }

    /// Takes the next block; `keep` is given it where it is kept in any case.
    ///
    /// # Errors
    /// What `keep` fails with.
    pub fn take(&mut self, block: SourceBlock, keep: impl FnOnce(SourceBlock) -> Result<()>) -> Result<()> {
        if self.keeps_all {
            return keep(block);
        }
        self.waiting.push((block, false));
        Ok(())
    }

    /// Notes a row that something is said about.
    pub fn note(&mut self, row: RowId) {
        let is_before =
            |(block, _): &(SourceBlock, bool)| (block.table, block.last_row) < (row.table, row.number);
        let at = self.waiting.partition_point(is_before);
        if let Some((_, is_noted)) = self.waiting.get_mut(at) {
            *is_noted = true;
        }
    }

    /// Gives the blocks that have waited; those without a noted row without their text, neighbours as one.
    ///
    /// # Errors
    /// What `keep` fails with.
    pub fn finish(self, mut keep: impl FnMut(SourceBlock) -> Result<()>) -> Result<()> {
        let is_gone = |block: &&(SourceBlock, bool)| !block.1;
        for neighbours in self.waiting.chunk_by(|a, b| is_gone(&a) && is_gone(&b) && a.0.table == b.0.table) {
            let ([(first, is_noted), ..], Some((last, _))) = (neighbours, neighbours.last()) else {
                continue;
            };
            let start = first.range.start;
            let end = if *is_noted { first.range.end } else { start };
            keep(SourceBlock { last_row: last.last_row, range: start..end, ..first.clone() })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::ops::RangeInclusive;

    use super::*;
    use crate::source::Text;

    #[test]
    fn the_blocks_of_noted_rows_are_kept() {
        let block = |table, first_row, last_row| SourceBlock {
            table,
            first_row,
            last_row,
            text: Text::from("text"),
            range: 0..4,
        };
        let blocks = || [block(0, 2, 1001), block(0, 1002, 1500), block(1, 2, 1001), block(1, 1003, 2000)];
        for (keeps_all, noted, expected) in [
            (true, vec![], vec![(0, 2), (0, 1002), (1, 2), (1, 1003)]),
            (false, vec![], vec![]),
            (false, vec![(0, 2), (0, 1001)], vec![(0, 2)]),
            (false, vec![(1, 2000), (0, 1500), (1, 1002)], vec![(0, 1002), (1, 1003)]),
            (false, vec![(1, 2001), (7, 1)], vec![]),
        ] {
            let mut kept = KeptRows::new(keeps_all);
            let (mut found, mut rows) = (Vec::new(), Vec::new());
            let mut keep = |block: SourceBlock| {
                let has_text = !block.range.is_empty();
                found.extend(has_text.then_some((block.table, block.first_row)));
                rows.push((block.table, block.first_row..=block.last_row));
                Ok(())
            };
            blocks().into_iter().try_for_each(|block| kept.take(block, &mut keep)).unwrap();
            for (table, number) in noted {
                kept.note(RowId { table, number });
            }
            kept.finish(&mut keep).unwrap();
            assert_eq!(found, expected);
            for block in blocks() {
                let holds = |(table, rows): &&(u16, RangeInclusive<u32>)| {
                    *table == block.table && rows.contains(&block.first_row) && rows.contains(&block.last_row)
                };
                assert_eq!(rows.iter().filter(holds).count(), 1, "{block:?}");
            }
        }
    }
}
