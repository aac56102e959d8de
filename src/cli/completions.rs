//! `cartera completions SHELL`.

use crate::problem::Exit;

use super::args::CompletionsArgs;
use super::screen::Screen;

pub(super) fn run(args: &CompletionsArgs, screen: &Screen) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::command(), "cartera", &mut script);
    screen.result(&String::from_utf8_lossy(&script));
    Exit::Done
}
