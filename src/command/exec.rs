//! `aws-mfa exec`: runs a command, or the user's shell, with the session in its environment.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::process::Command;

use super::context::Context;
use super::hand_over::{self, PROFILE};
use super::report;
use crate::cli::ExecArgs;
use crate::console::Console;
use crate::error::Error;
use crate::hardening;
use crate::process;
use crate::sanitize::shorten;
use crate::settings::Environment;

/// On Unix the command replaces this process; elsewhere this returns the command's exit code.
pub(super) fn run<'a>(
    args: &ExecArgs,
    environment: &Environment,
    open: impl FnOnce() -> Result<Context<'a>, Error>,
) -> Result<i32, Error> {
    let shell = environment.shell_program();
    let (program, arguments) = args.command.split_first().unwrap_or((&shell, &[]));
    let is_shell = args.command.is_empty();
    let failed = |source| Error::NotRun {
        program: program.to_string_lossy().into_owned(),
        source,
    };
    // A typo is reported before anything else.
    let mut process = Command::new(find(program, environment).map_err(failed)?);
    process.args(arguments);
    let context = open()?;
    let session = hand_over::session(&context, &args.refresh)?;
    session.with_variables(|changes| {
        for change in changes {
            match change.value {
                Some(value) => process.env(change.name, value),
                None => process.env_remove(change.name),
            };
        }
        Ok(())
    })?;
    if is_shell {
        warn_of_nesting(context.console, environment);
        report::shell(context.console, &session.profile, &session.credentials);
    }
    hardening::allow_core_files();
    os::run(process).map_err(failed)
}

/// Of a shell in one that holds a session already: whoever leaves it is still in that.
fn warn_of_nesting(console: &Console, environment: &Environment) {
    if let Ok(Some(outer)) = environment.get(PROFILE)
        && environment.has("AWS_SESSION_TOKEN")
    {
        console.warn(format_args!(
            "this shell has the session of profile {} already; the new one is opened inside it",
            shorten(&outer.value)
        ));
    }
}

fn find(program: &OsStr, environment: &Environment) -> io::Result<OsString> {
    // "No such file" on Unix and Windows.
    const NOT_FOUND: i32 = 2;
    match process::find(program) {
        Some(program) => Ok(program),
        // It can't be run, or there is no `PATH` and the system has a default: the system decides.
        None if Path::new(program).exists() || !environment.has("PATH") => Ok(program.to_owned()),
        None => Err(io::Error::from_raw_os_error(NOT_FOUND)),
    }
}

#[cfg(unix)]
mod os {
    use std::io;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    /// Signals, the terminal and the exit code are the command's own: this process is gone.
    pub(super) fn run(mut process: Command) -> io::Result<i32> {
        Err(process.exec())
    }
}

#[cfg(windows)]
mod os {
    use std::io;
    use std::process::Command;

    /// Ctrl-C goes to all processes of a console. Listening keeps the console from ending this one,
    /// which waits for the command.
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
