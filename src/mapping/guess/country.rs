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

    /// Whether such a share of the documents and of the telephones keeps to the rules, as far as there are any.
    fn agrees(&self, share: u64) -> bool {
        self.right * 100 >= self.checked * share && self.in_plan * 100 >= self.phones * share
    }

    /// Whether enough documents have a check digit to prove the country, of so many.
    fn by_documents(&self, documents: u64) -> bool {
        self.checked >= LEAST && self.checked * 2 > documents
    }

    /// Whether there are enough telephones to prove the country.
    fn by_phones(&self) -> bool {
        self.phones >= LEAST
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
    // A check digit is no accident; a telephone is within the plan of several countries.
    let by_documents = tallies.iter().filter(|(_, tally)| tally.by_documents(seen_documents));
    let by_documents: Vec<_> = by_documents.filter(|(_, tally)| tally.agrees(RIVAL)).collect();
    let by_phones = tallies.iter().filter(|(_, tally)| tally.by_phones() && tally.agrees(RIVAL)).collect();
    let rivals: Vec<&(Country, Tally)> = if by_documents.is_empty() { by_phones } else { by_documents };
    match rivals[..] {
        [(country, tally)] if tally.agrees(MOST) => {
            Some(Proved { country: *country, documents: tally.right, phones: tally.in_plan })
        }
        _ => None,
    }
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
        let nine_digits = ["955550121", "955550122", "955550123", "955550124", "955550125"];
        assert_eq!(country(&[], &nine_digits), None, "Peru's are nine digits, too");
        assert_eq!(country(&chilean, &nine_digits), found(Country::Chile, 5, 5));
        let cpf = ["52998224725", "11144477735", "12345678909", "98765432100", "39053344705"];
        assert_eq!(country(&cpf, &[]), found(Country::Brazil, 5, 0));
        assert_eq!(country(&["1900345678"; 9], &[]), None, "no check digit");
    }
}
