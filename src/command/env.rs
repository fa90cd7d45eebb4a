//! `aws-mfa env`: prints shell statements that set or remove the session's variables.

use std::io::Write;
use std::time::Duration;

use super::context::Context;
use super::hand_over::{self, removal};
use crate::cli::{CommonArgs, EnvArgs, RefreshArgs};
use crate::error::Error;
use crate::settings::{Environment, MIN_REMAINING_FOR_HANDOVER};
use crate::shell::{Change, Format, statements};

/// Opens the profile only if the statements depend on it.
pub(super) fn run<'a>(
    common: &CommonArgs,
    args: &EnvArgs,
    environment: &Environment,
    open: impl Fn(&RefreshArgs, Duration) -> Result<Context<'a>, Error>,
) -> Result<(), Error> {
    let format = match args.format {
        Some(format) => format,
        None => environment.shell()?,
    };
    if args.unset {
        let with_region = common.region.is_some()
            || hand_over::has_region(&open(&RefreshArgs::default(), Duration::ZERO)?)?;
        return print(format, &removal(with_region));
    }
    let context = open(&args.refresh, MIN_REMAINING_FOR_HANDOVER)?;
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
