//! Parses the command line, runs the command, and renders what went wrong. Nothing else does.

use std::error::Error as _;
use std::ffi::OsString;
use std::process::ExitCode;

use aws_mfa::cli::{Cli, Command};
use aws_mfa::console::{self, RED};
use aws_mfa::error::Error;

/// musl's own allocator asks the kernel for every few pages anew, which took longer than all else while a session is valid.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

/// Of `exec`, where aws-mfa itself fails; as env(1).
const EXEC_FAILED: u8 = 125;

fn main() -> ExitCode {
    aws_mfa::panic::install();
    aws_mfa::completion::answer();
    let words: Vec<_> = std::env::args_os().collect();
    let cli = match Cli::of_words(&words) {
        Ok(cli) => cli,
        Err(usage) => {
            // Help and version are "errors" of clap's that go to standard output with exit code 0.
            let _ = usage.print();
            let code = u8::try_from(usage.exit_code()).unwrap_or(2);
            return ExitCode::from(if code != 0 && is_exec(&words) {
                EXEC_FAILED
            } else {
                code
            });
        }
    };
    match aws_mfa::command::run(&cli) {
        Ok(0) => ExitCode::SUCCESS,
        // A command's own; Windows has codes of 32 bits.
        Ok(code) => std::process::exit(code),
        Err(error) => {
            render(&error);
            ExitCode::from(match cli.command {
                Some(Command::Exec(_)) => error.exit_code_of_exec(),
                _ => error.exit_code(),
            })
        }
    }
}

/// Whether a command line that can't be parsed was meant for `exec`.
fn is_exec(words: &[OsString]) -> bool {
    let mut words = words.iter().skip(1).take_while(|word| *word != "--");
    words.any(|word| word == "exec")
}

fn render(error: &Error) {
    match error {
        // `check` has said so on standard output.
        Error::NotValid { .. } => return,
        Error::Interrupted { signal } => return die_by(*signal),
        _ => console::line(RED, "aws-mfa: error:", error),
    }
    let mut cause = error.source();
    while let Some(error) = cause {
        console::line(RED, "  caused by:", &error);
        cause = error.source();
    }
    if let Some(hint) = error.hint() {
        console::line(RED, "  hint:", &hint);
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
