//! The real shells load the completion scripts and complete the user's own profiles.

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

#[test]
fn bash_completes_profiles() {
    if !has(&["bash"]) {
        return;
    }
    let home = home();
    let script = "source <(aws-mfa completions bash)
        COMP_WORDS=(aws-mfa --profile d) COMP_CWORD=2 COMP_TYPE=9
        spec=$(complete -p aws-mfa); function=${spec#*-F }; function=${function%% *}
        $function aws-mfa d --profile; printf '%s\\n' \"${COMPREPLY[@]}\"";
    let output = shell(&home, "bash", &["-c", script]).output().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim(),
        "dev",
        "{output:?}"
    );
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

#[test]
fn fish_completes_profiles() {
    if !has(&["fish"]) {
        return;
    }
    let home = home();
    let script = "aws-mfa completions fish | source
        complete -C 'aws-mfa --profile d'; complete -C 'aws-mfa che'";
    let output = shell(&home, "fish", &["-c", script]).output().unwrap();
    let seen = String::from_utf8_lossy(&output.stdout);
    let words: Vec<&str> = seen
        .lines()
        .filter_map(|line| line.split('\t').next())
        .collect();
    assert_eq!(words, ["dev", "check"], "{output:?}");
}

#[test]
fn zsh_completes_profiles() {
    if !has(&["zsh"]) {
        return;
    }
    let home = home();
    home.write(
        ".zshrc",
        "autoload -Uz compinit && compinit -u; source <(aws-mfa completions zsh); PS1='READY> '\n",
    );
    let mut terminal = Terminal::start_command(shell(&home, "zsh", &["-i"]));
    terminal.waits_for("READY> ");
    terminal.types("aws-mfa check --profile d\t\n");
    terminal.waits_for("dev: valid until");
    terminal.types("exit\n");
    terminal.exits(0, &[]);
}

/// Section names that a shell would run, expand or take for something else.
fn hostile_home() -> Home {
    let names = [
        "$(touch${IFS}x)",
        "`touch<x`",
        "a;touch<x",
        "-x",
        "$HOME",
        "~",
        "a b",
        "a'b",
        "a\u{200d}b",
        "\u{e9}",
        "DEFAULT",
    ];
    let section = |name: &str| format!("[{name}-long-term]\naws_access_key_id = x\n");
    let hostile: String = names.into_iter().map(section).collect();
    let long = section(&"d".repeat(1_000_000));
    Home::with(&format!(
        "{hostile}{long}{}{}",
        section("dev"),
        section("a_b.c/d%e@f:g+h")
    ))
}

/// Only what a profile may be called is offered: bash puts it into the command line as it is.
#[test]
fn hostile_names_are_not_offered() {
    let home = hostile_home();
    for shell in SHELLS {
        let offered = offered(&home, shell);
        assert_eq!(offered, ["a_b.c/d%e@f:g+h", "dev"], "{shell}");
    }
}

/// The profiles that the program offers to a shell.
fn offered(home: &Home, shell: &str) -> Vec<String> {
    offered_for(home, shell, "--profile")
}

/// The values that it offers for this option.
fn offered_for(home: &Home, shell: &str, option: &str) -> Vec<String> {
    let outcome = home
        .run_offline(&["--", "aws-mfa", option, ""])
        .env("AWS_MFA_COMPLETE", shell)
        .env("_CLAP_COMPLETE_INDEX", "2")
        .run()
        .exits(0);
    let offered = outcome.stdout.replace("\\:", ":");
    outcome.says_nothing();
    offered.lines().map(str::to_owned).collect()
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
        assert_eq!(offered(&home, shell), ["admin", "dev"], "{shell}");
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
        let offered = offered_for(&home, shell, "--long-term-profile");
        assert_eq!(offered, ["dev-long-term", "default", "vault"], "{shell}");
    }
}

/// Paths are inserted like that, too.
#[test]
fn hostile_paths_are_not_offered() {
    let home = home();
    std::fs::create_dir(home.path().join("files")).unwrap();
    for name in ["$(touch x)", "a;b", "a b", "a\u{200d}", "plain.ini"] {
        home.write(&format!("files/{name}"), "");
    }
    for shell in SHELLS {
        for (option, begun) in [
            ("--credentials-file", "files/"),
            ("--config-file", "~/files/"),
        ] {
            let outcome = home
                .run_offline(&["--", "aws-mfa", option, begun])
                .env("AWS_MFA_COMPLETE", shell)
                .env("_CLAP_COMPLETE_INDEX", "2")
                .in_home()
                .run()
                .exits(0);
            assert_eq!(
                outcome.stdout.trim(),
                format!("{begun}plain.ini"),
                "{shell}"
            );
        }
    }
}

/// A tab and Enter, and nothing is run.
#[test]
fn bash_runs_nothing_from_a_name() {
    if !has(&["bash"]) {
        return;
    }
    let home = Home::with("[$(touch${IFS}x)-long-term]\naws_access_key_id = x\n");
    let mut command = shell(&home, "bash", &["--norc", "-i"]);
    command.current_dir(home.path());
    let mut terminal = Terminal::start_command(command);
    terminal.waits_for("READY> ");
    terminal.types("source <(aws-mfa completions bash)\n");
    terminal.waits_for("READY> ");
    terminal.types("aws-mfa check --profile \t\n");
    terminal.waits_for("error: ");
    terminal.types("exit\n");
    terminal.exits(2, &[]);
    assert!(!home.path().join("x").exists());
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
            .env("_CLAP_COMPLETE_INDEX", "2")
            .run()
            .exits(0);
        outcome.prints("").says_nothing();
    }
}
