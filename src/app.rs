//! From the command line to the exit code: parses, runs the command, and renders what went wrong.
//! Nothing else renders an error. Edge.

use std::error::Error as _;
use std::ffi::OsString;
use std::process;

use crate::cli::{Cli, Command, LogLevel, OutputArgs};
use crate::command;
use crate::completion;
use crate::console::{self, Console, Level};
use crate::error::{Error, ExitCode};
use crate::panic;
use crate::settings::Environment;

/// Runs aws-mfa as a process: with its command line, its environment and its standard streams.
#[must_use]
pub fn main() -> process::ExitCode {
    panic::install();
    let environment = Environment::from_process();
    completion::answer(&environment);
    let words: Vec<OsString> = std::env::args_os().collect();
    let cli = match Cli::parse_words(&words) {
        Ok(cli) => cli,
        // Help and the version are "errors" of clap's, for standard output.
        Err(shown) if !shown.use_stderr() => {
            let _ = shown.print();
            return ExitCode::Success.into();
        }
        Err(wrong) => return fail(&command_line_error(&wrong), is_exec(&words)),
    };
    match run(&cli, &environment) {
        Ok(0) => ExitCode::Success.into(),
        // A command's own; Windows has codes of 32 bits.
        Ok(code) => process::exit(code),
        Err(error) => fail(&error, matches!(cli.command, Some(Command::Exec(_)))),
    }
}

fn run(cli: &Cli, environment: &Environment) -> Result<i32, Error> {
    check_user()?;
    command::run(cli, environment, &Console::new(level(&cli.output)))
}

/// Checks that whoever started this program has its rights: otherwise the environment and the files
/// would be somebody else's.
#[cfg(unix)]
fn check_user() -> Result<(), Error> {
    use rustix::process::{geteuid, getuid};
    let (user, effective) = (getuid(), geteuid());
    if user == effective {
        return Ok(());
    }
    Err(Error::SetUserId {
        user: user.as_raw(),
        effective: effective.as_raw(),
    })
}

#[cfg(not(unix))]
fn check_user() -> Result<(), Error> {
    Ok(())
}

fn level(output: &OutputArgs) -> Level {
    match output.log_level {
        _ if output.quiet => Level::Quiet,
        _ if output.verbose => Level::Verbose,
        Some(LogLevel::Critical | LogLevel::Error | LogLevel::Warning) => Level::Quiet,
        Some(LogLevel::Debug) => Level::Verbose,
        Some(LogLevel::Info | LogLevel::Notset) | None => Level::Normal,
    }
}

/// Whether a command line that can't be parsed was meant for `exec`.
fn is_exec(words: &[OsString]) -> bool {
    let mut words = words.iter().skip(1).take_while(|word| *word != "--");
    words.any(|word| word == "exec")
}

/// clap's error in our form. clap's text is `error: …`, lines that go on, paragraphs of tips, the usage,
/// and where to find help.
fn command_line_error(wrong: &clap::Error) -> Error {
    let text = wrong.render().to_string();
    let mut paragraphs = text.split("\n\n").map(one_line);
    let problem = paragraphs.next().unwrap_or_default();
    let problem = problem
        .strip_prefix("error: ")
        .unwrap_or(&problem)
        .to_owned();
    let tips = paragraphs.filter(|tip| !tip.is_empty() && !tip.starts_with("For more information"));
    let tips: Vec<String> = tips
        .map(|tip| {
            tip.trim_start_matches("tip: ")
                .replace("Usage: ", "usage: ")
        })
        .collect();
    Error::CommandLine {
        problem,
        tips: (!tips.is_empty()).then(|| tips.join("; ")),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Says what went wrong, and ends with the exit code for it.
fn fail(error: &Error, of_exec: bool) -> process::ExitCode {
    match error {
        // `check` has said so on standard output.
        Error::NotValid { .. } => {}
        Error::Interrupted { signal } => die_by(*signal),
        _ => render(error),
    }
    let code = if of_exec {
        error.exit_code_for_exec()
    } else {
        error.exit_code()
    };
    code.into()
}

fn render(error: &Error) {
    console::error("aws-mfa: error:", error);
    let mut cause = error.source();
    while let Some(error) = cause {
        console::error("  caused by:", &error);
        cause = error.source();
    }
    if let Some(hint) = error.hint() {
        console::hint(&hint);
    }
}

/// Ends the process as the signal would have, so that shells stop their loops and show the signal.
#[cfg(unix)]
fn die_by(signal: i32) {
    // Where it can't, the exit code says nearly the same.
    let _ = signal_hook::low_level::emulate_default_handler(signal);
}

#[cfg(not(unix))]
fn die_by(_: i32) {}
