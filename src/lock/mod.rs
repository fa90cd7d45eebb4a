//! Locks on files that stand for something else: opening such a file, and waiting for its lock for a
//! limited time. Edge. [`write`] and [`prompt`] are the two that there are.

pub(crate) mod prompt;
pub(crate) mod write;

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How the wait for a lock ended.
#[derive(Debug)]
enum Locked {
    /// It is held until the file is dropped, also where the process dies.
    Held(File),
    /// Somebody else holds it all the time.
    Busy,
    /// This file system has no locks.
    Unsupported(io::Error),
}

/// How long a lock is waited for, and how.
#[derive(Clone, Copy)]
struct Wait {
    timeout: Duration,
    /// Between two looks.
    pause: Duration,
    /// The user is told what is being waited for after this.
    mention_after: Duration,
}

/// Opens a file to lock, which is made where it is missing: without following a link, without
/// waiting for whatever else somebody put there, and without changing it.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.mode(0o600).custom_flags(flags.bits().cast_signed());
    }
    let file = options.open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("not a regular file"))
    }
}

/// Waits for the lock on `file`. Calls `mention` once, where it takes long.
fn acquire(file: File, wait: Wait, mention: impl FnOnce()) -> Locked {
    let start = Instant::now();
    let mut mention = Some(mention);
    loop {
        match file.try_lock() {
            Ok(()) => return Locked::Held(file),
            Err(TryLockError::Error(error)) => return Locked::Unsupported(error),
            Err(TryLockError::WouldBlock) if start.elapsed() > wait.timeout => return Locked::Busy,
            Err(TryLockError::WouldBlock) => {}
        }
        if start.elapsed() > wait.mention_after
            && let Some(mention) = mention.take()
        {
            mention();
        }
        sleep(wait.pause);
    }
}
