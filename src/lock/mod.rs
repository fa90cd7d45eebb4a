//! Waits for the lock on an open file, for a limited time. Edge. The two locks are [`mod@write`] and
//! [`prompt`].

pub(crate) mod prompt;
pub(crate) mod write;

use std::fs::{File, TryLockError};
use std::io;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

enum Locked {
    /// Held until the file is dropped or the process dies.
    Held(File),
    /// Somebody else held it the whole time.
    Busy,
    Unsupported(io::Error),
}

#[derive(Clone, Copy)]
struct Wait {
    /// After this long, the user is told what we are waiting for.
    mention_after: Duration,
    /// From then on.
    timeout: Duration,
}

/// Waits for the lock on `file`. Calls `mention` once if that takes long, and after each timeout
/// asks `go_on` whether to wait for as long again.
async fn acquire(
    file: File,
    wait: Wait,
    mention: impl FnOnce(&File),
    mut go_on: impl FnMut() -> bool,
) -> Locked {
    match file.try_lock() {
        Ok(()) => return Locked::Held(file),
        Err(TryLockError::Error(error)) => return Locked::Unsupported(error),
        Err(TryLockError::WouldBlock) => {}
    }
    let (sender, mut receiver) = oneshot::channel();
    let started = file.try_clone().and_then(|same| {
        // The system knows whose turn it is; hundreds that try again and again would keep it busy.
        // If we have given up by then, the file is dropped, and the lock with it.
        let wait = move || drop(sender.send(same.lock().map(|()| same)));
        std::thread::Builder::new().spawn(wait)
    });
    if let Err(error) = started {
        return Locked::Unsupported(error);
    }
    let mut outcome = timeout(wait.mention_after, &mut receiver).await;
    if outcome.is_err() {
        mention(&file);
    }
    while outcome.is_err() {
        outcome = timeout(wait.timeout, &mut receiver).await;
        if outcome.is_err() && !go_on() {
            return Locked::Busy;
        }
    }
    match outcome {
        Ok(Ok(Ok(held))) => Locked::Held(held),
        Ok(Ok(Err(error))) => Locked::Unsupported(error),
        Ok(Err(_)) | Err(_) => Locked::Busy,
    }
}
