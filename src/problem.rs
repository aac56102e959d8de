//! What can be wrong, where it is, and what to do about it.
//!
//! A [`Problem`] is bad input: data about a row, collected, stored and reported, never an early return. A
//! [`Failure`] is what ends a command: it carries a stable [`Code`], its values and the exit status. Neither
//! holds a token, and a failure holds no debtor's data beyond the one value that a person must correct.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::lang::{Code, Lang, Say, fill, foreign};
use crate::survey::Header;

/// How a process ends; a number keeps its meaning for ever (`cli.md`, exit codes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exit {
    /// 0: every row is loaded, unchanged or skipped with a reason.
    Done,
    /// 1: nothing was sent.
    Refused,
    /// 3: finished; some rows were invalid or rejected.
    Partial,
    /// 4: stopped before the end; `resume` goes on.
    Stopped,
    /// 5: finished, but some outcomes are unknown and held.
    Held,
    /// 6: another process holds the run or the ledger.
    Locked,
    /// 7: the CRM refused the token.
    TokenRefused,
    /// 8: the ledger or the disk cannot be written.
    Unwritable,
}

impl Exit {
    /// The number given to the operating system.
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Refused => 1,
            Exit::Partial => 3,
            Exit::Stopped => 4,
            Exit::Held => 5,
            Exit::Locked => 6,
            Exit::TokenRefused => 7,
            Exit::Unwritable => 8,
        }
    }

    /// The status word of the JSON result for a command that sends.
    pub fn status(self) -> &'static str {
        match self {
            Exit::Done => "loaded",
            Exit::Refused => "refused",
            Exit::Partial => "partial",
            Exit::Stopped | Exit::TokenRefused | Exit::Unwritable => "stopped",
            Exit::Held => "held",
            Exit::Locked => "locked",
        }
    }
}

/// A cell or a row of a source, named the way its spreadsheet shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Place {
    /// File name as given.
    pub file: String,
    /// Sheet name; none for a CSV.
    pub sheet: Option<String>,
    /// Row number as the spreadsheet shows it, from 1; none when the whole file is meant.
    pub row: Option<u32>,
    /// Column header.
    pub column: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(sheet) = &self.sheet {
            write!(f, " [{sheet}]")?;
        }
        if let Some(row) = self.row {
            write!(f, ":{row}")?;
        }
        if let Some(column) = &self.column {
            write!(f, " «{column}»")?;
        }
        Ok(())
    }
}

/// A row of a run: the table it stands in and its number as the spreadsheet shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RowId {
    /// Ordinal of the table within the run, from 0.
    pub table: u16,
    /// Row number as the spreadsheet shows it, from 1.
    pub number: u32,
}

/// How much a problem weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The row cannot be sent.
    Error,
    /// The row is sent; a person should know.
    Warning,
}

/// Something wrong with a row, or with one cell of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The row.
    pub row: RowId,
    /// The cell's column, counted from 0; none when the row as a whole is meant.
    pub column: Option<u16>,
    /// What rule was broken.
    pub code: Code,
    /// Whether it holds the row back.
    pub severity: Severity,
    /// The field of the target that the cell feeds.
    pub field: String,
    /// The value found.
    pub value: String,
    /// What the rule expects: a format, a length, another row.
    pub expected: String,
}

impl Problem {
    /// A problem that holds a row back, with nothing filled in but its place and code.
    pub fn error(row: RowId, code: Code) -> Problem {
        Problem {
            row,
            column: None,
            code,
            severity: Severity::Error,
            field: String::new(),
            value: String::new(),
            expected: String::new(),
        }
    }

    /// What is the matter, as a sentence.
    pub fn what(&self, lang: Lang) -> String {
        fill(self.code.words(lang).what, &self.values())
    }

    /// What to do now, as a sentence.
    pub fn fix(&self, lang: Lang) -> String {
        fill(self.code.words(lang).fix, &self.values())
    }

    fn values(&self) -> [(&'static str, &str); 3] {
        [("field", &self.field), ("value", &self.value), ("expected", &self.expected)]
    }
}

/// Why a planned row is not going to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LeftOutState {
    /// It, or another row of its record, has a problem.
    Invalid,
    /// It is not data, or a repetition; the code says which.
    Skipped,
    /// It is sent, but not all of its record is: a report has to have it, so that the record can be sent whole. It
    /// counts where it is sent, and weighs nothing here.
    SentInPart,
}

/// One or more neighbouring rows that are not going to be sent, or that a report needs beside such a one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The (first) row.
    pub row: RowId,
    /// How many rows count here, one after the other: more than one only for blank rows, none for a line of a row
    /// that counts elsewhere, because another of its lines weighs more.
    pub rows: u32,
    /// How many lines (obligations) of the row this is about.
    pub lines: u32,
    /// Invalid, skipped, or sent without the rest of its record.
    pub state: LeftOutState,
    /// The reason: a problem's code, `context`, or a skip reason.
    pub code: Code,
    /// What the reason refers to, such as the row that is at fault.
    pub expected: String,
    /// The money of those lines; none when it could not be read.
    pub money: Option<Decimal>,
    /// Rows of one invalid record share this number; none for rows of no record.
    pub record: Option<u32>,
}

/// A value of a message: a text, or something that is said in the reader's language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// The same in every language.
    Text(String),
    /// In the reader's language.
    Said(Say),
}

impl Value {
    /// The value in a language.
    pub fn text(&self, lang: Lang) -> &str {
        match self {
            Value::Text(text) => text,
            Value::Said(say) => say.text(lang),
        }
    }
}

/// The value of a failure that says when there is a point in trying again, as a timestamp.
pub const AGAIN_AT: &str = "again_at";
/// The value of a failure that names the run which loaded the same content before.
pub const EARLIER_RUN: &str = "earlier_run";
/// The value of a failure that says how many rows that run has yet to send.
pub const EARLIER_UNSENT: &str = "earlier_unsent";

/// What ends a command before its work is done.
#[derive(Debug, Clone)]
pub struct Failure {
    /// What happened.
    pub code: Code,
    /// The values of its message.
    pub values: Vec<(&'static str, Value)>,
    /// Where in the source, when it is about a source.
    pub place: Option<Place>,
    /// The header in which a column was not found, for whoever remembers an earlier one.
    pub header: Option<Box<Header>>,
}

/// The result of everything that can end a command.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// A failure with no values yet.
    pub fn new(code: Code) -> Failure {
        Failure { code, values: Vec::new(), place: None, header: None }
    }

    /// Adds a value to the message.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "a value is anything that can be shown, owned or not")]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Failure {
        self.values.push((name, Value::Text(value.to_string())));
        self
    }

    /// Adds a value that is said in the reader's language.
    #[must_use]
    pub fn with_say(mut self, name: &'static str, say: Say) -> Failure {
        self.values.push((name, Value::Said(say)));
        self
    }

    /// Adds the place in the source.
    #[must_use]
    pub fn at(mut self, place: Place) -> Failure {
        self.place = Some(place);
        self
    }

    /// Says in which file and sheet it is; a row that is known stays known.
    #[must_use]
    pub fn within(self, place: &Place) -> Failure {
        let row = self.place.as_ref().and_then(|known| known.row);
        self.at(Place { row, ..place.clone() })
    }

    /// Adds the header in which a column was not found.
    #[must_use]
    pub fn with_header(mut self, header: &Header) -> Failure {
        self.header = Some(Box::new(header.clone()));
        self
    }

    /// What happened, as a sentence.
    pub fn what(&self, lang: Lang) -> String {
        self.filled(self.code.words(lang).what, lang)
    }

    /// What to do now, as a sentence.
    pub fn fix(&self, lang: Lang) -> String {
        self.filled(self.code.words(lang).fix, lang)
    }

    /// The exit status that the failure asks for.
    pub fn exit(&self) -> Exit {
        match self.code {
            Code::Locked | Code::LedgerBusy | Code::FolderLocked => Exit::Locked,
            Code::TokenRefused => Exit::TokenRefused,
            Code::LedgerUnwritable
            | Code::LedgerDamaged
            | Code::LedgerGone
            | Code::LedgerLost
            | Code::FileUnwritable
            | Code::PaceUnwritable
            | Code::ReportUnwritable
            | Code::SpoolUnwritable
            | Code::StateFolder
            | Code::WatchUnwritable => Exit::Unwritable,
            Code::CrmDown
            | Code::CrmSaysWait
            | Code::QuotaEnded
            | Code::EndpointRefused
            | Code::FilesRanOut
            | Code::Redirected
            | Code::ConnectionUntrusted
            | Code::ProxyRefused
            | Code::NotTheCrm
            | Code::SameRejection
            | Code::UnknownStreak
            | Code::LookupsRefused
            | Code::CanaryNotAccepted
            | Code::CanaryDeclined
            | Code::StoppedByUser
            | Code::LimitReached => Exit::Stopped,
            _ => Exit::Refused,
        }
    }

    /// The value of a name, in a language.
    pub fn value(&self, name: &str, lang: Lang) -> Option<&str> {
        self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.text(lang))
    }

    /// A message with its values. A reason may be the system's or a parser's, which is said in our words; a day is
    /// written as the reader writes it.
    fn filled(&self, message: &str, lang: Lang) -> String {
        let text = |(name, value): &(&'static str, Value)| match value {
            Value::Text(text) if *name == "reason" => {
                (*name, foreign::reason(self.code, text, lang).into_owned())
            }
            Value::Text(text) if *name == "until" || self.code == Code::RunPurged => {
                (*name, lang.rewritten_day(text))
            }
            value => (*name, value.text(lang).to_owned()),
        };
        let values: Vec<_> = self.values.iter().map(text).collect();
        let values: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        fill(message, &values)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.what(Lang::En))
    }
}

impl std::error::Error for Failure {}
