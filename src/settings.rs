//! Flags, environment and `cartera.toml` become settings. The only reader of the environment.
//!
//! Precedence is one rule in one place (`Sources::pick`): flag, then `CARTERA_*`, then profile, then default.
//! A value that does not parse is an error that names where it stands, never a silent default.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::config::{Profile, read_profile};
use crate::lang::{Code, Lang};
use crate::platform;
use crate::problem::{Failure, Result};
use crate::quantities::{Bytes, Memory, Rate, Span};
use crate::secret::{ServerUrl, Token};
use crate::target::query::Question;
use crate::target::{Dialect, Target};

/// The variables that are read, without their prefix `CARTERA_`; in lower case they are the keys of a profile.
pub(crate) const NAMES: [&str; 25] = [
    "SERVER",
    "OPERATION",
    "OPERATOR",
    "TOKEN_FILE",
    "RATE",
    "BURST",
    "CONCURRENCY",
    "CHUNK_SIZE",
    "MAX_BODY",
    "TIMEOUT",
    "MAX_ATTEMPTS",
    "PATIENCE",
    "RESEND_UNKNOWN",
    "FULL_EVERY",
    "READ_BACK",
    "READER_MEMORY",
    "READER_TIME",
    "GZIP",
    "DAILY_BUDGET",
    "QUOTA_CHECK",
    "RESERVE",
    "TIME_ZONE",
    "LANG",
    "STATE",
    "PROFILE",
];

/// Where systems say who is logged in.
const USER_VARIABLES: [&str; 3] = ["USER", "LOGNAME", "USERNAME"];
/// What was typed; nothing is decided yet.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// `--config`
    pub config: Option<PathBuf>,
    /// `--profile`
    pub profile: Option<String>,
    /// `--lang`
    pub lang: Option<Lang>,
    /// `--state`
    pub state: Option<PathBuf>,
    /// `--server`
    pub server: Option<String>,
    /// `--operation`
    pub operation: Option<String>,
    /// `--operator`
    pub operator: Option<String>,
    /// `--token-file`
    pub token_file: Option<PathBuf>,
    /// `--rate`
    pub rate: Option<Rate>,
    /// `--burst`
    pub burst: Option<NonZeroU32>,
    /// `--concurrency`
    pub concurrency: Option<NonZeroU32>,
    /// `--chunk-size`
    pub chunk_size: Option<NonZeroU32>,
    /// `--max-body`
    pub max_body: Option<Bytes>,
    /// `--timeout`
    pub timeout: Option<Span>,
    /// `--max-attempts`
    pub max_attempts: Option<NonZeroU32>,
    /// `--patience`
    pub patience: Option<Span>,
    /// `--resend-unknown`
    pub resend_unknown: Option<bool>,
    /// `--reserve`
    pub reserve: Option<u64>,
}

/// What will be done.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Language of everything that is said.
    pub lang: Lang,
    /// Folder of the ledger and of everything that is kept.
    pub state: PathBuf,
    /// The CRM's server.
    pub server: Option<ServerUrl>,
    /// The CRM operation.
    pub operation: Option<String>,
    /// Who loads, for the certificate; none where nobody says so and the system does not know.
    pub operator: Option<String>,
    /// Where the token is.
    pub token: TokenSource,
    /// Requests in a period.
    pub rate: Rate,
    /// Requests that may leave at once.
    pub burst: NonZeroU32,
    /// Requests under way at the same time.
    pub concurrency: NonZeroU32,
    /// Most records of a request.
    pub chunk_size: NonZeroU32,
    /// Most bytes of a request's body.
    pub max_body: Bytes,
    /// Deadline of one request.
    pub timeout: Span,
    /// Attempts of one chunk.
    pub max_attempts: NonZeroU32,
    /// How long a CRM that is down is waited for, in all.
    pub patience: Span,
    /// Whether unknown outcomes are sent again at once.
    pub resend_unknown: bool,
    /// After how long `--only-changed` sends a whole file again, where the profile says it.
    pub full_every: Option<Span>,
    /// Where records of unknown outcome are looked for, if they are.
    pub read_back: Option<ReadBack>,
    /// What the reader of an xls, xlsb or ods may take of memory.
    pub reader_memory: Memory,
    /// What it may take of time.
    pub reader_time: Span,
    /// Whether the bodies of requests are compressed; the documents say of no server that it reads them.
    pub gzip: bool,
    /// Most calls of this machine in a day, where the profile sets it.
    pub daily_budget: Option<NonZeroU32>,
    /// Whether the CRM is asked what is left of the token's calls; the question costs one.
    pub quota_check: bool,
    /// Calls of the day that are left for others.
    pub reserve: u64,
    /// Where a day begins: the profile's zone, or the machine's.
    pub zone: TimeZone,
    /// What the profile settles about the endpoints, by the names of their targets.
    pub endpoints: HashMap<&'static str, Dialect>,
}

/// Where records of unknown outcome are looked for: `read_back = true`, or a table with names of the operation's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadBack {
    /// The module; the target's own where it is not said.
    pub module: Option<String>,
    /// The field that holds a record's key; the target's own where it is not said.
    pub field: Option<String>,
}

impl ReadBack {
    /// The question by which a target's records are looked for; none where they cannot be.
    pub fn question(&self, target: &dyn Target) -> Option<Question> {
        let (module, field) = target.looked_up_in()?;
        let own = |name: &Option<String>, default: &str| name.clone().unwrap_or_else(|| default.to_owned());
        Some(Question { module: own(&self.module, module), field: own(&self.field, field) })
    }
}

/// Where the token is; it is read only when it is needed.
#[derive(Debug, Clone)]
pub enum TokenSource {
    /// Nowhere.
    None,
    /// It was in the environment.
    Given(Token),
    /// In this file.
    File(PathBuf),
}

impl TokenSource {
    /// Reads the token.
    ///
    /// # Errors
    /// `no-token` when there is none or the file holds nothing; `file-unreadable` without the file's content.
    pub fn read(&self) -> Result<Token> {
        let missing = || Failure::new(Code::NoToken);
        match self {
            TokenSource::None => Err(missing()),
            TokenSource::Given(token) => Ok(token.clone()),
            TokenSource::File(path) => {
                let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
                    std::io::ErrorKind::NotFound => {
                        Failure::new(Code::FileNotFound).with("value", path.display())
                    }
                    _ => {
                        Failure::new(Code::FileUnreadable).with("value", path.display()).with("reason", error)
                    }
                })?;
                Token::new(&text).ok_or_else(missing)
            }
        }
    }
}

/// What the environment says.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    values: HashMap<&'static str, String>,
    token: Option<Token>,
    user: Option<String>,
    locale: Option<Lang>,
}

impl Environment {
    /// Reads the process's environment.
    pub fn read() -> Environment {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
        let any = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let var = |name: &str| any(&format!("CARTERA_{name}"));
        Environment {
            values: NAMES.into_iter().filter_map(|name| Some((name, var(name)?))).collect(),
            token: var("TOKEN").and_then(|token| Token::new(&token)),
            user: USER_VARIABLES.iter().find_map(|name| any(name)),
            locale: sys_locale::get_locale().as_deref().and_then(Lang::of_locale),
        }
    }

    /// The language, before anything else is known: flag, environment, locale, Spanish.
    pub fn lang(&self, flag: Option<Lang>) -> Lang {
        flag.or_else(|| self.values.get("LANG").and_then(|lang| Lang::of_locale(lang)))
            .or(self.locale)
            .unwrap_or_default()
    }
}

/// Where settings come from.
struct Sources<'s> {
    environment: &'s Environment,
    profile: Profile,
}

impl Sources<'_> {
    /// Where the token is: a file that was typed, the environment, a file of the profile.
    fn token(&self, typed: Option<PathBuf>) -> Result<TokenSource> {
        if let (None, Some(token)) = (&typed, &self.environment.token) {
            return Ok(TokenSource::Given(token.clone()));
        }
        let file = self.pick(typed, "TOKEN_FILE", |text| Ok(PathBuf::from(text)))?;
        Ok(file.map_or(TokenSource::None, TokenSource::File))
    }

    /// Flag, environment, profile: the first that says something; the last two are read by `read`.
    fn pick<T>(
        &self,
        flag: Option<T>,
        name: &'static str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>> {
        if flag.is_some() {
            return Ok(flag);
        }
        let (place, text) = if let Some(value) = self.environment.values.get(name) {
            (format!("CARTERA_{name}"), value)
        } else if let Some((value, line)) = self.profile.values.get(&name.to_ascii_lowercase()) {
            (format!("{}:{line}", self.profile.path), value)
        } else {
            return Ok(None);
        };
        read(text).map(Some).map_err(|expected| {
            Failure::new(Code::BadSetting).with("place", place).with("value", text).with("expected", expected)
        })
    }

    /// Whether records are looked for, and by which names: a table of names turns it on, unless the environment says no.
    fn read_back(&self) -> Result<Option<ReadBack>> {
        let name = |name: &'static str| {
            let named = |text: &str| {
                if text.trim().is_empty() { Err("\"collections\"".to_owned()) } else { Ok(text.to_owned()) }
            };
            self.pick(None, name, named)
        };
        let names = ReadBack { module: name("READ_BACK.MODULE")?, field: name("READ_BACK.FIELD")? };
        Ok(self.parsed(None, "READ_BACK", false)?.then_some(names))
    }

    fn parsed<T: std::str::FromStr>(&self, flag: Option<T>, name: &'static str, default: T) -> Result<T> {
        let read = |text: &str| text.parse::<T>().map_err(|_error| name.to_ascii_lowercase());
        Ok(self.pick(flag, name, read)?.unwrap_or(default))
    }
}

impl Settings {
    /// Decides every setting.
    ///
    /// # Errors
    /// What does not parse, and where it stands.
    pub fn resolve(given: Given, environment: &Environment) -> Result<Settings> {
        let Given {
            config,
            profile,
            lang,
            state,
            server,
            operation,
            operator,
            token_file,
            rate,
            burst,
            concurrency,
            chunk_size,
            max_body,
            timeout,
            max_attempts,
            patience,
            resend_unknown,
            reserve,
        } = given;
        let wanted = profile.or_else(|| environment.values.get("PROFILE").cloned());
        let sources = Sources { environment, profile: read_profile(config.as_deref(), wanted.as_deref())? };
        let text = |text: &str| Ok(text.to_owned());
        let path = |text: &str| Ok(PathBuf::from(text));
        let token = sources.token(token_file)?;
        let of_locale = |text: &str| Lang::of_locale(text).ok_or_else(|| "es, en".to_owned());
        let lang = sources.pick(lang, "LANG", of_locale)?.or(environment.locale).unwrap_or_default();
        let count = |text: &str| text.parse::<NonZeroU32>().map_err(|_error| "4000".to_owned());
        let zone = |text: &str| TimeZone::get(text).map_err(|_error| "America/Bogota".to_owned());
        let one = NonZeroU32::MIN;
        let number = |count: u32| NonZeroU32::new(count).unwrap_or(one);
        let seconds = |count| Span(Duration::from_secs(count));
        let settings = Settings {
            lang,
            state: sources.pick(state, "STATE", path)?.map_or_else(default_state, Ok)?,
            server: sources.pick(server, "SERVER", text)?.map(|text| ServerUrl::parse(&text)).transpose()?,
            operation: sources.pick(operation, "OPERATION", text)?,
            operator: sources.pick(operator, "OPERATOR", text)?.or_else(|| environment.user.clone()),
            token,
            rate: sources.parsed(
                rate,
                "RATE",
                Rate { requests: number(2), period: Duration::from_secs(1) },
            )?,
            burst: sources.parsed(burst, "BURST", one)?,
            concurrency: sources.parsed(concurrency, "CONCURRENCY", one)?,
            chunk_size: sources.parsed(chunk_size, "CHUNK_SIZE", number(100))?,
            max_body: sources.parsed(max_body, "MAX_BODY", Bytes(1024 * 1024))?,
            timeout: sources.parsed(timeout, "TIMEOUT", seconds(120))?,
            max_attempts: sources.parsed(max_attempts, "MAX_ATTEMPTS", number(3))?,
            patience: sources.parsed(patience, "PATIENCE", seconds(30 * 60))?,
            resend_unknown: sources.parsed(resend_unknown, "RESEND_UNKNOWN", false)?,
            full_every: sources.pick(None, "FULL_EVERY", some_time)?,
            read_back: sources.read_back()?,
            reader_memory: sources.parsed(None, "READER_MEMORY", Memory(4 << 30))?,
            reader_time: sources.parsed(None, "READER_TIME", seconds(5 * 60))?,
            gzip: sources.parsed(None, "GZIP", false)?,
            daily_budget: sources.pick(None, "DAILY_BUDGET", count)?,
            quota_check: sources.parsed(None, "QUOTA_CHECK", false)?,
            reserve: sources.parsed(reserve, "RESERVE", 0)?,
            zone: sources.pick(None, "TIME_ZONE", zone)?.unwrap_or_else(TimeZone::system),
            endpoints: sources.profile.endpoints,
        };
        if settings.reserve > 0 && settings.daily_budget.is_none() && !settings.quota_check {
            return Err(Failure::new(Code::ReserveOfNothing).with("value", settings.reserve));
        }
        Ok(settings)
    }
}

/// A span of time that is not nothing.
fn some_time(text: &str) -> Result<Span, String> {
    match text.parse::<Span>() {
        Ok(span) if !span.0.is_zero() => Ok(span),
        _ => Err("30d".to_owned()),
    }
}

fn default_state() -> Result<PathBuf> {
    platform::data_folder()
        .ok_or_else(|| Failure::new(Code::StateFolder).with("value", "…").with("reason", "HOME"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(toml: &str, env: &[(&'static str, &str)], given: Given) -> Result<Settings> {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("c.toml");
        std::fs::write(&config, toml).unwrap();
        let values = env.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let environment = Environment { values, ..Environment::default() };
        let state = Some(folder.path().to_path_buf());
        Settings::resolve(Given { config: Some(config), state, ..given }, &environment)
    }

    const PROFILES: &str = "[profile.prod]\nserver = \"crm0001.wolkvox.com\"\nrate = \"5/s\"\nburst = 3\nresend_unknown = true\n\n[profile.test]\nrate = \"1/m\"\n";

    #[test]
    fn flags_beat_the_environment_which_beats_the_profile() {
        let prod = || Given { profile: Some("prod".into()), ..Given::default() };
        let settings = resolve(PROFILES, &[], prod()).unwrap();
        assert_eq!((settings.rate.to_string().as_str(), settings.burst.get()), ("5/s", 3));
        assert!(settings.resend_unknown);
        assert_eq!(settings.server.unwrap().name(), "crm0001.wolkvox.com");
        let settings = resolve(PROFILES, &[("RATE", "7/s"), ("BURST", "2")], prod()).unwrap();
        assert_eq!((settings.rate.to_string().as_str(), settings.burst.get()), ("7/s", 2));
        let flags = Given { rate: Some("9/s".parse().unwrap()), ..prod() };
        assert_eq!(resolve(PROFILES, &[("RATE", "7/s")], flags).unwrap().rate.to_string(), "9/s");
        let settings = resolve(PROFILES, &[("PROFILE", "test")], Given::default()).unwrap();
        assert_eq!(settings.rate.to_string(), "1/m");
        let settings = resolve(PROFILES, &[], Given::default()).unwrap();
        assert_eq!((settings.rate.to_string().as_str(), settings.chunk_size.get()), ("2/s", 100));
    }

    #[test]
    fn what_does_not_parse_is_named_where_it_stands() {
        for (toml, env, code, place) in [
            ("[profile.prod]\nrate = \"fast\"", vec![], Code::BadSetting, "c.toml:2"),
            ("[profile.prod]\n\nrat = \"1/s\"", vec![], Code::MappingUnknownKey, "c.toml:3"),
            ("[profil.prod]", vec![], Code::MappingUnknownKey, "c.toml:1"),
            ("[profile.prod", vec![], Code::ConfigSyntax, "c.toml:1"),
            ("[profile.prod]", vec![("TIMEOUT", "soon")], Code::BadSetting, "CARTERA_TIMEOUT"),
            ("[profile.other]", vec![], Code::ProfileNotFound, ""),
        ] {
            let given = Given { profile: Some("prod".into()), ..Given::default() };
            let failure = resolve(toml, &env, given).unwrap_err();
            let named = failure.value("place", Lang::En).unwrap_or_default();
            assert_eq!(failure.code, code, "{toml}");
            assert!(named.ends_with(place), "{named} for {toml}");
        }
    }

    #[test]
    fn records_are_looked_for_where_the_profile_says_so() {
        let target = crate::target::by_name("collections").unwrap();
        let question = |toml: &str, env: &[(&'static str, &str)]| {
            let given = Given { profile: Some("prod".into()), ..Given::default() };
            let read_back = resolve(toml, env, given).map_err(|failure| failure.code)?.read_back;
            let asked = read_back.and_then(|read_back| read_back.question(target));
            Ok::<_, Code>(asked.map(|question| format!("{} {}", question.module, question.field)))
        };
        let table = "[profile.prod.read_back]\nmodule = \"clientes\"";
        for (toml, env, expected) in [
            ("[profile.prod]", vec![], Ok(None)),
            ("[profile.prod]\nread_back = false", vec![], Ok(None)),
            ("[profile.prod]\nread_back = true", vec![], Ok(Some("collections Identification"))),
            ("[profile.prod]", vec![("READ_BACK", "true")], Ok(Some("collections Identification"))),
            ("[profile.prod.read_back]", vec![], Ok(Some("collections Identification"))),
            (table, vec![], Ok(Some("clientes Identification"))),
            (table, vec![("READ_BACK", "false")], Ok(None)),
            ("[profile.prod.read_back]\nfield = \"Cédula\"", vec![], Ok(Some("collections Cédula"))),
            ("[profile.prod.read_back]\nfield = \" \"", vec![], Err(Code::BadSetting)),
            ("[profile.prod.read_back]\nmodul = \"x\"", vec![], Err(Code::MappingUnknownKey)),
            ("[profile.prod]\nread_back = \"collections\"", vec![], Err(Code::BadSetting)),
        ] {
            assert_eq!(
                question(toml, &env),
                expected.map(|asked| asked.map(str::to_owned)),
                "{toml} {env:?}"
            );
        }
    }

    #[test]
    fn calls_are_reserved_only_where_they_are_counted() {
        let reserve = |toml: &str| {
            let given = Given { profile: Some("prod".into()), reserve: Some(5), ..Given::default() };
            resolve(toml, &[], given).map_err(|failure| failure.code)
        };
        assert_eq!(reserve("[profile.prod]").err(), Some(Code::ReserveOfNothing));
        let settings = reserve("[profile.prod]\ndaily_budget = 40\ntime_zone = \"America/Bogota\"").unwrap();
        assert_eq!((settings.reserve, settings.daily_budget.map(NonZeroU32::get)), (5, Some(40)));
        assert_eq!(settings.zone.iana_name(), Some("America/Bogota"));
        assert!(reserve("[profile.prod]\nquota_check = true").unwrap().quota_check);
        let full = resolve("[profile.prod]\nfull_every = \"30d\"", &[("PROFILE", "prod")], Given::default());
        assert_eq!(full.unwrap().full_every.map(|span| span.to_string()).as_deref(), Some("30d"));
        for wrong in [
            "full_every = 30",
            "full_every = \"0d\"",
            "daily_budget = 0",
            "daily_budget = -1",
            "quota_check = 1",
            "time_zone = \"Bogotá\"",
        ] {
            assert_eq!(reserve(&format!("[profile.prod]\n{wrong}")).err(), Some(Code::BadSetting), "{wrong}");
        }
    }
}
