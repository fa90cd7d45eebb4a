//! One verb a file. [`run`] is all that `main` knows of them.

mod check;
mod connection;
mod obtain;
mod profile;
mod refresh;
mod report;

use crate::cli::{Cli, Command};
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
    match &cli.command {
        None => refresh::run(&cli.common, &cli.refresh, &environment, &console),
        Some(Command::Check(validity)) => {
            if let Some(option) = cli.refresh.first_given() {
                return Err(Error::OptionOfRefresh {
                    option,
                    command: "check",
                });
            }
            check::run(
                &cli.common,
                &validity.or(&cli.refresh.validity),
                &environment,
                &console,
            )
        }
    }
}
