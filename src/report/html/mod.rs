//! The report as pages that a browser shows without a network: [`page`] for the team, [`certificate`] for the creditor.
//!
//! A page is one file: its style and its script stand in it, and its own policy lets nothing else run or load, by the
//! digest of both. Markup is only ever a text of the program (`Html::raw` takes no other), so whatever comes from a
//! file, a mapping or the CRM passes the one function that escapes it. Nothing here writes a file or reads a clock.

pub mod certificate;
mod chart;
pub mod page;
mod parts;
#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ring::digest::{SHA256, digest};

use super::causes::Causes;
use super::measures::Measures;
use super::said::Said;
use super::summary::Summary;
use crate::books::Books;
use crate::lang::{Lang, Say};
use crate::ledger::{Departure, Evidence, FileEntry, Run, RunId, RunKind};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// Everything that the pages tell of a run.
#[derive(Debug)]
pub struct Case<'c> {
    /// The run.
    pub run: &'c Run,
    /// Its result.
    pub summary: &'c Summary,
    /// Its books.
    pub books: &'c Books,
    /// The runs of its chain and the chain's books, when it is not alone in it.
    pub chain: Option<(&'c [RunId], &'c Books)>,
    /// The files of its chain.
    pub files: &'c [FileEntry],
    /// Why rows are not loaded.
    pub causes: &'c Causes,
    /// Those rows.
    pub evidence: &'c Evidence,
    /// What was said of them.
    pub said: &'c Said,
    /// Its requests.
    pub departures: &'c [Departure],
    /// Whether it went to the stand-in CRM.
    pub rehearsed: bool,
    /// Whether personal data is shown whole.
    pub unmasked: bool,
    /// The zone in which moments are told.
    pub zone: &'c TimeZone,
    /// When this is written.
    pub now: Timestamp,
    /// The language.
    pub lang: Lang,
}

impl Case<'_> {
    fn is_check(&self) -> bool {
        self.run.kind == RunKind::Check
    }

    /// What the run is counted in.
    fn measures(&self) -> Measures<'_> {
        Measures::of(self.run)
    }

    fn setting(&self, name: &str) -> Option<&str> {
        self.run.settings[name].as_str().filter(|text| !text.is_empty())
    }

    /// Who sent the run, the first one first.
    fn operators(&self) -> String {
        let names = self.run.settings["operators"].as_array().map_or(&[][..], Vec::as_slice);
        let mut distinct: Vec<&str> = Vec::new();
        for name in names.iter().filter_map(serde_json::Value::as_str) {
            if !distinct.contains(&name) {
                distinct.push(name);
            }
        }
        if distinct.is_empty() { self.say(Say::FactUnknown).to_owned() } else { distinct.join(", ") }
    }

    /// The digest of the mapping's text, by which it is known whether two runs had the same one.
    fn mapping_fingerprint(&self) -> String {
        blake3::hash(self.run.mapping.as_bytes()).to_hex().to_string()
    }

    fn say(&self, say: Say) -> &'static str {
        say.text(self.lang)
    }

    /// `Carga 7: terminada con filas por corregir`.
    fn title(&self) -> String {
        let head = if self.is_check() { Say::HeadCheck } else { Say::HeadLoad };
        let head = head.with(self.lang, &[("run", &self.run.id.to_string())]);
        let status = super::terminal::status_name(&self.summary.status).text(self.lang);
        Say::PageTitle.with(self.lang, &[("head", &head), ("status", status)])
    }
}

/// A page that is being written.
#[derive(Debug, Default)]
struct Html(String);

impl Html {
    /// Markup of the program's own.
    fn raw(&mut self, markup: &'static str) -> &mut Html {
        self.0.push_str(markup);
        self
    }

    /// A text, whatever is in it.
    fn text(&mut self, text: &str) -> &mut Html {
        escape(text, &mut self.0);
        self
    }

    /// A sentence in which what stands between two backticks is to be typed; one that has no second is a sign like others.
    fn words(&mut self, sentence: &str) -> &mut Html {
        if sentence.matches('`').count() % 2 == 1 {
            return self.text(sentence);
        }
        for (piece, at) in sentence.split('`').zip(0..) {
            if at % 2 == 1 {
                self.tagged("<code>", piece, "</code>")
            } else {
                self.text(piece)
            };
        }
        self
    }

    /// A text between two tags.
    fn tagged(&mut self, open: &'static str, text: &str, close: &'static str) -> &mut Html {
        self.raw(open).text(text).raw(close)
    }
}

/// The one way by which a text comes into a page: in an element or between double quotes it is nothing but text. What
/// no page can hold, and what would turn the direction of the text behind it, is shown as a replacement sign.
fn escape(text: &str, page: &mut String) {
    for c in text.chars() {
        match c {
            '&' => page.push_str("&amp;"),
            '<' => page.push_str("&lt;"),
            '>' => page.push_str("&gt;"),
            '"' => page.push_str("&quot;"),
            '\'' => page.push_str("&#39;"),
            '\n' | '\t' | ' ' => page.push(c),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                page.push(char::REPLACEMENT_CHARACTER);
            }
            _ if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                page.push(char::REPLACEMENT_CHARACTER);
            }
            _ => page.push(c),
        }
    }
}

/// A whole page around its body. `kind` is the class of the body.
fn document(case: &Case<'_>, title: &str, kind: &'static str, body: &Html) -> String {
    let mut page = Html::default();
    page.raw("<!DOCTYPE html>\n<html lang=\"").raw(if case.lang == Lang::Es { "es" } else { "en" });
    page.raw(
        "\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"",
    );
    page.text(&policy());
    page.raw("\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.raw(
        "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n",
    );
    page.tagged("<title>", title, "</title>\n");
    page.raw("<style>").raw(STYLE).raw("</style>\n</head>\n<body class=\"").raw(kind).raw("\">\n");
    page.0.push_str(&body.0);
    page.raw("<script>").raw(SCRIPT).raw("</script>\n</body>\n</html>\n");
    page.0
}

/// Nothing may be loaded or run but this style and this script.
fn policy() -> String {
    let of = |text: &str| format!("'sha256-{}'", STANDARD.encode(digest(&SHA256, text.as_bytes())));
    format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        of(STYLE),
        of(SCRIPT)
    )
}
