//! `cartera targets [T]`: what can be loaded, from the same tables that validate; its schema and its template.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use serde_json::json;

use crate::lang::{Code, Say};
use crate::mapping::{keys, schema, template};
use crate::problem::{Exit, Failure, Result};
use crate::report::terminal;
use crate::target::{self, Level, Needed, Setting, Target};

use super::args::TargetsArgs;
use super::screen::Screen;

pub(super) fn run(args: &TargetsArgs, screen: &Screen) -> Result<Exit> {
    let Some(name) = &args.target else {
        list(screen);
        return Ok(Exit::Done);
    };
    let target = wanted(name, "targets")?;
    if args.schema {
        let schema = schema::of(target, screen.lang);
        screen.result(&format!("{schema:#}\n"));
    } else if let Some(path) = &args.template {
        write_template(target, (path, args.force), screen)?;
    } else {
        fields(target, screen);
        if !screen.json {
            settings(target, screen);
        }
    }
    Ok(Exit::Done)
}

/// The target of a name that was typed behind `place`.
pub(super) fn wanted(name: &str, place: &str) -> Result<&'static dyn Target> {
    let known: Vec<_> = target::all().iter().map(|target| target.name()).collect();
    target::by_name(name).ok_or_else(|| {
        let failure = Failure::new(Code::BadSetting).with("place", place).with("value", name);
        failure.with("expected", known.join(", "))
    })
}

fn write_template(target: &dyn Target, (path, force): (&Path, bool), screen: &Screen) -> Result<()> {
    let bytes = template::workbook(target, screen.lang)
        .map_err(|error| Failure::new(Code::Internal).with("reason", error))?;
    write_new(path, &bytes, force)?;
    let shown = path.display().to_string();
    if screen.json {
        screen.result(&format!("{}\n", json!({ "target": target.name(), "template": shown })));
    } else {
        screen.result(&format!("{}\n", Say::TemplateWritten.with(screen.lang, &[("path", &shown)])));
    }
    Ok(())
}

/// Writes a file that must not be there yet, unless it may be replaced.
pub(super) fn write_new(path: &Path, bytes: &[u8], force: bool) -> Result<()> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true).create_new(!force);
    options.open(path).and_then(|mut file| file.write_all(bytes)).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Failure::new(Code::FileExists).with("value", path.display()),
        _ => Failure::new(Code::FileUnwritable).with("value", path.display()).with("reason", error),
    })
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
    let section = |level| target.section(level).unwrap_or_default();
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
        let settings: Vec<_> =
            target.settings().iter().map(|setting| json_of(setting, screen.lang)).collect();
        let result = json!({ "target": target.name(), "fields": all, "endpoint": settings });
        return screen.result(&format!("{result}\n"));
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

/// What may be settled about the target, for a person.
fn settings(target: &dyn Target, screen: &Screen) {
    let lang = screen.lang;
    if target.settings().is_empty() {
        return;
    }
    let rows: Vec<[String; 3]> = target
        .settings()
        .iter()
        .map(|setting| {
            let default = setting.default.map_or_else(
                || {
                    if setting.needed == Needed::No {
                        String::new()
                    } else {
                        Say::SettingNeeded.text(lang).to_owned()
                    }
                },
                str::to_owned,
            );
            [setting.example(), default, setting.about.text(lang).to_owned()]
        })
        .collect();
    let table = terminal::table(&heading(Say::SettingsHeading, lang), &rows);
    screen.result(&format!("[{}]\n{table}", keys::ENDPOINT));
}

fn json_of(setting: &Setting, lang: crate::lang::Lang) -> serde_json::Value {
    json!({
        "name": setting.name, "line": setting.example(), "default": setting.default,
        "needed": setting.needed != Needed::No, "about": setting.about.text(lang),
    })
}

/// A heading cut into its columns.
pub(super) fn heading<const N: usize>(say: Say, lang: crate::lang::Lang) -> [String; N] {
    let mut columns = say.text(lang).split('|');
    std::array::from_fn(|_| columns.next().unwrap_or_default().to_owned())
}
