//! The one place of mail, and the channels by which messages leave.
//!
//! A mail is plain text and, where that was asked for, the files of the report. TLS is the same as for the CRM, and may
//! trust an authority of one's own besides, as servers inside a company have; only a server on this machine is spoken to in the open. The password is read for each mail and kept nowhere.

use std::io;
use std::path::Path;
use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use super::notify::{Channels, MAIL, Mail, Message, Security, WEBHOOK};
use super::outbox::Post;
use crate::upload::wire::Hook;

/// How long a channel may take for one message.
const WITHIN: Duration = Duration::from_secs(15);
/// The most bytes of files that are attached to a mail; most servers refuse twice as much.
const ATTACHED_MAX: u64 = 10 << 20;

/// How a certificate begins in a file of certificates (PEM).
const BEGINS: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// The channels of a configuration.
pub struct Channel {
    channels: Channels,
    hook: Option<Hook>,
}

impl Channel {
    /// Prepares the channels; nothing is sent.
    ///
    /// # Errors
    /// `internal` when TLS cannot be set up.
    pub fn open(channels: &Channels) -> crate::problem::Result<Channel> {
        let hook = channels.webhook.clone().map(|url| Hook::new(url, WITHIN)).transpose()?;
        Ok(Channel { channels: channels.clone(), hook })
    }
}

impl Post for Channel {
    async fn send(&self, channel: &str, message: &Message) -> Result<(), String> {
        match (channel, &self.hook, &self.channels.mail) {
            (WEBHOOK, Some(hook), _) => {
                let json = serde_json::to_string(message).map_err(|error| error.to_string())?;
                hook.post(&message.id, json).await
            }
            (MAIL, _, Some(mail)) => {
                let sending = tokio::time::timeout(WITHIN * 2, mail.send(message));
                sending.await.map_err(|_elapsed| "timeout".to_owned())?
            }
            _ => Err(format!("{channel} is no longer configured")),
        }
    }
}

impl Mail {
    async fn send(&self, message: &Message) -> Result<(), String> {
        let mail = self.compose(message)?;
        // What is dangerous about it, nothing being encrypted, is decided in the next line.
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&self.server).tls(self.tls()?);
        let mut builder = builder.port(self.port).timeout(Some(WITHIN));
        if let (Some(user), Some(file)) = (&self.user, &self.password_file) {
            let password =
                std::fs::read_to_string(file).map_err(|error| format!("password_file: {error}"))?;
            builder = builder.credentials(Credentials::new(user.clone(), password.trim().to_owned()));
        }
        builder.build().send(mail).await.map(|_| ()).map_err(|error| error.to_string())
    }

    /// How the connection is encrypted: by what the system trusts and, where one is named, an authority of one's own.
    fn tls(&self) -> Result<Tls, String> {
        let secured = match self.security {
            Security::None => return Ok(Tls::None),
            Security::Tls => Tls::Wrapper,
            Security::Starttls => Tls::Required,
        };
        let mut parameters = TlsParameters::builder(self.server.clone());
        for authority in self.ca_file.iter().map(|path| authority_in(path)) {
            parameters =
                parameters.add_root_certificate(authority.map_err(|error| format!("ca_file: {error}"))?);
        }
        parameters.build_rustls().map(secured).map_err(|error| error.to_string())
    }

    fn compose(&self, message: &Message) -> Result<lettre::Message, String> {
        let address = |text: &str| text.parse::<Mailbox>().map_err(|error| format!("{text}: {error}"));
        let domain =
            self.from.rsplit_once('@').map_or("localhost", |(_, domain)| domain.trim_end_matches('>'));
        let mut builder = lettre::Message::builder()
            .from(address(&self.from)?)
            .subject(format!("cartera: {}", message.text))
            // The same for the same event: a mail server that gets it twice can tell.
            .message_id(Some(format!("<{}@{domain}>", message.id)));
        for to in &self.to {
            builder = builder.to(address(to)?);
        }
        let text = SinglePart::plain(body(message));
        let mut parts = MultiPart::mixed().singlepart(text);
        if self.attaches_report {
            for (name, bytes) in report_files(message) {
                let kind =
                    ContentType::parse("application/octet-stream").map_err(|error| error.to_string())?;
                parts = parts.singlepart(Attachment::new(name).body(bytes, kind));
            }
        }
        builder.multipart(parts).map_err(|error| error.to_string())
    }
}

/// The certificates in a file.
///
/// # Errors
/// When the file cannot be read or holds no certificate.
pub fn authority_in(path: &Path) -> io::Result<Certificate> {
    let pem = std::fs::read(path)?;
    let none = || io::Error::from(io::ErrorKind::InvalidData);
    let is_there = pem.windows(BEGINS.len()).any(|part| part == BEGINS);
    Certificate::from_pem(&pem).ok().filter(|_| is_there).ok_or_else(none)
}

/// The message as lines that a person reads.
fn body(message: &Message) -> String {
    let folder = message.folder.as_ref().map(|folder| folder.display().to_string());
    let lines = [Some(message.text.clone()), folder, message.next.clone()];
    let mut text = lines.into_iter().flatten().collect::<Vec<_>>().join("\n\n");
    text.push('\n');
    text
}

/// The files of the report, the smallest first, as far as a mail can hold them.
fn report_files(message: &Message) -> Vec<(String, Vec<u8>)> {
    let report = message.folder.iter().flat_map(|folder| std::fs::read_dir(folder.join("report")));
    let mut files: Vec<_> = report
        .flatten()
        .flatten()
        .filter_map(|file| Some((file.metadata().ok().filter(std::fs::Metadata::is_file)?.len(), file)))
        .collect();
    files.sort_by_key(|(bytes, file)| (*bytes, file.file_name()));
    let mut left = ATTACHED_MAX;
    let fits = files.into_iter().filter(|(bytes, _)| {
        let fits = *bytes <= left;
        left = left.saturating_sub(*bytes);
        fits
    });
    fits.filter_map(|(_, file)| {
        Some((file.file_name().to_string_lossy().into_owned(), std::fs::read(file.path()).ok()?))
    })
    .collect()
}
