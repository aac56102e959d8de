//! A comparison for a person at a terminal, in 80 columns: counts and money by kind, then the largest changes.
//!
//! Identifications are masked unless the reader asked for them.

use rust_decimal::Decimal;

use super::{Change, Diff, Kind, Sum};
use crate::lang::{Lang, Say};
use crate::report::mask;
use crate::report::terminal::{put_line, shortened, table};

/// The width of a terminal that everybody has.
const WIDTH: usize = 80;
/// What an identification takes of a line.
const KEY_WIDTH: usize = 20;

/// The comparison as text; `unmasked` shows identifications whole.
pub fn page(diff: &Diff, unmasked: bool, lang: Lang) -> String {
    if diff.is_empty() {
        let records = lang.count(diff.whole()[0].records);
        return format!("{}\n", Say::DiffNothing.with(lang, &[("count", &records)]));
    }
    let mut text = sums_table(diff, lang);
    for kind in Kind::ALL {
        let rows: Vec<[String; 4]> = diff
            .changes
            .iter()
            .filter(|change| change.kind == kind)
            .map(|change| change_row(change, unmasked, lang))
            .collect();
        if rows.is_empty() {
            continue;
        }
        text.push('\n');
        let values = [("kind", name(kind).text(lang))];
        put_line(&mut text, &Say::DiffLargest.with(lang, &values));
        text.push_str(&table(&heading(Say::DiffChangeHeading, lang), &rows));
    }
    text
}

/// What a kind is called.
pub fn name(kind: Kind) -> Say {
    match kind {
        Kind::New => Say::DiffNew,
        Kind::Gone => Say::DiffGone,
        Kind::Up => Say::DiffUp,
        Kind::Down => Say::DiffDown,
        Kind::Other => Say::DiffOther,
        Kind::Same => Say::DiffSame,
    }
}

/// The sums; where amounts are too long for a line of 80, without what was before, which the difference tells.
fn sums_table(diff: &Diff, lang: Lang) -> String {
    let (heading, rows) = (heading::<5>(Say::DiffHeading, lang), sums(diff, lang));
    let whole = table(&heading, &rows);
    if whole.lines().all(|line| line.chars().count() <= WIDTH) {
        return whole;
    }
    let narrow = |[name, records, _, after, difference]: [String; 5]| [name, records, after, difference];
    table(&narrow(heading), &rows.into_iter().map(narrow).collect::<Vec<_>>())
}

fn sums(diff: &Diff, lang: Lang) -> Vec<[String; 5]> {
    let of_kind = |kind: &Kind| {
        let [before, after] = diff.of(*kind);
        // A debtor of both portfolios is one debtor.
        let records = before.records.max(after.records);
        (records > 0).then(|| sum_row(name(*kind).text(lang), records, [before, after], lang))
    };
    let mut rows: Vec<_> = Kind::ALL.iter().filter_map(of_kind).collect();
    let [before, after] = diff.whole();
    rows.insert(0, sum_row(Say::DiffBefore.text(lang), before.records, [before, Sum::default()], lang));
    let last = sum_row(Say::DiffAfter.text(lang), after.records, [before, after], lang);
    rows[0][3] = String::new();
    rows[0][4] = String::new();
    rows.push(last);
    rows
}

fn sum_row(name: &str, records: u64, [before, after]: [Sum; 2], lang: Lang) -> [String; 5] {
    let money = |sum: Sum| if sum.records == 0 { String::new() } else { lang.money(sum.money) };
    [
        name.to_owned(),
        lang.count(records),
        money(before),
        money(after),
        lang.signed_money(after.money - before.money),
    ]
}

fn change_row(change: &Change, unmasked: bool, lang: Lang) -> [String; 4] {
    let key = if unmasked { shortened(&change.key, KEY_WIDTH) } else { mask::text(&change.key) };
    let money = |amount: Decimal, is_there: bool| if is_there { lang.money(amount) } else { String::new() };
    let before = money(change.money[0], change.kind != Kind::New);
    let after = money(change.money[1], change.kind != Kind::Gone);
    [key, before, after, lang.signed_money(change.difference())]
}

/// The headings of a table's columns.
fn heading<const N: usize>(say: Say, lang: Lang) -> [String; N] {
    let mut columns = say.text(lang).split('|');
    std::array::from_fn(|_| columns.next().unwrap_or_default().to_owned())
}
