//! What a workbook says of itself: its sheets, its date system, its styles and shared strings.
//!
//! Parts are found through the relations that the archive declares and never by a guessed name, but for the
//! workbook itself in archives that declare nothing. Namespaces are not compared: the strict and the
//! transitional form, and any prefix, read alike.

use super::fault::{Fault, PART_BYTES_MAX, Read};
use super::package::{Package, Relation};
use super::strings::Strings;
use super::styles::{self, Style};
use super::text;
use crate::lang::Say;
use crate::source::notes::Visibility;

/// A sheet as the workbook lists it.
#[derive(Debug, Clone)]
pub(super) struct SheetEntry {
    pub(super) name: String,
    pub(super) part: String,
    pub(super) visibility: Visibility,
}

/// What the cells of every sheet refer to.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    pub(super) strings: Strings,
    pub(super) styles: Vec<Style>,
    /// Whether day 0 is the first of January of 1904.
    pub(super) from_1904: bool,
}

impl Lookup {
    /// A shared string by its index.
    pub(super) fn shared(&self, index: u32) -> Read<&str> {
        self.strings.get(index).ok_or_else(|| Fault::damaged(Say::BookNoSuchString))
    }
}

/// A workbook without its sheets' content.
#[derive(Debug)]
pub(super) struct Book {
    /// The worksheets in their order; chart, dialog and macro sheets hold no cells and are left out.
    pub(super) sheets: Vec<SheetEntry>,
    pub(super) lookup: Lookup,
}

impl Book {
    /// Reads the small parts and the shared strings.
    pub(super) fn read(package: &mut Package) -> Read<Book> {
        let roots = package.relations("", PART_BYTES_MAX)?;
        let root = roots.iter().find(|relation| relation.kind == "officeDocument");
        let workbook = root.map_or("xl/workbook.xml", |relation| relation.part.as_str()).to_owned();
        let relations = package.relations(&workbook, PART_BYTES_MAX)?;
        let mut lookup = Lookup::default();
        let sheets = read_workbook(package, &workbook, &relations, &mut lookup)?;
        let part = |kind: &str| relations.iter().find(|relation| relation.kind == kind);
        if let Some(styles) = part("styles") {
            lookup.styles = styles::read(package, &styles.part)?;
        }
        if let Some(strings) = part("sharedStrings") {
            lookup.strings = Strings::read(package, &strings.part)?;
        }
        Ok(Book { sheets, lookup })
    }
}

fn read_workbook(
    package: &mut Package,
    part: &str,
    relations: &[Relation],
    lookup: &mut Lookup,
) -> Read<Vec<SheetEntry>> {
    let mut scanner =
        package.scan(part, PART_BYTES_MAX)?.ok_or_else(|| Fault::damaged(Say::BookWithoutWorkbook))?;
    let (mut sheets, mut found) = (Vec::new(), false);
    while let Some(token) = scanner.next()? {
        if token.starts(b"workbook") {
            found = true;
        } else if token.starts(b"workbookPr") {
            // A second one, of an extension, does not speak of dates and must not undo what the first said.
            lookup.from_1904 |= token.flag(b"date1904");
        } else if token.starts(b"sheet") {
            let value = |name| token.attribute(name).map_or(Ok(String::new()), text::attribute);
            let id = value(b"id")?;
            let target = relations.iter().find(|relation| relation.id == id);
            let Some(target) = target.filter(|relation| relation.kind == "worksheet") else { continue };
            let visibility = match token.attribute(b"state") {
                Some(b"hidden") => Visibility::Hidden,
                Some(b"veryHidden") => Visibility::VeryHidden,
                _ => Visibility::Visible,
            };
            sheets.push(SheetEntry { name: value(b"name")?, part: target.part.clone(), visibility });
        }
    }
    if found { Ok(sheets) } else { Err(Fault::damaged(Say::BookWithoutWorkbook)) }
}
