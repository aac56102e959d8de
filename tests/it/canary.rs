//! The canary on a terminal: a person sees how the first records ended, and decides about the rest.

use crate::support::terminal::OnTerminal;
use crate::support::workdir::{Crm, Workdir};

fn bench(faults: &[&str]) -> (Workdir, Crm) {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 30);
    let crm = dir.spawn_sandbox(faults);
    (dir, crm)
}

fn load<'a>(crm: &'a Crm, more: &[&'a str]) -> Vec<&'a str> {
    crm.load(&[&["--canary", "5", "--rate", "1000/s", "--json"], more].concat())
}

#[test]
fn a_yes_sends_the_rest_and_anything_else_leaves_it() {
    for (typed, exit, loaded, requests) in [("s", 0, 30, 2), ("Sí", 0, 30, 2), ("n", 4, 5, 1), ("", 4, 5, 1)]
    {
        let (dir, crm) = bench(&[]);
        let mut terminal = OnTerminal::start(&dir, &load(&crm, &["--yes"]));
        terminal.wait_until_it_shows("¿Enviar lo que falta (25 expedientes)? [s/N]");
        assert_eq!(crm.requests().len(), 1, "nothing is sent while it asks");
        terminal.types(typed);
        let out = terminal.wait();
        let result = out.json();
        result.assert_balance();
        assert_eq!((out.code, &result["records"]["loaded"]), (exit, &loaded.into()), "{typed:?}");
        assert_eq!(crm.requests().len(), requests, "{typed:?}");
        let code = if exit == 0 { serde_json::Value::Null } else { "canary-declined".into() };
        assert_eq!(result["error"]["code"], code, "{typed:?}");
    }
}

#[test]
fn what_was_not_accepted_is_shown_and_the_person_decides() {
    let (dir, crm) = bench(&["--fault", "reject@1"]);
    let mut terminal = OnTerminal::start(&dir, &load(&crm, &["--yes"]));
    terminal.wait_until_it_shows("[s/N]");
    terminal.types("s");
    let out = terminal.wait();
    assert_eq!((out.code, &out.json()["records"]["loaded"]), (3, &29.into()));
}

#[test]
fn an_interrupt_at_the_question_is_a_no() {
    let (dir, crm) = bench(&[]);
    let mut terminal = OnTerminal::start(&dir, &load(&crm, &["--yes"]));
    terminal.wait_until_it_shows("[s/N]");
    terminal.interrupt();
    let out = terminal.wait();
    assert_eq!((out.code, &out.json()["error"]["code"]), (4, &"canary-declined".into()));
    let out = dir.run_with_token(&["resume", "last", "--rate", "1000/s", "--json"]);
    assert_eq!((out.code, &out.json()["records"]["loaded"]), (0, &30.into()), "{}", out.stderr);
}

#[test]
fn before_anything_leaves_it_asks_too() {
    let (dir, crm) = bench(&[]);
    let mut terminal = OnTerminal::start(&dir, &load(&crm, &[]));
    terminal.wait_until_it_shows("¿Enviar 30 expedientes en 2 llamadas");
    terminal.types("n");
    let out = terminal.wait();
    assert_eq!((out.code, &out.json()["error"]["code"]), (1, &"declined".into()));
    assert_eq!(crm.requests().len(), 0);
}
