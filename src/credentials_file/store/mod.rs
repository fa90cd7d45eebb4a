//! The credentials file on disk: read whole, replaced whole. Edge.
//!
//! A new file is written beside the old one, synced, and renamed over it, so that readers find the old bytes or the new
//! ones and nothing in between. Nothing is ever written in place. Symbolic links stay and their target is replaced.
//!
//! Other runs of aws-mfa wait for each other at a lock. Other programs know no lock of ours: the file is compared once more
//! just before the rename, and edited again from its new bytes where it has changed. What remains is a program that writes
//! the file in place between that comparison and the rename.

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

/// How long an edit is tried anew where other programs change the file meanwhile.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// A file that shrank and was written less than this ago may be half written: `aws configure` truncates it first.
const SETTLED: Duration = Duration::from_millis(300);
/// A file that is written again and again is not waited for longer than this.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(20);

/// The bytes of a file; wiped when dropped, for they hold secrets.
pub(crate) type Bytes = Zeroizing<Vec<u8>>;

/// A file that can be read and replaced.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    path: PathBuf,
}

impl Store {
    /// The file at `path`, which need not exist.
    pub(crate) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    /// The file's bytes; none where there is no file.
    pub(crate) fn read(&self) -> Result<Option<Bytes>, Error> {
        read(&self.path)
    }

    /// Makes `attempt` at what reads the file. Where its content is to blame for an error and it was written a moment ago, it may
    /// have been half written: then anew, as soon as it is written again.
    pub(crate) fn once_settled<T>(
        &self,
        mut attempt: impl FnMut() -> Result<T, Error>,
    ) -> Result<T, Error> {
        let deadline = Instant::now() + SETTLE_TIMEOUT;
        loop {
            let before = version(&self.path);
            match attempt() {
                Err(error) if error.is_about_content() && self.changes(before, deadline) => {}
                outcome => return outcome,
            }
        }
    }

    /// Waits for the file to be another than `before`, while it may be in the middle of being written.
    fn changes(&self, before: Option<Version>, deadline: Instant) -> bool {
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

    /// Sees beforehand that [`Store::edit`] will be able to replace the file by one of `size` bytes, and warns of what it
    /// will not be able to keep. Leaves nothing behind but a folder that was missing.
    pub(crate) fn rehearse(&self, size: usize, console: &Console) -> Result<(), Error> {
        target::check(&target::resolve(&self.path)?, size, console)
    }

    /// Sees that commands named in the file may run: only this user and root can change it, and its folder.
    pub(crate) fn check_commands(&self) -> Result<(), Error> {
        target::check_commands(&self.path)
    }

    /// Warns where other users can change the file through their group. [`Store::rehearse`] does that, too.
    pub(crate) fn warn_of_group(&self, console: &Console) {
        target::warn_of_group(&self.path, console);
    }

    /// Replaces the file by `change` of its present text. Where nothing changes, nothing is written. `seen` is how many
    /// bytes the file had when this run began. Returns whether the file was replaced.
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
                replacement.commit().map_err(failed)?;
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

/// Reads a file that nobody is in the middle of writing: one with less than `seen` bytes is given time to grow.
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

/// What changes when a file is written: the time of that, and how many bytes it has.
type Version = (SystemTime, u64);

/// None where there is no file, and where the file system keeps no such times.
fn version(path: &Path) -> Option<Version> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// Whether the file was written a moment ago. A time in the future settles nothing: a clock that was set is no reason to
/// wait for ever.
fn is_fresh(path: &Path) -> bool {
    let written = fs::metadata(path).and_then(|metadata| metadata.modified());
    written.is_ok_and(|at| (clock::now() - OffsetDateTime::from(at)).unsigned_abs() < SETTLED)
}

#[cfg(test)]
mod tests;
