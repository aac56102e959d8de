//! The text of a fault, read and written: `WHAT@WHICH`.
//!
//! Apart from `faults`, so that what a fault is and how it is spelled can each be read on one screen.
//! Nothing is corrected here: a text that is not understood whole is refused with the part that is wrong, because
//! a rehearsal with another fault than the intended one proves nothing.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use hyper::header::HeaderValue;

use super::faults::{Fault, FaultError, LONGEST_WAIT, Shape, WHOLE, What, Which, Work};

/// The faults that are a bare name.
const NAMED: [(&str, What); 23] = [
    ("reset", What::Reset(Work::Undone)),
    ("reset-after", What::Reset(Work::Done)),
    ("hang", What::Hang(Work::Undone)),
    ("hang-after", What::Hang(Work::Done)),
    ("html", What::Html),
    ("empty", What::Empty),
    ("truncate", What::Truncate),
    ("huge", What::Huge),
    ("limit", What::Limit),
    ("busy", What::Busy),
    ("bad-token", What::BadToken),
    ("reject", What::Shape(Shape::Reject)),
    ("reject-all", What::Shape(Shape::RejectAll)),
    ("unnamed", What::Shape(Shape::Unnamed)),
    ("miscount", What::Shape(Shape::Miscount)),
    ("empty-counters", What::Shape(Shape::EmptyCounters)),
    ("message-only", What::Shape(Shape::MessageOnly)),
    ("as-strings", What::Shape(Shape::AsStrings)),
    ("id-list", What::Shape(Shape::IdList)),
    ("map", What::Shape(Shape::Map)),
    ("foreign", What::Shape(Shape::Foreign)),
    ("no-records", What::Shape(Shape::NoRecords)),
    ("twins", What::Shape(Shape::Twins)),
];

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        // The last @ divides, because an address to redirect to may hold one.
        let (what, which) = text.rsplit_once('@').ok_or_else(|| FaultError::NoAt(text.to_owned()))?;
        Ok(Self {
            what: parse_what(what).ok_or_else(|| FaultError::What(what.to_owned()))?,
            which: parse_which(which).ok_or_else(|| FaultError::Which(which.to_owned()))?,
        })
    }
}

fn parse_what(text: &str) -> Option<What> {
    if let Some((_, what)) = NAMED.iter().find(|(name, _)| *name == text) {
        return Some(what.clone());
    }
    if let Some(rest) = text.strip_prefix("status-") {
        let (code, work) =
            rest.strip_suffix("-after").map_or((rest, Work::Undone), |code| (code, Work::Done));
        // A status below 200 announces another answer, so it cannot be the only one.
        let code = number(code).filter(|code| (200..=999).contains(code))?;
        Some(What::Status { code: u16::try_from(code).ok()?, work })
    } else if let Some(rest) = text.strip_prefix("code-") {
        let code = number(rest).filter(|code| (100..=999).contains(code))?;
        Some(What::Code(u16::try_from(code).ok()?))
    } else if let Some(rest) = text.strip_prefix("slow-") {
        parse_duration(rest).map(What::Slow)
    } else if let Some(rest) = text.strip_prefix("redirect-") {
        sendable(rest).map(What::Redirect)
    } else {
        sendable(text.strip_prefix("retry-after-")?).map(What::RetryAfter)
    }
}

/// A text that a header can carry as it stands.
fn sendable(text: &str) -> Option<String> {
    let whole = !text.is_empty() && text.trim() == text && HeaderValue::from_str(text).is_ok();
    whole.then(|| text.to_owned())
}

fn parse_duration(text: &str) -> Option<Duration> {
    let wait = if let Some(milliseconds) = text.strip_suffix("ms") {
        Duration::from_millis(number(milliseconds)?)
    } else if let Some(seconds) = text.strip_suffix('s') {
        Duration::from_secs(number(seconds)?)
    } else {
        Duration::from_secs(number(text.strip_suffix('m')?)?.checked_mul(60)?)
    };
    (wait <= LONGEST_WAIT).then_some(wait)
}

fn parse_which(text: &str) -> Option<Which> {
    if text == "*" {
        return Some(Which::All);
    }
    if let Some(step) = text.strip_prefix('%') {
        return position(step).map(Which::Every);
    }
    if let Some(share) = text.strip_prefix('~') {
        return parse_share(share.strip_suffix('%')?).map(Which::Chance);
    }
    match text.split_once('-') {
        None => position(text).map(Which::One),
        Some((first, "")) => position(first).map(Which::From),
        Some((first, last)) => {
            let (first, last) = (position(first)?, position(last)?);
            (first <= last).then_some(Which::Range(first, last))
        }
    }
}

/// A share in per cent with up to two decimals, in hundredths of a per cent.
fn parse_share(text: &str) -> Option<u16> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let hundredths = match part.len() {
        1 => number(part)? * 10,
        2 => number(part)?,
        _ => return None,
    };
    let share = number(whole)?.checked_mul(100)?.checked_add(hundredths)?;
    u16::try_from(share).ok().filter(|share| (1..=WHOLE).contains(share))
}

/// The number of a request: they are counted from 1.
fn position(text: &str) -> Option<u64> {
    number(text).filter(|n| *n > 0)
}

/// Digits only: the standard parser would take a sign as well.
fn number(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}@{}", self.what, self.which)
    }
}

impl fmt::Display for What {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status { code, work: Work::Undone } => write!(out, "status-{code}"),
            Self::Status { code, work: Work::Done } => write!(out, "status-{code}-after"),
            Self::Code(code) => write!(out, "code-{code}"),
            Self::Slow(wait) if wait.subsec_millis() == 0 => write!(out, "slow-{}s", wait.as_secs()),
            Self::Slow(wait) => write!(out, "slow-{}ms", wait.as_millis()),
            Self::Redirect(address) => write!(out, "redirect-{address}"),
            Self::RetryAfter(text) => write!(out, "retry-after-{text}"),
            named => {
                let (name, _) = NAMED
                    .iter()
                    .find(|(_, what)| what == named)
                    .expect("every fault without a value stands in the table of names");
                out.write_str(name)
            }
        }
    }
}

impl fmt::Display for Which {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(n) => write!(out, "{n}"),
            Self::Range(first, last) => write!(out, "{first}-{last}"),
            Self::From(first) => write!(out, "{first}-"),
            Self::All => out.write_str("*"),
            Self::Every(step) => write!(out, "%{step}"),
            Self::Chance(share) if share % 100 == 0 => write!(out, "~{}%", share / 100),
            Self::Chance(share) => write!(out, "~{}.{:02}%", share / 100, share % 100),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_fault_reads_back_as_written() {
        let whats = "status-503 status-200-after status-999 code-417 slow-2s slow-300ms slow-600s slow-0s \
                     redirect-http://user@example.invalid/a@b?c=1 retry-after-0 retry-after-1000000000000";
        let named = NAMED.iter().map(|(name, _)| *name);
        for what in whats.split_whitespace().chain(named) {
            for which in ["1", "3", "3-5", "3-3", "3-", "*", "%10", "~5%", "~100%", "~0.05%", "~12.30%"] {
                let text = format!("{what}@{which}");
                assert_eq!(text.parse::<Fault>().unwrap().to_string(), text);
            }
        }
    }

    #[test]
    fn other_spellings_mean_the_same() {
        for (given, shown) in [
            ("slow-2000ms@1", "slow-2s@1"),
            ("slow-1m@1", "slow-60s@1"),
            ("reset@~0.5%", "reset@~0.50%"),
            ("reset@~5.00%", "reset@~5%"),
            ("reset@007", "reset@7"),
        ] {
            assert_eq!(given.parse::<Fault>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_fault_is_refused_with_the_part_that_is_wrong() {
        assert_eq!("reset".parse::<Fault>(), Err(FaultError::NoAt("reset".into())));
        for what in [
            "",
            "Reset",
            "status-",
            "status-99",
            "status-103",
            "status-1000",
            "status-+50",
            "code-",
            "code-1",
            "slow-",
            "slow-2",
            "slow-2h",
            "slow-601s",
            "slow-11m",
            "slow-99999999999999999999s",
            "redirect-",
            "redirect- x",
            "retry-after-",
            "retry-after- 1",
            "status-500-before",
        ] {
            let error = format!("{what}@1").parse::<Fault>().unwrap_err();
            assert_eq!(error, FaultError::What(what.into()), "{what}");
        }
        for which in
            ["", "0", "-", "-3", "5-3", "0-", "%0", "%", "~%", "~0%", "~101%", "~5", "~1.234%", "x", "+3"]
        {
            let error = format!("reset@{which}").parse::<Fault>().unwrap_err();
            assert_eq!(error, FaultError::Which(which.into()), "{which}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic_and_what_it_takes_it_keeps(text in "[a-z0-9@%~*. -]{0,24}") {
            if let Ok(fault) = text.parse::<Fault>() {
                prop_assert_eq!(fault.to_string().parse::<Fault>(), Ok(fault));
            }
        }
    }
}
