//! A program that asks for the code in a window, where there is no terminal.

use std::time::Duration;

use rustix::process::{Pid, test_kill_process};

use crate::support::home::{Home, set_mode};
use crate::support::lab::Lab;
use crate::support::pty::Terminal;
use crate::support::relay::Relay;
use crate::support::run::{Outcome, Run};
use crate::support::{
    PROMPT, deleted_long_term_section, long_term_section, session_section, wait_until,
};

/// Notes its last argument, and prints the next line of `answers`.
const SCRIPT: &str = "#!/bin/sh
echo \"[$1]\" >>\"$HOME/asked\"
echo 'Gtk-WARNING: no theme' >&2
n=$(grep -c '\\[MFA\\|^MFA' \"$HOME/asked\")
sed -n \"${n}p\" \"$HOME/answers\"
";

/// The program of [`SCRIPT`], with these answers.
fn askpass(home: &Home, answers: &[&str]) -> String {
    home.write("answers", &(answers.join("\n") + "\n"));
    home.write_program("askpass", SCRIPT)
}

fn with_askpass(lab: &Lab, args: &[&str], answers: &[&str]) -> Run {
    let program = askpass(&lab.home, answers);
    lab.run(args)
        .env("AWS_MFA_ASKPASS", &program)
        .env("PATH", "/usr/bin:/bin")
}

/// All questions, but for the remark that this AWS isn't the real one.
fn asked(lab: &Lab) -> String {
    let asked = std::fs::read_to_string(lab.home.path().join("asked")).unwrap_or_default();
    asked.replace(&remark(lab), "")
}

fn remark(lab: &Lab) -> String {
    let address = lab.sts.address();
    format!("STS is at {address} (from AWS_ENDPOINT_URL_STS), which isn't AWS's own\n")
}

const QUESTION: &str = "[MFA code for dev (arn:aws:iam::123456789012:mfa/alice):]\n";

#[test]
fn every_command_that_needs_a_code_asks() {
    for args in [
        &["-p", "dev"][..],
        &["env", "-p", "dev", "--format", "env"],
        &["exec", "-p", "dev", "--", "printenv", "AWS_ACCESS_KEY_ID"],
        &["credential-process", "-p", "dev"],
        &["rotate", "-p", "dev", "--yes"],
    ] {
        let lab = Lab::new();
        let code = lab.sts.code();
        let run = with_askpass(&lab, args, &[&code]).env("AWS_MFA_TEST_PAUSE_MS", "1");
        let outcome = run.hands_over().run().exits(0);
        assert_eq!(asked(&lab), QUESTION, "{args:?}");
        outcome
            .says(&["new session for profile dev"])
            .never_says("Gtk");
        assert_eq!(lab.sts.codes_received(), 1, "{args:?}");
        let asked = lab.home.read("asked");
        assert!(asked.starts_with(&format!("[{}", remark(&lab))), "{asked}");
    }
}

#[test]
fn everything_else_comes_first() {
    let lab = Lab::new();
    let refuses = |args: &[&str]| with_askpass(&lab, &[&["-p", "dev"], args].concat(), &["000000"]);
    let code = lab.sts.code();
    refuses(&["--token", &code]).run().exits(0);
    let code = lab.sts.code();
    refuses(&["--force", "--token-command", &format!("echo {code}")])
        .run()
        .exits(0);
    let code = lab.sts.code();
    refuses(&["--force"])
        .stdin(&format!("{code}\n"))
        .run()
        .exits(0);
    refuses(&["--force", "--no-prompt"])
        .run()
        .exits(3)
        .says(&["nobody can be asked for the MFA code here: run `aws-mfa "]);
    let mut terminal = Terminal::start(refuses(&["--force"]));
    terminal.waits_for(PROMPT);
    lab.types_code(terminal);
    assert_eq!(asked(&lab), "");
}

#[test]
fn a_wrong_code_is_asked_for_again_with_the_reason() {
    let lab = Lab::new();
    let code = lab.sts.code();
    let run = with_askpass(&lab, &["-p", "dev"], &["000000", "000000", &code]);
    run.run().exits(0);
    let asked = asked(&lab);
    let questions: Vec<&str> = asked.split("]\n").collect();
    assert!(
        questions[1].starts_with("[AWS refused that code: mistyped, expired or already used"),
        "{asked}"
    );
    assert!(
        questions[2].starts_with("[AWS already refused that code"),
        "{asked}"
    );
    assert_eq!(questions.len(), 4, "{asked}");
    assert_eq!(lab.sts.codes_received(), 2);
}

#[test]
fn three_windows_are_enough() {
    let lab = Lab::new();
    let wrong = ["000000", "000001", "000002"];
    with_askpass(&lab, &["-p", "dev"], &[&wrong[..], &["000003"]].concat())
        .run()
        .exits(1)
        .says(&["invalid MFA one time pass code"]);
    assert_eq!(lab.sts.codes_received(), 3);

    // The same one again, by a program that asks nobody: what AWS said counts.
    let lab = Lab::new();
    with_askpass(&lab, &["-p", "dev"], &["000000"; 4])
        .run()
        .exits(1)
        .says(&["invalid MFA one time pass code"]);
    assert_eq!(lab.sts.codes_received(), 1);
    assert_eq!(asked(&lab).matches("MFA code for").count(), 3);

    let lab = Lab::new();
    with_askpass(&lab, &["-p", "dev"], &["yes", "12345", "no", "111111"])
        .run()
        .exits(3)
        .says(&[
            "nobody can be asked for the MFA code here (the askpass program from AWS_MFA_ASKPASS: \
             it printed no six-digit code): run `aws-mfa --profile dev",
        ])
        .never_says("12345");
    let asked = asked(&lab);
    assert!(
        asked.contains("[an MFA code is six digits; nothing was sent\nMFA code"),
        "{asked}"
    );
    assert_eq!(asked.matches("MFA code for").count(), 3);
    assert_eq!(lab.sts.codes_received(), 0);
}

/// A window that is closed, say.
#[test]
fn no_code_is_as_if_nobody_could_be_asked() {
    for (script, problem) in [
        ("#!/bin/sh\nexit 1\n", "it failed (exit status: 1)"),
        ("#!/bin/sh\necho ' '\n", "it printed no six-digit code"),
        ("#!/nowhere\n", "it cannot be started"),
    ] {
        let lab = Lab::new();
        let program = lab.home.write_program("ask", script);
        let run = |args: &[&str]| lab.run(args).env("AWS_MFA_ASKPASS", &program).run();
        run(&["-p", "dev"]).exits(3).says(&[problem]);
        run(&["exec", "-p", "dev", "--", "true"])
            .exits(125)
            .says(&[problem]);
        assert_eq!(lab.sts.codes_received(), 0);
        assert_eq!(lab.credentials(), long_term_section());
    }
}

/// Also where a script has opened it.
#[test]
fn bad_keys_close_the_window() {
    for script in [
        "#!/bin/sh\necho $$ >\"$HOME/pid\"\nexec sleep 100\n",
        "#!/bin/sh\nsleep 100 & echo $! >\"$HOME/pid\"\nwait\n",
    ] {
        let lab = Lab::with(&deleted_long_term_section());
        // Time enough for the script.
        let far_away = Relay::start(lab.sts.address(), Duration::from_millis(500));
        let program = lab.home.write_program("ask", script);
        lab.run_through(&far_away, &["credential-process", "-p", "dev"])
            .env("AWS_MFA_ASKPASS", &program)
            .env("PATH", "/usr/bin:/bin")
            .run()
            .exits(1)
            .says(&["InvalidClientTokenId"]);
        let pid = lab.home.read("pid").trim().parse().unwrap();
        let pid = Pid::from_raw(pid).unwrap();
        wait_until("the end of the window", || test_kill_process(pid).is_err());
        assert_eq!(lab.sts.codes_received(), 0);
    }
}

#[test]
fn the_first_place_that_names_a_program_counts() {
    for place in 0..4 {
        let lab = Lab::new();
        let code = lab.sts.code();
        let good = askpass(&lab.home, &[&code]);
        let value = |n: usize| match n.cmp(&place) {
            std::cmp::Ordering::Less => String::new(),
            std::cmp::Ordering::Equal => format!("mfa_askpass = {good}\n"),
            std::cmp::Ordering::Greater => "mfa_askpass = false\n".to_owned(),
        };
        lab.home
            .write(".aws/credentials", &(long_term_section() + &value(1)));
        lab.home.set_config(&format!(
            "[profile dev-long-term]\n{}[profile dev]\n{}",
            value(2),
            value(3)
        ));
        let mut run = lab.run(&["-p", "dev"]).env("PATH", "/usr/bin:/bin");
        if place == 0 {
            run = run.env("AWS_MFA_ASKPASS", &good);
        }
        run.env("SSH_ASKPASS", "/bin/false")
            .env("DISPLAY", ":9")
            .run()
            .exits(0);
        assert_eq!(asked(&lab), QUESTION, "{place}");
    }
}

#[test]
fn the_program_of_ssh_is_used_as_ssh_would() {
    let lab = Lab::new();
    let code = lab.sts.code();
    lab.home.write("answers", &format!("{code}\n"));
    // One path, however it is written.
    let program = lab.home.write_program("ask 'me", SCRIPT);
    let run = |variables: &[(&str, &str)]| -> Outcome {
        let run = lab.run(&["-p", "dev"]).env("SSH_ASKPASS", &program);
        let run = run.env("PATH", "/usr/bin:/bin");
        let run = variables
            .iter()
            .fold(run, |run, (name, value)| run.env(name, value));
        run.run()
    };
    for variables in [
        &[][..],
        &[("SSH_ASKPASS_REQUIRE", "prefer")],
        &[("DISPLAY", ":9"), ("SSH_ASKPASS_REQUIRE", "never")],
        &[("DISPLAY", "")],
    ] {
        run(variables).exits(3);
    }
    assert_eq!(asked(&lab), "");
    run(&[("DISPLAY", ":9")]).exits(0);
    for variables in [
        &[("WAYLAND_DISPLAY", "wayland-9")][..],
        &[("SSH_ASKPASS_REQUIRE", "force")],
    ] {
        lab.home.write(".aws/credentials", &long_term_section());
        lab.home.write("asked", "");
        lab.home.write("answers", &format!("{}\n", lab.sts.code()));
        run(variables).exits(0);
    }
}

#[test]
fn the_program_gets_its_words_and_the_question() {
    let lab = Lab::new();
    let code = lab.sts.code();
    lab.run(&["-p", "dev"])
        .env("PATH", "/usr/bin:/bin")
        .env(
            "AWS_MFA_ASKPASS",
            &format!("sh -c 'echo \"$# $1|$2|$3\" >\"$HOME/asked\"; echo {code}' sh --entry '--title=my aws' --text"),
        )
        .run()
        .exits(0)
        .never_says(&code);
    assert_eq!(asked(&lab), "4 --entry|--title=my aws|--text\n");
}

#[test]
fn of_many_callers_one_asks() {
    let lab = Lab::new();
    let code = lab.sts.code();
    let script = "for n in 1 2 3 4 5; do
            \"$0\" credential-process -p dev >out-$n & \"$0\" exec -p dev -- true &
        done; wait";
    let run = with_askpass(&lab, &[], &[&code]);
    run.under("sh", &["-c", script]).in_home().run().exits(0);
    assert_eq!(asked(&lab), QUESTION);
    assert_eq!(lab.sts.codes_received(), 1);
    for n in 1..=5 {
        assert!(
            lab.home
                .read(&format!("out-{n}"))
                .contains("ASIASANDBOX000000001")
        );
    }
}

#[test]
fn what_the_program_says_is_shown_only_if_all_is() {
    let lab = Lab::new();
    let code = lab.sts.code();
    with_askpass(&lab, &["-p", "dev", "-v"], &[&code])
        .run()
        .exits(0)
        .says(&["askpass program: from AWS_MFA_ASKPASS", "Gtk-WARNING"]);
}

/// It may run anything.
#[test]
fn a_program_that_others_could_name_is_refused() {
    let lab = Lab::new();
    lab.home
        .set_config("[profile dev]\nmfa_askpass = /bin/false\n");
    set_mode(&lab.home.path().join(".aws/config"), 0o666);
    let code = lab.sts.code();
    let outcome = lab.run(&["-p", "dev", "--token", &code]).run().exits(1);
    outcome.says(&["can be changed by every user"]);
    assert_eq!(lab.sts.connections(), 0);
}

/// A job in the background has a terminal, but would be stopped there.
#[test]
fn a_background_job_asks_in_a_window() {
    let lab = Lab::new();
    let code = lab.sts.code();
    let run = with_askpass(&lab, &[], &[&code]).env("PS1", "READY> ");
    let mut terminal = Terminal::start_from_script(run, "aws=\"$0\" exec sh -i");
    terminal.waits_for("READY> ");
    terminal.types("\"$aws\" -p dev </dev/null & wait $!; echo ended-$?\n");
    terminal.waits_for("new session for profile dev");
    terminal.waits_for("ended-0");
    terminal.types("exit\n");
    terminal.exits(0, &[&code]);
    assert_eq!(asked(&lab), QUESTION);
}

#[test]
fn a_valid_session_needs_no_window() {
    let lab = Lab::with(&(long_term_section() + &session_section(3600)));
    with_askpass(&lab, &["-p", "dev"], &["000000"])
        .run()
        .exits(0);
    assert_eq!(asked(&lab), "");
}
