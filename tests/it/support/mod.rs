//! What the tests of the binary share.

/// What a person does with an error report in a spreadsheet.
pub(crate) mod correction;
/// A folder in which the binary is run, and the stand-in CRM beside it.
pub(crate) mod workdir;
