//! Waiting for a lock on a file, for a limited time. Edge.

pub mod prompt;
pub mod write;

use std::fs::{File, TryLockError};
use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How the wait for a lock ended.
#[derive(Debug)]
pub enum Locked {
    /// It is held until the file is dropped, also where the process dies.
    Held(File),
    /// Somebody else holds it all the time.
    Busy,
    /// This file system has no locks.
    Unsupported(io::Error),
}

/// Waits for the lock on `file`, for `timeout` at most, looking every `pause`. Calls `waiting` once, after `patience`.
pub fn wait(
    file: File,
    timeout: Duration,
    pause: Duration,
    patience: Duration,
    waiting: impl FnOnce(),
) -> Locked {
    let start = Instant::now();
    let mut waiting = Some(waiting);
    loop {
        match file.try_lock() {
            Ok(()) => return Locked::Held(file),
            Err(TryLockError::Error(error)) => return Locked::Unsupported(error),
            Err(TryLockError::WouldBlock) if start.elapsed() > timeout => return Locked::Busy,
            Err(TryLockError::WouldBlock) => {}
        }
        if start.elapsed() > patience
            && let Some(waiting) = waiting.take()
        {
            waiting();
        }
        sleep(pause);
    }
}
