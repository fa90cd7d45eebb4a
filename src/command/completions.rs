//! `aws-mfa completions`: prints the completion script for a shell.

use std::io::Write;

use clap_complete::Shell;

use crate::completion;
use crate::error::Error;
use crate::sanitize::shorten;
use crate::settings::Environment;

pub(super) fn run(shell: Option<Shell>, environment: &Environment) -> Result<(), Error> {
    let shell = shell.map_or_else(|| own_shell(environment), Ok)?;
    completion::script(shell)
        .and_then(|script| std::io::stdout().write_all(&script))
        .map_err(Error::output)
}

/// The user's shell. On Windows that is PowerShell, but in an MSYS2 or Git shell.
fn own_shell(environment: &Environment) -> Result<Shell, Error> {
    if cfg!(windows) && !environment.has("MSYSTEM") {
        return Ok(Shell::PowerShell);
    }
    let path = environment.get("SHELL")?.map(|path| path.value);
    let shell = path.as_ref().and_then(Shell::from_shell_path);
    shell.ok_or_else(|| Error::CommandLine {
        problem: match path {
            Some(path) => format!(
                "there are no completions for {} (from SHELL)",
                shorten(&path)
            ),
            None => "the shell is unknown: SHELL isn't set".to_owned(),
        },
        tip: Some(
            "name the shell: `aws-mfa completions bash`, or elvish, fish, powershell, zsh"
                .to_owned(),
        ),
    })
}
