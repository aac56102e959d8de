//! Which sheet of a workbook a mapping is about, where it names none.
//!
//! The one that has every column of the mapping, or every one that a table of its role has to have. Two that have are a question, and one that is hidden is never
//! taken in silence. Only the beginnings of the sheets are looked at, so that no sheet is read for nothing.

use super::Mapping;
use super::bind::{self, Role};
use crate::lang::Code;
use crate::problem::{Failure, Place, Result};
use crate::source::{Table, Visibility, several};
use crate::survey::layout::{SEARCHED_ROWS, find_header};

/// How many rows of a sheet it takes to tell.
pub fn rows(mapping: &Mapping) -> u32 {
    SEARCHED_ROWS.max(mapping.source.header_row.unwrap_or(0)) + 1
}

/// Chooses among the beginnings of all worksheets of a file that holds a table of this role.
///
/// # Errors
/// The question where several fit, the line to write where only a hidden one does, and what the nearest visible
/// one lacks where none does.
pub fn choose(mapping: &Mapping, role: Role, file: &str, heads: &[Table]) -> Result<Vec<String>> {
    let tried: Vec<Tried<'_>> = heads.iter().map(|head| Tried::new((mapping, role), file, head)).collect();
    let fitting = |hidden: bool| -> Vec<&str> {
        let of_kind = tried.iter().filter(|tried| tried.hidden == hidden && tried.lacks.is_none());
        of_kind.map(|tried| tried.name).collect()
    };
    match fitting(false)[..] {
        [only] => return Ok(vec![only.to_owned()]),
        [first, ..] => return Err(several(file, first, &fitting(false))),
        [] => {}
    }
    if let [first, ..] = fitting(true)[..] {
        let failure = several(file, first, &fitting(true));
        return Err(Failure { code: Code::SheetHidden, ..failure });
    }
    // Of equals the first one; a hidden one only where there is no other.
    let nearest = tried.into_iter().rev().max_by_key(|tried| (!tried.hidden, tried.found));
    let lacks = nearest.and_then(|tried| tried.lacks);
    Err(lacks.unwrap_or_else(|| Failure::new(Code::FileEmpty).with("value", file)))
}

/// How near a sheet comes to the mapping.
struct Tried<'h> {
    name: &'h str,
    hidden: bool,
    /// How many of its columns the mapping asks for.
    found: usize,
    /// What is missing; nothing when it fits.
    lacks: Option<Failure>,
}

impl<'h> Tried<'h> {
    fn new((mapping, role): (&Mapping, Role), file: &str, head: &'h Table) -> Tried<'h> {
        let mut tried = Tried {
            name: &head.name,
            hidden: head.notes.visibility != Visibility::Visible,
            found: 0,
            lacks: head.unread.clone(),
        };
        if tried.lacks.is_some() {
            return tried;
        }
        let wanted = bind::wants(mapping, role);
        let place = Place { file: file.to_owned(), sheet: head.sheet.clone(), ..Place::default() };
        tried.lacks = match find_header(head, mapping.source.header_row, &wanted) {
            Ok(header) => {
                tried.found = header.names.iter().filter(|name| wanted(name)).count();
                bind::bind(mapping, &header, &place, role).err()
            }
            Err(failure) => Some(failure.within(&place)),
        };
        tried
    }
}
