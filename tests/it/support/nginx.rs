//! An nginx of our own before a stand-in CRM, with a limit of requests: the most common of all limits.

use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::workdir::wait_until;

/// An nginx that lets 20 requests a second pass, and 5 more that come too soon; it ends when it is dropped.
pub(crate) struct Nginx {
    child: Child,
    port: u16,
    folder: PathBuf,
}

impl Nginx {
    /// Starts one in a folder of its own before a server; none where nginx is not installed.
    pub(crate) fn start(folder: &Path, server: &str) -> Option<Nginx> {
        let program = ["nginx", "/usr/sbin/nginx"].into_iter().find(|program| {
            Command::new(program)
                .arg("-v")
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success())
        })?;
        std::fs::create_dir_all(folder).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = folder.join("nginx.conf");
        std::fs::write(&config, configuration(folder, port, server)).unwrap();
        let child = Command::new(program)
            .arg("-p")
            .arg(folder)
            .arg("-c")
            .arg(&config)
            .stderr(File::create(folder.join("stderr")).unwrap())
            .spawn()
            .unwrap();
        wait_until(|| TcpStream::connect(("127.0.0.1", port)).is_ok());
        Some(Nginx { child, port, folder: folder.to_path_buf() })
    }

    /// The server, as cartera is told it.
    pub(crate) fn server(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Each request that was answered: the second it ended in, with three decimals, and the status.
    pub(crate) fn requests(&self) -> Vec<(f64, u16)> {
        let log = std::fs::read_to_string(self.folder.join("access.log")).unwrap();
        let line = |line: &str| {
            let (at, status) = line.split_once(' ').unwrap();
            (at.parse().unwrap(), status.parse().unwrap())
        };
        log.lines().map(line).collect()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// One process without a master, so that it ends with its own id; all that it writes is in its folder.
fn configuration(folder: &Path, port: u16, server: &str) -> String {
    let folder = folder.display();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("  {kind}_temp_path {folder}/{kind};\n"))
        .concat();
    format!(
        "daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log {folder}/error.log;\n\
         events {{ worker_connections 64; }}\n\
         http {{\n{temporary}  log_format line '$msec $status';\n  access_log {folder}/access.log line;\n\
           limit_req_zone $server_name zone=calls:1m rate=20r/s;\n  limit_req_status 429;\n\
           server {{\n    listen 127.0.0.1:{port};\n    limit_req zone=calls burst=5 nodelay;\n\
             location / {{ proxy_pass {server}; }}\n  }}\n}}\n"
    )
}
