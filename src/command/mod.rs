//! The commands, one file each. Edge. Other modules use only [`run`].

mod check;
mod clear;
mod completions;
mod context;
mod credential_process;
mod env;
mod exec;
mod hand_over;
mod list;
mod plan;
mod refresh;
mod report;
mod self_reference;
mod setup;
mod status;
mod store_session;

use std::time::Duration;

use crate::cli::{Cli, Command, ValidityArgs};
use crate::console::Console;
use crate::error::Error;
use crate::hardening;
use crate::settings::{Environment, MIN_REMAINING_FOR_HANDOVER};
use context::Context;

/// Returns 0, or the exit code of a command that aws-mfa ran and waited for.
pub(crate) fn run(cli: &Cli, environment: &Environment, console: &Console) -> Result<i32, Error> {
    let open = |validity: &ValidityArgs, min_remaining| {
        Context::open(&cli.common, validity, min_remaining, environment, console)
    };
    // The main job and `check` have nothing in memory for long, unless there is more to do.
    if !matches!(&cli.command, None | Some(Command::Check(_))) {
        hardening::forbid_core_files();
    }
    let any = ValidityArgs::default();
    let done = match &cli.command {
        None => refresh::run(&open(&cli.refresh.validity, Duration::ZERO)?, &cli.refresh),
        Some(Command::Check(args)) => check::run(&open(&args.validity, Duration::ZERO)?, args),
        Some(Command::List(args)) => list::run(&open(&any, Duration::ZERO)?, args),
        Some(Command::Clear) => clear::run(&open(&any, Duration::ZERO)?),
        Some(Command::Completions(args)) => completions::run(args.shell),
        Some(Command::Setup(args)) => setup::run(&cli.common, args, environment, console),
        Some(Command::Env(args)) => env::run(&cli.common, args, environment, open),
        Some(Command::CredentialProcess(args)) => credential_process::run(
            &open(&args.refresh.validity, MIN_REMAINING_FOR_HANDOVER)?,
            &args.refresh,
        ),
        Some(Command::Exec(args)) => {
            let open = || open(&args.refresh.validity, MIN_REMAINING_FOR_HANDOVER);
            return exec::run(args, environment, open);
        }
    };
    done.map(|()| 0)
}
