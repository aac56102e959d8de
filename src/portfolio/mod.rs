//! Rows become records: an expediente with its obligations.
//!
//! [`index`] remembers where each row stands and which record it belongs to, in a few bytes a row; [`assemble`]
//! reads the rows of one record again and makes the record of them, or says why it cannot be sent. Rows of one
//! record need not stand together, nor in one file. No I/O, no clock.

pub mod assemble;
pub mod batch;
pub mod blanks;
pub(crate) mod bodies;
pub mod chunk;
pub mod control;
mod duplicates;
pub mod earlier;
pub mod index;
pub mod joined;
pub mod kept;
mod keys;
pub mod known;
mod lacking;
mod part;
pub mod record;
mod said;
pub mod scan;
mod scratch;
mod settle;
pub mod sieve;
mod spellings;
mod unsent;

pub use assemble::{Assembler, Assembly};
pub use batch::{Batch, Maker, Making};
pub use bodies::{Bodies, BodySettings, BodyUse};
pub use chunk::{Chunk, Packer, RecordEntry, RowShare};
pub use earlier::Earlier;
pub use index::{Index, Indexer, RowRef};
pub use kept::KeptRows;
pub use known::Known;
pub use record::Record;
pub use scan::{Naming, OpenTable, Scanned, SourceBlock, scan};
