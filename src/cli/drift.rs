//! What a load remembers of the loads before it, and what becomes of a change: a remark, a question, a refusal.

use std::path::Path;

use crate::drift::{self, Change, Weight};
use crate::lang::interface::day_in_words;
use crate::lang::{Code, Lang, Say};
use crate::ledger::{Ledger, PlanEnd, Remembered, Run, RunId};
use crate::mapping::Mapping;
use crate::portfolio::BodyUse;
use crate::problem::{Failure, Result};
use crate::secret::ServerUrl;

use super::Desk;
use super::planning::{Order, SANDBOX};

/// A load, and its day.
pub(super) type EarlierLoad = (RunId, jiff::civil::Date);

/// What the ledger remembers of earlier loads with a mapping.
pub(super) struct Memory {
    remembered: Remembered,
    mapping: String,
}

impl Memory {
    /// Asks the ledger. A check is compared with the loads to the server and operation that it names, or, where it
    /// names none, with those to where the last load went.
    pub(super) async fn of(ledger: &Ledger, order: &Order<'_>) -> Result<Memory> {
        let mapping = name(order.mapping);
        let (server, operation) = if matches!(order.use_of, BodyUse::Send) {
            (Some(order.tenant.server.as_str()), Some(order.tenant.operation.as_str()))
        } else {
            let server = order.settings.server.as_ref().map(ServerUrl::name);
            (server, order.settings.operation.as_deref())
        };
        let of = (order.mapping.target.as_str(), mapping.as_str());
        let mut remembered = ledger.remembered(of, (server, operation), SANDBOX).await?;
        if let (None, Some(server), Some(operation)) = (&remembered.tenant, server, operation) {
            remembered.tenant = Some((server.to_owned(), operation.to_owned()));
        }
        Ok(Memory { remembered, mapping })
    }

    /// Says of a column that was not found what the last load had there.
    pub(super) fn explain(&self, failure: Failure, lang: Lang) -> Failure {
        drift::lost::explain(failure, self.remembered.baselines.first(), lang)
    }

    /// The earlier loads that a run's records may be held against.
    pub(super) async fn loads(&self, ledger: &Ledger, run: RunId, target: &str) -> Result<Vec<EarlierLoad>> {
        match &self.remembered.tenant {
            Some((server, operation)) if server != SANDBOX => {
                ledger.sent_before(run, target, (server, operation)).await
            }
            _ => Ok(Vec::new()),
        }
    }

    /// What is not as it was.
    pub(super) async fn changes(
        &self,
        ledger: &Ledger,
        loads: Vec<EarlierLoad>,
        end: &PlanEnd,
    ) -> Result<Vec<Change>> {
        let mut changes = drift::compare(&end.profile, &self.remembered.baselines);
        if end.summary.compared.is_some() {
            // That most of it was sent before is what is expected, and is said record by record.
            return Ok(changes);
        }
        let Some(table) = end.profile.tables.first() else { return Ok(changes) };
        let all = end.summary.records;
        for (earlier, day) in loads {
            let equal = drift::equal_records(&end.fingerprints, &ledger.fingerprints(earlier).await?);
            if let Some(change) = drift::nearly_same((earlier, day), &table.place(None), (equal, all)) {
                changes.push(change);
                break;
            }
        }
        Ok(changes)
    }

    /// Remembers a load.
    pub(super) async fn keep(&self, ledger: &Ledger, run: &Run, end: &PlanEnd) -> Result<()> {
        ledger.add_profile(run.id, &self.mapping, &end.profile).await
    }
}

/// What a mapping is called in the memory: a project that is copied to another folder keeps it.
pub(super) fn name(mapping: &Mapping) -> String {
    let path = Path::new(&mapping.path);
    path.file_name().map_or_else(|| mapping.path.clone(), |name| name.to_string_lossy().into_owned())
}

/// Why a run is not sent: something changed, and nobody has accepted it.
pub(super) fn refusal(run: &Run, lang: Lang) -> Option<Failure> {
    let changes = run.plan.as_ref().map_or(&[][..], |plan| &plan.drift);
    let stops: Vec<&Change> = changes.iter().filter(|change| change.weight == Weight::Stop).collect();
    let first = stops.first()?;
    Some(
        Failure::new(Code::Drift)
            .with("value", lang.count(stops.len() as u64))
            .with("reason", first.line(lang))
            .with("next", first.fix(lang))
            .with("run", first.run)
            .with("day", day_in_words(lang, first.day)),
    )
}

/// Whether a person on a terminal accepts what changed. Elsewhere nobody does, and `--yes` is no answer to this.
pub(super) fn is_accepted(desk: &Desk, run: &Run, yes: bool) -> bool {
    if yes || !desk.screen.can_ask() {
        return false;
    }
    let lang = desk.lang();
    let changes = run.plan.as_ref().map_or(&[][..], |plan| &plan.drift);
    desk.screen.remark(&crate::report::terminal::drift(changes, lang));
    desk.screen.ask(Say::AskDrift.text(lang))
}
