//! A command that prints the code: `--token-command`, `mfa_process`.

#![cfg(unix)]

use std::time::{Duration, Instant};

use crate::support::home::{Home, set_mode};
use crate::support::sts::LoopbackSts;
use crate::support::{SECRET_ACCESS_KEY, long_term_section};

/// Prints `text`, from a shell.
fn printing(text: &str) -> String {
    format!("sh -c 'printf \"%s\\n\" \"$1\"' sh \"{text}\"")
}

#[test]
fn the_first_six_digits_it_prints_are_the_code() {
    for (before, after) in [
        ("", ""),
        ("", " lasts 24s"),
        ("Amazon:alice@123456789012  ", ""),
        ("code: ", "."),
    ] {
        let sts = LoopbackSts::start();
        let home = Home::with(&long_term_section());
        let code = sts.code();
        let command = printing(&format!("{before}{code}{after}"));
        let outcome = home
            .run(&sts, &["-v", "-p", "dev", "--token-command", &command])
            .run()
            .exits(0);
        outcome
            .says(&["new session", "token command: from --token-command"])
            .never_says(&code)
            .never_says("printf");
        assert_eq!(sts.received()[1].code(), Some(code.as_str()));
    }
}

#[test]
fn where_it_is_named() {
    let long_term = long_term_section();
    let process = |code: &str| format!("mfa_process = {}\n", printing(code));
    let sts = LoopbackSts::start();
    // The one whose command is run, and the places after it, whose commands would fail.
    for place in 0..4 {
        let code = sts.code();
        let process_in = |n: usize| match n.cmp(&place) {
            std::cmp::Ordering::Less => String::new(),
            std::cmp::Ordering::Equal => process(&code),
            std::cmp::Ordering::Greater => "mfa_process = false\n".to_owned(),
        };
        let home = Home::with(&format!("{long_term}{}", process_in(1)));
        home.set_config(&format!(
            "[profile dev-long-term]\n{}[profile dev]\n{}",
            process_in(2),
            process_in(3)
        ));
        let option = printing(&code);
        let option: &[&str] = if place == 0 {
            &["--token-command", &option]
        } else {
            &[]
        };
        let outcome = home
            .run(&sts, &[&["-p", "dev", "-v"], option].concat())
            .run()
            .exits(0);
        let named = [
            "from --token-command",
            "from mfa_process in [dev-long-term]",
            "from mfa_process in [profile dev-long-term]",
            "from mfa_process in [profile dev]",
        ];
        outcome.says(&[named[place]]).never_says(&code);
    }
}

#[test]
fn it_goes_before_standard_input_and_after_the_token() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let command = printing(&sts.code());
    let args = ["-p", "dev", "--token-command", &command];
    home.run(&sts, &args).stdin("000000\n").run().exits(0);
    let code = sts.code();
    let args = [
        "-p",
        "dev",
        "-f",
        "--token-command",
        "false",
        "--token",
        &code,
    ];
    home.run(&sts, &args).run().exits(0);
}

#[test]
fn its_failures_are_said_without_its_words() {
    for (command, words) in [
        (
            "sh -c 'echo no key; echo SEEDSEED; exit 7' SEEDSEED",
            "the command of --token-command: it failed (exit status: 7)",
        ),
        (
            "sh -c 'kill -9 $$' SEEDSEED",
            "it failed (signal: 9 (SIGKILL))",
        ),
        ("echo SEEDSEED", "it printed no six-digit code"),
        ("SEEDSEED", "it cannot be started"),
        ("", "'--token-command <COMMAND>'"),
        ("echo 'SEEDSEED", "--token-command: a quote isn't closed"),
    ] {
        let sts = LoopbackSts::start();
        let home = Home::with(&long_term_section());
        let args = ["-v", "-p", "dev", "--token-command", command];
        let outcome = home.run(&sts, &args).run();
        assert!(matches!(outcome.code, Some(1 | 2)), "{outcome:?}");
        outcome.says(&[words]).never_says("SEEDSEED");
        assert_eq!(sts.codes_received(), 0, "{command}");
        assert_eq!(home.credentials(), long_term_section());
    }
}

#[test]
fn what_it_says_is_shown_and_made_safe() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let command = format!(
        "sh -c 'printf \"Touch your YubiKey\\033[2J\\n\\nPIN? \" >&2; sleep 0.5; echo {}'",
        sts.code()
    );
    let outcome = home
        .run(&sts, &["-p", "dev", "--token-command", &command])
        .run()
        .exits(0);
    outcome
        .says(&["  | Touch your YubiKey\\u{1b}[2J\n  | PIN?\n"])
        .never_says("\u{1b}");
}

#[test]
fn it_gets_no_standard_input_and_no_shell() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let code = sts.code();
    // cat would print the line that was meant for us.
    let command = format!(
        "sh -c 'test -z \"$(cat)\" && test \"$1\" = \"\\$HOME\" && echo {code}' sh '$HOME'"
    );
    home.run(&sts, &["-p", "dev", "--token-command", &command])
        .stdin("000000\n")
        .run()
        .exits(0);
}

#[test]
fn a_daemon_that_it_leaves_behind_is_not_waited_for() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let command = format!("sh -c 'sleep 20 & echo {}'", sts.code());
    let start = Instant::now();
    home.run(&sts, &["-p", "dev", "--token-command", &command])
        .run()
        .exits(0);
    assert!(start.elapsed() < Duration::from_secs(15));
}

#[test]
fn after_a_wrong_code_it_runs_again_until_it_prints_another() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let state = home.path().join("state");
    let script = home.path().join("codes");
    // Twice the code of the last half minute, then the next one.
    let text = format!(
        "#!/bin/sh\necho x >>{0}\nif [ $(wc -l <{0}) -lt 3 ]; then echo 000000; else echo {1}; fi\n",
        state.display(),
        sts.code()
    );
    std::fs::write(&script, text).unwrap();
    set_mode(&script, 0o700);
    let args = ["-p", "dev", "--token-command", script.to_str().unwrap()];
    let outcome = home.run(&sts, &args).run().exits(0);
    outcome.says(&["waiting for the next one", "new session"]);
    assert_eq!(
        sts.operations(),
        ["GetCallerIdentity", "GetSessionToken", "GetSessionToken"]
    );
    assert_eq!(std::fs::read_to_string(state).unwrap().lines().count(), 3);
}

#[test]
fn the_same_wrong_code_is_sent_once_and_given_up_on() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let start = Instant::now();
    let args = ["-p", "dev", "--token-command", "echo 000000"];
    let outcome = home.run(&sts, &args).run().exits(1);
    outcome.says(&["it printed no other one within 35 seconds", "hint: "]);
    assert_eq!(sts.codes_received(), 1);
    assert!(start.elapsed() >= Duration::from_secs(34));
}

#[test]
fn one_that_takes_too_long_is_ended() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let args = ["-p", "dev", "--token-command", "sleep 100"];
    let outcome = home.run(&sts, &args).run().exits(1);
    outcome.says(&["it gave no answer within 60 seconds"]);
    assert_eq!(sts.codes_received(), 0);
}

#[test]
fn a_file_that_others_can_change_names_no_command() {
    let process = "mfa_process = echo 123456\n";
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    home.set_config(&format!("[profile dev]\n{process}"));
    let config = home.path().join(".aws/config");
    set_mode(&config, 0o646);
    let outcome = home.run(&sts, &["-p", "dev"]).run().exits(1);
    outcome.says(&[
        "/config can be changed by everybody",
        "hint: run: chmod o-w ",
    ]);
    set_mode(&config, 0o664);
    let outcome = home.run(&sts, &["-p", "dev"]).run();
    outcome.says(&["config can be changed by its group"]);
    let credentials = format!("{}{process}", long_term_section());
    let home = Home::with(&credentials);
    set_mode(&home.credentials_path(), 0o606);
    let outcome = home.run(&sts, &["-p", "dev"]).run().exits(1);
    outcome.says(&["can be changed by everybody"]);
    assert_eq!(home.credentials(), credentials);
}

/// The command asks aws-mfa for its own profile again, which would go on for ever.
#[test]
fn a_circle_is_recognised() {
    let sts = LoopbackSts::start();
    let program = crate::support::run::program();
    let program = program.to_str().unwrap();
    let home = Home::with(&format!(
        "{}mfa_process = {program} -p ops\n{}mfa_process = {program} -p dev\n",
        long_term_section(),
        long_term_section().replace("[dev-", "[ops-")
    ));
    let outcome = home.run(&sts, &["-p", "dev"]).run().exits(1);
    outcome.says(&[
        "a command that aws-mfa runs for [dev] asks aws-mfa for [dev] again",
        "the command of mfa_process in [dev-long-term]: it failed",
    ]);
    assert_eq!(sts.codes_received(), 0);
}

#[test]
fn its_environment_holds_no_secret() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let seen = home.path().join("seen");
    let command = format!(
        "sh -c 'env >{}; tr \"\\0\" \" \" </proc/$PPID/cmdline >&2; echo {}'",
        seen.display(),
        sts.code()
    );
    home.run(&sts, &["-p", "dev", "--token-command", &command])
        .run();
    let seen = std::fs::read_to_string(seen).unwrap();
    assert!(!seen.contains(SECRET_ACCESS_KEY), "{seen}");
    assert!(seen.contains("AWS_MFA_SECTION=dev\n"), "{seen}");
}
