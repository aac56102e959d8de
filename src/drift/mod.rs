//! What changed since the loads that were accepted before: said before anything is sent.
//!
//! A creditor who writes balances without their point, who leaves a column out or sends half of the portfolio sends
//! a file that is valid cell by cell. Only a memory of the last loads shows it. [`profile`] is that memory: headers,
//! formats, counts and sums of a load, and nothing of any debtor; [`compare()`] holds a new file against it, and
//! [`lost`] says what became of a column that the mapping asks for and does not find. Nothing here reads a file, a
//! ledger or a clock, and nothing is corrected: a change is named, and a person decides.
//!
//! # What is compared with what
//!
//! A baseline is a load that came to its end with records accepted (exit 0 or 3), of the same server, operation,
//! target and mapping (the mapping's file name without its folder, so that a copied project keeps its memory). A
//! corrected report, `retry`, `resume` and `check` are no baselines; the stand-in has its own, being a server of its
//! own. The last baseline is what is named; up to [`MEMORY`] of them say what is normal: **a figure that lies within
//! what they have shown never stops a load**, however far it is from the last one.
//!
//! | code | what | weight, and why |
//! | --- | --- | --- |
//! | `drift-column-lost` | a column of the mapping is not there | stops, and cannot be accepted: there is nothing to send |
//! | `drift-column-gone`, `drift-column-renamed` | another column is not there, or has another name | remark: nothing of it is sent, or it was found all the same |
//! | `drift-column-new`, `drift-column-moved` | | remark: columns are found by name |
//! | `drift-rows`, `drift-records` | under 60 % of the last load, or twice as many, outside the range | stops: half a portfolio, or one pasted twice |
//! | `drift-scale` | the median of an amount column is 5 times the last one, or under a fifth of it, outside the range | stops: cents taken for units, thousands left out |
//! | `drift-total` | its sum is 3 times the last one, or under 0.3 of it, outside the range, while rows and median are normal | stops: one absurd cell |
//! | `drift-format` | another order of dates, another decimal sign | stops: a day may be read as a month |
//! | `drift-width` | nine in ten numbers of an identification had one width, and fewer than half have it now | stops: zeros were lost, and records would be made anew |
//! | `drift-kind` | words where numbers were, or numbers where words were, in half of the values more | stops: columns were swapped |
//! | `drift-blanks` | 25 points more of the cells are blank, above the range | stops; from 10 points on, and twice as many, a remark |
//! | `drift-sheet`, `drift-encoding` | | remark: the columns were found, the text was read |
//! | `drift-content` | 95 % of the records were sent before, to the last digit | remark; the whole of it is refused as `same-content` |
//!
//! Few values prove nothing: counts below [`FEW`] rows, and columns with fewer than [`FEW`] values ([`FEW_AMOUNTS`]
//! for amounts, where a factor of a hundred shows early), are not compared.

mod compare;
pub mod lost;
pub mod profile;
#[cfg(test)]
mod tests;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::lang::interface::day_in_words;
use crate::lang::{Code, Lang, fill};
use crate::ledger::RunId;

pub use compare::compare;
pub use profile::{Profile, Profiler};

/// How many of the last baselines are remembered.
pub const MEMORY: u32 = 6;
/// Fewer rows, or values of a column, than these prove nothing.
pub const FEW: u64 = 20;
/// Fewer amounts than these prove nothing.
pub const FEW_AMOUNTS: u64 = 5;
/// From this share of equal records on, in thousandths, a file is said to be nearly one that was loaded.
pub const NEARLY: u64 = 950;

/// A load that was accepted, as it is remembered.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// The run.
    pub run: RunId,
    /// The day on which it began.
    pub day: jiff::civil::Date,
    /// What it was like.
    pub profile: Profile,
}

/// Something that can be more or less, or simply other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Figure {
    /// A number of things.
    Count(u64),
    /// A share in thousandths.
    Share(u64),
    /// An amount.
    Amount(Decimal),
    /// A name or a format.
    Text(String),
    /// It is not there.
    Nothing,
}

impl Figure {
    /// The figure for a person; nothing is a dash.
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Figure::Count(count) => lang.count(*count),
            Figure::Share(share) => {
                let digits = percent(*share).to_string();
                format!("{} %", if lang == Lang::Es { digits.replace('.', ",") } else { digits })
            }
            Figure::Amount(amount) => lang.money(amount.normalize()),
            Figure::Text(text) => text.clone(),
            Figure::Nothing => "–".to_owned(),
        }
    }

    /// The figure for a program: plain digits; a share in percent.
    pub fn plain(&self) -> Option<String> {
        match self {
            Figure::Count(count) => Some(count.to_string()),
            Figure::Share(share) => Some(percent(*share).to_string()),
            Figure::Amount(amount) => Some(amount.normalize().to_string()),
            Figure::Text(text) => Some(text.clone()),
            Figure::Nothing => None,
        }
    }
}

fn percent(share: u64) -> Decimal {
    Decimal::new(share.cast_signed(), 1).normalize()
}

/// How much a change weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// Nothing is sent until a person has accepted it.
    Stop,
    /// It is said, and the load goes on.
    Remark,
}

/// Something that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What kind of change.
    pub code: Code,
    /// Whether it stops the load.
    pub weight: Weight,
    /// File, sheet and column.
    pub place: String,
    /// The column, when it is about one.
    pub column: Option<String>,
    /// As it was.
    pub before: Figure,
    /// As it is.
    pub now: Figure,
    /// How many times as much, where that tells something: `× 100`.
    pub factor: Option<String>,
    /// The run that it is compared with.
    pub run: RunId,
    /// The day of that run.
    pub day: jiff::civil::Date,
}

impl Change {
    /// What changed, as a sentence.
    pub fn what(&self, lang: Lang) -> String {
        self.fill(self.code.words(lang).what, lang)
    }

    /// What to do now, as a sentence.
    pub fn fix(&self, lang: Lang) -> String {
        self.fill(self.code.words(lang).fix, lang)
    }

    /// What changed, with its place.
    pub fn line(&self, lang: Lang) -> String {
        format!("{}: {}", self.place, self.what(lang))
    }

    fn fill(&self, words: &str, lang: Lang) -> String {
        let factor = self.factor.as_ref().map_or_else(String::new, |factor| format!(" ({factor})"));
        let column = self.column.as_deref().unwrap_or_default();
        let values = [
            ("column", column),
            ("before", &self.before.text(lang)),
            ("now", &self.now.text(lang)),
            ("factor", &factor),
            ("run", &self.run.to_string()),
            ("day", &day_in_words(lang, self.day)),
        ];
        fill(words, &values)
    }
}

/// That so many of a file's records were sent before, exactly as they are; nothing where too few were.
pub fn nearly_same(
    baseline: (RunId, jiff::civil::Date),
    place: &str,
    (equal, all): (u64, u64),
) -> Option<Change> {
    let share = thousandths(equal, all);
    (share >= NEARLY).then(|| Change {
        code: Code::DriftContent,
        weight: Weight::Remark,
        place: place.to_owned(),
        column: None,
        // All but one in a million is not the whole.
        before: Figure::Share(if equal < all { share.min(999) } else { share }),
        now: Figure::Count(all - equal),
        factor: None,
        run: baseline.0,
        day: baseline.1,
    })
}

/// How many of the new records are equal to known ones; both are sorted fingerprints of the same width, as the ledger keeps
/// them.
pub fn equal_records(new: &[u8], known: &[u8]) -> u64 {
    const WIDTH: usize = 16;
    let (mut new, mut known) = (new.chunks_exact(WIDTH).peekable(), known.chunks_exact(WIDTH).peekable());
    let mut equal = 0;
    while let (Some(a), Some(b)) = (new.peek(), known.peek()) {
        match a.cmp(b) {
            std::cmp::Ordering::Less => {
                new.next();
            }
            std::cmp::Ordering::Greater => {
                known.next();
            }
            std::cmp::Ordering::Equal => {
                equal += 1;
                new.next();
                known.next();
            }
        }
    }
    equal
}

/// A share in thousandths; nothing of nothing is nothing.
fn thousandths(part: u64, all: u64) -> u64 {
    (part * 1000).checked_div(all).unwrap_or(0)
}
