//! Through a real proxy, tinyproxy, with a password.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use crate::support::lab::Lab;
use crate::support::run::Outcome;
use crate::support::tools::has;
use crate::support::wait_until;

const PASSWORD: &str = "pass-word1";

/// A running tinyproxy, ended when it is dropped.
struct Proxy {
    process: Child,
    port: u16,
}

impl Proxy {
    /// Lets through what goes to the lab's STS, for `user` with the password.
    fn start(lab: &Lab) -> Self {
        let probe = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = probe.local_addr().unwrap().port();
        drop(probe);
        let text = format!(
            "Port {port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 10\nAllow 127.0.0.1\n\
             BasicAuth user {PASSWORD}\nConnectPort {}\n",
            lab.sts.address().port()
        );
        let config = lab.home.write("tinyproxy.conf", &text);
        let process = Command::new("tinyproxy")
            .args(["-d", "-c", &config])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let proxy = Self { process, port };
        wait_until("tinyproxy starts", || {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
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

#[test]
fn a_proxy_with_a_password() {
    if !has(&["tinyproxy"]) {
        return;
    }
    let lab = Lab::with_tls();
    let proxy = Proxy::start(&lab);
    let bundle = lab.home.write("bundle.pem", lab.sts.certificate().unwrap());
    let run = |variables: &[(&str, &str)]| -> Outcome {
        let mut run = lab.refresh(&["-v", "-f"]);
        for (name, value) in variables {
            run = run.env(name, value);
        }
        run.run().never_says(PASSWORD)
    };
    let url = proxy.url(PASSWORD);
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        run(&[(name, &url)]).exits(0);
    }
    // With authorities of one's own it is the same proxy.
    run(&[("HTTPS_PROXY", &url), ("AWS_CA_BUNDLE", &bundle)]).exits(0);
    assert_eq!(lab.sts.codes_received(), 4);
    let refused = run(&[("HTTPS_PROXY", &proxy.url("wrong"))]).exits(1);
    refused.says(&["no answer to GetCallerIdentity", "no code was used"]);
    let gone = "http://127.0.0.1:9";
    run(&[("HTTPS_PROXY", gone)]).exits(1);
    run(&[("HTTPS_PROXY", gone), ("NO_PROXY", "localhost")]).exits(0);
    assert_eq!(lab.sts.codes_received(), 5);
}
