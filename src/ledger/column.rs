//! Reading a column: what cannot stand there means that the file is damaged, and is never a panic.
//!
//! `SQLite` keeps any type in any column, so a flipped bit may change the type of a value and leave the file whole.

use std::path::Path;

use sqlx::sqlite::SqliteRow;
use sqlx::{ColumnIndex, Decode, Row as _, Sqlite, Type};

use super::{FILE_NAME, damaged, guard};
use crate::problem::Result;

/// A row whose columns are read without trust.
pub(super) trait Columns {
    /// The value of a column; `ledger-damaged` when it is of another type.
    fn value<'r, T: Decode<'r, Sqlite> + Type<Sqlite>>(
        &'r self,
        at: impl ColumnIndex<SqliteRow>,
    ) -> Result<T>;

    /// A number of things; `ledger-damaged` when it is below zero.
    fn count(&self, at: usize) -> Result<u64>;
}

impl Columns for SqliteRow {
    fn value<'r, T: Decode<'r, Sqlite> + Type<Sqlite>>(
        &'r self,
        at: impl ColumnIndex<SqliteRow>,
    ) -> Result<T> {
        self.try_get(at).map_err(|error| guard::failure(Path::new(FILE_NAME), &error))
    }

    fn count(&self, at: usize) -> Result<u64> {
        u64::try_from(self.value::<i64>(at)?).map_err(|error| damaged(Path::new(FILE_NAME), error))
    }
}
