//! Certificates of an authority that only a test trusts, and connections by them.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What is encrypted over a connection.
pub(crate) type TlsStream = StreamOwned<ServerConnection, TcpStream>;

/// An authority of the test's own.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        // Two authorities of one name would be taken for each other, and only their signatures told apart.
        params.distinguished_name.push(DnType::CommonName, format!("{:016x}", rand::random::<u64>()));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Authority(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Writes its certificate, as those who trust it have it.
    pub(crate) fn write(&self, path: &Path) {
        std::fs::write(path, self.0.pem()).unwrap();
    }

    /// How a server of this name speaks, whose certificate ended with this year where one is said.
    pub(crate) fn server(&self, name: &str, ended: Option<i32>) -> Arc<ServerConfig> {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        if let Some(year) = ended {
            (params.not_before, params.not_after) = (date_time_ymd(year, 1, 1), date_time_ymd(year, 12, 31));
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.unwrap().with_no_client_auth();
        Arc::new(builder.with_single_cert(vec![certificate.der().clone()], key).unwrap())
    }
}

/// The other side of a connection, in the open no longer.
pub(crate) fn encrypted(stream: TcpStream, config: &Arc<ServerConfig>) -> TlsStream {
    StreamOwned::new(ServerConnection::new(Arc::clone(config)).unwrap(), stream)
}

/// A server that passes what arrives encrypted on to another in the open, and what that answers back; one exchange after
/// the other. Gives its port.
pub(crate) fn before(address: &str, config: Arc<ServerConfig>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let address = address.to_owned();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let inner = TcpStream::connect(&address).unwrap();
            // Whoever does not trust the certificate leaves in the middle; that is no failure of the test.
            pass_on(encrypted(stream, &config), inner).ok();
        }
    });
    port
}

/// Passes requests and answers on in turn.
fn pass_on(mut outer: TlsStream, mut inner: TcpStream) -> std::io::Result<()> {
    while let Some(request) = read_whole(&mut outer)? {
        inner.write_all(&request)?;
        let Some(answer) = read_whole(&mut inner)? else { break };
        outer.write_all(&answer)?;
        outer.flush()?;
    }
    Ok(())
}

/// A message to the end that it announces; none where the other side has left.
fn read_whole(stream: &mut impl Read) -> std::io::Result<Option<Vec<u8>>> {
    let (mut bytes, mut block) = (Vec::new(), [0; 16 * 1024]);
    loop {
        if is_whole(&bytes) {
            return Ok(Some(bytes));
        }
        match stream.read(&mut block)? {
            0 => return Ok(None),
            read => bytes.extend_from_slice(&block[..read]),
        }
    }
}

fn is_whole(bytes: &[u8]) -> bool {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    bytes.len() >= end + 4 + length.unwrap_or(0)
}
