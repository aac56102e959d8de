//! What is said of a command line that is not understood: what is wrong, the nearest name, how it is typed.
//!
//! The parser finds the mistake; the words are ours, in the reader's language, and the exit code is 2.

use std::ffi::OsString;

use clap::Command;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

use crate::lang::help::Own;
use crate::lang::{Lang, Say};
use crate::report::terminal::put_line;

use super::describe::usage_of;

/// What is wrong with a command line, as lines for standard error; nothing where the parser shows its help instead.
pub(super) fn complaint(error: &Error, args: &[OsString], root: &Command, lang: Lang) -> Option<String> {
    let said = what(error, lang)?;
    let command = typed(root, args);
    let usage = usage_of(command);
    let path = path_of(command, root);
    let fix = Say::UsageFix.with(lang, &[("command", &path)]);
    let mut text = String::new();
    put_line(&mut text, &format!("{}{said}", Say::ErrorHead.text(lang)));
    if let Some(about) = about_arg(error, command, root) {
        put_line(&mut text, &format!("  {about}"));
    }
    put_line(&mut text, &format!("{}: {usage}", Own::Usage.text(lang)));
    put_line(&mut text, &format!("{}{fix}", Say::FixHead.text(lang)));
    Some(text)
}

/// The mistake in a sentence, with the nearest name where there is one.
fn what(error: &Error, lang: Lang) -> Option<String> {
    let said = |say: Say, values: &[(&str, &str)]| Some(say.with(lang, values));
    let arg = context(error, ContextKind::InvalidArg);
    let value = context(error, ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        | ErrorKind::DisplayVersion => None,
        ErrorKind::UnknownArgument => {
            let say = if arg.starts_with('-') { Say::UsageNoOption } else { Say::UsageSurplus };
            Some(with_nearest(say.with(lang, &[("arg", &arg)]), error, ContextKind::SuggestedArg, lang))
        }
        ErrorKind::InvalidSubcommand => {
            let name = context(error, ContextKind::InvalidSubcommand);
            let said = Say::UsageNoCommand.with(lang, &[("arg", &name)]);
            Some(with_nearest(said, error, ContextKind::SuggestedSubcommand, lang))
        }
        ErrorKind::MissingSubcommand => said(Say::UsageCommandMissing, &[]),
        ErrorKind::MissingRequiredArgument => said(Say::UsageMissing, &[("arg", &arg)]),
        ErrorKind::InvalidValue | ErrorKind::TooFewValues | ErrorKind::NoEquals if value.is_empty() => {
            said(Say::UsageNoValue, &[("arg", &arg)])
        }
        ErrorKind::TooManyValues => said(Say::UsageTakesNone, &[("arg", &arg), ("value", &value)]),
        ErrorKind::InvalidValue => {
            let bad = Say::UsageBadValue.with(lang, &[("arg", &arg), ("value", &value)]);
            Some(with_nearest(bad, error, ContextKind::SuggestedValue, lang))
        }
        ErrorKind::ValueValidation => said(Say::UsageBadValue, &[("arg", &arg), ("value", &value)]),
        ErrorKind::ArgumentConflict => {
            let other = context(error, ContextKind::PriorArg);
            let say = if other == arg || other.is_empty() { Say::UsageTwice } else { Say::UsageConflict };
            said(say, &[("arg", &arg), ("other", &other)])
        }
        ErrorKind::InvalidUtf8 => said(Say::UsageNotText, &[]),
        _ => said(Say::UsageOther, &[]),
    }
}

fn with_nearest(said: String, error: &Error, kind: ContextKind, lang: Lang) -> String {
    match context(error, kind) {
        none if none.is_empty() => said,
        name => format!("{said}; {}", Say::UsageNearest.with(lang, &[("name", &name)])),
    }
}

/// What the parser knows of its error, as text; several names with commas.
fn context(error: &Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        _ => String::new(),
    }
}

/// What the flag is for whose value is not understood: it says what its values look like.
fn about_arg(error: &Error, command: &Command, root: &Command) -> Option<String> {
    if !matches!(error.kind(), ErrorKind::InvalidValue | ErrorKind::ValueValidation) {
        return None;
    }
    let shown = context(error, ContextKind::InvalidArg);
    let long = shown.strip_prefix("--").and_then(|rest| rest.split([' ', '=']).next());
    let mut all = command.get_arguments().chain(root.get_arguments());
    let found = all.find(|arg| match arg.get_long() {
        Some(name) => Some(name) == long,
        None => arg
            .get_value_names()
            .and_then(|names| names.first())
            .is_some_and(|name| shown.contains(name.as_str())),
    });
    found.and_then(|arg| arg.get_help()).map(|help| format!("{shown}: {help}"))
}

/// The command that was typed, as far as one can tell.
fn typed<'c>(root: &'c Command, args: &[OsString]) -> &'c Command {
    let mut names = args.iter().skip(1).filter_map(|arg| arg.to_str());
    names.find_map(|name| root.find_subcommand(name)).unwrap_or(root)
}

fn path_of(command: &Command, root: &Command) -> String {
    let (name, root) = (command.get_name(), root.get_name());
    if name == root { root.to_owned() } else { format!("{root} {name}") }
}

#[cfg(test)]
mod tests {
    use super::super::args::Cli;
    use super::super::{command, describe};
    use super::*;

    /// What a command line is told in Spanish, without the lines about its usage.
    fn said(line: &str) -> String {
        let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let root = describe::describe(command(), Lang::Es);
        let error = Cli::read(&args, Lang::Es).map(|_| ()).expect_err(line);
        let text = complaint(&error, &args, &root, Lang::Es).unwrap_or_default();
        text.lines().next().unwrap_or_default().trim_start_matches("No se pudo: ").to_owned()
    }

    #[test]
    fn every_mistake_has_its_sentence() {
        for (line, expected) in [
            ("cartera laod x.csv", "no existe el comando `laod`; quizás quiso escribir `load`"),
            (
                "cartera load x.csv --ratee 2/s",
                "no existe la opción `--ratee`; quizás quiso escribir `--rate`",
            ),
            ("cartera runs x", "sobra `x`"),
            ("cartera load", "falta `<ARCHIVO>...`"),
            ("cartera load x.csv --rate", "a `--rate <N/s|N/m>` le falta su valor"),
            ("cartera load x.csv --rate rapido", "`--rate <N/s|N/m>` no admite «rapido»"),
            ("cartera load x.csv --burst 0", "`--burst <N>` no admite «0»"),
            (
                "cartera runs --log-format jsn",
                "`--log-format <text|json>` no admite «jsn»; quizás quiso escribir `json`",
            ),
            ("cartera load x.csv --yes=1", "`--yes` no lleva valor y se le dio «1»"),
            ("cartera load x.csv --rate 2/s --rate 3/s", "`--rate <N/s|N/m>` se dio más de una vez"),
            ("cartera load x.csv --sandbox --server h", "`--sandbox` no va junto con `--server <SERVIDOR>`"),
            ("cartera --json", "falta el comando"),
            ("cartera --help", ""),
        ] {
            assert_eq!(said(line), expected, "{line}");
        }
    }
}
