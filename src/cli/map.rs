//! `cartera map FILE -o M.toml`: the mapping of a new file, written from what its columns seem to be.

use std::collections::HashSet;

use tokio::task::block_in_place;

use crate::mapping::draft::{self, Origin};
use crate::mapping::guess::dictionary::Dictionaries;
use crate::mapping::guess::fitting::{self, Fitting, Whole};
use crate::mapping::guess::{self, ColumnUse, Guess, Looked};
use crate::mapping::names;
use crate::problem::{Exit, Place, Result};
use crate::source::{self, SheetChoice, SourceFile, SourceOptions};
use crate::survey::layout::{find_header, guess_header};
use crate::synonyms;
use crate::target::Target;

use super::args::MapArgs;
use super::map_page::Summary;
use super::targets::{wanted, write_new};
use super::{Desk, workplace};

pub(super) fn run(desk: &Desk, args: &MapArgs) -> Result<Exit> {
    let asked = args.map_target.as_deref().map(|name| wanted(name, "--target")).transpose()?;
    let dictionaries = Dictionaries::with(&synonyms::read(desk.global.config.as_deref())?);
    let options = SourceOptions { sheets: SheetChoice::All, ..SourceOptions::default() };
    let workplace = workplace(&desk.settings(desk.given())?)?;
    let file = block_in_place(|| source::open(&args.file, &options, &workplace))?;
    let looked = block_in_place(|| look_at(&file, &dictionaries))?;
    let found = block_in_place(|| Found::of(&looked, &dictionaries, asked));
    let lang = desk.lang();
    let text = draft::write(found.target, &found.origin(&file, lang)?, &found.guesses, lang);
    write_new(&args.out, text.as_bytes(), args.force)?;
    let summary = Summary { file: &file, found: &found, args, is_asked: asked.is_some() };
    desk.screen.result(&if desk.screen.json {
        format!("{}\n", summary.json(lang))
    } else {
        summary.page(lang)
    });
    Ok(Exit::Done)
}

/// Looks at every table of a file that has a header.
fn look_at<'f>(file: &'f SourceFile, dictionaries: &Dictionaries) -> Result<Vec<Looked<'f>>> {
    let (mut all, mut failure) = (Vec::new(), None);
    for table in &file.tables {
        match guess_header(table, &|name| dictionaries.knows(name)) {
            Ok(header) => all.push(Looked::at(table, header)),
            Err(error) => {
                let place = Place { file: file.name.clone(), sheet: table.sheet.clone(), ..Place::default() };
                failure = Some(error.within(&place));
            }
        }
    }
    match failure {
        Some(failure) if all.is_empty() => Err(failure),
        _ => Ok(all),
    }
}

/// The tables that the mapping is for, and what was guessed about them.
pub(super) struct Found<'f> {
    pub(super) target: &'static dyn Target,
    pub(super) whole: Whole,
    /// How they fit each target, the best first.
    pub(super) fittings: Vec<Fitting>,
    /// The tables: one, or debtors and obligations.
    pub(super) tables: Vec<&'f Looked<'f>>,
    /// The guess about each of them.
    pub(super) guesses: Vec<Guess>,
}

impl<'f> Found<'f> {
    fn of(
        looked: &'f [Looked<'f>],
        dictionaries: &Dictionaries,
        asked: Option<&'static dyn Target>,
    ) -> Found<'f> {
        let best = fitting::of_file(looked, dictionaries, asked).expect("a file that is read has a table");
        let target = best.fittings[0].target;
        let sides = best.whole.sides();
        let guess =
            |(at, side): &(usize, _)| guess::of_table(target, &looked[*at], *side, dictionaries.of(target));
        let guesses = sides.iter().map(guess).collect();
        let tables = sides.iter().map(|(at, _)| &looked[*at]).collect();
        Found { target, whole: best.whole, fittings: best.fittings, tables, guesses }
    }

    fn origin<'o>(&'o self, file: &'o SourceFile, lang: crate::lang::Lang) -> Result<Origin<'o>> {
        let count = file.tables.len();
        let sheet = self.tables[0].table.sheet.as_deref().filter(|_| count > 1 && self.tables.len() == 1);
        Ok(Origin {
            file: &file.name,
            fits: Some(self.fittings[0].sentence(lang)),
            sheet: sheet.map(|sheet| (sheet, count)),
            header_row: self.header_row()?,
            joined: self.joined(),
        })
    }

    /// Of two tables the sheets and the columns that join them, and the share of the obligations whose debtor is there.
    pub(super) fn joined(&self) -> Option<([(&str, &str); 2], u64)> {
        let Whole::Joined(join) = self.whole else { return None };
        let side = |at: usize, key: usize| {
            let looked = self.tables[at];
            (looked.table.sheet.as_deref().unwrap_or_default(), looked.header.names[key].as_str())
        };
        Some(([side(0, join.debtors.1), side(1, join.obligations.1)], join.share))
    }

    /// The header's row, where a load would not find it by the names that the mapping asks for; a mapping has one row
    /// for both tables.
    fn header_row(&self) -> Result<Option<u32>> {
        let row = self.tables[0].header.row;
        if self.tables.iter().any(|looked| looked.header.row != row) {
            return Ok(None);
        }
        for (looked, guess) in self.tables.iter().zip(&self.guesses) {
            let used = guess.columns.iter().zip(&looked.header.names);
            let used = used.filter(|(use_of, _)| !matches!(use_of, ColumnUse::Unread(_)));
            let used: HashSet<String> = used.map(|(_, name)| names::normal(name)).collect();
            let by_itself = find_header(looked.table, None, &|name| used.contains(&names::normal(name)))?;
            if by_itself != looked.header {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }
}
