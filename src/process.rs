//! Commands that the user named, such as the one that prints the code. Edge.
//!
//! Their arguments and standard output may hold secrets and are never shown. They get no standard
//! input, as that may be meant for another program, and `AWS_MFA_SECTION` in their environment, so
//! that one that calls aws-mfa for the same profile again is recognised.

use std::ffi::{OsStr, OsString};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use zeroize::Zeroizing;

use crate::console::Console;
use crate::error::{CommandProblem, Error};
use crate::secret::Secret;
use crate::settings::NamedCommand;

/// Tells child processes which sections aws-mfa is busy with, separated by spaces.
pub(crate) const BUSY_SECTIONS: &str = "AWS_MFA_SECTION";

/// For a token command or a `credential_process`: enough to touch a key or type a password.
const COMMAND_TIMEOUT: Duration = Duration::from_mins(1);
/// How long to wait for more output if a child of the finished command still holds the pipe.
const OUTPUT_GRACE_PERIOD: Duration = Duration::from_millis(300);
/// After this, an unfinished line of standard error, such as a question, is shown.
const UNFINISHED_LINE: Duration = Duration::from_millis(200);
/// In bytes; more than any code or keys.
const MAX_OUTPUT: u64 = 64 * 1024;

pub(crate) fn problem(command: &NamedCommand, problem: CommandProblem) -> Error {
    Error::Command {
        origin: command.origin.to_string(),
        problem,
        source: None,
    }
}

/// The system's reason, without the command's words.
fn not_started(command: &NamedCommand, source: std::io::Error) -> Error {
    Error::Command {
        origin: command.origin.to_string(),
        problem: CommandProblem::NotStarted(source.kind()),
        source: Some(source),
    }
}

/// Makes a line of a command's standard error fit to be shown.
pub(crate) type Clean = fn(&str) -> String;

/// Returns the command's standard output and shows its standard error, cleaned by `clean`. Dropping
/// the future ends the command. `busy` is the value of [`BUSY_SECTIONS`].
pub(crate) async fn output(
    command: &NamedCommand,
    busy: &str,
    clean: Clean,
    console: &Console,
) -> Result<Secret, Error> {
    console.detail(format_args!("running the command from {}", command.origin));
    let failed = |what| problem(command, what);
    let program: &OsStr = command.program().as_ref();
    let mut child = Command::new(find(program).unwrap_or_else(|| program.to_owned()))
        .args(command.arguments())
        .env(BUSY_SECTIONS, busy)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|source| not_started(command, source))?;
    let finished = tokio::time::timeout(COMMAND_TIMEOUT, collect(&mut child, clean, console)).await;
    match finished {
        Err(_) => Err(failed(CommandProblem::TimedOut(COMMAND_TIMEOUT))),
        Ok(Err(source)) => Err(not_started(command, source)),
        Ok(Ok((status, _))) if !status.success() => Err(failed(CommandProblem::Failed(status))),
        Ok(Ok((_, output))) => Ok(Secret::new(String::from_utf8_lossy(&output))),
    }
}

/// The program as the system finds it. Windows itself doesn't find .cmd files, such as those of
/// npm, cdk and aws; with `PATHEXT` they are found.
pub(crate) fn find(program: &OsStr) -> Option<OsString> {
    let path = which::which(program).ok()?;
    Some(if cfg!(windows) {
        path.into()
    } else {
        program.to_owned()
    })
}

async fn collect(
    child: &mut Child,
    clean: Clean,
    console: &Console,
) -> std::io::Result<(ExitStatus, Zeroizing<Vec<u8>>)> {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let mut output = Zeroizing::new(Vec::with_capacity(4096));
    let status = {
        let read = async {
            let printed = async {
                if let Some(pipe) = stdout {
                    let _ = pipe.take(MAX_OUTPUT).read_to_end(&mut output).await;
                }
            };
            let said = async {
                if let Some(pipe) = stderr {
                    show(pipe.take(MAX_OUTPUT), clean, console).await;
                }
            };
            tokio::join!(printed, said);
        };
        tokio::pin!(read);
        tokio::select! {
            status = child.wait() => {
                let status = status?;
                // A daemon that it started may hold the pipes forever.
                let _ = tokio::time::timeout(OUTPUT_GRACE_PERIOD, &mut read).await;
                status
            }
            () = &mut read => child.wait().await?,
        }
    };
    Ok((status, output))
}

async fn show(mut pipe: impl AsyncRead + Unpin, clean: Clean, console: &Console) {
    let mut line = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        let read = tokio::time::timeout(UNFINISHED_LINE, pipe.read(&mut buffer)).await;
        let count = match read {
            Ok(Ok(count)) => count,
            Ok(Err(_)) => 0,
            Err(_) => {
                show_line(&mut line, clean, console);
                continue;
            }
        };
        if count == 0 {
            return show_line(&mut line, clean, console);
        }
        for &byte in &buffer[..count] {
            if byte == b'\n' {
                show_line(&mut line, clean, console);
            } else {
                line.push(byte);
            }
        }
    }
}

fn show_line(line: &mut Vec<u8>, clean: Clean, console: &Console) {
    let text = String::from_utf8_lossy(line);
    if !text.trim().is_empty() {
        console.relay(clean(&text));
    }
    line.clear();
}
