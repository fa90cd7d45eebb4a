//! A command that prints the code: `--token-command`, `mfa_process`.

use std::time::{Duration, Instant};

use crate::support::home::{Home, set_mode};
use crate::support::lab::Lab;
use crate::support::run::{Run, program};
use crate::support::{SECRET_ACCESS_KEY, SERIAL, long_term_section, long_term_section_of};

/// A run for `dev` with this token command.
fn run_with(lab: &Lab, command: &str, args: &[&str]) -> Run {
    lab.run(&[&["-p", "dev", "--token-command", command], args].concat())
}

/// A command that prints `text`, from a shell.
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
        let lab = Lab::new();
        let code = lab.sts.code();
        let command = printing(&format!("{before}{code}{after}"));
        run_with(&lab, &command, &["-v"])
            .run()
            .exits(0)
            .says(&["new session", "token command: from --token-command"])
            .never_says(&code)
            .never_says("printf");
        assert_eq!(lab.sts.received()[1].code(), Some(code.as_str()));
    }
}

#[test]
fn the_first_place_that_names_a_command_counts() {
    let process = |code: &str| format!("mfa_process = {}\n", printing(code));
    // The one whose command is run, and the places after it, whose commands would fail.
    for place in 0..4 {
        let mut lab = Lab::new();
        let code = lab.sts.code();
        let process_in = |n: usize| match n.cmp(&place) {
            std::cmp::Ordering::Less => String::new(),
            std::cmp::Ordering::Equal => process(&code),
            std::cmp::Ordering::Greater => "mfa_process = false\n".to_owned(),
        };
        lab.home = Home::with(&(long_term_section() + &process_in(1)));
        lab.home.set_config(&format!(
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
        let named = [
            "from --token-command",
            "from mfa_process in [dev-long-term]",
            "from mfa_process in [profile dev-long-term]",
            "from mfa_process in [profile dev]",
        ];
        lab.run(&[&["-p", "dev", "-v"], option].concat())
            .run()
            .exits(0)
            .says(&[named[place]])
            .never_says(&code);
    }
}

#[test]
fn it_goes_before_standard_input_and_after_the_token() {
    let lab = Lab::new();
    let command = printing(&lab.sts.code());
    run_with(&lab, &command, &[])
        .stdin("000000\n")
        .run()
        .exits(0);
    lab.refresh(&["-f", "--token-command", "false"])
        .run()
        .exits(0);
}

/// `oathtool -v` and others say on standard error what they print.
#[test]
fn a_code_on_its_standard_error_is_hidden() {
    for (before, after) in [("", ""), ("code: ", " lasts 24s"), ("zzz zzz", "\u{7}")] {
        let lab = Lab::new();
        let code = lab.sts.code();
        let shell = "sh -c 'echo \"$1\" >&2; printf \"%s\" \"$1\" >&2; echo \"$2\"' sh";
        let command = format!("{shell} \"{before}{code}{after}\" {code}");
        let outcome = run_with(&lab, &command, &["-q"]).run().exits(0);
        let outcome = outcome.says(&[&format!("  | {before}******")]);
        outcome.never_says(&code);
    }
    // The end of an excerpt isn't the middle of a code.
    let lab = Lab::new();
    let code = lab.sts.code();
    for length in 394..=400 {
        let text = format!(
            "{}{code}",
            "z ".repeat(length / 2) + &"z".repeat(length % 2)
        );
        let command = format!("sh -c 'echo \"$1\" >&2; exit 1' sh \"{text}\"");
        let outcome = run_with(&lab, &command, &[]).run().exits(1);
        let mut said = outcome.stderr.lines();
        let said = said.find(|line| line.starts_with("  | z z")).unwrap();
        assert!(!said.contains(&code[..1]), "{said}");
    }
}

/// Nor is it shown by its parts, or however else it may be written.
#[test]
fn a_code_that_comes_in_parts_is_hidden() {
    let lab = Lab::new();
    let code = lab.sts.code();
    let (first, last) = code.split_at(3);
    for script in [
        format!("printf {first} >&2; sleep 0.5; printf {last} >&2"),
        format!("printf \"{first} \" >&2; sleep 0.5; echo {last} >&2"),
        format!("echo \"{first} - {last}\" >&2"),
        format!("echo {first} >&2; sleep 0.5; echo {last} >&2"),
        format!("echo \"{first}      {last}\" >&2"),
    ] {
        let command = format!("sh -c '{script}; exit 1'");
        let outcome = run_with(&lab, &command, &[]).run().exits(1);
        let outcome = outcome.says(&["  | ******"]);
        outcome.never_says(first).never_says(last);
    }
}

/// The code came first: the command needn't die of what follows.
#[test]
fn what_it_prints_after_the_code_may_be_long() {
    let lab = Lab::new();
    let code = lab.sts.code();
    let script = "echo \"$1\"; head -c 300000 /dev/zero && head -c 300000 /dev/zero >&2";
    let command = format!("sh -c '{script}' sh {code}");
    run_with(&lab, &command, &["-q"]).run().exits(0);
}

#[test]
fn its_failures_are_said_without_its_words() {
    for (command, words) in [
        (
            "sh -c 'echo no key; echo SEEDSEED; exit 7' SEEDSEED",
            "the command from --token-command: it failed (exit status: 7)",
        ),
        (
            "sh -c 'kill -9 $$' SEEDSEED",
            "it failed (signal: 9 (SIGKILL))",
        ),
        ("echo SEEDSEED", "it printed no six-digit code"),
        ("SEEDSEED", "it cannot be started"),
        ("", "'--token-command <COMMAND>'"),
        ("echo 'SEEDSEED", "--token-command: unclosed quote"),
    ] {
        let lab = Lab::new();
        let outcome = run_with(&lab, command, &["-v"]).run();
        assert!(matches!(outcome.code, Some(1 | 2)), "{outcome:?}");
        outcome.says(&[words]).never_says("SEEDSEED");
        assert_eq!(lab.sts.codes_received(), 0, "{command}");
        assert_eq!(lab.credentials(), long_term_section());
    }
}

#[test]
fn why_it_cannot_be_started_is_said() {
    let lab = Lab::new();
    let plain = lab.home.write("SEEDSEED.txt", "");
    for (command, cause, hint) in [
        (
            "SEEDSEED --secret SEEDSEED",
            "caused by: No such file or directory (os error 2)",
            "hint: name a program that is in PATH, or its absolute path",
        ),
        (
            &plain,
            "caused by: Permission denied (os error 13)",
            "hint: run the command by itself",
        ),
    ] {
        let outcome = run_with(&lab, command, &["-v"]).run().exits(1);
        outcome.says(&[cause, hint]).never_says("SEEDSEED");
        let keys =
            format!("[dev-long-term]\ncredential_process = {command}\naws_mfa_device = {SERIAL}\n");
        let home = Home::with(&keys);
        let outcome = home
            .run_offline(&["-p", "dev", "--token", "123456"])
            .run()
            .exits(1);
        outcome.says(&[cause, hint]).never_says("SEEDSEED");
    }
}

#[test]
fn what_it_says_is_shown_and_made_safe() {
    let lab = Lab::new();
    let command = format!(
        "sh -c 'printf \"Touch your YubiKey\\033[2J\\n\\nPIN? \" >&2; sleep 0.5; echo {}'",
        lab.sts.code()
    );
    run_with(&lab, &command, &[])
        .run()
        .exits(0)
        .says(&["  | Touch your YubiKey\\u{1b}[2J\n  | PIN?\n"])
        .never_says("\u{1b}");
}

#[test]
fn it_gets_no_standard_input_and_no_shell() {
    let lab = Lab::new();
    let code = lab.sts.code();
    // cat would print the line that was meant for us.
    let command = format!(
        "sh -c 'test -z \"$(cat)\" && test \"$1\" = \"\\$HOME\" && echo {code}' sh '$HOME'"
    );
    run_with(&lab, &command, &[])
        .stdin("000000\n")
        .run()
        .exits(0);
}

#[test]
fn a_daemon_that_it_leaves_behind_is_not_waited_for() {
    let lab = Lab::new();
    let command = format!("sh -c 'sleep 20 & echo {}'", lab.sts.code());
    let start = Instant::now();
    run_with(&lab, &command, &[]).run().exits(0);
    assert!(start.elapsed() < Duration::from_secs(15));
}

#[test]
fn after_a_wrong_code_it_runs_again_until_it_prints_another() {
    let lab = Lab::new();
    // Twice the code of the last half minute, then the next one.
    let command = format!(
        "sh -c 'echo x >>state; if test $(wc -l <state) -lt 3; then echo 000000; else echo {}; fi'",
        lab.sts.code()
    );
    let outcome = run_with(&lab, &command, &[]).in_home().run().exits(0);
    outcome.says(&["waiting for the next one", "new session"]);
    assert_eq!(
        lab.sts.operations(),
        ["GetCallerIdentity", "GetSessionToken", "GetSessionToken"]
    );
    assert_eq!(lab.home.read("state").lines().count(), 3);
}

#[test]
fn the_same_wrong_code_is_sent_once_and_given_up_on() {
    let lab = Lab::new();
    let start = Instant::now();
    let outcome = run_with(&lab, "echo 000000", &[]).run().exits(1);
    outcome.says(&["it printed no new one within 35 seconds", "hint: "]);
    assert_eq!(lab.sts.codes_received(), 1);
    assert!(start.elapsed() >= Duration::from_secs(34));
}

#[test]
fn a_command_that_takes_too_long_is_ended() {
    let lab = Lab::new();
    let outcome = run_with(&lab, "sleep 100", &[]).run().exits(1);
    outcome.says(&["it gave no answer within 60 seconds"]);
    assert_eq!(lab.sts.codes_received(), 0);
}

#[test]
fn a_file_that_others_can_change_names_no_command() {
    let process = "mfa_process = echo 123456\n";
    let lab = Lab::new();
    lab.home.set_config(&format!("[profile dev]\n{process}"));
    let config = lab.home.path().join(".aws/config");
    set_mode(&config, 0o646);
    let outcome = lab.run(&["-p", "dev"]).run().exits(1);
    outcome.says(&[
        "/config can be changed by every user",
        "hint: run `chmod go-w ",
    ]);
    let credentials = long_term_section() + process;
    let lab = Lab::with(&credentials);
    set_mode(&lab.home.credentials_path(), 0o606);
    let outcome = lab.run(&["-p", "dev"]).run().exits(1);
    outcome.says(&["can be changed by every user"]);
    assert_eq!(lab.credentials(), credentials);
}

/// It would go on for ever.
#[test]
fn a_command_that_asks_for_its_own_profile_is_refused() {
    let program = program().display().to_string();
    let lab = Lab::with(&format!(
        "{}mfa_process = {program} -p ops\n{}mfa_process = {program} -p dev\n",
        long_term_section(),
        long_term_section_of("ops")
    ));
    let outcome = lab.run(&["-p", "dev"]).run().exits(1);
    outcome.says(&[
        "a command that aws-mfa runs for [dev] calls aws-mfa for [dev] again",
        "the command from mfa_process in [dev-long-term]: it failed",
    ]);
    assert_eq!(lab.sts.codes_received(), 0);
}

#[test]
fn its_environment_holds_no_secret() {
    let lab = Lab::new();
    let command = format!(
        "sh -c 'env >seen; tr \"\\0\" \" \" </proc/$PPID/cmdline >&2; echo {}'",
        lab.sts.code()
    );
    run_with(&lab, &command, &[]).in_home().run();
    let seen = lab.home.read("seen");
    assert!(!seen.contains(SECRET_ACCESS_KEY), "{seen}");
    assert!(seen.contains("AWS_MFA_SECTION=dev\n"), "{seen}");
}
