//! The write lock: one aws-mfa at a time reads, edits and replaces a file.
//!
//! A sidecar beside the file is locked, never the file itself: that is replaced, so that a lock on it would be a lock on
//! something that is gone, and on Windows its readers would fail. The sidecar is empty and stays. Held for milliseconds,
//! never while a person is asked.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::console::Console;
use crate::error::Error;
use crate::lock::{self, Locked};

/// Long, because a code has been spent by now; others hold the lock for milliseconds.
const TIMEOUT: Duration = Duration::from_mins(1);
/// The user is told what is being waited for after this.
const PATIENCE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(5);

/// Holds the lock until dropped. Closing the file releases it, also when the process dies.
#[derive(Debug)]
pub(crate) struct WriteLock {
    /// None where the file system has no locks; then the comparison before the rename stands alone.
    _file: Option<File>,
}

/// Locks the file at `target` against other runs of aws-mfa.
///
/// # Errors
/// Where another one holds the lock for a minute.
pub(crate) fn acquire(target: &Path, console: &Console) -> Result<WriteLock, Error> {
    let sidecar = sidecar(target);
    let file = match open(&sidecar, target) {
        Ok(file) => file,
        Err(error) => {
            console.detail(format_args!(
                "no write lock, {} cannot be opened: {error}",
                sidecar.display()
            ));
            return Ok(WriteLock { _file: None });
        }
    };
    let say = || console.report("waiting for another aws-mfa that is writing the same file");
    match file_lock::wait(file, TIMEOUT, PAUSE, PATIENCE, say) {
        Locked::Held(file) => Ok(WriteLock { _file: Some(file) }),
        Locked::Busy => Err(Error::Locked {
            path: target.to_owned(),
            lock: sidecar,
        }),
        Locked::Unsupported(error) => {
            console.detail(format_args!(
                "no write lock, this file system has none: {error}"
            ));
            Ok(WriteLock { _file: None })
        }
    }
}

/// `.credentials.aws-mfa.lock` beside `credentials`.
fn sidecar(target: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(".aws-mfa.lock");
    target.with_file_name(name)
}

/// Opens the sidecar without following a link, without waiting for whatever else somebody put there, and without changing
/// it.
fn open(sidecar: &Path, target: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.mode(0o600).custom_flags(flags.bits().cast_signed());
    }
    let file = options.open(sidecar)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    // Root leaves a lock that the file's owner can use afterwards.
    #[cfg(unix)]
    if rustix::process::geteuid().is_root()
        && let Ok(owner) = std::fs::metadata(target)
    {
        use std::os::unix::fs::MetadataExt;
        std::os::unix::fs::fchown(&file, Some(owner.uid()), Some(owner.gid()))?;
    }
    #[cfg(not(unix))]
    let _ = target;
    Ok(file)
}
