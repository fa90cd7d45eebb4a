//! `aws-mfa exec`: runs a command with the session in its environment.

use std::ffi::OsString;
use std::process::Command;

use super::hand_over::with_variables;
use super::refresh;
use crate::cli::{CommonArgs, RefreshArgs};
use crate::console::Console;
use crate::error::Error;
use crate::settings::Environment;

/// Runs `command`. On Unix it takes this process's place; elsewhere it is waited for, and its exit code returned.
///
/// # Errors
/// Whatever keeps the session from being valid; a command that can't be run.
pub(super) fn run(
    common: &CommonArgs,
    command: &[OsString],
    args: &RefreshArgs,
    environment: &Environment,
    console: &Console,
) -> Result<i32, Error> {
    let session = refresh::session(common, args, environment, console)?;
    let (program, arguments) = command.split_first().ok_or(Error::NoCommand)?;
    let mut process = Command::new(os::find(program));
    process.args(arguments);
    with_variables(&session, |changes| {
        for change in changes {
            match change.value {
                Some(value) => process.env(change.name, value),
                None => process.env_remove(change.name),
            };
        }
        Ok(())
    })?;
    let failed = |source| Error::NotRun {
        program: program.to_string_lossy().into_owned(),
        source,
    };
    os::run(process).map_err(failed)
}

#[cfg(unix)]
mod os {
    use std::ffi::{OsStr, OsString};
    use std::io;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    pub(super) fn find(program: &OsStr) -> OsString {
        program.to_owned()
    }

    /// Signals, the terminal and the exit code are the command's own: nothing of this process stays.
    pub(super) fn run(mut process: Command) -> io::Result<i32> {
        Err(process.exec())
    }
}

#[cfg(windows)]
mod os {
    use std::ffi::{OsStr, OsString};
    use std::io;
    use std::process::Command;

    /// By `PATHEXT`: npm, cdk and aws are .cmd files, which Windows itself doesn't find.
    pub(super) fn find(program: &OsStr) -> OsString {
        which::which(program).map_or_else(|_| program.to_owned(), Into::into)
    }

    /// Ctrl-C goes to all processes of a console, and is the command's: this one listens, which keeps the console from ending it,
    /// and waits for the command's end.
    pub(super) fn run(process: Command) -> io::Result<i32> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let _listener = tokio::signal::windows::ctrl_c()?;
            let mut child = tokio::process::Command::from(process).spawn()?;
            Ok(child.wait().await?.code().unwrap_or(1))
        })
    }
}
