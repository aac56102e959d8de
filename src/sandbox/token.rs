//! The token: whether it is good, how many calls it has left today, and the endpoint that tells.
//!
//! The day of the quota begins when the sandbox does and lasts 24 hours; the count is not kept when it stops, because
//! a rehearsal should not have to wait for tomorrow. A token is compared and forgotten, never logged.

use std::time::Duration;

use hyper::{Method, StatusCode};
use serde_json::json;

use super::answer::Answer;
use super::endpoints::{Call, Crm, Endpoint, bad_request};

/// `tokenInformation`: the quota of the day. Asking costs a unit itself.
pub(super) const ENDPOINT: Endpoint = Endpoint {
    path: "/server/API/v2/token/tokenInformation.php",
    methods: &[Method::GET],
    answer: token_information,
};

const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;

/// The calls of one day.
pub(super) struct Quota {
    limit: u64,
    day: u64,
    used: u64,
}

impl Quota {
    /// A quota of `limit` calls in 24 hours.
    pub(super) fn new(limit: u64) -> Self {
        Self { limit, day: 0, used: 0 }
    }

    /// Takes one unit, or says that none is left.
    pub(super) fn take(&mut self, elapsed: Duration) -> bool {
        let day = elapsed.as_secs() / DAY;
        if day != self.day {
            (self.day, self.used) = (day, 0);
        }
        let left = self.used < self.limit;
        self.used += u64::from(left);
        left
    }
}

/// The refusal of a token, or nothing when it is good.
pub(super) fn judge(given: Option<&[u8]>, good: Option<&str>) -> Option<Answer> {
    let given = given.unwrap_or_default().trim_ascii();
    if given.is_empty() {
        Some(Answer::refusal(StatusCode::UNAUTHORIZED, "PLEASE ENTER THE WOLKVOX-TOKEN"))
    } else if good.is_some_and(|good| good.as_bytes() != given) {
        Some(bad_token())
    } else {
        None
    }
}

/// The answer to a token that is not good.
pub(super) fn bad_token() -> Answer {
    Answer::refusal(StatusCode::FORBIDDEN, "PLEASE VALIDATE TOKEN")
}

/// The answer to every call after the quota of the day is used up.
pub(super) fn limit_exceeded() -> Answer {
    Answer::refusal(StatusCode::FORBIDDEN, "TOKEN LIMIT EXCEEDED")
}

/// The answer to one request too many at the same time.
pub(super) fn too_many_at_once() -> Answer {
    Answer::refusal(StatusCode::FORBIDDEN, "EXCEEDS THE LIMIT OF SIMULTANEOUS REQUESTS PER TOKEN (2)")
}

fn token_information(call: &mut Call<'_>, crm: &mut Crm) -> Answer {
    let mut parameters = call.query.split('&').filter_map(|parameter| parameter.split_once('='));
    if !parameters.any(|(name, value)| name == "operation" && !value.is_empty()) {
        return bad_request("SOME PARAMETERS ARE REQUIRED: operation");
    }
    let Quota { limit, used, .. } = crm.quota;
    let restart = (DAY - call.elapsed.as_secs() % DAY).div_ceil(HOUR);
    let data = json!({
        "description": "sandbox",
        "token_limit": limit,
        "token_use_today": used,
        "available_consumition_options": limit - used,
        "hours_to_restart_count": restart,
    });
    Answer::success("1 records were are found", data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_used_up_and_comes_back_the_next_day() {
        let mut quota = Quota::new(2);
        let taken: Vec<bool> =
            [0, 5, DAY - 1, DAY, DAY, DAY].map(|at| quota.take(Duration::from_secs(at))).into();
        assert_eq!(taken, [true, true, false, true, true, false]);
    }

    #[test]
    fn a_token_is_missing_wrong_or_good() {
        for (given, good, status) in [
            (None, None, Some(401)),
            (Some("  "), None, Some(401)),
            (None, Some("right"), Some(401)),
            (Some("wrong"), Some("right"), Some(403)),
            (Some("Right"), Some("right"), Some(403)),
            (Some("right "), Some("right"), None),
            (Some("any"), None, None),
        ] {
            let refusal = judge(given.map(str::as_bytes), good);
            assert_eq!(refusal.map(|answer| answer.status().as_u16()), status, "{given:?} {good:?}");
        }
    }
}
