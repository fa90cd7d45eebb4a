//! Through a real proxy, tinyproxy, with a password.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::home::Home;
use crate::support::long_term_section;
use crate::support::run::Outcome;
use crate::support::sts::LoopbackSts;

const PASSWORD: &str = "pass-word1";

/// A running tinyproxy, ended when it is dropped.
struct Proxy {
    process: Child,
    port: u16,
}

impl Proxy {
    /// Lets through what goes to `sts`, for `user` with the password.
    fn start(home: &Home, sts: &LoopbackSts) -> Self {
        let probe = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = probe.local_addr().unwrap().port();
        drop(probe);
        let config = home.path().join("tinyproxy.conf");
        let text = format!(
            "Port {port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 10\nAllow 127.0.0.1\nBasicAuth user {PASSWORD}\nConnectPort {}\n",
            sts.address().port()
        );
        std::fs::write(&config, text).unwrap();
        let process = Command::new("tinyproxy")
            .args(["-d", "-c", config.to_str().unwrap()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let proxy = Self { process, port };
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "tinyproxy doesn't start");
            std::thread::sleep(Duration::from_millis(20));
        }
        proxy
    }

    fn url(&self, password: &str) -> String {
        format!("http://user:{password}@127.0.0.1:{}", self.port)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn is_there() -> bool {
    let found = Command::new("tinyproxy").arg("-v").output().is_ok();
    let must_be = std::env::var_os("AWS_MFA_TEST_TOOLS").is_some();
    assert!(found || !must_be, "tinyproxy is missing");
    if !found {
        eprintln!("SKIPPED: tinyproxy is not installed");
    }
    found
}

#[test]
fn a_proxy_with_a_password() {
    if !is_there() {
        return;
    }
    let sts = LoopbackSts::start_with_tls();
    let home = Home::with(&long_term_section());
    let proxy = Proxy::start(&home, &sts);
    let bundle = home.path().join("bundle.pem");
    std::fs::write(&bundle, sts.certificate().unwrap()).unwrap();
    let run = |variables: &[(&str, &str)]| -> Outcome {
        let code = sts.code();
        let mut run = home.run(&sts, &["-v", "-f", "-p", "dev", "--token", &code]);
        for (name, value) in variables {
            run = run.env(name, value);
        }
        let outcome = run.run();
        assert!(!outcome.stderr.contains(PASSWORD), "{}", outcome.stderr);
        outcome
    };
    let url = proxy.url(PASSWORD);
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        run(&[(name, &url)]).exits(0);
    }
    // With authorities of one's own it is the same proxy.
    run(&[
        ("HTTPS_PROXY", &url),
        ("AWS_CA_BUNDLE", bundle.to_str().unwrap()),
    ])
    .exits(0);
    assert_eq!(sts.codes_received(), 4);
    let refused = run(&[("HTTPS_PROXY", &proxy.url("wrong"))]).exits(1);
    refused.says(&["no answer to GetCallerIdentity", "no code was used"]);
    let gone = "http://127.0.0.1:9";
    run(&[("HTTPS_PROXY", gone)]).exits(1);
    run(&[("HTTPS_PROXY", gone), ("NO_PROXY", "localhost")]).exits(0);
    assert_eq!(sts.codes_received(), 5);
}
