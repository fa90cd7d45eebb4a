//! Options that stand before a command which can't use them.

use clap::{Arg, Command};

use crate::support::home::Home;
use crate::support::run::program;
use crate::support::{SECRET_ACCESS_KEY, for_this_system, session_section};

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
        // Nobody who means something else should lose a session.
        (&["client"], "did you mean `aws-mfa --profile client`?"),
        (&["cleanup"], "did you mean `aws-mfa --profile cleanup`?"),
        (&["claer"], "did you mean `clear`?"),
        (&["devs"], "did you mean `aws-mfa --profile devs`?"),
        (&["env", "--format", "bsh"], "did you mean `fish`?"),
        #[cfg(unix)]
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

/// The whole command that was meant, with what else was given.
#[test]
fn a_word_in_the_wrong_place_gets_the_whole_command() {
    let home = Home::empty();
    for (args, meant) in [
        (&["dev"][..], "--profile dev"),
        (
            &["-f", "dev", "--duration", "1h"],
            "-f --profile dev --duration 1h",
        ),
        (&["my profile"], "--profile 'my profile'"),
        (&["dev", "check"], "--profile dev check"),
        (&["check", "--json", "dev"], "check --json --profile dev"),
        (
            &["dev", "exec", "-f", "--", "ls", "-l"],
            "--profile dev exec -f -- ls …",
        ),
        (
            &["exec", "dev", "--", "ls", "a b"],
            "exec --profile dev -- ls …",
        ),
        (
            &["exec", "dev", "-f", "--", "ls"],
            "exec --profile dev -f -- ls",
        ),
        (&["123456789012"], "--profile 123456789012"),
        // What other tools call it.
        (&["login"], ""),
        (&["login", "dev"], "--profile dev"),
        (&["refresh", "-p", "dev"], "-p dev"),
        (&["renew"], ""),
        (&["get"], ""),
        (&["logout"], "clear"),
        (&["-p", "dev", "logout"], "-p dev clear"),
        (&["configure"], "setup"),
        (&["init", "dev"], "setup --profile dev"),
        (&["status", "-p", "dev"], "check -p dev"),
        (&["ls"], "list"),
        (
            &["run", "-p", "dev", "aws", "s3", "ls"],
            "exec -p dev -- aws s3 ls",
        ),
        (&["version"], "--version"),
        // The first word is no program.
        (
            &["exec", "no-such-program"],
            "exec --profile no-such-program",
        ),
        (
            &["shell", "no-such-program"],
            "exec --profile no-such-program",
        ),
        (
            &["exec", "no-such-program", "ls", "-l"],
            "exec --profile no-such-program -- ls …",
        ),
        (
            &["run", "no-such-program", "ls"],
            "exec --profile no-such-program -- ls",
        ),
        (&["run", "--", "aws", "s3"], "exec -- aws s3"),
        (&["run", "dev", "--", "aws"], "exec --profile dev -- aws"),
        // An option that the command doesn't have isn't repeated.
        (&["-f", "logout"], "clear"),
    ] {
        let outcome = home.run_offline(args).run();
        let command = for_this_system(&format!("aws-mfa {meant}"));
        let tip = format!("hint: did you mean `{}`?\n", command.trim_end());
        let code = if args.contains(&"exec") { 125 } else { 2 };
        outcome.exits(code).says(&[&tip]);
    }
    // `exec` without a command opens a shell.
    let outcome = home.run_offline(&["shell", "-p", "dev"]).run().exits(2);
    outcome.says(&["hint: did you mean `aws-mfa exec -p dev`?"]);
    for (args, tip) in [
        (&["-p", "dev", "prod"][..], "usage: "),
        (&["a", "b"], "usage: "),
        (&["list", "dev"], "usage: "),
        (&["check", "--", "dev"], "did you mean `--profile dev`?"),
    ] {
        let outcome = home.run_offline(args).run().exits(2);
        outcome.says(&[&format!("hint: {tip}")]);
    }
}

#[test]
#[cfg(unix)]
fn the_command_for_exec_is_shown_after_two_hyphens() {
    let home = Home::empty();
    for (args, meant) in [
        (
            &["-p", "dev", "printf", "s3", "ls", "--recursive", "s3://a b"][..],
            ": `aws-mfa exec -p dev -- printf s3 ls …`\n",
        ),
        (
            &["-p", "dev", "aws", "s3", "ls"],
            ": `aws-mfa exec -p dev -- aws s3 ls`\n",
        ),
        (&["-f", "ls", "-f"], ": `aws-mfa exec -f -- ls …`\n"),
        (&["--token", "123456", "ls"], ": `aws-mfa exec -- ls`\n"),
        // Without what may be a code or a key.
        (&["ls", "--token", "123456"], ": `aws-mfa exec -- ls …`\n"),
        (
            &["mysql", "-phunter2", "-h", "x"],
            ": `aws-mfa exec -- mysql …`\n",
        ),
        (&[SECRET_ACCESS_KEY, "x"], "\n"),
    ] {
        let run = home.run_offline(&[&["exec"], args].concat());
        let outcome = run.env("PATH", "/usr/bin:/bin").run();
        let meant = for_this_system(meant);
        let tip = format!("hint: put the command after `--`{meant}");
        let outcome = outcome.exits(125).says(&[&tip]);
        outcome.never_says("123456").never_says("hunter2");
    }
}

#[test]
fn a_code_in_the_wrong_place_is_hidden_and_gets_a_tip() {
    let home = Home::empty();
    for (args, command) in [
        (&["123456"][..], "aws-mfa"),
        (&["123", "456"], "aws-mfa"),
        (&["12", "34", "56"], "aws-mfa"),
        (&["12345"], "aws-mfa"),
        (&["123-456"], "aws-mfa"),
        (&["--token", "123", "456"], "aws-mfa"),
        (&["-p", "dev", "123 456"], "aws-mfa -p dev"),
        (&["dev", "123", "456"], "aws-mfa --profile dev"),
        (&["env", "-p", "dev", "123", "456"], "aws-mfa env -p dev"),
    ] {
        let outcome = home.run_offline(args).run().exits(2);
        let tip =
            format!("run `{command}` and type the code when it asks, or pass it with --token");
        let outcome = outcome.says(&[&tip]);
        for digits in ["123", "12", "34", "56", "456"] {
            assert!(!outcome.stderr.contains(digits), "{}", outcome.stderr);
        }
    }
    for args in [&["check", "123", "456"][..], &["check", "--", "123", "456"]] {
        let outcome = home.run_offline(args).run().exits(2);
        outcome.says(&["'******'", "usage: "]).never_says("123");
    }
}
