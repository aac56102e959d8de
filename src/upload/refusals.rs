//! What refusals teach a run: how far a refused chunk is split, which size is too large, and when it is the whole
//! load that is refused.
//!
//! A chunk refused as a whole is halved until the record at fault stands alone; that costs calls, so a run has a
//! budget of them. Rejections that all say the same, with nothing accepted between them, are not the records' fault.
//! Nothing here sends, waits or stores.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::target::Exception;

/// Calls that splitting may cost in any run, however short.
const SPLIT_CALLS_LEAST: u64 = 64;
/// The same rejection stops a run when it has met so many chunks, one after the other ...
const SAME_CHUNKS: u32 = 3;
/// ... and so many records.
const SAME_RECORDS: u64 = 8;

/// What a run has learned from refusals so far.
pub(super) struct Refusals {
    inner: Mutex<Inner>,
}

struct Inner {
    calls_left: u64,
    too_large: Option<usize>,
    same: Option<Same>,
}

struct Same {
    text: String,
    chunks: u32,
    records: u64,
}

impl Refusals {
    /// Goes on from what the ledger knows: chunks planned, chunks that came from splits, and the smallest body that
    /// was refused for its size. Splitting may cost as many calls as the plan itself has.
    pub(super) fn new((planned, split, too_large): (u64, u64, Option<usize>)) -> Refusals {
        let calls_left = planned.max(SPLIT_CALLS_LEAST).saturating_sub(split);
        Refusals { inner: Mutex::new(Inner { calls_left, too_large, same: None }) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics while the lock is held; if it did, the values would still be whole.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the two calls of a split; false when the budget is used up.
    pub(super) fn may_split(&self) -> bool {
        let mut inner = self.lock();
        let left = inner.calls_left.checked_sub(2);
        inner.calls_left = left.unwrap_or(inner.calls_left);
        left.is_some()
    }

    /// Remembers that a body of so many bytes is too large.
    pub(super) fn learn_size(&self, bytes: usize) {
        let mut inner = self.lock();
        inner.too_large = Some(inner.too_large.map_or(bytes, |known| known.min(bytes)));
    }

    /// Whether a body of so many bytes is known to be too large.
    pub(super) fn is_too_large(&self, bytes: usize) -> bool {
        self.lock().too_large.is_some_and(|known| bytes >= known)
    }

    /// Counts what an answered chunk of so many records came to; gives the reason when all is rejected alike.
    pub(super) fn count(&self, exceptions: &[Exception], records: usize) -> Option<String> {
        let mut inner = self.lock();
        let all_rejected =
            exceptions.len() == records && exceptions.iter().all(|exception| exception.rejected);
        let alike = || exceptions.windows(2).all(|two| shape(&two[0].detail) == shape(&two[1].detail));
        let first = exceptions.first().filter(|_| all_rejected && alike());
        let Some(first) = first else {
            inner.same = None;
            return None;
        };
        let text = shape(&first.detail);
        let (chunks, before) = match &inner.same {
            Some(same) if same.text == text => (same.chunks, same.records),
            _ => (0, 0),
        };
        let same = Same { text, chunks: chunks + 1, records: before + records as u64 };
        let systemic = same.chunks >= SAME_CHUNKS && same.records >= SAME_RECORDS;
        inner.same = Some(same);
        systemic.then(|| first.detail.clone())
    }
}

/// A reason without its numbers: what differs from record to record.
fn shape(reason: &str) -> String {
    reason.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Code;

    fn rejected(records: u32, reason: &str) -> Vec<Exception> {
        let one = |ordinal| Exception {
            ordinal,
            rejected: true,
            code: Code::CrmRejected,
            detail: format!("{reason} {ordinal}"),
        };
        (0..records).map(one).collect()
    }

    #[test]
    fn the_same_for_everything_is_no_records_fault() {
        let refusals = Refusals::new((10, 0, None));
        assert_eq!(refusals.count(&rejected(4, "bad e-mail"), 4), None);
        assert_eq!(refusals.count(&rejected(4, "bad e-mail"), 4), None);
        assert_eq!(refusals.count(&rejected(1, "bad e-mail"), 1).as_deref(), Some("bad e-mail 0"));
        for interruption in [(rejected(3, "bad e-mail"), 4), (rejected(4, "bad phone"), 4), (Vec::new(), 1)] {
            let refusals = Refusals::new((10, 0, None));
            refusals.count(&rejected(4, "bad e-mail"), 4);
            refusals.count(&rejected(4, "bad e-mail"), 4);
            refusals.count(&interruption.0, interruption.1);
            assert_eq!(refusals.count(&rejected(4, "bad e-mail"), 4), None, "{interruption:?}");
        }
        let refusals = Refusals::new((10, 0, None));
        let stopped = (1..100).find(|_| refusals.count(&rejected(1, "x"), 1).is_some());
        assert_eq!(stopped, Some(8), "single records need more of them");
    }

    #[test]
    fn splitting_has_a_budget_over_all_sendings_of_a_run() {
        for (planned, split, splits) in [(1, 0, 32), (1000, 0, 500), (1, 60, 2), (1, 64, 0), (1, 90, 0)] {
            let refusals = Refusals::new((planned, split, None));
            assert_eq!((0..2000).filter(|_| refusals.may_split()).count(), splits);
        }
    }

    #[test]
    fn the_smallest_size_refused_is_kept() {
        let refusals = Refusals::new((1, 0, Some(5000)));
        assert!(refusals.is_too_large(5000) && !refusals.is_too_large(4999));
        refusals.learn_size(9000);
        refusals.learn_size(3000);
        assert!(refusals.is_too_large(3000) && !refusals.is_too_large(2999));
    }
}
