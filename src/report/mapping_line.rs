//! The line of a mapping that would let the rows of a cause in.
//!
//! A line is proposed only where the mapping is understood with it and nothing but the one choice differs: an
//! analyst copies what is proposed. What is a question of the data (which of two rows counts, what a word means) is
//! never proposed, but asked of the creditor.

use crate::lang::Code;
use crate::mapping::{Blank, FieldRule, Mapping, file};
use crate::target::{self, FieldKind, Level};

/// A line to write into a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The line.
    pub line: String,
    /// The number of the line whose place it takes; none when it is added to `[source]`.
    pub replaces: Option<usize>,
}

/// The line for a problem of a field, where there is one.
pub(super) fn proposal(mapping: &Mapping, code: Code, field: &str) -> Option<Proposal> {
    match code {
        Code::MissingRequired => blank_is_sent(mapping, field),
        Code::MergedCell if !mapping.source.fills_merges => {
            Some(Proposal { line: "merged_cells = \"fill\"".to_owned(), replaces: None })
        }
        _ => None,
    }
}

/// The field's own line, with its blank cells sent empty. A key is never sent empty, nor a field of an obligation.
fn blank_is_sent(mapping: &Mapping, field: &str) -> Option<Proposal> {
    let is_key = target::by_name(&mapping.target).is_some_and(|target| target.key().contains(&field));
    let may_be_empty = |rule: &&FieldRule| {
        let kind = matches!(rule.kind, FieldKind::Text | FieldKind::Email | FieldKind::Phone);
        rule.name == field && rule.level == Level::Record && kind && !is_key
    };
    let rule = mapping.fields.iter().find(may_be_empty)?;
    let number = rule.from.columns().first()?.line;
    let old = mapping.text.lines().nth(number.checked_sub(1)?)?;
    let line = with_blank(&without_comment(old))?;
    let replaced =
        |(text, at): (&str, usize)| if at == number { format!("{line}\n") } else { format!("{text}\n") };
    let text: String = mapping.text.lines().zip(1..).map(replaced).collect();
    let understood = file::parse(&mapping.path, &text).ok()?;
    let differs_alone = |(new, old): (&FieldRule, &FieldRule)| {
        if old.name == field && old.level == Level::Record {
            new.blank == Blank::Empty
        } else {
            new.blank == old.blank
        }
    };
    let same = understood.fields.len() == mapping.fields.len()
        && understood.fields.iter().zip(&mapping.fields).all(|(new, old)| new.from == old.from)
        && understood.fields.iter().zip(&mapping.fields).all(differs_alone);
    same.then_some(Proposal { line, replaces: Some(number) })
}

/// `Email = "Correo"` or `Email = { column = "Correo" }` with `blank = "empty"`.
fn with_blank(line: &str) -> Option<String> {
    const CHOICE: &str = "blank = \"empty\"";
    let (field, value) = line.split_once('=')?;
    let (field, value) = (field.trim(), value.trim());
    if value.starts_with('"') {
        return Some(format!("{field} = {{ column = {value}, {CHOICE} }}"));
    }
    let inside = value.strip_prefix('{')?.strip_suffix('}')?.trim();
    let inside = inside.replace("blank = \"reject\"", CHOICE);
    let choice = if inside.contains(CHOICE) { String::new() } else { format!(", {CHOICE}") };
    Some(format!("{field} = {{ {inside}{choice} }}"))
}

/// A line of a mapping without the comment behind it, in which a sign inside quotes is no comment.
pub(super) fn without_comment(line: &str) -> String {
    let mut quoted = false;
    let mut single = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            '#' if !quoted => break,
            _ => {}
        }
        if !(c.is_whitespace() && (single.is_empty() || single.ends_with(' '))) {
            single.push(c);
        }
    }
    single.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAPPING: &str = r#"target = "collections"
[expediente]
Identification = "Cédula"
Name = { join = ["Nombres", "Apellidos"], blank = "reject" }
Email = "Correo # 1"  # el de la casa
Telephone = { first = ["Celular",
  "Fijo"] }
Address = "Dirección"
[obligation]
id = "Nro"
name = "Producto"
"#;

    #[test]
    fn a_line_is_proposed_only_where_it_is_understood() {
        let mapping = file::parse("m.toml", MAPPING).unwrap();
        let line = |field| {
            proposal(&mapping, Code::MissingRequired, field).map(|found| (found.line, found.replaces))
        };
        let email = "Email = { column = \"Correo # 1\", blank = \"empty\" }";
        assert_eq!(line("Email"), Some((email.to_owned(), Some(5))));
        let name = "Name = { join = [\"Nombres\", \"Apellidos\"], blank = \"empty\" }";
        assert_eq!(line("Name"), Some((name.to_owned(), Some(4))));
        for field in ["Identification", "Telephone", "id", "name", "ciudad"] {
            assert_eq!(line(field), None, "{field}");
        }
        let merged = proposal(&mapping, Code::MergedCell, "Name").unwrap();
        assert_eq!((merged.line.as_str(), merged.replaces), ("merged_cells = \"fill\"", None));
        let filling =
            file::parse("m.toml", &format!("{MAPPING}[source]\nmerged_cells = \"fill\"\n")).unwrap();
        assert_eq!(proposal(&filling, Code::MergedCell, "Name"), None);
        assert_eq!(proposal(&mapping, Code::BadDate, "Email"), None);
    }

    #[test]
    fn comments_are_no_part_of_a_line() {
        assert_eq!(without_comment("  Name   = \"No. # 1\"   # obligatorio"), "Name = \"No. # 1\"");
        assert_eq!(without_comment("# nada"), "");
    }
}
