//! The connection to AWS, over TLS: opened and proven while the code is typed, so that after it one
//! request goes out.

use std::time::{Duration, Instant};

use crate::support::home::Home;
use crate::support::lab::Lab;
use crate::support::pty::Terminal;
use crate::support::relay::Relay;
use crate::support::run::Run;
use crate::support::sts::{Fault, LoopbackSts};
use crate::support::tools::text;
use crate::support::{
    ACCESS_KEY_ID, PROMPT, SECRET_ACCESS_KEY, SERIAL, long_term_section, wait_until,
};

const NOW: Duration = Duration::ZERO;

/// A lab whose STS is at a distance.
struct Case {
    lab: Lab,
    relay: Relay,
}

impl Case {
    fn at_distance(round_trip: Duration) -> Self {
        let lab = Lab::with_tls();
        let relay = Relay::start(lab.sts.address(), round_trip);
        Self { lab, relay }
    }

    /// A refresh of profile `dev`.
    fn run(&self) -> Run {
        self.lab.run_through(&self.relay, &["-p", "dev"])
    }

    /// The program at its prompt.
    fn asks(&self) -> Terminal {
        Terminal::at_prompt(self.run())
    }

    /// Waits until the keys are proven.
    #[track_caller]
    fn is_warm(&self) {
        wait_until("the keys are proven", || {
            !self.lab.sts.operations().is_empty()
        });
    }

    /// Types the code, and sees that the session is got and stored.
    #[track_caller]
    fn types_the_code(&self, terminal: Terminal) -> String {
        let seen = self.lab.types_code(terminal);
        assert!(seen.contains("new session for profile dev"), "{seen}");
        assert!(self.lab.credentials().contains("\n[dev]\n"));
        assert_eq!(self.lab.sts.codes_received(), 1);
        seen
    }
}

#[test]
fn an_endpoint_that_is_not_aws_s_is_named_with_what_set_it() {
    let case = Case::at_distance(NOW);
    let port = case.relay.address().port();
    let named =
        format!("STS is at localhost:{port} (from AWS_ENDPOINT_URL_STS), which isn't AWS's own");
    let mut terminal = Terminal::start(case.run());
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
            "services = s\n[services s]\ns3 =\n  endpoint_url = https://s3.invalid\n\
             sts =\n  endpoint_url = https://sts.invalid\n",
            "endpoint_url in [services s]",
        ),
    ] {
        let home = Home::with(&long_term_section());
        home.set_config(&format!("[profile dev]\n{config}"));
        let run = home.run_offline(&["-p", "dev"]);
        let mut terminal = Terminal::start(run.without_endpoints());
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

/// Wherever the code comes from: it goes out only after that.
#[test]
fn such_an_endpoint_is_named_before_anything_is_sent() {
    let refused = "https://sts.evil.amazonaws.com";
    for url in ["http://127.0.0.1:9", refused] {
        let host = url.split("://").nth(1).unwrap();
        let named =
            format!("aws-mfa: STS is at {host} (from AWS_ENDPOINT_URL), which isn't AWS's own\n");
        let home = Home::with(&long_term_section());
        let run = |args: &[&str], stdin: &str| {
            let run = home.run_offline(args).without_endpoints();
            // Nobody listens there, either.
            let run = run.env("HTTPS_PROXY", "http://127.0.0.1:9");
            run.env("AWS_ENDPOINT_URL", url).stdin(stdin).run().exits(1)
        };
        let keys = ["--access-key-id", ACCESS_KEY_ID, "--device", SERIAL];
        let setup = [&["setup", "-p", "new"], &keys[..]].concat();
        let token = "echo 123456";
        for quiet in [&[][..], &["-q"]] {
            for (args, stdin) in [
                (&["-p", "dev", "--token", "123456"][..], ""),
                (&["-p", "dev"], "123456\n"),
                (&["-p", "dev", "--token-command", token], ""),
                (&["-p", "dev", "env", "--token", "123456"], ""),
                (
                    &["-p", "dev", "credential-process", "--token", "123456"],
                    "",
                ),
                (&setup, SECRET_ACCESS_KEY),
            ] {
                let said = run(&[args, quiet].concat(), stdin).stderr;
                let (before, after) = said.split_once(&named).expect(&said);
                assert!(!before.contains("waiting for"), "{said}");
                assert!(!after.contains("STS is at"), "{said}");
            }
        }
    }
}

#[test]
fn such_an_endpoint_is_named_before_setup_asks_for_keys() {
    let lab = Lab::at(Home::empty());
    let mut terminal = Terminal::start(lab.run(&["setup", "-p", "dev", "-q"]));
    let before = terminal.waits_for("Access key ID");
    assert!(before.contains("STS is at 127.0.0.1:"), "{before}");
    terminal.types(&format!("{ACCESS_KEY_ID}\n"));
    terminal.answers("Secret access key", SECRET_ACCESS_KEY);
    terminal.answers("MFA device", SERIAL);
    terminal.answers("Session duration", "12h");
    terminal.answers("[Y/n]", "y");
    let between = terminal.waits_for(PROMPT);
    assert!(!between.contains("STS is at"), "once: {between}");
    lab.types_code(terminal);
}

#[test]
fn one_connection_and_after_the_code_one_request() {
    let case = Case::at_distance(NOW);
    let terminal = case.asks();
    case.is_warm();
    assert_eq!(case.lab.sts.operations(), ["GetCallerIdentity"]);
    case.types_the_code(terminal);
    assert_eq!(
        case.lab.sts.operations(),
        ["GetCallerIdentity", "GetSessionToken"]
    );
    assert_eq!(case.lab.sts.connections(), 1);
}

#[test]
fn a_server_that_closes_the_connection_while_one_hesitates() {
    let case = Case::at_distance(NOW);
    let terminal = case.asks();
    case.is_warm();
    std::thread::sleep(Duration::from_millis(300));
    case.lab.sts.hang_up();
    std::thread::sleep(Duration::from_millis(300));
    case.types_the_code(terminal);
    assert_eq!(
        case.lab.sts.operations(),
        ["GetCallerIdentity", "GetSessionToken"]
    );
    assert_eq!(case.lab.sts.connections(), 2);
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
        case.lab.sts.operations(),
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
        case.lab.sts.operations(),
        ["GetCallerIdentity", "GetSessionToken"]
    );
    assert_eq!(case.lab.sts.connections(), 1);
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
    let code = case.lab.sts.code();
    terminal.types(&format!("{code}\n"));
    terminal.waits_for("waiting for localhost:");
    case.relay.refuse(false);
    terminal.exits(0, &[&code]);
    assert_eq!(case.lab.sts.codes_received(), 1);
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
    assert_eq!(case.lab.sts.connections(), 0);
    assert_eq!(case.lab.credentials(), long_term_section());
}

#[test]
fn a_name_that_is_not_found_is_looked_up_again_while_the_prompt_is_open() {
    // Whom it trusts doesn't matter; a bare system trusts nobody.
    let lab = Lab::with_tls();
    let mut terminal = Terminal::at_prompt(lab.run_at("https://sts.invalid", &["-p", "dev"]));
    terminal.waits_for("no answer from sts.invalid yet (");
    let reason = terminal.waits_for("); still trying");
    assert!(reason.contains("lookup address"), "{reason}");
    terminal.waits_for(PROMPT);
    terminal.types_control('c');
    terminal.ends(&[]);
}

#[test]
fn what_is_not_trusted_withdraws_the_prompt_and_gets_no_request() {
    let lab = Lab::with_tls();
    let other = Lab::with_tls();
    let port = lab.sts.address().port();
    let plain = LoopbackSts::start();
    for (url, trusting, words) in [
        (
            lab.sts.url(),
            &other,
            [
                "UnknownIssuer",
                "set AWS_CA_BUNDLE to a file with its CA certificate",
            ],
        ),
        (
            format!("https://127.0.0.1:{port}"),
            &lab,
            [
                "invalid peer certificate",
                "a different server answered instead of AWS",
            ],
        ),
        (
            format!("https://localhost:{}", plain.address().port()),
            &lab,
            ["caused by: received", "doesn't speak TLS"],
        ),
    ] {
        let terminal = Terminal::at_prompt(trusting.run_at(&url, &["-p", "dev"]));
        let seen = terminal.exits(1, &[]);
        for words in words.iter().chain(&[
            "aws-mfa: error: no secure connection to ",
            "no code was used",
        ]) {
            assert!(seen.contains(words), "{words}: {seen}");
        }
    }
    assert!(lab.sts.operations().is_empty() && plain.operations().is_empty());
}

/// A company's own authority, that of the loopback STS, as the AWS CLI takes it.
#[test]
fn certificate_authorities_of_ones_own() {
    let lab = Lab::with_tls();
    // The system's authorities, which are others.
    let other = LoopbackSts::start_with_tls();
    let system = lab.home.write("system.pem", other.certificate().unwrap());
    let refresh = || lab.refresh(&["--force"]).env("SSL_CERT_FILE", &system);
    let outcome = refresh().run().exits(1);
    outcome.says(&["UnknownIssuer", "AWS_CA_BUNDLE"]);
    let bundle = lab.home.write("bundle.pem", lab.sts.certificate().unwrap());
    refresh().env("AWS_CA_BUNDLE", &bundle).run().exits(0);
    let config = format!("[profile dev]\nca_bundle = {bundle}\n");
    lab.home.set_config(&config);
    refresh().run().exits(0).says(&["new session"]);
    assert_eq!(lab.sts.codes_received(), 2);
    // Through a proxy, too: it is one where nobody listens.
    let by_proxy = || refresh().env("HTTPS_PROXY", "http://127.0.0.1:9");
    let outcome = by_proxy().run().exits(1);
    outcome.says(&["no answer to GetCallerIdentity"]);
    by_proxy().env("NO_PROXY", "localhost").run().exits(0);
}

#[test]
fn certificate_authorities_that_cannot_be_used_are_said() {
    let lab = Lab::with_tls();
    let whole = lab.sts.certificate().unwrap();
    for (content, words) in [
        (None, "there is no such file"),
        (Some(String::new()), "it contains no certificate"),
        (Some("rubbish".to_owned()), "it contains no certificate"),
        (Some(whole.replace("MII", "M!I")), "not PEM"),
        (
            Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned()),
            "a certificate can't be read",
        ),
    ] {
        let bundle = lab.home.path().join("bundle.pem");
        let bundle = match content {
            Some(content) => lab.home.write("bundle.pem", &content),
            None => text(&bundle).to_owned(),
        };
        let outcome = lab.refresh(&[]).env("AWS_CA_BUNDLE", &bundle).run();
        outcome.exits(1).says(&[
            "cannot use the certificate authorities in ",
            "(from AWS_CA_BUNDLE)",
            words,
            "hint: ask your company for its certificates in PEM",
        ]);
    }
    assert_eq!(lab.sts.connections(), 0);
}

#[test]
fn bad_keys_and_answers_that_are_not_aws_s_withdraw_the_prompt() {
    for (fault, words) in [
        (None, "InvalidClientTokenId"),
        (Some(Fault::CaptivePortal), "a captive portal or proxy"),
        (Some(Fault::InternalFailure), "InternalFailure"),
    ] {
        let case = Case::at_distance(NOW);
        match fault {
            Some(fault) => case.lab.sts.misbehave("GetCallerIdentity", fault),
            None => case.lab.sts.delete_key(ACCESS_KEY_ID),
        }
        let seen = case.asks().exits(1, &[]);
        assert!(seen.contains(words), "{seen}");
        assert_eq!(case.lab.sts.codes_received(), 0);
        assert_eq!(case.lab.credentials(), long_term_section());
    }
}

#[test]
fn a_policy_that_forbids_the_question_does_not_stop_the_refresh() {
    let case = Case::at_distance(NOW);
    case.lab
        .sts
        .misbehave("GetCallerIdentity", Fault::EndpointPolicy);
    let terminal = case.asks();
    case.types_the_code(terminal);
}

#[test]
fn a_clock_that_is_an_hour_off_is_corrected_while_the_prompt_is_open() {
    for offset in [-3600, 3600] {
        let case = Case::at_distance(NOW);
        case.lab.sts.set_clock_offset(offset);
        let terminal = case.asks();
        let seen = case.types_the_code(terminal);
        assert!(seen.contains("this computer's clock is off by"), "{seen}");
        assert_eq!(case.lab.sts.connections(), 1);
    }
}
