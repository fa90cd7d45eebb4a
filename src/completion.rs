//! What shells complete: the scripts they load, and the names of the user's own profiles. Edge.
//!
//! The scripts ask the program itself, by the variable `AWS_MFA_COMPLETE`, so that they never grow old.

use std::ffi::OsStr;

use clap::CommandFactory;
use clap_complete::CompleteEnv;
use clap_complete::engine::CompletionCandidate;
use clap_complete::env::Shells;

use crate::cli::{Cli, CommonArgs, Shell, ValidityArgs};
use crate::credentials_file::store::Store;
use crate::settings::{Environment, Selection};

/// The variable by which a script asks. Its usual name, `COMPLETE`, may be set for something else.
const VARIABLE: &str = "AWS_MFA_COMPLETE";
const PROGRAM: &str = "aws-mfa";

/// Answers a script's question, if this run is one, and ends the process then.
pub fn answer() {
    if Environment::of_process().has(VARIABLE) {
        CompleteEnv::with_factory(Cli::command)
            .var(VARIABLE)
            .complete();
    }
}

/// The script that makes `shell` complete.
///
/// # Errors
/// Where it can't be written.
pub fn script(shell: Shell) -> std::io::Result<Vec<u8>> {
    let mut script = Vec::new();
    let shells = Shells::builtins();
    let completer = shells
        .completer(shell.name())
        .ok_or_else(|| std::io::Error::other("no such shell"))?;
    completer.write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut script)?;
    Ok(script)
}

/// The profiles of the user's credentials file whose names begin with `current`. Where there is no such file, none.
#[must_use]
pub fn profiles(current: &OsStr) -> Vec<CompletionCandidate> {
    let found = || {
        let environment = Environment::of_process();
        let selection = Selection::resolve(
            &CommonArgs::default(),
            &ValidityArgs::default(),
            std::time::Duration::ZERO,
            &environment,
        )
        .ok()?;
        let bytes = Store::new(&selection.credentials_file.value)
            .read()
            .ok()??;
        let document = selection.parse(&bytes).ok()?;
        let names = document.section_names();
        let mut profiles: Vec<String> = names
            .map(|name| {
                selection
                    .owner_of_long_term(name)
                    .unwrap_or(name)
                    .to_owned()
            })
            .collect();
        profiles.sort();
        profiles.dedup();
        Some(profiles)
    };
    let current = current.to_string_lossy();
    found()
        .unwrap_or_default()
        .into_iter()
        .filter(|name| name.starts_with(&*current))
        .map(CompletionCandidate::new)
        .collect()
}
