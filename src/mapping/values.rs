//! A creditor's words and the CRM's: `CONSUMO` becomes `Consumer`.

use super::names::folded;

/// Which value stands for which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueMap {
    /// The creditor's value and the CRM's, in the order of the mapping.
    pub pairs: Vec<(String, String)>,
    /// What is sent for a value that is not there; without it, such a value is a problem.
    pub otherwise: Option<String>,
}

impl ValueMap {
    /// The CRM's value. An exact spelling wins; one without case and accents is taken where only one fits it.
    pub fn find(&self, value: &str) -> Option<&str> {
        if let Some((_, to)) = self.pairs.iter().find(|(from, _)| from == value) {
            return Some(to);
        }
        let wanted = folded(value);
        let mut loose = self.pairs.iter().filter(|(from, _)| folded(from) == wanted);
        match (loose.next(), loose.next()) {
            (Some((_, to)), None) => Some(to),
            _ => self.otherwise.as_deref(),
        }
    }

    /// The values that it knows, for messages.
    pub fn known(&self) -> String {
        self.pairs.iter().map(|(from, _)| from.as_str()).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_spelling_wins_and_a_loose_one_must_be_alone() {
        let pairs = [("CONSUMO", "Consumer"), ("Hipotecario", "Mortgage"), ("A", "1"), ("a", "2")];
        let pairs = pairs.map(|(from, to)| (from.to_owned(), to.to_owned())).to_vec();
        let mut map = ValueMap { pairs, otherwise: None };
        for (value, expected) in [
            ("CONSUMO", Some("Consumer")),
            ("Consumo", Some("Consumer")),
            ("HIPOTECARIO ", Some("Mortgage")),
            ("a", Some("2")),
            ("á", None),
            ("Vivienda", None),
        ] {
            assert_eq!(map.find(value), expected, "{value}");
        }
        map.otherwise = Some("Other".into());
        assert_eq!(map.find("Vivienda"), Some("Other"));
    }
}
