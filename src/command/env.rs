//! `aws-mfa env`: statements that set the session in a shell.

use std::io::Write;

use super::hand_over::{removal, with_variables};
use super::refresh;
use crate::cli::{CommonArgs, EnvArgs, Format, RefreshArgs};
use crate::console::Console;
use crate::error::Error;
use crate::settings::Environment;
use crate::shell::{Change, statements};

/// Prints the statements.
///
/// # Errors
/// Whatever keeps the session from being valid; a value that the shell can't take.
pub(super) fn run(
    common: &CommonArgs,
    env: &EnvArgs,
    args: &RefreshArgs,
    environment: &Environment,
    console: &Console,
) -> Result<(), Error> {
    let format = match env.format {
        Some(format) => format,
        None => of_shell(environment)?,
    };
    let print = |changes: &[Change<'_>]| {
        let text = statements(format, changes)?;
        // A shell that doesn't read them all must not take them for all.
        std::io::stdout()
            .write_all(text.as_bytes())
            .and_then(|()| std::io::stdout().flush())
            .map_err(|source| Error::Output { source })
    };
    if env.unset {
        let with_region =
            common.region.is_some() || refresh::has_region(common, environment, console)?;
        return print(&removal(with_region));
    }
    let session = refresh::session(common, args, environment, console)?;
    with_variables(&session, print)
}

/// The format for the shell that one is in, as far as the environment tells: on Windows PowerShell, but the syntax of bash in an
/// MSYS2 or Git shell; elsewhere fish or PowerShell where `SHELL` is that, else the syntax that all other shells share.
fn of_shell(environment: &Environment) -> Result<Format, Error> {
    if cfg!(windows) {
        let is_msys = environment.has("MSYSTEM");
        return Ok(if is_msys {
            Format::Env
        } else {
            Format::Powershell
        });
    }
    let shell = environment.get("SHELL")?.map(|shell| shell.value);
    let name = shell.as_deref().and_then(|path| path.rsplit('/').next());
    Ok(match name {
        Some("fish") => Format::Fish,
        Some("pwsh") => Format::Powershell,
        _ => Format::Env,
    })
}
