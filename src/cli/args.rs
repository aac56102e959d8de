//! What can be typed: the commands and flags of `cli.md`, and nothing that is decided by them.
//!
//! Help texts stand in [`crate::lang::help`], by the command's and the flag's name, in both languages.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{ArgAction, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use rust_decimal::Decimal;

use crate::lang::{Code, Lang};
use crate::mapping::bind::Role;
use crate::mapping::expect::read_amount;
use crate::pipeline::Input;
use crate::quantities::{Bytes, Rate, Span};
use crate::sandbox::Fault;
use crate::settings::Given;

use super::describe::describe;

/// A whole command line.
#[derive(Debug, Parser)]
#[command(name = "cartera", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    #[arg(long, global = true, value_name = "es|en", value_parser = lang)]
    pub(crate) lang: Option<Lang>,
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    #[arg(long, global = true, value_name = "text|json", default_value = "text")]
    pub(crate) log_format: LogFormat,
    #[arg(long, global = true)]
    pub(crate) no_progress: bool,
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Load(LoadArgs),
    Check(CheckArgs),
    Inspect(InspectArgs),
    Map(MapArgs),
    Resume(ResumeArgs),
    Retry(RetryArgs),
    Report(ReportArgs),
    Runs,
    Show(ShowArgs),
    Purge(PurgeArgs),
    Watch(super::watch::WatchArgs),
    Explain(ExplainArgs),
    Diff(DiffArgs),
    Sandbox(SandboxArgs),
    Targets(TargetsArgs),
    Completions(super::completions::CompletionsArgs),
}

/// How fast and how stubbornly to send; `resume` takes these anew.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SendArgs {
    #[arg(long, value_name = "N/s|N/m")]
    pub(crate) rate: Option<Rate>,
    #[arg(long, value_name = "N")]
    pub(crate) burst: Option<NonZeroU32>,
    #[arg(long, value_name = "N")]
    pub(crate) concurrency: Option<NonZeroU32>,
    #[arg(long, value_name = "120s")]
    pub(crate) timeout: Option<Span>,
    #[arg(long, value_name = "N")]
    pub(crate) max_attempts: Option<NonZeroU32>,
    #[arg(long, value_name = "30m")]
    pub(crate) patience: Option<Span>,
    #[arg(long)]
    pub(crate) resend_unknown: bool,
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<NonZeroU32>,
    #[arg(long, value_name = "N")]
    pub(crate) reserve: Option<u64>,
    #[arg(long, value_name = "NAME")]
    pub(crate) operator: Option<String>,
    #[command(flatten)]
    pub(crate) report: FolderArgs,
    #[arg(long)]
    pub(crate) yes: bool,
}

/// Where the report goes, and whether it shows personal data whole.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct FolderArgs {
    #[arg(id = "report", long = "report", value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
    #[arg(long)]
    pub(crate) unmasked: bool,
}

/// Where to send, and in what pieces.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct TenantArgs {
    #[arg(long, value_name = "HOST")]
    pub(crate) server: Option<String>,
    #[arg(long, value_name = "OP")]
    pub(crate) operation: Option<String>,
    #[arg(long, value_name = "N")]
    pub(crate) chunk_size: Option<NonZeroU32>,
    #[arg(long, value_name = "BYTES")]
    pub(crate) max_body: Option<Bytes>,
}

/// What to read.
#[derive(Debug, Clone, Args)]
pub(crate) struct InputArgs {
    #[arg(required_unless_present = "table", value_name = "FILE")]
    files: Vec<PathBuf>,
    #[arg(long, value_name = "TABLE=FILE", value_parser = table)]
    table: Vec<Input>,
}

impl InputArgs {
    /// The files, those that hold one of two tables last.
    pub(crate) fn inputs(&self) -> Vec<Input> {
        inputs(&self.files, &self.table)
    }
}

fn inputs(files: &[PathBuf], tables: &[Input]) -> Vec<Input> {
    files.iter().map(Input::whole).chain(tables.iter().cloned()).collect()
}

/// What the file must come to and whether it may have changed, and the day from which days in arrears are counted.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ControlArgs {
    #[arg(long, value_name = "N")]
    pub(crate) expect_rows: Option<u64>,
    #[arg(long, value_name = "COLUMN=AMOUNT")]
    pub(crate) expect_total: Vec<TotalArg>,
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    pub(crate) as_of: Option<jiff::civil::Date>,
    #[arg(long)]
    pub(crate) accept_drift: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct LoadArgs {
    #[command(flatten)]
    pub(crate) inputs: InputArgs,
    #[arg(short, long, value_name = "M.toml")]
    pub(crate) mapping: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) tenant: TenantArgs,
    #[arg(long, conflicts_with_all = ["server", "token_file"])]
    pub(crate) sandbox: bool,
    #[command(flatten)]
    pub(crate) send: SendArgs,
    #[arg(long, value_name = "N")]
    pub(crate) canary: Option<NonZeroU32>,
    #[arg(long, value_name = "N|P%")]
    pub(crate) max_invalid: Option<MaxInvalid>,
    #[command(flatten)]
    pub(crate) control: ControlArgs,
    #[arg(long)]
    pub(crate) again: bool,
    #[arg(long)]
    pub(crate) only_changed: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) inputs: InputArgs,
    #[arg(short, long, value_name = "M.toml")]
    pub(crate) mapping: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) tenant: TenantArgs,
    #[command(flatten)]
    pub(crate) control: ControlArgs,
    #[arg(long, value_name = "FILE.ndjson")]
    pub(crate) bodies: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) report: FolderArgs,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct InspectArgs {
    pub(crate) file: PathBuf,
    #[arg(long = "target", value_name = "T")]
    pub(crate) map_target: Option<String>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct MapArgs {
    pub(crate) file: PathBuf,
    #[arg(short, long, value_name = "M.toml")]
    pub(crate) out: PathBuf,
    #[arg(long = "target", value_name = "T")]
    pub(crate) map_target: Option<String>,
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ResumeArgs {
    pub(crate) run: String,
    #[command(flatten)]
    pub(crate) send: SendArgs,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct RetryArgs {
    pub(crate) run: String,
    #[arg(long, value_name = "C", value_parser = code)]
    pub(crate) code: Vec<Code>,
    #[arg(long, conflicts_with = "code")]
    pub(crate) unknown: bool,
    #[command(flatten)]
    pub(crate) send: SendArgs,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ReportArgs {
    pub(crate) run: String,
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    #[arg(long)]
    pub(crate) unmasked: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ShowArgs {
    pub(crate) run: String,
    #[arg(long, value_name = "N")]
    pub(crate) chunk: Option<u32>,
    #[arg(long, conflicts_with = "chunk")]
    pub(crate) unknown: bool,
    #[arg(long)]
    pub(crate) unmasked: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct PurgeArgs {
    #[arg(long, value_name = "90d")]
    pub(crate) older_than: Span,
    #[arg(long)]
    pub(crate) all: bool,
    #[arg(long)]
    pub(crate) yes: bool,
}

/// What `diff` takes: two runs, or files and the run that they are compared with.
#[derive(Debug, Clone, Args)]
pub(crate) struct DiffArgs {
    #[arg(required_unless_present = "table", value_name = "RUN|FILE")]
    compared: Vec<PathBuf>,
    #[arg(long, requires = "run", value_name = "TABLE=FILE", value_parser = table)]
    table: Vec<Input>,
    #[arg(short, long, requires = "run", value_name = "M.toml")]
    pub(crate) mapping: Option<PathBuf>,
    #[arg(long, value_name = "RUN")]
    pub(crate) run: Option<String>,
    #[arg(long, requires = "run", value_name = "YYYY-MM-DD", value_parser = date)]
    pub(crate) as_of: Option<jiff::civil::Date>,
    #[arg(short, long = "out", value_name = "FILE.xlsx")]
    pub(crate) out: Option<PathBuf>,
    #[arg(long, requires = "out")]
    pub(crate) force: bool,
    #[arg(long)]
    pub(crate) unmasked: bool,
}

impl DiffArgs {
    /// The files, those that hold one of two tables last.
    pub(crate) fn inputs(&self) -> Vec<Input> {
        inputs(&self.compared, &self.table)
    }

    /// The two runs, where it is two.
    pub(crate) fn runs(&self) -> Option<[String; 2]> {
        let names = self.compared.iter().map(|name| name.to_string_lossy().into_owned());
        names.collect::<Vec<_>>().try_into().ok()
    }
}

/// What `explain` takes.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    #[arg(required_unless_present_any = ["table", "run"], conflicts_with = "run", value_name = "FILE")]
    files: Vec<PathBuf>,
    #[arg(long, conflicts_with = "run", value_name = "TABLE=FILE", value_parser = table)]
    table: Vec<Input>,
    #[arg(short, long, conflicts_with = "run", value_name = "M.toml")]
    pub(crate) mapping: Option<PathBuf>,
    #[arg(long, value_name = "RUN")]
    pub(crate) run: Option<String>,
    #[arg(long, value_name = "N")]
    pub(crate) row: u32,
    #[arg(long, conflicts_with = "run", value_name = "YYYY-MM-DD", value_parser = date)]
    pub(crate) as_of: Option<jiff::civil::Date>,
    #[arg(long = "file", value_name = "FILE")]
    pub(crate) of_file: Option<String>,
    #[arg(long, value_name = "SHEET")]
    pub(crate) sheet: Option<String>,
    #[arg(long)]
    pub(crate) unmasked: bool,
}

impl ExplainArgs {
    /// The files, those that hold one of two tables last.
    pub(crate) fn inputs(&self) -> Vec<Input> {
        inputs(&self.files, &self.table)
    }
}

#[derive(Debug, Clone, Args)]
pub(crate) struct SandboxArgs {
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8077")]
    pub(crate) listen: SocketAddr,
    #[arg(long, value_name = "DIR")]
    pub(crate) store: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    #[arg(long, value_name = "WHAT@WHICH")]
    pub(crate) fault: Vec<Fault>,
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    #[arg(long, value_name = "N", default_value_t = 4800)]
    pub(crate) daily_limit: u64,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct TargetsArgs {
    pub(crate) target: Option<String>,
    #[arg(long, requires = "target")]
    pub(crate) schema: bool,
    #[arg(long, value_name = "F.xlsx", requires = "target", conflicts_with = "schema")]
    pub(crate) template: Option<PathBuf>,
    #[arg(long, requires = "template")]
    pub(crate) force: bool,
}

/// How many rows may be invalid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum MaxInvalid {
    Rows(u64),
    Percent(Decimal),
}

impl MaxInvalid {
    /// Most invalid rows among so many.
    pub(crate) fn of(self, rows: u64) -> u64 {
        match self {
            MaxInvalid::Rows(most) => most,
            MaxInvalid::Percent(percent) => {
                let most = (Decimal::from(rows) * percent / Decimal::ONE_HUNDRED).floor();
                most.try_into().unwrap_or(rows)
            }
        }
    }
}

impl std::str::FromStr for MaxInvalid {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?}: 50, 2%");
        match text.strip_suffix('%') {
            Some(percent) => match percent.trim().parse::<Decimal>() {
                Ok(percent) if (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&percent) => {
                    Ok(MaxInvalid::Percent(percent))
                }
                _ => Err(wrong()),
            },
            None => text.parse().map(MaxInvalid::Rows).map_err(|_error| wrong()),
        }
    }
}

/// What a column must add up to: `total_balance=8450330120.55`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TotalArg {
    pub(crate) name: String,
    pub(crate) amount: Decimal,
}

impl std::str::FromStr for TotalArg {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        // A header may hold the sign; an amount does not.
        let (name, amount) = text.rsplit_once('=').unwrap_or_default();
        match (name.trim(), read_amount(amount)) {
            ("", _) | (_, None) => Err(format!("{text:?}: total_balance=8450330120.55")),
            (name, Some(amount)) => Ok(TotalArg { name: name.to_owned(), amount }),
        }
    }
}

fn date(text: &str) -> Result<jiff::civil::Date, String> {
    text.parse().map_err(|_error| format!("{text:?}: 2026-01-31"))
}

fn lang(text: &str) -> Result<Lang, String> {
    Lang::of_locale(text).ok_or_else(|| "es, en".to_owned())
}

fn table(text: &str) -> Result<Input, String> {
    let known = Role::JOINED.map(|(name, _)| format!("{name}=FILE")).join(", ");
    let (name, path) = text.split_once('=').ok_or_else(|| known.clone())?;
    let role = Role::JOINED.iter().find(|(known, _)| *known == name).map(|(_, role)| *role);
    match role {
        Some(role) if !path.is_empty() => Ok(Input { path: path.into(), role }),
        _ => Err(known),
    }
}

fn code(text: &str) -> Result<Code, String> {
    text.parse().map_err(|()| "crm-rejected, crm-refused".to_owned())
}

impl Cli {
    /// Reads a command line; help and usage errors are in the given language.
    pub(crate) fn read(args: &[std::ffi::OsString], lang: Lang) -> Result<Cli, clap::Error> {
        let mut command = describe(Cli::command(), lang);
        let matches = command.try_get_matches_from_mut(args)?;
        Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    }

    /// The language flag, looked for before anything is understood, so that usage errors are in it too.
    pub(crate) fn peek_lang(args: &[std::ffi::OsString]) -> Option<Lang> {
        let texts: Vec<&str> = args.iter().filter_map(|arg| arg.to_str()).collect();
        let after = texts.windows(2).find(|two| two[0] == "--lang").map(|two| two[1]);
        after.or_else(|| texts.iter().find_map(|text| text.strip_prefix("--lang="))).and_then(Lang::of_locale)
    }
}

impl Global {
    /// What was typed, as far as it is the same for all commands.
    pub(crate) fn given(&self) -> Given {
        Given {
            config: self.config.clone(),
            profile: self.profile.clone(),
            lang: self.lang,
            state: self.state.clone(),
            ..Given::default()
        }
    }
}

impl SendArgs {
    /// Adds what was typed about sending.
    pub(crate) fn add_to(&self, given: Given) -> Given {
        Given {
            rate: self.rate,
            burst: self.burst,
            concurrency: self.concurrency,
            timeout: self.timeout,
            max_attempts: self.max_attempts,
            patience: self.patience,
            reserve: self.reserve,
            resend_unknown: self.resend_unknown.then_some(true),
            token_file: self.token_file.clone(),
            operator: self.operator.clone(),
            ..given
        }
    }
}

impl TenantArgs {
    /// Adds what was typed about where to send.
    pub(crate) fn add_to(&self, given: Given) -> Given {
        Given {
            server: self.server.clone(),
            operation: self.operation.clone(),
            chunk_size: self.chunk_size,
            max_body: self.max_body,
            ..given
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_totals_are_read() {
        let total = "a = b=8.450.330,55".parse::<TotalArg>().unwrap();
        assert_eq!((total.name.as_str(), total.amount.to_string().as_str()), ("a = b", "8450330.55"));
        assert!(
            ["Saldo", "=5", "Saldo=", "Saldo=8.450"].iter().all(|text| text.parse::<TotalArg>().is_err())
        );
    }

    #[test]
    fn shares_of_rows_are_read() {
        assert_eq!("2%".parse::<MaxInvalid>().unwrap().of(150), 3);
        assert_eq!("7".parse::<MaxInvalid>().unwrap().of(150), 7);
        assert!("200%".parse::<MaxInvalid>().is_err() && "x".parse::<MaxInvalid>().is_err());
    }
}
