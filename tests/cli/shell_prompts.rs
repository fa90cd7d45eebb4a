//! The documents' prompts name the session that a shell holds. Driven by real keys.

use crate::support::documents::documents;
use crate::support::home::Home;
use crate::support::pty::Terminal;
use crate::support::session_section;
use crate::support::tools::{has, text, tool};

/// The documents' lines for the file of this name.
fn recipe(file: &str) -> String {
    let documents = documents();
    let heading = format!("in `{file}`:\n");
    let from = documents.split(&heading).skip(1);
    let blocks = from.filter_map(|from| from.split("```").nth(1));
    let mut blocks = blocks.filter(|block| block.contains("AWS_MFA_PROFILE"));
    let block = blocks
        .next()
        .unwrap_or_else(|| panic!("no recipe for {file}"));
    block.split_once('\n').unwrap().1.to_owned()
}

/// A shell that has read the recipe, and then another one that `exec` opens in it.
fn names_the_profile(shell: &str, file: &str) {
    let recipe = recipe(file);
    if !has(&[shell]) {
        return;
    }
    let home = Home::with(&session_section(3600));
    let file = home.path().join(file.trim_start_matches("~/"));
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    home.write(text(file.strip_prefix(home.path()).unwrap()), &recipe);
    // At its first start, fish would read all man pages of the system.
    let completions = home.path().join(".local/share/fish/generated_completions");
    std::fs::create_dir_all(completions).unwrap();
    let path = String::from_utf8(tool("which", &[shell]).stdout).unwrap();
    let mut command = home.other_program(path.trim());
    command
        .arg("-i")
        .env("SHELL", path.trim())
        .env("TERM", "xterm");
    let mut terminal = Terminal::start_command(command);
    terminal.types("echo be\"\"fore\n");
    let seen = terminal.waits_for("before");
    assert!(!seen.contains("[dev]"), "{seen}");
    terminal.types("aws-mfa exec -p dev\n");
    terminal.waits_for("a shell with the session of profile dev");
    terminal.waits_for("[dev]");
    terminal.types("exit\n");
    terminal.types("echo out\"\"side\n");
    terminal.waits_for("outside");
    terminal.types("exit\n");
    terminal.ends(&[]);
}

#[test]
fn bash_names_the_profile() {
    names_the_profile("bash", "~/.bashrc");
}

#[test]
fn zsh_names_the_profile() {
    names_the_profile("zsh", "~/.zshrc");
}

#[test]
fn fish_names_the_profile() {
    names_the_profile("fish", "~/.config/fish/config.fish");
}
