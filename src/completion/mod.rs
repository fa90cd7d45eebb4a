//! Shell completion: the scripts that shells load, and the answers to what they ask. Edge.
//!
//! The scripts ask the program itself, through `AWS_MFA_COMPLETE`, so they never get out of date.

mod answer;
mod bash;
mod line;
mod names;

use std::ffi::{OsStr, OsString};

use clap::{Arg, ValueEnum};
use clap_complete::Shell;
use clap_complete::engine::{PathCompleter, ValueCompleter};
use clap_complete::env::{Elvish, EnvCompleter, Powershell};

use self::answer::{Answer, Candidate};
use self::bash::Head;
use self::line::Place;
use crate::cli;
use crate::settings::Environment;
use crate::shell;

/// Set by the scripts, to the shell's name. Its usual name, `COMPLETE`, may be set for something
/// else.
const VARIABLE: &str = "AWS_MFA_COMPLETE";
/// Set by the script for bash.
const HEAD: &str = "AWS_MFA_COMPLETE_HEAD";
const PROGRAM: &str = "aws-mfa";

/// The answer to a script that started this run, if one did.
pub(crate) fn answer(environment: &Environment, words: &[OsString]) -> Option<String> {
    let shell = environment.get(VARIABLE).ok().flatten()?;
    let shell = Shell::from_str(&shell.value, false).ok()?;
    // The variable alone may be left over from something else.
    let (separator, words) = words.get(1..)?.split_first()?;
    let (typed, before) = words.split_last().filter(|_| separator == "--")?;
    if shell != Shell::Bash {
        let typed = typed.to_string_lossy();
        let answer = complete(shell, before, &typed, environment);
        return Some(answer.text(shell, &typed));
    }
    let unquoted = |word: &OsString| bash::unquoted(&word.to_string_lossy());
    let before: Vec<OsString> = before.iter().map(|word| unquoted(word).into()).collect();
    let typed = unquoted(typed);
    let answer = complete(shell, &before, &typed, environment);
    let head = environment.get(HEAD).ok().flatten();
    let head = Head::new(head.as_ref().map_or("", |head| &head.value));
    Some(answer.text_for_bash(&typed, &head))
}

/// What `typed` may become, the word after `before`.
fn complete(shell: Shell, before: &[OsString], typed: &str, environment: &Environment) -> Answer {
    let mut root = cli::command_line();
    root.build();
    let value = |option: &Arg, start: usize| {
        if line::is_path(option) {
            return files(shell, start, &typed[start..]);
        }
        let mut values = match option.get_id().as_str() {
            "profile" => names::profiles(environment, shell),
            "long_term_profile" => names::sections_with_keys(environment, shell),
            _ => line::values(option),
        };
        // These two choose among them as the user has set it.
        if !matches!(shell, Shell::Zsh | Shell::Fish) {
            values.retain(|value| value.text.starts_with(&typed[start..]));
        }
        Answer::Values(start, values)
    };
    match line::place(&root, before) {
        Place::Nothing => Answer::Values(0, Vec::new()),
        Place::CommandLine(start) => Answer::CommandLine(start),
        Place::Value(option) => value(option, 0),
        Place::Word(command) => match line::joined(command, typed) {
            Some((option, start)) => value(option, start),
            None => Answer::Values(0, line::words(command, typed)),
        },
    }
}

/// Paths, which our own scripts leave to the shell. The others insert them as they are.
fn files(shell: Shell, start: usize, typed: &str) -> Answer {
    if answer::quotes(shell) {
        return Answer::Files(start);
    }
    let paths = PathCompleter::any().complete(OsStr::new(typed)).into_iter();
    let paths = paths.filter_map(|path| path.get_value().to_str().map(str::to_owned));
    let is_plain =
        |path: &String| shell::is_plain_word(path.strip_prefix("~/").unwrap_or(path.as_str()));
    Answer::Values(start, paths.filter(is_plain).map(Candidate::from).collect())
}

/// The text that a shell loads.
pub(crate) fn script(shell: Shell) -> std::io::Result<Vec<u8>> {
    let of_clap: &dyn EnvCompleter = match shell {
        Shell::Bash => return Ok(include_bytes!("aws-mfa.bash").to_vec()),
        Shell::Fish => return Ok(include_bytes!("aws-mfa.fish").to_vec()),
        Shell::Zsh => return Ok(include_bytes!("aws-mfa.zsh").to_vec()),
        Shell::Elvish => &Elvish,
        Shell::PowerShell => &Powershell,
        _ => return Err(std::io::Error::other("no such shell")),
    };
    let mut script = Vec::new();
    of_clap.write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut script)?;
    Ok(script)
}
