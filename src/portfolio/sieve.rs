//! Which rows of a record the filters let through.
//!
//! Where debtors and obligations stand in two tables, a filter speaks of the rows of its own table, and a debtor goes
//! with his obligations: one that is left out leaves none of them behind, and one of whom all obligations are left
//! out is left out himself, both with the filter that did it. So a filter never makes an orphan. Nothing is counted
//! here.

use crate::mapping::bind::Role;
use crate::mapping::filter::{Filter, Sifted, sift};
use crate::problem::RowId;
use crate::source::{Row, RowBuffer};

use super::{OpenTable, RowRef};

/// The filters, asked about the rows of one record.
#[derive(Debug)]
pub struct Sieve<'m> {
    /// The filter that leaves the whole record out.
    record: Option<&'m Filter>,
}

impl<'m> Sieve<'m> {
    /// Looks at all rows of a record first, where what becomes of one may decide about another.
    pub fn of_record(tables: &[OpenTable<'m>], rows: &[RowRef]) -> Sieve<'m> {
        let may_decide =
            |table: &OpenTable<'m>| table.bound.role != Role::Whole && !table.bound.filters.is_empty();
        if !tables.iter().any(may_decide) {
            return Sieve { record: None };
        }
        let mut roles = Role::JOINED.iter().map(|(_, role)| *role);
        Sieve { record: roles.find_map(|role| all_out(tables, rows, role)) }
    }

    /// What becomes of one of the rows; a filter of its own table is told before that of the other one.
    pub fn sift(&self, table: &OpenTable<'m>, row: Row<'_>, id: RowId) -> Sifted<'m> {
        match (sift(&table.bound.filters, row, id), self.record) {
            (Sifted::Kept | Sifted::Unreadable(_), Some(filter)) => Sifted::Out(filter),
            (own, _) => own,
        }
    }
}

/// The first filter at work, where the filters leave out every row that a record has in the tables of a role.
fn all_out<'m>(tables: &[OpenTable<'m>], rows: &[RowRef], role: Role) -> Option<&'m Filter> {
    let mut buffer = RowBuffer::default();
    let mut first = None;
    for row_ref in rows {
        let table = &tables[usize::from(row_ref.table())];
        if table.bound.role != role {
            continue;
        }
        table.read_at(row_ref, &mut buffer);
        let id = row_ref.id();
        let Sifted::Out(filter) = sift(&table.bound.filters, Row::of(&table.table.text, &buffer), id) else {
            return None;
        };
        first.get_or_insert(filter);
    }
    first
}
