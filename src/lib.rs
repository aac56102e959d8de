//! cartera loads the debt portfolios that creditors send to collections teams into wolkvox CRM: no row lost, no
//! limit broken, and a report that an Excel person can act on.
//!
//! # The way of the data
//!
//! ```text
//!          plan (no network)                                          send (the source file is not needed)
//! file → source → survey → mapping → portfolio → target → LEDGER → upload → target → LEDGER → report
//!         Row    Verdicts   Fields    Record      body   planned   paced   verdict   settled   files
//!          |        |          |         |
//!          +--------+----------+---------+--> Problem (where, what, why) → LEDGER (invalid)
//! ```
//!
//! Two phases that meet only in the ledger: [`pipeline::plan`] turns files into planned chunks, and
//! [`upload::Sender`] brings planned chunks to verdicts. The sender never opens a source, so `resume` is the
//! second half of a first run, and `retry` is a plan made from the ledger instead of a file.
//!
//! [`watch`] runs the same commands for files that arrive in folders, each in a process of its own.
//!
//! # The laws
//!
//! 1. Nothing is lost and nothing is guessed in silence: every row read ends in exactly one [`books::State`], and
//!    the [`books::Books`] balance in rows, records, obligations and money.
//! 2. Every [`problem::Problem`] has a [`problem::Place`], and it survives grouping: what the CRM says of a record
//!    reaches all its source rows.
//! 3. Intent before action: a chunk is committed as `sending` before its first byte leaves, its verdict before
//!    anything is shown. What a crash leaves in between is unknown.
//! 4. A [`target::Verdict`] says what an answer means. Only what surely was not written is sent again by itself;
//!    an unknown outcome is held until a person decides.
//! 5. Text first: identifications and phones keep every digit and zero; what a spreadsheet destroyed is reported.
//! 6. A column's format is decided by the whole column, with the row that proves it ([`survey`]).
//! 7. The pace is never exceeded in any window ([`upload::pace`]).
//! 8. [`survey`], [`mapping`], [`portfolio`], [`target`], [`drift`], [`diff`] and [`report`] do no I/O and read no clock (but for the
//!    mapping file itself); HTTP is in [`upload::wire`] alone, SQL in [`ledger`] alone.
//! 9. Tokens cannot be printed ([`secret`]); what is kept on disk is its owner's alone ([`platform`]).
//! 10. A problem's [`lang::Code`] is stable, and has words in every language or does not compile.
//!
//! # Modules, in the order of the data

pub mod source;
pub mod survey;

pub mod mapping;

pub mod portfolio;

pub mod target;

pub mod drift;

pub mod pipeline;

pub mod ledger;

pub mod upload;

pub mod report;

pub mod diff;

pub mod attachment;
pub mod books;
pub(crate) mod bytewise;
pub mod cli;
pub(crate) mod config;
pub(crate) mod crew;
pub mod draft;
pub mod lang;
pub mod platform;
pub mod private_file;
pub mod problem;
pub mod quantities;
pub mod sandbox;
pub mod secret;
pub mod settings;
pub mod synonyms;
pub(crate) mod utf8;
pub mod watch;
