//! The country of a table's debtors, where its values prove it and no other country's rules fit them as well.
//!
//! The rules are those that a load checks with ([`super::super::documents`], [`super::super::phones`]). Numbers that
//! several countries have in common prove nothing, so nothing is taken for granted from a name or a currency.

use super::seen;
use crate::mapping::country::Country;
use crate::mapping::documents::{self, Checked};
use crate::mapping::phones::{self, Phone};
use crate::source::Table;
use crate::survey::Header;

/// Fewer values than these prove nothing.
const LEAST: u64 = 5;
/// Share of the values that must keep to a country's rules, in percent.
const MOST: u64 = 95;
/// From this share on another country might be meant, in percent.
const RIVAL: u64 = 50;

/// A country that the values prove, and what proved it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proved {
    /// The country.
    pub country: Country,
    /// Documents whose check digit is right by its rule.
    pub documents: u64,
    /// Telephones that are within its numbering plan.
    pub phones: u64,
}

/// What the values say of one country.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    right: u64,
    checked: u64,
    in_plan: u64,
    phones: u64,
}

impl Tally {
    fn see_document(&mut self, country: Country, text: &str) {
        let checked = documents::check(country, text);
        self.checked += u64::from(checked != Checked::NotChecked);
        self.right += u64::from(checked == Checked::Right);
    }

    fn see_phone(&mut self, country: Country, text: &str) {
        self.phones += 1;
        self.in_plan += u64::from(matches!(phones::read(country, text), Phone::National(_)));
    }

    /// Whether enough documents, or enough telephones, keep to the rules in such a share, and the others do not
    /// contradict them.
    fn reaches(&self, share: u64, documents: u64) -> bool {
        let fits = |right: u64, all: u64| right * 100 >= all * share;
        let by_documents =
            self.checked >= LEAST && self.checked * 2 > documents && fits(self.right, self.checked);
        let by_phones = self.phones >= LEAST && fits(self.in_plan, self.phones);
        let documents_agree = fits(self.right, self.checked);
        let phones_agree = fits(self.in_plan, self.phones);
        (by_documents || by_phones) && documents_agree && phones_agree
    }
}

/// The country that the columns of documents and of telephones prove; none where several fit or too few values tell.
pub fn proved(table: &Table, header: &Header, documents: &[usize], phones: &[usize]) -> Option<Proved> {
    let mut tallies = Country::ALL.map(|(_, country)| (country, Tally::default()));
    let mut seen_documents = 0;
    seen::each_row(table, header, |row| {
        let texts = |columns: &[usize]| -> Vec<&str> {
            let texts = columns.iter().map(|column| row.cell(*column).trimmed());
            texts.filter(|text| !text.is_empty()).collect()
        };
        let (documents, phones) = (texts(documents), texts(phones));
        seen_documents += documents.len() as u64;
        for (country, tally) in &mut tallies {
            for text in &documents {
                tally.see_document(*country, text);
            }
            for text in &phones {
                tally.see_phone(*country, text);
            }
        }
    });
    let reaching = |share| tallies.iter().filter(move |(_, tally)| tally.reaches(share, seen_documents));
    let (Some((country, tally)), None) = ({ reaching(MOST).next() }, reaching(RIVAL).nth(1)) else {
        return None;
    };
    Some(Proved { country: *country, documents: tally.right, phones: tally.in_plan })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survey::layout::find_header;

    fn country(documents: &[&str], phones: &[&str]) -> Option<Proved> {
        let rows = (0..documents.len().max(phones.len())).map(|row| {
            let text = |list: &[&str]| list.get(row).copied().unwrap_or_default().to_owned();
            format!("{};{}\n", text(documents), text(phones))
        });
        let table = Table::csv_of_a_test(&format!("Documento;Celular\n{}", rows.collect::<String>()));
        let header = find_header(&table, Some(1), &|_| false).unwrap();
        proved(&table, &header, &[0], &[1])
    }

    #[test]
    fn a_country_is_proved_or_left_open() {
        let found = |country, documents, phones| Some(Proved { country, documents, phones });
        let colombian = ["3005550121", "3005550122", "3005550123", "3005550124", "3005550125"];
        let abroad = colombian.map(|phone| format!("+57 {phone}"));
        let abroad = abroad.each_ref().map(String::as_str);
        let chilean = ["12.345.678-5", "11.111.111-1", "22.222.222-2", "7.654.321-6", "10.000.013-K"];
        assert_eq!(country(&[], &abroad), found(Country::Colombia, 0, 5));
        // Ten digits that begin with 3 are a number of Mexico and of Argentina, too.
        assert_eq!(country(&[], &colombian), None);
        assert_eq!(country(&chilean, &[]), found(Country::Chile, 5, 0));
        assert_eq!(country(&chilean[..4], &[]), None, "too few");
        assert_eq!(country(&chilean, &abroad), None, "the phones contradict the documents");
        let cpf = ["52998224725", "11144477735", "12345678909", "98765432100", "39053344705"];
        assert_eq!(country(&cpf, &[]), found(Country::Brazil, 5, 0));
        assert_eq!(country(&["1900345678"; 9], &[]), None, "no check digit");
    }
}
