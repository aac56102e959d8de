//! The plan of a run before its first request: calls needed, calls left today, and when it will be done.
//!
//! What is left is known from this machine's own count (`daily_budget`) and, where the profile wants it
//! (`quota_check`), from the CRM, which is asked once a run because the question costs a call. Both are kept with the
//! pace, so that runs side by side draw on them together. The plan stops nothing: a run whose calls do not fit today
//! begins, and the pace ends it, resumable, when nothing is left.

use std::time::Duration;

use jiff::{Timestamp, ToSpan as _};

use crate::problem::Result;
use crate::target::token_information::{self, TokenInformation};
use crate::target::{Reply, Verdict, broken};

use super::pace::{MayWait, Pace};
use super::wire::Wire;

/// What a run is going to need, and what there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaPlan {
    /// Calls for what waits to be sent: one a chunk. Repeated ones come on top.
    pub needed: u64,
    /// Calls that may be made today; none where nothing limits them.
    pub left: Option<u64>,
    /// When more may be made, where they are limited.
    pub again_at: Option<Timestamp>,
    /// When those that fit will have been sent, at the pace given.
    pub done_at: Timestamp,
}

impl QuotaPlan {
    /// Calls that do not fit today.
    pub fn over(&self) -> u64 {
        self.left.map_or(0, |left| self.needed.saturating_sub(left))
    }
}

/// Why the CRM did not say what is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// It does not accept the token; so it will accept nothing else.
    TokenRefused(String),
    /// Anything else, which need not stop a load.
    Other(String),
}

/// Makes the plan of a run that needs so many calls, each so long after the one before.
///
/// # Errors
/// `pace-unwritable`.
pub async fn plan(pace: &Pace, needed: u64, interval: Duration, now: Timestamp) -> Result<QuotaPlan> {
    let left = pace.left_today().await?;
    let fit = left.map_or(needed, |(count, _)| count.min(needed));
    let time = interval.saturating_mul(u32::try_from(fit).unwrap_or(u32::MAX));
    Ok(QuotaPlan {
        needed,
        left: left.map(|(count, _)| count),
        again_at: left.map(|(_, again_at)| again_at),
        done_at: now.checked_add(time).unwrap_or(now),
    })
}

/// Asks the CRM what is left of the token's calls today, and keeps the answer with the pace. Gives why not, where
/// the answer does not say it.
///
/// # Errors
/// `quota-ended` when not even this call is left, `pace-unwritable`, and what `may_wait` refuses with.
pub async fn ask(
    wire: &Wire,
    pace: &Pace,
    operation: &str,
    may_wait: &MayWait<'_>,
) -> Result<Result<TokenInformation, Unread>> {
    pace.turn(may_wait).await?;
    let verdict = match wire.send(token_information::request(operation)).await {
        Reply::Answer(answer) => token_information::read(&answer),
        Reply::Broken(stage, reason) => Err(broken(stage, &reason)),
    };
    match verdict {
        Ok(info) => {
            let hours = i64::try_from(info.restarts_in_hours).unwrap_or(i64::MAX).clamp(1, 24);
            let until = Timestamp::now().checked_add(hours.hours());
            pace.learn_quota(info.left, until.unwrap_or(Timestamp::MAX)).await?;
            tracing::info!(limit = info.limit, left = info.left, hours, "quota of the token");
            Ok(Ok(info))
        }
        Err(verdict) => {
            tracing::warn!(verdict = verdict.word(), "the quota of the token cannot be read");
            let reason = super::detail(&verdict);
            Ok(Err(match verdict {
                Verdict::TokenRefused(_) => Unread::TokenRefused(reason),
                _ => Unread::Other(reason),
            }))
        }
    }
}
