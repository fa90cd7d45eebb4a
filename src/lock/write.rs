//! The write lock: one aws-mfa at a time reads, edits and replaces a file. Edge.
//!
//! It locks a sidecar next to the file, never the file itself: that gets replaced, which would
//! leave the lock on a file that is gone, and on Windows a lock would make its readers fail. The
//! sidecar is empty and stays. The lock is held for milliseconds, never while waiting for a person.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Locked, Wait};
use crate::console::Console;
use crate::error::Error;

/// Long, because a code has already been used; others hold the lock for milliseconds.
const WAIT: Wait = Wait {
    timeout: Duration::from_mins(1),
    pause: Duration::from_millis(5),
    mention_after: Duration::from_secs(1),
};

/// Holds the lock until dropped, or until the process dies.
pub(crate) struct WriteLock {
    /// `None` if the file system has no locks; then only the comparison before the rename remains.
    _file: Option<File>,
}

impl WriteLock {
    /// Returns an error if another aws-mfa holds the lock for the file at `target` for too long.
    pub(crate) fn acquire(target: &Path, console: &Console) -> Result<Self, Error> {
        let sidecar = sidecar(target);
        let none = |reason: &str, error: io::Error| {
            console.detail(format_args!("no write lock, {reason}: {error}"));
            Ok(Self { _file: None })
        };
        let file = match open(&sidecar, target) {
            Ok(file) => file,
            Err(error) => return none(&format!("{} cannot be opened", sidecar.display()), error),
        };
        let mention =
            || console.report("waiting for another aws-mfa that is writing the same file");
        match super::acquire(file, WAIT, mention) {
            Locked::Held(file) => Ok(Self { _file: Some(file) }),
            Locked::Busy => Err(Error::Locked {
                path: target.to_owned(),
                lock: sidecar,
                seconds: WAIT.timeout.as_secs(),
            }),
            Locked::Unsupported(error) => none("this file system doesn't support locks", error),
        }
    }
}

/// `.credentials.aws-mfa.lock` next to `credentials`.
fn sidecar(target: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(".aws-mfa.lock");
    target.with_file_name(name)
}

#[cfg(unix)]
fn open(sidecar: &Path, target: &Path) -> io::Result<File> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let file = super::open(sidecar)?;
    // Let the file's owner use a lock that root created.
    if rustix::process::geteuid().is_root()
        && let Ok(owner) = std::fs::metadata(target)
    {
        fchown(&file, Some(owner.uid()), Some(owner.gid()))?;
    }
    Ok(file)
}

#[cfg(not(unix))]
fn open(sidecar: &Path, _: &Path) -> io::Result<File> {
    super::open(sidecar)
}
