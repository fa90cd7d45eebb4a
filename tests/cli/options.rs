//! Options that stand before a command which can't use them.

use clap::{Arg, Command};

use crate::support::home::Home;
use crate::support::run::program;
use crate::support::{SECRET_ACCESS_KEY, session_section};

/// A value that the option takes.
fn value(option: &Arg) -> &'static str {
    match option.get_id().as_str() {
        "min_remaining" | "duration" => "1h",
        "assume_role" => "arn:aws:iam::123456789012:role/admin",
        _ => "123456",
    }
}

fn has(command: &Command, option: &Arg) -> bool {
    command
        .get_arguments()
        .any(|arg| arg.get_id() == option.get_id())
}

/// Every option of the main job with every command, by clap's own definitions: a command that doesn't
/// have the option refuses it, and says which it is.
#[test]
fn a_command_refuses_each_option_that_it_does_not_have() {
    let home = Home::with(&session_section(3600));
    let root = aws_mfa::command_line();
    let of_main_job = |option: &&Arg| !option.is_global_set() && option.get_id() != "setup";
    let mut refused = 0;
    for option in root.get_arguments().filter(of_main_job) {
        let long = format!("--{}", option.get_long().unwrap());
        for command in root
            .get_subcommands()
            .filter(|command| !has(command, option))
        {
            let name = command.get_name();
            let mut args = vec![long.as_str()];
            args.extend(option.get_action().takes_values().then(|| value(option)));
            args.push(name);
            args.extend((name == "completions").then_some("bash"));
            let words = format!("error: `aws-mfa {name}` doesn't accept {long}");
            home.run_offline(&args).run().exits(2).says(&[&words]);
            refused += 1;
        }
    }
    // Five commands, of which two have two of the options themselves.
    assert!(refused > 40, "{refused}");
}

#[test]
fn the_python_aws_mfa_s_setup_refuses_them_too() {
    let home = Home::empty();
    let outcome = home.run_offline(&["--setup", "--force"]).run().exits(2);
    outcome.says(&["error: `aws-mfa setup` doesn't accept --force"]);
}

/// A hint is one thing to do.
#[test]
fn a_mistyped_word_gets_one_tip() {
    let home = Home::empty();
    for (args, tip) in [
        (&["--forc"][..], "did you mean `--force`?"),
        (&["exec", "--frce", "--", "ls"], "did you mean `--force`?"),
        (&["chek"], "did you mean `check`?"),
        (&["env", "--format", "bsh"], "did you mean `fish`?"),
        (&["dev"], "did you mean `--profile dev`?"),
        (&["check", "dev"], "did you mean `--profile dev`?"),
        (
            &["exec", "-p", "dev", "aws", "s3", "ls"],
            "put the command after `--`: `-- aws …`",
        ),
        (
            &["completions"],
            "name the shell: `aws-mfa completions bash`, or elvish, fish, powershell, zsh",
        ),
        (&["x\n\ny"], "usage: aws-mfa [OPTIONS] [COMMAND]"),
    ] {
        let code = if args[0] == "exec" { 125 } else { 2 };
        let outcome = home.run_offline(args).run().exits(code).prints("");
        let lines: Vec<&str> = outcome.stderr.lines().collect();
        assert!(lines[0].starts_with("aws-mfa: error: "), "{lines:?}");
        assert_eq!(lines[1..], [format!("  hint: {tip}")], "{args:?}");
    }
}

/// Aliases rely on the last one counting, but who names two profiles expects two sessions.
#[test]
fn the_last_profile_counts_and_the_other_one_is_named() {
    let (home, itself) = (Home::with(&session_section(3600)), program());
    for args in [
        &["-p", "a", "-p", "dev"][..],
        &["-p", "a", "check", "-p", "dev"],
        &["check", "-p", "a", "--profile=dev"],
        &[
            "exec",
            "-pa",
            "-p",
            "dev",
            "--",
            itself.to_str().unwrap(),
            "--version",
        ],
    ] {
        let words = "warning: profile a is ignored: aws-mfa serves one profile at a time, here dev";
        home.run_offline(args).run().exits(0).says(&[words]);
    }
    for args in [&["-p", "dev", "-p", "dev"][..], &["-p", "dev", "check"]] {
        home.run_offline(args).run().exits(0).never_says("ignored");
    }
}

/// A command that can't be run is found out before the profile is looked at.
#[test]
fn exec_looks_for_the_command_first() {
    let home = Home::empty();
    let args = ["exec", "--min-remaining", "bogus", "--", "no-such-command"];
    let run = home.run_offline(&args).env("PATH", "/usr/bin:/bin");
    run.run().exits(127);
}

/// `Run` searches what is said for the code and for every secret.
#[test]
fn a_code_or_a_key_in_the_wrong_place_is_not_repeated() {
    let home = Home::empty();
    for (args, hint) in [
        (&["-p", "dev", "123456"][..], "'******'"),
        (&["-p", "dev", "12-34-56"], "'******'"),
        (&["setup", SECRET_ACCESS_KEY], "'******'"),
        (&["setup", &format!("--key={SECRET_ACCESS_KEY}")], "'--key"),
        (&["-p", "dev", &format!("x{}", "y".repeat(2000))], "…"),
    ] {
        let outcome = home.run_offline(args).run().exits(2).says(&[hint]);
        let outcome = outcome.never_says("12-34-56");
        assert!(outcome.stderr.len() < 1500, "{}", outcome.stderr);
    }
}
