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
use zeroize::{Zeroize, Zeroizing};

use crate::code::hide::{hide_secrets, may_go_on, settled};
use crate::console::Console;
use crate::error::{CommandProblem, Error};
use crate::sanitize;
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

/// Returns the command's standard output and shows its standard error, without codes and keys.
/// Dropping the future ends the command. `busy` is the value of [`BUSY_SECTIONS`].
pub(crate) async fn output(
    command: &NamedCommand,
    busy: &str,
    console: &Console,
) -> Result<Secret, Error> {
    run(
        command,
        prepare(command, busy),
        COMMAND_TIMEOUT,
        (console, Said::Shown),
    )
    .await
}

/// As [`output`], for a program that shows `question` to the user, its last argument, and that has so
/// much time. What toolkits of windows say beside it is of no use. Dropping the future also ends what
/// the program has started: a script's dialog would stay on the screen.
pub(crate) async fn answer(
    command: &NamedCommand,
    question: &str,
    busy: &str,
    limit: Duration,
    console: &Console,
) -> Result<Secret, Error> {
    let mut process = prepare(command, busy);
    process.arg(question);
    #[cfg(unix)]
    process.process_group(0);
    let said = if console.is_verbose() {
        Said::Shown
    } else {
        Said::Dropped
    };
    run(command, process, limit, (console, said)).await
}

/// What becomes of a command's standard error.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Shown,
    Dropped,
}

fn prepare(command: &NamedCommand, busy: &str) -> Command {
    let program: &OsStr = command.program().as_ref();
    let mut process = Command::new(find(program).unwrap_or_else(|| program.to_owned()));
    process
        .args(command.arguments())
        .env(BUSY_SECTIONS, busy)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    process
}

async fn run(
    command: &NamedCommand,
    mut process: Command,
    limit: Duration,
    (console, said): (&Console, Said),
) -> Result<Secret, Error> {
    console.detail(format_args!("running the command from {}", command.origin));
    let failed = |what| problem(command, what);
    let mut child = Running(
        process
            .spawn()
            .map_err(|source| not_started(command, source))?,
    );
    let finished = tokio::time::timeout(limit, collect(&mut child.0, (console, said))).await;
    match finished {
        Err(_) => Err(failed(CommandProblem::TimedOut(limit))),
        Ok(Err(source)) => Err(not_started(command, source)),
        Ok(Ok((status, _))) if !status.success() => Err(failed(CommandProblem::Failed(status))),
        Ok(Ok((_, output))) => Ok(Secret::new(String::from_utf8_lossy(&output))),
    }
}

/// Dropping it before its end also ends the processes of its group, if it has one of its own.
struct Running(Child);

#[cfg(unix)]
impl Drop for Running {
    fn drop(&mut self) {
        use rustix::process::{Pid, Signal, getpgid, kill_process_group};

        let pid = self.0.id().and_then(|pid| i32::try_from(pid).ok());
        if let Some(pid) = pid.and_then(Pid::from_raw)
            && getpgid(Some(pid)) == Ok(pid)
        {
            let _ = kill_process_group(pid, Signal::TERM);
        }
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
    (console, to_show): (&Console, Said),
) -> std::io::Result<(ExitStatus, Zeroizing<Vec<u8>>)> {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let mut output = Zeroizing::new(Vec::with_capacity(4096));
    let status = {
        let read = async {
            let printed = async {
                if let Some(mut pipe) = stdout {
                    let mut start = (&mut pipe).take(MAX_OUTPUT);
                    let _ = start.read_to_end(&mut output).await;
                    discard(pipe).await;
                }
            };
            let said = async {
                if let Some(mut pipe) = stderr {
                    if to_show == Said::Shown {
                        show((&mut pipe).take(MAX_OUTPUT), console).await;
                    }
                    discard(pipe).await;
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

/// Reads on: a command that can't print the rest would die of it.
async fn discard(mut pipe: impl AsyncRead + Unpin) {
    let mut buffer = [0; 1024];
    while pipe.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
    buffer.zeroize();
}

async fn show(mut pipe: impl AsyncRead + Unpin, console: &Console) {
    let mut line = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        let read = tokio::time::timeout(UNFINISHED_LINE, pipe.read(&mut buffer)).await;
        let count = match read {
            Ok(Ok(count)) => count,
            Ok(Err(_)) => 0,
            Err(_) => {
                let text = take_settled(&mut line);
                show_lines(&text, console);
                continue;
            }
        };
        let mut parts = buffer[..count].split(|&byte| byte == b'\n').peekable();
        while let Some(part) = parts.next() {
            line.extend_from_slice(part);
            let is_end = parts.peek().is_some();
            if count == 0 || is_end && !may_go_on(&String::from_utf8_lossy(&line)) {
                show_lines(&String::from_utf8_lossy(&line), console);
                line.clear();
            } else if is_end {
                line.push(b'\n');
            }
        }
        if count == 0 {
            return;
        }
    }
}

/// Takes what can be shown of a line that isn't finished.
fn take_settled(line: &mut Vec<u8>) -> String {
    let whole = match str::from_utf8(line) {
        // The rest of a character is still to come.
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => line.len(),
    };
    let incomplete = line.split_off(whole);
    let mut text = String::from_utf8_lossy(line).into_owned();
    *line = text.split_off(settled(&text)).into_bytes();
    line.extend(incomplete);
    text
}

fn show_lines(text: &str, console: &Console) {
    // Hidden first, as a line or an excerpt could end within a code.
    for line in hide_secrets(text).lines() {
        if !line.trim().is_empty() {
            console.relay(sanitize::excerpt(line));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_a_code_waits_for_the_rest() {
        let mut line = "\u{e9}\u{ff11}".as_bytes().to_vec();
        let last = line.split_off(4);
        assert_eq!(take_settled(&mut line), "\u{e9}");
        line.extend(last);
        assert_eq!(take_settled(&mut line), "");
        line.extend(b"\xff23 a");
        assert_eq!(take_settled(&mut line), "\u{ff11}\u{fffd}23 a");
        assert_eq!(line, b"");
    }
}
