//! `cartera resume RUN`: the second half of a run that stopped. The source file is not needed.

use crate::lang::Code;
use crate::ledger::{Ledger, Run, RunKind, RunState};
use crate::problem::{Exit, Failure, Result};
use crate::secret::{ServerUrl, Token};
use crate::settings::{Given, Settings};

use super::Desk;
use super::args::{ResumeArgs, SendArgs};
use super::outcome::Ending;
use super::planning::{SANDBOX, Tenant};
use super::sending::{self, Way};
use super::since_planned::SincePlanned;

pub(super) async fn run(desk: &Desk, args: ResumeArgs) -> Result<Exit> {
    let ledger = Ledger::open(&desk.settings(desk.given())?.state).await?;
    let run = ledger.find_run(&args.run).await?;
    if run.kind == RunKind::Check {
        return Err(Failure::new(Code::RunIsCheck).with("value", run.id));
    }
    if matches!(run.state, RunState::Planning | RunState::Refused) || run.plan.is_none() {
        return Err(Failure::new(Code::RunNotResumable).with("value", run.id));
    }
    Ledger::needs_rows(&run)?;
    let _lock = ledger.lock(run.root)?;
    let files = SincePlanned::look(&desk.screen, &run, ledger.files(run.id).await?);
    let exit = go_on(desk, &ledger, &run, &args.send).await?;
    if matches!(exit, Exit::Done | Exit::Partial | Exit::Held) {
        // Of a run that goes on some other time it will be said then.
        files.say_all().await;
    }
    Ok(exit)
}

/// Sends what a planned run still has to send, and brings it to its end.
pub(super) async fn go_on(desk: &Desk, ledger: &Ledger, run: &Run, args: &SendArgs) -> Result<Exit> {
    let settings = settings_of(desk, run, args)?;
    let tenant = tenant_of(run, &settings)?;
    let token = token_of(run, &settings)?;
    let in_sandbox = run.server == SANDBOX;
    let sandbox = if in_sandbox { Some(sending::start_sandbox(&settings.state).await?) } else { None };
    let way = Way { settings: &settings, tenant: &tenant, token, limit: args.limit, canary: None, sandbox };
    if let Some(operator) = &settings.operator {
        ledger.note_operator(run.id, operator).await?;
    }
    let stopped = sending::send(desk, ledger, run, way)?;
    Ending { desk, ledger, folder: &args.report, zone: &settings.zone }.close(run.id, stopped.as_ref()).await
}

/// The settings of now, under the run's own profile where none is given.
pub(super) fn settings_of(desk: &Desk, run: &Run, args: &SendArgs) -> Result<Settings> {
    let given = args.add_to(desk.given());
    let own = run.settings["profile"].as_str().map(str::to_owned);
    desk.settings(Given { profile: given.profile.clone().or(own), ..given })
}

fn token_of(run: &Run, settings: &Settings) -> Result<Option<Token>> {
    if run.server == SANDBOX { Ok(None) } else { settings.token.read().map(Some) }
}

/// The run's own server and operation; other ones given now are refused, not followed.
fn tenant_of(run: &Run, settings: &Settings) -> Result<Tenant> {
    let other = |name: &str| {
        let own = format!("{} / {}", run.server, run.operation);
        Failure::new(Code::OtherTenant).with("value", run.id).with("expected", own).with("reason", name)
    };
    if run.server != SANDBOX {
        if let Some(url) = settings.server.as_ref().filter(|url| url.name() != run.server) {
            return Err(other(url.name()));
        }
        if let Some(operation) = settings.operation.as_ref().filter(|operation| **operation != run.operation)
        {
            return Err(other(operation));
        }
    }
    let url = run.settings["server_url"].as_str().map(ServerUrl::parse).transpose()?;
    Ok(Tenant { server: run.server.clone(), operation: run.operation.clone(), url })
}
