//! `cartera completions SHELL`.

use clap::Args;

use crate::problem::Exit;

use super::screen::Screen;

/// What `completions` takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct CompletionsArgs {
    pub(crate) shell: clap_complete::Shell,
}

pub(super) fn run(args: &CompletionsArgs, screen: &Screen) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::command(), "cartera", &mut script);
    screen.result(&String::from_utf8_lossy(&script));
    Exit::Done
}
