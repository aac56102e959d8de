//! Where messages for people arrive: a webhook and a mail server on loopback, each with a book of what it took.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use rustls::ServerConfig;
use serde_json::Value;

use super::tls::encrypted;

/// A webhook; it takes none of the first few messages.
pub(crate) struct HookServer {
    address: String,
    taken: Arc<Mutex<Vec<Value>>>,
}

impl HookServer {
    pub(crate) fn start(refused: u32) -> HookServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let taken = Arc::<Mutex<Vec<Value>>>::default();
        let (mut left, shared) = (refused, Arc::clone(&taken));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let is_closed = left > 0;
                left = left.saturating_sub(1);
                if let Some(json) = serve_hook(stream, is_closed)
                    && !is_closed
                {
                    shared.lock().unwrap().push(json);
                }
            }
        });

        HookServer { address, taken }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/aviso/secreto-del-canal", self.address)
    }

    /// The messages taken so far.
    pub(crate) fn taken(&self) -> Vec<Value> {
        self.taken.lock().unwrap().clone()
    }
}

fn serve_hook(mut stream: TcpStream, is_closed: bool) -> Option<Value> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let (mut length, mut line) = (0, String::new());
    while reader.read_line(&mut line).ok()? > 2 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let status = if is_closed { "503 Service Unavailable" } else { "200 OK" };
    write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").ok()?;
    serde_json::from_slice(&body).ok()
}

/// A mail server that takes everything.
pub(crate) struct MailServer {
    pub(crate) port: u16,
    taken: Arc<Mutex<Vec<String>>>,
}

impl MailServer {
    pub(crate) fn start() -> MailServer {
        MailServer::start_by(Encryption::None)
    }

    /// A server that takes mail only over an encrypted connection, or none.
    pub(crate) fn start_by(encryption: Encryption) -> MailServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken = Arc::<Mutex<Vec<String>>>::default();
        let shared = Arc::clone(&taken);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mail = match &encryption {
                    Encryption::None => serve_mail(BufReader::new(stream), true),
                    Encryption::First(config) => serve_mail(BufReader::new(encrypted(stream, config)), true),
                    Encryption::Later(config) => serve_until_tls(stream, config),
                };
                shared.lock().unwrap().extend(mail);
            }
        });
        MailServer { port, taken }
    }

    /// The mails taken so far, with their headers.
    pub(crate) fn taken(&self) -> Vec<String> {
        self.taken.lock().unwrap().clone()
    }
}

/// How a mail server's connections are encrypted.
pub(crate) enum Encryption {
    /// Not at all.
    None,
    /// From the first byte.
    First(Arc<ServerConfig>),
    /// After a word in the open.
    Later(Arc<ServerConfig>),
}

/// Speaks in the open until it is asked to encrypt; what is said before is kept, so that a test sees it.
fn serve_until_tls(mut stream: TcpStream, config: &Arc<ServerConfig>) -> Option<String> {
    stream.write_all(b"220 prueba\r\n").ok()?;
    let (mut said, mut byte) = (String::new(), [0]);
    loop {
        stream.read_exact(&mut byte).ok()?;
        said.push(char::from(byte[0]));
        if said.ends_with("STARTTLS\r\n") {
            stream.write_all(b"220 go on\r\n").ok()?;
            let mail = serve_mail(BufReader::new(encrypted(stream, config)), false)?;
            return Some(format!("{said}{mail}"));
        }
        if said.ends_with("\r\n") {
            stream.write_all(b"250-prueba\r\n250 STARTTLS\r\n").ok()?;
        }
    }
}

/// Speaks SMTP with one client and gives its mail.
fn serve_mail<S: Read + Write>(mut stream: BufReader<S>, greets: bool) -> Option<String> {
    let (mut mail, mut in_data, mut line) = (String::new(), false, String::new());
    if greets {
        stream.get_mut().write_all(b"220 prueba\r\n").ok()?;
    }
    while stream.read_line(&mut line).ok()? > 0 {
        let said = line.trim_end_matches(['\r', '\n']).to_owned();
        line.clear();
        if in_data && said != "." {
            mail.push_str(&said);
            mail.push('\n');
            continue;
        }
        let answer = match said.split(' ').next().unwrap_or_default() {
            "EHLO" => "250-prueba\r\n250 8BITMIME",
            "DATA" => "354 go on",
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        in_data = said == "DATA";
        stream.get_mut().write_all(format!("{answer}\r\n").as_bytes()).ok()?;
        if said == "QUIT" {
            break;
        }
    }
    (!mail.is_empty()).then_some(mail)
}
