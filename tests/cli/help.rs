//! `--help` and the man pages of every command.

use std::process::Command;

use crate::support::home::Home;
use crate::support::{STORED_ACCESS_KEY_ID, session_section};

const COMMANDS: [&[&str]; 9] = [
    &[],
    &["check"],
    &["list"],
    &["env"],
    &["exec"],
    &["credential-process"],
    &["setup"],
    &["clear"],
    &["completions"],
];

#[test]
fn every_help_has_an_example_exit_codes_and_variables() {
    let home = Home::empty();
    for command in COMMANDS {
        for flag in ["--help", "-h"] {
            let outcome = home
                .run_offline(&[command, &[flag]].concat())
                .run()
                .exits(0);
            for words in [
                "Example",
                "\n  aws-mfa",
                "Exit codes",
                "Variables: ",
                "Usage: aws-mfa",
            ] {
                let is_recipe = command == ["credential-process"] && words == "\n  aws-mfa";
                assert!(
                    is_recipe || outcome.stdout.contains(words),
                    "{command:?}: {words:?} is missing in: {}",
                    outcome.stdout
                );
            }
            outcome.says_nothing();
        }
    }
    // Hidden, for users of the Python tool.
    let help = home.run_offline(&["--help"]).run().exits(0);
    assert!(!help.stdout.contains("--log-level") && !help.stdout.contains("--setup"));
}

#[test]
fn a_profile_may_be_named_before_or_after_the_command() {
    let text = session_section(3600).replace("[dev]", "[prod]");
    let home = Home::with(&text);
    for args in [&["-p", "prod", "check"][..], &["check", "-p", "prod"]] {
        let outcome = home.run_offline(args).run().exits(0);
        assert!(outcome.stdout.starts_with("prod: "), "{}", outcome.stdout);
    }
    let outcome = home
        .run_offline(&["-p", "prod", "env"])
        .hands_over()
        .run()
        .exits(0);
    assert!(outcome.stdout.contains(STORED_ACCESS_KEY_ID));
}

#[test]
fn a_man_page_for_every_command() {
    let folder = tempfile::tempdir().unwrap();
    clap_mangen::generate_to(aws_mfa::command_line(), folder.path()).unwrap();
    for command in COMMANDS {
        let name = [&["aws-mfa"], command].concat().join("-");
        let path = folder.path().join(format!("{name}.1"));
        let page = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        for words in [".SH NAME", ".SH SYNOPSIS", ".SH OPTIONS", "Exit codes"] {
            assert!(page.contains(words), "{name}: {words}");
        }
        // Where groff is, it has nothing to complain about.
        let groff = Command::new("groff")
            .args(["-man", "-Tutf8", "-ww", "-z"])
            .arg(&path)
            .output();
        if let Ok(output) = groff {
            assert!(output.status.success(), "{name}: {output:?}");
        }
    }
}
