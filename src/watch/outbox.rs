//! Messages that are on their way: each is a file until every channel has taken it, and is sent once.
//!
//! A message is written down before the event that it tells of is closed, under a name that is the event's own, so
//! that what is done again after a crash tells nobody twice. A channel that does not take it is tried again, ever
//! more slowly, for a day; after that the message stays under `given-up`, and the log says so.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

use super::notify::Message;
use crate::draft;
use crate::platform;

/// How long a message is offered to a channel.
const OFFERED: Duration = Duration::from_hours(24);
/// The first wait after a channel has not taken a message; each further one is twice as long, up to an hour.
const FIRST_WAIT: Duration = Duration::from_mins(1);
const LONGEST_WAIT: Duration = Duration::from_hours(1);
/// How long it is remembered that a message was sent.
const REMEMBERED_DAYS: i64 = 60;
/// The most messages that are offered in one round.
const AT_ONCE: usize = 20;

const WAITING: &str = "waiting";
const SENT: &str = "sent";
const GIVEN_UP: &str = "given-up";

/// A message and what became of it so far.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Letter {
    channel: String,
    message: Message,
    tries: u32,
    not_before: Timestamp,
    until: Timestamp,
}

/// A channel that messages are sent by.
pub trait Post {
    /// Sends a message by a channel.
    ///
    /// # Errors
    /// Why it was not taken.
    fn send(&self, channel: &str, message: &Message) -> impl Future<Output = Result<(), String>> + Send;
}

/// The folder of the messages.
#[derive(Debug, Clone)]
pub struct Outbox {
    folder: PathBuf,
}

impl Outbox {
    /// Opens the outbox in a folder, and makes it where there is none.
    ///
    /// # Errors
    /// When the folders cannot be made.
    pub fn open(folder: PathBuf) -> io::Result<Outbox> {
        for name in [WAITING, SENT, GIVEN_UP] {
            platform::private_folder().create(folder.join(name))?;
        }
        Ok(Outbox { folder })
    }

    /// Writes a message down for some channels; what was written down before is left as it is.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&self, message: &Message, channels: &[&str], now: Timestamp) -> io::Result<()> {
        for channel in channels {
            let name = format!("{}--{channel}.json", message.id);
            if [WAITING, SENT, GIVEN_UP].iter().any(|state| self.folder.join(state).join(&name).exists()) {
                continue;
            }
            let until = now.checked_add(OFFERED).unwrap_or(Timestamp::MAX);
            let letter = Letter {
                channel: (*channel).to_owned(),
                message: message.clone(),
                tries: 0,
                not_before: now,
                until,
            };
            self.write(&name, &letter)?;
        }
        Ok(())
    }

    /// Offers what waits to its channels. A channel that has not taken one message is offered no other in this round.
    ///
    /// # Errors
    /// When the outbox itself cannot be read or written.
    pub async fn send(&self, post: &impl Post, now: Timestamp) -> io::Result<()> {
        let mut silent = BTreeSet::new();
        for name in self.names(WAITING)?.into_iter().take(AT_ONCE) {
            let path = self.folder.join(WAITING).join(&name);
            let Ok(mut letter) = serde_json::from_slice::<Letter>(&std::fs::read(&path)?) else {
                // Half a message is nobody's; its event is in the log.
                tracing::error!(message = name, "a message in the outbox is damaged and was set aside");
                std::fs::rename(&path, self.folder.join(GIVEN_UP).join(&name))?;
                continue;
            };
            if letter.not_before > now || silent.contains(&letter.channel) {
                continue;
            }
            match post.send(&letter.channel, &letter.message).await {
                Ok(()) => {
                    std::fs::rename(&path, self.folder.join(SENT).join(&name))?;
                    tracing::info!(message = letter.message.id, channel = letter.channel, "message sent");
                }
                Err(reason) => {
                    silent.insert(letter.channel.clone());
                    letter.tries += 1;
                    let wait = FIRST_WAIT.saturating_mul(1 << letter.tries.clamp(1, 10).saturating_sub(1));
                    letter.not_before = now.checked_add(wait.min(LONGEST_WAIT)).unwrap_or(Timestamp::MAX);
                    let (id, channel, tries) = (&letter.message.id, &letter.channel, letter.tries);
                    if letter.not_before > letter.until {
                        tracing::error!(message = id, channel, tries, reason, "message given up");
                        std::fs::rename(&path, self.folder.join(GIVEN_UP).join(&name))?;
                    } else {
                        tracing::warn!(
                            message = id,
                            channel,
                            tries,
                            reason,
                            "message not taken; tried again later"
                        );
                        self.write(&name, &letter)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// How many messages wait.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub fn waiting(&self) -> io::Result<usize> {
        Ok(self.names(WAITING)?.len())
    }

    /// Forgets what was sent long ago.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub fn forget_old(&self, now: Timestamp) -> io::Result<()> {
        let oldest = now.checked_sub((REMEMBERED_DAYS * 24).hours()).unwrap_or(Timestamp::MIN);
        for name in self.names(SENT)? {
            let path = self.folder.join(SENT).join(name);
            let at = serde_json::from_slice::<Letter>(&std::fs::read(&path)?).map(|letter| letter.message.at);
            if at.map_or(true, |at| at < oldest) {
                std::fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// The letters in a state, in the order of their names.
    fn names(&self, state: &str) -> io::Result<Vec<String>> {
        let listed = std::fs::read_dir(self.folder.join(state))?;
        let mut names: Vec<String> = listed
            .filter_map(|file| file.ok()?.file_name().into_string().ok())
            .filter(|name| Path::new(name).extension().is_some_and(|ending| ending == "json"))
            .collect();
        names.sort();
        Ok(names)
    }

    fn write(&self, name: &str, letter: &Letter) -> io::Result<()> {
        draft::write_whole(&self.folder.join(WAITING).join(name), &serde_json::to_vec(letter)?)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::super::notify::{MAIL, On, WEBHOOK};
    use super::*;

    /// Takes messages by all channels but one.
    struct Shy {
        refuses: &'static str,
        taken: Mutex<Vec<String>>,
        offered: Mutex<u32>,
    }

    impl Post for Shy {
        async fn send(&self, channel: &str, message: &Message) -> Result<(), String> {
            *self.offered.lock().unwrap() += 1;
            if channel == self.refuses {
                return Err("closed".to_owned());
            }
            self.taken.lock().unwrap().push(format!("{} {channel}", message.id));
            Ok(())
        }
    }

    fn message(id: &str, at: Timestamp) -> Message {
        let (kind, watch, text) = (On::Done, "a".to_owned(), "hola".to_owned());
        let (file, status, code, folder, next) = (None, None, None, None, None);
        let rows = serde_json::Value::Null;
        Message {
            id: id.to_owned(),
            kind,
            watch,
            file,
            run: None,
            status,
            exit: None,
            code,
            rows,
            folder,
            next,
            at,
            text,
        }
    }

    #[tokio::test]
    async fn each_message_is_sent_once_by_each_channel() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::open(folder.path().join("o")).unwrap();
        let mut now: Timestamp = "2026-11-20T03:00:00Z".parse().unwrap();
        for _ in 0..3 {
            outbox.add(&message("m1", now), &[WEBHOOK, MAIL], now).unwrap();
        }
        let shy = Shy { refuses: MAIL, taken: Mutex::default(), offered: Mutex::default() };
        for _ in 0..3 {
            outbox.send(&shy, now).await.unwrap();
        }
        assert_eq!(
            (&*shy.taken.lock().unwrap(), *shy.offered.lock().unwrap()),
            (&vec!["m1 webhook".to_owned()], 2)
        );
        let open = Shy { refuses: "", taken: Mutex::default(), offered: Mutex::default() };
        now += 2.minutes();
        outbox.send(&open, now).await.unwrap();
        outbox.add(&message("m1", now), &[WEBHOOK, MAIL], now).unwrap();
        outbox.send(&open, now).await.unwrap();
        assert_eq!(*open.taken.lock().unwrap(), ["m1 mail"]);
        assert_eq!(outbox.waiting().unwrap(), 0);
        outbox.forget_old(now + 2000.hours()).unwrap();
        assert_eq!(outbox.names(SENT).unwrap().len(), 0);
    }

    #[tokio::test]
    async fn a_channel_that_never_answers_is_offered_a_bounded_number_of_times() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::open(folder.path().join("o")).unwrap();
        let start: Timestamp = "2026-11-20T03:00:00Z".parse().unwrap();
        outbox.add(&message("m1", start), &[MAIL], start).unwrap();
        outbox.add(&message("m2", start), &[MAIL], start).unwrap();
        let shy = Shy { refuses: MAIL, taken: Mutex::default(), offered: Mutex::default() };
        for minutes in 0..3 * 24 * 60 {
            outbox.send(&shy, start + minutes.minutes()).await.unwrap();
        }
        let offered = *shy.offered.lock().unwrap();
        assert!((40..=70).contains(&offered), "{offered}");
        assert_eq!((outbox.waiting().unwrap(), outbox.names(GIVEN_UP).unwrap().len()), (0, 2));
    }
}
