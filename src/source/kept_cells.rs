//! The cells of a row that are kept when its table is gone.
//!
//! Of a report's rows there may be a million; a text of its own for each cell would take more than what stands in it.
//! Nothing here reads or changes what it keeps.

use super::row::Kind;

/// The cells of a row as they were read: their texts, one after the other, and where each of them ends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptCells {
    text: Box<str>,
    ends: Box<[(Kind, u32)]>,
}

impl KeptCells {
    /// The cell of a column, where the row has one.
    pub fn get(&self, column: usize) -> Option<(Kind, &str)> {
        let (kind, end) = *self.ends.get(column)?;
        let start = column.checked_sub(1).map_or(0, |before| self.ends[before].1);
        Some((kind, &self.text[start as usize..end as usize]))
    }

    /// All cells, from left to right.
    pub fn iter(&self) -> impl Iterator<Item = (Kind, &str)> {
        (0..self.ends.len()).filter_map(|column| self.get(column))
    }
}

impl<'t> FromIterator<(Kind, &'t str)> for KeptCells {
    fn from_iter<C: IntoIterator<Item = (Kind, &'t str)>>(cells: C) -> KeptCells {
        let cells = cells.into_iter();
        let (mut text, mut ends) = (String::new(), Vec::with_capacity(cells.size_hint().0));
        for (kind, cell) in cells {
            text.push_str(cell);
            ends.push((kind, u32::try_from(text.len()).expect("a row is far smaller than 4 GiB")));
        }
        KeptCells { text: text.into(), ends: ends.into() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn cells_are_kept_as_they_are(texts in prop::collection::vec(".{0,9}", 0..9)) {
            let kinds = [Kind::Text, Kind::Number, Kind::Blank].into_iter().cycle();
            let cells: Vec<(Kind, &str)> = kinds.zip(texts.iter().map(String::as_str)).collect();
            let kept: KeptCells = cells.iter().copied().collect();
            prop_assert_eq!(kept.iter().collect::<Vec<_>>(), cells.clone());
            for column in 0..10 {
                prop_assert_eq!(kept.get(column), cells.get(column).copied());
            }
        }
    }
}
