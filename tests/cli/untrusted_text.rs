//! Text that isn't ours: whatever it holds, the terminal obeys none of it. Every run of every test
//! is searched for such characters (`support::run`); here are the ways by which they come.

use crate::support::home::Home;
use crate::support::lab::Lab;
use crate::support::sts::Fault;
use crate::support::{long_term_section, session_section};

/// Clears the screen, sets the window's title, turns text round.
const HOSTILE: &str = "x\u{1b}[2J\u{1b}]0;t\u{7}\u{9b}31m\u{202e}\u{2066}";
const ESCAPED: &str = "x\\u{1b}[2J\\u{1b}]0;t\\u{7}\\u{9b}31m\\u{202e}\\u{2066}";

#[test]
fn words_of_aws_are_escaped() {
    let lab = Lab::new();
    for fault in ["GetCallerIdentity", "GetSessionToken"] {
        lab.sts.misbehave(fault, Fault::HostileWords);
        let outcome = lab.refresh(&["-v"]).run().exits(1);
        outcome.says(&[
            "(Denied\\u{1b}[1A",
            "\\u{1b}[2J\\u{1b}]0;title\\u{7} file saved\\u{9b}31m \\u{202e}desrever\\u{2069}",
        ]);
    }
}

#[test]
fn a_portal_s_page_is_not_shown() {
    let lab = Lab::new();
    for operation in ["GetCallerIdentity", "GetSessionToken"] {
        lab.sts.misbehave(operation, Fault::CaptivePortal);
        let outcome = lab.refresh(&["-v"]).run().exits(1);
        outcome.says(&["is not from AWS STS"]).never_says("Hotel");
    }
}

#[test]
fn names_and_values_in_files_are_escaped() {
    let home = Home::with(&format!(
        "[x\u{1b}c\u{9b}31m\u{202e}-long-term]\naws_access_key_id = AKIAX\n{}",
        session_section(60)
    ));
    home.run_offline(&["-p", "other", "--token", "123456"])
        .run()
        .exits(1)
        .says(&["profiles with permanent keys there: x\\u{1b}c\\u{9b}31m\\u{202e}"]);
    let list = home.run_offline(&["list"]).run();
    assert!(
        list.stdout.contains("x\\u{1b}c\\u{9b}31m\\u{202e}"),
        "{}",
        list.stdout
    );
    let keys = long_term_section();
    for (credentials, config) in [
        (keys.replace("arn:", &format!("{HOSTILE}arn:")), ""),
        (format!("{keys}role_arn = {HOSTILE}\n"), ""),
        (format!("{keys}assume_role = {HOSTILE}\n"), ""),
        (format!("{keys}duration_seconds = {HOSTILE}\n"), ""),
        (keys.clone(), "region = "),
        (keys.clone(), "endpoint_url = "),
        (keys.clone(), "ca_bundle = /"),
        (keys.clone(), "services = "),
        (keys.clone(), "mfa_process = /"),
    ] {
        let home = Home::with(&credentials);
        if !config.is_empty() {
            home.set_config(&format!("[profile dev]\n{config}{HOSTILE}\n"));
        }
        let run = home.run_offline(&["-v", "-p", "dev", "--token-command", "false"]);
        run.env_remove("AWS_ENDPOINT_URL_STS")
            .env("HTTPS_PROXY", "http://127.0.0.1:9")
            .run()
            .exits(1);
    }
}

#[test]
fn variables_and_arguments_are_escaped() {
    let home = Home::with(&long_term_section());
    let said = |variable: &str| {
        let run = home
            .run_offline(&["-v", "--token", "123456"])
            .env("AWS_PROFILE", "dev");
        let outcome = run.env(variable, HOSTILE).run();
        assert_ne!(outcome.code, Some(0), "{variable}");
        outcome
    };
    said("AWS_PROFILE").says(&[ESCAPED]);
    said("AWS_SHARED_CREDENTIALS_FILE").says(&[ESCAPED]);
    said("AWS_CA_BUNDLE").says(&[ESCAPED]);
    for variable in [
        "AWS_CONFIG_FILE",
        "AWS_REGION",
        "AWS_ENDPOINT_URL_STS",
        "HTTPS_PROXY",
        "MFA_DEVICE",
        "MFA_STS_DURATION",
        "MFA_ASSUME_ROLE",
    ] {
        said(variable);
    }
    for option in [
        "--profile",
        "--region",
        "--device",
        "--duration",
        "--token",
        "--assume-role",
        "--credentials-file",
        "--long-term-suffix",
        "--nonsense",
    ] {
        let outcome = home.run_offline(&[option, HOSTILE]).run();
        assert_ne!(outcome.code, Some(0), "{option}");
    }
}
