//! Servers and proxies that send no end of anything, or nothing: each run ends in time, needs
//! little memory, and sends no code twice.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::support::home::Home;
use crate::support::lab::Lab;
use crate::support::sts::{Fault, LoopbackSts};
use crate::support::{long_term_section, wait_until};

/// What a server says after a request: a beginning, then a part again and again.
#[derive(Clone, Copy)]
struct Talk {
    beginning: &'static str,
    again: &'static str,
    pause: Duration,
}

/// Some 16 MB a second.
const FAST: Duration = Duration::from_millis(2);
const SLOWLY: Duration = Duration::from_millis(200);
/// Address space for a run, in KiB: a fast server sends more before it is given up on.
const MEMORY: &str = "ulimit -v 150000 && exec \"$0\" \"$@\"";

/// A server that reads a request's head and talks. It stops when it is dropped.
struct Server {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
}

impl Server {
    fn start(talk: Talk) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            stopped: Arc::default(),
        };
        let stopped = Arc::clone(&server.stopped);
        std::thread::spawn(move || {
            while !stopped.load(Ordering::SeqCst) {
                if let Ok((stream, _)) = listener.accept() {
                    let stopped = Arc::clone(&stopped);
                    std::thread::spawn(move || talk.to(stream, &stopped));
                }
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
    }
}

impl Talk {
    fn to(self, mut stream: TcpStream, stopped: &AtomicBool) {
        stream.set_nonblocking(false).unwrap();
        let wait = Some(Duration::from_millis(500));
        stream.set_read_timeout(wait).unwrap();
        stream.set_write_timeout(wait).unwrap();
        let _ = stream.read(&mut vec![0; 65_536]);
        let part = if self.pause == FAST {
            self.again.repeat(32_768 / self.again.len())
        } else {
            self.again.to_owned()
        };
        let mut text = self.beginning;
        while !stopped.load(Ordering::SeqCst) {
            match stream.write(text.as_bytes()) {
                Ok(_) => {}
                // Nobody reads just now, or ever again.
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => return,
            }
            text = &part;
            std::thread::sleep(self.pause);
        }
    }
}

/// Lets each of these talk, as a server and as a proxy, all at once.
fn each_is_given_up_on(talks: &[Talk]) {
    std::thread::scope(|scope| {
        for &talk in talks {
            for is_proxy in [false, true] {
                scope.spawn(move || is_given_up_on(talk, is_proxy));
            }
        }
    });
}

#[track_caller]
fn is_given_up_on(talk: Talk, is_proxy: bool) {
    let server = Server::start(talk);
    let home = Home::with(&long_term_section());
    let url = format!("http://{}", server.address);
    let run = home.run_offline(&["-p", "dev", "--token", "123456"]);
    let run = if is_proxy {
        let tls = LoopbackSts::start_with_tls();
        let trusted = home.write("trusted.pem", tls.certificate().unwrap());
        let run = run.env("SSL_CERT_FILE", &trusted);
        let run = run.env("AWS_ENDPOINT_URL_STS", "https://sts.example");
        run.env("HTTPS_PROXY", &url)
    } else {
        run.env("AWS_ENDPOINT_URL_STS", &url)
    };
    let start = Instant::now();
    let outcome = run.under("sh", &["-c", MEMORY]).run().exits(1);
    let took = start.elapsed();
    let what = format!("{}, as a proxy: {is_proxy}", talk.beginning);
    assert!(took < Duration::from_secs(75), "{what}: {took:?}");
    outcome
        .says(&["GetCallerIdentity", "hint: "])
        .never_says("may have been used");
}

#[test]
fn no_end_of_headers_bodies_and_rubbish() {
    let line =
        "x: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n";
    each_is_given_up_on(
        &[
            ("HTTP/1.1 200 OK\r\n", line),
            (
                "HTTP/1.1 200 OK\r\nx: ",
                "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
            ),
            ("HTTP/1.1 200 OK\r\n\r\n", line),
            (
                "HTTP/1.1 407 No\r\ncontent-length: 99999999999\r\n\r\n",
                line,
            ),
            ("", "HTTP/1.1 100 Continue\r\n\r\n"),
            ("", "rubbish"),
            ("\r\n", "\r\n"),
            (
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
                "1\r\nx\r\n",
            ),
        ]
        .map(|(beginning, again)| Talk {
            beginning,
            again,
            pause: FAST,
        }),
    );
}

#[test]
fn slow_bytes() {
    each_is_given_up_on(
        &[
            ("HTTP/1.1 200 OK\r\n", "x: y\r\n"),
            ("HTTP/1.1 200 OK\r\n\r\n", "x"),
            ("H", ""),
        ]
        .map(|(beginning, again)| Talk {
            beginning,
            again,
            pause: SLOWLY,
        }),
    );
}

/// The code goes out once, or not at all, whenever a connection is lost.
#[test]
fn no_code_arrives_twice_where_connections_are_dropped() {
    std::thread::scope(|scope| {
        for lane in 0..8 {
            scope.spawn(move || {
                let lab = Lab::new();
                for run in 0..5 {
                    if run % 2 == 0 {
                        lab.sts.misbehave("GetSessionToken", Fault::Drop);
                    } else {
                        lab.sts.misbehave("GetSessionToken", Fault::NoAnswer);
                    }
                    let done = AtomicBool::new(false);
                    std::thread::scope(|scope| {
                        if run % 2 == 1 {
                            // In the middle of the request that carries the code, and around it.
                            let (lab, done) = (&lab, &done);
                            scope.spawn(move || {
                                let before = lab.sts.codes_received();
                                wait_until("the code arrives", || {
                                    lab.sts.codes_received() > before || done.load(Ordering::SeqCst)
                                });
                                std::thread::sleep(Duration::from_millis(lane * 3));
                                lab.sts.hang_up();
                            });
                        }
                        let outcome = lab.refresh(&[]).run().exits(1);
                        done.store(true, Ordering::SeqCst);
                        outcome.says(&["the code may have been used"]);
                    });
                }
                let received = lab.sts.received();
                let mut codes: Vec<_> = received.iter().filter_map(|one| one.code()).collect();
                assert_eq!(codes.len(), 5);
                codes.sort_unstable();
                codes.dedup();
                assert_eq!(codes.len(), 5);
                assert_eq!(lab.credentials(), long_term_section());
            });
        }
    });
}
