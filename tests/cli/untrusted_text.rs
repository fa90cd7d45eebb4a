//! Text that isn't ours: whatever it holds, the terminal obeys none of it. Every run of every test
//! is searched for such characters (`support::run`); here are the ways by which they come.

use std::time::{Duration, Instant};

use crate::support::home::Home;
use crate::support::lab::Lab;
use crate::support::run::is_unsafe;
use crate::support::sts::Fault;
use crate::support::{
    SERIAL, STORED_TOKEN, long_term_section, long_term_section_of, session_section,
};

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
    // Such a name is no profile's, so that it isn't suggested.
    home.run_offline(&["-p", "other", "--token", "123456"])
        .run()
        .exits(1)
        .says(&["no section [other-long-term]"])
        .never_says("profiles with permanent keys there");
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
        run.without_endpoints()
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

/// A soft hyphen, a joiner, marks of direction, C1, Hangul and braille blanks, a tag.
const INVISIBLE: &str =
    "a\u{ad}b\u{200d}\u{202e}\u{7f}\u{9b}\u{115f}\u{3164}\u{2800}\u{fe0f}\u{e0041}";
const VISIBLE: &str =
    "a\\u{ad}b\\u{200d}\\u{202e}\\u{7f}\\u{9b}\\u{115f}\\u{3164}\\u{2800}\\u{fe0f}\\u{e0041}";

fn profile_named(name: &str) -> Home {
    let session = session_section(3600).replace("[dev]", &format!("[{name}]"));
    let keys = long_term_section_of(name).replace(SERIAL, name);
    Home::with(&(session + &keys))
}

#[test]
fn what_can_not_be_seen_is_escaped() {
    let home = profile_named(INVISIBLE);
    for args in [&["check"][..], &["list"]] {
        let run = home.run_offline(args).env("AWS_PROFILE", INVISIBLE);
        let outcome = run.run().exits(0);
        assert!(outcome.stdout.contains(VISIBLE), "{}", outcome.stdout);
    }
    home.run_offline(&[])
        .env("AWS_PROFILE", INVISIBLE)
        .run()
        .exits(0)
        .says(&[VISIBLE]);
}

/// For other programs it is the same text, and harmless at a terminal.
#[test]
fn json_holds_every_name() {
    for name in [
        INVISIBLE,
        "\u{1b}c\u{9b}31m\u{85}x",
        "\"\\/\u{1f600}\u{ffff}",
    ] {
        let home = profile_named(name);
        let parsed = |args: &[&str]| -> serde_json::Value {
            let run = home.run_offline(args).env("AWS_PROFILE", name);
            let said = run.run().exits(0).stdout;
            let is_bad = |c| c != '\n' && is_unsafe(c);
            assert!(!said.contains(is_bad), "{}", said.escape_debug());
            serde_json::from_str(&said).unwrap()
        };
        assert_eq!(parsed(&["check", "--json"])["profile"], name);
        let list = parsed(&["list", "--json"]);
        assert_eq!(
            (&list[0]["profile"], &list[0]["device"]),
            (&name.into(), &name.into())
        );
    }
    let token = format!("{STORED_TOKEN}\u{200d}");
    let home = Home::with(&session_section(3600).replace(STORED_TOKEN, &token));
    let run = home.run_offline(&["credential-process", "-p", "dev"]);
    let said = run.hands_over().run().exits(0).stdout;
    assert!(!said.contains('\u{200d}'), "{}", said.escape_debug());
    let answer: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(answer["SessionToken"], token);
}

/// Names as long as a file: each line stays short, and no name is compared with them.
#[test]
fn names_without_end_are_cut() {
    const LONGEST: usize = 12_000;
    let long = "x".repeat(200_000);
    let keys: String = (0..10)
        .map(|n| format!("[{long}{n}-long-term]\naws_access_key_id = A\n"))
        .collect();
    let home = Home::with(&format!(
        "{keys}{}{}",
        session_section(3600),
        long_term_section()
    ));
    let source = format!("[profile role]\nsource_profile = {long}\n");
    let start = Instant::now();
    for (config, args) in [
        ("", &["-p", "other"][..]),
        ("", &["check", "-p", &long[..20_000]]),
        ("", &["list"]),
        (&source, &["-p", "role"]),
        (
            &source.replace("source_profile", "services"),
            &["-p", "dev", "-f", "--token", "123456"],
        ),
        (
            &source.replace("source_profile", "region"),
            &["-p", "role", "-v"],
        ),
    ] {
        home.set_config(&config.replace("role", args.get(1).unwrap_or(&"role")));
        let outcome = home.run_offline(args).run();
        let said = outcome.stdout + &outcome.stderr;
        let longest = said.lines().map(str::len).max().unwrap_or_default();
        assert!((1..LONGEST).contains(&longest), "{args:?}: {longest}");
    }
    assert!(
        start.elapsed() < Duration::from_mins(1),
        "{:?}",
        start.elapsed()
    );
    // Programs get all of it.
    let outcome = home.run_offline(&["list", "--json"]).run().exits(0);
    let list: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(list[0]["profile"], format!("{long}0"));
}

#[test]
fn long_names_from_the_environment_are_cut() {
    let name = "n".repeat(30_000);
    let session = session_section(3600).replace("[dev]", &format!("[{name}]"));
    let home = Home::with(&(session + &long_term_section_of(&name)));
    for (args, code) in [
        (&["check"][..], 0),
        (&["list"], 0),
        (&[], 0),
        (&["-f", "--no-prompt"], 3),
    ] {
        let run = home.run_offline(args).env("AWS_PROFILE", &name);
        let outcome = run.run().exits(code);
        let said = outcome.stdout + &outcome.stderr;
        assert!(said.lines().all(|line| line.len() < 12_000), "{args:?}");
        let words = ["valid", "nobody can be asked"];
        assert!(words.iter().any(|word| said.contains(word)), "{said}");
    }
    #[cfg(unix)]
    {
        let run = home.run_offline(&["-f"]).env("AWS_PROFILE", &name);
        let mut terminal = crate::support::pty::Terminal::start(run);
        let shown = terminal.waits_for(" (arn:aws:iam::123456789012:mfa/alice): ");
        assert!(shown.len() < 12_000, "{}", shown.len());
        terminal.types_control('d');
        terminal.exits(130, &[]);
    }
}

#[test]
fn programs_that_can_not_be_run_are_escaped() {
    let home = Home::with(&(session_section(3600) + &long_term_section()));
    let run = home.run_offline(&["exec", "-p", "dev", "--", HOSTILE]);
    run.env("PATH", "/usr/bin")
        .run()
        .exits(127)
        .says(&[ESCAPED]);
}
