//! Where messages for people arrive: a webhook and a mail server on loopback, each with a book of what it took.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

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
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken = Arc::<Mutex<Vec<String>>>::default();
        let shared = Arc::clone(&taken);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if let Some(mail) = serve_mail(stream) {
                    shared.lock().unwrap().push(mail);
                }
            }
        });
        MailServer { port, taken }
    }

    /// The mails taken so far, with their headers.
    pub(crate) fn taken(&self) -> Vec<String> {
        self.taken.lock().unwrap().clone()
    }
}

fn serve_mail(mut stream: TcpStream) -> Option<String> {
    let reader = BufReader::new(stream.try_clone().ok()?);
    let (mut mail, mut in_data) = (String::new(), false);
    stream.write_all(b"220 prueba\r\n").ok()?;
    for line in reader.lines() {
        let line = line.ok()?;
        if in_data && line == "." {
            in_data = false;
            stream.write_all(b"250 ok\r\n").ok()?;
        } else if in_data {
            mail.push_str(&line);
            mail.push('\n');
        } else {
            let answer = match line.split(' ').next().unwrap_or_default() {
                "EHLO" => "250-prueba\r\n250 8BITMIME",
                "DATA" => "354 go on",
                "QUIT" => "221 bye",
                _ => "250 ok",
            };
            in_data = line == "DATA";
            stream.write_all(format!("{answer}\r\n").as_bytes()).ok()?;
            if line == "QUIT" {
                break;
            }
        }
    }
    (!mail.is_empty()).then_some(mail)
}
