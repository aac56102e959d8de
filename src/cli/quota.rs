//! What a person is told before the first request: calls needed, calls left, when it will be done.

use jiff::Timestamp;

use crate::lang::interface::duration;
use crate::lang::{Code, Say};
use crate::ledger::Run;
use crate::problem::{Failure, Result};
use crate::settings::Settings;
use crate::upload::pace::{Pace, Wait};
use crate::upload::quota::{self, QuotaPlan, Unread};
use crate::upload::wire::Wire;

use super::Desk;
use super::sending::estimate;

/// The calls that a run needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Needed {
    /// Chunks to send.
    pub(super) chunks: u64,
    /// Records of unknown outcome to look for.
    pub(super) read_back: u64,
    /// Case files whose id is to be looked up.
    pub(super) to_resolve: u64,
}

/// Asks for the quota where the profile wants it, shows the plan, and gives it.
///
/// # Errors
/// What stops the run before its first request: a refused token, nothing left today, a wait beyond the patience.
pub(super) async fn show_plan(
    desk: &Desk,
    run: &Run,
    settings: &Settings,
    (wire, pace): (&Wire, &Pace),
    needed: Needed,
) -> Result<QuotaPlan> {
    if settings.quota_check {
        ask(desk, run, settings, (wire, pace)).await?;
    }
    let lang = desk.lang();
    let remark = |say: Say, values: &[(&str, String)]| {
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        desk.screen.remark(&say.with(lang, &values));
    };
    let Needed { chunks, read_back, to_resolve } = needed;
    let calls = chunks + read_back + to_resolve;
    let plan = quota::plan(pace, calls, estimate(1, settings.rate), Timestamp::now()).await?;
    let (rate, until) = (settings.rate.to_string(), lang.moment(plan.done_at, &settings.zone));
    remark(Say::PlanCalls, &[("calls", lang.count(plan.needed)), ("rate", rate), ("until", until)]);
    for (lookups, say) in [(read_back, Say::PlanLookups), (to_resolve, Say::PlanResolve)] {
        if lookups > 0 {
            remark(say, &[("lookups", lang.count(lookups))]);
        }
    }
    if let (Some(left), Some(again_at)) = (plan.left, plan.again_at) {
        let again = lang.moment(again_at, &settings.zone);
        remark(Say::PlanLeft, &[("left", lang.count(left)), ("again", again)]);
    }
    if plan.over() > 0 {
        remark(Say::PlanOver, &[("over", lang.count(plan.over())), ("run", run.id.to_string())]);
    }
    Ok(plan)
}

async fn ask(desk: &Desk, run: &Run, settings: &Settings, (wire, pace): (&Wire, &Pace)) -> Result<()> {
    let may_wait = |wait: Wait| {
        let (say, time) = match wait {
            Wait::Asked(time) => (Say::ProgressHeld, time),
            Wait::Spent(time) => (Say::ProgressNoCalls, time),
        };
        if time <= settings.patience.0 {
            desk.screen.remark(&say.with(desk.lang(), &[("time", &duration(desk.lang(), time))]));
            return Ok(());
        }
        Err(pace.says_wait(time).with_say("reason", Say::ReasonAskedOther))
    };
    let lang = desk.lang();
    match quota::ask(wire, pace, &run.operation, &may_wait).await? {
        Ok(info) => {
            let limit = info.limit.map_or_else(|| "?".to_owned(), |limit| lang.count(limit));
            let hours = info.restarts_in_hours.to_string();
            let values = [("left", &lang.count(info.left)), ("limit", &limit), ("hours", &hours)];
            let values = values.map(|(name, value)| (name, value.as_str()));
            desk.screen.remark(&Say::QuotaAnswer.with(lang, &values));
            Ok(())
        }
        Err(Unread::TokenRefused(reason)) => {
            Err(Failure::new(Code::TokenRefused).with("value", run.id).with("reason", reason))
        }
        Err(Unread::Other(reason)) => {
            // The load itself may well be taken; what it meets, it judges.
            desk.screen.remark(&Say::QuotaUnread.with(lang, &[("reason", &reason)]));
            Ok(())
        }
    }
}
