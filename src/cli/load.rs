//! `cartera load` and `cartera check`.

use std::fs::File;
use std::io::BufWriter;

use crate::books::State;
use crate::lang::interface::duration;
use crate::lang::{Code, Say};
use crate::ledger::{Ledger, Run, RunKind, RunState};
use crate::portfolio::BodyUse;
use crate::problem::{EARLIER_RUN, EARLIER_UNSENT, Exit, Failure, Result};
use crate::report::measures::Measures;
use crate::report::terminal;
use crate::settings::Settings;

use super::args::{CheckArgs, LoadArgs};
use super::changed::OnlyChanged;
use super::drift;
use super::outcome::{self, Ending};
use super::planning::{self, Order, Planned, SANDBOX, Tenant, plan, read_mapping};
use super::sending::{self, Way};
use super::{Desk, sending::estimate};

pub(super) async fn load(desk: &Desk, args: LoadArgs) -> Result<Exit> {
    let given = args.send.add_to(args.tenant.add_to(desk.given()));
    let settings = desk.settings(given)?;
    let mapping = read_mapping(args.mapping.as_deref(), &args.control)?;
    let sends_held = args.again || settings.resend_unknown;
    let only_changed = OnlyChanged::of(&mapping, args.only_changed, sends_held)?;
    // All that could refuse the load later is asked for before anything is read.
    let (tenant, token) = if args.sandbox {
        (Tenant::sandbox(&settings), None)
    } else {
        (Tenant::real(&settings)?, Some(settings.token.read()?))
    };
    let ledger = Ledger::open(&settings.state).await?;
    let sandbox = if args.sandbox { Some(sending::start_sandbox(&settings.state).await?) } else { None };
    let order = Order {
        inputs: &args.inputs.inputs(),
        mapping: &mapping,
        tenant: &tenant,
        settings: &settings,
        as_of: args.control.as_of,
        only_changed,
        report: args.send.report.folder.as_deref(),
        break_after: args.send.limit.iter().chain(&args.canary).map(|limit| u64::from(limit.get())).collect(),
        use_of: BodyUse::Send,
    };
    let planned = plan(desk, &ledger, order).await?;
    let ending = Ending { desk, ledger: &ledger, folder: &args.send.report, zone: &settings.zone };
    say_why_all(desk, &planned.run);
    if let Err(failure) = may_be_sent(desk, &ledger, &planned, &args).await {
        planning::refuse(&ledger, planned.run.id, &failure, Exit::Refused).await?;
        return ending.close(planned.run.id, Some(&failure)).await;
    }
    if !args.send.yes && !args.sandbox && !ask(desk, &planned.run, &settings) {
        let failure = Failure::new(Code::Declined).with("value", planned.run.id);
        return ending.close(planned.run.id, Some(&failure)).await;
    }
    let way = Way {
        settings: &settings,
        tenant: &tenant,
        token,
        limit: args.send.limit,
        canary: args.canary,
        sandbox,
    };
    let stopped = sending::send(desk, &ledger, &planned.run, way)?;
    ending.close(planned.run.id, stopped.as_ref()).await
}

pub(super) async fn check(desk: &Desk, args: CheckArgs) -> Result<Exit> {
    let settings = desk.settings(args.tenant.add_to(desk.given()))?;
    let mapping = read_mapping(args.mapping.as_deref(), &args.control)?;
    let use_of = match &args.bodies {
        None => BodyUse::Count,
        Some(path) => {
            let file = File::create(path).map_err(|error| {
                Failure::new(Code::ReportUnwritable).with("value", path.display()).with("reason", error)
            })?;
            BodyUse::Write(Box::new(BufWriter::new(file)))
        }
    };
    let ledger = Ledger::open(&settings.state).await?;
    let tenant = Tenant::none(&settings);
    let order = Order {
        inputs: &args.inputs.inputs(),
        mapping: &mapping,
        tenant: &tenant,
        settings: &settings,
        as_of: args.control.as_of,
        only_changed: None,
        report: args.report.folder.as_deref(),
        break_after: Vec::new(),
        use_of,
    };
    let planned = plan(desk, &ledger, order).await?;
    if let Some(path) = &args.bodies {
        let chunks = planned.run.plan.as_ref().map_or(0, |plan| plan.chunks);
        let values = [("count", desk.lang().count(u64::from(chunks))), ("path", path.display().to_string())];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        desk.screen.remark(&Say::BodiesWritten.with(desk.lang(), &values));
    }
    let ending = Ending { desk, ledger: &ledger, folder: &args.report, zone: &settings.zone };
    let drift = drift::refusal(&planned.run, desk.lang()).filter(|_| !args.control.accept_drift);
    if let Some(failure) = planned.refusal.or(drift) {
        planning::refuse(&ledger, planned.run.id, &failure, Exit::Refused).await?;
        return ending.close(planned.run.id, Some(&failure)).await;
    }
    let exit = if outcome::all_good(&ledger.books(&planned.run).await?) { Exit::Done } else { Exit::Partial };
    let ended = Some((jiff::Timestamp::now(), exit));
    ledger.set_state(planned.run.id, RunState::Finished, ended, None).await?;
    ending.close(planned.run.id, None).await
}

/// What may refuse a planned load: rows or totals that were not expected, too many invalid rows, content that was
/// loaded before, or a file that is not as the earlier ones were. A person is asked last.
async fn may_be_sent(desk: &Desk, ledger: &Ledger, planned: &Planned, args: &LoadArgs) -> Result<()> {
    if let Some(failure) = &planned.refusal {
        return Err(failure.clone());
    }
    let books = ledger.books(&planned.run).await?;
    let invalid = books.rows.of(State::Invalid);
    if let Some(most) = args.max_invalid.map(|most| most.of(books.rows.read)).filter(|most| invalid > *most) {
        return Err(Failure::new(Code::TooManyInvalid).with("value", invalid).with("expected", most));
    }
    let compared = planned.run.plan.as_ref().and_then(|plan| plan.compared.as_ref());
    // What was compared record by record may be the same; where there was nothing to compare it with, it may not.
    let was_compared = compared.is_some_and(|compared| !compared.knew_nothing);
    let exempt =
        args.again || was_compared || planned.run.server == SANDBOX || planned.run.kind != RunKind::Load;
    let sends = planned.run.plan.as_ref().is_some_and(|plan| plan.records > 0);
    if sends
        && !exempt
        && let Some(earlier) = ledger.same_content(&planned.run, &planned.content).await?.first()
    {
        return Err(same_content(ledger, earlier).await?);
    }
    match drift::refusal(&planned.run, desk.lang()).filter(|_| !args.control.accept_drift) {
        Some(failure) if !drift::is_accepted(desk, &planned.run, args.send.yes) => Err(failure),
        _ => Ok(()),
    }
}

/// Says before anything is asked or sent why all of a file is sent, where only what has changed was asked for.
fn say_why_all(desk: &Desk, run: &Run) {
    let line =
        run.plan.as_ref().and_then(|plan| terminal::why_all(plan.compared.as_ref()?, run, desk.lang()));
    if let Some(line) = line {
        desk.screen.remark(&line);
    }
}

/// Says which run loaded the content, how that ended, and what fits now.
async fn same_content(ledger: &Ledger, earlier: &Run) -> Result<Failure> {
    let books = ledger.chain_books(earlier.root).await?;
    let id = earlier.id;
    let (reason, next) = if books.rows.of(State::Unsent) > 0 {
        (Say::ReasonUnsent, format!("`cartera resume {id}`"))
    } else if books.rows.of(State::Unknown) > 0 {
        (Say::ReasonHeld, format!("`cartera retry {id} --unknown`"))
    } else if books.rows.of(State::Rejected) + books.rows.of(State::Invalid) > 0 {
        (Say::ReasonPartial, format!("`cartera show {id}`"))
    } else {
        (Say::ReasonLoaded, format!("`cartera show {id}`"))
    };
    let failure =
        Failure::new(Code::SameContent).with("value", id).with("next", next).with_say("reason", reason);
    Ok(failure.with(EARLIER_RUN, id).with(EARLIER_UNSENT, books.rows.of(State::Unsent)))
}

/// Asks before anything leaves, with what it will cost.
fn ask(desk: &Desk, run: &Run, settings: &Settings) -> bool {
    let Some(plan) = &run.plan else { return true };
    if plan.chunks == 0 {
        return true;
    }
    let lang = desk.lang();
    let values = [
        ("records", lang.count(plan.records)),
        ("unit", Measures::of(run).records(plan.records, lang)),
        ("calls", lang.count(u64::from(plan.chunks))),
        ("server", run.server.clone()),
        ("operation", run.operation.clone()),
        ("time", duration(lang, estimate(u64::from(plan.chunks), settings.rate))),
    ];
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    desk.screen.ask(&Say::AskSend.with(lang, &values))
}
