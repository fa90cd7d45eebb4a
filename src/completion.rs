//! Shell completion: the scripts that shells load, and the names of the user's profiles. Edge.
//!
//! The scripts ask the program itself, through `AWS_MFA_COMPLETE`, so they never get out of date.

use std::ffi::OsStr;
use std::time::Duration;

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::Shells;
use clap_complete::{CompleteEnv, Shell};

use crate::cli::{self, CommonArgs, ValidityArgs};
use crate::credentials_file::store::Store;
use crate::settings::{Environment, Selection};

/// Set by the scripts. Its usual name, `COMPLETE`, may be set for something else.
const VARIABLE: &str = "AWS_MFA_COMPLETE";
const PROGRAM: &str = "aws-mfa";

/// If a script started this run, answers it and ends the process.
pub(crate) fn answer(environment: &Environment) {
    if environment.has(VARIABLE) {
        CompleteEnv::with_factory(command_line)
            .var(VARIABLE)
            .complete();
    }
}

/// Adds completion of profile names.
fn command_line() -> clap::Command {
    cli::command_line().mut_arg("profile", |profile| {
        profile.add(ArgValueCompleter::new(profiles))
    })
}

pub(crate) fn script(shell: Shell) -> std::io::Result<Vec<u8>> {
    let mut script = Vec::new();
    let shells = Shells::builtins();
    let completer = shells
        .completer(&shell.to_string())
        .ok_or_else(|| std::io::Error::other("no such shell"))?;
    completer.write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut script)?;
    Ok(script)
}

/// Profiles that begin with `current`; none if the file can't be read: this is no place for errors.
fn profiles(current: &OsStr) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let mut names = profile_names().unwrap_or_default();
    names.retain(|name| name.starts_with(&*current));
    names.into_iter().map(CompletionCandidate::new).collect()
}

fn profile_names() -> Option<Vec<String>> {
    let (common, validity) = (CommonArgs::default(), ValidityArgs::default());
    let environment = Environment::from_process();
    let selection = Selection::resolve(&common, &validity, Duration::ZERO, &environment).ok()?;
    let contents = Store::new(&selection.credentials_file.value)
        .read()
        .ok()??;
    let document = selection.parse(&contents.bytes).ok()?;
    let owner = |name| {
        selection
            .profile_of_long_term_section(name)
            .unwrap_or(name)
            .to_owned()
    };
    let mut names: Vec<String> = document.section_names().map(owner).collect();
    names.sort();
    names.dedup();
    Some(names)
}
