//! Asking for the code at the terminal. Edge.
//!
//! The rules: the prompt goes to the terminal itself, whatever the standard streams are; what is typed is not shown; the
//! terminal's mode is put back however the prompt ends, and what was half typed then doesn't reach the shell; a prompt can
//! be withdrawn at any time by dropping its future; a background job doesn't ask, for it would be stopped.
//!
//! The reading itself, which blocks, is rpassword's, in a thread that nobody waits for.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as os;
#[cfg(windows)]
use windows as os;

use std::io;

use tokio::sync::oneshot;

use crate::error::Error;
use crate::secret::Secret;

pub use os::{Terminal, interrupted};

/// What a reading thread found.
enum Answer {
    Line(Secret),
    /// Ctrl-D, or the terminal went away.
    EndOfInput,
    Failed(io::Error),
}

/// Runs `read`, which may block for ever, in a thread of its own.
fn in_background(
    read: impl FnOnce() -> Answer + Send + 'static,
) -> Result<oneshot::Receiver<Answer>, Error> {
    let (sender, receiver) = oneshot::channel();
    let send = move || drop(sender.send(read()));
    std::thread::Builder::new()
        .name("prompt".to_owned())
        .spawn(send)
        .map_err(|source| Error::Terminal { source })?;
    Ok(receiver)
}

/// Waits for the thread's answer.
async fn answer(receiver: oneshot::Receiver<Answer>) -> Result<Secret, Error> {
    match receiver.await {
        Ok(Answer::Line(line)) => Ok(line),
        Ok(Answer::EndOfInput) => Err(Error::Cancelled),
        Ok(Answer::Failed(source)) => Err(Error::Terminal { source }),
        Err(_) => Err(Error::Terminal {
            source: io::Error::other("the reading thread ended early"),
        }),
    }
}
