//! The credentials file on disk: read whole, replaced whole. Edge.
//!
//! A new file is written next to the old one, synced, and renamed over it, so that readers find the
//! old bytes or the new ones. Nothing is ever written in place. Symbolic links stay; their target
//! is replaced.
//!
//! Runs of aws-mfa wait for each other at a lock, which other programs don't know. The file is
//! therefore compared again just before the rename and, if it has changed, edited again. What
//! remains is a program that writes the file in place between that comparison and the rename.

mod replace;
mod target;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use time::OffsetDateTime;
use zeroize::Zeroizing;

use self::replace::Replacement;
use super::document::Document;
use super::edit::Text;
use crate::clock;
use crate::console::Console;
use crate::error::Error;
use crate::lock::write::WriteLock;

/// How long to retry an edit while other programs keep changing the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// A file written within this time may be half written: `aws configure` truncates it first.
const SETTLED: Duration = Duration::from_millis(300);
/// How long to wait for a file that is written again and again.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(20);

/// Wiped when dropped, as they hold secrets.
pub(crate) type Bytes = Zeroizing<Vec<u8>>;

#[derive(Clone, Debug)]
pub(crate) struct Store {
    path: PathBuf,
}

impl Store {
    /// The file at `path` need not exist.
    pub(crate) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    /// The file's bytes; `None` if there is no file.
    pub(crate) fn read(&self) -> Result<Option<Bytes>, Error> {
        read(&self.path)
    }

    /// Runs `attempt`, which reads the file. If the content causes an error and was written a
    /// moment ago, it may be half written: then runs `attempt` again after the next write.
    pub(crate) fn once_settled<T>(
        &self,
        mut attempt: impl FnMut() -> Result<T, Error>,
    ) -> Result<T, Error> {
        let deadline = Instant::now() + SETTLE_TIMEOUT;
        loop {
            let before = version(&self.path);
            match attempt() {
                Err(error)
                    if error.is_about_content() && self.wait_for_change(before, deadline) => {}
                outcome => return outcome,
            }
        }
    }

    /// Waits until the file differs from `before`, as long as it may be half written.
    fn wait_for_change(&self, before: Option<Version>, deadline: Instant) -> bool {
        while Instant::now() < deadline {
            if version(&self.path) != before {
                return true;
            }
            if !is_fresh(&self.path) {
                return false;
            }
            sleep(PAUSE);
        }
        false
    }

    /// Checks that [`Store::edit`] can replace the file with one of `size` bytes, and warns of what
    /// can't be kept. Leaves nothing behind but a folder that was missing.
    pub(crate) fn rehearse(&self, size: usize, console: &Console) -> Result<(), Error> {
        target::check(&target::resolve(&self.path)?, size, console)
    }

    /// Checks that commands named in the file may run: only this user and root can change the file
    /// and its folder.
    pub(crate) fn check_commands(&self) -> Result<(), Error> {
        target::check_commands(&self.path)
    }

    /// Warns if other users can change the file through their group. [`Store::rehearse`] does, too.
    pub(crate) fn warn_of_group(&self, console: &Console) {
        target::warn_of_group(&self.path, console);
    }

    /// Replaces the file with `change` of its current text, unless that changes nothing. `seen` is
    /// the file's size in bytes when this run began. Returns whether the file was replaced.
    pub(crate) fn edit(
        &self,
        seen: usize,
        console: &Console,
        change: impl Fn(&Document<'_>) -> Result<Text, Error>,
    ) -> Result<bool, Error> {
        let target = target::resolve(&self.path)?;
        target::make_folder(&target)?;
        let lock = WriteLock::acquire(&target, console)?;
        let deadline = Instant::now() + BUSY_TIMEOUT;
        while Instant::now() < deadline {
            let before = read_settled(&target, seen)?;
            let old = before.as_ref().map_or(&[][..], |bytes| bytes.as_slice());
            let new = change(&Document::parse(old).map_err(Error::refused(&self.path))?)?;
            if before.is_some() && new.as_bytes() == old {
                return Ok(false);
            }
            let failed = Error::write(&target);
            let replacement =
                Replacement::prepare(&target, new.as_bytes(), console).map_err(failed)?;
            if read(&target)? == before {
                replacement
                    .commit()
                    .map_err(|error| target::not_replaced(&target, error))?;
                drop(lock);
                replace::sync_folder(&target);
                return Ok(true);
            }
            console.detail("another program has changed the file: editing it again");
            drop(replacement);
            sleep(PAUSE);
        }
        Err(Error::Busy {
            path: self.path.clone(),
        })
    }
}

fn read(path: &Path) -> Result<Option<Bytes>, Error> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::cannot(format!("read {}", path.display()))(source)),
    }
}

/// Reads the file; one with fewer than `seen` bytes may be half written and gets time to grow.
fn read_settled(path: &Path, seen: usize) -> Result<Option<Bytes>, Error> {
    let deadline = Instant::now() + SETTLE_TIMEOUT;
    loop {
        let bytes = read(path)?;
        let shrank = bytes.as_ref().is_some_and(|bytes| bytes.len() < seen);
        if !(shrank && is_fresh(path) && Instant::now() < deadline) {
            return Ok(bytes);
        }
        sleep(PAUSE);
    }
}

/// The time of the last write, and the size in bytes.
type Version = (SystemTime, u64);

/// `None` if there is no file, or if the file system keeps no times.
fn version(path: &Path) -> Option<Version> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// A write time far in the future isn't fresh: a clock that was set back is no reason to wait.
fn is_fresh(path: &Path) -> bool {
    let written = fs::metadata(path).and_then(|metadata| metadata.modified());
    written.is_ok_and(|at| (clock::now() - OffsetDateTime::from(at)).unsigned_abs() < SETTLED)
}

#[cfg(test)]
mod tests;
