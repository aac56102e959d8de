//! What people are told, and by which channels.
//!
//! A message holds names of files and folders, counts, codes and the next command: never a value out of a file, never
//! a token. What the program said of the file in full stays beside it.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::lang::{Lang, Say};
use crate::secret::HookUrl;

/// On what occasion people are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum On {
    /// A file or a watch needs a person.
    NeedsAttention,
    /// A file came to its end and needs nobody.
    Done,
    /// A file that was awaited did not come.
    Silence,
}

impl On {
    /// Every occasion.
    pub const ALL: [On; 3] = [On::NeedsAttention, On::Done, On::Silence];
    /// Those that are meant where none is named.
    pub const USUAL: [On; 2] = [On::NeedsAttention, On::Silence];

    /// Its name in the configuration and in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            On::NeedsAttention => "needs-attention",
            On::Done => "done",
            On::Silence => "silence",
        }
    }

    /// The occasion of a name.
    pub fn of_name(name: &str) -> Option<On> {
        On::ALL.into_iter().find(|on| on.as_str() == name)
    }
}

/// Whom to tell, and when.
#[derive(Debug, Clone, Default)]
pub struct Channels {
    /// On which occasions.
    pub on: Vec<On>,
    /// Where a JSON object is posted.
    pub webhook: Option<HookUrl>,
    /// Where a mail is sent.
    pub mail: Option<Mail>,
}

impl Channels {
    /// The channels that there are, by their names.
    pub fn names(&self) -> Vec<&'static str> {
        let webhook = self.webhook.as_ref().map(|_| WEBHOOK);
        webhook.into_iter().chain(self.mail.as_ref().map(|_| MAIL)).collect()
    }
}

/// Name of the channel that posts JSON.
pub const WEBHOOK: &str = "webhook";
/// Name of the channel that sends mail.
pub const MAIL: &str = "mail";

/// How a mail server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte.
    Tls,
    /// TLS before anything is said.
    Starttls,
    /// In the open, to this machine alone.
    None,
}

impl Security {
    /// The security of a name.
    pub fn of_name(name: &str) -> Option<Security> {
        match name {
            "tls" => Some(Security::Tls),
            "starttls" => Some(Security::Starttls),
            "none" => Some(Security::None),
            _ => None,
        }
    }

    /// The port that usually goes with it.
    pub fn port(self) -> u16 {
        match self {
            Security::Tls => 465,
            Security::Starttls => 587,
            Security::None => 25,
        }
    }
}

/// A mail server and who gets mail.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Its name.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// How it is spoken to.
    pub security: Security,
    /// Who signs in, where the server wants that.
    pub user: Option<String>,
    /// The file with the password and nothing else.
    pub password_file: Option<PathBuf>,
    /// The file with the certificate of an authority that is trusted besides those of the system.
    pub ca_file: Option<PathBuf>,
    /// The sender's address.
    pub from: String,
    /// The addresses of those who are told.
    pub to: Vec<String>,
    /// The files of the report are attached: they hold the rows that did not go in.
    pub attaches_report: bool,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The same for the same event however often it is sent.
    pub id: String,
    /// The occasion.
    pub kind: On,
    /// The watch's name.
    pub watch: String,
    /// The file's name; none for a silence.
    pub file: Option<String>,
    /// The run, where there is one.
    pub run: Option<i64>,
    /// `loaded`, `partial`, `held`…; none for a silence.
    pub status: Option<String>,
    /// The exit code of the load.
    pub exit: Option<u8>,
    /// The stable code of what stopped or refused it.
    pub code: Option<String>,
    /// The run's books in rows; null where nothing was read.
    pub rows: Value,
    /// The folder in which the file and its report are.
    pub folder: Option<PathBuf>,
    /// The command to run next.
    pub next: Option<String>,
    /// When it happened.
    pub at: Timestamp,
    /// All of it as a sentence.
    pub text: String,
}

/// What a load came to, as far as people are told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// The run.
    pub run: Option<i64>,
    /// Its status word.
    pub status: Option<String>,
    /// Its exit code.
    pub exit: Option<u8>,
    /// The stable code of what stopped or refused it.
    pub code: Option<String>,
    /// Its books in rows.
    pub rows: Value,
    /// The command to run next.
    pub next: Option<String>,
}

impl Ended {
    /// The facts of a load's JSON result that hold no value out of a file.
    pub fn of_result(result: &Value) -> Ended {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Ended {
            run: result["run"].as_i64(),
            status: text(&result["status"]),
            exit: result["exit"].as_u64().and_then(|exit| u8::try_from(exit).ok()),
            code: text(&result["error"]["code"]),
            rows: result["books"].clone(),
            next: text(&result["next"]),
        }
    }

    /// What happened, as the end of a sentence.
    pub fn reason(&self, lang: Lang) -> String {
        let rows = |state: &str| lang.count(self.rows[format!("rows_{state}")].as_u64().unwrap_or_default());
        let code = self.code.as_deref().unwrap_or("–");
        let run = self.run.map_or_else(|| "–".to_owned(), |run| run.to_string());
        let values = [
            ("code", code),
            ("run", &run),
            ("read", &rows("read")),
            ("loaded", &rows("loaded")),
            ("invalid", &rows("invalid")),
            ("rejected", &rows("rejected")),
            ("unknown", &rows("unknown")),
            ("unsent", &rows("unsent")),
        ];
        let say = match self.exit {
            Some(0) => Say::WatchLoaded,
            Some(1) => Say::WatchRefused,
            Some(3) => Say::WatchPartial,
            Some(4) => Say::WatchStopped,
            Some(5) => Say::WatchHeld,
            Some(7) => Say::WatchTokenRefused,
            Some(8) => Say::WatchUnwritable,
            _ => Say::WatchNoResult,
        };
        say.with(lang, &values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_told_holds_no_value_out_of_a_file() {
        let result = json!({
            "run": 7, "status": "partial", "exit": 3, "books": {"rows_read": 1200, "rows_invalid": 4, "rows_rejected": 1},
            "problems": [{"code": "bad-email", "example": "f.csv:3 «juan@»"}],
            "error": {"code": "too-many-invalid", "message": "«Juana Deudora»"}, "next": "cartera load x"
        });
        let ended = Ended::of_result(&result);
        let text = format!("{} {}", serde_json::to_string(&ended).unwrap(), ended.reason(Lang::Es));
        assert!(!text.contains("juan@") && !text.contains("Juana"), "{text}");
        assert!(ended.reason(Lang::Es).contains("1.200") && ended.reason(Lang::En).contains("1,200"));
    }

    #[test]
    fn every_end_has_words() {
        let said: std::collections::BTreeSet<String> =
            [Some(0), Some(1), Some(3), Some(4), Some(5), Some(7), Some(8), None]
                .into_iter()
                .map(|exit| Ended { exit, ..Ended::default() }.reason(Lang::Es))
                .collect();
        assert_eq!(said.len(), 8);
    }
}
