//! `cartera targets [T]`: what can be loaded, from the same tables that validate.

use serde_json::json;

use crate::lang::{Code, Say};
use crate::problem::{Exit, Failure, Result};
use crate::report::terminal;
use crate::target::{self, Level, Target};

use super::args::TargetsArgs;
use super::screen::Screen;

pub(super) fn run(args: &TargetsArgs, screen: &Screen) -> Result<Exit> {
    let Some(name) = &args.target else {
        list(screen);
        return Ok(Exit::Done);
    };
    let Some(target) = target::by_name(name) else {
        let known: Vec<_> = target::all().iter().map(|target| target.name()).collect();
        let failure = Failure::new(Code::BadSetting).with("place", "targets").with("value", name);
        return Err(failure.with("expected", known.join(", ")));
    };
    fields(target, screen);
    Ok(Exit::Done)
}

fn list(screen: &Screen) {
    if screen.json {
        let all: Vec<_> = target::all().iter().map(|target| json!({ "target": target.name() })).collect();
        return screen.result(&format!("{}\n", json!(all)));
    }
    for target in target::all() {
        screen.result(&format!("{}: {}\n", target.name(), target.about().text(screen.lang)));
    }
}

fn fields(target: &dyn Target, screen: &Screen) {
    let (record, line) = target.sections();
    let section = |level| match level {
        Level::Record => record,
        Level::Line => line.unwrap_or(record),
    };
    if screen.json {
        let all: Vec<_> = target
            .fields()
            .iter()
            .map(|field| {
                json!({
                    "section": section(field.level), "name": field.name, "mandatory": field.mandatory,
                    "kind": field.kind.say().text(crate::lang::Lang::En), "max_chars": field.max_chars,
                    "example": field.example, "page": field.page,
                })
            })
            .collect();
        return screen.result(&format!("{}\n", json!({ "target": target.name(), "fields": all })));
    }
    let lang = screen.lang;
    for level in [Level::Record, Level::Line] {
        let fields = target.fields().iter().filter(|field| field.level == level);
        let rows: Vec<[String; 6]> = fields
            .map(|field| {
                let mandatory = if field.mandatory { Say::Yes } else { Say::No };
                [
                    field.name.to_owned(),
                    field.kind.say().text(lang).to_owned(),
                    mandatory.text(lang).to_owned(),
                    lang.count(field.max_chars as u64),
                    field.example.to_owned(),
                    field.page.to_owned(),
                ]
            })
            .collect();
        if !rows.is_empty() {
            screen.result(&format!(
                "[{}]\n{}",
                section(level),
                terminal::table(&heading(Say::TargetHeading, lang), &rows)
            ));
        }
    }
}

/// A heading cut into its columns.
pub(super) fn heading<const N: usize>(say: Say, lang: crate::lang::Lang) -> [String; N] {
    let mut columns = say.text(lang).split('|');
    std::array::from_fn(|_| columns.next().unwrap_or_default().to_owned())
}
