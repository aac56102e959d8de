//! Sending a planned run: what `load`, `resume` and `retry` have in common.

use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use crate::lang::{Code, Say};
use crate::ledger::{Ledger, LookupKind, Resolved, Run, RunState};
use crate::platform::{self, StopRequests};
use crate::problem::{Failure, Result};
use crate::quantities::Rate;
use crate::report::measures::Measures;
use crate::sandbox::{Sandbox, SandboxConfig, SandboxError};
use crate::secret::{ServerUrl, Token};
use crate::settings::Settings;
use crate::target::{self, Dialect, Takes, Target, hole};
use crate::upload::pace::{Pace, Rules};
use crate::upload::resolve::unresolved;
use crate::upload::wire::Wire;
use crate::upload::{Policy, Sender};

use super::planning::Tenant;
use super::{Desk, canary, footing, quota};

/// The token that the stand-in inside this process takes.
const SANDBOX_TOKEN: &str = "ensayo";
/// Bytes of a block larger than all but the oddest of bodies, of which as many come and go as there are requests under way.
const LARGE_BODY_BYTES: usize = 16 << 20;

/// How and where a run is sent.
pub(super) struct Way<'w> {
    pub(super) settings: &'w Settings,
    pub(super) tenant: &'w Tenant,
    /// None for the stand-in.
    pub(super) token: Option<Token>,
    pub(super) limit: Option<NonZeroU32>,
    /// So many records go first, and the rest only when they were accepted.
    pub(super) canary: Option<NonZeroU32>,
    /// The stand-in inside this process, where it takes the load.
    pub(super) sandbox: Option<Sandbox>,
}

impl Way<'_> {
    /// The server: the stand-in inside this process, or the tenant's.
    fn url(&self) -> Result<ServerUrl> {
        match (&self.sandbox, &self.tenant.url) {
            (Some(sandbox), _) => ServerUrl::parse(&format!("http://{}", sandbox.address())),
            (None, Some(url)) => Ok(url.clone()),
            (None, None) => Err(Failure::new(Code::NoServer)),
        }
    }
}

/// Sends what waits; gives why it stopped before its end, if it did.
pub(super) fn send(desk: &Desk, ledger: &Ledger, run: &Run, way: Way<'_>) -> Result<Option<Failure>> {
    platform::keep_freed_memory(LARGE_BODY_BYTES);
    let (stopped, last) = footing::in_one_thread(async {
        let stopped = send_in_this_thread(desk, ledger, run, way).await;
        Ok((stopped, ledger.at_rest().await))
    })?;
    drop(last);
    stopped
}

async fn send_in_this_thread(
    desk: &Desk,
    ledger: &Ledger,
    run: &Run,
    way: Way<'_>,
) -> Result<Option<Failure>> {
    let url = way.url()?;
    let token = way.token.or_else(|| Token::new(SANDBOX_TOKEN)).ok_or_else(|| Failure::new(Code::NoToken))?;
    let settings = way.settings;
    let wire = Wire::new(url, &token, settings.timeout.0, settings.gzip)?;
    let name = token.fingerprint(ledger.secret(), &run.server);
    let pace = Pace::join(&settings.state, &name, rules(settings, run)).await?;
    let target = target_of(run)?;
    let read_back = settings.read_back.as_ref().and_then(|read_back| read_back.question(target));
    let chunks = ledger.waiting_chunks(run.id).await?.len() as u64;
    let lookups = if read_back.is_some() { ledger.unread_count(run.id).await? } else { 0 };
    let mut calls_left = None;
    if chunks + lookups > 0 {
        let to_resolve = to_resolve(ledger, run, target).await?;
        let needed = quota::Needed { chunks, read_back: lookups, to_resolve };
        foretell(desk, run, target);
        match quota::show_plan(desk, run, settings, (&wire, &pace), needed).await {
            Ok(plan) => calls_left = plan.left,
            Err(failure) => return Ok(Some(failure)),
        }
    }
    ledger.set_state(run.id, RunState::Sending, None, None).await?;
    let per_second = f64::from(settings.rate.requests.get()) / settings.rate.period.as_secs_f64();
    let display = desk.screen.sending(chunks, Measures::of_target(&run.target), per_second, calls_left);
    let number = |limit: Option<NonZeroU32>| limit.map(|limit| u64::from(limit.get()));
    let (limit, canary) = (number(way.limit), number(way.canary));
    // A canary that is all there is to send is no canary.
    let canary = canary.filter(|canary| limit.is_none_or(|limit| *canary < limit));
    let dialect = dialect_of(run);
    let mut sender = Sender {
        ledger,
        run: run.id,
        target,
        dialect: &dialect,
        wire: &wire,
        pace: &pace,
        policy: Policy {
            concurrency: settings.concurrency.get() as usize,
            attempts_max: settings.max_attempts.get(),
            patience: settings.patience.0,
            resend_unknown: settings.resend_unknown && target.may_resend(),
            limit_records: canary.or(limit),
            read_back,
        },
        tell: &|event| display.tell(event),
    };
    let mut asked = StopRequests::listen();
    let mut result = sender.send(async || asked.next().await).await;
    let of_canary = |failure: &Failure| canary.is_some() && failure.code == Code::LimitReached;
    if result.as_ref().is_ok_and(|stopped| stopped.as_ref().is_some_and(of_canary)) {
        result = sender.read_back(async || asked.next().await).await;
        if matches!(result, Ok(None)) {
            display.hide();
            result =
                canary::objection((&desk.screen, &mut asked), ledger, run, canary.unwrap_or_default()).await;
            display.show();
        }
        if matches!(result, Ok(None)) {
            sender.policy.limit_records = limit.map(|limit| limit - canary.unwrap_or_default());
            result = sender.send(async || asked.next().await).await;
        }
    }
    if matches!(result, Ok(None)) {
        result = sender.read_back(async || asked.next().await).await;
    }
    display.finish();
    if let Some(sandbox) = way.sandbox {
        sandbox.stop().await;
    }
    result
}

/// How many case files have to be looked up before what waits can be sent.
async fn to_resolve(ledger: &Ledger, run: &Run, target: &dyn Target) -> Result<u64> {
    let Some(question) = target.looks_up(&dialect_of(run)) else { return Ok(0) };
    let chunks = ledger.waiting_chunks(run.id).await?;
    Ok(unresolved(ledger, run.id, &question, &chunks).await?.len() as u64)
}

/// Says before the first request what is special about the run's target: one call for each record, and what becomes
/// of an outcome that nobody knows.
fn foretell(desk: &Desk, run: &Run, target: &dyn Target) {
    if target.takes(&dialect_of(run)) == Takes::One {
        desk.screen.remark(Say::PlanOneByOne.text(desk.lang()));
    }
    if !target.may_resend() {
        desk.screen.remark(Say::PlanHolds.text(desk.lang()));
    }
}

/// The target of a run.
pub(super) fn target_of(run: &Run) -> Result<&'static dyn Target> {
    let foreign = || Failure::new(Code::LedgerForeign).with("value", "target").with("reason", &run.target);
    target::by_name(&run.target).ok_or_else(foreign)
}

/// How a run speaks to its endpoint, as its plan settled it.
pub(super) fn dialect_of(run: &Run) -> Dialect {
    let kept = serde_json::from_value(run.settings["dialect"].clone()).unwrap_or_default();
    Dialect { operation: run.operation.clone(), ..kept }
}

/// The fragments as the run sends them: with the ids in their holes that it has looked up.
pub(super) async fn with_ids(ledger: &Ledger, run: &Run, fragments: Vec<&[u8]>) -> Result<Vec<Vec<u8>>> {
    let question = target_of(run)?.looks_up(&dialect_of(run));
    let mut whole = Vec::with_capacity(fragments.len());
    for fragment in fragments {
        let found = match (&question, hole::wanted(fragment)) {
            (Some(question), Some(wanted)) => {
                ledger.resolved(run.id, LookupKind::Id, question, &wanted).await?
            }
            _ => None,
        };
        whole.push(match found {
            Some(Resolved::Found(id)) => hole::filled(fragment, &id),
            _ => fragment.to_vec(),
        });
    }
    Ok(whole)
}

/// What the settings ask of the pace.
fn rules(settings: &Settings, run: &Run) -> Rules {
    Rules {
        run: run.id,
        requests: settings.rate.requests,
        period: settings.rate.period,
        burst: settings.burst,
        daily_budget: settings.daily_budget.map(|budget| u64::from(budget.get())),
        reserve: settings.reserve,
        heeds_quota: settings.quota_check,
        zone: settings.zone.clone(),
    }
}

/// Starts the stand-in inside this process; before anything is planned for it, so that nothing is planned in vain.
pub(super) async fn start_sandbox(state: &Path) -> Result<Sandbox> {
    let mut config = SandboxConfig::new(state.join("sandbox"));
    // A rehearsal inside the process is not meant to run into a day's quota.
    config.daily_limit = u64::MAX;
    Sandbox::start(config).await.map_err(|error| sandbox_failed(&error))
}

/// Why a stand-in did not start, in the reader's language where it is something that they can change.
pub(super) fn sandbox_failed(error: &SandboxError) -> Failure {
    let failure = Failure::new(Code::SandboxFailed);
    match error {
        SandboxError::NotLoopback { .. } => failure.with_say("reason", Say::SandboxNotLoopback),
        SandboxError::AddressInUse { .. } => failure.with_say("reason", Say::SandboxAddressInUse),
        SandboxError::StoreInUse { .. } => failure.with_say("reason", Say::SandboxStoreInUse),
        _ => failure.with("reason", error),
    }
}

/// How long so many calls take at a pace.
pub(super) fn estimate(calls: u64, rate: Rate) -> Duration {
    let calls = u32::try_from(calls).unwrap_or(u32::MAX);
    (rate.period / rate.requests.get()).saturating_mul(calls)
}
