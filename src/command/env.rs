//! `aws-mfa env`: prints shell statements that set or remove the session's variables.

use std::io::Write;
use std::time::Duration;

use super::context::Context;
use super::hand_over::{self, removal};
use crate::cli::{CommonArgs, EnvArgs, ValidityArgs};
use crate::error::Error;
use crate::settings::{Environment, MIN_REMAINING_FOR_HANDOVER};
use crate::shell::{Change, Format, statements};

/// Opens the profile only if the statements depend on it.
pub(super) fn run<'a>(
    common: &CommonArgs,
    args: &EnvArgs,
    environment: &Environment,
    open: impl Fn(&ValidityArgs, Duration) -> Result<Context<'a>, Error>,
) -> Result<(), Error> {
    let format = match args.format {
        Some(format) => format,
        None => detect_format(environment)?,
    };
    if args.unset {
        let with_region = common.region.is_some()
            || hand_over::has_region(&open(&ValidityArgs::default(), Duration::ZERO)?)?;
        return print(format, &removal(with_region));
    }
    let context = open(&args.refresh.validity, MIN_REMAINING_FOR_HANDOVER)?;
    let session = hand_over::session(&context, &args.refresh)?;
    session.with_variables(|changes| print(format, changes))
}

fn print(format: Format, changes: &[Change<'_>]) -> Result<(), Error> {
    let text = statements(format, changes)?;
    // A partial write must be an error: the shell would take it for everything.
    let mut output = std::io::stdout();
    output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
        .map_err(Error::output)
}

/// Guesses the shell from the environment: on Windows PowerShell, or bash in an MSYS2 or Git shell;
/// elsewhere fish or PowerShell if `SHELL` names it, or the syntax that all other shells share.
fn detect_format(environment: &Environment) -> Result<Format, Error> {
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
