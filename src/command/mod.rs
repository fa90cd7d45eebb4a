//! One verb a file. [`run`] is all that `main` knows of them.

mod check;
mod connection;
mod obtain;
mod profile;
mod refresh;
mod report;
mod setup;

use crate::cli::{Cli, Command, SetupArgs};
use crate::console::Console;
use crate::error::Error;
use crate::settings::Environment;

/// Runs what the command line asks for.
///
/// # Errors
/// Whatever keeps it from succeeding; `main` renders it.
pub fn run(cli: &Cli) -> Result<(), Error> {
    let environment = Environment::of_process();
    let console = Console::new(&cli.output);
    let refuse = |option: Option<&'static str>, command| match option {
        Some(option) => Err(Error::OptionOfRefresh { option, command }),
        None => Ok(()),
    };
    match &cli.command {
        None if cli.setup => {
            refuse(cli.refresh.first_given_against_setup(), "setup")?;
            let args = SetupArgs::default().or(&cli.refresh);
            setup::run(&cli.common, &args, &environment, &console)
        }
        None => refresh::run(&cli.common, &cli.refresh, &environment, &console),
        Some(Command::Check(validity)) => {
            refuse(cli.refresh.first_given(), "check")?;
            let validity = validity.or(&cli.refresh.validity);
            check::run(&cli.common, &validity, &environment, &console)
        }
        Some(Command::Setup(args)) => {
            refuse(cli.refresh.first_given_against_setup(), "setup")?;
            let args = args.or(&cli.refresh);
            setup::run(&cli.common, &args, &environment, &console)
        }
    }
}
