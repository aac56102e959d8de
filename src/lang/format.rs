//! Numbers and dates as the reader writes them: `1.234.567,89` and `22/11/2026` in Spanish, `1,234,567.89` and
//! `22 Nov 2026` in English.
//!
//! Everything that a person reads of a figure goes through here; what a program reads (`--json`, the ledger) never
//! does. It reads no clock and no time zone: a moment comes with the zone that it is shown in. A figure is never
//! made rounder than it is: an amount keeps its digits, and a share that is not the whole is not called 100 %.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::Lang;

/// The months as English writes them shortly; a day in figures is not the same day on both sides of the ocean.
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// Units of a size, each a thousand of the one before.
const SIZES: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];

impl Lang {
    /// A whole number with thousands separators: `1.234.567` in Spanish, `1,234,567` in English.
    pub fn count(self, number: u64) -> String {
        self.group(&number.to_string())
    }

    /// An exact amount: `1.234.567,89` or `1,234,567.89`.
    pub fn money(self, amount: Decimal) -> String {
        let text = amount.abs().to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let sign = if amount.is_sign_negative() && !amount.is_zero() { "-" } else { "" };
        let fraction =
            if fraction.is_empty() { String::new() } else { format!("{}{fraction:0<2}", self.point()) };
        format!("{sign}{}{fraction}", self.group(whole))
    }

    /// How much more or less a number is: `+1.234`, `-5`, `0`.
    pub fn signed_count(self, difference: i64) -> String {
        let sign = if difference < 0 { "-" } else { plus(difference > 0) };
        format!("{sign}{}", self.count(difference.unsigned_abs()))
    }

    /// How much more or less an amount is: `+1.234,50`, `-5`, `0`.
    pub fn signed_money(self, difference: Decimal) -> String {
        let rises = difference.is_sign_positive() && !difference.is_zero();
        format!("{}{}", plus(rises), self.money(difference))
    }

    /// A measure with so many decimal places: `2,5` or `2.5`.
    pub fn decimal(self, number: f64, places: usize) -> String {
        let text = format!("{:.places$}", number.abs());
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let is_zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
        let sign = if number < 0.0 && !is_zero { "-" } else { "" };
        let fraction =
            if fraction.is_empty() { String::new() } else { format!("{}{fraction}", self.point()) };
        format!("{sign}{}{fraction}", self.group(whole))
    }

    /// What share a part is of the whole, in whole percent: `92 %` or `92%`. A part that is more than nothing is at
    /// least `<1 %`, and one that is less than all at most `>99 %`.
    pub fn share(self, part: Decimal, whole: Decimal) -> String {
        let percent = |text: &str| if self == Lang::Es { format!("{text} %") } else { format!("{text}%") };
        if whole.is_zero() || part.is_zero() {
            return percent("0");
        }
        let hundred = Decimal::ONE_HUNDRED;
        let Some(share) = part.checked_mul(hundred).and_then(|part| part.checked_div(whole)) else {
            return "–".to_owned();
        };
        if share > Decimal::ZERO && share < Decimal::ONE {
            return percent("<1");
        }
        if share > Decimal::from(99) && share < hundred {
            return percent(">99");
        }
        percent(&self.money(share.round()))
    }

    /// A size: `999 B`, `12,3 MB`.
    pub fn bytes(self, bytes: u64) -> String {
        if bytes < 1000 {
            return format!("{bytes} {}", SIZES[0]);
        }
        #[expect(clippy::cast_precision_loss, reason = "a size is shown with one decimal place")]
        let mut size = bytes as f64;
        let mut unit = 0;
        // What would be rounded to 1,000.0 of a unit is 1.0 of the next.
        while size >= 999.95 && unit + 1 < SIZES.len() {
            size /= 1000.0;
            unit += 1;
        }
        format!("{} {}", self.decimal(size, 1), SIZES[unit])
    }

    /// A day: `22/11/2026` or `22 Nov 2026`.
    pub fn day(self, day: Date) -> String {
        match self {
            Lang::Es => format!("{:02}/{:02}/{:04}", day.day(), day.month(), day.year()),
            Lang::En => {
                let month = MONTHS[usize::from(day.month().unsigned_abs()) - 1];
                format!("{} {month} {:04}", day.day(), day.year())
            }
        }
    }

    /// A moment to the minute, in a zone: `22/11/2026 14:05`.
    pub fn moment(self, at: Timestamp, zone: &TimeZone) -> String {
        let local = at.to_zoned(zone.clone());
        format!("{} {}", self.day(local.date()), local.strftime("%H:%M"))
    }

    /// A moment to the second, with how far its zone is from UTC: `22/11/2026 14:05:33 (UTC-05:00)`.
    pub fn exact_moment(self, at: Timestamp, zone: &TimeZone) -> String {
        let local = at.to_zoned(zone.clone());
        format!("{} {}", self.day(local.date()), local.strftime("%H:%M:%S (UTC%:z)"))
    }

    /// A day, or a day with a time, that a program wrote: `2026-11-22` or `2026-11-22 14:05`. Another text stays as
    /// it is.
    pub(crate) fn rewritten_day(self, text: &str) -> String {
        let (day, time) = text.split_once(' ').unwrap_or((text, ""));
        match day.parse::<Date>() {
            Ok(date) if day.len() == "YYYY-MM-DD".len() => {
                format!("{} {time}", self.day(date)).trim_end().to_owned()
            }
            _ => text.to_owned(),
        }
    }

    /// The time of a day in a zone, to the second: `14:05:33`.
    pub fn clock(self, at: Timestamp, zone: &TimeZone) -> String {
        at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string()
    }

    fn point(self) -> char {
        if self == Lang::Es { ',' } else { '.' }
    }

    fn group(self, digits: &str) -> String {
        let separator = if self == Lang::Es { '.' } else { ',' };
        let mut text = String::with_capacity(digits.len() + digits.len() / 3);
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                text.push(separator);
            }
            text.push(digit);
        }
        text
    }
}

fn plus(rises: bool) -> &'static str {
    if rises { "+" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn numbers_follow_the_reader() {
        assert_eq!(Lang::Es.count(1_234_567), "1.234.567");
        assert_eq!(Lang::En.count(999), "999");
        assert_eq!(Lang::Es.money(amount("1234567.8")), "1.234.567,80");
        assert_eq!(Lang::En.money(amount("-1234567.89")), "-1,234,567.89");
        assert_eq!(Lang::En.money(Decimal::ZERO), "0");
        assert_eq!(
            (Lang::Es.decimal(2.46, 1), Lang::En.decimal(-1234.5, 2)),
            ("2,5".into(), "-1,234.50".into())
        );
        assert_eq!((Lang::Es.decimal(0.4, 0), Lang::Es.decimal(-0.04, 1)), ("0".into(), "0,0".into()));
    }

    #[test]
    fn differences_carry_their_sign() {
        let count = |number| Lang::Es.signed_count(number);
        assert_eq!([count(1234), count(-5), count(0)], ["+1.234", "-5", "0"]);
        let money = |text| Lang::En.signed_money(amount(text));
        assert_eq!([money("1234.5"), money("-5"), money("0.00")], ["+1,234.50", "-5", "0.00"]);
    }

    #[test]
    fn a_share_is_never_rounder_than_it_is() {
        for (part, whole, es, en) in [
            ("0", "0", "0 %", "0%"),
            ("0", "9", "0 %", "0%"),
            ("1", "1000000", "<1 %", "<1%"),
            ("92", "100", "92 %", "92%"),
            ("1", "3", "33 %", "33%"),
            ("999999", "1000000", ">99 %", ">99%"),
            ("9", "9", "100 %", "100%"),
        ] {
            let shares = [Lang::Es, Lang::En].map(|lang| lang.share(amount(part), amount(whole)));
            assert_eq!(shares, [es, en], "{part} of {whole}");
        }
    }

    #[test]
    fn sizes_have_a_unit() {
        for (bytes, text) in
            [(0, "0 B"), (999, "999 B"), (1000, "1,0 kB"), (999_960, "1,0 MB"), (12_345_678, "12,3 MB")]
        {
            assert_eq!(Lang::Es.bytes(bytes), text);
        }
    }

    #[test]
    fn dates_follow_the_reader_and_the_zone() {
        let at: Timestamp = "2026-11-22T03:05:33Z".parse().unwrap();
        let bogota = TimeZone::get("America/Bogota").unwrap();
        assert_eq!(Lang::Es.day(jiff::civil::date(2026, 3, 4)), "04/03/2026");
        assert_eq!(Lang::En.day(jiff::civil::date(2026, 3, 4)), "4 Mar 2026");
        assert_eq!(Lang::Es.moment(at, &bogota), "21/11/2026 22:05");
        assert_eq!(Lang::En.moment(at, &TimeZone::UTC), "22 Nov 2026 03:05");
        assert_eq!(Lang::Es.exact_moment(at, &bogota), "21/11/2026 22:05:33 (UTC-05:00)");
        assert_eq!(Lang::En.clock(at, &TimeZone::UTC), "03:05:33");
        let rewritten =
            ["2026-11-22", "2026-11-22 14:05", "1", "3.5 %"].map(|text| Lang::Es.rewritten_day(text));
        assert_eq!(rewritten, ["22/11/2026", "22/11/2026 14:05", "1", "3.5 %"]);
    }
}
