//! What can be made to go wrong, and in which request: the vocabulary of a rehearsal.
//!
//! A fault is written `WHAT@WHICH`, so that a command line, a test and the log of requests name it alike.
//! The text is read and written by `grammar`; a fault is played by `play` (what concerns the connection or the
//! whole answer) and by `summary` (what concerns the counters and the list of failures).
//! This file never looks at a request and keeps no state: whether a fault is due depends only on the number of
//! the request and the seed, so the same rehearsal can be had again.

use std::time::Duration;

/// The longest time a fault keeps a client waiting.
pub(super) const LONGEST_WAIT: Duration = Duration::from_mins(10);

/// One hundred per cent, in the hundredths of a per cent in which [`Which::Chance`] counts.
pub(super) const WHOLE: u16 = 10_000;

/// Something that goes wrong, in the requests where it goes wrong: `WHAT@WHICH`.
///
/// WHICH counts the requests that arrive, of all endpoints, from 1: `3`, `3-5`, `3-` (from the third on), `*` (all),
/// `%10` (every tenth), `~5%` (five per cent, drawn from the seed).
///
/// | WHAT | the client sees | stored |
/// |---|---|---|
/// | `status-NNN`, `status-NNN-after` | this HTTP status and the error envelope | no, yes |
/// | `code-NNN` | HTTP 200, this code in the envelope | no |
/// | `reset`, `reset-after` | the connection reset, no byte of an answer | no, yes |
/// | `hang`, `hang-after` | nothing, for ten minutes at most | no, yes |
/// | `slow-2s`, `slow-300ms`, `slow-1m` | the right answer, late | yes, before the wait |
/// | `html` | HTTP 200 and a login page | no |
/// | `empty` | HTTP 200 and no body | yes |
/// | `truncate` | the first half of the right answer | yes |
/// | `huge` | HTTP 200 and up to 1 GiB | no |
/// | `redirect-URL` | HTTP 307 to the URL | no |
/// | `limit`, `busy`, `bad-token` | HTTP 403 with the vendor's text | no |
/// | `retry-after-TEXT` | HTTP 429, `Retry-After: TEXT` (seconds, a date, anything) | no |
/// | `reject`, `reject-all` | the first record, or every one, rejected by name | the others |
/// | `unnamed` | one failure counted, none listed | all but the first |
/// | `message-only` | one failure, listed as a sentence that names no record | all but the first |
/// | `id-list`, `map` | one failure, listed as `["ID"]` or `{"ID": "reason"}` | all but the first |
/// | `foreign` | one failure, listed with an Identification that was not sent | all but the first |
/// | `miscount` | one insert too few, no failure | all |
/// | `empty-counters` | the vendor's sample, which is not JSON | all |
/// | `as-strings` | a right answer whose counters are text | all |
/// | `no-records` | a search that finds nothing, whatever is stored | all |
/// | `twins` | a search that finds the record twice, under two ids | all |
///
/// The faults from `reject` on are played in loads only, the last two in searches only.
///
/// ```
/// let fault: cartera::sandbox::Fault = "reset-after@3".parse()?;
/// assert_eq!(fault.to_string(), "reset-after@3");
/// # Ok::<(), cartera::sandbox::FaultError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub(super) what: What,
    pub(super) which: Which,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// This HTTP status, in the error envelope.
    Status { code: u16, work: Work },
    /// HTTP 200 with this code in the envelope; nothing is stored.
    Code(u16),
    /// The connection is reset without an answer.
    Reset(Work),
    /// No answer until the client leaves.
    Hang(Work),
    /// The right answer, late.
    Slow(Duration),
    /// The login page of the CRM, with HTTP 200; nothing is stored.
    Html,
    /// HTTP 200 without a body; the records are stored.
    Empty,
    /// The right answer, cut in the middle; the records are stored.
    Truncate,
    /// HTTP 200 and a body that does not want to end; nothing is stored.
    Huge,
    /// HTTP 307 to this address.
    Redirect(String),
    /// The quota of the day is used up.
    Limit,
    /// Too many requests at the same time.
    Busy,
    /// The token is refused.
    BadToken,
    /// HTTP 429 with this in its `Retry-After`: seconds, a date, or what no client understands.
    RetryAfter(String),
    /// An answer to a load that is wrong in its counters or in its list of failures, or one to a search that is wrong
    /// in what it found.
    Shape(Shape),
}

/// Whether the CRM did its work before the fault struck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// Nothing was stored.
    Undone,
    /// The records were stored: the fault hides that it went well.
    Done,
}

/// How the answer to a load or to a search differs from the documented one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// The first record is rejected by name, with a reason.
    Reject,
    /// Every record is rejected by name.
    RejectAll,
    /// The first record is not stored and counted as failed, but named nowhere.
    Unnamed,
    /// Everything is stored, yet the counters say one less.
    Miscount,
    /// The sample that the vendor prints: counters without values, which is not JSON.
    EmptyCounters,
    /// The first record is not stored; the list of failures holds a sentence that names no record.
    MessageOnly,
    /// A right answer, with text where numbers and booleans are documented.
    AsStrings,
    /// The first record is not stored; the list of failures holds its bare Identification.
    IdList,
    /// The first record is not stored; the failures are an object, Identification to reason.
    Map,
    /// The first record is not stored; the list of failures names one that was not sent.
    Foreign,
    /// A search finds nothing, whatever is stored.
    NoRecords,
    /// A search finds the record twice.
    Twins,
}

impl Shape {
    /// Whether it is the form of an answer to a search.
    pub(super) fn is_of_search(self) -> bool {
        matches!(self, Shape::NoRecords | Shape::Twins)
    }
}

/// The requests in which a fault is due, by their number of arrival since the sandbox began, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    One(u64),
    Range(u64, u64),
    From(u64),
    All,
    Every(u64),
    /// In hundredths of a per cent, 1 to [`WHOLE`].
    Chance(u16),
}

/// Why a text is no fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// There is no `@` in the text.
    #[error("a fault is written WHAT@WHICH, as in reset-after@3; “{0}” has no @")]
    NoAt(String),
    /// What stands before the `@` is not known.
    #[error(
        "“{0}” is not something the sandbox can make go wrong; it knows status-503, status-503-after, code-417, \
         reset, reset-after, hang, hang-after, slow-2s, html, empty, truncate, huge, redirect-URL, limit, busy, \
         bad-token, retry-after-5, reject, reject-all, unnamed, miscount, empty-counters, message-only, \
         as-strings, id-list, map, foreign, no-records and twins"
    )]
    What(String),
    /// What stands after the `@` is not known.
    #[error(
        "“{0}” does not say in which requests; write 3, 3-5, 3- (from the third on), * (all), %10 (every tenth) \
         or ~5% (five per cent, at random)"
    )]
    Which(String),
}

impl Fault {
    /// What goes wrong.
    pub(super) fn what(&self) -> &What {
        &self.what
    }

    /// Whether the fault is due in request `n`; `seed` decides where chance does.
    pub(super) fn is_due(&self, n: u64, seed: u64) -> bool {
        match self.which {
            Which::One(one) => n == one,
            Which::Range(first, last) => (first..=last).contains(&n),
            Which::From(first) => n >= first,
            Which::All => true,
            Which::Every(step) => n.is_multiple_of(step),
            Which::Chance(share) => draw(seed, n, &self.what) < u64::from(share),
        }
    }
}

/// A number below [`WHOLE`] for this seed, request and fault. A hash is used and not a generator, because the
/// requests arrive in no fixed order and a seed must mean the same after the generator's crate has changed.
fn draw(seed: u64, n: u64, what: &What) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    hasher.update(&n.to_le_bytes());
    hasher.update(what.to_string().as_bytes());
    let mut first = [0; 8];
    hasher.finalize_xof().fill(&mut first);
    u64::from_le_bytes(first) % u64::from(WHOLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_due_where_it_says() {
        for (which, due) in [
            ("3", vec![3]),
            ("3-5", vec![3, 4, 5]),
            ("8-", vec![8, 9, 10]),
            ("%4", vec![4, 8]),
            ("*", (1..=10).collect()),
            ("~100%", (1..=10).collect()),
        ] {
            let fault: Fault = format!("reset@{which}").parse().unwrap();
            let found: Vec<u64> = (1..=10).filter(|n| fault.is_due(*n, 7)).collect();
            assert_eq!(found, due, "{which}");
        }
    }

    #[test]
    fn chance_follows_the_seed_and_keeps_its_share() {
        let fault: Fault = "reset@~5%".parse().unwrap();
        let due = |seed| (1..=20_000).filter(|n| fault.is_due(*n, seed)).collect::<Vec<u64>>();
        assert_eq!(due(1), due(1));
        assert_ne!(due(1), due(2));
        assert!((800..1200).contains(&due(1).len()), "{}", due(1).len());
    }
}
