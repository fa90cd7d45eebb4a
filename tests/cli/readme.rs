//! The README's "What you see" holds every message of the flow, as it is.

#![cfg(unix)]

use std::time::Duration;

use crate::support::home::Home;
use crate::support::pty::Terminal;
use crate::support::relay::Relay;
use crate::support::sts::{Fault, LoopbackSts};
use crate::support::{
    ACCESS_KEY_ID, SECRET_ACCESS_KEY, SERIAL, long_term_section, session_section,
};

/// A line with what differs from run to run replaced.
fn normalised(line: &str) -> String {
    let mut text = String::new();
    for c in line.trim().chars() {
        match c {
            '0'..='9' if text.ends_with('0') => {}
            '0'..='9' => text.push('0'),
            c => text.push(c),
        }
    }
    text
}

/// The lines of the README's section.
fn readme() -> Vec<String> {
    let text = include_str!("../../README.md");
    let section = text.split("\n## What you see\n").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    section.lines().map(normalised).collect()
}

/// Sees that each line that was said stands in the README.
#[track_caller]
fn is_in_the_readme(said: &str, host: &str) {
    let readme = readme();
    let said = if host.is_empty() {
        said.to_owned()
    } else {
        said.replace(host, "sts.amazonaws.com")
    };
    // All runs of tests have an endpoint of their own.
    let named = format!("STS is at {}", "sts.amazonaws.com");
    let said = said.replace(&named, "STS is at sts.private.example");
    for line in said.lines() {
        let line = normalised(line);
        assert!(
            line.is_empty() || readme.contains(&line),
            "the README lacks:\n{line}"
        );
    }
}

fn host(sts: &LoopbackSts) -> String {
    sts.address().to_string()
}

#[test]
fn a_morning_with_mistakes() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let mut terminal = Terminal::start(home.run(&sts, &["-p", "dev"]));
    for line in ["12345\n", "\n", "000000\n", "000000\n"] {
        terminal.waits_for("(12h): ");
        terminal.types(line);
    }
    terminal.waits_for("refused already");
    terminal.waits_for("(12h): ");
    terminal.types(&format!("{}\n", sts.code()));
    is_in_the_readme(&terminal.exits(0, &[]), &host(&sts));
    let again = home.run(&sts, &["-p", "dev"]).run().exits(0);
    is_in_the_readme(&again.stderr, "");
    let late = Home::with(&session_section(600));
    is_in_the_readme(&late.run(&sts, &["-p", "dev"]).run().exits(0).stderr, "");
    let outranked = home
        .run(&sts, &["-p", "dev"])
        .env("AWS_ACCESS_KEY_ID", "x")
        .env("AWS_SESSION_TOKEN", "x");
    is_in_the_readme(&outranked.run().exits(0).stderr, "");
    let cancelled = Home::with(&long_term_section());
    let mut terminal = Terminal::start(cancelled.run(&sts, &["-p", "dev"]));
    terminal.waits_for("(12h): ");
    terminal.types_control('d');
    is_in_the_readme(&terminal.exits(130, &[]), &host(&sts));
}

#[test]
fn what_aws_refuses() {
    let sts = LoopbackSts::start();
    let said = |keys: &str, code: &str| {
        let home = Home::with(keys);
        let outcome = home.run(&sts, &["-p", "dev", "--token", code]).run();
        is_in_the_readme(&outcome.exits(1).stderr, &host(&sts));
    };
    let keys = long_term_section();
    said(&keys, "000000");
    said(&keys.replace(":mfa/", ":user/"), &sts.code());
    said(&keys.replace(":mfa/", ":u2f/user/"), &sts.code());
    said(&keys.replace(ACCESS_KEY_ID, "AKIADELETED"), &sts.code());
    said(&keys.replace(SECRET_ACCESS_KEY, "wrong"), &sts.code());
}

#[test]
fn what_goes_wrong_on_the_way() {
    let keys = long_term_section();
    for fault in [Fault::Drop, Fault::CaptivePortal, Fault::OneHourOnly] {
        let sts = LoopbackSts::start();
        sts.misbehave("GetSessionToken", fault);
        let home = Home::with(&keys);
        let outcome = home.run(&sts, &["-p", "dev", "--token", &sts.code()]).run();
        is_in_the_readme(&outcome.stderr, &host(&sts));
    }
    let sts = LoopbackSts::start();
    sts.misbehave("GetCallerIdentity", Fault::CaptivePortal);
    let home = Home::with(&keys);
    let outcome = home.run(&sts, &["-p", "dev", "--token", &sts.code()]).run();
    is_in_the_readme(&outcome.exits(1).stderr, &host(&sts));

    let sts = LoopbackSts::start();
    sts.set_clock_offset(3600);
    let outcome = home.run(&sts, &["-p", "dev", "--token", &sts.code()]).run();
    is_in_the_readme(&outcome.exits(0).stderr, &host(&sts));

    let other = LoopbackSts::start_with_tls();
    let untrusted = LoopbackSts::start_with_tls();
    let home = Home::with(&keys);
    let outcome = home
        .run_at(
            &other,
            &untrusted.url(),
            &["-p", "dev", "--token", "000000"],
        )
        .run();
    let host = format!("localhost:{}", untrusted.address().port());
    is_in_the_readme(&outcome.exits(1).stderr, &host);
}

#[test]
fn a_slow_network() {
    let sts = LoopbackSts::start();
    let relay = Relay::start(sts.address(), Duration::from_millis(800));
    let home = Home::with(&long_term_section());
    let url = sts.url_at(relay.address());
    let run = home.run_at(&sts, &url, &["-p", "dev", "--token", &sts.code()]);
    let said = run.run().exits(0).stderr;
    assert!(said.contains("waiting for"), "{said}");
    is_in_the_readme(&said, &relay.address().to_string());

    let home = Home::with(&long_term_section());
    let mut terminal = Terminal::start(home.run_offline(&["-p", "dev"]));
    terminal.waits_for("still trying");
    terminal.waits_for("(12h): ");
    terminal.types("111222\n");
    is_in_the_readme(&terminal.exits(1, &[]), "127.0.0.1:9");
}

#[test]
fn nobody_to_ask_what_cannot_be_right_and_pipes() {
    let home = Home::with(&long_term_section());
    let nobody = home.run_offline(&["-p", "dev"]).run().exits(3);
    is_in_the_readme(&nobody.stderr, "");
    let silent = home.run_offline(&["-p", "dev"]).silent_stdin().run();
    is_in_the_readme(&silent.exits(3).stderr, "");
    let typo = home.run_offline(&["-p", "dve"]).run().exits(1);
    is_in_the_readme(&typo.stderr.replace(home.path().to_str().unwrap(), "~"), "");
    home.set_config("[profile admin]\nrole_arn = x\nsource_profile = dev\n");
    let admin = home.run_offline(&["-p", "admin"]).run().exits(1);
    is_in_the_readme(&admin.stderr, "");
    home.set_config("[default]\nregion\n");
    let damaged = home.run_offline(&["-p", "dev", "--no-prompt"]).run();
    let damaged = damaged.exits(1).stderr;
    is_in_the_readme(&damaged.replace(home.path().to_str().unwrap(), "~"), "");
    home.set_config("");
    let no_url = home.run_offline(&["-p", "dev", "--token", "123456"]);
    let no_url = no_url.env("AWS_ENDPOINT_URL_STS", "sts.example").run();
    is_in_the_readme(&no_url.exits(1).stderr, "");
    let failing = ["-p", "dev", "--token-command", "false"];
    let sts = LoopbackSts::start();
    let failing = home.run(&sts, &failing).run().exits(1);
    is_in_the_readme(&failing.stderr, "");
    let (id, serial) = (ACCESS_KEY_ID, SERIAL);
    let args = [
        "setup",
        "-p",
        "dev",
        "--access-key-id",
        id,
        "--device",
        serial,
    ];
    let new = Home::empty();
    let setup = new.run(&sts, &args).stdin(SECRET_ACCESS_KEY).run().exits(0);
    is_in_the_readme(&setup.stderr, "");
}

/// The commands that the README shows with their output say just that.
#[test]
fn examples_with_their_output() {
    let expired =
        crate::support::session_section_until("2026-11-21 18:30:00").replace("[dev]", "[ops]");
    let ops = long_term_section().replace("[dev-", "[ops-");
    // Eleven hours and 58 minutes.
    let valid = session_section(43_125);
    let home = Home::with(&format!("{}{valid}{ops}{expired}", long_term_section()));
    let text = include_str!("../../README.md");
    let mut shown = 0;
    for block in text.split("```console\n").skip(1) {
        let block = block.split("\n```").next().unwrap();
        let Some(command) = block.strip_prefix("$ aws-mfa ") else {
            continue;
        };
        let (command, output) = command.split_once('\n').unwrap();
        if !command.starts_with("check") && !command.starts_with("list") {
            continue;
        }
        let args: Vec<&str> = command.split(' ').collect();
        let said = home.run_offline(&args).run().exits(0).stdout;
        // Columns are as wide as what stands in them.
        let words = |text: &str| text.split_whitespace().map(normalised).collect::<Vec<_>>();
        assert_eq!(words(&said), words(output), "{command}");
        shown += 1;
    }
    assert_eq!(shown, 3);
}
