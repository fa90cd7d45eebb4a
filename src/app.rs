//! From the command line to the exit code. Only this module renders errors. Edge.

use std::error::Error as _;
use std::ffi::OsString;
use std::io::Write as _;
use std::process;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::{Cli, Command, LogLevel, OutputArgs};
use crate::code::hide::hide_secrets;
use crate::command;
use crate::completion;
use crate::console::{self, Console, Level};
use crate::error::{Error, ExitCode};
use crate::hardening;
use crate::panic;
use crate::process::find as command_path;
use crate::sanitize;
use crate::settings::Environment;
use crate::tips::Misplaced;

/// Runs aws-mfa with this process's command line, environment and standard streams.
#[must_use]
pub fn main() -> process::ExitCode {
    panic::install();
    if let Err(error) = hardening::refuse_elevated() {
        return fail(&error, false);
    }
    let environment = Environment::from_process();
    let words: Vec<OsString> = std::env::args_os().collect();
    if let Some(answer) = completion::answer(&environment, &words) {
        // Who asks has no ear for errors.
        let _ = std::io::stdout().write_all(answer.as_bytes());
        return ExitCode::Success.into();
    }
    let cli = match Cli::parse_words(&words) {
        Ok(cli) => cli,
        // clap returns help and the version as errors, meant for standard output.
        Err(message) if !message.use_stderr() => {
            let _ = message.print();
            return ExitCode::Success.into();
        }
        Err(error) => {
            return fail(&command_line_error(&error, &words), is_exec(&words));
        }
    };
    match run(&cli, &environment) {
        Ok(0) => ExitCode::Success.into(),
        // The command's own exit code, which can have 32 bits on Windows.
        Ok(code) => process::exit(code),
        Err(error) => fail(&error, matches!(cli.command, Some(Command::Exec(_)))),
    }
}

fn run(cli: &Cli, environment: &Environment) -> Result<i32, Error> {
    command::run(cli, environment, &Console::new(level(&cli.output)))
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

/// Whether an invalid command line was meant for `exec`, which has its own exit codes.
fn is_exec(words: &[OsString]) -> bool {
    let mut words = words.iter().skip(1).take_while(|word| *word != "--");
    words.any(|word| word == "exec")
}

/// clap's text is `error: …`, which may wrap, then paragraphs of tips and the usage.
fn command_line_error(error: &clap::Error, words: &[OsString]) -> Error {
    let text = error.render().to_string();
    let problem = one_line(text.split("\n\n").next().unwrap_or_default());
    let misplaced = has_misplaced_word(error).then(|| Misplaced::find(words));
    let misplaced = misplaced.flatten();
    let misplaced = misplaced.as_ref();
    let problem = misplaced.map_or(problem.clone(), |words| words.hide_code(&problem));
    let usage = || {
        let usage = error.get(ContextKind::Usage)?;
        Some(one_line(&usage.to_string()).replace("Usage:", "usage:"))
    };
    Error::CommandLine {
        // What stands in the wrong place may be a code or a key.
        problem: sanitize::excerpt(&hide_secrets(problem.trim_start_matches("error: "))),
        tip: misplaced
            .and_then(|words| {
                let code = words.tip_for_code();
                code.or_else(|| words.tip_for_other_name(is_program))
            })
            .or_else(|| suggestion(error))
            .or_else(|| misplaced?.tip(is_program))
            .or_else(usage),
    }
}

fn is_program(word: &str) -> bool {
    command_path(word.as_ref()).is_some()
}

/// What clap takes a mistyped word for. A command is meant only by what is nearly its name: others would
/// do something else, such as removing the session.
fn suggestion(error: &clap::Error) -> Option<String> {
    let commands = strings(error, ContextKind::SuggestedSubcommand);
    let word = strings(error, ContextKind::InvalidSubcommand).pop();
    let is_near = |command: &String| {
        let mistakes = word
            .as_ref()
            .map(|word| strsim::damerau_levenshtein(word, command));
        mistakes.is_some_and(|mistakes| mistakes == 1 || mistakes == 2 && command.len() > 5)
    };
    let commands = commands.into_iter().filter(is_near);
    let others = [ContextKind::SuggestedArg, ContextKind::SuggestedValue].into_iter();
    let mut meant = commands.chain(others.flat_map(|kind| strings(error, kind)));
    Some(format!("did you mean `{}`?", meant.next()?))
}

fn strings(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

/// Whether a word is neither an option nor a command.
fn has_misplaced_word(error: &clap::Error) -> bool {
    let kind = match error.kind() {
        ErrorKind::InvalidSubcommand => ContextKind::InvalidSubcommand,
        ErrorKind::UnknownArgument => ContextKind::InvalidArg,
        _ => return false,
    };
    let word = error.get(kind).map(ToString::to_string);
    word.is_some_and(|word| !word.starts_with('-'))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn fail(error: &Error, for_exec: bool) -> process::ExitCode {
    match error {
        // `check` has already reported it on standard output, or must not.
        Error::NotValid { .. } | Error::NothingToCheck => {}
        Error::Interrupted { signal } => die_by(*signal),
        _ => render(error),
    }
    let code = if for_exec {
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
    // If that fails, the exit code says nearly the same.
    let _ = signal_hook::low_level::emulate_default_handler(signal);
}

#[cfg(not(unix))]
fn die_by(_: i32) {}
