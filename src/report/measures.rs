//! What a run is counted in: what its records are called, whether lines are counted beside them, and its money.
//!
//! A run of managements speaks of managements; it has no obligations inside its records, and no money. What the
//! target says of itself decides, and a target of another version is told in plain words.

use crate::lang::{Lang, Say};
use crate::ledger::Run;
use crate::target::{self, Target};

/// The measures of a run.
#[derive(Debug, Clone, Copy)]
pub struct Measures<'m> {
    record: Say,
    line: Option<Say>,
    /// The header of the money's column; none where no money is counted.
    pub money: Option<&'m str>,
}

impl<'m> Measures<'m> {
    /// Those of a run.
    pub fn of(run: &'m Run) -> Measures<'m> {
        let money = run.plan.as_ref().and_then(|plan| plan.money_column.as_deref());
        Measures { money, ..Measures::of_target(&run.target) }
    }

    /// Those of a target, without money.
    pub fn of_target(name: &str) -> Measures<'static> {
        let target = target::by_name(name);
        let record = target.map_or(Say::UnitPlain, Target::unit);
        Measures { record, line: target.and_then(Target::line_unit), money: None }
    }

    /// What so many records are called: `expediente`, `gestiones`.
    pub fn records(&self, count: u64, lang: Lang) -> String {
        named(self.record, count, lang)
    }

    /// What so many lines are called; where a record has none inside it, it is its own line.
    pub fn lines(&self, count: u64, lang: Lang) -> String {
        named(self.line.unwrap_or(self.record), count, lang)
    }

    /// Whether lines are counted beside records.
    pub fn has_lines(&self) -> bool {
        self.line.is_some()
    }

    /// The headings of rows, of records, of lines where there are any, and of money where it is counted.
    pub fn headings(&self, lang: Lang) -> Vec<String> {
        let lines = self.has_lines().then(|| self.lines(0, lang));
        let counts = [Say::BooksRows.text(lang).to_owned(), self.records(0, lang)];
        counts.into_iter().chain(lines).chain(self.money_heading(lang)).collect()
    }

    /// The heading of the money.
    pub fn money_heading(&self, lang: Lang) -> Option<String> {
        self.money.map(|column| format!("{} ({column})", Say::BooksMoney.text(lang)))
    }

    /// The figures that go under the headings.
    pub fn figures(&self, (rows, records, lines): (u64, u64, u64), money: String, lang: Lang) -> Vec<String> {
        let counts = [Some(rows), Some(records), self.has_lines().then_some(lines)];
        let counts = counts.into_iter().flatten().map(|count| lang.count(count));
        counts.chain(self.money.map(|_| money)).collect()
    }
}

fn named(unit: Say, count: u64, lang: Lang) -> String {
    unit.with(lang, &[("count", &count.to_string())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_called_what_they_are() {
        for (target, one, many, lines) in [
            ("collections", "expediente", "expedientes", true),
            ("obligations-insert", "obligación", "obligaciones", false),
            ("obligations-update", "obligación", "obligaciones", false),
            ("managements", "gestión", "gestiones", false),
            ("cases", "caso", "casos", false),
            ("activities", "actividad", "actividades", false),
            ("custom", "registro", "registros", false),
            ("of tomorrow", "registro", "registros", false),
        ] {
            let measures = Measures::of_target(target);
            let said = (measures.records(1, Lang::Es), measures.records(5, Lang::Es), measures.has_lines());
            assert_eq!(said, (one.to_owned(), many.to_owned(), lines), "{target}");
        }
        let all: Vec<&str> = target::all().iter().map(|target| target.unit().text(Lang::En)).collect();
        assert!(all.contains(&"{count?management|managements}"), "{all:?}");
    }
}
