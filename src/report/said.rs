//! What the CRM and the network said of rows, without the people in it.
//!
//! An answer may repeat whatever was sent, of the record it speaks of or of another one of its request. So each text
//! is told without the cells of all rows that it was said of. What is kept for correction is never changed by this.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::mask;
use crate::books::State;
use crate::ledger::Evidence;
use crate::mapping::Mapping;
use crate::target::Level;

/// Shortest value that is looked for: less would be found in any word.
const LEAST_CHARS: usize = 3;
/// What stands in the place of a value.
const HIDDEN: &str = "…";

/// The texts of a run's rows that are not loaded.
#[derive(Debug, Clone, Default)]
pub struct Said {
    told: HashMap<String, String>,
    unmasked: bool,
}

impl Said {
    /// Goes through all rows that something was said of. Where the mapping is not understood, every column may name
    /// somebody.
    pub fn of(evidence: &Evidence, mapping: Option<&Mapping>, unmasked: bool) -> Said {
        let personal = mapping.map(personal);
        let mut told = HashMap::new();
        let rows = evidence
            .failed
            .iter()
            .zip(&evidence.pending)
            .map(|(failed, pending)| failed.iter().chain(pending));
        for (table, rows) in evidence.tables.iter().zip(rows) {
            for row in rows.filter(|row| row.state != State::Invalid && !row.detail.is_empty()) {
                let text: &mut String = told.entry(row.detail.clone()).or_insert_with(|| row.detail.clone());
                for (name, (_, value)) in table.header.iter().zip(row.cells.iter()) {
                    let is_personal =
                        personal.as_ref().is_none_or(|personal| personal.contains(name.as_str()));
                    if is_personal {
                        hide(text, value.trim());
                    }
                }
            }
        }
        Said { told, unmasked }
    }

    /// A text as it may be told to a person.
    pub fn told<'s>(&'s self, detail: &'s str) -> Cow<'s, str> {
        if self.unmasked {
            Cow::Borrowed(detail)
        } else {
            Cow::Owned(mask::reason(self.without_people(detail)))
        }
    }

    /// A text without the people in it, whatever was asked for: by it rows are grouped.
    pub(super) fn without_people<'s>(&'s self, detail: &'s str) -> &'s str {
        self.told.get(detail).map_or(detail, String::as_str)
    }
}

fn hide(text: &mut String, value: &str) {
    if value.chars().count() < LEAST_CHARS {
        return;
    }
    for form in [value.to_owned(), value.to_uppercase(), value.to_lowercase()] {
        if text.contains(&form) {
            *text = text.replace(&form, HIDDEN);
        }
    }
}

/// The columns that feed the record's own fields: who somebody is, and how they are reached; and the numbers of lines.
fn personal(mapping: &Mapping) -> HashSet<&str> {
    let line_key = crate::target::by_name(&mapping.target).and_then(crate::target::Target::line_key);
    let of_person = mapping.fields.iter().filter(|rule| match rule.level {
        Level::Record => !rule.custom,
        Level::Line => Some(rule.name.as_str()) == line_key,
    });
    of_person.flat_map(|rule| rule.from.columns()).map(|column| column.name.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Code;
    use crate::ledger::FailedRow;
    use crate::report::samples::{evidence, row, table};
    use crate::source::{Form, Kind};

    #[test]
    fn nobody_whom_a_text_was_said_of_is_in_it() {
        let said = "no se guardó a Ana Paz (102) ni a EVA RUIZ <eva@example.com>; 503 tras 1020304050";
        let debtor = |number, id: &str, name: &str| FailedRow {
            detail: said.to_owned(),
            ..row(number, State::Unknown, Code::ServerError, &[(Kind::Text, id), (Kind::Text, name)])
        };
        let rows = vec![debtor(2, "102", "Ana Paz"), debtor(3, "1", "Eva Ruiz")];
        let evidence = evidence(table("x", Form::Packed, &["Cédula", "Nombre"]), rows);
        assert_eq!(
            Said::of(&evidence, None, false).told(said),
            "no se guardó a … (…) ni a … <e****>; 503 tras …03****50"
        );
        assert_eq!(Said::of(&evidence, None, true).told(said), said);
        assert_eq!(Said::default().told("Identification 1020304050"), "Identification 10****50");
    }
}
