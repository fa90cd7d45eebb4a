//! A real shell at a terminal, and what a command line that is typed there comes to.

use std::process::Command;

use crate::support::home::Home;
use crate::support::pty::Terminal;
use crate::support::tools::has;

/// The shells with scripts of our own.
pub(super) const OWN: [&str; 3] = ["bash", "zsh", "fish"];

/// What completes the commands of other programs in bash.
pub(super) const BASH_COMPLETION: &str = "/usr/share/bash-completion/bash_completion";

pub(super) struct Shell<'h> {
    home: &'h Home,
    pub(super) terminal: Terminal,
    runs: usize,
}

impl<'h> Shell<'h> {
    /// A shell that has loaded the script as docs/shells.md says; none if it isn't installed.
    #[track_caller]
    pub(super) fn start(home: &'h Home, name: &str) -> Option<Self> {
        let load = match name {
            "bash" => "eval \"$(aws-mfa completions bash)\"",
            "zsh" => "autoload -Uz compinit && compinit -u -D; source <(aws-mfa completions zsh)",
            _ => "aws-mfa completions fish | source",
        };
        Self::start_with(home, name, load)
    }

    /// A shell that begins with `init`.
    #[track_caller]
    pub(super) fn start_with(home: &'h Home, name: &str, init: &str) -> Option<Self> {
        Self::start_in(home, name, init, &[])
    }

    /// With these variables, too.
    #[track_caller]
    pub(super) fn start_in(
        home: &'h Home,
        name: &str,
        init: &str,
        variables: &[(&str, &str)],
    ) -> Option<Self> {
        if !has(&[name]) {
            return None;
        }
        // Instead of the program, which the scripts ask for by its path, a function of that name
        // keeps its words.
        let (file, keep) = match name {
            "fish" => (
                ".config/fish/config.fish",
                "function aws-mfa; printf '%s\\n' $argv >~/words; end
                 function fish_prompt; echo -n 'READY> '; end; set -g fish_greeting",
            ),
            "zsh" => (
                ".zshrc",
                "aws-mfa() { printf '%s\\n' \"$@\" >~/words; }; PS1='READY> '; unsetopt prompt_sp",
            ),
            _ => (
                ".bashrc",
                "aws-mfa() { printf '%s\\n' \"$@\" >~/words; }; PS1='READY> '; HISTFILE=",
            ),
        };
        std::fs::create_dir_all(home.path().join(".config/fish")).unwrap();
        home.write(file, &format!("{init}\n{keep}\n"));
        let mut command: Command = home.other_program(name);
        command.arg("-i").env("LC_ALL", "C.UTF-8");
        command.env("TERM", if name == "fish" { "xterm" } else { "dumb" });
        command.envs(variables.iter().copied());
        let mut terminal = Terminal::start_command(command);
        terminal.has_columns(160);
        terminal.waits_for("READY> ");
        Some(Self {
            home,
            terminal,
            runs: 0,
        })
    }

    /// The words that aws-mfa gets after these keys, of which the last is Enter.
    #[track_caller]
    pub(super) fn runs(&mut self, keys: &str) -> Vec<String> {
        self.runs += 1;
        let end = format!("end-{}", self.runs);
        let _ = std::fs::remove_file(self.home.path().join("words"));
        self.terminal.types(&format!("{keys}\n"));
        // In two parts, as the terminal shows what is typed.
        let parts = end.split_at(3);
        self.terminal
            .types(&format!("echo {}''{}\n", parts.0, parts.1));
        self.terminal.waits_for(&end);
        self.terminal.waits_for("READY> ");
        let words = std::fs::read_to_string(self.home.path().join("words"));
        words
            .unwrap_or_default()
            .lines()
            .map(str::to_owned)
            .collect()
    }

    /// What the shell shows after these keys, up to `word`. The line isn't run.
    #[track_caller]
    pub(super) fn shows(&mut self, keys: &str, word: &str) -> String {
        self.terminal.types(keys);
        let shown = self.terminal.waits_for(word);
        // The shell drops what it hasn't read.
        self.terminal.types_control('c');
        std::thread::sleep(std::time::Duration::from_millis(300));
        self.runs("");
        shown
    }

    /// All that was shown.
    #[track_caller]
    pub(super) fn ends(mut self) -> String {
        self.terminal.types("exit\n");
        self.terminal.ends(&[]).0
    }
}
