//! The help texts laid over the parser's commands, so that no word of the parser's own is left in them.
//!
//! What can be typed stands in [`super::args`], what it is for in [`crate::lang::help`]; here they come together.

use clap::{Arg, ArgAction, Command};

use crate::lang::Lang;
use crate::lang::help::{Own, of_arg, of_command, of_value};

/// How the parser itself names any flags in its usage.
const PARSERS_OPTIONS: &str = "[OPTIONS]";
/// What the parser puts in front of its usage.
const PARSERS_USAGE: &str = "Usage: ";

/// Lays the texts of a language over a command, its flags and its subcommands.
pub(super) fn describe(command: Command, lang: Lang) -> Command {
    with_texts(command, "", lang)
}

/// How a command is typed, without a heading.
pub(super) fn usage_of(command: &Command) -> String {
    let usage = command.clone().render_usage().to_string();
    usage.trim_start_matches(PARSERS_USAGE).to_owned()
}

fn with_texts(command: Command, before: &str, lang: Lang) -> Command {
    let path = format!("{before}{}", command.get_name());
    let template = format!("{{about}}\n\n{}: {{usage}}\n\n{{all-args}}", Own::Usage.text(lang));
    let about = of_command(command.get_name(), lang).unwrap_or_default();
    let is_root = before.is_empty();
    let mut command = command
        .about(about)
        .help_template(template)
        .subcommand_value_name(Own::Command.text(lang))
        .disable_help_flag(true)
        .arg(builtin("help", Own::Help, ArgAction::Help, lang).short('h'));
    if is_root {
        command = command
            .disable_version_flag(true)
            .disable_help_subcommand(true)
            .arg(builtin("version", Own::Version, ArgAction::Version, lang).short('V'))
            .subcommand_help_heading(Own::Commands.text(lang));
    }
    let command = command.mut_args(|arg| with_text(arg, lang));
    let usage =
        usage_of(&command.clone().bin_name(&path)).replace(PARSERS_OPTIONS, Own::AnyOptions.text(lang));
    let before = format!("{path} ");
    command.override_usage(usage).mut_subcommands(|subcommand| with_texts(subcommand, &before, lang))
}

/// A flag that every parser has.
fn builtin(name: &'static str, own: Own, action: ArgAction, lang: Lang) -> Arg {
    let heading = Own::GeneralOptions.text(lang);
    Arg::new(name).long(name).help(own.text(lang)).help_heading(heading).action(action)
}

fn with_text(arg: Arg, lang: Lang) -> Arg {
    let Some(text) = of_arg(arg.get_id().as_str(), lang) else { return arg };
    let heading = match () {
        () if arg.is_positional() => Own::Arguments,
        () if arg.is_global_set() => Own::GeneralOptions,
        () => Own::Options,
    };
    let arg = arg.help(text).help_heading(heading.text(lang));
    if !arg.get_action().takes_values() {
        return arg;
    }
    let default = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect::<Vec<_>>();
    let said = format!("{} ({} {}).", text.trim_end_matches('.'), Own::Default.text(lang), default.join(" "));
    let name = arg.get_value_names().and_then(|names| of_value(names.first()?.as_str(), lang));
    let arg = if default.is_empty() { arg } else { arg.help(said) };
    // Both are in the texts, in the reader's language.
    let arg = arg.hide_default_value(true).hide_possible_values(true);
    match name {
        Some(name) => arg.value_name(name),
        None => arg,
    }
}

#[cfg(test)]
mod tests {
    use super::super::command;
    use super::*;

    fn check(command: &Command, lang: Lang) {
        assert!(of_command(command.get_name(), lang).is_some(), "no text for {}", command.get_name());
        for arg in command.get_arguments() {
            let id = arg.get_id().as_str();
            let described = matches!(id, "help" | "version") || of_arg(id, lang).is_some();
            assert!(described, "no text for --{id} of {}", command.get_name());
        }
        command.get_subcommands().for_each(|subcommand| check(subcommand, lang));
    }

    #[test]
    fn everything_that_can_be_typed_is_described() {
        for lang in [Lang::Es, Lang::En] {
            check(&command(), lang);
            describe(command(), lang).debug_assert();
        }
    }

    #[test]
    fn usage_is_in_the_readers_language() {
        let usage = |lang| {
            let command = describe(command(), lang);
            usage_of(command.find_subcommand("explain").unwrap())
        };
        assert_eq!(usage(Lang::Es), "cartera explain [OPCIONES] --row <N> [ARCHIVO]...");
        assert_eq!(usage(Lang::En), "cartera explain [OPTIONS] --row <N> [FILE]...");
    }
}
