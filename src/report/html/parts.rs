//! Tables and lists that both pages have.

use super::{Case, Html};
use crate::books::{Books, State};
use crate::lang::Say;
use crate::ledger::FileEntry;
use crate::report::terminal::state_name;

impl Html {
    /// A table's heading from its columns' names; columns of numbers are named.
    pub(super) fn heading(&mut self, names: &str, numbers: &[usize]) -> &mut Html {
        self.raw("<thead><tr>");
        for (name, at) in names.split('|').zip(0..) {
            let open =
                if numbers.contains(&at) { "<th scope=\"col\" class=\"n\">" } else { "<th scope=\"col\">" };
            self.tagged(open, name, "</th>");
        }
        self.raw("</tr></thead>\n")
    }

    /// Begins a part of a table that may be wider than the screen, and can be scrolled with a keyboard too.
    pub(super) fn begin_table(&mut self, name: &str) -> &mut Html {
        self.raw("<div class=\"wide\" role=\"group\" tabindex=\"0\" aria-label=\"").text(name);
        self.raw("\">\n<table>\n")
    }

    pub(super) fn end_table(&mut self) -> &mut Html {
        self.raw("</tbody>\n</table>\n</div>\n")
    }

    /// A fact of a list of them.
    pub(super) fn fact(&mut self, name: &str, value: &str) -> &mut Html {
        self.tagged("<div><dt>", name, "</dt>").tagged("<dd>", value, "</dd></div>\n")
    }
}

/// The books: what was read, and each state that is not empty, with its share of the money.
pub(super) fn books(html: &mut Html, case: &Case<'_>, books: &Books, name: &str) {
    let lang = case.lang;
    html.begin_table(name).tagged("<caption>", name, "</caption>\n").raw("<thead><tr>");
    html.tagged("<th scope=\"col\">", case.say(Say::BooksState), "</th>");
    let measures = case.measures();
    let share = measures.money.map(|_| case.say(Say::BooksShare).to_owned());
    for name in measures.headings(lang).into_iter().chain(share) {
        html.tagged("<th scope=\"col\" class=\"n\">", &name, "</th>");
    }
    html.raw("</tr></thead>\n<tbody>\n");
    let mut line = |open: &'static str, name: &str, counts, money| {
        html.raw(open).tagged("<th scope=\"row\">", name, "</th>");
        let share = measures.money.map(|_| lang.share(money, books.money.read));
        for figure in measures.figures(counts, lang.money(money), lang).into_iter().chain(share) {
            html.tagged("<td class=\"n\">", &figure, "</td>");
        }
        html.raw("</tr>\n");
    };
    let read = (books.rows.read, books.records.read, books.obligations.read);
    line("<tr class=\"sum\">", case.say(Say::StateRead), read, books.money.read);
    for state in State::ALL {
        let weight = books.weight_of(state);
        if weight != crate::books::Weight::default() {
            let counts = (weight.rows, weight.records, weight.obligations);
            line(row_of(state), state_word(case, state), counts, weight.money);
        }
    }
    html.end_table();
    if books.unreadable_rows > 0 {
        let rows = lang.count(books.unreadable_rows);
        html.tagged("<p class=\"note\">", &Say::UnreadableRows.with(lang, &[("rows", &rows)]), "</p>\n");
    }
}

/// What a state is called: what a check would send is valid.
pub(super) fn state_word(case: &Case<'_>, state: State) -> &'static str {
    let say = if case.is_check() && state == State::Unsent { Say::StateValid } else { state_name(state) };
    case.say(say)
}

fn row_of(state: State) -> &'static str {
    match state {
        State::Loaded => "<tr class=\"good\">",
        State::Invalid | State::Rejected => "<tr class=\"bad\">",
        State::Unknown => "<tr class=\"held\">",
        State::Unsent | State::Unchanged | State::Skipped => "<tr>",
    }
}

/// The files with their fingerprints.
pub(super) fn files(html: &mut Html, case: &Case<'_>, files: &[FileEntry], name: &str) {
    html.begin_table(name).tagged("<caption>", name, "</caption>\n");
    html.heading(case.say(Say::PageFilesHeading), &[1, 2]).raw("<tbody>\n");
    for file in files {
        html.tagged("<tr><th scope=\"row\" class=\"name\">", &file.name, "</th>");
        html.tagged("<td class=\"n\">", &case.lang.bytes(file.bytes), "</td>");
        html.tagged("<td class=\"n\">", &case.lang.count(file.rows), "</td>");
        html.tagged("<td class=\"print\">", &file.fingerprint, "</td></tr>\n");
    }
    html.end_table();
}
