//! The real shells load the completion scripts and complete the user's own profiles.

use std::process::Command;

use crate::support::home::Home;
use crate::support::pty::Terminal;
use crate::support::tools::has;
use crate::support::{long_term_section, session_section};

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
    for shell_name in ["bash", "zsh", "fish", "powershell", "elvish"] {
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
