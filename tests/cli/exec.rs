//! `exec`: the session for a command.

use crate::support::home::Home;
use crate::support::long_term_section;

#[test]
fn failures_of_exec_itself_have_codes_of_their_own() {
    let home = Home::with_session();
    for (args, code, words) in [
        (
            &["--", "no-such-command"][..],
            127,
            "cannot run no-such-command",
        ),
        (&["--", "/etc/passwd"], 126, "cannot run /etc/passwd"),
        // In a script, the variable with the command may be empty.
        (&["--"], 125, "no command after `--`"),
        (&["--no-such-option", "--", "true"], 125, "--no-such-option"),
        (
            &["--duration", "5", "--force", "--", "true"],
            125,
            "outside the 900",
        ),
    ] {
        if cfg!(unix) || code == 125 {
            let args = [&["exec", "-p", "dev"], args].concat();
            home.run_offline(&args).run().exits(code).says(&[words]);
        }
    }
    // A typing error costs no code.
    let due = Home::with(&long_term_section());
    due.run_offline(&["exec", "-p", "dev", "--", "no-such-command"])
        .env("PATH", "/usr/bin:/bin")
        .run()
        .exits(127)
        .says(&["cannot run no-such-command"]);
    home.run_offline(&["exec", "-p", "nope", "--", "true"])
        .run()
        .exits(125)
        .says(&["[nope-long-term]"]);
}

#[test]
fn nobody_to_ask_is_a_failure_of_exec_itself() {
    Home::with(&long_term_section())
        .run_offline(&["exec", "-p", "dev", "--", "true"])
        .run()
        .exits(125);
}

#[test]
#[cfg(windows)]
fn without_a_command_it_opens_cmd() {
    let home = Home::with_session();
    // Wine's cmd has exit codes of its own.
    let run = home.run_offline(&["exec", "-p", "dev"]);
    let outcome = run.stdin("echo holds:%AWS_MFA_PROFILE%.\r\n").run();
    assert!(outcome.stdout.contains("holds:dev."), "{}", outcome.stdout);
    outcome.says(&["a shell with the session of profile dev, valid until "]);
}

#[cfg(unix)]
mod unix {
    use std::io::Write;
    use std::process::Stdio;

    use super::*;
    use crate::support::lab::Lab;
    use crate::support::pty::Terminal;
    use crate::support::sts::Trust;
    use crate::support::{ROLE, STORED_ACCESS_KEY_ID, STORED_TOKEN};

    /// What a shell is told to print.
    const HOLDS: &str = "echo \"holds:$AWS_ACCESS_KEY_ID,$AWS_MFA_PROFILE.\"\n";

    #[test]
    fn without_a_command_it_opens_the_users_shell() {
        for shell in ["/bin/sh", "/bin/bash"] {
            let home = Home::with_session();
            let run = home.run_offline(&["exec", "-p", "dev"]);
            let run = run
                .env("SHELL", shell)
                .env("PS1", "READY> ")
                .env("TERM", "dumb");
            let mut terminal = Terminal::start(run);
            terminal.waits_for("aws-mfa: a shell with the session of profile dev, valid until ");
            terminal.waits_for(" left); `exit` leaves it");
            terminal.types(HOLDS);
            terminal.waits_for(&format!("holds:{STORED_ACCESS_KEY_ID},dev."));
            terminal.types("aws-mfa-$0; exit 7\n");
            let seen = terminal.exits(7, &[]);
            assert!(seen.contains(&format!("aws-mfa-{shell}: ")), "{seen}");
            assert!(!seen.contains("warning"), "{seen}");
        }
    }

    /// A shell that reads its commands from a pipe.
    #[test]
    fn the_shell_has_standard_input() {
        let lab = Lab::new();
        let code = lab.sts.code();
        let run = lab
            .run(&["exec", "-p", "dev", "--token", &code])
            .stdin(HOLDS);
        let outcome = run.hands_over().run().exits(0);
        outcome.prints("holds:ASIASANDBOX000000001,dev.\n");
        let home = Home::with_session();
        let run = home
            .run_offline(&["exec", "-p", "dev", "-q"])
            .stdin("exit 3\n");
        run.run().exits(3).says_nothing();
    }

    #[test]
    fn a_shell_in_a_shell_is_warned_of() {
        let home = Home::with_session();
        let in_shell = |args: &[&str]| {
            let run = home.run_offline(args).env("AWS_MFA_PROFILE", "ops");
            run.env("AWS_SESSION_TOKEN", "x")
        };
        let run = in_shell(&["exec", "-p", "dev"]);
        run.stdin("exit\n")
            .run()
            .exits(0)
            .says(&["aws-mfa: warning: this shell has the session of profile ops already"]);
        // None is opened.
        let outcome = in_shell(&["exec", "-p", "nope"]).run().exits(125);
        outcome.never_says("already");
        // Its session was removed.
        let run = home
            .run_offline(&["exec", "-p", "dev"])
            .env("AWS_MFA_PROFILE", "ops");
        run.stdin("exit\n").run().exits(0).never_says("already");
        // A command is none of that.
        let run = home.run_offline(&["exec", "-p", "dev", "--", "true"]);
        run.env("AWS_MFA_PROFILE", "ops")
            .run()
            .exits(0)
            .says_nothing();
    }

    #[test]
    fn a_shell_that_is_not_there_costs_no_code() {
        let lab = Lab::new();
        let run = lab.run(&["exec", "-p", "dev", "--token", &lab.sts.code()]);
        let outcome = run
            .env("SHELL", "/nowhere/sh")
            .env("PATH", "/bin")
            .run()
            .exits(127);
        outcome.says(&["cannot run /nowhere/sh"]);
        assert_eq!(lab.sts.connections(), 0);
    }

    #[test]
    fn a_roles_session_is_named_by_its_profile() {
        let home = Home::with_session();
        home.set_config(&format!(
            "[profile admin]\nrole_arn = {ROLE}\nsource_profile = dev\n"
        ));
        let lab = Lab::at(home);
        let trust = Trust {
            principal: "arn:aws:iam::123456789012:user/alice".to_owned(),
            needs_mfa: true,
            external_id: None,
        };
        lab.sts.add_role(ROLE, trust);
        lab.refresh(&["--force"]).run().exits(0);
        let run = lab.run(&[
            "exec",
            "-p",
            "admin",
            "--",
            "sh",
            "-c",
            "echo $AWS_MFA_PROFILE",
        ]);
        run.env("PATH", "/usr/bin:/bin")
            .run()
            .exits(0)
            .prints("admin\n");
    }

    #[test]
    fn exec_gives_the_command_the_session_and_nothing_else_changes() {
        let home = Home::with_session();
        let script = "echo \"$AWS_ACCESS_KEY_ID $AWS_SESSION_TOKEN $AWS_REGION\" \
                      \"${AWS_PROFILE-none} ${AWS_SECURITY_TOKEN-none}\"; exit 42";
        let outcome = home
            .run_offline(&["exec", "-p", "dev", "--", "/bin/sh", "-c", script])
            .env("AWS_PROFILE", "other")
            .env("AWS_SECURITY_TOKEN", "stale")
            .hands_over()
            .run()
            .exits(42);
        assert_eq!(
            outcome.stdout,
            format!("{STORED_ACCESS_KEY_ID} {STORED_TOKEN} eu-west-1 none none\n")
        );
        outcome.says_nothing();
    }

    #[test]
    fn exec_becomes_the_command() {
        let home = Home::with_session();
        for (script, code) in [
            ("exit 0", Some(0)),
            ("exit 255", Some(255)),
            ("kill -TERM $$", None),
        ] {
            let args = ["exec", "-p", "dev", "--", "/bin/sh", "-c", script];
            assert_eq!(home.run_offline(&args).run().code, code);
        }
        // The same process: what waits for aws-mfa waits for the command.
        let run = home.run_offline(&["exec", "-p", "dev", "--", "/bin/sh", "-c", "echo $$"]);
        let mut command = run.into_command();
        let child = command.stdout(Stdio::piped()).spawn().unwrap();
        let id = child.id();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.stdout, format!("{id}\n").as_bytes());
    }

    #[test]
    fn exec_leaves_standard_input_alone() {
        let lab = Lab::new();
        let code = lab.sts.code();
        let run = lab.run(&["exec", "-p", "dev", "--token", &code, "--", "/bin/cat"]);
        let mut command = run.into_command();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let sent: Vec<u8> = (0..10_000_000_u32).map(|n| (n % 251) as u8).collect();
        let mut pipe = child.stdin.take().unwrap();
        let to_send = sent.clone();
        let writer = std::thread::spawn(move || pipe.write_all(&to_send).unwrap());
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        assert!(output.stdout == sent, "{} bytes came", output.stdout.len());
    }
}
