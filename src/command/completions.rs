//! `aws-mfa completions`: prints the completion script for a shell.

use std::io::Write;

use clap_complete::Shell;

use crate::completion;
use crate::error::Error;

pub(super) fn run(shell: Shell) -> Result<(), Error> {
    completion::script(shell)
        .and_then(|script| std::io::stdout().write_all(&script))
        .map_err(Error::output)
}
