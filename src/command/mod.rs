//! One verb a file. [`run`] is all that `main` knows of them.

mod check;
mod clear;
mod completions;
mod context;
mod credential_process;
mod env;
mod exec;
mod hand_over;
mod list;
mod obtain;
mod own_section;
mod plan;
mod refresh;
mod report;
mod setup;
mod status;
mod store_session;

use crate::cli::{CheckArgs, Cli, Command, SetupArgs};
use crate::console::Console;
use crate::error::Error;
use crate::settings::Environment;

/// Sees that whoever started this program has its rights: else the environment and the files would be somebody else's.
#[cfg(unix)]
fn check_user() -> Result<(), Error> {
    use rustix::process::{geteuid, getuid};
    if getuid() == geteuid() {
        return Ok(());
    }
    Err(Error::SetUserId {
        user: getuid().as_raw(),
        effective: geteuid().as_raw(),
    })
}

#[cfg(not(unix))]
fn check_user() -> Result<(), Error> {
    Ok(())
}

/// Runs what the command line asks for. Returns the exit code: 0, or that of a command that was run and waited for.
///
/// # Errors
/// Whatever keeps it from succeeding; `main` renders it.
pub fn run(cli: &Cli) -> Result<i32, Error> {
    check_user()?;
    let environment = Environment::of_process();
    let console = Console::new(&cli.output);
    let (common, refresh_args) = (&cli.common, &cli.refresh);
    let refuse = |option: Option<&'static str>, command| match option {
        Some(option) => Err(Error::OptionOfRefresh { option, command }),
        None => Ok(()),
    };
    let done = match &cli.command {
        None if cli.setup => {
            refuse(refresh_args.first_given_against_setup(), "setup")?;
            let args = SetupArgs::default().or(refresh_args);
            setup::run(common, &args, &environment, &console)
        }
        None => refresh::run(common, refresh_args, &environment, &console),
        Some(Command::Check(args)) => {
            refuse(refresh_args.first_given(), "check")?;
            let args = CheckArgs {
                validity: args.validity.or(&refresh_args.validity),
                json: args.json,
            };
            check::run(common, &args, &environment, &console)
        }
        Some(Command::Setup(args)) => {
            refuse(refresh_args.first_given_against_setup(), "setup")?;
            setup::run(common, &args.or(refresh_args), &environment, &console)
        }
        Some(Command::List(args)) => {
            refuse(refresh_args.first_given_of_all(), "list")?;
            list::run(common, args, &environment, &console)
        }
        Some(Command::Clear) => {
            refuse(refresh_args.first_given_of_all(), "clear")?;
            clear::run(common, &environment, &console)
        }
        Some(Command::Completions(args)) => {
            refuse(refresh_args.first_given_of_all(), "completions")?;
            completions::run(args.shell)
        }
        Some(Command::Env(args)) => {
            let refresh_args = args.refresh.or(refresh_args);
            env::run(common, args, &refresh_args, &environment, &console)
        }
        Some(Command::CredentialProcess(args)) => {
            let refresh_args = args.refresh.or(refresh_args);
            credential_process::run(common, &refresh_args, &environment, &console)
        }
        Some(Command::Exec(args)) => {
            let refresh_args = args.refresh.or(refresh_args);
            return exec::run(common, &args.command, &refresh_args, &environment, &console);
        }
    };
    done.map(|()| 0)
}
