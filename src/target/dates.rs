//! How an endpoint wants a date written; inside, every date is `YYYY-MM-DD`, with a time of day behind it or without.
//!
//! The documents name a form for some endpoints and leave it open for others (`wolkvox-api.md` section 11). A custom
//! date field of the CRM has one of four forms (page 35).

use std::borrow::Cow;

/// A form of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DateForm {
    /// `2026-01-31`
    #[default]
    YearMonthDay,
    /// `2026-31-01`
    YearDayMonth,
    /// `31-01-2026`
    DayMonthYear,
    /// `01-31-2026`
    MonthDayYear,
    /// `20260131`, and `20260131 143000` with its time.
    Compact,
}

impl DateForm {
    /// The four forms that a date field of the CRM may have, as a mapping names them.
    pub const NAMES: [&'static str; 4] = ["YYYY-MM-DD", "YYYY-DD-MM", "DD-MM-YYYY", "MM-DD-YYYY"];
    /// The forms of a date with its time, as a mapping names them.
    pub const MOMENTS: [&'static str; 2] = ["YYYY-MM-DD HH:MM:SS", "YYYYMMDD HHMMSS"];

    /// The form of a name.
    pub fn of_name(name: &str) -> Option<DateForm> {
        let form = match name {
            "YYYY-MM-DD" | "YYYY-MM-DD HH:MM:SS" => DateForm::YearMonthDay,
            "YYYY-DD-MM" => DateForm::YearDayMonth,
            "DD-MM-YYYY" => DateForm::DayMonthYear,
            "MM-DD-YYYY" => DateForm::MonthDayYear,
            "YYYYMMDD HHMMSS" => DateForm::Compact,
            _ => return None,
        };
        Some(form)
    }

    /// A date of the inside in this form; a text that is none stays as it is.
    pub fn write(self, text: &str) -> Cow<'_, str> {
        let (Some(year), Some(month), Some(day)) = (text.get(..4), text.get(5..7), text.get(8..10)) else {
            return text.into();
        };
        let is_date = text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
        let rest = text.get(10..).unwrap_or_default();
        match self {
            _ if !is_date => text.into(),
            DateForm::YearMonthDay => text.into(),
            DateForm::YearDayMonth => format!("{year}-{day}-{month}{rest}").into(),
            DateForm::DayMonthYear => format!("{day}-{month}-{year}{rest}").into(),
            DateForm::MonthDayYear => format!("{month}-{day}-{year}{rest}").into(),
            DateForm::Compact => format!("{year}{month}{day}{}", rest.replace(':', "")).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_written_in_each_form() {
        for (name, date, moment) in [
            ("YYYY-MM-DD", "2026-01-31", "2026-01-31 14:30:00"),
            ("YYYY-DD-MM", "2026-31-01", "2026-31-01 14:30:00"),
            ("DD-MM-YYYY", "31-01-2026", "31-01-2026 14:30:00"),
            ("MM-DD-YYYY", "01-31-2026", "01-31-2026 14:30:00"),
            ("YYYY-MM-DD HH:MM:SS", "2026-01-31", "2026-01-31 14:30:00"),
            ("YYYYMMDD HHMMSS", "20260131", "20260131 143000"),
        ] {
            let form = DateForm::of_name(name).unwrap();
            assert_eq!(
                (form.write("2026-01-31"), form.write("2026-01-31 14:30:00")),
                (date.into(), moment.into())
            );
            assert_eq!(form.write("mañana temprano"), "mañana temprano");
        }
    }
}
