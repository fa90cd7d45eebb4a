//! The credentials file on disk: read whole, replaced whole. Edge.
//!
//! A new file is written next to the old one, synced, and renamed over it, so that readers find the
//! old bytes or the new ones. Nothing is ever written in place. Symbolic links stay; their target
//! is replaced.
//!
//! Every edit is rehearsed first ([`Store::rehearse`]): what would fail after a code was spent fails
//! before. Runs of aws-mfa wait for each other at a lock, which other programs don't know. The file
//! is therefore compared again just before the rename and, if it has changed, edited again. What
//! remains is a program that writes or replaces the file between that comparison and the rename.

mod replace;
mod target;

use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use time::OffsetDateTime;
use tokio::time::sleep;

use self::replace::Replacement;
use self::target::{Current, Target};
use super::document::Document;
use super::edit::Text;
use crate::clock;
use crate::console::Console;
use crate::error::Error;
#[cfg(unix)]
use crate::files::access::denied;
use crate::files::{self, Contents};
use crate::lock::write::WriteLock;

/// How long to retry an edit while other programs keep changing the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);
/// A file written within this time may be half written: `aws configure` truncates it first.
const SETTLED: Duration = Duration::from_millis(300);
/// How long to wait for a file that is written again and again.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(20);

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

    /// What the file contains; `None` if there is no file.
    pub(crate) fn read(&self) -> Result<Option<Contents>, Error> {
        files::read(&self.path).map_err(|error| {
            #[cfg(unix)]
            if error.kind() == ErrorKind::PermissionDenied
                && let Some(denied) = denied::why_unreadable(&self.path)
            {
                return denied;
            }
            Error::cannot(format!("read {}", self.path.display()))(error)
        })
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
            std::thread::sleep(PAUSE);
        }
        false
    }

    /// Checks that the file can be replaced with one of `size` bytes, and warns of what can't be
    /// kept. Leaves nothing behind but a folder and a lock that were missing.
    pub(crate) async fn rehearse(
        &self,
        size: usize,
        console: &Console,
    ) -> Result<Rehearsed, Error> {
        let target = Target::find(&self.path)?;
        #[cfg(unix)]
        denied::check_replaceable(&target.path())?;
        // The lock comes first, so that the check finds whether there is room for another file.
        WriteLock::rehearse(&target.folder, &target.name, console).await?;
        target.check(&self.path, size, console)?;
        Ok(Rehearsed {
            path: self.path.clone(),
            target,
        })
    }
}

/// A file that can be replaced, as far as that can be known before.
pub(crate) struct Rehearsed {
    path: PathBuf,
    target: Target,
}

impl Rehearsed {
    /// Replaces the file with `change` of its current text, unless that changes nothing. `seen` is
    /// the file's size in bytes when this run began. Returns whether the file was replaced.
    pub(crate) async fn edit(
        &self,
        seen: usize,
        console: &Console,
        change: impl Fn(&Document<'_>) -> Result<Text, Error>,
    ) -> Result<bool, Error> {
        let moved;
        let target = if self.target.is_at(&self.path) {
            &self.target
        } else {
            // Somebody put another folder or link in the way: it is trusted no more than the first.
            moved = Target::find(&self.path)?;
            moved.check(&self.path, 0, console)?;
            &moved
        };
        let lock = WriteLock::acquire(&target.folder, &target.name, console).await;
        if lock.is_some() {
            target.folder.remove_leftovers(&target.name);
        }
        let deadline = Instant::now() + BUSY_TIMEOUT;
        while Instant::now() < deadline {
            let before = read_settled(target, seen).await?;
            let old = before.as_ref();
            let old = old.map_or(&[][..], |current| current.contents.bytes.as_slice());
            let new = change(&Document::parse(old).map_err(Error::refused(&self.path))?)?;
            if before.is_some() && new.as_bytes() == old {
                return Ok(false);
            }
            let (path, file) = (target.path(), before.as_ref().and_then(Current::file));
            let (folder, name) = (&target.folder, &target.name);
            let replacement = Replacement::prepare(folder, name, file, new.as_bytes(), console)
                .map_err(Error::write(&path))?;
            if target.holds(before.as_ref())? {
                match replacement.commit() {
                    Ok(()) => {
                        drop(lock);
                        // An error is ignored: the file is already in place.
                        let _ = folder.sync();
                        return Ok(true);
                    }
                    // Somebody took the temporary file for a leftover.
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    Err(error) => return Err(target::not_replaced(&path, error)),
                }
            } else {
                drop(replacement);
            }
            // At once: whoever writes again and again has just done so.
            console.detail("another program has changed the file: editing it again");
            tokio::task::yield_now().await;
        }
        Err(Error::Busy {
            path: self.path.clone(),
        })
    }
}

/// Reads the file; one with fewer than `seen` bytes may be half written and gets time to grow.
async fn read_settled(target: &Target, seen: usize) -> Result<Option<Current>, Error> {
    let deadline = Instant::now() + SETTLE_TIMEOUT;
    loop {
        let current = target.read()?;
        let may_grow = current.as_ref().is_some_and(|Current { contents, .. }| {
            contents.bytes.len() < seen && was_just_written(contents.metadata.modified().ok())
        });
        if !(may_grow && Instant::now() < deadline) {
            return Ok(current);
        }
        sleep(PAUSE).await;
    }
}

/// Whether the file is the one that was `seen`, and wasn't written since.
pub(crate) fn is_unchanged(path: &Path, seen: &Metadata) -> bool {
    let now = fs::metadata(path);
    now.is_ok_and(|now| {
        let written = seen.modified().ok();
        written.is_some()
            && files::is_same(&now, seen)
            && (now.modified().ok(), now.len()) == (written, seen.len())
    })
}

/// The time of the last write, and the size in bytes.
type Version = (SystemTime, u64);

/// `None` if there is no file, or if the file system keeps no times.
fn version(path: &Path) -> Option<Version> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

fn is_fresh(path: &Path) -> bool {
    let written = fs::metadata(path).and_then(|metadata| metadata.modified());
    was_just_written(written.ok())
}

/// A write time far in the future isn't fresh: a clock that was set back is no reason to wait.
fn was_just_written(at: Option<SystemTime>) -> bool {
    at.is_some_and(|at| (clock::now() - OffsetDateTime::from(at)).unsigned_abs() < SETTLED)
}

#[cfg(test)]
mod tests;
