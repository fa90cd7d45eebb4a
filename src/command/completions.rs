//! `aws-mfa completions`: the script that makes a shell complete.

use std::io::Write;

use crate::cli::Shell;
use crate::completion;
use crate::error::Error;

/// Prints the script.
///
/// # Errors
/// Where it can't be written.
pub(super) fn run(shell: Shell) -> Result<(), Error> {
    let print = |script: Vec<u8>| std::io::stdout().write_all(&script);
    completion::script(shell)
        .and_then(print)
        .map_err(|source| Error::Output { source })
}
