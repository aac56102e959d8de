//! Values that cannot be printed: the token, and what a server's address may hide.
//!
//! `Debug` and `Display` mask them, so that no log line, error or report can carry them by accident (law 9).
//! Only the place of HTTP asks a [`Token`] for its text.

use std::fmt;
use std::net::IpAddr;

use secrecy::{ExposeSecret as _, SecretString};

use crate::lang::Code;
use crate::problem::{Failure, Result};

/// A CRM token.
#[derive(Clone)]
pub struct Token(SecretString);

impl Token {
    /// A token of this text, without white space around it; nothing when that leaves nothing.
    pub fn new(text: &str) -> Option<Token> {
        let text = text.trim();
        (!text.is_empty()).then(|| Token(SecretString::from(text)))
    }

    /// A name for the token at a server, from which neither can be read: a keyed hash.
    pub fn fingerprint(&self, key: &[u8; 32], server: &str) -> String {
        let mut hasher = blake3::Hasher::new_keyed(key);
        hasher.update(server.as_bytes()).update(&[0]).update(self.expose().as_bytes());
        hasher.finalize().to_hex()[..16].to_owned()
    }

    /// The text, for the one header that carries it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(***)")
    }
}

/// The address of a server: scheme, host and port, and nothing that could hide a password.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerUrl {
    scheme: &'static str,
    authority: String,
}

impl ServerUrl {
    /// Reads a host, with or without a scheme, a port, or a path that somebody pasted along.
    ///
    /// # Errors
    /// `plain-http` for http to anything but loopback; `bad-setting` for what is no host.
    pub fn parse(text: &str) -> Result<ServerUrl> {
        let bad = || {
            Failure::new(Code::BadSetting)
                .with("place", "server")
                .with("value", text)
                .with("expected", "crm0001.wolkvox.com")
        };
        let (scheme, rest) = match text.trim().split_once("://") {
            Some(("https", rest)) => ("https", rest),
            Some(("http", rest)) => ("http", rest),
            Some(_) => return Err(bad()),
            None => ("https", text.trim()),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default().to_ascii_lowercase();
        let host = host_of(&authority);
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
        if host.is_empty() || !authority.chars().all(good) {
            return Err(bad());
        }
        let loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        if scheme == "http" && !loopback {
            return Err(Failure::new(Code::PlainHttp).with("value", &authority));
        }
        Ok(ServerUrl { scheme, authority })
    }

    /// The address of a path on the server.
    pub fn join(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.authority)
    }

    /// The name by which reports and the ledger know the server.
    pub fn name(&self) -> &str {
        &self.authority
    }
}

/// The address that messages are posted to. All but its host may be a secret and is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct HookUrl {
    server: ServerUrl,
    path: String,
}

impl HookUrl {
    /// Reads an address: https, or http to this machine.
    ///
    /// # Errors
    /// As [`ServerUrl::parse`].
    pub fn parse(text: &str) -> Result<HookUrl> {
        let server = ServerUrl::parse(text)?;
        let path = text.trim().split_once("://").map_or("", |(_, rest)| rest);
        let path = path.find('/').map_or("/", |at| &path[at..]);
        Ok(HookUrl { server, path: path.split('#').next().unwrap_or_default().to_owned() })
    }

    /// The whole address.
    pub fn expose(&self) -> String {
        self.server.join(&self.path)
    }
}

impl fmt::Debug for HookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/***", self.server.join(""))
    }
}

fn host_of(authority: &str) -> &str {
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split(']').next().unwrap_or_default();
    }
    authority.split(':').next().unwrap_or_default()
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.join(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_does_not_show() {
        let token = Token::new(" secreto-123 \n").unwrap();
        assert_eq!(format!("{token:?}"), "Token(***)");
        assert_eq!(token.expose(), "secreto-123");
        assert!(Token::new(" \n").is_none());
        let prints =
            [("a", 1), ("b", 1), ("a", 2)].map(|(server, key)| token.fingerprint(&[key; 32], server));
        assert!(prints[0] != prints[1] && prints[0] != prints[2] && prints[0].len() == 16);
    }

    #[test]
    fn servers_are_read_as_people_paste_them() {
        for (text, url) in [
            ("crm0001.wolkvox.com", Ok("https://crm0001.wolkvox.com/x")),
            ("https://CRM0001.wolkvox.com/login?a=b", Ok("https://crm0001.wolkvox.com/x")),
            ("http://127.0.0.1:8080", Ok("http://127.0.0.1:8080/x")),
            ("http://[::1]:8080/", Ok("http://[::1]:8080/x")),
            ("http://localhost", Ok("http://localhost/x")),
            ("http://crm.wolkvox.com", Err(Code::PlainHttp)),
            ("http://localhost.evil.com", Err(Code::PlainHttp)),
            ("ftp://x", Err(Code::BadSetting)),
            ("user:pass@host", Err(Code::BadSetting)),
            ("", Err(Code::BadSetting)),
        ] {
            let read = ServerUrl::parse(text).map(|server| server.join("/x")).map_err(|failure| failure.code);
            assert_eq!(read.as_deref().map_err(|code| *code), url, "{text}");
        }
    }
}
