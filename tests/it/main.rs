//! Behaviour of the real binary, against a loopback server that can misbehave.

#![expect(clippy::unwrap_used, reason = "in a test, what cannot be unwrapped is the failure")]

mod support;

/// The samples, the error report, corrections, and the store that results.
mod portfolio;

/// Debtors and obligations in two tables.
mod joined;

/// Several obligations in one row.
mod wide;

/// Files as creditors really send them.
mod reading;

/// Sheets, merges, encodings, broken accents, percentages.
mod layout;

/// What else a file may do, one line each.
mod matrix;
/// The same of workbooks.
mod matrix_workbooks;

/// Polluted and mutated files.
mod polluted;

/// What reading costs, what it leaves behind, and a reader that dies.
mod streams;

/// Filters, blank cells, control totals, documents and phones.
mod values;

/// A file that is not like the ones before.
mod drift;

/// Sums and states for any rows.
mod sums;

/// Filters and totals over two tables and wide rows.
mod sifted;

/// Mutated workbooks of every kind.
mod mutated_workbooks;

/// What a file holds, before there is a mapping.
mod inspect;

/// One row, all the way.
mod explain;
/// The mapping that is written from what a file's columns seem to be.
mod map;
mod map_targets;

/// Every odd answer of the server: states, exit codes, calls.
mod faults;

/// The fault suite by scenario files.
mod scenarios;

/// A few records go first, and a person decides about the rest.
#[cfg(unix)]
mod canary;

/// Records of unknown outcome are looked for.
mod read_back;

/// Kill, interrupt, lock.
mod crash;

/// Only what has changed is sent.
mod changed;

/// Damage, loss, migrations, a full disk, forgetting.
mod ledger;

/// Killed at each stage of a run.
mod stages;

/// Ctrl-C once and twice, terminals and pipes that close.
mod signals;

/// What is shown while a load goes on.
mod progress;

/// What holds between this machine and the server.
mod transport;

/// The pace as the server sees it.
mod pace;

/// What is left of a day's calls: the plan, the end, and the way on.
mod quota;

/// The ledger's runs in 80 columns, their reports again, and what is between two portfolios.
mod history;
/// What a report says, to whom, and what it never shows.
mod report;
/// Each target's runs in its own words, and what the CRM said of them.
mod told;

/// The error files give back what was read.
mod round_trip;

/// Folders that nobody watches: whole files, moves, interruptions, messages.
mod watch;

/// A night of forty files, in fast motion.
mod night;

/// Tokens and personal data.
mod secrets;

/// Every command line of the README, and what it says of them.
mod readme;

/// Usage, refusals, messages in both languages.
mod refusals;

/// Help, usage errors and foreign texts in the reader's language.
mod words;

/// Rules of the source tree that a machine can hold.
mod tidy;

/// Every target: what it sends, word for word.
mod targets;

/// What happens to a portfolio after it is loaded, by its samples.
mod luna;

/// Case files are found by their Identification.
mod resolve;
