//! A server of made-up releases, on loopback.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};

use super::{ARCHIVE, PROGRAM, SUMS};
use crate::support::home::set_mode;
use crate::support::tools::{text, tool};

/// A server of releases on loopback. It stops when it is dropped.
pub(super) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    files: Mutex<BTreeMap<String, Answer>>,
    asked: Mutex<Vec<String>>,
    stopped: AtomicBool,
}

#[derive(Clone)]
pub(super) enum Answer {
    File(Vec<u8>),
    /// The connection ends in the middle.
    Half(Vec<u8>),
    /// Only the server's end is the end.
    Never,
}

impl Server {
    /// With the archive and its checksum.
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            shared: Arc::default(),
        };
        let shared = Arc::clone(&server.shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&shared);
                // A client that goes away is no error.
                std::thread::spawn(move || drop(shared.answer(stream.unwrap())));
            }
        });
        server.offer(ARCHIVE, &archive("aws-mfa", PROGRAM));
        server
    }

    /// Where the release is.
    pub(super) fn release(&self) -> String {
        format!("http://{}/releases/download/v1.2.3", self.address)
    }

    pub(super) fn set(&self, file: &str, answer: Answer) {
        let path = format!("/releases/download/v1.2.3/{file}");
        self.shared.files.lock().unwrap().insert(path, answer);
    }

    /// Has this file, and only its checksum.
    pub(super) fn offer(&self, file: &str, content: &[u8]) {
        self.set(file, Answer::File(content.to_vec()));
        let sum = Sha256::digest(content);
        let sum: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
        let other = "0".repeat(64);
        let sums = format!("{other}  aws-mfa.rb\n{sum}  {file}\n{other}  {file}.deb\n");
        self.set(SUMS, Answer::File(sums.into_bytes()));
    }

    pub(super) fn remove(&self, file: &str) {
        let mut files = self.shared.files.lock().unwrap();
        files.retain(|path, _| !path.ends_with(file));
    }

    /// The names of the files that were asked for.
    pub(super) fn asked(&self) -> Vec<String> {
        let asked = self.shared.asked.lock().unwrap();
        let name = |path: &String| path.rsplit('/').next().unwrap().to_owned();
        asked.iter().map(name).collect()
    }
}

impl Shared {
    fn answer(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut lines = BufReader::new(stream.try_clone()?).lines();
        let first = lines.next().unwrap_or(Ok(String::new()))?;
        while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
        let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
        let answer = self.files.lock().unwrap().get(&path).cloned();
        self.asked.lock().unwrap().push(path);
        let head = |status, length| {
            format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n")
        };
        match answer {
            None => write!(stream, "{}", head("404 Not Found", 0)),
            Some(Answer::File(content)) => {
                write!(stream, "{}", head("200 OK", content.len()))?;
                stream.write_all(&content)
            }
            Some(Answer::Half(content)) => {
                write!(stream, "{}", head("200 OK", content.len()))?;
                stream.write_all(&content[..content.len() / 2])
            }
            Some(Answer::Never) => {
                write!(stream, "{}", head("200 OK", 1000))?;
                // Until the client goes away.
                stream.read(&mut [0]).map(drop)
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        drop(TcpStream::connect(self.address));
    }
}

/// An archive with a file of this name, and another.
pub(super) fn archive(name: &str, content: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, content).unwrap();
    set_mode(&file, 0o755);
    std::fs::write(folder.path().join("README.md"), "").unwrap();
    let packed = folder.path().join("packed");
    let args = ["-czf", text(&packed), "-C", text(folder.path())];
    tool("tar", &[&args[..], &["README.md", name]].concat());
    std::fs::read(packed).unwrap()
}
