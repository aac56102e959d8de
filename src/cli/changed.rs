//! `load --only-changed`: what the CRM is known to hold before a file is planned, and what the comparison came to.
//!
//! A corrected error report is sent as it is: it holds what did not go in. Nothing here decides about a record; that is
//! [`Known::judge`].

use jiff::Timestamp;

use crate::books::{Books, State};
use crate::lang::Code;
use crate::ledger::{Compared, Ledger, PlanEnd, Run, RunId, RunKind, Tenant};
use crate::mapping::Mapping;
use crate::portfolio::Known;
use crate::problem::{Failure, Result};
use crate::report::summary::{self, Gone};
use crate::settings::Settings;
use crate::target::{self, Target};

use super::drift;
use super::planning::{Order, SANDBOX};

/// How a file is compared with what the CRM has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OnlyChanged {
    /// Whether what is held is sent again, because a person or the profile says so.
    pub(super) sends_held: bool,
}

impl OnlyChanged {
    /// The comparison that was asked for, if it was.
    ///
    /// # Errors
    /// `only-changed-no-key` where the target's records are not told from each other by a key: each row is a new one.
    pub(super) fn of(mapping: &Mapping, asked: bool, sends_held: bool) -> Result<Option<OnlyChanged>> {
        let has_key = target::by_name(&mapping.target).is_some_and(Target::groups);
        if asked && !has_key {
            return Err(Failure::new(Code::OnlyChangedNoKey).with("value", &mapping.target));
        }
        Ok(asked.then_some(OnlyChanged { sends_held }))
    }
}

/// A comparison under way.
pub(super) struct Comparison {
    pub(super) known: Known,
    said: Compared,
    last: Option<RunId>,
}

impl Comparison {
    /// Asks the ledger what the tenant holds, where only what has changed is to be sent.
    pub(super) async fn begin(
        ledger: &Ledger,
        order: &Order<'_>,
        (run, kind): (RunId, RunKind),
    ) -> Result<Option<Comparison>> {
        let Some(only_changed) = order.only_changed.filter(|_| kind == RunKind::Load) else {
            return Ok(None);
        };
        let tenant = Tenant {
            server: order.tenant.server.clone(),
            operation: order.tenant.operation.clone(),
            target: order.mapping.target.clone(),
        };
        if tenant.server == SANDBOX && has_lost_its_store(order.settings) {
            ledger.forget_known(&tenant).await?;
        }
        let mut known = ledger.known(&tenant).await?;
        let (last, last_full) = ledger.loads_before(run, &drift::name(order.mapping), &tenant).await?;
        let mut said = Compared { knew_nothing: known.is_empty(), ..Compared::default() };
        if only_changed.sends_held {
            known.send_held();
        }
        if let Some(every) = order.settings.full_every.filter(|_| !said.knew_nothing) {
            let age = last_full.as_ref().map(|run| Timestamp::now().duration_since(run.started_at));
            let is_young = age.is_some_and(|age| age.unsigned_abs() < every.0 && age.is_positive());
            if !is_young {
                known.send_all();
                said.full_every = Some(every.to_string());
                said.last_full = last_full.map(|run| run.id);
            }
        }
        Ok(Some(Comparison { known, said, last }))
    }

    /// Adds to a plan what the comparison came to, and lists what is gone since the mapping's last file.
    pub(super) async fn end(self, ledger: &Ledger, run: RunId, end: &mut PlanEnd) -> Result<()> {
        let Some(compared) = &mut end.summary.compared else { return Ok(()) };
        compared.knew_nothing = self.said.knew_nothing;
        compared.full_every = self.said.full_every;
        compared.last_full = self.said.last_full;
        if let Some(last) = self.last {
            let gone = self.known.gone(&ledger.fingerprints(last).await?);
            compared.gone = gone.len() as u64;
            compared.gone_since = Some(last);
            if !gone.is_empty() {
                ledger.add_gone(run, &gone).await?;
            }
        }
        Ok(())
    }
}

/// Whether the stand-in inside this process holds nothing, whatever was sent to it: its folder was emptied.
fn has_lost_its_store(settings: &Settings) -> bool {
    let store = settings.state.join("sandbox").join("store.ndjson");
    std::fs::metadata(store).map_or(0, |file| file.len()) == 0
}

/// What the comparison of a run came to, with the runs that it speaks of; nothing where nothing was compared.
pub(super) async fn facts(
    ledger: &Ledger,
    run: &Run,
    listed: usize,
) -> Result<Option<(summary::OnlyChanged, Gone)>> {
    let Some(compared) = run.plan.as_ref().and_then(|plan| plan.compared.as_ref()) else { return Ok(None) };
    let (mut since, mut held_by) = (None, None);
    for (chunk, run) in [(compared.unchanged_in, &mut since), (compared.held_in, &mut held_by)] {
        if let Some(chunk) = chunk {
            *run = Some(ledger.run_of_chunk(chunk).await?);
        }
    }
    let full = compared.knew_nothing || compared.full_every.is_some();
    let only_changed = summary::OnlyChanged { full, since, held: compared.held, held_by };
    let gone = Gone { records: compared.gone, listed: listed as u64, since: compared.gone_since };
    Ok(Some((only_changed, gone)))
}

/// The command to run next, by what a run's own books say. What an earlier run holds is decided there; where that run
/// was forgotten, there is no command for it alone.
pub(super) async fn next(
    ledger: &Ledger,
    books: &Books,
    compared: Option<&(summary::OnlyChanged, Gone)>,
    next: Option<String>,
) -> Result<Option<String>> {
    let held = compared.and_then(|(compared, _)| Some((compared.held_by?, compared.held)));
    let (Some((by, held)), Some(command)) = (held, &next) else { return Ok(next) };
    if !command.ends_with("--unknown") || books.records.of(State::Unknown) > held {
        return Ok(next);
    }
    let is_forgotten = ledger.run(by).await?.purged_at.is_some();
    Ok((!is_forgotten).then(|| format!("cartera retry {by} --unknown")))
}
