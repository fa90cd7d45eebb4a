//! Through a real proxy, tinyproxy, with a password, and what names no proxy.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use crate::support::home::Home;
use crate::support::lab::Lab;
use crate::support::run::Outcome;
use crate::support::sts::Tripwire;
use crate::support::tools::has;
use crate::support::{long_term_section, wait_until};

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

/// A proxy that answers each request for a tunnel with this, and counts those with a password.
fn answering_proxy(status: &'static str) -> (String, std::sync::mpsc::Receiver<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 2048];
            let length = stream.read(&mut request).unwrap_or_default();
            let request = String::from_utf8_lossy(&request[..length]).to_lowercase();
            let _ = sender.send(request.contains("proxy-authorization: basic "));
            let _ = stream.write_all(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes());
        }
    });
    (address.to_string(), receiver)
}

#[test]
fn a_failing_proxy_is_named_with_its_variable_and_status() {
    let lab = Lab::with_tls();
    for status in ["502 Bad Gateway", "403 Forbidden by policy", "503 "] {
        let (address, requests) = answering_proxy(status);
        let run = lab
            .refresh(&[])
            .env("https_proxy", &format!("http://user:pass-word1@{address}"));
        let words = format!(
            "caused by: the proxy http://{address} (from https_proxy) answered {}",
            status.trim()
        );
        run.run()
            .exits(1)
            .says(&[&words, "no code was used"])
            .never_says("word1");
        assert!(requests.try_iter().all(|has_password| has_password));
    }
    let run = lab.refresh(&[]).env("HTTPS_PROXY", "http://127.0.0.1:9");
    let words = "caused by: the proxy http://127.0.0.1:9 (from HTTPS_PROXY) cannot be reached";
    run.run().exits(1).says(&[words]);
    assert_eq!(lab.sts.codes_received(), 0);
}

/// Through a proxy, or not at all: never directly.
#[test]
fn a_variable_that_names_no_proxy_is_refused() {
    let lab = Lab::with_tls();
    for (name, value) in [
        ("HTTPS_PROXY", "http://user:pass word1@127.0.0.1:9"),
        ("HTTPS_PROXY", "http://user:pass-word1@x@127.0.0.1:9"),
        ("https_proxy", "nonsense://user:pass-word1@127.0.0.1:9"),
        ("ALL_PROXY", "http://user:pass-word1@127.0.0.1:99999"),
        ("all_proxy", "http://user:pass-word1@"),
        ("HTTPS_PROXY", "user:pass-word1@127.0.0.1:port"),
    ] {
        for extra in [("NO_PROXY", "other.example"), ("REQUEST_METHOD", "GET")] {
            let run = lab.refresh(&["-v"]).env(name, value).env(extra.0, extra.1);
            run.run()
                .exits(1)
                .says(&[&format!(
                    "{name}: not a proxy's URL; expected something like http://"
                )])
                .never_says("word1");
        }
        let run = lab.run(&["setup", "-p", "new"]).env(name, value);
        run.run().exits(1).says(&[name]).never_says("word1");
    }
    assert_eq!(lab.sts.connections(), 0);
}

/// The HTTP client knows no SOCKS.
#[test]
fn a_socks_proxy_is_refused_where_it_would_be_used() {
    let lab = Lab::with_tls();
    let refresh = || {
        let run = lab.refresh(&["-f"]);
        run.env("ALL_PROXY", "socks5h://user:pass-word1@127.0.0.1:9")
    };
    refresh()
        .run()
        .exits(1)
        .says(&["ALL_PROXY: a SOCKS proxy can't be used"])
        .never_says(PASSWORD);
    assert_eq!(lab.sts.connections(), 0);
    refresh().env("NO_PROXY", "localhost").run().exits(0);
    let gone = "http://127.0.0.1:9";
    refresh().env("HTTPS_PROXY", gone).run().exits(1);
    assert_eq!(lab.sts.codes_received(), 1);
    let plain = Lab::new();
    let run = plain.refresh(&[]).env("ALL_PROXY", "socks5://127.0.0.1:9");
    run.run().exits(0);
}

/// No guess: FIPS, dual stack and other parts of AWS have other hosts.
#[test]
fn a_socks_proxy_is_refused_unless_the_very_host_is_an_exception() {
    // A hardware token can be anywhere.
    let home = Home::with(&long_term_section());
    let run = |exceptions, region, switch| {
        let run = home.refresh_offline(&[]).without_endpoints();
        let run = run.env("AWS_REGION", region).env(switch, "true");
        let run = run.env("MFA_DEVICE", "GAHT12345678");
        let run = run.env("NO_PROXY", exceptions);
        run.env("ALL_PROXY", "socks5://127.0.0.1:9").run().exits(1)
    };
    let (fips, dual_stack) = ("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT");
    for (exceptions, region, switch) in [
        (".amazonaws.com", "cn-north-1", "X"),
        (".amazonaws.com", "eu-west-1", dual_stack),
        ("sts.us-east-1.amazonaws.com", "us-east-1", fips),
        ("sts.amazonaws.com", "xx-east-1", "X"),
        ("sts.amazonaws.com", "eu-west-1", "X"),
    ] {
        run(exceptions, region, switch).says(&["ALL_PROXY: a SOCKS proxy can't be used"]);
    }
}

/// As a web server sets it for the programs that it starts.
#[test]
fn a_request_method_turns_no_proxy_off() {
    let lab = Lab::with_tls();
    let proxy = Tripwire::set();
    let run = lab.refresh(&[]).env("REQUEST_METHOD", "GET");
    run.env("HTTPS_PROXY", &proxy.url()).run().exits(1);
    assert!(proxy.hits() > 0);
    assert_eq!(lab.sts.connections(), 0);
}
