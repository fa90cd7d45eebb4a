//! A TCP relay on loopback: what goes through takes a round-trip time, as over a distance. It can
//! refuse, and it can lose what it carries. It stops when it is dropped.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

/// A running relay.
pub struct Relay {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    target: SocketAddr,
    round_trip: Duration,
    refusing: AtomicBool,
    stopped: AtomicBool,
    open: Mutex<Vec<Arc<Line>>>,
}

/// A connection through the relay.
struct Line {
    ends: [TcpStream; 2],
    frozen: AtomicBool,
}

impl Relay {
    /// Leads to `target`, a round trip of `round_trip` away: setting up the connection takes one,
    /// too.
    pub fn start(target: SocketAddr, round_trip: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            target,
            round_trip,
            refusing: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            open: Mutex::default(),
        });
        let relay = Self {
            address,
            shared: Arc::clone(&shared),
        };
        std::thread::spawn(move || shared.accept(&listener));
        relay
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on, or no more, new connections are closed at once.
    pub fn refuse(&self, refuse: bool) {
        self.shared.refusing.store(refuse, Ordering::SeqCst);
    }

    /// Loses all that is sent on the connections that are open now, as a network does that has
    /// forgotten them.
    pub fn freeze(&self) {
        for line in self.shared.open.lock().unwrap().iter() {
            line.frozen.store(true, Ordering::SeqCst);
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        drop(TcpStream::connect(self.address));
        for line in self.shared.open.lock().unwrap().iter() {
            for end in &line.ends {
                let _ = end.shutdown(Shutdown::Both);
            }
        }
    }
}

impl Shared {
    fn accept(&self, listener: &TcpListener) {
        for client in listener.incoming() {
            if self.stopped.load(Ordering::SeqCst) {
                return;
            }
            let Ok(client) = client else { continue };
            if self.refusing.load(Ordering::SeqCst) {
                continue;
            }
            let server = TcpStream::connect(self.target).unwrap();
            for end in [&client, &server] {
                end.set_nodelay(true).unwrap();
            }
            let line = Arc::new(Line {
                ends: [client, server],
                frozen: AtomicBool::new(false),
            });
            let one_way = self.round_trip / 2;
            // What the client sends first has waited for the connection.
            carry(&line, 0, one_way, self.round_trip);
            carry(&line, 1, one_way, Duration::ZERO);
            self.open.lock().unwrap().push(line);
        }
    }
}

/// Carries what comes in at one end to the other, `delay` later, the first of it after another
/// `setup`.
fn carry(line: &Arc<Line>, from: usize, delay: Duration, setup: Duration) {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    let begun = Instant::now() + setup;
    let source = Arc::clone(line);
    std::thread::spawn(move || {
        let mut buffer = vec![0; 65_536];
        loop {
            let read = (&source.ends[from]).read(&mut buffer).unwrap_or(0);
            let due = Instant::now().max(begun) + delay;
            let end = sender.send((due, buffer[..read].to_vec())).is_err();
            if end || read == 0 {
                return;
            }
        }
    });
    let line = Arc::clone(line);
    std::thread::spawn(move || {
        let mut end = &line.ends[1 - from];
        for (due, bytes) in receiver {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            if line.frozen.load(Ordering::SeqCst) {
                continue;
            }
            if bytes.is_empty() || end.write_all(&bytes).is_err() {
                let _ = end.shutdown(Shutdown::Write);
                return;
            }
        }
    });
}
