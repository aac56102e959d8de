//! Quantities as a person writes them in a flag, a variable or a profile: a pace, a span of time, a size.
//!
//! Each is read with its unit or refused with examples; nothing here knows which setting it belongs to.

use std::num::NonZeroU32;
use std::time::Duration;

/// Requests in a period: `2/s`, `90/m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub requests: NonZeroU32,
    /// In how long.
    pub period: Duration,
}

impl std::str::FromStr for Rate {
    type Err = String;
    fn from_str(text: &str) -> Result<Rate, String> {
        let wrong = || format!("{text:?}: 2/s, 90/m");
        let (requests, unit) = text.split_once('/').ok_or_else(wrong)?;
        let period = match unit.trim() {
            "s" => Duration::from_secs(1),
            "m" => Duration::from_mins(1),
            _ => return Err(wrong()),
        };
        let requests: NonZeroU32 = requests.trim().parse().ok().ok_or_else(wrong)?;
        if requests.get() > 100_000 { Err(wrong()) } else { Ok(Rate { requests, period }) }
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let unit = if self.period == Duration::from_secs(1) { "s" } else { "m" };
        write!(f, "{}/{unit}", self.requests)
    }
}

/// A span of time: `500ms`, `120s`, `30m`, `2h`, `90d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(pub Duration);

impl std::str::FromStr for Span {
    type Err = String;
    fn from_str(text: &str) -> Result<Span, String> {
        let wrong = || format!("{text:?}: 500ms, 120s, 30m, 2h, 90d");
        let unit_at = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let number: u64 = text[..unit_at].parse().ok().ok_or_else(wrong)?;
        let millis = match &text[unit_at..] {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(wrong()),
        };
        number.checked_mul(millis).map(|millis| Span(Duration::from_millis(millis))).ok_or_else(wrong)
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.as_millis() {
            millis if millis % 86_400_000 == 0 && millis > 0 => write!(f, "{}d", millis / 86_400_000),
            millis if millis % 60_000 == 0 && millis > 0 => write!(f, "{}m", millis / 60_000),
            millis if millis % 1000 == 0 => write!(f, "{}s", millis / 1000),
            millis => write!(f, "{millis}ms"),
        }
    }
}

/// A size: `1048576`, `512k`, `1M`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes(pub usize);

impl std::str::FromStr for Bytes {
    type Err = String;
    fn from_str(text: &str) -> Result<Bytes, String> {
        let wrong = || format!("{text:?}: 1048576, 512k, 1M");
        let lower = text.trim().to_ascii_lowercase();
        let number = lower.trim_end_matches("ib");
        let (digits, factor) = match number.as_bytes().last() {
            Some(b'k') => (&number[..number.len() - 1], 1024),
            Some(b'm') => (&number[..number.len() - 1], 1024 * 1024),
            _ => (number, 1),
        };
        let bytes =
            digits.parse::<usize>().ok().and_then(|number| number.checked_mul(factor)).ok_or_else(wrong)?;
        if (1024..=64 * 1024 * 1024).contains(&bytes) { Ok(Bytes(bytes)) } else { Err(wrong()) }
    }
}

/// An amount of memory: `512M`, `4G`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory(pub u64);

impl std::str::FromStr for Memory {
    type Err = String;
    fn from_str(text: &str) -> Result<Memory, String> {
        let wrong = || format!("{text:?}: 512M, 4G");
        let lower = text.trim().to_ascii_lowercase();
        let number = lower.trim_end_matches("ib");
        let (digits, shift) = match number.as_bytes().last() {
            Some(b'm') => (&number[..number.len() - 1], 20),
            Some(b'g') => (&number[..number.len() - 1], 30),
            _ => return Err(wrong()),
        };
        let count: u64 = digits.parse().ok().ok_or_else(wrong)?;
        if (1..=1 << 20).contains(&count) { Ok(Memory(count << shift)) } else { Err(wrong()) }
    }
}

impl std::fmt::Display for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let megabytes = self.0 >> 20;
        if megabytes.is_multiple_of(1024) {
            write!(f, "{}G", megabytes / 1024)
        } else {
            write!(f, "{megabytes}M")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_with_their_units() {
        assert_eq!("90/m".parse::<Rate>().unwrap().period, Duration::from_mins(1));
        assert!("0/s".parse::<Rate>().is_err() && "2".parse::<Rate>().is_err());
        assert_eq!("30m".parse::<Span>().unwrap().0, Duration::from_mins(30));
        assert_eq!("90d".parse::<Span>().unwrap().0, Duration::from_hours(90 * 24));
        assert!("30".parse::<Span>().is_err());
        assert_eq!("1MiB".parse::<Bytes>().unwrap().0, 1024 * 1024);
        assert_eq!("512k".parse::<Bytes>().unwrap().0, 512 * 1024);
        assert!("10".parse::<Bytes>().is_err());
        assert_eq!("4G".parse::<Memory>().unwrap().to_string(), "4G");
        assert_eq!("512MiB".parse::<Memory>().unwrap().0, 512 << 20);
        assert!(["4", "0G", "many G", "9999999G"].iter().all(|text| text.parse::<Memory>().is_err()));
        for text in ["0s", "1500ms", "90s", "5m", "30d"] {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), text);
        }
    }
}
