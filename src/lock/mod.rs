//! Lock files: opens one, and waits for its lock for a limited time. Edge. The two locks are
//! [`mod@write`] and [`prompt`].

pub(crate) mod prompt;
pub(crate) mod write;

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

enum Locked {
    /// Held until the file is dropped or the process dies.
    Held(File),
    /// Somebody else held it the whole time.
    Busy,
    Unsupported(io::Error),
}

#[derive(Clone, Copy)]
struct Wait {
    timeout: Duration,
    /// Between two tries.
    pause: Duration,
    /// After this long, the user is told what we are waiting for.
    mention_after: Duration,
}

/// Opens or creates a lock file without following a link, without blocking on whatever else
/// somebody put there (such as a pipe), and without changing it.
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

/// Waits for the lock on `file`. Calls `mention` once if that takes long.
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
