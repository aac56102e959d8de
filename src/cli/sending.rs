//! Sending a planned run: what `load`, `resume` and `retry` have in common.

use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use crate::lang::Code;
use crate::ledger::{Ledger, Run, RunState};
use crate::platform;
use crate::problem::{Failure, Result};
use crate::sandbox::{Sandbox, SandboxConfig};
use crate::secret::{ServerUrl, Token};
use crate::settings::{Rate, Settings};
use crate::target;
use crate::upload::pace::Pace;
use crate::upload::wire::Wire;
use crate::upload::{Policy, Sender};

use super::Desk;
use super::planning::{SANDBOX, Tenant};

/// The token that the stand-in inside this process takes.
const SANDBOX_TOKEN: &str = "ensayo";

/// How and where a run is sent.
pub(super) struct Way<'w> {
    pub(super) settings: &'w Settings,
    pub(super) tenant: &'w Tenant,
    /// None for the stand-in.
    pub(super) token: Option<Token>,
    pub(super) limit: Option<NonZeroU32>,
}

/// Sends what waits; gives why it stopped before its end, if it did.
pub(super) async fn send(desk: &Desk, ledger: &Ledger, run: &Run, way: Way<'_>) -> Result<Option<Failure>> {
    let sandbox = if run.server == SANDBOX { Some(start_sandbox(&way.settings.state).await?) } else { None };
    let url = match (&sandbox, &way.tenant.url) {
        (Some(sandbox), _) => ServerUrl::parse(&format!("http://{}", sandbox.address()))?,
        (None, Some(url)) => url.clone(),
        (None, None) => return Err(Failure::new(Code::NoServer)),
    };
    let token = way.token.or_else(|| Token::new(SANDBOX_TOKEN)).ok_or_else(|| Failure::new(Code::NoToken))?;
    let settings = way.settings;
    let wire = Wire::new(url, &token, settings.timeout.0)?;
    let pace = Pace::new(settings.rate.requests, settings.rate.period, settings.burst);
    let chunks = ledger.waiting_chunks(run.id).await?.len() as u64;
    ledger.set_state(run.id, RunState::Sending, None, None).await?;
    let display = desk.screen.sending(chunks);
    let sender = Sender {
        ledger,
        run: run.id,
        target: target::by_name(&run.target).ok_or_else(|| {
            Failure::new(Code::LedgerForeign).with("value", "target").with("reason", &run.target)
        })?,
        operation: &run.operation,
        wire: &wire,
        pace: &pace,
        policy: Policy {
            concurrency: settings.concurrency.get() as usize,
            attempts_max: settings.max_attempts.get(),
            patience: settings.patience.0,
            resend_unknown: settings.resend_unknown,
            limit_records: way.limit.map(|limit| u64::from(limit.get())),
        },
        tell: &|event| display.tell(event),
    };
    let result = sender.send(platform::asked_to_stop).await;
    display.finish();
    if let Some(sandbox) = sandbox {
        sandbox.stop().await;
    }
    result
}

async fn start_sandbox(state: &Path) -> Result<Sandbox> {
    let mut config = SandboxConfig::new(state.join("sandbox"));
    // A rehearsal inside the process is not meant to run into a day's quota.
    config.daily_limit = u64::MAX;
    Sandbox::start(config).await.map_err(|error| Failure::new(Code::SandboxFailed).with("reason", error))
}

/// How long so many calls take at a pace.
pub(super) fn estimate(calls: u64, rate: Rate) -> Duration {
    let calls = u32::try_from(calls).unwrap_or(u32::MAX);
    (rate.period / rate.requests.get()).saturating_mul(calls)
}
