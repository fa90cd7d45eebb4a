//! What the program answers to the completion scripts, and real shells with those scripts.

mod keys;
mod loading;
mod shells;

use std::process::Command;

use crate::support::home::Home;
use crate::support::pty::Terminal;
use crate::support::tools::has;
use crate::support::{keys_section, long_term_section, session_section};

const SHELLS: [&str; 5] = ["bash", "zsh", "fish", "powershell", "elvish"];

fn home() -> Home {
    Home::with(&format!(
        "{}{}[prod-long-term]\naws_access_key_id = x\n",
        long_term_section(),
        session_section(3600)
    ))
}

/// A shell that says when it is ready.
fn shell(home: &Home, program: &str, args: &[&str]) -> Command {
    let mut command = home.other_program(program);
    command.args(args);
    command.env("TERM", "dumb").env("PS1", "READY> ");
    command
}

#[test]
fn the_program_answers_for_each_shell() {
    let home = home();
    for shell_name in SHELLS {
        let outcome = home
            .run_offline(&["completions", shell_name])
            .run()
            .exits(0);
        assert!(outcome.stdout.contains("aws-mfa"), "{}", outcome.stdout);
        outcome.says_nothing();
    }
    home.run_offline(&["completions", "tcsh"]).run().exits(2);
}

/// elvish knows completion only at a terminal.
#[test]
fn elvish_completes_profiles() {
    if !has(&["elvish"]) {
        return;
    }
    let home = home();
    let mut command = shell(&home, "elvish", &["-norc"]);
    command.env("TERM", "xterm");
    let mut terminal = Terminal::start_command(command);
    terminal.types("eval (aws-mfa completions elvish | slurp)\n");
    terminal.types(
        "each {|c| echo '<'$c'>' } \
         [($edit:completion:arg-completer[aws-mfa] aws-mfa --profile d)]\n",
    );
    terminal.waits_for("<dev>");
    terminal.types("exit\n");
    terminal.exits(0, &[]);
}

/// Section names that a shell would run, expand or take for something else; and a plain one.
fn hostile_home() -> Home {
    let names = [
        "$(touch${IFS}x)",
        "`touch<x`",
        "-x",
        "$HOME",
        "~",
        "a b",
        "a'b",
        "\u{e9}",
        "a_b.c/d%e@f:g+h",
        "dev",
        // These are never offered.
        "a;touch<x",
        "a\u{200d}b",
        "a\u{a0}b",
        "a\u{1b}[2Jb",
        "DEFAULT",
    ];
    let section = |name: &str| format!("[{name}-long-term]\naws_access_key_id = x\n");
    let hostile: String = names.into_iter().map(section).collect();
    Home::with(&(hostile + &section(&"d".repeat(1_000_000))))
}

/// Where the names are inserted as they are, only those that mean nothing to a shell are offered.
#[test]
fn names_that_need_quotes_are_offered_where_they_get_some() {
    let home = hostile_home();
    for shell in ["elvish", "powershell"] {
        assert_eq!(offered(&home, shell), ["a_b.c/d%e@f:g+h", "dev"], "{shell}");
    }
    let names = [
        "$(touch${IFS}x)",
        "$HOME",
        "`touch<x`",
        "a b",
        "a'b",
        "a_b.c/d%e@f:g+h",
        "dev",
        "~",
        "\u{e9}",
    ];
    for shell in ["zsh", "fish"] {
        assert_eq!(offered(&home, shell), names, "{shell}");
    }
    let quoted = [
        "\\$\\(touch\\$\\{IFS\\}x\\)",
        "\\$HOME",
        "\\`touch\\<x\\`",
        "a\\ b",
        "a\\'b",
        "a_b.c/d%e@f:g+h",
        "dev",
        "\\~",
        "\u{e9}",
    ];
    assert_eq!(offered(&home, "bash"), quoted);
}

/// The profiles that the program offers to a shell.
fn offered(home: &Home, shell: &str) -> Vec<String> {
    offered_after(home, shell, &["--profile", ""])
}

/// What it offers for the last of these words.
fn offered_after(home: &Home, shell: &str, words: &[&str]) -> Vec<String> {
    // Which has tabs, unlike what people see.
    let run = home.run_offline(&[&["--", "aws-mfa"], words].concat());
    let run = run.env("AWS_MFA_COMPLETE", shell).into_command().output();
    let output = run.unwrap();
    assert!(output.stderr.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    if ["bash", "zsh", "fish"].contains(&shell) {
        assert!(lines.remove(0).starts_with("values "), "{shell}");
    }
    let text = |line: &str| {
        let line = line.replace("\\:", "\u{0}");
        let separator = if shell == "zsh" { ':' } else { '\t' };
        let text = line.split(separator).next().unwrap_or_default();
        text.replace('\u{0}', ":")
    };
    lines.into_iter().map(text).collect()
}

/// Their names are checked in the same way.
#[test]
fn role_profiles_are_offered() {
    let home = Home::with(&long_term_section());
    let role = |name: &str| {
        format!("[profile {name}]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = dev\n")
    };
    home.set_config(&format!(
        "{}{}{}[profile plain]\nregion = eu-west-1\n",
        role("admin"),
        role("'a;touch<x'"),
        role("dev")
    ));
    for shell in SHELLS {
        let offered = offered(&home, shell);
        let plain = offered.iter().filter(|name| !name.contains("touch"));
        assert_eq!(plain.collect::<Vec<_>>(), ["admin", "dev"], "{shell}");
    }
    home.set_config("[profile admin\n");
    assert_eq!(offered(&home, "bash"), ["dev"]);
}

#[test]
fn sections_with_permanent_keys_are_offered() {
    let sections = long_term_section()
        + &session_section(600)
        + &keys_section("default")
        + "[other]\nregion = x\n[vault]\ncredential_process = pass show aws\n"
        + &keys_section("$(touch x)");
    let home = Home::with(&sections);
    for shell in SHELLS {
        let offered = offered_after(&home, shell, &["--long-term-profile", ""]);
        assert_eq!(
            offered[..3],
            ["dev-long-term", "default", "vault"],
            "{shell}"
        );
        assert_eq!(
            offered.len() > 3,
            !["elvish", "powershell"].contains(&shell)
        );
    }
}

/// Elvish and PowerShell get paths as they are inserted; the others complete paths themselves.
#[test]
fn hostile_paths_are_not_offered() {
    let home = home();
    std::fs::create_dir(home.path().join("files")).unwrap();
    for name in ["$(touch x)", "a;b", "a b", "a\u{200d}", "plain.ini"] {
        home.write(&format!("files/{name}"), "");
    }
    for (option, begun) in [
        ("--credentials-file", "files/"),
        ("--config-file", "~/files/"),
    ] {
        for (shell, answer) in [
            ("elvish", format!("{begun}plain.ini\n")),
            ("powershell", format!("{begun}plain.ini\n")),
            ("bash", "files 0\n".to_owned()),
            ("zsh", "files 0\n".to_owned()),
            ("fish", "files 0\n".to_owned()),
        ] {
            let outcome = home
                .run_offline(&["--", "aws-mfa", option, begun])
                .env("AWS_MFA_COMPLETE", shell)
                .in_home()
                .run();
            outcome.exits(0).prints(&answer);
        }
    }
}

/// Every shell gets the same, but for the quotes.
#[test]
fn words_are_offered_where_they_can_stand() {
    let home = home();
    for shell in SHELLS {
        let offered = |words: &[&str]| offered_after(&home, shell, words);
        let commands = offered(&[""]);
        assert_eq!(commands[..3], ["setup", "check", "list"], "{shell}");
        assert!(
            !commands.iter().any(|word| word.starts_with('-')),
            "{shell}"
        );
        assert_eq!(offered(&["-f", "chec"]), ["check"], "{shell}");
        let options = offered(&["-"]);
        for option in ["--profile", "-p", "--force", "--help"] {
            assert!(
                options.iter().any(|word| word == option),
                "{shell}: {option}"
            );
        }
        // Hidden ones, and other names of options that are offered.
        for option in ["--setup", "--log-level", "--serial-number"] {
            assert!(
                !options.iter().any(|word| word == option),
                "{shell}: {option}"
            );
        }
        assert_eq!(offered(&["--serial"]), ["--serial-number"], "{shell}");
        assert_eq!(offered(&["clear", "--f"]), [""; 0], "{shell}");
        assert_eq!(
            offered(&["check", "--profile", "x", "--js"]),
            ["--json"],
            "{shell}"
        );
        // The value of an option is no command.
        assert_eq!(offered(&["-p", "check", "lis"]), ["list"], "{shell}");
        assert_eq!(offered(&["-p", "dev", "check", ""]), [""; 0], "{shell}");
        assert_eq!(offered(&["--setu"]), [""; 0], "{shell}");
        assert_eq!(offered(&["exec", "-p", "dev", ""]), ["--"], "{shell}");
        assert_eq!(offered(&["completions", ""]).len(), 5, "{shell}");
        assert_eq!(offered(&["check", "--", ""]), [""; 0], "{shell}");
    }
}

#[test]
fn the_shell_is_found_out() {
    let home = home();
    for (path, own) in [
        ("/bin/bash", "bash"),
        ("/usr/local/bin/zsh", "zsh"),
        ("/usr/bin/pwsh", "powershell"),
    ] {
        let guessed = home.run_offline(&["completions"]).env("SHELL", path).run();
        let named = home.run_offline(&["completions", own]).run().exits(0);
        guessed.exits(0).prints(&named.stdout);
    }
    for (run, words) in [
        (
            home.run_offline(&["completions"]).env("SHELL", "/bin/ksh"),
            "there are no completions for /bin/ksh (from SHELL)",
        ),
        (home.run_offline(&["completions"]), "SHELL isn't set"),
    ] {
        let choices = "`aws-mfa completions bash`, or elvish, fish, powershell, zsh";
        run.run().exits(2).prints("").says(&[words, choices]);
    }
}

/// The variable may be left over from something else: without a line to complete it means nothing.
#[test]
fn a_variable_alone_is_no_request() {
    let home = home();
    for value in [&SHELLS[..], &["1", "sh", "\u{1b}[2J"]].concat() {
        let run = |args: &[&str]| home.run_offline(args).env("AWS_MFA_COMPLETE", value).run();
        for args in [&["check", "-p", "dev"][..], &["-p", "dev"]] {
            let outcome = run(args).exits(0);
            let said = outcome.stdout + &outcome.stderr;
            assert!(said.contains("valid until"), "{value}: {said}");
        }
        let outcome = run(&["exec", "-p", "dev", "--", "/bin/echo", "--", "aws-mfa", "x"]);
        outcome.exits(0).prints("-- aws-mfa x\n");
        run(&["--"])
            .exits(1)
            .says(&["no section [default-long-term]"]);
    }
    let outcome = home
        .run_offline(&["--", "aws-mfa", ""])
        .env("AWS_MFA_COMPLETE", "\u{1b}[2J")
        .run();
    outcome
        .exits(2)
        .prints("")
        .says(&["unrecognized subcommand"]);
}

/// Whatever is wrong with the file, completion is silent.
#[test]
fn without_a_readable_file_nothing_is_completed() {
    for home in [
        Home::empty(),
        Home::with_bytes(b"\xff\xfe[dev-long-term]\n"),
    ] {
        let outcome = home
            .run_offline(&["--", "aws-mfa", "--profile", "d"])
            .env("AWS_MFA_COMPLETE", "bash")
            .run()
            .exits(0);
        outcome.prints("values 0\n").says_nothing();
    }
}
