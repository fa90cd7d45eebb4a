//! What a script gets: a line with a word for the kind and a number, then a line for each candidate.
//! Pure.

use clap::builder::StyledStr;
use clap_complete::Shell;

use super::bash::Head;

/// What may be inserted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) text: String,
    help: Option<String>,
}

impl From<String> for Candidate {
    fn from(text: String) -> Self {
        Self { text, help: None }
    }
}

impl Candidate {
    pub(super) fn new(text: impl Into<String>, help: Option<&StyledStr>) -> Self {
        let help = help.map(ToString::to_string);
        // Menus have one line for it.
        let line = help.as_deref().and_then(|help| help.lines().next());
        Self {
            text: text.into(),
            help: line.map(str::to_owned),
        }
    }
}

pub(super) enum Answer {
    /// Candidates for the word from this byte on.
    Values(usize, Vec<Candidate>),
    /// The shell completes paths as it does elsewhere, from this byte of the word on.
    Files(usize),
    /// The shell completes a command line of its own, from the word with this number on.
    CommandLine(usize),
}

/// Whether the shell's script quotes what is inserted.
pub(super) fn quotes(shell: Shell) -> bool {
    matches!(shell, Shell::Bash | Shell::Zsh | Shell::Fish)
}

impl Answer {
    pub(super) fn text(&self, shell: Shell, typed: &str) -> String {
        let mut text = self.first_line(shell);
        let Self::Values(start, values) = self else {
            return text;
        };
        // fish and the others replace the whole word.
        let head = &typed[..*start];
        for Candidate { text: value, help } in values {
            let line = match (shell, help) {
                (Shell::Zsh, None) => for_describe(value),
                (Shell::Zsh, Some(help)) => {
                    format!("{}:{}", for_describe(value), help.replace('\\', "\\\\"))
                }
                (Shell::Elvish, _) | (_, None) => format!("{head}{value}"),
                (_, Some(help)) => format!("{head}{value}\t{help}"),
            };
            text.extend([line.as_str(), "\n"]);
        }
        text
    }

    /// Quoted, and only the part that bash replaces.
    pub(super) fn text_for_bash(&self, typed: &str, head: &Head) -> String {
        let mut text = self.first_line(Shell::Bash);
        if let Self::Values(start, values) = self {
            let word = |value: &Candidate| format!("{}{}", &typed[..*start], value.text);
            let insertions = values
                .iter()
                .filter_map(|value| head.insertion(&word(value)));
            text.extend(insertions.flat_map(|insertion| [insertion, "\n".to_owned()]));
        }
        text
    }

    fn first_line(&self, shell: Shell) -> String {
        match self {
            // clap's scripts know no other lines.
            _ if !quotes(shell) => String::new(),
            Self::Values(start, _) => format!("values {start}\n"),
            Self::Files(start) => format!("files {start}\n"),
            Self::CommandLine(start) => format!("command {start}\n"),
        }
    }
}

/// As zsh's `_describe` takes it.
fn for_describe(value: &str) -> String {
    value.replace('\\', "\\\\").replace(':', "\\:")
}
