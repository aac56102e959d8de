//! Which names a watch means: `*` for any characters, `?` for one, capitals alike. Nothing here looks at a disk.

/// A pattern of file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<char>);

/// What is no pattern: it is blank, or it names a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAPattern;

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`NotAPattern`].
    pub fn new(text: &str) -> Result<Pattern, NotAPattern> {
        if text.trim().is_empty() || text.contains(['/', '\\']) {
            return Err(NotAPattern);
        }
        Ok(Pattern(text.to_lowercase().chars().collect()))
    }

    /// Every name.
    pub fn any() -> Pattern {
        Pattern(vec!['*'])
    }

    /// Whether a name is meant.
    pub fn fits(&self, name: &str) -> bool {
        let name: Vec<char> = name.to_lowercase().chars().collect();
        let (mut at, mut from) = (0, 0);
        // The last `*`, and how much of the name it has taken: on a mismatch it takes one more.
        let mut star: Option<(usize, usize)> = None;
        while from < name.len() {
            match self.0.get(at) {
                Some('*') => {
                    star = Some((at, from));
                    at += 1;
                }
                Some(c) if *c == '?' || *c == name[from] => {
                    at += 1;
                    from += 1;
                }
                _ => match &mut star {
                    Some((back, taken)) => {
                        *taken += 1;
                        (at, from) = (*back + 1, *taken);
                    }
                    None => return false,
                },
            }
        }
        self.0[at..].iter().all(|c| *c == '*')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_as_in_a_shell() {
        for (pattern, name, fits) in [
            ("*.xlsx", "Cartera.XLSX", true),
            ("*.xlsx", "cartera.xlsx.part", false),
            ("cartera_*_??.csv", "Cartera_Andino_11.csv", true),
            ("cartera_*_??.csv", "cartera_andino_1.csv", false),
            ("*a*b", "xaxbxab", true),
            ("*a*b", "xaxbxa", false),
            ("*", "", true),
            ("?", "", false),
            ("día*.csv", "DÍA 1.csv", true),
        ] {
            assert_eq!(Pattern::new(pattern).unwrap().fits(name), fits, "{pattern} {name}");
        }
        assert!(["", " ", "a/*.csv", r"a\b"].iter().all(|text| Pattern::new(text).is_err()));
    }
}
