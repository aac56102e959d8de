//! When a watch folder's files are due: a cron expression in a named time zone, a window of the week, holidays.
//!
//! Pure: every question names the instant it is about. A fixed time that the clocks skip is due right after the gap,
//! one that they repeat is due once; what runs every so many minutes runs in real time. Nothing here knows of files.

use std::collections::BTreeSet;

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _, Zoned};

/// How many days ahead an opening is looked for: a window that holidays close for longer is a mistake.
const DAYS_AHEAD: u32 = 400;

/// A cron expression of five fields: minute, hour, day of the month, month, day of the week.
#[derive(Debug, Clone)]
pub struct Times(Cron);

impl std::str::FromStr for Times {
    type Err = String;
    fn from_str(text: &str) -> Result<Times, String> {
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let cron = parser.parse(text).map_err(|error| format!("\"30 6 * * 1-5\" ({error})"))?;
        // What never comes (30 February) is no schedule.
        let any = "2024-01-01T00:00[UTC]".parse::<Zoned>().map_err(|error| error.to_string())?;
        match cron.find_next_occurrence(&any, true) {
            Ok(_) => Ok(Times(cron)),
            Err(error) => Err(format!("\"30 6 * * 1-5\" ({error})")),
        }
    }
}

/// Hours of some days of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hours {
    /// From Monday.
    days: [bool; 7],
    from: Time,
    /// Not included; none for the end of the day.
    to: Option<Time>,
}

impl Hours {
    /// Whether they reach into the next day.
    fn overnight(&self) -> bool {
        self.to.is_some_and(|to| to <= self.from)
    }
}

/// When loads may begin: `Mon-Fri 05:00-22:00, Sat 06:00-12:00`. Hours that end before they begin reach into the next
/// day and belong to the day on which they begin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Window(Vec<Hours>);

impl std::str::FromStr for Window {
    type Err = String;
    fn from_str(text: &str) -> Result<Window, String> {
        let wrong = || "\"Mon-Fri 05:00-22:00, Sat 06:00-12:00\"".to_owned();
        let part = |part: &str| {
            let (days, hours) = match part.trim().rsplit_once(char::is_whitespace) {
                Some((days, hours)) => (days_of(days.trim())?, hours),
                None => ([true; 7], part.trim()),
            };
            let (from, to) = hours.split_once('-')?;
            let to = if to == "24:00" { None } else { Some(time_of(to)?) };
            Some(Hours { days, from: time_of(from)?, to })
        };
        text.split(',').map(part).collect::<Option<Vec<Hours>>>().map(Window).ok_or_else(wrong)
    }
}

/// A time of day as `06:30`.
pub fn time_of(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    let two = |text: &str| (text.len() <= 2).then(|| text.parse::<i8>().ok()).flatten();
    Time::new(two(hour)?, two(minute)?, 0, 0).ok()
}

fn days_of(text: &str) -> Option<[bool; 7]> {
    let mut days = [false; 7];
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (mut day, last) = (day_of(first)?, day_of(last)?);
    days[day] = true;
    while day != last {
        day = (day + 1) % 7;
        days[day] = true;
    }
    Some(days)
}

/// A day of the week by its first three letters in English or Spanish, from Monday.
fn day_of(text: &str) -> Option<usize> {
    const DAYS: [[&str; 2]; 7] = [
        ["mon", "lun"],
        ["tue", "mar"],
        ["wed", "mie"],
        ["thu", "jue"],
        ["fri", "vie"],
        ["sat", "sab"],
        ["sun", "dom"],
    ];
    let plain = text.trim().to_lowercase().replace('é', "e").replace('á', "a");
    let letters: String = plain.chars().take(3).collect();
    DAYS.iter().position(|names| names.contains(&letters.as_str()))
}

/// When files are due and loads may begin.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// None for "as soon as the file is whole".
    pub times: Option<Times>,
    /// Where the hours are read off.
    pub zone: TimeZone,
    /// None for always.
    pub window: Option<Window>,
    /// Days without loads.
    pub holidays: BTreeSet<Date>,
}

impl Calendar {
    /// The next instant after this one at which files are due; none where they are due at any time.
    pub fn next_due(&self, after: Timestamp) -> Option<Timestamp> {
        let from = after.to_zoned(self.zone.clone());
        let next = self.times.as_ref()?.0.find_next_occurrence(&from, false).ok()?;
        Some(next.timestamp())
    }

    /// The last instant up to `now` at which files were due, when it came after the one served last. However many
    /// were missed, it is one.
    pub fn due(&self, served: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let last = self.times.as_ref()?.0.find_previous_occurrence(&now.to_zoned(self.zone.clone()), true);
        last.ok().map(|last| last.timestamp()).filter(|last| *last > served)
    }

    /// Whether a load may begin.
    pub fn is_open(&self, now: Timestamp) -> bool {
        let now = now.to_zoned(self.zone.clone());
        let (today, time) = (now.date(), now.time());
        let Some(window) = &self.window else { return !self.holidays.contains(&today) };
        let yesterday = today.yesterday().unwrap_or(today);
        window.0.iter().any(|hours| {
            let before_end = hours.to.is_none_or(|to| time < to);
            let begun_today = self.works(hours, today) && time >= hours.from;
            let begun_yesterday = hours.overnight() && self.works(hours, yesterday) && before_end;
            (begun_today && (hours.overnight() || before_end)) || begun_yesterday
        })
    }

    /// The first instant from this one on at which a load may begin; none within a year.
    pub fn opens(&self, now: Timestamp) -> Option<Timestamp> {
        if self.is_open(now) {
            return Some(now);
        }
        let midnight = [Hours { days: [true; 7], from: Time::midnight(), to: None }];
        let hours = self.window.as_ref().map_or(&midnight[..], |window| &window.0);
        let mut day = now.to_zoned(self.zone.clone()).date();
        for _ in 0..DAYS_AHEAD {
            let begins = hours.iter().filter(|hours| self.works(hours, day)).filter_map(|hours| {
                let at = day.to_datetime(hours.from).to_zoned(self.zone.clone()).ok()?.timestamp();
                (at > now).then_some(at)
            });
            if let Some(first) = begins.min() {
                return Some(first);
            }
            day = day.checked_add(1.day()).ok()?;
        }
        None
    }

    /// The date there.
    pub fn date(&self, now: Timestamp) -> Date {
        now.to_zoned(self.zone.clone()).date()
    }

    /// The instant of a time of a day there; one that the clocks skip is right after the gap.
    pub fn instant(&self, day: Date, time: Time) -> Option<Timestamp> {
        day.to_datetime(time).to_zoned(self.zone.clone()).ok().map(|zoned| zoned.timestamp())
    }

    /// Whether files are awaited on a day at all.
    pub fn is_workday(&self, day: Date) -> bool {
        !self.holidays.contains(&day)
            && self.window.as_ref().is_none_or(|window| window.0.iter().any(|hours| self.works(hours, day)))
    }

    fn works(&self, hours: &Hours, day: Date) -> bool {
        hours.days[weekday(day.weekday())] && !self.holidays.contains(&day)
    }
}

fn weekday(day: Weekday) -> usize {
    day.to_monday_zero_offset().unsigned_abs().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse::<Zoned>().unwrap().timestamp()
    }

    fn calendar(cron: &str, zone: &str, window: &str, holidays: &[&str]) -> Calendar {
        Calendar {
            times: (!cron.is_empty()).then(|| cron.parse().unwrap()),
            zone: TimeZone::get(zone).unwrap(),
            window: (!window.is_empty()).then(|| window.parse().unwrap()),
            holidays: holidays.iter().map(|day| day.parse().unwrap()).collect(),
        }
    }

    #[test]
    fn files_are_due_by_the_clock_of_the_named_zone() {
        for (cron, zone, after, expected) in [
            (
                "30 6 * * 1-5",
                "America/Bogota",
                "2026-11-20T06:30[America/Bogota]",
                "2026-11-23T06:30[America/Bogota]",
            ),
            ("30 6 * * MON-FRI", "America/Bogota", "2026-11-20T11:29[UTC]", "2026-11-20T11:30[UTC]"),
            ("0 0 1 * *", "America/Bogota", "2026-12-31T12:00[UTC]", "2027-01-01T05:00[UTC]"),
            ("0 0 29 2 *", "UTC", "2026-01-01T00:00[UTC]", "2028-02-29T00:00[UTC]"),
            // The clocks go from 2:00 to 3:00: a fixed time in the gap is due right after it.
            ("30 2 * * *", "America/New_York", "2026-03-08T01:00[America/New_York]", "2026-03-08T07:00[UTC]"),
            // What runs every so many minutes runs in real time.
            ("*/30 * * * *", "America/New_York", "2026-03-08T06:30[UTC]", "2026-03-08T07:00[UTC]"),
            // The clocks go from 2:00 back to 1:00: a fixed time is due in the first pass…
            ("30 1 * * *", "America/New_York", "2026-11-01T04:00[UTC]", "2026-11-01T05:30[UTC]"),
            // …and not again in the second one.
            ("30 1 * * *", "America/New_York", "2026-11-01T05:30[UTC]", "2026-11-02T06:30[UTC]"),
            ("*/30 * * * *", "America/New_York", "2026-11-01T05:30[UTC]", "2026-11-01T06:00[UTC]"),
            // A gap at midnight: Santiago begins its summer at 24:00.
            ("0 0 * * *", "America/Santiago", "2026-09-05T12:00[UTC]", "2026-09-06T04:00[UTC]"),
            // Mexico gave its summer time up: the zone's rules, not an offset, decide.
            ("0 7 * * *", "America/Mexico_City", "2022-07-01T00:00[UTC]", "2022-07-01T12:00[UTC]"),
            ("0 7 * * *", "America/Mexico_City", "2026-07-01T00:00[UTC]", "2026-07-01T13:00[UTC]"),
        ] {
            let calendar = calendar(cron, zone, "", &[]);
            assert_eq!(calendar.next_due(at(after)), Some(at(expected)), "{cron} {zone} after {after}");
        }
    }

    #[test]
    fn what_was_missed_is_made_up_for_once() {
        let daily = calendar("0 6 * * *", "America/Bogota", "", &[]);
        let served = at("2026-11-20T06:00[America/Bogota]");
        for (now, expected) in [
            ("2026-11-20T06:00[America/Bogota]", None),
            ("2026-11-21T05:59[America/Bogota]", None),
            ("2026-11-21T06:00[America/Bogota]", Some("2026-11-21T06:00[America/Bogota]")),
            // Off for four days: one, the last.
            ("2026-11-24T09:15[America/Bogota]", Some("2026-11-24T06:00[America/Bogota]")),
            // A clock that was set back owes nothing.
            ("2026-11-19T09:15[America/Bogota]", None),
        ] {
            assert_eq!(daily.due(served, at(now)), expected.map(at), "{now}");
        }
        let in_overlap = calendar("30 1 * * *", "America/New_York", "", &[]);
        let first = at("2026-11-01T05:30[UTC]");
        assert_eq!(
            in_overlap.due(first, at("2026-11-01T06:45[UTC]")),
            None,
            "the second 1:30 is the same one"
        );
    }

    #[test]
    fn loads_begin_inside_the_window_and_on_no_holiday() {
        let bogota = |window: &str| calendar("", "America/Bogota", window, &["2026-12-25"]);
        for (window, now, open, opens) in [
            ("Mon-Fri 05:00-22:00", "2026-11-20T05:00", true, Some("2026-11-20T05:00")),
            ("Mon-Fri 05:00-22:00", "2026-11-20T22:00", false, Some("2026-11-23T05:00")),
            ("lun-vie 05:00-22:00", "2026-11-21T12:00", false, Some("2026-11-23T05:00")),
            ("Mon-Fri 05:00-22:00, Sat 06:00-12:00", "2026-11-20T23:00", false, Some("2026-11-21T06:00")),
            ("05:00-24:00", "2026-11-21T23:59", true, Some("2026-11-21T23:59")),
            // Overnight: the hours belong to the day on which they begin.
            ("Fri 22:00-06:00", "2026-11-21T05:59", true, Some("2026-11-21T05:59")),
            ("Fri 22:00-06:00", "2026-11-20T05:00", false, Some("2026-11-20T22:00")),
            ("Fri-Mon 08:00-09:00", "2026-11-22T08:30", true, Some("2026-11-22T08:30")),
            ("Mon-Fri 05:00-22:00", "2026-12-25T10:00", false, Some("2026-12-28T05:00")),
            ("Thu 22:00-06:00", "2026-12-25T03:00", true, Some("2026-12-25T03:00")),
            ("", "2026-12-25T10:00", false, Some("2026-12-26T00:00")),
        ] {
            let calendar = bogota(window);
            let local = |text: &str| at(&format!("{text}[America/Bogota]"));
            assert_eq!(calendar.is_open(local(now)), open, "{window} at {now}");
            assert_eq!(calendar.opens(local(now)), opens.map(local), "{window} from {now}");
        }
        let always_closed: BTreeSet<Date> =
            "2026-01-01".parse::<Date>().unwrap().series(1.day()).take(800).collect();
        let closed = Calendar { holidays: always_closed, ..bogota("Mon-Fri 05:00-22:00") };
        assert_eq!(closed.opens(at("2026-01-01T12:00[UTC]")), None, "the search ends");
    }

    #[test]
    fn a_window_in_a_gap_opens_after_it() {
        let calendar = calendar("", "America/New_York", "Sun 02:15-05:00", &[]);
        assert_eq!(calendar.opens(at("2026-03-08T05:00[UTC]")), Some(at("2026-03-08T07:15[UTC]")));
        assert!(calendar.is_open(at("2026-03-08T07:15[UTC]")));
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for cron in ["", "* * *", "0 6 * * * *", "61 6 * * *", "0 0 30 2 *", "every day"] {
            assert!(cron.parse::<Times>().is_err(), "{cron}");
        }
        for window in ["", "Mon-Fri", "Lux 05:00-06:00", "Mon 5-22", "Mon-Fri 05:00-25:00", "05:00-06:00,"] {
            assert!(window.parse::<Window>().is_err(), "{window}");
        }
    }
}
