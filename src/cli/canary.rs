//! `--canary N`: a few records go first, and the rest only when all of them were accepted.
//!
//! On a terminal a person decides after seeing how they ended; unattended, anything but "all accepted" stops the run,
//! resumable. Nothing is sent here.

use crate::books::State;
use crate::lang::{Code, Say};
use crate::ledger::{Ledger, Run};
use crate::platform::StopRequests;
use crate::problem::{Failure, Result};
use crate::report::measures::Measures;

use super::screen::Screen;

/// Why the rest must not follow its canary; nothing when it may.
pub(super) async fn objection(
    (screen, asked): (&Screen, &mut StopRequests),
    ledger: &Ledger,
    run: &Run,
    canary: u64,
) -> Result<Option<Failure>> {
    let books = ledger.books(run).await?;
    let count = |state: State| books.records.of(state);
    let all_accepted = count(State::Loaded) == canary;
    let lang = screen.lang;
    let counts =
        [State::Loaded, State::Rejected, State::Unknown, State::Unsent].map(|state| lang.count(count(state)));
    let names = ["loaded", "rejected", "unknown", "left"];
    let unit = Measures::of(run).records(count(State::Unsent), lang);
    let counts_said = names.into_iter().zip(counts.iter().map(String::as_str));
    let values: Vec<(&str, &str)> = counts_said.chain([("unit", unit.as_str())]).collect();
    screen.remark(&Say::CanaryLine.with(lang, &values));
    let failure = |code: Code| Failure::new(code).with("value", run.id).with("expected", &counts[0]);
    if !screen.can_ask() {
        return Ok((!all_accepted).then(|| failure(Code::CanaryNotAccepted)));
    }
    let question = Say::AskRest.with(lang, &values);
    Ok((!screen.ask_or_stop(&question, asked).await).then(|| failure(Code::CanaryDeclined)))
}
