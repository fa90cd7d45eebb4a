//! The scripts work however a shell loads them.

use super::shells::{BASH_COMPLETION, Shell};
use crate::support::home::Home;
use crate::support::tools::{has, text};

const COMPINIT: &str = "autoload -Uz compinit && compinit -u -D";

fn home() -> Home {
    Home::with("[my profile-long-term]\naws_access_key_id = x\n")
}

fn script(home: &Home, shell: &str) -> String {
    let outcome = home.run_offline(&["completions", shell]).run();
    outcome.exits(0).stdout
}

/// A shell that begins with `init` completes at the first Tab.
#[track_caller]
fn completes(home: &Home, shell: &str, init: &str, variables: &[(&str, &str)]) {
    let Some(mut shell) = Shell::start_in(home, shell, init, variables) else {
        return;
    };
    for _ in 0..2 {
        let seen = shell.runs("aws-mfa -p my\t");
        assert_eq!(seen, ["-p", "my profile"], "{init}");
    }
    let seen = shell.ends();
    for problem in ["not found", "bad ", "invalid"] {
        assert!(!seen.contains(problem), "{init}: {seen}");
    }
}

#[test]
fn zsh_loads_it_before_and_after_compinit() {
    let home = home();
    let source = "source <(aws-mfa completions zsh)";
    for init in [
        format!("{COMPINIT}\n{source}"),
        format!("{source}\n{COMPINIT}"),
        format!("{COMPINIT}\neval \"$(aws-mfa completions zsh)\""),
        format!("setopt ksh_arrays no_unset sh_word_split\n{source}\n{COMPINIT}"),
    ] {
        completes(&home, "zsh", &init, &[]);
    }
}

#[test]
fn zsh_waits_for_compinit() {
    let home = home();
    let init = "source <(aws-mfa completions zsh)";
    let Some(mut shell) = Shell::start_with(&home, "zsh", init) else {
        return;
    };
    assert_eq!(shell.runs("aws-mfa -p my\t"), ["-p", "my"]);
    shell.runs(COMPINIT);
    assert_eq!(shell.runs("aws-mfa -p my\t"), ["-p", "my profile"]);
    // It has left nothing that runs before each prompt.
    shell.runs("aws-mfa \"[$precmd_functions]\"");
    assert_eq!(shell.runs("aws-mfa \"[$precmd_functions]\""), ["[]"]);
    shell.ends();
}

#[test]
fn zsh_finds_it_in_its_folders() {
    let home = home();
    std::fs::create_dir(home.path().join("functions")).unwrap();
    home.write("functions/_aws-mfa", &script(&home, "zsh"));
    completes(
        &home,
        "zsh",
        &format!("fpath=(~/functions $fpath)\n{COMPINIT}"),
        &[],
    );
}

#[test]
fn bash_loads_it_when_it_is_needed() {
    if !has(&[BASH_COMPLETION]) {
        return;
    }
    let home = home();
    let folder = home.path().join("data/bash-completion/completions");
    std::fs::create_dir_all(folder).unwrap();
    home.write(
        "data/bash-completion/completions/aws-mfa",
        &script(&home, "bash"),
    );
    let data = home.path().join("data");
    let variables = [("XDG_DATA_HOME", text(&data))];
    completes(&home, "bash", &format!(". {BASH_COMPLETION}"), &variables);
}

#[test]
fn fish_finds_it_in_its_folders() {
    let home = home();
    std::fs::create_dir_all(home.path().join(".config/fish/completions")).unwrap();
    home.write(
        ".config/fish/completions/aws-mfa.fish",
        &script(&home, "fish"),
    );
    completes(&home, "fish", "", &[]);
    std::fs::remove_dir_all(home.path().join(".config/fish/completions")).unwrap();
    let folder = home.path().join("data/fish/vendor_completions.d");
    std::fs::create_dir_all(folder).unwrap();
    home.write(
        "data/fish/vendor_completions.d/aws-mfa.fish",
        &script(&home, "fish"),
    );
    let data = home.path().join("data");
    completes(&home, "fish", "", &[("XDG_DATA_DIRS", text(&data))]);
}

#[test]
fn bash_takes_odd_settings() {
    let home = home();
    let init = "set -u; IFS=m; eval \"$(aws-mfa completions bash)\"";
    completes(&home, "bash", init, &[]);
}
