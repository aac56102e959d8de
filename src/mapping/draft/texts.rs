//! Pieces of a draft: questions as sentences, answers as TOML.

use crate::lang::{Lang, Say};
use crate::mapping::file::GAP;
use crate::mapping::guess::{FieldGuess, Question, Words};
use crate::survey::{DecimalSign, Format};
use crate::target::{FieldKind, Level, Setting, SettingForm, Target};

/// What a person is asked, as a sentence.
pub fn asked(question: Question, lang: Lang) -> String {
    match question {
        Question::Missing => Say::AskMissing.text(lang).to_owned(),
        Question::TooClose => Say::AskTooClose.text(lang).to_owned(),
        Question::Format => Say::AskFormat.text(lang).to_owned(),
        Question::Words => Say::AskWords.text(lang).to_owned(),
        Question::Blank(blank, rows) => {
            Say::AskBlank.with(lang, &[("blank", &lang.count(blank)), ("rows", &lang.count(rows))])
        }
    }
}

/// What a person is asked about the endpoint, as a sentence.
pub fn asked_setting(setting: &Setting, lang: Lang) -> String {
    Say::AskSetting.with(lang, &[("about", setting.about.text(lang))])
}

/// The lines that would answer a question about the endpoint.
pub(super) fn answers(setting: &Setting) -> Vec<String> {
    let line = |value: &str| format!("{} = {value}", setting.name);
    match setting.form {
        SettingForm::OneOf(choices) => choices.iter().map(|choice| line(&quoted(choice))).collect(),
        SettingForm::Text => vec![line(&quoted(GAP))],
        SettingForm::Texts => vec![line(&format!("[{}]", quoted(GAP)))],
        SettingForm::Switch => vec![line("true"), line("false")],
    }
}

/// Texts that may stand in for a mandatory field that a creditor does not send.
pub(super) fn constants(target: &dyn Target, found: &FieldGuess, lang: Lang) -> Vec<String> {
    if !found.constants.is_empty() {
        return found.constants.to_vec();
    }
    // A code is none of a person's invention.
    if found.words.is_some() && !matches!(found.field.kind, FieldKind::Choice(_)) {
        return Vec::new();
    }
    let is_of_obligation = target.section(Level::Line) == Some("obligation");
    match (found.field.kind, found.field.level) {
        (FieldKind::Choice(choices), _) => choices.iter().map(|choice| (*choice).to_owned()).collect(),
        (FieldKind::Email, Level::Record) => vec!["sincorreo@example.com".to_owned()],
        (FieldKind::Text, Level::Line) if is_of_obligation => vec![Say::DraftConstant.text(lang).to_owned()],
        (FieldKind::Text, Level::Line) => vec![found.field.example.to_owned()],
        _ => Vec::new(),
    }
}

/// The words of a column, each with the CRM's; three points where nobody knows it.
pub(super) fn word_map(words: &Words) -> String {
    let of_word =
        |(text, word): &(String, Option<&str>)| format!("{} = {}", quoted(text), quoted(word.unwrap_or(GAP)));
    let none = [(GAP.to_owned(), None)];
    let texts = if words.texts.is_empty() { &none[..] } else { &words.texts };
    format!("map = {{ {} }}", texts.iter().map(of_word).collect::<Vec<_>>().join(", "))
}

/// A format as the option that fixes it.
pub(super) fn option(format: Format) -> String {
    match format {
        Format::Dates(order) => format!("dates = {}", quoted(order.as_str())),
        Format::Decimal(DecimalSign::Comma) => "decimal = \",\"".to_owned(),
        Format::Decimal(DecimalSign::Point) => "decimal = \".\"".to_owned(),
        Format::Ids(_) => String::new(),
    }
}

/// A key as TOML writes it.
pub(super) fn key(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !name.is_empty() && name.chars().all(is_bare) { name.to_owned() } else { quoted(name) }
}

/// A text as TOML writes it on one line.
pub(super) fn quoted(text: &str) -> String {
    let escaped = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04X}", u32::from(c)),
        c => c.to_string(),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}

/// A text that cannot end a comment.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
