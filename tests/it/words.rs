//! What a person reads, in their language: help, usage errors, and the words of the system and of the parsers.

use crate::support::workdir::Workdir;

/// Words of the argument parser, and names of values, that a Spanish help must not have.
const ENGLISH: [&str; 25] = [
    "Usage",
    "Options",
    "OPTIONS",
    "Commands",
    "COMMAND",
    "Arguments",
    "default",
    "possible",
    "values",
    "alias",
    "aliases",
    "Print",
    "Prints",
    "help",
    "error",
    "FILE",
    "DIR",
    "NAME",
    "HOST",
    "RUN",
    "SHEET",
    "SHELL",
    "TARGET",
    "ADDRESS",
    "AMOUNT",
];

fn commands(dir: &Workdir) -> Vec<String> {
    let help = dir.run(&["--help"]).stdout;
    let listed =
        help.lines().skip_while(|line| *line != "Comandos:").skip(1).take_while(|line| !line.is_empty());
    // A line that goes on with the text of the one above is indented deeper.
    let names = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn no_help_in_spanish_has_a_word_of_the_parser() {
    let dir = Workdir::with_samples();
    let commands = commands(&dir);
    assert!(commands.len() >= 14, "{commands:?}");
    for command in [&[][..]].into_iter().chain(commands.iter().map(std::slice::from_ref)) {
        let mut args: Vec<&str> = command.iter().map(String::as_str).collect();
        args.push("--help");
        let out = dir.run(&args);
        assert_eq!((out.code, out.stderr.as_str()), (0, ""), "{args:?}");
        assert!(out.stdout.contains("Uso: cartera"), "{args:?}: {}", out.stdout);
        // The flag's own name is the same in every language.
        let text = out.stdout.replace("--help", "");
        let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
        let found: Vec<_> = ENGLISH.iter().filter(|word| words.contains(word)).collect();
        assert!(found.is_empty(), "{args:?}: {found:?} in {}", out.stdout);
    }
}

#[test]
fn a_mistyped_command_line_is_answered_in_the_readers_language() {
    let dir = Workdir::with_samples();
    let out = dir.run(&["load", "f.csv", "--ratee", "2/s"]);
    assert_eq!((out.code, out.stdout.as_str()), (2, ""));
    assert_eq!(
        out.stderr,
        "No se pudo: no existe la opción `--ratee`; quizás quiso escribir `--rate`\n\
         Uso: cartera load [OPCIONES] [ARCHIVO]...\n\
         Qué hacer: vea todo lo que se puede escribir con `cartera load --help`\n"
    );
    let out = dir.run(&["--lang", "en", "load", "f.csv", "--rate", "fast"]);
    assert_eq!((out.code, out.stdout.as_str()), (2, ""));
    assert_eq!(
        out.stderr,
        "Could not: `--rate <N/s|N/m>` does not take “fast”\n  \
         --rate <N/s|N/m>: Highest pace of calls, such as 2/s or 90/m (default 2/s).\n\
         Usage: cartera load [OPTIONS] [FILE]...\n\
         What to do: see all that can be typed with `cartera load --help`\n"
    );
}

/// Neither the parser of mappings nor the system says anything in its own words.
#[test]
fn what_parsers_and_systems_say_is_said_in_the_readers_language() {
    let dir = Workdir::with_samples();
    dir.write_portfolio("f.csv", 2);
    dir.write("bad.toml", "target = \"collections\"\ncountry = CO\n");
    for (lang, said) in [("es", "es un texto sin comillas"), ("en", "is a text without quotes")] {
        let out = dir.run(&["check", "f.csv", "-m", "bad.toml", "--lang", lang]);
        assert_eq!(out.code, 1);
        assert!(out.stderr.contains("bad.toml:2") && out.stderr.contains(said), "{}", out.stderr);
        assert!(!out.stderr.contains("literal string"), "{}", out.stderr);
    }
    let out = dir.run(&["map", "f.csv", "-o", "no-hay/m.toml"]);
    assert!(out.stderr.contains("no-hay/m.toml") && out.stderr.contains("no existe"), "{}", out.stderr);
    assert!(!out.stderr.contains("os error") && !out.stderr.contains("entity"), "{}", out.stderr);
}
