//! The mistakes of the faulty sample: which there are, and what each makes of a right row.
//!
//! Each is one that creditors' files really have. A debtor has at most one, and so has a row, so that a test
//! can say of every debtor whether it must load. A mistake in what is the same on all rows of a debtor (name,
//! e-mail, phone) is on all of them, because one wrong row among right ones would also be a contradiction.
//! A mistake in the identification, or in the number of fields, is made only where the debtor has one row:
//! elsewhere the debtor's other rows would still load, without the one that nobody can tell is theirs.

use crate::cooperativa::column;

/// A kind of mistake, and the wrong values it is made with: each gets a debtor of its own.
pub(crate) struct Kind {
    pub(crate) code: &'static str,
    pub(crate) column: usize,
    pub(crate) on: On,
    pub(crate) wrong: &'static [Wrong],
    pub(crate) why: &'static str,
}

/// Which rows of its debtor a mistake is on.
#[derive(Clone, Copy)]
pub(crate) enum On {
    Only,
    Every,
    One,
    Last,
}

/// What a mistake makes of the right value.
pub(crate) enum Wrong {
    Becomes(&'static str),
    /// What Excel makes of a long number in a narrow column.
    Scientific,
    /// Far longer than any name may be.
    Endless,
    /// The number of the debtor's first obligation, a second time.
    FirstAgain,
    /// The value has a semicolon, and loses the quotes that protect it.
    Unquoted,
    /// Another field after the last.
    Extra(&'static str),
    /// The line ends after so many fields.
    EndsAfter(usize),
}

use Wrong::{Becomes, Endless, EndsAfter, Extra, FirstAgain, Scientific, Unquoted};

/// Every kind, in the order of the columns; the rows come out in another order, that of the file.
pub(crate) const KINDS: [Kind; 20] = [
    Kind {
        code: "missing-required",
        column: column::IDENTIFICATION,
        on: On::Only,
        wrong: &[Becomes(""), Becomes(""), Becomes("")],
        why: "the identification is blank",
    },
    Kind {
        code: "id-damaged",
        column: column::IDENTIFICATION,
        on: On::Only,
        wrong: &[Scientific, Scientific, Scientific],
        why: "a spreadsheet rounded the identification to scientific notation",
    },
    Kind {
        code: "missing-required",
        column: column::NAME,
        on: On::Every,
        wrong: &[Becomes(""), Becomes("")],
        why: "the name is blank",
    },
    Kind {
        code: "too-long",
        column: column::NAME,
        on: On::Every,
        wrong: &[Endless, Endless],
        why: "the name has more than 300 characters",
    },
    Kind {
        code: "missing-required",
        column: column::EMAIL,
        on: On::Every,
        wrong: &[Becomes(""), Becomes("")],
        why: "the e-mail is blank and the mapping gives no default",
    },
    Kind {
        code: "bad-email",
        column: column::EMAIL,
        on: On::Every,
        wrong: &[Becomes("juan.perez@"), Becomes("sin correo"), Becomes("ana.ruiz.example.com")],
        why: "this is not an e-mail address",
    },
    Kind {
        code: "missing-required",
        column: column::MOBILE_1,
        on: On::Every,
        wrong: &[Becomes(""), Becomes("")],
        why: "both phones are blank",
    },
    Kind {
        code: "bad-phone",
        column: column::MOBILE_1,
        on: On::Every,
        wrong: &[Becomes("300555ABCD"), Becomes("300 CINCO 55")],
        why: "the phone has letters",
    },
    Kind {
        code: "bad-phone",
        column: column::MOBILE_1,
        on: On::Every,
        wrong: &[Becomes("300555"), Becomes("55512")],
        why: "the phone is too short",
    },
    Kind {
        code: "missing-required",
        column: column::NUMBER,
        on: On::One,
        wrong: &[Becomes(""), Becomes("")],
        why: "the obligation's number is blank",
    },
    Kind {
        code: "duplicate-obligation",
        column: column::NUMBER,
        on: On::Last,
        wrong: &[FirstAgain, FirstAgain],
        why: "an earlier row of this debtor has this obligation with other data",
    },
    Kind {
        code: "bad-amount",
        column: column::BALANCE,
        on: On::One,
        wrong: &[Becomes("12.000 pesos aprox"), Becomes("aprox. 850.000")],
        why: "the amount has letters",
    },
    Kind {
        code: "bad-amount",
        column: column::BALANCE,
        on: On::One,
        wrong: &[Becomes("1.250,000,50"), Becomes("845,300,00")],
        why: "the amount has two decimal commas",
    },
    Kind {
        code: "bad-date",
        column: column::DUE,
        on: On::One,
        wrong: &[Becomes("31/02/2026"), Becomes("30/02/2026"), Becomes("31/04/2025")],
        why: "the calendar has no such day",
    },
    Kind {
        code: "bad-date",
        column: column::DUE,
        on: On::One,
        wrong: &[Becomes("pendiente"), Becomes("por definir")],
        why: "this is a word and not a date",
    },
    Kind {
        code: "bad-integer",
        column: column::DAYS,
        on: On::One,
        wrong: &[Becomes("noventa"), Becomes("3 meses")],
        why: "the days in arrears are not a whole number",
    },
    Kind {
        code: "bad-amount",
        column: column::PAID,
        on: On::One,
        wrong: &[Becomes("abonó la mitad")],
        why: "this is a remark and not an amount",
    },
    Kind {
        code: "bad-date",
        column: column::PAID_ON,
        on: On::One,
        wrong: &[Becomes("15/13/2025"), Becomes("la semana pasada")],
        why: "this is not a date",
    },
    Kind {
        code: "ragged-row",
        column: column::ADDRESS,
        on: On::Only,
        wrong: &[EndsAfter(11), EndsAfter(6)],
        why: "the row has too few fields",
    },
    Kind {
        code: "ragged-row",
        column: column::ADDRESS,
        on: On::Only,
        wrong: &[Unquoted, Extra("llamar en la tarde")],
        why: "the row has too many fields",
    },
];

/// One mistake of a debtor.
pub(crate) struct Fault {
    pub(crate) kind: &'static Kind,
    pub(crate) wrong: &'static Wrong,
    /// How many rows the debtor has, and on which of them (from 0, in the order of the file) the mistake is.
    pub(crate) rows: usize,
    only_on: Option<usize>,
}

impl Fault {
    /// Every mistake, with debtors of different sizes so that a kind is tried on more than one.
    pub(crate) fn all() -> impl Iterator<Item = Fault> {
        KINDS.iter().flat_map(|kind| {
            kind.wrong.iter().enumerate().map(|(nth, wrong)| {
                let (rows, only_on) = match kind.on {
                    On::Only => (1, None),
                    On::Every => (nth + 1, None),
                    On::One => (nth + 2, Some(nth)),
                    On::Last => (nth + 2, Some(nth + 1)),
                };
                Fault { kind, wrong, rows, only_on }
            })
        })
    }

    /// Whether the mistake is on that row of its debtor.
    pub(crate) fn is_on(&self, row: usize) -> bool {
        self.only_on.is_none_or(|only| only == row)
    }

    /// The column to name: a row with too few or too many fields has no one field at fault.
    pub(crate) fn column_at_fault(&self) -> Option<usize> {
        Some(self.kind.column).filter(|_| self.kind.code != "ragged-row")
    }

    /// Makes the mistake on the cells of a right row.
    pub(crate) fn spoil(&self, cells: &mut Vec<String>, first_number: &str) {
        let cell = &mut cells[self.kind.column];
        match self.wrong {
            Becomes(value) => (*value).clone_into(cell),
            Scientific => *cell = scientific(cell),
            Endless => *cell = vec![cell.as_str(); 300 / cell.len() + 2].join(" / "),
            FirstAgain => first_number.clone_into(cell),
            Unquoted => {
                let pieces: Vec<String> = cell.split(';').map(str::to_owned).collect();
                cells.splice(self.kind.column..=self.kind.column, pieces);
            }
            Extra(field) => cells.push((*field).to_owned()),
            EndsAfter(fields) => cells.truncate(*fields),
        }
    }
}

/// Rounds a number of ten digits as a Spanish Excel shows it where the column is narrow: `1,93E+09`.
fn scientific(digits: &str) -> String {
    let number: u64 = digits.parse().expect("an identification of this sample is a number");
    let hundredths = (number + 5_000_000) / 10_000_000;
    format!("{},{:02}E+09", hundredths / 100, hundredths % 100)
}
