//! The commands, one file each. Edge. Other modules use only [`run`].

mod all_profiles;
mod aws_services;
mod check;
mod clear;
mod completions;
mod context;
mod credential_process;
mod devices;
mod env;
mod exec;
mod hand_over;
mod known_profiles;
mod list;
mod plan;
mod reason;
mod refresh;
mod report;
mod roles;
mod rotate;
mod self_reference;
mod setup;
mod status;
mod store_session;
mod stored_profile;
mod warnings;

use std::time::Duration;

use crate::cli::{Cli, Command, RefreshArgs};
use crate::console::Console;
use crate::error::Error;
use crate::hardening;
use crate::sanitize::shorten;
use crate::settings::{Environment, MIN_REMAINING_FOR_HANDOVER};
use context::Context;

/// Returns 0, or the exit code of a command that aws-mfa ran and waited for.
pub(crate) fn run(cli: &Cli, environment: &Environment, console: &Console) -> Result<i32, Error> {
    let open = |args: &RefreshArgs, min_remaining| {
        Context::open(&cli.common, args, min_remaining, environment, console)
    };
    // The main job and `check` have nothing in memory for long, unless there is more to do.
    if !matches!(&cli.command, None | Some(Command::Check(_))) {
        hardening::forbid_core_files();
    }
    if let (Some(ignored), Some(used)) = (&cli.ignored_profile, &cli.common.profile) {
        console.warn(format_args!(
            "profile {} is ignored: aws-mfa serves one profile at a time, here {}",
            shorten(ignored),
            shorten(used)
        ));
    }
    let any = RefreshArgs::default();
    let done = match &cli.command {
        None => refresh::run(&open(&cli.refresh, Duration::ZERO)?, &cli.refresh),
        Some(Command::Check(args)) => check::run(&open(&args.refresh(), Duration::ZERO)?, args),
        Some(Command::List(args)) => list::run(&open(&any, Duration::ZERO)?, args),
        Some(Command::Clear) => clear::run(&open(&any, Duration::ZERO)?),
        Some(Command::Completions(args)) => completions::run(args.shell, environment),
        Some(Command::Setup(args)) => setup::run(&cli.common, args, environment, console),
        Some(Command::Rotate(args)) => {
            rotate::run(&open(&args.refresh(), MIN_REMAINING_FOR_HANDOVER)?, args)
        }
        Some(Command::Env(args)) => env::run(&cli.common, args, environment, open),
        Some(Command::CredentialProcess(args)) => credential_process::run(
            &open(&args.refresh, MIN_REMAINING_FOR_HANDOVER)?,
            &args.refresh,
        ),
        Some(Command::Exec(args)) => {
            let open = || open(&args.refresh, MIN_REMAINING_FOR_HANDOVER);
            return exec::run(args, environment, open);
        }
    };
    done.map(|()| 0)
}
