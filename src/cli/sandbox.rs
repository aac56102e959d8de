//! `cartera sandbox`: the stand-in of the CRM in a process of its own.

use serde_json::json;

use crate::lang::Say;
use crate::platform::StopRequests;
use crate::problem::{Exit, Result};
use crate::sandbox::{Sandbox, SandboxConfig};
use crate::settings::TokenSource;

use super::Desk;
use super::args::SandboxArgs;
use super::sending::sandbox_failed;

pub(super) async fn run(desk: &Desk, args: SandboxArgs) -> Result<Exit> {
    let store = match args.store {
        Some(store) => store,
        None => desk.settings(desk.given())?.state.join("sandbox"),
    };
    let token = args.token_file.map(|file| TokenSource::File(file).read()).transpose()?;
    let mut config = SandboxConfig::new(store.clone());
    config.listen = args.listen;
    config.token = token.map(|token| token.expose().to_owned());
    config.faults = args.fault;
    config.seed = args.seed;
    config.daily_limit = args.daily_limit;
    let mut asked = StopRequests::listen();
    let sandbox = Sandbox::start(config).await.map_err(|error| sandbox_failed(&error))?;
    let address = sandbox.address().to_string();
    let folder = store.display().to_string();
    if desk.screen.json {
        desk.screen.result(&format!("{}\n", json!({ "address": address, "store": folder })));
    } else {
        let values = [("address", address.as_str()), ("folder", folder.as_str())];
        desk.screen.result(&format!("{}\n", Say::SandboxListening.with(desk.lang(), &values)));
        desk.screen.remark(&Say::SandboxHint.with(desk.lang(), &values));
    }
    asked.next().await;
    sandbox.stop().await;
    Ok(Exit::Done)
}
