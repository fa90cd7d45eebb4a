//! The connection to AWS, over TLS: opened and proven while the code is typed, so that after it one request goes out.

#![cfg(unix)]

use std::time::{Duration, Instant};

use crate::support::home::Home;
use crate::support::pty::Terminal;
use crate::support::relay::Relay;
use crate::support::run::Run;
use crate::support::sts::{Fault, LoopbackSts};
use crate::support::{ACCESS_KEY_ID, long_term_section};

const PROMPT: &str = "for profile dev (12h): ";
const NOW: Duration = Duration::ZERO;

struct Case {
    sts: LoopbackSts,
    relay: Relay,
    home: Home,
}

impl Case {
    fn at_distance(round_trip: Duration) -> Self {
        let sts = LoopbackSts::start_with_tls();
        let relay = Relay::start(sts.address(), round_trip);
        let home = Home::with(&long_term_section());
        Self { sts, relay, home }
    }

    fn run(&self, args: &[&str]) -> Run {
        let url = self.sts.url_at(self.relay.address());
        self.home.run_at(&self.sts, &url, args)
    }

    /// The program at its prompt.
    fn asks(&self) -> Terminal {
        let mut terminal = Terminal::start(self.run(&["-p", "dev"]));
        terminal.waits_for(PROMPT);
        terminal
    }

    /// Waits until the keys are proven.
    fn is_warm(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.sts.operations().is_empty() {
            assert!(Instant::now() < deadline, "the keys aren't proven");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Types the code, and sees that the session is got and stored.
    fn types_the_code(&self, mut terminal: Terminal) -> String {
        let code = self.sts.code();
        terminal.types(&format!("{code}\n"));
        let seen = terminal.exits(0, &[&code]);
        assert!(seen.contains("new session for profile dev"), "{seen}");
        assert!(self.home.credentials().contains("\n[dev]\n"));
        assert_eq!(self.sts.codes_received(), 1);
        seen
    }
}

#[test]
fn an_endpoint_that_is_not_aws_s_is_named_with_what_set_it() {
    let case = Case::at_distance(NOW);
    let port = case.relay.address().port();
    let named =
        format!("STS is at localhost:{port} (from AWS_ENDPOINT_URL_STS), which isn't AWS's own");
    let mut terminal = Terminal::start(case.run(&["-p", "dev"]));
    terminal.waits_for(&named);
    terminal.waits_for(PROMPT);
    let seen = case.types_the_code(terminal);
    assert!(seen.contains(&format!("aws-mfa: {named}")), "{seen}");
    for (config, origin) in [
        (
            "endpoint_url = https://user:pw@sts.invalid\n",
            "endpoint_url in [profile dev]",
        ),
        (
            "services = s\n[services s]\ns3 =\n  endpoint_url = https://s3.invalid\nsts =\n  endpoint_url = https://sts.invalid\n",
            "endpoint_url in [services s]",
        ),
    ] {
        let home = Home::with(&long_term_section());
        home.set_config(&format!("[profile dev]\n{config}"));
        let run = home
            .run_offline(&["-p", "dev"])
            .env_remove("AWS_ENDPOINT_URL_STS");
        let mut terminal = Terminal::start(run);
        terminal.waits_for(&format!(
            "STS is at sts.invalid (from {origin}), which isn't AWS's own"
        ));
        terminal.waits_for(PROMPT);
        terminal.types_control('c');
        terminal.ends(&["pw@"]);
    }
    // AWS's own needs no mention.
    let home = Home::with(&long_term_section());
    let run = home.run_offline(&["-p", "dev"]).env(
        "AWS_ENDPOINT_URL_STS",
        "https://vpce-1.sts.us-east-1.vpce.amazonaws.com",
    );
    let mut terminal = Terminal::start(run.env("HTTPS_PROXY", "http://127.0.0.1:9"));
    let before = terminal.waits_for(PROMPT);
    assert!(!before.contains("STS is at"), "{before}");
    terminal.types_control('c');
    terminal.ends(&[]);
}

#[test]
fn one_connection_and_after_the_code_one_request() {
    let case = Case::at_distance(NOW);
    let terminal = case.asks();
    case.is_warm();
    assert_eq!(case.sts.operations(), ["GetCallerIdentity"]);
    case.types_the_code(terminal);
    assert_eq!(
        case.sts.operations(),
        ["GetCallerIdentity", "GetSessionToken"]
    );
    assert_eq!(case.sts.connections(), 1);
}

#[test]
fn a_server_that_closes_the_connection_while_one_hesitates() {
    let case = Case::at_distance(NOW);
    let terminal = case.asks();
    case.is_warm();
    std::thread::sleep(Duration::from_millis(300));
    case.sts.hang_up();
    std::thread::sleep(Duration::from_millis(300));
    case.types_the_code(terminal);
    assert_eq!(
        case.sts.operations(),
        ["GetCallerIdentity", "GetSessionToken"]
    );
    assert_eq!(case.sts.connections(), 2);
}

/// As after lunch with the lid closed: the code isn't sent where nobody may listen any more.
#[test]
fn a_connection_that_was_silent_for_a_minute_shows_a_sign_of_life_first() {
    let case = Case::at_distance(NOW);
    let terminal = case.asks();
    case.is_warm();
    std::thread::sleep(Duration::from_secs(61));
    case.relay.freeze();
    let seen = case.types_the_code(terminal);
    assert!(seen.contains("waiting for localhost:"), "{seen}");
    assert_eq!(
        case.sts.operations(),
        ["GetCallerIdentity", "GetCallerIdentity", "GetSessionToken"]
    );
}

#[test]
fn a_user_who_is_faster_than_the_network() {
    let case = Case::at_distance(Duration::from_millis(800));
    let terminal = case.asks();
    let seen = case.types_the_code(terminal);
    assert!(seen.contains("waiting for localhost:"), "{seen}");
    assert_eq!(
        case.sts.operations(),
        ["GetCallerIdentity", "GetSessionToken"]
    );
    assert_eq!(case.sts.connections(), 1);
}

#[test]
fn a_network_that_comes_while_the_prompt_is_open() {
    let case = Case::at_distance(NOW);
    case.relay.refuse(true);
    let mut terminal = case.asks();
    terminal.types("12");
    terminal.waits_for("no answer from localhost:");
    terminal.waits_for("still trying");
    terminal.waits_for(PROMPT);
    assert!(!terminal.echoes());
    terminal.types_control('u');
    case.relay.refuse(false);
    case.is_warm();
    case.types_the_code(terminal);
}

#[test]
fn a_network_that_comes_after_the_code() {
    let case = Case::at_distance(NOW);
    case.relay.refuse(true);
    let mut terminal = case.asks();
    let code = case.sts.code();
    terminal.types(&format!("{code}\n"));
    terminal.waits_for("waiting for localhost:");
    case.relay.refuse(false);
    terminal.exits(0, &[&code]);
    assert_eq!(case.sts.codes_received(), 1);
}

#[test]
fn no_network_at_all() {
    let case = Case::at_distance(NOW);
    case.relay.refuse(true);
    let mut terminal = case.asks();
    terminal.types("111222\n");
    let entered = Instant::now();
    let seen = terminal.exits(1, &["111222"]);
    assert!(entered.elapsed() >= Duration::from_secs(9));
    for words in [
        "no answer to GetCallerIdentity",
        "hint: check the network",
        "no code was used",
    ] {
        assert!(seen.contains(words), "{words}: {seen}");
    }
    assert_eq!(case.sts.connections(), 0);
    assert_eq!(case.home.credentials(), long_term_section());
}

#[test]
fn a_name_that_is_not_found_is_looked_up_again_behind_the_prompt() {
    // Whom it trusts doesn't matter; a bare system trusts nobody.
    let sts = LoopbackSts::start_with_tls();
    let home = Home::with(&long_term_section());
    let mut terminal = Terminal::start(home.run_at(&sts, "https://sts.invalid", &["-p", "dev"]));
    terminal.waits_for(PROMPT);
    terminal.waits_for("no answer from sts.invalid yet (");
    let reason = terminal.waits_for("); still trying");
    assert!(reason.contains("lookup address"), "{reason}");
    terminal.waits_for(PROMPT);
    terminal.types_control('c');
    terminal.ends(&[]);
}

#[test]
fn what_is_not_trusted_withdraws_the_prompt_and_gets_no_request() {
    let sts = LoopbackSts::start_with_tls();
    let other = LoopbackSts::start_with_tls();
    let home = Home::with(&long_term_section());
    let port = sts.address().port();
    let plain = LoopbackSts::start();
    for (url, certificate, words) in [
        (
            sts.url(),
            &other,
            [
                "UnknownIssuer",
                "name a file with its certificate authority",
            ],
        ),
        (
            format!("https://127.0.0.1:{port}"),
            &sts,
            [
                "invalid peer certificate",
                "another server answers in AWS's place",
            ],
        ),
        (
            format!("https://localhost:{}", plain.address().port()),
            &sts,
            ["caused by: received", "doesn't speak TLS"],
        ),
    ] {
        let mut terminal = Terminal::start(home.run_at(certificate, &url, &["-p", "dev"]));
        terminal.waits_for(PROMPT);
        let seen = terminal.exits(1, &[]);
        for words in words.iter().chain(&[
            "aws-mfa: error: no secure connection to ",
            "no code was used",
        ]) {
            assert!(seen.contains(words), "{words}: {seen}");
        }
    }
    assert!(sts.operations().is_empty() && plain.operations().is_empty());
}

/// A company's own authority, that of the loopback STS, as the AWS CLI takes it.
#[test]
fn certificate_authorities_of_ones_own() {
    let sts = LoopbackSts::start_with_tls();
    let home = Home::with(&long_term_section());
    // The system's authorities, which are others.
    let system = home.path().join("system.pem");
    let other = LoopbackSts::start_with_tls();
    std::fs::write(&system, other.certificate().unwrap()).unwrap();
    let run = |home: &Home, sts: &LoopbackSts| {
        home.run(sts, &["-p", "dev", "--force", "--token", &sts.code()])
            .env("SSL_CERT_FILE", system.to_str().unwrap())
    };
    let outcome = run(&home, &sts).run().exits(1);
    outcome.says(&["UnknownIssuer", "AWS_CA_BUNDLE"]);
    let bundle = home.path().join("bundle.pem");
    std::fs::write(&bundle, sts.certificate().unwrap()).unwrap();
    let path = bundle.to_str().unwrap();
    run(&home, &sts).env("AWS_CA_BUNDLE", path).run().exits(0);
    home.set_config(&format!("[profile dev]\nca_bundle = {path}\n"));
    let outcome = run(&home, &sts).run().exits(0);
    outcome.says(&["new session"]);
    assert_eq!(sts.codes_received(), 2);
    // Behind a proxy, too: it is one where nobody listens.
    let outcome = run(&home, &sts)
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .run();
    outcome.exits(1).says(&["no answer to GetCallerIdentity"]);
    run(&home, &sts)
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .env("NO_PROXY", "localhost")
        .run()
        .exits(0);
}

#[test]
fn certificate_authorities_that_cannot_be_used_are_said() {
    let sts = LoopbackSts::start_with_tls();
    let home = Home::with(&long_term_section());
    let bundle = home.path().join("bundle.pem");
    let path = bundle.to_str().unwrap();
    let whole = sts.certificate().unwrap();
    for (content, words) in [
        (None, "No such file"),
        (Some(String::new()), "no certificate is in it"),
        (Some("rubbish".to_owned()), "no certificate is in it"),
        (Some(whole.replace("MII", "M!I")), "not PEM"),
        (
            Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned()),
            "a certificate that can't be read",
        ),
    ] {
        let _ = std::fs::remove_file(&bundle);
        if let Some(content) = content {
            std::fs::write(&bundle, content).unwrap();
        }
        let outcome = home
            .run(&sts, &["-p", "dev", "--token", &sts.code()])
            .env("AWS_CA_BUNDLE", path)
            .run()
            .exits(1);
        outcome.says(&[
            "cannot use the certificate authorities in ",
            "(from AWS_CA_BUNDLE)",
            words,
            "hint: it must hold certificates in PEM",
        ]);
    }
    assert_eq!(sts.connections(), 0);
}

#[test]
fn bad_keys_and_answers_that_are_not_aws_s_withdraw_the_prompt() {
    for (fault, words) in [
        (None, "InvalidClientTokenId"),
        (Some(Fault::CaptivePortal), "a captive portal or proxy"),
        (Some(Fault::InternalFailure), "InternalFailure"),
    ] {
        let case = Case::at_distance(NOW);
        let mut keys = long_term_section();
        match fault {
            Some(fault) => case.sts.misbehave("GetCallerIdentity", fault),
            None => keys = keys.replace(ACCESS_KEY_ID, "AKIADELETED"),
        }
        std::fs::write(case.home.credentials_path(), &keys).unwrap();
        let seen = case.asks().exits(1, &[]);
        assert!(seen.contains(words), "{seen}");
        assert_eq!(case.sts.codes_received(), 0);
        assert_eq!(case.home.credentials(), keys);
    }
}

#[test]
fn a_policy_that_forbids_the_question_does_not_stop_the_refresh() {
    let case = Case::at_distance(NOW);
    case.sts
        .misbehave("GetCallerIdentity", Fault::EndpointPolicy);
    let terminal = case.asks();
    case.types_the_code(terminal);
}

#[test]
fn a_clock_that_is_an_hour_off_is_corrected_behind_the_prompt() {
    for offset in [-3600, 3600] {
        let case = Case::at_distance(NOW);
        case.sts.set_clock_offset(offset);
        let terminal = case.asks();
        let seen = case.types_the_code(terminal);
        assert!(seen.contains("this computer's clock is off by"), "{seen}");
        assert_eq!(case.sts.connections(), 1);
    }
}
