//! The countries whose rules for documents and telephones are known.
//!
//! A mapping names one, once; [`super::documents`] and [`super::phones`] hold the rules. A country that is not
//! here has no rules rather than wrong ones, so a mapping cannot name it.

/// A country with rules of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Country {
    /// Argentina.
    Argentina,
    /// Brazil.
    Brazil,
    /// Chile.
    Chile,
    /// Colombia.
    Colombia,
    /// Ecuador.
    Ecuador,
    /// Mexico.
    Mexico,
    /// Peru.
    Peru,
}

impl Country {
    /// Every country with its code in a mapping (ISO 3166-1, two letters).
    pub const ALL: [(&'static str, Country); 7] = [
        ("AR", Country::Argentina),
        ("BR", Country::Brazil),
        ("CL", Country::Chile),
        ("CO", Country::Colombia),
        ("EC", Country::Ecuador),
        ("MX", Country::Mexico),
        ("PE", Country::Peru),
    ];

    /// Reads the code in a mapping.
    pub fn of_name(name: &str) -> Option<Country> {
        Country::ALL.iter().find(|(code, _)| *code == name).map(|(_, country)| *country)
    }

    /// The code, for messages.
    pub fn as_str(self) -> &'static str {
        Country::ALL.iter().find(|(_, country)| *country == self).map_or("", |(code, _)| code)
    }
}
