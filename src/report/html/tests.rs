//! The pages, with values that nobody would wish to have in a page.

use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde_json::json;

use super::certificate::certificate;
use super::page::page;
use super::*;
use crate::books::{State, Weight};
use crate::lang::Code;
use crate::ledger::{PlanSummary, RunState, UploadCounts};
use crate::problem::Exit;
use crate::report::causes::Telling;
use crate::report::samples::{evidence, portfolio, problem, row, table};
use crate::report::summary::Facts;
use crate::source::{Form, Kind};

const HOSTILE: [&str; 6] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "</style></title><svg/onload=alert(1)>",
    "&lt;b&gt; &#60;",
    "\u{202e}gpj.exe\u{0}\u{7}",
];

fn run(hostile: &str) -> Run {
    let plan = PlanSummary { money_column: Some(hostile.to_owned()), ..PlanSummary::default() };
    Run {
        id: 7,
        root: 3,
        parent: None,
        kind: RunKind::Load,
        target: "collections".to_owned(),
        server: hostile.to_owned(),
        operation: hostile.to_owned(),
        state: RunState::Finished,
        started_at: "2026-11-22T15:04:05Z".parse().unwrap(),
        finished_at: None,
        exit: Some(3),
        stop: None,
        mapping: hostile.to_owned(),
        settings: json!({ "operators": [hostile, hostile, "Eva"], "profile": hostile, "mapping_path": hostile }),
        verdicts: Vec::new(),
        plan: Some(plan),
        purged_at: None,
    }
}

/// Both pages of a run whose every text is this one.
fn pages(hostile: &str, evidence: &Evidence, lang: Lang) -> [String; 2] {
    let run = run(hostile);
    let mut books = Books::default();
    books.add(State::Loaded, Weight { rows: 90, records: 9, obligations: 90, money: 1_234_567.into() });
    books.add(State::Invalid, Weight { rows: 3, records: 2, obligations: 3, money: 10.into() });
    let causes = Causes::of(evidence, Telling { run: 7, mapping: None, unmasked: false, lang });
    let name = hostile.to_owned();
    let files = [FileEntry { name: name.clone(), bytes: 86_300, fingerprint: name.clone(), rows: 93 }];
    let summary = Summary::of(Facts {
        run: &run,
        ledger: "x",
        exit: Exit::Partial,
        status: "partial",
        files: &files,
        books: &books,
        chain: None,
        upload: UploadCounts::default(),
        causes: &causes,
        problems: Vec::new(),
        next: Some(name),
        failure: None,
        lang,
    });
    let left = run.started_at;
    let departure =
        |verdict: &str| Departure { left, settled: None, verdict: Some(verdict.to_owned()), repeats: false };
    let case = Case {
        run: &run,
        summary: &summary,
        books: &books,
        chain: Some((&[3, 7], &books)),
        files: &files,
        causes: &causes,
        evidence,
        said: &Said::of(evidence, None, false),
        departures: &[departure("answered"), departure(hostile)],
        rehearsed: true,
        unmasked: false,
        zone: &TimeZone::UTC,
        now: left,
        lang,
    };
    [page(&case), certificate(&case)]
}

/// Rows in which the column, the value, the file and the CRM's words are all the same text.
fn rows_of(text: &str) -> Evidence {
    let mut invalid = row(5, State::Invalid, Code::BadAmount, &[(Kind::Text, text)]);
    invalid.problems = vec![problem(5, Code::BadAmount, 0, ("total_balance", text, text))];
    let mut rejected = row(6, State::Rejected, Code::CrmRejected, &[(Kind::Text, "x")]);
    rejected.detail = text.to_owned();
    evidence(table(text, Form::Packed, &[text]), vec![invalid, rejected])
}

/// The tags of a page, each up to its first space.
fn tags(page: &str) -> Vec<String> {
    let body = page.replace(STYLE, "").replace(SCRIPT, "");
    body.split('<').skip(1).map(|tag| tag.split([' ', '>']).next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn no_text_becomes_markup() {
    for lang in [Lang::Es, Lang::En] {
        let plain = pages("x", &rows_of("x"), lang).map(|page| tags(&page));
        for hostile in HOSTILE {
            let pages = pages(hostile, &rows_of(hostile), lang);
            assert_eq!(pages.each_ref().map(|page| tags(page)), plain, "{hostile}");
            for page in pages {
                assert!(!page.contains('\u{202e}') && !page.contains('\u{0}'), "{hostile}");
            }
        }
    }
}

#[test]
fn a_page_needs_nothing_but_itself() {
    for page in pages("x", &portfolio(), Lang::Es) {
        for word in ["http://", "https://", "src=", "href=", "url(", "@import", " style=", " onclick"] {
            assert!(!page.contains(word), "{word}");
        }
        assert_eq!((page.matches("<style>").count(), page.matches("<script>").count()), (1, 1));
        assert!(page.contains("default-src &#39;none&#39;; style-src &#39;sha256-"));
    }
}

#[test]
fn people_are_masked_and_the_certificate_names_none() {
    let [page, certificate] = pages("x", &portfolio(), Lang::Es);
    for canary in ["0012345678", "Ñungo", "ana@example.com", "Luis Peña", "Eva Ruiz", "0077"] {
        assert!(!page.contains(canary) && !certificate.contains(canary), "{canary}");
    }
    assert!(page.contains("doce mil"), "what is no amount is shown: it is not a person's");
    assert!(!certificate.contains("doce mil"));
}

#[test]
fn the_pages_say_who_when_and_how_much() {
    let [page, certificate] = pages("banco.xlsx", &portfolio(), Lang::En);
    for text in ["1,234,567", "22 Nov 2026 15:04", "banco.xlsx, Eva", "7 (chain: 3, 7)", "86.3 kB"] {
        assert!(page.contains(text), "{text}");
    }
    for text in ["1,234,567", "22 Nov 2026 15:04:05 (UTC+00:00)", "banco.xlsx, Eva", "A rehearsal"] {
        assert!(certificate.contains(text), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_text_at_all_becomes_markup(text in any::<String>()) {
        let mut page = String::new();
        escape(&text, &mut page);
        prop_assert!(!page.contains(['<', '>', '"', '\'']));
        prop_assert!(page.split('&').skip(1).all(|piece| piece.contains(';')));
    }
}
