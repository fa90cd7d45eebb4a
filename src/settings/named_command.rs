//! A command from an option or a file, split into words. Pure; [`crate::process`] runs it.

use std::fmt;
use std::path::Path;

use zeroize::Zeroizing;

use super::{Environment, Origin, Setting};
use crate::error::Error;

/// A program and its arguments, which may contain secrets.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct NamedCommand {
    words: Zeroizing<Vec<String>>,
    pub(crate) origin: Origin,
}

impl NamedCommand {
    /// Splits the value into words as a shell does, or on Windows as programs do there. Quotes
    /// work, and `~/` before the program, but pipes and variables need `sh -c '…'`.
    pub(crate) fn parse(
        setting: Setting<String>,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let text = Zeroizing::new(setting.value);
        match split(&text).map(Zeroizing::new) {
            Some(mut words) if !words.is_empty() => {
                let program = environment.expand_home(std::mem::take(&mut words[0]).into())?;
                words[0] = program.to_string_lossy().into_owned();
                let program = Path::new(&words[0]);
                // A bare name is looked for in PATH.
                if program.components().count() > 1 {
                    let instead = "an absolute path, or a name that is found by PATH";
                    setting.origin.refuse_relative(program, instead)?;
                }
                Ok(Self {
                    words,
                    origin: setting.origin,
                })
            }
            Some(_) => Err(setting.origin.problem("the command is empty")),
            None => Err(setting.origin.problem("unclosed quote")),
        }
    }

    /// The value is the program, whatever is in its name.
    pub(super) fn program_only(setting: Setting<String>) -> Self {
        Self {
            words: Zeroizing::new(vec![setting.value]),
            origin: setting.origin,
        }
    }

    pub(crate) fn program(&self) -> &str {
        &self.words[0]
    }

    pub(crate) fn arguments(&self) -> &[String] {
        &self.words[1..]
    }
}

impl fmt::Debug for NamedCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NamedCommand(*** from {})", self.origin)
    }
}

#[cfg(not(windows))]
fn split(text: &str) -> Option<Vec<String>> {
    shlex::split(text)
}

#[cfg(windows)]
fn split(text: &str) -> Option<Vec<String>> {
    Some(winsplit::split(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<NamedCommand, Error> {
        let setting = Setting::new(text.to_owned(), Origin::Flag("--token-command"));
        NamedCommand::parse(setting, &Environment::from_variables(&[]))
    }

    #[cfg(not(windows))]
    #[test]
    fn words_are_split_as_in_a_shell() {
        let command = parse("ykman oath  accounts code -s 'my aws'").unwrap();
        assert_eq!(command.program(), "ykman");
        assert_eq!(
            command.arguments(),
            ["oath", "accounts", "code", "-s", "my aws"]
        );
        let command = parse("sh -c \"a | b\" $HOME ~ *").unwrap();
        assert_eq!(command.arguments(), ["-c", "a | b", "$HOME", "~", "*"]);
        for (text, problem) in [
            ("", "the command is empty"),
            ("  ", "the command is empty"),
            ("a 'b", "quote"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(
                error.contains(problem) && error.contains("--token-command"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_relative_path_in_a_file_names_no_program() {
        let origin = Origin::Key {
            key: "mfa_process",
            section: "dev".to_owned(),
            file: "config".into(),
            line: 2,
        };
        for (text, is_refused) in [
            ("./getcode x", true),
            ("bin/getcode", true),
            ("../getcode", true),
            ("getcode ./x", false),
            ("/bin/getcode", false),
            ("~/bin/getcode", false),
        ] {
            let setting = Setting::new(text.to_owned(), origin.clone());
            let parsed = NamedCommand::parse(setting, &Environment::from_variables(&[]));
            assert_eq!(parsed.is_err(), is_refused, "{text}");
            assert!(parse(text).is_ok(), "{text}");
        }
    }

    #[cfg(not(windows))]
    #[test]
    fn the_home_folder_is_expanded_before_the_program() {
        let command = parse("~/bin/otp ~/x '~/y'").unwrap();
        assert_eq!(command.program(), "/home/user/bin/otp");
        assert_eq!(command.arguments(), ["~/x", "~/y"]);
    }

    #[test]
    fn debug_output_hides_the_words() {
        let command = parse("oathtool SEED").unwrap();
        assert!(!format!("{command:?}").contains("SEED"));
    }
}
