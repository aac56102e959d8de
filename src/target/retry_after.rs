//! How long a `Retry-After` asks to wait: seconds, or a date in any of the three forms that HTTP knows.
//!
//! A date counts from the answer's own `Date`, not from a clock of ours, which may be wrong by hours; so this reads
//! none. What is neither is no hint, and the sender waits as it would without one. Whether a wait is bearable is not
//! decided here.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::Offset;

const IMF: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);
/// A two-digit year this far ahead of the reference, or more, is of the century before (RFC 9110, 5.6.7).
const YEARS_AHEAD: i16 = 50;

/// The wait that a header asks for; nothing where it asks for the past, none where it cannot be read.
pub(super) fn wait(header: &str, date: Option<&str>) -> Option<Duration> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number holds are a long time all the same.
        return Some(Duration::from_secs(header.parse().unwrap_or(u64::MAX)));
    }
    let reference = instant(date?, None)?;
    let seconds = instant(header, Some(reference))?.duration_since(reference).as_secs();
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or_default()))
}

/// An instant: `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`.
fn instant(text: &str, reference: Option<Timestamp>) -> Option<Timestamp> {
    let text = text.trim();
    // The day of the week adds nothing; a server that has it wrong still means the date.
    let imf = || IMF.parse_timestamp(text).ok();
    imf().or_else(|| rfc850(text, reference)).or_else(|| {
        let read = DateTime::strptime("%a %b %e %H:%M:%S %Y", text).ok();
        read.and_then(|read| Offset::UTC.to_timestamp(read).ok())
    })
}

fn rfc850(text: &str, reference: Option<Timestamp>) -> Option<Timestamp> {
    let (_, rest) = text.split_once(", ")?;
    let (day, rest) = rest.split_once('-')?;
    let (month, rest) = rest.split_once('-')?;
    let (year, time) = rest.split_once(' ')?;
    let year: i16 = Some(year).filter(|year| year.len() == 2)?.parse().ok()?;
    let now = Offset::UTC.to_datetime(reference.unwrap_or(Timestamp::UNIX_EPOCH)).year();
    let near = now - now.rem_euclid(100) + year;
    let year = if near - now > YEARS_AHEAD { near - 100 } else { near };
    let year = if now - year >= YEARS_AHEAD { year + 100 } else { year };
    let read = DateTime::strptime("%d %b %Y %H:%M:%S GMT", format!("{day} {month} {year} {time}")).ok()?;
    Offset::UTC.to_timestamp(read).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_wait_is_read() {
        const NOW: Option<&str> = Some("Sun, 22 Nov 2026 10:00:00 GMT");
        for (header, date, seconds) in [
            ("0", NOW, Some(0)),
            (" 5 ", None, Some(5)),
            ("3600", NOW, Some(3600)),
            ("-1", NOW, None),
            ("1.5", NOW, None),
            ("1e12", NOW, None),
            ("1000000000000", NOW, Some(1_000_000_000_000)),
            ("99999999999999999999999999", NOW, Some(u64::MAX)),
            ("abc", NOW, None),
            ("", NOW, None),
            ("Sun, 22 Nov 2026 10:00:30 GMT", NOW, Some(30)),
            ("Sunday, 22-Nov-26 10:00:30 GMT", NOW, Some(30)),
            ("Sun Nov 22 10:00:30 2026", NOW, Some(30)),
            ("Tue Dec  1 10:00:00 2026", NOW, Some(9 * 24 * 3600)),
            ("Sun, 22 Nov 2026 09:00:00 GMT", NOW, Some(0)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", NOW, Some(0)),
            ("Wednesday, 22-Nov-75 10:00:00 GMT", NOW, Some(1_546_300_800)),
            ("Sun Nov  6 08:49:37 1994", NOW, Some(0)),
            ("Sun, 22 Nov 2026 10:00:30 GMT", None, None),
            ("Sun, 22 Nov 2026 10:00:30 GMT", Some("today"), None),
            ("Sun, 31 Feb 2026 10:00:30 GMT", NOW, None),
            ("Sunday, 22-Nov-26", NOW, None),
            ("Mon, 22 Nov 9999 10:00:30 GMT", NOW, Some(251_603_539_230)),
        ] {
            let wait = wait(header, date).map(|wait| wait.as_secs());
            assert_eq!(wait, seconds, "{header} after {date:?}");
        }
    }
}
