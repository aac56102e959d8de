//! The `[[watch]]` and `[notify]` tables of `cartera.toml`.
//!
//! Every mistake is found in one reading, each with its line and the nearest name that exists. Nothing here looks at
//! a folder or a mapping: what the words point at is the command's matter.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::calendar::{Calendar, Times, Window, time_of};
use super::notify::{Channels, Mail, On, Security};
use super::pattern::Pattern;
use crate::config::Config;
use crate::lang::Code;
use crate::mapping::file::hint;
use crate::mapping::names;
use crate::problem::{Failure, Result};
use crate::quantities::Span;
use crate::secret::HookUrl;

/// How long a file must stand still where nothing is said.
const STILL: Duration = Duration::from_secs(30);

const WATCH_KEYS: [&str; 23] = [
    "name",
    "folder",
    "files",
    "mapping",
    "profile",
    "sandbox",
    "cron",
    "time_zone",
    "window",
    "holidays",
    "order",
    "overlap",
    "drift",
    "max_invalid",
    "only_changed",
    "still",
    "marker",
    "checksum",
    "expect_by",
    "processing",
    "done",
    "needs_attention",
    "keep_done",
];
const NOTIFY_KEYS: [&str; 3] = ["on", "webhook", "mail"];
const MAIL_KEYS: [&str; 9] =
    ["server", "port", "security", "ca_file", "user", "password_file", "from", "to", "attach"];

/// What becomes of a file that is not like the ones before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drift {
    /// It waits for a person.
    Stop,
    /// It is loaded all the same.
    Accept,
}

/// In which order the files of a folder are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By their names.
    Name,
    /// By the time of their last change, the oldest first.
    Time,
}

/// One watch folder and what is done with its files.
#[derive(Debug, Clone)]
pub struct Watch {
    /// Its name in messages, in the status file and in the state folder.
    pub name: String,
    /// Where the creditor's files arrive.
    pub folder: PathBuf,
    /// Which files of the folder are meant.
    pub files: Vec<Pattern>,
    /// The mapping they are loaded with.
    pub mapping: PathBuf,
    /// The profile they are loaded with.
    pub profile: Option<String>,
    /// Loads go to the stand-in inside the program.
    pub sandbox: bool,
    /// When files are due and loads may begin.
    pub calendar: Calendar,
    /// In which order they are taken.
    pub order: Order,
    /// A time that comes while the files of the last one are still being loaded is skipped, not made up for.
    pub skips_overlap: bool,
    /// What becomes of a file that is not like the ones before.
    pub drift: Drift,
    /// The most invalid rows, as `--max-invalid` takes them.
    pub max_invalid: Option<String>,
    /// Only what has changed is sent, as `--only-changed` does.
    pub only_changed: bool,
    /// How long a file's size and time must stand still.
    pub still: Duration,
    /// The ending of a file that says that another is whole.
    pub marker: Option<String>,
    /// The ending of a file that holds another's SHA-256.
    pub checksum: Option<String>,
    /// By what time of a working day a file is awaited.
    pub expect_by: Option<Time>,
    /// Where files are while they are loaded.
    pub processing: PathBuf,
    /// Where they end when nobody needs to look at them.
    pub done: PathBuf,
    /// Where they end otherwise.
    pub needs_attention: PathBuf,
    /// How long they are kept in `done`; for ever where nothing is said.
    pub keep_done: Option<SignedDuration>,
    /// Where it stands: `cartera.toml:12`.
    pub place: String,
}

/// All that `cartera.toml` says about scheduled imports.
#[derive(Debug, Clone, Default)]
pub struct WatchSettings {
    /// The folders, in the order of the file.
    pub watches: Vec<Watch>,
    /// Whom to tell.
    pub channels: Channels,
}

/// Reads the watches of a configuration.
///
/// # Errors
/// Every mistake, in the order of the file.
pub fn read(config: Option<&Path>) -> Result<WatchSettings, Vec<Failure>> {
    let config = Config::read(config).map_err(|failure| vec![failure])?;
    let root = config.parse().map_err(|failure| vec![failure])?;
    let mut reader = Reader { config: &config, failures: Vec::new() };
    let mut settings = WatchSettings::default();
    match root.get("watch").map(|value| (value, value.get_ref())) {
        None => {
            let failure = Failure::new(Code::WatchNone).with("value", config.place(0));
            reader.failures.push(failure);
        }
        Some((_, DeValue::Array(list))) => {
            settings.watches = list.iter().filter_map(|w| reader.watch(w)).collect();
        }
        Some((value, _)) => reader.bad(value, "[[watch]]"),
    }
    if let Some(value) = root.get("notify") {
        settings.channels = reader.notify(value).unwrap_or_default();
    }
    let mut seen = BTreeMap::new();
    for watch in &settings.watches {
        if let Some(first) = seen.insert(watch.name.clone(), watch.place.clone()) {
            let failure = Failure::new(Code::WatchTwice).with("place", &watch.place);
            reader.failures.push(failure.with("value", &watch.name).with("expected", first));
        }
    }
    if reader.failures.is_empty() { Ok(settings) } else { Err(reader.failures) }
}

type Value<'i> = Spanned<DeValue<'i>>;

/// Reads tables and collects what is wrong with them.
struct Reader<'c> {
    config: &'c Config,
    failures: Vec<Failure>,
}

impl Reader<'_> {
    fn bad(&mut self, value: &Value<'_>, expected: &str) {
        let found = self.config.text.get(value.span()).unwrap_or_default();
        let failure = Failure::new(Code::BadSetting).with("place", self.config.place(value.span().start));
        self.failures
            .push(failure.with("value", found.lines().next().unwrap_or_default()).with("expected", expected));
    }

    fn table<'t, 'i>(&mut self, value: &'t Value<'i>, known: &[&str], form: &str) -> Option<&'t DeTable<'i>> {
        let DeValue::Table(table) = value.get_ref() else {
            self.bad(value, form);
            return None;
        };
        for key in table.keys().filter(|key| !known.contains(&key.get_ref().as_ref())) {
            let nearest = names::nearest(key.get_ref(), known.iter().copied());
            let failure = Failure::new(Code::MappingUnknownKey)
                .with("place", self.config.place(key.span().start))
                .with("value", key.get_ref())
                .with("hint", hint(nearest));
            self.failures.push(failure);
        }
        Some(table)
    }

    fn text(&mut self, table: &DeTable<'_>, key: &str) -> Option<String> {
        self.read(table, key, "\"…\"", |text| (!text.trim().is_empty()).then(|| text.to_owned()))
    }

    /// A text that means something; `expected` says what.
    fn read<T>(
        &mut self,
        table: &DeTable<'_>,
        key: &str,
        expected: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        self.parse(table, key, |text| read(text).ok_or_else(|| expected.to_owned()))
    }

    /// A text that means something; the reading says what was expected.
    fn parse<T>(
        &mut self,
        table: &DeTable<'_>,
        key: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let value = table.get(key)?;
        let outcome = match value.get_ref() {
            DeValue::String(text) => read(text),
            _ => Err("\"…\"".to_owned()),
        };
        outcome.map_err(|expected| self.bad(value, &expected)).ok()
    }

    fn flag(&mut self, table: &DeTable<'_>, key: &str) -> bool {
        let Some(value) = table.get(key) else { return false };
        let DeValue::Boolean(flag) = value.get_ref() else {
            self.bad(value, "true, false");
            return false;
        };
        *flag
    }

    /// One text or several, each of which means something.
    fn list<T>(
        &mut self,
        table: &DeTable<'_>,
        key: &str,
        expected: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Vec<T> {
        let Some(value) = table.get(key) else { return Vec::new() };
        let values = match value.get_ref() {
            DeValue::Array(list) => list.iter().collect(),
            _ => vec![value],
        };
        let mut read_ones = Vec::new();
        for value in values {
            match value.get_ref().as_str().and_then(&read) {
                Some(one) => read_ones.push(one),
                None => self.bad(value, expected),
            }
        }
        read_ones
    }

    /// A text that must be there.
    fn needed(&mut self, (table, place): (&DeTable<'_>, &str), key: &str) -> Option<String> {
        if !table.contains_key(key) {
            let failure = Failure::new(Code::WatchKeyMissing).with("place", place);
            self.failures.push(failure.with("value", key));
        }
        self.text(table, key)
    }

    fn watch(&mut self, value: &Value<'_>) -> Option<Watch> {
        let place = self.config.place(value.span().start);
        let table = self.table(value, &WATCH_KEYS, "[[watch]]")?;
        let calendar = self.calendar(table);
        let name = self.needed((table, &place), "name");
        let folder = self.needed((table, &place), "folder").map(PathBuf::from);
        let mapping = self.needed((table, &place), "mapping").map(PathBuf::from);
        if name.as_ref().is_some_and(|name| !is_plain(name)) {
            self.bad(&table["name"], "\"banco-andino\"");
        }
        let ending = |text: &str| (text.len() > 1 && text.starts_with('.')).then(|| text.to_owned());
        let files = self.list(table, "files", "\"*.xlsx\"", |text| Pattern::new(text).ok());
        let order = self.read(table, "order", "\"name\", \"time\"", |text| match text {
            "name" => Some(Order::Name),
            "time" => Some(Order::Time),
            _ => None,
        });
        let skips_overlap = self.read(table, "overlap", "\"queue\", \"skip\"", |text| {
            ["queue", "skip"].contains(&text).then_some(text == "skip")
        });
        let drift = self.read(table, "drift", "\"stop\", \"accept\"", |text| match text {
            "stop" => Some(Drift::Stop),
            "accept" => Some(Drift::Accept),
            _ => None,
        });
        let time = |text: &str| Span::from_str(text).map(|span| span.0);
        let still = self.parse(table, "still", time);
        let keep_done = self.parse(table, "keep_done", time);
        let max_invalid = self.read(table, "max_invalid", "\"50\", \"5%\"", is_share);
        let marker = self.read(table, "marker", "\".ok\", \".done\"", ending);
        let checksum = self.read(table, "checksum", "\".sha256\"", ending);
        let expect_by = self.read(table, "expect_by", "\"06:30\"", time_of);
        let profile = self.text(table, "profile");
        let sandbox = self.flag(table, "sandbox");
        let only_changed = self.flag(table, "only_changed");
        let folder = folder?;
        let mut place_of = |key: &str, default: &str| {
            self.text(table, key).map_or_else(|| folder.join(default), PathBuf::from)
        };
        Some(Watch {
            processing: place_of("processing", "processing"),
            done: place_of("done", "done"),
            needs_attention: place_of("needs_attention", "needs-attention"),
            name: name?,
            files: if files.is_empty() { vec![Pattern::any()] } else { files },
            mapping: mapping?,
            keep_done: keep_done.and_then(|keep| SignedDuration::try_from(keep).ok()),
            profile,
            sandbox,
            calendar,
            order: order.unwrap_or(Order::Name),
            skips_overlap: skips_overlap.unwrap_or_default(),
            drift: drift.unwrap_or(Drift::Stop),
            max_invalid,
            only_changed,
            still: still.unwrap_or(STILL),
            marker,
            checksum,
            expect_by,
            folder,
            place,
        })
    }

    fn calendar(&mut self, table: &DeTable<'_>) -> Calendar {
        let zone = |text: &str| TimeZone::get(text).ok();
        Calendar {
            times: self.parse(table, "cron", Times::from_str),
            zone: self.read(table, "time_zone", "\"America/Bogota\"", zone).unwrap_or_else(TimeZone::system),
            window: self.parse(table, "window", Window::from_str),
            holidays: self
                .list(table, "holidays", "\"2026-12-25\"", |text| text.parse::<Date>().ok())
                .into_iter()
                .collect(),
        }
    }

    fn notify(&mut self, value: &Value<'_>) -> Option<Channels> {
        let table = self.table(value, &NOTIFY_KEYS, "[notify]")?;
        let expected = On::ALL.map(|on| format!("{:?}", on.as_str())).join(", ");
        let on = self.list(table, "on", &expected, On::of_name);
        let webhook = table.get("webhook").and_then(|value| {
            let url = value.get_ref().as_str().and_then(|text| HookUrl::parse(text).ok());
            if url.is_none() {
                // The address itself may be a secret; only its line is named.
                let failure =
                    Failure::new(Code::BadSetting).with("place", self.config.place(value.span().start));
                self.failures.push(failure.with("value", "webhook").with("expected", "\"https://…\""));
            }
            url
        });
        let mail = table.get("mail").and_then(|value| self.mail(value));
        Some(Channels { on: if table.contains_key("on") { on } else { On::USUAL.to_vec() }, webhook, mail })
    }

    fn mail(&mut self, value: &Value<'_>) -> Option<Mail> {
        let place = self.config.place(value.span().start);
        let table = self.table(value, &MAIL_KEYS, "[notify.mail]")?;
        let server = self.needed((table, &place), "server");
        let from = self.needed((table, &place), "from");
        if !table.contains_key("to") {
            self.failures.push(Failure::new(Code::WatchKeyMissing).with("place", &place).with("value", "to"));
        }
        let address = |text: &str| text.contains('@').then(|| text.to_owned());
        let to = self.list(table, "to", "\"nombre@example.com\"", address);
        let names = "\"tls\", \"starttls\", \"none\"";
        let security = self.read(table, "security", names, Security::of_name).unwrap_or(Security::Tls);
        let port = match table.get("port").map(|value| (value, value.get_ref().as_integer())) {
            None => None,
            Some((value, number)) => {
                let port = number.and_then(|number| number.as_str().parse::<u16>().ok());
                port.is_none().then(|| self.bad(value, "465, 587"));
                port
            }
        };
        let attach = self.read(table, "attach", "\"summary\", \"report\"", |text| match text {
            "summary" => Some(false),
            "report" => Some(true),
            _ => None,
        });
        let user = self.text(table, "user");
        let password_file = self.text(table, "password_file").map(PathBuf::from);
        let ca_file = self.text(table, "ca_file").map(PathBuf::from);
        let server = server?;
        if security == Security::None && !is_loopback(&server) {
            let failure = Failure::new(Code::PlainMail).with("place", &place).with("value", &server);
            self.failures.push(failure);
        }
        let port = port.unwrap_or_else(|| security.port());
        let attaches_report = attach.unwrap_or_default();
        Some(Mail { server, port, security, user, password_file, ca_file, from: from?, to, attaches_report })
    }
}

/// Whether a server's name means this machine.
fn is_loopback(server: &str) -> bool {
    server == "localhost" || server.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A name that can be part of a file's name everywhere.
fn is_plain(name: &str) -> bool {
    name.len() <= 60
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
        && !name.starts_with('.')
}

/// A number of rows or a share of them, as `--max-invalid` reads it.
fn is_share(text: &str) -> Option<String> {
    let good = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().is_ok_and(|percent| (0.0..=100.0).contains(&percent)),
        None => text.parse::<u64>().is_ok(),
    };
    good.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    const WHOLE: &str = r#"
[[watch]]
name = "banco-andino"
folder = "entrada/andino"
files = ["*.xlsx", "*.csv"]
mapping = "mappings/banco-andino.toml"
profile = "prod"
cron = "30 6 * * 1-5"
time_zone = "America/Bogota"
window = "Mon-Fri 05:00-22:00"
holidays = ["2026-12-25"]
order = "time"
overlap = "skip"
drift = "accept"
max_invalid = "5%"
only_changed = true
still = "45s"
marker = ".ok"
expect_by = "06:30"
done = "/archivo/andino"

[notify]
on = ["needs-attention", "silence"]
webhook = "https://hooks.example.com/secreto"

[notify.mail]
server = "smtp.example.com"
security = "starttls"
from = "cartera@example.com"
to = "equipo@example.com"
"#;

    fn parse(text: &str) -> Result<WatchSettings, Vec<Failure>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.toml");
        std::fs::write(&path, text).unwrap();
        read(Some(&path))
    }

    #[test]
    fn a_whole_watch_is_read() {
        let settings = parse(WHOLE).unwrap();
        let watch = &settings.watches[0];
        assert_eq!(
            (watch.name.as_str(), watch.order, watch.skips_overlap),
            ("banco-andino", Order::Time, true)
        );
        assert!(watch.only_changed && !watch.sandbox);
        assert_eq!((watch.still, watch.max_invalid.as_deref()), (Duration::from_secs(45), Some("5%")));
        assert_eq!(watch.calendar.zone.iana_name(), Some("America/Bogota"));
        assert_eq!(watch.done, Path::new("/archivo/andino"));
        assert_eq!(watch.needs_attention, Path::new("entrada/andino/needs-attention"));
        assert!(watch.place.ends_with("c.toml:2"), "{}", watch.place);
        let mail = settings.channels.mail.unwrap();
        assert_eq!((mail.port, mail.security, mail.to.len()), (587, Security::Starttls, 1));
        assert!(!format!("{:?}", settings.channels.webhook).contains("secreto"));
    }

    #[test]
    fn every_mistake_is_named_at_its_line() {
        let text = r#"
[[watch]]
name = "con espacio"
foldr = "x"
mapping = "m.toml"
cron = "cada día"
time_zone = "Bogota"
window = "Lunes"
still = "30"
max_invalid = "mucho"
order = "size"

[[watch]]
name = "b"
folder = 3
mapping = "m.toml"

[notify]
on = ["always"]
webhook = "http://hooks.example.com/secreto"
mail = { server = "smtp.example.com", security = "none", from = "a@b" }
"#;
        let failures = parse(text).unwrap_err();
        let named: Vec<String> = failures
            .iter()
            .map(|failure| {
                let place = failure.value("place", Lang::En).unwrap_or_default().to_owned();
                format!("{}:{}", place.rsplit(':').next().unwrap(), failure.code)
            })
            .collect();
        for expected in [
            "4:mapping-unknown-key",
            "6:bad-setting",
            "7:bad-setting",
            "8:bad-setting",
            "2:watch-key-missing",
            "3:bad-setting",
            "11:bad-setting",
            "9:bad-setting",
            "10:bad-setting",
            "15:bad-setting",
            "19:bad-setting",
            "20:bad-setting",
            "21:watch-key-missing",
            "21:plain-mail",
        ] {
            assert!(named.iter().any(|named| named == expected), "{expected} in {named:?}");
        }
        assert_eq!(named.len(), 14, "{named:?}");
        let said: String = failures.iter().map(|failure| failure.what(Lang::Es)).collect();
        assert!(said.contains("«folder»") && !said.contains("secreto"), "{said}");
    }

    #[test]
    fn a_name_stands_once_and_something_is_watched() {
        let one = "[[watch]]\nname = \"a\"\nfolder = \"f\"\nmapping = \"m\"\n";
        assert_eq!(parse(&one.repeat(2)).unwrap_err()[0].code, Code::WatchTwice);
        assert_eq!(parse("").unwrap_err()[0].code, Code::WatchNone);
        assert_eq!(parse("watch = 3").unwrap_err()[0].code, Code::BadSetting);
    }
}
